"""Today's model, a fresh one, a plain one and a constant answer on the same unseen rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.lifecycle.recovery.cuts import decided, learn_cuts
from mlops_widgets.lifecycle.recovery.naive import fit_plain, is_linear, learn_naive
from mlops_widgets.lifecycle.recovery.windows import Window, newest_third
from mlops_widgets.lifecycle.stream import Stream
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.losses import mean_of
from mlops_widgets.measures.metrics import Metric, get_metric
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.scoring import resampler_of
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Contest:
    """What is compared, by what, and how often it is drawn.

    Parameters
    ----------
    study, stream
        The study and its rows in the order of time.
    by_value
        Whether rows are judged by what the decision was worth, instead of by the metric.
    draws, seed
        Resamples, and their seed.
    max_fit_rows
        Most rows that a fresh model learns from, the newest.
    cancel
        Looked at before each fit.
    by_rank
        Whether outputs are scores, judged by ROC AUC: whether they tell rows apart at all, wherever a cut lies.
    """

    study: Study
    stream: Stream
    by_value: bool
    draws: int
    seed: int
    max_fit_rows: int
    cancel: Cancel | None = None
    by_rank: bool = False

    @cached_property
    def metric(self) -> Metric:
        """The study's metric, or the mean value of a row."""
        if self.by_rank:
            return get_metric("roc_auc", "binary")
        return value_metric() if self.by_value else self.study.metric

    def output(self, table: Table, y: Floats, model: Predictor) -> Floats:
        """Return what the metric needs of a model: (n,) or (n, classes); of values, each row's."""
        if not self.by_value:
            return self.study.output(table, model=model)
        return self.worth(table, y, model.predictions(table))

    def worth(self, table: Table, y: Floats, decided: Floats) -> Floats:
        """Return what these decisions (n,) were worth, row by row."""
        values = self.study.values
        return np.zeros(len(y)) if values is None else values.of_rows(table, y, decided)

    def constant(self, table: Table, y: Floats, learned: Integers) -> tuple[Floats, str]:
        """Return the naive answer to these rows, and its name."""
        if self.by_value:
            known = self.stream.table.take(learned)
            means = [
                float(np.nanmean(self.worth(known, self.stream.y[learned], np.full(len(learned), each))))
                for each in (0.0, 1.0)
            ]
            best = float(np.argmax(means))
            return self.worth(
                table, y, np.full(len(y), best)
            ), f"deciding {'positively' if best else 'negatively'} every time"
        naive = learn_naive(self.study, self.metric, self.stream.y[learned])
        return naive.output(self.metric, len(y)), naive.name


