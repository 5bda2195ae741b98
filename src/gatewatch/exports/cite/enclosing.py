"""What stands behind an answer: the rows of the ledger that give it, as they may be shown."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gatewatch.catalogue.bodies import version_of
from gatewatch.catalogue.facts import Catalogue
from gatewatch.exports.cite.questions import (
    Cited,
    CitedQuestion,
    measured_names,
    registers_in,
    selectors_of,
    service_in,
)
from gatewatch.ledger import schema, slices
from gatewatch.ledger.bounds import ALL
from gatewatch.ledger.filed import filed_under
from gatewatch.ledger.slices import LoggedRow
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import unread, value, withholds
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector
from gatewatch.query import standings
from gatewatch.query.facts import KnownFacts, known_facts
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all

MOST_ROWS = 40_000
"""Of one table: what a person asks about has some hundreds."""
MOST_MEASURED = 4_000
OF_ONE_SERVICE = ("service", "claim")
_NOBODY = ""
"""The batch of facts that the ledger does not hold: they are the program's own."""


class Enclosed(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by table: as they were logged, or with what must not be shown taken out, then with the
    hash of the row as it was logged."""

    rows: dict[str, list[LoggedRow]]
    withheld: dict[str, list[tuple[str, LoggedRow]]]
    facts: KnownFacts

    def hashes(self) -> dict[str, list[bytes]]:
        """Of every row, as it was logged."""
        told = {name: [one.hash for one in rows] for name, rows in self.rows.items()}
        for name, rows in self.withheld.items():
            told.setdefault(name, []).extend(bytes.fromhex(held) for held, _ in rows)
        return told

    def batches(self) -> dict[str, list[str]]:
        """The batches that rows came in, by table."""
        found: dict[str, set[str]] = {}
        for name, rows in self.rows.items():
            found.setdefault(name, set()).update(one.batch for one in rows)
        for name, held in self.withheld.items():
            found.setdefault(name, set()).update(one.batch for _, one in held)
        return {name: sorted(some - {_NOBODY}) for name, some in found.items()}


def enclose(ledger: Ledger, asked: CitedQuestion) -> Enclosed:
    """The rows behind an answer. LedgerError where they are too many for one bundle."""
    moment = of_all(ledger, asked.moment)
    known = known_facts(ledger.store, moment)
    rows = {"facts": _facts(ledger, known, asked, moment)}
    rows |= _registers(ledger, known.catalogue, asked, moment)
    if ledger.store.holds("measurements") and asked.kind != Cited.HISTORY:
        names = measured_names(ledger, known.catalogue, asked)
        by = slices.until(moment.recorded_by)
        rows |= slices.measured(ledger.store, names, asked.jurisdiction, by, most=MOST_MEASURED)
    withheld = {}
    registers = ledger.history_of.registers()
    rows["events"], withheld["events"] = _shown(rows.get("events", []), registers)
    kept = {name: told for name, told in rows.items() if told}
    return Enclosed(
        rows=kept, withheld={n: told for n, told in withheld.items() if told}, facts=known
    )


def _facts(
    ledger: Ledger, known: KnownFacts, asked: CitedQuestion, moment: Moment
) -> list[LoggedRow]:
    """Facts about the service asked about, and what they refer to."""
    service = service_in(known.catalogue, asked)
    wanted = service.id if service else None
    if known.recorded:
        by = slices.until(moment.recorded_by)
        told = slices.facts(ledger.store, by, MOST_ROWS)
    else:
        told = [_own(kind, fact, body) for (kind, fact), body in known.catalogue.bodies.items()]
    return [one for one in told if _is_of(one, wanted)]


def _own(kind: str, fact: str, body: str) -> LoggedRow:
    """A fact of the program's own as a row, recorded when time began."""
    row = {"kind": kind, "fact": fact, "op": "added", "version": version_of(body), "body": body}
    more = {"why": "", "origin": "", "batch": _NOBODY, "recorded_at": 0}
    return LoggedRow(_NOBODY, msgspec.json.encode(row | more, order="sorted").decode())


def _is_of(one: LoggedRow, service: str | None) -> bool:
    row = msgspec.json.decode(one.text)
    if row["kind"] not in OF_ONE_SERVICE:
        return True
    body = msgspec.json.decode(row.get("body") or "{}")
    return service is not None and body.get("service", body.get("id")) == service


def _registers(
    ledger: Ledger, catalogue: Catalogue, asked: CitedQuestion, moment: Moment
) -> dict[str, list[LoggedRow]]:
    """Declarations, published states, and what happened to every entry that meets the question."""
    names = registers_in(ledger, asked)
    if not names:
        return {}
    store, by = ledger.store, slices.until(moment.recorded_by)
    states = slices.snapshots(store, names, by, MOST_ROWS)
    owners = _owners(ledger, selectors_of(asked, service_in(catalogue, asked)), set(names))
    batches = sorted({one.batch for one in states})
    return {
        "registers": slices.declared(store, names, by, MOST_ROWS),
        "snapshots": states,
        "events": slices.events(store, owners, batches, MOST_ROWS),
    }


def _owners(ledger: Ledger, asked: Sequence[Selector], names: set[str]) -> list[tuple[str, str]]:
    """Entries that meet a name in any way, or may."""
    keys = {
        key for one in asked for key, _ in (*standings.probes(one), *standings.within(ledger, one))
    }
    parents = {f".{p}" for one in asked if (p := standings.registrable(one))}
    masks = {one.value[1:] for one in asked if one.kind == Kind.MASK}
    events = filed_under(
        ledger.history_of, keys, ALL, within=sorted(masks), beneath=sorted(parents)
    )
    owners = {(one.register, one.change.entry_id) for one in events}
    return sorted(owner for owner in owners if owner[0] in names)


def _shown(
    rows: Sequence[LoggedRow], registers: Mapping[str, Register]
) -> tuple[list[LoggedRow], list[tuple[str, LoggedRow]]]:
    """Rows as they are, and rows of which paths are withheld by ground."""
    plain, withheld = [], []
    for one in rows:
        row = msgspec.json.decode(one.text)
        text = _redacted(row, registers[row["register"]])
        if text is None or text == one.text:
            plain.append(one)
        else:
            withheld.append((one.hash.hex(), LoggedRow(one.batch, text)))
    return plain, withheld


def _redacted(row: dict[str, Any], register: Register) -> str | None:
    """A row without the paths that its ground withholds; None where nothing is withheld."""
    change = schema.change_from({name: row.get(name) for name in schema.TABLES["events"]})
    entry = change.entry
    if entry is None or not withholds(entry, register.redaction):
        return None
    kept = {
        "selectors": [f"{one.kind}:{value(one, withhold=True)}" for one in entry.selectors],
        "unparsed": [unread(text, withhold=True) for text in entry.unparsed],
        "attributes": [unread(text, withhold=True) for text in row.get("attributes") or ()],
    }
    told = [str(one) for one in entry.selectors] != kept["selectors"]
    told |= list(entry.unparsed) != kept["unparsed"]
    told |= list(row.get("attributes") or ()) != kept["attributes"]
    if not told:
        return None
    shown = row | {name: listed for name, listed in kept.items() if name in row}
    return msgspec.json.encode(shown, order="sorted").decode()
