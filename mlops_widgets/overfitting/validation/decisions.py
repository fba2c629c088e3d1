"""Which score is enough: what mistakes cost at each decision threshold, overall and in slices."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.folds.splitters import draw_of_size
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.measures.thresholds import Mistakes, count_mistakes, honest_gain, plausible, threshold_grid
from mlops_widgets.overfitting.validation.decision_findings import find
from mlops_widgets.overfitting.validation.decision_prices import Prices, prices_of
from mlops_widgets.overfitting.validation.decision_production import Saved, saved_on
from mlops_widgets.overfitting.validation.decision_slices import SliceChoice, choose_in_slices
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import codes

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_FEWEST_EVENTS = 5
_LONGEST_NAME = 60
_RATIOS = np.geomspace(0.01, 100.0, 41)
"""Prices of a false negative in those of a false positive for which the optimum is worked out ahead."""
_REFERENCE = "Elkan (2001), IJCAI; Tsamardinos, Greasidou & Borboudakis (2018), Machine Learning 107; Hsu (1996), chapter 4; Abrevaya & Huang (2005)"


@dataclass(frozen=True, kw_only=True)
class ThresholdResult(Result):
    """What mistakes cost at each decision threshold, and the cheapest one.

    Parameters
    ----------
    false_positive_price, false_negative_price
        Price of either mistake; with `priced_by_row` factors of the prices in the table, 1 each.
    prices_given, priced_by_row
        Whether the prices come from the study or the call rather than being assumed alike; whether they differ by row.
    positive
        The class decided for at the threshold or above.
    thresholds
        (T,) rising.
    false_positive_cost, false_negative_cost
        (T,) mean over rows at a price (or factor) of 1.
    cost_variance_positive, cost_covariance, cost_variance_negative
        (T,) bootstrap variances and covariance of these.
    false_positive_share, false_negative_share
        (T,) shares of rows.
    positive_share
        Share of rows whose outcome is positive.
    present
        The threshold in use; NaN where the decisions don't follow from one.
    threshold, threshold_lower, threshold_upper
        The cheapest one at these prices, and the range of those that may be.
    cost, cost_present
        Mean cost of a row there and at the present threshold.
    gain, gain_lower, gain_upper
        What the cheapest saves a row over the present one, picked and judged on different rows; NaN without a present
        one.
    production_gain, production_lower, production_upper, production_rows
        The same on labelled production rows, which chose nothing; NaN and 0 without them.
    margin
        Largest cost a row that doesn't matter.
    ratios
        (R,) prices of a false negative in those of a false positive for which the next are given.
    ratio_lower, ratio_upper, ratio_gain, ratio_gain_lower, ratio_gain_upper
        (R,) range of thresholds that may be cheapest; gain over the present one, per unit of both prices together.
    ideal
        Where calibrated probabilities would put the threshold; NaN for scores that are none, and for prices by row.
    slices
        The same in slices.
    synthetic
        Whether the data were made up.
    """

    false_positive_price: float
    false_negative_price: float
    prices_given: bool
    priced_by_row: bool
    positive: str
    thresholds: Floats
    false_positive_cost: Floats
    false_negative_cost: Floats
    cost_variance_positive: Floats
    cost_covariance: Floats
    cost_variance_negative: Floats
    false_positive_share: Floats
    false_negative_share: Floats
    positive_share: float
    present: float
    threshold: float
    threshold_lower: float
    threshold_upper: float
    cost: float
    cost_present: float
    gain: float
    gain_lower: float
    gain_upper: float
    margin: float
    ratios: Floats
    ratio_lower: Floats
    ratio_upper: Floats
    ratio_gain: Floats
    ratio_gain_lower: Floats
    ratio_gain_upper: Floats
    ideal: float
    slices: tuple[SliceChoice, ...]
    synthetic: bool
    production_gain: float = float("nan")
    production_lower: float = float("nan")
    production_upper: float = float("nan")
    production_rows: int = 0

    def at(self, threshold: float) -> int:
        """Return the place in `thresholds` of the one nearest to this."""
        return int(np.abs(self.thresholds - threshold).argmin())

    def frame(self) -> "pd.DataFrame":
        """Return one row a threshold: cost of a row with its 95 % band, and shares of the two mistakes."""
        import pandas as pd

        a, b = self.false_positive_price, self.false_negative_price
        cost = a * self.false_positive_cost + b * self.false_negative_cost
        variance = (
            a**2 * self.cost_variance_positive + 2 * a * b * self.cost_covariance + b**2 * self.cost_variance_negative
        )
        reach = 1.96 * np.sqrt(np.maximum(variance, 0))
        return pd.DataFrame({
            "threshold": self.thresholds, "cost": cost, "lower": cost - reach, "upper": cost + reach,
            "false_positive_share": self.false_positive_share, "false_negative_share": self.false_negative_share,
        })  # fmt: skip


@strategy("OV-DE")
def choose_threshold(
    study: Study, *, false_positive_price: float | None = None, false_negative_price: float | None = None,
    margin: float | None = None, draws: int = 200, max_rows: int = 20_000, seed: int = 0,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> ThresholdResult:  # fmt: skip
    """Find the decision threshold at which mistakes cost least, and whether it is worth moving there.

    Measured on the test. A threshold picked on the same rows that judge it looks too good; so what it saves is
    estimated on rows left out of the picking, and once more on production, as far as its labels have come.

    Parameters
    ----------
    study
        Binary, with a labelled test and a model that gives scores. Its `values` are the prices, its
        `decision_threshold` the present threshold (else 0.5 of a probability, 0 of a raw score).
    false_positive_price, false_negative_price
        What deciding positively costs where it was wrong, and what deciding negatively does, more than the right
        decision would; above 0, in any one unit. By default from the study's `values`, else both 1.
    margin
        Largest cost a row that doesn't matter, above 0; by default 5 % of the present cost.
    draws
        Bootstrap draws, 100 or more.
    max_rows
        Most rows of the test; more are sampled in whole units.
    seed
        Seed of all draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ThresholdResult or NoResult
        Findings: OV-DE-01 what moving the threshold saves, OV-DE-02 slices that want another one, OV-DE-03 whether the
        probabilities lead to the same threshold.

    Raises
    ------
    InputError
        If an option is out of its range, or prices aren't above 0.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.choose_threshold(mw.sample("census"), false_negative_price=3, draws=100)
    >>> result.threshold_lower <= result.threshold <= result.threshold_upper
    True
    """
    check_margin(margin, "the largest cost a row that doesn't matter")
    check_counts(draws=(draws, 100), max_rows=(max_rows, 100), seed=(seed, 0))
    if study.task != "binary":
        raise MissingInputError(
            "binary outcome", "A threshold decides between two classes: make the target a question of yes or no."
        )
    rows = _rows(study, study.need("test"), max_rows, seed)
    prices = prices_of(study, rows, false_positive_price, false_negative_price)
    rows, prices = rows.take(prices.known), prices.take(prices.known)
    _check_events(rows)
    present = present_threshold(study, rows)
    grid = threshold_grid(rows.output, present=None if np.isnan(present) else present)
    units = None if study.unit == "row" else codes(rows.units)
    counted = count_mistakes(
        rows.output, rows.y, grid, prices=(prices.false_positive, prices.false_negative), weights=rows.weights, units=units,
        draws=draws, seed=seed, cancel=cancel,
    )  # fmt: skip
    tell(progress, 0.5, "counted mistakes")
    slices = choose_in_slices(study, rows, counted, prices, draws=draws, seed=seed, cancel=cancel)
    tell(progress, 1.0, "compared slices")
    found = _result(study, rows, counted, prices, present=present, margin=margin, slices=slices, seed=seed, draws=draws)
    later = _later(study, found, (false_positive_price, false_negative_price), max_rows=max_rows, draws=draws)
    found = replace(
        found, production_gain=later.value, production_lower=later.lower, production_upper=later.upper,
        production_rows=later.rows,
    )  # fmt: skip
    return replace(found, findings=find(found, groups=bool(study.roles.groups)))


def _later(
    study: Study, found: ThresholdResult, given: tuple[float | None, float | None], *, max_rows: int, draws: int
) -> Saved:
    """Return what the move saves on labelled production rows; nothing where these, or their prices, are missing."""
    table = study.production
    if table is None or study.outcome.target not in table or np.isnan(found.present):
        return Saved()
    seed = found.seed or 0
    try:
        rows = _rows(study, table, max_rows, seed)
        _check_events(rows)
        prices = prices_of(study, rows, *given)
    except (MissingInputError, InputError):  # too few labels, or prices by row that make no mistake cost anything there
        return Saved()
    rows, prices = rows.take(prices.known), prices.take(prices.known)
    if rows.n == 0:
        return Saved()
    return saved_on(study, rows, prices, threshold=found.threshold, present=found.present, draws=draws, seed=seed)


def _rows(study: Study, table: Table, max_rows: int, seed: int) -> Measured:
    rows = study.measure(table, get_metric("roc_auc", "binary"))
    rows = rows.take(np.isfinite(rows.output))
    if rows.n <= max_rows:
        return rows
    rng = np.random.default_rng(seed)
    return rows.take(np.sort(draw_of_size(np.arange(rows.n), max_rows, rng=rng, units=rows.units)))


def _check_events(rows: Measured) -> None:
    if rows.n == 0 or min(rows.y.sum(), (1 - rows.y).sum()) < _FEWEST_EVENTS:
        raise MissingInputError(
            f"test with {_FEWEST_EVENTS} rows of either outcome",
            "Mistakes of both kinds must be possible: pass more rows as test=.",
        )


def present_threshold(study: Study, rows: Measured) -> float:
    """Return the score from which on the model decides positively, or NaN where its decisions don't follow from one."""
    if study.decision_threshold is not None:
        return study.decision_threshold
    usual = 0.5 if "probabilities" in study.model.can else 0.0
    if "predict" not in study.model.can:
        return float("nan")
    decided = study.model.predictions(rows.table)[rows.rows] == 1
    if ((rows.output >= usual) == decided).all():
        return usual
    if not decided.any() or decided.all():
        return float("nan")
    lowest = float(rows.output[decided].min())
    return lowest if lowest > float(rows.output[~decided].max()) else float("nan")


