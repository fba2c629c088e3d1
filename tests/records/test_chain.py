"""A record says what was written, and a chain shows what was changed."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.errors import InputError
from mlops_widgets.records.chain import START, Record, carved, check_chain, intact, make_record, read_line
from tests.records.stores import DAY

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def chain(length: int) -> list[Record]:
    made: list[Record] = []
    for number in range(1, length + 1):
        previous = made[-1].digest if made else START
        made.append(make_record(number, "audit", {"n": number}, at=DAY, previous=previous))
    return made


def test_a_digest_is_sha256_of_the_canonical_json_without_it() -> None:
    record = make_record(1, "audit", {"b": 1, "a": "ä"}, at=DAY, previous=START)
    text = (
        '{"at":"2026-01-05T00:00:00+00:00","kind":"audit","number":1,"payload":{"a":"\\u00e4","b":1},"previous":"'
        + "0" * 64
        + '"}'
    )
    assert record.digest == sha256(text.encode()).hexdigest()


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.text(max_size=5), PLAIN, max_size=4))
def test_a_line_gives_back_the_record(payload: dict[str, object]) -> None:
    record = make_record(1, "audit", payload, at=DAY, previous=START)
    assert read_line(record.line()) == record
    assert intact(record)


def test_a_chain_as_written_has_no_problem() -> None:
    assert check_chain(chain(5)) == []


def test_an_edit_a_gap_another_order_and_a_stranger_show() -> None:
    made = chain(5)
    edited = [*made[:2], replace(made[2], payload={"n": 7}), *made[3:]]
    resealed = replace(made[2], payload={"n": 7}, digest="")
    stranger = [*made[:2], replace(resealed, digest=resealed.computed()), *made[3:]]
    said = [[problem.what for problem in check_chain(each)] for each in (edited, made[:2] + made[3:], stranger)]
    assert said == [
        ["Record 3 was changed after it was written."],
        ["Record 3 is missing."],
        ["Record 4 doesn't follow the one before it."],
    ]
    assert check_chain([made[1], made[0], *made[2:]])[0].what == "Record 1 is missing."


def test_a_chain_cannot_show_that_its_end_was_cut_off() -> None:
    assert check_chain(chain(5)[:3]) == []


def test_a_loss_that_a_recovery_record_tells_is_known_and_a_larger_one_is_not() -> None:
    made = chain(6)
    told = make_record(7, "recovery", {"lost": [[3, 3]]}, at=DAY, previous=made[-1].digest)
    assert [problem.known for problem in check_chain([*made[:2], *made[3:], told])] == [True]
    assert [problem.known for problem in check_chain([*made[:2], *made[4:], told])] == [False]


@pytest.mark.parametrize(
    "payload",
    [[1], {"a": float("nan")}, {"a": {1}}, {1: "a"}, {"a": {True: 1}}, {"a": "x" * 17_000_000}, {"a": 10**5000}],
)
def test_what_isnt_plain_json_or_too_large_is_refused(payload: object) -> None:
    with pytest.raises(InputError, match="payload="):
        make_record(1, "audit", payload, at=DAY, previous=START)


@pytest.mark.parametrize(
    ("kind", "at"), [("", DAY), ("a" * 81, DAY), (3, DAY), ("a", DAY.replace(tzinfo=None)), ("a", "now")]
)
def test_a_kind_is_a_word_and_a_time_has_a_zone(kind: object, at: object) -> None:
    with pytest.raises(InputError, match=r"kind=|at="):
        make_record(1, kind, {}, at=at, previous=START)


@pytest.mark.parametrize(
    "line", ["", "null", "[" * 100_000, '{"number":1}', b"\xff\xfe", 3, None, "{" + " " * 17_000_000 + "}"]
)
def test_a_hostile_line_is_no_record(line: object) -> None:
    assert read_line(line) is None


@pytest.mark.parametrize("number", [True, 0, -1, 2**70, 1.0, "1"])
def test_a_number_is_a_count_that_sqlite_can_hold(number: Any) -> None:
    record = make_record(1, "a", {}, at=datetime.now(UTC), previous=START)
    assert read_line(replace(record, number=number).line()) is None


def test_records_are_found_between_damaged_bytes_and_those_inside_of_others_are_not() -> None:
    first, second = chain(2)
    holder = make_record(3, "audit", {"copy": vars(first)}, at=DAY, previous=second.digest)
    data = b"\x00\xff" + first.line().encode() + b"?" + second.line().encode()[:-3] + b"\n" + holder.line().encode()
    assert list(carved(data)) == [first, holder]
