"""What an A/B test says, in sentences."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import Form, estimate, number, p_words
from mlops_widgets.measures.experiments.confidence_sequences import boundary
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.experiments.arms import Trial
from mlops_widgets.overfitting.experiments.comparing import TOO_FEW, Comparison, Course

Call = Literal["ship", "don't ship", "keep running", "don't read"]

_TORN_SHARE = 0.001
_MISSING_P = 0.001


@dataclass(frozen=True, kw_only=True)
class Balance:
    """The arms' sizes against the planned shares."""

    names: tuple[str, ...]
    sizes: npt.NDArray[np.int64]
    shares: npt.NDArray[np.float64]
    p_value: float
    watched_p_value: float
    test: str
    alpha: float
    looks: int
    watched: bool

    @property
    def deciding(self) -> float:
        """The p-value that decides: whoever looks daily may not take the one that holds once."""
        return self.watched_p_value if self.watched else self.p_value

    @property
    def broken(self) -> bool:
        """Whether the sizes aren't as planned."""
        return self.deciding < self.alpha


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """How the test is judged: level, effect that matters, looks, units planned and there, comparisons, name of a unit."""

    alpha: float
    effect: float
    effect_given: bool
    looks: Literal["any", "once"]
    planned_rows: int | None
    tuned_rows: float
    comparisons: int
    primaries: int
    all_units: int
    unit: str

    @property
    def watched(self) -> bool:
        """Whether the interval that holds at all looks decides."""
        return self.looks == "any"


def form_of(comparison: Comparison) -> Form:
    """Return how levels of the outcome are written: percentages of shares."""
    return "percent" if "score" in comparison.once or "exact" in comparison.watched else "number"


def ab_findings(
    comparisons: tuple[Comparison, ...], best: Comparison, balance: Balance, ruling: Ruling, *, course: Course,
    trial: Trial | None,
) -> tuple[Call, tuple[Finding, ...]]:  # fmt: skip
    """Return the verdict and the findings OV-AB-01 to -08; the verdict first, or the arms' sizes where these are broken."""
    guards = [each for each in comparisons if each.role == "guardrail" and each.arm == best.arm]
    rails = [_guardrail(each, ruling) for each in guards]
    ratio = _ratio(balance)
    if balance.broken:
        call: Call = "don't read"
        first = Finding(
            code="OV-AB-01", status="not_applicable", action=ratio.action,
            claim="Don't read this test: the arms aren't as large as planned, so something chose who is in which.",
        )  # fmt: skip
        return call, (ratio, first, *_lost(comparisons, trial))
    call, first = _verdict(best, rails, ruling)
    return call, (
        first, ratio, _one_look(best, ruling, course), *rails, _risk(best, ruling), *_cuped(best),
        *_others(comparisons, best, ruling), *_lost(comparisons, trial),
    )  # fmt: skip


def _seen(best: Comparison, ruling: Ruling) -> str:
    """Return what was seen: both levels, and the difference with the interval that decides."""
    form = form_of(best)
    lower, upper = (best.watched_lower, best.watched_upper) if ruling.watched else (best.lower, best.upper)
    digits = None if form == "number" else 1 if max(best.control, best.treatment) > 0.02 else 2
    levels = f"{number(best.control, form, digits=digits)} → {number(best.treatment, form, digits=digits)}"
    return f"{levels}, difference {with_interval(best.difference, lower, upper, form)}"


def with_interval(value: float, lower: float, upper: float, form: Form) -> str:
    """Return a difference with its interval; of shares in percentage points, to a tenth of the interval's half width."""
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return (
            f"{number(100 * value)} points, no interval yet"
            if form == "percent"
            else f"{number(value)}, no interval yet"
        )
    if form != "percent":
        return estimate(value, lower, upper, form)
    half = 50 * (upper - lower)
    digits = min(4, max(0, 1 - math.floor(math.log10(half)))) if half > 0 else 1
    first, low, high = (number(100 * each, digits=digits) for each in (value, lower, upper))
    return f"{first} [{low}, {high}] points"


