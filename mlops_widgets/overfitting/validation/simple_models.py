"""Models that anybody has for nothing: a constant, one feature, a linear model, the past repeated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.measures.metrics import Metric
from mlops_widgets.study.encoding import learn_encoding
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
BaselineName = Literal["constant", "one_feature", "linear", "last_value", "last_period", "calendar"]

_DEEPEST = 3
_SMALLEST_LEAF = 0.01
_PICKING_SHARE = 0.3
_FEWEST_DAYS = 14
_DAY = 86_400_000.0
_PRIOR_ROWS = 5.0
"""How many rows the overall mean counts for in the mean of an hour, so that a rare one isn't all noise."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Learning:
    """The rows that baselines learn from: their table, labels (n,), weights (n,) and units (n,)."""

    study: Study
    table: Table
    y: Floats
    weights: Floats
    units: Integers
    seed: int

    def take(self, rows: "npt.NDArray[Any]") -> "Learning":
        """Return these of the rows."""
        return Learning(study=self.study, table=self.table.take(rows), y=self.y[rows], weights=self.weights[rows],
                        units=self.units[rows], seed=self.seed)  # fmt: skip


Answering = Callable[[Table], Floats]
"""Answers of a baseline: in regression numbers (n,), else the probability of each class (n, K)."""


def constant(rows: Learning) -> Answering:
    """Return the model that always answers the mean (for MAE the median), or the shares of the classes."""
    if rows.study.task != "regression":
        shares = np.bincount(rows.y.astype(np.int64), weights=rows.weights, minlength=len(rows.study.outcome.classes))
        return lambda table: np.tile(shares / shares.sum(), (table.rows, 1))
    middle = float(np.average(rows.y, weights=rows.weights))
    if rows.study.metric.name in {"mae", "mape"}:
        middle = float(np.median(rows.y))
    return lambda table: np.full(table.rows, middle)


def linear(rows: Learning, features: Sequence[str]) -> Answering:
    """Return a logistic or ridge regression on all features, encoded as `learn_encoding` says."""
    from sklearn.linear_model import LogisticRegression, Ridge

    encoding = learn_encoding(rows.table, features)
    model = Ridge(alpha=1.0) if rows.study.task == "regression" else LogisticRegression(C=1.0, max_iter=200, tol=1e-3)
    return _fitted(model, rows, lambda table: encoding.numbers(table)[0])


def best_feature(rows: Learning, features: Sequence[str], metric: Metric) -> tuple[str, Answering] | None:
    """Return the feature whose small tree does best on a part of the rows that it didn't learn from, and that tree.

    A tree at most three questions deep, at least 1 % of the rows in each leaf; fitted again on all rows once chosen.
    The part is 30 % of the resampling units. None where no feature tells rows apart.
    """
    rng = np.random.default_rng(rows.seed)
    units = rng.permutation(np.unique(rows.units))
    held = np.isin(rows.units, units[: max(1, round(_PICKING_SHARE * len(units)))])
    if not held.any() or held.all() or not _teaches(rows, ~held):
        return None
    learn, judge = rows.take(np.flatnonzero(~held)), rows.take(np.flatnonzero(held))
    found: list[tuple[float, str]] = []
    for name in features:
        answering = _one_feature(learn, name)
        if answering is not None:
            output = read_answers(rows.study, metric, answering(judge.table))
            value = float(metric.draws(judge.y, output, judge.weights[None, :])[0])
            found += [] if np.isnan(value) else [(value if metric.greater_is_better else -value, name)]
    if not found:
        return None
    best = max(found, key=lambda each: each[0])[1]
    again = _one_feature(rows, best)
    return None if again is None else (best, again)


def _teaches(rows: Learning, kept: npt.NDArray[np.bool_]) -> bool:
    return rows.study.task == "regression" or len(np.unique(rows.y[kept])) > 1


def _one_feature(rows: Learning, name: str) -> Answering | None:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    encoding = learn_encoding(rows.table, [name])
    if not encoding.features:
        return None
    options = {
        "max_depth": _DEEPEST,
        "min_samples_leaf": max(2, round(_SMALLEST_LEAF * len(rows.y))),
        "random_state": 0,
    }
    model = DecisionTreeRegressor(**options) if rows.study.task == "regression" else DecisionTreeClassifier(**options)
    return _fitted(model, rows, lambda table: encoding.numbers(table)[0])


def _fitted(model: Any, rows: Learning, numbers: Callable[[Table], Floats]) -> Answering:  # noqa: ANN401 - scikit-learn's
    with one_thread():
        model.fit(numbers(rows.table), rows.y, sample_weight=rows.weights)
    if rows.study.task == "regression":
        return lambda table: np.asarray(model.predict(numbers(table)), dtype=np.float64)

    def answer(table: Table) -> Floats:
        found = np.zeros((table.rows, len(rows.study.outcome.classes)))
        found[:, model.classes_.astype(np.int64)] = model.predict_proba(numbers(table))
        return found

    return answer


