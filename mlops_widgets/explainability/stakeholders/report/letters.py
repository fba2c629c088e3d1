"""The texts for three audiences, filled from the facts."""

from dataclasses import dataclass

import numpy as np

from mlops_widgets.core.document import Block, Document, Grid, Paragraph, Points, Section, Statement
from mlops_widgets.core.result import MARKS
from mlops_widgets.core.words import capital, number
from mlops_widgets.explainability.attribution.explanation import Check
from mlops_widgets.explainability.stakeholders.report import sentences as s
from mlops_widgets.explainability.stakeholders.report.facts import Facts, Quoted, Related
from mlops_widgets.explainability.stakeholders.report.finished_text import lines_of
from mlops_widgets.explainability.stakeholders.report.readability import grade

WAYS = ("up", "down")
FAVOURED = "the outcome it favours"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a report is to hold beside the explanation.

    Parameters
    ----------
    audience
        Who reads it.
    related
        Columns that go together.
    quoted
        Headlines about the whole model, for managers.
    contact, said_by, date
        Whom to ask, and who says so, when; empty where nobody said it.
    """

    audience: s.Audience
    related: tuple[Related, ...] = ()
    quoted: tuple[Quoted, ...] = ()
    contact: str = ""
    said_by: str = ""
    date: str = ""


def letter(facts: Facts, asked: Asked) -> Document:
    """Return the finished document, with its measured reading grade in the small print."""
    body = {"customer": _customer, "manager": _manager, "regulator": _regulator}[asked.audience](facts, asked)
    draft = Document(
        title=s.TITLES[asked.audience], lead=_lead(facts, asked.audience),
        sections=(*_warnings(facts), *body, _caveats(facts, asked), _contact(asked)),
    )  # fmt: skip
    small = s.WRITTEN.say(
        audience=asked.audience, grade=number(reading_grade(draft), digits=1), row=about(facts, asked.audience)
    )
    return Document(title=draft.title, lead=draft.lead, sections=draft.sections, small=small)


def about(facts: Facts, audience: s.Audience) -> str:
    """Return which rows a text is about, and but for customers by which method."""
    told = facts.explanation
    rows = facts.row_name(0) if len(told.row_names) == 1 else f"{len(told.row_names):,} rows"
    return f"{capital(rows)}." if audience == "customer" else f"{capital(rows)}. {told.method}"


def reading_grade(document: Document | str) -> float:
    """Return the Flesch–Kincaid grade of a text's sentences: headings, tables, statements and small print don't count."""
    return grade([line.text for line in lines_of(document) if line.kind in {"text", "warning", "item"}])


def failed_checks(facts: Facts) -> list[Check]:
    """Return the checks of the explanation that failed."""
    return [check for check in facts.explanation.checks if check.status == "failed"]


def prediction_sentence(facts: Facts, row: int) -> str:
    """Return a row's answer beside the average."""
    digits = facts.digits(row)
    return s.PREDICTION.say(
        what=facts.terms.whats[facts.output(row)], **_against(facts, facts.prediction(row), facts.base(row), digits)
    )


def _against(facts: Facts, value: float, base: float, digits: int) -> dict[str, str]:
    amount, average = facts.terms.amount(value, digits), facts.terms.amount(base, digits)
    side = "about the same as" if amount == average else "above" if value > base else "below"
    return {"amount": amount, "average": average, "side": side}


def _lead(facts: Facts, audience: s.Audience) -> str:
    if len(facts.rows) == 1:
        return prediction_sentence(facts, 0)
    if audience != "manager":
        return s.ROWS.say(count=f"{len(facts.rows):,}")
    whats = {facts.terms.whats[facts.output(row)] for row in facts.rows}
    mean = float(np.mean([facts.prediction(row) for row in facts.rows]))
    base = float(np.mean([facts.base(row) for row in facts.rows]))
    return s.MEAN_PREDICTION.say(
        count=f"{len(facts.rows):,}", what=whats.pop() if len(whats) == 1 else FAVOURED,
        **_against(facts, mean, base, facts.terms.digits(mean_sizes(facts).tolist())),
    )  # fmt: skip


