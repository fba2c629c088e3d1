"""A table with one error of each kind, and the errors as a perfect detector would report them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.core.result import Finding
from mlops_widgets.data_quality.detection.errors import ErrorsResult, Reason
from mlops_widgets.data_quality.detection.suspicions import ColumnNote

Said = tuple[int, str | None, str, float, Any]
"""Row, column (None: the whole row), kind, confidence, what belongs there."""

ROWS = 300
COUNTIES = {"Oslo": "Oslo", "Bergen": "Vestland", "Bodo": "Nordland"}


def errors_of(frame: pd.DataFrame, said: Sequence[Said], notes: Sequence[ColumnNote] = ()) -> ErrorsResult:
    """Return a result of `find_errors` that says this."""
    ranked = sorted(said, key=lambda each: -each[3])
    columns = tuple(map(str, frame.columns))
    reasons = list(dict.fromkeys(Reason(kind=kind, text=f"{kind} in {name}.") for _, name, kind, _, _ in ranked))
    index = {name: at for at, name in enumerate(columns)}
    return ErrorsResult(
        findings=(Finding(code="DQ-FE-01", status="warning", claim="Planted."),), rows=len(frame), columns=columns,
        reasons=tuple(reasons), notes=tuple(notes), table="table", table_rows=len(frame), margin=0.05,
        cell_rows=np.array([each[0] for each in ranked], dtype=np.int64),
        cell_columns=np.array([-1 if each[1] is None else index[each[1]] for each in ranked], dtype=np.int64),
        cell_reasons=np.array([reasons.index(Reason(kind=k, text=f"{k} in {c}.")) for _, c, k, _, _ in ranked], dtype=np.int64),
        confidence=np.array([each[3] for each in ranked]),
        values=[None if name is None else frame[name].iloc[row] for row, name, *_ in ranked],
        repairs=[repair for *_, repair in ranked],
    )  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """The clean rows, the dirty ones (with ten repeated at the end), and the errors."""

    clean: pd.DataFrame
    dirty: pd.DataFrame
    errors: ErrorsResult


def clean_rows(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Return people with a town that decides the county, an income, a weight written as text, and two dates."""
    rng = np.random.default_rng(seed)
    town = rng.choice(list(COUNTIES), rows)
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D")
    return pd.DataFrame({
        "age": rng.integers(18, 80, rows), "town": town, "county": [COUNTIES[each] for each in town],
        "income": rng.lognormal(10, 0.4, rows).round(), "weight": [str(each) for each in rng.integers(40, 120, rows)],
        "start": start, "end": start + pd.to_timedelta(rng.integers(1, 50, rows), unit="D"),
    })  # fmt: skip


@cache
def planted() -> Planted:
    """Return the table; rows of one kind of error don't overlap within a column."""
    clean: Any = clean_rows()
    dirty: Any = clean.copy()
    said: list[Said] = []
    for row in range(20):
        dirty.loc[row, "age"] = -999
        said.append((row, "age", "disguised_missing", 0.9, np.nan))
    for row in range(20, 32):
        dirty.loc[row, "town"] = "N/A"
        said.append((row, "town", "disguised_missing", 0.95, np.nan))
    for row in range(40, 70):
        right = clean.loc[row, "town"]
        dirty.loc[row, "town"] = f" {right.upper()} " if row % 2 else f"{right[:3]}{right[2]}{right[3:]}"
        said.append((row, "town", "variant" if row % 2 else "typo", 0.8, right))
    for row in range(80, 105):
        dirty.loc[row, "income"] = clean.loc[row, "income"] / 1000
        said.append((row, "income", "unit", 0.8, clean.loc[row, "income"]))
    for row in range(110, 150):
        dirty.loc[row, "weight"] = f"{clean.loc[row, 'weight']} kg"
        said.append((row, "weight", "format", 0.8, clean.loc[row, "weight"]))
    for row in range(160, 175):
        dirty.loc[row, "end"] = clean.loc[row, "start"] - pd.Timedelta(days=3)
        said.append((row, "end", "date", 0.8, np.nan))
    for row in range(180, 200):
        others = [each for each in COUNTIES.values() if each != clean.loc[row, "county"]]
        dirty.loc[row, "county"] = others[row % 2]
        said.append((row, "county", "dependency", 0.8, clean.loc[row, "county"]))
    dirty = pd.concat([dirty, dirty.iloc[250:260]], ignore_index=True)
    said += [(row, None, "duplicate", 0.95, None) for row in range(ROWS, ROWS + 10)]
    notes = [ColumnNote(kind="id_like", column="start", confidence=0.7, reason="It only names rows.", action="")]
    return Planted(clean, dirty, errors_of(dirty, said, notes))
