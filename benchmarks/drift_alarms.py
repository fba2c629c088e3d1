"""False alarms a year realised against those stated, three sigma on the same streams, and how soon shifts are seen.

Streams: ten columns over 120 days of test and 364 of production in weeks, 40 rows a day. Null: rows independent; the days'
levels autocorrelated (AR(1), .5); and rows in clusters (ten alike rows a customer, resampled by customer). The rule accepts
one alarm a year (52.18 weeks). Drift: from week 20 on one column moves by a part of its standard deviation; what is counted
is the first alarm in it from then on. Run: `python benchmarks/drift_alarms.py [seeds]`.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.drift.alarms import (
    SIGMA_CHUNKS,
    Streams,
    alarm_rule,
    null_distances,
    null_of,
)
from mlops_widgets.measures.drift.cells import number_cells

Floats = npt.NDArray[np.float64]
Maker = Callable[[np.random.Generator, int], Floats]

COLUMNS, ROWS, DAYS, WEEKS, FROM_WEEK = 10, 40, 120, 52, 20
A_YEAR = 52.18


def independent(rng: np.random.Generator, days: int) -> Floats:
    return rng.normal(size=(days, ROWS, COLUMNS))


def autocorrelated(rng: np.random.Generator, days: int) -> Floats:
    level = np.empty((days, COLUMNS))
    level[0] = rng.normal(size=COLUMNS)
    for day in range(1, days):
        level[day] = 0.5 * level[day - 1] + np.sqrt(0.75) * rng.normal(size=COLUMNS)
    return np.asarray(np.sqrt(0.1) * level[:, None, :] + np.sqrt(0.9) * rng.normal(size=(days, ROWS, COLUMNS)))


def clustered(rng: np.random.Generator, days: int) -> Floats:
    customer = rng.normal(size=(days, ROWS // 10, 1, COLUMNS))
    rows = np.sqrt(0.8) * customer + np.sqrt(0.2) * rng.normal(size=(days, ROWS // 10, 10, COLUMNS))
    return np.asarray(rows.reshape(days, ROWS, COLUMNS))


def counted(test: Floats, units: int) -> tuple[Streams, list[object]]:
    cells = [number_cells(test[:, :, c].ravel(), bins=20) for c in range(COLUMNS)]
    of_row = np.repeat(np.arange(units), test[:, :, 0].size // units)
    parts = [each.counts(test[:, :, c].ravel(), of_row, units) for c, each in enumerate(cells)]
    bounds = np.cumsum([0, *(part.shape[1] for part in parts)])
    streams = Streams(
        counts=np.hstack(parts).astype(np.float32), bounds=bounds, ordered=np.ones(COLUMNS, dtype=np.bool_)
    )
    return streams, list(cells)


def reviewed(test: Floats, later: Floats, *, by_customer: bool, seed: int) -> tuple[Floats, float, Floats, Streams]:
    """Return standardised distances (weeks, columns), the threshold, and raw distances (weeks, columns)."""
    units = DAYS * ROWS // 10 if by_customer else DAYS
    streams, cells = counted(test, units)
    of_row = np.repeat(np.arange(WEEKS), 7 * ROWS)
    counts = [each.counts(later[:, :, c].ravel(), of_row, WEEKS) for c, each in enumerate(cells)]  # type: ignore[attr-defined]  # Cells
    sizes = np.full(WEEKS, 7 * ROWS // 10 if by_customer else 7)
    drawn = null_distances(streams, chunk_units=sizes, baseline_units=units, draws=200, seed=seed,
                           run_units=1 if by_customer else 7)  # fmt: skip
    null = null_of(drawn, sizes)
    found = streams.distances(streams.counts.sum(axis=0), np.hstack(counts))
    return null.standardise(found), alarm_rule(null.largest, 1 / A_YEAR).threshold, found, streams


def three_sigma(distances: Floats) -> float:
    """Return alarms of single columns a year: limits from the first eight weeks, the other weeks judged."""
    known, new = distances[:SIGMA_CHUNKS], distances[SIGMA_CHUNKS:]
    beyond = np.abs(new - known.mean(axis=0)) > 3 * known.std(axis=0, ddof=1)
    return float(beyond.mean() * COLUMNS * A_YEAR)


def null(name: str, maker: Maker, seeds: int) -> None:
    start, ours, theirs = time.process_time(), [], []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        z, threshold, distances, _ = reviewed(
            maker(rng, DAYS), maker(rng, 7 * WEEKS), by_customer=maker is clustered, seed=seed
        )
        ours.append(float((z.max(axis=1) >= threshold).mean() * A_YEAR))
        theirs.append(three_sigma(distances))
    error = np.std(ours, ddof=1) / np.sqrt(seeds)
    print(
        f"{name:<28} chunks in alarm a year: {np.mean(ours):.2f} ± {error:.2f} (1 stated); three sigma: "
        f"{np.mean(theirs):.1f} (promised {0.0027 * COLUMNS * A_YEAR:.1f}); {time.process_time() - start:.0f} s"
    )


def delay(shift: float, seeds: int) -> None:
    waits = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        test, later = independent(rng, DAYS), independent(rng, 7 * WEEKS)
        later[7 * FROM_WEEK :, :, 0] += shift
        z, threshold, _, _ = reviewed(test, later, by_customer=False, seed=seed)
        alarms = np.flatnonzero(z[FROM_WEEK:, 0] >= threshold)
        waits.append(float(alarms[0]) + 1 if len(alarms) else np.inf)
    print(
        f"a column moves by {shift:g} sd: first alarm after {np.median(waits):g} weeks (median), within a quarter year in "
        f"{np.mean(np.array(waits) <= 13):.0%}"
    )


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{seeds} seeds each, {COLUMNS} columns, weekly, {DAYS} days of test, {ROWS} rows a day")
    null("null, independent rows", independent, seeds)
    null("null, days AR(1) .5", autocorrelated, seeds)
    null("null, ten rows a customer", clustered, seeds)
    for shift in (0.1, 0.2, 0.4):
        delay(shift, seeds)


if __name__ == "__main__":
    main()
