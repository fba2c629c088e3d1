"""Which columns act together: where what one does depends on another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, part, steps
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.explainability.attribution.study_questions import Output
from mlops_widgets.explainability.influence.asked_rows import asked_of, wanted_columns
from mlops_widgets.explainability.influence.interactions_findings import find
from mlops_widgets.explainability.influence.pairs import PairBench, PairStrength, Surface, surface
from mlops_widgets.measures.attribution.interactions import partners
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

_SURFACES = 3
_SURFACE_ROWS = 100
_NEAR_ROWS = 2000
_FEWEST_ROWS = 10
_REFERENCE = "Friedman & Popescu 2008, section 8.1 (H); Jansen 1999 (total effects)"


@dataclass(frozen=True, kw_only=True)
class InteractionsResult(Result):
    """Which columns act together.

    Parameters
    ----------
    table
        Where the rows come from.
    scale, output
        What the answers are in, and which output they are: of several the one that varies most.
    margin_share
        The largest share of the answers' variance that doesn't matter, 0 to 1.
    pairs
        One a pair, the strongest first.
    searched
        The columns that were paired: those with the largest total effects.
    left_out
        The model's other columns.
    left_out_share
        Largest total effect among these, as a share of the variance; NaN where all were paired.
    surfaces
        The joint part of the strongest pairs on a grid.
    synthetic
        Whether the data were made up.
    """

    table: str
    scale: str
    output: str
    margin_share: float
    pairs: tuple[PairStrength, ...]
    searched: tuple[str, ...]
    left_out: tuple[str, ...]
    left_out_share: float
    surfaces: tuple[Surface, ...]
    synthetic: bool = False

    def frame(self) -> "pd.DataFrame":
        """Return one row a pair: share of the variance with its interval, size, H²."""
        import pandas as pd

        return pd.DataFrame([vars(pair) for pair in self.pairs], columns=list(PairStrength.__dataclass_fields__))


@strategy("EX-IN")
def find_interactions(
    study: Study,
    columns: Sequence[str] | None = None,
    *,
    table: str | None = None,
    output: Output = "auto",
    margin_share: float = 0.01,
    top: int = 7,
    max_rows: int = 400,
    partners_each: int = 10,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> InteractionsResult:
    """Say which two columns act together: where what one does to the answer depends on the other.

    The scale matters: columns that add up in log-odds act together in probability. The joint part of two columns is what
    their joint partial dependence has beyond the sum of both; H² takes it as a share of the former. A model that adds two
    columns gives 0 exactly, because all are averaged over the same rows. What H² adds by chance is taken off.

    Parameters
    ----------
    study
        With a model that can be asked. No labels are needed.
    columns
        Pair only these; by default the `top` columns with the largest total effects.
    table
        Name of the table; by default the test, else production, else the reference.
    output
        The scale; by default the one that the model adds up on, where that is known.
    margin_share
        The largest share of the answers' variance that doesn't matter, between 0 and 1.
    top
        How many columns are paired, 2 or more.
    max_rows, partners_each
        Rows whose cells are put into others, 10 or more, and into how many others each, 2 or more; the model is asked about
        their product for every pair.
    seed
        Of the rows.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    InteractionsResult or NoResult
        Findings: EX-IN-01 the strongest pair, EX-IN-02 the other pairs, EX-IN-03 columns that weren't paired.

    Raises
    ------
    InputError
        If an option is out of its range.
    UnknownNameError
        If there is no such table or column.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> found = mw.explainability.find_interactions(mw.sample("census"), ["AGEP", "SCHL"], max_rows=40)
    >>> len(found.pairs)
    1
    """
    check_counts(top=(top, 2), max_rows=(max_rows, 10), partners_each=(partners_each, 2), seed=(seed, 0))
    if not 0 < margin_share < 1:
        raise InputError(f"margin_share={margin_share!r}. Pass a share of the answers' variance, between 0 and 1.")
    wide = asked_of(study, table, most_rows=_NEAR_ROWS, output=output, seed=seed)
    rng = np.random.default_rng(seed)
    asked = wide.take(np.sort(rng.permutation(len(wide.positions))[:max_rows]))
    if len(asked.positions) < _FEWEST_ROWS:
        raise MissingInputError(f"{_FEWEST_ROWS} rows in {asked.table.name}", "Pass a table with more rows, or table=.")
    answers = asked.answers(asked.rows)
    strongest = int(answers.var(axis=0).argmax())
    partner = partners(len(answers), each=partners_each, rng=rng)
    bench = PairBench(asked=asked, answers=answers[:, strongest], output=strongest, partner=partner)
    wanted = wanted_columns(columns, list(asked.rows.columns))
    singles = {name: bench.with_cells_of(name) for name in steps(wanted, "column", part(progress, 0.0, 0.3), cancel)}
    effects = {name: bench.total_effect(single) for name, single in singles.items()}
    ranked = sorted(wanted, key=lambda name: -effects[name])
    searched = ranked if columns is not None else ranked[:top]
    names = list(combinations(searched, 2))
    level = 1 - 0.05 / max(len(names), 1)
    pairs = [
        bench.strength(pair, singles, level=level) for pair in steps(names, "pair", part(progress, 0.3, 0.9), cancel)
    ]
    pairs.sort(key=lambda pair: (-pair.share, pair.name))
    drawn = [
        surface(wide, (p.first, p.second), output=strongest, rows=_SURFACE_ROWS)
        for p in pairs[:_SURFACES]
        if p.share > 0
    ]
    left = [name for name in asked.rows.columns if name not in searched]
    result = InteractionsResult(
        findings=(), rows=len(asked.positions), seed=seed, method=_method(study, partner.shape, len(names)),
        reference=_REFERENCE, table=asked.table.name, scale=asked.question.scale, output=asked.question.outputs[strongest],
        margin_share=margin_share, pairs=tuple(pairs), searched=tuple(searched), left_out=tuple(left),
        left_out_share=max((effects[name] for name in left if name in effects), default=float("nan")),
        surfaces=tuple(each for each in drawn if each is not None), synthetic=study.synthetic,
    )  # fmt: skip
    return replace(result, findings=find(result))


def _method(study: Study, shape: tuple[int, ...], pairs: int) -> str:
    return (
        f"The cells of {shape[0]:,} rows put into {shape[1]} others each, one column and both; the mean square of the joint part "
        f"without its bias (products of different rows), over the variance of the answers; intervals by the jackknife over units "
        f"({study.unit_name}), Student's t, 95 % for all {pairs:,} pairs at once (Bonferroni)"
    )
