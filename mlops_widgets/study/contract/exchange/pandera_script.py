"""A contract as a Python script that builds the same checks with pandera; nothing but literals of it comes from the contract."""

from collections.abc import Iterator
from typing import Any

from mlops_widgets.study.contract.columns import WRITTEN, ColumnRules
from mlops_widgets.study.contract.contract import Contract, Rule
from mlops_widgets.study.contract.exchange.exported import Exported
from mlops_widgets.study.contract.exchange.pandera_helpers import HELPERS
from mlops_widgets.study.contract.patterns import portable

_HEAD = '''"""A data contract as a pandera schema: schema.validate(frame, lazy=True)."""

import datetime

import pandas as pd
import pandera.pandas as pa

'''


def write_script(contract: Contract) -> Exported:
    """Return the script; see `Contract.to_pandera`."""
    columns = "".join(f"        {column.name!r}: {_column(contract, column)},\n" for column in contract.columns)
    checks = "".join(f"        {check},\n" for check in _table_checks(contract))
    strict = contract.closed and contract.rule("closed").severity == "failed"
    schema = (
        f"schema = pa.DataFrameSchema(\n    columns={{\n{columns}    }},\n    checks=[\n{checks}    ],\n"
        f"    strict={strict!r},\n    name={contract.name!r},\n    description={contract.description!r},\n"
        f"    metadata={{'version': {contract.version!r}}},\n)\n"
    )
    written = f"WRITTEN = {dict(WRITTEN)!r}\n\n\n"
    return Exported(_HEAD + written + HELPERS + "\n" + schema, tuple(_lost(contract)))


def _column(contract: Contract, column: ColumnRules) -> str:
    rules = {
        rule.kind: rule
        for rule in contract.rules
        if rule.columns == (column.name,) and rule.id.startswith(column.name + ":")
    }
    on = {kind: rule for kind, rule in rules.items() if rule.severity != "off"}
    checks = [_check(rule, column) for kind, rule in on.items() if kind not in {"present", "missing"}]
    nullable = "missing" not in on or column.missing_share > 0
    if "missing" in on and nullable:
        checks.append(_call("missing_at_most", on["missing"], share=column.missing_share, ignore_na=False))
    options = {"nullable": nullable, "required": "present" in on, "description": column.description or None}
    said = ", ".join(f"{name}={value!r}" for name, value in options.items() if value is not None)
    return f"pa.Column(None, checks=[{', '.join(checks)}], {said})"


def _call(function: str, of: Rule, /, **options: Any) -> str:  # noqa: ANN401 - literals
    said = ", ".join(f"{name}={value!r}" for name, value in options.items())
    warning = ", raise_warning=True" if of.severity == "warning" else ""
    return f"pa.Check({function}, {said}, name={of.kind!r}{warning})"


def _check(rule: Rule, column: ColumnRules) -> str:
    if rule.kind == "unique":
        return _call("no_repeats", rule, columns=None)
    function, options = _FUNCTIONS[rule.kind]
    said = {name: _option(name, column) for name in options}
    if rule.tolerance:
        return _call("mostly", rule, rule=function, tolerance=rule.tolerance, **said)
    return _call(function, rule, **said)


def _option(name: str, column: ColumnRules) -> Any:  # noqa: ANN401 - a literal
    if name == "kind":
        return column.type
    if name == "allowed":
        return list(column.allowed)
    return portable(column.pattern) if name == "pattern" else getattr(column, name)


_FUNCTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "type": ("of_type", ("kind", "as_text")),
    "range": ("within", ("kind", "lower", "upper", "lower_inclusive", "upper_inclusive")),
    "allowed": ("one_of", ("allowed", "as_text")),
    "pattern": ("reads_as", ("pattern",)),
    "length": ("letters", ("shortest", "longest")),
}


def _table_checks(contract: Contract) -> Iterator[str]:
    def on(name: str) -> Rule | None:
        rule = contract.rule(name)
        return None if rule.severity == "off" else rule

    if (contract.least_rows is not None or contract.most_rows is not None) and (rule := on("rows")):
        yield _call("rows_between", rule, least=contract.least_rows, most=contract.most_rows, ignore_na=False)
    for key in contract.keys:
        if rule := on(key.id):
            yield _call("no_repeats", rule, columns=list(key.columns), ignore_na=False)
    for each in contract.dependencies:
        if rule := on(each.id):
            yield _call(
                "decides",
                rule,
                determinant=list(each.determinant),
                dependent=each.dependent,
                tolerance=each.tolerance,
                ignore_na=False,
            )
    for order in contract.orders:
        if rule := on(order.id):
            kind = contract[order.first].type
            yield _call(
                "never_above",
                rule,
                first=order.first,
                second=order.second,
                tolerance=order.tolerance,
                kind=kind,
                ignore_na=False,
            )


def _lost(contract: Contract) -> Iterator[str]:
    for rule in contract.rules:
        if rule.severity == "off":
            yield f"{rule.id} is off and isn't written."
        elif rule.severity == "warning" and rule.kind in {"present", "closed"} | (
            {"missing"} if not rule.tolerance else set()
        ):
            yield (
                f"{rule.id} only warns: pandera fails."
                if rule.kind != "closed"
                else f"{rule.id} only warns: it isn't written."
            )
    if contract.freshness is not None:
        yield "Freshness needs to know what time it is: pandera doesn't."
    if any(rule.tolerance for rule in contract.rules):
        yield "A tolerated share is compared as it is: pandera doesn't say that rows are too few."
    if contract.notes:
        yield "Notes aren't written."
