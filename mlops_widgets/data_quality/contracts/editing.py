"""A contract while a person edits it: what each rule's fields say, and what a table would make of them."""

import csv
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlops_widgets.core.codec import IN_MEMORY
from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.core.words import number, short
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.contract.checking import Outcome
from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Rule
from mlops_widgets.study.contract.words import in_words

_FIELDS: dict[str, tuple[str, ...]] = {
    "range": ("lower", "upper"), "allowed": ("allowed",), "missing": ("missing_percent",), "pattern": ("pattern",),
    "length": ("shortest", "longest"), "type": ("type",),
}  # fmt: skip
"""Kind of rule → what of it can be typed."""


@dataclass(frozen=True, kw_only=True)
class EditLine:
    """One rule as a form shows it.

    Parameters
    ----------
    rule, asks
        Its name, and what it asks in words.
    fields
        Name → text, of what can be typed.
    severity
        What a breach is: "failed", "warning" or "off".
    says
        What the table makes of it: "would fail 12 of 2,000 cells"; "" without a table.
    broken
        Whether the table breaks it.
    share
        Share of cells or rows that break it, 0 to 1; 0 without a table.
    """

    rule: str
    asks: str
    fields: Mapping[str, str]
    severity: str
    says: str
    broken: bool
    share: float = 0.0


@dataclass(frozen=True, kw_only=True)
class EditedContract(Result):
    """A contract in the state that it is edited in.

    Parameters
    ----------
    name, version
        What the contract is called, and its edition.
    lines
        One a rule, in the contract's order.
    edits
        How many edits can be undone.
    contract
        The contract; None in a result that was read from a file.
    """

    name: str
    version: str
    lines: tuple[EditLine, ...]
    edits: int = 0
    contract: Contract | None = field(default=None, metadata=IN_MEMORY, repr=False)


def edited(contract: Contract, outcomes: Mapping[str, Outcome], *, rows: int, edits: int) -> EditedContract:
    """Return the state of an edit: the contract, and what a table makes of each of its rules, as far as there is one."""
    status: Status = "not_run"
    lines = tuple(_line(contract, rule, outcomes.get(rule.id)) for rule in contract.rules if rule.kind != "present")
    broken = sum(line.broken for line in lines)
    what = f"contract {short(contract.name)!r} with {len(contract.rules):,} rules"
    if not rows:
        claim, status = f"No table to try {what} on.", "not_run"
    else:
        claim = (
            f"This table of {rows:,} rows breaks {broken:,} of the rules of {what}."
            if broken
            else f"This table of {rows:,} rows keeps {what}."
        )
        status = "warning" if broken else "passed"
    finding = Finding(
        code="DQ-IC-01", status=status, claim=claim, action="Save it by editor.contract.save('contract.toml')."
    )
    return EditedContract(
        findings=(finding,),
        rows=rows,
        name=contract.name,
        version=contract.version,
        lines=lines,
        edits=edits,
        contract=contract,
    )


def _line(contract: Contract, rule: Rule, outcome: Outcome | None) -> EditLine:
    column = contract[rule.columns[0]] if rule.kind in _FIELDS else None
    fields = {} if column is None else {name: _text(column, name) for name in _FIELDS[rule.kind]}
    broken = outcome is not None and outcome.beyond
    return EditLine(
        rule=rule.id,
        asks=in_words(contract, rule),
        fields=fields,
        severity=rule.severity,
        says=_says(rule, outcome),
        broken=broken,
        share=0.0 if outcome is None else outcome.share,
    )


def _says(rule: Rule, outcome: Outcome | None) -> str:
    if rule.severity == "off":
        return "not checked"
    if outcome is None:
        return ""
    if not outcome.measured:
        return outcome.reason
    if not outcome.broken:
        return "all keep it"
    if rule.kind in {"rows", "freshness", "closed"}:
        return outcome.reason
    noun = "rows" if rule.kind in {"key", "dependency", "order"} else "cells"
    what = f"{number(outcome.broken, 'integer')} of {number(outcome.checked, 'integer')} {noun}"
    return f"would fail {what}" if outcome.beyond else f"tolerates {what}"


