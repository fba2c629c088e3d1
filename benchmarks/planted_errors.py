"""How many planted errors of each kind are found, and how many clean cells are suspected.

Recall and precision: errors of known kind and place in 1, 5 and 20 % of the rows of up to three columns of clean real tables,
each column's rows drawn on their own. False alarms: the same tables untouched, and columns drawn from one distribution each.
A cell counts from a confidence of .5. Run: `python benchmarks/planted_errors.py [seeds] [first seed]`: limits were chosen on seeds
below 100, so rates are quoted from later ones.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

import mlops_widgets as mw
from mlops_widgets.data_quality.damage import damage
from mlops_widgets.data_quality.detection.columns import prepare
from mlops_widgets.data_quality.detection.combination import combine
from mlops_widgets.data_quality.detection.detectors import (
    arithmetic,
    conflicting_labels,
    dates,
    numbers,
    whole_columns,
)
from mlops_widgets.data_quality.detection.suspicions import CERTAIN, ColumnNote, Suspicion
from mlops_widgets.data_quality.source import source_of
from mlops_widgets.measures.oddities.scales import find_conversion, find_shift

Frame = pd.DataFrame
Cells = np.typing.NDArray[np.bool_]
Rng = np.random.Generator
DETECTORS = (numbers, dates, arithmetic, conflicting_labels, whole_columns)
SHARES = (0.01, 0.05, 0.2)
ROWS = 5000


def found(frame: Frame, target: str | None = None) -> tuple[Cells, Cells, list[ColumnNote]]:
    """Return which cells count as errors, which of them under each kind's name, and the notes."""
    columns = prepare(source_of(frame, roles={"target": target} if target else None))
    said = [each for detector in DETECTORS for each in detector.detect(columns)]
    together = combine(columns, [each for each in said if isinstance(each, Suspicion)])
    cells = np.zeros(frame.shape, dtype=bool)
    kinds = np.full(frame.shape, "", dtype=object)
    sure = together.confidence >= CERTAIN
    cells[together.rows[sure], together.columns[sure]] = True
    names = np.array([each.kind for each in together.suspicions], dtype=object)
    if sure.any():
        kinds[together.rows[sure], together.columns[sure]] = names[together.of[sure]]
    return cells, kinds, [each for each in said if isinstance(each, ColumnNote)]


def tables() -> dict[str, tuple[Frame, str]]:
    """Return the clean tables with their targets."""
    samples = {name: mw.sample(name) for name in ("loans", "flights", "census")}
    real = {name: (study.tables["reference"].pandas()[:ROWS], study.roles.target) for name, study in samples.items()}
    for load in (load_breast_cancer, load_wine, load_diabetes, load_iris):
        real[load.__name__.removeprefix("load_")] = (load(as_frame=True).frame, "target")
    real["orders (made)"] = (orders(np.random.default_rng(0)), "")
    return real


def orders(rng: Rng, rows: int = 2000) -> Frame:
    """Return an order log: prices, quantities, totals, a day of order and of delivery, a customer's birth and age."""
    price, quantity = np.round(rng.lognormal(3, 0.7, rows), 2), rng.integers(1, 9, rows)
    ordered = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, rows), unit="D")
    born = pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 18_000, rows), unit="D")
    return Frame({
        "price": price, "quantity": quantity, "total": np.round(price * quantity, 2), "ordered": ordered,
        "delivered": ordered + pd.to_timedelta(rng.gamma(2, 2, rows).round(), unit="D"), "born": born,
        "age": ((ordered - born).days / 365.2425).astype(int),
    })  # fmt: skip


Planted = tuple[Frame, Cells]
Plant = Callable[[Frame, str, float, Rng], Frame]


def _hit(frame: Frame, share: float, rng: Rng) -> np.typing.NDArray[np.int64]:
    return rng.choice(len(frame), max(1, round(share * len(frame))), replace=False)


