"""What changed between neighbours is exact, however far records moved."""

from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatewatch.sources.registers.difference import difference, records

SEPARATORS = st.sampled_from([b"\n", b"</content>", b"\n\n", b"aba"])
pieces = st.lists(
    st.sampled_from([b"a", b"b", b"aa", b"</content>", b"\n", b"\n\n", b"row 1\n", b"x" * 5000]),
    max_size=40,
)


def by_counting(old: bytes, new: bytes, separator: bytes) -> tuple[Counter[bytes], Counter[bytes]]:
    """The plain way: cut both whole and subtract."""
    before, after = (Counter(records(data, (0, len(data)), separator)) for data in (old, new))
    return before - after, after - before


@settings(max_examples=400)
@given(old=pieces, new=pieces, separator=SEPARATORS)
@example(old=[b"a\n"] * 300, new=[b"b\n"] * 300 + [b"a\n"] * 299, separator=b"\n")
@example(old=[b"\n"] * 4, new=[b"b", *[b"\n"] * 5], separator=b"\n\n")
@example(old=[b"a"], new=[b"a\n"], separator=b"\n")
def test_the_fast_way_gives_what_counting_gives(
    old: list[bytes], new: list[bytes], separator: bytes
) -> None:
    """Records gone and come, as often as they went and came."""
    before, after = b"".join(old), b"".join(new)
    gone, come = difference(before, (0, len(before)), after, (0, len(after)), separator)
    assert (Counter(gone), Counter(come)) == by_counting(before, after, separator)


@settings(max_examples=50)
@given(moved=st.permutations(range(60)), edits=st.sets(st.integers(0, 59), max_size=3))
def test_moved_records_are_no_change_and_edited_ones_are(moved: list[int], edits: set[int]) -> None:
    """A re-sorted list with a few edits differs by these edits alone."""
    rows = [b"row %d of the list\n" % n for n in range(60)]
    edited = [b"edited %d\n" % n if n in edits else rows[n] for n in moved]
    old, new = b"".join(rows), b"".join(edited)
    gone, come = difference(old, (0, len(old)), new, (0, len(new)), b"\n")
    assert sorted(gone) == sorted(rows[n] for n in edits)
    assert sorted(come) == sorted(b"edited %d\n" % n for n in edits)


@given(pieces)
def test_records_cut_are_the_bytes_given(given_pieces: list[bytes]) -> None:
    """Nothing is lost and nothing is added by cutting; a span is kept to."""
    data = b"".join(given_pieces)
    assert b"".join(records(data, (0, len(data)), b"\n")) == data
    half = len(data) // 2
    assert b"".join(records(data, (half, len(data)), b"\n")) == data[half:]
