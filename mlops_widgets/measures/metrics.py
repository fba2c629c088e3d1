"""The built-in metrics, by name, and how to find one: also by scikit-learn's names and with a parameter."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import get_args

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures import confusion, losses, ranks
from mlops_widgets.measures.losses import many_means, mean_of
from mlops_widgets.measures.metric import Metric, Needs, Task, custom_metric, score_many
from mlops_widgets.measures.weighted import Numbers

__all__ = [
    "ALIASES",
    "METRICS",
    "Metric",
    "Needs",
    "Task",
    "custom_metric",
    "default_metric",
    "get_metric",
    "score_many",
]


def _rarest(y: Numbers, _: Numbers) -> npt.NDArray[np.bool_]:
    codes, counts = np.unique(y, return_counts=True)
    return np.asarray(y == codes[np.argmin(counts)])


def _positive(y: Numbers, _: Numbers) -> npt.NDArray[np.bool_]:
    return np.asarray(y == 1)


def _called_positive(_: Numbers, predictions: Numbers) -> npt.NDArray[np.bool_]:
    return np.asarray(predictions == 1)


_BINARY, _REGRESSION = frozenset[Task]({"binary"}), frozenset[Task]({"regression"})
_CLASSES = frozenset[Task]({"binary", "multiclass"})

_share = partial(Metric, lower=0.0, upper=1.0, relative_margin=False, greater_is_better=True)
_of_both = partial(
    _share,
    tasks=_CLASSES,
    deciding=_rarest,
    decided_by="rows of the rarer class",
    undefined="every row has the same outcome; it compares two",
)
_of_positives = partial(
    _share, tasks=_BINARY, deciding=_positive, decided_by="positive rows", undefined="no row is positive"
)
_ranking = partial(_of_both, needs="scores")
_classifying = partial(_of_both, needs="predictions")
_loss = partial(Metric, lower=0.0, upper=None, relative_margin=True, greater_is_better=False)
_error = partial(_loss, needs="predictions", tasks=_REGRESSION)


def _lift(share: float) -> Metric:
    return _of_positives(
        name=f"lift@{share:.6g}",
        label=f"lift at {100 * share:.4g} %",
        needs="scores",
        prepare=ranks.prepare_lift(share),
        upper=1 / share,
        relative_margin=True,
    )


def _pinball(quantile: float) -> Metric:
    return _mean_error(f"pinball@{quantile:.6g}", f"pinball loss at {quantile:.4g}", losses.pinball_losses(quantile))


def _mean_error(name: str, label: str, loss: losses.Loss) -> Metric:
    return _error(name=name, label=label, prepare=mean_of(loss), many=many_means(loss))


_BUILT_IN: tuple[Metric, ...] = (
    _ranking(
        name="roc_auc",
        label="ROC AUC",
        prepare=ranks.prepare_auc,
        many=ranks.auc_many,
        bounds_if_few=ranks.auc_bounds_if_few_mistakes,
        fixed_margin=0.03,
    ),
    _ranking(
        name="gini",
        label="Gini",
        prepare=ranks.prepare_gini,
        many=ranks.gini_many,
        lower=-1.0,
        bounds_if_few=ranks.gini_bounds_if_few_mistakes,
        fixed_margin=0.06,
    ),
    _of_positives(name="average_precision", label="PR AUC", needs="scores", prepare=ranks.prepare_average_precision),
    _ranking(name="ks", label="KS", prepare=ranks.prepare_ks, tasks=_BINARY, biased_small=True),
    replace(_lift(0.1), name="lift_at_10"),
    _loss(
        name="log_loss",
        label="log loss",
        needs="probabilities",
        tasks=_CLASSES,
        prepare=mean_of(losses.log_losses, losses.class_log_losses),
        many=many_means(losses.log_losses),
    ),
    _share(
        name="brier",
        label="Brier score",
        needs="probabilities",
        tasks=_BINARY,
        greater_is_better=False,
        relative_margin=True,
        prepare=mean_of(losses.brier_losses),
        many=many_means(losses.brier_losses),
    ),
    _share(
        name="brier_multiclass",
        label="Brier score",
        needs="probabilities",
        tasks=frozenset({"multiclass"}),
        greater_is_better=False,
        upper=2.0,
        relative_margin=True,
        prepare=mean_of(losses.class_brier_losses),
    ),
    _share(
        name="accuracy",
        label="accuracy",
        needs="predictions",
        tasks=_CLASSES,
        prepare=mean_of(losses.hits),
        many=many_means(losses.hits),
    ),
    _classifying(name="balanced_accuracy", label="balanced accuracy", prepare=confusion.prepare_balanced_accuracy),
    _classifying(name="mcc", label="Matthews correlation", prepare=confusion.prepare_mcc, lower=-1.0),
    _classifying(name="f1_macro", label="macro F1", prepare=confusion.prepare_f1_macro),
    _classifying(name="precision_macro", label="macro precision", prepare=confusion.prepare_precision_macro),
    _of_positives(name="f1", label="F1", needs="predictions", prepare=confusion.prepare_f1),
    _of_positives(name="recall", label="recall", needs="predictions", prepare=confusion.prepare_recall),
    _of_positives(
        name="precision",
        label="precision",
        needs="predictions",
        prepare=confusion.prepare_precision,
        deciding=_called_positive,
        decided_by="rows called positive",
    ),
    _mean_error("mae", "MAE", losses.absolute_errors),
    _error(name="rmse", label="RMSE", prepare=losses.prepare_rmse, many=losses.many_rmse),
    _mean_error("mse", "MSE", losses.squared_errors),
    _mean_error("mape", "MAPE", losses.percentage_errors),
    Metric(
        name="r2",
        label="R²",
        needs="predictions",
        tasks=_REGRESSION,
        greater_is_better=True,
        lower=None,
        upper=1.0,
        relative_margin=False,
        prepare=losses.prepare_r2,
        undefined="every outcome is the same, so there is nothing to explain",
    ),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _BUILT_IN})
"""Every built-in metric by name; `get_metric` also knows "lift@5%", "pinball@0.9" and scikit-learn's scorer names."""

