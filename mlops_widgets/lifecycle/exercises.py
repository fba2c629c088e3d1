"""Questions that check what chapter 2 taught, measured on whatever study is loaded; there is no answer key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from scipy import stats

from mlops_widgets.core.exercise import ExerciseResult, Judgement, ask
from mlops_widgets.core.result import Result
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.errors import InputError, MlopsWidgetsError, UnknownNameError, did_you_mean, listed
from mlops_widgets.lifecycle.retirement.evaluate import evaluate_retirement
from mlops_widgets.lifecycle.retirement.firing import beyond, first_firing, states
from mlops_widgets.lifecycle.retirement.policy import RetirementPolicy, RetirementRule
from mlops_widgets.lifecycle.retirement.retirement_result import RetirementResult
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.lifecycle.retraining.simulate import simulate_retraining
from mlops_widgets.lifecycle.review.changes import Change
from mlops_widgets.lifecycle.review.review_performance import review_performance
from mlops_widgets.lifecycle.review.review_result import ReviewResult
from mlops_widgets.measures.retraining.policies import Policy, walk
from mlops_widgets.study.study import Study

R = TypeVar("R", bound=Result)
Judge = Callable[[Study, Sequence[Result], Any], Judgement]

_NONE = "none"
_LATEST = 6
_FALSE_ALARMS_A_YEAR, _MOST_OFTEN, _WITHOUT_CALENDAR = 1.0, 0.1, 0.05
_CHUNKS_A_YEAR: Mapping[str, float] = {
    "year": 1.0,
    "quarter": 4.0,
    "month": 12.0,
    "week": 52.18,
    "day": 365.25,
    "hour": 8766.0,
}


def exercise(code: str, study: Study, *, answer: Any = None, results: Sequence[Result] = ()) -> ExerciseResult:  # noqa: ANN401 - what the question asks for
    """Return what measuring your answer found: not tried, not yet, or right.

    Parameters
    ----------
    code
        "LC-1" to "LC-5".
    study
        The study that the question is about.
    answer
        Your answer, in the form that the question names; None shows the question.
    results
        Results of `review_performance`, `simulate_retraining` and `evaluate_retirement` on this study, so that they needn't run again.

    Raises
    ------
    UnknownNameError
        If there is no such exercise.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> exercise("LC-1", mw.sample("census")).state
    'not tried'
    """
    if code not in _QUESTIONS:
        raise UnknownNameError(
            f"Unknown exercise {code!r}. Exercises: {listed(_QUESTIONS)}.{did_you_mean(code, _QUESTIONS)}"
        )
    judge = _JUDGES[code]
    rows = 0 if study.production is None else study.production.rows
    return ask(
        code,
        study,
        question=_QUESTIONS[code],
        answer=answer,
        judge=lambda given: judge(study, results, given),
        rows=rows,
    )


def _given(kind: type[R], results: Sequence[Result], compute: Callable[[], Result]) -> R:
    """Return the result of this type among `results`, else compute it; raise where the study can't give it."""
    found = next((result for result in results if isinstance(result, kind)), None) or compute()
    if not isinstance(found, kind):
        raise MlopsWidgetsError(found.headline)
    return found


def _review(study: Study, results: Sequence[Result]) -> ReviewResult:
    return _given(ReviewResult, results, lambda: review_performance(study))


def _retraining(study: Study, results: Sequence[Result]) -> RetrainingResult:
    return _given(RetrainingResult, results, lambda: simulate_retraining(study))


def _change(review: ReviewResult) -> Change | None:
    """Return the surest change for the worse, or None where nothing changed for certain."""
    return next((each for each in review.changes if each.significant and each.worse), None)


def _number(answer: Any, what: str) -> float:  # noqa: ANN401 - checked here
    if isinstance(answer, bool) or not isinstance(answer, int | float | np.number) or not np.isfinite(answer):
        raise InputError(f"{str(answer)[:60]!r}. Needed: {what}.")
    return float(answer)


