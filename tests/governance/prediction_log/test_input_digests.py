"""The digest of an input: known answers, what makes two rows equal, and what keeps them apart."""

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.errors import InputError
from mlops_widgets.governance.prediction_log.input_digests import input_digests

KEY = b"sixteen bytes or more"


def digest(cell: Any, dtype: Any = None, name: str = "a") -> str:
    return input_digests(pd.DataFrame({name: pd.Series([cell], dtype=dtype)}), KEY)[0]


def test_the_digest_is_hmac_sha256_of_names_and_cells_with_their_lengths() -> None:
    frame = pd.DataFrame({"b": ["x", None], "a": [1, 2]})
    written = [b"mlops-widgets input 1\n1:a1:b\n2:n12:sx", b"mlops-widgets input 1\n1:a1:b\n2:n20:"]
    assert input_digests(frame, KEY) == [hmac.new(KEY, each, hashlib.sha256).hexdigest() for each in written]


def test_hmac_is_that_of_rfc_4231_test_case_2() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmac.new(b"Jefe", b"what do ya want for nothing?", hashlib.sha256).hexdigest() == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, "int64"), (1.0, "float64")),
        ((1, "int8"), (1, "UInt32")),
        ((0.5, "float32"), (0.5, "float64")),
        ((-0.0, "float64"), (0, "int64")),
        ((2.0**60, "float64"), (2**60, "int64")),
        ((7, "int64"), (7, object)),
        ((Decimal("2.50"), object), (2.5, "float64")),
        (("x", "str"), ("x", "category")),
        (("x", object), ("x", "string")),
        ((None, object), (np.nan, "float64")),
        ((pd.NA, "Int64"), (pd.NaT, "datetime64[ns]")),
        ((True, "bool"), (True, "boolean")),
        ((np.datetime64("2026-01-02"), "datetime64[s]"), (pd.Timestamp("2026-01-02"), "datetime64[ns]")),
        ((date(2026, 1, 2), object), (np.datetime64("2026-01-02"), "datetime64[us]")),
        (
            (datetime(2026, 1, 2, 12, tzinfo=UTC), object),
            (pd.Timestamp("2026-01-02T13:00", tz="Europe/Paris"), "datetime64[ns, Europe/Paris]"),
        ),
        (
            (datetime(2026, 1, 2, 12, tzinfo=UTC), object),
            (datetime(2026, 1, 2, 10, tzinfo=timezone(timedelta(hours=-2))), object),
        ),
        ((timedelta(seconds=1), "timedelta64[ns]"), (timedelta(seconds=1), "timedelta64[s]")),
    ],
)
def test_equal_values_have_one_digest_whatever_holds_them(one: tuple[Any, Any], other: tuple[Any, Any]) -> None:
    assert digest(*one) == digest(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, "1"),
        (0.1, np.float32(0.1)),
        (None, ""),
        ("None", None),
        (np.datetime64("2026-01-02"), datetime(2026, 1, 2, tzinfo=UTC)),
        (b"x", "x"),
    ],
)
def test_different_values_have_different_digests(one: Any, other: Any) -> None:
    assert digest(one, object) != digest(other, object)


def test_another_key_column_or_neighbour_gives_another_digest() -> None:
    assert input_digests(pd.DataFrame({"a": [1]}), b"another key of bytes") != [digest(1)]
    assert digest(1, name="b") != digest(1)
    cut = [
        input_digests(pd.DataFrame({"a": [a], "b": [b]}), KEY)[0] for a, b in (("xy", "z"), ("x", "yz"), ("2:sx", ""))
    ]
    assert len(set(cut)) == 3


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.floats(), st.integers(-(2**70), 2**70)), st.text(max_size=5)),
        min_size=1,
        max_size=5,
    )
)
def test_neither_the_order_of_columns_nor_of_rows_matters(rows: list[tuple[Any, str]]) -> None:
    frame = pd.DataFrame(
        {"a": pd.Series([a for a, _ in rows], dtype=object), "b": pd.Series([b for _, b in rows], dtype=object)}
    )
    whole = input_digests(frame, KEY)
    assert input_digests(frame[["b", "a"]], KEY) == whole
    assert input_digests(frame.iloc[::-1], KEY) == whole[::-1]
    assert [input_digests(frame.iloc[[row]], KEY)[0] for row in range(len(rows))] == whole


def test_cells_without_a_value_of_their_own_and_columns_named_twice_are_refused() -> None:
    with pytest.raises(InputError, match="cell of type list in 'a'"):
        digest([1], object)
    with pytest.raises(InputError, match="'1' twice"):
        input_digests(pd.DataFrame([[1, 2]], columns=["1", 1]), KEY)
