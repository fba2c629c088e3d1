"""What an exception of the user's own code quotes stays in the exception: findings are saved and sent on."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.errors import MlopsWidgetsError

CELL = "canary-5b"


class Fails:
    def __init__(self, error: type[Exception]) -> None:
        self.classes_, self._error = np.array([0, 1]), error

    def predict(self, _frame: pd.DataFrame) -> Any:
        raise self._error(CELL)


def metric_that_raises(error: type[Exception]) -> Any:
    def late_error(y_true: Any, y_pred: Any) -> float:
        if len(y_true) < 60:  # the made-up rows on which load_study tries a metric
            return 0.5
        raise error(CELL)

    return late_error


@pytest.mark.parametrize("error", [KeyError, ValueError])
@pytest.mark.parametrize("whose", ["model", "metric"])
def test_what_a_model_or_metric_said_of_a_cell_stays_out_of_findings(error: type[Exception], whose: str) -> None:
    frame = pd.DataFrame({"a": range(60), "y": [0, 1] * 30})
    own: dict[str, Any] = {"model": Fails(error), "metric": "accuracy"}
    if whose == "metric":
        own = {"predictions": "y", "metric": metric_that_raises(error)}
    study = mw.load_study(test=frame, production=frame, target="y", **own)
    with pytest.raises(MlopsWidgetsError, match=r"ValueError|canary"):
        _ = study.measure(study.need("test")).score
    shown = [mw.overfitting.compare_live(study), mw.exercise("OV-4", study, answer=100)]
    assert CELL not in json.dumps([result.to_dict() for result in shown])
