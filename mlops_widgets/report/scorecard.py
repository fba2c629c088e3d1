"""Every strategy of every pitfall on one study, within a budget: which findings lead, by status and cost."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass
from inspect import signature
from typing import Any

from mlops_widgets.core.progress import Cancel, Progress, check_cancel, part
from mlops_widgets.core.result import STATUSES, WORST_FIRST, Finding, NoResult, Result, Status
from mlops_widgets.errors import CancelledError, UnknownNameError, did_you_mean, listed
from mlops_widgets.report.parameters import check_budget
from mlops_widgets.report.pitfalls import PITFALLS, package_of
from mlops_widgets.study.study import Study

UNANSWERED: tuple[Status, ...] = ("not_applicable", "not_run")


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """One function `Study → Result` and where it belongs."""

    pitfall: str
    name: str
    run: Callable[..., Result]


@dataclass(frozen=True, kw_only=True)
class StrategyRun:
    """How one strategy went: its worst status, the codes of its findings, and how long it took."""

    pitfall: str
    strategy: str
    status: Status
    codes: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Scorecard(Result):
    """The findings of every strategy, failed first, then by cost.

    Parameters
    ----------
    study, fingerprint
        Which study: its name, and the fingerprint of its tables, roles and model.
    budget_seconds
        How long it was allowed to take.
    runs
        One line a strategy, in the order they ran.
    measured
        What the strategies returned, kept as `results` for further use in this session; not part of the JSON form.
    """

    study: str
    fingerprint: str
    budget_seconds: float
    runs: tuple[StrategyRun, ...]
    measured: InitVar[tuple[Result, ...]] = ()

    def __post_init__(self, measured: tuple[Result, ...]) -> None:
        """Keep the results beside the fields: they carry arrays that a scorecard's file has no use for."""
        super().__post_init__()
        vars(self)["_results"] = measured

    @property
    def results(self) -> tuple[Result, ...]:
        """What the strategies returned, in the order they ran; empty in a scorecard that was read back."""
        kept: tuple[Result, ...] = vars(self)["_results"]
        return kept

    @property
    def counts(self) -> dict[Status, int]:
        """Number of findings by status."""
        return count(self.findings)

    @property
    def headline(self) -> str:
        """How many checks failed, and what the costliest says."""
        checks = sum(number for status, number in self.counts.items() if status not in UNANSWERED)
        worst = self.findings[0] if self.findings else None
        if worst is None or not checks:
            return f"No check could run on study {self.study!r}."
        if worst.status == "failed":
            return f"{self.counts['failed']} of {checks} checks failed; the costliest: {worst.claim}"
        if worst.status == "warning":
            return f"None of {checks} checks failed; the first of {self.counts['warning']} to look at: {worst.claim}"
        if worst.status == "not_enough_data":
            return f"None of {checks} checks failed; these data can't settle {self.counts['not_enough_data']} of them."
        return f"All {checks} checks passed."


