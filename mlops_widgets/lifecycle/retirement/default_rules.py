"""Rules for a study that nobody wrote any for: bounds from its own test, never from a number that some data happened to have."""

from functools import partial

import numpy as np

from mlops_widgets.core.document import sound
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.lifecycle.retirement.policy import RetirementRule
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.study.scoring import estimate_score
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table

_OFF_SHARE = 0.2
"""Predictions that lie a fifth of the base rate (of a number: of its standard deviation) further off than on the test are wrong."""
_DAY = 86_400_000.0
_YEAR = 365.0
_SPANS = 3
"""A model is old when it serves three times as long as its training rows span, a year at least."""
_DRAWS = 200
_MOST_GROUPS, _LONGEST = 3, 110
_HARDLY = 0.1
"""Share of the first use below which a model is hardly used."""


def default_rules(study: Study, *, owner: str = "") -> tuple[tuple[RetirementRule, ...], tuple[str, ...]]:
    """Return the rules, and in sentences what they were derived from and what can't be measured."""
    rows = _test_rows(study)
    promise = None if rows is None else _promise(study, rows)
    margin = study.accepted_loss(1.0 if promise is None else promise.value)
    rules = [
        RetirementRule(name="no skill", signal="skill", comparator="below", bound=margin, action="retire", owner=owner),
        *_promised(study, promise, margin, owner), *_calibration(study, rows, owner), *_where_given(study, margin, owner),
    ]  # fmt: skip
    notes = [
        "No skill: the model must beat the best constant answer by the margin.",
        "Below the promise: the test's score, at the worse end of its interval, less the margin."
        if promise is not None else "There is no labelled test, so no promise is held against the model.",
        "Predictions off: by more than on the test and a fifth of the base rate (of a number: of its standard deviation).",
    ]  # fmt: skip
    return tuple(rules), tuple(notes)


def _test_rows(study: Study) -> Measured | None:
    try:
        return None if study.test is None else study.measure(study.test)
    except MissingInputError:
        return None


def _promise(study: Study, rows: Measured) -> Estimate | None:
    try:
        return estimate_score(study, rows, draws=_DRAWS, seed=study.seed)
    except InputError:  # the metric has no value on the test
        return None


def _promised(study: Study, promise: Estimate | None, margin: float, owner: str) -> list[RetirementRule]:
    if promise is None or not np.isfinite([promise.lower, promise.upper]).all():
        return []
    better = study.metric.greater_is_better
    bound = promise.lower - margin if better else promise.upper + margin
    return [
        RetirementRule(
            name="below the promise", signal="metric", comparator="below" if better else "above", bound=bound, action="retrain", owner=owner
        )
    ]  # fmt: skip


def _calibration(study: Study, rows: Measured | None, owner: str) -> list[RetirementRule]:
    if rows is None:
        return []
    errors = prediction_errors(study, rows.table)
    if errors is None:
        return []
    kept = ~np.isnan(errors)
    mean, lower, upper = clustered_mean(errors[kept], study.units(rows.table)[kept])
    if not np.isfinite([mean, lower, upper]).all():
        return []
    scale = float(rows.y.std()) if study.task == "regression" else _base_rate(study, rows)
    bound = max(abs(lower), abs(upper)) + _OFF_SHARE * scale
    return [
        RetirementRule(name="predictions off", signal="calibration", comparator="above", bound=bound, action="retrain", owner=owner)
    ]  # fmt: skip


def _base_rate(study: Study, rows: Measured) -> float:
    """Return the share of positives; of several classes the share of wrong answers, which confidence is held against."""
    if study.task == "binary":
        return float(rows.y.mean())
    wrong = study.model.predictions(rows.table)[rows.rows] != rows.y
    return float(wrong.mean())


def prediction_errors(study: Study, table: Table) -> "np.typing.NDArray[np.float64] | None":
    """Return by how much each row was over-predicted, (rows,), NaN without label: of a probability, a number, or the confidence in a class.

    None where the model gives no probabilities.
    """
    y = study.labels(table)
    if study.task == "regression":
        return np.asarray(study.model.predictions(table) - y) if "predict" in study.model.can else None
    if "probabilities" not in study.model.can:
        return None
    p = study.model.probabilities(table)
    if study.task == "binary":
        return np.asarray(p - y)
    right = np.where(np.isnan(y), np.nan, (p.argmax(axis=1) == y).astype(np.float64))
    return np.asarray(p.max(axis=1) - right)


def _where_given(study: Study, margin: float, owner: str) -> list[RetirementRule]:
    """Return the rules for what only some studies have: values, a challenger, groups and dates."""
    rule = partial(RetirementRule, owner=owner)
    found = []
    if study.values is not None:
        found.append(rule(name="loses money", signal="value", comparator="below", bound=0.0))
    if study.challenger is not None:
        found.append(rule(name="challenger is better", signal="challenger", comparator="above", bound=margin))
    gap = partial(rule, signal="group gap", comparator="above", bound=2 * margin, action="warn")
    columns = [column for column in study.roles.groups if len(column) <= _LONGEST][:_MOST_GROUPS]
    found += [gap(name=f"{sound(column)[:100]}: a gap", of=column) for column in columns]
    span = _training_days(study)
    if span is not None:
        old = max(_YEAR, _SPANS * span)
        found.append(
            rule(name="learned long ago", signal="data age", comparator="above", bound=old, k=1, n=1, action="warn")
        )
        found.append(
            rule(name="hardly used", signal="usage", comparator="below", bound=_HARDLY, k=3, n=3, action="warn")
        )
    return found


def _training_days(study: Study) -> float | None:
    """Return how many days the reference spans; None without dates."""
    if (
        study.reference is None
        or study.roles.time not in study.reference
        or not study.chunks(study.reference).are_dates
    ):
        return None
    times = study.times(study.reference)
    return None if times is None or np.isnan(times).all() else float(np.nanmax(times) - np.nanmin(times)) / _DAY
