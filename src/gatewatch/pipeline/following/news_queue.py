"""What is news to whom: queued once for each who follows it, corrected, taken back."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from gatewatch.analysis.following.index import WishIndex
from gatewatch.model.event import Event
from gatewatch.model.subscription import FEED, Wish
from gatewatch.pipeline import durable
from gatewatch.pipeline.sending import message_name
from gatewatch.words.happening import amended, withdrawn

_TOLD_KEPT = timedelta(days=400)
"""How long what was told is kept: so long it can be amended and read in a feed."""
_IN_A_FEED = 100


class StandingFact(msgspec.Struct, frozen=True):
    """One happening as it was told, or was known before anybody was told: thing, kind, bracket in
    microseconds since 1970, what is said of it, the event's id."""

    thing: str
    kind: str
    after: int | None
    by: int | None
    says: str
    event: str


class Tell(msgspec.Struct, frozen=True):
    """Something to be told. `say` gives the event in a language; None: what was told as `before`
    did not happen. `before`: the id under which it was told, where this corrects it. `because_of`:
    other news of the same look; who is told any of these is not told this as well."""

    say: Callable[[str], Event] | None
    before: str | None = None
    because_of: tuple["Tell", ...] = ()


class LedgerLook(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the ledger found. `mark` is what the ledger held, in microseconds since 1970;
    `since` what it held at the look before: another look that was quicker makes this one void."""

    since: int | None
    mark: int
    looked: int | None
    """When the look before was, in microseconds since 1970."""
    clock: int
    """When this one is: days come, too, that were told ahead."""
    news: Sequence[Tell]
    standing: Sequence[StandingFact]


class NewsQueue:
    """What one site's subscriptions were told, and up to what the ledger was looked at for it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def mark(self) -> int | None:
        """Up to what the ledger was looked at, in microseconds since 1970; None: never."""
        with durable.reading(self._file) as held:
            found = held.execute("SELECT value FROM mark WHERE name = 'ledger'").fetchone()
        return found[0] if found else None

    def clock(self) -> int | None:
        """When the last look was, in microseconds since 1970; None before the first."""
        with durable.reading(self._file) as held:
            found = held.execute("SELECT value FROM mark WHERE name = 'clock'").fetchone()
        return found[0] if found else None

    def standing(self) -> list[StandingFact]:
        """What stood at the last look."""
        with durable.reading(self._file) as held:
            rows = held.execute(
                "SELECT thing, kind, after, by, says, event FROM standing"
            ).fetchall()
        return [StandingFact(*row) for row in rows]

    def take(self, look: LedgerLook, now: datetime | None = None) -> int | None:
        """Queue the news of a look for whoever follows it, and move the mark, both or neither; how
        many messages that makes. The first look only learns. None: another look was quicker."""
        at = int((now or datetime.now(UTC)).timestamp())
        with durable.writing(self._file) as held:
            marks = dict(held.execute("SELECT name, value FROM mark").fetchall())
            if (marks.get("ledger"), marks.get("clock")) != (look.since, look.looked):
                return None
            queued = 0 if look.since is None else self._queue(held, look.news, at)
            held.executemany(
                "INSERT OR REPLACE INTO mark VALUES (?, ?)",
                [("ledger", look.mark), ("clock", look.clock)],
            )
            _keep_standing(held, look.standing)
            _forget_old(held, at)
        return queued

    def announce(self, events: Iterable[Event], now: datetime | None = None) -> int:
        """Queue events as they are, where they are new; how many messages that makes. The first
        call only learns what is known already, so that nobody is told the past."""
        at = int((now or datetime.now(UTC)).timestamp())
        with durable.writing(self._file) as held:
            first = held.execute("SELECT 1 FROM known LIMIT 1").fetchone() is None
            if first:
                held.execute("INSERT INTO known VALUES ('')")
                held.executemany(
                    "INSERT OR IGNORE INTO known VALUES (?)", [(one.id,) for one in events]
                )
                return 0
            return self._queue(held, [Tell(_constant(one)) for one in events], at)

    def _queue(self, held: sqlite3.Connection, news: Iterable[Tell], at: int) -> int:
        rows = held.execute("SELECT id, language, target, wish FROM subscriptions").fetchall()
        languages = {name: (language, target) for name, language, target, _ in rows}
        index = WishIndex((name, msgspec.json.decode(wish, type=Wish)) for name, _, _, wish in rows)
        queued, takers = 0, dict[int, list[str]]()
        for one in sorted(news, key=lambda tell: bool(tell.because_of)):
            knowing = {name for cause in one.because_of for name in takers.get(id(cause), ())}
            some = [
                name for name in self._takers(held, one, index, languages) if name not in knowing
            ]
            takers[id(one)] = some
            queued += self._queue_one(held, one, some, languages, at=at)
        return queued

    def _takers(
        self, held: sqlite3.Connection, one: Tell, index: WishIndex, active: Mapping[str, Any]
    ) -> list[str]:
        """Who wants an event, or was told what it corrects."""
        if one.before is not None:
            first = _first_of(held, one.before)
            return [name for name in _told(held, first) if name in active]
        assert one.say is not None
        return index.takers(one.say("en"))

    def _queue_one(
        self,
        held: sqlite3.Connection,
        one: Tell,
        takers: Iterable[str],
        languages: Mapping[str, tuple[str, str]],
        *,
        at: int,
    ) -> int:
        """`languages`: language and target of each subscription."""
        first = _first_of(held, one.before) if one.before else ""
        events: dict[str, Event | None] = {}
        queued = 0
        for name in takers:
            language, target = languages[name]
            if language not in events:
                events[language] = self._said(held, one, first, language)
            if (event := events[language]) is not None:
                queued += _tell(held, name, event, at, sent=target != FEED)
        held.executemany(
            "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)",
            [(e.id, lang, msgspec.json.encode(e), at) for lang, e in events.items() if e],
        )
        if one.say is not None and one.before is None:
            held.execute("INSERT OR IGNORE INTO known VALUES (?)", [one.say("en").id])
        elif one.say is not None:
            pair = [one.say("en").id, first]
            held.execute("INSERT OR REPLACE INTO amended VALUES (?, ?)", pair)
        return queued

    def _said(self, held: sqlite3.Connection, one: Tell, first: str, language: str) -> Event | None:
        """The event in a language: as it is, as a correction of the first, or taken back. None
        where it was told before."""
        if one.before is None:
            assert one.say is not None
            event = one.say(language)
            return None if _is_known(held, event.id) else event
        if one.say is not None:
            return amended(one.say(language), first, language)
        before = held.execute(
            "SELECT body FROM events WHERE event = ? ORDER BY language <> ? LIMIT 1",
            [one.before if _is_told(held, one.before) else first, language],
        ).fetchone()
        if before is None:
            return None
        was = msgspec.json.decode(before[0], type=Event)
        return withdrawn(was, first, language)

    def told(self, subscription: str, most: int = _IN_A_FEED) -> list[Event]:
        """What a subscription was told, newest first."""
        with durable.reading(self._file) as held:
            rows = held.execute(
                "SELECT events.body FROM told JOIN subscriptions ON subscriptions.id = told.subscription "
                "JOIN events ON events.event = told.event AND events.language = subscriptions.language "
                "WHERE told.subscription = ? ORDER BY told.number DESC LIMIT ?",
                [subscription, most],
            ).fetchall()
        return [msgspec.json.decode(body, type=Event) for (body,) in rows]


def _tell(held: sqlite3.Connection, name: str, event: Event, at: int, *, sent: bool) -> bool:
    """Whether a subscription had not been told of an event, which from now on waits for it."""
    new = held.execute(
        "INSERT OR IGNORE INTO told (subscription, event, at) VALUES (?, ?, ?)",
        [name, event.id, at],
    ).rowcount
    if new and sent:
        held.execute(
            "INSERT OR IGNORE INTO queue (subscription, name, event, due) VALUES (?, ?, ?, ?)",
            [name, message_name(name, event.id), event.id, at],
        )
    return bool(new)


def _constant(event: Event) -> Callable[[str], Event]:
    return lambda _: event


def _is_known(held: sqlite3.Connection, event: str) -> bool:
    return held.execute("SELECT 1 FROM known WHERE event = ?", [event]).fetchone() is not None


def _is_told(held: sqlite3.Connection, event: str) -> bool:
    return held.execute("SELECT 1 FROM events WHERE event = ?", [event]).fetchone() is not None


def _first_of(held: sqlite3.Connection, event: str) -> str:
    """The id of the first message of an event, which may have been corrected since."""
    found = held.execute("SELECT first FROM amended WHERE event = ?", [event]).fetchone()
    return str(found[0]) if found else event


def _told(held: sqlite3.Connection, event: str) -> list[str]:
    rows = held.execute(
        "SELECT subscription FROM told WHERE event = ? ORDER BY subscription", [event]
    )
    return [name for (name,) in rows.fetchall()]


def _keep_standing(held: sqlite3.Connection, standing: Sequence[StandingFact]) -> None:
    held.execute("DELETE FROM standing")
    held.executemany(
        "INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?, ?)",
        [msgspec.structs.astuple(one) for one in standing],
    )


def _forget_old(held: sqlite3.Connection, at: int) -> None:
    old = at - int(_TOLD_KEPT.total_seconds())
    held.execute("DELETE FROM told WHERE at < ?", [old])
    # Of who was paused and never went on; what was sent anew on request is due at 0.
    held.execute("DELETE FROM queue WHERE due > 0 AND due < ?", [old])
    held.execute(
        "DELETE FROM events WHERE at < ? AND event NOT IN (SELECT event FROM queue)", [old]
    )
