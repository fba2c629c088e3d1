"""Texts of a column, added up batch by batch: lengths, shapes, what reads as numbers or dates."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.profiling import numbers
from mlops_widgets.data_quality.profiling.numbers import Numbers, numbers_of
from mlops_widgets.measures.sketches import frequent
from mlops_widgets.measures.sketches.frequent import FrequentValues, heaviest
from mlops_widgets.measures.sketches.hashes import hash_texts
from mlops_widgets.measures.sketches.shapes import shapes_of

if TYPE_CHECKING:
    import pyarrow as pa

Integers = npt.NDArray[np.int64]

MOST_SHAPED = 32
"""Bytes up to which a text has a shape: longer ones are prose."""

PROSE = "longer than 32 bytes"

_NUMBER = re.compile(r" *[-+]?(?:9+(?:,999)*(?:[.,]9*)?|[.,]9+) *")
_DATE = re.compile(r" *(?:9999[-/.]99?[-/.]99?|99?[-/.]99?[-/.](?:99)?99)(?:[ A]99?:99.*)? *")


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What is known of the texts of a column.

    Parameters
    ----------
    blank
        How many are empty or white space alone.
    read_as_numbers, read_as_dates
        How many read as a number (digits with a sign, one decimal mark, commas between thousands) and as a date (year,
        month and day in digits), of those up to 32 bytes.
    lengths
        Their lengths in characters.
    shapes
        Their shapes, counted.
    """

    blank: int = 0
    read_as_numbers: int = 0
    read_as_dates: int = 0
    lengths: Numbers = field(default_factory=Numbers)
    shapes: FrequentValues = field(default_factory=FrequentValues)


def texts_of(values: "pa.Array", counts: Integers, *, like: Texts) -> Texts:
    """Return what is known of texts.

    Parameters
    ----------
    values
        (n,) texts as Arrow's large strings, none missing.
    counts
        (n,) how often each comes.
    like
        What they will be added to.
    """
    import pyarrow.compute as pc

    sizes = pc.utf8_length(values).to_numpy(zero_copy_only=False).astype(np.int64)
    lengths, inverse = np.unique(sizes, return_inverse=True)
    held = np.bincount(inverse, weights=counts).astype(np.int64)
    short = np.diff(text_buffers(values)[1]) <= MOST_SHAPED
    shapes, shape_counts = _shapes(values if short.all() else values.filter(_mask(short)), counts[short])
    long_blank = 0 if short.all() else _blank(values.filter(_mask(~short)), counts[~short])
    if not short.all():
        shapes, shape_counts = [*shapes, PROSE], np.append(shape_counts, counts[~short].sum())
    return Texts(
        blank=_held(shapes, shape_counts, re.compile(" *")) + long_blank,
        read_as_numbers=_held(shapes, shape_counts, _NUMBER), read_as_dates=_held(shapes, shape_counts, _DATE),
        lengths=numbers_of(lengths.astype(np.float64), held, like=like.lengths), shapes=_counted(shapes, shape_counts),
    )  # fmt: skip


def merge(a: Texts, b: Texts) -> Texts:
    """Return what is known of both together."""
    return Texts(
        blank=a.blank + b.blank, read_as_numbers=a.read_as_numbers + b.read_as_numbers,
        read_as_dates=a.read_as_dates + b.read_as_dates, lengths=numbers.merge(a.lengths, b.lengths),
        shapes=frequent.merge(a.shapes, b.shapes),
    )  # fmt: skip


def text_buffers(values: "pa.Array") -> tuple[npt.NDArray[np.uint8], Integers]:
    """Return the bytes and the (n + 1,) offsets of Arrow's large strings."""
    _, offsets, data = values.buffers()
    whole = np.frombuffer(offsets, dtype=np.int64)[values.offset : values.offset + len(values) + 1]
    return (np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)), whole


def _mask(rows: npt.NDArray[np.bool_]) -> "pa.Array":
    import pyarrow as pa

    return pa.array(rows)


def _shapes(values: "pa.Array", counts: Integers) -> tuple[list[str], Integers]:
    import pyarrow as pa

    if not len(values):
        return [], counts
    data, offsets = shapes_of(*text_buffers(values))
    shaped = pa.LargeStringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(data))
    coded = shaped.dictionary_encode()
    held = np.bincount(coded.indices.to_numpy(), weights=counts, minlength=len(coded.dictionary)).astype(np.int64)
    return coded.dictionary.to_pylist(), held


def _blank(values: "pa.Array", counts: Integers) -> int:
    import pyarrow.compute as pc

    return int(counts[pc.utf8_is_space(values).to_numpy(zero_copy_only=False)].sum())


def _held(shapes: list[str], counts: Integers, pattern: re.Pattern[str]) -> int:
    return int(counts[[pattern.fullmatch(shape) is not None for shape in shapes]].sum()) if shapes else 0


def _counted(shapes: list[str], counts: Integers) -> FrequentValues:
    import pyarrow as pa

    kept, taken = heaviest(counts)
    labels = np.array([shapes[place] for place in kept], dtype=object)
    keys = hash_texts(*text_buffers(pa.array(labels, pa.large_string())))
    order = np.argsort(keys)
    return FrequentValues(keys=keys[order], counts=counts[kept][order] - taken, labels=labels[order], error=taken)
