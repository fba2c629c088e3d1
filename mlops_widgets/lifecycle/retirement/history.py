"""Each signal chunk by chunk, with its interval, and on the test before anything could have changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.errors import MissingInputError
from mlops_widgets.lifecycle.recovery.contenders import Contest
from mlops_widgets.lifecycle.retirement.ages import age_history, usage_history
from mlops_widgets.lifecycle.retirement.default_rules import prediction_errors
from mlops_widgets.lifecycle.retirement.groups import Gap, learn_gap
from mlops_widgets.lifecycle.retirement.spans import Span, missing_span
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.intervals import Estimate, estimate_from, paired_difference
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.scoring import resampler_of
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """What signals are measured with: the contest's study and stream, the rows of each chunk, the running cost, the challenger.

    Parameters
    ----------
    contest
        Study, stream, draws, seed.
    chunks
        Positions of each chunk's judged rows: labelled in time, not learned from.
    base
        Positions of the test's rows, pooled.
    learned
        Positions of labelled rows of the reference; without one, of the first chunk.
    running_cost
        What a chunk costs.
    challenger
        Another model, or None.
    """

    contest: Contest
    chunks: tuple[Integers, ...]
    base: Integers
    learned: Integers
    running_cost: float
    challenger: Predictor | None

    @property
    def study(self) -> Study:
        """The study."""
        return self.contest.study


def look_at(contest: Contest, *, running_cost: float, challenger: Predictor | None) -> Look:
    """Return the rows that signals are measured on."""
    stream = contest.stream
    judged = stream.in_time & (stream.of_row < stream.labelled_chunks()) & ~stream.is_reference
    of_row = np.where(judged, stream.of_row, -1)
    chunks = tuple(np.flatnonzero(of_row == each) for each in range(stream.count))
    learned = np.flatnonzero(stream.known & stream.is_reference)
    if not len(learned):
        learned = next((each for each in chunks if len(each)), np.empty(0, dtype=np.int64))
    return Look(
        contest=contest, chunks=chunks, base=np.flatnonzero(judged & ~stream.is_production), learned=learned,
        running_cost=running_cost, challenger=challenger or contest.study.challenger,
    )  # fmt: skip


def histories(look: Look, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Span]:
    """Return the history of each (signal, of); one that can't be measured says why."""
    found: dict[tuple[str, str], Span] = {}
    for key in keys:
        check_cancel(look.contest.cancel)
        if key in found:
            continue
        try:
            found[key] = _measure(look, *key)
        except MissingInputError as error:
            found[key] = missing_span(len(look.chunks), f"the study has no {error.missing}")
    return found


def _measure(look: Look, signal: str, of: str) -> Span:
    if signal in {"data age", "dependency age", "owner age"}:
        return age_history(look.study, look.contest.stream, of)
    if signal == "usage":
        return usage_history(look.contest.stream)
    measure, magnitude = _measures(look, signal, of)
    spans = [measure(rows) for rows in look.chunks]
    base = measure(look.base)
    return Span.of_estimates(spans, base, magnitude=magnitude)


def _measures(look: Look, signal: str, of: str) -> tuple[Callable[[Integers], Estimate | None], bool]:
    """Return the function from rows to an estimate, and whether the size of it counts."""
    if signal == "calibration":
        return means(look, _errors(look)), True
    if signal == "value":
        numbers = look.study.row_values(look.contest.stream.table)
        return means(look, numbers - running_costs(look, numbers)), False
    if signal == "group gap":
        gap = learn_gap(look.study, look.contest.stream, of, _outputs(look), look.learned)
        return lambda rows: _gap(look, gap, rows), False
    return _scores(look, signal), False


def _errors(look: Look) -> Floats:
    errors = prediction_errors(look.study, look.contest.stream.table)
    if errors is None:
        raise MissingInputError("probabilities", "Pass a model with predict_proba.")
    return errors


def _outputs(look: Look) -> Floats:
    return look.study.output(look.contest.stream.table)


def running_costs(look: Look, numbers: Floats) -> Floats:
    """Return each row's share of its chunk's running cost (rows,): divided by the chunk's judged rows that have one of `numbers` (rows,).

    So a chunk's rows bear the cost of one chunk, and the test's rows that of as many as they lie in.
    """
    shares = np.zeros(len(numbers))
    for rows in look.chunks:
        counted = rows[~np.isnan(numbers[rows])]
        shares[counted] = look.running_cost / max(len(counted), 1)
    return shares


