"""What a review says: a sentence a part, with its number, its interval and what to do."""

from collections.abc import Iterator, Mapping

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import digits_for, estimate, interval, known, number, p_words, short, worse
from mlops_widgets.lifecycle.review.changes import SERIES, Change
from mlops_widgets.lifecycle.review.freshness import Answer
from mlops_widgets.lifecycle.review.review_result import ReviewResult
from mlops_widgets.lifecycle.review.signals import Signal
from mlops_widgets.measures.block_trends import neighbours_likeness
from mlops_widgets.measures.trends import FEWEST
from mlops_widgets.measures.verdicts import judge

_RETRAIN = "Find the cause; then ask mw.lifecycle.simulate_retraining(study) whether retraining would pay."
_MOST = 5
_ALIKE = 0.5
_SQUARED = {
    "RMSE": " Single large errors make RMSE: where errors have heavy tails, chunks lie beyond its band several times as often as stated; MAE is steadier.",
}  # fmt: skip
"""Label of a metric of squared errors → what its alarms may be."""


def find(r: ReviewResult) -> tuple[Finding, ...]:
    """Return the findings of a review, the worst first."""
    parts = (
        _promise,
        _chunks,
        _trend,
        _change,
        _calibration,
        _value,
        _drift,
        _groups,
        _contract,
        _open,
        _recovery,
        _next,
    )
    found = [finding for part in parts for finding in part(r)]
    return tuple(sorted(found, key=_order))


def _order(finding: Finding) -> tuple[int, float, str]:
    """Sort key: failed ones lead, then warnings; whether somebody signed never leads a review in which nothing failed."""
    rank = {"failed": 0, "warning": 1}.get(finding.status, 2)
    last = finding.code == "LC-RV-12" and rank > 0
    return 3 if last else rank, -(finding.cost or 0.0) if rank == 0 else 0.0, finding.code


def _missing(r: ReviewResult, part: str, code: str, what: str) -> Finding:
    why = r.missing.get(part, "There is nothing to compare.")
    return Finding(code=code, status="not_applicable", claim=f"{what} can't be judged here. {why}")


def harm_of(s: Signal) -> tuple[float, float, float]:
    """Return the overall change as harm, positive where it is worse, with its interval."""
    if s.worse == "lower":
        return -s.overall, -s.overall_upper, -s.overall_lower
    return s.overall, s.overall_lower, s.overall_upper


def _promise(r: ReviewResult) -> Iterator[Finding]:
    s = r.metric
    if s is None:
        yield _missing(r, "metric", "LC-RV-01", "The promise")
        return
    harm, lower, upper = harm_of(s)
    rows = int(s.rows.sum())
    verdict = judge(lower, upper, margin=r.margin, n=max(rows, 1), estimate=harm)
    digits = digits_for(lower, upper)
    after = s.promise + s.overall
    claim = (
        f"{s.label} is {number(after, digits=digits)} in production, where the test promised {number(s.promise, digits=digits)}: "
        f"{worse(harm, lower, upper)}, {_against(verdict.status)} the margin of {number(r.margin)}."
    )
    yield Finding(
        code="LC-RV-01", status=verdict.status, claim=claim, cost=max(harm, 0.0), cost_unit=s.label,
        action=_RETRAIN if verdict.status == "failed" else "" if verdict.status == "passed" else verdict.sentence,
        evidence={"promise": known(s.promise), "production": known(after), "harm": known(harm), "lower": known(lower),
                  "upper": known(upper), "margin": known(r.margin), "rows": rows},
    )  # fmt: skip


def _against(status: str) -> str:
    return {"failed": "beyond", "passed": "within"}.get(status, "which can't be told from")


