"""How much of which input one task reads: big files cut by lines, small ones packed together.

Shares stand in the order of inputs, whoever reads which when: of what comes twice the first counts.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gatewatch.sources.measurements.lines import Input, Line, LineFault

_PACKED_BY = 8
"""How many times its size a compressed file is read as, by OONI's published ones (7 to 10)."""
_EACH = 64 << 10
"""Bytes that opening a file costs as much as, in an object store."""


class Share(msgspec.Struct, frozen=True):
    """An input, or the lines that begin at its bytes from `start` up to `end` (None: all)."""

    input: Input
    start: int = 0
    end: int | None = None

    def lines(self) -> Iterator[Line | LineFault]:
        """Its measurements, and what of it could not be read."""
        if self.end is None:
            return self.input.lines()
        return self.input.lines_within(self.start, self.end)

    @property
    def plain(self) -> int:
        """Bytes to be read, as far as a listing tells: of a compressed file about as many as it
        holds."""
        if self.end is not None:
            return self.end - self.start
        plain = self.input.name.lower().endswith((".json", ".jsonl", ".ndjson", ".tar", ".yaml"))
        return (self.input.size or 0) * (1 if plain else _PACKED_BY)

    @property
    def weight(self) -> int:
        """What it costs, in bytes: opening a file costs too."""
        return self.plain + (_EACH if self.end is None else 0)


def shares(found: Iterable[Input], size: int) -> list[Share]:
    """Inputs in shares of about `size` bytes at most; what cannot be cut is one share."""
    made: list[Share] = []
    for one in found:
        if one.size is None or one.size <= size * 3 // 2 or not one.cuttable():
            made.append(Share(one))
            continue
        number = -(-one.size // size)
        ends = [one.size * n // number for n in range(number + 1)]
        made += [Share(one, *span) for span in itertools.pairwise(ends)]
    return made


def packed(made: Sequence[Share], size: int) -> list[tuple[Share, ...]]:
    """Neighbours put together until they weigh `size`, so that a task has enough to do."""
    packs: list[tuple[Share, ...]] = []
    pack: list[Share] = []
    weight = 0
    for share in made:
        if pack and weight + share.weight > size:
            packs.append(tuple(pack))
            pack, weight = [], 0
        pack.append(share)
        weight += share.weight
    return [*packs, tuple(pack)] if pack else packs
