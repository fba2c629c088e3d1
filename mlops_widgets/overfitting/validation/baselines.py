"""What the model is worth beside what anybody has for nothing: a constant, one feature, a linear model, the past."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import MissingInputError, listed
from mlops_widgets.measures.folds.splitters import draw_of_size
from mlops_widgets.measures.intervals import Estimate, estimate_of, paired_difference
from mlops_widgets.measures.resampling import Scored
from mlops_widgets.overfitting.validation.baselines_findings import find
from mlops_widgets.overfitting.validation.simple_models import (
    Answering,
    BaselineName,
    Learning,
    best_feature,
    calendar,
    constant,
    last_period,
    last_value,
    linear,
    read_answers,
)
from mlops_widgets.study.scoring import resampler_of, weights_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.timeline import codes

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A model that costs nothing, beside the study's on the same rows.

    Parameters
    ----------
    name, label
        Which one, as in code and as read.
    value, lower, upper
        The metric, with its 95 % interval.
    gain, gain_lower, gain_upper
        How much better the study's model is, positive where it is better, with its paired 95 % interval.
    """

    name: BaselineName
    label: str
    value: float
    lower: float
    upper: float
    gain: float
    gain_lower: float
    gain_upper: float


@dataclass(frozen=True, kw_only=True)
class BaselineResult(Result):
    """The study's model beside simple ones, on the same rows.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        The study's metric.
    margin
        The smallest advantage that matters, in the metric's unit.
    table
        Where all were asked.
    value, lower, upper
        The study's model there, with its 95 % interval.
    learned_rows
        How many rows of the reference the baselines learned from.
    baselines
        The simple models, the constant one first.
    feature
        The one feature chosen, or "".
    synthetic
        Whether the data were made up.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    table: str
    value: float
    lower: float
    upper: float
    learned_rows: int
    baselines: tuple[Baseline, ...]
    feature: str = ""
    synthetic: bool = False

    @property
    def strongest(self) -> Baseline:
        """The baseline with the best score."""
        return min(self.baselines, key=lambda each: each.gain)

    def frame(self) -> "pd.DataFrame":
        """Return one row a baseline: its score, and how much better the study's model is, with intervals."""
        import pandas as pd

        return pd.DataFrame([vars(each) for each in self.baselines]).set_index("name")


