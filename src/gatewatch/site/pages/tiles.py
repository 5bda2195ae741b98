"""Jurisdictions as tiles, laid out roughly as on a map: a mark a service, and no shading."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import msgspec

from gatewatch.cases.case import Case
from gatewatch.model.states import DEGREE, State

_LAST_ROW = 7


class TileMark(msgspec.Struct, frozen=True):
    """The state of one service."""

    state: State
    current: bool
    """Whether it is of the day asked about, and not only as last known."""


class Tile(msgspec.Struct, frozen=True):
    """One jurisdiction. `marks` has one for each service on record, the most restricted first, and
    of a state those that are of the day before those as last known."""

    code: str
    column: int
    row: int
    marks: list[TileMark]
    restricted: int
    """How many of them are restricted on the day, in full or in part."""
    restricted_before: int
    """How many were when last known, which is not known of the day."""

    def tally(self) -> Counter[TileMark]:
        """Services by mark, in the order of the marks."""
        return Counter(self.marks)


def tiles(told: Iterable[Case]) -> list[Tile]:
    """A tile for each jurisdiction on record."""
    held: dict[str, list[Case]] = {}
    for one in told:
        held.setdefault(str(one.jurisdiction), []).append(one)
    spare = iter([(column, _LAST_ROW) for column in range(1, 8)])
    return [
        _tile(code, _places().get(code) or next(spare, (1, _LAST_ROW)), mine)
        for code, mine in sorted(held.items())
    ]


def _tile(code: str, place: tuple[int, int], mine: Iterable[Case]) -> Tile:
    marks = sorted(
        (TileMark(one.state, one.current) for one in mine),
        key=lambda mark: (DEGREE.index(mark.state), not mark.current),
    )
    restricted = [m for m in marks if m.state in {State.RESTRICTED, State.PARTLY_RESTRICTED}]
    now = sum(mark.current for mark in restricted)
    return Tile(
        code=code,
        column=place[0],
        row=place[1],
        marks=marks,
        restricted=now,
        restricted_before=len(restricted) - now,
    )


@lru_cache(maxsize=1)
def _places() -> dict[str, tuple[int, int]]:
    """Column and row by jurisdiction; those that are not there follow in the last row."""
    text = (files("gatewatch.site") / "tiles.json").read_text(encoding="utf-8")
    return msgspec.json.decode(text, type=dict[str, tuple[int, int]])
