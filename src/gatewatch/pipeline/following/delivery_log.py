"""What became of messages: each try, those that were given up, how each subscription fares."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from gatewatch.model.event import Event
from gatewatch.model.subscription import DeadLetter, FollowStatus
from gatewatch.pipeline import durable
from gatewatch.pipeline.following.subscriptions import Subscriptions

_LOG_KEPT = timedelta(days=30)


class Delivery(msgspec.Struct, frozen=True):
    """One try."""

    at: datetime
    subscription: str
    name: str
    attempt: int
    status: int | None
    reason: str


class DeliveryLog:
    """The log of one site's messages, as it is read."""

    def __init__(self, file: Path, subscriptions: Subscriptions) -> None:
        self._file, self._subscriptions = file, subscriptions

    def tries(self, limit: int = 100) -> list[Delivery]:
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
        found = self._subscriptions.all(owner)
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


def note_tries(held: sqlite3.Connection, tries: Sequence[Delivery]) -> None:
    """Add to the log, in the transaction of what they did to the queue."""
    held.executemany(
        "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)",
        [(int(one.at.timestamp()), *msgspec.structs.astuple(one)[1:]) for one in tries],
    )


def forget_old(held: sqlite3.Connection, at: int) -> None:
    """Take tries out of the log that are older than it keeps, counted from `at`."""
    held.execute("DELETE FROM log WHERE at < ?", [at - int(_LOG_KEPT.total_seconds())])
