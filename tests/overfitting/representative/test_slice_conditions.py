import numpy as np
import pandas as pd

from mlops_widgets.overfitting.representative.slice_conditions import Condition, conditions_on, rule_words
from mlops_widgets.study.tables import Table


def _conditions(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return each rule with the rows where the bins say that it holds."""
    found = conditions_on(Table(frame, name="test"), frame.columns, least_units=10, units=np.arange(len(frame)))
    return {each.words: found.where.inside(k, k) for k, each in enumerate(found.conditions)}


def _frame(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "income": np.where(rng.random(rows) < 0.1, np.nan, np.exp(rng.normal(10, 1, rows))),
        "town": rng.choice(["Oslo", "Bergen", "Bodø", "Hamar"], rows, p=[0.5, 0.3, 0.19, 0.01]),
        "flag": rng.random(rows) < 0.5,
        "cars": rng.integers(0, 3, rows),
        "on": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D"),
        "same": 1,
    })  # fmt: skip


def test_rules_read_as_a_person_writes_them() -> None:
    rules = _conditions(_frame())
    assert {"income is missing", "town = Oslo", "town is a rarer value", "flag = True", "cars = 2"} <= set(rules)
    assert any(rule.startswith("on ≤ ") and rule.endswith("2024") for rule in rules)
    assert not any("same" in rule or "Hamar" in rule for rule in rules)


def test_bins_and_conditions_hold_in_the_same_rows() -> None:
    frame = _frame()
    table = Table(frame, name="test")
    found = conditions_on(table, frame.columns, least_units=10, units=np.arange(400))
    for k, condition in enumerate(found.conditions):
        assert (condition.holds(table) == found.where.inside(k, k)).all(), condition.words


def test_edges_are_rounded_so_that_no_cell_is_quoted() -> None:
    frame = pd.DataFrame({"income": np.random.default_rng(1).normal(50_000, 9_000, 400)})
    found = conditions_on(Table(frame, name="test"), ["income"], least_units=10, units=np.arange(400))
    edges = {end for each in found.conditions for end in (each.lower, each.upper) if end is not None}
    assert len(edges) == 7
    assert all(edge % 100 == 0 for edge in edges)


def test_a_value_of_few_units_is_not_named() -> None:
    frame = pd.DataFrame({"employer": np.repeat(["a", "b"], 100)})
    units = np.r_[np.arange(100), np.full(100, 100)]  # b: a hundred rows of one person
    found = conditions_on(Table(frame, name="test"), ["employer"], least_units=10, units=units)
    assert [each.words for each in found.conditions] == ["employer = a", "employer is a rarer value"]


def test_infinite_numbers_lie_beyond_the_last_edge() -> None:
    frame = pd.DataFrame({"x": np.r_[np.arange(100.0), np.inf, -np.inf, np.nan]})
    rules = _conditions(frame)
    low = next(held for rule, held in rules.items() if rule.startswith("x ≤"))
    high = next(held for rule, held in rules.items() if rule.startswith("x >"))
    assert (low[101], high[100], low[102] | high[102]) == (True, True, False)


def test_long_names_are_cut_and_negative_numbers_have_a_minus() -> None:
    condition = Condition(column="x" * 100, kind="range", lower=-2.5)
    assert condition.words == f"{'x' * 39}… > −2.5"
    both = (Condition(column="a", kind="range", lower=1.0, upper=2.0), Condition(column="b", kind="missing"))
    assert rule_words(both) == "1 < a ≤ 2 and b is missing"


def test_a_range_that_holds_one_whole_number_is_called_by_it() -> None:
    frame = pd.DataFrame({"code": np.repeat(np.arange(-1, 11), [200, 200, 200, 200, 20, 20, 20, 20, 20, 20, 20, 20])})
    rules = _conditions(frame)
    assert {"code = −1", "code = 0", "code = 1"} <= set(rules)
    assert (rules["code = 1"] == (frame["code"] == 1)).all()
    assert not any(rule.startswith("code = ") for rule in _conditions(frame + 0.5))
