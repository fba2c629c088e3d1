"""What a reweighted score says, in sentences with a verdict: findings OV-RW-01 to OV-RW-03."""

import math

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import digits_for, known, number
from mlops_widgets.core.words import estimate as written
from mlops_widgets.measures.intervals import Estimate, harm
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.representative.targets import Target
from mlops_widgets.overfitting.representative.weighted_scores import Reweighted
from mlops_widgets.study.study import Study

FEWEST_EFFECTIVE_ROWS = 100
LEAST_EFFECTIVE_SHARE = 0.1
MOST_UNSUPPORTED = 0.05
MOST_IMBALANCE = 0.1


def reasons_against(found: Reweighted, target: Target) -> tuple[str, ...]:
    """Return why the reweighted score can't be trusted, in a word or two each; none where it can."""
    checks = {
        "unsupported": target.unsupported_share > MOST_UNSUPPORTED,
        "few effective rows": (
            found.effective_rows < FEWEST_EFFECTIVE_ROWS or found.effective_share < LEAST_EFFECTIVE_SHARE
        ),
        "heavy tail": found.pareto_k > found.pareto_limit,
        "unbalanced": target.imbalance_after > max(MOST_IMBALANCE, target.imbalance_by_chance),
    }
    return tuple(reason for reason, bad in checks.items() if bad)


def reweighting_findings(study: Study, found: Reweighted, target: Target, *, margin: float) -> tuple[Finding, ...]:
    """Return the verdicts, the reweighted score first."""
    reasons = _in_words(found, target, reasons_against(found, target))
    realised = [] if target.realised is None else [_explained(study, found, target.realised, reasons, margin)]
    return (_score(study, found, target, reasons, margin), *realised, _trust(found, target, reasons))


def _in_words(found: Reweighted, target: Target, reasons: tuple[str, ...]) -> list[str]:
    share, limit = number(target.unsupported_share, "percent"), number(found.pareto_limit)
    words = {
        "unsupported": f"{share} of that mix has hardly a row in the test",
        "few effective rows": f"the weights leave {number(found.effective_rows, 'integer')} effective rows "
        f"({number(found.effective_share, 'percent')})",
        "heavy tail": f"a few rows carry the sum (Pareto k̂ {number(found.pareto_k)}, limit {limit})",
        "unbalanced": "after weighting a column is still off by up to "
        f"{number(target.imbalance_after, 'percent') if math.isfinite(target.imbalance_after) else '–'} of the rows",
    }
    return [words[reason] for reason in reasons]


def _quoted(e: Estimate) -> str:
    return written(e.value, e.lower, e.upper)


def _worse(e: Estimate) -> str:
    """Return a harm in words: ".05 [.03, .07] worse", or better where it is negative."""
    if e.lower == e.upper == 0:
        return "no difference"
    if e.value >= 0:
        return f"{written(e.value, e.lower, e.upper)} worse"
    return f"{written(-e.value, -e.upper, -e.lower)} better"


def _score(study: Study, found: Reweighted, target: Target, reasons: list[str], margin: float) -> Finding:
    label = study.metric.label
    evidence = {"value": found.after.value, "lower": found.after.lower, "upper": found.after.upper,
                "unweighted": found.before.value, "harm": found.harm.value, "harm_lower": found.harm.lower,
                "harm_upper": found.harm.upper, "margin": margin}  # fmt: skip
    if reasons:
        claim = (
            f"What the test would score under {target.words} can't be told from its rows: {reasons[0]}. As it is, it scores "
            f"{label} {_quoted(found.before)}."
        )
        action = "Label rows where the test lacks them: weights only multiply what is there."
        return Finding(code="OV-RW-01", status="not_enough_data", claim=claim, action=action, evidence=evidence)
    verdict = judge(found.harm.lower, found.harm.upper, margin=margin, n=found.after.rows, estimate=found.harm.value)
    claim = (
        f"Under {target.words} the test scores {label} {_quoted(found.after)}, as it is {_quoted(found.before)}: "
        f"{_worse(found.harm)}. {verdict.sentence}"
    )
    action = {
        "failed": f"Promise {_quoted(found.after)}: the test as it is flatters the model by its mix of rows.",
        "passed": "Nothing to do: this mix of rows costs less than the margin.",
        "not_enough_data": "Label more rows of the kind that the weights raise.",
    }[verdict.status]
    return Finding(code="OV-RW-01", status=verdict.status, claim=claim, action=action, evidence=evidence,
                   cost=max(found.harm.value, 0.0), cost_unit=label)  # fmt: skip


