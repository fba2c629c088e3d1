"""What a comparison of champion and challenger says, in sentences with a verdict: findings LC-CM-01 to LC-CM-10."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, known, number, p_words, short
from mlops_widgets.lifecycle.champions.comparison_result import Verdict
from mlops_widgets.lifecycle.champions.contrasts import Contrast, Forecasts
from mlops_widgets.lifecycle.champions.learned_rows import Origin
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.measures.verdicts import Verdict as Judged
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.study.challengers import Challenge
from mlops_widgets.study.side_by_side import SideBySide
from mlops_widgets.study.study import Study

_FEWEST_DECIDING = 10
_VALUE_MARGIN = 0.05
_MOST_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What was measured: see `ComparisonResult`; `unlabelled` rows of what judges have no outcome."""

    challenge: Challenge
    pair: SideBySide
    margin: float
    metrics: tuple[Contrast, ...]
    value: Contrast | None
    forecasts: tuple[Forecasts, ...]
    forecast_margin: float
    groups: tuple[Contrast, ...]
    groups_asked: bool
    chunks: tuple[Contrast, ...]
    timed: bool
    origin: Origin
    same_answers: bool
    unlabelled: int

    @property
    def name(self) -> str:
        """What the challenger is called."""
        return self.challenge.name

    @property
    def judged(self) -> Judged:
        """The verdict on the harm: whether a loss beyond the margin is certain, or ruled out."""
        gain = self.pair.gain
        return judge(-gain.upper, -gain.lower, margin=self.margin, n=gain.rows, estimate=-gain.value)

    @property
    def verdict(self) -> Verdict:
        """The verdict in a word or two."""
        gain = self.pair.gain
        if gain.lower > 0 and not self.same_answers:
            return "better"
        by_status: dict[str, Verdict] = {"passed": "no worse", "failed": "worse", "not_enough_data": "not enough data"}
        return by_status[self.judged.status]


def find(study: Study, seen: Compared) -> tuple[Finding, ...]:
    """Return the two verdicts first, then what stands behind them."""
    parts: tuple[Callable[[Study, Compared], tuple[Finding, ...]], ...] = (
        _safe, _gains, _metrics, _value, _calibration, _groups, _decisions, _over_time, _origin, _unlabelled,
    )  # fmt: skip
    return tuple(finding for each in parts for finding in each(study, seen))


def _whole(rows: float) -> str:
    return number(rows, "integer")


def _span(found: Estimate | Contrast) -> str:
    value = found.value if isinstance(found, Estimate) else found.gain
    lower, upper = found.lower, found.upper
    return estimate(value, lower, upper) if math.isfinite(lower) and math.isfinite(upper) else number(value)


def _better(found: Estimate | Contrast) -> str:
    """Return the gain in words, with its interval: ".02 better [.01, .03]" or ".02 worse [.01, .03]"."""
    value = found.value if isinstance(found, Estimate) else found.gain
    if value >= 0:
        return f"{_span(found)} better"
    ends = (-found.upper, -found.lower)
    fine = all(map(math.isfinite, ends))
    return f"{estimate(-value, *ends) if fine else number(-value)} worse"


def _evidence(found: Contrast) -> dict[str, float | int | str | bool | None]:
    return {"gain": found.gain, "lower": known(found.lower), "upper": known(found.upper), "rows": found.rows}


def _safe(study: Study, seen: Compared) -> tuple[Finding, ...]:
    pair, gain, verdict = seen.pair, seen.pair.gain, seen.judged
    scores = f"{study.metric.label} {_span(pair.challenger)} against {_span(pair.incumbent)} of the model in service: {_better(gain)}"
    said = {
        "failed": "it is worse beyond the margin",
        "passed": "a loss beyond the margin is ruled out",
        "not_enough_data": "whether it is worse beyond the margin can't be told",
    }[verdict.status]
    claim = f"On the same {_whole(gain.rows)} rows of {seen.challenge.where}, {seen.name} has {scores}; {said} (margin {number(seen.margin)})."
    if seen.same_answers:
        claim = f"On all {_whole(gain.rows)} rows of {seen.challenge.where}, {seen.name} gives the same answers as the model in service."
    action = {
        "failed": "Keep the model that serves; find the rows on which the challenger is worse.",
        "passed": "It may replace the model as far as this metric goes: read on for groups, money and calibration.",
        "not_enough_data": f"Keep the model that serves, and let both answer more rows. {verdict.sentence}",
    }[verdict.status]
    evidence = {
        "gain": gain.value, "lower": known(gain.lower), "upper": known(gain.upper), "margin": seen.margin, "rows": gain.rows,
        "units": gain.units, "needed_rows": verdict.needed,
    }  # fmt: skip
    return (
        Finding(
            code="LC-CM-01", status=verdict.status, claim=claim, action=action, evidence=evidence, cost=max(-gain.value, 0.0),
            cost_unit=study.metric.label,
        ),
    )  # fmt: skip


