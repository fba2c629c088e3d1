"""What each fault does to the answers: refused, missing, changed or not, and what the change costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.core.result import Status
from mlops_widgets.errors import InputError, MissingInputError, ModelError
from mlops_widgets.measures.intervals import Estimate, paired_difference
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler, Scored
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.representative.asking import Answers
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Outcome = Literal["raises", "abstains", "changes", "unchanged", "not_run"]

MOVED_SPREADS = 0.1
"""In regression without a margin in the target's unit: how far an answer must move, in standard deviations of all answers."""
_IN_TARGET_UNIT = frozenset({"mae", "rmse"})


@dataclass(frozen=True, kw_only=True)
class FaultCell:
    """What one fault in one place does.

    Parameters
    ----------
    fault
        Name of the fault.
    column
        The feature that it befalls; "" for the table as a whole.
    outcome
        "raises", "abstains" (answers are missing), "changes" (without an error), "unchanged" or "not_run".
    error
        Type of the error raised, or "".
    changed_share, moved_share, missing_share
        Shares (0 to 1) of the rows befallen whose answer is another, whose decision flips (in regression: moves by more
        than the result's `moved_by`), and which get no answer; NaN where nothing was answered.
    loss, lower, upper
        How much worse the metric is on all labelled rows that are answered, with its 95 % interval; NaN where it can't be said.
    status
        Verdict on a change, by an interval of a level corrected for all cells; "" where the answers don't change.
    confirmed
        Whether the numbers are of fresh rows, after this column was found to be the worst one of the fault on others.
    """

    fault: str
    column: str
    outcome: Outcome
    error: str = ""
    changed_share: float = float("nan")
    moved_share: float = float("nan")
    missing_share: float = float("nan")
    loss: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    status: Status | Literal[""] = ""
    confirmed: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Labels:
    """The labelled rows of the sample: positions (n,), outcomes (n,), units (n,), weights (n,) or None."""

    rows: npt.NDArray[np.int64]
    y: Floats
    units: npt.NDArray[np.int64] | None
    weights: Floats | None


def labels_of(study: Study, table: Table, base: Answers) -> Labels | None:
    """Return the rows that have a label and an answer; None without any, or where the metric has no value on them."""
    try:
        y = study.labels(table)
    except MissingInputError:
        return None
    rows = np.flatnonzero(~np.isnan(y) & ~base.missing)
    if not len(rows):
        return None
    weights = study.weights(table)[rows] if study.roles.weights else None
    units = None if study.unit == "row" else study.units(table)[rows]
    try:
        study.metric(y[rows], base.output[rows], weights)
    except InputError:
        return None
    return Labels(rows=rows, y=y[rows], units=units, weights=weights)


def moved_by(study: Study, base: Answers, margin: float | None) -> float:
    """Return how far a regression's answer must move to count, in the target's unit; 0 in classification."""
    if study.task != "regression":
        return 0.0
    if margin is not None and study.metric.name in _IN_TARGET_UNIT:
        return margin
    return MOVED_SPREADS * float(np.nanstd(base.decisions))


