"""Which columns are personal, in sentences."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import interval, number, short
from mlops_widgets.errors import listed
from mlops_widgets.study.personal.detection import PersonalColumn

if TYPE_CHECKING:
    from mlops_widgets.data_quality.stewardship.personal_data import PersonalDataResult

_OVERRIDE = "What isn't so, say in labels={'personal': {column: 'no'}} of load_study."
_SHOWN = 3
_LIMIT = "What has no known shape or name isn't found."


def find(result: "PersonalDataResult") -> tuple[Finding, ...]:
    """Return which columns are personal, which of these the model takes, and what is too little to tell."""
    return (_columns(result), *_inputs(result), *_too_few(result))


def _columns(r: "PersonalDataResult") -> Finding:
    """DQ-PD-01: which columns are personal."""
    sure = [each for each in r.columns if each.basis != "too few to tell"]
    columns = tuple(dict.fromkeys(each.column for each in sure))
    evidence = {"columns": len(columns), "of": r.looked_at, "rows": r.rows}
    of = f"{number(r.looked_at, 'integer')} {'column' if r.looked_at == 1 else 'columns'}"
    if not sure:
        return Finding(
            code="DQ-PD-01", status="passed", claim=f"No personal data was recognised in {of}. {_LIMIT}", evidence=evidence,
            action="Say which columns are personal all the same: labels={'personal': {column: 'yes'}} of load_study.",
        )  # fmt: skip
    first = {each.column: each for each in reversed(sure)}
    said = _joined([_said(first[name]) for name in columns])
    return Finding(
        code="DQ-PD-01", status="warning",
        claim=f"{number(len(columns), 'integer')} of {of} {'holds' if len(columns) == 1 else 'hold'} personal data: {said}.", evidence=evidence,
        action=f"Leave them out, or record why they are needed (record_data). They are shown masked. {_OVERRIDE}",
    )  # fmt: skip


def _joined(parts: list[str]) -> str:
    more = len(parts) - _SHOWN
    return "; ".join(parts[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _said(each: PersonalColumn) -> str:
    share = f"{number(each.share, 'percent')} of cells, {interval(each.lower, each.upper, 'percent')}"
    return f"{short(each.column)} ({each.label}, {each.basis}, {share})"


def _inputs(r: "PersonalDataResult") -> tuple[Finding, ...]:
    """DQ-PD-02: personal columns that the model takes."""
    if not r.inputs:
        return ()
    many = len(r.inputs) > 1
    return (
        Finding(
            code="DQ-PD-02", status="warning",
            claim=f"The model takes {number(len(r.inputs), 'integer')} of them as {'inputs' if many else 'an input'}: {listed(r.inputs, most=_SHOWN)}.",
            evidence={"inputs": len(r.inputs)},
            action="Refit without them and compare: what names a person rarely helps with the next one.",
        ),
    )  # fmt: skip


def _too_few(r: "PersonalDataResult") -> tuple[Finding, ...]:
    """DQ-PD-03: check digits are right, on so few numbers that this may be chance."""
    few = [each for each in r.columns if each.basis == "too few to tell"]
    if not few:
        return ()
    said = _joined([f"{short(each.column)} ({each.label})" for each in few])
    numbers = sum(each.candidates for each in few)
    return (
        Finding(
            code="DQ-PD-03", status="not_enough_data",
            claim=f"Too few numbers ({numbers}) to tell whether their right check digits are chance: {said}. They are masked as if they weren't.",
            evidence={"numbers": numbers, "columns": len(few)}, action=f"Look at them. {_OVERRIDE}",
        ),
    )  # fmt: skip
