"""Where every version stands: the records are read in order, and an entry counts only if it was allowed at its place."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from mlops_widgets.core.people import named, same_person
from mlops_widgets.errors import MlopsWidgetsError, UnknownNameError, did_you_mean, listed
from mlops_widgets.governance.policies.digests import digest
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.registry.entries import (
    MOVE,
    PIPELINE,
    RULE,
    SAID,
    VERSION,
    ModelVersion,
    Move,
    MoveEntry,
    Registered,
    RuleEntry,
    SaidEntry,
    read,
    read_pipeline,
)
from mlops_widgets.governance.registry.gate_evidence import audit_of, evidence_problem, policy_of
from mlops_widgets.governance.registry.model_store import is_file_name
from mlops_widgets.governance.registry.stages import ALONE, GATED, Stage, is_down, is_up
from mlops_widgets.records import Record


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """An entry that doesn't count: its record, why, and whether somebody was only overtaken by somebody else."""

    number: int
    why: str
    overtaken: bool = False


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The policy that counts for a stage: who set it, when, and why."""

    stage: Stage
    policy: Policy
    digest: str
    by: str
    at: str
    reason: str
    number: int


@dataclass(kw_only=True)
class State:
    """What the records amount to."""

    versions: dict[str, list[ModelVersion]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    rules: dict[tuple[str, Stage], Rule] = field(default_factory=dict)
    changes: list[Rule] = field(default_factory=list)
    said: dict[str, dict[str, SaidEntry]] = field(default_factory=dict)
    ignored: list[Ignored] = field(default_factory=list)
    last: int = 0

    def of(self, name: str) -> list[ModelVersion]:
        """Return the versions of a model.

        Raises
        ------
        UnknownNameError
            If there is no such model.
        """
        if name not in self.versions:
            known = f"Registered: {listed(self.versions)}." if self.versions else "None is registered yet."
            raise UnknownNameError(
                f"name={str(name)[:80]!r}: there is no such model. {known}{did_you_mean(str(name), self.versions)}"
            )
        return self.versions[name]

    def version(self, name: str, number: Any) -> ModelVersion:  # noqa: ANN401 - checked here
        """Return one version.

        Raises
        ------
        UnknownNameError
            If there is no such model or version.
        """
        found = self.of(name)
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(found):
            raise UnknownNameError(f"version={str(number)[:40]}: {name[:80]!r} has versions 1 to {len(found)}.")
        return found[number - 1]

    def makers(self, version: ModelVersion) -> tuple[str, ...]:
        """Return who registered these bytes as their own, under whatever name of a model."""
        found = [each.author for name in self.versions for each in self.versions[name] if each.digest == version.digest]
        return tuple(dict.fromkeys(each for each in found if each))

    def rule(self, name: str, stage: Stage) -> Rule | None:
        """Return the policy that counts for this model and stage: the model's own, else the one of all models."""
        return self.rules.get((name, stage), self.rules.get(("", stage)))

    def was_in(self, version: ModelVersion, stage: Stage) -> bool:
        """Say whether a version came through the gate to a stage, or beyond the gate was put back there."""
        return any(
            each.name == version.name
            and each.version == version.version
            and each.to == stage
            and each.outcome == "passed"
            for each in self.moves
            if each.action == "promote"
        )


def replay(records: Iterable[Record], *, broken: frozenset[int] = frozenset()) -> State:
    """Return what the records amount to.

    Parameters
    ----------
    records
        All records, in order; kinds of others are passed by.
    broken
        Numbers of records that aren't what was written, or don't follow the one before: none of them moves a version.
    """
    state = State()
    for record in records:
        state.last = record.number
        reader = _READERS.get(record.kind)
        if reader is None:
            continue
        why = "the chain is broken here" if record.number in broken else reader(state, record)
        if why:
            overtaken = why.startswith(_OVERTAKEN)
            state.ignored.append(Ignored(number=record.number, why=why, overtaken=overtaken))
    return state


_OVERTAKEN = "somebody decided about this model meanwhile"
_NO_FORM = "it isn't of the form of such an entry"


def _version(state: State, record: Record) -> str:
    try:
        entry = read(Registered, record.payload)
    except MlopsWidgetsError:
        return _NO_FORM
    if not entry.name.strip() or not entry.author.strip() or not is_file_name(entry.file, entry.digest):
        return _NO_FORM
    found = state.versions.setdefault(entry.name, [])
    told = {each.name: getattr(entry, each.name) for each in fields(entry) if each.name != "seen"}
    same = next((each for each in found if each.digest == entry.digest), None)
    if same is None:
        found.append(ModelVersion(**told, version=len(found) + 1, at=record.at, number=record.number))
        return ""
    if same.author:
        return (
            f"{_OVERTAKEN}, in record {same.number}"
            if same.number > entry.seen
            else f"version {same.version} of {entry.name!r} has these bytes already, by {same.author}"
        )
    found[same.version - 1] = replace(same, **told | {"lineage": {**same.lineage, **entry.lineage}})
    return ""


def _pipeline(state: State, record: Record) -> str:
    entry = read_pipeline(record.payload)
    if entry is None or not entry.name.strip() or not is_file_name(entry.file, entry.digest):
        return _NO_FORM
    found = state.versions.setdefault(entry.name, [])
    if all(each.digest != entry.digest for each in found):
        found.append(ModelVersion(
            name=entry.name, version=len(found) + 1, digest=entry.digest, file=entry.file, author="", at=record.at,
            note="registered by a pipeline", lineage=entry.lineage, number=record.number,
        ))  # fmt: skip
    return ""


