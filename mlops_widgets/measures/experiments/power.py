"""How many rows an experiment needs, what it can see with those it has, and how often it sees it."""

import math
from dataclasses import dataclass
from typing import Literal

from scipy import optimize, stats

from mlops_widgets.errors import InputError

Sides = Literal[1, 2]
MOST_ROWS = 1e13
"""Rows beyond which no experiment is planned."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """What a difference is measured against: variances of one row.

    Parameters
    ----------
    null
        Variance of a row if the arms don't differ, which the test assumes.
    control, treatment
        Variance of a row in each arm if they differ as planned.
    student
        Whether the test is Student's t instead of the normal one; the three variances are then the same.
    """

    null: float
    control: float
    treatment: float
    student: bool = False


@dataclass(frozen=True, kw_only=True)
class Design:
    """How an experiment will be judged.

    Parameters
    ----------
    alpha
        Level of the test, 0 to 1.
    sides
        2 tests for a difference either way, 1 only for the better.
    ratio
        Rows of the treatment for each row of the control.
    """

    alpha: float = 0.05
    sides: Sides = 2
    ratio: float = 1.0


def spread_of_shares(share: float, effect: float, *, ratio: float = 1.0) -> Spread:
    """Return the variances of two shares: pooled under the null, each arm's own under the effect (Fleiss 1981, ch. 3).

    Parameters
    ----------
    share
        Share in the control, 0 to 1.
    effect
        Treatment's share less control's.
    ratio
        Rows of the treatment for each row of the control: weighs the pooled share.
    """
    other = share + effect
    pooled = (share + ratio * other) / (1 + ratio)
    return Spread(null=pooled * (1 - pooled), control=share * (1 - share), treatment=other * (1 - other))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is counted or measured on each row of an experiment.

    Parameters
    ----------
    kind
        "share" of rows with the outcome, or "mean" of a number.
    value
        The control's share (0 to 1, ends excluded) or mean.
    deviation
        Standard deviation of a row, for means.
    formula
        Of shares. "score": the difference, its variance pooled under the null and each arm's own else (statsmodels'
        `power_proportions_2indep`). "arcsine": Cohen's h with unit variance (`NormalIndPower` on `proportion_effectsize`).
    """

    kind: Literal["share", "mean"]
    value: float
    deviation: float = 1.0
    formula: Literal["score", "arcsine"] = "score"

    def seen_as(self, effect: float, ratio: float) -> tuple[float, Spread]:
        """Return the size of an effect on the scale of the test, and the variances it is measured against."""
        if self.kind == "mean":
            variance = self.deviation**2
            return effect, Spread(null=variance, control=variance, treatment=variance, student=True)
        if self.formula == "score":
            return effect, spread_of_shares(self.value, effect, ratio=ratio)
        size = 2 * (math.asin(math.sqrt(self.value + effect)) - math.asin(math.sqrt(self.value)))
        return size, Spread(null=1.0, control=1.0, treatment=1.0)

    def drift(self, effect: float, control_rows: float, ratio: float) -> float:
        """Return how many standard errors the effect is away from 0: the expected z."""
        size, spread = self.seen_as(effect, ratio)
        return abs(size) / math.sqrt((spread.control + spread.treatment / ratio) / control_rows)


def power(effect: float, control_rows: float, outcome: Outcome, design: Design) -> float:
    """Return the chance that the test rejects, 0 to 1, given this effect and this many rows in the control.

    Two-sided power counts both tails, as statsmodels does; the wrong one matters only where power is near alpha.

    Examples
    --------
    >>> round(power(0.02, 3841, Outcome(kind="share", value=0.1), Design()), 4)
    0.8
    """
    size, spread = outcome.seen_as(effect, design.ratio)
    if spread.student:
        return _student_power(abs(size) / math.sqrt(spread.null), control_rows, design)
    null = math.sqrt(spread.null * (1 + 1 / design.ratio) / control_rows)
    alternative = math.sqrt((spread.control + spread.treatment / design.ratio) / control_rows)
    critical = float(stats.norm.isf(design.alpha / design.sides)) * null
    if alternative == 0:
        return float(abs(size) > critical)
    found = float(stats.norm.sf((critical - abs(size)) / alternative))
    return found + (float(stats.norm.cdf((-critical - abs(size)) / alternative)) if design.sides == 2 else 0.0)


def _student_power(size: float, control_rows: float, design: Design) -> float:
    """Power of Student's t by the noncentral distribution (Cohen 1988, ch. 2); `size` in standard deviations."""
    freedom = control_rows * (1 + design.ratio) - 2
    if freedom <= 0:
        return 0.0
    shift = size * math.sqrt(control_rows * design.ratio / (1 + design.ratio))
    critical = float(stats.t.isf(design.alpha / design.sides, freedom))
    if freedom > 1e6:  # scipy's noncentral t loses its digits there, and is normal to six of them
        both = float(stats.norm.cdf(-critical - shift)) if design.sides == 2 else 0.0
        return float(stats.norm.sf(critical - shift)) + both
    if shift > 3 * critical + 10:  # so sure that scipy's noncentral t gives up
        return 1.0
    found = float(stats.nct.sf(critical, freedom, shift))
    # The wrong tail holds less than 1e-9 beyond a shift of 6, where scipy may answer NaN.
    return found + (float(stats.nct.cdf(-critical, freedom, shift)) if design.sides == 2 and shift < 6 else 0.0)


def control_rows_for(effect: float, aim: float, outcome: Outcome, design: Design) -> float:
    """Return how many rows the control needs (not rounded) so that the power is `aim`.

    Raises
    ------
    InputError
        If no number of rows up to `MOST_ROWS` does it.

    Examples
    --------
    >>> round(control_rows_for(0.02, 0.8, Outcome(kind="share", value=0.1), Design()), 1)
    3840.8
    """

    def gap(log: float) -> float:
        return power(effect, math.exp(log), outcome, design) - aim

    least = max(2.0, 2 / design.ratio) if outcome.kind == "mean" else 1e-6
    if gap(math.log(MOST_ROWS)) < 0:
        raise InputError(
            f"effect={effect:g} with power={aim:g}: no experiment of up to {MOST_ROWS:.0e} rows can see that. Pass a "
            "larger effect, or less power."
        )
    if gap(math.log(least)) >= 0:
        return least
    return math.exp(float(optimize.brentq(gap, math.log(least), math.log(MOST_ROWS), xtol=1e-12)))


def detectable_effect(
    control_rows: float, aim: float, outcome: Outcome, design: Design, *, most: float
) -> float | None:
    """Return the smallest effect that these rows see with power `aim`, or None where none up to `most` is seen.

    Parameters
    ----------
    control_rows
        Rows in the control.
    aim
        Power, 0 to 1.
    outcome
        What is measured.
    design
        How it is judged.
    most
        Largest effect that is possible, or worth looking at; below 0 for one downward.

    Examples
    --------
    >>> effect = detectable_effect(3841, 0.8, Outcome(kind="share", value=0.1), Design(), most=0.5)
    >>> round(effect, 4)
    0.02
    """

    def gap(effect: float) -> float:
        return power(effect, control_rows, outcome, design) - aim

    if gap(most) < 0:
        return None
    return float(optimize.brentq(gap, 1e-9 * most, most, xtol=1e-14 * abs(most)))
