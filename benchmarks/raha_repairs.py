"""What a proposed recipe repairs on the tables of Raha (Mahdavi et al., SIGMOD 2019), against the clean cells.

Of the cells that the recipe changes, how many now say what the clean table says (precision); of the cells that were wrong, how
many (recall). The same for each cell repaired on its own. A number says the same as its text, to nine digits. Nobody labels.
Run: `python -m benchmarks.raha_repairs FOLDER`, where FOLDER holds one folder a table with dirty.csv and clean.csv.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.raha import plain, read
from mlops_widgets.data_quality.cleaning.propose import propose_recipe
from mlops_widgets.data_quality.cleaning.repairs import with_cells
from mlops_widgets.data_quality.cleaning.rows import said
from mlops_widgets.data_quality.cleaning.rules.suspects import is_missing, suspects_of
from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.detection.find_errors import find_errors


def as_said(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what each cell says, "" where it is missing."""
    return pd.DataFrame({
        name: pd.Series(["" if is_missing(cell) else short(said(plain(str(cell)))) for cell in frame[name]], dtype=object)
        for name in frame
    })  # fmt: skip


def short(cell: str | float) -> str | float:
    """Return a number without the traces of arithmetic after its ninth digit."""
    return float(f"{cell:.9g}") if isinstance(cell, float) else cell


def report(name: str, dirty: pd.DataFrame, clean: pd.DataFrame, found: pd.DataFrame) -> None:
    """Print precision and recall of the repairs."""
    before, right, after = (each.to_numpy() for each in (dirty, clean, found))
    wrong, changed = before != right, before != after
    good = changed & (after == right)
    broken = int((changed & ~wrong).sum())
    blanks = int((changed & ~good & (after == "")).sum())
    print(
        f"  {name}: {changed.sum():,} cells changed, precision {good.sum() / max(changed.sum(), 1):.3f}, recall "
        f"{good.sum() / max(wrong.sum(), 1):.3f}; {broken:,} right cells changed, {blanks:,} made missing that have a value"
    )


def cell_by_cell(dirty: pd.DataFrame, errors: ErrorsResult) -> pd.DataFrame:
    """Return the table with each cell's own repair in its place, whatever the cells beside it got."""
    frame = dirty.copy()
    for name, suspects in suspects_of(errors).items():
        frame[name] = with_cells(frame[name], suspects.rows, [each.repair for each in suspects])
    return frame


def main() -> None:
    """Print one block a table."""
    for folder in sorted(path for path in Path(sys.argv[1]).iterdir() if (path / "dirty.csv").exists()):
        dirty, clean, wrong = read(folder)
        errors = find_errors(dirty)
        assert isinstance(errors, ErrorsResult)
        start = time.process_time()
        recipe = propose_recipe(dirty, errors=errors)
        seconds = time.process_time() - start
        print(f"{folder.name}: {np.asarray(wrong).sum():,} wrong cells; proposed in {seconds:.1f} s")
        print(f"  {recipe}".replace("\n", "\n  "))
        plain_dirty, plain_clean = as_said(dirty), as_said(clean)
        report("recipe", plain_dirty, plain_clean, as_said(recipe.apply(dirty)))
        report("cell by cell", plain_dirty, plain_clean, as_said(cell_by_cell(dirty, errors)))


if __name__ == "__main__":
    main()