def value_metric() -> Metric:
    """Return the metric that is the mean of its outputs: what a row was worth."""
    return replace(
        get_metric("mae", "regression"), name="value", label="value a row", greater_is_better=True, lower=None,
        prepare=mean_of(lambda _, output: np.asarray(output, dtype=np.float64)), many=None,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The contenders' answers to the test rows of one window; `plain` is None where the model is linear itself.

    Of values also what "today, cut" and "fresh, cut" were worth at the thresholds `cuts`, best on earlier rows, and the scores of both.
    """

    y: Floats
    units: Integers
    weights: Floats
    by: Mapping[str, Floats]
    naive: str
    history: str
    learned_rows: int
    cuts: tuple[float, float] | None = None
    scores: Mapping[str, Floats] = field(default_factory=dict)


def contend(contest: Contest, window: Window, history: str | None) -> Outputs:
    """Return the answers on the test rows of `window`; without a `history` the better one is chosen on older rows."""
    study, stream = contest.study, contest.stream
    train = window.train[-contest.max_fit_rows :]
    chosen = history or choose_history(contest, train)
    learned = newest_third(train) if chosen == "newest third" else train
    table, y = stream.table.take(window.test), stream.y[window.test]
    check_cancel(contest.cancel)
    fresh = study.learner.refit(stream.table.take(learned, name="the newest labelled rows"))
    found = {"today": contest.output(table, y, study.model), "fresh": contest.output(table, y, fresh)}
    found["naive"], naive = contest.constant(table, y, window.train)
    if not contest.by_value and not is_linear(study.model):
        plain = fit_plain(study, stream.table.take(learned), stream.y[learned])
        found["plain"] = plain.output(contest.metric, table)
    cuts = learn_cuts(contest, train, shorten=chosen == "newest third") if contest.by_value else None
    scores: dict[str, Floats] = {}
    for name, model, cut in zip(("today", "fresh"), (study.model, fresh), cuts or (), strict=False):
        said, scores[name] = decided(model, table, cut)
        found[f"{name}, cut"] = contest.worth(table, y, said)
    return Outputs(
        y=y, units=stream.units[window.test], weights=stream.weights[window.test], by=found, naive=naive, history=chosen,
        learned_rows=len(learned), cuts=cuts, scores=scores,
    )  # fmt: skip


def choose_history(contest: Contest, train: Integers) -> str:
    """Return which history predicts the newest quarter of the known rows better; nothing after the origin is looked at."""
    study, stream = contest.study, contest.stream
    held = train[-max(1, len(train) // 4) :]
    older = train[: -len(held)]
    short = newest_third(older)
    y = stream.y[held]
    if len(short) >= len(older) or (
        study.task != "regression" and min(len(np.unique(stream.y[each])) for each in (short, held)) < 2
    ):
        return "all"
    table, scores = stream.table.take(held), {}
    for name, rows in (("all", older), ("newest third", short)):
        check_cancel(contest.cancel)
        model = study.learner.refit(stream.table.take(rows, name="older rows"))
        scores[name] = float(contest.metric.draws(y, contest.output(table, y, model), np.ones((1, len(y))))[0])
    better = contest.metric.gain(scores["newest third"], scores["all"])
    return "newest third" if better > 0 else "all"


def gains(
    contest: Contest, windows: list[Outputs], pairs: Mapping[str, tuple[str, str | float]]
) -> dict[str, Estimate]:
    """Return how much better one contender is than another, or than a number: the mean over windows, weighted by rows.

    Paired: both are drawn together, by the study's unit, within each window. The interval is Student's t on the draws' standard
    deviation with as many degrees of freedom as deciding units less one.

    Parameters
    ----------
    contest
        What is compared.
    windows
        The answers.
    pairs
        Name → (contender, other contender or number).
    """
    rows = sum(len(each.y) for each in windows)
    values, drawn, events, units = dict.fromkeys(pairs, 0.0), dict.fromkeys(pairs, np.zeros(1)), 0, 0
    for place, each in enumerate(windows):
        drawing = resampler_of(contest.study, each.units, draws=contest.draws, seed=contest.seed + place)
        scored = {name: (contest.metric, each.y, output) for name, output in each.by.items()}
        weighed = None if contest.study.roles.weights is None else each.weights
        found = drawing.draws(scored, sample_weights=weighed, cancel=contest.cancel)
        points = {
            name: float(contest.metric.draws(each.y, out, each.weights[None, :])[0]) for name, out in each.by.items()
        }
        share = len(each.y) / rows
        for pair, (a, b) in pairs.items():
            point, of_draws = (points[b], found[b]) if isinstance(b, str) else (b, np.full(1, b))
            values[pair] += share * float(contest.metric.gain(points[a], point))
            drawn[pair] = drawn[pair] + share * contest.metric.gain(found[a], of_draws)
        units += drawing.count(np.ones(len(each.y), dtype=np.bool_))
        events += drawing.count(contest.metric.events(each.y, each.by["today"]))
    return {pair: _estimate(values[pair], drawn[pair], rows=rows, units=units, events=events) for pair in pairs}


def _estimate(value: float, draws: Floats, *, rows: int, units: int, events: int) -> Estimate:
    kept = draws[~np.isnan(draws)]
    reach = np.inf
    if events > 1 and 2 * len(kept) >= len(draws):
        error = float(kept.std()) * float(np.sqrt(units / (units - 1)))
        reach = float(stats.t.ppf(0.975, events - 1)) * error
    return Estimate(
        value=value, lower=value - reach, upper=value + reach, level=0.95, rows=rows, units=units, events=events
    )
