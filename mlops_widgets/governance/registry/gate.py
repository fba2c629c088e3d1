"""The gate: what is asked of a version before it may be used, whoever asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.people import same_person
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.core.statements import same_words
from mlops_widgets.errors import MlopsWidgetsError
from mlops_widgets.governance.policies.audit import audit
from mlops_widgets.governance.policies.audit_result import AuditResult
from mlops_widgets.governance.policies.digests import digest
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.sign_offs import SignOff
from mlops_widgets.governance.registry.entries import Action, ModelVersion, MoveEntry
from mlops_widgets.governance.registry.identity import identify
from mlops_widgets.governance.registry.model_store import ModelStore
from mlops_widgets.governance.registry.replay import State
from mlops_widgets.governance.registry.stages import GATED, Stage, is_up
from mlops_widgets.study.model_files.trust import Trust

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study


class GateRefused(MlopsWidgetsError, RuntimeError):  # noqa: N818 - the gate works: its refusal is an answer
    """The gate refused a promotion; the refusal is recorded.

    Attributes
    ----------
    reasons
        Why, each in a sentence: who may not approve, what was judged, each requirement that isn't met.
    audit
        The audit, or None where none was made.
    number
        Of the record that holds the refusal.
    """

    def __init__(
        self, version: str, to: str, reasons: Sequence[str], *, audit: AuditResult | None, number: int
    ) -> None:
        listed = "\n".join(f"  {at}. {each}" for at, each in enumerate(reasons, start=1))
        super().__init__(f"{version} isn't promoted to {to}; record {number} holds the refusal.\n{listed}")
        self.reasons = tuple(reasons)
        self.audit = audit
        self.number = number


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A promotion that somebody asks for."""

    version: ModelVersion
    to: Stage
    study: "Study"
    policy: Policy
    approver: str
    reason: str
    results: Sequence[Result] = ()
    sign_offs: Sequence[SignOff] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    trust: Trust = None


def examine(
    asked: Asked, state: State, store: ModelStore, *, action: Action, now: datetime,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> tuple[MoveEntry, AuditResult | None]:  # fmt: skip
    """Return the entry of what the gate decided, and the audit behind it; nothing is recorded here.

    The audit is run here, on the study whose model was shown to be the version; one that somebody brings isn't looked at.
    """
    version = asked.version
    reasons = [*_persons(asked, state), *_path(asked, state)] if action == "promote" else []
    identity, other = identify(asked.study, version, store, trust=asked.trust)
    reasons += [other] if other else []
    found = None if other else _audited(asked, state, now, progress, cancel)
    if found is not None:
        reasons += _unmet(found)
    audit_plain: dict[str, Any] = found.to_dict() if found is not None else {}
    entry = MoveEntry(
        name=version.name, version=version.version, digest=version.digest, action=action, outcome="refused" if reasons else "passed",
        before=version.stage, to=asked.to, by=asked.approver, reason=asked.reason, reasons=tuple(reasons), identity=identity, seen=state.last,
        policy=to_plain(asked.policy), audit=audit_plain, audit_digest=digest(audit_plain) if audit_plain else "",
    )  # fmt: skip
    return entry, found if isinstance(found, AuditResult) else None


def _persons(asked: Asked, state: State) -> list[str]:
    """Return why this person may not approve this version."""
    makers, approver = state.makers(asked.version), asked.approver
    if not makers:
        call = f"registry.register(registry.file({asked.version.name!r}, {asked.version.version}), name={asked.version.name!r}, author=…)"
        return [f"Nobody is known to have made {asked.version.id}, so that nobody else can approve it: {call}."]
    own = next((each for each in makers if same_person(each, approver)), None)
    if own is not None:
        return [f"approver={approver!r} made this version (author {own!r}). Somebody else must approve it."]
    signers = [each.by for each in asked.sign_offs if same_words(each.role, "approver")]
    if signers and not any(same_person(each, approver) for each in signers):
        return [f"approver={approver!r}, and the approval in sign_offs= is by {signers[0]!r}. Whoever signed approves."]
    return []


def _path(asked: Asked, state: State) -> list[str]:
    """Return why a version can't take this way, or not by this policy."""
    before, found = asked.version.stage, []
    if asked.to not in GATED or not is_up(before, asked.to):
        found.append(
            f"{asked.version.id} is in stage {before}; to {asked.to} is no promotion. Use demote, or roll_back."
        )
    rule = state.rule(asked.version.name, asked.to)
    if rule is not None and digest(to_plain(asked.policy)) != rule.digest:
        found.append(
            f"policy={asked.policy.name!r} isn't the one that {rule.by} set for stage {asked.to}, {rule.policy.name!r}. Leave policy= out."
        )
    return found


def _audited(asked: Asked, state: State, now: datetime, progress: Progress | None, cancel: Cancel | None) -> Result:
    found: Result = audit(
        asked.study, asked.policy, results=asked.results, sign_offs=asked.sign_offs, author=state.makers(asked.version), now=now,
        progress=progress, cancel=cancel, **asked.options,
    )  # fmt: skip
    return found


def _unmet(found: Result) -> list[str]:
    if not isinstance(found, AuditResult):
        return [f"The audit couldn't be made: {found.headline}"]
    return [
        f"{each.requirement} “{each.title}”: {each.outcome}. {' '.join(each.evidence)} {each.action}".rstrip()
        for each in found.outcomes
        if each.outcome != "pass"
    ]
