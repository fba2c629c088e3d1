"""A contract put to a table: how many cells and rows break each rule, counted in one scan, and where they are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError
from mlops_widgets.study.contract.breaches import Breach, breach_of
from mlops_widgets.study.contract.contract import Contract, Rule
from mlops_widgets.study.contract.frames import Checkable, open_frame

if TYPE_CHECKING:
    import narwhals as nw

Integers = npt.NDArray[np.int64]
_HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one rule found.

    Parameters
    ----------
    rule
        The rule.
    checked
        Cells or rows that it was put to.
    broken
        How many of them break it.
    reason
        What is wrong beside single cells ("the column is text"), or why it couldn't be checked; "" where nothing is.
    measured
        Whether it could be checked.
    """

    rule: Rule
    checked: int
    broken: int
    reason: str = ""
    measured: bool = True

    @property
    def share(self) -> float:
        """Share of cells or rows that break it, 0 to 1; 0 of nothing."""
        return self.broken / self.checked if self.checked else 0.0

    @property
    def beyond(self) -> bool:
        """Whether more break it than it tolerates."""
        return self.broken > 0 and self.share > self.rule.tolerance


@dataclass(frozen=True)
class Checked:
    """The outcomes of a contract on a table, and where to look for the rows that break it.

    Parameters
    ----------
    rows
        Rows of the table.
    outcomes
        One a rule that isn't off, in the contract's order.
    """

    rows: int
    outcomes: tuple[Outcome, ...]
    _table: Checkable
    _contract: Contract

    def failing(self, rule: str, *, most: int | None = None) -> Integers:
        """Return positions of the rows that break a rule, in order, shape (n,); only its own columns are read.

        Parameters
        ----------
        rule
            The rule's name.
        most
            Most positions that are returned; None for all.

        Raises
        ------
        UnknownNameError
            If there is no such rule.
        """
        rows = _positions(self._table, self._contract, self._contract.rule(rule))
        return rows if most is None else rows[:most]


def check(data: Any, contract: Contract, *, now: datetime | None = None) -> Checked:  # noqa: ANN401 - any form of table
    """Put every rule of a contract to a table.

    Parameters
    ----------
    data
        Any form of table; lazy frames, DuckDB relations and Parquet files are scanned and not held.
    contract
        The contract. Rules that are off are left out.
    now
        The moment that freshness is judged at, UTC where it has no zone; without it that rule isn't measured.

    Examples
    --------
    >>> import pandas as pd
    >>> from mlops_widgets.study.contract.columns import ColumnRules
    >>> contract = Contract(name="loans", columns=(ColumnRules(name="age", type="integer", lower=18),))
    >>> found = check(pd.DataFrame({"age": [30, 7, 45]}), contract)
    >>> [(each.rule.id, each.broken) for each in found.outcomes]
    [('age: present', 0), ('age: type', 0), ('age: range', 1)]
    >>> found.failing("age: range").tolist()
    [1]
    """
    table = open_frame(data)
    rules = [rule for rule in contract.rules if rule.severity != "off"]
    plans = {rule.id: breach_of(rule, contract, table.families) for rule in rules}
    rows, counted = _count(table, plans.values())
    told = {rule.id: _outcome(rule, plans[rule.id], counted, rows) for rule in rules}
    for rule in rules:
        own = _AGGREGATED.get(rule.kind)
        if own is not None:
            told[rule.id] = own(table, contract, rule, rows, now)
    return Checked(rows, tuple(told.values()), table, contract)


def _count(table: Checkable, plans: Iterable[Breach]) -> tuple[int, dict[str, int]]:
    """Return the number of rows and, of each expression of the plans, its sum: one scan for all."""
    import narwhals as nw

    wanted: dict[str, nw.Expr] = {}
    for plan in plans:
        wanted |= plan.sums
    names = list(wanted)
    sums = [wanted[name].alias(f"s{at}") for at, name in enumerate(names)]
    row = table.frame.select(nw.len().alias("rows"), *sums).collect("pyarrow").rows()[0]
    return int(row[0]), {name: int(value or 0) for name, value in zip(names, row[1:], strict=True)}


