"""What the replay of a rollout says, in sentences with a verdict: findings OV-RO-01 to OV-RO-07."""

import math
from dataclasses import dataclass

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import NO_BREAK, estimate, known, number, p_words
from mlops_widgets.errors import MissingInputError, ModelError
from mlops_widgets.measures.experiments.confidence_sequences import FEWEST_ROWS
from mlops_widgets.measures.experiments.ramps import Guard
from mlops_widgets.measures.intervals import Estimate, harm
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.experiments.outlook import RolloutScenario, RolloutStage
from mlops_widgets.overfitting.experiments.shadow import First
from mlops_widgets.study.challengers import Challenge
from mlops_widgets.study.side_by_side import SideBySide
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

_NORMAL = 1.959964
_FEWEST_DECIDING = 10
_MUCH = 0.5


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was measured: see `RolloutResult`; `randomised` is the name of what a ramp splits."""

    challenge: Challenge
    shadow: SideBySide
    guards: tuple[Guard, ...]
    stages: tuple[RolloutStage, ...]
    scenarios: tuple[RolloutScenario, ...]
    margin: float
    alpha: float
    simulations: int
    first: First | None
    first_share: float
    tested: Estimate | None
    rows_a_unit: float
    randomised: str


def rollout_findings(study: Study, facts: Facts) -> tuple[Finding, ...]:
    """Return the verdict on the challenger first, then decisions, the ramp, its rows, what is missing, and the first rows."""
    return (
        _in_shadow(study, facts), *_decisions(facts), _ramp(facts), *_needed(facts), _unseen(study, facts),
        *_first(study, facts), *_value(facts),
    )  # fmt: skip


def _percent(share: float) -> str:
    whole = abs(share * 100 - round(share * 100)) < 1e-9
    return number(share, "percent", digits=0 if whole or 0.0995 <= share <= 0.985 else 1)


def _written(found: Estimate) -> str:
    return estimate(found.value, found.lower, found.upper)


def _in_shadow(study: Study, facts: Facts) -> Finding:
    shadow, margin = facts.shadow, facts.margin
    gain = shadow.gain
    verdict = judge(-gain.upper, -gain.lower, margin=margin, n=gain.rows, estimate=-gain.value)
    scores = f"{study.metric.label} {_written(shadow.challenger)} against {_written(shadow.incumbent)} of today's model"
    word, value = ("better", gain) if gain.value >= 0 else ("worse", _mirrored(gain))
    told = {
        "failed": "it is worse beyond the margin",
        "passed": "it is better" if gain.lower > 0 else "it is no worse than the margin allows",
        "not_enough_data": "whether it is worse beyond the margin can't be told yet",
    }[verdict.status]
    name = facts.challenge.name
    claim = (
        f"On the same {number(gain.rows, 'integer')} rows of {facts.challenge.where}, {name} has {scores}: {_written(value)} {word}, "
        f"so {told} (margin {number(margin)})."
    )
    action = {
        "failed": "Don't roll it out; find the rows on which it is worse.",
        "passed": "Roll it out in steps all the same: a replay can't show how the world reacts to its decisions."
        if gain.lower > 0
        else "It costs nothing to swap, and gains nothing that can be told: decide by what else it brings.",
        "not_enough_data": f"Let it answer in shadow for longer. {verdict.sentence}",
    }[verdict.status]
    evidence = {"gain": gain.value, "lower": gain.lower, "upper": gain.upper, "margin": margin, "rows": gain.rows}
    ranked = shadow.ranked
    if ranked is not None:
        evidence |= {"delong_lower": ranked.lower, "delong_upper": ranked.upper, "delong_p_value": ranked.p_value}
    return Finding(
        code="OV-RO-01", status=verdict.status, claim=claim, action=action, evidence=evidence, cost=max(-gain.value, 0.0),
        cost_unit=study.metric.label,
    )  # fmt: skip


def _mirrored(found: Estimate) -> Estimate:
    return Estimate(value=-found.value, lower=-found.upper, upper=-found.lower, level=found.level, rows=found.rows,
                    units=found.units, events=found.events)  # fmt: skip


def _decisions(facts: Facts) -> tuple[Finding, ...]:
    found = facts.shadow.decisions
    if found is None:
        return ()
    apart, p = found.only_first + found.only_second, facts.shadow.decisions_p_value
    evidence = {
        "only_incumbent": found.only_first,
        "only_challenger": found.only_second,
        "p_value": p,
        "exact_p_value": found.exact,
    }
    share = _percent(apart / facts.shadow.ours.n)
    counts = (
        f"Of {number(apart, 'integer')} decisions that only one of the two gets right ({share} of the rows), "
        f"{number(found.only_second, 'integer')} are the challenger's ({p_words(p)})"
    )
    status: Status
    if apart < _FEWEST_DECIDING:
        status, said, action = (
            "not_enough_data",
            "too few to tell.",
            "Compare scores instead: the decisions hardly differ.",
        )
    elif p >= 0.05:
        status, said, action = "passed", "neither decides right surely more often.", ""
    elif found.only_second > found.only_first:
        status, said, action = "passed", "it decides right more often.", ""
    else:
        status, said = "warning", "it decides right less often."
        action = "Look whether its decision threshold fits before you look at the model."
    return (Finding(code="OV-RO-02", status=status, claim=f"{counts}: {said}", action=action, evidence=evidence),)


def _ramp(facts: Facts) -> Finding:
    by_name = {each.name: each for each in facts.scenarios}
    if not facts.stages[-1].readable:
        claim = f"This ramp can't be read: at no stage does the challenger get {FEWEST_ROWS} units ({facts.randomised[:60]}s) on this traffic."
        action = "Compare in shadow, where both models answer every row, or make the stages longer (stage_rows=)."
        return Finding(code="OV-RO-03", status="not_enough_data", claim=claim, action=action)
    if not by_name:
        return Finding(
            code="OV-RO-03", status="not_applicable", action="Pass more labelled rows, or another metric=.",
            claim="The ramp can't be simulated: on these rows the metric hardly varies from one to the next.",
        )  # fmt: skip
    worse, equal = by_name["worse"], by_name["equal"]
    shares = [_percent(stage.share).removesuffix(NO_BREAK + "%") for stage in facts.stages]
    steps = f"{', '.join(shares[:-1])} and {shares[-1]}" if len(shares) > 1 else shares[0]
    naive = float(worse.looks_better_by[0])
    claim = (
        f"A challenger truly worse by the margin ({number(facts.margin)}) would be shipped in {_percent(naive)} of rollouts by whoever goes by "
        f"the better number after the first stage, and in {_percent(worse.shipped)} by a ramp of {steps}{NO_BREAK}% with its intervals; one "
        f"that is no different is shipped in {_percent(equal.shipped)}, rolled back in {_percent(equal.rolled_back)}, and otherwise waits."
    )
    room = 3 * math.sqrt(facts.alpha * (1 - facts.alpha) / facts.simulations)
    status: Status = "passed" if equal.shipped >= _MUCH else "not_enough_data"
    action = "Use the ramp's rule, not the better number."
    if max(worse.shipped, equal.rolled_back) > facts.alpha + room:
        status, action = (
            "failed",
            "Don't go by this rule: on your rows it errs more often than it promises. Make the first stage longer.",
        )
    elif status == "not_enough_data":
        action = "Mostly this ramp ends undecided: make the last stage longer (stage_rows=), or compare in shadow, which needs fewer rows."
    evidence = {
        "worse_shipped": worse.shipped, "worse_rolled_back": worse.rolled_back, "worse_naive": naive,
        "equal_shipped": equal.shipped, "equal_rolled_back": equal.rolled_back, "equal_waiting": equal.waiting,
        "worse_exposed_share": worse.exposed_share,
    }  # fmt: skip
    return Finding(code="OV-RO-03", status=status, claim=claim, action=action, evidence=evidence)


def _needed(facts: Facts) -> tuple[Finding, ...]:
    last = facts.stages[-1]
    if not last.needed_rows:
        return ()
    enough = last.rows >= last.needed_rows
    days = f" ({number(math.ceil(last.needed_days), 'integer')} days)" if math.isfinite(last.needed_days) else ""
    unreadable = [] if not last.readable else [_percent(stage.share) for stage in facts.stages if not stage.readable]
    claim = (
        f"To rule out a harm beyond the margin takes about {number(_two_digits(last.needed_rows), 'integer')} rows of traffic{days} at "
        f"{_percent(last.share)}; here each stage has {number(last.rows, 'integer')}."
    )
    if unreadable:
        claim += f" At {unreadable[-1]} an arm has too few to read anything: that stage only limits the damage."
    times = _times_in_shadow(facts)
    if times is not None and times >= 2:
        claim += f" In shadow, where both models answer every row, 1 row in {number(times, 'integer')} tells as much."
    evidence = {
        "rows": last.rows,
        "needed_rows": last.needed_rows,
        "needed_days": known(last.needed_days),
        "shadow_times": times,
    }
    action = (
        "" if enough else f"Run the last stage for about {number(_two_digits(last.needed_rows), 'integer')} rows of traffic, or "
        "accept a larger margin before you start."
    )  # fmt: skip
    return (
        Finding(
            code="OV-RO-04", status="passed" if enough else "not_enough_data", claim=claim, action=action,
            evidence=evidence,
        ),
    )  # fmt: skip


def _two_digits(rows: float) -> int:
    step: int = 10 ** max(0, math.floor(math.log10(max(rows, 1))) - 1)
    return math.ceil(rows / step) * step


def _times_in_shadow(facts: Facts) -> float | None:
    """Return how many times the rows the last split stage takes for what the paired comparison tells; None if unknown."""
    guard = facts.guards[0]
    apart = guard.challenger.values - guard.incumbent.values
    paired = float(apart.var(ddof=1)) * guard.incumbent.units / len(apart) if len(apart) > 1 else math.nan
    split = guard.variance(facts.stages[-1].share)
    return split / paired if paired > 0 and math.isfinite(split) else None


def _unseen(study: Study, facts: Facts) -> Finding:
    """Say which rows have no outcome because of the model's own decisions, where the study tells what was decided."""
    table, column = study.tables[facts.challenge.table.name], study.roles.decision
    feedback = "A replay can't show what a model's decisions do to the world."
    if column is None or column not in table or study.task == "regression":
        return Finding(
            code="OV-RO-05", status="not_applicable",
            claim=f"{feedback} Whether some rows have no outcome because of what was decided can't be told: this study names no decision.",
            action="Pass the column with the decisions that were taken as decision=.",
        )  # fmt: skip
    decided = study.outcome.encode(table[column], where=f"decision in {table.name}")
    missing = np.isnan(study.labels(table))
    classes = [code for code in range(len(study.outcome.classes)) if (decided == code).any()]
    share = {code: float(missing[decided == code].mean()) for code in classes}
    worst = max(share, key=share.__getitem__) if share else 0
    lost = missing & (decided == worst)
    evidence: dict[str, float | int | str | bool | None] = {
        "unlabelled": int(missing.sum()),
        "rows": table.rows,
        "most_missing_share": share.get(worst, 0.0),
    }
    if not lost.any() or share[worst] - min(share.values()) < 0.05:
        claim = f"{feedback} Outcomes are missing about as often whatever was decided ({_percent(float(missing.mean()))} of the rows)."
        return Finding(code="OV-RO-05", status="passed", claim=claim, evidence=evidence)
    other = _otherwise(facts, table.take(np.flatnonzero(lost)), worst)
    claim = (
        f"{_percent(float(lost.mean()))} of {table.name} was decided one way and mostly has no outcome "
        f"({_percent(share[worst])} of such rows, against {_percent(min(share.values()))}): neither model can be judged there{other}. {feedback}"
    )
    return Finding(
        code="OV-RO-05", status="warning", claim=claim, evidence=evidence,
        action="Decide a few such rows at random, so that their outcomes are seen; until then the comparison holds for the others only.",
    )  # fmt: skip


