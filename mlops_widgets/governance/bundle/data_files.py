"""What is said of the data: a contract and a Croissant, from names, types and digests; no cell of a table is looked at."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.document import sound
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.study.contract.columns import ColumnRules, ColumnType
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.contract.files import read_contract
from mlops_widgets.study.croissant import CroissantColumn, CroissantFile, check_file, croissant, file_sha256

if TYPE_CHECKING:
    import pandas as pd

    from mlops_widgets.core.result import Result
    from mlops_widgets.study.study import Study
    from mlops_widgets.study.tables import Table

MODEL = "model"


def checked_files(study: "Study", files: Any) -> dict[str, Path]:  # noqa: ANN401 - checked here
    """Return the files of model and tables, if that is what they are.

    Raises
    ------
    UnknownNameError
        If there is no such table.
    InputError
        If a file isn't there, or holds another table.
    """
    if files is None:
        return {}
    if not isinstance(files, Mapping):
        raise WrongTypeError(
            f"files= is {type(files).__name__}. Pass a mapping: {{'model': 'm.skops', 'test': 'test.csv'}}."
        )
    known = [MODEL, *study.tables]
    for name, given in files.items():
        if name not in known:
            raise UnknownNameError(
                f"Unknown {str(name)[:40]!r} in files=. Allowed: {listed(known)}.{did_you_mean(str(name), known)}"
            )
        file = Path(given)
        if not file.is_file():
            raise InputError(f"files[{name!r}]={file.name[:80]!r} isn't there. Pass the path of a file.")
        if name != MODEL:
            check_file(file, study.tables[name].columns)
    return {name: Path(given) for name, given in files.items()}


def contract_of(study: "Study", given: Any, results: Sequence["Result"]) -> tuple[Contract, bool]:  # noqa: ANN401 - checked here
    """Return a contract, and whether somebody made it: passed, or held by a Result; else names and types of the model's columns.

    Raises
    ------
    InputError
        If what was passed is none.
    """
    if isinstance(given, Contract):
        return given, True
    if given is not None:
        return read_contract(given), True
    held = next((each for result in results if isinstance(each := getattr(result, "contract", None), Contract)), None)
    return (_bare(study), False) if held is None else (held, True)


def _bare(study: "Study") -> Contract:
    """Return what the model needs of a table: that its columns are there, and of which type. Nothing is learned from cells."""
    table = study.test or next(iter(study.tables.values()))
    needed = [name for name in table.columns if name in {*study.model.features, study.outcome.target}]
    columns = tuple(
        ColumnRules(name=name, type=_type(table[name]), required=name != study.outcome.target)
        for name in needed
        if name.strip()
    )
    notes = (f"Names and types of the columns that the model uses, as the table {table.name} has them.",)
    return Contract(name=sound(study.name) or "study", columns=columns, notes=notes)


def _type(cells: "pd.Series[Any]") -> ColumnType | None:
    from pandas.api import types

    kind = cells.dtype
    if types.is_bool_dtype(kind):
        return "boolean"
    if types.is_integer_dtype(kind):
        return "integer"
    if types.is_float_dtype(kind):
        return "number"
    if types.is_datetime64_any_dtype(kind):
        return "timestamp"
    return "string" if types.is_string_dtype(cells) else None


def croissant_of(study: "Study", files: Mapping[str, Path], digests: Mapping[str, str]) -> dict[str, Any]:
    """Return the study's data as Croissant; columns of those tables whose files were passed.

    Parameters
    ----------
    study
        The study.
    files
        Table → its file.
    digests
        Table → SHA-256 of that file.
    """
    lines = [
        f"{name}: {table.rows:,} rows, {len(table.columns)} columns, fingerprint {table.fingerprint}"
        for name, table in study.tables.items()
    ]
    made_up = "Synthetic data. " if study.synthetic else ""
    facts = {"description": f"{made_up}Tables of the study {sound(study.name)}. {'; '.join(lines)}."}
    known = [_file(study.tables[name], path, digests[name]) for name, path in files.items() if name != MODEL]
    return croissant(study.name, version=study.fingerprint, facts=facts, files=_apart(known))


def _file(table: "Table", path: Path, digest: str) -> CroissantFile:
    columns = tuple(
        CroissantColumn(name=name, dtype=str(table[name].dtype), description=name) for name in table.columns
    )
    return CroissantFile(name=path.name, url=path.name, sha256=digest, rows=table.name, columns=columns)


def _apart(files: list[CroissantFile]) -> list[CroissantFile]:
    """Refuse two tables in files of one name: they would be one file to a reader."""
    names = [each.name for each in files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"files= names two files that are called {twice[:80]!r}. Give each table's file a name of its own.")  # fmt: skip
    return files


def digests_of(files: Mapping[str, Path]) -> dict[str, str]:
    """Return the SHA-256 of each file."""
    return {name: file_sha256(path) for name, path in files.items()}
