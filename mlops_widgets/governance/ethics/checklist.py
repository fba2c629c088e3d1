"""An ethics checklist as dated data: items in the form of a policy's requirements, in sections, with what they were made from."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlops_widgets.core.fields import only, text
from mlops_widgets.core.statements import day
from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError
from mlops_widgets.governance.policies.policy import Policy, read_requirements

_READY = Path(__file__).with_name("checklist.toml")
_FORMAT = 1
STUDY = "study"
"""Key by which a file of answers names the study that they are about."""


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """What is asked, and what answers it.

    Parameters
    ----------
    items
        The items, as a policy: a check of kind "sign_off" is answered by a person, every other kind by evidence alone.
    sections
        First letters of ids → what the section is about.
    source
        What it was made from.
    last_checked
        The day on which the source was read.

    Examples
    --------
    >>> checklist = read_checklist()
    >>> len(checklist.items.requirements), checklist.section("D2")
    (28, 'Making the model')
    """

    items: Policy
    sections: Mapping[str, str]
    source: str = ""
    last_checked: str = ""

    def __post_init__(self) -> None:
        """Take the sections' names as texts, and the day as one."""
        object.__setattr__(
            self,
            "sections",
            {text("sections", key): text(f"sections.{key}", told) for key, told in self.sections.items()},
        )
        object.__setattr__(self, "source", text("source", self.source))
        object.__setattr__(self, "last_checked", day("last_checked", self.last_checked))
        for each in self.items.requirements:
            if each.id == STUDY:
                raise InputError(
                    f"An item has the id {STUDY!r}, by which a file of answers names its study. Give it another one."
                )
            if each.check.kind == "sign_off" and (each.check.on != "study" or each.check.independent):
                raise InputError(
                    f'Item {each.id!r}: what a person answers is about the study. Write on = "study", without independent.'
                )

    def section(self, item: str) -> str:
        """Return what the section of an item is called; the longest beginning of its id counts."""
        fits = sorted((key for key in self.sections if item.startswith(key)), key=len)
        return self.sections[fits[-1]] if fits else "Other"


def read_checklist(path: str | os.PathLike[str] | None = None) -> Checklist:
    """Return the checklist that a TOML file holds; nothing in it is run.

    Parameters
    ----------
    path
        The file; by default the one that comes with the package: the topics of deon, and seven of our own.

    Raises
    ------
    InputError
        If the file can't be read, or holds anything but a checklist; the item that is wrong is named.
    """
    file = _READY if path is None else Path(path)
    plain = read_toml(file, what="checklist", missing="read_checklist() without a path returns the ready one.")
    known = ("checklist", "name", "version", "last_checked", "source", "sections", "requirements")
    top = only(file.name, plain, known, needed=("checklist", "name", "requirements"))
    if top["checklist"] != _FORMAT:
        raise InputError(
            f"{file.name}: checklist={str(top['checklist'])[:40]}. A checklist's file begins with checklist = {_FORMAT}."
        )
    sections = top.get("sections", {})
    if not isinstance(sections, Mapping):
        raise InputError(f'{file.name}: sections holds no names. Write [sections] and then A = "Collecting the data".')
    items = Policy(
        name=top["name"], version=top.get("version", ""), requirements=read_requirements(file.name, top["requirements"])
    )
    return Checklist(
        items=items, sections=sections, source=top.get("source", ""), last_checked=top.get("last_checked", "")
    )
