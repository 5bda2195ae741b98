"""What is on paper: laws in force, and entries in registers as bars."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from gatewatch.cases.case import Duty, Listed, Step
from gatewatch.draw import marks
from gatewatch.draw.case import point, shapes
from gatewatch.draw.case.item import Drawn, Item, Place
from gatewatch.draw.case.labels import away, cut, instrument, register, when
from gatewatch.draw.case.measure import width
from gatewatch.draw.case.point import Sheet
from gatewatch.model.day import Day
from gatewatch.model.redaction import defanged
from gatewatch.words.cases import named

_MOST = 5
_DOTS = 60.0
"""Length of the dots of an open side."""
"""Listings held that are drawn one by one; the rest is counted."""


def laws(sheet: Sheet) -> Iterator[Item]:
    """The ground of the case, then other duties that reach the service: old ones in one line."""
    ground = sheet.case.ground.held
    for step in sheet.case.steps:
        if step.action == "in_force":
            name = ground.name if ground else named(step)
            known = name if "in force" in name else f"{name}, {when(step.day)}"
            yield _law(sheet, known, step.day, step)
    others = [d for d in sheet.case.duties if not ground or d.instrument.id != ground.value]
    old = [d for d in others if not d.since.last or d.since.last < sheet.scale.first]
    new = [d for d in others if d not in old and d.since.last and d.since.last <= sheet.scale.last]
    if old:
        names = "; ".join(dict.fromkeys(instrument(d.instrument) for d in old))
        yield _law(sheet, f"in force before these days: {names}", _earliest(old), None)
    for duty in new:
        yield _law(
            sheet,
            f"{instrument(duty.instrument)}, in force since {when(duty.since)}",
            duty.since,
            None,
        )


def _earliest(duties: Sequence[Duty]) -> Day:
    return min((d.since for d in duties), key=lambda day: day.last or date.min)


def _law(sheet: Sheet, text: str, since: Day, step: Step | None) -> Item:
    scale = sheet.scale
    x = sheet.bounds(since)[1 if since.exact is None else 0] if since.last else scale.left
    indent = 27.0 if step else 4.0
    shown = cut(text, scale.right - scale.left - indent - 10)
    left = max(min(x, scale.right - indent - width(shown)), scale.left)
    right = left + indent + width(shown)

    def draw(place: Place) -> Drawn:
        over = shapes.badge_of(step, left + 10, place.main) if step else ""
        under = shapes.rule(x, scale.right, place.line, "duty", 4)
        if x > scale.left:
            under += marks.square(x, place.line, "duty")
        return Drawn(under, over + marks.text(left + indent, place.main + 4.5, shown))

    return Item(main=(left, right), line=(x, scale.right), draw=draw)


def registers(sheet: Sheet) -> Iterator[Item]:
    """Entries: a bar for each from coming to going, an outline for a register of duties."""
    open_: dict[tuple[str, bool], Step] = {}
    for step in (s for s in sheet.case.steps if s.action in shapes.LISTS):
        key = (step.register, step.duty)
        if step.action == "delisted":
            came = open_.pop(key, None)
            yield _entry(sheet, came, step) if came else point.item(step, sheet)
        elif step.scope != "whole" or key in open_:
            yield point.item(step, sheet)
        else:
            open_[key] = step
    for came in open_.values():
        yield _entry(sheet, came, None)
    yield from _held(sheet)


def _held(sheet: Sheet) -> Iterator[Item]:
    """Listings that a ledger holds, by its snapshots. How far the last one reaches is not told here,
    so that one without an end is thin."""
    held = [one for step in sheet.case.steps for one in step.listings] + list(sheet.case.listings)
    held.sort(key=lambda one: (_days(one)[0].last or date.max, one.register, one.entry))
    for one in held[:_MOST]:
        came, went = _days(one)
        still = "" if went else ", there when last published"
        text = f"held: {one.register}, entry {one.entry}, {defanged(one.selector)}{still}"
        yield _bar(sheet, text, "", came, went, (), duty=False)
    if len(held) > _MOST:
        yield note(sheet, f"and {len(held) - _MOST} more listings held")


def _days(one: Listed) -> tuple[Day, Day | None]:
    went = one.went
    return _between(one.came.after, one.came.by), _between(went.after, went.by) if went else None


def _between(after: datetime | None, by: datetime | None) -> Day:
    first, last = after.date() if after else None, by.date() if by else None
    return Day(f"{first or '..'}/{last or '..'}", first, last)


def _entry(sheet: Sheet, came: Step, went: Step | None) -> Item:
    ends = (came, went) if went else (came,)
    told = "; ".join(_said(s, sheet) for s in ends)
    notes = [away(s, sheet.case) for s in ends]
    notes += ["a duty register: entry is compliance"] if came.duty else []
    if not any(s.listings for s in ends):
        notes.append("days as stated, no snapshot held")
    text = f"{register(came.register)}: {told}"
    return _bar(
        sheet,
        text,
        "; ".join(filter(None, notes)),
        came.day,
        went.day if went else None,
        ends,
        duty=came.duty,
    )


def _said(step: Step, sheet: Sheet) -> str:
    """Entered by whom, and when, where the scale does not tell the day."""
    what = "entered" if step.action in {"listed", "registered"} else "taken off"
    by = f" by {step.actor}" if step.actor else ""
    known = step.day.exact is not None and sheet.scale.daily
    return f"{what}{by}" if known else f"{what}{by}, {when(step.day)}"


def _bar(
    sheet: Sheet,
    text: str,
    note_: str,
    came: Day,
    went: Day | None,
    steps: tuple[Step, ...],
    *,
    duty: bool,
) -> Item:
    """Solid where the entry surely stood, a tint where a change lies, thin after the last source."""
    scale = sheet.scale
    x0, x1 = sheet.bounds(came)
    if came.last is None:
        x1 = x0
    x2, x3 = sheet.bounds(went) if went else (sheet.edge, sheet.edge)
    x2, x3 = max(x2, x1), max(x3, x1)
    on_bar = bool(steps) and scale.width >= 24 and all(s.day.exact for s in steps)
    lead = 0.0 if on_bar else 26.0 * len(steps)
    sign = 22.0 if any(s.disputed for s in steps) else 0.0
    shown = cut(text, scale.right - scale.left - lead - sign - 10)
    wide = lead + width(shown) + sign
    start = x0 if came.first else max(x0, x1 - _DOTS)
    left = max(min(start, scale.right - wide), scale.left)
    noted = cut(note_, scale.right - scale.left - 20)
    note_x = max(min(left + lead, scale.right - width(noted)), scale.left)
    sure = x2 if went else sheet.sure(x1, x2) if steps else x1

    def draw(place: Place) -> Drawn:
        y = place.line
        under = _solid(x1, sure, x2, y, duty=duty) + _ends(came, went, (x0, x1, x2, x3), y, duty)
        over = [marks.text(left + lead + sign, place.main + 4.5, shown)]
        at = ((x0 + x1) / 2, (x2 + x3) / 2)
        for n, step in enumerate(steps):
            x, height = (at[n], y) if on_bar else (left + 11 + 25 * n, place.main)
            over.append(shapes.badge_of(step, x, height))
        if sign:
            over.append(marks.differ(left + lead + 9, place.main))
        if noted:
            over.append(marks.text(note_x, place.note, noted, "m"))
        return Drawn(under, "".join(over))

    below = (note_x, note_x + width(noted)) if noted else None
    return Item(main=(left, left + wide), line=(x0, max(x3, x2)), note=below, thick=26, draw=draw)


def _solid(x1: float, sure: float, x2: float, y: float, *, duty: bool) -> str:
    thin = shapes.rule(sure, x2, y, "duty" if duty else "listed", 1.5) if x2 > sure else ""
    if sure <= x1:
        return thin
    if not duty:
        return shapes.box(x1, sure, y, "listed") + thin
    return (
        f'<rect x="{x1:.1f}" y="{y - 8:.1f}" width="{sure - x1:.1f}" height="16" '
        f'fill="var(--paper)" stroke="var(--duty)" stroke-width="2"/>{thin}'
    )


def _ends(
    came: Day, went: Day | None, xs: tuple[float, float, float, float], y: float, duty: bool
) -> str:
    ink = "duty" if duty else "listed"
    x0, x1, x2, x3 = xs
    start = x0 if came.first else max(x0, x1 - _DOTS)
    parts = [
        shapes.bracket(
            start, x1, y, ink, opens=came.first is not None, closes=came.last is not None, half=9
        )
        if came.first is None or came.last is None
        else shapes.box(x0, x1, y, "tint") + marks.cap(x0, y, ink, opening=True)
    ]
    if went and went.first and went.last:
        parts.append(shapes.box(x2, x3, y, "tint") + marks.cap(x3, y, ink, opening=False))
    elif went:
        end = min(x2 + _DOTS, x3) if went.first else x3
        parts.append(
            shapes.bracket(x2, end, y, ink, opens=False, closes=went.last is not None, half=9)
        )
    return "".join(parts)


def note(sheet: Sheet, words: str) -> Item:
    """Words alone, at the left."""
    scale = sheet.scale
    shown = cut(words, scale.right - scale.left - 10)
    right = scale.left + 4 + width(shown)
    return Item(
        main=(scale.left, right),
        draw=lambda place: Drawn("", marks.text(scale.left + 4, place.main + 4.5, shown, "m")),
    )
