"""Contracts learned from tables: dirt isn't learned, headroom is left, nothing personal is listed."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.data_quality.contracts.infer import infer_contract
from mlops_widgets.data_quality.contracts.shapes import pattern_of
from mlops_widgets.data_quality.contracts.validate import ValidationResult, validate
from mlops_widgets.data_quality.detection.errors import ErrorsResult, Reason
from mlops_widgets.errors import InputError
from mlops_widgets.study.contract.contract import Contract, Dependency, Key, Order


def found(table: pd.DataFrame, cells: dict[str, Any] | None = None, confidence: float = 0.9) -> ErrorsResult:
    """What detection says: these cells of these columns, and nothing else."""
    names = list(map(str, table.columns))
    rows: list[npt.NDArray[np.int64]] = [np.flatnonzero(mask) for mask in (cells or {}).values()]
    at = [np.full(len(each), names.index(name)) for name, each in zip(cells or {}, rows, strict=True)]
    none = np.zeros(0, dtype=np.int64)
    count = sum(map(len, rows))
    return ErrorsResult(
        findings=(), rows=len(table), columns=tuple(names), reasons=(Reason(kind="outlier", text="wrong"),),
        cell_rows=np.concatenate([none, *rows]), cell_columns=np.concatenate([none, *at]), cell_reasons=np.zeros(count, dtype=np.int64),
        confidence=np.full(count, confidence), notes=(), table="table", table_rows=len(table), margin=0.01,
    )  # fmt: skip


@cache
def _orders() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 1200
    shop = rng.integers(0, 30, n)
    ordered = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 200, n), unit="D")
    return pd.DataFrame({
        "order_id": np.arange(n) + 5000, "placed": ordered, "sent": ordered + pd.to_timedelta(rng.integers(0, 9, n), unit="D"),
        "shop": shop, "region": np.array(["north", "south", "west"])[shop % 3], "customer_name": rng.choice(["Ann", "Bo", "Cy"], n),
        "amount": rng.lognormal(3, 0.5, n).round(2), "share": rng.random(n).round(3), "units": rng.poisson(3, n),
        "note": rng.choice(["late", "two parcels please", "none"], n), "sku": [f"{a}{b}-{c:04d}" for a, b, c in zip(rng.choice(list("XYZ"), n), rng.choice(list("QRS"), n), rng.integers(0, 9999, n), strict=True)],
        "rebate": np.where(rng.random(n) < 0.1, np.nan, rng.normal(0, 1, n).round(3)), "when": ordered.strftime("%Y-%m-%d"),
        "text_number": [f"{value:.1f}" for value in rng.uniform(1, 9, n)], "zip": [f"0{value}" for value in rng.integers(1000, 9999, n)],
        "paid": rng.random(n) > 0.3, "level": rng.integers(1, 6, n), "code": rng.choice([10, 20, 35], n),
    })  # fmt: skip


@cache
def _contract() -> Contract:
    return infer_contract(_orders(), errors=found(_orders()))


def test_types_are_those_of_the_cells() -> None:
    types = {each.name: (each.type, each.as_text) for each in _contract().columns}
    assert types["order_id"] == ("integer", False)
    assert types["placed"] == ("date", False)
    assert types["when"] == ("date", True)
    assert types["text_number"] == ("number", True)
    assert types["zip"] == ("string", False)
    assert types["paid"] == ("boolean", False)
    assert types["rebate"] == ("number", False)


def test_a_sentinel_never_becomes_a_bound() -> None:
    dirty = _orders().assign(units=_orders()["units"].where(np.arange(1200) % 100 != 7, -999))
    wrong = (dirty["units"] == -999).to_numpy()
    learned = infer_contract(dirty, errors=found(dirty, {"units": wrong}))
    assert learned["units"].lower == 0
    result = validate(dirty, learned)
    assert isinstance(result, ValidationResult)
    assert result.failing("units: range").tolist() == np.flatnonzero(wrong).tolist()
    assert any("12 of 'units'" in note for note in learned.notes)


def test_cells_that_may_be_right_are_learned() -> None:
    dirty = _orders().assign(units=_orders()["units"].where(np.arange(1200) % 100 != 7, -999))
    wrong = (dirty["units"] == -999).to_numpy()
    lower = infer_contract(dirty, errors=found(dirty, {"units": wrong}, confidence=0.4))["units"].lower
    assert isinstance(lower, int)
    assert lower <= -999


def test_detection_is_asked_where_nobody_did() -> None:
    table = pd.DataFrame({"age": np.r_[np.tile(np.arange(20, 60), 10), [-999] * 8], "x": np.arange(408) % 7})
    assert infer_contract(table)["age"].lower in range(21)


def test_closed_columns_are_listed_and_others_are_not() -> None:
    contract = _contract()
    assert contract["region"].allowed == ("north", "south", "west")
    assert contract["code"].allowed == (10, 20, 35)
    assert not any(
        contract[name].allowed for name in ("order_id", "sku", "zip", "customer_name", "amount", "units", "level")
    )
    assert (contract["level"].lower, contract["level"].upper) == (1, 5)


def test_a_value_that_four_rows_hold_opens_the_list() -> None:
    table = pd.DataFrame({"a": ["x"] * 500 + ["y"] * 496 + ["rare"] * 4})
    assert infer_contract(table, errors=found(table))["a"].allowed == ()
    table = pd.DataFrame({"a": ["x"] * 500 + ["y"] * 495 + ["rare"] * 5})
    assert infer_contract(table, errors=found(table))["a"].allowed == ("rare", "x", "y")


def test_texts_of_one_form_get_a_pattern_without_their_letters() -> None:
    assert _contract()["sku"].pattern == "[A-Z]{2}-[0-9]{4}"
    assert _contract()["zip"].pattern == "[0-9]{5}"
    assert _contract()["note"].allowed == ("late", "none", "two parcels please")


@pytest.mark.parametrize(("texts", "pattern"), [
    (["a@b.ch", "cd@ef.com"], r"[a-z]+@[a-z]+\.[a-z]+"), (["A1", "B22"], "[A-Z][0-9]+"), (["abc", "ab"], ""), (["AB", "CD"], "[A-Z]{2}"),
    (["two words", "words"], ""), (["", "A1"], ""), (["Zürich-1"], ""), (["1", "A", "a-", "+x", "?"], ""),
])  # fmt: skip
def test_forms(texts: list[str], pattern: str) -> None:
    assert pattern_of(texts * 5, fewest=5) == pattern


def test_a_form_that_few_texts_have_is_no_pattern() -> None:
    assert pattern_of(["AB-1"] * 20 + ["7"] * 4, fewest=5) == ""
    assert pattern_of(["AB-1"] * 20 + ["7"] * 5, fewest=5) == "[0-9]|[A-Z]{2}-[0-9]"


def test_keys_dependencies_and_orders_are_found_and_chance_is_not() -> None:
    contract = _contract()
    assert [each.name for each in contract.columns if each.unique] == ["order_id"]
    assert contract.dependencies == (Dependency(determinant=("shop",), dependent="region"),)
    assert contract.orders == (Order(first="placed", second="sent"),)


def test_two_columns_that_together_name_rows_are_a_key() -> None:
    table = pd.DataFrame(
        {"customer": np.repeat(np.arange(40), 25), "month": np.tile(np.arange(25), 40), "x": np.ones(1000)}
    )
    assert infer_contract(table, errors=found(table)).keys == (Key(columns=("customer", "month")),)


def test_numbers_that_happen_not_to_repeat_are_no_key() -> None:
    table = pd.DataFrame({"wage": np.random.default_rng(0).choice(10**9, 300, replace=False)})
    assert not infer_contract(table, errors=found(table))["wage"].unique


def test_gaps_are_tolerated_as_far_as_their_interval_goes() -> None:
    contract = _contract()
    share = float(_orders()["rebate"].isna().mean())
    assert share < contract["rebate"].missing_share < share + 0.06
    assert contract["order_id"].missing_share == 0
    assert 0 < contract["amount"].missing_share < 0.01


def test_bounds_leave_headroom_and_keep_the_sign() -> None:
    contract = _contract()
    top = float(_orders()["amount"].max())
    assert contract["amount"].lower == 0
    assert isinstance(contract["amount"].upper, int | float)
    assert top < contract["amount"].upper < 20 * top
    assert contract["placed"].upper is None
    assert str(contract["placed"].lower) < "2024-01-01"


def test_a_light_tail_gets_little_headroom_and_one_without_variance_much() -> None:
    at = (np.arange(1, 10_001) - 0.35) / 10_000
    table = pd.DataFrame({"flat": (50 + 10 * at).round(3), "heavy": ((1 - at) ** -0.8).round(3)})
    contract = infer_contract(table, errors=found(table))
    assert (contract["flat"].lower, contract["flat"].upper) == (49, 61)  # sqrt(100 / 10,000) of a range of 10
    assert isinstance(contract["heavy"].upper, int | float)
    assert 12 * table["heavy"].max() < contract["heavy"].upper < 100 * table["heavy"].max()


def test_time_goes_on() -> None:
    table = pd.DataFrame({"year": np.repeat([2015, 2016], 300), "y": np.tile([0, 1], 300)})
    rules = infer_contract(table, errors=found(table), roles={"time": "year", "target": "y"})["year"]
    assert (rules.allowed, rules.upper) == ((), None)


def test_a_half_of_a_table_keeps_the_contract_of_the_other() -> None:
    order = np.random.default_rng(1).permutation(1200)
    first, second = (_orders().iloc[part].reset_index(drop=True) for part in (order[:600], order[600:]))
    result = validate(second, infer_contract(first, errors=found(first)))
    assert isinstance(result, ValidationResult)
    assert result.broken == ()


def test_few_rows_promise_little() -> None:
    table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"], "c": [None, None]})
    contract = infer_contract(table, errors=found(table))
    assert [rule.kind for rule in contract.rules if rule.kind not in {"present", "type", "missing", "rows"}] == []


@pytest.mark.parametrize("cells", [
    [["a"], ["b"]] * 30, [{"a": 1}] * 60, [None] * 60, [np.inf] * 60, [10**30] * 60, ["\ud800"] * 60, ["x" * 100_000] * 60, [1j] * 60,
    [pd.Timestamp("2024-01-01", tz="Asia/Tokyo")] * 60, [1, "a"] * 30, [""] * 60, list(pd.period_range("2024", periods=60)),
])  # fmt: skip
def test_hostile_columns_are_learned_and_keep_what_was_learned(cells: list[Any]) -> None:
    table = pd.DataFrame(
        {"a": pd.Series(cells, dtype=object if not isinstance(cells[0], complex) else None), "b": range(60)}
    )
    result = validate(table, infer_contract(table, errors=found(table)))
    assert isinstance(result, ValidationResult)
    assert [each.rule for each in result.outcomes if each.status == "failed" and each.kind != "type"] == []


def test_errors_of_another_table_are_refused() -> None:
    with pytest.raises(InputError, match="errors= are of a table of 2 rows"):
        infer_contract(_orders(), errors=found(pd.DataFrame({"a": [1, 2]})))
    with pytest.raises(InputError, match="false_alarm_share=0"):
        infer_contract(_orders(), errors=found(_orders()), false_alarm_share=0)


def test_a_study_brings_its_roles_and_its_name() -> None:
    study = mw.sample("loans")
    reference = study.need("reference").pandas().head(600)
    contract = infer_contract(study, errors=found(study.need("reference").pandas()))
    assert contract.name == "loans"
    assert contract["applied_on"].upper is None
    assert len(reference.columns) == len(contract.columns)