def _outcome(rule: Rule, plan: Breach, counted: dict[str, int], rows: int) -> Outcome:
    if not plan.measured:
        return Outcome(rule=rule, checked=0, broken=0, reason=plan.reason, measured=False)
    if rule.kind == "present":
        return Outcome(rule=rule, checked=1, broken=int(plan.whole), reason=plan.reason)
    if plan.whole and rows:  # the column as such breaks it; one without a cell is of any type
        broken = counted.get(plan.broken, 0) or counted[plan.present]
        return Outcome(rule=rule, checked=counted[plan.present], broken=broken, reason=plan.reason if broken else "")
    checked = counted[plan.present] if plan.present else rows
    broken = checked - counted[plan.distinct] if plan.distinct else counted.get(plan.broken, 0)
    return Outcome(rule=rule, checked=checked, broken=broken, reason=plan.reason if broken else "")


def _unmeasured(rule: Rule, reason: str) -> Outcome:
    return Outcome(rule=rule, checked=0, broken=0, reason=reason, measured=False)


def _absent(table: Checkable, rule: Rule) -> str:
    gone = [name for name in rule.columns if name not in table.families]
    nested = [name for name in rule.columns if table.families.get(name) == "other"]
    if gone:
        return f"there is no column {gone[0]!r}"
    return f"the cells of {nested[0]!r} can't be compared" if nested else ""


def _rows(_table: Checkable, contract: Contract, rule: Rule, rows: int, _now: datetime | None) -> Outcome:
    least, most = contract.least_rows, contract.most_rows
    few, many = least is not None and rows < least, most is not None and rows > most
    reason = (
        f"{rows:,} rows, at least {least:,} promised"
        if few
        else f"{rows:,} rows, at most {most:,} promised"
        if many
        else ""
    )
    return Outcome(rule=rule, checked=1, broken=int(few or many), reason=reason)


def _closed(table: Checkable, contract: Contract, rule: Rule, _rows: int, _now: datetime | None) -> Outcome:
    known = {column.name for column in contract.columns}
    others = [name for name in table.families if name not in known]
    reason = f"columns that aren't in the contract: {', '.join(name[:40] for name in others[:5])}" if others else ""
    return Outcome(rule=rule, checked=len(table.families), broken=len(others), reason=reason)


def _key(table: Checkable, _contract: Contract, rule: Rule, rows: int, _now: datetime | None) -> Outcome:
    import narwhals as nw

    if absent := _absent(table, rule):
        return _unmeasured(rule, absent)
    groups = table.frame.select(*rule.columns).group_by(*rule.columns).agg(nw.len().alias("mw_rows"))
    return Outcome(rule=rule, checked=rows, broken=rows - _single(groups.select(nw.len())))


def _dependency(table: Checkable, _contract: Contract, rule: Rule, _rows: int, _now: datetime | None) -> Outcome:
    import narwhals as nw

    if absent := _absent(table, rule):
        return _unmeasured(rule, absent)
    names = {column: f"c{at}" for at, column in enumerate(rule.columns)}
    own = table.frame.select(*(nw.col(column).alias(alias) for column, alias in names.items()))
    there = own.filter(*(~nw.col(alias).is_null() for alias in names.values()))
    pairs = there.group_by(*names.values()).agg(nw.len().alias("n"))
    best = pairs.group_by(*list(names.values())[:-1]).agg(
        nw.col("n").sum().alias("all"), nw.col("n").max().alias("most")
    )
    row = best.select(nw.col("all").sum(), nw.col("most").sum()).collect("pyarrow").rows()[0]
    checked, agreeing = (int(value or 0) for value in row)
    return Outcome(rule=rule, checked=checked, broken=checked - agreeing)


