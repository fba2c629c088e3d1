"""What a column is worth in each table: the model learned anew with and without it, asked about the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.study.encoding import as_words
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor
from mlops_widgets.study.scoring import compare_scores, no_value, on_common_rows, score_of
from mlops_widgets.study.searches import chosen_model
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

_Fitted = tuple[Predictor, dict[str, Table]]
"""A model, and the tables as it is to be asked about them."""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """How much better the model scores with some columns than without, in the metric's unit, a table each.

    Parameters
    ----------
    columns
        The columns.
    test, production
        Gains with 95 % intervals.
    test_score, production_score
        The scores without the columns.
    """

    columns: tuple[str, ...]
    test: Estimate
    production: Estimate
    test_score: float
    production_score: float


class Refits:
    """The study's model learned anew from the same rows, each time with some columns made silent.

    A silent column holds its most frequent cell in every row, in training and when asked: so any pipeline that names its
    columns can be fitted.

    Parameters
    ----------
    study
        With labelled reference, test and production, and a model that can be refitted.
    fit_rows, asked_rows
        Most rows learned from, and asked about in each table.
    draws, seed
        Resamples; seed of samples and resamples.
    cancel
        Looked at before each fit.
    """

    def __init__(
        self, study: Study, *, fit_rows: int, asked_rows: int, draws: int, seed: int, cancel: Cancel | None = None
    ) -> None:
        learner = study.learner
        if not isinstance(learner, EstimatorPredictor) or "refit" not in learner.can:
            raise MissingInputError("model that can be refitted", "Pass a scikit-learn-compatible estimator as model=.")
        self._study, self._learner = study, chosen_model(learner)
        rng = np.random.default_rng(seed)
        parts = {
            "reference": study.need("reference"),
            "test": study.need("test"),
            "production": study.need("production"),
        }
        self._parts = {
            name: _labelled(study, table, fit_rows if name == "reference" else asked_rows, rng)
            for name, table in parts.items()
        }
        self._draws, self._seed, self._cancel = draws, seed, cancel
        self._known: dict[frozenset[str], _Fitted] = {}

    @property
    def fit_rows(self) -> int:
        """Rows that each refit learns from."""
        return self._parts["reference"].rows

    def worth(self, columns: Sequence[str], *, beside: Sequence[str] = ()) -> Worth:
        """Return what `columns` are worth where those in `beside` are silent anyway."""
        silent = frozenset(beside) - frozenset(columns)
        given, without = self._without(silent), self._without(silent | frozenset(columns))
        test, test_score = self._gain("test", given, without)
        production, production_score = self._gain("production", given, without)
        return Worth(
            columns=tuple(columns), test=test, production=production, test_score=test_score,
            production_score=production_score,
        )  # fmt: skip

    def _gain(self, name: str, given: "_Fitted", without: "_Fitted") -> tuple[Estimate, float]:
        a, b = on_common_rows(*(self._study.measure(tables[name], model=model) for model, tables in (given, without)))
        if not np.isfinite([score_of(a), score_of(b)]).all():
            raise no_value(self._study, f"in {name} after a refit")
        _, other, gap = compare_scores(self._study, a, b, draws=self._draws, seed=self._seed, cancel=self._cancel)
        return gap if self._study.metric.greater_is_better else _negated(gap), other.value

    def _without(self, silent: frozenset[str]) -> "_Fitted":
        if silent not in self._known:
            check_cancel(self._cancel)
            tables = {name: self._silenced(table, silent) for name, table in self._parts.items()}
            self._known[silent] = (self._learner.refit(tables["reference"]), tables)
        return self._known[silent]

    def _silenced(self, table: Table, silent: frozenset[str]) -> Table:
        reference, frame = self._parts["reference"].pandas(), table.pandas()
        for column in silent:
            words = as_words(reference[column])
            often = words.mode()
            usual = int((words == often.iloc[0]).to_numpy().argmax()) if len(often) else 0
            frame[column] = reference[column].take(np.full(len(frame), usual)).set_axis(frame.index)
        return table.replace(frame)


def _labelled(study: Study, table: Table, most: int, rng: np.random.Generator) -> Table:
    known = np.flatnonzero(~np.isnan(study.labels(table)))
    if not len(known):
        raise MissingInputError(f"labelled rows in {table.name}", "Pass labels.")
    return table.take(np.sort(rng.permutation(known)[:most]))


def _negated(gap: Estimate) -> Estimate:
    return Estimate(
        value=-gap.value, lower=-gap.upper, upper=-gap.lower, level=gap.level, rows=gap.rows, units=gap.units,
        events=gap.events, undefined_share=gap.undefined_share,
    )  # fmt: skip
