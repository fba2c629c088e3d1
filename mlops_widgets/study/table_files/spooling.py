"""Rows that can be asked for only once, laid down on disk so that they can be read twice in the same order."""

from collections.abc import Generator, Iterable, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mlops_widgets.errors import TableError

if TYPE_CHECKING:
    import pyarrow as pa

MOST_BYTES = 16 * 2**30
"""Bytes of rows, compressed, that are laid down at most: an endless query would fill the disk."""


class Spool:
    """A folder of Arrow files, one a batch, that only this user can read and that goes with this object.

    Batch by batch because types may differ between batches: whole numbers, then missing ones only.

    Parameters
    ----------
    held
        Batches that were read already.
    rest
        Those still to come.
    name
        The argument that they were passed as.
    most_bytes
        Bytes that may be laid down.
    """

    def __init__(
        self, held: "Iterable[pa.Table]", rest: "Iterable[pa.Table]", *, name: str, most_bytes: int = MOST_BYTES
    ) -> None:
        self._folder = TemporaryDirectory(prefix="mlops-widgets-", ignore_cleanup_errors=True)
        self._files: list[Path] = []
        try:
            self._write(chain(held, rest), name=name, most_bytes=most_bytes)
        except BaseException:  # also when interrupted: the rows mustn't stay behind
            self.close()
            raise

    def _write(self, batches: "Iterable[pa.Table]", *, name: str, most_bytes: int) -> None:
        from pyarrow import feather

        left = most_bytes
        for batch in batches:
            path = Path(self._folder.name) / f"{len(self._files):06}.arrow"
            try:
                feather.write_feather(batch, str(path), compression="lz4")
            except OSError as error:
                raise TableError(
                    f"{name}= is larger than memory may hold, and laying it down in {path.parent.parent} failed "
                    f"({error.strerror or type(error).__name__}). Make room there, or ask for fewer rows."
                ) from error
            self._files.append(path)
            left -= path.stat().st_size
            if left < 0:
                raise TableError(
                    f"{name}= gives more than {most_bytes / 2**30:.3g} GB of rows. Is it endless? Ask for fewer (LIMIT)."
                )

    def batches(self, columns: Sequence[str] | None = None) -> "Generator[pa.Table, None, None]":
        """Yield the batches in order; with `columns`, those of them that there are."""
        import pyarrow as pa

        for path in self._files:
            with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as opened:
                names = opened.schema.names if columns is None else columns
                yield opened.read_all().select([column for column in names if column in opened.schema.names])

    def close(self) -> None:
        """Remove the files."""
        self._folder.cleanup()
