"""Personal data in the columns of a table: by check digits beyond chance, by shape, or by the column's name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from mlops_widgets.measures.proportions import clopper_pearson, wilson
from mlops_widgets.study.personal.kinds import KINDS, Kind
from mlops_widgets.study.personal.naming import named_kind, words_of
from mlops_widgets.study.personal.scanning import Hits, Texts, hits_of, texts_of

Basis = Literal["checked", "looks like", "too few to tell", "by its name", "said"]

LEVEL = 0.001
"""Error of all tests of a table's check digits together (Bonferroni)."""
BEYOND = 2.0
"""How many times the chance share of right check digits must be, by its lower limit."""
_FILLED = 0.5


@dataclass(frozen=True, kw_only=True)
class PersonalColumn:
    """One kind of personal data in one column.

    Parameters
    ----------
    column
        The column.
    kind, label
        The kind ("email"), and what it is called ("e-mail addresses").
    basis
        "checked": check digits are right more often than chance allows; "looks like": shape only; "too few to tell": all check
        digits are right, on so few numbers that this may be chance; "by its name": a heuristic of name and cells; "said": by you.
    share, lower, upper
        Share of the cells read, 0 to 1, that hold it, and Wilson's 95 % interval.
    cells
        Cells read: those that aren't missing.
    candidates, passed
        Different numbers of the form, and those whose check digit is right.
    chance
        Share of check digits that are right by chance; 1 where there is none.
    p_value
        Of the one-sided binomial test of `passed` against chance; NaN where there is no check digit.
    embedded
        Whether it stands inside longer texts: then only these parts are masked, else the whole cell is.
    """

    column: str
    kind: str
    label: str
    basis: Basis
    share: float
    lower: float
    upper: float
    cells: int
    candidates: int = 0
    passed: int = 0
    chance: float = 1.0
    p_value: float = float("nan")
    embedded: bool = False


@dataclass(frozen=True)
class _Candidate:
    column: str
    texts: Texts
    kind: Kind
    hits: Hits
    named: bool


def personal_columns(
    frame: pd.DataFrame, *, most_rows: int | None = None, tick: Callable[[float], None] | None = None
) -> tuple[PersonalColumn, ...]:
    """Return what of a table's columns is personal data, in order; of each column the kinds that were found in it.

    Parameters
    ----------
    frame
        The rows.
    most_rows
        Rows of each column that are read, evenly spread; None for all.
    tick
        Told the share of the columns that were read, and may raise to stop.

    Examples
    --------
    >>> found = personal_columns(pd.DataFrame({"mail": ["ada@example.org", None], "age": [36, 41]}))
    >>> [(each.column, each.kind, each.share) for each in found]
    [('mail', 'email', 1.0)]
    """
    seen: list[_Candidate] = []
    by_name: dict[str, PersonalColumn] = {}
    for place, name in enumerate(frame.columns):
        if tick is not None:
            tick(place / len(frame.columns))
        column = frame[name]
        texts = texts_of(column, most_rows=most_rows)
        seen += _candidates(str(name), texts)
        named = named_kind(str(name), column, texts)
        if named is not None:
            cells = int(column.notna().sum())
            by_name[str(name)] = _column(
                str(name), named.name, named.label, "by its name", rows=round(named.share * cells), cells=cells
            )
    level = LEVEL / max(sum(each.kind.check is not None for each in seen), 1)
    found = [judged for each in seen if (judged := _judged(each, level)) is not None]
    shaped = {each.column for each in found}
    return _in_order(frame, [*found, *(each for name, each in by_name.items() if name not in shaped)])


def _in_order(frame: pd.DataFrame, found: list[PersonalColumn]) -> tuple[PersonalColumn, ...]:
    place = {str(name): at for at, name in enumerate(frame.columns)}
    return tuple(sorted(found, key=lambda each: (place[each.column], -each.share)))


def _candidates(name: str, texts: Texts) -> Iterator[_Candidate]:
    if not texts.cells:
        return
    words = words_of(name)
    for kind in KINDS:
        named = bool(words & kind.hint)
        hits = hits_of(texts, kind, named=named)
        if hits.candidates:
            yield _Candidate(name, texts, kind, hits, named)


def _judged(each: _Candidate, level: float) -> PersonalColumn | None:
    """Return what a candidate is, or None where it is nothing but chance."""
    kind, hits, texts = each.kind, each.hits, each.texts
    if not hits.passed:
        return None
    rows = int(texts.counts[hits.places].sum())
    basis: Basis | None
    p_value = float("nan")
    if kind.check is None:
        fewest = min(kind.fewest, len(texts.cells)) if not each.named else 1
        enough = hits.passed >= fewest and (each.named or rows >= kind.least * texts.rows)
        basis = "looks like" if enough else None
    else:
        p_value = float(stats.binom.sf(hits.passed - 1, hits.candidates, kind.chance))
        basis = _by_check(each, p_value, level)
    if basis is None:
        return None
    return _column(
        each.column, kind.name, kind.label, basis, rows=rows, cells=texts.rows, candidates=hits.candidates, passed=hits.passed,
        chance=kind.chance, p_value=p_value, embedded=hits.filled < _FILLED * texts.rows,
    )  # fmt: skip


def _by_check(each: _Candidate, p_value: float, level: float) -> Basis | None:
    """Return "checked" where right check digits are beyond chance; where even all right ones wouldn't be, that it's too few."""
    hits, chance = each.hits, each.kind.chance
    lower = clopper_pearson(hits.passed, hits.candidates)[0]
    if p_value <= level and lower >= min(BEYOND * chance, 0.5):
        return "checked"
    alone = hits.passed == hits.candidates and chance**hits.candidates > level
    return "too few to tell" if alone and (each.named or chance < 0.05) else None


def _column(
    column: str, kind: str, label: str, basis: Basis, *, rows: int, cells: int, candidates: int = 0, passed: int = 0,
    chance: float = 1.0, p_value: float = float("nan"), embedded: bool = False,
) -> PersonalColumn:  # fmt: skip
    lower, upper = wilson(np.array([rows]), np.array([max(cells, 1)]))
    return PersonalColumn(
        column=column, kind=kind, label=label, basis=basis, share=rows / max(cells, 1), lower=float(lower[0]), upper=float(upper[0]),
        cells=cells, candidates=candidates, passed=passed, chance=chance, p_value=p_value, embedded=embedded,
    )  # fmt: skip