def mean_sizes(facts: Facts) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Return how far each column moved the answers on average, up or down, (p,)."""
    return np.asarray(np.mean([np.abs(facts.values(row)) for row in facts.rows], axis=0), dtype=np.float64)


def _warnings(facts: Facts) -> tuple[Section, ...]:
    failed = [Paragraph(text=s.FAILED.say(check=f"“{check.name}”"), tone="warning") for check in failed_checks(facts)]
    return (Section(title=s.WARNING_TITLE, blocks=tuple(failed)),) if failed else ()


def _customer(facts: Facts, _asked: Asked) -> list[Section]:
    return [_of_row(facts, row, alone=len(facts.rows) == 1) for row in facts.rows]


def _of_row(facts: Facts, row: int, *, alone: bool) -> Section:
    blocks: list[Block] = [] if alone else [Paragraph(text=prediction_sentence(facts, row))]
    for way in WAYS:
        blocks += _moves(facts, row, way)
    blocks.append(Paragraph(text=_rest(facts, row)))
    title = s.MOVED_TITLE if alone else s.ROW.say(row=facts.row_name(row))
    return Section(title=title, blocks=tuple(blocks))


def _moves(facts: Facts, row: int, way: str) -> list[Block]:
    columns = facts.moved(row, way)
    if not columns:
        return [Paragraph(text=s.NOTHING.say(way=way))]
    items = tuple(_move(facts, row, column) for column in columns)
    return [Paragraph(text=s.MOST.say(way=way)), Points(items=items, numbered=True)]


def _move(facts: Facts, row: int, column: int) -> str:
    value = float(facts.values(row)[column])
    return s.MOVE.say(
        label=facts.terms.labels[column], cell=facts.cell(row, column), way="up" if value > 0 else "down",
        size=facts.terms.size(value, facts.digits(row)),
    )  # fmt: skip


def _rest(facts: Facts, row: int) -> str:
    named = {column for way in WAYS for column in facts.moved(row, way)}
    rest = float(sum(value for column, value in enumerate(facts.values(row)) if column not in named))
    size = facts.terms.size(rest, facts.digits(row))
    if size == facts.terms.size(0.0, facts.digits(row)):
        return s.REST_NOTHING.say()
    return s.REST.say(way="up" if rest > 0 else "down", size=size)


def _manager(facts: Facts, asked: Asked) -> list[Section]:
    drivers = (
        [_of_row(facts, 0, alone=True)] if len(facts.rows) == 1
        else [Section(title=s.DRIVERS_TITLE, blocks=(Points(items=tuple(_drivers(facts)), numbered=True),)), _table(facts)]
    )  # fmt: skip
    whole = [Statement(label=each.label, value=each.claim) for each in asked.quoted]
    checks = [
        Statement(label=check.name, value=f"{MARKS[check.status]} {check.status.replace('_', ' ')}: {plainly(check)}")
        for check in facts.explanation.checks
    ]
    over_all = [Section(title=s.WHOLE_TITLE, blocks=tuple(whole))] if whole else []
    trust = Section(title=s.TRUST_TITLE, blocks=(Paragraph(text=uncertainty(facts)), *checks))
    return [*drivers, *over_all, trust]


def _drivers(facts: Facts) -> list[str]:
    sizes = mean_sizes(facts)
    digits = facts.terms.digits(sizes.tolist())
    order = sorted(range(len(sizes)), key=lambda k: (-sizes[k], k))[: s.MOST_DRIVERS]
    return [
        s.DRIVER.say(
            label=facts.terms.labels[column], size=facts.terms.size(float(sizes[column]), digits), rank=f"{rank}",
            of=f"{len(sizes):,}",
        )
        for rank, column in enumerate(order, 1)
    ]  # fmt: skip


def _table(facts: Facts) -> Section:
    shown = list(facts.rows)[: s.MOST_ROWS]
    rows = [
        (
            facts.row_name(row), facts.terms.amount(facts.prediction(row), facts.digits(row)),
            facts.terms.whats[facts.output(row)],
            *(_move(facts, row, columns[0]) if (columns := facts.moved(row, way)) else s.NOTHING.say(way=way) for way in WAYS),
        )
        for row in shown
    ]  # fmt: skip
    grid = Grid(columns=s.DRIVER_COLUMNS, rows=tuple(rows))
    cut = (
        [Paragraph(text=s.CUT.say(count=f"{len(shown):,}", of=f"{len(facts.rows):,}"))]
        if len(shown) < len(facts.rows)
        else []
    )
    return Section(title=s.TABLE_TITLE, blocks=(grid, *cut))


def uncertainty(facts: Facts) -> str:
    """Return how far the sizes may be off, over all rows."""
    if facts.explanation.exact:
        return s.EXACT.say()
    halves = np.concatenate([facts.interval(row)[1] - facts.values(row) for row in facts.rows])
    if np.isnan(halves).any():
        return s.UNKNOWN.say()
    most = float(halves.max())
    return s.UNSURE.say(size=facts.terms.size(most, facts.terms.digits([most])))


def _regulator(facts: Facts, _asked: Asked) -> list[Section]:
    how = tuple(Statement(label=label, value=value) for label, value in made(facts).items() if value)
    blocks: list[Block] = [Paragraph(text=uncertainty(facts))]
    if facts.explanation.checks:
        blocks.append(Grid(columns=s.CHECK_COLUMNS, rows=tuple(map(check_cells, facts.explanation.checks))))
    return [
        Section(title=s.MADE_TITLE, blocks=how), Section(title=s.TRUST_TITLE, blocks=tuple(blocks)),
        *(_numbers(facts, row) for row in facts.rows),
    ]  # fmt: skip


def made(facts: Facts) -> dict[str, str]:
    """Return how an explanation was made, label → words."""
    told = facts.explanation
    return {
        "Method": told.method, "Reference": told.reference, "Route": told.route, "Compared with": told.baseline_text,
        "Scale": told.scale, "Outputs": ", ".join(told.outputs), "Exact": "yes" if told.exact else "no",
        "Rows that the model was asked about": f"{told.evaluations:,}", "Seed": "" if told.seed is None else str(told.seed),
        "Faster ways not taken": " ".join(told.declined),
    }  # fmt: skip


def plainly(check: Check) -> str:
    """Return what a check found, in words for somebody who doesn't know how it is done."""
    return s.PASSED_CHECKS.get(check.name, check.text) if check.status == "passed" else check.text


