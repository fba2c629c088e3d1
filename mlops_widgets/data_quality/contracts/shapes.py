"""How the texts of a column are written, generalised: letters and digits by their kind and number, never by themselves."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from mlops_widgets.data_quality.detection.shapes import exact_shape

_MOST_SHAPES = 4
_MOST_RUNS = 12
_SPECIAL = frozenset("\\.^$*+?{}[]|()")
_SETS = {"A": "[A-Z]", "a": "[a-z]", "9": "[0-9]"}


def pattern_of(texts: Iterable[str], *, fewest: int) -> str:
    """Return a pattern that all of these texts match, or "" where they have no form in common.

    Each text becomes runs of capitals, small letters, digits and signs. Runs of one length keep it; others are open-ended. A
    form counts only if `fewest` texts have it, and free text (words between blanks) has none.

    Parameters
    ----------
    texts
        Texts without gaps.
    fewest
        Fewest texts of a form, else the column has no pattern: its next text may have yet another.

    Examples
    --------
    >>> pattern_of(["AB-101", "AX-202", "CD-333"] * 5, fewest=5)
    '[A-Z]{2}-[0-9]{3}'
    """
    forms: dict[tuple[str, ...], Counter[tuple[int, ...]]] = {}
    for text, count in Counter(texts).items():
        runs = _runs(text)
        if runs is None:
            return ""
        forms.setdefault(tuple(kind for kind, _ in runs), Counter())[tuple(length for _, length in runs)] += count
        if len(forms) > _MOST_SHAPES:
            return ""
    written = [_written(kinds, lengths) for kinds, lengths in sorted(forms.items())]
    rare = any(lengths.total() < fewest for lengths in forms.values())
    return "" if rare or not any(_says_something(*each) for each in forms.items()) else "|".join(written)


def _says_something(kinds: tuple[str, ...], lengths: Counter[tuple[int, ...]]) -> bool:
    """Say whether a form is more than "some letters"."""
    return len(kinds) > 1 or kinds == ("9",) or len(lengths) == 1


def _runs(text: str) -> list[tuple[str, int]] | None:
    """Return the runs of a text; None for free text and letters beyond A to Z, whose case and kind engines see differently."""
    if not text or not text.isascii() or " " in text.strip() or len(text) > 80 or not text.isprintable():
        return None
    runs = [(kind, len(list(run))) for kind, run in groupby(exact_shape(text))]
    return runs if len(runs) <= _MOST_RUNS else None


def _written(kinds: tuple[str, ...], lengths: Counter[tuple[int, ...]]) -> str:
    parts = []
    for at, kind in enumerate(kinds):
        found = {length[at] for length in lengths}
        one = _SETS.get(kind, f"\\{kind}" if kind in _SPECIAL else kind)
        parts.append(one if found == {1} else f"{one}{{{found.pop()}}}" if len(found) == 1 else f"{one}+")
    return "".join(parts)
