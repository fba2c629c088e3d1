"""Questions that check what chapter 1 taught, measured on whatever study is loaded; there is no answer key."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from mlops_widgets.core.exercise import ExerciseResult, Judgement, ask
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.core.words import interval, number, rounded
from mlops_widgets.errors import (
    InputError,
    MissingInputError,
    MlopsWidgetsError,
    UnknownNameError,
    did_you_mean,
    listed,
)
from mlops_widgets.overfitting.experiments.planning import plan_ab_test
from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult, Stage, compare_live
from mlops_widgets.overfitting.tournament import run_tournament
from mlops_widgets.overfitting.validation.cross_validation import CrossValidationResult, cross_validate
from mlops_widgets.overfitting.validation.folds.schemes import SCHEMES
from mlops_widgets.study.study import Study

R = TypeVar("R", bound=Result)

_FIRST_CHUNKS = 3
_LIFT = 0.1


def exercise(code: str, study: Study, *, answer: Any = None, results: Sequence[Result] = ()) -> ExerciseResult:  # noqa: ANN401
    """Return what measuring your answer found: not tried, not yet, or right.

    Parameters
    ----------
    code
        "OV-1" to "OV-5".
    study
        What the question is about.
    answer
        Your answer, in the form that the question names; None shows the question.
    results
        Results of `compare_live` and `cross_validate` on this study, so that they needn't run again.

    Raises
    ------
    UnknownNameError
        If there is no such exercise.
    """
    if code not in _EXERCISES:
        raise UnknownNameError(
            f"Unknown exercise {code!r}. Exercises: {listed(_EXERCISES)}.{did_you_mean(code, _EXERCISES)}"
        )
    question, judge = _EXERCISES[code]
    rows = study.test.rows if study.test is not None else 0
    return ask(
        code, study, question=question + _choices(code, study, results), answer=answer,
        judge=partial(judge, study, results), rows=rows, obstacle=_obstacle(code, study),
    )  # fmt: skip


def _obstacle(code: str, study: Study) -> str:
    """Return what the study lacks for the question, whatever the answer."""
    needed = {"OV-1": "test", "OV-4": "test"}.get(code, "production")
    if _labelled(study, needed):
        return ""
    return f"This can't be asked here: the study has no labelled {needed} rows."


def _labelled(study: Study, name: str) -> int:
    """Return how many labelled rows a table of the study has; 0 without it."""
    table = study.test if name == "test" else study.tables.get(name)
    if table is None or study.outcome.target not in table:
        return 0
    return int((~np.isnan(study.labels(table))).sum())


def _choices(code: str, study: Study, results: Sequence[Result]) -> str:
    """Return what there is to choose from, where that is short."""
    if code == "OV-2":
        validation = next((result for result in results if isinstance(result, CrossValidationResult)), None)
        names = SCHEMES if validation is None else [s.name for s in validation.schemes if s.status == "measured"]
        return f" Schemes: {listed(names)}."
    if code == "OV-3" and "production" in study.tables:
        labels = study.chunks(study.tables["production"]).labels
        rest = f" and {len(labels) - _FIRST_CHUNKS} more" if len(labels) > _FIRST_CHUNKS else ""
        return f" Chunks: {', '.join(labels[:_FIRST_CHUNKS])}{rest}."
    return ""


def _given(kind: type[R], results: Sequence[Result], compute: Callable[[], R | NoResult]) -> R:
    """Return the result of this type among `results`, else compute it; raise where the study can't give it."""
    found = next((result for result in results if isinstance(result, kind)), None) or compute()
    if not isinstance(found, kind):
        raise MlopsWidgetsError(found.headline)
    return found


def _live(study: Study, results: Sequence[Result]) -> LiveGapResult:
    return _given(LiveGapResult, results, lambda: compare_live(study))


def _stage(live: LiveGapResult, name: str) -> Stage:
    found = live.stage(name)
    if found is None:
        raise MlopsWidgetsError(f"This can't be asked here: the study has no labelled {name} rows.")
    return found