def _chunks(r: ReviewResult) -> Iterator[Finding]:
    s, waiting = r.metric, int((r.mature == 0).sum())
    if s is None:
        yield _missing(r, "metric", "LC-RV-02", "Single chunks")
        return
    judged, beyond = int(s.judged.sum()), np.flatnonzero(s.alarms)
    wait = f" {waiting} more {_plural(waiting, 'wait')} for labels." if waiting else ""
    evidence = {"judged": judged, "beyond": len(beyond), "waiting": waiting, "reach": known(s.reach),
                "false_alarms_a_year": known(r.budget.a_year), "false_alarms_expected": r.budget.expected}  # fmt: skip
    if not judged:
        claim = f"No {_unit(r)} has rows and labels enough for {s.label}.{wait}"
        yield Finding(
            code="LC-RV-02",
            status="not_enough_data",
            claim=claim,
            evidence=evidence,
            action="Pass chunks= with a longer period.",
        )
        return
    if len(beyond):
        first, gap = int(beyond[0]), _beyond(s)
        claim = (
            f"{len(beyond)} of {judged} {_unit(r, judged)} {_plural(len(beyond), 'lie')} beyond the band that {s.label} would keep had nothing changed, "
            f"first {r.chunks[first]} with {estimate(s.values[first], s.lower[first], s.upper[first])}.{wait}{_SQUARED.get(s.label, '')}"
        )
        status: Status = "failed" if gap[beyond].max() > r.margin else "warning"
        yield Finding(
            code="LC-RV-02",
            status=status,
            claim=claim,
            action=_RETRAIN,
            evidence={**evidence, "first": r.chunks[first]},
        )
        return
    claim = f"None of {judged} {_unit(r, judged)} lies beyond the band of {s.label}; a typical one would show a loss of {number(s.reach)}.{wait}"
    enough = s.reach <= r.margin
    longer = f"The margin is {number(r.margin)}: pass chunks= with a longer period to see losses as small as that."
    yield Finding(code="LC-RV-02", status="passed" if enough else "not_enough_data", claim=claim, evidence=evidence,
                  action="" if enough else longer)  # fmt: skip


