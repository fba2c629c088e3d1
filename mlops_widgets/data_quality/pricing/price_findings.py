"""What the prices say in words: which kind of error to fix first, and which the model could not bear more of."""

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import capital, estimate, known, number
from mlops_widgets.data_quality.pricing.injections import NOUNS
from mlops_widgets.data_quality.pricing.prices import Place, Price
from mlops_widgets.data_quality.pricing.repairs import ROW_KINDS
from mlops_widgets.errors import listed

if TYPE_CHECKING:
    from mlops_widgets.data_quality.pricing.price_issues import PriceResult

Evidence = dict[str, float | int | str | bool | None]
_NAMED = 3
_WHERE: dict[Place, str] = {
    "serving": "at serve time", "training": "in training", "both": "in training and at serve time",
}  # fmt: skip


def find(result: "PriceResult") -> tuple[Finding, ...]:
    """Return the headline, what each repair gains, what more errors would cost, and what wasn't measured."""
    costs = to_do(result)
    return (
        _headline(result, costs),
        *(_of_cost(result, price) for price in costs),
        *_sensitivity(result, "serving", "DQ-PI-03"),
        *_sensitivity(result, "training", "DQ-PI-04"),
        *_in_other_metrics(result),
        *_refused(result),
        *_noise(result),
        *_not_trained(result),
        *_skipped(result),
    )


def to_do(result: "PriceResult") -> tuple[Price, ...]:
    """Return one price a kind that was found, the largest lower limit first: repaired everywhere, else at serve time."""
    best: dict[str, Price] = {}
    for place in ("both", "serving", "training"):
        for price in result.of("cost", place):
            if price.kind not in best and not isnan(price.loss):
                best[price.kind] = price
    return tuple(sorted(best.values(), key=lambda price: (-price.lower if not isnan(price.lower) else 0.0, price.kind)))


def _headline(result: "PriceResult", costs: Sequence[Price]) -> Finding:
    beyond = [price for price in costs if price.status == "failed"]
    open_ones = [price for price in costs if price.status == "not_enough_data"]
    evidence: Evidence = {
        "found_kinds": len(costs), "beyond_margin": len(beyond), "unresolved": len(open_ones), "margin": result.margin,
        "score": known(result.score), "splits": result.splits, "share": result.share, "unrepaired": result.unrepaired,
        "serving_table": result.serving_table, "serving_rows": result.serving_rows,
    }  # fmt: skip
    margin = f"the margin of {number(result.margin)}"
    if beyond:
        first = beyond[0]
        return Finding(
            code="DQ-PI-01", status="failed", evidence=evidence, cost=first.loss, cost_unit=result.metric_label,
            claim=f"Fix {first.label} first: repaired {_WHERE[first.place]}, they give back {_amount(first)}, more than {margin}.",
            action=_in_turn(beyond),
        )  # fmt: skip
    if open_ones:
        first = open_ones[0]
        return Finding(
            code="DQ-PI-01",
            status="not_enough_data",
            evidence=evidence,
            claim=_open_claim(first, margin),
            action=_more_rows(open_ones),
        )
    if costs:
        first = costs[0]
        claim = (
            f"No kind of error found costs the model more than {margin}; the dearest, {first.label}, {_amount(first)}."
        )
        return Finding(
            code="DQ-PI-01", status="passed", evidence=evidence, claim=claim,
            action="Spend the effort elsewhere; repair what is cheap to repair, and keep a check against what the model can't bear.",
        )  # fmt: skip
    return _nothing_found(result, evidence)


def _nothing_found(result: "PriceResult", evidence: Evidence) -> Finding:
    claim = (
        "No error that can be repaired was found in the columns that the model uses, so there is nothing to pay for."
    )
    if result.unrepaired:
        claim = (
            f"{result.unrepaired:,} cells look wrong, but nobody knows what belongs there, so no repair can be priced."
        )
    return Finding(
        code="DQ-PI-01", status="not_applicable" if result.unrepaired else "passed", evidence=evidence, claim=claim,
        action="Look at what more errors would cost, and keep a check against the dearest kind.",
    )  # fmt: skip


