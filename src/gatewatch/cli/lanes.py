"""The five lanes as lines: whatever the layer, its mark, its name, its one sentence, its newest
day."""

from collections.abc import Iterator

from gatewatch.cli.terminal import Page, Piece
from gatewatch.model.lane import Lane, Lanes
from gatewatch.words.saying import say


def draw(page: Page, lanes: Lanes) -> None:
    """All lanes, and up to when each is known."""
    page.table(_line(page, one) for one in lanes)
    known = [f"{one.name} {one.last_known}" for one in lanes if one.last_known]
    known += [_BY_ITSELF for one in lanes if one.known_state in _STANDS and not one.last_known]
    page.field("Known up to", " · ".join(known) or "no evidence is held")


_STANDS = frozenset({"listed", "listed_in_part"})
_BY_ITSELF = "listings by the entry's own days alone, for no state of the list is held up to then"


def _line(page: Page, one: Lane) -> list[Piece | list[Piece]]:
    summary = say(one.summary)
    return [
        page.state(one.called)[0],
        (one.name.capitalize(), "bold"),
        [summary[:1].upper() + summary[1:], *_age(one)],
    ]


def _age(one: Lane) -> Iterator[Piece]:
    """That the state is of an earlier day, or rests on sources grown old."""
    if one.last_known and (one.faded or not one.current):
        yield (f"   last known {one.last_known}", "dim")
