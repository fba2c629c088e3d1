"""The same person, machine or series on both sides of the split: columns that name one are found by themselves."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.clustering import Likeness, likeness_within
from mlops_widgets.measures.shares import NO_SHARE, Share, excess, share_of
from mlops_widgets.overfitting.validation.leaks.assay import SIZES, run_assay
from mlops_widgets.overfitting.validation.leaks.cells import joint_codes
from mlops_widgets.overfitting.validation.leaks.check import AssayStep, LeakCheck, blank
from mlops_widgets.overfitting.validation.leaks.material import Material, Part
from mlops_widgets.overfitting.validation.leaks.refits import Worth, with_worth, worth_of_rows
from mlops_widgets.study.tables import as_numbers

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SHARED = 0.1
"""Share of test rows of known groups, beyond that of later rows, that is looked into."""
_FEW = 0.01
_FEWEST_GROUPS = 30
_ROWS_A_GROUP = (1.5, 50.0)
_LEAST_LIKENESS = 0.05
_LEVEL = 0.01
_ASSAY_ROWS = 4
_CONTROL = (
    "a column of words or whole numbers is taken for a group if rows of one value are alike in the target beyond the values beside it (1 % level, all "
    "columns at once), it is flagged only if the test shares its values with the reference more than later rows do, and it "
    "fails only if a model fitted without the test's groups, on as many rows, loses more than the margin"
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A column whose values may name a person, machine or series; `known` are test rows of groups in the reference."""

    column: str
    declared: bool
    likeness: Likeness
    shared: Share
    over: Share
    known: npt.NDArray[np.bool_]
    of_reference: Integers
    of_test: Integers


def find_group_leaks(material: Material, *, margin: float) -> LeakCheck:
    """Return whether the test holds groups that the reference holds, more than production does, and what that is worth."""
    check = replace(
        blank("groups"), measure="what knowing the test's groups adds to the score", control=_CONTROL,
        assay_unit="share of the test's rows whose group is in the reference", margin=margin,
    )  # fmt: skip
    reference, test = material.need_reference(), material.need_test()
    if np.isnan(reference.y).all():
        raise MissingInputError("labelled rows in the reference", "Pass the labels of the training rows.")
    candidates = _candidates(material, reference, test)
    shared = [each for each in candidates if each.over.lower > SHARED or (each.declared and each.shared.value > _FEW)]
    found = replace(
        check, status="passed", evidence={"columns_taken_for_groups": len(candidates), "columns_searched": len(_searched(material))},
        assay=_assay(material, reference, test),
    )  # fmt: skip
    if not shared:
        return replace(found, columns=())
    # One refit pair is what the time allows: the column whose rows are most alike, declared ones first.
    worst = max(shared, key=lambda each: (each.declared, each.likeness.correlation * each.over.value))
    evidence = {
        **found.evidence, "shared_share": worst.shared.value, "excess_share": worst.over.value,
        "likeness": worst.likeness.correlation, "declared": worst.declared, "later": material.later is not None,
        "other_columns": len(shared) - 1,
    }  # fmt: skip
    return with_worth(replace(found, columns=(worst.column,), evidence=evidence), _worth(material, worst))


def _searched(material: Material) -> list[str]:
    roles = material.study.roles
    reference, test = material.need_reference(), material.need_test()
    taken = roles.not_inputs - {roles.entity, *roles.ids}
    return [c for c in reference.table.columns if c in test.table and c not in taken and not _is_date(reference, c)]


def _is_date(part: Part, name: str) -> bool:
    return pd.api.types.is_datetime64_any_dtype(part.table[name].dtype)


def _candidates(material: Material, reference: Part, test: Part) -> list[Candidate]:
    names, found = _searched(material), []
    for name in names:
        check_cancel(material.cancel)
        declared = name == material.study.roles.entity
        later = material.later if material.later is not None and name in material.later.table else None
        tables = [part.table[name] for part in (reference, test, later) if part is not None]
        codes = joint_codes(tables)
        if not declared and not (_names_something(reference, name) and _could_be_groups(codes[0])):
            continue
        likeness = _likeness(material, reference, codes[0])
        if not declared and (likeness.p_value > _LEVEL / len(names) or likeness.correlation < _LEAST_LIKENESS):
            continue
        known = np.isin(codes[1], codes[0][codes[0] >= 0])
        shared = share_of(known)
        usual = share_of(np.isin(codes[2], codes[0][codes[0] >= 0])) if later is not None else NO_SHARE
        found.append(Candidate(column=name, declared=declared, likeness=likeness, shared=shared, known=known,
                               over=excess(shared, usual), of_reference=codes[0], of_test=codes[1]))  # fmt: skip
    return found


def _names_something(part: Part, name: str) -> bool:
    """Say whether a column holds words or whole numbers: what is measured in fractions names nobody."""
    column = part.table[name]
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return True
    numbers = as_numbers(column)
    known = numbers[np.isfinite(numbers)]
    return bool(len(known)) and bool((known == np.round(known)).all())


def _could_be_groups(codes: Integers) -> bool:
    """Say whether a column has many values that recur a few times each."""
    present = codes[codes >= 0]
    values = len(np.unique(present))
    return values >= _FEWEST_GROUPS and _ROWS_A_GROUP[0] <= len(present) / values <= _ROWS_A_GROUP[1]


def _likeness(material: Material, reference: Part, codes: Integers) -> Likeness:
    known = (codes >= 0) & ~np.isnan(reference.y)
    if known.sum() < 2:
        return Likeness(correlation=0.0, p_value=1.0, pairs=0)
    return likeness_within(codes[known], material.targets(reference.y[known]))


def _worth(material: Material, candidate: Candidate) -> Worth | None:
    """Return what knowing a third of the test's groups is worth on their rows.

    A third, so that the model that may know them still meets most of their rows when it learns from as many as the other.
    """
    rng = material.rng(51)
    groups = np.unique(candidate.of_test[candidate.known])
    held = groups[rng.permutation(len(groups))[: max(1, len(groups) // 3)]]
    asked = np.flatnonzero(np.isin(candidate.of_test, held))
    return worth_of_rows(material, without=np.flatnonzero(~np.isin(candidate.of_reference, held)), asked=asked, rng=rng)


def _assay(material: Material, reference: Part, test: Part) -> tuple[AssayStep, ...]:
    """Put a made-up name of a person into the data: four training rows of about the same target each."""
    known = np.flatnonzero(~np.isnan(reference.y))
    count = len(_searched(material)) + 1

    def seen(size: float, rng: np.random.Generator) -> bool:
        names = np.empty(len(known), dtype=np.int64)
        # Half of the target's order, half chance: rows of one person are alike and not the same.
        drawn = reference.y[known] + rng.normal(size=len(known)) * reference.y[known].std()
        names[np.argsort(drawn, kind="stable")] = np.arange(len(known)) // _ASSAY_ROWS
        names = rng.permutation(names.max() + 1)[names]
        likeness = likeness_within(names, material.targets(reference.y[known]))
        shared = rng.permutation(test.rows) < round(size * test.rows)
        alike = likeness.p_value <= _LEVEL / count and likeness.correlation >= _LEAST_LIKENESS
        return bool(alike) and excess(share_of(shared), NO_SHARE).lower > SHARED

    return run_assay(SIZES, seen, rng=material.rng(52), cancel=material.cancel)
