"""Both methods asked again with one difference between them removed at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress, check_cancel
from mlops_widgets.errors import MissingInputError
from mlops_widgets.explainability.attribution.lime_route import LimeAnswer, by_lime
from mlops_widgets.explainability.attribution.neighbourhood import Neighbourhood, draw_neighbourhood
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.related_columns import RELATED, columns_together
from mlops_widgets.explainability.attribution.router import ask_the_model, read
from mlops_widgets.explainability.attribution.routes import Answer, Declined, Route
from mlops_widgets.explainability.attribution.study_questions import Output, ask_study
from mlops_widgets.explainability.attribution.synthetic_rows import synthetic
from mlops_widgets.explainability.attribution.tree_route import natural_scale
from mlops_widgets.explainability.attribution.trust_checks import of_outputs, outputs_of
from mlops_widgets.explainability.trust.agreement_additive import AdditivePart
from mlops_widgets.measures.attribution.agreement import grouped
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import holds_numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

EVALUATIONS = 80_000
"""Rows that a model is asked about for the Shapley values of one comparison, where it can only be asked."""
ASKED_PAIRS = 4
_FEWEST_ROWS = 8
_MORE, _MORE_SAMPLES, _MOST_TIMES = 3, 15_000, 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """Both methods' answers about the same rows.

    Parameters
    ----------
    shap_question, lime_question
        What each was asked: the same, but for the scale where LIME has another.
    route
        The route to take for SHAP, None where the model can only be asked.
    shap, lime
        The answers.
    hood
        LIME's neighbourhood.
    outputs
        (n,) which output each row is compared on.
    pairs, samples
        Of asking.
    """

    shap_question: Question
    lime_question: Question
    route: Route | None
    shap: Answer
    lime: LimeAnswer
    hood: Neighbourhood
    outputs: Integers
    pairs: int
    samples: int

    @property
    def shap_values(self) -> Floats:
        """(n, p) SHAP's contributions to each row's output."""
        return of_outputs(self.shap.values, self.outputs)

    @property
    def lime_values(self) -> Floats:
        """(n, p) LIME's."""
        return of_outputs(self.lime.values, self.outputs)

    @property
    def by_permutation(self) -> bool:
        """Whether SHAP's values have a sampling error."""
        return self.shap.pairs > 0

    def shap_of(self, question: Question, pairs: int | None = None, cancel: Cancel | None = None) -> Floats:
        """Return SHAP's answer to another question about the same rows, (n, players)."""
        if self.route is not None:
            found = self.route(question)
            if not isinstance(found, Declined):
                return of_outputs(found.values, self.outputs)
        answer = ask_the_model(question, read(question, ()), pairs=pairs or self.pairs, cancel=cancel).answer
        return of_outputs(answer.values, self.outputs)

    def lime_of(
        self, question: Question, *, samples: int | None = None, discretize: bool = True, seed: int = 0
    ) -> Floats:
        """Return LIME's answer to another question about the same rows, (n, players)."""
        found = needed(
            by_lime(question, samples=samples or self.samples, discretize=discretize, seed=question.seed + seed)
        )
        return of_outputs(found.values, self.outputs)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Without:
    """Both methods without one difference.

    Parameters
    ----------
    name
        Which difference.
    removed
        What was done, completing "agreement when …".
    shap, lime
        (n, p) contributions; None where this is no difference here.
    groups
        Columns that act together, as positions; None where each stands by itself.
    """

    name: str
    removed: str
    shap: Floats | None = None
    lime: Floats | None = None
    groups: list[list[int]] | None = None


def needed(found: LimeAnswer | Declined) -> LimeAnswer:
    """Return LIME's answer, or raise `MissingInputError` with why there is none."""
    if isinstance(found, Declined):
        raise MissingInputError("explanation by LIME", found.why)
    return found