def calendar(rows: Learning) -> Answering | None:
    """Return the mean of the target at this weekday and hour (seasonal naive); None without dates of two weeks or more."""
    times = rows.study.times(rows.table)
    if times is None or not rows.study.block or np.isnan(times).any() or np.ptp(times) < _FEWEST_DAYS * _DAY:
        return None
    groups = pd.Series(_season(times))
    means = _targets(rows)
    overall = np.average(means, axis=0, weights=rows.weights)
    weighed = pd.DataFrame(means * rows.weights[:, None]).groupby(groups.to_numpy()).sum()
    count = pd.Series(rows.weights).groupby(groups.to_numpy()).sum()
    smooth = (weighed.to_numpy() + _PRIOR_ROWS * overall) / (count.to_numpy()[:, None] + _PRIOR_ROWS)
    known = {int(group): smooth[k] for k, group in enumerate(weighed.index)}

    def answer(table: Table) -> Floats:
        seen = rows.study.times(table)
        if seen is None:
            return np.tile(overall, (table.rows, 1))
        seasons = _season(np.where(np.isnan(seen), 0.0, seen))
        return np.array([known.get(int(each), overall) for each in seasons])

    return _shaped(rows.study, answer)


def _season(times: Floats) -> Integers:
    """Return weekday and hour as one number (n,); the hour is 0 everywhere where dates have no time of day."""
    days = np.floor(times / _DAY).astype(np.int64)
    hours = np.floor((times - days * _DAY) / 3_600_000.0).astype(np.int64)
    return np.asarray((days % 7) * 24 + hours)


def last_value(rows: Learning) -> Answering | None:
    """Return the entity's latest earlier target; None without entities that recur over time.

    It knows what came before a row in the rows learned from and in the table asked about, never what came with it.
    """
    study = rows.study
    entity = study.roles.entity
    times = study.times(rows.table)
    if entity is None or entity not in rows.table or times is None:
        return None
    return _shaped(study, lambda table: _latest(rows, table, table[entity], rows.table[entity], block=None))


def last_period(rows: Learning) -> Answering | None:
    """Return the mean target of the latest earlier block of time (last value); None without time blocks."""
    study = rows.study
    times = study.times(rows.table)
    if study.block is None or times is None:
        return None
    return _shaped(study, lambda table: _latest(rows, table, None, None, block=study.block and study.block[1]))


def _latest(
    rows: Learning, table: Table, own: "pd.Series[Any] | None", known: "pd.Series[Any] | None", *, block: float | None
) -> Floats:
    study = rows.study
    means = _targets(rows)
    overall = np.average(means, axis=0, weights=rows.weights)
    asked, labels = study.times(table), study.labels(table)
    if asked is None:
        return np.tile(overall, (table.rows, 1))
    past = _frame(study.times(rows.table), means, known, block)
    here = ~np.isnan(labels)
    told = _frame(asked[here], _as_targets(study, labels[here]), None if own is None else own[here], block)
    history = pd.concat([past, told]).groupby(["who", "when"], as_index=False).mean().sort_values("when")
    question = pd.DataFrame({"who": _who(own, table.rows), "when": _moment(asked, block), "row": np.arange(table.rows)})
    question = question[question["when"].notna()].sort_values("when")
    joined = pd.merge_asof(question, history.dropna(subset=["when"]), on="when", by="who", allow_exact_matches=False)
    found = np.tile(overall, (table.rows, 1))
    answers = joined.drop(columns=["who", "when", "row"]).to_numpy(dtype=np.float64)
    has = ~np.isnan(answers).any(axis=1)
    found[joined["row"].to_numpy()[has]] = answers[has]
    return found


def _frame(times: Floats | None, means: Floats, who: "pd.Series[Any] | None", block: float | None) -> pd.DataFrame:
    moments = np.full(len(means), np.nan) if times is None else times
    frame = pd.DataFrame(means, columns=[f"mean {k}" for k in range(means.shape[1])])
    return frame.assign(who=_who(who, len(means)), when=_moment(moments, block))


def _who(column: "pd.Series[Any] | None", rows: int) -> "npt.NDArray[Any]":
    return np.full(rows, "", dtype=object) if column is None else column.astype(str).to_numpy(dtype=object)


def _moment(times: Floats, block: float | None) -> Floats:
    return times if block is None else np.floor(times / block)


def _targets(rows: Learning) -> Floats:
    return _as_targets(rows.study, rows.y)


def _as_targets(study: Study, y: Floats) -> Floats:
    """Return labels as columns to average (n, K): the number itself, or one 0/1 column a class."""
    if study.task == "regression":
        return y[:, None]
    return np.eye(len(study.outcome.classes))[y.astype(np.int64)]


def _shaped(study: Study, answer: Answering) -> Answering:
    return (lambda table: answer(table)[:, 0]) if study.task == "regression" else answer


def read_answers(study: Study, metric: Metric, answers: Floats, *, threshold: float | None = None) -> Floats:
    """Return what `metric` needs: numbers; scores or probabilities; or decisions, the most probable class.

    Where `threshold` is given a binary decision is positive from it on.
    """
    if study.task == "regression":
        return answers
    if metric.needs != "predictions":
        return answers[:, 1] if study.task == "binary" else answers
    if study.task == "binary" and threshold is not None:
        return np.asarray(answers[:, 1] >= threshold, dtype=np.float64)
    return np.asarray(answers.argmax(axis=1), dtype=np.float64)
