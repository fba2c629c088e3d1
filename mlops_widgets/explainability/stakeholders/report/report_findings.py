"""What is said of a report itself: whether it was read back, how hard it is to read, whether its numbers can be trusted."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import known, number

if TYPE_CHECKING:
    from mlops_widgets.explainability.stakeholders.report.report import StakeholderReport

MOST_GRADE = {"customer": 9.0, "manager": 12.0}
"""Reading grade up to which a text is easy enough for its readers."""


def find(report: "StakeholderReport") -> tuple[Finding, ...]:
    """Return the verdicts on a report."""
    return (_read_back(report), *_reading(report), _checks(report), *_related(report))


def _read_back(report: "StakeholderReport") -> Finding:
    failed = [check.name for check in report.explanation.checks if check.status == "failed"]
    if report.problems:
        claim = f"The text disagrees with the numbers in {len(report.problems)} places: {report.problems[0]}"
    elif failed:
        claim = f"Do not rely on this report: the explanation failed its check of {failed[0]}"
    else:
        claim = f"{report.document.lead} Every sentence was read back and agrees with the numbers."
    return Finding(
        code="EX-SR-01", status="failed" if report.problems or failed else "passed", claim=claim,
        evidence={"problems": len(report.problems), "failed_checks": len(failed)},
        action="Don't hand it out; ask for a better explanation first." if report.problems or failed
        else "Read it once as its reader would, then save it.",
    )  # fmt: skip


def _reading(report: "StakeholderReport") -> list[Finding]:
    most = MOST_GRADE.get(report.audience)
    if most is None:
        return []
    easy = report.reading_grade <= most
    shown = number(report.reading_grade, digits=1)
    return [
        Finding(
            code="EX-SR-02", status="passed" if easy else "warning",
            claim=f"The reading grade is {shown}, and a {report.audience} should need no more than {number(most, digits=0)} (Flesch–Kincaid)",
            evidence={"grade": known(report.reading_grade), "limit": most},
            action="" if easy else "Give long column names short labels: labels={'features': …} of the study.",
        )
    ]  # fmt: skip


def _checks(report: "StakeholderReport") -> Finding:
    checks = report.explanation.checks
    counts = {status: sum(check.status == status for check in checks) for status in ("failed", "warning", "passed")}
    evidence: dict[str, float | int | str | bool | None] = dict(counts)
    if not any(counts.values()):
        return Finding(
            code="EX-SR-03", status="not_run", claim="The explanation carries no check that ran.", evidence=evidence,
            action="Read it as unchecked.",
        )  # fmt: skip
    worst = next(status for status in ("failed", "warning", "passed") if counts[status])
    first = next(check for check in checks if check.status == worst)
    return Finding(
        code="EX-SR-03", status=first.status,
        claim=f"{counts['passed']} of {sum(counts.values())} checks of the explanation passed; {first.name}: {first.text}",
        evidence=evidence, action="" if worst == "passed" else "Ask for a better explanation before this text goes out.",
    )  # fmt: skip


def _related(report: "StakeholderReport") -> list[Finding]:
    if not report.related:
        return []
    most = max(report.related, key=lambda each: each.association)
    others = len(report.related) - 1
    more = f"; so do {others} other named column{'s' if others > 1 else ''} with others" if others else ""
    one, other = report.words.feature(most.column), report.words.feature(most.other)
    return [
        Finding(
            code="EX-SR-04", status="warning",
            claim=(
                f"{one} and {other} go together in the training rows ({number(most.association)}){more}. How the model's answer "
                "is split between such columns says little about either alone"
            ),
            evidence={"columns": len(report.related), "association": most.association},
            action="Explain them together: groups= of explain.",
        )
    ]  # fmt: skip
