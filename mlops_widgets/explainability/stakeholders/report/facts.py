"""What a report may say of an explanation: answers, the columns that clearly moved them, and which columns go together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.document import sound
from mlops_widgets.core.result import MARKS, Result
from mlops_widgets.explainability.attribution.chosen_rows import home_of
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.related_columns import RELATED, measured_columns
from mlops_widgets.explainability.stakeholders.report.sentences import MOST_NAMED
from mlops_widgets.explainability.stakeholders.report.terms import Terms, shown_cell, terms_of
from mlops_widgets.measures.attribution.association import Column, associations
from mlops_widgets.study.study import Study
from mlops_widgets.study.wording import Wording

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Related:
    """A named column, the one that it goes together with most closely in the training rows, and how many more there are."""

    column: str
    other: str
    association: float
    more: int = 0


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """The headline of a look at the whole model, as a report quotes it."""

    label: str
    claim: str


def quoted(result: Result) -> Quoted:
    """Return the headline of a result with its code and verdict."""
    label = f"{result.findings[0].code}, {MARKS[result.status]} {result.status.replace('_', ' ')}"
    return Quoted(label=label, claim=result.headline)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """An explanation, and the words for it."""

    explanation: Explanation
    words: Wording

    @cached_property
    def terms(self) -> Terms:
        """The words for columns, outputs and amounts."""
        return terms_of(self.explanation, self.words)

    @property
    def rows(self) -> range:
        """The explained rows, by place."""
        return range(len(self.explanation.row_names))

    def output(self, row: int) -> int:
        """Return which output is told of a row: the one the model favours."""
        return self.explanation.favoured(row)

    def prediction(self, row: int) -> float:
        """Return the model's answer."""
        return float(self.explanation.prediction[row, self.output(row)])

    def base(self, row: int) -> float:
        """Return the average answer."""
        return float(self.explanation.base[row, self.output(row)])

    def values(self, row: int) -> Floats:
        """Return the contributions to the answer, (p,)."""
        return self.explanation.values[row, :, self.output(row)]

    def row_name(self, row: int) -> str:
        """Return what a row is called."""
        return sound(self.explanation.row_names[row]) or "a row without a name"

    @cached_property
    def _ends(self) -> tuple[Floats, Floats]:
        return self.explanation.interval()

    def interval(self, row: int) -> tuple[Floats, Floats]:
        """Return both ends of the contributions' intervals, (p,) each."""
        lower, upper = self._ends
        return lower[row, :, self.output(row)], upper[row, :, self.output(row)]

    def digits(self, row: int) -> int:
        """Return the decimals of a row's amounts."""
        return self.terms.digits(self.values(row).tolist())

    def cell(self, row: int, column: int) -> str:
        """Return an explained cell in words."""
        return shown_cell(self.explanation.columns[column], self.explanation.cells[row][column], self.words)

    def moved(self, row: int, way: str) -> list[int]:
        """Return the columns that moved a row's answer most, "up" or "down": those whose interval leaves out 0."""
        values, digits = self.values(row), self.digits(row)
        lower, upper = self.interval(row)
        clear = (lower > 0) if way == "up" else (upper < 0)
        nothing = self.terms.size(0.0, digits)
        named = [int(k) for k in np.flatnonzero(clear) if self.terms.size(float(values[k]), digits) != nothing]
        return sorted(named, key=lambda k: (-abs(values[k]), k))[:MOST_NAMED]

    def named(self) -> list[int]:
        """Return every column that some row's sentences name, in the order of the columns."""
        return sorted({column for row in self.rows for way in ("up", "down") for column in self.moved(row, way)})


def related_columns(study: Study, columns: tuple[str, ...], named: Iterable[int]) -> tuple[Related, ...]:
    """Return which of the named columns go together with others in the training rows; a pair by itself once.

    Association as in `measures.attribution.association`, on at most 1,000 of the rows that the model learned from.
    """
    home = home_of(study)
    coded = measured_columns(home.pandas(), columns)
    found: list[Related] = []
    for a in named:
        strength = {b: _association(coded, columns[a], columns[b]) for b in range(len(columns)) if b != a}
        partners = [b for b, value in strength.items() if value > RELATED]
        if partners:
            most = max(partners, key=lambda b: strength[b])
            found.append(Related(
                column=columns[a], other=columns[most], association=strength[most], more=len(partners) - 1
            ))  # fmt: skip
    said = {(each.column, each.other) for each in found if not each.more}
    return tuple(
        each for each in found
        if each.more or (each.other, each.column) not in said or each.column < each.other
    )  # fmt: skip


def _association(coded: Mapping[str, Column], one: str, other: str) -> float:
    return float(associations([coded[one], coded[other]])[0, 1])
