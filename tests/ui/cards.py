"""One realistic card of each kind, for tests and for looking at."""

from dataclasses import replace

import numpy as np

from mlops_widgets.core.result import Finding
from mlops_widgets.ui.card import (
    Axis,
    Bars,
    BeforeAfter,
    Card,
    Distributions,
    Dots,
    Estimate,
    HeatMap,
    Line,
    Mark,
    Ranked,
    Series,
    Slope,
    SlopeRow,
    Swarm,
    Table,
    View,
    Waterfall,
)  # fmt: skip

AUC = Axis(label="ROC AUC")
NAMES = (
    "income",
    "loan_amount",
    "debt_ratio",
    "age",
    "employment_years",
    "postcode_risk",
    "n_open_credits",
    "late_payments",
)
HOSTILE = (
    "<script>alert(\"x\")</script> </script> & 'quoted' $\\frac{1}$ 😀👩\u200d🚀 שלום مرحبا \ud800 \x00 " + "ü" * 500
)


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def dots() -> Dots:
    rows = (
        Estimate(
            label="training rows",
            value=0.8312,
            lower=0.824,
            upper=0.838,
            n=12_000,
            role="muted",
            note="fitted on these",
        ),
        Estimate(label="out of fold", value=0.7625, lower=0.751, upper=0.774, n=12_000),
        Estimate(label="test", value=0.7911, lower=0.741, upper=0.842, n=100),
        Estimate(label="production", value=0.6937, lower=0.681, upper=0.706, n=6_000, role="production"),
    )
    return Dots(
        rows=rows, axis=AUC, marks=(Mark(value=0.5, label="coin toss"), Mark(value=0.741, label="best possible .74"))
    )


def bars() -> Bars:
    rows = tuple(
        Estimate(label=name, value=v, lower=v - 0.012, upper=v + 0.014, role="reference" if v > 0 else "production")
        for name, v in zip(NAMES, (0.08, 0.062, 0.05, 0.021, 0.009, 0.004, -0.003, -0.015), strict=True)
    )
    return Bars(
        rows=rows,
        axis=Axis(label="drop in ROC AUC when the column is shuffled"),
        marks=(Mark(value=0.02, label="margin"),),
    )


def pairs() -> Bars:
    others = tuple(replace(row, value=row.value * 0.7, role="truth") for row in dots().rows)
    return Bars(rows=dots().rows, others=others, labels=("now", "before"), axis=AUC, title="before and now")


def waterfall() -> Waterfall:
    steps = (
        ("income = 31,000", 0.62),
        ("n_open_credits = 4", 0.31),
        ("late_payments = 0", -0.2),
        ("5 other columns", 0.04),
    )
    rows = tuple(
        Estimate(label=name, value=v, lower=v - 0.05, upper=v + 0.05, role="production" if v > 0 else "reference")
        for name, v in steps
    )
    return Waterfall(
        rows=rows, start=-1.7, end=-0.93, start_label="baseline", end_label="prediction", logistic=True,
        axis=Axis(label="log-odds (below: probability)"),
    )  # fmt: skip


def line() -> Line:
    months = np.array([np.datetime64(f"{2023 + m // 12}-{m % 12 + 1:02d}", "ms").astype(float) for m in range(24)])
    wave = 0.76 + 0.008 * np.sin(np.arange(24.0)) - np.where(np.arange(24) >= 14, 0.06, 0.0)
    score = Series(label="production", y=wave, lower=wave - 0.02, upper=wave + 0.02, role="production")
    flat = np.full(24, 0.768)
    base = Series(label="test", y=flat, lower=flat - 0.011, upper=flat + 0.011)
    wave[3] = np.nan
    return Line(
        x=months, x_axis=Axis(label="month of the application", form="date"), y_axis=AUC, series=(base, score),
        marks=(Mark(value=0.79, label="best possible .79"),), events=(Mark(value=months[14], label="income shock", role="bad"),),
    )  # fmt: skip


def heat_map() -> HeatMap:
    values = np.round(_rng().normal(0.0, 0.03, (8, 10)), 3)
    values[2, 3] = np.nan
    columns = tuple(f"month {m}" for m in range(1, 11))
    return HeatMap(
        values=values, columns=columns, rows=NAMES, axis=Axis(label="change in default rate"), centre=0.0,
        column_title="months after training", row_title="column",
    )  # fmt: skip


def heat_map_plain() -> HeatMap:
    values = np.abs(_rng().normal(0.0, 0.03, (12, 40)))
    return HeatMap(
        values=values, columns=tuple(f"2024-{m:02d}" for m in range(40)), rows=tuple(f"model of month {m}" for m in range(12)),
        axis=Axis(label="PSI", lower=0.0), title="Every model in every month",
    )  # fmt: skip


def distributions() -> Distributions:
    edges = np.linspace(0, 120, 25)
    a = np.histogram(_rng().gamma(4, 11, 6000), edges)[0] / 6000
    b = np.histogram(_rng().gamma(3, 12, 6000), edges)[0] / 6000
    return Distributions(reference=a, production=b, edges=edges, axis=Axis(label="income, thousands a year"))


def names() -> Distributions:
    return Distributions(
        reference=np.array([0.42, 0.3, 0.18, 0.1]), production=np.array([0.3, 0.28, 0.2, 0.22]),
        names=("rent", "own outright", "mortgage", "other"), axis=Axis(label="housing"), title="Where applicants live",
    )  # fmt: skip


