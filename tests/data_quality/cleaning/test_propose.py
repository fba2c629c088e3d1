"""From errors to rules: the planted ones are found again, hold for new rows, and nothing is invented."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.data_quality.cleaning.propose import propose_recipe
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.errors import InputError, WrongTypeError
from tests.data_quality.cleaning.planted import ROWS, clean_rows, errors_of, planted


@cache
def proposed() -> CleaningRecipe:
    return propose_recipe(planted().dirty, errors=planted().errors)


def test_each_planted_kind_of_error_gives_its_rule() -> None:
    assert [(step.kind, step.columns[0], step.on) for step in proposed().steps] == [
        ("void_texts", "town", True), ("unify_spelling", "town", True), ("map_texts", "town", True),
        ("void_numbers", "age", True), ("rescale", "income", True), ("parse_numbers", "weight", True),
        ("void_order", "end", True), ("fill_dependency", "county", True), ("drop_duplicates", "age", True),
        ("impute", "age", False), ("drop_columns", "start", False),
    ]  # fmt: skip


def test_the_recipe_brings_the_clean_rows_back() -> None:
    clean, found = planted().clean, proposed().apply(planted().dirty, training=True)
    assert len(found) == ROWS
    assert found["income"].tolist() == pytest.approx(clean["income"].tolist())
    assert found["weight"].tolist() == clean["weight"].astype(float).tolist()
    assert found["county"].equals(clean["county"])
    assert found["town"].drop(range(20, 32)).equals(clean["town"].drop(range(20, 32)))
    assert found["town"].isna().sum() == 12
    assert found["age"].isna().tolist() == [row < 20 for row in range(ROWS)]
    assert found["end"].isna().tolist() == [160 <= row < 175 for row in range(ROWS)]


def test_the_rules_hold_for_rows_that_nobody_saw() -> None:
    new: Any = clean_rows(rows=50, seed=9)
    dirty: Any = new.astype({"age": float})
    dirty.loc[0, ["age", "town"]] = [-999, "N/A"]
    dirty.loc[1, ["town", "weight"]] = [new.loc[1, "town"].lower(), f"{new.loc[1, 'weight']}kg"]
    dirty.loc[2, "income"] = new.loc[2, "income"] / 1000
    found = proposed().apply(dirty)
    assert found.loc[0, ["age", "town"]].isna().all()
    assert found.loc[1, "town"] == new.loc[1, "town"]
    assert found["weight"].tolist() == new["weight"].astype(float).tolist()
    assert found["income"].tolist() == pytest.approx(new["income"].tolist())


def test_what_it_did_is_counted_against_the_errors() -> None:
    measured = proposed().measured
    assert measured is not None
    assert (measured.suspected, measured.repaired, measured.unsuspected) == (162, 162, 0)
    assert measured.rows - measured.rows_left == 10
    assert [finding.code for finding in measured.findings] == ["DQ-CR-01", "DQ-CR-03", "DQ-CR-04"]
    assert measured.status == "passed"


def test_below_certainty_nothing_is_repaired() -> None:
    frame = pd.DataFrame({"a": [1, -999] * 10})
    errors = errors_of(frame, [(row, "a", "disguised_missing", 0.49, np.nan) for row in range(1, 20, 2)])
    assert propose_recipe(frame, errors=errors).steps == ()


def test_a_repair_that_nobody_knows_isnt_invented() -> None:
    frame = pd.DataFrame({"a": [40.0] * 19 + [4000.0], "b": ["x"] * 19 + ["q"]})
    errors = errors_of(frame, [(19, "a", "outlier", 0.9, None), (19, "b", "typo", 0.9, None)])
    recipe = propose_recipe(frame, errors=errors)
    assert recipe.steps == ()
    assert recipe.measured is not None
    assert [finding.code for finding in recipe.measured.findings] == ["DQ-CR-01", "DQ-CR-02"]
    assert recipe.measured.unrepairable == 2


def test_a_rule_that_would_change_as_many_cells_that_nobody_suspected_isnt_proposed() -> None:
    frame = pd.DataFrame({"a": [0] * 10 + [1] * 10})
    errors = errors_of(frame, [(row, "a", "disguised_missing", 0.9, np.nan) for row in range(4)])
    assert propose_recipe(frame, errors=errors).steps == ()


def test_texts_that_differ_in_punctuation_alone_stay_apart_where_both_are_right() -> None:
    frame = pd.DataFrame({"blood": ["A+"] * 20 + ["A-"] * 20 + ["a+", "a-"]})
    errors = errors_of(frame, [(40, "blood", "variant", 0.9, "A+"), (41, "blood", "variant", 0.9, "A-")])
    recipe = propose_recipe(frame, errors=errors)
    assert [step.kind for step in recipe.steps] == ["map_texts"]
    assert recipe.apply(frame)["blood"].tolist() == ["A+"] * 20 + ["A-"] * 20 + ["A+", "A-"]


def test_codes_with_leading_zeros_are_not_numbers() -> None:
    frame = pd.DataFrame({"zip": [f"0{row}{row}" for row in range(10, 40)] + ["1055 x"]})
    errors = errors_of(frame, [(30, "zip", "format", 0.9, "1055")])
    assert [step.kind for step in propose_recipe(frame, errors=errors).steps] == ["map_texts"]


def test_units_are_told_by_the_repairs() -> None:
    frame = pd.DataFrame({"size": ["100 g", "0.2 kg"] * 3 + ["150", "70", "80", "90"] * 4})
    said = [(row, "size", "format", 0.9, "100" if row % 2 == 0 else "200") for row in range(6)]
    (step,) = propose_recipe(frame, errors=errors_of(frame, said)).steps
    assert step.parameters["units"] == (("", 1.0), ("g", 1.0), ("kg", 1000.0))


def test_labels_are_never_touched() -> None:
    frame = pd.DataFrame({"a": range(20), "y": ["yes", "no"] * 9 + ["yess", "no"]})
    errors = errors_of(frame, [(18, "y", "typo", 0.9, "yes")])
    assert propose_recipe(frame, errors=errors, roles={"target": "y"}).steps == ()
    assert len(propose_recipe(frame, errors=errors).steps) == 1


def test_rows_with_conflicting_labels_are_dropped_only_if_somebody_says_so() -> None:
    frame = pd.DataFrame({"a": [1, 1, 2, 3] * 5, "y": [0, 1, 1, 0] * 5})
    errors = errors_of(frame, [(row, "y", "conflicting_label", 0.9, None) for row in range(20) if row % 4 < 2])
    recipe = propose_recipe(frame, errors=errors, roles={"target": "y"})
    assert [(step.kind, step.on) for step in recipe.steps] == [("drop_conflicts", False)]
    assert len(recipe.toggle(0).apply(frame, training=True)) == 10


def test_impossible_values_give_a_range_between_the_last_right_and_the_first_wrong_one() -> None:
    frame = pd.DataFrame({"age": [*range(20, 80), 240.0, 250.0, -4.0]})
    errors = errors_of(frame, [(row, "age", "out_of_range", 0.9, np.nan) for row in (60, 61, 62)])
    step, *off = propose_recipe(frame, errors=errors).steps
    assert [each.on for each in off] == [False]
    assert step.kind == "void_range"
    assert -4 < step.parameters["lower"] <= 20
    assert 79 <= step.parameters["upper"] < 240


def test_errors_of_another_table_are_refused() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    with pytest.raises(InputError, match="errors= is of a table with 310 rows and 7 columns"):
        propose_recipe(frame, errors=planted().errors)
    with pytest.raises(WrongTypeError, match="errors=str"):
        propose_recipe(frame, errors="x")  # type: ignore[arg-type]  # the point of the test
    saved = type(planted().errors).from_dict(planted().errors.to_dict())
    with pytest.raises(InputError, match="read from a file"):
        propose_recipe(planted().dirty, errors=saved)


def test_errors_are_looked_for_where_none_are_passed() -> None:
    frame = pd.DataFrame({"age": [20.0 + row % 37 for row in range(120)] + [-999.0] * 8})
    recipe = mw.data_quality.propose_recipe(frame)
    assert recipe.apply(frame)["age"].isna().sum() == 8
