"""Run every check of a study within a budget, and say in one Result which hold."""

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.errors import (
    CheckFailedError,
    InputError,
    MissingInputError,
    ModelError,
    WrongTypeError,
    did_you_mean,
)
from mlops_widgets.report.parameters import check_budget, check_seed
from mlops_widgets.study.study import Study
from mlops_widgets.testing import answers, inputs, lifetime
from mlops_widgets.testing.bench import ROWS, Bench, Verdict

Check = Callable[[Bench], Verdict]

ANSWERING = "CK-02"
"""The check without which asking the model anything else says nothing."""
OF_THE_MODEL: Mapping[str, Check] = {
    "CK-03": answers.check_repeatable,
    "CK-04": answers.check_one_by_one,
    "CK-05": answers.check_row_order,
    "CK-06": answers.check_threads,
    "CK-07": answers.check_probabilities,
    "CK-08": answers.check_decision,
    "CK-09": inputs.check_frame_unchanged,
    "CK-10": inputs.check_columns_by_study,
    "CK-11": inputs.check_columns_by_model,
    "CK-12": inputs.check_no_rows,
    "CK-13": inputs.check_missing_cells,
    "CK-14": inputs.check_unseen_levels,
    "CK-15": inputs.check_whole_numbers,
    "CK-16": lifetime.check_refit,
}
OF_THE_STUDY: Mapping[str, Check] = {
    "CK-17": answers.check_classes,
    "CK-18": lifetime.check_expected,
    "CK-19": lifetime.check_fingerprint,
    "CK-20": lifetime.check_reading,
    "CK-21": lifetime.check_saving,
    "CK-22": lifetime.check_time,
    "CK-23": lifetime.check_entities,
}
CHECKS: Mapping[str, Check] = {ANSWERING: answers.check_complete, **OF_THE_MODEL, **OF_THE_STUDY}
"""Every check by its code; CK-01 is the sentence over all."""

FailOn = Literal["failed", "warning"]
FAIL_ON: Mapping[FailOn, frozenset[Status]] = {
    "failed": frozenset({"failed"}),
    "warning": frozenset({"failed", "warning"}),
}
_CALL = "Call the model on those rows yourself; what it raises there it will raise in production."


@dataclass(frozen=True, kw_only=True)
class CheckResult(Result):
    """What the conformance kit found: one finding over all, then one a check, failed first.

    Parameters
    ----------
    study, fingerprint
        Which study: its name, and the fingerprint of its tables, roles and model.
    budget_seconds
        How long it was allowed to take; what didn't fit is "not run".
    """

    study: str
    fingerprint: str
    budget_seconds: float

    def finding(self, code: str) -> Finding:
        """Return the finding of one check by its code, such as `"CK-04"`."""
        for each in self.findings:
            if each.code == code:
                return each
        codes = sorted(each.code for each in self.findings)
        raise InputError(f"code={code!r}. Codes: {', '.join(codes)}.{did_you_mean(code, codes)}")


def check_study(
    study: Study, *, seed: int = 0, budget_seconds: float = 60.0, clock: Callable[[], float] = time.monotonic
) -> CheckResult:
    """Find out whether a model and its tables behave as production takes for granted; raises nothing of the model's.

    The model is asked about up to 60 rows, over and over: twice, one by one, shuffled, by several threads, with columns
    moved, cells missing and levels that it never met. It is trained anew on up to 300 rows. Nothing is changed.

    Parameters
    ----------
    study
        The study.
    seed
        Seed of the rows and columns that are drawn.
    budget_seconds
        No further check is begun after so long; it is "not run" then.
    clock
        Gives the time in seconds.

    Returns
    -------
    CheckResult
        The codes stand in docs/methods.md.

    Raises
    ------
    WrongTypeError
        If `study` is none.
    InputError
        If `seed` or `budget_seconds` can't be used.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.testing.check_study(mw.sample("census"))
    >>> result.finding("CK-03").claim
    'The same rows asked twice got the same answers.'
    """
    if not isinstance(study, Study):
        raise WrongTypeError(
            f"check_study takes a Study, not {type(study).__name__}: pass mw.load_study(model=…, test=…)."
        )
    bench, end = Bench(study=study, seed=check_seed(seed)), clock() + check_budget(budget_seconds)
    findings: list[Finding] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a model that is given odd rows on purpose; a test may make errors of them
        for code, check in CHECKS.items():
            answering = code == ANSWERING or findings[0].status != "failed" or code not in OF_THE_MODEL
            findings.append(_run(code, check, bench, in_time=clock() < end, answering=answering))
    ordered = sorted(findings, key=lambda finding: finding.order)
    return CheckResult(
        findings=(_summary(ordered), *ordered), rows=bench.sample.rows, seed=seed,
        method=f"The model asked about at most {ROWS} rows, drawn by seed",
        study=study.name, fingerprint=study.fingerprint, budget_seconds=budget_seconds,
    )  # fmt: skip


