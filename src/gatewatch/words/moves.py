"""What happened to entries of registers, as events: what, where, since when, by which decision and
ground, how it is known, what would lift it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError
from gatewatch.model import day as days
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.history import Op, RegisterEvent
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, Param, message
from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import defanged, value, withholds
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector, url_host
from gatewatch.query.laws import laws_of
from gatewatch.query.moved import Crowd, EntryMove
from gatewatch.words.happening import Happening, one_line

_SHOWN = 3
_NONE = message("none")


def of_moves(moves: Iterable[EntryMove], catalogue: Catalogue) -> Iterator[Happening]:
    """One event for each."""
    for one in moves:
        yield of_entry(
            one.told,
            one.register,
            one.entry,
            catalogue,
            kind=one.kind,
            was=one.was,
            announced=one.announced,
            one_of_many=one.one_of_many,
        )


def identity(event: RegisterEvent, kind: str) -> str:
    """The id of the event that tells of it."""
    entry = one_line(event.change.entry_id)
    return f"urn:gatewatch:entry:{event.register}:{entry}:{kind}:{event.at:%Y-%m-%dT%H:%M:%S}"


def of_entry(
    event: RegisterEvent,
    register: Register,
    entry: Entry,
    catalogue: Catalogue,
    *,
    kind: str,
    was: Entry | None = None,
    announced: datetime | None = None,
    one_of_many: bool = False,
) -> Happening:
    """A listing, a change or a delisting, whole. `was`: the version before it, where it is held;
    `announced`: when the state was published that told ahead of this removal."""
    withheld = withholds(entry, register.redaction)
    services = _services(entry, catalogue)
    what = _what(entry, withheld=withheld) or Message("{name}", {"name": entry.id})
    ground, ground_text = register.article(
        entry.ground,
        entry.decision.body if entry.decision else None,
        entry.decision.number if entry.decision else None,
    )
    laws = laws_of(register, ground, catalogue)
    body = entry.decision.body if entry.decision else None
    told: dict[str, Param] = {"what": what, "place": Jurisdiction(register.jurisdiction)}
    return Happening(
        id=identity(event, kind),
        kind=kind,
        at=event.at,
        title=_title(kind, told),
        text=_text(kind, register, what, event.bracket),
        path=f"/entry/{quote(event.register, safe='')}/{quote(event.change.entry_id, safe='')}",
        service=services[0] if services else None,
        jurisdiction=register.jurisdiction,
        register=register.id,
        thing=f"entry:{event.register}:{event.change.entry_id}",
        what=what.plain(),
        since=event.bracket,
        decision=entry.decision,
        ground=ground,
        ground_text=ground_text or "",
        known_by=_known_by(kind, event, entry, announced or event.at),
        details=tuple(_details(kind, was, entry, withheld=withheld)),
        lifts=""
        if kind == "delisting"
        else " ".join(dict.fromkeys(i.lifts for i in laws if i.lifts)),
        links=_links(event, entry, services, register),
        about=(*_about(entry, register), *(f"service:{one}" for one in services)),
        authorities=_authorities(body or "", register.authority, catalogue),
        laws=tuple(i.id for i in laws),
        one_of_many=one_of_many,
    )


def _title(kind: str, told: dict[str, Param]) -> Message:
    if kind == "listing":
        return message("{what}: listed in {place}", **told)
    if kind == "delisting":
        return message("{what}: taken off the list in {place}", **told)
    return message("{what}: its entry changed in {place}", **told)


def _text(kind: str, register: Register, what: Message, when: Bracket) -> Message:
    told: dict[str, Param] = {"what": what, "register": register.title, "bracket": when}
    if kind == "listing":
        return message("{what} came on {register}, {bracket}.", **told)
    if kind == "delisting":
        return message("{what} was taken off {register}, {bracket}.", **told)
    return message("The entry of {what} in {register} changed, {bracket}.", **told)


def _known_by(kind: str, event: RegisterEvent, entry: Entry, shown: datetime) -> Message:
    """The two published states between which it happened, or the one of `shown` that gives its
    day."""
    when = event.bracket
    if kind == "delisting" and event.change.op != Op.REMOVED and entry.removed_at:
        return message(
            "the state published {by} gives {day} as the day of its removal",
            by=shown,
            day=_day(entry.removed_at),
        )
    if when.after is None:
        return message("the first published state held shows it, of {by}", by=_time(when.by))
    told: dict[str, Param] = {"after": _time(when.after), "by": _time(when.by)}
    if kind == "listing":
        return message(
            "the state published {after} lacks it, the one published {by} shows it", **told
        )
    if kind == "delisting":
        return message(
            "the state published {after} shows it, the one published {by} does not", **told
        )
    return message("the states published {after} and {by} differ in it", **told)


def _day(stated: str) -> Param:
    """A day that a register states, as it stands where it is none."""
    with suppress(UsageError):
        return days.parse(stated[:10])
    return stated


def _time(when: datetime | None) -> datetime:
    assert when is not None  # a snapshot that showed it has a time
    return when


def _what(entry: Entry, *, withheld: bool) -> Message | None:
    """Its first selectors as they may be shown."""
    return _few(entry.selectors, withheld=withheld) if entry.selectors else None


def _details(kind: str, was: Entry | None, now: Entry, *, withheld: bool) -> Iterator[Message]:
    if kind == "change" and was:
        yield from _changed(was, now, withheld=withheld)
    if kind == "listing" and now.removed_at:  # a term to come, or one that is over already
        yield message("Day of removal by the entry itself: {day}.", day=_day(now.removed_at))


def _changed(was: Entry, now: Entry, *, withheld: bool) -> Iterator[Message]:
    """What of an entry is not as it was, in the order in which people ask."""
    came = [one for one in now.selectors if one not in was.selectors]
    went = [one for one in was.selectors if one not in now.selectors]
    if came:
        yield message("Added: {names}.", names=_few(came, withheld=withheld))
    if went:
        yield message("Taken out: {names}.", names=_few(went, withheld=withheld))
    if was.decision != now.decision:
        yield message(
            "Decision: {before}, now {after}.",
            before=_short(was.decision),
            after=_short(now.decision),
        )
    if was.ground != now.ground:
        yield message(
            "Ground: {before}, now {after}.", before=was.ground or _NONE, after=now.ground or _NONE
        )
    if was.removed_at != now.removed_at:
        yield message(
            "Day of removal: {before}, now {after}.",
            before=_day(was.removed_at) if was.removed_at else _NONE,
            after=_day(now.removed_at) if now.removed_at else _NONE,
        )
    if was.block_type != now.block_type:
        yield message(
            "Prescribed: {before}, now {after}.", before=was.block_type, after=now.block_type
        )
    told = ("selectors", "decision", "ground", "removed_at", "block_type")
    rest = (name for name in Entry.__struct_fields__ if name not in told)
    if any(getattr(was, name) != getattr(now, name) for name in rest):
        yield message("Other details of the entry changed.")


def _few(found: Sequence[Selector], *, withheld: bool) -> Message:
    shown = list(dict.fromkeys(defanged(value(one, withhold=withheld)) for one in found))
    first = tuple(Message("{name}", {"name": one}) for one in shown[:_SHOWN])
    more = len(shown) - _SHOWN
    if more > 0:
        return message("{names} and {n} more", "{names} and {n} more", names=first, n=more)
    return Message("{names}", {"names": first})


def _short(one: Decision | None) -> Param:
    given = (one.number, one.body, one.date and _day(one.date)) if one else ()
    return tuple(Message("{name}", {"name": part}) for part in given if part) or _NONE


def _services(entry: Entry, catalogue: Catalogue) -> list[str]:
    hosts = (_host(one) for one in entry.selectors if one.kind != Kind.APP)
    found = (catalogue.service_of(host) for host in hosts if host)
    named = {one.id: None for one in found if one}
    return list(named)


def _host(one: Selector) -> str:
    if one.kind == Kind.URL:
        return url_host(one.value)
    return "" if one.kind in {Kind.IP, Kind.CIDR} else one.value.removeprefix("*.")


def _about(entry: Entry, register: Register) -> Iterator[str]:
    """The things it is about: of a URL its host, for its path may be withheld."""
    keys: dict[str, None] = {}
    for one in entry.selectors:
        if one.kind == Kind.URL:
            host = url_host(one.value)
            kind = "ip" if ":" in host or host.rpartition(".")[2].isdigit() else "domain"
            keys[f"{kind}:{host}"] = None
        elif one.kind != Kind.APP:
            keys[str(one)] = None
            if one.kind == Kind.DOMAIN and register.covers_subdomains:
                keys[f"mask:*.{one.value}"] = None
    return iter(keys)


def _links(
    event: RegisterEvent, entry: Entry, services: Sequence[str], register: Register
) -> tuple[str, ...]:
    found = [f"/case/{one}/{register.jurisdiction}" for one in services[:_SHOWN]]
    if entry.decision and entry.decision.number:
        found.insert(0, order_path(event.register, entry.decision.body, entry.decision.number))
    return tuple(found)


def order_path(register: str, body: str | None, number: str) -> str:
    """The page of a decision."""
    said = f"&body={quote(body, safe='')}" if body else ""
    return f"/order/{register}?number={quote(number, safe='')}{said}"


def _authorities(body: str, keeper: str, catalogue: Catalogue) -> tuple[str, ...]:
    found = (*catalogue.authorities_in(body), *catalogue.authorities_in(keeper))
    return tuple(dict.fromkeys(one.id for one in found))


def of_crowds(crowds: Iterable[Crowd]) -> Iterator[Happening]:
    """More entries at once than are told one by one: their number, with where to read them."""
    for one in crowds:
        r, day = one.register, one.at.astimezone(one.register.zone).date()
        said: dict[str, Param] = {
            "register": r.title,
            "n": one.count,
            "bracket": Bracket(one.after, one.at),
        }
        yield Happening(
            id=f"urn:gatewatch:entries:{r.id}:{one.kind}:{one.at:%Y-%m-%dT%H:%M:%S}",
            kind=one.kind,
            at=one.at,
            title=_crowd_title(one),
            text=_crowd_text(one, said),
            path=f"/changes?day={day}&register={r.id}",
            jurisdiction=r.jurisdiction,
            register=r.id,
            thing=f"entries:{r.id}",
            what=r.title,
            since=Bracket(one.after, one.at),
            known_by=message("the register's own published states"),
        )


def _crowd_title(one: Crowd) -> Message:
    told: dict[str, Param] = {"register": one.register.id, "n": one.count}
    if one.first:
        return message(
            "{register} is read from now on: {n} entry",
            "{register} is read from now on: {n} entries",
            **told,
        )
    if one.kind == "listing":
        return message("{register}: {n} entry came", "{register}: {n} entries came", **told)
    if one.kind == "delisting":
        return message(
            "{register}: {n} entry was taken off", "{register}: {n} entries were taken off", **told
        )
    return message("{register}: {n} entry changed", "{register}: {n} entries changed", **told)


def _crowd_text(one: Crowd, said: dict[str, Param]) -> Message:
    if one.first:
        return message(
            "{register} came into this record; its last state has {n} entry.",
            "{register} came into this record; its last state has {n} entries.",
            **said,
        )
    if one.kind == "listing":
        return message(
            "{n} entry came on {register}, {bracket}.",
            "{n} entries came on {register}, {bracket}.",
            **said,
        )
    if one.kind == "delisting":
        return message(
            "{n} entry was taken off {register}, {bracket}.",
            "{n} entries were taken off {register}, {bracket}.",
            **said,
        )
    return message(
        "{n} entry of {register} changed, {bracket}.",
        "{n} entries of {register} changed, {bracket}.",
        **said,
    )
