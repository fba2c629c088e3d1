"""What is said about groups: verdicts by the ends of intervals, the four-fifths rule apart, by exact counts."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import Form, estimate, known, number
from mlops_widgets.governance.fairness.fairness_result import FairnessResult, GroupLine, Span
from mlops_widgets.measures.group_rates import is_adverse

_ACTION = "find_alternatives(study) looks for models that part these groups less and do as well."
_SMALLEST_SHARE = 0.02
"""Share of all rows below which New York's rules let a group be left out of the ratios; its number is told all the same."""

Scores = Mapping[str, tuple[str, float, str]]


def find(r: FairnessResult, scores: Scores) -> tuple[Finding, ...]:
    """Return the findings, the ratios of selection rates first; of a regression its errors."""
    single = [each for each in r.groups if each.attribute in r.references]
    crossed = [each for each in r.groups if each.attribute not in r.references]
    if not r.favourable:
        return (*_regression(r, single), *_suppressed(r), *_undeclared(r))
    return (
        _ratios(r, single), *_four_fifths(r, single),
        *_gaps(r, single, "true_positive_rate", code="03", words="who deserve it and get it"),
        *_gaps(r, single, "false_positive_rate", code="04", words="who don't deserve it and get it"),
        *_calibration(r, single), *_gaps(r, single, "accuracy", code="06", words="decided about rightly"), *_suppressed(r), *_crossed(r, crossed),
        *_scores(scores), *_undeclared(r),
        *_unsaid(r),
    )  # fmt: skip


def _said(span: Span, form: Form = "number") -> str:
    return estimate(span[0], known(span[1]), known(span[2]), form)


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """Who is selected less, whom another is compared with or who is compared.

    Parameters
    ----------
    below
        Groups whose ratio lies below the margin for certain.
    above
        Groups beside which their reference group lies below it for certain.
    status
        "failed" if there is one, "passed" if for certain there is none.
    worst
        The group that is furthest apart from its reference group, of those for certain if there are any.
    """

    below: Sequence[GroupLine]
    above: Sequence[GroupLine]
    status: Status
    worst: GroupLine


def _sides(told: Sequence[GroupLine], margin: float) -> _Sides:
    spans = {each.name: each.ratios["selection_rate"] for each in told}
    below = [each for each in told if spans[each.name][2] < margin]
    above = [each for each in told if spans[each.name][1] * margin > 1]
    certain = all(spans[each.name][1] >= margin and spans[each.name][2] * margin <= 1 for each in told)
    sure_of = {each.name: spans[each.name][2] for each in below} | {each.name: spans[each.name][1] for each in above}
    worst = min([*below, *above] or told, key=lambda each: _evenness(sure_of.get(each.name, spans[each.name][0])))
    status: Status = "failed" if below or above else "passed" if certain else "not_enough_data"
    return _Sides(below=below, above=above, status=status, worst=worst)


def _evenness(ratio: float) -> float:
    return min(ratio, 1 / ratio) if ratio > 0 else 0.0


def _incomparable(r: FairnessResult, lines: Sequence[GroupLine]) -> Finding:
    nobody = sum("selection_rate" in each.differences for each in lines) > 0
    claim = f"No two groups of {r.smallest} rows or more can be compared."
    action = "Pass more rows, coarser groups, or another reference_group=."
    if nobody:
        claim = f"Nobody in the groups compared gets {r.favourable}, so there is no ratio."
        action = "Look at decision_threshold= and favourable=: a model that selects nobody treats nobody differently."
    return Finding(code="GV-FA-01", status="not_enough_data", claim=claim, action=action)


def _ratios(r: FairnessResult, lines: Sequence[GroupLine]) -> Finding:
    told = [each for each in lines if "selection_rate" in each.ratios]
    if not told:
        return _incomparable(r, lines)
    sides = _sides(told, r.margin)
    status, worst = sides.status, sides.worst
    ratio, rate = worst.ratios["selection_rate"], worst.rates["selection_rate"]
    beside = next(each for each in lines if each.attribute == worst.attribute and each.reference)
    claim = (
        f"{number(rate[0], 'percent')} of {worst.name} get {r.favourable}, {number(beside.rates['selection_rate'][0], 'percent')} of "
        f"{beside.group}: a ratio of {_said(ratio)}."
    )
    if status == "passed":
        claim = f"No group, nor its reference group beside it, is selected less than {number(r.margin)} times as often, for certain; furthest apart: {claim}"
    if status == "not_enough_data":
        claim += f" Whether one of them is selected less than {number(r.margin)} times as often as the other these rows can't tell."
    if worst in sides.above:
        claim += (
            f" It is the reference group, {beside.group}, that is selected less than {number(r.margin)} times as often."
        )
    chance = r.by_chance.get(worst.attribute)
    if chance is not None and chance >= 0.01:
        claim += f" Groups of these sizes that are treated alike look worse than {number(r.margin)} in {number(chance, 'percent')} of draws."
    evidence = {
        "group": worst.name, "reference_group": beside.group, "ratio": known(ratio[0]), "lower": known(ratio[1]), "upper": known(ratio[2]),
        "margin": r.margin, "groups_below": len(sides.below), "references_below": len(sides.above), "groups_compared": len(told), "by_chance": chance,
    }  # fmt: skip
    action = {"failed": _ACTION, "passed": "Compare again on production.", "not_enough_data": "Collect more rows of the small groups, then compare again."}[status]  # fmt: skip
    return Finding(code="GV-FA-01", status=status, claim=claim, evidence=evidence, action=action)


