"""Whether the score rests on something that production won't have: eight searches, each with its measured sensitivity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError, ModelError, UnknownNameError, did_you_mean, listed
from mlops_widgets.overfitting.validation.leaks.check import LeakCheck, blank
from mlops_widgets.overfitting.validation.leaks.columns import find_column_leaks
from mlops_widgets.overfitting.validation.leaks.gaps import find_gap_leaks
from mlops_widgets.overfitting.validation.leaks.groups import find_group_leaks
from mlops_widgets.overfitting.validation.leaks.leak_findings import findings_of
from mlops_widgets.overfitting.validation.leaks.material import Material, gather
from mlops_widgets.overfitting.validation.leaks.order import find_future_dates, find_time_travel
from mlops_widgets.overfitting.validation.leaks.procedure import Procedure, find_procedure_leak, score_by_chance
from mlops_widgets.overfitting.validation.leaks.twins import find_duplicates, find_near_duplicates
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class LeakResult(Result):
    """What each search for a leak found, and how small a leak it would have seen in these data.

    Parameters
    ----------
    checks
        One a search, in the order of a model's life.
    metric_label
        The study's metric, in which the worth of groups and of later rows is given.
    test_name
        The test that was looked at; "" without one.
    synthetic
        Whether the data were made up.
    """

    checks: tuple[LeakCheck, ...]
    metric_label: str
    test_name: str = ""
    synthetic: bool = False

    def check(self, name: str) -> LeakCheck:
        """Return the check of this name."""
        return next(each for each in self.checks if each.name == name)

    def frame(self) -> "pd.DataFrame":
        """Return one row a check: status, value with interval, columns, and the smallest leak it sees here."""
        import pandas as pd

        return pd.DataFrame([
            {
                "check": each.name, "status": each.status, "value": each.value, "lower": each.lower, "upper": each.upper,
                "measure": each.measure, "columns": ", ".join(each.columns), "smallest_seen": each.smallest_seen,
                "largest_missed": each.largest_missed, "assay_unit": each.assay_unit,
            }
            for each in self.checks
        ]).set_index("check")  # fmt: skip


@strategy("OV-LK")
def find_leaks(
    study: Study, *, known_after: Sequence[str] = (), fit_from_raw: Procedure | None = None, margin: float | None = None,
    margin_share: float = 0.01, shuffles: int = 10, max_rows: int = 5000, seed: int = 0, progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LeakResult:  # fmt: skip
    """Find out whether the score rests on something that the model won't have in production.

    Each search states what keeps innocent data from being flagged, and an assay puts leaks of known size into the
    study's own data to say how small a leak it would have seen. A column that is only strong is not a leak.

    Parameters
    ----------
    study
        A reference and a test for what crosses the split; later rows (production) tell innocent twins, groups and drift
        from leaks.
    known_after
        Columns that are written after the outcome: the model must not take them.
    fit_from_raw
        The whole procedure as a function of raw X and y that returns the score it reports, in the study's metric (or
        scikit-learn's negative of it), or a fitted search. It is run on shuffled labels.
    margin
        The largest gain from a leak that doesn't matter, in the metric's unit; by default the study's, else the metric's own.
    margin_share
        The largest share of test rows that may be copies, 0 to 1.
    shuffles
        How often `fit_from_raw` is run, 3 or more.
    max_rows
        Rows of each table that columns and near duplicates are measured on, at most; 200 or more.
    seed
        Of samples, draws, shuffles and the leaks put in.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    LeakResult or NoResult
        Findings: OV-LK-01 all together; OV-LK-02 columns, -03 missing cells, -04 exact and -05 near duplicates, -06 groups,
        -07 time travel, -08 dates after the row, -09 preprocessing before the split; worst first.

    Raises
    ------
    InputError
        If an option is out of its range, or `fit_from_raw` returns no score.
    UnknownNameError
        If `known_after` names a column that no table has.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = find_leaks(mw.sample("loans", artefact=True), max_rows=2000)
    >>> result.status, result.check("columns").columns
    ('failed', ('form_version',))
    """
    check_margin(margin, "the largest gain that doesn't matter")
    check_counts(shuffles=(shuffles, 3), max_rows=(max_rows, 200), seed=(seed, 0))
    if not 0 < margin_share < 1:
        raise InputError(f"margin_share={margin_share}. Pass a share of the test's rows, above 0 and below 1.")
    after = _check_columns(study, known_after)
    material = gather(study, most_rows=max_rows, seed=seed, cancel=cancel)
    worth = _accepted(study, margin)
    searches: Sequence[tuple[str, Callable[[], LeakCheck]]] = (
        ("columns", partial(find_column_leaks, material, known_after=after)),
        ("gaps", partial(find_gap_leaks, material)),
        ("duplicates", partial(find_duplicates, material, margin=margin_share)),
        ("near_duplicates", partial(find_near_duplicates, material, margin=margin_share)),
        ("groups", partial(find_group_leaks, material, margin=worth)),
        ("order", partial(find_time_travel, material, margin=worth)),
        ("dates", partial(find_future_dates, material)),
        ("procedure", partial(find_procedure_leak, material, fit_from_raw, shuffles=shuffles, margin=worth)),
    )
    checks = tuple(_answered(name, search) for name, search in steps(searches, "search", progress, cancel))
    return LeakResult(
        findings=findings_of(study, checks, ignored=tuple(c for c in after if c not in material.features)),
        rows=sum(part.rows for part in (material.reference, material.test, material.later) if part is not None),
        seed=seed, method=_method(study, material), checks=checks, metric_label=study.metric.label,
        test_name=study.test.name if study.test is not None else "", synthetic=study.synthetic,
        reference="Kaufman et al. 2012, Leakage in data mining, ACM TKDD 6(4); Newcombe 1998, method 10; Clopper & Pearson 1934",
    )  # fmt: skip


def _answered(name: str, search: Callable[[], LeakCheck]) -> LeakCheck:
    """Return what a search found; what it lacks where it can't be made. One that misses every planted leak hasn't passed."""
    try:
        found = search()
    except MissingInputError as error:
        return replace(blank(name), missing=error.missing, remedy=error.remedy)
    blind = found.status == "passed" and found.assay and np.isnan(found.smallest_seen)
    return replace(found, status="not_enough_data") if blind else found


def _check_columns(study: Study, known_after: Sequence[str]) -> tuple[str, ...]:
    if isinstance(known_after, str):
        raise InputError(f"known_after={known_after!r}. Pass a list of columns: [{known_after!r}].")
    columns = list(dict.fromkeys(column for table in study.tables.values() for column in table.columns))
    for column in known_after:
        if column not in columns:
            hint = did_you_mean(column, columns)
            raise UnknownNameError(f"Unknown column {column!r} in known_after=. Columns: {listed(columns)}.{hint}")
    return tuple(known_after)


def _accepted(study: Study, margin: float | None) -> float:
    """Return the margin in the metric's unit, by default what it is at the test's score, or at that of a constant answer."""
    if margin is not None or study.margin is not None or study.metric.fixed_margin is not None:
        return study.accepted_loss(0.5, margin)
    table = study.test or study.reference or study.production
    if table is None:
        return study.accepted_loss(0.5)
    try:
        score = study.measure(table).score
    except (MissingInputError, ModelError):  # the searches don't ask the model, so one that raises doesn't stop them
        labels = study.labels(table) if study.outcome.target in table else np.full(1, np.nan)
        score = score_by_chance(study, labels[~np.isnan(labels)]) if (~np.isnan(labels)).any() else 0.5
    return study.accepted_loss(score)


def _method(study: Study, material: Material) -> str:
    parts = [
        (
            f"Intervals are 95 %, by {study.unit_name}: shares Wilson's on effective rows, differences Newcombe's, one column's "
            f"power by a bootstrap of 200 draws; columns on at most {material.most_rows:,} rows of each table. Assay: five leaks of "
            "each size put into these data, seen in all five"
        )
    ]
    if len(study.tests) > 1 and study.test is not None:
        parts.append(f"Of several tests the first, {study.test.name!r}")
    if study.roles.weights:
        parts.append("Rows count once each here, whatever their weights; only what a refit gains is weighted")
    return ". ".join(parts)
