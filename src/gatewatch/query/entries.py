"""Which entries of a register stand on a day: by decision, ground, measure, suffix, network,
text."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import standing
from gatewatch.analysis.registers.standing import ListingState, RegisterCoverage, Why
from gatewatch.errors import MistakeError, UsageError
from gatewatch.ledger import decided
from gatewatch.ledger.filed import addresses
from gatewatch.ledger.runs import Among, JudgedAt, Runs
from gatewatch.model.history import Listing, Version
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector, domain
from gatewatch.query import standings
from gatewatch.query.moments import of_registers
from gatewatch.query.registers import covered

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


_MOST_SUFFIXES = 100
"""A register names hosts under hundreds of domains of the top, and under one of them thousands."""


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry must be like; what is left out may be anything."""

    body: str | None = None
    """A part of the body's name, as published or as shown, whatever its case."""
    number: str | None = None
    """A part of the decision's number."""
    decided: str | None = None
    """The beginning of the decision's day: 2024, 2024-03 or 2024-03-01."""
    ground: str | None = None
    """As published, or a finer one that the declaration tells by the decision."""
    block_type: str | None = None
    suffix: str | None = None
    """A domain: entries that name it or a name under it."""
    network: str | None = None
    """Entries that name an address or network in it."""
    text: str | None = None
    """A part of a host, of an attribute, or of what could not be read."""


class Found(msgspec.Struct, frozen=True):
    """An entry as the register showed it; `state` is listed or insufficient."""

    id: str
    state: str
    version: Version
    run: Listing
    """The unbroken time on the list that the version is of, whatever the entry named in it."""
    last_known: date | None = None
    """The day of the last list by which its state is known."""


class Entries:
    """What was found, and how much there is of each body, ground and year among it, counted by the
    ledger. Whole are those alone that are asked for, by `[first:last]`.

    `moment` is that of which is told; `day` is its day, where none was asked for and the register
    reaches no later one.
    """

    def __init__(
        self,
        ledger: "OpenedLedger",
        register: Register,
        moment: Moment,
        found: Runs,
        *,
        day: date | None,
    ) -> None:
        self._ledger, self._register, self.moment = ledger, register, moment
        self.day = day
        self._found = found
        self._count = len(found)
        self.unread = found.unread()
        """How many of them could not be read."""
        self.perhaps = found.perhaps()
        """How many of the others are not surely on the list."""
        bodies: Counter[str] = Counter()
        for name, number in found.counts("body").items():
            bodies[register.bodies.get(name, name)] += number
        grounds: Counter[str] = Counter()
        for (ground, body, act), number in found.grounds():
            grounds[register.article(ground, body or None, act)[0] or ""] += number
        self.by_body = dict(bodies.most_common())
        self.by_ground = dict(grounds.most_common())
        self.by_year = dict(sorted(found.counts("year").items()))
        self.by_suffix = found.suffixes(_MOST_SUFFIXES)
        """Of the hosts that they name: an entry counts for each of its own once."""

    @property
    def read(self) -> int:
        """How many are surely on the list, and could be read."""
        return len(self) - self.unread - self.perhaps

    @cached_property
    def _held(self) -> RegisterCoverage:
        kept = {self._register.id: self._register}
        return standings.around(self._ledger, kept, self.moment)[self._register.id]

    @property
    def last_known(self) -> date | None:
        """The day of the last list held by the moment, not after the day asked about."""
        return self._held.last_known()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, span: slice) -> list[Found]:
        first, last, _ = span.indices(self._count)
        part = self._found.page(first, last)
        history = self._ledger.history_of
        events = history.events(
            self._register.id, {name for name, _, _ in part}, history.bounds(self.moment)
        )
        end = self.moment.span(self._register.zone)[1]
        runs = {
            owner[1]: list(whole_runs(*owner, fold.versions(group)))
            for owner, group in fold.by_entry(events)
        }
        return [
            Found(
                name,
                state,
                version=standing.version_at(runs[name][run], end),
                run=runs[name][run],
                last_known=self._held.last_known(insufficient=state == ListingState.INSUFFICIENT),
            )
            for name, run, state in part
        ]


def entries(ledger: "OpenedLedger", register: str, sought: Sought, moment: Moment) -> Entries:
    """The entries that stood at the moment or may have, by id; where no day is named, on the last
    that the register reaches. They are judged and counted in the ledger: a register's entries are
    never in memory at once."""
    known = declared(ledger, register)
    moment, day = covered(ledger, register, of_registers(ledger, moment))
    found = standing_runs(
        ledger,
        known,
        moment,
        _among(ledger, sought, known),
        with_numbers=_tells_by_number(known),
    )
    return Entries(ledger, known, moment, found, day=day)


