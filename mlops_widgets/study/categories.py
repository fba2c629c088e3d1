"""Category columns as the model learned them: boosted trees read a category's code, which is its place in the list.

The same word has another code in a table whose list is longer, shorter or in another order, and nothing warns. So every
table's column is given the levels of the model's own list, or, where the model keeps none, of the first table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from mlops_widgets.errors import listed
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
    """

    first: Dtypes = field(default_factory=dict)
    own: Dtypes = field(default_factory=dict)
    order: tuple[str, ...] = ()

    @classmethod
    def find(cls, model: Any, tables: Sequence[Table], features: tuple[str, ...]) -> "Categories":  # noqa: ANN401
        """Return the categories of these columns, from the model and the tables."""
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
        return cls(first=first, own=_own(model, features, candidates), order=features)

    def of(self, model: Any) -> "Categories":  # noqa: ANN401 - any estimator
        """Return the same for another model of these columns, such as a refit."""
        return replace(self, own=_own(model, self.order, tuple(self.own)))

    def cast(self, frame: pd.DataFrame, *, learning: bool = False) -> pd.DataFrame:
        """Return the frame with its category columns as the model learned them; levels new to it are missing.

        Parameters
        ----------
        frame
            The model's columns.
        learning
            Whether a model is to be fitted on it: then new levels are kept, behind the known ones.
        """
        for column in {**self.first, **self.own}:
            if column in self.own and not learning:
                frame[column] = _matched(frame[column], self.own[column]).astype(self.own[column])
            else:
                frame[column] = _appended(frame[column], self.first.get(column, self.own.get(column)))
        return frame

    def notes(self, model: Any, tables: Iterable[Table]) -> list[str]:  # noqa: ANN401 - any model
        """Return in sentences which tables list their categories otherwise, and which hold levels new to the model."""
        measured = list(tables)
        said = [note for table in measured for note in self._table_notes(table)]
        unsure = [column for column in self.first if column not in self.own and _disagree(column, measured)]
        if unsure and _reads_codes(model):
            said.append(
                f"The model reads codes of categories and doesn't store the list of {listed(unsure)}; the tables' lists "
                f"differ. It gets {measured[0].name}'s. Had it learned another order, its codes would be shifted and "
                "its scores wrong."
            )
        return said

    def _table_notes(self, table: Table) -> list[str]:
        said, others = [], []
        for column, own in self.own.items():
            if column not in table:
                continue
            values = table[column]
            if isinstance(values.dtype, pd.CategoricalDtype) and not _same(values.dtype, own):
                others.append(column)
            new = values[values.notna() & _matched(values, own).isna()]
            if len(new):
                said.append(
                    f"{table.name}: {len(new):,} of {table.rows:,} cells of {column!r} hold levels that the model never "
                    f"saw ({quoted(new)}); it gets them as missing."
                )
        if others:
            said.append(
                f"{table.name}: the categories of {listed(others)} are listed otherwise than in the model; they are "
                "matched by name, so that their codes don't shift."
            )
        return said


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


def _reads_codes(model: Any) -> bool:  # noqa: ANN401 - any model
    steps = getattr(model, "steps", None)
    last = steps[-1][1] if isinstance(steps, list) and steps else model
    inside = last.native.model if isinstance(last, NativeModel) else last
    return type(inside).__module__.partition(".")[0] in {"lightgbm", "xgboost"}


def _own(model: Any, features: tuple[str, ...], candidates: tuple[str, ...]) -> dict[str, pd.CategoricalDtype]:  # noqa: ANN401
    """Return the levels that the model stores, by the table's name of each column."""
    levels, lists, names = _stored(model)
    if not levels and len(lists) == len(candidates):
        levels = dict(zip(candidates, lists, strict=True))
    called = dict(zip(names, features, strict=True)) if len(names) == len(features) else {}
    return {called.get(name, name): _dtype(found) for name, found in levels.items()}


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
