"""Whatever is passed: a Study, or an error of ours with a sentence."""

from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.errors import MlopsWidgetsError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(width=32), st.sampled_from(["", "a", "b", "2024-01-01", "nan"]),
    st.sampled_from([pd.Timestamp("2024-01-01"), pd.NaT, b"x", (1,), 1j, pd.Timedelta(1, "D"), "\ud800"]),
    st.sampled_from([[1], {"k": 1}]),
)  # fmt: skip
NAMES = st.sampled_from(["y", "s", "t", "e", "", " ", 0, "0", "y ", "<b>", ("y", 1), None])


@st.composite
def frames(draw: Any) -> pd.DataFrame:
    rows = draw(st.integers(0, 6))
    columns = []
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["mixed", "number", "class", "text", "date", "category", "empty"]))
        cells = {
            "mixed": CELLS, "number": st.floats(), "class": st.sampled_from([0, 1]), "text": st.sampled_from(["a", "b"]),
            "date": st.sampled_from([pd.Timestamp("2024-01-01"), pd.Timestamp("2024-03-01"), pd.NaT]),
            "category": st.sampled_from(["a", "b", None]), "empty": st.just(np.nan),
        }[kind]  # fmt: skip
        column = pd.Series(draw(st.lists(cells, min_size=rows, max_size=rows)), dtype=object)
        column = column if kind == "mixed" else column.infer_objects()
        columns.append(column.astype("category") if kind == "category" else column)
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(rows))
    names = draw(st.lists(NAMES, min_size=len(columns), max_size=len(columns), unique=draw(st.booleans())))
    if names and draw(st.booleans()):
        names[0] = "y"
    return frame.set_axis(pd.Index(names, dtype=object, tupleize_cols=False), axis=1)


ROLES = st.sampled_from([None, None, "y", "s", "t", "e", "", "0", 0])


@given(
    test=frames(), other=st.one_of(st.none(), frames()), target=ROLES, time=ROLES, entity=ROLES, scores=ROLES,
    predictions=ROLES, weights=ROLES, values=st.sampled_from([None, "s", [[1, 0], [0, 1]]]),
    split=st.sampled_from([None, None, 0.5, "s", "2024-02-01", {"test": 0.3}]), model=st.booleans(),
)  # fmt: skip
def test_random_tables_give_a_study_or_an_error_of_ours(
    model: bool, split: Any, test: Any, other: Any, **roles: Any
) -> None:
    tables: dict[str, Any] = {"test": test, "production": other} if split is None else {"data": test, "split": split}
    predict: dict[str, Any] = {"predict": lambda frame: np.zeros(len(frame))} if model else {}
    study, complaint = _loaded({**tables, **roles, **predict})
    assert study is not None or len(complaint) > 10
    if study is None:
        return
    assert (str(study), study.fingerprint) == (str(study), load_study(**tables, **roles, **predict).fingerprint)
    for table in study.tables.values():
        assert study.chunks(table).of_row.shape == study.units(table).shape == (table.rows,)
        with suppress(MlopsWidgetsError):  # one class only, or no label
            assert not np.isnan(study.measure(table).score)


def _loaded(arguments: dict[str, Any]) -> tuple[Study | None, str]:
    try:
        study = load_study(**arguments)
    except MlopsWidgetsError as error:
        return None, str(error)
    return study, str(study)


def test_random_tables_often_enough_give_a_study() -> None:
    loaded = []

    @settings(max_examples=60)
    @given(test=frames())
    def look(test: pd.DataFrame) -> None:
        study, _ = _loaded({"test": test, "target": "y", "predict": lambda frame: np.zeros(len(frame))})
        loaded.append(study is not None)

    look()
    assert sum(loaded) >= 3
