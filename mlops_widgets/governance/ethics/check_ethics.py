"""Go through an ethics checklist: each item is bound to computed evidence or a signed statement, and what is unanswered fails."""

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.core.statements import same_words
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import WrongTypeError
from mlops_widgets.governance.ethics.answers import NO, NOT_HERE, YES, EthicsAnswer, read_answers
from mlops_widgets.governance.ethics.checklist import Checklist, read_checklist
from mlops_widgets.governance.ethics.ethics_findings import find
from mlops_widgets.governance.ethics.ethics_result import EthicsItem, EthicsResult, GuidelineState, State
from mlops_widgets.governance.ethics.guideline import Guideline, read_guideline
from mlops_widgets.governance.policies.audit import audit
from mlops_widgets.governance.policies.audit_result import AuditResult, Outcome
from mlops_widgets.governance.policies.digests import digest
from mlops_widgets.governance.policies.judging import ABSENT
from mlops_widgets.governance.policies.requirement import Requirement
from mlops_widgets.governance.policies.sign_offs import SignOff, checked, signed_words

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

_METHOD = (
    "Items that ask for evidence are judged as an audit's requirements are, the worst of several answers; a person can't answer them, "
    "but for one that can't be measured here. A statement counts with a reason, a name and a day, for the study whose fingerprint it names"
)
_REFERENCE = "Topics A to E after deon (DrivenData, MIT)"
_GUIDELINE, _OWNER = "guideline", "owner"


