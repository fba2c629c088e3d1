"""What an estimate without labels says, and what arrived labels say of it: findings OV-EL-01 to OV-EL-06."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import digits_shown, known, number
from mlops_widgets.core.words import estimate as written
from mlops_widgets.measures.intervals import Estimate, harm
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.monitoring.refutation import Check, Refutation
from mlops_widgets.study.study import Study


@dataclass(frozen=True, kw_only=True)
class Learned:
    """How good what was learned on the test is.

    Parameters
    ----------
    recalibrated
        Whether the model's own probabilities were replaced; None where there were none, and in regression.
    before, after
        Expected calibration error of the model's own and of recalibrated probabilities on held-out rows; NaN untried.
    explained_share
        In regression: the share of the losses' variance that the loss model explains on unseen rows; NaN otherwise.
    """

    recalibrated: bool | None
    before: float = float("nan")
    after: float = float("nan")
    explained_share: float = float("nan")


def refutation_finding(metric: Metric, found: Refutation, margin: float, *, chunks: int) -> Finding:
    """Return OV-EL-01: whether labels that have arrived refute the estimate."""
    whole = found.whole
    if whole is None:
        return _untested(metric, found, chunks=chunks)
    worst = max((abs(c.error) for c in (*found.checks.values(), whole) if c.refuted), default=0.0)
    off = abs(whole.error)
    status: Status
    if found.refutes:
        status, sentence = ("failed", "") if worst > margin else ("warning", _small_error(margin))
    else:
        verdict = judge(off - whole.reach, off + whole.reach, margin=margin, n=whole.rows, estimate=off)
        status = "passed" if verdict.status == "passed" else "not_enough_data"
        sentence = (
            f" An error beyond the margin of {number(margin)} would have shown."
            if status == "passed"
            else f" But these labels couldn't rule out an error beyond the margin of {number(margin)}."
        )
    claim = f"{_counted(found)}: {_both(metric, found, whole)}{sentence}"
    return Finding(
        code="OV-EL-01", status=status, claim=claim, action=_REFUTED_ACTIONS[status], cost=max(off, worst),
        cost_unit=metric.label, evidence=_evidence(found, whole, margin),
    )  # fmt: skip


def _small_error(margin: float) -> str:
    return f" The error is real, but no larger than the margin of {number(margin)}."


def _evidence(found: Refutation, whole: Check, margin: float) -> dict[str, float | int | str | bool | None]:
    return {
        "refuted_chunks": found.refuted, "tested_chunks": len(found.checks), "whole_refuted": whole.refuted,
        "estimate": whole.estimate, "lower": whole.lower, "upper": whole.upper, "realised": whole.realised,
        "margin": margin, "level": found.level,
    }  # fmt: skip


def _counted(found: Refutation) -> str:
    tested = len(found.checks)
    if not tested:
        return f"{'Refuted' if found.refutes else 'Not refuted'} by production as a whole, whose chunks have few labels each"
    if found.refuted:
        return f"Refuted by {found.refuted} of {tested} {_chunks(tested)} whose labels have arrived"
    if found.refutes:
        return f"Refuted by production as a whole, though by none of its {tested} {_chunks(tested)} alone"
    return f"Not refuted by {'any of ' if tested > 1 else ''}the {tested} {_chunks(tested)} whose labels have arrived"


def _chunks(count: int) -> str:
    return "chunk" if count == 1 else "chunks"


def _both(metric: Metric, found: Refutation, whole: Check) -> str:
    """Return both numbers of all mature rows; of the worst chunk, where chunks alone refute."""
    where = "there"
    if found.refuted and not whole.refuted:
        where = "in the worst" if found.refuted > 1 else "in it"
        whole = max((check for check in found.checks.values() if check.refuted), key=lambda check: abs(check.error))
    error = written(whole.error, whole.error - whole.reach, whole.error + whole.reach)
    digits = digits_shown(whole.error, whole.error - whole.reach, whole.error + whole.reach)
    estimated, known = (number(value, digits=digits) for value in (whole.estimate, whole.realised))
    return f"{metric.label} is estimated at {estimated} {where}, and is {known} by the labels: an error of {error}."


def _untested(metric: Metric, found: Refutation, *, chunks: int) -> Finding:
    why = "still lack labels" if found.immature else "have too few labels"
    also = f" and {found.small} have too few" if found.immature and found.small else ""
    which = f"{found.immature or found.small} of the {chunks}" if chunks > 1 else "the only one"
    claim = (
        f"Untested: no chunk of production has labels to test the estimate of {metric.label} with ({which} {why}{also}). "
        "It holds only if the outcome still follows from the model's answers as it did in the test."
    )
    return Finding(code="OV-EL-01", status="not_enough_data", claim=claim, action=_REFUTED_ACTIONS["not_run"])


_REFUTED_ACTIONS: Mapping[Status, str] = {
    "failed": "Don't act on the estimate: what the model's answers mean has changed. Measure with labels, sample some "
    "early where they come late, and find the chunk where it began.",
    "warning": "Use the estimate for large changes only, and calibrate it again on the latest rows with labels.",
    "passed": "Use the estimate for chunks whose labels are still to come, and repeat this check as they arrive.",
    "not_enough_data": "Use the estimate with its interval, and repeat this check when more labels have arrived.",
    "not_run": "Get labels of a random sample of production, or say by label_delay_days= when labels are complete; until "
    "then nothing backs the estimate.",
}


def estimate_finding(metric: Metric, test: Estimate, whole: Estimate, margin: float, found: Refutation) -> Finding:
    """Return OV-EL-02: what the estimate says production keeps of the test's score."""
    lost = harm(metric, test, whole)
    verdict = judge(lost.lower, lost.upper, margin=margin, n=whole.rows, estimate=lost.value)
    said = written(whole.value, whole.lower, whole.upper)
    claim = (
        f"Without labels, {metric.label} of production would be {said}, after {written(test.value, test.lower, test.upper)} "
        f"in the test: {_ESTIMATED[verdict.status].format(margin=number(margin))}"
    )
    status: Status = verdict.status
    action = _ESTIMATE_ACTIONS[status]
    if found.refutes:
        status, claim = "warning", f"{claim} The labels refute it."
        action = "Read this beside the finding before it: it shows what monitoring without labels would have told you."
    return Finding(
        code="OV-EL-02", status=status, claim=claim, action=action, cost=max(lost.value, 0.0), cost_unit=metric.label,
        evidence={"harm": lost.value, "lower": lost.lower, "upper": lost.upper, "margin": margin},
    )  # fmt: skip


