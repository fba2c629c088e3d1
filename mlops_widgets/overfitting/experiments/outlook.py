"""How a ramp would go on the study's traffic: its stages, and how often it ends how."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.measures.experiments.ramps import Chances, Guard, Plan, chances, units_needed, walk
from mlops_widgets.overfitting.experiments.shadow import rows_a_day
from mlops_widgets.study.challengers import Challenge
from mlops_widgets.study.side_by_side import SideBySide
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]

SCENARIOS = (
    ("worse", "worse by the margin", -1.0),
    ("equal", "no different", 0.0),
    ("better", "better by the margin", 1.0),
)
_CURVE = np.linspace(-3.0, 3.0, 25)


@dataclass(frozen=True, kw_only=True)
class RolloutStage:
    """One stage of the ramp.

    Parameters
    ----------
    share
        The challenger's share of the traffic, 0 to 1.
    rows, challenger_rows
        Expected rows of the stage, and the challenger's part of them.
    days
        How long that takes at the study's traffic; NaN without dates.
    readable
        Whether each arm has had units enough by its end for an interval that holds at all looks.
    needed_rows, needed_days
        Rows and days of traffic with which this stage alone would rule out a harm beyond the margin with 80 % power.
    """

    share: float
    rows: int
    challenger_rows: int
    days: float
    readable: bool
    needed_rows: int
    needed_days: float


@dataclass(frozen=True, kw_only=True)
class RolloutScenario:
    """What comes of the ramp if the challenger is truly better by `gain`; shares of the simulations.

    Parameters
    ----------
    name, label
        "worse", "equal", "better" or "seen", and in words.
    gain
        True gain in the metric's unit; negative is worse.
    shipped, rolled_back, waiting
        How the ramp ends.
    exposed_share
        Mean share of the ramp's units that the challenger gets.
    rolled_back_by, clear_by, looks_better_by
        (stages,) by the end of each stage: rolled back; a harm beyond the margin ruled out; the challenger's number is higher.
    """

    name: str
    label: str
    gain: float
    shipped: float
    rolled_back: float
    waiting: float
    exposed_share: float
    rolled_back_by: Floats
    clear_by: Floats
    looks_better_by: Floats


def _nothing() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """How much comes: rows in a stage, labelled units in it, rows (with and without label) for each such unit, rows a day."""

    rows: float
    units: float
    rows_a_unit: float
    a_day: float | None

    @classmethod
    def of(
        cls,
        study: Study,
        challenge: Challenge,
        shadow: SideBySide,
        guard: Guard,
        *,
        stage_rows: int | None,
        stages: int,
    ) -> "Traffic":
        """Return the traffic of the table that both are judged on, as its source had it, over so many stages."""
        whole: Table = study.tables.get(challenge.table.name, challenge.table)
        labelled = float((~np.isnan(study.labels(whole))).mean())
        rows = whole.rows / whole.kept / stages if stage_rows is None else float(stage_rows)
        each = shadow.ours.n / guard.incumbent.units / labelled
        return cls(rows=rows, units=rows / each, rows_a_unit=each, a_day=rows_a_day(study, whole))


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """How the ramp ends: in each scenario, and (points,) over the true gain of the metric; see `RolloutResult`.

    Empty where nothing can be simulated or read.
    """

    scenarios: tuple[RolloutScenario, ...] = ()
    gains: Floats = field(default_factory=_nothing)
    shipped: Floats = field(default_factory=_nothing)
    rolled_back: Floats = field(default_factory=_nothing)
    naive: Floats = field(default_factory=_nothing)


def look_ahead(guards: tuple[Guard, ...], plan: Plan, *, simulations: int, seed: int, cancel: Cancel | None) -> Outlook:
    """Simulate the ramp, and return what comes of it whatever is true.

    Where a challenger is worse or better by so many margins, it is so in every guard.
    """
    walks = walk(guards, plan, simulations=simulations, seed=seed, cancel=cancel) if plan.readable[-1] else None
    if walks is None:
        return Outlook()
    margins = np.array([guard.margin for guard in guards])
    seen = [guard.seen for guard in guards]
    found = [
        _scenario(name, label, times * margins[0], chances(walks, guards, times * margins))
        for name, label, times in SCENARIOS
    ]
    found.append(_scenario("seen", "as seen in shadow", seen[0], chances(walks, guards, seen)))
    curve = [chances(walks, guards, times * margins) for times in _CURVE]
    return Outlook(
        scenarios=tuple(found), gains=_CURVE * margins[0], shipped=np.array([each.shipped for each in curve]),
        rolled_back=np.array([each.rolled_back[-1] for each in curve]),
        naive=np.array([each.looks_better[0] for each in curve]),
    )  # fmt: skip


def _scenario(name: str, label: str, gain: float, found: Chances) -> RolloutScenario:
    return RolloutScenario(
        name=name, label=label, gain=float(gain), shipped=found.shipped, rolled_back=float(found.rolled_back[-1]),
        waiting=found.waiting, exposed_share=found.exposed, rolled_back_by=found.rolled_back, clear_by=found.clear,
        looks_better_by=found.looks_better,
    )  # fmt: skip


def stages_of(plan: Plan, guard: Guard, traffic: Traffic) -> tuple[RolloutStage, ...]:
    """Return the stages with their rows, and the rows that each would need."""
    ends = np.arange(1, len(plan.shares) + 1) * plan.looks - 1
    found = []
    for share, end in zip(plan.shares, ends, strict=True):
        needed = units_needed(guard, share, alpha=plan.alpha) * traffic.rows_a_unit
        finite = np.isfinite(needed)
        found.append(RolloutStage(
            share=share, rows=round(traffic.rows), challenger_rows=round(share * traffic.rows),
            days=traffic.rows / traffic.a_day if traffic.a_day else np.nan, readable=bool(plan.readable[end]),
            needed_rows=int(np.ceil(needed)) if finite else 0,
            needed_days=needed / traffic.a_day if traffic.a_day and finite else np.nan,
        ))  # fmt: skip
    return tuple(found)
