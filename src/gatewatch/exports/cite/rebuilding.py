"""A small ledger out of the rows that a bundle encloses, to ask its question again.

It lies in a temporary folder of whoever verifies; no ledger of anybody is written to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gatewatch.analysis.registers import lookup
from gatewatch.ledger import filing, schema, slices
from gatewatch.ledger.store import Store
from gatewatch.model.selector import Kind, Selector
from gatewatch.query.ledger import Ledger


class _Unlogged(Store):
    """What is made to be asked once needs no log."""

    def log(self) -> None:
        """Nothing."""


@contextmanager
def rebuilt(rows: Mapping[str, Sequence[str]]) -> Iterator[Ledger]:
    """A ledger that holds these rows and no others, until it is left. `rows`: texts by table.

    ValueError, TypeError or LedgerError where they are no rows of a ledger.
    """
    with TemporaryDirectory(prefix="gatewatch-") as folder:
        location = str(Path(folder) / "ledger")
        store = _Unlogged(location)
        store.create()
        if rows.get("facts"):
            store.create(schema.FACT_TABLES)
        if rows.get("measurements"):
            store.create(schema.MEASUREMENT_TABLES)
        told = {
            name: [slices.as_tuple(name, text) for text in texts] for name, texts in rows.items()
        }
        told["selectors"] = sorted(_filed(told.get("events", ())))
        told["snapshots"] = [_uncounted(row) for row in told.get("snapshots", ())]
        last = ("facts", "snapshots", "measurements", "inputs")
        for name in (*(n for n in told if n not in last), *last):
            if told.get(name) and store.holds(name):
                store.append("bundle", {name: schema.arrow_table(name, told[name])}, {}, 0)
        ledger = Ledger(location)
        try:
            yield ledger
        finally:
            ledger.close()


def _uncounted(snapshot: tuple[object, ...]) -> tuple[object, ...]:
    """A published state whose events are not all enclosed: a ledger that held it so would have lost
    some."""
    named = dict(zip(schema.TABLES["snapshots"], snapshot, strict=True))
    return tuple((named | {"added": 0, "changed": 0, "removed": 0}).values())


def _filed(events: Iterable[tuple[object, ...]]) -> set[tuple[str, str, str, str]]:
    """The keys under which entries are found."""
    names = list(schema.TABLES["events"])
    found = set()
    for row in events:
        named = dict(zip(names, row, strict=True))
        entry = schema.change_from(named).entry
        for one in _selectors(entry.selectors, entry.unparsed) if entry else ():
            for key in lookup.stored(one):
                owner = (str(named["register"]), str(named["entry"]), str(named["batch"]))
                found.add((filing.kept(key), *owner))
    return found


def _selectors(listed: Sequence[Selector], unparsed: Sequence[str]) -> list[Selector]:
    return [*listed, *(Selector(Kind.UNREAD, text) for text in unparsed)]
