"""Checks of other formats, gathered into the rules of columns and tables; what has no rule here is named as lost."""

import re
from collections.abc import Callable
from typing import Any

from mlops_widgets.errors import InputError
from mlops_widgets.study.contract.columns import TYPES, ColumnRules, ColumnType, is_moment
from mlops_widgets.study.contract.contract import Contract, Dependency, Key, Order, Severity

_DTYPES: tuple[tuple[str, ColumnType], ...] = (
    (r"u?int(8|16|32|64)?", "integer"), (r"float(16|32|64)?|double|decimal.*", "number"), (r"bool(ean)?", "boolean"),
    (r"str(ing)?(\[.*\])?", "string"), (r"datetime(64)?(tz)?([\[(].*)?|timestamp.*", "timestamp"), (r"date(32|64)?(\[.*\])?", "date"),
)  # fmt: skip
_KNOWN_LOST = frozenset({
    "not_equal_to", "ne", "notin", "str_contains", "str_startswith", "str_endswith", "unique_values_eq", "hypothesis",
})  # fmt: skip
_OPTIONS = frozenset(
    {"ignore_na", "name", "error", "raise_warning", "n_failure_cases", "title", "description", "check_name"}
)
_KINDS = {
    "within": "range", "one_of": "allowed", "reads_as": "pattern", "letters": "length", "of_type": "type", "missing_at_most": "missing",
    "no_repeats": "unique",
}  # fmt: skip


