"""The live desk: made-up loans, or one's own study where one was passed."""

import pytest

from mlops_widgets.data_quality import SpoilersDeskExplorer, SpoilersDeskResult
from mlops_widgets.errors import UnknownNameError
from tests.awkward import study_of


def test_it_switches_to_ones_own_rows() -> None:
    result = SpoilersDeskExplorer(study_of("callable_only")).run(rows="your study", seed=1)
    assert isinstance(result, SpoilersDeskResult)
    assert (result.synthetic, result.seed) == (False, 1)


def test_without_a_study_there_is_nothing_to_switch_to() -> None:
    with pytest.raises(UnknownNameError, match="'rows'"):
        SpoilersDeskExplorer().run(rows="your study")