def _text(column: ColumnRules, name: str) -> str:
    if name == "missing_percent":
        return f"{column.missing_share * 100:.6g}"
    if name == "allowed":
        return ", ".join(_quoted(str(value)) for value in column.allowed)
    value = getattr(column, name)
    return "" if value is None else str(value)


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""')) if set(text) & set(',"') or text != text.strip() else text


def apply_edit(contract: Contract, rule: str, name: str, value: object) -> Contract:
    """Return the contract after one edit of a form.

    Parameters
    ----------
    contract
        The contract before.
    rule
        The rule that is edited.
    name
        "severity", or one of the rule's fields.
    value
        What was typed.

    Raises
    ------
    UnknownNameError
        If there is no such rule or field.
    InputError
        If the value can't be read, or contradicts other rules.
    """
    found = contract.rule(rule)
    if name == "severity":
        return contract.set_severity(rule, value)  # type: ignore[arg-type]  # checked there
    known = _FIELDS.get(found.kind, ())
    if name not in known:
        raise UnknownNameError(
            f"Rule {rule[:80]!r} has no field {name[:40]!r}. Fields: {listed((*known, 'severity'))}.{did_you_mean(name, known)}"
        )
    column = contract[found.columns[0]]
    text = str(value).strip()
    if name == "missing_percent":
        share = _number(text, name)
        if share is None or not 0 <= share <= 100:
            raise InputError(f"missing_percent={text[:40]!r}. Pass a number from 0 to 100.")
        return _kept(contract, rule, column.name, missing_share=share / 100)
    return _kept(contract, rule, column.name, **{name: _READ[name](text, column)})


def _kept(contract: Contract, rule: str, column: str, **rules: Any) -> Contract:  # noqa: ANN401 - values of rules
    """Refuse an edit that would remove its rule: the form would lose its row; a rule is switched off instead."""
    changed = contract.set_column(column, **rules)
    if rule not in {each.id for each in changed.rules}:
        raise InputError(f"Without a value there is no rule {rule[:80]!r}. Switch it off instead.")
    return changed


def _number(text: str, name: str) -> float | int | None:
    if not text:
        return None
    try:
        value = float(text.replace("_", "").replace("\u2212", "-"))
    except ValueError as error:
        raise InputError(f"{name}={text[:40]!r} is no number.") from error
    if not math.isfinite(value):
        raise InputError(f"{name}={text[:40]!r}. Pass a finite number.")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _bound(name: str) -> Callable[[str, ColumnRules], Any]:
    def read(text: str, column: ColumnRules) -> Any:  # noqa: ANN401 - a number or ISO text
        return (text or None) if column.type in {"date", "timestamp"} else _number(text, name)

    return read


def _count(name: str) -> Callable[[str, ColumnRules], Any]:
    return lambda text, _column: _number(text, name)


def _values(text: str, column: ColumnRules) -> tuple[Any, ...]:
    try:
        cells = next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error as error:
        raise InputError(
            f"allowed={text[:60]!r} can't be read: {error}. Separate values by commas, quote those with one."
        ) from error
    first = column.allowed[0] if column.allowed else ""
    if isinstance(first, bool):
        return tuple({"true": True, "false": False}.get(cell.strip().lower(), cell) for cell in cells)
    return tuple(cell if isinstance(first, str) else _number(cell.strip(), "allowed") for cell in cells)


_READ: dict[str, Callable[[str, ColumnRules], Any]] = {
    "lower": _bound("lower"), "upper": _bound("upper"), "allowed": _values, "pattern": lambda text, _column: text,
    "shortest": _count("shortest"), "longest": _count("longest"), "type": lambda text, _column: text or None,
}  # fmt: skip
