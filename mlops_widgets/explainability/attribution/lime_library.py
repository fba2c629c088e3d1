"""The one module that imports lime, and only when the library itself is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.errors import InputError, MlopsWidgetsError, listed
from mlops_widgets.explainability.attribution.lime_route import (
    TOP,
    LimeAnswer,
    LocalFit,
    check_width,
)
from mlops_widgets.explainability.attribution.neighbourhood import SAMPLES
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import Declined
from mlops_widgets.measures.attribution.local_surrogate import proximity
from mlops_widgets.study.tables import holds_numbers

if TYPE_CHECKING:
    from mlops_widgets.explainability.attribution.explanation import Explanation

Floats = npt.NDArray[np.float64]
Discretizer = Literal["quartile", "decile", "none"]
_DISCRETIZERS: tuple[str, ...] = ("quartile", "decile", "none")


class _NoAnswerError(MlopsWidgetsError):
    """The model gave no finite answer to a sample of lime's."""


@dataclass(frozen=True)
class _Code:
    """One column as lime takes it: numbers as they are, dates as days, anything else as positions among its values."""

    kind: Literal["number", "date", "value"]
    values: "pd.Index[Any]"
    dtype: Any

    def encoded(self, cells: "pd.Series[Any]") -> Floats:
        if self.kind == "number":
            return cells.to_numpy(dtype=np.float64, na_value=np.nan)
        if self.kind == "date":
            return np.asarray(((cells - self.values[0]) / pd.Timedelta(days=1)).to_numpy(dtype=np.float64))
        codes = self.values.get_indexer(pd.Index(cells.astype(object))).astype(np.float64)
        return np.where(codes < 0, np.nan, codes)

    def decoded(self, numbers: Floats) -> Any:  # noqa: ANN401 - an array of any kind
        if self.kind == "number":
            return numbers
        if self.kind == "date":
            return (self.values[0] + pd.to_timedelta(numbers, unit="D")).astype(self.dtype)
        return pd.array(self.values.take(numbers.astype(np.intp)), dtype=self.dtype)


def _coded(cells: "pd.Series[Any]") -> _Code:
    if holds_numbers(cells) and not pd.api.types.is_bool_dtype(cells.dtype):
        return _Code("number", pd.Index([]), cells.dtype)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return _Code("date", pd.Index([cells.min()]), cells.dtype)
    return _Code("value", pd.Index(pd.unique(cells.dropna().astype(object)), dtype=object), cells.dtype)


def by_lime_library(
    question: Question, *, samples: int = SAMPLES, kernel_width: float | None = None, seed: int | None = None,
    discretizer: Discretizer = "quartile", progress: Progress | None = None, cancel: Cancel | None = None,
) -> LimeAnswer | Declined:  # fmt: skip
    """Explain each row by the library lime itself: a neighbourhood of its own for each row, all columns kept.

    Cells of words are handed to it as numbers and turned back before the model sees them. It can't take missing cells,
    groups of columns, or values that training doesn't hold. It reports no standard errors (NaN) and no stability.

    Parameters
    ----------
    question
        What is asked; the values are on its scale.
    samples
        Samples for each row.
    kernel_width
        Distance over which samples lose weight; None: lime's, .75 times the root of the number of columns.
    seed
        Of each row's neighbourhood, the same for all: a row gets the same answer alone as among others. None: the question's.
    discretizer
        How lime cuts numbers; "none" leaves them as they are.
    progress, cancel
        Called between rows.

    Raises
    ------
    InputError
        If an option can't be used.
    """
    if discretizer not in _DISCRETIZERS:
        raise InputError(
            f"discretizer={discretizer!r}. Allowed: {listed(_DISCRETIZERS)}. lime's entropy needs labels, and fails on numbers."
        )
    training = question.background if question.training is None else question.training
    columns = [columns[0] for columns in question.players.values()]
    codes = {column: _coded(training[column]) for column in columns}
    learned, rows = (
        np.column_stack([codes[column].encoded(frame[column]) for column in columns])
        for frame in (training, question.rows)
    )
    why = _refusal(question, learned, rows)
    if why:
        return Declined(f"The library lime can't answer: {why}.")
    width, seed = check_width(kernel_width, len(columns)), question.seed if seed is None else seed
    ask = partial(_asked, question, codes)
    explained = _explainer(learned, codes, width, discretizer, ask=ask, samples=samples, outputs=len(question.outputs))
    try:
        found = [explained(rows[k], seed) for k in steps(range(len(rows)), "row", progress, cancel)]
    except _NoAnswerError as error:
        return Declined(f"The library lime can't answer: {error}.")
    return _answer(question, found, width, samples, discretizer)


