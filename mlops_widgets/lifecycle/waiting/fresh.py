"""What each row of production would have lost by the model in service, and by models learned anew along the way."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.errors import MissingInputError
from mlops_widgets.lifecycle.retraining.row_losses import Answers, RowLoss, answers_of, choose_loss, losses_of
from mlops_widgets.lifecycle.stream import Stream, stream_of
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST_ROWS = 100
"""Labelled rows that a fresh model needs to learn from, and that production must have."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Served:
    """Losses on the labelled rows of production, by who would have served them.

    Parameters
    ----------
    stream
        The study's rows in the order of time.
    chunks
        Numbers of the stream's chunks that hold production, in order.
    origins
        Chunks at whose beginning the models were learned; the study's own comes first, with the chunk before all others.
    losses
        (models + 1, n) what each row loses by each model, NaN before its origin; the last by the best constant answer of the rows that
        the study's model learned from.
    place
        (n,) which of `chunks` each row is in.
    weights, units
        (n,) weight and resampling unit of each row.
    loss
        What a row loses.
    """

    stream: Stream
    chunks: Integers
    origins: tuple[int, ...]
    losses: Floats
    place: Integers
    weights: Floats
    units: Integers
    loss: RowLoss

    @property
    def constant(self) -> int:
        """The place of the constant answer in `losses`: what a desk without a model would say."""
        return len(self.origins)

    @property
    def freshest(self) -> Integers:
        """(chunks,) the newest model that serves in each chunk."""
        return self.model_of(self.chunks)

    def model_of(self, known: Integers) -> Integers:
        """Return the newest model (k,) that had been learned by the beginning of each of these chunks (k,)."""
        return np.searchsorted(np.array(self.origins), known, side="right") - 1

    def excess(self, models: Integers) -> Floats:
        """Return what each row (n,) loses above the freshest model, where each chunk is served by one of `models` (chunks,)."""
        rows = np.arange(self.losses.shape[1])
        of_row = self.losses[models[self.place], rows] - self.losses[self.freshest[self.place], rows]
        return np.asarray(of_row * self.weights)


def serve(
    study: Study, *, origins: int, max_fit_rows: int, seed: int, progress: Progress | None, cancel: Cancel | None
) -> Served:
    """Return the losses of the study's model and of up to `origins` fresh ones, each learned from what was known by then.

    A fresh model learns from as many of the newest labelled rows as the model did. Where no label has arrived since the model
    learned, there is no fresher one.

    Raises
    ------
    MissingInputError
        If the study has no time, no labelled production, or a model that can't be learned anew.
    """
    study.learner.need("refit")
    study.need("production")
    stream = stream_of(study, seed=seed)
    loss = choose_loss(study)
    rows = np.flatnonzero(stream.is_production & stream.in_time & (stream.of_row < stream.labelled_chunks()))
    if len(rows) < FEWEST_ROWS:
        raise MissingInputError(
            f"{FEWEST_ROWS} labelled rows in production, only {len(rows)}"
            if len(rows)
            else "labelled rows in production",
            f"Pass at least {FEWEST_ROWS} later rows whose labels have come.",
        )
    chunks = np.arange(stream.of_row[rows].min(), stream.of_row[rows].max() + 1)
    tried = [int(part[0]) for part in np.array_split(chunks, min(origins, len(chunks)))]
    models: list[tuple[int, Predictor]] = [(-1, study.model)]
    for origin in steps(tried, "fresh model", progress, cancel):
        learned = _rows_to_learn(stream, origin, max_fit_rows)
        if learned is not None:
            models.append((origin, study.learner.refit(stream.table.take(learned))))
    table, y = stream.table.take(rows), stream.y[rows]
    said = [*(answers_of(study, loss, model, table) for _, model in models), _constant(study, stream, loss, table.rows)]
    lost = np.array([losses_of(study, loss, table, y, answers) for answers in said])
    for at, (origin, _) in enumerate(models):
        lost[at, stream.of_row[rows] < origin] = np.nan
    priced = ~np.isnan(lost[0])
    return Served(
        stream=stream, chunks=chunks, origins=tuple(origin for origin, _ in models), losses=lost[:, priced],
        place=stream.of_row[rows[priced]] - chunks[0], weights=stream.weights[rows[priced]], units=stream.units[rows[priced]],
        loss=loss,
    )  # fmt: skip


def _rows_to_learn(stream: Stream, origin: int, most: int) -> Integers | None:
    """Return the newest labelled rows whose labels had arrived by `origin`; None where the model in service knew them all."""
    known = np.flatnonzero(stream.known_by(origin))
    reference = stream.is_reference
    size = min(int((reference & stream.known).sum()) or len(known), most)
    newest = known[-max(size, FEWEST_ROWS) :]
    if len(newest) < FEWEST_ROWS or reference[newest].all() or len(np.unique(stream.y[newest])) < 2:
        return None
    return newest


def _constant(study: Study, stream: Stream, loss: RowLoss, rows: int) -> Answers:
    """Return the constant answer that would have lost least on the reference: class shares, the best decision, the mean or median."""
    inside = stream.known & (stream.is_reference if "reference" in stream.parts else stream.part == 0)
    y, table = stream.y[inside], stream.table.take(np.flatnonzero(inside))
    if study.task == "regression":
        number = float(np.median(y) if loss.name == "absolute error" else y.mean())
        return Answers(said=np.full(rows, number), probabilities=None)
    shares = np.bincount(y.astype(np.int64), minlength=len(study.outcome.classes)) / max(len(y), 1)
    lost = [
        float(np.nansum(losses_of(study, loss, table, y, Answers(said=np.full(len(y), float(code)), probabilities=None))))
        for code in range(len(shares))
    ] if loss.kind != "log loss" else list(-shares)  # fmt: skip
    probable = np.full(rows, shares[1]) if len(shares) == 2 else np.tile(shares, (rows, 1))
    return Answers(said=np.full(rows, float(np.argmin(lost))), probabilities=probable)
