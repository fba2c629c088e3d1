"""How personal data, a record of a table, and a table beside its record look."""

from mlops_widgets.core.display import register
from mlops_widgets.core.result import MARKS
from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.stewardship.data_record import DataRecord, RecordComparison
from mlops_widgets.data_quality.stewardship.personal_data import PersonalDataResult
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Role, Table
from mlops_widgets.ui.figures import small_print

_MOST_BARS, _MOST_ROWS = 12, 200
_ROLES: dict[str, Role] = {
    "checked": "bad",
    "looks like": "warning",
    "by its name": "warning",
    "too few to tell": "muted",
}


@register
def card_of_personal_data(result: PersonalDataResult) -> Card:
    """Return the share of each personal column's cells, and on what evidence."""
    first = result.findings[0]
    shown = result.columns[:_MOST_BARS]
    more = f", {_MOST_BARS} of {len(result.columns):,}" if len(result.columns) > len(shown) else ""
    bars = Bars(
        rows=tuple(
            Estimate(
                label=f"{short(each.column, 24)}: {each.label}", value=each.share, lower=each.lower, upper=each.upper, n=each.cells,
                role=_ROLES.get(each.basis, "warning"), note=each.basis,
            )
            for each in shown
        ),
        axis=Axis(label="share of the cells", form="percent", lower=0.0, upper=1.0),
        title=f"Personal data by column{more}",
    )  # fmt: skip
    rows = tuple(
        (
            short(each.column),
            each.label,
            each.basis,
            number(each.share, "percent"),
            _check(each.candidates, each.passed, each.chance),
        )
        for each in result.columns[:_MOST_ROWS]
    )
    return Card(
        headline=first.claim, status=first.status, charts=(bars,) if shown else (), findings=result.findings[1:], action=first.action,
        table=Table(columns=("column", "kind", "evidence", "share of cells", "right check digits"), rows=rows) if rows else None,
        code="study = mw.load_study(…, labels={'personal': {column: 'no'}})" if shown else "", small=small_print(result, of=result.table),
        reference=result.reference, empty="" if shown else "No column has a shape or a name of personal data.",
    )  # fmt: skip


def _check(candidates: int, passed: int, chance: float) -> str:
    if chance == 1 or not candidates:
        return "none to check"
    return f"{passed:,} of {candidates:,} (chance: {number(chance, 'percent')})"


@register
def card_of_record(result: DataRecord) -> Card:
    """Return the checklist above the whole record."""
    first = result.findings[0]
    facts = [(name, getattr(result, name)) for name in ("owner", "purpose", "source", "licence", "retention")]
    said = [*facts, *((f"accountable: {task}", who) for task, who in result.accountable.items())]
    rows = tuple(
        (f"{MARKS['passed' if text else 'failed']} {'said' if text else 'missing'}", name, short(text, 60) or "–")
        for name, text in said
    )
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), findings=result.findings[1:], action=first.action,
        table=Table(columns=("", "what", "who or what"), rows=rows), code='record.save("record.html")', small=small_print(result, of=result.version.name),
        document=result.document, charts=(_bars(result),),
    )  # fmt: skip


def _bars(result: DataRecord) -> Bars:
    """Return how much of each part of the checklist is said."""
    who = [result.owner, *result.accountable.values(), result.said_by, result.said_on]
    what = [result.purpose, result.source, result.licence, result.retention]
    columns = [result.sensitivity.get(each.name, "") for each in result.version.columns]
    parts = (
        ("who answers, and who says so", who),
        ("what for, from where, which terms", what),
        ("sensitivity of columns", columns),
    )
    rows = tuple(
        Estimate(
            label=label,
            value=sum(map(bool, said)) / len(said),
            role="good" if all(said) else "bad",
            note=f"{sum(map(bool, said)):,} of {len(said):,} said",
        )
        for label, said in parts
    )
    return Bars(
        rows=rows,
        axis=Axis(label="share that somebody said", form="percent", lower=0.0, upper=1.0),
        title="What somebody has said",
    )


def _summary(result: DataRecord) -> str:
    personal = sum(each == "personal" for each in result.sensitivity.values())
    return (
        f"Version {result.version.version}: {number(result.version.rows, 'integer')} rows, {len(result.version.columns):,} columns, "
        f"{personal:,} recorded as personal; {len(result.steps):,} {'step' if len(result.steps) == 1 else 'steps'} of lineage."
    )


@register
def card_of_comparison(result: RecordComparison) -> Card:
    """Return the columns that differ."""
    first = result.findings[0]
    parts = (("changed", result.changed), ("gone", result.gone), ("new", result.new))
    rows = tuple((short(name), how) for how, names in parts for name in names)[:_MOST_ROWS]
    return Card(
        headline=first.claim, status=first.status, summary=f"recorded {result.recorded}, now {result.version}", action=first.action,
        table=Table(columns=("column", "how it differs"), rows=rows) if rows else None, small=small_print(result),
        empty="" if rows else "Nothing differs." if first.status == "passed" else "The columns are the same, in another order.",
    )  # fmt: skip