class ColumnDraft:
    """Rules of one column, as they are found.

    Attributes
    ----------
    rules
        Arguments of `ColumnRules`.
    severities
        Kind of rule → what a breach is, where it only warns.
    lost
        What isn't taken over, in sentences.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: dict[str, Any] = {"name": name}
        self.severities: dict[str, Severity] = {}
        self.lost: list[str] = []

    def read_type(self, dtype: object) -> None:
        """Take over a type by the name that pandas, numpy or pandera gives it."""
        if dtype is None:
            return
        name = str(dtype).rpartition(".")[2].removesuffix("()").removesuffix("Dtype").lower()
        found = next((kind for pattern, kind in _DTYPES if re.fullmatch(pattern, name)), None)
        if found is None:
            self.lost.append(f"{self.name}: type {str(dtype)[:40]!r} isn't known here.")
        self.rules["type"] = found

    def add_check(self, name: str, given: dict[str, Any]) -> None:
        """Take over a check.

        Raises
        ------
        InputError
            If it isn't known here.
        """
        if name == "mostly":
            self.rules["tolerance"] = given.get("tolerance", 0.0)
            name, given = (
                str(given.get("rule")),
                {key: value for key, value in given.items() if key not in {"rule", "tolerance"}},
            )
        if name in _KNOWN_LOST:
            self.lost.append(f"{self.name}: {name} has no rule here.")
            return
        if name not in _READERS:
            raise InputError(
                f"Column {self.name[:60]!r} has the check {name[:60]!r}, which isn't known here. Leave it out."
            )
        options = {key: value for key, value in given.items() if key not in _OPTIONS}
        before = dict(self.rules)
        _READERS[name](self, options)
        if given.get("raise_warning"):
            changed = [key for key, value in self.rules.items() if before.get(key) != value]
            self.severities[_KINDS.get(name) or _kind_of(changed)] = "warning"

    def set(self, rule: str, value: object) -> None:
        """Set a rule; a second value of the same rule is lost."""
        if rule in self.rules and self.rules[rule] not in (None, (), "", value):
            self.lost.append(f"{self.name}: a second {rule} isn't taken over.")
            return
        self.rules[rule] = value


def _kind_of(changed: list[str]) -> str:
    if {"lower", "upper"} & set(changed):
        return "range"
    return next((kind for rule, kind in (("allowed", "allowed"), ("pattern", "pattern")) if rule in changed), "length")


def _one(given: dict[str, Any]) -> Any:  # noqa: ANN401 - a literal
    return next(iter(given.values()), None)


def _bound(value: Any) -> Any:  # noqa: ANN401 - a number, or a date in some form
    text = value if isinstance(value, str) else value.isoformat() if hasattr(value, "isoformat") else None
    if text is None:
        return value
    short = re.sub(r"[ T]00:00:00(\.0+)?$", "", text)
    return short if is_moment(short) else value


def _lower(draft: ColumnDraft, given: dict[str, Any], *, inclusive: bool) -> None:
    draft.set("lower", _bound(_one(given)))
    draft.rules["lower_inclusive"] = inclusive


def _upper(draft: ColumnDraft, given: dict[str, Any], *, inclusive: bool) -> None:
    draft.set("upper", _bound(_one(given)))
    draft.rules["upper_inclusive"] = inclusive


def _in_range(draft: ColumnDraft, given: dict[str, Any]) -> None:
    low, high = given.get("min_value", given.get("value")), given.get("max_value", given.get("second"))
    _lower(draft, {"value": low}, inclusive=given.get("include_min", True) is not False)
    _upper(draft, {"value": high}, inclusive=given.get("include_max", True) is not False)


def _within(draft: ColumnDraft, given: dict[str, Any]) -> None:
    draft.rules |= {key: value for key, value in given.items() if key != "kind"}


def _isin(draft: ColumnDraft, given: dict[str, Any]) -> None:
    values = given.get("allowed", given.get("allowed_values", _one(given)))
    if not isinstance(values, list | tuple):
        raise InputError(f"isin of column {draft.name[:60]!r} has no list of values.")
    draft.set("allowed", tuple(values))


def _matches(draft: ColumnDraft, given: dict[str, Any]) -> None:
    pattern = str(given.get("pattern", _one(given)))
    if not pattern.endswith("$") or pattern.endswith("\\$"):  # pandera matches from the start
        pattern = f"(?:{pattern.removeprefix('^')})" + r"(?:.|\n)*"
    draft.set("pattern", bare_pattern(pattern))


def bare_pattern(pattern: str) -> str:
    """Return a pattern without what `portable` puts around it."""
    inside = re.fullmatch(r"\^\(\?:(.*)\)\$", pattern, re.DOTALL)
    return inside[1] if inside is not None and _is_one_group(inside[1]) else pattern.removeprefix("^").removesuffix("$")


def _is_one_group(inside: str) -> bool:
    depth = 0
    for letter in re.sub(r"\\.", "", inside):
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return True


def _length(draft: ColumnDraft, given: dict[str, Any]) -> None:
    exact = given.get("exact_value")
    draft.set("shortest", given.get("min_value", given.get("value")) if exact is None else exact)
    draft.set("longest", given.get("max_value", given.get("second")) if exact is None else exact)


def _letters(draft: ColumnDraft, given: dict[str, Any]) -> None:
    draft.rules |= {key: given.get(key) for key in ("shortest", "longest")}


def _of_type(draft: ColumnDraft, given: dict[str, Any]) -> None:
    if given.get("kind") not in TYPES:
        raise InputError(f"of_type of column {draft.name[:60]!r} has an unknown kind.")
    draft.rules |= {"type": given["kind"], "as_text": given.get("as_text") is True}


def _missing(draft: ColumnDraft, given: dict[str, Any]) -> None:
    draft.rules["missing_share"] = given.get("share", 1.0)


def _unique(draft: ColumnDraft, _given: dict[str, Any]) -> None:
    draft.rules["unique"] = True


_READERS: dict[str, Callable[[ColumnDraft, dict[str, Any]], None]] = {
    "within": _within, "one_of": _isin, "reads_as": _matches, "letters": _letters, "of_type": _of_type, "missing_at_most": _missing,
    "no_repeats": _unique, "in_range": _in_range, "between": _in_range, "isin": _isin, "str_matches": _matches, "str_length": _length,
    "equal_to": lambda draft, given: draft.set("allowed", (_one(given),)), "eq": lambda draft, given: draft.set("allowed", (_one(given),)),
}  # fmt: skip
for _names, _take, _inclusive in (
    (("greater_than_or_equal_to", "ge"), _lower, True), (("greater_than", "gt"), _lower, False),
    (("less_than_or_equal_to", "le"), _upper, True), (("less_than", "lt"), _upper, False),
):  # fmt: skip
    for _name in _names:
        _READERS[_name] = lambda draft, given, take=_take, inclusive=_inclusive: take(draft, given, inclusive=inclusive)  # type: ignore[misc]  # bound now


class TableDraft:
    """A contract, as it is found.

    Attributes
    ----------
    lost
        What isn't taken over, in sentences.
    """

    def __init__(self) -> None:
        self.lost: list[str] = []
        self._columns: list[ColumnDraft] = []
        self._rest: dict[str, Any] = {"keys": [], "dependencies": [], "orders": []}
        self._severities: dict[str, Severity] = {}

    def add_column(self, draft: ColumnDraft) -> None:
        """Take over a column."""
        self._columns.append(draft)

    def add_check(self, name: str, given: dict[str, Any]) -> None:
        """Take over a check of the table.

        Raises
        ------
        InputError
            If it isn't known here.
        """
        if name == "rows_between":
            self._rest |= {"least_rows": given.get("least"), "most_rows": given.get("most")}
            rule = "rows"
        elif name == "no_repeats":
            key = Key(columns=tuple(given["columns"]))
            self._rest["keys"].append(key)
            rule = key.id
        elif name == "decides":
            each = Dependency(
                determinant=tuple(given["determinant"]), dependent=given["dependent"], tolerance=given["tolerance"]
            )
            self._rest["dependencies"].append(each)
            rule = each.id
        elif name == "never_above":
            order = Order(first=given["first"], second=given["second"], tolerance=given["tolerance"])
            self._rest["orders"].append(order)
            rule = order.id
        else:
            raise InputError(f"The schema has the check {name[:60]!r}, which isn't known here. Leave it out.")
        if given.get("raise_warning"):
            self._severities[rule] = "warning"

    def contract(self, *, keys: tuple[Key, ...] = (), **rest: Any) -> Contract:  # noqa: ANN401 - arguments of Contract
        """Return the contract."""
        severities = self._severities | {
            f"{draft.name}: {kind}": severity for draft in self._columns for kind, severity in draft.severities.items()
        }
        lost = [*self.lost, *(sentence for draft in self._columns for sentence in draft.lost)]
        found: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in self._rest.items()
        }
        found["keys"] = (*keys, *found["keys"])
        columns = tuple(ColumnRules(**draft.rules) for draft in self._columns)
        return Contract(columns=columns, severities=severities, lost=tuple(dict.fromkeys(lost)), **(found | rest))
