"""What the card of a recipe shows."""

import pandas as pd

from mlops_widgets.core.display import card_of
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.cleaning.steps import Step

FRAME = pd.DataFrame({"a": [1, -999] * 10, "b": ["x", "?"] * 10})


def test_steps_stand_in_order_with_what_they_touch_and_which_are_off() -> None:
    recipe = CleaningRecipe((
        Step(kind="void_numbers", columns=("a",), parameters={"values": [-999]}),
        Step(kind="drop_duplicates", columns=("a", "b"), on=False),
    ))  # fmt: skip
    card = card_of(recipe.preview(FRAME))
    assert [(row.label, row.value, row.note) for row in card.charts[0].rows] == [
        ("1. a: sentinels", 10.0, ""), ("2. repeated rows", 18.0, "off"),
    ]  # fmt: skip
    assert [step["touched"] for step in card.view.state["steps"]] == [
        "10 cells in 10 rows",
        "off: 18 rows dropped in training",
    ]
    assert card.table.rows[1][2] == "off"


def test_a_recipe_without_steps_says_why_nothing_is_drawn() -> None:
    card = card_of(CleaningRecipe(()).preview(FRAME))
    assert card.charts == ()
    assert "nothing" in card.empty
    assert card.code == ""
