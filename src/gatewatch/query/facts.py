"""Which facts an answer rests on: the catalogue as the ledger held it by the time asked about."""

from types import MappingProxyType

import msgspec

from gatewatch.catalogue import facts as catalogues
from gatewatch.catalogue.bodies import digest
from gatewatch.catalogue.facts import Catalogue
from gatewatch.catalogue.versions import from_bodies
from gatewatch.ledger import facts
from gatewatch.ledger.store import Store
from gatewatch.model.moment import Moment

_NONE: MappingProxyType[str, object] = MappingProxyType({})


class KnownFacts(msgspec.Struct, frozen=True):
    """A catalogue and where it comes from.

    `recorded`: the ledger holds exactly these facts, so that the same question gets the same answer
    for ever. Else they are the program's own, named by their digest, and may change with it.
    """

    catalogue: Catalogue
    digest: str
    recorded: bool
    unread: tuple[str, ...] = ()
    """Facts that another version of this program recorded and that this one cannot read."""


def known_facts(store: Store, moment: Moment) -> KnownFacts:
    """The facts for a question: with `recorded_by` those that the ledger held by then, else today's.

    Of a time before the ledger held any, nothing was said: services and laws are those of its first
    record, without a claim. A ledger that never recorded facts answers with the program's own.
    """
    own = catalogues.load()
    since = facts.first_recorded(store)
    if moment.recorded_by is None or since is None:
        held = since is not None and own.digest == _held(store)
        return KnownFacts(own, own.digest, recorded=held)
    early = moment.recorded_by < since
    rows = facts.in_force(store, since if early else moment.recorded_by)
    found = {(one.kind, one.fact): one.body for one in rows}
    catalogue, unread = from_bodies(found)
    if early:
        catalogue = msgspec.structs.replace(catalogue, claims=_NONE)
    return KnownFacts(catalogue, digest(found), recorded=True, unread=unread)


def _held(store: Store) -> str:
    return digest({(one.kind, one.fact): one.body for one in facts.in_force(store)})
