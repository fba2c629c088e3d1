"""Each check of each batch, from profiles alone: verdicts whose chance of a false alarm was shared out before looking."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isnan, nan, sqrt

import numpy as np
from scipy import stats

from mlops_widgets.core.result import Status
from mlops_widgets.data_quality.audits.history import Audited, Learned, RuleSeen
from mlops_widgets.data_quality.profiling.column_change import ColumnChange, column_change
from mlops_widgets.data_quality.profiling.profile_result import Profile

FEWEST_BATCHES = 5
"""Pairs of consecutive batches from which it is told how much more they differ than chance alone would have it."""
_KOLMOGOROV_MEDIAN = 0.8275735551899077
_NORMAL_MEDIAN = 0.6744897501960817
_CLOCK = 0.95
_ROWS_MARGIN = 0.5
_LEAST_P = 1e-300
_OF_ANY_TIME = {"present", "type", "missing", "rows"}
"""Kinds of learned rules that hold for columns that tell the time too."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One check of one batch.

    Parameters
    ----------
    batch
        Place of the batch in the history.
    check, kind, column
        Name of the check; "columns", "rows", "missing", "values", "step" or "rule"; the column, "" for the table.
    status
        Its verdict.
    value, lower, upper
        What is watched (a share, a distance, rows), and ends of the interval of the change where there is one; else NaN.
    """

    batch: int
    check: str
    kind: str
    column: str
    status: Status
    value: float
    lower: float = nan
    upper: float = nan


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What doesn't matter, and the chance of a false alarm that one batch may use up.

    Parameters
    ----------
    margin, missing_margin
        The largest distance, and the largest change in the share of missing cells, that doesn't matter.
    error_share
        Chance that a batch alike raises any alarm.
    """

    margin: float
    missing_margin: float
    error_share: float

    @property
    def of_contract(self) -> float:
        """Part of the chance for a contract that is learned here."""
        return 0.5 * self.error_share

    @property
    def of_values(self) -> float:
        """Part of the chance for all columns against the baseline and against the batch before."""
        return 0.4 * self.error_share

    @property
    def of_rows(self) -> float:
        """Part of the chance for the number of rows."""
        return 0.1 * self.error_share


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Which columns are compared, and which aren't and why."""

    columns: tuple[str, ...]
    clocks: tuple[str, ...]
    beyond: int
    awaited: frozenset[str] = frozenset()


def watched(
    learned: Learned, history: Sequence[Audited], apart: frozenset[str], awaited: frozenset[str] = frozenset()
) -> Watched:
    """Return the columns whose values are compared: not those of roles that differ by nature, nor those that tell the time."""
    baseline = learned.profile
    names = [column.name for column in baseline.columns if column.kind not in {"other", "empty"}]
    shared = [name for name in names if any(name in each.profile.by_name for each in history)]
    clocks = [name for name in shared if name in apart or _tells_time(name, baseline, history)]
    kept = [name for name in shared if name not in clocks]
    return Watched(
        columns=tuple(kept),
        clocks=tuple(clocks),
        beyond=len(learned.others),
        awaited=awaited,
    )


def _tells_time(name: str, baseline: Profile, history: Sequence[Audited]) -> bool:
    """Say whether a column is a date, names rows, or rises so that no batch overlaps the one before it."""
    column = baseline[name]
    if column.kind == "time" or "one value a row" in column.flags:
        return True
    ends = [
        each.profile[name].numbers.quantiles((0.05, 0.95)).values for each in history if name in each.profile.by_name
    ]
    ranges = [(float(low), float(high)) for low, high in ends if not isnan(float(low))]
    apart = [before[1] < after[0] for before, after in pairwise(ranges)]
    return len(apart) >= 2 and sum(apart) >= _CLOCK * len(apart) and all(low < high for low, high in ranges)


def check_history(history: Sequence[Audited], learned: Learned, seen: Watched, limits: Limits) -> list[Cell]:
    """Return every check of every batch, by batch.

    Parameters
    ----------
    history
        The batches, in order.
    learned
        What they are compared with; the first batch, where it is that, isn't compared with itself.
    seen
        The columns to compare.
    limits
        Margins and the chance of a false alarm.
    """
    baseline, skip = learned.profile, int(bool(history) and history[0].digest == learned.digest)
    cells = [*_table_checks(history, learned, limits, skip)]
    for name in seen.columns:
        cells += _column_checks(name, history, baseline, limits, skip=skip, seen=seen)
    cells += [
        _of_rule(place, rule, promised=learned.promised)
        for place, batch in enumerate(history)
        for rule in batch.rules
        if learned.promised or _holds_always(rule, seen)
    ]
    return sorted(cells, key=lambda cell: cell.batch)


