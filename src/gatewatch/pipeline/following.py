"""Who follows what, what they were told, and what became of it.

SQLite keeps subscriptions, what was told, and what is still to be sent. An event is told once: it
is queued in the same transaction that moves the mark up to which the ledger was looked at, so that
neither a crash nor a second run tells it again.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from gatewatch import locks
from gatewatch.analysis.following.index import WishIndex
from gatewatch.errors import MistakeError, UsageError
from gatewatch.model.event import Event
from gatewatch.model.subscription import (
    FEED,
    MAIL,
    NOTIFY,
    DeadLetter,
    FollowStatus,
    Subscription,
    Wish,
    feed_key,
)
from gatewatch.pipeline import durable, mail, webhook
from gatewatch.pipeline.notify import Notifier
from gatewatch.pipeline.sending import Letter, Sender, message_name
from gatewatch.pipeline.webhook import Address, WebhookReply, public
from gatewatch.words.happening import amended, one_line, withdrawn

_FORM = """
CREATE TABLE IF NOT EXISTS subscriptions (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, target TEXT NOT NULL, wish BLOB NOT NULL, secret TEXT NOT NULL,
    made_at INTEGER NOT NULL, paused TEXT, name TEXT NOT NULL DEFAULT '', language TEXT NOT NULL DEFAULT 'en',
    source TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known (event TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    event TEXT NOT NULL, language TEXT NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (event, language)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (
    number INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, event TEXT NOT NULL, at INTEGER NOT NULL,
    UNIQUE (subscription, event));
CREATE INDEX IF NOT EXISTS told_of ON told (event);
CREATE TABLE IF NOT EXISTS queue (
    number INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, name TEXT NOT NULL, event TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, UNIQUE (subscription, name));
CREATE TABLE IF NOT EXISTS dead (
    at INTEGER NOT NULL, subscription TEXT NOT NULL, name TEXT NOT NULL, event TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (subscription, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS standing (
    thing TEXT NOT NULL, kind TEXT NOT NULL, after INTEGER, by INTEGER, says TEXT NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (thing, kind, event)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS amended (event TEXT PRIMARY KEY, first TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (
    at INTEGER NOT NULL, subscription TEXT NOT NULL, name TEXT NOT NULL, try INTEGER NOT NULL, status INTEGER,
    reason TEXT NOT NULL);
"""
FILE, _FORMER = "follow.sqlite", "alerts.sqlite"
WAITS = (60, 300, 1800, 7200, 21600, 43200, 86400)
"""Seconds between tries. After the last one a message is given up and its subscription paused."""
MOST_OF_ONE = 100
"""Subscriptions of one owner; the operator may have more."""
OPERATOR = "operator"
_AT_ONCE, _OF_ONE = 2_000, 20
"""Messages of one round: of all, and to one receiver, so that none waits for another's many."""
_LOG_KEPT = timedelta(days=30)
_TOLD_KEPT = timedelta(days=400)
"""How long what was told is kept: so long it can be amended and read in a feed."""
_IN_A_FEED = 100


class Delivery(msgspec.Struct, frozen=True):
    """One try."""

    at: datetime
    subscription: str
    name: str
    attempt: int
    status: int | None
    reason: str


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


class Followers:
    """One site's subscriptions. Every call opens the file anew: workers and threads share
    nothing."""

    def __init__(
        self,
        folder: Path,
        *,
        post: mail.Post | None = None,
        base: str = "",
        allowed: Callable[[Address], bool] = public,
        notifier: Notifier | None = None,
    ) -> None:
        self._file, self._allowed = folder / FILE, allowed
        self.mails = post is not None
        """Whether a server is named by which mail leaves."""
        self.base = base
        """Where the site is, for links in messages; they are paths where it is not named."""
        self._notifier = notifier or Notifier()
        self._sender = Sender(post=post, base=base, allowed=allowed, notifier=self._notifier)
        _take_over(folder)
        durable.make(self._file, _FORM)

    def subscribe(
        self,
        target: str,
        wish: Wish,
        owner: str = OPERATOR,
        *,
        name: str = "",
        language: str = "en",
        source: str = "",
    ) -> Subscription:
        """A new subscription; UsageError for an address to which nothing is sent."""
        self._check(target, owner)
        made = Subscription(
            id=f"sub_{secrets.token_hex(8)}",
            owner=owner,
            target=target,
            wish=wish,
            secret=webhook.fresh_secret(),
            made_at=datetime.now(UTC).replace(microsecond=0),
            name=one_line(name).strip(),
            language=language,
            source=source,
        )
        with durable.writing(self._file) as held:
            ((number,),) = held.execute(
                "SELECT count(*) FROM subscriptions WHERE owner = ?", [owner]
            ).fetchall()
            if number >= MOST_OF_ONE and owner != OPERATOR:
                raise MistakeError(
                    "{owner} has {number} subscriptions, the most there may be; remove one",
                    owner=owner,
                    number=number,
                )
            _insert(held, [made])
        return made

    def _check(self, target: str, owner: str) -> None:
        if target.startswith(MAIL):
            mail.check(target.removeprefix(MAIL))
        elif target.startswith(NOTIFY):
            if owner != OPERATOR:
                raise UsageError("notify: is for the operator's own targets; name https or mailto")
            self._notifier.check(target.removeprefix(NOTIFY))
        elif target != FEED and "://" not in target:
            raise UsageError(
                f"{target!r} is no target: write https://..., mailto:..., notify:NAME or feed:"
            )
        elif target != FEED:
            webhook.check(target, self._allowed)

    def declare(
        self, source: str, wanted: Sequence[tuple[str, str, str, Wish]]
    ) -> "DeclaredFollows":
        """Make the operator's subscriptions of an inventory what the inventory says: by name,
        target, language and wish. Those that it no longer names end; secrets stay."""
        for _, target, _, _ in wanted:
            self._check(target, OPERATOR)
        now = datetime.now(UTC).replace(microsecond=0)
        there = {(s.name, s.target): s for s in self.subscriptions() if s.source == source}
        made, changed, kept = [], [], []
        for name, target, language, wish in wanted:
            known = there.pop((name, target), None)
            if known is None:
                made.append(
                    Subscription(
                        id=f"sub_{secrets.token_hex(8)}",
                        owner=OPERATOR,
                        target=target,
                        wish=wish,
                        secret=webhook.fresh_secret(),
                        made_at=now,
                        name=name,
                        language=language,
                        source=source,
                    )
                )
            elif (known.wish, known.language) != (wish, language):
                changed.append(msgspec.structs.replace(known, wish=wish, language=language))
            else:
                kept.append(known)
        with durable.writing(self._file) as held:
            _insert(held, made)
            for one in changed:
                held.execute(
                    "UPDATE subscriptions SET wish = ?, language = ? WHERE id = ?",
                    [msgspec.json.encode(one.wish), one.language, one.id],
                )
            for one in there.values():
                _forget(held, one.id)
        return DeclaredFollows(tuple(made), tuple(changed), tuple(there.values()), tuple(kept))

    def subscriptions(self, owner: str | None = None) -> list[Subscription]:
        """Oldest first; all, or those of one owner."""
        with durable.reading(self._file) as held:
            rows = held.execute(
                "SELECT id, owner, target, wish, secret, made_at, paused, name, language, source "
                "FROM subscriptions WHERE ? IS NULL OR owner = ? ORDER BY made_at, id",
                [owner, owner],
            ).fetchall()
        return [_subscription(row) for row in rows]

    def services(self) -> list[str]:
        """Services that the operator follows, by id."""
        return sorted({one for s in self.subscriptions(OPERATOR) for one in s.wish.services})

    def find(self, name: str, owner: str | None = None) -> Subscription:
        """A subscription by its id or its owner's name for it; UsageError if there is none."""
        for one in self.subscriptions(owner):
            if name in {one.id, one.name}:
                return one
        raise UsageError(
            f"there is no subscription {name!r}; gatewatch follow list shows those that there are"
        )

    def remove(self, name: str, owner: str | None = None) -> bool:
        """Whether there was such a subscription, of that owner if one is named."""
        with durable.writing(self._file) as held:
            found = held.execute(
                "SELECT id FROM subscriptions WHERE id = ? AND (? IS NULL OR owner = ?)",
                [name, owner, owner],
            ).fetchall()
            for (one,) in found:
                _forget(held, one)
        return bool(found)

    def remove_of(self, owner: str) -> int:
        """Every subscription of an owner that is no more, with what waits; how many there were.
        Whoever gets the name next does not get them."""
        mine = [one.id for one in self.subscriptions(owner)]
        return sum(self.remove(name, owner) for name in mine)

    def resume(self, name: str, owner: str | None = None) -> bool:
        """Send again to a subscription that was paused, at once: the messages that were given up,
        then what happened meanwhile."""
        with durable.writing(self._file) as held:
            found = held.execute(
                "UPDATE subscriptions SET paused = NULL WHERE id = ? AND (? IS NULL OR owner = ?)",
                [name, owner, owner],
            ).rowcount
            if not found:
                return False
            letters = held.execute(
                "SELECT name, event FROM dead WHERE subscription = ? ORDER BY at, name", [name]
            ).fetchall()
            ((lowest,),) = held.execute("SELECT min(0, min(number)) FROM queue").fetchall()
            before = (lowest or 0) - len(letters)
            for place, (letter, event) in enumerate(letters):  # before what came after them
                held.execute(
                    "INSERT OR IGNORE INTO queue (number, subscription, name, event, due) "
                    "VALUES (?, ?, ?, ?, 0)",
                    [before + place, name, letter, event],
                )
            held.execute("DELETE FROM dead WHERE subscription = ?", [name])
        return True

    def test(self, name: str, event: Event, now: datetime | None = None) -> WebhookReply:
        """Send one message that says that it is a test; what became of it. It is no event: nothing
        is kept of it but its line in the log."""
        one, now = self.find(name), now or datetime.now(UTC)
        if one.target == FEED:
            raise UsageError(f"{one.id} is read as a feed; nothing is sent to it")
        letter = Letter(to=one, name=f"msg_{secrets.token_hex(12)}", event=event)
        ((_, reply),) = self._sender.send([letter], now)
        with durable.writing(self._file) as held:
            _log(held, int(now.timestamp()), one.id, letter.name, attempt=1, reply=reply)
        return reply

    # What is told

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

    def feed(self, name: str, key: str) -> tuple[Subscription, list[Event]] | None:
        """A subscription by its id and the key of its feed, with what it was told; None for a wrong
        key."""
        for one in self.subscriptions():
            if one.id == name and secrets.compare_digest(feed_key(one), key):
                return one, self.told(one.id)
        return None

    # What becomes of it

    def deliver(self, now: datetime | None = None) -> list[Delivery]:
        """Send what is due, each receiver its messages in order; what became of them."""
        now = now or datetime.now(UTC)
        done: list[Delivery] = []
        while letters := self._due(now):
            numbers = {one.name: (number, tries) for number, tries, one in letters}
            tries: list[Delivery] = []
            part: list[tuple[int, Letter, WebhookReply, int]] = []
            for letter, reply in self._sender.each([one for _, _, one in letters], now):
                number, before = numbers[letter.name]
                part.append((number, letter, reply, before + 1))
                if len(part) >= _NOTED_AT_ONCE:
                    tries += self._note(part, now)
                    part = []
            tries += self._note(part, now)
            done += tries
            if len(letters) < _AT_ONCE and not _more(tries):
                break
        return done

    def _due(self, now: datetime) -> list[tuple[int, int, Letter]]:
        with durable.writing(self._file) as held:
            rows = held.execute(
                "SELECT number, tries, name, subscription, event FROM ("
                "SELECT queue.*, row_number() OVER (PARTITION BY subscription ORDER BY number) AS place "
                "FROM queue JOIN subscriptions ON subscriptions.id = subscription "
                "AND subscriptions.paused IS NULL WHERE due <= ?1 AND NOT EXISTS ("
                "SELECT 1 FROM queue AS earlier WHERE earlier.subscription = queue.subscription "
                "AND earlier.number < queue.number AND earlier.due > ?1)) "
                "WHERE place <= ?3 ORDER BY place, number LIMIT ?2",
                [int(now.timestamp()), _AT_ONCE, _OF_ONE],
            ).fetchall()
            wanted = {event for *_, event in rows}
            bodies: dict[tuple[str, str], bytes] = {}
            for event in wanted:
                for language, body in held.execute(
                    "SELECT language, body FROM events WHERE event = ?", [event]
                ):
                    bodies[event, language] = body
        known = {s.id: s for s in self.subscriptions()}
        found = []
        events: dict[tuple[str, str], Event] = {}
        for number, tries, name, subscription, event in rows:
            to = known.get(subscription)
            key = (event, to.language if to else "")
            if to is None or key not in bodies:
                continue
            if key not in events:
                events[key] = msgspec.json.decode(bodies[key], type=Event)
            found.append((number, tries, Letter(to=to, name=name, event=events[key])))
        return found

    def _note(
        self, part: Sequence[tuple[int, Letter, WebhookReply, int]], now: datetime
    ) -> list[Delivery]:
        """Done, tried again later, or given up: all of a part in one transaction."""
        at, found = int(now.timestamp()), []
        if not part:
            return []
        with durable.writing(self._file) as held:
            for number, letter, reply, attempt in part:
                _log(held, at, letter.to.id, letter.name, attempt=attempt, reply=reply)
                found.append(
                    Delivery(
                        now,
                        letter.to.id,
                        letter.name,
                        attempt,
                        status=reply.status,
                        reason=reply.reason,
                    )
                )
                if reply.arrived:
                    held.execute("DELETE FROM queue WHERE number = ?", [number])
                elif attempt > len(WAITS) or reply.status == 410:
                    _give_up(held, letter, number, at, reason=reply.reason)
                else:
                    held.execute(
                        "UPDATE queue SET tries = tries + 1, due = ? WHERE number = ?",
                        [at + WAITS[attempt - 1], number],
                    )
            held.execute("DELETE FROM log WHERE at < ?", [at - int(_LOG_KEPT.total_seconds())])
        return found

    def log(self, limit: int = 100) -> list[Delivery]:
        """The newest tries first."""
        with durable.reading(self._file) as held:
            rows = held.execute(
                "SELECT at, subscription, name, try, status, reason FROM log ORDER BY rowid DESC LIMIT ?",
                [limit],
            ).fetchall()
        return [Delivery(datetime.fromtimestamp(at, UTC), *rest) for at, *rest in rows]

    def dead(self, owner: str | None = None) -> list[DeadLetter]:
        """Messages that were given up, newest first; all, or those of one owner."""
        with durable.reading(self._file) as held:
            rows = held.execute(
                "SELECT dead.at, dead.subscription, s.target, dead.name, dead.reason, e.body FROM dead "
                "JOIN subscriptions s ON s.id = dead.subscription "
                "LEFT JOIN events e ON e.event = dead.event AND e.language = s.language "
                "WHERE ? IS NULL OR s.owner = ? ORDER BY dead.at DESC, dead.name",
                [owner, owner],
            ).fetchall()
        return [
            DeadLetter(
                datetime.fromtimestamp(at, UTC),
                subscription,
                target,
                name,
                title=msgspec.json.decode(body, type=Event).title if body else "",
                reason=reason,
            )
            for at, subscription, target, name, reason, body in rows
        ]

    def status(self, owner: str | None = None) -> list[FollowStatus]:
        """How each subscription fares, oldest first; all, or those of one owner."""
        found = self.subscriptions(owner)
        with durable.reading(self._file) as held:

            def counted(table: str) -> dict[str, int]:
                rows = held.execute(f"SELECT subscription, count(*) FROM {table} GROUP BY 1")
                return dict(rows.fetchall())

            told, waiting, dead = counted("told"), counted("queue"), counted("dead")
            sent = dict(
                held.execute(
                    "SELECT subscription, max(at) FROM log WHERE reason = '' GROUP BY 1"
                ).fetchall()
            )
        return [
            FollowStatus(
                subscription=one,
                told=told.get(one.id, 0),
                waiting=waiting.get(one.id, 0),
                dead=dead.get(one.id, 0),
                last_sent=datetime.fromtimestamp(sent[one.id], UTC) if one.id in sent else None,
            )
            for one in found
        ]


_NOTED_AT_ONCE = 50
"""Tries that one transaction notes: so many may be sent again, with the same ids, after a crash."""


class DeclaredFollows(msgspec.Struct, frozen=True):
    """What an inventory changed."""

    made: tuple[Subscription, ...]
    changed: tuple[Subscription, ...]
    ended: tuple[Subscription, ...]
    kept: tuple[Subscription, ...]


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


def _more(tries: Sequence[Delivery]) -> bool:
    """Whether another round may find more: of one receiver only so many are sent at once."""
    counts: dict[str, int] = {}
    for one in tries:
        counts[one.subscription] = counts.get(one.subscription, 0) + (one.reason == "")
    return any(number >= _OF_ONE for number in counts.values())


def _insert(held: sqlite3.Connection, made: Sequence[Subscription]) -> None:
    held.executemany(
        "INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)",
        [
            (
                one.id,
                one.owner,
                one.target,
                msgspec.json.encode(one.wish),
                one.secret,
                int(one.made_at.timestamp()),
                one.name,
                one.language,
                one.source,
            )
            for one in made
        ],
    )


def _subscription(row: Sequence[Any]) -> Subscription:
    id_, owner, target, wish, secret, at, paused, name, language, source = row
    return Subscription(
        id=id_,
        owner=owner,
        target=target,
        wish=msgspec.json.decode(wish, type=Wish),
        secret=secret,
        made_at=datetime.fromtimestamp(at, UTC),
        paused=paused,
        name=name,
        language=language,
        source=source,
    )


def _forget(held: sqlite3.Connection, name: str) -> None:
    held.execute("DELETE FROM subscriptions WHERE id = ?", [name])
    for table in ("queue", "told", "dead"):
        held.execute(f"DELETE FROM {table} WHERE subscription = ?", [name])


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


def _log(
    held: sqlite3.Connection,
    at: int,
    subscription: str,
    name: str,
    attempt: int,
    *,
    reply: WebhookReply,
) -> None:
    held.execute(
        "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)",
        [at, subscription, name, attempt, reply.status, reply.reason],
    )


def _give_up(
    held: sqlite3.Connection, letter: Letter, number: int, at: int, *, reason: str
) -> None:
    held.execute("DELETE FROM queue WHERE number = ?", [number])
    held.execute(
        "INSERT OR REPLACE INTO dead VALUES (?, ?, ?, ?, ?)",
        [at, letter.to.id, letter.name, letter.event.id, reason],
    )
    held.execute("UPDATE subscriptions SET paused = ? WHERE id = ?", [reason, letter.to.id])


def exists(folder: Path) -> bool:
    """Whether anybody ever followed anything here."""
    return (folder / FILE).exists() or (folder / _FORMER).exists()


_KINDS_OF_BEFORE = {"register": ("listing", "change", "delisting")}


def _of_today(wish: bytes) -> bytes:
    """A wish of before: what registers do has three kinds now."""
    was = msgspec.json.decode(wish, type=Wish)
    kinds = [new for kind in was.kinds for new in _KINDS_OF_BEFORE.get(kind, (kind,))]
    return msgspec.json.encode(msgspec.structs.replace(was, kinds=tuple(kinds)))


def _take_over(folder: Path) -> None:
    """Go on with the file of before, when subscriptions were called alerts: who they are, what they
    know, what waits."""
    old, new = folder / _FORMER, folder / FILE
    if not old.exists() or new.exists():
        return
    with locks.in_turn(folder / "follow.lock"):
        if new.exists():
            return
        part = folder / f"{FILE}.part"
        part.unlink(missing_ok=True)
        durable.make(part, _FORM)
        with durable.reading(old) as then, durable.writing(part) as held:
            for row in then.execute(
                "SELECT id, owner, target, wish, secret, made_at, paused FROM subscriptions"
            ):
                held.execute(
                    "INSERT INTO subscriptions (id, owner, target, wish, secret, made_at, paused) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [*row[:3], _of_today(row[3]), *row[4:]],
                )
            for number, to, name, body, tries, due in then.execute(
                "SELECT number, subscription, name, event, tries, due FROM queue ORDER BY number"
            ):
                event = msgspec.json.decode(body, type=Event)
                held.execute(
                    "INSERT OR IGNORE INTO events VALUES (?, 'en', ?, ?)", [event.id, body, due]
                )
                held.execute(
                    "INSERT INTO queue (number, subscription, name, event, tries, due) VALUES (?, ?, ?, ?, ?, ?)",
                    [number, to, name, event.id, tries, due],
                )
            held.executemany(
                "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", then.execute("SELECT * FROM log")
            )
        with durable.reading(part) as held:
            held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        part.replace(new)
        for suffix in ("-wal", "-shm"):
            with suppress(OSError):
                (folder / f"{FILE}.part{suffix}").unlink()
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            (folder / f"{_FORMER}{suffix}").unlink()
