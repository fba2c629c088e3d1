"""Personal cells are shown by their shape alone, wherever a study shows cells."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.data_quality.explorer.labeller import ErrorLabeller
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.overfitting.explorer.slices import SliceExplorer
from mlops_widgets.study.personal.masks import Personal, mask
from mlops_widgets.study.tables import Table
from mlops_widgets.ui.loader.form_state import _rows


def table(**columns: object) -> Table:
    return Table(pd.DataFrame(columns), name="test")


def study(**options: Any) -> mw.Study:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"age": rng.integers(18, 80, 60), "mail": [f"user{i}@example.org" for i in range(60)]})
    rows["late"] = (rows["age"] + rng.normal(0, 9, 60) < 45).astype(int)
    model = LogisticRegression().fit(rows[["age"]], rows["late"])
    return mw.load_study(model=model, test=rows, target="late", ids="mail", **options)


def test_a_mask_keeps_the_shape_and_nothing_of_the_content() -> None:
    assert mask("ada.king@example.org") == "•••@•••.org"
    assert mask("4111 1111 1111 1111") == "•••• •••• •••• ••••"
    assert mask("Ada King-Noël") == "••• •••-•••"
    assert mask("x" * 5000 + "1" * 5000) == "•••" + "•" * 56 + "…"


def test_of_free_text_only_what_was_recognised_is_masked() -> None:
    personal = Personal([table(notes=["ring back", "mail ada@example.org now", "fine"] * 5)])
    assert personal.masked("notes", "mail bob@example.net now") == "mail •••@•••.net now"


def test_a_study_finds_its_personal_columns_and_its_words_mask_them() -> None:
    found = study()
    assert tuple(found.personal.columns) == ("mail",)
    assert found.words.value("mail", "user1@example.org") == "•••@•••.org"
    assert found.words.value("mail", None) == "missing"
    assert found.words.value("age", 36) == "36"


def test_what_a_person_says_goes_before_what_was_found_and_is_kept_in_the_study_file(tmp_path: Path) -> None:
    said = study(labels={"personal": {"mail": "no", "age": "yes"}})
    assert tuple(said.personal.columns) == ("age",)
    opened = mw.open_study(said.save(tmp_path / "study.toml"))
    assert tuple(opened.personal.columns) == ("age",)


def test_a_wrong_word_or_column_is_refused() -> None:
    with pytest.raises(InputError, match="Allowed: 'yes' or 'no'"):
        study(labels={"personal": {"mail": "maybe"}})
    with pytest.raises(UnknownNameError, match=r"labels\.personal"):
        study(labels={"personal": {"mial": "yes"}})


def test_no_cell_of_a_personal_column_leaves_an_explanation_or_what_if() -> None:
    said = study(labels={"personal": {"age": "yes"}})
    explained = mw.explainability.explain(said, 3)
    varied = mw.explainability.vary_row(said, row=3, lime=False)
    assert isinstance(explained, mw.explainability.Explanation)
    assert isinstance(varied, mw.explainability.WhatIfResult)
    assert explained.cells == (("••",),)
    assert np.isnan(explained.numbers).all()
    assert [(field.kind, field.text) for field in varied.fields] == [("fixed", "••")]


def people() -> pd.DataFrame:
    return pd.DataFrame({"age": [31.0, 40.0, -999.0] * 4, "mail": [f"user{i}@example.org" for i in range(12)]})


def test_examples_of_a_recipe_are_masked_also_of_rows_that_it_drops() -> None:
    twice = pd.concat([people(), people()], ignore_index=True)
    steps = (mw.data_quality.Step(kind="drop_duplicates", columns=("age", "mail")),)
    editor = mw.data_quality.RecipeEditor(twice, recipe=mw.data_quality.CleaningRecipe(steps))
    told = str(list(editor._told({"do": "show", "at": 0})))
    assert "dropped" in told
    assert "•••@•••.org" in told
    assert "@example" not in told


def test_rows_to_judge_are_masked() -> None:
    labeller = ErrorLabeller(people(), rows=1)
    told = str(labeller._told({"what": "show"}))
    assert "•••@•••.org" in told
    assert "@example" not in told


def test_the_worst_rows_of_a_slice_are_masked() -> None:
    explorer = SliceExplorer(study())
    assert explorer._cell("mail", "user1@example.org") == "•••@•••.org"
    assert explorer._cell("age", 36) == "36"


def test_the_first_rows_that_a_loader_shows_are_masked() -> None:
    shown = _rows({"test": Table(people(), name="test")})
    assert shown is not None
    assert shown["rows"][0] == ["31", "•••@•••.org"]
