"""From a study to a question: the model on a scale, the rows, the background, and who plays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, MissingInputError, did_you_mean, listed
from mlops_widgets.explainability.attribution.chosen_rows import (
    Background,
    Row,
    Rows,
    check_one_row,
    choose_background,
    choose_rows,
    home_of,
)
from mlops_widgets.explainability.attribution.question import Predict, Question, Remembered
from mlops_widgets.explainability.attribution.tree_route import natural_scale
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Output = Literal["auto", "probability", "log-odds", "score", "decision", "prediction"]
BACKGROUND_ROWS = 100

_NEEDS: Mapping[str, Any] = {
    "probability": "probabilities", "log-odds": "probabilities", "score": "scores", "decision": "predict",
}  # fmt: skip
_NAME = "the explained rows"


def ask_study(
    study: Study, rows: Rows = None, *, table: str | None = None, output: Output = "auto",
    groups: Mapping[str, Sequence[str]] | None = None, background: Background = BACKGROUND_ROWS, seed: int = 0,
) -> Question:  # fmt: skip
    """Return the question about `rows` of a study's table.

    Parameters
    ----------
    study
        The study; its model must be there, logged answers don't do.
    rows
        Positions in the table, or a frame (or one row as a mapping) of the model's columns; by default the first row.
    table
        Name of the table that positions count in; by default the test, else production, else the reference.
    output
        The scale; "auto" takes the one on which the model adds up, where there is one, else probabilities, scores or decisions.
    groups
        Name → columns that act together.
    background
        How many rows to draw from the reference (else the test) as the baseline, or these rows.
    seed
        Of the draw.

    Raises
    ------
    MissingInputError
        If the study has no model that can be asked.
    UnknownNameError
        If there is no such table.
    InputError
        If rows, groups, background or scale can't be used.

    Examples
    --------
    >>> from mlops_widgets import sample
    >>> ask_study(sample("loans"), 3).row_names
    ('row 3 of test',)
    """
    model = study.model
    if not isinstance(model, EstimatorPredictor):
        raise MissingInputError(
            "model that can be asked", "Pass model= or predict=: logged answers can't be explained."
        )
    features = list(model.features)
    players, scale = players_of(features, groups), scale_of(study, output)
    chosen = choose_rows(study, rows, table, features)
    drawn, text = choose_background(study, background, features, seed)
    return Question(
        predict=Remembered(predictor_on(study, scale)), rows=chosen.frame, background=drawn, players=players,
        outputs=_outputs(study, scale), scale=_unit(study, scale), row_names=chosen.names, background_text=text,
        training=home_of(study).pandas()[features], model=model.model, inputs=_Inputs(model), seed=seed,
        positions=chosen.positions, personal=study.personal,
    )  # fmt: skip


def ask_row(study: Study, row: Row, *, table: str | None = None, output: Output = "auto", seed: int = 0) -> Question:
    """Return the question about one row; parameters and errors as of `ask_study`, and `InputError` for several rows."""
    question = ask_study(study, row, table=table, output=output, seed=seed)
    check_one_row(question.rows)
    return question


def ask_again(question: Question, frame: pd.DataFrame, names: tuple[str, ...]) -> Question:
    """Return the same question about other rows, in the same columns and types."""
    return replace(question, rows=frame, row_names=names, positions=())


@dataclass(frozen=True)
class _Inputs:
    """What the model is given for rows, as `Question.inputs`."""

    model: EstimatorPredictor

    def __call__(self, frame: pd.DataFrame) -> Any:  # noqa: ANN401 - a frame, or an array for a model without names
        return self.model.inputs(Table(frame, name=_NAME))


def predictor_on(study: Study, scale: str) -> Predict:
    """Return the study's model as a function of frames on a scale, (rows) → (rows, outputs)."""
    model = study.model

    def ask(frame: pd.DataFrame) -> Floats:
        table = Table(frame, name=_NAME)
        if scale in {"probability", "log-odds"}:
            answers = model.probabilities(table).reshape(len(frame), -1)
            return log_odds(answers) if scale == "log-odds" else answers
        answers = (model.scores if scale == "score" else model.predictions)(table)
        if scale == "decision" and study.task == "multiclass":
            answers = answers[:, None] == np.arange(len(study.outcome.classes))
        return np.asarray(answers, dtype=np.float64).reshape(len(frame), -1)

    return ask


def log_odds(probabilities: Floats) -> Floats:
    """Return log-odds of one column of probabilities; of one a class, logs that sum to 0 in each row (centred log ratio).

    A probability nearer to 0 or 1 than double precision can tell from 1 counts as the nearest that it can, about 37: so that
    both ends are treated alike.
    """
    step = float(np.finfo(np.float64).epsneg)
    if probabilities.shape[1] == 1:
        kept = np.clip(probabilities, step, 1 - step)
        return np.asarray(np.log(kept) - np.log1p(-kept))
    logs = np.log(np.maximum(probabilities, step))
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def players_of(features: Sequence[str], groups: Mapping[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
    """Return who plays: each group, and each column that is in none, in the order of the columns.

    Raises
    ------
    InputError
        If a group names a column that the model doesn't take, or two groups share one.
    """
    groups = groups or {}
    text = [name for name, columns in groups.items() if isinstance(columns, str) or not len(columns)]
    if text:
        raise InputError(f"groups= gives {text[0]!r} no list of columns. Pass name → a list of one column or more.")
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


def scale_of(study: Study, output: Output) -> str:
    """Return the scale that `output` stands for in this study: "auto" is settled here.

    Raises
    ------
    InputError
        If there is no such scale, or it isn't one of this task.
    MissingInputError
        If the model can't answer on it.
    """
    regression = study.task == "regression"
    allowed = ("auto", "prediction") if regression else get_args(Output)[:-1]
    if output not in allowed:
        kind = "numbers" if regression else "classes"
        raise InputError(
            f"output={output!r}, and the study predicts {kind}. Allowed: {listed(allowed)}.{did_you_mean(str(output), allowed)}"
        )
    if regression:
        return "prediction"
    if output == "auto":
        return _natural(study)
    study.model.need(_NEEDS[output])
    if output == "score" and "probabilities" in study.model.can:
        raise InputError(
            "output='score', and the scores of this model are its probabilities. Ask for 'probability' or 'log-odds'."
        )
    return output


def _natural(study: Study) -> str:
    able = next(able for able in ("probability", "score", "decision") if _NEEDS[able] in study.model.can)
    model = study.model.model if isinstance(study.model, EstimatorPredictor) else None
    return "log-odds" if able == "probability" and natural_scale(model) == "log-odds" else able


def _unit(study: Study, scale: str) -> str:
    if scale != "prediction":
        return scale
    target = study.outcome.target
    return f"units of {target}" if target in get_args(Output) else target


def _outputs(study: Study, scale: str) -> tuple[str, ...]:
    target, classes = study.outcome.target, study.outcome.classes
    if scale == "prediction":
        return (target,)
    return tuple(f"{target} = {label}" for label in (classes[-1:] if study.task == "binary" else classes))
