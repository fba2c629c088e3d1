"""What an audit of batches says."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan

from mlops_widgets.core.calendars import days_late
from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import interval, known, number, short
from mlops_widgets.data_quality.audits.audit_result import next_due
from mlops_widgets.data_quality.audits.check_trends import CheckTrend
from mlops_widgets.data_quality.audits.checks import Cell, Limits, Watched
from mlops_widgets.data_quality.audits.first_change import FirstChange
from mlops_widgets.data_quality.audits.history import Audited, Learned
from mlops_widgets.data_quality.contracts.compare import ContractDiff

_MOST = 20
_BEYOND = {"failed", "warning"}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """All that the findings are made of."""

    history: tuple[Audited, ...]
    cells: tuple[Cell, ...]
    changes: tuple[FirstChange, ...]
    trends: tuple[CheckTrend, ...]
    seen: Watched
    limits: Limits
    learned: Learned
    diffs: tuple[tuple[str, ContractDiff], ...]
    twice: tuple[tuple[str, str], ...]
    recovered: tuple[str, ...]
    per_year: bool
    yearly: float
    calendar: int | None
    now: datetime | None
    last: str

    @property
    def new(self) -> frozenset[int]:
        """Places of the batches that this audit looked at."""
        return frozenset(place for place, each in enumerate(self.history) if each.new)

    def label(self, place: int) -> str:
        """Return what a batch is called."""
        return short(self.history[place].label)


def find(judged: Judged) -> tuple[Finding, ...]:
    """Return the verdicts, the headline first. What fails or warns is about new batches: older ones were told when they came."""
    return (
        _headline(judged), *_first(judged), *_checks(judged), *_trends(judged), *_diffs(judged), *_calendar(judged), *_twice(judged),
        _alarms(judged), *_left_out(judged), *_recovered(judged),
    )  # fmt: skip


def _headline(judged: Judged) -> Finding:
    new = judged.new
    bad = {
        status: {cell.batch for cell in judged.cells if cell.batch in new and cell.status == status}
        for status in ("failed", "warning")
    }
    evidence = {
        "batches": len(judged.history), "new": len(new), "failed": len(bad["failed"]), "warning": len(bad["warning"] - bad["failed"]),
        "checks": len({cell.check for cell in judged.cells}),
    }  # fmt: skip
    earlier = f" ({len(judged.history) - len(new)} earlier)" if len(new) < len(judged.history) else ""
    if not new:
        claim = f"No new batch: all {len(judged.history)} of the history were audited before."
        return Finding(
            code="DQ-AB-01",
            status="not_run",
            claim=claim,
            evidence=evidence,
            action="Pass the batches that came since.",
        )
    of = f"of {len(new)} new {'batch' if len(new) == 1 else 'batches'}{earlier}"
    if bad["failed"]:
        claim = f"{len(bad['failed'])} {of} {'fails' if len(bad['failed']) == 1 else 'fail'} a check; the last is {judged.label(max(bad['failed']))}."
        action = "Hold the batches that fail back from the model until the first change below is explained."
        return Finding(code="DQ-AB-01", status="failed", claim=claim, evidence=evidence, action=action)
    if bad["warning"]:
        claim = f"None {of} fails; {len(bad['warning'])} {'differs' if len(bad['warning']) == 1 else 'differ'} from {short(judged.learned.label)} by more than the margins, or break what was learned from it."
        action = (
            "Find out whether the world changed or the way it is written down; re-measure the model on these batches."
        )
        return Finding(code="DQ-AB-01", status="warning", claim=claim, evidence=evidence, action=action)
    put = [cell for cell in judged.cells if cell.batch in new and cell.status in {"passed", "not_enough_data"}]
    open_ones = sum(cell.status == "not_enough_data" for cell in put)
    if not put or open_ones == len(put):
        claim = f"Nothing can be said {of}: too few rows or batches."
        return Finding(
            code="DQ-AB-01",
            status="not_enough_data",
            claim=claim,
            evidence=evidence,
            action="Keep auditing; a history grows.",
        )
    claim = f"None {of} fails a check or moved beyond the margins" + (
        f"; {open_ones:,} of {len(put):,} checks can't tell yet." if open_ones else "."
    )
    return Finding(
        code="DQ-AB-01",
        status="passed",
        claim=claim,
        evidence=evidence,
        action="Keep auditing each batch before the model sees it.",
    )


def _when(judged: Judged, change: FirstChange) -> str:
    if change.earliest == change.latest:
        return f"in {judged.label(change.latest)}"
    return f"between {judged.label(change.earliest)} and {judged.label(change.latest)}"


def _first(judged: Judged) -> Iterator[Finding]:
    if not judged.changes:
        return
    first = judged.changes[0]
    others = len([each for each in judged.changes if each.latest == first.latest]) - 1
    along = f", with {others} more" if others else ""
    claim = f"What changed first is {short(first.check, 80)}{along}: its change began {_when(judged, first)}."
    yield Finding(
        code="DQ-AB-02", status="warning", claim=claim, action="Look at what was released, moved or bought at the source at that time.",
        evidence={
            "check": short(first.check, 120), "earliest": judged.history[first.earliest].label,
            "latest": judged.history[first.latest].label, "value": known(first.value), "together": others + 1,
        },
    )  # fmt: skip


def _checks(judged: Judged) -> Iterator[Finding]:
    """Yield one finding a check that a new batch doesn't keep, the worst first."""
    found: dict[str, list[Cell]] = {}
    for cell in judged.cells:
        if cell.batch in judged.new and cell.status in _BEYOND and cell.kind != "step":
            found.setdefault(cell.check, []).append(cell)
    began = {each.check: each for each in judged.changes}
    worst = sorted(found.values(), key=lambda cells: (all(c.status != "failed" for c in cells), cells[0].batch))
    for cells in worst[:_MOST]:
        status: Status = "failed" if any(cell.status == "failed" for cell in cells) else "warning"
        largest = max(cells, key=lambda cell: cell.value)
        claim = f"{short(cells[0].check, 80)}: {_what(largest, judged)} in {judged.label(largest.batch)}; {_batches(cells, judged)}; it began {_when(judged, began[cells[0].check])}."
        yield Finding(
            code="DQ-AB-03", status=status, claim=claim, action=_action(cells[0], judged),
            evidence={
                "check": short(cells[0].check, 120), "batches": len(cells), "value": known(largest.value), "lower": known(largest.lower),
                "upper": known(largest.upper), "first": judged.history[cells[0].batch].label,
            },
        )  # fmt: skip


