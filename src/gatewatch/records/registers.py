"""Answers as plain data: nested for JSON, flat for tables. One place decides what is shown."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from gatewatch.ledger.history import Aside
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.history import Listing, RegisterEvent, Snapshot, Version, entered_under
from gatewatch.model.lane import LaneName, lane
from gatewatch.model.moment import Bracket, iso
from gatewatch.model.redaction import running_text, unread, value, withholds
from gatewatch.model.register import Register
from gatewatch.model.report import Reported
from gatewatch.query.check import Answer
from gatewatch.query.entries import Entries, Found
from gatewatch.query.joined import JurisdictionAnswer
from gatewatch.query.registers import Freshness
from gatewatch.query.standings import Match, RegisterAnswer
from gatewatch.records.lanes import place

Registers = dict[str, Register]
KnownDays = Mapping[str, date]
"""By register: the last day of which a list is held (query/standings.py)."""


def answer(found: Answer, registers: Registers, *, full: bool = False) -> dict[str, Any]:
    """One answer with everything it rests on."""
    return {
        "asked": found.asked,
        "selector": {"kind": found.selector.kind, "value": found.selector.value},
        "state": found.state,
        "known_state": found.known_state,
        "last_known": found.last_known,
        "by_sources": found.by_sources,
        **found.moment.told(),
        "service": found.service.id if found.service else None,
        "did_you_mean": found.meant,
        "jurisdictions": found.states,
        "places": [place(one) for one in found.places],
        "registers": [_register_answer(r, registers[r.register], full) for r in found.registers],
    }


def answer_rows(found: Answer, registers: Registers, *, full: bool = False) -> list[dict[str, Any]]:
    """One row a match, or one a register where nothing met the question; where no register is held
    one a jurisdiction, or one in all."""
    places = {one.jurisdiction.code: one for one in found.places}
    if not found.registers:
        return [_row(found, registers, None, one, full=full) for one in found.places or (None,)]
    return [
        _row(found, registers, by, places[by.jurisdiction], match=match, full=full)
        for by in found.registers
        for match in by.matches or (None,)
    ]


def _row(
    found: Answer,
    registers: Registers,
    by: RegisterAnswer | None,
    place: JurisdictionAnswer | None,
    *,
    match: Match | None = None,
    full: bool,
) -> dict[str, Any]:
    """What one register says by one match, beside the other layers; what is not there is None."""
    register = registers[by.register] if by else None
    network = lane(place.lanes, LaneName.NETWORK) if place else None
    lift = place.would_lift if place else None
    matched = register if match else None
    return {
        "asked": found.asked,
        "state": by.state if by else found.state,
        "why": by.why.said.plain() if by else no_register(registers),
        "why_code": str(by.why) if by else "no_register",
        "known_state": by.known_state if by else found.known_state,
        "known_why_code": str(by.known_why) if by else None,
        "last_known": by.known if by else found.last_known,
        "jurisdiction": place.jurisdiction.code if place else None,
        "register": by.register if by else None,
        "service": place.service if place else None,
        "wire": place.wire if place else None,
        "invented": network.invented if network else None,
        "agreement": str(place.agreement) if place else None,
        **_flat_match(match, matched, full),
        **found.moment.told(),
        "case_state": place.state if place else None,
        "paper": place.paper if place else None,
        "by_service": network.by_service if network else None,
        "would_lift": lift.text if lift else None,
        "would_lift_rule": lift.instrument if lift else None,
        "would_lift_done": lift.done if lift else None,
        "authority": register.authority if register else None,
        "title": register.title if register else None,
        "restated": register.restated if register else None,
        "part": register.part.what if register and register.part else None,
        "covered": by.covered if by else None,
        "published": by.published if by else None,
        "held_first": iso(by.first) if by else None,
        "held_last": iso(by.last) if by else None,
        "unread_entries": by.unread if by else None,
        **_shown(match, matched),
        "did_you_mean": found.meant,
    }


def no_register(known: Registers) -> str:
    """What is lacking where no register answers."""
    if not known:
        return "no register is held in this ledger (gatewatch ingest REGISTER SOURCE brings one in)"
    held = ", ".join(sorted({r.jurisdiction for r in known.values()}))
    return f"no register of that jurisdiction is held in this ledger; held are {held}"


def _shown(found: Match | None, register: Register | None) -> dict[str, Any]:
    """What a match rests on, flat."""
    if found is None or register is None:
        return {"prescribed": None, "prescribes": None, "later": None, "evidence": None}
    listing = found.listing
    return {
        "prescribed": listing.selector in found.shown.entry.targets,
        "prescribes": register.prescribes.get(found.shown.entry.block_type),
        "later": len(listing.versions) - 1 - listing.versions.index(found.shown),
        "evidence": " ".join(evidence(listing)),
    }


def listing_row(
    how: str,
    listing: Listing,
    register: Register,
    *,
    full: bool = False,
    known: KnownDays | None = None,
) -> dict[str, Any]:
    """A listing over its whole time. `known`: with the day of the last list that tells of it."""
    return {
        "register": listing.register,
        "jurisdiction": register.jurisdiction,
        "entry": listing.entry_id,
        "how": how,
        **_selector(listing, full=full, register=register),
        **_brackets(listing),
        **_facts(listing.entry, register),
        "entered_under": entered_under(listing, listing.entry, register),
        **_removal(listing),
        "versions": len(listing.versions),
        "evidence": evidence(listing),
        **_last_known(register, known),
    }


def _last_known(register: Register, known: KnownDays | None) -> dict[str, Any]:
    return {} if known is None else {"last_known": known.get(register.id)}


def version(
    found: Version,
    register: Register,
    *,
    full: bool = False,
    states: Mapping[str, Snapshot] | None = None,
    known: KnownDays | None = None,
) -> dict[str, Any]:
    """One version of an entry. With `states`, snapshots by id, those that show it are described;
    with `known` the day of the last list that tells of it."""
    withhold = not full and withholds(found.entry, register.redaction)
    return {
        "since": bracket(found.since),
        "until": bracket(found.until),
        "gone": found.gone,
        **_facts(found.entry, register),
        "removal": decision(found.removal.decision) if found.removal else None,
        "selectors": [f"{s.kind}:{value(s, withhold=withhold)}" for s in found.entry.selectors],
        "unparsed": [unread(text, withhold=withhold) for text in found.entry.unparsed],
        "attributes": dict(found.entry.attributes),
        "evidence": list(found.snapshots),
        **({} if states is None else {"shown_by": shown_by(found, states)}),
        **_last_known(register, known),
    }


def shown_by(found: Version, states: Mapping[str, Snapshot]) -> list[dict[str, Any]]:
    """The snapshots that first showed a version and first did not: where each came from (a commit
    or a file), when it was published, and git's digest of its bytes."""
    return [
        {
            "snapshot": one.id,
            "published_at": iso(one.published_at),
            "origin": one.origin,
            "content": one.content,
        }
        for name in found.snapshots
        if (one := states.get(name)) is not None
    ]


