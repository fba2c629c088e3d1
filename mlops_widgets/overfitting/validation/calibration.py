"""Do the model's probabilities come true: reliability curves, what miscalibration costs, and where it lies."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.calibration import (
    Kind,
    Line,
    Parts,
    Pooled,
    calibrated_outcomes,
    corp_test,
    curve,
    mean_difference,
    recalibration_line,
)
from mlops_widgets.measures.folds.splitters import draw_of_size
from mlops_widgets.measures.metrics import Metric, get_metric
from mlops_widgets.overfitting.validation.calibration_findings import find
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import FEWEST_QUOTED, Table
from mlops_widgets.study.timeline import codes

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

FEWEST_ROWS = 20
"""Below twenty labelled rows a curve says nothing."""
_LONGEST_NAME = 60
_REFERENCE = (
    "Dimitriadis, Gneiting & Jordan (2021), PNAS 118 (CORP); Gneiting & Resin (2023), EJS 17 (means); Cox (1958); "
    "Cameron, Gelbach & Miller (2008)"
)


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """How forecasts came true on one table.

    Parameters
    ----------
    table
        "test", another test's name, or "production".
    rows, events, units
        Labelled rows used, those of the rarer outcome (all in regression), and resampling units.
    left_out
        Labelled rows left out because there were more than `max_rows`.
    forecast_mean, observed_mean
        What the model forecast on average, and what came.
    bias, bias_lower, bias_upper
        Observed less forecast, with its 95 % interval.
    gap, gap_lower, gap_upper
        Root mean square distance of the forecasts from their own best straight correction, with its 95 % region; NaN
        where there is none.
    slope, slope_lower, slope_upper
        Slope of that correction: below 1 forecasts are too extreme; NaN where there is none.
    p_value
        Of the test that the forecasts are calibrated.
    chance
        Miscalibration that chance alone makes on as many rows.
    parts, log_parts
        The mean squared error (Brier score) and the log loss taken apart; the second is None in regression.
    margin
        Largest gap that doesn't matter.
    forecast, observed, lower, upper, bin_rows
        The curve: mean forecast of each bin, its isotonic outcome, where 95 % of such curves lie while calibrated, and
        rows.
    """

    table: str
    rows: int
    events: int
    units: int
    left_out: int
    forecast_mean: float
    observed_mean: float
    bias: float
    bias_lower: float
    bias_upper: float
    gap: float
    gap_lower: float
    gap_upper: float
    slope: float
    slope_lower: float
    slope_upper: float
    p_value: float
    chance: float
    parts: Parts
    log_parts: Parts | None
    margin: float
    forecast: tuple[float, ...]
    observed: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    bin_rows: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class CalibrationResult(Result):
    """Reliability on the test and, where its labels have come, in production.

    Parameters
    ----------
    task
        The study's task.
    what
        What is forecast, in words: "probability of 'yes'", "confidence in the predicted class", "price".
    tables
        One for each table measured, the test first.
    synthetic
        Whether the data were made up.
    """

    task: str
    what: str
    tables: tuple[Reliability, ...]
    synthetic: bool

    def table(self, name: str) -> Reliability:
        """Return the reliability on the table of this name."""
        return next(each for each in self.tables if each.table == name)

    def frame(self) -> "pd.DataFrame":
        """Return one row a bin: table, mean forecast, isotonic outcome, consistency band, rows."""
        import pandas as pd

        columns = ("table", "forecast", "observed", "lower", "upper", "rows")
        rows = [
            (each.table, *point)
            for each in self.tables
            for point in zip(each.forecast, each.observed, each.lower, each.upper, each.bin_rows, strict=True)
        ]
        return pd.DataFrame(rows, columns=list(columns))


@strategy("OV-CA")
def measure_calibration(
    study: Study, *, margin: float | None = None, draws: int = 400, max_rows: int = 20_000, seed: int = 0,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> CalibrationResult:  # fmt: skip
    """Find out whether the model's probabilities come true, on the test and in production.

    Where the model says 30 %, do 30 % come? The curve is the isotonic regression of outcomes on forecasts (CORP), with
    the band in which it would lie if the forecasts were calibrated. Several classes are measured by the probability of
    the class predicted, a regression by its predictions (does what is forecast come true on average, at every level?).

    Parameters
    ----------
    study
        Needs a labelled test and a model that gives probabilities; a regression, its predictions.
    margin
        Largest distance between forecasts and what comes true that doesn't matter, above 0: for probabilities in
        shares, by default .03, or a fifth of the rarer outcome's share where that is less; in regression in the target's
        unit, by default .32 of RMSE, which is what adds 5 % to it.
    draws
        Outcomes drawn under calibration for test and band, 100 or more.
    max_rows
        Most rows of each table; more are sampled in whole units.
    seed
        Seed of all draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    CalibrationResult or NoResult
        Findings: OV-CA-01 the gap on the test, OV-CA-02 too high or too low on average, OV-CA-03 too sure or too timid,
        OV-CA-04 the gap in production.

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.measure_calibration(mw.sample("census"), draws=100)
    >>> [each.table for each in result.tables], result.what
    (['test', 'production'], "probability of '1'")
    """
    check_margin(margin, "the largest gap that doesn't matter")
    check_counts(draws=(draws, 100), max_rows=(max_rows, 100), seed=(seed, 0))
    metric = _metric(study)
    tables = [study.need("test")]
    if study.production is not None and study.outcome.target in study.production:
        tables.append(study.production)
    found = []
    for place, table in enumerate(tables):
        check_cancel(cancel)
        measured = _measured(study, table, metric, first=place == 0)
        if measured is not None:
            rng = np.random.default_rng([seed, place])
            found.append(_reliability(study, measured, most=max_rows, margin=margin, draws=draws, rng=rng))
        tell(progress, (place + 1) / len(tables), f"measured {table.name}")
    result = CalibrationResult(
        findings=(), rows=sum(each.rows for each in found), seed=seed, method=_method(study, found, draws),
        reference=_REFERENCE, task=study.task, what=_what(study), tables=tuple(found), synthetic=study.synthetic,
    )  # fmt: skip
    return replace(result, findings=find(result))


def _metric(study: Study) -> Metric:
    """Return a metric that needs of the model what is measured here."""
    name = {"binary": "brier", "multiclass": "log_loss", "regression": "rmse"}[study.task]
    return get_metric(name, study.task)


def _what(study: Study) -> str:
    if study.task == "binary":
        return f"probability of {str(study.outcome.positive)[:_LONGEST_NAME]!r}"
    return "confidence in the predicted class" if study.task == "multiclass" else study.outcome.target[:_LONGEST_NAME]


def _measured(study: Study, table: Table, metric: Metric, *, first: bool) -> Measured | None:
    """Return the labelled rows; None of production where too few have come, an error of the test."""
    try:
        found = study.measure(table, metric)
    except MissingInputError:
        if first:
            raise
        return None
    if found.n >= FEWEST_ROWS:
        return found
    if first:
        raise MissingInputError(
            f"test of {FEWEST_ROWS} labelled rows or more", f"It has {found.n}: pass more rows as test=."
        )
    return None


def _capped(measured: Measured, most: int, rng: np.random.Generator) -> Measured:
    if measured.n <= most:
        return measured
    return measured.take(np.sort(draw_of_size(np.arange(measured.n), most, rng=rng, units=measured.units)))


def _pairs(study: Study, measured: Measured) -> tuple[Floats, Floats, Kind]:
    """Return outcomes, forecasts and their kind; of several classes whether the predicted one came."""
    if study.task == "regression":
        return measured.y, measured.output, "mean"
    if study.task == "binary":
        return measured.y, np.clip(measured.output, 0.0, 1.0), "probability"
    hit = measured.output.argmax(axis=1) == measured.y
    return hit.astype(np.float64), np.clip(measured.output.max(axis=1), 0.0, 1.0), "probability"


def _reliability(
    study: Study, everything: Measured, *, most: int, margin: float | None, draws: int, rng: np.random.Generator
) -> Reliability:
    measured = _capped(everything, most, rng)
    y, forecasts, kind = _pairs(study, measured)
    units = None if study.unit == "row" else codes(measured.units)
    weights = measured.weights if study.roles.weights else np.ones(len(y))
    pooled = Pooled(forecasts, weights)
    p_value, chance = corp_test(
        pooled, y, calibrated_outcomes(y, forecasts, units=units, kind=kind, draws=draws, rng=rng)
    )
    drawn = curve(
        y, forecasts, calibrated_outcomes(y, forecasts, units=units, kind=kind, draws=draws, rng=rng), weights=weights,
        fewest_rows=FEWEST_QUOTED,
    )  # fmt: skip
    bias, bias_lower, bias_upper = mean_difference(y, forecasts, weights=weights, units=units)
    line = recalibration_line(y, forecasts, kind=kind, weights=weights, units=units) or _no_line()
    parts = pooled.parts(y)
    share = float(np.average(y, weights=weights))
    ends = (0.0, 1.0) if kind == "probability" else (-np.inf, np.inf)  # errors with their sign changed leave the range
    return Reliability(
        table=measured.table.name, rows=len(y), units=len(np.unique(measured.units)), left_out=everything.n - measured.n,
        events=len(y) if kind == "mean" else int(min(y.sum(), len(y) - y.sum())),
        forecast_mean=float(np.average(forecasts, weights=weights)), observed_mean=share,
        bias=bias, bias_lower=bias_lower, bias_upper=bias_upper, gap=line.gap, gap_lower=line.gap_lower,
        gap_upper=line.gap_upper, slope=line.slope, slope_lower=line.slope_lower, slope_upper=line.slope_upper,
        p_value=p_value, chance=chance, parts=parts, log_parts=None if kind == "mean" else pooled.parts(y, loss="log"),
        margin=_margin(kind, share, parts.score) if margin is None else margin,
        forecast=tuple(drawn.forecast.tolist()), observed=tuple(drawn.observed.tolist()),
        lower=tuple(np.clip(drawn.lower, *ends).tolist()), upper=tuple(np.clip(drawn.upper, *ends).tolist()), bin_rows=tuple(drawn.rows.tolist()),
    )  # fmt: skip


def _no_line() -> Line:
    nan = float("nan")
    return Line(intercept=nan, slope=nan, slope_lower=nan, slope_upper=nan, gap=nan, gap_lower=nan, gap_upper=nan)


def _margin(kind: Kind, share: float, squared_error: float) -> float:
    """Return the default margin; see `measure_calibration`."""
    if kind == "mean":
        return max(float(np.sqrt(1.05**2 - 1) * np.sqrt(squared_error)), 1e-9)
    return max(min(0.03, min(share, 1 - share) / 5), 1e-4)


def _method(study: Study, found: list[Reliability], draws: int) -> str:
    independent = study.unit == "row" and study.task != "regression"
    how = (
        "outcomes drawn from the model's own probabilities"
        if independent
        else f"errors whose sign changes at random by {study.unit_name} (wild bootstrap)"
    )
    sampled = " Rows above max_rows were left out, in whole units." if any(each.left_out for each in found) else ""
    weighted = " Row weights count." if study.roles.weights else ""
    classes = (
        " Several classes: the probability of the predicted class against how often it came."
        if study.task == "multiclass"
        else ""
    )
    return (
        f"Isotonic regression of outcomes on forecasts (CORP); test and 95 % band from {draws} draws under calibration, "
        f"{how}. Gap and slope: the best straight correction{'' if study.task == 'regression' else ' of the log odds'}, "
        f"95 % region by {study.unit_name} (sandwich). The curve is drawn from bins of equal rows. Margin "
        f"{', '.join(number(each.margin) for each in found)}.{classes}{weighted}{sampled}"
    )  # fmt: skip
