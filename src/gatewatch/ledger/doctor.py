"""Verifies a ledger: that its files are there and sound, and that what they hold agrees.

Nothing is changed. A fault means an answer may be wrong; a note is worth knowing and harmless.
Checks go from the bytes to what they mean: `ON_BYTES` of `sound_bytes.py`, then `ON_ROWS` of
`sound_rows.py`. A new check is a function in one of the two.
"""

from collections.abc import Callable, Iterable, Iterator

from gatewatch.errors import LedgerError
from gatewatch.ledger import salvage, schema
from gatewatch.ledger.audit import audit
from gatewatch.ledger.finding import FAULT, NAMED, NOTE, OK, TELL, Finding, counted, has_fault
from gatewatch.ledger.plain import refuse_odd
from gatewatch.ledger.sound_bytes import ON_BYTES, files
from gatewatch.ledger.sound_rows import ON_MEASUREMENTS, ON_ROWS, Check, filed
from gatewatch.ledger.store import Store
from gatewatch.model.selector import Selector

_TAMPERED = (
    "compare it with a copy that you kept and with checkpoints that others keep; if you put a copy "
    "back yourself: gatewatch log restart"
)
_TAKE_AWAY = "what is no file of a ledger was not written by gatewatch"
_MOST_FAULTS = 20


def examine(store: Store, keys: Callable[[Selector], Iterable[str]]) -> list[Finding]:
    """What is sound, noteworthy or wrong. `keys` says under what a selector must be filed."""
    if store.local:
        try:
            refuse_odd(store.location)
        except LedgerError as fault:
            return [Finding(FAULT, str(fault), _TAKE_AWAY)]
    names = [n for n in schema.TABLES if n in schema.REGISTER_TABLES or _wanted(store, n)]
    found: list[Finding] = []
    for on_bytes in ON_BYTES:
        if not has_fault(found) or on_bytes is files:
            found += on_bytes(store, names)
    if not has_fault(found):

        def under_keys(one: Store) -> Iterator[Finding]:
            return filed(one, keys)

        for check in (*ON_ROWS, under_keys, *(ON_MEASUREMENTS if "measurements" in names else ())):
            found += _told(check, store)
    found += _told(_logged, store)
    if has_fault(found):
        found += _sources(store)
    return sorted(found, key=lambda finding: (OK, NOTE, FAULT).index(finding.level))


def _wanted(store: Store, name: str) -> bool:
    return store.begun(name) or store.holds(name)


def _told(check: Check, store: Store) -> list[Finding]:
    """What a check finds; what it cannot understand is a fault too."""
    found: list[Finding] = []
    try:
        found += check(store)
    except (LedgerError, ValueError, TypeError) as fault:
        found.append(Finding(FAULT, str(fault), TELL))
    return found


def _logged(store: Store) -> Iterator[Finding]:
    """The ledger is what its log says, and the log is what was signed."""
    told = audit(store)
    yield from (Finding(OK, what) for what in told.good)
    yield from (Finding(NOTE, what) for what in told.notes)
    shown = told.faults[:_MOST_FAULTS]
    yield from (Finding(FAULT, what, _TAMPERED) for what in shown)
    if more := len(told.faults) - len(shown):
        yield Finding(FAULT, f"{more:,} more differences from the log", _TAMPERED)


def _sources(store: Store) -> Iterator[Finding]:
    """What brings back what is lost: the sources that snapshots and measurements were read from."""
    if not store.local:
        return
    left = salvage.Left(store.location)
    for register, number, first, last in left.query(
        "SELECT register, count(DISTINCT id), min_by(origin, published_at), "
        "max_by(origin, published_at) FROM snapshots GROUP BY 1 ORDER BY 1"
    ):
        yield Finding(
            NOTE,
            f"{register}: {counted(number, 'snapshot')} left in rows, read from {first} to {last}",
            f"gatewatch repair NEW --source {register}=PLACE",
        )
    bare = set(left.registers()) - {
        name for (name,) in left.query("SELECT register FROM snapshots")
    }
    for register in sorted(bare):
        what = f"{register}: no snapshot is left in rows"
        yield Finding(NOTE, what, f"gatewatch repair NEW --source {register}=PLACE")
    measured = set(schema.MEASUREMENT_TABLES) & left.damaged
    if measured:
        names = left.query(
            "SELECT DISTINCT origin FROM inputs WHERE NOT starts_with(origin, 'judge:')"
        )
        named = ", ".join(sorted(origin for (origin,) in names)[:NAMED]) or "nothing that is known"
        what = f"measurements were read from {named}"
        yield Finding(NOTE, what, f"gatewatch repair NEW --source {salvage.OONI}=PLACE")
    for table in sorted({"reports", "facts"} & left.damaged):
        yield Finding(NOTE, f"{table} have no source but this ledger", "restore them from a copy")
