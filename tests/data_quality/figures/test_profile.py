"""Cards of profiles: a line a column, small enough for a page, hostile names as text."""

import json
from functools import cache

import numpy as np
import pandas as pd

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult
from mlops_widgets.data_quality import Profile, compare_profiles, profile
from mlops_widgets.data_quality.profiling.outlines import outline
from mlops_widgets.ui.card import Dots, HeatMap


@cache
def _profile(shift: float = 0.0) -> Profile:
    rng = np.random.default_rng(0)
    found = profile(pd.DataFrame({
        "n": np.append(rng.normal(size=500), 1e9) + shift, "town": ["Oslo"] * 400 + ["Voss"] * 101, "id": [f"A{i:04}" for i in range(501)],
        "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(501), unit="h"), "parts": [[1]] * 501, "gone": [None] * 501,
    }))  # fmt: skip
    assert not isinstance(found, NoResult)
    return found


def test_every_column_has_a_line_with_what_it_holds() -> None:
    view = card_of(_profile()).view
    assert [line[0] for line in view.state["columns"]] == ["n", "town", "id", "when", "parts", "gone"]
    said = {line[0]: line[6] for line in view.state["columns"]}
    assert said["town"] == "Oslo 80\u202f%, Voss 20\u202f%"
    assert said["id"] == "like A9999 100\u202f%"
    assert said["when"].startswith("2024-01-11, mostly 2024-01-0")
    assert said["parts"] == "nested cells or bytes"


def test_one_number_far_out_does_not_flatten_the_outline() -> None:
    shares = outline(_profile()["n"])
    assert len(shares) == 16
    assert 0.99 < shares.sum() <= 1.001
    assert (shares[4:12] > 0.05).all()


def test_two_thousand_columns_fit_a_page() -> None:
    wide = profile(
        pd.DataFrame(np.random.default_rng(0).normal(size=(20, 300)), columns=[f"a_long_name_{i}" for i in range(300)])
    )
    per_column = len(json.dumps(card_of(wide).view.state)) / 300
    assert per_column * 300 < 120_000
    assert len(card_of(wide).charts[0].rows) == 30


def test_the_pictures_are_of_the_numbers() -> None:
    strip = card_of(_profile()).charts[0]
    assert isinstance(strip, HeatMap)
    assert np.nanmax(strip.values[:4], axis=1).tolist() == [1.0] * 4
    changed = compare_profiles(_profile(), _profile(3.0))
    dots = card_of(changed).charts[0]
    assert isinstance(dots, Dots)
    assert (dots.rows[0].label, dots.rows[0].value, dots.rows[0].role) == ("n", changed.columns[0].distance, "bad")


def test_profiles_without_a_shared_distribution_say_so() -> None:
    empty = profile(pd.DataFrame({"a": [None, None]}))
    assert isinstance(empty, Profile)
    assert card_of(compare_profiles(empty, empty)).empty
