"""Whether a retrained model would do better: learned on the earlier half of production, tested on the later half."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.errors import InputError, ModelError
from mlops_widgets.measures.change import Part
from mlops_widgets.overfitting.monitoring.change_pair import capped
from mlops_widgets.study.over_time.stages import Settings, resampler, sample_units
from mlops_widgets.study.scoring import weights_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]

FEWEST_ROWS = 100
_LEVEL = 0.975  # two refits are candidates: together they miss in 5 %


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """What a refit gains on the later half of production.

    Parameters
    ----------
    name
        "recent": learned from the earlier half of production; "all": from that and everything before it; "older": from
        as many rows before production as "recent" did.
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
    """The refits tried, and the rows that they were tested on; or why none was.

    `older` is the control: what as many rows gain that aren't newer. `newness` is how much better "recent" is than it, at
    95 %: what recent rows are worth for being recent. Neither where no refit gains, or older rows are too few.
    """

    tried: tuple[Retrained, ...] = ()
    older: Retrained | None = None
    newness: Part | None = None
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
    recent = sample_units(study, production.take(labelled.rows[earlier]), settings)
    every = _joined(study, production.take(labelled.rows[earlier]))
    now = capped(labelled.take(later), settings.max_fit_rows, seed=settings.seed)
    try:
        return _tried(study, settings, recent, every, now)
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


def _joined(study: Study, *recent: Table) -> Table | None:
    """Return all labelled rows before production, and the recent ones given; None where there are none."""
    parts = [table for table in (study.reference, study.test, *recent) if table is not None]
    target = study.outcome.target
    usable = [t for t in parts if target in t and set(study.model.features) <= set(t.columns)]
    if not usable:
        return None
    columns = [name for name in usable[0].columns if all(name in t for t in usable)]
    frames = [t.pandas()[columns] for t in usable]
    joined = usable[-1].replace(pd.concat(frames, ignore_index=True), name="rows up to now")
    known = ~np.isnan(study.labels(joined))
    return joined.take(np.flatnonzero(known))


def _tried(study: Study, settings: Settings, recent: Table, every: Table | None, now: Measured) -> Retraining:
    contest = _Contest(study, settings, now)
    tried = [contest.enter("recent", recent)]
    if every is not None:
        tried.append(contest.enter("all", sample_units(study, every, settings)))
    older = _joined(study) if any(each.gain.lower > 0 for each in tried) else None
    if older is None or older.rows < recent.rows:
        return Retraining(tried=tuple(tried), test_rows=now.n)
    control = contest.enter("older", sample_units(study, older, replace(settings, max_fit_rows=recent.rows)))
    newness = contest.better("recent", "older", level=0.95)
    return Retraining(tried=tuple(tried), test_rows=now.n, older=control, newness=newness)


class _Contest:
    """Refits against the model of today on the same rows, under the same bootstrap draws."""

    def __init__(self, study: Study, settings: Settings, now: Measured) -> None:
        self._study, self._settings, self._now = study, settings, now
        self._drawing = resampler(study, now.units, settings, extra=7)
        self._judged, self._weights = now.table.take(now.rows), weights_of(study, now)
        self._scores: dict[str, tuple[float, Floats]] = {}
        self._score("now", now.output)

    def enter(self, name: str, table: Table) -> Retrained:
        """Return what the model gains when it learns from this table."""
        check_cancel(self._settings.cancel)
        output = self._study.output(self._judged, self._now.metric, self._study.learner.refit(table))
        self._score(name, output)
        return Retrained(name=name, rows=table.rows, gain=self.better(name, "now", level=_LEVEL))

    def better(self, one: str, other: str, *, level: float) -> Part:
        """Return how much better one scores than the other, with an interval from paired draws."""
        gain, freedom = self._now.metric.gain, self._drawing.count(np.ones(self._now.n, dtype=np.bool_)) - 1
        (value, draws), (beaten, others) = self._scores[one], self._scores[other]
        gains = np.asarray(gain(draws, others))
        kept, found = gains[~np.isnan(gains)], float(gain(value, beaten))
        enough = freedom >= 1 and 2 * len(kept) >= len(gains)
        reach = float(stats.t.ppf(0.5 + level / 2, freedom) * kept.std(ddof=1)) if enough else np.inf
        return Part(value=found, lower=found - reach, upper=found + reach)

    def _score(self, name: str, output: Floats) -> None:
        metric, y = self._now.metric, self._now.y
        draws = self._drawing.draws(
            {name: (metric, y, output)}, sample_weights=self._weights, cancel=self._settings.cancel
        )
        self._scores[name] = metric(y, output, self._weights), draws[name]
