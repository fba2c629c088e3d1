"""Whether labels that have arrived refute an estimate made without them: chunk by chunk, for all chunks at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.metrics import Metric
from mlops_widgets.overfitting.monitoring.cohorts import Cohort
from mlops_widgets.overfitting.monitoring.expectation import (
    FEWEST_EVENTS,
    FEWEST_UNITS,
    Answers,
    Expectation,
    Spread,
    realised,
)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FALSE_ALARM_SHARE = 0.05
"""Of studies in which the assumption holds, the share in which any chunk may be called refuted."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """What labels say of some rows, against what was estimated there.

    Parameters
    ----------
    realised, estimate
        The metric from labels and without them, on the same rows.
    lower, upper
        Where the realised metric lies in every check of the study at once, with 95 %, while the assumption holds.
    reach
        Half of the interval's width in this check alone, at 95 %.
    rows
        Rows with a label.
    """

    realised: float
    estimate: float
    lower: float
    upper: float
    reach: float
    rows: int

    @property
    def error(self) -> float:
        """Estimated minus realised."""
        return self.estimate - self.realised

    @property
    def refuted(self) -> bool:
        """Whether the realised metric lies outside."""
        return not self.lower <= self.realised <= self.upper


@dataclass(frozen=True, kw_only=True)
class Refutation:
    """The checks of a study.

    Parameters
    ----------
    checks
        Number of the cohort → its check, for cohorts with mature labels enough.
    whole
        All mature cohorts together, also those too small to be checked alone; None where even these are too few.
    family
        How many checks share the 5 % (Bonferroni): the cohorts', and the whole's unless one cohort is all of it.
    immature
        Cohorts left out since labels are still to come.
    small
        Cohorts left out since their labels are too few.
    """

    checks: Mapping[int, Check]
    whole: Check | None
    family: int
    immature: int
    small: int

    @property
    def refuted(self) -> int:
        """How many cohorts are refuted."""
        return sum(check.refuted for check in self.checks.values())

    @property
    def refutes(self) -> bool:
        """Whether any check is."""
        return self.refuted > 0 or self.whole_refuted

    @property
    def whole_refuted(self) -> bool:
        """Whether all mature cohorts together refute the estimate."""
        return self.whole is not None and self.whole.refuted

    @property
    def level(self) -> float:
        """Coverage of each check's interval."""
        return 1 - FALSE_ALARM_SHARE / max(self.family, 1)


def refute(
    metric: Metric, expectation: Expectation, answers: Answers, output: Floats, cohorts: tuple[Cohort, ...],
    *, weighted: bool, by_unit: bool,
) -> Refutation:  # fmt: skip
    """Compare the estimate with the labels of mature cohorts.

    By Bonferroni over the cohorts and, where there are several, all of them together: under the assumption at most 5 %
    of studies see any refutation, however the cohorts hang together.

    Parameters
    ----------
    metric
        What is compared.
    expectation
        What estimates it.
    answers, output
        Production, and what the metric needs of the model there.
    cohorts
        Every cohort.
    weighted
        Whether rows have weights.
    by_unit
        Whether resampling units are larger than rows.
    """

    def compare(rows: Integers) -> tuple[float, Spread] | None:
        value = realised(metric, answers, output, rows, weighted=weighted)
        spread = expectation.compared(metric, rows) if np.isfinite(value) else None
        fewest = FEWEST_UNITS if by_unit else FEWEST_EVENTS
        enough = spread is not None and spread.freedom + 1 >= fewest and _says_something(metric, spread)
        return (value, spread) if enough and spread is not None else None

    mature = {number: cohort.labelled for number, cohort in enumerate(cohorts) if cohort.mature}
    compared = {number: compare(rows) for number, rows in mature.items()}
    together = compare(np.concatenate(list(mature.values()))) if mature else None
    found = {number: each for number, each in compared.items() if each is not None}
    family = len(found) + (len(mature) > 1 and together is not None)
    level = 1 - FALSE_ALARM_SHARE / max(family, 1)
    return Refutation(
        checks={number: _check(metric, *each, level) for number, each in found.items()},
        whole=None if together is None else _check(metric, *together, level),
        family=family, immature=len(cohorts) - len(mature), small=len(mature) - len(found),
    )  # fmt: skip


def _check(metric: Metric, value: float, spread: Spread, level: float) -> Check:
    within, alone = spread.within(metric, level), spread.within(metric, 0.95)
    reach = (alone.upper - alone.lower) / 2
    return Check(
        realised=value, estimate=spread.value, lower=within.lower, upper=within.upper, reach=reach, rows=spread.rows
    )


def _says_something(metric: Metric, spread: Spread) -> bool:
    """Say whether the interval at 95 % is finite and narrower than the metric's range, or than its value both ways."""
    within = spread.within(metric, 0.95)
    bounded = metric.lower is not None and metric.upper is not None
    scale = float(metric.upper or 0) - float(metric.lower or 0) if bounded else abs(spread.value)
    return bool(np.isfinite(within.upper - within.lower) and (within.upper - within.lower) / 2 <= scale)
