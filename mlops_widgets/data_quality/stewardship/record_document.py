"""A record of a table as a text: who, what, where from, what is in it, and what nobody has said."""

from typing import TYPE_CHECKING

from mlops_widgets.core.document import Document, Grid, Paragraph, Points, Section, Statement
from mlops_widgets.core.result import MARKS
from mlops_widgets.core.words import number
from mlops_widgets.data_quality.stewardship.accountable import TASKS

if TYPE_CHECKING:
    from mlops_widgets.data_quality.stewardship.data_record import DataRecord

_MOST_COLUMNS = 500


def document_of_record(record: "DataRecord") -> Document:
    """Return the text."""
    v = record.version
    lead = f"{number(v.rows, 'integer')} rows, {number(len(v.columns), 'integer')} columns, version {v.version}. "
    missing = record.missing
    lead += (
        f"{number(len(missing), 'integer')} of what is asked is missing." if missing else "Everything asked is said."
    )
    return Document(
        title=f"Data record: {v.name}", lead=lead, small=record.method,
        sections=(_checklist(record), _who(record), _what(record), _columns(record), _lineage(record), _version(record)),
    )  # fmt: skip


def _checklist(r: "DataRecord") -> Section:
    open_items = tuple(f"{MARKS['failed']} missing: {each}" for each in r.missing)
    done = f"{MARKS['passed']} Nothing is missing."
    return Section(title="Checklist", blocks=(Points(items=open_items or (done,)),))


def _who(r: "DataRecord") -> Section:
    tasks = tuple(
        _said(r, f"{task.capitalize()}: {TASKS[task]}" if task in TASKS else task, who)
        for task, who in r.accountable.items()
    )
    return Section(title="Who answers for it", blocks=(_said(r, "Owner", r.owner), *tasks))


def _what(r: "DataRecord") -> Section:
    facts = (("Purpose", r.purpose), ("Source", r.source), ("Licence", r.licence), ("Retention", r.retention))
    return Section(
        title="What it is for, and under which terms", blocks=tuple(_said(r, label, text) for label, text in facts)
    )


def _said(r: "DataRecord", label: str, text: str) -> Statement:
    if not text:
        return Statement(label=label, value="", source="missing")
    return Statement(label=label, value=text, source="human", author=r.said_by, date=r.said_on)


def _columns(r: "DataRecord") -> Section:
    found: dict[str, str] = {}
    for each in r.found:
        share = number(each.share, "percent")
        found[each.column] = "; ".join(
            [*filter(None, [found.get(each.column)]), f"{each.label}, {each.basis} ({share} of cells)"]
        )
    rows = tuple(
        (each.name, each.type, _sensitivity(r, each.name, found), found.get(each.name, "–"), each.version)
        for each in r.version.columns[:_MOST_COLUMNS]
    )
    left = len(r.version.columns) - len(rows)
    grid = Grid(
        columns=("column", "type", "sensitivity", "found in it", "version"),
        rows=rows,
        caption=f"{left:,} more columns are in the JSON file." if left else "",
    )
    return Section(title="What is in it", blocks=(grid,))


def _sensitivity(r: "DataRecord", column: str, found: dict[str, str]) -> str:
    said = r.sensitivity.get(column)
    if said:
        return f"{said}, said by {r.said_by or 'someone who left no name'}{f' on {r.said_on}' if r.said_on else ''}"
    return "personal? nobody has confirmed this" if column in found else f"{MARKS['failed']} nobody has said this yet"


def _lineage(r: "DataRecord") -> Section:
    if not r.steps:
        return Section(
            title="How it came about",
            blocks=(Paragraph(text="Nobody wrote down how this table came about.", tone="warning"),),
        )
    rows = tuple(
        (
            str(at), step.name, ", ".join(f"{each.name} ({each.rows:,} rows, {each.version})" for each in step.inputs) or "–",
            ", ".join(f"{each.name} ({each.rows:,} rows, {each.version})" for each in step.outputs), step.code or "not said",
        )
        for at, step in enumerate(r.steps, start=1)
    )  # fmt: skip
    return Section(title="How it came about", blocks=(Grid(columns=("step", "what", "from", "to", "code"), rows=rows),))


def _version(r: "DataRecord") -> Section:
    text = (
        "The version covers column names, types, every cell and the order of rows. A record notices every change after it was made, and none "
        "from before."
    )
    return Section(
        title="What the version covers",
        blocks=(Statement(label="Version", value=r.version.version), Paragraph(text=text)),
    )
