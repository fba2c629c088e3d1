"""Champion and challenger on the same rows: whether the one may replace the other, and whether it should."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, tell
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError
from mlops_widgets.lifecycle.champions.comparison_findings import Compared, find
from mlops_widgets.lifecycle.champions.comparison_result import ComparisonResult
from mlops_widgets.lifecycle.champions.contrasts import (
    Drawn,
    agree,
    by_chunk,
    by_group,
    by_metrics,
    by_value,
    calibration_margin,
    check_slices,
    differing_share,
    forecasts_of,
)
from mlops_widgets.lifecycle.champions.learned_rows import without_learned
from mlops_widgets.study.challengers import Challenge, Where, find_challenge
from mlops_widgets.study.side_by_side import SideBySide, compare_side_by_side
from mlops_widgets.study.study import Study

_REFERENCE = (
    "Schuirmann 1987 (non-inferiority by an interval); Efron & Tibshirani 1993, ch. 12; Fagerland, Lydersen & Laake 2013; "
    "Obuchowski 1998; DeLong et al. 1988; Cox 1958"
)


@strategy("LC-CM")
def compare_models(
    study: Study,
    challenger: Any = None,  # noqa: ANN401 - any model
    *,
    where: Where | None = None,
    margin: float | None = None,
    slices: Sequence[str] | None = None,
    learned_from: Any = None,  # noqa: ANN401 - any form of table
    draws: int = 400,
    max_rows: int = 10_000,
    max_fit_rows: int = 20_000,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ComparisonResult:
    """Find out whether a challenger may replace the model in service, and whether it would gain anything.

    Both answer the same labelled rows, so that their difference is paired. It may replace the model if a loss beyond the margin is
    ruled out, and should if it is surely better; both verdicts are read off one 95 % interval. Then the same by other metrics, in
    money, for groups and in chunks of time, each set of intervals holding together.

    Parameters
    ----------
    study
        Needs labelled production, or a labelled test.
    challenger
        Another fitted model as `load_study` takes it; "retrained": your model on the newest rows up to the middle of what judges
        whose labels had arrived, judged after it; "plain": a logistic or ridge regression learned from the reference. By default
        the study's challenger, else "retrained".
    where
        "production" or "test": whose labelled rows judge; by default production where it has labels, else the test.
    margin
        The largest loss that doesn't matter, in the metric's unit, above 0; by default the study's, else the metric's.
    slices
        Columns whose levels are the groups; by default the study's `groups`. Numbers of many levels are cut into quarters.
    learned_from
        The table that a challenger of yours was fitted on: rows that both hold don't judge it.
    draws
        Bootstrap draws, 100 or more.
    max_rows
        Most rows that both answer; more are sampled.
    max_fit_rows
        Most rows that a challenger is trained on.
    seed
        Seed of samples and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ComparisonResult or NoResult
        Findings: LC-CM-01 no worse than the margin, LC-CM-02 better, LC-CM-03 other metrics, LC-CM-04 value per decision, LC-CM-05
        calibration, LC-CM-06 groups, LC-CM-07 decisions on which just one is right, LC-CM-08 chunks of time, LC-CM-09 what the
        challenger learned from, LC-CM-10 rows without an outcome.

    Raises
    ------
    InputError
        If an option is out of its range, the challenger is no model, or it learned from nearly all rows that judge.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.lifecycle.compare_models(mw.sample("census"), "plain", draws=100, max_rows=2000)
    >>> result.verdict in {"better", "no worse", "worse", "not enough data"}
    True
    """
    check_margin(margin)
    check_counts(draws=(draws, 100), max_rows=(max_rows, 100), max_fit_rows=(max_fit_rows, 100), seed=(seed, 0))
    if where not in {None, "production", "test"}:
        raise InputError(f"where={str(where)[:40]!r}. Pass 'production' or 'test'.")
    challenge = find_challenge(study, challenger, max_fit_rows=max_fit_rows, where=where)
    check_slices(challenge.table, slices)
    challenge, origin = without_learned(study, challenge, learned_from)
    tell(progress, 0.4, "both models on the same rows")
    pair = compare_side_by_side(study, challenge, max_rows=max_rows, draws=draws, seed=seed, cancel=cancel)
    tell(progress, 0.6, "groups and chunks of time")
    drawn = Drawn(draws=draws, seed=seed, cancel=cancel)
    forecasts = forecasts_of(study, challenge, pair)
    seen = Compared(
        challenge=challenge, pair=pair, margin=study.accepted_loss(pair.incumbent.value, margin),
        metrics=by_metrics(study, challenge, pair, drawn), value=by_value(study, challenge, pair, drawn), forecasts=forecasts,
        forecast_margin=calibration_margin(study, pair) if forecasts else float("nan"),
        groups=by_group(study, pair, drawn, slices), groups_asked=bool(study.roles.groups if slices is None else slices),
        chunks=by_chunk(study, pair, drawn), timed=study.times(pair.ours.table) is not None, origin=origin,
        same_answers=agree(pair), unlabelled=_unlabelled(study, challenge, pair),
    )  # fmt: skip
    tell(progress, 1.0, "compared")
    return _result(study, seen, seed=seed, draws=draws)


def _unlabelled(study: Study, challenge: Challenge, pair: SideBySide) -> int:
    """Return how many rows of the table that judges can't: those without an outcome, and those that only one answers."""
    whole = study.production if study.production is not None and challenge.where.endswith("production") else study.test
    if whole is None or challenge.kind == "retrained" or whole.rows < challenge.table.rows:
        return 0
    without = whole.rows - int((~np.isnan(study.labels(whole))).sum())
    return without + pair.ours.table.rows - pair.ours.n


