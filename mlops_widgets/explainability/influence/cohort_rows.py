"""Which rows belong to which cohort: another table, right or wrong, or the values of a column."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import short
from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.explainability.attribution.chosen_rows import table_of
from mlops_widgets.explainability.attribution.study_questions import Output
from mlops_widgets.explainability.influence.attributed import Attributed, attribute
from mlops_widgets.explainability.influence.cuts import cut_column
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import codes

Integers = npt.NDArray[np.int64]

TABLES, MISTAKES = "test vs production", "right vs wrong"
_BINS = 4
_MOST_COHORTS = 6
_MOST_LETTERS = 24


def default_by(study: Study) -> str:
    """Return what cohorts are by where nobody said: production, else a group, else the mistakes."""
    if study.test is not None and study.production is not None:
        return TABLES
    return study.roles.groups[0] if study.roles.groups else MISTAKES


@dataclass(frozen=True, kw_only=True, eq=False)
class CohortRows:
    """Contributions of one table or two, and which cohort each row is in.

    Parameters
    ----------
    found
        The contributions, one a table.
    codes
        (n,) cohort of each of their rows, -1 for none.
    names
        What the cohorts are called.
    where
        The tables, in words.
    """

    found: tuple[Attributed, ...]
    codes: tuple[Integers, ...]
    names: tuple[str, ...]
    where: str


def cohorts_of(
    study: Study, by: str, *, table: str | None, most_rows: int, output: Output, seed: int
) -> CohortRows:  # fmt: skip
    """Return contributions on about as many rows of each cohort.

    Raises
    ------
    MissingInputError
        If the study lacks the table or the labels that the cohorts are by.
    UnknownNameError
        If there is no such column.
    """
    if by == TABLES:
        tables = study.need("test"), study.need("production")
        found = tuple(
            attribute(study, each.name, most_rows=most_rows // 2, output=output, seed=seed, share=0.5)
            for each in tables
        )
        names = tables[0].name, tables[1].name
        of_rows = tuple(np.full(len(each.values), k) for k, each in enumerate(found))
        return CohortRows(found=found, codes=of_rows, names=names, where=f"{names[0]} and {names[1]}")
    home = table_of(study, table)
    if by != MISTAKES and by not in home:
        allowed = [TABLES, MISTAKES, *home.columns]
        raise UnknownNameError(f"by={by!r}. Allowed: {listed(allowed, most=20)}.{did_you_mean(str(by), allowed)}")
    of_row, names_of = (
        (_mistakes(study, home), _mistake_names(study)) if by == MISTAKES else _by_column(study, home, by)
    )
    chosen = _evenly(of_row, most_rows, seed)
    smaller, name = with_rows(study, home, chosen)
    attributed = attribute(smaller, name, most_rows=len(chosen), output=output, seed=seed)
    return CohortRows(
        found=(attributed,), codes=(of_row[chosen][attributed.asked.positions],), names=names_of, where=home.name,
    )  # fmt: skip


def _evenly(of_row: Integers, most: int, seed: int) -> Integers:
    """Return rows of every cohort, about as many of each, in random order."""
    rng = np.random.default_rng(seed)
    count = int(of_row.max(initial=-1)) + 1
    each = max(1, most // max(count, 1))
    drawn = [rng.permutation(np.flatnonzero(of_row == k))[:each] for k in range(count)]
    return rng.permutation(np.concatenate(drawn))


def with_rows(study: Study, home: Table, rows: Integers) -> tuple[Study, str]:
    """Return the same study with only these rows in one of its tables, and that table's name."""
    fewer = home.take(rows)
    name = next(name for name, each in study.tables.items() if each is home)
    if home is study.reference:
        return replace(study, reference=fewer), name
    if home is study.production:
        return replace(study, production=fewer), name
    return replace(study, tests={key: fewer if each is home else each for key, each in study.tests.items()}), name


def _mistake_names(study: Study) -> tuple[str, str]:
    return ("small error", "large error") if study.task == "regression" else ("right", "wrong")


def _mistakes(study: Study, home: Table) -> Integers:
    """Return 0 for right and 1 for wrong decisions, of numbers for errors up to and above the median; -1 without a label."""
    y, said = study.labels(home), study.model.predictions(home)
    known = ~np.isnan(y) & ~np.isnan(said)
    if not known.any():
        raise MissingInputError(f"labelled rows in {home.name}", "Pass labels, or another by=.")
    off = np.abs(said - y)
    limit = float(np.median(off[known])) if study.task == "regression" else 0.0
    return np.where(known, (off > limit).astype(np.int64), -1)


def _by_column(study: Study, home: Table, by: str) -> tuple[Integers, tuple[str, ...]]:
    owners = codes(study.units(home)) if study.unit == "entity" else None
    cut = cut_column(home[by], bins=_BINS, owners=owners, most_categories=_MOST_COHORTS)
    if isinstance(cut, str):
        raise InputError(f"by={by!r} gives no cohorts: {cut} in {home.name}. Name another column.")
    of_row, labels, _ = cut.groups
    return of_row, tuple(f"{short(by, _MOST_LETTERS)}: {label}" for label in labels)
