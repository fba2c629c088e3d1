"""What the stages of a model's life say, in sentences with a verdict: findings OV-LG-01 to OV-LG-04."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import interval as span
from mlops_widgets.core.words import number
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.verdicts import Verdict, judge
from mlops_widgets.overfitting.stages import Stages, Step, Timeline
from mlops_widgets.study.study import Study


def _called(name: str) -> str:
    """Return a stage's name inside a sentence."""
    words = {"train": "the rows it learned from", "out_of_fold": "unseen folds", "production": "production",
             "test": "the test"}  # fmt: skip
    return words.get(name, f"the test {name!r}")


def _find(chain: tuple[Step, ...], name: str, before: tuple[str, ...]) -> Step | None:
    return next((step for step in chain if step.name == name and step.before in before), None)


def _quoted(e: Estimate) -> str:
    return written(e.value, e.lower, e.upper)


def _worse(step: Step | Estimate) -> str:
    """Return the harm in words: ".05 worse [.03, .07]", or better where it is negative."""
    harm = step.harm if isinstance(step, Step) else step.value
    word = "worse" if harm >= 0 else "better"
    lower, upper = (step.lower, step.upper) if harm >= 0 else (-step.upper, -step.lower)
    return f"{written(abs(harm), lower, upper).split(' ')[0]} {word} {span(lower, upper)}".rstrip()


def _against(verdict: Verdict, margin: float, needed: str) -> str:
    """Return the verdict in words; `needed` says how many rows are missing, where they are what is missing."""
    limit = number(margin)
    return {
        "beyond_margin": f"That is beyond the margin of {limit}.",
        "within_margin": f"That is within the margin of {limit}.",
        "near_margin": f"The interval straddles the margin of {limit}, narrow as it is; more rows settle it only slowly.",
        "too_wide": f"Too few rows to tell at a margin of {limit}: {needed} would do.",
        "no_interval": f"Too few rows to give an interval, so nothing can be said about a margin of {limit}.",
    }[verdict.reason]


def _missing_rows(margin: float, before: Estimate, after: Estimate, names: tuple[str, str], *, falls: bool) -> str:
    """Return how many rows make the interval of the difference as narrow as the margin.

    The squares of the half widths add up; the wider sample is the one to enlarge, if the other alone is narrow enough.
    Of a lopsided interval the longer side counts, as in `judge`. `falls` says whether a lower value is the worse one.
    """
    down = [e.value - e.lower for e in (before, after)]
    up = [e.upper - e.value for e in (before, after)]
    sides = ((down[0], up[1]), (up[0], down[1])) if falls else ((up[0], down[1]), (down[0], up[1]))
    half = max(sides, key=lambda side: float(np.hypot(*side)))
    wide = int(half[1] > half[0])
    rows, other = (before, after)[wide].rows, half[1 - wide]
    if other >= margin:
        return f"about {float(np.hypot(*half)) ** 2 / margin**2:.1f} times as many on both sides"
    needed = rows * half[wide] ** 2 / (margin**2 - other**2)
    return f"about {float(f'{needed:.2g}'):,.0f} rows of {names[wide]} (it has {rows:,})"


def _evidence(step: Step, margin: float, verdict: Verdict) -> dict[str, float | int | None]:
    return {
        "harm": step.harm,
        "lower": step.lower,
        "upper": step.upper,
        "margin": margin,
        "needed_rows": verdict.needed,
    }


_LIVE_ACTIONS: Mapping[Status, str] = {
    "failed": "Report the production score instead of the test score, and find the chunk where it broke before you retrain.",
    "passed": "Keep measuring: put this comparison on a calendar, with the same margin.",
    "not_enough_data": "Wait for more labels before you promise either number; until then quote both intervals.",
}


