"""What every look at a model returns: findings and numbers, frozen, never a picture."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, get_args

import numpy as np

from mlops_widgets.core import display
from mlops_widgets.core.codec import from_plain, to_plain
from mlops_widgets.core.document import document_of
from mlops_widgets.core.markdown import markdown
from mlops_widgets.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Status = Literal["passed", "warning", "failed", "not_enough_data", "not_applicable", "not_run"]
STATUSES: tuple[Status, ...] = get_args(Status)
MARKS: dict[Status, str] = {
    "passed": "●", "warning": "▲", "failed": "■", "not_enough_data": "◇", "not_applicable": "–", "not_run": "–",
}  # fmt: skip
"""Shape of each status: with the word and the colour, so that colour is never the only signal."""

WORST_FIRST: tuple[Status, ...] = ("failed", "warning", "not_enough_data", "passed", "not_applicable", "not_run")


def type_name(cls: type) -> str:
    """Return `"overfitting.LiveGapResult"`: the room and the class."""
    room = cls.__module__.removeprefix("mlops_widgets.").partition(".")[0]
    return f"{room}.{cls.__qualname__}"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One verdict: what was found, on which evidence, and what to do next.

    Parameters
    ----------
    code
        Stable code such as `"OV-LG-01"`; never reused for another meaning.
    status
        One of `STATUSES`. Passed, failed, not applicable and not run are four different things.
    claim
        One sentence that a manager understands, with the number and its interval.
    evidence
        The numbers behind the claim: name → number, text, truth value or None.
    action
        What to do next, one sentence.
    cost
        What leaving it costs, in `cost_unit`, 0 or more; None where it can't be said. Orders the findings.
    cost_unit
        The metric's name ("ROC AUC") or the unit of the study's `values`.
    """

    code: str
    status: Status
    claim: str
    evidence: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)
    action: str = ""
    cost: float | None = None
    cost_unit: str = ""

    def __post_init__(self) -> None:
        """Refuse a status that doesn't exist, begin the claim with a capital, and keep a copy of the evidence.

        A claim may begin with the name of a metric ("macro F1 was …"), so the capital is given here, once for all.
        """
        if self.status not in STATUSES:
            raise InputError(f"status={self.status!r} of finding {self.code}. Allowed: {', '.join(STATUSES)}.")
        object.__setattr__(self, "claim", self.claim[:1].upper() + self.claim[1:])
        object.__setattr__(self, "evidence", dict(self.evidence))

    @property
    def order(self) -> tuple[int, float, str]:
        """Sort key: worst status first, then what costs most, then code."""
        return WORST_FIRST.index(self.status), -(self.cost or 0.0), self.code

    def __str__(self) -> str:
        """Return mark, status, code and claim in one line."""
        return f"{MARKS[self.status]} {self.status.replace('_', ' ')}  {self.code}  {self.claim}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a strategy returns: findings, numbers, and how they were made.

    Fields of subclasses are numbers, texts, tuples, mappings, numpy arrays (made read-only here) or frozen dataclasses
    of these; `to_dict` and `from_dict` follow from the annotations. They hold aggregates, never rows of the user's, but where
    `holds_cells` says so.

    Parameters
    ----------
    findings
        The verdicts, the headline first.
    rows
        How many of the user's rows the numbers rest on.
    seed
        Seed of the random numbers, or None where none were used.
    method
        The method in a sentence, with its interval's level and kind.
    reference
        Paper or page of the method.
    fingerprint
        Of the study that it is about, by which it counts as evidence about that one alone; "" where it is about none.
    """

    findings: tuple[Finding, ...]
    rows: int
    seed: int | None = None
    method: str = ""
    reference: str = ""
    fingerprint: str = ""

    types: ClassVar[dict[str, type["Result"]]] = {}
    holds_cells: ClassVar[bool] = False
    """Whether it is about rows that somebody named, and holds cells of them; what is handed on to others leaves it out."""

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - handed on to object
        """Keep every Result type by name, so that `from_dict` never imports a name found in a file."""
        super().__init_subclass__(**options)
        Result.types[type_name(cls)] = cls

    def __post_init__(self) -> None:
        """Copy arrays and make them read-only: frozen alone would leave them writable."""
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                value = value.copy()
                value.flags.writeable = False
                object.__setattr__(self, each.name, value)

    @property
    def headline(self) -> str:
        """The first finding's claim."""
        return self.findings[0].claim

    @property
    def status(self) -> Status:
        """The first finding's status."""
        return self.findings[0].status

    def frame(self) -> "pd.DataFrame":
        """Return the numbers as a table; here the findings, one a row."""
        import pandas as pd

        names = ["code", "status", "claim", "action", "cost", "cost_unit"]
        return pd.DataFrame([{name: getattr(f, name) for name in names} for f in self.findings], columns=names)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON types: NaN becomes None, infinities become text."""
        return {"type": type_name(type(self)), **to_plain(self)}

    @classmethod
    def from_dict(cls, plain: Any) -> Self:  # noqa: ANN401 - whatever a file held
        """Return the Result that `to_dict` described.

        Raises
        ------
        InputError
            If `plain` names no Result type, another type than this class, or lacks a field.
        """
        name = str(plain.get("type")) if isinstance(plain, Mapping) else ""
        _import_type(name)
        found = Result.types.get(name)
        if found is None or not issubclass(found, cls):
            allowed = sorted(k for k, v in Result.types.items() if issubclass(v, cls))
            raise InputError(f"type={name!r} is no {cls.__name__}. Known: {', '.join(allowed)}.")
        try:
            return from_plain(found, {k: v for k, v in plain.items() if k != "type"})
        except RecursionError as error:
            raise InputError(f"{name} is nested too deeply to be read.") from error

    def figure(self) -> "Figure":
        """Return the picture as a matplotlib figure, in its default state."""
        figure: Figure = import_module("mlops_widgets.ui.pictures").draw(display.card_of(self))
        return figure

    def save(self, path: str | Path) -> Path:
        """Write the result to `path`, by its suffix: `.json` (numbers), `.png` (picture), `.html` (page), `.pdf` (pages).

        A result that carries a document writes it as `.md`, too. The file appears whole or not at all.

        Raises
        ------
        InputError
            If the suffix is another one.
        """
        path = Path(path)
        suffixes = [".json", ".png", ".html", *([".md"] if document_of(self) else []), ".pdf"]
        if path.suffix not in suffixes:
            raise InputError(f"save({str(path)!r}): the name must end in {', '.join(suffixes[:-1])} or {suffixes[-1]}.")
        write_atomically(path, self.contents(path.suffix))
        return path

    def contents(self, suffix: str) -> bytes:
        """Return the result as the bytes of a file whose name ends in `suffix`, one of those that `save` takes."""
        document = document_of(self)
        if suffix == ".json":
            return json.dumps(self.to_dict(), indent=2, allow_nan=False, ensure_ascii=False).encode(errors=JSON_ERRORS)
        if suffix == ".md" and document is not None:
            return markdown(document).encode()
        data: bytes = import_module("mlops_widgets.ui.show").file_bytes(display.card_of(self), suffix)
        return data

    def __str__(self) -> str:
        """Return the findings, one a line, with what to do about each that didn't pass."""
        lines = []
        for finding in self.findings:
            lines.append(str(finding))
            if finding.action and finding.status != "passed":
                lines.append(f"    → {finding.action}")
        return "\n".join(lines)

    def _ipython_display_(self) -> None:
        display.display_result(self)


