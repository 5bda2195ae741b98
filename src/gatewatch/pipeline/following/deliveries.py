"""What waits for those who follow is sent: in order, again where it did not arrive, given up at
last."""

import secrets
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gatewatch.errors import UsageError
from gatewatch.model.event import Event
from gatewatch.model.subscription import FEED
from gatewatch.pipeline import durable
from gatewatch.pipeline.following.delivery_log import Delivery, forget_old, note_tries
from gatewatch.pipeline.following.subscriptions import Subscriptions
from gatewatch.pipeline.sending import Letter, Sender
from gatewatch.pipeline.webhook import WebhookReply

WAITS = (60, 300, 1800, 7200, 21600, 43200, 86400)
"""Seconds between tries. After the last one a message is given up and its subscription paused."""
_AT_ONCE, _OF_ONE = 2_000, 20
"""Messages of one round: of all, and to one receiver, so that none waits for another's many."""
_NOTED_AT_ONCE = 50
"""Tries that one transaction notes: so many may be sent again, with the same ids, after a crash."""


class Deliveries:
    """The way of one site's messages to who waits for them."""

    def __init__(self, file: Path, subscriptions: Subscriptions, sender: Sender) -> None:
        self._file, self._subscriptions, self._sender = file, subscriptions, sender

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
        known = {s.id: s for s in self._subscriptions.all()}
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
        if not part:
            return []
        at = int(now.timestamp())
        found = [_try(letter, attempt, reply, now) for _, letter, reply, attempt in part]
        with durable.writing(self._file) as held:
            note_tries(held, found)
            for number, letter, reply, attempt in part:
                if reply.arrived:
                    held.execute("DELETE FROM queue WHERE number = ?", [number])
                elif attempt > len(WAITS) or reply.status == 410:
                    _give_up(held, letter, number, at, reason=reply.reason)
                else:
                    held.execute(
                        "UPDATE queue SET tries = tries + 1, due = ? WHERE number = ?",
                        [at + WAITS[attempt - 1], number],
                    )
            forget_old(held, at)
        return found

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
        one, now = self._subscriptions.find(name), now or datetime.now(UTC)
        if one.target == FEED:
            raise UsageError(f"{one.id} is read as a feed; nothing is sent to it")
        letter = Letter(to=one, name=f"msg_{secrets.token_hex(12)}", event=event)
        ((_, reply),) = self._sender.send([letter], now)
        with durable.writing(self._file) as held:
            note_tries(held, [_try(letter, 1, reply, now)])
        return reply


def _more(tries: Sequence[Delivery]) -> bool:
    """Whether another round may find more: of one receiver only so many are sent at once."""
    counts: dict[str, int] = {}
    for one in tries:
        counts[one.subscription] = counts.get(one.subscription, 0) + (one.reason == "")
    return any(number >= _OF_ONE for number in counts.values())


def _try(letter: Letter, attempt: int, reply: WebhookReply, now: datetime) -> Delivery:
    return Delivery(
        now, letter.to.id, letter.name, attempt, status=reply.status, reason=reply.reason
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
