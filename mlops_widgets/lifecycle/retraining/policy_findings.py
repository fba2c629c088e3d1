"""What policies cost against never retraining, in words."""

import math
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import digits_for, interval, known, number

if TYPE_CHECKING:
    from mlops_widgets.lifecycle.retraining.result import RetrainingResult
    from mlops_widgets.lifecycle.retraining.standings import Standing


_LONGER = "Cut time finer, or wait for more labelled chunks."


def find(result: "RetrainingResult") -> tuple[Finding, ...]:
    """Return the verdicts: LC-SR-01 never against the best, 02 policies that lose, 03 the oracle, 04 breakeven, 05 alarms."""
    found = [_headline(result), _losers(result), _oracle(result), _breakeven(result), _alarms(result)]
    return tuple(each for each in found if each is not None)


def amount(result: "RetrainingResult", value: float, *ends: float) -> str:
    """Return a total with its unit, "1.2 log loss"; `ends` are those of its interval, which set its digits."""
    known_ends = [each for each in ends if math.isfinite(each)]
    digits = digits_for(*known_ends) if len(known_ends) == 2 and known_ends[0] != known_ends[1] else None
    unit = result.value_unit or ("" if result.loss_name == "loss" else result.loss_name)
    return f"{number(value, digits=digits)} {unit}".strip()


def part(result: "RetrainingResult") -> str:
    """Return "the 22 weeks from 2024-07-01 on" for the judged part."""
    chunks = len(result.chunk_labels) - result.split
    return (
        f"the {chunks} {result.by}{'' if chunks == 1 else 's'} from {result.chunk_labels[result.split]} on"
        if chunks
        else "no chunk"
    )


def saved(result: "RetrainingResult", each: "Standing") -> str:
    """Return "4.2 log loss less than never [2.1, 6.3]"."""
    side = "less" if each.difference < 0 else "more"
    ends = sorted((abs(each.lower), abs(each.upper))) if each.lower * each.upper > 0 else (-each.upper, -each.lower)
    if each.difference > 0 and each.lower * each.upper <= 0:
        ends = (each.lower, each.upper)
    digits = digits_for(*ends) if all(map(math.isfinite, ends)) and ends[0] != ends[1] else None
    said = f"{amount(result, abs(each.difference), *ends)} {side} than never retraining"
    return f"{said} {interval(*ends, digits=digits)}" if digits is not None else said


def _headline(result: "RetrainingResult") -> Finding:
    others = [each for each in result.policies if each.kind != "never"]
    status, claim, action = _verdict(result, others)
    evidence: dict[str, float | int | str | bool | None] = {
        "never": result.judged_never, "margin": result.margin, "retrain_cost": result.retrain_cost, "chunks": len(result.chunk_labels) - result.split,
        "block": result.block, "oracle": result.judged_oracle, "hindsight_best": result.best_name, "hindsight_best_total": result.best_total,
    }  # fmt: skip
    if others:
        best = others[0]
        evidence |= {
            "policy": best.name,
            "difference": best.difference,
            "lower": known(best.lower),
            "upper": known(best.upper),
        }
    better = [each for each in others if each.verdict == "better"]
    cost = -better[0].difference if better else None
    return Finding(code="LC-SR-01", status=status, claim=claim, evidence=evidence, action=action, cost=cost,
                   cost_unit=result.value_unit or result.loss_name if better else "")  # fmt: skip


def _verdict(result: "RetrainingResult", others: list["Standing"]) -> tuple[Status, str, str]:
    where = part(result)
    judged = [each for each in others if math.isfinite(each.lower) and each.verdict != "same as never"]
    better = [each for each in judged if each.verdict == "better"]
    if better:
        best = better[0]
        status: Status = "failed" if best.upper < -result.margin else "warning"
        claim = (
            f"retraining by “{best.name}” costs {saved(result, best)}, over {where} ({_times(best.judged_retrains)})"
        )
        return (
            status,
            claim,
            f"Schedule “{best.name}”: it stays ahead while a retrain costs less than {amount(result, best.breakeven_cost)}.",
        )
    if not others or not judged:
        if others and all(each.verdict == "same as never" for each in others):
            return (
                "passed",
                f"no policy would have retrained in {where}",
                "Keep the model, and look again when more chunks are in.",
            )
        return (
            "not_enough_data",
            f"too few chunks to judge a policy: {where}",
            _LONGER,
        )
    best = judged[0]
    if all(each.lower > -result.margin for each in judged):
        claim = f"never retraining is as good as any policy within {amount(result, result.margin)}, over {where}"
        return "passed", claim, "Keep the model; a retrain that costs anything wouldn't have paid."
    claim = f"no policy is distinguishably better than never retraining, over {where}: the cheapest, “{best.name}”, costs {saved(result, best)}"
    return "not_enough_data", claim, "Keep the model for now; more chunks tell policies apart."


