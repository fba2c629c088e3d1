"""Test rows that the reference holds already, exactly or nearly, beyond what chance repeats."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.shares import NO_SHARE, Share, excess, share_of
from mlops_widgets.measures.twins import Nearness, learn_nearness, occurrences, repeated_elsewhere
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.validation.leaks.assay import SIZES, run_assay
from mlops_widgets.overfitting.validation.leaks.cells import joint_codes, row_keys
from mlops_widgets.overfitting.validation.leaks.check import LeakCheck, blank
from mlops_widgets.overfitting.validation.leaks.material import Material, Part
from mlops_widgets.study.encoding import learn_encoding
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

_JITTER = 0.001
_FEW = 3
_NEAR_TEST_ROWS = 3000
_LEAST_FINE = 50
_CONTROL = (
    "counted only beyond the largest of what chance explains: twins of later rows, and of training rows among themselves, the "
    "latter no further than rows agree on half of the columns (exact) or lie at distances around the radius (near)"
)


@dataclass(frozen=True, kw_only=True)
class Chance:
    """Twin rates that no leak made.

    Parameters
    ----------
    later, within, bound
        Of later rows (nothing without them); of training rows with those of other units; and the most that the columns'
        values or distances make plausible.
    has_later
        Whether there were later rows.
    """

    later: Share
    within: Share
    bound: Share
    has_later: bool

    @property
    def control(self) -> Share:
        """The largest rate that chance explains.

        Twins within the training rows are innocent only as far as the columns are coarse: where rows hold continuous
        numbers, equal ones were copied before the split.
        """
        inside = min(self.within, self.bound, key=lambda share: share.value)
        return max(self.later, inside, key=lambda share: share.value)


def find_duplicates(material: Material, *, margin: float) -> LeakCheck:
    """Return whether the test holds rows of the reference, equal in every column that the model takes."""
    check = replace(
        blank("duplicates"), measure="share of the test's rows beyond chance", control=_CONTROL, assay_unit="share of the test's rows",
        margin=margin,
    )  # fmt: skip
    reference, test = material.need_reference(), material.need_test()
    parts = [part for part in (reference, test, material.later) if part is not None]
    codes = [joint_codes([part.table[name] for part in parts]) for name in material.need_features()]
    keys = [row_keys([code[index] for code in codes]) for index in range(len(parts))]
    counts = occurrences(keys[1], keys[0])
    chance = Chance(
        later=share_of(occurrences(keys[2], keys[0]) > 0, parts[2].units) if len(parts) > 2 else NO_SHARE,
        within=share_of(repeated_elsewhere(keys[0], reference.units), reference.units),
        bound=_coincidences(codes, counts, test), has_later=len(parts) > 2,
    )  # fmt: skip
    found = _judged(check, counts > 0, test, chance)
    agreeing = _same_label(keys, reference, test, counts > 0)

    def seen(size: float, rng: np.random.Generator) -> bool:
        copied = _some_rows(test, size, rng)
        mixed = keys[1].copy()
        mixed[copied] = keys[0][rng.integers(0, len(keys[0]), len(copied))]
        return _judged(check, occurrences(mixed, keys[0]) > 0, test, chance).status == "failed"

    assay = run_assay(SIZES, seen, rng=material.rng(11), cancel=material.cancel)
    return replace(found, assay=assay, evidence={**found.evidence, "same_label_share": agreeing})


def _coincidences(codes: list[list[Integers]], counts: Integers, test: Part) -> Share:
    """Return how many test rows agree with a training row on half of the columns, of those that have no full twin.

    A row that occurs often in the reference is a common one, not a copy, and counts to chance too.
    """
    common = counts > _FEW
    by_detail = sorted(codes, key=lambda code: -len(np.unique(code[0])))
    halves = [half for half in (by_detail[::2], by_detail[1::2]) if half]
    alone = counts == 0
    shares = [share_of(common, test.units)]
    if len(halves) < 2 or not alone.any():
        return share_of(np.ones(test.rows, dtype=bool), test.units) if len(halves) < 2 else shares[0]
    units = None if test.units is None else test.units[alone]
    for half in halves:
        reference, mine = (row_keys([code[index] for code in half]) for index in (0, 1))
        shares.append(share_of(occurrences(mine[alone], reference) > 0, units))
    return max(shares, key=lambda share: share.value)


def _same_label(keys: list[Keys], reference: Part, test: Part, twin: Mask) -> float | None:
    """Return the share of the test's twins that have a twin with their own label too; None without labelled twins."""
    known = twin & ~np.isnan(test.y)
    if not known.any():
        return None
    with_label = [
        row_keys([key.view(np.int64), np.unique(y, return_inverse=True)[1]])
        for key, y in _labelled_keys(keys, reference, test)
    ]
    return float((occurrences(with_label[1], with_label[0]) > 0)[known].mean())


