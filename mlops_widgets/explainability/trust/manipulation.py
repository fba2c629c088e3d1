"""Whether a model behaves on the rows that explainers make as it does on real ones, or hides there what it leans on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import MissingInputError
from mlops_widgets.explainability.attribution.chosen_rows import table_of
from mlops_widgets.explainability.attribution.question import Question, finite
from mlops_widgets.explainability.attribution.sample import explain_sample
from mlops_widgets.explainability.attribution.study_questions import Output, ask_study
from mlops_widgets.explainability.attribution.synthetic_rows import KINDS, ToldApart, tell_apart
from mlops_widgets.explainability.trust.manipulation_findings import find
from mlops_widgets.explainability.trust.manipulation_flips import NEIGHBOURS, flip_all
from mlops_widgets.explainability.trust.manipulation_verdicts import MATTERS, TIMES, TIMES_SHOWN, FlippedColumn, judge
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FEWEST_ROWS = 60


@dataclass(frozen=True, kw_only=True)
class ManipulationAudit(Result):
    """What the model does on real rows and on those that explainers make, column by column.

    Parameters
    ----------
    columns
        One a column of the model, hidden ones first, then groups.
    apart
        How well made rows can be told from real ones, a kind each: where they can't, no model can treat them otherwise.
    spread
        How far the answers of two real rows at random are apart, on average.
    scale
        What answers are in.
    times, times_shown, matters
        The margins: how many times as far the answer must move in real rows for a column to be hidden, in made rows for one to
        be shown to explainers alone, and which share of `spread` matters.
    groups
        Columns that the study names as groups and the model takes.
    other_groups
        Groups that the model doesn't take, so that they can't be exchanged.
    table
        Whose rows.
    synthetic
        Whether the data were made up.
    """

    columns: tuple[FlippedColumn, ...]
    apart: tuple[ToldApart, ...]
    spread: float
    scale: str
    times: float
    times_shown: float
    matters: float
    groups: tuple[str, ...]
    other_groups: tuple[str, ...]
    table: str
    synthetic: bool = False

    def of(self, verdict: str) -> tuple[FlippedColumn, ...]:
        """Return the columns with this verdict."""
        return tuple(column for column in self.columns if column.verdict == verdict)

    def frame(self) -> pd.DataFrame:
        """Return one row a column and kind of made rows: how far exchanges move the answer in each."""
        return pd.DataFrame([
            {
                "column": column.column, "verdict": column.verdict, "group": column.group, "rows": column.rows,
                "real": column.real, "real_lower": column.real_lower, "real_upper": column.real_upper,
                "made_rows": each.kind, "made": each.made, "made_lower": each.made_lower, "made_upper": each.made_upper,
                "times": each.times, "p_hidden": each.p_hidden, "p_shown": each.p_shown, "share_of_shap": column.attribution,
            }
            for column in self.columns for each in column.compared
        ])  # fmt: skip


@strategy("EX-MA")
def audit_manipulation(
    study: Study, *, table: str | None = None, output: Output = "auto", max_rows: int = 400, explained_rows: int = 60,
    seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> ManipulationAudit:  # fmt: skip
    """Find out whether the model hides from explainers what it leans on.

    SHAP and LIME ask a model about rows that don't exist. A model can be built to notice such rows and to answer them
    harmlessly (Slack et al. 2020). Here each column's cell is exchanged with that of a near neighbour, in real rows and, the
    same two cells, in rows made as explainers make them. A model that behaves the same in both moves by the same measure in
    both. The alarm: a column moves the answer more than four times as far in real rows, or ten times as far in made ones. If a
    model notices the exchange in a real row and turns harmless, the answer jumps, and that is seen, too.

    Parameters
    ----------
    study
        With a model that can be asked. Columns that it names as groups come first.
    table
        Whose rows; by default the test, else production, else the reference.
    output
        The scale, as in `explain`.
    max_rows
        Rows whose cells are exchanged, 60 or more; three times as many are neighbours to choose from.
    explained_rows
        Rows whose SHAP values are shown beside the exchanges; 0 leaves them out.
    seed
        Of everything that is drawn.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ManipulationAudit or NoResult
        Findings: EX-MA-01 the alarm, EX-MA-02 whether made rows can be told from real ones, EX-MA-03 what couldn't be
        compared, EX-MA-04 the groups.

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.explainability.audit_manipulation(mw.sample("census"), max_rows=100, explained_rows=0)
    >>> result.of("hidden")
    ()
    """
    check_counts(max_rows=(max_rows, _FEWEST_ROWS), explained_rows=(explained_rows, 0), seed=(seed, 0))
    home = table_of(study, table)
    if home.rows < _FEWEST_ROWS:
        raise MissingInputError(
            f"{home.name} of {_FEWEST_ROWS} rows or more", f"It has {home.rows}; pass more rows, or another table=."
        )
    drawn = np.random.default_rng([seed, 23]).permutation(home.rows)
    # A row is no neighbour of its own, because its cell is the same: small tables are exchanged within themselves.
    rows = drawn[:max_rows]
    pool = drawn[max_rows : 4 * max_rows] if home.rows >= 2 * max_rows else drawn
    question = ask_study(study, [int(k) for k in rows], table=home.name, output=output, seed=seed)
    with one_thread():
        flips = flip_all(
            question.predict, question.rows, _model_rows(home, question, pool), question.players, tuple(KINDS),
            rng=np.random.default_rng([seed, 29]), progress=part(progress, 0, 0.7), cancel=cancel,
        )  # fmt: skip
        apart = _told_apart(home, question, pool)
        tell(progress, 0.8, "made rows")
        shares = _shares(study, home, question, explained_rows, cancel)
        spread = _spread(finite(question.predict(question.rows)))
    groups = tuple(name for name in study.roles.groups if name in question.players)
    result = ManipulationAudit(
        findings=(), rows=len(rows), seed=seed, method=_METHOD, reference=_REFERENCE, apart=apart, spread=spread,
        columns=judge(flips, study.units(home)[rows], spread=spread, groups=groups, shares=shares), scale=question.scale,
        times=TIMES, times_shown=TIMES_SHOWN, matters=MATTERS, groups=groups, table=home.name, synthetic=study.synthetic,
        other_groups=tuple(name for name in study.roles.groups if name not in question.players),
    )  # fmt: skip
    return replace(result, findings=find(result))


def _model_rows(home: Table, question: Question, positions: Integers) -> pd.DataFrame:
    return home.pandas()[list(question.rows.columns)].iloc[positions].reset_index(drop=True)


def _told_apart(home: Table, question: Question, pool: Integers) -> tuple[ToldApart, ...]:
    """Return how well the rows that SHAP and LIME make can be told from real ones."""
    rows, kinds = _model_rows(home, question, pool), ("coalitions", "independent")
    return tuple(
        tell_apart(rows, question.players, kind, rng=np.random.default_rng([question.seed, 31]))
        for kind in KINDS
        if kind in kinds
    )


def _shares(study: Study, home: Table, question: Question, rows: int, cancel: Cancel | None) -> Mapping[str, float]:
    """Return each column's share of the mean |SHAP| over a few rows: what an explanation would say of it."""
    if not rows:
        return {}
    scale = question.scale
    output: Output = scale if scale in {"probability", "log-odds", "score", "decision"} else "auto"  # type: ignore[assignment]  # narrowed by the set
    found = explain_sample(
        study, home.name, most_rows=rows, output=output, most_evaluations=40_000, seed=question.seed, cancel=cancel
    )
    sizes = np.abs(found.values).mean(axis=(0, 2))
    return dict(zip(found.columns, (sizes / max(sizes.sum(), np.finfo(float).tiny)).tolist(), strict=True))


def _spread(answers: Floats) -> float:
    """Return how far the answers of two rows at random are apart: the mean over all pairs of neighbours in a cycle."""
    difference = np.abs(answers - np.roll(answers, 1, axis=0))
    return float(difference.mean() if difference.shape[1] == 1 else difference.sum(axis=1).mean() / 2)


_METHOD = (
    f"Cells exchanged with one of the {NEIGHBOURS} nearest rows in all other columns, in real rows and in made ones; hidden: moves "
    f"the answer more than {TIMES:g} times as far in real rows (shown alone: {TIMES_SHOWN:g} times as far in made ones), and by more than {MATTERS:.0%} of the distance between two rows, "
    "one-sided t-tests over resampling units, Holm over columns and kinds"
)
_REFERENCE = "Slack et al. (2020), AIES '20, pp. 180-186"
