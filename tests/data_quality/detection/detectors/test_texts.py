import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.detection.detectors.spellings import key_of
from tests.data_quality.detection.tables import CITIES, flagged, found, repairs, shops


def cities(count: int = 200, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).choice(CITIES, count).astype(object)


@pytest.mark.parametrize("word", ["N/A", "not stated", "?", "tbd"])
def test_a_word_that_recurs_among_numbers_stands_for_missing(word: str) -> None:
    amounts = np.random.default_rng(0).normal(40, 9, 200).round(1).astype(str).astype(object)
    amounts[[3, 50, 77]] = word
    result = found(pd.DataFrame({"amount": amounts}))
    assert repairs(result, "amount", "disguised_missing").keys() == {3, 50, 77}
    assert all(np.isnan(each) for each in repairs(result, "amount", "disguised_missing").values())


def test_a_sign_without_letters_stands_for_missing_in_words() -> None:
    names = cities()
    names[[5, 6]] = "?"
    assert flagged(found(pd.DataFrame({"city": names})), "city") == [5, 6]


def test_a_category_called_none_or_other_is_an_answer() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({
        name: rng.choice(["None", "Other", "Basic", "Full"], 300) for name in ("cover", "device", "plan")
    })  # fmt: skip
    assert not found(table).cells.to_numpy().any()


def test_a_unit_written_in_several_ways_is_stripped_from_all_cells() -> None:
    rng = np.random.default_rng(0)
    sizes = [
        f"{size}{unit}"
        for size, unit in zip(
            rng.choice(["12.0", "16.0"], 200), rng.choice([" oz", " oz.", " ounce"], 200), strict=True
        )
    ]
    result = found(pd.DataFrame({"size": sizes}))
    fixed = repairs(result, "size", "wrong_type")
    assert len(fixed) == 200
    assert all(fixed[row] == float(size.split()[0]) for row, size in enumerate(sizes))


@pytest.mark.parametrize("cells", [
    ["36 months", "60 months"], ["< 1 year", "1 year", "2 years", "10+ years"], ["1st", "2nd", "3rd"], ["A12", "B7", "C101"],
    ["SO-1001", "SO-1002", "SO-1003"], ["12 Main St", "7 High St", "3 Mill Rd"],
])  # fmt: skip
def test_one_unit_bounds_ordinals_codes_and_addresses_are_no_errors(cells: list[str]) -> None:
    table = pd.DataFrame({"cells": np.random.default_rng(0).choice(cells, 200)})
    assert not found(table).cells.to_numpy().any()


def test_a_percent_sign_among_shares_is_dropped_and_a_true_percentage_divided() -> None:
    rng = np.random.default_rng(0)
    shares = rng.uniform(0.03, 0.09, 200).round(3)
    as_is, percent = shares.astype(str).astype(object), shares.astype(str).astype(object)
    as_is[:20] = [f"{each}%" for each in shares[:20]]
    percent[:20] = [f"{each * 100:.1f}%" for each in shares[:20]]
    result = found(pd.DataFrame({"as_is": as_is, "percent": percent}))
    for name in ("as_is", "percent"):
        fixed = repairs(result, name, "wrong_type")
        assert sorted(fixed) == list(range(20))
        assert [fixed[row] for row in range(20)] == pytest.approx(shares[:20])


def test_text_among_numbers_is_of_a_wrong_type_but_not_among_ticket_numbers() -> None:
    rng = np.random.default_rng(0)
    amounts = rng.normal(40, 9, 300).round(1).astype(str).astype(object)
    amounts[7] = "forty or so"
    tickets = rng.integers(10_000, 400_000, 300).astype(str).astype(object)
    tickets[:60] = [f"PC {each}" for each in tickets[:60]]
    result = found(pd.DataFrame({"amount": amounts, "ticket": tickets}))
    assert flagged(result, "amount") == [7]
    assert flagged(result, "ticket") == []


def test_a_number_among_recurring_words_is_of_a_wrong_type() -> None:
    names = cities()
    names[9] = "17"
    assert flagged(found(pd.DataFrame({"city": names})), "city") == [9]


def test_rare_shapes_are_found_where_one_shape_dominates_and_names_are_free() -> None:
    rng = np.random.default_rng(0)
    times = np.array(
        [f"{hour}:{minute:02d} a.m." for hour, minute in rng.integers((1, 0), (12, 60), (300, 2))], dtype=object
    )
    times[[4, 90]] = ["12/02/2011 6:55 a.m.", "Thu 6:55"]
    names = cities(300)
    names[[1, 2, 3]] = ["St. Paul", "O'Fallon", "Winston-Salem"]
    result = found(pd.DataFrame({"time": times, "city": names}))
    assert flagged(result, "time") == [4, 90]
    assert flagged(result, "city") == []


