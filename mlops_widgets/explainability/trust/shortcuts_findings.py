"""What the search for shortcuts found, in words."""

from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, known, number, p_words
from mlops_widgets.errors import listed
from mlops_widgets.explainability.trust.shortcuts_verdicts import ShortcutColumn, Span

if TYPE_CHECKING:
    from mlops_widgets.explainability.trust.shortcuts import ShortcutResult

Evidence = dict[str, float | int | str | bool | None]

_WRITTEN = (
    "Ask when and by whom the column is written: at the moment of the decision, or later, or only in the archive?"
)
_MOST_NAMED = 3


def find(result: "ShortcutResult") -> tuple[Finding, ...]:
    """Return the verdict, what each suspect is worth, what explanations show, and what would have been seen."""
    suspects = [*result.of("confirmed"), *result.of("suspected")]
    found = [_verdict(result)]
    found += [_worth(result, column) for column in suspects if column.worth_test]
    shown = _shown(result, suspects)
    return (*found, *([shown] if shown else []), _power(result))


def _verdict(result: "ShortcutResult") -> Finding:
    confirmed, suspected, opened = (result.of(verdict) for verdict in ("confirmed", "suspected", "open"))
    evidence: Evidence = {
        "confirmed": listed(column.column for column in confirmed) if confirmed else "", "suspected": len(suspected),
        "open": len(opened), "columns": len(result.columns), "margin": known(result.margin),
        "test_score": known(result.test_score), "production_score": known(result.production_score),
        "rest_test": known(result.rest_test), "rest_production": known(result.rest_production),
        "detectable": known(result.detectable), "test_rows": result.test_rows, "production_rows": result.production_rows,
    }  # fmt: skip
    if confirmed:
        return _confirmed(result, confirmed, evidence)
    if suspected:
        return _suspected(result, suspected, evidence)
    if not result.labelled:
        return _unlabelled(evidence)
    if opened:
        claim = (
            f"No shortcut is seen, but for {_names(opened)} it can't be told whether {_they(opened)} still work{_s(opened)} in "
            f"production to within the margin of {number(result.margin)} {result.metric_label}."
        )
        action = "Pass more labelled rows of test and production, or a wider margin=."
        return _finding("not_enough_data", claim, evidence, action)
    claim = (
        f"No shortcut: in production each of the {len(result.columns)} columns keeps half of its importance or more, or can't cost "
        f"more than the margin of {number(result.margin)} {result.metric_label}."
    )
    return _finding("passed", claim, evidence, "Look again when a column, the archive or the model changes.")


def _finding(status: Status, claim: str, evidence: Evidence, action: str, **more: float | str | None) -> Finding:
    cost, unit = more.get("cost"), more.get("cost_unit", "")
    return Finding(
        code="EX-SC-01", status=status, claim=claim, evidence=evidence, action=action,
        cost=cost if isinstance(cost, float) else None, cost_unit=str(unit),
    )  # fmt: skip


def _confirmed(result: "ShortcutResult", confirmed: tuple[ShortcutColumn, ...], evidence: Evidence) -> Finding:
    drifted = _everything_fell(result)
    first = confirmed[0]
    claim = (
        f"The model leans on {_shortcuts(confirmed)}: learned without {_them(confirmed)}, it scores {number(result.rest_test)} in "
        f"the test and {number(result.rest_production)} in production ({result.metric_label}), where it scores "
        f"{number(result.test_score)} and {number(result.production_score)} now."
    )
    if len(confirmed) == 1 and first.kind:
        claim += f" The column {first.kind}."
    if drifted:
        claim += " The other columns lost much in production too, so drift may be behind it."
    gain = result.rest_production - result.production_score
    gain = gain if result.greater_is_better else -gain
    action = f"Leave {_them(confirmed)} out and report {number(result.rest_test)} as the test score. {_WRITTEN}"
    return _finding(
        "warning" if drifted else "failed", claim, evidence, action, cost=max(float(gain), 0.0), cost_unit=result.metric_label
    )  # fmt: skip


def _everything_fell(result: "ShortcutResult") -> bool:
    """Say whether the model without the suspects lost more from test to production than the margin."""
    fell = result.rest_test - result.rest_production
    return bool((fell if result.greater_is_better else -fell) > result.margin)


def _suspected(result: "ShortcutResult", suspected: tuple[ShortcutColumn, ...], evidence: Evidence) -> Finding:
    first = suspected[0]
    why = result.not_refitted
    left = f" It isn't confirmed: {why}." if why else " Refits can't tell whether it costs more than the margin."
    claim = f"The model may lean on {_shortcuts(suspected)}: {_sign(result, first)}.{left}"
    return _finding("warning", claim, evidence, _WRITTEN)


def _sign(result: "ShortcutResult", column: ShortcutColumn) -> str:
    if result.labelled:
        said = (
            f"shuffling {column.column} costs {_in(column.importance_test)} {result.metric_label} in the test and "
            f"{_in(column.importance_production)} in production"
        )
    else:
        said = (
            f"{column.column} makes up {_in(column.lean_test, percent=True)} of how far the answers move in the test, and "
            f"{_in(column.lean_production, percent=True)} in production"
        )
    return f"{said}; it {column.kind}" if column.kind else said


def _unlabelled(evidence: Evidence) -> Finding:
    claim = (
        "No column that dominates the test stopped moving the answers in production. Whether one still tells the truth there "
        "can't be seen without labels in test and production."
    )  # fmt: skip
    return _finding("not_enough_data", claim, evidence, "Pass production's labels once they are known (labels=, ids=).")