_ACTIONS = {
    "rule": "Look at the rows: validate(batch, contract).failing(rule).",
    "missing": "Find the step or source that stopped, or began, to fill the column.",
    "values": "Tell a changed world from another unit, code or join, and re-measure the model on these batches.",
    "columns": "Ask whoever delivers the table which column went, came or holds something else.",
    "rows": "Find out whether the batch is whole: rows were lost, or loaded more than once.",
}


def _action(cell: Cell, judged: Judged) -> str:
    if cell.kind == "rule" and not judged.learned.promised:
        return f"{_ACTIONS['rule']} It was learned from {short(judged.learned.label)}: pass contract= to promise it, or to say otherwise."
    return _ACTIONS[cell.kind]


def _batches(cells: Sequence[Cell], judged: Judged) -> str:
    count, new = len(cells), len(judged.new)
    return "the one new batch" if new == 1 else f"{count} of {new} new batches"


def _what(cell: Cell, judged: Judged) -> str:
    if cell.kind == "rows":
        expected = (
            ""
            if isnan(cell.lower)
            else f", expected {number(cell.lower, 'integer')} to {number(cell.upper, 'integer')}"
        )
        return f"{number(cell.value, 'integer')} rows{expected}"
    if cell.kind == "columns":
        return f"{number(cell.value, 'integer')} columns went, came or hold something else"
    if cell.kind == "rule":
        return f"broken by {number(cell.value, 'percent')}" if not isnan(cell.value) else "broken"
    change = interval(cell.lower, cell.upper, "percent")
    if cell.kind == "missing":
        return f"{number(cell.value, 'percent')} missing, a change of {change} (margin {number(judged.limits.missing_margin, 'percent')})"
    return f"{number(cell.value, 'percent')} of the rows lie elsewhere {change} (margin {number(judged.limits.margin, 'percent')})"


def _trends(judged: Judged) -> Iterator[Finding]:
    for each in judged.trends[:_MOST]:
        verb = "rises" if each.change > 0 else "falls"
        ends = f"{_level(each, each.first)} to {_level(each, each.last)}"
        claim = f"{short(each.check, 80)} {verb} from {ends} over {each.batches} batches, by {_moved(each)}."
        yield Finding(
            code="DQ-AB-04", status="warning", claim=claim, action="Ask what moves it, before it reaches a limit.",
            evidence={
                "check": short(each.check, 120), "change": each.change, "lower": each.lower, "upper": each.upper,
                "p_adjusted": each.p_adjusted, "batches": each.batches,
            },
        )  # fmt: skip


def _level(each: CheckTrend, value: float) -> str:
    if each.of == "share":
        return number(max(value, 0.0), "percent")
    if each.of == "rows":
        return f"{number(2.718281828459045**value, 'integer')}"
    return f"{number(value)} sd"


