"""Strategies that say what they are told, so that reports and checks are tested without fitting anything."""

from dataclasses import dataclass
from functools import cache

from mlops_widgets.core.progress import Cancel, Progress, check_cancel
from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.report.scorecard import Scorecard, Strategy, run_all
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.study import Study


@dataclass(frozen=True, kw_only=True)
class Told(Result):
    """A result of the tests' own."""


def finding(status: Status, code: str = "XX-AA-01", cost: float | None = None, claim: str = "") -> Finding:
    return Finding(code=code, status=status, claim=claim or f"{code} {status}.", action=f"Mend {code}.", cost=cost)


def telling(*findings: Finding, name: str = "tell") -> Strategy:
    def tell(study: Study, *, seed: int = 0) -> Told:
        return Told(findings=findings, rows=study.need("test").rows, seed=seed)

    return Strategy(pitfall="fakes", name=name, run=tell)


class Clock:
    """A clock that goes only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def taking(seconds: float, clock: Clock, name: str = "slow", *, steps: int = 1) -> Strategy:
    def take(study: Study, *, progress: Progress | None = None, cancel: Cancel | None = None) -> Told:
        for number in range(steps):
            check_cancel(cancel)
            clock.now += seconds / steps
            if progress is not None:
                progress((number + 1) / steps, name)
        return Told(findings=(finding("passed"),), rows=1)

    return Strategy(pitfall="fakes", name=name, run=take)


@cache
def loans() -> Study:
    """The loans, whose model is fitted once: a scorecard names the study by its answers."""
    return sample("loans")


def scored(*findings: Finding) -> Scorecard:
    return run_all(loans(), strategies=[telling(*findings)], clock=Clock())
