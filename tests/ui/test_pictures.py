import copy
import io
import math
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from mlops_widgets.core.result import STATUSES
from mlops_widgets.ui.alt import alt_text
from mlops_widgets.ui.card import Axis, Card, Chart, Distributions, Dots, Estimate, HeatMap, Line, Mark, Series, Slope
from mlops_widgets.ui.draw_rows import share_of
from mlops_widgets.ui.pictures import draw, picture
from mlops_widgets.ui.style import ROLES
from tests.ui import cards

EMPTY = Card(
    headline="Can't be measured here: this study has no time.", status="not_applicable", empty="Tell time= to see this."
)
AXIS = Axis(label="x")


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    if is_dataclass(one):
        return all(same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def words(card: Card) -> list[str]:
    figure = draw(card)
    labels = [
        t.get_text() for axes in figure.axes for t in (*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels())
    ]
    return [text.get_text() for text in figure.texts] + labels


@pytest.mark.parametrize("chart", cards.CHARTS, ids=lambda make: make.__name__)
def test_every_chart_is_drawn_small_and_leaves_its_card_as_it_was(chart: Callable[[], Chart]) -> None:
    card = cards.card(chart())
    before = copy.deepcopy(card)
    drawn = picture(card)
    assert same(card, before)
    assert len(drawn.png) <= 90_000
    with Image.open(io.BytesIO(drawn.png)) as image:
        assert image.width >= 1.5 * drawn.width
        assert image.width / image.height == pytest.approx(drawn.width / drawn.height, rel=0.01)


@pytest.mark.parametrize(
    "card", [cards.hostile(), EMPTY, cards.card(findings=cards.findings())], ids=["hostile", "empty", "words"]
)
def test_every_card_is_drawn_small(card: Card) -> None:
    assert len(picture(card).png) <= 90_000


@pytest.mark.parametrize(
    "chart",
    [
        Dots(rows=(), axis=AXIS),
        Dots(rows=(Estimate(label="nothing", value=float("nan")),), axis=AXIS),
        Dots(
            rows=(Estimate(label="one", value=0.0, lower=0.0, upper=0.0),),
            axis=AXIS,
            marks=(Mark(value=9e9, label="far"),),
        ),
        Line(x=np.array([]), x_axis=AXIS, y_axis=AXIS, series=()),
        Line(x=np.arange(3.0), x_axis=AXIS, y_axis=AXIS, series=(Series(label="gap", y=np.full(3, np.nan)),)),
        Line(
            x=np.array([1.7e12]),
            x_axis=Axis(label="day", form="date"),
            y_axis=AXIS,
            series=(Series(label="a", y=np.ones(1), dashed=True),),
        ),
        HeatMap(values=np.full((2, 2), np.nan), columns=("a", "b"), rows=("a", "b"), axis=AXIS),
        Distributions(reference=np.zeros(2), production=np.zeros(2), edges=np.arange(3.0), axis=AXIS),
        Distributions(
            reference=np.ones(30) / 30, production=np.ones(30) / 30, names=tuple(map(str, range(30))), axis=AXIS
        ),
        Slope(left="a", right="b", rows=(), axis=AXIS),
    ],
    ids=lambda chart: chart.kind,
)
def test_charts_with_little_in_them_are_drawn(chart: Chart) -> None:
    assert picture(cards.card(chart)).png


def test_headline_verdict_action_and_small_print_are_in_the_picture() -> None:
    text = " ".join(words(cards.card(cards.dots())))
    for part in ("The winner scored .79 on 100 test rows", "■ failed", "Do this on Monday:", "seed 3", "Cawley"):
        assert part in text


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_told_by_shape_and_word(status: str) -> None:
    assert any(text[2:] == status.replace("_", " ") for text in words(cards.card(status=status)))


def test_estimates_stand_beside_their_intervals() -> None:
    shown = words(cards.card(cards.dots()))
    assert ".694" in shown
    assert "[.681, .706]" in shown
    assert "n = 6,000" in shown


def test_a_waterfall_says_its_steps_with_signs_and_log_odds_with_their_probability() -> None:
    shown = words(cards.card(cards.waterfall()))
    assert {"baseline", "−1.70", "+.62", "−.20", "prediction", "−.93"} <= set(shown)
    assert any(re.fullmatch(r"−1\.\d*\n\d+\.?\d*\u202f%", text) for text in shown)
    assert "baseline −1.70, prediction −.93; steps: income = 31,000 .62" in alt_text(cards.card(cards.waterfall()))


def test_the_probability_of_log_odds_is_the_logistic_functions() -> None:
    assert [share_of(x) for x in (0.0, math.log(3), -1000.0)] == pytest.approx([0.5, 0.75, 0.0])


def test_two_marks_a_row_have_a_key() -> None:
    assert {"● now", "◇ before"} <= set(words(cards.card(cards.pairs())))


def test_an_empty_card_says_what_to_tell() -> None:
    assert "Tell time= to see this." in words(EMPTY)


def test_dollars_are_no_formula() -> None:
    assert all(not text.get_parse_math() for text in draw(cards.hostile()).texts)


def test_the_notebooks_style_changes_nothing_and_is_not_changed() -> None:
    plain = picture(cards.card(cards.bars())).png
    with mpl.rc_context(
        {"axes.facecolor": "black", "text.color": "white", "font.size": 30, "axes.grid": True, "lines.linewidth": 9}
    ):
        before = dict(mpl.rcParams)
        styled = picture(cards.card(cards.bars())).png
        assert dict(mpl.rcParams) == before
    assert styled == plain


def test_status_keeps_its_colour_in_the_palette() -> None:
    with Image.open(io.BytesIO(picture(cards.card(cards.heat_map())).png)) as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int)
    wanted = np.array(list(bytes.fromhex(ROLES["bad"][1:])))
    assert np.abs(pixels - wanted).sum(axis=1).min() <= 12


def test_alt_text_states_finding_verdict_and_numbers() -> None:
    text = alt_text(cards.card(cards.dots()))
    assert text.startswith("The winner scored .79")
    assert "Verdict: failed." in text
    assert "production .69 [.68, .71]" in text


@pytest.mark.parametrize("chart", cards.CHARTS, ids=lambda make: make.__name__)
def test_alt_text_names_what_is_measured(chart: Callable[[], Chart]) -> None:
    made = chart()
    axis = made.y_axis if isinstance(made, Line) else made.axis
    assert axis.label in alt_text(cards.card(made))


def test_alt_text_is_cut_at_900_letters() -> None:
    assert len(alt_text(cards.hostile())) <= 900


def test_tokens_are_the_browsers_light_theme() -> None:
    source = (Path(__file__).parents[2] / "mlops_widgets/ui/js/tokens.js").read_text(encoding="utf-8")
    light = source.split("LIGHT = {", 1)[1].split("}", 1)[0]
    theirs = dict(re.findall(r'(\w+): "(#\w{6})"', light))
    assert {role: theirs[role] for role in ROLES} == ROLES
