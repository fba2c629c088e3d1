"""What other looks found and nobody has closed."""

from collections.abc import Sequence

from mlops_widgets.core.result import WORST_FIRST, Result
from mlops_widgets.errors import InputError
from mlops_widgets.lifecycle.review.review_result import OpenFinding
from mlops_widgets.study.contract.contract import Contract

_OPEN = {"failed", "warning"}
_MOST = 200


def open_findings_of(results: object) -> tuple[OpenFinding, ...] | None:
    """Return every failed finding and warning, the failed first; None where no result was passed.

    Parameters
    ----------
    results
        Results of any chapter, a Scorecard among them or alone; contracts are left to who checks them.

    Raises
    ------
    InputError
        If something else was passed.
    """
    given = (results,) if isinstance(results, Result) else results
    if not isinstance(given, Sequence) or not all(isinstance(each, Result | Contract) for each in given):
        raise InputError("results= holds something else than results. Pass a list of what the strategies returned.")
    looks = [each for each in given if isinstance(each, Result)]
    if not looks:
        return None
    found = {
        (finding.code, finding.claim): OpenFinding(
            code=finding.code, status=finding.status, claim=finding.claim, action=finding.action
        )
        for result in looks
        for finding in result.findings
        if finding.status in _OPEN
    }
    return tuple(sorted(found.values(), key=lambda each: (WORST_FIRST.index(each.status), each.code)))[:_MOST]