def _fair_tournament(study: Study, _: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    if (
        not isinstance(answer, tuple | list)
        or len(answer) != 2
        or not all(isinstance(n, int) and n > 0 for n in answer)
    ):
        raise InputError(f"{answer!r}. Needed: (models, test rows), two whole numbers above 0, such as (50, 500).")
    models, rows = answer
    if models < 2:
        raise InputError("one model is no choice. Try 2 models or more.")
    most = _labelled(study, "test")
    if rows > most or rows < 2:
        raise InputError(f"the test has {most:,} labelled rows. Try 2 to {most:,} test rows.")
    result = run_tournament(study, n_models=models, test_rows=(rows,), start=rows)
    if isinstance(result, NoResult):
        raise MlopsWidgetsError(result.headline)
    if result.start != rows:
        raise InputError(
            f"{result.metric_label} has no value on {rows:,} test rows. Try more, such as {result.start:,}."
        )
    finding = result.findings[0]
    return Judgement(
        right=finding.status == "passed", measured=finding.claim,
        hint="The luck of the best of k grows with the logarithm of k; the noise shrinks with the root of the rows.",
    )  # fmt: skip


def _true_split(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    live = _stage(_live(study, results), "production")
    validation = _given(CrossValidationResult, results, lambda: cross_validate(study))
    measured = {scheme.name: scheme for scheme in validation.schemes if scheme.status == "measured"}
    asked = {scheme.label: name for name, scheme in measured.items()}.get(str(answer), str(answer))
    if asked not in measured:
        raise InputError(f"{answer!r}. Schemes measured here: {listed(measured)}.{did_you_mean(str(answer), measured)}")
    scheme = measured[asked]
    holds = [name for name, s in measured.items() if s.lower <= live.value <= s.upper]
    right = asked in holds
    said = f"{scheme.label} says {interval(scheme.lower, scheme.upper)}; production gave {number(live.value)}."
    if not holds:
        said += " No scheme's interval holds it: production differs from all the rows that you train on."
    return Judgement(
        right=right, measured=said, hint="Which scheme tests on rows that come after those it learned from?"
    )


def _worst_chunk(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    live = _live(study, results)
    known = [label for label, value in zip(live.chunk_labels, live.chunk_values, strict=True) if not np.isnan(value)]
    if len(known) < 2:
        raise MlopsWidgetsError("This can't be asked here: production can't be cut into two chunks with enough labels.")
    if str(answer) not in known:
        raise InputError(f"{answer!r}. Chunks: {listed(known)}.")
    values = live.chunk_values if live.greater_is_better else -live.chunk_values
    worst = int(np.nanargmin(values))
    chosen = live.chunk_labels.index(str(answer))
    same = live.chunk_lower[chosen] <= live.chunk_values[worst] <= live.chunk_upper[chosen]
    said = (
        f"{answer} scores {number(float(live.chunk_values[chosen]))} "
        f"{interval(float(live.chunk_lower[chosen]), float(live.chunk_upper[chosen]))}; the lowest is "
        f"{number(float(live.chunk_values[worst]))}."
    )
    if chosen != worst and same:
        said += " Its interval holds the lowest score, so chance alone could have changed their order."
    return Judgement(right=chosen == worst, measured=said, hint="Look at the right-hand chart, or call live.chunks().")


def _rows_needed(study: Study, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    if isinstance(answer, bool) or not isinstance(answer, int | float) or answer <= 0:
        raise InputError(f"{answer!r}. Needed: a number of rows above 0.")
    live = _live(study, results)
    test = next((s for s in live.stages if s.name in study.tests), None)
    if test is None:
        raise MissingInputError("labelled test", "Pass test= with labels.")
    half = (test.upper - test.lower) / 2
    needed = test.rows * (half / live.margin) ** 2
    right = needed / 1.5 <= answer <= needed * 1.5
    digits = next((d for d in range(2, 6) if rounded(half, d) != rounded(live.margin, d)), 6)
    said = (
        f"Your test's interval reaches {number(half, digits=digits)} to each side on {test.rows:,} rows; the margin is "
        f"{number(live.margin, digits=digits)}"
    )
    said += f", so about {float(f'{needed:.2g}'):,.0f} rows are needed." if right else "."
    hint = "Half the width needs four times the rows: rows × (half width / margin)²."
    return Judgement(right=right, measured=said, hint=hint)


def _experiment_rows(study: Study, _: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    if isinstance(answer, bool) or not isinstance(answer, int | float) or answer <= 0:
        raise InputError(f"{answer!r}. Needed: a number of rows above 0.")
    plan = plan_ab_test(study, lift=-_LIFT)
    if isinstance(plan, NoResult):
        raise MlopsWidgetsError(plan.headline)
    needed = plan.control_rows + plan.treatment_rows
    right = needed / 1.5 <= answer <= needed * 1.5
    said = f"The outcome's baseline is {number(plan.baseline)} ({plan.source}); a tenth of that is {number(abs(plan.effect))}"
    said += f", and needs {needed:,} rows." if right else "."
    hint = "About 16 × variance / effect² rows in each arm; the variance of a share p is p (1 − p)."
    return Judgement(right=right, measured=said, hint=hint)


_EXERCISES: Mapping[str, tuple[str, Callable[[Study, Sequence[Result], Any], Judgement]]] = {
    "OV-1": (
        "Choose (models, test rows), with 2 models or more, so that luck adds no more to the winner's score than the margin.",
        _fair_tournament,
    ),
    "OV-2": ("Name a cross-validation scheme whose interval holds the production score.", _true_split),
    "OV-3": ("Name the chunk of production in which the model did worst.", _worst_chunk),
    "OV-4": (
        "How many test rows make the test's interval as narrow as the margin to each side? About right is right: half as many again, or two thirds.",
        _rows_needed,
    ),
    "OV-5": (
        "How many rows, both arms together, does an A/B test need to see production's outcome fall by a tenth in 80 % of cases? About right is right: half as many again, or two thirds.",
        _experiment_rows,
    ),
}