def _open_claim(first: Price, margin: str) -> str:
    if first.lower > 0:
        return (
            f"Fix {first.label} first: repaired {_WHERE[first.place]}, they give back {_amount(first)}; whether that is more than "
            f"{margin} isn't measurable at this n."
        )
    return (
        f"What the errors found cost the model isn't measurable at this n: {first.label} cost {_amount(first)}, and {margin} lies "
        "inside."
    )


def _in_turn(beyond: Sequence[Price]) -> str:
    rest = [price.label for price in beyond[1:]]
    after = f" Then {listed_words(rest)}." if rest else ""
    return f"Repair {beyond[0].label} at the source, and refuse them with a contract.{after}"


def listed_words(words: Sequence[str]) -> str:
    """Return words as a sentence has them, without quotation marks."""
    return ", then ".join(words)


def _more_rows(prices: Sequence[Price]) -> str:
    needed = [price.needed_rows for price in prices if price.needed_rows]
    if needed:
        return f"About {max(needed):,} labelled rows would narrow every interval to the margin; more splits= narrow them a little."
    return "More splits= narrow the intervals a little; more labelled rows do it better."


def _amount(price: Price) -> str:
    return f"{estimate(price.loss, price.lower, price.upper)} {price.metric_label}"


def _hit(price: Price) -> str:
    noun = "rows" if price.kind in ROW_KINDS or (price.question == "sensitivity" and price.kind in NOUNS) else "cells"
    return f"{price.hit:,} {noun} ({number(price.share, 'percent')})"


def _evidence(price: Price) -> Evidence:
    return {
        "kind": price.kind, "place": price.place, "metric": price.metric, "loss": known(price.loss), "lower": known(price.lower),
        "upper": known(price.upper), "margin": known(price.margin), "hit": price.hit, "share": price.share,
        "splits": price.splits, "needed_rows": price.needed_rows,
    }  # fmt: skip


def _of_cost(result: "PriceResult", price: Price) -> Finding:
    verdict = {
        "failed": f"more than the margin of {number(price.margin)}",
        "passed": f"within the margin of {number(price.margin)}",
        "not_enough_data": f"whether that is more than the margin of {number(price.margin)} isn't measurable at this n",
    }[price.status]
    repaired = (
        f"{capital(price.label)}: {_hit(price)} repaired {_WHERE[price.place]} give back {_amount(price)}, {verdict}."
    )
    parts = [
        f"{_WHERE[each.place]} alone {_amount(each)}"
        for each in result.of("cost") if each.kind == price.kind and each.place != price.place and not isnan(each.loss)
    ]  # fmt: skip
    claim = f"{repaired} {capital('; '.join(parts))}." if parts else repaired
    action = {
        "failed": "Repair them at the source, and refuse them with a contract.",
        "passed": "",
        "not_enough_data": _more_rows([price]),
    }[price.status]
    harmful = [
        each for each in result.of("cost") if each.kind == price.kind and each.place != "both" and each.upper < 0
    ]
    if harmful and price.loss > 0:
        action = f"Repair them in both places at once: {_WHERE[harmful[0].place]} alone it makes the model worse. {action}".rstrip()
    return Finding(
        code="DQ-PI-02", status=price.status, claim=claim, action=action, evidence=_evidence(price),
        cost=price.loss if price.status == "failed" else None, cost_unit=result.metric_label,
    )  # fmt: skip


def _sensitivity(result: "PriceResult", place: Place, code: str) -> tuple[Finding, ...]:
    prices = [price for price in result.of("sensitivity", place) if not isnan(price.loss)]
    if not prices:
        return ()
    beyond = [price for price in prices if price.status == "failed"]
    open_ones = [price for price in prices if price.status == "not_enough_data"]
    worst = next(iter([*beyond, *open_ones, *prices]))
    status: Status = "warning" if beyond else "not_enough_data" if open_ones else "passed"
    dose = f"{capital(_WHERE[place])}, {number(result.share, 'percent')} more"
    cost = f"{worst.label} would cost {_amount(worst)}"
    margin = f"the margin of {number(worst.margin)}"
    claim = {
        "warning": f"{dose} {cost}, {_rank(beyond)} {margin}.",
        "not_enough_data": f"{dose} {cost}; for {len(open_ones):,} of {len(prices):,} kinds it isn't measurable at this n whether "
        f"they cost more than {margin}.",
        "passed": f"{dose} of any kind tried would cost less than {margin}; the dearest, {cost}.",
    }[status]  # fmt: skip
    action = {
        "warning": f"Refuse {worst.label} before they reach the model: {'a contract on what it is asked' if place == 'serving' else 'a check before it learns'}.",
        "not_enough_data": _more_rows(open_ones),
        "passed": "",
    }[status]  # fmt: skip
    return (Finding(code=code, status=status, claim=claim, action=action, evidence=_evidence(worst)),)


