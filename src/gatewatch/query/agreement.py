"""Registers of a jurisdiction beside its network, as of a moment: what counts is chosen here, and
ledger/agreement.py puts it together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from gatewatch.analysis.registers import lookup
from gatewatch.analysis.registers.lookup import How
from gatewatch.analysis.registers.standing import Why
from gatewatch.ledger.agreement import AgreementAsked, not_standing
from gatewatch.ledger.agreement import agreement as agreement_of
from gatewatch.ledger.agreement import shared as shared_of
from gatewatch.ledger.measurements import Measurements
from gatewatch.model.episode import Episode
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Selector, from_key
from gatewatch.query.opened import OpenedLedger
from gatewatch.query.standings import around, listings_of, registers_of, unread_of, within

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 4_096
COVERING = frozenset(
    {
        How.EXACT_URL,
        How.HOST,
        How.MASK,
        How.PARENT,
        How.ADDRESS,
        How.PREFIX,
        How.APP,
        How.URL_ON_HOST,
    }
)


def met_by(ledger: OpenedLedger, asked: Selector) -> list[tuple[str, How]]:
    """The keys of all that decides whether a name is listed: what covers it or a part of it, and
    what could not be read and may name it. What is only related has none."""
    https = asked.value.startswith("https://")
    met = [
        (key, How.HTTPS_HOST if how == How.BESIDE else how)
        for key, how in lookup.probes(asked)
        if how in COVERING or (how == How.BESIDE and https)
    ]
    return [*met, *within(ledger, asked), *lookup.unread_probes(asked)]


def agreement(
    ledger: OpenedLedger,
    jurisdiction: str,
    *,
    moment: Moment,
    at: datetime,
    keys: "pa.Table",
    members: "pa.Table",
    sightings: "pa.Table",
    episodes: Sequence[Episode],
    fresh: float,
    selectors: bool,
    network: int | None,
) -> "tuple[pa.Table, tuple[str, ...]]":
    """A row for each target (ledger/agreement.py), and the registers whose history does not reach
    `at`."""
    kept = registers_of(ledger, Jurisdiction.parse(jurisdiction))
    held = around(ledger, kept, moment)
    spans = {name: moment.span(one.zone) for name, one in held.items()}
    holes = {name: one.hole(*spans[name]) for name, one in held.items()}
    unreached = tuple(name for name in kept if holes[name] is not None)
    counting = [
        _asked(kept[name], *spans[name]) for name in kept if holes[name] in {None, Why.BEGINS}
    ]
    listings = listings_of(ledger, moment)
    others = not_standing(ledger.store, listings, counting) if selectors and counting else []
    rows = agreement_of(
        ledger.store,
        listings,
        unread_of(ledger, moment),
        counting,
        parts=_parts(kept),
        of_itself=sorted(lookup.OF_ITSELF),
        keys=keys if counting else keys.slice(0, 0),
        own=keys_of((key, key_met) for key in others for key_met in met_by(ledger, from_key(key))),
        members=members,
        sightings=sightings,
        episodes=episodes,
        at=at,
        fresh=fresh,
        selectors=selectors,
        network=network,
        hole=any(one.unseen(*spans[name]) is not None for name, one in held.items()),
    )
    return rows, unreached


def _parts(kept: Mapping[str, Register]) -> "pa.Table":
    """`register`, `key`: of each part of a list whose whole is not held, the names whose absence it
    tells."""
    import pyarrow as pa

    rows = [
        (name, key)
        for name, one in kept.items()
        if one.part is not None and one.part.of not in kept
        for key in [*sorted(lookup.part_keys(one.part.names)), None]
    ]
    columns = zip(*rows, strict=True) if rows else ((), ())
    names = ("register", "key")
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)})


def keys_of(asked: Iterable[tuple[str, tuple[str, How]]]) -> "pa.Table":
    """`target`, `key`, `how` for each target and what meets it. Made some at a time: of a whole
    register there are so many that as objects of Python they take ten times what they take here."""
    import pyarrow as pa

    told = pa.schema([(name, pa.string()) for name in ("target", "key", "how")])
    rows, parts = iter(asked), list[pa.RecordBatch]()
    while some := dict.fromkeys(
        (target, key, str(how)) for target, (key, how) in islice(rows, _AT_ONCE)
    ):
        columns = [pa.array(column, pa.string()) for column in zip(*some, strict=True)]
        parts.append(pa.record_batch(columns, schema=told))
    return pa.Table.from_batches(parts, told)


def shared(
    ledger: OpenedLedger, jurisdiction: str, addresses: "pa.Table", at: datetime, moment: Moment
) -> dict[str, list[str]]:
    """Which addresses (`target`, `address`, `key`) were listed at a moment, by target."""
    known = registers_of(ledger, Jurisdiction.parse(jurisdiction))
    kept = [_asked(one, *moment.span(one.zone)) for one in known.values()]
    return shared_of(ledger.store, listings_of(ledger, moment), kept, addresses, at=at)


def addresses_of(ledger: OpenedLedger, hosts: Sequence[str]) -> dict[str, set[str]]:
    """Addresses that probes were given for hosts."""
    held = ledger.store.holds("measurements")
    return Measurements(ledger.store).addresses(hosts) if held else {}


def _asked(one: Register, start: datetime, end: datetime) -> AgreementAsked:
    return AgreementAsked(
        register=one.id,
        covers=bool(one.covers_subdomains),
        https_whole=one.https_whole_host,
        private=one.private,
        start=start,
        end=end,
    )
