"""How unequally groups are selected, under every resample of the rows at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.governance.fairness.people import Grouping
from mlops_widgets.measures.resampling import Resampler

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Span = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Ratio and accuracy of each rule on the rows (rules,) and in each draw (draws, rules).

    Parameters
    ----------
    ratio, ratio_draws
        The smallest impact ratio: over groups, the lower selection rate over the higher, group against reference.
    accuracy, accuracy_draws
        Share of right decisions.
    worst
        The column and level where each rule's ratio is smallest; "" where there is none.
    units
        Resampling units behind the draws.
    """

    ratio: Floats
    ratio_draws: Floats
    accuracy: Floats
    accuracy_draws: Floats
    worst: tuple[tuple[str, str], ...]
    units: int

    def span(self, value: float, draws: Floats) -> Span:
        """Return a number with its 95 % interval: Student's t on the draws' standard deviation; NaN ends where there is none."""
        kept = draws[np.isfinite(draws)]
        if self.units < 2 or 2 * len(kept) < len(draws) or not np.isfinite(value):
            return value, float("nan"), float("nan")
        half = float(kept.std()) * float(np.sqrt(self.units / (self.units - 1)))
        half *= float(stats.t.ppf(0.975, self.units - 1))
        return value, value - half, value + half

    def ratio_span(self, rule: int) -> Span:
        """Return a rule's ratio with an interval on the scale of its logarithm, 1 at most; NaN ends where the draws say nothing.

        They say nothing where they don't vary, or where nobody of a group was selected.
        """
        value, drawn = float(self.ratio[rule]), self.ratio_draws[:, rule]
        positive = np.where(drawn > 0, drawn, np.nan)
        if not value > 0 or np.ptp(drawn) == 0:
            return value, float("nan"), float("nan")
        _, lower, upper = self.span(float(np.log(value)), np.log(positive))
        return value, float(np.exp(lower)), min(float(np.exp(upper)), 1.0)

    def accuracy_span(self, rule: int) -> Span:
        """Return a rule's accuracy with an interval between 0 and 1."""
        return _within(self.span(float(self.accuracy[rule]), self.accuracy_draws[:, rule]))

    def ratio_gain(self, rule: int, base: int = 0) -> Span:
        """Return by how much a rule's ratio is larger than that of `base`, draw by draw."""
        drawn = self.ratio_draws[:, rule] - self.ratio_draws[:, base]
        return self.span(float(self.ratio[rule] - self.ratio[base]), drawn)

    def accuracy_loss(self, rule: int, base: int = 0) -> Span:
        """Return by how much a rule is right less often than `base`, draw by draw."""
        drawn = self.accuracy_draws[:, base] - self.accuracy_draws[:, rule]
        return self.span(float(self.accuracy[base] - self.accuracy[rule]), drawn)


def _within(span: Span) -> Span:
    value, lower, upper = span
    return value, float(np.clip(lower, 0, 1)), float(np.clip(upper, 0, 1))


def draw_disparity(
    selected: Sequence[Mask], truth: Floats, groupings: Sequence[Grouping], *, weights: Floats | None, drawing: Resampler,
    smallest: int, cancel: Cancel | None = None,
) -> Drawn:  # fmt: skip
    """Return ratio and accuracy of each rule, the same resamples for all.

    Parameters
    ----------
    selected
        Whom each rule selects, each (n,).
    truth
        (n,) who deserved it, 1 or 0; NaN rows count for the ratio alone.
    groupings
        The groups.
    weights
        (n,) weights of the rows, or None.
    drawing
        What is drawn.
    smallest
        Groups of fewer rows are left out.
    cancel
        Looked at between batches.
    """
    rules = np.column_stack(selected).astype(np.float32)
    own = np.ones(len(truth), dtype=np.float32) if weights is None else weights.astype(np.float32)
    known = np.isfinite(truth)
    right = (rules == np.nan_to_num(truth)[:, None]).astype(np.float32) * known[:, None]
    sums = _Sums(rules=rules, right=right, known=known.astype(np.float32), groupings=groupings, smallest=smallest)
    ratio, accuracy, worst = sums.under(own[None, :])
    drawn = []
    for batch in drawing.weights(len(truth)):
        check_cancel(cancel)
        drawn.append(sums.under(batch * own)[:2])
    return Drawn(
        ratio=ratio[0], accuracy=accuracy[0], ratio_draws=np.concatenate([each[0] for each in drawn]),
        accuracy_draws=np.concatenate([each[1] for each in drawn]), worst=tuple(sums.name(place) for place in worst[0]),
        units=drawing.count(np.ones(len(truth), dtype=np.bool_)),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """What is added up under weights."""

    rules: npt.NDArray[np.float32]
    right: npt.NDArray[np.float32]
    known: npt.NDArray[np.float32]
    groupings: Sequence[Grouping]
    smallest: int

    def compared(self) -> list[tuple[Grouping, int]]:
        """Return each group that is large enough beside a reference that is."""
        return [
            (grouping, level)
            for grouping in self.groupings
            for level, count in enumerate(grouping.counts())
            if level != grouping.reference and count >= self.smallest <= grouping.counts()[grouping.reference]
        ]

    def name(self, place: int) -> tuple[str, str]:
        """Return column and level of a comparison."""
        compared = self.compared()
        return (compared[place][0].column, compared[place][0].levels[compared[place][1]]) if compared else ("", "")

    def under(self, weights: npt.NDArray[np.float32]) -> tuple[Floats, Floats, Integers]:
        """Return ratio, accuracy (draws, rules) and which comparison is the worst (draws, rules)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            accuracy = (weights @ self.right).astype(np.float64) / (weights @ self.known)[:, None]
            ratios = [self._ratio(weights, grouping, level) for grouping, level in self.compared()]
        if not ratios:
            nothing = np.full(accuracy.shape, np.nan)
            return nothing, accuracy, np.zeros(accuracy.shape, dtype=np.int64)
        stacked = np.stack(ratios)
        place = np.argmin(np.where(np.isnan(stacked), np.inf, stacked), axis=0)
        return np.take_along_axis(stacked, place[None], axis=0)[0], accuracy, place

    def _ratio(self, weights: npt.NDArray[np.float32], grouping: Grouping, level: int) -> Floats:
        a, b = (self._rate(weights, grouping.codes == each) for each in (level, grouping.reference))
        low, high = np.minimum(a, b), np.maximum(a, b)
        alike = np.where(high == 0, 1.0, np.nan)  # nobody is selected in either group: none is treated worse
        return np.where(high > 0, low / high, alike)

    def _rate(self, weights: npt.NDArray[np.float32], members: Mask) -> Floats:
        part = weights[:, members]
        rates: Floats = (part @ self.rules[members]).astype(np.float64) / part.sum(axis=1, dtype=np.float64)[:, None]
        return rates