def counted(found: Entries, register: str) -> dict[str, Any]:
    """How many entries were found, of each body, ground and year; and how far the register is
    known."""
    return {
        "register": register,
        "count": len(found),
        "unread_entries": found.unread,
        "perhaps_entries": found.perhaps,
        "by_body": found.by_body,
        "by_ground": found.by_ground,
        "by_year": found.by_year,
        "by_suffix": found.by_suffix,
        "last_known": found.last_known,
    }


def entry_found(one: Found, register: Register, *, full: bool = False) -> dict[str, Any]:
    """An entry that was sought, as it stood: since when and until when it was on the list, and not
    the version of it alone that is told."""
    told = version(one.version, register, full=full)
    removal = one.run.removal
    return {
        "entry": one.id,
        "state": one.state,
        **told,
        "since": bracket(one.run.came),
        "until": bracket(one.run.went),
        "gone": one.run.went is not None,
        "removal": decision(removal.decision) if removal else None,
        "version_since": told["since"],
        "version_until": told["until"],
        "last_known": one.last_known,
    }


def event(found: RegisterEvent, register: Register, *, full: bool = False) -> dict[str, Any]:
    """One change with the bracket in which it happened."""
    entry = found.change.entry
    withhold = not full and entry is not None and withholds(entry, register.redaction)
    selectors = entry.selectors if entry else ()
    return {
        "register": found.register,
        "jurisdiction": register.jurisdiction,
        "change": found.change.op,
        "entry": found.change.entry_id,
        "not_before": iso(found.after),
        "not_after": iso(found.at),
        **(_facts(entry, register) if entry else _facts(Entry(""), register)),
        "selectors": [f"{s.kind}:{value(s, withhold=withhold)}" for s in selectors],
        "snapshot": found.snapshot,
    }


