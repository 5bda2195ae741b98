"""Reconciliation of what a ledger holds: registers beside measurements, at three times."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from gatewatch.analysis.network.agreement import FRESH, standing
from gatewatch.analysis.registers import lookup
from gatewatch.catalogue.facts import Catalogue
from gatewatch.ledger.schema import moment_of
from gatewatch.model import selector as selectors
from gatewatch.model.documentation import all_invented
from gatewatch.model.entry import Entry
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Bracket, Moment, When
from gatewatch.model.redaction import value, withholds
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.states import Agreement
from gatewatch.query.agreement import addresses_of, agreement, keys_of, met_by, shared
from gatewatch.query.episodes import Record
from gatewatch.query.facts import facts_for
from gatewatch.query.moments import of_all
from gatewatch.query.opened import OpenedLedger
from gatewatch.query.standings import around, registers_of
from gatewatch.query.targets import EVERYTHING, Targets

if TYPE_CHECKING:
    import pyarrow as pa

SERVICE = "service:"


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """One target in one jurisdiction at a moment, with what it rests on. Brackets are in UTC."""

    target: str
    """A host, a selector as it may be shown, or a service."""
    key: str
    """Its kind and canonical form, or `service:` and its id."""
    jurisdiction: str
    state: Agreement
    network: int | None
    """The network whose word it is; None: of all together."""
    how: str | None
    """How the listing met the target."""
    in_part: bool = False
    """Listed is a part of it alone: a page on this host."""
    register: str | None
    entry: str | None
    came: Bracket | None
    went: Bracket | None
    onset: Bracket | None
    """Of the block that stands at the moment."""
    networks: int | None
    networks_measured: int | None
    lag_least: float | None
    """Hours from listing to onset, or from delisting to end: not less. None: that side is open.
    Negative: the network was first."""
    lag_most: float | None
    collateral: tuple[str, ...] = ()
    """Listed addresses that the target shares."""
    last_known: date | None = None
    """The day of the list that its paper rests on, or of the oldest where it is on none; not after
    the day asked about."""
    private_agreement: bool = False
    """The list is kept by a private agreement, not by law."""
    invented: bool = False
    """What the network says was invented for show, nobody measured it."""


class Reconciliation(msgspec.Struct, frozen=True):
    """What was reconciled: first what is measured, by target."""

    rows: "pa.Table"
    jurisdiction: str
    unreached: tuple[str, ...]
    """Registers whose history does not reach the moment: nothing can agree with them."""
    shared: Mapping[str, list[str]]
    invented: frozenset[str]
    """Of what measurements speak of, that which was invented for show."""
    valid_at: date | datetime
    """When it is told of: as asked, else the last moment that the registers cover."""
    known: Mapping[str, date] = {}
    """Of each register the day of the last list held by the moment, not after it, in the register's
    own zone."""
    known_open: Mapping[str, date] = {}
    """The same where the list leaves open what is so on the day: that of the last before it."""
    ended: frozenset[str] = frozenset()
    """Registers of which no list of the time asked about or a later one is held."""
    measured: bool = False
    """Anything had been measured in the jurisdiction by the moment."""
    asked: bool = True
    """The time was asked for, and not chosen because registers or measurements end there."""

    @property
    def day(self) -> date:
        """Of which day it is told, in UTC."""
        told_of = self.valid_at
        return told_of.date() if isinstance(told_of, datetime) else told_of

    @property
    def as_last(self) -> dict[str, date]:
        """The registers of which a list before the day is believed, as last published."""
        return {
            name: known
            for name, known in self.known.items()
            if name in self.ended and name not in self.unreached
        }

    def counts(self) -> dict[str, int]:
        """Targets by state."""
        told = self.rows["state"].value_counts().to_pylist()
        return {one["values"]: one["counts"] for one in told}


def report(
    ledger: OpenedLedger,
    jurisdiction: str,
    *,
    targets: Targets = EVERYTHING,
    network: int | None = None,
    valid_at: When = None,
    as_of: When = None,
    recorded_by: When = None,
) -> Reconciliation:
    """Every target of a jurisdiction that is listed or measured, or those asked for.

    Names that the targets put together are told together. `network`: one network's word, 0 for each
    network's, None for all together.
    """
    given = Moment.parse(valid_at, as_of, recorded_by)
    moment, catalogue = of_all(ledger, given), facts_for(ledger, given).catalogue
    if valid_at is None:
        moment = last_covered(ledger, jurisdiction, moment)
    when = instant(moment)
    asked = Targets(names=targets.names, endpoints=True)
    fresh = FRESH / timedelta(hours=1)
    folded = Targets(endpoints=not targets.folded, folded=targets.folded)
    measured, seen = Record(ledger, moment, asked, jurisdiction).sightings(folded, when, fresh)
    names = sorted({*measured, *(targets.names or ())})
    subjects = {n: key for n in names if (key := _subject(n, targets, catalogue))}
    told = Targets(
        names=targets.names, series=subjects, endpoints=not targets.folded, folded=targets.folded
    )
    record = Record(ledger, moment, told, jurisdiction)
    clouded = {e.target for w in record.everywhere for e in standing(w.episodes, when)}
    rows, unreached = agreement(
        ledger,
        jurisdiction,
        keys=_keys(ledger, subjects, catalogue),
        members=_members({n: key for n, key in subjects.items() if key not in clouded}),
        sightings=seen,
        episodes=record.blocks,
        at=when,
        fresh=fresh,
        moment=moment,
        selectors=targets.names is None,
        network=network,
    )
    held = around(ledger, registers_of(ledger, Jurisdiction.parse(jurisdiction)), moment)
    found = Reconciliation(
        rows=rows,
        jurisdiction=jurisdiction,
        unreached=unreached,
        shared={},
        invented=frozenset(target for target, _ in record.invented),
        valid_at=moment.valid_at,
        known={n: day for n, one in held.items() if (day := one.last_known())},
        known_open={
            n: day for n, one in held.items() if (day := one.last_known(insufficient=True))
        },
        measured=_last_measured(ledger, jurisdiction, moment) is not None,
        ended=frozenset(
            name for name, one in held.items() if one.last and one.last < moment.span(one.zone)[0]
        ),
        asked=valid_at is not None or moment.valid_at == given.valid_at,
    )
    return msgspec.structs.replace(
        found, shared=_shared(ledger, found, subjects, when, moment=moment)
    )


def last_covered(ledger: OpenedLedger, jurisdiction: str, moment: Moment) -> Moment:
    """Of which time both layers tell, where none is asked for: now, where registers still tell of
    it, else when the last of them was published; and where measurements are still fresh now, else
    the last of them. The earlier of the two. UsageError where no register of the jurisdiction is
    held."""
    kept = registers_of(ledger, Jurisdiction.parse(jurisdiction))
    held = around(ledger, kept, moment)
    now = when = instant(moment)
    if all(one.hole(*moment.span(one.zone)) is not None for one in held.values()):
        when = max((one.last for one in held.values() if one.last), default=when)
    measured = _last_measured(ledger, jurisdiction, moment)
    if measured and measured + FRESH < now:
        when = min(when, measured)
    return moment if when == now else msgspec.structs.replace(moment, valid_at=when)


def _last_measured(ledger: OpenedLedger, jurisdiction: str, moment: Moment) -> datetime | None:
    if not ledger.store.holds("measurements"):
        return None
    from gatewatch.ledger.measurements import Measurements

    held = Measurements(ledger.store)
    return held.last_in(jurisdiction, moment.as_of, moment.recorded_by)


def _subject(name: str, targets: Targets, catalogue: Catalogue) -> str | None:
    """The key of the target that a measured name speaks of; None: no list could name it."""
    if targets.series is not None:
        return f"{SERVICE}{targets.series[name]}" if name in targets.series else None
    if name in catalogue.services:
        return f"{SERVICE}{name}"
    if "://" in name and not name.startswith(("http://", "https://")):
        host = urlsplit(name).hostname or ""
        parsed = selectors.named(host) if host else None
        return str(parsed) if parsed and parsed.kind == Kind.IP else None
    return str(selectors.named(name))


def instant(moment: Moment) -> datetime:
    """The moment asked about; of a day its noon in UTC."""
    if isinstance(moment.valid_at, datetime):
        return moment.valid_at
    return datetime.combine(moment.valid_at, datetime.min.time(), UTC) + timedelta(hours=12)


def _keys(ledger: OpenedLedger, subjects: Mapping[str, str], catalogue: Catalogue) -> "pa.Table":
    """The keys under which a listing of each target would be found: those of its names, of a
    service those of all its names."""
    return keys_of(
        (subject, key_met)
        for name, subject in subjects.items()
        for listed in _listed_as(name, subject, catalogue)
        for key_met in met_by(ledger, listed)
    )


def _listed_as(name: str, subject: str, catalogue: Catalogue) -> list[Selector]:
    if not subject.startswith(SERVICE):
        return [selectors.from_key(subject)]
    if name in catalogue.services:
        one = catalogue.services[name]
        return [selectors.named(host) for host in (*one.hosts, *one.addresses)]
    return [] if "://" in name else [selectors.named(name)]


def _members(subjects: Mapping[str, str]) -> "pa.Table":
    return _text_table(("about", "subject"), list(subjects.items()))


def _text_table(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> "pa.Table":
    import pyarrow as pa

    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)})


def _shared(
    ledger: OpenedLedger,
    found: Reconciliation,
    subjects: Mapping[str, str],
    when: datetime,
    moment: Moment,
) -> dict[str, list[str]]:
    """Listed addresses of what is blocked and not listed."""
    import pyarrow.compute as pc

    off = pc.is_in(found.rows["state"], value_set=_array(_OFF_LIST))
    wanted = set(found.rows.filter(off)["target"].to_pylist())
    hosts = [n for n, subject in subjects.items() if subject in wanted and "://" not in n]
    rows = (
        [
            (subjects[host], address, key)
            for host, addresses in addresses_of(ledger, hosts).items()
            for address in sorted(addresses)
            for key, _ in lookup.probes(selectors.named(address))
            if key[0] in "ic"
        ]
        if hosts
        else []
    )
    if not rows:
        return {}
    return shared(
        ledger,
        found.jurisdiction,
        _text_table(("target", "address", "key"), rows),
        when,
        moment=moment,
    )


_OFF_LIST = (Agreement.UNLISTED_BLOCKED, Agreement.DELISTED_STILL_BLOCKED)


def _array(words: Iterable[str]) -> "pa.Array":
    import pyarrow as pa

    return pa.array([str(word) for word in words])


def reconciled(
    ledger: OpenedLedger,
    found: Reconciliation,
    *,
    state: Agreement | None = None,
    limit: int | None = None,
) -> Iterator[Reconciled]:
    """The rows of a report, those in one state, the first so many."""
    listed = ReconciledList(ledger, found, state=state)
    return iter(listed[: len(listed) if limit is None else limit])


class ReconciledList:
    """The rows of a report, or those in one state, of which only what is asked for is made: a
    register with a hundred thousand names has as many rows."""

    def __init__(
        self, ledger: OpenedLedger, found: Reconciliation, *, state: Agreement | None = None
    ) -> None:
        import pyarrow.compute as pc

        self._known, self._found, self._rows = ledger.history_of.registers(), found, found.rows
        self.unreached = found.unreached
        if state:
            self._rows = self._rows.filter(pc.equal(self._rows["state"], str(state)))

    def __len__(self) -> int:
        return int(self._rows.num_rows)

    def __getitem__(self, part: slice) -> list[Reconciled]:
        start, stop, _ = part.indices(len(self))
        rows = self._rows.slice(start, max(0, stop - start))
        return list(_reconciled(rows, self._found, self._known))


def _reconciled(
    rows: "pa.Table", found: Reconciliation, known: Mapping[str, Register]
) -> Iterator[Reconciled]:
    for record in rows.to_pylist():
        days = found.known_open if record["state"] == Agreement.INSUFFICIENT else found.known
        redaction = known[record["register"]].redaction if record["register"] else None
        hidden = bool(redaction and withholds(Entry("", ground=record["ground"]), redaction))
        target = record["target"]
        yield Reconciled(
            target=target
            if target.startswith(SERVICE)
            else value(selectors.from_key(target), withhold=hidden),
            key=target,
            jurisdiction=found.jurisdiction,
            state=Agreement(record["state"]),
            network=record["network"],
            how=record["how"],
            in_part=record["in_part"],
            register=record["register"],
            entry=record["entry"],
            came=_bracket(record, "came"),
            went=_bracket(record, "went"),
            onset=_bracket(record, "onset"),
            networks=record["networks"],
            networks_measured=record["measured"],
            lag_least=_hours(record["lag_least"]),
            lag_most=_hours(record["lag_most"]),
            collateral=tuple(found.shared.get(target, ())),
            private_agreement=bool(record["private"]),
            invented=all_invented([record["network"]])
            if record["network"] is not None
            else record["subject"] in found.invented,
            last_known=days.get(record["register"])
            if record["register"]
            else _oldest(days, target, known),
        )


def _oldest(days: Mapping[str, date], target: str, known: Mapping[str, Register]) -> date | None:
    """The day up to which it is known that a target is on no list: that of the oldest of those that
    tell of it. A part of a list tells nothing of a name that is not of that part."""
    told = (
        day
        for name, day in days.items()
        if target.startswith(SERVICE)
        or (part := known[name].part) is None
        or not lookup.beyond(part, selectors.from_key(target), ())
    )
    return min(told, default=None)


_SIDES = {
    "came": ("came_after", "came_by"),
    "went": ("went_after", "went_by"),
    "onset": ("onset_earliest", "onset_latest"),
}


def _bracket(record: Mapping[str, Any], name: str) -> Bracket | None:
    first, last = (moment_of(record[side]) for side in _SIDES[name])
    return Bracket(first, last) if last else None


def _hours(found: float | None) -> float | None:
    return None if found is None else round(found, 2)
