"""What an audit says in words: how many requirements are met, then each that isn't."""

from collections.abc import Sequence

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.governance.policies.audit_result import Answer, Outcome

_CODES: dict[Answer, tuple[str, Status]] = {
    "fail": ("GV-AU-02", "failed"), "not enough data": ("GV-AU-03", "not_enough_data"), "missing human input": ("GV-AU-04", "failed"),
}  # fmt: skip


def find(outcomes: Sequence[Outcome], refused: Sequence[str]) -> tuple[Finding, ...]:
    """Return the headline, a finding a requirement that isn't met, and one about refused evidence."""
    open_ones = [_open(each) for each in outcomes if each.outcome != "pass"]
    said = [_refused(refused)] if refused else []
    return (_headline(outcomes), *sorted(open_ones, key=lambda each: each.code), *said)


def headline_words(outcomes: Sequence[Outcome]) -> str:
    """Return how many requirements are met, and what the others lack.

    Examples
    --------
    >>> headline_words([Outcome(requirement="A", title="a", outcome="pass", evidence=(), digest="")])
    '1 of 1 requirement is met with evidence.'
    """
    given = [each.outcome for each in outcomes]
    met, asked = given.count("pass"), len(given)
    rest = [
        f"{count} {one if count == 1 else many}"
        for answer, one, many in (
            ("fail", "fails", "fail"),
            ("not enough data", "has not enough data", "have not enough data"),
            ("missing human input", "waits for a person", "wait for a person"),
        )
        if (count := given.count(answer))  # type: ignore[arg-type]  # the words above are answers
    ]
    noun = "requirement" if asked == 1 else "requirements"
    start = f"{met} of {asked} {noun} {'is' if 1 in {met, asked} else 'are'} met with evidence"
    return f"{start}; {', '.join(rest)}." if rest else f"{start}."


def _headline(outcomes: Sequence[Outcome]) -> Finding:
    given = [each.outcome for each in outcomes]
    status: Status = "passed"
    if "fail" in given or "missing human input" in given:
        status = "failed"
    elif "not enough data" in given:
        status = "not_enough_data"
    first = next(
        (each for each in outcomes if each.outcome == "fail"),
        next((each for each in outcomes if each.outcome != "pass"), None),
    )
    evidence = {
        "asked": len(given), "met": given.count("pass"), "fail": given.count("fail"), "not_enough_data": given.count("not enough data"),
        "missing_human_input": given.count("missing human input"),
    }  # fmt: skip
    action = f"Begin with {first.requirement} ({first.title}): {first.action}" if first else ""
    return Finding(code="GV-AU-01", status=status, claim=headline_words(outcomes), evidence=evidence, action=action)


def _open(outcome: Outcome) -> Finding:
    code, status = _CODES[outcome.outcome]
    claim = f"{outcome.requirement} “{outcome.title}”: {outcome.outcome}. {' '.join(outcome.evidence)}"
    evidence = {
        "requirement": outcome.requirement,
        "outcome": outcome.outcome,
        "owner": outcome.owner,
        "digest": outcome.digest,
    }
    return Finding(code=code, status=status, claim=claim, evidence=evidence, action=outcome.action)


def _refused(refused: Sequence[str]) -> Finding:
    return Finding(
        code="GV-AU-05", status="warning", claim=f"Evidence was refused: {' '.join(refused)}", evidence={"refused": len(refused)},
        action="Measure it on this study.",
    )  # fmt: skip
