"""What changed between two neighbouring files, found without reading what did not change.

A register of thousands of records is published every hour with a handful of changes. Comparing
bytes costs a hundredth of parsing them, so only records that differ are ever looked at.
"""

import ctypes
from collections import Counter
from collections.abc import Iterator

from gatewatch.sources.containers.large import WINDOW, Data, address, walked

_WINDOW = 8
_WIDEST = 4096
_FIRST_STEP = 4096

# The C library compares without copying, and lets the next snapshot arrive meanwhile.
_memcmp = ctypes.CDLL(None).memcmp
_memcmp.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
_memcmp.restype = ctypes.c_int


def difference(
    old: Data, old_span: tuple[int, int], new: Data, new_span: tuple[int, int], separator: bytes
) -> tuple[list[bytes], list[bytes]]:
    """Records of `old` that `new` lacks and the reverse, as multisets: order does not matter.

    A record ends after each `separator`; spans are [start, end). The two lists are exact however
    far records moved; they are found fast where most of the file is the same run of bytes.
    """
    (i, old_end), (j, new_end) = old_span, new_span
    removed: list[bytes] = []
    added: list[bytes] = []
    while i < old_end or j < new_end:
        start = i
        same = _common_run(old, i, old_end, new, j=j, new_end=new_end)
        i, j = i + same, j + same
        if i == old_end and j == new_end:
            break
        back = i - _border(old, start, i, separator)
        i, j = i - back, j - back
        i, j = _resynchronise(
            old,
            i,
            old_end,
            new,
            j=j,
            new_end=new_end,
            separator=separator,
            removed=removed,
            added=added,
        )
    return _cancel(removed, added)


def _border(data: Data, start: int, end: int, separator: bytes) -> int:
    """Where the last record ends that began at or after `start`, itself a border."""
    if not any(separator.endswith(separator[:n]) for n in range(1, len(separator))):
        last = data.rfind(separator, start, end)
        return start if last < 0 else last + len(separator)
    while (found := data.find(separator, start, end)) >= 0:  # as blank lines run into each other
        start = found + len(separator)
    return start


def records(data: Data, span: tuple[int, int], separator: bytes) -> list[bytes]:
    """All records in a span."""
    *whole, rest = data[span[0] : span[1]].split(separator)
    found = [record + separator for record in whole]
    return [*found, rest] if rest else found


def in_groups(
    data: Data, span: tuple[int, int], separator: bytes, size: int
) -> Iterator[list[bytes]]:
    """All records in a span, some at a time: never all of them in memory."""
    at, end = span
    while at < end:
        found, ends = _take(data, at, end, separator, most=size)
        yield found
        walked(data, at, ends[-1])
        at = ends[-1]


def _common_run(old: Data, i: int, old_end: int, new: Data, j: int, new_end: int) -> int:
    """How many bytes from i and j on are the same, found by halving with memcmp."""
    left, right = address(old) + i, address(new) + j
    same, limit = 0, min(old_end - i, new_end - j)
    step = _FIRST_STEP
    while same < limit:
        size = min(step, limit - same)
        if _memcmp(left + same, right + same, size) == 0:
            walked(old, i + same, i + same + size)
            walked(new, j + same, j + same + size)
            same += size
            step = min(step * 8, WINDOW)
        elif size == 1:
            break
        else:
            limit = same + size - 1
            step = (size + 1) // 2
    return same


def _resynchronise(
    old: Data,
    i: int,
    old_end: int,
    new: Data,
    j: int,
    new_end: int,
    separator: bytes,
    removed: list[bytes],
    added: list[bytes],
) -> tuple[int, int]:
    """Step over differing records to the nearest one that both files share."""
    window: int | None = _WINDOW
    while True:
        left, left_ends = _take(old, i, old_end, separator, most=window)
        right, right_ends = _take(new, j, new_end, separator, most=window)
        meeting = _nearest(left, right)
        exhausted = window is None or (len(left) < window and len(right) < window)
        if meeting or exhausted:
            a, b = meeting or (len(left), len(right))
            removed += left[:a]
            added += right[:b]
            return (left_ends[a - 1] if a else i), (right_ends[b - 1] if b else j)
        window = None if window is None or window >= _WIDEST else window * 4


def _take(
    data: Data, start: int, end: int, separator: bytes, most: int | None
) -> tuple[list[bytes], list[int]]:
    found: list[bytes] = []
    ends: list[int] = []
    while start < end and (most is None or len(found) < most):
        cut = data.find(separator, start, end)
        cut = end if cut < 0 else cut + len(separator)
        found.append(data[start:cut])
        ends.append(cut)
        start = cut
    return found, ends


def _nearest(left: list[bytes], right: list[bytes]) -> tuple[int, int] | None:
    """The shared record with the fewest records before it on both sides together."""
    place = {record: b for b, record in reversed(list(enumerate(right)))}
    best: tuple[int, int] | None = None
    for a, record in enumerate(left):
        b = place.get(record)
        if b is not None and (best is None or a + b < sum(best)):
            best = (a, b)
        if best is not None and a >= sum(best):
            break
    return best


def _cancel(removed: list[bytes], added: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """A record that only moved is in both lists: take it out of both."""
    if not removed or not added:
        return removed, added
    gone, come = Counter(removed), Counter(added)
    return list((gone - come).elements()), list((come - gone).elements())
