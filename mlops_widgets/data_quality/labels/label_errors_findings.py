"""What surprising labels mean, in words."""

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import number
from mlops_widgets.measures.label_noise import Excess
from mlops_widgets.measures.metrics import Task

MATTERS = 0.01
"""Share of wrong labels from which the finding is a failure; below it, a warning."""


Evidence = dict[str, float | int | str | bool | None]


def find(
    excess: Excess, rows: int, *, task: Task, by_cleanlab: int | None, of_right: int | None
) -> tuple[Finding, ...]:
    """Return what is claimed of the labels; `of_right` is what cleanlab's filter calls wrong among labels that are all right."""
    evidence: Evidence = {
        "labels": rows, "flagged": excess.flagged, "expected_by_chance": excess.expected,
        "expected_upper": excess.expected_upper, "lapse": excess.lapse, "by_cleanlab": by_cleanlab,
        "by_cleanlab_of_right": of_right,
    }  # fmt: skip
    first = _counted(excess, rows, evidence) if excess.count else _nothing(excess, rows, evidence, task=task)
    if not by_cleanlab or by_cleanlab <= 2 * max(excess.count, 1):
        return (first,)
    return first, Finding(
        code="DQ-LE-02", status="passed",
        claim=(
            f"A filter alone (cleanlab's) calls {by_cleanlab:,} labels wrong ({number(by_cleanlab / rows, 'percent')}); of labels that are "
            f"drawn from the models' own probabilities, and all right, it calls {of_right:,} wrong."
        ),
        evidence=evidence,
    )  # fmt: skip


def _counted(excess: Excess, rows: int, evidence: Evidence) -> Finding:
    share = excess.count / rows
    return Finding(
        code="DQ-LE-01", status="failed" if share >= MATTERS else "warning",
        claim=(
            f"About {excess.count:,} of {rows:,} labels ({number(share, 'percent')}) are wrong beyond chance: {excess.flagged:,} are flagged, "
            f"and {excess.expected:,.0f} [up to {excess.expected_upper:,.0f}] would be if every label were right."
        ),
        action="Have a person look at the ranked rows from the top, and correct at the source what is wrong.", evidence=evidence,
    )  # fmt: skip


def _nothing(excess: Excess, rows: int, evidence: Evidence, *, task: Task) -> Finding:
    what = "residuals lie far out" if task == "regression" else "labels are flagged"
    return Finding(
        code="DQ-LE-01", status="passed",
        claim=(
            f"No label is shown to be wrong: {excess.flagged:,} of {rows:,} {what}, and {excess.expected:,.0f} [up to "
            f"{excess.expected_upper:,.0f}] would be if every label were right."
        ),
        action="Look at the ten most surprising rows all the same: what nobody could foresee and what is wrong look alike in numbers.",
        evidence=evidence,
    )  # fmt: skip
