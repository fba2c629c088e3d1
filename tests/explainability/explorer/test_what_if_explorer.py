import json
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.explainability.explorer.what_if import WhatIfExplorer
from mlops_widgets.ui import host
from tests.awkward import study_of
from tests.ui.conftest import FakeScreen, Front, RecordingComm, front

__all__ = ["front"]

PATIENCE = 10.0
COLUMNS = [f"x{k}" for k in range(10)]  # more than are counted out exactly
EDITED = 0.4321


@cache
def _study() -> mw.Study:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(200, 10)), columns=COLUMNS).round(2)
    frame["y"] = (frame["x0"] + rng.normal(size=200) > 0).astype(int)

    def sure(rows: pd.DataFrame) -> Any:
        if (rows["x9"] > 1e6).any():
            raise ValueError(f"Ms Secret, {rows['x9'].iloc[0]}")
        p = 1 / (1 + np.exp(-rows["x0"] - rows["x1"] * rows["x2"] * rows["x3"]))
        return np.column_stack([1 - p, p])

    return mw.load_study(predict_proba=sure, reference=frame[:100], test=frame[100:], target="y", features=COLUMNS)


@cache
def _explorer() -> WhatIfExplorer:
    explorer = WhatIfExplorer(_study(), row=2)
    explorer.run()
    return explorer


@pytest.fixture
def live() -> Iterator[None]:
    host.set_render("live")
    yield
    host.set_render(None)


def _place(explorer: WhatIfExplorer, column: str) -> int:
    return [field.column for field in explorer.result.fields].index(column)  # type: ignore[union-attr]  # it has run


def _numbers(answer: Any) -> list[list[float]]:
    return [[row["value"] for row in chart["rows"]] for chart in answer["charts"]]


def test_an_edit_moves_prediction_and_both_explanations() -> None:
    explorer = _explorer()
    same = next(explorer._told({"changes": [], "output": 0}))
    moved = next(explorer._told({"changes": [[_place(explorer, "x0"), 1.2]], "output": 0}))
    assert same["before"] == same["now"] == moved["before"] != moved["now"]
    assert [chart["title"] for chart in moved["charts"]] == ["SHAP", "LIME, a local surrogate"]
    for before, now in zip(_numbers(same), _numbers(moved), strict=True):
        assert np.abs(np.array(before) - now).max() > 0.01
    assert all(chart["others"] for chart in moved["charts"])


def test_answers_get_sharper_until_the_last() -> None:
    explorer = _explorer()
    answers = list(explorer._told({"changes": [[_place(explorer, "x0"), 1.2]], "output": 0}))
    widths = [
        np.mean([row["upper"] - row["lower"] for row in answer["charts"][0]["rows"] if row["upper"] is not None])
        for answer in answers[1:]  # too few pairs to tell at first
    ]
    assert [answer["more"] for answer in answers] == [True] * (len(answers) - 1) + [False]
    assert len(answers) > 2
    assert widths[-1] < widths[0] / 2


def test_a_newer_question_ends_the_older_one() -> None:
    explorer = _explorer()
    older = explorer._told({"changes": [[0, 1.0]], "output": 0})
    next(older)
    next(explorer._told({"changes": [], "output": 0}))
    assert list(older) == []


def test_editing_in_a_script_gives_the_models_own_answer() -> None:
    now = _explorer().edit({"x0": 2.0, "x1": 0.0})
    assert now.prediction[0, 0] == pytest.approx(1 / (1 + np.exp(-2.0)))


def test_an_edit_that_fails_says_the_errors_type_and_no_cell() -> None:
    explorer = WhatIfExplorer(
        _study(), row=_study().need("test").pandas()[COLUMNS].iloc[[1]].assign(x9=1e5), lime=False
    )
    explorer.run()
    place = _place(explorer, "x9")
    told = list(explorer._told({"changes": [[place, 1e9]], "output": 0}))
    assert "takes values from" in told[0]["error"]  # what training rows hold
    field = explorer._one.form.fields[place]  # type: ignore[union-attr]  # it has run
    object.__setattr__(field, "upper", 1e9)
    told = list(explorer._told({"changes": [[place, 1e9]], "output": 0}))
    assert "ValueError" in told[0]["error"]
    assert "Secret" not in told[0]["error"]


@pytest.mark.parametrize(
    "question", [{}, {"changes": []}, {"changes": [], "output": 7}, {"changes": [], "output": True}, {"changes": "x", "output": 0}]
)  # fmt: skip
def test_a_question_that_no_view_asks_is_answered_with_what_is_wrong(question: Any) -> None:
    told = list(_explorer()._told(question))
    assert len(told) == 1
    assert set(told[0]) == {"error"}


def test_the_edited_row_is_in_no_state_and_no_output(live: None, front: Front) -> None:
    screen = FakeScreen()
    explorer = WhatIfExplorer(_study(), row=2, result=_explorer().result, screen=screen)
    explorer._one = _explorer()._one
    explorer._ipython_display_()
    widget = screen.widgets[0]
    last = threading.Event()
    send = widget.send

    def listen(content: Any, buffers: Any = None) -> None:
        send(content, buffers)
        if not content["answer"].get("more"):
            last.set()

    widget.send = listen
    front.send(widget, kind="ask", number=1, question={"changes": [[_place(_explorer(), "x0"), EDITED]], "output": 0})
    assert last.wait(PATIENCE)
    told = [data["content"] for kind, data in RecordingComm.sent if data.get("method") == "custom"]
    assert len(told) > 1
    assert {each["number"] for each in told} == {1}
    assert str(EDITED) in json.dumps(told)
    saved = json.dumps({name: str(value) for name, value in widget.get_state().items()}) + str(screen.shown)
    assert str(EDITED) not in saved


def test_another_row_is_chosen_by_its_number() -> None:
    explorer = WhatIfExplorer(_study(), row=2, lime=False)
    explorer.run(row=5)
    assert "Row 5 of test" in str(explorer.result)
    assert explorer.edit({}).cells[0] == explorer.result.explanation.cells[0]  # type: ignore[union-attr]  # it has run


def test_a_study_that_can_not_be_asked_says_so() -> None:
    assert WhatIfExplorer(study_of("logged_predictions")).run().status == "not_applicable"
