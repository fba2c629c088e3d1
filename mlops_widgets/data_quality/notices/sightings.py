"""A batch with spills in copies of it, and what somebody sees of a spill."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from mlops_widgets.data_quality.damage import Damaged
from mlops_widgets.data_quality.source import Source
from mlops_widgets.data_quality.spills import SPILLS, Spill, places_of, put
from mlops_widgets.study.tables import distinct

Booleans = npt.NDArray[np.bool_]

LEVEL = 0.01
"""Error of the test that tells a sighting from chance."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows as they are, and copies with one spill each.

    Parameters
    ----------
    source
        The rows, and what is known of their columns.
    spilt
        Spill → the copy that has it.
    places
        Spill → the columns that it hits.
    left_out
        Spill → why these rows can't have it.
    """

    source: Source
    spilt: Mapping[str, Damaged]
    places: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, str]

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as they are."""
        return self.source.table.pandas()

    def with_rows(self, frame: pd.DataFrame) -> Source:
        """Return other rows of the same columns and roles, as a table of their own."""
        return replace(self.source, table=self.source.table.replace(frame), study=None)


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """How many of the rows that were hit are pointed at, and of the others; whether somebody would notice follows.

    Parameters
    ----------
    hits, of
        Rows hit that are pointed at, and rows hit.
    others, others_of
        The same of rows that weren't hit, or of the same rows before.
    said
        By what, as "range of age".
    alarm
        Whether the batch as a whole raises an alarm that it doesn't raise without the spill: then rows don't matter.
    """

    hits: int
    of: int
    others: int
    others_of: int
    said: str
    alarm: bool = False

    @property
    def share(self) -> float:
        """Share of the rows hit that are pointed at, 0 to 1."""
        return self.hits / self.of if self.of else 0.0

    def noticed(self, least: float) -> bool:
        """Say whether there is an alarm, or at least this share is pointed at, beyond chance (one-sided Fisher's exact test, .01)."""
        if self.alarm:
            return True
        if not self.of or self.share < least:
            return False
        table = np.array([[self.hits, self.of - self.hits], [self.others, self.others_of - self.others]])
        return bool(stats.fisher_exact(table, alternative="greater").pvalue < LEVEL)


def sighting(pointed_at: Booleans, spilt: Damaged, said: str, *, alarm: bool = False) -> Sighting:
    """Return what is seen where these rows (n,) of a copy are pointed at."""
    hit = spilt.cells.to_numpy().any(axis=1)
    return Sighting(
        hits=int((pointed_at & hit).sum()), of=int(hit.sum()), others=int((pointed_at & ~hit).sum()),
        others_of=int((~hit).sum()), said=said, alarm=alarm,
    )  # fmt: skip


def spill_into(source: Source, share: float, *, seed: int) -> Batch:
    """Return a batch with each spill put into a copy of its rows."""
    frame, target = source.table.pandas(), source.target
    columns = _columns(source)
    places = places_of(frame, columns)
    positive, two = _positive(source)
    spilt: dict[str, Damaged] = {}
    left_out: dict[str, str] = {}
    for spill in SPILLS:
        why = _obstacle(spill, target, places, two=two)
        if why:
            left_out[spill.name] = why
            continue
        spilt[spill.name] = put(
            spill, frame, share, columns=places.get(spill.name, ()), target=target, positive=positive, seed=seed
        )
    empty = [name for name, copy in spilt.items() if not copy.cells.to_numpy().any()]
    for name in empty:
        left_out[name] = "none of the rows chosen could be hit"
        del spilt[name]
    return Batch(source=source, spilt=spilt, places=places, left_out=left_out)


def _columns(source: Source) -> list[str]:
    """Return the columns that may be hit: what the model takes, else all that aren't known to be something else."""
    table = source.table
    if source.study is not None and source.study.model.features:
        return [name for name in source.study.model.features if name in table]
    known = source.roles.not_inputs
    return [name for name in table.columns if name not in known]


def _positive(source: Source) -> tuple[object, bool]:
    """Return the class that is booked late, None for the last in order, and whether the target has two classes."""
    if source.target is None:
        return None, False
    study = source.study
    if study is not None:
        return (study.outcome.classes[-1], True) if study.task == "binary" else (None, False)
    return None, distinct(source.table[source.target].dropna()) == 2


def _obstacle(spill: Spill, target: str | None, places: Mapping[str, tuple[str, ...]], *, two: bool) -> str:
    if spill.place == "learning" and spill.name != "sentinel":
        if target is None:
            return "no target is named"
        return "" if two or spill.name != "late_labels" else "the target doesn't have two classes"
    if spill.name == "near_duplicates":
        return ""
    return "" if spill.name in places else "no column holds measurements"
