"""What the candidates among which a model was chosen answered on the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.errors import InputError, MissingInputError, listed
from mlops_widgets.measures.contests.selection import Answers
from mlops_widgets.measures.folds.splitters import draw_of_size, grouped_folds
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.overfitting.contest.contestants import (
    Contestant,
    fitting_metric,
    own_candidates,
    refitted_answers,
)
from mlops_widgets.study.challengers import feature_names
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor
from mlops_widgets.study.searches import search_of
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import codes

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LONGEST_NAME = 80
_FEWEST_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class Field:
    """The candidates and what they answered.

    Parameters
    ----------
    names
        (k,) what they are called.
    metric, answers
        What they are scored by, and their answers on the rows that chose among them.
    where
        Which rows these are, in words.
    notes
        What had to be done differently, in sentences.
    """

    names: tuple[str, ...]
    metric: Metric
    answers: Answers
    where: str
    notes: tuple[str, ...] = ()


def known_candidates(
    study: Study, given: Any, *, folds: int, most: int, max_fit_rows: int, seed: int,  # noqa: ANN401 - checked here
    progress: Progress | None, cancel: Cancel | None,
) -> Field | None:  # fmt: skip
    """Return the candidates whose answers can be had: those given, a search's, or model and challenger; else None.

    Parameters
    ----------
    study
        The study.
    given
        Fitted models or arrays of outputs, by name or as a list; or None.
    folds, most, max_fit_rows, seed
        Of a search: folds in which its candidates are fitted anew, how many of them take part, on how many rows.
    progress, cancel
        Callbacks.
    """
    if given is not None:
        return _given(study, given)
    if search_of(study.model) is not None and study.reference is not None and study.outcome.target in study.reference:
        return _searched(
            study, folds=folds, most=most, max_fit_rows=max_fit_rows, seed=seed, progress=progress, cancel=cancel
        )
    if study.challenger is not None:
        pair = {
            f"your model: {study.model.name}": study.model,
            f"challenger: {study.challenger.name}": study.challenger,
        }
        return _asked(
            study, {name[:_LONGEST_NAME]: study.output(study.need("test"), model=each) for name, each in pair.items()}
        )
    return None


def _given(study: Study, given: Any) -> Field:  # noqa: ANN401 - checked here
    if isinstance(given, Mapping):
        named = {str(name)[:_LONGEST_NAME]: each for name, each in given.items()}
    elif isinstance(given, Sequence) and not isinstance(given, str):
        named = {f"{place}. {type(each).__name__}": each for place, each in enumerate(given, start=1)}
    else:
        raise InputError(
            f"candidates= is {type(given).__name__}. Pass fitted models, or arrays of what they answered on the test, as a "
            "dict from names or a list."
        )
    if len(named) < 2:
        raise InputError(f"candidates= holds {len(named)}. Pass two or more: with one nothing was chosen.")
    return _asked(study, {name: _outputs(study, name, each) for name, each in named.items()})


def _outputs(study: Study, name: str, candidate: Any) -> Floats:  # noqa: ANN401 - a model or an array
    """Return what the study's metric needs of one candidate on the test."""
    test = study.need("test")
    if isinstance(candidate, type) or not (hasattr(candidate, "predict") or hasattr(candidate, "predict_proba")):
        return _checked(study, name, candidate, test)
    model = candidate if isinstance(candidate, Predictor) else _around(study, candidate, name)
    return study.output(test, model=model)


def _around(study: Study, model: Any, name: str) -> EstimatorPredictor:  # noqa: ANN401 - any fitted model
    if isinstance(study.model, EstimatorPredictor) and study.model.features:
        return study.model.with_model(model)
    return EstimatorPredictor(
        model, outcome=study.outcome, features=feature_names(study), name=name,
        decision_threshold=study.decision_threshold,
    )  # fmt: skip


def _checked(study: Study, name: str, output: Any, test: Table) -> Floats:  # noqa: ANN401 - anything
    values = np.asarray(output)
    if values.ndim == 0 or len(values) != test.rows:
        what = f"an array of shape {values.shape}" if values.ndim else type(output).__name__
        raise InputError(
            f"candidates[{name!r}] is {what}. Pass a fitted model, or one answer for each of the {test.rows:,} rows of the test."
        )
    if study.metric.needs == "predictions":
        return study.outcome.encode(values, where=f"candidates[{name!r}]")
    wide = len(study.outcome.classes) if study.task == "multiclass" else 1
    if values.dtype.kind not in "fiub" or values.size != test.rows * wide:
        raise InputError(
            f"candidates[{name!r}] has shape {values.shape} and type {values.dtype}. {study.metric.label} needs "
            f"{study.metric.needs}: numbers of shape ({test.rows}{f', {wide}' if wide > 1 else ''})."
        )
    return values.astype(np.float64).reshape((test.rows, wide) if wide > 1 else test.rows)


