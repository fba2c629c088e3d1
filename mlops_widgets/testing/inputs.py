"""Checks of what the model makes of its inputs: columns moved, cells missing, levels never seen, types that drift."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import MissingInputError, ModelError, listed
from mlops_widgets.study.library_logs import prints_about
from mlops_widgets.study.predictor import FunctionPredictor
from mlops_widgets.testing.bench import Bench, Inputs, Verdict, different_rows, pick, with_column

_EXTRA = "a column that the model didn't ask for"
_LEVEL = "a level that training never held"


def check_frame_unchanged(bench: Bench) -> Verdict:
    """The model leaves the rows that it is given as they are."""
    changed = []
    for name in bench.methods:
        given, before = bench.inputs(), bench.inputs()
        bench.ask(given, "on the rows as they are", method=name)
        changed += [] if _equal(given, before) else [name]
    if not changed:
        return Verdict(status="passed", claim="The model left the rows that it was given as they were.")
    return Verdict(
        status="failed", claim=f"The model changed the rows that {listed(changed)} was given.",
        action="Work on a copy in predict (X = X.copy()): whoever logs the inputs after the answer logs the wrong ones.",
    )  # fmt: skip


def _equal(one: Inputs, other: Inputs) -> bool:
    if isinstance(one, pd.DataFrame):
        return isinstance(other, pd.DataFrame) and one.equals(other) and list(one.columns) == list(other.columns)
    return one.dtype == np.asarray(other).dtype and different_rows(one, np.asarray(other)) == 0


def check_columns_by_study(bench: Bench) -> Verdict:
    """Through the study, neither the order of columns nor a column more changes an answer."""
    model, sample = bench.estimator, bench.sample
    frame = sample.pandas().assign(**{_EXTRA: 1.0})
    answers = model.scores if "scores" in model.can else model.predictions
    differ = different_rows(answers(sample.replace(frame[list(frame.columns)[::-1]])), answers(bench.draw(sample)))
    if not differ:
        return Verdict(
            status="passed", claim="Tables with other columns and another order of columns get the same answers."
        )
    return Verdict(
        status="failed", claim=f"With the columns of the table in another order, {differ} rows got another answer.",
        action="Pass features= in the order that the model was trained on.", evidence={"different": differ},
    )  # fmt: skip


def check_columns_by_model(bench: Bench) -> Verdict:
    """The model itself refuses columns in another order, or finds them by name."""
    inputs = bench.inputs()
    if not isinstance(inputs, pd.DataFrame) or inputs.shape[1] < 2:
        raise MissingInputError(
            "model that takes several columns by name", "Train it on a frame, so that it knows them."
        )
    turned = _differs(bench, inputs[inputs.columns[::-1]], "with its columns in another order")
    refuses = prints_about(bench.estimator.model, "a column more")  # LightGBM, with a line on the screen
    wider = 0 if refuses else _differs(bench, inputs.assign(**{_EXTRA: 1.0}), "with a column more")
    if not turned and not wider:
        return Verdict(status="passed", claim="The model finds its columns by name, or refuses another order of them.")
    what = "columns in another order" if turned else "a column more"
    return Verdict(
        status="warning", claim=f"Given {what}, the model answers without a word, and otherwise in {turned or wider} rows.",
        action="Put the columns in order by name before every predict in production, as this study does.",
        evidence={"different_by_order": turned, "different_by_a_column_more": wider},
    )  # fmt: skip


def _differs(bench: Bench, inputs: Inputs, doing: str) -> int:
    """Return in how many rows the model answers something else; none where it refuses."""
    try:
        return different_rows(bench.ask(inputs, doing), bench.base)
    except ModelError:
        return 0


def check_no_rows(bench: Bench) -> Verdict:
    """A table without rows is refused, or gets no answers."""
    if prints_about(bench.estimator.model, "no rows"):
        return Verdict(
            status="not_run", claim="Not asked about no rows: CatBoost gives no answers to them and writes a line about it.",
            action="Skip the call when a batch is empty.",
        )  # fmt: skip
    try:
        answer = bench.ask(pick(bench.inputs(), np.arange(0)), "on no rows")
    except ModelError:
        return Verdict(
            status="passed", claim="Asked about no rows, the model refuses: skip the call when a batch is empty."
        )
    if answer.ndim and not len(answer):
        return Verdict(status="passed", claim="Asked about no rows, the model gives no answers.")
    return Verdict(
        status="failed", claim=f"Asked about no rows, the model gave answers of shape {answer.shape}.",
        action="Return as many answers as there are rows, also for none.",
    )  # fmt: skip


def check_missing_cells(bench: Bench) -> Verdict:
    """Missing cells are refused, or the model learned what to do with them."""
    seen = bench.sample if bench.study.reference is None else bench.study.reference
    names = bench.estimator.features
    return _try_columns(
        bench, bench.columns(_any_column), _with_gaps, doing="with cells missing in a column",
        learned=lambda place: bool(seen[names[place]].isna().any()) if names[place] in seen else False,
        may_pass_on=isinstance(bench.estimator, FunctionPredictor),
        what="where cells are missing that never were in training", action="Count missing cells before predict in production, and refuse or fill them.",
    )  # fmt: skip


def _any_column(_column: "pd.Series[Any]") -> bool:
    return True


def _never(_place: int) -> bool:
    return False


def _with_gaps(column: "pd.Series[Any]") -> "pd.Series[Any]":
    return column.where(_kept(len(column)))


def _kept(rows: int) -> "npt.NDArray[np.bool_]":
    return np.asarray(np.arange(rows) % 2 == 1)


def check_unseen_levels(bench: Bench) -> Verdict:
    """Levels that training never held are refused, or get an answer without a word."""
    places = bench.columns(_is_text)
    if not places:
        raise MissingInputError("column of text or categories", "Nothing to do: every feature is a number or a date.")
    return _try_columns(
        bench, places, _with_new_level, doing="with a level that training never held", learned=_never,
        what="for levels that training never held", action="Count new levels in production: the model won't tell.",
    )  # fmt: skip


def _is_text(column: "pd.Series[Any]") -> bool:
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return pd.api.types.is_string_dtype(kind.categories.dtype) or pd.api.types.is_object_dtype(
            kind.categories.dtype
        )
    if isinstance(kind, pd.StringDtype):
        return True
    return pd.api.types.is_object_dtype(kind) and any(isinstance(cell, str) for cell in column)


def _with_new_level(column: "pd.Series[Any]") -> "pd.Series[Any]":
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.add_categories([_LEVEL])
    return column.where(_kept(len(column)), _LEVEL)


def _try_columns(
    bench: Bench, places: Sequence[int], change: Callable[["pd.Series[Any]"], "pd.Series[Any]"], *,
    doing: str, learned: Callable[[int], bool], what: str, action: str,
    may_pass_on: bool = False,
) -> Verdict:  # fmt: skip
    """Change one column at a time and say how the model takes it."""
    inputs, names = bench.inputs(), bench.estimator.features
    gaps = ~_kept(len(inputs)) if may_pass_on else None
    taken = {place: bench.outcome_of(with_column(inputs, place, change), doing, gaps=gaps) for place in places}
    passed_on = [names[place] for place, how in taken.items() if how == "passed on"]
    broken = [names[place] for place, how in taken.items() if how == "broken"]
    silent = [names[place] for place, how in taken.items() if how == "answered" and not learned(place)]
    refused = sum(how == "refused" for how in taken.values())
    answered = len(taken) - refused - len(broken) - len(passed_on)
    evidence = {"columns": len(taken), "refused": refused, "answered": answered}
    if broken:
        return Verdict(status="failed", claim=f"{what.capitalize()} in {listed(broken, most=3)}, answers are missing or infinite.",
                       action=action, evidence=evidence)  # fmt: skip
    if passed_on:
        claim = f"{what.capitalize()}, answers are missing in the same rows: {listed(passed_on, most=3)}."
        return Verdict(status="warning", claim=claim, action=action, evidence=evidence)
    if silent:
        return Verdict(
            status="warning", action=action, evidence=evidence,
            claim=f"The model answers without a word {what}, in {len(silent)} of {len(taken)} columns: "
            f"{listed(silent, most=3)}.",
        )  # fmt: skip
    how = "refuses" if refused == len(taken) else "answers as it learned to, or refuses,"
    return Verdict(status="passed", claim=f"The model {how} {what}; {len(taken)} columns tried.", evidence=evidence)


def check_whole_numbers(bench: Bench) -> Verdict:
    """Whole numbers that arrive as floats, as they do beside a gap or from JSON, get the same answers."""
    places = bench.columns(lambda column: pd.api.types.is_integer_dtype(column.dtype))
    if not places:
        raise MissingInputError("column of whole numbers", "Nothing to do: no feature is a whole number.")
    inputs = bench.inputs()
    for place in places:
        inputs = with_column(inputs, place, lambda column: column.astype(np.float64))
    try:
        differ = different_rows(bench.ask(inputs, "with whole numbers as floats"), bench.base)
    except ModelError:
        return Verdict(status="warning", claim="The model refuses whole numbers that arrive as floats.",
                       action="Give columns the types of training before predict: one gap makes floats of them.")  # fmt: skip
    if not differ:
        return Verdict(
            status="passed", claim=f"Whole numbers that arrive as floats get the same answers ({len(places)} columns)."
        )
    return Verdict(
        status="failed", claim=f"With whole numbers as floats, {differ} of {len(bench.base)} rows got another answer.",
        action="Give columns the types of training before predict: one gap makes floats of them.",
        evidence={"different": differ},
    )  # fmt: skip
