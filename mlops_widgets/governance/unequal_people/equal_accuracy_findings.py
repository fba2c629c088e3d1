"""What is said about models that are right equally often and select unequally."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, interval, known, number, short

if TYPE_CHECKING:
    from mlops_widgets.governance.unequal_people.equal_accuracy_result import EqualAccuracyResult

Span = tuple[float, float, float]


def find(result: "EqualAccuracyResult") -> tuple[Finding, ...]:
    """Return the findings: what the column does to people, what the truth says, and the control."""
    return (_people(result), _truth(result), *_control(result))


def _people(r: "EqualAccuracyResult") -> Finding:
    with_it, without = 0, _without(r)
    loss = r.of("accuracy_loss", without)
    feature, share = short(r.feature), number(float(r.shares[r.start]), "percent")
    claim = (
        f"With {feature}, {short(r.group)} {_lower(r)} is selected {_span(r.of('ratio', with_it))} times as often as {_higher(r)}; without it "
        f"{_span(r.of('ratio', without))}, at {_points(loss, 'less', 'more')} by the recorded labels (the best {share} selected)."
    )
    status = r.gate(with_it)
    action = {
        "failed": f"Ask what {feature} knows that the decision needs; find_alternatives looks for other models like it.",
        "passed": "Keep the comparison as evidence: equal accuracy doesn't show how a model treats people.",
        "not_enough_data": "Test on more rows of each group before the gate is opened or closed.",
    }[status]
    code = "GV-EQ-01" if r.draws_made else "GV-EQ-04"
    evidence = {
        "ratio_with": known(r.of("ratio", with_it)[0]), "ratio_with_lower": known(r.of("ratio", with_it)[1]),
        "ratio_with_upper": known(r.of("ratio", with_it)[2]), "ratio_without": known(r.of("ratio", without)[0]),
        "ratio_without_lower": known(r.of("ratio", without)[1]), "ratio_without_upper": known(r.of("ratio", without)[2]),
        "accuracy_loss": known(loss[0]), "accuracy_loss_lower": known(loss[1]), "accuracy_loss_upper": known(loss[2]),
        "limit": r.limit, "share": float(r.shares[r.start]),
    }  # fmt: skip
    return Finding(code=code, status=status, claim=claim, evidence=evidence, action=action)


def _without(r: "EqualAccuracyResult") -> int:
    """Return the model without the column that otherwise takes what the first one takes."""
    return r.variant(uses_feature=False, uses_group=r.variants[0].uses_group)


def _lower(r: "EqualAccuracyResult") -> str:
    """Return the group that the first model selects less often."""
    return short(_ordered(r)[0])


def _higher(r: "EqualAccuracyResult") -> str:
    return short(_ordered(r)[1])


def _ordered(r: "EqualAccuracyResult") -> tuple[str, str]:
    less = r.of("selected_compared", 0)[0] <= r.of("selected_reference", 0)[0]
    return (r.compared_group, r.reference_group) if less else (r.reference_group, r.compared_group)


def _truth(r: "EqualAccuracyResult") -> Finding:
    code = "GV-EQ-02" if r.draws_made else "GV-EQ-05"
    if not r.has_truth:
        return Finding(
            code=code, status="not_applicable",
            claim="Whether the records are right can't be revealed here: nobody knows the true labels of real rows.",
            action="Have a sample of recorded labels checked by hand, the same number in each group (find_label_errors says where to look).",
        )  # fmt: skip
    gain, without = r.of("true_gain", _without(r)), _without(r)
    evidence = {
        "true_with": known(r.of("true_accuracy", 0)[0]), "true_without": known(r.of("true_accuracy", without)[0]),
        "true_gain": known(gain[0]), "true_gain_lower": known(gain[1]), "true_gain_upper": known(gain[2]),
    }  # fmt: skip
    status: Status = "warning" if gain[1] > 0 else "passed" if gain[2] < 0 else "not_enough_data"
    claim = (
        f"In truth the model without {short(r.feature)} has {_points(gain, 'more', 'less')}: {number(r.of('true_accuracy', without)[0], digits=3)} "
        f"against {number(r.of('true_accuracy', 0)[0], digits=3)}."
    )
    if gain[1] > 0:
        claim += " What looked like the price of fairness was an error of the records."
    action = "Where a record is somebody's decision, test the record before the model that repeats it."
    return Finding(code=code, status=status, claim=claim, evidence=evidence, action=action)


def _control(r: "EqualAccuracyResult") -> tuple[Finding, ...]:
    if not r.draws_made:
        return ()
    value, lower, upper = (float(each) for each in r.control)
    claim = (
        f"Control: where every loan is recorded as it went, leaving {short(r.feature)} out changes the impact ratio by "
        f"{estimate(value, lower, upper)}."
    )
    status: Status = "passed" if max(abs(lower), abs(upper)) < _NO_CHANGE else "failed" if lower > _NO_CHANGE or upper < -_NO_CHANGE else "not_enough_data"  # fmt: skip
    evidence = {"gain": known(value), "gain_lower": known(lower), "gain_upper": known(upper), "margin": _NO_CHANGE}
    return (Finding(code="GV-EQ-03", status=status, claim=claim, evidence=evidence),)


_NO_CHANGE = 0.03
"""Change of an impact ratio that counts as none in the control."""


def _span(span: Span) -> str:
    return estimate(span[0], known(span[1]), known(span[2]))


def _points(span: Span, more: str, less: str) -> str:
    """Return a difference in points of accuracy, `more` where it is positive."""
    value, lower, upper = (100 * each for each in span)
    word = more if value >= 0 else less
    ends = (lower, upper) if value >= 0 else (-upper, -lower)
    return f"{number(abs(value), digits=1)} points {word} accuracy {interval(known(ends[0]), known(ends[1]), digits=1)}".rstrip()  # fmt: skip
