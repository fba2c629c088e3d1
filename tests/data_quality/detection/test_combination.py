import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.detection.columns import Columns, prepare
from mlops_widgets.data_quality.detection.combination import ROW, combine, settle_crowds
from mlops_widgets.data_quality.detection.suspicions import Suspicion
from mlops_widgets.data_quality.source import source_of


def columns() -> Columns:
    return prepare(source_of(pd.DataFrame({"a": range(10), "b": range(10)})))


def suspicion(kind: str, rows: list[int], sure: float, *, column: str | None = "a", repair: object = None) -> Suspicion:
    told = None if repair is None else np.full(len(rows), repair, dtype=object)
    return Suspicion(
        kind=kind,
        column=column,
        rows=np.array(rows),
        confidence=np.full(len(rows), sure),
        reason=f"{kind}.",
        repair=told,
    )


def test_suspicions_on_different_evidence_add_up_as_independent_ones() -> None:
    both = combine(columns(), [suspicion("format", [1], 0.6), suspicion("dependency", [1], 0.5)])
    assert both.confidence == pytest.approx([1 - 0.4 * 0.5])
    assert both.suspicions[both.of[0]].kind == "format"


def test_suspicions_on_the_same_evidence_count_once() -> None:
    both = combine(
        columns(), [suspicion("format", [1], 0.6), suspicion("typo", [1], 0.7), suspicion("variant", [1], 0.5)]
    )
    assert both.confidence == pytest.approx([0.7])
    assert both.suspicions[both.of[0]].kind == "typo"


def test_the_repair_is_that_of_the_strongest_suspicion_that_knows_one() -> None:
    both = combine(columns(), [
        suspicion("format", [1, 2], 0.9), suspicion("typo", [1], 0.7, repair="x"), suspicion("dependency", [1], 0.6, repair="y"),
    ])  # fmt: skip
    told = dict(zip(both.rows.tolist(), both.repairs, strict=True))
    assert told == {1: "x", 2: None}


def test_cells_come_surest_first_and_rows_as_a_whole_stand_apart() -> None:
    mixed = combine(columns(), [
        suspicion("format", [4], 0.3), suspicion("duplicate", [4], 0.8, column=None), suspicion("outlier", [5], 0.6, column="b"),
    ])  # fmt: skip
    assert list(zip(mixed.rows, mixed.columns, strict=True)) == [(4, ROW), (5, 1), (4, 0)]


def test_what_most_cells_do_is_a_note_and_no_error() -> None:
    kept, notes = settle_crowds(
        columns(), [suspicion("format", list(range(6)), 0.9), suspicion("dependency", list(range(6)), 0.9)]
    )
    assert [note.kind for note in notes] == ["format"]
    assert kept[0].confidence.max() < 0.5
    assert kept[1].confidence.min() == 0.9


def test_nothing_suspected_is_nothing() -> None:
    assert len(combine(columns(), []).rows) == 0
