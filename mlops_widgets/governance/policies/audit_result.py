"""What an audit holds: one outcome a requirement, each with its evidence and the digest of that."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from mlops_widgets.core.document import Document, Grid, Paragraph, Points, Section
from mlops_widgets.core.result import Result, write_atomically

if TYPE_CHECKING:
    import pandas as pd

Answer = Literal["pass", "fail", "not enough data", "missing human input"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
MARKS: Mapping[Answer, str] = {"pass": "●", "fail": "■", "not enough data": "◇", "missing human input": "○"}
"""Shape of each answer: colour is never the only signal."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the evidence says of one requirement.

    Parameters
    ----------
    requirement
        Its id.
    title
        What it asks for.
    outcome
        "pass", "fail", "not enough data", or "missing human input".
    evidence
        Sentences, each with where it comes from.
    digest
        SHA-256 of the evidence as canonical JSON.
    owner
        Who answers for it; "" where nobody was named.
    action
        What to do; "" where it passes.
    kind
        Of the check: "finding", "metric", "document", "sign_off", "log", "registry", "contract".
    regimes
        Items of regimes that it is evidence for.
    unmeasurable
        Whether it isn't met because the look that it asks for says that it can't be made on this study.
    """

    requirement: str
    title: str
    outcome: Answer
    evidence: tuple[str, ...]
    digest: str
    owner: str = ""
    action: str = ""
    kind: str = ""
    regimes: tuple[str, ...] = ()
    unmeasurable: bool = False


@dataclass(frozen=True, kw_only=True)
class AuditResult(Result):
    """What the evidence says of each requirement of a policy.

    Parameters
    ----------
    policy, policy_digest
        Its name, and the SHA-256 of its requirements.
    study, fingerprint
        What was audited: its name, and the fingerprint of its tables, roles and model.
    outcomes
        One a requirement, in the policy's order.
    refused
        Evidence that was passed and not used, and why.
    computed
        What the audit measured itself, as nobody passed it.
    unbound
        Types of Results that don't say of which study they are: they were taken at the caller's word.
    evidence_digest
        SHA-256 over the digests of all evidence but signatures: what an approver signs.
    judged_at
        When, ISO; "" where no `now=` was passed.
    synthetic
        Whether the data were made up.
    """

    policy: str
    policy_digest: str
    study: str
    fingerprint: str
    outcomes: tuple[Outcome, ...]
    refused: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    unbound: tuple[str, ...] = ()
    evidence_digest: str = ""
    judged_at: str = ""
    synthetic: bool = False

    @property
    def asked(self) -> int:
        """Number of requirements."""
        return len(self.outcomes)

    @property
    def met(self) -> int:
        """Number of requirements that are met with evidence."""
        return self.counts["pass"]

    @property
    def counts(self) -> dict[Answer, int]:
        """Number of requirements by outcome."""
        given = [each.outcome for each in self.outcomes]
        return {answer: given.count(answer) for answer in ANSWERS}

    @property
    def passed(self) -> bool:
        """Whether every requirement is met; an audit of nothing isn't passed."""
        return 0 < self.asked == self.met

    @property
    def exit_code(self) -> int:
        """0 where every requirement is met, else 1."""
        return 0 if self.passed else 1

    def frame(self) -> "pd.DataFrame":
        """Return one row a requirement: outcome, evidence, owner, digest and what to do."""
        import pandas as pd

        names = ["requirement", "title", "outcome", "owner", "evidence", "action", "digest"]
        rows = [
            {name: getattr(each, name) for name in names} | {"evidence": " ".join(each.evidence)}
            for each in self.outcomes
        ]
        return pd.DataFrame(rows, columns=names)

    @property
    def document(self) -> Document:
        """The audit in full, as a text: what `save` writes as .md; page and PDF have a line a requirement."""
        lines = tuple((each.requirement, f"{MARKS[each.outcome]} {each.outcome}", each.title) for each in self.outcomes)
        overview = Section(title="Overview", blocks=(Grid(columns=("id", "outcome", "requirement"), rows=lines),))
        refused = tuple(Paragraph(text=each, tone="warning") for each in self.refused)
        more = (Section(title="Evidence that was refused", blocks=refused),) if refused else ()
        return Document(
            title=f"Audit of {self.study} by the policy {self.policy}", lead=f"{self.headline} What isn't answered isn't met.",
            sections=(overview, *map(_section, self.outcomes), *more), small=self.small,
        )  # fmt: skip

    @property
    def small(self) -> str:
        """Small print: the study, the digests, what was taken at the caller's word, the date."""
        told = [
            f"Study {self.study!r}, fingerprint {self.fingerprint}.",
            f"Evidence {self.evidence_digest}, policy {self.policy_digest}.",
        ]
        if self.computed:
            told.append(f"Measured by the audit itself: {', '.join(self.computed)}.")
        if self.unbound:
            told.append(
                f"These don't say of which study they are and were taken at the caller's word: {', '.join(self.unbound)}."
            )
        told += [f"Judged at {self.judged_at}."] if self.judged_at else []
        told += ["Synthetic data."] if self.synthetic else []
        return " ".join(
            [*told, "It says which requirement has which evidence; whether that meets a law, a lawyer says."]
        )

    def to_junit(self, path: str | Path) -> Path:
        """Write the outcomes as a JUnit file, one test case a requirement, and return its path; whatever isn't met is a failure.

        Parameters
        ----------
        path
            The file.
        """
        from mlops_widgets.governance.policies.build_files import junit

        write_atomically(Path(path), junit(self))
        return Path(path)

    def to_sarif(self, path: str | Path) -> Path:
        """Write the outcomes as a SARIF 2.1.0 file, one rule and result a requirement, and return its path.

        Parameters
        ----------
        path
            The file.
        """
        from mlops_widgets.governance.policies.build_files import sarif

        write_atomically(Path(path), sarif(self))
        return Path(path)


def _section(outcome: Outcome) -> Section:
    met = outcome.outcome == "pass"
    told = f"{MARKS[outcome.outcome]} {outcome.requirement} {outcome.outcome}. {' '.join(outcome.evidence)}"
    facts = (
        *([f"To do: {outcome.action}"] if outcome.action else []),
        f"Owner: {outcome.owner or 'nobody was named'}.",
        *([f"Evidence for {', '.join(outcome.regimes)}."] if outcome.regimes else []),
        f"SHA-256 of the evidence: {outcome.digest}",
    )
    return Section(
        title=f"{outcome.requirement}  {outcome.title}", blocks=(Paragraph(text=told, tone="plain" if met else "warning"), Points(items=facts))
    )  # fmt: skip
