"""What is planted is found; what only looks like it isn't; hostile cells take no time."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.study.personal import checksums
from mlops_widgets.study.personal.detection import PersonalColumn, personal_columns

ROWS = 400
rng = np.random.default_rng(6)


def digits(count: int, first: str = "") -> list[str]:
    return [first + "".join(map(str, rng.integers(0, 10, count - len(first)))) for _ in range(ROWS)]


def completed(numbers: list[str], check: Callable[[str], bool]) -> list[str]:
    return [next(n[:-1] + d for d in "0123456789" if check(n[:-1] + d)) for n in numbers]


def kinds(**columns: object) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for each in personal_columns(pd.DataFrame(columns)):
        found.setdefault(each.column, []).append((each.kind, each.basis))
    return found


def only(**columns: object) -> PersonalColumn:
    (found,) = personal_columns(pd.DataFrame(columns))
    return found


def test_random_digits_are_no_card_numbers_though_a_tenth_pass() -> None:
    numbers = digits(16, "4")
    assert sum(map(checksums.luhn, numbers)) > ROWS / 20
    assert (
        kinds(a=numbers, b=[int(n) for n in numbers], c=digits(9), d=digits(11), e=digits(12, "5"), f=digits(10)) == {}
    )


def test_numbers_whose_check_digits_are_right_are_found_as_text_and_as_numbers() -> None:
    cards = completed(digits(16, "4"), checksums.luhn)
    assert kinds(a=cards, b=[int(n) for n in cards]) == {"a": [("card", "checked")], "b": [("card", "checked")]}
    found = only(a=cards)
    assert (found.share, found.candidates, found.passed, found.chance) == (1.0, ROWS, ROWS, 0.1)
    assert found.p_value < 1e-300


@pytest.mark.parametrize(
    ("kind", "check", "length", "first"),
    [
        ("pl_pesel", checksums.pesel, 11, "8503"),
        ("in_aadhaar", checksums.aadhaar, 12, "5"),
        ("uk_nhs", checksums.nhs, 10, ""),
    ],
)
def test_national_numbers_are_found_by_their_check_digit(
    kind: str, check: Callable[[str], bool], length: int, first: str
) -> None:
    numbers = [n for n in digits(length, first) if any(check(n[:-1] + d) for d in "0123456789")]
    numbers = [next(n[:-1] + d for d in "0123456789" if check(n[:-1] + d)) for n in numbers]
    assert (kind, "checked") in kinds(a=numbers)["a"]


def test_a_few_real_cards_among_other_numbers_are_found_and_their_share_is_theirs() -> None:
    mixed = completed(digits(16, "4"), checksums.luhn)[: ROWS // 2] + digits(16, "4")[: ROWS // 2]
    found = only(a=mixed)
    right = float(np.mean([checksums.luhn(n) for n in mixed]))
    assert found.basis == "checked"
    assert found.share == right
    assert found.lower < right < found.upper


def test_what_stands_inside_free_text_is_found_there() -> None:
    notes = ["called back, no answer"] * 97 + [
        "write to ada@example.org",
        "pay DE89 3704 0044 0532 0130 00 please",
        "ok",
    ]
    found = {each.kind: each for each in personal_columns(pd.DataFrame({"notes": notes}))}
    assert set(found) == {"email", "iban"}
    assert found["email"].embedded
    assert found["email"].share == 0.01
    assert found["iban"].basis == "too few to tell"  # one number in 97 has such a remainder by chance


def test_shapes_without_a_check_digit_look_like_it() -> None:
    assert kinds(
        mail=[f"user{i}@example.org" for i in range(20)], call=[f"+44 20 7946 {i:04d}" for i in range(20)],
        a=[f"078-05-{i:04d}" for i in range(1, 21)], b=[f"AB {i:02d} 34 56 C" for i in range(20)], c=[f"81.2.69.{i}" for i in range(140, 160)],
    ) == {
        "mail": [("email", "looks like")], "call": [("phone", "looks like")], "a": [("us_ssn", "looks like")], "b": [("uk_nino", "looks like")],
        "c": [("ip", "looks like")],
    }  # fmt: skip


def test_names_and_dates_of_birth_need_a_column_that_says_so() -> None:
    people = [
        f"{first} {last}" for first in ("Ada", "Bo", "Cy", "Di") for last in ("King", "Ng", "O'Neil", "Fox", "Ray")
    ]
    born = pd.date_range("1950-01-01", periods=20)
    assert kinds(customer_name=people, dob=born, DateOfBirth=born.astype(str)) == {
        "customer_name": [("name", "by its name")], "dob": [("birth_date", "by its name")], "DateOfBirth": [("birth_date", "by its name")],
    }  # fmt: skip
    assert kinds(product=people, ordered=born, name=["basic", "premium"] * 10, birth_country=["FR"] * 20) == {}


def test_what_only_resembles_personal_data_is_left_alone() -> None:
    assert kinds(
        time=pd.date_range("2024-01-01", periods=ROWS, freq="h").astype(str), epoch=1_700_000_000_000 + np.arange(ROWS) * 977,
        version=["1.2.3.4", "10.0.2.1"] * (ROWS // 2), invoice=[f"INV-2024-{i:08d}" for i in range(ROWS)], amount=rng.normal(size=ROWS) * 1e12,
        uuid=[f"{int(a):08x}-{int(b):04x}-4000-8000-{int(c):012x}" for a, b, c in rng.integers(0, 2**16, (ROWS, 3))], text=rng.normal(size=ROWS).astype(str),
        sequence=np.arange(ROWS) + 4_000_000_000_000_000, latitude=np.round(rng.uniform(40, 50, ROWS), 2),
    ) == {}  # fmt: skip


def test_hostile_tables_have_an_answer() -> None:
    huge = ["a@" * 100_000, "1 " * 100_000, "+" * 100_000, "(" * 9_000 + "212"]
    frame = pd.DataFrame(
        {
            "a": huge,
            "b": [[1], {"x": 2}, None, "\ud800 x@y.org"],
            "c": [np.inf, -np.inf, np.nan, 1e300],
            "d": [None] * 4,
        }
    )
    assert [(each.column, each.kind) for each in personal_columns(frame)] == [("b", "email")]
    assert personal_columns(frame.iloc[:0]) == ()
    assert personal_columns(pd.DataFrame({"n": [2**70, 1, 2]}, dtype=object)) == ()
