"""Compare how groups of people are treated: who is chosen, who is wronged, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_fractions
from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError
from mlops_widgets.governance.fairness.comparing import Rows, compare, crossed, independent_rows
from mlops_widgets.governance.fairness.fairness_findings import find
from mlops_widgets.governance.fairness.fairness_result import FairnessResult, GroupLine, Span
from mlops_widgets.governance.fairness.people import Grouping, Reference, read_groupings
from mlops_widgets.governance.fairness.selection import Desk, open_desk
from mlops_widgets.measures.group_rates import below_by_chance, count_cells, draw_cells, rate_of, smallest_ratio
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.study.scoring import resampler_of
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]

_METHOD = (
    "Per group Wilson's interval; differences by Miettinen & Nurminen's score method (1985), ratios by Koopman's (1984), each at the level "
    "that holds for all {comparisons} comparisons of single columns at once (Bonferroni, {level} together), intersections among themselves{worth}; "
    "means, weighted where the rows are, by Student's t over units ({unit}); the lowest ratio by a bootstrap of {draws} draws"
)
_WORTH = ", on as many independent rows as the units and weights are worth (Rao & Scott 1992)"


@strategy("GV-FA")
def assess_fairness(
    study: Study, *, groups: str | Sequence[str] | None = None, reference_group: Reference = None,
    decision_threshold: float | None = None, favourable: object = None, table: str | None = None, intersections: bool = True,
    smallest: int = 10, margin: float = 0.8, gap_margin: float = 0.1, level: float = 0.95, draws: int = 1000, seed: int = 0,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> FairnessResult:  # fmt: skip
    """Compare selection, errors and calibration between groups, against a reference group, with intervals that hold for all at once.

    Logged decisions do as well as a model; without outcomes selection alone is compared; a regression's errors are compared instead.

    Parameters
    ----------
    groups
        Columns of groups, which the model needn't take; by default the study's. A missing cell is a group of its own, "missing".
    reference_group
        The level that the others are compared with, or a mapping from column to level. By default the largest, and a finding says that
        nobody declared it.
    decision_threshold
        Score from which on the positive class is decided; by default the study's, else the model's own decisions.
    favourable
        The decision that it is good to be given: "positive", "negative", or a class; by default the study's, else the positive class, and a finding says that
        nobody said so.
    table
        The table to compare on; by default the test, else production, else the reference.
    intersections
        Whether every two columns are crossed as well.
    smallest
        Groups of fewer rows are suppressed: their number is told, their rates aren't; a rate that is a share of fewer isn't told either.
    margin
        Ratio of selection rates below which a group counts as left out; the reference group too, where another is selected more often.
    gap_margin
        Difference of rates beyond which groups count as treated unequally.
    level
        Coverage of all comparisons together, and of each lowest ratio's interval.
    draws, seed
        Resamples for the lowest ratio, and their seed.
    progress, cancel
        Called as told in `core.progress`.

    Returns
    -------
    FairnessResult
        Findings: GV-FA-01 ratios of selection rates, 02 the four-fifths rule by exact counts, 03 and 04 differences of true and false
        positive rates, 05 calibration, 06 accuracy, 07 suppressed groups, 08 intersections, 09 errors of a regression, 10 scores above the
        median, 11 a reference group that nobody declared, 12 a favourable decision that nobody
        named, 13 rates that are shares of too few rows.

    Raises
    ------
    InputError
        If an option is out of its range, or a column or level doesn't exist.

    References
    ----------
    Miettinen & Nurminen (1985), Statistics in Medicine 4:213; Koopman (1984), Biometrics 40:513; 29 CFR 1607.4(D).

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = assess_fairness(mw.sample("census"), groups="SEX", reference_group="2")
    >>> result.frame()[["group", "n"]].to_numpy().tolist()
    [['1', 2417], ['2', 2583]]
    """
    check_counts(smallest=(smallest, 2), draws=(draws, 100))
    check_fractions(margin=margin, gap_margin=gap_margin, level=level)
    rows_of = study.table(table)
    groupings = read_groupings(study, rows_of, groups=groups, reference_group=reference_group)
    desk = _desk(study, favourable, decision_threshold)
    rows = _rows(study, rows_of, desk)
    both = crossed(groupings) if intersections and len(groupings) > 1 else []
    lines = [*_together(rows, groupings, smallest, level), *_together(rows, both, smallest, level)]
    check_cancel(cancel)
    tell(progress, 0.5, "groups compared")
    drawing = resampler_of(study, rows.units, draws=draws, seed=seed)
    worst, chance = _worst(
        rows, groupings, smallest=smallest, drawing=drawing, draws=draws, seed=seed, margin=margin, level=level
    )
    tell(progress, 1.0, "lowest ratios drawn")
    comparisons = sum(max(int((each.counts() >= smallest).sum()) - 1, 0) for each in groupings)
    result = FairnessResult(
        findings=(), rows=len(rows.units), seed=seed, table=rows_of.name, target=study.outcome.target,
        favourable="" if desk is None else desk.words, favourable_said=favourable is not None or study.favourable is not None, groups=tuple(lines), references={each.column: each.levels[each.reference] for each in groupings},
        declared=tuple(each.column for each in groupings if each.declared), margin=margin, gap_margin=gap_margin, worst_ratio=worst,
        by_chance=chance, smallest=smallest, unit=study.unit_name, fingerprint=study.fingerprint, synthetic=study.synthetic,
        method=_METHOD.format(
            comparisons=max(comparisons, 1), level=f"{level:.0%}", worth="" if rows.simple else _WORTH, unit=study.unit_name, draws=draws
        ),
        reference="Miettinen & Nurminen (1985), Statistics in Medicine 4:213; Koopman (1984), Biometrics 40:513",
    )  # fmt: skip
    return replace(
        result, findings=find(result, _median_scores(desk, rows_of, groupings, weights=rows.weights, smallest=smallest))
    )


def _desk(study: Study, favourable: object, decision_threshold: float | None) -> Desk | None:
    if study.task != "regression":
        return open_desk(study, favourable=favourable, decision_threshold=decision_threshold, selection_share=None)
    for name, value in (("favourable", favourable), ("decision_threshold", decision_threshold)):
        if value is not None:
            raise InputError(f"{name}={str(value)[:60]!r} with a regression, which decides nothing. Leave it out.")
    return None


def _rows(study: Study, table: Table, desk: Desk | None) -> Rows:
    weights = None if study.roles.weights is None else study.weights(table)
    units, is_row = study.units(table), study.unit == "row"
    nothing = np.full(len(table), np.nan)
    if desk is None:
        residual = study.labels(table) - study.model.predictions(table)
        return Rows(
            selected=None, truth=nothing, residual=residual, units=units, weights=weights, is_row=is_row, absolute=True
        )
    truth = desk.truth(table)
    residual = nothing
    if "probabilities" in study.model.can:
        probabilities = np.asarray(study.model.probabilities(table), dtype=np.float64)
        chance = probabilities[:, desk.favourable] if probabilities.ndim == 2 else probabilities if desk.favourable == 1 else 1 - probabilities  # fmt: skip
        residual = truth - chance
    return Rows(
        selected=desk.current(study.model, table), truth=truth, residual=residual, units=units, weights=weights, is_row=is_row, absolute=False
    )  # fmt: skip


def _together(rows: Rows, groupings: Sequence[Grouping], smallest: int, level: float) -> list[GroupLine]:
    """Return the lines of several columns, each interval at the level that makes all of them hold together."""
    compared = sum(max(int((each.counts() >= smallest).sum()) - 1, 0) for each in groupings)
    alone = 1 - (1 - level) / max(compared, 1)
    return [line for each in groupings for line in compare(rows, each, smallest=smallest, level=alone)]


def _worst(
    rows: Rows, groupings: Sequence[Grouping], *, smallest: int, drawing: Resampler, draws: int, seed: int, margin: float, level: float
) -> tuple[Mapping[str, Span], Mapping[str, float]]:  # fmt: skip
    """Return each column's lowest over highest selection rate, and how often equal groups of these sizes would look as bad as the margin."""
    worst: dict[str, Span] = {}
    chance: dict[str, float] = {}
    if rows.selected is None:
        return worst, chance
    for each in groupings:
        large = each.counts() >= smallest
        if large.sum() < 2:
            continue
        cells = count_cells(each.codes, rows.truth, rows.selected, n_groups=len(each.levels), weights=rows.weights)[
            large
        ]
        ratio = float(smallest_ratio(rate_of(cells, "selection_rate")))
        drawn = smallest_ratio(
            _drawn_rates(rows, each, np.flatnonzero(large), cells, drawing=drawing, draws=draws, seed=seed)
        )
        drawn = drawn[np.isfinite(drawn)]
        ends = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2]) if len(drawn) >= draws / 2 else np.full(2, np.nan)
        worst[each.column] = ratio, float(ends[0]), float(ends[1])
        overall = float(cells[..., 1].sum() / cells.sum())
        sizes = np.asarray(independent_rows(rows, each))[large].tolist()
        chance[each.column] = below_by_chance(sizes, overall, ratio=margin, draws=5000, seed=seed)
    return worst, chance


