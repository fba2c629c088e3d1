"""Whether SHAP and LIME tell the same story about the same rows, and if not, what makes the difference."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.attribution.chosen_rows import Background, Rows
from mlops_widgets.explainability.attribution.neighbourhood import FEWEST_SAMPLES, SAMPLES
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.study_questions import BACKGROUND_ROWS, Output, ask_study, scale_of
from mlops_widgets.explainability.trust.agreement_causes import (
    Asked,
    Without,
    ask_both,
    placebo_sums,
    twice,
    without_each,
)
from mlops_widgets.explainability.trust.agreement_findings import find
from mlops_widgets.explainability.trust.agreement_verdicts import Cause, Measured, Pairing
from mlops_widgets.measures.attribution.agreement import Agreement, agreement, by_chance
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]

TOP = 3
AGREE = 2 / 3
"""Share of the leading columns that both must name with the same sign: two of three."""
_PLACEBOS = 20
_CAUSES = 6


@dataclass(frozen=True, kw_only=True)
class MethodComparison(Result):
    """How far SHAP and LIME agree about some rows, on what, and what makes them differ.

    Parameters
    ----------
    scale, lime_scale
        What SHAP's and LIME's contributions are in: the same, unless LIME was asked on another.
    columns, row_names
        p columns, n rows.
    shap, lime
        (n, p) contributions to each row's output.
    outputs
        (n,) which output each row is compared on.
    top, agree
        How many columns lead, and the share that must agree.
    measured
        Agreement by each measure, over the rows.
    feature, sign, rank, correlation
        (n,) the same row by row.
    chance
        Share of the leading columns that two explanations at random both name.
    causes
        What removing each difference does to the agreement on leading columns and signs, the largest gain first.
    lime_again, shap_again
        How far each method agrees with itself when what it draws is drawn anew; 1 where nothing is drawn.
    r2
        (n,) how LIME's surrogates fit: told, never a gate.
    route
        How the Shapley values were computed.
    table
        Where the rows are from; empty where they were given.
    named
        Whether the rows were named by the caller.
    synthetic
        Whether the data were made up.
    """

    holds_cells: ClassVar[bool] = True

    scale: str
    lime_scale: str
    columns: tuple[str, ...]
    row_names: tuple[str, ...]
    shap: Floats
    lime: Floats
    outputs: npt.NDArray[np.int64]
    top: int
    agree: float
    measured: tuple[Measured, ...]
    feature: Floats
    sign: Floats
    rank: Floats
    correlation: Floats
    chance: float
    causes: tuple[Cause, ...]
    lime_again: Measured
    shap_again: Measured
    r2: Floats
    route: str
    table: str = ""
    named: bool = False
    synthetic: bool = False

    @property
    def agreement(self) -> Measured:
        """Share of the leading columns that both name with the same sign."""
        return next(each for each in self.measured if each.name == "sign")

    @property
    def cause(self) -> Cause | None:
        """The difference whose removal adds most agreement beyond noise; None if none does."""
        return next((cause for cause in self.causes if cause.explains), None)

    def frame(self) -> pd.DataFrame:
        """Return one row a row: agreement by each measure, and LIME's R²."""
        return pd.DataFrame({
            "row": list(self.row_names), "feature": self.feature, "sign": self.sign, "rank": self.rank,
            "correlation": self.correlation, "lime_r2": self.r2,
        })  # fmt: skip