def _since_when(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    """Compare a chunk with the 95 % confidence set of the change."""
    review = _review(study, results)
    change = _change(review)
    hint = "review_performance dates the change, with a confidence set: LC-RV-04."
    if answer == _NONE:
        said = "no change for the worse is shown" if change is None else f"{change.series} changed for the worse"
        return Judgement(right=change is None, measured=f"By its review, {said}.", hint=hint)
    label = str(answer)
    fitting = [name for name in review.chunks if name.startswith(label) and label]
    if not fitting:
        raise InputError(
            f"{label[:60]!r}. Chunks: {listed(review.chunks, most=6)}, or 'none'.{did_you_mean(label, review.chunks)}"
        )
    if change is None:
        return Judgement(
            right=False, measured="No change for the worse is shown in any chunk.", hint="Then the answer is 'none'."
        )
    likely = [name for name, inside in zip(review.chunks, change.likely, strict=True) if inside]
    right = any(name in likely for name in fitting)
    place = "inside" if right else "outside"
    said = f"{label} lies {place} the 95 % confidence set of when {change.series} changed"
    return Judgement(right=right, measured=f"{said} ({likely[0]} to {likely[-1]})." if right else f"{said}.", hint=hint)


def _beats_never(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    """Look at a policy's interval on the judged part of the timeline."""
    found = _retraining(study, results)
    rows = {each.name: each for each in found.policies}
    better = [each for each in found.policies if each.verdict == "better"]
    hint = "simulate_retraining(study).frame() has each policy's interval; below 0 beats never."
    if answer == _NONE:
        return Judgement(
            right=not better, measured=f"{len(better)} of {len(rows)} policies beat never beyond noise.", hint=hint
        )
    if str(answer) not in rows:
        raise InputError(
            f"{str(answer)[:60]!r}. Policies: {listed(rows, most=8)}, or 'none'.{did_you_mean(str(answer), rows)}"
        )
    mine = rows[str(answer)]
    cost = estimate(mine.difference, known(mine.lower), known(mine.upper))
    said = f"On the judged part {mine.name} costs {cost} {found.value_unit or found.loss_name} against never: {mine.verdict}."
    if not better:
        said += " No policy is better for certain."
        hint = "Where no policy beats noise the answer is 'none'."
    return Judgement(right=mine.verdict == "better", measured=said, hint=hint)


def _breakeven(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    """Walk every schedule and trigger again at this cost."""
    cost = _number(answer, "the cost of one retrain, 0 or more")
    if cost < 0:
        raise InputError(f"{cost:g}. Needed: the cost of one retrain, 0 or more.")
    found = _retraining(study, results)
    grids = found.grids()
    terms = replace(found.terms, retrain_cost=cost)
    never = walk(grids[0], Policy(), terms, start=found.split).total
    totals = {
        each.name: walk(grids[each.window_index], each.policy, terms, start=found.split).total
        for each in found.policies if each.kind != "never"
    }  # fmt: skip
    best = min(totals, key=lambda name: totals[name])
    free = min(
        walk(grids[each.window_index], each.policy, replace(terms, retrain_cost=0.0), start=found.split).total
        for each in found.policies if each.kind != "never"
    )  # fmt: skip
    wins = never <= totals[best]
    slack = cost <= 2 * max(never - free, 0.0) or free >= never
    unit = found.value_unit or found.loss_name
    said = f"At {number(cost)} {unit} a retrain, never costs {number(never)} and the cheapest policy, {best}, {number(totals[best])}."
    if wins and not slack:
        said += " A cost so high says nothing: it is more than twice what all retraining could save."
    return Judgement(
        right=wins and slack, measured=said, hint="The breakeven cost is in simulate_retraining's findings: LC-SR-04."
    )


def _bound(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    """Put a bound on the model's calibration, and fire it over the history."""
    bound = (
        None
        if answer == _NONE
        else _number(answer, "the largest mean of predictions less outcomes, above 0, or 'none'")
    )
    if bound is not None and bound <= 0:
        raise InputError(f"{bound:g}. Needed: a bound above 0, or 'none'.")
    result, at = _history(study, results)
    review = _review(study, results)
    change = next((each for each in review.changes if each.significant and each.series == "calibration"), None)
    if bound is None:
        said = "no change of calibration is shown" if change is None else "calibration did change"
        return Judgement(
            right=change is None, measured=f"By its review, {said}.", hint="Look at review_performance: LC-RV-05."
        )
    rule, outcome = result.policy.rules[at], result.outcomes[at]
    crossed = beyond(result.lower[at], below=False, bound=bound)
    first = first_firing(states(crossed, wait=outcome.wait, k=rule.k, n=rule.n))
    fired = (
        f"would have fired at the beginning of {result.chunk_name(first)}" if first >= 0 else "would never have fired"
    )
    if change is None:
        return Judgement(
            right=first < 0, measured=f"Nothing changed for certain, and the bound {fired}.", hint="Raise the bound."
        )
    start, end = (float(review.starts[place]) for place in (change.earliest, change.latest))
    begin, latest = (int(np.searchsorted(result.starts, time, side="right")) - 1 for time in (start, end))
    due = latest + outcome.wait + _LATEST
    right = begin < first <= due
    said = f"The bound {fired}; the change began by {result.chunk_name(latest)}, and labels come {outcome.wait} chunks late."
    return Judgement(
        right=right, measured=said, hint=f"It has {_LATEST} chunks from when the first labels of the change are known."
    )


def _history(study: Study, results: Sequence[Result]) -> tuple[RetirementResult, int]:
    """Return a back-test that has a rule on calibration, and that rule's place."""
    for each in results:
        if isinstance(each, RetirementResult):
            for at, rule in enumerate(each.policy.rules):
                if rule.signal == "calibration" and (rule.comparator, rule.limit) == ("above", "lower"):
                    return each, at
    rule = RetirementRule(name="exercise", signal="calibration", comparator="above", bound=0.05, action="retrain")
    policy = RetirementPolicy(rules=(rule,))
    return _given(RetirementResult, (), lambda: evaluate_retirement(study, policy)), 0


def _threshold(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    """Count how often a gap as large as this would come by chance in chunks like those of production."""
    wanted = _number(answer, "the largest difference of predicted and actual that is no alarm, above 0")
    if wanted <= 0:
        raise InputError(f"{wanted:g}. Needed: a threshold above 0.")
    review = _review(study, results)
    signal = review.calibration
    if signal is None or not np.isfinite(signal.errors).any():
        raise MlopsWidgetsError("This can't be asked here: calibration can't be judged chunk by chunk.")
    spread = float(np.nanmedian(signal.errors))
    a_year = _CHUNKS_A_YEAR.get(review.chunks_by, float("nan")) if review.are_dates else float("nan")
    accepted = _WITHOUT_CALENDAR if np.isnan(a_year) else min(_FALSE_ALARMS_A_YEAR / a_year, _MOST_OFTEN)
    share, least = float(2 * stats.norm.sf(wanted / spread)), spread * float(stats.norm.isf(accepted / 2))
    often = "" if np.isnan(a_year) else f", {number(share * a_year)} times a year"
    said = (
        f"Without any change, a chunk's gap has a standard error of {number(spread)}, so a threshold of {number(wanted)} alarms in "
        f"{number(share, 'percent')} of chunks{often}."
    )
    deaf = wanted > 2 * least
    if deaf:
        said += f" It is more than twice the {number(least)} that would do, so it misses what it could see."
    return Judgement(
        right=share <= accepted and not deaf, measured=said, hint="Two to four standard errors of a chunk."
    )


_QUESTIONS: Mapping[str, str] = {
    "LC-1": "Name the chunk from which on the model was worse than it had been, as review_performance calls it (or the beginning of its name, "
    "such as '2024-03'); 'none' if that can't be shown.",
    "LC-2": "Name a policy of simulate_retraining that beats never on the second half, beyond noise; 'none' if no policy does.",
    "LC-3": "Set the cost of one retrain at which never wins, no more than twice what all retraining could save.",
    "LC-4": "Set a bound on calibration (predictions less outcomes, without sign) that would have fired within six chunks after the first "
    "labels of the change were known, and never before; 'none' if calibration didn't change.",
    "LC-5": "Set the threshold of an alarm on calibration that errs at most once a year, and in at most one chunk of ten, where nothing changes; "
    "no more than twice what that takes.",
}  # fmt: skip
_JUDGES: Mapping[str, Judge] = {
    "LC-1": _since_when, "LC-2": _beats_never, "LC-3": _breakeven, "LC-4": _bound, "LC-5": _threshold,
}  # fmt: skip
