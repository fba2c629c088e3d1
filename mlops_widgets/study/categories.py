"""Category columns as the model learned them: boosted trees read a category's code, which is its place in the list.

LightGBM and XGBoost 3.1 and later keep their lists and match levels by name, but take no text; XGBoost before 3.1 keeps no
list, and the same word has another code in a table whose list is longer, shorter or in another order, of which nothing warns.
So every table's column is given the levels of the model's own list, or, where it keeps none, of the first table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.errors import TableError, listed
from mlops_widgets.study.faces.native import NativeModel
from mlops_widgets.study.tables import Table, quoted

Dtypes = Mapping[str, pd.CategoricalDtype]


@dataclass(frozen=True, kw_only=True)
class Categories:
    """The levels of a model's category columns.

    Parameters
    ----------
    first
        By column, those of the first table in which it is a category column.
    own
        By column, those that the model itself stores; a level outside them it never saw.
    order
        The model's columns, in its order.
    nearest
        Columns in which the model's library takes a level that it never saw for the known one that sorts next; others
        are missing.
    """

    first: Dtypes = field(default_factory=dict)
    own: Dtypes = field(default_factory=dict)
    order: tuple[str, ...] = ()
    nearest: frozenset[str] = frozenset()

    @classmethod
    def find(cls, model: Any, tables: Sequence[Table], features: tuple[str, ...]) -> "Categories":  # noqa: ANN401
        """Return the categories of these columns, from the model and the tables.

        Raises
        ------
        TableError
            If the model reads codes of a column, stores no list of its levels, and all tables hold words.
        """
        first: dict[str, pd.CategoricalDtype] = {}
        worded: list[str] = []
        for table in tables:
            for column in features:
                kind = table[column].dtype if column in table else None
                if isinstance(kind, pd.CategoricalDtype):
                    first.setdefault(column, kind)
                elif kind is not None and not pd.api.types.is_numeric_dtype(kind) and column not in worded:
                    worded.append(column)
        candidates = tuple(column for column in features if column in first or column in worded)
        own = _own(model, features, candidates)
        _check_codes(model, features, [column for column in worded if column not in first and column not in own])
        return cls(first=first, own=own, order=features, nearest=_nearest(model, features, own))

    def of(self, model: Any) -> "Categories":  # noqa: ANN401 - any estimator
        """Return the same for another model of these columns, such as a refit."""
        own = _own(model, self.order, tuple(self.own))
        return replace(self, own=own, nearest=_nearest(model, self.order, own))

    def cast(self, frame: pd.DataFrame, *, learning: bool = False) -> pd.DataFrame:
        """Return the frame with its category columns as the model learned them.

        Levels new to it are missing; those that its library would take for another stay as they are.

        Parameters
        ----------
        frame
            The model's columns.
        learning
            Whether a model is to be fitted on it: then new levels are kept, behind the known ones.
        """
        for column in {**self.first, **self.own}:
            if column in self.own and not learning:
                kind = self._taken(frame[column], column)
                frame[column] = _matched(frame[column], kind).astype(kind)
            else:
                frame[column] = _appended(frame[column], self.first.get(column, self.own.get(column)))
        return frame

    def notes(self, model: Any, tables: Iterable[Table]) -> list[str]:  # noqa: ANN401 - any model
        """Return in sentences which tables list their categories otherwise, and which hold levels new to the model."""
        measured = list(tables)
        said = [note for table in measured for note in self._table_notes(table)]
        unsure = [column for column in self.first if column not in self.own and _disagree(column, measured)]
        if unsure and _unlisted(_inside(model)):
            said.append(
                f"The model reads codes of categories and doesn't store the list of {listed(unsure)}; the tables' lists "
                f"differ. It gets {measured[0].name}'s. Had it learned another order, its codes would be shifted and "
                "its scores wrong."
            )
        return said

    def _taken(self, values: "pd.Series[Any]", column: str) -> pd.CategoricalDtype:
        """Return the levels of a column that the model's library takes, known ones first."""
        own = self.own[column]
        return _extended(values, own) if column in self.nearest else own

    def _table_notes(self, table: Table) -> list[str]:
        said, others = [], []
        for column, own in self.own.items():
            if column not in table:
                continue
            values = table[column]
            if isinstance(values.dtype, pd.CategoricalDtype) and not _same(values.dtype, own):
                others.append(column)
            said += self._new_levels(table, column)
        if others:
            said.append(
                f"{table.name}: the categories of {listed(others)} are listed otherwise than in the model; they are "
                "matched by name, so that their codes don't shift."
            )
        return said

    def _new_levels(self, table: Table, column: str) -> list[str]:
        """Return in sentences how many cells hold levels that the model never saw, and what comes of them."""
        values = table[column]
        unseen = values.notna() & _matched(values, self.own[column]).isna()
        missing = unseen & _matched(values, self._taken(values, column)).isna()
        refused = " (XGBoost itself refuses levels that sort behind all known ones, and misreads text beyond ASCII)"
        fates = (
            (missing, f"it gets them as missing{refused if column in self.nearest else ''}."),
            (unseen & ~missing, "XGBoost takes each for the known level that sorts next, and so it does here."),
        )
        return [
            f"{table.name}: {int(rows.sum()):,} of {table.rows:,} cells of {column!r} hold levels that the model never saw "
            f"({quoted(values[rows])}); {fate}"
            for rows, fate in fates
            if rows.any()
        ]


