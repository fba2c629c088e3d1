"""LIME's neighbourhood: whole cells of training, drawn once, told apart as LIME does."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.explainability.attribution.neighbourhood import draw_neighbourhood
from mlops_widgets.explainability.attribution.study_questions import players_of
from tests.explainability.attribution.lime_questions import ask, mixed


def _zeros(frame: pd.DataFrame) -> Any:
    return np.zeros(len(frame))


def test_every_sampled_cell_is_a_cell_of_training_and_keeps_its_type() -> None:
    training, seen = mixed(), []

    def watched(frame: pd.DataFrame) -> Any:
        seen.append(frame)
        return np.zeros(len(frame))

    draw_neighbourhood(ask(watched, training, training[:1]), samples=300)
    (frame,) = seen
    assert frame.dtypes.tolist() == training.dtypes.tolist()
    assert list(frame.columns) == list(training.columns)
    for column in training:
        assert set(frame[column].map(str)) <= set(training[column].map(str))


def test_numbers_are_cut_at_quartiles_and_missing_cells_are_a_level_of_their_own() -> None:
    training = mixed()
    known = training["amount"].dropna()
    hood = draw_neighbourhood(ask(_zeros, training, training[:1]), samples=20_000)
    share = np.bincount(hood.levels[:, 0], minlength=5) / 20_000
    assert share[0] == pytest.approx(training["amount"].isna().mean(), abs=0.02)
    assert share[1:] == pytest.approx(np.full(4, (1 - share[0]) / 4), abs=0.03)
    near = hood.near(training.assign(amount=known.max() * 9)[:1])
    assert near.levels[0, 0] == 4
    assert near.conditions[0][0].startswith("amount > ")


def test_ranges_are_limes_own_but_for_rounding() -> None:
    from lime.discretize import QuartileDiscretizer

    rng = np.random.default_rng(3)
    training = pd.DataFrame({
        "a": rng.normal(size=2000), "b": rng.lognormal(10, 2, 2000), "c": rng.poisson(1, 2000), "d": 1e6 + rng.random(2000),
    })  # fmt: skip
    theirs = QuartileDiscretizer(training.to_numpy(), [], list("abcd"), random_state=0).discretize(training.to_numpy())
    ours = draw_neighbourhood(ask(_zeros, training, training[:1]), samples=50).near(training).levels
    assert ((ours - 1) == theirs).mean(axis=0).min() > 0.99


def test_ranges_of_moments_within_a_day_are_told_in_minutes() -> None:
    training = pd.DataFrame({"at": pd.Timestamp("2024-03-01") + pd.to_timedelta(np.arange(600), unit="min")})
    near = draw_neighbourhood(ask(_zeros, training, training[:1]), samples=50).near(training[200:201])
    assert near.conditions == (("2024-03-01 02:30 < at ≤ 2024-03-01 05:00",),)


def test_days_over_years_are_cut_at_the_first_of_a_month() -> None:
    training = pd.DataFrame({"born": pd.date_range("1940-01-02", periods=401, freq="47D")})
    near = draw_neighbourhood(ask(_zeros, training, training[:1]), samples=50).near(training[::110])
    edges = [word for (condition,) in near.conditions for word in condition.replace("born", "").split("≤")]
    assert all(edge.strip(" <>").startswith("1 ") for edge in edges if edge.strip(" <>"))


def test_conditions_say_range_value_missing_rare_and_unseen() -> None:
    training = mixed()
    hood = draw_neighbourhood(ask(_zeros, training, training[:1]), samples=100)
    row = training[:1].assign(
        amount=np.nan, city="Paris", kind=pd.Categorical(["b"]), member=True, since=pd.Timestamp("1999-01-01")
    )
    near = hood.near(row)
    said = dict(zip(training.columns, near.conditions[0], strict=True))
    assert said["amount"] == "amount is missing"
    assert said["city"] == "city = Paris (not in training)"
    assert said["kind"] == "kind = b"
    assert said["member"] == "member = True"
    assert said["since"].startswith("since ≤ ")
    assert "20" in said["since"]
    assert said["empty"] == "empty is missing"
    assert said["same"] == "same ≤ 5"
    assert said["word"] == "word is one of its rare values"


def test_distance_counts_the_players_that_differ() -> None:
    training = mixed()
    hood = draw_neighbourhood(ask(_zeros, training, training[:3]), samples=200)
    near = hood.near(training[:3])
    for row in range(3):
        around = near.around(row)
        differ = (hood.levels != near.levels[row]).sum(axis=1)
        np.testing.assert_allclose(around.squared_distance, differ, atol=1e-12)
        np.testing.assert_array_equal(around.design, hood.levels == near.levels[row])


def test_a_group_keeps_the_combinations_of_training() -> None:
    training = pd.DataFrame({"a": np.tile([0.0, 10.0], 100), "b": np.tile([1.0, -1.0], 100), "c": np.arange(200.0)})
    seen = []

    def watched(frame: pd.DataFrame) -> Any:
        seen.append(frame)
        return np.zeros(len(frame))

    question = ask(watched, training, training[:1], players=players_of(list(training.columns), {"both": ["a", "b"]}))
    hood = draw_neighbourhood(question, samples=200)
    assert ((seen[0]["a"] == 0) == (seen[0]["b"] == 1)).all()
    near = hood.near(pd.DataFrame({"a": [0.0, 0.0], "b": [1.0, -1.0], "c": [3.0, 3.0]}))
    assert near.around(0).own.tolist() == [1.0, 1.0]
    assert near.around(1).own.tolist() == [0.0, 1.0]
    assert near.conditions[1][0].endswith("(not together in training)")


def test_one_training_row_and_ten_thousand_words_are_drawn_from() -> None:
    one = draw_neighbourhood(ask(_zeros, mixed()[:1], mixed()[1:2]), samples=60)
    assert one.levels.shape == (60, 9)
    words = pd.DataFrame({"text": [f"w{k}" for k in range(10_000)]})
    hood = draw_neighbourhood(ask(_zeros, words, words[:1]), samples=60)
    assert (hood.levels == 1).all()


def test_words_that_end_like_a_number_stay_apart() -> None:
    training = pd.DataFrame({"version": ["v1", "v1.0"] * 30})
    near = draw_neighbourhood(ask(_zeros, training, training[:1]), samples=60).near(training[:2])
    assert near.levels[0, 0] != near.levels[1, 0]


def test_whole_numbers_are_the_same_value_as_floats() -> None:
    training = pd.DataFrame({"size": pd.Categorical([1, 2, 3] * 20)})
    near = draw_neighbourhood(ask(_zeros, training, training[:1]), samples=60).near(pd.DataFrame({"size": [2.0]}))
    assert near.levels[0, 0] > 0


@pytest.mark.parametrize("samples", [0, 49, True, 99.5, "many"])
def test_samples_that_cannot_be_drawn_are_refused(samples: Any) -> None:
    with pytest.raises(InputError, match="samples="):
        draw_neighbourhood(ask(_zeros, mixed(), mixed()[:1]), samples=samples)


def test_columns_of_one_name_are_refused() -> None:
    training = pd.DataFrame(np.zeros((60, 2)), columns=["a", "a"])
    with pytest.raises(InputError, match="names a twice"):
        draw_neighbourhood(ask(_zeros, training, training[:1], players={"a": ("a",)}), samples=60)


def test_a_large_training_table_is_drawn_from_by_seed() -> None:
    training = pd.DataFrame({"x": np.arange(25_000.0)})
    question = ask(lambda frame: frame["x"], training, training[:1])
    first, again = (draw_neighbourhood(question, samples=100, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.answers, again.answers)
    other = draw_neighbourhood(question, samples=100, seed=4)
    assert (first.answers != other.answers).any()
