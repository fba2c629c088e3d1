"""Retirement rules, live: bounds are dragged in the view; how many chunks must agree, and how time is cut, are judged anew."""

from dataclasses import replace

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.lifecycle.retirement.evaluate import evaluate_retirement
from mlops_widgets.lifecycle.retirement.policy import RetirementPolicy, RetirementRule
from mlops_widgets.study.study import Study
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options

_OWN = "as each rule says"
_CUTS = ("by itself", "day", "week", "month", "quarter", "year")


class RetirementExplorer(Explorer):
    """Play a policy back over a study's history, with other demands on how many chunks must agree.

    Parameters
    ----------
    study
        The study.
    policy
        The rules; by default `RetirementPolicy.default(study)`.
    chunks
        How time is cut at first.
    seed
        Seed of the resamples.
    result
        A Result to begin with; None evaluates on first display.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> explorer = RetirementExplorer(mw.sample("census"))
    >>> explorer.run(agree="1 of 1").verdict
    'keep'
    """

    def __init__(
        self, study: Study, *, policy: RetirementPolicy | None = None, chunks: str = "by itself", seed: int = 0, result: Result | None = None
    ) -> None:  # fmt: skip
        rules = RetirementPolicy.default(study) if policy is None else policy

        def work(options: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
            agree, cut = str(options["agree"]), str(options["chunks"])
            return evaluate_retirement(
                study, _agreeing(rules, agree), chunks=None if cut == _CUTS[0] else cut, seed=int(options["seed"]),
                progress=progress, cancel=cancel,
            )  # fmt: skip

        controls = (
            Control(name="agree", label="known chunks that must agree", value=_OWN, kind="choice", options=(_OWN, "1 of 1", "2 of 3", "3 of 3", "3 of 5")),
            Control(name="chunks", label="time is cut by", value=chunks, kind="choice", options=_CUTS),
            Control(name="seed", label="seed", value=seed, kind="number", lower=0, step=1),
        )  # fmt: skip
        super().__init__(work, controls, result)


def _agreeing(policy: RetirementPolicy, agree: str) -> RetirementPolicy:
    if agree == _OWN:
        return policy
    k, _, n = agree.partition(" of ")

    def changed(rule: RetirementRule) -> RetirementRule:
        return replace(rule, k=int(k), n=int(n)) if rule.needs_labels else rule

    return replace(policy, rules=tuple(changed(rule) for rule in policy.rules))
