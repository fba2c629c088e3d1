"""What the spoiler's desk shows, in sentences: what flatters, what the score hides, what no repair gives back."""

from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import digits_for, estimate, known, number

if TYPE_CHECKING:
    from mlops_widgets.data_quality.spoilers_desk.desk import SpoilersDeskResult

_TEAM, _LIVE, _DECIDED = 0, 1, 2
_SEEN_SHARE = 0.02
"""A move of a share of decisions by less than this isn't told of."""


def find(result: "SpoilersDeskResult", *, margin: float) -> tuple[Finding, ...]:
    """Return the findings; of made-up rows and of one's own they are what could happen, so none is worse than a warning."""
    return (
        _flatters(result, margin), _hidden(result, margin), _beyond_repair(result, margin), _a_little(result), *_left_out(result),
    )  # fmt: skip


def _flatters(r: "SpoilersDeskResult", margin: float) -> Finding:
    """DQ-SD-01: the spill that lifts the team's score most above what production gets."""
    sign = 1 if r.greater_is_better else -1
    lift = np.where((r.change_lower if sign > 0 else -r.change_upper)[:, 1:, 0, _TEAM] > 0, 1.0, np.nan)
    ahead = lift * sign * (r.change[:, 1:, 0, _TEAM] - r.change[:, 1:, 0, _LIVE])
    best = _largest(np.where(ahead > margin, ahead, np.nan))
    if best is None:
        return Finding(
            code="DQ-SD-01", status="passed",
            claim=f"No spill lifts the {r.metric_label} that the team sees above production's by more than the margin of {number(margin)}.",
            action="Look at what production gets all the same: the team's score says little of it.",
        )  # fmt: skip
    k, s = best[0], best[1] + 1
    stays = not bool(_beyond_chance(r)[k, s, 0, _LIVE])
    live = f"stays at {_now(r, k, s, _LIVE)}" if stays else f"goes {_from_to(r, k, s, _LIVE)}"
    return Finding(
        code="DQ-SD-01", status="warning", evidence=_evidence(r, k, s) | {"margin": margin},
        claim=f"{_with(r, k, s)} the {r.metric_label} that the team sees looks better, {_from_to(r, k, s, _TEAM)}, while production's {live}.",
        action="Look for what is in both training and test before you believe a score that rose.",
    )  # fmt: skip


def _hidden(r: "SpoilersDeskResult", margin: float) -> Finding:
    """DQ-SD-02: what production's score doesn't show, and decisions do."""
    if r.dials[_DECIDED].form != "percent":
        return Finding(
            code="DQ-SD-02", status="not_applicable", claim="A model that answers with numbers has no share of decisions to watch.",
            action="Watch the mean answer, and the mean error once outcomes arrive.",
        )  # fmt: skip
    within = np.maximum(np.abs(r.change_lower), np.abs(r.change_upper))[:, 1:, 0, _LIVE] < margin
    moved = np.where(within & _beyond_chance(r)[:, 1:, 0, _DECIDED], np.abs(r.change[:, 1:, 0, _DECIDED]), np.nan)
    most = _largest(moved)
    if most is None or moved[most] < _SEEN_SHARE:
        return Finding(
            code="DQ-SD-02", status="passed",
            claim=f"No spill that leaves {r.metric_label} within the margin of {number(margin)} moves the share of {r.dials[_DECIDED].label} "
            f"by {number(_SEEN_SHARE, 'percent')} or more beyond chance.",
            action="Watch the share of decisions all the same: it needs no outcome.",
        )  # fmt: skip
    k, s = most[0], most[1] + 1
    claim = (
        f"{_with(r, k, s)} production's {r.metric_label} stays within the margin ({_from_to(r, k, s, _LIVE)}) and the share of "
        f"{r.dials[_DECIDED].label} goes {_from_to(r, k, s, _DECIDED)}."
    )
    return Finding(
        code="DQ-SD-02", status="warning", claim=claim, evidence=_evidence(r, k, s) | {"margin": margin},
        action=f"Put the share of {r.dials[_DECIDED].label} beside the score on every dashboard: it needs no outcome.",
    )  # fmt: skip


