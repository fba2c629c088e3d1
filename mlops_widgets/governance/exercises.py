"""Questions that check what chapter 3 taught, measured on whatever study is loaded; there is no answer key."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from scipy import stats

from mlops_widgets.core.exercise import ExerciseResult, Judgement, ask
from mlops_widgets.core.result import Result
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.errors import InputError, MlopsWidgetsError, UnknownNameError, did_you_mean, listed
from mlops_widgets.governance.alternatives.alternatives_result import AlternativesResult
from mlops_widgets.governance.alternatives.find_alternatives import find_alternatives
from mlops_widgets.governance.fairness.assess_fairness import assess_fairness
from mlops_widgets.governance.fairness.fairness_result import FairnessResult
from mlops_widgets.governance.policies.audit import audit
from mlops_widgets.governance.policies.audit_result import AuditResult
from mlops_widgets.study.study import Study

R = TypeVar("R", bound=Result)
Judge = Callable[[Study, Sequence[Result], Any], Judgement]

_NONE = "none"
_RATIO = 0.8
"""Four fifths: the rule of thumb that the questions are about; which law asks for it, the regimes say."""
_BY_CHANCE = 0.05
_MOST_ROWS = 10_000_000


def exercise(code: str, study: Study, *, answer: Any = None, results: Sequence[Result] = ()) -> ExerciseResult:  # noqa: ANN401 - what the question asks for
    """Return what measuring your answer found: not tried, not yet, or right.

    Parameters
    ----------
    code
        "GV-1" to "GV-5".
    study
        The study that the question is about.
    answer
        Your answer, in the form that the question names; None shows the question.
    results
        Results of `assess_fairness`, `find_alternatives` and `audit` on this study, so that they needn't run again.

    Raises
    ------
    UnknownNameError
        If there is no such exercise.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> exercise("GV-1", mw.sample("census")).state
    'not tried'
    """
    if code not in _QUESTIONS:
        raise UnknownNameError(
            f"Unknown exercise {code!r}. Exercises: {listed(_QUESTIONS)}.{did_you_mean(code, _QUESTIONS)}"
        )
    judge = _JUDGES[code]
    rows = 0 if study.test is None else study.test.rows
    return ask(
        code, study, question=_QUESTIONS[code], answer=answer, judge=lambda given: judge(study, results, given), rows=rows
    )  # fmt: skip


def _given(kind: type[R], results: Sequence[Result], compute: Callable[[], Result]) -> R:
    """Return the result of this type among `results`, else compute it; raise where the study can't give it."""
    found = next((result for result in results if isinstance(result, kind)), None) or compute()
    if not isinstance(found, kind):
        raise MlopsWidgetsError(found.headline)
    return found


def _number(answer: Any, what: str) -> float:  # noqa: ANN401 - checked here
    if isinstance(answer, bool) or not isinstance(answer, int | float | np.number) or not np.isfinite(answer):
        raise InputError(f"{str(answer)[:60]!r}. Needed: {what}.")
    return float(answer)


def _compared(study: Study, results: Sequence[Result]) -> pd.DataFrame:
    """Return the groups that were compared with a reference group, and could be."""
    found = _given(FairnessResult, results, lambda: assess_fairness(study))
    table = found.frame()
    table = table[table["impact_ratio_upper"].notna()]
    if table.empty:
        raise MlopsWidgetsError("This can't be asked here: no group is large enough to be compared.")
    return table.assign(name=[f"{a}={g}" for a, g in zip(table["attribute"], table["group"], strict=True)])


