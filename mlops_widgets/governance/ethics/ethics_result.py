"""What a checklist amounts to: a state an item, and whether the guideline is signed as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from mlops_widgets.core.document import Block, Document, Grid, Paragraph, Section
from mlops_widgets.core.result import Result

if TYPE_CHECKING:
    import pandas as pd

State = Literal["evidence", "statement", "does not apply", "not met", "not enough data", "unanswered"]
STATES: tuple[State, ...] = get_args(State)
HOLDS: frozenset[State] = frozenset({"evidence", "statement"})
MARKS: Mapping[State, str] = {
    "evidence": "●", "statement": "●", "does not apply": "–", "not met": "■", "not enough data": "◇", "unanswered": "○",
}  # fmt: skip
"""Shape of each state: colour is never the only signal."""
WORDS: Mapping[State, str] = {
    "evidence": "holds, by evidence", "statement": "holds, a person says", "does not apply": "does not apply, a person says",
    "not met": "doesn't hold", "not enough data": "not enough data", "unanswered": "unanswered",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class EthicsItem:
    """One item and what answers it.

    Parameters
    ----------
    id, section, title
        Which item, of which section, saying what.
    state
        "evidence" or "statement" hold; "does not apply", "not met", "not enough data", "unanswered".
    told
        Sentences of the evidence, or of the person.
    by, on
        Who answered, and when; "" where evidence did, or nobody.
    asks
        Whom or what it asks: "person", or the kind of evidence.
    action
        What to do; "" where it holds.
    digest
        SHA-256 of the evidence or signature.
    """

    id: str
    section: str
    title: str
    state: State
    told: tuple[str, ...]
    by: str = ""
    on: str = ""
    asks: str = "person"
    action: str = ""
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class GuidelineState:
    """Which guideline, and who signed it as it stands.

    Parameters
    ----------
    title, version, on, digest
        As the text says, and the text's SHA-256.
    ready
        Whether it is the template that comes with the package.
    blanks
        What nobody has filled in.
    signed
        Who signed this text, a sentence each.
    void
        Signatures that don't count, and why.
    sections
        The text.
    """

    title: str
    version: str
    on: str
    digest: str
    ready: bool
    blanks: tuple[str, ...]
    signed: tuple[str, ...]
    void: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def stands(self) -> bool:
        """Whether nothing is blank and somebody signed this text."""
        return bool(self.signed) and not self.blanks


@dataclass(frozen=True, kw_only=True)
class EthicsResult(Result):
    """A checklist, each item bound to evidence or a signed statement, and the guideline.

    Parameters
    ----------
    study, fingerprint
        What it is about.
    items
        In the checklist's order.
    guideline
        The guideline, and who signed it.
    checklist, checklist_version, checklist_digest, source, last_checked
        Which checklist, and what it was made from.
    uncounted
        Answers that count for nothing, and why.
    unbound
        Types of Results that don't say of which study they are: they were taken at the caller's word.
    judged_at
        When, ISO; "" where no `now=` was passed.
    synthetic
        Whether the data were made up.
    """

    study: str
    fingerprint: str
    items: tuple[EthicsItem, ...]
    guideline: GuidelineState
    checklist: str
    checklist_version: str
    checklist_digest: str
    source: str
    last_checked: str
    uncounted: tuple[str, ...] = ()
    unbound: tuple[str, ...] = ()
    judged_at: str = ""
    synthetic: bool = False

    @property
    def counts(self) -> dict[State, int]:
        """Number of items by state."""
        given = [each.state for each in self.items]
        return {state: given.count(state) for state in STATES}

    @property
    def held(self) -> int:
        """Number of items that hold."""
        return sum(each.state in HOLDS for each in self.items)

    def frame(self) -> "pd.DataFrame":
        """Return one row an item."""
        import pandas as pd

        names = ["id", "section", "title", "state", "by", "on", "told", "action", "digest"]
        rows = [{name: getattr(each, name) for name in names} | {"told": " ".join(each.told)} for each in self.items]
        return pd.DataFrame(rows, columns=names)

    @property
    def document(self) -> Document:
        """Checklist and guideline in full, as a text."""
        named = dict.fromkeys(each.section for each in self.items)
        of = {name: [each for each in self.items if each.section == name] for name in named}
        overview = Grid(
            columns=("section", "holds", "doesn't apply", "open"),
            rows=tuple((name, *_counted(items)) for name, items in of.items()),
        )
        odd = tuple(Paragraph(text=each, tone="warning") for each in self.uncounted)
        return Document(
            title=f"Ethics of {self.study}", lead=f"{self.headline} What isn't answered doesn't hold.",
            sections=(
                Section(title="Overview", blocks=(overview,)),
                *(Section(title=name, blocks=(Grid(columns=_COLUMNS, rows=tuple(map(_row, items))),)) for name, items in of.items()),
                *((Section(title="Answers that don't count", blocks=odd),) if odd else ()),
                Section(title=f"Guideline: {self.guideline.title}", blocks=_guideline_blocks(self.guideline)), *self.guideline.sections,
            ),
            small=self.small,
        )  # fmt: skip

    @property
    def small(self) -> str:
        """Small print: which study, checklist and guideline."""
        told = [
            f"Study {self.study!r}, fingerprint {self.fingerprint}.",
            f"Checklist {self.checklist!r}, version {self.checklist_version or '–'}, SHA-256 {self.checklist_digest}.",
            f"{self.source} Last checked {self.last_checked or 'on no day that is written down'}.",
        ]
        if self.unbound:
            told.append(
                f"Taken at the caller's word, as they don't say of which study they are: {', '.join(self.unbound)}."
            )
        told += [f"Judged at {self.judged_at}."] if self.judged_at else []
        told += ["Synthetic data."] if self.synthetic else []
        return " ".join(
            [*told, "A checklist says what was looked at and who answers for it; it doesn't make a use right."]
        )


def _counted(items: list[EthicsItem]) -> tuple[str, str, str]:
    held, left = sum(each.state in HOLDS for each in items), sum(each.state == "does not apply" for each in items)
    return f"{held} of {len(items)}", str(left), str(len(items) - held - left)


_COLUMNS = ("state", "item", "what says so")


def _row(item: EthicsItem) -> tuple[str, ...]:
    said = (
        [item.action]
        if item.state == "unanswered"
        else [*item.told, *([f"To do: {item.action}"] if item.action else [])]
    )
    who = f" ({item.by}, {item.on})" if item.by else ""
    return (
        f"{MARKS[item.state]}\N{NO-BREAK SPACE}{WORDS[item.state]}",
        f"{item.id} {item.title}",
        f"{' '.join(said) or '–'}{who}",
    )


def _guideline_blocks(g: GuidelineState) -> tuple[Block, ...]:
    told: list[Block] = [Paragraph(text=f"Version {g.version} of {g.on}; SHA-256 {g.digest}.")]
    told += [Paragraph(text=each) for each in g.signed]
    told += [Paragraph(text=each, tone="warning") for each in g.void]
    if not g.signed:
        told.append(Paragraph(text="Nobody has signed this text.", tone="warning"))
    if g.blanks:
        told.append(Paragraph(text=f"{len(g.blanks)} places are still to be filled in.", tone="warning"))
    return tuple(told)
