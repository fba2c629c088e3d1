from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.study.guessing import guess_roles
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.tables import Table

ROWS = 60
LABELS = ["no", "no", "yes"] * (ROWS // 3)


NUMBERS = np.random.default_rng(0).normal(size=ROWS)
DAYS = pd.date_range("2024-01-01", periods=ROWS)


def roles(columns: dict[str, Any], *features: str) -> dict[str, str]:
    table = Table(pd.DataFrame(columns), name="test")
    return {guess.column: guess.role for guess in guess_roles({"test": table}, model_features=features)}


def guessed(columns: dict[str, Any], *features: str) -> dict[str, str]:
    """Return the roles that anything speaks for."""
    return {column: role for column, role in roles(columns, *features).items() if role not in {"feature", "not used"}}


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
        "application_id": "id", "applied_on": "time", "defaulted": "target",
    }  # fmt: skip


def test_a_name_of_a_target_is_enough_when_its_values_differ() -> None:
    assert roles({"x": range(ROWS), "label": LABELS})["label"] == "target"
    assert roles({"x": range(ROWS), "label": ["no"] * ROWS})["label"] == "feature"


def test_of_two_possible_targets_none_is_guessed() -> None:
    guessed = roles({"x": range(ROWS), "rained": LABELS, "won": LABELS}, "x")
    assert guessed == {"x": "feature", "rained": "not used", "won": "not used"}


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
    assert guess_roles({"test": table})[0].reason == "each value comes 10 times in the rows looked at"


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
    assert list(roles({**fitting, "target": LABELS}).values()) == [
        "prediction", "score", "weights", "decision", "target",
    ]  # fmt: skip
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


@pytest.mark.parametrize("name", ["region", "split", "model_version", "weekday", "is_holiday"])
def test_a_column_of_few_values_beside_another_that_may_be_the_target_is_none(name: str) -> None:
    assert guessed({"x": NUMBERS, name: LABELS, "revenue": NUMBERS}, "x").get(name) is None
    if name != "region":
        assert guessed({"x": NUMBERS, name: LABELS}, "x") == {}


def test_what_says_how_rows_were_split_or_counted_leaves_the_target_the_one_column() -> None:
    left = {"split": ["train", "test"] * 30, "model_version": ["v1", "v2"] * 30, "weekday": list("0123456789") * 6}
    assert guessed({"x": NUMBERS, **left, "constant": ["a"] * ROWS, "price": NUMBERS}, "x") == {"price": "target"}


def test_a_weight_is_a_sample_weight_only_where_its_mean_is_one() -> None:
    assert guessed({"weight": 75 + NUMBERS}) == {}
    assert guessed({"weight": [0.5, 1.5] * 30}) == {"weight": "weights"}


def test_a_name_that_may_be_a_target_or_not_needs_labels_and_no_sign_against_it() -> None:
    assert guessed({"x": NUMBERS, "y": LABELS}) == guessed({"y": LABELS, "z": NUMBERS}) == {}  # a place
    assert guessed({"age": NUMBERS, "y": LABELS}) == {"y": "target"}
    assert guessed({"response": abs(NUMBERS)}) == {}  # a time in milliseconds
    assert guessed({"class": ["1st", "2nd", "3rd"] * 20, "rained": [0, 1] * 30}) == {}
    assert guessed({"class": ["1st", "2nd", "3rd"] * 20, "survived": [0, 1] * 30}) == {"survived": "target"}
    assert guessed({"label": ["red", "blue", "green"] * 20}) == {"label": "target"}
    assert guessed({"a": NUMBERS, "y": NUMBERS, "town": LABELS}, "a") == {"y": "target"}


@pytest.mark.parametrize(
    "name", ["date_of_birth", "geburtsdatum", "dob", "expiry_date", "signup_date", "DateNaissance", "fecha_nacimiento"]
)
def test_a_date_that_belongs_to_the_person_or_the_thing_is_not_the_rows_time(name: str) -> None:
    assert guessed({name: DAYS}) == {}
    assert guessed({name: DAYS, "visit": DAYS}) == {"visit": "time"}


def test_of_several_dates_the_one_of_a_plain_name_is_the_time() -> None:
    assert guessed({"timestamp": DAYS, "shipped": DAYS[::-1]}) == {"timestamp": "time"}


def test_a_year_is_a_time_only_where_the_model_does_not_take_it() -> None:
    years = {"year": list(range(2000, 2020)) * 3, "mileage": NUMBERS}
    assert guessed(years) == {}
    assert guessed(years, "mileage") == {"year": "time"}


