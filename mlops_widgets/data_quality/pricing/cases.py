"""What is tried: each kind of error that was found, against its repair, and each kind put in, against the rows as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.damage import KINDS as PUT_IN
from mlops_widgets.data_quality.detection.suspicions import KINDS as FOUND
from mlops_widgets.data_quality.pricing.prices import Place, Price, Question
from mlops_widgets.errors import ModelError
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One comparison: cost or sensitivity, the kind of error, and where the errors are."""

    question: Question
    kind: str
    place: Place

    @property
    def label(self) -> str:
        """The kind in words."""
        return (FOUND if self.question == "cost" else PUT_IN).get(self.kind, self.kind.replace("_", " "))


@dataclass(frozen=True, kw_only=True)
class Size:
    """How many cells (or rows) of a case are wrong, and of all that can be the share."""

    hit: int
    share: float


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much worse each metric is, with its 95 % interval: arrays of shape (metrics,); NaN where there is no value."""

    loss: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Judge:
    """What turns bounds into prices: the metrics with their values on the rows as they are, and the user's margin.

    Parameters
    ----------
    study
        The study.
    metrics
        The metrics, the study's own first.
    values
        Each on the rows as they are, shape (metrics,).
    margin
        The user's margin, or None.
    rows
        Labelled rows that the intervals rest on.
    """

    study: Study
    metrics: tuple[Metric, ...]
    values: Floats
    margin: float | None
    rows: int

    def prices(self, case: Case, size: Size, bounds: Bounds, *, splits: int = 0) -> list[Price]:
        """Return one price a metric."""
        return [self._price(at, case, size, bounds, splits) for at in range(len(self.metrics))]

    def _price(self, at: int, case: Case, size: Size, bounds: Bounds, splits: int) -> Price:
        metric = self.metrics[at]
        loss, lower, upper = (float(each[at]) for each in (bounds.loss, bounds.lower, bounds.upper))
        margin = self.study.accepted_loss(float(self.values[at]), self.margin if at == 0 else None, metric=metric)
        verdict = judge(lower, upper, margin=margin, n=self.rows, estimate=loss)
        return Price(
            question=case.question, place=case.place, kind=case.kind, label=case.label, metric=metric.name,
            metric_label=metric.label, loss=loss, lower=lower, upper=upper, margin=margin, status=verdict.status,
            needed_rows=verdict.needed, hit=size.hit, share=size.share, splits=splits,
        )  # fmt: skip

    def refused(self, case: Case, size: Size, error: ModelError) -> list[Price]:
        """Return the price of a case that the model doesn't take: production would notice."""
        name, metric = type(error.__cause__ or error).__name__, self.metrics[0]
        return [
            Price(
                question=case.question, place=case.place, kind=case.kind, label=case.label, metric=metric.name,
                metric_label=metric.label, hit=size.hit, share=size.share, refused=name,
            )
        ]  # fmt: skip


def in_order(prices: Sequence[Price]) -> tuple[Price, ...]:
    """Return prices by question, then metric as they came, the largest lower limit first, what wasn't measured last."""
    questions: Mapping[Question, int] = {"cost": 0, "sensitivity": 1}
    metrics = list(dict.fromkeys(price.metric for price in prices))

    def order(price: Price) -> tuple[int, int, bool, float, str, str]:
        unknown = bool(np.isnan(price.lower))
        rank = 0.0 if unknown else -price.lower
        return questions[price.question], metrics.index(price.metric), unknown, rank, price.kind, price.place

    return tuple(sorted(prices, key=order))
