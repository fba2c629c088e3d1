"""The row, everything that holds for it, and its changes in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.core.words import number
from mlops_widgets.explainability.attribution.chosen_rows import Row, check_one_row, choose_rows, home_of
from mlops_widgets.explainability.stakeholders.recourse.aim import Wanted, aim_of
from mlops_widgets.explainability.stakeholders.recourse.changed_rows import Asker
from mlops_widgets.explainability.stakeholders.recourse.constraints import Constraint, constraints_of, read_given
from mlops_widgets.explainability.stakeholders.recourse.constraints import Given as Constraints
from mlops_widgets.explainability.stakeholders.recourse.following import Following, find_following
from mlops_widgets.explainability.stakeholders.recourse.moves import move_of, unit_of
from mlops_widgets.explainability.stakeholders.recourse.proposals import Change, Fixed
from mlops_widgets.explainability.stakeholders.recourse.rules import Given as RuleGiven
from mlops_widgets.explainability.stakeholders.recourse.rules import Rule, read_rules
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import as_numbers
from mlops_widgets.study.wording import Wording

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """The row and everything that holds for it."""

    name: str
    asker: Asker
    constraints: Mapping[str, Constraint]
    following: tuple[Following, ...]
    reference: "pd.DataFrame"
    rng: np.random.Generator
    seed: int


def case_of(
    study: Study, row: Row, table: str | None, constraints: Constraints, *, rules: Mapping[str, RuleGiven] | None,
    wanted: Wanted, cancel: Cancel | None, seed: int,
) -> Case:  # fmt: skip
    """Return the case of one row; parameters as of `find_recourse`.

    Raises
    ------
    InputError
        If the row, a constraint, a rule or what is wanted can't be used.
    """
    features, home, rng = study.model.features, home_of(study), np.random.default_rng(seed)
    chosen = choose_rows(study, row, table, features)
    check_one_row(chosen.frame)
    by_column, by_rule = read_given(constraints)
    worked_out, alone = read_rules({**by_rule, **(rules or {})}, features)
    reference = home.pandas()[list(features)]
    held = constraints_of(study, by_column, reference)
    moves = [
        move
        for column in features
        if column not in worked_out
        and (move := move_of(chosen.frame[column], reference[column], held[column], study.words)) is not None
    ]
    asked = [move.column for move in moves if move.column not in alone]
    following = find_following(home, features, asked, apart=frozenset(worked_out), words=study.words, rng=rng)
    tied = {each.column for each in following}
    asker = Asker(
        row=chosen.frame, moves=tuple(move for move in moves if move.column not in tied), rules=worked_out,
        aim=aim_of(study, wanted, chosen.frame), model=study.model, cancel=cancel,
    )  # fmt: skip
    by_rules = [_by_rule(rule, study.words) for rule in worked_out.values()]
    return Case(
        name=chosen.names[0], asker=asker, constraints=held, following=(*by_rules, *following), reference=reference, rng=rng,
        seed=seed,
    )  # fmt: skip


def _by_rule(rule: Rule, words: Wording) -> Following:
    sources = tuple(words.feature(name) for name in rule.inputs if name != rule.column)
    return Following(
        column=rule.column, feature=words.feature(rule.column), sources=sources, explained=float("nan"), rule=rule.text
    )


def changes_of(study: Study, asker: Asker, codes: Floats) -> tuple[Change, ...]:
    """Return the changes of one row of codes, and what follows from them."""
    rows = asker.frame(codes[None, :])
    changes = [
        _change(
            study, asker, rows, asker.moves[place].column, float(asker.moves[place].cost(codes[place : place + 1])[0])
        )
        for place in np.flatnonzero(~np.isnan(codes))
    ]
    changes.sort(key=lambda change: -change.cost)
    for column in asker.rules:
        change = _change(study, asker, rows, column, 0.0, follows=True)
        if change.before != change.after or change.before_number != change.after_number:
            changes.append(change)
    return tuple(changes)


def _change(
    study: Study, asker: Asker, rows: "pd.DataFrame", column: str, cost: float, *, follows: bool = False
) -> Change:
    before, after = asker.row[column].iloc[0], rows[column].iloc[0]
    said = told_apart(
        (_number(before), _number(after)), tuple(study.words.value(column, each) for each in (before, after))
    )
    return Change(
        column=column, feature=study.words.feature(column), before=said[0], after=said[1], before_number=_number(before), after_number=_number(after), cost=cost,
        follows=follows,
    )  # fmt: skip


def told_apart(numbers: tuple[float, float], words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words for two cells, with more decimals where two different numbers would read the same.

    Examples
    --------
    >>> told_apart((1011.6, 1012.3), ("1,012", "1,012")), told_apart((1.0, 2.0), ("1", "2"))
    (('1,011.6', '1,012.3'), ('1', '2'))
    """
    if words[0] != words[1] or not np.isfinite(numbers).all() or numbers[0] == numbers[1]:
        return words
    apart = (tuple(number(each, digits=digits) for each in numbers) for digits in range(1, 17))
    return next((pair for pair in apart if pair[0] != pair[1]), words)


def _number(cell: object) -> float:
    is_number = isinstance(cell, int | float | np.number) and not isinstance(cell, bool)
    return float(cell) if is_number else float("nan")  # type: ignore[arg-type]  # checked the line before


def fixed_columns(study: Study, case: Case) -> tuple[Fixed, ...]:
    """Return the columns that may not change, and why."""
    return tuple(
        Fixed(column=column, feature=study.words.feature(column), why="you say so" if each.why == "yours" else each.why)
        for column, each in case.constraints.items()
        if each.change == "immutable" and column not in case.asker.rules
    )


def free_columns(study: Study, case: Case) -> tuple[str, ...]:
    """Return the columns that may change because nobody said otherwise."""
    moving = {move.column for move in case.asker.moves}
    return tuple(column for column in study.model.features if column in moving and not case.constraints[column].why)


def rule_gaps(case: Case) -> dict[str, float]:
    """Return how far each rule is from the row's own cell, in the column's units."""
    asker, gaps = case.asker, {}
    for column, rule in asker.rules.items():
        found, own = rule.work(asker.row, asker.row)[0], asker.row[column].iloc[0]
        known = as_numbers(case.reference[column])
        known = known[np.isfinite(known)]
        gaps[column] = abs(_number(found) - _number(own)) / unit_of(known) if len(known) else float("nan")
    return gaps
