"""How many different values there are, from 2,048 small numbers (HyperLogLog)."""

import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from math import log, sqrt

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError

Words = npt.NDArray[np.uint64]

BITS = 11
REGISTERS = 2**BITS
_VARIANCE = 3 * log(2) - 1
"""Variance of the relative error times the number of registers (Ertl 2017; Flajolet et al. 2007 give 1.04²)."""

STANDARD_ERROR = sqrt(_VARIANCE / REGISTERS)
"""About .023 of the number of different values."""

_MOST_RANK = 64 - BITS


@dataclass(frozen=True)
class DistinctSketch:
    """Registers of HyperLogLog (Flajolet, Fusy, Gandouet & Meunier 2007).

    Parameters
    ----------
    registers
        (2048,) the longest run of zeros seen, plus one; 0 where nothing was.
    """

    registers: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(REGISTERS, dtype=np.uint8))

    def added(self, hashes: Words) -> "DistinctSketch":
        """Return the sketch with the values of these hashes."""
        least = int(self.registers.min())
        if least:  # most hashes of many values can't raise a register any more
            hashes = hashes[(hashes & np.uint64(2**least - 1)) == 0]
        if not len(hashes):
            return self
        kept = self.registers.copy()
        index = (hashes >> np.uint64(_MOST_RANK)).astype(np.int64)
        low = hashes & (~hashes + np.uint64(1))  # the lowest bit that is set
        rank = np.where(low == 0, _MOST_RANK, np.frexp(low.astype(np.float64))[1])
        np.maximum.at(kept, index, np.minimum(rank, _MOST_RANK + 1).astype(np.uint8))
        return DistinctSketch(kept)

    def merged(self, other: "DistinctSketch") -> "DistinctSketch":
        """Return the sketch of both."""
        return DistinctSketch(np.maximum(self.registers, other.registers))

    @property
    def estimate(self) -> float:
        """How many different values there are: Ertl's improved raw estimator (2017, algorithm 6)."""
        longest = _MOST_RANK
        counts = np.bincount(self.registers, minlength=longest + 2).astype(np.float64)
        total = REGISTERS * _tau(1 - counts[longest + 1] / REGISTERS)
        for rank in range(longest, 0, -1):
            total = (total + counts[rank]) / 2
        total += REGISTERS * _sigma(counts[0] / REGISTERS)
        return 0.0 if np.isinf(total) else REGISTERS**2 / (2 * log(2)) / total

    def text(self) -> str:
        """Return the registers as a short text."""
        return b64encode(zlib.compress(self.registers.tobytes(), 1)).decode()

    @classmethod
    def from_text(cls, text: str) -> "DistinctSketch":
        """Return the sketch that `text` described.

        Raises
        ------
        InputError
            If the text is no such registers.
        """
        reader = zlib.decompressobj()
        try:
            data = reader.decompress(b64decode(text, validate=True), REGISTERS + 1)
        except (ValueError, zlib.error) as error:
            raise InputError("distinct=: the text isn't what a profile writes.") from error
        registers = np.frombuffer(data, dtype=np.uint8)
        if len(registers) != REGISTERS or registers.max() > _MOST_RANK + 1:
            raise InputError("distinct=: the text isn't what a profile writes.")
        return cls(registers)


def _sigma(x: float) -> float:
    """Return x + Σ x^(2^k) 2^(k-1), what empty registers add."""
    if x == 1:
        return float("inf")
    total, weight = x, 1.0
    while True:
        x *= x
        before, total = total, total + x * weight
        weight *= 2
        if total == before:
            return total


def _tau(x: float) -> float:
    """Return ⅓ (1 - x - Σ (1 - x^(2^-k))² 2^-k), what full registers add."""
    if x in {0, 1}:
        return 0.0
    total, weight = 1 - x, 1.0
    while True:
        x = sqrt(x)
        before, weight = total, weight / 2
        total -= (1 - x) ** 2 * weight
        if total == before:
            return total / 3
