"""A contract as YAML of the Open Data Contract Standard, version 3.1.0 (bitol.io)."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Rule
from mlops_widgets.study.contract.exchange.exported import Exported

ENGINE = "mlops-widgets"
AS_TEXT = "asText"
OPTIONAL = "optional"


def write_odcs(contract: Contract) -> Exported:
    """Return the YAML; see `Contract.to_odcs`."""
    import yaml

    on = {rule.id: rule for rule in contract.rules if rule.severity != "off"}
    table: dict[str, Any] = {
        "name": contract.name, "logicalType": "object", "physicalType": "table",
        "properties": [_property(column, on) for column in contract.columns], "quality": list(_table_quality(contract, on)),
    }  # fmt: skip
    said: dict[str, Any] = {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": _id(contract), "version": contract.version, "status": "active",
        "name": contract.name, "description": {"purpose": contract.description} if contract.description else None,
        "schema": [_filled(table)], "slaProperties": _sla(contract, on),
    }  # fmt: skip
    text = yaml.safe_dump(_filled(said), sort_keys=False, allow_unicode=True)
    return Exported(text, tuple(_lost(contract, on)))


def _filled(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value not in (None, [], {})}


def _id(contract: Contract) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", contract.name.lower()).strip("-")[:40]
    return f"{slug or 'contract'}-{hashlib.sha256(contract.name.encode('utf-8', 'backslashreplace')).hexdigest()[:8]}"


def _property(column: ColumnRules, on: dict[str, Rule]) -> dict[str, Any]:
    def has(kind: str) -> bool:
        return f"{column.name}: {kind}" in on

    custom = {AS_TEXT: column.as_text and has("type"), OPTIONAL: not has("present")}
    return _filled({
        "name": column.name, "description": column.description, "logicalType": column.type if has("type") else None,
        "required": True if has("missing") and not column.missing_share else None,
        "unique": True if has("unique") else None,
        "logicalTypeOptions": _options(column, on), "quality": list(_quality(column, on)),
        "customProperties": [{"property": name, "value": True} for name, value in custom.items() if value],
    })  # fmt: skip


def _options(column: ColumnRules, on: dict[str, Rule]) -> dict[str, Any]:
    """Return bounds, lengths and pattern, which the standard knows for columns that have a type."""
    said: dict[str, Any] = {}
    if not _has_options(column, on):
        return said
    if f"{column.name}: range" in on:
        said["minimum" if column.lower_inclusive else "exclusiveMinimum"] = column.lower
        said["maximum" if column.upper_inclusive else "exclusiveMaximum"] = column.upper
    if f"{column.name}: length" in on:
        said |= {"minLength": column.shortest, "maxLength": column.longest}
    if f"{column.name}: pattern" in on:
        said["pattern"] = f"^(?:{column.pattern})$"
    return {name: value for name, value in said.items() if value is not None}


def _has_options(column: ColumnRules, on: dict[str, Rule]) -> bool:
    return not column.tolerance and column.type is not None and f"{column.name}: type" in on


def _quality(column: ColumnRules, on: dict[str, Rule]) -> Iterator[dict[str, Any]]:
    missing, allowed = on.get(f"{column.name}: missing"), on.get(f"{column.name}: allowed")
    if missing and column.missing_share > 0:
        yield {
            "type": "library", "metric": "nullValues", "mustBeLessOrEqualTo": _percent(column.missing_share), "unit": "percent",
            "severity": _severity(missing), "dimension": "completeness",
        }  # fmt: skip
    if allowed:
        yield {
            "type": "library", "metric": "invalidValues", "arguments": {"validValues": list(column.allowed)}, **_at_most(allowed),
            "severity": _severity(allowed), "dimension": "conformity",
        }  # fmt: skip
    if column.tolerance or not _has_options(column, on):
        for kind, arguments in _tolerated(column):
            rule = on.get(f"{column.name}: {kind}")
            if rule:
                yield {
                    "type": "custom",
                    "engine": ENGINE,
                    "implementation": {"rule": kind, **arguments, "tolerance": rule.tolerance},
                    "severity": _severity(rule),
                }


def _tolerated(column: ColumnRules) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rules that the standard's options can't say with a tolerance."""
    yield "range", _filled({"lower": column.lower, "upper": column.upper}) | {
        "lower_inclusive": column.lower_inclusive, "upper_inclusive": column.upper_inclusive,
    }  # fmt: skip
    yield "pattern", {"pattern": column.pattern}
    yield (
        "length",
        {
            name: value
            for name, value in (("shortest", column.shortest), ("longest", column.longest))
            if value is not None
        },
    )


