"""Where the model does worse than it promises: slices found on one half of the rows and confirmed on the other."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures.resampling import whole_units
from mlops_widgets.overfitting.representative.slice_conditions import columns_to_slice, conditions_on
from mlops_widgets.overfitting.representative.slice_losses import RowLosses, loss_of, row_losses
from mlops_widgets.overfitting.representative.slice_search import (
    LEVEL,
    Searched,
    SearchSettings,
    Slice,
    search_and_test,
)
from mlops_widgets.overfitting.representative.weak_slices_findings import Overall, SlicesFound, find
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

if TYPE_CHECKING:
    import pandas as pd

_REFERENCE = (
    "Hoeffding 1956; Holm 1979; Liang & Zeger 1986; Chung & Romano 2013; Chung, Kraska, Polyzotis, Tae & Whang 2019"
)
_MOST_COLUMNS = 40
_TESTS = {
    "exact": "exact test of the 0/1 losses given their total (hypergeometric; Poisson binomial where chances differ)",
    "permutation": "permutation test of Welch's t",
    "units": "t-test with errors by {unit} (CR1)",
}


@dataclass(frozen=True, kw_only=True)
class WeakSlicesResult(Result):
    """The slices that were tested, and those of the highest raw loss.

    Parameters
    ----------
    table
        Name of the table.
    loss, loss_label
        "error", "log", "squared" or "absolute", and what it is called.
    promised
        Whether the model's own probabilities say what loss to expect.
    margin
        The largest excess that doesn't matter, in the loss's unit.
    slices
        Tested on the half that wasn't searched, the surest first; intervals hold all at once with 95 %.
    raw
        The slices with the surest raw loss above the rest, on all rows: chosen and measured on the same rows, so their
        numbers flatter the finding; each interval is of 95 % by itself and of the raw loss, inside less outside.
    overall_loss, overall_expected
        Mean loss over all rows, and what the model promises; NaN without probabilities.
    visible
        Excess that a slice of a tenth of the rows would need to be confirmed with a chance of 80 %.
    looked_through
        How many slices the search went through.
    tested_rows
        Rows of the half on which slices are tested.
    synthetic
        Whether the data were made up.
    """

    table: str
    loss: str
    loss_label: str
    promised: bool
    margin: float
    slices: tuple[Slice, ...]
    raw: tuple[Slice, ...]
    overall_loss: float
    overall_expected: float
    visible: float
    looked_through: int
    tested_rows: int
    synthetic: bool

    @property
    def confirmed(self) -> tuple[Slice, ...]:
        """The slices that the second half confirmed."""
        return tuple(each for each in self.slices if each.confirmed)

    def frame(self) -> "pd.DataFrame":
        """Return one row a slice: first those tested, then those of the highest raw loss (`by`)."""
        import pandas as pd

        columns = [name for name in Slice.__dataclass_fields__ if name != "conditions"]
        rows = [
            {"by": by} | {name: getattr(each, name) for name in columns}
            for by, slices in (("excess", self.slices), ("raw loss", self.raw))
            for each in slices
        ]
        return pd.DataFrame(rows, columns=["by", *columns])


@strategy("OV-WS")
def find_weak_slices(
    study: Study,
    *,
    table: str | None = None,
    loss: str | None = None,
    margin: float | None = None,
    least_share: float = 0.02,
    max_slices: int = 20,
    draws: int = 1999,
    max_rows: int = 20_000,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> WeakSlicesResult:
    """Find out for which rows the model does worse than its own probabilities promise.

    Slices are given by one or two conditions on the model's columns and the study's groups: quantile ranges, values,
    missing cells. A random half of the resampling units is searched; the strongest slices that hold different rows are
    tested on the other half, which wasn't looked at, and adjusted by Holm's method. What is tested is the loss less
    the model's own expected loss, inside the slice against outside: a model that is as unsure as it should be isn't
    flagged where outcomes are noisy. Without probabilities, and in regression, the loss itself is compared, and a slice
    may then be noisy instead of weak.

    Parameters
    ----------
    study
        Needs a labelled table and a model or its logged answers, with columns to slice by.
    table
        "test", "production" or the name of a test; by default the test, else production.
    loss
        "error" (0/1 for the decision), "log" or "squared" for classes; "squared" or "absolute" for numbers. By default
        the loss of the study's metric if it has one a row, else "error" or "squared".
    margin
        The largest excess that doesn't matter, in the loss's unit, above 0. By default .03 for "error", or a tenth of
        the error rate where that is less; 5 % of the mean loss for the others.
    least_share
        Smallest share of the rows that a slice holds, 0 to 0.5; it also holds 20 rows of each half.
    max_slices
        Most slices that are tested, 1 to 100.
    draws
        Permutations where losses aren't 0/1, 500 or more.
    max_rows
        Most rows looked at, 200 or more; more are sampled by whole units.
    seed
        Seed of the halves, permutations and sample.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    WeakSlicesResult or NoResult
        Findings: OV-WS-01 the surest weak slice, OV-WS-02 the others, OV-WS-03 whether the model as a whole keeps its
        promise. Simulated (`benchmarks/slice_finders.py`).

    Raises
    ------
    InputError
        If an option is out of its range.
    UnknownNameError
        If the study has no such table.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> found = mw.overfitting.find_weak_slices(mw.sample("census"), max_rows=2000)
    >>> found.loss, found.promised, len(found.slices) <= 20
    ('error', True, True)
    """
    check_margin(margin, "the largest excess loss that doesn't matter")
    check_counts(draws=(draws, 500), max_rows=(max_rows, 200), seed=(seed, 0))
    _check_options(least_share, max_slices)
    rows = _table(study, table)
    kind = loss_of(study, loss)
    tell(progress, 0.1, "asking the model")
    every = row_losses(study, rows, kind)
    losses = every.take(whole_units(every.units, max_rows, np.random.default_rng(seed)))
    columns, left_out = _columns(study, rows)
    tell(progress, 0.3, "looking through slices")
    part = rows.take(losses.rows)
    conditions = conditions_on(part, columns, least_units=10, units=losses.units)
    settings = SearchSettings(least_share=least_share, candidates=max_slices, draws=draws, seed=seed, cancel=cancel)
    searched = search_and_test(losses, conditions, settings)
    overall = _overall(losses)
    limit = _default_margin(losses) if margin is None else margin
    told = SlicesFound(
        tested=searched.tested, kind=kind, label=losses.label, margin=limit, visible=searched.visible,
        overall=overall, tested_rows=searched.tested_rows, looked_through=searched.looked_through, table=rows.name,
    )  # fmt: skip
    return WeakSlicesResult(
        findings=find(told), rows=len(losses.rows), seed=seed, reference=_REFERENCE,
        method=_method(study, searched, losses, sampled_from=len(every.rows), left_out=left_out, least_share=least_share),
        table=rows.name, loss=kind, loss_label=losses.label, promised=losses.expected is not None, margin=limit,
        slices=searched.tested, raw=searched.raw, overall_loss=overall.loss, overall_expected=overall.expected,
        visible=searched.visible, looked_through=searched.looked_through, tested_rows=searched.tested_rows,
        synthetic=study.synthetic,
    )  # fmt: skip


def _check_options(least_share: float, max_slices: int) -> None:
    if not 0 < least_share < 0.5:
        raise InputError(f"least_share={least_share}. Pass a share of the rows above 0 and below 0.5.")
    if not 1 <= max_slices <= 100:
        raise InputError(f"max_slices={max_slices}. Pass 1 to 100 slices to test.")


def _table(study: Study, name: str | None) -> Table:
    """Return the table to look at: as named, else the test, else production."""
    if name is None:
        return study.test if study.test is not None else study.need("production")
    if name == "test":
        return study.need("test")
    if name == "production":
        return study.need("production")
    if name not in study.tests:
        known = ("test", "production", *study.tests)
        raise UnknownNameError(f"table={name!r}. Allowed: {listed(dict.fromkeys(known))}.{did_you_mean(name, known)}")
    return study.tests[name]


def _columns(study: Study, rows: Table) -> tuple[tuple[str, ...], int]:
    columns = columns_to_slice(study, rows)
    if not columns:
        raise MissingInputError(
            "columns to slice by", f"Keep the model's input columns in {rows.name}, or name columns as groups=."
        )
    return columns[:_MOST_COLUMNS], max(len(columns) - _MOST_COLUMNS, 0)


def _overall(losses: RowLosses) -> Overall:
    """Return the mean loss and what was promised, with the interval of their difference by unit."""
    loss = losses.mean(losses.loss)
    if losses.expected is None:
        return Overall(loss, float("nan"), float("nan"), float("nan"))
    w = np.ones(len(losses.loss)) if losses.weights is None else losses.weights
    mean = losses.mean(losses.excess)
    by_unit = np.bincount(losses.units, weights=w * (losses.excess - mean) / w.sum())
    units = len(by_unit)
    if units < 2:
        return Overall(loss, losses.mean(losses.expected), -np.inf, np.inf)
    error = float(np.sqrt(units / (units - 1) * (by_unit**2).sum()))
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, units - 1)) * error
    return Overall(loss, losses.mean(losses.expected), mean - reach, mean + reach)


def _default_margin(losses: RowLosses) -> float:
    mean = losses.mean(losses.loss)
    wanted = min(0.03, 0.1 * mean) if losses.kind == "error" else 0.05 * mean
    return wanted if wanted > 0 else 0.03


def _method(
    study: Study, searched: Searched, losses: RowLosses, *, sampled_from: int, left_out: int, least_share: float
) -> str:
    compared = (
        f"{losses.label} less the model's own expected {losses.label}" if losses.expected is not None else losses.label
    )
    main = (
        f"{compared}, inside against outside, halves by {study.unit_name}, {searched.looked_through:,} slices of at least "
        f"{number(least_share, 'percent')} of the rows searched, {len(searched.tested)} tested on "
        f"{searched.tested_rows:,} other rows: {_TESTS[searched.test].format(unit=study.unit_name)}, Holm at 5 % (two-sided); "
        "intervals 95 % for all of them at once (CR1 by unit, Bonferroni)"
    )
    parts = [
        main,
        f"{len(losses.rows):,} of {sampled_from:,} labelled rows, whole units" if sampled_from > len(losses.rows) else "",
        "row weights count" if losses.weights is not None else "",
        f"the first {_MOST_COLUMNS} columns, {left_out} left out" if left_out else "",
        "without expected losses a noisy slice can't be told from a weak one" if losses.expected is None else "",
    ]  # fmt: skip
    return ". ".join(part[:1].upper() + part[1:] for part in parts if part)