def snapshot(found: Snapshot) -> dict[str, Any]:
    """A snapshot record."""
    return {
        "snapshot": found.id,
        "register": found.register,
        "published_at": iso(found.published_at),
        "published_text": found.published_text,
        "committed_at": iso(found.committed_at),
        "status": found.status,
        "reason": found.reason,
        "decided": found.decided,
        "note": found.note,
        "entries": found.entries,
        "added": found.added,
        "changed": found.changed,
        "removed": found.removed,
        "set_aside": found.set_aside,
        "unknown": list(found.unknown),
        "origin": found.origin,
        "content": found.content,
        "recorded_at": iso(found.recorded_at),
    }


def aside(found: Aside, register: Register) -> dict[str, Any]:
    """A record that was not understood. Its ground is unknown, so the register's rule holds."""
    withhold = register.redaction.withhold_paths
    return {
        "register": found.register,
        "snapshot": found.snapshot,
        "published_at": iso(found.published_at),
        "entry": found.entry,
        "reason": running_text(found.reason, withhold=withhold),
        "raw": running_text(found.raw, withhold=withhold),
    }


def freshness(found: Freshness) -> dict[str, Any]:
    """A register with how fresh it is."""
    r = found.register
    return {
        "register": r.id,
        "jurisdiction": r.jurisdiction,
        "authority": r.authority,
        "title": r.title,
        "publisher": r.publisher,
        "licence": r.licence,
        "restated": r.restated,
        "part": r.part.what if r.part else None,
        "format": r.format,
        "snapshots": found.snapshots,
        "quarantined": found.quarantined,
        "entries": found.entries,
        "unread_entries": found.unread,
        "first_published": iso(found.first_published),
        "last_published": iso(found.last_published),
        "last_changed": iso(found.last_changed),
        "last_checked": iso(found.last_checked),
        "silent_since": iso(found.silent_since),
    }


def reported(key: tuple[str, str], one: Reported) -> list[dict[str, Any]]:
    """Days and surges as records."""
    head = {"service": key[0], "jurisdiction": key[1], "invented": one.invented}
    days = [
        {
            **head,
            "kind": "day",
            "region": region,
            "first": d.isoformat(),
            "last": d.isoformat(),
            "reporters": n,
            "expected": None,
            "seen": None,
        }
        for d, region, n in (*((d, None, n) for d, n in one.days), *one.regions)
    ]
    return days + [
        {
            **head,
            "kind": "surge",
            "region": None,
            "first": f"{s.first:%Y-%m-%dT%H:00:00Z}",
            "last": f"{s.last:%Y-%m-%dT%H:00:00Z}",
            "reporters": s.reporters,
            "expected": s.expected,
            "seen": s.seen,
        }
        for s in one.surges
    ]


def bracket(found: Bracket | None) -> dict[str, str | None] | None:
    """Not before, not after; a side that is not known is null."""
    return {"not_before": iso(found.after), "not_after": iso(found.by)} if found else None


def decision(found: Decision | None) -> dict[str, str | None] | None:
    """The act: body, number, day."""
    return {"body": found.body, "number": found.number, "date": found.date} if found else None


def evidence(listing: Listing) -> list[str]:
    """The snapshots a listing was told from, in order."""
    return list(dict.fromkeys(s for v in listing.versions for s in v.snapshots))


