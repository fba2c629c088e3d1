"""A schedule as a YAML file: written with what it rests on, and read without harm; every name and type is checked."""

import math
import os
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from mlops_widgets.errors import InputError, did_you_mean, listed
from mlops_widgets.lifecycle.scheduling.calendar_steps import after
from mlops_widgets.lifecycle.scheduling.schedule import FIELDS, Kind, RetrainingSchedule, written
from mlops_widgets.lifecycle.scheduling.schedule_text import FORMAT, USUAL
from mlops_widgets.study.over_time.periods import PERIODS

if TYPE_CHECKING:
    import yaml

MOST_BYTES = 65_536
_MOST_DEPTH, _LONGEST, _MOST_COUNT = 3, 500, 100_000
_MOST_BRACKETS = 100
_MOST_BITS = 64
_COUNTS = frozenset(
    {"every", "gate", "horizon", "label_delay", "deploy_delay", "judged_chunks", "review_every", "rows", "seed"}
)
_NUMBERS = frozenset({"threshold", "retrain_cost", "value_per_loss", "saving", "saving_lower", "saving_upper"})
_DATES = frozenset({"start", "valid_until"})
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": get_args(Kind), "chunk": PERIODS,
    "verdict": ("better", "worse", "not distinguishable", "same as never", "not enough data"),
}  # fmt: skip


def read_schedule(path: str | os.PathLike[str]) -> RetrainingSchedule:
    r"""Return the schedule in a YAML file that `RetrainingSchedule.save` wrote, or a person edited.

    Nothing in it is run: anchors, aliases, tags and files over 64 kB are refused, and every name and type is checked.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it can't be read, or doesn't hold a schedule.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "schedule.yaml"
    >>> text = "schedule: 1\npolicy: every 4\nkind: every\nevery: 4\nchunk: week\nverdict: better\nreview_every: 13\n"
    >>> _ = path.write_text(text + "start: 2024-01-01\nvalid_until: 2024-03-01\n")
    >>> read_schedule(path).dates()
    ('2024-01-01', '2024-01-29', '2024-02-26')
    """
    path = Path(path)
    where = repr(str(path)[-200:])
    try:
        if path.exists() and not path.is_file():
            raise InputError(
                f"{where} can't be read: it is a folder, a pipe or a device. Write one by schedule.save(path)."
            )
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{where} can't be read: {error.strerror}. Write one by schedule.save(path).") from error
    if len(data) > MOST_BYTES:
        raise InputError(
            f"{where} has over {MOST_BYTES:,} bytes: that is no schedule. Write one by schedule.save(path)."
        )
    return _schedule(_plain(data, where), where)


def _plain(data: bytes, where: str) -> dict[str, Any]:
    import yaml

    try:
        text = data.decode("utf-8")
        _check_tokens(text, where)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        found = yaml.safe_load(text)
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(f"{where} is no UTF-8 text. Write one by schedule.save(path).") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # such as 2024-13-45, or 1:1:…:1.0
        raise InputError(
            f"{where} is no YAML that can be read ({type(error).__name__}). Write one by schedule.save(path)."
        ) from error
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise InputError(
            f"{where} must hold one map of names, such as `kind: every`. Write one by schedule.save(path)."
        )
    _check_repeated(node, where)
    return found


def _check_tokens(text: str, where: str) -> None:
    """Refuse what a schedule never holds before anything is built of it: aliases, anchors, tags, deep nesting."""
    import yaml

    if (
        text.count("[") + text.count("{") > _MOST_BRACKETS
    ):  # the scanner's time grows with the square of those left open
        raise InputError(f"{where} holds more brackets than a schedule does. Write one by schedule.save(path).")
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken | yaml.DirectiveToken):
            raise InputError(
                f"{where} holds an alias, an anchor, a tag or a directive (line {token.start_mark.line + 1}). A schedule has plain values "
                "only: take it out."
            )
        depth += isinstance(token, yaml.BlockMappingStartToken | yaml.BlockSequenceStartToken | yaml.FlowMappingStartToken | yaml.FlowSequenceStartToken)  # fmt: skip
        depth -= isinstance(token, yaml.BlockEndToken | yaml.FlowMappingEndToken | yaml.FlowSequenceEndToken)
        if depth > _MOST_DEPTH:
            raise InputError(f"{where} is nested deeper than a schedule is (line {token.start_mark.line + 1}).")


