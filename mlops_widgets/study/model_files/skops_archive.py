"""The zip archive that a .skops file is: sizes and array headers, checked before anything is unpacked or built."""

import io
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files.opened import MOST_BYTES

MOST_MEMBERS = 200_000
"""Most files in an archive: ten thousand trees have about forty thousand."""

MOST_SCHEMA_BYTES = 256 * 1024**2
"""Largest description of the objects; a forest of a thousand trees has about 20 MB."""

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@dataclass(frozen=True)
class ArrayHeader:
    """Shape and type of an array in the archive."""

    shape: tuple[int, ...]
    dtype: "np.dtype[Any]"


class SkopsArchive:
    """An archive whose sizes are within bounds.

    Parameters
    ----------
    data
        The file's bytes.
    name
        What messages call the file.

    Raises
    ------
    ModelFileError
        If it isn't an archive that skops wrote.
    UnsafeModelError
        If it would unpack to more than is read.
    """

    def __init__(self, data: bytes, *, name: str) -> None:
        self._name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OverflowError) as error:
            raise ModelFileError(
                f"{name} isn't a skops file: it is no zip archive ({error}). Save the model with skops.io.dump."
            ) from error
        self._left = MOST_BYTES
        self._headers: dict[str, ArrayHeader] = {}
        self._check_members(self._zip)

    def _check_members(self, archive: zipfile.ZipFile) -> None:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise UnsafeModelError(
                f"{self._name} holds {len(members):,} files; the most that is read is {MOST_MEMBERS:,}."
            )
        names = [member.filename for member in members]
        if len(set(names)) < len(names) or any("/" in each or "\\" in each for each in names):
            raise UnsafeModelError(
                f"{self._name} holds files of the same name or in folders, as skops never writes them. "
                "Save the model again with skops.io.dump."
            )
        self._left -= sum(member.file_size for member in members)
        if self._left < 0:
            raise UnsafeModelError(
                f"{self._name} would unpack to more than {MOST_BYTES // 1024**3} GB. Load it yourself and pass the live model."
            )

    def schema(self) -> Mapping[str, Any]:
        """Return the description of the objects: plain dictionaries, lists, text and numbers."""
        try:
            size = self._zip.getinfo("schema.json").file_size
        except KeyError as error:
            raise ModelFileError(f"{self._name} isn't a skops file: it holds no schema.json.") from error
        if size > MOST_SCHEMA_BYTES:
            raise UnsafeModelError(
                f"{self._name} describes its objects in {size / 1024**2:,.0f} MB; the most that is read is "
                f"{MOST_SCHEMA_BYTES // 1024**2} MB. Load it yourself and pass the live model."
            )
        try:
            schema = json.loads(self.read("schema.json"))
        except (ValueError, RecursionError) as error:
            raise ModelFileError(
                f"{self._name} isn't a skops file: its schema.json is unreadable ({error})."
            ) from error
        if not isinstance(schema, dict):
            raise ModelFileError(f"{self._name} isn't a skops file: its schema.json describes no object.")
        return schema

    def read(self, member: object) -> bytes:
        """Return the bytes of one file in the archive."""
        try:
            return self._zip.read(str(member))
        except Exception as error:  # zlib, bz2 and lzma each raise an error of their own on damaged data
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> ModelFileError:
        return ModelFileError(
            f"{self._name} is damaged: {type(error).__name__}: {str(error)[:120]}. Save the model again."
        )

    def header(self, member: object) -> ArrayHeader:
        """Return shape and type of an array in the archive; its size is what the header says.

        Raises
        ------
        UnsafeModelError
            If the bytes don't fit the header: numpy would reserve what the header claims.
        """
        if not isinstance(member, str) or member not in self._headers:
            self._headers[str(member)] = self._read_header(member)
        return self._headers[str(member)]

    def _read_header(self, member: object) -> ArrayHeader:
        try:
            info = self._zip.getinfo(str(member))
            with self._zip.open(info) as stream:
                shape, _, dtype = _HEADERS[np.lib.format.read_magic(stream)](stream)
                items = info.file_size - stream.tell()
        except Exception as error:  # zlib, bz2, lzma and numpy each raise errors of their own on damaged data
            raise self._damaged(error) from error
        if dtype.hasobject:
            raise UnsafeModelError(f"{self._name} holds a pickled array, which loading would run.")
        if min(shape, default=0) < 0 or math.prod(map(int, shape)) * dtype.itemsize != items:
            raise UnsafeModelError(f"{self._name} holds an array whose size isn't what its header says.")
        return ArrayHeader(shape=tuple(shape), dtype=dtype)

    def check_sparse(self, member: object) -> None:
        """Check the archive inside the archive that a sparse matrix is kept in: its arrays count as the others do."""
        inner = SkopsArchive(self.read(member), name=self._name)
        self._left -= MOST_BYTES - inner._left
        if self._left < 0:
            raise UnsafeModelError(f"{self._name} would unpack to more than {MOST_BYTES // 1024**3} GB.")
        for each in inner._zip.namelist():
            inner.header(each)
