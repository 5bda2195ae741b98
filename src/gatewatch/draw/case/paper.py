"""What is on paper: laws in force, and entries in registers as bars."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from gatewatch.cases.case import Duty, Listed, Step
from gatewatch.draw import marks
from gatewatch.draw.case import point, steps
from gatewatch.draw.case.item import Drawn, Item, ItemPlace
from gatewatch.draw.case.sheet import Sheet
from gatewatch.draw.text import cut, text, width
from gatewatch.model.day import Day
from gatewatch.model.message import Message, message
from gatewatch.model.redaction import defanged
from gatewatch.model.service import Instrument
from gatewatch.words.cases import named
from gatewatch.words.disputes import beside, joined, register
from gatewatch.words.laws import in_force
from gatewatch.words.states import Ink

_MOST = 5
"""Listings held that are drawn one by one; the rest is counted."""
_DOTS = 60.0
"""Length of the dots of an open side."""


def laws(sheet: Sheet, duties: Sequence[Duty]) -> Iterator[Item]:
    """The ground of the case, then other duties that reach the service: old ones in one line."""
    ground = sheet.case.ground.held
    for step in sheet.case.steps:
        if step.action == steps.IN_FORCE:
            rule = _rule(sheet)
            ended = rule.ended if rule else None
            yield _law(sheet, _ground(sheet, step), step.day, step, until=ended)
    others = [d for d in duties if not ground or d.instrument.id != ground.value]
    old = [d for d in others if _known(d) < sheet.scale.first]
    new = [d for d in others if sheet.scale.first <= _known(d) <= sheet.scale.last]
    if old:
        names = tuple(dict.fromkeys(called(d.instrument) for d in old))
        parts = tuple(Message("{name}", {"name": name}) for name in names)
        said = message("in force before these days: {laws}", laws=parts)
        yield _law(sheet, sheet.say(said), _earliest(old), None)
    for duty in new:
        said = in_force(called(duty.instrument), duty.instrument, duty.since)
        yield _law(sheet, sheet.say(said), duty.since, None, until=duty.instrument.ended)


def _ground(sheet: Sheet, step: Step) -> str:
    """The law that the case rests on, with the day of its force said once."""
    if rule := _rule(sheet):
        return sheet.say(in_force(called(rule), rule, step.day))
    return sheet.say(message("{law}, in force since {day}", law=named(step), day=step.day))


def _rule(sheet: Sheet) -> Instrument | None:
    """The instrument that the case rests on, where the catalogue has it."""
    ground = sheet.case.ground.held
    laws = (d.instrument for d in sheet.case.duties)
    return next((law for law in laws if ground and law.id == ground.value), None)


def called(one: Instrument) -> str:
    """A law by its number, which is how it is cited, where that tells which it is."""
    return one.short


def _known(duty: Duty) -> date:
    """By when it is in force; of a law whose day of force is not on record, since when it can be:
    one that was adopted after these days was not in force before them."""
    return duty.since.last or duty.since.first or date.min


def _earliest(duties: Sequence[Duty]) -> Day:
    return min((d.since for d in duties), key=lambda day: day.last or date.min)


def _law(
    sheet: Sheet, said: str, since: Day, step: Step | None, *, until: Day | None = None
) -> Item:
    """A line from the day it began to its end, or to the edge where it stands."""
    scale = sheet.scale
    end = max(sheet.bounds(until)[1], scale.left) if until else scale.right
    x = sheet.bounds(since)[1 if since.exact is None else 0] if since.last else scale.left
    indent = 27.0 if step else 4.0
    shown = cut(said, sheet.room - indent - 10)
    left = max(min(x, scale.right - indent - width(shown)), scale.left)
    right = left + indent + width(shown)

    def draw(place: ItemPlace) -> Drawn:
        over = steps.badge(step, left + 10, place.main) if step else ""
        under = marks.rule(x, max(x, end), place.line, Ink.DUTY, thick=4)
        if x > scale.left:
            under += marks.square(x, place.line, Ink.DUTY)
        return Drawn(under, over + text(left + indent, place.main + 4.5, shown))

    return Item(main=(left, right), line=(x, max(x, end)), draw=draw)


def entries(sheet: Sheet, told: Sequence[Step]) -> Iterator[Item]:
    """Entries: a bar for each from coming to going, an outline for a register of duties."""
    open_: dict[tuple[str, bool], Step] = {}
    for step in (s for s in told if s.action in steps.LISTS):
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


def held(sheet: Sheet, listings: Sequence[Listed]) -> Iterator[Item]:
    """Listings that a ledger holds, by its snapshots. How far the last one reaches is not told
    here, so that one without an end is thin."""
    shown = sorted(
        listings, key=lambda one: (_days(one)[0].last or date.max, one.register, one.entry)
    )
    for one in shown[:_MOST]:
        came, went = _days(one)
        told = message(
            "{register}, entry {entry}: {address}",
            register=one.register,
            entry=one.entry,
            address=defanged(one.selector),
        )
        if went is None:
            told = message("{listing}, there when last published", listing=told)
        yield _bar(sheet, sheet.say(told), "", came, went=went, ends=(), duty=False)
    more = len(listings) - _MOST
    if more > 0:
        said = message("and {n} more listing held", "and {n} more listings held", n=more)
        yield note(sheet, sheet.say(said))


def _days(one: Listed) -> tuple[Day, Day | None]:
    went = one.went
    return _between(one.came.after, one.came.by), _between(went.after, went.by) if went else None


def _between(after: datetime | None, by: datetime | None) -> Day:
    first, last = after.date() if after else None, by.date() if by else None
    return Day(f"{first or '..'}/{last or '..'}", first, last)


def _entry(sheet: Sheet, came: Step, went: Step | None) -> Item:
    ends = (came, went) if went else (came,)
    told = joined([_said(one, sheet) for one in ends])
    name = register(came.register) or message("a register that is not named")
    said = message("{register}: {told}", register=name, told=told or "")
    notes = [known for one in ends if (known := beside(one, sheet.case))]
    if came.duty:
        notes.append(message("a register of duties: entry is compliance"))
    if not any(one.listings for one in ends):
        notes.append(message("days as stated, no snapshot held"))
    return _bar(
        sheet,
        sheet.say(said),
        sheet.say(joined(notes)),
        came.day,
        went=went.day if went else None,
        ends=ends,
        duty=came.duty,
    )


def _said(step: Step, sheet: Sheet) -> Message:
    """Entered by whom, and when, where the scale does not tell the day."""
    entered = step.action in {"listed", "registered"}
    if step.actor and entered:
        what = message("entered by {actor}", actor=step.actor)
    elif step.actor:
        what = message("taken off by {actor}", actor=step.actor)
    else:
        what = message("entered") if entered else message("taken off")
    if step.day.exact is not None and sheet.scale.daily:
        return what
    return message("{what}, {day}", what=what, day=step.day)


def _bar(
    sheet: Sheet,
    said: str,
    beneath: str,
    came: Day,
    went: Day | None,
    ends: tuple[Step, ...],
    *,
    duty: bool,
) -> Item:
    """Solid where the entry surely stood, a tint where a change lies, thin after the last
    source."""
    scale = sheet.scale
    x0, x1 = sheet.bounds(came)
    if came.last is None:
        x1 = x0
    x2, x3 = sheet.bounds(went) if went else (sheet.edge, sheet.edge)
    x2, x3 = max(x2, x1), max(x3, x1)
    on_bar = bool(ends) and scale.width >= 24 and all(s.day.exact for s in ends)
    lead = 0.0 if on_bar else 26.0 * len(ends)
    sign = 22.0 if any(s.disputed for s in ends) else 0.0
    shown = cut(said, sheet.room - lead - sign - 10)
    wide = lead + width(shown) + sign
    start = x0 if came.first else max(x0, x1 - _DOTS)
    left = max(min(start, scale.right - wide), scale.left)
    noted = cut(beneath, sheet.room - 20)
    note_x = max(min(left + lead, scale.right - width(noted)), scale.left)
    sure = x2 if went else sheet.sure(x1, x2) if ends else x1

    def draw(place: ItemPlace) -> Drawn:
        y = place.line
        under = _solid(x1, sure, x2, y, duty=duty) + _ends(
            came, went, (x0, x1, x2, x3), y, duty=duty
        )
        over = [text(left + lead + sign, place.main + 4.5, shown)]
        at = ((x0 + x1) / 2, (x2 + x3) / 2)
        for n, step in enumerate(ends):
            x, height = (at[n], y) if on_bar else (left + 11 + 25 * n, place.main)
            over.append(steps.badge(step, x, height))
        if sign:
            over.append(marks.differ(left + lead + 9, place.main))
        if noted:
            over.append(text(note_x, place.note, noted, "m"))
        return Drawn(under, "".join(over))

    below = (note_x, note_x + width(noted)) if noted else None
    return Item(main=(left, left + wide), line=(x0, max(x3, x2)), note=below, thick=26, draw=draw)


def _solid(x1: float, sure: float, x2: float, y: float, *, duty: bool) -> str:
    thin = marks.rule(sure, x2, y, Ink.DUTY if duty else Ink.LISTED, thick=1.5) if x2 > sure else ""
    if sure <= x1:
        return thin
    if not duty:
        return marks.box(x1, sure, y, Ink.LISTED) + thin
    return marks.outline(x1, sure, y, Ink.DUTY) + thin


def _ends(
    came: Day, went: Day | None, xs: tuple[float, float, float, float], y: float, duty: bool
) -> str:
    ink = Ink.DUTY if duty else Ink.LISTED
    x0, x1, x2, x3 = xs
    start = x0 if came.first else max(x0, x1 - _DOTS)
    parts = [
        marks.bracket(
            start, x1, y, ink, opens=came.first is not None, closes=came.last is not None, half=9
        )
        if came.first is None or came.last is None
        else marks.box(x0, x1, y, "tint") + marks.cap(x0, y, ink, opening=True)
    ]
    if went and went.first and went.last:
        parts.append(marks.box(x2, x3, y, "tint") + marks.cap(x3, y, ink, opening=False))
    elif went:
        end = min(x2 + _DOTS, x3) if went.first else x3
        parts.append(
            marks.bracket(x2, end, y, ink, opens=False, closes=went.last is not None, half=9)
        )
    return "".join(parts)


def note(sheet: Sheet, words: str) -> Item:
    """Words alone, at the left."""
    scale = sheet.scale
    shown = cut(words, sheet.room - 10)
    right = scale.left + 4 + width(shown)
    return Item(
        main=(scale.left, right),
        draw=lambda place: Drawn("", text(scale.left + 4, place.main + 4.5, shown, "m")),
    )
