"""Write down what was decided, by whom, on which evidence, and what is to become of the model; read it back."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from mlops_widgets.core.document import Document
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.statements import day, person, words
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.lifecycle.retirement.archive import ArchivedFile, changed, manifest
from mlops_widgets.lifecycle.retirement.decision_document import document_of_decision, missing_of
from mlops_widgets.lifecycle.retirement.retirement_result import RetirementResult
from mlops_widgets.records import Records, open_records

KIND = "retirement decision"
"""What such records are called in the store."""

_DECISIONS = ("retire", "retrain", "keep")
_METHOD = "Archive: SHA-256 of each file's content. The record is appended to a chain in which each carries the digest of the one before"


@dataclass(frozen=True, kw_only=True)
class DecisionRecord(Result):
    """A decision about a model, with its evidence. It holds no rows.

    Parameters
    ----------
    name, model, fingerprint
        The study, the model, and the study's fingerprint.
    verdict, decision
        What the rules said, and what was decided.
    policy, fired, evidence
        The policy's name, its rules that fired, and the findings of the evaluation, one sentence each.
    decided_by, decided_on, reason, dissent
        Who decided, when, why, and who objected with which words; "" where nobody said it.
    fallback
        What serves instead.
    sunset
        What ends → the day.
    reinstate_when
        Under which conditions the model may come back.
    archive
        The files that are kept, with their hashes.
    number, digest
        Place and digest in the store; 0 and "" where it wasn't kept in one.
    """

    name: str
    model: str
    fingerprint: str
    verdict: str
    decision: str
    policy: str
    fired: tuple[str, ...]
    evidence: tuple[str, ...]
    decided_by: str
    decided_on: str
    reason: str
    dissent: str
    fallback: str
    sunset: Mapping[str, str] = field(default_factory=dict)
    reinstate_when: tuple[str, ...] = ()
    archive: tuple[ArchivedFile, ...] = ()
    number: int = 0
    digest: str = ""
    synthetic: bool = False

    @property
    def overridden(self) -> bool:
        """Whether another thing was decided than the rules said."""
        return self.decision != self.verdict

    @property
    def missing(self) -> tuple[str, ...]:
        """What a person still has to say."""
        return missing_of(self)

    @property
    def document(self) -> Document:
        """The record as a text."""
        return document_of_decision(self)

    def changed_files(self, folder: str | os.PathLike[str] = ".") -> tuple[str, ...]:
        """Return the archived files that are gone or hold other content now, a sentence each; () where all are as they were."""
        return changed(self.archive, Path(folder))


def record_decision(
    result: RetirementResult,
    *,
    decided_by: str = "",
    reason: str = "",
    decision: Literal["retire", "retrain", "keep"] | None = None,
    decided_on: str = "",
    dissent: str = "",
    fallback: str = "",
    sunset: Mapping[str, str] | None = None,
    reinstate_when: Sequence[str] = (),
    archive: Iterable[str | os.PathLike[str]] = (),
    records: Records | str | os.PathLike[str] | None = None,
) -> DecisionRecord:
    """Write a decision down: evidence, rules, verdict, who decided and why, what serves instead, what is kept.

    What only a person can say is never guessed: what nobody said is listed as missing, and the record fails until somebody does.

    Parameters
    ----------
    result
        What `evaluate_retirement` returned.
    decided_by, reason
        Who decided, and why. Both are needed to decide otherwise than the rules say.
    decision
        "retire", "retrain" or "keep"; by default the verdict.
    decided_on
        The day, as 2026-03-31.
    dissent
        Who objected, and with which words.
    fallback
        What serves instead of a retired model.
    sunset
        What ends → the day: {"last request": "2026-04-30", "data deleted": "2027-04-30"}.
    reinstate_when
        Conditions under which the model may come back.
    archive
        Files that are kept: model, policy, report. Each is read once and hashed; links aren't followed.
    records
        A store, or its path, to which the record is appended.

    Returns
    -------
    DecisionRecord
        Findings: LC-RE-11 what is missing, LC-RE-12 an override, LC-RE-13 files that can't be archived. `save` writes .json, .md, .html,
        .pdf and .png.

    Raises
    ------
    InputError
        If a name is a placeholder, the verdict is overridden without a reason and a name, or the store can't be written.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.lifecycle.evaluate_retirement(mw.sample("census"), draws=100)
    >>> record = record_decision(result, decided_by="Ada King", decided_on="2026-03-31", reason="No rule fires.")
    >>> record.decision, record.status
    ('keep', 'passed')
    """
    if not isinstance(result, RetirementResult):
        raise WrongTypeError(
            f"record_decision takes a RetirementResult, not {type(result).__name__}: pass evaluate_retirement(study, policy)."
        )
    chosen = _chosen(result, decision)
    who, why = person("decided_by", decided_by), words("reason", reason)
    if chosen != result.verdict and not (who and why):
        raise InputError(
            f"decision={chosen!r}, and the rules say {result.verdict!r}. To decide otherwise, pass decided_by= and reason=."
        )
    record = DecisionRecord(
        findings=(), rows=result.rows, method=_METHOD, name=result.name, model=result.model, fingerprint=result.fingerprint,
        verdict=result.verdict, decision=chosen, policy=result.policy.name, fired=tuple(each.name for each in result.fired),
        evidence=tuple(f"{each.code}: {each.claim}" for each in result.findings), decided_by=who, decided_on=day("decided_on", decided_on),
        reason=why, dissent=words("dissent", dissent), fallback=words("fallback", fallback), sunset=_sunset(sunset),
        reinstate_when=tuple(words("reinstate_when", each) for each in _listed("reinstate_when", reinstate_when)),
        archive=manifest(archive), synthetic=result.synthetic,
    )  # fmt: skip
    record = replace(record, findings=_find(record))
    if records is None:
        return record
    store = records if isinstance(records, Records) else open_records(records)
    written = store.append(KIND, record.to_dict())
    return replace(record, number=written.number, digest=written.digest)


def read_decisions(records: Records | str | os.PathLike[str]) -> tuple[DecisionRecord, ...]:
    """Return the decisions that a store holds, the oldest first, each checked against the chain.

    Raises
    ------
    InputError
        If the store or a record was changed or damaged.
    """
    store = records if isinstance(records, Records) else open_records(records)
    found = []
    for each in store.read(KIND):
        record = Result.from_dict(each.payload)
        if not isinstance(record, DecisionRecord):
            raise InputError(
                f"Record {each.number} of {store.path.name} is called a {KIND!r} and holds a {type(record).__name__}."
            )
        found.append(replace(record, number=each.number, digest=each.digest))
    return tuple(found)


def _chosen(result: RetirementResult, decision: Any) -> str:  # noqa: ANN401 - checked here
    if decision is None and result.verdict not in _DECISIONS:
        raise InputError(
            f"The rules say {result.verdict!r}, which is no decision. Pass decision=: {listed(_DECISIONS)}."
        )
    if decision is not None and decision not in _DECISIONS:
        raise UnknownNameError(
            f"decision={str(decision)[:40]!r}. Allowed: {listed(_DECISIONS)}.{did_you_mean(str(decision), _DECISIONS)}"
        )
    return decision or result.verdict


def _sunset(given: Mapping[str, str] | None) -> dict[str, str]:
    if given is not None and not isinstance(given, Mapping):
        raise WrongTypeError(
            f"sunset= is {type(given).__name__}. Pass what ends with its day: {{'last request': '2026-04-30'}}."
        )
    return {words("sunset", what): day(f"sunset[{str(what)[:40]!r}]", when) for what, when in (given or {}).items()}


def _listed(argument: str, given: Any) -> Sequence[Any]:  # noqa: ANN401 - checked here
    if isinstance(given, str):
        raise WrongTypeError(f"{argument}= is a text. Pass a list of texts.")
    return tuple(given)


def _find(r: DecisionRecord) -> tuple[Finding, ...]:
    missing = r.missing
    claim = f"The decision to {r.decision} {r.model} is written down whole."
    if missing:
        claim = (
            f"The decision to {r.decision} {r.model} lacks {len(missing)} of what a person must say: {listed(missing)}."
        )
    found = [
        Finding(
            code="LC-RE-11", status="failed" if missing else "passed", claim=claim, evidence={"missing": len(missing), "decision": r.decision, "verdict": r.verdict},
            action="Have it said, and record the decision again." if missing else "",
        )
    ]  # fmt: skip
    if r.overridden:
        claim = f"{r.decided_by} decided to {r.decision}, against the rules, which say {r.verdict}: {r.reason}"
        found.append(Finding(code="LC-RE-12", status="warning", claim=claim, evidence={"decision": r.decision, "verdict": r.verdict}, action="Review an override at the next performance review."))  # fmt: skip
    lost = [f"{each.path} ({each.found})" for each in r.archive if each.found != "kept"]
    if lost:
        found.append(Finding(code="LC-RE-13", status="failed", claim=f"{len(lost)} of {len(r.archive)} files can't be archived: {listed(lost)}.", evidence={"files": len(r.archive), "lost": len(lost)}, action="Put the files themselves there, and record the decision again."))  # fmt: skip
    return tuple(found)