def _holds_always(rule: RuleSeen, seen: Watched) -> bool:
    """Say whether a learned rule is one that later batches should keep: not the range of a clock, nor labels that come later."""
    if rule.kind == "missing" and set(rule.columns) & seen.awaited:
        return False
    return rule.kind in _OF_ANY_TIME or not set(rule.columns) & set(seen.clocks)


def _of_rule(place: int, rule: RuleSeen, *, promised: bool) -> Cell:
    """Return what a rule found; nobody promised what was learned from the baseline, so breaking that is a warning."""
    status: Status = "warning" if rule.status == "failed" and not promised else rule.status
    return Cell(
        batch=place, check=rule.rule, kind="rule", column="", status=status, value=rule.share, lower=rule.lower, upper=rule.upper
    )  # fmt: skip


def _table_checks(history: Sequence[Audited], learned: Learned, limits: Limits, skip: int) -> Iterator[Cell]:
    for place, batch in enumerate(history):
        gone, new = learned.names - batch.names, batch.names - learned.names
        other = [name for name in learned.profile.by_name if _other_kind(name, learned.profile, batch.profile)]
        status: Status = "failed" if gone or other else "warning" if new else "passed"
        if place >= skip:
            yield Cell(
                batch=place, check="columns", kind="columns", column="", status=status, value=len([*gone, *other, *new])
            )
        yield _rows_check(place, history, limits)


def _other_kind(name: str, baseline: Profile, profile: Profile) -> bool:
    if name not in profile.by_name:
        return False
    kinds = {baseline[name].kind, profile[name].kind}
    return len(kinds) > 1 and "empty" not in kinds


def _rows_check(place: int, history: Sequence[Audited], limits: Limits) -> Cell:
    """Judge the rows by an interval for one more batch like those before it (normal, of the logarithms)."""
    rows, batch = history[place].rows, history[place]
    if not rows:
        return Cell(batch=place, check="rows", kind="rows", column="", status="failed", value=0.0)
    before = np.log([each.rows for each in history[:place] if each.rows and not each.may_be_cut])
    if batch.may_be_cut or len(before) < FEWEST_BATCHES:
        status: Status = "not_run" if batch.may_be_cut else "not_enough_data"
        return Cell(batch=place, check="rows", kind="rows", column="", status=status, value=rows)
    half = stats.t.isf(limits.of_rows / 2, len(before) - 1) * before.std(ddof=1) * sqrt(1 + 1 / len(before))
    lower, upper = np.exp(before.mean() - half), np.exp(before.mean() + half)
    off = abs(rows / float(np.exp(before.mean())) - 1) > _ROWS_MARGIN and not lower <= rows <= upper
    return Cell(
        batch=place, check="rows", kind="rows", column="", status="failed" if off else "passed", value=rows, lower=float(lower), upper=float(upper)
    )  # fmt: skip


def _column_checks(
    name: str, history: Sequence[Audited], baseline: Profile, limits: Limits, *, skip: int, seen: Watched
) -> Iterator[Cell]:
    """Yield a column's missing cells and values against the baseline, and both against the batch before."""
    present = [place for place, batch in enumerate(history) if batch.rows and name in batch.profile.by_name]
    if not baseline.rows:
        return
    share = limits.of_values / (2 * max(len(seen.columns), 1))
    profiles = {place: history[place].profile[name] for place in present}

    def change(a: Profile, b: Profile) -> ColumnChange:
        return column_change(
            a[name], b[name], margin=limits.margin, missing_margin=limits.missing_margin, error_share=share
        )

    steps = {now: change(history[before].profile, history[now].profile) for before, now in pairwise(present)}
    rows = {now: (profiles[before].rows, profiles[now].rows) for before, now in pairwise(present)}
    cells = {now: (profiles[before].present, profiles[now].present) for before, now in pairwise(present)}
    wider = _overdispersion(
        steps, rows, cells, levels=max((len(each.values.values) for each in profiles.values()), default=0)
    )
    for place in present:
        if place >= skip:
            found = change(baseline, history[place].profile)
            if name not in seen.awaited:
                yield _missing(place, found, limits.missing_margin, wider["missing"])
            yield _values(place, found, limits.margin, wider["values"])
        if place in steps:
            yield _step(place, steps[place], limits, wider, awaited=name in seen.awaited)


