"""What `trust=` may say."""

from typing import Any

import pytest

from mlops_widgets.errors import InputError, UnsafeModelError
from mlops_widgets.study.model_files.trust import Trusted, read_trust

DIGEST = "0123456789abcdef" * 4


def test_nothing_given_trusts_nothing() -> None:
    assert read_trust(None) == Trusted()
    assert not read_trust(None).allows_pickle(DIGEST)


@pytest.mark.parametrize(
    "given", ["pickle", f"sha256:{DIGEST}", f"sha256:{DIGEST.upper()}", ("a.B", "pickle"), ["pickle"]]
)
def test_the_word_or_the_digest_allows_a_pickle(given: Any) -> None:
    assert read_trust(given).allows_pickle(DIGEST)


def test_the_name_of_a_type_allows_no_pickle() -> None:
    trusted = read_trust(("my_pkg.MyTransformer",))
    assert trusted.types == {"my_pkg.MyTransformer"}
    assert not trusted.allows_pickle(DIGEST)


@pytest.mark.parametrize("given", [True, 1, {"pickle"}, ("pickle", 1), b"pickle"])
def test_other_types_are_refused(given: Any) -> None:
    with pytest.raises(InputError, match="Allowed"):
        read_trust(given)


@pytest.mark.parametrize(
    "given", ["", "Pickle", "yes", "MyTransformer", "a b.c", "sha256:12", "sha256", ("pickle", "x")]
)
def test_other_words_are_refused(given: Any) -> None:
    with pytest.raises(InputError, match="trust="):
        read_trust(given)


def test_a_digest_pins_a_file_and_both_are_named() -> None:
    trusted = read_trust(f"sha256:{DIGEST}")
    trusted.check_digest(DIGEST, name="model='m.pkl'")
    with pytest.raises(UnsafeModelError, match=r"ffffffffffff….*0123456789ab…"):
        trusted.check_digest("f" * 64, name="model='m.pkl'")
