"""The text of one decision, for the person whom it concerns."""

import math
from collections.abc import Mapping

from mlops_widgets.core.document import Block, Document, Grid, Paragraph, Points, Section, Statement
from mlops_widgets.core.words import number
from mlops_widgets.governance.cards.decision_case import Case, class_words
from mlops_widgets.governance.cards.decision_reasons import Reason, Reasons

_FAVOUR = {
    True: "This is the outcome that is good to be given.", False: "This isn't the outcome that is good to be given.",
    None: "Nobody has said which outcome is good to be given.",
}  # fmt: skip


def decision_document(case: Case, reasons: Reasons, told: Mapping[str, Statement]) -> Document:
    """Return the text: what was decided, what counted, what the model was told, and what the person can do.

    Parameters
    ----------
    case
        What the model says.
    reasons
        What counted, or why that isn't known.
    told
        What people said.
    """
    study = case.study
    return Document(
        title=f"One decision: {case.name}", lead=_lead(case),
        sections=(
            Section(title="What was decided", blocks=_decision(case, told)),
            Section(title="What counted most", blocks=_counted(reasons)),
            Section(title="What the model was told", blocks=(_cells(case),)),
            Section(title="What you can do", blocks=tuple(told[name] for name in ("who can overrule", "how to object", "contact"))),
        ),
        small=f"Model and data of study {study.name!r}, fingerprint {study.fingerprint}{', synthetic data' if study.synthetic else ''}.",
    )  # fmt: skip


def _lead(case: Case) -> str:
    if case.overruled:
        return f"The model said {case.decision}. The decision on record is another one: {case.recorded}."
    return f"The model says {case.decision}. {_FAVOUR[case.favourable] if case.code >= 0 else ''}"


def _decision(case: Case, told: Mapping[str, Statement]) -> tuple[Block, ...]:
    blocks: list[Block] = [told["purpose"], Statement(label="The model's answer", value=case.decision)]
    if math.isfinite(case.score):
        blocks.append(Statement(label=f"Its score for {class_words(case.study, 1)}", value=case.amount(case.score)))
    if math.isfinite(case.threshold):
        blocks.append(Statement(label="Where the decision turns", value=f"at {case.amount(case.threshold)}"))
    if case.recorded:
        blocks.append(Statement(label="Decision on record", value=case.recorded))
    return tuple(blocks)


def _counted(reasons: Reasons) -> tuple[Block, ...]:
    if not reasons.told:
        return (Paragraph(text=f"The reasons aren't known. {reasons.unexplained}", tone="warning"),)
    blocks: list[Block] = []
    for word, up in (("higher", True), ("lower", False)):
        items = tuple(_reason(each, reasons.scale, word) for each in reasons.told if (each.value > 0) == up)
        if items:
            said = Paragraph(text=f"These made the answer {word} than the average:")
            blocks += [said, Points(items=items, numbered=True)]
    return (
        *blocks,
        Paragraph(text="They say what moved the answer of this model. They don't say what causes the outcome."),
    )


def _reason(reason: Reason, scale: str, word: str) -> str:
    named = f"{reason.label}: {reason.cell}" if reason.cell else reason.label
    size = abs(reason.value)
    if scale == "probability":
        return f"{named} ({number(100 * size, digits=1)} percentage points {word})"
    return f"{named} ({number(size)} {word}{f', in {scale}' if scale else ''})"


def _cells(case: Case) -> Block:
    names = [name for name in case.study.model.features if name in case.table]
    if not names:
        return Paragraph(text="Which columns the model takes isn't known.", tone="warning")
    rows = tuple((case.study.words.feature(name), case.cell(name)) for name in names)
    return Grid(columns=("what", "value"), rows=rows, caption="What looks personal is masked.")