def by_damage(kind: str) -> Plant:
    """Return what `data_quality.damage` spills."""
    return lambda frame, name, share, rng: damage(
        frame, kind, share, columns=[name], seed=int(rng.integers(2**31))
    ).frame  # fmt: skip


def odd_sentinel(frame: Frame, name: str, share: float, rng: Rng) -> Frame:
    """Write missing cells as a number without a pattern, three ranges above all others."""
    top, spread = float(frame[name].max()), float(frame[name].max() - frame[name].min())
    return changed(frame, name, _hit(frame, share, rng), lambda x: np.full(len(x), np.floor(top + 3 * spread) + 0.0))


def scaled(factor: float) -> Plant:
    """Return another unit."""
    return lambda frame, name, share, rng: changed(frame, name, _hit(frame, share, rng), lambda x: x * factor)


def outlier(frame: Frame, name: str, share: float, rng: Rng) -> Frame:
    """Move cells fifteen to forty interquartile ranges away."""
    low, high = frame[name].quantile([0.25, 0.75])
    width = float(high - low) or float(frame[name].std())
    return changed(
        frame,
        name,
        _hit(frame, share, rng),
        lambda x: x + rng.choice([-1, 1], len(x)) * rng.uniform(15, 40, len(x)) * width,
    )


def flipped(frame: Frame, name: str, share: float, rng: Rng) -> Frame:
    """Turn signs."""
    return changed(frame, name, _hit(frame, share, rng), lambda x: -x)


def nudged(frame: Frame, name: str, share: float, rng: Rng) -> Frame:
    """Replace cells by those of other rows: ordinary, but no longer what the equation gives."""
    rows = _hit(frame, share, rng)
    copy = frame.copy()
    copy.loc[rows, name] = frame[name].to_numpy()[rng.permutation(len(frame))[: len(rows)]]
    return copy


def early(frame: Frame, name: str, share: float, rng: Rng) -> Frame:
    """Book a delivery three to sixty days before its order."""
    rows = _hit(frame, share, rng)
    copy = frame.copy()
    back = pd.to_timedelta(rng.integers(3, 60, len(rows)), unit="D")
    copy.loc[rows, name] = (frame["ordered"].iloc[rows] - back).to_numpy()
    return copy


def other_century(frame: Frame, name: str, share: float, rng: Rng) -> Frame:
    """Write a year a hundred to ten years off."""
    rows = _hit(frame, share, rng)
    copy = frame.copy()
    off = pd.to_timedelta(365 * rng.integers(20, 100, len(rows)) * rng.choice([-1, 1], len(rows)), unit="D")
    copy.loc[rows, name] = (frame[name].iloc[rows] + off).to_numpy()
    return copy


def changed(
    frame: Frame, name: str, rows: np.typing.NDArray[np.int64], new: Callable[[np.ndarray], np.ndarray]
) -> Frame:
    copy = frame.copy()
    values = copy[name].to_numpy(dtype=np.float64).copy()
    values[rows] = new(values[rows])
    copy[name] = values
    return copy


def wrong_cells(before: Frame, after: Frame) -> Cells:
    one, other = before.astype(object).to_numpy(), after.astype(object).to_numpy()
    return np.asarray((one != other) & ~(before.isna().to_numpy() & after.isna().to_numpy()))


def measurable(frame: Frame, target: str, *, positive: bool = False) -> list[str]:
    """Return up to three columns of numbers with many values."""
    numeric = [str(n) for n in frame if n != target and frame[n].dtype.kind in "if" and frame[n].nunique() >= 10]
    return [n for n in numeric if not positive or frame[n].min() > 0][-3:]


def of_dates(frame: Frame, _target: str) -> list[str]:
    return [str(n) for n in frame if frame[n].dtype.kind == "M"][:2]


def positive(frame: Frame, target: str) -> list[str]:
    return measurable(frame, target, positive=True)


def only(*names: str) -> Callable[[Frame, str], list[str]]:
    return lambda frame, _target: [name for name in names if name in frame and "born" in frame]