def _overdispersion(
    steps: Mapping[int, ColumnChange],
    rows: Mapping[int, tuple[int, int]],
    cells: Mapping[int, tuple[int, int]],
    *,
    levels: int,
) -> dict[str, float]:
    """Return by how much consecutive batches differ more than rows drawn alike would, 1 at least; a few jumps don't raise it.

    Rows of one day are alike, and so batches differ by more than their rows alone would let them: Laney's p' chart (2002), with
    the median in the place of the mean.
    """
    missing, values = [], []
    for place, each in steps.items():
        (n, m), (a, b) = rows[place], cells[place]
        pooled = (each.missing_before * n + each.missing_after * m) / max(n + m, 1)
        if 0 < pooled < 1 and n and m:
            missing.append(
                abs(each.missing_after - each.missing_before) / sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
            )
        if not isnan(each.distance) and a and b:
            values.append(_units(each, a, b, levels))
    return {
        "missing": _median(missing) / _NORMAL_MEDIAN if len(missing) >= FEWEST_BATCHES else 1.0,
        "values": _median(values) if len(values) >= FEWEST_BATCHES else 1.0,
    }


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


def _units(each: ColumnChange, a: int, b: int, levels: int) -> float:
    """Return a distance over what chance makes of it in the median."""
    if each.compared == "numbers":
        return each.distance / sqrt(1 / a + 1 / b) / _KOLMOGOROV_MEDIAN
    freedom = max(levels - 1, 1)
    return float(np.sqrt(stats.chi2.isf(max(each.p, _LEAST_P), freedom) / stats.chi2.median(freedom)))


def _widened(value: float, lower: float, upper: float, factor: float) -> tuple[float, float]:
    by = max(factor, 1.0)
    return value - by * (value - lower), value + by * (upper - value)


def _judged(lower: float, upper: float, margin: float, *, beyond: Status) -> Status:
    if lower > margin:
        return beyond
    return "passed" if upper <= margin else "not_enough_data"


def _missing(place: int, each: ColumnChange, margin: float, factor: float) -> Cell:
    name, change = each.column, each.missing_after - each.missing_before
    low, high = _widened(change, each.missing_lower, each.missing_upper, factor)
    least, most = max(low, -high, 0.0), max(abs(low), abs(high))
    status = _judged(least, most, margin, beyond="failed")
    return Cell(batch=place, check=f"{name}: missing share", kind="missing", column=name, status=status, value=each.missing_after, lower=least, upper=most)  # fmt: skip


def _values(place: int, each: ColumnChange, margin: float, factor: float, *, kind: str = "values") -> Cell:
    name, check = each.column, f"{each.column}: distribution"
    if isnan(each.distance):
        status: Status = "not_applicable" if not each.compared else "not_enough_data"
        return Cell(batch=place, check=check, kind=kind, column=name, status=status, value=nan, lower=0.0, upper=inf)
    low, high = _widened(each.distance, each.lower, each.upper, factor)
    least, most = max(low, 0.0), min(high, 1.0)
    status = _judged(least, most, margin, beyond="warning")
    return Cell(
        batch=place, check=check, kind=kind, column=name, status=status, value=each.distance, lower=least, upper=most
    )


def _step(place: int, each: ColumnChange, limits: Limits, wider: Mapping[str, float], *, awaited: bool) -> Cell:
    """Judge what changed since the batch before: values, or missing cells where these changed more."""
    values = _values(place, each, limits.margin, wider["values"], kind="step")
    missing = _missing(place, each, limits.missing_margin, wider["missing"])
    worse = missing.status == "failed" and not awaited
    change = abs(each.missing_after - each.missing_before)
    return Cell(
        batch=place, check=f"{each.column}: step", kind="step", column=each.column, status="warning" if worse else values.status,
        value=change if worse else values.value, lower=missing.lower if worse else values.lower,
        upper=missing.upper if worse else values.upper,
    )  # fmt: skip
