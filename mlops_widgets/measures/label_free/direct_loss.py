"""A metric of a regression without labels: a second model learns what the first one's errors are like, and where.

Direct loss estimation (NannyML 0.13.1, "How DLE works"), cross-fitted: the loss model is fitted as often as there are
folds, each time without one fold of whole units, so that its own error is measured on rows that it didn't learn from.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.losses import absolute_errors, percentage_errors, pinball_losses, squared_errors
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.weighted import Floats, Numbers

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class MeanLoss:
    """A metric that is a function of a mean over rows.

    Parameters
    ----------
    loss
        Outcomes and predictions → one loss a row, shape (n,).
    root
        Whether the metric is the root of the mean.
    """

    loss: Callable[[Numbers, Numbers], Floats]
    root: bool = False

    def metric(self, mean: float) -> float:
        """Return the metric where the losses have this mean; a mean below 0 counts as 0."""
        return float(np.sqrt(max(mean, 0.0))) if self.root else max(mean, 0.0)


def mean_loss(metric: Metric) -> MeanLoss | None:
    """Return the loss whose mean gives `metric`, or None where no mean over rows does (R², a function of the user's)."""
    if metric.slow:
        return None
    if metric.name.startswith("pinball@"):
        return MeanLoss(loss=pinball_losses(float(metric.name.partition("@")[2])))
    return {
        "mae": MeanLoss(loss=absolute_errors), "mse": MeanLoss(loss=squared_errors),
        "rmse": MeanLoss(loss=squared_errors, root=True), "mape": MeanLoss(loss=percentage_errors),
    }.get(metric.name)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LossModel:
    """Predicted losses, by as many models as there are folds.

    Parameters
    ----------
    models
        One a fold, fitted on the others.
    unseen
        Predicted loss of each row that was learned from, by the model that didn't see it, shape (n,).
    explained_share
        Share of the losses' variance that `unseen` explains: 0 or less says that the features don't tell where errors
        are large, and the estimate stays near the mean.
    """

    models: tuple[Callable[[Floats], Floats], ...]
    unseen: Floats
    explained_share: float

    def each(self, x: Floats) -> Floats:
        """Return the predicted loss of each row by each model, shape (folds, n)."""
        return np.stack([model(x) for model in self.models])


def fit_losses(x: Floats, losses: Floats, fold: Integers, weights: Floats | None = None, *, seed: int = 0) -> LossModel:
    """Learn the mean loss given features by gradient-boosted trees, cross-fitted.

    Parameters
    ----------
    x
        Features and the prediction itself, shape (n, columns).
    losses
        Shape (n,).
    fold
        Fold of each row, from 0, shape (n,); whole units share one.
    weights
        Weight of each row, shape (n,).
    seed
        Seed of the learner.
    """
    scale = float(np.mean(losses)) or 1.0  # boosting stops early on tiny losses, and overflows on huge ones
    folds = int(fold.max()) + 1
    own = np.ones(len(losses)) if weights is None else weights
    models, unseen = [], np.empty(len(losses))
    for held in range(folds):
        kept = fold != held
        model = _fitted(x[kept], losses[kept] / scale, own[kept], scale, seed)
        models.append(model)
        unseen[~kept] = model(x[~kept])
    mean = np.average(losses, weights=own)
    spread = float(np.average((losses - mean) ** 2, weights=own))
    rest = float(np.average((losses - unseen) ** 2, weights=own))
    return LossModel(models=tuple(models), unseen=unseen, explained_share=1 - rest / spread if spread > 0 else 0.0)


def _fitted(x: Floats, losses: Floats, weights: Floats, scale: float, seed: int) -> Callable[[Floats], Floats]:
    from sklearn.ensemble import HistGradientBoostingRegressor

    if not x.shape[1] or not len(losses):
        mean = float(np.average(losses, weights=weights)) if len(losses) else 1.0
        return lambda rows: np.full(len(rows), mean * scale)
    model = HistGradientBoostingRegressor(
        max_iter=25, max_leaf_nodes=8, learning_rate=0.15, min_samples_leaf=20, early_stopping=False, random_state=seed
    ).fit(x, losses, sample_weight=weights)

    def predicted(rows: Floats) -> Floats:
        return np.asarray(np.maximum(model.predict(rows), 0.0) * scale)  # no loss is below 0

    return predicted
