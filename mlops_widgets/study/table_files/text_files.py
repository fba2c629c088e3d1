"""Text of any encoding as UTF-8, block by block: what can't be text, or would fill the memory, is said and not read."""

import codecs
import io
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.errors import TableError

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 4 * 2**20
MOST_LINE_BYTES = 2 * 2**20
"""Longest line that is read: one without an end would fill the memory. Arrow reads some forty blocks of it ahead."""

PACKED = {".gz": "gzip", ".zst": "zstd"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_OUTSIDE_ASCII = re.compile(rb"[\x80-\xff]")
_NOT_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_NO_TEXT = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\x1b")
_STRAY_SHARE = 10
"""A file is mixed if more than one in ten of its letters outside ASCII is UTF-8: by chance far fewer look like it."""

_KINDS = {
    b"PAR1": ("a Parquet file", ".parquet"),
    b"ARROW1": ("an Arrow file", ".arrow"),
    b"PK\x03\x04": ("a zip file or a spreadsheet", ".csv, once it is saved as that"),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", ".csv, once it is saved as that"),
    b"\x1f\x8b": ("packed by gzip", ".gz behind its own"),
    b"\x28\xb5\x2f\xfd": ("packed by zstd", ".zst behind its own"),
}
"""How files that are no text begin: what they are, and which ending they should have."""


@dataclass(frozen=True, kw_only=True)
class TextFile:
    """A text file whose encoding is known.

    Parameters
    ----------
    path, name
        The file, and the argument that it was passed as.
    encoding
        How its bytes are letters, in Python's words.
    odd_quotes
        Whether it holds an odd number of quotation marks, as it does if one is never closed.
    """

    path: Path
    name: str
    encoding: str
    odd_quotes: bool

    @property
    def reading(self) -> str:
        """What was decided about the encoding, in a sentence, or ""."""
        if self.encoding in {"cp1252", "latin-1"}:
            return (
                f"{self.path.name} isn't UTF-8 and is read as Western European ({self.encoding}); "
                "if letters look wrong, save it as UTF-8."
            )
        return f"{self.path.name} is read as UTF-16." if self.encoding == "utf-16" else ""

    @contextmanager
    def opened(self) -> "Generator[io.BufferedReader, None, None]":
        """Open the text as a stream of UTF-8 without a mark."""
        with _bytes_of(self.path) as stream, _Utf8(stream, self.encoding) as raw:
            yield io.BufferedReader(raw, BLOCK_BYTES)


class _Utf8(io.RawIOBase):
    """A stream of bytes in UTF-8 over one in another encoding."""

    def __init__(self, stream: Any, encoding: str) -> None:  # noqa: ANN401 - pyarrow's have no types
        self._stream = stream
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        while not self._left:
            block = self._stream.read(BLOCK_BYTES)
            self._left = block if self._decoder is None else self._decoder.decode(block, not block).encode("utf-8")
            if not block:
                break
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count


def _bytes_of(path: Path) -> "pa.NativeFile":
    import pyarrow as pa

    return pa.input_stream(str(path), compression=PACKED.get(path.suffix.lower()), buffer_size=2**20)


def read_encoding(path: Path, *, name: str) -> TextFile:
    """Read a file once from end to end, and return it with its encoding.

    Raises
    ------
    TableError
        If it holds what no text holds, a line without an end, or mixes encodings.
    """
    seen = _Seen(path.name, name)
    with _bytes_of(path) as stream:
        head = stream.read(BLOCK_BYTES)
        _check_kind(head, path, name=name)
        encoding = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "")
        if encoding == "utf-16":
            odd = _check_utf16(head, stream, path, name=name)
            return TextFile(path=path, name=name, encoding=encoding, odd_quotes=odd)
        while head:
            seen.add(head)
            head = stream.read(BLOCK_BYTES)
    seen.add(b"", last=True)
    return TextFile(path=path, name=name, encoding=seen.encoding(marked=bool(encoding)), odd_quotes=seen.odd_quotes)


def _check_kind(head: bytes, path: Path, *, name: str) -> None:
    for mark, (kind, instead) in _KINDS.items():
        if head.startswith(mark):
            raise TableError(f"{name}={path.name!r} is {kind}, by its first bytes. Give it the ending {instead}.")
    if not head.strip(b"\r\n\xef\xbb\xbf"):
        raise TableError(f"{name}={path.name!r} is empty.")


