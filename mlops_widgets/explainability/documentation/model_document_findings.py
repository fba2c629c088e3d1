"""What is said of a model that was written down: what drives it, and what is missing."""

from math import isnan
from typing import TYPE_CHECKING

from mlops_widgets.core.result import WORST_FIRST, Finding, Status
from mlops_widgets.core.words import estimate, known, number, short, worse
from mlops_widgets.errors import listed
from mlops_widgets.explainability.documentation.influences import ColumnInfluence, share_words
from mlops_widgets.explainability.documentation.rationale import COLUMNS, FIELDS

if TYPE_CHECKING:
    from mlops_widgets.explainability.documentation.model_document import ModelDocument

_NAMED = 3
_FILL = "Run mw.explainability.write_rationale_form(study, 'model_notes.toml'), fill it, and pass rationale=."


def find(result: "ModelDocument") -> tuple[Finding, ...]:
    """Return the verdicts on what was written down."""
    return (_drivers(result), _filled(result), _holds(result), *_outside(result), _weak(result), *_older(result))


def shape_words(each: ColumnInfluence) -> str:
    """Return in a clause how the answers follow a column."""
    words = {
        "rises": "the answer rises with it", "falls": "the answer falls with it", "rises then falls": "the answer rises and then falls",
        "falls then rises": "the answer falls and then rises", "goes up and down": "the answer goes up and down along it",
        "flat": "in no direction", "not settled": "in no settled direction",
    }  # fmt: skip
    return words.get(each.shape, each.shape)


def _empty_words(result: "ModelDocument") -> str:
    empty, every = len(result.rationale.empty), len(result.rationale.fields)
    return (
        f"nobody has filled {'any' if empty == every else empty} of the {every} rationale fields"
        if empty
        else f"all {every} rationale fields are filled"
    )


def _drivers(result: "ModelDocument") -> Finding:
    found = result.influences
    if found is None:
        return Finding(
            code="EX-DO-01", status="not_applicable", claim=f"What drives the model isn't known here; {_empty_words(result)}.",
            evidence={"columns": len(result.rationale.columns)}, action=result.without[0],
        )  # fmt: skip
    first = found.columns[0]
    evidence: dict[str, float | int | str | bool | None] = {
        "column": first.column, "share": first.share, "lower": first.lower, "upper": first.upper, "rows": found.rows,
        "lead_lower": known(found.lead_lower), "columns": len(found.columns),
    }  # fmt: skip
    if not first.share:
        claim = (
            f"No column moves the answers on {found.rows:,} rows of {found.table}: the model says the same of every row"
        )
        action = "Look at the model before you write down why it may be used."
        return Finding(
            code="EX-DO-01",
            status="failed",
            claim=f"{claim}; {_empty_words(result)}.",
            evidence=evidence,
            action=action,
        )
    settled = found.lead_lower > 0
    drives = f"{short(first.column)}, {share_words(first)} of all contributions, {shape_words(first)}"
    if result.facts["study.task"].value == "multiclass":
        drives += f" (for {short(found.output)})"
    claim = f"what moves the answers most is {drives}; {_empty_words(result)}."
    if not settled:
        claim = (
            f"what moves the answers most isn't settled: {drives}, and the next is too close; {_empty_words(result)}."
        )
    return Finding(
        code="EX-DO-01", status="passed" if settled else "not_enough_data", claim=claim, evidence=evidence,
        action="Read it with the model's owner, then save it: result.save('model.md')."
        if settled else "Pass more rows with explained_rows= if the order of the first two matters.",
    )  # fmt: skip


def _filled(result: "ModelDocument") -> Finding:
    said = result.rationale
    every, filled = len(said.fields), len(said.fields) - len(said.empty)
    claim = f"{filled} of {every} rationale fields are filled"
    general = [FIELDS[name][0].lower() for name in said.empty if name in FIELDS]
    columns = sum(name.startswith(f"{COLUMNS}.") for name in said.empty)
    missing = [*general[:6], *([f"{len(general) - 6} more"] if len(general) > 6 else [])]
    missing += [f"why {columns} of {len(said.columns)} columns may be used"] if columns else []
    told = f"{', '.join(missing[:-1])} and {missing[-1]}" if len(missing) > 1 else ", ".join(missing)
    return Finding(
        code="EX-DO-02", status="warning" if said.empty else "passed",
        claim=f"{claim}; nobody has said: {told}." if said.empty else f"{claim}.",
        evidence={"filled": filled, "fields": every, "columns_without_reason": columns}, action=_FILL if said.empty else "",
    )  # fmt: skip