def _refusal(question: Question, learned: Floats, rows: Floats) -> str:
    groups = [name for name, columns in question.players.items() if len(columns) > 1]
    if groups:
        return f"it knows no groups of columns, and {listed(groups)} is one"
    names = list(question.players)
    for where, numbers in (("training", learned), ("the explained rows", rows)):
        gaps = [name for name, column in zip(names, numbers.T, strict=True) if not np.isfinite(column).all()]
        if gaps and where == "training":
            return f"{listed(gaps)} has missing cells in training"
        if gaps:
            return f"{listed(gaps)} is missing in an explained row, or holds what training doesn't"
    return ""


def _asked(question: Question, codes: dict[str, _Code], numbers: Floats) -> Floats:
    """Return the model's answers to lime's numbers, and a last column that makes each row sum to 1, as lime wants it."""
    cells = {column: code.decoded(numbers[:, k]) for k, (column, code) in enumerate(codes.items())}
    answers = question.predict(
        pd.DataFrame({column: cells[column] for column in question.rows.columns if column in cells})
    )
    if not np.isfinite(answers).all():
        raise _NoAnswerError("the model gave no finite answer to some of its samples")
    return np.column_stack([answers, 1.0 - answers.sum(axis=1)])


@dataclass(frozen=True)
class _Found:
    """What lime said of one row: (p, k) weights, its own 0/1 or scaled cells (p,), and per output what it reports."""

    weights: Floats
    own: Floats
    intercept: Floats
    r2: Floats
    words: tuple[str, ...]
    effective: float


