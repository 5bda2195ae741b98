"""A decision as a thing: who took it, what it names over time, and which networks follow it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.network.agreement import FRESH
from gatewatch.analysis.registers import listings as folding
from gatewatch.analysis.registers.standing import ListingState, stated_time
from gatewatch.errors import MistakeError
from gatewatch.ledger import orders
from gatewatch.ledger.decided import bodies_of, decided_by, numbers_of
from gatewatch.ledger.schema import moment_of
from gatewatch.model.entry import Entry
from gatewatch.model.episode import Episode
from gatewatch.model.history import Listing, RegisterEvent
from gatewatch.model.message import message
from gatewatch.model.moment import Bracket, Moment
from gatewatch.model.redaction import value, withholds
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector, url_host
from gatewatch.model.service import Instrument
from gatewatch.query import standings
from gatewatch.query.episodes import Record
from gatewatch.query.facts import facts_for
from gatewatch.query.laws import laws_of
from gatewatch.query.moments import of_all
from gatewatch.query.registers import covered
from gatewatch.query.targets import Targets, cells_of, measured

if TYPE_CHECKING:
    import pyarrow as pa

    from gatewatch.query.opened import OpenedLedger

FOLLOWED, NOT_FOLLOWED, INSUFFICIENT = "followed", "not_followed", "insufficient"
EXPIRES = ("expires", "valid until")
"""Attributes that tell the day on which a decision runs out."""
TEXTS = ("order text", "text", "source")
"""Attributes that may hold the address of a decision's text."""


