"""What is said about recovery: the verdict in words."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, known, number, worse
from mlops_widgets.measures.intervals import Estimate

if TYPE_CHECKING:
    from mlops_widgets.lifecycle.recovery.recovery import RecoveryResult

_STATUS: dict[str, Status] = {
    "not needed": "passed", "recoverable": "warning", "exhausted": "failed", "a simpler model does as well": "warning",
    "not enough data": "not_enough_data",
}  # fmt: skip
_ACTION = {
    "not needed": "Keep the model, and measure again when more labels have come.",
    "recoverable": "Retrain: mlops_widgets.lifecycle.simulate_retraining says how often that pays.",
    "exhausted": "Retire the model: mlops_widgets.lifecycle.record_decision writes down why, and what serves instead.",
    "a simpler model does as well": "Replace the model by the plain one, which is cheaper to run and to explain.",
}


def find(result: "RecoveryResult") -> tuple[Finding, ...]:
    """Return the findings, the verdict first."""
    return (_verdict(result), *_plain(result))


def _verdict(r: "RecoveryResult") -> Finding:
    if r.today is None or r.fresh is None:
        claim = (
            "Whether a fresh model would do can't be said: fewer than 100 labelled rows to learn from, or to test on."
        )
        return Finding(
            code="LC-RC-01", status="not_enough_data", claim=claim, evidence={"verdict": r.verdict},
            action="Pass more labelled production; each label must say when it came where label_time= is used.",
        )  # fmt: skip
    floor = f"{r.floor_name} plus {number(r.margin)}" if r.margin else r.floor_name
    if r.reason == "threshold":
        return _threshold(r, floor)
    at = (
        f" at a decision threshold of {number(r.fresh_threshold)}, chosen on earlier rows"
        if known(r.fresh_threshold) is not None
        else ""
    )
    said = {
        "not needed": f"Today's model clears {floor}: its {r.unit} is {_beyond(r.today)}.",
        "recoverable": f"A fresh model clears {floor}{at}, today's doesn't surely: {r.unit} {_beyond(r.fresh)} against {_beyond(r.today)}.",
        "exhausted": f"Even a fresh model stays below {floor}{at}: its {r.unit} is {_beyond(r.fresh)}.",
        "a simpler model does as well": f"Today's model misses {floor}, and a plain linear model is as good as a fresh copy: "
        f"{r.unit} {_beyond(r.plain or r.fresh)}.",
    }
    unsure = (
        f"{number(r.rows, 'integer')} rows don't settle whether a fresh model clears {floor}{at}: its {r.unit} is {_beyond(r.fresh)}, "
        f"today's {_beyond(r.today)}."
    )
    more = f"About {number(r.rows_needed, 'integer')} newer labelled rows would settle it." if r.rows_needed else (
        "Wait for newer labels: the models lie too close to the floor."
    )  # fmt: skip
    return Finding(
        code="LC-RC-01", status=_STATUS[r.verdict], claim=said.get(r.verdict, unsure), action=_ACTION.get(r.verdict, more),
        evidence=_evidence(r),
    )  # fmt: skip


def _threshold(r: "RecoveryResult", floor: str) -> Finding:
    """Return that another threshold mends what today's model loses, and that neither a refit nor an end is called for by it."""
    recut, gain = r.recut, r.recut_gain
    if r.today is None or recut is None or gain is None:
        raise AssertionError  # a threshold is the reason only where it was tried
    back = "would do"
    there = _beyond(recut) if recut.lower > 0 else f"{_beyond(recut)}, which can't be told from it"
    if recut.upper < 0:
        back, there = f"would bring back {estimate(gain.value, gain.lower, gain.upper)}", _beyond(recut)
    claim = (
        f"Today's model misses {floor} as it decides ({r.unit} {_beyond(r.today)}), and the threshold is to blame: a decision threshold of "
        f"{number(r.threshold)}, chosen on earlier rows, {back}; there it is {there}."
    )
    return Finding(
        code="LC-RC-01", status="warning", claim=claim, evidence=_evidence(r),
        action="Choose the decision threshold anew (mlops_widgets.overfitting.choose_threshold) before retraining or retiring.",
    )  # fmt: skip


def _evidence(r: "RecoveryResult") -> dict[str, float | int | str | bool | None]:
    named = {"today": r.today, "fresh": r.fresh, "recut": r.recut}
    found: dict[str, float | int | str | bool | None] = {
        "verdict": r.verdict, "reason": r.reason, "margin": r.margin, "learned_rows": r.learned_rows, "history": r.history, "origins": r.windows,
        "rows_needed": r.rows_needed, "threshold": known(r.threshold), "fresh_threshold": known(r.fresh_threshold),
    }  # fmt: skip
    for name, each in named.items():
        if each is not None:
            found |= _numbers(name, each)
    return found


def _beyond(e: Estimate) -> str:
    """Return how far above or below the floor, with the interval."""
    return worse(-e.value, -e.upper, -e.lower).replace("better", "above it").replace("worse", "below it")


def _numbers(name: str, e: Estimate) -> dict[str, float | None]:
    return {f"{name}_above_floor": known(e.value), f"{name}_lower": known(e.lower), f"{name}_upper": known(e.upper)}


def _plain(r: "RecoveryResult") -> tuple[Finding, ...]:
    if r.plain is None or r.simpler is None:
        return ()
    gap = r.simpler
    claim = (
        f"On the same rows a plain linear model is {worse(-gap.value, -gap.upper, -gap.lower)} than a fresh copy of the model "
        f"({r.unit})."
    )
    status: Status = "warning" if r.verdict == "a simpler model does as well" else "passed"
    return (
        Finding(
            code="LC-RC-02", status=status, claim=claim, evidence=_numbers("plain", r.plain) | {"gain": known(gap.value)},
            action="Compare both by compare_models before a larger model is kept for nothing.",
        ),
    )  # fmt: skip
