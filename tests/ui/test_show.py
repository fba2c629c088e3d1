import base64
import gzip
import hashlib
import json
import math
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from mlops_widgets.core.result import Finding, Result
from mlops_widgets.ui.card import Axis, Card, Control, Dots, Estimate, Floats, View
from mlops_widgets.ui.show import JSON_MIME, bundles, file_bytes, message, portable_html, program, shared_code
from tests.ui import cards

CARD = cards.card(cards.slope(), cards.line())


class Tags(HTMLParser):
    """Every start tag with its attributes, and the texts inside scripts and outside."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        (self.scripts if self.tags and self.tags[-1][0] == "script" and data.strip() else self.words).append(data)

    def attributes(self) -> dict[str, str | None]:
        return next(attrs for tag, attrs in self.tags if tag == "div" and "data-mw" in attrs)

    def view(self) -> dict[str, Any]:
        view: dict[str, Any] = json.loads(self.attributes()["data-mw-view"] or "", parse_constant=pytest.fail)
        return view


@dataclass(frozen=True, kw_only=True)
class Scores(Result):
    scores: Floats
    names: tuple[str, ...]
    best: float


def result() -> Scores:
    finding = Finding(code="T-1", status="warning", claim="It fell.", evidence={"fall": 0.1}, action="Look.")
    return Scores(findings=(finding,), rows=5, seed=1, scores=np.arange(5.0), names=("a", "b"), best=math.nan)


def test_first_output_is_picture_words_and_findings() -> None:
    first, _ = bundles(result(), CARD)
    assert set(first) == {"image/png", "text/plain", JSON_MIME}
    assert base64.b64decode(first["image/png"]).startswith(b"\x89PNG")
    assert first["text/plain"] == str(result())
    assert first.metadata["image/png"]["alt"].startswith(CARD.headline)
    assert first.metadata["image/png"]["width"] == 760


def test_json_of_a_saved_notebook_holds_scalars_and_says_what_it_left_out() -> None:
    data = bundles(result(), CARD)[0][JSON_MIME]
    assert data["findings"][0]["evidence"] == {"fall": 0.1}
    assert data["left_out"] == ["names", "scores"]
    assert data["best"] is None
    json.dumps(data, allow_nan=False)


def test_second_output_carries_program_and_data() -> None:
    tags = Tags(bundles(result(), CARD)[1]["text/html"])
    attrs = tags.attributes()
    code = gzip.decompress(base64.b64decode(attrs["data-mw-code"] or ""))
    assert attrs["data-mw"] == hashlib.sha256(code).hexdigest()[:12]
    assert tags.view()["card"]["headline"] == CARD.headline
    assert tags.scripts == [program().boot]


def test_same_card_gives_same_bytes() -> None:
    assert portable_html(CARD) == portable_html(CARD)


def test_program_can_stand_once_in_a_document() -> None:
    tags = Tags(portable_html(CARD, code=False) + shared_code())
    assert "data-mw-code" not in tags.attributes()
    shared = next(attrs for tag, attrs in tags.tags if tag == "script" and attrs)
    assert shared == {"type": "application/gzip", "id": f"mw-code-{program().key}"}


def test_arrays_come_back() -> None:
    values = np.array([0.25, math.nan, -3.5, math.inf])
    dates = np.array([1.7e12, 1.7e12 + 1])
    sent = message(Card(headline="x", view=View(name="tournament", arrays={"small": values, "dates": dates})))
    small, late = (sent["card"]["view"]["arrays"][name]["$array"] for name in ("small", "dates"))
    assert sent["types"] == {small: "f4", late: "f8"}
    np.testing.assert_array_equal(np.frombuffer(sent["arrays"][small], "<f4"), values)
    np.testing.assert_array_equal(np.frombuffer(sent["arrays"][late], "<f8"), dates)


def test_saved_arrays_are_the_live_ones_in_base64() -> None:
    saved = Tags(portable_html(CARD)).view()["arrays"]
    assert {name: base64.b64decode(text) for name, text in saved.items()} == message(CARD)["arrays"]


def test_numbers_that_are_no_numbers_become_null() -> None:
    row = Estimate(label="none", value=math.nan)
    sent = message(cards.card(Dots(rows=(row,), axis=Axis(label="x"))))
    assert sent["card"]["charts"][0]["rows"][0]["value"] is None


def test_controls_travel_with_the_card() -> None:
    control = Control(name="seed", label="Seed", value=3, kind="number")
    assert message(CARD, [control])["controls"][0]["name"] == "seed"


def test_hostile_texts_stay_texts() -> None:
    page = portable_html(cards.hostile())
    tags = Tags(page)
    assert len(re.findall(r"<script", page, re.IGNORECASE)) == 1
    known = "div p pre strong small ul li table caption thead tbody tr th td script"
    assert {tag for tag, _ in tags.tags} <= set(known.split())
    assert tags.scripts == [program().boot]
    assert all(set(attrs) <= {"class", "data-mw", "data-mw-code", "data-mw-view"} for _, attrs in tags.tags)
    assert tags.view()["card"]["headline"] == cards.HOSTILE


def test_hostile_texts_can_be_saved() -> None:
    page = file_bytes(cards.hostile(), ".html").decode()
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    assert title is not None
    assert "<script>" not in title[1]


def test_words_stand_where_no_script_runs() -> None:
    words = " ".join(Tags(portable_html(cards.card(cards.dots(), findings=cards.findings()))).words)
    assert "The winner scored .79" in words
    assert "■ failed" in words
    assert "choose with nested cross-validation" in words
    assert "◇ not enough data: Month 24" in words


def test_a_long_table_folds_where_no_script_runs() -> None:
    assert "and 8 more rows" in portable_html(cards.hostile())


def test_a_saved_page_needs_nothing_else() -> None:
    page = file_bytes(CARD, ".html").decode()
    assert page.startswith("<!doctype html>")
    assert '<meta charset="utf-8">' in page
    assert "color-scheme: light dark" in page
    assert not re.search(r"""(src|href)=|https?://""", page.replace("http://www.w3.org/2000/svg", ""))


def test_a_saved_picture_is_the_picture() -> None:
    assert file_bytes(CARD, ".png").startswith(b"\x89PNG")


def test_hiding_rules_are_css_of_the_second_output() -> None:
    text = bundles(result(), CARD)[1]["text/html"]
    assert text.startswith("<style>")
    assert ":has(+ .jp-OutputArea-child [data-mw-on])" in text
    assert ".mw-live" in text
