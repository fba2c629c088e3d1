"""What explains a change from test to production, in sentences with a verdict: findings OV-EX-01 to OV-EX-05."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import digits_shown, known, number, p_words, worse
from mlops_widgets.core.words import interval as span
from mlops_widgets.measures.change import Part, Split
from mlops_widgets.measures.importance import chance_distance
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.monitoring.change_segments import Segments
from mlops_widgets.overfitting.monitoring.retraining import Retrained, Retraining
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
Evidence = dict[str, float | int | str | bool | None]

_MOST_UNSUPPORTED, _LEAST_EFFECTIVE, _MOST_LEFT = 0.05, 50, 0.15


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlap:
    """Whether the test holds rows like those of production.

    Parameters
    ----------
    effective_rows
        How many equally weighted rows carry as much as the reweighted test.
    unsupported
        Share of production where the test has hardly a row.
    distances, left
        (columns,) how far the columns' shares lie apart before and after reweighting.
    rows, later
        Rows of the test, and of production.
    """

    effective_rows: float
    unsupported: float
    distances: Floats
    left: Floats
    rows: int
    later: int

    @property
    def told(self) -> bool:
        """Whether the two parts can be told apart."""
        return (
            self.unsupported <= _MOST_UNSUPPORTED
            and self.effective_rows >= _LEAST_EFFECTIVE
            and float(self.left.max())
            <= max(_MOST_LEFT, chance_distance(self.effective_rows, self.later, len(self.left)))
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Explained:
    """Everything that the findings are made of; `columns` holds name, part, distance and distance left."""

    study: Study
    margin: float
    split: Split
    overlap: Overlap
    columns: tuple[tuple[str, Part, float, float], ...]
    segments: Segments
    retraining: Retraining | None
    rows: tuple[int, int]

    @property
    def label(self) -> str:
        """The metric's name."""
        return self.study.metric.label


def find(e: Explained) -> tuple[Finding, ...]:
    """Return the findings, the change first."""
    return _change(e), _overlap(e), _columns(e), _segment(e), _retrain(e)


def _worse(part: Part) -> str:
    if not np.isfinite(part.upper - part.lower):
        return f"{number(abs(part.value))} {'worse' if part.value >= 0 else 'better'} (no interval from so few units)"
    return worse(part.value, part.lower, part.upper)


def _change(e: Explained) -> Finding:
    """OV-EX-01: the change, and what of it other rows explain."""
    split, total = e.split, e.split.total
    verdict = judge(total.lower, total.upper, margin=e.margin, n=e.rows[1], estimate=total.value)
    start = f"{e.label} went from {number(split.before)} on the test to {number(split.after)} in production, {_worse(total)}"
    if e.overlap.told:
        parts = f"; rows of another kind make it {_worse(split.mix)}, and {_worse(split.remainder)} remains that the columns don't explain"
    else:
        parts = "; how much of that is other rows and how much another world can't be told, since the test holds too few rows like those of production"
    evidence: Evidence = {
        "harm": total.value, "lower": known(total.lower), "upper": known(total.upper), "covariate": split.mix.value,
        "covariate_lower": known(split.mix.lower), "covariate_upper": known(split.mix.upper),
        "remainder": split.remainder.value, "remainder_lower": known(split.remainder.lower),
        "remainder_upper": known(split.remainder.upper), "margin": e.margin,
    }  # fmt: skip
    return Finding(
        code="OV-EX-01", status=verdict.status, claim=f"{start}{parts}. {_against(e, verdict.status)}", evidence=evidence,
        action=suggest(e)[1], cost=max(total.value, 0.0), cost_unit=e.label,
    )  # fmt: skip


def _against(e: Explained, status: str) -> str:
    limit = number(e.margin)
    if e.split.total.upper < -e.margin:
        return f"It got better by more than the margin of {limit}: there is no loss to explain."
    return {
        "failed": f"The change is beyond the margin of {limit}.",
        "passed": f"The change is within the margin of {limit}: there is no loss to explain.",
    }.get(status, f"Whether the change is beyond the margin of {limit} can't be told yet.")


