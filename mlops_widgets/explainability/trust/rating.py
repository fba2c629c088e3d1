"""How far an explanation can be relied on: everything that was checked of it, in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.core.result import WORST_FIRST, Result, Status
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.attribution.checks import background_answers, range_of
from mlops_widgets.explainability.attribution.chosen_rows import Background, Rows
from mlops_widgets.explainability.attribution.explain import Method, answer_question
from mlops_widgets.explainability.attribution.explanation import Check, Engine, Explanation
from mlops_widgets.explainability.attribution.lime_route import by_lime
from mlops_widgets.explainability.attribution.neighbourhood import FEWEST_SAMPLES, SAMPLES
from mlops_widgets.explainability.attribution.question import Question, finite
from mlops_widgets.explainability.attribution.router import ask_the_model, read
from mlops_widgets.explainability.attribution.routes import Declined
from mlops_widgets.explainability.attribution.study_questions import BACKGROUND_ROWS, Output, ask_study
from mlops_widgets.explainability.attribution.synthetic_rows import Kind, tell_apart
from mlops_widgets.explainability.attribution.trust_checks import (
    asked_again,
    follow_orders,
    of_outputs,
    outputs_of,
    same_seeds,
    told_apart,
)
from mlops_widgets.explainability.trust.rating_findings import find
from mlops_widgets.study.study import Study
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]

MOST_ROWS = 5
"""Rows that the dearer checks look at."""
_SEEDS = 3
_PAIRS = 6
_SCALES = ("probability", "log-odds", "score", "decision")
_KINDS: Mapping[Engine, Kind] = {"shap": "coalitions", "lime": "independent"}
_NAMES: Mapping[Engine, str] = {"shap": "SHAP", "lime": "LIME"}


@dataclass(frozen=True, kw_only=True)
class Rated:
    """A check of one engine's explanation."""

    engine: Engine
    check: Check


