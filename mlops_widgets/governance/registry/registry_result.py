"""What the registry shows: a model's versions and history, and whether everything is as it should be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlops_widgets.core.document import Document, Grid, Paragraph, Section, Statement
from mlops_widgets.core.result import Result
from mlops_widgets.core.statements import said as statement
from mlops_widgets.core.words import estimate, number, short
from mlops_widgets.governance.registry.entries import ModelMetric, ModelVersion, Move

if TYPE_CHECKING:
    import pandas as pd

MARKS: Mapping[str, str] = {"passed": "●", "refused": "■", "ignored": "▲"}
"""Shape of each outcome: colour is never the only signal."""
_REASONS, _LETTERS = 3, 80


@dataclass(frozen=True, kw_only=True)
class SaidOfModel:
    """What somebody said of a model: words, who, which day."""

    words: str
    by: str
    on: str


@dataclass(frozen=True, kw_only=True)
class RegistryResult(Result):
    """A model's versions, their stages, and every decision about them.

    Parameters
    ----------
    name
        The model.
    versions, moves
        The oldest first; refused decisions and entries that don't count are among the moves.
    said
        What people said of the model: owner, use, tier, exposure, purpose.
    policies
        Stage → the policy that counts for it, and who set it.
    """

    name: str
    versions: tuple[ModelVersion, ...]
    moves: tuple[Move, ...]
    said: Mapping[str, SaidOfModel] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)

    @property
    def production(self) -> ModelVersion | None:
        """The version in production, or None."""
        return next((each for each in self.versions if each.stage == "production"), None)

    def frame(self) -> "pd.DataFrame":
        """Return one row a version."""
        import pandas as pd

        names = ["version", "stage", "author", "at", "digest", "note"]
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.versions], columns=names)

    def history(self) -> "pd.DataFrame":
        """Return one row a decision."""
        import pandas as pd

        names = [
            "number",
            "at",
            "version",
            "action",
            "before",
            "to",
            "outcome",
            "by",
            "reason",
            "policy",
            "met",
            "asked",
        ]
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.moves], columns=names)

    @property
    def document(self) -> Document:
        """Versions, history and what people said, as a text."""
        versions = Grid(
            columns=("version", "stage", "author", "registered", "measured", "SHA-256"),
            rows=tuple(
                (str(each.version), each.stage, each.author or "nobody said", _minute(each.at), _measured(each.metrics), each.digest[:12])
                for each in reversed(self.versions)
            ),
        )  # fmt: skip
        moves = Grid(
            columns=("when", "decision", "outcome", "who", "why", "requirements"),
            rows=tuple(_move_row(each) for each in reversed(self.moves)),
            caption="result.history() and the .json file have every reason in full.",
        )
        stated = tuple(
            statement(
                key,
                "" if told is None else told.words,
                by="" if told is None else told.by,
                on="" if told is None else told.on,
            )
            for key in (
                "owner",
                "use",
                *(("exposure", "purpose") if {"exposure", "purpose"} <= set(self.said) else ("tier",)),
            )
            for told in (self.said.get(key),)
        )
        sections = [Section(title="Versions", blocks=(versions,))]
        if self.moves:
            sections.append(Section(title="Stage history", blocks=(moves,)))
        sections.append(Section(title="What people said", blocks=(*stated, *_policies(self.policies))))
        return Document(
            title=f"Model “{self.name}”",
            lead=f"{self.headline} The newest stand first.",
            sections=tuple(sections),
        )


@dataclass(frozen=True, kw_only=True)
class RegistryVerification(Result):
    """Whether records, stages and files of a registry are as they should be.

    Parameters
    ----------
    name
        The store's file.
    models, versions, decisions
        How many there are.
    ignored
        Entries that don't count, a sentence each.
    files
        What is wrong with model files, a sentence each.
    root
        Root of the Merkle tree over all records.
    """

    name: str
    models: int
    versions: int
    decisions: int
    ignored: tuple[str, ...]
    files: tuple[str, ...]
    root: str

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return not any(finding.status == "failed" for finding in self.findings)


def _policies(given: Mapping[str, str]) -> tuple[Paragraph | Statement, ...]:
    if not given:
        return (
            Paragraph(text="No policy is set for a stage: whoever promotes chooses the requirements.", tone="warning"),
        )
    return tuple(Statement(label=f"Policy of {stage}", value=told) for stage, told in given.items())


def _measured(metrics: tuple[ModelMetric, ...]) -> str:
    told = [
        f"{each.name} {estimate(each.value, each.lower, each.upper)}"
        + (f" on {number(each.n, 'integer')} rows of {each.table}" if each.n else "")
        for each in metrics
    ]
    return "; ".join(told) or "–"


def _move_row(move: Move) -> tuple[str, ...]:
    way = "audited" if move.action == "audit" else f"{move.before} → {move.to}"
    why = " ".join((move.reason, *(short(each, _LETTERS) for each in move.reasons[:_REASONS])))
    why += f" And {len(move.reasons) - _REASONS} more." if len(move.reasons) > _REASONS else ""
    met = f"{move.met} of {move.asked} ({move.policy})" if move.asked else "–"
    return (
        _minute(move.at), f"version {move.version}: {way}{' (rollback)' if move.action == 'roll back' else ''}",
        f"{MARKS[move.outcome]} {move.outcome}", move.by, why, met,
    )  # fmt: skip


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")
