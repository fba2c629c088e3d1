"""How much better one way of scoring looks than an honest one, judged against a margin."""

from dataclasses import dataclass

from mlops_widgets.measures.folds.shuffling import ShufflingGap
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.verdicts import Verdict, judge


@dataclass(frozen=True, kw_only=True)
class Optimism:
    """By how much one way of scoring looks better than an honest one.

    Parameters
    ----------
    value, lower, upper
        How much better, in the metric's unit: positive is optimism, whatever the metric's direction.
    flattering, honest
        The two scores, on the same rows where `rows` are paired.
    rows, units, events
        What the interval rests on.
    train_rows
        How many rows either model learned from, on average.
    margin
        The largest optimism that doesn't matter.
    """

    value: float
    lower: float
    upper: float
    flattering: float
    honest: float
    rows: int
    units: int
    events: int
    train_rows: float
    margin: float

    @property
    def verdict(self) -> Verdict:
        """The verdict on the interval against the margin."""
        return judge(self.lower, self.upper, margin=self.margin, n=self.rows, estimate=self.value)


def optimism_of(metric: Metric, gap: ShufflingGap | None, *, margin: float) -> Optimism | None:
    """Return the gap between shuffled and honest folds as optimism; None where there is none."""
    if gap is None:
        return None
    found = gap.difference
    lower, upper = sorted((float(metric.gain(found.lower, 0.0)), float(metric.gain(found.upper, 0.0))))
    return Optimism(
        value=float(metric.gain(found.value, 0.0)), lower=lower, upper=upper, flattering=gap.shuffled, honest=gap.honest,
        rows=found.rows, units=found.units, events=found.events, train_rows=gap.train_rows, margin=margin,
    )  # fmt: skip
