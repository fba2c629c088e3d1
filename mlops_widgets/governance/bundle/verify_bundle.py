"""Say whether a bundle is as it was written."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mlops_widgets.core.document import sound
from mlops_widgets.errors import InputError
from mlops_widgets.governance.bundle.bundle_findings import find_verified
from mlops_widgets.governance.bundle.bundle_result import BundleVerification, Signature
from mlops_widgets.governance.bundle.folder import digest_and_size, read_some, walk
from mlops_widgets.governance.bundle.manifest import MANIFEST, SIGNATURE, read_manifest
from mlops_widgets.governance.bundle.signature import read_verifying_key, signed_digests

PathLike = str | os.PathLike[str]

_METHOD = "SHA-256 of every file against the manifest, the signature's own list, and what was kept elsewhere; nothing is run or written"
_REFERENCE = "DSSE v1.0; in-toto Statement v1; https://model_signing/signature/v1.0"


def verify_bundle(
    folder: PathLike, *, public_key: PathLike | None = None, digest: str | None = None
) -> BundleVerification:
    """Say whether a bundle is as it was written; every file that isn't is named.

    Parameters
    ----------
    folder
        The bundle.
    public_key
        The signer's, a PEM file that came by another way than the bundle.
    digest
        SHA-256 of MANIFEST.json that was kept elsewhere.

    Returns
    -------
    BundleVerification
        Findings: GV-BU-10 files, GV-BU-11 signature, GV-BU-12 what this look can't see.

    Raises
    ------
    InputError
        If there is no such folder, or the key can't be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     verify_bundle(folder).is_intact
    False
    """
    home = Path(folder)
    if home.is_symlink() or not home.is_dir():
        raise InputError(
            f"folder={str(home)[:80]!r} is no folder. Pass one that export_bundle wrote, and no link to it."
        )
    key = None if public_key is None else read_verifying_key(public_key)
    there = {path: digest_and_size(file) for path, file in walk(home)}
    told, problems = _told(home)
    signature, words, signed = _signature(home, key, there)
    now = there.get(MANIFEST, ("", 0))[0]
    if digest is not None and digest.strip().lower() != now:
        problems.append(f"The SHA-256 of {MANIFEST} isn't the one that was kept: the bundle was made anew, or is another one.")  # fmt: skip
    inside = {path: each for path, each in there.items() if path not in {MANIFEST, SIGNATURE}}
    changed = {path for path, each in inside.items() if path in told and told[path] != each} | signed
    gone = {*told} - {*inside}
    result = BundleVerification(
        findings=(), rows=len(told), method=_METHOD, reference=_REFERENCE, name=sound(home.resolve().name),
        changed=_names(changed - gone), missing=_names(gone), added=_names({*inside} - {*told}) if told else (),
        problems=tuple(problems), signature=signature, signature_problem=words, manifest_sha256=now,
        given=tuple(name for name, each in (("public key", public_key), ("digest", digest)) if each is not None),
    )  # fmt: skip
    return replace(result, findings=find_verified(result))


def _told(home: Path) -> tuple[dict[str, tuple[str, int]], list[str]]:
    try:
        return read_manifest(read_some(home / MANIFEST)), []
    except InputError as error:
        return {}, [str(error)]


def _signature(home: Path, key: object, there: Mapping[str, tuple[str, int]]) -> tuple[Signature, str, set[str]]:
    """Return the signature's state, what is wrong with it, and the files that aren't those that were signed."""
    if SIGNATURE not in there:
        return ("none", "", set()) if key is None else ("wrong", "There is no signature to check with the key.", set())
    try:
        signed = signed_digests(read_some(home / SIGNATURE), key)  # type: ignore[arg-type]  # as read_verifying_key returned it
    except InputError as error:
        return "wrong", str(error), set()
    held = {path: each[0] for path, each in there.items() if path != SIGNATURE}
    odd = {path for path in {*held} | {*signed} if held.get(path) != signed.get(path)}
    if odd:
        return "wrong", "The signature is over other files than these.", {path for path in odd if path in held and path in signed}  # fmt: skip
    return ("unchecked" if key is None else "valid"), "", set()


def _names(paths: set[str]) -> tuple[str, ...]:
    return tuple(sorted(sound(each)[:200] for each in paths))
