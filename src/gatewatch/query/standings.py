"""What registers say of names on a day: the one place that asks the ledger for it."""

import ipaddress
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import lookup, standing
from gatewatch.analysis.registers.lookup import UNREAD_KEY, How, MatchCoverage
from gatewatch.analysis.registers.standing import ListingState, RegisterCoverage, Why
from gatewatch.catalogue import suffixes
from gatewatch.errors import UsageError
from gatewatch.ledger.listings import Meaning
from gatewatch.model.entry import Entry
from gatewatch.model.history import Listing, Version
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector, from_key
from gatewatch.model.unread import may_name

if TYPE_CHECKING:
    from datetime import date, datetime

    from gatewatch.query.opened import OpenedLedger

_MOST_BESIDE = 5
Meetings = list[tuple[How, Listing]]


class Match(msgspec.Struct, frozen=True):
    """A listing that met the question: how, how much of it is covered, and whether it stood."""

    how: str
    coverage: str
    state: str
    why: Why
    listing: Listing
    shown: Version
    """The version that the register showed at the time asked about."""

    @property
    def over(self) -> bool:
        """It covered what was asked about, and was over by then."""
        return (
            self.state == ListingState.NOT_LISTED
            and self.coverage != MatchCoverage.RELATED
            and self.why in {Why.STATED, Why.ABSENT}
            and self.gone
        )

    gone: bool = False
    """It had ended by the time asked about."""


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
    known: "date | None"
    """The day, in the register's zone, of the last snapshot that the known state rests on."""
    unread: int = 0
    """How many entries of the register could not be read in the state that it is answered from."""

    @property
    def delisted(self) -> bool:
        """Not listed, and it was before."""
        return self.known_state == ListingState.NOT_LISTED and any(m.over for m in self.matches)


class RegisterQuestion(msgspec.Struct, frozen=True):
    """The registers asked, the moment, and what is held of each around it."""

    moment: Moment
    registers: dict[str, Register]
    held: dict[str, RegisterCoverage]


def question(
    ledger: "OpenedLedger", moment: Moment, jurisdiction: Jurisdiction | None
) -> RegisterQuestion:
    """What a question about registers begins with; UsageError where a jurisdiction has none."""
    kept = registers_of(ledger, jurisdiction)
    return RegisterQuestion(moment, kept, around(ledger, kept, moment))


def registers_of(ledger: "OpenedLedger", jurisdiction: Jurisdiction | None) -> dict[str, Register]:
    """The registers of a jurisdiction, or all."""
    known = ledger.history_of.registers()
    if jurisdiction is None:
        return known
    kept = {n: r for n, r in known.items() if r.jurisdiction == jurisdiction.code}
    if not kept:
        held = ", ".join(sorted({r.jurisdiction for r in known.values()})) or "none"
        raise UsageError(f"no register of {jurisdiction} is in this ledger; held are {held}")
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
    filed, events = history.filed_under(
        {key for probe in looked for key, _ in probe},
        history.bounds(moment),
        within=sorted(set(masks.values())),
        beneath=sorted(set(beside.values())),
    )
    for one, probe in zip(asked, looked, strict=True):
        if suffix := masks.get(one) or beside.get(one):
            how = How.WITHIN if one in masks else How.BENEATH
            found = [key for key in sorted(filed) if key.endswith(suffix)]
            probe += [(key, how) for key in found if not key.startswith(UNREAD_KEY)]
            if one in masks and doubts:
                probe += [(key, How.UNREAD) for key in found if key.startswith(UNREAD_KEY)]
    known: dict[tuple[str, str], list[Listing]] = {}
    for owner, group in fold.by_entry(events):
        if owner[0] in kept:
            versions = fold.versions(group)
            zone = kept[owner[0]].zone
            listed = fold.listings(*owner, versions)
            known[owner] = [standing.as_stated(one, zone) for one in listed]
            known[owner] += fold.unread(*owner, versions) if doubts else []

    def under(key: str) -> Iterator[Listing]:
        for owner in filed.get(key, ()):
            for listing in known.get(owner, ()):
                if key in lookup.stored(listing.selector):
                    yield listing

    pairs = zip(asked, looked, strict=True)
    return [list(met(selector, probe, under, kept)) for selector, probe in pairs]


