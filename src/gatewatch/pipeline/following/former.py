"""The file of before, when subscriptions were called alerts."""

from contextlib import suppress
from pathlib import Path

import msgspec

from gatewatch import locks
from gatewatch.model.event import Event
from gatewatch.model.subscription import Wish
from gatewatch.pipeline import durable
from gatewatch.pipeline.following.follow_file import FILE, FORM

FORMER = "alerts.sqlite"
_KINDS_OF_BEFORE = {"register": ("listing", "change", "delisting")}


def _of_today(wish: bytes) -> bytes:
    """A wish of before: what registers do has three kinds now."""
    was = msgspec.json.decode(wish, type=Wish)
    kinds = [new for kind in was.kinds for new in _KINDS_OF_BEFORE.get(kind, (kind,))]
    return msgspec.json.encode(msgspec.structs.replace(was, kinds=tuple(kinds)))


def take_over(folder: Path) -> None:
    """Go on with the file of before: who they are, what they know, what waits."""
    old, new = folder / FORMER, folder / FILE
    if not old.exists() or new.exists():
        return
    with locks.in_turn(folder / "follow.lock"):
        if new.exists():
            return
        part = folder / f"{FILE}.part"
        part.unlink(missing_ok=True)
        durable.make(part, FORM)
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
            (folder / f"{FORMER}{suffix}").unlink()
