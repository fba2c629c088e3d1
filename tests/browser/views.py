"""What a test looks at on a page: our cards, the focus, contrast, and what sticks out."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import Cell

_FOCUS = """() => {
  const at = document.activeElement;
  return `${at.tagName} ${at.ariaLabel || at.textContent.slice(0, 60)}`;
}"""
_CONTRAST = """node => {
  const pen = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = colour => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return pen.getImageData(0, 0, 1, 1).data;
  };
  const light = colour => {
    const [r, g, b] = Array.from(rgba(colour).slice(0, 3), value => value / 255)
      .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let behind = node;
  while (behind.parentElement && rgba(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
  const pair = [light(getComputedStyle(node).color), light(getComputedStyle(behind).backgroundColor)];
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""
_STICKING_OUT = """root => {
  const edge = root.getBoundingClientRect();
  const out = Array.from(root.querySelectorAll("*")).filter(node => {
    const box = node.getBoundingClientRect();
    return box.width && !node.closest(".mw-tip") && (box.right > edge.right + 1 || box.left < edge.left - 1);
  });
  return out.map(node => `${node.tagName} ${node.getAttribute("class")} ${node.textContent.slice(0, 40)}`);
}"""
_SIDEWAYS = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


def errors(ran: list[Cell]) -> list[str]:
    """Return what went wrong in cells that ran, and which didn't run."""
    return [line for cell in ran for line in (["a cell that didn't run"] if cell.count is None else cell.errors)]


def card(page: Page, text: str) -> Locator:
    """Return the visible cards that hold `text`."""
    return page.locator(".mw-card", has_text=text).filter(visible=True)


def shown(page: Page, selector: str) -> Locator:
    """Return what matches `selector` and is visible."""
    return page.locator(selector).filter(visible=True)


def focused(page: Page) -> str:
    """Return the tag and the name of what has the focus."""
    words: str = page.evaluate(_FOCUS)
    return words


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus holds `name`."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name in focused(page):
            return
    raise AssertionError(f"{name!r} isn't reached by Tab; the focus is on {focused(page)!r}")


def contrast(node: Locator) -> float:
    """Return the contrast of a text with what is behind it, as WCAG counts it: 1 to 21."""
    ratio: float = node.evaluate(_CONTRAST)
    return ratio


def sticking_out(node: Locator) -> list[str]:
    """Return the elements in `node` that reach beyond its left or right edge."""
    found: list[str] = node.evaluate(_STICKING_OUT)
    return found


def scrolls_sideways(page: Page) -> bool:
    """Return whether the page is wider than the window."""
    wider: float = page.evaluate(_SIDEWAYS)
    return wider > 0


def move(slider: Locator, *keys: str) -> None:
    """Press keys on a slider."""
    slider.focus()
    for key in keys:
        slider.press(key)


def expect_sliders_to_work(view: Locator) -> None:
    """Move both sliders of a tournament: headline, leaderboard and winner follow."""
    tried, rows = view.get_by_role("slider", name="models tried"), view.get_by_role("slider", name="test rows")
    headline, champion = view.locator(".mw-head"), view.locator(".mw-first td").nth(1)
    move(tried, "End")
    expect(headline).to_contain_text("The winner of")
    best = champion.inner_text()
    move(tried, "Home")
    expect(headline).to_contain_text("The only model tried, trained anew on")
    expect(view.locator(".mw-board tbody tr")).to_have_count(1)
    expect(champion).not_to_have_text(best)
    move(rows, "End")
    expect(headline).to_contain_text(f"on {rows.get_attribute('aria-valuetext')}".replace(" rows", " test rows"))
    assert rows.input_value() == rows.get_attribute("max")
    move(tried, "End")
    move(rows, "Home")
    expect(headline).to_contain_text(f"on {rows.get_attribute('aria-valuetext')}".replace(" rows", " test rows"))
    expect(view.locator(".mw-board tbody tr")).to_have_count(5)


def outcome_of_scripts(page: Page) -> Any:
    """Return what hostile text would have left behind, had it run."""
    return page.evaluate("() => window.pwned")
