"""How often a contract learned from half of a table is broken by the other half: both are of the same kind.

The bar is 5 % overall with the default `false_alarm_share`: 100 random halves of each sample. No cell is left out as wrong, so that
what is measured is the contract and not the detectors.
"""

import sys
from collections import Counter

import numpy as np
import pandas as pd

import mlops_widgets as mw
from mlops_widgets.data_quality.contracts.infer import infer_contract
from mlops_widgets.data_quality.contracts.validate import ValidationResult, validate
from mlops_widgets.data_quality.detection.errors import ErrorsResult

SPLITS = 100


def no_errors(table: pd.DataFrame) -> ErrorsResult:
    none = np.zeros(0, dtype=np.int64)
    return ErrorsResult(
        findings=(), rows=len(table), columns=tuple(table.columns), reasons=(), cell_rows=none, cell_columns=none, cell_reasons=none,
        confidence=np.zeros(0), notes=(), table="table", table_rows=len(table), margin=0.01,
    )  # fmt: skip


def alarms(table: pd.DataFrame, rows: int, splits: int) -> tuple[int, Counter[str]]:
    rng = np.random.default_rng(0)
    false, by_rule = 0, Counter[str]()
    for _ in range(splits):
        order = rng.permutation(len(table))[:rows]
        first, second = (table.iloc[np.sort(part)].reset_index(drop=True) for part in np.array_split(order, 2))
        result = validate(second, infer_contract(first, errors=no_errors(first)))
        assert isinstance(result, ValidationResult)
        false += result.status == "failed"
        by_rule.update(result.broken)
    return false, by_rule


def main() -> None:
    splits = int(sys.argv[1]) if len(sys.argv) > 1 else SPLITS
    for name in ("census", "loans", "flights"):
        tables = mw.sample(name).tables.values()
        table = pd.concat([each.pandas() for each in tables], ignore_index=True)
        whole = table.sample(min(len(table), 20_000), random_state=0).reset_index(drop=True)
        for rows in (200, 1000, len(whole)):
            false, by_rule = alarms(whole, rows, splits)
            print(f"{name}, 2 × {rows // 2:,} rows: {false} of {splits} halves broken {dict(by_rule.most_common(8))}")


if __name__ == "__main__":
    main()
