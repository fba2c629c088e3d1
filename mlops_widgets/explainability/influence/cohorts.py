"""Whether the model leans on other columns for some rows than for others: contributions by cohort."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.explainability.attribution.study_questions import Output
from mlops_widgets.explainability.influence.attributed import Attributed, drawn_means, ends_of, standard_errors
from mlops_widgets.explainability.influence.cohort_rows import CohortRows, cohorts_of, default_by
from mlops_widgets.explainability.influence.cohorts_findings import find
from mlops_widgets.measures.several_tests import holm
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_REFERENCE = "Lundberg & Lee 2017 (SHAP); Holm 1979 (several tests); Efron 1979, Field & Welsh 2007 (bootstrap by unit)"


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Some of the rows: what they are called, how many rows and units there are."""

    name: str
    rows: int
    units: int


@dataclass(frozen=True, kw_only=True)
class CohortShare:
    """What a column contributes in one cohort, beside the rest.

    Parameters
    ----------
    cohort, column
        Which.
    moved, moved_lower, moved_upper
        Mean |contribution| in the cohort with its 95 % interval.
    mean, mean_lower, mean_upper
        Mean contribution to the strongest output, the same.
    difference, lower, upper
        Mean |contribution| less that of the rest: of two cohorts the second less the first; NaN for the first.
    mean_difference
        The same of the mean contribution.
    p_value
        Of no difference in mean |contribution|, adjusted for all columns and cohorts (Holm); NaN for the first of two, and for the
        column that the cohorts are by, which differs by construction.
    """

    cohort: str
    column: str
    moved: float
    moved_lower: float
    moved_upper: float
    mean: float
    mean_lower: float
    mean_upper: float
    difference: float
    lower: float
    upper: float
    mean_difference: float
    p_value: float


@dataclass(frozen=True, kw_only=True)
class CohortResult(Result):
    """What the columns contribute, by cohort.

    Parameters
    ----------
    by
        What the cohorts are by: a column, "test vs production" or "right vs wrong".
    table
        Where the rows come from.
    scale, output
        What contributions are in, and the output that their mean is to.
    cohorts
        The cohorts with enough units.
    too_small
        Cohorts with fewer.
    shares
        One a cohort and column.
    synthetic
        Whether the data were made up.
    """

    by: str
    table: str
    scale: str
    output: str
    cohorts: tuple[Cohort, ...]
    too_small: tuple[str, ...]
    shares: tuple[CohortShare, ...]
    synthetic: bool = False

    def frame(self) -> "pd.DataFrame":
        """Return one row a cohort and column: contributions, their difference from the rest, and its p-value."""
        import pandas as pd

        return pd.DataFrame([vars(share) for share in self.shares], columns=list(CohortShare.__dataclass_fields__))


