"""What the evidence says of each requirement of a policy: pass, fail, not enough data, or a person must speak."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Result
from mlops_widgets.core.statements import person
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import WrongTypeError
from mlops_widgets.governance.policies.audit_findings import find
from mlops_widgets.governance.policies.audit_result import AuditResult, Outcome
from mlops_widgets.governance.policies.digests import digest, digest_of
from mlops_widgets.governance.policies.evidence import Evidence, gather
from mlops_widgets.governance.policies.judging import UNANSWERED, Ground, Verdict, judge
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.requirement import Requirement
from mlops_widgets.governance.policies.sign_offs import SignOff, checked
from mlops_widgets.governance.policies.signatures import Desk, judge_signature

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

_METHOD = (
    "Each requirement is judged on what was passed, the worst of several answers; metrics by the unfavourable end of their interval; a "
    "signature counts while the SHA-256 of what was signed is that of what is here. What isn't answered isn't met."
)
_REFERENCE = "SHA-256 of canonical JSON (sorted keys, no spaces); SARIF 2.1.0 (OASIS, 2020), 3.27.9–10."


@strategy("GV-AU")
def audit(
    study: "Study",
    policy: Policy | None = None,
    *,
    results: Sequence[Result] = (),
    sign_offs: Sequence[SignOff] = (),
    documents: Sequence[Result] = (),
    registry: Any = None,  # noqa: ANN401 - whatever has verify(): of a room above
    log: Any = None,  # noqa: ANN401 - an AuditLog, or any store of records
    author: str | Sequence[str] = "",
    now: datetime | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> AuditResult:
    """Say which requirements of a policy are met, with which evidence.

    Parameters
    ----------
    study
        What is audited.
    policy
        The requirements; by default those of a small team.
    results
        What other looks found, of any chapter, Scorecards too. A Result of another study is refused.
    sign_offs
        What people signed: `sign_off(…)`.
    documents
        More Results, those that carry a document.
    registry, log
        A Registry and an AuditLog (or any store with `verify()`); they are verified here and now.
    author
        Who made the model, a name or several, so that somebody else approves.
    now
        The time, by which the age of evidence and signatures is judged; without it, a requirement with an age fails.
    seed
        Seed of what the audit measures itself.
    progress, cancel
        As everywhere.

    Returns
    -------
    AuditResult
        One outcome a requirement. Without evidence it is "fail", with the call that makes it: nothing unanswered passes.

    Examples
    --------
    >>> from mlops_widgets.governance.policies.requirement import Check, Requirement
    >>> owner = Requirement(
    ...     id="A-1", title="Somebody answers for the model.", check=Check(kind="sign_off", role="owner")
    ... )
    >>> import mlops_widgets as mw
    >>> audit(mw.sample("loans"), Policy(name="mine", requirements=(owner,))).headline
    '0 of 1 requirement is met with evidence; 1 waits for a person.'
    """
    asked = Policy.ready("small team") if policy is None else policy
    if not isinstance(asked, Policy):
        raise WrongTypeError(
            f"policy= is {type(asked).__name__}. Pass a Policy: Policy.ready('small team'), or Policy.read(path)."
        )
    if now is not None and not isinstance(now, datetime):
        raise WrongTypeError(f"now= is {type(now).__name__}. Pass a datetime, such as datetime.now(UTC).")
    for argument, store in (("log", log), ("registry", registry)):
        if store is not None and not callable(getattr(store, "verify", None)):
            raise WrongTypeError(
                f"{argument}= is {type(store).__name__}. Pass an AuditLog, a Registry, or a store of records."
            )
    signed, authors = checked(sign_offs), _authors(author)
    given = gather([*_listed(results), *_listed(documents)], fingerprint=study.fingerprint)
    evidence, computed = _completed(
        study, asked, given, seed=seed, names=steps(tuple(_OWN), "measure", progress, cancel)
    )
    ground = Ground(evidence=evidence, log=log, registry=registry, today=None if now is None else now.date())
    judged = {each.id: judge(each, ground) for each in asked.requirements if each.check.kind != "sign_off"}
    signing = digest(
        {
            "study": study.fingerprint,
            "policy": digest(to_plain(asked)),
            "evidence": [[name, each.digest] for name, each in judged.items()],
        }
    )
    desk = Desk(
        sign_offs=signed, evidence=evidence, study_digest=digest_of(study), evidence_digest=signing, authors=authors, today=ground.today
    )  # fmt: skip
    outcomes = tuple(_outcome(each, judged.get(each.id) or judge_signature(each, desk)) for each in asked.requirements)
    return AuditResult(
        findings=find(outcomes, evidence.refused), rows=study.test.rows if study.test is not None else 0, seed=seed, method=_METHOD,
        reference=_REFERENCE, policy=asked.name, policy_digest=digest(to_plain(asked)), study=study.name, fingerprint=study.fingerprint,
        outcomes=outcomes, refused=evidence.refused, computed=computed, unbound=evidence.unbound, evidence_digest=signing,
        judged_at="" if now is None else now.isoformat(), synthetic=study.synthetic,
    )  # fmt: skip


def _authors(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names of those who made the model, as far as somebody said."""
    names = [given] if isinstance(given, str) else given
    return tuple(name for each in names if (name := person("author", each)))


def _listed(given: Any) -> list[Any]:  # noqa: ANN401 - checked by gather
    return [given] if isinstance(given, Result) or not isinstance(given, Sequence) else list(given)


def _outcome(requirement: Requirement, verdict: Verdict) -> Outcome:
    return Outcome(
        requirement=requirement.id, title=requirement.title, outcome=verdict.outcome, evidence=verdict.told, digest=verdict.digest,
        owner=requirement.owner, action="" if verdict.outcome == "pass" else verdict.action, kind=requirement.check.kind,
        regimes=requirement.regimes, unmeasurable=verdict.unmeasurable,
    )  # fmt: skip


def _fairness(study: "Study", _results: list[Result], seed: int) -> Result:
    from mlops_widgets.governance.fairness.assess_fairness import assess_fairness

    return assess_fairness(study, seed=seed)


def _model_card(study: "Study", results: list[Result], seed: int) -> Result:
    from mlops_widgets.governance.cards.model_card import write_model_card

    return write_model_card(study, results=results, seed=seed)


_OWN: dict[str, tuple[str, Callable[["Study", list[Result], int], Result]]] = {
    "assess_fairness": ("GV-FA", _fairness), "write_model_card": ("governance.ModelCard", _model_card),
}  # fmt: skip
"""What the audit measures itself where a requirement asks for it and nobody passed it: beginning of codes or type, and the call."""


def _completed(
    study: "Study", policy: Policy, given: Evidence, *, seed: int, names: Iterable[str]
) -> tuple[Evidence, tuple[str, ...]]:
    """Return the evidence with what governance can measure itself."""
    held, computed = given, list[str]()
    for name in names:
        needed, make = _OWN[name]
        wanted = [word for each in policy.requirements for word in (*each.check.codes, *each.check.types)]
        answered = any(finding.status not in UNANSWERED for finding, _ in held.findings(needed))
        if any(word.startswith(needed) for word in wanted) and not (answered or held.of_type(needed)):
            made = make(study, [each.result for each in held.held], seed)
            more = gather([made], fingerprint=study.fingerprint)
            held, computed = replace(held, held=held.held + more.held), [*computed, name]
    return held, tuple(computed)
