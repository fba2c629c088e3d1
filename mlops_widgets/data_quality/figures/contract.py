"""How contracts look once they were put to a table, or beside another edition."""

from mlops_widgets.core.display import register
from mlops_widgets.core.result import MARKS
from mlops_widgets.core.words import known, number, short
from mlops_widgets.data_quality.contracts.compare import ContractDiff
from mlops_widgets.data_quality.contracts.editing import EditedContract
from mlops_widgets.data_quality.contracts.outcomes import RuleOutcome
from mlops_widgets.data_quality.contracts.validate import ValidationResult
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Role, Table, View
from mlops_widgets.ui.figures import small_print

_MOST_BARS = 15
_MOST_ROWS = 200
_ROLES: dict[str, Role] = {"failed": "bad", "warning": "warning", "not_enough_data": "muted"}


@register
def card_of_validation(result: ValidationResult) -> Card:
    """Return the shares that break rules, the worst first, and below them every rule with its verdict."""
    first = result.findings[0]
    worst = [each for each in result.outcomes if each.status in _ROLES]
    charts = (_bars(worst),) if worst else ()
    shown = result.outcomes[:_MOST_ROWS]
    rows = tuple((short(each.rule, 60), each.asks, _verdict(each), _count(each), each.reason) for each in shown)
    caption = (
        f"{_MOST_ROWS} of {len(result.outcomes):,} rules, the worst first" if len(result.outcomes) > len(shown) else ""
    )
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=charts, findings=result.findings[1:],
        table=Table(columns=("rule", "asks", "verdict", "break it", "why"), rows=rows, caption=caption), action=first.action,
        code=f"result.failing({worst[0].rule!r})" if worst and worst[0].kind not in _WITHOUT_ROWS else "",
        small=small_print(result, f"contract {short(result.contract)} {short(result.version)}", of=result.table), reference=result.reference,
    )  # fmt: skip


_WITHOUT_ROWS = frozenset({"present", "rows", "freshness", "closed"})


def _summary(result: ValidationResult) -> str:
    words = {
        "failed": "broken",
        "warning": "broken, with a warning",
        "not_enough_data": "not settled",
        "passed": "kept",
        "not_applicable": "not applicable",
        "not_run": "not run",
    }
    counts = {status: sum(each.status == status for each in result.outcomes) for status in words}
    return f"Rules: {', '.join(f'{count:,} {words[status]}' for status, count in counts.items() if count)}."


def _bars(worst: list[RuleOutcome]) -> Bars:
    rows = tuple(
        Estimate(
            label=short(each.rule, 40), value=each.share, lower=known(each.lower) if each.tolerance else None,
            upper=known(each.upper) if each.tolerance else None, role=_ROLES[each.status],
            note=f"{number(each.broken, 'integer')} of {number(each.checked, 'integer')}",
        )
        for each in worst[:_MOST_BARS]
    )  # fmt: skip
    more = f", {_MOST_BARS} of {len(worst):,} rules" if len(worst) > _MOST_BARS else ""
    return Bars(
        rows=rows,
        axis=Axis(label="share that breaks the rule", form="percent", lower=0.0),
        title=f"Share of cells or rows that break a rule{more}",
    )


def _verdict(each: RuleOutcome) -> str:
    return f"{MARKS[each.status]} {each.status.replace('_', ' ')}"


def _count(each: RuleOutcome) -> str:
    return f"{number(each.broken, 'integer')} of {number(each.checked, 'integer')}" if each.checked else "–"


@register
def card_of_contract_diff(result: ContractDiff) -> Card:
    """Return the rules that differ, breaking changes first."""
    first = result.findings[0]
    rows = tuple(
        (
            short(each.rule, 60),
            each.change,
            each.before or "–",
            each.after or "–",
            "■ breaking" if each.breaking else "● compatible",
        )
        for each in result.changes[:_MOST_ROWS]
    )
    table = Table(columns=("rule", "change", "before", "after", "for readers"), rows=rows)
    return Card(
        headline=first.claim, status=first.status, summary=f"{result.before} → {result.after}", findings=result.findings[1:],
        table=table if rows else None, action=first.action, small=small_print(result),
    )  # fmt: skip


@register
def card_of_edited_contract(result: EditedContract) -> Card:
    """Return the rules as a form; in the picture and without a kernel as a table."""
    first, shown = result.findings[0], result.lines[:_MOST_ROWS]
    lines = [
        {
            "rule": each.rule,
            "asks": each.asks,
            "fields": dict(each.fields),
            "severity": each.severity,
            "says": each.says,
            "broken": each.broken,
        }
        for each in shown
    ]
    rows = tuple((short(each.rule, 60), each.asks, each.severity, each.says or "–") for each in shown)
    left = (
        f"{_MOST_ROWS} of {len(result.lines):,} rules; edit the others by editor.edit(rule, …)"
        if len(result.lines) > len(shown)
        else ""
    )
    return Card(
        headline=first.claim, status=first.status, charts=_broken_bars(result), view=View(name="contract", state={"lines": lines, "edits": result.edits, "left": left}),
        table=Table(columns=("rule", "asks", "a breach is", "this table"), rows=rows, caption=left), action=first.action,
        small=small_print(result, f"version {short(result.version)}"),
    )  # fmt: skip


def _broken_bars(result: EditedContract) -> tuple[Bars, ...]:
    broken = sorted((line for line in result.lines if line.broken), key=lambda line: -line.share)[:_MOST_BARS]
    rows = tuple(Estimate(label=short(line.rule, 40), value=line.share, role="warning") for line in broken)
    axis = Axis(label="share that breaks the rule", form="percent", lower=0.0)
    return (Bars(rows=rows, axis=axis, title="Share of this table that breaks a rule"),) if rows else ()