def _check_repeated(node: "yaml.Node | None", where: str) -> None:
    names = [str(key.value) for key, _ in getattr(node, "value", [])]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{where} says {twice[:60]!r} twice. Leave one of them out.")


def _schedule(plain: dict[str, Any], where: str) -> RetrainingSchedule:
    if plain.pop("schedule", None) != FORMAT:
        raise InputError(
            f"{where} doesn't begin with `schedule: {FORMAT}`: it is no schedule, or of another version of this package."
        )
    next_dates = plain.pop("next_dates", None)
    unknown = [name for name in plain if name not in FIELDS]
    if unknown:
        raise InputError(
            f"{where} holds an unknown name {unknown[0][:60]!r}. Names: {listed(FIELDS, most=40)}.{did_you_mean(unknown[0], FIELDS)}"
        )
    missing = [name for name in FIELDS if name not in plain and name not in USUAL]
    if missing:
        raise InputError(f"{where} doesn't say {missing[0]!r}. Write one by schedule.save(path).")
    values = {name: _checked(name, plain[name], where) if name in plain else USUAL[name] for name in FIELDS}
    _check_together(values, where)
    found = RetrainingSchedule.of(**values)
    if next_dates is not None and next_dates != list(found.dates()):
        raise InputError(
            f"{where}: next_dates don't follow from start, every and valid_until. Leave the line out; they are worked out."
        )
    return found


def _checked(name: str, value: Any, where: str) -> Any:  # noqa: ANN401 - a value of the file
    fine, allowed = _rule(name)
    if name in _DATES and isinstance(value, date):
        value = written(value) if isinstance(value, datetime) else value.isoformat()
    if not fine(value):
        short = isinstance(value, str | float | bool) or (isinstance(value, int) and _fits(value))
        said = repr(value)[:60] if short else f"a {type(value).__name__}"
        raise InputError(f"{where}: {name}: {said}. Write {allowed}.")
    return float(value) if name in _NUMBERS else value


def _rule(name: str) -> tuple[Callable[[Any], bool], str]:
    if name in _CHOICES:
        return (lambda value: isinstance(value, str) and value in _CHOICES[name]), f"one of {listed(_CHOICES[name])}"
    if name in _COUNTS:
        return _is_count, f"a whole number from 0 to {_MOST_COUNT:,}"
    if name in _NUMBERS:
        return _is_number, "a number"
    if name in _DATES:
        return _is_date, "a date such as 2024-01-31"
    most = _LONGEST * (20 if name in {"method", "reference"} else 1)
    return (
        lambda value: isinstance(value, str) and len(value) <= most and value.isprintable()
    ), f"a text of at most {most:,} characters on one line"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**12


def _is_number(value: object) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and _fits(value)
    return isinstance(value, float) and math.isfinite(value)


def _fits(value: int) -> bool:
    """Say whether a whole number has 64 bits at most: longer ones may have no text and no float."""
    return value.bit_length() <= _MOST_BITS


def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is None
    except ValueError:
        return False


def _check_together(values: Mapping[str, Any], where: str) -> None:
    """Raise `InputError` where fields don't fit together, or would give dates without end."""
    needs = {
        "every: 0. Write chunks between retrains, 1 or more": values["kind"] == "every" and not values["every"],
        "signal is missing. Write which signal raises the alarm": values["kind"] == "signal" and not values["signal"],
        "review_every: 0. Write chunks between reviews, 1 or more": not values["review_every"],
        "start and valid_until are missing. Write them as dates": values["chunk"] is not None and not (values["start"] and values["valid_until"]),
    }  # fmt: skip
    for message, wrong in needs.items():
        if wrong:
            raise InputError(f"{where}: {message}.")
    if max(values["every"], values["review_every"]) > _MOST_COUNT:
        raise InputError(f"{where}: at most {_MOST_COUNT:,} chunks lie between two dates. Write fewer.")
    if values["chunk"] is None:
        return
    start, until = (datetime.fromisoformat(values[name]) for name in ("start", "valid_until"))
    if until < start:
        raise InputError(f"{where}: valid_until is before start. Write a later date.")
    if until > after(start, "year", 20):
        raise InputError(
            f"{where}: valid_until is over 20 years after start. No evidence holds that long; write an earlier date."
        )
