"""What every retraining policy would have cost: losses by model and chunk, kept, so that each cost and delay is a lookup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Finding, Result
from mlops_widgets.errors import UnknownNameError, did_you_mean, listed
from mlops_widgets.lifecycle.retraining.policy_findings import find
from mlops_widgets.lifecycle.retraining.standings import Plan, Standing, judge
from mlops_widgets.lifecycle.retraining.terms import checked_grid, checked_terms, grid_of_matrix
from mlops_widgets.measures.retraining.grid import Grid
from mlops_widgets.measures.retraining.policies import Policy, Terms, walk

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

METHOD = (
    "Every policy walks the same matrix of losses (model × chunk) under the same delays and costs, from what had arrived when it "
    "decided. Thresholds are learned on the first part of the timeline; the rest judges them, each policy entering it with the "
    "first model. Intervals: 95 %, paired circular block bootstrap over chunks ({block} drawn together), for all policies at once "
    "(max-statistic, widened by Student's t over blocks). Oracle: dynamic programming{oracle}."
)
REFERENCE = (
    "Künsch 1989, Annals of Statistics 17 (blocks); Hahn and Meeker 1991, section 4.7 (false alarms); Mahadevan and Mathioudakis "
    "2024, arXiv 2310.04216 (oracle); Regol et al. 2025, arXiv 2505.14903 (the forecast's idea: its bounded performance model is "
    "replaced by a line over the model's age)"
)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Losses of refits on one window of rows; see `Grid` for the arrays.

    Parameters
    ----------
    name
        What the refits learn from: "last 8 weeks", "all rows"; "" where there is one window only.
    sums, counts, by_seed, signals
        As in `Grid`.
    needs_labels
        Names of the signals that need labels.
    """

    name: str
    sums: Floats
    counts: Floats
    by_seed: Floats | None = None
    signals: Mapping[str, Floats] = field(default_factory=dict)
    needs_labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RetrainingResult(Result):
    """Every policy on one timeline, and the arrays that any other cost or delay is looked up in.

    Parameters
    ----------
    windows
        The losses, one a window of rows; the first model is the same in all.
    first, label_delay
        The model that serves first, for free; whole chunks after which labels arrive, as measured.
    chunk_labels, starts, by, are_dates
        The chunks in order, see `Chunks`; starts of shape (chunks,).
    chunks_a_year
        How many of them a year has; NaN without a calendar.
    loss_name, value_unit
        What the losses are ("log loss"), and what totals are in ("" for the loss itself).
    value_per_loss, retrain_cost
        What one unit of loss is worth, and what one retrain costs, in that unit.
    assumed_label_delay, deploy_delay
        Delays of these totals, in whole chunks.
    split
        Chunk from which policies are judged.
    gate, horizon
        Chunks that a gate compares on, and that a forecast looks ahead.
    margin
        The largest saving that doesn't matter, over the judged part.
    policies
        Every policy, the cheapest on the judged part first.
    block
        Chunks that the bootstrap drew together.
    never_total, judged_never
        What never retraining costs, over the whole timeline and over the judged part.
    oracle_total, judged_oracle, oracle_installs
        What the optimum costs, over both; (chunk from which it serves, model), over the whole timeline.
    oracle_is_hindsight
        Whether the oracle was scored on the rows that it chose on: on a matrix without halves.
    best_name, best_total
        What hindsight would have picked on the judged part, over all schedules and thresholds; no choice before knew that.
    thresholds
        Signal → thresholds to choose among, where they were given.
    made_how
        How the losses were made, in sentences that `method` ends with.
    notes
        Findings of whoever made the matrix; they follow the policies'.
    synthetic
        Whether the data were made up.
    """

    windows: tuple[Window, ...]
    first: int
    label_delay: int
    chunk_labels: tuple[str, ...]
    starts: Floats
    by: str
    are_dates: bool
    chunks_a_year: float
    loss_name: str
    value_unit: str
    value_per_loss: float
    retrain_cost: float
    assumed_label_delay: int
    deploy_delay: int
    split: int
    gate: int
    horizon: int
    margin: float
    policies: tuple[Standing, ...] = ()
    block: int = 1
    never_total: float = 0.0
    judged_never: float = 0.0
    oracle_total: float = 0.0
    judged_oracle: float = 0.0
    oracle_installs: tuple[tuple[int, int], ...] = ()
    oracle_is_hindsight: bool = True
    best_name: str = ""
    best_total: float = 0.0
    thresholds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    made_how: str = ""
    notes: tuple[Finding, ...] = ()
    synthetic: bool = False

    @classmethod
    def of(
        cls, grids: Grid | Mapping[str, Grid], *, labels: Sequence[str] = (), starts: Floats | None = None, by: str = "chunk",
        are_dates: bool = False, chunks_a_year: float = float("nan"), loss_name: str = "loss", value_unit: str = "",
        value_per_loss: float = 1.0, retrain_cost: float = 0.0, label_delay: int | None = None, deploy_delay: int = 0,
        gate: int = 2, horizon: int | None = None, margin: float | None = None,
        thresholds: Mapping[str, Sequence[float]] | None = None, notes: Sequence[Finding] = (), made_how: str = "", rows: int | None = None,
        seed: int = 0, synthetic: bool = False,
    ) -> Self:  # fmt: skip
        """Return every policy judged on these losses.

        Parameters
        ----------
        grids
            The losses; several as name of the window → grid. All have the same chunks, and the first one's first model serves.
        labels, starts, by, are_dates, chunks_a_year
            The chunks; by default numbers.
        loss_name, value_unit, value_per_loss
            What the losses are, and what they are worth.
        retrain_cost, label_delay, deploy_delay
            Cost of a retrain, 0 or more; delays in whole chunks, labels by default as measured.
        gate
            Newest labelled chunks on which a challenger must win; 0 leaves policies with a gate out.
        horizon
            Chunks that a forecast looks ahead; by default a quarter of the timeline.
        margin
            Largest saving that doesn't matter; by default 1 % of what never retraining costs on the judged part.
        thresholds
            Signal → thresholds to choose among; by default from the readings of the first part.
        notes, made_how, rows, seed, synthetic
            Findings to add, how the losses were made, rows that the losses rest on, seed of the bootstrap, and whether the data were made up.

        Raises
        ------
        InputError
            If a number is out of its range, or the grids don't fit together.
        """
        named = {"": grids} if isinstance(grids, Grid) else dict(grids)
        main = checked_grid(named, labels)
        terms = checked_terms(
            Terms(
                retrain_cost=retrain_cost, value_per_loss=value_per_loss, deploy_delay=deploy_delay,
                label_delay=main.label_delay if label_delay is None else label_delay,
            ), gate=gate, horizon=horizon, margin=margin,
        )  # fmt: skip
        served = main.chunks - main.first
        split = main.first + (served + 1) // 2
        never = walk(main, Policy(), terms, start=split)
        blank = cls(
            findings=(), rows=int(main.rows.sum()) if rows is None else rows, seed=seed, windows=_windows(named), first=main.first,
            label_delay=main.label_delay, chunk_labels=tuple(labels) or tuple(str(index) for index in range(main.chunks)),
            starts=np.arange(main.chunks, dtype=np.float64) if starts is None else np.asarray(starts, dtype=np.float64),
            by=by, are_dates=are_dates, chunks_a_year=chunks_a_year, loss_name=loss_name, value_unit=value_unit,
            value_per_loss=terms.value_per_loss, retrain_cost=terms.retrain_cost, assumed_label_delay=terms.label_delay,
            deploy_delay=terms.deploy_delay, split=split, gate=gate, horizon=max(1, served // 4) if horizon is None else horizon,
            margin=0.01 * float(np.abs(never.costs).sum()) if margin is None else margin,
            thresholds={name: tuple(map(float, each)) for name, each in (thresholds or {}).items()}, notes=tuple(notes),
            made_how=made_how, synthetic=synthetic,
        )  # fmt: skip
        return judged(blank)

    @classmethod
    def from_matrix(cls, losses: Any, *, counts: Any = None, first: int = 0, label_delay: int = 0) -> Self:  # noqa: ANN401 - arrays
        """Return every schedule judged on a ready matrix.

        Parameters
        ----------
        losses
            (T, T): loss in chunk j of a model trained on what came before chunk i, at [i, j]; what lies below the diagonal isn't
            read, and a row of NaN is a model that there isn't.
        counts
            (T,) rows of each chunk, 0 or more: then the losses are means of a row. By default they are summed as they are.
        first
            The model that serves first, from chunk `first` on; it is free.
        label_delay
            Whole chunks after which labels arrive.

        Raises
        ------
        InputError
            If the matrix isn't square, lacks a loss on or above its diagonal, or a number is out of its range.

        Examples
        --------
        >>> import numpy as np
        >>> L = [[1, 2, 3], [np.nan, 1, 2], [np.nan, np.nan, 1]]
        >>> RetrainingResult.from_matrix(L).with_costs(retrain_cost=0.75).totals()
        {'never': 6.0, 'every 1': 4.5, 'every 2': 4.75, 'oracle': 4.5}
        """
        return cls.of(grid_of_matrix(losses, counts=counts, first=first, label_delay=label_delay))

    def with_costs(
        self, *, retrain_cost: float | None = None, value_per_loss: float | None = None, label_delay: int | None = None,
        deploy_delay: int | None = None, retune: bool = True,
    ) -> Self:  # fmt: skip
        """Return the same models under other costs and delays; what isn't given stays.

        Parameters
        ----------
        retrain_cost
            Of one retrain, 0 or more.
        value_per_loss
            What one unit of loss is worth, above 0.
        label_delay, deploy_delay
            Whole chunks, 0 or more. Labels that come sooner than measured are a "what if".
        retune
            Whether thresholds are learned anew; the sliders of the view leave them as they are.

        Raises
        ------
        InputError
            If a number is out of its range.
        """
        terms = checked_terms(
            Terms(
                retrain_cost=self.retrain_cost if retrain_cost is None else retrain_cost,
                value_per_loss=self.value_per_loss if value_per_loss is None else value_per_loss,
                label_delay=self.assumed_label_delay if label_delay is None else label_delay,
                deploy_delay=self.deploy_delay if deploy_delay is None else deploy_delay,
            )
        )  # fmt: skip
        other = replace(
            self, findings=(), retrain_cost=terms.retrain_cost, value_per_loss=terms.value_per_loss,
            assumed_label_delay=terms.label_delay, deploy_delay=terms.deploy_delay,
            margin=self.margin * terms.value_per_loss / self.value_per_loss,
        )  # fmt: skip
        return judged(other, () if retune else tuple((each.policy, each.alarm_share) for each in self.policies))

    @property
    def terms(self) -> Terms:
        """Costs and delays of these totals."""
        return Terms(
            retrain_cost=self.retrain_cost, value_per_loss=self.value_per_loss, label_delay=self.assumed_label_delay,
            deploy_delay=self.deploy_delay,
        )  # fmt: skip

    def grids(self) -> tuple[Grid, ...]:
        """Return the losses as policies walk them, one a window; the first model's are the same in all."""
        main = self.windows[0]
        return tuple(
            Grid(
                sums=_with_row(each.sums, main.sums, self.first), counts=main.counts, first=self.first, by_seed=each.by_seed,
                label_delay=self.label_delay, needs_labels=frozenset(main.needs_labels),
                signals={
                    name: _with_row(each.signals[name], main.signals[name], self.first)
                    for name in main.signals if name in each.signals
                },
            )
            for each in self.windows
        )  # fmt: skip

    def totals(self) -> dict[str, float]:
        """Return policy → losses and retrain costs over the whole timeline: never, every schedule, the triggers, the oracle."""
        grid, terms = self.grids()[0], self.terms
        every = {f"every {k}": walk(grid, Policy(kind="every", every=k), terms).total for k in range(1, grid.chunks)}
        judged = {each.name: each.total for each in self.policies}
        return {"never": self.never_total} | every | judged | {"oracle": self.oracle_total}

    @property
    def best(self) -> Standing:
        """The policy that costs least on the judged part, as chosen without looking at it; "never" where none is cheaper."""
        return self.policies[0]

    def policy(self, name: str) -> Standing:
        """Return the policy of this name.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        known = {each.name: each for each in self.policies}
        if name not in known:
            raise UnknownNameError(
                f"Unknown policy {str(name)[:60]!r}. Policies: {listed(map(repr, known))}.{did_you_mean(str(name)[:60], known)}"
            )
        return known[name]

    def frame(self) -> "pd.DataFrame":
        """Return one row a policy: what it cost over the whole timeline and on the judged part, and what never compares to it."""
        import pandas as pd

        names = ["name", "kind", "retrains", "refused", "total", "judged_total", "judged_retrains", "difference", "lower", "upper",
                 "verdict", "breakeven_cost", "alarm_share"]  # fmt: skip
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.policies], columns=names)


Judgeable = TypeVar("Judgeable", bound=RetrainingResult)


def judged(given: Judgeable, fixed: Sequence[tuple[Policy, float]] = ()) -> Judgeable:
    """Return a result whose policies, oracle and findings follow from its losses, costs and delays.

    `fixed` are policies whose thresholds stay, each with its share of false alarms.
    """
    plan = Plan(
        terms=given.terms, split=given.split, gate=given.gate, horizon=given.horizon, seed=given.seed or 0,
        thresholds=given.thresholds,
    )  # fmt: skip
    found = judge(given.grids(), [each.name for each in given.windows], plan, fixed)
    never = next(each for each in found.standings if each.kind == "never")
    how = (
        "in hindsight"
        if found.oracle.is_hindsight
        else "chosen on half of each chunk's rows and scored on the other, both ways"
    )
    made = replace(
        given, policies=found.standings, block=found.block, never_total=never.total, judged_never=never.judged_total,
        oracle_total=found.oracle.total, judged_oracle=found.judged_oracle, oracle_installs=found.oracle.path.installs,
        oracle_is_hindsight=found.oracle.is_hindsight, best_name=found.best[0], best_total=found.best[1],
        method=f"{METHOD.format(block=found.block, oracle=f', {how}')} {given.made_how}".strip(), reference=REFERENCE,
    )  # fmt: skip
    return replace(made, findings=(*find(made), *given.notes))


def _windows(named: Mapping[str, Grid]) -> tuple[Window, ...]:
    return tuple(
        Window(
            name=name, sums=grid.sums, counts=grid.counts, by_seed=grid.by_seed, signals=dict(grid.signals),
            needs_labels=tuple(sorted(grid.needs_labels)),
        )
        for name, grid in named.items()
    )  # fmt: skip


def _with_row(values: Floats, of: Floats, row: int) -> Floats:
    """Return `values` with the first model's row of the first window: it serves, whatever its refits learn from."""
    if values is of:
        return values
    changed = values.copy()
    changed[..., row, :] = of[..., row, :]
    return changed
