"""One spill put into a desk's rows: what its dials show then, and what the best repair gives back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.spills import Spill, put
from mlops_widgets.data_quality.spoilers_desk import repairs

Floats = npt.NDArray[np.float64]

LEARNED_SHARE = 0.75
"""Share of the team's rows that the model learns from; it is tested on the others."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """A model's answers to n rows.

    Parameters
    ----------
    output
        What the metric needs, shape (n,) or (n, classes).
    decided
        The decisions, or in regression the numbers, shape (n,).
    probability
        Of the positive class, shape (n,); None where there is none to correct.
    """

    output: Floats
    decided: Floats
    probability: Floats | None = None


Model = Callable[[pd.DataFrame], Answers]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The rows, and how a model learns from them and is judged.

    Parameters
    ----------
    team
        Rows that the team has, in random order.
    live
        Later rows.
    features, target, positive
        Columns that the model takes, the label's column, and the class that counts.
    places
        Spill → the columns that it hits; what isn't here can't be spilled.
    learn
        Rows, spill → model.
    score
        Rows, answers → the metric.
    decisions
        Rows, answers → the dials about decisions.
    decide
        Probabilities → decisions, where answers have any.
    model_for
        Spill → name of the kind of model that is learned for it.
    """

    team: pd.DataFrame
    live: pd.DataFrame
    features: tuple[str, ...]
    target: str
    positive: object
    places: Mapping[str, tuple[str, ...]]
    learn: Callable[[pd.DataFrame, Spill], Model]
    score: Callable[[pd.DataFrame, Answers], float]
    decisions: Callable[[pd.DataFrame, Answers], Sequence[float]]
    decide: Callable[[Floats], Floats]
    model_for: Callable[[Spill], str] = field(default=lambda _spill: "")


Shown = tuple[float, ...]
"""What the dials show."""


@dataclass(kw_only=True)
class Round:
    """One desk played through with one seed; what was learned from clean rows, and answered about them, is kept.

    Parameters
    ----------
    desk
        The desk.
    seed
        Seed of what is hit, and of who is learned from.
    """

    desk: Desk
    seed: int
    _models: dict[str, Model] = field(default_factory=dict)
    _known: dict[str, Shown] = field(default_factory=dict)

    def dials(self, spill: Spill, share: float) -> tuple[Shown, Shown]:
        """Return the dials with this spill in a share of the rows, and after its repair."""
        if not share:
            return self._clean(spill), self._clean(spill)
        if spill.place == "serving":
            return self._served(spill, share)
        return self._copied(spill, share) if spill.place == "split" else self._learned(spill, share)

    def _served(self, spill: Spill, share: float) -> tuple[Shown, Shown]:
        """The model and the team's test are clean; what it is asked isn't."""
        desk, model, seen = self.desk, self._clean_model(spill), self._clean(spill)[0]
        dirty = self._spilt(spill, desk.live, share)
        shown = self._later(seen, dirty, model(dirty))
        if spill.name != "unit":
            return shown, shown  # nothing in the rows says which were mixed up
        fixed = dirty.assign(**{name: repairs.in_one_unit(dirty[name], desk.team[name]) for name in self._hit(spill)})
        return shown, self._later(seen, fixed, model(fixed))

    def _learned(self, spill: Spill, share: float) -> tuple[Shown, Shown]:
        """The team's rows are dirty, those that it learns from and those that it tests on; what comes later is clean."""
        desk = self.desk
        dirty = self._spilt(spill, desk.team, share)
        learns = self._learns(len(dirty))
        if desk.team[desk.target].nunique() > 1 == dirty[desk.target][learns].nunique():
            return self._nothing(), self._nothing()  # a model that saw one class has learned none
        model = desk.learn(dirty[learns], spill)
        seen, answers = self._seen(dirty[~learns], model), model(desk.live)
        shown = self._later(seen, desk.live, answers)
        if spill.name == "sentinel":
            fixed = dirty.assign(**{name: repairs.without_sentinel(dirty[name]) for name in self._hit(spill)})
            return shown, self._shown(fixed, learns, spill)
        correct = self._correction(spill, dirty, share)
        if correct is None or answers.probability is None:
            return shown, shown
        corrected = correct(answers.probability)
        return shown, self._later(
            seen, desk.live, replace(answers, probability=corrected, decided=desk.decide(corrected))
        )

    def _copied(self, spill: Spill, share: float) -> tuple[Shown, Shown]:
        """Some of the team's rows come twice, nearly alike, before they are split."""
        desk = self.desk
        dirty = self._spilt(spill, desk.team, share)
        learns = self._learns(len(dirty))
        shown = self._shown(dirty, learns, spill)
        kept = repairs.without_near_copies(dirty, [*desk.features, desk.target], self._hit(spill))
        if np.array_equal(kept, np.arange(len(dirty)) < len(desk.team)):  # exactly the copies: what is left is clean
            return shown, self._clean(spill)
        return shown, self._shown(dirty[kept], learns[kept], spill)

    def _nothing(self) -> Shown:
        return (float("nan"),) * len(next(iter(self._known.values())))

    def _correction(self, spill: Spill, dirty: pd.DataFrame, share: float) -> repairs.Correct | None:
        target = self.desk.target
        if spill.name == "late_labels":
            return repairs.for_late_labels(1 - share)
        return repairs.for_wrong_labels(dirty[target], self.desk.team[target], seed=self.seed)

    def _hit(self, spill: Spill) -> tuple[str, ...]:
        return self.desk.places[spill.name]

    def _spilt(self, spill: Spill, frame: pd.DataFrame, share: float) -> pd.DataFrame:
        return put(
            spill, frame, share, columns=self._hit(spill), target=self.desk.target, positive=self.desk.positive,
            seed=self.seed,
        ).frame  # fmt: skip

    def _learns(self, rows: int) -> npt.NDArray[np.bool_]:
        """Return which of the team's rows are learned from: the same ones whatever is spilled, and whatever is copied."""
        return np.asarray(np.random.default_rng(self.seed).random(rows) < LEARNED_SHARE)

    def _clean_model(self, spill: Spill) -> Model:
        key = self.desk.model_for(spill)
        if key not in self._models:
            team = self.desk.team
            self._models[key] = self.desk.learn(team[self._learns(len(team))], spill)
        return self._models[key]

    def _clean(self, spill: Spill) -> Shown:
        key, desk = self.desk.model_for(spill), self.desk
        if key not in self._known:
            model = self._clean_model(spill)
            seen = self._seen(desk.team[~self._learns(len(desk.team))], model)
            self._known[key] = self._later(seen, desk.live, model(desk.live))
        return self._known[key]

    def _shown(self, team: pd.DataFrame, learns: npt.NDArray[np.bool_], spill: Spill) -> Shown:
        """Learn from some of the team's rows, test on the others, and go live."""
        model = self.desk.learn(team[learns], spill)
        return self._later(self._seen(team[~learns], model), self.desk.live, model(self.desk.live))

    def _seen(self, test: pd.DataFrame, model: Model) -> float:
        return self.desk.score(test, model(test))

    def _later(self, seen: float, live: pd.DataFrame, answers: Answers) -> Shown:
        return seen, self.desk.score(live, answers), *self.desk.decisions(live, answers)
