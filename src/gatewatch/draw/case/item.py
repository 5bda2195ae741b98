"""Things in a lane, and the rows that keep them apart."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

Span = tuple[float, float]
_PAD = 14.0
_MAIN, _SUB = 27.0, 18.0


class ItemPlace(msgspec.Struct, frozen=True):
    """Where the bands of a row lie: middles of the marks and of the lines, base line of the
    note."""

    main: float
    line: float
    note: float


class Drawn(msgspec.Struct, frozen=True):
    """`under` the line of the day asked about, and `over` it."""

    under: str
    over: str


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing, with what it takes of three bands, in pixels from left to right."""

    main: Span
    line: Span | None = None
    note: Span | None = None
    thick: float = 14.0
    """Height of its line."""
    draw: Callable[[ItemPlace], Drawn]


class ItemRow(msgspec.Struct, frozen=True):
    """Things that stand side by side."""

    items: list[Item]

    @property
    def lined(self) -> float:
        return max((one.thick for one in self.items if one.line), default=0.0)

    @property
    def height(self) -> float:
        noted = any(one.note for one in self.items)
        return _MAIN + self.lined + (_SUB if noted else 0)

    def fits(self, new: Item) -> bool:
        """Whether nothing here is in its way."""
        return not any(
            _meet(one.main, new.main) or _meet(one.line, new.line) or _meet(one.note, new.note)
            for one in self.items
        )

    def place(self, top: float) -> ItemPlace:
        line = top + _MAIN - 1
        return ItemPlace(top + _MAIN / 2, line + self.lined / 2, line + self.lined + 13)


def packed(items: Iterable[Item]) -> list[ItemRow]:
    """Items in few rows that keep them apart, earlier ones higher."""
    rows: list[ItemRow] = []
    for item in items:
        row = next((r for r in rows if r.fits(item)), None)
        if row is None:
            rows.append(ItemRow([item]))
        else:
            row.items.append(item)
    return rows


def height(rows: Sequence[ItemRow]) -> float:
    return sum(row.height for row in rows)


def _meet(a: Span | None, b: Span | None) -> bool:
    return bool(a and b and a[0] < b[1] + _PAD and b[0] < a[1] + _PAD)
