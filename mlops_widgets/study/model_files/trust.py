"""What the caller vouches for when a model file is read: given in the call, never found in a file or kept in one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlops_widgets.errors import InputError, UnsafeModelError

Trust = str | Sequence[str] | None
"""None, "pickle", "sha256:<64 hex digits>", the name of a type ("my_pkg.MyTransformer"), or a tuple or list of these."""

_DIGEST = re.compile(r"sha256:[0-9a-fA-F]{64}")
_TYPE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_ALLOWED = '"pickle", "sha256:<64 hex digits>", the name of a type such as "my_pkg.MyTransformer", or a tuple of types and digests'


@dataclass(frozen=True)
class Trusted:
    """What `trust=` says, taken apart.

    Attributes
    ----------
    any_pickle
        Whether the word "pickle" was given.
    digests
        SHA-256 of files that the caller vouches for, 64 hex digits in lower case.
    types
        Full names of types that the caller vouches for.
    """

    any_pickle: bool = False
    digests: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()

    def check_digest(self, digest: str, *, name: str) -> None:
        """Raise `UnsafeModelError` if digests were given and the file's isn't one of them.

        A digest pins every file that is read with it, whatever its kind.
        """
        if self.digests and digest not in self.digests:
            given = ", ".join(f"{each[:12]}…" for each in sorted(self.digests))
            raise UnsafeModelError(
                f"{name} isn't the file that trust= names: its SHA-256 is {digest[:12]}…, trust= names {given}. "
                "It was changed or replaced since; ask where it came from before you trust it."
            )

    def allows_pickle(self, digest: str) -> bool:
        """Say whether a pickle with this digest may be loaded."""
        return self.any_pickle or digest in self.digests

    def unknown(self, types: Iterable[str]) -> list[str]:
        """Return the types among these that the caller doesn't vouch for, sorted."""
        return sorted(set(types) - self.types)


def read_trust(given: Trust) -> Trusted:
    """Take `trust=` apart.

    Raises
    ------
    InputError
        If it is neither a word, a digest nor the name of a type.

    Examples
    --------
    >>> read_trust(("my_pkg.MyTransformer",)).types
    frozenset({'my_pkg.MyTransformer'})
    """
    if given is None:
        return Trusted()
    words = [given] if isinstance(given, str) else given
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise InputError(f"trust= is {type(given).__name__}. Allowed: {_ALLOWED}.")
    for word in words:
        _check_word(word)
    return Trusted(
        any_pickle="pickle" in words,
        digests=frozenset(word[7:].lower() for word in words if _DIGEST.fullmatch(word)),
        types=frozenset(word for word in words if _TYPE.fullmatch(word)),
    )


def _check_word(word: str) -> None:
    if word == "pickle" or _DIGEST.fullmatch(word) or _TYPE.fullmatch(word):
        return
    if word.lower().startswith("sha256"):
        digits = word.partition(":")[2]
        raise InputError(
            f"trust= holds a digest with {len(digits)} characters after the colon. "
            'Write "sha256:" and the 64 hex digits that the refusal shows.'
        )
    raise InputError(f"trust={word[:60]!r} isn't known. Allowed: {_ALLOWED}.")
