"""One table cut into reference, test and production, as `split=` says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.tables import Table, distinct, quoted
from mlops_widgets.study.timeline import codes, times_of, written

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Split = str | date | float | Mapping[str, Any]

TEST_SHARE = 0.25
PARTS = ("reference", "test", "production")
_SYNONYMS = {"train": "reference", "training": "reference", "reference": "reference", "test": "test",
             "holdout": "test", "production": "production", "live": "production", "serving": "production"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SplitContext:
    """What a split may look at besides the rows: time, entity and target columns, and the seed of random splits."""

    time: str | None
    entity: str | None
    target: str | None
    seed: int


def split_table(data: Table, split: Split, context: SplitContext) -> dict[str, Table]:
    """Return the parts of `data` by name; a part without rows is absent.

    A date: later rows are production, earlier ones reference and test 75/25 by time. A mapping such as
    `{"test": "2024-01-01", "production": "2024-07-01"}`: where each begins, as dates or as shares of the rows.
    A share: that much is test (the latest rows where there is a time column; whole entities where there is an entity;
    else stratified at random). Rows of one moment, or of one entity, stay together. A column: it names the part of each row.

    Raises
    ------
    InputError
        If the split can't be understood, needs a time column, or leaves a part empty.
    """
    if isinstance(split, bool):
        raise InputError(f"split={split!r}. Pass a date, a share, a column or {{'test': …, 'production': …}}.")
    if isinstance(split, Mapping):
        rows = _by_mapping(data, split, context)
    elif isinstance(split, int | float) and 0 < split < 1:
        rows = _by_share(data, float(split), context)
    elif isinstance(split, str) and split in data:
        rows = _by_column(data, split)
    else:
        rows = _by_date(data, split, context)
    empty = [part for part, chosen in rows.items() if not len(chosen)]
    if empty:
        raise InputError(f"split={split!r} leaves no rows for {listed(empty)}.{_range_of(data, context)}")
    return {
        part: data.take(chosen, name=part, source_rows=round(len(chosen) / data.kept)) for part, chosen in rows.items()
    }


def _by_date(data: Table, split: Any, context: SplitContext) -> dict[str, Rows]:  # noqa: ANN401
    times, moment = _moment(data, split, context)
    before = np.flatnonzero(times < moment)
    ordered = before[np.argsort(times[before], kind="stable")]
    cut = _between_moments(times[ordered], 1 - TEST_SHARE)
    return {
        "reference": np.sort(ordered[:cut]),
        "test": np.sort(ordered[cut:]),
        "production": np.flatnonzero(times >= moment),
    }


def _between_moments(ordered: Floats, share: float) -> int:
    """Return where to cut so that rows of one moment stay together."""
    if not len(ordered):
        return 0
    return int(np.searchsorted(ordered, ordered[min(round(share * len(ordered)), len(ordered) - 1)], side="left"))


def _by_mapping(data: Table, split: Mapping[str, Any], context: SplitContext) -> dict[str, Rows]:
    unknown = sorted(map(str, set(split) - {"test", "production"}))
    if unknown or "test" not in split:
        hint = did_you_mean(unknown[0], ("test", "production")) if unknown else ""
        raise InputError(f"split={dict(split)!r}. Name where 'test' and, if there is one, 'production' begins.{hint}")
    if all(isinstance(v, float) for v in split.values()):
        return _by_shares(data, dict(split), context)
    times, test = _moment(data, split["test"], context)
    production = _moment(data, split["production"], context)[1] if "production" in split else np.inf
    if test >= production:
        raise InputError(f"split={dict(split)!r}: test must begin before production.")
    rows = {"reference": np.flatnonzero(times < test), "test": np.flatnonzero((times >= test) & (times < production))}
    return rows | ({"production": np.flatnonzero(times >= production)} if "production" in split else {})


def _by_shares(data: Table, shares: dict[str, float], context: SplitContext) -> dict[str, Rows]:
    total = sum(shares.values())
    if not 0 < total < 1 or min(shares.values()) <= 0:
        raise InputError(f"split={shares!r}: shares must be above 0 and leave rows for the reference.")
    ordered = _order(data, context)
    production = len(ordered) - round(shares.get("production", 0.0) * len(ordered))
    test = production - round(shares["test"] * len(ordered))
    together = _kept_together(data, context)
    if together is not None:
        test = _nearest_edge(together[ordered], test)
        production = _nearest_edge(together[ordered], production) if "production" in shares else production
    rows = {"reference": np.sort(ordered[:test]), "test": np.sort(ordered[test:production])}
    return rows | ({"production": np.sort(ordered[production:])} if "production" in shares else {})


def _by_share(data: Table, share: float, context: SplitContext) -> dict[str, Rows]:
    ordered = _order(data, context)
    cut = len(ordered) - round(share * len(ordered))
    together = _kept_together(data, context)
    if together is not None:
        cut = _nearest_edge(together[ordered], cut)
    return {"reference": np.sort(ordered[:cut]), "test": np.sort(ordered[cut:])}


def _kept_together(data: Table, context: SplitContext) -> Rows | None:
    """Return what a share doesn't tear apart, row by row: a moment, or an entity."""
    column = context.time or context.entity
    return None if column is None else codes(data[column])


