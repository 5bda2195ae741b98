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

from gatewatch.errors import LedgerConflictError, UsageError
from gatewatch.ledger import reports as ledger_reports
from gatewatch.ledger.store import Store
from gatewatch.model.report import Report, What
from gatewatch.pipeline import durable

MOST_A_DAY = 20
"""Reports of one reporter in a day, of different services or places."""
_AT_ONCE = 5_000
_FORM = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (day TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS redeemed (challenge TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reports (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, service TEXT NOT NULL,
    jurisdiction TEXT NOT NULL, network INTEGER, what TEXT NOT NULL, hour INTEGER NOT NULL,
    reporter TEXT NOT NULL, taken INTEGER NOT NULL DEFAULT 0, region TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS once ON reports (reporter, service, jurisdiction);
"""


class Inbox:
    """One folder's inbox. Every call opens it anew: workers and threads share nothing."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "inbox.sqlite"
        durable.make(self._file, _FORM)
        with durable.writing(self._file) as held:
            columns = {row[1] for row in held.execute("PRAGMA table_info(reports)")}
            if "region" not in columns:  # an inbox of version 0.1.0
                held.execute("ALTER TABLE reports ADD COLUMN region TEXT")
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
        name = key or secrets.token_hex(12)
        with durable.writing(self._file) as held:
            known = held.execute("SELECT id FROM reports WHERE id = ?", [name]).fetchone()
            if known:
                return str(known[0])
            reporter = _reporter(held, address, now.date())
            self._redeem(held, challenge, until, now)
            again = held.execute(
                "SELECT id FROM reports WHERE reporter = ? AND service = ? AND jurisdiction = ?",
                [reporter, service, jurisdiction],
            ).fetchone()
            if again:
                return str(again[0])
            ((number,),) = held.execute(
                "SELECT count(*) FROM reports WHERE reporter = ?", [reporter]
            ).fetchall()
            if number >= MOST_A_DAY:
                raise UsageError(f"at most {MOST_A_DAY} reports a day; come again tomorrow")
            held.execute(
                "INSERT INTO reports (id, service, jurisdiction, network, what, hour, reporter, region) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    name,
                    service,
                    jurisdiction,
                    network,
                    str(What(what)),
                    int(now.timestamp()) // 3600,
                    reporter,
                    region,
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
            raise UsageError("this form was sent already; open it again") from None

    def fold(self, location: str, now: datetime | None = None) -> int:
        """Hand what came in to the ledger; how many reports were new to it. Keys of days that are
        over go."""
        store, now = Store(location), now or datetime.now(UTC)
        with durable.writing(self._file) as held:
            _forget(held, now.date())
            ((inbox,),) = held.execute("SELECT value FROM about WHERE name = 'name'").fetchall()
            rows = held.execute(
                "SELECT number, id, service, jurisdiction, network, what, hour, reporter, region FROM reports "
                "WHERE taken = 0 ORDER BY number LIMIT ?",
                [_AT_ONCE],
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
            today = now.replace(hour=0, minute=0, second=0, microsecond=0)
            held.execute(
                "DELETE FROM reports WHERE taken = 1 AND hour < ?", [int(today.timestamp()) // 3600]
            )
        return new


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


def _reporter(held: sqlite3.Connection, address: str, day: date) -> str:
    """Who reports, as a hash that nobody can undo or follow: its key is of the day and then
    deleted. Addresses of one IPv6 network of 64 bits are one reporter."""
    _forget(held, day)
    held.execute(
        "INSERT OR IGNORE INTO keys VALUES (?, ?)", [day.isoformat(), secrets.token_bytes(32)]
    )
    ((key,),) = held.execute("SELECT key FROM keys WHERE day = ?", [day.isoformat()]).fetchall()
    try:
        known = ipaddress.ip_address(address)
        wide = ipaddress.ip_network(f"{known}/{64 if known.version == 6 else 32}", strict=False)
        text = str(wide)
    except ValueError:
        text = address
    return hashlib.blake2b(text.encode(), key=key, digest_size=16).hexdigest()
