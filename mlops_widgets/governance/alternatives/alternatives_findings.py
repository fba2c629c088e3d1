"""What is said about alternatives: whether one was found, and what those that look at groups do."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, interval, known, number, short, worse

if TYPE_CHECKING:
    from mlops_widgets.governance.alternatives.alternatives_result import Alternative, AlternativesResult

_NOT_PROOF = "That isn't proof that there is none: other columns, other labels or another question may give one."


def find(result: "AlternativesResult") -> tuple[Finding, ...]:
    """Return the findings, whether an alternative was found first."""
    return (_found(result), _today(result), *_not_tried(result), *_aware(result))


def _found(r: "AlternativesResult") -> Finding:
    tried = sum(each.kind not in {"today", "group-aware"} for each in r.alternatives)
    chosen = r.alternatives[r.chosen]
    evidence = _evidence(r, chosen) | {"candidates": tried}
    count = f"{number(tried, 'integer')} candidates that don't look at the group"
    if known(r.today.ratio) is None:
        status: Status = "not_enough_data"
        claim = "No two groups are large enough to be compared, so alternatives can't be judged."
        action = "Pass more rows of each group, or a lower smallest=."
    elif not tried:
        status = "not_applicable"
        claim = "No other rule could be tried: the model gives no scores, and can't be trained anew."
        action = "Pass a scikit-learn-compatible estimator as model=, and its training rows as reference=."
    elif not r.chosen:
        status = "passed"
        claim = f"None of {count} selects groups less unequally at a loss within the margin of {number(r.margin)}."
        action = f"Keep the list as evidence of the search. {_NOT_PROOF}"
    elif r.found:
        status = "warning"
        claim = (
            f"There is a less unequal alternative ({_shown(chosen)}): its impact ratio is {_ratio(chosen)} against {_ratio(r.today)} today, "
            f"a gain of {_gain(chosen)}, for {_points(chosen)}{_metric(r, chosen)}."
        )
        action = "Use it, or write down why not: a search that found something is evidence, too. Try its decisions on production first."
    else:
        status, claim, action = _unconfirmed(r, chosen, count)
    return Finding(code="GV-AL-01", status=status, claim=claim, evidence=evidence, action=action)


def _unconfirmed(r: "AlternativesResult", chosen: "Alternative", count: str) -> tuple[Status, str, str]:
    """Return status, claim and action where the other half doesn't confirm the choice."""
    if chosen.verdict == "not enough data":
        claim = (
            f"The best of {count} ({_shown(chosen)}) isn't settled by {number(r.reported_rows, 'integer')} rows: its impact ratio gains "
            f"{_gain(chosen)}, for {_points(chosen)}{_metric(r, chosen)}."
        )
        return "not_enough_data", claim, "Test on more labelled rows, or state the margin= that a decision can bear."
    why = "costs more than the margin" if chosen.verdict == "costs too much" else "selects groups no less unequally"
    claim = f"The best of {count} ({_shown(chosen)}) {why} on the other half of the rows: gain {_gain(chosen)}, for {_points(chosen)}{_metric(r, chosen)}."
    return "passed", claim, f"Keep the list as evidence of the search. {_NOT_PROOF}"


def _shown(each: "Alternative") -> str:
    return short(each.name, 60)


def _ratio(each: "Alternative") -> str:
    return estimate(each.ratio, known(each.ratio_lower), known(each.ratio_upper))


def _gain(each: "Alternative") -> str:
    return estimate(each.ratio_gain, known(each.ratio_gain_lower), known(each.ratio_gain_upper))


def _points(each: "Alternative") -> str:
    """Return a change of accuracy in points with its interval, as "1.2 points more accuracy [.3, 2.1]"."""
    sign = 1 if each.accuracy_loss > 0 else -1
    value = 100 * abs(each.accuracy_loss)
    ends = sorted(100 * sign * end for end in (each.accuracy_loss_lower, each.accuracy_loss_upper))
    said = interval(known(ends[0]), known(ends[1]), digits=1)
    return f"{number(value, digits=1)} points {'less' if sign > 0 else 'more'} accuracy {said}".rstrip()


