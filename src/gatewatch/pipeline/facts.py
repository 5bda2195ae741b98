"""The catalogue becomes a source like any other: what changed in it is recorded, with its time."""

import msgspec

from gatewatch.catalogue import facts as catalogues
from gatewatch.catalogue.bodies import Bodies, version_of
from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import LedgerConflictError
from gatewatch.ledger import facts, schema
from gatewatch.ledger.facts import ADDED, CHANGED, REMOVED, FactVersion
from gatewatch.ledger.store import Store


class RecordedFacts(msgspec.Struct, frozen=True):
    """What one look at the catalogue added to a ledger."""

    added: int
    changed: int
    removed: int


def record(
    location: str, catalogue: Catalogue | None = None, *, origin: str = "", why: str = ""
) -> RecordedFacts:
    """Record every fact that is new, has changed or is gone since the ledger last saw the
    catalogue.

    `origin` says whose facts these are, by default this program's version; `why` is kept with each
    version. Nothing is written where nothing changed.
    """
    store = Store(location)
    store.create()
    store.create(schema.FACT_TABLES)
    now = (catalogue or catalogues.load()).bodies
    told = origin or _program()
    while True:
        turn = facts.turn(store)
        found = list(_changes(now, facts.in_force(store), told, why))
        try:
            if found:
                facts.add(store, found, turn)
            break
        except LedgerConflictError:
            store.refresh()
    by = [one.op for one in found]
    return RecordedFacts(by.count(ADDED), by.count(CHANGED), by.count(REMOVED))


def _changes(now: Bodies, then: list[FactVersion], origin: str, why: str) -> list[FactVersion]:
    held = {(one.kind, one.fact): one.version for one in then}
    found = []
    for (kind, fact), body in now.items():
        version = version_of(body)
        known = held.pop((kind, fact), None)
        if version != known:
            op = ADDED if known is None else CHANGED
            found.append(
                FactVersion(
                    kind=kind, fact=fact, op=op, version=version, body=body, why=why, origin=origin
                )
            )
    return found + [
        FactVersion(kind=kind, fact=fact, op=REMOVED, version="", body="", why=why, origin=origin)
        for kind, fact in held
    ]


def _program() -> str:
    from gatewatch import __version__

    return f"gatewatch {__version__}"
