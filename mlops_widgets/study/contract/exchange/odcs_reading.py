"""YAML of the Open Data Contract Standard, version 3, read back."""

from collections.abc import Mapping
from typing import Any

from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.contract.columns import TYPES, ColumnRules
from mlops_widgets.study.contract.contract import Contract, Dependency, Freshness, Key, Order
from mlops_widgets.study.contract.exchange.foreign_checks import ColumnDraft, bare_pattern
from mlops_widgets.study.contract.exchange.odcs import AS_TEXT, ENGINE, OPTIONAL

_MOST_LETTERS = 1_000_000
_OWN = ("dependency", "order", "closed")
_KNOWN = {
    "name",
    "description",
    "logicalType",
    "required",
    "unique",
    "logicalTypeOptions",
    "quality",
    "customProperties",
    "physicalType",
}


def read_odcs(text: str, *, schema: str | None) -> Contract:
    """Return the contract; see `Contract.from_odcs`."""
    found = _load(text)
    table = _table(found, schema)
    drafts = [_column(each) for each in _maps(table.get("properties"), "properties")]
    lost = [sentence for draft in drafts for sentence in draft.lost]
    rest = _TableRules(lost)
    for quality in _maps(table.get("quality"), "quality"):
        rest.read(quality)
    description = found.get("description")
    severities = rest.severities | {
        f"{draft.name}: {kind}": what for draft in drafts for kind, what in draft.severities.items()
    }
    return Contract(
        name=str(table.get("name") or found.get("name") or "table"), version=str(found.get("version", "1.0.0")),
        description=str(description.get("purpose") or "") if isinstance(description, Mapping) else str(description or ""),
        columns=tuple(ColumnRules(**draft.rules) for draft in drafts), freshness=_freshness(found, table, lost),
        severities=severities, lost=tuple(dict.fromkeys(lost)), **rest.rules,
    )  # fmt: skip


def _load(text: str) -> Mapping[str, Any]:
    import yaml

    if len(text) > _MOST_LETTERS:
        raise InputError(f"text= has to be text of at most {_MOST_LETTERS:,} letters.")
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"text is no YAML: {str(error)[:200]}.") from error
    if not isinstance(found, Mapping) or found.get("kind") != "DataContract":
        raise InputError("text is no contract of the Open Data Contract Standard: kind: DataContract is needed.")
    if not str(found.get("apiVersion", "")).startswith("v3"):
        raise InputError(
            f"apiVersion={str(found.get('apiVersion'))[:20]!r}. This release reads version 3, such as v3.1.0."
        )
    return found


def _table(found: Mapping[str, Any], schema: str | None) -> Mapping[str, Any]:
    tables = _maps(found.get("schema"), "schema")
    names = [str(each.get("name")) for each in tables]
    if schema is None and len(tables) == 1:
        return tables[0]
    if schema is None:
        raise InputError(
            f"The contract describes {len(tables)} tables ({listed(names) or 'none'}). Name one by schema=."
        )
    if schema not in names:
        raise UnknownNameError(f"schema={schema[:60]!r}. Tables: {listed(names)}.{did_you_mean(schema, names)}")
    return tables[names.index(schema)]


def _maps(found: Any, what: str) -> list[Mapping[str, Any]]:  # noqa: ANN401 - whatever a file held
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise InputError(f"{what}: a list of maps is needed.")
    return found


def _column(found: Mapping[str, Any]) -> ColumnDraft:
    if not isinstance(found.get("name"), str):
        raise InputError("properties: each needs a name.")
    draft = ColumnDraft(found["name"])
    custom = {
        each.get("property"): each.get("value") for each in _maps(found.get("customProperties"), "customProperties")
    }
    kind = found.get("logicalType")
    if kind is not None and kind not in TYPES:
        draft.lost.append(f"{draft.name}: type {str(kind)[:40]!r} isn't known here.")
    draft.rules |= {
        "type": kind if kind in TYPES else None, "as_text": custom.get(AS_TEXT) is True, "required": custom.get(OPTIONAL) is not True,
        "missing_share": 0.0 if found.get("required") is True else 1.0, "unique": found.get("unique") is True,
        "description": str(found.get("description") or ""),
    }  # fmt: skip
    draft.lost += [f"{draft.name}: {name} isn't taken over." for name in found if name not in _KNOWN]
    draft.lost += [f"{draft.name}: {name} isn't taken over." for name in custom if name not in {AS_TEXT, OPTIONAL}]
    _read_options(draft, found.get("logicalTypeOptions") or {})
    for quality in _maps(found.get("quality"), "quality"):
        _read_quality(draft, quality)
    return draft


_OPTION_RULES = {
    "minimum": ("lower", "lower_inclusive", True), "exclusiveMinimum": ("lower", "lower_inclusive", False),
    "maximum": ("upper", "upper_inclusive", True), "exclusiveMaximum": ("upper", "upper_inclusive", False),
}  # fmt: skip
_LENGTHS = {"minLength": "shortest", "maxLength": "longest"}


def _read_options(draft: ColumnDraft, options: Any) -> None:  # noqa: ANN401 - whatever a file held
    if not isinstance(options, Mapping):
        raise InputError(f"logicalTypeOptions of {draft.name[:60]!r} isn't a map.")
    for name, value in options.items():
        if name in _OPTION_RULES:
            rule, flag, inclusive = _OPTION_RULES[name]
            draft.rules |= {rule: value.isoformat() if hasattr(value, "isoformat") else value, flag: inclusive}
        elif name in _LENGTHS:
            draft.rules[_LENGTHS[name]] = value
        elif name == "pattern":
            draft.rules["pattern"] = bare_pattern(str(value))
            if not str(value).startswith("^") or not str(value).endswith("$"):
                draft.lost.append(f"{draft.name}: the pattern has no ^ and $; here it matches the whole cell.")
        else:
            draft.lost.append(f"{draft.name}: {name} isn't taken over.")


