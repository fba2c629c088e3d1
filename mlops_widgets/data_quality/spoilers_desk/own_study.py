"""The spoiler's desk on somebody's own study: their rows, their model learned anew, their metric."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.spills import SPILLS, Spill, measurements, places_of
from mlops_widgets.data_quality.spoilers_desk.play import Answers, Desk, Model
from mlops_widgets.errors import InputError, MissingInputError, ModelError
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]

_FEWEST_ROWS = 40
_MOST_SHUFFLED = 20
_ASKED_ROWS = 300


@dataclass(frozen=True, kw_only=True)
class StudyDesk:
    """A study's desk, and what can't be spilled there.

    Parameters
    ----------
    desk
        The desk.
    team_table, live_table
        Names of the tables that the team's and the later rows come from.
    left_out
        Spill → why it can't be put into this study.
    """

    desk: Desk
    team_table: str
    live_table: str
    left_out: dict[str, str]


def study_desk(
    study: Study, *, team_rows: int, live_rows: int, seed: int, places: Mapping[str, tuple[str, ...]] | None = None
) -> StudyDesk:
    """Return a desk that a study's own rows come to, at most so many, drawn at random; `places` of an earlier one are kept.

    Raises
    ------
    MissingInputError
        If there is no model that can be asked, or too few labelled rows.
    """
    if not isinstance(study.model, EstimatorPredictor):
        raise MissingInputError("model that can be asked about other rows", "Pass model= or predict=.")
    refits = "refit" in study.learner.can
    team, live = _drawn(study, refits=refits, team_rows=team_rows, live_rows=live_rows, seed=seed)
    judged = _Judge(study, base=team)
    features = tuple(study.model.features)
    places = _places(judged, team, features) if places is None else places
    left_out = _left_out(study, places, refits=refits)
    desk = Desk(
        team=team.pandas(), live=live.pandas(), features=features, target=study.outcome.target, positive=study.outcome.classes[-1] if study.task == "binary" else None,
        places={name: columns for name, columns in places.items() if name not in left_out}, learn=judged.learn if refits else judged.as_it_is,
        score=judged.score, decisions=judged.decisions, decide=judged.decide,
    )  # fmt: skip
    return StudyDesk(desk=desk, team_table=team.name, live_table=live.name, left_out=left_out)


def _drawn(study: Study, *, refits: bool, team_rows: int, live_rows: int, seed: int) -> tuple[Table, Table]:
    """Return labelled rows to learn from and later ones: two tables, or halves of the only one that has labels."""
    rng = np.random.default_rng(seed)
    known = {name: rng.permutation(_labelled(study, table)) for name, table in study.tables.items()}
    known = {name: rows for name, rows in known.items() if len(rows) >= _FEWEST_ROWS}
    if not known:
        raise MissingInputError(f"table with {_FEWEST_ROWS} labelled rows", "Pass reference=, test= or production=.")
    names = list(known)
    team = names[0] if refits or len(names) == 1 else next((name for name in names if name != "reference"), names[0])
    live = names[-1]
    if team == live:
        half = len(known[team]) // 2
        rows = known[team][:half], known[team][half:]
    else:
        rows = known[team], known[live]
    return study.tables[team].take(rows[0][:team_rows]), study.tables[live].take(rows[1][:live_rows])


def _labelled(study: Study, table: Table) -> npt.NDArray[np.int64]:
    if study.outcome.target not in table:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(~np.isnan(study.labels(table)))


def _places(judged: "_Judge", team: Table, features: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the columns that each spill hits: of one column, that whose shuffling moves the model's answers most."""
    frame = team.take(np.arange(min(team.rows, _ASKED_ROWS))).pandas()
    numbers = measurements(team.pandas(), features)[:_MOST_SHUFFLED]
    model = judged.as_it_is(frame, SPILLS[0])
    before, rng = model(frame).output, np.random.default_rng(0)
    moved = dict.fromkeys(numbers, 0.0)
    for name in numbers:
        order = rng.permutation(len(frame))
        other = frame.assign(**{name: frame[name].take(order).set_axis(frame.index)})
        moved[name] = float(np.nanmean(np.abs(model(other).output - before)))
    telling = sorted(numbers, key=lambda name: -moved[name])
    rest = [name for name in features if name not in moved]
    places = places_of(team.pandas(), [*telling, *rest])
    return places | {"flipped_labels": (), "late_labels": ()}


def _left_out(study: Study, places: Mapping[str, tuple[str, ...]], *, refits: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for spill in SPILLS:
        if spill.place != "serving" and not refits:
            found[spill.name] = "the model can't be refitted"
        elif spill.name == "late_labels" and study.task != "binary":
            found[spill.name] = "it needs an outcome with two classes"
        elif spill.name not in places:
            found[spill.name] = "no column that the model takes holds measurements"
    return found


class _Judge:
    """How a study's models answer and are judged on frames like `base`."""

    def __init__(self, study: Study, *, base: Table) -> None:
        self._study, self._base = study, base
        y = study.labels(base)
        codes, counts = np.unique(y, return_counts=True)
        self.counted = 1.0 if study.task == "binary" else float(codes[np.argmax(counts)])

    def learn(self, rows: pd.DataFrame, _spill: Spill) -> Model:
        return self._model(self._study.learner.refit(self._base.replace(rows)))

    def as_it_is(self, _rows: pd.DataFrame, _spill: Spill) -> Model:
        return self._model(self._study.model)

    def decide(self, probability: Floats) -> Floats:
        """Return decisions from probabilities; without a threshold of the study's own a model decides at a half."""
        threshold = self._study.decision_threshold
        return np.asarray(probability >= (0.5 if threshold is None else threshold), dtype=np.float64)

    def score(self, rows: pd.DataFrame, answers: Answers) -> float:
        """Return the metric; NaN where it has no value on these rows, or the model gave no answer."""
        table = self._base.replace(rows)
        y, weights = self._study.labels(table), self._study.weights(table)
        if np.isnan(answers.output).any():
            return float("nan")
        try:
            return float(self._study.metric(y, answers.output, weights))
        except InputError:
            return float("nan")

    def decisions(self, rows: pd.DataFrame, answers: Answers) -> tuple[float, float]:
        """Return the share of positive decisions and the positive rate among them; in regression mean and mean error."""
        y, decided = self._study.labels(self._base.replace(rows)), answers.decided
        if self._study.task == "regression":
            return float(np.mean(decided)), float(np.mean(np.abs(decided - y)))
        chosen = decided == self.counted
        rate = float((y[chosen] == self.counted).mean()) if chosen.any() else float("nan")
        return float(chosen.mean()), rate

    def _model(self, model: Predictor) -> Model:
        study, base = self._study, self._base

        def answer(frame: pd.DataFrame) -> Answers:
            table = base.replace(frame)
            try:
                output = study.output(table, model=model)
                decided = model.predictions(table) if "predict" in model.can else self.decide(output)
            except ModelError:
                nothing = np.full(len(frame), np.nan)
                return Answers(output=nothing, decided=nothing)
            binary = study.task == "binary" and "probabilities" in model.can
            return Answers(output=output, decided=decided, probability=model.probabilities(table) if binary else None)

        return answer