def test_spellings_are_mapped_to_the_commonest() -> None:
    names = cities(400)
    names[[3, 8]] = ["portland", "PORTLAND "]
    result = found(pd.DataFrame({"city": names}))
    assert repairs(result, "city", "variant") == {3: "Portland", 8: "Portland"}


def test_blanks_around_a_value_are_a_spelling() -> None:
    names = cities(400)
    names[3] = "Portland "
    assert repairs(found(pd.DataFrame({"city": names})), "city", "variant") == {3: "Portland"}


@pytest.mark.parametrize(("one", "other"), [("B", "B-"), ("C", "C++"), ("1-2", "12"), ("N", "S"), ("1.5", "15")])
def test_signs_that_mean_something_are_no_spelling(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


def test_typos_are_mapped_to_what_they_are_misspelt_from_and_codes_are_left_alone() -> None:
    names, codes = cities(600), np.array([f"AB{each:02d}X" for each in range(20)] * 30, dtype=object)
    names[[3, 8]] = ["Potrland", "Indianapolsi"]
    codes[5] = "AB99X"
    result = found(pd.DataFrame({"city": names, "code": codes}))
    assert repairs(result, "city", "typo") == {3: "Portland", 8: "Indianapolis"}
    assert flagged(result, "code") == []


def test_a_cell_that_swallowed_its_neighbour_gives_it_back() -> None:
    table = shops().copy()
    hit = [2, 11, 40, 123]
    table.loc[hit, "city"] = table.loc[hit, "city"] + " " + table.loc[hit, "state"]
    table.loc[hit, "state"] = None
    result = found(table)
    assert flagged(result, "city") == hit
    assert flagged(result, "state") == hit
    assert repairs(result, "state", "missing") == shops()["state"].iloc[hit].to_dict()
    assert set(repairs(result, "city", "format").values()) <= set(CITIES)


def test_garbled_text_is_undone() -> None:
    names = [f"Place {each}" for each in "abcdefghij"] + ["FranÃ§ois", "R&amp;D", "Zo\ufffd", "São Paulo", "A & B"]
    result = found(pd.DataFrame({"name": names}))
    fixed = repairs(result, "name", "format")
    assert fixed == {10: "François", 11: "R&D", 12: None}


@pytest.mark.parametrize(("word", "is_one"), [("n/a", True), ("<NA>", True), ("nan", True), ("NULL", True), ("Nan", False), ("unknown", False)])  # fmt: skip
def test_a_word_for_missing_is_told_from_an_answer_by_how_it_is_written(word: str, *, is_one: bool) -> None:
    purposes = np.random.default_rng(0).choice(["car", "home", "debt", "business"], 400).astype(object)
    purposes[:8] = word
    assert flagged(found(pd.DataFrame({"purpose": purposes})), "purpose") == (list(range(8)) if is_one else [])


@pytest.mark.parametrize(
    "answers", [["+", "-"], ["*", "**", "***"], ["G", "1", "2", "3"], ["0.1.24", "2.4.7", "3.0.15"]]
)
def test_signs_and_levels_that_are_the_values_are_no_errors(answers: list[str]) -> None:
    column = np.random.default_rng(0).choice(answers, 300)
    assert not found(pd.DataFrame({"answer": column})).cells.to_numpy().any()


def test_names_that_differ_in_accents_may_be_two_people() -> None:
    names = np.repeat(["José García", "José Garcia", "Ann Lee"], [12, 8, 30])
    assert flagged(found(pd.DataFrame({"name": names})), "name") == []
    places = np.repeat(["São Paulo", "Sao Paulo", "Lima"], [90, 3, 40])
    assert flagged(found(pd.DataFrame({"place": places})), "place") == [90, 91, 92]


def test_a_unit_beside_plain_numbers_is_stripped() -> None:
    rng = np.random.default_rng(0)
    sizes = rng.choice(["375", "500", "750", "1500"], 600).astype(object)
    written = rng.choice(["", " ml", " ML", " ml."], 600)
    assert flagged(found(pd.DataFrame({"size": sizes + written})), "size") == np.flatnonzero(written != "").tolist()
