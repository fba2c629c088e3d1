"""Design tokens of the light theme: the same names and values as the css variables `--mw-…` in the browser.

Colours are the Okabe–Ito set, tuned so that text reaches 4.5:1 and marks 3:1 on background and panel. `js/tokens.js`
has the same ones and the dark theme's; a test compares the two.
"""

from typing import Final

from mlops_widgets.core.result import Status
from mlops_widgets.ui.card import Role

ROLES: Final[dict[Role, str]] = {
    "reference": "#0063a6", "production": "#b84a00", "truth": "#545d69", "good": "#00694f",
    "warning": "#805300", "bad": "#b3261e", "muted": "#5c646e", "accent": "#93366f",
}  # fmt: skip
STATUS_ROLES: Final[dict[Status, Role]] = {
    "passed": "good", "warning": "warning", "failed": "bad",
    "not_enough_data": "muted", "not_applicable": "muted", "not_run": "muted",
}  # fmt: skip

BACKGROUND: Final = "#ffffff"
TEXT: Final = "#1b1f24"
GRID: Final = "#dfe3e8"
PANEL: Final = "#f5f6f8"
GHOST: Final = "#868f9a"

FONT: Final = "DejaVu Sans"
"""Ships with matplotlib, so a picture looks the same on every machine."""
WIDTH: Final = 760
"""Width of a picture in css pixels; the file has twice as many."""
MARGIN: Final = 24
TITLE, BODY, LABEL, SMALL = 16.0, 13.0, 12.0, 10.5
"""Text sizes in css pixels."""


def tint(color: str, share: float) -> str:
    """Return `share` of `color` on the background, opaque, so that grid lines don't shine through."""
    ink, paper = (bytes.fromhex(each.removeprefix("#")) for each in (color, BACKGROUND))
    return "#" + bytes(round(share * a + (1 - share) * b) for a, b in zip(ink, paper, strict=True)).hex()