def _moved(each: CheckTrend) -> str:
    form = "percent" if each.of == "share" else "number"
    unit = {"share": "", "mean": " standard deviations of the baseline", "rows": " in natural logarithms"}[each.of]
    return f"{number(each.change, form)} {interval(each.lower, each.upper, form)}{unit}"  # type: ignore[arg-type]  # one of two forms


def _diffs(judged: Judged) -> Iterator[Finding]:
    broken = {(cell.batch, cell.check) for cell in judged.cells if cell.kind == "rule" and cell.status in _BEYOND}
    places = {each.label: place for place, each in enumerate(judged.history)}
    for label, diff in judged.diffs:
        counts = Counter(str(change.change) for change in diff.changes)
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"
        needed = [change.rule for change in diff.changes if change.breaking and (places[label], change.rule) in broken]
        rest = (
            f"; the batch needs that of {short(needed[0], 60)}"
            if needed
            else "; the batch keeps the older one where they differ"
        )
        yield Finding(
            code="DQ-AB-05", status="warning" if needed else "passed", action="Compare both: compare_contracts." if needed else "",
            claim=f"A contract learned from {short(label)} would change {said} of the one before{rest}.",
            evidence={"batch": label, "changes": len(diff.changes), "needed": len(needed)},
        )  # fmt: skip


def _calendar(judged: Judged) -> Iterator[Finding]:
    if judged.calendar is None:
        return
    if judged.now is None:
        yield Finding(
            code="DQ-AB-06", status="not_run", claim="Nobody said what time it is, so the calendar isn't judged.",
            action="Pass now=datetime.now(UTC).", evidence={"days": judged.calendar},
        )  # fmt: skip
        return
    late = days_late(judged.last, judged.calendar, judged.now) if judged.last else 0
    due = next_due(judged.now, judged.calendar)
    evidence: dict[str, int | str] = {"days": judged.calendar, "late": late, "due": due}
    if late:
        claim = f"This audit came {late} {'day' if late == 1 else 'days'} after it was due; the next is due on {due}."
        yield Finding(code="DQ-AB-06", status="warning", claim=claim, evidence=evidence, action="Put the audit on a scheduler: result.calendar_file() or the command line.")  # fmt: skip
        return
    yield Finding(code="DQ-AB-06", status="passed", claim=f"The next audit is due on {due}.", evidence=evidence)


def _twice(judged: Judged) -> Iterator[Finding]:
    for label, first in judged.twice[:_MOST]:
        same = label == first
        claim = (
            f"{short(label)} was audited before and isn't counted twice."
            if same
            else f"{short(label)} holds the very rows of {short(first)}, in order; it isn't counted."
        )
        yield Finding(
            code="DQ-AB-07", status="passed" if same else "warning", claim=claim, evidence={"batch": label, "same_as": first},
            action="" if same else "Find out which delivery is missing in its place.",
        )  # fmt: skip


def _alarms(judged: Judged) -> Finding:
    watched = len(judged.seen.columns)
    share = number(judged.limits.error_share, "percent")
    rate = (
        f"at most {number(judged.yearly)} of its batches a year alarm"
        if judged.per_year
        else f"a batch alarms with a chance of at most {share}"
    )
    own = "; rules that somebody promised come on top" if judged.learned.promised else ""
    claim = f"Where nothing changes, {rate}, over {watched:,} columns{own}."
    return Finding(
        code="DQ-AB-08", status="passed", claim=claim,
        evidence={"error_share": judged.limits.error_share, "expected": judged.yearly, "a_year": judged.per_year, "columns": watched},
    )  # fmt: skip


def _left_out(judged: Judged) -> Iterator[Finding]:
    names, beyond = judged.seen.clocks, judged.seen.beyond
    if not names and not beyond:
        return
    listed = ", ".join(short(name) for name in names[:5]) + ("…" if len(names) > 5 else "")
    parts = [
        f"{listed} tell whose or when a row is" if names else "",
        f"{beyond:,} columns are beyond the most that are compared" if beyond else "",
    ]
    claim = f"The values of some columns aren't compared: {'; '.join(each for each in parts if each)}."
    yield Finding(
        code="DQ-AB-09", status="not_run" if beyond else "passed", claim=claim, evidence={"apart": len(names), "beyond": beyond},
        action="Audit the rest as a table of its own." if beyond else "",
    )  # fmt: skip


def _recovered(judged: Judged) -> Iterator[Finding]:
    for said in judged.recovered:
        yield Finding(
            code="DQ-AB-10",
            status="warning",
            claim=said,
            action="Keep the damaged files until somebody looked at them.",
        )
