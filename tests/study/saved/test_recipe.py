"""What made a study, as plain data, as Python and as TOML."""

import ast
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.errors import InputError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.saved.recipe import Live, record, to_code, to_toml
from mlops_widgets.study.saved.toml_text import write_toml
from tests.awkward import HOSTILE_NAMES, plain

WHOLE_CHARACTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WHOLE_CHARACTERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WHOLE_CHARACTERS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(WHOLE_CHARACTERS, PLAIN, max_size=5))
def test_what_is_written_as_toml_is_read_back_exactly(data: dict[str, Any]) -> None:
    assert tomllib.loads(write_toml(data)) == data


@given(st.dictionaries(st.sampled_from(["test", "target", "metric", "values", "split"]), PLAIN))
def test_code_holds_the_same_arguments(arguments: dict[str, Any]) -> None:
    try:
        code = to_code(arguments)
    except InputError:  # an empty or mixed list is no table
        return
    call = ast.parse(code).body[0].value  # type: ignore[attr-defined]
    assert {each.arg: ast.literal_eval(each.value) for each in call.keywords} == arguments


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 2**63, "\ud800", None, b"x", {1: 2}, [None]])
def test_what_toml_cant_hold_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        write_toml({"x": value})


def test_hidden_and_turning_characters_are_written_as_numbers() -> None:
    text = write_toml({"x": "a\u202eb\u200bc\x00\x7f\u2028"})
    assert text == 'x = "a\\u202Eb\\u200Bc\\u0000\\u007F\\u2028"\n'


def test_long_lists_stand_one_item_a_line() -> None:
    text = to_toml({"features": [f"column number {i}" for i in range(9)]})
    assert text.count("\n") == 11
    assert tomllib.loads(text)["features"][8] == "column number 8"


def test_maps_of_tables_stand_at_the_end() -> None:
    arguments = {"test": {"may": "may.csv", "june": {"database": "a.db", "sql": 'SELECT "x"'}}, "target": "y"}
    text = to_toml(arguments)
    assert text.startswith('target = "y"\n\n[test]\n')
    assert tomllib.loads(text) == arguments


def test_none_and_trust_are_left_out_of_both_texts() -> None:
    arguments = {"test": "t.csv", "target": "y", "time": None, "trust": "pickle"}
    assert to_toml(arguments) == 'test = "t.csv"\ntarget = "y"\n'
    assert to_code(arguments) == 'study = mw.load_study(test="t.csv", target="y")'


def test_code_says_that_trust_is_given_in_the_call() -> None:
    first, second = to_code({"model": "m.pkl"}, needs_trust=True).split("\n")
    assert first.startswith("# trust= is given in the call")
    assert "trust" not in second


def test_code_that_is_long_has_one_argument_a_line() -> None:
    code = to_code({"model": "models/churn.skops", "test": "data/2024/test.parquet", "production": "data/2024/live.parquet",
                    "target": "churned"})  # fmt: skip
    assert code.split("\n")[1] == '    model="models/churn.skops",'
    ast.parse(code)


def test_a_live_object_stands_under_its_name() -> None:
    arguments = {"model": Live("clf"), "test": Live("frames.test"), "target": "y"}
    assert to_code(arguments) == 'study = mw.load_study(model=clf, test=frames.test, target="y")'
    assert tomllib.loads(to_toml(arguments)) == {"target": "y"}
    assert "study.save" in to_toml(arguments)


@pytest.mark.parametrize("name", ["a b", "", "class", "f()", "x\n#"])
def test_a_live_object_without_a_name_of_python_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="isn't one that Python can read"):
        to_code({"model": Live(name)})


def test_a_frame_in_the_arguments_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"test= is DataFrame, a live object"):
        to_toml({"test": pd.DataFrame()})


def test_a_recipe_is_plain_data_without_defaults() -> None:
    found = record(
        {"test": Path("t.csv"), "production": [Path("a.csv"), "b.csv"], "reference": (Path("a.db"), "SELECT 1"),
         "data": {"x": pd.DataFrame()}, "features": (), "groups": pd.Index(["g"]), "values": np.eye(2),
         "split": np.datetime64("2024-01-01", "ns"), "positive": np.bool_(True), "expected": np.float64(0.5),
         "metric": np.mean, "trust": "pickle", "seed": 0, "time": None},
        {"features": (), "seed": 0},
    )  # fmt: skip
    live = found.pop("data"), found.pop("metric")
    assert all(isinstance(each, Live) for each in live)
    assert found == {
        "test": "t.csv", "production": ["a.csv", "b.csv"], "reference": {"database": "a.db", "sql": "SELECT 1"},
        "groups": ["g"], "values": [[1.0, 0.0], [0.0, 1.0]], "split": "2024-01-01T00:00:00", "positive": True, "expected": 0.5,
    }  # fmt: skip
    assert type(found["expected"]) is float


def test_dates_are_recorded_as_text() -> None:
    split = {"test": date(2024, 1, 1), "production": datetime(2024, 2, 1, tzinfo=UTC)}
    assert record({"split": split}, {})["split"] == {"test": "2024-01-01", "production": "2024-02-01T00:00:00+00:00"}


def test_a_study_knows_what_made_it_and_keeps_no_live_object() -> None:
    study = plain(expected=0.7, time=None).study
    assert study.recipe == {
        "model": Live("model", "LogisticRegression"), "reference": Live("reference", "DataFrame"),
        "test": Live("test", "DataFrame"), "production": Live("production", "DataFrame"), "target": "y", "expected": 0.7,
    }  # fmt: skip


def test_a_sample_knows_its_flags_and_seed() -> None:
    assert sample("loans", shock=True, artefact=False, seed=3).recipe == {"sample": "loans", "shock": True, "seed": 3}
    assert to_code({"sample": "loans", "shock": True}) == 'study = mw.sample("loans", shock=True)'


def test_hostile_column_names_survive_both_texts() -> None:
    names = [str(name) for name in HOSTILE_NAMES]
    assert tomllib.loads(to_toml({"features": names}))["features"] == names
    call = ast.parse(to_code({"features": names})).body[0].value  # type: ignore[attr-defined]
    assert ast.literal_eval(call.keywords[0].value) == names


def test_the_recipe_is_no_part_of_the_fingerprint(tmp_path: Path) -> None:
    arguments = plain(200).arguments
    arguments["test"].to_parquet(tmp_path / "test.parquet")
    again = load_study(**{**arguments, "test": tmp_path / "test.parquet"})
    assert again.recipe["test"] == str(tmp_path / "test.parquet")
    assert again.fingerprint == load_study(**arguments).fingerprint