def live_finding(study: Study, stages: Stages, chain: tuple[Step, ...], margin: float) -> Finding:
    """Return OV-LG-01: what production keeps of the offline score."""
    step = _find(chain, "live", (stages.offline or "", "out_of_fold"))
    if step is None:
        return _no_live_finding(study, stages)
    before, after = stages.estimates[step.before], stages.estimates[step.after]
    verdict = judge(step.lower, step.upper, margin=margin, n=after.rows, estimate=step.harm)
    names = (_called(step.before), "production")
    needed = _missing_rows(margin, before, after, names, falls=study.metric.greater_is_better)
    claim = (
        f"{study.metric.label} was {_quoted(before)} on {_called(step.before)} and {_quoted(after)} in production: "
        f"{_worse(step)}. {_against(verdict, margin, needed)}"
    )
    cost, unit = _cost(study, stages, step)
    return Finding(code="OV-LG-01", status=verdict.status, claim=claim, action=_LIVE_ACTIONS[verdict.status], cost=cost,
                   cost_unit=unit, evidence=_evidence(step, margin, verdict))  # fmt: skip


def _cost(study: Study, stages: Stages, step: Step) -> tuple[float, str]:
    """Return what the gap costs: in the user's values over production's rows where these are known, else the harm."""
    harm = max(step.harm, 0.0), study.metric.label
    if study.values is None or stages.offline is None or stages.later is None:
        return harm
    try:
        worth = [study.row_values(rows.table)[rows.rows] for rows in (stages.first, stages.later)]
    except MissingInputError:  # nothing says how the model decided
        return harm
    test, live = (float(each[~np.isnan(each)].mean()) if not np.isnan(each).all() else np.nan for each in worth)
    return harm if np.isnan(live - test) else (max(test - live, 0.0) * stages.later.n, "value over production's rows")


def _no_live_finding(study: Study, stages: Stages) -> Finding:
    side = "production" if stages.later is None else next(iter(study.tests), "")
    problem = stages.problems.get(side)
    missing = problem.missing if problem else "production table" if stages.later is None else "offline score"
    remedy = problem.remedy if problem else {
        "production table": "Pass later rows with their outcome as production=, or data= with split= and time=.",
        "offline score": "Pass the rows that the offline score was measured on as test=.",
    }[missing]  # fmt: skip
    name = stages.promise
    claim = (
        f"{study.metric.label} is {_quoted(stages.estimates[name])} on {_called(name)}; what production keeps of an "
        f"offline score can't be measured: no {missing}."
    )
    return Finding(code="OV-LG-01", status="not_applicable", claim=claim, action=remedy)


_OFFLINE_ACTIONS: Mapping[Status, str] = {
    "warning": "Find out why the test is easier than cross-validation: leaks, picked rows, or many looks at it.",
    "failed": "Find out what changed between the training rows and the test: time, source, or a tuning choice.",
    "passed": "Quote the cross-validated score; the test confirms it.",
    "not_enough_data": "Quote the cross-validated score with its interval; this test is too small to confirm it.",
}


def offline_finding(study: Study, stages: Stages, chain: tuple[Step, ...], margin: float) -> list[Finding]:
    """Return OV-LG-02: whether the test agrees with unseen folds; nothing without both."""
    step = _find(chain, "offline", ("out_of_fold",))
    if step is None:
        return []
    before, after = stages.estimates[step.before], stages.estimates[step.after]
    verdict = judge(step.lower, step.upper, margin=margin, n=after.rows, estimate=step.harm)
    flatters = judge(-step.upper, -step.lower, margin=margin, n=after.rows).status == "failed"
    status: Status = "warning" if flatters else verdict.status
    names = ("the training table", _called(step.after))
    needed = _missing_rows(margin, before, after, names, falls=study.metric.greater_is_better)
    claim = f"Cross-validation says {_quoted(before)}, {_called(step.after)} {_quoted(after)}: {_worse(step)}. " + (
        f"The test flatters the model by more than the margin of {number(margin)}."
        if flatters
        else _against(verdict, margin, needed)
    )
    cost = max(-step.harm if flatters else step.harm, 0.0)
    return [Finding(code="OV-LG-02", status=status, claim=claim, action=_OFFLINE_ACTIONS[status], cost=cost,
                    cost_unit=study.metric.label, evidence=_evidence(step, margin, verdict))]  # fmt: skip


