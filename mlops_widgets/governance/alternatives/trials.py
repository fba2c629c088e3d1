"""Candidates tried on the same rows: whom each selects, and how it fares on the half it was chosen by and on the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.governance.alternatives.alternatives_result import Alternative, Kind, Uses
from mlops_widgets.governance.alternatives.changes import Change, Workshop
from mlops_widgets.governance.alternatives.disparity import Drawn, Span, draw_disparity
from mlops_widgets.governance.fairness.people import Grouping
from mlops_widgets.governance.fairness.selection import Desk, cut_at
from mlops_widgets.measures.metric import Metric
from mlops_widgets.study.metric import ABILITY_FOR
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.scoring import resampler_of
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NAN_SPAN: Span = (float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """One candidate's answers to all rows.

    Parameters
    ----------
    name, change, kind, uses_group, randomised
        As in `Alternative`.
    selected
        (n,) whom it selects.
    output
        (n,) or (n, classes) what the study's metric needs, or None where the rule has no such thing.
    made
        The change that made it, to be combined with others; None of what can't be.
    """

    name: str
    change: str
    kind: Kind
    selected: Mask
    output: Floats | None
    uses_group: Uses = "no"
    randomised: bool = False
    made: Change | None = None


@dataclass(frozen=True, kw_only=True)
class Half:
    """How every trial fares on one half: ratio and accuracy, and by how much the study's metric is worse (draws, trials)."""

    drawn: Drawn
    scores: Floats
    score_losses: tuple[Span, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Bench:
    """The rows of the test, their groups, and both halves.

    Parameters
    ----------
    desk
        How decisions are taken.
    table
        The rows.
    people
        Their groups.
    choose, report
        Positions of the rows to choose by and to report on, whole units each.
    smallest
        Groups of fewer rows in a half aren't compared.
    draws, seed
        Resamples, and their seed.
    cancel
        Looked at between steps.
    """

    desk: Desk
    table: Table
    people: tuple[Grouping, ...]
    choose: Integers
    report: Integers
    smallest: int
    draws: int
    seed: int
    cancel: Cancel | None = None
    known: dict[str, Floats] = field(default_factory=dict)

    @property
    def metric(self) -> Metric:
        """The study's metric."""
        return self.desk.study.metric

    def today(self) -> Trial:
        """Return the model as decisions are taken today."""
        model = self.desk.study.model
        return Trial(
            name="today", change="the model as decisions are taken today", kind="today",
            selected=self.desk.current(model, self.table), output=self._output(model, self.table), made=Change(name="", words=""),
        )  # fmt: skip

    def thresholds(self, today: Trial, shares: Sequence[float]) -> list[Trial]:
        """Return today's scores with other single thresholds, by the share of the rows to choose by that they select."""
        if not self.desk.scores_well:
            return []
        ranks = self.desk.ranks(self.desk.study.model, self.table)
        found = []
        for share in shares:
            cut = cut_at(ranks[self.choose], share)
            found.append(
                Trial(
                    name=f"select {round(100 * share)} %",
                    change=f"one threshold for all that selects {round(100 * share)} % of the rows",
                    kind="threshold",
                    selected=ranks >= cut,
                    output=today.output,
                )
            )
        return found

    def refit(self, workshop: Workshop, change: Change, kind: Kind, share: float) -> Trial:
        """Return a model trained with a change; it selects the same share of the rows to choose by as today's."""
        check_cancel(self.cancel)
        model, prepare = workshop.train(change)
        table = prepare(self.table)
        if self.desk.scores_well:
            ranks = self.desk.ranks(model, table)
            selected = ranks >= cut_at(ranks[self.choose], share)
        else:
            selected = self.desk.current(model, table)
        return Trial(
            name=change.name, change=change.words, kind=kind, selected=selected, output=self._output(model, table),
            uses_group="in training" if change.reweighed else "no", made=change,
        )  # fmt: skip

    def _output(self, model: Predictor, table: Table) -> Floats | None:
        if ABILITY_FOR[self.metric.needs] not in model.can:
            return None
        return self.desk.study.output(table, model=model)

    def half(self, trials: Sequence[Trial], rows: Integers) -> Half:
        """Return how the trials, today's first, fare on some rows."""
        study = self.desk.study
        drawing = resampler_of(study, study.units(self.table)[rows], draws=self.draws, seed=self.seed)
        weights = study.weights(self.table)[rows]
        own = None if study.roles.weights is None else weights
        truth = self.desk.truth(self.table)[rows]
        people = [each.take(rows) for each in self.people]
        drawn = draw_disparity(
            [each.selected[rows] for each in trials], truth, people, weights=own, drawing=drawing, smallest=self.smallest,
            cancel=self.cancel,
        )  # fmt: skip
        scores, losses = self._scored(trials, rows, drawn)
        return Half(drawn=drawn, scores=scores, score_losses=losses)

    def _scored(self, trials: Sequence[Trial], rows: Integers, drawn: Drawn) -> tuple[Floats, tuple[Span, ...]]:
        """Return the study's metric of each trial, and how much worse it is than today's."""
        study, y = self.desk.study, self.desk.study.labels(self.table)[rows]
        outputs = {
            place: each.output[rows]
            for place, each in enumerate(trials)
            if each.output is not None and not (place and each.output is trials[0].output)
        }
        asked = np.isfinite(y)
        for output in outputs.values():
            asked &= np.isfinite(output.reshape(len(output), -1)).all(axis=1)
        if 0 not in outputs or not asked.any():
            return np.full(len(trials), np.nan), (NAN_SPAN,) * len(trials)
        kept = np.flatnonzero(asked)
        units, weights = study.units(self.table)[rows][kept], study.weights(self.table)[rows][kept]
        drawing = resampler_of(study, units, draws=self.draws, seed=self.seed)
        scored = {str(place): (self.metric, y[kept], output[kept]) for place, output in outputs.items()}
        own = None if study.roles.weights is None else weights
        found = drawing.draws(scored, sample_weights=own, cancel=self.cancel)
        values = {
            place: float(self.metric.draws(y[kept], output[kept], weights[None, :])[0])
            for place, output in outputs.items()
        }
        same = {place for place, each in enumerate(trials) if each.output is not None and place not in outputs}
        at = [0 if place in same else place for place in range(len(trials))]
        scores = np.array([values.get(place, np.nan) for place in at])
        spans = tuple(
            drawn.span(
                float(self.metric.gain(values[0], values[place])), self.metric.gain(found["0"], found[str(place)])
            )
            if place in values
            else NAN_SPAN
            for place in at
        )
        return scores, spans


def rows_of(
    bench: Bench, trials: Sequence[Trial], halves: tuple[Half, Half], verdict_of: Callable[[int, Half], str]
) -> tuple[Alternative, ...]:
    """Return the trials in numbers: chosen by the first half, reported on the second."""
    first, second = halves
    weights = bench.desk.study.weights(bench.table)[bench.report]
    found = []
    for place, trial in enumerate(trials):
        ratio, accuracy = second.drawn.ratio_span(place), second.drawn.accuracy_span(place)
        gain, loss = second.drawn.ratio_gain(place), second.drawn.accuracy_loss(place)
        score_loss = second.score_losses[place]
        found.append(
            Alternative(
                name=trial.name,
                change=trial.change,
                kind=trial.kind,
                uses_group=trial.uses_group,
                randomised=trial.randomised,
                selected_share=float(np.average(trial.selected[bench.report], weights=weights)),
                chosen_ratio=float(first.drawn.ratio[place]),
                chosen_accuracy=float(first.drawn.accuracy[place]),
                ratio=ratio[0],
                ratio_lower=ratio[1],
                ratio_upper=ratio[2],
                worst_column=second.drawn.worst[place][0],
                worst_group=second.drawn.worst[place][1],
                accuracy=accuracy[0],
                accuracy_lower=accuracy[1],
                accuracy_upper=accuracy[2],
                ratio_gain=gain[0],
                ratio_gain_lower=gain[1],
                ratio_gain_upper=gain[2],
                accuracy_loss=loss[0],
                accuracy_loss_lower=loss[1],
                accuracy_loss_upper=loss[2],
                score=float(second.scores[place]),
                score_loss=score_loss[0],
                score_loss_lower=score_loss[1],
                score_loss_upper=score_loss[2],
                verdict=verdict_of(place, second),  # type: ignore[arg-type]  # one of the verdicts
            )
        )
    return tuple(found)
