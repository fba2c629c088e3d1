"""Which arguments of `load_study` plain data can fill, and of what kind each is: for files and for parameters."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from inspect import signature
from typing import Any

from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.study.samples.catalogue import FLAGS
from mlops_widgets.study.saved.recipe import MODELS, TABLES

NEVER = frozenset({"predict", "predict_proba", "trust"})
"""Arguments that only a call can give: functions, and what the caller vouches for."""

_TEXT = frozenset(
    {
        "target", "time", "label_time", "decision", "entity", "weights", "predictions", "metric", "task", "unit", "name",
        "sample", *MODELS,
    }
)  # fmt: skip
_TEXTS = frozenset({"scores", "groups", "ids", "features"})
_NUMBERS = frozenset({"expected", "decision_threshold", "margin"})
_WHOLE = frozenset({"max_rows", "seed"})
_LARGEST = 2**63


@cache
def plain_names() -> tuple[str, ...]:
    """Return the arguments of `load_study` that plain data can fill, in its order."""
    from mlops_widgets.study.loading import load_study

    return tuple(name for name in signature(load_study).parameters if name not in NEVER)


def check_file_names(names: Mapping[str, Any], *, also: tuple[str, ...], where: str) -> None:
    """Raise an error for the first name that a study file can't hold; `also` are names besides those of `load_study`."""
    allowed = (*plain_names(), *also)
    for name in names:
        if name == "trust":
            raise InputError(
                f"{where} holds trust. A file can't vouch for a file: who changes one can change the other. Take the line "
                "out and give it in the call: trust=…, on the command line --trust, in papermill -p trust."
            )
        if name in NEVER:
            raise InputError(f"{where} holds {name}, a function, which no file can hold. Use scores or predictions.")
        if name not in allowed:
            raise UnknownNameError(
                f"{where} holds an unknown name {name[:60]!r}.{did_you_mean(name[:60], allowed)} "
                f"Names: {listed(allowed, most=50)}."
            )


def check_file_value(name: str, value: Any, *, where: str) -> None:  # noqa: ANN401 - plain data
    """Raise `WrongTypeError` where the value of an argument in a study file is of another kind than it takes."""
    for names, fits, allowed in _KINDS:
        if name in names:
            if not fits(value):
                raise WrongTypeError(f"{where}: {name} is {_shown(value)}. Allowed: {allowed}.")
            return


def _shown(value: Any) -> str:  # noqa: ANN401 - plain data
    kinds = {bool: "true or false", str: "text", dict: "a table", list: "a list"}
    kind = kinds.get(type(value))
    if type(value) is int and abs(value) >= _LARGEST:  # Python writes no number of more than 4,300 digits
        return f"a whole number of {value.bit_length():,} bits"
    if kind is None or isinstance(value, bool):
        return repr(value)[:60]
    return f"{kind} ({value[:40]!r})" if isinstance(value, str) else kind


def _is_text(value: Any) -> bool:  # noqa: ANN401 - plain data
    return isinstance(value, str)


def _is_bool(value: Any) -> bool:  # noqa: ANN401 - plain data
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:  # noqa: ANN401 - plain data
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < _LARGEST if isinstance(value, int) else math.isfinite(value)


def _is_whole(value: Any) -> bool:  # noqa: ANN401 - plain data
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST


def _is_scalar(value: Any) -> bool:  # noqa: ANN401 - plain data
    return isinstance(value, str | bool) or _is_number(value)


def _is_texts(value: Any) -> bool:  # noqa: ANN401 - plain data
    return _is_text(value) or _list_of(value, _is_text)


def _list_of(value: Any, fits: Callable[[Any], bool]) -> bool:  # noqa: ANN401 - plain data
    return isinstance(value, list) and bool(value) and all(map(fits, value))


def _map_of(value: Any, fits: Callable[[Any], bool]) -> bool:  # noqa: ANN401 - plain data
    return isinstance(value, Mapping) and bool(value) and all(map(fits, value.values()))


def is_plain_query(value: Any) -> bool:  # noqa: ANN401 - plain data
    """Say whether a table is a SELECT on a database."""
    return isinstance(value, Mapping) and set(value) == {"database", "sql"} and all(map(_is_text, value.values()))


def _is_table(value: Any) -> bool:  # noqa: ANN401 - plain data
    return _is_texts(value) or is_plain_query(value) or _list_of(value, is_plain_query)


def _is_test(value: Any) -> bool:  # noqa: ANN401 - plain data
    return _is_table(value) or _map_of(value, _is_table)


def _is_labels(value: Any) -> bool:  # noqa: ANN401 - plain data
    return _is_table(value) or (isinstance(value, Mapping) and all(map(_is_part, value, value.values())))


def _is_part(part: str, value: Any) -> bool:  # noqa: ANN401 - plain data
    """Say whether a part of labels is of its kind; `load_study` says which parts there are."""
    if part == "outcomes":
        return _is_table(value)
    return _is_texts_by_name(value) or _map_of(value, _is_texts_by_name)


def _is_texts_by_name(value: Any) -> bool:  # noqa: ANN401 - plain data
    return _map_of(value, _is_text)


def _is_text_or_number(value: Any) -> bool:  # noqa: ANN401 - plain data
    return _is_text(value) or _is_number(value)


def _is_split(value: Any) -> bool:  # noqa: ANN401 - plain data
    return _is_text_or_number(value) or _map_of(value, _is_text_or_number)


def _is_worth(value: Any) -> bool:  # noqa: ANN401 - plain data
    rows = _list_of(value, lambda row: _list_of(row, _is_number))
    return _is_text(value) or rows or _map_of(value, _is_text_or_number)


_TABLE_FORMS = "the path of a file, a list of them, or { database = path, sql = SELECT … }"
_KINDS: tuple[tuple[frozenset[str], Callable[[Any], bool], str], ...] = (
    (_TEXT, _is_text, "text"),
    (_TEXTS, _is_texts, "text, or a list of texts"),
    (_NUMBERS, _is_number, "a number"),
    (frozenset(FLAGS), _is_bool, "true or false"),
    (_WHOLE, _is_whole, "a whole number, 0 or more, of 64 bits at most"),
    (frozenset({"positive", "favourable"}), _is_scalar, "a label: text, a number, true or false"),
    (frozenset({"split"}), _is_split, "a date, a share, a column, or { test = …, production = … }"),
    (frozenset({"values"}), _is_worth, "a column, { true_positive = … }, or two rows of two numbers"),
    (frozenset({"test"}), _is_test, f"{_TABLE_FORMS}; or several of these by name"),
    (
        frozenset({"labels"}),
        _is_labels,
        f"{_TABLE_FORMS}; or [labels.features] and [labels.values.<column>], texts by name",
    ),
    (frozenset(TABLES), _is_table, _TABLE_FORMS),
)