ALIASES: Mapping[str, str] = MappingProxyType({
    "roc_auc_ovr": "roc_auc", "auc": "roc_auc", "pr_auc": "average_precision", "neg_log_loss": "log_loss",
    "neg_brier_score": "brier", "brier_score": "brier", "matthews_corrcoef": "mcc", "recall_macro": "balanced_accuracy",
    "neg_mean_absolute_error": "mae", "neg_root_mean_squared_error": "rmse", "neg_mean_squared_error": "mse",
    "neg_mean_absolute_percentage_error": "mape", "mean_absolute_error": "mae", "mean_squared_error": "mse",
    "root_mean_squared_error": "rmse", "r2_score": "r2", "accuracy_score": "accuracy", "roc_auc_score": "roc_auc",
})  # fmt: skip
"""Other names, scikit-learn's scorers among them, of the same metric; the sign is ours: a loss is better low."""

_OF_CLASSES = {
    "f1": "f1_macro", "precision": "precision_macro", "recall": "balanced_accuracy", "brier": "brier_multiclass",
}  # fmt: skip
_DEFAULTS: dict[Task, str] = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "rmse"}


def default_metric(task: Task) -> Metric:
    """Return the metric used where the user names none.

    ROC AUC for binary outcomes: needs no decision threshold and doesn't move with the base rate. Accuracy for several
    classes: every classifier has it, also one without probabilities. RMSE for numbers: what most regressors minimise,
    so minimised by the mean that they predict (Gneiting 2011), in the target's unit; R² would also fall when only the
    target's spread shrinks.
    """
    return METRICS[_DEFAULTS[task]]


def get_metric(name: str, task: Task) -> Metric:
    """Return the metric called `name` for `task`.

    Parameters
    ----------
    name
        A name in `METRICS`, a scikit-learn scorer that means the same, "lift@5%" or "lift@0.05", "pinball@0.9".
        For several classes "f1", "precision" and "recall" mean their macro averages.
    task
        "binary", "multiclass" or "regression".

    Raises
    ------
    UnknownNameError
        If there is no such metric, or not for this task.
    InputError
        If the number after "@" is not a share between 0 and 1.

    Examples
    --------
    >>> get_metric("neg_mean_absolute_error", "regression").name
    'mae'
    """
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    key = ALIASES.get(key, key)
    if task == "multiclass":
        key = _OF_CLASSES.get(key, key)
    found = _parametrised(name, key) if "@" in key else METRICS.get(key)
    if found is not None and task in found.tasks:
        return found
    known = [each for each, metric in METRICS.items() if task in metric.tasks]
    if found is not None:
        fits = " and ".join(each for each in get_args(Task) if each in found.tasks)
        raise UnknownNameError(f"metric={name!r} is for {fits}; the task is {task}. For it: {listed(known, most=20)}.")
    hint = did_you_mean(key, [*known, *ALIASES])
    raise UnknownNameError(f"Unknown metric={name!r}. For {task}: {listed(known, most=20)}.{hint}")


def _parametrised(name: str, key: str) -> Metric | None:
    kind, _, text = key.partition("@")
    make = {"lift": _lift, "pinball": _pinball}.get(kind)
    if make is None:
        return None
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = float("nan")
    if not 0 < share < 1:
        raise InputError(f"metric={name!r}: after @ comes a share between 0 and 1, as in {kind}@0.1 or {kind}@10%.")
    return make(share)
