"""Text in a picture: which glyphs there are, how wide words are, where lines break.

Names from the user's data may be long, right-to-left, full of emoji or of dollar signs. Whatever the font can't draw
becomes □ here, so that drawing never warns, and nothing is ever read as a formula.
"""

import re
import unicodedata
from functools import cache, lru_cache
from math import nan
from typing import Literal

from matplotlib.font_manager import FontProperties, findfont, get_font

from mlops_widgets.ui.style import FONT

Weight = Literal["normal", "bold"]
MISSING = "□"
_MOST_LETTERS = 400
"""In a line: more than the narrowest letters that fit one. Measuring all of a megabyte takes minutes."""
_PAIR = re.compile(r"\[([^\[\], ]{1,20}), ([^\[\], ]{1,20})\]")
"""An interval, which no line break may part."""


def drawable(text: str) -> str:
    """Return `text` with line breaks as spaces, joiners dropped, and □ for what the font lacks."""
    return "".join(_glyph(sign) for sign in text)


def width(text: str, size: float, weight: Weight = "normal") -> float:
    """Return how wide `text` is at `size`, both in css pixels."""
    return _unit_width(drawable(text), weight) * size


def wrap(
    text: str, size: float, room: float, *, weight: Weight = "normal", most: int = 4, lead: float = 0.0
) -> list[str]:
    """Break `text` into at most `most` lines of `room` pixels, the first shorter by `lead`; the rest ends in "…"."""
    lines: list[str] = []
    rest = [word for word in _PAIR.sub("[\\1,\u00a0\\2]", drawable(text[: most * _MOST_LETTERS])).split(" ") if word]
    full = room
    while rest and len(lines) < most - 1:
        room = full if lines else full - lead
        taken = _fitting(rest, size, room, weight)
        line = " ".join(rest[:taken])
        if not _fits(line, size, room, weight):
            head = _head(line, size, room, weight)
            lines.append(head)
            rest[0] = line[len(head) :]
        else:
            lines.append(line)
            rest = rest[taken:]
    if rest:
        lines.append(cut(" ".join(rest), size, full if lines else full - lead, weight))
    return lines


def balance(text: str, size: float, room: float, *, weight: Weight = "normal", most: int = 4) -> list[str]:
    """Break `text` as `wrap` does, into lines of about equal length: no last line of one word."""
    lines = wrap(text, size, room, weight=weight, most=most)
    if len(lines) < 2 or lines[-1].endswith("…"):
        return lines
    low, high = room * 0.72, room
    while high - low > 4:
        middle = (low + high) / 2
        fits = len(wrap(text, size, middle, weight=weight, most=most + 1)) <= len(lines)
        low, high = (low, middle) if fits else (middle, high)
    return wrap(text, size, high, weight=weight, most=most)


def cut(text: str, size: float, room: float, weight: Weight = "normal") -> str:
    """Return `text` in one line of `room` pixels, shortened with "…" where it is longer."""
    text = drawable(text[:_MOST_LETTERS])
    if width(text, size, weight) <= room:
        return text
    return _head(text, size, room - width("…", size, weight), weight).rstrip() + "…"


def _fitting(words: list[str], size: float, room: float, weight: Weight) -> int:
    """Return how many of `words` fit in one line; at least one."""
    taken = 1
    while taken < len(words) and _fits(" ".join(words[: taken + 1]), size, room, weight):
        taken += 1
    return taken


def _fits(text: str, size: float, room: float, weight: Weight) -> bool:
    """Say whether `text` fits: by its letters' advances, and measured as a whole where these leave a doubt."""
    if len(text) > _MOST_LETTERS:
        return False
    about = sum(_advance(sign, weight) for sign in drawable(text)) * size
    clear = abs(about - room) > 2 * size + 0.02 * about
    return about < room if clear else width(text, size, weight) <= room


def _head(text: str, size: float, room: float, weight: Weight) -> str:
    """Return the longest start of `text` that fits, at least one letter; found by halving."""
    low, high = 1, min(max(len(text), 1), _MOST_LETTERS)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle], size, weight) <= room else (low, middle - 1)
    return text[:low]


@lru_cache(maxsize=4096)
def _unit_width(text: str, weight: Weight) -> float:
    font = get_font(_file(weight))
    font.set_size(100.0, 72)
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64 / 100


@lru_cache(maxsize=4096)
def _advance(sign: str, weight: Weight) -> float:
    """Return how far one letter moves the next, NaN where letters join: adding up is quick, laying out a line is not."""
    if "\u0300" <= sign <= "\u1fff":
        return nan
    return _unit_width(f"|{sign}|", weight) - _unit_width("||", weight)


@lru_cache(maxsize=4096)
def _glyph(sign: str) -> str:
    kind = unicodedata.category(sign)
    if sign.isspace():
        return "\u00a0" if sign in "\u00a0\u202f" else " "
    if kind == "Cf" or "\ufe00" <= sign <= "\ufe0f":
        return ""
    return sign if ord(sign) in _covered() else MISSING


@cache
def _covered() -> frozenset[int]:
    """Return the code points that the normal and the bold font both have."""
    return frozenset(get_font(_file("normal")).get_charmap()) & frozenset(get_font(_file("bold")).get_charmap())


@cache
def _file(weight: Weight) -> str:
    return str(findfont(FontProperties(family=[FONT], weight=weight), fallback_to_default=False))
