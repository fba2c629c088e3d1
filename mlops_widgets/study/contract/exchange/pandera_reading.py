"""Pandera's schemas read back: YAML as data, Python scripts as syntax trees that are never run."""

import ast
import re
from collections.abc import Mapping
from typing import Any

from mlops_widgets.errors import InputError, listed
from mlops_widgets.study.contract.contract import Contract, Key
from mlops_widgets.study.contract.exchange.foreign_checks import ColumnDraft, TableDraft
from mlops_widgets.study.contract.exchange.pandera_helpers import helper_functions

_MOST_LETTERS = 1_000_000
_SCRIPT = re.compile(r"^(?:import|from) ", re.MULTILINE)
_SCHEMA = {
    "columns", "checks", "index", "dtype", "coerce", "strict", "name", "ordered", "unique", "report_duplicates", "unique_column_names",
    "add_missing_columns", "title", "description", "metadata", "drop_invalid_rows", "schema_type", "api", "version",
    "dataframe_library", "parsers",
}  # fmt: skip
_SILENT = {
    "columns",
    "name",
    "description",
    "title",
    "metadata",
    "unique",
    "strict",
    "schema_type",
    "api",
    "version",
    "dataframe_library",
    "report_duplicates",
}


def read_pandera(text: str, *, name: str) -> Contract:
    """Return the contract of a schema in YAML or in a Python script; see `Contract.from_pandera`."""
    if not isinstance(text, str):
        raise InputError(f"text={type(text).__name__}. Pass the YAML or the script as text.")
    if len(text) > _MOST_LETTERS:
        raise InputError(f"The schema has {len(text):,} letters. Allowed: {_MOST_LETTERS:,}.")
    found = _from_script(text) if _SCRIPT.search(text) else _from_yaml(text)
    return _contract(found, name)


def _from_yaml(text: str) -> Mapping[str, Any]:
    import yaml

    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"text is no YAML: {str(error)[:200]}.") from error
    if not isinstance(found, Mapping) or not isinstance(found.get("columns"), Mapping | list):
        raise InputError("text holds no pandera schema: a map with columns: is needed. Write one by schema.to_yaml().")
    return found


def _contract(found: Mapping[str, Any], name: str) -> Contract:
    unknown = [key for key in found if key not in _SCHEMA]
    if unknown:
        raise InputError(
            f"The schema holds unknown names {listed(unknown)}. Known: {listed(sorted(_SCHEMA), most=30)}."
        )
    table = TableDraft()
    table.lost += [
        f"{key} of the schema isn't taken over."
        for key, value in found.items()
        if key not in _SILENT and key != "checks" and value
    ]
    for column, rules in _columns(found.get("columns")):
        table.add_column(_column(column, rules))
    for check in found.get("checks") or ():
        table.add_check(*_named(check))
    unique = found.get("unique")
    keys = (Key(columns=(unique,) if isinstance(unique, str) else tuple(map(str, unique))),) if unique else ()
    version = (
        (found.get("metadata") or {}).get("version", "1.0.0")
        if isinstance(found.get("metadata") or {}, Mapping)
        else "1.0.0"
    )
    return table.contract(
        name=str(found.get("name") or name), version=str(version), description=str(found.get("description") or ""),
        closed=found.get("strict") is True, keys=keys,
    )  # fmt: skip


