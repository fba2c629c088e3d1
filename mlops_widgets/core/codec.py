"""Frozen dataclasses ↔ plain JSON types, from their annotations.

NaN isn't JSON: it becomes None and, where a float is expected, comes back as NaN. Infinities become text.
"""

import math
import types
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from mlops_widgets.errors import InputError, listed

T = TypeVar("T")

IN_MEMORY: Mapping[str, bool] = {"in_memory": True}
"""Metadata of a dataclass field that is never saved, and is its default in what is read back."""


def to_plain(value: Any) -> Any:  # noqa: ANN401, PLR0911 - one line a kind of value
    """Return `value` as dicts, lists, texts, numbers, truth values and None."""
    if is_dataclass(value):
        return {each.name: to_plain(getattr(value, each.name)) for each in fields(value) if not in_memory(each)}
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return _plain_float(float(value))
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"{type(value).__name__} can't be a field of a Result: it has no JSON form.")


def in_memory(each: "Field[Any]") -> bool:
    """Say whether a field, made with `metadata=IN_MEMORY` and a default, is left out of every file: cells of the user's are."""
    return each.metadata == IN_MEMORY


def _plain_float(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


def from_plain(kind: type[T], plain: Any) -> T:  # noqa: ANN401 - JSON
    """Return the dataclass `kind` that `plain` describes.

    Raises
    ------
    InputError
        If a field is missing, unknown or of another type.
    """
    hints = _hints(kind)  # type: ignore[arg-type]  # mypy fears that a metaclass of T has no hash
    if not isinstance(plain, Mapping):
        raise InputError(f"{kind.__name__} can't be read back from {type(plain).__name__}: an object is needed.")
    unknown = sorted(map(str, set(plain) - set(hints)))
    if unknown:
        raise InputError(f"{kind.__name__}: unknown fields {listed(unknown)}. Known: {listed(sorted(hints))}.")
    try:
        return kind(**{name: _field(name, hints[name], item) for name, item in plain.items()})
    except (TypeError, ValueError) as error:
        raise InputError(f"{kind.__name__} can't be read back: {error}") from error


def _field(name: str, hint: Any, plain: Any) -> Any:  # noqa: ANN401 - JSON
    try:
        return _value(hint, plain)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: {error}") from error


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind) if not in_memory(each)}


def _value(hint: Any, plain: Any) -> Any:  # noqa: ANN401, PLR0911 - one line a kind of annotation
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return _union(inner, plain)
    if origin is np.ndarray:
        dtype = get_args(inner[1])[0]
        return np.array(_numbers(plain), dtype=dtype)
    if origin is tuple:
        plain = _checked(plain, list)
        each = [inner[0]] * len(plain) if inner[-1] is Ellipsis else inner
        return tuple(_value(h, item) for h, item in zip(each, plain, strict=True))
    if origin in {dict, Mapping} or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return {_key(inner[0], key): _value(inner[1], item) for key, item in _checked(plain, dict).items()}
    if is_dataclass(hint):
        return from_plain(hint, plain)  # type: ignore[arg-type]  # is_dataclass also admits instances
    if hint is float:
        return math.nan if plain is None else _float(plain)
    if hint is Any or (origin is Literal and plain in inner) or (hint in _EXACT and type(plain) is hint):
        return plain
    raise TypeError(f"{plain!r:.60} isn't {getattr(hint, '__name__', hint)}")


_EXACT = (int, str, bool, type(None))


def _checked(plain: Any, kind: type) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(plain, kind):
        raise TypeError(f"{plain!r:.60} isn't a {kind.__name__}")
    return plain


def _key(hint: Any, key: str) -> Any:  # noqa: ANN401 - a text, or a whole number that JSON made text
    return int(key) if hint is int else key


def _float(plain: Any) -> float:  # noqa: ANN401 - JSON
    if plain in _INFINITE or (isinstance(plain, int | float) and not isinstance(plain, bool)):
        return float(plain)
    raise TypeError(f"{plain!r:.60} isn't a number")


_INFINITE = ("inf", "-inf")


def _numbers(plain: Any) -> Any:  # noqa: ANN401 - nested lists
    if isinstance(plain, list):
        return [_numbers(item) for item in plain]
    return math.nan if plain is None else plain


def _union(options: tuple[Any, ...], plain: Any) -> Any:  # noqa: ANN401 - JSON
    if plain is None and type(None) in options:
        return None
    if type(plain) in options:
        return float(plain) if float in options and plain in _INFINITE else plain
    for option in options:
        try:
            return _value(option, plain)
        except (TypeError, InputError):
            continue
    raise TypeError(f"{plain!r:.60} is none of {', '.join(getattr(each, '__name__', str(each)) for each in options)}")