@strategy("EX-CO")
def compare_cohorts(
    study: Study,
    by: str | None = None,
    *,
    table: str | None = None,
    output: Output = "auto",
    explained_rows: int = 400,
    fewest_units: int = 8,
    draws: int = 300,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CohortResult:
    """Say whether the model leans on other columns for some rows than for others.

    Parameters
    ----------
    study
        With a model that can be asked.
    by
        A column of the table (its values or ranges are the cohorts), "test vs production", or "right vs wrong", which needs
        labels. By default production where there is one, else the first group, else right and wrong.
    table
        Name of the table; by default the test, else production, else the reference.
    output
        The scale of the contributions.
    explained_rows
        Most rows explained, 40 or more.
    fewest_units
        Cohorts with fewer resampling units are named and not compared, 3 or more.
    draws
        Bootstrap draws, 100 or more.
    seed
        Of rows and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    CohortResult or NoResult
        Findings: EX-CO-01 the largest difference, EX-CO-02 the others, EX-CO-03 cohorts that are too small.

    Raises
    ------
    InputError
        If an option is out of its range, or the column gives no cohorts.
    UnknownNameError
        If there is no such table or column.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> found = mw.explainability.compare_cohorts(mw.sample("census"), "DIS", explained_rows=60, draws=100)
    >>> [cohort.name for cohort in found.cohorts]
    ['DIS: 1', 'DIS: 2']
    """
    check_counts(
        explained_rows=(explained_rows, 40), fewest_units=(fewest_units, 3), draws=(draws, 100), seed=(seed, 0)
    )
    by = default_by(study) if by is None else by
    tell(progress, 0.0, "contributions")
    rows = cohorts_of(study, by, table=table, most_rows=explained_rows, output=output, seed=seed)
    check_cancel(cancel)
    found = rows.found
    # Two tables are drawn apart: by one seed, row k of both would come equally often, and tables in a like order look alike.
    drawn = [
        np.vstack([each.asked.weights, each.asked.drawn(study, draws=draws, seed=seed + place)])
        for place, each in enumerate(found)
    ]
    groups = [_group(rows, drawn, k) for k in range(len(rows.names))]
    large = [group for group in groups if group.cohort.units >= fewest_units]
    result = CohortResult(
        findings=(), rows=sum(len(each.values) for each in found), seed=seed, reference=_REFERENCE,
        method=_method(study, found[0], draws), by=by, table=rows.where, scale=found[0].explanation.scale,
        output=found[0].explanation.outputs[_strongest(found)], cohorts=tuple(group.cohort for group in large),
        too_small=tuple(group.cohort.name for group in groups if group not in large),
        shares=_shares(found[0].columns, large, own=by), synthetic=study.synthetic,
    )  # fmt: skip
    return replace(result, findings=find(result, fewest_units=fewest_units))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Group:
    """One cohort's drawn means: (1 + draws, p) of |contribution| and of the contribution, and their weights (1 + draws,)."""

    cohort: Cohort
    moved: Floats
    mean: Floats
    weight: Floats


def _strongest(found: tuple[Attributed, ...]) -> int:
    return int(np.sum([np.abs(each.values).sum(axis=(0, 1)) for each in found], axis=0).argmax())


def _group(cohorts: CohortRows, drawn: list[Floats], place: int) -> _Group:
    """Return the means of one cohort, whose rows are all of one table."""
    found = cohorts.found
    home = next((k for k, each in enumerate(cohorts.codes) if (each == place).any()), 0)
    rows = cohorts.codes[home] == place
    weights, output = drawn[home][:, rows], _strongest(found)
    units = len(np.unique(found[home].asked.units[rows]))
    return _Group(
        cohort=Cohort(name=cohorts.names[place], rows=int(rows.sum()), units=units), moved=drawn_means(found[home].moved[rows], weights),
        mean=drawn_means(found[home].values[rows][:, :, output], weights), weight=weights.sum(axis=1),
    )  # fmt: skip


def _rest(groups: list[_Group], place: int) -> tuple[Floats, Floats, int] | None:
    """Return the means of what a cohort is compared with: of two the first, of more all others; None for the first of two."""
    if len(groups) < 2 or (len(groups) == 2 and place == 0):
        return None
    others = [group for k, group in enumerate(groups) if k != place]
    weight = np.stack([group.weight for group in others])
    total = np.maximum(weight.sum(axis=0), np.finfo(np.float64).tiny)[:, None]
    moved, mean = (
        np.sum([np.nan_to_num(getattr(g, name)) * g.weight[:, None] for g in others], axis=0) / total for name in ("moved", "mean")
    )  # fmt: skip
    return moved, mean, sum(group.cohort.units for group in others)


def _shares(columns: tuple[str, ...], groups: list[_Group], *, own: str) -> tuple[CohortShare, ...]:
    """Return every cohort's and column's numbers; `own`, by which the cohorts are, differs by construction and isn't tested."""
    found: list[CohortShare] = []
    for place, group in enumerate(groups):
        units, rest = group.cohort.units, _rest(groups, place)
        moved, mean = ends_of(group.moved, units=units), ends_of(group.mean, units=units)
        gap = np.full(group.moved.shape, np.nan) if rest is None else group.moved - rest[0]
        shift = np.full(len(columns), np.nan) if rest is None else group.mean[0] - rest[1][0]
        few = units if rest is None else min(units, rest[2])
        lower, upper = ends_of(gap, units=few)
        p = _p_values(gap, few)
        found += [
            CohortShare(
                cohort=group.cohort.name, column=name, moved=float(group.moved[0, k]), moved_lower=max(0.0, float(moved[0][k])),
                moved_upper=float(moved[1][k]), mean=float(group.mean[0, k]), mean_lower=float(mean[0][k]),
                mean_upper=float(mean[1][k]), difference=float(gap[0, k]), lower=float(lower[k]), upper=float(upper[k]),
                mean_difference=float(shift[k]), p_value=float("nan") if name == own else float(p[k]),
            )
            for k, name in enumerate(columns)
        ]  # fmt: skip
    return _adjusted(found)


def _p_values(gap: Floats, units: int) -> Floats:
    error = standard_errors(gap, units=units)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(gap[0] == 0, 0.0, np.abs(gap[0]) / error)
    return np.asarray(2 * stats.t.sf(t, max(units - 1, 1)))


def _adjusted(shares: list[CohortShare]) -> tuple[CohortShare, ...]:
    p = np.array([share.p_value for share in shares])
    tested = np.flatnonzero(~np.isnan(p))
    p[tested] = holm(p[tested])
    return tuple(replace(share, p_value=float(value)) for share, value in zip(shares, p, strict=True))


def _method(study: Study, attributed: Attributed, draws: int) -> str:
    return (
        f"{attributed.how}; a cohort of two against the other, of more against all others; 95 % intervals from {draws:,} "
        f"bootstrap draws by {study.unit_name}, Student's t; p-values by Holm over all columns and cohorts"
    )
