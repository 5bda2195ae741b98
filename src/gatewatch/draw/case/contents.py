"""What lies in each lane, in the order of its rows."""

from collections.abc import Callable, Iterator

from gatewatch.cases.case import Stay
from gatewatch.draw import marks
from gatewatch.draw.case import paper, point, shapes
from gatewatch.draw.case.item import Drawn, Item, Place
from gatewatch.draw.case.labels import cut, when
from gatewatch.draw.case.measure import width
from gatewatch.draw.case.measured import TALL, block, coverage
from gatewatch.draw.case.point import Sheet

_NOTHING = (
    "no law is named, and no demand is on record",
    "nobody is on record",
    "no entry in a register is on record",
    "",
    "no report is held",
)


def contents(sheet: Sheet) -> list[list[Item]]:
    """Things in the five lanes; a lane with nothing in it says so, hatched."""
    found = [list(lane(sheet)) for lane in _LANES]
    return [items or [_hatched(sheet, _NOTHING[n])] for n, items in enumerate(found)]


def _obligations(sheet: Sheet) -> Iterator[Item]:
    yield from paper.laws(sheet)
    for step in sheet.case.steps:
        if shapes.lane_of(step) == 0 and step.action != "in_force":
            yield point.item(step, sheet)


def _claims(sheet: Sheet) -> Iterator[Item]:
    """Access first, then what was said about it."""
    steps = [s for s in sheet.case.steps if shapes.lane_of(s) == 1]
    begun = {n for s in steps if s.action in shapes.ACCESS for n in (s.number,)}
    for stay in sheet.case.stays:
        if stay.state in point.RESTRICTED and not begun & set(stay.steps):
            yield _stay(stay, sheet)
    for step in sorted(steps, key=lambda s: s.action not in shapes.ACCESS):
        yield point.item(step, sheet)


def _stay(stay: Stay, sheet: Sheet) -> Item:
    """A restriction that was begun by a step of another lane: an order carried out at once."""
    scale = sheet.scale
    (start, sure, end, whole), sides = point.lasting(stay, sheet)
    by = f" by step {stay.steps[0]}" if stay.steps else ""
    text = cut(f"restricted{by}, since {when(stay.since)}", scale.right - scale.left - 20)
    left = max(min(start, scale.right - width(text) - 14), scale.left)

    def draw(place: Place) -> Drawn:
        mark = marks.circle(left + 7, place.main, "access", 1 if whole else 0.5)
        words = marks.text(left + 20, place.main + 4.5, text)
        change = [shapes.box(x0, x1, place.line, "tint-access", 5) for _, x0, x1, _, _ in sides]
        line = shapes.stay(start, sure, end, place.line, whole=whole)
        return Drawn("".join([*change, line]), mark + words)

    return Item(
        main=(left, left + 20 + width(text)),
        line=(min([start, *(x0 for _, x0, *_ in sides)]), end),
        draw=draw,
    )


def _network(sheet: Sheet) -> Iterator[Item]:
    """What was measured, and hatching where nothing was."""
    network, scale = sheet.case.network, sheet.scale
    counts = ", ".join(f"{n:,} {state.replace('_', ' ')}" for state, n in network.counts.items())
    words = f"{network.state}: {network.why}" + (f" ({counts})" if counts else "")
    if not network.first or not network.last:
        yield _hatched(sheet, words)
        return
    shown = cut(words, scale.right - scale.left - 40)

    def draw(place: Place) -> Drawn:
        parts = coverage(dict(network.days), network.silences, scale, place.line - TALL / 2)
        parts += [block(scale, place.line, one) for one in network.blocks]
        return Drawn("".join(parts), marks.text(scale.left + 4, place.main + 4.5, shown))

    main = (scale.left, scale.left + 4 + width(shown))
    yield Item(main=main, line=(scale.left, scale.right), thick=24, draw=draw)


def _reports(sheet: Sheet) -> Iterator[Item]:
    """Days on which enough people reported, each with three strokes; a surge lies in a bracket."""
    held, scale = sheet.case.reports, sheet.scale
    days = [(day, number) for day, number in held.days if scale.holds(day)]
    if not days:
        return
    most = max(number for _, number in days)
    words = cut(
        f"{len(days)} days with five or more reporters, at most {most:,} a day",
        scale.right - scale.left - 20,
    )

    def draw(place: Place) -> Drawn:
        spans = [
            shapes.bracket(
                scale.start(s.first.date()),
                scale.end(s.last.date()),
                place.line,
                "reports",
                opens=True,
                closes=True,
                half=9,
            )
            for s in held.surges
            if scale.holds(s.first.date())
        ]
        strokes = [shapes.strokes(scale.middle(day), place.line) for day, _ in days]
        return Drawn(
            "".join(spans), "".join(strokes) + marks.text(scale.left + 4, place.main + 4.5, words)
        )

    yield Item(
        main=(scale.left, scale.left + 4 + width(words)),
        line=(scale.left, scale.right),
        thick=24,
        draw=draw,
    )


def _hatched(sheet: Sheet, words: str) -> Item:
    """Hatching over the whole lane, with the words in a gap of it."""
    scale = sheet.scale
    shown = cut(words, scale.right - scale.left - 60)
    middle = (scale.left + scale.right) / 2
    half = width(shown) / 2 + 18

    def draw(place: Place) -> Drawn:
        y = place.main
        under = shapes.hatched(scale.left, middle - half, y - 12, y + 12)
        under += shapes.hatched(middle + half, scale.right, y - 12, y + 12)
        mark = shapes.unsure(middle - half + 12, y)
        return Drawn(under, mark + marks.text(middle - half + 24, y + 4.5, shown, "m"))

    return Item(main=(scale.left, scale.right), draw=draw)


_LANES: tuple[Callable[[Sheet], Iterator[Item]], ...] = (
    _obligations,
    _claims,
    paper.registers,
    _network,
    _reports,
)
