"""How listings, decisions and times of registers are written."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gatewatch.cli.options import Output
from gatewatch.cli.terminal import is_person, note
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import clean, defanged, running_text, unread, value, withholds
from gatewatch.model.register import Register
from gatewatch.model.selector import Selector

if TYPE_CHECKING:
    from gatewatch.cli.terminal import Page

_MOST_NAMES = 3
_ADDRESS = re.compile(r"https?://[^\s/]+")


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


def known_up_to(page: "Page", days: Mapping[str, date | None]) -> None:
    """Of each register the day of the last list that tells of what is shown."""
    told = [f"{name} {day}" for name, day in sorted(days.items()) if day]
    if told:
        page.field("Known up to", " · ".join(told))


def last_day(day: date) -> str:
    """What is said where no day was asked for and a register reaches no later one."""
    from gatewatch.words.saying import say  # words are loaded for a person alone
    from gatewatch.words.shown import last_of_register

    return say(last_of_register(day))


def note_day(output: Output, day: date | None) -> None:
    """The same for whoever takes rows, which name no day."""
    if day and (output != Output.TABLE or not is_person()):
        note(f"gatewatch: {last_day(day)}")


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


def attributes(entry: Entry, register: Register, *, full: bool) -> dict[str, str]:
    """What a register says of an entry beside what every register does, fit to be shown."""
    withhold = not full and withholds(entry, register.redaction)
    safe = ((name, running_text(text, withhold=withhold)) for name, text in entry.attributes)
    return {name: clean(_ADDRESS.sub(lambda one: defanged(one[0]), text)) for name, text in safe}


def differences(before: Entry, now: Entry, register: Register, *, full: bool) -> list[str]:
    """What an entry says otherwise than it did, each in a few words."""
    old, new = (_facts(one, register, full=full) for one in (before, now))
    told = [
        f"{name}: {old.get(name) or 'none'} \u2192 {new.get(name) or 'none'}"
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
    for sign, here, there in (("+", now, before), ("\u2212", before, now)):
        gone = [s for s in here.selectors if s not in there.selectors]
        told += [f"{sign} {shown(s, here, register, full=full)}" for s in gone[:_MOST_NAMES]]
        if len(gone) > _MOST_NAMES:
            told.append(f"{sign} {len(gone) - _MOST_NAMES} more")
        withhold = not full and withholds(here, register.redaction)
        odd = [text for text in here.unparsed if text not in there.unparsed]
        told += [f"{sign} unread {clean(unread(text, withhold=withhold))}" for text in odd[:1]]
    return told or ["what is withheld here"]


def _facts(entry: Entry, register: Register, *, full: bool) -> dict[str, str | None]:
    act = entry.decision or Decision()
    return {
        "authority": register.bodies.get(act.body or "", act.body),
        "number": act.number,
        "date": act.date,
        "ground": ground_of(entry, register),
        "prescribes": entry.block_type,
        "entered": entry.included_at,
        "removed": entry.removed_at,
        "urgent": "yes" if entry.urgent else None,
        **attributes(entry, register, full=full),
    }
