"""What an experiment brought: its arms, and one value a unit of each outcome."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, TableError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures.experiments.stratified import stratified
from mlops_widgets.measures.experiments.unit_values import Summary, adjusted, linearised
from mlops_widgets.study.tables import as_numbers, quoted, read_table
from mlops_widgets.study.timeline import times_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_ARMS = 20
_CONTROLS = ("control", "a", "baseline", "off", "false", "0")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One outcome of an experiment: what each arm's units gave.

    Parameters
    ----------
    name
        The outcome's column.
    arms
        Mean, variance and units of each arm, the control first; adjusted where `gain` says so.
    tallies
        Successes and trials of each arm, where every unit has one 0/1 outcome and nothing was adjusted; else None.
    raw
        Means of the arms without adjustment.
    gain
        Share of the variance that CUPED took out, or None where it wasn't asked for.
    missing
        Units without the outcome in each arm.
    """

    name: str
    arms: tuple[Summary, ...]
    tallies: tuple[tuple[int, int], ...] | None
    raw: tuple[float, ...]
    gain: float | None = None
    missing: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trial:
    """An experiment row by row, checked.

    Parameters
    ----------
    names
        The arms, control first.
    arm, unit
        (rows,) the arm and the unit of each row, as codes; `arm_of_unit` (units,) the arm of each unit.
    outcomes, before
        Name → (rows,) values, NaN where missing; `before` (rows,) or None.
    times
        (rows,) milliseconds since 1970, or numbers; None without time.
    times_are_dates
        Which of the two.
    by_unit
        Whether units have rows of their own column.
    source_rows, dropped_rows, torn_units
        Rows that were read, those without an arm, and units that were seen in more than one arm, left out.
    stages, stage_of_unit, owner
        Names of the stages of a ramp; the stage of each unit, and who it is: with stages, `unit` is a unit in a stage. Empty
        without stages.
    """

    names: tuple[str, ...]
    arm: Integers
    unit: Integers
    arm_of_unit: Integers
    outcomes: Mapping[str, Floats]
    before: Floats | None
    times: Floats | None
    times_are_dates: bool
    by_unit: bool
    source_rows: int
    dropped_rows: int
    torn_units: int
    stages: tuple[str, ...] = ()
    stage_of_unit: Integers | None = None
    owner: Integers | None = None

    def sizes_by_stage(self, rows: npt.NDArray[np.bool_] | None = None) -> Integers:
        """Return how many units each arm has in each stage (stages, arms), among these rows."""
        assert self.stage_of_unit is not None  # noqa: S101 - asked only where there are stages
        seen = np.unique(self.unit if rows is None else self.unit[rows])
        found = np.zeros((len(self.stages), len(self.names)), dtype=np.int64)
        np.add.at(found, (self.stage_of_unit[seen], self.arm_of_unit[seen]), 1)
        return found

    def sizes(self, rows: npt.NDArray[np.bool_] | None = None) -> Integers:
        """Return how many units each arm has, among these rows."""
        units = self.unit if rows is None else self.unit[rows]
        seen = np.zeros(len(self.arm_of_unit), dtype=np.bool_)
        seen[units] = True
        return np.bincount(self.arm_of_unit[seen], minlength=len(self.names))

    def sample(self, outcome: str, rows: npt.NDArray[np.bool_] | None = None) -> Sample:
        """Return an outcome as it stands among these rows (all by default): one value a unit."""
        values = self.outcomes[outcome]
        fine = ~np.isnan(values) if rows is None else rows & ~np.isnan(values)
        units, codes, counts = np.unique(self.unit[fine], return_inverse=True, return_counts=True)
        arms = self.arm_of_unit[units]
        cells = arms if self.stage_of_unit is None else arms * len(self.stages) + self.stage_of_unit[units]
        sums = np.bincount(codes, weights=values[fine], minlength=len(units)).astype(np.float64)
        missing = self.sizes(rows) - np.bincount(arms, minlength=len(self.names))
        single = bool((counts == 1).all())
        each = sums if single else _by_arm(sums, counts.astype(np.float64), cells)
        raw = tuple(each.mean for each in self._summaries(each, units))
        gain = None
        shares = single and bool(np.isin(each, (0, 1)).all()) and self.before is None and not self.stages
        if self.before is not None:
            each, gain = adjusted(each, self._before(fine, codes, len(units)), cells)
        tallies = (
            tuple((int(each[arms == code].sum()), int((arms == code).sum())) for code in self._codes)
            if shares
            else None
        )
        return Sample(
            name=outcome, arms=self._summaries(each, units), tallies=tallies, raw=raw, gain=gain,
            missing=() if self.stages else tuple(int(n) for n in missing),
        )  # fmt: skip

    def _summaries(self, each: Floats, units: Integers) -> tuple[Summary, ...]:
        arms = self.arm_of_unit[units]
        if self.stage_of_unit is None or self.owner is None:
            return tuple(Summary.of(each[arms == code]) for code in self._codes)
        return stratified(each, arms, self.stage_of_unit[units], self.owner[units], count=len(self.names))

    @property
    def _codes(self) -> range:
        return range(len(self.names))

    def _before(self, fine: npt.NDArray[np.bool_], codes: Integers, count: int) -> Floats:
        """Return each unit's mean value from before; NaN where it has none."""
        assert self.before is not None  # noqa: S101 - asked only where there is one
        past = self.before[fine]
        known = ~np.isnan(past)
        sums = np.bincount(codes[known], weights=past[known], minlength=count)
        rows = np.bincount(codes[known], minlength=count)
        return np.asarray(np.divide(sums, rows, out=np.full(count, np.nan), where=rows > 0))


