"""What can be computed about a model and its data: facts with their rows and intervals."""

import inspect
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError, ModelError
from mlops_widgets.explainability.documentation.secrets import told_or_kept
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.intervals import Estimate, harm
from mlops_widgets.study.predictor import EstimatorPredictor, FunctionPredictor, users_code
from mlops_widgets.study.scoring import estimate_score
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import times_of

_DAY = 86_400_000.0
_MOST_SETTINGS = 60
_MOST_TEXT = 60
_PACKAGES = {"sklearn": "scikit-learn"}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One computed fact.

    Parameters
    ----------
    value
        The number or text.
    lower, upper
        Its 95 % interval; None where it is no estimate, or the rows give none.
    n
        Rows that it rests on; None where it rests on none.
    unit
        What the number is in: "rows", "share", "days", a metric, a column; "" of texts.
    """

    value: float | int | str | bool | None
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Score:
    """The study's metric on one table."""

    table: str
    estimate: Estimate


def table_facts(study: Study) -> dict[str, Fact]:
    """Return the facts about each table: rows, labels, target, missing cells, time, fingerprint."""
    facts: dict[str, Fact] = {}
    lines = {line.table: line for line in study.describe().lines}
    for name, table in study.tables.items():
        line = lines[name]
        facts |= {
            f"{name}.rows": Fact(value=table.rows, unit="rows"),
            f"{name}.source_rows": Fact(value=table.source_rows, unit="rows"),
            f"{name}.labelled": Fact(value=line.labelled, n=table.rows, unit="rows"),
            f"{name}.fingerprint": Fact(value=table.fingerprint),
            f"{name}.first": Fact(value=line.first or None),
            f"{name}.last": Fact(value=line.last or None),
        }
        facts |= _target(study, table) | _missing(study, table) | _delay(study, table)
    return facts


def _target(study: Study, table: Table) -> dict[str, Fact]:
    """Return the share of each class (of two: of the positive), or the mean label."""
    if study.outcome.target not in table:
        return {}
    y = study.labels(table)
    rows = np.flatnonzero(~np.isnan(y))
    if not len(rows):
        return {}
    y, units = y[rows], study.units(table)[rows]
    if study.task == "regression":
        return {f"{table.name}.target_mean": _mean(y, units, study.outcome.target)}
    classes = list(enumerate(study.outcome.classes))
    told = classes[-1:] if study.task == "binary" else classes[:12]
    return {
        f"{table.name}.target_share.{str(label)[:_MOST_TEXT]}": _mean((y == code).astype(float), units, "share")
        for code, label in told
    }


def _mean(values: npt.NDArray[np.float64], units: npt.NDArray[np.int64], unit: str) -> Fact:
    value, lower, upper = clustered_mean(values, units)
    ends: tuple[float | None, float | None] = (None, None)
    if np.isfinite(lower) and np.isfinite(upper):
        ends = (max(lower, 0.0), min(upper, 1.0)) if unit == "share" else (lower, upper)
    return Fact(value=value, lower=ends[0], upper=ends[1], n=len(values), unit=unit)


def _missing(study: Study, table: Table) -> dict[str, Fact]:
    frame = table.pandas()[[name for name in study.model.features if name in table]]
    shares = frame.isna().mean()
    if not len(shares):
        return {}
    worst = str(shares.idxmax())
    return {
        f"{table.name}.missing_share": Fact(value=float(shares.mean()), n=table.rows, unit="share"),
        f"{table.name}.most_missing": Fact(value=worst if shares[worst] else None),
        f"{table.name}.most_missing_share": Fact(value=float(shares[worst]), n=table.rows, unit="share"),
    }


def _delay(study: Study, table: Table) -> dict[str, Fact]:
    """Return the median time from a row to its label, in days, where both are dates."""
    time, arrived = study.roles.time, study.roles.label_time
    if time is None or arrived is None or time not in table or arrived not in table:
        return {}
    (one, dates), (other, more_dates) = times_of(table, time), times_of(table, arrived)
    gap = (other - one)[~np.isnan(other - one)]
    if not len(gap) or not dates or not more_dates:
        return {}
    return {f"{table.name}.label_delay": Fact(value=float(np.median(gap)) / _DAY, n=len(gap), unit="days")}


def scores(study: Study, *, draws: int, seed: int) -> tuple[tuple[Score, ...], tuple[str, ...]]:
    """Return the metric with its interval on every table but the reference, and why it has none elsewhere."""
    found, without = [], []
    for name, table in study.tables.items():
        if name == "reference":
            continue
        try:
            estimate = estimate_score(study, study.measure(table), draws=draws, seed=seed)
        except MissingInputError as error:
            without.append(f"{name}: not measured, there is no {error.missing}. {error.remedy}")
            continue
        if np.isfinite(estimate.value):
            found.append(Score(table=name, estimate=estimate))
        else:
            without.append(f"{name}: {study.metric.label} has no value there.")
    return tuple(found), tuple(without)


def score_facts(study: Study, found: tuple[Score, ...]) -> dict[str, Fact]:
    """Return scores as facts."""
    return {
        f"{each.table}.score": Fact(
            value=each.estimate.value, lower=_known(each.estimate.lower), upper=_known(each.estimate.upper), n=each.estimate.rows,
            unit=study.metric.label,
        )
        for each in found
    }  # fmt: skip


def _known(end: float) -> float | None:
    return float(end) if np.isfinite(end) else None