def _asked(study: Study, outputs: Mapping[str, Floats]) -> Field:
    """Return the field of candidates that answered on the test; rows that one of them left out are left out for all."""
    test = study.need("test")
    y, stacked = study.labels(test), np.stack(list(outputs.values()))
    known = np.flatnonzero(~np.isnan(y) & ~np.isnan(stacked.reshape(len(stacked), test.rows, -1)).any(axis=(0, 2)))
    if len(known) < _FEWEST_ROWS:
        raise MissingInputError(
            f"{_FEWEST_ROWS} labelled test rows that every candidate answers",
            f"There are {len(known)}: pass more rows.",
        )
    return Field(
        names=tuple(outputs), metric=study.metric, where="the test", answers=_answers(study, test, known, y, stacked[:, known])
    )  # fmt: skip


def _answers(study: Study, table: Table, rows: Integers, y: Floats, outputs: Floats) -> Answers:
    return Answers(
        y=y[rows], outputs=outputs, units=None if study.unit == "row" else codes(study.units(table)[rows]),
        weights=study.weights(table)[rows] if study.roles.weights else None,
    )  # fmt: skip


def _searched(
    study: Study, *, folds: int, most: int, max_fit_rows: int, seed: int, progress: Progress | None, cancel: Cancel | None
) -> Field | None:  # fmt: skip
    """Return what the candidates of a fitted search answer out of fold on the reference."""
    reference, rng = study.need("reference"), np.random.default_rng(seed)
    labels = study.labels(reference)
    labelled = np.flatnonzero(~np.isnan(labels))
    units = codes(study.units(reference)[labelled])
    if len(labelled) > max_fit_rows:
        labelled = labelled[np.sort(draw_of_size(np.arange(len(labelled)), max_fit_rows, rng=rng, units=units))]
    table, y = reference.take(labelled), labels[labelled]
    units = codes(study.units(table))
    classes = None if study.task == "regression" else y
    splits = grouped_folds(units, folds=folds, rng=rng, classes=classes)
    contestants, note = own_candidates(study, None, most=most)
    if len(contestants) < 2 or len(labelled) < _FEWEST_ROWS or len(splits) < 2:
        return None
    metric, other = fitting_metric(study, contestants)
    found: dict[str, Floats] = {}
    dropped: list[str] = []
    for each in steps(contestants, "fitting candidate", progress, cancel):
        output = _out_of_fold(study, each, metric, table, splits)
        if isinstance(output, str):
            dropped.append(f"{each.name} ({output})")
        else:
            found[each.name] = output
    if len(found) < 2:
        raise MissingInputError("two candidates that could be fitted anew", f"What went wrong: {listed(dropped)}.")
    left = (f"Left out: {listed(dropped, most=4)}.",) if dropped else ()
    return Field(
        names=tuple(found), metric=metric, where=f"the reference, out of {len(splits)} folds",
        answers=_answers(study, table, np.arange(table.rows), y, np.stack(list(found.values()))),
        notes=tuple(text for text in (note, other, *left) if text),
    )  # fmt: skip


def _out_of_fold(study: Study, each: Contestant, metric: Metric, table: Table, splits: Any) -> Floats | str:  # noqa: ANN401
    """Return one candidate's answers on every row, each from a fit without it; or why there are none."""
    output: Floats | None = None
    for split in splits:
        answer = refitted_answers(study, each, metric, table.take(split.train), [table.take(split.test)])
        if isinstance(answer, str):
            return answer
        part = answer[0]
        if metric.needs == "scores" and "probabilities" not in each.model.can and part.ndim == 1:
            # Raw scores of different fits share no scale; their ranks within a fold do.
            part = (part.argsort().argsort() + 0.5) / len(part)
        output = np.full((table.rows, *part.shape[1:]), np.nan) if output is None else output
        output[split.test] = part
    return "no fold" if output is None else output
