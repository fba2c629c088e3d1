"""What a metric is: its range, its direction, and a form for many weightings at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, ModelError
from mlops_widgets.measures.weighted import Floats, Kernel, Numbers, Prepare

Task = Literal["binary", "multiclass", "regression"]
Needs = Literal["scores", "probabilities", "predictions"]
Deciding = Callable[[Numbers, Numbers], npt.NDArray[np.bool_]]
"""Outcomes and outputs → mask (n,) of rows."""
FewBounds = Callable[[Numbers, float, float], tuple[float, float] | None]
"""Outcomes, value and level → bounds, or None."""


_LEAST_MARGIN = 1e-6
"""A perfect score would otherwise have a margin of rounding errors."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number that says how well outputs fit outcomes.

    Outcomes and outputs are coded so: binary outcomes 0 or 1 (n,), scores or probabilities of class 1 (n,),
    predictions 0 or 1 (n,); multiclass outcomes and predictions as codes 0…K-1 (n,), scores or probabilities (n, K);
    regression numbers (n,). Losses keep their own sign: a lower RMSE is better, whatever the scorer's name was.

    Parameters
    ----------
    name, label
        As in code ("roc_auc") and as read by people ("ROC AUC").
    needs
        What the outputs are. Scores may be any numbers that rank; probabilities are scores too.
    tasks
        Where the metric makes sense.
    greater_is_better
        Its direction.
    lower, upper
        Its range; None where there is no bound.
    relative_margin
        Whether a difference that matters is by default 5 % of the value (metrics in units of their own); see
        `default_margin`.
    prepare
        Outcomes and outputs → function of weights (B, n) giving the metric under each (B,).
    many
        Outcomes (n,) and outputs (k, n) → (k,) in one pass; None where there is no faster way than one by one.
    deciding
        Outcomes and outputs → mask (n,) of the rows that the metric's certainty rests on, such as the positives for
        recall; None where it is all of them.
    bounds_if_few
        Outcomes, value, level → interval for independent rows where there are too few mistakes to resample, or None.
    direct
        Outcomes and outputs → metric, called on unweighted rows in place of the kernel; None except for users' own.
    undefined
        Why it may have no value, in half a sentence.
    fixed_margin
        The default margin where it doesn't depend on the value, or None.
    biased_small
        Whether the value is too high on few rows, so that samples of unequal size can't be compared.
    decided_by
        What `deciding` marks, in words.
    whole_weights
        Whether weights must be whole numbers: a function of the user's that takes none is given rows that often.
    slow
        Whether each draw costs a call of a function: then at most `resampling.SLOW_DRAWS` are made.
    """

    name: str
    label: str
    needs: Needs
    tasks: frozenset[Task]
    greater_is_better: bool
    lower: float | None
    upper: float | None
    relative_margin: bool
    prepare: Prepare = field(repr=False)
    many: Callable[[Numbers, Numbers], Floats] | None = field(default=None, repr=False)
    deciding: Deciding | None = field(default=None, repr=False)
    bounds_if_few: FewBounds | None = field(default=None, repr=False)
    direct: Callable[[Numbers, Numbers], float] | None = field(default=None, repr=False)
    undefined: str = field(default="the weights of all rows are 0", repr=False)
    fixed_margin: float | None = field(default=None, repr=False)
    biased_small: bool = field(default=False, repr=False)
    decided_by: str = field(default="rows", repr=False)
    whole_weights: bool = field(default=False, repr=False)
    slow: bool = field(default=False, repr=False)

    def __call__(self, y: Numbers, output: Numbers, weights: Numbers | None = None) -> float:
        """Return the metric on rows `y` with `output`, weighted by `weights` (n,) or equally.

        Raises
        ------
        InputError
            If it has no value there, such as ROC AUC where only one class occurs.
        ModelError
            If it is the user's own function and that raised.
        """
        y, output = _checked(self, y, output)
        if weights is None and self.direct is not None:
            value = self.direct(y, output)
        else:
            rows = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
            value = float(self.prepare(y, output)(rows[None, :])[0])
        if np.isnan(value):
            raise InputError(f"{self.label} has no value on these {len(y)} rows: {self.undefined}.")
        return value

    def draws(self, y: Numbers, output: Numbers, weights: Numbers) -> Floats:
        """Return the metric under each of `weights` (B, n), in one vectorised pass; NaN where it has no value."""
        y, output = _checked(self, y, output)
        return self.prepare(y, output)(np.asarray(weights))

    def default_margin(self, value: float) -> float:
        """Return the difference that matters unless the user says otherwise, above 0 in any case.

        0.03, or a tenth of `value` where that is less (below 0.30: PR AUC, F1, recall of rare events). ROC AUC, which
        starts at 0.5, always has 0.03, and Gini, the same on a scale twice as wide, 0.06. Metrics in units of their
        own, and Brier scores, have 5 % of `value`.

        A convention, to be replaced by what a difference costs; less than 0.03 needs more labelled rows than most have.
        """
        if self.fixed_margin is not None:
            return self.fixed_margin
        own = 0.05 * abs(value) if self.relative_margin else min(0.03, 0.1 * abs(value))
        return max(own, _LEAST_MARGIN)

    def is_skill(self, value: float) -> bool:
        """Say whether `value` shows any skill: of a metric that is better high and has a best value, one above 0."""
        return not self.greater_is_better or self.upper is None or self.upper <= 0 or value > 0

    def events(self, y: Numbers, output: Numbers) -> npt.NDArray[np.bool_]:
        """Return which rows (n,) the metric's certainty rests on: all of them, or those of the rarer outcome."""
        y, output = _checked(self, y, output)
        return np.ones(len(y), dtype=np.bool_) if self.deciding is None else self.deciding(y, output)

    def gain(self, a: Floats | float, b: Floats | float) -> Floats:
        """Return how much better `a` is than `b`: their difference, positive where `a` is the better."""
        return np.asarray(a, dtype=np.float64) - b if self.greater_is_better else np.asarray(b, dtype=np.float64) - a


