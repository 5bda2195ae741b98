"""Where measurements come in from probes: kept before they are acknowledged, handed to the ledger
exactly once.

The protocol is that of the field's collectors (bk-003): a report is opened, measurements are added,
it is closed. They lie in the same file as users' reports. A measurement is known by its bytes: sent
again after a lost reply it gets the name that it had, and the ledger knows it by that name, so that
whatever is cut short between writing there and clearing here, none is lost and none taken twice.
"""

import re
import secrets
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec

from gatewatch import locks
from gatewatch.errors import UsageError
from gatewatch.ledger.store import Store
from gatewatch.pipeline import durable
from gatewatch.sources.measurements.ooni import scrub

_WORD = msgspec.Meta(pattern=r"^[0-9A-Za-z_.+\- ]+\Z", max_length=100)
_STALE = timedelta(hours=2)
"""bk-003: a report is not stale before that."""
MOST_OPEN = 10_000
MOST_IN_A_REPORT = 20_000
MOST_WAITING = 512 << 20
"""Bytes that wait for the ledger; beyond it nothing is taken."""
_AT_ONCE, _BYTES_AT_ONCE = 2_000, 32 << 20
"""Measurements, and bytes, that are handed on together: as much is in memory."""
_LONGEST_WORD = 10_000
_PLACE, _NETWORK = re.compile(r"[A-Z]{2}"), re.compile(r"AS[0-9]{1,10}")
_FORM = """
CREATE TABLE IF NOT EXISTS opened (
    id TEXT PRIMARY KEY, touched INTEGER NOT NULL, held INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS collected (
    number INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB UNIQUE NOT NULL, uid TEXT NOT NULL,
    line BLOB, size INTEGER NOT NULL);
"""


