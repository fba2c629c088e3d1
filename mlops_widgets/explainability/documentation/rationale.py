"""What only a person can say about a model: fields in a TOML file that a person edits, read strictly, never overwritten."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mlops_widgets.core.result import write_atomically
from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, did_you_mean, listed
from mlops_widgets.study.saved.toml_text import quoted_text

FIELDS: Mapping[str, tuple[str, str]] = {
    "purpose": ("Purpose", "what the model is for, and for whose good"),
    "intended_users": ("Intended users", "who works with its answers"),
    "intended_use": ("Intended use", "in which step of which process"),
    "out_of_scope": ("Out of scope", "what it must not be used for"),
    "owner": ("Owner", "who answers for it"),
    "reviewer": ("Reviewer", "who looked at it and isn't the owner"),
    "contact": ("Contact", "whom to ask, and how to object to an answer"),
    "data_origin": ("Origin of the data", "where the rows come from, and why they stand for those to come"),
    "target_choice": ("Choice of the target", "why this column stands for what one wants to know"),
    "metric_choice": ("Choice of the metric", "why this metric, and which value is good enough"),
    "decision_rule": ("Decision rule", "what is done with an answer, at which threshold, and why there"),
    "affected_people": ("People affected", "whom the answers touch, and how a wrong one harms them"),
    "human_oversight": ("Human oversight", "who can overrule an answer, and when they must"),
    "monitoring": ("Monitoring plan", "what is watched in production, how often, by whom"),
    "retraining": ("Retraining and retirement", "when it is trained anew, rolled back, or switched off"),
}
"""Name in the file → label, and what is asked."""

COLUMNS, FORMER = "columns", "former_columns"
MOST_LETTERS = 2000
_MOST_NAME = 200
_PARTS = ("text", "author", "date")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_HEAD = """\
# What only a person can say about this model. Fill text, author and date (2026-03-31) of each; leave empty what nobody
# can say yet: the document shows it as empty. Comments of your own are lost when the form is written again; texts never are.
"""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing that a person said.

    Parameters
    ----------
    name
        The field; of a column "columns." and its name.
    text
        What was said.
    author, date
        By whom, and when, as an ISO date.
    """

    name: str
    text: str
    author: str
    date: str


