"""What recourse is, as data: proposals and their changes, in words and in numbers."""

from dataclasses import dataclass

from mlops_widgets.core.words import number
from mlops_widgets.errors import listed


@dataclass(frozen=True, kw_only=True)
class Change:
    """One column's new value.

    Parameters
    ----------
    column, feature
        Its name, and what it is called in sentences.
    before, after
        Both cells in words.
    before_number, after_number
        The same as numbers; NaN where they are none.
    cost
        What the change costs: units times weight; 0 of what only follows.
    follows
        Whether a rule worked it out from the other changes.
    """

    column: str
    feature: str
    before: str
    after: str
    before_number: float
    after_number: float
    cost: float
    follows: bool = False

    @property
    def text(self) -> str:
        """The change in words."""
        return f"{self.feature} {self.after} instead of {self.before}"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Changes that together reach what is wanted, none of them needlessly.

    Parameters
    ----------
    changes
        What changes, and after that what follows from it.
    cost
        Sum of the changes' costs.
    shown
        The model's number for the changed row.
    distance
        Mean distance to the nearest rows of the reference, in standard deviations; NaN where it can't be told.
    like_rows
        Rows of the reference with such values in the columns changed.
    plausible
        Whether there are such rows, and the whole row is no farther from the reference than its own rows usually are, or
        than this row was.
    holding_share
        Share of copies with slightly other values that still reach, 0 to 1; NaN where not tried.
    refits_holding
        Models fitted again with which it still reaches.
    """

    changes: tuple[Change, ...]
    cost: float
    shown: float
    distance: float
    like_rows: int
    plausible: bool
    holding_share: float
    refits_holding: int

    @property
    def chosen(self) -> tuple[Change, ...]:
        """The changes that somebody would have to make."""
        return tuple(change for change in self.changes if not change.follows)

    @property
    def text(self) -> str:
        """The changes in words: "income 34,200 instead of 32,609 and …"."""
        said = joined([change.text for change in self.chosen])
        after = [f"{change.feature} {change.after}" for change in self.changes if change.follows]
        return f"{said} (and so {joined(after)})" if after else said


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A column that may not change, and why."""

    column: str
    feature: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """A constraint without which what is wanted could be reached: the column, what holds it, and how far it would take."""

    column: str
    feature: str
    why: str
    shown: float


def joined(parts: list[str]) -> str:
    """Return parts of a sentence in a row: "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def named(features: list[str], most: int = 5) -> str:
    """Return names in a row, the first few of many."""
    return joined(features) if len(features) <= most else listed(features, most=most)


def shown_as(value: float, other: float) -> str:
    """Return a number in as many digits as tell it from another, five at most.

    Examples
    --------
    >>> shown_as(0.4996, 0.5), shown_as(0.31, 0.5)
    ('.4996', '.31')
    """
    for digits in (None, 3, 4, 5):
        text = number(value, digits=digits)
        if text != number(other, digits=digits):
            break
    return text
