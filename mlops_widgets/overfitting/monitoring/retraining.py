"""Whether a retrained model would do better: learned on the earlier half of production, tested on the later half."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.errors import InputError, ModelError
from mlops_widgets.measures.change import Part
from mlops_widgets.overfitting.monitoring.change_pair import capped
from mlops_widgets.overfitting.monitoring.stages import Settings, resampler, sample_units, weights_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]

FEWEST_ROWS = 100
_LEVEL = 0.975  # two refits are tried: together they miss in 5 %


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """What a refit gains on the later half of production.

    Parameters
    ----------
    name
        "recent": learned from the earlier half of production; "all": from that and everything before it.
    rows
        Rows that it learned from.
    gain
        How much better than the model of today, in the metric's unit, with an interval that holds for both refits.
    """

    name: str
    rows: int
    gain: Part


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """The refits tried, and the rows that they were tested on; or why none was."""

    tried: tuple[Retrained, ...] = ()
    test_rows: int = 0
    why_not: str = ""


def try_retraining(study: Study, settings: Settings) -> Retraining:
    """Return what refits on rows up to the middle of production gain after it; in order of rows without time."""
    if "refit" not in study.model.can:
        return Retraining(why_not="the model can't be refitted here")
    production = study.need("production")
    labelled = study.measure(production)
    earlier, later = _halves(study, labelled)
    if min(len(earlier), len(later)) < FEWEST_ROWS:
        return Retraining(why_not=f"half of production has fewer than {FEWEST_ROWS} labelled rows")
    recent = production.take(labelled.rows[earlier])
    tables = {"recent": recent, "all": _joined(study, recent)}
    now = capped(labelled.take(later), settings.max_fit_rows, seed=settings.seed)
    try:
        return _tried(study, settings, tables, now)
    except ModelError as error:
        return Retraining(why_not=f"a refit failed: {error.claim}")
    except InputError:
        return Retraining(why_not=f"{study.metric.label} has no value on the later half of production")


def _halves(study: Study, labelled: Measured) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return positions of the earlier and the later labelled rows; a time block goes where it begins."""
    times = study.times(labelled.table)
    when = np.arange(labelled.n, dtype=np.float64) if times is None else times[labelled.rows]
    if study.unit == "time block":
        first = np.full(int(labelled.units.max()) + 1, np.inf)
        np.minimum.at(first, labelled.units, np.where(np.isnan(when), np.inf, when))
        when = first[labelled.units]
    known = np.flatnonzero(np.isfinite(when))
    middle = np.median(when[known]) if len(known) else 0.0
    before = when[known] < middle
    if not before.any():  # one time for half of the rows or more
        before = when[known] <= middle
    return known[before], known[~before]


def _joined(study: Study, recent: Table) -> Table:
    """Return all labelled rows up to the middle of production."""
    parts = [table for table in (study.reference, study.test, recent) if table is not None]
    target = study.outcome.target
    usable = [t for t in parts if target in t and set(study.model.features) <= set(t.columns)]
    columns = [name for name in usable[0].columns if all(name in t for t in usable)]
    frames = [t.pandas()[columns] for t in usable]
    joined = recent.replace(pd.concat(frames, ignore_index=True), name="rows up to now")
    known = ~np.isnan(study.labels(joined))
    return joined.take(np.flatnonzero(known))


def _tried(study: Study, settings: Settings, tables: dict[str, Table], now: Measured) -> Retraining:
    metric, weights = now.metric, weights_of(study, now)
    drawing = resampler(study, now.units, settings, extra=7)
    judged = now.table.take(now.rows)
    scored = {"now": (metric, now.y, now.output)}
    rows = {}
    for name, table in tables.items():
        check_cancel(settings.cancel)
        learned = sample_units(study, table, settings)
        refitted = study.learner.refit(learned)
        rows[name] = learned.rows
        scored[name] = (metric, now.y, study.output(judged, metric, refitted))
    draws = drawing.draws(scored, sample_weights=weights, cancel=settings.cancel)
    values = {name: metric(y, output, weights) for name, (_, y, output) in scored.items()}
    freedom = drawing.count(np.ones(now.n, dtype=np.bool_)) - 1
    found = []
    for name in tables:
        gains = metric.gain(draws[name], draws["now"])
        kept = gains[~np.isnan(gains)]
        value = float(metric.gain(values[name], values["now"]))
        enough = freedom >= 1 and 2 * len(kept) >= len(gains)
        reach = float(stats.t.ppf(0.5 + _LEVEL / 2, freedom) * kept.std(ddof=1)) if enough else np.inf
        found.append(
            Retrained(name=name, rows=rows[name], gain=Part(value=value, lower=value - reach, upper=value + reach))
        )
    return Retraining(tried=tuple(found), test_rows=now.n)
