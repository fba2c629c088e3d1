from typing import Any

import numpy as np
import pytest

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.errors import InputError


@pytest.mark.parametrize("margin", [None, 0.03, 1, np.float32(0.5)])
def test_a_margin_above_zero_or_none_is_fine(margin: Any) -> None:
    check_margin(margin)


@pytest.mark.parametrize("margin", [0, -0.1, float("nan"), float("inf"), True, "0.03", [0.03]])
def test_what_is_no_margin_is_named_with_what_is_allowed(margin: Any) -> None:
    with pytest.raises(InputError, match=r"margin=.* Pass the largest gap that doesn't matter, above 0\."):
        check_margin(margin, "the largest gap that doesn't matter")


def test_counts_may_be_as_low_as_said() -> None:
    check_counts(draws=(100, 100), seed=(np.int64(0), 0))


@pytest.mark.parametrize(
    ("given", "message"),
    [(99, "draws=99. Pass 100 or more."), (200.0, "draws=200.0. Pass a whole number, 100 or more."),
     (True, "draws=True. Pass a whole number, 100 or more."), ("200", "draws='200'. Pass a whole number, 100 or more.")],
)  # fmt: skip
def test_what_is_no_count_or_too_low_is_named_with_what_is_allowed(given: Any, message: str) -> None:
    with pytest.raises(InputError) as error:
        check_counts(draws=(given, 100))
    assert str(error.value) == message
