"""Who is told of what, and what became of it.

SQLite keeps subscriptions, which events are known, and what is still to be sent. An event is told
once: it is recorded as known in the same transaction that queues it, so that neither a crash nor a
second run tells it again.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from gatewatch.errors import UsageError
from gatewatch.model.event import Event
from gatewatch.model.subscription import Subscription, Wish
from gatewatch.pipeline import durable, mail, webhook
from gatewatch.pipeline.webhook import Address, WebhookReply, public

_FORM = """
CREATE TABLE IF NOT EXISTS subscriptions (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, target TEXT NOT NULL, wish BLOB NOT NULL, secret TEXT NOT NULL,
    made_at INTEGER NOT NULL, paused TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known (event TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queue (
    number INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, name TEXT NOT NULL, event BLOB NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, UNIQUE (subscription, name));
CREATE TABLE IF NOT EXISTS log (
    at INTEGER NOT NULL, subscription TEXT NOT NULL, name TEXT NOT NULL, try INTEGER NOT NULL, status INTEGER,
    reason TEXT NOT NULL);
"""
WAITS = (60, 300, 1800, 7200, 21600, 43200, 86400)
"""Seconds between tries. After the last one a message is given up and its subscription paused."""
MOST_OF_ONE = 100
"""Subscriptions of one owner."""
_AT_ONCE, _OF_ONE = 500, 20
"""Messages of one round: of all, and to one receiver, so that none waits for another's many."""
_LOG_KEPT = timedelta(days=30)


class Delivery(msgspec.Struct, frozen=True):
    """One try."""

    at: datetime
    subscription: str
    name: str
    attempt: int
    status: int | None
    reason: str


class Alerts:
    """One site's alerts. Every call opens the file anew: workers and threads share nothing."""

    def __init__(
        self,
        folder: Path,
        *,
        post: mail.Post | None = None,
        base: str = "",
        allowed: Callable[[Address], bool] = public,
    ) -> None:
        self._file, self._post, self._base, self._allowed = (
            folder / "alerts.sqlite",
            post,
            base,
            allowed,
        )
        durable.make(self._file, _FORM)

    def subscribe(self, target: str, wish: Wish, owner: str = "operator") -> Subscription:
        """A new subscription; UsageError for an address to which nothing is sent."""
        if target.startswith("mailto:"):
            mail.check(target.removeprefix("mailto:"))
        else:
            webhook.check(target, self._allowed)
        made = Subscription(
            id=f"sub_{secrets.token_hex(8)}",
            owner=owner,
            target=target,
            wish=wish,
            secret=webhook.fresh_secret(),
            made_at=datetime.now(UTC).replace(microsecond=0),
        )
        with durable.writing(self._file) as held:
            ((number,),) = held.execute(
                "SELECT count(*) FROM subscriptions WHERE owner = ?", [owner]
            ).fetchall()
            if number >= MOST_OF_ONE:
                raise UsageError(
                    f"{owner} has {number} subscriptions, the most there may be; remove one"
                )
            held.execute(
                "INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?, NULL)",
                [
                    made.id,
                    owner,
                    target,
                    msgspec.json.encode(wish),
                    made.secret,
                    int(made.made_at.timestamp()),
                ],
            )
        return made

    def subscriptions(self, owner: str | None = None) -> list[Subscription]:
        """Oldest first; all, or those of one owner."""
        with durable.writing(self._file) as held:
            rows = held.execute(
                "SELECT id, owner, target, wish, secret, made_at, paused FROM subscriptions "
                "WHERE ? IS NULL OR owner = ? ORDER BY made_at, id",
                [owner, owner],
            ).fetchall()
        return [
            Subscription(
                id=i,
                owner=o,
                target=t,
                wish=msgspec.json.decode(w, type=Wish),
                secret=s,
                made_at=datetime.fromtimestamp(at, UTC),
                paused=p,
            )
            for i, o, t, w, s, at, p in rows
        ]

    def remove(self, name: str, owner: str | None = None) -> bool:
        """Whether there was such a subscription, of that owner if one is named."""
        with durable.writing(self._file) as held:
            gone = held.execute(
                "DELETE FROM subscriptions WHERE id = ? AND (? IS NULL OR owner = ?)",
                [name, owner, owner],
            ).rowcount
            if gone:
                held.execute("DELETE FROM queue WHERE subscription = ?", [name])
        return bool(gone)

    def remove_of(self, owner: str) -> int:
        """Every subscription of an owner that is no more, with what waits; how many there were.
        Whoever gets the name next does not get them."""
        mine = [one.id for one in self.subscriptions(owner)]
        return sum(self.remove(name, owner) for name in mine)

    def resume(self, name: str) -> bool:
        """Send again to a subscription that was paused."""
        with durable.writing(self._file) as held:
            return bool(
                held.execute("UPDATE subscriptions SET paused = NULL WHERE id = ?", [name]).rowcount
            )

    def announce(self, events: Iterable[Event], now: datetime | None = None) -> int:
        """Queue what is new for whoever wants it; how many messages that makes. The first call only
        learns what is known already, so that nobody is told the past."""
        at = int((now or datetime.now(UTC)).timestamp())
        wishes = [(s.id, s.wish) for s in self.subscriptions() if s.paused is None]
        queued = 0
        with durable.writing(self._file) as held:
            first = held.execute("SELECT 1 FROM known LIMIT 1").fetchone() is None
            for event in events:
                if (
                    not held.execute("INSERT OR IGNORE INTO known VALUES (?)", [event.id]).rowcount
                    or first
                ):
                    continue
                for name, wish in wishes:
                    if wish.takes(event):
                        values = [name, _name(name, event), msgspec.json.encode(event), at]
                        queued += held.execute(
                            "INSERT OR IGNORE INTO queue (subscription, name, event, due) VALUES (?, ?, ?, ?)",
                            values,
                        ).rowcount
            if first:
                held.execute("INSERT OR IGNORE INTO known VALUES ('')")
        return queued

    def deliver(self, now: datetime | None = None) -> list[Delivery]:
        """Send what is due, each receiver its messages in order; what became of them."""
        now = now or datetime.now(UTC)
        known = {s.id: s for s in self.subscriptions() if s.paused is None}
        with durable.writing(self._file) as held:
            rows = held.execute(
                "SELECT number, subscription, name, event, tries FROM ("
                "SELECT queue.*, row_number() OVER (PARTITION BY subscription ORDER BY number) AS place "
                "FROM queue JOIN subscriptions ON subscriptions.id = subscription "
                "AND subscriptions.paused IS NULL WHERE due <= ?1 AND NOT EXISTS ("
                "SELECT 1 FROM queue AS earlier WHERE earlier.subscription = queue.subscription "
                "AND earlier.number < queue.number AND earlier.due > ?1)) "
                "WHERE place <= ?3 ORDER BY place, number LIMIT ?2",
                [int(now.timestamp()), _AT_ONCE, _OF_ONE],
            ).fetchall()
        by_one: dict[str, list[tuple[Any, ...]]] = {}
        for row in rows:
            if row[1] in known:
                by_one.setdefault(row[1], []).append(row)
        with ThreadPoolExecutor(8, thread_name_prefix="alerts") as pool:
            found = pool.map(lambda name: self._to_one(known[name], by_one[name], now), by_one)
            return [one for part in found for one in part]

    def _to_one(
        self, to: Subscription, rows: Sequence[tuple[Any, ...]], now: datetime
    ) -> list[Delivery]:
        done = []
        for number, _, name, encoded, tries in rows:
            event = msgspec.json.decode(encoded, type=Event)
            sent = self._send(to, name, event, now)
            done.append(
                Delivery(
                    at=now,
                    subscription=to.id,
                    name=name,
                    attempt=tries + 1,
                    status=sent.status,
                    reason=sent.reason,
                )
            )
            self._note(done[-1], number, sent)
            if not sent.arrived:
                break  # what follows waits for this one
        return done

    def _send(self, to: Subscription, name: str, event: Event, now: datetime) -> WebhookReply:
        if to.by_mail:
            if self._post is None:
                return WebhookReply(
                    None, "no mail server is named: set GATEWATCH_SMTP and GATEWATCH_MAIL_FROM"
                )
            return self._post.send(to.target.removeprefix("mailto:"), name, event, self._base)
        return webhook.send(
            to.target, name, message(event, self._base), to.secret, allowed=self._allowed, now=now
        )

    def _note(self, one: Delivery, number: int, sent: WebhookReply) -> None:
        """Done, tried again later, or given up."""
        at = int(one.at.timestamp())
        with durable.writing(self._file) as held:
            held.execute(
                "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)",
                [at, one.subscription, one.name, one.attempt, one.status, one.reason],
            )
            held.execute("DELETE FROM log WHERE at < ?", [at - int(_LOG_KEPT.total_seconds())])
            if sent.arrived:
                held.execute("DELETE FROM queue WHERE number = ?", [number])
            elif one.attempt > len(WAITS) or sent.status == 410:
                held.execute("DELETE FROM queue WHERE number = ?", [number])
                held.execute(
                    "UPDATE subscriptions SET paused = ? WHERE id = ?",
                    [f"given up: {sent.reason}", one.subscription],
                )
            else:
                due = at + WAITS[one.attempt - 1]
                held.execute(
                    "UPDATE queue SET tries = tries + 1, due = ? WHERE number = ?", [due, number]
                )

    def log(self, limit: int = 100) -> list[Delivery]:
        """The newest tries first."""
        with durable.writing(self._file) as held:
            rows = held.execute(
                "SELECT at, subscription, name, try, status, reason FROM log ORDER BY rowid DESC LIMIT ?",
                [limit],
            ).fetchall()
        return [Delivery(datetime.fromtimestamp(at, UTC), *rest) for at, *rest in rows]


def message(event: Event, base: str) -> bytes:
    """The body of a webhook."""
    told = {**msgspec.to_builtins(event), "url": base + event.path}
    return msgspec.json.encode(
        {"type": f"gatewatch.{event.kind}", "timestamp": event.at, "data": told}
    )


def _name(subscription: str, event: Event) -> str:
    """The same for the same event, whenever it is sent."""
    return (
        "msg_" + hashlib.blake2b(f"{subscription} {event.id}".encode(), digest_size=12).hexdigest()
    )