def _result(
    study: Study, rows: Measured, counted: Mistakes, prices: Prices, *, present: float, margin: float | None,
    slices: tuple[SliceChoice, ...], seed: int, draws: int,
) -> ThresholdResult:  # fmt: skip
    a, b = prices.of_positive, prices.of_negative
    best, cost = counted.best(a, b), counted.cost(a, b)
    nothing = (float("nan"),) * 3
    here = None if np.isnan(present) else int(np.abs(counted.thresholds - present).argmin())
    ratios = np.union1d(_RATIOS, [b / a])
    at_ratio = [(1 / (1 + ratio), ratio / (1 + ratio)) for ratio in ratios]
    ranges = np.array([plausible(counted, *each) for each in at_ratio])
    gains = np.array([nothing if here is None else honest_gain(counted, *each, present=here) for each in at_ratio])
    gain = nothing if here is None else honest_gain(counted, a, b, present=here)
    low, high = plausible(counted, a, b)
    shares = _shares(rows, counted.thresholds)
    first, second, third = counted.covariance()
    return ThresholdResult(
        findings=(), rows=rows.n, seed=seed, method=_method(study, prices, draws, rows), reference=_REFERENCE,
        false_positive_price=a, false_negative_price=b, prices_given=prices.given, priced_by_row=prices.by_row,
        positive=str(study.outcome.positive)[:_LONGEST_NAME], thresholds=counted.thresholds, false_positive_cost=counted.false_positive,
        false_negative_cost=counted.false_negative, cost_variance_positive=first, cost_covariance=second,
        cost_variance_negative=third, false_positive_share=shares[0], false_negative_share=shares[1],
        positive_share=float(np.average(rows.y, weights=rows.weights)), present=present,
        threshold=float(counted.thresholds[best]), threshold_lower=low, threshold_upper=high, cost=float(cost[best]),
        cost_present=float("nan") if here is None else float(cost[here]), gain=gain[0], gain_lower=gain[1],
        gain_upper=gain[2], margin=_margin(margin, float(cost[best if here is None else here])), ratios=ratios,
        ratio_lower=ranges[:, 0], ratio_upper=ranges[:, 1], ratio_gain=gains[:, 0], ratio_gain_lower=gains[:, 1],
        ratio_gain_upper=gains[:, 2], slices=slices, synthetic=study.synthetic,
        ideal=a / (a + b) if "probabilities" in study.model.can and not prices.by_row else float("nan"),
    )  # fmt: skip


