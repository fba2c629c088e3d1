"""One column, read batch by batch."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.profiling import numbers, texts
from mlops_widgets.data_quality.profiling.numbers import Numbers, numbers_of
from mlops_widgets.data_quality.profiling.texts import Texts, text_buffers, texts_of
from mlops_widgets.errors import TableError
from mlops_widgets.measures.sketches import frequent
from mlops_widgets.measures.sketches.distinct import DistinctSketch
from mlops_widgets.measures.sketches.frequent import FrequentValues, heaviest
from mlops_widgets.measures.sketches.hashes import MISSING, hash_numbers, hash_texts
from mlops_widgets.measures.sketches.repeats import HashSample

if TYPE_CHECKING:
    import pyarrow as pa

Words = npt.NDArray[np.uint64]
Kind = Literal["number", "time", "truth value", "text", "other", "empty"]

_LONGEST_VALUE = 80
"""Bytes up to which a text counts as a value that could be listed."""

_EXACT = 2**53


@dataclass
class ColumnScan:
    """What was seen of a column so far.

    Parameters
    ----------
    name, stored
        Its name, and what the source calls its type.
    """

    name: str
    stored: str = ""
    kind: Kind = "empty"
    rows: int = 0
    missing: int = 0
    not_a_number: int = 0
    numbers: Numbers = field(default_factory=Numbers)
    texts: Texts = field(default_factory=Texts)
    distinct: DistinctSketch = field(default_factory=DistinctSketch)
    seen: HashSample = field(default_factory=HashSample)
    frequent: FrequentValues = field(default_factory=FrequentValues)

    def add(self, cells: "pa.Array") -> Words:
        """Add the cells of a batch; return a hash of each, shape (rows,), or nothing of cells that can't be compared."""
        kind, cells = _plain(cells)
        self.rows += len(cells)
        self.missing += cells.null_count
        if cells.null_count == len(cells):
            return np.full(len(cells), MISSING)
        if self.kind not in {"empty", kind}:
            raise TableError(
                f"Column {self.name[:60]!r} is {self.kind} in one batch and {kind} in another. Give it one type first."
            )
        self.kind = kind
        if kind == "other":
            return np.zeros(0, dtype=np.uint64)
        return self._add_texts(cells) if kind == "text" else self._add_numbers(cells)

    def _add_numbers(self, cells: "pa.Array") -> Words:
        present = _present(cells)
        values = cells.drop_null().to_numpy(zero_copy_only=False)
        hashes = hash_numbers(values)
        floats = np.sort(values.astype(np.float64))
        known = len(floats) - int(np.isnan(floats[-1]) and np.isnan(floats).sum())
        if known < len(floats):  # NaN is missing, too
            self.missing += len(floats) - known
            self.not_a_number += len(floats) - known
            hashes[np.isnan(values)] = MISSING
        large = values.dtype.kind in "iu" and max(-floats[0], floats[-1]) > _EXACT
        self._count_numbers(floats[:known], hashes, large=large)
        self._count_values(np.sort(values) if large else floats[:known])
        return _spread(hashes, present)

    def _count_numbers(self, ordered: npt.NDArray[np.float64], hashes: Words, *, large: bool) -> None:
        if not len(ordered):
            return
        values, counts = _runs(ordered)
        self.numbers = numbers.merge(self.numbers, numbers_of(values + 0.0, counts, like=self.numbers))
        few = len(values) < len(ordered) // 4 and not large  # floats can't tell large whole numbers apart
        if few:
            self._count_different(hash_numbers(values), counts)
        else:
            self._count_different(hashes[hashes != MISSING])

    def _count_different(self, hashes: Words, counts: npt.NDArray[np.int64] | None = None) -> None:
        self.distinct = self.distinct.added(hashes)
        self.seen = self.seen.added(hashes, counts)

    def _count_values(self, ordered: npt.NDArray[Any]) -> None:
        values, counts = _runs(ordered)
        kept, taken = heaviest(counts)
        self._count(hash_numbers(values[kept]), counts[kept] - taken, values[kept], taken)

    def _add_texts(self, cells: "pa.Array") -> Words:
        coded = cells.dictionary_encode()
        present = _present(cells)
        codes = coded.indices.drop_null().to_numpy()
        values, counts = coded.dictionary, np.bincount(codes, minlength=len(coded.dictionary))
        hashes = hash_texts(*text_buffers(values))
        self._count_different(hashes, counts)
        self.texts = texts.merge(self.texts, texts_of(values, counts, like=self.texts))
        self._count_texts(values, counts, hashes)
        return _spread(hashes[codes], present)

    def _count_texts(self, values: "pa.Array", counts: npt.NDArray[np.int64], hashes: Words) -> None:
        import pyarrow as pa

        kept, taken = heaviest(counts)
        labels = np.full(len(kept), None, dtype=object)
        short = np.diff(text_buffers(values)[1])[kept] <= _LONGEST_VALUE
        labels[short] = values.take(pa.array(kept[short])).to_pylist()
        self._count(hashes[kept], counts[kept] - taken, labels, taken)

    def _count(self, keys: Words, counts: npt.NDArray[np.int64], labels: npt.NDArray[Any], taken: int) -> None:
        order = np.argsort(keys)
        batch = FrequentValues(keys=keys[order], counts=counts[order], labels=labels[order], error=taken)
        self.frequent = frequent.merge(self.frequent, batch)


