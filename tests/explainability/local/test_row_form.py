from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.explainability.local.row_form import RowForm, number_text

SECRET = "Ms Secret"


@cache
def _training() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 600
    frame = pd.DataFrame({
        "income": rng.normal(40_000, 9_000, n).round(), "ratio": np.where(rng.random(n) < 0.1, np.nan, rng.random(n)),
        "town": rng.choice(["Oslo", "Bergen"], n).astype(object), "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
        "owner": rng.random(n) < 0.5, "note": [f"{SECRET} {k}" for k in range(n)], "same": 1,
        "kind": pd.Categorical(rng.choice(["a", "b", "c"], n)),
    })  # fmt: skip
    frame.loc[0, "town"] = SECRET
    frame.loc[0, "income"] = 987_654.0
    return frame


def _form(row: int = 3) -> RowForm:
    return RowForm(_training().iloc[[row]], _training())


def _field(form: RowForm, column: str) -> Any:
    return next(field for field in form.fields if field.column == column)


def test_each_column_has_the_control_of_its_type() -> None:
    kinds = {field.column: field.kind for field in _form().fields}
    assert kinds == {
        "income": "number", "ratio": "number", "town": "choice", "when": "date", "owner": "choice", "note": "text",
        "same": "fixed", "kind": "choice",
    }  # fmt: skip


def test_no_cell_of_a_training_row_that_few_share_is_offered() -> None:
    form = _form()
    offered = repr([field for field in form.fields if field.column != "note"])
    assert SECRET not in offered
    assert _field(form, "income").upper < 100_000
    assert _field(form, "note").options == ()


def test_ends_lie_beyond_no_fewer_than_five_rows() -> None:
    ages = pd.DataFrame({"age": [17, *range(30, 68), 103]})
    age = RowForm(ages.iloc[[5]], ages).fields[0]
    assert 30 < age.lower < age.upper < 67
    assert not {17.0, 103.0} & {*age.points}


def test_dates_are_offered_by_the_first_day_of_a_month_or_year() -> None:
    days = pd.DataFrame({"born": pd.date_range("1940-01-02", periods=400, freq="47D")})
    born = RowForm(days.iloc[[7]], days).fields[0]
    others = [pd.Timestamp(point, unit="ms") for point in {born.lower, born.upper, *born.points} - {born.value}]
    assert len(others) >= 9
    assert all((day.month, day.day) == (1, 1) for day in others)


def test_of_many_columns_the_first_sixty_are_computed_ahead() -> None:
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 70)), columns=[f"x{k}" for k in range(70)])
    form = RowForm(wide.iloc[[0]], wide)
    assert [bool(field.points) for field in form.fields] == [True] * 60 + [False] * 10
    assert form.fields[69].kind == "number"


def test_the_rows_own_rare_value_is_offered() -> None:
    town = _field(_form(0), "town")
    assert town.options[int(town.value)] == SECRET
    assert _field(_form(0), "income").upper == 987_654


def test_changes_keep_the_columns_types() -> None:
    form = _form()
    frame = form.changed(form.read([[0, 41_000], [2, 1], [3, 1.71e12], [4, 0], [7, 2]]))
    assert frame.dtypes.equals(form.row.dtypes)
    assert frame["income"].iloc[0] == 41_000
    pd.testing.assert_frame_equal(form.changed({}), form.row)


def test_any_column_can_be_missing_but_one_that_is_fixed() -> None:
    form = _form()
    frame = form.changed(form.read([[k, None] for k in (0, 1, 2, 3, 4, 5, 7)]))
    assert frame.drop(columns="same").isna().all(axis=None)
    whole = RowForm(pd.DataFrame({"n": [1]}), pd.DataFrame({"n": np.arange(100)}))
    assert whole.changed({"n": None})["n"].dtype == np.float64


@pytest.mark.parametrize(
    "changes",
    [
        None, "x", {"0": 1}, [[0]], [[0, 1, 2]], [["income", 1]], [[True, 1]], [[-1, 1]], [[99, 1]], [[0.5, 1]],
        [[0, "1"]], [[0, True]], [[0, float("nan")]], [[0, float("inf")]], [[0, 1e12]], [[0, 41_000.5]], [[0, [1]]],
        [[2, "Oslo"]], [[2, 2]], [[2, -1]], [[2, 0.5]], [[3, "2024-01-01"]], [[3, 1e18]], [[5, 7]], [[5, "x" * 201]],
        [[6, 1]], [[6, None]], [[0, 41_000]] * 9, [[0, 10**400]], [[10**400, 1]], [[2, 10**400]], [["__proto__", 1]],
    ],
    ids=repr,
)  # fmt: skip
def test_what_a_page_may_not_ask_is_refused(changes: Any) -> None:
    with pytest.raises(InputError):
        _form().read(changes)


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(InputError, match="Did you mean 'income'"):
        _form().changed({"incom": 1})


def test_the_grid_moves_one_column_at_a_time() -> None:
    form = _form()
    grid = form.grid()
    assert len(grid) == sum(len(field.points) for field in form.fields)
    assert max(len(field.points) for field in form.fields) <= 12
    done = 0
    for field in form.fields:
        part = grid.iloc[done : done + len(field.points)]
        done += len(field.points)
        others = part.drop(columns=field.column).astype(str).drop_duplicates()
        assert len(others) == (1 if field.points else 0)
        if field.kind == "number":
            assert np.array_equal(part[field.column].astype(float), np.array(field.points), equal_nan=True)
            assert field.value in field.points


def test_cells_that_no_form_has_are_fixed() -> None:
    frame = pd.DataFrame({"lists": [[1], [2]] * 20, "spans": pd.to_timedelta(range(40), unit="h"), "gaps": np.nan})
    kinds = [field.kind for field in RowForm(frame.iloc[[0]], frame).fields]
    assert kinds == ["fixed", "text", "fixed"]


def test_times_with_a_zone_keep_it() -> None:
    frame = pd.DataFrame({"t": pd.date_range("2024-01-01", periods=100, tz="Europe/Oslo")})
    form = RowForm(frame.iloc[[3]], frame)
    assert form.grid()["t"].dtype == frame["t"].dtype
    assert form.changed(form.read([[0, form.fields[0].lower]]))["t"].dt.tz is not None


def test_numbers_are_written_as_people_do() -> None:
    assert [number_text(x) for x in (2005.0, 31_000.0, 0.326, 1.5e12)] == ["2005", "31,000", "0.326", "1.5e+12"]
