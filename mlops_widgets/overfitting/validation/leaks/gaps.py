"""Columns whose missing cells say what the target is: empty until, or only when, the outcome is known."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.proportions import clopper_pearson
from mlops_widgets.overfitting.validation.leaks.assay import SIZES, run_assay
from mlops_widgets.overfitting.validation.leaks.check import LeakCheck, blank
from mlops_widgets.overfitting.validation.leaks.material import Material, Part

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_PURE = 0.1
"""Rows with (or without) the cell must leave at most a tenth of the usual room for another outcome."""
_COVERED = 0.05
_FEWEST = 20
_FEWEST_UNITS = 10
_WRITTEN_LATE = 0.95
_CONTROL = (
    "flagged only if the outcome of rows with, or without, the cell is all but certain: the upper bound (Clopper & Pearson, "
    "over rows, or entities, in ten or more units, for all columns at once) of other outcomes is a tenth of their usual share; or "
    "if the cell is empty where the target is unknown and filled where it is known"
)


def find_gap_leaks(material: Material) -> LeakCheck:
    """Return which columns' missing cells all but give the target."""
    check = replace(
        blank("gaps"), measure="share of the target's class that the cell gives away", control=_CONTROL,
        assay_unit="share of the rarer class whose cell is missing", margin=_COVERED,
    )  # fmt: skip
    material.need_features()
    whole = material.reference or material.need_test()
    known = np.flatnonzero(~np.isnan(whole.y))
    if len(known) < _FEWEST:
        raise MissingInputError(f"{_FEWEST} labelled rows", "Pass more labelled rows.")
    part, high = whole.take(known), _outcomes(material, whole.y[known])
    gaps = {name: part.table[name].isna().to_numpy() for name in material.features}
    gaps = {name: gap for name, gap in gaps.items() if gap.any()}
    # Rows of one entity share their gaps; rows of one day seldom do, so a day only asks for several of its kind.
    by_entity = material.study.unit == "entity"
    level = 0.05 / max(1, len(gaps) * 2 * high.shape[1])
    given = {name: _given_away(gap, high, part, level, by_entity=by_entity) for name, gap in gaps.items()}
    flagged = {name: share for name, share in given.items() if share >= _COVERED}
    late = _written_late(material, whole)
    names = tuple(dict.fromkeys([*sorted(flagged, key=lambda name: -flagged[name]), *late]))
    rarest = high[:, int(np.argmin(high.mean(axis=0)))]

    def seen(size: float, rng: np.random.Generator) -> bool:
        rows = np.flatnonzero(rarest)
        gap = np.zeros(part.rows, dtype=bool)
        gap[rng.permutation(rows)[: round(size * len(rows))]] = True
        return _given_away(gap, high, part, level, by_entity=by_entity) >= _COVERED

    value = max(given.values(), default=0.0)
    return replace(
        check, status="failed" if names else "passed", value=value, columns=names,
        evidence={"columns_with_gaps": len(gaps), "rows": part.rows, "written_late": len(late), **_shares(names, gaps)},
        assay=run_assay(SIZES, seen, rng=material.rng(31), cancel=material.cancel),
    )  # fmt: skip


def _shares(names: tuple[str, ...], gaps: dict[str, Mask]) -> dict[str, float | int | str | bool | None]:
    return {
        f"missing_share_{place}": float(gaps[name].mean()) if name in gaps else None for place, name in enumerate(names)
    }


def _outcomes(material: Material, y: Floats) -> Mask:
    """Return what an outcome may be, one column each (n, K): each class; in regression above or below the median."""
    if material.study.task == "regression":
        above = y > np.median(y)
        return np.column_stack([above, ~above])
    return np.asarray(y[:, None] == np.unique(y))


def _given_away(gap: Mask, outcomes: Mask, part: Part, level: float, *, by_entity: bool) -> float:
    """Return the largest share of an outcome's rows that the cell, missing or present, gives away; 0 where it gives none."""
    found = 0.0
    for rows in (gap, ~gap):
        units = int(rows.sum()) if part.units is None else len(np.unique(part.units[rows]))
        if units < _FEWEST_UNITS:
            continue
        count = units if by_entity else int(rows.sum())
        for outcome in outcomes.T:
            usual = 1 - float(outcome.mean())
            other = float((~outcome[rows]).mean()) * count
            upper = clopper_pearson(other, count, level=1 - 2 * level)[1]
            if outcome.any() and upper <= _PURE * usual:
                found = max(found, float((rows & outcome).sum() / outcome.sum()))
    return found


def _written_late(material: Material, reference: Part) -> list[str]:
    """Return the columns that are filled where the target is known and empty where it isn't, in any table."""
    parts = [part for part in (reference, material.test, material.later) if part is not None]
    known = np.concatenate([~np.isnan(part.y) for part in parts])
    if min(known.sum(), (~known).sum()) < _FEWEST:
        return []
    names = []
    for name in material.features:
        filled = np.concatenate([part.table[name].notna().to_numpy() for part in parts])
        if filled[known].mean() >= _WRITTEN_LATE and filled[~known].mean() <= 1 - _WRITTEN_LATE:
            names.append(name)
    return names
