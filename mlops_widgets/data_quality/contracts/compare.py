"""Two editions of a contract: what is promised anew, no longer, or otherwise, and whether a reader of the table would notice."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.words import short
from mlops_widgets.data_quality.contracts.promises import Direction, direction_of
from mlops_widgets.errors import WrongTypeError
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.contract.words import in_words

if TYPE_CHECKING:
    import pandas as pd

ChangeKind = Literal["added", "removed", "tightened", "loosened", "changed"]
_BREAKING: frozenset[ChangeKind] = frozenset({"removed", "loosened", "changed"})
_WORDS: dict[ChangeKind, str] = {
    "removed": "is no longer promised", "loosened": "promises less", "changed": "promises something else",
    "added": "is promised anew", "tightened": "promises more",
}  # fmt: skip
_MOST_FINDINGS = 30


@dataclass(frozen=True, kw_only=True)
class ContractChange:
    """One rule that differs.

    Parameters
    ----------
    rule
        Its name.
    change
        "added", "removed", "tightened", "loosened", or "changed" where neither promise holds the other.
    before, after
        What it asked and asks, in words; "" for nothing.
    breaking
        Whether a reader of the table may now meet what it was promised not to.
    """

    rule: str
    change: ChangeKind
    before: str
    after: str
    breaking: bool


@dataclass(frozen=True, kw_only=True)
class ContractDiff(Result):
    """What differs between two contracts, breaking changes first.

    Parameters
    ----------
    before, after
        Name and version of each.
    changes
        One a rule that differs.
    """

    before: str
    after: str
    changes: tuple[ContractChange, ...]

    @property
    def breaking(self) -> bool:
        """Whether any change is breaking."""
        return any(change.breaking for change in self.changes)

    def frame(self) -> "pd.DataFrame":
        """Return one row a rule that differs: what it asked and asks, the kind of change, whether it is breaking."""
        import pandas as pd

        names = ["rule", "change", "before", "after", "breaking"]
        return pd.DataFrame([vars(change) for change in self.changes], columns=names)


def compare_contracts(before: Contract, after: Contract) -> ContractDiff:
    """Find out whether whoever relies on contract `before` can rely on `after`.

    A contract protects the reader of a table: a promise that is dropped or weakened is breaking, a new or stronger one isn't.

    Parameters
    ----------
    before, after
        Two editions of a contract.

    Returns
    -------
    ContractDiff
        Findings: DQ-CC-01 compatible or breaking, DQ-CC-02 one a breaking change, DQ-CC-03 a version that doesn't say so.

    Raises
    ------
    WrongTypeError
        If either is no contract.

    Examples
    --------
    >>> from mlops_widgets.data_quality import ColumnRules, Contract
    >>> before = Contract(name="loans", columns=(ColumnRules(name="age", lower=18),))
    >>> [(each.rule, each.change) for each in compare_contracts(before, before.set_column("age", lower=0)).changes]
    [('age: range', 'loosened')]
    """
    for argument, given in (("before", before), ("after", after)):
        if not isinstance(given, Contract):
            raise WrongTypeError(
                f"{argument}={type(given).__name__}. Pass a Contract: infer_contract(table) or read_contract(path)."
            )
    asked, asks = ({rule.id: rule for rule in each.rules if rule.severity != "off"} for each in (before, after))
    changes = []
    for name in dict.fromkeys((*asked, *asks)):
        direction: Direction = (
            "less"
            if name not in asks
            else "more"
            if name not in asked
            else direction_of(asked[name], before, asks[name], after)
        )
        if direction != "same":
            was = in_words(before, asked[name]) if name in asked else ""
            now = in_words(after, asks[name]) if name in asks else ""
            kind = _kind(direction, there_before=name in asked, there_after=name in asks)
            changes.append(ContractChange(rule=name, change=kind, before=was, after=now, breaking=kind in _BREAKING))
    changes.sort(key=lambda change: not change.breaking)
    return ContractDiff(
        findings=tuple(_findings(before, after, changes)), rows=0, before=f"{before.name} {before.version}",
        after=f"{after.name} {after.version}", changes=tuple(changes),
        method="Rule by rule: a promise that holds the other one is the tighter.",
    )  # fmt: skip


def _kind(direction: Direction, *, there_before: bool, there_after: bool) -> ChangeKind:
    if not there_before:
        return "added"
    if not there_after:
        return "removed"
    return {"more": "tightened", "less": "loosened"}.get(direction, "changed")  # type: ignore[return-value]  # of these three


def _findings(before: Contract, after: Contract, changes: list[ContractChange]) -> list[Finding]:
    breaking = [change for change in changes if change.breaking]
    counts = {kind: sum(change.change == kind for change in changes) for kind in _WORDS}
    said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    if not changes:
        claim, action = "The two contracts promise the same.", ""
    elif breaking:
        claim = f"{len(breaking):,} of {len(changes):,} changes are breaking: a reader of the table may meet what it was promised not to ({said})."
        action = "Tell every reader of the table before this edition is used, or bring the promises back."
    else:
        claim = f"Compatible: whatever keeps the new contract keeps the old one ({said})."
        action = "Check that deliveries keep the tighter promises: validate the last batches with the new contract."
    silent = bool(breaking) and _major(after.version) <= _major(before.version)
    findings = [Finding(
        code="DQ-CC-01", status="failed" if silent else "warning" if breaking else "passed", claim=claim, action=action,
        evidence={str(kind): count for kind, count in counts.items()} | {"breaking": len(breaking)},
    )]  # fmt: skip
    findings += [
        Finding(code="DQ-CC-02", status="warning", claim=_claim(change), action="Ask its readers whether they rely on it.", evidence={"rule": short(change.rule, 120)})
        for change in breaking[:_MOST_FINDINGS]
    ]  # fmt: skip
    if silent:
        claim = f"The version went from {short(before.version)} to {short(after.version)}, which doesn't announce a breaking change."
        findings.append(
            Finding(code="DQ-CC-03", status="failed", claim=claim, action=f"Call it {_major(before.version) + 1}.0.0.")
        )
    return findings


def _claim(change: ContractChange) -> str:
    was = f"Rule {short(change.rule, 80)} {_WORDS[change.change]}"
    return f"{was}: {change.before} → {change.after}." if change.after else f"{was}: {change.before}."


def _major(version: str) -> int:
    first = version.strip().removeprefix("v").partition(".")[0]
    return int(first) if first.isdecimal() and len(first) < 9 else 0
