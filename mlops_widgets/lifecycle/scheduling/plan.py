"""From a simulation to a schedule: the policy that was surely better than never, or reviews only."""

import json
from datetime import date, datetime
from hashlib import sha256

import numpy as np

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.result import NoResult
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError, WrongTypeError
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.lifecycle.retraining.standings import Standing
from mlops_widgets.lifecycle.scheduling.calendar_steps import a_quarter, after
from mlops_widgets.lifecycle.scheduling.schedule import RetrainingSchedule, written
from mlops_widgets.study.over_time.periods import PERIODS, Period
from mlops_widgets.study.study import Study

_LONGEST_OWNER = 200
_METHOD = (
    "The policy that the simulation judged surely better than never retraining (its 95 % interval, all policies at once); else "
    "reviews only. It holds as many chunks as the policy was judged on"
)


@strategy("LC-SC")
def schedule_retraining(
    study: Study,
    result: RetrainingResult | NoResult,
    *,
    policy: str | None = None,
    owner: str | None = None,
    start: date | str | None = None,
    valid_until: date | str | None = None,
    review_every: int | None = None,
) -> RetrainingSchedule:
    """Turn a simulation into a schedule: what is done when, on which evidence, by whom, and until when.

    Where no policy was surely better than never retraining, nothing is worth scheduling but reviews.

    Parameters
    ----------
    study
        Whose model it is.
    result
        What `simulate_retraining` found.
    policy
        Name of one of its policies, such as "every 4"; by default the best one if it is surely better than never.
    owner
        A person or team that answers for it.
    start
        The first date, a date or ISO text; by default the end of the simulated timeline.
    valid_until
        From when on the evidence is stale; by default as many chunks after the start as the policies were judged on.
    review_every
        Chunks between reviews, 1 or more; by default about a quarter of a year.

    Returns
    -------
    RetrainingSchedule or NoResult
        Findings: LC-SC-01 what is planned and what it saved, LC-SC-02 who answers, LC-SC-03 from when to when, LC-SC-04 no gate.

    Raises
    ------
    InputError
        If there is no such policy, or a date can't be read.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> found = mw.lifecycle.RetrainingResult.from_matrix([[1, 2, 3], [0, 1, 2], [0, 0, 1]])
    >>> mw.lifecycle.schedule_retraining(mw.sample("loans"), found, owner="credit risk").kind
    'never'
    """
    if isinstance(result, NoResult):
        raise MissingInputError(
            f"simulated retraining ({result.missing or 'it stopped'})", "Pass what simulate_retraining returns for a model that can be refitted."
        )  # fmt: skip
    if not isinstance(result, RetrainingResult):
        raise WrongTypeError(f"result={type(result).__name__}. Pass what simulate_retraining returns.")
    chosen = _chosen(result, policy)
    period: Period | None = next((each for each in PERIODS if result.are_dates and each == result.by), None)
    every = (a_quarter(period) if period else 4) if review_every is None else review_every
    check_counts(review_every=(every, 1))
    judged = len(result.chunk_labels) - result.split
    first, last = _dates(result, period, judged, start, valid_until)
    return RetrainingSchedule.of(
        rows=result.rows, seed=result.seed, method=_METHOD, reference=result.reference, study=study.name[:200],
        study_fingerprint=study.fingerprint, policy=chosen.name, kind=chosen.kind, every=chosen.every, signal=chosen.signal,
        threshold=float(chosen.threshold), gate=chosen.gate, horizon=chosen.horizon, window=chosen.window, chunk=period,
        label_delay=result.assumed_label_delay, deploy_delay=result.deploy_delay, retrain_cost=result.retrain_cost,
        value_per_loss=result.value_per_loss, value_unit=result.value_unit, loss_name=result.loss_name, verdict=chosen.verdict,
        saving=-chosen.difference, saving_lower=-chosen.upper, saving_upper=-chosen.lower, judged_chunks=judged,
        evidence_digest=_digest(result), owner=_owner(owner), start=first, valid_until=last, review_every=every,
    )  # fmt: skip


def _chosen(result: RetrainingResult, policy: str | None) -> Standing:
    if policy is not None:
        return result.policy(policy)
    best = result.best
    return best if best.verdict == "better" else next(each for each in result.policies if each.kind == "never")


def _owner(owner: object) -> str:
    if owner is None:
        return ""
    if not isinstance(owner, str) or not owner.strip() or len(owner) > _LONGEST_OWNER or not owner.isprintable():
        raise InputError(f"owner={str(owner)[:60]!r}. Pass a name of 1 to {_LONGEST_OWNER} characters on one line.")
    return owner.strip()


def _dates(
    result: RetrainingResult,
    period: Period | None,
    judged: int,
    start: date | str | None,
    valid_until: date | str | None,
) -> tuple[str, str]:
    """Return the first and the last day as text; empty where the timeline has no calendar."""
    if period is None:
        for name, given in (("start", start), ("valid_until", valid_until)):
            if given is not None:
                raise InputError(
                    f"{name}={str(given)[:40]!r}, but the simulated timeline has no calendar. Pass time= to the study."
                )
        return "", ""
    begun = datetime.fromisoformat(str(np.datetime64(int(result.starts[-1]), "ms").astype("datetime64[s]")))
    first = after(begun, period, 1) if start is None else _moment("start", start)
    last = after(first, period, judged) if valid_until is None else _moment("valid_until", valid_until)
    if last < first:
        raise InputError(f"valid_until={written(last)} is before the start, {written(first)}. Pass a later date.")
    if last > after(first, "year", 20):
        raise InputError(f"valid_until={written(last)} is over 20 years after the start. Pass an earlier date.")
    return written(first), written(last)


def _moment(name: str, given: date | str) -> datetime:
    try:
        found = datetime.fromisoformat(given.isoformat() if isinstance(given, date) else given)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}={str(given)[:40]!r}. Pass a date such as 2024-01-31.") from error
    return found.replace(tzinfo=None)


def _digest(result: RetrainingResult) -> str:
    plain = json.dumps(result.to_dict(), sort_keys=True, allow_nan=False)
    return sha256(plain.encode("utf-8", "backslashreplace")).hexdigest()[:16]