@dataclass(frozen=True, kw_only=True)
class NoResult(Result):
    """A strategy couldn't run on this study: an input is missing, the budget ran out, or the user's model raised.

    Parameters
    ----------
    strategy
        Name of the function that couldn't run.
    missing
        The missing input in a word or two; empty where nothing was missing.
    """

    strategy: str
    missing: str = ""


JSON_ERRORS = "backslashreplace"
"""How halves of characters, which utf-8 can't hold, are encoded in a JSON text: as the escapes that JSON has for them."""

_ROOMS = {
    "core": ("core.exercise",), "report": ("report.chapter", "report.assessment"), "study": ("study.study", "study.contract.describing"),
    "ui": ("ui.guess",), "pipeline": ("pipeline.pipeline_result",),
}  # fmt: skip
"""Where the Result types of each room other than a pitfall are defined."""


def _import_type(name: str) -> None:
    """Load the Result types of the room that `name` speaks of, if it is one of ours."""
    room, _, kind = name.partition(".")
    if name in Result.types or not kind.isidentifier():
        return
    if room in _ROOMS:
        for module in _ROOMS[room]:
            import_module(f"mlops_widgets.{module}")
    elif room in import_module("mlops_widgets").__all__:
        getattr(import_module(f"mlops_widgets.{room}"), kind, None)


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` so that `path` holds either the old or the new content, never half of it."""
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {str(path.parent)!r} to write {path.name!r} to. Make it first.")
    temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}")
    # Exclusive: a link that somebody put there isn't followed. The mode is what the umask leaves, as of any new file.
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
