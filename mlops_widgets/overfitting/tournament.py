"""The tournament: many models compete on a test set, and the winner's score is partly luck."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, part
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError, listed
from mlops_widgets.measures.contests.selection import Winner, leaderboard, scores, winner
from mlops_widgets.measures.contests.standings import Standings, compare
from mlops_widgets.overfitting.contest.answers import Contest, compete
from mlops_widgets.overfitting.contest.contestants import fitting_metric, named_contestants, own_candidates
from mlops_widgets.overfitting.contest.holdouts import Holdouts, draw_holdouts
from mlops_widgets.overfitting.tournament_findings import Played, find
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_CELLS = 3_000_000  # answers kept of one table: 24 MB, and a second or two of ranking
_FITTING_SHARE = 0.6  # of the work, for the progress bar
_STORY_ROWS = 100  # the test size at which a study whose truth is known starts: small enough to see luck at work
_REFERENCE = "Cawley & Talbot (2010), JMLR 11; Tsamardinos, Greasidou & Borboudakis (2018), Machine Learning 107"


@dataclass(frozen=True, kw_only=True)
class TournamentResult(Result):
    """What each of k models scored on test sets of T sizes, and later.

    Parameters
    ----------
    names
        The models, in the order in which they are tried.
    test_rows
        Sizes of the test sets, rising; each holds the smaller ones.
    offline, lower, upper
        (T, k) score on each test set with the bounds of its 95 % interval; NaN where there is none.
    later
        (k,) score on the later rows.
    plain_name, plain_offline, plain_later
        The untuned baseline: its name, scores (T,) and later score.
    ceiling_offline, ceiling_later
        (T,) and number: what the true probabilities score on the same rows; NaN where the truth isn't known.
    metric, metric_label, greater_is_better
        The metric's name, as people read it, and its direction.
    start
        The test size at which to look first; the findings are about it.
    where, later_rows
        Where the later rows come from ("in production" or "on held-back rows") and how many there are.
    train_rows
        How many rows each model learned from.
    synthetic
        Whether the data were made up by a generator.
    notes
        What had to be done differently, in sentences.
    """

    names: tuple[str, ...]
    test_rows: tuple[int, ...]
    offline: Floats
    lower: Floats
    upper: Floats
    later: Floats
    plain_name: str
    plain_offline: Floats
    plain_later: float
    ceiling_offline: Floats
    ceiling_later: float
    metric: str
    metric_label: str
    greater_is_better: bool
    start: int
    where: str
    later_rows: int
    train_rows: int
    synthetic: bool
    notes: tuple[str, ...] = ()

    def winner(self, n_models: int | None = None, test_rows: int | None = None) -> Winner:
        """Return the winner of the first `n_models` on `test_rows` rows; by default of all, at the size of `start`.

        Raises
        ------
        InputError
            If there are not as many models, or no test set of that size.
        """
        tried = len(self.names) if n_models is None else n_models
        if not 1 <= tried <= len(self.names):
            raise InputError(f"n_models={n_models}. Allowed: 1 to {len(self.names)}.")
        return winner(self.offline[self.size(test_rows)], self.later, tried=tried, greater=self.greater_is_better)

    def size(self, test_rows: int | None = None) -> int:
        """Return the position of a test size in `test_rows`; by default of `start`."""
        wanted = self.start if test_rows is None else test_rows
        if wanted not in self.test_rows:
            raise InputError(f"test_rows={test_rows}. Allowed: {listed(self.test_rows)}.")
        return self.test_rows.index(wanted)

    def frame(self) -> "pd.DataFrame":
        """Return the leaderboard at the size of `start`: one row a model, the best offline score first."""
        import pandas as pd

        at = self.size()
        board = leaderboard(self.offline[at], self.later, tried=len(self.names), greater=self.greater_is_better)
        order = [each.index for each in board]
        columns = {
            "model": [self.names[index] for index in order], "offline": self.offline[at, order], "lower": self.lower[at, order],
            "upper": self.upper[at, order], "later": self.later[order], "true_rank": [each.rank for each in board],
        }  # fmt: skip
        return pd.DataFrame(columns)


@strategy("OV-TO")
def run_tournament(
    study: Study, *, n_models: int = 200, train_rows: int = 400, test_rows: tuple[int, ...] = (50, 100, 200, 500, 2000),
    start: int | None = None, candidates: Any = None, margin: float | None = None, seed: int = 0,  # noqa: ANN401 - estimators
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> TournamentResult:  # fmt: skip
    """Learn how much of the score of the best of many models on one test set is luck.

    Many models learn from the same few rows and are compared on test sets of several sizes, all drawn from the study's
    own test; the winner is then judged on production. What it loses there is told apart into the luck of being picked
    and what its rows' being others costs. Where the truth is known, so is the best score there can be.

    Where no model of the user's takes part (a log of scores, a function that can't be fitted), the findings are about
    invented models: they warn at most and cost nothing, so that they don't outrank what is found about the user's own.

    Parameters
    ----------
    study
        The study. A fitted search such as `GridSearchCV` brings its own candidates: whatever it tried.
    n_models
        How many models take part: the study's own model and challenger, refitted, and random small models on random
        features. Of a search's candidates at most so many.
    train_rows
        How many rows each learns from, drawn from the reference. Few, so that models differ.
    test_rows
        Sizes of test sets; those above the labelled test rows are left out, and the test's own size is added.
    start
        The size that the findings are about; by default about 100 rows with the truth known, else the test's own size.
    candidates
        Your own estimators instead, as a list or a mapping from names; they get the study's feature columns as they are.
    margin
        The largest luck that doesn't matter, in the metric's unit; by default the study's, else 0.03, or
        5 % of the winner's later score for metrics in units of their own.
    seed
        Seed of every draw.
    progress, cancel
        Called after and looked at before each model.

    Raises
    ------
    InputError
        If an option is out of its range or `candidates` can't be fitted.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.run_tournament(mw.sample("census"), n_models=20, test_rows=(50, 100))
    >>> result.start == result.test_rows[-1], result.winner(n_models=1).of
    (True, 1)
    """
    check_margin(margin)
    check_counts(n_models=(n_models, 1), train_rows=(train_rows, 10), seed=(seed, 0))
    _check_options(test_rows, start)
    own, note = own_candidates(study, candidates, most=n_models)
    metric, other = fitting_metric(study, own)
    named = () if candidates is not None else named_contestants(study)[:n_models]
    models = len(own) + len(named) if own else n_models
    wide = len(study.outcome.classes) if study.task == "multiclass" and metric.needs != "predictions" else 1
    rows = draw_holdouts(study, train_rows=train_rows, most_rows=max(_CELLS // (models * wide), 1000), seed=seed)
    if start is not None and start > rows.offline.rows:
        raise InputError(
            f"start={start}. There are {rows.offline.rows:,} labelled rows for the test: pass as many or fewer."
        )
    crowd = 0 if own else n_models - len(named)
    contest = compete(
        study, metric, rows, (*own, *named) if own else named, crowd=crowd, seed=seed,
        progress=part(progress, 0, _FITTING_SHARE), cancel=cancel,
    )  # fmt: skip
    standings = _compare(
        study, contest, rows, sizes=test_rows, start=start, seed=seed, progress=part(progress, _FITTING_SHARE, 1), cancel=cancel,
    )  # fmt: skip
    fits = "Row weights count in scores, not in fits: the random models take none." if study.roles.weights else ""
    played = Played(
        rows=rows, contest=contest, s=standings, users_own=bool(own or named),
        margin=study.accepted_loss(standings.winner.later, margin, metric=standings.metric),
    )  # fmt: skip
    return _result(study, played, (note, other, fits))


def _check_options(test_rows: tuple[int, ...], start: int | None) -> None:
    if not isinstance(test_rows, Iterable):
        raise InputError(f"test_rows={test_rows!r}. Pass a tuple of sizes, such as ({test_rows!r},).")
    if any(size < 2 for size in test_rows):
        raise InputError(f"test_rows={test_rows}. Pass sizes of 2 rows or more.")
    if start is not None and start < 2:
        raise InputError(f"start={start}. Pass 2 rows or more.")


def _compare(
    study: Study, contest: Contest, rows: Holdouts, *, sizes: tuple[int, ...], start: int | None, seed: int,
    progress: Progress | None, cancel: Cancel | None,
) -> Standings:  # fmt: skip
    offline, later, k = contest.answers(0, rows.offline), contest.answers(1, rows.later), len(contest.names)
    for answers, where in ((offline, "of the test"), (later, rows.where)):
        if all(np.isnan(scores(contest.metric, answers.models([index]))[0]) for index in range(k)):
            metric = contest.metric
            raise MissingInputError(f"rows {where} on which {metric.label} has a value", f"There, {metric.undefined}.")
    usual = None if study.truth is None else _STORY_ROWS
    return compare(
        contest.metric, offline, later, k=k, sizes=sizes if start is None else (*sizes, start), aim=start or usual,
        whole_units=study.unit == "entity", seed=seed, progress=progress, cancel=cancel,
    )  # fmt: skip


def _result(study: Study, played: Played, notes: tuple[str, ...]) -> TournamentResult:
    rows, contest, s = played.rows, played.contest, played.s
    ceiling_offline, ceiling_later = s.ceiling
    return TournamentResult(
        findings=find(played), rows=rows.train.rows + rows.offline.rows + rows.later.rows, seed=s.seed,
        method=_method(s), reference=_REFERENCE, names=contest.names, test_rows=s.sizes, offline=s.table[:, : s.k],
        lower=s.lower, upper=s.upper, later=s.after[: s.k], plain_name=contest.plain_name, plain_offline=s.table[:, s.k],
        plain_later=float(s.after[s.k]), ceiling_offline=ceiling_offline, ceiling_later=ceiling_later,
        metric=s.metric.name, metric_label=s.metric.label, greater_is_better=s.metric.greater_is_better, start=s.start,
        where=rows.where, later_rows=rows.later.rows, train_rows=rows.train.rows, synthetic=study.synthetic,
        notes=tuple(note for note in (*rows.notes, *notes) if note),
    )  # fmt: skip


def _method(s: Standings) -> str:
    unit = "rows" if s.offline.units is None else "whole units"
    if s.redrawn.redraws > 1:
        how = (
            f"test sets of {s.start:,} rows drawn {s.redrawn.redraws} times without replacement from {s.offline.rows:,}, the "
            "winner picked anew in each; luck: how much better it scores there than on the test rows left out, less the same "
            f"of the average candidate; 95 % interval: bootstrap of {unit} of the test, and the spread over redraws"
        )
    else:
        how = (
            f"luck: the winner's score on all {s.offline.rows:,} test rows against that of winners picked on resamples on the "
            f"rows left out, less the same of the average candidate; 95 % interval: bootstrap of {unit} of the test"
        )
    delong = s.metric.name == "roc_auc" and s.offline.units is None and s.offline.weights is None
    return f"{s.metric.label}; {how}. Scores' intervals: {'DeLong on the logit scale' if delong else f'bootstrap of {unit}'}."
