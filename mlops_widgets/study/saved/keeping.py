"""A study saved where a study file may be already: what somebody else wrote there is kept beside it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from mlops_widgets.errors import InputError
from mlops_widgets.study.saved.saving import SavedStudy, save_study
from mlops_widgets.study.study import Study


def save_keeping(study: Study, file: Path, *, ours: str = "") -> SavedStudy:
    """Write a study file; one that is there already, with another text than `ours`, is kept under another name.

    Parameters
    ----------
    study
        The study.
    file
        The study file.
    ours
        What the caller itself wrote there last, which may be replaced.

    Raises
    ------
    InputError
        As `save_study`, or if the file that is there can't be renamed; it is where it was, then.
    """
    if not file.exists() or _text(file) == ours:
        return save_study(study, file, overwrite=True)
    kept = next(name for name in _free_names(file) if not name.exists())
    _rename(file, kept)
    try:
        saved = save_study(study, file)
    except BaseException:
        _rename(kept, file)
        raise
    if _text(kept) == _text(file):
        kept.unlink()
        return saved
    return replace(saved, notes=(f"The {file.name} that was there is kept as {kept.name}.", *saved.notes))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:  # a folder, or not to be read: saving says so
        return "\0"


def _free_names(file: Path) -> Iterator[Path]:
    yield file.with_name(f"{file.name}.bak")
    for number in count(2):
        yield file.with_name(f"{file.name}.bak-{number}")


def _rename(file: Path, name: Path) -> None:
    try:
        file.rename(name)
    except OSError as error:
        raise InputError(f"{file.name!r} is there already and can't be renamed: {error.strerror}.") from error
