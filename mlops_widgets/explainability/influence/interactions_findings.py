"""What acts together, in words."""

from math import isnan
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, known, number, short
from mlops_widgets.errors import listed
from mlops_widgets.explainability.influence.pairs import PairStrength
from mlops_widgets.measures.verdicts import judge

if TYPE_CHECKING:
    from mlops_widgets.explainability.influence.interactions import InteractionsResult


def find(result: "InteractionsResult") -> tuple[Finding, ...]:
    """Return the strongest pair, the other pairs, and what wasn't paired."""
    if not result.pairs:
        claim = "There are no two columns to pair: the model takes one."
        return (Finding(code="EX-IN-01", status="not_applicable", claim=claim),)
    if any(isnan(pair.share) for pair in result.pairs):
        claim = f"The model gives {result.rows:,} rows the same answer, so no columns can act together."
        return (Finding(code="EX-IN-01", status="passed", claim=claim, evidence={"rows": result.rows}),)
    return (_headline(result), *_others(result), *_left_out(result))


def _verdict(result: "InteractionsResult", pair: PairStrength) -> str:
    verdict = judge(pair.lower, pair.upper, margin=result.margin_share, n=result.rows, estimate=pair.share)
    return verdict.status


def _headline(result: "InteractionsResult") -> Finding:
    first = result.pairs[0]
    share = estimate(first.share, first.lower, first.upper, "percent")
    margin = number(result.margin_share, "percent")
    evidence: dict[str, float | int | str | bool | None] = {
        "first": first.first, "second": first.second, "share": first.share, "lower": first.lower, "upper": known(first.upper),
        "h2": known(first.h2), "size": first.size, "pairs": len(result.pairs),
        "rows": result.rows,
    }  # fmt: skip
    statuses = [_verdict(result, pair) for pair in result.pairs]
    if statuses[0] == "failed":
        claim = (
            f"The columns {short(first.first)} and {short(first.second)} act together: their joint part makes {share} of the variance of the "
            f"answers ({result.scale}), beyond the margin of {margin}."
        )
        action = "Read the curve of neither alone: look at both together, and name both when you explain an answer."
        return Finding(code="EX-IN-01", status="warning", claim=claim, evidence=evidence, action=action)
    if all(status == "passed" for status in statuses):
        claim = (
            f"None of {len(result.pairs):,} pairs makes more than {margin} of the variance of the answers together "
            f"({result.scale}); most do {short(first.first)} and {short(first.second)}, {share}."
        )
        return Finding(code="EX-IN-01", status="passed", claim=claim, evidence=evidence)
    needed = judge(first.lower, first.upper, margin=result.margin_share, n=result.rows, estimate=first.share).needed
    both = f"{short(first.first)} and {short(first.second)}"
    opening = (
        f"The columns {both} act together, and whether by more than the margin of {margin} isn't settled"
        if first.lower > 0 else f"Whether {both} act together by more than the margin of {margin} isn't settled"
    )  # fmt: skip
    claim = f"{opening}: their joint part makes {share} of the variance of the answers ({result.scale})."
    more = "" if needed is None else f" About {needed:,} would narrow the interval to the margin."
    return Finding(
        code="EX-IN-01",
        status="not_enough_data",
        claim=claim,
        evidence=evidence,
        action=f"Take more rows with max_rows=.{more}",
    )


def _others(result: "InteractionsResult") -> tuple[Finding, ...]:
    rest = result.pairs[1:]
    if not rest:
        return ()
    beyond = [pair for pair in rest if _verdict(result, pair) == "failed"]
    within = sum(_verdict(result, pair) == "passed" for pair in rest)
    open_ones = len(rest) - within - len(beyond)
    claim = (
        f"Of the other {len(rest):,} pairs {len(beyond):,} lie beyond the margin of {number(result.margin_share, 'percent')}, "
        f"{within:,} within it, and {open_ones:,} aren't settled."
    )
    if beyond:
        claim = claim[:-1] + f": beyond it {listed((short(pair.name) for pair in beyond), most=5)}."
    status: Status = "warning" if beyond else "not_enough_data" if open_ones else "passed"
    return (
        Finding(
            code="EX-IN-02", status=status, claim=claim,
            evidence={"beyond": len(beyond), "within": within, "not_settled": open_ones, "margin_share": result.margin_share},
        ),
    )  # fmt: skip


def _left_out(result: "InteractionsResult") -> tuple[Finding, ...]:
    if not result.left_out:
        return ()
    claim = (
        f"{len(result.left_out):,} of the model's columns weren't paired: {listed(map(short, result.left_out), most=6)}"
    )
    if not isnan(result.left_out_share):
        claim += (
            f". Drawn anew, the strongest of them alone changes {number(result.left_out_share, 'percent')} of the variance of the "
            f"answers, interactions included"
        )
    return (
        Finding(
            code="EX-IN-03", status="not_run", claim=claim + ".", action="Raise top=, or name columns=.",
            evidence={"left_out": len(result.left_out), "largest_total_effect": known(result.left_out_share)},
        ),
    )  # fmt: skip