def _read_quality(draft: ColumnDraft, quality: Mapping[str, Any]) -> None:
    own = quality.get("implementation") if quality.get("engine") == ENGINE else None
    if isinstance(own, Mapping) and own.get("rule") in {"range", "pattern", "length"}:
        draft.rules |= {str(name): value for name, value in own.items() if name != "rule"}
        kind = str(own["rule"])
    elif quality.get("metric") in {"nullValues", "missingValues"} and (share := _share(quality)) is not None:
        draft.rules["missing_share"] = share
        kind = "missing"
    elif (
        quality.get("metric") == "invalidValues"
        and (share := _share(quality)) is not None
        and isinstance(_valid(quality), list)
    ):
        draft.rules |= {"allowed": tuple(_valid(quality)), "tolerance": share}
        kind = "allowed"
    else:
        what = quality.get("metric") or quality.get("type") or "check"
        draft.lost.append(f"{draft.name}: {str(what)[:40]} has no rule here.")
        return
    if quality.get("severity") == "warning":
        draft.severities[kind] = "warning"


def _valid(quality: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever a file held
    arguments = quality.get("arguments")
    return arguments.get("validValues") if isinstance(arguments, Mapping) else None


def _share(quality: Mapping[str, Any]) -> float | None:
    """Return the share that may break a check; None where it is said in another way."""
    if quality.get("mustBe") == 0:
        return 0.0
    most = quality.get("mustBeLessOrEqualTo")
    if quality.get("unit") == "percent" and isinstance(most, int | float) and 0 <= most <= 100:
        return float(f"{most / 100:.12g}")
    return None


class _TableRules:
    """Rules of the table, gathered from its quality checks."""

    def __init__(self, lost: list[str]) -> None:
        self._lost = lost
        self.severities: dict[str, Any] = {}
        self.rules: dict[str, Any] = {"keys": (), "dependencies": (), "orders": ()}

    def read(self, quality: Mapping[str, Any]) -> None:
        """Take over a check, or name it as lost."""
        own = quality.get("implementation") if quality.get("engine") == ENGINE else None
        metric, arguments = quality.get("metric"), quality.get("arguments") or {}
        if isinstance(own, Mapping) and own.get("rule") in _OWN:
            rule = self._read_own(own)
        elif metric == "rowCount":
            rule = self._read_rows(quality)
        elif metric == "duplicateValues" and isinstance(arguments, Mapping) and arguments.get("properties"):
            key = Key(columns=tuple(map(str, arguments["properties"])))
            self.rules["keys"] += (key,)
            rule = key.id
        else:
            self._lost.append(f"{str(metric or quality.get('type') or 'A check')[:40]} of the table has no rule here.")
            return
        if quality.get("severity") == "warning":
            self.severities[rule] = "warning"

    def _read_own(self, own: Mapping[str, Any]) -> str:
        try:
            if own["rule"] == "dependency":
                each = Dependency(
                    determinant=tuple(map(str, own["determinant"])),
                    dependent=str(own["dependent"]),
                    tolerance=own.get("tolerance", 0.0),
                )
                self.rules["dependencies"] += (each,)
                return each.id
            if own["rule"] == "order":
                order = Order(first=str(own["first"]), second=str(own["second"]), tolerance=own.get("tolerance", 0.0))
                self.rules["orders"] += (order,)
                return order.id
        except (KeyError, TypeError) as error:
            raise InputError(f"quality: a rule of {ENGINE} lacks {str(error)[:60]}.") from error
        self.rules["closed"] = True
        return "closed"

    def _read_rows(self, quality: Mapping[str, Any]) -> str:
        between = quality.get("mustBeBetween") or (
            quality.get("mustBeGreaterOrEqualTo"),
            quality.get("mustBeLessOrEqualTo"),
        )
        if quality.get("mustBe") is not None:
            between = (quality["mustBe"],) * 2
        least, most = between
        if quality.get("mustBeGreaterThan") is not None:
            least = quality["mustBeGreaterThan"] + 1
        if quality.get("mustBeLessThan") is not None:
            most = quality["mustBeLessThan"] - 1
        self.rules |= {"least_rows": least, "most_rows": most}
        return "rows"


_HOURS = {
    "h": 1.0,
    "hour": 1.0,
    "hours": 1.0,
    "d": 24.0,
    "day": 24.0,
    "days": 24.0,
    "m": 1 / 60,
    "min": 1 / 60,
    "minutes": 1 / 60,
}


def _freshness(found: Mapping[str, Any], table: Mapping[str, Any], lost: list[str]) -> Freshness | None:
    fresh = None
    for each in _maps(found.get("slaProperties"), "slaProperties"):
        column = str(each.get("element", "")).removeprefix(f"{table.get('name')}.")
        hours, value = _HOURS.get(str(each.get("unit"))), each.get("value")
        names = {each.get("name") for each in _maps(table.get("properties"), "properties")}
        if (
            each.get("property") == "latency"
            and hours
            and isinstance(value, int | float)
            and column in names
            and fresh is None
        ):
            fresh = Freshness(column=column, hours=value * hours)
        else:
            lost.append(f"Service level {str(each.get('property'))[:40]!r} isn't taken over.")
    return fresh
