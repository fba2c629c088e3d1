"""Questions that check what chapter 5 taught, measured on whatever study is loaded; there is no answer key."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.exercise import ExerciseResult, Judgement, ask
from mlops_widgets.core.result import Result
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.errors import (
    InputError,
    UnknownNameError,
    did_you_mean,
    listed,
)
from mlops_widgets.explainability.attribution.related_columns import RELATED, columns_together
from mlops_widgets.explainability.trust.shortcuts_refits import Refits
from mlops_widgets.explainability.trust.shortcuts_shares import contribution_shares
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, as_numbers, distinct, holds_numbers

Floats = npt.NDArray[np.float64]

_ROWS = 3000
_EXPLAINED = 200
_DRAWS = 300


def exercise(code: str, study: Study, *, answer: Any = None, results: Sequence[Result] = ()) -> ExerciseResult:  # noqa: ANN401, ARG001 - as in every chapter
    """Return what measuring your answer found: not tried, not yet, or right.

    Parameters
    ----------
    code
        "EX-1" to "EX-4".
    study
        What the question is about.
    answer
        Your answer, in the form that the question names; None shows the question.
    results
        Results that the chapter already has; nothing here needs them.

    Raises
    ------
    UnknownNameError
        If there is no such exercise.
    """
    if code not in _EXERCISES:
        raise UnknownNameError(
            f"Unknown exercise {code!r}. Exercises: {listed(_EXERCISES)}.{did_you_mean(code, _EXERCISES)}"
        )
    question, judge = _EXERCISES[code]
    return ask(
        code, study, question=question + _choices(code, study), answer=answer, judge=partial(judge, study),
        rows=study.test.rows if study.test is not None else 0, obstacle=_obstacle(code, study),
    )  # fmt: skip


def _obstacle(code: str, study: Study) -> str:
    """Return what the study lacks for the question, whatever the answer."""
    needed = ("reference", "test", "production") if code == "EX-1" else ()
    lacking = [name for name in needed if not _labelled(study, name)]
    reasons = {
        "answers were logged, and there is no model to ask": not isinstance(study.model, EstimatorPredictor),
        "the study has no test": study.test is None,
        "the model can't be refitted": code == "EX-1" and "refit" not in study.learner.can,
        f"the study has no labelled {lacking[0] if lacking else ''} rows": bool(lacking),
        "the model predicts numbers, so there is no decision to flip": code == "EX-3" and study.task == "regression",
        "the model takes a single column": code == "EX-4" and len(study.model.features) < 2,
    }
    found = next((reason for reason, holds in reasons.items() if holds), "")
    return f"This can't be asked here: {found}." if found else ""


def _labelled(study: Study, name: str) -> bool:
    table = study.test if name == "test" else study.tables.get(name)
    return table is not None and study.outcome.target in table and not np.isnan(study.labels(table)).all()


def _choices(code: str, study: Study) -> str:
    if code == "EX-3" or not study.model.features:
        return ""
    return f" Columns: {listed(study.model.features)}."


def _column(study: Study, answer: Any) -> str:  # noqa: ANN401 - checked here
    names = study.model.features
    if str(answer) not in names:
        raise InputError(f"{str(answer)[:60]!r}. Columns: {listed(names)}.{did_you_mean(str(answer), names)}")
    return str(answer)


def _worth_less(study: Study, answer: Any) -> Judgement:  # noqa: ANN401
    column = _column(study, answer)
    found = Refits(study, fit_rows=2 * _ROWS, asked_rows=_ROWS, draws=_DRAWS, seed=0).worth([column])
    # The margin belongs to the score of the model with the column: that without it, and what it is worth.
    better = found.test.value if study.metric.greater_is_better else -found.test.value
    margin = study.accepted_loss(found.test_score + better)
    falls, stays = found.test.lower > 0, found.production.upper < margin
    # A weak honest column costs both a little, which is within the margin too: the two falls have to differ.
    reach = np.hypot(found.test.value - found.test.lower, found.production.upper - found.production.value)
    differ = found.test.value - found.production.value > reach
    said = (
        f"Learned without {column}, the model loses {_gap(found.test)} {study.metric.label} in the test and "
        f"{_gap(found.production)} in production."
    )
    if not falls:
        said += " The test doesn't fall beyond chance."
    elif not stays:
        said += f" In production it may lose more than the margin of {number(margin)}."
    elif not differ:
        said += " That it falls less in production than in the test isn't shown beyond chance."
    return Judgement(
        right=bool(falls and stays and differ), measured=said,
        hint="Is there a column that is written later, or otherwise, in production? mw.explainability.find_shortcuts(study) looks for one.",
    )  # fmt: skip


def _gap(gap: Estimate) -> str:
    return estimate(gap.value, known(gap.lower), known(gap.upper))


def _leans_most(study: Study, answer: Any) -> Judgement:  # noqa: ANN401
    column, names = _column(study, answer), study.model.features
    shares = contribution_shares(study, study.need("test"), rows=_EXPLAINED, draws=_DRAWS, seed=0).drawn
    mine, top = names.index(column), int(np.argmax(shares.values))
    gaps = np.nanquantile(shares.draws[:, top] - shares.draws[:, mine], 0.025) if mine != top else 0.0
    lower, upper = shares.bounds()
    said = f"{column} has {estimate(shares.values[mine], lower[mine], upper[mine], 'percent')} of all contributions"
    right = mine == top or bool(gaps <= 0)
    if right and mine == top:
        said += ", more than any other."
    elif right:
        said += f"; that can't be told from {names[top]}, which is first on the rows explained."
    else:
        said += "; another column has more, beyond chance."
    return Judgement(
        right=right, measured=said, hint="Explain some rows, and average the absolute contributions of each column."
    )


def _flips(study: Study, answer: Any) -> Judgement:  # noqa: ANN401
    test = study.need("test")
    position, column, cell = _change(study, test, answer)
    features = list(study.model.features)
    before = test.pandas()[features].iloc[[position]]
    after = before.copy()
    after[column] = _typed(test, column, cell)
    said = study.model.predictions(test.replace(before))[0], study.model.predictions(test.replace(after))[0]
    classes = study.outcome.classes
    flipped = bool(said[0] != said[1])
    claim = f"With {column} changed so, the decision on row {position} "
    claim += f"flips from {classes[int(said[0])]} to {classes[int(said[1])]}." if flipped else "stays the same."
    hint = "Look for a column with a large contribution in this row, and move it towards the other side's usual values."
    return Judgement(right=flipped, measured=claim, hint=hint)


def _change(study: Study, test: Table, answer: Any) -> tuple[int, str, Any]:  # noqa: ANN401 - checked here
    if not isinstance(answer, tuple | list) or len(answer) != 3:
        raise InputError(
            f"{answer!r:.80}. Needed: (row, column, new value), such as (0, {study.model.features[0]!r:.60}, 1)."
        )
    position, name, cell = answer
    if isinstance(position, bool) or not isinstance(position, int | np.integer) or not 0 <= position < test.rows:
        raise InputError(f"row {position!r:.60}. Rows of the test go from 0 to {test.rows - 1:,}.")
    return int(position), _column(study, name), cell


def _typed(test: Table, column: str, cell: Any) -> "pd.Series[Any] | Any":  # noqa: ANN401 - a cell
    """Return the cell in the column's type, after looking whether it lies within what the test holds."""
    cells = test[column]
    if holds_numbers(cells):
        value = as_numbers(pd.Series([cell], dtype=object))[0]
        numbers = as_numbers(cells)
        if np.isnan(value) or not np.nanmin(numbers) <= value <= np.nanmax(numbers):
            raise InputError(
                f"{cell!r:.60} lies outside of what {column} holds in the test. Choose a value within its range."
            )
        whole = pd.api.types.is_integer_dtype(cells.dtype) and float(value).is_integer()
        return int(value) if whole else float(value)
    present = cells[cells.astype(str) == str(cell)]
    if present.empty:
        raise InputError(f"{cell!r:.60} doesn't occur in {column} in the test. Choose a value that does.")
    return present.iloc[0]


