"""From the user's own objects and files to a Study: everything is checked at this door."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.errors import InputError, MissingInputError, TableError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures.metrics import Task
from mlops_widgets.study.metric import choose_metric
from mlops_widgets.study.outcomes import Outcome, find_outcome
from mlops_widgets.study.predictor import (
    EstimatorPredictor,
    FunctionPredictor,
    Logged,
    LoggedPredictor,
    Predictor,
    check_columns,
    check_model,
    classes_of,
    numeric_column,
)
from mlops_widgets.study.splits import Split, SplitContext, split_table
from mlops_widgets.study.study import Roles, Study, resampling_unit
from mlops_widgets.study.tables import MAX_ROWS, Table, cap_rows, read_table
from mlops_widgets.study.timeline import Unit, times_of
from mlops_widgets.study.values import Values

Names = str | Sequence[str]


@dataclass(frozen=True, kw_only=True)
class _Parts:
    reference: Table | None
    tests: Mapping[str, Table]
    production: Table | None

    def each(self, change: Callable[[Table], Table]) -> "_Parts":
        return _Parts(
            reference=change(self.reference) if self.reference is not None else None,
            tests={name: change(table) for name, table in self.tests.items()},
            production=change(self.production) if self.production is not None else None,
        )

    @property
    def all(self) -> list[Table]:
        named = [self.reference, *self.tests.values(), self.production]
        return [table for table in named if table is not None]


def load_study(  # noqa: PLR0913 - one keyword for each thing a user may have; each is a papermill parameter too
    *,
    model: Any = None,  # noqa: ANN401 - any estimator or function
    predict: Callable[[pd.DataFrame], Any] | None = None,
    predict_proba: Callable[[pd.DataFrame], Any] | None = None,
    predictions: str | None = None,
    scores: Names | None = None,
    data: Any = None,  # noqa: ANN401 - any table
    reference: Any = None,  # noqa: ANN401 - any table
    test: Any = None,  # noqa: ANN401 - any table
    production: Any = None,  # noqa: ANN401 - any table
    labels: Any = None,  # noqa: ANN401 - any table
    target: str | None = None,
    split: Split | None = None,
    time: str | None = None,
    label_time: str | None = None,
    decision: str | None = None,
    entity: str | None = None,
    groups: Names = (),
    ids: Names = (),
    features: Names = (),
    weights: str | None = None,
    values: Any = None,  # noqa: ANN401 - mapping, matrix or column
    metric: Any = None,  # noqa: ANN401 - name, scorer or function
    expected: float | None = None,
    decision_threshold: float | None = None,
    challenger: Any = None,  # noqa: ANN401 - any estimator or function
    task: Task | None = None,
    positive: Any = None,  # noqa: ANN401 - a label
    unit: Unit | None = None,
    max_rows: int = MAX_ROWS,
    trust: Any = None,  # noqa: ANN401 - refused with live objects
    seed: int = 0,
    name: str | None = None,
) -> Study:
    """Bring a model and its data: the Study that every pitfall looks at.

    Live objects are enough to begin: `load_study(model=clf, test=df, target="y")`. Nothing that is passed is changed.

    Parameters
    ----------
    model
        A fitted estimator with `predict`, or a function of a frame (numbers or labels; for two classes also
        probabilities). Pipelines, string labels, categories and missing values are taken as they are.
    predict, predict_proba
        Functions of a pandas frame instead of `model`.
    predictions, scores
        Columns of answers logged earlier: predicted labels or numbers; the positive class's score, or one column a
        class in sorted order. Without a model, whatever needs no new predict works on these.
    data
        One table to be cut by `split`, instead of the next three.
    reference, test, production
        What the model learned from; the offline test, or several by name; later rows. Each a pandas or polars frame,
        `(X, y)`, a path to CSV, TSV or Parquet, or a list of batches.
    labels
        A table with labels that arrived later, joined to production and test on `ids`.
    target
        Column that the model predicts. With `(X, y)` it may be left out.
    split
        A date (later rows are production, earlier ones 75/25 by time), `{"test": …, "production": …}`, a share of test
        rows, or a column that names each row's part.
    time, label_time
        Columns of when a row happened and when its label arrived.
    decision
        Column of the decision taken.
    entity
        Column of the customer, patient or machine that several rows belong to: these are resampled together.
    groups
        Columns of sensitive groups or cohorts.
    ids
        Columns that identify a row; never features.
    features
        Columns that the model takes. By default the model's own, else all columns without another role.
    weights
        Column of row weights.
    values
        What outcomes are worth; see `Values.read`.
    metric
        The metric that counts; see `choose_metric`.
    expected
        The score that you believe the model has on the test; reproduced before anything else is said.
    decision_threshold
        Score at which the decision is positive; by default the model's own.
    challenger
        Another model for the same columns.
    task, positive
        "binary", "multiclass" or "regression"; the positive label. By default what model and labels say.
    unit
        "row", "entity" or "time block": what is resampled whole. By default the entity, else days, else rows.
    max_rows
        Most rows kept of a table; more are sampled by `seed`, stratified by the target, and the study says so.
    trust
        Only for model files; an error with live objects.
    seed
        Seed of everything random.
    name
        What to call the study.

    Returns
    -------
    Study

    Raises
    ------
    UnknownNameError
        If a column, metric or outcome doesn't exist; the message names the nearest that does.
    TableError
        If a table can't be read, lacks a column of the model, or holds labels that the model doesn't know.
    InputError
        If an argument's value can't be used.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> model = LogisticRegression(max_iter=5000).fit(X[:400], y[:400])
    >>> study = load_study(model=model, reference=(X[:400], y[:400]), test=(X[400:], y[400:]))
    >>> study.task, study.metric.label, study.test.rows
    ('binary', 'ROC AUC', 169)
    """
    if trust is not None:
        raise InputError("trust= is only for model files; a live object is already yours.")
    target = _find_target(target, data=data, tables=(reference, test, production))
    asked = _asked_names(time=time, label_time=label_time, decision=decision, entity=entity, weights=weights,
                         predictions=predictions, scores=scores, groups=groups, ids=ids, features=features)  # fmt: skip
    context = SplitContext(time=time, entity=entity, target=target, seed=seed)
    parts = _read_parts(data, reference, test, production, split=split, context=context, columns=_model_columns(model))
    if labels is not None:
        parts = _join_labels(parts, labels, target=target, ids=asked["ids"])
    _check_target(parts, target)
    _check_names(parts, asked)
    sizes = {table.name: table.rows for table in parts.all}
    parts = parts.each(lambda table: cap_rows(table, max_rows=max_rows, by=target, seed=seed))
    first = next((t for t in parts.all if t.name != "production" and target in t), parts.all[0])
    outcome = _outcome(first, parts, target, model=model, task=task, positive=positive)
    columns, chosen_how = _features(asked, first, target, model)
    logged = Logged(predictions=predictions, scores=asked["scores"])
    predictor = _predictor(
        model, predict, predict_proba, logged, parts, outcome=outcome, features=columns, decision_threshold=decision_threshold
    )
    for table in parts.all:
        check_columns(predictor.features, table, name=predictor.name)
    roles = Roles(
        target=target, features=predictor.features, ids=asked["ids"], groups=asked["groups"], time=time,
        label_time=label_time, entity=entity, weights=weights, decision=decision,
        predictions=predictions, scores=asked["scores"],
    )  # fmt: skip
    found_unit, block = resampling_unit(roles, {t.name: t for t in parts.all}, unit)
    return Study(
        name=name or "yours", model=predictor, outcome=outcome, roles=roles,
        metric=choose_metric(metric, outcome=outcome, can=predictor.can),
        reference=parts.reference, tests=parts.tests, production=parts.production,
        challenger=_challenger(challenger, outcome, columns, decision_threshold),
        expected=expected, decision_threshold=decision_threshold,
        values=None if values is None else Values.read(values, columns=first.columns),
        unit=found_unit, block=block, seed=seed,
        notes=(*_sampling_notes(parts, sizes), *([chosen_how] if predictor.features else []), *_time_notes(parts, time)),
    )  # fmt: skip


def _names(given: Names | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(str(name) for name in given)


def _asked_names(**given: Names | None) -> dict[str, tuple[str, ...]]:
    return {role: _names(names) for role, names in given.items()}


def _model_columns(model: Any) -> tuple[str, ...]:  # noqa: ANN401 - anything
    names = getattr(model, "feature_names_in_", None)
    return () if names is None else tuple(str(name) for name in names)


def _find_target(target: str | None, *, data: Any, tables: tuple[Any, ...]) -> str:  # noqa: ANN401 - any tables
    if target is not None:
        return str(target)
    first_tests = [next(iter(t.values()), None) if isinstance(t, dict) else t for t in tables]
    for table in (data, *first_tests):
        if isinstance(table, tuple) and len(table) == 2:
            return str(getattr(table[1], "name", None) or "target")
    raise InputError("target= is missing: name the column that the model predicts, or pass tables as (X, y).")


def _read_parts(  # noqa: PLR0913 - the four table arguments and how to read them
    data: Any, reference: Any, test: Any, production: Any, *,  # noqa: ANN401 - any tables
    split: Split | None, context: SplitContext, columns: tuple[str, ...],
) -> _Parts:  # fmt: skip
    def read(table: Any, name: str) -> Table:  # noqa: ANN401 - any table
        return read_table(table, name=name, target=context.target, columns=columns)

    if data is not None:
        if split is None:
            raise InputError("data= needs split=: a date, a share, a column, or {'test': …, 'production': …}.")
        if reference is not None or test is not None or production is not None:
            raise InputError("data= with split= replaces reference=, test= and production=. Pass one or the other.")
        cut = split_table(read(data, "data"), split, context)
        tests = {"test": cut["test"]} if "test" in cut else {}
        return _Parts(reference=cut.get("reference"), tests=tests, production=cut.get("production"))
    if split is not None:
        raise InputError("split= cuts data=. Pass data=, or reference=, test= and production= without split=.")
    if reference is None and test is None and production is None:
        raise InputError("No table given. Pass test= (and reference=, production=), or data= with split=.")
    several = dict(test) if isinstance(test, Mapping) else {} if test is None else {"test": test}
    clash = sorted(set(several) & {"reference", "production"})
    if clash:
        raise InputError(f"test= names a table {clash[0]!r}, which means something else here. Choose another name.")
    return _Parts(
        reference=None if reference is None else read(reference, "reference"),
        tests={str(key): read(table, str(key)) for key, table in several.items()},
        production=None if production is None else read(production, "production"),
    )


def _join_labels(parts: _Parts, labels: Any, *, target: str, ids: tuple[str, ...]) -> _Parts:  # noqa: ANN401 - any table
    if not ids:
        raise InputError("labels= needs ids=: the columns that say which label belongs to which row.")
    late = read_table(labels, name="labels", target=target)
    for column in (*ids, target):
        if column not in late:
            raise _unknown(column, "ids" if column != target else "target", late)
    arrived = late.pandas()[[*ids, target]]
    twice = int(arrived.duplicated(list(ids)).sum())
    if twice:
        raise TableError(f"labels= has {twice:,} repeated {listed(ids)}. Keep one label a row.")

    def join(table: Table) -> Table:
        if table.name == "reference" or any(column not in table for column in ids):
            return table
        frame = table.pandas()
        known = frame.pop(target) if target in frame else None
        joined = frame.merge(arrived, on=list(ids), how="left", validate="many_to_one")
        if known is not None:
            joined[target] = joined[target].where(joined[target].notna(), known.to_numpy())
        return table.replace(joined)

    return parts.each(join)


def _check_target(parts: _Parts, target: str) -> None:
    if not any(target in table for table in parts.all):
        raise _unknown(target, "target", parts.all[0])


def _check_names(parts: _Parts, asked: Mapping[str, tuple[str, ...]]) -> None:
    """Every named column must be in some table; what the logged answers need must be in test and production."""
    for argument, names in asked.items():
        for column in names:
            if not any(column in table for table in parts.all):
                raise _unknown(column, argument, parts.all[0])


def _unknown(column: str, argument: str, table: Table) -> UnknownNameError:
    return UnknownNameError(
        f"Unknown column {column!r} in {argument}=. Columns of {table.name}: {listed(table.columns)}."
        f"{did_you_mean(column, table.columns)}"
    )


def _outcome(
    first: Table, parts: _Parts, target: str, *,
    model: Any, task: Task | None, positive: Any,  # noqa: ANN401 - anything
) -> Outcome:  # fmt: skip
    from sklearn.base import is_regressor

    labelled = [table[target] for table in parts.all if target in table]
    labels = first[target] if target in first and classes_of(model) is not None else pd.concat(labelled, ignore_index=True)
    regressor = hasattr(model, "fit") and is_regressor(model)
    return find_outcome(
        labels, target=target, task=task, positive=positive, classes=classes_of(model), regressor=regressor
    )


def _features(
    asked: Mapping[str, tuple[str, ...]], first: Table, target: str, model: Any  # noqa: ANN401 - anything
) -> tuple[tuple[str, ...], str]:
    if asked["features"]:
        return asked["features"], "Feature columns as given in features=."
    own = _model_columns(model)
    if own:
        return own, f"Feature columns are the model's own {len(own)}."
    roles = {target, *(name for role, names in asked.items() if role not in {"features"} for name in names)}
    left = tuple(column for column in first.columns if column not in roles)
    wanted = getattr(model, "n_features_in_", len(left))
    if wanted != len(left):
        raise InputError(
            f"The model takes {wanted} columns and knows no names; {len(left)} are left without a role: {listed(left)}. "
            "Name them, in the model's order, in features=."
        )
    return left, f"The model knows no column names: the {len(left)} columns without another role are its features."


def _predictor(  # noqa: PLR0913 - every way to bring a model
    model: Any, predict: Any, predict_proba: Any, logged: Logged, parts: _Parts, *,  # noqa: ANN401 - anything
    outcome: Outcome, features: tuple[str, ...], decision_threshold: float | None,
) -> Predictor:  # fmt: skip
    if model is not None and (predict is not None or predict_proba is not None):
        raise InputError("Pass model=, or predict= and predict_proba=, not both.")
    if model is not None:
        check_model(model)
        if hasattr(model, "predict"):
            return EstimatorPredictor(model, outcome=outcome, features=features, decision_threshold=decision_threshold)
        predict, predict_proba = _function_kind(model, parts, features, outcome)
    if predict is not None or predict_proba is not None:
        return FunctionPredictor(
            outcome=outcome, features=features, predict=predict, predict_proba=predict_proba,
            decision_threshold=decision_threshold,
        )  # fmt: skip
    if logged.predictions is None and not logged.scores:
        raise InputError("No model given. Pass model=, predict=, or columns of logged answers: predictions= or scores=.")
    return _logged_predictor(logged, parts, outcome=outcome, decision_threshold=decision_threshold)


def _function_kind(function: Any, parts: _Parts, features: tuple[str, ...], outcome: Outcome) -> tuple[Any, Any]:  # noqa: ANN401
    """Try a function on a few rows: fractions between 0 and 1, or a column a class, are probabilities."""
    if outcome.task == "regression":
        return function, None
    table = parts.all[0]
    trial = table.take(np.arange(min(50, table.rows)))
    probe = FunctionPredictor(outcome=outcome, features=features, predict=function, predict_proba=None)
    answer = np.asarray(probe._answer("predict", trial))  # noqa: SLF001 - the raw answer, before it is read as labels
    fractions = answer.dtype.kind == "f" and bool(((answer >= 0) & (answer <= 1)).all()) and not set(np.unique(answer)) <= {0, 1}
    return (None, function) if answer.ndim == 2 or fractions else (function, None)


def _logged_predictor(
    logged: Logged, parts: _Parts, *, outcome: Outcome, decision_threshold: float | None
) -> LoggedPredictor:
    if outcome.task == "regression" and logged.predictions is None:
        raise InputError("For numbers pass predictions= (the column of predicted values) instead of scores=.")
    if logged.scores and outcome.task == "multiclass" and len(logged.scores) != len(outcome.classes):
        raise InputError(
            f"scores= names {len(logged.scores)} columns for {len(outcome.classes)} classes. "
            f"One a class, in this order: {listed(outcome.classes)}."
        )
    proper = bool(logged.scores)
    for table in parts.all:
        for column in (*logged.scores, *([logged.predictions] if logged.predictions else [])):
            if column not in table:
                raise TableError(f"{table.name} has no column {column!r} of logged answers. Columns: {listed(table.columns)}.")
        for column in logged.scores:
            values = numeric_column(table, column, argument="scores")
            proper = proper and bool(((values >= 0) & (values <= 1))[~np.isnan(values)].all())
    return LoggedPredictor(outcome=outcome, logged=logged, decision_threshold=decision_threshold, proper=proper)


def _challenger(
    challenger: Any, outcome: Outcome, features: tuple[str, ...], decision_threshold: float | None  # noqa: ANN401
) -> Predictor | None:
    if challenger is None:
        return None
    check_model(challenger)
    if not hasattr(challenger, "predict"):
        return FunctionPredictor(outcome=outcome, features=features, predict=challenger, predict_proba=None)
    own = _model_columns(challenger) or features
    return EstimatorPredictor(challenger, outcome=outcome, features=own, decision_threshold=decision_threshold)


def _sampling_notes(parts: _Parts, sizes: Mapping[str, int]) -> list[str]:
    return [
        f"{table.name}: {table.rows:,} of {sizes[table.name]:,} rows, sampled at random (max_rows=)."
        for table in parts.all
        if sizes[table.name] > table.rows
    ]


def _time_notes(parts: _Parts, time: str | None) -> list[str]:
    notes = []
    for table in parts.all:
        if time is None or time not in table:
            continue
        missing = int(np.isnan(times_of(table, time)[0]).sum())
        if missing:
            notes.append(f"{table.name}: {missing:,} of {table.rows:,} cells of {time!r} are missing or no date.")
    return notes


__all__ = ["MissingInputError", "load_study"]
