"""Whether a fresh model would still do: recoverable, exhausted, or not needed."""

import math
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Literal

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.lifecycle.recovery.contenders import Contest, Outputs, contend, gains
from mlops_widgets.lifecycle.recovery.recovery_findings import find
from mlops_widgets.lifecycle.recovery.windows import cut_windows
from mlops_widgets.lifecycle.stream import stream_of
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["recoverable", "exhausted", "not needed", "a simpler model does as well", "not enough data"]
Measure = Literal["metric", "value"]
Reason = Literal["", "threshold"]

_METHOD = (
    "A fresh model is trained at {origins} on labels that had arrived, and tested on the newest quarter of labelled rows; scores are "
    "compared in pairs, 95 % intervals by Student's t on {draws} resamples of whole units ({unit})"
)
_CUTS = (
    "; values also at the decision threshold of 42 that was worth most on the newest quarter of the rows known at the origin, for a fresh "
    "model by the scores of one that hadn't learned from them"
)


@dataclass(frozen=True, kw_only=True)
class RecoveryResult(Result):
    """Whether a fresh model clears the floor that today's is measured against.

    Parameters
    ----------
    verdict
        "recoverable" (a fresh model clears the floor, today's doesn't), "exhausted" (not even a fresh one does), "not needed"
        (today's clears it), "a simpler model does as well", or "not enough data".
    reason
        "threshold" where another decision threshold repairs what today's model loses, so that it is "recoverable" without a refit: there it
        clears the floor, or more than half of the loss comes back and its scores surely rank rows. Else "".
    measure, unit
        What is judged, and its unit in words.
    floor_name, margin
        What the floor is, and by how much it must be cleared.
    today, fresh
        How far each lies above the floor, in the metric's unit, positive is better; below 0 is below the floor. Today's as it decides;
        of values the fresh one as `fresh_threshold` decides.
    recut, recut_gain
        Today's model above the floor at `threshold`, and how much better that is than as it decides; None where no threshold was tried.
    threshold, fresh_threshold
        The decision thresholds worth most on earlier rows, of today's model and of the fresh one; NaN without. The fresh one is judged at the
        study's own where one is stated, unless that alone exhausts it.
    plain
        The same of a plain linear model; None where the model is linear itself or values are judged.
    simpler
        How much better the plain model is than the fresh one; None as for `plain`.
    difference
        How much better the fresh model is than today's; both at thresholds chosen on earlier rows, if the fresh one is.
    naive
        How the constant answer was chosen.
    history
        Which of the known rows the fresh model learned from: "all" or the "newest third".
    learned_rows, windows
        Rows that the newest fresh model learned from, and how many origins there were.
    rows_needed
        Test rows at which the interval's half width would be the margin; 0 where nothing is to be gained.
    """

    verdict: Verdict
    measure: Measure
    unit: str
    floor_name: str
    margin: float
    today: Estimate | None = None
    fresh: Estimate | None = None
    plain: Estimate | None = None
    simpler: Estimate | None = None
    reason: Reason = ""
    recut: Estimate | None = None
    recut_gain: Estimate | None = None
    threshold: float = math.nan
    fresh_threshold: float = math.nan
    difference: Estimate | None = None
    naive: str = ""
    history: str = ""
    learned_rows: int = 0
    windows: int = 0
    rows_needed: int = 0
    synthetic: bool = False

    @property
    def recoverable(self) -> bool:
        """Whether a fresh or a plain model, or another threshold, mends what today's model loses."""
        return self.verdict in {"recoverable", "a simpler model does as well"}

    def frame(self) -> "pd.DataFrame":
        """Return one row a contender: how far above the floor, with the interval."""
        import pandas as pd

        named = {
            "today's model": self.today, "today's, threshold chosen anew": self.recut, "a fresh model": self.fresh,
            "a plain model": self.plain,
        }  # fmt: skip
        rows = [
            {"model": name, "above_floor": each.value, "lower": each.lower, "upper": each.upper, "rows": each.rows}
            for name, each in named.items()
            if each is not None
        ]
        return pd.DataFrame(rows, columns=["model", "above_floor", "lower", "upper", "rows"])