def _matched(values: "pd.Series[Any]", kind: pd.CategoricalDtype) -> "pd.Series[Any]":
    """Return the cells as the levels they mean, others missing; text read from a file may stand for numbers."""
    levels = kind.categories
    if _same(values.dtype, kind):
        return values
    plain = values.astype(object)
    if not plain.isin(levels).any():
        spelled = {str(level): level for level in levels}
        plain = plain.map({cell: spelled.get(str(cell), cell) for cell in plain.dropna().unique()})
    return plain.where(plain.isin(levels))


def _same(one: object, other: pd.CategoricalDtype) -> bool:
    """Say whether both list the same levels in the same order, which pandas' own comparison passes over."""
    return isinstance(one, pd.CategoricalDtype) and list(one.categories) == list(other.categories)


def _appended(values: "pd.Series[Any]", kind: pd.CategoricalDtype | None) -> "pd.Series[Any]":
    """Return the column with the known levels first and those new to them behind."""
    if kind is None or _same(values.dtype, kind):
        return values
    listed_here = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else values.dropna().unique()
    new = [level for level in listed_here if level not in kind.categories]
    return values.astype(object).astype(pd.CategoricalDtype([*kind.categories, *new], ordered=kind.ordered))


def _disagree(column: str, tables: Iterable[Table]) -> bool:
    lists = [
        list(table[column].cat.categories) if isinstance(table[column].dtype, pd.CategoricalDtype) else None
        for table in tables
        if column in table
    ]
    return any(levels != lists[0] for levels in lists)


def _extended(values: "pd.Series[Any]", own: pd.CategoricalDtype) -> pd.CategoricalDtype:
    """Return the known levels and behind them those of the cells that sort before the last known one.

    Text beyond ASCII stays out: XGBoost 3.2 cuts it at the wrong places, and with it the levels listed behind.
    """
    known = own.categories
    words = all(isinstance(level, str) for level in known)
    last = max(known)
    present = set(values.dropna().unique()) - set(known)
    new = (
        [level for level in present if isinstance(level, str) and level.isascii()]
        if words
        else _whole_numbers(present, known.dtype)
    )
    kept = sorted(level for level in new if level < last)
    return pd.CategoricalDtype(pd.Index([*known, *kept], dtype=known.dtype)) if kept else own


def _whole_numbers(cells: Iterable[object], kind: Any) -> list[int]:  # noqa: ANN401 - a type of numpy's
    """Return the cells that are whole numbers which such a column can hold."""
    if not pd.api.types.is_integer_dtype(kind):
        return []
    limits = np.iinfo(kind)
    numbers = (cell for cell in cells if isinstance(cell, int | float | np.number) and not isinstance(cell, bool))
    return [int(cell) for cell in numbers if limits.min <= cell <= limits.max and float(cell).is_integer()]


