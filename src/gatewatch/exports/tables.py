"""What is public: data sets, one for each source with its licence, and their tables in the order of
their keys.

A table's rows are those of the API, without what only a question gives. Nothing here is more than a
reader of the site may see: paths are withheld by ground, reports show from five distinct reporters
on.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers.standing import as_stated
from gatewatch.cases.sources import known_by
from gatewatch.catalogue.facts import Catalogue
from gatewatch.ledger.selection import MeasurementFilter, picked
from gatewatch.model.moment import Moment, iso
from gatewatch.model.register import Register
from gatewatch.query import case as cases
from gatewatch.query import episodes
from gatewatch.query import registers as fresh_registers
from gatewatch.query import reports as user_reports
from gatewatch.query.invented import invented
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.network import day_of
from gatewatch.query.registers import Freshness
from gatewatch.records import cases as case_rows
from gatewatch.records import episodes as episode_records
from gatewatch.records import registers as rows
from gatewatch.records.verdicts import picked_row

Row = Mapping[str, Any]
FACTS_LICENCE = "MIT"
NETWORK_LICENCE = "CC BY-NC-SA 4.0"
"""OONI's own, for all that is made of its measurements."""
TEXT, TIME, DAY, COUNT, NUMBER, FLAG, TEXTS, NESTED = (
    "text",
    "time",
    "day",
    "count",
    "number",
    "flag",
    "texts",
    "json",
)
_PART = 50_000


class Table(msgspec.Struct, frozen=True):
    """`columns` by name with their types; `key` are those that tell rows apart; `rows` come in its
    order. A row has the columns and what is `left_out`, which the data set tells for all of them,
    and nothing else: so that a column that records gain is not lost here in silence."""

    name: str
    about: str
    columns: dict[str, str]
    key: tuple[str, ...]
    rows: Callable[[], Iterable[Row]]
    left_out: tuple[str, ...] = ()


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """Tables of one source under one licence. Times are ISO 8601."""

    name: str
    title: str
    publisher: str
    licence: str
    jurisdiction: str | None = None
    first_published: str | None = None
    last_published: str | None = None
    last_checked: str | None = None
    silent_since: str | None = None
    made: bool = False
    """Some of what its rows rest on was invented for show: nobody measured or sent it."""
    basis: str = ""
    """A digest of all that the rows depend on: of two data sets with the same basis they are the
    same. Empty: not known."""
    tables: tuple[Table, ...]


def key_of(table: Table, row: Row) -> tuple[str, ...]:
    """What tells a row from others of its table; sorts as the table is sorted."""
    return tuple(_sortable(row[name]) for name in table.key)


def _sortable(value: Any) -> str:
    text = f"{value:012d}" if isinstance(value, int) else str(value or "")
    return (
        text.removesuffix("Z") if text[10:11] == "T" else text
    )  # 12:00:00Z comes before 12:00:00.5Z


def datasets(ledger: Ledger, catalogue: Catalogue, moment: Moment) -> list[DataSet]:
    """All that a ledger and a catalogue hold for the public at a moment."""
    told = fresh_registers.registers(ledger, moment)
    found = (
        *(_register(ledger, one, moment) for one in sorted(told, key=lambda one: one.register.id)),
        _facts(ledger, catalogue, moment),
        _network(ledger, moment),
        _reports(ledger, moment),
    )
    shows = invented(ledger)
    return [
        msgspec.structs.replace(one, basis=_with_shape(one), made=shows and one.name in _OF_PEOPLE)
        for one in found
    ]


_OF_PEOPLE = frozenset({"catalogue", "network", "reports"})
"""Data sets that rest on measurements or reports: cases do, whose table is among the facts."""


def _with_shape(data: DataSet) -> str:
    """The basis of a data set and of the columns that this program gives its tables."""
    shape = [(one.name, tuple(one.columns.items()), one.key) for one in data.tables]
    return _basis(data.basis, shape)


@cache
def _program() -> str:
    """The version that is installed; nothing for a copy that no installer made."""
    try:
        return metadata.version("gatewatch")
    except metadata.PackageNotFoundError:
        return ""


def _basis(*parts: object) -> str:
    whole = repr((_program(), *parts)).encode()
    return hashlib.blake2b(whole, digest_size=12).hexdigest()


def _sorted(key: tuple[str, ...], found: Iterable[Row]) -> list[Row]:
    return sorted(found, key=lambda row: tuple(_sortable(row[name]) for name in key))


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


