"""What a search for recourse found, in words: what would do, how far to trust it, and what stands in the way."""

from collections.abc import Iterator
from math import isnan

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import capital, known, number
from mlops_widgets.explainability.stakeholders.recourse.firming import FIRM_SHARE
from mlops_widgets.explainability.stakeholders.recourse.likeness import USUAL_SHARE
from mlops_widgets.explainability.stakeholders.recourse.proposals import Proposal, joined, named, shown_as
from mlops_widgets.explainability.stakeholders.recourse.recourse_result import CAVEAT, RecourseResult

Evidence = dict[str, float | int | str | bool | None]
MOST_GAP = 0.1
"""Units that a rule may be off the row's own cell."""


def find(result: RecourseResult) -> tuple[Finding, ...]:
    """Return the headline and what there is to say besides, the gravest first."""
    rest = [*_following(result), *_plausibility(result), *_robustness(result), *_blocks(result), *_free(result)]
    return (_headline(result), *sorted(rest, key=lambda finding: finding.order))


def _headline(result: RecourseResult) -> Finding:
    now = f"{result.scale} {_shown(result, result.shown)}" if not isnan(result.shown) else result.present
    evidence: Evidence = {
        "shown": known(result.shown), "limit": known(result.limit), "proposals": len(result.proposals), "tried": result.tried,
        "most_changes": result.most_changes,
    }  # fmt: skip
    if result.reached:
        claim = f"{capital(result.row_name)} has {result.aim} already ({now}); nothing has to change."
        return Finding(code="EX-RE-01", status="passed", claim=claim, evidence=evidence, action="Pass another wanted=.")
    if not result.proposals:
        return _none(result, evidence)
    first = result.proposals[0]
    evidence |= {"cost": first.cost, "shown_then": known(first.shown)}
    others = len(result.proposals) - 1
    more = f" {others} other {'way was' if others == 1 else 'ways were'} found." if others else ""
    claim = f"{capital(result.row_name)}: with {first.text}, the model gives {result.aim}{_then(result, first)}.{more}"
    status: Status = "passed" if first.plausible else "warning"
    action = f"{CAVEAT} Have somebody who knows the case check that the change is possible."
    return Finding(code="EX-RE-01", status=status, claim=claim, evidence=evidence, action=action)


def _then(result: RecourseResult, proposal: Proposal) -> str:
    if isnan(proposal.shown) or result.scale == "decision":
        return ""
    return f" ({result.scale} {_shown(result, proposal.shown)}, now {_shown(result, result.shown)})"


def _shown(result: RecourseResult, value: float) -> str:
    return shown_as(value, result.limit)


def _none(result: RecourseResult, evidence: Evidence) -> Finding:
    count = f"{result.most_changes} columns" if result.most_changes > 1 else "one column"
    claim = (
        f"{capital(result.row_name)}: no change of up to {count} within the constraints was found that gives {result.aim}; "
        f"{number(result.tried, 'integer')} changed rows were tried."
    )
    if result.miss and not isnan(result.miss_shown):
        evidence["miss_shown"] = result.miss_shown
        changes = joined([change.text for change in result.miss if not change.follows])
        claim += f" Nearest: {changes}, {result.scale} {_shown(result, result.miss_shown)}"
        claim += f" against {number(result.limit)}." if not isnan(result.limit) else "."
    if not result.tried:
        claim = f"{capital(result.row_name)}: nothing may change, so nothing can give {result.aim}."
    action = (
        "Loosen a constraint that somebody can change in life, raise most_rows=, or say plainly that nothing was found."
    )
    return Finding(code="EX-RE-01", status="warning", claim=claim, evidence=evidence, action=action)


def _following(result: RecourseResult) -> Iterator[Finding]:
    tied = [each for each in result.following if not each.rule]
    ruled = [each for each in result.following if each.rule]
    if tied:
        said = joined([
            f"{each.feature} ({number(each.explained, 'percent')} explained by {named(list(each.sources))})" for each in tied[:5]
        ])  # fmt: skip
        yield Finding(
            code="EX-RE-02", status="warning",
            claim=f"Not changed, since other columns determine them in the reference: {said}.",
            evidence={each.column: each.explained for each in tied},
            action=f"Say how to work it out, rules={{{tied[0].column!r}: '…'}}, or False if it may change on its own.",
        )  # fmt: skip
    off = {column: gap for column, gap in result.rule_gap.items() if not gap <= MOST_GAP and not isnan(gap)}
    if ruled and off:
        yield Finding(
            code="EX-RE-02", status="warning",
            claim=f"The rule for {named(list(off))} doesn't give the row's own cell: off by {number(max(off.values()))} units.",
            evidence=dict(off), action="Look at the rule: what it gives for changed rows is off by as much.",
        )  # fmt: skip
    elif ruled:
        names = named([each.feature for each in ruled])
        yield Finding(
            code="EX-RE-02", status="passed",
            claim=f"Worked out again with every change, and the row's own cell agrees: {names}.",
            evidence={column: known(gap) for column, gap in result.rule_gap.items()},
        )  # fmt: skip


