"""Errors put into a copy: the mask says exactly where, and the original stays as it is."""

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.damage import KINDS, OF_LABELS, damage
from mlops_widgets.errors import InputError, UnknownNameError

ROWS = 60


def _frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "tiny": rng.integers(0, 50, ROWS).astype("int8"), "huge": rng.integers(2**60, 2**62, ROWS),
        "income": rng.normal(50_000, 1000, ROWS), "ratio": rng.uniform(0.1, 0.9, ROWS), "flag": rng.random(ROWS) < 0.5,
        "maybe": pd.array([1, None] * (ROWS // 2), dtype="Int64"), "level": pd.Categorical(rng.choice(["x", "yy"], ROWS)),
        "town": rng.choice(["Oslo", "Bergen"], ROWS), "mixed": pd.Series(["a", None, "b"] * (ROWS // 3), dtype="object"),
        "day": pd.date_range("2024-01-01", periods=ROWS), "zone": pd.date_range("2024-01-01", periods=ROWS, tz="UTC"),
        "nested": [[1, 2]] * ROWS, "arrays": [np.array([1, 2]), np.array([2, 1])] * (ROWS // 2), "empty": [None] * ROWS,
        "endless": np.r_[np.inf, -np.inf, np.zeros(ROWS - 2)], "y": rng.integers(0, 2, ROWS),
    })  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_only_marked_cells_differ_and_the_original_stays(kind: str, share: float) -> None:
    frame, before = _frame(), _frame()
    done = damage(frame, kind, share, target="y", seed=3)
    pd.testing.assert_frame_equal(frame, before)
    assert done.frame.shape == done.cells.shape == (len(done.origin), frame.shape[1])
    assert done.cells.to_numpy().any() == (share > 0)
    for name in frame:
        untouched = ~done.cells[name].to_numpy()
        now = done.frame[name][untouched].astype(object).map(repr_of)
        then = frame[name].iloc[done.origin].reset_index(drop=True)[untouched].astype(object).map(repr_of)
        assert now.tolist() == then.tolist(), name


def repr_of(cell: object) -> str:
    """Equal for cells that are equal whatever their type: 3 and 3.0, None and NaN."""
    if isinstance(cell, list | np.ndarray):
        return repr(list(cell))
    if pd.isna(cell):  # type: ignore[call-overload]  # any cell
        return "missing"
    return (
        str(int(cell))
        if isinstance(cell, int | float | np.number) and np.isfinite(cell) and cell == int(cell)
        else str(cell)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_damage_and_tables_without_rows_stay_empty(kind: str) -> None:
    frame = _frame()
    once, again = (damage(frame, kind, 0.4, target="y", seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(once.frame, again.frame)
    assert len(damage(frame[:0], kind, 1.0, target="y").frame) == 0
    assert len(damage(frame[:1], kind, 1.0, target="y").frame) in {1, 2}


def test_a_share_of_the_rows_is_hit_in_the_columns_named() -> None:
    done = damage(_frame(), "missing", 0.25, columns=["income", "town"])
    assert done.cells.sum()[["income", "town"]].tolist() == [15, 15]
    assert done.cells.drop(columns=["income", "town"]).to_numpy().sum() == 0
    assert done.frame["income"].isna().sum() == done.frame["town"].isna().sum() == 15


def test_sentinels_lie_beyond_all_other_values() -> None:
    frame = _frame().assign(balance=np.linspace(-20, 20, ROWS))
    done = damage(frame, "sentinel", 0.2, columns=["tiny", "balance", "town", "day"])
    assert set(done.frame["tiny"][done.cells["tiny"]]) == {9999}
    assert set(done.frame["balance"][done.cells["balance"]]) == {-999.0}
    assert set(done.frame["town"][done.cells["town"]]) == {"unknown"}
    assert set(done.frame["day"][done.cells["day"]]) == {pd.Timestamp("1900-01-01")}


def test_units_are_thousands_of_large_numbers_and_percents_of_small_ones() -> None:
    frame = _frame()
    done = damage(frame, "unit", 1.0, columns=["income", "ratio"])
    np.testing.assert_allclose(done.frame["income"], frame["income"] / 1000)
    np.testing.assert_allclose(done.frame["ratio"], frame["ratio"] * 100)


def test_a_bad_join_moves_whole_rows_and_keeps_each_column_as_it_was() -> None:
    frame = _frame()[["income", "ratio", "town"]]
    done = damage(frame, "shuffled", 0.5, columns=["income", "ratio"])
    assert sorted(done.frame["income"]) == sorted(frame["income"])
    pairs = set(zip(frame["income"], frame["ratio"], strict=True))
    assert set(zip(done.frame["income"], done.frame["ratio"], strict=True)) == pairs
    assert done.cells["income"].sum() == ROWS // 2
    assert not done.cells["town"].any()


def test_near_copies_stand_at_the_end_and_name_their_origin() -> None:
    frame = _frame()
    done = damage(frame, "duplicates", 0.2, columns=["income"], target="y")
    copies = done.frame.iloc[ROWS:]
    assert len(copies) == 12
    assert done.cells.iloc[ROWS:].to_numpy().all()
    assert not done.cells.iloc[:ROWS].to_numpy().any()
    ratio = copies["income"].to_numpy() / frame["income"].to_numpy()[done.origin[ROWS:]]
    assert (np.abs(ratio - 1) < 0.02).all()
    assert (ratio != 1).all()
    assert copies["y"].tolist() == frame["y"].iloc[done.origin[ROWS:]].tolist()


@pytest.mark.parametrize("labels", [[0, 1], ["a", "b", "c"], [True, False]])
def test_a_wrong_label_is_always_another_class(labels: list[object]) -> None:
    frame = pd.DataFrame({"y": pd.Series(labels * 20)})
    done = damage(frame, "labels", 0.5, target="y")
    assert int(done.cells["y"].sum()) == len(frame) // 2
    assert set(done.frame["y"]) == set(labels)


def test_a_wrong_amount_is_that_of_another_row_and_a_missing_label_stays_missing() -> None:
    frame = pd.DataFrame({"y": [*np.arange(30.0), np.nan]})
    done = damage(frame, "labels", 1.0, target="y")
    assert sorted(done.frame["y"].dropna()) == list(range(30))
    assert int(done.cells["y"].sum()) == 30
    assert np.isnan(done.frame["y"].iloc[-1])


def test_outcomes_that_are_late_turn_positive_labels_negative_only() -> None:
    frame = pd.DataFrame({"y": ["bad", "good"] * 20})
    done = damage(frame, "late_labels", 1.0, target="y", positive="bad")
    assert set(done.frame["y"]) == {"good"}
    assert int(done.cells["y"].sum()) == 20
    assert set(damage(frame, "late_labels", 1.0, target="y").frame["y"]) == {"bad"}


def test_spelling_errors_change_every_text_that_is_hit() -> None:
    frame = pd.DataFrame({"town": ["Oslo", "aa", "x", "ÅS"] * 50})
    for kind in ("typo", "variant"):
        done = damage(frame, kind, 1.0)
        assert done.cells["town"].all(), kind
        same = done.frame["town"].str.strip().str.lower() == frame["town"].str.lower()
        assert same.all() if kind == "variant" else (~same).mean() > 0.9


def test_texts_in_a_column_of_numbers_still_tell_the_number() -> None:
    done = damage(pd.DataFrame({"a": [1.5, 2.5, 3.5, 4.5]}), "types", 0.5)
    texts = done.frame["a"][done.cells["a"]]
    assert all(
        isinstance(cell, str) and any(number in cell for number in ("1.5", "2.5", "3.5", "4.5")) for cell in texts
    )


def test_wrong_arguments_say_what_is_allowed() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "y": [0, 1, 2]})
    with pytest.raises(UnknownNameError, match="Did you mean 'unit'"):
        damage(frame, "units", 0.1)
    with pytest.raises(UnknownNameError, match="No column 'b' to damage"):
        damage(frame, "unit", 0.1, columns=["b"])
    with pytest.raises(InputError, match="share=2"):
        damage(frame, "unit", 2)
    for kind in OF_LABELS:
        with pytest.raises(InputError, match="target="):
            damage(frame, kind, 0.1)
    with pytest.raises(InputError, match="has 3 classes"):
        damage(frame, "late_labels", 1.0, target="y")
    with pytest.raises(InputError, match="positive= is no class"):
        damage(frame[:2], "late_labels", 1.0, target="y", positive=7)
