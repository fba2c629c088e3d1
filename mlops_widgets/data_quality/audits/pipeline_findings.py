"""What a check of a pipeline says, step by step."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.audits.pipeline_steps import StepSeen

Limits = tuple[float, float, float]
_MOST_COLUMNS = 5


def find(
    steps: Sequence[StepSeen], *, keyed: bool, limits: Limits, now: datetime | None, fresh_within: timedelta | None
) -> tuple[Finding, ...]:
    """Return the verdicts, the headline first.

    Parameters
    ----------
    steps
        The steps, in order.
    keyed
        Whether rows have keys.
    limits
        Tolerance of totals, least share of keys kept, margin of missing cells.
    now, fresh_within
        What time it is, and how old the latest row may be; both or freshness isn't judged.
    """
    found = [finding for step in steps for finding in _step(step, keyed=keyed, limits=limits)]
    found += _fresh(steps[-1], now, fresh_within)
    return (_headline(steps, found), *found)


def _headline(steps: Sequence[StepSeen], found: Sequence[Finding]) -> Finding:
    bad = [each for each in found if each.status == "failed"]
    warned = [each for each in found if each.status == "warning"]
    evidence = {
        "steps": len(steps),
        "rows_first": steps[0].rows,
        "rows_last": steps[-1].rows,
        "failed": len(bad),
        "warning": len(warned),
    }
    rows = f"{number(steps[0].rows, 'integer')} rows at {short(steps[0].name)} are {number(steps[-1].rows, 'integer')} at {short(steps[-1].name)}"
    if bad or warned:
        worst = (bad or warned)[0]
        claim = f"{rows}; {len(bad)} checks fail and {len(warned)} warn, the first: {worst.claim}"
        return Finding(
            code="DQ-CP-01", status="failed" if bad else "warning", claim=claim, evidence=evidence, action=worst.action
        )
    if not steps[0].rows:
        return Finding(
            code="DQ-CP-01",
            status="not_enough_data",
            claim="The first step has no rows to follow.",
            evidence=evidence,
            action="Pass a table with rows.",
        )
    return Finding(
        code="DQ-CP-01",
        status="passed",
        claim=f"{rows}, and no check fails.",
        evidence=evidence,
        action="Run this after each release of the pipeline.",
    )


def _step(step: StepSeen, *, keyed: bool, limits: Limits) -> Iterator[Finding]:
    tolerance, least_kept, missing_margin = limits
    yield from _key_findings(step) if keyed else ()
    if step.rows_before >= 0:
        yield from _lost(step, keyed=keyed, least_kept=least_kept)
        yield from _multiplied(step, keyed=keyed)
        yield from _totals(step, tolerance)
        yield from _columns(step)
        yield from _missing(step, missing_margin)


def _key_findings(step: StepSeen) -> Iterator[Finding]:
    where = short(step.name)
    if step.keys < 0:
        claim = f"{where} has no longer the columns that name a row, so rows can't be followed through it."
        yield Finding(
            code="DQ-CP-04",
            status="warning",
            claim=claim,
            action="Carry the key through every step.",
            evidence={"step": step.name},
        )
        return
    if step.keys_repeated or step.keys_missing:
        parts = [
            f"{step.keys_repeated:,} rows repeat a key" if step.keys_repeated else "",
            f"{step.keys_missing:,} have none" if step.keys_missing else "",
        ]
        claim = f"At {where} {' and '.join(part for part in parts if part)}, of {step.rows:,} rows."
        action = "Name the columns that make a row unique, or find the step that repeats it."
        evidence: dict[str, str | int] = {
            "step": step.name,
            "repeated": step.keys_repeated,
            "missing": step.keys_missing,
            "rows": step.rows,
        }
        yield Finding(code="DQ-CP-04", status="failed", claim=claim, action=action, evidence=evidence)


def _lost(step: StepSeen, *, keyed: bool, least_kept: float) -> Iterator[Finding]:
    followed = keyed and step.keys >= 0
    before = step.keys_before if followed else step.rows_before
    lost = step.keys_lost if followed else max(step.rows_before - step.rows, 0)
    if not lost or not before:
        return
    kept = 1 - lost / before
    noun = "keys" if followed else "rows"
    claim = f"{short(step.name)} loses {lost:,} of {before:,} {noun} ({number(lost / before, 'percent')}); at least {number(least_kept, 'percent')} are to stay."
    yield Finding(
        code="DQ-CP-02", status="failed" if kept < least_kept else "passed", claim=claim,
        action="Look at the rows that are gone: an inner join without a partner, or a filter." if kept < least_kept else "",
        evidence={"step": step.name, "lost": lost, "of": before, "kept": kept},
    )  # fmt: skip


def _multiplied(step: StepSeen, *, keyed: bool) -> Iterator[Finding]:
    if keyed and step.rows_multiplied:
        claim = f"{short(step.name)} holds {step.rows_multiplied:,} rows more of keys that it was given: a join has several partners for them."
        action = "Make the joined table unique by its key before the join."
        yield Finding(
            code="DQ-CP-03",
            status="failed",
            claim=claim,
            action=action,
            evidence={"step": step.name, "multiplied": step.rows_multiplied, "rows": step.rows},
        )
    added = step.keys_added if keyed and step.keys >= 0 else 0 if keyed else max(step.rows - step.rows_before, 0)
    if added:
        noun = "keys" if keyed else "rows"
        claim = f"{short(step.name)} holds {added:,} {noun} that the step before didn't have."
        yield Finding(
            code="DQ-CP-03",
            status="warning",
            claim=claim,
            action="Make sure that they are meant to come in here.",
            evidence={"step": step.name, "added": added},
        )


def _totals(step: StepSeen, tolerance: float) -> Iterator[Finding]:
    for name, before in step.totals_before.items():
        if name not in step.totals:
            continue
        after = step.totals[name]
        off = abs(after - before) / max(abs(before), 1e-300) if after != before else 0.0
        if off > tolerance:
            claim = (
                f"{short(name)} adds up to {number(before)} before {short(step.name)} and to {number(after)} after it."
            )
            yield Finding(
                code="DQ-CP-05", status="failed", claim=claim, action="Reconcile both sums: rows lost or multiplied, a unit, a sign.",
                evidence={"step": step.name, "column": name, "before": before, "after": after, "change": after - before},
            )  # fmt: skip


def _columns(step: StepSeen) -> Iterator[Finding]:
    if step.gone:
        claim = f"{short(step.name)} has no longer {_listed(step.gone)}."
        yield Finding(
            code="DQ-CP-06",
            status="warning",
            claim=claim,
            action="Make sure that nothing later needs them.",
            evidence={"step": step.name, "gone": len(step.gone)},
        )
    if step.new:
        yield Finding(
            code="DQ-CP-06",
            status="passed",
            claim=f"{short(step.name)} adds {_listed(step.new)}.",
            evidence={"step": step.name, "new": len(step.new)},
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_COLUMNS} more" if len(names) > _MOST_COLUMNS else ""
    return (
        f"{'column' if len(names) == 1 else 'columns'} {', '.join(short(name) for name in names[:_MOST_COLUMNS])}{more}"
    )


def _missing(step: StepSeen, margin: float) -> Iterator[Finding]:
    risen = {name: rise for name, rise in step.missing_rise.items() if rise > margin}
    if risen:
        worst = max(risen, key=lambda name: risen[name])
        claim = f"In {len(risen)} columns more cells are missing after {short(step.name)}, most in {short(worst)}: {number(risen[worst], 'percent')} of the rows more."
        yield Finding(
            code="DQ-CP-07", status="warning", claim=claim, action="Look for a join without a partner, or a conversion that fails quietly.",
            evidence={"step": step.name, "columns": len(risen), "column": worst, "rise": risen[worst]},
        )  # fmt: skip


def _fresh(last: StepSeen, now: datetime | None, within: timedelta | None) -> Iterator[Finding]:
    if within is None:
        return
    if now is None or not last.latest:
        why = (
            "nobody said what time it is" if now is None else f"{short(last.name)} holds no dates in the column of time"
        )
        yield Finding(
            code="DQ-CP-08", status="not_run", claim=f"Freshness isn't judged: {why}.", action="Pass now= and time=."
        )
        return
    age = now - datetime.fromisoformat(last.latest)
    late = age > within
    claim = f"The latest row of {short(last.name)} is {_hours(age)} old; {_hours(within)} are allowed."
    yield Finding(
        code="DQ-CP-08", status="failed" if late else "passed", claim=claim, action="Find out why nothing newer arrived." if late else "",
        evidence={"latest": last.latest, "age_hours": age.total_seconds() / 3600, "allowed_hours": within.total_seconds() / 3600},
    )  # fmt: skip


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{number(hours / 24, digits=1)} days" if abs(hours) >= 48 else f"{number(hours, digits=1)} hours"
