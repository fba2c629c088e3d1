"""How the model's answers follow each column: direction and shape, with what they rest on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.explainability.attribution.study_questions import Output
from mlops_widgets.explainability.influence.asked_rows import Asked, asked_of, wanted_columns
from mlops_widgets.explainability.influence.curves import Bench, EffectCurve
from mlops_widgets.explainability.influence.effects_findings import find
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_MARGIN_SHARE = 0.05
_MIDDLE = (0.05, 0.95)
_UNITS_A_BIN = 10
"""Fewest resampling units a bin: means of three customers a bin, however many rows they have, called a third of level curves a rise or fall."""
_FEWEST_BINS = 3
_REFERENCE = (
    "Apley & Zhu 2020 (accumulated local effects); Friedman 2001 (partial dependence); Goldstein et al. 2015 (ICE)"
)


@dataclass(frozen=True, kw_only=True)
class EffectsResult(Result):
    """How the answers follow each column.

    Parameters
    ----------
    table
        Where the rows come from.
    scale, outputs
        What the answers are in, and what each output is called.
    margin
        The largest difference of answers that doesn't matter, by default 5 % of how far the middle 90 % of them reach, for
        the output where that is most.
    curves
        One a column and output, the largest effect first.
    skipped
        Columns that couldn't be looked at, each with the reason: "name: reason".
    dependence_rows
        Rows that partial dependence rests on.
    synthetic
        Whether the data were made up.
    """

    table: str
    scale: str
    outputs: tuple[str, ...]
    margin: float
    curves: tuple[EffectCurve, ...]
    skipped: tuple[str, ...]
    dependence_rows: int
    synthetic: bool = False

    @property
    def strongest(self) -> tuple[EffectCurve, ...]:
        """Of each column the curve of the output that it moves most, the largest first."""
        found: dict[str, EffectCurve] = {}
        for curve in self.curves:
            found.setdefault(curve.column, curve)
        return tuple(found.values())

    def of(self, column: str, output: str | None = None) -> EffectCurve:
        """Return the curve of a column; of several outputs that of the one it moves most, or of `output`.

        Raises
        ------
        KeyError
            If there is none.
        """
        found = [curve for curve in self.curves if curve.column == column and output in {None, curve.output}]
        if not found:
            raise KeyError(f"No effect of {column!r} was measured.")
        return found[0]

    def frame(self) -> "pd.DataFrame":
        """Return one row a column, output and point: accumulated effect and partial dependence with their intervals."""
        import pandas as pd

        names = ("ale", "ale_lower", "ale_upper", "pd", "pd_lower", "pd_upper")
        return pd.DataFrame(
            [
                {"column": curve.column, "output": curve.output, "point": label, **{n: getattr(curve, n)[k] for n in names}}
                for curve in self.curves
                for k, label in enumerate(curve.labels)
            ],
            columns=["column", "output", "point", *names],
        )  # fmt: skip


@strategy("EX-EF")
def measure_effects(
    study: Study,
    columns: str | Sequence[str] | None = None,
    *,
    table: str | None = None,
    output: Output = "auto",
    margin: float | None = None,
    max_rows: int = 1000,
    dependence_rows: int = 100,
    max_columns: int = 40,
    bins: int = 10,
    draws: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> EffectsResult:
    """Say how the model's answers follow each column: whether they rise or fall with it, how far, and for whom.

    Accumulated local effects move each row only to the edges of its own bin, so they never ask about combinations that
    don't occur. Partial dependence puts everybody everywhere. Where the two differ, partial dependence rests on made-up rows.
    An effect is what the model does with a column, not what the column does to the world.

    Parameters
    ----------
    study
        With a model that can be asked. No labels are needed.
    columns
        Which of the model's columns; by default all.
    table
        Name of the table whose rows are asked about; by default the test, else production, else the reference.
    output
        The scale; by default probabilities where the model gives them.
    margin
        The largest difference of answers that doesn't matter, on that scale.
    max_rows, dependence_rows
        Most rows for accumulated effects, 20 or more, and for partial dependence among these.
    max_columns
        Most columns where all are asked for; the others are named.
    bins
        Most bins of a number, 2 or more; fewer where a bin would hold fewer than ten resampling units. Numbers with at most twelve values are looked at singly.
    draws
        Bootstrap draws, 50 or more.
    seed
        Of rows and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    EffectsResult or NoResult
        Findings: EX-EF-01 the largest effect, EX-EF-02 where partial dependence and local effects differ, EX-EF-03 effects
        that don't matter or aren't settled, EX-EF-04 rows that go the other way, EX-EF-05 columns not looked at.

    Raises
    ------
    InputError
        If an option is out of its range.
    UnknownNameError
        If there is no such table or column.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> effects = mw.explainability.measure_effects(mw.sample("loans"), ["credit_score"], max_rows=300, draws=50)
    >>> effects.of("credit_score").shape
    'falls'
    """
    check_margin(margin)
    check_counts(
        max_rows=(max_rows, 20), dependence_rows=(dependence_rows, 5), max_columns=(max_columns, 1), bins=(bins, 2),
        draws=(draws, 50), seed=(seed, 0),
    )  # fmt: skip
    asked = asked_of(study, table, most_rows=max_rows, output=scale_for(study, output), seed=seed)
    wanted = wanted_columns(columns, list(asked.rows.columns))
    looked = wanted if columns is not None else wanted[:max_columns]
    bench = _bench(study, asked, margin=margin, most=dependence_rows, bins=bins, draws=draws, seed=seed)
    found: list[EffectCurve] = []
    skipped = [f"{name}: more columns than max_columns={max_columns}" for name in wanted[len(looked) :]]
    for column in steps(looked, "column", progress, cancel):
        curves = bench.curves(column)
        if isinstance(curves, str):
            skipped.append(f"{column}: {curves}")
        else:
            found += curves
    result = EffectsResult(
        findings=(), rows=len(asked.positions), seed=seed, method=_method(study, asked, bench, draws), reference=_REFERENCE,
        table=asked.table.name, scale=asked.question.scale, outputs=asked.question.outputs, margin=float(bench.margins.max()),
        curves=tuple(sorted(found, key=lambda curve: (-curve.size, curve.column, curve.output))), skipped=tuple(skipped),
        dependence_rows=len(bench.dependent), synthetic=study.synthetic,
    )  # fmt: skip
    return replace(result, findings=find(result))


def scale_for(study: Study, output: Output) -> Output:
    """Return the scale on which effects are read most easily, where none was asked for: probabilities."""
    return "probability" if output == "auto" and "probabilities" in study.model.can else output


def _bench(
    study: Study, asked: Asked, *, margin: float | None, most: int, bins: int, draws: int, seed: int
) -> Bench:  # fmt: skip
    kept = np.unique(np.linspace(0, len(asked.positions) - 1, min(most, len(asked.positions))).round().astype(np.int64))
    answers = asked.answers(asked.rows)
    low, high = np.quantile(answers, _MIDDLE, axis=0)
    own = np.maximum(_MARGIN_SHARE * (high - low), 1e-12 * np.maximum(1.0, np.abs(answers).max(axis=0)))
    return Bench(
        asked=asked, dependent=kept, weights=asked.drawn(study, draws=draws, seed=seed),
        margins=own if margin is None else np.full(answers.shape[1], float(margin)),
        bins=min(bins, max(_FEWEST_BINS, asked.count // _UNITS_A_BIN)),
    )  # fmt: skip


def _method(study: Study, asked: Asked, bench: Bench, draws: int) -> str:
    return (
        f"Accumulated local effects on {len(asked.positions):,} rows drawn from {asked.table.name} and partial dependence on "
        f"{len(bench.dependent):,} of them, {bench.bins} bins of about equal size with rounded edges, what lies beyond an edge "
        f"counted to the last bin; categories in an order of likeness; 95 % intervals from {draws:,} bootstrap draws by "
        f"{study.unit_name}, Student's t"
    )
