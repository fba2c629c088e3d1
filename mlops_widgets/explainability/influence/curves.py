"""How the answers follow one column: accumulated local effects beside partial dependence, on the same points."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.explainability.attribution.related_columns import as_measured
from mlops_widgets.explainability.influence.asked_rows import Asked
from mlops_widgets.explainability.influence.cuts import Cut, Kind, cut_column
from mlops_widgets.measures.attribution.effects import (
    Extent,
    Shape,
    Steps,
    accumulated,
    bands,
    extent_of,
    order_by_likeness,
    partial_dependence,
    shape_of,
    steps_of_categories,
    steps_of_numbers,
)  # fmt: skip

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ICE_LINES = 40
_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class EffectCurve:
    """How the answers follow one column.

    Parameters
    ----------
    column, output
        The column, and which of the model's outputs.
    kind
        "number" and "date" (milliseconds since 1970) have ordered points; categories stand in an order of likeness.
    points, labels
        (K,) where the column was put, and what these points are called.
    counts
        Rows in each of the K - 1 bins of a number, or of each of the K categories.
    ale, ale_lower, ale_upper
        (K,) accumulated local effects, mean 0 over the rows, with pointwise 95 % intervals.
    pd, pd_lower, pd_upper
        (K,) partial dependence (the mean answer with everybody's column put there), with the same.
    pd_centred
        (K,) partial dependence less its mean over the rows, to be laid over `ale`.
    ice
        Up to 40 rows' own curves, each from 0 at its first point, in no order that says whose; for the output with the
        largest effect.
    ice_low, ice_middle, ice_high
        (K,) what a tenth, half and nine tenths of all these rows' own curves lie below at each point.
    low, high
        Places of the lowest and highest point of `ale`.
    size, lower, upper
        How far these lie apart, with its 95 % interval.
    shape
        In words; "" for categories.
    apart, apart_lower
        Largest distance of partial dependence and accumulated effects (both centred), and the lower end of its 95 % interval.
    against_share
        Share of rows whose own answer at the high point isn't above that at the low point.
    left_out_share
        Share of rows without a place: a missing or a rare value.
    """

    column: str
    output: str
    kind: Kind
    points: tuple[float, ...]
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    ale: tuple[float, ...]
    ale_lower: tuple[float, ...]
    ale_upper: tuple[float, ...]
    pd: tuple[float, ...]
    pd_lower: tuple[float, ...]
    pd_upper: tuple[float, ...]
    pd_centred: tuple[float, ...]
    ice: tuple[tuple[float, ...], ...]
    ice_low: tuple[float, ...]
    ice_middle: tuple[float, ...]
    ice_high: tuple[float, ...]
    low: int
    high: int
    size: float
    lower: float
    upper: float
    shape: Shape | str
    apart: float
    apart_lower: float
    against_share: float
    left_out_share: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Bench:
    """What all columns' curves are measured with.

    Parameters
    ----------
    asked
        The rows that accumulated effects rest on.
    dependent
        Which of them partial dependence rests on, positions.
    weights
        (draws, n) resamples of the rows, with their own weights.
    margins
        (outputs,) the largest difference of answers that doesn't matter.
    bins
        Bins of a number.
    """

    asked: Asked
    dependent: Integers
    weights: Floats
    margins: Floats
    bins: int

    def curves(self, column: str) -> tuple[EffectCurve, ...] | str:
        """Return the column's curve for each output, or why there is none."""
        cut = cut_column(self.asked.rows[column], bins=self.bins, owners=self.asked.owners)
        if isinstance(cut, str):
            return cut
        cut = self._ordered(cut) if cut.kind == "category" else cut
        steps, answers = self._measured(cut)
        found = [self._curve(cut, steps[k], answers[:, :, k], k) for k in range(answers.shape[2])]
        largest = int(np.argmax([curve.size for curve in found]))
        lines = _lines(answers[:, :, largest])
        found[largest] = replace(found[largest], ice=lines)
        return tuple(found)

    def _ordered(self, cut: Cut) -> Cut:
        """Return the cut with its categories in an order in which neighbours have like rows; that of the user's where given."""
        cells = self.asked.rows[cut.column]
        if getattr(cells.dtype, "ordered", False):
            rank = {str(level): place for place, level in enumerate(cells.cat.categories)}
            order = np.argsort([rank[str(cell)] for cell in cut.cells], kind="stable")
        else:
            others = [as_measured(self.asked.rows[name]) for name in self.asked.rows if name != cut.column]
            order = order_by_likeness(cut.codes, others, categories=len(cut.points))
        back = np.argsort(order).astype(np.float64)
        place = np.where(np.isnan(cut.place), np.nan, back[np.maximum(cut.codes, 0)])
        return Cut(
            column=cut.column, kind=cut.kind, points=cut.points, labels=tuple(cut.labels[k] for k in order), place=place,
            cells=cut.cells.take(order),
        )  # fmt: skip

    def _measured(self, cut: Cut) -> tuple[list[Steps], Floats]:
        """Return the steps of each output, and the answers with the column put at each point, (m, K, outputs)."""
        points, rows = len(cut.points), np.arange(len(self.asked.rows))
        local = _neighbours(cut)
        chosen = np.concatenate([np.repeat(self.dependent, points), *(rows for _ in local)])
        cells = np.concatenate([np.tile(np.arange(points), len(self.dependent)), *local])
        answers = self.asked.answers(self.asked.replaced(chosen, {cut.column: cut.cells.take(cells)}))
        grid = answers[: len(self.dependent) * points].reshape(len(self.dependent), points, -1)
        moved = answers[len(self.dependent) * points :].reshape(len(local), len(rows), -1)
        return [_steps(cut, moved[:, :, k]) for k in range(moved.shape[2])], grid

    def _curve(self, cut: Cut, steps: Steps, answers: Floats, output: int) -> EffectCurve:
        units, every = self.asked.count, self.asked.weights[None, :]
        some = self.weights[:, self.dependent]
        some = np.where(some.sum(axis=1, keepdims=True) > 0, some, 1.0)
        ale, ale_draws = accumulated(steps, every)[0], accumulated(steps, self.weights, units=self.asked.units)
        pd, pd_draws = partial_dependence(answers, every[:, self.dependent])[0], partial_dependence(answers, some)
        ends, pd_ends = bands(ale, ale_draws, units=units), bands(pd, pd_draws, units=units)
        reach = extent_of(ale, ale_draws, units=units)
        home = every @ steps.home, self.weights @ steps.home
        centred, centred_draws = _centred(pd[None, :], home[0])[0], _centred(pd_draws, home[1])
        apart = _apart(centred - ale, centred_draws - ale_draws, units)
        own = _centred_at_start(answers)
        shape = "" if cut.kind == "category" else shape_of(ale, ale_draws, margin=self.margins[output], units=units)
        return EffectCurve(
            column=cut.column, output=self.asked.question.outputs[output], kind=cut.kind, points=tuple(cut.points.tolist()),
            labels=cut.labels, counts=_counts(cut), ale=_plain(ale), ale_lower=_plain(ends[0]), ale_upper=_plain(ends[1]),
            pd=_plain(pd), pd_lower=_plain(pd_ends[0]), pd_upper=_plain(pd_ends[1]), pd_centred=_plain(centred),
            ice=(), ice_low=_plain(own[0]), ice_middle=_plain(own[1]), ice_high=_plain(own[2]), low=reach.low, high=reach.high,
            size=reach.size, lower=reach.lower, upper=reach.upper, shape=shape, apart=apart[0], apart_lower=apart[1],
            against_share=_against(answers, reach), left_out_share=float(np.isnan(cut.place).mean()),
        )  # fmt: skip


def _neighbours(cut: Cut) -> list[Integers]:
    """Return the points that each row is moved to: both edges of its bin; or its category and those beside it."""
    last = len(cut.points) - 1
    if cut.kind == "category":
        own = np.maximum(cut.codes, 0)
        return [np.maximum(own - 1, 0), own, np.minimum(own + 1, last)]
    lower = np.maximum(cut.bins, 0)
    return [lower, lower + 1]


def _steps(cut: Cut, moved: Floats) -> Steps:
    points = len(cut.points)
    if cut.kind == "category":
        return steps_of_categories(cut.codes, moved[0], moved[1], moved[2], points=points)
    return steps_of_numbers(cut.bins, moved[1] - moved[0], points=points)


def _centred(curves: Floats, home: Floats) -> Floats:
    """Return curves (b, K) less their mean over the rows, which lie at the points in these shares (b, K)."""
    total = np.maximum(home.sum(axis=1), np.finfo(np.float64).tiny)
    return np.asarray(curves - ((home * curves).sum(axis=1) / total)[:, None])


def _centred_at_start(answers: Floats) -> Floats:
    """Return the tenth, the half and the nine tenths of the rows' own curves from their first points, (3, K)."""
    return np.asarray(np.quantile(answers - answers[:, :1], (0.1, 0.5, 0.9), axis=0))


def _apart(gap: Floats, draws: Floats, units: int) -> tuple[float, float]:
    """Return where two curves lie farthest apart, and the lower end of that distance's interval (Bonferroni over points)."""
    widest = int(np.abs(gap).argmax())
    if units < 2:
        return float(abs(gap[widest])), 0.0
    reach = float(stats.t.ppf(1 - 0.025 / len(gap), units - 1)) * float(draws[:, widest].std())
    return float(abs(gap[widest])), max(0.0, float(abs(gap[widest])) - reach)


def _against(answers: Floats, reach: Extent) -> float:
    return float((answers[:, reach.high] <= answers[:, reach.low]).mean())


def _counts(cut: Cut) -> tuple[int, ...]:
    codes, size = (cut.codes, len(cut.points)) if cut.kind == "category" else (cut.bins, len(cut.points) - 1)
    return tuple(int(count) for count in np.bincount(codes[codes >= 0], minlength=size))


def _lines(answers: Floats) -> tuple[tuple[float, ...], ...]:
    """Return some rows' curves from 0 at the first point, ordered by where they end so that none can be told by its place."""
    kept = np.linspace(0, len(answers) - 1, min(ICE_LINES, len(answers))).round().astype(np.int64)
    lines = answers[kept] - answers[kept][:, :1]
    return tuple(_plain(line) for line in lines[np.lexsort(lines.T)])


def _plain(values: Any) -> tuple[float, ...]:  # noqa: ANN401 - numbers
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)
