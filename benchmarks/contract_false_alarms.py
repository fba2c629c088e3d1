"""How often a contract learned from half of a table is broken by the other half, both of the same kind; and when it is, spoilt.

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


def spoilt(table: pd.DataFrame, column: str, kind: str, share: float) -> pd.DataFrame | None:
    """A copy with a share of a column's cells spoilt; None where the kind has nothing to spoil there."""
    cells = table[column]
    numbers = pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells)
    texts = pd.api.types.is_string_dtype(cells)
    made: object
    if kind == "-999" and numbers:
        made = -999.0
    elif kind == "x 1000" and numbers and (cells > 1).mean() > 0.5:
        made = cells.astype("float64") * 1000
    elif kind == "misspelt" and texts:
        made = cells + "x"
    elif kind == "missing":
        made = np.nan
    else:
        return None
    hit = np.random.default_rng(1).random(len(table)) < share
    base = cells.astype("float64") if numbers else cells.astype(object)
    return table.assign(**{column: base.mask(hit, made)})


def caught(table: pd.DataFrame, kind: str, share: float) -> tuple[int, int]:
    """Columns in which the contract of one half finds what was spoilt in the other, and columns that were spoilt."""
    order = np.random.default_rng(0).permutation(len(table))
    first, second = (table.iloc[np.sort(part)].reset_index(drop=True) for part in np.array_split(order, 2))
    contract = infer_contract(first, errors=no_errors(first))
    found = tried = 0
    for column in table.columns:
        bad = spoilt(second, column, kind, share)
        if bad is not None:
            result = validate(bad, contract)
            assert isinstance(result, ValidationResult)
            tried += 1
            found += any(rule.startswith(f"{column}: ") for rule in result.broken)
    return found, tried


def main() -> None:
    splits = int(sys.argv[1]) if len(sys.argv) > 1 else SPLITS
    for name in ("census", "loans", "flights"):
        tables = mw.sample(name).tables.values()
        table = pd.concat([each.pandas() for each in tables], ignore_index=True)
        whole = table.sample(min(len(table), 20_000), random_state=0).reset_index(drop=True)
        for rows in (200, 1000, len(whole)):
            false, by_rule = alarms(whole, rows, splits)
            print(f"{name}, 2 × {rows // 2:,} rows: {false} of {splits} halves broken {dict(by_rule.most_common(8))}")
        for kind in ("-999", "x 1000", "misspelt", "missing"):
            said = [
                f"{share:.1%}: {found} of {tried}"
                for share in (0.001, 0.01, 0.05)
                for found, tried in [caught(whole, kind, share)]
            ]
            print(f"{name}, {kind}, columns caught by share spoilt: {'; '.join(said)}")


if __name__ == "__main__":
    main()
