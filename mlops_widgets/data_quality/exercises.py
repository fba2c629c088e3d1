"""Questions that check what chapter 4 taught, measured on whatever study or table is loaded; there is no answer key."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from mlops_widgets.core.exercise import ExerciseResult, Judgement, ask
from mlops_widgets.core.result import Result
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.data_quality.contracts.infer import infer_contract
from mlops_widgets.data_quality.contracts.validate import ValidationResult, validate
from mlops_widgets.data_quality.damage import Damaged, damage
from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.detection.find_errors import find_errors
from mlops_widgets.data_quality.pricing.price_issues import PriceResult, price_issues
from mlops_widgets.data_quality.source import Source, source_of
from mlops_widgets.data_quality.spills import BY_NAME, measurements
from mlops_widgets.data_quality.spoilers_desk.desk import SpoilersDeskResult, run_spoilers_desk
from mlops_widgets.errors import InputError, MlopsWidgetsError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.tables import as_numbers

R = TypeVar("R", bound=Result)
Judge = Callable[[Source, Sequence[Result], Any], Judgement]

_SHARE = 0.05
_CAUGHT = 0.9
_ROWS = 2000
_NONE = "none"
_PRICED = ("missing", "sentinel", "unit", "shuffled", "typo", "variant", "types")


def exercise(code: str, study: Any, *, answer: Any = None, results: Sequence[Result] = ()) -> ExerciseResult:  # noqa: ANN401 - a study or a table
    """Return what measuring your answer found: not tried, not yet, or right.

    Parameters
    ----------
    code
        "DQ-1" to "DQ-5".
    study
        What the question is about: a Study, or any table that a study accepts; DQ-2 and DQ-5 need a study.
    answer
        Your answer, in the form that the question names; None shows the question.
    results
        Results of `find_errors` and `price_issues` on this study, so that they needn't run again.

    Raises
    ------
    UnknownNameError
        If there is no such exercise.

    Examples
    --------
    >>> table = pd.DataFrame({"amount": [float(at) for at in range(40)]})
    >>> exercise("DQ-1", table, answer="none").state
    'right'
    """
    if code not in _QUESTIONS:
        raise UnknownNameError(
            f"Unknown exercise {code!r}. Exercises: {listed(_QUESTIONS)}.{did_you_mean(code, _QUESTIONS)}"
        )
    source, judge = source_of(study), _JUDGES[code]
    return ask(
        code, source.study or _subject(source.table.fingerprint), question=_QUESTIONS[code] + _details(code, source), answer=answer,
        judge=lambda given: judge(source, results, given), rows=source.table.rows, obstacle=_obstacle(code, source),
    )  # fmt: skip


class _Subject:
    """What tries are counted for, where there is a table alone."""


@lru_cache(maxsize=64)
def _subject(_fingerprint: str) -> _Subject:
    return _Subject()


def _obstacle(code: str, source: Source) -> str:
    """Return what is lacking for the question, whatever the answer."""
    study = source.study
    reasons = {
        "there is a table, and no model": code in {"DQ-2", "DQ-5"} and study is None,
        "the model can't be refitted": code == "DQ-2" and study is not None and "refit" not in study.learner.can,
        "no column of numbers has ten different ones": code in {"DQ-3", "DQ-4"} and not _measured(source),
    }
    found = next((reason for reason, holds in reasons.items() if holds), "")
    return f"This can't be asked here: {found}." if found else ""


def _details(code: str, source: Source) -> str:
    """Return what the question is about here."""
    if code == "DQ-2":
        return f" Spills: {listed(BY_NAME, most=6)}."
    if code == "DQ-3" and _measured(source):
        return f" Columns: {listed(_measured(source))}."
    if code == "DQ-4" and _measured(source):
        column, copy = _spilt(source)
        value = copy.frame[column][copy.cells[column]].iloc[0]
        return f" Here {column} became {number(float(value))}."
    return f" Kinds: {listed(_PRICED, most=10)}." if code == "DQ-5" else ""


def _measured(source: Source) -> list[str]:
    known_roles = source.roles.not_inputs
    columns = [name for name in source.table.columns if name not in known_roles]
    return measurements(source.table.pandas(), columns)


def _sample(source: Source) -> pd.DataFrame:
    rows = np.random.default_rng(0).permutation(source.table.rows)[:_ROWS]
    return source.table.pandas().iloc[np.sort(rows)].reset_index(drop=True)


def _given(kind: type[R], results: Sequence[Result], compute: Callable[[], Result]) -> R:
    """Return the result of this type among `results`, else compute it; raise where the study can't give it."""
    found = next((result for result in results if isinstance(result, kind)), None) or compute()
    if not isinstance(found, kind):
        raise MlopsWidgetsError(found.headline)
    return found


