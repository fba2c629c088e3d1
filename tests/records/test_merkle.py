"""RFC 6962 trees: the published vectors of certificate transparency, and proofs against brute force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.records.merkle import (
    EMPTY,
    consistency_proof,
    extends,
    inclusion_proof,
    is_included,
    leaf_hash,
    node_hash,
    root_of,
)

# Entries and roots of the reference implementation of certificate transparency, for logs of 1 to 8 entries.
ENTRIES = [bytes.fromhex(each) for each in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAVES = [leaf_hash(each) for each in ENTRIES]

logs = st.lists(st.binary(max_size=4), min_size=1, max_size=20).map(
    lambda entries: [leaf_hash(each) for each in entries]
)


def slow_root(leaves: list[bytes]) -> bytes:
    """Return MTH as section 2.1 defines it, by recursion."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node_hash(slow_root(leaves[:k]), slow_root(leaves[k:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_an_empty_log_has_the_hash_of_nothing() -> None:
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(logs)
def test_the_root_in_one_pass_is_the_definitions(leaves: list[bytes]) -> None:
    assert root_of(leaves) == slow_root(leaves)


@given(logs, st.data())
def test_an_entry_is_proved_at_its_place_and_at_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(leaves) - 1))
    root, proof = root_of(leaves), inclusion_proof(leaves, at)
    assert is_included(leaves[at], at, len(leaves), proof, root)
    assert not is_included(leaf_hash(b"other entry"), at, len(leaves), proof, root)
    assert not is_included(leaves[at], at, len(leaves), [*proof, root], root)
    assert not is_included(leaves[at], len(leaves), len(leaves), proof, root)


@given(logs, st.data())
def test_a_longer_log_is_proved_to_begin_with_an_earlier_one(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    old, new, proof = root_of(leaves[:size]), root_of(leaves), consistency_proof(leaves, size)
    assert extends(size, old, len(leaves), new, proof)
    assert not extends(size, leaf_hash(b"another root"), len(leaves), new, proof)
    assert not extends(size, old, len(leaves), leaf_hash(b"another root"), proof)


def test_a_proof_of_what_isnt_there_is_refused() -> None:
    for wrong in (8, -1):
        with pytest.raises(IndexError):
            inclusion_proof(LEAVES, wrong)
    for wrong in (0, 9):
        with pytest.raises(IndexError):
            consistency_proof(LEAVES, wrong)
    assert not extends(9, EMPTY, 8, EMPTY, [])
    assert not extends(3, EMPTY, 8, EMPTY, [])
