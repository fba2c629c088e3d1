"""What counted most in one decision: taken from an explanation, once that is of this row, of this model, and sound."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from mlops_widgets.core.result import NoResult, Result, type_name
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, WrongTypeError, listed
from mlops_widgets.governance.cards.decision_case import Case

_MOST_APART = 1e-4


@dataclass(frozen=True, kw_only=True)
class Reason:
    """What a column did to the answer: column, what it is called, the row's cell in words, and the change on the explanation's scale."""

    column: str
    label: str
    cell: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Reasons:
    """The reasons, the strongest first, with their scale; or why there are none."""

    told: tuple[Reason, ...] = ()
    scale: str = ""
    unexplained: str = ""


def how_to_explain(case: Case) -> str:
    """Return the argument that gives the reasons."""
    return f"Pass explanation=mw.explainability.explain(study, {case.row}, table={case.table.name!r})."


def read_reasons(case: Case, given: Any, *, most: int) -> Reasons:  # noqa: ANN401 - an Explanation, of another chapter: known by name
    """Return what counted most, or why that isn't known.

    Parameters
    ----------
    case
        The decision.
    given
        What `explain` returned, or None.
    most
        How many reasons for each side.

    Raises
    ------
    InputError
        If the explanation is of another row or model.
    """
    if given is None:
        return Reasons(unexplained="No explanation of this row was passed.")
    if isinstance(given, NoResult) and given.findings[0].code.startswith("EX-"):
        return Reasons(unexplained=f"It couldn't be explained: {given.headline}")
    if not isinstance(given, Result) or type_name(type(given)) != "explainability.Explanation":
        raise WrongTypeError(f"explanation= is {type(given).__name__}. {how_to_explain(case)}")
    told: Any = given
    if told.fingerprint and told.fingerprint != case.study.fingerprint:
        raise InputError(f"explanation= is of another model or other data. {how_to_explain(case)}")
    if case.name not in told.row_names:
        raise InputError(
            f"explanation= is about {listed(told.row_names, most=3)}, not {case.name}. {how_to_explain(case)}"
        )
    place = told.row_names.index(case.name)
    output = told.favoured(place)
    _check_model(case, told, place, output)
    failed = [each.name for each in told.checks if each.status == "failed"]
    if failed:
        return Reasons(
            scale=told.scale,
            unexplained=f"An explanation was made and isn't told: its check of {listed(failed)} failed.",
        )
    found = tuple(
        Reason(column=name, label=case.study.words.feature(name), cell=case.cell(name), value=value)
        for name, value in _strongest(told, place, output, most)
    )
    return Reasons(told=found, scale=told.scale, unexplained="" if found else "No column moved the answer for certain.")


def _strongest(told: Any, place: int, output: int, most: int) -> list[tuple[str, float]]:  # noqa: ANN401 - an Explanation
    """Return the columns that moved the answer for certain, at most `most` up and as many down, the strongest first."""
    values = told.values[place, :, output]
    lower, upper = (end[place, :, output] for end in told.interval())
    sure = np.full(len(values), fill_value=True) if told.exact else lower * upper > 0
    order = [int(p) for p in np.argsort(-np.abs(values), kind="stable") if sure[p] and values[p] != 0]
    kept = {*[p for p in order if values[p] > 0][:most], *[p for p in order if values[p] < 0][:most]}
    return [(str(told.columns[p]), float(values[p])) for p in order if p in kept]


def _check_model(case: Case, told: Any, place: int, output: int) -> None:  # noqa: ANN401 - an Explanation
    """Raise `InputError` if the explained answer isn't the study's model's, on the scales where that can be said."""
    study, said = case.study, float(told.prediction[place, output])
    if study.task == "regression":
        ours = case.prediction
    elif study.task == "binary" and told.scale in {"probability", "log-odds"} and len(told.outputs) == 1:
        said, ours = float(expit(said)) if told.scale == "log-odds" else said, case.score
    elif told.scale == "probability" and "probabilities" in study.model.can:
        ours = float(study.model.probabilities(case.table)[case.row, output])
    else:
        return
    if math.isfinite(ours) and abs(said - ours) > _MOST_APART * max(1.0, abs(ours)):
        raise InputError(
            f"explanation= is of another model: it says {number(said)} of this row, the study's model {number(ours)}. Explain it anew."
        )
