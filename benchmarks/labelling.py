"""What judged rows do to precision and recall of find_errors: on Raha's tables, and on clean ones that were damaged.

For each table the detectors alone, then 5, 10, 20 and 40 rows that are picked one batch after the other and judged by the truth,
as means over seeds; then 20 rows with one judged cell in twenty turned around, and 20 rows where no detector has a say.
Run: `python benchmarks/labelling.py [FOLDER] [seeds]`; FOLDER holds one folder a table with dirty.csv and clean.csv.
"""

import html
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

import mlops_widgets as mw
from mlops_widgets.data_quality.damage import damage
from mlops_widgets.data_quality.detection.find_errors import Looked, look
from mlops_widgets.data_quality.detection.labelling import Labelling, ask
from mlops_widgets.data_quality.detection.suspicions import CERTAIN
from mlops_widgets.data_quality.source import source_of

Booleans = npt.NDArray[np.bool_]
Plan = Sequence[tuple[str, float, list[str]]]

BUDGETS = (0, 5, 10, 20, 40)
ROWS = 3000
PLANS: dict[str, Plan] = {
    "loans": [
        ("sentinel", 0.04, ["credit_score"]), ("unit", 0.04, ["income"]), ("typo", 0.04, ["purpose"]),
        ("shuffled", 0.05, ["area", "channel"]),
    ],
    "flights": [
        ("typo", 0.04, ["carrier", "origin"]), ("unit", 0.03, ["distance"]), ("types", 0.03, ["temp"]),
        ("variant", 0.04, ["dest"]), ("missing", 0.05, ["air_time"]),
    ],
    "census": [("sentinel", 0.04, ["AGEP"]), ("unit", 0.04, ["SCHL"]), ("shuffled", 0.05, ["MAR"])],
}  # fmt: skip


def passengers(rows: int = 900) -> pd.DataFrame:
    """Return made-up passengers: classes, ports with their letters, ages with gaps, fares, tickets."""
    rng = np.random.default_rng(0)
    level, sex = rng.choice(3, rows, p=[0.25, 0.2, 0.55]), rng.choice(["male", "female"], rows, p=[0.65, 0.35])
    port = rng.choice(["Southampton", "Cherbourg", "Queenstown"], rows, p=[0.72, 0.19, 0.09])
    age = np.clip(rng.gamma(6, 5, rows), 1, 80).round()
    return pd.DataFrame({
        "level": level + 1, "class": np.array(["First", "Second", "Third"])[level], "sex": sex,
        "age": np.where(rng.random(rows) < 0.2, np.nan, age), "siblings": rng.poisson(0.5, rows),
        "fare": np.exp(rng.normal(3.9 - 0.75 * level, 0.4)).round(2), "port": port, "letter": [name[0] for name in port],
        "ticket": [f"{rng.choice(['A/5', 'PC', 'C.A.'])} {rng.integers(1000, 99999)}" for _ in range(rows)],
    })  # fmt: skip


def orders(rows: int = 1500) -> pd.DataFrame:
    """Return a made-up order log: what an article costs and where a customer lives is always the same."""
    rng = np.random.default_rng(0)
    article, customer = rng.integers(0, 60, rows), rng.integers(0, 300, rows)
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, rows), unit="D")
    return pd.DataFrame({
        "order": np.arange(rows) + 10_000, "placed": days.astype(str), "article": [f"SKU-{at:04d}" for at in article],
        "category": np.array(["garden", "kitchen", "toys", "books", "audio"])[article % 5],
        "price": np.exp(rng.normal(3, 0.8, 60)).round(2)[article], "pieces": rng.poisson(2, rows) + 1,
        "customer": [f"C{at:05d}" for at in customer],
        "town": np.array(["Hull", "Leeds", "York", "Bath", "Ely", "Wells", "Ripon"])[customer % 7],
        "paid": rng.choice(["card", "cash", "invoice"], rows),
    })  # fmt: skip


def sensors(rows: int = 1000) -> pd.DataFrame:
    """Return forty made-up sensors on one machine, and its state."""
    rng = np.random.default_rng(0)
    load = np.cumsum(rng.normal(0, 1, (rows, 1)), 0)
    read = load * rng.normal(1, 0.3, (1, 40)) + rng.normal(0, 1, (rows, 40))
    frame = pd.DataFrame(read.round(3), columns=[f"s{at:02d}" for at in range(40)])
    return frame.assign(state=rng.choice(["run", "idle", "stop"], rows, p=[0.8, 0.15, 0.05]))