def ranked() -> Ranked:
    values = np.sort(_rng().exponential(0.04, 34))[::-1]
    rows = tuple(
        Estimate(label=f"{NAMES[k % 8]} #{k}", value=float(v), lower=float(v) * 0.8, upper=float(v) * 1.2, n=300)
        for k, v in enumerate(values)
    )
    return Ranked(rows=rows, axis=Axis(label="PSI"), shown=10, marks=(Mark(value=0.1, label="margin .10"),))


def slope() -> Slope:
    rng = _rng()
    left = np.clip(rng.normal(0.7, 0.045, 200), 0.5, 0.79)
    right = 0.63 + (left - 0.7) * 0.2 + rng.normal(0, 0.025, 200)
    rows = [
        SlopeRow(label=f"model {k}", left=float(a), right=float(b))
        for k, (a, b) in enumerate(zip(left, right, strict=True))
    ]
    rows.append(SlopeRow(label="logistic regression", left=0.742, right=0.697, role="reference", emphasised=True))
    rows.append(SlopeRow(label="winner", left=0.7912, right=0.7052, role="production", emphasised=True))
    return Slope(
        left="on 100 test rows",
        right="in production",
        rows=tuple(rows),
        axis=AUC,
        marks=(Mark(value=0.741, label="best possible .74"),),
    )


def swarm() -> Swarm:
    rng = _rng()
    ranks = rng.random((5, 80))
    ranks[3] = np.nan
    effects = (np.nan_to_num(ranks, nan=0.5) - 0.5) * np.array([[2.0], [-1.0], [0.4], [0.0], [0.1]])
    return Swarm(
        rows=NAMES[:5], values=effects + rng.normal(0, 0.2, (5, 80)), ranks=ranks, axis=Axis(label="contribution (log-odds)"),
        title="Contributions row by row",
    )  # fmt: skip


def before_after() -> BeforeAfter:
    return BeforeAfter(
        before=Estimate(label="before: shuffled folds", value=0.812, lower=0.79, upper=0.83, n=12_000, role="muted"),
        after=Estimate(label="after: folds in time order", value=0.704, lower=0.68, upper=0.726, n=12_000, role="good"),
        axis=AUC,
    )  # fmt: skip


CHARTS = (
    dots,
    bars,
    pairs,
    waterfall,
    line,
    heat_map,
    heat_map_plain,
    distributions,
    names,
    ranked,
    slope,
    swarm,
    before_after,
)


def card(*charts: object, **changes: object) -> Card:
    plain = {
        "headline": "The winner scored .79 on 100 test rows and .69 in production: .10 lower [.07, .13].",
        "status": "failed",
        "summary": "The offline score promised .10 more than it kept, and plain logistic regression would have done as well.",
        "action": "choose with nested cross-validation, and keep one test set that nobody may tune on. Measure it once.",
        "small": "Loan story (synthetic, truth known) · 12,000 training rows · seed 3 · ROC AUC by ranks, 95 % bootstrap interval",
        "reference": "Cawley & Talbot (2010), JMLR 11",
        "charts": charts,
    }
    return Card(**(plain | changes))  # type: ignore[arg-type]  # a test's own shorthand


def findings() -> tuple[Finding, ...]:
    return (
        Finding(
            code="OV-LG-02",
            status="passed",
            claim="Production labels arrive within 30 days for 98 % of rows.",
            cost=0.0,
        ),
        Finding(
            code="OV-LG-03",
            status="not_enough_data",
            claim="Month 24 has 12 defaults; 80 would be needed to see a drop of .05.",
        ),
        Finding(
            code="OV-LG-04",
            status="warning",
            claim="Two months lie beyond the margin.",
            action="Look at months 14 and 15.",
        ),
    )


def hostile() -> Card:
    rows = tuple(Estimate(label=HOSTILE + str(k), value=k / 3, lower=0.0, upper=1.0, note=HOSTILE) for k in range(3))
    axis = Axis(label=HOSTILE)
    return Card(
        headline=HOSTILE, summary=HOSTILE, action=HOSTILE, small=HOSTILE, reference=HOSTILE, status="warning", code=HOSTILE,
        charts=(
            Dots(rows=rows, axis=axis, marks=(Mark(value=0.3, label=HOSTILE), Mark(value=0.31, label=HOSTILE)), title=HOSTILE),
            HeatMap(values=np.eye(2), columns=(HOSTILE, "b"), rows=(HOSTILE, "b"), axis=axis, title=HOSTILE),
            Distributions(reference=np.ones(2) / 2, production=np.ones(2) / 2, names=(HOSTILE, "b"), axis=axis, labels=(HOSTILE, "p")),
            Swarm(rows=(HOSTILE,), values=np.eye(2)[:1], ranks=np.eye(2)[:1], axis=axis, low=HOSTILE, high=HOSTILE, title=HOSTILE),
            Slope(left=HOSTILE, right=HOSTILE, axis=axis, rows=(SlopeRow(label=HOSTILE, left=0, right=1, emphasised=True),)),
            Line(x=np.arange(3.0), x_axis=axis, y_axis=axis, series=(Series(label=HOSTILE, y=np.arange(3.0)),), events=(Mark(value=1.0, label=HOSTILE),)),
        ),
        table=Table(columns=(HOSTILE,), rows=((HOSTILE,),) * 20, caption=HOSTILE),
        findings=(Finding(code="X-1", status="failed", claim=HOSTILE),),
        view=View(name="x", state={HOSTILE: HOSTILE}),
    )  # fmt: skip
