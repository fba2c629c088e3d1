"""Mixes of one column: its levels or quantile bins as strata, and the shares that a person names for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures.edges import readable_days, readable_edges
from mlops_widgets.overfitting.representative.pair import MISSING, Column, read_column
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import FEWEST_QUOTED

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TARGET = "target"
MOST_STRATA = 6
_BINS = 4
_OTHERS = "all others"


@dataclass(frozen=True, kw_only=True, eq=False)
class Strata:
    """The labelled test rows by one column.

    Parameters
    ----------
    name
        The column.
    kind
        What is assumed when their shares change: "class" (label shift) or "column".
    labels
        What each stratum is called.
    binned
        Whether they are quantile bins of numbers.
    of_row
        (n,) stratum of each labelled test row, 0 to K - 1.
    tested
        (K,) weighted share of each in the test.
    produced
        (K,) weighted share of each in production; NaN where that isn't known.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    binned: bool
    of_row: Integers
    tested: Floats
    produced: Floats


def strata_of(study: Study, test: Measured, name: str, *, bins: int = _BINS, most: int = MOST_STRATA) -> Strata:
    """Return the strata of a column, or of the target, in the test; with the shares of production where it has them.

    Parameters
    ----------
    study
        The study.
    test
        Its labelled test rows.
    name
        A column of the test, or "target".
    bins
        Quantile bins of the test for a column of more than `most` numbers.
    most
        Most levels that have a stratum of their own; the rarer ones share one.
    """
    if name in {TARGET, study.outcome.target}:
        return _classes(study, test, bins=bins)
    later = study.production if study.production is not None and name in study.production else None
    column = read_column(name, [table[name] for table in (test.table, later) if table is not None])
    in_test = np.arange(len(column.values)) < test.table.rows
    codes, labels = _coded(column, in_test=in_test, bins=bins, most=most)
    return Strata(
        name=name, kind="column", labels=labels, of_row=codes[in_test][test.rows], binned=_is_binned(column, most),
        tested=_shares_of(codes[in_test][test.rows], test.weights, len(labels)),
        produced=_shares_of(codes[~in_test], None if later is None else study.weights(later), len(labels)),
    )  # fmt: skip


def _classes(study: Study, test: Measured, *, bins: int) -> Strata:
    later = study.production if study.production is not None and study.outcome.target in study.production else None
    known = np.zeros(0, dtype=np.int64) if later is None else np.flatnonzero(~np.isnan(study.labels(later)))
    arrived = np.zeros(0) if later is None else study.labels(later)[known]
    in_test = np.arange(test.n + len(known)) < test.n
    values = np.concatenate([test.y, arrived])
    if study.task == "regression":
        column = Column(name=TARGET, kind="number", values=values)
        codes, labels = _coded(column, in_test=in_test, bins=bins, most=MOST_STRATA)
        binned = _is_binned(column, MOST_STRATA)
    else:
        codes, labels, binned = values.astype(np.int64), tuple(str(label) for label in study.outcome.classes), False
    return Strata(
        name=study.outcome.target, kind="class", labels=labels, of_row=codes[in_test], binned=binned,
        tested=_shares_of(codes[in_test], test.weights, len(labels)),
        produced=_shares_of(codes[~in_test], None if later is None else study.weights(later)[known], len(labels)),
    )  # fmt: skip


def _shares_of(codes: Integers, weights: Floats | None, count: int) -> Floats:
    if weights is None or not weights.sum() > 0:
        return np.full(count, np.nan)
    return np.asarray(np.bincount(codes, weights=weights, minlength=count) / weights.sum())


def _is_binned(column: Column, most: int) -> bool:
    return column.kind != "level" and len(np.unique(column.values[~np.isnan(column.values)])) > most


def _coded(column: Column, *, in_test: npt.NDArray[np.bool_], bins: int, most: int) -> tuple[Integers, tuple[str, ...]]:
    """Return the stratum of each row (n,) and what the strata are called; missing cells are the last one."""
    missing = np.isnan(column.values)
    if column.kind == "level":
        codes, labels = _level_codes(column, most)
    else:
        distinct = np.unique(column.values[~missing])
        if len(distinct) <= most:
            codes, labels = _value_codes(column)
        else:
            tested = column.values[in_test & ~missing]
            edges = np.unique(np.quantile(tested, np.arange(1, bins) / bins)) if len(tested) else np.zeros(0)
            codes = np.searchsorted(edges, np.where(missing, 0.0, column.values), side="right").astype(np.int64)
            labels = _bin_labels(column, edges, tested)
    if missing.any():
        codes, labels = np.where(missing, len(labels), codes), (*labels, MISSING)
    return codes, labels


def _level_codes(column: Column, most: int) -> tuple[Integers, tuple[str, ...]]:
    named = [code for code, words in enumerate(column.levels) if words][:most]
    place = np.full(len(column.levels) + 1, len(named), dtype=np.int64)
    place[named] = np.arange(len(named))
    codes = place[np.where(np.isnan(column.values), len(column.levels), column.values).astype(np.int64)]
    labels = tuple(column.levels[code] for code in named)
    return codes, labels if len(named) == len(column.levels) else (*labels, _OTHERS)