def _by_arm(sums: Floats, counts: Floats, arms: Integers) -> Floats:
    values = np.empty(len(sums))
    for code in np.unique(arms):
        here = arms == code
        values[here] = linearised(sums[here], counts[here])
    return values


def is_counts(data: object) -> bool:
    """Say whether `data` gives numbers by arm instead of rows."""
    return (
        isinstance(data, Mapping)
        and len(data) > 0
        and all(isinstance(value, tuple | list) and len(value) in (2, 3) for value in data.values())
        and all(isinstance(each, int | float | np.number) for value in data.values() for each in value)
    )


def read_counts(
    data: Mapping[Any, Sequence[float]], control: str | None, *, name: str
) -> tuple[tuple[str, ...], Sample]:
    """Return the arms and the outcome of `{"control": (successes, n), …}` or `{"control": (mean, deviation, n), …}`.

    Raises
    ------
    InputError
        If a number is impossible, or the arms give different kinds.
    """
    by_name = {str(arm): tuple(float(each) for each in values) for arm, values in data.items()}
    first = control_of(list(by_name), control, default=next(iter(by_name)))
    names = (first, *(arm for arm in by_name if arm != first))
    _check_arms(names)
    if len({len(values) for values in by_name.values()}) > 1:
        raise InputError("data=: give all arms as (successes, n), or all as (mean, standard deviation, n).")
    for arm, values in by_name.items():
        _check_counts(arm, values)
    if len(by_name[first]) == 2:
        tallies = tuple((round(by_name[arm][0]), round(by_name[arm][1])) for arm in names)
        arms = tuple(_of_tally(x, n) for x, n in tallies)
        return names, Sample(name=name, arms=arms, tallies=tallies, raw=tuple(arm.mean for arm in arms))
    arms = tuple(
        Summary(mean=by_name[arm][0], variance=by_name[arm][1] ** 2, units=round(by_name[arm][2])) for arm in names
    )
    return names, Sample(name=name, arms=arms, tallies=None, raw=tuple(arm.mean for arm in arms))


def _of_tally(successes: int, trials: int) -> Summary:
    share = successes / trials
    variance = share * (1 - share) * trials / (trials - 1) if trials > 1 else float("nan")
    return Summary(mean=share, variance=variance, units=trials)


def _check_counts(arm: str, values: tuple[float, ...]) -> None:
    n = values[-1]
    fine = np.isfinite(values).all() and n >= 1 and n == round(n)
    if len(values) == 2:
        fine = fine and 0 <= values[0] <= n and values[0] == round(values[0])
        allowed = "(successes, n): whole numbers, 0 ≤ successes ≤ n, n of 1 or more"
    else:
        fine = fine and values[1] >= 0
        allowed = "(mean, standard deviation, n): finite, the deviation 0 or more, n a whole number of 1 or more"
    if not fine:
        raise InputError(f"data= gives {values} for arm {arm!r}. Pass {allowed}.")


def control_of(names: Sequence[str], control: str | None, *, default: str | None = None) -> str:
    """Return which arm is the control.

    Raises
    ------
    UnknownNameError
        If there is no such arm.
    InputError
        If none was named and none is called control.
    """
    if control is not None:
        if str(control) not in names:
            raise UnknownNameError(
                f"control={control!r} is no arm. Arms: {listed(names)}.{did_you_mean(control, names)}"
            )
        return str(control)
    plain = {re.sub(r"\.0$", "", name).strip().lower(): name for name in names}
    found = next((plain[word] for word in _CONTROLS if word in plain), default)
    if found is None:
        raise InputError(f"Which arm is the control? Pass control=, one of {listed(names)}.")
    return found


def _check_arms(names: Sequence[str]) -> None:
    if not 2 <= len(names) <= MOST_ARMS:
        called = (
            f" ({listed(names)})" if len(names) == 1 else ""
        )  # many are no arms but cells, of a person each perhaps
        raise InputError(f"The experiment has {len(names):,} arms{called}. 2 to {MOST_ARMS} can be compared.")


