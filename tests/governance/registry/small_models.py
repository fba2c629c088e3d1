"""A small study, models of it, and policies that are met or not."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.requirement import Check, Requirement
from mlops_widgets.governance.policies.sign_offs import SignOff, sign_off
from mlops_widgets.governance.registry.entries import Move
from mlops_widgets.governance.registry.registry import Registry
from mlops_widgets.study.study import Study

ADA, BO, CY = "Ada King", "Bo Lee", "Cy Roth"
REASON = "It does better on the test."
START = datetime(2026, 1, 31, 9, tzinfo=UTC)

OWNED = Policy(
    name="owned",
    requirements=(
        Requirement(id="T-1", title="Somebody answers for it.", check=Check(kind="sign_off", role="owner")),
        Requirement(id="T-2", title="The registry verifies.", check=Check(kind="registry")),
    ),
)
STRICT = Policy(
    name="strict",
    requirements=(
        *OWNED.requirements,
        Requirement(id="T-3", title="No leak.", check=Check(kind="finding", codes=("OV-LK-01",), make="mw.overfitting.find_leaks(study)")),
    ),
)  # fmt: skip
SIGNED: tuple[SignOff, ...] = (sign_off("T-1", by=CY, role="owner", on="2026-01-30", statement="Mine."),)


@cache
def rows() -> pd.DataFrame:
    """Return 120 rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=120), "b": rng.normal(size=120)})
    frame["y"] = (frame.a + rng.normal(size=120) > 0).astype(int)
    return frame


@cache
def study(strength: float = 1.0) -> Study:
    """Return a study of a model; another strength is another model."""
    frame = rows()
    model = LogisticRegression(C=strength).fit(frame[["a", "b"]], frame.y)
    return mw.load_study(model=model, test=frame, target="y", name="small")


def ticking(start: datetime = START) -> Callable[[], datetime]:
    """Return a clock that goes on by a minute whenever it is read."""
    moments: Iterator[datetime] = (start + timedelta(minutes=at) for at in range(10_000))
    return lambda: next(moments)


def registry_in(folder: Path, *strengths: float) -> Registry:
    """Return a registry with a version of "loans" a strength, each by Ada King."""
    registry = Registry(folder, clock=ticking())
    for each in strengths:
        registry.register(study(each).model.model, name="loans", author=ADA)  # type: ignore[attr-defined]  # an EstimatorPredictor
    return registry


def promote(registry: Registry, version: int = 1, strength: float = 1.0, **given: Any) -> Move:
    """Promote a version of "loans" to production, with all that the gate asks for unless told otherwise."""
    told = {
        "to": "production", "study": study(strength), "policy": OWNED, "approver": BO, "reason": REASON, "sign_offs": SIGNED, **given,
    }  # fmt: skip
    return registry.promote("loans", version, **told)
