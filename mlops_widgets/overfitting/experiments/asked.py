"""What an analysis is asked and given: its options, the rows or numbers, which way is better, planned shares."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.overfitting.experiments.arms import Sample, Trial, is_counts, read_counts, read_trial

Floats = npt.NDArray[np.float64]
Better = Literal["higher", "lower"]


def check_options(
    outcomes: list[str], *, alpha: float, ratio_alpha: float, effect: float | None, planned_rows: int | None, looks: str,
    prior: tuple[float, float],
) -> None:  # fmt: skip
    """Raise `InputError` for an option of the analysis that can't be used."""
    wrong = {
        f"alpha={alpha}. Pass the chance of a false alarm, above 0 and at most .5.": not 0 < alpha <= 0.5,
        f"ratio_alpha={ratio_alpha}. Pass a chance above 0 and at most .5.": not 0 < ratio_alpha <= 0.5,
        f"effect={effect}. Pass the smallest gain that matters, above 0.": effect is not None
        and not 0 < effect < math.inf,
        f"planned_rows={planned_rows}. Pass the units planned, 4 or more.": planned_rows is not None
        and planned_rows < 4,
        f"looks={looks!r}. Pass 'any' or 'once'.": looks not in ("any", "once"),
        f"prior={prior}. Pass successes and failures, both above 0.": not min(prior) > 0,
        "outcome=[]. Name one column or more.": not outcomes,
        f"outcome={outcomes} names a column twice.": len(set(outcomes)) < len(outcomes),
    }
    for message, found in wrong.items():
        if found:
            raise InputError(message)


def read_samples(
    data: Any,  # noqa: ANN401 - a table, or numbers by arm
    *,
    arm: str,
    outcomes: list[str],
    guardrails: Mapping[str, float],
    unit: str | None,
    time: str | None,
    before: str | None,
    stage: str | None,
    control: str | None,
) -> tuple[Trial | None, tuple[str, ...], dict[str, Sample]]:
    """Return the experiment (None where numbers by arm were given), its arms, and each outcome.

    Raises
    ------
    InputError
        If a column or guardrail can't be used, or an arm has no outcome at all.
    """
    for name, margin in guardrails.items():
        if not 0 < margin < math.inf:
            raise InputError(f"guardrails={{{name!r}: {margin}}}. Pass the largest loss that doesn't matter, above 0.")
        if name in outcomes:
            raise InputError(f"{name!r} is both in outcome= and in guardrails=. Pass it in one of them.")
    if is_counts(data):
        extra = {"unit": unit, "time": time, "before": before, "stage": stage,
                 "guardrails": guardrails or None}  # fmt: skip
        given = [name for name, value in extra.items() if value is not None]
        if given or len(outcomes) > 1:
            raise InputError(
                f"{listed(given or ['several outcomes'])}: needs a table; numbers by arm hold one outcome and nothing else."
            )
        names, sample = read_counts(data, control, name=outcomes[0])
        return None, names, {sample.name: sample}
    columns = [*outcomes, *guardrails]
    trial = read_trial(
        data, arm=arm, outcomes=columns, unit=unit, time=time, before=before, stage=stage, control=control
    )
    plain = replace(trial, before=None)
    samples = {name: (trial if name == outcomes[0] else plain).sample(name) for name in columns}
    for name, sample in samples.items():
        empty = [names for names, each in zip(trial.names, sample.arms, strict=True) if not each.units]
        if empty:
            raise InputError(
                f"outcome={name!r} is missing in every row of arm {listed(empty)}: there is nothing to compare."
                if not stage
                else f"outcome={name!r}: no stage in {stage!r} has it in all arms, so there is nothing to compare."
            )
    return trial, trial.names, samples


def directions_of(better: Better | Mapping[str, Better], samples: Mapping[str, Sample]) -> dict[str, int]:
    """Return 1 for outcomes of which more is better, else -1."""
    by_name = better if isinstance(better, Mapping) else dict.fromkeys(samples, better)
    for name, word in by_name.items():
        if name not in samples:
            raise UnknownNameError(
                f"better= names {name!r}, which is no outcome. Outcomes: {listed(samples)}.{did_you_mean(name, samples)}"
            )
        if word not in ("higher", "lower"):
            raise InputError(f"better={word!r}. Pass 'higher' or 'lower'.")
    return {name: -1 if by_name.get(name) == "lower" else 1 for name in samples}


def planned_shares(shares: Mapping[str, float] | None, names: tuple[str, ...]) -> Floats:
    """Return the planned share of each arm, adding up to 1; equal ones unless told."""
    if shares is None:
        return np.full(len(names), 1 / len(names))
    given = {str(name): float(share) for name, share in shares.items()}
    if set(given) != set(names):
        raise InputError(
            f"shares= names {listed(given)}, the experiment has {listed(names)}. Give each arm its planned share."
        )
    planned = np.array([given[name] for name in names])
    if not (planned > 0).all() or not np.isfinite(planned).all():
        raise InputError(f"shares={given}. Pass shares above 0; they needn't add up to 1.")
    return np.asarray(planned / planned.sum())