def read_trial(
    data: Any,  # noqa: ANN401 - any table
    *,
    arm: str,
    outcomes: Sequence[str],
    unit: str | None,
    time: str | None,
    before: str | None,
    control: str | None,
    stage: str | None = None,
) -> Trial:
    """Return the experiment that a table holds.

    Raises
    ------
    InputError
        If a column is missing or can't be used.
    """
    table = read_table(data, name="data")
    named = {"arm": arm, "unit": unit, "time": time, "before": before, "stage": stage} | {
        f"outcome{i}": o for i, o in enumerate(outcomes)
    }
    for argument, column in named.items():
        if column is not None and column not in table:
            raise UnknownNameError(
                f"Unknown column {column!r} in {argument.rstrip('0123456789')}=. Columns: {listed(table.columns)}."
                f"{did_you_mean(column, table.columns)}"
            )
    frame = table.pandas()
    labels = frame[arm]
    kept = labels.notna().to_numpy()
    for needed in (unit, stage):
        if needed is not None:
            kept = kept & frame[needed].notna().to_numpy()
    texts = pd.Series([_text(label) for label in labels[kept]], dtype=object)
    found = [str(each) for each in pd.unique(texts)]
    _check_arms(found)
    first = control_of(found, control)
    names = (first, *sorted(each for each in found if each != first))
    codes: Integers = np.asarray(texts.map({each: code for code, each in enumerate(names)}).to_numpy(), dtype=np.int64)
    units = np.arange(len(codes)) if unit is None else pd.factorize(frame[unit][kept])[0].astype(np.int64)
    owners, of_row = units, np.zeros(len(codes), dtype=np.int64)
    stages: tuple[str, ...] = ()
    if stage is not None:
        of_row, stages = _stages(frame[stage][kept])
        units = pd.factorize(units * len(stages) + of_row)[0].astype(np.int64)
    fine, units, arm_of_unit, torn = _whole_units(units, codes)
    rows = np.flatnonzero(kept)[fine]
    if time is not None and not frame[time].notna().any():
        raise InputError(
            f"time={time!r} holds no moment at all. Leave time= out, or pass the column with when rows came."
        )
    times, are_dates = (None, False) if time is None else times_of(table, time)
    return Trial(
        names=names, arm=codes[fine], unit=units, arm_of_unit=arm_of_unit,
        outcomes={each: _outcome(frame[each], each, "outcome")[rows] for each in outcomes},
        before=None if before is None else _outcome(frame[before], before, "before")[rows],
        times=None if times is None else times[rows], times_are_dates=are_dates, by_unit=unit is not None,
        source_rows=len(frame), dropped_rows=int((~kept).sum()), torn_units=torn, stages=stages,
        stage_of_unit=_of_units(units, of_row[fine]) if stages else None,
        owner=_of_units(units, owners[fine]) if stages else None,
    )  # fmt: skip


def _text(label: object) -> str:
    """Return an arm's name; halves of a character, as a file read with errors="surrogateescape" has, can't be written."""
    return str(label).encode("utf-8", "backslashreplace").decode()


def _stages(column: "pd.Series[Any]") -> tuple[Integers, tuple[str, ...]]:
    """Return the stage of each row as a code, and their names; 2.0 beside a gap is called 2."""
    codes, names = pd.factorize(column.map(lambda cell: re.sub(r"\.0$", "", str(cell))))
    return codes.astype(np.int64), tuple(str(name) for name in names)


def _of_units(units: Integers, values: Integers) -> Integers:
    """Return the value of each unit (units,) from those of its rows, which are all the same."""
    found = np.zeros(int(units.max()) + 1, dtype=np.int64)
    found[units] = values
    return found


def _whole_units(units: Integers, codes: Integers) -> tuple[npt.NDArray[np.bool_], Integers, Integers, int]:
    """Leave out units that were in more than one arm; return the rows kept, their units anew, each unit's arm, how many left."""
    count = int(units.max()) + 1
    low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
    np.minimum.at(low, units, codes)
    np.maximum.at(high, units, codes)
    whole = low == high
    fine = whole[units]
    if not fine.any():
        raise InputError(
            "unit=: every unit was seen in more than one arm, so nothing was randomised by it. Check the column."
        )
    numbers = np.cumsum(whole) - 1
    return fine, numbers[units[fine]], low[whole], int((~whole & (high >= 0)).sum())


def _outcome(column: "pd.Series[Any]", name: str, argument: str) -> Floats:
    values = as_numbers(
        column.astype(np.float64) if pd.api.types.is_bool_dtype(column) and not column.hasnans else column
    )
    strange = np.isnan(values) & column.notna().to_numpy()
    if strange.any():
        raise TableError(
            f"{argument}={name!r} holds what is no number: {quoted(column.reset_index(drop=True)[strange])}. Pass numbers, or "
            "0 and 1."
        )
    if np.isinf(values).any():
        raise TableError(f"{argument}={name!r} holds infinite values. Leave those rows out, or cap them.")
    if np.isnan(values).all():
        raise TableError(f"{argument}={name!r} holds no number at all.")
    return values
