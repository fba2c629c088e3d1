"""A rule written as a function: labels only, nothing to refit, no rows it learned from; and a marked row."""

import numpy as np
import pandas as pd

import mlops_widgets as mw

CANARY = "canary-7f3a"  # in one row of the user's; must stay out of every file


def approve(frame: pd.DataFrame) -> list[str]:
    """Return the rule's answer for each row."""
    return ["no" if debt > 0.4 else "yes" for debt in frame["debt"]]


def make(rows: int, seed: int) -> pd.DataFrame:
    """Return applications with what came of them."""
    rng = np.random.default_rng(seed)
    debt = rng.uniform(0, 1, rows)
    note = np.full(rows, "ok", dtype=object)
    note[rows // 2] = CANARY
    repaid = np.where(rng.uniform(0, 1, rows) > 0.2 + 0.5 * debt, "yes", "no")
    return pd.DataFrame({"debt": debt, "note": note, "repaid": repaid})


study = mw.load_study(
    predict=approve, test=make(600, 1), production=make(900, 2), target="repaid", positive="no", name="the old rule"
)