def _left_out(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    """Look at the upper end of a group's ratio."""
    table = _compared(study, results).set_index("name")
    beyond = table.index[table["impact_ratio_upper"] < _RATIO]
    hint = "assess_fairness(study).frame(): where impact_ratio_upper lies below .80, chance isn't the reason."
    if answer == _NONE:
        said = f"{number(len(beyond), 'integer')} of {len(table)} groups lie below four fifths for certain."
        return Judgement(right=beyond.empty, measured=said, hint=hint)
    name = str(answer)
    if name not in table.index:
        raise InputError(
            f"{name[:60]!r}. Groups: {listed(table.index, most=8)}, or 'none'.{did_you_mean(name, table.index)}"
        )
    value, lower, upper = (
        float(table[each].to_dict()[name]) for each in ("impact_ratio", "impact_ratio_lower", "impact_ratio_upper")
    )
    ratio = estimate(value, known(lower), known(upper))
    return Judgement(right=name in beyond, measured=f"The ratio of {name} is {ratio}.", hint=hint)


def _rows_needed(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    """Count how often a group of this size falls below four fifths by chance alone."""
    rows = _number(answer, "a number of rows, 2 or more")
    if not 2 <= rows <= _MOST_ROWS:
        raise InputError(f"{rows:g}. Needed: a number of rows from 2 to {_MOST_ROWS:,}.")
    found = _given(FairnessResult, results, lambda: assess_fairness(study)).frame()
    largest = found[found["attribute"] == found["attribute"].iloc[0]].sort_values("n").iloc[-1]
    if not 0 < largest["selection_rate"] < 1:
        raise MlopsWidgetsError("This can't be asked here: everybody in the largest group is decided about alike.")
    rate, others = float(largest["selection_rate"]), int(largest["n"])
    share, half = (falls_below(int(size), others, rate) for size in (rows, max(rows // 2, 1)))
    said = (
        f"With {number(rows, 'integer')} rows, and {number(rate, 'percent')} selected in every group, the ratio to the largest group falls "
        f"below .80 in {number(share, 'percent')} of draws."
    )
    wasteful = share <= _BY_CHANCE and half <= _BY_CHANCE
    if wasteful:
        said += " Half of the rows would do."
    return Judgement(
        right=share <= _BY_CHANCE and not wasteful, measured=said, hint="The lower the rate, the more rows it takes."
    )


def falls_below(rows: int, others: int, rate: float, *, ratio: float = _RATIO) -> float:
    """Return the probability that a group's selection rate lies below `ratio` times another's though both have the same.

    Parameters
    ----------
    rows, others
        Sizes of the group and of the one that it is compared with.
    rate
        The selection rate of both, between 0 and 1.
    ratio
        The share of the other's rate.

    Returns
    -------
    float
        Exact, by summing over two binomial counts.

    Examples
    --------
    >>> round(falls_below(1, 1, 0.5), 3)
    0.25
    """
    counts = np.arange(others + 1)
    below = np.ceil(ratio * counts * rows / others - 1e-12) - 1
    return float(stats.binom.pmf(counts, others, rate) @ stats.binom.cdf(below, rows, rate))


def _better(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    """Look an alternative up, on the half that it wasn't chosen on."""
    found = _given(AlternativesResult, results, lambda: find_alternatives(study))
    rows = {each.name: each for each in found.alternatives}
    good = [name for name, each in rows.items() if each.verdict == "better"]
    hint = "find_alternatives(study).frame() has each alternative's verdict on the half that it wasn't chosen on."
    if answer == _NONE:
        said = f"{number(len(good), 'integer')} of {len(rows)} alternatives part the groups less, for certain, and do as well."
        return Judgement(right=not good, measured=said, hint=hint)
    if str(answer) not in rows:
        raise InputError(
            f"{str(answer)[:60]!r}. Alternatives: {listed(rows, most=8)}, or 'none'.{did_you_mean(str(answer), rows)}"
        )
    mine = rows[str(answer)]
    return Judgement(right=mine.name in good, measured=f"{mine.name}: {mine.verdict}.", hint=hint)


def _for_a_person(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    """Look a requirement up in the audit."""
    found = _given(AuditResult, results, lambda: audit(study))
    outcomes = {each.requirement: each for each in found.outcomes}
    waiting = [name for name, each in outcomes.items() if each.outcome == "missing human input"]
    hint = "audit(study).frame(): the outcome is missing human input."
    if answer == _NONE:
        said = f"{number(len(waiting), 'integer')} of {len(outcomes)} requirements wait for a person."
        return Judgement(right=not waiting, measured=said, hint=hint)
    if str(answer) not in outcomes:
        raise InputError(
            f"{str(answer)[:60]!r}. Requirements: {listed(outcomes, most=8)}, or 'none'.{did_you_mean(str(answer), outcomes)}"
        )
    mine = outcomes[str(answer)]
    return Judgement(
        right=mine.requirement in waiting, measured=f"{mine.requirement}, {mine.title}: {mine.outcome}.", hint=hint
    )


def _threshold(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    """Decide by another threshold, the same for all, and compare the groups again."""
    cut = _number(answer, "one threshold for all, a score")
    now = _compared(study, results)
    moved = _compared(study, [_given(FairnessResult, (), lambda: assess_fairness(study, decision_threshold=cut))])
    lowest = moved.sort_values("impact_ratio").iloc[0]
    before, after = (float(np.average(each["accuracy"], weights=each["n"])) for each in (now, moved))
    fair = bool((moved["impact_ratio"] >= _RATIO).all())
    said = (
        f"At {number(cut)} the lowest ratio is {number(lowest['impact_ratio'])} ({lowest['name']}), and {number(after, 'percent')} of the "
        f"decisions are right; now {number(before, 'percent')}."
    )
    cheap = after >= before - 0.01
    return Judgement(
        right=fair and cheap,
        measured=said,
        hint="A threshold at which nearly everybody is decided about alike costs accuracy.",
    )


_QUESTIONS: Mapping[str, str] = {
    "GV-1": "Name a group, as 'attribute=group', whose ratio to the reference group lies below four fifths for certain (its whole interval); "
    "'none' if no group's does.",
    "GV-2": "How many rows must a group have so that, at the selection rate of your largest group and with nobody treated otherwise, its ratio "
    "falls below .80 in at most 5 % of draws? No more than twice what it takes.",
    "GV-3": "Name an alternative of find_alternatives that parts the groups less and does as well, on the half that it wasn't chosen on; 'none' if "
    "none does.",
    "GV-4": "Name a requirement of the small team's policy that waits for a person; 'none' if none does.",
    "GV-5": "Set one threshold, the same for everybody, at which no group's ratio lies below .80 and at most one decision of a hundred more is "
    "wrong.",
}  # fmt: skip
_JUDGES: Mapping[str, Judge] = {
    "GV-1": _left_out, "GV-2": _rows_needed, "GV-3": _better, "GV-4": _for_a_person, "GV-5": _threshold,
}  # fmt: skip
