"""The doctor's way in: open a ledger however broken it is, and examine it."""

from gatewatch.analysis.registers.lookup import stored
from gatewatch.errors import LedgerError
from gatewatch.ledger.doctor import examine as examine_store
from gatewatch.ledger.finding import Finding
from gatewatch.ledger.store import Store


def examine(location: str) -> list[Finding]:
    """What is sound, noteworthy or wrong with the ledger at a location, and what to do."""
    store = Store(location)
    if not store.exists():
        raise LedgerError(f"no ledger at {location}: gatewatch ingest REGISTER SOURCE makes one")
    return examine_store(store, stored)
