"""What was passed as evidence: taken apart, and refused where it is of another study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mlops_widgets.core.document import Statement, document_of
from mlops_widgets.core.result import Finding, NoResult, Result, type_name
from mlops_widgets.errors import WrongTypeError

_DATES = ("made_at", "reviewed_at", "written_at", "recorded_at", "said_on", "now")
"""Where Results say when they were made."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A Result that counts as evidence, and whether it says itself that it is of this study."""

    result: Result
    bound: bool

    @property
    def type(self) -> str:
        """Room and class of the Result."""
        return type_name(type(self.result))


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What counts, and what doesn't."""

    held: tuple[Held, ...]
    refused: tuple[str, ...]

    def findings(self, code: str) -> list[tuple[Finding, Held]]:
        """Return the findings of that code, or of codes that begin with it."""
        return [
            (finding, each)
            for each in self.held
            for finding in each.result.findings
            if finding.code == code or finding.code.startswith(f"{code}-")
        ]

    def of_type(self, name: str) -> list[Held]:
        """Return the Results of that type, named with or without its room."""
        found = [each for each in self.held if not isinstance(each.result, NoResult)]
        return [each for each in found if name in {each.type, each.type.rpartition(".")[2]}]

    @property
    def unbound(self) -> tuple[str, ...]:
        """Types of Results that don't say of which study they are."""
        return tuple(sorted({each.type for each in self.held if not each.bound}))


def gather(results: Any, *, fingerprint: str, argument: str = "results") -> Evidence:  # noqa: ANN401 - checked here
    """Return what counts as evidence about the study of that fingerprint.

    Parameters
    ----------
    results
        Results; of a Scorecard, what it measured, or its findings where it was read back from a file.
    fingerprint
        Of the study: a Result of another one is refused.
    argument
        Its name, for messages.

    Raises
    ------
    WrongTypeError
        If something else than Results was passed.
    """
    given = [results] if isinstance(results, Result) else results
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(isinstance(each, Result) for each in given):
        raise WrongTypeError(
            f"{argument}= holds something else than results. Pass a list of what the strategies returned."
        )
    held: list[Held] = []
    refused: list[str] = []
    for each in given:
        said = _fingerprint(each)
        if said and said != fingerprint:
            refused.append(
                f"{type_name(type(each))} is about the study {said}, not {fingerprint}: it isn't evidence here."
            )
            continue
        inner = [part for part in getattr(each, "results", ()) if isinstance(part, Result)]
        parts = [part for part in inner if _fingerprint(part) in {"", fingerprint}] or [each]
        held += [Held(result=part, bound=bool(said or _fingerprint(part))) for part in parts]
    return Evidence(held=tuple(held), refused=tuple(refused))


def _fingerprint(result: Result) -> str:
    """Return the fingerprint of the study that the Result says it is of; "" where it doesn't say."""
    said = getattr(result, "fingerprint", None) or getattr(result, "study_fingerprint", None)
    if not said and isinstance(facts := getattr(result, "facts", None), Mapping):
        said = getattr(facts.get("study.fingerprint"), "value", None)
    return said if isinstance(said, str) else ""


def unsaid(result: Result) -> tuple[str, ...]:
    """Return what people have yet to say in a document: its missing statements."""
    told = getattr(result, "missing", ())
    labels = [str(each) for each in told] if isinstance(told, tuple) else []
    document = document_of(result)
    blocks = [block for section in document.sections for block in section.blocks] if document else []
    labels += [block.label for block in blocks if isinstance(block, Statement) and block.source == "missing"]
    return tuple(dict.fromkeys(labels))


def made_on(result: Result) -> date | None:
    """Return the day on which the Result says that it was made, or None where it doesn't say."""
    for name in _DATES:
        told = getattr(result, name, None)
        if isinstance(told, str) and told:
            try:
                return date.fromisoformat(told[:10])
            except ValueError:
                continue
    return None
