"""The text of one decision, for the person whom it concerns."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlops_widgets.core.document import Block, Document, Grid, Paragraph, Points, Section, Statement
from mlops_widgets.core.words import Form, number
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

if TYPE_CHECKING:
    from mlops_widgets.governance.cards.explain_decision import Decided, Reason

_FAVOUR = {
    True: "This is the outcome that is good to be given.", False: "This isn't the outcome that is good to be given.",
    None: "Nobody has said which outcome is good to be given.",
}  # fmt: skip


def decision_document(
    study: Study, table: Table, row: int, *, decided: "Decided", reasons: Sequence["Reason"], scale: str, unexplained: str,
    told: Mapping[str, Statement],
) -> Document:  # fmt: skip
    """Return the text: what was decided, what the model was told, what counted, and what the person can do.

    Parameters
    ----------
    study, table, row
        Which row.
    decided
        What the model says.
    reasons, scale, unexplained
        What counted, on which scale; or why that isn't known.
    told
        What people said, by field.
    """
    return Document(
        title=f"One decision: row {row} of {table.name}", lead=_lead(decided),
        sections=(
            Section(title="What was decided", blocks=_decision(study, decided, told)),
            Section(title="What counted most", blocks=_counted(reasons, scale, unexplained)),
            Section(title="What the model was told", blocks=(_cells(study, table, row),)),
            Section(title="What you can do", blocks=tuple(told[name] for name in ("who can overrule", "how to object", "contact"))),
        ),
        small=f"Model and data of study {study.name!r}, fingerprint {study.fingerprint}{', synthetic data' if study.synthetic else ''}.",
    )  # fmt: skip


def _lead(decided: "Decided") -> str:
    if decided.overruled:
        return f"The model said {decided.words}. The decision on record is another one: {decided.recorded}."
    return f"The model says {decided.words}. {_FAVOUR[decided.favourable] if decided.code >= 0 else ''}"


def _decision(study: Study, decided: "Decided", told: Mapping[str, Statement]) -> tuple[Block, ...]:
    form: Form = "percent" if decided.share else "number"
    blocks: list[Block] = [told["purpose"], Statement(label="The model's answer", value=decided.words)]
    if math.isfinite(decided.score):
        positive = f"{study.words.feature(study.outcome.target)} = {study.words.value(study.outcome.target, study.outcome.positive)}"
        blocks.append(Statement(label=f"Its score for {positive}", value=number(decided.score, form)))
    if math.isfinite(decided.threshold):
        blocks.append(Statement(label="Where the decision turns", value=f"at {number(decided.threshold, form)}"))
    if decided.recorded:
        blocks.append(Statement(label="Decision on record", value=decided.recorded))
    return tuple(blocks)


def _counted(reasons: Sequence["Reason"], scale: str, unexplained: str) -> tuple[Block, ...]:
    if not reasons:
        return (Paragraph(text=f"The reasons aren't known. {unexplained}", tone="warning"),)
    blocks: list[Block] = []
    for word, up in (("higher", True), ("lower", False)):
        items = tuple(_reason(each, scale, word) for each in reasons if (each.value > 0) == up)
        if items:
            blocks += [
                Paragraph(text=f"These made the answer {word}, compared with the average:"),
                Points(items=items, numbered=True),
            ]
    return (*blocks, Paragraph(text="They say what moved this model's answer, not what would have changed your life."))


def _reason(reason: "Reason", scale: str, word: str) -> str:
    named = f"{reason.label}: {reason.cell}" if reason.cell else reason.label
    size = abs(reason.value)
    if scale == "probability":
        return f"{named} ({number(100 * size, digits=1)} percentage points {word})"
    return f"{named} ({number(size)} {word}{f', in {scale}' if scale else ''})"


def _cells(study: Study, table: Table, row: int) -> Block:
    names = [name for name in study.model.features if name in table]
    if not names:
        return Paragraph(text="Which columns the model takes isn't known.", tone="warning")
    rows = tuple((study.words.feature(name), study.words.value(name, table[name].iloc[row])) for name in names)
    return Grid(columns=("what", "value"), rows=rows, caption="What looks personal is masked.")