def _gains(study: Study, seen: Compared) -> tuple[Finding, ...]:
    gain = seen.pair.gain
    status, said, action = _superiority(seen, gain)
    evidence: dict[str, float | int | str | bool | None] = {
        "lower": known(gain.lower),
        "upper": known(gain.upper),
        "margin": seen.margin,
    }
    ranked = seen.pair.ranked
    if ranked is not None:
        evidence |= {"delong_lower": ranked.lower, "delong_upper": ranked.upper, "delong_p_value": ranked.p_value}
    claim = f"{said}: the gain in {study.metric.label} is {_span(gain)}."
    return (Finding(code="LC-CM-02", status=status, claim=claim, action=action, evidence=evidence),)


def _superiority(seen: Compared, gain: Estimate) -> tuple[Status, str, str]:
    if seen.same_answers:
        return "warning", "Swapping the two changes nothing", "Leave the model as it is."
    if gain.lower > 0:
        large = ", and by more than the margin" if gain.lower > seen.margin else ""
        return "passed", f"The challenger is better{large}", ""
    if gain.upper < 0:
        return "failed", "The challenger is worse", "Leave the model as it is."
    if gain.upper < seen.margin:
        return (
            "warning",
            "A gain that matters is ruled out",
            "Swap only for another reason than this metric: a retrained or simpler model may be worth it for what it costs to keep.",
        )
    half = max(gain.upper - gain.value, gain.value - gain.lower)
    needed = judge(-half, half, margin=seen.margin, n=gain.rows)
    more = (
        needed.sentence
        if needed.reason == "too_wide"
        else "A gain of the size of the margin may be there, and may not."
    )
    return "not_enough_data", "Whether the challenger is better can't be told", more


def _metrics(study: Study, seen: Compared) -> tuple[Finding, ...]:
    if not seen.metrics:
        return ()
    metrics = {each.metric: get_metric(each.metric, study.task) for each in seen.metrics}
    worse = [each for each in seen.metrics if each.upper < -metrics[each.metric].default_margin(each.champion)]
    evidence = {f"{each.metric}_{end}": known(getattr(each, end)) for each in seen.metrics for end in ("gain", "lower", "upper")}  # fmt: skip
    if worse:
        listed = "; ".join(f"{each.label} {_better(each)}" for each in worse)
        claim = f"By {len(worse)} of {len(seen.metrics)} other metrics the challenger is worse beyond their margins: {listed}."
        action = "Decide which metric the use of the model calls for before you swap."
        return (Finding(code="LC-CM-03", status="warning", claim=claim, action=action, evidence=evidence),)
    listed = ", ".join(f"{each.label} {_better(each)}" for each in seen.metrics)
    claim = (
        f"By none of {len(seen.metrics)} other metrics is the challenger surely worse beyond their margins: {listed}."
    )
    return (Finding(code="LC-CM-03", status="passed", claim=claim, evidence=evidence),)


def _value(_: Study, seen: Compared) -> tuple[Finding, ...]:
    found = seen.value
    if found is None:
        return ()
    margin = max(_VALUE_MARGIN * abs(found.champion), 1e-12)
    verdict = judge(-found.upper, -found.lower, margin=margin, n=found.rows, estimate=-found.gain)
    said = {
        "failed": "it loses money",
        "passed": "it earns more" if found.lower > 0 else "it loses no more than the margin",
        "not_enough_data": "whether it loses money can't be told",
    }[verdict.status]
    claim = (
        f"A decision is worth {number(found.challenger)} by the challenger and {number(found.champion)} by the model in service, {_better(found)}: "
        f"{said} (margin {number(margin)}). Only rows whose outcome is known count."
    )
    action = {
        "failed": "Choose the challenger's decision threshold by value before you swap, or keep the model.",
        "passed": "",
        "not_enough_data": f"Let both decide on more rows. {verdict.sentence}",
    }[verdict.status]
    evidence = _evidence(found) | {"margin": margin}
    return (
        Finding(code="LC-CM-04", status=verdict.status, claim=claim, action=action, evidence=evidence,
                cost=max(-found.gain, 0.0), cost_unit="value per decision"),
    )  # fmt: skip


