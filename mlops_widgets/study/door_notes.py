"""What loading decided for the user, in sentences: the study's notes."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import SLOW_DRAWS
from mlops_widgets.study.choosing import ModelInputs
from mlops_widgets.study.direction import split_pair
from mlops_widgets.study.outcomes import Outcome
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import times_of
from mlops_widgets.study.values import Values

_EVIDENT = ({"0", "1"}, {"-1", "1"}, {"false", "true"}, {"no", "yes"}, {"n", "y"})
"""Pairs of labels of which the last in order is the one that counts, as everyone reads them."""


def choice_notes(
    inputs: ModelInputs,
    outcome: Outcome,
    metric: Metric,
    worth: Values | None,
    features: tuple[str, ...],
    *,
    asked_metric: Any,  # noqa: ANN401 - whatever was passed
    positive: Any,  # noqa: ANN401 - a label
) -> list[str]:
    """Return notes on the positive class, a metric of the user's own, and arguments that overlap."""
    notes = []
    if (
        positive is None
        and outcome.task == "binary"
        and {str(label).lower() for label in outcome.classes} not in _EVIDENT
    ):
        order = "the model's classes" if hasattr(inputs.model, "classes_") else "the sorted labels"
        notes.append(f"Positive is {outcome.positive!r}, the last of {order}; pass positive= to change.")
    if callable(split_pair(asked_metric)[0]) and not isinstance(asked_metric, Metric):
        way = "higher" if metric.greater_is_better else "lower"
        limit = f"; at most {SLOW_DRAWS} bootstrap draws, a call of it each" if metric.slow else ""
        notes.append(f"metric={metric.name!r}: {way} is better{limit}.")
    if inputs.model is not None and inputs.logged.columns:
        notes.append("The model is asked; logged answers (predictions=, scores=) are kept as columns.")
    shared = [column for column in (() if worth is None else worth.columns) if column in features]
    notes += [f"values= takes {column!r}, which is a feature of the model too." for column in shared]
    return notes


def time_notes(tables: Iterable[Table], time: str | None) -> list[str]:
    """Return how many cells of the time column can't be read, table by table."""
    notes = []
    for table in tables:
        if time is None or time not in table:
            continue
        missing = int(np.isnan(times_of(table, time)[0]).sum())
        if missing:
            notes.append(f"{table.name}: {missing:,} of {table.rows:,} cells of {time!r} are missing or no date.")
    return notes
