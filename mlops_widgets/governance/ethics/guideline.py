"""An ethics guideline: Markdown that people edit, with a version and a day in it, signed by its digest."""

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from mlops_widgets.core.document import Block, Paragraph, Points, Section
from mlops_widgets.core.result import JSON_ERRORS, write_atomically
from mlops_widgets.core.statements import day
from mlops_widgets.errors import InputError, WrongTypeError

_READY = Path(__file__).with_name("guideline.md")
_MOST_BYTES = 200_000
_VERSION = re.compile(r"Version (?P<version>\S{1,40}), (?P<on>\d{4}-\d{2}-\d{2})\.?")
_BLANK = re.compile(r"\[\s*fill\s+in\b[^\]\[]*\]?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Guideline:
    """What a team holds itself to, in its own words.

    Parameters
    ----------
    text
        Markdown: a heading of one #, a line "Version 2, 2026-03-31.", then sections of ##. What is still to be said stands as
        "[fill in: …]".

    Raises
    ------
    InputError
        If there is no heading, or no line with version and day.

    Examples
    --------
    >>> guideline = read_guideline()
    >>> guideline.version, len(guideline.blanks) > 0
    ('1', True)
    """

    text: str

    def __post_init__(self) -> None:
        """Take the text with line ends of one kind, and refuse one without a title, a version or a day."""
        if not isinstance(self.text, str):
            raise WrongTypeError(f"text= is {type(self.text).__name__}. Pass Markdown.")
        object.__setattr__(self, "text", "\n".join(self.text.removeprefix("\ufeff").splitlines()).strip() + "\n")
        if len(self.text) > _MOST_BYTES:
            raise InputError(f"The guideline has {len(self.text):,} characters. Allowed: {_MOST_BYTES:,}.")
        if not self.title:
            raise InputError('The guideline has no title. Begin it with a line such as "# Ethics guideline".')
        if self._dated is None:
            raise InputError(
                'The guideline has no version. Write a line such as "Version 2, 2026-03-31." under the title.'
            )
        day("Version", self.on)

    @property
    def title(self) -> str:
        """The first heading of one #."""
        return next((line[2:].strip() for line in self.text.split("\n") if line.startswith("# ")), "")

    @property
    def version(self) -> str:
        """The version, as its owners count."""
        return "" if self._dated is None else self._dated["version"]

    @property
    def on(self) -> str:
        """The version's day."""
        return "" if self._dated is None else self._dated["on"]

    @property
    def blanks(self) -> tuple[str, ...]:
        """What nobody has filled in yet."""
        return tuple(" ".join(each.split()) for each in _BLANK.findall(self.text))

    @property
    def digest(self) -> str:
        """SHA-256 of the text: what its owner signs."""
        return sha256(self.text.encode(errors=JSON_ERRORS)).hexdigest()

    @property
    def sections(self) -> tuple[Section, ...]:
        """The text in sections of paragraphs and lists; other Markdown stays as it is written."""
        lines = [
            line for line in self.text.split("\n") if not line.startswith("# ") and not _VERSION.fullmatch(line.strip())
        ]
        first, *parts = re.split(r"(?m)^##+ +", "\n".join(lines))
        preface = (Section(title="", blocks=_blocks(first)),) if first.strip() else ()
        return preface + tuple(
            Section(title=part.partition("\n")[0].strip() or "–", blocks=_blocks(part.partition("\n")[2]))
            for part in parts
        )

    def write(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the text as a .md file that `read_guideline` reads, whole or not at all, and return its path.

        Raises
        ------
        InputError
            If the name doesn't end in .md, or there is a file already.
        """
        file = Path(path)
        if file.suffix != ".md":
            raise InputError(f"write({str(file)[:200]!r}): the name must end in .md.")
        if file.exists() and not overwrite:
            raise InputError(f"{str(file)[:200]!r} is there already. Pass overwrite=True to replace it.")
        write_atomically(file, self.text.encode(errors=JSON_ERRORS))
        return file

    @property
    def _dated(self) -> re.Match[str] | None:
        return next((found for line in self.text.split("\n") if (found := _VERSION.fullmatch(line.strip()))), None)


def read_guideline(path: str | os.PathLike[str] | None = None) -> Guideline:
    """Return the guideline that a Markdown file holds.

    Parameters
    ----------
    path
        The file; by default the template that comes with the package, whose blanks are yours to fill.

    Raises
    ------
    InputError
        If the file can't be read, is too large, isn't UTF-8, or has no title or version.
    """
    file = _READY if path is None else Path(path)
    if not file.is_file():
        raise InputError(
            f"{str(file)[:200]!r}: there is no such file. read_guideline() without a path returns the template."
        )
    try:
        with file.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        written = content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"{str(file)[:200]!r} can't be read as Markdown: {error}.") from error
    if len(content) > _MOST_BYTES:
        raise InputError(f"{file.name} has more than {_MOST_BYTES:,} bytes, too many for a guideline.")
    return Guideline(text=written)


def _blocks(text: str) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for chunk in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in chunk.split("\n") if line.strip()]
        if lines and all(line.startswith(("- ", "* ")) for line in lines):
            blocks.append(Points(items=tuple(line[2:] for line in lines)))
        elif lines:
            blocks.append(Paragraph(text=" ".join(lines)))
    return tuple(blocks)