def damaged(frame: pd.DataFrame, plan: Plan) -> tuple[pd.DataFrame, Booleans]:
    """Return a copy with errors, and which cells these are."""
    wrong = np.zeros(frame.shape, dtype=bool)
    for at, (kind, share, columns) in enumerate(plan):
        spoiled = damage(frame, kind, share, columns=columns, seed=at)
        frame, wrong = spoiled.frame, wrong | spoiled.cells.to_numpy()
    return frame, wrong


def tables(folder: Path | None) -> Iterator[tuple[str, pd.DataFrame, Booleans]]:
    """Return name, dirty rows and which cells are errors."""
    for place in sorted(folder.iterdir()) if folder else ():
        dirty, clean = (
            pd.read_csv(place / f"{name}.csv", dtype=str, keep_default_na=False) for name in ("dirty", "clean")
        )
        plain = [each.map(lambda cell: re.sub(r"\s+", " ", html.unescape(cell)).strip()) for each in (dirty, clean)]
        yield place.name, dirty, plain[0].to_numpy() != plain[1].to_numpy()
    for name, plan in PLANS.items():
        rows = next(iter(mw.sample(name).tables.values())).pandas().sample(ROWS, random_state=0)
        yield f"{name}, damaged", *damaged(rows.reset_index(drop=True), plan)
    made: dict[str, tuple[pd.DataFrame, Plan]] = {
        "passengers": (passengers(), [
            ("typo", 0.05, ["port", "sex"]), ("unit", 0.04, ["fare"]), ("sentinel", 0.05, ["age"]), ("types", 0.03, ["siblings"]),
            ("shuffled", 0.04, ["letter"]),
        ]),
        "orders": (orders(), [
            ("variant", 0.05, ["town", "category"]), ("missing", 0.04, ["paid"]), ("shuffled", 0.04, ["price", "category"]),
            ("unit", 0.03, ["pieces"]),
        ]),
        "sensors": (sensors(), [("sentinel", 0.03, ["s01", "s02", "s03"]), ("unit", 0.03, ["s10"]), ("missing", 0.05, ["s20"])]),
    }  # fmt: skip
    for name, (frame, plan) in made.items():
        yield f"{name}, damaged", *damaged(frame, plan)


def scores(labelling: Labelling, wrong: Booleans) -> tuple[float, float, float]:
    """Return precision, recall and F1 over cells, judged ones among them."""
    found, flagged = labelling.found(), np.zeros(wrong.shape, dtype=bool)
    sure = (found.confidence >= CERTAIN) & (found.columns >= 0)
    flagged[found.rows[sure], found.columns[sure]] = True
    hits = int((flagged & wrong).sum())
    precision, recall = hits / max(int(flagged.sum()), 1), hits / max(int(wrong.sum()), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def curve(looked: Looked, wrong: Booleans, budgets: Sequence[int], *, seed: int, slips: float = 0.0) -> list[tuple[float, float, float]]:  # fmt: skip
    """Return the scores after each number of judged rows."""
    rng = np.random.default_rng(seed)
    labelling = Labelling(looked.columns, looked.found, seed=seed)
    measured = []
    for budget in budgets:
        ask(
            labelling,
            lambda row: (wrong[row] ^ (rng.random(wrong.shape[1]) < slips)).tolist(),
            budget - len(labelling.answers.rows),
        )
        measured.append(scores(labelling, wrong))
    return measured


def written(measured: Sequence[Sequence[tuple[float, float, float]]]) -> str:
    """Return precision/recall/F1 of each budget, as means over seeds, and the lowest F1."""
    each = np.array(measured)
    means, lowest = each.mean(axis=0), each[:, :, 2].min(axis=0)
    return "  ".join(f"{p:.3f}/{r:.3f}/{f:.3f} ({low:.2f})" for (p, r, f), low in zip(means, lowest, strict=True))


def main() -> None:
    """Print three lines a table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    seeds = range(int(sys.argv[2]) if len(sys.argv) > 2 else 5)
    print(f"precision/recall/F1 (lowest F1 of {len(seeds)} seeds) at {BUDGETS} judged rows")
    for name, frame, wrong in tables(folder):
        source = source_of(frame)
        looked, blind = look(source), look(source, ["skew"])
        start = time.process_time()
        print(
            f"{name} ({wrong.sum():,} wrong cells)\n    {written([curve(looked, wrong, BUDGETS, seed=s) for s in seeds])}"
        )
        seconds = (time.process_time() - start) / len(seeds)
        slipped = written([curve(looked, wrong, (20,), seed=s, slips=0.05) for s in seeds])
        alone = written([curve(blind, wrong, (20,), seed=s) for s in seeds])
        print(f"    20 rows, 5 % slips: {slipped}; 20 rows without detectors: {alone}; {seconds:.1f} s for 40 rows")


if __name__ == "__main__":
    main()