def declared(ledger: "OpenedLedger", register: str) -> Register:
    """A register that is held; UsageError where it is not."""
    known = ledger.history_of.registers()
    if register not in known:
        raise MistakeError(
            "no register '{register}' is in this ledger",
            hint="Those that are: gatewatch registers",
            register=register,
        )
    return known[register]


def standing_runs(
    ledger: "OpenedLedger", register: Register, moment: Moment, sought: Among, *, with_numbers: bool
) -> Runs:
    """The entries that stood at the moment or may have; `with_numbers`: with those of their
    decisions beside the grounds."""
    held = standings.around(ledger, {register.id: register}, moment)[register.id]
    start, end = moment.span(held.zone)
    hole = held.hole(start, end)
    return ledger.history_of.runs(
        register.id,
        ledger.history_of.bounds(moment),
        at=JudgedAt(start, end, hole in {None, Why.BEGINS}),
        sought=sought,
        with_numbers=with_numbers,
        stated=lambda text: standing.stated_time(text, held.zone),
    )


def bodies_like(ledger: "OpenedLedger", register: Register, part: str) -> tuple[str, ...]:
    """Bodies whose name holds a text, as published."""
    held = decided.bodies(ledger.history_of, register.id)
    return tuple(b for b in held if _holds(_bodies(b, register), part))


def _among(ledger: "OpenedLedger", sought: Sought, register: Register) -> Among:
    """What is sought, as the ledger keeps it."""
    network = _network(sought.network)
    history = ledger.history_of
    return Among(
        bodies=None if sought.body is None else bodies_like(ledger, register, sought.body),
        number=sought.number,
        decided=sought.decided,
        grounds=_grounds(ledger, sought.ground, register) if sought.ground is not None else None,
        block_type=sought.block_type,
        suffix=_suffix(sought),
        addresses=tuple(
            str(one)
            for key in addresses(history)
            if _inside(one := Selector(_ADDRESSES[key[:2]], key[2:]), network)
        )
        if network is not None
        else None,
        text=sought.text,
    )


def _tells_by_number(register: Register) -> bool:
    return any(one.number is not None for one in register.articles)


def _grounds(
    ledger: "OpenedLedger", ground: str, register: Register
) -> tuple[tuple[str | None, str | None, str | None], ...]:
    """The grounds, bodies and numbers of decisions that have a ground, as published or finer."""
    acts = decided.grounds(ledger.history_of, register.id, with_numbers=_tells_by_number(register))
    return tuple(act for act in acts if ground in {act[0], register.article(*act)[0]})


_ADDRESSES = {"i:": Kind.IP, "c:": Kind.CIDR}


def _suffix(sought: Sought) -> str | None:
    """A domain as lists have it, in A-labels."""
    if not sought.suffix:
        return None
    bare = sought.suffix.strip().removeprefix("*").strip(".").casefold()
    try:
        return domain(bare).value
    except UsageError:
        return bare


def _bodies(body: str | None, register: Register) -> str:
    """A body as published and as shown."""
    return f"{body or ''}\n{register.bodies.get(body or '', '')}"


def whole_runs(register: str, entry_id: str, versions: list[Version]) -> Iterator[Listing]:
    """An entry over each unbroken time it was on the list, whatever it named."""
    named = Selector(Kind.APP, entry_id)
    run: list[Version] = []
    for version in versions:
        run.append(version)
        if version.gone:
            yield Listing(
                register=register,
                entry_id=entry_id,
                selector=named,
                came=run[0].since,
                went=version.until,
                versions=tuple(run),
            )
            run = []
    if run:
        yield Listing(
            register=register,
            entry_id=entry_id,
            selector=named,
            came=run[0].since,
            went=None,
            versions=tuple(run),
        )


def _holds(text: str | None, part: str | None) -> bool:
    return part is None or part.casefold() in (text or "").casefold()


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str | None) -> Network | None:
    if text is None:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise MistakeError(
            "{name} '{text}' is none: write 192.0.2.0/24", name="--network", text=text
        ) from None


def _inside(named: Selector, network: Network) -> bool:
    if named.kind not in {Kind.IP, Kind.CIDR}:
        return False
    known = ipaddress.ip_network(named.value)
    return known.version == network.version and known.subnet_of(network)  # type: ignore[arg-type]
