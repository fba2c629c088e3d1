"""Explain one decision to the person whom it concerns: from the answer to the decision, what counted, and what they can do."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from mlops_widgets.core.document import Document, Statement
from mlops_widgets.core.options import check_counts
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.said_files import read_said
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, listed
from mlops_widgets.governance.cards.decision_case import Case, read_case
from mlops_widgets.governance.cards.decision_document import decision_document
from mlops_widgets.governance.cards.decision_reasons import Reason, Reasons, how_to_explain, read_reasons
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

if TYPE_CHECKING:
    import pandas as pd

DECISION_FIELDS = ("purpose", "who can overrule", "how to object", "contact")
"""What only a person can say."""

_METHOD = (
    "The model's own answer and the study's threshold; reasons are those of the explanation that was passed, once its prediction is the "
    "model's, none of its checks failed and their intervals leave out 0"
)


@dataclass(frozen=True, kw_only=True)
class DecisionExplanation(Result):
    """One decision, explained. It is about one row and holds its cells.

    Parameters
    ----------
    row, table
        Which row.
    decision
        What the model says, such as "defaulted = 0"; of a regression, the number.
    score, threshold
        The model's answer for the positive class and where the decision turns; NaN where there is none.
    favourable
        Whether it is the outcome that is good to be given; None where nobody said which that is.
    recorded
        The decision on record; "" where none is.
    overruled
        Whether that is another one than the model's.
    reasons
        What counted most, the strongest first; empty without a sound explanation.
    scale
        What the reasons' values are in.
    unexplained
        Why there are no reasons; "" where there are.
    statements
        What people said, by field.
    document
        The text.
    fingerprint
        Of the study.
    synthetic
        Whether the data were made up.
    """

    holds_cells: ClassVar[bool] = True

    row: int
    table: str
    decision: str
    score: float
    threshold: float
    favourable: bool | None
    recorded: str
    overruled: bool
    reasons: tuple[Reason, ...]
    scale: str
    unexplained: str
    statements: Mapping[str, Statement]
    document: Document
    fingerprint: str
    synthetic: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that nobody has filled with words, name and day."""
        return tuple(name for name, each in self.statements.items() if each.source == "missing")

    def frame(self) -> "pd.DataFrame":
        """Return one row a reason."""
        import pandas as pd

        names = ["column", "label", "cell", "value"]
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.reasons], columns=names)


@strategy("GV-ED")
def explain_decision(
    study: Study, row: int, *, explanation: Result | None = None, table: str | None = None,
    statements: "str | PathLike[str] | Mapping[str, Any] | None" = None, most: int = 4,
) -> DecisionExplanation:  # fmt: skip
    """Explain one decision to the person whom it concerns.

    Parameters
    ----------
    study
        The study.
    row
        Position in the table, from 0.
    explanation
        What `mw.explainability.explain(study, row)` returned, for this row or several. Without one, no reason is told and the finding
        fails: nothing is made up in its place.
    table
        Which table; by default the test, else production, else the reference.
    statements
        Field → {"text": …, "by": …, "on": …}, or the path of a TOML file of this form. Fields: purpose, who can overrule, how to object,
        contact. One without words, name or day counts as empty.
    most
        How many reasons are told for each side.

    Returns
    -------
    DecisionExplanation or NoResult
        Findings: GV-ED-01 the decision and whether its reasons are known, GV-ED-02 empty fields, GV-ED-03 a decision on record that is
        another one.

    Raises
    ------
    InputError
        If there is no such row, or the explanation is of another row or model.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> study = mw.sample("loans")
    >>> told = explain_decision(study, 3, explanation=mw.explainability.explain(study, 3, method="shap"))
    >>> told.findings[0].status, told.missing
    ('passed', ('purpose', 'who can overrule', 'how to object', 'contact'))
    """
    check_counts(most=(most, 1))
    chosen = study.table(table)
    case, told = read_case(study, chosen, _place(row, chosen)), read_said("statements", statements, DECISION_FIELDS)
    reasons = read_reasons(case, explanation, most=most)
    return DecisionExplanation(
        findings=_find(case, reasons, told), rows=1, method=_METHOD, row=case.row, table=chosen.name, decision=case.decision,
        score=case.score, threshold=case.threshold, favourable=case.favourable, recorded=case.recorded, overruled=case.overruled,
        reasons=reasons.told, scale=reasons.scale, unexplained=reasons.unexplained, statements=told,
        document=decision_document(case, reasons, told), fingerprint=study.fingerprint, synthetic=study.synthetic,
    )  # fmt: skip


def _place(row: Any, table: Table) -> int:  # noqa: ANN401 - checked here
    if isinstance(row, bool) or not isinstance(row, int | np.integer) or not 0 <= row < table.rows:
        raise InputError(f"row={str(row)[:40]}. Positions in {table.name}: 0 to {table.rows - 1:,}.")
    return int(row)


def _find(case: Case, reasons: Reasons, told: Mapping[str, Statement]) -> tuple[Finding, ...]:
    claim = f"{case.name}: the model says {case.decision}"
    if math.isfinite(case.threshold):
        side = "at or above" if case.score >= case.threshold else "below"
        claim += f", as its answer {case.amount(case.score)} lies {side} {case.amount(case.threshold)}"
    count = f"{len(reasons.told)} {'reason is' if len(reasons.told) == 1 else 'reasons are'} known."
    first = Finding(
        code="GV-ED-01", status="passed" if reasons.told else "failed", evidence={"reasons": len(reasons.told)},
        claim=f"{claim}; {count}" if reasons.told else f"{claim}. {reasons.unexplained}",
        action="" if reasons.told else how_to_explain(case),
    )  # fmt: skip
    empty = [name for name, each in told.items() if each.source == "missing"]
    said = "It is said what the decision is for, who can overrule it, and how to object."
    fields = Finding(
        code="GV-ED-02", status="failed" if empty else "passed", evidence={"empty": len(empty), "fields": len(told)},
        claim=f"Nobody has said: {listed(empty)}." if empty else said,
        action="Pass statements={field: {'text': …, 'by': …, 'on': …}}." if empty else "",
    )  # fmt: skip
    if not case.overruled:
        return first, fields
    other = Finding(
        code="GV-ED-03", status="warning", claim=f"The decision on record is {case.recorded}, another one than the model's.",
        action="The reasons are the model's: say who decided otherwise, and why.",
    )  # fmt: skip
    return first, fields, other