def means(look: Look, numbers: Floats) -> Callable[[Integers], Estimate | None]:
    """Return the mean of numbers (rows,) with its interval."""
    units = look.contest.stream.units

    def measure(rows: Integers) -> Estimate | None:
        rows = rows[~np.isnan(numbers[rows])]
        if not len(rows):
            return None
        mean, lower, upper = clustered_mean(numbers[rows], units[rows])
        count = len(np.unique(units[rows]))
        return Estimate(value=mean, lower=lower, upper=upper, level=0.95, rows=len(rows), units=count, events=count)

    return measure


def _scores(look: Look, signal: str) -> Callable[[Integers], Estimate | None]:
    """Return the metric, or how much better the model is than a constant or the challenger is than the model."""
    study, contest = look.study, look.contest
    own, other = _outputs(look), None
    if signal == "challenger":
        if look.challenger is None:
            raise MissingInputError("challenger", "Pass challenger= to the study or here.")
        other = study.output(contest.stream.table, model=look.challenger)
    elif signal == "skill":
        other = contest.constant(contest.stream.table, contest.stream.y, look.learned)[0]

    def measure(rows: Integers) -> Estimate | None:
        if not len(rows):
            return None
        found = _pair(look, rows, own, other)
        return None if found is None else _turned(study.metric, signal, found)

    return measure


def _turned(metric: Metric, signal: str, e: Estimate) -> Estimate:
    """Return model minus other as a gain of the one that the signal is about."""
    sign = 1.0 if metric.greater_is_better else -1.0
    sign = {"metric": 1.0, "skill": sign, "challenger": -sign}[signal]
    low, high = sorted((sign * e.lower, sign * e.upper))
    return Estimate(
        value=sign * e.value, lower=low, upper=high, level=e.level, rows=e.rows, units=e.units, events=e.events
    )


def _pair(look: Look, rows: Integers, own: Floats, other: Floats | None) -> Estimate | None:
    """Return the metric of `own`, or `own` minus `other`, on these rows; None where it has no value there."""
    study, metric, stream = look.study, look.study.metric, look.contest.stream
    y, weights = stream.y[rows], None if study.roles.weights is None else stream.weights[rows]
    outputs = {"own": own[rows]} | ({} if other is None else {"other": other[rows]})
    one = np.ones((1, len(rows))) if weights is None else weights[None, :]
    points = {name: float(metric.draws(y, output, one)[0]) for name, output in outputs.items()}
    if any(np.isnan(point) for point in points.values()):
        return None
    drawing = resampler_of(study, stream.units[rows], draws=look.contest.draws, seed=look.contest.seed)
    drawn = drawing.draws({name: (metric, y, output) for name, output in outputs.items()}, sample_weights=weights)
    every = np.ones(len(rows), dtype=np.bool_)
    found = {
        name: _estimate(metric, (points[name], drawn[name]), drawing, (y, outputs[name]), every) for name in outputs
    }
    if other is None:
        return found["own"]
    return paired_difference(metric, found["own"], found["other"], drawn["own"], drawn["other"])


def _estimate(
    metric: Metric, found: tuple[float, Floats], drawing: Resampler, rows: tuple[Floats, Floats], inside: Mask
) -> Estimate:
    """Return the metric on the rows `inside` (n,), of which only their own units count."""
    y, output = rows
    deciding = inside.copy()
    deciding[inside] = metric.events(y[inside], output[inside])
    units, events = drawing.count(inside), drawing.count(deciding)
    return estimate_from(metric, *found, rows=int(inside.sum()), units=units, events=events)


def _gap(look: Look, gap: Gap, rows: Integers) -> Estimate | None:
    """Return how much worse the level is served than all others, both drawn together."""
    study, metric, stream = look.study, look.study.metric, look.contest.stream
    inside = gap.inside[rows]
    if not inside.any() or inside.all():
        return None
    outputs, y = gap.outputs[rows], stream.y[rows]
    parts = [(metric.prepare(y[mask], outputs[mask]), mask) for mask in (inside, ~inside)]
    own = stream.weights[rows][None, :]
    points = [float(kernel(own[:, mask])[0]) for kernel, mask in parts]
    if np.isnan(points).any():
        return None
    drawing = resampler_of(study, stream.units[rows], draws=look.contest.draws, seed=look.contest.seed)
    batches = drawing.weights(len(rows), draws=drawing.draws_of([metric]))
    both = [[kernel((batch * own)[:, mask]) for kernel, mask in parts] for batch in batches]
    drawn = [np.concatenate(each) for each in zip(*both, strict=True)]
    levels = [
        _estimate(metric, (points[place], drawn[place]), drawing, (y, outputs), mask)
        for place, mask in enumerate((inside, ~inside))
    ]
    found = paired_difference(metric, levels[1], levels[0], drawn[1], drawn[0])
    return _turned(metric, "skill", found)
