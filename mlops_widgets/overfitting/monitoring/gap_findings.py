"""What the stages of a model's life say, in sentences with a verdict: findings OV-LG-01 to OV-LG-04."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import digits_for, digits_shown, number, rounded, worse
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import interval as span
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.verdicts import Verdict, judge
from mlops_widgets.study.over_time.chunk_scores import FEWEST_EVENTS, Timeline
from mlops_widgets.study.over_time.stages import Stages, Step
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


def _pair(before: Estimate, after: Estimate, harm: Step | Estimate) -> tuple[str, str, str]:
    """Return two scores and the harm between them, with decimals enough that a reader who subtracts gets the harm."""
    lost = harm.harm if isinstance(harm, Step) else harm.value
    fewest = digits_shown(lost, harm.lower, harm.upper)
    least = max(fewest, *(digits_for(e.lower, e.upper) for e in (before, after)))
    for digits in range(least, least + 4):
        apart = abs(rounded(before.value, digits) - rounded(after.value, digits))
        fits = [d for d in (fewest, digits) if number(apart, digits=d) == number(abs(lost), digits=d)]
        if fits:
            break
    one, two = (
        f"{number(e.value, digits=digits)} {span(e.lower, e.upper, digits=digits)}".rstrip() for e in (before, after)
    )
    return one, two, _worse(harm, fits[0] if fits else fewest)


def _scores(step: Step, stages: Stages) -> tuple[str, str, str]:
    """Return the two scores of a step and its harm, written to fit each other."""
    return _pair(stages.estimates[step.before], stages.estimates[step.after], step)


def _worse(step: Step | Estimate, digits: int | None = None) -> str:
    """Return the harm in words: ".05 worse [.03, .07]", or better where it is negative."""
    harm = step.harm if isinstance(step, Step) else step.value
    return worse(harm, step.lower, step.upper, digits=digits)


def _judged(study: Study, stages: Stages, step: Step, margin: float) -> tuple[Status, str, Verdict]:
    """Return status and sentence of a step, and the verdict of its interval alone, which a metric may not support."""
    metric, before, after = study.metric, stages.estimates[step.before], stages.estimates[step.after]
    verdict = judge(step.lower, step.upper, margin=margin, n=after.rows, estimate=step.harm)
    worthless = not metric.is_skill(after.value), not metric.is_skill(before.value)
    if worthless[0] and (verdict.status == "passed" or (worthless[1] and verdict.status != "failed")):
        where = "either" if worthless[1] else _called(step.after)
        return "warning", f"A score of {number(after.value)} shows no skill on {where}, whatever the margin.", verdict
    if metric.biased_small:
        return _judged_with_bias(study, before, after, verdict, _against(study, stages, step, margin, verdict))
    return verdict.status, _against(study, stages, step, margin, verdict), verdict


def _judged_with_bias(
    study: Study, before: Estimate, after: Estimate, verdict: Verdict, sentence: str
) -> tuple[Status, str, Verdict]:
    """Withhold a verdict that the bias of the smaller sample may have made."""
    caution = f"{study.metric.label} is biased upward on few rows; compare it at equal sizes."
    doubtful = {"passed": _inflated(after, before), "failed": _inflated(before, after)}
    if not doubtful.get(verdict.status, False):
        return verdict.status, f"{sentence} {caution}", verdict
    return (
        "not_enough_data",
        f"No verdict on {before.events:,} against {after.events:,} {_deciding(study)}: {caution}",
        verdict,
    )


def _inflated(one: Estimate, other: Estimate) -> bool:
    """Say whether `one` rests on so much less than `other` that its bias upward may matter."""
    return other.events > 2 * one.events


def _against(study: Study, stages: Stages, step: Step, margin: float, verdict: Verdict) -> str:
    """Return the verdict in words, with the rows that are missing where these are what is missing."""
    limit = number(margin)
    before, after = stages.estimates[step.before], stages.estimates[step.after]
    events = min(before.events, after.events)
    if verdict.reason in {"too_wide", "no_interval"} and events < FEWEST_EVENTS:
        return f"Too few {_deciding(study)} ({events}) to tell at a margin of {limit}."
    if verdict.reason == "too_wide":
        names = _table_called(step.before), _table_called(step.after)
        needed = _missing_rows(margin, before, after, names, falls=study.metric.greater_is_better)
        return f"Too few rows to tell at a margin of {limit}: {needed} would make the interval as narrow as that."
    if step.upper < -margin:
        return f"That is no loss: it is better by more than the margin of {limit}."
    return {
        "beyond_margin": f"That is beyond the margin of {limit}.",
        "within_margin": f"That is within the margin of {limit}.",
        "near_margin": f"The interval straddles the margin of {limit}, narrow as it is; more rows settle it only slowly.",
        "no_interval": f"Too few rows to give an interval, so nothing can be said about a margin of {limit}.",
    }[verdict.reason]


def _deciding(study: Study) -> str:
    """Return what an estimate's events are: rows, or units that hold such rows."""
    rows = study.metric.decided_by
    if study.unit == "row":
        return rows
    units = _units(study)
    return units if rows == "rows" else f"{units} with {rows}"


