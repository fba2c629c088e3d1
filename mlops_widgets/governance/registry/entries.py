"""What the registry writes and reads: versions, moves between stages, policies of stages, what people said of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from mlops_widgets.core.codec import from_plain, to_plain
from mlops_widgets.governance.registry.stages import Stage

VERSION, MOVE, RULE, SAID = "model version", "model stage", "gate policy", "model statement"
PIPELINE = "model"
"""Kind of the entries in which a pipeline registers a model."""
KINDS = (VERSION, MOVE, RULE, SAID, PIPELINE)

T = TypeVar("T")
Action = Literal["promote", "demote", "roll back", "audit"]


@dataclass(frozen=True, kw_only=True)
class ModelMetric:
    """A number that was measured of a version: value, 95 % interval (NaN without), labelled rows (0 where unknown), and on which table."""

    name: str
    value: float
    lower: float = float("nan")
    upper: float = float("nan")
    n: int = 0
    table: str = ""


@dataclass(frozen=True, kw_only=True)
class ModelSignature:
    """What a version takes and gives: its columns with their types, the task, and how many classes."""

    inputs: Mapping[str, str]
    task: str
    classes: int = 0


@dataclass(frozen=True, kw_only=True)
class _Described:
    """What is said of a version when it is registered; see `ModelVersion`."""

    name: str
    digest: str
    file: str
    author: str
    note: str = ""
    signature: ModelSignature | None = None
    lineage: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    metrics: tuple[ModelMetric, ...] = ()
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Registered(_Described):
    """The entry of a version, as it is written; `seen` is the number of the last record that was known then."""

    seen: int = 0


@dataclass(frozen=True, kw_only=True)
class ModelVersion(_Described):
    """A version of a model, as the registry knows it.

    Parameters
    ----------
    name, version
        Of the model, and its number: 1 and on, in the order of registering.
    digest, file
        SHA-256 of the model's bytes, and the file's name in the registry's folder.
    author
        Who made it; "" where a pipeline registered it and nobody has said.
    at
        When it was registered, ISO 8601.
    note
        What the author said.
    signature
        Columns with types, task, number of classes; None where it isn't known.
    lineage
        The study's fingerprint, versions of Python and of libraries, and what else was said of where it comes from.
    tables
        Digest of each table of the study.
    parents
        Versions that it was made from, "name/3".
    metrics
        What was measured, or came from elsewhere.
    aliases, tags
        Names and words that another registry had for it. No alias is a stage here.
    stage
        Where it stands, from the history.
    number
        Of its record.
    """

    version: int
    at: str
    stage: Stage = "none"
    number: int = 0

    @property
    def id(self) -> str:
        """The model's name and the number: "loans/3"."""
        return f"{self.name}/{self.version}"


@dataclass(frozen=True, kw_only=True)
class MoveEntry:
    """The entry of a decision about a version, as it is written; the audit stands beside it in full.

    Parameters
    ----------
    name, version, digest
        Of which version.
    action
        "promote", "demote", "roll back", or "audit" (no move).
    outcome
        "passed", or "refused".
    before, to
        The stages.
    by, reason
        Who decided, and why.
    reasons
        Why it was refused.
    identity
        How the study's model was shown to be this version: "bytes", "content", or "answers to 1,000 rows".
    seen
        Number of the last record that was known when it was decided.
    policy
        The policy, as plain JSON; {} without an audit.
    audit
        The whole AuditResult, as plain JSON; {} without one.
    audit_digest
        SHA-256 of the audit's canonical JSON; "" without one.
    """

    name: str
    version: int
    digest: str
    action: Action
    outcome: Literal["passed", "refused"]
    before: Stage
    to: Stage
    by: str
    reason: str
    reasons: tuple[str, ...] = ()
    identity: str = ""
    seen: int = 0
    policy: Mapping[str, Any] = field(default_factory=dict)
    audit: Mapping[str, Any] = field(default_factory=dict)
    audit_digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Move:
    """A decision about a version, as the registry reads it.

    Parameters
    ----------
    number, at
        Of its record, and when.
    name, version, action, before, to, by, reason, reasons, identity, audit_digest
        As it was written.
    outcome
        "passed", "refused" by the gate, or "ignored": the entry claims what it can't, or was overtaken.
    policy, met, asked
        Which policy, and how many of its requirements were met; "" and 0 without an audit.
    """

    number: int
    at: str
    name: str
    version: int
    action: Action
    outcome: Literal["passed", "refused", "ignored"]
    before: Stage
    to: Stage
    by: str
    reason: str
    reasons: tuple[str, ...] = ()
    identity: str = ""
    audit_digest: str = ""
    policy: str = ""
    met: int = 0
    asked: int = 0


@dataclass(frozen=True, kw_only=True)
class RuleEntry:
    """From now on, this policy counts for promotions to a stage."""

    name: str
    stage: Stage
    policy: Mapping[str, Any]
    digest: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SaidEntry:
    """What somebody said of a model: owner, use, tier, exposure, purpose."""

    name: str
    said: Mapping[str, str]
    by: str
    on: str


@dataclass(frozen=True, kw_only=True)
class PipelineEntry:
    """What of a pipeline's entry is read."""

    name: str
    digest: str
    file: str
    lineage: Mapping[str, str]


def plain(entry: Registered | MoveEntry | RuleEntry | SaidEntry) -> dict[str, Any]:
    """Return an entry as the JSON that is recorded.

    Raises
    ------
    InputError
        If it couldn't be read back: nothing is recorded for ever that nobody can read.
    """
    told: dict[str, Any] = to_plain(entry)
    read(type(entry), told)
    return told


def read(kind: type[T], payload: Mapping[str, Any]) -> T:
    """Return the entry that a record holds.

    Raises
    ------
    InputError
        If the record is of another form: anybody may have written it.
    """
    return from_plain(kind, payload)


def read_pipeline(payload: Mapping[str, Any]) -> PipelineEntry | None:
    """Return what a pipeline's entry says of a model, or None where it is of another form."""
    name, digest, file = (payload.get(each) for each in ("pipeline", "digest", "file"))
    if not (isinstance(name, str) and isinstance(digest, str) and isinstance(file, str)):
        return None
    told = payload.get("lineage")
    facts = told if isinstance(told, Mapping) else {}
    simple = {str(key): str(value) for key, value in facts.items() if isinstance(value, str | int | float)}
    return PipelineEntry(name=name, digest=digest, file=file, lineage=simple)
