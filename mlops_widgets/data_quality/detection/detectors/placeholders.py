"""Missing cells that are written as a word or a sign: discovered by what they are like, not by a list."""

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.detectors.repairs import made_missing
from mlops_widgets.data_quality.detection.shapes import said
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

KNOWN = frozenset({
    "n/a", "n.a.", "na", "#n/a", "null", "nan", "nil", "missing", "unknown", "not available", "not applicable", "not known",
    "unspecified", "undefined", "no data", "tbd", "?", "-", "--", "---", ".", "<na>", "(null)",
})  # fmt: skip
"""What is widely written for "missing": raises the confidence and decides nothing by itself."""
_MACHINE = frozenset({"null", "NULL", "nan", "NaN", "NAN"})
"""What only a program writes so; a person may be called Null or Nan."""
_PRIOR = -3.5
_WEIGHTS = {
    "known": 3.0,
    "machine": 1.0,
    "breaks_type": 3.5,
    "empty": 2.5,
    "several": 1.5,
    "breaks_shape": 1.5,
    "too_often": 1.5,
}
"""Log-odds that each sign adds to the prior's; set on flights and beers, checked on tables without placeholders."""
_MOST_LEVELS = 50_000
_LONGEST = 40
_HALF_NUMBERS, _FEW_NUMBERS = 0.5, 0.2
_MANY_NUMBERS, _FEW_DIFFERENT = 10, 3
"""Different numbers from which a word among them is odd, and from which a sign for "none" is: floors are 1, 2, 3 and G."""
_SAMPLED = 500
_READ = 200
"""Characters of a value in which signs are looked for."""
_DIGIT, _WORD, _SIGN = re.compile(r"\d"), re.compile(r"[^\W_]"), re.compile(r"[^\w\s]")


_WORDS = {
    "known": "it is widely written for a missing cell", "machine": "programs write it so", "breaks_type": "the other cells are numbers",
    "empty": "it holds neither letters nor digits", "several": "unlike columns hold it, too",
    "breaks_shape": "it is written unlike the other values", "too_often": "it is far commoner than any other value",
}  # fmt: skip


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect values that say nothing: after FAHES (Qahtan et al., KDD 2018), by type, shape, frequency and recurrence."""
    texts = [each for each in columns.texts if 1 < len(each.levels.values) <= _MOST_LEVELS]
    candidates = {each.name: _candidates(each) for each in texts}
    spread = Counter(
        value for each in texts for value in {_folded(each, at) for at in candidates[each.name] if _empty(each, at)}
    )
    for column in texts:
        for at in candidates[column.name]:
            yield from _placeholder(column, int(at), spread)


def _candidates(column: Column) -> npt.NDArray[np.int64]:
    """Return the values that might be placeholders: short ones without a digit that recur, or that are known or bare signs."""
    values, counts = column.levels.values, column.levels.counts
    some = [
        at for at, value in enumerate(values)
        if len(value) <= _LONGEST and (counts[at] >= 2 or value.casefold() in KNOWN or not _WORD.search(value)) and not _DIGIT.search(value)
    ]  # fmt: skip
    return np.array(some, dtype=np.int64)


def _folded(column: Column, at: int) -> str:
    return str(column.levels.values[at]).casefold()


def _empty(column: Column, at: int) -> bool:
    """Say whether a value is known to stand for missing, or holds neither letters nor digits."""
    value = _folded(column, at)
    return value in KNOWN or not _WORD.search(value)


def _placeholder(column: Column, at: int, spread: Counter[str]) -> Iterator[Suspicion]:
    value, count = str(column.levels.values[at]), int(column.levels.counts[at])
    folded = _folded(column, at)
    signs = {
        "known": folded in KNOWN, "machine": value in _MACHINE, "empty": not _WORD.search(value) and _among_words(column, at),
        "breaks_type": _among_numbers(column, _FEW_DIFFERENT if _empty(column, at) else _MANY_NUMBERS),
        "several": _empty(column, at) and spread[folded] >= 2,
        "breaks_shape": _among_digits(column) or (folded in KNOWN and _only_with_a_sign(column, at)),
        "too_often": _too_often(column, at) and (_empty(column, at) or _among_digits(column)),
    }  # fmt: skip
    odds = _PRIOR + sum(_WEIGHTS[name] for name, holds in signs.items() if holds)
    confidence = float(1 / (1 + np.exp(-odds)))
    if confidence < 0.1:
        return
    rows = np.flatnonzero(column.levels.codes == at)
    why = " and ".join(_WORDS[name] for name, holds in signs.items() if holds)
    yield Suspicion(
        kind="disguised_missing", column=column.name, rows=rows, confidence=np.full(len(rows), confidence), systematic=True,
        reason=f"{said(value, count)} stands for missing in {number(count, 'integer')} cells of {short(column.name)}: {why}.",
        repair=made_missing(len(rows)),
    )  # fmt: skip


def _among_numbers(column: Column, fewest: int) -> bool:
    """Say whether half of the cells are numbers and `fewest` of them differ, or a fifth of many different ones."""
    numbers = column.numbers
    finite = np.isfinite(numbers)
    share = float(finite.sum() / max((~column.missing).sum(), 1))
    if share < _FEW_NUMBERS:
        return False
    different = len(np.unique(numbers[finite]))
    return (different >= fewest and share >= _HALF_NUMBERS) or different >= _MANY_NUMBERS


def _among_words(column: Column, at: int) -> bool:
    """Say whether at least half of the other cells hold a letter or digit: of results that are + and -, none says nothing."""
    counts, values = column.levels.counts, column.levels.values
    others = np.arange(len(counts)) != at
    words = np.array([bool(_WORD.search(value[:_LONGEST])) for value in values], dtype=np.bool_)
    return bool(counts[others & words].sum() >= counts[others].sum() / 2)


def _only_with_a_sign(column: Column, at: int) -> bool:
    """Say whether a value has a sign, such as the slash of "n/a", that no other value has."""
    signs = set(_SIGN.findall(column.levels.values[at]))
    if not signs or len(column.levels.values) <= _FEW_DIFFERENT:
        return False
    others = (value for place, value in enumerate(column.levels.values) if place != at)
    return not any(sign in value[:_READ] for value in others for sign in signs)


def _among_digits(column: Column) -> bool:
    """Say whether nearly all different values hold digits."""
    values = column.levels.values
    some = values[:: max(1, len(values) // _SAMPLED)]
    return len(values) >= 10 and sum(bool(_DIGIT.search(value[:_LONGEST])) for value in some) >= 0.9 * len(some)


def _too_often(column: Column, at: int) -> bool:
    """Say whether a value is five times as frequent as any other of a column of many values."""
    counts = column.levels.counts
    return len(counts) >= 20 and int(counts[at]) >= 5 * int(np.delete(counts, at).max())