def _columns(found: Any) -> list[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401 - whatever a file held
    pairs: list[tuple[Any, Any]] = (
        list(found.items())
        if isinstance(found, Mapping)
        else [(each.get("name"), each) for each in found or () if isinstance(each, Mapping)]
    )
    for name, rules in pairs:
        if not isinstance(name, str) or not isinstance(rules, Mapping):
            raise InputError(f"columns: {str(name)[:60]!r} isn't a name with a map of rules.")
    return pairs


_OPTIONS = {
    "dtype",
    "nullable",
    "unique",
    "coerce",
    "required",
    "regex",
    "default",
    "report_duplicates",
    "drop_invalid_rows",
    "title",
    "description",
    "metadata",
    "name",
    "checks",
    "parsers",
}


def _column(name: str, rules: Mapping[str, Any]) -> ColumnDraft:
    draft = ColumnDraft(name)
    draft.read_type(rules.get("dtype"))
    draft.rules |= {
        "missing_share": 1.0 if rules.get("nullable") else 0.0,
        "required": rules.get("required", True) is not False,
    }
    draft.rules |= {"unique": bool(rules.get("unique")), "description": str(rules.get("description") or "")}
    draft.lost += [
        f"{name}: {option} isn't taken over."
        for option in ("regex", "default", "parsers", "drop_invalid_rows")
        if rules.get(option)
    ]
    checks = rules.get("checks") or ()
    flat = [{key: value} for key, value in rules.items() if key not in _OPTIONS]
    checks = [checks] if isinstance(checks, tuple) and checks and isinstance(checks[0], str) else checks
    listed_checks = [{key: value} for key, value in checks.items()] if isinstance(checks, Mapping) else list(checks)
    for check in (*flat, *listed_checks):
        draft.add_check(*_named(check))
    return draft


def _named(check: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401 - whatever a file held
    """Return a check's name and its arguments; it is a pair, a map of one name, or a map with options."""
    if isinstance(check, tuple):
        return check
    if not isinstance(check, Mapping):
        raise InputError(f"A check is {type(check).__name__}. Allowed: a map of its name and arguments.")
    options = check.get("options")
    if isinstance(options, Mapping) and "check_name" in options:
        named = {key: value for key, value in check.items() if key != "options"}
        return str(options["check_name"]), named | {key: value for key, value in options.items() if key != "check_name"}
    name, value = next(iter(check.items()))
    return str(name), dict(value) if isinstance(value, Mapping) else {"value": value}


def _from_script(text: str) -> dict[str, Any]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"text is no Python script: {str(error)[:200]}.") from error
    ours = helper_functions()
    defined = {each.name: ast.dump(each) for each in tree.body if isinstance(each, ast.FunctionDef)}
    reader = _Reader({name for name, body in defined.items() if ours.get(name) == body})
    try:
        calls = [
            each.value
            for each in tree.body
            if isinstance(each, ast.Assign | ast.Expr | ast.AnnAssign) and _called(each.value) == "DataFrameSchema"
        ]
        if not calls:
            raise InputError(
                "The script builds no DataFrameSchema at its top. Of a DataFrameModel pass Model.to_schema().to_yaml()."
            )
        return reader.schema(calls[-1])
    except RecursionError as error:
        raise InputError("The script is nested too deep.") from error


def _called(node: ast.AST | None) -> str:
    """Return the name that is called: `Check.ge` of `pa.Check.ge(0)`; "" where nothing is."""
    if not isinstance(node, ast.Call):
        return ""
    return _dotted(node.func).removeprefix("pa.").removeprefix("pandera.").removeprefix("pd.")


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "(…)"


_POSITIONS = {"Column": ("dtype", "checks", "parsers", "nullable", "unique"), "DataFrameSchema": ("columns", "checks")}
_NAMES = {"str": "str", "int": "int", "float": "float", "bool": "bool", "object": "object"}


class _Reader:
    """Literals and a few calls of pandera, read from a syntax tree."""

    def __init__(self, helpers: set[str]) -> None:
        self._helpers = helpers

    def schema(self, node: ast.AST | None) -> dict[str, Any]:
        """Return the arguments of a call of `DataFrameSchema`."""
        found = self._arguments(node, "DataFrameSchema") if node is not None else {}
        if isinstance(found.get("checks"), tuple):
            found["checks"] = [found["checks"]]
        return found

    def _arguments(self, node: ast.AST, name: str) -> dict[str, Any]:
        if not isinstance(node, ast.Call) or any(keyword.arg is None for keyword in node.keywords):
            raise InputError(f"{name} is called with ** or isn't called: only plain arguments are read.")
        names = _POSITIONS.get(name, ("value", "second", "third", "fourth"))
        given = {argument: self._value(value) for argument, value in zip(names, node.args, strict=False)}
        return given | {str(keyword.arg): self._value(keyword.value) for keyword in node.keywords}

    def _value(self, node: ast.AST) -> Any:  # noqa: ANN401, PLR0911 - one line a kind of literal
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [self._value(each) for each in node.elts]
        if isinstance(node, ast.Dict):
            if any(key is None for key in node.keys):
                raise InputError("A map holds **, which isn't read.")
            return {
                self._value(key): self._value(value)
                for key, value in zip(node.keys, node.values, strict=True)
                if key is not None
            }
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return -node.operand.value  # type: ignore[operator]  # whatever else there is raises below
        if isinstance(node, ast.Name) and node.id in _NAMES:
            return _NAMES[node.id]
        if isinstance(node, ast.Attribute):
            return _dotted(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise InputError(
            f"The script holds {type(node).__name__} in line {getattr(node, 'lineno', 0)}, which isn't read: it is never run."
        )

    def _call(self, node: ast.Call) -> Any:  # noqa: ANN401 - what the call stands for
        name = _called(node)
        if name == "Column":
            return self._arguments(node, name)
        if name == "Timestamp":
            return str(self._arguments(node, name).get("value"))
        if name.startswith("Check."):
            return name.removeprefix("Check."), self._arguments(node, name)
        if name in {"float", "int"}:
            return self._arguments(node, name).get("value")
        if name == "Check" and node.args and isinstance(node.args[0], ast.Name) and node.args[0].id in self._helpers:
            named = ast.Call(func=node.func, args=node.args[1:], keywords=node.keywords)
            return node.args[0].id, self._arguments(named, name)
        what = _dotted(node.args[0]) if name == "Check" and node.args else name
        raise InputError(
            f"The script calls {what[:80]!r} in line {node.lineno}, which isn't known here and is never run. Leave it out, or pass schema.to_yaml()."
        )
