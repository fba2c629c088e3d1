"""Rows of dots: where they stand, the same in the browser, and in words."""

import json
from pathlib import Path

import numpy as np

from mlops_widgets.ui.alt import alt_text
from mlops_widgets.ui.card import Axis, Card, Swarm
from mlops_widgets.ui.draw_swarm import heights

FIXTURE = json.loads((Path(__file__).parents[1] / "js/fixtures/swarm.json").read_text())


def test_dots_are_stacked_as_in_the_browser() -> None:
    ranks = np.array([np.nan if rank is None else rank for rank in FIXTURE["ranks"]])
    assert heights(np.array(FIXTURE["places"]), ranks).tolist() == FIXTURE["heights"]


def test_the_words_say_on_which_side_high_values_lie() -> None:
    values, ranks = (
        np.array([[-1.0, 1.0], [1.0, -1.0], [1.0, 2.0]]),
        np.array([[0.0, 1.0], [0.0, 1.0], [np.nan, np.nan]]),
    )
    chart = Swarm(rows=("a", "b", "c"), values=values, ranks=ranks, axis=Axis(label="contribution"))
    words = alt_text(Card(headline="H.", charts=(chart,)))
    assert "high value to the right for a; high value to the left for b" in words