def assert_study(
    study: Study, *, seed: int = 0, budget_seconds: float = 60.0, fail_on: FailOn = "failed"
) -> CheckResult:
    """Raise `AssertionError` with what to do if a check fails: the kit as one line of a test of yours.

    Parameters
    ----------
    study, seed, budget_seconds
        As in `check_study`.
    fail_on
        The mildest status that fails: "failed" or "warning".

    Returns
    -------
    CheckResult

    Raises
    ------
    CheckFailedError
        An `AssertionError` that names the checks.
    InputError
        If an argument can't be used.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> assert_study(mw.sample("census")).status == "failed"
    False
    """
    if fail_on not in FAIL_ON:
        raise InputError(f"fail_on={fail_on!r}. Allowed: {', '.join(FAIL_ON)}.{did_you_mean(fail_on, FAIL_ON)}")
    result = check_study(study, seed=seed, budget_seconds=budget_seconds)
    bad = [finding for finding in result.findings[1:] if finding.status in FAIL_ON[fail_on]]
    if bad:
        raise CheckFailedError("\n".join([result.headline, *(f"{finding}\n    → {finding.action}" for finding in bad)]))
    return result


def _run(code: str, check: Check, bench: Bench, *, in_time: bool, answering: bool) -> Finding:
    what = (check.__doc__ or "").partition("\n")[0].rstrip(".")
    if not in_time:
        return Finding(
            code=code, status="not_run", claim=f"Not run, the time was up: {what}.", action="Raise budget_seconds=."
        )
    if not answering:
        return Finding(code=code, status="not_run", claim=f"Not run, the model doesn't answer: {what}.",
                       action=f"See {ANSWERING} first.")  # fmt: skip
    try:
        found = check(bench)
    except MissingInputError as error:
        claim = f"Doesn't apply: this study has no {error.missing}."
        return Finding(code=code, status="not_applicable", claim=claim, action=error.remedy)
    except ModelError as error:
        return Finding(code=code, status="failed", claim=error.claim, action=_CALL)
    return Finding(code=code, status=found.status, claim=found.claim, action=found.action, evidence=found.evidence)


def _summary(ordered: list[Finding]) -> Finding:
    """Return the finding over all: how many checks failed, and what the first of them says."""
    counts = {
        status: sum(each.status == status for each in ordered) for status in ("failed", "warning", "passed", "not_run")
    }
    ran, first = counts["failed"] + counts["warning"] + counts["passed"], ordered[0]
    late = f" {counts['not_run']} weren't run." if counts["not_run"] else ""
    if counts["failed"]:
        claim = f"{counts['failed']} of {ran} checks failed. {first.claim}"
    elif counts["warning"]:
        claim = f"None of {ran} checks failed; {counts['warning']} to look at. {first.claim}"
    else:
        claim = f"All {ran} checks passed." if ran else "Nothing is known of this study."
    status: Status = first.status if counts["failed"] or counts["warning"] or not ran else "passed"
    return Finding(code="CK-01", status=status, claim=claim + late, action=first.action if status != "passed" else "",
                   evidence=counts)  # fmt: skip
