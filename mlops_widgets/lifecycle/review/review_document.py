"""The review as a text: each number from the result, each statement of a person with name and date, each gap as a gap."""

from collections.abc import Sequence

import numpy as np

from mlops_widgets.core.document import Block, Document, Grid, Paragraph, Points, Section, Statement
from mlops_widgets.core.result import MARKS
from mlops_widgets.core.words import estimate, interval, number, short
from mlops_widgets.lifecycle.review.review_result import ReviewResult
from mlops_widgets.lifecycle.review.signals import Signal
from mlops_widgets.study.study import Study

_MOST = 60


def written_review(study: Study, r: ReviewResult) -> Document:
    """Return the whole text."""
    return Document(
        title=f"Performance review: {study.name}",
        lead=f"{r.findings[0].claim} {_lead(r)}",
        sections=(
            Section(title="Verdicts", blocks=(_verdicts(r),)),
            Section(title="What was promised and what came", blocks=_metric(r)),
            Section(title="Calibration", blocks=_mean(r, r.calibration, "LC-RV-05")),
            Section(title="Money", blocks=_mean(r, r.value, "LC-RV-06")),
            Section(title="Trend and change", blocks=_claims(r, "LC-RV-03", "LC-RV-04")),
            Section(title="Drift", blocks=_drift(r)),
            Section(title="Groups", blocks=_groups(r)),
            Section(title="Data contract", blocks=_contract(r)),
            Section(title="Open findings", blocks=_open(r)),
            Section(title="Would a fresh model do?", blocks=_claims(r, "LC-RV-11")),
            Section(title="False alarms", blocks=(Paragraph(text=f"{r.budget.sentence} Rules of a contract and open findings aren't statistical and raise none."),)),
            Section(title="Next review and signatures", blocks=_people(r)),
        ),
        small=f"{'Synthetic data. ' if r.synthetic else ''}Study {study.fingerprint}, {r.rows:,} rows, seed {r.seed}. {r.method} {r.reference}.",
    )  # fmt: skip


def _lead(r: ReviewResult) -> str:
    counted = {
        status: sum(each.status == status for each in r.findings) for status in ("failed", "warning", "not_enough_data")
    }
    waiting = int((r.mature == 0).sum())
    longer = (
        f" Chunks are longer than asked for: most shorter ones hold too few rows ({r.chunks_by})." if r.coarser else ""
    )
    return (
        f"Of {len(r.findings)} verdicts {counted['failed']} failed, {counted['warning']} are warnings and "
        f"{counted['not_enough_data']} lack data; {waiting} of {len(r.chunks)} chunks wait for labels.{longer}"
    )


def _verdicts(r: ReviewResult) -> Points:
    return Points(items=tuple(
        f"{MARKS[each.status]} {each.status.replace('_', ' ')} {each.code}: {each.claim}" + (f" → {each.action}" if each.action else "")
        for each in r.findings
    ))  # fmt: skip


def _claims(r: ReviewResult, *codes: str) -> tuple[Block, ...]:
    return tuple(
        Paragraph(text=each.claim, tone="warning" if each.status in {"failed", "warning"} else "plain")
        for code in codes for each in r.findings if each.code == code
    )  # fmt: skip


def _metric(r: ReviewResult) -> tuple[Block, ...]:
    blocks = _claims(r, "LC-RV-01", "LC-RV-02")
    if r.metric is None:
        return blocks
    return (*blocks, _grid(r, r.metric, waiting=True))


def _mean(r: ReviewResult, signal: Signal | None, code: str) -> tuple[Block, ...]:
    blocks = _claims(r, code)
    return blocks if signal is None else (*blocks, _grid(r, signal, waiting=False))


def _grid(r: ReviewResult, s: Signal, *, waiting: bool) -> Grid:
    """Return the chunks of a signal; those that wait for labels are listed, not judged."""
    rows = []
    for at, label in enumerate(r.chunks[:_MOST]):
        if s.judged[at]:
            verdict = "beyond the band" if s.alarms[at] else "within"
            rows.append(
                (
                    label,
                    f"{r.rows_by_chunk[at]:,}",
                    estimate(s.values[at], s.lower[at], s.upper[at]),
                    band_words(s, at),
                    verdict,
                )
            )
        elif waiting:
            why = (
                "too few rows" if r.mature[at] else f"waiting: {number(float(r.label_shares[at]), 'percent')} of labels"
            )
            rows.append((label, f"{r.rows_by_chunk[at]:,}", "–", "–", why))
    caption = f"Promise {estimate(s.promise, s.promise_lower, s.promise_upper)}; intervals hold for all chunks at once."
    return Grid(
        columns=(r.chunks_by, "rows", s.label, "band if nothing changed", "verdict"), rows=tuple(rows), caption=caption
    )


