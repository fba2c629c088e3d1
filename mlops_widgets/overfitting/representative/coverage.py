"""How far the test represents production: column by column, jointly, and region by region."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.representative.coverage_findings import coverage_findings
from mlops_widgets.overfitting.representative.coverage_numbers import Coverage, Region, Share, measure_pair
from mlops_widgets.overfitting.representative.pair import Pair, compared_tables, pair_of
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CoverageResult(Result):
    """How the later table (production) differs from the earlier one (the test).

    Parameters
    ----------
    earlier, later
        What the two tables are called, "test" and "production" where the study has both.
    earlier_rows, later_rows
        Their rows.
    auc
        ROC AUC of telling them apart on units that the classifier didn't see, from 0.5 (they can't be) to 1; NaN where
        there are too few units.
    auc_p
        Permutation p-value of that.
    margin
        How far that AUC may be above 0.5.
    tolerated_share
        Largest share of later rows in hardly covered regions that doesn't matter.
    columns, distances, p_values, adjusted
        The columns, how far each is apart (0 alike, 1 apart), the p-value, and that adjusted for all columns.
    unmet_shares
        Share of later rows with a value that the earlier table never held, a column.
    unmet, expected_unmet, unmet_excess
        Share of later rows with such a value in any column; share of earlier rows with one that the rest of their own
        table doesn't hold, which is what chance gives; and the difference.
    regions
        Hardly covered regions that were found on one half and confirmed on the other, the largest first.
    uncovered
        Share of later rows in any of these.
    smallest_region
        Share of later rows that a region must have to be confirmed at all; NaN with too few units.
    synthetic
        Whether the data were made up.
    """

    earlier: str
    later: str
    earlier_rows: int
    later_rows: int
    auc: Share
    auc_p: float
    margin: float
    tolerated_share: float
    columns: tuple[str, ...]
    distances: Floats
    p_values: Floats
    adjusted: Floats
    unmet_shares: Floats
    unmet: Share
    expected_unmet: Share
    unmet_excess: Share
    regions: tuple[Region, ...]
    uncovered: Share
    smallest_region: float
    synthetic: bool

    def frame(self) -> "pd.DataFrame":
        """Return one row a column: distance, p-values, and the share of later rows with a value never met before."""
        import pandas as pd

        return pd.DataFrame({
            "column": self.columns, "distance": self.distances, "p_value": self.p_values, "adjusted": self.adjusted,
            "unmet_share": self.unmet_shares,
        }).sort_values("distance", ascending=False, ignore_index=True)  # fmt: skip


@strategy("OV-CO")
def measure_coverage(
    study: Study,
    *,
    margin: float = 0.1,
    tolerated_share: float = 0.05,
    draws: int = 999,
    max_rows: int = 4000,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CoverageResult:
    """Find out how far the test represents production, and which rows of production it hardly holds.

    Only features count: time, identifiers, the entity, the target and weights always differ, or aren't what the model
    sees. Rows count equally, whatever their weights.

    Parameters
    ----------
    study
        Needs two tables: test and production, else reference and the one there is. Labels aren't needed.
    margin
        How far the AUC of telling the tables apart may be above 0.5 without mattering, above 0 and below 0.5. At 0.6 a
        row of production looks more like production than a row of the test does in 6 of 10 pairs.
    tolerated_share
        Largest share of production in hardly covered regions that doesn't matter, above 0 and below 1.
    draws
        Shuffles of a permutation test, 99 or more.
    max_rows
        Most rows of either table that columns, classifier and rules look at, 100 or more; more are drawn at random.
        Values never met are sought in all rows.
    seed
        Seed of samples, halves and shuffles.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    CoverageResult or NoResult
        Findings: OV-CO-01 the tables as a whole (classifier two-sample test: Lopez-Paz & Oquab 2017), OV-CO-02 columns
        (permutation tests: Westfall & Young 1993), OV-CO-03 regions hardly covered, OV-CO-04 values never met.

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.measure_coverage(mw.sample("census"), draws=99, max_rows=500)
    >>> result.earlier, result.later, len(result.columns)
    ('test', 'production', 14)
    """
    check_counts(draws=(draws, 99), max_rows=(max_rows, 100), seed=(seed, 0))
    _check_options(margin, tolerated_share)
    early, late = compared_tables(study)
    whole = pair_of(study, early, late)
    found = measure_pair(whole, draws=draws, max_rows=max_rows, seed=seed, progress=progress, cancel=cancel)
    return CoverageResult(
        findings=coverage_findings(found, margin=margin, tolerated_share=tolerated_share), rows=len(whole.later), seed=seed,
        method=_method(study, whole, found, margin=margin, draws=draws, max_rows=max_rows), margin=margin, tolerated_share=tolerated_share,
        reference="Lopez-Paz & Oquab 2017; Westfall & Young 1993; Phipson & Smyth 2010", earlier_rows=early.rows,
        later_rows=late.rows, synthetic=study.synthetic, **vars(found),
    )  # fmt: skip


def _check_options(margin: float, tolerated_share: float) -> None:
    if not 0 < margin < 0.5:
        raise InputError(f"margin={margin}. Pass how far an AUC may be above 0.5: above 0 and below 0.5.")
    if not 0 < tolerated_share < 1:
        raise InputError(f"tolerated_share={tolerated_share}. Pass a share of production, above 0 and below 1.")


def _method(study: Study, whole: Pair, found: Coverage, *, margin: float, draws: int, max_rows: int) -> str:
    block = study.block[0] if study.block is not None else ""
    named = {"row": "rows", "entity": f"whole entities ({study.roles.entity})"}
    units = named.get(study.unit, f"whole blocks of time ({block})")
    parts = [
        f"Gradient boosting tells {found.earlier} and {found.later} apart on one half of the units, its AUC is of the other",
        f"Permutation tests shuffle {units}, {draws:,} times; margin: an AUC of {number(0.5 + margin)}",
        f"P-values of columns are adjusted for all {len(found.columns)}",
        "Distance: the largest difference in the share of rows that a threshold (numbers, in 16 bins) or a set of levels picks",
        "Regions: branches of a tree of depth 3 on one half, confirmed on the other, 95 % intervals by Bonferroni",
    ]
    drawn = [
        f"{name}"
        for name, side in zip(whole.names, (False, True), strict=True)
        if (whole.later == side).sum() > max_rows
    ]
    if drawn:
        parts.append(
            f"At most {max_rows:,} rows a table, drawn at random ({' and '.join(drawn)}); values never met: all rows"
        )
    if study.roles.weights is not None:
        parts.append("Row weights aren't used")
    if study.unit == "time block":
        parts.append("Blocks count as exchangeable, so a season counts as a difference")
    return ". ".join(parts)