def _beyond(s: Signal) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return how far each chunk lies beyond its band, (chunks,)."""
    return np.nan_to_num(np.maximum(s.band_lower - s.values, s.values - s.band_upper), nan=-np.inf, neginf=-np.inf)


def _unit(r: ReviewResult, count: int = 1) -> str:
    kinds = {"year", "quarter", "month", "week", "day", "hour"}
    word = r.chunks_by if r.chunks_by in kinds else "run of rows" if r.chunks_by == "rows" else "chunk"
    if count == 1:
        return word
    return "runs of rows" if word == "run of rows" else f"{word}s"


def _plural(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb


def _trend(r: ReviewResult) -> Iterator[Finding]:
    if r.metric is None:
        yield _missing(r, "metric", "LC-RV-03", "A trend")
        return
    t = r.slope
    evidence = {"harm": known(t.harm), "lower": known(t.lower), "upper": known(t.upper), "p_value": known(t.p_value),
                "chunks": t.points, "level": r.budget.level}  # fmt: skip
    if t.points < FEWEST:
        claim = f"A trend of {r.metric.label} can't be told from {t.points} {_unit(r, t.points)}; it needs {FEWEST}."
        yield Finding(
            code="LC-RV-03",
            status="not_enough_data",
            claim=claim,
            evidence=evidence,
            action="Wait, or pass shorter chunks=.",
        )
        return
    grew = t.p_value <= r.budget.level and t.harm > 0
    verdict = judge(t.lower, t.upper, margin=r.margin, n=t.points, estimate=t.harm)
    status: Status = "failed" if grew and verdict.status == "failed" else "warning" if grew else (
        "passed" if verdict.status == "passed" else "not_enough_data")  # fmt: skip
    words = "gets worse" if grew else "shows no trend that could be told from chance"
    claim = f"{r.metric.label} {words} along {t.points} {_unit(r, t.points)}: {worse(t.harm, t.lower, t.upper)} from first to last ({p_words(t.p_value)})."
    alike = neighbours_likeness(r.metric.values, r.metric.errors)
    evidence["alike"] = known(alike)
    if alike >= _ALIKE:
        claim += f" Neighbouring chunks are so alike (correlation {number(alike)}) that chance alone is underestimated: a slow wave looks like a trend."
    yield Finding(code="LC-RV-03", status=status, claim=claim, evidence=evidence, action=_RETRAIN if grew else "")


def _change(r: ReviewResult) -> Iterator[Finding]:
    if not r.changes:
        yield _missing(r, "change", "LC-RV-04", "A change point")
        return
    sure = [each for each in r.changes if each.significant]
    if not sure:
        best = r.changes[0]
        claim = f"No single change of {_listed(r)} can be told from chance (smallest {p_words(best.p_value)})."
        yield Finding(
            code="LC-RV-04", status="passed", claim=claim, evidence={"p_value": best.p_value, "level": r.budget.level}
        )
        return
    leading = next((each for each in sure if each.worse), sure[0])
    yield Finding(
        code="LC-RV-04", status="failed" if leading.worse else "warning", claim=_change_words(r, leading),
        action="Look for what happened then: a release, a campaign, another source of data. " + (_RETRAIN if leading.worse else ""),
        evidence={"chunk": r.chunks[leading.chunk], "earliest": r.chunks[leading.earliest], "latest": r.chunks[leading.latest],
                  "series": leading.series, "before": leading.before, "after": leading.after, "lower": leading.lower,
                  "upper": leading.upper, "p_value": leading.p_value},
    )  # fmt: skip


def _listed(r: ReviewResult) -> str:
    return ", ".join(SERIES[each.series][0] for each in r.changes)


def _change_words(r: ReviewResult, c: Change) -> str:
    first, last = r.chunks[c.earliest], r.chunks[c.latest]
    when = f"between {first} and {last}" if first != last else "no other date fits"
    digits = digits_for(c.lower, c.upper)
    step = estimate(c.after - c.before, c.lower, c.upper)
    name = SERIES[c.series][0]
    grew = "" if c.length == 1 else f", growing over {c.length} {_unit(r, c.length)}"
    return (
        f"{name} changed in {r.chunks[c.chunk]} (95 %: {when}): from {number(c.before, digits=digits)} to "
        f"{number(c.after, digits=digits)}, a step of {step}{grew} ({p_words(c.p_value)})."
    )


def _calibration(r: ReviewResult) -> Iterator[Finding]:
    s = r.calibration
    if s is None:
        yield _missing(r, "calibration", "LC-RV-05", "Calibration")
        return
    yield _judged(r, s, code="LC-RV-05", margin=r.calibration_margin, what="Outcomes less predictions",
                  action="Recalibrate on labels that have arrived, or retrain; check what changed in the outcome.")  # fmt: skip


def _value(r: ReviewResult) -> Iterator[Finding]:
    s = r.value
    if s is None:
        yield _missing(r, "value", "LC-RV-06", "Money")
        return
    yield _judged(r, s, code="LC-RV-06", margin=0.1 * abs(s.promise), what="The value of a decision",
                  action="Set the decision threshold anew, or retrain; until then every decision costs the difference.")  # fmt: skip


def _judged(r: ReviewResult, s: Signal, *, code: str, margin: float, what: str, action: str) -> Finding:
    """Return the verdict on a mean: failed if its change lies beyond the margin, warning if only single chunks alarm."""
    ends = (s.overall_lower, s.overall_upper) if s.worse != "lower" else (-s.overall_upper, -s.overall_lower)
    lower, upper = ends
    if s.worse == "either":  # harm is the size of the change, whichever way
        lower = max(s.overall_lower, -s.overall_upper, 0.0)
        upper = max(s.overall_upper, -s.overall_lower)
    verdict = judge(lower, upper, margin=margin or 1e-12, n=max(int(s.rows.sum()), 1))
    beyond = np.flatnonzero(s.alarms)
    status: Status = verdict.status if verdict.status == "failed" or not len(beyond) else "warning"
    where = (
        f"; {len(beyond)} of {int(s.judged.sum())} {_unit(r, int(s.judged.sum()))} {_plural(len(beyond), 'lie')} beyond the band, first {r.chunks[beyond[0]]}"
        if len(beyond)
        else ""
    )
    claim = (
        f"{what}: {estimate(s.promise, s.promise_lower, s.promise_upper)} on average in the test, "
        f"{number(s.promise + s.overall, digits=digits_for(s.overall_lower, s.overall_upper))} in production; the difference lies in "
        f"{interval(s.overall_lower, s.overall_upper)}{where}."
    )
    return Finding(
        code=code, status=status, claim=claim, action=action if status in {"failed", "warning"} else "",
        evidence={"promise": known(s.promise), "change": known(s.overall), "lower": known(s.overall_lower),
                  "upper": known(s.overall_upper), "margin": margin, "beyond": len(beyond), "judged": int(s.judged.sum())},
    )  # fmt: skip


def _drift(r: ReviewResult) -> Iterator[Finding]:
    if r.drift is None:
        yield _missing(r, "drift", "LC-RV-07", "Drift")
        return
    alarming = np.flatnonzero(r.drift.alarms.any(axis=0))
    columns = [short(name) for name, row in zip(r.drift.columns, r.drift.alarms, strict=True) if row.any()]
    evidence = {
        "chunks": len(alarming),
        "columns": len(columns),
        "watched": len(r.drift.columns),
        "threshold": r.drift.threshold,
    }
    if np.isnan(r.drift.standardised).all():
        claim = f"No {_unit(r)} has the thirty rows that drift is judged by."
        yield Finding(
            code="LC-RV-07",
            status="not_enough_data",
            claim=claim,
            evidence=evidence,
            action="Pass chunks= with a longer period.",
        )
        return
    if not len(alarming):
        claim = f"None of {len(r.drift.columns)} inputs and answers differs from the {r.drift.baseline} by more than chance in any {_unit(r)}."
        yield Finding(code="LC-RV-07", status="passed", claim=claim, evidence=evidence)
        return
    more = f" and {len(columns) - _MOST} more" if len(columns) > _MOST else ""
    claim = (
        f"{len(columns)} of {len(r.drift.columns)} inputs and answers {_plural(len(columns), 'differ')} from the {r.drift.baseline}, since {r.chunks[alarming[0]]} in "
        f"{len(alarming)} {_unit(r, len(alarming))}: {', '.join(columns[:_MOST])}{more}."
    )
    yield Finding(code="LC-RV-07", status="warning", claim=claim, evidence=evidence,
                  action="Drift alone costs nothing: look whether the metric, calibration or money moved with it.")  # fmt: skip


def _groups(r: ReviewResult) -> Iterator[Finding]:
    if not r.gaps:
        yield _missing(r, "groups", "LC-RV-08", "Gaps between groups")
        return
    alarming = [each for each in r.gaps if each.alarms.any()]
    evidence = {"gaps": len(r.gaps), "beyond": len(alarming)}
    if not alarming:
        claim = f"None of {len(r.gaps)} gaps between a group and all others left its band in any {_unit(r)}."
        yield Finding(code="LC-RV-08", status="passed", claim=claim, evidence=evidence)
        return
    worst = max(alarming, key=lambda each: (int(each.alarms.sum()), abs(each.overall)))
    first = r.chunks[int(np.flatnonzero(worst.alarms)[0])]
    claim = (
        f"{worst.label}: {estimate(worst.promise, worst.promise_lower, worst.promise_upper)} in the test, beyond its band in "
        f"{int(worst.alarms.sum())} {_unit(r, int(worst.alarms.sum()))}, first {first}; {len(alarming)} of {len(r.gaps)} gaps left theirs."
    )
    yield Finding(code="LC-RV-08", status="warning", claim=claim, evidence={**evidence, "worst": worst.name},
                  action="Ask whether who applies has changed or how they are decided on; look at that group's rows.")  # fmt: skip


def _contract(r: ReviewResult) -> Iterator[Finding]:
    c = r.contract
    if c is None:
        yield _missing(r, "contract", "LC-RV-09", "The data contract")
        return
    if not c.rules:
        claim = f"Every {_unit(r)} keeps all {c.checked} rules of the contract {short(c.contract)!r}."
        yield Finding(code="LC-RV-09", status="passed", claim=claim, evidence={"rules": c.checked, "broken": 0})
        return
    worst = np.nan_to_num(c.shares[0])
    at = int(worst.argmax())
    claim = (
        f"{len(c.rules)} of {c.checked} rules of the contract {short(c.contract)!r} {'is' if len(c.rules) == 1 else 'are'} broken: {short(c.rules[0], 60)!r} the most, "
        f"by {number(float(worst[at]), 'percent')} in {r.chunks[at]}."
    )
    yield Finding(code="LC-RV-09", status="failed" if any(c.serious) else "warning", claim=claim, evidence={"rules": c.checked, "broken": len(c.rules)},
                  action="Ask who delivers the data; mw.data_quality.audit_batches(study) tells which batch it began with.")  # fmt: skip


def _open(r: ReviewResult) -> Iterator[Finding]:
    if r.open_findings is None:
        claim = "Findings of other looks weren't passed to this review."
        yield Finding(
            code="LC-RV-10",
            status="not_run",
            claim=claim,
            action="Pass results=[…], or the Scorecard of mw.run_all(study).",
        )
        return
    failed = sum(each.status == "failed" for each in r.open_findings)
    if not r.open_findings:
        yield Finding(
            code="LC-RV-10", status="passed", claim="No finding of the other looks is open.", evidence={"open": 0}
        )
        return
    claim = f"{len(r.open_findings)} {'finding' if len(r.open_findings) == 1 else 'findings'} of other looks open, {failed} of them failed: first {r.open_findings[0].code}."
    yield Finding(code="LC-RV-10", status="warning", claim=claim, action="Close them, or write down who accepts which and until when.",
                  evidence={"open": len(r.open_findings), "failed": failed})  # fmt: skip


_RECOVERY: Mapping[Answer, Status] = {
    "recoverable": "warning", "a simpler model does as well": "warning", "exhausted": "failed", "not needed": "passed",
    "not enough data": "not_enough_data", "not applicable": "not_applicable",
}  # fmt: skip


def _recovery(r: ReviewResult) -> Iterator[Finding]:
    yield Finding(code="LC-RV-11", status=_RECOVERY[r.recovery], claim=r.recovery_words, action=r.recovery_action,
                  evidence={"recovery": r.recovery})  # fmt: skip


def _next(r: ReviewResult) -> Iterator[Finding]:
    unsaid = r.sign_off.missing
    late = (
        f"This review came {r.days_late} {'day' if r.days_late == 1 else 'days'} after it was due. "
        if r.days_late
        else ""
    )
    due = f"The next review is due on {r.due[:10]}." if r.due else "No next review is due: nobody said when."
    signed = (
        f"Nobody has signed it: {', '.join(unsaid)} missing." if unsaid else
        f"{r.sign_off.reviewer} signed it on {r.sign_off.date}: {short(r.sign_off.decision, 80)}."
    )  # fmt: skip
    status: Status = "failed" if r.days_late else "warning" if unsaid or not r.due else "passed"
    action = "" if status == "passed" else (
        "Pass reviewer= and signed_off={'decision': …, 'date': …}" + ("." if r.due else ", and calendar= in days."))  # fmt: skip
    yield Finding(code="LC-RV-12", status=status, claim=f"{late}{due} {signed}", action=action,
                  evidence={"due": r.due, "days_late": r.days_late, "unsaid": len(unsaid)})  # fmt: skip