def _four_fifths(r: FairnessResult, lines: Sequence[GroupLine]) -> Iterator[Finding]:
    told = [each for each in lines if "selection_rate" in each.rates and each.share >= _SMALLEST_SHARE]
    by_column = {name: [each for each in told if each.attribute == name] for name in r.references}
    compared = {name: each for name, each in by_column.items() if len(each) > 1}
    if not compared:
        return
    adverse: list[tuple[GroupLine, GroupLine]] = []
    for each in compared.values():
        best = max(each, key=lambda line: line.rates["selection_rate"][0])
        adverse += [(line, best) for line in each if is_adverse(line.selected, _rows(line), best.selected, _rows(best))]
    names = "; ".join(f"{line.name} against {best.group}" for line, best in adverse[:3])
    count = sum(map(len, compared.values()))
    claim = (
        f"By the four-fifths rule of thumb, {number(len(adverse), 'integer')} of {count} groups are selected less than four fifths as often as the "
        f"group selected most" + (f": {names}." if adverse else ".")
    )
    claim += (
        " The rule looks at no interval, and whether it applies depends on the law that does; regimes() has the dates."
    )
    yield Finding(
        code="GV-FA-02", status="warning" if adverse else "passed", claim=claim,
        evidence={"groups_below": len(adverse), "groups_compared": count, "smallest_share": _SMALLEST_SHARE}, action=_ACTION if adverse else "",
    )  # fmt: skip


def _rows(line: GroupLine) -> float:
    """Return how many rows, or which weight, the selected are a share of: exactly the rows where nothing is weighted."""
    rate = line.rates["selection_rate"][0]
    weight = line.selected / rate if rate > 0 else float(line.n)
    return line.n if math.isclose(weight, line.n, rel_tol=1e-9) else weight


def _gaps(r: FairnessResult, lines: Sequence[GroupLine], rate: str, *, code: str, words: str) -> Iterator[Finding]:
    told = [each for each in lines if rate in each.differences]
    if told:
        what = f"the share of those {words}"
        yield _judged(r, told, lambda each: each.differences[rate], code=f"GV-FA-{code}", what=what)


def _judged(
    r: FairnessResult, told: Sequence[GroupLine], of: Callable[[GroupLine], Span], *, code: str, what: str
) -> Finding:  # fmt: skip
    """Return a verdict on differences to the reference group: failed beyond the margin for certain, passed within it for certain."""
    beyond = [each for each in told if of(each)[1] > r.gap_margin or of(each)[2] < -r.gap_margin]
    within = all(-r.gap_margin <= of(each)[1] and of(each)[2] <= r.gap_margin for each in told)
    status: Status = "failed" if beyond else "passed" if within else "not_enough_data"
    worst = max(beyond or told, key=lambda each: abs(of(each)[0]))
    span, beside = of(worst), r.references.get(worst.attribute, "its reference group")
    claim = f"{what} differs by {_said(span, 'percent')} between {worst.name} and {beside}."
    claim = claim[0].upper() + claim[1:]
    if status == "passed":
        claim += f" For every group it lies within {number(r.gap_margin, 'percent')}."
    if status == "not_enough_data":
        claim += f" Whether that is more than {number(r.gap_margin, 'percent')} these rows can't tell."
    action = {"failed": "Look at the rows behind it, and at how their outcomes were recorded.", "passed": "", "not_enough_data": "Collect more labelled rows of the small groups."}  # fmt: skip
    evidence = {
        "group": worst.name,
        "difference": known(span[0]),
        "lower": known(span[1]),
        "upper": known(span[2]),
        "margin": r.gap_margin,
    }
    return Finding(code=code, status=status, claim=claim, evidence=evidence, action=action[status])


def _calibration(r: FairnessResult, lines: Sequence[GroupLine]) -> Iterator[Finding]:
    told = [each for each in lines if each.gap_difference is not None and not math.isnan(each.gap_difference[1])]
    if told:
        what = f"how far the outcome {r.favourable} lies above its prediction"
        yield _judged(r, told, lambda each: each.gap_difference or (math.nan,) * 3, code="GV-FA-05", what=what)