def _runs(ordered: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Return rising numbers once each, and how often each comes."""
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(ordered)), dtype=bool), ordered[1:] != ordered[:-1]]))
    return ordered[starts], np.diff(np.append(starts, len(ordered)))


def _present(cells: "pa.Array") -> npt.NDArray[np.bool_] | None:
    return np.asarray(cells.is_valid().to_numpy(zero_copy_only=False)) if cells.null_count else None


def _spread(hashes: Words, present: npt.NDArray[np.bool_] | None) -> Words:
    """Return hashes of the cells that are there as those of all."""
    if present is None:
        return hashes
    every = np.full(len(present), MISSING)
    every[present] = hashes
    return every


def written(kind: Kind, value: Any) -> str:  # noqa: ANN401 - a text, or numpy's number
    """Return a value of a column as it is shown.

    Examples
    --------
    >>> written("number", 2.0), written("truth value", 1.0), written("time", 0.0)
    ('2', 'True', '1970-01-01')
    """
    if kind == "text":
        return str(value)
    if kind == "truth value":
        return str(bool(value))
    if kind == "time":
        return moment_text(value)
    whole = isinstance(value, np.integer) or (value == np.floor(value) and abs(value) < 1e15)
    return str(int(value)) if whole else repr(float(value))


def moment_text(microseconds: float) -> str:
    """Return a time in the shortest form that says it, `"2024-03-01"` or `"2024-03-01 12:30:00"`.

    Examples
    --------
    >>> moment_text(0.0)
    '1970-01-01'
    """
    moment = np.datetime64(int(microseconds), "us")
    text = str(moment).replace("T", " ")
    return text[:10] if text.endswith("00:00:00.000000") else text.removesuffix(".000000")


def _plain(cells: "pa.Array") -> "tuple[Kind, pa.Array]":
    """Return what kind of cells these are, and the cells in the one type that each kind is read in."""
    import pyarrow as pa

    kind = cells.type
    if pa.types.is_dictionary(kind):
        return _plain(cells.dictionary_decode())
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(cells.storage)
    if pa.types.is_null(kind):
        return "empty", cells
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text", cells.cast(pa.large_string())
    return _plain_number(cells)


def _plain_number(cells: "pa.Array") -> "tuple[Kind, pa.Array]":
    import pyarrow as pa

    kind = cells.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "time", cells.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False).cast(pa.int64())
    if pa.types.is_boolean(kind):
        return "truth value", cells.cast(pa.int8())
    if pa.types.is_decimal(kind):
        return "number", cells.cast(pa.float64())
    if pa.types.is_float16(kind):
        return "number", cells.cast(pa.float32())
    return ("number" if pa.types.is_integer(kind) or pa.types.is_floating(kind) else "other"), cells
