"""Distinct counts: the stated error holds, registers add up exactly, and hostile texts are refused."""

import zlib
from base64 import b64encode

import numpy as np
import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.measures.sketches.distinct import REGISTERS, STANDARD_ERROR, DistinctSketch
from mlops_widgets.measures.sketches.hashes import hash_numbers


def _sketch(first: int, last: int) -> DistinctSketch:
    return DistinctSketch().added(hash_numbers(np.arange(first, last)))


@pytest.mark.parametrize("count", [10, 300, 5000, 100_000])
def test_the_error_is_the_stated_one(count: int) -> None:
    errors = [_sketch(seed * 10**7, seed * 10**7 + count).estimate / count - 1 for seed in range(1, 21)]
    assert np.sqrt(np.mean(np.square(errors))) < 1.4 * STANDARD_ERROR  # χ² of 20, upper .2 %
    assert abs(np.mean(errors)) < 3 * STANDARD_ERROR / np.sqrt(20)


def test_nothing_is_zero_and_repeats_count_once() -> None:
    assert DistinctSketch().estimate == 0
    once = _sketch(0, 1000)
    assert (once.added(hash_numbers(np.arange(1000))).registers == once.registers).all()


def test_parts_add_up_to_the_whole_exactly() -> None:
    whole = _sketch(0, 60_000)
    assert (_sketch(0, 40_000).merged(_sketch(30_000, 60_000)).registers == whole.registers).all()
    assert (_sketch(0, 40_000).added(hash_numbers(np.arange(40_000, 60_000))).registers == whole.registers).all()


def test_a_sketch_survives_its_text() -> None:
    found = _sketch(0, 5000)
    assert (DistinctSketch.from_text(found.text()).registers == found.registers).all()


@pytest.mark.parametrize("data", [b"", bytes(REGISTERS - 1), bytes(10 * REGISTERS), bytes([255]) * REGISTERS])
def test_registers_that_no_sketch_writes_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="distinct="):
        DistinctSketch.from_text(b64encode(zlib.compress(data)).decode())


@pytest.mark.parametrize("text", ["ä", "!", "AAAA"])
def test_a_text_that_is_no_sketch_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="distinct="):
        DistinctSketch.from_text(text)
