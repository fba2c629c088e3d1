"""What the importance of columns is made of: how far each moves the answers, and what scrambling it costs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.explainability.influence.attributed import Attributed, drawn_means, ends_of
from mlops_widgets.measures.attribution.importance import Loss, losses, scrambled
from mlops_widgets.measures.weighted import Numbers
from mlops_widgets.study.scoring import resampler_of, weights_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ColumnImportance:
    """How much a column, or several that go together, matters.

    Parameters
    ----------
    name
        What it is called; of several their names joined by " + ".
    columns
        The columns.
    moved, moved_lower, moved_upper
        Mean of |contribution| (of several of their sum), with its 95 % interval.
    share, share_lower, share_upper
        The same as a share of the sum over all entries, 0 to 1.
    loss, loss_lower, loss_upper
        How much worse the metric is where the column is scrambled (several together, by one order); NaN without labels.
    used
        Whether any contribution differs from 0 or any answer changed.
    """

    name: str
    columns: tuple[str, ...]
    moved: float
    moved_lower: float
    moved_upper: float
    share: float
    share_lower: float
    share_upper: float
    loss: float
    loss_lower: float
    loss_upper: float
    used: bool


def importances(
    groups: Sequence[tuple[str, ...]], attributed: Attributed, weights: Floats, costs: Sequence[Loss] | None
) -> tuple[ColumnImportance, ...]:
    """Return an entry a group, in their order.

    Parameters
    ----------
    groups
        Columns that are looked at together.
    attributed
        Contributions on n rows.
    weights
        (1 + draws, n) the rows' weights, then those of resamples.
    costs
        What scrambling each group costs, or None without labels.
    """
    joint = _joint(groups, attributed)
    moved = drawn_means(np.abs(joint).mean(axis=2), weights)
    total = moved.sum(axis=1, keepdims=True)
    shares = np.divide(moved, total, out=np.zeros_like(moved), where=total > 0)
    units = attributed.asked.count
    ends, share_ends = ends_of(moved, units=units), ends_of(shares, units=units)
    none = Loss(value=np.nan, lower=np.nan, upper=np.nan, error=np.nan, moved=False)
    return tuple(
        ColumnImportance(
            name=" + ".join(group), columns=group, moved=float(moved[0, k]), moved_lower=max(0.0, float(ends[0][k])),
            moved_upper=float(ends[1][k]), share=float(shares[0, k]), share_lower=max(0.0, float(share_ends[0][k])),
            share_upper=min(1.0, float(share_ends[1][k])), loss=cost.value, loss_lower=cost.lower, loss_upper=cost.upper,
            used=cost.moved or bool(np.abs(joint[:, k]).max() > _noise(attributed)),
        )
        for k, (group, cost) in enumerate(zip(groups, costs or [none] * len(groups), strict=True))
    )  # fmt: skip


def rivals(groups: Sequence[tuple[str, ...]], attributed: Attributed, weights: Floats) -> tuple[str, ...]:
    """Return which groups can't be told from the one that moves the answers most, the nearest first.

    Each difference has its interval from the same rows and draws; parameters as of `importances`.
    """
    moved = drawn_means(np.abs(_joint(groups, attributed)).mean(axis=2), weights)
    first = int(moved[0].argmax())
    lower = ends_of(moved[:, [first]] - moved, units=attributed.asked.count)[0]
    order = np.argsort(-moved[0], kind="stable")
    return tuple(" + ".join(groups[k]) for k in order if k != first and lower[k] <= 0 < moved[0, k])


def _joint(groups: Sequence[tuple[str, ...]], attributed: Attributed) -> Floats:
    """Return the sum of each group's contributions, (n, groups, outputs)."""
    places = {name: k for k, name in enumerate(attributed.columns)}
    return np.stack([attributed.values[:, [places[name] for name in group]].sum(axis=1) for group in groups], axis=1)


def _noise(attributed: Attributed) -> float:
    return 1e-9 * float(np.abs(attributed.explanation.prediction).max(initial=0.0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Scrambling:
    """What scrambling columns of some labelled rows costs.

    Parameters
    ----------
    study
        The study.
    rows
        The labelled rows with the model's answers.
    repeats, draws, seed
        Random orders, bootstrap draws, seed of both.
    """

    study: Study
    rows: Measured
    repeats: int
    draws: int
    seed: int

    def costs(
        self, groups: Sequence[tuple[str, ...]], progress: Progress | None = None, cancel: Cancel | None = None
    ) -> list[Loss]:
        """Return what scrambling each group costs, its columns by one order."""
        orders = scrambled(self.rows.n, repeats=self.repeats, seed=self.seed)
        home = self.rows.table.take(self.rows.rows)
        found = [self._outputs(home, group, orders) for group in steps(groups, "scrambled column", progress, cancel)]
        answered = [k for k, outputs in enumerate(found) if outputs is not None]
        drawing = resampler_of(self.study, self.rows.units, draws=self.draws, seed=self.seed)
        units = drawing.count(self.rows.metric.events(self.rows.y, self.rows.output))
        measured = losses(
            self.rows.metric, self.rows.y, self.rows.output, [found[k] or [] for k in answered], orders, drawing=drawing,
            units=units, weights=weights_of(self.study, self.rows), cancel=cancel,
        )  # fmt: skip
        refused = Loss(value=np.nan, lower=np.nan, upper=np.nan, error=np.nan, moved=True)
        by_place = dict(zip(answered, measured, strict=True))
        return [by_place.get(k, refused) for k in range(len(groups))]

    def _outputs(
        self, home: Table, group: tuple[str, ...], orders: npt.NDArray[np.int64]
    ) -> list[Numbers] | None:  # fmt: skip
        """Return the outputs of each order; None where the model gives no answer on some rows."""
        frame = home.pandas()
        whole = frame.iloc[np.tile(np.arange(len(frame)), len(orders))].reset_index(drop=True)
        for name in group:
            whole[name] = frame[name].take(orders.ravel()).set_axis(whole.index)
        answers = self.study.output(home.replace(whole), self.rows.metric)
        if np.isnan(answers).any():
            return None
        return [answers[k * len(frame) : (k + 1) * len(frame)] for k in range(len(orders))]
