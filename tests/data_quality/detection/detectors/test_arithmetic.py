"""Cells that contradict the arithmetic of their columns."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.detection.detectors import arithmetic

from .said import sure, suspicions


@cache
def invoices() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    price, count = rng.lognormal(3, 0.7, 600).round(2), rng.integers(2, 9, 600)
    seen = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 600, 600), unit="D")
    born = pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 18_000, 600), unit="D")
    return pd.DataFrame({
        "price": price, "count": count, "total": (price * count).round(2), "seen": seen, "born": born,
        "age": ((seen - born).days / 365.2425).astype(int),
    })  # fmt: skip


def test_rows_that_add_up_are_left_alone() -> None:
    assert not list(suspicions(arithmetic, invoices()))


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_a_wrong_product_is_found_and_put_right(share: float) -> None:
    dirty, rng = invoices().copy(), np.random.default_rng(1)
    rows = np.sort(rng.choice(600, round(share * 600), replace=False))
    dirty.loc[rows, "total"] = (dirty.loc[rows, "total"] * rng.uniform(1.2, 3, len(rows))).round(2)
    found = sure(arithmetic, dirty)[:, 2]
    assert found[rows].mean() >= 0.92
    assert np.delete(found, rows).sum() == 0
    right = {row: repair for each in suspicions(arithmetic, dirty) if each.column == "total" and each.repair is not None
             for row, repair in zip(each.rows, each.repair, strict=True)}  # fmt: skip
    assert all(right[row] == pytest.approx(invoices()["total"][row]) for row in np.flatnonzero(found))


def test_an_age_that_can_t_be_is_blamed_and_not_the_dates() -> None:
    dirty = invoices().copy()
    dirty.loc[[4, 8], "age"] = [131, 200]
    found = sure(arithmetic, dirty, "dependency")
    assert np.argwhere(found).tolist() == [[4, 5], [8, 5]]


def test_where_nobody_can_say_blame_is_shared() -> None:
    dirty = invoices().copy()
    dirty["age"] += 20 * (dirty.index == 4)
    blame = [each.confidence[list(each.rows).index(4)] for each in suspicions(arithmetic, dirty) if 4 in each.rows]
    assert max(blame) < 0.95
    assert len(blame) >= 2
