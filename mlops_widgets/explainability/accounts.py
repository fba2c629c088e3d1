"""How much of what moves a model's answers somebody can account for: each strategy's part, in one unit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_widgets.core.result import Finding, NoResult, Result
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.explainability.documentation.model_document import ModelDocument
from mlops_widgets.explainability.documentation.rationale import COLUMNS
from mlops_widgets.explainability.influence.effects import EffectsResult
from mlops_widgets.explainability.influence.importance import ImportanceResult
from mlops_widgets.explainability.stakeholders.report.facts import Facts
from mlops_widgets.explainability.stakeholders.report.report import StakeholderReport
from mlops_widgets.explainability.trust.agreement import MethodComparison

if TYPE_CHECKING:
    import pandas as pd

Remedy = MethodComparison | ModelDocument | EffectsResult | StakeholderReport
"""What accounts for a part of the answers: one result of each strategy."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """One strategy's part.

    Parameters
    ----------
    name, label
        The strategy's part in a word, and on a bar.
    said
        What the share has, as the end of a sentence.
    share
        Of what moves the answers, 0 to 1.
    missing
        What to do for more.
    """

    name: str
    label: str
    said: str
    share: float
    missing: str


@dataclass(frozen=True, kw_only=True)
class AccountResult(Result):
    """What of a model's answers somebody can account for.

    Parameters
    ----------
    accounts
        A part for each result that was given, in that order; a later result of a kind replaces an earlier one.
    enough
        The share that counts as enough.
    """

    accounts: tuple[Account, ...]
    enough: float

    def frame(self) -> "pd.DataFrame":
        """Return one row a strategy: its share, and what is missing."""
        import pandas as pd

        return pd.DataFrame(
            [vars(each) for each in self.accounts], columns=["name", "label", "said", "share", "missing"]
        )


def account_for(
    importance: ImportanceResult | NoResult, *results: Result, enough: float = 0.8
) -> AccountResult | NoResult:
    """Say how much of what moves the model's answers somebody can account for, by what the strategies found.

    Every share is of the same whole: the mean absolute contributions of all columns (SHAP). Of that whole, on which part do SHAP
    and LIME agree about the direction, for which part is the shape of the effect settled, for which has a person written down why
    the model may use the column, and how much of a row's answer do the sentences of its report name?

    Parameters
    ----------
    importance
        Of `measure_importance`: how much each column moves the answers.
    *results
        Of `compare_methods`, `measure_effects`, `document_model` and `write_stakeholder_report`. One that couldn't be measured
        is passed over.
    enough
        The share that counts as enough, above 0 and at most 1.

    Returns
    -------
    AccountResult or NoResult
        Finding EX-AC-01: the parts, the smallest first; `importance` itself where it couldn't be measured.

    Raises
    ------
    WrongTypeError
        If a result is of another kind.
    InputError
        If `enough` is no share.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> study = mw.sample("census")
    >>> importance = mw.explainability.measure_importance(study, explained_rows=50, max_rows=200, repeats=1, draws=50)
    >>> effects = mw.explainability.measure_effects(study, max_rows=200, dependence_rows=20, draws=50)
    >>> [each.name for each in mw.explainability.account_for(importance, effects).accounts]
    ['shapes']
    """
    if isinstance(importance, NoResult):
        return importance
    if not isinstance(importance, ImportanceResult):
        raise WrongTypeError(f"importance= is {type(importance).__name__}. Pass what measure_importance returned.")
    if not 0 < enough <= 1:
        raise InputError(f"enough={enough!r}. Pass the share that counts as enough, above 0 and at most 1.")
    accounts: dict[str, Account] = {}
    for result in results:
        if isinstance(result, NoResult):
            continue
        account = _counter(result)(importance, result)
        accounts[account.name] = account
    found = tuple(accounts.values())
    return AccountResult(
        findings=(_finding(found, enough),), rows=importance.explained_rows, seed=importance.seed,
        method="Shares of the mean absolute contributions (SHAP) of all columns on the rows of each result; counted, not estimated",
        reference=importance.reference, accounts=found, enough=float(enough),
    )  # fmt: skip


def _counter(result: Result) -> Callable[[ImportanceResult, Any], Account]:
    found = next((counter for kind, counter in _COUNTERS.items() if isinstance(result, kind)), None)
    if found is None:
        raise WrongTypeError(
            f"account_for takes no {type(result).__name__}. Pass results of compare_methods, measure_effects, document_model or "
            "write_stakeholder_report."
        )
    return found


def _agreed(_: ImportanceResult, comparison: MethodComparison) -> Account:
    weight = np.abs(comparison.shap)
    same = np.sign(comparison.shap) == np.sign(comparison.lime)
    return Account(
        name="methods", label="SHAP and LIME agree", said="has a direction on which SHAP and LIME agree", share=_share(float(weight[same].sum()), float(weight.sum())),
        missing="compare_methods names what makes the two differ.",
    )  # fmt: skip


def _shaped(importance: ImportanceResult, effects: EffectsResult) -> Account:
    """Count a column whose effect is shown to be larger than the margin, or smaller: either way its curve can be read."""
    settled = {
        curve.column for curve in effects.curves if curve.lower > effects.margin or curve.upper < effects.margin
    }  # fmt: skip
    return _by_columns(
        importance,
        settled,
        name="shapes",
        label="curve settled",
        said="moves along a curve that is settled",
        missing="Take more rows (max_rows=).",
    )


def _reasoned(importance: ImportanceResult, document: ModelDocument) -> Account:
    said = {column for column in document.rationale.columns if document.rationale.of(f"{COLUMNS}.{column}") is not None}
    return _by_columns(
        importance, said, name="reasons", label="reason written", said="rests on columns with a written reason",
        missing="Fill the form that write_rationale_form writes, the columns that move most first.",
    )  # fmt: skip


def _told(_: ImportanceResult, report: StakeholderReport) -> Account:
    facts = Facts(explanation=report.explanation, words=report.words)
    named = [
        np.abs(facts.values(row))[[*facts.moved(row, "up"), *facts.moved(row, "down")]].sum() for row in facts.rows
    ]  # fmt: skip
    whole = [np.abs(facts.values(row)).sum() for row in facts.rows]
    return Account(
        name="sentences", label="named in the report", said="is named in the report", share=_share(float(sum(named)), float(sum(whole))),
        missing="The rest is told as one sum.",
    )  # fmt: skip


_COUNTERS: Mapping[type, Callable[[ImportanceResult, Any], Account]] = {
    MethodComparison: _agreed, EffectsResult: _shaped, ModelDocument: _reasoned, StakeholderReport: _told,
}  # fmt: skip


def _by_columns(
    importance: ImportanceResult, counted: set[str], *, name: str, label: str, said: str, missing: str
) -> Account:
    """Count the entries whose columns, of several that go together all, are among `counted`."""
    share = sum(float(entry.share) for entry in importance.entries if set(entry.columns) <= counted)
    return Account(name=name, label=label, said=said, share=min(float(share), 1.0), missing=missing)


def _share(part: float, whole: float) -> float:
    return min(part / whole, 1.0) if whole > 0 else 0.0


def _finding(accounts: tuple[Account, ...], enough: float) -> Finding:
    if not accounts:
        return Finding(
            code="EX-AC-01", status="not_applicable", claim="Nothing accounts for the model's answers yet: no result was given.",
            action="Pass results of compare_methods, measure_effects, document_model or write_stakeholder_report.",
        )  # fmt: skip
    least = min(accounts, key=lambda each: each.share)
    *parts, last = (
        f"{number(each.share, 'percent')} {each.said}" for each in sorted(accounts, key=lambda each: each.share)
    )
    said = f"{', '.join(parts)} and {last}" if parts else last
    return Finding(
        code="EX-AC-01", status="passed" if least.share >= enough else "warning",
        claim=f"Of what moves the model's answers {said}.",
        evidence={each.name: each.share for each in accounts} | {"enough": float(enough)},
        action=least.missing if least.share < enough else "Look again when the model is refitted.",
    )  # fmt: skip
