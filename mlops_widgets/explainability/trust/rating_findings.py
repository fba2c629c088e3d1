"""What was checked of an explanation, as findings."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.explainability.attribution.explanation import Check, Engine

if TYPE_CHECKING:
    from mlops_widgets.explainability.trust.rating import TrustResult

_NUMBERS = {
    "additivity": 2, "sharing out": 3, "repeatability": 4, "re-estimate": 5, "sampling error": 6, "leading columns": 7,
    "other seeds": 8, "faithfulness": 9, "off-manifold": 10, "local fit": 11, "stability": 12, "penalty": 13,
    "independent re-estimate": 14,
}  # fmt: skip
_LIME = 20
_OTHER = 15
_SAID: dict[Status, str] = {
    "passed": "can be relied on", "warning": "can be relied on with care", "not_enough_data": "can be relied on with care",
    "failed": "must not be relied on",
}  # fmt: skip
_NAMES: dict[Engine, str] = {"shap": "SHAP", "lime": "LIME"}
_ACTIONS = {
    "additivity": "Ask with method='shap', which falls back to asking the model.",
    "sharing out": "Ask with method='shap', which falls back to asking the model.",
    "repeatability": "Make predict answer each row by itself and the same each time, then explain again.",
    "re-estimate": "Ask for more pairs, such as pairs=50.",
    "independent re-estimate": "Explain the rows again: these numbers aren't the model's.",
    "sampling error": "Ask for more pairs, such as pairs=50.",
    "leading columns": "Ask for more pairs, such as pairs=50, or don't name one of these columns as the reason.",
    "other seeds": "Ask for more rows in the background, such as background=500, or more samples.",
    "faithfulness": "Explain the rows again, with more pairs or samples; until then don't rely on the order of the columns.",
    "stability": "Draw more samples, such as samples=20_000, and don't name one of these columns as the reason.",
    "penalty": "Draw more samples, or widen the kernel.",
}  # fmt: skip
_MORE_ROWS = "Rate several rows together, such as rows=range(20); until then don't rely on the order of the columns."


def find(result: "TrustResult") -> tuple[Finding, ...]:
    """Return the verdict, then each check's."""
    return (_verdict(result), *(_finding(each.engine, each.check) for each in result.checks))


def _verdict(result: "TrustResult") -> Finding:
    verdicts = {engine: result.verdict(engine) for engine in result.engines}
    told = [f"{_NAMES[engine]} {_SAID.get(status, 'was not checked')}" for engine, status in verdicts.items()]
    worst = min(verdicts.values(), key=("failed", "warning", "not_enough_data", "passed", "not_applicable").index)
    bad = [each for each in result.checks if each.check.status == worst and worst != "passed"]
    reasons = [each.check for each in bad]
    why = (
        f" ({_NAMES[bad[0].engine]}: {reasons[0].text[:1].lower()}{reasons[0].text[1:].removesuffix('.')})."
        if bad
        else "."
    )
    rows = f"{len(result.row_names):,} rows" if len(result.row_names) > 1 else result.row_names[0]
    return Finding(
        code="EX-TR-01", status=worst, claim=f"{rows}: {'; '.join(told)}{why}",
        evidence={_NAMES[engine]: status for engine, status in verdicts.items()} | {"rows": result.checked_rows},
        action=next(filter(None, map(_action, reasons)), ""),
    )  # fmt: skip


def _finding(engine: Engine, check: Check) -> Finding:
    number = _NUMBERS.get(check.name, _OTHER) + (_LIME if engine == "lime" else 0)
    return Finding(
        code=f"EX-TR-{number:02d}", status=check.status, claim=f"{_NAMES[engine]}, {check.name}: {check.text}",
        evidence={"value": check.value, "limit": check.limit}, action=_action(check),
    )  # fmt: skip


def _action(check: Check) -> str:
    if check.status in {"passed", "not_applicable"}:
        return ""
    # One row has too few orders to tell from chance, however exact its numbers are.
    return (
        _MORE_ROWS
        if (check.name, check.status) == ("faithfulness", "not_enough_data")
        else _ACTIONS.get(check.name, "")
    )
