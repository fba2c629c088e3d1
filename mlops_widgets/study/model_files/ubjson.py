"""UBJSON, the binary form in which XGBoost saves models, read without trusting any size that it states."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.study.model_files.malformed import MalformedError

MOST_DEEP = 64
"""Levels of lists and objects in one another; XGBoost writes eight."""

_NUMBERS = {b"i": ">i1", b"U": ">u1", b"I": ">i2", b"l": ">i4", b"L": ">i8", b"d": ">f4", b"D": ">f8"}
_WORDS: dict[bytes, bool | None] = {b"Z": None, b"T": True, b"F": False}


def read_ubjson(data: bytes) -> Any:  # noqa: ANN401 - a document: objects, lists, numbers, text
    r"""Return the document that the bytes hold; lists of numbers of one type become arrays.

    Raises
    ------
    MalformedError
        If the bytes aren't one whole UBJSON document, or an object names a key twice.

    Examples
    --------
    >>> read_ubjson(b"{i\x05trees[$l#i\x02\x00\x00\x00\x01\x00\x00\x00\x02}")
    {'trees': array([1, 2], dtype=int32)}
    """
    reader = _Reader(data)
    found = reader.value(reader.take(1), 0)
    if reader.left:
        raise MalformedError("it goes on after its end")
    return found


class _Reader:
    """A place in the bytes that only moves forward and never beyond their end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        if not 0 <= count <= self.left:
            raise MalformedError("it ends early, or states a size beyond its end")
        self._at += count
        return self._data[self._at - count : self._at]

    def peek(self) -> bytes:
        """Return the next byte and stay."""
        return self._data[self._at : self._at + 1]

    def value(self, marker: bytes, depth: int) -> Any:  # noqa: ANN401 - any part of a document
        """Return the value that `marker` begins."""
        if depth > MOST_DEEP:
            raise MalformedError(f"it is nested deeper than {MOST_DEEP} levels")
        if marker in _WORDS:
            return _WORDS[marker]
        if marker in _NUMBERS:
            return self._number(marker)
        if marker == b"S":
            return self._text()
        if marker == b"[":
            return self._list(depth)
        if marker == b"{":
            return self._object(depth)
        raise MalformedError("it holds a value of no known type")

    def _number(self, marker: bytes) -> int | float:
        kind = np.dtype(_NUMBERS[marker])
        number: int | float = np.frombuffer(self.take(kind.itemsize), kind)[0].item()
        return number

    def _size(self) -> int:
        marker = self.take(1)
        size = self._number(marker) if marker in _NUMBERS else -1
        if not isinstance(size, int) or not 0 <= size <= self.left:
            raise MalformedError("it states a size beyond its end")
        return size

    def _text(self) -> str:
        try:
            return self.take(self._size()).decode()
        except UnicodeDecodeError as error:
            raise MalformedError("it holds text that isn't UTF-8") from error

    def _list(self, depth: int) -> list[Any] | npt.NDArray[Any]:
        if self.peek() == b"$":
            return self._numbers()
        if self.peek() == b"#":
            self.take(1)
            return [self.value(self.take(1), depth + 1) for _ in range(self._size())]
        found = []
        while (marker := self.take(1)) != b"]":
            found.append(self.value(marker, depth + 1))
        return found

    def _numbers(self) -> npt.NDArray[Any]:
        kind = _NUMBERS.get(self.take(2)[1:])
        if kind is None or self.take(1) != b"#":
            raise MalformedError("it holds a list of no known type")
        size = np.dtype(kind).itemsize
        values = np.frombuffer(self.take(self._size() * size), kind)
        return values.astype(values.dtype.newbyteorder("="))

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.peek() != b"}":
            key = self._text()
            if key in found:
                raise MalformedError("an object names a key twice")
            found[key] = self.value(self.take(1), depth + 1)
        self.take(1)
        return found