def ask_both(
    shap_question: Question, lime_question: Question, *, samples: int, cancel: Cancel | None = None
) -> "tuple[Asked, int]":
    """Return both methods' answers, and how many of the rows they are about: fewer where SHAP can only ask the model."""
    reading = read(shap_question.part([0]))
    route = None if reading.routed is None else reading.routed.route
    count = len(shap_question.rows)
    if route is None:
        shap_question = shap_question.lighter()
        count = min(count, max(_FEWEST_ROWS, EVALUATIONS // shap_question.evaluations_a_row(ASKED_PAIRS)))
    shap_question, lime_question = shap_question.part(range(count)), lime_question.part(range(count))
    check_cancel(cancel)
    whole = read(shap_question, (route,) if route is not None else ())
    if whole.routed is not None:
        answer = whole.routed.answer
    else:
        route = None
        answer = ask_the_model(shap_question, reading, pairs=ASKED_PAIRS, cancel=cancel).answer
    hood = draw_neighbourhood(lime_question, samples=samples)
    lime = needed(by_lime(lime_question, neighbourhood=hood, cancel=cancel))
    return Asked(
        shap_question=shap_question, lime_question=lime_question, route=route, shap=answer, lime=lime, hood=hood,
        outputs=outputs_of(answer.prediction), pairs=ASKED_PAIRS, samples=samples,
    ), count  # fmt: skip


def without_each(
    study: Study, asked: Asked, *, seed: int, progress: Progress | None = None, cancel: Cancel | None = None
) -> Iterator[Without]:
    """Yield both methods' answers with one difference removed at a time."""
    tries: tuple[Callable[[], Without], ...] = (
        partial(_scale, study, asked, seed), partial(_baseline, asked, seed), partial(_ranges, asked),
        partial(_correlated, asked, cancel), partial(_interaction, asked, cancel), partial(_unstable, asked, cancel),
    )  # fmt: skip
    for number, each in enumerate(tries, start=1):
        check_cancel(cancel)
        found = each()
        if progress is not None:
            progress(number / len(tries), f"cause {found.name}")
        yield found


def _scale(study: Study, asked: Asked, seed: int) -> Without:
    ours, theirs = asked.shap_question.scale, asked.lime_question.scale
    if ours != theirs:
        question = replace(asked.shap_question, background=asked.lime_question.background)
        return Without(
            name="scale",
            removed=f"LIME is asked about {ours}, too",
            shap=asked.shap_values,
            lime=asked.lime_of(question),
        )
    model = study.model.model if isinstance(study.model, EstimatorPredictor) else None
    natural = natural_scale(model)
    if ours != "probability" or natural != "log-odds":
        return Without(name="scale", removed=f"both are on one scale, {ours}")
    output: Output = "log-odds"
    other = ask_study(
        study, asked.shap_question.rows, output=output, background=asked.shap_question.background, seed=seed
    )
    other = replace(other, players=asked.shap_question.players)
    routed = read(other).routed
    shap = asked.shap_of(other) if routed is None else of_outputs(routed.answer.values, asked.outputs)
    return Without(
        name="scale", removed="both are asked about log-odds, on which the model adds up", shap=shap, lime=asked.lime_of(other)
    )  # fmt: skip


def _baseline(asked: Asked, seed: int) -> Without:
    """Compare both with the average over LIME's samples: a column's range then counts against all, not against the others."""
    question = asked.shap_question
    training = question.background if question.training is None else question.training
    rng = np.random.default_rng([seed, 11])
    drawn = training.iloc[rng.integers(0, len(training), len(question.background))].reset_index(drop=True)
    independent = synthetic(drawn, question.players, "independent", rng)
    shap = asked.shap_of(replace(question, background=independent))
    outside = np.nan_to_num(1 - asked.lime.fit.alike, nan=1.0)
    return Without(
        name="baseline", removed="both compare with the average over LIME's samples, not LIME with the other ranges", shap=shap,
        lime=asked.lime_values * outside,
    )  # fmt: skip


def _ranges(asked: Asked) -> Without:
    question = asked.lime_question
    if not any(_varies(question.background[column]) for (column, *more) in question.players.values() if not more):
        return Without(name="ranges", removed="no column holds numbers")
    return Without(
        name="ranges", removed="LIME takes numbers as they are, not as ranges", shap=asked.shap_values,
        lime=asked.lime_of(question, discretize=False),
    )  # fmt: skip


def _varies(cells: "pd.Series[Any]") -> bool:
    return holds_numbers(cells) and not pd.api.types.is_bool_dtype(cells.dtype)


def _correlated(asked: Asked, cancel: Cancel | None) -> Without:
    question = asked.shap_question
    names = list(question.players)
    groups = groups_of(question)
    joined = {" + ".join(names[k] for k in group): group for group in groups if len(group) > 1}
    if not joined:
        return Without(name="correlated columns", removed=f"no columns go together by more than {RELATED}")
    players = {
        " + ".join(names[k] for k in group): tuple(column for k in group for column in question.players[names[k]])
        for group in groups
    }
    if len(players) == 1:
        return Without(name="correlated columns", removed="all columns go together")
    shap = asked.shap_of(replace(question, players=players), cancel=cancel)
    lime = asked.lime_of(replace(asked.lime_question, players=players))
    return Without(
        name="correlated columns", removed=f"columns that go together act together ({len(joined)} groups)"
        if len(joined) > 1 else "the columns that go together act as one", shap=shap, lime=lime, groups=groups,
    )  # fmt: skip


def groups_of(question: Question) -> list[list[int]]:
    """Return the players in groups (positions) that go together; each by itself where columns act in groups anyway."""
    alone = [columns[0] for columns in question.players.values() if len(columns) == 1]
    if len(alone) != len(question.players):
        return [[k] for k in range(len(question.players))]
    training = question.background if question.training is None else question.training
    return columns_together(training[alone])[0]


def _interaction(asked: Asked, cancel: Cancel | None) -> Without:
    if any(len(columns) > 1 for columns in asked.shap_question.players.values()):
        return Without(name="interaction", removed="not measured where columns act in groups")
    one = AdditivePart(asked.shap_question, cancel)
    same = asked.shap_question.scale == asked.lime_question.scale
    other = one if same else AdditivePart(asked.lime_question, cancel)
    shap = of_outputs(one.contributions(asked.shap_question), asked.outputs)
    lime = asked.lime_of(replace(asked.lime_question, predict=other))
    return Without(
        name="interaction", removed="both are asked about the model without its interactions", shap=shap, lime=lime
    )


def _unstable(asked: Asked, cancel: Cancel | None) -> Without:
    exact, shap = not asked.by_permutation, asked.shap_values
    if not exact:
        shap = asked.shap_of(asked.shap_question, pairs=2 * asked.pairs, cancel=cancel)
    samples = min(_MOST_TIMES * asked.samples, max(_MORE * asked.samples, _MORE_SAMPLES))
    lime = asked.lime_of(asked.lime_question, samples=samples, seed=1)
    often = f"LIME may draw {samples:,} samples"
    return Without(
        name="instability", removed=often if exact else f"{often}, SHAP twice as many pairs", shap=shap, lime=lime
    )


def twice(asked: Asked) -> tuple[Floats, Floats | None]:
    """Return LIME's contributions by another neighbourhood, and SHAP's by other permutations; None where they are exact."""
    lime = asked.lime_of(asked.lime_question, seed=2)
    if not asked.by_permutation:
        return lime, None
    rng = np.random.default_rng([asked.shap_question.seed, 13])
    error = np.nan_to_num(of_outputs(asked.shap.standard_error, asked.outputs))
    return lime, asked.shap_values + error * rng.standard_t(asked.shap.pairs, size=error.shape)


def placebo_sums(values: Floats, groups: list[list[int]], rng: np.random.Generator) -> Floats:
    """Return contributions summed over random groups of the same sizes, (n, groups)."""
    order = rng.permutation(values.shape[1])
    return grouped(values, [[int(order[k]) for k in group] for group in groups])
