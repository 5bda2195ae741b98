"""What registers say of names on a day: the one place that asks the ledger for it."""

import ipaddress
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import nsmallest
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import lookup, standing
from gatewatch.analysis.registers.lookup import UNREAD_KEY, How, MatchCoverage
from gatewatch.analysis.registers.standing import ListingState, RegisterCoverage, Why
from gatewatch.catalogue import suffixes
from gatewatch.errors import MistakeError
from gatewatch.ledger import filing
from gatewatch.ledger.filed import MOST_BENEATH, addresses, filed_at_least
from gatewatch.ledger.listings import Meaning
from gatewatch.model.entry import Entry
from gatewatch.model.history import Listing, Version
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import message
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector, from_key
from gatewatch.model.unread import may_name

if TYPE_CHECKING:
    from datetime import date, datetime

    from gatewatch.cases.case import Listed
    from gatewatch.query.opened import OpenedLedger

_MOST_BESIDE = 5
_MOST_PROBED = 1_024
"""Names whose keys are kept: those of all services of the catalogue are 521, and every list of
cases asks for them."""
_COVERED: dict[str, str] = {
    ListingState.LISTED: "yes",
    ListingState.IN_PART: "in_part",
    ListingState.NOT_LISTED: "no",
    ListingState.INSUFFICIENT: "unknown",
}
Meetings = list[tuple[How, Listing]]


class Match(msgspec.Struct, frozen=True):
    """A listing that met the question: how, how much of it is covered, and whether it stood."""

    how: How
    coverage: MatchCoverage
    state: ListingState
    why: Why
    listing: Listing
    shown: Version
    """The version that the register showed at the time asked about."""

    @property
    def over(self) -> bool:
        """It covered what was asked about, and was over by then. Of an unread text nobody knows
        whether it did."""
        return (
            self.state == ListingState.NOT_LISTED
            and self.how != How.UNREAD
            and self.coverage != MatchCoverage.RELATED
            and self.why in {Why.STATED, Why.ABSENT}
            and self.gone
        )

    gone: bool = False
    """It had ended by the time asked about."""
    rank: tuple[bool, int, int, int, str] = (False, 0, 0, 0, "")
    """Sorts what decides first; what is only related decides nothing."""


