"""Both models on the same rows: what each says, how far apart they are, and what the first rows alone would have told."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.experiments.ramps import Guard
from mlops_widgets.measures.influence import jackknife
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.losses import mean_of
from mlops_widgets.measures.metric import Metric
from mlops_widgets.measures.paired_tests import McNemar, RankedPair, delong, mcnemar, mcnemar_by_unit
from mlops_widgets.measures.weighted import Numbers
from mlops_widgets.overfitting.experiments.challengers import Challenge, in_time
from mlops_widgets.study.scoring import compare_scores, estimate_score, no_value, on_common_rows, weights_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table, cap_rows

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_VALUE_MARGIN = 0.05


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """Both models on the same labelled rows.

    Parameters
    ----------
    ours, theirs
        The rows with the model's answers, and with the challenger's.
    incumbent, challenger
        The metric of each with its interval.
    gain
        How much better the challenger is, paired.
    decisions, decisions_p_value
        Rows on which only the model, or only the challenger, decides right; None in regression, or where a model decides nothing.
        McNemar's mid-p where each row is its own unit, else the p-value by unit.
    ranked
        DeLong's comparison of ROC AUC; None for another metric, weights, or where rows aren't the unit.
    """

    ours: Measured
    theirs: Measured
    incumbent: Estimate
    challenger: Estimate
    gain: Estimate
    decisions: McNemar | None
    decisions_p_value: float
    ranked: RankedPair | None


def compare_in_shadow(
    study: Study, challenge: Challenge, *, max_rows: int, draws: int, seed: int, cancel: Cancel | None
) -> Shadow:
    """Ask both models about the same rows and compare them, paired.

    Raises
    ------
    MissingInputError
        If a model lacks what the metric needs, or the metric has no value on these rows.
    """
    table = cap_rows(challenge.table, max_rows=max_rows, by=study.outcome.target, seed=seed, entity=study.roles.entity)
    ours, theirs = _both(study.measure(table), study.measure(table, model=challenge.model))
    higher = ours.metric.greater_is_better
    pair = (theirs, ours) if higher else (ours, theirs)
    try:
        one, other, gain = compare_scores(study, *pair, draws=draws, seed=seed, cancel=cancel)
    except InputError as error:
        raise no_value(study, f"on {challenge.where}") from error
    incumbent, challenger = (other, one) if higher else (one, other)
    decisions, p_value = _decisions(study, challenge, ours)
    return Shadow(
        ours=ours, theirs=theirs, incumbent=incumbent, challenger=challenger, gain=gain, decisions=decisions,
        decisions_p_value=p_value, ranked=_ranked(study, ours, theirs),
    )  # fmt: skip


def _both(ours: Measured, theirs: Measured) -> tuple[Measured, Measured]:
    """Keep the rows that both models answer."""
    both = on_common_rows(ours, theirs)
    if not both[0].n:
        raise MissingInputError(f"rows in {ours.table.name} that both models answer", "Pass more rows.")
    return both


def _decisions(study: Study, challenge: Challenge, rows: Measured) -> tuple[McNemar | None, float]:
    if study.task == "regression" or not {"predict"} <= study.model.can & challenge.model.can:
        return None, float("nan")
    ours, theirs = (model.predictions(rows.table)[rows.rows] == rows.y for model in (study.model, challenge.model))
    found = mcnemar(int((ours & ~theirs).sum()), int((theirs & ~ours).sum()))
    if study.unit == "row":
        return found, found.mid
    net = np.bincount(rows.units, weights=theirs.astype(np.float64) - ours)
    return found, mcnemar_by_unit(net)


def _ranked(study: Study, ours: Measured, theirs: Measured) -> RankedPair | None:
    rare = min(int((ours.y == code).sum()) for code in (0, 1)) if study.task == "binary" else 0
    if ours.metric.name != "roc_auc" or study.unit != "row" or study.roles.weights is not None or rare < 2:
        return None
    return delong(ours.y, ours.output, theirs.output)


def guards_of(
    study: Study, challenge: Challenge, shadow: Shadow, *, margin: float, seed: int, cancel: Cancel | None
) -> tuple[Guard, ...]:
    """Return what a ramp watches: the metric and, where the study has prices, the mean value of a decision.

    What is randomised is the entity where there is one, else the row: a ramp splits the rows of a day, and what a day does to all
    of them leaves the difference.
    """
    ours, theirs = shadow.ours, shadow.theirs
    units = ours.units if study.unit == "entity" else np.arange(ours.n)
    weights = weights_of(study, ours)

    def guard(metric: Metric, first: Numbers, second: Numbers, limit: float) -> Guard:
        parts = [
            jackknife(metric, ours.y, output, units, sample_weights=weights, seed=seed, cancel=cancel)
            for output in (first, second)
        ]
        return Guard(incumbent=parts[0], challenger=parts[1], margin=limit, sign=1 if metric.greater_is_better else -1)

    found = [guard(ours.metric, ours.output, theirs.output, margin)]
    values = _values(study, challenge, ours)
    if values is not None:
        limit = _VALUE_MARGIN * abs(float(np.average(values[0], weights=weights)))
        found += [guard(_VALUE, *values, limit)] if limit > 0 else []
    return tuple(found)


_VALUE = Metric(
    name="value", label="value per decision", needs="predictions", tasks=frozenset({"binary"}), greater_is_better=True,
    lower=None, upper=None, relative_margin=True, prepare=mean_of(lambda _, values: np.asarray(values, dtype=np.float64)),
)  # fmt: skip


def _values(study: Study, challenge: Challenge, rows: Measured) -> tuple[Floats, Floats] | None:
    """Return what each row's decision would be worth by each model, where the study has prices and both decide."""
    if study.values is None or not {"predict"} <= study.model.can & challenge.model.can:
        return None
    y = study.labels(rows.table)
    worth = [
        study.values.of_rows(rows.table, y, model.predictions(rows.table))[rows.rows]
        for model in (study.model, challenge.model)
    ]
    return None if np.isnan(worth).any() else (worth[0], worth[1])


