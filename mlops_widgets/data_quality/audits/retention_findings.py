"""What retention says: what is due, by rule, and what no rule speaks of."""

from collections.abc import Iterator, Sequence

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.audits.retention_rules import DueFile, RetentionRule


def find(
    folder: str, due: Sequence[DueFile], rules: Sequence[RetentionRule], *, counts: tuple[int, int, int], delete: bool
) -> Iterator[Finding]:
    """Yield the verdicts, the headline first.

    Parameters
    ----------
    folder
        Its name.
    due
        What is due, the longest overdue first.
    rules
        The rules.
    counts
        Files kept, files without a rule, links.
    delete
        Whether files were to be deleted.
    """
    kept, unruled, links = counts
    left = [each for each in due if not each.deleted]
    evidence = {
        "due": len(due),
        "deleted": len(due) - len(left),
        "kept": kept,
        "bytes": sum(each.size_bytes for each in due),
    }
    longest = f", the longest by {number(due[0].over_days, digits=0)} days" if due else ""
    if not due:
        claim = f"No file of {short(folder)} is kept longer than its rule allows; {kept:,} may stay."
        yield Finding(code="DQ-RT-01", status="passed", claim=claim, evidence=evidence)
    elif left:
        action = (
            "Look at what holds them and try again."
            if delete
            else "Look at result.due, then pass delete=True and records=."
        )
        undone = " could not be deleted and" if delete else ""
        claim = f"{len(left):,} files of {short(folder)}{undone} are kept longer than their rule allows{longest}."
        yield Finding(code="DQ-RT-01", status="failed", claim=claim, evidence=evidence, action=action)
    else:
        claim = f"{len(due):,} files of {short(folder)} that were due are deleted and recorded{longest}."
        yield Finding(code="DQ-RT-01", status="passed", claim=claim, evidence=evidence)
    for rule in rules:
        mine = [each for each in left if each.rule == rule.pattern]
        if mine:
            claim = f"{short(rule.pattern)}: {len(mine):,} files are due after {rule.keep_days:,} days ({short(rule.why, 80)}); {short(rule.owner)} answers for it."
            yield Finding(
                code="DQ-RT-02",
                status="failed",
                claim=claim,
                action="Ask its owner whether anything holds them back.",
                evidence={"pattern": rule.pattern, "due": len(mine), "keep_days": rule.keep_days},
            )
    if unruled:
        claim = f"{unruled:,} files of {short(folder)} have no rule, so nobody said how long they may stay."
        yield Finding(
            code="DQ-RT-03",
            status="warning",
            claim=claim,
            action="Write a rule for them, with its basis and owner.",
            evidence={"files": unruled},
        )
    if links:
        claim = f"{links:,} links were passed by: what they name is neither followed nor deleted."
        yield Finding(code="DQ-RT-04", status="passed", claim=claim, evidence={"links": links})