def _value_codes(column: Column) -> tuple[Integers, tuple[str, ...]]:
    """Return a stratum for each number, and one for those that too few rows hold to be quoted."""
    distinct, counts = np.unique(column.values[~np.isnan(column.values)], return_counts=True)
    named = distinct[counts >= FEWEST_QUOTED]
    codes = np.where(np.isin(column.values, named), np.searchsorted(named, column.values), len(named))
    labels = tuple(column.written(value) for value in named)
    return codes.astype(np.int64), labels if len(named) == len(distinct) else (*labels, _OTHERS)


def _bin_labels(column: Column, edges: Floats, tested: Floats) -> tuple[str, ...]:
    """Return what bins are called, by edges with as few digits as tell them apart: an exact one may be one person's cell."""
    if not len(edges):
        return ("all",)
    rounded = readable_days if column.kind == "date" else readable_edges
    written = [column.written(edge) for edge in rounded(edges, lowest=float(tested.min()), highest=float(tested.max()))]
    middle = [f"{low} to {high}" for low, high in pairwise(written)]
    return (f"below {written[0]}", *middle, f"{written[-1]} or more")


def named_mix(study: Study, test: Measured, to: object) -> tuple[Strata, Floats]:
    """Return the strata and wanted shares (K,) that `to={column: {level: share}}` or `{column: [share, …]}` names.

    Levels that aren't named keep their proportions and share what is left.

    Raises
    ------
    InputError
        If it isn't such a mapping, or its shares can't be.
    UnknownNameError
        If the test has no such column, or no table such a level.
    """
    if not isinstance(to, Mapping) or len(to) != 1:
        raise InputError(
            f'to={to!r:.80}. Pass "production", one column with shares of its levels, {{"area": {{"south": 0.4}}}}, or of its '
            'quantile bins from low to high, {"income": [0.1, 0.2, 0.3, 0.4]}; "target" means the labels.'
        )
    name, wanted = next(iter(to.items()))
    if name != TARGET and name not in test.table:
        raise UnknownNameError(
            f"to={{{name!r}: …}}: no such column in {test.table.name}. Columns: {listed(test.table.columns)}."
            f"{did_you_mean(str(name), test.table.columns)}"
        )
    if isinstance(wanted, Mapping):
        strata = strata_of(study, test, name, most=1000)
        return strata, _shares(name, strata, wanted)
    if isinstance(wanted, Sequence) and not isinstance(wanted, str) and len(wanted) > 1:
        strata = strata_of(study, test, name, bins=len(wanted), most=1)
        return strata, _of_bins(name, strata, wanted)
    raise InputError(f"to={{{name!r}: {wanted!r:.60}}}. Pass shares by level, or a list of shares of quantile bins.")


def _of_bins(name: str, strata: Strata, wanted: Sequence[Any]) -> Floats:
    count = len([label for label in strata.labels if label != MISSING])
    if count != len(wanted) or not strata.binned:
        raise InputError(
            f"to={{{name!r}: …}} has {len(wanted)} shares; the test has {count} such bins. A list is for a column of many "
            "different numbers; name levels in a mapping, {level: share}."
        )
    return _shares(
        name, strata, dict(zip(strata.labels, wanted, strict=False)) | dict.fromkeys(strata.labels[count:], 0.0)
    )


def _shares(name: str, strata: Strata, wanted: Mapping[Any, Any]) -> Floats:
    shares = np.full(len(strata.labels), np.nan)
    for level, share in wanted.items():
        shares[_place(name, strata, level)] = _share(name, level, share)
    named = ~np.isnan(shares)
    total = float(shares[named].sum())
    left = 1 - total
    rest = float(strata.tested[~named].sum())
    if total > 1 + 1e-9 or (left > 1e-9 and rest <= 0):
        raise InputError(
            f"to={{{name!r}: …}}: the shares add up to {total:.6g}. They must add up to 1, or less where levels are left."
        )
    shares[~named] = strata.tested[~named] / rest * max(left, 0.0) if rest > 0 else 0.0
    return shares


def _share(name: str, level: object, share: object) -> float:
    if isinstance(share, bool) or not isinstance(share, int | float | np.number) or not 0 <= float(share) <= 1:
        raise InputError(f"to={{{name!r}: {{{level!r}: {share!r}}}}}. Pass shares from 0 to 1.")
    return float(share)


def _place(name: str, strata: Strata, level: object) -> int:
    """Return the stratum of a level: by its words, or by its number."""
    words = str(level)
    if words in strata.labels and words:
        return strata.labels.index(words)
    for place, label in enumerate(strata.labels):
        try:
            if float(label.replace("\u2212", "-")) == float(words):
                return place
        except ValueError:
            continue
    known = [label for label in strata.labels if label]
    raise UnknownNameError(
        f"to={{{name!r}: {{{level!r}: …}}}}: no such level that {FEWEST_QUOTED} rows or more hold. Levels: {listed(known)}."
        f"{did_you_mean(words, known)}"
    )
