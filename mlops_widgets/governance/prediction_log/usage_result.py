"""What a review of a prediction log returns: aggregates, and never an entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Result

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class ModelLine:
    """One model that answered: its digest, entries, days of the first and the last, and whether it was in the list that was passed."""

    model: str
    rows: int
    first: str
    last: str
    registered: bool | None


@dataclass(frozen=True, kw_only=True)
class RateLine:
    """A share with its interval: of what, how many entries, how many of these, and the share's bounds; None where there are too few."""

    name: str
    rows: int
    count: int
    share: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, kw_only=True)
class SpanLine:
    """A threshold or a version of a policy, its entries, and the days of its first and its last."""

    name: str
    rows: int
    first: str
    last: str


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Hours without an entry where there should have been some: begin, end, hours, and how many entries were to be expected."""

    begin: str
    end: str
    hours: int
    expected: float | None


@dataclass(frozen=True, kw_only=True)
class UsageResult(Result):
    """How a model was used: how often, by which models, what was decided and overridden, and when nothing was logged.

    Parameters
    ----------
    name
        The log's name.
    days
        Day → entries, also days without any.
    models
        The models, the most used first.
    decisions
        Share of each decision; those of fewer than 5 entries are one line.
    overrides
        Share of entries in which a person decided otherwise than the model; None where there are no entries.
    reviewed
        Entries for which a person's decision is logged, also one that confirms the model's.
    by_reason
        The same among entries with each reason code.
    thresholds, policies
        The decision thresholds and versions of the policy, in order of their first use.
    gaps
        Hours without entries that should have had some.
    gaps_by
        "weekly profile", "quiet_hours=" or "" where the log is too short to say.
    gap_entries
        How many answers the other weeks must let expect, at the least, before hours without any are told from chance; 0 where another means told.
    empty
        Field → entries without it, of the fields that whoever reads the log later needs.
    odd_scores
        Entries whose score is NaN or infinite.
    repeated
        Entries whose row id another entry has.
    off_side
        Entries whose decision isn't the one that the same model's entries on the same side of the threshold get.
    late
        Entries under an older policy after a newer one was in use for longer than `overlap_hours`.
    units
        Days with entries: rows of one day aren't taken for independent.
    level
        Of the intervals.
    """

    name: str
    days: Mapping[str, int] = field(default_factory=dict)
    models: tuple[ModelLine, ...] = ()
    decisions: tuple[RateLine, ...] = ()
    overrides: RateLine | None = None
    reviewed: int = 0
    by_reason: tuple[RateLine, ...] = ()
    thresholds: tuple[SpanLine, ...] = ()
    policies: tuple[SpanLine, ...] = ()
    gaps: tuple[Gap, ...] = ()
    gaps_by: str = ""
    gap_entries: int = 0
    empty: Mapping[str, int] = field(default_factory=dict)
    odd_scores: int = 0
    repeated: int = 0
    off_side: int = 0
    late: int = 0
    units: int = 0
    level: float = 0.95

    @property
    def override_rate(self) -> float:
        """Share of entries that a person decided otherwise, NaN without entries."""
        return self.overrides.share if self.overrides is not None else float("nan")

    def frame(self) -> "pd.DataFrame":
        """Return every line: what it is about, its name, entries, share and bounds, first and last day."""
        import pandas as pd

        rows: list[dict[str, object]] = [
            {"about": "model", "name": each.model, "entries": each.rows, "first": each.first, "last": each.last}
            for each in self.models
        ]
        overridden = (self.overrides,) if self.overrides is not None else ()
        for about, lines in (
            ("decision", self.decisions),
            ("overridden", overridden),
            ("overridden, by reason", self.by_reason),
        ):
            rows += [
                {"about": about, "name": each.name, "entries": each.rows, "count": each.count, "share": each.share, "lower": each.lower, "upper": each.upper}
                for each in lines
            ]  # fmt: skip
        for about, spans in (("threshold", self.thresholds), ("policy", self.policies)):
            rows += [
                {"about": about, "name": each.name, "entries": each.rows, "first": each.first, "last": each.last}
                for each in spans
            ]
        columns = ["about", "name", "entries", "count", "share", "lower", "upper", "first", "last"]
        return pd.DataFrame(rows, columns=columns)