def _worth(result: "ShortcutResult", column: ShortcutColumn) -> Finding:
    """EX-SC-02: what a suspect is worth in test and production, by refits without it."""
    says = {"confirmed": "a shortcut", "suspected": "whether it is a shortcut can't be told"}[column.verdict]
    claim = (
        f"Learned with {column.column}, the model scores {_in(column.worth_test)} better in the test and "
        f"{_signed(column.worth_production)} in production than without it ({result.metric_label}): {says}."
    )
    evidence: Evidence = {
        "column": column.column, "worth_test": column.worth_test.value, "worth_production": column.worth_production.value,
        "alone_test": known(column.alone_test), "alone_production": known(column.alone_production), "kind": column.kind,
        "margin": result.margin, "fit_rows": result.fit_rows,
    }  # fmt: skip
    if np.isfinite(column.alone_test) and np.isfinite(column.alone_production):
        claim += (
            f" Alone it explains {number(column.alone_test, 'percent')} of the target's variation in the test and "
            f"{number(column.alone_production, 'percent')} in production."
        )
    status: Status = "failed" if column.verdict == "confirmed" and not _everything_fell(result) else "warning"
    return Finding(code="EX-SC-02", status=status, claim=claim, evidence=evidence, action=_WRITTEN)


def _shown(result: "ShortcutResult", suspects: list[ShortcutColumn]) -> Finding | None:
    """EX-SC-03: what mean absolute contributions show of the first suspect, else of the top column."""
    explained = [column for column in result.columns if column.shap_test]
    if not explained:
        return None
    top = max(explained, key=lambda column: column.shap_test.value)
    column = next((each for each in suspects if each.shap_test), top)
    fell = column.shap_p_value <= 0.05 and column.shap_production.value < column.shap_test.value
    claim = (
        f"Of all contributions (mean |SHAP|), {column.column} has {_in(column.shap_test, percent=True)} in the test and "
        f"{_in(column.shap_production, percent=True)} in production ({p_words(column.shap_p_value)} for all columns at once)."
    )
    if suspects and not fell:
        claim += " Contributions say what the model does, not whether it is right: labels are what shows this one."
    evidence: Evidence = {
        "column": column.column, "share_test": column.shap_test.value, "share_production": column.shap_production.value,
        "p_value": column.shap_p_value, "rows": result.explained_rows, "fell": fell,
    }  # fmt: skip
    dominates = (
        " It is the column that the model leans on most: make sure that it is known at the decision."
        if column is top
        else ""
    )
    return Finding(
        code="EX-SC-03", status="warning" if suspects and fell else "passed", claim=claim, evidence=evidence,
        action=f"Look at the column that an explanation puts first before you ship.{dominates}",
    )  # fmt: skip


def _power(result: "ShortcutResult") -> Finding:
    """EX-SC-04: what the search would have seen."""
    evidence: Evidence = {"detectable": known(result.detectable), "margin": known(result.margin), "rows": result.rows}
    if not np.isfinite(result.detectable):
        claim = (
            "Without labels in test and production, only a column that dominates the test and stops moving the answers is "
            "seen; one that moves them as before and is wrong is not."
        )
        return Finding(code="EX-SC-04", status="not_enough_data", claim=claim, evidence=evidence, action="Pass labels.")
    claim = (
        f"A column that lost {number(result.detectable)} {result.metric_label} of its importance or more would have been seen in "
        f"80{chr(0x202F)}% of cases, whichever it is."
    )
    top = max(result.columns, key=lambda column: np.nan_to_num(column.importance_test.value))
    enough = result.detectable <= top.importance_test.value
    claim += f" The most important one, {top.column}, has {_in(top.importance_test)} in the test."
    evidence |= {"top": top.column, "top_importance": top.importance_test.value}
    return Finding(
        code="EX-SC-04", status="passed" if enough else "not_enough_data", claim=claim, evidence=evidence,
        action="" if enough else "Pass more labelled rows to see smaller ones.",
    )  # fmt: skip


def _in(span: Span, *, percent: bool = False) -> str:
    return estimate(span.value, known(span.lower), known(span.upper), "percent" if percent else "number")


def _signed(span: Span) -> str:
    if span.value >= 0:
        return f"{_in(span)} better"
    return f"{_in(Span(-span.value, -span.upper, -span.lower))} worse"


def _names(columns: tuple[ShortcutColumn, ...]) -> str:
    *others, last = [listed([column.column]) for column in columns[:_MOST_NAMED]]
    more = f" and {len(columns) - _MOST_NAMED} more" if len(columns) > _MOST_NAMED else ""
    return f"{', '.join(others)} and {last}" if others and not more else ", ".join([*others, last]) + more


def _shortcuts(columns: tuple[ShortcutColumn, ...]) -> str:
    return f"a shortcut, {columns[0].column}" if len(columns) == 1 else f"{len(columns)} shortcuts, {_names(columns)}"


def _them(columns: tuple[ShortcutColumn, ...]) -> str:
    return "it" if len(columns) == 1 else "them"


def _they(columns: tuple[ShortcutColumn, ...]) -> str:
    return "it" if len(columns) == 1 else "they"


def _s(columns: tuple[ShortcutColumn, ...]) -> str:
    return "s" if len(columns) == 1 else ""
