"""Which facts an answer rests on: the catalogue as the ledger held it by the time asked about."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from gatewatch.catalogue import facts as catalogues
from gatewatch.catalogue.bodies import digest
from gatewatch.catalogue.facts import Catalogue
from gatewatch.catalogue.versions import from_bodies
from gatewatch.ledger import facts
from gatewatch.ledger.store import Store
from gatewatch.model.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewatch.query.opened import OpenedLedger


class KnownFacts(msgspec.Struct, frozen=True):
    """A catalogue, where it comes from, and its digest (empty where nobody asked for it).

    `recorded`: the ledger holds exactly these facts, so that the same question gets the same answer
    for ever. Else they are the program's own, named by their digest, and may change with it.
    """

    catalogue: Catalogue
    digest: str
    recorded: bool
    unread: tuple[str, ...] = ()
    """Facts that another version of this program recorded and that this one cannot read."""


def known_facts(store: Store, moment: Moment) -> KnownFacts:
    """The facts for a question: with `recorded_by` those that the ledger held by then, else
    today's.

    Of a time before the ledger held any, nothing was said: services are those of its first record,
    so that names are understood, without a claim and without a law. A ledger that never recorded
    facts answers with the program's own.
    """
    by, own = moment.recorded_by, catalogues.load()
    rows = facts.in_force(store, by) if by else []
    since = None if rows or not by else facts.first_recorded(store)
    if not rows and since is None:
        return KnownFacts(own, own.digest, recorded=False)
    found = {(one.kind, one.fact): one.body for one in rows or facts.in_force(store, since)}
    catalogue, unread = from_bodies(found)
    if not rows:
        nothing: Mapping[str, Any] = MappingProxyType({})
        catalogue = msgspec.structs.replace(catalogue, claims=nothing, instruments=nothing)
    return KnownFacts(catalogue, digest(found), recorded=True, unread=unread)


def facts_for(ledger: "OpenedLedger | None", moment: Moment) -> KnownFacts:
    """As `known_facts`, found once for each state of the ledger and each time."""
    if ledger is None or moment.recorded_by is None:
        own = catalogues.load()
        return KnownFacts(own, "", recorded=False)
    store = ledger.store
    return ledger.once(("facts", moment.recorded_by), lambda: known_facts(store, moment))
