"""What the effects of columns say, in words."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import estimate, number, short
from mlops_widgets.errors import listed
from mlops_widgets.explainability.influence.curves import EffectCurve

if TYPE_CHECKING:
    from mlops_widgets.explainability.influence.effects import EffectsResult

_MANY_AGAINST = 0.2


def find(result: "EffectsResult") -> tuple[Finding, ...]:
    """Return the headline, what partial dependence makes up, what doesn't matter, who goes the other way, what is missing."""
    strongest = result.strongest
    if not strongest:
        claim = f"None of the model's columns could be looked at: {listed(result.skipped)}."
        return (Finding(code="EX-EF-01", status="not_enough_data", claim=claim, action="Pass a table with more rows."),)
    found = [_headline(result, strongest), _apart(result, strongest), _small(result, strongest)]
    return (*found, *_against(result, strongest), *_skipped(result))


def moves(curve: EffectCurve, scale: str) -> str:
    """Return what the answers do along one column, such as `"falls by .21 [.18, .24] (probability) from 540 to 760"`."""
    size = estimate(curve.size, curve.lower, curve.upper)
    low, high = curve.labels[curve.low], curve.labels[curve.high]
    if curve.kind == "category":
        return f"is {size} ({scale}) higher at {high} than at {low}"
    if curve.shape in {"rises", "falls"}:
        first, last = (low, high) if curve.low < curve.high else (high, low)
        return f"{curve.shape} by {size} ({scale}) from {first} to {last}"
    return f"{says(curve)}, {size} ({scale}) from its lowest at {low} to its highest at {high}"


def says(curve: EffectCurve) -> str:
    """Return the curve's shape as a phrase."""
    if curve.kind == "category":
        return f"highest at {curve.labels[curve.high]}, lowest at {curve.labels[curve.low]}"
    return {"flat": "stays about level", "not settled": "has no settled direction"}.get(curve.shape, str(curve.shape))


def _headline(result: "EffectsResult", strongest: tuple[EffectCurve, ...]) -> Finding:
    first = strongest[0]
    evidence: dict[str, float | int | str | bool | None] = {
        "column": first.column, "output": first.output, "size": first.size, "lower": first.lower, "upper": first.upper,
        "shape": str(first.shape), "rows": result.rows,
    }  # fmt: skip
    if first.upper < result.margin:
        claim = (
            f"No column moves the answers by more than the margin of {number(result.margin)} ({result.scale}) on its own; the "
            f"largest effect is that of {short(first.column)}, {estimate(first.size, first.lower, first.upper)}."
        )
        action = "Look for interactions: what no column does alone, two may do together."
        return Finding(code="EX-EF-01", status="warning", claim=claim, evidence=evidence, action=action)
    claim = (
        f"The largest effect on its own is that of {short(first.column)}: along it the model's answer ({first.output}) "
        f"{moves(first, result.scale)}."
    )
    action = (
        "Show the curve to somebody who knows the subject: a direction that makes no sense is a fault in data or model."
    )
    return Finding(code="EX-EF-01", status="passed", claim=claim, evidence=evidence, action=action)


def _apart(result: "EffectsResult", strongest: tuple[EffectCurve, ...]) -> Finding:
    apart = sorted((c for c in strongest if c.apart_lower > result.margin), key=lambda c: -c.apart)
    if not apart:
        claim = (
            f"For none of {len(strongest):,} columns partial dependence is shown to differ from accumulated local effects by more "
            f"than the margin of {number(result.margin)} ({result.scale})."
        )
        return Finding(code="EX-EF-02", status="passed", claim=claim, evidence={"columns": len(strongest), "apart": 0})
    names = listed([short(curve.column) for curve in apart])
    claim = (
        f"Partial dependence differs from accumulated local effects by up to {number(apart[0].apart)} ({result.scale}), for "
        f"{names}: it rests on combinations of values that hardly occur."
    )
    return Finding(
        code="EX-EF-02", status="warning", claim=claim,
        evidence={"columns": len(strongest), "apart": len(apart), "largest": apart[0].apart, "margin": result.margin},
        action="Read the accumulated effects of these columns, not the partial dependence.",
    )  # fmt: skip


def _small(result: "EffectsResult", strongest: tuple[EffectCurve, ...]) -> Finding:
    flat = [curve for curve in strongest if curve.upper < result.margin]
    unsettled = [curve for curve in strongest if curve.shape == "not settled"]
    claim = (
        f"{len(flat):,} of {len(strongest):,} columns move the answers by less than the margin of {number(result.margin)} "
        f"({result.scale}) on their own"
    )
    claim += f": {listed([short(curve.column) for curve in flat])}." if flat else "."
    if unsettled:
        claim += f" Of {listed([short(curve.column) for curve in unsettled])} these rows settle no direction."
    return Finding(
        code="EX-EF-03", status="not_enough_data" if unsettled else "passed", claim=claim,
        evidence={"flat": len(flat), "not_settled": len(unsettled), "columns": len(strongest), "margin": result.margin},
        action="Pass more rows with max_rows=." if unsettled else "",
    )  # fmt: skip


def _against(result: "EffectsResult", strongest: tuple[EffectCurve, ...]) -> tuple[Finding, ...]:
    split = [c for c in strongest if c.lower > result.margin > c.apart_lower and c.against_share > _MANY_AGAINST]
    if not split:
        return ()
    most = max(split, key=lambda curve: curve.against_share)
    claim = (
        f"The mean hides rows that go the other way: for {number(most.against_share, 'percent')} of {result.dependence_rows:,} rows "
        f"the answer isn't higher with {short(most.column)} at {most.labels[most.high]} than at {most.labels[most.low]}."
    )
    return (
        Finding(
            code="EX-EF-04", status="warning", claim=claim, action="Run find_interactions: another column decides which way it goes.",
            evidence={"column": most.column, "against_share": most.against_share, "columns": len(split)},
        ),
    )  # fmt: skip


def _skipped(result: "EffectsResult") -> tuple[Finding, ...]:
    if not result.skipped:
        return ()
    reasons: dict[str, list[str]] = {}
    for each in result.skipped:
        column, _, reason = each.rpartition(": ")
        reasons.setdefault(reason, []).append(short(column))
    shown = "; ".join(f"{listed(columns, most=5)} ({reason})" for reason, columns in reasons.items())
    claim = f"Not looked at: {shown}."
    return (Finding(code="EX-EF-05", status="not_run", claim=claim, evidence={"skipped": len(result.skipped)}),)
