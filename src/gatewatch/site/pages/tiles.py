"""Jurisdictions as tiles, laid out roughly as on a map: a mark a service, and no shading."""

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import msgspec

from gatewatch.cases.case import Case
from gatewatch.model.states import State

DEGREE = (
    State.RESTRICTED,
    State.PARTLY_RESTRICTED,
    State.LISTED,
    State.DEMANDED,
    State.OBLIGATED,
    State.LIFTED,
    State.UNRESTRICTED,
    State.UNKNOWN,
)
"""States by how much they restrict."""
_LAST_ROW = 7


class Tile(msgspec.Struct, frozen=True):
    """One jurisdiction. `states` has one for each service on record, the most restricted first."""

    code: str
    column: int
    row: int
    states: list[State]
    restricted: int
    """How many of them are restricted, in full or in part."""


def tiles(told: Iterable[Case]) -> list[Tile]:
    """A tile for each jurisdiction on record."""
    held: dict[str, list[Case]] = {}
    for one in told:
        held.setdefault(str(one.jurisdiction), []).append(one)
    spare = iter([(column, _LAST_ROW) for column in range(1, 8)])
    return [
        Tile(code, *(_places().get(code) or next(spare, (1, _LAST_ROW))), *_marks(mine))
        for code, mine in sorted(held.items())
    ]


def _marks(mine: Iterable[Case]) -> tuple[list[State], int]:
    states = sorted((one.state for one in mine), key=DEGREE.index)
    return states, sum(one in {State.RESTRICTED, State.PARTLY_RESTRICTED} for one in states)


@lru_cache(maxsize=1)
def _places() -> dict[str, tuple[int, int]]:
    """Column and row by jurisdiction; those that are not there follow in the last row."""
    text = (files("gatewatch.site") / "tiles.json").read_text(encoding="utf-8")
    return msgspec.json.decode(text, type=dict[str, tuple[int, int]])