def _nearest_edge(unit: Rows, cut: int) -> int:
    """Return the place nearest to `cut` where one unit ends and the next begins; 0 where there is one unit only."""
    edges = np.flatnonzero(unit[1:] != unit[:-1]) + 1
    return int(edges[np.argmin(np.abs(edges - cut))]) if len(edges) else 0


def _order(data: Table, context: SplitContext) -> Rows:
    """Return row numbers in the order in which they are dealt out: by time, by entity, or stratified at random.

    A row without a time has no place in the order and is in no part.
    """
    if context.time is not None:
        times = times_of(data, context.time)[0]
        return np.argsort(times, kind="stable")[: int((~np.isnan(times)).sum())]
    rng = np.random.default_rng(context.seed)
    if context.entity is not None:
        unit = codes(data[context.entity])
        return np.argsort(rng.permutation(unit.max() + 1)[unit], kind="stable")
    shuffled = rng.permutation(data.rows)
    if context.target is None or context.target not in data or distinct(data[context.target]) > 20:
        return shuffled
    label = codes(data[context.target])[shuffled]
    within = pd.Series(np.ones(len(label))).groupby(label).cumsum().to_numpy() - 0.5
    share = within / np.bincount(label)[label]
    return shuffled[np.argsort(share, kind="stable")]


def _by_column(data: Table, column: str) -> dict[str, Rows]:
    words = data[column].astype(str).str.strip().str.lower()
    parts = words.map(_SYNONYMS)
    if parts.isna().any():
        raise InputError(f"split={column!r} holds {quoted(words[parts.isna()], most=5)}. Allowed: {listed(_SYNONYMS)}.")
    return {part: np.flatnonzero(parts == part) for part in PARTS if (parts == part).any()}


def _moment(data: Table, split: Any, context: SplitContext) -> tuple[Floats, float]:  # noqa: ANN401
    if context.time is None:
        near = did_you_mean(split, data.columns) if isinstance(split, str) else ""
        raise UnknownNameError(f"split={split!r} is neither a share nor a column; a date needs time=.{near}")
    times, are_dates = times_of(data, context.time)
    if not are_dates:
        if isinstance(split, int | float) and np.isfinite(split):
            return times, float(split)
        raise InputError(f"split={split!r}, but time={context.time!r} holds numbers.{_range_of(data, context)}")
    try:
        stamp = pd.Timestamp(split)
    except (TypeError, ValueError) as error:
        raise InputError(f"split={split!r} isn't a date. Write it as 2024-01-31.") from error
    if pd.isna(stamp):
        raise InputError(f"split={split!r} isn't a date. Write it as 2024-01-31.")
    stamp = stamp.tz_convert(None) if stamp.tzinfo is not None else stamp
    return times, float(stamp.timestamp() * 1000)


def _range_of(data: Table, context: SplitContext) -> str:
    if context.time is None:
        return ""
    times, are_dates = times_of(data, context.time)
    return f" The times run from {written(np.nanmin(times), are_dates=are_dates)} to {written(np.nanmax(times), are_dates=are_dates)}."
