"""LIME's neighbourhood of tables: it doesn't depend on the row, so it is drawn and asked about once for all of them.

Each player's cells come from training rows drawn by themselves, so that columns vary independently, as LIME has them.
What is drawn are whole cells of the user's own: any type, missing ones too, and a group of columns keeps its combinations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.words import short
from mlops_widgets.errors import InputError, listed
from mlops_widgets.explainability.attribution.column_levels import UNSEEN, Column, Ranges, told_apart
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.study.tables import frame_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.signedinteger[Any]]

SAMPLES = 5000
"""LIME's own default."""
FEWEST_SAMPLES = 50
_MOST_TRAINING_ROWS = 20_000


@dataclass(frozen=True)
class _Player:
    """A column, or columns that act together: alike where every one of them has the row's level."""

    name: str
    columns: tuple[str, ...]
    rules: tuple[Column, ...]
    together: Mapping[tuple[int, ...], int]
    """Of a group, the combinations that training holds."""
    scaled: tuple[float, float] | None
    """Mean and standard deviation of a column of numbers that isn't cut into ranges."""

    def levels(self, frame: pd.DataFrame) -> Integers:
        """Return the level of each row, (rows,)."""
        return self._joined(self._each(frame))

    def read(self, frame: pd.DataFrame) -> tuple[Integers, list[str]]:
        """Return the level of each row and the condition that it meets."""
        each = self._each(frame)
        joined = self._joined(each)
        if self.scaled is not None:
            return joined, [short(self.name)] * len(frame)
        words = [
            [rule.words(short(column), int(level), cell) for level, cell in zip(levels, frame[column], strict=True)]
            for column, rule, levels in zip(self.columns, self.rules, each, strict=True)
        ]
        new = joined == UNSEEN if len(each) > 1 else np.zeros(len(frame), dtype=bool)
        apart = np.where(new, " (not together in training)", "")
        return joined, [" and ".join(texts) + tail for *texts, tail in zip(*words, apart, strict=True)]

    def _each(self, frame: pd.DataFrame) -> list[Integers]:
        return [rule.levels(frame[column]) for column, rule in zip(self.columns, self.rules, strict=True)]

    def _joined(self, each: list[Integers]) -> Integers:
        if len(each) == 1:
            return each[0]
        return np.array([self.together.get(levels, UNSEEN) for levels in _combinations(each)], dtype=np.int64)

    def scores(self, frame: pd.DataFrame) -> Floats:
        """Return standard deviations from training's mean; a missing cell counts as the mean."""
        rule = self.rules[0]
        if self.scaled is None or not isinstance(rule, Ranges):
            return np.full(len(frame), np.nan)
        mean, spread = self.scaled
        return np.nan_to_num((rule.read(frame[self.columns[0]]) - mean) / spread)


def _combinations(each: Sequence[Integers]) -> list[tuple[int, ...]]:
    return list(zip(*(levels.tolist() for levels in each), strict=True))