def _metric(r: "AlternativesResult", each: "Alternative") -> str:
    """Return how much worse the study's own metric is, where that isn't the same model's."""
    if known(each.score_loss) is None or each.kind == "threshold":
        return ""
    ends = worse(each.score_loss, each.score_loss_lower, each.score_loss_upper) if known(each.score_loss_lower) is not None else number(each.score_loss)  # fmt: skip
    return f" and {r.metric_label} {ends}"


def _evidence(r: "AlternativesResult", chosen: "Alternative") -> dict[str, float | int | str | bool | None]:
    return {
        "today_ratio": known(r.today.ratio), "alternative": short(chosen.name) if r.chosen else "", "ratio": known(chosen.ratio),
        "ratio_gain": known(chosen.ratio_gain), "ratio_gain_lower": known(chosen.ratio_gain_lower),
        "ratio_gain_upper": known(chosen.ratio_gain_upper), "accuracy_loss": known(chosen.accuracy_loss),
        "accuracy_loss_lower": known(chosen.accuracy_loss_lower), "accuracy_loss_upper": known(chosen.accuracy_loss_upper),
        "score_loss": known(chosen.score_loss), "score_loss_upper": known(chosen.score_loss_upper), "margin": r.margin,
        "score_margin": r.score_margin, "chosen_rows": r.chosen_rows, "reported_rows": r.reported_rows,
    }  # fmt: skip


def _today(r: "AlternativesResult") -> Finding:
    """Return how unequally today's rule selects; no verdict, since the limit is a matter of the regime."""
    undeclared = [each.column for each in r.references if not each.declared]
    against = ", ".join(f"{short(each.column)} against {each.level}" for each in r.references)
    against += "; the largest, as none was declared" if undeclared else ""
    few = "One group is" if r.left_out == 1 else f"{number(r.left_out, 'integer')} groups are"
    small = f" {few} too small to be compared." if r.left_out else ""
    if known(r.today.ratio) is None:
        claim = f"Today's rule can't be compared between groups ({against}).{small}"
        return Finding(code="GV-AL-02", status="not_enough_data", claim=claim, evidence={"left_out": r.left_out})
    worst = f"{short(r.today.worst_column)} = {short(r.today.worst_group)}"
    claim = (
        f"Today's rule selects {number(r.today.selected_share, 'percent')} (selected: {r.selected_means}); its smallest impact ratio is "
        f"{_ratio(r.today)}, of {worst} ({against}).{small}"
    )
    declared = not undeclared
    return Finding(
        code="GV-AL-02", status="passed" if declared else "warning", claim=claim,
        action="" if declared else "Declare whom groups are compared with: reference_group=.",
        evidence={"ratio": known(r.today.ratio), "selected_share": r.today.selected_share, "left_out": r.left_out, "declared": declared},
    )  # fmt: skip


def _not_tried(r: "AlternativesResult") -> tuple[Finding, ...]:
    if r.fit_rows:
        return ()
    thresholds = any(each.kind == "threshold" for each in r.alternatives)
    claim = f"The model can't be trained anew, so {'only other thresholds were tried' if thresholds else 'no candidate could be tried'}."
    action = "Pass a scikit-learn-compatible estimator as model=, and its training rows as reference=."
    return (Finding(code="GV-AL-03", status="not_applicable", claim=claim, action=action),)


def _aware(r: "AlternativesResult") -> tuple[Finding, ...]:
    rows = [each for each in r.alternatives if each.kind == "group-aware"]
    if not rows:
        return ()
    reached = "; ".join(
        f"{_shown(each)}: ratio {_ratio(each)}, {_points(each)}, {number(each.selected_share, 'percent')} selected"
        for each in rows
    )
    lot = " Some decisions are drawn by lot: two people alike in everything may be decided differently." if any(each.randomised for each in rows) else ""  # fmt: skip
    said = f" The rules: {'; '.join(rule.words for rule in r.rules)}." if r.rules else ""
    claim = (
        f"Methods that look at the group would reach {reached}. A threshold that depends on somebody's group treats people unequally because of it, "
        f"which many laws forbid as disparate treatment.{lot}{said}"
    )
    return (
        Finding(
            code="GV-AL-04", status="warning", claim=claim, evidence={"fresh_draw_share": known(r.fresh_draw_share), "rules": len(r.rules)},
            action="Take these as a measure of what is possible; have counsel decide before any of them decides about people.",
        ),
    )  # fmt: skip
