import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.explorer.slices import SliceExplorer
from mlops_widgets.ui import host
from tests.awkward import regression_pipeline, three_classes
from tests.ui.conftest import FakeScreen, Front, RecordingComm, front

__all__ = ["front"]

SECRET = "Ms Secret"  # in one cell in a hundred; no rule names it


@cache
def _study() -> mw.Study:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(1000, 3)), columns=list("abc"))
    frame["town"] = rng.choice(["Oslo", "Bergen"], 1000)
    frame["y"] = ((frame["a"] > 0) ^ (rng.random(1000) < np.where(frame["b"] > 0.5, 0.5, 0.1))).astype(int)
    frame["note"] = [f"{SECRET} {k}" if k % 100 == 0 else f"row {k}" for k in range(1000)]

    def sure(rows: pd.DataFrame) -> np.ndarray:
        p = np.where(rows["a"] > 0, 0.9, 0.1)
        return np.column_stack([1 - p, p])

    return mw.load_study(predict_proba=sure, test=frame, target="y", features=["note", "a", "b", "c", "town"])


@pytest.fixture
def live() -> Iterator[None]:
    host.set_render("live")
    yield
    host.set_render(None)


@cache
def _result() -> Result:
    return mw.overfitting.find_weak_slices(_study())


def _explorer(**options: Any) -> SliceExplorer:
    return SliceExplorer(_study(), result=_result(), **options)


def test_worst_rows_lie_in_the_slice_and_are_the_models_errors() -> None:
    explorer = _explorer()
    rows = explorer.worst_rows(0)
    condition = explorer.result.slices[0].conditions[0]  # type: ignore[union-attr]  # it has a result
    assert len(rows) == 20
    assert condition.column == "b"
    assert rows["b"].min() > (condition.lower or -np.inf)
    assert (rows["loss"] == 1).all()
    assert rows.columns[:4].tolist() == ["y", "answer", "loss", "b"]
    assert set(rows["answer"]) <= {"0 (90\u202f% sure)", "1 (90\u202f% sure)"}
    assert rows.equals(_study().need("test").pandas().loc[rows.index].assign(**rows)[rows.columns])


def test_the_front_end_gets_rows_by_a_message_and_no_state_holds_them(live: None, front: Front) -> None:
    screen = FakeScreen()
    explorer = _explorer(screen=screen)
    explorer._ipython_display_()
    widget = screen.widgets[0]
    front.send(widget, kind="ask", number=7, question={"slice": 0, "raw": False})
    told = [data["content"] for kind, data in RecordingComm.sent if data.get("method") == "custom"]
    assert (told[0]["kind"], told[0]["number"], len(told[0]["answer"]["rows"])) == ("answer", 7, 20)
    cells = {cell for row in told[0]["answer"]["rows"] for cell in row}
    assert any(cell.startswith(("row ", SECRET)) for cell in cells)
    front.send(widget, kind="ask", number=8, question={"slice": 99})
    refused = [data["content"] for kind, data in RecordingComm.sent if data.get("method") == "custom"][-1]
    assert refused["answer"]["error"].startswith("index=99. Allowed: 0 to ")
    # What a notebook saves: every trait of the widget, and the outputs.
    saved = json.dumps({name: str(value) for name, value in widget.get_state().items()}) + str(screen.shown)
    assert SECRET not in saved
    assert not any(cell in saved for cell in cells if cell.startswith("row "))


def test_a_report_holds_no_row(tmp_path: Any) -> None:
    page = _explorer().result.save(tmp_path / "slices.html").read_text()  # type: ignore[union-attr]  # it has a result
    assert SECRET not in page


@pytest.mark.parametrize(
    ("index", "most", "words"), [(True, 5, "index=True"), (-1, 5, "index=-1"), (0, 0, "most=0. Pass 1 or more")]
)
def test_rows_that_cannot_be_given_are_refused(index: Any, most: int, words: str) -> None:
    with pytest.raises(InputError) as caught:
        _explorer().worst_rows(index, most=most)
    assert words in str(caught.value)


def test_before_the_first_run_there_are_no_rows() -> None:
    with pytest.raises(InputError, match="There is no slice yet: call run"):
        SliceExplorer(_study()).worst_rows(0)


def test_numbers_and_several_classes_are_answered_too() -> None:
    numbers = SliceExplorer(regression_pipeline().study)
    numbers.run()
    assert numbers.worst_rows(0)["loss"].is_monotonic_decreasing
    lights = three_classes().arguments
    big = pd.concat([lights["test"]] * 3, ignore_index=True)
    classes = SliceExplorer(mw.load_study(**{**lights, "test": big}))
    classes.run()
    assert classes.worst_rows(0, raw=True)["answer"].str.match(r"(red|amber|green) \(\d+").all()
