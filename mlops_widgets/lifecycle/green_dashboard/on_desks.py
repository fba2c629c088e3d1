"""Many made-up desks played, and put together: panels, policies, and the control without a shock."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress, part
from mlops_widgets.core.words import Form
from mlops_widgets.lifecycle.green_dashboard.dashboard_findings import best, control, hidden
from mlops_widgets.lifecycle.green_dashboard.dashboard_result import GreenDashboardResult, Panel, PolicyRow
from mlops_widgets.lifecycle.green_dashboard.made_up import DAYS_A_MONTH, LIVE, MadeUpDesk, make_desk
from mlops_widgets.lifecycle.green_dashboard.policies import DIALS, FIRST, POLICIES, TRUTH, Played, Policy, play_desks
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.study.samples.loans import LABEL_DELAY_MONTHS, MONTHS, SHOCK_MONTH, START

Floats = npt.NDArray[np.float64]
Span = tuple[float, float, float]

ROWS = 48_000
"""Applications of a desk: two thousand a month, so that a month's gap of three points is no chance."""
_SEEDS = 1_000
_BEFORE, _AFTER = slice(SHOCK_MONTH - FIRST), slice(-6, None)
_AUC_MARGIN = 0.03
_METHOD = (
    "Made-up loans whose truth is known; logistic regression learned on months 1 to 6, live from month 10, when their labels are there; labels "
    "three months late; approved below a score of .2; a default costs 60 % of the amount, a repaid loan earns 10 %. Means over desks with "
    "Student's t interval (95 %), policies paired desk by desk; before: the eight months before the shock, after: the last six"
)
_PANELS: tuple[tuple[str, str, Form], ...] = (
    ("metric", "ROC AUC", "number"), ("money", "money a month (M)", "number"), ("calibration", "predicted default rate", "percent"),
    ("actual", "actual default rate", "percent"), ("bad_rate", "default rate of the approved", "percent"),
)  # fmt: skip
"""In the order of `DIALS`."""


def dashboard_of_desks(
    desks: int, *, rows: int = ROWS, seed: int, progress: Progress | None = None, cancel: Cancel | None = None
) -> GreenDashboardResult:
    """Return what so many made-up desks show; see `run_green_dashboard`."""
    alarms = [policy for policy in POLICIES if policy.is_alarm]
    shocked, calm = (partial(_make, rows, seed, shock) for shock in (True, False))
    played = play_desks(shocked, desks=desks, policies=(*POLICIES, TRUTH), progress=part(progress, 0, 0.85), cancel=cancel)  # fmt: skip
    quiet = play_desks(calm, desks=desks, policies=alarms, progress=part(progress, 0.85, 1), cancel=cancel)
    never = played["never"]
    bands = _bands(never)
    means = np.array([np.mean([each.dials for each in plays], axis=0) for plays in played.values()])
    ahead = _over_desks(_totals(played["calibration alarm"]) - _totals(played["monthly recent"]))
    starts = pd.Timestamp(START) + pd.to_timedelta(np.arange(FIRST, MONTHS) * DAYS_A_MONTH, unit="D")
    result = GreenDashboardResult(
        findings=(), rows=0, seed=seed, method=_METHOD, labels=tuple(starts.strftime("%Y-%m")),
        starts=starts.to_numpy(dtype="datetime64[ms]").astype(np.float64), are_dates=True, panels=_panels(bands[0]),
        values=bands[0], lower=bands[1], upper=bands[2], known_after=LABEL_DELAY_MONTHS, live=LIVE - FIRST,
        shock=SHOCK_MONTH - FIRST, policies=tuple(_row(policy, played[policy.name], never) for policy in (*POLICIES, TRUTH)),
        policy_money=means[:, DIALS.index("money")], policy_auc=means[:, DIALS.index("auc")], against_monthly=ahead[0],
        against_monthly_lower=ahead[1], against_monthly_upper=ahead[2],
        quiet=tuple(_row(policy, quiet[policy.name], quiet[policy.name]) for policy in alarms), desks=desks, synthetic=True,
    )  # fmt: skip
    ranking = np.array([each.dials[DIALS.index("auc")] for each in never])
    change = _over_desks(ranking[:, _AFTER].mean(axis=1) - ranking[:, _BEFORE].mean(axis=1))
    return replace(result, findings=(hidden(result, change), best(result), control(result)))


def _make(rows: int, seed: int, shock: bool, at: int) -> MadeUpDesk:  # noqa: FBT001 - bound by `partial`
    return make_desk(rows=rows, shock=shock, seed=seed * _SEEDS + at)


def _over_desks(numbers: npt.ArrayLike) -> Span:
    """Return the mean of one number a desk, with its interval."""
    values = np.asarray(numbers, dtype=np.float64)
    return clustered_mean(values, np.arange(len(values)))


def _bands(plays: Sequence[Played]) -> Floats:
    """Return mean, lower and upper end (3, dials, months) over desks."""
    shown = np.array([each.dials for each in plays])
    ends = [[_over_desks(shown[:, dial, month]) for month in range(shown.shape[2])] for dial in range(shown.shape[1])]
    return np.moveaxis(np.array(ends), -1, 0)


def _panels(values: Floats) -> tuple[Panel, ...]:
    return tuple(
        Panel(name=name, label=label, form=form, promised=float(values[at, _BEFORE].mean()),
              margin=_AUC_MARGIN if name == "metric" else float("nan"))
        for at, (name, label, form) in enumerate(_PANELS)
    )  # fmt: skip


def _totals(plays: Sequence[Played]) -> Floats:
    """Return what each desk earned (desks,) from going live to the end, in millions."""
    return np.array([each.dials[DIALS.index("money"), LIVE - FIRST :].sum() for each in plays])


def _row(policy: Policy, plays: Sequence[Played], never: Sequence[Played]) -> PolicyRow:
    shown = np.mean([each.dials for each in plays], axis=0)
    sides = {
        f"{name}_{side}": float(shown[DIALS.index(dial), months].mean())
        for name, dial in (("auc", "auc"), ("bad", "bad_rate"), ("money", "money"))
        for side, months in (("before", _BEFORE), ("after", _AFTER))
    }
    total = _over_desks(_totals(plays))
    gain = _over_desks(_totals(plays) - _totals(never))
    firsts = [each.retrained[0] for each in plays if each.retrained]
    return PolicyRow(
        name=policy.name, label=policy.label, retrains=float(np.mean([len(each.retrained) for each in plays])), **sides,
        total=total[0], total_lower=total[1], total_upper=total[2], gain=gain[0], gain_lower=gain[1], gain_upper=gain[2],
        alarmed=len(firsts) / len(plays), first=float(np.mean(firsts)) if firsts else float("nan"),
    )  # fmt: skip