def _verdict(best: Comparison, rails: list[Finding], ruling: Ruling) -> tuple[Call, Finding]:
    """Return what to do, by the first of these that holds: too early, a guardrail worse, better, refuted, not told yet."""
    lower, upper = best.gained(watched=ruling.watched)
    seen, arm = f"{best.outcome[:60]}: {_seen(best, ruling)}", best.arm[:60]
    bad = [rail for rail in rails if rail.status == "failed"]
    if not ruling.watched and ruling.planned_rows is not None and ruling.all_units < ruling.planned_rows:
        left = number(ruling.planned_rows - ruling.all_units, "integer")
        call, status, claim = (
            _OPEN,
            _UNKNOWN,
            f"Keep running: {left} more {_plural(ruling)} until the planned end ({seen}).",
        )
        action = "Don't read the p-value before; with looks='any' you may look whenever you like."
    elif bad and upper > 0:
        call, status, action = "don't ship", "failed", bad[0].action
        claim = f"Don't ship {arm}: {len(bad)} of {len(rails)} guardrails got worse ({seen})."
    elif lower > 0:
        call, status, claim, action = _better(arm, seen, rails, small=lower < ruling.effect)
    elif upper < ruling.effect:
        call, status = "don't ship", "failed"
        claim, action = _refuted(best, seen, ruling, worse=upper < 0)
    else:
        call, status, action = _OPEN, _UNKNOWN, _more(best, ruling)
        claim = f"Keep running: whether {arm} is better can't be told yet ({seen})."
    evidence = {
        "difference": best.difference, "lower": lower, "upper": upper, "units": best.units, "effect": ruling.effect,
        "p_value": best.p_value, "watched": ruling.watched,
    }  # fmt: skip
    return call, Finding(code="OV-AB-01", status=status, claim=claim, action=action, evidence=evidence)


_OPEN: Call = "keep running"
_UNKNOWN: Status = "not_enough_data"


def _better(arm: str, seen: str, rails: list[Finding], *, small: bool) -> tuple[Call, Status, str, str]:
    unsure = [rail for rail in rails if rail.status != "passed"]
    if unsure:
        claim = (
            f"Keep running: {arm} is better ({seen}), but {len(unsure)} of {len(rails)} guardrails can't be told yet."
        )
        return _OPEN, _UNKNOWN, claim, unsure[0].action
    claim = f"Ship {arm}: it is better ({seen}).{' It may be less than the effect that matters.' if small else ''}"
    return (
        "ship",
        "passed",
        claim,
        "Ship it in steps, and keep a control of a few percent to see whether the gain stays.",
    )


def _refuted(best: Comparison, seen: str, ruling: Ruling, *, worse: bool) -> tuple[str, str]:
    if worse:
        return (
            f"Don't ship {best.arm[:60]}: it is worse ({seen}).",
            "End the test and find out why before the next try.",
        )
    of = "the control's mean" if best.control else "the mean of all arms"
    stated = "" if ruling.effect_given else f", 5 % of {of} unless effect= says otherwise"
    claim = f"Don't ship {best.arm[:60]} for its gain: it is below the effect that matters, {_level(best, ruling.effect)}{stated} ({seen})."
    return claim, "End the test; ship only if the change is worth it for another reason."


def _more(best: Comparison, ruling: Ruling) -> str:
    more = _more_units(best, ruling)
    if more is None and TOO_FEW in (best.watched if ruling.watched else best.once):
        return "The outcome rests on few units of an arm, whose chance no interval covers: collect more, or cap it at a value fixed before."
    if more is None:
        return "Collect at least 100 units an arm; then an interval can be given."
    return (
        f"About {number(more, 'integer')} more {_plural(ruling)} would narrow the interval to the effect that matters, "
        f"{_level(best, ruling.effect)}."
    )


def _plural(ruling: Ruling) -> str:
    return "units" if ruling.unit == "unit" else f"units ({ruling.unit[:60]})"


def _level(comparison: Comparison, value: float) -> str:
    if form_of(comparison) == "percent":
        return f"{number(100 * value)} points"
    return number(value)