def _register_answer(by: RegisterAnswer, register: Register, full: bool) -> dict[str, Any]:
    return {
        "register": by.register,
        "jurisdiction": by.jurisdiction,
        "authority": register.authority,
        "title": register.title,
        "restated": register.restated,
        "part": register.part.what if register.part else None,
        "state": by.state,
        "why": by.why.said.plain(),
        "why_code": str(by.why),
        "covered": by.covered,
        "known_state": by.known_state,
        "known_why_code": str(by.known_why),
        "last_known": by.known,
        "published": by.published,
        "held": {"first": iso(by.first), "last": iso(by.last)},
        "unread_entries": by.unread,
        "matches": [_match(m, register, full) for m in by.matches],
    }


def _match(found: Match, register: Register, full: bool) -> dict[str, Any]:
    listing = found.listing
    later = listing.versions[listing.versions.index(found.shown) + 1 :]
    return {
        "how": found.how,
        "coverage": found.coverage,
        "state": found.state,
        "why": found.why.said.plain(),
        "why_code": str(found.why),
        "entry": listing.entry_id,
        **_selector(listing, full=full, register=register),
        "prescribed": listing.selector in found.shown.entry.targets,
        "prescribes": register.prescribes.get(found.shown.entry.block_type),
        **_facts(found.shown.entry, register),
        "entered_under": entered_under(listing, found.shown.entry, register),
        "came": bracket(listing.came),
        "went": bracket(listing.went),
        **_removal(listing),
        "later": [version(v, register, full=full) for v in later],
        "evidence": evidence(listing),
    }


def _flat_match(found: Match | None, register: Register | None, full: bool) -> dict[str, Any]:
    if found is None or register is None:
        names = (
            "how",
            "coverage",
            "match_state",
            "match_why",
            "match_why_code",
            "entry",
            "kind",
            "value",
            "came_not_before",
            "came_not_after",
            "went_not_before",
            "went_not_after",
            *_FACTS,
            "entered_under",
            "removal_body",
            "removal_number",
            "removal_date",
        )
        return dict.fromkeys(names)
    listing = found.listing
    return {
        "how": found.how,
        "coverage": found.coverage,
        "match_state": found.state,
        "match_why": found.why.said.plain(),
        "match_why_code": str(found.why),
        "entry": listing.entry_id,
        **_selector(listing, full=full, register=register),
        **_brackets(listing),
        **_facts(found.shown.entry, register),
        "entered_under": entered_under(listing, found.shown.entry, register),
        **_removal(listing),
    }


_FACTS = (
    "decision_body",
    "decision_number",
    "decision_date",
    "block_type",
    "ground",
    "ground_text",
    "urgent",
    "included_at",
    "removed_at",
)


def _facts(entry: Entry, register: Register) -> dict[str, Any]:
    act = entry.decision or Decision()
    body = register.bodies.get(act.body or "", act.body)
    _, ground = register.article(entry.ground, act.body, act.number)
    told = (
        body,
        act.number,
        act.date,
        entry.block_type,
        entry.ground,
        ground,
        entry.urgent,
        entry.included_at,
        entry.removed_at,
    )
    return dict(zip(_FACTS, told, strict=True))


def _selector(listing: Listing, *, full: bool, register: Register) -> dict[str, Any]:
    withhold = not full and withholds(listing.entry, register.redaction)
    return {"kind": listing.selector.kind, "value": value(listing.selector, withhold=withhold)}


def _brackets(listing: Listing) -> dict[str, Any]:
    went = listing.went or Bracket(None, None)
    return {
        "came_not_before": iso(listing.came.after),
        "came_not_after": iso(listing.came.by),
        "went_not_before": iso(went.after),
        "went_not_after": iso(went.by),
    }


def _removal(listing: Listing) -> dict[str, Any]:
    act = (listing.removal.decision if listing.removal else None) or Decision()
    return {
        "removal_body": act.body,
        "removal_number": act.number,
        "removal_date": act.date,
    }
