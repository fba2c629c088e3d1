"""Published numbers pass their check, and no other last digit of theirs does."""

from collections.abc import Callable

import pytest

from mlops_widgets.study.personal import checksums as c

PUBLISHED = [
    (c.luhn, "4111111111111111"),  # Visa's test number
    (c.luhn, "378282246310005"),  # American Express's
    (c.luhn, "79927398713"),  # the example of the algorithm's article
    (c.bsn, "111222333"),  # the tax office's example
    (c.nhs, "9434765919"),  # NHS data dictionary
    (c.pesel, "44051401359"),  # the register's example
    (c.aadhaar, "2363"),  # Verhoeff's 236 with its digit 3
    (c.steuer_id, "86095742719"),  # the tax office's example
]
check_of = pytest.mark.parametrize(("check", "number"), PUBLISHED, ids=[f"{f.__name__}-{n}" for f, n in PUBLISHED])


@check_of
def test_one_last_digit_is_right_and_it_is_the_published_one(check: Callable[[str], bool], number: str) -> None:
    assert [digit for digit in "0123456789" if check(number[:-1] + digit)] == [number[-1]]


@pytest.mark.parametrize("text", ["DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606"])
def test_published_account_numbers_pass_and_none_with_other_check_digits(text: str) -> None:
    assert c.has_iban_form(text)
    right = [pair for pair in range(2, 99) if c.iban(f"{text[:2]}{pair:02d}{text[4:]}")]
    assert right == [int(text[2:4])]


def test_both_digits_of_a_brazilian_number_are_checked() -> None:
    right = [pair for pair in range(100) if c.cpf(f"111444777{pair:02d}")]
    assert right == [35]  # 111.444.777-35, the example of most descriptions


def test_letters_that_check_are_the_published_ones() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert [x for x in letters if c.dni("12345678" + x)] == ["Z"]
    assert [x for x in letters if c.codice_fiscale("RSSMRA85T10A562" + x)] == ["S"]


def test_the_key_of_a_french_number_is_the_published_one() -> None:
    assert [key for key in range(1, 98) if c.nir(f"2550814168025{key:02d}")] == [38]


def test_corsica_counts_as_18_and_19() -> None:
    for letter, number in (("2A", "19"), ("2B", "18")):
        key = 97 - int(f"28405{number}068032") % 97
        assert c.nir(f"28405{letter}068032{key:02d}")


def test_numbers_that_nobody_can_have_are_refused() -> None:
    assert [
        c.has_ssn_form(n) for n in ("078051120", "000121234", "666121234", "900121234", "123001234", "123450000")
    ] == [True] + [False] * 5
    assert not c.has_issuer("1111111111111111")
    assert not c.not_all_same("000000000")
