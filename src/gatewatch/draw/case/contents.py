"""What lies in each lane, in the order of its rows. Each lane is drawn by what it holds; one with
nothing in it says so, hatched, at full height."""

from collections.abc import Callable, Iterator

from gatewatch.cases.case import Stay
from gatewatch.draw import marks
from gatewatch.draw.case import paper, point, steps
from gatewatch.draw.case.item import Drawn, Item, ItemPlace
from gatewatch.draw.case.lanes import HeldLane, held
from gatewatch.draw.case.sheet import Sheet
from gatewatch.draw.coverage import TALL, block, coverage
from gatewatch.draw.text import cut, text, width
from gatewatch.model.lane import LaneName
from gatewatch.model.message import message
from gatewatch.words.states import Ink

Drawer = Callable[[Sheet, HeldLane], Iterator[Item]]


def contents(sheet: Sheet) -> list[tuple[LaneName, list[Item]]]:
    """The lanes in their order, each with the things in it."""
    found = []
    for lane in held(sheet.case):
        items = list(_DRAWERS[lane.name](sheet, lane)) if lane.holds else []
        found.append((lane.name, items or [_hatched(sheet, sheet.say(lane.summary))]))
    return found


def _obligations(sheet: Sheet, lane: HeldLane) -> Iterator[Item]:
    yield from paper.laws(sheet, lane.duties)
    for step in lane.steps:
        if step.action != steps.IN_FORCE:
            yield point.item(step, sheet)


def _claims(sheet: Sheet, lane: HeldLane) -> Iterator[Item]:
    """Access first, then what was said about it."""
    begun = {step.number for step in lane.steps if step.action in steps.ACCESS}
    for stay in sheet.case.stays:
        if stay.state in point.RESTRICTED and not begun & set(stay.steps):
            yield _restriction(stay, sheet)
    for step in sorted(lane.steps, key=lambda s: s.action not in steps.ACCESS):
        yield point.item(step, sheet)


def _restriction(stay: Stay, sheet: Sheet) -> Item:
    """A restriction that was begun by a step of another lane: an order carried out at once."""
    scale = sheet.scale
    lasting = point.lasting(stay, sheet)
    if stay.steps:
        said = message("restricted by step {n}, {day}", n=stay.steps[0], day=stay.since)
    else:
        said = message("restricted, {day}", day=stay.since)
    words = cut(sheet.say(said), sheet.room - 20)
    left = max(min(lasting.start, scale.right - width(words) - 24), scale.left)

    def draw(place: ItemPlace) -> Drawn:
        mark = marks.circle(left + 7, place.main, Ink.ACCESS, 1 if lasting.whole else 0.5)
        return Drawn(lasting.drawn(place.line), mark + text(left + 20, place.main + 4.5, words))

    first = min([lasting.start, *(side.x0 for side in lasting.sides)])
    return Item(main=(left, left + 20 + width(words)), line=(first, lasting.end), draw=draw)


def _listings(sheet: Sheet, lane: HeldLane) -> Iterator[Item]:
    yield from paper.entries(sheet, lane.steps)
    yield from paper.held(sheet, lane.listings)


def _network(sheet: Sheet, lane: HeldLane) -> Iterator[Item]:
    """What was measured, and hatching where nothing was."""
    scale = sheet.scale
    shown = cut(sheet.say(lane.summary), sheet.room - 20)

    def draw(place: ItemPlace) -> Drawn:
        parts = coverage(dict(lane.measured), lane.silences, scale, place.line - TALL / 2)
        parts += [block(scale, place.line, one) for one in lane.episodes]
        return Drawn("".join(parts), text(scale.left + 4, place.main + 4.5, shown))

    main = (scale.left, scale.left + 4 + width(shown))
    yield Item(main=main, line=(scale.left, scale.right), thick=TALL, draw=draw)
    for step in lane.steps:
        yield point.item(step, sheet)


def _reports(sheet: Sheet, lane: HeldLane) -> Iterator[Item]:
    """Days on which enough people reported, each with three strokes; a surge lies in a bracket."""
    scale = sheet.scale
    shown = cut(sheet.say(lane.summary), sheet.room - 20)
    days = [one.day for one in lane.reported if scale.holds(one.day)]

    def draw(place: ItemPlace) -> Drawn:
        spans = [
            marks.bracket(
                scale.start(surge.first.date()),
                scale.end(surge.last.date()),
                place.line,
                Ink.REPORTS,
                opens=True,
                closes=True,
                half=9,
            )
            for surge in lane.surges
            if scale.holds(surge.first.date())
        ]
        strokes = [marks.strokes(scale.middle(day), place.line) for day in days]
        words = text(scale.left + 4, place.main + 4.5, shown)
        return Drawn("".join(spans), "".join(strokes) + words)

    main = (scale.left, scale.left + 4 + width(shown))
    yield Item(main=main, line=(scale.left, scale.right), thick=TALL, draw=draw)


def _hatched(sheet: Sheet, words: str) -> Item:
    """Hatching over the whole lane, with the words in a gap of it."""
    scale = sheet.scale
    shown = cut(words, sheet.room - 60)
    middle = (scale.left + scale.right) / 2
    half = width(shown) / 2 + 18

    def draw(place: ItemPlace) -> Drawn:
        y = place.main
        under = marks.hatched(scale.left, middle - half, y - 12, y + 12)
        under += marks.hatched(middle + half, scale.right, y - 12, y + 12)
        mark = marks.unsure(middle - half + 12, y)
        return Drawn(under, mark + text(middle - half + 24, y + 4.5, shown, "m"))

    return Item(main=(scale.left, scale.right), draw=draw)


_DRAWERS: dict[LaneName, Drawer] = {
    LaneName.OBLIGATIONS: _obligations,
    LaneName.CLAIMS: _claims,
    LaneName.LISTINGS: _listings,
    LaneName.NETWORK: _network,
    LaneName.REPORTS: _reports,
}
