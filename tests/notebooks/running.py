"""How the tests run a notebook with papermill, and what every run must be."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import papermill as pm

from mlops_widgets.report.notebooks import find_notebooks
from mlops_widgets.ui.show import JSON_MIME

STUDIES = Path(__file__).parent / "studies"
CANARY = "canary-7f3a"
MOST_BYTES = 6_000_000
"""Of the executed notebook, in which every output stands alone; the page, which holds the bundle once, has 3 MB."""
MOST_KILOBYTES_OF_KERNEL = 1_000_000
TOLD = {"passed", "warning", "failed", "not_enough_data"}
PEAK = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"


@dataclass(frozen=True, kw_only=True)
class Run:
    """An executed notebook, its file, and its code cells by id; `peak` is the kernel's most memory in kilobytes."""

    name: str
    path: Path
    cells: Mapping[str, Any]
    metadata: Mapping[str, Any]
    peak: int

    def outputs(self, cell: str, mime: str) -> list[Any]:
        return [each["data"][mime] for each in self.cells[cell]["outputs"] if mime in each.get("data", {})]

    def results(self, cell: str) -> list[Any]:
        return self.outputs(cell, JSON_MIME)


def execute(name: str, folder: Path, parameters: Mapping[str, Any] | None = None, *, more: Sequence[Any] = ()) -> Run:
    """Run a notebook of ours with papermill in `folder`, and then `more` cells.

    On Linux a last cell tells the kernel's peak of memory.
    """
    notebook = nbformat.read(find_notebooks() / f"{name}.ipynb", as_version=4)
    notebook.cells += more
    if sys.platform == "linux":
        notebook.cells.append(nbformat.v4.new_code_cell(PEAK, id="peak"))
    path = folder / f"{name}-done.ipynb"
    pm.execute_notebook(
        notebook, path, parameters=dict(parameters or {}), kernel_name="python3", cwd=folder, progress_bar=False
    )
    done = nbformat.read(path, as_version=4)
    cells = {cell["id"]: cell for cell in done.cells if cell["cell_type"] == "code"}
    peak = int(cells.pop("peak")["outputs"][0]["text"]) if "peak" in cells else 0
    return Run(name=name, path=path, cells=cells, metadata=done.metadata, peak=peak)


def parameters_of(study: str, folder: Path) -> dict[str, Any]:
    """Return what a person passes to run a chapter on `study`; files of the person's own lie in `folder`."""
    if study in {"loans", "loans+dirty", "loans+shock", "loans+biased_recording", "flights", "census"}:
        return {"study": study, **({"guess": 0.76} if study == "loans" else {})}
    if study == "logged":
        return write_log(folder / "log.csv")
    return {"study": str(shutil.copy(STUDIES / f"{study}.py", folder / "my study {0}.py"))}


def write_log(path: Path) -> dict[str, Any]:
    """Write predictions that were logged earlier, with a marked row, and return the parameters that read them."""
    rng = np.random.default_rng(11)
    y = rng.integers(0, 2, 500)
    comment = np.full(500, "fine", dtype=object)
    comment[17] = CANARY
    score = (0.5 + 0.2 * (2 * y - 1) * rng.uniform(0, 1, 500) + rng.normal(0, 0.1, 500)).clip(0, 1)
    pd.DataFrame({"comment": comment, "score": score, "clicked": y}).to_csv(path, index=False)
    return {"test": str(path), "target": "clicked", "scores": "score"}


def assert_ran_and_is_shareable(run: Run) -> None:
    assert all(cell["execution_count"] is not None for cell in run.cells.values())
    kinds = {output["output_type"] for cell in run.cells.values() for output in cell["outputs"]}
    assert kinds <= {"display_data", "execute_result", "stream"}
    told = [o["text"] for cell in run.cells.values() for o in cell["outputs"] if o["output_type"] == "stream"]
    assert told == []  # no warning, no progress bar
    assert "widgets" not in run.metadata
    saved = run.path.read_bytes()
    assert b"widget-view" not in saved
    assert CANARY.encode() not in saved
    assert len(saved) < MOST_BYTES
    assert run.peak < MOST_KILOBYTES_OF_KERNEL
