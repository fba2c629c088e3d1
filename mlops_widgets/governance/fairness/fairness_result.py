"""What comparing groups returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Result
from mlops_widgets.measures.group_rates import RATES

if TYPE_CHECKING:
    import pandas as pd

Span = tuple[float, float, float]
"""A number, and the lower and upper end of its interval; NaN where there is none."""


@dataclass(frozen=True, kw_only=True)
class GroupLine:
    """One group of people, and how it is treated.

    Parameters
    ----------
    attribute, group
        The column (of an intersection "a × b") and the level.
    n, labelled
        Rows, and those of them whose outcome is known.
    share
        Of all rows of the table.
    reference
        Whether the others are compared with it.
    suppressed
        Whether it has so few rows that nothing but their number is told.
    selected
        How many got the favourable decision, weighted where the study has weights; NaN where suppressed or nobody decides.
    rates
        Rate → value and interval.
    few
        Rate → the rows that it would be a share of, where these are so few that it isn't told.
    differences, ratios
        Rate → the group's less, and over, the reference group's; empty for the reference itself.
    gap
        Mean of outcome less prediction: of the favourable class's probability, or of the number.
    error
        Mean absolute error, in regression.
    gap_difference
        The gap less the reference group's.
    """

    attribute: str
    group: str
    n: int
    labelled: int
    share: float
    reference: bool
    suppressed: bool
    selected: float = float("nan")
    rates: Mapping[str, Span] = field(default_factory=dict)
    few: Mapping[str, int] = field(default_factory=dict)
    differences: Mapping[str, Span] = field(default_factory=dict)
    ratios: Mapping[str, Span] = field(default_factory=dict)
    gap: Span | None = None
    error: Span | None = None
    gap_difference: Span | None = None

    @property
    def name(self) -> str:
        """Column and level, as "sex = F"."""
        return f"{self.attribute} = {self.group}"


@dataclass(frozen=True, kw_only=True)
class FairnessResult(Result):
    """Rates of groups, their ratios and differences to a reference group. It holds no rows.

    Parameters
    ----------
    table
        The table whose rows were compared.
    target, favourable, favourable_said
        What is decided, the decision that is good to be given, in words ("" in regression), and whether somebody said that it is.
    groups
        One line a group, of single columns first, then of intersections.
    references
        Column → the group that the others are compared with.
    declared
        Columns whose reference group was named by the user; of the others it is the largest.
    margin, gap_margin
        The ratio, of a group's rate to its reference group's or the other way round, and the difference of rates, from which on a verdict
        is "failed".
    worst_ratio
        Column → the lowest over the highest selection rate, with a bootstrap interval.
    by_chance
        Column → how often that ratio would lie below the margin though all groups had the same rate, in groups of as many independent
        rows as these are worth.
    smallest
        Groups of fewer rows are suppressed, and so are rates that are shares of fewer.
    unit
        The resampling unit.
    fingerprint
        Of the study.
    """

    table: str
    target: str
    favourable: str
    favourable_said: bool
    groups: tuple[GroupLine, ...]
    references: Mapping[str, str]
    declared: tuple[str, ...]
    margin: float
    gap_margin: float
    worst_ratio: Mapping[str, Span]
    by_chance: Mapping[str, float]
    smallest: int
    unit: str
    fingerprint: str
    synthetic: bool = False

    def frame(self) -> "pd.DataFrame":
        """Return one row a group: the rates, the impact ratio to the reference group, and the ends of each interval."""
        import pandas as pd

        return pd.DataFrame([_row(each) for each in self.groups])

    def compared(self, rate: str) -> list[GroupLine]:
        """Return the groups whose rate was compared with the reference group's."""
        return [each for each in self.groups if rate in each.ratios]


_NOTHING = (float("nan"), float("nan"), float("nan"))


def _row(line: GroupLine) -> dict[str, object]:
    spans = {rate: line.rates.get(rate, _NOTHING) for rate in RATES}
    spans["impact_ratio"] = (1.0, float("nan"), float("nan")) if line.reference and line.rates else line.ratios.get("selection_rate", _NOTHING)  # fmt: skip
    spans["calibration_gap"], spans["mean_absolute_error"] = line.gap or _NOTHING, line.error or _NOTHING
    values = {name: span[0] for name, span in spans.items()}
    ends = {f"{name}_{end}": span[at] for name, span in spans.items() for at, end in ((1, "lower"), (2, "upper"))}
    return {"attribute": line.attribute, "group": line.group, "n": line.n, **values, **ends}