def _entangled(study: Study, answer: Any) -> Judgement:  # noqa: ANN401
    if isinstance(answer, str) or not isinstance(answer, tuple | list) or len(answer) != 2:
        raise InputError(f"{answer!r:.80}. Needed: two column names, such as {tuple(study.model.features[:2])!r:.120}.")
    one, other = (_column(study, name) for name in answer)
    if one == other:
        raise InputError("the same column twice. Name two.")
    table = study.need("test")
    names = list(study.model.features)
    constant = [name for name in (one, other) if distinct(table[name]) < 2]
    if constant:
        raise InputError(f"{constant[0]} is constant in the test. Name two columns that vary.")
    found = columns_together(table.pandas()[names])[1]
    strength = found[names.index(one), names.index(other)]
    closest = float(np.triu(found, 1).max())
    right = bool(strength >= min(RELATED, closest - 1e-9))
    said = f"{one} and {other} are associated at {number(float(strength))} in the test (0 none, 1 entirely)."
    if right and strength < RELATED:
        said += f" No pair reaches {number(RELATED)}: in this study contributions can be told apart."
    elif right:
        said += " A model may use either for the other, so only their sum is well determined."
    return Judgement(
        right=right, measured=said, hint="Which columns say nearly the same of a row? Look at what follows from what."
    )


_EXERCISES: Mapping[str, tuple[str, Callable[[Study, Any], Judgement]]] = {
    "EX-1": (
        "Name a column whose removal lowers the score in the test and not in production.", _worth_less,
    ),
    "EX-2": ("Name the column that the model leans on most.", _leans_most),
    "EX-3": (
        "Change one column of one row of the test, within what that column holds there, so that the decision flips: (row, column, new value).",
        _flips,
    ),
    "EX-4": (
        "Name two columns so alike that their contributions can't be told apart, or the pair that comes closest.", _entangled,
    ),
}  # fmt: skip
