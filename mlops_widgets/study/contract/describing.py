"""A contract in words: what displays of it show."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.words import short
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.contract.words import in_words

if TYPE_CHECKING:
    import pandas as pd

_MOST_LINES = 200


@dataclass(frozen=True, kw_only=True)
class RuleLine:
    """One rule: its name, what it asks, and what a breach of it is."""

    rule: str
    asks: str
    breach: str


@dataclass(frozen=True, kw_only=True)
class ContractDescription(Result):
    """What a contract promises, one line a rule.

    Parameters
    ----------
    lines
        A line a rule.
    notes
        How the contract came about.
    """

    lines: tuple[RuleLine, ...]
    notes: tuple[str, ...] = ()

    def frame(self) -> "pd.DataFrame":
        """Return one row a rule: its name, what it asks, what a breach is."""
        import pandas as pd

        return pd.DataFrame([vars(line) for line in self.lines], columns=["rule", "asks", "breach"])

    def __str__(self) -> str:
        """Return the headline, a line a rule, and the notes."""
        shown = [
            f"  {short(x.rule, 80)}: {x.asks}" + ("" if x.breach == "failed" else f" ({x.breach})")
            for x in self.lines[:_MOST_LINES]
        ]
        more = [f"  … and {len(self.lines) - _MOST_LINES:,} more"] if len(self.lines) > _MOST_LINES else []
        return "\n".join([self.headline, *shown, *more, *(f"  note: {note}" for note in self.notes)])


def describe(contract: Contract) -> ContractDescription:
    """Return the description of `contract`."""
    rules = contract.rules
    off = sum(rule.severity == "off" for rule in rules)
    claim = (
        f"Contract {short(contract.name)!r}, version {short(contract.version)}: {len(rules):,} rules for "
        f"{len(contract.columns):,} columns{f', {off:,} of them off' if off else ''}."
    )
    lines = tuple(RuleLine(rule=rule.id, asks=in_words(contract, rule), breach=rule.severity) for rule in rules)
    return ContractDescription(
        findings=(Finding(code="ST-02", status="passed", claim=claim, action=contract.description[:300]),), rows=0,
        lines=lines, notes=contract.notes,
    )  # fmt: skip
