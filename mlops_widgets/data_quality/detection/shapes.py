"""The shape of a text: what remains when letters and digits of one class are alike. A shape may be quoted, a cell not."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import short
from mlops_widgets.study.tables import FEWEST_QUOTED

Texts = npt.NDArray[Any]
Integers = npt.NDArray[np.int64]

_MOST = 80
"""Characters of a text that its shape is read from."""
_RUN = re.compile(r"(.)\1+")
_WORDS = re.compile(r"x(?:[x .,'’&-]*x\.?)?")


class _Classes(dict[int, str]):
    """Character → its class: A capital, a small letter, 9 digit; blanks are one class, all else is itself."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isdigit():
            kind = "9"
        elif character.isalpha():
            kind = "A" if character.isupper() else "a"
        else:
            kind = " " if character.isspace() else character
        if len(self) < 10_000:
            self[code] = kind
        return kind


_CLASSES = _Classes()


def exact_shape(text: str) -> str:
    """Return the shape with every character's class: `"AB-12"` → `"AA-99"`."""
    return text[:_MOST].translate(_CLASSES)


def run_shape(text: str) -> str:
    """Return the shape with runs of one class as one character: `"7:10 a.m."` and `"11:05 p.m."` → `"9:9 a.a."`."""
    return _RUN.sub(r"\1", exact_shape(text))


def word_shape(text: str) -> str:
    """Return the shape in which all words are alike: `"St. Paul"` and `"Portland"` → `"x"`."""
    return _WORDS.sub("x", _RUN.sub(r"\1", exact_shape(text).replace("A", "x").replace("a", "x")))


_LEVELS = (str, run_shape, word_shape)
"""From an exact shape to a wider one; a shape's own shape is itself."""
LEVELS = len(_LEVELS)


def exact_shapes(texts: Iterable[str]) -> tuple[Integers, Texts]:
    """Return which exact shape each text has, shape (n,), and the shapes."""
    codes, names = pd.factorize(np.array([exact_shape(text) for text in texts], dtype=object))
    return codes.astype(np.int64), names


def wider(names: Texts, level: int) -> tuple[Integers, Texts]:
    """Return which shape of a wider level (0 the exact one, 1 runs, 2 words) each exact shape belongs to, and these."""
    of = _LEVELS[level]
    codes, found = pd.factorize(np.array([of(name) for name in names], dtype=object))
    return codes.astype(np.int64), found


def said(text: str, count: int) -> str:
    """Return what may be said of a cell: itself where enough rows hold it, else its shape.

    Examples
    --------
    >>> said("Jane Roe", 1), said("N/A", 1005)
    ("'Aa Aa' (its shape)", "'N/A'")
    """
    if count >= FEWEST_QUOTED:
        return f"'{short(text)}'"
    return f"'{short(run_shape(text))}' (its shape)"