@dataclass(frozen=True, kw_only=True)
class First:
    """What the model's first rows in production tell: their number, the metric there, and on all of production."""

    rows: int
    score: Estimate
    overall: float


def first_rows(study: Study, *, share: float, draws: int, seed: int, cancel: Cancel | None) -> First | None:
    """Return the model's score on the earliest rows of production; None where it has none there."""
    table = study.production
    if table is None or study.outcome.target not in table:
        return None
    try:
        everything = study.measure(table)
        overall = everything.metric(everything.y, everything.output, weights_of(study, everything))
        rows = everything.take(_earliest(study, everything, share))
        score = estimate_score(study, rows, draws=draws, seed=seed, cancel=cancel)
    except (InputError, MissingInputError):  # too few rows, or of one class
        return None
    return First(rows=rows.n, score=score, overall=overall)


def offline_score(study: Study, *, draws: int, seed: int, cancel: Cancel | None) -> Estimate | None:
    """Return the model's score on the test, which is what production was promised; None where it has none."""
    table: Table | None = study.test
    if table is None or study.outcome.target not in table:
        return None
    try:
        return estimate_score(study, study.measure(table), draws=draws, seed=seed, cancel=cancel)
    except (InputError, MissingInputError):
        return None


def _earliest(study: Study, rows: Measured, share: float) -> Integers:
    """Return the positions of the earliest labelled rows, whole blocks of time."""
    order = in_time(study, rows.table)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    when = place[rows.rows]
    if study.unit == "time block":
        first = np.full(int(rows.units.max()) + 1, len(order))
        np.minimum.at(first, rows.units, when)
        when = first[rows.units]
    last = np.sort(when)[max(1, round(share * rows.n)) - 1]
    return np.flatnonzero(when <= last)


def rows_a_day(study: Study, table: Table) -> float | None:
    """Return how many rows of the source a day has over the days that the table spans, where it has dates."""
    if study.roles.time is None or study.roles.time not in table or not study.chunks(table).are_dates:
        return None
    times = study.times(table)
    known = np.zeros(0) if times is None else times[~np.isnan(times)]
    days = (known.max() - known.min()) / 86_400_000 if len(known) else 0.0
    return len(known) / table.kept / (days + 1) if days >= 1 else None