@strategy("LC-RC")
def measure_recovery(
    study: Study,
    *,
    floor: float | None = None,
    margin: float | None = None,
    measure: Measure = "metric",
    origins: int = 2,
    max_fit_rows: int = 20_000,
    draws: int = 400,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> RecoveryResult:
    """Find out whether a model trained today would still be good enough, or whether there is nothing left to learn.

    A fresh copy of the model learns from labels that had arrived, all or the newest third, whichever predicts older rows better, and
    answers newer rows. Today's model answers the same ones. Of values the decision threshold is chosen on earlier rows, so that a loss
    that another threshold repairs is told from one that takes a refit.

    Parameters
    ----------
    study
        The study.
    floor
        Score that a model must reach; by default that of the best constant answer, plus the margin.
    margin
        By how much the naive score must be beaten; by default the study's margin, else the metric's. Not used with `floor`.
    measure
        "metric": the study's metric. "value": what a row's decision was worth (needs `values=` of the study).
    origins
        How many fresh models, each tested on the rows after it; 1 or more.
    max_fit_rows
        Most rows that a fresh model learns from, the newest; 100 or more.
    draws, seed
        Resamples, 100 or more, and their seed.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    RecoveryResult or NoResult
        Findings: LC-RC-01 the verdict, LC-RC-02 what a plain model does, LC-RC-00 a study that can't be measured (no refit).

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> mw.lifecycle.measure_recovery(mw.sample("census"), origins=1, draws=100).verdict
    'not needed'
    """
    _check(floor, margin, measure)
    check_counts(origins=(origins, 1), max_fit_rows=(max_fit_rows, 100), draws=(draws, 100))
    study.model.need("refit")
    if measure == "value" and study.values is None:
        raise MissingInputError("values", "Pass values={'true_positive': …, 'false_positive': …}.")
    stream = stream_of(study, in_order=True)
    contest = Contest(
        study=study, stream=stream, by_value=measure == "value", draws=draws, seed=seed, max_fit_rows=max_fit_rows, cancel=cancel
    )  # fmt: skip
    classes = 0 if study.task == "regression" else len(study.outcome.classes)
    windows: list[Outputs] = []
    for window in steps(cut_windows(stream, origins=origins, classes=classes), "fresh model", progress, cancel):
        windows.append(contend(contest, window, windows[0].history if windows else None))
    return _judged(contest, windows, floor, margin)


def _check(floor: object, margin: float | None, measure: object) -> None:
    check_margin(margin, "the least by which the naive score must be beaten")
    if measure not in {"metric", "value"}:
        raise InputError(f"measure={str(measure)[:40]!r}. Pass 'metric' or 'value'.")
    if floor is not None and (
        isinstance(floor, bool) or not isinstance(floor, Real) or not math.isfinite(float(floor))
    ):
        raise InputError(
            f"floor={floor!r}. Pass a finite number in the metric's unit, or leave it out for the naive score."
        )


def _judged(contest: Contest, windows: list[Outputs], floor: float | None, margin: float | None) -> RecoveryResult:
    study, metric = contest.study, contest.metric
    unit = metric.label
    method = _METHOD.format(origins=_origins(len(windows)), draws=f"{contest.draws:,}", unit=study.unit_name)
    empty = RecoveryResult(
        findings=(), rows=0, seed=contest.seed, method=method, verdict="not enough data", unit=unit, floor_name="", margin=0.0,
        measure="value" if contest.by_value else "metric", windows=len(windows), synthetic=study.synthetic,
    )  # fmt: skip
    if not windows:
        return replace(empty, findings=find(empty))
    step = 0.0 if floor is not None or contest.by_value else _margin(contest, windows, margin)
    against: str | float = "naive" if floor is None else float(floor)
    found, verdict, reason = _settled(contest, windows, against, step)
    last, tolerated = windows[-1], _tolerated(contest, found, step)
    cuts = last.cuts if "recut" in found else None
    result = replace(
        empty, rows=found["fresh"].rows, margin=step, today=found["today"], fresh=found["fresh"], plain=found.get("plain"),
        simpler=found.get("simpler"), difference=found["difference"], naive=last.naive, history=last.history,
        learned_rows=last.learned_rows, floor_name="the floor given" if floor is not None else f"the naive score ({last.naive})",
        verdict=verdict, reason=reason, recut=found.get("recut"), recut_gain=found.get("gain"),
        threshold=cuts[0] if cuts else math.nan, fresh_threshold=cuts[1] if cuts and found["fresh"] is found["at cut"] else math.nan,
        rows_needed=_rows_needed(found["fresh"], tolerated), method=method + (_CUTS if cuts else ""),
    )  # fmt: skip
    return replace(result, findings=find(result))


def _settled(
    contest: Contest, windows: list[Outputs], against: str | float, step: float
) -> tuple[dict[str, Estimate], Verdict, Reason]:
    """Return how far each lies above the floor (lowered by `step`), the verdict, and what mends the loss."""
    pairs: dict[str, tuple[str, str | float]] = {
        "today": ("today", against), "fresh": ("fresh", against), "difference": ("fresh", "today"),
    }  # fmt: skip
    if all("plain" in each.by for each in windows):
        pairs |= {"plain": ("plain", against), "simpler": ("plain", "fresh")}
    if all(each.cuts for each in windows):
        pairs |= {
            "recut": ("today, cut", against), "gain": ("today, cut", "today"), "at cut": ("fresh, cut", against),
            "difference at cut": ("fresh, cut", "today, cut"),
        }  # fmt: skip
    found = gains(contest, windows, pairs)
    found |= {
        name: _lowered(found[name], step) for name in ("today", "fresh", "plain", "recut", "at cut") if name in found
    }
    has_cuts, stated = "recut" in found, contest.study.decision_threshold is not None
    verdict = _decided(contest, found, step)
    if has_cuts and (not stated or (verdict == "exhausted" and found["at cut"].upper >= 0)):
        found |= {"fresh": found["at cut"], "difference": found["difference at cut"]}
        verdict = _decided(contest, found, step)
    if has_cuts and verdict != "not needed" and _repaired(contest, windows, found):
        return found, "recoverable", "threshold"
    return found, verdict, ""


def _decided(contest: Contest, found: dict[str, Estimate], step: float) -> Verdict:
    return decide(
        found["today"], found["fresh"], found.get("plain"), found.get("simpler"), _tolerated(contest, found, step)
    )


def _tolerated(contest: Contest, found: dict[str, Estimate], step: float) -> float:
    return step or contest.study.accepted_loss(float(found["fresh"].value), metric=contest.metric)


def _repaired(contest: Contest, windows: list[Outputs], found: dict[str, Estimate]) -> bool:
    """Say whether another threshold repairs what today's model loses.

    It gains surely, and clears the floor; or it surely gives back most of the loss, and the scores still rank rows, where a fresh model isn't
    surely better above the floor, nor surely below it. Ranking tells that from a dead model, whose best threshold is a constant answer's.
    """
    today, fresh, gain = found["today"], found["at cut"], found["gain"]
    if not gain.lower > 0:
        return False
    if found["recut"].lower > 0:
        return True
    needs_refit = found["difference at cut"].lower > 0 and fresh.lower > 0
    if today.upper >= 0 or fresh.upper < 0 or needs_refit or gain.lower <= -today.value / 2:
        return False
    ranked = [replace(each, by=each.scores) for each in windows]
    return gains(replace(contest, by_rank=True), ranked, {"today": ("today", 0.5)})["today"].lower > 0


def _origins(count: int) -> str:
    return "one origin" if count == 1 else f"{count} origins"


def _margin(contest: Contest, windows: list[Outputs], margin: float | None) -> float:
    last = windows[-1]
    naive = float(contest.metric.draws(last.y, last.by["naive"], last.weights[None, :])[0])
    return contest.study.accepted_loss(naive if math.isfinite(naive) else 1.0, margin)


def _lowered(e: Estimate, step: float) -> Estimate:
    return replace(e, value=e.value - step, lower=e.lower - step, upper=e.upper - step)


def decide(
    today: Estimate, fresh: Estimate, plain: Estimate | None, simpler: Estimate | None, tolerated: float
) -> Verdict:
    """Return the verdict; each estimate is how far a model lies above the floor.

    Parameters
    ----------
    today, fresh, plain
        Today's model, a fresh one, and a plain one or None.
    simpler
        How much better the plain model is than the fresh one, or None.
    tolerated
        By how much the plain model may be worse and still does as well.

    Examples
    --------
    >>> def above(lower, upper):
    ...     return Estimate(value=lower, lower=lower, upper=upper, level=0.95, rows=9, units=9, events=9)
    >>> decide(above(-0.2, -0.1), above(0.1, 0.2), None, None, 0.03)
    'recoverable'
    >>> decide(above(-0.2, -0.1), above(-0.2, -0.1), None, None, 0.03)
    'exhausted'
    """
    if today.lower > 0:
        return "not needed"
    if today.upper >= 0 and not fresh.lower > 0:
        return "not enough data"
    clears = plain is not None and plain.lower > 0
    if fresh.lower > 0:
        as_well = clears and simpler is not None and simpler.lower > -tolerated
        return "a simpler model does as well" if as_well else "recoverable"
    if fresh.upper < 0:
        return "a simpler model does as well" if clears else "exhausted"
    return "not enough data"


def _rows_needed(fresh: Estimate, tolerated: float) -> int:
    """Return the rows at which the half width would be the margin, from the width seen and never from the effect."""
    half = (fresh.upper - fresh.lower) / 2
    return (
        math.ceil(fresh.rows * (half / tolerated) ** 2)
        if math.isfinite(half) and tolerated > 0 and half > tolerated
        else 0
    )
