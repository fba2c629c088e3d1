"""What the winner's curse says: findings OV-SB-01 and OV-SB-02."""

from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import digits_shown, interval, number
from mlops_widgets.errors import listed
from mlops_widgets.measures.verdicts import judge

if TYPE_CHECKING:
    from mlops_widgets.overfitting.validation.selection_bias import SelectionBiasResult

Evidence = dict[str, float | int | str | bool | None]

_OFTEN = 0.05
"""A candidate that wins in one resample of twenty can't be told from the winner."""


def find(result: "SelectionBiasResult") -> tuple[Finding, ...]:
    """Return the findings: how much is luck, and whether the winner stands out."""
    if result.how == "unknown":
        return (_unknown(result),)
    if result.how == "bound":
        return (_bound(result),)
    return _luck(result), _telling(result)


def _evidence(result: "SelectionBiasResult") -> Evidence:
    return {
        "candidates": result.n_candidates, "score": result.score, "corrected": result.corrected, "optimism": result.optimism,
        "lower": result.optimism_lower, "upper": result.optimism_upper, "margin": result.margin, "rows": result.rows,
        "standard_error": result.error,
    }  # fmt: skip


def _luck(result: "SelectionBiasResult") -> Finding:
    verdict = judge(
        result.optimism_lower, result.optimism_upper, margin=result.margin, n=result.rows, estimate=result.optimism
    )
    digits = digits_shown(result.optimism, result.optimism_lower, result.optimism_upper)
    corrected, luck = (
        f"{number(value, digits=digits)} {interval(low, high, digits=digits)}".rstrip()
        for value, low, high in (
            (result.corrected, result.corrected_lower, result.corrected_upper),
            (result.optimism, result.optimism_lower, result.optimism_upper),
        )
    )
    claim = (
        f"The best of {result.n_candidates:,} candidates scored {number(result.score, digits=digits)} {result.metric_label} on "
        f"{result.where}; {luck} of that is the luck of being picked, which leaves {corrected}."
    )
    action = {
        "failed": f"Report {corrected}, and judge the winner once on rows that took no part in the choice.",
        "passed": f"Report {corrected}: choosing hardly flattered it.",
        "not_enough_data": f"Report {corrected}, not the winner's own score. {verdict.sentence}",
    }[verdict.status]
    return Finding(
        code="OV-SB-01", status=verdict.status, claim=claim, evidence=_evidence(result), action=action,
        cost=max(result.optimism, 0.0) if verdict.status == "failed" else None, cost_unit=result.metric_label,
    )  # fmt: skip


def _telling(result: "SelectionBiasResult") -> Finding:
    order = np.argsort(-result.picked_share, kind="stable")
    won = float(result.picked_share[order[0]])
    rivals = [result.names[place] for place in order if result.picked_share[place] >= _OFTEN]
    evidence: Evidence = {
        "picked_share": won,
        "candidates_that_may_be_best": len(rivals),
        "candidates": result.n_candidates,
    }
    first = result.names[int(order[0])]
    if len(rivals) <= 1:
        return Finding(
            code="OV-SB-02", status="passed", evidence=evidence,
            claim=f"The choice is clear: {first} wins in {number(won, 'percent')} of resamples.",
            action="Keep the winner.",
        )  # fmt: skip
    return Finding(
        code="OV-SB-02", status="warning", evidence=evidence,
        claim=f"The winner can't be told from {len(rivals) - 1} other{'s' if len(rivals) > 2 else ''}: {first} wins in only "
        f"{number(won, 'percent')} of resamples.",
        action=f"Take the simplest or cheapest of {listed(rivals, most=4)}: the scores don't decide among them.",
    )  # fmt: skip


def _bound(result: "SelectionBiasResult") -> Finding:
    n, digits = result.n_candidates, _digits(result)
    if n == 1:
        return Finding(
            code="OV-SB-01", status="passed", evidence=_evidence(result),
            claim=f"Only one model was scored on this test: its {number(result.score)} {result.metric_label} owes nothing to choice.",
            action="Keep it so: count every look at this test with open_ledger.",
        )  # fmt: skip
    if not np.isfinite(result.error):
        return Finding(
            code="OV-SB-01", status="not_enough_data", evidence=_evidence(result),
            claim=f"What the best of {n:,} candidates owes to luck can't be bounded: these rows give the score no finite interval.",
            action="Pass more labelled rows as test=.",
        )  # fmt: skip
    luck, more = (number(value, digits=digits) for value in (result.optimism, result.optimism_upper))
    claim = (
        f"As the best of {n:,} candidates, at most {luck} of the {number(result.score, digits=digits)} {result.metric_label} is luck on "
        f"average (more than {more} in at most one of twenty such choices)."
    )
    if result.optimism_upper <= result.margin:
        return Finding(
            code="OV-SB-01", status="passed", claim=claim, evidence=_evidence(result),
            action=f"Choosing hardly can have flattered the score by more than the margin of {number(result.margin)}.",
        )  # fmt: skip
    needed = result.rows * (result.optimism_upper / result.margin) ** 2
    return Finding(
        code="OV-SB-01", status="not_enough_data", claim=claim, evidence=_evidence(result) | {"needed_rows": round(needed)},
        action=(
            "This is only a bound: pass candidates= with what each model answered, and the luck is measured; or judge the winner on "
            f"rows that took no part. With about {_rounded(needed):,} test rows the bound would lie within the margin of "
            f"{number(result.margin)}."
        ),
    )  # fmt: skip


def _digits(result: "SelectionBiasResult") -> int:
    """Return the decimals that show a tenth of the standard error."""
    known = np.isfinite(result.error) and result.error > 0
    return int(np.clip(1 - np.floor(np.log10(result.error)), 0, 6)) if known else 2


def _rounded(rows: float) -> int:
    step = 10 ** max(0, int(np.floor(np.log10(max(rows, 1)))) - 1)
    return int(np.ceil(rows / step) * step)


def _unknown(result: "SelectionBiasResult") -> Finding:
    hundred = float(result.tried_optimism[result.tried.index(100)])
    return Finding(
        code="OV-SB-01", status="not_applicable", evidence=_evidence(result) | {"optimism_of_100": hundred},
        claim=(
            "How many candidates were compared on this test isn't known; of the score of the best of 100, up to "
            f"{number(hundred, digits=_digits(result))} {result.metric_label} would be luck."
        ),
        action="Pass n_candidates=, or candidates= with what each answered; count looks from now on with open_ledger.",
    )  # fmt: skip
