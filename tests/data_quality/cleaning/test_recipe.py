"""A recipe: changed without changing, applied to copies; `apply`, code and transformer do the same."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mlops_widgets as mw
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe, read_recipe
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.errors import InputError, TableError, UnknownNameError


def step(kind: str, *columns: str, on: bool = True, **parameters: Any) -> Step:
    return Step(kind=kind, columns=columns, parameters=parameters, on=on)


def run_code(recipe: CleaningRecipe, frame: pd.DataFrame, *, training: bool = False) -> pd.DataFrame:
    names: dict[str, Any] = {}
    exec(compile(recipe.to_code(), "recipe.py", "exec"), names)  # noqa: S102 - what the export is for
    found: pd.DataFrame = names["clean"](frame, training=training)
    return found


@cache
def frame() -> pd.DataFrame:
    return pd.DataFrame({
        "zip": [1, 1, 1, 2, 2, 2] * 5, "town": ["A", "A", "?", "B", "B", "b "] * 5,
        "age": [20, 30, -999, 40, 50, 60] * 5, "kg": ["1", "2 kg", "3000 g", "4", "x", None] * 5,
    })  # fmt: skip


@cache
def recipe() -> CleaningRecipe:
    return CleaningRecipe((
        step("void_texts", "town", texts=["?"]),
        step("unify_spelling", "town", spellings=["B"]),
        step("void_numbers", "age", values=[-999]),
        step("parse_numbers", "kg", units=[["", 1], ["kg", 1], ["g", 0.001]]),
        step("fill_dependency", "town", by=["zip"], least_share=0.5, fills=True),
        step("impute", "age", "kg"),
        step("drop_duplicates", "zip", "town", "age", "kg"),
    ))  # fmt: skip


def test_apply_leaves_the_users_frame_and_keeps_its_index() -> None:
    given_ = frame().set_axis(range(100, 130))
    before = given_.copy(deep=True)
    found = recipe().fit(given_).apply(given_)
    pd.testing.assert_frame_equal(given_, before)
    assert found.index.tolist() == given_.index.tolist()


def test_rows_are_dropped_for_training_alone() -> None:
    fitted = recipe().fit(frame())
    assert (len(fitted.apply(frame())), len(fitted.apply(frame(), training=True))) == (30, 6)


def test_a_change_makes_a_new_recipe_and_undo_gives_the_old_one_back() -> None:
    first = recipe()
    changed = first.toggle(0).move(3, 1).without(6).add(step("clip_range", "age", lower=0, upper=50), at=0)
    assert [each.kind for each in changed.steps][:3] == ["clip_range", "void_texts", "parse_numbers"]
    assert len(first.steps) == 7
    assert changed.undo().undo().undo().undo() == first
    with pytest.raises(InputError, match="nothing to undo"):
        first.undo()


def test_a_step_that_is_off_does_nothing() -> None:
    only = CleaningRecipe((recipe().steps[2],))
    assert only.toggle(0).apply(frame()).equals(frame())
    assert only.toggle(0, on=True) == only


def test_what_is_learned_comes_from_the_rows_of_fit() -> None:
    fitted = recipe().fit(frame().assign(age=[1, 2, 3] * 10))
    (impute,) = (each for each in fitted.steps if each.kind == "impute")
    assert impute.parameters["values"][0] == 2.0
    later = fitted.apply(pd.DataFrame({"zip": [1, 9], "town": ["B", "Z"], "age": [-999, 5], "kg": ["1", "2"]}))
    assert later["town"].tolist() == ["A", "Z"]
    assert later["age"].tolist() == [2.0, 5.0]


def test_a_blank_text_is_a_missing_cell_and_has_no_vote() -> None:
    table = pd.DataFrame({"zip": [1, 1, 1, 1, 1], "town": ["", " ", "", "A", "A"]})
    fill = CleaningRecipe((step("fill_dependency", "town", by=["zip"], least_share=0.5, fills=True),))
    assert fill.fit(table).apply(table)["town"].tolist() == ["A"] * 5
    assert CleaningRecipe((step("impute", "town"),)).fit(table).apply(table)["town"].tolist() == ["A"] * 5
    kept = CleaningRecipe((step("fill_dependency", "zip", by=["town"], least_share=0.5, fills=True),)).fit(table)
    assert kept.steps[0].parameters["majority"] == (("A", 1),)


def test_an_unfitted_recipe_says_so() -> None:
    for use in (lambda: recipe().apply(frame()), recipe().to_code):
        with pytest.raises(InputError, match=r"learned nothing yet: call .*fit"):
            use()


def test_a_missing_column_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"no column 'age'.*Did you mean 'Age'"):
        CleaningRecipe((recipe().steps[2],)).apply(pd.DataFrame({"Age": [1]}))
    with pytest.raises(TableError, match="several columns named a"):
        recipe().apply(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_positions_are_checked() -> None:
    for wrong in (-1, 7, True, "0"):
        with pytest.raises(InputError, match="Allowed: 0 to 6"):
            recipe().toggle(wrong)  # type: ignore[arg-type]  # the point of the test


def test_examples_are_the_first_cells_that_a_step_changes() -> None:
    fitted = recipe().fit(frame())
    assert fitted.examples(frame(), 1, most=1).iloc[0].tolist() == [5, "town", "b ", "B"]
    assert fitted.examples(frame(), 6, most=1).iloc[0].tolist()[-1] == "dropped"


def test_a_saved_recipe_comes_back(tmp_path: Path) -> None:
    fitted = recipe().fit(frame())
    back = read_recipe(fitted.save(tmp_path / "recipe.json"))
    assert back == fitted
    assert back.apply(frame()).equals(fitted.apply(frame()))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "isn't JSON"), ("[" * 100_000, "isn't JSON"), ("[]", "holds no recipe"), ('{"format": "x", "steps": []}', "holds no"),
        ('{"format": "mlops-widgets recipe 1", "steps": [1]}', "step 1 of bad.json"),
        ('{"format": "mlops-widgets recipe 1", "steps": [{"kind": "eval", "columns": ["a"]}]}', "Unknown kind of step 'eval'"),
        ('{"format": "mlops-widgets recipe 1", "steps": [{"kind": "impute", "columns": "a"}]}', "columns a list of texts"),
        ('{"format": "mlops-widgets recipe 1", "steps": [{"kind": "impute", "columns": ["a"], "code": "x"}]}', "other fields"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_recipe(path)


def test_files_that_arent_there_and_names_that_dont_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_recipe(tmp_path / "none.json")
    with pytest.raises(InputError, match=r"must end in \.json"):
        recipe().save(tmp_path / "recipe.pkl")


CELLS = st.one_of(
    st.none(), st.floats(allow_nan=True), st.integers(-2000, 2000), st.sampled_from(["?", "b ", "B", "2 kg", "1,200", "x"]), st.text(max_size=3)
)  # fmt: skip


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, st.integers(-999, 99), CELLS), min_size=1, max_size=12),
    order=st.permutations(range(6)), off=st.sets(st.integers(0, 6)),
)  # fmt: skip
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_apply_code_and_transformer_do_the_same(rows: list[tuple[Any, ...]], order: list[int], off: set[int]) -> None:
    columns = dict(zip(("zip", "town", "age", "kg"), zip(*rows, strict=True), strict=True))
    table = pd.DataFrame(
        {name: pd.Series(cells, dtype=None if name == "age" else object) for name, cells in columns.items()}
    )
    every = [*(recipe().steps[at] for at in order), recipe().steps[6]]
    chosen = CleaningRecipe(tuple(each for at, each in enumerate(every) if at not in off)).fit(frame())
    applied = chosen.apply(table)
    pd.testing.assert_frame_equal(run_code(chosen, table), applied)
    pd.testing.assert_frame_equal(run_code(chosen, table, training=True), chosen.apply(table, training=True))
    pd.testing.assert_frame_equal(chosen.to_sklearn().fit(frame()).transform(table), applied)


HOSTILE = [
    '"); import os #',
    "'''",
    '"""\nraise SystemExit(1)',
    "\\",
    "\u202eabc",
    "{x}",
    "\ud83d",
    "\n    raise SystemExit(1)",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_and_cells_stay_texts_in_code(name: str) -> None:
    table = pd.DataFrame({"a": pd.Series([name, "x"], dtype=object)})
    table.columns = pd.Index([name], dtype=object)
    hostile = CleaningRecipe(
        (step("map_texts", name, pairs=[[name.strip(), name]]), step("void_texts", name, texts=["x"]))
    )
    assert hostile.to_code().isascii()
    pd.testing.assert_frame_equal(run_code(hostile, table), hostile.apply(table))


