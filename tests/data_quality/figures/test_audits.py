"""What the card of an audit shows."""

import numpy as np
import pandas as pd

from mlops_widgets.core.display import card_of
from mlops_widgets.data_quality import check_pipeline
from mlops_widgets.ui.card import Dots, HeatMap
from tests.data_quality.audits.weeks import BROKEN_FROM, audited, broken, label, sound, week


def test_checks_beyond_their_margin_stand_over_the_batches_with_their_verdict_as_a_mark() -> None:
    grid = card_of(broken()).charts[0]
    assert isinstance(grid, HeatMap)
    assert grid.rows[0] == "■ country: missing share"
    assert grid.rows[1] == "▲ price: distribution"
    assert grid.columns == broken().batches
    assert np.isnan(grid.values[:, :BROKEN_FROM]).all()
    assert not np.isnan(grid.values[0, BROKEN_FROM:]).any()


def test_what_changed_first_is_a_dot_at_the_batch_that_shows_it() -> None:
    line = card_of(broken()).charts[1]
    assert isinstance(line, Dots)
    assert line.rows[0].value == broken().starts[BROKEN_FROM]
    assert line.axis.form == "date"


def test_without_an_alarm_the_distances_are_shown_and_no_first_change() -> None:
    charts = card_of(sound()).charts
    assert len(charts) == 1
    assert charts[0].title.startswith("No check is beyond its margin")


def test_each_batch_has_its_verdict_in_words() -> None:
    table = card_of(broken()).table
    assert table is not None
    rows = {row[0]: row for row in table.rows}
    assert [rows[label(place)][3] for place in (0, 1)] == ["baseline", "passed"]
    assert rows[label(7)][3] == "failed"
    assert "country: missing share" in rows[label(7)][4]


def test_one_batch_alone_has_nothing_to_draw() -> None:
    assert card_of(audited(week(0))).charts == ()


def test_a_pipeline_is_drawn_as_the_rows_of_its_steps_with_what_each_did() -> None:
    orders = pd.DataFrame({"id": range(10), "shop": [1, 2] * 5})
    shops = pd.DataFrame({"shop": [1, 1], "name": ["a", "b"]})
    card = card_of(check_pipeline({"orders": orders, "joined": lambda frame: frame.merge(shops)}, keys="id"))
    assert [(row.label, row.value, row.note) for row in card.charts[0].rows] == [
        ("orders", 10.0, ""), ("joined", 10.0, "5 keys lost, 5 rows multiplied, 5 rows repeat a key"),
    ]  # fmt: skip