def _percent(share: float) -> float:
    return float(f"{share * 100:.12g}")


def _at_most(rule: Rule) -> dict[str, Any]:
    return {"mustBeLessOrEqualTo": _percent(rule.tolerance), "unit": "percent"} if rule.tolerance else {"mustBe": 0}


def _severity(rule: Rule) -> str:
    return "error" if rule.severity == "failed" else "warning"


def _table_quality(contract: Contract, on: dict[str, Rule]) -> Iterator[dict[str, Any]]:
    rows = on.get("rows")
    if rows:
        yield {"type": "library", "metric": "rowCount", **_row_bounds(contract), "severity": _severity(rows)}
    for key in contract.keys:
        if key.id in on:
            yield {
                "type": "library", "metric": "duplicateValues", "arguments": {"properties": list(key.columns)}, "mustBe": 0,
                "severity": _severity(on[key.id]), "dimension": "uniqueness",
            }  # fmt: skip
    for each in contract.dependencies:
        if each.id in on:
            rule = {
                "rule": "dependency",
                "determinant": list(each.determinant),
                "dependent": each.dependent,
                "tolerance": each.tolerance,
            }
            yield {
                "type": "custom",
                "engine": ENGINE,
                "implementation": rule,
                "severity": _severity(on[each.id]),
                "dimension": "consistency",
            }
    for order in contract.orders:
        if order.id in on:
            rule = {"rule": "order", "first": order.first, "second": order.second, "tolerance": order.tolerance}
            yield {
                "type": "custom",
                "engine": ENGINE,
                "implementation": rule,
                "severity": _severity(on[order.id]),
                "dimension": "consistency",
            }
    if "closed" in on:
        yield {
            "type": "custom",
            "engine": ENGINE,
            "implementation": {"rule": "closed"},
            "severity": _severity(on["closed"]),
        }


def _row_bounds(contract: Contract) -> dict[str, Any]:
    least, most = contract.least_rows, contract.most_rows
    if least is not None and most is not None:
        return {"mustBe": least} if least == most else {"mustBeBetween": [least, most]}
    return {"mustBeLessOrEqualTo": most} if least is None else {"mustBeGreaterOrEqualTo": least}


def _sla(contract: Contract, on: dict[str, Rule]) -> list[dict[str, Any]]:
    fresh = contract.freshness
    if fresh is None or fresh.id not in on:
        return []
    return [{"property": "latency", "value": fresh.hours, "unit": "h", "element": f"{contract.name}.{fresh.column}"}]


def _lost(contract: Contract, on: dict[str, Rule]) -> Iterator[str]:
    for rule in contract.rules:
        if rule.id not in on:
            yield f"{rule.id} is off and isn't written."
        elif rule.severity == "warning" and rule.kind in {
            "present",
            "type",
            "unique",
            "range",
            "pattern",
            "length",
            "freshness",
        }:
            column = contract[rule.columns[0]]
            if rule.kind not in {"range", "pattern", "length"} or _has_options(column, on):
                yield f"{rule.id} only warns: the standard has no severity for it."
        elif rule.kind == "missing" and not rule.tolerance and rule.severity == "warning":
            yield f"{rule.id} only warns: the standard has no severity for it."
    said = {rule.columns[0] for rule in on.values() if rule.kind in {"range", "allowed", "pattern", "length"}}
    for rule in on.values():
        if rule.kind == "type" and rule.tolerance and rule.columns[0] not in said:
            yield f"{rule.id}: the share that is tolerated isn't written."
    if contract.notes:
        yield "Notes aren't written."