def observed(
    cell: FaultCell, answer: "Answers | ModelError | None", base: Answers, hit: npt.NDArray[np.bool_], *, moved: float
) -> FaultCell:
    """Return the cell with what came of it: its outcome and the shares of the rows befallen."""
    if answer is None:
        return cell
    if isinstance(answer, ModelError):
        return replace(cell, outcome="raises", error=type(answer.__cause__ or answer).__name__)
    asked = hit & ~base.missing
    missing = answer.missing & asked
    answered = asked & ~answer.missing
    differs = answer.differs(base) & answered
    shift = np.abs(answer.decisions - base.decisions)
    flips = answered & (shift > moved if moved > 0 else shift > 0.5)
    count = max(int(answered.sum()), 1)
    outcome: Outcome = "abstains" if missing.any() else "changes" if differs.any() else "unchanged"
    known = bool(answered.any())
    return replace(
        cell, outcome=outcome, missing_share=float(missing.sum() / max(int(asked.sum()), 1)),
        changed_share=float(differs.sum() / count) if known else float("nan"),
        moved_share=float(flips.sum() / count) if known else float("nan"),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Bill:
    """How losses are estimated: the study, its labelled rows, the answers to them, and the bootstrap's size and seed."""

    study: Study
    labels: Labels
    base: Answers
    draws: int
    seed: int
    error_share: float = 0.05
    cancel: Cancel | None = None

    def losses(self, answers: Mapping[int, Answers]) -> dict[int, tuple[Estimate, Estimate]]:
        """Return by key how much worse the metric gets: its 95 % interval, and one corrected for their number.

        Bonferroni's correction: all the corrected intervals hold at once but for a chance of `error_share`. Left out is
        an answer on whose rows the metric has no value.
        """
        rows = self.labels.rows
        whole = [key for key, each in answers.items() if not each.missing[rows].any()]
        partial = [[key] for key in answers if key not in whole]
        found: dict[int, tuple[Estimate, Estimate]] = {}
        for keys in ([whole] if whole else []) + partial:
            found |= self._together({key: answers[key] for key in keys}, tests=len(answers))
        return found

    def _together(self, answers: Mapping[int, Answers], *, tests: int) -> dict[int, tuple[Estimate, Estimate]]:
        labels, metric = self.labels, self.study.metric
        kept = ~next(iter(answers.values())).missing[labels.rows]
        rows, y = labels.rows[kept], labels.y[kept]
        if not len(rows):
            return {}
        weights = None if labels.weights is None else labels.weights[kept]
        resampler = Resampler(None if labels.units is None else labels.units[kept], draws=self.draws, seed=self.seed)
        scored: dict[str, Scored] = {"base": (metric, y, self.base.output[rows])}
        scored |= {str(key): (metric, y, each.output[rows]) for key, each in answers.items()}
        values = _values(scored, weights)
        if "base" not in values:
            return {}
        draws = resampler.draws({name: scored[name] for name in values}, sample_weights=weights, cancel=self.cancel)
        units = resampler.count(np.ones(len(rows), dtype=np.bool_))
        events = resampler.count(metric.events(y, self.base.output[rows]))

        def gap(name: str, level: float) -> Estimate:
            base, other = (
                Estimate(
                    value=values[each],
                    lower=np.nan,
                    upper=np.nan,
                    level=level,
                    rows=len(rows),
                    units=units,
                    events=events,
                )
                for each in ("base", name)
            )
            return _harm(metric, base, other, draws["base"], draws[name])

        return {
            key: (gap(str(key), 0.95), gap(str(key), 1 - self.error_share / tests))
            for key in answers
            if str(key) in values
        }


def _harm(metric: Metric, base: Estimate, other: Estimate, base_draws: Floats, draws: Floats) -> Estimate:
    if metric.greater_is_better:
        return paired_difference(metric, base, other, base_draws, draws)
    return paired_difference(metric, other, base, draws, base_draws)


def _values(scored: Mapping[str, Scored], weights: Floats | None) -> dict[str, float]:
    """Return the metric of each, where it has a value: precision has none where no row is called positive."""
    found = {}
    for name, (metric, y, output) in scored.items():
        try:
            found[name] = metric(y, output, weights)
        except InputError:
            continue
    return found


def judged(
    cells: Sequence[FaultCell], losses: Mapping[int, tuple[Estimate, Estimate]], *, margin: float
) -> list[FaultCell]:
    """Return the cells with their losses, and a verdict on each whose answers change."""
    found = []
    for index, cell in enumerate(cells):
        changes = cell.outcome == "changes" or (cell.outcome == "abstains" and cell.changed_share > 0)
        if index in losses:
            shown, corrected = losses[index]
            verdict = judge(corrected.lower, corrected.upper, margin=margin, n=shown.rows)
            found.append(replace(cell, loss=shown.value, lower=shown.lower, upper=shown.upper, status=verdict.status))
        else:
            found.append(replace(cell, status="not_enough_data") if changes else cell)
    return found
