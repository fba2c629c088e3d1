"""How often a review raises a false alarm though nothing changed, and how often it dates a change rightly.

Null: made-up streams without any change, with independent rows, with days that differ (AR(1) from day to day), and with groups;
reviewed by month and by week. Counted are the alarms of all parts together: chunks of every signal, drifting chunks, a trend, a change. Dates: streams
whose outcome changes in a month, in a step or growing over three months. Run: `python benchmarks/performance_reviews.py [seeds]`.
"""

import sys
import time
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

import mlops_widgets as mw
from mlops_widgets.measures.block_trends import block_trend
from mlops_widgets.study.over_time.periods import Period

MONTHS, ROWS_A_DAY = 24, 12


def stream(
    seed: int, *, day_effect: float = 0.0, memory: float = 0.0, change: int | None = None, growing: int = 1
) -> pd.DataFrame:
    """Return two years of scored decisions: a true probability, its outcome, a group, and a day effect with a memory."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2023-01-01", "2024-12-30")
    noise = rng.normal(size=len(days)) * day_effect * np.sqrt(1 - memory**2)
    effect = np.zeros(len(days))
    for at in range(len(days)):
        effect[at] = noise[at] + (memory * effect[at - 1] if at else 0.0)
    day = np.sort(rng.integers(0, len(days), ROWS_A_DAY * len(days)))
    x = rng.normal(size=(len(day), 2))
    logit = -1.0 + x[:, 0] + 0.5 * x[:, 1]
    month = (days.year[day] - 2023) * 12 + days.month[day] - 1
    late = 0.0 if change is None else np.clip((month - change + 1) / growing, 0, 1)
    y = rng.random(len(day)) < 1 / (1 + np.exp(-(logit + effect[day] + 0.8 * late)))
    return pd.DataFrame({
        "day": days[day], "a": x[:, 0], "b": x[:, 1], "group": rng.choice(["north", "south", "west"], len(day), p=[0.5, 0.3, 0.2]),
        "p": 1 / (1 + np.exp(-logit)), "y": y.astype(int),
    })  # fmt: skip


def study_of(table: pd.DataFrame) -> mw.Study:
    """Return the study: eight months of test, then production, with money and groups."""
    early = table["day"] < "2023-09-01"
    return mw.load_study(
        test=table[early], production=table[~early], target="y", scores="p", time="day", groups=["group"], predictions=None,
        values={"true_positive": 2.0, "false_positive": -1.0},
    )  # fmt: skip


def _reviewed(study: mw.Study, *, chunks: Period, seed: int) -> mw.lifecycle.ReviewResult:
    result = mw.lifecycle.review_performance(study, chunks=chunks, draws=100, seed=seed)
    assert isinstance(result, mw.lifecycle.ReviewResult), result.headline
    return result


def alarms_of(result: mw.lifecycle.ReviewResult) -> Counter[str]:
    """Return how many alarms each part raised."""
    found = Counter({each.name.partition(":")[0]: int(each.alarms.sum()) for each in result.signals[:3]})
    found["groups"] = sum(int(each.alarms.sum()) for each in result.gaps)
    found["drift"] = 0 if result.drift is None else int(result.drift.alarms.any(axis=0).sum())
    found["trend"] = int(result.slope.p_value <= result.budget.level)
    found["change"] = int(any(each.significant for each in result.changes))
    return found


def null(name: str, seeds: int, *, chunks: Period, **options: Any) -> None:  # noqa: ANN401 - of stream
    """Print alarms of streams without change against what is stated."""
    total, any_alarm, expected, start = Counter[str](), 0, 0.0, time.process_time()
    for seed in range(seeds):
        result = _reviewed(study_of(stream(seed, **options)), chunks=chunks, seed=seed)
        found = alarms_of(result)
        total += found
        any_alarm += any(found.values())
        expected += result.budget.expected
    print(f"{name:28s} {chunks:6s} alarms a review {sum(total.values()) / seeds:.2f}, stated {expected / seeds:.2f}; reviews with any "
          f"{any_alarm / seeds:.2f}; {dict(total)}; {time.process_time() - start:.0f} s")  # fmt: skip


def dated(name: str, seeds: int, *, growing: int) -> None:
    """Print how often the change of month 14 is found, dated exactly, and held by the confidence set."""
    seen = exact = held = size = 0
    for seed in range(seeds):
        result = _reviewed(study_of(stream(1000 + seed, change=14, growing=growing)), chunks="month", seed=seed)
        sure = [each for each in result.changes if each.significant]
        if not sure:
            continue
        at = result.chunks.index("2024-03")
        seen += 1
        exact += sure[0].chunk == at
        held += int(sure[0].likely[at])
        size += int(sure[0].likely.sum())
    print(f"{name:28s} found {seen / seeds:.2f}, dated exactly {exact / seeds:.2f}, set holds it {held / max(seen, 1):.2f}, "
          f"chunks in the set {size / max(seen, 1):.1f}")  # fmt: skip


def trends(series: int = 400) -> None:
    """Print how often series without a trend are called one, by their length and how alike neighbours are; .05 is aimed at."""
    for points in (8, 12, 24, 52):
        shares = []
        for memory in (0.0, 0.3, 0.5, 0.7):
            rng, called = np.random.default_rng(1), 0
            for seed in range(series):
                values = rng.normal(size=points)
                for at in range(1, points):
                    values[at] = memory * values[at - 1] + np.sqrt(1 - memory**2) * values[at]
                called += block_trend(values, np.full(points, 0.1), draws=99, seed=seed).p_value < 0.05
            shares.append(called / series)
        print(f"trend of {points} points, neighbours' correlation 0, .3, .5, .7: {shares}")


def main(seeds: int = 100) -> None:
    """Run all."""
    trends()
    null("independent rows", seeds, chunks="month")
    null("independent rows", seeds // 2, chunks="week")
    null("days differ (sd .3)", seeds // 2, chunks="month", day_effect=0.3)
    null("days alike, AR(1) .6 (sd .3)", seeds // 2, chunks="month", day_effect=0.3, memory=0.6)
    null("days alike, AR(1) .6 (sd .3)", seeds // 2, chunks="week", day_effect=0.3, memory=0.6)
    dated("a step", seeds // 2, growing=1)
    dated("growing over three months", seeds // 2, growing=3)


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]))
