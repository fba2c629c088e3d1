"""The winner's curse: what a score owes to having been the best of many."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError
from mlops_widgets.measures.contests.selection import Answers
from mlops_widgets.measures.contests.winners import (
    correct_selection,
    expected_maximum,
    maximum_quantile,
    spread_limit,
)
from mlops_widgets.measures.intervals import Estimate, measure
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.overfitting.validation.score_ledger import ScoreLedger
from mlops_widgets.overfitting.validation.selection_candidates import Field, known_candidates
from mlops_widgets.overfitting.validation.selection_findings import find
from mlops_widgets.study.scoring import weights_of
from mlops_widgets.study.study import Measured, Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_TRIED = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
_CORRECTED = "Tsamardinos, Greasidou & Borboudakis (2018), Machine Learning 107, section 4 (BBC-CV)"
_BOUND = "David & Nagaraja (2003), Order Statistics, chapter 3; Slepian (1962) for errors that hang together"


@dataclass(frozen=True, kw_only=True)
class SelectionBiasResult(Result):
    """How much of a score is the luck of having been picked.

    Parameters
    ----------
    how
        "candidates": corrected with the candidates' own answers; "bound": only their number is known; "unknown": not
        even that.
    metric, metric_label, greater_is_better
        What was measured.
    margin
        Largest luck that doesn't matter, in the metric's unit.
    where
        Which rows, in words.
    n_candidates
        How many there were; 0 where nobody knows.
    score, score_lower, score_upper
        The best candidate's score, or with no candidates the study's model's, with the interval that it has by itself.
    corrected, corrected_lower, corrected_upper
        The score without the luck; as a bound, the least that is left of it on average. NaN where unknown.
    optimism, optimism_lower, optimism_upper
        The luck, in gain. As a bound: its largest mean, from 0 to what is exceeded in at most one of twenty such choices.
    names, scores, picked_share
        Of each candidate: name, score, and the share of resamples that picked it. Empty without candidates.
    error
        Standard error of a score on these rows.
    tried, tried_optimism
        Numbers of candidates, and the largest mean luck of the best of so many.
    notes
        What had to be done differently, in sentences.
    synthetic
        Whether the data were made up.
    """

    how: str
    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    where: str
    n_candidates: int
    score: float
    score_lower: float
    score_upper: float
    corrected: float
    corrected_lower: float
    corrected_upper: float
    optimism: float
    optimism_lower: float
    optimism_upper: float
    names: tuple[str, ...]
    scores: Floats
    picked_share: Floats
    error: float
    tried: tuple[int, ...]
    tried_optimism: Floats
    notes: tuple[str, ...]
    synthetic: bool

    def frame(self) -> "pd.DataFrame":
        """Return one row a candidate, the best first; without candidates one row a number of them, with its bound."""
        import pandas as pd

        if not self.names:
            return pd.DataFrame({"candidates": self.tried, "optimism_at_most": self.tried_optimism})
        found = pd.DataFrame({"candidate": self.names, "score": self.scores, "picked_share": self.picked_share})
        return found.sort_values("score", ascending=not self.greater_is_better, kind="stable").reset_index(drop=True)


@strategy("OV-SB")
def estimate_selection_bias(
    study: Study, *, n_candidates: int | None = None, scores: Any = None, candidates: Any = None,  # noqa: ANN401
    ledger: ScoreLedger | None = None, margin: float | None = None, draws: int = 300, folds: int = 3, max_candidates: int = 20,
    max_fit_rows: int = 3000, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> SelectionBiasResult:  # fmt: skip
    """Find out how much of the model's score is the luck of having been the best of many.

    With the candidates' own answers (`candidates=`, a fitted search, or a challenger) the score is corrected: the choice
    is repeated on resamples and judged on what they leave out. With only their number, an upper bound is given.

    Parameters
    ----------
    study
        With a labelled test.
    n_candidates
        How many models, settings or feature sets were compared on this test, also those long forgotten.
    scores
        The scores they had, in the study's metric: candidates that hardly differ leave less to luck.
    candidates
        Fitted models, or arrays of what the study's metric needs of them on every row of the test, as a dict from
        names or a list.
    ledger
        Of `open_ledger`: its count of looks at this test is the number of candidates.
    margin
        The largest luck that doesn't matter, in the metric's unit, above 0; by default the study's, else the metric's.
    draws
        Resamples, 100 or more; fewer are made where candidates × rows × draws exceed 30 million.
    folds, max_candidates, max_fit_rows
        Of a search: its candidates are fitted anew in so many folds; at most so many of them, on so many rows.
    seed
        Seed of all draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    SelectionBiasResult or NoResult
        Findings: OV-SB-01 how much of the score is luck, OV-SB-02 whether the winner can be told from the others.

    Raises
    ------
    InputError
        If an option is out of its range, or more than one of `candidates`, `scores` or `n_candidates`, and `ledger` say how many.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.estimate_selection_bias(mw.sample("census"), n_candidates=50)
    >>> result.how, 0 < result.optimism < 0.03
    ('bound', True)
    """
    check_margin(margin, "the largest luck that doesn't matter")
    check_counts(
        draws=(draws, 100),
        folds=(folds, 2),
        max_candidates=(max_candidates, 2),
        max_fit_rows=(max_fit_rows, 50),
        seed=(seed, 0),
    )
    count, known = _count(study, n_candidates, scores, candidates, ledger)
    field = None
    if count is None:
        field = known_candidates(
            study, candidates, folds=folds, most=max_candidates, max_fit_rows=max_fit_rows, seed=seed, progress=part(progress, 0, 0.8),
            cancel=cancel,
        )  # fmt: skip
    if field is not None:
        result = _corrected(study, field, margin=margin, draws=draws, seed=seed, cancel=cancel)
    else:
        result = _bounded(study, count, known, margin=margin, draws=draws, seed=seed, cancel=cancel)
    tell(progress, 1.0, "judged the selection")
    return replace(result, findings=find(result))


def _count(
    study: Study, n_candidates: int | None, scores: Any, candidates: Any, ledger: ScoreLedger | None  # noqa: ANN401
) -> tuple[int | None, Floats]:  # fmt: skip
    """Return how many candidates there were, where that is all that is known, and their scores."""
    ways = [candidates is not None, n_candidates is not None or scores is not None, ledger is not None]
    if sum(ways) > 1:
        raise InputError(
            "Pass candidates=, or n_candidates= with or without scores=, or ledger=: each says how many candidates there were."
        )
    values = np.array([]) if scores is None else np.asarray(scores, dtype=np.float64).ravel()
    if scores is not None and (len(values) < 2 or not np.isfinite(values).all()):
        raise InputError(f"scores= holds {len(values)} scores. Pass two or more numbers, one a candidate.")
    if n_candidates is not None and n_candidates < max(1, len(values)):
        raise InputError(f"n_candidates={n_candidates}. Pass {max(1, len(values))} or more.")
    if ledger is not None:
        return max(ledger.looks(study), 1), values
    return (n_candidates if n_candidates is not None else len(values) or None), values


def _corrected(
    study: Study, field: Field, *, margin: float | None, draws: int, seed: int, cancel: Cancel | None
) -> SelectionBiasResult:
    metric, answers = field.metric, field.answers
    found = correct_selection(metric, answers, draws=draws, seed=seed, cancel=cancel)
    own = _own(metric, answers.models([found.index]), seed=seed)
    error = _error(own)
    method = (
        f"The choice among {len(field.names):,} candidates on {field.where} is repeated on {found.draws:,} resamples by "
        f"{study.unit_name} and judged on what each leaves out (BBC-CV); 95 % percentile interval."
    )
    return SelectionBiasResult(
        findings=(), rows=answers.rows, seed=seed, method=method, reference=_CORRECTED, how="candidates", metric=metric.name,
        metric_label=metric.label, greater_is_better=metric.greater_is_better,
        margin=study.accepted_loss(found.naive, margin, metric=metric), where=field.where, n_candidates=len(field.names),
        score=found.naive, score_lower=own.lower, score_upper=own.upper, corrected=found.value, corrected_lower=found.lower,
        corrected_upper=found.upper, optimism=found.optimism, optimism_lower=found.optimism_lower,
        optimism_upper=found.optimism_upper, names=field.names, scores=found.scores,
        picked_share=found.picked_share, error=error, tried=_TRIED, tried_optimism=_bounds(error), notes=field.notes,
        synthetic=study.synthetic,
    )  # fmt: skip


def _bounded(
    study: Study, count: int | None, known: Floats, *, margin: float | None, draws: int, seed: int, cancel: Cancel | None
) -> SelectionBiasResult:  # fmt: skip
    rows = study.measure(study.need("test"))
    metric = rows.metric
    own = _own(metric, _alone(study, rows), seed=seed, draws=draws, cancel=cancel)
    error = _error(own)
    used, words = error, f"a standard error of {number(error)} (bootstrap by {study.unit_name})"
    if len(known) and spread_limit(known) < error:
        used = spread_limit(known)
        words = f"a standard deviation of {number(used)}, the most that the scores given leave plausible (95 %)"
    best = own.value if not len(known) else float(known.max() if metric.greater_is_better else known.min())
    luck = float("nan") if count is None else used * expected_maximum(count)
    method = (
        f"Upper bound: the mean of the largest of so many independent normal errors with {words}. Candidates scored on the "
        "same rows share most of their errors, and a better candidate needs less luck; both make the truth smaller."
    )
    sign = 1.0 if metric.greater_is_better else -1.0
    least = best - sign * luck
    return SelectionBiasResult(
        findings=(), rows=rows.n, seed=seed, method=method, reference=_BOUND, how="unknown" if count is None else "bound",
        metric=metric.name, metric_label=metric.label, greater_is_better=metric.greater_is_better,
        margin=study.accepted_loss(own.value, margin), where="the test", n_candidates=count or 0, score=best,
        score_lower=own.lower if not len(known) else float("nan"), score_upper=own.upper if not len(known) else float("nan"),
        corrected=least, corrected_lower=float("nan"), corrected_upper=float("nan"), optimism=luck,
        optimism_lower=float("nan") if count is None else 0.0,
        optimism_upper=float("nan") if count is None else used * max(maximum_quantile(count), 0.0), names=(), scores=known,
        picked_share=np.array([]), error=error, tried=_TRIED, tried_optimism=_bounds(used), notes=(), synthetic=study.synthetic,
    )  # fmt: skip


def _alone(study: Study, rows: Measured) -> Answers:
    return Answers(
        y=rows.y, outputs=rows.output[None], units=None if study.unit == "row" else rows.units,
        weights=weights_of(study, rows),
    )  # fmt: skip


def _own(metric: Metric, answers: Answers, *, seed: int, draws: int = 200, cancel: Cancel | None = None) -> Estimate:
    """Return the score of the only model with the interval that it has by itself."""
    resampler = Resampler(answers.units, draws=draws, seed=seed)
    scored = {"own": (metric, answers.y, answers.outputs[0])}
    return measure(scored, resampler, sample_weights=answers.weights, cancel=cancel)["own"]


def _error(own: Estimate) -> float:
    """Return the standard error behind an interval: half its width over that of a standard normal one."""
    return (own.upper - own.lower) / (2 * 1.959964)


def _bounds(error: float) -> Floats:
    return np.array([error * expected_maximum(k) for k in _TRIED])
