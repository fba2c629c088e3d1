"""How much better a challenger is: by several metrics, in groups, over time, in money, and how well its forecasts are calibrated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures.calibration import mean_difference, recalibration_line
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.metrics import Metric, Task, get_metric
from mlops_widgets.study.challengers import Challenge
from mlops_widgets.study.metric import ABILITY_FOR
from mlops_widgets.study.scoring import compare_scores, on_common_rows, weights_of
from mlops_widgets.study.side_by_side import VALUE, SideBySide, decision_values
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table, distinct

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FEWEST_ROWS = 50
"""Labelled rows of a group or chunk below which no difference is measured there."""
_MOST_COLUMNS, _MOST_LEVELS, _MOST_CHUNKS = 3, 12, 12
_LONGEST_NAME = 60
_SLOW_DRAWS = 100
_USUAL: dict[Task, tuple[str, ...]] = {
    "binary": ("roc_auc", "average_precision", "log_loss", "brier", "accuracy"),
    "multiclass": ("accuracy", "balanced_accuracy", "f1_macro", "log_loss"),
    "regression": ("rmse", "mae", "r2"),
}


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Two models on the same rows, by one metric.

    Parameters
    ----------
    label
        What is compared: a metric, a group's name, or a chunk's.
    metric
        Name of the metric.
    rows
        How many rows.
    champion, challenger
        The metric of each.
    gain, lower, upper
        How much better the challenger is, with its interval; NaN ends where these rows give none.
    level
        Coverage of this interval alone: with it, all of its kind hold together in 95 %.
    """

    label: str
    metric: str
    rows: int
    champion: float
    challenger: float
    gain: float
    lower: float
    upper: float
    level: float


@dataclass(frozen=True, kw_only=True)
class Forecasts:
    """How well one model's forecasts are calibrated.

    Parameters
    ----------
    model
        "champion" or "challenger".
    bias, bias_lower, bias_upper
        Mean outcome less mean forecast.
    slope
        Of the line that would correct the forecasts; below 1 they are too extreme.
    distance, distance_lower, distance_upper
        Root mean square distance of the forecasts from the corrected ones; NaN where there is no line.
    """

    model: Literal["champion", "challenger"]
    bias: float
    bias_lower: float
    bias_upper: float
    slope: float
    distance: float
    distance_lower: float
    distance_upper: float


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """How intervals are drawn: draws, their seed, and a callback that stops them."""

    draws: int
    seed: int
    cancel: Cancel | None

    def by(self, metric: Metric) -> int:
        """Return how many draws this metric gets in a part of the rows: fewer where each is a call of the user's function."""
        return min(self.draws, _SLOW_DRAWS) if metric.slow else self.draws


def contrast(
    study: Study, ours: Measured, theirs: Measured, drawn: Drawn, *, label: str, level: float = 0.95
) -> Contrast | None:
    """Return how much better the second is on these rows; None where the metric has no value there."""
    check_cancel(drawn.cancel)
    try:
        one, other, apart = compare_scores(
            study, theirs, ours, draws=drawn.by(ours.metric), seed=drawn.seed, level=level, cancel=drawn.cancel
        )
    except InputError:  # such as ROC AUC where only one class occurs
        return None
    gain = apart if ours.metric.greater_is_better else mirrored(apart)
    finite = bool(np.isfinite([gain.lower, gain.upper]).all())
    return Contrast(
        label=label, metric=ours.metric.name, rows=ours.n, champion=other.value, challenger=one.value, gain=gain.value,
        lower=gain.lower if finite else float("nan"), upper=gain.upper if finite else float("nan"), level=level,
    )  # fmt: skip


def mirrored(found: Estimate) -> Estimate:
    """Return the estimate of the opposite sign."""
    return replace(found, value=-found.value, lower=-found.upper, upper=-found.lower)


def by_metrics(study: Study, challenge: Challenge, pair: SideBySide, drawn: Drawn) -> tuple[Contrast, ...]:
    """Return the usual metrics of the task other than the study's own, their intervals holding together (Bonferroni)."""
    able = study.model.can & challenge.model.can
    metrics = [get_metric(name, study.task) for name in _USUAL[study.task]]
    metrics = [each for each in metrics if each.name != study.metric.name and ABILITY_FOR[each.needs] in able]
    level = 1 - 0.05 / max(len(metrics), 1)
    found = []
    for metric in metrics:
        ours, theirs = (study.measure(pair.ours.table, metric, model) for model in (study.model, challenge.model))
        found.append(contrast(study, *on_common_rows(ours, theirs), drawn, label=metric.label, level=level))
    return tuple(each for each in found if each is not None)


def by_value(study: Study, challenge: Challenge, pair: SideBySide, drawn: Drawn) -> Contrast | None:
    """Return the mean value of a decision by each; None where the study has no values, or a model decides nothing."""
    values = decision_values(study, challenge, pair.ours)
    if values is None:
        return None
    ours, theirs = (replace(pair.ours, output=each, metric=VALUE) for each in values)
    return contrast(study, ours, theirs, drawn, label=VALUE.label)


def by_group(study: Study, pair: SideBySide, drawn: Drawn, columns: Sequence[str] | None) -> tuple[Contrast, ...]:
    """Return the gain in every group of enough rows, the intervals of all groups holding together (Bonferroni)."""
    return _by_part(study, pair, drawn, list(_groups(study, pair.ours, columns)))


