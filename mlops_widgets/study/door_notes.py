"""What loading decided for the user, in sentences: the study's notes."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from mlops_widgets.errors import listed
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import SLOW_DRAWS
from mlops_widgets.study.choosing import ModelInputs
from mlops_widgets.study.dates import zones_of
from mlops_widgets.study.direction import split_pair
from mlops_widgets.study.outcomes import Outcome
from mlops_widgets.study.tables import Table, quoted
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
    """Return which time zones the time column carries, and how many of its cells can't be read, table by table."""
    timed = [table for table in tables if time is not None and time in table]
    if time is None or not timed:
        return []
    notes = _zone_notes(timed, time)
    for table in timed:
        unread = np.isnan(times_of(table, time)[0])
        if not unread.any():
            continue
        wrong = table[time][unread & table[time].notna().to_numpy(dtype=np.bool_)]
        which = f": {quoted(wrong)}" if len(wrong) else ""
        notes.append(
            f"{table.name}: {int(unread.sum()):,} of {table.rows:,} cells of {time!r} are missing or no date "
            f"({len(wrong):,} can't be read{which})."
        )
    return notes


def _zone_notes(tables: list[Table], time: str) -> list[str]:
    zones = {table.name: zones_of(table[time]) for table in tables}
    if not any(zone for found in zones.values() for zone in found):
        return []
    by_words: dict[str, list[str]] = {}
    for name, found in zones.items():
        if found:
            by_words.setdefault(_zone_words(found), []).append(name)
    return [f"{', '.join(names)}: {time!r} {words}" for words, names in by_words.items()]


def _zone_words(zones: tuple[str, ...]) -> str:
    carried = [zone for zone in zones if zone]
    if not carried:
        return "carries no time zone, other tables do: read as UTC."
    if len(zones) > len(carried):
        return f"carries {listed(carried, most=4)} in some cells and no time zone in others, which are read as UTC."
    if carried == ["UTC"]:
        return "is in UTC."
    return f"carries {listed(carried, most=4)}; days and hours are those of UTC."
