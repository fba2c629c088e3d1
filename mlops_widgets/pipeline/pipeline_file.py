"""A `pipeline.toml`: what a pipeline is made of, from a file that anybody may have written. It names no code and vouches for nothing."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.contract.files import read_contract
from mlops_widgets.study.saved.confined_paths import confine

_TABLES: Mapping[str, tuple[str, ...]] = {"retrain": ("window_days", "holdout"), "gate": ("margin",)}
_KINDS: Mapping[str, tuple[type, ...]] = {
    "study": (str,), "name": (str,), "out": (str,), "records": (str,), "contract": (str,), "policy": (str,), "calendar": (int,),
    "chunks": (str,), "seed": (int,), "notebooks": (list,), "window_days": (int, float), "holdout": (int, float),
    "margin": (int, float),
}  # fmt: skip
_WORDS = {str: "a text", int: "a whole number", float: "a number", list: "a list of numbers"}
_HERE = 'Write one with a line such as: study = "study.toml"'


def read_pipeline_file(file: Path) -> dict[str, Any]:
    """Return the arguments of `Pipeline` that a file holds, its paths absolute.

    Raises
    ------
    InputError
        If it can't be read, or holds a value that can't be used or leads out of its folder.
    UnknownNameError
        If it holds an unknown name.
    """
    found = _flat(read_toml(file, what="pipeline file", missing=_HERE), file.name)
    if "study" not in found:
        raise InputError(f"{file.name} names no study. {_HERE}")
    for name, value in found.items():
        _check_kind(name, value, file.name)
    folder = file.resolve().parent
    found = {"out": "pipeline", **found}
    return {name: _READ.get(name, _as_it_is)(value, folder, f"{file.name}: {name}") for name, value in found.items()}


def _flat(found: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the names of the file and of its tables side by side."""
    top = [name for name in _KINDS if name not in {each for names in _TABLES.values() for each in names}]
    flat: dict[str, Any] = {}
    for name, value in found.items():
        if name == "trust":
            raise InputError(
                f"{where} holds trust. A file can't vouch for a file: take the line out and pass trust= in the call."
            )
        if name in _TABLES and isinstance(value, dict):
            for inner in value:
                _check_name(inner, _TABLES[name], f"{where}: [{name}]")
            flat |= value
            continue
        _check_name(name, (*top, *_TABLES), where)
        if name in _TABLES:
            raise InputError(f"{where}: {name} must be a table: [{name}] with {listed(_TABLES[name])}.")
        flat[name] = value
    return flat


def _check_name(name: str, known: tuple[str, ...], where: str) -> None:
    if name not in known:
        raise UnknownNameError(
            f"{where} holds an unknown name {name[:60]!r}.{did_you_mean(name, known)} Known: {listed(known, most=20)}."
        )


def _check_kind(name: str, value: object, where: str) -> None:
    kinds = _KINDS[name]
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise InputError(f"{where}: {name} is {str(value)[:60]!r}. It must be {_WORDS[kinds[-1]]}.")


def _as_it_is(value: Any, folder: Path, what: str) -> Any:  # noqa: ANN401, ARG001 - plain data
    return value


def _study(text: str, folder: Path, what: str) -> str:
    """Return a sample's name, or a study file's path: a script isn't run because a file names it."""
    if text.lower().endswith(".toml"):
        return str(confine(text, folders=[folder], what=what))
    if "." in text or "/" in text or "\\" in text:
        raise InputError(
            f'{what} is {text[:80]!r}. Name a study.toml in its folder, or a sample such as "loans+shock"; no script.'
        )
    return text


def _written(text: str, folder: Path, what: str) -> Path:
    """Return where something is written that may not be there yet: inside the folder, through no link that leads out."""
    path = Path(text)
    if not text.strip() or path.is_absolute() or len(path.parts) > 1 or text in {".", ".."} or not _is_plain(text):
        raise InputError(
            f"{what} is {text[:80]!r}. Name a file or folder beside {what.partition(':')[0]}, without / or \\."
        )
    if os.path.lexists(folder / path):  # also a link to what isn't there yet: writing would make it elsewhere
        return confine(text, folders=[folder], what=what)
    return folder / path


def _is_plain(text: str) -> bool:
    return not set(text) & set('/\\:\0~<>|"?*') and text.isprintable()


def _contract(text: str, folder: Path, what: str) -> Any:  # noqa: ANN401 - a Contract
    return read_contract(confine(text, folders=[folder], what=what))


def _policy(text: str, folder: Path, what: str) -> Any:  # noqa: ANN401 - a RetirementPolicy
    from mlops_widgets.lifecycle import read_policy

    return read_policy(confine(text, folders=[folder], what=what))


_READ: Mapping[str, Callable[[Any, Path, str], Any]] = {
    "study": _study, "out": _written, "records": _written, "contract": _contract, "policy": _policy,
}  # fmt: skip