def _holds(result: "ModelDocument") -> Finding:
    code = "EX-DO-03"
    if result.metric_harm is None or isnan(result.score_margin):
        missing = "no score with an interval in both the test and production"
        return Finding(
            code=code, status="not_applicable", claim=f"Whether the score holds in production can't be written down: {missing}.",
            action="Pass labelled rows as test= and production=.",
        )  # fmt: skip
    value, lower, upper = result.metric_harm
    margin, label = result.score_margin, result.facts["study.metric"].value
    status: Status = "failed" if lower > margin else "passed" if upper < margin else "not_enough_data"
    claim = f"in production {label} was {worse(value, lower, upper)} than in the test, against a margin of {number(margin)}."
    return Finding(
        code=code, status=status, claim=claim,
        evidence={"harm": value, "lower": known(lower), "upper": known(upper), "margin": margin},
        action="" if status == "passed" else "Write production's score into what you promise, and run mw.overfitting.compare_live.",
    )  # fmt: skip


def _outside(result: "ModelDocument") -> tuple[Finding, ...]:
    code, margin = "EX-DO-04", result.margin_outside
    if not result.limits:
        claim = "What lies outside the training rows isn't known: this study has no reference table beside another one."
        action = "Pass the rows that the model was trained on as reference=."
        return (Finding(code=code, status="not_applicable", claim=claim, action=action),)
    beyond = [each for each in result.limits if each.lower > margin]
    unsure = [each for each in result.limits if each.lower <= margin < each.upper]
    first = (beyond or unsure or list(result.limits))[0]
    status: Status = "warning" if beyond else "not_enough_data" if unsure else "passed"
    where = f"{estimate(first.share, first.lower, first.upper, 'percent')} of {first.table} (n = {first.n:,})"
    claim = f"in {short(first.column)}, {where} lies outside what the model was trained on, where it extrapolates"
    if not beyond:
        claim = f"no column is shown to lie outside what the model was trained on in more than {number(margin, 'percent')} of rows; at most {short(first.column)}, {where}"
    if beyond[1:]:
        claim += f"; so do {len(beyond) - 1} more columns or tables"
    return (Finding(
        code=code, status=status, claim=claim + ".",
        evidence={"beyond": len(beyond), "not_settled": len(unsure), "looked_at": len(result.limits), "margin": margin, "share": first.share},
        action="" if status == "passed" else "Say under 'out of scope' what the model does with such rows, or train it on them.",
    ),)  # fmt: skip


def _weak(result: "ModelDocument") -> Finding:
    found = result.others.weak_slices
    if not found:
        return Finding(
            code="EX-DO-05", status="not_run", claim="Weak slices were not searched for this document.",
            action="Run mw.overfitting.find_weak_slices(study) and pass it in results=.",
        )  # fmt: skip
    worst = min(found, key=lambda each: WORST_FIRST.index(each.status))
    # The search has given its verdict; what is known and written down is a limit of the model, not a fault of the document.
    return Finding(
        code="EX-DO-05", status="warning" if worst.status == "failed" else worst.status, claim=worst.claim, evidence={"finding": worst.code, "findings": len(found)},
        action=worst.action,
    )  # fmt: skip


def _older(result: "ModelDocument") -> tuple[Finding, ...]:
    """Return whether statements are older than the rows that the model learned from: they can't be about this model."""
    newest, said = result.newest_training, result.rationale.said
    if not newest or not said:
        return ()
    old = [each for each in said if each.date < newest]
    claim = f"no statement is older than the newest training row ({newest})."
    if old:
        names = listed(
            (FIELDS[e.name][0].lower() if e.name in FIELDS else short(e.name.partition(".")[2]) for e in old),
            most=_NAMED,
        )
        claim = f"{len(old)} of {len(said)} statements are older than the newest training row ({newest}): {names}."
    return (Finding(
        code="EX-DO-06", status="warning" if old else "passed", claim=claim, evidence={"older": len(old), "said": len(said)},
        action="Ask their authors whether they hold for this model, and date them anew." if old else "",
    ),)  # fmt: skip
