"""A policy: requirements as data, read from and written to a TOML file."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal, Self

from mlops_widgets.core.fields import MOST, one_of, only, sections, text
from mlops_widgets.core.result import write_atomically
from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, MlopsWidgetsError, WrongTypeError
from mlops_widgets.governance.policies.requirement import Check, Requirement
from mlops_widgets.study.saved.toml_text import write_toml

READY = {"small team": "small_team.toml", "regulated": "regulated.toml"}
_FOLDER = Path(__file__).parent / "ready"
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What must be shown before a model may be used.

    Parameters
    ----------
    name
        What it is called.
    requirements
        What it asks for; their ids differ.
    version
        Of the policy, as its owners count.

    Examples
    --------
    >>> policy = Policy.ready("small team")
    >>> len(policy.requirements), policy.requirements[0].id
    (8, 'ST-1')
    """

    name: str
    requirements: tuple[Requirement, ...]
    version: str = ""

    def __post_init__(self) -> None:
        """Refuse a policy that asks for nothing, or has an id twice."""
        object.__setattr__(self, "name", text("name", self.name, needed=True))
        object.__setattr__(self, "version", text("version", self.version))
        object.__setattr__(self, "requirements", tuple(self.requirements))
        if not 0 < len(self.requirements) <= MOST:
            raise InputError(
                f"requirements= holds {len(self.requirements)}. Pass 1 to {MOST}: none would be met by anything."
            )
        if not all(isinstance(each, Requirement) for each in self.requirements):
            raise WrongTypeError("requirements= holds something else. Pass Requirement(id=…, title=…, check=…).")
        ids = [each.id for each in self.requirements]
        twice = next((each for each in ids if ids.count(each) > 1), None)
        if twice is not None:
            raise InputError(f"Two requirements have the id {twice!r}. Give each one of its own.")

    @classmethod
    def ready(cls, name: Literal["small team", "regulated"]) -> Self:
        """Return a policy that comes with the package: 8 requirements of a small team, or 40 of a regulated one.

        Parameters
        ----------
        name
            "small team" or "regulated".
        """
        return cls.read(_FOLDER / READY[one_of("name", name, READY)])

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Return the policy that a TOML file holds; nothing in it is run.

        Raises
        ------
        InputError
            If the file can't be read, or holds anything but a policy; the requirement that is wrong is named.
        """
        file = Path(path)
        plain = read_toml(file, what="policy", missing="Write one by Policy.ready('small team').write(path).")
        top = only(
            file.name, plain, ("policy", "name", "version", "requirements"), needed=("policy", "name", "requirements")
        )
        if top["policy"] != _FORMAT:
            raise InputError(f"{file.name}: policy={top['policy']!r}. A policy's file begins with policy = {_FORMAT}.")
        found = read_requirements(file.name, top["requirements"])
        return cls(name=top["name"], version=top.get("version", ""), requirements=found)

    def write(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the policy as a .toml file that `read` reads, whole or not at all, and return its path.

        Raises
        ------
        InputError
            If the name doesn't end in .toml, or there is a file already.
        """
        file = Path(path)
        if file.suffix != ".toml":
            raise InputError(f"write({str(file)[:200]!r}): the name must end in .toml.")
        if file.exists() and not overwrite:
            raise InputError(f"{str(file)[:200]!r} is there already. Pass overwrite=True to replace it.")
        top = write_toml({"policy": _FORMAT, "name": self.name, "version": self.version})
        parts = (f"[[requirements]]\n{write_toml(_plain(each))}" for each in self.requirements)
        write_atomically(file, "\n".join([top, *parts]).encode())
        return file


def read_requirements(where: str, given: Any) -> tuple[Requirement, ...]:  # noqa: ANN401 - of a file
    """Return the requirements that a file's list of sections holds.

    Parameters
    ----------
    where
        The file's name, for messages.
    given
        What stands under [[requirements]].

    Raises
    ------
    InputError
        If it is no such list; the requirement that is wrong is named.
    """
    listed = sections(where, given, "requirements")
    return tuple(_read(each, place) for place, each in enumerate(listed, start=1))


def read_policy_file(path: str | os.PathLike[str]) -> Policy:
    """Return the policy that a TOML file holds; nothing in it is run.

    Parameters
    ----------
    path
        A file written by `Policy.write`, or by hand.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> policy = Policy.ready("small team")
    >>> with TemporaryDirectory() as folder:
    ...     read_policy_file(policy.write(f"{folder}/policy.toml")) == policy
    True
    """
    return Policy.read(path)


_OWN = tuple(each for each in fields(Requirement) if each.name != "check")
_CHECKS = tuple(each for each in fields(Check) if each.name != "kind")


def _plain(requirement: Requirement) -> dict[str, Any]:
    """Return a requirement as a flat section: its own fields, the kind of check, and what of the check isn't as usual."""
    own = {each.name: getattr(requirement, each.name) for each in _OWN}
    said = {each.name: getattr(requirement.check, each.name) for each in _CHECKS}
    unusual = {each.name: said[each.name] for each in _CHECKS if said[each.name] != each.default}
    flat = own | {"check": requirement.check.kind} | unusual
    return {name: list(value) if isinstance(value, tuple) else value for name, value in flat.items()}


def _read(given: Any, place: int) -> Requirement:  # noqa: ANN401 - of a file
    name = str(given.get("id", ""))[:60] if isinstance(given, Mapping) else ""
    where = f"Requirement {name!r}" if name else f"Requirement {place}"
    needed = [each.name for each in _OWN if each.default is MISSING]
    known = [*(each.name for each in _OWN), "check", *(each.name for each in _CHECKS)]
    flat = only(where, given, known, needed=[*needed, "check"])
    try:
        check = Check(kind=flat["check"], **{each.name: flat[each.name] for each in _CHECKS if each.name in flat})
        return Requirement(check=check, **{each.name: flat[each.name] for each in _OWN if each.name in flat})
    except MlopsWidgetsError as error:
        raise InputError(f"{where}: {error}") from error