def test_a_decision_needs_a_target_beside_it() -> None:
    assert guessed({"income": NUMBERS, "approved": LABELS}) == {}
    assert guessed({"income": NUMBERS, "approved": LABELS}, "income") == {"approved": "target"}
    assert guessed({"income": NUMBERS, "approved": LABELS, "defaulted": LABELS}, "income") == {
        "approved": "decision", "defaulted": "target",
    }  # fmt: skip


def test_a_score_or_prediction_is_logged_only_where_something_else_says_so() -> None:
    logged = {"score": np.linspace(0, 1, ROWS), "prediction": NUMBERS}
    assert guessed({**logged, "income": NUMBERS, "rained": LABELS}) == {}  # a credit score, a weather forecast
    assert guessed({**logged, "income": NUMBERS}, "income") == {"score": "score", "prediction": "prediction"}
    assert guessed({**logged, "income": NUMBERS, "y_true": LABELS})["score"] == "score"
    assert guessed({"label": LABELS, "score": np.linspace(0, 1, ROWS)}) == {"label": "target", "score": "score"}


def test_an_id_of_numbers_is_whole() -> None:
    assert guessed({"index": 100 + np.cumsum(abs(NUMBERS))}) == {}
    assert guessed({"index": range(ROWS)}) == {"index": "id"}


def test_the_column_that_pandas_leaves_of_an_index_is_an_id() -> None:
    assert guessed({"Unnamed: 0": range(ROWS), "x1": NUMBERS}) == {"Unnamed: 0": "id"}


def test_few_codes_are_no_entity_unless_their_name_says_who() -> None:
    assert guessed({"category_id": [1, 2, 3] * 20}) == {}
    assert guessed({"machine_id": [1, 2, 3] * 20}) == {"machine_id": "entity"}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"Patienten_Nr": [1, 2] * 30, "Ziel": LABELS}, {"Patienten_Nr": "entity", "Ziel": "target"}),
        ({"Kundennummer": range(ROWS), "gekündigt": LABELS}, {"Kundennummer": "id", "gekündigt": "target"}),
        ({"id_client": [1, 2] * 30, "Résilié": LABELS}, {"id_client": "entity", "Résilié": "target"}),
        ({"identifiant": range(ROWS), "cible": LABELS}, {"identifiant": "id", "cible": "target"}),
        ({"usuario": [1, 2] * 30, "Variable objetivo": LABELS}, {"usuario": "entity", "Variable objetivo": "target"}),
        ({"fecha": DAYS, "f2": DAYS, "paciente_id": [1, 2] * 30}, {"fecha": "time", "paciente_id": "entity"}),
        ({"Datum": DAYS, "Lieferung": DAYS}, {"Datum": "time", "Lieferung": "label time"}),
        ({"horodatage": DAYS, "livraison": DAYS[::-1]}, {"horodatage": "time"}),
        ({"customerID": range(ROWS), "Churn": LABELS}, {"customerID": "id", "Churn": "target"}),
    ],
)
def test_names_are_read_in_four_languages_and_in_capitals(columns: dict[str, Any], expected: dict[str, str]) -> None:
    assert guessed(columns) == expected


def test_rows_are_looked_at_over_the_whole_table() -> None:
    customers = np.r_[np.arange(5_000), np.random.default_rng(0).integers(0, 5_000, 15_000)]
    frame = {"customer_id": customers, "x": np.zeros(20_000), "rained": np.r_[np.zeros(6_000), np.ones(14_000)]}
    assert guessed(frame, "x") == {"customer_id": "entity", "rained": "target"}


def test_every_table_is_looked_at() -> None:
    once = Table(pd.DataFrame({"customer_id": np.arange(40), "rained": [0] * 40}), name="test")
    often = Table(pd.DataFrame({"customer_id": np.arange(100) // 4, "rained": [0, 1] * 50}), name="reference")
    found = guess_roles({"test": once, "reference": often}, model_features=["x"])
    assert [(guess.role, guess.reason) for guess in found] == [
        ("entity", "each value comes 4 times in the rows looked at"),
        ("target", "the one column of few values that the model doesn't take"),
    ]


def test_ids_that_come_once_in_each_table_are_ids_though_tables_share_them() -> None:
    tables = {name: Table(pd.DataFrame({"row_id": np.arange(40)}), name=name) for name in ("test", "reference")}
    assert [(guess.role, guess.reason) for guess in guess_roles(tables)] == [("id", "each row looked at has its own")]


def test_columns_are_named_in_the_order_of_the_tables() -> None:
    first = Table(pd.DataFrame({"x": [1, 2]}), name="test")
    second = Table(pd.DataFrame({"x": [1, 2], "y": [0, 1]}), name="reference")
    assert [guess.column for guess in guess_roles({"test": first, "reference": second})] == ["x", "y"]
    assert guess_roles({}) == ()