def _explained(study: Study, found: Reweighted, realised: Estimate, reasons: list[str], margin: float) -> Finding:
    """Say how much of test → production the mix explains, and what remains."""
    metric = study.metric
    whole, rest = harm(metric, found.before, realised), harm(metric, found.after, realised)
    closer = abs(rest.value) < abs(whole.value)
    evidence = {"realised": realised.value, "gap": whole.value, "explained": found.harm.value, "unexplained": rest.value,
                "lower": rest.lower, "upper": rest.upper, "closer": closer, "margin": margin}  # fmt: skip
    moved = abs(abs(whole.value) - abs(rest.value))
    nearer = (
        f"weighting comes {number(moved, digits=digits_for(rest.lower, rest.upper))} {'closer' if closer else 'less close'}"
        if moved > 0.1 * margin else "weighting hardly moves the promise"
    )  # fmt: skip
    claim = (
        f"Production scored {metric.label} {_quoted(realised)}, {_worse(whole)} than the test; {nearer}, and {_worse(rest)} "
        "remains that the mix of features doesn't explain."
    )
    if reasons:
        return Finding(code="OV-RW-02", status="not_enough_data", claim=f"{claim} The weights can't be trusted, so neither can "
                       "this split.", action="Trust production's own score.", evidence=evidence)  # fmt: skip
    verdict = judge(rest.lower, rest.upper, margin=margin, n=min(realised.rows, found.after.rows), estimate=rest.value)
    status: Status = verdict.status
    action = {
        "failed": "Look for what else changed: outcomes follow from the features otherwise than before, or a feature broke.",
        "passed": "Nothing to do: no loss beyond the margin is left to explain.",
        "not_enough_data": "Wait for more labels of production: what remains can't be told from the margin.",
    }[verdict.status]
    return Finding(code="OV-RW-02", status=status, claim=claim, action=action, evidence=evidence,
                   cost=max(rest.value, 0.0), cost_unit=metric.label)  # fmt: skip


def _trust(found: Reweighted, target: Target, reasons: list[str]) -> Finding:
    evidence = {"effective_rows": found.effective_rows, "effective_share": found.effective_share,
                "unsupported_share": target.unsupported_share, "pareto_k": known(found.pareto_k),
                "pareto_limit": found.pareto_limit, "imbalance_before": known(target.imbalance_before),
                "imbalance_after": known(target.imbalance_after)}  # fmt: skip
    tail = (
        f", Pareto k̂ {number(found.pareto_k)} (limit {number(found.pareto_limit)})"
        if math.isfinite(found.pareto_k)
        else ""
    )
    claim = (
        f"The weights leave {number(found.effective_rows, 'integer')} effective rows "
        f"({number(found.effective_share, 'percent')} of the test's) and {number(target.unsupported_share, 'percent')} of the mix "
        f"without support in the test{tail}."
    )
    if reasons:
        doubt = f"The weighted score of {number(found.after.value)} isn't to be trusted: {'; '.join(reasons)}."
        action = "Don't quote it; label rows where the test lacks them."
        return Finding(code="OV-RW-03", status="warning", claim=f"{doubt} {claim}", action=action, evidence=evidence)
    return Finding(code="OV-RW-03", status="passed", claim=claim, action="Nothing to do.", evidence=evidence)