def _explainer(
    learned: Floats, codes: dict[str, _Code], width: float, discretizer: Discretizer, *, ask: Callable[[Floats], Floats],
    samples: int, outputs: int,
) -> Callable[[Floats, int], _Found]:  # fmt: skip
    from lime.lime_tabular import LimeTabularExplainer

    named = [k for k, code in enumerate(codes.values()) if code.kind == "value"]
    explainer = LimeTabularExplainer(
        learned, feature_names=list(codes), categorical_features=named, kernel_width=width, feature_selection="none",
        categorical_names={k: [str(value) for value in code.values] for k, code in enumerate(codes.values()) if k in named},
        discretize_continuous=discretizer != "none", discretizer="quartile" if discretizer == "none" else discretizer,
    )  # fmt: skip
    fit, seen = explainer.base.explain_instance_with_data, []

    def recorded(data: Floats, answers: Floats, distances: Floats, label: int, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - lime's own
        # lime keeps only the last output's R².
        intercept, slopes, score, local = fit(data, answers, distances, label, *rest, **more)
        seen.append((data[0], distances, score))
        return intercept, slopes, score, local

    explainer.base.explain_instance_with_data = recorded

    def explained(row: Floats, seed: int) -> _Found:
        seen.clear()
        explainer.random_state = np.random.RandomState(seed)
        if explainer.discretizer is not None:
            explainer.discretizer.random_state = explainer.random_state
        told = explainer.explain_instance(row, ask, labels=range(outputs), num_features=len(row), num_samples=samples)
        slopes = [dict(told.local_exp[k]) for k in range(outputs)]
        near = proximity(np.asarray(seen[0][1]) ** 2, width)
        return _Found(
            weights=np.array([[slope[j] for slope in slopes] for j in range(len(row))]), own=np.asarray(seen[0][0], dtype=np.float64),
            intercept=np.array([told.intercept[k] for k in range(outputs)]), r2=np.array([score for *_, score in seen]),
            words=tuple(told.domain_mapper.map_exp_ids([(j, 0.0)])[0][0] for j in range(len(row))),
            effective=float(near.sum() ** 2 / (near**2).sum()),
        )  # fmt: skip

    return explained


def _answer(question: Question, found: Sequence[_Found], width: float, samples: int, discretizer: str) -> LimeAnswer:
    weights, own = np.stack([each.weights for each in found]), np.stack([each.own for each in found])
    values, base = weights * own[:, :, None], np.stack([each.intercept for each in found])
    unknown = np.full(own.shape, np.nan)
    fit = LocalFit(
        conditions=tuple(each.words for each in found), weights=weights, interpretable=own, alike=unknown,
        r2=np.stack([each.r2 for each in found]), local_prediction=base + values.sum(axis=1), stability=np.full(base.shape, np.nan),
        top=min(TOP, max(1, own.shape[1] - 1)), kernel_width=width, samples=samples, dropped=0,
        effective=np.array([each.effective for each in found]), kept=np.full(len(found), np.nan), discretized=discretizer != "none",
    )  # fmt: skip
    return LimeAnswer(
        route="lime library", exact=False, values=values, standard_error=np.full(values.shape, np.nan), base=base,
        prediction=question.predict(question.rows), evaluations=samples * len(found), fit=fit,
        method=f"The library lime: {samples:,} samples for each row, discretizer {discretizer!r}, kernel width {width:.3g}",
    )  # fmt: skip


def as_lime(explanation: "Explanation", fit: LocalFit, row: int = 0) -> Any:  # noqa: ANN401 - a lime.explanation.Explanation
    """Return one row as lime's own type, for its `as_list`, `as_map`, `as_pyplot_figure` and `as_html`.

    Several outputs, or one probability, are a classification to lime, with its labels; anything else is a regression.

    Parameters
    ----------
    explanation
        Of engine "lime".
    fit
        Its surrogates.
    row
        The row's position in it.
    """
    from lime.explanation import Explanation as LimeExplanation
    from lime.lime_tabular import TableDomainMapper

    names = list(explanation.columns)
    mapper = TableDomainMapper(
        names, list(explanation.cells[row]), fit.interpretable[row], categorical_features=range(len(names)),
        discretized_feature_names=list(fit.conditions[row]),
    )  # fmt: skip
    one = len(explanation.outputs) == 1
    labelled = not one or explanation.scale == "probability"
    classes = [f"not {explanation.outputs[0]}", explanation.outputs[0]] if one else list(explanation.outputs)
    told = LimeExplanation(mapper, mode="classification" if labelled else "regression", class_names=classes)
    prediction = explanation.prediction[row]
    if labelled:
        told.predict_proba = np.array([1 - prediction[0], prediction[0]]) if one else prediction
    else:
        lowest, highest = _ends(explanation)
        vars(told).update(predicted_value=float(prediction[0]), min_value=lowest, max_value=highest)
    for label, output in ((1, 0),) if one else tuple((k, k) for k in range(len(classes))):
        slopes = fit.weights[row, :, output]
        told.local_exp[label] = [(int(j), float(slopes[j])) for j in np.argsort(-np.abs(slopes), kind="stable")]
        told.intercept[label] = float(explanation.base[row, output])
    told.score, told.local_pred = float(fit.r2[row, -1]), fit.local_prediction[row, -1:]
    return told


def _ends(explanation: "Explanation") -> tuple[float, float]:
    both = np.concatenate([explanation.prediction, explanation.base])
    return float(both.min()), float(both.max())
