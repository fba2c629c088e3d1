"""Which columns matter: how far each moves the answers, and how much worse the model scores without what it says."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, part
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.explainability.attribution.chosen_rows import table_of
from mlops_widgets.explainability.attribution.related_columns import RELATED, columns_together
from mlops_widgets.explainability.attribution.study_questions import Output
from mlops_widgets.explainability.influence.asked_rows import asked_about, sampled
from mlops_widgets.explainability.influence.attributed import Attributed, attribute
from mlops_widgets.explainability.influence.column_importance import ColumnImportance, Scrambling, importances, rivals
from mlops_widgets.explainability.influence.importance_findings import find
from mlops_widgets.explainability.influence.swarms import MOST_COLUMNS, Dependence, dependences, strongest_output, swarm
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_DEPENDENCES = 6
_REFERENCE = "Lundberg & Lee 2017 (SHAP); Breiman 2001, Fisher et al. 2019 (permutation importance)"


@dataclass(frozen=True, kw_only=True)
class ImportanceResult(Result):
    """Which columns matter.

    Parameters
    ----------
    table
        Where the rows come from.
    scale
        What the contributions are in.
    shown_output
        The output that swarm and dependence are about: of several the one that the columns move most.
    metric_label
        The study's metric, which scrambling is measured by.
    score
        That metric on the labelled rows as they are; NaN without labels.
    margin
        The largest loss that doesn't matter, in the metric's unit; NaN without labels.
    labelled_rows, explained_rows
        Rows that scrambling and contributions rest on.
    entries
        One a column, or a group of columns that go together; what moves the answers most first.
    singles
        The columns of such groups one by one.
    rivals
        Entries that can't be told from the first: the paired interval of the difference holds 0.
    closest
        Association of the closest two columns within each group of several: "a + b" → 0 to 1.
    swarm_columns
        Columns of the beeswarm.
    effects, ranks
        (columns, points) contributions, sorted within each column, and the ranks (0 to 1) of the values behind them; NaN for
        categories.
    dependences
        Mean contributions along the columns that matter most.
    synthetic
        Whether the data were made up.
    """

    table: str
    scale: str
    shown_output: str
    metric_label: str
    score: float
    margin: float
    labelled_rows: int
    explained_rows: int
    entries: tuple[ColumnImportance, ...]
    singles: tuple[ColumnImportance, ...]
    closest: tuple[tuple[str, float], ...]
    swarm_columns: tuple[str, ...]
    effects: Floats
    ranks: Floats
    dependences: tuple[Dependence, ...]
    rivals: tuple[str, ...] = ()
    synthetic: bool = False

    def of(self, name: str) -> ColumnImportance:
        """Return the entry of a column by itself, or of a group by its name.

        Raises
        ------
        KeyError
            If there is none.
        """
        found = {entry.name: entry for entry in (*self.entries, *self.singles)}
        if name not in found:
            raise KeyError(f"No importance of {name!r} was measured.")
        return found[name]

    def frame(self) -> "pd.DataFrame":
        """Return one row an entry, then one a column of groups: mean |contribution|, share, loss, each with its interval."""
        import pandas as pd

        names = [name for name in ColumnImportance.__dataclass_fields__ if name != "columns"]
        rows = [{name: getattr(each, name) for name in names} for each in (*self.entries, *self.singles)]
        return pd.DataFrame(rows, columns=names)


@strategy("EX-IM")
def measure_importance(
    study: Study,
    *,
    table: str | None = None,
    output: Output = "auto",
    margin: float | None = None,
    explained_rows: int = 300,
    max_rows: int = 1500,
    repeats: int = 4,
    close: float = RELATED,
    draws: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ImportanceResult:
    """Say which columns matter, by two questions that have two answers.

    How far does a column move the answers (mean |SHAP|)? And how much worse is the score if it says nothing any more
    (permutation importance, by the study's own metric)? Columns that go together closely are scrambled together, because each
    alone looks as if it didn't matter while the other still speaks.

    Parameters
    ----------
    study
        With a model that can be asked. Labels give the second answer.
    table
        Name of the table; by default the test, else production, else the reference.
    output
        The scale of the contributions.
    margin
        The largest loss that doesn't matter, in the metric's unit; by default the study's, else the metric's.
    explained_rows, max_rows
        Most rows whose contributions are computed, and that are scrambled; 20 or more each.
    repeats
        How often each column is scrambled.
    close
        Association from which columns are taken together, between 0 and 1.
    draws
        Bootstrap draws, 50 or more.
    seed
        Of rows, orders and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ImportanceResult or NoResult
        Findings: EX-IM-01 what drives the model, EX-IM-02 columns that it doesn't use, EX-IM-03 where the two answers differ,
        EX-IM-04 columns nobody would notice missing, EX-IM-05 columns that go together.

    Raises
    ------
    InputError
        If an option is out of its range.
    UnknownNameError
        If there is no such table.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> study = mw.sample("loans")
    >>> result = mw.explainability.measure_importance(study, explained_rows=40, max_rows=300, repeats=1, draws=50)
    >>> result.entries[0].name
    'credit_score'
    """
    check_margin(margin)
    check_counts(
        explained_rows=(explained_rows, 20), max_rows=(max_rows, 20), repeats=(repeats, 1), draws=(draws, 50), seed=(seed, 0)
    )  # fmt: skip
    home = table_of(study, table)
    attributed = attribute(
        study,
        home.name,
        most_rows=explained_rows,
        output=output,
        seed=seed,
        progress=part(progress, 0.0, 0.5),
        cancel=cancel,
    )
    scrambling = _scrambling(study, home, max_rows=max_rows, repeats=repeats, draws=draws, seed=seed)
    wide = asked_about(study, home, sampled(np.arange(home.rows), max_rows, seed), output=output, seed=seed)
    together, association = columns_together(wide.rows, least=close)
    groups = [tuple(str(wide.rows.columns[k]) for k in group) for group in together]
    lone = [(name,) for group in groups if len(group) > 1 for name in group]
    costs = None if scrambling is None else scrambling.costs([*groups, *lone], part(progress, 0.5, 1.0), cancel)
    weights = np.vstack([attributed.asked.weights, attributed.asked.drawn(study, draws=draws, seed=seed)])
    entries = importances(groups, attributed, weights, None if costs is None else costs[: len(groups)])
    singles = importances(lone, attributed, weights, None if costs is None else costs[len(groups) :]) if lone else ()
    singles = tuple(_as_share_of(each, entries) for each in singles)
    result = _result(
        study, attributed, (entries, singles), weights, None if scrambling is None else scrambling.rows, margin=margin
    )
    close_ones = tuple(
        (entry.name, _closest(entry.columns, association, [str(name) for name in wide.rows.columns]))
        for entry in result.entries
    )
    result = replace(
        result, seed=seed, closest=tuple((name, value) for name, value in close_ones if value > 0),
        rivals=rivals(groups, attributed, weights),
        method=_method(study, attributed, scrambling, draws=draws, close=close),
    )  # fmt: skip
    return replace(result, findings=find(result))


def _scrambling(
    study: Study, home: Table, *, max_rows: int, repeats: int, draws: int, seed: int
) -> Scrambling | None:  # fmt: skip
    """Return what scrambling is measured with; None where no row has a label."""
    if study.outcome.target not in home:
        return None
    known = np.flatnonzero(~np.isnan(study.labels(home)))
    if not len(known):
        return None
    rows = study.measure(home.take(sampled(known, max_rows, seed)))
    return Scrambling(study=study, rows=rows, repeats=repeats, draws=draws, seed=seed)


def _result(
    study: Study, attributed: Attributed, found: tuple[tuple[ColumnImportance, ...], tuple[ColumnImportance, ...]],
    weights: Floats, rows: Measured | None, *, margin: float | None,
) -> ImportanceResult:  # fmt: skip
    entries = tuple(sorted(found[0], key=lambda entry: (-entry.moved, entry.name)))
    ranked = _by_size(attributed, weights)
    swarmed = ranked[:MOST_COLUMNS]
    effects, ranks = swarm(attributed, swarmed)
    score = float("nan") if rows is None else rows.score
    return ImportanceResult(
        findings=(), rows=max(0 if rows is None else rows.n, len(attributed.values)), reference=_REFERENCE,
        table=attributed.asked.table.name, scale=attributed.explanation.scale,
        shown_output=attributed.explanation.outputs[strongest_output(attributed)], metric_label=study.metric.label, score=score,
        margin=score if rows is None else study.accepted_loss(score, margin), labelled_rows=0 if rows is None else rows.n,
        explained_rows=len(attributed.values), entries=entries, singles=found[1], closest=(), swarm_columns=swarmed,
        effects=effects, ranks=ranks, dependences=dependences(attributed, ranked[:_DEPENDENCES], weights),
        synthetic=study.synthetic,
    )  # fmt: skip


def _by_size(attributed: Attributed, weights: Floats) -> tuple[str, ...]:
    size = weights[0] @ attributed.moved
    return tuple(attributed.columns[k] for k in np.argsort(-size, kind="stable"))


def _as_share_of(single: ColumnImportance, entries: tuple[ColumnImportance, ...]) -> ColumnImportance:
    """Return a column of a group with its share of what all entries move, not of what the columns of groups do."""
    total = sum(entry.moved for entry in entries) or 1.0
    return replace(
        single,
        share=single.moved / total,
        share_lower=single.moved_lower / total,
        share_upper=single.moved_upper / total,
    )


def _closest(columns: tuple[str, ...], association: Floats, names: list[str]) -> float:
    places = [names.index(name) for name in columns]
    pairs = [association[a, b] for a in places for b in places if a < b]
    return float(max(pairs, default=0.0))


def _method(
    study: Study, attributed: Attributed, scrambling: Scrambling | None, *, draws: int, close: float
) -> str:  # fmt: skip
    together = f"columns associated by more than {close:g} on average taken together"
    ends = f"95 % intervals from {draws:,} bootstrap draws by {study.unit_name}, Student's t"
    if scrambling is None:
        return f"{attributed.how}; {together}; {ends}"
    return (
        f"{attributed.how}; {scrambling.rows.n:,} labelled rows scrambled {scrambling.repeats} times, the loss paired on the same "
        f"rows and draws; {together}; {ends}"
    )
