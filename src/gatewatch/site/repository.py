"""What a worker keeps open: ledgers to read, the catalogue, an index of all that stands, answers
given."""

import hashlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from gatewatch.catalogue import facts
from gatewatch.ledger import commits
from gatewatch.ledger.patience import Patience
from gatewatch.ledger.store import Store
from gatewatch.model import selector as selectors
from gatewatch.model.kept import Kept
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.query import ledger as reading
from gatewatch.query.check import Answer
from gatewatch.query.facts import KnownFacts, known_facts
from gatewatch.query.joined import EveryNetwork
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.resident import Resident
from gatewatch.query.standings import Match
from gatewatch.site.memory import give_back, grown
from gatewatch.site.secrets import secret
from gatewatch.site.settings import SiteSettings
from gatewatch.site.times import RequestTimes
from gatewatch.site.turns import ASKER, MOST_JOINED, Flight, Prices, Turns, busy

_LEDGERS = 2
_PROGRAM = metadata.version("gatewatch")
_LOOK_AGAIN = 1.0
"""Seconds between two looks for new commits."""
_SHARE = 8
"""What is read anew at a new commit takes one part in so many of the time, so that a site beside a
busy writer is still a site."""
_FULL, _BESIDES = 335 << 20, 240 << 20
"""Bytes of a worker beyond which it lets go of all answers that it keeps; of one whose index is
large, bytes beside that: 165 MB before it is asked anything, and room for answers."""
_MOST_ASKED = 1_000
"""Queries until a session begins anew: DuckDB 2.0 keeps some 10 kB of many a query with joins until
its session ends: 23 MB after 2,172 of dear questions, 660 MB after 10,000 reconciliations."""
_OF_AN_OBJECT = 96
"""Bytes of an object that Python holds, as a rule."""
_FAILED = 60.0
"""Seconds until what failed is tried again, at the least."""
_LOG = logging.getLogger(__name__)
_ANSWERS, _FACTS, _LEDGER = 8 << 20, 8 << 20, 64 << 20
"""Bytes of answers, of catalogues as they were, and of what one ledger works with: a worker's
memory has a ceiling (docs/security.md)."""


_INNER: ContextVar[Ledger | None] = ContextVar("inner", default=None)
"""The ledger that this thread holds already."""
_MOST_WRITTEN = 4 << 20
"""Bytes of answers; what they were written of takes twice that."""


class Written:
    """Answers as JSON, for as long as what stands is kept; all are forgotten at once when they
    take too much room."""

    def __init__(self) -> None:
        self._matches: dict[int, tuple[Match, msgspec.Raw]] = {}
        self._answers: dict[tuple[int, int], tuple[Answer, bytes]] = {}
        self._bytes = 0

    def of(self, found: Answer) -> bytes | None:
        """What was written of an answer that says the same of another name."""
        kept = self._answers.get((id(found.registers), id(found.places)))
        return kept[1] if kept and kept[0].service == found.service else None

    def of_match(self, found: Match) -> msgspec.Raw | None:
        """What was written of this very match."""
        kept = self._matches.get(id(found))
        return kept[1] if kept else None

    def keep_match(self, found: Match, written: msgspec.Raw) -> None:
        """The next answer that names this match has the same bytes of it."""
        self._matches[id(found)] = found, written
        self._bytes += len(bytes(written))

    def clear(self) -> None:
        """Keep nothing any more."""
        self._answers.clear()
        self._matches.clear()
        self._bytes = 0

    def keep(self, found: Answer, written: bytes) -> None:
        """The next name of which this is said is answered by the same bytes."""
        if self._bytes > _MOST_WRITTEN:
            self.clear()
        # with what it was written of, or another could come to bear its identity
        self._answers[id(found.registers), id(found.places)] = found, written
        self._bytes += len(written)


class Standing(msgspec.Struct, frozen=True):
    """What stands now, in memory, with what decides whether that is the whole answer."""

    version: str
    hour: datetime
    resident: Resident
    registers: dict[str, Register]
    recorded_by: datetime | None
    written: Written = msgspec.field(default_factory=Written)

    def answer(self, asked: str, *, sideways: bool) -> Answer | None:
        """What `check` says of a name; None where the ledger has to be asked."""
        return self.resident.answer(asked, selectors.parse(asked), sideways=sideways)


