"""The labeller without a browser: what a key does to the answers, and what goes out."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.explorer.labeller import ErrorLabeller
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.ui import host
from tests.awkward import HOSTILE_NAMES
from tests.data_quality.detection.tables import found
from tests.ui.conftest import FakeScreen, Front, front

__all__ = ["front"]

PATIENCE = 30.0


def table() -> pd.DataFrame:
    size = [f"{6 + at % 5} cm" for at in range(120)]
    size[::9] = [f"{each} est" for each in size[::9]]
    return pd.DataFrame(
        {"serial": [f"S{at * 7919 % 100_000:05d}" for at in range(120)], "size": size, "kept": [None, "no"] * 60}
    )


def labeller(**options: Any) -> ErrorLabeller:
    made = ErrorLabeller(table(), **options)
    made.run()
    return made


@pytest.fixture
def live() -> Iterator[None]:
    host.set_render("live")
    yield
    host.set_render(None)


def test_judging_asks_for_the_next_row_and_undo_brings_the_last_one_back_with_its_marks() -> None:
    live = labeller()
    first = live._told({"what": "look"})
    second = live._told({"what": "judge", "row": first["row"], "wrong": [1]})
    assert live.labels == {first["row"]: ("size",)}
    assert second["row"] != first["row"]
    assert second["says"].startswith("1 of 20 rows judged")
    back = live._told({"what": "undo"})
    assert (back["row"], live.labels) == (first["row"], {})
    assert [cell["at"] for cell in back["cells"] if cell["wrong"]] == [1]
    with pytest.raises(InputError, match="nothing to undo"):
        live._told({"what": "undo"})


def test_a_skipped_row_does_not_come_again() -> None:
    live = labeller()
    shown = [live._told({"what": "look"})["row"]]
    shown += [live._told({"what": "skip", "row": shown[-1]})["row"] for _ in range(5) if shown]
    assert live._told({"what": "skip", "row": shown[-1]})["row"] not in shown
    assert live.labels == {}


def test_the_result_follows_and_is_what_find_errors_makes_of_the_labels() -> None:
    live = labeller()
    assert live.result.labelled == ()  # type: ignore[union-attr]  # it has run
    for row in (0, 9, 10, 11, 12):
        live.judge(row, ["size"] if row % 9 == 0 else [])
    result = live.result
    assert result is not None
    assert np.flatnonzero(result.cells["size"]).tolist() == list(range(0, 120, 9))  # type: ignore[attr-defined]  # an ErrorsResult
    again = found(table(), labels=live.labels)
    pd.testing.assert_frame_equal(result.scores, again.scores)  # type: ignore[attr-defined]  # an ErrorsResult


def test_labels_from_before_are_gone_on_from() -> None:
    live = ErrorLabeller(table(), labels={0: ["size"], 1: []})
    assert live.labels == {0: ("size",), 1: ()}
    assert live.next_row() not in (0, 1)
    assert live.labels == {0: ("size",), 1: ()}


def test_a_suspected_cell_says_why_and_how_surely() -> None:
    live = labeller()
    live.judge(0, ["size"])
    live.judge(9, ["size"])
    live.judge(10)
    cell = live._shown(18, ())["cells"][1]
    assert (cell["column"], cell["text"]) == ("size", table()["size"][18])
    assert cell["doubt"].startswith("▲ looks wrong, ")
    assert live._shown(12, ())["cells"][2]["text"] == "(missing)"


def test_the_standing_counts_only_what_was_foretold() -> None:
    live = labeller()
    assert "were wrong" not in live._told({"what": "look"})["says"]
    live.judge(0, ["size"])
    live.judge(1)
    live.judge(9, ["size"])
    live.judge(18, ["size"])
    assert "Of those on judged rows, 100" in live._told({"what": "look"})["says"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"what": "judge", "row": 0, "wrong": ["size"]}, "Pass a list of places"),
        ({"what": "judge", "row": 0, "wrong": [7]}, "from 0 to 2"),
        ({"what": "judge", "row": 0, "wrong": None}, "wrong=None"),
        ({"what": "judge", "row": 10**9, "wrong": []}, "no row"),
        ({"what": "judge", "row": None, "wrong": []}, "no row"),
    ],
)
def test_a_page_may_send_anything(question: dict[str, Any], words: str) -> None:
    live = labeller()
    with pytest.raises(InputError, match=words):
        live._told(question)
    assert live.labels == {}


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InputError, match="rows"):
        ErrorLabeller(table(), rows=0)
    with pytest.raises(UnknownNameError, match="'sise'"):
        labeller().judge(0, ["sise"])


def test_when_every_row_was_judged_there_is_none_to_show() -> None:
    live = ErrorLabeller(table().head(2))
    for row in (0, 1):
        live.judge(row)
    assert live._told({"what": "look"})["row"] == -1


def test_of_many_columns_the_suspected_and_the_first_are_shown() -> None:
    wide = pd.DataFrame({f"c{at:02d}": [str(each % 5) for each in range(60)] for at in range(50)})
    wide.loc[7, "c48"] = "n/a"
    live = ErrorLabeller(wide)
    live.run()
    shown = live._shown(7, ())
    assert len(shown["cells"]) == 40
    assert "c48" in [cell["column"] for cell in shown["cells"]]
    assert shown["more"].startswith("10 more columns")


def test_hostile_names_and_cells_come_as_texts() -> None:
    rows = pd.DataFrame({str(name): ["<b>", "\u202e", None] * 4 for name in HOSTILE_NAMES})
    live = ErrorLabeller(rows)
    json.dumps(live._told({"what": "look"}))
    live.judge(0, [str(HOSTILE_NAMES[3])])
    assert live.labels == {0: (str(HOSTILE_NAMES[3]),)}


def test_rows_are_in_no_output_and_no_state(front: Front, screen: FakeScreen, live: None) -> None:
    made = ErrorLabeller(table(), rows=2, screen=screen)
    made._ipython_display_()
    (widget,) = screen.widgets
    widget.join(PATIENCE)
    front.send(widget, kind="ask", number=1, question={"what": "look"})
    row = made.next_row()
    assert row is not None
    front.send(widget, kind="ask", number=2, question={"what": "judge", "row": row, "wrong": []})
    front.send(widget, kind="ask", number=3, question={"what": "judge", "row": made.next_row(), "wrong": []})
    assert len(made.labels) == 2
    kept = json.dumps([screen.shown, widget.message], default=str)
    assert "S00000" not in kept
    assert table()["serial"][row] not in kept
    assert "2 judged rows" in kept
    assert "labeller" in json.dumps(widget.message)


@pytest.fixture
def screen() -> FakeScreen:
    return FakeScreen()