def check_cells(check: Check) -> tuple[str, ...]:
    """Return a check as a row of a table."""
    limit = "–" if check.limit is None else number(check.limit)
    return check.name, number(check.value), limit, f"{MARKS[check.status]} {check.status.replace('_', ' ')}", check.text


def _numbers(facts: Facts, row: int) -> Section:
    values = facts.values(row)
    order = sorted(range(len(values)), key=lambda k: (-abs(values[k]), k))
    grid = Grid(
        columns=s.NUMBER_COLUMNS, rows=tuple(number_cells(facts, row, column, k) for k, column in enumerate(order, 1))
    )
    blocks = (grid,) if len(facts.rows) == 1 else (Paragraph(text=prediction_sentence(facts, row)), grid)
    return Section(title=s.ROW.say(row=facts.row_name(row)), blocks=blocks)


def number_cells(facts: Facts, row: int, column: int, rank: int) -> tuple[str, ...]:
    """Return a contribution as a row of a table: rank, column, value, contribution, interval; four significant digits."""
    lower, upper = facts.interval(row)
    ends = [exact_number(float(end[column])) for end in (lower, upper)]
    value = exact_number(float(facts.values(row)[column]))
    return f"{rank}", facts.terms.labels[column], facts.cell(row, column), value, f"[{ends[0]}, {ends[1]}]"


def exact_number(value: float) -> str:
    """Return a number to four significant digits."""
    return f"{value:.4g}".replace("-", "−")


def _caveats(facts: Facts, asked: Asked) -> Section:
    label = dict(zip(facts.explanation.columns, facts.terms.labels, strict=True))
    said = [each.say() for each in s.CAVEATS]
    if asked.audience == "customer":
        said.append(uncertainty(facts))
    for each in asked.related:
        sentence = s.RELATED_MANY if each.more else s.RELATED
        said.append(sentence.say(label=label[each.column], other=label[each.other], count=f"{each.more:,}"))
    return Section(title=s.CAVEAT_TITLE, blocks=tuple(Paragraph(text=each) for each in said))


def _contact(asked: Asked) -> Section:
    statement = (
        Statement(label=s.ASK_TITLE, value=asked.contact, source="human", author=asked.said_by, date=asked.date)
        if asked.contact else Statement(label=s.ASK_TITLE, value="", source="missing")
    )  # fmt: skip
    return Section(title="", blocks=(statement,))
