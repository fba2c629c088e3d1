import json

import pytest

from mlops_widgets.core.result import Result
from mlops_widgets.overfitting.validation.leaks.check import SEARCHES
from mlops_widgets.overfitting.validation.leaks.find_leaks import LeakResult, find_leaks
from tests.awkward import AWKWARD, study_of


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_gets_a_result_that_survives_json(name: str) -> None:
    result = find_leaks(study_of(name))
    assert isinstance(result, LeakResult), result
    assert result.to_dict() == Result.from_dict(json.loads(json.dumps(result.to_dict()))).to_dict()
    assert result.findings[0].code == "OV-LK-01"
    assert result.status in {"passed", "warning", "not_enough_data", "not_applicable"}, str(result)
    assert [check.name for check in result.checks] == list(SEARCHES)
    assert len(result.frame()) == len(SEARCHES)
    assert len(result.findings) == len(SEARCHES) + 1
