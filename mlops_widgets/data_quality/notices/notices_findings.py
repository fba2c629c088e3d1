"""How many spills are noticed, in sentences."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import number

if TYPE_CHECKING:
    from mlops_widgets.data_quality.notices.notices import NoticeResult

_NAMED = 3


def find(result: "NoticeResult") -> tuple[Finding, ...]:
    """Return the count, and what these rows can't have."""
    return (_count(result), *_left_out(result))


def _count(r: "NoticeResult") -> Finding:
    """DQ-NO-01: how many of the spills are noticed, and which aren't."""
    total = len(r.spills)
    if not total:
        return Finding(
            code="DQ-NO-01", status="not_applicable", claim="No spill can be put into these rows.",
            action="Pass a table with a column of measurements, or name its target: roles={'target': …}.",
        )  # fmt: skip
    missed = [label for spill, label in zip(r.spills, r.labels, strict=True) if not r.by(spill)]
    looked = _listed(list(r.watchers[1:])) if len(r.watchers) > 1 else ""
    alone = "with nothing" if r.watchers[0] == "nothing" else "with the model alone"
    by = f"with {looked}" if looked else alone
    claim = f"{r.after} of {total} spills in {number(r.share, 'percent')} of your own rows would be noticed {by}"
    claim += f"; not noticed: {_listed(missed)}." if missed else "."
    return Finding(
        code="DQ-NO-01", status="warning" if missed else "passed", claim=claim,
        evidence={"noticed": r.after, "spills": total, "before": r.before, "share": r.share, "least": r.least, "rows": r.rows},
        action=_action(r, missed),
    )  # fmt: skip


def _action(r: "NoticeResult", missed: list[str]) -> str:
    if not missed:
        return "Keep the checks, and run them on every batch before the model is asked."
    watching = " ".join(r.watchers)
    if "contract" not in watching:
        return "Infer a contract (infer_contract) and check every batch against it."
    if "find_errors" not in watching:
        return "Look for errors (find_errors) in every batch, too."
    return f"What no check of the rows shows has to be watched elsewhere: {_listed(missed)}."


def _listed(names: list[str]) -> str:
    rest = len(names) - _NAMED
    shown = names[:_NAMED] if rest > 1 else names
    if rest > 1:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _left_out(r: "NoticeResult") -> tuple[Finding, ...]:
    if not r.left_out:
        return ()
    return (
        Finding(
            code="DQ-NO-02", status="not_applicable", claim=f"Not spilled here: {'; '.join(r.left_out)}.",
            action=(
                "Name the target (roles={'target': …}), or pass a study."
                if any("no target" in why for why in r.left_out)
                else "Nothing to do: such a spill can't happen to these rows."
            ),
        ),
    )  # fmt: skip