@dataclass(frozen=True, kw_only=True)
class Rationale:
    """Everything that people said about a model.

    Parameters
    ----------
    said
        Statements by field.
    former
        Statements on columns that the model no longer takes.
    columns
        The model's columns, each of which is a field.
    """

    said: tuple[Said, ...] = ()
    former: tuple[Said, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all fields, those of the columns last."""
        return (*FIELDS, *(f"{COLUMNS}.{column}" for column in self.columns))

    @property
    def empty(self) -> tuple[str, ...]:
        """The fields that nobody has filled."""
        filled = {each.name for each in self.said}
        return tuple(name for name in self.fields if name not in filled)

    def of(self, name: str) -> Said | None:
        """Return what was said in a field, or None."""
        return next((each for each in self.said if each.name == name), None)

    def filled_by(self, more: Sequence[Said]) -> "Rationale":
        """Return the same with the empty fields filled from what others recorded."""
        new = [each for each in more if each.name in self.empty]
        return Rationale(said=(*self.said, *new), former=self.former, columns=self.columns)


def read_rationale(given: Any, columns: Sequence[str], *, gone: bool = False) -> Rationale:  # noqa: ANN401 - checked here
    """Return what a TOML file, or a mapping of the same form, says.

    Parameters
    ----------
    given
        Path, mapping, or None for nothing.
    columns
        The model's columns.
    gone
        Whether statements on columns that the model doesn't take count as former ones.

    Raises
    ------
    InputError
        If a key is unknown, a statement lacks its author or an ISO date, or a text is too long.

    Examples
    --------
    >>> read_rationale({"owner": {"text": "Risk", "author": "Ada", "date": "2026-03-01"}}, ["x"]).of("owner").text
    'Risk'
    """
    plain = _plain(given)
    known = (*FIELDS, COLUMNS, FORMER)
    _refuse_unknown(plain, known, "rationale=")
    said = [each for name in FIELDS if name in plain for each in _statement(name, plain[name])]
    former = [each for name, entry in _entries(plain, FORMER) for each in _statement(f"{FORMER}.{name}", entry)]
    for name, entry in _entries(plain, COLUMNS):
        if name in columns:
            said += _statement(f"{COLUMNS}.{name}", entry)
        elif gone:
            former += _statement(f"{FORMER}.{name}", entry)
        else:
            raise InputError(
                f"rationale= speaks of column {name[:60]!r}, which the model doesn't take. It takes {listed(columns)}."
                f"{did_you_mean(name, columns)} Correct it, or move it to [{FORMER}]."
            )
    return Rationale(said=tuple(said), former=tuple(former), columns=tuple(columns))


def form_text(rationale: Rationale, hints: Mapping[str, str]) -> str:
    """Return the form as TOML: each field with its question, and what was said so far.

    Parameters
    ----------
    rationale
        What was said.
    hints
        Field → what is known of it without anybody to vouch for it: a comment.
    """
    lines = [_HEAD]
    for name, (label, question) in FIELDS.items():
        lines += _entry(f"[{name}]", f"{label}: {question}.", rationale.of(name), hints.get(name, ""))
    for column in rationale.columns:
        name = f"{COLUMNS}.{column}"
        lines += _entry(
            _header(COLUMNS, column), "Why the model may use this column.", rationale.of(name), hints.get(name, "")
        )
    for each in rationale.former:
        lines += _entry(
            _header(FORMER, each.name.partition(".")[2]), "The model no longer takes this column.", each, ""
        )
    return "\n".join(lines)


def write_form(path: Path, rationale: Rationale, hints: Mapping[str, str]) -> Path:
    """Write the form, whole or not at all."""
    if path.suffix != ".toml":
        raise InputError(f"path={str(path)[:200]!r}: the name must end in .toml.")
    write_atomically(path, form_text(rationale, hints).encode())
    return path


def _header(section: str, column: str) -> str:
    return f"[{section}.{quoted_text(column, 'a column name')}]"


def _entry(header: str, question: str, said: Said | None, hint: str) -> list[str]:
    parts = {part: getattr(said, part) if said else "" for part in _PARTS}
    # A comment ends with its line, so a hint is written as a string of TOML, which has no line breaks.
    known = [f"# Recorded elsewhere, by nobody named: {quoted_text(hint, 'a hint')}"] if hint else []
    return [
        f"# {question}",
        *known,
        header,
        *(f"{part} = {quoted_text(text, header)}" for part, text in parts.items()),
        "",
    ]


def _plain(given: Any) -> Mapping[str, Any]:  # noqa: ANN401 - checked here
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return given
    if isinstance(given, str | Path):
        remedy = "Write it with write_rationale_form(study, path)."
        return read_toml(Path(given), what="rationale file", missing=remedy)
    raise InputError(f"rationale= is {type(given).__name__}. Pass the path of a TOML file, or a mapping of its form.")


def _refuse_unknown(plain: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    unknown = [str(name) for name in plain if name not in known]
    if unknown:
        raise InputError(
            f"{where} has unknown {listed(unknown)}. Allowed: {listed(known, most=20)}.{did_you_mean(unknown[0], known)}"
        )


def _entries(plain: Mapping[str, Any], section: str) -> Iterator[tuple[str, Any]]:
    found = plain.get(section, {})
    if not isinstance(found, Mapping):
        raise InputError(f"rationale= has {section} = {type(found).__name__}. Write [{section}.name] for each column.")
    yield from ((str(name), entry) for name, entry in found.items())


def _statement(name: str, entry: Any) -> tuple[Said, ...]:  # noqa: ANN401 - checked here
    """Return what an entry says, nothing where its text is empty."""
    where = f"rationale= [{name[:80]}]"
    if not isinstance(entry, Mapping):
        raise InputError(f"{where} is {type(entry).__name__}. Write text, author and date under it.")
    _refuse_unknown(entry, _PARTS, where)
    text, author = (_text(entry.get(part, ""), part, where) for part in ("text", "author"))
    if not text:
        return ()
    if not author:
        raise InputError(f"{where} has a text and no author. Say whose statement it is.")
    return (Said(name=name, text=text, author=author, date=_date(entry.get("date", ""), where)),)


def _text(given: Any, part: str, where: str) -> str:  # noqa: ANN401 - checked here
    most = MOST_LETTERS if part == "text" else _MOST_NAME
    if not isinstance(given, str):
        raise InputError(f"{where} has {part} = {given!r:.60}, which is {type(given).__name__}. Write a text.")
    if len(given) > most:
        raise InputError(f"{where} has a {part} of {len(given):,} characters. Allowed: {most:,}.")
    return given.strip()


def _date(given: Any, where: str) -> str:  # noqa: ANN401 - checked here
    text = given.isoformat() if isinstance(given, date) and not isinstance(given, datetime) else given
    try:
        if isinstance(text, str) and _ISO.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise InputError(f"{where} has date = {given!r:.40}. Write the day on which it was said, such as 2026-03-31.")