class Repository:
    """Safe to use from many threads. A ledger is used by one at a time."""

    def __init__(self, settings: SiteSettings) -> None:
        self.settings = settings
        self.catalogue = facts.load()
        self._own = KnownFacts(self.catalogue, self.catalogue.digest, recorded=False)
        self._facts_store, self._facts_lock = (
            Store(settings.ledger, memory=_LEDGER),
            threading.Lock(),
        )
        self._facts_of = ""
        self._facts_kept: Kept[KnownFacts] = Kept(_FACTS)
        # Whoever copies all pages asks the same of one ledger a thousand times.
        memory, number = (None, 1) if settings.copied else (_LEDGER, _LEDGERS)
        opened = [reading.open(settings.ledger, memory=memory) for _ in range(number)]
        self._turns, self._prices = Turns(opened), Prices()
        self._seen: dict[int, str] = {}
        self._looked, self._version, self._held = 0.0, "", ""
        self._until = 0.0
        self.key = secret(settings.state, "cursor.key")
        self._kept: Kept[Any] = Kept(_ANSWERS)
        self._kept_of = ""
        self._flights: dict[Hashable, Flight[Any]] = {}
        self._joined = threading.BoundedSemaphore(MOST_JOINED)
        self._lock = threading.Lock()
        self._standing: Standing | None = None
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="index")
        self._building, self._build_after = False, 0.0
        self._full = _FULL

    @property
    def version(self) -> str:
        """Changes whenever the ledger, the catalogue, the program or the served data sets do."""
        self._look()
        return self._version

    @property
    def held(self) -> str:
        """The same without the data sets: what rests on the ledger alone, as the index of what
        stands, is not made anew when they are written, which is some minutes after each commit."""
        self._look()
        return self._held

    def _look(self) -> None:
        now = time.monotonic()
        if self._version and (now - self._looked <= _LOOK_AGAIN or now <= self._until):
            return
        held = f"{_PROGRAM} {self._own.digest} {self._commits()}"
        self._held, self._version, self._looked = held, _digest(f"{held} {self._exported()}"), now

    def _exported(self) -> int:
        """When the served data sets last changed."""
        try:
            return (
                (Path(self.settings.exports) / "index.json").stat().st_mtime_ns
                if self.settings.exports
                else 0
            )
        except OSError:
            return 0

    def _commits(self) -> str:
        """The newest commit of each table; of an object store the newest record."""
        folder = Path(self.settings.ledger)
        if "://" in self.settings.ledger:
            with self._turns.one(0.0, lambda: False) as ledger:
                ledger.refresh()
                return str(of_all(ledger, Moment.parse()).recorded_by)
        return commits.newest(folder)

    def facts(self, moment: Moment) -> KnownFacts:
        """The facts that a question rests on: with `recorded_by` those that the ledger held by
        then.

        They have a store of their own, so that nobody who has a ledger waits here for another.
        """
        if moment.recorded_by is None:
            return self._own
        version = self.held
        key = (version, moment.recorded_by)
        with self._facts_lock:
            try:
                return self._facts_kept.get(key)
            except KeyError:
                if self._facts_of != version:
                    self._facts_store.refresh()
                    self._facts_of = version
                found = known_facts(self._facts_store, moment)
                self._facts_kept.put(key, found)
                return found

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """A ledger as of its newest commit; waits while all are in use, as site/turns.py tells."""
        with self._asked(Flight(ASKER.get())) as ledger:
            yield ledger

    @contextmanager
    def _asked(self, flight: Flight[Any]) -> Iterator[Ledger]:
        """A ledger for the askers of a flight."""
        if (inner := _INNER.get()) is not None:  # a question within a question
            yield inner
            return
        version, asker = self.held, flight.askers[0] if flight.askers else None
        if asker and asker.waits:
            asker.waits()
        kind = asker.kind if asker else "own"
        with self._turns.one(self._prices.of(kind), flight.stops) as ledger:
            began = time.thread_time()
            ledger.store.patience = flight.patience
            try:
                with flight.running(ledger.store.interrupt):
                    self._renew(ledger, version)
                    mark = _INNER.set(ledger)
                    try:
                        yield ledger
                    finally:
                        _INNER.reset(mark)
            finally:
                ledger.store.patience = Patience()
                if asker:
                    self._prices.paid(kind, time.thread_time() - began)
                if grown() and give_back(ledger.store.give_back) and grown(self._full):
                    self._let_go(ledger)

    def _renew(self, ledger: Ledger, version: str) -> None:
        if self._seen.get(id(ledger)) != version or ledger.store.asked > _MOST_ASKED:
            ledger.refresh()
            self._seen[id(ledger)] = version

    @contextmanager
    def cheap_ledger(self) -> Iterator[Ledger]:
        """The ledger that is asked what is cheap, as of its newest commit; `ledger` gives that of
        dear questions first."""
        version = self.held
        with self._turns.one(0.0, lambda: False) as ledger:
            self._renew(ledger, version)
            yield ledger

    def _let_go(self, ledger: Ledger) -> None:
        """Keep nothing of what was answered: each bound holds, and all at once they are more than a
        worker may take."""
        ledger.forget()
        with self._lock:
            self._kept.clear()
        with self._facts_lock:
            self._facts_kept.clear()
        if held := self._standing:
            held.written.clear()
            held.resident.forget()

    def base(self, host: str, scheme: str) -> str:
        """Where links begin: as declared, else as the site was called, which was looked at
        before."""
        return self.settings.public_url.rstrip("/") or f"{scheme}://{host}"

    def recorded_by(self) -> datetime | None:
        """When the newest row was recorded. A copy says so once, or each commit would change each
        of its pages."""
        if self.settings.copied:
            return None
        return self.remember("recorded", lambda ledger: of_all(ledger, Moment.parse()).recorded_by)  # type: ignore[no-any-return]

    def registers(self) -> dict[str, Register]:
        return self.remember("registers", lambda ledger: ledger.history_of.registers())  # type: ignore[no-any-return]

    def remember(self, question: Hashable, answer: Callable[[Ledger], Any]) -> Any:
        """An answer from the ledger, found once for each of its versions, and once for all who ask
        at the same time."""
        version, asker = self.version, ASKER.get()
        key = (version, question)
        with self._lock:
            if self._kept_of != version:
                self._kept.clear()
                self._kept_of = version
            if question in self._kept:
                return self._kept.get(question)
            flight = self._flights.get(key)
            mine = flight is None
            if flight is None:
                flight = self._flights[key] = Flight(asker)
        if not mine:
            if not self._joined.acquire(blocking=False):
                raise busy()
            try:
                return flight.join(asker)
            finally:
                self._joined.release()
        try:
            with self._asked(flight) as ledger:
                found = answer(ledger)
        except BaseException as fault:
            flight.crash(fault)
            raise
        else:
            with self._lock:
                if self._kept_of == version:
                    self._kept.put(question, found)
            flight.land(found)
            return found
        finally:
            with self._lock:
                self._flights.pop(key, None)

    def standing(self) -> Standing | None:
        """The index of what stands in this hour, if it is ready; else it is being made."""
        held, hour = self._standing, _hour()
        if held and held.version == self.held and held.hour == hour:
            return held
        if not self._building and time.monotonic() > self._build_after:
            self._building = True
            self._builder.submit(self._build)
        return None

    def networks(self, times: RequestTimes) -> EveryNetwork | None:
        """All that is measured, if it is in memory and the request names no other time of
        publication or record."""
        held = self.standing() if not (times.as_of or times.recorded_by) else None
        return held.resident.networks if held else None

    def _build(self) -> None:
        began = time.monotonic()
        try:
            version, hour = self.held, _hour()
            # What stood before is asked by nobody any more: both together were more than a worker
            # may take.
            self._standing = None
            give_back()
            objects = sys.getallocatedblocks()
            # A ledger of its own: what the building takes is given back when it is done.
            ledger = reading.open(self.settings.ledger, memory=_LEDGER)
            moment = Moment.parse(hour)
            made = Standing(
                version=version,
                hour=hour,
                resident=Resident(ledger, self._own.catalogue, moment),
                registers=ledger.history_of.registers(),
                recorded_by=of_all(ledger, moment).recorded_by,
            )
            ledger.close()
            del ledger
            self._standing = made
            # The next commit is looked for when this reading was worth its while.
            self._until = time.monotonic() + _SHARE * (time.monotonic() - began)
            give_back()
            # Counted, for what this process takes is also what it works at meanwhile and keeps.
            own = (sys.getallocatedblocks() - objects) * _OF_AN_OBJECT
            self._full = max(_FULL, own + _BESIDES)
        except Exception:  # noqa: BLE001 - nobody waits for it who could be told
            _LOG.exception("no index of what stands could be made: checks ask the ledger")
            self._put_off(began)
        finally:
            self._building = False

    def _put_off(self, began: float) -> None:
        """Try to make the index again when what it took in vain was worth its while: each `check`
        would else begin it anew, for as long as it fails."""
        now = time.monotonic()
        self._build_after = now + max(_FAILED, _SHARE * (now - began))

    def close(self) -> None:
        """Build no index any more."""
        self._builder.shutdown(cancel_futures=True)


def _digest(state: str) -> str:
    return hashlib.blake2b(state.encode(), digest_size=12).hexdigest()


def _hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
