"""Whether more data would help: the score of refits on ever more rows, and the gain of the last doubling."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import FitError, InputError, MissingInputError
from mlops_widgets.measures.folds.repeated_fits import mean_of_fits
from mlops_widgets.overfitting.validation.learning_curve_findings import find
from mlops_widgets.overfitting.validation.refits import Scorer, asked_rows, estimator_of, labelled, teaches
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.row_weights import weighting
from mlops_widgets.study.searches import chosen_model
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FEWEST_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class LearningCurveResult(Result):
    """The score on unseen rows and on those learned from, by how many rows were learned from.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        The study's metric.
    margin
        The smallest gain that matters, in the metric's unit.
    table
        Where the refits were asked.
    sizes
        Rows learned from, rising, each about twice the one before, shape (k,).
    scores, lower, upper
        Mean score of the refits on unseen rows, with 95 % intervals, shape (k,).
    train
        Mean score on the rows learned from, shape (k,).
    repeats
        Refits a size.
    gain, gain_lower, gain_upper
        How much better the last size is than the one before, positive where better, with its 95 % interval.
    extrapolated_rows, extrapolated
        Twice the last size, and the score there if that doubling gained as much as the last: an extrapolation, and
        rather too good, since learning curves flatten.
    available_rows
        Labelled rows of the reference.
    synthetic
        Whether the data were made up.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    table: str
    sizes: Integers
    scores: Floats
    lower: Floats
    upper: Floats
    train: Floats
    repeats: int
    gain: float
    gain_lower: float
    gain_upper: float
    extrapolated_rows: int
    extrapolated: float
    available_rows: int
    synthetic: bool = False

    def frame(self) -> "pd.DataFrame":
        """Return one row a size: score with its interval, and the score on the rows learned from."""
        import pandas as pd

        return pd.DataFrame({
            "rows": self.sizes, "value": self.scores, "lower": self.lower, "upper": self.upper, "train": self.train,
        })  # fmt: skip


@strategy("OV-LC")
def measure_learning_curve(
    study: Study,
    *,
    sizes: int = 5,
    repeats: int = 3,
    max_fit_rows: int = 3000,
    max_test_rows: int = 3000,
    margin: float | None = None,
    draws: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LearningCurveResult:
    """Find out whether more rows to learn from would make the model better.

    The model is refitted on random parts of the reference (whole units), each about twice as large as the one before,
    and asked about the same unseen rows. Within a repeat each part holds the smaller ones.

    Parameters
    ----------
    study
        With a reference, a model that can be refitted, and a labelled test or production.
    sizes
        How many sizes, 2 to 8.
    repeats
        Refits a size, 2 or more: their spread is part of the interval.
    max_fit_rows
        Most rows that a refit learns from, 20 or more; fits take time.
    max_test_rows
        Most unseen rows that refits are asked about, 20 or more.
    margin
        The smallest gain that matters, in the metric's unit, above 0. By default the study's, else the metric's.
    draws
        Bootstrap draws, 100 or more.
    seed
        Seed of parts, refits and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    LearningCurveResult or NoResult
        Finding: OV-LC-01 the gain of the last doubling.

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.measure_learning_curve(
    ...     mw.sample("census"), sizes=2, repeats=2, max_fit_rows=200, draws=100
    ... )
    >>> result.sizes.tolist()
    [100, 200]
    """
    check_margin(margin, "the smallest gain that matters")
    check_counts(repeats=(repeats, 2), max_fit_rows=(max_fit_rows, 20), max_test_rows=(max_test_rows, 20))
    check_counts(draws=(draws, 100), seed=(seed, 0))
    if not 2 <= sizes <= 8:
        raise InputError(f"sizes={sizes}. Pass 2 to 8: each size is twice the one before.")
    learner = chosen_model(estimator_of(study))
    table, known, _ = labelled(study)
    rng = np.random.default_rng(seed)
    asked = asked_rows(study, most=max_test_rows, rng=rng)
    goals = _sizes(min(len(known), max_fit_rows), sizes)
    parts = _teaching([_nested(study, table, known, goals=goals, rng=rng) for _ in range(repeats)], study, table)
    scorer = Scorer(study=study, asked=asked, draws=draws, seed=seed, cancel=cancel)
    fitting = partial(_fit, study, learner, table, scorer=scorer, seed=seed, progress=progress, cancel=cancel)
    parts, fitted = _fit_what_can_be(parts, fitting)
    goals = goals[-len(parts[0]) :]
    outputs = [output for each in fitted for output in each.outputs]
    values, drawn = scorer.scores(outputs)
    shape = (repeats, len(goals))
    values, drawn = values.reshape(shape), drawn.reshape(*shape, -1)
    counts = {"units": scorer.units, "events": scorer.events, "rows": asked.n}
    each_size = [mean_of_fits(values[:, k], drawn[:, k], **counts) for k in range(len(goals))]
    sign = 1.0 if study.metric.greater_is_better else -1.0
    gain = mean_of_fits(sign * (values[:, -1] - values[:, -2]), sign * (drawn[:, -1] - drawn[:, -2]), **counts)
    low, high = study.metric.lower, study.metric.upper
    reached = np.asarray(np.round(np.mean([[len(part) for part in each] for each in parts], axis=0)), dtype=np.int64)
    result = LearningCurveResult(
        findings=(), rows=asked.n, seed=seed, method=_method(study, scorer, repeats, len(known), goals),
        reference="Welch 1947; Satterthwaite 1946; Viering & Loog 2023, The shape of learning curves", metric=study.metric.name,
        metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better,
        margin=study.accepted_loss(float(values[:, -1].mean()), margin), table=asked.table.name,
        sizes=reached, extrapolated_rows=2 * int(reached[-1]),
        extrapolated=float(np.clip(each_size[-1].value + sign * gain.value, low, high)),
        scores=np.array([each.value for each in each_size]),
        lower=np.clip([each.lower for each in each_size], low, None), upper=np.clip([each.upper for each in each_size], None, high),
        train=np.mean([each.train for each in fitted], axis=0), repeats=repeats, gain=gain.value, gain_lower=gain.lower,
        gain_upper=gain.upper, available_rows=len(known), synthetic=study.synthetic,
    )  # fmt: skip
    return replace(result, findings=find(result))


def _sizes(most: int, count: int) -> list[int]:
    """Return the sizes: halves of halves of the most, none below ten rows, two at least."""
    found = [most]
    while len(found) < count and found[-1] // 2 >= _FEWEST_ROWS // 2:
        found.append(found[-1] // 2)
    if len(found) < 2:
        raise MissingInputError(
            f"{_FEWEST_ROWS} labelled training rows to halve", f"The reference has {most}; pass more of them."
        )
    return found[::-1]


def _nested(
    study: Study, table: Table, known: Integers, *, goals: list[int], rng: np.random.Generator
) -> list[Integers]:
    """Return parts of about these sizes, each within the next: whole units in a random order."""
    units = (
        np.unique(study.units(table)[known], return_inverse=True)[1] if study.unit != "row" else np.arange(len(known))
    )
    place = rng.permutation(int(units.max()) + 1)[units]
    order = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place))
    parts = []
    for goal in goals:
        rows = order[: ends[max(0, int(np.searchsorted(ends, goal, side="right")) - 1)]]
        parts.append(np.sort(known[rows]))
    return parts