@dataclass(frozen=True, kw_only=True)
class TrustResult(Result):
    """What was checked of an explanation, and what that says of relying on it.

    Parameters
    ----------
    scale
        What the contributions are in.
    row_names
        The explained rows.
    checked_rows
        How many of them the dearer checks looked at.
    checks
        Everything that was checked, of each engine.
    synthetic
        Whether the data were made up.
    """

    scale: str
    row_names: tuple[str, ...]
    checked_rows: int
    checks: tuple[Rated, ...]
    synthetic: bool = False

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines that were rated."""
        return tuple(dict.fromkeys(each.engine for each in self.checks))

    def of(self, engine: Engine) -> tuple[Check, ...]:
        """Return what was checked of an engine."""
        return tuple(each.check for each in self.checks if each.engine == engine)

    def verdict(self, engine: Engine) -> Status:
        """Return the worst of an engine's checks; what is only reported doesn't count."""
        statuses = [check.status for check in self.of(engine)]
        return min(statuses, key=WORST_FIRST.index)

    def frame(self) -> pd.DataFrame:
        """Return one row a check: engine, what, value, limit, verdict."""
        return pd.DataFrame([
            {
                "engine": each.engine, "check": each.check.name, "value": each.check.value, "limit": each.check.limit,
                "status": each.check.status, "text": each.check.text,
            }
            for each in self.checks
        ])  # fmt: skip


@strategy("EX-TR")
def rate_trust(
    study: Study, rows: "Rows | Explanation" = None, *, table: str | None = None, method: Method = "both", output: Output = "auto",
    groups: Mapping[str, Sequence[str]] | None = None, background: Background = BACKGROUND_ROWS, pairs: int | None = None,
    samples: int = SAMPLES, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> TrustResult:  # fmt: skip
    """Say how far an explanation can be relied on: it is checked against the model, against chance and against itself.

    Of Shapley values: does the sum give the model's own answer, do permutations drawn afresh agree, do the same columns lead
    within the standard errors and with another background? Of LIME: do the same columns lead in redrawn neighbourhoods, and
    is the surrogate more than its penalty? Of both: does the answer follow their order of columns better than an order at
    random, and can the rows that they ask about be told from real ones? How well LIME's surrogate fits is told, never a gate.

    Parameters
    ----------
    study
        With a model that can be asked.
    rows
        Rows as in `explain`, which are then explained; or an explanation of rows of a table, which is then checked as it is,
        against the same background if `background`, `groups` and `table` are as they were.
    table, method, output, groups, background, pairs, samples
        As in `explain`; scale and seed of a given explanation are its own.
    seed
        Of everything that is drawn.
    progress, cancel
        Called between pieces of work.

    Returns
    -------
    TrustResult or NoResult
        Findings: EX-TR-01 the verdict, EX-TR-02 … EX-TR-09 what was checked of Shapley values, EX-TR-12 … of LIME.

    Raises
    ------
    InputError
        If an argument can't be used, or the explanation isn't of this model and these rows.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.explainability.rate_trust(mw.sample("census"), 3, samples=500)
    >>> result.verdict("shap") in {"passed", "warning"}
    True
    """
    check_counts(samples=(samples, FEWEST_SAMPLES), seed=(seed, 0))
    given = rows if isinstance(rows, Explanation) else None
    wanted: Any = _positions(given) if given is not None else rows
    scale: Any = output if given is None else _scale(given)
    question = ask_study(
        study, wanted, table=table, output=scale, groups=groups, background=background,
        seed=seed if given is None or given.seed is None else given.seed,
    )  # fmt: skip
    explained = given or answer_question(
        question, method=method, pairs=pairs, samples=samples, progress=progress, cancel=cancel
    )
    with one_thread():
        if given is not None:
            _check_same(question, given)
        result = _rated(question, explained, samples, progress, cancel)
    return replace(result, synthetic=study.synthetic)


def _positions(given: Explanation) -> list[int]:
    if not given.positions:
        raise InputError(
            "rows= is an explanation of rows that were given as a frame, which it doesn't hold. Pass the frame itself: it is "
            "explained again."
        )
    return list(given.positions)


def _scale(given: Explanation) -> str:
    return given.scale if given.scale in _SCALES else "auto"


def _check_same(question: Question, given: Explanation) -> None:
    if given.columns != tuple(question.players) or given.outputs != question.outputs:
        raise InputError(
            "rows= is an explanation of other columns or outputs than this study's model has. Pass its groups=, or its study."
        )
    prediction = finite(question.predict(question.rows))
    span = range_of(prediction, given.prediction)
    if not np.allclose(prediction / span, given.prediction / span, rtol=0, atol=1e-6):
        raise InputError(
            "rows= is an explanation of other predictions than this study's model makes of these rows. Pass the table= that the "
            "rows are of, or explain them again."
        )


def _rated(
    question: Question, explained: Explanation, samples: int, progress: Progress | None, cancel: Cancel | None
) -> TrustResult:
    both = [explained, *([explained.lime] if explained.lime is not None else [])]
    rows = _spread(len(question.rows))
    checks: list[Rated] = []
    orders: dict[str, Floats] = {each.engine: each.values[rows] for each in both}
    for each in both:
        check_cancel(cancel)
        checks += [Rated(engine=each.engine, check=check) for check in each.checks]
        if each.engine == "shap":
            check, again = _again(question, each, rows, cancel)
            orders["again"] = again
            checks.append(Rated(engine="shap", check=check))
    tell(progress, 0.4, "other seeds")
    for each in both:
        checks.append(Rated(engine=each.engine, check=_seeds(question, each, rows, samples, cancel)))
    tell(progress, 0.7, "orders at random")
    followed = follow_orders(question, orders, rows=rows, cancel=cancel)
    for each in both:
        checks.append(Rated(engine=each.engine, check=followed.check(each.engine)))
        checks.append(Rated(engine=each.engine, check=_off_manifold(question, each.engine)))
    checks.sort(key=lambda each: each.engine != both[0].engine)
    result = TrustResult(
        findings=(), rows=len(question.rows), seed=question.seed, method=_METHOD, reference=_REFERENCE, scale=question.scale,
        row_names=question.row_names, checked_rows=len(rows), checks=tuple(checks),
    )  # fmt: skip
    return replace(result, findings=find(result))


def _spread(count: int) -> list[int]:
    return [int(k) for k in np.unique(np.linspace(0, count - 1, min(count, MOST_ROWS)).round())]


def _again(question: Question, explained: Explanation, rows: list[int], cancel: Cancel | None) -> tuple[Check, Floats]:
    span = range_of(background_answers(question), explained.prediction)
    check, again = asked_again(
        question, explained.values, explained.standard_error, pairs=_PAIRS, span=span, rows=rows, cancel=cancel
    )
    return check, again


def _seeds(question: Question, explained: Explanation, rows: list[int], samples: int, cancel: Cancel | None) -> Check:
    few = replace(
        question, rows=question.rows.iloc[rows].reset_index(drop=True),
        row_names=tuple(question.row_names[k] for k in rows), positions=(),
    )  # fmt: skip
    outputs = outputs_of(explained.prediction)[rows]
    own = of_outputs(explained.values[rows], outputs)
    if explained.engine == "lime":
        others = [_lime_values(few, samples, seed) for seed in range(1, _SEEDS + 1)]
        what = "its samples"
    else:
        others, what = _other_backgrounds(few, explained, cancel), "its background"
    return same_seeds(own, [of_outputs(values, outputs) for values in others], what)


def _lime_values(question: Question, samples: int, seed: int) -> Floats:
    found = by_lime(question, samples=samples, seed=question.seed + 7919 * seed)
    return np.zeros((len(question.rows), len(question.players), len(question.outputs))) if isinstance(found, Declined) else found.values  # fmt: skip


def _other_backgrounds(question: Question, explained: Explanation, cancel: Cancel | None) -> list[Floats]:
    training = question.background if question.training is None else question.training
    reading, pairs = read(question), explained.pairs or None
    quick = reading.routed.route if reading.routed is not None else None
    found = []
    for seed in range(1, _SEEDS + 1):
        rng = np.random.default_rng([question.seed, 37, seed])
        drawn = np.sort(rng.permutation(len(training))[: len(question.background)])
        background = training.iloc[drawn].reset_index(drop=True)
        other = replace(question, background=background, seed=question.seed + seed)
        answer = quick(other) if quick is not None else None
        if answer is None or isinstance(answer, Declined):
            answer = ask_the_model(other, reading, pairs=pairs, cancel=cancel).answer
        found.append(answer.values)
    return found


def _off_manifold(question: Question, engine: Engine) -> Check:
    training = question.background if question.training is None else question.training
    rng = np.random.default_rng([question.seed, 41])
    return told_apart(tell_apart(training, question.players, _KINDS[engine], rng=rng), _NAMES[engine])


_METHOD = (
    "Checked: additivity, an independent re-estimate by permutations, leading columns within the standard errors and under other "
    "seeds, LIME's stability and penalty, order of columns against 19 at random (symmetric relevance gain), made rows against real "
    "ones (boosted trees, cross-fitted)"
)
_REFERENCE = (
    "Blücher, Vielhaben & Strodthoff (2024), TMLR; Slack et al. (2020), AIES '20; Visani et al. (2022), JORS 73"
)