def _calibration(_: Study, seen: Compared) -> tuple[Finding, ...]:
    if not seen.forecasts:
        return ()
    champion, challenger = seen.forecasts
    evidence = {
        f"{each.model}_{name}": known(getattr(each, name))
        for each in seen.forecasts
        for name in ("bias", "bias_lower", "bias_upper", "slope", "distance", "distance_lower", "distance_upper")
    }
    theirs, ours = (_distance(each) for each in (challenger, champion))
    margin = seen.forecast_margin
    far = judge(challenger.distance_lower, challenger.distance_upper, margin=margin, n=1).status
    status: Status = "warning" if far == "failed" else far
    said = {
        "warning": "the challenger's forecasts need recalibration",
        "passed": "the challenger's forecasts can be taken as they are",
        "not_enough_data": "whether the challenger's need recalibration can't be told",
    }[status]
    claim = f"The challenger's forecasts lie {theirs} from what comes true, the model's {ours}: {said} (margin {number(margin)})."
    action = {
        "warning": "Recalibrate it on rows that it hasn't learned from; until then its probabilities and thresholds mislead.",
        "passed": "",
        "not_enough_data": "Let both answer more rows before you act on its probabilities.",
    }[status]
    return (Finding(code="LC-CM-05", status=status, claim=claim, action=action, evidence=evidence),)


def _distance(found: Forecasts) -> str:
    return estimate(found.distance, found.distance_lower, found.distance_upper)


def _groups(study: Study, seen: Compared) -> tuple[Finding, ...]:
    if not seen.groups_asked:
        claim = "Whether the challenger is worse for some group can't be told: the study names no groups."
        return (
            Finding(code="LC-CM-06", status="not_applicable", claim=claim, action="Pass groups= to the study, or slices= here."),
        )  # fmt: skip
    if not seen.groups:
        claim = f"No group has rows enough for {study.metric.label}."
        return (Finding(code="LC-CM-06", status="not_enough_data", claim=claim, action="Let both answer more rows."),)
    worse = [each for each in seen.groups if each.upper < -seen.margin]
    unclear = [each for each in seen.groups if each not in worse and not each.lower > -seen.margin]
    evidence = {"groups": len(seen.groups), "worse": len(worse), "unclear": len(unclear), "margin": seen.margin}
    if worse:
        claim = f"The challenger is worse beyond the margin for {_named(worse)} (all {len(seen.groups)} groups judged at once)."
        action = "Don't swap for these groups, or find out what the challenger lacks there."
        return (Finding(code="LC-CM-06", status="failed", claim=claim, action=action, evidence=evidence),)
    if unclear:
        claim = (
            f"For {len(seen.groups) - len(unclear)} of {len(seen.groups)} groups a loss beyond the margin is ruled out; it isn't for "
            f"{_named(sorted(unclear, key=lambda each: each.gain))}."
        )
        return (
            Finding(code="LC-CM-06", status="not_enough_data", claim=claim, action="Let both answer more rows of these groups.", evidence=evidence),
        )  # fmt: skip
    claim = f"In none of {len(seen.groups)} groups is the challenger worse beyond the margin; the least gain is that of {_named([min(seen.groups, key=lambda each: each.gain)])}."
    return (Finding(code="LC-CM-06", status="passed", claim=claim, evidence=evidence),)


def _named(found: Sequence[Contrast]) -> str:
    listed = [f"{short(each.label)} ({_better(each)})" for each in found[:_MOST_NAMED]]
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(listed) + more


