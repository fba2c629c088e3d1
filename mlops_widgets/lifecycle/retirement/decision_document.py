"""A decision about a model as a text, with what nobody has said visibly missing."""

from typing import TYPE_CHECKING

from mlops_widgets.core.document import Block, Document, Grid, Paragraph, Points, Section, Statement
from mlops_widgets.core.statements import said
from mlops_widgets.core.words import number

if TYPE_CHECKING:
    from mlops_widgets.lifecycle.retirement.decisions import DecisionRecord

_CUT = 16


def missing_of(r: "DecisionRecord") -> tuple[str, ...]:
    """Return what a person still has to say; a model that goes needs more than one that stays."""
    asked: dict[str, object] = {"who decided": r.decided_by, "when": r.decided_on, "the reason": r.reason}
    if r.decision == "retire":
        asked |= {
            "what serves instead": r.fallback, "sunset dates": r.sunset, "conditions of reinstatement": r.reinstate_when, "an archive": r.archive,
        }  # fmt: skip
    return tuple(label for label, text in asked.items() if not text)


def document_of_decision(r: "DecisionRecord") -> Document:
    """Return the record as a document."""
    lead = f"Decided: {r.decision}. The rules say {r.verdict}."
    if r.missing:
        lead += f" {number(len(r.missing), 'integer')} of what a person must say is missing."
    small = f"Study {r.fingerprint}. {r.method}." + (
        f" Record {r.number}, digest {r.digest}." if r.digest else " Not kept in a store."
    )
    return Document(
        title=f"Decision: {r.decision} {r.model} ({r.name})", lead=lead, small=small,
        sections=(_decided(r), _evidence(r), _after(r), _archive(r)),
    )  # fmt: skip


def _decided(r: "DecisionRecord") -> Section:
    blocks: list[Block] = [
        Statement(label="Verdict of the rules", value=r.verdict), said("Decision", r.decision, by=r.decided_by, on=r.decided_on),
        said("Decided by", r.decided_by, by=r.decided_by, on=r.decided_on), said("Reason", r.reason, by=r.decided_by, on=r.decided_on),
    ]  # fmt: skip
    if r.overridden:
        blocks.append(Paragraph(text=f"This overrides the rules, which say {r.verdict}.", tone="warning"))
    if r.dissent:
        blocks.append(Statement(label="Dissent", value=r.dissent, source="human", date=r.decided_on))
    return Section(title="What was decided", blocks=tuple(blocks))


def _evidence(r: "DecisionRecord") -> Section:
    fired = ", ".join(r.fired) or "none"
    return Section(
        title="On which evidence",
        blocks=(
            Statement(label="Policy", value=r.policy),
            Statement(label="Rules that fire", value=fired),
            Points(items=r.evidence),
        ),
    )


def _after(r: "DecisionRecord") -> Section:
    dates = Grid(columns=("what ends", "on"), rows=tuple((what, when or "–") for what, when in r.sunset.items()))
    return Section(
        title="What happens next",
        blocks=(
            said("What serves instead", r.fallback, by=r.decided_by, on=r.decided_on),
            dates if r.sunset else said("Sunset dates", "", by="", on=""),
            Points(items=r.reinstate_when) if r.reinstate_when else said("Conditions of reinstatement", "", by="", on=""),
        ),
    )  # fmt: skip


def _archive(r: "DecisionRecord") -> Section:
    if not r.archive:
        return Section(title="Archive", blocks=(said("Archive", "", by="", on=""),))
    rows = tuple(
        (each.path, number(each.bytes, "integer"), each.sha256[:_CUT] or "–", each.found) for each in r.archive
    )
    caption = f"SHA-256: the first {_CUT} digits; all are in the JSON."
    return Section(
        title="Archive", blocks=(Grid(columns=("file", "bytes", "SHA-256", "found"), rows=rows, caption=caption),)
    )
