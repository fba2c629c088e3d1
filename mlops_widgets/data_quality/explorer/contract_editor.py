"""A contract, edited live: each change is checked, and says at once what this table would make of it."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.data_quality.contracts.editing import EditedContract, apply_edit, edited
from mlops_widgets.data_quality.contracts.validate import table_to_check
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.study.contract.checking import Outcome, check
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.ui.explorer import Explorer, Options
from mlops_widgets.ui.screen import Screen


class ContractEditor(Explorer):
    """Edit the bounds, values and severities of a contract, and see what each edit means for a table.

    Parameters
    ----------
    contract
        The contract to begin with.
    table
        A Study (its production, else its test), or any table that a study accepts, to try the rules on; None for none.
    screen
        Where outputs go.

    Attributes
    ----------
    contract
        The contract as it is edited now.

    Examples
    --------
    >>> import pandas as pd
    >>> from mlops_widgets.data_quality import ColumnRules, Contract
    >>> contract = Contract(name="loans", columns=(ColumnRules(name="age", lower=18),))
    >>> editor = ContractEditor(contract, pd.DataFrame({"age": [30, 7, 45]}))
    >>> editor.edit("age: range", lower=5)
    'all keep it'
    >>> editor.contract["age"].lower
    5
    """

    def __init__(self, contract: Contract, table: Any = None, *, screen: Screen | None = None) -> None:  # noqa: ANN401 - any table
        if not isinstance(contract, Contract):
            raise WrongTypeError(
                f"contract={type(contract).__name__}. Pass a Contract: infer_contract(table) or read_contract(path)."
            )
        self.contract = contract
        self._table = None if table is None else table_to_check(table)[1]
        self._before: list[Contract] = []
        self._outcomes: dict[str, Outcome] = {}
        self._rows = 0

        def work(_options: Options, _progress: Progress | None, _cancel: Cancel | None) -> Result:
            self._try(self.contract)
            return self._state()

        super().__init__(work, screen=screen, ask=self._told)
        self.result = self.run()

    def edit(self, rule: str, **fields: object) -> str:
        """Change fields of a rule, and return what the table makes of it.

        Parameters
        ----------
        rule
            The rule's name: "age: range".
        fields
            Of a range `lower` and `upper`, of the others `allowed` (separated by commas), `missing_percent`, `pattern`, `shortest`,
            `longest`, `type`; of every rule `severity`: "failed", "warning" or "off".

        Raises
        ------
        UnknownNameError
            If there is no such rule or field.
        InputError
            If a value isn't allowed; then nothing is changed.
        """
        changed = self.contract
        for name, value in fields.items():
            changed = apply_edit(changed, rule, name, value)
        self._before.append(self.contract)
        self._accept_contract(changed, changed.rule(rule).columns)
        return next((line.says for line in self._state().lines if line.rule == rule), "")

    def undo(self) -> None:
        """Take back the last edit.

        Raises
        ------
        InputError
            If there is none.
        """
        if not self._before:
            raise InputError("There is no edit to undo.")
        last = self._before.pop()
        self._accept_contract(last, tuple(column.name for column in last.columns))

    def _accept_contract(self, contract: Contract, columns: tuple[str, ...]) -> None:
        differ = tuple(name for name in columns if contract[name] != self.contract[name]) or columns[:1]
        severities = {**self.contract.severities} != {**contract.severities}
        self.contract = contract
        self._try(contract, () if severities or not columns else differ)
        self.result = self._state()

    def _try(self, contract: Contract, columns: tuple[str, ...] = ()) -> None:
        """Check the rules of some columns, or all of them."""
        if self._table is None:
            return
        part = replace(contract, columns=tuple(each for each in contract.columns if each.name in columns), keys=(), dependencies=(),
                       orders=(), freshness=None, closed=False, least_rows=None, most_rows=None, severities={}) if columns else contract  # fmt: skip
        found = check(self._table, part)
        self._rows = found.rows
        self._outcomes |= {each.rule.id: each for each in found.outcomes}

    def _state(self) -> EditedContract:
        return edited(self.contract, self._outcomes, rows=self._rows, edits=len(self._before))

    def _told(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take an edit from the form, and return its lines anew."""
        if question.get("undo"):
            self.undo()
        else:
            self.edit(str(question.get("rule")), **{str(question.get("field")): question.get("value")})
        state = self._state()
        return {"lines": [asdict(line) for line in state.lines], "edits": state.edits, "headline": state.headline}
