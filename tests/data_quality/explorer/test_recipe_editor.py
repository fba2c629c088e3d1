"""The recipe editor without a browser: what a click does to the recipe, and what goes out."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.data_quality.explorer.recipe_editor import RecipeEditor
from mlops_widgets.errors import InputError

STEPS = (
    Step(kind="void_texts", columns=("town",), parameters={"texts": ["secret"]}),
    Step(kind="impute", columns=("town",)),
)
FRAME = pd.DataFrame({"town": ["Oslo"] * 6 + ["secret", "x"]})


def editor() -> RecipeEditor:
    return RecipeEditor(FRAME, CleaningRecipe(STEPS))


def told(live: RecipeEditor, do: object, at: object = 0) -> Mapping[str, Any]:
    return next(iter(live._told({"do": do, "at": at})))


def test_steps_are_switched_moved_undone_and_done_again() -> None:
    live = editor()
    assert [step.on for step in live.toggle(1).steps] == [True, False]
    assert live.move(1, 0).steps[0].kind == "impute"
    assert live.undo().steps[0].kind == "void_texts"
    assert live.redo().steps[0].kind == "impute"
    live.toggle(0)
    with pytest.raises(InputError, match="nothing to redo"):
        live.redo()


def test_what_is_learned_follows_the_order() -> None:
    live = RecipeEditor(pd.DataFrame({"town": ["secret"] * 3 + ["Oslo"] * 2 + [None]}), CleaningRecipe(STEPS))
    assert live.recipe.steps[1].parameters["values"] == ("Oslo",)
    assert live.move(1, 0).steps[0].parameters["values"] == ("secret",)


def test_the_users_table_stays_as_it_is() -> None:
    before = FRAME.copy(deep=True)
    editor().toggle(0)
    pd.testing.assert_frame_equal(FRAME, before)


def test_an_answer_holds_counts_and_examples_and_the_result_holds_no_rare_cell() -> None:
    live = editor()
    answer = told(live, "show")
    assert answer["examples"] == [["7", "town", "secret", "–"]]
    assert (answer["undo"], answer["redo"], answer["steps"][0]["touched"]) == (False, False, "1 cell in 1 row")
    assert live.result is not None
    assert "secret" not in str(live.result.to_dict())


def test_a_click_changes_the_recipe_and_what_is_looked_at_follows_the_step() -> None:
    live = editor()
    assert told(live, "down")["at"] == 1
    assert live.recipe.steps[1].kind == "void_texts"
    assert told(live, "down", 1)["at"] == 1  # the last one stays where it is
    assert told(live, "undo")["redo"]
    assert told(live, "redo")["undo"]
    assert told(live, "toggle", 1)["steps"][1]["touched"].startswith("off:")


@pytest.mark.parametrize(
    ("do", "at"), [("show", 2), ("show", -1), ("show", "0"), ("show", True), ("eval", 0), (None, 0)]
)
def test_what_no_view_of_ours_asks_is_refused(do: object, at: object) -> None:
    with pytest.raises(InputError, match="Allowed"):
        told(editor(), do, at)


def test_a_recipe_is_proposed_where_none_is_passed() -> None:
    live = RecipeEditor(pd.DataFrame({"age": [20.0 + row % 37 for row in range(120)] + [-999.0] * 8}))
    assert live.recipe.steps[0].kind == "void_numbers"
    assert len(live.examples(0, most=3)) == 3