def _overlap(e: Explained) -> Finding:
    """OV-EX-02: whether the test holds enough rows like those of production to tell the two parts apart."""
    o = e.overlap
    numbers = (
        f"reweighted to production, {o.rows:,} test rows count as {number(o.effective_rows, 'integer')}, "
        f"{number(o.unsupported, 'percent')} of production has hardly a test row like it, and the largest difference of a "
        f"column's shares goes from {number(float(o.distances.max()), 'percent')} to {number(float(o.left.max()), 'percent')}"
    )
    evidence: Evidence = {"effective_rows": o.effective_rows, "unsupported": o.unsupported, "test_rows": o.rows,
                          "distance": float(o.distances.max()), "distance_left": float(o.left.max())}  # fmt: skip
    if o.told:
        return Finding(
            code="OV-EX-02", status="passed", claim=f"Test and production overlap: {numbers}.", evidence=evidence
        )
    return Finding(
        code="OV-EX-02", status="warning", claim=f"Test and production hardly overlap: {numbers}.", evidence=evidence,
        action="Don't quote the two parts. Collect labelled rows of the missing kind, or take a test nearer in time to production.",
    )  # fmt: skip


def _columns(e: Explained) -> Finding:
    """OV-EX-03: whether one column's other mix alone costs something."""
    if not e.columns:
        return Finding(
            code="OV-EX-03", status="not_enough_data", claim=f"{e.label} has no value in any single column's mix."
        )
    name, part, moved, _ = e.columns[0]
    costly = [each for each in e.columns if each[1].lower > 0]
    beyond = part.lower > e.margin
    status: Status = "failed" if beyond else "warning" if costly else "passed"
    claim = (
        f"The mix of {name[:60]!r} alone (its shares moved by {number(moved, 'percent')}) makes {e.label} {_worse(part)}"
        + (f"; {len(costly)} of {len(e.columns)} columns cost something by themselves." if len(costly) > 1 else ".")
        if costly
        else f"No single column's other mix costs {e.label} anything that chance doesn't explain; the most, {name[:60]!r}, is {_worse(part)}."
    )
    action = f"Ask why {name[:60]!r} changed, and collect rows of its new kind." if costly else ""
    evidence: Evidence = {"column": name[:60], "harm": part.value, "lower": known(part.lower), "upper": known(part.upper),
                          "distance": moved, "columns": len(e.columns)}  # fmt: skip
    return Finding(code="OV-EX-03", status=status, claim=claim, evidence=evidence, action=action,
                   cost=max(part.value, 0.0) if costly else None, cost_unit=e.label)  # fmt: skip


def _segment(e: Explained) -> Finding:
    """OV-EX-04: the slice where the remainder is worst, confirmed on rows that didn't choose it."""
    found = e.segments.found
    if not found:
        return Finding(
            code="OV-EX-04", status="not_enough_data", action="Collect more labelled rows of production.",
            claim="No slice has rows enough in both halves of test and production to be compared.",
        )  # fmt: skip
    worst = found[0]
    rise = _worse(Part(value=worst.rise, lower=worst.lower, upper=worst.upper))
    confirmed = sum(each.p_value < 0.05 for each in found)
    searched = f"of {e.segments.searched} slices, {len(found)} taken to the other half"
    if confirmed:
        claim = (
            f"Beyond the mix, rows where {worst.rule} ({worst.rows:,}) lost ground to the other rows from test to production: "
            f"{e.segments.loss} {rise} against theirs ({p_words(worst.p_value)}, {searched})."
        )
    else:
        claim = f"No slice lost ground to the other rows beyond chance ({searched}); the nearest is where {worst.rule}, {rise} ({p_words(worst.p_value)})."
    evidence: Evidence = {"rule": worst.rule, "rise": worst.rise, "lower": known(worst.lower), "upper": known(worst.upper),
                          "p_value": worst.p_value, "slices": e.segments.searched, "confirmed": confirmed}  # fmt: skip
    return Finding(
        code="OV-EX-04", status="warning" if confirmed else "passed", claim=claim, evidence=evidence,
        action=f"Look at production's rows where {worst.rule} first: what decides the outcome there now?" if confirmed else "",
    )  # fmt: skip


def _best(retraining: Retraining) -> Retrained:
    return max(retraining.tried, key=lambda each: each.gain.value)


_WAYS = {"recent": "on the earlier half of production alone", "all": "on all rows up to the middle of production"}


