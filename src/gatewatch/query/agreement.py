"""Registers of a jurisdiction beside its network, as of a moment: what counts is chosen here, and
ledger/agreement.py puts it together."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from gatewatch.analysis.registers.standing import Why
from gatewatch.ledger.agreement import AgreementAsked
from gatewatch.ledger.agreement import agreement as agreement_of
from gatewatch.ledger.agreement import shared as shared_of
from gatewatch.ledger.measurements import Measurements
from gatewatch.model.episode import Episode
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.query.opened import OpenedLedger
from gatewatch.query.standings import around, listings_of, registers_of

if TYPE_CHECKING:
    import pyarrow as pa


def agreement(
    ledger: OpenedLedger,
    jurisdiction: str,
    *,
    moment: Moment,
    at: datetime,
    keys: "pa.Table",
    members: "pa.Table",
    tallies: "pa.Table",
    episodes: Sequence[Episode],
    fresh: float,
    selectors: bool,
    network: int | None,
) -> "tuple[pa.Table, tuple[str, ...]]":
    """A row for each target (ledger/agreement.py), and the registers whose history does not reach `at`."""
    kept = registers_of(ledger, Jurisdiction.parse(jurisdiction))
    held = around(ledger, kept, moment)
    spans = {name: moment.span(one.zone) for name, one in held.items()}
    holes = {name: one.hole(*spans[name]) for name, one in held.items()}
    unreached = tuple(name for name in kept if holes[name] is not None)
    counting = [name for name in kept if holes[name] in {None, Why.BEGINS}]
    rows = agreement_of(
        ledger.store,
        listings_of(ledger, moment),
        [_asked(kept[name], *spans[name]) for name in counting],
        keys=keys if counting else keys.slice(0, 0),
        members=members,
        tallies=tallies,
        episodes=episodes,
        at=at,
        fresh=fresh,
        selectors=selectors,
        network=network,
        hole=any(one.unseen(*spans[name]) is not None for name, one in held.items()),
    )
    return rows, unreached


def shared(
    ledger: OpenedLedger, jurisdiction: str, addresses: "pa.Table", at: datetime, moment: Moment
) -> dict[str, list[str]]:
    """Which addresses (`target`, `address`, `key`) were listed at a moment, by target."""
    known = registers_of(ledger, Jurisdiction.parse(jurisdiction))
    kept = [_asked(one, *moment.span(one.zone)) for one in known.values()]
    return shared_of(ledger.store, listings_of(ledger, moment), kept, addresses, at)


def addresses_of(ledger: OpenedLedger, hosts: Sequence[str]) -> dict[str, set[str]]:
    """Addresses that probes were given for hosts."""
    held = ledger.store.holds("measurements")
    return Measurements(ledger.store).addresses(hosts) if held else {}


def _asked(one: Register, start: datetime, end: datetime) -> AgreementAsked:
    return AgreementAsked(
        register=one.id,
        covers=one.covers_subdomains,
        private=one.private,
        start=start,
        end=end,
    )
