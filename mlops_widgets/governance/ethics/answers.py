"""Answers of people to a checklist: yes, no or does not apply, with words, name, day, and the study that they are about."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.document import sound
from mlops_widgets.core.fields import one_of, only
from mlops_widgets.core.result import JSON_ERRORS, write_atomically
from mlops_widgets.core.statements import day, person, statement, words
from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.governance.ethics.checklist import STUDY, Checklist, read_checklist
from mlops_widgets.study.saved.toml_text import write_toml

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

YES, NO, NOT_HERE = "yes", "no", "does not apply"
_ANSWERS = (YES, NO, NOT_HERE)
_PARTS = ("answer", "text", "by", "on")


@dataclass(frozen=True, kw_only=True)
class EthicsAnswer:
    """What a person answered.

    Parameters
    ----------
    answer
        "yes", "no" or "does not apply".
    text
        Why.
    by, on
        Who says so, and on which day.
    study
        Fingerprint of the study that it is about; "" where the answers don't name one.
    """

    answer: str
    text: str
    by: str
    on: str
    study: str = ""

    @property
    def sentence(self) -> str:
        """Who said what, when."""
        return f"{self.by} said {self.answer} on {self.on}: “{self.text}”"


def read_answers(given: Any, checklist: Checklist) -> dict[str, EthicsAnswer]:  # noqa: ANN401 - checked here
    """Return the answers by item; one without an answer, words, name or day is left out, as nobody gave it.

    Parameters
    ----------
    given
        None, a mapping, or the path of a TOML file as `write_ethics_answers` makes it: "study" → fingerprint, and item →
        {"answer": …, "text": …, "by": …, "on": …}.
    checklist
        What was asked.

    Raises
    ------
    InputError
        If the file can't be read, or an answer holds something else.
    UnknownNameError
        If there is no such item.
    """
    plain = _mapping(given)
    ids = [each.id for each in checklist.items.requirements]
    study = words(f"answers[{STUDY!r}]", plain.get(STUDY))
    found = {}
    for name, told in plain.items():
        if name == STUDY:
            continue
        if name not in ids:
            raise UnknownNameError(
                f"Unknown item {str(name)[:40]!r} in answers=. Items: {listed(ids, most=60)}.{did_you_mean(str(name)[:40], ids)}"
            )
        answer = _read(str(name), told, study)
        if answer is not None:
            found[str(name)] = answer
    return found


def write_ethics_answers(
    path: str | os.PathLike[str],
    study: "Study",
    *,
    checklist: Checklist | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a TOML file in which people answer a checklist for this study, and return its path.

    Parameters
    ----------
    path
        The file, .toml.
    study
        What the answers are about: they count for its fingerprint alone.
    checklist
        What is asked; by default the ready one.
    overwrite
        Whether a file that is there already may be replaced.

    Raises
    ------
    InputError
        If the name doesn't end in .toml, or there is a file already.
    """
    file, asked = Path(path), read_checklist() if checklist is None else checklist
    if file.suffix != ".toml":
        raise InputError(f"write_ethics_answers({str(file)[:200]!r}): the name must end in .toml.")
    if file.exists() and not overwrite:
        raise InputError(f"{str(file)[:200]!r} is there already. Pass overwrite=True to replace it.")
    lines = [
        f"# Checklist “{asked.items.name}”, version {asked.items.version or '–'}. answer is yes, no, or does not apply.",
        "# An answer counts with its reason (text), the name of who answers for it (by), and the day (on = 2026-03-31 in quotes).",
        f'study = "{study.fingerprint}"',
    ]
    section = ""
    for each in asked.items.requirements:
        if asked.section(each.id) != section:
            section = asked.section(each.id)
            lines += ["", f"# {sound(section)}"]
        lines += ["", f"# {each.id}: {sound(each.title)}"]
        if each.check.kind == "sign_off":
            lines += write_toml({each.id: dict.fromkeys(_PARTS, "")}).splitlines()
        else:
            lines.append(f"# Answered by evidence: {sound(each.check.make) or each.check.kind}")
    write_atomically(file, ("\n".join(lines) + "\n").encode(errors=JSON_ERRORS))
    return file


def _mapping(given: Any) -> Mapping[str, Any]:  # noqa: ANN401 - checked here
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return given
    if not isinstance(given, str | os.PathLike):
        raise WrongTypeError(f"answers= is {type(given).__name__}. Pass a mapping, or the path of a TOML file.")
    return read_toml(Path(given), what="file of answers", missing="Make one by write_ethics_answers(path, study).")


def _read(name: str, told: Any, study: str) -> EthicsAnswer | None:  # noqa: ANN401 - checked here
    where = f"answers[{name!r}]"
    part = only(where, told, _PARTS)
    answer = words(f"{where}.answer", part.get("answer"))
    if answer:
        one_of(f"{where}.answer", answer, _ANSWERS)
    text, by, on = (
        statement(f"{where}.text", part.get("text")),
        person(f"{where}.by", part.get("by")),
        day(f"{where}.on", part.get("on")),
    )
    return EthicsAnswer(answer=answer, text=text, by=by, on=on, study=study) if answer and text and by and on else None
