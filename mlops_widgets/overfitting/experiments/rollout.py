"""Two models on the same rows: what a rollout of the challenger would have shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError
from mlops_widgets.measures.experiments.confidence_sequences import FEWEST_ROWS
from mlops_widgets.measures.experiments.ramps import Plan
from mlops_widgets.overfitting.experiments.outlook import (
    RolloutScenario,
    RolloutStage,
    Traffic,
    look_ahead,
    stages_of,
)
from mlops_widgets.overfitting.experiments.rollout_findings import Facts, rollout_findings
from mlops_widgets.overfitting.experiments.shadow import (
    first_rows,
    guards_of,
    offline_score,
)
from mlops_widgets.study.challengers import Kind, find_challenge
from mlops_widgets.study.side_by_side import SideBySide, compare_side_by_side
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RolloutResult(Result):
    """The replay of a rollout: both models on the same rows, and the ramp simulated from them.

    Parameters
    ----------
    incumbent, challenger, kind
        Names of the two, and where the challenger comes from: "given", "retrained" or "plain".
    where
        Rows that both are judged on.
    metric, metric_label, greater_is_better, margin
        The study's metric, and the largest loss that doesn't matter.
    incumbent_value, incumbent_lower, incumbent_upper, challenger_value, challenger_lower, challenger_upper
        Each model's score with its 95 % interval.
    gain, gain_lower, gain_upper
        How much better the challenger is, paired; negative is worse.
    only_incumbent_right, only_challenger_right, decisions_p_value
        Decisions on which just one is right, and McNemar's p-value; −1 and NaN where there are none.
    stages
        The stages in which both models serve; the last step, to everybody, has nobody to compare with.
    scenarios
        What comes of the ramp; empty where it can't be simulated.
    curve_gains, curve_shipped, curve_rolled_back, curve_naive
        The same over the true gain; `curve_naive` is shipping what looks better after the first stage.
    alpha, looks, simulations
        Chance that the rule's interval ever misses, looks in each stage, simulated rollouts.
    first_share, first_rows, first_value, first_lower, first_upper
        What the first rows of production told of the model's score there; NaN without labelled production.
    test_value, test_lower, test_upper, production_value
        What the test had promised, and all of production gave; NaN where missing.
    synthetic
        Whether the data were made up.
    """

    incumbent: str
    challenger: str
    kind: Kind
    where: str
    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    incumbent_value: float
    incumbent_lower: float
    incumbent_upper: float
    challenger_value: float
    challenger_lower: float
    challenger_upper: float
    gain: float
    gain_lower: float
    gain_upper: float
    only_incumbent_right: int
    only_challenger_right: int
    decisions_p_value: float
    stages: tuple[RolloutStage, ...]
    scenarios: tuple[RolloutScenario, ...]
    curve_gains: Floats
    curve_shipped: Floats
    curve_rolled_back: Floats
    curve_naive: Floats
    alpha: float
    looks: int
    simulations: int
    first_share: float
    first_rows: int
    first_value: float
    first_lower: float
    first_upper: float
    test_value: float
    test_lower: float
    test_upper: float
    production_value: float
    synthetic: bool

    def scenario(self, name: str) -> RolloutScenario | None:
        """Return the scenario of this name, or None."""
        return next((each for each in self.scenarios if each.name == name), None)

    def frame(self) -> "pd.DataFrame":
        """Return one row a stage: its share, rows and days, what it needs, and the chances by its end in each scenario."""
        import pandas as pd

        rows = []
        for place, stage in enumerate(self.stages):
            row = dict(vars(stage))
            for each in self.scenarios:
                row |= {
                    f"{each.name}_rolled_back": float(each.rolled_back_by[place]),
                    f"{each.name}_clear": float(each.clear_by[place]),
                    f"{each.name}_looks_better": float(each.looks_better_by[place]),
                }
            rows.append(row)
        return pd.DataFrame(rows)


@strategy("OV-RO")
def replay_rollout(
    study: Study,
    challenger: Any = None,  # noqa: ANN401 - any model
    *,
    margin: float | None = None,
    stages: Sequence[float] = (0.01, 0.05, 0.25, 1.0),
    stage_rows: int | None = None,
    looks: int = 5,
    alpha: float = 0.05,
    simulations: int = 2000,
    first_share: float = 0.05,
    draws: int = 500,
    max_rows: int = 10_000,
    max_fit_rows: int = 20_000,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> RolloutResult:
    """Find out whether a challenger would have been better, and whether a ramp on your traffic would have told.

    First in shadow: both models answer the same labelled rows, so their difference is paired. Then split: the ramp is simulated
    with the spread of your own rows. At every look it rolls back if the challenger is surely worse; after the last split stage it
    ships if a harm beyond the margin is ruled out, and else waits. Each scenario says how often that goes wrong.

    A replay can't show what a model does to the world: whoever is refused never pays back or defaults.

    Parameters
    ----------
    study
        Needs labelled production, or a labelled test.
    challenger
        Another fitted model as `load_study` takes it; "retrained": your model on the newest rows up to the middle of production,
        judged after it; "plain": a logistic or ridge regression learned from the reference. By default the study's challenger,
        else "retrained".
    margin
        The largest loss that doesn't matter, in the metric's unit, above 0; by default the study's, else the metric's.
    stages
        The challenger's share of the traffic in each stage, rising; 1.0 may end it.
    stage_rows
        Rows of traffic in each stage; by default those of production, spread evenly over the stages below 1.
    looks
        Looks in each stage, 1 or more.
    alpha
        Chance that the rule's intervals ever miss, all looks and guardrails together.
    simulations
        Simulated rollouts, 100 or more.
    first_share
        Share of production, its earliest rows, that tells of the model's score there first.
    draws
        Bootstrap draws of the paired comparison, 100 or more.
    max_rows
        Most rows that both models answer; more are sampled.
    max_fit_rows
        Most rows that a challenger is trained on.
    seed
        Seed of samples, draws and simulations.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    RolloutResult or NoResult
        Findings: OV-RO-01 the challenger in shadow, OV-RO-02 decisions on which just one is right, OV-RO-03 how the ramp ends,
        OV-RO-04 rows and days it needs, OV-RO-05 rows without an outcome, OV-RO-06 what the first rows told, OV-RO-07 value per
        decision.

    Raises
    ------
    InputError
        If an option is out of its range, or the challenger is no model.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.replay_rollout(mw.sample("census"), challenger="plain", draws=100, max_rows=2000)
    >>> [stage.share for stage in result.stages]
    [0.01, 0.05, 0.25]
    """
    check_margin(margin)
    check_counts(looks=(looks, 1), simulations=(simulations, 100), draws=(draws, 100), max_rows=(max_rows, 100))
    check_counts(max_fit_rows=(max_fit_rows, 100), seed=(seed, 0))
    shares = _shares(stages, stage_rows=stage_rows, alpha=alpha, first_share=first_share)
    challenge = find_challenge(study, challenger, max_fit_rows=max_fit_rows)
    tell(progress, 0.4, "both models on the same rows")
    shadow = compare_side_by_side(study, challenge, max_rows=max_rows, draws=draws, seed=seed, cancel=cancel)
    limit = study.accepted_loss(shadow.incumbent.value, margin)
    guards = guards_of(study, challenge, shadow, margin=limit, seed=seed, cancel=cancel)
    traffic = Traffic.of(study, challenge, shadow, guards[0], stage_rows=stage_rows, stages=len(shares))
    plan = Plan(shares=shares, units=traffic.units, looks=looks, alpha=alpha)
    tell(progress, 0.7, "simulated rollouts")
    ahead = look_ahead(guards, plan, simulations=simulations, seed=seed, cancel=cancel)
    tell(progress, 0.9, "what the first rows told")
    check_cancel(cancel)
    first = first_rows(study, share=first_share, draws=draws, seed=seed, cancel=cancel)
    tested = None if first is None else offline_score(study, draws=draws, seed=seed, cancel=cancel)
    steps = stages_of(plan, guards[0], traffic)
    facts = Facts(
        challenge=challenge, shadow=shadow, guards=guards, stages=steps, scenarios=ahead.scenarios, margin=limit, alpha=alpha,
        simulations=simulations, first=first, first_share=first_share, tested=tested, rows_a_unit=traffic.rows_a_unit,
        randomised=study.roles.entity if study.unit == "entity" and study.roles.entity else "row",
    )  # fmt: skip
    ours, theirs, gain, decided = shadow.incumbent, shadow.challenger, shadow.gain, shadow.decisions
    return RolloutResult(
        findings=rollout_findings(study, facts), rows=shadow.ours.n, seed=seed, method=_method(study, shadow, plan, limit, draws=draws, simulations=simulations),
        reference="Fagerland, Lydersen & Laake 2013; DeLong et al. 1988; Waudby-Smith et al. 2024; Efron & Tibshirani 1993, ch. 11",
        incumbent=study.model.name[:60], challenger=challenge.name, kind=challenge.kind, where=challenge.where,
        metric=study.metric.name, metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better, margin=limit,
        incumbent_value=ours.value, incumbent_lower=ours.lower, incumbent_upper=ours.upper,
        challenger_value=theirs.value, challenger_lower=theirs.lower, challenger_upper=theirs.upper,
        gain=gain.value, gain_lower=gain.lower, gain_upper=gain.upper,
        only_incumbent_right=decided.only_first if decided else -1, only_challenger_right=decided.only_second if decided else -1,
        decisions_p_value=shadow.decisions_p_value, stages=steps, scenarios=ahead.scenarios,
        curve_gains=ahead.gains, curve_shipped=ahead.shipped, curve_rolled_back=ahead.rolled_back, curve_naive=ahead.naive,
        alpha=alpha, looks=looks, simulations=simulations, first_share=first_share,
        first_rows=first.rows if first else 0, first_value=first.score.value if first else np.nan,
        first_lower=first.score.lower if first else np.nan, first_upper=first.score.upper if first else np.nan,
        test_value=tested.value if tested else np.nan, test_lower=tested.lower if tested else np.nan,
        test_upper=tested.upper if tested else np.nan, production_value=first.overall if first else np.nan,
        synthetic=study.synthetic,
    )  # fmt: skip


def _shares(stages: Sequence[float], *, stage_rows: int | None, alpha: float, first_share: float) -> tuple[float, ...]:
    shares = tuple(float(share) for share in stages)
    rising = all(a < b for a, b in pairwise(shares))
    if not shares or not rising or not 0 < shares[0] < 1 or shares[-1] > 1:
        raise InputError(f"stages={tuple(stages)}. Pass rising shares above 0, such as (0.01, 0.05, 0.25, 1.0).")
    wrong = {
        f"stage_rows={stage_rows}. Pass 10 rows or more.": stage_rows is not None and stage_rows < 10,
        f"alpha={alpha}. Pass a chance above 0 and at most .5.": not 0 < alpha <= 0.5,
        f"first_share={first_share}. Pass a share above 0 and below 1.": not 0 < first_share < 1,
    }
    for message, found in wrong.items():
        if found:
            raise InputError(message)
    return tuple(share for share in shares if share < 1)


def _method(study: Study, shadow: SideBySide, plan: Plan, margin: float, *, draws: int, simulations: int) -> str:
    unit = "entity" if study.unit == "entity" else "row"
    test = "McNemar's mid-p" if study.unit == "row" else "McNemar's test by unit (Obuchowski 1998)"
    parts = [
        f"Paired bootstrap by {study.unit_name}, {draws:,} draws, 95 % intervals; margin {number(margin)}",
        f"Decisions: {test}" if shadow.decisions else "",
        (f"Ramp: {simulations:,} simulated rollouts (each chance exact to about {number(1 / np.sqrt(simulations), 'percent', digits=1)}), "
        f"what each {unit} adds by the jackknife, drawn anew for each arm, stages weighted by precision; {plan.looks} looks a stage, "
        f"judged by an asymptotic confidence sequence of {number(1 - plan.alpha, 'percent')}, read from {FEWEST_ROWS} units an arm on"),
        "The ramp splits rows, not days: how far days differ for the two models is in the paired interval, not in the ramp's" if study.unit == "time block" else "",
        "Traffic that decides itself and outcomes that react to it aren't replayed",
    ]  # fmt: skip
    return ". ".join(part for part in parts if part)
