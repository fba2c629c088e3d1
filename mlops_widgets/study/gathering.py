"""The tables of a study, gathered: read, joined with labels that came later, sampled where they are too long."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops_widgets.study.dates import settle_orders
from mlops_widgets.study.door_checks import check_names
from mlops_widgets.study.reading import Parts, TableInputs, join_labels, read_parts
from mlops_widgets.study.tables import cap_rows


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many rows of a table are kept at most, and the seed of the sample."""

    max_rows: int
    seed: int


def gather(
    tables: TableInputs,
    labels: Any,  # noqa: ANN401 - any table
    asked: Mapping[str, tuple[str, ...]],
    *,
    target: str,
    columns: tuple[str, ...],
    limits: Limits,
) -> tuple[Parts, list[str]]:
    """Return the tables, and in sentences how they were read.

    Parameters
    ----------
    tables, labels
        As they were passed.
    asked
        Columns named for each role: each must be in some table.
    target
        Column of the labels.
    columns
        Names for the columns of plain arrays.
    limits
        Rows kept of a table.
    """
    parts, notes = read_parts(tables, asked, target=target, columns=columns, seed=limits.seed, max_rows=limits.max_rows)
    if labels is not None:
        parts, joined = join_labels(parts, labels, target=target, ids=asked["ids"], also=asked["label_time"])
        notes += joined
    notes += [table.reading for table in parts.all if table.reading]
    notes += settle_orders(parts.all, (*asked["time"], *asked["label_time"]))
    check_names(parts, {**asked, "target": (target,)})
    entity = next(iter(asked["entity"]), None)
    parts = parts.each(
        lambda table: cap_rows(table, max_rows=limits.max_rows, by=target, entity=entity, seed=limits.seed)
    )
    notes += dict.fromkeys(said for table in parts.all for said in table.sampling)
    return parts, notes
