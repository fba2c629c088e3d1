"""Features that are dates: CSV, JSON and SQLite keep them as text, and a model that learned moments can't take that."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, ModelError, TableError, listed
from mlops_widgets.study.dates import Order, both_orders, kinds_in, order_of, read_dates, settle_orders
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.reading import Parts
from mlops_widgets.study.tables import Table

_TRIAL_ROWS = 20
"""Rows of each table that the model is asked for, to learn which form it takes."""

Answers = list[npt.NDArray[np.float64]]


def read_date_features(
    parts: Parts, features: Sequence[str], predictor_of: Callable[[Parts], Predictor]
) -> tuple[Parts, list[str]]:
    """Return the parts with dates in the form that the model takes, and notes where text was read as dates.

    A model that answers on a few rows of every table as they are gets them so, unless it learned moments or another table
    holds them. Else the features whose every cell reads as a date are read, if the model answers then; if it doesn't
    either, tables stay as they are and its error is shown where it is first asked.

    Parameters
    ----------
    parts
        The tables.
    features
        The model's columns.
    predictor_of
        Returns the model for such tables.

    Raises
    ------
    TableError
        If the model takes no text, and would take dates, but a column holds dates of both orders of day and month.
    """
    columns = {name: [table[name] for table in parts.all if name in table] for name in features}
    texts = [name for name, found in columns.items() if _holds_text(found)]
    dates = [name for name in texts if all(_reads(column, _order(column, columns[name])) for column in columns[name])]
    mixed = [name for name in texts if name not in dates and _holds_mixed(columns[name])]
    if not dates and not mixed:
        return parts, []
    as_text = _answers(parts, predictor_of)
    if as_text is not None:
        return _told(parts, dates, predictor_of, as_text) if dates and as_text else (parts, [])
    read, notes = _read(parts, dates)
    if dates and _answers(read, predictor_of) is not None:
        return read, [f"Read as dates, since the model doesn't take them as text: {listed(dates)}.", *notes]
    if mixed:
        _check_mixed(read, mixed, predictor_of)
    return parts, []


def _told(
    parts: Parts, dates: Sequence[str], predictor_of: Callable[[Parts], Predictor], as_text: Answers
) -> tuple[Parts, list[str]]:
    """Return the parts in the form that tables or the model's own levels tell, where the model answers on text too."""
    levels = {name: _learned(predictor_of(parts), parts, name) for name in dates}
    holding = {name: _table_with_moments(parts, name) for name in dates}
    why = {
        name: "the model learned moments" if levels[name] else f"{holding[name]} holds moments"
        for name in dates
        if levels[name] or (levels[name] is None and holding[name])
    }
    read, notes = _read(parts, list(why))
    if why and _answers(read, predictor_of) is not None:
        reasons = {reason: [name for name in why if why[name] == reason] for reason in why.values()}
        return read, [
            *(f"Read as dates, since {reason}: {listed(names)}." for reason, names in reasons.items()),
            *notes,
        ]
    unsure = [name for name in dates if levels[name] is None]
    moments = _answers(_read(parts, unsure)[0], predictor_of) if unsure else None
    if moments is None or all(np.array_equal(*pair, equal_nan=True) for pair in zip(as_text, moments, strict=False)):
        return parts, []
    differ = f"The model answers on {listed(unsure)} as text and as moments, and differently: it gets the tables' text."
    return parts, [f"{differ} If it learned moments, pass a table with datetimes."]


def _holds_text(columns: "Sequence[pd.Series[Any]]") -> bool:
    """Say whether some of these are text, and the others moments."""
    texts = [column for column in columns if not pd.api.types.is_datetime64_any_dtype(column)]
    return any(column.notna().any() for column in texts) and all(
        pd.api.types.is_string_dtype(column) or column.dtype == object for column in texts
    )


def _order(column: "pd.Series[Any]", columns: "Sequence[pd.Series[Any]]") -> Order | None:
    """Return the order in which a table's column is read: its own where its cells settle it, else that of all tables."""
    own = order_of([column])
    return own if own is not None and own.certain else order_of(columns)