def suggest(e: Explained) -> tuple[str, str]:
    """Return what to do about the model, and why in a sentence: what the lifecycle takes up."""
    total, retraining = e.split.total, e.retraining
    tried = () if retraining is None else retraining.tried
    if tried and retraining is not None:
        best = _best(retraining)
        if all(each.gain.upper < e.margin for each in tried):
            return "keep", _keep(e, best)
        if best.gain.lower > 0:
            return (
                f"retrain_{best.name}",
                f"Retrain {_WAYS[best.name]}: on later rows that gained {_gain(best)}. Compare it in a test before a switch.",
            )
    if total.upper < e.margin:
        better = e.split.total.upper < -e.margin
        return "keep", f"Keep the model: {'it got better' if better else 'the change is within the margin'}."
    if e.overlap.told and e.split.mix.lower > 0 and e.split.mix.value > e.split.remainder.value:
        return (
            "collect",
            "Collect labelled rows of the kinds that production now holds, weight the test to production's mix, and refit on both.",
        )
    if e.overlap.told and e.split.remainder.lower > 0:
        return (
            "retrain_recent",
            "What decides the outcome seems to have changed: refit on recent rows, and compare it with the model of today before a switch.",
        )
    return "wait", "Wait for more labels: neither the cause of the change nor the gain of a refit can be told yet."


def _keep(e: Explained, best: Retrained) -> str:
    lost = e.split.total.lower > e.margin
    if lost:
        start, end = "Retraining wouldn't repair the loss", "look at what the columns don't hold, or at the label"
    else:
        start, end = "Retraining wouldn't gain enough to matter", "keep the model"
    return f"{start}: the better of two refits gained {_gain(best)} on later rows, within the margin of {number(e.margin)}; {end}."


def _gain(each: Retrained) -> str:
    gain = each.gain
    digits = digits_shown(gain.value, gain.lower, gain.upper)
    return f"{number(gain.value, digits=digits)} {span(gain.lower, gain.upper, digits=digits)}"


def _retrain(e: Explained) -> Finding:
    """OV-EX-05: what a refit gains on rows after it."""
    retraining = e.retraining
    if retraining is None:
        return Finding(
            code="OV-EX-05", status="not_run", claim="No refit was tried (retrain=False).", action=suggest(e)[1]
        )
    if not retraining.tried:
        return Finding(
            code="OV-EX-05", status="not_applicable", claim=f"What retraining would gain wasn't measured: {retraining.why_not}.",
            action="Pass an estimator as model= with its training rows as reference=, and more labelled production.",
        )  # fmt: skip
    best = _best(retraining)
    helps, hopeless = best.gain.lower > 0, all(each.gain.upper < e.margin for each in retraining.tried)
    matters = best.gain.lower > e.margin
    status: Status = "failed" if matters else "passed" if hopeless else "warning" if helps else "not_enough_data"
    gains = " and ".join(f"{_gain(each)} {_WAYS[each.name]} ({each.rows:,} rows)" for each in retraining.tried)
    if hopeless:
        verdict = f"Neither gains the margin of {number(e.margin)}: retraining wouldn't help enough to matter."
    elif helps:
        verdict = "Retraining helps."
    else:
        verdict = (
            f"Whether either gains the margin of {number(e.margin)} can't be told from {retraining.test_rows:,} rows."
        )
    verdict += _newness(retraining, e.margin) if helps else ""
    newness = retraining.newness
    evidence: Evidence = {"gain": best.gain.value, "lower": known(best.gain.lower), "upper": known(best.gain.upper),
                          "refit": best.name, "rows": best.rows, "test_rows": retraining.test_rows, "margin": e.margin,
                          "newness": None if newness is None else newness.value}  # fmt: skip
    return Finding(
        code="OV-EX-05", status=status, claim=f"Refitted, the model gains {gains} on the later half of production. {verdict}",
        evidence=evidence, action=suggest(e)[1], cost=max(best.gain.value, 0.0) if helps and not hopeless else None, cost_unit=e.label,
    )  # fmt: skip


def _newness(retraining: Retraining, margin: float) -> str:
    """Return whether a gain comes from newer rows or from more of them, by the control."""
    older, newness = retraining.older, retraining.newness
    if older is None or newness is None:
        return " Too few older rows are there to tell whether a gain comes from newer rows or from more of them."
    worth = f" As many rows from before production gain {_gain(older)}"
    if newness.lower > 0:
        return f"{worth}: recent rows are better for being recent."
    if newness.upper < margin:
        return f"{worth}: that rows are recent is worth no {number(margin)}; a gain would come from more rows."
    return f"{worth}: whether newer rows are worth more than older ones can't be told."