def _beyond_repair(r: "SpoilersDeskResult", margin: float) -> Finding:
    """DQ-SD-03: what production still loses after the best repair, where the spill is as large as was tried."""
    sign = 1 if r.greater_is_better else -1
    lost = -sign * r.change[:, -1, 1, _LIVE]
    sure = (-r.change_upper if sign > 0 else r.change_lower)[:, -1, 1, _LIVE]
    if not (sure > margin).any():
        return Finding(
            code="DQ-SD-03", status="passed",
            claim=f"After its repair no spill is shown to cost production more than the margin of {number(margin)} {r.metric_label}.",
            action="Repair before you learn, and look for the next spill.",
        )  # fmt: skip
    k, s = int(np.nanargmax(np.where(sure > margin, lost, np.nan))), len(r.shares) - 1
    claim = (
        f"{_with(r, k, s)} production's {r.metric_label} goes {_from_to(r, k, s, _LIVE, repaired=True)} even after the repair: "
        f"{r.repairs[k]}."
    )
    return Finding(
        code="DQ-SD-03", status="warning", claim=claim, evidence=_evidence(r, k, s, repaired=True) | {"margin": margin},
        action="Keep it out at the door: what can't be repaired has to be refused.",
    )  # fmt: skip


def _a_little(r: "SpoilersDeskResult") -> Finding:
    """DQ-SD-04: what the smallest share costs production already."""
    sign = 1 if r.greater_is_better else -1
    sure = (-r.change_upper if sign > 0 else r.change_lower)[:, 1, 0, _LIVE] > 0
    if not sure.any():
        return Finding(
            code="DQ-SD-04", status="passed",
            claim=f"In {number(r.shares[1], 'percent')} of the rows no spill costs production anything that can be told from chance.",
            action="What is rare today may not be tomorrow: count it.",
        )  # fmt: skip
    cost = np.where(sure, -sign * r.change[:, 1, 0, _LIVE], np.nan)
    k = int(np.nanargmax(cost))
    whole = -sign * r.change[k, -1, 0, _LIVE]
    lower, upper = sorted((-sign * r.change_lower[k, 1, 0, _LIVE], -sign * r.change_upper[k, 1, 0, _LIVE]))
    claim = (
        f"{_with(r, k, 1)} production loses {estimate(float(cost[k]), lower, upper)} {r.metric_label} already; "
        f"with {number(r.shares[-1], 'percent')} it loses {number(float(whole), digits=digits_for(lower, upper))}."
    )
    return Finding(
        code="DQ-SD-04", status="warning", claim=claim, evidence=_evidence(r, k, 1),
        action="Don't judge an error by how rare it is: a few cells of it may be enough.",
    )  # fmt: skip


def _left_out(r: "SpoilersDeskResult") -> tuple[Finding, ...]:
    if not r.left_out:
        return ()
    return (
        Finding(
            code="DQ-SD-05", status="not_applicable", claim=f"Not spilled here: {'; '.join(r.left_out)}.",
            action="run_spoilers_desk() without a study shows them on made-up loans.",
        ),
    )  # fmt: skip


def _largest(values: "np.typing.NDArray[np.float64]") -> tuple[int, int] | None:
    if not np.isfinite(values).any():
        return None
    k, s = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return int(k), int(s)


def _beyond_chance(r: "SpoilersDeskResult") -> "np.typing.NDArray[np.bool_]":
    return np.asarray((r.change_lower > 0) | (r.change_upper < 0))


def _with(r: "SpoilersDeskResult", k: int, s: int) -> str:
    return f"With {r.labels[k]} in {number(r.shares[s], 'percent')} of the rows,"


def _now(r: "SpoilersDeskResult", k: int, s: int, dial: int, *, repaired: bool = False) -> str:
    place = (k, s, int(repaired), dial)
    return estimate(float(r.values[place]), float(r.lower[place]), float(r.upper[place]), r.dials[dial].form)


def _from_to(r: "SpoilersDeskResult", k: int, s: int, dial: int, *, repaired: bool = False) -> str:
    """Return "from .66 to .88 [.85, .91]"."""
    place, form = (k, s, int(repaired), dial), r.dials[dial].form
    digits = None if form == "percent" else digits_for(float(r.lower[place]), float(r.upper[place]))
    return f"from {number(float(r.values[k, 0, 0, dial]), form, digits=digits)} to {_now(r, k, s, dial, repaired=repaired)}"


def _evidence(
    r: "SpoilersDeskResult", k: int, s: int, *, repaired: bool = False
) -> dict[str, float | int | str | bool | None]:
    told: dict[str, float | int | str | bool | None] = {
        "spill": r.spills[k], "share": r.shares[s], "place": k * len(r.shares) + s, "rounds": r.rounds,
    }  # fmt: skip
    for d, dial in enumerate(r.dials):
        told[f"{dial.name}_clean"] = known(float(r.values[k, 0, 0, d]))
        told[dial.name] = known(float(r.values[k, s, int(repaired), d]))
    return told