@strategy("EX-CM")
def compare_methods(
    study: Study, rows: Rows = None, *, table: str | None = None, output: Output = "auto", lime_output: Output | None = None,
    explained_rows: int = 50, top: int | None = None, background: Background = BACKGROUND_ROWS, samples: int = SAMPLES, seed: int = 0,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> MethodComparison:  # fmt: skip
    """Say how far SHAP and LIME agree about the same rows, and which difference between them makes them disagree.

    Both are asked about the same rows, columns and scale. Then one difference between them is removed at a time and both are
    compared again on the same rows: another scale, another baseline, ranges in the place of numbers, correlated columns,
    interactions, chance. The cause named is the one whose removal adds most agreement beyond noise, or none.

    Parameters
    ----------
    study
        With a model that can be asked.
    rows
        Positions or a frame, as in `explain`; by default a sample of the table.
    table
        Whose rows; by default the test, else production, else the reference.
    output
        The scale, as in `explain`.
    lime_output
        Another scale for LIME, such as "probability", on which its library asks where SHAP's takes log-odds; None: the same.
    explained_rows
        Rows in the sample; fewer where the model can only be asked.
    top
        How many columns lead, fewer than the model takes; by default three, or all but one of fewer.
    background
        SHAP's baseline, as in `explain`.
    samples
        Samples of LIME's neighbourhood.
    seed
        Of everything that is drawn.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    MethodComparison or NoResult
        Findings: EX-CM-01 the agreement, EX-CM-02 its cause, EX-CM-03 how far each method agrees with itself, EX-CM-04 how
        LIME's surrogates fit.

    Raises
    ------
    InputError
        If an option can't be used.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.explainability.compare_methods(mw.sample("census"), explained_rows=10, samples=500)
    >>> 0 <= result.agreement.value <= 1
    True
    """
    check_counts(
        explained_rows=(explained_rows, 1),
        top=(TOP if top is None else top, 1),
        samples=(samples, FEWEST_SAMPLES),
        seed=(seed, 0),
    )
    home, chosen = _rows_of(study, rows, table, explained_rows, seed)
    ask = partial(ask_study, study, chosen, table=home, background=background, seed=seed)
    question = ask(output=output)
    if top is None:
        top = max(1, min(TOP, len(question.players) - 1))
    elif top >= len(question.players) > 1:
        raise InputError(f"top={top}, and the model takes {len(question.players)} columns. Pass fewer.")
    other = question if _same(study, output, lime_output) else ask(output=lime_output or output)
    with one_thread():
        asked, count = ask_both(question, other, samples=samples, cancel=cancel)
        tell(progress, 0.3, "both methods")
        units = _units(study, asked.shap_question, home)
        run = _Comparison(asked, units, top, seed)
        causes = [
            run.cause(each)
            for each in without_each(study, asked, seed=seed, progress=part(progress, 0.3, 0.9), cancel=cancel)
        ]
        result = run.result(causes, table=home or "", named=rows is not None, synthetic=study.synthetic)
    tell(progress, 1, f"{count} rows")
    return result


def _same(study: Study, output: Output, lime_output: Output | None) -> bool:
    return lime_output is None or scale_of(study, output) == scale_of(study, lime_output)


def _rows_of(study: Study, rows: Rows, table: str | None, most: int, seed: int) -> tuple[str | None, Rows]:
    """Return the table's name (None where rows are given whole) and the rows: those asked for, else a sample."""
    if rows is not None:
        whole = isinstance(rows, pd.DataFrame | pd.Series | dict | Table)
        return (None if whole else table), rows
    found = study.tables.get(table) if table is not None else (study.test or study.production or study.reference)
    if found is None:
        return table, rows  # the question says what is wrong
    drawn = np.random.default_rng([seed, 17]).permutation(found.rows)[:most]
    return found.name, [int(k) for k in drawn]


def _units(study: Study, question: Question, table: str | None) -> npt.NDArray[np.int64]:
    """Return the resampling unit of each row (n,): its own where rows were given."""
    count = len(question.rows)
    if not question.positions:
        return np.arange(count)
    home = study.tables[table] if table is not None else (study.test or study.production or study.need("reference"))
    return study.units(home)[list(question.positions)]


class _Comparison:
    """The rows' agreement, and what removing a difference does to it."""

    def __init__(self, asked: Asked, units: npt.NDArray[np.int64], top: int, seed: int) -> None:
        self.asked, self.units, self.seed = asked, units, seed
        self.top = min(top, max(1, asked.shap_values.shape[1] - 1))
        self.found = self._agreement(asked.shap_values, asked.lime_values)

    def _agreement(self, one: Floats, other: Floats) -> Agreement:
        return agreement(one, other, top=min(self.top, max(1, one.shape[1] - 1)))

    def _measured(self, name: str, values: Floats, level: float = 0.95) -> Measured:
        known = np.isfinite(values)
        mean, lower, upper = clustered_mean(values[known], self.units[known], level=level)
        # Shares, correlations and what they gain end at 1; Student's t doesn't know that.
        return Measured(name=name, value=mean, lower=max(lower, -1.0), upper=min(upper, 1.0))

    def cause(self, without: Without) -> Cause:
        """Return what removing a difference does, with an interval that holds for all causes together (Bonferroni)."""
        nothing = Measured(name="gain", value=np.nan, lower=np.nan, upper=np.nan)
        if without.shap is None or without.lime is None:
            return Cause(name=without.name, removed=without.removed, agreement=nothing, gain=nothing)
        after = self._agreement(without.shap, without.lime).sign
        gained = after - self.found.sign
        if without.groups is not None:
            gained = gained - self._placebo(without.groups)
        return Cause(
            name=without.name, removed=without.removed, agreement=self._measured("sign", self.found.sign + gained),
            gain=self._measured("gain", gained, level=1 - 0.05 / _CAUSES),
        )  # fmt: skip

    def _placebo(self, groups: list[list[int]]) -> Floats:
        """Return what joining columns at random, in groups of these sizes, adds to each row's agreement (n,)."""
        added = []
        for k in range(_PLACEBOS):
            sums = [
                placebo_sums(values, groups, np.random.default_rng([self.seed, 19, k]))
                for values in (self.asked.shap_values, self.asked.lime_values)
            ]
            added.append(self._agreement(sums[0], sums[1]).sign - self.found.sign)
        return np.asarray(np.mean(added, axis=0))

    def _again(self) -> tuple[Measured, Measured]:
        lime, shap = twice(self.asked)
        own = self._measured("LIME with itself", self._agreement(self.asked.lime_values, lime).sign)
        if shap is None:
            return own, Measured(name="SHAP with itself", value=1.0, lower=1.0, upper=1.0)
        return own, self._measured("SHAP with itself", self._agreement(self.asked.shap_values, shap).sign)

    def result(self, causes: list[Cause], *, table: str, named: bool, synthetic: bool) -> MethodComparison:
        """Return everything with its verdicts."""
        asked, found = self.asked, self.found
        question = asked.shap_question
        measured = tuple(self._measured(name, getattr(found, name)) for name in Pairing)
        lime_again, shap_again = self._again()
        rows = np.arange(len(asked.outputs))
        result = MethodComparison(
            findings=(), rows=len(question.rows), seed=question.seed, method=_method(asked, self.top), reference=_REFERENCE,
            scale=question.scale, lime_scale=asked.lime_question.scale, columns=tuple(question.players),
            row_names=question.row_names, shap=asked.shap_values, lime=asked.lime_values,
            outputs=asked.outputs.astype(np.int64), top=self.top, agree=AGREE, measured=measured, feature=found.feature,
            sign=found.sign, rank=found.rank, correlation=found.correlation,
            chance=by_chance(len(question.players), top=self.top), causes=tuple(sorted(causes, key=lambda each: each.order)),
            lime_again=lime_again, shap_again=shap_again, r2=asked.lime.fit.r2[rows, asked.outputs], route=asked.shap.route,
            table=table, named=named, synthetic=synthetic,
        )  # fmt: skip
        return find(result)


_REFERENCE = "Krishna et al. (2022), arXiv:2202.01602, section 3.2"


def _method(asked: Asked, top: int) -> str:
    drawn = f"{asked.shap.pairs} pairs of permutations" if asked.by_permutation else f"{asked.shap.route} route"
    return (
        f"SHAP ({drawn}) and LIME ({asked.samples:,} samples) on {asked.shap_question.scale}; the {top} leading columns with "
        "their sign; 95 % intervals by Student's t over resampling units, of gains for all causes together (Bonferroni)"
    )
