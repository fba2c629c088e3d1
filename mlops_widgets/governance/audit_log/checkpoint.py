"""A signed statement of what a log held at a moment; what is kept of it elsewhere shows every later change."""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.result import write_atomically
from mlops_widgets.errors import InputError
from mlops_widgets.governance.audit_log.keys import hex_of, read_private_key
from mlops_widgets.governance.audit_log.reading import examined, head_of
from mlops_widgets.records import Records
from mlops_widgets.records.merkle import leaf_hash, root_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
        count = "1 record" if self.size == 1 else f"{self.size:,} records"
        return f"{count} at {self.at}, root {self.root}{signed}"

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


def checkpoint_of(
    store: Records, key: "Ed25519PrivateKey | PathLike | None" = None, *, password: str | None = None, at: datetime | None = None
) -> Checkpoint:  # fmt: skip
    """Return what a store holds now, signed where a key is given; the store isn't recovered or written.

    Parameters
    ----------
    store
        Of records.
    key
        A private key of ed25519, or the path of its PEM file.
    password
        Of that file.
    at
        When, with a zone; by default now.

    Raises
    ------
    InputError
        If records aren't as they were written, other than as a recovery told: nothing is signed then.
    """
    moment = datetime.now(UTC) if at is None else at
    if moment.tzinfo is None:
        raise InputError(f"at={moment.isoformat()} has no zone. Pass a time with one, such as datetime.now(UTC).")
    problems, lines = examined(store)
    wrong = [each.what for each in problems if not each.known]
    if wrong:
        raise InputError(
            f"{store.path.name} isn't as it was written: {wrong[0]} Nothing was signed. Look with verify_log, and keep both files as they are."
        )
    state = Checkpoint(
        size=len(lines), root=root_of(map(leaf_hash, lines)).hex(), head=head_of(lines), at=moment.isoformat(timespec="seconds")
    )  # fmt: skip
    if key is None:
        return state
    private = read_private_key(key, password=password) if isinstance(key, str | os.PathLike) else key
    return replace(state, public_key=hex_of(private.public_key()), signature=private.sign(state.signed_text()).hex())
