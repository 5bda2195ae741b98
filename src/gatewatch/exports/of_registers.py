"""The data set of a register: its listings, versions, changes and snapshots."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import msgspec

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers.standing import as_stated
from gatewatch.exports.tables import (
    COUNT,
    FLAG,
    NESTED,
    TEXT,
    TEXTS,
    TIME,
    DataSet,
    Row,
    Table,
    basis_of,
    in_key_order,
    sortable,
)
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.query import registers as fresh_registers
from gatewatch.query.ledger import Ledger
from gatewatch.query.registers import Freshness
from gatewatch.records import registers as rows

_ACT = dict.fromkeys(
    ("decision_body", "decision_number", "decision_date", "block_type", "ground", "ground_text"),
    TEXT,
) | {"urgent": FLAG, "included_at": TEXT, "removed_at": TEXT}
_REMOVAL = dict.fromkeys(("removal_body", "removal_number", "removal_date"), TEXT)
_LISTINGS = {
    "entry": TEXT,
    "kind": TEXT,
    "value": TEXT,
    "nth": COUNT,
    "came_not_before": TIME,
    "came_not_after": TIME,
    "went_not_before": TIME,
    "went_not_after": TIME,
    **_ACT,
    "entered_under": TEXT,
    **_REMOVAL,
    "versions": COUNT,
    "evidence": TEXTS,
}
_VERSIONS = {
    "entry": TEXT,
    "nth": COUNT,
    "since_not_before": TIME,
    "since_not_after": TIME,
    "until_not_before": TIME,
    "until_not_after": TIME,
    "gone": FLAG,
    **_ACT,
    **_REMOVAL,
    "selectors": TEXTS,
    "unparsed": TEXTS,
    "attributes": NESTED,
    "evidence": TEXTS,
}
_CHANGES = {
    "entry": TEXT,
    "snapshot": TEXT,
    "change": TEXT,
    "not_before": TIME,
    "not_after": TIME,
    **_ACT,
    "selectors": TEXTS,
}
_SNAPSHOTS = {
    "published_at": TIME,
    "snapshot": TEXT,
    "published_text": TEXT,
    "committed_at": TIME,
    "status": TEXT,
    "reason": TEXT,
    "decided": FLAG,
    "note": TEXT,
    "entries": COUNT,
    "added": COUNT,
    "changed": COUNT,
    "removed": COUNT,
    "set_aside": COUNT,
    "unknown": TEXTS,
    "origin": TEXT,
    "content": TEXT,
    "recorded_at": TIME,
}


def register_set(ledger: Ledger, fresh: Freshness, moment: Moment) -> DataSet:
    """A register as it had been published by a moment."""
    register = fresh.register

    def entries() -> Iterator[tuple[str, list[Any]]]:
        events = ledger.history_of.events(register.id, by=ledger.history_of.bounds(moment))
        return ((owner[1], group) for owner, group in fold.by_entry(events))

    def listings() -> Iterator[Row]:
        for entry, group in entries():
            yield from _numbered(_listings_of(entry, group, register))

    def versions() -> Iterator[Row]:
        for entry, group in entries():
            for nth, one in enumerate(fold.versions(group), 1):
                yield _version(entry, nth, rows.version(one, register))

    def changes() -> Iterator[Row]:
        for _, group in entries():
            yield from in_key_order(("snapshot",), (rows.event(event, register) for event in group))

    def snapshots() -> Iterable[Row]:
        found = fresh_registers.snapshots(ledger, register.id, moment)
        return in_key_order(("published_at", "snapshot"), (rows.snapshot(one) for one in found))

    flat = rows.freshness(fresh)
    declared = msgspec.json.encode(register, order="deterministic")
    known = (fresh.last_checked, fresh.last_published, fresh.snapshots, fresh.quarantined)
    return DataSet(
        basis=basis_of(declared, *known),
        name=register.id,
        title=register.title,
        publisher=register.publisher,
        licence=register.licence,
        jurisdiction=register.jurisdiction,
        **{
            name: flat[name]
            for name in ("first_published", "last_published", "last_checked", "silent_since")
        },
        tables=(
            Table(
                name="listings",
                about="each selector over each time that it was listed",
                columns=_LISTINGS,
                key=("entry", "kind", "value", "came_not_after", "nth"),
                rows=listings,
                left_out=("register", "jurisdiction", "how"),
            ),
            Table(
                name="versions",
                about="each entry as it stood from one change to the next",
                columns=_VERSIONS,
                key=("entry", "nth"),
                rows=versions,
            ),
            Table(
                name="changes",
                about="what each snapshot did to each entry",
                columns=_CHANGES,
                key=("entry", "snapshot"),
                rows=changes,
                left_out=("register", "jurisdiction"),
            ),
            Table(
                name="snapshots",
                about="each state of the register that was met, and what became of it",
                columns=_SNAPSHOTS,
                key=("published_at", "snapshot"),
                rows=snapshots,
                left_out=("register",),
            ),
        ),
    )


def _listings_of(entry: str, group: list[Any], register: Register) -> list[Row]:
    """Sorted by what is shown, then by the whole address, so that rows that look alike keep their
    number."""
    found = [
        (rows.listing_row("", as_stated(listing, register.zone), register), listing.selector.value)
        for listing in fold.listings(register.id, entry, fold.versions(group))
    ]
    found.sort(key=lambda one: (*_looks(one[0]), one[1]))
    return [{**row, "entry": entry} for row, _ in found]


def _looks(row: Row) -> tuple[str, ...]:
    return tuple(sortable(row[name]) for name in ("kind", "value", "came_not_after"))


def _numbered(found: list[Row]) -> Iterator[Row]:
    """Rows that look alike, because what tells them apart is withheld, get numbers."""
    for _, alike in groupby(found, key=_looks):
        for nth, row in enumerate(alike, 1):
            yield {**row, "nth": nth}


def _version(entry: str, nth: int, told: dict[str, Any]) -> Row:
    """A version with its brackets and the act that took it off as columns."""
    flat = {
        f"{name}_{part}": (told[name] or {}).get(part)
        for name, parts in _NESTED_OF_VERSIONS.items()
        for part in parts
    }
    rest = {name: value for name, value in told.items() if name not in _NESTED_OF_VERSIONS}
    return {**rest, **flat, "entry": entry, "nth": nth}


_NESTED_OF_VERSIONS = {
    "since": ("not_before", "not_after"),
    "until": ("not_before", "not_after"),
    "removal": ("body", "number", "date"),
}