def _errors(source: Source, results: Sequence[Result]) -> ErrorsResult:
    fitting = [each for each in results if isinstance(each, ErrorsResult) and each.table_rows == source.table.rows]
    return _given(ErrorsResult, fitting, lambda: find_errors(source))


def _column(answer: Any, columns: Sequence[str]) -> str:  # noqa: ANN401 - checked here
    if str(answer) not in columns:
        raise InputError(f"{str(answer)[:60]!r}. Columns: {listed(columns)}.{did_you_mean(str(answer), columns)}")
    return str(answer)


def _wrong_cell(source: Source, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    errors = _errors(source, results)
    cells = errors.cells
    hint = "find_errors(…).frame() ranks the cells; those from .5 up count."
    if isinstance(answer, str) and answer == _NONE and _NONE not in source.table:
        count = int(cells.to_numpy().sum())
        return Judgement(right=not count, measured=f"{count:,} cells count as wrong.", hint=hint)
    if isinstance(answer, tuple | list):
        row, column = _place(source, answer)
        sure = float(errors.scores[column].iloc[row])
        said = f"That the cell in row {row:,} of {column} is wrong has a confidence of {number(sure)}."
        return Judgement(right=bool(cells[column].iloc[row]), measured=said, hint=hint)
    column = _column(answer, source.table.columns)
    wrong = int(cells[column].sum())
    noted = [note.reason for note in errors.notes if note.column == column]
    said = f"{wrong:,} cells of {column} count as wrong" + (f"; {noted[0]}" if noted else ".")
    return Judgement(right=bool(wrong or noted), measured=said, hint=hint)


def _place(source: Source, answer: Sequence[Any]) -> tuple[int, str]:
    if len(answer) != 2:
        raise InputError(f"{answer!r:.80}. Needed: (row, column), the row from 0.")
    row, name = answer
    if isinstance(row, bool) or not isinstance(row, int | np.integer) or not 0 <= row < source.table.rows:
        raise InputError(f"row {row!r:.60}. Rows of the table go from 0 to {source.table.rows - 1:,}.")
    return int(row), _column(name, source.table.columns)


def _flattering(source: Source, _: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    name, share = _spill_and_share(answer)
    desk = _given(SpoilersDeskResult, (), lambda: run_spoilers_desk(source.study, spills=[name], shares=(0, share)))
    sign = 1 if desk.greater_is_better else -1
    change = [
        (desk.change[0, 1, 0, at], desk.change_lower[0, 1, 0, at], desk.change_upper[0, 1, 0, at]) for at in (0, 1)
    ]
    (team, low, high), (live, worst, best) = change
    rises = bool((low if sign > 0 else -high) > 0)
    better = bool((worst if sign > 0 else -best) > 0)
    said = (
        f"{BY_NAME[name].label[:1].upper()}{BY_NAME[name].label[1:]} in {number(share, 'percent')} of the rows move the {desk.metric_label} that the team "
        f"sees by {estimate(team, known(low), known(high))}, and production's by {estimate(live, known(worst), known(best))}."
    )
    return Judgement(
        right=rises and not better, measured=said,
        hint="What would a model have seen already, if it stood in training and in the test?",
    )  # fmt: skip


def _spill_and_share(answer: Any) -> tuple[str, float]:  # noqa: ANN401 - checked here
    if isinstance(answer, str) or not isinstance(answer, tuple | list) or len(answer) != 2:
        raise InputError(f"{answer!r:.80}. Needed: (spill, share of the rows), such as ('unit', 0.2).")
    name, share = answer
    if name not in BY_NAME:
        raise InputError(f"{str(name)[:60]!r}. Spills: {listed(BY_NAME, most=6)}.{did_you_mean(str(name), BY_NAME)}")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise InputError(f"share {share!r:.60}. Needed: a share of the rows, above 0 up to 1.")
    return str(name), float(share)


def _bounds(source: Source, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    column, low, high = _column_and_bounds(source, answer)
    frame = source.table.pandas()
    right = ~_errors(source, results).cells[column].to_numpy()
    values = as_numbers(frame[column])
    outside = int((((values < low) | (values > high)) & right).sum())
    caught = {}
    for kind in ("unit", "sentinel"):
        copy = damage(frame, kind, _SHARE, columns=[column], seed=0)
        hit = copy.cells[column].to_numpy()
        spilt = as_numbers(copy.frame[column])[hit]
        caught[kind] = float(((spilt < low) | (spilt > high)).mean()) if hit.any() else 0.0
    said = (
        f"{outside:,} rows that aren't suspected break the bounds; they catch {number(caught['unit'], 'percent')} of the cells in "
        f"another unit, and {number(caught['sentinel'], 'percent')} of those written as a number that stands for nothing."
    )
    return Judgement(
        right=not outside and min(caught.values()) >= _CAUGHT, measured=said,
        hint="Take a column whose numbers span less than a factor of a thousand, and its smallest and largest right ones.",
    )  # fmt: skip


def _column_and_bounds(source: Source, answer: Any) -> tuple[str, float, float]:  # noqa: ANN401 - checked here
    if isinstance(answer, str) or not isinstance(answer, tuple | list) or len(answer) != 3:
        raise InputError(f"{answer!r:.80}. Needed: (column, lower bound, upper bound).")
    column = _column(answer[0], _measured(source))
    for bound in answer[1:]:
        if isinstance(bound, bool) or not isinstance(bound, int | float | np.number) or np.isnan(bound):
            raise InputError(f"bound {bound!r:.60}. Needed: a number.")
    return column, float(answer[1]), float(answer[2])


def _spilt(source: Source) -> tuple[str, Damaged]:
    column = _measured(source)[0]
    return column, damage(_sample(source), "sentinel", _SHARE, columns=[column], seed=0)


def _repaired(source: Source, _: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    recipe = _recipe(answer)
    frame, copy = _sample(source), _spilt(source)[1].frame
    contract = infer_contract(frame, roles=source.roles)
    usual = _broken(frame, contract)
    clean = recipe.fit(copy).apply(copy, training=True)
    broken = [rule for rule in _broken(clean, contract) if rule not in usual]
    lost = 1 - len(clean) / len(copy)
    said = f"After your steps {len(broken)} rules of the contract are broken" + (
        f" ({listed(broken, most=3)})" if broken else ""
    )
    return Judgement(
        right=not broken and lost < _SHARE, measured=f"{said}, and {number(lost, 'percent')} of the rows are lost.",
        hint="Make the number that stands for nothing missing (void_numbers), then fill what is missing (impute).",
    )  # fmt: skip


def _recipe(answer: Any) -> CleaningRecipe:  # noqa: ANN401 - checked here
    if isinstance(answer, CleaningRecipe):
        return answer
    if isinstance(answer, tuple | list) and answer and all(isinstance(step, Step) for step in answer):
        return CleaningRecipe(tuple(answer))
    raise InputError(f"{answer!r:.80}. Needed: a CleaningRecipe, or a list of its steps.")


def _broken(frame: pd.DataFrame, contract: Any) -> tuple[str, ...]:  # noqa: ANN401 - a Contract
    found = validate(frame, contract)
    if not isinstance(found, ValidationResult):
        raise MlopsWidgetsError(found.headline)
    return found.broken


def _costliest(source: Source, results: Sequence[Result], answer: Any) -> Judgement:  # noqa: ANN401
    def compute() -> Result:
        study = source.study
        if study is None:
            raise MlopsWidgetsError("This can't be asked here: there is no model.")
        return price_issues(study, kinds=_PRICED, splits=3, max_fit_rows=300, max_test_rows=_ROWS, draws=200)

    prices = {each.kind: each for each in _given(PriceResult, results, compute).of("sensitivity", "serving")}
    prices = {kind: each for kind, each in prices.items() if np.isfinite(each.loss)}
    if str(answer) not in prices:
        raise InputError(
            f"{str(answer)[:60]!r}. Kinds measured here: {listed(prices, most=10)}.{did_you_mean(str(answer), prices)}"
        )
    mine, top = prices[str(answer)], max(prices.values(), key=lambda each: each.loss)
    said = f"{mine.label[:1].upper()}{mine.label[1:]} cost {estimate(mine.loss, mine.lower, mine.upper)} {mine.metric_label} at serve time"
    if mine is top:
        said += ", more than any other kind."
    elif mine.upper >= top.lower:
        said += f"; that can't be told from {top.label}, which cost most."
    else:
        said += "; another kind costs more, beyond chance."
    return Judgement(
        right=mine.upper >= top.lower, measured=said, hint="price_issues ranks them: look at the sensitivity."
    )


_QUESTIONS: Mapping[str, str] = {
    "DQ-1": "Name a cell, as (row, column), or a column of which find_errors is sure that something is wrong; 'none' if nothing is.",
    "DQ-2": "Choose a spill and a share of the rows, as (spill, share), that lift the score that the team sees, and not production's.",
    "DQ-3": "Give bounds, as (column, lower, upper), that every right row keeps, and that catch nine in ten of the column's cells in another "
    "unit, or written as a number that stands for nothing.",
    "DQ-4": "In a copy of your rows one cell in twenty of a column stands for nothing. Pass steps, or a CleaningRecipe, after which the "
    "copy keeps the contract of the right rows, with fewer than 5 % of the rows lost.",
    "DQ-5": "Name the kind of error that would cost the model most at serve time.",
}  # fmt: skip
_JUDGES: Mapping[str, Judge] = {
    "DQ-1": _wrong_cell, "DQ-2": _flattering, "DQ-3": _bounds, "DQ-4": _repaired, "DQ-5": _costliest,
}  # fmt: skip
