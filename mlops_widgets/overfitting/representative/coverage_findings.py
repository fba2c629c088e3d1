"""What two tables side by side say, in sentences with a verdict: findings OV-CO-01 to OV-CO-04."""

import math

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.representative.coverage_numbers import FEWEST_UNITS, Coverage, Share

TOLERATED_UNMET = 0.01
"""How many more rows may hold a value never met than chance alone gives."""

_SIGNIFICANT = 0.05
_APART = 0.1
"""Distance of a column from which a difference is worth a warning: a tenth of the rows moved."""
_MOST_NAMED = 3


def coverage_findings(found: Coverage, *, margin: float, tolerated_share: float) -> tuple[Finding, ...]:
    """Return the verdicts; what failed leads."""
    findings = (
        _as_a_whole(found, margin), _columns(found), _regions(found, tolerated_share), _unmet(found),
    )  # fmt: skip
    return tuple(sorted(findings, key=lambda finding: finding.status != "failed"))


def _written(share: Share, *, percent: bool = True) -> str:
    return estimate(share.value, share.lower, share.upper, "percent" if percent else "number")


def _cut(name: str) -> str:
    return name if len(name) <= 60 else name[:57] + "…"


def _p(value: float) -> str:
    return f"p = {number(value, digits=3)}"


def _as_a_whole(found: Coverage, margin: float) -> Finding:
    earlier, later, auc = found.earlier, found.later, found.auc
    if math.isnan(auc.value):
        claim = f"Too few units to tell {earlier} and {later} apart: each needs {2 * FEWEST_UNITS} or more."
        return Finding(code="OV-CO-01", status="not_enough_data", claim=claim, action="Add rows of either table.")
    verdict = judge(auc.lower - 0.5, auc.upper - 0.5, margin=margin, n=auc.units, estimate=auc.value - 0.5)
    status: Status = verdict.status
    if status == "failed" and found.auc_p > _SIGNIFICANT:
        status = "not_enough_data"
    told = (
        f"A classifier tells {later} from {earlier} with AUC {_written(auc, percent=False)}, where .50 would be chance"
    )
    meaning = {
        "failed": f"the {earlier} doesn't represent {later}.",
        "passed": f"{'they differ, but little' if found.auc_p <= _SIGNIFICANT else 'no difference is to be seen'}.",
    }.get(status, "too few units to say how far they differ.")
    action = {
        "failed": f"Read the columns and regions below; take the next test from {later}, and quote the score under its mix "
        "(reweight_metric).",
        "passed": f"Nothing to do: the {earlier} stands for {later} in what the model sees. It says nothing of the outcome.",
    }.get(status, "Add rows of either table, or accept a wider margin=.")
    return Finding(
        code="OV-CO-01", status=status, claim=f"{told} ({_p(found.auc_p)}): {meaning}", action=action,
        evidence={"auc": auc.value, "lower": auc.lower, "upper": auc.upper, "p_value": found.auc_p, "margin": margin,
                  "units": auc.units},
    )  # fmt: skip


def _columns(found: Coverage) -> Finding:
    differ = np.flatnonzero(found.adjusted <= _SIGNIFICANT)
    order = differ[np.argsort(-found.distances[differ], kind="stable")]
    far = [index for index in order if found.distances[index] >= _APART]
    total = len(found.columns)
    evidence = {"columns": total, "differing": len(differ), "far": len(far), "largest": float(found.distances.max())}
    if not len(differ):
        claim = f"None of the {total} columns differs between {found.earlier} and {found.later} beyond chance."
        return Finding(code="OV-CO-02", status="passed", claim=claim, action="Nothing to do.", evidence=evidence)
    named = ", ".join(
        f"{_cut(found.columns[index])} (up to {number(found.distances[index], 'percent')} of the rows)"
        for index in order[:_MOST_NAMED]
    )
    verb = "differs" if len(differ) == 1 else "differ"
    claim = f"{len(differ)} of {total} columns {verb} between {found.earlier} and {found.later} beyond chance; most: {named}."
    if far:
        action = f"Find out why {_cut(found.columns[far[0]])} moved: another population, a season, or a broken source."
    else:
        action = "Nothing to do now: no column moved a tenth of its rows."
    return Finding(
        code="OV-CO-02", status="warning" if far else "passed", claim=claim, action=action, evidence=evidence
    )


def _regions(found: Coverage, tolerated_share: float) -> Finding:
    earlier, later, total = found.earlier, found.later, found.uncovered
    if math.isnan(total.value):
        claim = f"Too few units to look for regions of {later} that the {earlier} hardly covers."
        return Finding(code="OV-CO-03", status="not_enough_data", claim=claim, action="Add rows of either table.")
    evidence = {"regions": len(found.regions), "uncovered_share": total.value, "lower": total.lower, "upper": total.upper,
                "smallest_region": found.smallest_region}  # fmt: skip
    if not found.regions:
        small = found.smallest_region <= tolerated_share
        seen = number(found.smallest_region, "percent")
        claim = (
            f"No region of {later} was shown to be hardly covered by the {earlier}; one of {seen} or more of {later} "
            "could have been."
        )
        return Finding(
            code="OV-CO-03", status="passed" if small else "not_enough_data", claim=claim, evidence=evidence,
            action="Nothing to do." if small else f"Add rows to the {earlier}: it is too small to show smaller holes.",
        )  # fmt: skip
    verdict = judge(total.lower, total.upper, margin=tolerated_share, n=total.units, estimate=total.value)
    first = found.regions[0]
    hole = (
        f"where {first.rule} lies {_written(first.later)} of {later}, but {number(first.earlier.value, 'percent')} of the "
        f"{earlier}"
    )
    more = len(found.regions) - 1
    others = f" In all {_written(total)} of {later} in {more + 1} such regions." if more else ""
    status: Status = "failed" if verdict.status == "failed" else "warning"
    return Finding(
        code="OV-CO-03", status=status, claim=f"The {earlier} hardly covers part of {later}: {hole}.{others}",
        action=f"Label rows of {later} there, most where {first.rule}: no weight can replace rows that the {earlier} lacks.",
        evidence=evidence,
    )  # fmt: skip


def _unmet(found: Coverage) -> Finding:
    earlier, later, excess = found.earlier, found.later, found.unmet_excess
    verdict = judge(
        excess.lower, excess.upper, margin=TOLERATED_UNMET, n=min(found.unmet.units, found.expected_unmet.units)
    )
    most = int(np.argmax(found.unmet_shares))
    claim = (
        f"{_written(found.unmet)} of {later} hold a value that the {earlier} never held (beyond its range, an unknown level, or "
        f"missing); chance alone gives {_written(found.expected_unmet)}."
    )
    if verdict.status == "failed":
        claim += f" Most in {_cut(found.columns[most])}: {number(float(found.unmet_shares[most]), 'percent')}."
    action = {
        "failed": "Decide what the model should do there: such rows are extrapolation, and no test score speaks of them.",
        "passed": "Nothing to do.",
        "not_enough_data": f"Add rows: the tables are too small to tell {number(TOLERATED_UNMET, 'percent')} from chance.",
    }[verdict.status]
    return Finding(
        code="OV-CO-04", status=verdict.status, claim=claim, action=action,
        evidence={"unmet_share": found.unmet.value, "expected_share": found.expected_unmet.value, "excess": excess.value,
                  "lower": excess.lower, "upper": excess.upper, "margin": TOLERATED_UNMET, "column": found.columns[most][:60]},
    )  # fmt: skip
