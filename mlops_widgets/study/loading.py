"""From the user's own objects and files to a Study: everything is checked at this door."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import signature
from typing import Any

import pandas as pd

from mlops_widgets.measures.metrics import Task
from mlops_widgets.study.arguments import SINGLE, asked_names, check_argument_names, check_numbers
from mlops_widgets.study.choosing import (
    ModelInputs,
    choose_challenger,
    choose_features,
    choose_outcome,
    choose_predictor,
)
from mlops_widgets.study.contradictions import contradictions
from mlops_widgets.study.date_features import read_date_features
from mlops_widgets.study.door_checks import check_contents, check_favourable, check_scores, read_values
from mlops_widgets.study.door_notes import choice_notes, time_notes
from mlops_widgets.study.empty_columns import empty_columns
from mlops_widgets.study.gathering import Limits, gather
from mlops_widgets.study.logged import Logged
from mlops_widgets.study.metric import choose_metric
from mlops_widgets.study.model_arguments import OpenedModels, open_models, tables_of_run
from mlops_widgets.study.model_columns import own_columns
from mlops_widgets.study.model_files.trust import Trust
from mlops_widgets.study.outcomes import Outcome
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.reading import Parts, TableInputs, target_name
from mlops_widgets.study.roles import Roles, check_roles, resampling_unit
from mlops_widgets.study.saved.recipe import record
from mlops_widgets.study.splits import Split
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import MAX_ROWS
from mlops_widgets.study.timeline import Unit
from mlops_widgets.study.wording import check_wording, read_labels, with_tables

Names = str | Sequence[str]


@check_argument_names
def load_study(
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
    labels: Any = None,  # noqa: ANN401 - any table, or a map
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
    favourable: Any = None,  # noqa: ANN401 - a label
    margin: float | None = None,
    unit: Unit | None = None,
    max_rows: int = MAX_ROWS,
    trust: Trust = None,
    seed: int = 0,
    name: str | None = None,
) -> Study:
    """Bring a model and its data: the Study that every pitfall looks at.

    Live objects are enough to begin: `load_study(model=clf, test=df, target="y")`. Nothing that is passed is changed.

    Parameters
    ----------
    model
        A fitted estimator with `predict`, or a function of a frame (numbers or labels; for two classes also the
        positive one's probability; or a column of probabilities a class, sorted). Pipelines, string labels, categories
        and missing values are taken as they are. Also a booster of LightGBM, XGBoost or CatBoost itself, an ONNX session,
        or a file: .skops, .txt (LightGBM), .ubj or .json (XGBoost), .cbm (CatBoost), .onnx, a folder or address
        (`runs:/…`, `models:/…`) of MLflow's; with `trust` also a pickle.
    predict, predict_proba
        Functions of a pandas frame instead of `model`.
    predictions, scores
        Columns of answers logged earlier: predicted labels or numbers; the positive class's score, or one column a
        class in sorted order. Without a model, whatever needs no new predict works on these. The reference may lack
        them.
    data
        One table to be cut by `split`, instead of the next three.
    reference, test, production
        What the model learned from; the offline test, or several by name; later rows. Each a pandas or polars frame (also
        lazy), a pyarrow table, a DuckDB relation, `(X, y)`, `(connection or path of a database, "SELECT …")`, the same as
        `{"database": …, "sql": …}`, a path to CSV, TSV, JSON lines (also packed as .gz or .zst), Parquet (a file or a
        folder), Arrow or Feather, or a list of batches. Where the model comes from an MLflow run and no table is given,
        those that the run logged.
    labels
        A table with labels that arrived later, joined to production and test on `ids`. Or a map with any of "outcomes" (that
        table), "features" (column → what it is called in sentences), "values" (column → cell → what it is called) and "personal"
        (column → "yes" or "no": whether its cells are shown masked; by default what looks personal is).
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
        Column of row weights: they count in scores and, if the model was fitted with them, in its refits.
    values
        What outcomes are worth, for two classes: a mapping from "tp", "fp", "fn", "tn" (or "true_positive" …; those left
        out are 0) to a number or column; a 2 × 2 matrix `[[tn, fp], [fn, tp]]`; or a column with the gain of deciding
        positively, 0 being that of deciding negatively.
    metric
        The metric that counts. A name: "roc_auc", "average_precision", "log_loss", "brier", "accuracy", "f1", "lift@5%" …;
        "mae", "rmse", "r2", "pinball@0.9" …, or a scikit-learn scorer's. Or a scorer. Or a function of labels and answers,
        told what it gets by its second argument's name (`y_pred`, `y_score` or `y_proba`); which way it points its name
        says (… score, gain; … loss, error, cost) or a pair does: `(f, "lower is better")`. By default ROC AUC, for
        several classes accuracy, for numbers RMSE.
    expected
        The score that you believe the model has on the test, in the unit of `metric`; reproduced before anything else
        is said.
    decision_threshold
        Score at which the decision is positive, 0 to 1 where the model gives probabilities; by default the model's own.
    challenger
        Another model for the same columns, in any of the forms of `model`.
    task, positive
        "binary", "multiclass" or "regression"; the positive label. By default what model and labels say.
    favourable
        The outcome that it is good for a person to be given, such as 0 where 1 is a default; groups of people are compared by it.
    margin
        The largest loss that doesn't matter, in the metric's unit; by default 0.03 on metrics between 0 and 1, else 5 %
        of the value.
    unit
        "row", "entity" or "time block": what is resampled whole. By default the entity, else days, else rows.
    max_rows
        Most rows kept of a table; more are sampled by `seed`, stratified by the target, with `entity` whole entities, and
        the study says so.
    trust
        What you vouch for of a model file that could run code: "pickle", "sha256:<digest>", or the names of its types;
        see `load_model`. It is never kept or saved. An error with live objects, which are yours already.
    seed
        Seed of splits, sampling and default models; strategies take their own.
    name
        What to call the study.

    Returns
    -------
    Study

    Raises
    ------
    UnknownNameError
        If an argument, column, metric or outcome doesn't exist; the message names the nearest that does.
    TableError
        If a table can't be read, lacks a column that is needed there, or holds labels that the model doesn't know.
    InputError
        If an argument's value can't be used.
    ModelFileError
        If a model file can't be read; `UnsafeModelError` if it is refused because it could run code.
    ModelError
        If a metric of your own raises on a few made-up rows.

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
    recipe = record(locals(), _DEFAULTS)
    check_numbers(max_rows=max_rows, seed=seed, margin=margin, expected=expected, decision_threshold=decision_threshold)
    asked = asked_names(
        time=time, label_time=label_time, decision=decision, entity=entity, weights=weights, predictions=predictions,
        scores=scores, groups=groups, ids=ids, features=features,
    )  # fmt: skip
    opened = open_models(model, challenger, trust=trust)
    inputs = ModelInputs(
        model=opened.model, predict=predict, predict_proba=predict_proba, decision_threshold=decision_threshold,
        logged=Logged(predictions=_one(asked["predictions"]), scores=asked["scores"]),
    )  # fmt: skip
    passed = TableInputs(data=data, reference=reference, test=test, production=production, split=split)
    limits, own = Limits(max_rows=max_rows, seed=seed), own_columns(opened.model)
    outcomes, words = read_labels(labels)
    with tables_of_run(model, passed) as (tables, said):
        target = target_name(tables) if target is None else str(target)
        parts, notes = gather(tables, outcomes, asked, target=target, columns=own, limits=limits)
    outcome = choose_outcome(inputs, parts, target=target, task=task, positive=positive)
    worth = None if values is None else read_values(values, parts, outcome.task)
    taken = {**asked, "values": () if worth is None else worth.columns}
    parts, predictor, columns, said_of_model = _choose_model(inputs, parts, opened, outcome, taken, split=split)
    roles = _roles(asked, target=target, features=columns)
    notes += [*check_roles(roles, parts.all), *check_wording(words, parts.all)]
    notes += contradictions(parts.reference, parts.measured, roles)
    notes += empty_columns(parts.all, columns)
    unit, block = resampling_unit(roles, {table.name: table for table in parts.all}, unit)
    counting = choose_metric(metric, outcome=outcome, can=predictor.can)
    wanted = check_favourable(favourable, outcome)
    check_scores(predictor, counting, expected=expected, decision_threshold=decision_threshold)
    notes += said_of_model
    notes += choice_notes(inputs, outcome, counting, worth, columns, asked_metric=metric, positive=positive)
    study = Study(
        name="yours" if name is None else str(name), model=predictor, outcome=outcome, roles=roles, metric=counting,
        reference=parts.reference, tests=parts.tests, production=parts.production,
        challenger=choose_challenger(opened.challenger, parts, inputs, outcome=outcome, features=columns),
        expected=expected, decision_threshold=decision_threshold, values=worth, unit=unit, block=block, margin=margin, favourable=wanted,
        words=with_tables(words, parts.all), seed=seed, notes=(*opened.notes, *said, *notes, *time_notes(parts.all, roles.time)), recipe=recipe,
    )  # fmt: skip
    check_contents(study)
    return study


_DEFAULTS = {name: parameter.default for name, parameter in signature(load_study).parameters.items()}


def _one(names: tuple[str, ...]) -> str | None:
    return names[0] if names else None


def _roles(asked: Mapping[str, tuple[str, ...]], *, target: str, features: tuple[str, ...]) -> Roles:
    return Roles(
        target=target, features=features, ids=asked["ids"], groups=asked["groups"], scores=asked["scores"],
        **{role: _one(asked[role]) for role in SINGLE},
    )  # fmt: skip


def _choose_model(
    inputs: ModelInputs,
    parts: Parts,
    opened: OpenedModels,
    outcome: Outcome,
    taken: Mapping[str, tuple[str, ...]],
    *,
    split: Split | None,
) -> tuple[Parts, Predictor, tuple[str, ...], list[str]]:
    """Return the tables as the model takes them, the model, its columns, and notes on all three."""
    columns, how = _columns(inputs, parts, taken, target=outcome.target, split=split, opened=opened)
    predictor_of = partial(choose_predictor, inputs, outcome=outcome, features=columns, weights=_one(taken["weights"]))
    parts, dated = read_date_features(parts, columns, predictor_of)
    predictor = predictor_of(parts)
    return parts, predictor, columns, [how, *dated, *predictor.notes]


def _columns(
    inputs: ModelInputs,
    parts: Parts,
    taken: Mapping[str, tuple[str, ...]],
    *,
    target: str,
    split: Split | None,
    opened: OpenedModels,
) -> tuple[tuple[str, ...], str]:
    """Return the feature columns and why these; those that the model's file names stand before those left over."""
    if opened.features and not taken["features"]:
        told = {**taken, "features": opened.features}
        chosen, _ = choose_features(inputs, parts, told, target=target, split=split)
        return chosen, "Feature columns are those that the model's file names."
    return choose_features(inputs, parts, taken, target=target, split=split)