def _result(study: Study, seen: Compared, *, seed: int, draws: int) -> ComparisonResult:
    pair, nan = seen.pair, float("nan")
    ours, theirs, gain, decided, ranked = pair.incumbent, pair.challenger, pair.gain, pair.decisions, pair.ranked
    return ComparisonResult(
        findings=find(study, seen), rows=pair.ours.n, seed=seed, method=_method(study, seen, draws), reference=_REFERENCE,
        verdict=seen.verdict, champion=study.model.name[:60], challenger=seen.name, kind=seen.challenge.kind, where=seen.challenge.where,
        metric=study.metric.name, metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better, margin=seen.margin,
        champion_value=ours.value, champion_lower=ours.lower, champion_upper=ours.upper,
        challenger_value=theirs.value, challenger_lower=theirs.lower, challenger_upper=theirs.upper,
        gain=gain.value, gain_lower=gain.lower, gain_upper=gain.upper, needed_rows=seen.judged.needed or 0,
        metrics=seen.metrics, groups=seen.groups, chunks=seen.chunks, value=seen.value, forecasts=seen.forecasts,
        forecast_margin=seen.forecast_margin, same_answers=seen.same_answers,
        differing_share=differing_share(study, seen.challenge, pair),
        only_champion_right=decided.only_first if decided else -1, only_challenger_right=decided.only_second if decided else -1,
        decisions_p_value=pair.decisions_p_value, delong_lower=ranked.lower if ranked else nan,
        delong_upper=ranked.upper if ranked else nan, synthetic=study.synthetic,
    )  # fmt: skip


def _method(study: Study, seen: Compared, draws: int) -> str:
    test = "McNemar's mid-p" if study.unit == "row" else "McNemar's test by unit (Obuchowski 1998)"
    parts = [
        f"Paired bootstrap by {study.unit_name}, {draws:,} draws, 95 % intervals; margin {number(seen.margin)}",
        "Other metrics, groups and chunks: intervals that hold together within each of the three (Bonferroni)",
        f"Decisions: {test}" if seen.pair.decisions else "",
        "Calibration: the line that would correct the forecasts, its 95 % region (Cox 1958)" if seen.forecasts else "",
        f"The challenger learned from {seen.challenge.learned_rows:,} rows here" if seen.challenge.learned_rows else "",
        "Outcomes that react to a model's decisions aren't replayed",
    ]
    return ". ".join(part for part in parts if part)