def _more_units(best: Comparison, ruling: Ruling) -> int | None:
    """Return how many more units would make the interval's half width the effect that matters; None without an interval.

    From the width alone, never from the difference seen.
    """
    lower, upper = best.gained(watched=ruling.watched)
    half = (upper - lower) / 2
    if not math.isfinite(half):
        return None
    needed = best.units * (half / ruling.effect) ** 2
    if ruling.watched:
        alpha = ruling.alpha / ruling.primaries

        def width(units: float) -> float:
            return float(boundary(np.array([units]), tuned_rows=ruling.tuned_rows, alpha=alpha)[0])

        if best.watched.startswith("exact"):  # by then the asymptotic sequence has taken over
            share = (best.control + best.treatment) / 2
            share = (share * best.units + 0.5) / (best.units + 1)
            half = width(best.units) * math.sqrt(
                share * (1 - share) * (1 / best.control_units + 1 / best.treatment_units)
            )
        for _ in range(20):  # the sequence narrows a little slower than the root
            needed = best.units * (half / ruling.effect * width(needed) / width(best.units)) ** 2
    more = max(needed - best.units, 0.1 * best.units)
    step: int = 10 ** max(0, math.floor(math.log10(max(more, 1))) - 1)
    return math.ceil(more / step) * step


def _ratio(balance: Balance) -> Finding:
    sizes = " : ".join(number(int(n), "integer") for n in balance.sizes)
    planned = " : ".join(number(float(share), "percent", digits=1) for share in balance.shares)
    p, off_once = balance.deciding, balance.p_value < balance.alpha
    evidence: dict[str, float | int | str | bool | None] = {
        "p_value": balance.p_value, "watched_p_value": balance.watched_p_value, "test": balance.test, "looks": balance.looks,
    }  # fmt: skip
    if balance.broken:
        claim = f"The arms have {sizes} units where {planned} were planned ({p_words(p)}): don't read the result."
        action = "Find what drops or adds units in one arm (redirects, bots, crashes, logging, late assignment), fix it, and start anew."
        return Finding(code="OV-AB-02", status="failed", claim=claim, action=action, evidence=evidence)
    if off_once:
        return Finding(
            code="OV-AB-02", status="warning", evidence=evidence,
            claim=f"The arms have {sizes} units where {planned} were planned: {p_words(balance.p_value)} if this is the only look, {p_words(p)} at every look.",
            action="If you looked only now, don't read the result (looks='once'); else watch whether the sizes go on parting.",
        )  # fmt: skip
    claim = f"The arms are as large as planned: {sizes} units for {planned} ({p_words(p)}{' at every look' if balance.watched else ''})."
    return Finding(code="OV-AB-02", status="passed", claim=claim, evidence=evidence)


def _one_look(best: Comparison, ruling: Ruling, course: Course) -> Finding:
    evidence = {
        "p_value": best.p_value,
        "adjusted_p_value": best.adjusted_p_value,
        "lower": best.lower,
        "upper": best.upper,
    }
    if ruling.comparisons > 1:
        p = f"{p_words(best.p_value)}, {p_words(best.adjusted_p_value)} after Holm over {ruling.comparisons} comparisons"
    else:
        p = p_words(best.p_value)
    claim = f"Read once, the difference is {with_interval(best.difference, best.lower, best.upper, form_of(best))} ({p}, {best.once})."
    clear = best.lower > 0 or best.upper < 0
    watched_clear = best.watched_lower > 0 or best.watched_upper < 0
    crossings = np.flatnonzero((course.lower > 0) | (course.upper < 0))
    if clear and not watched_clear:
        claim = f"{claim} It counts only if this is the first and last look; looked at again and again it isn't clear."
        return Finding(
            code="OV-AB-03", status="warning", claim=claim, evidence=evidence,
            action="Read it once at the planned end, or go by the interval that holds at all looks.",
        )  # fmt: skip
    if not clear and len(crossings):
        claim = f"{claim} At {len(crossings)} of {len(course.times)} earlier looks it would have seemed clear: what peeking does."
        return Finding(
            code="OV-AB-03", status="warning", claim=claim, evidence=evidence, action="Don't stop at such a look."
        )
    return Finding(code="OV-AB-03", status="passed", claim=claim, evidence=evidence)


def _guardrail(each: Comparison, ruling: Ruling) -> Finding:
    lower, upper = each.gained(watched=ruling.watched)
    margin = each.margin or 0.0
    ruled = judge(-upper, -lower, margin=margin, n=each.units)
    name, form = each.outcome[:60], form_of(each)
    lost = with_interval(-each.better * each.difference, -upper, -lower, form)
    loss = f"loss {lost}, margin {_level(each, margin)}"
    evidence = {"loss": -each.better * each.difference, "lower": -upper, "upper": -lower, "margin": margin}
    if ruled.status == "passed":
        return Finding(code="OV-AB-04", status="passed", claim=f"Guardrail {name} holds ({loss}).", evidence=evidence)
    if ruled.status == "failed":
        return Finding(
            code="OV-AB-04", status="failed", claim=f"Guardrail {name} got worse ({loss}).", evidence=evidence,
            action=f"Don't ship before {name} is as good as in the control.",
        )  # fmt: skip
    return Finding(
        code="OV-AB-04", status="not_enough_data", claim=f"Whether guardrail {name} holds can't be told yet ({loss}).",
        evidence=evidence, action=f"Keep running. {ruled.sentence}",
    )  # fmt: skip