def _otherwise(facts: Facts, lost: Table, code: int) -> str:
    try:
        said = facts.challenge.model.predictions(lost)
    except (MissingInputError, ModelError):  # it decides nothing, or not on rows like these
        return ""
    return f", and the challenger would decide {_percent(float((said != code).mean()))} of them otherwise"


def _first(study: Study, facts: Facts) -> tuple[Finding, ...]:
    first, tested = facts.first, facts.tested
    if first is None:
        if facts.challenge.table.name != getattr(study.production, "name", None):
            return ()
        claim = f"The first {_percent(facts.first_share)} of production gave your model no score: too few rows, or rows of one class."
        return (Finding(code="OV-RO-06", status="not_enough_data", claim=claim, action="Pass a larger first_share=."),)
    told = (
        f"The first {_percent(facts.first_share)} of production ({number(first.rows, 'integer')} rows) gave your model "
        f"{study.metric.label} {_written(first.score)}, all of it {number(first.overall)}"
    )
    evidence = {
        "first": first.score.value, "lower": first.score.lower, "upper": first.score.upper, "production": first.overall,
    }  # fmt: skip
    if tested is None:
        return (Finding(code="OV-RO-06", status="passed", claim=f"{told}.", evidence=evidence),)
    lost = harm(study.metric, tested, first.score)
    verdict = judge(lost.lower, lost.upper, margin=facts.margin, n=first.rows, estimate=lost.value)
    said = {
        "failed": "a first stage would have stopped a launch on the test's number",
        "passed": "no loss beyond the margin shows there",
        "not_enough_data": "too few rows to tell a loss beyond the margin",
    }[verdict.status]
    claim = f"{told}; the test had promised {_written(tested)}: {said}."
    action = {
        "failed": "Launch the next model to a few percent first, and read its score there before going on.",
        "passed": "Go on watching: what comes later may differ.", "not_enough_data": f"Wait for more labels. {verdict.sentence}",
    }[verdict.status]  # fmt: skip
    return (
        Finding(
            code="OV-RO-06", status=verdict.status, claim=claim, action=action,
            evidence=evidence | {"test": tested.value, "harm": lost.value}, cost=max(lost.value, 0.0), cost_unit=study.metric.label,
        ),
    )  # fmt: skip


def _value(facts: Facts) -> tuple[Finding, ...]:
    if len(facts.guards) < 2:
        return ()
    guard = facts.guards[1]
    count = guard.incumbent.units
    apart = guard.challenger.values - guard.incumbent.values
    error = float(apart.std(ddof=1)) / math.sqrt(len(apart)) if len(apart) > 1 else math.inf
    lower, upper = guard.seen - _NORMAL * error, guard.seen + _NORMAL * error
    verdict = judge(-upper, -lower, margin=guard.margin, n=count, estimate=-guard.seen)
    claim = (
        f"A decision is worth {number(guard.challenger.value)} with the challenger and {number(guard.incumbent.value)} with your model: "
        f"{estimate(guard.seen, lower, upper)} apart (margin {number(guard.margin)}, 5 % of today's)."
    )
    action = "" if verdict.status == "passed" else "The ramp guards it: it is rolled back where value is surely lost."
    return (
        Finding(
            code="OV-RO-07", status=verdict.status, claim=claim, action=action,
            evidence={"gain": guard.seen, "lower": lower, "upper": upper, "margin": guard.margin}, cost=max(-guard.seen, 0.0),
        ),
    )  # fmt: skip
