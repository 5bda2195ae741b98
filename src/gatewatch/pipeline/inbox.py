"""Where reports come in: kept before they are acknowledged, handed to the ledger exactly once.

SQLite keeps them: a commit with `synchronous=FULL` survives a crash of the machine, and several
workers may write. The ledger remembers the number of the last report it took, so that whatever is
cut short between writing there and clearing here, no report is lost and none is taken twice.
"""

import hashlib
import ipaddress
import secrets
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

from gatewatch.errors import LedgerConflictError, MistakeError
from gatewatch.ledger import reports as ledger_reports
from gatewatch.ledger.store import Store
from gatewatch.model.report import Report, What
from gatewatch.pipeline import durable

MOST_A_DAY = 20
"""Reports of one reporter in a day, of different services or places."""
MOST_OF_A_SITE = 4
"""Reporters of one IPv6 /48 that count for one service and place in a day."""
_AT_ONCE, _FAR = 5_000, 1 << 40
_FORM = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (day TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS redeemed (challenge TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reports (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, service TEXT NOT NULL,
    jurisdiction TEXT NOT NULL, network INTEGER, what TEXT NOT NULL, hour INTEGER NOT NULL,
    reporter TEXT NOT NULL, taken INTEGER NOT NULL DEFAULT 0, region TEXT, wide TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS once ON reports (reporter, service, jurisdiction);
"""


class Inbox:
    """One folder's inbox. Every call opens it anew: workers and threads share nothing."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "inbox.sqlite"
        durable.make(self._file, _FORM)
        with durable.writing(self._file) as held:
            columns = {row[1] for row in held.execute("PRAGMA table_info(reports)")}
            for name in ("region", "wide"):
                if name not in columns:  # an inbox of version 0.1.0
                    held.execute(f"ALTER TABLE reports ADD COLUMN {name} TEXT")
            held.execute("INSERT OR IGNORE INTO about VALUES ('name', ?)", [secrets.token_hex(8)])

    def accept(
        self,
        *,
        service: str,
        jurisdiction: str,
        network: int | None,
        what: str,
        address: str,
        challenge: str,
        until: datetime,
        region: str | None = None,
        key: str | None = None,
        now: datetime | None = None,
    ) -> str:
        """Keep a report; its id is returned once it would survive a crash.

        The same `key` (what a client sends again after a lost reply), and a second report of one
        reporter on the same thing on a day, give the id of the first. A challenge is redeemed once.
        """
        now = now or datetime.now(UTC)
        with durable.writing(self._file) as held:
            reporter, wide = _reporter(held, address, now.date())
            name = _named(key, reporter, service, jurisdiction) if key else secrets.token_hex(12)
            known = held.execute("SELECT id FROM reports WHERE id = ?", [name]).fetchone()
            if known:
                return str(known[0])
            self._redeem(held, challenge, until, now)
            again = held.execute(
                "SELECT id FROM reports WHERE reporter = ? AND service = ? AND jurisdiction = ?",
                [reporter, service, jurisdiction],
            ).fetchone()
            if again:
                return str(again[0])
            near = held.execute(
                "SELECT id FROM reports WHERE wide = ? AND service = ? AND jurisdiction = ?",
                [wide, service, jurisdiction],
            ).fetchall()
            if len(near) >= MOST_OF_A_SITE:
                return str(near[0][0])  # it has 65,536 networks to report from, and counts as few
            ((number,),) = held.execute(
                "SELECT count(*) FROM reports WHERE reporter = ?", [reporter]
            ).fetchall()
            if number >= MOST_A_DAY:
                raise MistakeError(
                    "at most {most} reports a day; come again tomorrow", most=MOST_A_DAY
                )
            held.execute(
                "INSERT INTO reports (id, service, jurisdiction, network, what, hour, reporter, "
                "region, wide) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    name,
                    service,
                    jurisdiction,
                    network,
                    str(What(what)),
                    int(now.timestamp()) // 3600,
                    reporter,
                    region,
                    wide,
                ],
            )
        return name

    def _redeem(
        self, held: sqlite3.Connection, challenge: str, until: datetime, now: datetime
    ) -> None:
        held.execute("DELETE FROM redeemed WHERE until < ?", [int(now.timestamp())])
        try:
            held.execute("INSERT INTO redeemed VALUES (?, ?)", [challenge, int(until.timestamp())])
        except sqlite3.IntegrityError:
            raise MistakeError("this form was sent already; open it again") from None

    def fold(self, location: str, now: datetime | None = None, *, finished: bool = False) -> int:
        """Hand what came in to the ledger; how many reports were new to it. Keys of days that are
        over go.

        `finished`: only days that are over. Handed over as they come, the ledger's own times would
        tell the second of each report, and each would make every kept answer old.
        """
        store, now = Store(location), now or datetime.now(UTC)
        with durable.writing(self._file) as held:
            _forget(held, now.date())
            ((inbox,),) = held.execute("SELECT value FROM about WHERE name = 'name'").fetchall()
            rows = held.execute(
                "SELECT number, id, service, jurisdiction, network, what, hour, reporter, region FROM reports "
                "WHERE taken = 0 AND hour < ? ORDER BY number LIMIT ?",
                [_first_hour(now) if finished else _FAR, _AT_ONCE],
            ).fetchall()
        if not rows:
            return 0
        try:
            new = ledger_reports.add(
                store, inbox, [(number, _report(rest)) for number, *rest in rows]
            )
        except LedgerConflictError:
            return 0  # another worker was faster with these
        with durable.writing(self._file) as held:
            held.execute("UPDATE reports SET taken = 1 WHERE number <= ?", [rows[-1][0]])
            # What is taken stays until its day is over, to know a second report of the same
            # reporter.
            held.execute("DELETE FROM reports WHERE taken = 1 AND hour < ?", [_first_hour(now)])
        return new


def _first_hour(now: datetime) -> int:
    """The first hour of a day, in hours since 1970."""
    return int(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) // 3600


def _named(key: str, reporter: str, service: str, jurisdiction: str) -> str:
    """The id of what a client may send again: a key is its reporter's own and of one report."""
    told = f"{key}\0{reporter}\0{service}\0{jurisdiction}"
    return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()


def _report(row: list[object]) -> Report:
    name, service, jurisdiction, network, what, hour, reporter, region = row
    return Report(
        id=str(name),
        service=str(service),
        jurisdiction=str(jurisdiction),
        region=None if region is None else str(region),
        network=None if network is None else int(str(network)),
        what=str(what),
        received_at=datetime.fromtimestamp(int(str(hour)) * 3600, UTC),
        reporter=str(reporter),
    )


def _forget(held: sqlite3.Connection, day: date) -> None:
    held.execute("DELETE FROM keys WHERE day < ?", [day.isoformat()])


def _reporter(held: sqlite3.Connection, address: str, day: date) -> tuple[str, str | None]:
    """Who reports, as a hash that nobody can undo or follow: its key is of the day and then
    deleted. Addresses of one IPv6 network of 64 bits are one reporter; beside it the hash of its
    network of 48 bits, which is what one site or customer gets."""
    _forget(held, day)
    held.execute(
        "INSERT OR IGNORE INTO keys VALUES (?, ?)", [day.isoformat(), secrets.token_bytes(32)]
    )
    ((key,),) = held.execute("SELECT key FROM keys WHERE day = ?", [day.isoformat()]).fetchall()
    try:
        known = ipaddress.ip_network(address, strict=False)
    except ValueError:
        return _hashed(address, key), None
    if known.version == 4:
        return _hashed(str(known), key), None
    narrow, wide = (
        str(ipaddress.ip_network((int(known.network_address), 128)).supernet(new_prefix=bits))
        for bits in (64, 48)
    )
    return _hashed(narrow, key), _hashed(wide, key)


def _hashed(text: str, key: bytes) -> str:
    return hashlib.blake2b(text.encode(), key=key, digest_size=16).hexdigest()
