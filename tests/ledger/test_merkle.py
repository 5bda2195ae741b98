"""Trees of RFC 6962: roots and proofs, against the recursion of the text and made wrong."""

from gatewatch.ledger import merkle

LEAVES = [merkle.leaf(bytes([n])) for n in range(40)]


def by_the_text(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1 has it."""
    if len(leaves) == 1:
        return leaves[0]
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    return merkle.node(by_the_text(leaves[:cut]), by_the_text(leaves[cut:]))


def test_roots_are_those_of_the_text() -> None:
    """Of trees of every size, the empty one included."""
    assert merkle.root([]).hex().startswith("e3b0c44298fc1c14")
    for size in range(1, len(LEAVES)):
        assert merkle.root(LEAVES[:size]) == by_the_text(LEAVES[:size])


def test_a_leaf_is_proved_in_its_place_alone() -> None:
    """Each leaf of each tree; not another leaf, another place, another length of the path."""
    for size in range(1, 24):
        tree = LEAVES[:size]
        for index in range(size):
            path = merkle.inclusion(tree, index)
            top = merkle.root(tree)
            assert merkle.root_by_inclusion(tree[index], index, size, path) == top
            assert merkle.root_by_inclusion(LEAVES[30], index, size, path) != top
            assert merkle.root_by_inclusion(tree[index], index, size, [*path, top]) != top
            if index:
                assert merkle.root_by_inclusion(tree[index], index - 1, size, path) != top


def test_growth_is_proved_and_another_history_is_not() -> None:
    """Every pair of sizes; a changed leaf breaks it."""
    for new in range(1, 24):
        for old in range(1, new + 1):
            tree = LEAVES[:new]
            roots = (merkle.root(tree[:old]), merkle.root(tree))
            proof = merkle.consistency(tree, old)
            assert merkle.is_grown((old, new), roots, proof)
            other = merkle.root([LEAVES[39], *tree[1:old]])
            assert not merkle.is_grown((old, new), (other, roots[1]), proof)
            if proof:
                assert not merkle.is_grown((old, new), roots, proof[:-1])
