"""What differs between cohorts, in words."""

from math import isnan
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import capital, estimate, known, number, p_words, short
from mlops_widgets.errors import listed
from mlops_widgets.explainability.influence.cohort_rows import MISTAKES, TABLES

if TYPE_CHECKING:
    from mlops_widgets.explainability.influence.cohorts import CohortResult, CohortShare

_LEVEL = 0.05


def find(result: "CohortResult", *, fewest_units: int) -> tuple[Finding, ...]:
    """Return the largest difference, the others, and the cohorts that are too small to compare."""
    small = _too_small(result, fewest_units)
    tested = [share for share in result.shares if not isnan(share.p_value)]
    if not tested:
        claim = f"{capital(_by(result))} there are no two cohorts with at least {fewest_units} units each among {result.rows:,} rows."
        action = "Take more rows with explained_rows=, or another by=."
        return (Finding(code="EX-CO-01", status="not_enough_data", claim=claim, action=action), *small)
    shown = sorted((s for s in tested if s.p_value < _LEVEL), key=lambda s: (-abs(s.difference), s.column))
    return (_headline(result, tested, shown), *_others(shown), *small)


def _by(result: "CohortResult") -> str:
    """Return what the cohorts are by, as a phrase."""
    first, _, second = result.by.partition(" vs ")
    return f"between {first} and {second}" if result.by in {TABLES, MISTAKES} else f"by {short(result.by)}"


def _headline(result: "CohortResult", tested: "list[CohortShare]", shown: "list[CohortShare]") -> Finding:
    first = shown[0] if shown else min(tested, key=lambda share: share.p_value)
    evidence: dict[str, float | int | str | bool | None] = {
        "cohort": first.cohort, "column": first.column, "difference": first.difference, "lower": known(first.lower),
        "upper": known(first.upper), "p_value": first.p_value, "tests": len(tested), "shown": len(shown), "rows": result.rows,
    }  # fmt: skip
    differ = estimate(first.difference, first.lower, first.upper)
    holm = f"{p_words(first.p_value)} after Holm"
    if not shown:
        claim = (
            f"No column is shown to weigh more or less {_by(result)} ({len(tested):,} comparisons); closest to it comes "
            f"{short(first.column)} for {short(first.cohort)}, {differ} by itself ({result.scale}), "
            f"{holm} for all comparisons together."
        )
        return Finding(code="EX-CO-01", status="passed", claim=claim, evidence=evidence)
    more = "more" if first.difference > 0 else "less"
    beside = "than for the others" if len(result.cohorts) > 2 else f"than for {short(result.cohorts[0].name)}"
    claim = (
        f"For {short(first.cohort)} {short(first.column)} moves the answers {more} {beside}: mean |SHAP| {number(first.moved)}, "
        f"a difference of {differ} ({result.scale}), {holm}."
    )
    action = "Ask whether it should; a column that weighs more where the model errs, or since it went live, is where to look first."
    return Finding(code="EX-CO-01", status="warning", claim=claim, evidence=evidence, action=action)


def _others(shown: "list[CohortShare]") -> tuple[Finding, ...]:
    rest = shown[1:]
    if not rest:
        return ()
    words = (
        f"{short(s.column)} for {short(s.cohort)} ({'+' if s.difference > 0 else ''}{number(s.difference)})"
        for s in rest
    )
    claim = f"{len(rest):,} other differences are shown: {listed(words, most=6)}."
    return (Finding(code="EX-CO-02", status="warning", claim=claim, evidence={"shown": len(rest)}),)


def _too_small(result: "CohortResult", fewest_units: int) -> tuple[Finding, ...]:
    if not result.too_small:
        return ()
    names = listed(short(name) for name in result.too_small)
    claim = f"Not compared, for fewer than {fewest_units} units: {names}."
    return (
        Finding(
            code="EX-CO-03", status="not_enough_data", claim=claim, action="Take more rows with explained_rows=.",
            evidence={"cohorts": len(result.too_small)},
        ),
    )  # fmt: skip
