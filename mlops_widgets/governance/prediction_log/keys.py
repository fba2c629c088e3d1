"""The key of a prediction log: what turns an input into a digest that nobody without it can guess."""

import hmac
import os
import secrets
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError, WrongTypeError

LogKey = bytes | str | os.PathLike[str]
"""The key itself, the path of its file, or "env:NAME" for a variable of the environment."""

_FEWEST_BYTES, _MOST_BYTES, _FEWEST_DIFFERENT = 16, 10_000, 8
_ENVIRONMENT = "env:"


def make_log_key(path: str | os.PathLike[str]) -> Path:
    """Write a new random key of 256 bits, which only its owner may read.

    Parameters
    ----------
    path
        The file; not in the log's folder, whose readers could then guess inputs.

    Raises
    ------
    InputError
        If there is a file already: digests made with it could never be found again.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(read_key(make_log_key(f"{folder}/log.key")))
    64
    """
    file = Path(path)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except FileExistsError as error:
        raise InputError(
            f"There is a {file.name} already. Keep it: what it digested can only be found with it."
        ) from error
    except OSError as error:
        raise InputError(f"{file.name} can't be written: {error.strerror}.") from error
    with os.fdopen(handle, "wb") as opened:
        opened.write(f"{secrets.token_hex(32)}\n".encode())
    return file


def read_key(key: Any, *, home: Path | None = None) -> bytes:  # noqa: ANN401 - checked here
    """Return a key's bytes.

    Parameters
    ----------
    key
        Bytes, the path of a file, or "env:NAME".
    home
        The log's folder, in which no key may lie.

    Raises
    ------
    InputError
        If there is none, it is in the log's folder, or is too short or too plain to keep inputs from being guessed.
    """
    if key is None:
        raise InputError(
            "key= is missing. Inputs are digested with a key (HMAC-SHA256): a bare SHA-256 of a row with few possible values can be "
            "guessed by trying them all. make_log_key('log.key') writes one; keep it outside of the log."
        )
    if isinstance(key, bytes | bytearray):
        return _checked(bytes(key))
    if not isinstance(key, str | os.PathLike):
        raise WrongTypeError(f"key= is {type(key).__name__}. Allowed: bytes, the path of a key's file, or 'env:NAME'.")
    text = os.fspath(key)
    if isinstance(text, str) and text.startswith(_ENVIRONMENT):
        return _checked(_of_environment(text.removeprefix(_ENVIRONMENT)))
    return _checked(_of_file(Path(text), home))


def key_name(key: bytes) -> str:
    """Return 16 hex digits that tell keys apart and nothing of the key."""
    return hmac.digest(key, b"mlops-widgets name of the key", "sha256").hex()[:16]


def _of_environment(name: str) -> bytes:
    if name not in os.environ:
        raise InputError(
            f"key='env:{name[:60]}': there is no such variable in the environment. Set it, or pass a file."
        )
    return os.environ[name].strip().encode()


def _of_file(path: Path, home: Path | None) -> bytes:
    try:
        if home is not None and path.resolve().is_relative_to(home.resolve()):
            raise InputError(
                f"key={path.name!r} lies in the log's folder, whose readers could guess inputs with it. Move it."
            )
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).strip()
    except OSError as error:
        raise InputError(
            f"key={path.name!r} can't be read: {error.strerror}. make_log_key(path) writes a new key."
        ) from error


def _checked(key: bytes) -> bytes:
    if len(key) < _FEWEST_BYTES or len(set(key)) < _FEWEST_DIFFERENT:
        raise InputError(
            f"key= has {len(key)} bytes, {len(set(key))} of them different. Needed: {_FEWEST_BYTES} bytes or more, "
            f"{_FEWEST_DIFFERENT} different, by chance: make_log_key(path) writes 64."
        )
    return key
