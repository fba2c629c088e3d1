"""What a green dashboard hides, in sentences."""

from collections.abc import Sequence

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import capital, estimate, known, number
from mlops_widgets.lifecycle.green_dashboard.dashboard_result import GreenDashboardResult, Panel, PolicyRow

_ACCEPTED = 0.05


def hidden(result: GreenDashboardResult, change: tuple[float, float, float]) -> Finding:
    """Return LC-GD-01: the ranking survived and the desk lost money; `change` is that of AUC with its interval over desks."""
    never, predicted, actual = result.policy("never"), result.predicted_rate, result.actual_rate
    word = (
        "AUC stayed green" if change[1] > -result.panels[0].margin
        else "AUC fell" if change[2] < 0 else "too few desks to say whether AUC stayed green"
    )  # fmt: skip
    auc = f"{word} ({number(never.auc_before, digits=3)} → {number(never.auc_after, digits=3)}"
    return Finding(
        code="LC-GD-01", status="warning",
        claim=f"On {result.desks} made-up desks {auc}, a change of {estimate(*change)}), while money went from {_millions(never.money_before)} to "
        f"{_millions(never.money_after)} a month: {number(predicted, 'percent')} defaults were predicted, {number(actual, 'percent')} came.",
        evidence={
            "auc_before": never.auc_before, "auc_after": never.auc_after, "auc_change_lower": change[1], "auc_change_upper": change[2],
            "money_before": never.money_before, "money_after": never.money_after, "predicted": predicted, "actual": actual,
        },
        action="Put calibration and money beside AUC: a ranking can survive what ruins its probabilities.",
    )  # fmt: skip


def best(result: GreenDashboardResult) -> Finding:
    """Return LC-GD-02: which policy pays, told apart from the others or not."""
    alarm, monthly, never = (result.policy(name) for name in ("calibration alarm", "monthly recent", "never"))
    low, high = result.against_monthly_lower, result.against_monthly_upper
    verdict = "more than" if low > 0 else "less than" if high < 0 else "not distinguishable from"
    top = max((row for row in result.policies if row.name != "truth"), key=lambda row: row.money_after)
    end = "no policy earned anything then" if top.money_after < 0 else f"{top.label} earned most then"
    return Finding(
        code="LC-GD-02", status="warning",
        claim=f"Retraining on a calibration alarm, {number(alarm.retrains, digits=1)} times, earned {_span(alarm)} M more than never "
        f"(which came to {_millions(never.total)}), {verdict} {number(monthly.retrains, digits=0)} monthly retrainings "
        f"(difference {estimate(result.against_monthly, low, high)}). In the last six months it earned {_millions(alarm.money_after)} a month; {end}.",
        evidence={
            "retrains": alarm.retrains, "gain": alarm.gain, "gain_lower": alarm.gain_lower, "gain_upper": alarm.gain_upper,
            "monthly_retrains": monthly.retrains, "monthly_gain": monthly.gain, "difference": result.against_monthly,
            "difference_lower": low, "difference_upper": high, "money_after": alarm.money_after,
        },
        action="Aim retraining at what breaks, and write down beforehand when a model is retired.",
    )  # fmt: skip


def control(result: GreenDashboardResult) -> Finding:
    """Return LC-GD-03: how often the alarms fire where nothing changes."""
    said = " and ".join(f"the {row.label} on {number(row.alarmed * result.desks, 'integer')}" for row in result.quiet)
    quiet = all(row.alarmed <= _ACCEPTED for row in result.quiet)
    return Finding(
        code="LC-GD-03", status="passed" if quiet else "warning",
        claim=f"Of {result.desks} desks without a shock {said} fired in {len(result.labels) - result.live} months.",
        evidence={row.name: row.alarmed for row in result.quiet} | {"desks": result.desks},
        action="" if quiet else "Raise the alarm's threshold: it fires where nothing changed.",
    )  # fmt: skip


def own(panels: Sequence[Panel], words: Sequence[str]) -> Finding:
    """Return LC-GD-04: whether the study's metric stayed within its margin while another number left its own.

    `words` says of each panel what its worst chunk was.
    """
    metric, *others = panels
    left = [at for at, panel in enumerate(panels) if panel.status == "failed" and at]
    evidence = {panel.name: panel.status for panel in panels}
    if metric.status != "failed" and left:
        told = "; ".join(words[at] for at in left)
        return Finding(
            code="LC-GD-04", status="failed", claim=f"{capital(words[0])}, and that hides something: {told}.", evidence=evidence,
            action="Watch these numbers beside the metric, recalibrate, and see what retraining would bring: simulate_retraining.",
        )  # fmt: skip
    if metric.status == "failed":
        return Finding(
            code="LC-GD-04", status="warning", claim=f"{capital(words[0])}: this dashboard isn't green, and says so itself.",
            evidence=evidence, action="Ask review_performance since when, and simulate_retraining whether a refit helps.",
        )  # fmt: skip
    enough = others and all(panel.status == "passed" for panel in panels)
    status: Status = "passed" if enough else "not_enough_data"
    end = "so the metric hides nothing" if enough else "but rows don't suffice to say that nothing is hidden"
    if not others:
        end = "but nothing beside it can be measured, so what it hides can't be told"
    return Finding(
        code="LC-GD-04", status=status, claim=f"{capital('; '.join(words))}: {end}.", evidence=evidence,
        action="" if enough else "Look again when more labels have arrived, or state a larger margin.",
    )  # fmt: skip


def unmeasured(names: Sequence[tuple[str, str]]) -> Finding:
    """Return LC-GD-05: what this dashboard can't show, and what it would take; pairs of the number and the remedy."""
    return Finding(
        code="LC-GD-05", status="not_applicable",
        claim=f"Not on this dashboard: {' and '.join(name for name, _ in names)}, which can't be measured here.",
        action=" ".join(remedy for _, remedy in names),
    )  # fmt: skip


def _millions(value: float) -> str:
    return f"{'+' if value > 0 else ''}{number(value, digits=2)} M"


def _span(row: PolicyRow) -> str:
    low, high = known(row.gain_lower), known(row.gain_upper)
    return estimate(row.gain, low, high)
