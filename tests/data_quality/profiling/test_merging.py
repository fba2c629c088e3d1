"""Merging: the profile of the parts is the profile of the whole, in memory and from files."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.data_quality import Profile, profile
from mlops_widgets.errors import InputError, WrongTypeError

CELL = st.none() | st.floats(-1e9, 1e9) | st.integers(-9, 9).map(float)
TEXT = (
    st.none()
    | st.sampled_from(["", " ", "Oslo", "Bodø", "7", "2024-01-01"])
    | st.text(st.characters(codec="utf-8"), max_size=5)
)
FRAMES = st.lists(st.tuples(CELL, TEXT), min_size=1, max_size=25).map(
    lambda rows: pd.DataFrame({
        "number": pd.Series([row[0] for row in rows], dtype=float), "text": pd.Series([row[1] for row in rows], dtype="str"),
    })
)  # fmt: skip


def _profile(frame: pd.DataFrame) -> Profile:
    found = profile(frame)
    assert isinstance(found, Profile)
    return found


def _exact(found: Profile) -> list[object]:
    """Return all that is exact: not the last digits of moments."""
    plain = found.to_dict()
    for column in plain["columns"]:
        for part in ("numbers", "lengths"):
            del column[part]["moments"]
    return [plain["columns"], plain["rows"], plain["repeated"], plain["findings"]]


@given(FRAMES, FRAMES, FRAMES)
@settings(max_examples=12, deadline=None)
def test_parts_merge_to_the_whole_in_any_order(a: pd.DataFrame, b: pd.DataFrame, c: pd.DataFrame) -> None:
    one, two, three = map(_profile, (a, b, c))
    left, right = one.merge(two).merge(three), one.merge(two.merge(three))
    together = _profile(pd.concat([a, b, c], ignore_index=True))
    for merged in (left, right):
        assert _exact(merged) == _exact(together)
        assert merged["number"].numbers.moments.m2 == pytest.approx(
            together["number"].numbers.moments.m2, rel=1e-6, abs=1e-6, nan_ok=True
        )


def _halves() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "n": rng.normal(size=2000), "whole": rng.integers(0, 40, 2000), "town": rng.choice(["Oslo", "Voss"], 2000),
        "name": [f"n{i % 1500}" for i in range(2000)], "gone": [None] * 1000 + ["x"] * 1000,
    })  # fmt: skip
    return frame[:1000], frame[1000:]


def _read_back(found: Profile) -> Profile:
    return Profile.from_dict(json.loads(json.dumps(found.to_dict())))


def test_profiles_from_files_merge_to_the_same_counts_and_bins() -> None:
    first, second = _halves()
    merged, together = (
        _read_back(_profile(first)).merge(_read_back(_profile(second))),
        _profile(pd.concat([first, second])),
    )
    for column in together.columns:
        other = merged[column.name]
        assert (other.rows, other.missing, other.registers) == (column.rows, column.missing, column.registers)
        for scale in ("linear", "log"):
            mine, theirs = getattr(other.numbers, scale), getattr(column.numbers, scale)
            assert (mine.level, mine.keys.tolist(), mine.counts.tolist()) == (
                theirs.level,
                theirs.keys.tolist(),
                theirs.counts.tolist(),
            )
    assert merged["town"].values.rows_by_value() == together["town"].values.rows_by_value()
    assert merged["town"].known_distinct == 2


def test_what_files_can_not_know_is_within_the_stated_error() -> None:
    first, second = _halves()
    merged = _read_back(_profile(first)).merge(_read_back(_profile(second)))
    lower, upper = merged["name"].distinct_interval
    assert merged["name"].known_distinct == -1
    assert lower <= 1500 <= upper
    counts = pd.concat([first, second])["whole"].value_counts()
    values = merged["whole"].values
    assert all(0 <= counts[int(value)] - count <= values.error for value, count in values.rows_by_value().items())
    assert np.isnan(merged.repeated_upper)


def test_a_column_of_few_cells_keeps_counts_alone_in_files() -> None:
    found = _profile(pd.DataFrame({"a": [1.5, 2.5, None]}))
    assert found["a"].numbers.moments.mean == 2.0
    kept = _read_back(found)["a"]
    assert (kept.rows, kept.missing, kept.numbers.moments.count) == (3, 1, 0)


def test_what_does_not_fit_is_refused() -> None:
    found = _profile(pd.DataFrame({"a": [1]}))
    with pytest.raises(WrongTypeError, match="not int"):
        found.merge(1)  # type: ignore[arg-type]  # the point
    with pytest.raises(InputError, match="differ in columns a, b"):
        found.merge(_profile(pd.DataFrame({"b": [1]})))
    with pytest.raises(InputError, match="is number in one profile and text in the other"):
        found.merge(_profile(pd.DataFrame({"a": ["x"]})))
    with pytest.raises(InputError, match="sample"):
        found.merge(profile(pd.DataFrame({"a": range(9)}), max_rows=5))  # type: ignore[arg-type]  # a profile