def count(findings: Iterable[Finding]) -> dict[Status, int]:
    """Return how many findings have each status."""
    statuses = [finding.status for finding in findings]
    return {status: statuses.count(status) for status in STATUSES}


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings by status, the worst first, then by cost.

    Costs are compared in the unit that most of them have; a thousand of squared error is not more than .1 of ROC AUC, so
    findings with a cost in another unit follow.
    """
    units = Counter(finding.cost_unit for finding in findings if finding.cost)
    unit = max(units, key=units.__getitem__, default="")

    def key(finding: Finding) -> tuple[int, bool, tuple[int, float, str]]:
        return WORST_FIRST.index(finding.status), bool(finding.cost) and finding.cost_unit != unit, finding.order

    return sorted(findings, key=key)


def in_words(counts: Mapping[Status, int]) -> str:
    """Return the counts as a sentence's end: "2 failed, 1 not run".

    Examples
    --------
    >>> in_words({"passed": 3, "warning": 0, "failed": 2, "not_enough_data": 0, "not_applicable": 0, "not_run": 1})
    '2 failed, 3 passed, 1 not run'
    """
    return ", ".join(f"{counts[status]} {status.replace('_', ' ')}" for status in WORST_FIRST if counts[status])


def find_strategies() -> tuple[Strategy, ...]:
    """Return every strategy of every pitfall, in the order in which they run."""
    packages = {pitfall: package_of(letters) for letters, pitfall in PITFALLS.items()}
    return tuple(
        Strategy(pitfall=pitfall, name=name, run=getattr(package, name))
        for pitfall, package in packages.items()
        for name in package.STRATEGIES
    )


def run_all(
    study: Study,
    *,
    budget_seconds: float = 60.0,
    only: str | Sequence[str] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    clock: Callable[[], float] = time.monotonic,
    strategies: Sequence[Strategy] | None = None,
) -> Scorecard:
    """Find out what fails on this study: run every strategy of every pitfall and order the findings.

    Parameters
    ----------
    study
        What to look at.
    budget_seconds
        How long all of it may take. What doesn't fit is "not run"; 60 s fit a coffee and a build server's patience.
    only
        Names of the strategies or pitfalls to run; by default all.
    seed
        Seed handed to every strategy.
    progress, cancel
        Called as told in `core.progress`.
    clock
        Gives the time in seconds.
    strategies
        What to run; by default what the pitfalls list.

    Returns
    -------
    Scorecard

    Raises
    ------
    CancelledError
        If `cancel` returned True.
    UnknownNameError
        If `only` names no strategy and no pitfall.
    """
    chosen = _choose(find_strategies() if strategies is None else strategies, only)
    budget = _Budget(check_budget(budget_seconds), clock, cancel)
    results, runs = [], []
    for number, each in enumerate(chosen):
        check_cancel(cancel)
        start = clock()
        inner = part(progress, number / len(chosen), (number + 1) / len(chosen))
        result = _run(each, study, budget, {"seed": seed, "progress": inner, "cancel": budget})
        results.append(result)
        runs.append(_line(each, result, seconds=clock() - start))
        if progress is not None:
            progress((number + 1) / len(chosen), each.name)
    return Scorecard(
        findings=tuple(worst_first([f for r in results for f in r.findings])),
        rows=max((r.rows for r in results), default=0), seed=seed, method="Every strategy of every pitfall, once.",
        study=study.name, fingerprint=study.fingerprint, budget_seconds=budget.seconds,
        runs=tuple(runs), measured=tuple(results),
    )  # fmt: skip


class _Budget:
    """The `cancel` handed to strategies: stops them when the time is used up, or when the caller wants it."""

    def __init__(self, seconds: float, clock: Callable[[], float], cancel: Cancel | None) -> None:
        self.seconds = seconds
        self._clock, self._cancel, self._start = clock, cancel, clock()
        self.cancelled = False

    def is_used_up(self) -> bool:
        return self._clock() - self._start > self.seconds

    def __call__(self) -> bool:
        self.cancelled = self.cancelled or (self._cancel is not None and self._cancel())
        return self.cancelled or self.is_used_up()


def _choose(strategies: Sequence[Strategy], only: str | Sequence[str] | None) -> list[Strategy]:
    wanted = [only] if isinstance(only, str) else only
    if wanted is None:
        return list(strategies)
    known = list(dict.fromkeys([s.pitfall for s in strategies] + [s.name for s in strategies]))
    for name in wanted:
        if name not in known:
            raise UnknownNameError(
                f"Unknown strategy {name!r} in only=. Known: {listed(known)}.{did_you_mean(name, known)}"
            )
    return [each for each in strategies if each.name in wanted or each.pitfall in wanted]


def _run(each: Strategy, study: Study, budget: _Budget, options: Mapping[str, Any]) -> Result:
    if budget.is_used_up():
        return _not_run(each, budget.seconds)
    taken = signature(each.run).parameters
    try:
        return each.run(study, **{name: value for name, value in options.items() if name in taken})
    except CancelledError:
        if budget.cancelled or not budget.is_used_up():
            raise
        return _not_run(each, budget.seconds)


def _not_run(each: Strategy, seconds: float) -> NoResult:
    finding = Finding(
        code="SC-00", status="not_run",
        claim=f"Not run: {each.name}. The budget of {seconds:g} s was used up; raise budget_seconds=.",
        evidence={"strategy": each.name, "budget_seconds": seconds}, action="Raise budget_seconds=, or name it in only=.",
    )  # fmt: skip
    return NoResult(findings=(finding,), rows=0, strategy=each.name)


def _line(each: Strategy, result: Result, *, seconds: float) -> StrategyRun:
    worst = min(result.findings, key=lambda finding: finding.order)
    codes = tuple(finding.code for finding in result.findings)
    return StrategyRun(pitfall=each.pitfall, strategy=each.name, status=worst.status, codes=codes, seconds=seconds)