def _drawn_rates(
    rows: Rows, grouping: Grouping, places: npt.NDArray[np.int64], cells: Floats, *, drawing: Resampler, draws: int, seed: int
) -> Floats:  # fmt: skip
    """Return selection rates under resamples (draws, groups): of counts where each row stands for itself, else of whole units."""
    if rows.simple:
        return rate_of(draw_cells(cells, draws=draws, seed=seed), "selection_rate")
    member = (grouping.codes[:, None] == places[None, :]).astype(np.float32)
    own = np.ones(len(member), dtype=np.float32) if rows.weights is None else rows.weights.astype(np.float32)
    selected = member * (np.ones(len(member)) if rows.selected is None else rows.selected)[:, None].astype(np.float32)
    parts = []
    for batch in drawing.weights(len(member)):
        weights = batch * own
        total = weights @ member
        parts.append(
            np.divide(weights @ selected, total, out=np.full(total.shape, np.nan, dtype=np.float32), where=total > 0)
        )
    return np.concatenate(parts).astype(np.float64)


def _median_scores(
    desk: Desk | None, table: Table, groupings: Sequence[Grouping], *, weights: Floats | None, smallest: int
) -> dict[str, tuple[str, float, str]]:
    """Return, per column, the group with the lowest share of scores above the median of all, its ratio to the highest, and that group."""
    if desk is None or not desk.scores_well:
        return {}
    ranks = desk.ranks(desk.study.model, table)
    above = ranks > np.median(ranks)
    found = {}
    for each in groupings:
        counts = each.counts()
        told = np.flatnonzero((counts >= smallest) & (counts >= 0.02 * len(ranks)))
        if len(told) < 2:
            continue
        cells = count_cells(each.codes, np.zeros(len(ranks)), above, n_groups=len(counts), weights=weights)[told]
        rates = rate_of(cells, "selection_rate")
        if rates.max() > 0:
            low, high = int(rates.argmin()), int(rates.argmax())
            found[each.column] = each.levels[told[low]], float(rates[low] / rates[high]), each.levels[told[high]]
    return found