def _inside(model: Any) -> Any:  # noqa: ANN401 - any model
    """Return a pipeline's last step, and the library's own model behind a face."""
    steps = getattr(model, "steps", None)
    last = steps[-1][1] if isinstance(steps, list) and steps else model
    return last.native.model if isinstance(last, NativeModel) else last


def _booster(model: Any) -> Any:  # noqa: ANN401 - any model; an xgboost.Booster or None
    """Return the booster of an XGBoost model."""
    inside = model.native.model if isinstance(model, NativeModel) else model
    if type(inside).__module__.partition(".")[0] != "xgboost":
        return None
    return inside.get_booster() if hasattr(inside, "get_booster") else inside


def _unlisted(model: Any) -> tuple[str, ...]:  # noqa: ANN401 - any model
    """Return the category columns of an XGBoost model that stores no lists of levels, by its own names."""
    booster = _booster(model)
    if booster is None:
        return ()
    from mlops_widgets.study.faces.xgboost_face import xgboost_unlisted

    return xgboost_unlisted(booster)


def _check_codes(model: Any, features: tuple[str, ...], worded: Sequence[str]) -> None:  # noqa: ANN401 - any model
    unlisted = _unlisted(model) if worded else ()
    called = _called(tuple(_booster(model).feature_names), features) if unlisted else {}
    unknown = [column for column in (called.get(name, name) for name in unlisted) if column in worded]
    if unknown:
        raise TableError(
            f"The XGBoost model learned {', '.join(map(repr, unknown[:12]))} as a category and stores no list of its levels, "
            "as XGBoost before 3.1 saved it; the tables hold words there, whose codes nobody knows. Pass tables, the reference "
            "best, whose column is a pandas category with the levels in the order of training, or fit and save the model "
            "again with XGBoost 3.1 or later."
        )


def _nearest(model: Any, features: tuple[str, ...], own: Dtypes) -> frozenset[str]:  # noqa: ANN401 - any model
    booster = _booster(model) if own else None
    if booster is None:
        return frozenset()
    from mlops_widgets.study.faces.xgboost_face import takes_the_next_level

    names = {column: name for name, column in _called(tuple(booster.feature_names), features).items()}
    return frozenset(column for column in own if takes_the_next_level(booster, names.get(column, column)))


def _own(model: Any, features: tuple[str, ...], candidates: tuple[str, ...]) -> dict[str, pd.CategoricalDtype]:  # noqa: ANN401
    """Return the levels that the model stores, by the table's name of each column."""
    levels, lists, names = _stored(model)
    if not levels and len(lists) == len(candidates):
        levels = dict(zip(candidates, lists, strict=True))
    called = _called(names, features)
    return {called.get(name, name): _dtype(found) for name, found in levels.items()}


def _called(names: tuple[str, ...], features: tuple[str, ...]) -> dict[str, str]:
    """Return the tables' names of the model's own columns."""
    return dict(zip(names, features, strict=True)) if len(names) == len(features) else {}


def _dtype(levels: Any) -> pd.CategoricalDtype:  # noqa: ANN401 - a sequence; of numbers XGBoost wants the same width
    return pd.CategoricalDtype(pd.Index(levels).dropna().unique())


def _stored(model: Any) -> tuple[Mapping[str, Any], Sequence[tuple[Any, ...]], tuple[str, ...]]:  # noqa: ANN401
    """Return the levels by the model's own column names, or lists of them without names, and those names."""
    if isinstance(model, NativeModel):
        return model.native.levels, model.native.level_lists, model.native.columns
    library = type(model).__module__.partition(".")[0]
    if library == "lightgbm" and getattr(model, "fitted_", True) and hasattr(model, "booster_"):
        from mlops_widgets.study.faces.lightgbm_face import lightgbm_face

        return _stored(lightgbm_face(model.booster_))
    if library == "xgboost" and hasattr(model, "get_booster"):
        from mlops_widgets.study.faces.xgboost_face import xgboost_levels

        booster = model.get_booster()
        return xgboost_levels(booster), (), tuple(booster.feature_names or ())
    return {}, (), ()
