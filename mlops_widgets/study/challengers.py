"""Who challenges the model: another model of the user's, the model itself on newer rows, or a plain one."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.contests.candidates import linear_name
from mlops_widgets.study.choosing import ModelInputs, choose_challenger
from mlops_widgets.study.encoding import learn_encoding
from mlops_widgets.study.logged import Logged
from mlops_widgets.study.model_arguments import open_models
from mlops_widgets.study.predictor import Ability, Predictor
from mlops_widgets.study.reading import Parts
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.threads import one_thread
from mlops_widgets.study.timeline import times_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Kind = Literal["given", "retrained", "plain"]
Where = Literal["production", "test"]

FEWEST_ROWS = 100
"""Labelled rows that either half of what judges needs for a retrained challenger."""
_REMEDY = "Pass another model as challenger=, or challenger='plain' for a linear model learned from the reference."


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """A challenger and the rows that it is judged on.

    Parameters
    ----------
    kind
        Where it comes from.
    name
        What it is called in sentences.
    model
        The challenger.
    table
        Rows that neither model learned from.
    where
        What these rows are called in sentences.
    learned_rows
        Rows that it was trained on here; 0 of a model that was given.
    """

    kind: Kind
    name: str
    model: Predictor
    table: Table
    where: str
    learned_rows: int = 0


def feature_names(study: Study) -> tuple[str, ...]:
    """Return the study's feature columns: the model's own, else those without another role."""
    return study.model.features or study.roles.features


def find_challenge(
    study: Study,
    challenger: Any,  # noqa: ANN401 - any model
    *,
    max_fit_rows: int,
    where: Where | None = None,
) -> Challenge:
    """Return the challenger that was asked for; by default the study's own, else the model retrained.

    Parameters
    ----------
    study
        Whose model is challenged.
    challenger
        A fitted model as `load_study` takes it, "retrained", "plain", or None.
    max_fit_rows
        Most rows that a challenger is trained on.
    where
        Which table's labelled rows judge; by default production where it has labels, else the test, on which nothing is retrained.

    Raises
    ------
    MissingInputError
        If there is none and the model can't be retrained, or no rows have labels.
    InputError
        If it is something that doesn't predict.
    """
    judged = _labelled(study, ("production", "test") if where is None else (where,))
    if challenger is None and study.challenger is not None:
        challenger = study.challenger
    if challenger is None or (isinstance(challenger, str) and challenger == "retrained"):
        return _retrained(study, judged, max_fit_rows, where or "production")
    if isinstance(challenger, str) and challenger == "plain":
        return _plain(study, judged, max_fit_rows)
    model = challenger if isinstance(challenger, Predictor) else _opened(study, challenger)
    return Challenge(kind="given", name=model.name[:60], model=model, table=judged, where=judged.name)


def _labelled(study: Study, where: tuple[Where, ...]) -> Table:
    """Return the labelled rows of the first of these tables that has any."""
    for table in (study.production if name == "production" else study.test for name in where):
        if table is None or study.outcome.target not in table:
            continue
        known = np.flatnonzero(~np.isnan(study.labels(table)))
        if len(known):
            return table if len(known) == table.rows else _part(table, known)
    raise MissingInputError(
        f"labelled {' or '.join(where)}", f"Pass later rows with their outcome as {'=, or '.join(where)}=."
    )


def _part(table: Table, rows: Integers) -> Table:
    """Return these rows as a table that stands for the same share of its source."""
    return table.take(rows, source_rows=round(len(rows) / table.kept))


def _opened(study: Study, challenger: Any) -> Predictor:  # noqa: ANN401 - any model
    parts = Parts(reference=study.reference, tests=study.tests, production=study.production)
    inputs = ModelInputs(
        model=None, predict=None, predict_proba=None, logged=Logged(),
        decision_threshold=study.decision_threshold,
    )  # fmt: skip
    opened = open_models(None, challenger, trust=None)
    model = choose_challenger(opened.challenger, parts, inputs, outcome=study.outcome, features=feature_names(study))
    if model is None:
        raise InputError("challenger= is nothing. Pass a fitted model, 'retrained' or 'plain'.")
    return model


def _retrained(study: Study, judged: Table, max_fit_rows: int, where: Where) -> Challenge:
    if "refit" not in study.model.can:
        raise MissingInputError("challenger", f"The model can't be refitted here. {_REMEDY}")
    if judged.name != getattr(getattr(study, where), "name", None):
        raise MissingInputError("challenger", f"To retrain the model takes labelled production. {_REMEDY}")
    earlier, later = halves(study, judged)
    earlier = _arrived(study, judged, earlier, later)
    if min(len(earlier), len(later)) < FEWEST_ROWS:
        raise MissingInputError(
            "challenger", f"To retrain it takes {FEWEST_ROWS} labelled rows in each half of {judged.name}. {_REMEDY}"
        )
    newest = newest_rows(study, judged.take(earlier), max_fit_rows)
    return Challenge(
        kind="retrained", name="the retrained model", model=study.learner.refit(newest), table=_part(judged, later),
        where=f"the later half of {judged.name}", learned_rows=newest.rows,
    )  # fmt: skip


def _arrived(study: Study, table: Table, earlier: Integers, later: Integers) -> Integers:
    """Return the earlier rows whose label was known before the first of the later rows; all of them where no column says when."""
    column = study.roles.label_time
    times = study.times(table)
    if column is None or column not in table or times is None or not len(later) or not table[column].notna().any():
        return earlier
    arrived, _ = times_of(table, column)
    return np.asarray(earlier[~(arrived[earlier] >= times[later].min())])


def halves(study: Study, table: Table) -> tuple[Integers, Integers]:
    """Return positions of the earlier and the later rows; a time block goes where it begins, rows without time in their order."""
    times = study.times(table)
    when = np.arange(table.rows, dtype=np.float64) if times is None else times
    if study.unit == "time block":
        units = study.units(table)
        first = np.full(int(units.max()) + 1, np.inf)
        np.minimum.at(first, units, np.where(np.isnan(when), np.inf, when))
        when = first[units]
    known = np.flatnonzero(np.isfinite(when))
    middle = np.median(when[known]) if len(known) else 0.0
    before = when[known] < middle
    if not before.any():  # one time for half of the rows or more
        before = when[known] <= middle
    return known[before], known[~before]


def in_time(study: Study, table: Table) -> Integers:
    """Return the positions of the rows in the order of time, those without one last; as they are without time."""
    times = study.times(table)
    return np.arange(table.rows) if times is None else np.argsort(times, kind="stable")


def newest_rows(study: Study, recent: Table, most: int) -> Table:
    """Return at most so many of the newest rows: those of `recent` and, before them, the end of the reference."""
    recent = recent.take(np.sort(in_time(study, recent)[-most:]))
    room = most - recent.rows
    reference = study.reference
    target = study.outcome.target
    if (
        not room
        or reference is None
        or target not in reference
        or not set(study.model.features) <= set(reference.columns)
    ):
        return recent
    known = np.flatnonzero(~np.isnan(study.labels(reference)))
    order = in_time(study, reference)
    tail = reference.take(np.sort(order[np.isin(order, known)][-room:]))
    columns = [name for name in recent.columns if name in tail]
    joined = pd.concat([tail.pandas()[columns], recent.pandas()[columns]], ignore_index=True)
    return recent.replace(joined, name=f"rows up to the middle of {recent.name}")


def _plain(study: Study, judged: Table, most: int) -> Challenge:
    reference = study.need("reference")
    known = np.flatnonzero(~np.isnan(study.labels(reference)))
    if not len(known):
        raise MissingInputError("labels in reference", "A plain model has nothing to learn from. Pass them.")
    drawn = reference.take(np.sort(np.random.default_rng(0).permutation(known)[:most]))
    features = tuple(name for name in feature_names(study) if name in judged)
    model = PlainPredictor(study, drawn, features)
    return Challenge(
        kind="plain", name=model.name, model=model, table=judged, where=judged.name, learned_rows=drawn.rows
    )


class PlainPredictor(Predictor):
    """A logistic or ridge regression on all features, encoded as `learn_encoding` says.

    Parameters
    ----------
    study
        Task, classes and decision threshold.
    table
        Labelled rows to learn from.
    features
        Columns to learn from.
    """

    def __init__(self, study: Study, table: Table, features: tuple[str, ...]) -> None:
        from sklearn.linear_model import LogisticRegression, Ridge

        super().__init__(outcome=study.outcome, name=f"a {linear_name(study.task)}", features=features)
        self._threshold = 0.5 if study.decision_threshold is None else study.decision_threshold
        self._encoding = learn_encoding(table, features)
        y = study.labels(table)
        model = Ridge() if study.task == "regression" else LogisticRegression(max_iter=200, tol=1e-3)
        with one_thread():
            self._model = model.fit(
                self._encoding.numbers(table)[0], y if study.task == "regression" else y.astype(int)
            )

    @property
    def can(self) -> frozenset[Ability]:
        """What it is able to do."""
        return frozenset({"predict"} if self.outcome.task == "regression" else {"predict", "scores", "probabilities"})

    def _predict(self, table: Table) -> Floats:
        if self.outcome.task == "regression":
            return np.asarray(self._model.predict(self._encoding.numbers(table)[0]), dtype=np.float64)
        p = self.probabilities(table)
        return np.asarray(p >= self._threshold if p.ndim == 1 else p.argmax(axis=1), dtype=np.float64)

    def _scores(self, table: Table) -> Floats:
        return np.array(self.probabilities(table))

    def _probabilities(self, table: Table) -> Floats:
        found = np.zeros((table.rows, len(self.outcome.classes)))
        found[:, self._model.classes_] = self._model.predict_proba(self._encoding.numbers(table)[0])
        return found[:, 1].copy() if self.outcome.task == "binary" else found