def _register(ledger: Ledger, fresh: Freshness, moment: Moment) -> DataSet:
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
            yield from _sorted(("snapshot",), (rows.event(event, register) for event in group))

    def snapshots() -> Iterable[Row]:
        found = fresh_registers.snapshots(ledger, register.id, moment)
        return _sorted(("published_at", "snapshot"), (rows.snapshot(one) for one in found))

    flat = rows.freshness(fresh)
    declared = msgspec.json.encode(register, order="deterministic")
    known = (fresh.last_checked, fresh.last_published, fresh.snapshots, fresh.quarantined)
    return DataSet(
        basis=_basis(declared, *known),
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
    return tuple(_sortable(row[name]) for name in ("kind", "value", "came_not_after"))


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


_SERVICES = {
    "id": TEXT,
    "name": TEXT,
    "names": NESTED,
    "operator": TEXT,
    "kind": TEXT,
    "category": TEXT,
    "home": TEXT,
    "domains": TEXTS,
    "endpoints": TEXTS,
    "apps": NESTED,
    "namings": NESTED,
    "note": TEXT,
    "sources": NESTED,
}
_RULES = dict.fromkeys(
    (
        "id",
        "jurisdiction",
        "number",
        "name",
        "original",
        "aliases",
        "articles",
        "official",
        "official_kind",
        "adopted",
        "in_force",
        "brought_by",
        "revises",
        "amended",
        "obligation",
        "demands",
        "reaches",
        "sanction",
        "lifts",
        "authority",
        "register",
        "note",
    ),
    TEXT,
) | {
    "aliases": TEXTS,
    "articles": TEXTS,
    "amended": TEXTS,
    "demands": NESTED,
    "reaches": NESTED,
    "sources": NESTED,
    "cases": TEXTS,
}
_CLAIMS = dict.fromkeys(
    (
        "id",
        "service",
        "jurisdiction",
        "action",
        "date",
        "actor",
        "rule",
        "law",
        "law_year",
        "reasons",
        "register",
        "scope",
        "effect",
        "seen",
        "says",
        "publisher",
        "origin",
        "title",
        "url",
        "published",
    ),
    TEXT,
) | {"law_year": COUNT, "reasons": TEXTS, "scope": NESTED, "seen": NESTED, "published": DAY}
_CASES = {
    "service": TEXT,
    "name": TEXT,
    "jurisdiction": TEXT,
    "state": TEXT,
    "since": TEXT,
    "ground": TEXT,
    "reason": TEXT,
    "disputed": COUNT,
    "steps": COUNT,
    "sources": COUNT,
    "network": TEXT,
    "last_source": DAY,
    "last_known": DAY,
    "faded": FLAG,
    "paper": TEXT,
    "agreement": TEXT,
    "current": FLAG,
    "by_last_source": DAY,
    "by_law": TEXT,
    "restricted_since": TEXT,
    "restricted_until": TEXT,
    "made": FLAG,
}
_STEPS = dict.fromkeys(
    (
        "service",
        "jurisdiction",
        "step",
        "action",
        "date",
        "not_before",
        "not_after",
        "actor",
        "scope",
        "disputed",
        "otherwise",
        "independent",
        "sources",
        "inferred",
        "effect",
    ),
    TEXT,
) | {
    "step": COUNT,
    "not_before": DAY,
    "not_after": DAY,
    "disputed": FLAG,
    "independent": COUNT,
    "scope": NESTED,
    "made": FLAG,
}


def _facts(ledger: Ledger, catalogue: Catalogue, moment: Moment) -> DataSet:
    by = day_of(moment.as_of)

    def told() -> list[Any]:
        return list(cases.every(catalogue, moment, ledger))

    def claims() -> Iterator[Row]:
        every = (one for _, one in sorted(catalogue.claims.items()))
        yield from map(case_rows.claim, known_by(every, of_all(ledger, moment), catalogue))

    def steps() -> list[Row]:
        return _sorted(
            ("service", "jurisdiction", "step"),
            (step for one in told() for step in case_rows.flat_steps(one)),
        )

    return DataSet(
        basis=_basis(catalogue.digest, day_of(moment.valid_at), by, moment.recorded_by),
        name="catalogue",
        title="Services, rules, cited claims, and the cases folded from them",
        publisher="Gatewatch",
        licence=f"{FACTS_LICENCE}; the texts that are cited keep theirs",
        tables=(
            Table(
                name="services",
                about="things people use",
                columns=_SERVICES,
                key=("id",),
                rows=lambda: _sorted(("id",), map(case_rows.service, catalogue.services.values())),
            ),
            Table(
                name="rules",
                about="what each legal instrument asks of whom, and what lifts it",
                columns=_RULES,
                key=("id",),
                rows=lambda: _sorted(
                    ("id",),
                    (case_rows.rule(one, catalogue) for one in catalogue.instruments.values()),
                ),
            ),
            Table(
                name="claims",
                about="one statement of one source each, with its citation",
                columns=_CLAIMS,
                key=("id",),
                rows=claims,
            ),
            Table(
                name="cases",
                about="where each service stands in each jurisdiction",
                columns=_CASES,
                key=("service", "jurisdiction"),
                rows=lambda: _sorted(("service", "jurisdiction"), map(case_rows.overview, told())),
            ),
            Table(
                name="steps",
                about="what happened in each case, in order",
                columns=_STEPS,
                key=("service", "jurisdiction", "step"),
                rows=steps,
            ),
        ),
    )


_VERDICTS = {
    "at": TIME,
    "measurement_uid": TEXT,
    "host": TEXT,
    "subject": TEXT,
    "about": TEXT,
    "probe_cc": TEXT,
    "probe_asn": COUNT,
    "made": FLAG,
    "test_name": TEXT,
    "state": TEXT,
    "mechanism": TEXT,
    "locus": TEXT,
    "rules": TEXTS,
    "why": TEXT,
    "ruleset": TEXT,
}
_EPISODES = {
    "probe_cc": TEXT,
    "target": TEXT,
    "onset_earliest": TIME,
    "onset_latest": TIME,
    "resolution_earliest": TIME,
    "resolution_latest": TIME,
    "ongoing": FLAG,
    "confidence": NUMBER,
    "networks": NESTED,
    "networks_measured": COUNT,
    "mechanisms": TEXTS,
    "members": COUNT,
    "made": FLAG,
    "last_seen": TIME,
    "scope": TEXT,
    "countries": TEXTS,
    "countries_measured": TEXTS,
}
_SILENCES = {
    "probe_cc": TEXT,
    "target": TEXT,
    "network": COUNT,
    "first": DAY,
    "last": DAY,
    "expected_a_day": NUMBER,
    "seen": COUNT,
    "ongoing": FLAG,
    "made": FLAG,
}


def _network(ledger: Ledger, moment: Moment) -> DataSet:
    read: dict[str, Any] = {"as_of": moment.as_of, "recorded_by": moment.recorded_by}

    def verdicts() -> Iterator[Row]:
        start = 0
        while True:
            found, total = picked(
                ledger.store, MeasurementFilter(**read), descending=False, limit=_PART, offset=start
            )
            yield from (picked_row(one) for one in found if one.at)
            start += _PART
            if start >= total:
                return

    def timed(row: Row) -> Row:
        return {
            name: iso(value) if hasattr(value, "hour") else value for name, value in row.items()
        }

    @cache
    def record() -> episodes.Record:
        return episodes.Record(ledger, of_all(ledger, Moment.parse(None, **read)))

    def blocks() -> list[Row]:
        return _sorted(_ONSET, [timed(episode_records.row(one)) for one in record().told])

    def silences() -> list[Row]:
        return _sorted(_FIRST, map(episode_records.silence_row, record().silences))

    return DataSet(
        basis=_basis(day_of(moment.as_of), moment.recorded_by),
        name="network",
        title="Verdicts on network measurements, and the episodes they make",
        publisher="OONI and others",
        licence=NETWORK_LICENCE,
        last_checked=iso(moment.recorded_by),
        tables=(
            Table(
                name="verdicts",
                about="what was concluded from each measurement",
                columns=_VERDICTS,
                key=("at", "measurement_uid"),
                rows=verdicts,
            ),
            Table(
                name="episodes",
                about="since when and until when targets were blocked; with the scope `global` what began everywhere at once, which is no restriction",
                columns=_EPISODES,
                key=_ONSET,
                rows=blocks,
            ),
            Table(
                name="silences",
                about="where measurements stopped that were there as a rule",
                columns=_SILENCES,
                key=_FIRST,
                rows=silences,
            ),
        ),
    )


_ONSET = ("probe_cc", "target", "onset_earliest")
_FIRST = ("probe_cc", "target", "network", "first")
_REPORTS = {
    "service": TEXT,
    "jurisdiction": TEXT,
    "kind": TEXT,
    "region": TEXT,
    "first": TEXT,
    "last": TEXT,
    "reporters": COUNT,
    "expected": NUMBER,
    "seen": NUMBER,
    "made": FLAG,
}


def _reports(ledger: Ledger, moment: Moment) -> DataSet:
    key = ("service", "jurisdiction", "kind", "region", "first")

    def shown() -> list[Row]:
        found = user_reports.reported(ledger, moment)
        return _sorted(
            key, (row for place, one in found.items() for row in rows.reported(place, one))
        )

    return DataSet(
        basis=_basis(
            moment.span(ZoneInfo("UTC"))[1].date(), day_of(moment.as_of), moment.recorded_by
        ),
        name="reports",
        title="Reports of users, from five distinct reporters a day on",
        publisher="Gatewatch",
        licence="CC0 1.0",
        last_checked=iso(moment.recorded_by),
        tables=(
            Table(
                name="reports",
                about="days with reports, and surges",
                columns=_REPORTS,
                key=key,
                rows=shown,
            ),
        ),
    )
