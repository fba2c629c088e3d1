"""What a validation says: whether the contract is kept, and of each broken rule what, how often, and what to do."""

from collections.abc import Iterator, Sequence

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import NO_BREAK, interval, known, number, short
from mlops_widgets.data_quality.contracts.outcomes import RuleOutcome
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.contract.words import percent

_MOST_FINDINGS = 30
_KINDS = {
    "present": ("02", "Ask whoever delivers the table where the column went; a model that takes it can't answer without."),
    "type": ("03", "Look at these cells: result.failing(rule). Fix the step that wrote them as another type, or clean them."),
    "missing": ("04", "Find the step or source that stopped filling this column before a model imputes it unseen."),
    "unique": ("05", "Look for a join that multiplied rows, or a batch that was loaded twice."),
    "range": ("06", "Look at these cells: result.failing(rule). A placeholder, another unit, or a bound that is too tight."),
    "allowed": ("07", "Look at these values: a new category is for the model to learn, a new spelling for a recipe to repair."),
    "pattern": ("08", "Look at these cells: result.failing(rule). They are written unlike the rest."),
    "length": ("09", "Look at these cells: result.failing(rule). They may be cut off, or hold what belongs elsewhere."),
    "rows": ("10", "Find out whether the batch is whole: rows were lost, or loaded more than once."),
    "key": ("11", "Look for a join that multiplied rows: result.failing(rule) names those that repeat others."),
    "dependency": ("12", "Look at these rows: they say something else than most that share the determinant."),
    "order": ("13", "Look at these rows: one of the two columns is wrong, or they were swapped."),
    "freshness": ("14", "Find out why nothing newer arrived: a feed that stopped keeps passing every other rule."),
    "closed": ("15", "Add the new columns to the contract, or have them removed."),
}  # fmt: skip


def find(outcomes: Sequence[RuleOutcome], contract: Contract, rows: int) -> Iterator[Finding]:
    """Yield the headline, then a finding for each rule that isn't kept, the worst first."""
    yield _headline(outcomes, contract, rows)
    shown = [each for each in outcomes if each.status in {"failed", "warning", "not_enough_data"}]
    for each in shown[:_MOST_FINDINGS]:
        code, action = _KINDS[each.kind]
        yield Finding(
            code=f"DQ-VA-{code}", status=each.status, claim=_claim(each), action=action,
            evidence={
                "rule": short(each.rule, 120), "checked": each.checked, "broken": each.broken, "share": known(each.share),
                "lower": known(each.lower), "upper": known(each.upper), "tolerance": each.tolerance,
            },
        )  # fmt: skip


def _headline(outcomes: Sequence[RuleOutcome], contract: Contract, rows: int) -> Finding:
    counts = {
        status: sum(each.status == status for each in outcomes)
        for status in ("failed", "warning", "not_enough_data", "passed")
    }
    put, name = sum(counts.values()), repr(short(contract.name))
    evidence = {"rules": put, **counts, "rows": rows}
    broken = counts["failed"] + counts["warning"]
    if broken:
        worst = outcomes[0]
        verb = "is" if broken == 1 else "are"
        claim = f"{broken:,} of {put:,} rules of contract {name} {verb} broken; the worst is {short(worst.rule, 80)}: {_what(worst)}."
        status: Status = "failed" if counts["failed"] else "warning"
        return Finding(code="DQ-VA-01", status=status, claim=claim, evidence=evidence, action=_KINDS[worst.kind][1])
    if not rows or not put:
        claim = (
            "The table has no rows, so no cell was put to the contract."
            if not rows
            else f"Contract {name} has no rule to check."
        )
        return Finding(
            code="DQ-VA-01",
            status="not_enough_data",
            claim=claim,
            evidence=evidence,
            action="Pass a table with rows and a contract with rules.",
        )
    open_ones = counts["not_enough_data"]
    rest = f"; of {open_ones:,} too few rows say whether" if open_ones else ""
    claim = f"The table keeps {counts['passed']:,} of {put:,} rules of contract {name}{rest}."
    status = "not_enough_data" if open_ones else "passed"
    return Finding(
        code="DQ-VA-01",
        status=status,
        claim=claim,
        evidence=evidence,
        action="Check a larger batch." if open_ones else "Keep checking each batch before the model sees it.",
    )


def _claim(each: RuleOutcome) -> str:
    verb = "may be broken" if each.status == "not_enough_data" else "is broken"
    return f"Rule {short(each.rule, 80)} {verb}: {_what(each)}; promised: {each.asks}."


def _what(each: RuleOutcome) -> str:
    """Return how much breaks a rule: rows and share, with the interval where a tolerance decides."""
    if each.kind in {"present", "rows", "freshness", "closed"}:
        return each.reason
    noun = "row" if each.kind in {"key", "dependency", "order"} else "cell"
    verb = "breaks it" if each.broken == 1 else "break it"
    of = f"{number(each.broken, 'integer')} of {number(each.checked, 'integer')} {noun}s {verb}"
    if each.tolerance:
        span = interval(each.lower, each.upper, "percent").removesuffix(NO_BREAK + "%")
        of += f" ({percent(each.share)} {span}, tolerated {percent(each.tolerance)})"
    return f"{each.reason}, {of}" if each.reason else of
