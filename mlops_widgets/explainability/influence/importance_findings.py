"""What the importance of columns says, in words."""

from math import isnan
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import estimate, known, number, short, worse
from mlops_widgets.errors import listed
from mlops_widgets.explainability.influence.column_importance import ColumnImportance

if TYPE_CHECKING:
    from mlops_widgets.explainability.influence.importance import ImportanceResult

_MUCH = 0.1
"""Share of all that is moved, or lost, from which an entry matters."""
_TIMES = 3.0
"""How many times larger one of its two shares must be for the two to disagree."""
_HALF = 0.5


def find(result: "ImportanceResult") -> tuple[Finding, ...]:
    """Return what drives the model, what it doesn't use, where the two answers differ, what nobody would miss, what goes together."""
    found = [_headline(result), _unused(result)]
    if isnan(result.score):
        claim = f"What scrambling a column costs can't be measured: no row of {result.table} has a label."
        found.append(Finding(code="EX-IM-03", status="not_applicable", claim=claim, action="Pass labels."))
    else:
        found += [_disagreement(result), _missed(result)]
    return (*found, *_together(result))


def _headline(result: "ImportanceResult") -> Finding:
    first = result.entries[0]
    evidence: dict[str, float | int | str | bool | None] = {
        "column": first.name, "share": first.share, "share_lower": known(first.share_lower),
        "share_upper": known(first.share_upper), "loss": known(first.loss), "loss_lower": known(first.loss_lower),
        "loss_upper": known(first.loss_upper), "rows": result.explained_rows, "labelled_rows": result.labelled_rows,
    }  # fmt: skip
    if first.moved == 0:
        claim = f"No column moves the model's answers on {result.explained_rows:,} rows: it gives everybody the same answer."
        return Finding(
            code="EX-IM-01",
            status="warning",
            claim=claim,
            evidence=evidence,
            action="Check that this is the model you ship.",
        )
    share = estimate(first.share, first.share_lower, first.share_upper, "percent")
    claim = f"Of all columns {short(first.name)} moves the answers most: {share} of what all move (mean |SHAP|, {result.scale})"
    if not isnan(first.loss):
        claim += f"; scrambled, it leaves {result.metric_label} {worse(first.loss, first.loss_lower, first.loss_upper)}"
    if result.rivals:
        are = "is" if len(result.rivals) == 1 else "are"
        claim += f". {listed(map(short, result.rivals))} {are} too close behind to be told apart."
    else:
        claim += "."
    action = "Ask somebody who knows the subject whether the model should lean on it, and whether it is there at prediction time."
    return Finding(code="EX-IM-01", status="passed", claim=claim, evidence=evidence, action=action)


def _unused(result: "ImportanceResult") -> Finding:
    columns = [name for entry in result.entries for name in entry.columns]
    alone = {entry.name: entry for entry in (*result.entries, *result.singles)}
    idle = [name for name in columns if not alone[name].used]
    evidence: dict[str, float | int | str | bool | None] = {"columns": len(columns), "unused": len(idle)}
    if not idle:
        claim = f"The model uses every one of its {len(columns):,} columns: each moves some answer."
        return Finding(code="EX-IM-02", status="passed", claim=claim, evidence=evidence)
    claim = (
        f"The model doesn't use {listed(map(short, idle))}: on {max(result.explained_rows, result.labelled_rows):,} rows no answer "
        f"depends on {'it' if len(idle) == 1 else 'them'}."
    )
    action = "Leave them out: a column that isn't needed can still break, leak or have to be explained."
    return Finding(code="EX-IM-02", status="warning", claim=claim, evidence=evidence, action=action)


def _lost_share(result: "ImportanceResult", value: float) -> float:
    total = sum(max(entry.loss, 0.0) for entry in result.entries if not isnan(entry.loss))
    return value / total if total > 0 else 0.0


def _disagreement(result: "ImportanceResult") -> Finding:
    idle = [e for e in result.entries if e.share >= _MUCH and _lost_share(result, e.loss_upper) * _TIMES < e.share]
    sharp = [
        e for e in result.entries
        if _lost_share(result, e.loss) >= _MUCH and _lost_share(result, e.loss_lower) > _TIMES * e.share_upper
    ]  # fmt: skip
    evidence: dict[str, float | int | str | bool | None] = {
        "moves_more_than_it_helps": len(idle), "helps_more_than_it_moves": len(sharp), "entries": len(result.entries),
    }  # fmt: skip
    if not idle and not sharp:
        claim = "What moves the answers most is also what the score rests on: the two measures are nowhere shown to disagree."
        return Finding(code="EX-IM-03", status="passed", claim=claim, evidence=evidence)
    first = (idle or sharp)[0]
    lost = f"leaves {result.metric_label} {worse(first.loss, first.loss_lower, first.loss_upper)} when scrambled"
    if idle:
        claim = f"Of what moves the answers {short(first.name)} makes {number(first.share, 'percent')} but {lost}: it changes answers "
        claim += "without making them better on these rows."
        action = (
            "Look there for an overfit, a shortcut that has gone stale, or a difference that the metric doesn't see."
        )
    else:
        claim = f"Of what moves the answers {short(first.name)} makes only {number(first.share, 'percent')} but {lost}: it decides few "
        claim += "rows, or the close ones."
        action = "Don't drop it for its small contributions; look at the rows that it decides."
    return Finding(code="EX-IM-03", status="warning", claim=claim, evidence=evidence, action=action)


def _missed(result: "ImportanceResult") -> Finding:
    without = [entry for entry in result.entries if entry.loss_upper < result.margin]
    open_ones = [e for e in result.entries if e.loss_upper >= result.margin >= e.loss_lower]
    margin = f"the margin of {number(result.margin)} {result.metric_label}"
    claim = f"Scrambled one at a time, {len(without):,} of {len(result.entries):,} columns or groups cost less than {margin}"
    claim += f": {listed(short(entry.name) for entry in without)}." if without else "."
    if open_ones:
        claim += f" For {listed(short(entry.name) for entry in open_ones)} it isn't settled."
    return Finding(
        code="EX-IM-04", status="not_enough_data" if open_ones else "passed", claim=claim,
        evidence={
            "below_margin": len(without), "not_settled": len(open_ones), "entries": len(result.entries), "margin": result.margin
        },
        action="Pass more rows with max_rows=." if open_ones else "Refit without one of them before you drop it: together they may matter.",
    )  # fmt: skip


def _together(result: "ImportanceResult") -> tuple[Finding, ...]:
    if not result.closest:
        return ()
    groups = {entry.name: entry for entry in result.entries}
    alone = {single.name: single for single in result.singles}
    name, value = max(result.closest, key=lambda each: groups[each[0]].moved)
    group = groups[name]
    claim = (
        f"Columns that go together are scrambled together: {listed(short(each) for each, _ in result.closest)} (association up "
        f"to {number(value)})"
    )
    if not isnan(group.loss) and _understated(group, [alone[column] for column in group.columns]):
        best = max((alone[column] for column in group.columns), key=lambda single: single.loss)
        claim += f": together {short(name)} costs {number(group.loss)} {result.metric_label}, the dearer one alone {number(best.loss)}"
    return (
        Finding(
            code="EX-IM-05", status="warning", claim=claim + ".", evidence={"groups": len(result.closest), "association": value},
            action="Read such columns as one: how their part is shared out between them says little.",
        ),
    )  # fmt: skip


def _understated(group: ColumnImportance, singles: list[ColumnImportance]) -> bool:
    return group.loss > 0 and sum(max(single.loss, 0.0) for single in singles) < _HALF * group.loss