def _check_utf16(head: bytes, stream: Any, path: Path, *, name: str) -> bool:  # noqa: ANN401 - pyarrow's have no types
    decoder, lines = codecs.getincrementaldecoder("utf-16")(), _Lines(path.name, name)
    try:
        while head:
            text = decoder.decode(head)
            if "\x00" in text:
                raise _no_text(path.name, name, lines.number + text[: text.index("\x00")].count("\n"))
            lines.add(text.encode())
            head = stream.read(BLOCK_BYTES)
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise TableError(
            f"{name}={path.name!r} begins as UTF-16, but isn't: near line {lines.number:,} its bytes are no letters. "
            "Save it as UTF-8."
        ) from error
    return lines.quotes % 2 == 1


def _no_text(file: str, name: str, line: int) -> TableError:
    return TableError(
        f"{name}={file!r} is no text: line {line:,} holds bytes that no text holds. Is it whole, and a table?"
    )


class _Lines:
    """Counts lines, and stops at one without an end."""

    def __init__(self, file: str, name: str) -> None:
        self.number = 1
        self._file, self._name = file, name
        self._open = self.quotes = 0

    def add(self, block: bytes) -> None:
        """Count the lines of the next block."""
        end = block.rfind(b"\n")
        self._open = self._open + len(block) if end < 0 else len(block) - end - 1
        if self._open > MOST_LINE_BYTES and b"\r" not in block:
            raise TableError(
                f"{self._name}={self._file!r}: line {self.number + block.count(bytes([10])):,} is longer than "
                f"{MOST_LINE_BYTES // 2**20} MB. Is it a table, a row a line?"
            )
        self.number += block.count(b"\n")
        self.quotes += block.count(b'"')


class _Seen:
    """What the bytes of a file so far say of their encoding."""

    def __init__(self, file: str, name: str) -> None:
        self._file, self._name = file, name
        self._lines = _Lines(file, name)
        self._rest = b""
        self._letters = self._strays = 0
        self._stray_line = 0
        self._only_latin = False
        self._control: TableError | None = None

    def add(self, block: bytes, *, last: bool = False) -> None:
        """Look at the next block."""
        if b"\x00" in block:
            raise self._complaint(block, block.index(b"\x00"))
        if self._control is None and len(block.translate(None, _NO_TEXT)) < len(block):  # far faster than a pattern
            self._control = self._complaint(block, next(i for i, byte in enumerate(block) if byte in _NO_TEXT))
        if not self._rest and block.isascii():
            self._lines.add(block)
            return
        whole = self._rest + block
        cut = len(whole) if last else _whole_letters(whole)
        whole, self._rest = whole[:cut], whole[cut:]
        self._look(whole)
        self._lines.add(whole)

    @property
    def odd_quotes(self) -> bool:
        """Whether there is a quotation mark that none closes, or none opened."""
        return self._lines.quotes % 2 == 1

    def _complaint(self, block: bytes, at: int) -> TableError:
        return _no_text(self._file, self._name, self._lines.number + block[:at].count(b"\n"))

    def _look(self, block: bytes) -> None:
        try:
            self._letters += len(block) - len(block.decode("utf-8"))
        except UnicodeDecodeError as error:
            if not self._strays:
                self._stray_line = self._lines.number + block[: error.start].count(b"\n")
            without, letters = _LETTER.subn(b"", block)
            self._letters += letters
            self._strays += len(_OUTSIDE_ASCII.findall(without))
            self._only_latin = self._only_latin or _NOT_IN_CP1252.search(without) is not None

    def encoding(self, *, marked: bool) -> str:
        """Return the encoding, now that everything was seen."""
        if not self._strays:
            return "utf-8-sig" if marked else "utf-8"
        if self._control is not None:
            raise self._control
        if marked or self._letters * _STRAY_SHARE > self._strays:
            raise TableError(
                f"{self._name}={self._file!r} mixes encodings: line {self._stray_line:,} isn't UTF-8, others are. "
                "Save it as UTF-8."
            )
        return "latin-1" if self._only_latin else "cp1252"


def _whole_letters(block: bytes) -> int:
    """Return how much of a block doesn't end within a letter of UTF-8: at most three bytes less."""
    for back in range(1, min(4, len(block)) + 1):
        byte = block[-back]
        if byte < 0x80:
            return len(block)
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(block) - back if length > back else len(block)
    return len(block)
