from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.study.guessing import guess_roles
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.tables import Table

ROWS = 60
LABELS = ["no", "no", "yes"] * (ROWS // 3)


def roles(columns: dict[str, Any], *features: str) -> dict[str, str]:
    table = Table(pd.DataFrame(columns), name="test")
    return {guess.column: guess.role for guess in guess_roles({"test": table}, model_features=features)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "loans",
            {"application_id": "id", "applied_on": "time", "sex": "group", "group": "group", "defaulted": "target"},
        ),
        (
            "flights",
            {"scheduled_departure": "time", "late": "target", "dep_delay": "not used", "arr_delay": "not used"},
        ),
        ("census", {"SEX": "group", "RAC1P": "group", "year": "time", "employed": "target"}),
    ],
)
def test_samples_are_guessed_as_they_are_where_the_model_names_its_columns(name: str, expected: dict[str, str]) -> None:
    study = sample(name)
    guessed = {g.column: g.role for g in guess_roles(study.tables, model_features=study.roles.features)}
    assert {column: guessed[column] for column in expected} == expected
    assert {guessed[column] for column in study.roles.features} == {"feature"}


def test_without_the_models_word_only_what_names_and_cells_both_say_is_guessed() -> None:
    study = sample("loans")
    guessed = {g.column: g.role for g in guess_roles(study.tables)}
    assert {column: role for column, role in guessed.items() if role != "feature"} == {
        "application_id": "id", "applied_on": "time",
    }  # fmt: skip


def test_a_name_of_a_target_is_enough_when_its_values_differ() -> None:
    assert roles({"x": range(ROWS), "label": LABELS})["label"] == "target"
    assert roles({"x": range(ROWS), "label": ["no"] * ROWS})["label"] == "feature"


def test_of_two_possible_targets_none_is_guessed() -> None:
    guessed = roles({"x": range(ROWS), "churned": LABELS, "won": LABELS}, "x")
    assert guessed == {"x": "feature", "churned": "not used", "won": "not used"}


def test_the_one_column_of_numbers_that_the_model_leaves_is_the_target() -> None:
    assert roles({"x": range(ROWS), "price": np.arange(ROWS) * 1.5}, "x")["price"] == "target"


def test_an_id_that_repeats_is_an_entity_and_one_that_does_not_an_id() -> None:
    guessed = roles({"customer_id": [1, 2, 3] * 20, "order_id": range(ROWS)})
    assert guessed == {"customer_id": "entity", "order_id": "id"}


def test_of_two_that_repeat_the_one_that_names_whom_a_row_is_about_is_the_entity() -> None:
    assert roles({"patient": [1, 2] * 30, "scan_id": [1, 2, 3] * 20}) == {"patient": "entity", "scan_id": "feature"}
    assert set(roles({"scan_id": [1, 2] * 30, "ward_id": [1, 2, 3] * 20}).values()) == {"feature"}


def test_the_reason_says_how_often_an_entity_comes() -> None:
    table = Table(pd.DataFrame({"customer_id": list(range(6)) * 10}), name="test")
    assert guess_roles({"test": table})[0].reason == "each value comes 10 times"


def test_the_later_of_two_dates_is_when_the_label_came_if_its_name_says_so() -> None:
    days = pd.date_range("2024-01-01", periods=ROWS)
    later = {"day": days, "outcome_known_on": days + pd.Timedelta(30, "D")}
    assert roles(later) == {"day": "time", "outcome_known_on": "label time"}
    earlier = {"day": days, "outcome_known_on": days - pd.Timedelta(30, "D")}
    assert roles(earlier)["outcome_known_on"] == "feature"


def test_of_two_dates_whose_names_say_nothing_none_is_guessed() -> None:
    days = pd.date_range("2024-01-01", periods=ROWS)
    assert set(roles({"a": days, "b": days[::-1]}).values()) == {"feature"}


def test_dates_in_text_are_dates_and_codes_are_not() -> None:
    guessed = roles(
        {"day": [f"2024-01-{k % 28 + 1:02}" for k in range(ROWS)], "code": [f"A{k}-2024" for k in range(ROWS)]}
    )
    assert guessed == {"day": "time", "code": "feature"}


def test_logged_answers_weights_and_decisions_need_cells_that_fit() -> None:
    fitting = {"y_pred": LABELS, "score": np.linspace(0, 1, ROWS), "sample_weight": [1.0] * ROWS, "approved": LABELS}
    assert list(roles(fitting).values()) == ["prediction", "score", "weights", "decision"]
    others = {"score": np.linspace(0, 100, ROWS), "sample_weight": [-1.0] * ROWS, "approved": range(ROWS)}
    assert set(roles(others).values()) == {"feature"}


def test_a_feature_of_the_model_stays_one_whatever_its_name() -> None:
    assert roles({"target": LABELS, "customer_id": [1, 2] * 30}, "target", "customer_id") == {
        "target": "feature", "customer_id": "feature",
    }  # fmt: skip


AWKWARD: dict[str, Any] = {
    "all missing": {"y": [None] * ROWS, "id": [np.nan] * ROWS, "weight": [None] * ROWS},
    "one row": {"label": [1], "id": [1], "day": ["2024-01-01"]},
    "lists": {"label": [[1], [2]] * 30, "id": [[k] for k in range(ROWS)]},
    "categories": {"label": pd.Categorical(LABELS), "sex": pd.Categorical(["f", "m"] * 30)},
    "complex": {"weight": np.arange(ROWS) * 1j, "score": np.arange(ROWS) * 1j},
    "infinite": {"weight": [np.inf] * ROWS, "score": [np.inf] * ROWS, "year": [np.inf] * ROWS},
    "strange names": {"": LABELS, "$y$": LABELS, "<b>id</b>": range(ROWS), "  Target ": LABELS},
    "half characters": {"label": pd.Series(["\ud800", "b"] * 30, dtype=object)},
    "zones": {"day": pd.date_range("2024-01-01", periods=ROWS, tz="Europe/Berlin"), "known": [pd.NaT] * ROWS},
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_columns_each_get_one_guess(name: str) -> None:
    table = Table(pd.DataFrame(AWKWARD[name]), name="test")
    for features in ((), (table.columns[0],)):
        guesses = guess_roles({"test": table}, model_features=features)
        assert [guess.column for guess in guesses] == list(table.columns)
        assert sum(guess.role == "target" for guess in guesses) <= 1


def test_a_column_is_looked_at_in_the_first_table_that_has_it() -> None:
    first = Table(pd.DataFrame({"x": [1, 2]}), name="test")
    second = Table(pd.DataFrame({"x": [1, 2], "y": [0, 1]}), name="reference")
    assert [guess.column for guess in guess_roles({"test": first, "reference": second})] == ["x", "y"]
    assert guess_roles({}) == ()
