"""What tested slices say in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.representative.slice_search import Slice


class Overall(NamedTuple):
    """Mean loss over all rows, what the model promises, and the interval of their difference."""

    loss: float
    expected: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class SlicesFound:
    """What the findings are made of; see `WeakSlicesResult`."""

    tested: tuple[Slice, ...]
    kind: str
    label: str
    margin: float
    visible: float
    overall: Overall
    tested_rows: int
    looked_through: int
    table: str

    @property
    def promised(self) -> bool:
        """Whether the model says itself what loss to expect."""
        return bool(np.isfinite(self.overall.expected))

    def write(self, value: float) -> str:
        """Return a loss in words."""
        return number(value, "percent" if self.kind == "error" else "number")

    def gap(self, value: float, lower: float | None = None, upper: float | None = None) -> str:
        """Return a difference of losses in words, with its interval: of error rates in points."""
        scale, unit = (100.0, " points") if self.kind == "error" else (1.0, "")
        low, high = (None if end is None else scale * end for end in (lower, upper))
        return f"{estimate(scale * value, low, high)}{unit}"


_ACTIONS: Mapping[Status, str] = {
    "failed": "Send these rows to a person until the model is better there; collect labelled rows of this slice, or a feature "
    "that tells its cases apart.",
    "warning": "Label more rows of this slice before you rely on the model there: it is worse, by how much isn't settled.",
    "passed": "Nothing to do. Look again when new labels have arrived.",
    "not_enough_data": "Label more rows before you say that the model does equally well for everybody.",
    "not_applicable": "",
}  # fmt: skip


def find(found: SlicesFound) -> tuple[Finding, ...]:
    """Return OV-WS-01 the surest weak slice, OV-WS-02 the others, OV-WS-03 the whole."""
    confirmed = [each for each in found.tested if each.confirmed]
    confirmed.sort(key=lambda each: (each.lower <= found.margin, -each.share * each.excess))
    first = _weakest(found, confirmed[0]) if confirmed else _none(found)
    others = [_others(found, confirmed[1:])] if len(confirmed) > 1 else []
    return (first, *others, *([_promise(found)] if found.promised else []))


def _status(found: SlicesFound, slice_: Slice) -> Status:
    return "failed" if slice_.lower > found.margin else "warning"


def _weakest(found: SlicesFound, slice_: Slice) -> Finding:
    status = _status(found, slice_)
    more = f"{found.gap(slice_.excess, slice_.lower, slice_.upper)} more"
    where = f"Where {slice_.rule} ({number(slice_.share, 'percent')} of the rows)"
    if found.promised:
        claim = (
            f"{where}, the {found.label} is {found.write(slice_.loss)} where the model's own probabilities promise "
            f"{found.write(slice_.expected)}: beyond its promise by {more} than elsewhere."
        )
    else:
        claim = f"{where}, the {found.label} is {found.write(slice_.loss)}, elsewhere {found.write(slice_.rest_loss)}: {more}."
    if status == "warning":
        claim += f" That may still be less than the margin of {found.gap(found.margin)}."
    action = _ACTIONS[status]
    if not found.promised:
        action += " First see whether outcomes there are noisier for everyone, which no model can mend."
    return Finding(
        code="OV-WS-01", status=status, claim=claim, action=action, evidence=_evidence(found, slice_),
        cost=max(slice_.excess, 0.0) * slice_.share, cost_unit=f"{found.label} over all rows",
    )  # fmt: skip


def _evidence(found: SlicesFound, slice_: Slice) -> dict[str, float | int | str | bool | None]:
    return {
        "rule": slice_.rule, "rows": slice_.rows, "share": slice_.share, "loss": slice_.loss,
        "rest_loss": slice_.rest_loss, "expected": slice_.expected if found.promised else None, "excess": slice_.excess,
        "lower": slice_.lower, "upper": slice_.upper, "p_adjusted": slice_.p_adjusted, "margin": found.margin,
        "tested_rows": slice_.tested_rows, "tested_units": slice_.tested_units,
    }  # fmt: skip


def _none(found: SlicesFound) -> Finding:
    """Return that nothing was confirmed, and what would have been: a tenth of the rows with half as much loss again, or not."""
    evidence = {
        "tested": len(found.tested), "looked_through": found.looked_through, "visible_excess": found.visible,
        "loss": found.overall.loss, "tested_rows": found.tested_rows,
    }  # fmt: skip
    if found.overall.loss == 0:
        claim = f"No row of {found.table} has any loss, so no slice is weak."
        return Finding(code="OV-WS-01", status="passed", claim=claim, action=_ACTIONS["passed"], evidence=evidence)
    if not found.tested:
        claim = (
            f"No slice of {found.table} holds enough rows and units of its own in both halves to be tested "
            f"({found.tested_rows:,} rows in one)."
        )
        return Finding(
            code="OV-WS-01",
            status="not_enough_data",
            claim=claim,
            action=_ACTIONS["not_enough_data"],
            evidence=evidence,
        )
    allowed = max(found.overall.loss / 2, found.margin)
    status: Status = "passed" if found.visible <= allowed else "not_enough_data"
    doing = "exceed its promise" if found.promised else "exceed the rest"
    claim = (
        f"No weak slice was confirmed: of {found.looked_through:,} slices the {len(found.tested)} most suspicious were tested "
        f"on other rows. A slice of a tenth of the rows would be seen (4 times in 5) if its {found.label} were to {doing} by "
        f"{found.gap(found.visible)}; overall it is {found.write(found.overall.loss)}."
    )
    action = _ACTIONS[status]
    if status == "not_enough_data":
        rows = 2 * found.tested_rows * (found.visible / allowed) ** 2
        action += (
            f" With about {float(f'{rows:.2g}'):,.0f} rows a tenth of them with half as much loss again would be seen."
        )
    return Finding(code="OV-WS-01", status=status, claim=claim, action=action, evidence=evidence)


_NAMED = 3


def _others(found: SlicesFound, slices: list[Slice]) -> Finding:
    status: Status = "failed" if any(_status(found, each) == "failed" for each in slices) else "warning"
    named = [
        f"{each.rule} ({number(each.share, 'percent')} of the rows, {found.gap(each.excess, each.lower, each.upper)})"
        for each in slices[:_NAMED]
    ]
    more = f", and {len(slices) - _NAMED} more" if len(slices) > _NAMED else ""
    return Finding(
        code="OV-WS-02", status=status, claim=f"Also confirmed as weak: {'; '.join(named)}{more}.",
        action=_ACTIONS[status], evidence={"slices": len(slices), "margin": found.margin},
        cost=max(max(each.excess, 0.0) * each.share for each in slices), cost_unit=f"{found.label} over all rows",
    )  # fmt: skip


def _beyond(found: SlicesFound) -> str:
    loss, expected, lower, upper = found.overall
    if loss >= expected:
        return f"{found.gap(loss - expected, lower, upper)} beyond"
    return f"{found.gap(expected - loss, -upper, -lower)} less"


def _promise(found: SlicesFound) -> Finding:
    """Return whether the loss as a whole is what the probabilities promise."""
    loss, expected, lower, upper = found.overall
    verdict = judge(lower, upper, margin=found.margin, n=2 * found.tested_rows)
    claim = (
        f"Over all rows of {found.table} the {found.label} is {found.write(loss)}, and the model's own probabilities promise "
        f"{found.write(expected)}: {_beyond(found)}. {verdict.sentence}"
    )
    actions: Mapping[Status, str] = {
        "failed": "Recalibrate the probabilities first (on rows that the model didn't learn from): everywhere it is surer than "
        "it should be.",
        "passed": "Nothing to do: as a whole the model knows how often it errs."
        if upper >= 0 or lower >= -found.margin
        else "Nothing urgent: the model errs less than it says. Recalibrate it before you plan with its probabilities.",
        "not_enough_data": "Don't quote its probabilities as they are."
        if verdict.reason == "near_margin"
        else "Label more rows before you quote its probabilities.",
    }
    return Finding(
        code="OV-WS-03", status=verdict.status, claim=claim, action=actions[verdict.status],
        evidence={"loss": loss, "expected": expected, "lower": lower, "upper": upper, "margin": found.margin},
        cost=max(loss - expected, 0.0), cost_unit=found.label,
    )  # fmt: skip
