"""What the columns and rows of a table promise: a contract, as data that a person can read, edit and sign."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.contract.columns import ColumnRules, check_share

if TYPE_CHECKING:
    from mlops_widgets.study.contract.describing import ContractDescription
    from mlops_widgets.study.contract.exchange.exported import Exported

Severity = Literal["failed", "warning", "off"]
SEVERITIES: tuple[Severity, ...] = ("failed", "warning", "off")
Kind = Literal[
    "present", "type", "missing", "unique", "range", "allowed", "pattern", "length",
    "rows", "key", "dependency", "order", "freshness", "closed",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a contract, as checks and lists name it.

    Parameters
    ----------
    id
        Its name: "age: range", "key: customer, month".
    kind
        What it asks.
    columns
        The columns that it speaks of.
    tolerance
        Share of cells or rows that may break it, 0 to 1.
    severity
        What a breach is: "failed", "warning", or "off" where it isn't checked.
    """

    id: str
    kind: Kind
    columns: tuple[str, ...]
    tolerance: float = 0.0
    severity: Severity = "failed"


@dataclass(frozen=True, kw_only=True)
class Key:
    """Columns whose values together name a row: no two rows share them."""

    columns: tuple[str, ...]

    @property
    def id(self) -> str:
        """The rule's name."""
        return f"key: {', '.join(self.columns)}"


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """Columns that decide another one: rows that agree in `determinant` agree in `dependent`, but for a share `tolerance`."""

    determinant: tuple[str, ...]
    dependent: str
    tolerance: float = 0.0

    @property
    def id(self) -> str:
        """The rule's name."""
        return f"dependency: {', '.join(self.determinant)} → {self.dependent}"


