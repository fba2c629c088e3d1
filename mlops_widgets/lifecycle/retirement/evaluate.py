"""Retire, retrain or keep: what the rules say today, and would have said at each chunk with what was known then."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.lifecycle.recovery.contenders import Contest
from mlops_widgets.lifecycle.recovery.recovery import RecoveryResult, measure_recovery
from mlops_widgets.lifecycle.retirement.ages import chunk_ends
from mlops_widgets.lifecycle.retirement.deciding import decide, fired_rules
from mlops_widgets.lifecycle.retirement.firing import beyond, chance_of_firing, first_firing, states
from mlops_widgets.lifecycle.retirement.history import Look, histories, look_at
from mlops_widgets.lifecycle.retirement.policy import RetirementPolicy, RetirementRule
from mlops_widgets.lifecycle.retirement.retirement_findings import find
from mlops_widgets.lifecycle.retirement.retirement_result import RetirementResult, RuleOutcome
from mlops_widgets.lifecycle.retirement.spans import Span, without_few
from mlops_widgets.lifecycle.retirement.waiting_cost import edge_of, edge_unit, waiting_of
from mlops_widgets.lifecycle.stream import Stream, stream_of
from mlops_widgets.study.choosing import ModelInputs, choose_challenger
from mlops_widgets.study.logged import Logged
from mlops_widgets.study.model_arguments import open_models
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.reading import Parts
from mlops_widgets.study.study import Study
from mlops_widgets.study.timeline import written

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_METHOD = (
    "Each rule judges an end of the 95 % interval of its signal (paired where two answers are compared; {draws} resamples of whole units: "
    "{unit}) in k of the last n chunks whose labels had arrived. False alarms: 2,000 histories drawn with the chunks' own standard errors "
    "around the test's value, rules taken as independent"
)
FEWEST_UNITS, MOST_COARSE, FEWEST_COARSE = 15, 15, 6
"""A week is seven days: too few units for an interval that a decision rests on. Then months are taken, if there are six."""


@strategy("LC-RE")
def evaluate_retirement(
    study: Study,
    policy: RetirementPolicy | None = None,
    *,
    challenger: Any = None,  # noqa: ANN401 - any model
    results: Sequence[Result] = (),
    now: datetime | None = None,
    chunks: str | int | None = None,
    label_delay: int | str | None = None,
    draws: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> RetirementResult:
    """Find out whether a model should be retired, retrained or kept, and when the rules would have said so.

    Parameters
    ----------
    study
        The study.
    policy
        The rules; by default `RetirementPolicy.default(study)`.
    challenger
        Another fitted model, for rules on "challenger"; by default the study's own.
    results
        Other Results whose failed findings are named beside the verdict. A RecoveryResult among them is used as it is.
    now
        When this is: ages count up to then in place of the newest row. UTC where it has no zone.
    chunks, label_delay
        How time is cut ("month", or how many at most), and after how many chunks labels come; by default as the study's times say.
    draws, seed
        Resamples a chunk, 100 or more, and their seed.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    RetirementResult or NoResult
        Findings: LC-RE-01 the verdict, LC-RE-02 one a rule that fires, LC-RE-03 when the policy would have acted and what waiting cost,
        LC-RE-04 false alarms, LC-RE-05 rules that can't be measured or lack labels, LC-RE-06 failed findings of other Results.

    Raises
    ------
    InputError
        If an option is out of its range, or a rule is wrong; the text names it.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> mw.lifecycle.evaluate_retirement(mw.sample("census"), draws=100).verdict
    'keep'
    """
    check_counts(draws=(draws, 100))
    rules = _policy(study, policy)
    _check(results, now)
    stream = _stream(study, chunks, label_delay)
    contest = Contest(
        study=study, stream=stream, by_value=False, draws=draws, seed=seed, max_fit_rows=20_000, cancel=cancel
    )
    look = look_at(contest, running_cost=rules.running_cost, challenger=_opened(study, challenger))
    tell(progress, 0.1, "signals")
    spans = histories(look, [rule.key for rule in rules.rules])
    if now is not None:
        spans = _aged(spans, float(chunk_ends(study, stream)[-1]), now, are_dates=stream.chunks.are_dates)
    tell(progress, 0.6, "history")
    result = _backtest(study, look, rules, spans, seed)
    recovery = _recovery(study, result, results, seed=seed, progress=part(progress, 0.6, 1.0), cancel=cancel)
    result = replace(result, recovery=recovery, verdict=decide(result, recovery), related=_related(results))
    tell(progress, 1.0, "decided")
    return replace(result, findings=find(result))


def _policy(study: Study, policy: Any) -> RetirementPolicy:  # noqa: ANN401 - checked here
    if policy is None:
        return RetirementPolicy.default(study)
    if not isinstance(policy, RetirementPolicy):
        raise WrongTypeError(
            f"policy= is {type(policy).__name__}. Pass a RetirementPolicy: RetirementPolicy.default(study) or read_policy(path)."
        )
    return policy


def _check(results: Any, now: Any) -> None:  # noqa: ANN401 - checked here
    odd = next((each for each in results if not isinstance(each, Result)), None)
    if odd is not None:
        raise WrongTypeError(f"results= holds {type(odd).__name__}. Pass Results of other strategies.")
    if now is not None and not isinstance(now, datetime):
        raise InputError(f"now={str(now)[:40]!r}. Pass a datetime, or leave it out.")


def _stream(study: Study, chunks: str | int | None, label_delay: int | str | None) -> Stream:
    """Return the rows in time; where nobody says how they are cut, into chunks of units enough for an interval."""
    found = stream_of(study, in_order=True, chunks=chunks, label_delay=label_delay)
    pairs = np.unique(np.column_stack([found.of_row, found.units]), axis=0)
    if chunks is not None or np.median(np.bincount(pairs[:, 0])) >= FEWEST_UNITS or not found.chunks.are_dates:
        return found
    coarser = stream_of(study, in_order=True, chunks=MOST_COARSE, label_delay=label_delay)
    return coarser if coarser.count >= FEWEST_COARSE else found


def _opened(study: Study, challenger: Any) -> Predictor | None:  # noqa: ANN401 - any model
    if challenger is None or isinstance(challenger, Predictor):
        return challenger
    parts = Parts(reference=study.reference, tests=study.tests, production=study.production)
    inputs = ModelInputs(
        model=None, predict=None, predict_proba=None, logged=Logged(), decision_threshold=study.decision_threshold
    )
    opened = open_models(None, challenger, trust=None)
    return choose_challenger(opened.challenger, parts, inputs, outcome=study.outcome, features=study.model.features)


def _aged(
    spans: Mapping[tuple[str, str], Span], last: float, now: datetime, *, are_dates: bool
) -> dict[tuple[str, str], Span]:
    """Return the histories with ages at the last chunk as they are now."""
    if not are_dates:
        raise InputError("now= is given, but the study has no dates to count from. Leave it out.")
    stamp = now.timestamp() if now.tzinfo else now.replace(tzinfo=UTC).timestamp()
    more = max(0.0, (stamp * 1000 - last) / 86_400_000.0)
    found = dict(spans)
    for key, span in spans.items():
        if key[0].endswith(" age") and not span.why:
            later = span.value.copy()
            later[-1] += more
            found[key] = Span.plain(later)
    return found


def _backtest(
    study: Study, look: Look, policy: RetirementPolicy, spans: Mapping[tuple[str, str], Span], seed: int
) -> RetirementResult:
    stream, rules = look.contest.stream, policy.rules
    first = min((place for place, rows in enumerate(look.chunks) if len(rows)), default=0)
    used = [without_few(spans[rule.key], rule.minimum_labels) for rule in rules]
    waits = [stream.delay if span.labelled else 0 for span in used]
    found = [_states(rule, span, wait) for rule, span, wait in zip(rules, used, waits, strict=True)]
    edge = edge_of(look)
    times = study.times(stream.table)
    shown = slice(first, None)
    outcomes = tuple(
        _outcome(rule, span, state[shown], wait, chance=_chance(rule, span, wait, seed))
        for rule, span, state, wait in zip(rules, used, found, waits, strict=True)
    )
    result = RetirementResult(
        findings=(), rows=int(sum(len(rows) for rows in look.chunks)), seed=seed, name=study.name, model=study.model.name,
        method=_METHOD.format(draws=f"{look.contest.draws:,}", unit=study.unit_name), verdict="not enough data", policy=policy, outcomes=outcomes,
        chunks=stream.chunks.labels[first:], starts=stream.chunks.starts[shown], by=stream.chunks.by, are_dates=stream.chunks.are_dates,
        values=np.array([each.value[shown] for each in used]), lower=np.array([each.lower[shown] for each in used]),
        upper=np.array([each.upper[shown] for each in used]), labels=np.array([each.rows[shown] for each in used]),
        states=np.array([each[shown] for each in found]), edge=edge.value[shown], edge_error=edge.errors[shown], edge_rows=edge.rows[shown],
        edge_unit=edge_unit(study, policy.running_cost), edge_total=study.values is not None,
        false_alarm=_any_alarm(rules, outcomes), fingerprint=study.fingerprint, synthetic=study.synthetic,
        today=written(float(np.nanmax(times)), are_dates=stream.chunks.are_dates) if times is not None else "the last row",
    )  # fmt: skip
    return replace(result, waiting=waiting_of(result))


def _states(rule: RetirementRule, span: Span, wait: int) -> Integers:
    ends = span.upper if rule.limit == "upper" else span.lower
    return states(beyond(ends, below=rule.comparator == "below", bound=rule.bound), wait=wait, k=rule.k, n=rule.n)


def _chance(rule: RetirementRule, span: Span, wait: int, seed: int) -> float:
    if not span.labelled or span.why or np.isnan(span.base):
        return float("nan")
    return chance_of_firing(
        span.errors, base=span.base, base_error=span.base_error, below=rule.comparator == "below", lower_end=rule.limit == "lower",
        bound=rule.bound, wait=wait, k=rule.k, n=rule.n, magnitude=span.magnitude, seed=seed,
    )  # fmt: skip


def _any_alarm(rules: Sequence[RetirementRule], outcomes: Sequence[RuleOutcome]) -> float:
    """Return the chance that any rule that acts on labels fires falsely, rules taken as independent; NaN where none can be said."""
    pairs = zip(rules, outcomes, strict=True)
    chances = [each.false_alarm for rule, each in pairs if rule.action != "warn" and not np.isnan(each.false_alarm)]
    return float(1 - np.prod([1 - each for each in chances])) if chances else float("nan")


def _outcome(rule: RetirementRule, span: Span, state: Integers, wait: int, *, chance: float) -> RuleOutcome:
    place = np.flatnonzero(~np.isnan(span.value[: len(span.value) - wait]))
    newest = place[-1] if len(place) else -1
    words = {1: "fired", 0: "quiet", -1: "not enough data"}
    return RuleOutcome(
        name=rule.name, state="not measurable" if span.why else words[int(state[-1])], why=span.why, first=first_firing(state), wait=wait,  # type: ignore[arg-type]  # words of State
        value=float(span.value[newest]) if newest >= 0 else float("nan"), lower=float(span.lower[newest]) if newest >= 0 else float("nan"),
        upper=float(span.upper[newest]) if newest >= 0 else float("nan"), false_alarm=chance,
    )  # fmt: skip


def _recovery(
    study: Study,
    result: RetirementResult,
    results: Sequence[Result],
    *,
    seed: int,
    progress: Progress | None,
    cancel: Cancel | None,
) -> RecoveryResult | None:
    """Return whether a fresh model would do, where a rule that acts fires; of values where money alone is what fired."""
    given = next((each for each in results if isinstance(each, RecoveryResult)), None)
    if given is not None or not fired_rules(result, "retire", "retrain"):
        return given
    retiring = fired_rules(result, "retire")
    of_money = {rule.signal for rule in retiring} == {"value"}
    found = measure_recovery(
        study, measure="value" if of_money else "metric", floor=_floor(result, retiring), seed=seed, progress=progress, cancel=cancel,
    )  # fmt: skip
    return None if isinstance(found, NoResult) else found


def _floor(result: RetirementResult, retiring: Sequence[RetirementRule]) -> float | None:
    """Return what a fresh model must reach where money alone fired and running the model costs: the bound, and a row's share of that.

    The best constant answer is no floor there: it doesn't pay for running.
    """
    if not result.policy.running_cost or {rule.signal for rule in retiring} != {"value"}:
        return None
    rows = result.edge_rows[result.edge_rows > 0]
    return max(rule.bound for rule in retiring) + result.policy.running_cost / float(rows.mean())


def _related(results: Sequence[Result]) -> tuple[str, ...]:
    failed = [finding for each in results for finding in each.findings if finding.status == "failed"]
    return tuple(f"{finding.code}: {finding.claim}" for finding in failed[:20])