def _teaching(parts: list[list[Integers]], study: Study, table: Table) -> list[list[Integers]]:
    """Return the sizes from the first whose parts all hold every class: of rare ones the small parts lack some."""
    y = study.labels(table)
    able = [all(teaches(study, y[each[size]]) for each in parts) for size in range(len(parts[0]))]
    first = len(able) - able[::-1].index(False) if False in able else 0
    if len(able) - first < 2:
        rows = int(max(len(each[-2]) for each in parts))
        raise MissingInputError(
            "training rows of every class in half of them",
            f"A part of {rows:,} training rows lacks a class. Pass a larger max_fit_rows=, or more training rows.",
        )
    return [each[first:] for each in parts]


@dataclass(frozen=True, eq=False)
class _Repeat:
    """What the refits of one repeat say of the unseen rows, one output a size, and their scores on their own (sizes,)."""

    outputs: list[Floats]
    train: Floats


def _fit_what_can_be(
    parts: list[list[Integers]], fit: Callable[[list[list[Integers]]], list[_Repeat]]
) -> tuple[list[list[Integers]], list[_Repeat]]:
    """Return the sizes from which on the model can be fitted, two at least, and their refits: some need more than few rows."""
    while True:
        try:
            return parts, fit(parts)
        except FitError:
            if len(parts[0]) <= 2:
                raise
            parts = [each[1:] for each in parts]


def _fit(
    study: Study, learner: EstimatorPredictor, table: Table, parts: list[list[Integers]], *, scorer: Scorer, seed: int,
    progress: Progress | None, cancel: Cancel | None,
) -> list[_Repeat]:  # fmt: skip
    jobs = [(repeat, rows) for repeat, each in enumerate(parts) for rows in each]
    found = [_Repeat([], np.zeros(0)) for _ in parts]
    for repeat, rows in steps(jobs, "refit", progress, cancel):
        learned = table.take(rows)
        model = learner.refit(learned, seed=seed + repeat)
        here = study.measure(learned, model=model)
        own = float(here.metric.draws(here.y, here.output, here.weights[None, :])[0])
        before = found[repeat]
        found[repeat] = _Repeat([*before.outputs, scorer.outputs(model)], np.append(before.train, own))
    return found


def _method(study: Study, scorer: Scorer, repeats: int, known: int, goals: list[int]) -> str:
    sampled = f", {goals[-1]:,} of the {known:,} training rows at most" if goals[-1] < known else ""
    weights = f". {weighting(study)}" if study.roles.weights else ""
    whole = (
        ""
        if goals[-1] < known
        else ". The last size is all of them: what holds is said of these training rows, other ones would differ more"
    )
    return (
        f"{repeats} refits a size{sampled}, each on other rows and with another random state, asked about the same "
        f"{scorer.asked.n:,} rows of {scorer.asked.table.name}. 95 % intervals of the mean: bootstrap by {study.unit_name}, "
        f"{scorer.draws:,} draws, plus the spread of the refits (Welch–Satterthwaite){whole}{weights}"
    )  # fmt: skip
