"""Alternatives as a card: each candidate's impact ratio, and which of them cost no more than a margin that can be moved."""

import math

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, interval, known, number, short
from mlops_widgets.governance.alternatives.alternatives_result import Alternative, AlternativesResult, Verdict
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Role, Table, View
from mlops_widgets.ui.figures import small_print

_MOST = 14
_ROLES: dict[Verdict, Role] = {
    "today": "accent", "better": "good", "costs too much": "bad", "not less unequal": "muted", "not enough data": "reference",
}  # fmt: skip
_MARKS: dict[Verdict, str] = {"today": "→", "better": "●", "costs too much": "■", "not less unequal": "–", "not enough data": "◇"}  # fmt: skip
"""Before each name, so that colour isn't the only signal."""


@register
def card_of_alternatives(result: AlternativesResult) -> Card:
    """Return the candidates, the most equal first, beside today's rule."""
    first = result.findings[0]
    rows = _shown(result)
    drawable = math.isfinite(result.today.ratio)
    return Card(
        headline=first.claim, status=first.status, charts=(_dots(result, rows),) if drawable else (), view=_view(result, rows) if drawable else None,
        findings=result.findings[1:], table=_table(result), action=first.action, reference=result.reference,
        small=small_print(result, f"margin {number(result.margin)} of accuracy, {number(result.score_margin)} of {result.metric_label}"),
        empty="" if drawable else "No two groups are large enough in both halves. Pass more rows of each, or a lower smallest=.",
    )  # fmt: skip


def _shown(r: AlternativesResult) -> list[Alternative]:
    """Return today's rule, then the candidates by impact ratio, the chosen one always among them."""
    others = sorted(r.alternatives[1:], key=lambda each: -each.ratio if math.isfinite(each.ratio) else math.inf)
    chosen = r.alternatives[r.chosen]
    kept = others[:_MOST] if not r.chosen or chosen in others[:_MOST] else [*others[: _MOST - 1], chosen]
    return [r.today, *kept]


def _dots(r: AlternativesResult, rows: list[Alternative]) -> Dots:
    return Dots(
        rows=tuple(
            Estimate(
                label=f"{_MARKS[each.verdict]} {_name(r, each)}",
                value=each.ratio,
                lower=known(each.ratio_lower),
                upper=known(each.ratio_upper),
                role=_ROLES[each.verdict],
                note=_note(each),
            )
            for each in rows
        ),
        axis=Axis(label="impact ratio"),
        marks=(Mark(value=r.today.ratio, label="today"),),
        title="● better  ◇ not enough data  ■ costs too much  – not less unequal",
    )


def _name(r: AlternativesResult, each: Alternative) -> str:
    chosen = r.chosen and each is r.alternatives[r.chosen]
    return f"{short(each.name, 40)}{' (chosen)' if chosen else ''}{' (looks at the group)' if each.uses_group == 'in decisions' else ''}"  # fmt: skip


def _note(each: Alternative) -> str:
    if each.kind == "today":
        return f"accuracy {number(each.accuracy, digits=3)}"
    return f"accuracy lost {estimate(each.accuracy_loss, known(each.accuracy_loss_lower), known(each.accuracy_loss_upper))}"


def _view(r: AlternativesResult, rows: list[Alternative]) -> View:
    dots = _dots(r, rows)
    candidates = [
        {
            "name": _name(r, each), "value": each.ratio, "lower": known(each.ratio_lower), "upper": known(each.ratio_upper), "note": _note(each),
            "gain": [known(each.ratio_gain_lower), known(each.ratio_gain_upper)],
            "loss": [known(each.accuracy_loss_lower), known(each.accuracy_loss_upper)],
            "score": [known(each.score_loss_lower), known(each.score_loss_upper)],
        }
        for each in rows
    ]  # fmt: skip
    state = {"candidates": candidates, "margin": r.margin, "score_margin": r.score_margin, "least_gain": r.least_gain, "today": r.today.ratio, "axis": dots.axis.label}  # fmt: skip
    return View(name="frontier", state=state)


def _table(r: AlternativesResult) -> Table:
    rows = tuple(
        (
            short(each.name, 60), short(each.change, 90), each.uses_group + (", by lot" if each.randomised else ""), number(each.selected_share, "percent"),
            f"{number(each.chosen_ratio)}, {number(each.chosen_accuracy)}", estimate(each.ratio, known(each.ratio_lower), known(each.ratio_upper)), estimate(each.accuracy, known(each.accuracy_lower), known(each.accuracy_upper)),
            estimate(each.accuracy_loss, known(each.accuracy_loss_lower), known(each.accuracy_loss_upper)),
            f"{number(each.score_loss, digits=3)} {interval(known(each.score_loss_lower), known(each.score_loss_upper))}".strip(), each.verdict,
        )
        for each in r.alternatives
    )  # fmt: skip
    columns = (
        "rule", "what is different", "looks at the group", "selected", "choosing half: ratio, accuracy", "impact ratio", "accuracy", "accuracy lost",
        f"{r.metric_label}, how much worse", "verdict",
    )  # fmt: skip
    return Table(columns=columns, rows=rows, caption="Reported on the half that didn't choose")
