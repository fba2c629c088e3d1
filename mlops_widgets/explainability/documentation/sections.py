"""The document's text: each number from the facts, each statement with who said it, each gap as a gap."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlops_widgets.core.document import Block, Document, Grid, Paragraph, Points, Section, Statement
from mlops_widgets.core.result import MARKS
from mlops_widgets.core.words import estimate, number
from mlops_widgets.errors import listed
from mlops_widgets.explainability.documentation.computed import Fact
from mlops_widgets.explainability.documentation.influences import share_words
from mlops_widgets.explainability.documentation.other_results import Quoted
from mlops_widgets.explainability.documentation.rationale import COLUMNS, FIELDS
from mlops_widgets.study.study import Study
from mlops_widgets.study.wording import Wording

if TYPE_CHECKING:
    from mlops_widgets.explainability.documentation.model_document import ModelDocument

_PURPOSE = ("purpose", "intended_users", "intended_use", "out_of_scope", "owner", "reviewer", "contact")
_DATA = ("data_origin", "target_choice")
_SCORES = ("metric_choice", "decision_rule")
_PEOPLE = ("affected_people", "human_oversight", "monitoring", "retraining")
_MOST = 40
_MOST_PAIRS = 6
_CAVEAT = (
    "A contribution is what the model does with a column, not what the column does to the world: changing the column in the "
    "world may change nothing."
)


def written_document(
    study: Study, result: "ModelDocument", *, stated: Mapping[str, str], hints: Mapping[str, str], words: Wording
) -> Document:
    """Return the whole text."""
    first = result.findings[0].claim
    return Document(
        title=f"Model document: {study.name}", lead=f"{first} Everything marked as computed was computed from the study; what people "
        "said has their name and date.",
        sections=(
            Section(title="What it is for", blocks=_said(result, _PURPOSE, hints)),
            Section(title="How the columns move the answers", blocks=_influences(result, words)),
            Section(title="Why each column may be used", blocks=_columns(result, words)),
            Section(title="The model", blocks=_model(result, stated)),
            Section(title="The data", blocks=(*_data(study, result), *_said(result, _DATA, hints))),
            Section(title="How well it does", blocks=(*_scores(study, result), *_said(result, _SCORES, hints))),
            Section(title="Limits", blocks=_limits(result, words)),
            Section(title="Known weak slices", blocks=_weak(result)),
            Section(title="People and operation", blocks=_said(result, _PEOPLE, hints)),
            *_others(result),
        ),
        small=f"{'Synthetic data. ' if study.synthetic else ''}Study {study.fingerprint}, facts {result.facts_hash[:16]}, seed "
        f"{result.seed}. {result.method}. {result.reference}.",
    )  # fmt: skip


def _statement(result: "ModelDocument", name: str, label: str) -> Statement:
    said = result.rationale.of(name)
    if said is None:
        return Statement(label=label, value="", source="missing")
    return Statement(label=label, value=said.text, source="human", author=said.author, date=said.date)


def _said(result: "ModelDocument", names: Sequence[str], hints: Mapping[str, str]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for name in names:
        blocks.append(_statement(result, name, FIELDS[name][0]))
        if name in hints and result.rationale.of(name) is None:
            blocks.append(Paragraph(text=f"Recorded with the model, by nobody named: {hints[name]}"))
    return tuple(blocks)


def _influences(result: "ModelDocument", words: Wording) -> tuple[Block, ...]:
    found = result.influences
    if found is None:
        return (Paragraph(text=result.without[0], tone="warning"),)
    rows = tuple(
        (str(each.rank), words.feature(each.column), share_words(each), each.shape) for each in found.columns[:_MOST]
    )
    left = len(found.columns) - len(rows)
    more = f"; {left} more columns have smaller shares" if left else ""
    of = f"{found.output} ({found.scale})"
    grid = Grid(
        columns=("rank", "column", "share of all contributions, 95 % interval", "how the answer follows it"), rows=rows,
        caption=f"Sizes over all answers, directions for {of}; {found.rows:,} rows of {found.table}{more}",
    )  # fmt: skip
    return (Paragraph(text=_CAVEAT), grid, *_pairs(result, words))


def _pairs(result: "ModelDocument", words: Wording) -> tuple[Block, ...]:
    pairs = result.influences.pairs if result.influences else ()
    if not pairs:
        return (Paragraph(text="Which columns act together wasn't measured: there are too few columns or rows."),)
    rows = tuple(
        (f"{words.feature(pair.first)} × {words.feature(pair.second)}", share_words(pair))
        for pair in pairs[:_MOST_PAIRS]
    )
    caption = "Share of the answers' variance that two columns make together, beyond what each makes alone; intervals hold for all at once"
    return (Grid(columns=("pair", "share, 95 % interval"), rows=rows, caption=caption),)


def _columns(result: "ModelDocument", words: Wording) -> tuple[Block, ...]:
    order = [each.column for each in result.influences.columns] if result.influences else list(result.rationale.columns)
    told = [column for column in order if result.rationale.of(f"{COLUMNS}.{column}") is not None]
    empty = [column for column in order if column not in told]
    blocks: list[Block] = [_statement(result, f"{COLUMNS}.{column}", words.feature(column)) for column in told]
    blocks += [_statement(result, f"{COLUMNS}.{column}", words.feature(column)) for column in empty[:_MOST]]
    if empty[_MOST:]:
        blocks.append(Paragraph(text=f"Of {len(empty) - _MOST} more columns nobody has said why they may be used."))
    return tuple(blocks) or (Paragraph(text="The study names no columns that the model takes."),)


def _model(result: "ModelDocument", stated: Mapping[str, str]) -> tuple[Block, ...]:
    facts = result.facts
    labels = {
        "model.class": "Kind",
        "study.task": "Task",
        "study.target": "Predicts",
        "model.columns": "Columns it takes",
    }
    if "model.class" not in facts:
        labels = {"model.name": "Kind", **labels}
    blocks: list[Block] = [
        Statement(label=label, value=str(facts[key].value))
        for key, label in labels.items()
        if key in facts and facts[key].value
    ]
    settings = _under(facts, "model.settings.")
    if settings:
        grid = Grid(columns=("parameter", "value"), rows=settings, caption="Parameters that differ from their defaults")
        blocks.append(grid)
    blocks.append(Statement(label="Versions", value=", ".join(" ".join(row) for row in _under(facts, "versions."))))
    blocks += [Statement(label=label, value=text) for label, text in stated.items() if text.strip()]
    return tuple(blocks)


def _under(facts: Mapping[str, Fact], prefix: str) -> tuple[tuple[str, str], ...]:
    return tuple((key.removeprefix(prefix), str(fact.value)) for key, fact in facts.items() if key.startswith(prefix))


def _data(study: Study, result: "ModelDocument") -> tuple[Block, ...]:
    facts = result.facts
    rows = tuple(
        (
            name, number(table.rows, "integer"), number(float(facts[f"{name}.labelled"].value or 0), "integer"),
            _target(facts, name), _percent(facts.get(f"{name}.missing_share")), _span(facts, name), table.fingerprint,
        )
        for name, table in study.tables.items()
    )  # fmt: skip
    what = "mean of the target" if study.task == "regression" else "share of each class"
    columns = ("table", "rows", "with label", f"{what}, 95 % interval", "missing cells", "time", "fingerprint")
    blocks: list[Block] = [Grid(columns=columns, rows=rows)]
    delays = [
        f"{name}: half of the labels arrive within {number(float(fact.value or 0))} days (n = {fact.n:,})"
        for name in study.tables
        if (fact := facts.get(f"{name}.label_delay")) is not None
    ]
    blocks.append(
        Statement(label="Label delay", value="; ".join(delays) or "not known: the study names no time of labels")
    )
    blocks.append(Statement(label="Resampling unit", value=study.unit_name))
    if study.notes:
        blocks.append(Points(items=tuple(study.notes)))
    return tuple(blocks)


def _target(facts: Mapping[str, Fact], name: str) -> str:
    if (mean := facts.get(f"{name}.target_mean")) is not None:
        return estimate(float(mean.value or 0), mean.lower, mean.upper)
    prefix = f"{name}.target_share."
    shares = [
        f"{key.removeprefix(prefix)}: {estimate(float(fact.value or 0), fact.lower, fact.upper, 'percent')}"
        for key, fact in facts.items()
        if key.startswith(prefix)
    ]
    return "; ".join(shares) or "–"


def _percent(fact: Fact | None) -> str:
    return "–" if fact is None else number(float(fact.value or 0), "percent")


def _span(facts: Mapping[str, Fact], name: str) -> str:
    first, last = facts[f"{name}.first"].value, facts[f"{name}.last"].value
    return f"{first} to {last}" if first else "–"


def _scores(study: Study, result: "ModelDocument") -> tuple[Block, ...]:
    facts = result.facts
    rows = tuple(
        (name, estimate(float(fact.value or 0), fact.lower, fact.upper), number(fact.n or 0, "integer"))
        for name in study.tables
        if (fact := facts.get(f"{name}.score")) is not None
    )
    grid = [Grid(columns=("table", f"{study.metric.label}, 95 % interval", "rows"), rows=rows)] if rows else []
    gaps = [Paragraph(text=text, tone="warning") for text in result.without[0 if result.influences else 1 :]]
    expected = "nothing" if study.expected is None else f"{study.metric.label} {number(study.expected)}"
    looked = "not counted" if result.looks is None else f"{result.looks:,} distinct answers were scored on this test"
    return (
        *grid, Statement(label="What the study expects of the test", value=expected),
        Statement(label="Looks at the test (ledger)", value=looked), *gaps,
    )  # fmt: skip


def _limits(result: "ModelDocument", words: Wording) -> tuple[Block, ...]:
    finding = next(each for each in result.findings if each.code == "EX-DO-04")
    if not result.limits:
        return (Paragraph(text=finding.claim, tone="warning"),)
    rows = tuple(
        (
            words.feature(each.column), each.trained_on, each.table,
            estimate(each.share, each.lower, each.upper, "percent"), number(each.n, "integer"),
        )
        for each in result.limits[:_MOST]
    )  # fmt: skip
    left = len(result.limits) - len(rows)
    caption = f"Rows outside what the training rows hold, the most first{f'; {left} more have no more' if left else ''}"
    columns = ("column", "training rows hold", "table", "share of rows outside, interval", "rows")
    return (
        Paragraph(text=finding.claim, tone="warning" if finding.status == "warning" else "plain"),
        Grid(columns=columns, rows=rows, caption=caption),
    )  # fmt: skip


def _weak(result: "ModelDocument") -> tuple[Block, ...]:
    found = result.others.weak_slices
    if not found:
        return (
            Paragraph(
                text="Not searched: run mw.overfitting.find_weak_slices(study) and pass it in results=.", tone="warning"
            ),
        )
    return (Points(items=tuple(map(_quote, found))),)


def _others(result: "ModelDocument") -> tuple[Section, ...]:
    former = [
        f"{each.name.partition('.')[2]}: {each.text} ({each.author}, {each.date})" for each in result.rationale.former
    ]
    quotes = tuple(map(_quote, result.others.headlines))
    found = [Section(title="What other looks found", blocks=(Points(items=quotes),))] if quotes else []
    if former:
        text = f"Statements on columns that the model no longer takes: {listed(former)}"
        found.append(Section(title="Former columns", blocks=(Paragraph(text=text),)))
    return tuple(found)


def _quote(each: Quoted) -> str:
    status = f"{MARKS[each.status]} {each.status.replace('_', ' ')}"
    return f"{each.code}, {status}: {each.claim}" + (
        f" {each.action}" if each.action and each.status != "passed" else ""
    )
