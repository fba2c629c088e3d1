"""A study of a few hundred rows with labels that come late, and a pipeline on it whose slow steps are plain."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.data_quality import ColumnRules, Contract
from mlops_widgets.pipeline.pipeline import Pipeline

CONTRACT = Contract(name="small", columns=(ColumnRules(name="x", lower=-100),))


def table(start: str, rows: int, seed: int, *, unlabelled: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    when = pd.date_range(start, periods=rows, freq="12h")
    y = (x + rng.normal(size=rows) > 0).astype(float)
    frame = pd.DataFrame(
        {"x": x, "z": rng.normal(size=rows), "y": y, "when": when, "known": when + pd.Timedelta(days=20)}
    )
    if unlabelled:
        told = frame.index.to_series() % 4 != 0
        frame = frame.assign(y=frame["y"].where(told), known=frame["known"].where(told))
    return frame


@cache
def study() -> mw.Study:
    reference = table("2024-01-01", 150, 0)
    model = LogisticRegression().fit(reference[["x", "z"]], reference["y"])
    return mw.load_study(
        model=model, reference=reference, test=table("2024-03-20", 100, 1), production=table("2024-05-10", 200, 2, unlabelled=True),
        target="y", time="when", label_time="known", features=["x", "z"],
    )  # fmt: skip


def review(study: mw.Study) -> dict[str, Any]:
    return {"rows": study.production.rows if study.production else 0}


def drift(study: mw.Study) -> dict[str, Any]:
    return {"tables": len(study.tables)}


def decide(review: dict[str, Any]) -> dict[str, str]:
    return {"verdict": "retrain", "why": f"{review['rows']} rows say so."}


def compare(retrain: Any) -> dict[str, Any]:
    return {"digest": retrain.digest}


def gate(compare: dict[str, Any]) -> dict[str, Any]:
    return {"promote": True, "why": f"{compare['digest'][:4]} isn't worse."}


def report(site: Any, study: mw.Study, validate: Any = None, gate: Any = None) -> Any:
    return site.write(study, {"validate": validate, "gate": gate})


def register(retrain: Any, gate: dict[str, Any], registry: Any) -> Any:
    return registry.add(retrain, {"lineage": dict(retrain.facts), "gate": gate})


QUICK: dict[str, Callable[..., Any]] = {
    "review": review, "drift": drift, "decide": decide, "compare": compare, "gate": gate, "register": register, "report": report,
}  # fmt: skip


def pipeline(out: Path, **options: Any) -> Pipeline:
    steps = QUICK | options.pop("steps", {})
    return Pipeline(study(), out=out, contract=CONTRACT, steps=steps, **options)
