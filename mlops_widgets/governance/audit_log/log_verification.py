"""What looking through a log finds: what is wrong with it, which means showed it, and which means were lacking."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Result

if TYPE_CHECKING:
    import pandas as pd

MEANS = (
    ("a record was edited in one file", "the journal beside it, and the record's own digest", "nothing"),
    (
        "a record was edited, its digest too, in both files",
        "the chain: the next record carries the old digest",
        "nothing",
    ),
    ("records were swapped or one was left out", "the chain", "nothing"),
    (
        "the end of the file was cut off, of its journal not, or the other way round",
        "the two against each other",
        "nothing",
    ),
    ("the end of both was cut off", "a checkpoint or a root that is kept elsewhere", "a checkpoint or root"),
    ("all of it was written anew", "a checkpoint or a root that is kept elsewhere", "a checkpoint or root"),
    ("a checkpoint was forged", "its signature, against a public key that is kept elsewhere", "a public key"),
    ("all was written anew, and signed with the stolen key", "a root printed elsewhere before", "a printed root"),
)
"""What somebody could do to a log, which means shows it, and what of these must be kept elsewhere."""
_ANCHORS = ("a checkpoint or root", "a printed root")
_KEEP = (
    "Keep the root where whoever writes the log can't reach: a ticket, a git tag, a printed report; pass it as root=."
)


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """What a kept root or checkpoint says of a log.

    Parameters
    ----------
    covered
        How many records, from the first, are those that it stands for.
    problem
        What is wrong; "" where nothing is.
    """

    covered: int = 0
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class LogVerification(Result):
    """Whether a log is as it was written, as far as the given means can tell.

    Parameters
    ----------
    name
        The file's name.
    root, head
        Root of the Merkle tree over all records, and digest of the last.
    problems
        What is wrong, each in a sentence, with the number of the record where there is one.
    given
        What was passed to check against: "checkpoint", "public key", "root".
    covered
        How many records, from the first, are those that the kept checkpoint or root stands for.
    """

    name: str
    root: str
    head: str
    problems: tuple[str, ...]
    given: tuple[str, ...]
    covered: int

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return not any(finding.status == "failed" for finding in self.findings)

    def frame(self) -> "pd.DataFrame":
        """Return which means catches what, and whether it was looked for."""
        import pandas as pd

        rows = [(what, how, self._answer(needed)) for what, how, needed in MEANS]
        return pd.DataFrame(rows, columns=["what somebody did", "what shows it", "looked for"])

    def _answer(self, needed: str) -> str:
        if not self.looked_for(needed):
            return f"no: pass {needed}"
        after = needed in _ANCHORS and self.covered < self.rows
        return f"up to record {self.covered:,}" if after else "yes"

    def looked_for(self, needed: str) -> bool:
        """Say whether what a means needs was given."""
        wanted = {
            "nothing": True, "a checkpoint or root": bool({"checkpoint", "root"} & set(self.given)),
            "a public key": {"checkpoint", "public key"} <= set(self.given), "a printed root": "root" in self.given,
        }  # fmt: skip
        return wanted[needed]


def find(r: LogVerification, *, anchors: Sequence[Anchor], signature: str) -> tuple[Finding, ...]:
    """Return the findings: chain, root, signature, and what these means can't see; what failed comes first.

    Parameters
    ----------
    r
        The rest of the result.
    anchors
        What each kept checkpoint or root says.
    signature
        What is wrong with the signature; "" where nothing is.
    """
    found = [_chain(r)]
    if anchors:
        found.append(_anchored(r, next((each.problem for each in anchors if each.problem), "")))
    if "checkpoint" in r.given:
        found.append(_signature(r, signature))
    found.append(_unseen(r))
    return tuple(sorted(found, key=lambda each: each.status != "failed"))


def _chain(r: LogVerification) -> Finding:
    count = len(r.problems)
    evidence: dict[str, int | str] = {"records": r.rows, "problems": count, "root": r.root}
    if count:
        more = (
            f" In all {count} things are wrong with {r.name}."
            if count > 1
            else f" That is what is wrong with {r.name}."
        )
        return Finding(
            code="GV-LO-01", status="failed", claim=r.problems[0] + more, evidence=evidence,
            action="Keep both files as they are, and compare them with a copy.",
        )  # fmt: skip
    if not r.rows:
        claim = f"{r.name} holds no record yet."
        return Finding(code="GV-LO-01", status="not_enough_data", claim=claim, evidence=evidence)
    subject = "The one record" if r.rows == 1 else f"All {r.rows:,} records"
    whole = "is whole" if r.rows == 1 else "are whole and follow each other"
    claim = f"{subject} of {r.name} {whole}; root {r.root[:16]}…."
    return Finding(code="GV-LO-01", status="passed", claim=claim, evidence=evidence)


def _anchored(r: LogVerification, problem: str) -> Finding:
    what = f"the {r.rows:,}" if r.covered == r.rows else f"the first {r.covered:,} of {r.rows:,}"
    claim = problem or f"What was kept elsewhere stands for {what} records of the log, unchanged and in order."
    evidence = {"records": r.rows, "covered": r.covered}
    action = "Compare the log with a copy of the day when the root was kept." if problem else ""
    return Finding(
        code="GV-LO-02", status="failed" if problem else "passed", claim=claim, evidence=evidence, action=action
    )


def _signature(r: LogVerification, problem: str) -> Finding:
    if problem:
        action = "Believe nothing of this checkpoint; ask who holds the key for another."
        return Finding(code="GV-LO-03", status="failed", claim=problem, action=action)
    if "public key" in r.given:
        return Finding(code="GV-LO-03", status="passed", claim="The checkpoint is signed by the key that you gave.")
    claim = "Whose signature the checkpoint bears wasn't checked: no public key was given."
    action = "Pass public_key=, from elsewhere than the checkpoint."
    return Finding(code="GV-LO-03", status="warning", claim=claim, action=action)


def _unseen(r: LogVerification) -> Finding:
    blind = [what for what, _, needed in MEANS if not r.looked_for(needed)]
    after = r.rows - r.covered if {"checkpoint", "root"} & set(r.given) else 0
    evidence = {"not_looked_for": len(blind), "after_what_was_kept": after}
    told = [f"What this look couldn't see: {'; '.join(blind)}."] if blind else []
    if after:
        told.append(f"What comes after record {r.covered:,} can be cut off or written anew without a trace here.")
    if told:
        return Finding(code="GV-LO-04", status="warning", claim=" ".join(told), evidence=evidence, action=_KEEP)
    claim = "Everything that these means can show was looked for; what was never written to the log, none can."
    return Finding(code="GV-LO-04", status="passed", claim=claim, evidence=evidence)
