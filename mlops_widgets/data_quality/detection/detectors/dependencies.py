"""Columns that determine others: cells that break the rule, and missing cells that it fills."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.detectors.repairs import cells_of
from mlops_widgets.data_quality.detection.detectors.sources import reporting
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.measures.dependencies import Majorities, breaks, majorities, pair_agreement

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_HOLDS = 0.9
_BEYOND_CHANCE = 0.85
_SCREEN = 0.75
_FEWEST_GROUPS = 10
_FEWEST_VARIED = 5
_FEWEST_LEVELS = 5
_GROUP_ROWS = 1.5
_PAIRS = 400
_MOST_COLUMNS = 300
_ROWS = 30
"""Fewest rows in groups of two or more: below, agreement is luck."""
_MOST_GAPS = 0.5
"""Share of missing cells over which a column is left empty on purpose, and nothing is filled."""
_EITHER = 0.6
"""What is left of a suspicion where either of two columns that determine each other may be the wrong one."""


@dataclass(frozen=True)
class _Rule:
    """That one column determines another, as far as it does.

    Parameters
    ----------
    determinant, column
        Which determines which.
    found
        What the groups hold.
    """

    determinant: Column
    column: Column
    found: Majorities

    @property
    def trust(self) -> float:
        """How far the rule is believed: the nearer to no exception, and the farther from chance, the more."""
        exact = (self.found.share - _HOLDS) / (1 - _HOLDS)
        return 0.6 + 0.35 * min(exact, self.found.beyond_chance)

    @property
    def words(self) -> str:
        """The rule in words."""
        return (
            f"{short(self.determinant.name)} determines {short(self.column.name)} in {number(self.found.share, 'percent')} of the "
            f"rows ({number(self.found.by_chance, 'percent')} by chance)"
        )  # fmt: skip


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect cells that break an approximate functional dependency of one column on another."""
    rules: dict[str, list[_Rule]] = {}
    for rule in _rules(columns):
        rules.setdefault(rule.column.name, []).append(rule)
    wrong = {name: _wrong(several) for name, several in rules.items()}
    for several in rules.values():
        yield from _broken(several, wrong)
        yield from _filled(several)


def _rules(columns: Columns) -> Iterator[_Rule]:
    """Yield the dependencies that hold but for errors, far beyond chance."""
    every = [each for each in columns.columns.values() if len(each.levels.values) > 1][:_MOST_COLUMNS]
    known = reporting(columns)
    every = [each for each in every if each.name not in known]
    if len(every) < 2 or columns.rows < _ROWS:
        return
    codes = np.array([each.levels.codes for each in every])
    chance = np.array([((each.levels.counts / each.levels.counts.sum()) ** 2).sum() for each in every])
    rng = np.random.default_rng(0)
    for determinant in every:
        if not _can_determine(determinant):
            continue
        agree = pair_agreement(determinant.levels.codes, codes, pairs=_PAIRS, rng=rng)
        likely = (agree >= _SCREEN) & ((agree - chance) >= _SCREEN * (1 - chance))
        for at in np.flatnonzero(likely):
            if every[at] is not determinant:
                found = majorities(determinant.levels.codes, every[at].levels.codes, rng=rng)
                if _holds(found):
                    yield _Rule(determinant, every[at], found)


def _holds(found: Majorities) -> bool:
    """Say whether a dependency holds but for errors; of a column that hardly varies nobody can tell."""
    return (
        found.groups >= _FEWEST_GROUPS
        and found.varied >= _FEWEST_VARIED
        and found.share >= _HOLDS
        and found.by_chance <= _HOLDS
        and found.beyond_chance >= _BEYOND_CHANCE
    )


def _can_determine(column: Column) -> bool:
    """Say whether rows share values of a column often enough, and these are names of something rather than amounts."""
    levels = column.levels
    cells = int(levels.counts.sum())
    if not _FEWEST_LEVELS <= len(levels.values) <= cells / _GROUP_ROWS:
        return False
    if column.kind != "number":
        return column.kind in {"text", "time"}
    numbers = column.numbers[np.isfinite(column.numbers)]
    return bool(len(numbers) and (numbers == np.round(numbers)).all())


def _wrong(rules: list[_Rule]) -> Floats:
    """Return how likely each cell of a column is wrong, shape (rows,): the mean over the rules that can speak of it.

    Where one column contradicts a cell and others agree with it, the one is rather wrong itself.
    """
    said, weight = np.zeros(len(rules[0].found.own)), np.zeros(len(rules[0].found.own))
    for rule in rules:
        speaks = (rule.found.size >= 2) & (rule.found.own > 0)
        said += rule.trust * np.where(speaks, rule.trust * breaks(rule.found), 0.0)
        weight += rule.trust * speaks
    return np.asarray(np.divide(said, weight, out=np.zeros_like(said), where=weight > 0))


def _broken(rules: list[_Rule], wrong: dict[str, Floats]) -> Iterator[Suspicion]:
    best = max(rules, key=lambda rule: rule.trust)
    sure = wrong[best.column.name].copy()
    other = wrong.get(best.determinant.name)
    if other is not None:
        sure = np.where((other >= sure) & (sure > 0), _EITHER * sure, sure)
    rows = np.flatnonzero(sure >= 0.1)
    if len(rows):
        yield Suspicion(
            kind="dependency", column=best.column.name, rows=rows, confidence=sure[rows], reason=f"{best.words}; here it differs.",
            repair=cells_of(best.column, best.found.value[rows]),
        )  # fmt: skip


def _filled(rules: list[_Rule]) -> Iterator[Suspicion]:
    for rule in sorted(rules, key=lambda rule: -rule.trust)[:3]:
        column, found = rule.column, rule.found
        missing = column.levels.codes < 0
        gaps = np.flatnonzero(missing & (found.held > 0))
        if len(gaps) and missing.mean() <= _MOST_GAPS:
            fills = rule.trust * found.held[gaps] / (found.size[gaps] + 0.2)
            yield Suspicion(
                kind="missing", column=column.name, rows=gaps, confidence=fills, reason=f"{rule.words}, so what is missing here is known.",
                repair=cells_of(column, found.value[gaps]),
            )  # fmt: skip
