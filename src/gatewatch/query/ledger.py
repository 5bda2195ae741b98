"""The reading side of a ledger: every question a person or a program asks of it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

import msgspec

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import lookup, standing
from gatewatch.analysis.registers.index import Index
from gatewatch.analysis.registers.lookup import Coverage, How
from gatewatch.analysis.registers.standing import Held, State, Why
from gatewatch.analysis.reports.surge import reported
from gatewatch.errors import LedgerError, UsageError
from gatewatch.ledger.history import Aside, History
from gatewatch.ledger.measurements import Measurements, Seen
from gatewatch.ledger.reports import newest as newest_report
from gatewatch.ledger.reports import reports
from gatewatch.ledger.selection import Axis, Picked, Wanted, counted, picked
from gatewatch.ledger.store import Store
from gatewatch.model import moment as times
from gatewatch.model import selector as selectors
from gatewatch.model.history import Event, Listing, Snapshot, Status, Version
from gatewatch.model.moment import Bracket, Moment
from gatewatch.model.register import Register
from gatewatch.model.report import Reported
from gatewatch.model.selector import Selector
from gatewatch.query.check import (
    Answer,
    Freshness,
    RegisterAnswer,
    freshness,
    match,
    meetings,
    nearest,
)

if TYPE_CHECKING:
    import pyarrow as pa


When = str | date | datetime | None
Conclusion = TypeVar("Conclusion")
_MOST_CONCLUDED = 8


class Ledger:
    """A ledger opened for reading. `refresh` moves on to what was committed since."""

    def __init__(self, location: str) -> None:
        self.location = location
        self._store = Store(location)
        if not self._store.exists():
            raise LedgerError(
                f"no ledger at {location}: gatewatch ingest makes one, or name another with --ledger"
            )
        self.history_of = History(self._store)
        self._concluded: OrderedDict[Hashable, Any] = OrderedDict()

    @property
    def store(self) -> Store:
        """The tables, for what asks them directly."""
        return self._store

    def refresh(self) -> None:
        """See what has been committed since the ledger was opened."""
        self._store.refresh()
        self.history_of = History(self._store)
        self._concluded.clear()

    def once(self, question: Hashable, conclude: Callable[[], Conclusion]) -> Conclusion:
        """A conclusion from what the ledger holds, drawn once until `refresh`. The last few are kept."""
        if question not in self._concluded:
            self._concluded[question] = conclude()
            while len(self._concluded) > _MOST_CONCLUDED:
                self._concluded.popitem(last=False)
        self._concluded.move_to_end(question)
        return cast("Conclusion", self._concluded[question])

    @overload
    def check(
        self,
        asked: str,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: str | None = None,
    ) -> Answer: ...

    @overload
    def check(
        self,
        asked: list[str] | tuple[str, ...],
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: str | None = None,
    ) -> list[Answer]: ...

    def check(
        self,
        asked: str | list[str] | tuple[str, ...],
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: str | None = None,
    ) -> Answer | list[Answer]:
        """Is it listed? One answer for one selector, a list for a list."""
        moment = self._moment(valid_at, as_of, recorded_by)
        given = [asked] if isinstance(asked, str) else list(asked)
        found = self._check(given, moment, jurisdiction)
        return found[0] if isinstance(asked, str) else found

    def index(
        self,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: str | None = None,
    ) -> Index:
        """All that stands at a moment, in memory: for checking thousands of selectors a second."""
        moment = self._moment(valid_at, as_of, recorded_by)
        kept = self._registers(jurisdiction, moment)
        held = self._held(kept, moment)
        spans = {name: moment.span(at.zone) for name, at in held.items()}
        built = Index([standing.combine([], *spans[name], held[name])[0] for name in kept])
        for name, register in kept.items():
            for owner, group in fold.by_entry(self._events(moment, name, None)):
                for listing in fold.listings(*owner, fold.versions(group)):
                    built.add(listing, register, held[name], spans[name])
        return built

    def history(
        self,
        asked: str,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: str | None = None,
    ) -> list[tuple[How, Listing]]:
        """Every listing that ever met a selector, oldest first, with how it met it.

        With `valid_at`, those alone that stood then or may have.
        """
        (met,) = self.histories(
            [asked], as_of=as_of, recorded_by=recorded_by, jurisdiction=jurisdiction
        )
        if valid_at is None:
            return met
        moment = self._moment(valid_at, as_of, recorded_by)
        held = self._held(self._registers(jurisdiction, moment), moment)
        return [(how, li) for how, li in met if _may_stand(li, moment, held[li.register])]

    def histories(
        self,
        asked: Sequence[str],
        *,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: str | None = None,
    ) -> list[list[tuple[How, Listing]]]:
        """The histories of many selectors from one look into the ledger, in their order."""
        moment = self._moment(None, as_of, recorded_by)
        kept = self._registers(jurisdiction, moment)
        return [
            sorted(met, key=lambda m: (m[1].came.by or moment.as_of, m[1].register, m[1].entry_id))
            for met in self._met([selectors.parse(one) for one in asked], moment, kept)
        ]

    def verdicts_about(self, hosts: Sequence[str], jurisdiction: str, moment: Moment) -> Seen:
        """What measurements of some hosts in a jurisdiction found, counted by state."""
        if not hosts or not self._store.holds("measurements"):
            return Seen({}, 0, None, None)
        return Measurements(self._store).about(
            hosts, jurisdiction, moment.as_of, moment.recorded_by
        )

    def moment(self, valid_at: When, as_of: When, recorded_by: When) -> Moment:
        """The three times of a question about all that a ledger holds, those left out filled in."""
        asked = self._moment(valid_at, as_of, recorded_by)
        held = self.once("high water", self._high_water)
        wanted = Moment.parse(None, None, recorded_by).recorded_by
        known = max(filter(None, (held, asked.recorded_by)), default=None)
        last = min(wanted, known) if wanted and known else known
        return msgspec.structs.replace(asked, recorded_by=last)

    def _high_water(self) -> datetime | None:
        """When the newest measurement, verdict or report was recorded."""
        measured = (
            Measurements(self._store).high_water() if self._store.holds("measurements") else None
        )
        return max(filter(None, (measured, newest_report(self._store))), default=None)

    def addresses_of(self, hosts: Sequence[str]) -> dict[str, set[str]]:
        """Addresses that probes were given for hosts."""
        if not self._store.holds("measurements"):
            return {}
        return Measurements(self._store).addresses(hosts)

    def reported(
        self,
        *,
        service: str | None = None,
        jurisdiction: str | None = None,
        as_of: When = None,
        recorded_by: When = None,
    ) -> dict[tuple[str, str], Reported]:
        """What may be shown of users' reports, by service and jurisdiction."""
        moment = Moment.parse(None, as_of, recorded_by)
        held = reports(
            self._store,
            service=service,
            jurisdiction=jurisdiction,
            as_of=moment.as_of,
            recorded_by=moment.recorded_by,
        )
        return reported(held)

    def picked(self, wanted: Wanted, **how: Any) -> tuple[list[Picked], int]:
        """Measurements with their verdicts, and how many there are: see ledger/selection.py."""
        return picked(self._store, wanted, **how)

    def counted(self, wanted: Wanted, axes: Sequence[Axis], **how: Any) -> list[dict[str, Any]]:
        """Counts of measurements over axes: see ledger/selection.py."""
        return counted(self._store, wanted, axes, **how)

    def measured_by(self, moment: Moment) -> datetime | None:
        """When the newest measurement was made, or `as_of` if that is earlier: two questions with
        the same answer here ask the same of measurements."""
        if not self._store.holds("measurements"):
            return None
        newest = self.once("newest", Measurements(self._store).newest)
        return min(moment.as_of, newest) if newest else None

    def agreement(
        self, jurisdiction: str, *, moment: Moment, at: datetime, **asked: Any
    ) -> "tuple[pa.Table, tuple[str, ...]]":
        """Registers of a jurisdiction beside its network (ledger/agreement.py), and the registers whose
        history does not reach `at`."""
        from gatewatch.ledger.agreement import agreement

        kept = self._registers(jurisdiction, moment)
        at_once = msgspec.structs.replace(moment, valid_at=at)
        held = self._held(kept, at_once)
        unreached = tuple(name for name in kept if held[name].hole(at, at) is not None)
        if len(unreached) == len(kept):
            asked["keys"] = asked["keys"].slice(0, 0)
        listings = self.history_of.listings(moment.as_of, moment.recorded_by)
        rows = agreement(self._store, listings, _traits(kept, unreached), at=at, **asked)
        return rows, unreached

    def shared(
        self, jurisdiction: str, addresses: "pa.Table", at: datetime, moment: Moment
    ) -> dict[str, list[str]]:
        """Which addresses were listed at a moment, by target: see ledger/agreement.py."""
        from gatewatch.ledger.agreement import shared

        kept = _traits(self._registers(jurisdiction, moment), ())
        listings = self.history_of.listings(moment.as_of, moment.recorded_by)
        return shared(self._store, listings, kept, addresses, at)

    def entry(
        self,
        register: str,
        entry_id: str,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
    ) -> list[Version]:
        """Every version of one entry, oldest first; empty if the register never held it.

        With `valid_at`, those alone that stood then or may have.
        """
        moment = self._moment(valid_at, as_of, recorded_by)
        known = self.history_of.registers(moment.recorded_by)
        if register not in known:
            raise UsageError(
                f"{register!r} is not in this ledger: gatewatch registers lists those that are"
            )
        found = fold.versions(self._events(moment, register, [entry_id]))
        if valid_at is None:
            return found
        start, end = moment.span(known[register].zone)
        return [v for v in found if _between(v.since.after, v.until, start, end)]

    def changes(
        self,
        register: str | None = None,
        *,
        since: When = None,
        until: When = None,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: str | None = None,
    ) -> list[Event]:
        """What registers did in [since, until), by the time of the snapshots that show it.

        With `valid_at`, those alone whose bracket says that it may have happened then.
        """
        moment = self._moment(valid_at, as_of, recorded_by)
        kept = self._registers(jurisdiction, moment)
        if register is not None and register not in kept:
            raise UsageError(
                f"{register!r} is not in this ledger: gatewatch registers lists those that are"
            )
        found = self.history_of.events(
            register,
            as_of=moment.as_of,
            recorded_by=moment.recorded_by,
            since=times.instant(since, "since") if since else None,
            until=times.instant(until, "until") if until else None,
        )
        found = [event for event in found if event.register in kept]
        if valid_at is None:
            return found
        spans = {name: moment.span(known.zone) for name, known in kept.items()}
        return [event for event in found if _may_have_happened(event, *spans[event.register])]

    def registers(
        self,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: str | None = None,
    ) -> list[Freshness]:
        """Registers held, with how fresh they are; with `valid_at`, as they were then."""
        moment = self._moment(valid_at, as_of, recorded_by)
        kept = self._registers(jurisdiction, moment)
        found = []
        for name, register in kept.items():
            end = min(moment.as_of, moment.span(register.zone)[1])
            held = self.history_of.snapshots(name, end, moment.recorded_by)
            accepted = [s for s in held if s.status == Status.ACCEPTED]
            if accepted:
                found.append(freshness(register, held, accepted, end))
        return found

    def snapshots(
        self,
        register: str | None = None,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: str | None = None,
        statuses: Sequence[str] | None = None,
    ) -> list[Snapshot]:
        """Snapshots as last recorded, by their own time; with `valid_at`, those up to then."""
        moment = self._moment(valid_at, as_of, recorded_by)
        ends = self._ends(moment, jurisdiction)
        found = self.history_of.snapshots(register, moment.as_of, moment.recorded_by, statuses)
        return [s for s in found if s.register in ends and s.published_at <= ends[s.register]]

    def set_aside(
        self,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: str | None = None,
        snapshot: str = "",
    ) -> list[Aside]:
        """Records that were not understood, each under the snapshot that showed it first; with
        `valid_at`, those up to then. `snapshot` may be the beginning of a snapshot's id."""
        moment = self._moment(valid_at, as_of, recorded_by)
        ends = self._ends(moment, jurisdiction)
        found = self.history_of.set_aside(moment.as_of, moment.recorded_by, snapshot)
        return [a for a in found if a.register in ends and a.published_at <= ends[a.register]]

    def _ends(self, moment: Moment, jurisdiction: str | None) -> dict[str, datetime]:
        """The last instant of the time asked about, in each register's own zone."""
        kept = self._registers(jurisdiction, moment)
        return {name: moment.span(known.zone)[1] for name, known in kept.items()}

    def _moment(self, valid_at: When, as_of: When, recorded_by: When) -> Moment:
        """The three times; `recorded_by` is never later than what is held, so it can be repeated."""
        asked = Moment.parse(valid_at, as_of, recorded_by)
        held = self.history_of.high_water()
        if held is None:
            return asked
        known = min(asked.recorded_by, held) if asked.recorded_by else held
        return msgspec.structs.replace(asked, recorded_by=known)

    def _registers(self, jurisdiction: str | None, moment: Moment) -> dict[str, Register]:
        known = self.history_of.registers(moment.recorded_by)
        wanted = jurisdiction.upper() if jurisdiction else None
        kept = {n: r for n, r in known.items() if wanted in {None, r.jurisdiction}}
        if wanted and not kept:
            held = ", ".join(sorted({r.jurisdiction for r in known.values()})) or "none"
            raise UsageError(f"no register of {wanted} is in this ledger; held are {held}")
        return kept

    def _events(
        self, moment: Moment, register: str | None, entries: Iterable[str] | None
    ) -> list[Event]:
        return self.history_of.events(
            register, entries, as_of=moment.as_of, recorded_by=moment.recorded_by
        )

    def _check(self, asked: list[str], moment: Moment, jurisdiction: str | None) -> list[Answer]:
        kept = self._registers(jurisdiction, moment)
        parsed = [selectors.parse(text) for text in asked]
        held = self._held(kept, moment)
        met = self._met(parsed, moment, kept)
        return [
            self._answer(text, selector, found, moment, kept, held)
            for text, selector, found in zip(asked, parsed, met, strict=True)
        ]

    def _held(self, kept: dict[str, Register], moment: Moment) -> dict[str, Held]:
        zones = {name: register.zone for name, register in kept.items()}
        spans = {name: moment.span(zone) for name, zone in zones.items()}
        found = self.history_of.coverage(spans, moment.as_of, moment.recorded_by) if spans else {}
        return {
            name: Held(
                c.first,
                c.last,
                c.before,
                c.after,
                c.since,
                c.until,
                kept[name].patience,
                zones[name],
            )
            for name, c in found.items()
        }

    def _met(
        self, asked: list[Selector], moment: Moment, kept: dict[str, Register]
    ) -> list[list[tuple[How, Listing]]]:
        """For each selector, every listing that meets it in any way, whenever it stood."""
        probes = [lookup.probes(selector) for selector in asked]
        filed: dict[str, list[tuple[str, str]]] = {}
        for key, register, entry in self.history_of.filed_under({k for p in probes for k, _ in p}):
            if register in kept:
                filed.setdefault(key, []).append((register, entry))
        wanted = {entry for owners in filed.values() for _, entry in owners}
        events = self._events(moment, None, wanted) if wanted else []
        known = {
            owner: fold.listings(*owner, fold.versions(group))
            for owner, group in fold.by_entry(events)
        }
        return [
            list(meetings(selector, probe, filed, known))
            for selector, probe in zip(asked, probes, strict=True)
        ]

    def _answer(
        self,
        asked: str,
        selector: Selector,
        met: list[tuple[How, Listing]],
        moment: Moment,
        kept: dict[str, Register],
        held: dict[str, Held],
    ) -> Answer:
        answers = []
        for name, register in kept.items():
            start, end = moment.span(held[name].zone)
            matches = [
                match(how, listing, start, end, held[name], register)
                for how, listing in met
                if listing.register == name
            ]
            judged = [(State(m.state), Why(m.why), Coverage(m.coverage)) for m in matches]
            state, why = standing.combine(judged, start, end, held[name])
            answers.append(
                RegisterAnswer(
                    name,
                    register.jurisdiction,
                    state,
                    why,
                    tuple(sorted(matches, key=nearest)),
                    held[name].first,
                    held[name].last,
                )
            )
        total = standing.overall([State(answer.state) for answer in answers])
        return Answer(asked, selector, total, moment, tuple(answers))


def open(location: str) -> Ledger:  # noqa: A001 - gatewatch.open is the name people expect
    """Open a ledger for reading; raises LedgerError if there is none."""
    return Ledger(location)


def _traits(kept: dict[str, Register], left: Sequence[str]) -> list[tuple[str, bool, bool]]:
    return [(n, r.covers_subdomains, r.private) for n, r in kept.items() if n not in left]


def _may_stand(listing: Listing, moment: Moment, held: Held) -> bool:
    start, end = moment.span(held.zone)
    return standing.standing(listing, start, end, held)[0] != State.NOT_LISTED


def _between(opens: datetime | None, until: Bracket | None, start: datetime, end: datetime) -> bool:
    """Whether [start, end] may touch what came after `opens` and went by `until`."""
    closes = until.by if until else None
    return (opens is None or end > opens) and (closes is None or start < closes)


def _may_have_happened(event: Event, start: datetime, end: datetime) -> bool:
    return event.at >= start and (event.after is None or event.after <= end)