@strategy("OV-BL")
def compare_baselines(
    study: Study,
    *,
    margin: float | None = None,
    max_fit_rows: int = 20_000,
    draws: int = 400,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> BaselineResult:
    """Find out whether the model is better than what costs nothing.

    A constant; a small tree on the one best feature (chosen on rows of the reference that it didn't learn from); a
    logistic or ridge regression on all features; and where there is time, the latest earlier value of the entity, the mean
    of the latest earlier time block, and the mean at this weekday and hour.

    Parameters
    ----------
    study
        With a reference and a labelled test or production.
    margin
        The smallest advantage that matters, in the metric's unit, above 0. By default the study's, else the metric's.
    max_fit_rows
        Most reference rows that baselines learn from, 10 or more; more are sampled by unit.
    draws
        Bootstrap draws, 100 or more.
    seed
        Seed of sample, choice and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    BaselineResult or NoResult
        Findings: OV-BL-01 the strongest baseline, then one each: OV-BL-02 constant, OV-BL-03 one feature, OV-BL-04
        linear, OV-BL-05 last value, OV-BL-06 last period, OV-BL-07 weekday and hour.

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.compare_baselines(mw.sample("census"), max_fit_rows=1000, draws=100)
    >>> [each.name for each in result.baselines]
    ['constant', 'one_feature', 'linear']
    """
    check_margin(margin, "the smallest advantage that matters")
    check_counts(max_fit_rows=(max_fit_rows, 10), draws=(draws, 100), seed=(seed, 0))
    rows = _learning(study, max_fit_rows=max_fit_rows, seed=seed)
    asked = _asked(study)
    scored: dict[str, Scored] = {"model": (asked.metric, asked.y, asked.output)}
    labels: dict[BaselineName, str] = {}
    feature = ""
    for done, (name, label, answering) in enumerate(_baselines(rows), start=1):
        check_cancel(cancel)
        output = read_answers(study, asked.metric, answering(asked.table), threshold=_threshold(rows, answering))
        if _has_value(asked, output[asked.rows]):
            scored[name], labels[name] = (asked.metric, asked.y, output[asked.rows]), label
            feature = label if name == "one_feature" else feature
        tell(progress, min(0.8, done * 0.2), name)
    weights = weights_of(study, asked)
    resampler = resampler_of(study, asked.units, draws=draws, seed=seed)
    drawn = resampler.draws(scored, sample_weights=weights, cancel=cancel)
    each = {name: estimate_of(scored[name], drawn[name], resampler, sample_weights=weights) for name in scored}
    own = each["model"]
    found = tuple(
        _baseline(study, name, labels[name], (own, drawn["model"]), (each[name], drawn[name])) for name in labels
    )
    limit = study.accepted_loss(own.value, margin)
    result = BaselineResult(
        findings=(), rows=asked.n, seed=seed, method=_method(study, rows, asked, draws=draws),
        reference="Efron 1979; Field & Welsh 2007", metric=asked.metric.name, metric_label=asked.metric.label,
        greater_is_better=asked.metric.greater_is_better, margin=limit, table=asked.table.name, value=own.value,
        lower=own.lower, upper=own.upper, learned_rows=len(rows.y), baselines=found, feature=feature, synthetic=study.synthetic,
    )  # fmt: skip
    return find(result)


def _learning(study: Study, *, max_fit_rows: int, seed: int) -> Learning:
    """Return the labelled rows of the reference, at most so many, whole units."""
    table = study.need("reference")
    y = study.labels(table)
    known = np.flatnonzero(~np.isnan(y))
    if not len(known):
        raise MissingInputError("labelled rows in reference", "Pass the labels of the rows the model was trained on.")
    units = study.units(table)
    if len(known) > max_fit_rows:
        rng = np.random.default_rng(seed)
        known = draw_of_size(known, max_fit_rows, rng=rng, units=None if study.unit == "row" else units)
    return Learning(study=study, table=table.take(known), y=y[known], weights=study.weights(table)[known],
                    units=codes(units[known]), seed=seed)  # fmt: skip


def _asked(study: Study) -> Measured:
    """Return the labelled rows of the first test or else of production on which the metric has a value."""
    for table in (study.test, study.production):
        if table is None or study.outcome.target not in table or np.isnan(study.labels(table)).all():
            continue
        rows = study.measure(table)
        if _has_value(rows, rows.output):
            return rows
    raise MissingInputError(
        f"labelled test or production on which {study.metric.label} has a value",
        "Pass test= with labels of every class.",
    )


def _has_value(rows: Measured, output: Floats) -> bool:
    if np.isnan(output).any():
        return False
    return not np.isnan(rows.metric.draws(rows.y, output, rows.weights[None, :])[0])


def _baselines(rows: Learning) -> Iterator[tuple[BaselineName, str, Answering]]:
    study = rows.study
    yield "constant", "always the same answer", constant(rows)
    features = [name for name in study.model.features or study.roles.features if name in rows.table]
    several = study.task == "regression" or len(np.unique(rows.y)) > 1
    if features and several:
        best = best_feature(rows, features, study.metric)
        if best is not None:
            yield "one_feature", f"{listed([best[0]])} alone", best[1]
        yield "linear", f"{'ridge' if study.task == 'regression' else 'logistic'} regression", linear(rows, features)
    past: tuple[tuple[BaselineName, str, Answering | None], ...] = (
        ("last_value", "the entity's last value", last_value(rows)),
        ("last_period", "the last period's mean", last_period(rows)),
        ("calendar", "the mean at this weekday and hour", calendar(rows)),
    )  # fmt: skip
    for name, label, answering in past:
        if answering is not None:
            yield name, label, answering


def _threshold(rows: Learning, answering: Answering) -> float | None:
    """Return the score from which a baseline decides positively as often as the model does; None for the probable class.

    A model with a threshold of its own would else be compared with a decision that nobody tuned.
    """
    study = rows.study
    if study.decision_threshold is None or study.task != "binary" or study.metric.needs != "predictions":
        return None
    share = float(study.model.predictions(rows.table).mean())
    return float(np.quantile(answering(rows.table)[:, 1], 1 - share))


Drawn = tuple[Estimate, Floats]
"""The metric of one model, and under each resample."""


def _baseline(study: Study, name: BaselineName, label: str, own: Drawn, its: Drawn) -> Baseline:
    a, b = (own, its) if study.metric.greater_is_better else (its, own)
    gap = paired_difference(study.metric, a[0], b[0], a[1], b[1])
    return Baseline(name=name, label=label, value=its[0].value, lower=its[0].lower, upper=its[0].upper, gain=gap.value,
                    gain_lower=gap.lower, gain_upper=gap.upper)  # fmt: skip


def _method(study: Study, rows: Learning, asked: Measured, *, draws: int) -> str:
    past = ""
    if study.roles.time:
        past = ". Baselines of the past know every earlier label, as if labels came at once: where labels come late they look better than they could be"
    return (
        f"All on the same {asked.n:,} rows of {asked.table.name}; bootstrap by {study.unit_name}, {draws:,} draws, differences "
        f"paired, 95 % intervals. Baselines learned from {len(rows.y):,} rows of the reference{past}. Smallest advantage that "
        f"matters: {number(study.accepted_loss(asked.score))} by default"
    )  # fmt: skip
