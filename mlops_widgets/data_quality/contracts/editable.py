"""The names of a contract that a person writes by hand."""

from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Dependency, Freshness, Key, Order
from mlops_widgets.study.contract.files import read_contract

__all__ = ["ColumnRules", "Contract", "Dependency", "Freshness", "Key", "Order", "read_contract"]