def _freshness(table: Checkable, contract: Contract, rule: Rule, _rows: int, now: datetime | None) -> Outcome:
    import narwhals as nw

    column, hours = rule.columns[0], contract.freshness.hours if contract.freshness else 0.0
    if absent := _absent(table, rule):
        return _unmeasured(rule, absent)
    if now is None:
        return _unmeasured(rule, "nobody said what time it is: pass now=")
    newest = table.frame.select(nw.col(column).max()).collect("pyarrow").rows()[0][0]
    moment = as_moment(newest)
    if moment is None:
        return _unmeasured(rule, "there is no moment in it")
    age = (as_utc(now) - moment).total_seconds() / _HOUR
    late = age > hours
    return Outcome(
        rule=rule,
        checked=1,
        broken=int(late),
        reason=f"the newest is {age:,.0f} hours old, at most {hours:,g} promised" if late else "",
    )


def as_utc(moment: datetime) -> datetime:
    """Return a moment as UTC without a zone; one without a zone is UTC already."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def as_moment(value: Any) -> datetime | None:  # noqa: ANN401 - a cell
    """Return a cell as a moment in UTC, or None where it is none."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - UTC, as all moments here
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return as_utc(value) if isinstance(value, datetime) else None


def _single(frame: "nw.LazyFrame[Any]") -> int:
    return int(frame.collect("pyarrow").rows()[0][0] or 0)


_AGGREGATED: dict[str, Callable[[Checkable, Contract, Rule, int, datetime | None], Outcome]] = {
    "rows": _rows, "closed": _closed, "key": _key, "dependency": _dependency, "freshness": _freshness,
}  # fmt: skip
_OF_THE_TABLE = frozenset({"rows", "closed", "freshness"})


def _positions(table: Checkable, contract: Contract, rule: Rule) -> Integers:
    none: Integers = np.zeros(0, dtype=np.int64)
    if rule.kind in _OF_THE_TABLE or any(name not in table.families for name in rule.columns):
        return none
    if rule.kind in {"key", "dependency", "unique"}:
        return none if _absent(table, rule) else _repeated(table, rule)
    plan = breach_of(rule, contract, table.families)
    if plan.mask is None:
        return none
    own = table.frame.select(*rule.columns)
    masks = own.select(plan.mask.alias("cells"), (plan.wide if plan.wide is not None else plan.mask).alias("wide"))
    found = masks.collect("pyarrow")
    cells = _truths(found["cells"].to_list())
    return np.flatnonzero(cells if cells.any() else _truths(found["wide"].to_list())).astype(np.int64)


def _truths(values: Sequence[Any]) -> npt.NDArray[np.bool_]:
    return np.fromiter((value is True for value in values), dtype=np.bool_, count=len(values))


def _repeated(table: Checkable, rule: Rule) -> Integers:
    """Rows that repeat an earlier one, or that contradict what most rows of their group say."""
    names = [f"c{at}" for at in range(len(rule.columns))]
    frame = table.frame.select(*rule.columns).collect("pyarrow").to_pandas()
    frame.columns = names
    if rule.kind == "unique":
        frame = frame.dropna()
    if rule.kind != "dependency":
        return np.asarray(frame.index[frame.duplicated().to_numpy()], dtype=np.int64)
    there = frame.dropna()
    counts = there.groupby(names, sort=False, observed=True).size().rename("n").reset_index()
    first = counts.sort_values("n", ascending=False, kind="stable").drop_duplicates(names[:-1])
    said = there.merge(first[names].assign(agrees=True), on=names, how="left")
    return np.asarray(there.index[said["agrees"].isna().to_numpy()], dtype=np.int64)


def check_now(now: object) -> None:
    """Raise `InputError` unless `now` is None or a moment."""
    if now is not None and not isinstance(now, datetime):
        raise InputError(f"now={now!r:.60}. Pass a datetime, such as datetime.now(UTC), or None.")
