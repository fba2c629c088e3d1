"""A folder that is written whole or not at all, and read without following links."""

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from mlops_widgets.errors import InputError
from mlops_widgets.governance.bundle.manifest import MANIFEST, MOST_BYTES, SIGNATURE, read_manifest

_CHUNK = 1 << 20
_MOST_FILES = 2_000


def check_place(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder that can't be written, or holds what isn't a bundle's.

    Raises
    ------
    InputError
        If there is something already, and it may not be replaced.
    """
    if not folder.name or folder.name in {".", ".."}:
        raise InputError(f"folder={str(folder)[:80]!r} names no folder. Pass the path of one that is made here.")
    if not folder.parent.is_dir():
        raise InputError(f"folder={str(folder)[:80]!r}: the folder that it would lie in isn't there. Make it first.")
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"folder={folder.name[:80]!r} is a link or a file. Pass the path of a folder.")
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not overwrite:
        raise InputError(
            f"folder={folder.name[:80]!r} isn't empty. Pass a new one, or overwrite=True to replace a bundle."
        )
    strange = _strange(folder)
    if strange:
        raise InputError(
            f"folder={folder.name[:80]!r} holds what isn't of a bundle: {strange}. It would be deleted: pass another folder."
        )


def _strange(folder: Path) -> str:
    """Return what in a folder isn't of a bundle; "" where all of it is."""
    try:
        known = read_manifest(read_some(folder / MANIFEST))
    except InputError as error:
        return str(error)
    for path, file in walk(folder):
        if path in {MANIFEST, SIGNATURE}:
            continue
        if path not in known:
            return repr(path[:80])
        if digest_and_size(file) != known[path]:
            return f"{path[:80]!r}, which isn't as the bundle had it"
    return ""


def place(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files into a folder, in place of what `check_place` allowed to be there.

    Parameters
    ----------
    folder
        Where to.
    files
        Path inside → content.
    """
    new = folder.with_name(f".{folder.name[:40]}.{secrets.token_hex(8)}")
    old = folder.with_name(f"{new.name}.old")
    try:
        for path, content in files.items():
            file = new / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    except OSError as error:
        raise InputError(
            f"folder={folder.name[:80]!r} can't be written: {error.strerror}. What was there is there still."
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield path inside and path of everything in a folder that isn't a folder itself; links are told, never followed.

    Raises
    ------
    InputError
        If there are more files than a bundle has.
    """
    count = 0
    for here, folders, names in os.walk(folder, followlinks=False):
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        for name in sorted([*names, *links]):
            count += 1
            if count > _MOST_FILES:
                raise InputError(f"{folder.name[:80]!r} holds more than {_MOST_FILES:,} files: it is no bundle.")
            path = Path(here) / name
            yield path.relative_to(folder).as_posix(), path


def read_some(file: Path) -> bytes:
    """Return what a small file holds.

    Raises
    ------
    InputError
        If it isn't there, is a link, or has more bytes than such a file has.
    """
    if file.is_symlink() or not file.is_file():
        raise InputError(f"{file.name} isn't there.")
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{file.name} can't be read: {error.strerror}.") from error
    if len(content) > MOST_BYTES:
        raise InputError(f"{file.name} has more than {MOST_BYTES:,} bytes.")
    return content


def digest_and_size(file: Path) -> tuple[str, int]:
    """Return SHA-256 and bytes of a file; of a link, or what can't be read, a digest that none has."""
    if file.is_symlink() or not file.is_file():
        return "", -1
    digest, size = sha256(), 0
    try:
        with file.open("rb") as stream:
            while part := stream.read(_CHUNK):
                digest.update(part)
                size += len(part)
    except OSError:
        return "", -1
    return digest.hexdigest(), size
