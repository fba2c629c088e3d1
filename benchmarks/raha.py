"""Precision and recall of find_errors on the tables of Raha (Mahdavi et al., SIGMOD 2019): dirty cells against clean ones.

A cell is an error where dirty and clean differ after undoing HTML escapes and squeezing white space. Run:
`python benchmarks/raha.py FOLDER`, where FOLDER holds one folder a table with dirty.csv and clean.csv.
"""

import html
import re
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.detection.find_errors import find_errors

Booleans = npt.NDArray[np.bool_]


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, Booleans]:
    """Return dirty and clean rows, and which cells are errors, shape (rows, columns); columns correspond by position."""
    dirty, clean = (
        pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in ("dirty", "clean")
    )
    clean = clean.set_axis(dirty.columns, axis=1)
    return dirty, clean, np.asarray(dirty.map(plain) != clean.map(plain))


def plain(cell: str) -> str:
    """Return a cell without HTML escapes and surplus white space."""
    return re.sub(r"\s+", " ", html.unescape(cell)).strip()


def scores(found: Booleans, wrong: Booleans) -> tuple[float, float, float]:
    """Return precision, recall and F1 over cells."""
    hits = int((found & wrong).sum())
    precision, recall = hits / max(int(found.sum()), 1), hits / max(int(wrong.sum()), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def calibration(result: ErrorsResult, wrong: Booleans) -> None:
    """Print how often suspected cells are wrong, by how sure the detectors were."""
    cells = result.cell_columns >= 0
    sure, hit = result.confidence[cells], wrong[result.cell_rows[cells], result.cell_columns[cells]]
    for low, high in ((0.0, 0.35), (0.35, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 0.96), (0.96, 1.01)):
        inside = (sure >= low) & (sure < high)
        if inside.any():
            print(
                f"    confidence {sure[inside].mean():.2f}: {hit[inside].mean():.2f} of {inside.sum():,} cells are wrong"
            )


def main() -> None:
    """Print one line a table, then the calibration, then the false alarms on its clean rows."""
    for folder in sorted(path for path in Path(sys.argv[1]).iterdir() if (path / "dirty.csv").exists()):
        dirty, clean, wrong = read(folder)
        start = time.process_time()
        result = find_errors(dirty)
        seconds = time.process_time() - start
        assert isinstance(result, ErrorsResult)
        precision, recall, f1 = scores(result.cells.to_numpy(), wrong)
        print(f"{folder.name}: no labels: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}; {seconds:.1f} s")
        calibration(result, wrong)
        alarms = find_errors(clean)
        assert isinstance(alarms, ErrorsResult)
        flagged = alarms.cells.to_numpy()
        print(f"    its clean rows: {flagged.sum():,} of {flagged.size:,} cells ({flagged.mean():.3%}) count as errors")


if __name__ == "__main__":
    main()
