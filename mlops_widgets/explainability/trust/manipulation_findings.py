"""What an audit of a model's behaviour on made rows says, in words."""

from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, known, number, p_words
from mlops_widgets.errors import listed
from mlops_widgets.explainability.attribution.synthetic_rows import KINDS
from mlops_widgets.explainability.trust.manipulation_verdicts import FlippedColumn

if TYPE_CHECKING:
    from mlops_widgets.explainability.trust.manipulation import ManipulationAudit

_APART = 0.6
_ALARM = (
    "Don't rely on SHAP or LIME for this model: exchange the column in real rows yourself, and ask who built it what it does "
    "with rows that don't exist."
)


def find(result: "ManipulationAudit") -> tuple[Finding, ...]:
    """Return the audit's findings."""
    return _alarm(result), _apart(result), *_open(result), *_groups(result)


def _alarm(result: "ManipulationAudit") -> Finding:
    if result.of("hidden") or result.of("shown"):
        return _raised(result)
    if not result.spread > 0:
        claim = "The model gives all rows the same answer, so that no exchange can tell anything."
        return Finding(
            code="EX-MA-01", status="not_enough_data", claim=claim, action="Pass rows that differ to the model."
        )
    left = _undecided(result)
    compared = [column for column in result.columns if column not in left]
    top = max((column for column in compared if column.rows), key=lambda column: column.real, default=None)
    if top is None:
        claim = "No column could be compared between real rows and those that explainers make."
        return Finding(code="EX-MA-01", status="not_enough_data", claim=claim, action="Pass more rows.")
    each, few = top.widest, len(left) >= len(compared) or any(column.group for column in left)
    status: Status = "not_enough_data" if few else "passed"
    columns = "column" if len(compared) == 1 else "columns"
    of = f"{len(compared)} {columns}{' that could be compared' if left else ''}"
    claim = (
        f"None of {of} hides from explainers: in real rows exchanging {listed([top.column])} moves the model's "
        f"{result.scale} by {_real(top)}, in rows that explainers make by {_made(top)}."
    )
    return Finding(
        code="EX-MA-01", status=status, claim=claim,
        evidence={
            "column": top.column, "compared": len(compared), "open": len(left), "real": top.real, "made": each.made,
            "times": known(each.times), "margin": result.times,
        },
        action="" if status == "passed" else "Pass more rows, so that every column can be compared.",
    )  # fmt: skip


def _undecided(result: "ManipulationAudit") -> tuple[FlippedColumn, ...]:
    """Return open columns that could matter: their exchanges weren't possible, or may move the answer enough."""
    return tuple(
        column for column in result.of("open") if not column.rows or column.real_upper > result.matters * result.spread
    )


def _raised(result: "ManipulationAudit") -> Finding:
    hidden, shown = result.of("hidden"), result.of("shown")
    top = (hidden or shown)[0]
    each = top.widest
    share = "" if np.isnan(top.attribution) else f" SHAP gives it {number(top.attribution, 'percent')} of the whole."
    parts = [f"hides {_names(hidden)} from explainers"] if hidden else []
    parts += [f"shows {_names(shown)} to explainers alone"] if shown else []
    return Finding(
        code="EX-MA-01", status="failed",
        claim=f"The model {' and '.join(parts)}: exchanging {listed([top.column])} moves its {result.scale} by {_real(top)} in real "
        f"rows, by {_made(top)} in rows that explainers make.{share}",
        evidence={
            "column": top.column, "hidden": len(hidden), "shown": len(shown), "real": top.real, "made": each.made,
            "times": known(each.times), "p": each.p_hidden if hidden else each.p_shown, "made_rows": each.kind,
            "share_of_shap": known(top.attribution), "margin": result.times if hidden else result.times_shown,
        },
        action=_ALARM,
    )  # fmt: skip


def _names(columns: tuple[FlippedColumn, ...]) -> str:
    more = f" and {len(columns) - 1} more" if len(columns) > 1 else ""
    return listed([columns[0].column]) + more


def _real(column: FlippedColumn) -> str:
    return estimate(column.real, known(column.real_lower), known(column.real_upper))


def _made(column: FlippedColumn) -> str:
    each = column.widest
    return estimate(each.made, known(each.made_lower), known(each.made_upper))


def _apart(result: "ManipulationAudit") -> Finding:
    told = [each for each in result.apart if np.isfinite(each.auc)]
    if not told:
        return Finding(
            code="EX-MA-02", status="not_enough_data", claim="Too few rows to say whether made rows can be told from real ones.",
            action="Pass more rows.",
        )  # fmt: skip
    best = max(told, key=lambda each: each.auc)
    auc = estimate(best.auc, known(best.lower), known(best.upper))
    can, alarm = best.lower > _APART, bool(result.of("hidden") or result.of("shown"))
    meaning = (
        "a model could notice them and answer them otherwise, so this audit matters"
        if can
        else "a model can hardly notice them"
    )
    return Finding(
        code="EX-MA-02", status="warning" if can and alarm else "passed",
        claim=f"{KINDS[best.kind].partition(' as ')[0].rstrip(',')} can be told from real ones with ROC AUC {auc} (.50 is guessing): "
        f"{meaning}.",
        evidence={each.kind: each.auc for each in told} | {"margin": _APART},
        action="Read the exchanges in real rows beside every explanation." if can and alarm else "",
    )  # fmt: skip


def _open(result: "ManipulationAudit") -> tuple[Finding, ...]:
    left = _undecided(result)
    if not left:
        return ()
    return (
        Finding(
            code="EX-MA-03", status="not_enough_data",
            claim=f"Not compared: {listed([column.column for column in left])}, since too few near neighbours hold another cell, "
            "or the intervals are too wide.",
            evidence={"columns": len(left)}, action="Pass more rows, or leave out columns that say the same as others.",
        ),
    )  # fmt: skip


def _groups(result: "ManipulationAudit") -> tuple[Finding, ...]:
    if not result.groups and not result.other_groups:
        return ()
    if not result.groups:
        return (
            Finding(
                code="EX-MA-04", status="not_applicable",
                claim=f"The model doesn't take the study's groups ({listed(result.other_groups)}), so they can't be exchanged.",
                action="Compare its decisions between the groups: what it doesn't take it may know from other columns.",
            ),
        )  # fmt: skip
    told = [column for column in result.columns if column.group]
    worst = told[0]
    status: Status = {"hidden": "failed", "shown": "failed", "open": "not_enough_data"}.get(worst.verdict, "passed")  # type: ignore[assignment]  # a status each
    said = "; ".join(
        f"{column.column} {_real(column)} in real rows, {_made(column)} in made ones ({p_words(column.widest.p_hidden)})"
        for column in told
        if column.rows
    )
    return (
        Finding(
            code="EX-MA-04", status=status,
            claim=f"Exchanging the groups that the model takes moves its {result.scale}: {said or 'no near neighbours differ in them'}.",
            evidence={column.column: known(column.real) for column in told}, action=_ALARM if status == "failed" else "",
        ),
    )  # fmt: skip