def _reads(column: "pd.Series[Any]", order: Order | None) -> bool:
    return bool((read_dates(column, order=order).notna().to_numpy() | column.isna().to_numpy()).all())


def _either(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return cells as moments, each in whichever order makes it a date: only to try whether a model takes moments."""
    first = read_dates(column, order=Order(day_first=True, certain=False))
    return first.fillna(read_dates(column, order=Order(day_first=False, certain=False)))


def _holds_mixed(columns: "Sequence[pd.Series[Any]]") -> bool:
    """Say whether every cell is a date, but in one table of both orders."""
    counted = [kinds_in([column]) for column in columns]
    whole = all((_either(column).notna().to_numpy() | column.isna().to_numpy()).all() for column in columns)
    return whole and any(kinds.day and kinds.month for kinds in counted)


def _check_mixed(parts: Parts, columns: Sequence[str], predictor_of: Callable[[Parts], Predictor]) -> None:
    tried = parts.each(
        lambda table: table.replace(
            table.pandas().assign(**{c: _either(table[c]).to_numpy() for c in columns if c in table})
        )
    )
    if _answers(tried, predictor_of) is None:  # the dates aren't what it stumbles over
        return
    for name in columns:
        for table in (each for each in parts.all if name in each):
            kinds = kinds_in([table[name]])
            if kinds.day and kinds.month:
                raise TableError(
                    f"{both_orders(name, table.name, kinds)} The model doesn't take them as text, and other cells fit both. "
                    "Pass datetimes."
                )


def _answers(parts: Parts, predictor_of: Callable[[Parts], Predictor]) -> Answers | None:
    """Return the answers on the first rows of every table on which the model is to be measured; None if it raises."""
    try:
        predictor = predictor_of(parts)
        ask = (
            predictor.predictions if "predict" in predictor.can and "scores" not in predictor.can else predictor.scores
        )
        return [ask(table.take(np.arange(min(_TRIAL_ROWS, table.rows)))) for table in parts.measured or parts.all]
    except ModelError:
        return None
    except InputError:  # tables and model don't fit for another reason, which is said where it is checked
        return []


def _read(parts: Parts, columns: Sequence[str]) -> tuple[Parts, list[str]]:
    """Return the parts with these columns as moments, and notes on orders that nobody was told of before."""
    new = [name for name in columns if not any(name in table.date_orders for table in parts.all)]
    notes = settle_orders(parts.all, new)
    return parts.each(lambda table: _with_dates(table, columns)), notes


def _with_dates(table: Table, columns: Sequence[str]) -> Table:
    frame = table.pandas()
    for column in (each for each in columns if each in frame and not pd.api.types.is_datetime64_any_dtype(frame[each])):
        frame[column] = read_dates(frame[column], order=table.date_orders.get(column)).set_axis(frame.index)
    return table.replace(frame)


def _table_with_moments(parts: Parts, column: str) -> str:
    """Return the first table, the reference before others, that holds a column as moments; "" if none does."""
    tables = (table for table in parts.all if column in table)
    return next((table.name for table in tables if pd.api.types.is_datetime64_any_dtype(table[column])), "")


def _learned(predictor: Predictor, parts: Parts, column: str) -> bool | None:
    """Say whether the levels of a column that a part of the model learned are moments; None where none learned any."""
    called = {str(table.original_names[column]) for table in parts.all if column in table}
    for part in _parts_of(getattr(predictor, "model", None)):
        names, levels = getattr(part, "feature_names_in_", None), getattr(part, "categories_", None)
        if names is None or levels is None or len(names) != len(levels):
            continue
        for name, found in zip(names, levels, strict=True):
            if str(name) in called:
                return pd.api.types.infer_dtype(found, skipna=True) in {"datetime64", "datetime"}
    return None


def _parts_of(model: Any) -> Iterator[Any]:  # noqa: ANN401 - any model
    """Yield the model and the fitted estimators in it."""
    waiting, seen = [model], set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, type):
            continue
        seen.add(id(part))
        if isinstance(part, list | tuple):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
        elif hasattr(part, "get_params"):
            yield part
            waiting += getattr(part, "__dict__", {}).values()
