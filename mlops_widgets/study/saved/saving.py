"""A study as a `study.toml` and the files beside it: everything is written before that file appears, or nothing stays."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from mlops_widgets.core.result import write_atomically
from mlops_widgets.errors import InputError
from mlops_widgets.study.model_columns import own_columns
from mlops_widgets.study.predictor import EstimatorPredictor, FunctionPredictor, Predictor
from mlops_widgets.study.saved.confined_paths import confine, is_mlflow
from mlops_widgets.study.saved.files_beside import FilesBeside, Write, all_or_nothing
from mlops_widgets.study.saved.models import model_bytes, refusal_of_function, trust_note
from mlops_widgets.study.saved.plain_arguments import is_plain_query
from mlops_widgets.study.saved.recipe import MODELS, TABLES, Live, to_toml
from mlops_widgets.study.saved.tables import changed_columns, table_bytes
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, read_table
from mlops_widgets.study.wording import holds_words

_HEAD = (
    "# A study for mlops-widgets: mw.open_study({name}). What it names lies beside it, so the folder can be moved.\n"
)


@dataclass(frozen=True, kw_only=True)
class SavedStudy:
    """What `study.save` wrote; where a path is expected it stands for the study file.

    Parameters
    ----------
    path
        The study file.
    files
        The files written beside it.
    notes
        What the person who opens it should know, in sentences.
    """

    path: Path
    files: tuple[Path, ...]
    notes: tuple[str, ...]

    def __fspath__(self) -> str:
        """Return the path of the study file."""
        return str(self.path)

    def __str__(self) -> str:
        """Return what was written, and the notes."""
        lines = [str(self.path), *(f"  {file.parent.name}/{file.name}" for file in self.files)]
        return "\n".join(lines + [f"  note: {note}" for note in self.notes])

    __repr__ = __str__


def save_study(
    study: Study, path: str | PathLike[str] = "study.toml", *, overwrite: bool = False, write: Write = write_atomically
) -> SavedStudy:
    """Write a study to `path` and the folder beside it; see `Study.save`.

    Parameters
    ----------
    study
        The study.
    path
        The study file.
    overwrite
        Whether it may be there already.
    write
        Writes a file whole or not at all.

    Raises
    ------
    InputError
        If something in it can't be saved, or the files can't be written; nothing of this save stays then.
    """
    file = _checked_target(Path(path), overwrite=overwrite)
    _check_recipe(study.recipe)
    folder = FilesBeside(home=file.parent.resolve(), name=f"{file.stem}_files", write=write)
    with all_or_nothing(folder, file):
        before = file.read_text(errors="replace") if file.exists() else ""
        text = _HEAD.format(name=_quoted(file.name)) + to_toml(_arguments(study, folder))
        folder.finish(file, text.encode())
    folder.tidy(before=before, after=text + _kept(file))
    return SavedStudy(path=file, files=tuple(folder.written), notes=tuple(folder.notes))


def _kept(file: Path) -> str:
    """Return the study files that were kept beside this one, whose files are still needed."""
    return "\n".join(
        each.read_text(errors="replace") for each in file.parent.glob(f"{file.name}.bak*") if each.is_file()
    )


def _quoted(name: str) -> str:
    return '"' + re.sub(r"[^\w. -]", "_", name) + '"'


def _checked_target(file: Path, *, overwrite: bool) -> Path:
    if file.suffix.lower() != ".toml":
        raise InputError(f"path={str(file)[:200]!r}: a study file ends in .toml, such as study.toml.")
    if file.is_dir():
        raise InputError(f"path={str(file)[:200]!r} is a folder. Name a file in it, such as study.toml.")
    if file.exists() and not overwrite:
        raise InputError(f"{str(file)[:200]!r} is already there. Pass overwrite=True to replace it, or another path.")
    return file


def _check_recipe(recipe: Mapping[str, Any]) -> None:
    if not recipe:
        raise InputError(
            "This study wasn't made by load_study or sample, so what made it isn't known and can't be saved."
        )
    for name, value in recipe.items():
        if not isinstance(value, Live) or name in TABLES:
            continue
        if name in {"predict", "predict_proba"}:
            raise refusal_of_function(name, value.name)
        if name not in MODELS:
            raise InputError(
                f"{name}= is a live object ({value.kind} {value.name[:60]!r}), which no file can hold. Pass {name}= as a name "
                f"or plain values, or give it at each opening: mw.open_study(…, {name}=…) of a study saved without it."
            )


def _arguments(study: Study, folder: FilesBeside) -> dict[str, Any]:
    """Return the arguments that the study file holds, and write what they name."""
    if "sample" in study.recipe:
        return dict(study.recipe)
    models = {name: _save_model(study, name, study.recipe[name], folder) for name in MODELS if name in study.recipe}
    rest = {name: value for name, value in study.recipe.items() if name not in {*MODELS, *TABLES}}
    return models | _save_tables(study, folder, rest)


def _near(value: Any, home: Path) -> Any:  # noqa: ANN401 - plain data
    """Return a table or model given by path with its paths relative to `home`; None if one is live or lies elsewhere."""
    if isinstance(value, str):
        try:
            text = Path(value).resolve().relative_to(home).as_posix()
            confine(text, folders=[home], what="it")
        except (ValueError, OSError, RuntimeError):  # an InputError is a ValueError
            return None
        return text
    if isinstance(value, list):
        found = [_near(each, home) for each in value]
        return None if any(each is None for each in found) else found
    if is_plain_query(value):
        database = _near(value["database"], home)
        return None if database is None else {"database": database, "sql": value["sql"]}
    if isinstance(value, Mapping):
        named = {name: _near(each, home) for name, each in value.items()}
        return None if any(each is None for each in named.values()) else named
    return None


def _save_tables(study: Study, folder: FilesBeside, rest: dict[str, Any]) -> dict[str, Any]:
    given, words = _given_tables(study), study.words.plain()
    near = {name: _near(value, folder.home) for name, value in given.items()}
    if all(value is not None for value in near.values()):
        labels = {"outcomes": near.pop("labels"), **words} if words and "labels" in near else words
        return near | rest | ({"labels": labels} if labels else {})
    rest |= {"labels": words} if words else {}
    if {"data", "labels"} & set(given):  # the parts that were made of them stand for them
        near, rest = {}, {name: value for name, value in rest.items() if name != "split"}
    saved: dict[str, Any] = {}
    for name, tables in _parts(study).items():
        paths = near.get(name) or {each: _save_table(table, folder) for each, table in tables.items()}
        saved[name] = paths[name] if isinstance(paths, dict) and set(paths) == {name} else paths
    saved["target"] = study.outcome.target
    if not own_columns(_live(study.model)) and study.roles.features:
        saved["features"] = list(study.roles.features)
    return {**rest, **saved}


def _given_tables(study: Study) -> dict[str, Any]:
    """Return the arguments that are tables; of labels the outcomes, since what columns are called is no table."""
    given = {name: study.recipe[name] for name in TABLES if name in study.recipe}
    if holds_words(given.get("labels")):
        outcomes = given.pop("labels").get("outcomes")
        given |= {} if outcomes is None else {"labels": outcomes}
    return given


def _parts(study: Study) -> dict[str, dict[str, Table]]:
    parts = {"reference": study.reference, "production": study.production}
    found = {name: {name: table} for name, table in parts.items() if table is not None}
    return found | ({"test": dict(study.tests)} if study.tests else {})


def _save_table(table: Table, folder: FilesBeside) -> str:
    path = folder.add(table.name, ".parquet", table_bytes(table))
    changed = changed_columns(table, read_table(folder.home / path, name=table.name))
    if changed:
        folder.notes.append(f"{table.name}: these columns come back in another type: {', '.join(changed[:5])}.")
    if table.rows < table.source_rows:
        folder.notes.append(f"{table.name}: the {table.rows:,} rows of the study are saved, of {table.source_rows:,}.")
    return path


def _live(model: Predictor) -> Any:  # noqa: ANN401 - any model
    return model.model if isinstance(model, EstimatorPredictor) else None


def _save_model(study: Study, name: str, given: Any, folder: FilesBeside) -> str:  # noqa: ANN401 - plain data or Live
    if isinstance(given, str):
        return _keep_model(name, given, folder)
    predictor = study.model if name == "model" else study.challenger
    if isinstance(predictor, FunctionPredictor) and not hasattr(predictor.model, "native"):
        raise refusal_of_function(name, given.name)
    saved = model_bytes(_live(predictor), argument=name) if predictor is not None else None
    if saved is None:
        raise InputError(f"{name}= isn't known any more. Load the study again.")
    return _noted(name, saved.content, saved.suffix, folder)


def _noted(name: str, content: bytes, suffix: str, folder: FilesBeside) -> str:
    note = trust_note(content, suffix, argument=name)
    folder.notes += [note] if note else []
    return folder.add(name, suffix, content)


def _keep_model(name: str, given: str, folder: FilesBeside) -> str:
    """Return the relative path of a model file: of itself where it lies near, else of a copy."""
    if is_mlflow(given):
        return given
    source, near = Path(given), _near(given, folder.home)
    if source.is_dir():
        return near or folder.add_tree(name, source)
    if not source.is_file():
        raise InputError(f"{name}= was read from {given[:200]!r}, which isn't there any more. Load the study again.")
    content = source.read_bytes()
    if near is None:
        return _noted(name, content, source.suffix.lower(), folder)
    note = trust_note(content, source.suffix.lower(), argument=name)
    folder.notes += [note] if note else []
    return str(near)
