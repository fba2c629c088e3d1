"""A contract as a TOML or JSON file, written whole or not at all, and read without harm: every name and type is checked."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mlops_widgets.core.codec import from_plain
from mlops_widgets.core.result import write_atomically
from mlops_widgets.core.toml_files import MOST_BYTES, read_toml
from mlops_widgets.errors import InputError, did_you_mean, listed
from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Dependency, Freshness, Key, Order, Severity
from mlops_widgets.study.saved.toml_text import write_toml

_FORMAT = 1
_NESTED = ("columns", "keys", "dependencies", "orders")
_MOST_DEPTH = 12
_MISSING = "Write one by contract.save(path)."


def plain_contract(contract: Contract) -> dict[str, Any]:
    """Return a contract as plain data without what stands at its default."""
    plain = {"contract": _FORMAT} | _without_defaults(contract)
    return {name: value for name, value in plain.items() if name != "lost"}


def _without_defaults(each: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass
    said = {}
    for one in fields(each):
        value = getattr(each, one.name)
        if value is None or value in ((), {}) or value == one.default:
            continue
        said[one.name] = _plain(value)
    return said


def _plain(value: Any) -> Any:  # noqa: ANN401 - a field
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    return _without_defaults(value) if hasattr(value, "__dataclass_fields__") else value


def write_contract(contract: Contract, path: Path, *, overwrite: bool) -> Path:
    """Write a contract and return its path; see `Contract.save`."""
    if path.suffix not in {".toml", ".json"}:
        raise InputError(f"save({str(path)[:200]!r}): the name must end in .toml or .json.")
    if path.exists() and not overwrite:
        raise InputError(f"{str(path)[:200]!r} is there already. Pass overwrite=True to replace it.")
    plain = plain_contract(contract)
    text = (
        _toml(plain)
        if path.suffix == ".toml"
        else json.dumps(plain, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    )
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            "A name or value holds half a character (a lone surrogate), which no text file can hold."
        ) from error
    if len(data) > MOST_BYTES:
        raise InputError(
            f"The contract takes {len(data):,} bytes, and a file of one has {MOST_BYTES:,} at most. Leave out values of allowed=."
        )
    write_atomically(path, data)
    return path


def _toml(plain: Mapping[str, Any]) -> str:
    """Return the file: a section a column and table rule, so that a change is a line."""
    top = {name: value for name, value in plain.items() if name not in _NESTED and not isinstance(value, Mapping)}
    maps = {name: value for name, value in plain.items() if isinstance(value, Mapping)}
    sections = [f"[[{name}]]\n{write_toml(each)}" for name in _NESTED for each in plain.get(name, ())]
    return "\n".join([write_toml(top | maps), *sections])


def read_contract(path: "str | os.PathLike[str]") -> Contract:
    """Return the contract that a file holds, written by `Contract.save` or by hand. Nothing in it is run.

    Parameters
    ----------
    path
        A `.toml` or `.json` file.

    Raises
    ------
    InputError
        If it can't be read, or holds anything but a contract.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> contract = Contract(name="loans", columns=(ColumnRules(name="age", lower=18),))
    >>> with TemporaryDirectory() as folder:
    ...     read_contract(contract.save(f"{folder}/contract.toml")) == contract
    True
    """
    file = Path(path)
    if file.suffix == ".json":
        plain = _read_json(file)
    elif file.suffix == ".toml":
        plain = read_toml(file, what="contract", missing=_MISSING)
    else:
        raise InputError(f"{str(file)[:200]!r}: a contract's file ends in .toml or .json.")
    return contract_of(plain, file.name)


def _read_json(file: Path) -> Any:  # noqa: ANN401 - JSON
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"{str(file)[:200]!r} can't be read: {error}. {_MISSING}") from error
    if len(content) > MOST_BYTES:
        raise InputError(f"{file.name} has more than {MOST_BYTES:,} bytes, too many for a contract.")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file.name} is no JSON: {str(error)[:200]}.") from error


def contract_of(plain: Any, where: str) -> Contract:  # noqa: ANN401 - whatever a file held
    """Return the contract in plain data; `where` is the file's name for messages."""
    if not isinstance(plain, Mapping):
        raise InputError(f"{where} holds {type(plain).__name__}, and a contract is a map of names.")
    if plain.get("contract") != _FORMAT or type(plain.get("contract")) is not int:
        raise InputError(
            f"{where}: contract={str(plain.get('contract'))[:20]!r}. This release reads contract = {_FORMAT}."
        )
    known = [each.name for each in fields(Contract) if each.name != "lost"]
    for name in plain:
        if name not in known and name != "contract":
            raise InputError(
                f"{where}: unknown name {str(name)[:60]!r}. Names: {listed(known, most=20)}.{did_you_mean(str(name), known)}"
            )
    if "name" not in plain:
        raise InputError(f"{where} has no name =. Say what the table is called.")
    others: dict[str, Any] = {name: value for name, value in plain.items() if name != "contract"}
    made: dict[str, Any] = {}
    try:
        made["columns"] = tuple(_column(each) for each in _listed(others.pop("columns", []), "columns"))
        for name, kind in _PARTS.items():
            made[name] = tuple(_part(kind, each) for each in _listed(others.pop(name, []), name))
        if "freshness" in others:
            made["freshness"] = _part(Freshness, others.pop("freshness"))
        rest = from_plain(PlainContract, others)
        return Contract(**made, **{name: getattr(rest, name) for name in others})
    except (KeyError, RecursionError, InputError) as error:
        raise InputError(f"{where}: {str(error)[:400]}") from error


def _part(kind: type[Any], found: Any) -> Any:  # noqa: ANN401 - whatever a file held
    return from_plain(kind, found)


_PARTS: dict[str, type[Any]] = {"keys": Key, "dependencies": Dependency, "orders": Order}


def _listed(found: Any, name: str) -> list[Any]:  # noqa: ANN401 - whatever a file held
    if not isinstance(found, list):
        raise InputError(f"{name} is {type(found).__name__}, and a list of maps is needed: [[{name}]].")
    return found


def _column(found: Any) -> ColumnRules:  # noqa: ANN401 - whatever a file held
    if not isinstance(found, Mapping) or not isinstance(found.get("name"), str):
        raise InputError("columns: each is a map with a name = and rules.")
    return ColumnRules(name=found["name"]).changed(
        **{str(rule): value for rule, value in found.items() if rule != "name"}
    )


@dataclass(frozen=True, kw_only=True)
class PlainContract:
    """The plain fields of a contract, for their types."""

    name: str
    version: str = ""
    description: str = ""
    least_rows: int | None = None
    most_rows: int | None = None
    closed: bool = False
    severities: Mapping[str, Severity] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
