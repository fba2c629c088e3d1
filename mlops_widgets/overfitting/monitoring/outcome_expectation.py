"""Classification without labels: calibrated probabilities stand for the outcomes."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.measures.label_free.cbpe import Expected, draw_outcomes
from mlops_widgets.measures.label_free.recalibration import Calibration, Gate, calibrate, gates_for
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.overfitting.monitoring.expectation import (
    FEWEST_EVENTS,
    FEWEST_UNITS,
    Answers,
    Options,
    Spread,
    labels_of,
    need_labelled,
    sample_whole_units,
)
from mlops_widgets.study.metric import ABILITY_FOR
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Singles = npt.NDArray[np.float32]

_BIAS_OF_HALF = 2 ** (2 / 3) - 1
"""How much larger isotonic regression's bias is on half of the rows, in biases on all."""
_MOST_ERROR_CELLS, _FEWEST_ERROR_ROWS = 16_000, 2_000
"""Rows times classes on which a chunk's standard errors are measured at most (whole units drawn at random), then scaled."""


class OutcomeExpectation:
    """Estimates of classification metrics on production from a calibration learned on the test.

    Parameters
    ----------
    study
        The study.
    options
        Draws and seed.
    """

    def __init__(self, study: Study, options: Options) -> None:
        self._study, self._options = study, options
        self._classes = len(study.outcome.classes)
        self.test, self._test_scores = _answers(study, study.need("test"))
        need_labelled(self.test, study)
        known = self.test.labelled
        self._weighted = study.roles.weights is not None
        self._learned_scores, self._learned_y = self._test_scores[known], self.test.y[known]
        self.gates: tuple[Gate, ...] = gates_for(
            self._learned_scores, self._learned_y, proper="probabilities" in study.model.can
        )
        self._calibration = calibrate(
            self._learned_scores, self._learned_y, self.gates, self._weights(self.test, known)
        )
        self.production, self._scores = _answers(study, study.need("production"))
        self._inflation: dict[str, float] = {}
        self._known: dict[tuple[str, bytes], Spread] = {}
        self._drawn: tuple[bytes, Singles, Singles] | None = None

    def metrics(self, chosen: tuple[Metric, ...]) -> tuple[Metric, ...]:
        """Return those of `chosen` that take row weights and that the model can answer."""
        return tuple(m for m in chosen if not m.whole_weights and ABILITY_FOR[m.needs] in self._study.model.can)

    def enough(self, rows: Integers) -> bool:
        """Say whether a chunk of these rows gets a score: units, or expected rows of the rarest class."""
        if not len(rows):
            return False
        if self._study.unit != "row" and len(np.unique(self.production.units[rows])) < FEWEST_UNITS:
            return False
        return float(self._calibration.chances(self._scores[rows]).sum(axis=1).min()) >= FEWEST_EVENTS

    def spread(self, metric: Metric, rows: Integers) -> Spread:
        """Return the estimate: Poisson-binomial sampling times the test's design effect, and the calibration's error."""
        key = metric.name, rows.tobytes()
        if key not in self._known:
            check_cancel(self._options.cancel)
            self._known[key] = self._spread(metric, rows)
        return self._known[key]

    def _spread(self, metric: Metric, rows: Integers) -> Spread:
        output = self._study.output(self.production.table, metric)
        value = self._expected(metric, self.production, output, rows).value(
            self._calibration.chances(self._scores[rows])
        )
        some, scale = self._sample(self.production, rows)
        drawn, moved = self._draws_on(some)
        expected, count = self._expected(metric, self.production, output, some), self._options.draws_of(metric)
        sampling = _deviation(expected.values(drawn[:count])) * scale * float(np.sqrt(self._design_effect(metric)))
        learning, bias = self._learned(
            expected.values(moved[:count]) - expected.value(self._calibration.chances(self._scores[some]))
        )
        return Spread(value=value, sampling=sampling, learning=learning, bias=bias,
                      freedom=self._freedom(metric, rows), rows=len(rows))  # fmt: skip

    def _learned(self, apart: Floats) -> tuple[float, float]:
        """Return the calibration's standard error and bias from the estimates by halves of the test, less the estimate.

        Isotonic regression on few rows is too steep. That fades with the rows to the power of two thirds, so the halves'
        mean shows how much is left; as that is uncertain, it counts as error too, and so does the chance of the halves.
        The model's own probabilities have no such bias; there the halves' mean shows what the gate couldn't see.
        """
        kept = apart[np.isfinite(apart)]
        if not len(kept):
            return float("nan"), 0.0
        if any(gate.recalibrate for gate in self.gates):
            bias = float(kept.mean()) / _BIAS_OF_HALF
            deviation = float(kept.std())
            chance_of_bias = deviation / np.sqrt(len(kept)) / _BIAS_OF_HALF  # a mean of finitely many halves
            return float(np.sqrt((deviation * self._half_scale) ** 2 + bias**2 + chance_of_bias**2)), bias
        return float(np.sqrt((kept**2).mean())) * self._half_scale, 0.0

    def _draws_on(self, rows: Integers) -> tuple[Singles, Singles]:
        """Return outcomes of these rows as drawn, and their probabilities by the halves' calibrations; for all metrics."""
        key = rows.tobytes()
        if self._drawn is None or self._drawn[0] != key:
            chance = self._calibration.chances(self._scores[rows])
            outcomes = draw_outcomes(chance, draws=self._options.draws, rng=np.random.default_rng(self._options.seed))
            moved = np.empty_like(outcomes)
            for each, calibration in zip(moved, self._halves, strict=True):
                check_cancel(self._options.cancel)
                each[...] = calibration.chances(self._scores[rows])
            self._drawn = key, outcomes, moved
        return self._drawn[1:]

    def _sample(self, answers: Answers, rows: Integers) -> tuple[Integers, float]:
        most = max(_MOST_ERROR_CELLS // self._classes, _FEWEST_ERROR_ROWS)
        return sample_whole_units(answers.units, rows, seed=self._options.seed, most=most)

    def compared(self, metric: Metric, rows: Integers) -> Spread:
        """Return the estimate on labelled rows; where units are more than rows, the larger of two sampling errors.

        Days or customers of production may differ more among themselves than those of the test: then the cluster
        bootstrap of realised minus estimated is the larger error.
        """
        found = self.spread(metric, rows)
        if self._study.unit == "row":
            return found
        some, scale = self._sample(self.production, rows)
        output = self._study.output(self.production.table, metric)
        own = self._clustered(metric, self.production, output, some, self._calibration.chances(self._scores[some]))
        return replace(found, sampling=max(found.sampling, own * scale)) if np.isfinite(own) else found

    def _weights(self, answers: Answers, rows: Integers) -> Floats | None:
        return answers.weights[rows] if self._weighted else None

    def _expected(self, metric: Metric, answers: Answers, output: Floats, rows: Integers) -> Expected:
        return Expected(metric, output[rows], classes=self._classes, weights=self._weights(answers, rows))

    @cached_property
    def _halves(self) -> list[Calibration]:
        """Calibrations by random halves of the test's units, isotonic whether or not the gate asks for it.

        Halves without replacement, since the bootstrap fails for isotonic regression (Sen, Banerjee & Woodroofe 2010) and
        subsampling holds (Politis, Romano & Wolf 1999).
        """
        every = tuple(Gate(recalibrate=True) for _ in self.gates)
        own = self._weights(self.test, self.test.labelled)
        units = self._test_units
        rng, found = np.random.default_rng(self._options.seed), []
        for _ in range(self._options.draws):
            kept = np.zeros(int(units.max()) + 1, dtype=np.bool_)
            kept[rng.permutation(len(kept))[: max(len(kept) // 2, 1)]] = True
            rows = kept[units]
            weights = None if own is None else own[rows]
            found.append(calibrate(self._learned_scores[rows], self._learned_y[rows], every, weights))
        return found

    @property
    def _test_units(self) -> Integers:
        return np.unique(self.test.units[self.test.labelled], return_inverse=True)[1]

    @property
    def _half_scale(self) -> float:
        """Return what makes the deviation of halves the standard error of the whole (delete-d jackknife, Shao & Wu 1989)."""
        count = int(self._test_units.max()) + 1
        half = max(count // 2, 1)
        return float(np.sqrt(half / (count - half))) if count > half else float("nan")

    def _clustered(self, metric: Metric, answers: Answers, output: Floats, rows: Integers, chance: Floats) -> float:
        """Return the standard error of realised minus estimated on labelled rows, by drawing whole units."""
        count = len(np.unique(answers.units[rows]))
        if count < 2:
            return float("nan")
        expected = self._expected(metric, answers, output, rows)
        kernel = metric.prepare(answers.y[rows], output[rows])
        own = self._weights(answers, rows)
        drawing = Resampler(answers.units[rows], draws=self._options.draws_of(metric), seed=self._options.seed)
        apart = [
            kernel(counts if own is None else counts * own.astype(np.float32)) - expected.weighted(chance, counts)
            for counts in drawing.weights(len(rows))
        ]
        return _deviation(np.concatenate(apart)) * float(np.sqrt(count / (count - 1)))

    def _design_effect(self, metric: Metric) -> float:
        """Return by how much units larger than rows multiply the sampling variance, measured on the test; 1 at least."""
        if self._study.unit == "row":
            return 1.0
        if metric.name not in self._inflation:
            rows, _ = self._sample(self.test, self.test.labelled)
            chance = self._calibration.chances(self._test_scores[rows])
            output = self._study.output(self.test.table, metric)
            clustered = self._clustered(metric, self.test, output, rows, chance)
            rng = np.random.default_rng(self._options.seed)
            outcomes = draw_outcomes(chance, draws=self._options.draws_of(metric), rng=rng)
            independent = _deviation(self._expected(metric, self.test, output, rows).values(outcomes))
            ratio = (clustered / independent) ** 2 if independent > 0 else 1.0
            self._inflation[metric.name] = max(ratio, 1.0) if np.isfinite(ratio) else 1.0
        return self._inflation[metric.name]

    def _freedom(self, metric: Metric, rows: Integers) -> int:
        """Return the degrees of freedom: units less one where these are more than rows, else deciding rows less one.

        No more than the draws less one, from which the errors are computed.
        """
        if self._study.unit != "row":
            test = self.test.units[self.test.labelled]
            count = min(len(np.unique(units)) for units in (self.production.units[rows], test))
        elif metric.deciding is None:
            count = len(rows)
        else:
            count = int(self._calibration.chances(self._scores[rows]).sum(axis=1).min())
        return min(count, self._options.draws_of(metric)) - 1


def _deviation(draws: Floats) -> float:
    kept = draws[np.isfinite(draws)]
    return float(kept.std()) if 2 * len(kept) >= len(draws) and len(kept) > 1 else float("nan")


def _answers(study: Study, table: Table) -> tuple[Answers, Floats]:
    """Return a table's labels, units and weights, and the scores that say most about the outcome."""
    scores = _scores(study, table)
    return Answers(
        table=table, y=labels_of(study, table), units=study.units(table), weights=study.weights(table),
        answered=np.asarray(~np.isnan(scores.reshape(len(scores), -1)).any(axis=1)),
    ), scores  # fmt: skip


def _scores(study: Study, table: Table) -> Floats:
    """Return probabilities, else scores, else the predicted class as 0 and 1: (n,) or (n, classes)."""
    if "probabilities" in study.model.can:
        return study.model.probabilities(table)
    if "scores" in study.model.can:
        scores = study.model.scores(table)
        finite = scores[np.isfinite(scores)]
        # A class that a model never met scores minus infinity: lower than all others will do.
        lowest = float(finite.min()) - 1 if finite.size else 0.0
        return np.where(np.isneginf(scores), lowest, scores)
    said = study.output(table, study.metric)
    if study.task == "binary":
        return said
    hot = (said[:, None] == np.arange(len(study.outcome.classes))).astype(np.float64)
    return np.where(np.isnan(said)[:, None], np.nan, hot)
