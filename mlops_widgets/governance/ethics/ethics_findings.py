"""What checklist and guideline amount to, in sentences."""

from collections.abc import Sequence

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import short
from mlops_widgets.errors import listed
from mlops_widgets.governance.ethics.ethics_result import HOLDS, EthicsItem, GuidelineState

_SHOWN = 6
_START = "mw.governance.read_guideline().write('guideline.md'); fill the blanks, and pass guideline='guideline.md'."


def find(items: Sequence[EthicsItem], guideline: GuidelineState, uncounted: Sequence[str]) -> tuple[Finding, ...]:
    """Return the headline, whether the guideline stands, what people say doesn't apply, and what counts for nothing."""
    return (_headline(items), _guideline(guideline), *_left_out(items), *_uncounted(uncounted))


def _headline(items: Sequence[EthicsItem]) -> Finding:
    held, open_ones = (
        [each for each in items if each.state in HOLDS],
        [each for each in items if each.state not in HOLDS and each.state != "does not apply"],
    )
    status: Status = "passed"
    if not held or any(each.state != "not enough data" for each in open_ones):
        status = "failed"
    elif open_ones:
        status = "not_enough_data"
    rest = [
        f"{count} {one if count == 1 else many}"
        for state, one, many in (
            ("not met", "doesn't", "don't"), ("not enough data", "has not enough data", "have not enough data"),
            ("unanswered", "is unanswered", "are unanswered"), ("does not apply", "doesn't apply, a person says", "don't apply, people say"),
        )
        if (count := sum(each.state == state for each in items))
    ]  # fmt: skip
    by_evidence = sum(each.state == "evidence" for each in items)
    start = (
        f"{len(held)} of {len(items)} items of the ethics checklist hold, {by_evidence} of them by computed evidence"
    )
    first = next((each for each in open_ones if each.state == "not met"), open_ones[0] if open_ones else None)
    return Finding(
        code="GV-ET-01", status=status, claim=f"{start}; {', '.join(rest)}." if rest else f"{start}.",
        evidence={
            "items": len(items), "held": len(held), "by_evidence": by_evidence,
            **{state.replace(" ", "_"): sum(each.state == state for each in items) for state in ("not met", "not enough data", "unanswered", "does not apply")},
        },
        action=f"Begin with {first.id} ({first.title}): {first.action}" if first else "",
    )  # fmt: skip


def _guideline(g: GuidelineState) -> Finding:
    named = f"The guideline “{short(g.title, 80)}”, version {g.version} of {g.on},"
    evidence: dict[str, str | int] = {
        "version": g.version,
        "digest": g.digest,
        "blanks": len(g.blanks),
        "signed": len(g.signed),
    }
    if g.stands:
        return Finding(
            code="GV-ET-02", status="passed", claim=f"{named} is signed as it stands. {g.signed[0]}", evidence=evidence
        )
    if g.blanks:
        places = "1 place is" if len(g.blanks) == 1 else f"{len(g.blanks)} places are"
        whose = " It is the template that comes with the package." if g.ready else ""
        return Finding(
            code="GV-ET-02", status="failed", claim=f"{named} isn't finished: {places} blank.{whose}", evidence=evidence,
            action=_START if g.ready else "Fill the blanks: each stands in the text as [fill in: …].",
        )  # fmt: skip
    why = f" {g.void[0]}" if g.void else ""
    return Finding(
        code="GV-ET-02", status="failed", claim=f"Nobody has signed the guideline “{short(g.title, 80)}”, version {g.version} of {g.on}, as it stands.{why}",
        evidence=evidence,
        action="Pass sign_offs=[sign_off('guideline', by=…, role='owner', on=…, statement=…, evidence=read_guideline(path).digest)].",
    )  # fmt: skip


def _left_out(items: Sequence[EthicsItem]) -> list[Finding]:
    left = [each for each in items if each.state == "does not apply"]
    if not left:
        return []
    told = listed([f"{each.id} ({each.by}: {short(each.told[0], 60)})" for each in left], most=_SHOWN)
    return [
        Finding(
            code="GV-ET-03", status="warning", claim=f"People say that {len(left)} of {len(items)} items don't apply: {told}.",
            evidence={"left_out": len(left)}, action="Ask somebody who didn't answer whether that is so.",
        )
    ]  # fmt: skip


def _uncounted(uncounted: Sequence[str]) -> list[Finding]:
    if not uncounted:
        return []
    claim = f"{len(uncounted)} {'answer counts' if len(uncounted) == 1 else 'answers count'} for nothing: {' '.join(uncounted[:_SHOWN])}"
    more = len(uncounted) - _SHOWN
    return [
        Finding(
            code="GV-ET-04", status="warning", claim=f"{claim} And {more} more." if more > 0 else claim,
            evidence={"uncounted": len(uncounted)}, action="Answer again for this study: write_ethics_answers(path, study) names it.",
        )
    ]  # fmt: skip