def _rule(state: State, record: Record) -> str:
    try:
        entry = read(RuleEntry, record.payload)
    except MlopsWidgetsError:
        return _NO_FORM
    policy = policy_of(entry.policy)
    if (
        policy is None
        or entry.stage not in GATED
        or digest(dict(entry.policy)) != entry.digest
        or not _is_name(entry.by)
    ):
        return _NO_FORM
    if made_by(state, entry.name, entry.by):
        return f"{entry.by} made a version of {entry.name!r}, and sets no policy for it"
    rule = Rule(
        stage=entry.stage,
        policy=policy,
        digest=entry.digest,
        by=entry.by,
        at=record.at,
        reason=entry.reason,
        number=record.number,
    )
    state.rules[entry.name, entry.stage] = rule
    state.changes.append(rule)
    return ""


def made_by(state: State, name: str, by: str) -> bool:
    """Say whether somebody made a version of a model."""
    return any(same_person(by, each.author) for each in state.versions.get(name, ()) if each.author)


def _said(state: State, record: Record) -> str:
    try:
        entry = read(SaidEntry, record.payload)
    except MlopsWidgetsError:
        return _NO_FORM
    if not _is_name(entry.by):
        return _NO_FORM
    state.said.setdefault(entry.name, {}).update(dict.fromkeys(entry.said, entry))
    return ""


def _move(state: State, record: Record) -> str:
    try:
        entry = read(MoveEntry, record.payload)
        version = state.version(entry.name, entry.version)
    except MlopsWidgetsError:
        return _NO_FORM
    why = "" if entry.outcome == "refused" else _why_not(state, entry, version, record.number)
    state.moves.append(_told(entry, record, why))
    if not why and entry.outcome == "passed" and entry.action != "audit":
        _put(state, version, entry.to)
    return why


def _why_not(state: State, entry: MoveEntry, version: ModelVersion, number: int) -> str:
    """Return why an entry that says it passed doesn't count."""
    if entry.digest != version.digest:
        return f"it is about other bytes than {version.id}"
    if not _is_name(entry.by) or not entry.reason.strip():
        return "it names nobody who decided, or no reason"
    passed = [
        each.number
        for each in state.moves
        if each.name == entry.name and each.outcome == "passed" and each.action != "audit"
    ]
    if entry.action != "audit" and passed and passed[-1] > entry.seen:
        return f"{_OVERTAKEN}, in record {passed[-1]}"
    if entry.seen >= number:
        return "it claims to know what came after it"
    if entry.before != version.stage:
        return f"it says that {version.id} was in stage {entry.before}, and it was in {version.stage}"
    return _CHECKS[entry.action](state, entry, version)


def _promotion(state: State, entry: MoveEntry, version: ModelVersion) -> str:
    if entry.to not in GATED or not is_up(entry.before, entry.to):
        return f"{entry.before} to {entry.to} is no promotion"
    makers = state.makers(version)
    if not makers:
        return "nobody is known to have made this version, so that nobody else can approve it"
    if any(same_person(entry.by, maker) for maker in makers):
        return f"{entry.by} made this version"
    rule = state.rule(entry.name, entry.to)
    if rule is not None and digest(dict(entry.policy)) != rule.digest:
        if rule.number > entry.seen:
            return f"{_OVERTAKEN}, in record {rule.number}"
        return f"it was judged by another policy than the one of stage {entry.to}"
    return evidence_problem(entry)


def _demotion(_state: State, entry: MoveEntry, _version: ModelVersion) -> str:
    return "" if is_down(entry.before, entry.to) else f"{entry.before} to {entry.to} is no demotion"


def _rollback(state: State, entry: MoveEntry, version: ModelVersion) -> str:
    if not is_up(entry.before, entry.to) or not state.was_in(version, entry.to):
        return f"{version.id} never came to stage {entry.to} through the gate"
    return ""


_CHECKS: dict[str, Callable[[State, MoveEntry, ModelVersion], str]] = {
    "promote": _promotion, "demote": _demotion, "roll back": _rollback, "audit": lambda _state, entry, _version: evidence_problem(entry),
}  # fmt: skip
_READERS: dict[str, Callable[[State, Record], str]] = {
    VERSION: _version, PIPELINE: _pipeline, RULE: _rule, SAID: _said, MOVE: _move,
}  # fmt: skip


def _is_name(given: str) -> bool:
    try:
        return bool(named("by", given))
    except MlopsWidgetsError:
        return False


def _put(state: State, version: ModelVersion, to: Stage) -> None:
    """Set a version's stage; whoever was in a stage that has room for one is archived."""
    found = state.versions[version.name]
    if to == ALONE:
        found[:] = [replace(each, stage="archived") if each.stage == ALONE else each for each in found]
    found[version.version - 1] = replace(found[version.version - 1], stage=to)


def _told(entry: MoveEntry, record: Record, why: str) -> Move:
    audit = audit_of(entry)
    facts: dict[str, Any] = {} if audit is None else {"policy": audit.policy, "met": audit.met, "asked": audit.asked}
    return Move(
        number=record.number, at=record.at, name=entry.name, version=entry.version, action=entry.action,
        outcome="ignored" if why else entry.outcome, before=entry.before, to=entry.to, by=entry.by, reason=entry.reason,
        reasons=(f"{why[:1].upper()}{why[1:]}.",) if why else entry.reasons, identity=entry.identity, audit_digest=entry.audit_digest, **facts,
    )  # fmt: skip