def _times(retrains: int) -> str:
    return "1 retrain" if retrains == 1 else f"{number(retrains, 'integer')} retrains"


def _losers(result: "RetrainingResult") -> Finding | None:
    worse = [each for each in result.policies if each.verdict == "worse"]
    if not worse:
        return None
    last = worse[-1]
    names = ", ".join(f"“{each.name}”" for each in worse[:4]) + (
        f" and {len(worse) - 4} more" if len(worse) > 4 else ""
    )
    verb = "costs" if len(worse) == 1 else "cost"
    claim = f"{names} {verb} more than never retraining; “{last.name}” {saved(result, last)}"
    return Finding(code="LC-SR-02", status="warning", claim=claim, evidence={each.name: each.difference for each in worse},
                   action="Don't schedule these at this cost of a retrain.")  # fmt: skip


def _oracle(result: "RetrainingResult") -> Finding | None:
    best, regret = result.best, result.best.judged_total - result.judged_oracle
    if len(result.chunk_labels) - result.split < 2:
        return None
    how = (
        "the optimum in hindsight, which no choice made before could reach"
        if result.oracle_is_hindsight
        else "an oracle scored on rows that it didn't choose on"
    )
    claim = (
        f"“{best.name}” costs {amount(result, regret)} more than {how}"
        if regret > 0
        else f"“{best.name}” costs no more than {how}"
    )
    return Finding(
        code="LC-SR-03", status="passed" if regret <= result.margin else "warning", claim=claim,
        evidence={"regret": regret, "oracle": result.judged_oracle, "policy": best.name, "hindsight": result.oracle_is_hindsight},
        action="" if regret <= result.margin else "Look where the oracle retrains: what would have told you?",
    )  # fmt: skip


def _breakeven(result: "RetrainingResult") -> Finding | None:
    known_ = [each for each in result.policies if math.isfinite(each.breakeven_cost)]
    if not known_:
        return None
    best = known_[0]
    status: Status = "warning" if 0 < best.breakeven_cost < result.retrain_cost else "passed"
    claim = f"“{best.name}” pays while one retrain costs less than {amount(result, best.breakeven_cost)}; it is taken to cost {number(result.retrain_cost)}"
    if all(not math.isfinite(each.lower) for each in known_):
        status, claim = (
            "not_enough_data",
            f"too few chunks to say what a retrain may cost: the point estimate for “{best.name}” is {amount(result, best.breakeven_cost)}",
        )
    elif best.breakeven_cost <= 0:
        claim = f"“{best.name}” wouldn't pay even if a retrain cost nothing"
    elif best.verdict != "better":
        status = "not_enough_data"
        claim = (
            f"“{best.name}” would pay while one retrain costs less than {amount(result, best.breakeven_cost)} by the point estimate, which can't be "
            "told from nothing"
        )
    return Finding(code="LC-SR-04", status=status, claim=claim, evidence={each.name: each.breakeven_cost for each in known_},
                   action=_LONGER if status == "not_enough_data" else "" if status == "passed" else "Check what a retrain costs: compute, labels, review.")  # fmt: skip


def _alarms(result: "RetrainingResult") -> Finding | None:
    triggers = [each for each in result.policies if math.isfinite(each.alarm_share) and not each.gate]
    if not triggers:
        return None
    dated = math.isfinite(result.chunks_a_year)
    times, per = (result.chunks_a_year, "a year") if dated else (100.0, "in 100 chunks")
    rates = {each.name: each.alarm_share * times for each in triggers}
    worst = max(rates, key=lambda name: rates[name])
    most = f", the most of {len(rates)} triggers" if len(rates) > 1 else ""
    claim = f"if readings went on as in the first part, “{worst}” would alarm {number(rates[worst])} times {per}{most}"
    return Finding(
        code="LC-SR-05", status="passed" if rates[worst] <= 1 else "warning", claim=claim, evidence=dict(rates),
        action="" if rates[worst] <= 1 else "Use it with a gate, so that a false alarm costs a retrain and no worse model.",
    )  # fmt: skip
