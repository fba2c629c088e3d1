"""Hashes: of the value and not of its type or place, and spread evenly."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.sketches.hashes import hash_numbers, hash_texts


def _texts(*texts: str) -> npt.NDArray[np.uint64]:
    cells = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, cells)])
    return hash_texts(np.frombuffer(b"".join(cells), dtype=np.uint8), offsets)


def test_equal_numbers_agree_whatever_their_type() -> None:
    kinds = [np.array([3, 0], dtype=kind) for kind in (np.int8, np.uint64, np.int64, np.float32, np.float64)]
    assert len({tuple(hash_numbers(cells)) for cells in kinds}) == 1
    assert hash_numbers(np.array([-0.0]))[0] == hash_numbers(np.array([0.0]))[0]


def test_large_whole_numbers_that_share_a_float_differ() -> None:
    large = np.array([2**63 - 1, 2**63 - 2, -(2**63), 2**53 + 1, 2**53])
    assert len(set(hash_numbers(large))) == 5


def test_a_texts_hash_depends_on_all_of_it_and_on_nothing_else() -> None:
    long = "x" * 600
    cells = ["", "a", "\0", "a\0", "abcdefgh", "abcdefgh\0", "abcdefghi", "é", long, long + "y", "a"]
    hashes = _texts(*cells)
    assert hashes[1] == hashes[-1]
    assert len(set(hashes)) == len(cells) - 1
    assert _texts("before", *cells)[1:].tolist() == hashes.tolist()


def test_hashes_of_neighbours_are_spread_evenly() -> None:
    found = hash_numbers(np.arange(64_000)) >> np.uint64(58)
    texts = _texts(*(f"id{i:06}" for i in range(6400))) & np.uint64(63)
    for cells in (found, texts):
        counts = np.bincount(cells.astype(np.int64), minlength=64)
        expected = len(cells) / 64
        assert ((counts - expected) ** 2 / expected).sum() < 110  # χ² of 63 degrees, upper .02 %
