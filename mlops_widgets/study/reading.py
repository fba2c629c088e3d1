"""Which tables a user brings, read, cut and joined with labels that came later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.errors import InputError, TableError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.splits import Split, SplitContext, split_table
from mlops_widgets.study.table_files.forms import label_name
from mlops_widgets.study.table_files.queries import is_query
from mlops_widgets.study.tables import Table, inferred, read_table

_TAKEN = ("reference", "production", "train", "out_of_fold")
"""Names that mean something else than a test."""


@dataclass(frozen=True, kw_only=True)
class TableInputs:
    """The table arguments of `load_study`, as they were passed."""

    data: Any
    reference: Any
    test: Any
    production: Any
    split: Split | None


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The tables of a study."""

    reference: Table | None
    tests: Mapping[str, Table]
    production: Table | None

    def each(self, change: Callable[[Table], Table]) -> "Parts":
        """Return the parts with `change` made to every table."""
        return Parts(
            reference=change(self.reference) if self.reference is not None else None,
            tests={name: change(table) for name, table in self.tests.items()},
            production=change(self.production) if self.production is not None else None,
        )

    @property
    def measured(self) -> list[Table]:
        """Tests and production: what a model is judged on."""
        return [table for table in (*self.tests.values(), self.production) if table is not None]

    @property
    def all(self) -> list[Table]:
        """Every table, in the order of a model's life."""
        return [*([self.reference] if self.reference is not None else []), *self.measured]


def target_name(tables: TableInputs) -> str:
    """Return what the labels of the first `(X, y)` call themselves.

    Raises
    ------
    InputError
        If no table is a pair.
    """
    for table in (tables.data, tables.reference, tables.test, tables.production):
        for each in table.values() if isinstance(table, Mapping) else [table]:
            pair = each[0] if isinstance(each, list) and each else each
            if isinstance(pair, tuple) and len(pair) == 2 and not is_query(pair):
                return label_name(pair[1])
    raise InputError("target= is missing: name the column that the model predicts, or pass tables as (X, y).")


def read_parts(
    tables: TableInputs,
    asked: Mapping[str, tuple[str, ...]],
    *,
    target: str,
    columns: tuple[str, ...],
    seed: int,
    max_rows: int | None = None,
) -> tuple[Parts, list[str]]:
    """Return the tables, and notes about rows that are in none.

    Parameters
    ----------
    tables
        What was passed.
    asked
        Columns named for each role.
    target
        Column of the labels.
    columns
        Names for the columns of plain arrays.
    seed
        Seed of random splits and samples.
    max_rows
        Most rows that are kept of a table while it is read; None for all. Of `data`, which is cut into three, all if memory
        holds them, else thrice as many.

    Raises
    ------
    InputError
        If the tables contradict each other, or none is given.
    TableError
        If one can't be read.
    """
    entity = next(iter(asked.get("entity", ())), None)

    def read(table: Any, name: str, parts: int = 1) -> Table:  # noqa: ANN401 - any table
        most = None if max_rows is None else parts * max_rows
        return read_table(
            table,
            name=name,
            target=target,
            columns=columns,
            max_rows=most,
            seed=seed,
            entity=entity,
            cut_later=parts > 1,
        )

    given = [each for each in (tables.reference, tables.test, tables.production) if each is not None]
    if tables.data is not None:
        if given:
            raise InputError("data= with split= replaces reference=, test= and production=. Pass one or the other.")
        return _cut(read(tables.data, "data", parts=3), tables.split, asked, target=target, seed=seed)
    if tables.split is not None:
        raise InputError("split= cuts data=. Pass data=, or reference=, test= and production= without split=.")
    if not given:
        raise InputError("No table given. Pass test= (and reference=, production=), or data= with split=.")
    parts = Parts(
        reference=None if tables.reference is None else read(tables.reference, "reference"),
        tests={name: read(table, name) for name, table in _named_tests(tables.test).items()},
        production=None if tables.production is None else read(tables.production, "production"),
    )
    return parts, []


def _named_tests(test: Any) -> dict[str, Any]:  # noqa: ANN401 - any table
    if test is None:
        return {}
    if not isinstance(test, Mapping) or is_query(test):
        return {"test": test}
    named = {str(name): table for name, table in test.items()}
    if not named or len(named) < len(test) or "" in named:
        raise InputError(
            f"test= is a mapping of {listed(test) or 'nothing'}. Pass {{'name': table, …}}, each its own name."
        )
    clash = sorted(set(named) & set(_TAKEN))
    if clash:
        raise InputError(f"test= names a table {clash[0]!r}, which means something else here. Choose another name.")
    return named


