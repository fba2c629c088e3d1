"""The tournament: many models compete on a test set, and the winner's score is partly luck."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, part
from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import estimate, number
from mlops_widgets.errors import InputError, MissingInputError, listed
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.selection import Winner, lead, leaderboard, scores, winner
from mlops_widgets.measures.standings import Standings, compare
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.study.contest import Contest, compete
from mlops_widgets.study.contestants import fitting_metric, named_contestants, own_candidates
from mlops_widgets.study.holdouts import Holdouts, draw_holdouts
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_CELLS = 3_000_000  # answers kept of one table: 24 MB, and a second or two of ranking
_FITTING_SHARE = 0.6  # of the work, for the progress bar
_STORY_ROWS = 100  # the test size at which a study whose truth is known starts: small enough to see luck at work
Evidence = dict[str, float | int | str | bool | None]

_ACTION = "Choose with nested cross-validation and keep one test set that nobody may tune on."
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
    candidates: Any = None, margin: float | None = None, seed: int = 0,  # noqa: ANN401 - estimators
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> TournamentResult:  # fmt: skip
    """Learn how much the best of many models on one test set promises too much.

    Many models learn from the same few rows and are compared on test sets of several sizes, all drawn from the study's
    own test; the winner is then judged on production. Where the truth is known, so is the best score there can be.

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
        Sizes of test sets; those above the labelled test rows are left out, and the test's own size is added. With
        the truth known the findings are about 100 rows, else about the test's own size.
    candidates
        Your own estimators instead, as a list or a mapping from names; they get the study's feature columns as they are.
    margin
        The largest promise too much that doesn't matter, in the metric's unit; by default the study's, else 0.03, or
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
    _check_options(n_models, train_rows, test_rows, margin, seed)
    own, note = own_candidates(study, candidates, most=n_models)
    metric, other = fitting_metric(study, own)
    named = () if candidates is not None else named_contestants(study)[:n_models]
    models = len(own) + len(named) if own else n_models
    wide = len(study.outcome.classes) if study.task == "multiclass" and metric.needs != "predictions" else 1
    rows = draw_holdouts(study, train_rows=train_rows, most_rows=max(_CELLS // (models * wide), 1000), seed=seed)
    crowd = 0 if own else n_models - len(named)
    contest = compete(
        study, metric, rows, (*own, *named) if own else named, crowd=crowd, seed=seed,
        progress=part(progress, 0, _FITTING_SHARE), cancel=cancel,
    )  # fmt: skip
    standings = _compare(
        study, contest, rows, sizes=test_rows, seed=seed, progress=part(progress, _FITTING_SHARE, 1), cancel=cancel
    )
    fits = "Row weights count in scores, not in fits: the random models take none." if study.roles.weights else ""
    played = _Played(study=study, rows=rows, contest=contest, s=standings, margin=margin)
    return _result(study, played, (note, other, fits))


def _check_options(n_models: int, train_rows: int, test_rows: tuple[int, ...], margin: float | None, seed: int) -> None:
    if n_models < 1:
        raise InputError(f"n_models={n_models}. Pass 1 or more.")
    if train_rows < 10:
        raise InputError(f"train_rows={train_rows}. Pass 10 or more.")
    if not isinstance(test_rows, Iterable):
        raise InputError(f"test_rows={test_rows!r}. Pass a tuple of sizes, such as ({test_rows!r},).")
    if any(size < 2 for size in test_rows):
        raise InputError(f"test_rows={test_rows}. Pass sizes of 2 rows or more.")
    if margin is not None and not 0 < margin < np.inf:
        raise InputError(f"margin={margin}. Pass a number above 0, in the metric's unit.")
    if seed < 0:
        raise InputError(f"seed={seed}. Pass 0 or more.")


def _compare(
    study: Study, contest: Contest, rows: Holdouts, *, sizes: tuple[int, ...], seed: int,
    progress: Progress | None, cancel: Cancel | None,
) -> Standings:  # fmt: skip
    offline, later, k = contest.answers(0, rows.offline), contest.answers(1, rows.later), len(contest.names)
    for answers, where in ((offline, "of the test"), (later, rows.where)):
        if all(np.isnan(scores(contest.metric, answers.models([index]))[0]) for index in range(k)):
            metric = contest.metric
            raise MissingInputError(f"rows {where} on which {metric.label} has a value", f"There, {metric.undefined}.")
    return compare(
        contest.metric, offline, later, k=k, sizes=sizes, aim=None if study.truth is None else _STORY_ROWS,
        whole_units=study.unit == "entity", seed=seed, progress=progress, cancel=cancel,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Played:
    """Everything that the findings are made of."""

    study: Study
    rows: Holdouts
    contest: Contest
    s: Standings
    margin: float | None

    @property
    def accepted(self) -> float:
        """The margin: of the call, the study or the metric."""
        return self.study.accepted_loss(self.s.winner.later, self.margin, metric=self.s.metric)


def _result(study: Study, played: _Played, notes: tuple[str, ...]) -> TournamentResult:
    rows, contest, s = played.rows, played.contest, played.s
    ceiling_offline, ceiling_later = s.ceiling
    return TournamentResult(
        findings=_findings(played), rows=rows.train.rows + rows.offline.rows + rows.later.rows, seed=s.seed,
        method=_method(s), reference=_REFERENCE, names=contest.names, test_rows=s.sizes, offline=s.table[:, : s.k],
        lower=s.lower, upper=s.upper, later=s.after[: s.k], plain_name=contest.plain_name, plain_offline=s.table[:, s.k],
        plain_later=float(s.after[s.k]), ceiling_offline=ceiling_offline, ceiling_later=ceiling_later,
        metric=s.metric.name, metric_label=s.metric.label, greater_is_better=s.metric.greater_is_better, start=s.start,
        where=rows.where, later_rows=rows.later.rows, train_rows=rows.train.rows, synthetic=study.synthetic,
        notes=tuple(note for note in (*rows.notes, *notes) if note),
    )  # fmt: skip


def _findings(played: _Played) -> tuple[Finding, ...]:
    found = [_promise(played), _against_plain(played)]
    found += [_against_truth(played)] if played.contest.ceiling is not None else []
    found += [_absent(played)] if played.contest.dropped else []
    return tuple(found)


def _promise(played: _Played) -> Finding:
    """OV-TO-01: how much the winner's offline score promises too much."""
    s, margin, where = played.s, played.accepted, played.rows.where
    gap, won, metric, drawn = s.redrawn.estimate, s.winner, s.metric, s.redrawn
    verdict = judge(gap.lower, gap.upper, margin=margin, n=gap.rows, estimate=gap.value)
    again = (
        f"picked anew on {drawn.redraws} such tests, it {_too_much(gap)} on average"
        if drawn.redraws > 1
        else f"it {_too_much(gap)}"
    )
    claim = (
        f"{_who(s.k)} scored {number(won.offline)} ({metric.label}) on {s.start:,} test rows and {number(won.later)} "
        f"{where}; {again}."
    )
    if verdict.status == "not_enough_data":
        claim += f" {verdict.sentence}"
    evidence: Evidence = {
        "winner": played.contest.names[won.index], "models": s.k, "test_rows": s.start, "offline": won.offline,
        "later": won.later, "true_rank": won.rank, "promised_too_much": gap.value, "lower": gap.lower, "upper": gap.upper,
        "margin": margin, "redraws": drawn.redraws, "by_luck": _plain(drawn.by_luck), "by_change": _plain(drawn.by_change),
        "later_rows": s.later.rows, "train_rows": played.rows.train.rows,
    }  # fmt: skip
    return Finding(
        code="OV-TO-01", status=verdict.status, claim=claim, evidence=evidence, action=_ACTION,
        cost=max(gap.value, 0.0), cost_unit=metric.label,
    )  # fmt: skip


def _who(models: int) -> str:
    return "The only model tried" if models == 1 else f"The winner of {models:,} models"


def _too_much(gap: Estimate) -> str:
    if gap.value < 0:
        return f"keeps {estimate(-gap.value, -gap.upper, -gap.lower)} more than it promises"
    return f"promises {estimate(gap.value, gap.lower, gap.upper)} too much"


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _against_plain(played: _Played) -> Finding:
    """OV-TO-02: whether the winner loses to the baseline that nobody tuned."""
    s, where, name = played.s, played.rows.where, played.contest.plain_name
    behind, share = lead(s.metric, s.later, s.k, s.winner.index, seed=s.seed), s.plain_ahead_share
    status: Status = "not_enough_data"
    if behind.lower > 0:
        status = "warning"
    elif behind.upper < played.accepted:
        status = "passed"
    if behind.value > 0:
        by = estimate(behind.value, behind.lower, behind.upper)
        claim = f"Plain {name}, tuned by nobody, is better than the winner {where}, by {by}."
    else:
        by = estimate(-behind.value, -behind.upper, -behind.lower)
        claim = f"The winner is better than plain {name} {where}, by {by}."
    if s.redrawn.redraws > 1:
        claim += f" It beats the winner of {number(share, 'percent')} of the redrawn tests."
    evidence: Evidence = {
        "winner_later": s.winner.later, "plain_later": float(s.after[s.k]), "plain_ahead": behind.value,
        "lower": behind.lower, "upper": behind.upper, "margin": played.accepted, "plain_ahead_share": share,
    }  # fmt: skip
    return Finding(
        code="OV-TO-02", status=status, claim=claim, evidence=evidence, cost_unit=s.metric.label,
        action="Compare every winner with a plain model on rows that chose neither of them.",
        cost=behind.value if status == "warning" else 0.0,
    )  # fmt: skip


def _against_truth(played: _Played) -> Finding:
    """OV-TO-03: whether the winner's offline score is above what the true probabilities score on the same rows."""
    s, offline = played.s, played.s.winner.offline
    ceiling, share = float(s.here[s.k + 1]), s.above_ceiling_share
    above = bool(s.metric.gain(offline, ceiling) > 0)
    verb, rest = ("is better than", ": the rest is luck, or a leak.") if above else ("isn't better than", ".")
    claim = (
        f"The winner's {number(offline)} on {s.start:,} test rows {verb} {number(ceiling)}, "
        f"what the true probabilities score on the same rows{rest}"
    )
    if s.redrawn.redraws > 1:
        claim += f" In {number(share, 'percent')} of the redrawn tests the winner is better than they are."
    evidence: Evidence = {
        "winner_offline": offline, "ceiling_offline": ceiling, "ceiling_later": s.ceiling[1], "above_ceiling_share": share,
    }  # fmt: skip
    return Finding(
        code="OV-TO-03", status="warning" if above else "passed", claim=claim, evidence=evidence, cost_unit=s.metric.label,
        action="Distrust a score that is better than anything you have seen in production.",
        cost=float(s.metric.gain(offline, ceiling)) if above else 0.0,
    )  # fmt: skip


def _absent(played: _Played) -> Finding:
    """OV-TO-04: models of the user's that couldn't take part."""
    gone = played.contest.dropped
    what = "1 of your models" if len(gone) == 1 else f"{len(gone):,} of your models"
    claim = f"{what} couldn't take part: {listed((f'{name} ({why})' for name, why in gone), most=5)}."
    evidence: Evidence = {"dropped": len(gone), "names": listed((f"{name}: {why}" for name, why in gone), most=20)}
    action = f"Fit them on {played.rows.train.rows:,} rows yourself to see the error."
    return Finding(code="OV-TO-04", status="warning", claim=claim, evidence=evidence, action=action)


def _method(s: Standings) -> str:
    unit = "rows" if s.offline.units is None else "whole units"
    if s.redrawn.redraws > 1:
        how = (
            f"test sets of {s.start:,} rows drawn {s.redrawn.redraws} times without replacement from {s.offline.rows:,}, the "
            f"winner picked anew in each; 95 % interval of the mean promise too much: bootstrap of {unit} of offline and "
            "later rows, and the spread over redraws"
        )
    else:
        how = (
            f"the winner's score on all {s.offline.rows:,} test rows against its later score, 95 % interval for two independent "
            f"samples by bootstrap of {unit}; the part of luck by picking on resamples and scoring on the rows left out"
        )
    delong = s.metric.name == "roc_auc" and s.offline.units is None and s.offline.weights is None
    return f"{s.metric.label}; {how}. Scores' intervals: {'DeLong on the logit scale' if delong else f'bootstrap of {unit}'}."