def _labelled_keys(keys: list[Keys], reference: Part, test: Part) -> list[tuple[Keys, Floats]]:
    return [(keys[0], reference.y), (keys[1], test.y)]


def _some_rows(test: Part, share: float, rng: np.random.Generator) -> Integers:
    return rng.permutation(test.rows)[: round(share * test.rows)]


def _judged(check: LeakCheck, twin: Mask, test: Part, chance: Chance) -> LeakCheck:
    share = share_of(twin, test.units)
    over = excess(share, chance.control)
    # The test's twins are counted, not estimated: more than all of them can't be copies.
    over = replace(over, upper=min(over.upper, share.value))
    verdict = judge(over.lower, over.upper, margin=check.margin, n=test.rows)
    evidence = {
        "test_rows": test.rows, "twin_share": share.value, "chance_share": chance.control.value,
        "later_share": chance.later.value if chance.has_later else None, "within_share": chance.within.value,
        "rows_needed": verdict.needed,
    }  # fmt: skip
    return replace(
        check, status=verdict.status, value=over.value, lower=over.lower, upper=over.upper, evidence=evidence
    )


def find_near_duplicates(material: Material, *, margin: float) -> LeakCheck:
    """Return whether the test holds rows of the reference with small changes, such as noise or another rounding."""
    check = replace(
        blank("near_duplicates"), measure="share of the test's rows beyond chance", control=_CONTROL, assay_unit="share of the test's rows",
        margin=margin,
    )  # fmt: skip
    rng = material.rng(12)
    reference = material.need_reference().scatter(material.most_rows, rng=rng)
    test = material.need_test().scatter(_NEAR_TEST_ROWS, rng=rng)
    encoding = learn_encoding(reference.table, material.need_features())
    rows = encoding.numbers(reference.table)[0]
    smooth = _finest(rows) > _LEAST_FINE
    if not smooth.any():
        raise MissingInputError(
            "column of fine numbers",
            "Rows of categories and coarse numbers have no near twins; exact ones are counted.",
        )
    nearness = learn_nearness(rows, rng=rng)
    if nearness is None:
        raise MissingInputError("two different rows in the reference", "Pass more training rows.")
    check_cancel(material.cancel)
    chance, distances = _near_chance(material, nearness, encoding.numbers, (reference, test), rng)
    found = _judged(check, nearness.near(distances), test, chance)

    def seen(size: float, rng: np.random.Generator) -> bool:
        copied = _some_rows(test, size, rng)
        twins = rows[rng.integers(0, len(rows), len(copied))]
        twins = twins + np.where(smooth, rng.normal(scale=_JITTER, size=twins.shape), 0.0)
        mixed = distances.copy()
        mixed[copied] = nearness.distances(twins)
        return _judged(check, nearness.near(mixed), test, chance).status == "failed"

    assay = run_assay(SIZES, seen, rng=material.rng(13), cancel=material.cancel)
    return replace(found, assay=assay, evidence={**found.evidence, "radius": nearness.radius, "jitter": _JITTER})


def _finest(rows: Floats) -> Integers:
    """Return how many values each encoded column has."""
    return np.array([len(np.unique(column)) for column in rows.T], dtype=np.int64)


def _near_chance(
    material: Material, nearness: Nearness, numbers: Callable[[Table], tuple[Floats, Integers]], parts: tuple[Part, Part],
    rng: np.random.Generator,
) -> tuple[Chance, Floats]:  # fmt: skip
    """Return what chance explains, and how far each test row is from the reference."""
    reference, test = parts
    distances = nearness.distances(numbers(test.table)[0])
    inside = reference.scatter(_NEAR_TEST_ROWS, rng=rng)
    own = nearness.distances(numbers(inside.table)[0], own=True)
    later = None if material.later is None else material.later.scatter(_NEAR_TEST_ROWS, rng=rng)
    band = share_of(nearness.by_chance(distances), test.units)
    chance = Chance(
        later=NO_SHARE if later is None else share_of(nearness.near(nearness.distances(numbers(later.table)[0])), later.units),
        within=share_of(nearness.near(own), inside.units),
        bound=Share(value=band.value / 3, lower=band.lower / 3, upper=band.upper / 3, rows=band.rows),
        has_later=later is not None,
    )  # fmt: skip
    return chance, distances
