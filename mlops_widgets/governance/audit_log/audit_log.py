"""The log of what was done to a model: a chain, a tree over it, and signed checkpoints."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.errors import InputError
from mlops_widgets.governance.audit_log.checkpoint import Checkpoint, hex_of, read_private_key, read_public_key
from mlops_widgets.governance.audit_log.log_verification import LogVerification, find
from mlops_widgets.records import Record, Records, open_records
from mlops_widgets.records.chain import START
from mlops_widgets.records.merkle import inclusion_proof, leaf_hash, root_of
from mlops_widgets.records.store import journal_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PathLike = str | os.PathLike[str]

_METHOD = (
    "Each record carries the SHA-256 of the one before it; the root is that of RFC 6962's Merkle tree over the records' lines; signatures are "
    "ed25519 (RFC 8032). Nothing was recovered or written"
)


class AuditLog:
    """A log of records that shows when somebody changed it; every store of records can be opened as one.

    The chain shows edits, gaps and another order. It can't show that the end was cut off, or that all of it was written anew: for that
    keep `root()` or a `checkpoint` where whoever writes the log can't reach.

    Parameters
    ----------
    path
        The store's file, made if new; beside it lies its journal.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = AuditLog(f"{folder}/log.db")
    ...     first = log.append("approval", {"model": "v1", "by": "Ada King"})
    ...     kept = log.root()
    ...     log.verify(root=kept).is_intact, log.verify(root="0" * 64).is_intact
    (True, False)
    """

    def __init__(self, path: PathLike) -> None:
        self.records = open_records(path)

    def __repr__(self) -> str:
        """Return the file's name."""
        return f"AuditLog({self.records.path.name!r})"

    def append(self, kind: str, payload: Mapping[str, Any], *, at: datetime | None = None) -> Record:
        """Write a record, and return it once it is on disk; see `Records.append`."""
        return self.records.append(kind, payload, at=at)

    def read(self, kind: str | None = None, *, after: int = 0) -> list[Record]:
        """Return the records in order; see `Records.read`."""
        return self.records.read(kind, after=after)

    def root(self) -> str:
        """Return the root of the Merkle tree over all records: 64 hex digits that stand for every one of them, in order."""
        return root_of(_leaves(self.records.read())).hex()

    def line(self) -> str:
        """Return a line for a report: how many records, and their root."""
        return self._state().line()

    def proof(self, number: int) -> tuple[str, ...]:
        """Return the hashes that prove, with the record's line and the root, that a record is in the log (RFC 6962, section 2.1.1).

        Raises
        ------
        InputError
            If there is no such record.
        """
        leaves = _leaves(self.records.read())
        if not 1 <= number <= len(leaves):
            raise InputError(f"number={number!r}. This log has records 1 to {len(leaves)}.")
        return tuple(each.hex() for each in inclusion_proof(leaves, number - 1))

    def checkpoint(
        self, key: "Ed25519PrivateKey | PathLike | None" = None, *, password: str | None = None
    ) -> Checkpoint:
        """Return what the log holds now, signed where a key is given; write it elsewhere.

        Parameters
        ----------
        key
            A private key of ed25519, or the path of its PEM file.
        password
            Of that file.
        """
        state = self._state()
        if key is None:
            return state
        private = read_private_key(key, password=password) if isinstance(key, str | os.PathLike) else key
        return replace(
            state, public_key=hex_of(private.public_key()), signature=private.sign(state.signed_text()).hex()
        )

    def verify(
        self, checkpoint: Checkpoint | PathLike | None = None, *, public_key: PathLike | None = None, root: str | None = None
    ) -> LogVerification:  # fmt: skip
        """Say whether the log is as it was written, and what this look can't see; see `verify_log`."""
        return verify_log(self.records.path, checkpoint=checkpoint, public_key=public_key, root=root)

    def _state(self) -> Checkpoint:
        records = self.records.read()
        return Checkpoint(
            size=len(records), root=root_of(_leaves(records)).hex(), head=records[-1].digest if records else START,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )  # fmt: skip


def verify_log(
    path: PathLike, *, checkpoint: Checkpoint | PathLike | None = None, public_key: PathLike | None = None, root: str | None = None
) -> LogVerification:  # fmt: skip
    """Say whether a log is as it was written, without recovering or changing anything.

    Parameters
    ----------
    path
        The store's file.
    checkpoint
        One that was kept elsewhere, or its file: the log must begin with what it stands for.
    public_key
        The signer's, from elsewhere: a PEM file, or 64 hex digits.
    root
        A root that was printed elsewhere: the log, or its beginning, must have it.

    Returns
    -------
    LogVerification
        Findings: GV-LO-01 chain and journal, 02 the kept root, 03 the signature, 04 what these means can't see.

    Raises
    ------
    InputError
        If there is no such file, or a checkpoint or key can't be read.
    """
    file = Path(path)
    if not file.is_file() or file.is_symlink():
        raise InputError(f"There is no log {file.name!r}. Pass the path of a store of records.")
    kept = Checkpoint.read(checkpoint) if isinstance(checkpoint, str | os.PathLike) else checkpoint
    key = None if public_key is None else read_public_key(public_key)
    store = Records(file.resolve(), writable=False)
    problems = [problem.what + (" The store itself says so." if problem.known else "") for problem in store.verify()]
    if not journal_of(file).is_file():
        problems.append(f"{journal_of(file).name} is missing.")
    leaves, head = _readable(store)
    given = tuple(
        name for name, each in (("checkpoint", kept), ("public key", key), ("root", root)) if each is not None
    )
    result = LogVerification(
        findings=(), rows=len(leaves), method=_METHOD, reference="RFC 6962, RFC 8032", name=file.name, root=root_of(leaves).hex(), head=head,
        problems=tuple(problems), given=given,
    )  # fmt: skip
    anchored = (_against(leaves, kept) if kept else "") or (_has_root(leaves, root) if root is not None else "")
    signature = "" if kept is None or key is None or kept.is_signed_by(key) else _forged(kept, key)
    return replace(result, findings=find(result, anchored=anchored, signature=signature))


def _leaves(records: list[Record]) -> list[bytes]:
    return [leaf_hash(record.line().encode("ascii")) for record in records]


def _readable(store: Records) -> tuple[list[bytes], str]:
    """Return leaves and head of what can be read; of a log with changed records, nothing."""
    try:
        records = store.read()
    except InputError:
        return [], START
    return _leaves(records), records[-1].digest if records else START


def _against(leaves: list[bytes], kept: Checkpoint) -> str:
    if kept.size > len(leaves):
        return f"The checkpoint of {kept.at} stands for {kept.size} records, and {len(leaves)} can be read: the end was cut off."
    if root_of(leaves[: kept.size]).hex() != kept.root:
        return f"The first {kept.size} records aren't those that the checkpoint of {kept.at} stands for: the log was written anew, or is another one."
    return ""


def _has_root(leaves: list[bytes], root: str) -> str:
    """Look for the beginning that has this root, the whole log first."""
    wanted = root.strip().lower()
    if root_of(leaves).hex() == wanted:
        return ""
    if any(root_of(leaves[:size]).hex() == wanted for size in range(len(leaves))):
        return ""
    return "No beginning of this log has the root that was kept: its end was cut off, it was written anew, or it is another log."


def _forged(kept: Checkpoint, key: str) -> str:
    if not kept.signature:
        return "The checkpoint isn't signed."
    if kept.public_key != key:
        return f"The checkpoint is signed by another key, {kept.public_key[:16]}…."
    return "The checkpoint's signature is wrong: it was changed after it was signed."
