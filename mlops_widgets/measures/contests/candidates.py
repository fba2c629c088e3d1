"""A crowd of small models for a tournament: regressions and trees of random settings on random features."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number as number_of
from mlops_widgets.measures.metrics import Needs, Task
from mlops_widgets.measures.weighted import Floats

Integers = npt.NDArray[np.int64]

MOST_FEATURES = 30
"""Most features that one candidate takes, so that its fit stays a matter of milliseconds on wide tables."""
_NEWTON = 200  # coefficients up to which second-order steps on them are the fastest solver


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One model of the crowd, not fitted.

    Parameters
    ----------
    name
        Family, settings and number of features, in words.
    task
        What it predicts.
    features
        Positions of the features that it takes; None for all.
    depth, leaf
        Depth of a tree and fewest rows in its leaves; None for a linear model.
    penalty
        Strength of a linear model's L2 penalty, in scikit-learn's `alpha` (regression) or `1 / C` (classes).
    seed
        Seed of a tree's tie breaks.
    """

    name: str
    task: Task
    features: tuple[int, ...] | None = None
    depth: int | None = None
    leaf: int | None = None
    penalty: float = 1.0
    seed: int = 0

    def estimator(self, coefficients: int) -> Any:  # noqa: ANN401 - scikit-learn ships no types
        """Return the scikit-learn estimator, for that many coefficients."""
        from sklearn.linear_model import LogisticRegression, Ridge
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        if self.depth is not None:
            tree = DecisionTreeRegressor if self.task == "regression" else DecisionTreeClassifier
            return tree(max_depth=self.depth, min_samples_leaf=self.leaf, random_state=self.seed)
        if self.task == "regression":
            return Ridge(alpha=self.penalty)
        solver = "newton-cholesky" if coefficients <= _NEWTON else "lbfgs"
        return LogisticRegression(C=1 / self.penalty, solver=solver, max_iter=200)


def draw_candidates(count: int, *, features: int, task: Task, rng: np.random.Generator) -> tuple[Candidate, ...]:
    """Return `count` random candidates: half of them linear, half trees, each on three features or more.

    Penalties are spread evenly on the logarithmic scale over five powers of ten; trees are 2 to 9 deep with 1 to 24
    rows in a leaf.
    """
    return tuple(_draw(number, features, task, rng) for number in range(1, count + 1))


def _draw(number: int, features: int, task: Task, rng: np.random.Generator) -> Candidate:
    most = min(features, MOST_FEATURES)
    taken = int(rng.integers(min(3, most), most + 1))
    chosen = tuple(sorted(int(f) for f in rng.permutation(features)[:taken]))
    words = f"{taken} feature" + "s" * (taken != 1)
    if rng.random() < 0.5:
        penalty = float(10 ** rng.uniform(-2, 3))
        name = f"#{number} {linear_name(task)}, {words}, penalty {number_of(penalty)}"
        return Candidate(name=name, task=task, features=chosen, penalty=penalty)
    depth, leaf = int(rng.integers(2, 10)), int(rng.integers(1, 25))
    name = f"#{number} tree, {words}, depth {depth}"
    return Candidate(name=name, task=task, features=chosen, depth=depth, leaf=leaf, seed=int(rng.integers(1_000_000)))


def linear_name(task: Task) -> str:
    """Return what the linear model of a task is called."""
    return "ridge regression" if task == "regression" else "logistic regression"


def plain_candidate(task: Task) -> Candidate:
    """Return the baseline that nobody tuned: the linear model on all features with scikit-learn's own settings."""
    return Candidate(name=linear_name(task), task=task)


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """Encoded rows to learn from and rows to be asked about.

    Parameters
    ----------
    x, y
        (n, c) and (n,): the training rows; classes as codes from 0.
    asked
        Further rows (m, c).
    origin
        (c,) the feature, by position, that each column tells of.
    classes
        How many classes there are; 0 in regression.
    """

    x: Floats
    y: Floats
    asked: tuple[Floats, ...]
    origin: Integers
    classes: int


def answer(candidate: Candidate, data: Encoded, needs: Needs, *, threshold: float = 0.5) -> tuple[Floats, ...]:
    """Fit `candidate` and return its answers to each of `data.asked`, as a metric needs them.

    Parameters
    ----------
    candidate
        The model.
    data
        Encoded rows.
    needs
        "scores", "probabilities" or "predictions".
    threshold
        Probability from which two classes' prediction is the second.
    """
    columns = slice(None) if candidate.features is None else np.isin(data.origin, candidate.features)
    x = data.x[:, columns]
    with _no_complaints():
        model = candidate.estimator(x.shape[1] * max(data.classes - 1, 1)).fit(x, data.y)
    return tuple(_output(model, rows[:, columns], data.classes, needs, threshold) for rows in data.asked)


@contextmanager
def _no_complaints() -> Iterator[None]:
    """Silence scikit-learn where a random candidate is badly chosen: bad candidates belong to a tournament."""
    from scipy.linalg import LinAlgWarning
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", LinAlgWarning)
        yield


def _output(model: Any, x: Floats, classes: int, needs: Needs, threshold: float) -> Floats:  # noqa: ANN401
    if not classes:
        return np.asarray(model.predict(x), dtype=np.float64)
    probabilities = np.zeros((len(x), classes))  # a class that no training row had keeps probability 0
    probabilities[:, model.classes_.astype(np.intp)] = model.predict_proba(x)
    if classes == 2:
        positive = probabilities[:, 1]
        return (positive >= threshold).astype(np.float64) if needs == "predictions" else positive
    return probabilities.argmax(axis=1).astype(np.float64) if needs == "predictions" else probabilities


def stack(answers: Sequence[Floats]) -> Floats:
    """Return the answers of several models on the same rows as one array, one model first."""
    return np.stack([np.asarray(each, dtype=np.float64) for each in answers])