def _checked(metric: Metric, y: Numbers, output: Numbers) -> tuple[Numbers, Numbers]:
    y, output = np.asarray(y), np.asarray(output)
    if len(y) == 0 or len(y) != len(output):
        raise InputError(f"{metric.label}: {len(y)} outcomes and {len(output)} outputs; it takes as many, at least 1.")
    if output.dtype.kind == "f" and np.isnan(output).any():
        raise InputError(f"{metric.label}: {int(np.isnan(output).sum())} of the outputs are NaN. Leave such rows out.")
    return y, output


def score_many(metric: Metric, y: Numbers, outputs: Numbers) -> Floats:
    """Return the metric of each of k models on the same rows.

    Parameters
    ----------
    metric
        The metric.
    y
        (n,) outcomes.
    outputs
        (k, n) or (k, n, K), one model first.

    Returns
    -------
    ndarray of shape (k,)

    Raises
    ------
    InputError
        If the metric has no value on these rows.
    """
    outputs, y = np.asarray(outputs), np.asarray(y)
    if metric.many is not None and outputs.ndim == 2:
        return metric.many(y, outputs)
    return np.array([metric(y, output) for output in outputs])


def custom_metric(
    function: Callable[..., float], *, name: str, greater_is_better: bool, needs: Needs,
    tasks: frozenset[Task], lower: float | None = None, upper: float | None = None, takes_weights: bool = False,
) -> Metric:  # fmt: skip
    """Return the user's own metric as a `Metric`.

    It has no vectorised form: every draw of a bootstrap calls `function` once, on repeated rows unless it takes weights.
    So it counts as slow. Weights must be whole numbers, unless it takes them.

    Parameters
    ----------
    function
        Outcomes and outputs → number. A `ValueError`, as scikit-learn raises where a class is missing, says that there
        is no value on these rows; in a draw it makes the draw undefined.
    name
        Its name and label.
    greater_is_better, needs, tasks, lower, upper
        As in `Metric`. Between a lower bound of 0 and an upper of 1 the default margin is that of a share, else 5 %.
    takes_weights
        Whether `function` takes weights as `sample_weight=`: then it is given these, and no row is repeated.
    """

    def direct(y: Numbers, output: Numbers) -> float:
        try:
            return float(function(y, output))
        except ModelError:  # already says which metric, and what it raised
            raise
        except ValueError as error:  # as in a draw: no value on these rows, such as those of a chunk with one class
            raise InputError(f"{name} has no value on these {len(y)} rows: {error}") from error
        except Exception as error:  # the user's own function may raise anything
            raise ModelError(f"metric={name!r} raised {type(error).__name__}", quoted=str(error)) from error

    def prepare(y: Numbers, output: Numbers) -> Kernel:
        weighed = partial(_weighed, function, y, output, takes_weights=takes_weights)
        return lambda weights: np.array([weighed(each) for each in weights], dtype=np.float64)

    return Metric(
        name=name,
        label=name,
        needs=needs,
        tasks=tasks,
        greater_is_better=greater_is_better,
        lower=lower,
        upper=upper,
        relative_margin=(lower, upper) != (0, 1),
        prepare=prepare,
        direct=direct,
        undefined="the function given returned NaN, or raised ValueError",
        whole_weights=not takes_weights,
        slow=True,
    )


def _weighed(
    function: Callable[..., float], y: Numbers, output: Numbers, weights: Numbers, *, takes_weights: bool
) -> float:
    given = {}
    if takes_weights:
        rows = np.flatnonzero(weights)
        given = {"sample_weight": np.asarray(weights, dtype=np.float64)[rows]}
    else:
        counts = np.asarray(weights).astype(np.intp)
        if (counts != weights).any():
            raise InputError(
                "A metric of your own takes whole-number weights only: rows are repeated that often. Or give it an "
                "argument sample_weight."
            )
        rows = np.repeat(np.arange(len(y)), counts)
    try:
        return float(function(y[rows], output[rows], **given))
    except ValueError:
        return float("nan")
