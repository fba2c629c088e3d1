"""Rows as explainers make them."""

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.explainability.attribution.synthetic_rows import KINDS, Kind, synthetic, tell_apart

ROWS = pd.DataFrame({
    "count": np.arange(60), "size": np.linspace(0, 1, 60), "word": [f"w{k}" for k in range(60)],
    "day": pd.date_range("2024-01-01", periods=60), "sure": [True, False] * 30,
}).assign(gap=lambda rows: rows["size"].mask(rows["count"] % 7 == 0))  # fmt: skip
EACH = {str(name): (str(name),) for name in ROWS}


def made(kind: Kind) -> pd.DataFrame:
    return synthetic(ROWS, EACH, kind, np.random.default_rng(0))


@pytest.mark.parametrize("kind", KINDS)
def test_made_rows_keep_columns_types_and_number(kind: Kind) -> None:
    rows = made(kind)
    assert list(rows.columns) == list(ROWS.columns)
    assert rows.dtypes.tolist() == ROWS.dtypes.tolist()
    assert len(rows) == len(ROWS)


def test_a_coalition_takes_from_two_rows_one_column_of_each_at_least() -> None:
    rows = made("coalitions")
    own = np.column_stack([rows["count"] == ROWS["count"], rows["word"] == ROWS["word"], rows["day"] == ROWS["day"]])
    sources = [{*np.flatnonzero(ROWS["count"] == c), *np.flatnonzero(ROWS["word"] == w)} for c, w in zip(rows["count"], rows["word"], strict=True)]  # fmt: skip
    assert all(len(each) <= 2 for each in sources)
    assert own.any()
    assert not own.all()


def test_columns_that_act_together_stay_together() -> None:
    players = {"both": ("count", "word"), **{name: (name,) for name in ("size", "day", "sure", "gap")}}
    rows = synthetic(ROWS, players, "independent", np.random.default_rng(0))
    assert (rows["word"] == "w" + rows["count"].astype(str)).all()


def test_independent_columns_hold_cells_that_exist() -> None:
    rows = made("independent")
    assert all(rows[name].dropna().isin(ROWS[name]).all() for name in ROWS)


def test_normal_numbers_stay_in_range_and_words_are_cells() -> None:
    rows = made("normal")
    assert rows["size"].between(0, 1).all()
    assert not rows["size"].isin(ROWS["size"]).all()
    assert rows["word"].isin(ROWS["word"]).all()


def test_independent_columns_cant_be_told_apart_and_twins_can() -> None:
    rng = np.random.default_rng(0)
    free = pd.DataFrame(rng.normal(size=(800, 4)), columns=list("abcd"))
    bound = free.assign(b=free["a"])
    each = {str(name): (str(name),) for name in free}
    one, other = (tell_apart(frame, each, "independent", rng=np.random.default_rng(1)) for frame in (free, bound))
    assert one.lower <= 0.5 <= one.upper
    assert other.lower > 0.75
    assert one.rows == 400


def test_few_or_equal_rows_arent_judged() -> None:
    rng = np.random.default_rng(0)
    assert np.isnan(tell_apart(ROWS, EACH, "independent", rng=rng).auc)
    same = pd.DataFrame({"a": np.zeros(200)})
    assert np.isnan(tell_apart(same, {"a": ("a",)}, "independent", rng=rng).auc)
