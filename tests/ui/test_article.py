"""Documents as pages and on paper."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from mlops_widgets.core.document import Document, Grid, Paragraph, Section, Statement
from mlops_widgets.ui.article import article
from mlops_widgets.ui.card import Card
from mlops_widgets.ui.paper import on_pages, pages_of, pdf
from mlops_widgets.ui.pictures import draw, gap
from mlops_widgets.ui.sheet import Block
from mlops_widgets.ui.show import file_bytes, portable_html
from tests.documents import DOCUMENT, HOSTILE
from tests.ui import cards

FIXTURE = Path(__file__).parents[1] / "js" / "fixtures" / "origins.json"


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in {"src", "href"} or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words_on(figures: Sequence[Figure]) -> list[list[str]]:
    return [[text.get_text() for text in figure.texts] for figure in figures]


def test_an_article_has_headings_lists_and_tables_that_a_screen_reader_finds() -> None:
    found = Tags(article(DOCUMENT))
    assert [tag for tag in found.tags if tag in {"h1", "h2", "ol", "ul", "table", "caption", "th", "dl", "footer"}] == [
        "h1", "h2", "dl", "dl", "dl", "h2", "ol", "ul", "table", "caption", "th", "th", "footer",
    ]  # fmt: skip
    words = " ".join(found.words)
    for said in (
        "(said by Ada on 2026-03-01)",
        "(nobody has said this yet)",
        "(computed)",
        "▲ Warning.",
        "Ranking *before*",
    ):
        assert said in words


def test_hostile_texts_stay_words_on_the_page() -> None:
    blocks = (
        Paragraph(text=HOSTILE),
        Grid(columns=(HOSTILE,), rows=((HOSTILE,),)),
        Statement(label=HOSTILE, value=HOSTILE),
    )
    document = Document(
        title=HOSTILE, lead=HOSTILE, sections=(Section(title=HOSTILE, blocks=blocks),), language='"><b>'
    )
    page = file_bytes(Card(headline="x", document=document), ".html").decode()
    found = Tags(page)
    assert "script" not in found.tags
    assert "b" not in found.tags
    assert "\u202e" not in page


def test_the_page_of_a_document_runs_no_script_and_loads_nothing() -> None:
    page = file_bytes(Card(headline="x", document=DOCUMENT, charts=(cards.dots(),)), ".html").decode()
    found = Tags(page)
    assert "script" not in found.tags
    assert [load[:22] for load in found.loads] == ["data:image/png;base64,"]
    assert "best possible" not in " ".join(found.words)
    assert 'alt="ROC AUC' in page


def test_a_notebook_shows_the_document_without_its_script_too() -> None:
    found = Tags(portable_html(Card(headline="x", document=DOCUMENT)))
    assert "nobody has said this yet" in " ".join(found.words)
    assert found.tags.count("h3") == 1


def test_paper_holds_fonts_so_that_text_can_be_selected_and_the_same_card_gives_the_same_file() -> None:
    card = Card(headline="x", document=DOCUMENT, charts=(cards.dots(),))
    data = pdf(card)
    assert data == pdf(card)
    assert b"CreationDate" not in data
    assert b"/FontFile2" in data
    assert data.count(b"/ToUnicode") == data.count(b"/FontFile2")
    assert b"/Type3" not in data
    assert [float(side) for side in re.findall(rb"MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", data)[0]] == pytest.approx(
        [595.3, 841.9], abs=0.1
    )


def test_paper_says_who_said_what_and_numbers_its_pages() -> None:
    (words,) = words_on(pages_of(Card(headline="x", document=DOCUMENT)))
    for said in (
        "How the model decides",
        "▲ Warning. Do not rely on this.",
        "(nobody has said this yet)",
        "page 1 of 1",
    ):
        assert said in words


def test_long_texts_and_tables_go_on_over_the_pages_whole() -> None:
    rows = tuple((f"row {k}", "words " * 30) for k in range(60))
    blocks = (Grid(columns=("name", "text"), rows=rows), Paragraph(text="y" * 10_000))
    document = Document(title=HOSTILE, lead="", sections=(Section(title="t", blocks=blocks),))
    pages = words_on(pages_of(Card(headline="x", document=document)))
    assert len(pages) > 3
    for page in pages:
        assert page.count("name") == any(text.startswith("row ") for text in page)
    words = [text for page in pages for text in page]
    assert {f"row {k}" for k in range(60)} <= set(words)
    assert sum(text.count("y") for text in words if set(text) == {"y"}) == 10_000


def test_a_heading_stays_with_what_follows_it() -> None:
    figures = on_pages([gap(1000), Block(30, gap(0).draw, stays=True), gap(100)], "t")
    assert len(figures) == 2
    assert figures[0].get_figheight() == figures[1].get_figheight()


def test_a_block_taller_than_a_page_gets_a_taller_page() -> None:
    (figure,) = on_pages([gap(3000)], "t")
    assert figure.get_figheight() > 30


@pytest.mark.parametrize(
    "card", [cards.hostile(), cards.card(cards.dots(), findings=cards.findings()), Card(headline="\ud800")]
)
def test_every_card_can_be_printed(card: Card) -> None:
    assert pdf(card).startswith(b"%PDF")


def test_a_picture_of_a_document_shows_how_it_begins() -> None:
    texts = [text.get_text() for text in draw(Card(headline="x", document=DOCUMENT)).texts]
    assert "It reads two columns." in texts


def test_the_browser_says_who_said_it_in_the_same_words() -> None:
    for case in json.loads(FIXTURE.read_text(encoding="utf-8")):
        statement = Statement(
            label="x",
            value="" if case["source"] == "missing" else "v",
            **{k: v for k, v in case.items() if k != "words"},
        )
        assert f"({statement.origin})" == case["words"]
