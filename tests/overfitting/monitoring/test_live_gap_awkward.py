import json

import pytest

from mlops_widgets.core.result import Result
from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult, compare_live
from tests.awkward import AWKWARD, study_of


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_gets_a_result_that_survives_json(name: str) -> None:
    result = compare_live(study_of(name), draws=100, folds=2)
    assert isinstance(result, LiveGapResult)
    assert result.to_dict() == Result.from_dict(json.loads(json.dumps(result.to_dict()))).to_dict()
    assert result.findings[0].code == "OV-LG-01"
    assert result.findings[0].status in {"passed", "failed", "not_enough_data"}
    assert len(result.frame()) == len(result.stages)
    assert len(result.chunks()) == len(result.chunk_labels)