def timeline_finding(
    label: str, stages: Stages, timeline: Timeline, margin: float, chain: tuple[Step, ...]
) -> list[Finding]:
    """Judge every chunk at once: failed if one lies beyond the margin; else as production as a whole, and say its power."""
    harms, live = timeline.harms, _find(chain, "live", (stages.offline or "",))
    if len(harms) < 2 or stages.offline is None or live is None:
        return []
    beyond = sum(h.lower > margin for h in harms)
    whole = judge(live.lower, live.upper, margin=margin, n=1).status
    status: Status = "failed" if beyond else "passed" if whole == "passed" else "not_enough_data"
    measured = [label for label, e in zip(timeline.labels, timeline.estimates, strict=True) if e is not None]
    worst = int(np.argmax([h.value for h in harms]))
    visible = float(np.median([(h.upper - h.lower) / 2 for h in harms])) + margin
    kind = timeline.by if timeline.by != "rows" else "stretch of rows"
    counted = f"{beyond} of {len(harms)} chunks of production (by {kind})"
    claim = (
        f"{counted} fall more than {number(margin)} below {_called(stages.offline)}; the worst, {measured[worst]}, is "
        f"{_worse(harms[worst])}."
        if beyond
        else f"{counted} are shown to fall more than {number(margin)} below {_called(stages.offline)}; one would have to "
        f"lose about {number(visible)} to be seen. The worst, {measured[worst]}, is {_worse(harms[worst])}."
    )
    evidence = {"chunks": len(harms), "beyond_margin": beyond, "worst_harm": harms[worst].value, "visible_harm": visible,
                "worst_lower": harms[worst].lower, "worst_upper": harms[worst].upper, "margin": margin}  # fmt: skip
    return [Finding(code="OV-LG-03", status=status, claim=claim, action=_timeline_action(status, measured[worst]),
                    cost=max(harms[worst].lower, 0.0), cost_unit=label, evidence=evidence)]  # fmt: skip


def _timeline_action(status: Status, worst: str) -> str:
    if status == "failed":
        return f"Look at {worst} first: what changed in the data, the label or the decisions then?"
    if status == "passed":
        return "Nothing to do; look again when the next chunk is complete."
    return "Use longer chunks or wait: single chunks are too small to judge at this margin."


def expected_finding(study: Study, stages: Stages) -> list[Finding]:
    """Reproduce the score that the user expects on the test, to the decimals in which they stated it."""
    if study.expected is None or stages.offline is None:
        return []
    found = stages.estimates[stages.offline].value
    decimals = _stated_decimals(study.expected, at_least=0 if study.metric.relative_margin else 2)
    same = abs(found - study.expected) <= 0.5 * 10.0**-decimals + 1e-12
    train = stages.estimates.get("train")
    memorised = train is not None and not same and train.lower <= study.expected <= train.upper
    digits = max(decimals, 2)
    claim = (
        f"You expect {study.metric.label} {number(study.expected, digits=digits)}; on {_called(stages.offline)} the "
        + (
            f"model scores {number(found, digits=digits)}"
            + (
                ": reproduced."
                if same
                else " (what you expect is its score on the rows it learned from)."
                if memorised
                else "."
            )
        )
    )
    action = (
        "" if same else "Settle this first: compare rows, label and metric with those behind the number you expect."
    )
    return [Finding(code="OV-LG-04", status="passed" if same else "failed", claim=claim, action=action,
                    cost=0.0 if same else max(float(study.metric.gain(study.expected, found)), 0.0),
                    cost_unit=study.metric.label, evidence={"expected": study.expected, "found": found})]  # fmt: skip


def _stated_decimals(expected: float, *, at_least: int) -> int:
    """Return to how many decimals a score was stated; 0.8 of a metric between 0 and 1 was surely meant as 0.80."""
    exponent = Decimal(repr(float(expected))).normalize().as_tuple().exponent
    return max(-int(exponent), at_least)