def model_facts(study: Study) -> dict[str, Fact]:
    """Return what the model is, how it was set, and the versions of the libraries."""
    model = study.model
    facts = {
        "study.name": Fact(value=study.name), "study.task": Fact(value=study.task), "study.target": Fact(value=study.outcome.target),
        "study.fingerprint": Fact(value=study.fingerprint), "study.metric": Fact(value=study.metric.label),
        "study.unit": Fact(value=study.unit_name), "study.expected": Fact(value=study.expected, unit=study.metric.label),
        "study.decision_threshold": Fact(value=study.decision_threshold), "model.name": Fact(value=model.name),
        "model.columns": Fact(value=len(model.features), unit="columns"),
    }  # fmt: skip
    estimator = (
        model.model if isinstance(model, EstimatorPredictor) and not isinstance(model, FunctionPredictor) else None
    )
    if estimator is not None:
        facts["model.class"] = Fact(value=_class_name(estimator))
        facts |= {
            f"model.settings.{name}": Fact(value=value) for name, value in _settings(estimator, model.name).items()
        }
    return facts | {f"versions.{name}": Fact(value=found) for name, found in _versions(estimator).items()}


def _class_name(thing: Any) -> str:  # noqa: ANN401 - any estimator
    return f"{type(thing).__module__.partition('.')[0]}.{type(thing).__qualname__}"


def _settings(estimator: Any, name: str) -> dict[str, str]:  # noqa: ANN401 - any estimator
    """Return the parameters that differ from their defaults, in words; {} where the model doesn't tell."""
    if not hasattr(estimator, "get_params"):
        return {}
    try:
        with users_code(name, "telling its parameters"):
            return dict(list(_changed(estimator).items())[:_MOST_SETTINGS])
    except ModelError:
        return {}


def _changed(estimator: Any) -> dict[str, str]:  # noqa: ANN401 - any estimator
    every: Mapping[str, Any] = estimator.get_params(deep=True)
    owners = {"": estimator} | {f"{key}__": value for key, value in every.items() if hasattr(value, "get_params")}
    found = {}
    for prefix, owner in owners.items():
        if isinstance(owner, type):
            continue
        for key, value in owner.get_params(deep=False).items():
            if not hasattr(value, "get_params") and not _is_default(owner, key, value):
                found[f"{prefix}{key}"] = told_or_kept(key, _said(value))
    return found


def _is_default(owner: Any, key: str, value: Any) -> bool:  # noqa: ANN401 - any estimator
    known = inspect.signature(type(owner).__init__).parameters.get(key)
    default = inspect.Parameter.empty if known is None else known.default
    if value is None and (default is None or default is inspect.Parameter.empty):
        return True
    plain = isinstance(value, bool | int | float | str)
    return plain and type(value) is type(default) and (value == default or value != value)  # noqa: PLR0124 - NaN


def _said(value: Any) -> str:  # noqa: ANN401 - any parameter; only what we know by type is quoted, the rest is named
    if value is None or isinstance(value, bool | int | float | np.number):
        return str(value)[:_MOST_TEXT]
    if isinstance(value, str):
        return value[:_MOST_TEXT]
    if (
        isinstance(value, list | tuple)
        and len(value) <= 5
        and all(isinstance(v, bool | int | float | str) for v in value)
    ):
        return ", ".join(map(str, value))[:_MOST_TEXT]
    if isinstance(value, list | tuple) and all(isinstance(v, tuple) and len(v) >= 2 for v in value):
        return " → ".join(v[1] if isinstance(v[1], str) else type(v[1]).__name__ for v in value)[: 2 * _MOST_TEXT]
    return value.__qualname__ if isinstance(value, type) else type(value).__name__


def _versions(estimator: Any) -> dict[str, str]:  # noqa: ANN401 - any estimator
    names = ["mlops-widgets", "numpy", "pandas", "scikit-learn"]
    if estimator is not None:
        inner = [estimator, *(_parts(estimator))]
        names += [_PACKAGES.get(room, room) for room in (type(each).__module__.partition(".")[0] for each in inner)]
    found = {"Python": platform.python_version()}
    for name in dict.fromkeys(names):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # such as __main__, or a module that no package brought
            continue
    return found


def _parts(estimator: Any) -> list[Any]:  # noqa: ANN401 - any estimator
    steps = getattr(estimator, "steps", ())
    return [step[-1] for step in steps] if isinstance(steps, list) else []


def newest_day(study: Study) -> str:
    """Return the last day of the training rows as an ISO date, or "" where they have no dates."""
    home, column = study.reference, study.roles.time
    if home is None or column is None or column not in home:
        return ""
    times, are_dates = times_of(home, column)
    if not are_dates or np.isnan(times).all():
        return ""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=float(np.nanmax(times)))).date().isoformat()


def harm_of(study: Study, found: tuple[Score, ...]) -> tuple[float, float, float] | None:
    """Return how much worse the metric is in production than in the first test, with its interval; None where one has none."""
    by_table = {each.table: each.estimate for each in found}
    before = by_table.get(next(iter(study.tests), ""))
    after = by_table.get("production")
    if before is None or after is None:
        return None
    gap = harm(study.metric, before, after)
    return gap.value, gap.lower, gap.upper


def score_margin(study: Study, found: tuple[Score, ...]) -> float:
    """Return the largest loss that doesn't matter; NaN without a score."""
    return study.accepted_loss(found[0].estimate.value) if found else float("nan")