def test_code_holds_only_the_functions_that_it_needs() -> None:
    code = CleaningRecipe((recipe().steps[2],)).to_code()
    assert "def void_numbers" in code
    assert "def parse_numbers" not in code
    assert "mlops_widgets" not in code


def test_a_study_or_any_table_can_be_cleaned() -> None:
    study = mw.sample("loans")
    plain = CleaningRecipe((step("clip_range", "income", lower=0, upper=None),))
    assert study.reference is not None
    assert len(plain.apply(study)) == study.reference.rows
    assert len(plain.apply(study.reference)) == study.reference.rows
    assert plain.apply([pd.DataFrame({"income": [-1, 2]})])["income"].tolist() == [0.0, 2.0]


def test_no_table_is_too_odd() -> None:
    chosen = CleaningRecipe((step("void_texts", "a", texts=["?"]), step("void_range", "a", lower=0, upper=None)))
    odd: list[Any] = [
        [[1], [2]], [10**400, -5], [np.inf, -np.inf], ["\udc80", "?"], ["9" * 10**7, None], [None, None],
        [pd.Timestamp("2024-01-01", tz="UTC"), pd.Timestamp("2024-01-01")], [1j, 2],
    ]  # fmt: skip
    for cells in odd:
        table = pd.DataFrame({"a": pd.Series(cells, dtype=object)})
        assert len(chosen.apply(table)) == 2
        assert chosen.preview(table).rows == 2
    assert len(chosen.apply(pd.DataFrame({"a": []}))) == 0
