"""The decision threshold that was worth most on earlier rows: values judged at a cut that nobody chose judge the cut."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.lifecycle.recovery.windows import newest_third
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.tables import Table

if TYPE_CHECKING:
    from mlops_widgets.lifecycle.recovery.contenders import Contest

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_CANDIDATES = 41


def best_cut(scores: Floats, gain: Floats) -> float:
    """Return the threshold at which deciding positively has gained most; NaN where all scores are equal.

    Parameters
    ----------
    scores
        (n,) scores; a row is decided positively if its score reaches the threshold.
    gain
        (n,) what deciding positively is worth more than deciding negatively, weighted.

    Examples
    --------
    >>> best_cut(np.array([0.1, 0.2, 0.3, 0.4]), np.array([-5.0, 20.0, -5.0, 20.0]))
    0.2
    """
    inside = np.unique(np.quantile(scores, np.linspace(0, 1, _CANDIDATES + 2), method="inverted_cdf"))[1:]
    if not len(inside):
        return float("nan")
    return float(inside[np.argmax([gain[scores >= cut].sum() for cut in inside])])


def learn_cuts(contest: "Contest", train: Integers, *, shorten: bool) -> tuple[float, float] | None:
    """Return today's and a fresh model's best cut on the newest quarter of the rows known at an origin.

    The fresh one is stood in for by a model of the older rows, `shorten` for their newest third: scores of rows that a model learned
    from are too sure of themselves to choose a cut on. None where no cut can be learned.
    """
    study, stream = contest.study, contest.stream
    if "scores" not in study.model.can or study.task != "binary":
        return None
    held = train[-max(1, len(train) // 4) :]
    older = train[: -len(held)]
    learned = newest_third(older) if shorten else older
    if len(np.unique(stream.y[learned])) < 2:
        return None
    check_cancel(contest.cancel)
    past = study.learner.refit(stream.table.take(learned, name="older rows"))
    table, y = stream.table.take(held), stream.y[held]
    sides = [contest.worth(table, y, np.full(len(y), each)) for each in (1.0, 0.0)]
    gain = np.nan_to_num((sides[0] - sides[1]) * stream.weights[held])
    cuts = best_cut(study.model.scores(table), gain), best_cut(past.scores(table), gain)
    return None if np.isnan(cuts).any() else cuts


def decided(model: Predictor, table: Table, cut: float) -> tuple[Floats, Floats]:
    """Return what a model decides at a cut (n,), and its scores (n,)."""
    scores = model.scores(table)
    return (scores >= cut).astype(np.float64), scores