def _margin(margin: float | None, cost: float) -> float:
    return max(0.05 * abs(cost), 1e-9) if margin is None else margin


def _shares(rows: Measured, thresholds: Floats) -> tuple[Floats, Floats]:
    """Return the shares of rows that are false positives and false negatives at each threshold."""
    reached, weights = np.searchsorted(thresholds, rows.output, side="right"), rows.weights
    total, bins = float(weights.sum()), len(thresholds) + 1
    wrong = np.bincount(reached, weights * (rows.y == 0), minlength=bins)
    missed = np.bincount(reached, weights * (rows.y == 1), minlength=bins)
    return wrong[::-1].cumsum()[::-1][1:] / total, missed.cumsum()[:-1] / total


def _method(study: Study, prices: Prices, draws: int, rows: Measured) -> str:
    labelled = int((~np.isnan(study.labels(rows.table))).sum())
    sampled = "" if rows.n == labelled else f" {rows.n:,} of {labelled:,} labelled rows used."
    weighted = " Row weights count." if study.roles.weights else ""
    return (
        f"Mean cost of a row on the test. {draws} bootstrap draws by {study.unit_name}; a threshold counts as possibly "
        "cheapest unless another is cheaper beyond chance, all pairs judged at once (95 %); the saving is that of "
        "thresholds picked in a draw on the rows left out of it, with the interval of the paired difference. "
        f"{prices.words} At prices moved in the browser both are those of the nearest of {len(_RATIOS)} price ratios, 26 % apart."
        f"{weighted}{sampled}"
    )  # fmt: skip
