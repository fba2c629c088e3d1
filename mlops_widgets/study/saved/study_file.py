"""A study from a `study.toml`: the arguments of `load_study` that a file can hold, checked as anything from outside is."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, time
from os import PathLike
from pathlib import Path
from typing import Any

from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, UnknownArgumentError, did_you_mean, listed
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.model_files.trust import Trust
from mlops_widgets.study.samples.catalogue import FLAGS, sample
from mlops_widgets.study.saved.confined_paths import confine, is_mlflow
from mlops_widgets.study.saved.plain_arguments import check_file_names, check_file_value, is_plain_query, plain_names
from mlops_widgets.study.saved.recipe import MODELS, TABLES
from mlops_widgets.study.study import Study
from mlops_widgets.study.wording import holds_words

STUDY_FILE = "study.toml"
"""What a study file is called unless it is called otherwise."""


def open_study(
    path: str | PathLike[str] = STUDY_FILE,
    *,
    trust: Trust = None,
    folders: str | PathLike[str] | Iterable[str | PathLike[str]] = (),
    **changes: Any,  # noqa: ANN401 - arguments of load_study
) -> Study:
    r"""Open the study that a `study.toml` describes.

    The file holds arguments of `load_study` by their names: `model = "model.skops"`, `test = "test.csv"`, `target = "y"`;
    or a sample: `sample = "loans"`. What it names must lie in its own folder, so that a file from somebody else can't
    reach the rest of this machine.

    Parameters
    ----------
    path
        The file.
    trust
        What you vouch for of its model files, as in `load_study`; a file can't hold it.
    folders
        Further folders that it may name files in.
    **changes
        Arguments of `load_study` that replace those of the file, such as `production="november.csv"`. Paths among these
        are yours: relative to the working folder, and anywhere. None takes an argument of the file away.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        If the file can't be read, names something outside its folder, or holds a value that can't be used.
    UnknownNameError
        If it holds an unknown name.
    ModelFileError
        If its model can't be read or is refused.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "study.toml"
    >>> _ = file.write_text('sample = "loans"\nshock = true\n')
    >>> open_study(file).name
    'loans'
    """
    file = Path(path)
    check_changes(changes)
    arguments = {**read_study_file(file, folders=folders, without=changes), **changes}
    arguments = {name: value for name, value in arguments.items() if value is not None}
    study = _make(arguments, file.name, trust)
    return study if changes else replace(study, file=file)


def _make(arguments: dict[str, Any], file: str, trust: Trust) -> Study:
    if "sample" not in arguments:
        return load_study(**arguments, trust=trust)
    if trust is not None:
        raise InputError(f"trust= is for model files; {file} names a sample.")
    name = arguments.pop("sample")
    other = [each for each in arguments if each not in {*FLAGS, "seed"}]
    if other:
        raise InputError(f"{file} names the sample {name!r}, which takes no {listed(other)}. Leave one out.")
    return sample(name, **arguments)


def check_changes(changes: Mapping[str, Any]) -> None:
    """Raise `UnknownArgumentError` for the first that is no argument of `load_study`."""
    known = (*plain_names(), "predict", "predict_proba", *FLAGS)
    for name in changes:
        if name not in known:
            raise UnknownArgumentError(
                f"open_study has no argument {name!r}.{did_you_mean(name, known)} Besides path, trust and folders it "
                f"takes: {listed(known, most=50)}."
            )


def read_study_file(
    file: Path, *, folders: str | PathLike[str] | Iterable[str | PathLike[str]] = (), without: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the arguments that a study file holds, its paths absolute; those named in `without` are checked and left out.

    Raises
    ------
    InputError
        If it can't be read, holds a value that can't be used, or leads out of its folder.
    UnknownNameError
        If it holds an unknown name.
    """
    found = _read(file)
    check_file_names(found, also=("sample", *FLAGS), where=file.name)
    found = {name: _dates_as_text(value) for name, value in found.items() if name not in set(without)}
    for name, value in found.items():
        check_file_value(name, value, where=file.name)
    given = [folders] if isinstance(folders, str | PathLike) else list(folders)
    allowed = [file.resolve().parent, *(Path(folder).resolve() for folder in given)]
    return {name: _confined(name, value, allowed, file.name) for name, value in found.items()}


def _read(file: Path) -> dict[str, Any]:
    """Return what a study file holds; say what to pass where it is a folder."""
    if os.path.isdir(file):  # noqa: PTH112 - the method raises where a name is too long
        inside = file / STUDY_FILE
        there = f"Pass {str(inside)[:200]!r}." if inside.is_file() else f"It holds no {STUDY_FILE}; name a study file."
        raise InputError(f"{str(file)[:200]!r} is a folder. {there}")
    return read_toml(file, what="study file", missing=f"Write one by study.save({STUDY_FILE!r}).")


def _dates_as_text(value: Any) -> Any:  # noqa: ANN401 - what TOML holds
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _confined(name: str, value: Any, folders: list[Path], file: str) -> Any:  # noqa: ANN401 - plain data
    """Return a value with its paths absolute."""
    if (name in MODELS and is_mlflow(value)) or name not in {*MODELS, *TABLES}:
        return value
    if name == "labels" and holds_words(value):  # only its outcomes are files
        return {
            part: _paths(held, folders, f"{file}: {name}.{part}") if part == "outcomes" else held
            for part, held in value.items()
        }
    return _paths(value, folders, f"{file}: {name}")


def _paths(value: Any, folders: list[Path], what: str) -> Any:  # noqa: ANN401 - plain data
    """Return a path, or a list or map of them, absolute."""
    if isinstance(value, str):
        return str(confine(value, folders=folders, what=what))
    if isinstance(value, list):
        return [_paths(each, folders, what) for each in value]
    if is_plain_query(value):
        return {**value, "database": str(confine(value["database"], folders=folders, what=f"{what}.database"))}
    return {each: _paths(table, folders, what) for each, table in value.items()}
