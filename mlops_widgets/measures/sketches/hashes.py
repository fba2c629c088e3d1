"""A number of 64 bits for each cell, the same in every process, library and version."""

from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]

MISSING = np.uint64(0x9E3779B97F4A7C15)
"""What stands for a missing cell."""

_EXACT = 2**53
_LONG = 512
"""Bytes beyond which a text is hashed by itself: few are so long, and all others would wait for them."""


_FACTOR = np.uint64(0xBF58476D1CE4E5B9)
_FIRST_BYTES = np.array([2 ** (8 * count) - 1 for count in range(9)], dtype=np.uint64)


def mix(words: Words) -> Words:
    """Return the words stirred so that each bit depends on all (splitmix64's finaliser: Steele, Lea & Flood 2014).

    Examples
    --------
    >>> int(mix(np.array([1], dtype=np.uint64))[0]) == 0x5692161D100B05E5
    True
    """
    mixed = words ^ (words >> np.uint64(30))
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def hash_numbers(values: npt.NDArray[Any]) -> Words:
    """Return hashes of numbers, shape (n,): of the number, not of its type, so 1 and 1.0 agree, and -0.0 and 0.0.

    Parameters
    ----------
    values
        (n,) floats, integers or truth values.

    Examples
    --------
    >>> bool(hash_numbers(np.array([7]))[0] == hash_numbers(np.array([7.0]))[0])
    True
    """
    floats = values.astype(np.float64) + 0.0
    hashes = mix(floats.view(np.uint64))
    if values.dtype.kind in "iu" and values.itemsize == 8 and len(values):
        large = (values > _EXACT) | (values < -_EXACT) if values.dtype.kind == "i" else values > _EXACT
        if large.any():  # two of these may share a float
            hashes[large] = mix(hashes[large] ^ values[large].astype(np.uint64))
    return hashes


def hash_texts(data: npt.NDArray[np.uint8], offsets: Integers) -> Words:
    """Return hashes of texts that lie behind each other in bytes, shape (n,).

    Parameters
    ----------
    data
        The bytes of all.
    offsets
        (n + 1,) where each begins; the last is where the last one ends.

    Examples
    --------
    >>> data = np.frombuffer(b"onetwoone", dtype=np.uint8)
    >>> first, second, third = hash_texts(data, np.array([0, 3, 6, 9]))
    >>> bool(first == third), bool(first == second)
    (True, False)
    """
    lengths = np.diff(offsets)
    hashes = lengths.astype(np.uint64) * MISSING
    words = _word_view(data)
    alive: Integers | slice = slice(None)
    starts, left = offsets[:-1], np.where(lengths <= _LONG, lengths, 0)
    while len(left):
        word = words[starts] & _FIRST_BYTES[np.minimum(left, 8)]
        word ^= hashes[alive]
        word *= _FACTOR
        word ^= word >> np.uint64(29)
        hashes[alive] = word
        longer = left > 8
        if not longer.all():
            alive = np.flatnonzero(longer) if isinstance(alive, slice) else alive[longer]
            starts, left = starts[longer], left[longer]
        starts, left = starts + 8, left - 8
    hashes = mix(hashes)
    for row in np.flatnonzero(lengths > _LONG):
        cell = data[offsets[row] : offsets[row + 1]].tobytes()
        hashes[row] = np.uint64(int.from_bytes(blake2b(cell, digest_size=8).digest(), "little"))
    return hashes


def _word_view(data: npt.NDArray[np.uint8]) -> Words:
    """Return the eight bytes that begin at each byte as one number; beyond the end come zeros."""
    padded = np.zeros(len(data) + 8, dtype=np.uint8)
    padded[: len(data)] = data
    return np.ndarray((len(data) + 1,), dtype="<u8", buffer=padded.data, strides=(1,))