class ReportHead(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe says when it opens a report."""

    probe_asn: Annotated[str, msgspec.Meta(pattern=r"^AS[0-9]{1,10}\Z")]
    probe_cc: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z")]
    software_name: Annotated[str, _WORD]
    software_version: Annotated[str, _WORD]
    test_name: Annotated[str, _WORD]
    test_version: Annotated[str, _WORD]
    data_format_version: Annotated[str, _WORD] = "0.2.0"
    format: str = "json"


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement as it is added to a report."""

    content: dict[str, msgspec.Raw]
    """Values as they were written: 16 MB of empty lists take half a gigabyte once they are read."""
    format: str = "json"


class Collector:
    """One folder's collector. Every call opens the file anew: workers share nothing."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "inbox.sqlite"
        durable.make(self._file, _FORM)

    def open(self, body: bytes, now: datetime | None = None) -> str:
        """Open a report; its id. Raises UsageError for what is no head of one."""
        head = _decoded(body, ReportHead)
        _is_json(head.format)
        at = now or datetime.now(UTC)
        test = re.sub(r"[^0-9A-Za-z]", "", head.test_name)
        asn = head.probe_asn.removeprefix("AS")
        name = f"{at:%Y%m%dT%H%M%SZ}_{test}_{head.probe_cc}_{asn}_n1_{secrets.token_hex(16)}"
        stale = int((at - _STALE).timestamp())
        with durable.writing(self._file) as held:
            held.execute("DELETE FROM opened WHERE touched < ?", [stale])
            ((number,),) = held.execute("SELECT count(*) FROM opened").fetchall()
            if number >= MOST_OPEN and not _gave_way(held):
                raise UsageError("too many reports are open; come again later")
            held.execute("INSERT INTO opened (id, touched) VALUES (?, ?)", [name, _second(at)])
        return name

    def add(self, report: str, body: bytes, address: str, now: datetime | None = None) -> str:
        """Keep a measurement; the name that it has from now on, once it would survive a crash.

        `address` is where it came from: it is taken out of it, and not kept. Raises UsageError for
        what is no measurement of an open report.
        """
        given = _decoded(body, Added)
        _is_json(given.format)
        content = given.content
        if _word(content, "report_id") != report:
            raise UsageError("its report_id is not that of the report")
        _check(content)
        at = now or datetime.now(UTC)
        digest = sha256(report.encode() + b"\n" + msgspec.json.encode(content, order="sorted"))
        with durable.writing(self._file) as held:
            known = held.execute(
                "SELECT uid FROM collected WHERE digest = ?", [digest.digest()]
            ).fetchone()
            if known:
                return str(known[0])
            self._touch(held, report, at)
            uid = _uid(content, digest.hexdigest(), at)
            content["measurement_uid"] = msgspec.Raw(msgspec.json.encode(uid))
            line = msgspec.json.format(msgspec.json.encode(content), indent=-1)  # one line
            line = scrub(line, address) if address else line
            held.execute(
                "INSERT INTO collected (digest, uid, line, size) VALUES (?, ?, ?, ?)",
                [digest.digest(), uid, line, len(line)],
            )
        return uid

    def _touch(self, held: sqlite3.Connection, report: str, at: datetime) -> None:
        """That a report is open, and that something came for it."""
        found = held.execute("SELECT touched, held FROM opened WHERE id = ?", [report]).fetchone()
        if found is None or found[0] < int((at - _STALE).timestamp()):
            raise UsageError("no report of this name is open: open another")
        if found[1] >= MOST_IN_A_REPORT:
            raise UsageError("this report is full: open another")
        ((waiting,),) = held.execute(
            "SELECT coalesce(sum(size), 0) FROM collected WHERE line IS NOT NULL"
        ).fetchall()
        if waiting >= MOST_WAITING:
            raise UsageError("too much is waiting for the ledger; come again later")
        held.execute(
            "UPDATE opened SET touched = ?, held = held + 1 WHERE id = ?", [_second(at), report]
        )

    def close(self, report: str) -> None:
        """Close a report; raises UsageError where none of the name is open."""
        with durable.writing(self._file) as held:
            if not held.execute("DELETE FROM opened WHERE id = ?", [report]).rowcount:
                raise UsageError("no report of this name is open")

    def fold(self, location: str, ingest: Callable[[str, str], object]) -> int:
        """Hand what came in to the ledger by `ingest(location, file)`, one worker at a time; how
        many were handed on."""
        if not Store(location).exists():
            return 0
        with locks.alone(self._file.with_suffix(".folding")) as is_mine:
            if not is_mine:
                return 0
            # No more than may wait, lest those who go on submitting hold it here for ever.
            turns = iter(range(MOST_WAITING // _BYTES_AT_ONCE))
            return sum(takewhile(bool, (self._fold(location, ingest) for _ in turns)))

    def _fold(self, location: str, ingest: Callable[[str, str], object]) -> int:
        rows: list[tuple[int, bytes]] = []
        size = 0
        with durable.writing(self._file) as held:
            for row in held.execute(
                "SELECT number, line FROM collected WHERE line IS NOT NULL ORDER BY number LIMIT ?",
                [_AT_ONCE],
            ):
                rows.append(row)
                size += len(row[1])
                if size >= _BYTES_AT_ONCE:
                    break
        if not rows:
            return 0
        with TemporaryDirectory() as folder:
            file = Path(folder) / f"collected-{rows[0][0]}-{rows[-1][0]}.jsonl"
            file.write_bytes(b"\n".join(line for _, line in rows) + b"\n")
            ingest(location, str(file))
        with durable.writing(self._file) as held:
            # Its digest stays, so that what is sent once more is known.
            held.execute(
                "UPDATE collected SET line = NULL WHERE number BETWEEN ? AND ?",
                [rows[0][0], rows[-1][0]],
            )
        return len(rows)


def _gave_way(held: sqlite3.Connection) -> bool:
    """Close the report that was opened first of those for which nothing came: whoever opens reports
    and sends nothing keeps nobody out."""
    return bool(
        held.execute(
            "DELETE FROM opened WHERE id = "
            "(SELECT id FROM opened WHERE held = 0 ORDER BY touched, id LIMIT 1)"
        ).rowcount
    )


def _decoded(body: bytes, kind: Any) -> Any:
    try:
        body.decode()  # values that stay as they are written are not looked at
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise UsageError(f"not what a collector takes: {fault}") from None


def _is_json(form: str) -> None:
    if form != "json":
        raise UsageError("measurements are taken as JSON")


def _word(content: dict[str, msgspec.Raw], name: str) -> str | None:
    """A text of a measurement; None where there is none."""
    given = bytes(content.get(name, b""))
    try:
        return msgspec.json.decode(given, type=str) if len(given) < _LONGEST_WORD else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _check(content: dict[str, msgspec.Raw]) -> None:
    """What df-000 wants of every measurement."""
    for name, pattern in (("probe_cc", _PLACE), ("probe_asn", _NETWORK)):
        if not pattern.fullmatch(_word(content, name) or ""):
            raise UsageError(f"{name} is missing or not of its form")
    for name in ("test_name", "measurement_start_time", "software_name"):
        if _word(content, name) is None:
            raise UsageError(f"{name} is missing")
    if not bytes(content.get("test_keys", b"")).lstrip().startswith(b"{"):
        raise UsageError("test_keys is missing")


def _uid(content: dict[str, msgspec.Raw], digest: str, at: datetime) -> str:
    """As the field's collector names measurements: by when it took them."""
    test = re.sub(r"[^0-9A-Za-z]", "", _word(content, "test_name") or "")[:40]
    return f"{at:%Y%m%d%H%M%S.%f}_{_word(content, 'probe_cc')}_{test}_{digest[:16]}"


def _second(at: datetime) -> int:
    return int(at.timestamp())