@dataclass(frozen=True, kw_only=True)
class Order:
    """Two columns of which the first is never above the second, but for a share `tolerance` of the rows."""

    first: str
    second: str
    tolerance: float = 0.0

    @property
    def id(self) -> str:
        """The rule's name."""
        return f"order: {self.first} ≤ {self.second}"


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """A column of moments whose newest is at most so many hours old; checked where somebody says what time it is."""

    column: str
    hours: float

    @property
    def id(self) -> str:
        """The rule's name."""
        return f"freshness: {self.column}"


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What a table promises to whoever reads it.

    Parameters
    ----------
    name, version, description
        What it is called, which edition it is, and what it is about.
    columns
        The rules of each column.
    least_rows, most_rows
        How many rows a table has, or None.
    keys
        Columns that name a row.
    dependencies
        Columns that decide others.
    orders
        Pairs of columns of which one is never above the other.
    freshness
        How old the newest row may be, or None.
    closed
        Whether other columns than these are a breach.
    severities
        Rule → what a breach of it is, where it isn't "failed"; see `rules`.
    notes
        How it came about, in sentences.
    lost
        What a reader of another format couldn't take over, in sentences; not part of what a contract is.

    Raises
    ------
    InputError
        If a rule contradicts itself, is given twice, or speaks of a column without rules.
    UnknownNameError
        If a severity is of a rule that isn't there.

    Examples
    --------
    >>> contract = Contract(name="loans", columns=(ColumnRules(name="age", type="integer", lower=18, upper=120),))
    >>> [rule.id for rule in contract.rules]
    ['age: present', 'age: type', 'age: range']
    """

    name: str
    version: str = "1.0.0"
    description: str = ""
    columns: tuple[ColumnRules, ...] = ()
    least_rows: int | None = None
    most_rows: int | None = None
    keys: tuple[Key, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    orders: tuple[Order, ...] = ()
    freshness: Freshness | None = None
    closed: bool = False
    severities: Mapping[str, Severity] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    lost: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Refuse what contradicts itself, and keep a copy of the severities."""
        object.__setattr__(self, "severities", {k: v for k, v in self.severities.items() if v != "failed"})
        if not self.name.strip():
            raise InputError("name='' is no name of a contract. Pass what the table is called.")
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        if twice:
            raise InputError(f"columns: rules for {listed(twice)} are given twice. Give each column one set of rules.")
        self._check_rows()
        self._check_tables(set(names))
        known = {rule.id for rule in self.rules}
        if len(known) < len(self.rules):
            raise InputError("keys, dependencies, orders: a rule is given twice. Give each once.")
        for rule, severity in self.severities.items():
            if rule not in known:
                raise UnknownNameError(
                    f"severities: no rule {rule[:80]!r}. Rules: {listed(known)}.{did_you_mean(rule, known)}"
                )
            if severity not in SEVERITIES:
                raise InputError(f"severities: {rule[:80]!r} is {severity!r:.40}. Allowed: {', '.join(SEVERITIES)}.")

    def _check_rows(self) -> None:
        for name in ("least_rows", "most_rows"):
            count = getattr(self, name)
            if count is not None and (type(count) is not int or count < 0):
                raise InputError(f"{name}={count!r:.40}. Pass a whole number, 0 or more, or None.")
        if self.least_rows is not None and self.most_rows is not None and self.least_rows > self.most_rows:
            raise InputError(f"least_rows={self.least_rows} is above most_rows={self.most_rows}. Swap them.")

    def _check_tables(self, names: set[str]) -> None:
        for each in self.dependencies:
            check_share("tolerance", each.tolerance)
            if each.dependent in each.determinant:
                raise InputError(f"dependencies: {each.dependent!r} can't decide itself. Name another column.")
        for order in self.orders:
            check_share("tolerance", order.tolerance)
            if order.first == order.second:
                raise InputError(f"orders: {order.first!r} is compared with itself. Name two columns.")
        if self.freshness is not None and not 0 < self.freshness.hours < float("inf"):
            raise InputError(f"freshness: hours={self.freshness.hours!r}. Pass a number of hours above 0.")
        for rule in self._table_rules():
            if rule.kind == "key" and not rule.columns:
                raise InputError("keys: a key needs one column or more.")
            for column in rule.columns:
                if column not in names:
                    raise UnknownNameError(
                        f"{rule.id[:80]!r} speaks of {column!r}, which has no rules in columns=. Columns: "
                        f"{listed(names)}.{did_you_mean(column, names)}"
                    )

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, those of columns first; also those that are off."""
        every = [rule for column in self.columns for rule in _column_rules(column)] + list(self._table_rules())
        return tuple(replace(rule, severity=self.severities.get(rule.id, "failed")) for rule in every)

    def _table_rules(self) -> Iterator[Rule]:
        if self.least_rows is not None or self.most_rows is not None:
            yield Rule(id="rows", kind="rows", columns=())
        for key in self.keys:
            yield Rule(id=key.id, kind="key", columns=key.columns)
        for each in self.dependencies:
            yield Rule(
                id=each.id, kind="dependency", columns=(*each.determinant, each.dependent), tolerance=each.tolerance
            )
        for order in self.orders:
            yield Rule(id=order.id, kind="order", columns=(order.first, order.second), tolerance=order.tolerance)
        if self.freshness is not None:
            yield Rule(id=self.freshness.id, kind="freshness", columns=(self.freshness.column,))
        if self.closed:
            yield Rule(id="closed", kind="closed", columns=())

    @cached_property
    def _by_name(self) -> dict[str, ColumnRules]:
        return {column.name: column for column in self.columns}

    @cached_property
    def _rules_by_name(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    def __getitem__(self, column: str) -> ColumnRules:
        """Return the rules of a column."""
        if column in self._by_name:
            return self._by_name[column]
        names = [each.name for each in self.columns]
        raise UnknownNameError(
            f"No rules for column {column!r:.80}. Columns: {listed(names)}.{did_you_mean(column, names)}"
        )

    def rule(self, name: str) -> Rule:
        """Return the rule of that name.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        if name in self._rules_by_name:
            return self._rules_by_name[name]
        known = list(self._rules_by_name)
        raise UnknownNameError(f"No rule {str(name)[:80]!r}. Rules: {listed(known)}.{did_you_mean(str(name), known)}")

    def set_column(self, column: str, **rules: object) -> "Contract":
        """Return a contract in which some rules of one column are others: `set_column("age", upper=110)`.

        Raises
        ------
        UnknownNameError
            If the column or a rule doesn't exist.
        InputError
            If the rules contradict each other.
        """
        changed = self[column].changed(**rules)
        columns = tuple(changed if each.name == column else each for each in self.columns)
        return self._with_columns(columns)

    def _with_columns(self, columns: tuple[ColumnRules, ...]) -> "Contract":
        """Keep the severities of rules that are still there."""
        bare = replace(self, columns=columns, severities={})
        known = {rule.id for rule in bare.rules}
        return replace(bare, severities={k: v for k, v in self.severities.items() if k in known})

    def set_severity(self, rule: str, severity: Severity) -> "Contract":
        """Return a contract in which a breach of one rule is "failed", a "warning", or isn't looked for ("off").

        Raises
        ------
        UnknownNameError
            If there is no such rule.
        InputError
            If there is no such severity.
        """
        return replace(self, severities={**self.severities, self.rule(rule).id: severity})

    def describe(self) -> "ContractDescription":
        """Return the contract in words, one line a rule."""
        from mlops_widgets.study.contract.describing import describe

        return describe(self)

    def save(self, path: "str | os.PathLike[str]", *, overwrite: bool = False) -> Path:
        """Write the contract as `.toml` or `.json`, whole or not at all; `read_contract` reads it back.

        Raises
        ------
        InputError
            If the name ends otherwise, the file is there and may not be replaced, or its folder isn't there.
        """
        from mlops_widgets.study.contract.files import write_contract

        return write_contract(self, Path(path), overwrite=overwrite)

    def to_pandera(self) -> "Exported":
        """Return a Python script that builds this contract as a pandera `DataFrameSchema` called `schema`."""
        from mlops_widgets.study.contract.exchange.pandera_script import write_script

        return write_script(self)

    def to_pandera_yaml(self) -> "Exported":
        """Return this contract as YAML that pandera's `DataFrameSchema.from_yaml` reads; `.lost` names what that format can't say."""
        from mlops_widgets.study.contract.exchange.pandera_yaml import write_yaml

        return write_yaml(self)

    def to_odcs(self) -> "Exported":
        """Return this contract as YAML of the Open Data Contract Standard v3.1.0; `.lost` names what it can't say."""
        from mlops_widgets.study.contract.exchange.odcs import write_odcs

        return write_odcs(self)

    @staticmethod
    def from_pandera(text: str, *, name: str = "table") -> "Contract":
        """Return the contract in a pandera schema, given as YAML or as the text of a Python script, which is never run.

        Parameters
        ----------
        text
            The YAML or the script.
        name
            What to call a schema without a name.

        Raises
        ------
        InputError
            If it is neither, or the script calls what isn't known here.
        """
        from mlops_widgets.study.contract.exchange.pandera_reading import read_pandera

        return read_pandera(text, name=name)

    @staticmethod
    def from_odcs(text: str, *, schema: str | None = None) -> "Contract":
        """Return the contract in YAML of the Open Data Contract Standard, version 3.

        Parameters
        ----------
        text
            The YAML.
        schema
            Which of its tables, where it describes several.

        Raises
        ------
        InputError
            If it is no such contract, or describes several tables and none is named.
        """
        from mlops_widgets.study.contract.exchange.odcs_reading import read_odcs

        return read_odcs(text, schema=schema)

    def __str__(self) -> str:
        """Return the rules, one a line."""
        return str(self.describe())

    def _ipython_display_(self) -> None:
        from mlops_widgets.core.display import display_result

        display_result(self.describe())


def _column_rules(column: ColumnRules) -> Iterator[Rule]:
    kinds: dict[Kind, bool] = {
        "present": column.required, "type": column.type is not None, "missing": column.missing_share < 1, "unique": column.unique,
        "range": column.lower is not None or column.upper is not None, "allowed": bool(column.allowed),
        "pattern": bool(column.pattern), "length": column.shortest is not None or column.longest is not None,
    }  # fmt: skip
    for kind, there in kinds.items():
        if there:
            exact = kind in {"present", "unique"} or (kind == "type" and not column.as_text)
            tolerance = column.missing_share if kind == "missing" else 0.0 if exact else column.tolerance
            yield Rule(id=f"{column.name}: {kind}", kind=kind, columns=(column.name,), tolerance=tolerance)