def _decisions(_: Study, seen: Compared) -> tuple[Finding, ...]:
    found, p = seen.pair.decisions, seen.pair.decisions_p_value
    if found is None:
        return ()
    apart = found.only_first + found.only_second
    evidence = {"only_champion": found.only_first, "only_challenger": found.only_second, "p_value": p, "exact_p_value": found.exact}  # fmt: skip
    counts = (
        f"Of {_whole(apart)} decisions that only one gets right ({number(apart / seen.pair.ours.n, 'percent')} of the rows), "
        f"{_whole(found.only_second)} are the challenger's ({p_words(p)})"
    )
    status: Status = "passed"
    said, action = "neither surely decides right more often", ""
    if apart < _FEWEST_DECIDING:
        status, said, action = (
            "not_enough_data",
            "too few to tell",
            "Compare scores instead: their decisions hardly differ.",
        )
    elif p < 0.05 and found.only_second > found.only_first:
        said = "it decides right more often"
    elif p < 0.05:
        status, said = "warning", "it decides right less often"
        action = "Look whether its decision threshold fits before you look at the model."
    return (Finding(code="LC-CM-07", status=status, claim=f"{counts}: {said}.", action=action, evidence=evidence),)


def _over_time(study: Study, seen: Compared) -> tuple[Finding, ...]:
    if not seen.timed:
        claim = "Whether the challenger is ahead throughout can't be told: these rows have no time."
        return (Finding(code="LC-CM-08", status="not_applicable", claim=claim, action="Pass time= to the study."),)
    if len(seen.chunks) < 2:
        claim = f"Too few chunks of time have rows enough for {study.metric.label}."
        return (Finding(code="LC-CM-08", status="not_enough_data", claim=claim, action="Let both answer for longer."),)
    ahead = sum(each.gain > 0 for each in seen.chunks)
    behind = [each for each in seen.chunks if each.upper < 0]
    sure = [each for each in seen.chunks if each.lower > 0]
    evidence = {"chunks": len(seen.chunks), "ahead": ahead, "surely_ahead": len(sure), "surely_behind": len(behind)}
    claim = f"The challenger is ahead in {ahead} of {len(seen.chunks)} chunks of time, surely in {len(sure)} (all judged at once)"
    if behind:
        claim += f"; it is surely behind in {_named(behind)}."
        action = "Find out what was different then: it will come again."
        return (Finding(code="LC-CM-08", status="warning", claim=claim, action=action, evidence=evidence),)
    return (Finding(code="LC-CM-08", status="passed", claim=f"{claim}, and surely behind in none.", evidence=evidence),)


def _origin(_: Study, seen: Compared) -> tuple[Finding, ...]:
    origin = seen.origin
    evidence = {"learned_rows": origin.rows, "shared_rows": origin.shared}
    if not origin.known:
        claim = f"What {seen.name} learned from isn't known here: had it seen the rows that judge it, the comparison would flatter it."
        action = "Pass the table that it was fitted on as learned_from=; the rows that both hold are then left out."
        return (Finding(code="LC-CM-09", status="not_run", claim=claim, action=action),)
    if origin.shared:
        claim = (
            f"{_whole(origin.shared)} of the rows that were to judge it had taught the challenger; they were left out."
        )
        action = "Judge challengers on rows that came after their training."
        return (Finding(code="LC-CM-09", status="warning", claim=claim, action=action, evidence=evidence),)
    if origin.newest:
        claim = f"The challenger learned from rows up to {short(origin.newest)}, but those that judge it begin at {short(origin.first_judged)}: it had hindsight."
        action = "Judge it on rows that came after its newest one."
        return (Finding(code="LC-CM-09", status="warning", claim=claim, action=action, evidence=evidence),)
    claim = f"None of the rows that judge it are among the {_whole(origin.rows)} that the challenger learned from."
    return (Finding(code="LC-CM-09", status="passed", claim=claim, evidence=evidence),)


def _unlabelled(_: Study, seen: Compared) -> tuple[Finding, ...]:
    if not seen.unlabelled:
        return ()
    share = seen.unlabelled / (seen.unlabelled + seen.pair.gain.rows)
    claim = (
        f"{number(share, 'percent')} of these rows ({_whole(seen.unlabelled)}) have no outcome, or no answer by one of the two, and don't judge: "
        "what a model decided may have kept them from having one."
    )
    evidence = {"without_outcome": seen.unlabelled, "share": share}
    action = "Ask whether they are missing because of late labels or because of decisions; the latter favours the model that decided."
    return (Finding(code="LC-CM-10", status="warning", claim=claim, action=action, evidence=evidence),)
