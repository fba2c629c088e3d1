"""Merkle trees of RFC 6962: one hash for a whole log, short proofs that an entry is in it, and that a longer log extends it."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
"""Root of a log without entries."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry; its first byte keeps entries and nodes apart."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes, in one pass that keeps as many hashes as the tree is high (RFC 6962, section 2.1).

    Examples
    --------
    >>> root_of([leaf_hash(b"")]).hex()
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    """
    peaks: list[tuple[int, bytes]] = []
    for leaf in leaves:
        _grow(peaks, leaf)
    return _top(peaks) if peaks else EMPTY


def roots_of(leaves: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the roots of the log's beginnings, of no leaf, the first, the first two, and so on; each costs at most the tree's height.

    Examples
    --------
    >>> [root.hex()[:6] for root in roots_of([leaf_hash(b""), leaf_hash(bytes(1))])]
    ['e3b0c4', '6e340b', 'fac542']
    """
    yield EMPTY
    peaks: list[tuple[int, bytes]] = []
    for leaf in leaves:
        _grow(peaks, leaf)
        yield _top(peaks)


def _grow(peaks: list[tuple[int, bytes]], leaf: bytes) -> None:
    """Add a leaf to the whole subtrees, largest first, of which a log is made; two of one size become one."""
    size, top = 1, leaf
    while peaks and peaks[-1][0] == size:
        size, top = 2 * size, node_hash(peaks.pop()[1], top)
    peaks.append((size, top))


def _top(peaks: Sequence[tuple[int, bytes]]) -> bytes:
    top = peaks[-1][1]
    for _, left in reversed(peaks[:-1]):
        top = node_hash(left, top)
    return top


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(leaves: Sequence[bytes], at: int) -> list[bytes]:
    """Return the hashes by which the root follows from the leaf at a position (RFC 6962, section 2.1.1).

    Raises
    ------
    IndexError
        If there is no such leaf.
    """
    if not 0 <= at < len(leaves):
        raise IndexError(at)
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if at < k:
        return [*inclusion_proof(leaves[:k], at), root_of(leaves[k:])]
    return [*inclusion_proof(leaves[k:], at - k), root_of(leaves[:k])]


def is_included(leaf: bytes, at: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether a leaf stands at a position of the log with this size and root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= at < size:
        return False
    place, last, top = at, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            top = node_hash(each, top)
            while place and not place % 2:
                place, last = place // 2, last // 2
        else:
            top = node_hash(top, each)
        place, last = place // 2, last // 2
    return last == 0 and top == root


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """Return the hashes by which the roots of the first `earlier` leaves and of all of them follow (RFC 6962, section 2.1.2).

    Raises
    ------
    IndexError
        If `earlier` is no size between 1 and the log's.
    """
    if not 1 <= earlier <= len(leaves):
        raise IndexError(earlier)
    return _subproof(leaves, earlier, whole=True)


def _subproof(leaves: Sequence[bytes], earlier: int, *, whole: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if whole else [root_of(leaves)]
    k = _split(len(leaves))
    if earlier <= k:
        return [*_subproof(leaves[:k], earlier, whole=whole), root_of(leaves[k:])]
    return [*_subproof(leaves[k:], earlier - k, whole=False), root_of(leaves[:k])]


def extends(earlier: int, earlier_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether the log with this size and root begins with the earlier one (RFC 9162, section 2.1.4.2)."""
    if not 1 <= earlier <= size:
        return False
    if earlier == size:
        return not proof and earlier_root == root
    path = list(proof) if earlier & (earlier - 1) else [earlier_root, *proof]
    if not path:
        return False
    place, last = earlier - 1, size - 1
    while place % 2:
        place, last = place // 2, last // 2
    old = new = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while place and not place % 2:
                place, last = place // 2, last // 2
        else:
            new = node_hash(new, each)
        place, last = place // 2, last // 2
    return last == 0 and old == earlier_root and new == root
