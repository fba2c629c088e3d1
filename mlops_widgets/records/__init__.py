"""What must never be lost or altered: one append-only store behind every ledger, log and history."""

from mlops_widgets.records.chain import Problem, Record
from mlops_widgets.records.store import Records, open_records

__all__ = ["Problem", "Record", "Records", "open_records"]
