"""The perfect model: the one that wins the test by a column that production doesn't have, and what its explanation shows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, part, steps
from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.explainability.attribution.sample import explain_sample
from mlops_widgets.measures.attribution.shares import drawn_shares
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.samples.catalogue import default_estimator, sample
from mlops_widgets.study.samples.loans import WORDS
from mlops_widgets.study.scoring import compare_scores, estimate_score
from mlops_widgets.study.study import Study
from mlops_widgets.study.threads import one_thread

_AFTERWARDS, _ARTEFACT = "support_calls", "form_version"
WRITTEN: Mapping[str, str] = {
    _AFTERWARDS: "written after the outcome: at the moment of the decision it is always 0",
    _ARTEFACT: "tied to the outcome in the archive alone: since then it is given out at random",
}
"""What is wrong with each column that production doesn't have."""

_CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "plain": (), "plain + calls": (_AFTERWARDS,), "plain + form": (_ARTEFACT,), "plain + both": (_AFTERWARDS, _ARTEFACT),
}  # fmt: skip
_ROUNDS = 50


@dataclass(frozen=True, kw_only=True)
class Share:
    """A column's share of all contributions, 0 to 1, with its 95 % interval over rows."""

    column: str
    value: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One of the models that may be shipped.

    Parameters
    ----------
    name
        What it is called.
    columns
        The columns that it takes and the plain one doesn't.
    test, test_lower, test_upper
        Its score in the test, with the 95 % interval.
    production, production_lower, production_upper
        The same in production.
    shares
        Each column's share of the mean absolute contribution on rows of the test, the largest first.
    """

    name: str
    columns: tuple[str, ...]
    test: float
    test_lower: float
    test_upper: float
    production: float
    production_lower: float
    production_upper: float
    shares: tuple[Share, ...]

    @property
    def top(self) -> Share:
        """The column that the model leans on most."""
        return self.shares[0]


@dataclass(frozen=True, kw_only=True)
class PerfectModelResult(Result):
    """Four models for the same decision: scores before and after shipping, and what explanations say before.

    Parameters
    ----------
    metric_label
        What the scores are.
    candidates
        The models, the plain one first.
    best_possible, best_possible_production
        What the true probabilities score in the test and in production.
    explained_rows
        Rows of the test behind the shares.
    synthetic
        That the data were made up.
    """

    metric_label: str
    candidates: tuple[Candidate, ...]
    best_possible: float
    best_possible_production: float
    explained_rows: int
    synthetic: bool = True

    @property
    def plain(self) -> Candidate:
        """The model that only takes what is known at the decision."""
        return self.candidates[0]

    @property
    def winner(self) -> Candidate:
        """The model with the best score in the test."""
        return max(self.candidates, key=lambda each: each.test)

    def frame(self) -> pd.DataFrame:
        """Return one row a model: scores with intervals, and the top column with its share."""
        rows = [
            {name: value for name, value in vars(each).items() if name not in {"shares", "columns"}}
            | {"top": each.top.column, "top_share": each.top.value}
            for each in self.candidates
        ]
        return pd.DataFrame(rows)


def run_perfect_model(
    *,
    explained_rows: int = 200,
    draws: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PerfectModelResult:
    """Let four models compete for the loan desk, ship the winner of the test, and open its explanation.

    The archive has two columns that production hasn't in that form: `support_calls` is written after the outcome, and
    `form_version` follows it by an accident of the archive. Which model would you ship by its test score?

    Parameters
    ----------
    explained_rows
        Rows of the test whose contributions (SHAP, in log-odds) are averaged, 20 or more.
    draws
        Bootstrap draws, 100 or more.
    seed
        Seed of the generator, the models and the draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    PerfectModelResult
        Findings: EX-PM-01 what the winner loses, EX-PM-02 what its explanation shows before it is shipped, EX-PM-03 the best
        score that is possible.

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.explainability.run_perfect_model(explained_rows=20, draws=100)
    >>> result.winner.production < result.plain.production
    True
    """
    check_counts(explained_rows=(explained_rows, 20), draws=(draws, 100), seed=(seed, 0))
    study = sample("loans", post_outcome=True, artefact=True, seed=seed)
    studies = {name: _with_model(study, columns) for name, columns in _CANDIDATES.items()}
    found = [
        _candidate(name, studies[name], explained_rows=explained_rows, draws=draws, seed=seed, cancel=cancel)
        for name in steps(list(_CANDIDATES), "model", part(progress, 0, 0.9), cancel)
    ]
    ceiling = {name: _best_possible(study, name) for name in ("test", "production")}
    result = PerfectModelResult(
        findings=(), rows=sum(table.rows for table in study.tables.values()), seed=seed, metric_label=study.metric.label,
        method=f"gradient boosting ({_ROUNDS} rounds) on 8 months, tested on the next 4, shipped for 12; bootstrap by "
        f"{study.unit_name}, {draws:,} draws; contributions to log-odds on "
        f"{explained_rows} rows of the test",
        reference="Kaufman, Rosset & Perlich 2012; Geirhos et al. 2020; Lundberg & Lee 2017", candidates=tuple(found),
        best_possible=ceiling["test"], best_possible_production=ceiling["production"], explained_rows=explained_rows,
    )  # fmt: skip
    behind = _behind_plain(studies["plain"], studies[result.winner.name], draws=draws, seed=seed)
    margin = study.accepted_loss(result.plain.production)
    return replace(result, findings=(_shipped(result, behind, margin), _given_away(result), _too_good(result)))


def _with_model(study: Study, columns: tuple[str, ...]) -> Study:
    """Return the study with a model that takes, of the columns that production lacks, only these."""
    features = tuple(name for name in study.roles.features if name not in WRITTEN or name in columns)
    frame = study.need("reference").pandas()
    estimator = default_estimator(features, words=WORDS, seed=study.seed)
    estimator.set_params(histgradientboostingclassifier__max_iter=_ROUNDS)
    with one_thread():
        fitted = estimator.fit(frame[list(features)], frame[study.outcome.target])
    model = EstimatorPredictor(fitted, outcome=study.outcome, features=features, name="gradient boosting")
    return replace(study, model=model, roles=replace(study.roles, features=features))


def _candidate(
    name: str, study: Study, *, explained_rows: int, draws: int, seed: int, cancel: Cancel | None
) -> Candidate:
    test, production = (
        estimate_score(study, study.measure(study.tables[table]), draws=draws, seed=seed, cancel=cancel)
        for table in ("test", "production")
    )
    return Candidate(
        name=name, columns=_CANDIDATES[name], test=test.value, test_lower=test.lower, test_upper=test.upper,
        production=production.value, production_lower=production.lower, production_upper=production.upper,
        shares=_shares(study, explained_rows, draws=draws, seed=seed, cancel=cancel),
    )  # fmt: skip


def _shares(study: Study, rows: int, *, draws: int, seed: int, cancel: Cancel | None) -> tuple[Share, ...]:
    explained = explain_sample(study, "test", most_rows=rows, output="log-odds", seed=seed, cancel=cancel)
    drawn = drawn_shares(np.abs(explained.values[:, :, 0]), Resampler(draws=draws, seed=seed))
    lower, upper = drawn.bounds()
    found = [
        Share(column=column, value=float(value), lower=max(float(low), 0.0), upper=min(float(high), 1.0))
        for column, value, low, high in zip(explained.columns, drawn.values, lower, upper, strict=True)
    ]
    return tuple(sorted(found, key=lambda share: -share.value))


def _best_possible(study: Study, name: str) -> float:
    truth = (study.truth or {})[name]
    return study.metric(truth["label"].to_numpy(dtype=np.float64), truth["probability"].to_numpy(dtype=np.float64))


def _behind_plain(plain: Study, winner: Study, *, draws: int, seed: int) -> Estimate:
    """Return by how much the plain model beats the winner in production."""
    a, b = (each.measure(each.need("production")) for each in (plain, winner))
    return compare_scores(plain, a, b, draws=draws, seed=seed)[2]


def _shipped(result: PerfectModelResult, behind: Estimate, margin: float) -> Finding:
    """EX-PM-01: what the winner of the test loses."""
    winner, plain = result.winner, result.plain
    status: Status = "warning" if behind.lower > margin else "passed" if behind.upper < margin else "not_enough_data"
    claim = (
        f"The model that wins the test ({winner.name}) scores "
        f"{estimate(winner.test, winner.test_lower, winner.test_upper)} there and "
        f"{estimate(winner.production, winner.production_lower, winner.production_upper)} in production ({result.metric_label}). "
        f"The plain one scores {number(plain.test)} and {number(plain.production)}."
    )
    return Finding(
        code="EX-PM-01", status=status, claim=claim, action="Open the explanation before you ship, not after.",
        evidence={
            "winner": winner.name, "test": winner.test, "production": winner.production, "plain_test": plain.test,
            "plain_production": plain.production, "behind": behind.value, "lower": behind.lower, "upper": behind.upper,
            "margin": margin,
        },
    )  # fmt: skip


def _given_away(result: PerfectModelResult) -> Finding:
    """EX-PM-02: what the explanation shows before production does."""
    top, usual, winner = result.winner.top, result.plain.top, result.winner
    status: Status = "warning" if top.column in WRITTEN else "passed"
    why = f" {top.column} is {WRITTEN[top.column]}." if top.column in WRITTEN else ""
    held = sum(share.value for share in winner.shares if share.column in winner.columns)
    others = (
        f"; {' and '.join(winner.columns)} together hold {number(held, 'percent')}" if len(winner.columns) > 1 else ""
    )
    claim = (
        f"Its explanation gives it away before production does: {top.column} has "
        f"{estimate(top.value, top.lower, top.upper, 'percent')} of all contributions{others}. The plain model's first column, "
        f"{usual.column}, has {estimate(usual.value, usual.lower, usual.upper, 'percent')}.{why}"
    )
    return Finding(
        code="EX-PM-02", status=status, claim=claim,
        action="Ask of the first column of every explanation: when is it written, and is it the same in production?",
        evidence={"column": top.column, "share": top.value, "lower": top.lower, "upper": top.upper, "added_share": held,
                  "plain_column": usual.column, "plain_share": usual.value, "rows": result.explained_rows},
    )  # fmt: skip


def _too_good(result: PerfectModelResult) -> Finding:
    """EX-PM-03: whether the test score is above what the true probabilities score."""
    winner, best = result.winner, result.best_possible
    above = winner.test_lower > best
    claim = (
        f"The winner's test score of {number(winner.test)} {'is above' if above else 'is not above'} {number(best)}, what the true "
        f"probabilities score on the same rows{': no honest model can do that.' if above else '.'}"
    )
    return Finding(
        code="EX-PM-03", status="warning" if above else "passed", claim=claim,
        action="Distrust a score that is better than anything you have seen in production.",
        evidence={"test": winner.test, "lower": winner.test_lower, "best_possible": best,
                  "best_possible_production": result.best_possible_production},
    )  # fmt: skip
