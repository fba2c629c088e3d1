"""Review a model in production: what was promised, what came of it, since when, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from os import PathLike

import numpy as np

from mlops_widgets.core.calendars import with_zone
from mlops_widgets.core.document import Document
from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError
from mlops_widgets.lifecycle.review.appointments import appointment_of, keep_review, last_due, read_sign_off, store_of
from mlops_widgets.lifecycle.review.breaches import contract_of, measure_breaches
from mlops_widgets.lifecycle.review.freshness import recovered
from mlops_widgets.lifecycle.review.measuring import Parts, measure_parts
from mlops_widgets.lifecycle.review.metric_signal import Sampling
from mlops_widgets.lifecycle.review.open_findings import open_findings_of
from mlops_widgets.lifecycle.review.promised import Promised, promised_rows
from mlops_widgets.lifecycle.review.review_document import written_review
from mlops_widgets.lifecycle.review.review_findings import find
from mlops_widgets.lifecycle.review.review_result import ReviewResult
from mlops_widgets.records import Records
from mlops_widgets.study.contract.checking import check_now
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.over_time.periods import Period, check_period
from mlops_widgets.study.study import Study

_REFERENCE = (
    "Eo & Morley 2015 (date of a change); Künsch 1989 (moving blocks); Politis & Romano 1992 (runs of days); Cochran 1977 (means "
    "of units)"
)
_METHOD = (
    "Test against production: bands by Student's t from what the test's resampling units ({unit}) vary, scaled to each chunk (the "
    "metric's by {draws} bootstrap draws), 95 % intervals for all chunks at once (Bonferroni), trend by a moving-block bootstrap, no narrower than neighbours "
    "that are alike allow, change "
    "by likelihood ratio and random orders of pieces. {budget}"
)


@strategy("LC-RV")
def review_performance(
    study: Study,
    *,
    chunks: Period = "week",
    calendar: int | str | date | None = None,
    results: Sequence[Result | Contract] | Result = (),
    contract: Contract | None = None,
    records: Records | str | PathLike[str] | None = None,
    margin: float | None = None,
    false_alarms_a_year: float = 0.2,
    reviewer: str | None = None,
    signed_off: Mapping[str, str] | None = None,
    now: datetime | None = None,
    draws: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ReviewResult:
    """Review a model: what the test promised, what came of it chunk by chunk, since when it is worse, and whether it can be saved.

    One number of false alarms a year holds for all that is judged. Works without labels: then drift, decisions by group and the
    contract are reviewed.

    Parameters
    ----------
    study
        Needs production, and a test for all that was promised.
    chunks
        "hour", "day", "week", "month", "quarter" or "year". Where most of these hold too few rows, longer ones are taken; without
        dates, runs of rows.
    calendar
        Days between reviews, or the date of the next one ("2026-03-31").
    results
        What other strategies found, of any chapter, or a Scorecard: their failed findings and warnings are listed as open. A Contract
        among them is put to the rows.
    contract
        What each chunk's rows must keep; by default the one among the results.
    records
        A store of records, or its path: the review is kept there, with a digest of its text, and says when the next one is due.
    margin
        The largest loss that doesn't matter, in the metric's unit, above 0; by default the study's.
    false_alarms_a_year
        Accepted false alarms a year of all parts together, above 0: one in five years. Without dates, those of one review. Never more than
        one chunk in twenty.
    reviewer
        Who reviewed.
    signed_off
        What was decided: "decision", "date" and, if somebody disagrees, "dissent".
    now
        What time it is, UTC where it has no zone; without it, days of `calendar` are counted from the newest row and nothing is late.
    draws
        Bootstrap draws, 100 or more.
    seed
        Of draws and random orders.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ReviewResult or NoResult
        Findings: LC-RV-01 promise and production, LC-RV-02 chunks beyond the band, LC-RV-03 trend, LC-RV-04 change, LC-RV-05
        calibration, LC-RV-06 money, LC-RV-07 drift, LC-RV-08 gaps between groups, LC-RV-09 the data contract, LC-RV-10 open findings,
        LC-RV-11 whether a fresh model would do, LC-RV-12 the next review and who signed this one. `save` writes .md, .html, .pdf, .json
        or .png.

    Raises
    ------
    InputError
        If an option can't be used.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> review = mw.lifecycle.review_performance(mw.sample("census"), chunks="year", draws=100)
    >>> review.chunks, int(review.alarms().sum())
    (('2017', '2018'), 0)
    """
    check_margin(margin)
    check_counts(draws=(draws, 100), seed=(seed, 0))
    check_period(chunks)
    check_now(now)
    _check_alarms(false_alarms_a_year)
    given = (results,) if isinstance(results, Result) else results
    open_findings, rules = open_findings_of(given), contract_of(contract, given)
    signed, store, at = read_sign_off(reviewer, signed_off), store_of(records), with_zone(now)
    meeting = appointment_of(calendar, now=at, newest=None, last_due=last_due(store, study.name))
    tell(progress, 0.0, "labels")
    p = promised_rows(study, chunks)
    if isinstance(calendar, int) and not meeting.due:
        meeting = appointment_of(calendar, now=at, newest=_newest(p), last_due="")
    sampling = Sampling(draws=draws, seed=seed, progress=part(progress, 0.1, 0.6), cancel=cancel)
    parts = measure_parts(p, sampling, accepted=false_alarms_a_year)
    tell(progress, 0.8, "contract")
    recovery, words, action = recovered(study, draws=draws, seed=seed, progress=part(progress, 0.8, 1.0), cancel=cancel)
    result = ReviewResult(
        findings=(), rows=p.production.rows + (0 if p.test is None else p.test.rows), seed=seed, reference=_REFERENCE,
        method=_METHOD.format(unit=study.unit_name, draws=draws, budget=parts.budget.sentence), name=study.name,
        document=Document(title="", lead="", sections=()), chunks=p.chunks.labels, starts=p.chunks.starts,
        rows_by_chunk=_counts(p), chunks_by=p.chunks.by, are_dates=p.chunks.are_dates, coarser=p.coarser,
        label_shares=p.maturity.shares, mature=p.maturity.mature.astype(np.int64), open_findings=open_findings,
        contract=None if rules is None else measure_breaches(p, rules, now=at, cancel=cancel), recovery=recovery,
        recovery_words=words, recovery_action=action, margin=_margin(study, parts, margin), sign_off=signed, due=meeting.due,
        reviewed_at="" if at is None else at.isoformat(timespec="minutes"), calendar_days=meeting.days,
        days_late=meeting.late, synthetic=study.synthetic, **vars(parts),
    )  # fmt: skip
    result = replace(result, findings=find(result))
    result = replace(result, document=written_review(study, result))
    keep_review(store, result, at)
    tell(progress, 1.0, "reviewed")
    return result


def _check_alarms(accepted: object) -> None:
    if isinstance(accepted, bool) or not isinstance(accepted, int | float) or not 0 < accepted < np.inf:
        raise InputError(f"false_alarms_a_year={str(accepted)[:40]}. Pass a number above 0, such as 1 or 0.2.")


def _newest(p: Promised) -> datetime | None:
    times = p.study.times(p.production) if p.chunks.are_dates else None
    return None if times is None else datetime.fromtimestamp(float(np.nanmax(times)) / 1000, UTC)


def _counts(p: Promised) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.bincount(p.chunks.of_row[p.chunks.of_row >= 0], minlength=p.count).astype(np.int64)


def _margin(study: Study, parts: Parts, margin: float | None) -> float:
    return float("nan") if parts.metric is None else study.accepted_loss(parts.metric.promise, margin)
