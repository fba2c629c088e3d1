"""Check digits of numbers that name a person or an account; each function takes digits and capitals without separators."""

from collections.abc import Sequence

_ISSUERS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (4, 4, frozenset({13, 16, 19})), (34, 34, frozenset({15})), (37, 37, frozenset({15})), (51, 55, frozenset({16})),
    (2221, 2720, frozenset({16})), (6011, 6011, frozenset({16, 19})), (644, 649, frozenset({16, 19})), (65, 65, frozenset({16, 19})),
    (3528, 3589, frozenset({16, 17, 18, 19})), (300, 305, frozenset({14})), (36, 36, frozenset({14})), (38, 39, frozenset({14})),
    (62, 62, frozenset({16, 17, 18, 19})), (50, 50, frozenset({16, 19})), (56, 58, frozenset({16, 19})),
)  # fmt: skip
"""First and last prefix of an issuer of cards, and the lengths of its numbers (ISO/IEC 7812)."""

_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24,
    "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29,
    "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24,
    "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FISCAL_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip
"""What a character in an odd place of an Italian tax code counts (decree of 23 December 1976)."""

_MULTIPLY = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6), (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1), (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4), (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
"""The dihedral group of order 10 (Verhoeff 1969)."""
_PERMUTE = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2), (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1), (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)  # fmt: skip
_TEN, _ELEVEN, _CENTURY_MONTHS, _MONTHS, _DAYS = 10, 11, 20, 12, 31


def luhn(digits: str) -> bool:
    """Say whether the last digit checks the others (ISO/IEC 7812-1, annex B).

    Examples
    --------
    >>> luhn("79927398713"), luhn("79927398710")
    (True, False)
    """
    doubled = (sum(divmod(2 * int(digit), _TEN)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % _TEN == 0


def has_issuer(digits: str) -> bool:
    """Say whether an issuer of cards has numbers that begin so and are as long."""
    return any(
        low <= int(digits[: len(str(low))]) <= high and len(digits) in lengths for low, high, lengths in _ISSUERS
    )


def has_iban_form(text: str) -> bool:
    """Say whether a country's account numbers are as long."""
    return _IBAN_LENGTHS.get(text[:2]) == len(text)


def iban(text: str) -> bool:
    """Say whether the remainder of 97 is 1 (ISO 13616, ISO 7064 MOD 97-10).

    Examples
    --------
    >>> iban("DE89370400440532013000"), iban("DE88370400440532013000")
    (True, False)
    """
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def not_all_same(digits: str) -> bool:
    """Say whether there are two digits or more: many sums hold for a row of the same one."""
    return len(set(digits)) > 1


def bsn(digits: str) -> bool:
    """Say whether a Dutch burgerservicenummer passes the eleven test: weights 9 to 2, then −1."""
    return _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % _ELEVEN == 0


def nhs(digits: str) -> bool:
    """Say whether an NHS number of England and Wales passes: weights 10 to 2, the last digit 11 less the remainder."""
    return (_weighted(digits[:9], range(10, 1, -1)) + int(digits[9])) % _ELEVEN == 0


def has_pesel_date(digits: str) -> bool:
    """Say whether a number of the Polish register begins with a date, its century in the month."""
    return 1 <= int(digits[2:4]) % _CENTURY_MONTHS <= _MONTHS and 1 <= int(digits[4:6]) <= _DAYS


def pesel(digits: str) -> bool:
    """Say whether the sum with weights 1, 3, 7, 9 … and 1 for the check digit ends in 0."""
    return _weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % _TEN == 0


def cpf(digits: str) -> bool:
    """Say whether both check digits of a Brazilian taxpayer's number are right."""
    for place in (9, 10):
        rest = _weighted(digits[:place], range(place + 1, 1, -1)) * _TEN % _ELEVEN % _TEN
        if rest != int(digits[place]):
            return False
    return True


def aadhaar(digits: str) -> bool:
    """Say whether an Indian number passes Verhoeff's check (1969).

    Examples
    --------
    >>> aadhaar("2363"), aadhaar("2364")
    (True, False)
    """
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _MULTIPLY[check][_PERMUTE[place % 8][int(digit)]]
    return check == 0


def has_steuer_id_form(digits: str) -> bool:
    """Say whether one of the first ten digits comes two or three times, the rest once at most, and the first isn't 0."""
    counts = sorted((digits[:10].count(each) for each in set(digits[:10])), reverse=True)
    return digits[0] != "0" and counts[0] in {2, 3} and (len(counts) == 1 or counts[1] == 1)


def steuer_id(digits: str) -> bool:
    """Say whether a German tax number's check digit is right (ISO 7064 MOD 11,10)."""
    product = _TEN
    for digit in digits[:10]:
        total = (int(digit) + product) % _TEN or _TEN
        product = total * 2 % _ELEVEN
    return (_ELEVEN - product) % _TEN == int(digits[10])


def nir(text: str) -> bool:
    """Say whether a French social security number's key is 97 less the remainder; Corsica's 2A and 2B count as 19 and 18."""
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(text[13:])


def dni(text: str) -> bool:
    """Say whether a Spanish DNI's or NIE's letter is the remainder of 23; X, Y, Z of a NIE count as 0, 1, 2.

    Examples
    --------
    >>> dni("12345678Z"), dni("X1234567L"), dni("12345678A")
    (True, True, False)
    """
    number = text[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return _DNI_LETTERS[int(number) % 23] == text[-1]


def codice_fiscale(text: str) -> bool:
    """Say whether an Italian tax code's last letter is right.

    Examples
    --------
    >>> codice_fiscale("RSSMRA85T10A562S")
    True
    """
    odd = sum(_FISCAL_ODD[letter] for letter in text[:15:2])
    even = sum(int(letter, 36) - (_TEN if letter.isalpha() else 0) for letter in text[1:15:2])
    return chr(ord("A") + (odd + even) % 26) == text[15]


def has_ssn_form(digits: str) -> bool:
    """Say whether a US social security number may be so: no 000, 666 or 9xx, no group 00, no serial 0000."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
