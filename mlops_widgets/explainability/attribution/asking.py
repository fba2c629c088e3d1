"""From a study, or a function and frames, to a question."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, MissingInputError, did_you_mean, listed
from mlops_widgets.explainability.attribution.question import Predict, Question
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Rows = int | Sequence[int] | pd.DataFrame | Mapping[str, Any] | None
"""Positions in the table, or rows of one's own; None for some of the table's."""
Output = Literal["auto", "probability", "log-odds", "score", "prediction"]
BACKGROUND_ROWS = 100


def ask_study(
    study: Study, rows: Rows, *, table: str | None = None, output: Output = "auto",
    groups: Mapping[str, Sequence[str]] | None = None, background_rows: int = BACKGROUND_ROWS, seed: int = 0,
) -> Question:  # fmt: skip
    """Return the question about `rows` of a study's table.

    Parameters
    ----------
    study
        The study; its model must be there, logged answers don't do.
    rows
        Positions in the table, or a frame (or one row as a mapping) of the model's columns.
    table
        Name of the table that positions count in; by default the test, else production, else the reference.
    output
        The scale.
    groups
        Name → columns that act together.
    background_rows
        Rows drawn from the reference (else the test) as the baseline.
    seed
        Of the draw.

    Raises
    ------
    MissingInputError
        If the study has no model that can be asked.
    InputError
        If rows, groups or scale can't be used.
    """
    model = study.model
    if not isinstance(model, EstimatorPredictor):
        raise MissingInputError(
            "model that can be asked", "Pass model= or predict=: logged answers can't be explained."
        )
    features = list(model.features)
    chosen, names = _rows(study, rows, table, features)
    home = study.reference or study.test or study.need("production")
    drawn = np.sort(np.random.default_rng(seed).permutation(home.rows)[:background_rows])
    scale = _scale(study, output)
    return Question(
        predict=predictor_on(study, scale), rows=chosen, background=home.pandas()[features].iloc[drawn].reset_index(drop=True),
        players=players_of(features, groups), outputs=_outputs(study, scale), scale=_unit(study, scale), row_names=names,
        background_text=f"the average over {len(drawn):,} rows drawn from {home.name} (seed {seed})",
        training=home.pandas()[features], model=model.model,
        inputs=lambda frame: model.inputs(Table(frame, name="the explained rows")), seed=seed,
    )  # fmt: skip


def predictor_on(study: Study, scale: str) -> Predict:
    """Return the study's model as a function of frames on a scale, (rows) → (rows, outputs)."""
    model = study.model

    def ask(frame: pd.DataFrame) -> Floats:
        table = Table(frame, name="the explained rows")
        if scale in {"prediction", "score"}:
            answers = model.predictions(table) if scale == "prediction" else model.scores(table)
            return answers.reshape(len(frame), -1)
        answers = model.probabilities(table).reshape(len(frame), -1)
        return log_odds(answers) if scale == "log-odds" else answers

    return ask


def log_odds(probabilities: Floats) -> Floats:
    """Return log-odds of one column of probabilities; of one a class, logs that sum to 0 in each row (centred log ratio)."""
    tiny = np.finfo(np.float64).tiny
    logs = np.log(np.maximum(probabilities, tiny))
    if probabilities.shape[1] == 1:
        return np.asarray(logs - np.log(np.maximum(1 - probabilities, tiny)))
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def players_of(features: Sequence[str], groups: Mapping[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
    """Return who plays: each group, and each column that is in none, in the order of the columns.

    Raises
    ------
    InputError
        If a group names a column that the model doesn't take, or two groups share one.
    """
    groups = groups or {}
    home = {column: name for name, columns in groups.items() for column in columns}
    unknown = [column for column in home if column not in features]
    if unknown:
        raise InputError(
            f"groups= names {listed(unknown)}, which the model doesn't take. It takes {listed(features)}."
            f"{did_you_mean(unknown[0], features)}"
        )
    if sum(map(len, groups.values())) != len(home):
        raise InputError("groups= names a column twice. Put each column into one group.")
    clash = [name for name in groups if name in features and name not in groups[name]]
    if clash:
        raise InputError(f"groups= calls a group {clash[0]!r}, which is another column's name. Choose another name.")
    players: dict[str, tuple[str, ...]] = {}
    for column in features:
        name = home.get(column, column)
        players[name] = (*players.get(name, ()), column)
    return players


def _scale(study: Study, output: Output) -> str:
    if study.task == "regression":
        if output not in {"auto", "prediction"}:
            raise InputError(f"output={output!r}, and the study predicts numbers. Allowed: 'auto', 'prediction'.")
        return "prediction"
    allowed: tuple[str, ...] = ("auto", "probability", "log-odds", "score", "prediction")
    if output not in allowed:
        raise InputError(f"output={output!r}. Allowed: {listed(allowed)}.{did_you_mean(str(output), allowed)}")
    if output == "auto":
        return next(able for able, word in _ABILITIES.items() if word in study.model.can)
    study.model.need(_ABILITIES[output])
    return output


_ABILITIES: Mapping[str, Any] = {
    "probability": "probabilities", "log-odds": "probabilities", "score": "scores", "prediction": "predict",
}  # fmt: skip


def _unit(study: Study, scale: str) -> str:
    if scale != "prediction":
        return scale
    return study.outcome.target if study.task == "regression" else "decision"


def _outputs(study: Study, scale: str) -> tuple[str, ...]:
    target, classes = study.outcome.target, study.outcome.classes
    if study.task == "regression" or scale == "prediction":
        return (target,)
    shown = classes[-1:] if study.task == "binary" else classes
    return tuple(f"{target} = {label}" for label in shown)


def _rows(study: Study, rows: Rows, table: str | None, features: list[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if isinstance(rows, pd.DataFrame | Mapping):
        frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame({name: [cell] for name, cell in rows.items()})
        frame = frame.rename(columns=str)
        missing = [column for column in features if column not in frame]
        if missing:
            raise InputError(f"rows= lacks {listed(missing)}. The model takes {listed(features)}.")
        return frame[features].reset_index(drop=True), tuple(f"row {name}" for name in frame.index)
    home = _table(study, table)
    positions = _positions(rows, home)
    return home.pandas()[features].iloc[positions].reset_index(drop=True), tuple(
        f"row {k} of {home.name}" for k in positions
    )


def _table(study: Study, name: str | None) -> Table:
    if name is None:
        found = study.test or study.production
        return study.need("reference") if found is None else found
    if name not in study.tables:
        raise InputError(f"table={name!r}. Tables: {listed(study.tables)}.{did_you_mean(str(name), study.tables)}")
    return study.tables[name]


def _positions(rows: Any, home: Table) -> list[int]:  # noqa: ANN401 - checked here
    if rows is None:
        return list(range(min(home.rows, 1)))
    given = [rows] if isinstance(rows, Integral) and not isinstance(rows, bool) else rows
    if isinstance(given, str) or not isinstance(given, Sequence | np.ndarray) or not len(given):
        raise InputError(f"rows={rows!r:.60}. Pass a row's position, several, or a frame of the model's columns.")
    bad = [k for k in given if isinstance(k, bool) or not isinstance(k, Integral) or not -home.rows <= k < home.rows]
    if bad:
        raise InputError(f"rows= holds {bad[0]!r:.60}. Positions in {home.name} go from 0 to {home.rows - 1:,}.")
    return [int(k) % home.rows for k in given]