_ESTIMATED = {
    "failed": "a loss beyond the margin of {margin}.",
    "passed": "no loss beyond the margin of {margin}.",
    "not_enough_data": "too wide to tell at a margin of {margin}.",
}
_ESTIMATE_ACTIONS: Mapping[Status, str] = {
    "failed": "The rows have become harder for this model: see which features moved before you retrain.",
    "passed": "Nothing in the rows themselves says that the model got worse; whether outcomes changed, only labels tell.",
    "not_enough_data": "Calibrate on a larger test, or wait for more rows.",
}


def alert_finding(
    metric: Metric, labels: list[str], *, cleared: int, chunks: int, margin: float, found: Refutation
) -> Finding:
    """Return OV-EL-03: chunks whose estimate is worse than the test by more than the margin."""
    which = f" ({', '.join(labels[:4])}{' …' if len(labels) > 4 else ''})" if labels else ""
    unclear = chunks - cleared - len(labels)
    rest = [f"in {cleared} it surely isn't"] * (cleared > 0) + [f"in {unclear} that can't be told"] * (unclear > 0)
    claim = (
        f"By the estimate, {metric.label} is worse than in the test by more than {number(margin)} in {len(labels)} of "
        f"{chunks} {_chunks(chunks)}{which}{'; ' if rest else ''}{', '.join(rest)}."
    )
    status: Status = "failed" if labels else "passed" if cleared == chunks else "not_enough_data"
    action = "Look at these chunks' rows first." if labels else "Keep the alert, and keep testing it against labels."
    if found.refutes:
        status = "warning"
        action = "Alerts rest on an estimate that labels refute: neither an alert nor its absence counts."
    return Finding(code="OV-EL-03", status=status, claim=claim, action=action,
                   evidence={"alerts": len(labels), "chunks": chunks, "margin": margin})  # fmt: skip


