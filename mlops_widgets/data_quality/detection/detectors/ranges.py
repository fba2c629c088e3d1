"""Numbers beyond bounds that their column keeps to: by its name where the data agree, else where the density breaks off."""

import re
from collections.abc import Iterator, Mapping

import numpy as np

from mlops_widgets.core.words import number, p_words, short
from mlops_widgets.data_quality.detection.columns import Booleans, Floats
from mlops_widgets.data_quality.detection.suspicions import Suspicion
from mlops_widgets.measures.oddities.cliffs import find_cliff, flipped_signs
from mlops_widgets.study.role_words import plain

BOUNDS: tuple[tuple[str, float, float], ...] = (
    (r"age|alter|edad|age_years|age_in_years", 0, 130), (r"(.*_)?(percent|percentage|pct|prozent|pourcentage)", 0, 100),
    (r"(.*_)?(probability|proba|prob)", 0, 1), (r"humidity|humid|rel_humidity|relative_humidity", 0, 100),
    (r"(.*_)?(lat|latitude)", -90, 90), (r"(.*_)?(lon|lng|long|longitude)", -180, 360), (r"hour|hr|stunde|heure", 0, 24),
    (r"minute|second", 0, 60), (r"month|monat|mois|mes", 0, 12), (r"day_of_month", 1, 31),
    (
        (r"(.*_)?(weight|height|width|length|area|distance|duration|price|amount|quantity|qty|count|salary|income|speed|population|"
     r"size|volume|age|seats|rooms|bedrooms|bathrooms)(_(kg|g|lb|cm|mm|m|km|mi|ms|s|min|hours|days|years|eur|usd))?"), 0, np.inf,
    ),
)  # fmt: skip
"""Name → lowest and highest number that it can mean."""

_AGREEING = 0.95
_MOST_FLIPPED = 0.02
_STEPS = 20
_CLIFFS = ((0.0, "below"), (1.0, "above"), (100.0, "above"))


def suspect_ranges(numbers: Mapping[str, Floats]) -> Iterator[Suspicion]:
    """Suspect numbers beyond what their column can hold."""
    for name, cells in numbers.items():
        rows = np.flatnonzero(np.isfinite(cells))
        known = cells[rows]
        if len(known) < 2:
            continue
        for suspicion in (_named(name, known), _broken_off(name, known), _flipped(name, known)):
            if suspicion is not None:
                beyond, confidence, reason, repair = suspicion
                yield Suspicion(
                    kind="out_of_range", column=name, rows=rows[beyond], confidence=np.full(int(beyond.sum()), confidence),
                    reason=reason, repair=repair[beyond],
                )  # fmt: skip
                break


_Found = tuple[Booleans, float, str, "np.typing.NDArray[np.object_]"]


def _named(name: str, known: Floats) -> _Found | None:
    """Return what lies beyond bounds that the column's name says, where nearly all numbers keep to them."""
    bounds = next(((low, high) for words, low, high in BOUNDS if re.fullmatch(words, plain(name))), None)
    if bounds is None:
        return None
    beyond = (known < bounds[0]) | (known > bounds[1])
    if not beyond.any() or beyond.mean() > 1 - _AGREEING:
        return None
    upto = "0 or more" if np.isinf(bounds[1]) else f"from {bounds[0]:g} to {bounds[1]:g}"
    reason = f"{short(name)} is {upto} by its name, and {number(1 - beyond.mean(), 'percent')} of its rows are; {int(beyond.sum()):,} aren't."
    return beyond, 0.9, reason, _repaired(known)


def _broken_off(name: str, known: Floats) -> _Found | None:
    """Return what lies beyond 0, 1 or 100 where the rows break off there."""
    for edge, side in _CLIFFS:
        if edge and not _fills(known, edge):
            continue
        cliff = find_cliff(known, edge=edge, side="below" if side == "below" else "above")
        if cliff is not None and cliff.beyond.mean() <= 1 - _AGREEING:
            reason = (
                f"{int(cliff.beyond.sum()):,} rows of {short(name)} are {side} {edge:g}, where the others break off: "
                f"{cliff.inside_near:,} rows lie just inside and {cliff.beyond_near:,} just beyond ({p_words(cliff.p_value)})."
            )
            return cliff.beyond, 0.8, reason, _repaired(known)
    return None


def _fills(known: Floats, edge: float) -> bool:
    """Say whether the numbers look like shares or percentages: from 0 up to the edge and near it, in many steps."""
    low, high = np.quantile(known, [0.02, 0.95])
    return bool(low >= 0 and edge / 2 <= high <= edge and len(np.unique(known[(known > 0) & (known < edge)])) >= _STEPS)


def _flipped(name: str, known: Floats) -> _Found | None:
    """Return negative numbers that would be ordinary with the other sign; many may be meant."""
    flipped = flipped_signs(known)
    if not flipped.any():
        return None
    few = flipped.mean() <= _MOST_FLIPPED
    reason = (
        f"{int(flipped.sum()):,} rows of {short(name)} are negative, would be ordinary with the other sign, and nothing lies "
        "between them and the others."
    )  # fmt: skip
    return (
        flipped,
        0.6 if few else 0.4,
        reason if few else f"{reason} So many may be meant, as refunds are.",
        _repaired(known),
    )


def _repaired(known: Floats) -> "np.typing.NDArray[np.object_]":
    """Return each number without its sign where that is ordinary, else nothing."""
    low, high = np.quantile(known[known >= 0], [0.005, 0.995]) if (known >= 0).any() else (np.inf, -np.inf)
    ordinary = (known < 0) & (-known >= low) & (-known <= high)
    return np.where(ordinary, -known, np.nan).astype(object)
