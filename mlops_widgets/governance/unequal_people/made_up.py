"""Made-up loans whose records accuse one area: models with and without it, on recorded labels and on true ones."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.governance.unequal_people.equal_accuracy_result import MEASURES, Variant
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.study.samples.loans import NUMBERS, WORDS, Loans, make_loans
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]

FEATURE, GROUP, REFERENCE, COMPARED = "area", "group", "A", "B"
VARIANTS = (
    Variant(name="with area", uses_feature=True, uses_group=False),
    Variant(name="with area and group", uses_feature=True, uses_group=True),
    Variant(name="without area", uses_feature=False, uses_group=False),
    Variant(name="without area, with group", uses_feature=False, uses_group=True),
)
_SETS = 1_000


def play(
    shares: Floats, *, seeds: int, rows: int, seed: int, progress: Progress | None, cancel: Cancel | None
) -> tuple[Floats, Floats]:
    """Return the numbers (measures, 3, variants, shares) over made-up sets, and the control's gain (3,).

    Parameters
    ----------
    shares
        Shares of applicants to approve.
    seeds, rows
        Sets of loans, applications in each: one half to learn from, one to look at.
    seed
        First seed.
    progress, cancel
        Callbacks.
    """
    found, control = [], []
    for at in steps(range(seeds), "set of loans", progress, cancel):
        own = seed * _SETS + at
        found.append(on_loans(make_loans(rows=rows, biased_recording=True, seed=own), VARIANTS, shares, seed=own))
        as_they_are = make_loans(rows=rows, seed=own)
        plain = on_loans(as_they_are, (VARIANTS[0], VARIANTS[2]), shares[_nearest(shares, 0.7)][None], seed=own)
        control.append(plain[MEASURES.index("ratio"), 1, 0] - plain[MEASURES.index("ratio"), 0, 0])
    return spans(np.array(found)), np.array(clustered_mean(np.array(control), np.arange(seeds)))


def _nearest(shares: Floats, share: float) -> int:
    return int(np.argmin(np.abs(shares - share)))


def spans(sets: Floats) -> Floats:
    """Return mean, lower and upper end over the first axis: (sets, …) → (measures, 3, variants, shares).

    Examples
    --------
    >>> spans(np.array([[[[0.4]]], [[[0.6]]]]))[0, 0, 0, 0].round(3).item()
    0.5
    """
    count = len(sets)
    flat = sets.reshape(count, -1)
    ends = np.array([clustered_mean(column, np.arange(count)) for column in flat.T])
    return np.moveaxis(ends.reshape(*sets.shape[1:], 3), -1, 1)


def on_loans(loans: Loans, variants: Sequence[Variant], shares: Floats, *, seed: int) -> Floats:
    """Return each measure (measures, variants, shares) on one half of the loans, learned on the other.

    Logistic regression; the best `shares` by predicted risk are approved.
    """
    table = loans.table
    half = np.random.default_rng([seed, 3]).permutation(len(table))
    learn, look = half[: len(table) // 2], half[len(table) // 2 :]
    recorded, true = table["defaulted"].to_numpy(), loans.truth["label"].to_numpy()
    compared = (table[GROUP] == COMPARED).to_numpy()[look]
    auc = get_metric("roc_auc", "binary")
    found = np.full((len(MEASURES), len(variants), len(shares)), np.nan)
    for place, variant in enumerate(variants):
        risk = _risk(table, recorded, variant, learn)[look]
        approved = risk[:, None] <= np.quantile(risk, shares)
        rates = approved[compared].mean(axis=0), approved[~compared].mean(axis=0)
        numbers = {
            "ratio": np.minimum(*rates) / np.maximum(*rates), "selected_reference": rates[1], "selected_compared": rates[0],
            "accuracy": (approved != recorded[look, None]).mean(axis=0), "auc": auc(recorded[look].astype(float), risk),
            "true_accuracy": (approved != true[look, None]).mean(axis=0), "true_auc": auc(true[look].astype(float), risk),
        }  # fmt: skip
        for name, value in numbers.items():
            found[MEASURES.index(name), place] = value
    recorded_right, truly_right = (found[MEASURES.index(name)] for name in ("accuracy", "true_accuracy"))
    found[MEASURES.index("accuracy_loss")] = recorded_right[:1] - recorded_right
    found[MEASURES.index("true_gain")] = truly_right - truly_right[:1]
    return found


def _risk(
    table: pd.DataFrame, recorded: npt.NDArray[np.int64], variant: Variant, learn: npt.NDArray[np.int64]
) -> Floats:
    from sklearn.linear_model import LogisticRegression

    words = [word for word in WORDS if word != FEATURE or variant.uses_feature]
    words += [GROUP] if variant.uses_group else []
    inputs = pd.get_dummies(table[[*NUMBERS, *words]], columns=words, drop_first=True, dtype=np.float64).to_numpy(dtype=np.float64)  # fmt: skip
    inputs = (inputs - inputs[learn].mean(axis=0)) / inputs[learn].std(axis=0)
    with one_thread():
        model = LogisticRegression().fit(inputs[learn], recorded[learn])
        return np.asarray(model.predict_proba(inputs)[:, 1])
