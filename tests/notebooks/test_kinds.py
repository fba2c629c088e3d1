"""What people bring goes through chapters 0 and 1 without an edit: every cell that looks at the study, in this process.

`test_chapters.py` runs whole notebooks in kernels of their own; here each kind of model takes seconds.
"""

import ast
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest

from mlops_widgets.core.result import Result
from mlops_widgets.study.loading import load_study
from mlops_widgets.ui.guess import Guess
from mlops_widgets.ui.host import set_render
from tests.matrix.kinds import (
    Kind,
    calibrated,
    catboost_file,
    function_of_probabilities,
    grid_searched,
    lightgbm_pipeline_with_a_date,
    lightgbm_text,
    linear_svc,
    logged_scores,
    onnx,
    rows,
    stacked,
    three_classes_in_skops,
    xgboost_binary_json,
    xgboost_classifier_in_skops,
)

pytestmark = pytest.mark.notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
KINDS: tuple[Callable[[Path], Kind], ...] = (
    lightgbm_pipeline_with_a_date, three_classes_in_skops, xgboost_classifier_in_skops, xgboost_binary_json, linear_svc,
    onnx, lightgbm_text, catboost_file, calibrated, stacked, grid_searched,
    function_of_probabilities, logged_scores,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _static(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    set_render("static")
    yield
    set_render(None)


def _tables(kind: Kind, folder: Path) -> dict[str, Path]:
    learned, test = rows()
    columns = [*dict.fromkeys([*kind.columns, "day", kind.target])]
    parts = {"reference": learned, "test": test[:60], "production": test[60:]}
    for name, part in parts.items():
        part[columns].to_csv(folder / f"{name}.csv", index=False)
    return {name: folder / f"{name}.csv" for name in parts}


def _run(path: Path, study: Any) -> list[Any]:
    """Run a chapter's cells on `study` but for its story, and return what they show."""
    names: dict[str, Any] = {}
    shown = []
    for cell in nbformat.read(path, as_version=4).cells:
        tags = cell.metadata.get("tags", [])
        if "story" in tags:
            names["guess"] = Guess("A number?")  # the story's, which the last cell reads
        if cell.cell_type != "code" or "story" in tags:
            continue
        lines = ast.parse(cell.source).body
        last = lines.pop() if isinstance(lines[-1], ast.Expr) else None
        exec(compile(ast.Module(lines, []), path.name, "exec"), names)  # noqa: S102 - the notebook's own code
        if "parameters" in tags:
            names |= {"study": study, "budget_seconds": 3}
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), path.name, "eval"), names))  # noqa: S307 - the same
            getattr(shown[-1], "_ipython_display_", partial(repr, shown[-1]))()
    return shown


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_kind_of_model_goes_through_both_chapters(kind: Callable[[Path], Kind], tmp_path: Path) -> None:
    (folder := tmp_path / "mine").mkdir()
    made = kind(folder)
    time: dict[str, Any] = {} if "day" in made.columns else {"time": "day"}
    arguments: dict[str, Any] = {**made.arguments, **_tables(made, folder), **time}
    study = load_study(**arguments, target=made.target)
    assert study.measure(study.need("production")).n == len(rows()[1]) - 60
    for name in ("00_start_here", "01_overfitting"):
        shown = _run(NOTEBOOKS / f"{name}.ipynb", study)
        results = [each for each in shown if isinstance(each, Result)]
        assert results
        raised = [f.claim for each in results for f in each.findings if f.code.endswith("-00") or f.code == "OV-LG-05"]
        assert [claim for claim in raised if "raised" in claim] == []  # by the model, in predicting or in a refit
