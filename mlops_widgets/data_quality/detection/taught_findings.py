"""What judged rows changed, in words, and how good they say the list of errors is."""

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.data_quality.detection.labelling import Taught
from mlops_widgets.measures.shares import Share

GOOD = 0.8
"""Precision and recall from which the list of errors is called good."""

_PICKED = "These rows were picked because they were unclear, so the rest of the table is likely told apart better."
_CHOSEN = "These are the rows that you chose, which may be unlike the rest of the table."


def find_taught(taught: Taught | None) -> tuple[Finding, ...]:
    """Return the finding on what labels changed, where there are any."""
    if taught is None:
        return ()
    status, action = _verdict(taught)
    rates = f" {_rates(taught)}" if taught.precision.rows or taught.recall.rows else ""
    return (
        Finding(
            code="DQ-FE-L1", status=status, claim=f"{_changed(taught)}{rates}", action=action,
            evidence={
                "judged_rows": taught.judged, "wrong_cells": taught.wrong_cells, "before": taught.before, "after": taught.after,
                "only_labels": taught.only_labels, "cleared": taught.cleared, "good": GOOD,
                **_ends("precision", taught.precision), **_ends("recall", taught.recall),
                "precision_before": _known(taught.precision_before), "recall_before": _known(taught.recall_before),
            },
        ),
    )  # fmt: skip


def _changed(taught: Taught) -> str:
    rows = f"{number(taught.judged, 'integer')} judged {'row' if taught.judged == 1 else 'rows'}"
    if not taught.only_labels and not taught.cleared:
        return f"{rows} left the list of {number(taught.after, 'integer')} errors as it was."
    return (
        f"{rows} turned {number(taught.before, 'integer')} suspected cells into {number(taught.after, 'integer')}: "
        f"{number(taught.only_labels, 'integer')} were added and {number(taught.cleared, 'integer')} cleared."
    )


def _rates(taught: Taught) -> str:
    said = []
    if taught.precision.rows:
        said.append(f"{_share(taught.precision)} of what counts as an error is one")
    if taught.recall.rows:
        said.append(f"{_share(taught.recall)} of the errors count as one")
    how = "On judged rows, each looked at with what the others taught"
    return f"{how}, {' and '.join(said)}. {_PICKED if taught.picked else _CHOSEN}"


def _share(share: Share) -> str:
    return estimate(share.value, share.lower, share.upper, "percent")


def _verdict(taught: Taught) -> tuple[Status, str]:
    shares = [share for share in (taught.precision, taught.recall) if share.rows]
    if any(share.upper < GOOD for share in shares):
        return "warning", "Judge more rows, or repair only the surest cells."
    if shares and all(share.lower >= GOOD for share in shares):
        return "passed", "Repair what counts as an error."
    if not shares:
        return "not_enough_data", "Judge more rows: none of these has an error, so they can't tell how many are found."
    return "not_enough_data", f"Judge more rows until both intervals lie above {number(GOOD, 'percent')}."


def _ends(name: str, share: Share) -> dict[str, float | None]:
    if not share.rows:
        return {name: None, f"{name}_lower": None, f"{name}_upper": None}
    return {name: share.value, f"{name}_lower": share.lower, f"{name}_upper": share.upper}


def _known(share: Share) -> float | None:
    return share.value if share.rows else None
