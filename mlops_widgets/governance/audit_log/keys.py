"""Keys that sign what a log held: a private one for its owner alone, and a public one for everybody."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_widgets.core.result import write_atomically
from mlops_widgets.errors import InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PathLike = str | os.PathLike[str]

_HEX = frozenset("0123456789abcdef")
_DIGITS = 64
_MOST_BYTES = 10_000


def make_keys(folder: PathLike, *, password: str | None = None) -> tuple[Path, Path]:
    """Write a new pair of ed25519 keys, `log-key.pem` (only its owner may read it) and `log-key.pub.pem`.

    Parameters
    ----------
    folder
        Where to; not beside the log, whose writers could then sign anything.
    password
        Encrypts the private key.

    Raises
    ------
    InputError
        If there are keys already: one that is overwritten can't sign again.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    home = Path(folder)
    private, public = home / "log-key.pem", home / "log-key.pub.pem"
    key = Ed25519PrivateKey.generate()
    sealed = (
        serialization.NoEncryption() if password is None else serialization.BestAvailableEncryption(password.encode())
    )
    pem = serialization.Encoding.PEM
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, sealed))
        write_atomically(public, key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    except FileExistsError as error:
        raise InputError(
            f"There is a {private.name} in {home.name}/ already. Name another folder, or keep that key."
        ) from error
    except OSError as error:
        raise InputError(f"Keys can't be written to {home.name}/: {error.strerror}.") from error
    return private, public


def read_private_key(path: PathLike, *, password: str | None = None) -> "Ed25519PrivateKey":
    """Return the private key of a PEM file.

    Raises
    ------
    InputError
        If it holds none of ed25519, or the password is wrong.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    sealed = None if password is None else password.encode()
    try:
        key = load_pem_private_key(_bytes(path), sealed)
    except (ValueError, TypeError) as error:
        raise InputError(f"{Path(path).name} holds no private key that opens ({str(error)[:80]}). Pass a file that `mlops-widgets log keys` made.") from error  # fmt: skip
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(
            f"{Path(path).name} holds a key of another kind. Needed: ed25519, as `mlops-widgets log keys` makes."
        )
    return key


def read_public_key(given: PathLike) -> str:
    """Return a public key as 64 hex digits, from a PEM file or from the digits themselves.

    Raises
    ------
    InputError
        If it is neither.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    text = str(given)
    if len(text) == _DIGITS and set(text) <= _HEX:
        return text
    try:
        key = load_pem_public_key(_bytes(given))
    except ValueError as error:
        raise InputError(
            f"{Path(given).name} holds no public key. Pass log-key.pub.pem, or its 64 hex digits."
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{Path(given).name} holds a key of another kind. Needed: ed25519.")
    return hex_of(key)


def hex_of(key: "Ed25519PublicKey") -> str:
    """Return a public key as 64 hex digits."""
    return key.public_bytes_raw().hex()


def _bytes(path: PathLike) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES)
    except (OSError, ValueError) as error:
        raise InputError(f"{Path(path).name} can't be read ({type(error).__name__}).") from error


def read_root(text: str) -> str:
    """Return a root as 64 hex digits in small letters.

    Raises
    ------
    InputError
        If it is no such text.
    """
    root = str(text).strip().lower()
    if len(root) != _DIGITS or not set(root) <= _HEX:
        raise InputError(
            f"root={str(text)[:80]!r} is no root. Pass its 64 hex digits, as AuditLog.root() returns them."
        )
    return root