_WORTH_IT = 2
"""How many times smaller calibration must make the error for the model's own probabilities to be worth a warning."""


def learned_finding(metric: Metric, learned: Learned) -> Finding:
    """Return OV-EL-04: how good the calibration, or the model of the losses, is on rows of the test that it didn't see."""
    if learned.recalibrated is None and not np.isnan(learned.explained_share):
        return _loss_finding(metric, learned)
    evidence = {"before": known(learned.before), "after": known(learned.after)}
    if learned.recalibrated is None:
        claim = "The model gives no probabilities: the test tells how often each score, or predicted class, is right."
        status: Status = "passed"
    elif learned.recalibrated:
        claim = (
            f"The model's probabilities are off by {number(learned.before, digits=3)} on average, calibrated on the test "
            f"by {number(learned.after, digits=3)} (rows held out); the estimate uses the latter."
        )
        status = "warning" if learned.before > _WORTH_IT * learned.after else "passed"
    else:
        claim, status = (
            "The model's own probabilities are used: calibrating them gains nothing on held-out rows.",
            "passed",
        )
    action = "Calibrate the model itself where its probabilities decide anything." if status == "warning" else ""
    return Finding(code="OV-EL-04", status=status, claim=claim, action=action, evidence=evidence)


def _loss_finding(metric: Metric, learned: Learned) -> Finding:
    share = learned.explained_share
    if share > 0:
        claim = (
            f"The model of the errors behind {metric.label} explains {number(share, 'percent')} of their variance on unseen "
            "rows of the test."
        )
        return Finding(code="OV-EL-04", status="passed", claim=claim, evidence={"explained_share": share})
    claim = (
        f"The features don't tell where errors are large (the model of the errors behind {metric.label} explains nothing "
        "on unseen rows of the test), so the estimate hardly moves from the test's value."
    )
    action = "Don't expect this estimate to notice anything; measure with labels."
    return Finding(code="OV-EL-04", status="warning", claim=claim, action=action, evidence={"explained_share": share})


def left_out_findings(study: Study, metric: Metric, found: Refutation, *, chunks: int) -> list[Finding]:
    """Return OV-EL-05 where the study's own metric can't be estimated, and OV-EL-06 where chunks weren't tested."""
    findings = []
    if metric.name != study.metric.name and study.metric.whole_weights:
        claim = (
            f"{study.metric.label} can't be estimated without labels, since it takes no row weights; {metric.label} stands "
            "for it."
        )
        findings.append(Finding(code="OV-EL-05", status="not_applicable", claim=claim, action=_OWN_ACTION))
    elif metric.name != study.metric.name and study.task == "regression":
        claim = f"{study.metric.label} is no mean of losses, so it can't be estimated; {metric.label} stands for it."
        findings.append(Finding(code="OV-EL-05", status="not_applicable", claim=claim, action=_MEAN_ACTION))
    left = [f"{found.immature} still lack labels"] * (found.immature > 0)
    left += [f"{found.small} have too few"] * (found.small > 0)
    if left and found.checks:
        claim = f"Left out of the check: of {chunks} chunks {' and '.join(left)}. Labels that come early are no fair sample."
        findings.append(Finding(code="OV-EL-06", status="not_run", claim=claim, action=_WAIT_ACTION))
    return findings


_OWN_ACTION = "Give the function an argument sample_weight, and it is estimated too."
_MEAN_ACTION = "Pass metric='rmse', 'mae', 'mse' or 'mape' to estimate the metric that counts."
_WAIT_ACTION = "Repeat the check when they have; label_delay_days= says after how long a label won't come any more."
