"""Put a contract to a table: which rules are broken, by how many cells or rows, and where."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.codec import IN_MEMORY
from mlops_widgets.core.result import WORST_FIRST, Result, Status
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.contracts.outcomes import RuleOutcome
from mlops_widgets.data_quality.contracts.validate_findings import find
from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.measures.proportions import clopper_pearson
from mlops_widgets.study.contract.checking import Checked, Integers, Outcome, check, check_now
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.contract.words import in_words
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

_LEVEL = 0.95
_METHOD = (
    "Every cell is checked. Where a rule tolerates a share, it is broken if the exact 95 % interval of the share lies beyond it "
    "(Clopper and Pearson 1934, rows taken as independent)."
)


@dataclass(frozen=True, kw_only=True)
class ValidationResult(Result):
    """Which rules of a contract a table keeps, the worst broken first.

    Parameters
    ----------
    contract, version
        The contract's name and edition.
    table
        Which table was checked, where it has a name.
    outcomes
        One a rule that isn't off.
    checked
        The table and the contract, to look for rows in; None in a result that was read from a file.
    """

    contract: str
    version: str
    table: str
    outcomes: tuple[RuleOutcome, ...]
    checked: Checked | None = field(default=None, metadata=IN_MEMORY, repr=False, compare=False)

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the rules that are broken, also those that only warn, the worst first."""
        return tuple(each.rule for each in self.outcomes if each.status in {"failed", "warning"})

    def failing(self, rule: str, *, most: int | None = None) -> Integers:
        """Return positions of the rows that break a rule, in order, shape (n,).

        Of values that may come once, those are told that repeat an earlier one; of a column that others decide, those that say
        something else than most of their group. Rules of the table as a whole have none.

        Parameters
        ----------
        rule
            The rule's name, as in `broken` and in `frame()`.
        most
            Most positions that are returned; None for all.

        Raises
        ------
        UnknownNameError
            If no such rule was checked.
        InputError
            If this result was read from a file: rows are looked up in the table.
        """
        known = [each.rule for each in self.outcomes]
        if rule not in known:
            raise UnknownNameError(
                f"No rule {rule[:80]!r} was checked. Rules: {listed(known)}.{did_you_mean(rule, known)}"
            )
        if self.checked is None:
            raise InputError(
                "This result was read from a file, which holds no rows. Run validate(table, contract) again."
            )
        return self.checked.failing(rule, most=most)

    def frame(self) -> "pd.DataFrame":
        """Return one row a rule, the worst first: what it asks, status, cells checked and broken, share with its interval."""
        import pandas as pd

        names = ["rule", "asks", "status", "checked", "broken", "share", "lower", "upper", "tolerance", "reason"]
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.outcomes], columns=names)


@strategy("DQ-VA", takes_data=True)
def validate(
    data: Any,  # noqa: ANN401 - a study, or any form of table
    contract: Contract,
    *,
    table: str | None = None,
    now: datetime | None = None,
) -> ValidationResult:
    """Find out which rules of a contract a table breaks, and which of its rows break them.

    Parameters
    ----------
    data
        A Study, or any table that a study accepts. Lazy frames, DuckDB relations and Parquet files are scanned where they are.
    contract
        The contract: from `infer_contract`, `read_contract`, or written by hand.
    table
        Of a study: which of its tables; by default production, else the test, else the reference.
    now
        The moment at which freshness is judged, UTC where it has no zone; without it that rule isn't run.

    Returns
    -------
    ValidationResult or NoResult
        Findings: DQ-VA-01 whether the contract is kept, DQ-VA-02 to DQ-VA-15 one a broken rule, by its kind.

    Raises
    ------
    WrongTypeError
        If `contract` is none.
    InputError, TableError
        If the table can't be read, or `now` is no moment.

    Examples
    --------
    >>> import pandas as pd
    >>> from mlops_widgets.data_quality import ColumnRules, Contract, validate
    >>> contract = Contract(name="loans", columns=(ColumnRules(name="age", lower=18),))
    >>> result = validate(pd.DataFrame({"age": [30, 7, 45]}), contract)
    >>> result.broken, result.failing("age: range").tolist()
    (('age: range',), [1])
    """
    if not isinstance(contract, Contract):
        raise WrongTypeError(
            f"contract={type(contract).__name__}. Pass a Contract: infer_contract(table) or read_contract(path)."
        )
    check_now(now)
    name, rows = table_to_check(data, table)
    found = check(rows, contract, now=now)
    outcomes = sorted((_judged(each, contract) for each in found.outcomes), key=_order)
    return ValidationResult(
        findings=tuple(find(outcomes, contract, found.rows)), rows=found.rows, contract=contract.name, version=contract.version,
        table=name, outcomes=tuple(outcomes), checked=found, method=_METHOD,
    )  # fmt: skip


def table_to_check(data: Any, table: str | None = None) -> tuple[str, Any]:  # noqa: ANN401 - a study, or any form of table
    """Return the name and the rows of what is to be checked: of a study production, else the test, else the reference.

    Raises
    ------
    MissingInputError
        If the study has no table.
    UnknownNameError
        If it has none of this name.
    InputError
        If a table of a study is named, but a table was passed.
    """
    if not isinstance(data, Study):
        if table is not None:
            raise InputError(f"table={table!r:.80} names a table of a study, but a table was passed. Leave it out.")
        return "", data
    tables = data.tables
    if not tables:
        raise MissingInputError("table", "Pass reference=, test= or production=.")
    wanted = table or next((each for each in ("production", "test") if each in tables), next(iter(tables)))
    if wanted not in tables:
        raise UnknownNameError(
            f"table={wanted!r:.80}. Tables of this study: {listed(tables)}.{did_you_mean(wanted, tables)}"
        )
    return wanted, tables[wanted]


def _judged(outcome: Outcome, contract: Contract) -> RuleOutcome:
    rule = outcome.rule
    lower, upper = (
        clopper_pearson(outcome.broken, outcome.checked, level=_LEVEL) if outcome.checked else (float("nan"),) * 2
    )
    return RuleOutcome(
        rule=rule.id, kind=rule.kind, columns=rule.columns, asks=in_words(contract, rule), status=_status(outcome, lower),
        checked=outcome.checked, broken=outcome.broken, share=outcome.share if outcome.checked else float("nan"),
        lower=lower, upper=upper, tolerance=rule.tolerance, reason=outcome.reason,
    )  # fmt: skip


def _status(outcome: Outcome, lower: float) -> Status:
    if not outcome.measured:
        return "not_run" if outcome.rule.kind == "freshness" and "now=" in outcome.reason else "not_applicable"
    if not outcome.beyond:
        return "passed"
    if outcome.rule.tolerance and lower <= outcome.rule.tolerance:
        return "not_enough_data"
    return "warning" if outcome.rule.severity == "warning" else "failed"


def _order(outcome: RuleOutcome) -> tuple[int, float, str]:
    share = outcome.share if outcome.checked else 0.0
    return WORST_FIRST.index(outcome.status), -share, outcome.rule