def _cut(
    data: Table, split: Split | None, asked: Mapping[str, tuple[str, ...]], *, target: str, seed: int
) -> tuple[Parts, list[str]]:
    if split is None:
        raise InputError("data= needs split=: a date, a share, a column, or {'test': …, 'production': …}.")
    for role in ("time", "entity"):
        for column in asked[role]:
            if column not in data:
                raise unknown_column(column, role, data)
    time, entity = (next(iter(asked[role]), None) for role in ("time", "entity"))
    cut = split_table(data, split, SplitContext(time=time, entity=entity, target=target, seed=seed))
    left = data.rows - sum(part.rows for part in cut.values())
    notes = [f"{left:,} of {data.rows:,} rows are in no part: their {time!r} is missing or no date."] if left else []
    if data.rows < data.source_rows:
        notes.insert(0, _sampled_before(cut))
    tests = {"test": cut["test"]} if "test" in cut else {}
    return Parts(reference=cut.get("reference"), tests=tests, production=cut.get("production")), notes


def _sampled_before(cut: Mapping[str, Table]) -> str:
    parts = [f"{name} {part.rows:,} of about {part.source_rows:,}" for name, part in cut.items()]
    first, *others = parts
    return f"data was sampled before it was cut: {', '.join([first.replace(' ', ' has ', 1) + ' rows', *others])}."


def unknown_column(column: str, argument: str, table: Table) -> UnknownNameError:
    """Return the error that says which columns there are and which one may be meant."""
    return UnknownNameError(
        f"Unknown column {column!r} in {argument}=. Columns of {table.name}: {listed(table.columns)}."
        f"{did_you_mean(column, table.columns)}"
    )


def join_labels(
    parts: Parts,
    labels: Any,  # noqa: ANN401 - any table
    *,
    target: str,
    ids: tuple[str, ...],
    also: tuple[str, ...] = (),
) -> tuple[Parts, list[str]]:
    """Return the parts with labels that arrived later, and how many found their row.

    Parameters
    ----------
    parts
        The tables; the reference stays as it is, and a label already there gives way to one that arrived.
    labels
        Any table with `ids` and `target`.
    target, ids
        Column of the labels; columns that say which label belongs to which row.
    also
        Columns to take along if the labels have them, such as when each arrived.

    Raises
    ------
    InputError
        If `ids` is empty.
    TableError
        If an id comes twice, or is of another type than in a table.
    """
    if not ids:
        raise InputError("labels= needs ids=: the columns that say which label belongs to which row.")
    late = read_table(labels, name="labels", target=target, only=(*ids, target, *also))
    for column in (*ids, target):
        if column not in late:
            raise unknown_column(column, "ids" if column != target else "target", late)
    keys = late.pandas()[list(ids)].notna().all(axis=1)
    arrived = late.pandas().loc[keys, [*ids, target, *(column for column in also if column in late)]]
    twice = int(arrived.duplicated(list(ids)).sum())
    if twice:
        raise TableError(f"labels= has {twice:,} repeated {listed(ids)}. Keep one label a row.")
    notes: list[str] = []

    def join(table: Table) -> Table:
        if table.name == "reference" or any(column not in table for column in ids):
            return table
        frame = table.pandas()
        try:
            joined = frame[list(ids)].merge(arrived, on=list(ids), how="left", validate="many_to_one")
        except (TypeError, ValueError) as error:  # numbers on one side, text on the other
            kinds = [f"{c!r} is {frame[c].dtype} in {table.name} and {arrived[c].dtype} in labels=" for c in ids]
            raise TableError(f"ids= can't be joined: {'; '.join(kinds)}. Give both one type.") from error
        found = int(joined[target].notna().sum())
        if found or target not in table or table[target].isna().all():
            notes.append(f"{table.name}: {found:,} of {table.rows:,} rows got a label from labels=.")
        for column in joined.columns.drop(list(ids)):
            frame[column] = _filled(joined[column], frame.get(column))
        return table.replace(frame)

    return parts.each(join), notes


def _filled(arrived: "pd.Series[Any]", known: "pd.Series[Any] | None") -> "pd.Series[Any]":
    if known is None:
        return arrived
    both = np.where(arrived.notna(), arrived.astype(object), known.astype(object))
    return inferred(pd.Series(both, index=known.index, dtype=object))
