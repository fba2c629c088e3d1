"""The log of a ramp: arms whose shares change from stage to stage, and whether their sizes are as planned in each."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, listed
from mlops_widgets.measures.experiments.stratified import ratio_by_stage
from mlops_widgets.overfitting.experiments.analysis_findings import Balance
from mlops_widgets.overfitting.experiments.arms import Trial

Floats = npt.NDArray[np.float64]


def has_stages(shares: Mapping[Any, Any] | None) -> bool:
    """Say whether shares are given stage by stage."""
    return shares is not None and all(isinstance(each, Mapping) for each in shares.values())


def shares_by_stage(
    shares: Mapping[Any, Mapping[Any, float]], names: tuple[str, ...], stages: tuple[str, ...]
) -> Floats:
    """Return (stages, arms) the planned shares, each stage's summing to 1.

    Raises
    ------
    InputError
        If a stage has none, or a share is no number of 0 or more.
    """
    by_stage = {str(stage): {str(arm): float(share) for arm, share in each.items()} for stage, each in shares.items()}
    lacking = [stage for stage in stages if stage not in by_stage]
    if lacking:
        raise InputError(
            f"shares= says nothing of stage {listed(lacking)}. Stages: {listed(stages)}. Give each its arms' shares."
        )
    unknown = sorted({arm for stage in stages for arm in by_stage[stage]} - set(names))
    if any(share for stage in stages for arm, share in by_stage[stage].items() if arm in unknown):
        raise InputError(
            f"shares= names {listed(unknown)}, the experiment has {listed(names)}. Take out arms without a row."
        )
    planned = np.array([[by_stage[stage].get(name, 0.0) for name in names] for stage in stages])
    if not (planned >= 0).all() or not np.isfinite(planned).all() or not (planned.sum(axis=1) > 0).all():
        raise InputError(f"shares={by_stage}. Pass shares of 0 or more of {listed(names)} in each stage.")
    return np.asarray(planned / planned.sum(axis=1, keepdims=True))


def balance_by_stage(trial: Trial, planned: Floats, times: Floats, alpha: float, *, watched: bool) -> Balance:
    """Judge the arms' sizes within each stage: over all stages they are what the stages' lengths made them.

    Parameters
    ----------
    trial
        An experiment with stages.
    planned
        (stages, arms) planned shares, or (arms,) the same in all stages.
    times
        When it was looked at.
    alpha
        Chance of a false alarm.
    watched
        Whether the p-value that holds at all looks decides.
    """
    shares = np.broadcast_to(planned, (len(trial.stages), len(trial.names)))
    looks = [trial.sizes_by_stage(trial.times <= time) for time in times] if trial.times is not None else []
    whole = trial.sizes_by_stage()
    once, always, test = ratio_by_stage([*looks, whole], np.asarray(shares))
    expected = (whole.sum(axis=1)[:, None] * shares).sum(axis=0)
    return Balance(
        names=trial.names, sizes=whole.sum(axis=0), shares=expected / expected.sum(), p_value=once, test=test, alpha=alpha,
        watched_p_value=always, looks=len(times), watched=watched,
    )  # fmt: skip
