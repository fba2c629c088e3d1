"""What costs nothing: the best constant answer, and a plain linear model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError
from mlops_widgets.measures.contests.candidates import linear_name, plain_candidate
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.study.encoding import Encoding, learn_encoding
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]

_RECENT = 0.05
"""Share of the rows, the newest, whose mean is the last level of a number."""


@dataclass(frozen=True, kw_only=True)
class Naive:
    """A constant answer: what it is called, and the number or the shares of the classes."""

    name: str
    value: Floats

    def output(self, metric: Metric, rows: int) -> Floats:
        """Return what `metric` needs, (rows,) or (rows, classes)."""
        if metric.needs == "predictions":
            code = self.value[0] if len(self.value) == 1 else float(self.value.argmax())
            return np.full(rows, code)
        return np.full(rows, self.value[1]) if len(self.value) == 2 else np.tile(self.value, (rows, 1))


def learn_naive(study: Study, metric: Metric, y: Floats) -> Naive:
    """Return the best constant answer to `metric`, learned on labels `y` (n,), oldest first.

    Of classes their shares, so the prior probability or the most frequent class. Of numbers whichever of mean, median and the last
    level (the mean of the newest twentieth) is best by `metric` on the newer half.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> from mlops_widgets.measures.metrics import get_metric
    >>> study = mw.sample("census")
    >>> learn_naive(study, get_metric("roc_auc", "binary"), np.array([0.0, 0.0, 0.0, 1.0])).value.tolist()
    [0.75, 0.25]
    """
    if study.task != "regression":
        counts = np.bincount(y.astype(np.int64), minlength=len(study.outcome.classes))
        name = "the most frequent class" if metric.needs == "predictions" else "the share of each class"
        return Naive(name=name, value=counts / counts.sum())
    recent = y[-max(1, round(_RECENT * len(y))) :]
    levels = {"the mean": float(y.mean()), "the median": float(np.median(y)), "the last level": float(recent.mean())}
    newer = y[len(y) // 2 :]
    scores = {name: _score(metric, newer, level) for name, level in levels.items()}
    best = max(scores, key=lambda name: scores[name])
    return Naive(name=best, value=np.array([levels[best]]))


def _score(metric: Metric, y: Floats, level: float) -> float:
    try:
        value = metric(y, np.full(len(y), level))
    except InputError:  # the metric has no value for a constant
        return -np.inf
    return value if metric.greater_is_better else -value


@dataclass(frozen=True, kw_only=True)
class PlainModel:
    """A logistic or ridge regression with scikit-learn's own settings on all features, encoded by `learn_encoding`."""

    name: str
    encoding: Encoding
    model: Any
    classes: int

    def output(self, metric: Metric, table: Table) -> Floats:
        """Return what `metric` needs on the rows of `table`."""
        numbers = self.encoding.numbers(table)[0]
        if not self.classes:
            return np.array(self.model.predict(numbers), dtype=np.float64)
        shares = np.zeros((table.rows, self.classes))
        shares[:, self.model.classes_] = self.model.predict_proba(numbers)
        if metric.needs == "predictions":
            return np.asarray(shares.argmax(axis=1), dtype=np.float64)
        return np.array(shares[:, 1] if self.classes == 2 else shares, dtype=np.float64)


def fit_plain(study: Study, table: Table, y: Floats) -> PlainModel:
    """Return a plain model fitted on the rows of `table` with labels `y` (n,)."""
    encoding = learn_encoding(table, study.model.features)
    numbers = encoding.numbers(table)[0]
    estimator = plain_candidate(study.task).estimator(numbers.shape[1])
    regression = study.task == "regression"
    with one_thread():
        model = estimator.fit(numbers, y if regression else y.astype(int))
    name = f"a {linear_name(study.task)}"
    return PlainModel(
        name=name, encoding=encoding, model=model, classes=0 if regression else len(study.outcome.classes)
    )


def is_linear(model: object) -> bool:
    """Say whether a model is linear already, at the end of whatever prepares its columns."""
    inner = getattr(model, "model", model)
    steps = getattr(inner, "steps", None)
    last = steps[-1][1] if isinstance(steps, list) and steps else inner
    return hasattr(last, "coef_") and not hasattr(last, "coefs_")
