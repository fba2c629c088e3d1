"""What looking away costs: the loss above a fresh model's until somebody would have noticed, strategy by strategy."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.lifecycle.waiting.fresh import Served, serve
from mlops_widgets.lifecycle.waiting.noticing import Path, looked_away, path_of
from mlops_widgets.lifecycle.waiting.waiting_findings import passed_over, price
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_MARGIN_SHARE = 0.02
_PER_ROWS = 1000
_METHOD = (
    "{loss}: each labelled row of production by the model in service less by the freshest of {fits} refits, each learned from as many of the "
    "newest rows as the model had and whose labels had arrived; from the chunk in which somebody acts on, the freshest serves. Intervals: "
    "95 %, Student's t over the sums of resampling units; the refits are taken as they are"
)


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What one way of looking would have cost.

    Parameters
    ----------
    name, label
        The strategy.
    noticed
        The chunk at whose beginning somebody would have acted; "" where nobody would have.
    value, lower, upper
        Loss above the freshest model's over production, with its 95 % interval.
    saved, saved_lower, saved_upper
        How much less that is than with nobody looking, paired row by row.
    """

    name: str
    label: str
    noticed: str
    value: float
    lower: float
    upper: float
    saved: float
    saved_lower: float
    saved_upper: float


@dataclass(frozen=True, kw_only=True)
class WaitingResult(Result):
    """What it costs to look away.

    Parameters
    ----------
    waits
        Nobody looking first, then a row for each result that was given, in that order.
    unit
        What costs are in: "in value", or the loss per 1,000 rows.
    margin
        The largest cost that doesn't matter.
    chunks
        The chunks of production whose labels have come.
    excess
        (chunks,) loss of the model in service above the freshest, in that unit.
    refits
        How many fresh models there were.
    synthetic
        Whether the data were made up.
    """

    waits: tuple[Wait, ...]
    unit: str
    margin: float
    chunks: tuple[str, ...]
    excess: Floats
    refits: int
    synthetic: bool

    def frame(self) -> "pd.DataFrame":
        """Return one row a way of looking."""
        import pandas as pd

        return pd.DataFrame([vars(each) for each in self.waits])


@strategy("LC-WA")
def price_waiting(
    study: Study, *results: Result, origins: int = 6, max_fit_rows: int = 20_000, margin: float | None = None, seed: int = 0,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> WaitingResult:  # fmt: skip
    """Learn what looking away has cost on your model, and what is left of it with each strategy.

    Over production, the loss of the model in service above what a fresh one would have had, from the beginning until somebody would
    have noticed and acted: nobody, the next review after an alarm, a retraining policy, the first retirement rule that fires, a pipeline that
    waits for nobody. Money where
    the study has `values=`; else log loss, wrong decisions or the error, per 1,000 rows.

    Parameters
    ----------
    study
        The study; it needs a time column, labelled production, and a model that can be refitted.
    *results
        Of `review_performance`, `simulate_retraining`, `evaluate_retirement`, `schedule_retraining`, or a pipeline's run, on the same study. One that couldn't
        be measured is passed over.
    origins
        How many fresh models are learned along production, 1 or more.
    max_fit_rows
        Most rows that each learns from, 100 or more.
    margin
        The largest cost that doesn't matter; by default 2 % of what the model in service lost, without regard to signs.
    seed
        Seed of samples.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    WaitingResult or NoResult
        Findings: LC-WA-01 the price, LC-WA-02 results that couldn't be priced.

    Raises
    ------
    WrongTypeError
        If a result is of another kind.
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> x, day = rng.normal(size=3000), np.arange(3000) // 10
    >>> y = (x * np.where(day < 150, 1, -1) + rng.normal(size=3000) > 0).astype(int)
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"x": x, "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D"), "y": y})
    >>> model = LogisticRegression().fit(rows[["x"]][:1000], y[:1000])
    >>> study = mw.load_study(
    ...     model=model, data=rows, target="y", time="day", split={"test": "2024-04-10", "production": "2024-05-20"}
    ... )
    >>> mw.lifecycle.price_waiting(study).waits[0].lower > 0
    True
    """
    check_margin(margin, "the largest cost that doesn't matter")
    check_counts(origins=(origins, 1), max_fit_rows=(max_fit_rows, 100), seed=(seed, 0))
    served = serve(study, origins=origins, max_fit_rows=max_fit_rows, seed=seed, progress=progress, cancel=cancel)
    given = [result for result in results if not isinstance(result, NoResult)]
    told = [(result, path_of(served, result, given)) for result in given]
    paths = [looked_away(served), *(path for _, path in told if path is not None)]
    money = study.values is not None
    scale = len(served.place) if money else _PER_ROWS / float(served.weights.mean())
    labels = served.stream.chunks.labels
    result = WaitingResult(
        findings=(), rows=len(served.place), seed=seed, waits=tuple(_wait(served, path, paths[0], scale) for path in paths),
        unit="in value" if money else f"{served.loss.name} per {_PER_ROWS:,} rows",
        margin=_MARGIN_SHARE * float(np.abs(served.losses[0] * served.weights).mean()) * scale if margin is None else float(margin),
        chunks=tuple(labels[at] for at in served.chunks), excess=_by_chunk(served, paths[0], scale), refits=len(served.origins) - 1,
        method=_METHOD.format(loss=f"{served.loss.name} ({served.loss.method.rstrip('.')})", fits=len(served.origins) - 1),
        synthetic=study.synthetic,
    )  # fmt: skip
    over = [type(result).__name__ for result, path in told if path is None]
    return replace(result, findings=(price(result), *([passed_over(over)] if over else [])))


def _wait(served: Served, path: Path, nobody: Path, scale: float) -> Wait:
    excess = served.excess(path.models)
    value, lower, upper = _scaled(excess, served, scale)
    saved = _scaled(served.excess(nobody.models) - excess, served, scale)
    noticed = served.stream.chunks.labels[path.noticed] if path.noticed >= 0 else ""
    return Wait(name=path.name, label=path.label, noticed=noticed, value=value, lower=lower, upper=upper, saved=saved[0],
                saved_lower=saved[1], saved_upper=saved[2])  # fmt: skip


def _scaled(excess: Floats, served: Served, scale: float) -> tuple[float, float, float]:
    mean, lower, upper = clustered_mean(excess, served.units)
    return mean * scale, lower * scale, upper * scale


def _by_chunk(served: Served, nobody: Path, scale: float) -> Floats:
    sums = np.bincount(served.place, weights=served.excess(nobody.models), minlength=len(served.chunks))
    return np.asarray(sums * scale / len(served.place))
