"""What must hold of a study before anything looks at it: names, ranges, labels, weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures.metrics import Metric, Task
from mlops_widgets.study.choosing import check_answers
from mlops_widgets.study.outcomes import Outcome
from mlops_widgets.study.predictor import Predictor, check_columns, numeric_column
from mlops_widgets.study.reading import Parts, unknown_column
from mlops_widgets.study.study import Study
from mlops_widgets.study.values import Values


def check_names(parts: Parts, asked: Mapping[str, tuple[str, ...]]) -> None:
    """Every named column must be in some table."""
    for argument, names in asked.items():
        for column in names:
            if not any(column in table for table in parts.all):
                raise unknown_column(column, argument, parts.all[0])


def read_values(values: Any, parts: Parts, task: Task) -> Values:  # noqa: ANN401 - mapping, matrix or column
    """Return what outcomes are worth; its columns must hold numbers wherever the model is judged."""
    if task != "binary":
        raise InputError(f"values= is for two classes; the task is {task}.")
    columns = tuple(dict.fromkeys(column for table in parts.all for column in table.columns))
    read = Values.read(values, columns=columns)
    for table in parts.measured:
        for column in read.columns:
            if column not in table:
                raise unknown_column(column, "values", table)
            numeric_column(table, column, argument="values")
    return read


def check_scores(model: Predictor, metric: Metric, *, expected: float | None, decision_threshold: float | None) -> None:
    """A number outside the range of what it is compared with was meant for something else."""
    low, high = metric.lower, metric.upper
    if expected is not None and ((low is not None and expected < low) or (high is not None and expected > high)):
        bounds = f"{'' if low is None else f'{low:g} or more'}{' and ' if None not in (low, high) else ''}"
        bounds += "" if high is None else f"{high:g} or less"
        raise InputError(
            f"expected={expected!r}, but {metric.label} is {bounds}. Pass the score of metric={metric.name!r}."
        )
    if decision_threshold is None:
        return
    if model.outcome.task == "binary" and "probabilities" in model.can and not 0 <= decision_threshold <= 1:
        raise InputError(f"decision_threshold={decision_threshold!r}, but the model gives probabilities: 0 to 1.")


def check_favourable(favourable: object, outcome: Outcome) -> object:
    """Return the class that is meant by `favourable`, or None; one that the outcome doesn't have is an error."""
    if favourable is None:
        return None
    named = {str(each): each for each in outcome.classes}
    if str(favourable) not in named:
        allowed = f"Labels of {outcome.target!r}: {listed(named)}." if named else "A regression has none: leave it out."
        raise UnknownNameError(f"favourable={str(favourable)[:60]!r}. {allowed}{did_you_mean(str(favourable), named)}")
    found: object = named[str(favourable)]
    return found


def check_contents(study: Study) -> None:
    """Look once at everything that tables must hold, so that nothing later is surprised."""
    check_answers(study.model, study.tables.values())
    for table in study.tables.values():
        check_columns(study.model.features, table, name=study.model.name)
        if study.outcome.target in table:
            study.labels(table)
        if study.roles.decision is not None and study.roles.decision in table:
            study.outcome.encode(table[study.roles.decision], where=f"decision= in {table.name}")
        _check_weights(study, study.weights(table), table.name)


def _check_weights(study: Study, weights: "np.typing.NDArray[np.float64]", table: str) -> None:
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any() or not weights.any():
        what = f"{int(wrong.sum()):,} missing, negative or infinite cells" if wrong.any() else "nothing but zeros"
        raise InputError(f"weights={study.roles.weights!r} in {table} holds {what}. Pass weights of 0 or more.")
    if study.metric.whole_weights and (weights != np.round(weights)).any():
        raise InputError(
            f"weights={study.roles.weights!r} in {table} holds fractions, which metric={study.metric.name!r} can't take. "
            "Give it an argument sample_weight, pass another metric=, or leave weights= out."
        )
