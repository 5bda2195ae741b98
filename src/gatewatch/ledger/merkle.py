"""Merkle trees as RFC 6962 section 2.1 has them: roots, and proofs that a leaf is in a tree or a
tree grew out of another."""

import hashlib
from collections.abc import Sequence

SIZE = 32
"""Bytes of a hash: SHA-256."""
EMPTY = hashlib.sha256().digest()
"""The root of a tree without leaves."""


def leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    return folded(peaks(leaves)) if leaves else EMPTY


def peaks(hashes: Sequence[bytes]) -> list[bytes]:
    """The roots of the perfect subtrees of a row of hashes, the widest first."""
    found: list[tuple[int, bytes]] = []
    for one in hashes:
        height, top = 0, one
        while found and found[-1][0] == height:
            top, height = node(found.pop()[1], top), height + 1
        found.append((height, top))
    return [top for _, top in found]


def folded(tops: Sequence[bytes]) -> bytes:
    """The root of a tree from the roots of its perfect subtrees, the widest first."""
    *rest, whole = tops
    for one in reversed(rest):
        whole = node(one, whole)
    return whole


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of a leaf (section 2.1.1). IndexError where it is not in the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    cut = split(len(leaves))
    if index < cut:
        return [*inclusion(leaves[:cut], index), root(leaves[cut:])]
    return [*inclusion(leaves[cut:], index - cut), root(leaves[:cut])]


def consistency(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """The proof that the tree of the first `old` leaves grew into this one (section 2.1.2)."""
    if not 0 < old <= len(leaves):
        raise IndexError(old)
    return [] if old == len(leaves) else _grown(leaves, old, whole=True)


def _grown(leaves: Sequence[bytes], old: int, *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    cut = split(len(leaves))
    if old <= cut:
        return [*_grown(leaves[:cut], old, whole=whole), root(leaves[cut:])]
    return [*_grown(leaves[cut:], old - cut, whole=False), root(leaves[:cut])]


def split(size: int) -> int:
    """The largest power of two below a size."""
    return int(1 << (size - 1).bit_length() - 1)


def root_by_inclusion(one: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an audit path leads to from a leaf hash (RFC 9162 section 2.1.3.2); None where
    the path has another length than such a tree gives."""
    if not 0 <= index < size:
        return None
    place, last, top = index, size - 1, one
    for beside in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            top = node(beside, top)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            top = node(top, beside)
        place, last = place >> 1, last >> 1
    return top if last == 0 else None


def is_grown(sizes: tuple[int, int], roots: tuple[bytes, bytes], proof: Sequence[bytes]) -> bool:
    """Whether a consistency proof holds between two trees (RFC 9162 section 2.1.4.2)."""
    (old, new), (first, second) = sizes, roots
    if old == new:
        return first == second and not proof
    if not 0 < old < new:
        return False
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, first)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node(beside, before), node(beside, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node(after, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and before == first and after == second
