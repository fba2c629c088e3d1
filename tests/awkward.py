"""Studies that a guide meets in real life, one function each: small, quick to fit, and awkward in one way."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

HOSTILE_NAMES = (
    7,
    "two words",
    "🎲",
    "<script>alert('x')</script>",
    "x" * 500,
    "\u202eright to left שלום",
    "",
    "quote\"and'quote",
)


@dataclass(frozen=True)
class Awkward:
    """The arguments of `load_study` and the estimator behind them, or None where there is none."""

    arguments: dict[str, Any]
    estimator: Any = None

    @property
    def study(self) -> Study:
        """The study that these arguments load."""
        return load_study(**self.arguments)


def _thirds(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Cut into reference (half), test and production (a quarter each), in order."""
    a, b = len(frame) // 2, len(frame) * 3 // 4
    parts = {"reference": frame[:a], "test": frame[a:b], "production": frame[b:]}
    return {name: part.reset_index(drop=True) for name, part in parts.items()}


def _two_columns(rows: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": (x[:, 0] + rng.normal(size=rows) > 0).astype(int)})


def plain(rows: int = 400, *, model: Any = None, **arguments: Any) -> Awkward:
    """Two numbers, a logistic regression, three tables."""
    from sklearn.linear_model import LogisticRegression

    parts = _thirds(_two_columns(rows))
    learned = parts["reference"]
    fitted = (LogisticRegression() if model is None else model).fit(learned[["a", "b"]], learned["y"])
    return Awkward(arguments={"model": fitted, **parts, "target": "y", **arguments}, estimator=fitted)


def regression_pipeline() -> Awkward:
    """Regression with dates and strings in a Pipeline."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

    rng = np.random.default_rng(1)
    days = np.sort(rng.integers(0, 365, 400))
    frame = pd.DataFrame({
        "sold_on": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"),
        "town": rng.choice(["Oslo", "Bergen", "Bodø"], 400),
        "size": rng.normal(80, 20, 400),
    })  # fmt: skip
    frame["price"] = 3 * frame["size"] + 50 * (frame["town"] == "Oslo") + days / 10 + rng.normal(0, 10, 400)
    columns = make_column_transformer(
        (FunctionTransformer(_month), ["sold_on"]),
        (OneHotEncoder(handle_unknown="ignore"), ["town"]),
        ("passthrough", ["size"]),
    )
    parts = _thirds(frame)
    features = ["sold_on", "town", "size"]
    model = make_pipeline(columns, Ridge()).fit(parts["reference"][features], parts["reference"]["price"])
    return Awkward(arguments={"model": model, **parts, "target": "price", "time": "sold_on"}, estimator=model)


def _month(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: frame[name].dt.month for name in frame})


def three_classes() -> Awkward:
    """Three classes with string labels and 300 rows."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 3))
    labels = np.array(["red", "amber", "green"])[np.argmax(x + 0.5 * rng.normal(size=(300, 3)), axis=1)]
    frame = pd.DataFrame(x, columns=["p", "q", "r"]).assign(light=labels)
    parts = _thirds(frame)
    model = LogisticRegression().fit(parts["reference"][["p", "q", "r"]], parts["reference"]["light"])
    return Awkward(arguments={"model": model, **parts, "target": "light"}, estimator=model)


def callable_only() -> Awkward:
    """A function without probabilities and without a refit."""
    parts = _thirds(_two_columns(300))
    return Awkward(arguments={"predict": _positive_a, **parts, "target": "y", "features": ["a", "b"]})


def _positive_a(frame: pd.DataFrame) -> Any:
    return (frame["a"] > 0).astype(int)


def logged_predictions() -> Awkward:
    """Predicted labels were logged; there is no model and no reference."""
    frame = _two_columns(400, seed=3).assign(said=lambda f: (f["a"] > 0.1).astype(int)).drop(columns=["a", "b"])
    return Awkward(arguments={"predictions": "said", "test": frame[:200], "production": frame[200:], "target": "y"})


def late_labels() -> Awkward:
    """Only scores were logged; production's labels come from another file, in another order, some never."""
    frame = _two_columns(400, seed=4).assign(score=lambda f: 1 / (1 + np.exp(-f["a"])), id=np.arange(400))
    live = frame[200:].drop(columns="y")
    arrived = frame[200:][["id", "y"]].sample(frac=0.8, random_state=0)
    return Awkward(
        arguments={
            "scores": "score", "test": frame[:200], "production": live, "labels": arrived, "ids": "id", "target": "y",
        }
    )  # fmt: skip


def odd_names() -> Awkward:
    """Column names with spaces, emoji, markup, 500 characters, right to left, and an integer."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(5)
    x = rng.normal(size=(300, len(HOSTILE_NAMES)))
    frame = pd.DataFrame(x, columns=list(HOSTILE_NAMES))
    frame["</script> y"] = (x[:, 0] + rng.normal(size=300) > 0).astype(int)
    parts = _thirds(frame)
    model = LogisticRegression().fit(
        parts["reference"][list(HOSTILE_NAMES)].to_numpy(), parts["reference"]["</script> y"]
    )
    return Awkward(arguments={"model": model, **parts, "target": "</script> y"}, estimator=model)


def ten_rows_a_customer(customers: int = 60) -> Awkward:
    """An entity with ten rows a customer that share the label."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(6)
    customer = np.repeat(np.arange(customers), 10)
    level = rng.normal(size=customers)
    y = (level + rng.normal(size=customers) > 0).astype(int)[customer]
    x = level[customer] + 0.1 * rng.normal(size=10 * customers)
    frame = pd.DataFrame({"customer": customer, "x": x, "y": y})
    parts = _thirds(frame)
    model = LogisticRegression().fit(parts["reference"][["x"]], parts["reference"]["y"])
    return Awkward(arguments={"model": model, **parts, "target": "y", "entity": "customer"}, estimator=model)


def search_cv() -> Awkward:
    """A search over hyper-parameters instead of a model."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    return plain(200, model=GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2))


def linear_svc() -> Awkward:
    """A decision_function, no probabilities."""
    from sklearn.svm import LinearSVC

    return plain(300, model=LinearSVC())


def categories_with_gaps() -> Awkward:
    """Gradient boosting on pandas categories with missing cells; production comes as plain text."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(7)
    colour = np.array(["red", "blue", None])[rng.integers(0, 3, 300)]
    y = (rng.random(300) < np.where(colour == "red", 0.8, 0.3)).astype(int)
    frame = pd.DataFrame({"colour": pd.Categorical(colour), "n": np.where(rng.random(300) < 0.2, np.nan, 1.0), "y": y})
    parts = _thirds(frame)
    parts["production"]["colour"] = parts["production"]["colour"].astype(object)
    model = HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype")
    model.fit(parts["reference"][["colour", "n"]], parts["reference"]["y"])
    return Awkward(arguments={"model": model, **parts, "target": "y"}, estimator=model)


def bool_target() -> Awkward:
    """True and false as labels, some of production's missing."""
    from sklearn.linear_model import LogisticRegression

    frame = _two_columns(300, seed=8).assign(y=lambda f: f["y"].astype(bool))
    parts = _thirds(frame)
    late = parts["production"]["y"].astype(object)
    late[:10] = None
    parts["production"]["y"] = late
    model = LogisticRegression().fit(parts["reference"][["a", "b"]], parts["reference"]["y"])
    return Awkward(arguments={"model": model, **parts, "target": "y"}, estimator=model)


def tiny_test() -> Awkward:
    """A test of thirty rows."""
    small = plain(400)
    test = small.arguments["test"][:30]
    return Awkward(arguments={**small.arguments, "test": test}, estimator=small.estimator)


AWKWARD: dict[str, Callable[[], Awkward]] = {
    maker.__name__: maker
    for maker in (
        plain, regression_pipeline, three_classes, callable_only, logged_predictions, late_labels, odd_names,
        ten_rows_a_customer, search_cv, linear_svc, categories_with_gaps, bool_target, tiny_test,
    )
}  # fmt: skip
"""Every awkward study by name."""


@cache
def study_of(name: str) -> Study:
    """Return the awkward study of that name, loaded once: strategies leave a Study and its tables as they are."""
    return AWKWARD[name]().study