class Stood(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a listing was at a time, however it met a name."""

    state: ListingState
    why: Why
    shown: Version
    prescribed: bool
    """The block type prescribes it, and does not merely name it."""
    gone: bool


class RegisterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One register's answer, with what of it is held around the time asked about."""

    register: str
    jurisdiction: str
    state: str
    why: Why
    matches: tuple[Match, ...]
    first: "datetime | None"
    last: "datetime | None"
    known_state: str
    """The state on `known`, where `state` is insufficient; else the same."""
    known_why: Why
    """What that rests on: beneath a domain that was listed then, no bare "not listed" either."""
    known: "date | None"
    """The day, in the register's zone, of the last snapshot that the known state rests on."""
    published: "date | None" = None
    """When that snapshot's list had been published; later ones of the same bytes checked it."""
    unread: int = 0
    """How many entries of the register could not be read in the state that it is answered from."""

    @property
    def covered(self) -> str:
        """Whether the list covers the name: yes, in_part, no, or unknown, as beneath a listed
        domain where the register's practice is not on record."""
        if self.why == Why.ABOVE_PERHAPS:
            return "unknown"
        return _COVERED[self.state]

    @property
    def delisted(self) -> bool:
        """Not listed, and it was before."""
        return self.known_state == ListingState.NOT_LISTED and any(m.over for m in self.matches)


class RegisterQuestion(msgspec.Struct, frozen=True):
    """The registers asked, the moment, and what is held of each around it."""

    moment: Moment
    registers: dict[str, Register]
    held: dict[str, RegisterCoverage]
    matches: dict[tuple[int, How], Match] = {}
    """What was told of a listing before, by its identity and how it met: many names meet the same
    ones, and each entry here keeps its listing alive."""
    stood: dict[int, Stood] = {}
    """The same however it met, by the listing's identity."""
    stood_last: dict[int, Stood] = {}
    """The same as last known."""
    kept: list[Listing] = []
    """The listings of both."""
    shown: "dict[int, tuple[Match, Listed]]" = {}
    """The same as evidence that may be shown, by the match's identity."""
    said: dict[tuple[object, ...], "tuple[Meetings, tuple[RegisterAnswer, ...]]"] = {}
    """What was said of a name, with what had met it: of another that the same listings meet in the
    same ways the same is said."""

    def forget(self) -> None:
        """Let go of what was told of names, which whoever asks for very many would have grow with
        them. What is told by an identity is held with it, so no other is taken for it."""
        for told in (self.said, self.matches, self.shown):
            told.clear()


def question(
    ledger: "OpenedLedger", moment: Moment, jurisdiction: Jurisdiction | None
) -> RegisterQuestion:
    """What a question about registers begins with. A jurisdiction of which none is held has the
    other layers: its answer says that there is no register, and is no refusal."""
    known = ledger.history_of.registers()
    kept = {
        n: r
        for n, r in known.items()
        if jurisdiction is None or r.jurisdiction == jurisdiction.code
    }
    return RegisterQuestion(moment, kept, around(ledger, kept, moment))


def registers_of(ledger: "OpenedLedger", jurisdiction: Jurisdiction | None) -> dict[str, Register]:
    """The registers of a jurisdiction, or all."""
    known = ledger.history_of.registers()
    if jurisdiction is None:
        return known
    kept = {n: r for n, r in known.items() if r.jurisdiction == jurisdiction.code}
    if not kept:
        held = ", ".join(sorted({r.jurisdiction for r in known.values()})) or message("none")
        raise MistakeError(
            "no register of {jurisdiction} is in this ledger; held are {held}",
            jurisdiction=jurisdiction.code,
            held=held,
        )
    return kept


def around(
    ledger: "OpenedLedger", kept: dict[str, Register], moment: Moment
) -> dict[str, RegisterCoverage]:
    """What of each register is held around the time asked about."""
    if not kept:
        return {}
    zones = {name: register.zone for name, register in kept.items()}
    spans = {name: moment.span(zone) for name, zone in zones.items()}
    history = ledger.history_of
    found = history.coverage(spans, history.bounds(moment))
    return {
        name: RegisterCoverage(
            **msgspec.structs.asdict(around), patience=kept[name].patience, zone=zones[name]
        )
        for name, around in found.items()
    }


def known_days(
    ledger: "OpenedLedger", kept: dict[str, Register], moment: Moment
) -> "dict[str, date]":
    """Of each register the day, in its own zone, of the last list that was published by the moment
    and not after the time asked about. Nothing of one that begins later."""
    return {
        name: day for name, one in around(ledger, kept, moment).items() if (day := one.last_known())
    }


def meetings(
    ledger: "OpenedLedger",
    asked: Sequence[Selector],
    moment: Moment,
    kept: dict[str, Register],
    *,
    sideways: Collection[Selector] = (),
    doubts: bool = True,
) -> list[Meetings]:
    """For each selector, every listing that meets it in any way, whenever it stood.

    `sideways`: of which domains also some names listed beside them are told, under one registrable
    domain. `doubts`: also texts that could not be read and may name it, and other pages of its
    host."""
    looked = [[*probes(one, doubts=doubts), *within(ledger, one)] for one in asked]
    masks = {one: one.value[1:] for one in asked if one.kind == Kind.MASK}
    beside = {one: f".{parent}" for one in sideways if (parent := registrable(one))}
    history = ledger.history_of
    events = filed_at_least(
        history,
        {key for probe in looked for key, _ in probe},
        history.bounds(moment),
        within=sorted(set(masks.values())),
        beneath=sorted(set(beside.values())),
    )
    filed: dict[str, list[Listing]] = {}
    for owner, group in fold.by_entry(events):
        if owner[0] in kept:
            versions = fold.versions(group)
            listed = fold.listings(*owner, versions)
            known = [standing.as_stated(one, kept[owner[0]].zone) for one in listed]
            known += fold.unread(*owner, versions) if doubts else []
            for listing in known:
                for key in lookup.stored(listing.selector):
                    filed.setdefault(key, []).append(listing)
    for one, probe in zip(asked, looked, strict=True):
        if suffix := masks.get(one):
            found = sorted(key for key in filed if key.endswith(suffix))
            probe += [(key, How.WITHIN) for key in found if not key.startswith(UNREAD_KEY)]
            if doubts:
                probe += [(key, How.UNREAD) for key in found if key.startswith(UNREAD_KEY)]
        elif suffix := beside.get(one):
            probe += [(key, How.BENEATH) for key in _beneath(suffix, probe, filed)]
    pairs = zip(asked, looked, strict=True)
    return [
        list(met(selector, probe, lambda key: filed.get(key, ()), kept))
        for selector, probe in pairs
    ]


def _beneath(suffix: str, probe: Iterable[tuple[str, How]], filed: Collection[str]) -> list[str]:
    """The first keys of names beneath a domain, with those that the question looks under itself, in
    their order."""
    first = (key for key in filed if key.endswith(suffix) and key[:2] in filing.HOSTS)
    own = {key for key, _ in probe if key.endswith(suffix) and key in filed}
    beneath = own | {*nsmallest(MOST_BENEATH, first)}
    return sorted(key for key in beneath if not key.startswith(UNREAD_KEY))


@lru_cache(maxsize=_MOST_PROBED)
def probes(asked: Selector, *, doubts: bool = True) -> tuple[tuple[str, How], ...]:
    """Every key under which a name is looked for, with how what is filed there would meet it."""
    if doubts:
        return (*lookup.probes(asked), *lookup.unread_probes(asked))
    return tuple((key, how) for key, how in lookup.probes(asked) if how != How.BESIDE)


def registrable(asked: Selector) -> str | None:
    """The domain that a host was registered under, by the Public Suffix List; None for others."""
    host = asked.value if asked.kind == Kind.DOMAIN else asked.host
    if not host or asked.kind not in {Kind.DOMAIN, Kind.URL} or "." not in host:
        return None
    return suffixes.registrable(host)


def within(ledger: "OpenedLedger", asked: Selector) -> list[tuple[str, How]]:
    """Keys of what lies within a network that is asked about."""
    if asked.kind != Kind.CIDR:
        return []
    outer = ipaddress.ip_network(asked.value)
    shift = outer.max_prefixlen - outer.prefixlen
    held = ledger.once(
        "addresses",
        lambda: [(k, ipaddress.ip_network(k[2:])) for k in addresses(ledger.history_of)],
    )
    return [
        (key, How.WITHIN)
        for key, inner in held
        if inner.version == outer.version
        and inner.prefixlen > outer.prefixlen
        and int(inner.network_address) >> shift == int(outer.network_address) >> shift
    ]


def met(
    selector: Selector,
    probe: Iterable[tuple[str, How]],
    under: Callable[[str], Iterable[Listing]],
    kept: dict[str, Register],
) -> Iterator[tuple[How, Listing]]:
    """Each listing that meets a name, once, as it does first. `under`: the listings that are filed
    under a key."""
    seen: set[int] = set()
    for key, how in probe:
        for listing in under(key):
            if id(listing) in seen:
                continue
            seen.add(id(listing))
            way = how
            if how == How.EXACT_URL and listing.selector.value != selector.value:
                way = How.OTHER_SCHEME
            elif how == How.BESIDE:
                register = kept[listing.register]
                way = lookup.by_the_register(how, selector, listing.selector, register)
            yield way, listing


def answers(
    selector: Selector, found: Meetings, asked: RegisterQuestion
) -> tuple[RegisterAnswer, ...]:
    """What each register says of one name."""
    parts = [one.part for one in asked.registers.values() if one.part]
    key = (
        *((how, id(listing)) for how, listing in found),
        *(lookup.beyond(part, selector, ()) for part in parts),
    )
    said = asked.said.get(key)
    if said is None:
        told = (_answer(selector, found, asked, one) for one in asked.registers.values())
        said = asked.said[key] = found, tuple(told)
    return said[1]


def weighing(
    said: Sequence[RegisterAnswer], registers: Mapping[str, Register]
) -> list[RegisterAnswer]:
    """Those that one answer rests on: a part that is silent weighs nothing beside the whole."""
    return [one for one in said if not _silent_beside_whole(one, registers)]


def _silent_beside_whole(one: RegisterAnswer, registers: Mapping[str, Register]) -> bool:
    part = registers[one.register].part
    return one.why == Why.BEYOND_PART and part is not None and part.of in registers


def _answer(
    selector: Selector, found: Meetings, asked: RegisterQuestion, register: Register
) -> RegisterAnswer:
    held = asked.held[register.id]
    start, end = asked.moment.span(held.zone)
    mine = [(how, listing) for how, listing in found if listing.register == register.id]
    matches = [_matched(how, listing, start, end, held=held, asked=asked) for how, listing in mine]
    beyond = register.part is not None and lookup.beyond(
        register.part, selector, {how for how, listing in mine if _prescribed_ever(listing)}
    )
    state, why = standing.combine(_judged(matches), start, end, held, beyond=beyond)
    if state == ListingState.NOT_LISTED and any(map(_listed_above, matches)):
        why = _not_itself(register)
    left_open = state == ListingState.INSUFFICIENT
    known = None if why == Why.BEYOND_PART else held.last_list(insufficient=left_open)
    anew = held.since_anew if left_open and held.since else held.before_anew
    known_state, known_why = state, why
    if left_open and known is not None:
        known_state, known_why = _at(mine, asked, held, known, beyond=beyond)
    return RegisterAnswer(
        register=register.id,
        jurisdiction=register.jurisdiction,
        state=state,
        why=why,
        matches=_shown(matches),
        first=held.first,
        last=held.last,
        known_state=known_state,
        known_why=known_why,
        known=known.astimezone(held.zone).date() if known else None,
        published=anew.astimezone(held.zone).date() if known and anew else None,
        unread=held.unread,
    )


def _listed_above(match: Match) -> bool:
    """Whether a domain above the name is listed: then no bare "not listed" is told of the name."""
    return (
        match.how == How.PARENT
        and match.state == ListingState.LISTED
        and match.listing.selector in match.shown.entry.targets
    )


def _not_itself(register: Register) -> Why:
    """Why a name that is not listed itself is told of beneath a listed domain."""
    return Why.ABOVE_ALONE if register.leaves_subdomains else Why.ABOVE_PERHAPS


def _at(
    mine: Meetings,
    asked: RegisterQuestion,
    held: RegisterCoverage,
    when: "datetime",
    *,
    beyond: bool,
) -> tuple[ListingState, Why]:
    """The state as the last snapshot known showed it, and what it rests on."""
    then, above = _then(held, when), None
    judged: list[tuple[ListingState, Why, MatchCoverage]] = []
    for how, listing in mine:
        if how not in lookup.BESIDE_IT:
            stood = _stood_once(listing, when, when, held=then, asked=asked, last=True)
            coverage = _coverage(how, stood, asked.registers[listing.register])
            if coverage != MatchCoverage.RELATED:
                judged.append((stood.state, stood.why, coverage))
            elif how == How.PARENT and stood.state == ListingState.LISTED and stood.prescribed:
                above = asked.registers[listing.register]
    state, why = standing.combine(judged, when, when, then, beyond=beyond)
    if state == ListingState.NOT_LISTED and above is not None:
        why = _not_itself(above)
    return state, why


def _prescribed_ever(listing: Listing) -> bool:
    return any(listing.selector in version.entry.targets for version in listing.versions)


def _then(held: RegisterCoverage, when: "datetime") -> RegisterCoverage:
    """What is held around the moment of a snapshot."""
    return msgspec.structs.replace(held, before=when, since=when, after=None, until=None)


def _judged(matches: Iterable[Match]) -> list[tuple[ListingState, Why, MatchCoverage]]:
    """What decides; what is merely related does not."""
    return [(m.state, m.why, m.coverage) for m in matches if m.coverage != MatchCoverage.RELATED]


def _matched(
    how: How,
    listing: Listing,
    start: "datetime",
    end: "datetime",
    *,
    held: RegisterCoverage,
    asked: RegisterQuestion,
) -> Match:
    """How a listing met a name, found once for a question: its times are the same for all its
    names."""
    key = (id(listing), how)
    match = asked.matches.get(key)
    if match is None:
        stood = _stood_once(listing, start, end, held=held, asked=asked)
        register = asked.registers[listing.register]
        match = asked.matches[key] = _match(how, listing, stood, register)
    return match


def _stood_once(
    listing: Listing,
    start: "datetime",
    end: "datetime",
    *,
    held: RegisterCoverage,
    asked: RegisterQuestion,
    last: bool = False,
) -> Stood:
    """What a listing was, found once for a question. `last`: as last known."""
    known = asked.stood_last if last else asked.stood
    found = known.get(id(listing))
    if found is None:
        # kept with the listing, or another could come to bear its identity
        asked.kept.append(listing)
        found = known[id(listing)] = _stood(listing, start, end, held)
    return found


def prejudge(listed: Sequence[Listing], register: str, asked: RegisterQuestion) -> None:
    """Find now what the listings of an entry were at the time asked about, and as last known, for
    whoever will ask of very many names. What is the same of several of them, as of the addresses of
    a site, is in memory once: of the whole of ru-rkn in 21 MB less."""
    held, alike = asked.held[register], dict[tuple[object, ...], Stood]()
    when = held.since or held.before

    def once(one: Stood) -> Stood:
        return alike.setdefault((one.state, one.why, id(one.shown), one.prescribed, one.gone), one)

    for listing in listed:
        own = id(listing)
        asked.stood[own] = once(_stood(listing, *asked.moment.span(held.zone), held))
        if when:
            asked.stood_last[own] = once(_stood(listing, when, when, _then(held, when)))


def _coverage(how: How, stood: Stood, register: Register) -> MatchCoverage:
    return lookup.covers(
        how, prescribed=stood.prescribed, covers_subdomains=bool(register.covers_subdomains)
    )


def _match(how: How, listing: Listing, stood: Stood, register: Register) -> Match:
    coverage = _coverage(how, stood, register)
    return Match(
        how=how,
        coverage=coverage,
        state=stood.state,
        why=stood.why,
        listing=listing,
        shown=stood.shown,
        gone=stood.gone,
        rank=_rank(how, coverage, stood.state, listing),
    )


def stood(listing: Listing, asked: RegisterQuestion) -> Stood:
    """What a listing was at the time asked about, however anybody meets it."""
    held = asked.held[listing.register]
    return _stood(listing, *asked.moment.span(held.zone), held)


def _stood(listing: Listing, start: "datetime", end: "datetime", held: RegisterCoverage) -> Stood:
    shown = standing.version_at(listing, end)
    state, why = standing.standing(listing, start, end, held)
    ended = standing.ended_by(listing, held.zone)
    return Stood(
        state=state,
        why=why,
        shown=shown,
        prescribed=listing.selector in shown.entry.targets,
        gone=state == ListingState.NOT_LISTED and ended is not None and ended <= end,
    )


def listings_of(ledger: "OpenedLedger", moment: Moment) -> str:
    """The name of a table of every listing (ledger/listings.py), by the same rules as here."""
    history = ledger.history_of
    return history.listings(history.bounds(moment), _meaning(ledger))


def unread_of(ledger: "OpenedLedger", moment: Moment) -> str:
    """The name of a table of every text that could not be read, by the names that it may mean."""
    history = ledger.history_of
    return history.unread(history.bounds(moment), _meaning(ledger))


def _meaning(ledger: "OpenedLedger") -> Meaning:
    history = ledger.history_of
    zones = {name: one.zone for name, one in history.registers().items()}

    def stated(register: str, text: str) -> "datetime | None":
        return standing.stated_time(text, zones[register])

    return Meaning(stated, _prescribed, may_name)


def _prescribed(block_type: str, selectors: list[str], unparsed: list[str]) -> list[str]:
    entry = Entry(
        id="",
        selectors=tuple(map(from_key, selectors)),
        block_type=block_type,
        unparsed=tuple(unparsed),
    )
    return [str(one.kind) for one in entry.targets]


def _shown(matches: Iterable[Match]) -> tuple[Match, ...]:
    """The nearest first; a few of the other pages of a host, which may have thousands."""
    ordered = sorted(matches, key=nearest)
    left_out = {id(m) for m in [m for m in ordered if m.how == How.BESIDE][_MOST_BESIDE:]}
    return tuple(match for match in ordered if id(match) not in left_out)


def _rank(
    how: How, coverage: MatchCoverage, state: ListingState, listing: Listing
) -> tuple[bool, int, int, int, str]:
    return (
        coverage == MatchCoverage.RELATED,
        _STATES[state],
        _COVERAGES[coverage],
        lookup.NEAREST[how],
        listing.entry_id,
    )


nearest = attrgetter("rank")
"""What of several matches is told first."""
_STATES: dict[str, int] = {
    ListingState.LISTED: 0,
    ListingState.INSUFFICIENT: 1,
    ListingState.NOT_LISTED: 2,
}
_COVERAGES: dict[str, int] = {
    MatchCoverage.WHOLE: 0,
    MatchCoverage.PART: 1,
    MatchCoverage.RELATED: 2,
}
