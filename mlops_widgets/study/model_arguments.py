"""`model=` and `challenger=` as they were passed: live objects, or files to be opened."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mlops_widgets.errors import InputError
from mlops_widgets.study.model_columns import own_columns
from mlops_widgets.study.model_files.door import read_model
from mlops_widgets.study.model_files.trust import Trust
from mlops_widgets.study.reading import TableInputs


@dataclass(frozen=True, kw_only=True)
class OpenedModels:
    """The models of a study, live.

    Parameters
    ----------
    model, challenger
        As passed, or as read from their files.
    features
        Columns that the model's file names, where the model itself knows none.
    notes
        What was found out while the files were read.
    """

    model: Any
    challenger: Any
    features: tuple[str, ...]
    notes: tuple[str, ...]


def is_model_file(model: Any) -> bool:  # noqa: ANN401 - any argument
    """Say whether a model was given as the path or address of a file."""
    return isinstance(model, str | os.PathLike)


def open_models(model: Any, challenger: Any, *, trust: Trust) -> OpenedModels:  # noqa: ANN401 - any argument
    """Return the models, read from their files where these were given.

    Raises
    ------
    InputError
        If `trust` is given and there is no model file.
    ModelFileError
        If a file can't be read, or is refused.
    """
    if trust is not None and not (is_model_file(model) or is_model_file(challenger)):
        raise InputError(
            f"trust={trust!r:.60} is only for model files, and model= is {type(model).__name__}, which is yours already. "
            "Leave trust= out."
        )
    found = {"model": model, "challenger": challenger}
    features: tuple[str, ...] = ()
    notes: list[str] = []
    for argument, given in found.items():
        if is_model_file(given):
            file = read_model(given, trust=trust, argument=argument)
            found[argument] = file.model
            notes += file.notes
            features = file.features if argument == "model" and not own_columns(file.model) else features
    return OpenedModels(**found, features=features, notes=tuple(notes))


@contextmanager
def tables_of_run(model: Any, tables: TableInputs) -> Iterator[tuple[TableInputs, list[str]]]:  # noqa: ANN401 - any argument
    """Give the tables as passed; where none is and the model lies in an MLflow run, those that the run logged.

    What was fetched is removed when they have been read.

    Raises
    ------
    InputError
        If the run logged no table that can be read.
    """
    given = (tables.data, tables.reference, tables.test, tables.production)
    if any(table is not None for table in given) or not _is_in_run(model):
        yield tables, []
        return
    from mlops_widgets.study.model_files.mlflow_models import run_tables

    with TemporaryDirectory() as folder:
        logged = run_tables(model, into=Path(folder))
        found: dict[str, Any] = {part: logged[part] for part in ("reference", "test") if part in logged}
        if not found:
            raise InputError(
                f"No table given, and the run of model={model[:100]!r} logged none that is a file. Pass test=."
            )
        said = "Tables are those that the model's MLflow run logged: " + ", ".join(found) + "."
        yield replace(tables, **found), [said]


def _is_in_run(model: Any) -> bool:  # noqa: ANN401 - any argument
    return isinstance(model, str) and model.startswith(("runs:/", "models:/"))