KINDS: dict[str, tuple[str, Plant, Callable[[Frame, str], Sequence[str]]]] = {
    "sentinel of nines": ("disguised_missing", by_damage("sentinel"), measurable),
    "sentinel, no pattern": ("disguised_missing", odd_sentinel, measurable),
    "date 1900-01-01": ("disguised_missing", by_damage("sentinel"), of_dates),
    "unit (÷1000 or ×100)": ("unit", by_damage("unit"), positive),
    "unit ×1000": ("unit", scaled(1000.0), positive),
    "unit ×12": ("unit", scaled(12.0), positive),
    "unit ×2.54": ("unit", scaled(2.54), positive),
    "sign": ("out_of_range", flipped, positive),
    "outlier": ("outlier", outlier, measurable),
    "year off by 20–100": ("date", other_century, of_dates),
    "end before start": ("date", early, only("delivered")),
    "broken sum": ("dependency", nudged, only("total", "age")),
}  # fmt: skip


def planted(seeds: int, first: int) -> None:
    every = tables()
    print("\nfound / named by its kind / precision, mean over tables and seeds (cells)")
    print(f"{'planted':<24}" + "".join(f"{share:>22.0%}" for share in SHARES))
    for kind, (name, plant, columns_of) in KINDS.items():
        line = f"{kind:<24}"
        for share in SHARES:
            scores: dict[str, list[float]] = defaultdict(list)
            for frame, target in every.values():
                for seed in range(first, first + seeds):
                    rng, dirty = np.random.default_rng(seed), frame
                    for column in columns_of(frame, target):
                        dirty = plant(dirty, column, share, rng)
                    truth = wrong_cells(frame, dirty)
                    if truth.any():
                        cells, kinds, _ = found(dirty, target or None)
                        scores["found"].append((cells & truth).sum() / truth.sum())
                        scores["named"].append(((kinds == name) & truth).sum() / truth.sum())
                        if cells.any():
                            scores["right"].append((cells & truth).sum() / cells.sum())
            line += (
                "".join(
                    f"{np.mean(scores[each]) if scores[each] else np.nan:>7.2f}" for each in ("found", "named", "right")
                )
                + " "
            )
        print(line, flush=True)


