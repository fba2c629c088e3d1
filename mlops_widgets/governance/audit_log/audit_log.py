"""The log of what was done to a model: a chain, a tree over it, and signed checkpoints."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlops_widgets.errors import InputError
from mlops_widgets.governance.audit_log.checkpoint import Checkpoint, checkpoint_of
from mlops_widgets.governance.audit_log.log_verification import LogVerification
from mlops_widgets.governance.audit_log.reading import whole_leaves
from mlops_widgets.governance.audit_log.verify_log import verify_log
from mlops_widgets.records import Record, open_records
from mlops_widgets.records.merkle import consistency_proof, inclusion_proof, root_of
from mlops_widgets.records.recovery import TAKEN_OVER

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PathLike = str | os.PathLike[str]


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
        return root_of(whole_leaves(self.records)).hex()

    def line(self) -> str:
        """Return a line for a report: how many records, and their root."""
        return checkpoint_of(self.records).line()

    def proof(self, number: int) -> tuple[str, ...]:
        """Return the hashes that prove, with the record's line and the root, that a record is in the log (RFC 6962, section 2.1.1).

        Raises
        ------
        InputError
            If there is no such record.
        """
        leaves = self._leaves_to("number", number)
        return tuple(each.hex() for each in inclusion_proof(leaves, number - 1))

    def extension(self, size: int) -> tuple[str, ...]:
        """Return the hashes that prove that the log begins with its first `size` records, to who kept their root and no record (section 2.1.2).

        Raises
        ------
        InputError
            If the log has fewer records.
        """
        leaves = self._leaves_to("size", size)
        return tuple(each.hex() for each in consistency_proof(leaves, size))

    def checkpoint(
        self, key: "Ed25519PrivateKey | PathLike | None" = None, *, password: str | None = None, at: datetime | None = None
    ) -> Checkpoint:  # fmt: skip
        """Return what the log holds now, signed where a key is given; write it elsewhere.

        Parameters
        ----------
        key
            A private key of ed25519, or the path of its PEM file.
        password
            Of that file.
        at
            When, with a zone; by default now.

        Raises
        ------
        InputError
            If records of the log aren't as they were written: nothing is signed then.
        """
        return checkpoint_of(self.records, key, password=password, at=at)

    def verify(
        self, checkpoint: Checkpoint | PathLike | None = None, *, public_key: PathLike | None = None, root: str | None = None
    ) -> LogVerification:  # fmt: skip
        """Say whether the log is as it was written, and what this look can't see; see `verify_log`.

        Damage that opening this log put right is told too: the files don't show it any more.
        """
        repaired = tuple(each for each in self.records.recovered if not each.endswith(TAKEN_OVER))
        return verify_log(self.records.path, checkpoint=checkpoint, public_key=public_key, root=root, repaired=repaired)

    def _leaves_to(self, argument: str, given: object) -> list[bytes]:
        """Return all leaves, if the log has as many records as were asked for."""
        leaves = whole_leaves(self.records)
        if type(given) is not int or not 1 <= given <= len(leaves):
            raise InputError(f"{argument}={str(given)[:40]}. This log has {_numbered(len(leaves))}.")
        return leaves


def _numbered(count: int) -> str:
    return f"records 1 to {count}" if count else "no record"
