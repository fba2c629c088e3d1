"""Weeks of orders, some of them damaged, and their audits."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.data_quality.audits.audit_batches import audit_batches
from mlops_widgets.data_quality.audits.audit_result import BatchAuditResult

BROKEN_FROM = 6


def week(number: int, rows: int = 600, *, broken: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(number)
    frame = pd.DataFrame({
        "order": np.arange(rows) + number * 10_000, "price": rng.normal(50, 10, rows).round(1),
        "country": rng.choice(["CH", "DE", "AT"], rows, p=[0.6, 0.3, 0.1]), "weight": rng.normal(5, 1, rows),
    })  # fmt: skip
    if broken:
        frame["price"] = frame["price"] * 100
        frame.loc[rng.random(rows) < 0.2, "country"] = None
    return frame


def label(number: int) -> str:
    return f"2024-{number + 1:02d}"


def weeks(count: int = 9, *, broken: bool = True) -> dict[str, pd.DataFrame]:
    return {label(number): week(number, broken=broken and number >= BROKEN_FROM) for number in range(count)}


def audited(batches: Any, *args: Any, **options: Any) -> BatchAuditResult:
    result = audit_batches(batches, *args, **{"learn": "nothing"} | options)
    assert isinstance(result, BatchAuditResult)
    return result


@cache
def broken() -> BatchAuditResult:
    return audited(weeks())


@cache
def sound() -> BatchAuditResult:
    return audited(weeks(broken=False))


def codes(result: BatchAuditResult) -> dict[str, str]:
    """Return the worst status of each code."""
    order = ["passed", "not_run", "not_applicable", "not_enough_data", "warning", "failed"]
    found: dict[str, str] = {}
    for each in result.findings:
        found[each.code] = max(found.get(each.code, "passed"), each.status, key=order.index)
    return found
