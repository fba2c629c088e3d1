"""What an inventory holds: a line a model, with who answers for it, where it stands, and when it is audited next."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_widgets.core.calendars import calendar_of
from mlops_widgets.core.document import Document, Grid, Section
from mlops_widgets.core.result import JSON_ERRORS, Result, write_atomically
from mlops_widgets.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MARKS = {"overdue": "■", "due": "◇", "in time": "●", "never audited": "■", "unknown": "◇"}
"""Shape of each answer: colour is never the only signal."""


@dataclass(frozen=True, kw_only=True)
class InventoryLine:
    """One model.

    Parameters
    ----------
    name, version, stage
        The model, and the version that counts: the highest stage, of several the newest.
    owner, use, tier
        What people said; "" where nobody did. The tier may follow from exposure and purpose.
    tier_from
        "said", "exposure × purpose", or "".
    last_audit, last_outcome
        Day of the last audit of that version, and whether it passed; "" without one.
    next_audit
        Day on which the next one is due; "" without an audit or a tier.
    audit_days
        Days from one audit to the next; 0 where the tier isn't known.
    days_left
        Whole days until the next audit, below 0 where it is late; None without a date, or without `now=`.
    state
        "in time", "overdue", "never audited", or "unknown".
    missing
        What nobody has said: "owner", "use", "tier".
    """

    name: str
    version: int
    stage: str
    owner: str
    use: str
    tier: str
    tier_from: str
    last_audit: str
    last_outcome: str
    next_audit: str
    audit_days: int
    days_left: int | None
    state: str
    missing: tuple[str, ...]

    @property
    def days_late(self) -> int:
        """By how many whole days the next audit is late; 0 where it isn't, or that isn't known."""
        return max(0, -(self.days_left or 0))


@dataclass(frozen=True, kw_only=True)
class InventoryResult(Result):
    """All models of a registry.

    Parameters
    ----------
    lines
        One a model.
    tiers
        Name and version of the map of tiers.
    judged_at
        By which moment audits are late, ISO 8601; "" where no `now=` was passed.
    """

    lines: tuple[InventoryLine, ...]
    tiers: str
    judged_at: str = ""

    def frame(self) -> "pd.DataFrame":
        """Return one row a model."""
        import pandas as pd

        names = [
            "name", "version", "stage", "owner", "use", "tier", "last_audit", "last_outcome", "next_audit", "days_late", "state",
        ]  # fmt: skip
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.lines], columns=names)

    @property
    def document(self) -> Document:
        """The inventory as a text."""
        rows = tuple(
            (
                f"{each.name}/{each.version}", each.stage, each.owner or "nobody said", each.use or "nobody said", each.tier or "nobody said",
                f"{each.last_audit} {each.last_outcome}".strip() or "never", each.next_audit or "–", f"{MARKS[each.state]} {_state(each)}",
            )
            for each in self.lines
        )  # fmt: skip
        columns = ("version", "stage", "owner", "use", "tier", "last audit", "next audit", "state")
        return Document(
            title="Inventory of models", lead=f"{self.headline} Of each model the version in the highest stage counts. Tiers: {self.tiers}.",
            sections=(Section(title="Who answers for each, and when it is audited", blocks=(Grid(columns=columns, rows=rows),)),),
        )  # fmt: skip

    def calendar_file(self, path: str | Path) -> Path:
        """Write a file for calendars (.ics) with the next audit of each model that has a date, and return its path.

        Parameters
        ----------
        path
            The file.

        Raises
        ------
        InputError
            If no model has a date, or the name doesn't end in .ics.
        """
        file = Path(path)
        if file.suffix != ".ics":
            raise InputError(f"calendar_file({str(file)[:200]!r}): the name must end in .ics.")
        dated = [
            (each.name, datetime.fromisoformat(each.next_audit).replace(tzinfo=UTC), each.audit_days)
            for each in self.lines
            if each.next_audit
        ]
        if not dated:
            raise InputError("No model has a day of its next audit. Audit one by registry.review, and say its tier.")
        made = datetime.fromisoformat(self.judged_at) if self.judged_at else max(due for _, due, _ in dated)
        write_atomically(file, calendar_of(dated, made=made).encode(errors=JSON_ERRORS))
        return file


def _state(line: InventoryLine) -> str:
    if line.state != "overdue":
        return line.state
    return f"{line.days_late} day{'' if line.days_late == 1 else 's'} late"
