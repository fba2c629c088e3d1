"""What a step's work is known by: its own code, the libraries that it runs with, and the digests of what it is given."""

import inspect
import json
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from types import CodeType
from typing import Any

from mlops_widgets import __version__

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "skops")


def digest_of(plain: object) -> str:
    """Return the SHA-256 of plain data, whatever the order of its names.

    Examples
    --------
    >>> digest_of({"a": 1, "b": None}) == digest_of({"b": None, "a": 1})
    True
    """
    return sha256(json.dumps(plain, sort_keys=True, default=repr).encode("utf-8", "backslashreplace")).hexdigest()


def key_of(name: str, code: str, given: Mapping[str, str]) -> str:
    """Return what a step's work is known by: equal keys mean equal work.

    Parameters
    ----------
    name
        The step.
    code
        Digest of its function.
    given
        Input → digest.
    """
    return digest_of({"step": name, "code": code, "given": dict(given), "with": _environment()})


def code_digest(function: Callable[..., Any]) -> str:
    """Return a digest of a function: its source, its defaults, and what plain values it holds on to.

    What else it reads, such as files and the clock, nothing can know: pass that as an input of the step.

    Examples
    --------
    >>> code_digest(lambda a: a) == code_digest(lambda a: a + 1)
    False
    """
    return digest_of(_code(function))


def _code(function: Any) -> list[Any]:  # noqa: ANN401 - any callable
    if isinstance(function, partial):
        return ["partial", _code(function.func), _held(function.args), _held(sorted(function.keywords.items()))]
    if not hasattr(function, "__code__"):
        own = inspect.unwrap(function) if inspect.isroutine(function) else type(function)
        return [
            getattr(own, "__module__", ""),
            getattr(own, "__qualname__", repr(own)),
            _source(own),
            _held(_state(function)),
        ]
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    held = [_held(function.__defaults__ or ()), _held(sorted((function.__kwdefaults__ or {}).items())), _held(cells)]
    return [function.__qualname__, _source(function), _instructions(function.__code__), *held]


def _state(function: object) -> list[Any]:
    return sorted(vars(function).items()) if hasattr(function, "__dict__") else []


def _source(function: Any) -> str:  # noqa: ANN401 - any callable
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):  # made at a prompt, or built in
        return ""


def _instructions(code: CodeType) -> list[Any]:
    """Return what tells one code from another, also where two lambdas stand in one line of source."""
    inner = [_instructions(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return [code.co_code.hex(), list(code.co_names), inner]


def _held(values: Any) -> list[Any]:  # noqa: ANN401 - what a function holds on to
    return [_plain(each) for each in values]


def _plain(value: Any) -> Any:  # noqa: ANN401 - what a function holds on to
    if isinstance(value, tuple | list):
        return _held(value)
    if callable(value) and hasattr(value, "__code__"):
        return _code(value)
    return value if isinstance(value, str | int | float | bool | type(None)) else type(value).__qualname__


@cache
def _environment() -> dict[str, str]:
    found = {"python": ".".join(map(str, sys.version_info[:2])), "mlops-widgets": __version__}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # installed without its metadata
            found[name] = ""
    return found
