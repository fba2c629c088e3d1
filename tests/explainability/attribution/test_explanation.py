"""An explanation hands out the objects of the libraries that people plot with."""

from functools import cache
from typing import Any

import pytest

import mlops_widgets as mw
from mlops_widgets.errors import InputError


@cache
def explained(method: Any) -> Any:
    return mw.explainability.explain(mw.sample("census"), [0, 1], method=method, background=10, samples=100)


@pytest.mark.parametrize("method", ["both", "lime"])
def test_lime_gets_its_own_object_of_the_row_that_is_asked_for(method: Any) -> None:
    explanation = explained(method)
    by_lime = explanation if method == "lime" else explanation.lime
    told = dict(explanation.to_lime(1).as_map()[1])
    assert told == pytest.approx(dict(enumerate(by_lime.values[1, :, 0])))


def test_what_lime_was_not_asked_it_cannot_hand_out() -> None:
    with pytest.raises(InputError, match="method='both'"):
        explained("shap").to_lime()
    with pytest.raises(InputError, match=r"row=2\. Rows of this explanation: 0 to 1"):
        explained("both").to_lime(2)
