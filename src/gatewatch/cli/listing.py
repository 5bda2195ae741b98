"""How listings, decisions and times of registers are written."""

from datetime import datetime
from zoneinfo import ZoneInfo

from gatewatch.model.entry import Decision, Entry
from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import defanged, value, withholds
from gatewatch.model.register import Register
from gatewatch.model.selector import Selector


def when(moment: datetime | None, zone: ZoneInfo, *, offset: bool = True) -> str:
    """A time in the register's zone; two dots where nothing is known."""
    if moment is None:
        return ".."
    local = moment.astimezone(zone)
    text = local.strftime("%Y-%m-%d %H:%M")
    return f"{text} {_offset(local)}" if offset else text


def span(found: Bracket | None, zone: ZoneInfo) -> str:
    """[a, b]: not before a, not after b; the offset once where both share it."""
    if found is None:
        return "not within the history held here"
    sides = [m.astimezone(zone) for m in (found.after, found.by) if m]
    offsets = {_offset(side) for side in sides}
    if len(offsets) == 1:
        inner = f"{when(found.after, zone, offset=False)}, {when(found.by, zone, offset=False)}"
        return f"[{inner}] {offsets.pop()}"
    return f"[{when(found.after, zone)}, {when(found.by, zone)}]"


def _offset(local: datetime) -> str:
    text = local.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def decision(taken: Decision | None, register: Register) -> str:
    """Who decided, under which number, on which day; nothing where there is no decision."""
    if taken is None:
        return ""
    body = register.bodies.get(taken.body or "", taken.body)
    named = ", ".join(part for part in (body, taken.number) if part)
    return f"{named}, of {taken.date}" if taken.date else named


def ground_of(entry: Entry, register: Register) -> str:
    """The ground of an entry in words, as finely as its decision tells it."""
    act = entry.decision or Decision()
    code, text = register.article(entry.ground, act.body, act.number)
    return text or code or ""


def shown(selector: Selector, entry: Entry, register: Register, *, full: bool) -> str:
    """A selector of an entry, defanged, its path withheld where the ground asks for it."""
    return defanged(value(selector, withhold=not full and withholds(entry, register.redaction)))