def _rank(beyond: Sequence[Price]) -> str:
    return "the only kind beyond" if len(beyond) == 1 else f"the dearest of {len(beyond):,} kinds beyond"


def _in_other_metrics(result: "PriceResult") -> tuple[Finding, ...]:
    """Return what the study's own metric doesn't show: a kind that is beyond the margin of another one only."""
    own = {
        (price.question, price.kind, price.place): price.status
        for price in result.prices
        if price.metric == result.metric
    }
    unseen = [
        price for price in result.prices
        if price.metric != result.metric and price.status == "failed"
        and own.get((price.question, price.kind, price.place)) != "failed"
    ]  # fmt: skip
    if not unseen:
        return ()
    said = [
        f"{price.label} {_WHERE[price.place]} {'cost' if price.question == 'cost' else 'would cost'} {_amount(price)}"
        for price in unseen[:_NAMED]
    ]
    more = f"; {len(unseen) - _NAMED:,} more in the table" if len(unseen) > _NAMED else ""
    return (
        Finding(
            code="DQ-PI-08", status="warning", evidence={"beyond_margin_elsewhere": len(unseen)},
            claim=f"{result.metric_label} doesn't show all: {'; '.join(said)}{more}.",
            action="If decisions hang on the probabilities or on money, rank by that metric: frame() has all of them.",
        ),
    )  # fmt: skip


def _skipped(result: "PriceResult") -> tuple[Finding, ...]:
    if not result.skipped:
        return ()
    return (
        Finding(
            code="DQ-PI-09", status="not_run", evidence={"skipped": len(result.skipped)},
            claim=f"There was no time to refit for {listed([kind.replace('_', ' ') for kind in result.skipped], most=12)}.",
            action="Pass a larger budget_seconds=, a smaller max_fit_rows=, or the kinds that matter as kinds=.",
        ),
    )  # fmt: skip


def _refused(result: "PriceResult") -> tuple[Finding, ...]:
    refused = [price for price in result.prices if price.refused]
    if not refused:
        return ()
    said = dict.fromkeys(f"{price.label} {_WHERE[price.place]} ({price.refused})" for price in refused)
    return (
        Finding(
            code="DQ-PI-05", status="passed", evidence={"refused": len(refused)},
            claim=f"The model refuses some errors instead of answering: {listed(said, most=6)}.",
            action="An error is the good outcome: production notices. Make sure that somebody reads it.",
        ),
    )  # fmt: skip


def _noise(result: "PriceResult") -> tuple[Finding, ...]:
    if not result.noise:
        return ()
    own = result.noise[0]
    share = number(result.share, "percent")
    claim = (
        f"No damage at all makes {estimate(own.loss, own.lower, own.upper)} {own.metric_label}: {share} of the training rows exchanged "
        "for others as good, another random state."
    )
    quiet = own.floor <= result.margin
    return (
        Finding(
            code="DQ-PI-06", status="passed" if quiet else "not_enough_data",
            claim=claim if quiet else f"{claim} That alone is more than the margin of {number(result.margin)}.",
            action="" if quiet else "More splits= and more labelled rows lower it.",
            evidence={"loss": known(own.loss), "lower": known(own.lower), "upper": known(own.upper), "splits": own.splits},
        ),
    )  # fmt: skip


def _not_trained(result: "PriceResult") -> tuple[Finding, ...]:
    if not result.not_trained:
        return ()
    return (
        Finding(
            code="DQ-PI-07", status="not_applicable", evidence={},
            claim=f"Nothing was refitted, so prices are of serve time only. {result.not_trained}",
            action="Pass a model that can be refitted, and its training rows as reference=.",
        ),
    )  # fmt: skip
