"""Time travel: a model that learned from rows later than those it is tested on, and columns dated after their row."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import MissingInputError, TableError
from mlops_widgets.overfitting.validation.leaks.check import LeakCheck, blank
from mlops_widgets.overfitting.validation.leaks.material import Material, Part
from mlops_widgets.overfitting.validation.leaks.refits import Worth, with_worth, worth_of_rows
from mlops_widgets.study.dates import read_dates
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import times_of

Floats = npt.NDArray[np.float64]

_FEW = 0.01
_LEAST_AHEAD = 0.01
_PROBE_CELLS = 200
_READABLE = 0.95


def find_time_travel(material: Material, *, margin: float) -> LeakCheck:
    """Return whether the reference holds rows later than the test's, and what knowing these is worth."""
    check = replace(
        blank("order"), measure="what knowing later rows adds to the score", margin=margin,
        control="overlap in time is counted, never flagged by itself: it fails only if a model without the later rows, "
        "fitted on as many others, loses more than the margin on the same test rows",
    )  # fmt: skip
    reference, test = material.need_reference(), material.need_test()
    if reference.times is None or test.times is None:
        raise MissingInputError("time column in reference and test", "Pass time= to look at the order of rows.")
    learned, asked = (each[~np.isnan(each)] for each in (reference.times, test.times))
    if not len(learned) or not len(asked):
        raise MissingInputError("times in reference and test", "Pass time= with a date in each row.")
    before = np.sort(asked)
    travelled = float((np.searchsorted(before, learned, side="left") > 0).mean())
    earlier = float((asked < learned.max()).mean())
    typical = float((np.searchsorted(before, learned, side="left") / len(before)).mean())
    found = replace(check, evidence={"test_rows_earlier_share": earlier, "pairs_reversed_share": typical,
                                     "reference_rows_later_share": travelled})  # fmt: skip
    if typical < _FEW:
        return replace(found, status="passed")
    return with_worth(found, _worth(material, reference, test))


def _worth(material: Material, reference: Part, test: Part) -> Worth | None:
    """Return what knowing later rows is worth on the later half of the test."""
    if reference.times is None or test.times is None:
        return None
    start = float(np.nanmedian(test.times))
    asked = np.flatnonzero(test.times >= start)
    return worth_of_rows(
        material, without=np.flatnonzero(reference.times < start), asked=asked, rng=material.rng(41)
    )  # fmt: skip


def find_future_dates(material: Material) -> LeakCheck:
    """Return which date columns that the model takes lie after their row's own time."""
    check = replace(
        blank("dates"), measure="share of rows dated after their own time", margin=_LEAST_AHEAD,
        control="every row is counted; dates that are planned ahead, such as an end of contract, are known in time, so this "
        "warns and never fails",
    )  # fmt: skip
    material.need_features()
    part = material.reference or material.need_test()
    if part.times is None:
        raise MissingInputError("time column", "Pass time= to look for dates after a row's own time.")
    time = material.study.roles.time
    ahead = {name: _ahead(part, name) for name in material.features if name != time}
    dated = {name: share for name, share in ahead.items() if share is not None}
    if not dated:
        raise MissingInputError("date column among the model's columns", "Nothing to do: the model takes no dates.")
    names = tuple(sorted((n for n in dated if dated[n] >= _LEAST_AHEAD), key=lambda n: -dated[n]))
    worst = max(dated.values())
    return replace(
        check, status="warning" if names else "passed", value=worst, columns=names,
        evidence={"date_columns": len(dated), "rows": part.rows, "ahead_share": worst},
    )  # fmt: skip


def _ahead(part: Part, name: str) -> float | None:
    """Return the share of rows whose date in this column is later than their time; None where it holds no dates."""
    if part.times is None or not _holds_dates(part.table, name):
        return None
    try:
        dates, are_dates = times_of(part.table, name)
    except TableError:
        return None
    known = ~np.isnan(dates) & ~np.isnan(part.times)
    return float((dates[known] > part.times[known]).mean()) if are_dates and known.any() else None


def _holds_dates(table: Table, name: str) -> bool:
    column = table[name]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return True
    if pd.api.types.is_numeric_dtype(column.dtype) or isinstance(column.dtype, pd.PeriodDtype):
        return False
    cells = column.dropna()[:_PROBE_CELLS]
    return bool(len(cells)) and float(read_dates(cells).notna().mean()) >= _READABLE