def whole(seeds: int, first: int) -> None:
    """Print how often notes on whole columns are made where they should be, and where not."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for seed in range(first, first + seeds):
        rng = np.random.default_rng(seed)
        frame: Frame = load_breast_cancer(as_frame=True).frame
        y = frame["target"].to_numpy()
        spoilt = frame.assign(
            code=[f"{each:08d}" for each in rng.permutation(10**6)[: len(frame)]], nothing=1.0,
            told=y + rng.normal(0, 0.1, len(y)), half_told=y + rng.normal(0, 0.5, len(y)),
        )  # fmt: skip
        for note in found(spoilt, "target")[2]:
            counts[note.kind, note.column] += 1
        twice = pd.concat(
            [frame, frame.sample(10, random_state=seed).assign(target=lambda f: 1 - f["target"])], ignore_index=True
        )
        cells = found(twice, "target")[0][:, -1]
        counts["conflicting_label", "found"] += int(cells[len(frame) :].sum())
        counts["conflicting_label", "rows"] += 10
    print(
        f"\nnotes on breast cancer over {seeds} seeds (code, nothing, told should be noted; half_told not): {dict(counts)}"
    )


def clean() -> None:
    print("\nuntouched tables: cells suspected, of all, and per 10,000; notes")
    for name, (frame, target) in tables().items():
        start = time.process_time()
        cells, _, notes = found(frame, target or None)
        took = time.process_time() - start
        print(
            f"{name:<16}{int(cells.sum()):>6} of {cells.size:>9,} {1e4 * cells.mean():>7.2f}  {took:.2f} s  {[(n.kind, n.column) for n in notes]}"
        )


def draws(rng: Rng, rows: int) -> Frame:
    """Return columns of clean numbers, one a distribution."""
    amounts = rng.lognormal(8, 0.6, rows)
    return Frame({
        "normal": rng.normal(size=rows), "lognormal": rng.lognormal(size=rows), "lognormal, sigma 2": rng.lognormal(0, 2, rows),
        "Pareto 1.5": rng.pareto(1.5, rows) + 1, "Student t, 3": rng.standard_t(3, rows), "Cauchy": rng.standard_cauchy(rows),
        "zero-inflated count": rng.poisson(3, rows) * (rng.random(rows) < 0.4),
        "zero-inflated amount": rng.gamma(2, 100, rows).round(2) * (rng.random(rows) < 0.3),
        "negative binomial": rng.negative_binomial(0.5, 0.05, rows),
        "heaped": np.where(rng.random(rows) < 0.5, amounts.round(-3), amounts.round()),
        "bimodal": np.where(rng.random(rows) < 0.5, rng.normal(178, 7, rows), rng.normal(165, 6, rows)),
        "far bimodal": np.where(rng.random(rows) < 0.65, rng.normal(4.3, 0.4, rows), rng.normal(2.0, 0.3, rows)),
        "topcoded": np.minimum(np.round(17 + rng.gamma(2, 12, rows)), 90), "Likert": rng.integers(1, 6, rows),
        "round money": np.round(rng.lognormal(9, 1, rows), -2), "prices in nines": np.floor(rng.lognormal(6, 1, rows) / 100 + 1) * 100 - 1,
        "uniform": rng.random(rows), "arcsine": rng.beta(0.5, 0.5, rows), "capped score": np.clip(rng.normal(710, 50, rows).round(), 300, 850),
        "percent": (100 * rng.beta(2, 2, rows)).round(1), "balance": np.where(rng.random(rows) < 0.4, 0.0, rng.normal(50, 60, rows).round()),
    })  # fmt: skip


def nulls(seeds: int, first: int) -> None:
    for rows in (200, 2000):
        cells: dict[str, int] = defaultdict(int)
        columns: dict[str, int] = defaultdict(int)
        for seed in range(first, first + seeds):
            frame = draws(np.random.default_rng(seed), rows)
            suspected = found(frame)[0]
            for at, name in enumerate(map(str, frame)):
                cells[name] += int(suspected[:, at].sum())
                columns[name] += int(suspected[:, at].any())
        print(f"\n{rows:,} rows, {seeds} seeds: cells suspected per 10,000, share of columns with any")
        for name, count in cells.items():
            print(f"{name:<24}{1e4 * count / (seeds * rows):>8.2f}{columns[name] / seeds:>8.1%}")


def falling_tails(draws: int, first: int) -> None:
    """Print how often one falling tail passes for a second unit, the numbers taken for logarithms."""
    kinds: dict[str, Callable[[Rng, int], np.typing.NDArray[np.float64]]] = {
        "exponential": lambda rng, n: rng.exponential(size=n) + 0.1 * rng.normal(size=n), "Laplace": lambda rng, n: rng.laplace(size=n),
        "Student t, 2": lambda rng, n: rng.standard_t(2, n), "Cauchy": lambda rng, n: rng.standard_cauchy(n),
        "lognormal": lambda rng, n: rng.lognormal(0, 1.5, n), "normal": lambda rng, n: rng.normal(size=n),
    }  # fmt: skip
    for rows in (200, 1000):
        alarms = dict.fromkeys(kinds, 0)
        for seed in range(first, first + draws):
            for name, draw in kinds.items():
                numbers = draw(np.random.default_rng(seed), rows)
                shifts = [find_shift(numbers, upwards=up) is not None for up in (True, False)]
                alarms[name] += any((*shifts, find_conversion(numbers) is not None))
        print(f"\n{rows:,} rows, second units among {draws:,} columns with one tail: {alarms}")


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    start = time.process_time()
    clean()
    nulls(max(100, seeds), first)
    falling_tails(2000, first)
    whole(10 * seeds, first)
    planted(seeds, first)
    print(f"\n{time.process_time() - start:.0f} s of CPU")


if __name__ == "__main__":
    main()