def band_words(s: Signal, at: int) -> str:
    """Return a chunk's band in words.

    One side of it is open where only the other is harm.
    """
    low, high = float(s.band_lower[at]), float(s.band_upper[at])
    digits = 2 if max(abs(each) for each in (low, high) if np.isfinite(each)) <= 1 else None
    if not np.isfinite(high):
        return f"{number(low, digits=digits)} or more"
    return f"{number(high, digits=digits)} or less" if not np.isfinite(low) else interval(low, high)


def _drift(r: ReviewResult) -> tuple[Block, ...]:
    blocks = _claims(r, "LC-RV-07")
    if r.drift is None or not r.drift.alarms.any():
        return blocks
    rows = []
    for name, alarms, seen in zip(r.drift.columns, r.drift.alarms, r.drift.standardised, strict=True):
        where = np.flatnonzero(alarms)
        if len(where):
            rows.append((short(name), r.chunks[int(where[0])], f"{len(where)}", number(float(np.nanmax(seen)))))
    caption = f"An alarm from {number(r.drift.threshold)} standard deviations on, by one rule for all columns."
    return (
        *blocks,
        Grid(
            columns=("input or answer", "first", "chunks", "largest distance in sd"), rows=tuple(rows), caption=caption
        ),
    )


def _groups(r: ReviewResult) -> tuple[Block, ...]:
    blocks = _claims(r, "LC-RV-08")
    rows = tuple(
        (short(each.name.removeprefix("gap: "), 60), estimate(each.promise, each.promise_lower, each.promise_upper),
         estimate(each.promise + each.overall, each.promise + each.overall_lower, each.promise + each.overall_upper),
         f"{int(each.alarms.sum())} of {int(each.judged.sum())}")
        for each in r.gaps
    )  # fmt: skip
    if not rows:
        return blocks
    caption = "Each group's mean less that of all others; cells of fewer than 30 rows aren't shown."
    return (
        *blocks,
        Grid(
            columns=("group", "gap in the test", "gap in production", "chunks beyond the band"),
            rows=rows,
            caption=caption,
        ),
    )


def _contract(r: ReviewResult) -> tuple[Block, ...]:
    blocks = _claims(r, "LC-RV-09")
    if r.contract is None or not r.contract.rules:
        return blocks
    rows = []
    for name, shares in zip(r.contract.rules[:_MOST], r.contract.shares, strict=False):
        at = int(np.nan_to_num(shares).argmax())
        rows.append(
            (
                short(name, 60),
                f"{int((np.nan_to_num(shares) > 0).sum())}",
                number(float(shares[at]), "percent"),
                r.chunks[at],
            )
        )
    return (*blocks, Grid(columns=("rule", "chunks", "largest share of rows", "in"), rows=tuple(rows)))


def _open(r: ReviewResult) -> tuple[Block, ...]:
    blocks = _claims(r, "LC-RV-10")
    items = tuple(
        f"{MARKS[each.status]} {each.status} {each.code}: {each.claim}" + (f" → {each.action}" if each.action else "")
        for each in (r.open_findings or ())[:_MOST]
    )
    return (*blocks, Points(items=items)) if items else blocks


def _people(r: ReviewResult) -> tuple[Block, ...]:
    s = r.sign_off
    said: Sequence[tuple[str, str]] = (("Decision", s.decision), ("Dissent", s.dissent))
    blocks: list[Block] = list(_claims(r, "LC-RV-12"))
    blocks.append(_statement("Reviewer", s.reviewer, s.reviewer, s.date))
    blocks += [_statement(label, text, s.reviewer, s.date) for label, text in said if text or label != "Dissent"]
    blocks.append(_statement("Date of the decision", s.date, s.reviewer, s.date))
    due = (
        Statement(label="Next review", value=r.due[:10])
        if r.due
        else Statement(label="Next review", value="", source="missing")
    )
    return (*blocks, due)


def _statement(label: str, value: str, author: str, date: str) -> Statement:
    if not value:
        return Statement(label=label, value="", source="missing")
    return Statement(label=label, value=value, source="human", author=author, date=date)
