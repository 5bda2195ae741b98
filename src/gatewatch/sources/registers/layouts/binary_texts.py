"""Shared texts of an old workbook (xls) of which a part is struck out ([MS-XLS] 2.4.265, 2.5.293).

Texts run over the ends of records: the letters of one then begin anew with a byte that says how
wide they are, whatever else of a text does not.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from struct import iter_unpack, unpack

_WIDE, _BESIDE, _RICH = 1, 4, 8
_HEAD = 8
"""Bytes before the first text: how many there are, twice."""


def struck_parts(records: Sequence[bytes], struck: Collection[int]) -> Mapping[int, str]:
    """Texts by their number, their struck parts marked as `~~part~~`; `struck` are numbers of
    fonts. Raises struct.error or IndexError for a table that ends within a text."""
    found = {}
    for number, (text, runs) in enumerate(_texts(_Bytes(records))):
        if any(font in struck for _, font in runs):
            found[number] = _marked(text, runs, struck)
    return found


def _marked(text: str, runs: Sequence[tuple[int, int]], struck: Collection[int]) -> str:
    told = text[: runs[0][0]]
    for (at, font), (end, _) in pairwise([*runs, (len(text), 0)]):
        part = text[at:end]
        told += f"~~{part.strip()}~~" if font in struck and part.strip() else part
    return told


def _texts(data: "_Bytes") -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Each text, and from which of its letters on it is in which font."""
    if not data.ended:
        data.take(_HEAD)
    while not data.ended:
        length, form = unpack("<HB", data.take(3))
        runs = unpack("<H", data.take(2))[0] if form & _RICH else 0
        beside = unpack("<I", data.take(4))[0] if form & _BESIDE else 0
        text = data.letters(length, form & _WIDE)
        yield text, list(iter_unpack("<HH", data.take(4 * runs)))
        data.take(beside)


class _Bytes:
    """The bodies of records, one behind the other."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self._left = [record for record in reversed(records) if record]
        self._at = 0

    @property
    def ended(self) -> bool:
        return not self._left

    def take(self, size: int) -> bytes:
        found = b""
        while size > len(found):
            found += self._some(size - len(found))
        return found

    def letters(self, count: int, wide: int) -> str:
        told = b""
        while count:
            some = self._some(count << wide)
            told += some if wide else some.decode("latin-1").encode("utf-16-le")
            count -= len(some) >> wide
            if count:
                wide = self.take(1)[0] & _WIDE
        return told.decode("utf-16-le", "replace")

    def _some(self, most: int) -> bytes:
        """As many bytes as one record still has, `most` at most."""
        record = self._left[-1]
        found = record[self._at : self._at + most]
        self._at += len(found)
        if self._at == len(record):
            self._left.pop()
            self._at = 0
        return found
