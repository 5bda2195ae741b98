"""Who follows what."""

import secrets
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from gatewatch.errors import MistakeError, UsageError
from gatewatch.model.subscription import FEED, MAIL, NOTIFY, Subscription, Wish
from gatewatch.pipeline import durable, mail, webhook
from gatewatch.pipeline.notify import Notifier
from gatewatch.pipeline.webhook import Address
from gatewatch.words.happening import one_line

MOST_OF_ONE = 100
"""Subscriptions of one owner; the operator may have more."""
OPERATOR = "operator"


class DeclaredFollows(msgspec.Struct, frozen=True):
    """What an inventory changed."""

    made: tuple[Subscription, ...]
    changed: tuple[Subscription, ...]
    ended: tuple[Subscription, ...]
    kept: tuple[Subscription, ...]


class Subscriptions:
    """Those of one site, in a file that is opened anew by every call."""

    def __init__(
        self, file: Path, *, allowed: Callable[[Address], bool], notifier: Notifier
    ) -> None:
        self._file, self._allowed, self._notifier = file, allowed, notifier

    def add(
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

    def declare(self, source: str, wanted: Sequence[tuple[str, str, str, Wish]]) -> DeclaredFollows:
        """Make the operator's subscriptions of an inventory what the inventory says: by name,
        target, language and wish. Those that it no longer names end; secrets stay."""
        for _, target, _, _ in wanted:
            self._check(target, OPERATOR)
        now = datetime.now(UTC).replace(microsecond=0)
        there = {(s.name, s.target): s for s in self.all() if s.source == source}
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

    def all(self, owner: str | None = None) -> list[Subscription]:
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
        return sorted({one for s in self.all(OPERATOR) for one in s.wish.services})

    def find(self, name: str, owner: str | None = None) -> Subscription:
        """A subscription by its id or its owner's name for it; UsageError if there is none."""
        for one in self.all(owner):
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
        mine = [one.id for one in self.all(owner)]
        return sum(self.remove(name, owner) for name in mine)


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
