"""A CSV of about 1 GB: `read_table` within a budget of rows against `pandas.read_csv`, each in a process of its own.

    python benchmarks/large_csv.py [gigabytes]

Prints the seconds and the most memory that each took. Exits with an error if `read_table` needs more than 600 MB.
"""

import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

BUDGET_MEGABYTES = 600
MAX_ROWS = 200_000
BLOCK_ROWS = 50_000


def block(rng: np.random.Generator, first: int) -> pd.DataFrame:
    """Twelve numbers, five whole numbers, two classes of text, a date and a target in three classes."""
    rows = BLOCK_ROWS
    numbers = {f"x{i}": rng.normal(size=rows).round(4) for i in range(12)}
    counts = {f"n{i}": rng.integers(0, 100_000, rows) for i in range(5)}
    frame = pd.DataFrame({"id": np.arange(first, first + rows), **numbers, **counts})
    return frame.assign(
        city=rng.choice(["Ålesund", "München", "Paris, 1er", "Wien"], rows),
        day=pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 500, rows), unit="D"),
        y=rng.choice(["left", "stayed", "asked"], rows, p=[0.02, 0.9, 0.08]),
    )


def write(path: Path, gigabytes: float) -> int:
    rng, rows = np.random.default_rng(0), 0
    while not path.exists() or path.stat().st_size < gigabytes * 1e9:
        block(rng, rows).to_csv(path, mode="a", header=not rows, index=False)
        rows += BLOCK_ROWS
    return rows


def measure(reader: str, path: Path, answer: Connection) -> None:
    from mlops_widgets.study.tables import read_table

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    if reader == "pandas":
        rows = len(pd.read_csv(path))
    else:
        rows = read_table(path, name="test", target="y", max_rows=MAX_ROWS).rows
    answer.send((rows, time.perf_counter() - start, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


def run(reader: str, path: Path) -> tuple[float, float]:
    fresh = multiprocessing.get_context("spawn")
    ours, theirs = fresh.Pipe()
    child = fresh.Process(target=measure, args=(reader, path, theirs))
    child.start()
    rows, seconds, before, most = ours.recv()
    child.join()
    print(
        f"{reader:10} {rows:>10,} rows  {seconds:6.1f} s  {most / 1000:7,.0f} MB at most ({before / 1000:,.0f} to begin)"
    )
    return seconds, most / 1000


def main(gigabytes: float = 1.0) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        rows = write(path, gigabytes)
        print(f"{path.stat().st_size / 1e9:.2f} GB, {rows:,} rows, 21 columns")
        seconds, most = run("read_table", path)
        their_seconds, their_most = run("pandas", path)
        print(f"read_table: {seconds / their_seconds:.2f} of the time, {most / their_most:.2f} of the memory of pandas")
        assert most < BUDGET_MEGABYTES, f"read_table needed {most:.0f} MB, more than {BUDGET_MEGABYTES} MB"


if __name__ == "__main__":
    main(*(float(each) for each in sys.argv[1:]))
