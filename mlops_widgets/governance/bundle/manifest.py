"""Which files a bundle has, with the digest of each: two lists, one of them for `sha256sum`."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from mlops_widgets.errors import InputError

MANIFEST = "MANIFEST.json"
SUMS = "SHA256SUMS"
INDEX = "index.html"
SIGNATURE = "bundle.sig"
MOST_BYTES = 5_000_000
_FORMAT = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.\-]*)*")

Sizes = Mapping[str, tuple[str, int]]
"""Path → SHA-256 and bytes."""


def sums(files: Mapping[str, bytes]) -> bytes:
    r"""Return a line a file, as `sha256sum -c` reads them.

    Examples
    --------
    >>> sums({"a.txt": b""})[-9:]
    b'5  a.txt\n'
    """
    return "".join(f"{sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files)).encode("ascii")


def sizes(files: Mapping[str, bytes]) -> dict[str, tuple[str, int]]:
    """Return digest and size of each file."""
    return {path: (sha256(files[path]).hexdigest(), len(files[path])) for path in sorted(files)}


def write_manifest(files: Sizes) -> bytes:
    """Return the manifest: the same files give the same bytes, so that no byte of it can change unseen."""
    lines = [{"path": path, "sha256": files[path][0], "bytes": files[path][1]} for path in sorted(files)]
    return (json.dumps({"bundle": _FORMAT, "files": lines}, indent=1) + "\n").encode("ascii")


def read_manifest(content: bytes) -> dict[str, tuple[str, int]]:
    """Return what a manifest says.

    Raises
    ------
    InputError
        If it is none, a path leads out of the folder, or a byte of it isn't as `write_manifest` writes it.
    """
    try:
        plain = json.loads(content)
        told = {each["path"]: (each["sha256"], each["bytes"]) for each in plain["files"]}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{MANIFEST} is no manifest of a bundle ({type(error).__name__}).") from error
    odd = [path for path, told_of in told.items() if not _sound(path, *told_of)]
    if odd:
        raise InputError(f"{MANIFEST} says what no bundle says, of {str(odd[0])[:80]!r}.")
    if write_manifest(told) != content:
        raise InputError(f"{MANIFEST} isn't written as it was: a byte of it was changed.")
    return told


def _sound(path: Any, digest: Any, size: Any) -> bool:  # noqa: ANN401 - what a file holds
    return (
        isinstance(path, str) and _PATH.fullmatch(path) is not None and path not in {MANIFEST, SIGNATURE}
        and isinstance(digest, str) and _DIGEST.fullmatch(digest) is not None and type(size) is int and size >= 0
    )  # fmt: skip
