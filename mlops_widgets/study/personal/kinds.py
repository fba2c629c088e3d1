"""What data about persons look like: a pattern that reads in linear time, a form, and where there is one a check digit."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

from mlops_widgets.study.personal import checksums

_NO_SEPARATOR = re.compile(r"[ .\-/()]")
_START, _END = r"(?<![\w.,+\-/])", r"(?![\w/]|[.,\-]\w)"
_VERSION_PART = 32
_PHONE_DIGITS = range(8, 16)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of personal data.

    Parameters
    ----------
    name, label
        What it is called in data ("card") and in a sentence, in the plural ("card numbers").
    pattern
        What its shape is; no unbounded repetition, so that no text takes long.
    form
        Whether the shape, without its separators, is a number of this kind that may exist: what isn't is no candidate.
    check
        Whether its check digit is right, or None where there is none.
    chance
        Share of candidates that pass the check by chance.
    hint
        Words in a column's name that speak of it.
    named
        A wider pattern of whole cells that counts only in a column whose name speaks of it; or None.
    fewest
        Different values that are needed where there is no check; less in a table that has fewer.
    least
        Share of the cells that must be of this kind where the column's name doesn't speak of it, 0 to 1.
    """

    name: str
    label: str
    pattern: re.Pattern[str]
    form: Callable[[str], bool] = bool
    check: Callable[[str], bool] | None = None
    chance: float = 1.0
    hint: frozenset[str] = frozenset()
    named: re.Pattern[str] | None = None
    fewest: int = 1
    least: float = 0.0


def bare(text: str) -> str:
    """Return a number without its separators, in capitals.

    Examples
    --------
    >>> bare("de89 3704-0044")
    'DE8937040044'
    """
    return _NO_SEPARATOR.sub("", text).upper()


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{_START}(?:{pattern}){_END}", re.ASCII)


def _hint(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _is_phone(text: str) -> bool:
    return sum(letter.isdigit() for letter in text) in _PHONE_DIGITS


def _is_card(digits: str) -> bool:
    return checksums.has_issuer(digits) and checksums.not_all_same(digits)


def _is_public_address(text: str) -> bool:
    """Say whether it is an address on the internet; four small numbers may be a version."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if address.version == 4 and all(int(part) < _VERSION_PART for part in text.split(".")):
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


_E_MAIL = r"(?<![\w.%+\-@])[\w.%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){0,6}\.[A-Za-z]{2,24}(?![\w@])"
_DIGITS = re.compile(r"\+?[\d .\-/()]{6,24}", re.ASCII)
_NINE = re.compile(r"\d{9}", re.ASCII)

KINDS: tuple[Kind, ...] = (
    Kind(name="email", label="e-mail addresses", pattern=re.compile(_E_MAIL), hint=_hint("email mail")),
    Kind(
        name="phone", label="phone numbers", form=_is_phone, fewest=3, hint=_hint("phone mobile tel telephone fax handy cell telefon"),
        pattern=_shape(r"\+[1-9][\d .\-/()]{6,20}\d|\([2-9]\d{2}\) ?[2-9]\d{2}[ .\-]\d{4}|[2-9]\d{2}([.\-])[2-9]\d{2}\1\d{4}"),
        named=_DIGITS,
    ),
    Kind(
        name="card", label="card numbers", form=_is_card, check=checksums.luhn, chance=0.1, hint=_hint("card pan cc creditcard"),
        pattern=_shape(r"\d{13,19}|\d{4}([ \-])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}[ \-]\d{6}[ \-]\d{4,5}"),
    ),
    Kind(
        name="iban", label="account numbers (IBAN)", form=checksums.has_iban_form, check=checksums.iban, chance=1 / 97,
        pattern=re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)", re.ASCII), hint=_hint("iban account konto"),
    ),
    Kind(
        name="us_ssn", label="US social security numbers", form=checksums.has_ssn_form, fewest=3, hint=_hint("ssn socialsecurity"),
        pattern=_shape(r"\d{3}-\d{2}-\d{4}"), named=_NINE,
    ),
    Kind(
        name="uk_nino", label="UK national insurance numbers", fewest=3, hint=_hint("nino insurance"),
        pattern=_shape(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"),
    ),
    Kind(
        name="uk_nhs", label="NHS numbers", form=checksums.not_all_same, check=checksums.nhs, chance=1 / 11, hint=_hint("nhs"),
        pattern=_shape(r"\d{3}([ \-]?)\d{3}\1\d{4}"),
    ),
    Kind(
        name="de_steuer_id", label="German tax numbers", form=checksums.has_steuer_id_form, check=checksums.steuer_id, chance=0.1,
        pattern=_shape(r"\d{2} ?\d{3} ?\d{3} ?\d{3}"), hint=_hint("steuer steuerid idnr tin"),
    ),
    Kind(
        name="fr_nir", label="French social security numbers", check=checksums.nir, chance=1 / 97, hint=_hint("nir secu insee"),
        pattern=_shape(r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}"),
    ),
    Kind(
        name="es_dni", label="Spanish identity numbers", check=checksums.dni, chance=1 / 23, hint=_hint("dni nie nif"),
        pattern=_shape(r"(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]"),
    ),
    Kind(
        name="it_codice_fiscale", label="Italian tax codes", check=checksums.codice_fiscale, chance=1 / 26, hint=_hint("fiscale cf"),
        pattern=_shape(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"),
    ),
    Kind(
        name="nl_bsn", label="Dutch citizen numbers", form=checksums.not_all_same, check=checksums.bsn, chance=1 / 11, hint=_hint("bsn sofi"),
        pattern=_shape(r"\d{9}"),
    ),
    Kind(
        name="pl_pesel", label="Polish register numbers", form=checksums.has_pesel_date, check=checksums.pesel, chance=0.1, hint=_hint("pesel"),
        pattern=_shape(r"\d{11}"),
    ),
    Kind(
        name="br_cpf", label="Brazilian taxpayer numbers", form=checksums.not_all_same, check=checksums.cpf, chance=0.01, hint=_hint("cpf"),
        pattern=_shape(r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11}"),
    ),
    Kind(
        name="in_aadhaar", label="Indian identity numbers", form=checksums.not_all_same, check=checksums.aadhaar, chance=0.1,
        pattern=_shape(r"[2-9]\d{3}([ \-]?)\d{4}\1\d{4}"), hint=_hint("aadhaar uid"),
    ),
    Kind(
        name="ip", label="internet addresses", form=_is_public_address, fewest=3, least=0.5, hint=_hint("ip ipaddress ipv4 ipv6"),
        pattern=re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]{4,39})(?![\w:]|\.\d)", re.ASCII),
    ),
)  # fmt: skip