def _risk(best: Comparison, ruling: Ruling) -> Finding:
    if math.isnan(best.better_chance):
        return Finding(
            code="OV-AB-05", status="not_enough_data", claim="One unit in an arm: no posterior can be given."
        )

    def cost(value: float) -> str:
        return _level(best, value) if value >= ruling.effect / 1000 else "next to nothing"

    claim = (
        f"The posterior chance that {best.arm[:60]} is the better is {number(best.better_chance, 'percent', digits=1)}; to ship "
        f"it is expected to lose {cost(best.loss_if_shipped)} a unit, to keep the control {cost(best.loss_if_kept)}."
    )
    evidence = {
        "better_chance": best.better_chance,
        "loss_if_shipped": best.loss_if_shipped,
        "loss_if_kept": best.loss_if_kept,
    }
    return Finding(code="OV-AB-05", status="passed", claim=claim, evidence=evidence)


def _cuped(best: Comparison) -> tuple[Finding, ...]:
    if best.gain is None:
        return ()
    share = number(best.gain, "percent")
    claim = f"What was known before takes {share} off the variance: as good as {number(1 / max(1 - best.gain, 1e-9), digits=2)} times the units."
    if best.gain < 0.01:
        claim = f"What was known before hardly tells the outcome ({share} of the variance): CUPED changes nothing."
    return (Finding(code="OV-AB-06", status="passed", claim=claim, evidence={"variance_share": best.gain}),)


def _others(comparisons: tuple[Comparison, ...], best: Comparison, ruling: Ruling) -> tuple[Finding, ...]:
    rest = [each for each in comparisons if each.role != "guardrail" and each is not best]
    if not rest:
        return ()
    clear = [each for each in rest if each.adjusted_p_value < ruling.alpha]
    named = ", ".join(
        f"{each.outcome[:40]} ({each.arm[:40]}) {'better' if each.better * each.difference > 0 else 'worse'}"
        for each in clear[:6]
    )
    claim = f"Of {len(rest)} further comparisons {len(clear) or 'none'} {'is' if len(clear) < 2 else 'are'} clear after Holm's correction"
    claim += f": {named}." if clear else "."
    evidence = {"comparisons": len(rest), "clear": len(clear)}
    return (
        Finding(
            code="OV-AB-07", status="passed" if clear else "not_enough_data", claim=claim, evidence=evidence,
            action="Read them as ideas for the next test: the primary outcome decides this one.",
        ),
    )  # fmt: skip


def _lost(comparisons: tuple[Comparison, ...], trial: Trial | None) -> tuple[Finding, ...]:
    if trial is None:
        return ()
    total = len(trial.arm_of_unit) + trial.torn_units
    troubles = []
    if trial.torn_units > _TORN_SHARE * total:
        troubles.append(
            f"{number(trial.torn_units / total, 'percent', digits=1)} of the units were seen in more than one arm and are left out"
        )
    uneven = sorted(
        {each.outcome for each in comparisons if each.missing_p_value is not None and each.missing_p_value < _MISSING_P}
    )
    troubles += [f"{name[:60]} is missing more often in one arm than in another" for name in uneven]
    evidence = {"torn_units": trial.torn_units, "rows_without_arm": trial.dropped_rows, "unevenly_missing": len(uneven)}
    if troubles:
        claim = f"{troubles[0][:1].upper()}{'; '.join(troubles)[1:]}: the arms may differ in more than the change."
        action = "Find out why before you believe the difference: what is lost may depend on the change."
        return (Finding(code="OV-AB-08", status="warning", claim=claim, evidence=evidence, action=action),)
    torn = f"{trial.torn_units:,} units in more than one arm, {trial.dropped_rows:,} rows without an arm"
    return (
        Finding(code="OV-AB-08", status="passed", claim=f"Nothing is lost from one arm more than from another ({torn}).", evidence=evidence),
    )  # fmt: skip
