"""Assignment by hash: its shares, its independence, and that a ramp moves nobody who is in."""

from hashlib import sha256
from math import log

import numpy as np
import pytest
from scipy import stats

from mlops_widgets.errors import InputError
from mlops_widgets.overfitting import assign

UNITS = range(20_000)


def _is(share: float, *, salt: str = "a", units: range = UNITS) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return np.array([arm == "new" for arm in assign(units, salt=salt, shares={"old": 1 - share, "new": share})])


def test_each_arm_gets_its_share() -> None:
    arms = np.asarray(assign(UNITS, salt="three", shares={"a": 0.5, "b": 0.3, "c": 0.2}))
    counts = [int((arms == arm).sum()) for arm in "abc"]
    assert stats.chisquare(counts, np.array([0.5, 0.3, 0.2]) * len(UNITS)).pvalue > 0.001


def test_raising_a_share_moves_nobody_out() -> None:
    few, many = _is(0.05), _is(0.25)
    assert few.sum() < many.sum()
    assert not (few & ~many).any()


def test_units_move_only_to_an_arm_that_grew_more_than_their_own() -> None:
    old, new = {"a": 0.8, "b": 0.1, "c": 0.1}, {"a": 0.5, "b": 0.4, "c": 0.1}
    before, after = (np.asarray(assign(UNITS, salt="s", shares=shares)) for shares in (old, new))
    moves = {(left, into) for left, into in zip(before, after, strict=True) if left != into}
    assert moves
    assert all(new[into] / old[into] > new[left] / old[left] for left, into in moves)


def test_another_salt_is_another_independent_assignment() -> None:
    first, second = _is(0.5), _is(0.5, salt="b")
    table = np.array(
        [[(first & second).sum(), (first & ~second).sum()], [(~first & second).sum(), (~first & ~second).sum()]]
    )
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_the_recipe_in_the_docstring_gives_the_same_arm() -> None:
    def wait(arm: str, share: float) -> float:
        number = int.from_bytes(sha256(f"salt|{arm}|17".encode()).digest(), "big") >> 203
        return -log((number + 0.5) / 2**53) / share

    shares = {"old": 0.5, "new": 0.5}
    assert assign(17, salt="salt", shares=shares) == min(shares, key=lambda arm: wait(arm, shares[arm]))


def test_numbers_and_their_text_are_the_same_unit() -> None:
    shares = {"old": 0.5, "new": 0.5}
    given = [7, "7", np.int64(7), 7.0]
    assert len(set(np.asarray(assign(given, salt="s", shares=shares)))) == 1


def test_an_arm_without_a_share_gets_nobody() -> None:
    assert set(np.asarray(assign(range(500), salt="s", shares={"old": 0, "new": 1}))) == {"new"}


@pytest.mark.parametrize("unit", [None, float("nan"), 1.5, True, "", ["a", None], 2.0**60])
def test_a_unit_that_is_no_id_is_refused(unit: object) -> None:
    with pytest.raises(InputError, match="unit="):
        assign(unit, salt="s", shares={"old": 0.5, "new": 0.5})  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize(
    "shares", [{}, {"a": 0.5}, {"a": 0.7, "b": 0.7}, {"a": -0.1, "b": 1.1}, {"a|b": 1}, {"a": True}, {"": 1}, ["a"]]
)
def test_shares_that_are_no_shares_are_refused(shares: object) -> None:
    with pytest.raises(InputError, match="shares"):
        assign(1, salt="s", shares=shares)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("salt", ["", "a|b", "x" * 101, 3, "a\nb"])
def test_a_salt_that_is_no_name_is_refused(salt: object) -> None:
    with pytest.raises(InputError, match="salt="):
        assign(1, salt=salt, shares={"a": 1.0})  # type: ignore[arg-type]  # that is the point