def by_chunk(study: Study, pair: SideBySide, drawn: Drawn) -> tuple[Contrast, ...]:
    """Return the gain in every chunk of time, in order, their intervals holding together; none without time."""
    table = pair.ours.table
    if study.times(table) is None:
        return ()
    chunks = study.chunks(table, most=_MOST_CHUNKS)
    of_row = chunks.of_row[pair.ours.rows]
    return _by_part(study, pair, drawn, [(label, of_row == place) for place, label in enumerate(chunks.labels)])


def _by_part(study: Study, pair: SideBySide, drawn: Drawn, parts: list[tuple[str, Mask]]) -> tuple[Contrast, ...]:
    parts = [(label, mask) for label, mask in parts if mask.sum() >= FEWEST_ROWS]
    level = 1 - 0.05 / max(len(parts), 1)
    found = [
        contrast(study, pair.ours.take(mask), pair.theirs.take(mask), drawn, label=label, level=level)
        for label, mask in parts
    ]
    return tuple(each for each in found if each is not None)


def _groups(study: Study, rows: Measured, columns: Sequence[str] | None) -> Iterator[tuple[str, Mask]]:
    table = rows.table
    named = [name for name in (study.roles.groups if columns is None else columns) if name in table]
    for column in named[: _MOST_COLUMNS if columns is None else None]:
        cells = table[column].iloc[rows.rows].reset_index(drop=True)
        if pd.api.types.is_numeric_dtype(cells) and distinct(cells) > _MOST_LEVELS:
            cells = pd.qcut(cells.astype("float64"), 4, duplicates="drop").map(_span).astype(object)
        levels, names = pd.factorize(cells)
        common = np.argsort(-np.bincount(levels[levels >= 0], minlength=len(names)), kind="stable")[:_MOST_LEVELS]
        for code in common:
            yield f"{column[:_LONGEST_NAME]} = {str(names[code])[:_LONGEST_NAME]}", np.asarray(levels == code)


def _span(part: "pd.Interval[float]") -> str:
    return f"{part.left:.4g} to {part.right:.4g}"


def check_slices(table: Table, columns: Sequence[str] | None) -> None:
    """Raise `InputError` unless `columns` is None or a list of the table's columns."""
    if isinstance(columns, str):
        raise InputError(f"slices={columns[:60]!r}. Pass a list of columns, such as [{columns[:60]!r}].")
    for name in columns or ():
        if name not in table:
            raise UnknownNameError(
                f"Unknown column {str(name)[:60]!r} in slices=. Columns: {listed(table.columns)}."
                f"{did_you_mean(str(name), table.columns)}"
            )


def forecasts_of(study: Study, challenge: Challenge, pair: SideBySide) -> tuple[Forecasts, ...]:
    """Return how well the forecasts of both are calibrated; nothing for several classes, or without probabilities."""
    needs = "predict" if study.task == "regression" else "probabilities"
    if study.task == "multiclass" or needs not in study.model.can & challenge.model.can:
        return ()
    rows, units = pair.ours, None if study.unit == "row" else pair.ours.units
    found = []
    for name, model in (("champion", study.model), ("challenger", challenge.model)):
        table = rows.table
        said = (model.predictions(table) if study.task == "regression" else model.probabilities(table))[rows.rows]
        if np.isnan(said).any():
            return ()
        found.append(_forecasts(study, name, rows, said, units))
    return tuple(found)


def _forecasts(study: Study, name: str, rows: Measured, said: Floats, units: npt.NDArray[np.int64] | None) -> Forecasts:
    weights = weights_of(study, rows)
    bias = mean_difference(rows.y, said, weights=weights, units=units)
    kind: Literal["mean", "probability"] = "mean" if study.task == "regression" else "probability"
    line = recalibration_line(rows.y, said, kind=kind, weights=weights, units=units)
    nan = float("nan")
    slope, *distance = (nan,) * 4 if line is None else (line.slope, line.gap, line.gap_lower, line.gap_upper)
    return Forecasts(
        model="champion" if name == "champion" else "challenger", bias=bias[0], bias_lower=bias[1], bias_upper=bias[2],
        slope=slope, distance=distance[0], distance_lower=distance[1], distance_upper=distance[2],
    )  # fmt: skip


def calibration_margin(study: Study, pair: SideBySide) -> float:
    """Return the distance between forecasts and outcomes that doesn't matter.

    As `measure_calibration` has it: .03 or a fifth of the rarer outcome's share; in regression what adds 5 % to the RMSE.
    """
    rows = pair.ours
    if study.task == "regression":
        error = study.model.predictions(rows.table)[rows.rows] - rows.y
        return max(float(np.sqrt((1.05**2 - 1) * np.average(error**2, weights=rows.weights))), 1e-9)
    share = float(np.average(rows.y, weights=rows.weights))
    return max(min(0.03, min(share, 1 - share) / 5), 1e-4)


def agree(pair: SideBySide) -> bool:
    """Return whether the two give the same answer to every row."""
    return bool(np.array_equal(pair.ours.output, pair.theirs.output))


def differing_share(study: Study, challenge: Challenge, pair: SideBySide) -> float:
    """Return the share of rows on which they decide differently; NaN in regression, or where a model decides nothing."""
    if study.task == "regression" or "predict" not in study.model.can & challenge.model.can:
        return float("nan")
    rows = pair.ours
    try:
        ours, theirs = (model.predictions(rows.table)[rows.rows] for model in (study.model, challenge.model))
    except MissingInputError:
        return float("nan")
    return float(np.average(ours != theirs, weights=rows.weights))
