"""What columns and cells are called: labels of the user's own through every door, and plain words without them."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.saved.recipe import Live, to_code, to_toml
from mlops_widgets.study.saved.study_file import open_study
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.wording import Wording, cell_text, check_wording, read_labels

ROWS = pd.DataFrame(
    {"id": range(60), "y": [0, 1] * 30, "score": [0.2, 0.8, 0.7, 0.4] * 15, "term_months": [12, 24] * 30,
     "ok": [True, False] * 30, "why": ["car", None] * 30}
)  # fmt: skip
LABELS: dict[str, Any] = {
    "features": {"term_months": " term in months "},
    "values": {"term_months": {12: "a year"}, "ok": {True: "fine"}, "why": {None: "not stated", "car": "a car"}},
}


def logged(**more: Any) -> Study:
    return load_study(**{"test": ROWS, "scores": "score", "target": "y", **more})


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("a", 3.5, "3.5"), ("a", 0.356, ".356"), ("a", 1234.5678, "1,235"), ("a", 12.3456, "12.35"), ("a", 24_000, "24,000"),
        ("plane_year", 2004.0, "2004"), ("customer_id", 108_041, "108041"), ("a", -2.25, "−2.25"), ("a", 0.00012, ".00012"),
        ("a", np.float32(0.1), ".1"), ("a", True, "yes"), ("a", np.bool_(False), "no"), ("a", None, "missing"),
        ("a", float("nan"), "missing"), ("a", pd.NaT, "missing"), ("a", pd.NA, "missing"), ("a", "as it is", "as it is"),
        ("a", pd.Timestamp("2024-03-01"), "1 Mar 2024"), ("a", pd.Timestamp("2024-03-01 14:05"), "1 Mar 2024 14:05"),
        ("a", np.datetime64("2024-03-01"), "1 Mar 2024"), ("a", float("inf"), "∞"),
    ],
)  # fmt: skip
def test_a_cell_without_a_label_is_written_in_plain_words(column: str, cell: object, words: str) -> None:
    assert Wording().value(column, cell) == words


@pytest.mark.parametrize(
    ("column", "words"), [("debt_to_income", "debt to income"), ("Age (y)", "Age (y)"), ("_", "_")]
)
def test_a_column_without_a_label_is_its_name_with_spaces(column: str, words: str) -> None:
    assert Wording().feature(column) == words


def test_labels_are_found_whatever_the_type_of_the_cell() -> None:
    words = logged(labels=LABELS).words
    assert words.feature("term_months") == "term in months"
    assert {words.value("term_months", cell) for cell in (12, 12.0, np.int64(12), "12")} == {"a year"}
    assert words.value("ok", np.bool_(True)) == words.value("ok", "true") == "fine"
    assert [words.value("why", cell) for cell in ("car", None, float("nan"))] == ["a car", "not stated", "not stated"]
    assert words.value("term_months", 24) == "24"


def test_labels_may_still_be_a_table_and_a_map_may_hold_it() -> None:
    late = pd.DataFrame({"id": range(40), "y": 1})
    alone = logged(labels=late, ids="id")
    both = logged(labels={"outcomes": late, **LABELS}, ids="id")
    assert alone.need("test")["y"].equals(both.need("test")["y"])
    assert both.words.feature("term_months") == "term in months"
    assert alone.words == Wording()


def test_labels_change_neither_the_fingerprint_nor_the_tables() -> None:
    assert logged(labels=LABELS).fingerprint == logged().fingerprint


@pytest.mark.parametrize("outcomes", [None, "live", "file"])
def test_labels_survive_being_saved_and_opened(tmp_path: Path, outcomes: str | None) -> None:
    late = pd.DataFrame({"id": range(40), "y": 1})
    late.to_csv(tmp_path / "late.csv", index=False)
    ROWS.to_csv(tmp_path / "rows.csv", index=False)
    held: dict[str, Any] = {"live": {"outcomes": late}, "file": {"outcomes": str(tmp_path / "late.csv")}}
    test = str(tmp_path / "rows.csv") if outcomes == "file" else ROWS
    study = logged(test=test, labels={**held.get(outcomes or "", {}), **LABELS}, ids="id")
    again = open_study(study.save(tmp_path / "study.toml"))
    assert again.words == study.words
    assert again.need("test")["y"].tolist() == study.need("test")["y"].tolist()
    if outcomes == "file":
        assert tomllib.loads((tmp_path / "study.toml").read_text())["labels"]["outcomes"] == "late.csv"


def test_a_study_file_holds_labels_in_sections(tmp_path: Path) -> None:
    ROWS.to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "study.toml").write_text(
        'test = "rows.csv"\ntarget = "y"\nscores = "score"\n[labels.features]\nterm_months = "term"\n'
        '[labels.values.term_months]\n12 = "a year"\n'
    )
    words = open_study(tmp_path / "study.toml").words
    assert (words.feature("term_months"), words.value("term_months", 12)) == ("term", "a year")


@pytest.mark.parametrize(
    "text",
    ["labels = { features = 3 }", "labels = { values = { a = 3 } }", "labels = { outcomes = 3 }",
     "labels = { features = { a = [1] } }"],
)  # fmt: skip
def test_labels_of_another_kind_are_refused_at_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(WrongTypeError, match=r"study\.toml: labels is"):
        open_study(tmp_path / "study.toml")


def test_outcomes_in_a_study_file_stay_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('[labels]\noutcomes = "/etc/hosts"\n')
    with pytest.raises(InputError, match="leads out of the folder"):
        open_study(tmp_path / "study.toml")


def test_a_recipe_writes_labels_as_code_and_toml() -> None:
    recipe = logged(labels={"outcomes": ROWS[["id", "y"]], **LABELS}, ids="id").recipe
    assert recipe["labels"]["outcomes"] == Live("outcomes", "DataFrame")
    assert '"term_months": {"12": "a year"}' in to_code(recipe)
    assert tomllib.loads(to_toml(recipe))["labels"]["values"]["ok"] == {"true": "fine"}
    assert "# labels.outcomes is a live object" in to_toml(recipe)


def test_long_labels_stand_in_sections_of_their_own() -> None:
    cells = {str(k): f"the {k}th thing that this column holds" for k in range(9)}
    text = to_toml({"labels": {"values": {"a.b": cells}}})
    assert "\n[labels.values]\n" in text or '[labels.values."a.b"]' in text
    assert max(map(len, text.split("\n"))) < 100
    assert tomllib.loads(text) == {"labels": {"values": {"a.b": cells}}}


@pytest.mark.parametrize(
    ("labels", "error", "says"),
    [
        ({"feature": {}}, UnknownNameError, "Did you mean 'features'"),
        ({"features": {"term_month": "x"}}, UnknownNameError, "Did you mean 'term_months'"),
        ({"values": {"term_month": {"1": "x"}}}, UnknownNameError, r"labels\.values=.*Did you mean 'term_months'"),
        ({"features": ["a"]}, WrongTypeError, "column → label"),
        ({"values": {"why": "a"}}, WrongTypeError, "cell → label"),
        ({"features": {"why": 3}}, WrongTypeError, "Allowed: text"),
        ({"features": {"why": " "}}, InputError, "1 to 80"),
        ({"features": {"why": "x" * 81}}, InputError, "81 characters"),
        ({"features": {"why": "a\u202eb"}}, InputError, r"U\+202E"),
        ({"features": {"why": "a\nb"}}, InputError, r"U\+000A"),
        ({"features": {"why": "a", "ok": "a"}}, InputError, "same label"),
        ({"features": {"why": "term months"}}, InputError, "as 'term_months' is called"),
        ({"values": {"why": {"car": "a", "missing": "a"}}}, InputError, "same label"),
        ({"outcomes": ROWS}, InputError, "needs ids="),
    ],
)  # fmt: skip
def test_labels_that_cant_be_used_are_refused(labels: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        logged(labels=labels)


def test_a_label_of_a_cell_that_no_row_holds_is_noted() -> None:
    notes = logged(labels={"values": {"why": {"cra": "a car"}}}).notes
    assert "labels.values.why labels 'cra', which no row holds. Did you mean 'car'?" in notes


def test_labels_may_be_written_with_joiners() -> None:
    assert read_labels({"features": {"why": "می\u200cخواهم"}})[1].feature("why") == "می\u200cخواهم"


@pytest.mark.parametrize("name", ["loans", "flights", "census"])
def test_a_sample_has_words_for_its_own_columns_and_cells(name: str) -> None:
    study = sample(name)
    assert check_wording(study.words, study.tables.values()) == []
    assert read_labels(study.words.plain()) == (None, study.words)
    if name == "loans":
        assert study.words.feature("debt_to_income") == "debt-to-income ratio"


def test_keys_are_the_same_text_for_equal_cells() -> None:
    assert {cell_text(cell) for cell in (1, 1.0, np.int8(1), np.float32(1), "1")} == {"1"}


def test_many_labels_that_no_row_holds_are_counted_and_not_each_compared() -> None:
    cells = pd.DataFrame({"town": [f"town number {k % 900}" for k in range(9_000)]})
    labels = {f"twon numbre {k}": f"label {k}" for k in range(3_000)}
    notes = check_wording(Wording(values={"town": labels}), [Table(cells, name="test")])
    assert len(notes) == 6
    assert "2,995 more" in notes[-1]