def _plausibility(result: RecourseResult) -> Iterator[Finding]:
    if not result.proposals:
        return
    first = result.proposals[0]
    evidence: Evidence = {
        "distance": known(first.distance), "usual_distance": known(result.usual_distance),
        "own_distance": known(result.own_distance), "like_rows": first.like_rows, "rows": result.rows,
    }  # fmt: skip
    usual = (
        f"{number(USUAL_SHARE, 'percent')} of the reference's rows lie within {number(result.usual_distance)} of others"
    )
    if first.plausible:
        outlier = "; the row itself is farther out" if result.own_distance > result.usual_distance else ""
        claim = (
            f"Rows like the changed one exist: {number(first.like_rows, 'integer')} of {number(result.rows, 'integer')} have such "
            f"values, and it is {number(first.distance)} from its nearest rows ({usual}{outlier})."
        )
        yield Finding(code="EX-RE-03", status="passed", claim=claim, evidence=evidence)
        return
    claim = (
        f"No proposal looks like a row that exists: {number(first.like_rows, 'integer')} of {number(result.rows, 'integer')} have "
        f"the first one's values, and it is {number(first.distance)} from its nearest rows ({usual})."
    )
    action = "Don't hand these to anybody: the model's answer there is a guess. Loosen constraints, or say that nothing was found."
    yield Finding(code="EX-RE-03", status="warning", claim=claim, evidence=evidence, action=action)


def _robustness(result: RecourseResult) -> Iterator[Finding]:
    tried = [each for each in result.proposals if not isnan(each.holding_share)]
    if not tried and not result.refits:
        return
    first = result.proposals[0]
    shaken = bool(tried) and first.holding_share < FIRM_SHARE
    disagrees = result.refits > 0 and 2 * first.refits_holding <= result.refits
    said = []
    if tried:
        said.append(f"in {number(first.holding_share, 'percent')} of {result.draws} copies with slightly other values")
    if result.refits:
        said.append(f"with {first.refits_holding} of {result.refits} models fitted again on resampled rows")
    firm = sum(_firm(each, result) for each in result.proposals)
    claim = f"The first proposal still holds {joined(said)}; {firm} of {len(result.proposals)} hold throughout."
    yield Finding(
        code="EX-RE-04", status="warning" if shaken or disagrees else "passed", claim=claim,
        evidence={
            "holding_share": known(first.holding_share), "draws": result.draws, "refits_holding": first.refits_holding,
            "refits": result.refits, "firm": firm,
        },
        action="Ask for more than the limit, such as wanted=(lower, upper) some way inside it, before anybody relies on this.",
    )  # fmt: skip


def _firm(proposal: Proposal, result: RecourseResult) -> bool:
    shaken = not isnan(proposal.holding_share) and proposal.holding_share < FIRM_SHARE
    return not shaken and proposal.refits_holding == result.refits


def _blocks(result: RecourseResult) -> Iterator[Finding]:
    if result.reached or result.proposals:
        return
    if not result.blocks:
        yield Finding(
            code="EX-RE-05", status="warning", claim="No constraint by itself stands in the way: without any one of them nothing "
            "was found either.", action="Look at the model's explanation of this row: many columns speak against it at once.",
        )  # fmt: skip
        return
    said = joined([f"{each.feature} ({each.why})" for each in result.blocks[:5]])
    yield Finding(
        code="EX-RE-05", status="warning",
        claim=f"What stands in the way: without the constraint on {said} {result.aim} could be reached.",
        evidence={each.column: known(each.shown) for each in result.blocks},
        action="Where that says who somebody is, ask whether the model should lean on it at all.",
    )  # fmt: skip


def _free(result: RecourseResult) -> Iterator[Finding]:
    used = {change.column: change.feature for each in result.proposals for change in each.chosen}
    assumed = [feature for column, feature in used.items() if column in result.free]
    if assumed:
        yield Finding(
            code="EX-RE-06", status="warning", claim=f"Nobody has said whether these can change: {named(assumed)}.",
            evidence={"assumed": len(assumed)}, action="Say so: constraints={column: 'increase'}, 'immutable', a range, or 'free'.",
        )  # fmt: skip
    elif used:
        yield Finding(
            code="EX-RE-06", status="passed", claim="Every column that a proposal changes was said to be changeable.",
            evidence={"assumed": 0},
        )  # fmt: skip