def _units(study: Study) -> str:
    if study.unit == "time block" and study.block is not None:
        return {"day": "days", "hour": "hours"}.get(study.block[0], f"stretches of {study.block[0]}")
    return f"entities ({study.roles.entity})" if study.unit == "entity" else "rows"


def _table_called(name: str) -> str:
    return "the training table" if name in {"train", "out_of_fold"} else _called(name)


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
        times = float(f"{float(np.hypot(*half)) ** 2 / margin**2:.3g}")
        return f"about {times:,.{int(times < 3)}f} times as many rows in both"
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


_NO_SKILL = (
    "Look at what the model answers first, and at decision_threshold: a margin judges a model that has some skill."
)
_LIVE_ACTIONS: Mapping[Status, str] = {
    "warning": _NO_SKILL,
    "failed": "Report the production score instead of the test score, and find the chunk where it broke before you retrain.",
    "passed": "Keep measuring: put this comparison on a calendar, with the same margin.",
    "not_enough_data": "Wait for more labels before you promise either number; until then quote both intervals.",
}


def live_finding(study: Study, stages: Stages, chain: tuple[Step, ...], margin: float) -> Finding:
    """Return OV-LG-01: what production keeps of the offline score."""
    step = _find(chain, "live", (stages.offline or "", "out_of_fold"))
    if step is None:
        return _no_live_finding(study, stages)
    status, sentence, verdict = _judged(study, stages, step, margin)
    before, after, lost = _scores(step, stages)
    claim = f"{study.metric.label} was {before} on {_called(step.before)} and {after} in production: {lost}. {sentence}"
    cost, unit = _cost(study, stages, step)
    return Finding(code="OV-LG-01", status=status, claim=claim, action=_LIVE_ACTIONS[status], cost=cost,
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
    problem = stages.problems.get(_missing_side(study, stages))
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


def _missing_side(study: Study, stages: Stages) -> str:
    return "production" if stages.later is None else next(iter(study.tests), "")


def missing_findings(study: Study, stages: Stages, chain: tuple[Step, ...]) -> list[Finding]:
    """Return OV-LG-05 where a refit raised, and OV-LG-06 for other stages without a score that OV-LG-01 doesn't name."""
    found = []
    if stages.refit_error is not None:
        claim = f"Out-of-fold wasn't measured, since a refit failed: {stages.refit_error.claim}"
        found.append(Finding(code="OV-LG-05", status="not_run", claim=claim, action=_REFIT_ACTION))
    live = _find(chain, "live", (stages.offline or "", "out_of_fold"))
    named = {_missing_side(study, stages)} if live is None else set()
    problems = {name: problem for name, problem in stages.problems.items() if name not in named}
    if problems:
        left_out = "; ".join(f"{_called(name)} (no {problem.missing})" for name, problem in problems.items())
        remedy = " ".join(dict.fromkeys(problem.remedy for problem in problems.values()))
        claim = f"Left out, since no score can be measured there: {left_out}."
        found.append(Finding(code="OV-LG-06", status="not_applicable", claim=claim, action=remedy))
    return found


_REFIT_ACTION = (
    "Pass a model whose clone can be fitted on rows alone: try sklearn.base.clone(model).fit(X, y). Test and production "
    "need no refit and are measured."
)
_OFFLINE_ACTIONS: Mapping[Status, str] = {
    "warning": "Find out why the test is easier than unseen folds: leaks, picked rows, or many looks at it.",
    "failed": "Find out what changed between the training rows and the test: time, source, or a tuning choice.",
    "passed": "Quote the out-of-fold score; the test confirms it.",
    "not_enough_data": "Quote the out-of-fold score with its interval; this test is too small to confirm it.",
}


def offline_finding(study: Study, stages: Stages, chain: tuple[Step, ...], margin: float) -> list[Finding]:
    """Return OV-LG-02: whether the test agrees with unseen folds; nothing without both."""
    step = _find(chain, "offline", ("out_of_fold",))
    if step is None:
        return []
    status, sentence, verdict = _judged(study, stages, step, margin)
    action = _NO_SKILL if status == "warning" else _OFFLINE_ACTIONS[status]
    if flatters := _flatters(study, stages, step, margin):
        status, action = "warning", _OFFLINE_ACTIONS["warning"]
        sentence = f"The test flatters the model by more than the margin of {number(margin)}."
    before, after, lost = _scores(step, stages)
    whole = "" if study.unit == "row" else f" of whole {_units(study)}"
    claim = (
        f"Out-of-fold ({stages.folds} folds{whole}) says {before}, {_called(step.after)} {after}: {lost}. {sentence}"
    )
    cost = max(-step.harm if flatters else step.harm, 0.0)
    return [Finding(code="OV-LG-02", status=status, claim=claim, action=action, cost=cost,
                    cost_unit=study.metric.label, evidence=_evidence(step, margin, verdict))]  # fmt: skip


def _flatters(study: Study, stages: Stages, step: Step, margin: float) -> bool:
    before, after = stages.estimates[step.before], stages.estimates[step.after]
    if study.metric.biased_small and _inflated(after, before):
        return False
    return judge(-step.upper, -step.lower, margin=margin, n=after.rows).status == "failed"


def timeline_finding(
    study: Study, stages: Stages, timeline: Timeline, margin: float, chain: tuple[Step, ...]
) -> list[Finding]:
    """Judge every chunk at once: failed if one lies beyond the margin; else as production as a whole, and say its power."""
    harms, live = timeline.harms, _find(chain, "live", (stages.offline or "",))
    if len(harms) < 2 or stages.offline is None or live is None:
        return []
    beyond = sum(h.lower > margin for h in harms)
    whole = _judged(study, stages, live, margin)[0]
    if whole == "warning":  # no skill to lose
        return []
    status: Status = "failed" if beyond else "passed" if whole == "passed" else "not_enough_data"
    measured = [label for label, e in zip(timeline.labels, timeline.estimates, strict=True) if e is not None]
    worst = int(np.argmax([h.value for h in harms]))
    visible = float(np.median([(h.upper - h.lower) / 2 for h in harms])) + margin
    fallen = f"more than {number(margin)} worse than {_called(stages.offline)}"
    claim = _counted(timeline, beyond, len(harms)) + (
        f" are {fallen}; the worst, {measured[worst]}, is {_worse(harms[worst])}."
        if beyond
        else f" are shown to be {fallen}; one would have to lose about {number(visible)} to be seen. "
        f"The worst, {measured[worst]}, is {_worse(harms[worst])}."
    )
    evidence = {"chunks": len(harms), "beyond_margin": beyond, "worst_harm": harms[worst].value, "visible_harm": visible,
                "worst_lower": harms[worst].lower, "worst_upper": harms[worst].upper, "margin": margin}  # fmt: skip
    return [Finding(code="OV-LG-03", status=status, claim=claim, action=_timeline_action(status, measured[worst]),
                    cost=max(harms[worst].lower, 0.0), cost_unit=study.metric.label, evidence=evidence)]  # fmt: skip


def _counted(timeline: Timeline, beyond: int, judged: int) -> str:
    """Return how many chunks were judged, where not all were, and how many of these lie beyond the margin."""
    kind, present = timeline.by if timeline.by != "rows" else "stretch of rows", int((timeline.rows > 0).sum())
    if judged == present:
        return f"{beyond} of {judged} chunks of production (by {kind})"
    return f"{judged} of {present} chunks of production (by {kind}) have enough labelled rows to be scored; {beyond} of these"


def _timeline_action(status: Status, worst: str) -> str:
    if status == "failed":
        return f"Look at {worst} first: what changed in the data, the label or the decisions then?"
    if status == "passed":
        return "Nothing to do: production as a whole is within the margin. Look again when the next chunk is complete."
    return "Use longer chunks or wait: single chunks are too small to judge at this margin."


def expected_finding(study: Study, stages: Stages) -> list[Finding]:
    """Reproduce the score that the user expects on the test, to the decimals in which they stated it."""
    if study.expected is None or stages.offline is None:
        return []
    found = stages.estimates[stages.offline].value
    decimals = _stated_decimals(study.expected, at_least=0 if study.metric.relative_margin else 2)
    same = abs(found - study.expected) <= 0.5 * 10.0**-decimals + 1e-12
    train = stages.estimates.get("train")
    memorised = train is not None and not same and _is_train(study.expected, train, stages, decimals)
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


def _is_train(expected: float, train: Estimate, stages: Stages, decimals: int) -> bool:
    """Say whether the expected score is the training score, as stated; on sampled rows, within its interval."""
    if stages.drawn is not None:
        return train.lower <= expected <= train.upper
    return abs(train.value - expected) <= 0.5 * 10.0**-decimals + 1e-12


def _stated_decimals(expected: float, *, at_least: int) -> int:
    """Return to how many decimals a score was stated; 0.8 of a metric between 0 and 1 was surely meant as 0.80."""
    exponent = Decimal(repr(float(expected))).normalize().as_tuple().exponent
    return max(-int(exponent), at_least)