def _player(name: str, columns: tuple[str, ...], training: pd.DataFrame, *, discretize: bool) -> _Player:
    rules = tuple(told_apart(training[column]) for column in columns)
    together: dict[tuple[int, ...], int] = {}
    if len(columns) > 1:
        each = [rule.levels(training[column]) for column, rule in zip(columns, rules, strict=True)]
        together = {levels: k for k, levels in enumerate(sorted(set(_combinations(each))))}
    scaled = None
    if not discretize and len(columns) == 1 and isinstance(rules[0], Ranges):
        values = rules[0].read(training[columns[0]])
        known = values[~np.isnan(values)]
        spread = float(known.std()) if len(known) else 0.0
        scaled = (float(known.mean()) if len(known) else 0.0, spread if spread > 0 else 1.0)
    return _Player(name, columns, rules, together, scaled)


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Samples around all rows at once, and the model's answers to them.

    Parameters
    ----------
    players
        What varies.
    levels
        (samples, p) the level of each player in each sample.
    scores
        (samples, p) of numbers that aren't cut into ranges, standard deviations from the mean; NaN for other players.
    answers
        (samples, k) the model's, all finite.
    dropped
        Samples for which the model gave no finite answer: left out.
    outputs, scale
        Of the question that it was drawn for.
    seed
        Of the draw.
    """

    players: tuple[_Player, ...]
    levels: Integers
    scores: Floats
    answers: Floats
    dropped: int
    outputs: tuple[str, ...]
    scale: str
    seed: int

    @property
    def discretized(self) -> bool:
        """Whether numbers are cut into ranges."""
        return all(player.scaled is None for player in self.players)

    def near(self, frame: pd.DataFrame) -> "Near":
        """Return what the neighbourhood says of rows."""
        levels, words = zip(*(player.read(frame) for player in self.players), strict=True)
        scores = [player.scores(frame) for player in self.players]
        return Near(self, np.column_stack(levels), np.column_stack(scores), tuple(zip(*words, strict=True)))

    def check(self, question: Question) -> None:
        """Raise `InputError` if it was drawn for another question."""
        own = {player.name: player.columns for player in self.players}
        for what, mine, theirs in (
            ("columns", own, dict(question.players)), ("outputs", self.outputs, question.outputs), ("scale", self.scale, question.scale),
        ):  # fmt: skip
            if mine != theirs:
                raise InputError(
                    f"neighbourhood= was drawn for other {what} than the question's. Draw one for this question."
                )


@dataclass(frozen=True)
class Around:
    """The samples as seen from one row.

    Parameters
    ----------
    design
        (samples, p) 1 where a sample has the row's level, else 0; its score where it is a number that isn't cut.
    own
        (p,) the same of the row itself; 0 for a level that no sample has: nothing can be learned of it.
    squared_distance
        (samples,) between a sample and the row.
    alike
        (p,) share of samples with the row's level; NaN for numbers that aren't cut.
    """

    design: Floats
    own: Floats
    squared_distance: Floats
    alike: Floats


@dataclass(frozen=True, eq=False)
class Near:
    """Rows in a neighbourhood: their levels (n, p), scores (n, p) and conditions in words (n, p)."""

    hood: Neighbourhood
    levels: Integers
    scores: Floats
    conditions: tuple[tuple[str, ...], ...]

    def around(self, row: int) -> Around:
        """Return the samples as seen from one of the rows."""
        design = (self.hood.levels == self.levels[row]).astype(np.float64)
        alike = np.full(len(design), 1 / len(design)) @ design
        cut = np.isnan(self.scores[row])
        own = np.where(cut, alike > 0, self.scores[row])
        squared = cut.sum() - design @ cut
        if not cut.all():
            design[:, ~cut] = self.hood.scores[:, ~cut]
            squared += ((design[:, ~cut] - own[~cut]) ** 2).sum(axis=1)
        return Around(design, own, squared, np.where(cut, alike, np.nan))


def draw_neighbourhood(
    question: Question, *, samples: int = SAMPLES, seed: int | None = None, discretize: bool = True
) -> Neighbourhood:
    """Draw a neighbourhood from the question's training rows and ask the model about it.

    Parameters
    ----------
    question
        Its training rows (else its background) say how cells are distributed; at most 20,000 of them, drawn by seed.
    samples
        How many to draw, 50 or more.
    seed
        Of the draw; None: the question's.
    discretize
        Cut numbers and dates at their quartiles, as LIME does by default; else they count in standard deviations.
    """
    check_counts(samples=(samples, FEWEST_SAMPLES))
    seed = question.seed if seed is None else seed
    rng = np.random.default_rng(seed)
    training = question.background if question.training is None else question.training
    if not training.columns.is_unique:
        twice = training.columns[training.columns.duplicated()].unique()
        raise InputError(f"training= names {listed(twice)} twice. Give each column a name of its own.")
    if len(training) > _MOST_TRAINING_ROWS:
        training = training.iloc[np.sort(rng.permutation(len(training))[:_MOST_TRAINING_ROWS])]
    players = tuple(
        _player(name, columns, training, discretize=discretize) for name, columns in question.players.items()
    )
    taken = rng.integers(0, len(training), size=(len(players), samples))
    answers = question.predict(_sampled(training, players, taken))
    finite = np.isfinite(answers).all(axis=1)
    levels = [player.levels(training)[rows] for player, rows in zip(players, taken, strict=True)]
    scores = [player.scores(training)[rows] for player, rows in zip(players, taken, strict=True)]
    return Neighbourhood(
        players=players, levels=np.column_stack(levels)[finite].astype(np.int32), scores=np.column_stack(scores)[finite],
        answers=answers[finite], dropped=int((~finite).sum()), outputs=question.outputs, scale=question.scale, seed=seed,
    )  # fmt: skip


def _sampled(training: pd.DataFrame, players: Sequence[_Player], taken: Integers) -> pd.DataFrame:
    cells = {
        column: training[column].array.take(rows)
        for player, rows in zip(players, taken, strict=True)
        for column in player.columns
    }
    return frame_of(cells, [column for column in training.columns if column in cells])