def probes(asked: Selector, *, doubts: bool = True) -> list[tuple[str, How]]:
    """Every key under which a name is looked for, with how what is filed there would meet it."""
    if doubts:
        return [*lookup.probes(asked), *lookup.unread_probes(asked)]
    return [(key, how) for key, how in lookup.probes(asked) if how != How.BESIDE]


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
        lambda: [(k, ipaddress.ip_network(k[2:])) for k in ledger.history_of.addresses()],
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
            exact = listing.selector.value == selector.value
            way = How.OTHER_SCHEME if how == How.EXACT_URL and not exact else how
            register = kept[listing.register]
            yield lookup.by_the_register(way, selector, listing.selector, register), listing


def answers(found: Meetings, asked: RegisterQuestion) -> tuple[RegisterAnswer, ...]:
    """What each register says of one name."""
    return tuple(
        _answer(found, asked, name, register) for name, register in asked.registers.items()
    )


def _answer(
    found: Meetings, asked: RegisterQuestion, name: str, register: Register
) -> RegisterAnswer:
    held = asked.held[name]
    start, end = asked.moment.span(held.zone)
    mine = [(how, listing) for how, listing in found if listing.register == name]
    matches = [
        _match(how, listing, start, end, held=held, register=register) for how, listing in mine
    ]
    state, why = standing.combine(_judged(matches), start, end, held)
    if state == ListingState.NOT_LISTED and any(map(_listed_above, matches)):
        why = Why.ABOVE_ALONE if register.leaves_subdomains else Why.ABOVE_PERHAPS
    known_state, known = state, held.before
    if state == ListingState.INSUFFICIENT:
        known = held.since or held.before
        if known is not None:
            known_state = _at(mine, register, held, known)
    return RegisterAnswer(
        register=name,
        jurisdiction=register.jurisdiction,
        state=state,
        why=why,
        matches=_shown(matches),
        first=held.first,
        last=held.last,
        known_state=known_state,
        known=known.astimezone(held.zone).date() if known else None,
        unread=held.unread,
    )


def _listed_above(match: Match) -> bool:
    """Whether a domain above the name is listed: then no bare "not listed" is told of the name."""
    prescribed = match.listing.selector in match.shown.entry.targets
    return match.how == How.PARENT and match.state == ListingState.LISTED and prescribed


def _at(
    mine: Meetings, register: Register, held: RegisterCoverage, when: "datetime"
) -> ListingState:
    """The state as a snapshot showed it."""
    then = _then(held, when)
    judged = _judged(_match(how, li, when, when, held=then, register=register) for how, li in mine)
    return standing.combine(judged, when, when, then)[0]


def _then(held: RegisterCoverage, when: "datetime") -> RegisterCoverage:
    """What is held around the moment of a snapshot."""
    return msgspec.structs.replace(held, before=when, since=when, after=None, until=None)


def _judged(matches: Iterable[Match]) -> list[tuple[ListingState, Why, MatchCoverage]]:
    return [(ListingState(m.state), m.why, MatchCoverage(m.coverage)) for m in matches]


def _match(
    how: How,
    listing: Listing,
    start: "datetime",
    end: "datetime",
    held: RegisterCoverage,
    register: Register,
) -> Match:
    shown = standing.version_at(listing, end)
    prescribed = listing.selector in shown.entry.targets
    coverage = lookup.covers(
        how, prescribed=prescribed, covers_subdomains=bool(register.covers_subdomains)
    )
    state, why = standing.standing(listing, start, end, held)
    ended = standing.ended_by(listing, held.zone)
    gone = state == ListingState.NOT_LISTED and ended is not None and ended <= end
    return Match(
        how=how, coverage=coverage, state=state, why=why, listing=listing, shown=shown, gone=gone
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


def nearest(match: Match) -> tuple[bool, int, int, int, str]:
    """Sorts what decides first; what is only related decides nothing."""
    order = [ListingState.LISTED, ListingState.INSUFFICIENT, ListingState.NOT_LISTED]
    coverage = [MatchCoverage.WHOLE, MatchCoverage.PART, MatchCoverage.RELATED]
    return (
        match.coverage == MatchCoverage.RELATED,
        order.index(ListingState(match.state)),
        coverage.index(MatchCoverage(match.coverage)),
        lookup.NEAREST[How(match.how)],
        match.listing.entry_id,
    )
