"""Tables with errors of known place, small enough to be read."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.detection.find_errors import find_errors

CITIES = ("Portland", "Boulder", "Chicago", "Indianapolis", "Denver", "Houston", "Longmont", "Madison")
STATES = ("OR", "CO", "IL", "IN", "CO", "TX", "CO", "WI")


def found(data: Any, /, **options: Any) -> ErrorsResult:
    result = find_errors(data, **options)
    assert isinstance(result, ErrorsResult)
    return result


def flagged(result: ErrorsResult, column: str) -> list[int]:
    """Return the rows of a column that count as errors."""
    return np.flatnonzero(result.cells[column]).tolist()


def repairs(result: ErrorsResult, column: str, kind: str) -> dict[int, Any]:
    """Return row → repair of the cells of one kind that count as errors."""
    frame = result.frame()
    chosen = frame[(frame["column"] == column) & (frame["kind"] == kind) & (frame["confidence"] >= 0.5)]
    return dict(zip(chosen["row"], chosen["repair"], strict=True))


@cache
def shops() -> pd.DataFrame:
    """Give forty shops with eight orders each: the shop determines city and state; amounts and channels are free."""
    rng = np.random.default_rng(0)
    shop = np.repeat(np.arange(40), 8)
    return pd.DataFrame({
        "shop": [f"S{each:03d}" for each in shop], "city": [CITIES[each % 8] for each in shop], "state": [STATES[each % 8] for each in shop],
        "amount": rng.normal(50, 9, 320).round(2), "channel": rng.choice(["online", "store"], 320),
    })  # fmt: skip


def reports(seed: int = 0) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Give twelve sources on sixty things: four are right and complete, eight copy each other's errors and leave gaps."""
    rng = np.random.default_rng(seed)
    source, thing = np.repeat(np.arange(12), 60), np.tile(np.arange(60), 12)
    truth = {"start": rng.permutation(600)[:60], "gate": rng.permutation(600)[:60], "end": rng.permutation(600)[:60]}
    rumour = {
        name: np.where(rng.random(60) < 0.5, rng.permutation(600)[:60] + 1000, right) for name, right in truth.items()
    }
    frame = pd.DataFrame(
        {"source": [f"source {chr(97 + each)}" for each in source], "thing": [f"thing {each:02d}" for each in thing]}
    )
    wrong = np.zeros((720, 5), dtype=bool)
    for at, name in enumerate(truth, start=2):
        said = np.where(source < 4, truth[name][thing], rumour[name][thing]).astype(object)
        gap = (source >= 4) & (rng.random(720) < 0.4)
        wrong[:, at] = gap | (said != truth[name][thing])
        frame[name] = pd.Series([f"x{each}" for each in said], dtype=object).mask(gap)
    return frame, wrong
