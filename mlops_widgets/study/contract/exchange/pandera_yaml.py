"""A contract as YAML that pandera's `DataFrameSchema.from_yaml` reads."""

from collections.abc import Iterator
from typing import Any

from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Rule
from mlops_widgets.study.contract.exchange.exported import Exported
from mlops_widgets.study.contract.patterns import portable

_TYPES = {
    "string": ("str", False), "integer": ("Int64", True), "number": ("float64", True), "boolean": ("boolean", True),
    "date": ("datetime64[ns]", True), "timestamp": ("datetime64[ns]", True),
}  # fmt: skip
"""Type → pandera's name of it, and whether cells are converted first: pandas has several types for each."""
TABLE_KINDS = frozenset({"rows", "dependency", "order", "freshness"})


def write_yaml(contract: Contract) -> Exported:
    """Return the YAML; see `Contract.to_pandera_yaml`."""
    import yaml

    on = {rule.id: rule for rule in contract.rules if rule.severity != "off"}
    schema: dict[str, Any] = {
        "schema_type": "dataframe", "api": "pandas", "name": contract.name, "description": contract.description or None,
        "metadata": {"version": contract.version},
        "columns": {column.name: _column(column, on) for column in contract.columns}, "checks": None, "index": None,
        "strict": "closed" in on, "unique": next((list(key.columns) for key in contract.keys if key.id in on), None),
    }  # fmt: skip
    text = yaml.safe_dump(
        {name: value for name, value in schema.items() if value is not None}, sort_keys=False, allow_unicode=True
    )
    return Exported(text, tuple(_lost(contract, on)))


def _column(column: ColumnRules, on: dict[str, Rule]) -> dict[str, Any]:
    def has(kind: str) -> bool:
        return f"{column.name}: {kind}" in on

    dtype, coerce = _TYPES[column.type] if column.type is not None and has("type") else (None, False)
    said: dict[str, Any] = {
        "description": column.description or None, "dtype": dtype, "coerce": coerce or None,
        "nullable": not has("missing") or column.missing_share > 0, "required": has("present"),
        "unique": True if column.unique and has("unique") and column.missing_share == 0 else None,
    }  # fmt: skip
    checks = {name: value for name, value, kind in _checks(column) if has(kind)}
    return {name: value for name, value in said.items() if value is not None} | checks


def _checks(column: ColumnRules) -> Iterator[tuple[str, Any, str]]:
    """Yield pandera's check, its value, and the kind of rule it stands for; a tolerance can't be said, so it isn't written."""
    if column.tolerance:
        return
    if column.lower is not None:
        yield "greater_than_or_equal_to" if column.lower_inclusive else "greater_than", _bound(column.lower), "range"
    if column.upper is not None:
        yield "less_than_or_equal_to" if column.upper_inclusive else "less_than", _bound(column.upper), "range"
    if column.allowed:
        yield "isin", list(column.allowed), "allowed"
    if column.pattern:
        yield "str_matches", portable(column.pattern), "pattern"
    if column.shortest is not None or column.longest is not None:
        yield "str_length", {"min_value": column.shortest, "max_value": column.longest}, "length"


def _bound(bound: Any) -> Any:  # noqa: ANN401 - a number or ISO text
    if not isinstance(bound, str):
        return bound
    return f"{bound} 00:00:00" if len(bound) == len("2024-01-31") else bound.replace("T", " ")[:19]


def _lost(contract: Contract, on: dict[str, Rule]) -> Iterator[str]:
    for rule in contract.rules:
        if rule.id not in on:
            yield f"{rule.id} is off and isn't written."
        elif rule.kind in TABLE_KINDS:
            yield f"{rule.id}: pandera's YAML has no check for it."
        elif rule.kind == "type":
            yield from _lost_types(contract[rule.columns[0]])
        elif said := _unsaid(rule, contract):
            yield f"{rule.id}{said}"
        if rule.id in on and rule.severity == "warning":
            yield f"{rule.id} only warns: pandera fails."
    for key in contract.keys[1:]:
        yield f"{key.id}: pandera's YAML has one key."
    if contract.notes:
        yield "Notes aren't written."


def _unsaid(rule: Rule, contract: Contract) -> str:
    """Return why a rule of one column isn't written, or ""."""
    if rule.kind == "missing" and rule.tolerance:
        return ": any share may be missing in pandera's YAML."
    if rule.kind == "unique" and contract[rule.columns[0]].missing_share:
        return ": pandera takes two missing cells for a repeat, so it isn't written."
    if rule.kind in {"range", "allowed", "pattern", "length"} and rule.tolerance:
        return " tolerates a share, which pandera's YAML can't say: it isn't written."
    return ""


def _lost_types(column: ColumnRules) -> Iterator[str]:
    if column.type != "string":
        yield "Cells are converted before they are checked, so text that reads as the type passes."
    if column.type == "date":
        yield f"{column.name}: type is a timestamp in pandera's YAML."
