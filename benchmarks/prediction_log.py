"""What the prediction log costs and how its statistics hold: rows a second, coverage of the override rate, false alarms of missing hours.

Run: `python benchmarks/prediction_log.py [seeds]`.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.governance.prediction_log.counting import rate
from mlops_widgets.governance.prediction_log.gaps import WEEK, unlikely_runs
from mlops_widgets.governance.prediction_log.input_digests import input_digests
from mlops_widgets.governance.prediction_log.log_predictions import log_predictions
from mlops_widgets.governance.prediction_log.prediction_log import PredictionLog
from mlops_widgets.governance.prediction_log.prediction_logger import PredictionLogger
from mlops_widgets.governance.prediction_log.review_usage import review_usage

KEY, MODEL = b"sixteen bytes or more", "ab" * 32
Counts = npt.NDArray[np.int64]


def inputs(rows: int) -> pd.DataFrame:
    """Return 15 columns: numbers, whole numbers, texts, a truth value, a time."""
    rng = np.random.default_rng(0)
    floats = {f"f{i}": rng.normal(size=rows) for i in range(7)}
    whole = {f"i{i}": rng.integers(0, 1000, rows) for i in range(4)}
    texts = {f"s{i}": rng.choice(["north", "south", "east"], rows) for i in range(2)}
    return pd.DataFrame(
        {**floats, **whole, **texts, "b": rng.random(rows) < 0.5, "t": pd.date_range("2026", periods=rows, freq="s")}
    )


def answers(rows: int) -> dict[str, Any]:
    """Return what is logged of each row, all fields filled."""
    scores = np.random.default_rng(1).random(rows)
    return {
        "scores": scores, "decisions": (scores > 0.5).astype(int), "threshold": 0.5, "policy_version": "v1", "ids": [f"r{i}" for i in range(rows)],
        "reasons": [["R01", "R07"] if score < 0.5 else [] for score in scores], "at": pd.date_range("2026", periods=rows, freq="s"),
    }  # fmt: skip


def speed(rows: int) -> None:
    """Print rows a second of one batch, against a plain file of the same answers."""
    frame, given = inputs(rows), answers(rows)
    plain = pd.DataFrame(given | {"model": MODEL})
    with tempfile.TemporaryDirectory() as folder:
        log = PredictionLog(Path(folder) / "log")
        seconds = timed(lambda: log_predictions(log, model_digest=MODEL, inputs=frame, key=KEY, **given))
        parquet = timed(lambda: plain.to_parquet(Path(folder) / "plain.parquet"))
        csv = timed(lambda: plain.to_csv(Path(folder) / "plain.csv"))
        digests = timed(lambda: input_digests(frame, KEY))
        review = timed(lambda: review_usage(log))
    print(
        f"{rows:>7,} rows a batch: {rows / seconds:>9,.0f} rows/s; digests alone {rows / digests:,.0f} rows/s; {seconds / parquet:.1f} × "
        f"plain Parquet, {seconds / csv:.1f} × plain CSV, both without inputs; review {review:.2f} s"
    )


def speed_of_one() -> None:
    """Print rows a second where each call brings one row."""
    row = {str(name): cell for name, cell in inputs(1).iloc[0].items()}
    with (
        tempfile.TemporaryDirectory() as folder,
        PredictionLogger(Path(folder) / "log", model_digest=MODEL, key=KEY) as logger,
    ):
        seconds = timed(lambda: one_by_one(logger, row, 2000))
    print(f"one row a call through PredictionLogger (flush_rows=1000): {2000 / seconds:,.0f} rows/s")


def one_by_one(logger: PredictionLogger, row: dict[str, Any], times: int) -> None:
    """Log one answer a call."""
    for _ in range(times):
        logger.add(inputs=row, scores=0.3, decisions=0, threshold=0.5)


def timed(work: Any) -> float:  # noqa: ANN401 - any function
    """Return the seconds that a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def coverage(seeds: int) -> None:
    """Print how often the interval of the override rate holds the true rate, rows of a day being alike or not."""
    for days, rows, rho in ((30, 100, 0.0), (30, 100, 0.05), (30, 100, 0.2), (10, 50, 0.05), (60, 20, 0.02)):
        held = width = 0.0
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            chances = np.full(days, 0.08) if rho == 0 else rng.beta(0.08 * (1 / rho - 1), 0.92 * (1 / rho - 1), days)
            flags = rng.random((days, rows)) < chances[:, None]
            line = rate(pd.Series(flags.ravel()), np.repeat(np.arange(days), rows), "all", level=0.95)
            held += line.lower is not None and line.upper is not None and line.lower <= 0.08 <= line.upper
            width += (line.upper or 0) - (line.lower or 0)
        print(
            f"override rate 8 %, {days} days of {rows}, correlation within a day {rho}: holds it in {held / seeds:.1%}, width {width / seeds:.3f}"
        )


def made_weeks(rng: np.random.Generator, kind: str, weeks: int) -> Counts:
    """Return hourly counts of a service: office hours, all day, sparse, or bursty."""
    hour = np.arange(weeks * WEEK)
    office = (hour % 24 >= 8) & (hour % 24 < 18) & (hour % WEEK < 120)
    if kind == "bursty":
        return rng.poisson(rng.gamma(0.3, np.where(office, 20, 2) / 0.3))
    mean = {
        "office": np.where(office, 20.0, 0.05),
        "all day": np.full(len(hour), 6.0),
        "sparse": np.full(len(hour), 0.4),
    }[kind]
    return rng.poisson(mean)


def gaps(seeds: int) -> None:
    """Print how often missing hours are found in logs without any, and how often hours that were taken out are."""
    for kind in ("office", "all day", "sparse", "bursty"):
        for weeks in (3, 6, 12):
            false, found = 0, dict.fromkeys((2, 4, 8), 0)
            for seed in range(seeds):
                counts = made_weeks(np.random.default_rng(seed), kind, weeks)
                false += bool(unlikely_runs(counts))
                for hours in found:
                    damaged = counts.copy()
                    first = WEEK + 24 + 9
                    damaged[first : first + hours] = 0
                    found[hours] += any(
                        run.first <= first + hours - 1 and run.after > first for run in unlikely_runs(damaged) or []
                    )
            power = ", ".join(f"{hours} h {count / seeds:.0%}" for hours, count in found.items())
            print(
                f"{kind:>8}, {weeks:>2} weeks: false alarms in {false / seeds:.1%} of logs; found of what was taken out: {power}"
            )


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for size in (1_000, 20_000, 100_000):
        speed(size)
    speed_of_one()
    coverage(number)
    gaps(number)
