import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.core.codec import from_plain, to_plain
from mlops_widgets.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Inner:
    name: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Outer:
    count: int = 0
    sure: bool = True
    kind: Literal["a", "b"] = "a"
    maybe: float | None = None
    either: int | str | None = None
    inner: Inner | None = None
    several: tuple[Inner, ...] = ()
    pair: tuple[str, float] = ("", 0.0)
    numbers: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    whole: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    named: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)
    by_number: Mapping[int, Inner] = field(default_factory=dict)
    anything: Any = None


FLOATS = st.floats(allow_nan=True, allow_infinity=True)
INNER = st.builds(Inner, name=st.text(), value=FLOATS)
OUTER = st.builds(
    Outer,
    count=st.integers(), sure=st.booleans(), kind=st.sampled_from(["a", "b"]), maybe=st.none() | st.floats(allow_nan=False),
    either=st.none() | st.integers() | st.text(), inner=st.none() | INNER, several=st.lists(INNER, max_size=3).map(tuple),
    pair=st.tuples(st.text(), FLOATS), numbers=st.lists(FLOATS, max_size=4).map(np.array).map(lambda a: a.astype(float)),
    whole=st.lists(st.integers(-9, 9), max_size=3).map(lambda x: np.array(x, dtype=np.int64)),
    named=st.dictionaries(
        st.text(max_size=3), st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
        | st.text().filter(lambda t: t not in {"inf", "-inf"}), max_size=3,
    ),
    by_number=st.dictionaries(st.integers(), INNER, max_size=2), anything=st.none() | st.text() | st.booleans(),
)  # fmt: skip


@settings(max_examples=30)
@given(OUTER)
def test_every_value_survives_json(value: Outer) -> None:
    text = json.dumps(to_plain(value), allow_nan=False)
    back = from_plain(Outer, json.loads(text))
    assert to_plain(back) == to_plain(value)
    assert back.numbers.dtype == np.float64
    assert back.whole.dtype == np.int64
    assert np.array_equal(back.numbers, value.numbers, equal_nan=True)
    assert [type(v) for v in back.named.values()] == [type(v) for v in value.named.values()]


def test_numpy_scalars_become_numbers_and_nan_becomes_none() -> None:
    plain = to_plain(
        {"a": np.float32(0.5), "b": np.int8(1), "c": np.bool_(True), "d": np.nan, "e": -np.inf, 1: [np.nan]}
    )
    assert plain == {"a": 0.5, "b": 1, "c": True, "d": None, "e": "-inf", "1": [None]}
    assert math.isnan(from_plain(Inner, {"name": "", "value": None}).value)


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="set can't be a field"):
        to_plain({1, 2})


@pytest.mark.parametrize(
    "plain",
    [
        None, [], "text", {"unknown": 1}, {"count": "1"}, {"count": True}, {"count": 1.5}, {"sure": 1}, {"kind": "c"},
        {"maybe": "x"}, {"maybe": True}, {"either": 1.5}, {"inner": {"name": "n"}}, {"inner": {"name": 1, "value": 0.0}},
        {"inner": [1]}, {"several": {"a": 1}}, {"several": "ab"}, {"pair": ["a"]}, {"pair": 3}, {"numbers": ["x"]},
        {"named": [1]}, {"named": {"a": [1]}}, {"by_number": {"x": {"name": "", "value": 1.0}}}, {"count": None},
    ],
)  # fmt: skip
def test_a_field_that_is_unknown_missing_or_of_another_type_is_refused(plain: Any) -> None:
    with pytest.raises(InputError, match="Outer"):
        from_plain(Outer, plain)


def test_an_annotation_without_a_json_form_is_refused() -> None:
    @dataclass
    class Odd:
        it: bytes

    with pytest.raises(InputError, match="bytes"):
        from_plain(Odd, {"it": "x"})
