"""How the replay of a rollout looks: how it ends whatever the truth is, both models in shadow, and the first rows."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import NO_BREAK, number
from mlops_widgets.core.words import estimate as written
from mlops_widgets.overfitting.experiments.outlook import RolloutStage
from mlops_widgets.overfitting.experiments.rollout import RolloutResult
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Line, Mark, Role, Series, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_rollout(result: RolloutResult) -> Card:
    """Return both models' scores beside what the first rows told, and the chances of shipping by the true difference."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=(_scores(result), *_ends(result)),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _summary(result: RolloutResult) -> str:
    worse = result.scenario("worse")
    if worse is None:
        return "Too little traffic to read a ramp: compare in shadow."
    return (
        f"Going by the better number after the first stage ships a model worse by the margin in "
        f"{number(float(worse.looks_better_by[0]), 'percent', digits=0)} of rollouts, the ramp in {_chance(worse.shipped)}."
    )


def _chance(share: float) -> str:
    return number(share, "percent", digits=1 if 0 < share < 0.0995 else 0)


def _scores(result: RolloutResult) -> Chart:
    rows = [
        _dot(f"your model, {result.where.removeprefix('the ').removesuffix(' of production')}", "production", result.incumbent_value, result.incumbent_lower, result.incumbent_upper,
             n=result.rows),
        _dot(f"{result.challenger}, same rows", "accent", result.challenger_value, result.challenger_lower, result.challenger_upper,
             n=result.rows),
    ]  # fmt: skip
    if np.isfinite(result.test_value):
        rows.insert(0, _dot("your model, test", "reference", result.test_value, result.test_lower, result.test_upper))
    if np.isfinite(result.first_value):
        label = f"your model, first {number(result.first_share, 'percent')} of production"
        rows.insert(
            1 if np.isfinite(result.test_value) else 0,
            _dot(label, "warning", result.first_value, result.first_lower, result.first_upper, n=result.first_rows),
        )
    marks: tuple[Mark, ...] = ()
    if np.isfinite(result.production_value):
        marks = (Mark(value=result.production_value, label=f"all of production {number(result.production_value)}"),)
    return Dots(
        rows=tuple(rows),
        axis=Axis(label=result.metric_label),
        marks=marks,
        title="In shadow, and what the first rows told",
    )


def _dot(label: str, role: Role, value: float, lower: float, upper: float, *, n: int | None = None) -> Estimate:
    ends = [end if np.isfinite(end) else None for end in (lower, upper)]
    return Estimate(label=label, value=value, lower=ends[0], upper=ends[1], n=n, role=role)


def _ends(result: RolloutResult) -> tuple[Chart, ...]:
    if not result.scenarios:
        return ()
    return (
        Line(
            x=result.curve_gains,
            x_axis=Axis(label=f"true gain ({result.metric_label})"),
            y_axis=Axis(label="share of rollouts", form="percent", lower=0.0, upper=1.0),
            series=(
                Series(label=f"shipped: better number at {number(result.stages[0].share, 'percent')}", y=result.curve_naive, role="bad", dashed=True),
                Series(label="shipped: ramp", y=result.curve_shipped, role="good"),
                Series(label="rolled back: ramp", y=result.curve_rolled_back, role="muted"),
            ),
            events=tuple(
                Mark(value=value, label=label, role=role) for value, label, role in _events(result)
            ),
            title="How a rollout ends, by what is true",
        ),
    )  # fmt: skip


def _events(result: RolloutResult) -> tuple[tuple[float, str, Role], ...]:
    return (-result.margin, "−margin", "bad"), (0.0, "equal", "truth")


def _table(result: RolloutResult) -> Table:
    columns = (
        "stage",
        "rows",
        "needs",
        "arm readable",
        *(f"{each.label}: rolled back · clear" for each in result.scenarios),
    )
    rows = tuple(
        (
            number(stage.share, "percent"), f"{stage.rows:,}{_days(stage.days)}", _needs(stage), "yes" if stage.readable else "no",
            *(f"{_chance(float(each.rolled_back_by[place]))} · {_chance(float(each.clear_by[place]))}" for each in result.scenarios),
        )
        for place, stage in enumerate(result.stages)
    )  # fmt: skip
    gain = written(result.gain, result.gain_lower, result.gain_upper)
    caption = (
        f"Clear: a harm beyond the margin of {number(result.margin)} is ruled out by the stage's end; what is clear at the last is "
        f"shipped. Seen in shadow: {gain} better. Needs: rows for a stage alone, if there is no difference, with 80{NO_BREAK}% power."
    )
    return Table(columns=columns, rows=rows, caption=caption)


def _days(days: float) -> str:
    return f" ({number(float(np.ceil(days)), 'integer')} days)" if np.isfinite(days) else ""


def _needs(stage: RolloutStage) -> str:
    return f"{stage.needed_rows:,}{_days(stage.needed_days)}" if stage.needed_rows else "–"
