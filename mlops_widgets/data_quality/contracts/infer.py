"""Learn a contract from a table, after the cells that look wrong were left out."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.words import number
from mlops_widgets.data_quality.contracts.clean_columns import CleanColumn, clean_columns
from mlops_widgets.data_quality.contracts.relations import find_dependencies, find_keys, find_orders, is_key
from mlops_widgets.data_quality.contracts.shapes import pattern_of
from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.detection.find_errors import find_errors
from mlops_widgets.data_quality.source import Source, source_of
from mlops_widgets.errors import InputError
from mlops_widgets.measures.proportions import clopper_pearson
from mlops_widgets.measures.tail_bounds import FEWEST_VALUES, has_no_variance, lower_bound, upper_bound
from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.roles import Roles
from mlops_widgets.study.tables import FEWEST_QUOTED

_MOST_VALUES = 60
_PERSONAL = re.compile(
    r"(?:^|[^a-z])(?:(?:first|last|sur|full|user|nick|maiden|middle)?[ _]?name|e?-?mail|phone|mobile|fax|address|street|birth\w*|dob|"
    r"ssn|iban|passport|card|password|token|ip)(?:$|[^a-z])"
)
_RULES_A_COLUMN = 3
_MOST_HEADROOM, _MOST_HEAVY_HEADROOM = 9.0, 99.0
"""Ranges of the values that a bound may lie beyond them. Where a tail is too heavy to have a variance, the largest of as many further
values is ten times the largest seen in 3 to 9 of 100 batches (Pareto tails of index 1.5 and 1), a hundred times in 1 or less."""
_CEILING_SHARE, _CEILING_ROWS = 0.05, 30
"""Where as many rows hold the last value, it is a ceiling: there only the tail counts."""
_MANY_ROWS, _NEAR_ZERO = 500, 0.05
_WORTH_ROUNDING = 1000.0

Floats = npt.NDArray[np.float64]


def infer_contract(
    table: Any,  # noqa: ANN401 - a study, or any form of table
    *,
    errors: ErrorsResult | None = None,
    name: str | None = None,
    roles: Roles | Mapping[str, str | Sequence[str]] | None = None,
    false_alarm_share: float = 0.05,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Contract:
    """Return the contract that a table keeps, learned from the cells that don't look wrong.

    Bounds leave headroom by the tail of the values (`measures.tail_bounds`). Values are listed only where the list is closed: five
    rows or more hold each, so that the share of values not seen, by those seen once (Good 1953), is nil. What never occurred in
    so many rows may still be rare: of c such cells in two batches alike, all lie in the second with a chance of 2^-c, and lists,
    patterns and columns without gaps tolerate the share that follows. Columns that name rows or persons are never listed.

    Parameters
    ----------
    table
        A Study (its reference, else its test), or any table that a study accepts.
    errors
        What `find_errors` found in this table; by default it is asked here.
    name
        What to call the contract; by default the study's or the table's name.
    roles
        What columns mean, as `load_study` names them; a study brings its own.
    false_alarm_share
        Chance that a batch as large and of the same kind breaks any rule, above 0 and below 1; shared out among the rules.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Raises
    ------
    InputError
        If the errors are of another table, or an option is out of its range.
    TableError
        If the table can't be read.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"age": [20, 30, 40] * 40, "city": ["Bern", "Chur", "Genf"] * 40})
    >>> contract = infer_contract(table)
    >>> contract["age"].type, contract["city"].allowed
    ('integer', ('Bern', 'Chur', 'Genf'))
    """
    if not 0 < false_alarm_share < 1:
        raise InputError(f"false_alarm_share={false_alarm_share!r}. Pass a share above 0 and below 1.")
    source = source_of(table, roles=roles)
    found = errors if errors is not None else find_errors(source, progress=progress, cancel=cancel)
    if not isinstance(found, ErrorsResult):
        raise InputError(f"errors={type(found).__name__}. Pass what find_errors returned for this table.")
    columns = list(clean_columns(source.table, found))
    chance = false_alarm_share / (_RULES_A_COLUMN * max(len(columns), 1))
    rules = [_rules(each, source, chance) for each in steps(columns, "column", progress, cancel)]
    unique = [each.name for each in rules if each.unique]
    others = [each for each in columns if each.name not in unique]
    return Contract(
        name=name or (source.study.name if source.study is not None else source.table.name), columns=tuple(rules), least_rows=1,
        keys=tuple(find_keys(others, unique)), dependencies=tuple(find_dependencies(others, chance=chance)),
        orders=tuple(find_orders(columns)), notes=_notes(source, columns, false_alarm_share),
    )  # fmt: skip


def _rules(column: CleanColumn, source: Source, chance: float) -> ColumnRules:
    rows = len(column.cells)
    kind = column.type
    rules = ColumnRules(name=column.name, type=kind, as_text=column.is_text and kind not in {None, "string"})
    if not len(column.present):
        return rules
    rules = replace(rules, missing_share=_missing_share(column, chance))
    unseen = _unseen_share(rows, chance)
    names_rows = column.name in {*source.roles.ids, source.roles.entity} or is_key(column)
    if is_key(column):
        rules = replace(rules, unique=True)
    if names_rows or _is_personal(column.name):
        return replace(rules, **_form(column, chance, unseen)) if kind == "string" else rules
    is_time = column.name in {source.roles.time, source.roles.label_time}
    allowed = () if is_time else _closed_values(column)
    if allowed:
        return replace(rules, allowed=allowed, tolerance=unseen)
    if kind in {"integer", "number"}:
        return replace(rules, **_bounds(column, chance, open_above=is_time))
    if kind in {"date", "timestamp"}:
        return replace(rules, lower=_first_day(column, chance))
    return replace(rules, **_form(column, chance, unseen)) if kind == "string" else rules


@lru_cache(maxsize=32)
def _unseen_share(rows: int, chance: float) -> float:
    """Return the share that is tolerated of what never occurred in so many rows.

    The lower end of the interval of a share of k cells in as many rows, where k such cells all lie in the second of two batches
    with `chance`: then that many are a breach, and fewer are not.
    """
    surprising = math.ceil(math.log2(1 / chance))
    return _rounded_up(float(clopper_pearson(min(surprising, rows), rows)[0]))


def _missing_share(column: CleanColumn, chance: float) -> float:
    """Return the largest share of gaps that is still like this one: the upper end of its exact interval."""
    missing, rows = int(column.missing.sum()), len(column.cells)
    if missing:
        return _rounded_up(clopper_pearson(missing, rows, level=1 - 2 * chance)[1])
    never = isinstance(column.cells.dtype, np.dtype) and column.cells.dtype.kind in "iub"
    return 0.0 if never else _unseen_share(rows, chance)


def _rounded_up(share: float) -> float:
    digits = 2 - math.floor(math.log10(share))
    return float(min(math.ceil(share * 10**digits) / 10**digits, 1.0))


def _is_personal(name: str) -> bool:
    return _PERSONAL.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()) is not None


def _closed_values(column: CleanColumn) -> tuple[Any, ...]:
    """Return the values of a column that has no others, in order; () where there may be more."""
    if column.type not in {"string", "integer"} or column.distinct > _MOST_VALUES:
        return ()
    counts = column.present.value_counts()
    counts = counts[counts > 0]  # categories without a row
    if counts.min() < FEWEST_QUOTED or (
        column.type == "integer" and len(counts) > 2 and _is_a_stretch(column, len(counts))
    ):
        return ()
    if column.is_text:
        return () if column.type == "integer" else tuple(sorted(map(str, counts.index)))
    return tuple(sorted(int(value) for value in counts.index))


def _is_a_stretch(column: CleanColumn, count: int) -> bool:
    """Say whether whole numbers fill their range: bounds say the same, and look at the tail."""
    return float(column.numbers.max() - column.numbers.min()) + 1 == count


def _bounds(column: CleanColumn, chance: float, *, open_above: bool) -> dict[str, Any]:
    values = column.numbers
    if len(values) < FEWEST_VALUES:
        return {}
    tails = [upper_bound(each, new=len(values), chance=chance) for each in (-values, values)]
    ends = []
    for tail, own in zip(tails, (-values, values), strict=True):
        ranges = _MOST_HEAVY_HEADROOM if has_no_variance(own) else _MOST_HEADROOM
        end = _outward(min(tail, float(own.max() + ranges * np.ptp(own))), own, column)
        if _keeps_sign(own, tail):
            end = 0 if end is None else min(end, 0)
        ends.append(end)
    return {"lower": None if ends[0] is None else -ends[0], "upper": None if open_above else ends[1]}


def _keeps_sign(values: Floats, tail: float) -> bool:
    """Say whether numbers are never above 0: many aren't, or few aren't and none of their tail would be."""
    near = tail <= _NEAR_ZERO * float(np.ptp(values))
    return bool(values.max() <= 0) and (len(values) >= _MANY_ROWS or near)


def _outward(bound: float, values: Floats, column: CleanColumn) -> float | int | None:
    """Round an upper bound away from the values; None where too few of them differ from the most frequent one.

    Whole numbers are rounded ones, so half a step beyond the last is still its own.
    """
    largest, spread = float(values.max()), max(float(np.ptp(values)), abs(bound) * 1e-6, 1e-300)
    _, counts = np.unique(values, return_counts=True)
    held, others = int(counts[-1]), len(values) - int(counts.max())
    ceiling = held >= max(_CEILING_SHARE * len(values), _CEILING_ROWS)
    if not ceiling and others < FEWEST_VALUES:
        return None
    if not ceiling:
        bound = max(bound, largest + min(_least_headroom(others), _MOST_HEADROOM) * spread)
    whole = column.type == "integer"
    if whole and spread < _WORTH_ROUNDING:
        return math.ceil(bound - 0.5)
    if bound > largest or held < FEWEST_QUOTED:
        digits = min(1 - math.floor(math.log10(spread)), 0 if whole else 300)
        scaled = math.ceil(bound * 10.0**digits)
        bound = scaled / 10.0**digits if digits > 0 else scaled * 10.0**-digits
    return int(bound) if whole or bound.is_integer() else bound


def _least_headroom(rows: int) -> float:
    """Return the ranges that a bound lies beyond the values at least: rows that share a cell have a ragged tail.

    Few rows haven't met a group that is rare and far off: one flight in 500 goes twice as far as all others.
    """
    return max(math.sqrt(100 / rows), min(math.sqrt(1000 / rows), 700 / rows))


def _first_day(column: CleanColumn, chance: float) -> str | None:
    """Return the first day of a column of moments; dates go on, so there is no last one."""
    moments = column.moments
    if len(moments) < FEWEST_VALUES:
        return None
    low = lower_bound(moments, new=len(moments), chance=chance) / 86_400_000
    first = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=max(math.floor(low), -365 * 1000))
    return f"{first:%Y-%m-%d}"


def _form(column: CleanColumn, chance: float, unseen: float) -> dict[str, Any]:
    """Return the pattern of texts that have one, else the most letters."""
    pattern = pattern_of(column.texts, fewest=FEWEST_QUOTED)
    if pattern:
        return {"pattern": pattern, "tolerance": unseen}
    letters = np.array([len(text) for text in column.texts], dtype=np.float64)
    if len(letters) < FEWEST_VALUES:
        return {}
    longest = upper_bound(letters, new=len(letters), chance=chance)
    return {"longest": math.ceil(longest / 10) * 10}


def _notes(source: Source, columns: Sequence[CleanColumn], share: float) -> tuple[str, ...]:
    left = {each.name: int(each.wrong.sum()) for each in columns if each.wrong.any()}
    notes = [f"Learned from {source.table.rows:,} rows.", *source.table.sampling]
    if left:
        worst = sorted(left.items(), key=lambda item: -item[1])[:5]
        said = ", ".join(f"{count:,} of {name[:60]!r}" for name, count in worst)
        more = f" and {len(left) - 5} more columns" if len(left) > 5 else ""
        notes.append(f"Cells that look wrong were left out: {said}{more}.")
    notes.append(
        f"Bounds leave headroom: a batch of as many rows of the same kind breaks a rule with a chance of about {number(share, 'percent')}."
    )
    return tuple(notes)
