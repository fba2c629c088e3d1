"""How often audit_batches alarms where nothing changes, and how well it tells what changed first.

Null: histories of twelve monthly batches drawn from census rows (and, with days alike, from flights' days), against a baseline of
5,000; any failed or warning check is a false alarm. Power: from the seventh batch on a column is damaged.
Run: `python benchmarks/batch_audits.py [histories]`.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd

import mlops_widgets as mw
from mlops_widgets.data_quality.audits.audit_batches import audit_batches
from mlops_widgets.data_quality.audits.audit_result import BatchAuditResult

BATCHES, ROWS, BASELINE = 12, 1000, 5000
CHANGED_FROM = 6
Change = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def census() -> pd.DataFrame:
    """All rows of the sample, without the year: then nothing tells when a row is."""
    study = mw.sample("census")
    return pd.concat([table.pandas() for table in study.tables.values()], ignore_index=True).drop(columns="year")


def weather_days() -> list[pd.DataFrame]:
    """Rows of flights by day, without the columns that tell the day or the season."""
    frame = mw.sample("flights").production
    assert frame is not None
    rows = frame.pandas()[["carrier", "origin", "distance", "wind_speed", "precip", "visib", "scheduled_departure"]]
    day = pd.to_datetime(rows["scheduled_departure"]).dt.date
    return [each.drop(columns="scheduled_departure") for _, each in rows.groupby(day)]


def rows_alike(frame: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return a baseline and batches of rows drawn alike."""
    drawn = frame.iloc[rng.permutation(len(frame))[: BASELINE + BATCHES * ROWS]].reset_index(drop=True)
    cut = [drawn.iloc[BASELINE + place * ROWS : BASELINE + (place + 1) * ROWS] for place in range(BATCHES)]
    return drawn.iloc[:BASELINE], {label(place): each.reset_index(drop=True) for place, each in enumerate(cut)}


def days_alike(days: list[pd.DataFrame], rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return a baseline of sixty days and batches of ten: rows of one day share their weather."""
    order = rng.permutation(len(days))
    parts = [order[:60], *(order[60 + 10 * place : 70 + 10 * place] for place in range(BATCHES))]
    frames = [pd.concat([days[index] for index in part], ignore_index=True) for part in parts]
    return frames[0], {label(place): each for place, each in enumerate(frames[1:])}


def label(place: int) -> str:
    """Return the month of a batch."""
    return f"2024-{place + 1:02d}"


def audited(baseline: pd.DataFrame, batches: dict[str, pd.DataFrame], *, learn: str) -> BatchAuditResult:
    """Audit a history."""
    result = audit_batches(batches, baseline=baseline, learn=learn)  # type: ignore[arg-type]  # one of three words
    assert isinstance(result, BatchAuditResult)
    return result


def alarms(result: BatchAuditResult) -> tuple[set[int], Counter[str]]:
    """Return the batches that alarm, and the kinds of checks that do."""
    beyond = [
        (place, result.kinds[check])
        for check, row in enumerate(result.statuses)
        for place, status in enumerate(row)
        if status in {"failed", "warning"}
    ]
    return {place for place, _ in beyond}, Counter(kind for _, kind in beyond)


def null(name: str, histories: int, draw: Callable[[np.random.Generator], tuple[pd.DataFrame, dict[str, pd.DataFrame]]], *, learn: str) -> None:  # fmt: skip
    """Print how many histories and batches alarm though nothing changed."""
    hit, months, trends, kinds = 0, 0, 0, Counter[str]()
    for seed in range(histories):
        result = audited(*draw(np.random.default_rng(seed)), learn=learn)
        places, found = alarms(result)
        hit, months, trends = hit + bool(places), months + len(places), trends + bool(result.trends)
        kinds += found
    share = months / (histories * BATCHES)
    print(f"{name}: {hit} of {histories} histories alarm, {share * 12:.2f} batches a year (promised: at most {result.false_alarms:.2f}), {trends} show a trend; {dict(kinds)}", flush=True)  # fmt: skip


def moved(column: str, by: float) -> Change:
    """Return a change that adds standard deviations to a column of numbers."""
    return lambda frame, _: frame.assign(**{column: frame[column] + by * frame[column].std()})


def emptied(column: str, share: float) -> Change:
    """Return a change that empties cells at random."""
    return lambda frame, rng: frame.assign(**{column: frame[column].mask(rng.random(len(frame)) < share)})


def power(name: str, column: str, change: Change, frame: pd.DataFrame, histories: int) -> None:
    """Print how often a change is found, named first, and begun within the interval that is told."""
    found = first = within = 0
    seen: list[int] = []
    for seed in range(histories):
        rng = np.random.default_rng(seed)
        baseline, batches = rows_alike(frame, rng)
        damaged = {
            at: change(each, rng) if place >= CHANGED_FROM else each for place, (at, each) in enumerate(batches.items())
        }
        changes = audited(baseline, damaged, learn="nothing").changes
        mine = [each for each in changes if each.column == column]
        found += bool(mine)
        if mine:
            first += changes[0].column == column
            within += mine[0].earliest <= CHANGED_FROM <= mine[0].latest
            seen.append(mine[0].latest - CHANGED_FROM)
    late = f"{np.mean(seen):.1f} batches later" if seen else "–"
    print(f"{name}: found in {found} of {histories}, named first in {first}, began within the interval in {within}, seen {late}", flush=True)  # fmt: skip


def main(histories: int) -> None:
    """Run everything."""
    start = time.process_time()
    frame, days = census(), weather_days()
    null("census, profiles", histories, lambda rng: rows_alike(frame, rng), learn="nothing")
    null(
        "census, with a learned contract", max(histories // 3, 10), lambda rng: rows_alike(frame, rng), learn="baseline"
    )
    null("flights, days alike, profiles", histories, lambda rng: days_alike(days, rng), learn="nothing")
    some = max(histories // 4, 10)
    number = frame.select_dtypes("number").std().idxmax()
    for by in (0.2, 0.5, 1.0):
        power(f"{number} moved by {by:g} sd", str(number), moved(str(number), by), frame, some)
    for share in (0.02, 0.05, 0.1):
        power(f"{number} emptied by {share:.0%}", str(number), emptied(str(number), share), frame, some)
    print(f"{time.process_time() - start:.0f} s of CPU")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
