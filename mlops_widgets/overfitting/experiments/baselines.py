"""What an experiment starts from: a rate, a mean with its spread, outcomes, or a study's production."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, MissingInputError, WrongTypeError
from mlops_widgets.measures.experiments.power import Outcome
from mlops_widgets.measures.experiments.unit_values import Summary, linearised
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, as_numbers

Floats = npt.NDArray[np.float64]

DAY_MILLISECONDS = 86_400_000.0
FEWEST_OUTCOMES = 10


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The outcome without the change.

    Parameters
    ----------
    outcome
        Share, or mean with standard deviation, of one unit.
    source
        Where it comes from, in words.
    rows
        How many of the user's rows it rests on; 0 where it was given as a number.
    units
        How many units these are.
    unit
        What is randomised, in a word.
    per_day
        Units a day, where the study's times tell; else None.
    outcomes
        (units,) one value a unit, where outcomes were given; else None.
    """

    outcome: Outcome
    source: str
    rows: int = 0
    units: int = 0
    unit: str = "row"
    per_day: float | None = None
    outcomes: Floats | None = None


def read_baseline(baseline: Any, deviation: float | None) -> Baseline:  # noqa: ANN401 - a number, outcomes or a study
    """Return the baseline that the user gave.

    Raises
    ------
    InputError
        If it is no number, no outcomes and no study, or one that nothing can be planned with.
    """
    if isinstance(baseline, Study):
        return _of_study(baseline)
    if isinstance(baseline, bool | str | dict) or baseline is None:
        raise WrongTypeError(
            f"baseline={baseline!r}. Pass the control's rate (0 to 1), a mean with deviation=, the outcomes themselves (an "
            "array or a column), or a Study."
        )
    if isinstance(baseline, int | float | np.number):
        return _of_number(float(baseline), deviation)
    if deviation is not None:
        raise InputError("deviation= goes with a mean given as a number; outcomes bring their own. Leave it out.")
    return _of_values(as_numbers(pd.Series(np.asarray(baseline).ravel())), source="your outcomes")


def _of_number(value: float, deviation: float | None) -> Baseline:
    if deviation is None:
        if not 0 < value < 1:
            raise InputError(
                f"baseline={value:g}. A rate lies between 0 and 1, ends excluded; of a mean pass the standard deviation too: "
                "deviation=."
            )
        return Baseline(outcome=Outcome(kind="share", value=value), source="the rate you gave")
    if not (0 < deviation < math.inf and math.isfinite(value)):
        raise InputError(f"baseline={value:g}, deviation={deviation:g}. Pass a finite mean and a deviation above 0.")
    return Baseline(
        outcome=Outcome(kind="mean", value=value, deviation=deviation), source="the mean and deviation you gave"
    )


def _of_values(values: Floats, *, source: str, unit: str = "row", per_day: float | None = None) -> Baseline:
    if np.isinf(values).any():
        raise InputError("baseline= holds infinite outcomes. Leave them out, or cap them.")
    known = values[~np.isnan(values)]
    if len(known) < FEWEST_OUTCOMES:
        raise InputError(
            f"baseline= has {len(known)} outcomes that are numbers. Pass {FEWEST_OUTCOMES} or more, or a rate, or a mean with "
            "deviation=."
        )
    found = Summary.of(known)
    if found.variance == 0:
        raise InputError(
            "baseline=: all outcomes are the same, so no effect can be planned. Pass a rate or deviation=."
        )
    share = bool(np.isin(known, (0, 1)).all())
    outcome = (
        Outcome(kind="share", value=found.mean)
        if share
        else Outcome(kind="mean", value=found.mean, deviation=math.sqrt(found.variance))
    )
    return Baseline(
        outcome=outcome, source=source, rows=len(known), units=len(known), unit=unit, per_day=per_day, outcomes=known
    )  # fmt: skip


def _of_study(study: Study) -> Baseline:
    """Take production where it has labels, else the test; values per decision where the study has prices."""
    table, values, what = _outcomes(study)
    known = ~np.isnan(values)
    rows = int(known.sum())
    if rows < FEWEST_OUTCOMES or np.ptp(values[known]) == 0:
        raise MissingInputError(
            f"{FEWEST_OUTCOMES} labelled rows with different outcomes in {table.name}",
            "Pass a number instead: plan_ab_test(0.1, effect=…).",
        )
    source = f"{what} of {rows:,} rows of {table.name}"
    if study.unit != "entity":
        return _of_values(values, source=source, per_day=_per_day(study, table, known, None))
    units = study.units(table)[known]
    _, codes = np.unique(units, return_inverse=True)
    each = linearised(
        np.bincount(codes, weights=values[known]).astype(np.float64), np.bincount(codes).astype(np.float64)
    )
    found = _of_values(
        each, source=f"{source}, by {study.unit_name}", unit=study.unit_name,
        per_day=_per_day(study, table, known, codes),
    )  # fmt: skip
    return Baseline(
        outcome=found.outcome, source=found.source, rows=rows, units=found.units, unit=found.unit, per_day=found.per_day,
        outcomes=found.outcomes,
    )  # fmt: skip


def _outcomes(study: Study) -> tuple[Table, Floats, str]:
    tables = [table for table in (study.production, study.test) if table is not None and study.outcome.target in table]
    labelled = [(table, y) for table in tables if not np.isnan(y := study.labels(table)).all()]
    if not labelled:
        raise MissingInputError("labelled production", "Pass labels, or a number instead: plan_ab_test(0.1, effect=…).")
    table, y = labelled[0]
    if study.values is not None:
        return table, study.row_values(table), "value per decision"
    if study.task == "multiclass":
        right = np.where(np.isnan(y), np.nan, (study.model.predictions(table) == y).astype(np.float64))
        return table, right, "share of right predictions"
    return table, y, f"{study.outcome.target!r}"


def _per_day(study: Study, table: Table, known: npt.NDArray[np.bool_], codes: npt.NDArray[Any] | None) -> float | None:
    """Return units a day over the days that the table spans, where it has dates."""
    if study.roles.time is None or study.roles.time not in table or not study.chunks(table).are_dates:
        return None
    times = study.times(table)
    if times is None:
        return None
    inside = times[known & ~np.isnan(times)]
    days = (inside.max() - inside.min()) / DAY_MILLISECONDS if len(inside) else 0.0
    count = len(inside) if codes is None else int(codes.max()) + 1
    return count / (days + 1) if days >= 1 else None


def in_words(outcome: Outcome, value: float) -> str:
    """Return a level of the outcome as people say it: a percentage of a share, the number of a mean."""
    return number(value, "percent", digits=_digits(value)) if outcome.kind == "share" else number(value)


def _digits(share: float) -> int:
    """Enough decimals of a percentage for three significant digits, none of a whole one."""
    percent = abs(share) * 100
    return 0 if abs(percent - round(percent)) < 1e-9 else max(0, min(4, 2 - math.floor(math.log10(percent))))