@strategy("GV-ET")
def check_ethics(
    study: "Study",
    answers: "str | os.PathLike[str] | Mapping[str, Any] | None" = None,
    *,
    results: Sequence[Result] = (),
    guideline: "Guideline | str | os.PathLike[str] | None" = None,
    checklist: "Checklist | str | os.PathLike[str] | None" = None,
    sign_offs: Sequence[SignOff] = (),
    registry: Any = None,  # noqa: ANN401 - whatever has verify(): of a room above
    log: Any = None,  # noqa: ANN401 - an AuditLog, or any store of records
    now: datetime | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> EthicsResult | NoResult:
    """Go through an ethics checklist; what nobody answered and nothing shows doesn't hold.

    Parameters
    ----------
    study
        What it is about.
    answers
        What people answer: a mapping, or a TOML file that `write_ethics_answers` began. "study" → fingerprint, item → {"answer":
        "yes", "no" or "does not apply", "text": why, "by": name, "on": day}. Answers of another study count for nothing.
    results
        What other looks found, of any chapter: the evidence. A Result of another study is refused.
    guideline
        A Guideline, or the path of a Markdown file; by default the template, whose blanks fail.
    checklist
        A Checklist, or the path of a TOML file; by default the ready one: 21 topics of deon and seven of our own.
    sign_offs
        Of the guideline: `sign_off("guideline", …, evidence=guideline.digest)`.
    registry, log
        As for `audit`.
    now
        The time: what is dated later doesn't count. Without it any day does.
    seed
        Seed of what is measured here because nobody passed it (fairness, the model card).
    progress, cancel
        As everywhere.

    Returns
    -------
    EthicsResult or NoResult
        Findings: GV-ET-01 how many items hold, GV-ET-02 the guideline, GV-ET-03 what people say doesn't apply, GV-ET-04 answers that
        count for nothing.

    Raises
    ------
    InputError
        If answers, checklist or guideline can't be used; the place is named.
    UnknownNameError
        If an answer is about an item that there isn't, or is none of the three.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> study = mw.sample("loans")
    >>> said = {"answer": "yes", "text": "We asked the board.", "by": "Ada King", "on": "2026-03-31"}
    >>> found = check_ethics(study, {"study": study.fingerprint, "M1": said})
    >>> found.status, found.counts["statement"]
    ('failed', 1)
    """
    asked = checklist if isinstance(checklist, Checklist) else read_checklist(checklist)
    text = guideline if isinstance(guideline, Guideline) else read_guideline(guideline)
    if now is not None and not isinstance(now, datetime):
        raise WrongTypeError(f"now= is {type(now).__name__}. Pass a datetime, such as datetime.now(UTC).")
    today = None if now is None else now.date()
    told, signed = read_answers(answers, asked), checked(sign_offs)
    valid = {name: each for name, each in told.items() if not _why_not(each, study.fingerprint, today)}
    judged = audit(
        study, asked.items, results=results, sign_offs=[_signature(name, each, asked) for name, each in valid.items() if each.answer == YES],
        registry=registry, log=log, now=now, seed=seed, progress=progress, cancel=cancel,
    )  # fmt: skip
    if not isinstance(judged, AuditResult):
        return judged
    items = tuple(
        _item(requirement, outcome, asked.section(requirement.id), told.get(requirement.id), valid.get(requirement.id))
        for requirement, outcome in zip(asked.items.requirements, judged.outcomes, strict=True)
    )
    uncounted = tuple(_uncounted(told, study.fingerprint, today, items))
    state = _guideline(text, signed, today, ready=guideline is None)
    return EthicsResult(
        findings=find(items, state, (*uncounted, *judged.refused)), rows=judged.rows, seed=seed, method=_METHOD, reference=_REFERENCE,
        study=study.name, fingerprint=study.fingerprint, items=items, guideline=state, checklist=asked.items.name,
        checklist_version=asked.items.version, checklist_digest=digest(to_plain(asked)), source=asked.source,
        last_checked=asked.last_checked, uncounted=(*uncounted, *judged.refused), unbound=judged.unbound, judged_at="" if now is None else now.isoformat(),
        synthetic=study.synthetic,
    )  # fmt: skip


def _why_not(answer: EthicsAnswer, fingerprint: str, today: date | None) -> str:
    """Return why an answer counts for nothing; "" where it counts."""
    if not answer.study:
        return 'it names no study; write study = "…" with the fingerprint'
    if answer.study != fingerprint:
        return f"it is about the study {answer.study[:40]}, not {fingerprint}"
    if today is not None and date.fromisoformat(answer.on) > today:
        return f"it is dated {answer.on}, after this check"
    return ""


def _signature(name: str, answer: EthicsAnswer, asked: Checklist) -> SignOff:
    role = next(each.check.role for each in asked.items.requirements if each.id == name)
    bound = digest({"study": answer.study})
    return SignOff(
        what=name, by=answer.by, role=role or "respondent", on=answer.on, statement=answer.text, digest=bound
    )


def _item(
    requirement: Requirement, outcome: Outcome, section: str, told: EthicsAnswer | None, valid: EthicsAnswer | None
) -> EthicsItem:  # fmt: skip
    """Return the state of one item: a "no" always counts, a "does not apply" only where evidence can't speak."""
    human = requirement.check.kind == "sign_off"
    state, words, by, on, action = _judged(outcome, human=human), outcome.evidence, "", "", outcome.action
    if human and state == "statement" and valid is not None:
        words, by, on = (valid.text,), valid.by, valid.on
    elif human and state == "unanswered":
        words, action = (), _ask(requirement)
    if told is not None and told.answer == NO:
        state, words, by, on = "not met", (told.sentence, *(() if human else words)), told.by, told.on
        action = action or "Change what makes the answer no, then answer again."
    elif valid is not None and valid.answer == NOT_HERE and (human or outcome.unmeasurable):
        state, words, by, on, action = "does not apply", (valid.text,), valid.by, valid.on, ""
    return EthicsItem(
        id=requirement.id, section=section, title=requirement.title, state=state, told=words, by=by, on=on,
        asks="person" if human else requirement.check.kind, action=action, digest=outcome.digest,
    )  # fmt: skip


def _judged(outcome: Outcome, *, human: bool) -> State:
    if outcome.outcome == "pass":
        return "statement" if human else "evidence"
    if outcome.outcome == "not enough data":
        return "not enough data"
    absent = outcome.outcome == "missing human input" or any(each.startswith(ABSENT) for each in outcome.evidence)
    return "unanswered" if absent else "not met"


def _ask(requirement: Requirement) -> str:
    return (
        f"Ask who answers for it: write_ethics_answers(path, study), then in [{requirement.id}] answer, text, by, on."
    )


def _uncounted(
    told: Mapping[str, EthicsAnswer],
    fingerprint: str,
    today: date | None,
    items: Sequence[EthicsItem],
) -> list[str]:
    """Return which answers count for nothing, and why."""
    states = {each.id: each for each in items}
    found = []
    for name, answer in told.items():
        if answer.answer == NO:
            continue
        why = _why_not(answer, fingerprint, today)
        if not why and answer.answer == YES and states[name].asks == "person" and states[name].state != "statement":
            why = "it is older than the item allows, or that can't be judged without now="
        if not why and states[name].asks != "person" and states[name].state != "does not apply":
            why = "evidence answers this item, no statement does"
        if why:
            found.append(f"{name}: {answer.by}'s “{answer.answer}” doesn't count: {why}.")
    return found


def _guideline(text: Guideline, signed: Sequence[SignOff], today: date | None, *, ready: bool) -> GuidelineState:
    good, void = [], []
    for each in signed:
        if each.what.casefold() != _GUIDELINE:
            continue
        if not same_words(each.role, _OWNER):
            void.append(
                f"{each.by}'s signature of {each.on} doesn't count: the owner signs, and this is one in the role {each.role!r}."
            )
        elif each.digest != text.digest:
            why = "it is bound to no text" if not each.digest else "the text has changed since"
            void.append(f"{each.by}'s signature of {each.on} doesn't count: {why}.")
        elif today is not None and date.fromisoformat(each.on) > today:
            void.append(f"{each.by}'s signature doesn't count: it is dated {each.on}, after this check.")
        else:
            good.append(signed_words(each))
    return GuidelineState(
        title=text.title, version=text.version, on=text.on, digest=text.digest, ready=ready, blanks=text.blanks, signed=tuple(good),
        void=tuple(void), sections=text.sections,
    )  # fmt: skip
