"""Dark theme and narrow windows."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import Lab, fresh_page, shoot, use_theme
from tests.browser.stories import run_story
from tests.browser.views import contrast, shown, sticking_out

pytestmark = pytest.mark.browser

CELLS = (
    (
        "import mlops_widgets as mw\nstudy = mw.sample('loans')\n"
        "tournament = mw.overfitting.run_tournament(study, n_models=40, train_rows=200)\ntournament"
    ),
    "live = mw.overfitting.compare_live(study)\nlive",
    "mw.Guess('What will the winner score in production?')",
)
TEXTS = (".mw-head", ".mw-head .mw-num", ".mw-small", ".mw-summary", ".mw-chip", ".mw-label", ".mw-said", ".mw-primary",
         ".mw-board td", ".mw-board th", ".mw-question")  # fmt: skip


@pytest.fixture(scope="module")
def looks(browser: Browser, lab: Lab) -> Iterator[Page]:
    """Return a page, high enough to show everything, with three cards."""
    with fresh_page(browser, lab, "looks") as page:
        page.set_viewport_size({"width": 1280, "height": 3600})
        run_story(page, lab, *CELLS, name="looks.ipynb")
        yield page
        use_theme(page, dark=False)  # Lab remembers it for the tests that follow


def test_texts_are_readable_in_light_and_dark(looks: Page) -> None:
    colours = []
    for dark in (False, True):
        use_theme(looks, dark=dark)
        heads = shown(looks, ".mw-head")
        expect(heads).to_have_count(3)
        colours.append(heads.first.evaluate("node => getComputedStyle(node).color"))
        ratios = {text: min(contrast(node) for node in shown(looks, text).all()) for text in TEXTS}
        shoot(looks, f"looks {'dark' if dark else 'light'}")
        assert {text: ratio for text, ratio in ratios.items() if ratio < 4.5} == {}
    assert colours[0] != colours[1]


def test_a_narrow_window_cuts_nothing_off(looks: Page) -> None:
    looks.add_style_tag(content=".jp-OutputArea-output { max-width: 380px; }")
    roots = shown(looks, ".mw")
    expect(roots).to_have_count(3)
    for root in roots.all():
        expect(root.locator("svg, input").first).to_be_visible()
        looks.wait_for_function("node => node.clientWidth <= 380", arg=root.element_handle())
        looks.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert sticking_out(root) == []
