"""Frequent values: no count is too low by more than it says, exact while values are few."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.sketches.frequent import COUNTERS, FrequentValues, heaviest, merge
from mlops_widgets.measures.sketches.hashes import hash_numbers


def _counted(cells: npt.NDArray[np.int64]) -> FrequentValues:
    values, counts = np.unique(cells, return_counts=True)
    kept, taken = heaviest(counts)
    keys, order = np.unique(hash_numbers(values[kept]), return_index=True)
    return FrequentValues(keys=keys, counts=counts[kept][order] - taken, labels=values[kept][order], error=taken)


def _batches(cells: npt.NDArray[np.int64], parts: int) -> FrequentValues:
    found = FrequentValues()
    for part in np.array_split(cells, parts):
        found = merge(found, _counted(part))
    return found


def test_few_values_are_counted_exactly_whatever_the_batches() -> None:
    cells = np.random.default_rng(0).integers(0, COUNTERS, 20_000)
    whole, parts = _counted(cells), _batches(cells, 7)
    assert whole.error == parts.error == 0
    assert (whole.keys == parts.keys).all()
    assert (whole.counts == parts.counts).all()


def test_counts_of_many_values_are_low_by_at_most_what_is_stated() -> None:
    cells = np.minimum(np.random.default_rng(1).zipf(1.3, 40_000), 10**9)
    found = _batches(cells, 8)
    true = {value: int((cells == value).sum()) for value in found.labels[:200].tolist()}
    gaps = [
        true[value] - count
        for value, count in zip(found.labels[:200].tolist(), found.counts[:200].tolist(), strict=True)
    ]
    assert min(gaps) >= 0
    assert max(gaps) <= found.error <= len(cells) / (COUNTERS + 1)
    top, often = np.unique(cells, return_counts=True)
    assert set(top[often > found.error].tolist()) <= set(found.labels.tolist())


def test_names_of_rows_keep_no_counter() -> None:
    found = _batches(np.arange(5000), 2)
    assert len(found.keys) == 0
    assert found.error <= 5000 / (COUNTERS + 1)