class OrderListing(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a decision named, over one unbroken time on a list."""

    entry: str
    selector: str
    """As it may be shown."""
    subject: str
    """The host or address by which probes measure it."""
    came: Bracket
    went: Bracket | None
    cited: Bracket
    """Since when the entry names the decision."""
    added: bool
    """The decision brought it: the first that the list said of it names the decision. Else it was
    listed before, and came under the decision later."""
    under: bool
    """It names the decision at the moment."""
    decision: str | None
    """The number of the decision that it names at the moment; None where the list tells none."""
    included: str | None
    removed: str | None
    """The entry's own days."""
    state: str
    """listed, not_listed or insufficient, at the moment."""


class OrderCell(msgspec.Struct, frozen=True, kw_only=True):
    """What one network does with one thing."""

    subject: str
    network: int
    state: str
    """followed, not_followed or insufficient."""
    since: Bracket | None
    last_measured: datetime


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One decision, as a register gives it, at a moment."""

    register: Register
    number: str
    body: str | None
    dates: tuple[str, ...]
    """Its days as published, ISO; more than one where entries differ."""
    grounds: tuple[tuple[str, str], ...]
    """Codes with their texts."""
    laws: tuple[Instrument, ...]
    text: str | None
    """The address of its text, where one is published."""
    expires: date | None
    ran_out: bool
    """It had run out by the moment, and something of it is still listed."""
    valid_at: date | datetime
    day: date
    """The day told of, in the register's zone: where none was asked for, the last that it
    reaches."""
    shown_last: bool
    """None was asked for, and the register reaches no later one."""
    last_known: date | None
    """The day of the last list that tells of it."""
    listings: tuple[OrderListing, ...]
    """Everything that it ever named, by time; that which it brought first."""
    subjects: tuple[str, ...]
    networks: tuple[int, ...]
    """Those that ever measured any of its subjects."""
    cells: tuple[OrderCell, ...]

    @property
    def standing(self) -> int:
        """How many are listed under it at the moment, or not surely off the list."""
        return sum(one.under for one in self._listed)

    @property
    def elsewhere(self) -> int:
        """How many that it named are listed at the moment under another decision, or under none."""
        return sum(not one.under for one in self._listed)

    @property
    def added(self) -> tuple[OrderListing, ...]:
        """What it brought onto the list."""
        return tuple(one for one in self.listings if one.added)

    @property
    def taken_over(self) -> tuple[OrderListing, ...]:
        """What had been listed before it came under the decision."""
        return tuple(one for one in self.listings if not one.added)

    @property
    def _listed(self) -> list[OrderListing]:
        return [one for one in self.listings if one.state != ListingState.NOT_LISTED]

    @property
    def measured(self) -> tuple[str, ...]:
        """Those of its subjects that any network ever measured."""
        held = {one.subject for one in self.cells}
        return tuple(one for one in self.subjects if one in held)

    @property
    def matrix(self) -> Mapping[tuple[str, int], OrderCell]:
        """Cells by subject and network."""
        return {(one.subject, one.network): one for one in self.cells}


def order(
    ledger: "OpenedLedger", register: str, number: str, body: str | None, moment: Moment
) -> Order:
    """Where no day is named, of the last that the register reaches. UsageError where it is not
    held, or holds no such decision, or several bodies took one of that number and none is named."""
    moment = of_all(ledger, moment)
    known = ledger.history_of.registers()
    if register not in known:
        raise MistakeError(
            "no register '{register}' is in this ledger; held are {held}",
            register=register,
            held=", ".join(known),
        )
    moment, earlier = covered(ledger, register, moment)
    by = ledger.history_of.bounds(moment)
    bodies = bodies_of(ledger.history_of, register, number, by)
    if not bodies or (body is not None and body not in bodies):
        near = get_close_matches(number, numbers_of(ledger.history_of, register, by), 5, 0.5)
        raise MistakeError(
            "{register} never held a decision '{number}'{whose} by then{close}",
            hint=f"All of them: gatewatch orders {register}",
            register=register,
            number=number,
            whose=message(" of {body}", body=body) if body else "",
            close=message("; close are {names}", names=", ".join(near)) if near else "",
        )
    if body is None and len(bodies) > 1:
        named = "; ".join(str(one) for one in bodies)
        raise MistakeError(
            "several bodies took a decision {number}: name one of {bodies}",
            number=number,
            bodies=named,
        )
    chosen = body if body is not None else bodies[0]
    entries = decided_by(ledger.history_of, register, number, body=chosen, by=by)
    events = ledger.history_of.events(register, entries, by)
    return _order(
        ledger,
        known[register],
        number,
        chosen,
        events=events,
        moment=moment,
        shown_last=earlier is not None,
    )


def _order(
    ledger: "OpenedLedger",
    register: Register,
    number: str,
    body: str | None,
    events: Sequence[RegisterEvent],
    *,
    moment: Moment,
    shown_last: bool,
) -> Order:
    own = [
        listing
        for listing in _listings(register, events)
        if any(_is_of(v.entry, number, body) for v in listing.versions)
    ]
    versions = [v.entry for one in own for v in one.versions if _is_of(v.entry, number, body)]
    question = _question(ledger, register, moment)

    def named(entry: Entry) -> bool:
        return _is_of(entry, number, body)

    told = [_listing(one, register, question, named) for one in sorted(own, key=_by_time)]
    held = tuple(sorted(told, key=lambda one: not one.added))
    expires = min(filter(None, (_expiry(one, register) for one in versions)), default=None)
    subjects = tuple(dict.fromkeys(one.subject for one in held if one.subject))
    cells = _cells(ledger, register, subjects, moment)
    stands = any(one.under and one.state != ListingState.NOT_LISTED for one in held)
    day = moment.span(register.zone)[1].astimezone(register.zone).date()
    grounds = _grounds(versions, register)
    catalogue = facts_for(ledger, moment).catalogue
    laws = {
        i.id: i for code, _ in grounds or [("", "")] for i in laws_of(register, code, catalogue)
    }
    return Order(
        register=register,
        number=_spelt(versions, number),
        body=body,
        dates=tuple(sorted({e.decision.date for e in versions if e.decision and e.decision.date})),
        grounds=tuple(grounds),
        laws=tuple(laws.values()),
        text=next(filter(None, (_text(one) for one in versions)), None),
        expires=expires,
        ran_out=bool(expires and stands and day > expires),
        valid_at=moment.valid_at,
        day=day,
        shown_last=shown_last,
        last_known=standings.known_days(ledger, question.registers, moment).get(register.id),
        listings=held,
        subjects=subjects,
        networks=tuple(sorted({one.network for one in cells})),
        cells=cells,
    )


def _listings(register: Register, events: Sequence[RegisterEvent]) -> list[Listing]:
    stories: dict[str, list[RegisterEvent]] = {}
    for one in events:
        stories.setdefault(one.change.entry_id, []).append(one)
    return [
        listing
        for entry, story in stories.items()
        for listing in folding.listings(register.id, entry, folding.versions(story))
    ]


def _question(
    ledger: "OpenedLedger", register: Register, moment: Moment
) -> standings.RegisterQuestion:
    kept = {register.id: register}
    return standings.RegisterQuestion(moment, kept, standings.around(ledger, kept, moment))


def _is_of(entry: Entry, number: str, body: str | None) -> bool:
    one = entry.decision
    return (
        one is not None and (one.number or "").casefold() == number.casefold() and one.body == body
    )


def _spelt(versions: Iterable[Entry], number: str) -> str:
    return next((e.decision.number for e in versions if e.decision and e.decision.number), number)


def _by_time(one: Listing) -> tuple[datetime, str, str]:
    assert one.came.by is not None
    return one.came.by, one.entry_id, str(one.selector)


def _listing(
    one: Listing,
    register: Register,
    question: standings.RegisterQuestion,
    named: Callable[[Entry], bool],
) -> OrderListing:
    """`named`: whether a version of an entry names the decision."""
    entry, stood = one.entry, standings.stood(one, question)
    now = stood.shown.entry
    return OrderListing(
        entry=one.entry_id,
        selector=value(one.selector, withhold=withholds(entry, register.redaction)),
        subject=subject_of(one.selector),
        came=one.came,
        went=one.went,
        cited=next(each.since for each in one.versions if named(each.entry)),
        added=named(one.versions[0].entry),
        under=named(now),
        decision=now.decision.number if now.decision else None,
        included=entry.included_at,
        removed=entry.removed_at,
        state=stood.state,
    )


def subject_of(one: Selector) -> str:
    """The name by which probes would measure what a selector names; empty for networks and apps."""
    if one.kind == Kind.URL:
        return url_host(one.value)
    if one.kind == Kind.MASK:
        return one.value[2:]
    return one.value if one.kind in {Kind.DOMAIN, Kind.IP} else ""


def _expiry(entry: Entry, register: Register) -> date | None:
    for name, told in entry.attributes:
        if name.casefold() in EXPIRES and (at := stated_time(told, register.zone)):
            return at.astimezone(register.zone).date()
    return None


def _text(entry: Entry) -> str | None:
    return next(
        (
            told
            for name, told in entry.attributes
            if name.casefold() in TEXTS and told.startswith(("https://", "http://"))
        ),
        None,
    )


def _grounds(versions: Iterable[Entry], register: Register) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for one in versions:
        decision = one.decision
        code, text = register.article(
            one.ground,
            decision.body if decision else None,
            decision.number if decision else None,
        )
        if code:
            found.setdefault(code, text or "")
    return list(found.items())


def _cells(
    ledger: "OpenedLedger", register: Register, subjects: Sequence[str], moment: Moment
) -> tuple[OrderCell, ...]:
    wanted = set(subjects)
    about = {
        n: s for n in measured_of(ledger) if (s := n.removeprefix("www.")) in wanted or n in wanted
    }
    named = {name: name if name in wanted else bare for name, bare in about.items()}
    if not named:
        return ()
    targets = Targets(names=tuple(sorted(named)), series=named)
    record = Record(ledger, moment, targets, register.jurisdiction)
    counts = targets.rows(record.tallies)
    rows = orders.cells(
        ledger.store,
        members=members_of(named),
        tallies=counts,
        episodes=_by_network(counts, targets),
        at=moment.noon,
        fresh=FRESH.total_seconds() / 3600,
    )
    return tuple(_cell(row) for row in rows)


def _by_network(counts: "pa.Table", targets: Targets) -> list[Episode]:
    """Episodes of each network by itself: one that alone blocks is an order followed there, which
    the country's episodes leave out."""
    import pyarrow.compute as pc

    from gatewatch.analysis.network.episodes import episodes

    return [
        one
        for network in counts["network"].unique().to_pylist()
        for one in episodes(cells_of(counts.filter(pc.equal(counts["network"], network)), targets))
        if one.networks == (network,)
    ]


def measured_of(ledger: "OpenedLedger") -> list[str]:
    """Every measured name; none where nothing was measured."""
    return measured(ledger) if ledger.store.holds("measurements") else []


def members_of(named: Mapping[str, str]) -> "pa.Table":
    """Measured names with the subjects that they speak of, as the ledger joins them."""
    import pyarrow as pa

    return pa.table(
        {
            "about": pa.array(list(named), pa.string()),
            "subject": pa.array(list(named.values()), pa.string()),
        }
    )


def _cell(row: orders.NetworkCell) -> OrderCell:

    last = moment_of(row.last)
    assert last is not None
    return OrderCell(
        subject=row.subject,
        network=row.network,
        state=row.state,
        since=Bracket(moment_of(row.since_after), moment_of(row.since_by))
        if row.since_by is not None
        else None,
        last_measured=last,
    )
