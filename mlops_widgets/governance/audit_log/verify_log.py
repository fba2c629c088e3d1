"""Look through a log: whether it is as it was written, as far as what was kept elsewhere can tell."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlops_widgets.errors import InputError
from mlops_widgets.governance.audit_log.checkpoint import Checkpoint
from mlops_widgets.governance.audit_log.keys import read_public_key, read_root
from mlops_widgets.governance.audit_log.log_verification import Anchor, LogVerification, find
from mlops_widgets.governance.audit_log.reading import examined, head_of
from mlops_widgets.records import Records
from mlops_widgets.records.merkle import leaf_hash, root_of, roots_of

PathLike = str | os.PathLike[str]

_METHOD = (
    "Each record carries the SHA-256 of the one before it; the root is that of RFC 6962's Merkle tree over the records' lines; signatures are "
    "ed25519 (RFC 8032). Nothing was recovered or written"
)


def verify_log(
    path: PathLike, *, checkpoint: Checkpoint | PathLike | None = None, public_key: PathLike | None = None, root: str | None = None,
    repaired: Sequence[str] = (),
) -> LogVerification:  # fmt: skip
    """Say whether a log is as it was written, without recovering or changing anything.

    Parameters
    ----------
    path
        The file of any store of records.
    checkpoint
        One that was kept elsewhere, or its file: the log must begin with what it stands for.
    public_key
        The signer's, from elsewhere: a PEM file, or 64 hex digits.
    root
        A root that was printed elsewhere: the log, or its beginning, must have it.
    repaired
        What opening the log put right, in sentences: it counts as found.

    Returns
    -------
    LogVerification
        Findings: GV-LO-01 chain and journal, 02 the kept root, 03 the signature, 04 what these means can't see.

    Raises
    ------
    InputError
        If there is no such file, or a checkpoint, key or root can't be read.

    Examples
    --------
    >>> import tempfile
    >>> from mlops_widgets.governance import AuditLog
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = AuditLog(f"{folder}/log.db").append("approval", {"model": "v1"})
    ...     verify_log(f"{folder}/log.db").is_intact
    True
    """
    file = Path(path)
    if not file.is_file() or file.is_symlink():
        raise InputError(f"There is no log {file.name!r}. Pass the path of a store of records.")
    kept = Checkpoint.read(checkpoint) if isinstance(checkpoint, str | os.PathLike) else checkpoint
    key = None if public_key is None else read_public_key(public_key)
    if key is not None and kept is None:
        raise InputError("public_key= without checkpoint=: there is no signature to check. Pass the checkpoint too.")
    printed = None if root is None else read_root(root)
    problems, lines = examined(Records(file.resolve(), writable=False))
    leaves = [leaf_hash(line) for line in lines]
    given = tuple(
        name for name, each in (("checkpoint", kept), ("public key", key), ("root", printed)) if each is not None
    )
    anchors = [_to_checkpoint(lines, leaves, kept)] if kept else []
    anchors += [_to_root(leaves, printed)] if printed is not None else []
    result = LogVerification(
        findings=(), rows=len(leaves), method=_METHOD, reference="RFC 6962, RFC 8032", name=file.name, root=root_of(leaves).hex(),
        head=head_of(lines), given=given, covered=max((each.covered for each in anchors), default=0),
        problems=(*repaired, *(each.what + (" The store itself says so." if each.known else "") for each in problems)),
    )  # fmt: skip
    signature = "" if kept is None or key is None or kept.is_signed_by(key) else _forged(kept, key)
    return replace(result, findings=find(result, anchors=anchors, signature=signature))


def _to_checkpoint(lines: list[bytes], leaves: list[bytes], kept: Checkpoint) -> Anchor:
    if kept.size > len(leaves):
        what = f"The checkpoint of {kept.at} stands for {kept.size:,} records, and the file holds {len(leaves):,}: the end was cut off, or it is another log."
        return Anchor(problem=what)
    if root_of(leaves[: kept.size]).hex() != kept.root:
        what = f"The first {kept.size:,} records aren't those that the checkpoint of {kept.at} stands for: they were changed, the log was written anew, or it is another one."
        return Anchor(problem=what)
    if head_of(lines[: kept.size]) != kept.head:
        return Anchor(
            problem=f"The checkpoint of {kept.at} names another last record than its root stands for: it was changed."
        )
    return Anchor(covered=kept.size)


def _to_root(leaves: list[bytes], wanted: str) -> Anchor:
    """Look for the beginning that has this root."""
    size = next((size for size, root in enumerate(roots_of(leaves)) if root.hex() == wanted), None)
    if size is None:
        what = "No beginning of this log has the root that was kept: its end was cut off, records were changed, it was written anew, or it is another log."
        return Anchor(problem=what)
    return Anchor(covered=size)


def _forged(kept: Checkpoint, key: str) -> str:
    if not kept.signature:
        return "The checkpoint isn't signed."
    if kept.public_key != key:
        return f"The checkpoint is signed by another key, {kept.public_key[:16]}…."
    return "The checkpoint's signature is wrong: it was changed after it was signed."
