"""A signed statement of what a log held at a moment; what is kept of it elsewhere shows every later change."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.result import write_atomically
from mlops_widgets.errors import InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PathLike = str | os.PathLike[str]

_HEX = frozenset("0123456789abcdef")
_MOST_BYTES = 10_000
_LENGTHS = {"root": 64, "head": 64, "public_key": 64, "signature": 128}


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What a log held at a moment.

    Parameters
    ----------
    size
        How many records.
    root
        Root of their Merkle tree (RFC 6962), 64 hex digits.
    head
        Digest of the last record.
    at
        When it was made, ISO 8601 with a zone.
    public_key, signature
        Who signed (ed25519, 64 hex digits), and the signature (128); "" where nobody did.
    """

    size: int
    root: str
    head: str
    at: str
    public_key: str = ""
    signature: str = ""

    def signed_text(self) -> bytes:
        """Return the bytes that are signed."""
        return f"mlops-widgets checkpoint\n{self.size}\n{self.root}\n{self.head}\n{self.at}\n".encode()

    def line(self) -> str:
        """Return one line to print, for a ticket, a git tag or a report."""
        signed = f", signed by {self.public_key[:16]}…" if self.signature else ""
        return f"{self.size} records at {self.at}, root {self.root}{signed}"

    def is_signed_by(self, public_key: str) -> bool:
        """Say whether the holder of a key (64 hex digits) signed it."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        if not self.signature or self.public_key != public_key:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(
                bytes.fromhex(self.signature), self.signed_text()
            )
        except (InvalidSignature, ValueError):
            return False
        return True

    def write(self, path: PathLike) -> None:
        """Write it as JSON, whole or not at all."""
        write_atomically(Path(path), (json.dumps(asdict(self), indent=1, sort_keys=True) + "\n").encode())

    @staticmethod
    def read(path: PathLike) -> "Checkpoint":
        """Return the checkpoint that a file holds.

        Raises
        ------
        InputError
            If it holds none.
        """
        try:
            with Path(path).open("rb") as file:
                plain = json.loads(file.read(_MOST_BYTES + 1)[:_MOST_BYTES])
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{Path(path).name} can't be read as a checkpoint ({type(error).__name__}). Pass a file that Checkpoint.write made.") from error  # fmt: skip
        return _checked(plain, Path(path).name)


def _checked(plain: Any, name: str) -> Checkpoint:  # noqa: ANN401 - what a file holds
    texts = ("root", "head", "at", "public_key", "signature")
    right = (
        isinstance(plain, dict)
        and set(plain) == {"size", *texts}
        and all(isinstance(plain[each], str) for each in texts)
    )
    if not right or type(plain["size"]) is not int or not 0 <= plain["size"] < 2**53 or not _is_moment(plain["at"]):
        raise InputError(f"{name} is no checkpoint: it needs size, {', '.join(texts)}, and nothing else.")
    for each, length in _LENGTHS.items():
        empty = each in {"public_key", "signature"} and not plain[each]
        if not empty and (len(plain[each]) != length or not set(plain[each]) <= _HEX):
            raise InputError(f"{name} is no checkpoint: {each} isn't {length} hex digits.")
    return Checkpoint(**plain)


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


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
    if len(text) == _LENGTHS["public_key"] and set(text) <= _HEX:
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
