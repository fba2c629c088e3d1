"""What looking through a log finds: what is wrong with it, which means showed it, and which means were lacking."""

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
    ("the end was cut off", "a checkpoint or a root that is kept elsewhere", "a checkpoint or root"),
    ("all of it was written anew", "a checkpoint or a root that is kept elsewhere", "a checkpoint or root"),
    ("a checkpoint was forged", "its signature, against a public key that is kept elsewhere", "a public key"),
    ("all was written anew, and signed with the stolen key", "a root printed elsewhere before", "a printed root"),
)
"""What somebody could do to a log, which means shows it, and what of these must be kept elsewhere."""


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
    """

    name: str
    root: str
    head: str
    problems: tuple[str, ...]
    given: tuple[str, ...]

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return not any(finding.status == "failed" for finding in self.findings)

    def frame(self) -> "pd.DataFrame":
        """Return which means catches what, and whether it was looked for."""
        import pandas as pd

        rows = [(what, how, "yes" if self.looked_for(needed) else f"no: pass {needed}") for what, how, needed in MEANS]
        return pd.DataFrame(rows, columns=["what somebody did", "what shows it", "looked for"])

    def looked_for(self, needed: str) -> bool:
        """Say whether what a means needs was given."""
        wanted = {
            "nothing": True, "a checkpoint or root": bool({"checkpoint", "root"} & set(self.given)),
            "a public key": {"checkpoint", "public key"} <= set(self.given), "a printed root": "root" in self.given,
        }  # fmt: skip
        return wanted[needed]


def find(r: LogVerification, *, anchored: str, signature: str) -> tuple[Finding, ...]:
    """Return the findings: chain, root, signature, and what these means can't see.

    Parameters
    ----------
    r
        The rest of the result.
    anchored
        What is wrong against the checkpoint or the root; "" where nothing is.
    signature
        What is wrong with the signature; "" where nothing is.
    """
    wrong = list(r.problems)
    claim = (
        f"{wrong[0]} In all {len(wrong)} places of {r.name} aren't as they were written."
        if wrong
        else f"All {r.rows:,} records of {r.name} are whole and follow each other; root {r.root[:16]}…."
    )
    found = [Finding(
        code="GV-LO-01", status="failed" if wrong else "passed", claim=claim, evidence={"records": r.rows, "problems": len(wrong), "root": r.root},
        action="Keep both files as they are, and compare them with a copy." if wrong else "",
    )]  # fmt: skip
    if "checkpoint" in r.given or "root" in r.given:
        claim = anchored or "The log begins with all that the kept root stands for, unchanged and in order."
        found.append(Finding(code="GV-LO-02", status="failed" if anchored else "passed", claim=claim))
    if "checkpoint" in r.given:
        key = "public key" in r.given
        claim = signature or ("The checkpoint is signed by the key that you gave." if key else "Whose signature the checkpoint bears wasn't checked: no public key was given.")  # fmt: skip
        found.append(
            Finding(code="GV-LO-03", status="failed" if signature else "passed" if key else "warning", claim=claim)
        )
    blind = [what for what, _, needed in MEANS if not r.looked_for(needed)]
    claim = (
        f"What this look couldn't see: {'; '.join(blind)}."
        if blind
        else "Everything that these means can show was looked for."
    )
    found.append(Finding(
        code="GV-LO-04", status="warning" if blind else "passed", claim=claim, evidence={"not_looked_for": len(blind)},
        action="Keep the root where whoever writes the log can't reach: a ticket, a git tag, a printed report; pass it as root=." if blind else "",
    ))  # fmt: skip
    return tuple(sorted(found, key=lambda each: each.status != "failed"))