def _suppressed(r: FairnessResult) -> Iterator[Finding]:
    small = [each for each in r.groups if each.suppressed]
    yield from _few(r)
    if not small:
        return
    rows = sum(each.n for each in small if each.attribute in r.references)
    names = ", ".join(f"{each.name} ({each.n})" for each in small[:6]) + (", …" if len(small) > 6 else "")
    few = "One group has" if len(small) == 1 else f"{number(len(small), 'integer')} groups have"
    claim = f"{few} fewer than {r.smallest} rows, so their rates aren't told: {names}."
    yield Finding(
        code="GV-FA-07", status="not_enough_data", claim=claim, evidence={"groups": len(small), "rows": rows},
        action="Collect more rows of these groups, or join groups that belong together.",
    )  # fmt: skip


def _few(r: FairnessResult) -> Iterator[Finding]:
    """Tell the rates of large groups that are shares of few rows, such as the true positive rate where few deserve it."""
    told = [
        (each, rate, rows) for each in r.groups if each.attribute in r.references for rate, rows in each.few.items()
    ]
    if not told:
        return
    names = ", ".join(f"{rate.replace('_', ' ')} of {each.name} ({rows})" for each, rate, rows in told[:6])
    claim = (
        f"Rates that are shares of fewer than {r.smallest} rows aren't told: {names}{', …' if len(told) > 6 else ''}."
    )
    yield Finding(
        code="GV-FA-13", status="not_enough_data", claim=claim, evidence={"rates": len(told)},
        action="Collect more labelled rows of these groups.",
    )  # fmt: skip


def _crossed(r: FairnessResult, lines: Sequence[GroupLine]) -> Iterator[Finding]:
    told = [each for each in lines if "selection_rate" in each.ratios]
    if not told:
        return
    sides = _sides(told, r.margin)
    worst = sides.worst
    claim = (
        f"Of {len(told)} intersections, {number(len(sides.below), 'integer')} lie below {number(r.margin)} of their reference group for certain, "
        f"and {number(len(sides.above), 'integer')} have a reference group that lies below {number(r.margin)} of them; furthest apart is "
        f"{worst.name} with {_said(worst.ratios['selection_rate'])}."
    )
    yield Finding(
        code="GV-FA-08", status=sides.status, claim=claim,
        evidence={"group": worst.name, "ratio": known(worst.ratios["selection_rate"][0]), "groups_below": len(sides.below), "references_below": len(sides.above), "groups_compared": len(told)},
        action=_ACTION if sides.status == "failed" else "",
    )  # fmt: skip


def _regression(r: FairnessResult, lines: Sequence[GroupLine]) -> Iterator[Finding]:
    told = [each for each in lines if each.gap_difference is not None and not math.isnan(each.gap_difference[1])]
    if not told:
        yield Finding(
            code="GV-FA-09", status="not_enough_data", claim=f"No two groups of {r.smallest} labelled rows or more can be compared.",
            action="Pass more labelled rows, coarser groups, or another reference_group=.",
        )  # fmt: skip
        return
    spans = {each.name: each.gap_difference or (math.nan,) * 3 for each in told}
    apart = [each for each in told if spans[each.name][1] > 0 or spans[each.name][2] < 0]
    worst = max(apart or told, key=lambda each: abs(spans[each.name][0]))
    claim = (
        f"The model errs differently for {worst.name} than for {r.references[worst.attribute]}: outcomes lie {_said(spans[worst.name])} "
        "higher above its predictions."
    )
    if not apart:
        claim = f"No group's mean error differs for certain from its reference group's; the largest difference, for {worst.name}, is {_said(spans[worst.name])}."
    yield Finding(
        code="GV-FA-09", status="warning" if apart else "not_enough_data", claim=claim,
        evidence={"group": worst.name, "difference": known(spans[worst.name][0]), "groups_apart": len(apart), "groups_compared": len(told)},
        action="Say how large a difference of errors would matter; a regression has no ratio that a rule of thumb speaks of.",
    )  # fmt: skip


def _scores(scores: Scores) -> Iterator[Finding]:
    if not scores:
        return
    column = min(scores, key=lambda name: scores[name][1])
    low, ratio, high = scores[column]
    claim = f"Scores above the median of all are least frequent for {column} = {low}: {number(ratio)} times as frequent as for {high}."
    status: Status = "warning" if is_adverse(ratio, 1, 1, 1) else "passed"
    yield Finding(
        code="GV-FA-10", status=status, claim=claim, evidence={"group": f"{column} = {low}", "ratio": ratio}, action=""
    )


def _undeclared(r: FairnessResult) -> Iterator[Finding]:
    left = [name for name in r.references if name not in r.declared]
    if left:
        said = ", ".join(f"{name} = {r.references[name]}" for name in left)
        yield Finding(
            code="GV-FA-11", status="warning", claim=f"Nobody declared whom the others are compared with; the largest group was taken: {said}.",
            evidence={"columns": len(left)}, action="Pass reference_group={column: level}, and write down why.",
        )  # fmt: skip


def _unsaid(r: FairnessResult) -> Iterator[Finding]:
    if not r.favourable_said:
        yield Finding(
            code="GV-FA-12", status="warning", claim=f"Nobody said which decision it is good to be given; {r.favourable} was taken.",
            action="Pass favourable= here, or to load_study: the other decision turns every ratio round.",
        )  # fmt: skip
