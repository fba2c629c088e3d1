import numpy as np
import pandas as pd
import pytest

from tests.data_quality.detection.tables import CITIES, flagged, found, repairs, reports, shops


def test_cells_that_break_a_dependency_are_repaired_from_their_group() -> None:
    table = shops().copy()
    table.loc[[10, 100, 250], "city"] = ["Madison", "Houston", "Chicago"]
    result = found(table)
    assert flagged(result, "city") == [10, 100, 250]
    assert repairs(result, "city", "dependency") == shops()["city"].iloc[[10, 100, 250]].to_dict()


def test_missing_cells_that_a_dependency_fills_are_errors_and_others_are_not() -> None:
    table = shops().copy()
    table.loc[[10, 100], ["city", "amount"]] = None
    result = found(table)
    assert flagged(result, "city") == [10, 100]
    assert flagged(result, "amount") == []
    assert repairs(result, "city", "missing") == shops()["city"].iloc[[10, 100]].to_dict()


def test_columns_that_only_go_together_often_are_no_dependency() -> None:
    rng = np.random.default_rng(0)
    style = rng.integers(0, 30, 1500)
    glass = np.where(rng.random(1500) < 0.8, style % 5, rng.integers(0, 5, 1500))
    table = pd.DataFrame(
        {
            "style": [f"style {chr(97 + each % 26)}{each}" for each in style],
            "glass": [f"glass {chr(97 + each)}" for each in glass],
        }
    )
    assert not found(table).cells.to_numpy().any()


def test_a_group_that_holds_two_values_side_by_side_is_no_error() -> None:
    table = shops().copy()
    table.loc[table.index[:4], "city"] = "Ashland"
    assert flagged(found(table), "city") == []


def test_independent_columns_of_few_values_are_no_dependency() -> None:
    rng = np.random.default_rng(0)
    flags = sum(
        int(found(pd.DataFrame({f"c{at}": rng.choice(list("abcdef"), 200) for at in range(6)})).cells.to_numpy().sum()) for _ in range(10)
    )  # fmt: skip
    assert flags == 0


def test_reports_are_judged_by_the_sources_that_can_be_believed() -> None:
    table, wrong = reports()
    cells = found(table).cells.to_numpy()
    # Eight of twelve sources copy the wrong value, so the commonest value is wrong in half of the things.
    assert (cells & wrong).sum() / cells.sum() > 0.98
    assert (cells & wrong).sum() / wrong.sum() > 0.98


def test_prices_that_differ_between_shops_are_no_reports_of_one_price() -> None:
    rng = np.random.default_rng(0)
    shop, product = np.repeat(np.arange(20), 60), np.tile(np.arange(60), 20)
    price = np.exp(rng.normal(2, 0.7, 60)).round(2)[product]
    table = pd.DataFrame({
        "shop": [f"shop {chr(97 + each)}" for each in shop], "product": [f"item {each:02d}" for each in product],
        "brand": [f"brand {chr(97 + each % 13)}" for each in product],
        "price": np.where(rng.random(1200) < 0.2, (price * 1.1).round(2), price), "stock": rng.integers(0, 50, 1200),
    })  # fmt: skip
    assert not found(table).cells.to_numpy().any()


def orders(count: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "id": np.arange(count), "customer": [f"{a} {b}" for a, b in zip(rng.choice(CITIES, count), rng.choice(CITIES, count), strict=True)],
        "amount": rng.normal(50, 9, count).round(2), "weight": rng.normal(5, 1, count).round(3), "tax": rng.normal(5, 1, count).round(3), "city": rng.choice(CITIES, count),
    })  # fmt: skip


def test_copied_rows_are_found_behind_another_id() -> None:
    table = orders()
    copies = table.iloc[[3, 70, 200]].assign(id=[900, 901, 902])
    result = found(pd.concat([table, copies], ignore_index=True))
    assert result.repeated_rows.tolist() == [400, 401, 402]
    assert not result.cells.to_numpy().any()


def test_near_copies_are_found() -> None:
    table = orders()
    copies = table.iloc[[3, 70, 200]].assign(id=[900, 901, 902])
    copies["amount"] += 0.01
    copies["customer"] = copies["customer"].str.upper()
    result = found(pd.concat([table, copies], ignore_index=True))
    assert result.repeated_rows.tolist() == [400, 401, 402]
    frame = result.frame()
    near = frame[frame["kind"] == "near_duplicate"]
    assert near["row"].tolist() == [400, 401, 402]
    assert near["column"].isna().all()


def test_rows_of_few_categories_are_alike_by_chance() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({name: rng.choice(list("abc"), 500) for name in ("p", "q", "r", "s", "t")})
    assert len(found(table).repeated_rows) == 0


def quotes(seed: int, *, numbered: bool) -> tuple[pd.DataFrame, np.ndarray]:
    """Return quotes of 50 shares by ten sites, each wrong in a fifth of its cells, and which cells are wrong."""
    rng = np.random.default_rng(seed)
    share, site = np.repeat(np.arange(50), 10), np.tile(np.arange(10), 50)
    right = rng.integers(100, 10**6, (50, 3))[share]
    wrong = rng.random(right.shape) < 0.2
    said = np.where(wrong, rng.integers(100, 10**6, right.shape), right)
    frame = pd.DataFrame(said, columns=["opening", "close", "volume"])
    frame.insert(0, "site", site if numbered else [f"site {chr(97 + each)}" for each in site])
    frame.insert(1, "share", 1000 + share if numbered else [f"share {each}x" for each in share])
    return frame, np.hstack([np.zeros((500, 2), dtype=bool), wrong])


@pytest.mark.parametrize("numbered", [False, True])
def test_reports_are_judged_whether_names_or_numbers_tell_what_they_are_of(*, numbered: bool) -> None:
    frame, wrong = quotes(0, numbered=numbered)
    cells = found(frame).cells.to_numpy()
    assert not (cells & ~wrong).any()
    assert (cells & wrong).sum() > 0.98 * wrong.sum()


@pytest.mark.parametrize("period", [range(2015, 2023), ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug"]])
def test_what_changes_from_period_to_period_is_no_error(period: list[object]) -> None:
    rng = np.random.default_rng(0)
    rows = []
    for who in range(100):
        held = rng.integers(0, 12, 3)
        for when in period:
            held = np.where(rng.random(3) < 0.2, rng.integers(0, 12, 3), held)
            rows.append([who, when, *(f"kind {chr(97 + each)}" for each in held)])
    frame = pd.DataFrame(rows, columns=["who", "when", "department", "grade", "manager"])
    assert not found(frame).cells.to_numpy().any()


def test_raters_who_differ_by_a_point_make_no_error() -> None:
    rng = np.random.default_rng(0)
    worth = np.repeat(rng.integers(0, 7, (60, 3)), 10, axis=0)
    marks = np.clip(worth + rng.choice([-1, 0, 1], worth.shape, p=[0.15, 0.7, 0.15]), 0, 6)
    frame = pd.DataFrame(marks, columns=["clarity", "style", "depth"])
    frame.insert(0, "work", np.repeat(np.arange(60), 10))
    frame.insert(1, "rater", np.tile(np.arange(10), 60))
    assert not found(frame).cells.to_numpy().any()
