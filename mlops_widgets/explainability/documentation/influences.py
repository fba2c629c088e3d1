"""How the columns move a model's answers, in a line each: share, shape, and which act together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.words import estimate, number
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.sample import explain_sample
from mlops_widgets.explainability.attribution.study_questions import ask_study
from mlops_widgets.measures.attribution.effects import shape_of
from mlops_widgets.measures.attribution.interactions import partners, strength
from mlops_widgets.measures.attribution.shares import Drawn, drawn_shares
from mlops_widgets.study.scoring import resampler_of
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import FEWEST_QUOTED, Table, as_numbers, frame_of
from mlops_widgets.study.timeline import codes

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_EVALUATIONS = 60_000
_BINS = 5
_MARGIN_SHARE = 0.05
_MIDDLE = (0.05, 0.95)
_PAIRED = 4
_PAIR_ROWS = 150
_PARTNERS = 8
_FEWEST_ROWS = 10
_FEWEST_CATEGORIES = 2


@dataclass(frozen=True, kw_only=True)
class ColumnInfluence:
    """How one column moves the answers.

    Parameters
    ----------
    column
        The column.
    rank
        1 for the one that moves the answers most.
    share, lower, upper
        Its share (0 to 1) of all mean |contributions|, with its 95 % interval.
    shape
        How the answers follow it, in words: "rises", "falls", "rises then falls", …; of categories, where they are highest
        and lowest.
    """

    column: str
    rank: int
    share: float
    lower: float
    upper: float
    shape: str


@dataclass(frozen=True, kw_only=True)
class PairInfluence:
    """How much of the variance of the answers two columns make together, beyond what each makes alone.

    Parameters
    ----------
    first, second
        The columns.
    share, lower, upper
        That share, with an interval that holds for all pairs at once with 95 %.
    """

    first: str
    second: str
    share: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class Influences:
    """How the columns move the answers, and how that was found.

    Parameters
    ----------
    columns
        What moves the answers most first.
    pairs
        What acts together most first; empty where there aren't two columns or ten rows.
    lead_lower
        Lower end of the 95 % interval of the first share less the second (paired); infinite with one column.
    table, rows
        Where the rows come from, and how many there are.
    scale, output
        What the contributions are in, and which output the shapes are of.
    how
        The method in words.
    """

    columns: tuple[ColumnInfluence, ...]
    pairs: tuple[PairInfluence, ...]
    lead_lower: float
    table: str
    rows: int
    scale: str
    output: str
    how: str


def measure_influences(
    study: Study, table: Table, *, most_rows: int, draws: int, seed: int, pairs: bool = True, progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Influences:  # fmt: skip
    """Return how the columns move the answers to a seeded sample of a table's rows."""
    found = explain_sample(
        study,
        table.name,
        most_rows=most_rows,
        most_evaluations=_EVALUATIONS,
        seed=seed,
        progress=progress,
        cancel=cancel,
    )
    sample = _Sample.of(study, table, found, draws=draws, seed=seed)
    shares = sample.shares
    lower, upper = shares.bounds()
    order = np.argsort(-shares.values, kind="stable")
    columns = tuple(
        ColumnInfluence(
            column=found.columns[k], rank=rank, share=float(shares.values[k]), lower=max(float(lower[k]), 0.0),
            upper=min(float(upper[k]), 1.0), shape=sample.shape(int(k)),
        )
        for rank, k in enumerate(order, start=1)
    )  # fmt: skip
    exact = "exact for this baseline" if found.exact else f"{found.pairs} antithetic pairs a row"
    return Influences(
        columns=columns, pairs=_pairs(sample, [each.column for each in columns[:_PAIRED]], seed) if pairs else (),
        lead_lower=_lead(shares, order), table=table.name, rows=len(sample.positions), scale=found.scale,
        output=found.outputs[sample.output],
        how=f"Shapley values ({found.scale}) of {len(sample.positions):,} rows of {table.name} against {found.baseline_text}, "
        f"{found.route} route, {exact}; shapes from the mean contribution in up to {_BINS} bins of about equal size; 95 % intervals "
        f"from {draws:,} bootstrap draws by {study.unit_name}, Student's t",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sample:
    """Explained rows with their cells (never in a Result), units and draws."""

    found: Explanation
    question: Question
    positions: Integers
    units: Integers
    by_entity: bool
    weights: Floats
    shares: Drawn
    study: Study

    @classmethod
    def of(cls, study: Study, table: Table, found: Explanation, *, draws: int, seed: int) -> "_Sample":
        positions = np.array(found.positions, dtype=np.int64)
        units, own = codes(study.units(table)[positions]), study.weights(table)[positions]
        resampler = resampler_of(study, units, draws=draws, seed=seed)
        drawn = np.concatenate([own[None, :], *(each * own for each in resampler.weights(len(positions)))])
        question = ask_study(study, positions.tolist(), table=table.name, background=1, seed=seed)
        sizes = np.abs(found.values).mean(axis=2) * own[:, None]
        return cls(
            found=found, question=question, positions=positions, units=units, by_entity=study.unit == "entity",
            weights=drawn.astype(np.float64), shares=drawn_shares(sizes, resampler), study=study,
        )  # fmt: skip

    @property
    def output(self) -> int:
        """Which of the outputs the columns move most."""
        return int(np.abs(self.found.values).sum(axis=(0, 1)).argmax())

    def shape(self, k: int) -> str:
        """Return how the answers follow a column, in words."""
        values, cells = self.found.values[:, k, self.output], self.question.rows[self.found.columns[k]]
        if not np.abs(values).any():
            return "not used"
        ordered = _ordered(cells)
        return self._among_categories(k, cells, values) if ordered is None else self._along(ordered, values)

    def _along(self, place: Floats, values: Floats) -> str:
        known = np.isfinite(place)
        bins = _bins(place)
        means = self._means(bins, values, int(bins.max(initial=-1)) + 1)
        means = means[:, np.isfinite(means[0])]
        if means.shape[1] < _FEWEST_CATEGORIES:
            return "one value" if known.any() else "missing everywhere"
        low, high = np.quantile(self.found.prediction[:, self.output], _MIDDLE)
        margin = max(_MARGIN_SHARE * float(high - low), 1e-12)
        return shape_of(means[0], means[1:], margin=margin, units=len(np.unique(self.units)))

    def _among_categories(self, k: int, cells: "pd.Series[Any]", values: Floats) -> str:
        place, names = pd.factorize(cells.astype(object))
        owners = self.units if self.by_entity else np.arange(len(cells))
        often = [j for j in range(len(names)) if len(np.unique(owners[place == j])) >= FEWEST_QUOTED]
        if len(often) < _FEWEST_CATEGORIES:
            return "categories, too few rows of each"
        means = self._means(np.asarray(place, dtype=np.int64), values, len(names))[0]
        said = [
            self.study.words.value(self.found.columns[k], names[j])
            for j in sorted(often, key=lambda j: float(means[j]))
        ]
        return f"highest for {said[-1][:40]}, lowest for {said[0][:40]}"

    def _means(self, place: Integers, values: Floats, groups: int) -> Floats:
        """Return the mean contribution in each group under each weighting, (1 + draws, groups); empty draws as the whole."""
        member = (place[:, None] == np.arange(groups)).astype(np.float64)
        total = self.weights @ member
        sums = self.weights @ (member * values[:, None])
        means = np.divide(sums, total, out=np.full_like(sums, np.nan), where=total > 0)
        return np.asarray(np.where(np.isnan(means), means[0], means))


def _ordered(cells: "pd.Series[Any]") -> Floats | None:
    """Return cells on an axis, NaN where missing; None where they have no order."""
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        moments = pd.to_datetime(cells, utc=True).astype("int64").to_numpy(np.float64)
        return np.asarray(np.where(cells.isna(), np.nan, moments), dtype=np.float64)
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return np.asarray(as_numbers(cells))
    return None


def _bins(place: Floats) -> Integers:
    """Return the bin of each cell from 0, -1 for missing ones: each value by itself if there are few."""
    known = np.isfinite(place)
    levels = np.unique(place[known])
    if len(levels) > _BINS:
        levels = np.unique(np.quantile(place[known], np.linspace(0, 1, _BINS + 1))[:-1])
    return np.where(known, np.searchsorted(levels, place, side="right") - 1, -1).astype(np.int64)


def _lead(shares: Drawn, order: npt.NDArray[np.intp]) -> float:
    """Return the lower end of the interval of the first share less the second, from the same draws."""
    if len(order) < 2:
        return float("inf")
    first, second = order[:2]
    gap = Drawn(
        values=np.array([shares.values[first] - shares.values[second]]),
        draws=(shares.draws[:, first] - shares.draws[:, second])[:, None], units=shares.units,
    )  # fmt: skip
    return float(gap.bounds()[0][0])


def _pairs(sample: _Sample, names: Sequence[str], seed: int) -> tuple[PairInfluence, ...]:
    """Return how strongly the leading columns act together; () of too few rows or columns."""
    kept = np.linspace(0, len(sample.positions) - 1, min(_PAIR_ROWS, len(sample.positions))).round().astype(np.int64)
    if len(kept) < _FEWEST_ROWS or len(names) < 2:
        return ()
    rows = sample.question.rows.iloc[kept].reset_index(drop=True)
    ask = sample.question.predict
    answers = ask(rows)
    strongest = int(answers.var(axis=0).argmax())
    partner = partners(len(rows), each=min(_PARTNERS, len(rows) - 1), rng=np.random.default_rng(seed))
    taken = np.repeat(np.arange(len(rows)), partner.shape[1])

    def with_cells(*columns: str) -> Floats:
        cells = {name: rows[name].array.take(taken if name in columns else partner.ravel()) for name in rows.columns}
        return ask(frame_of(cells, rows.columns))[:, strongest].reshape(partner.shape)

    alone = {name: with_cells(name) for name in names}
    every = list(combinations(names, 2))
    found = []
    for first, second in every:
        both = strength(
            with_cells(first, second), (alone[first], alone[second]), answers[:, strongest], partner=partner,
            units=sample.units[kept], level=1 - 0.05 / len(every),
        )  # fmt: skip
        found.append(PairInfluence(first=first, second=second, share=both.share, lower=both.lower, upper=both.upper))
    return tuple(sorted(found, key=lambda pair: (-np.nan_to_num(pair.share), pair.first, pair.second)))


def share_words(each: ColumnInfluence | PairInfluence) -> str:
    """Return a share with its interval, in words."""
    if not np.isfinite(each.share):
        return "–"
    if not (np.isfinite(each.lower) and np.isfinite(each.upper)):
        return f"{number(each.share, 'percent')} (too few units for an interval)"
    return estimate(each.share, each.lower, each.upper, "percent")
