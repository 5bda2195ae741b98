"""Measurements to a collector, by the protocol of the field's probes (bk-003): a report is opened,
each measurement added to it, the report closed."""

import asyncio
import re
import socket
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import msgspec

from gatewatch.errors import SourceError, UsageError
from gatewatch.probe import http
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.stream import Peer, dial
from gatewatch.probe.target import page_of
from gatewatch.probe.trace import Row, Trace

_PORTS = {"http": 80, "https": 443}
_HEAD = (
    "probe_asn",
    "probe_cc",
    "software_name",
    "software_version",
    "test_name",
    "test_start_time",
    "test_version",
    "data_format_version",
)
_TRIES = 3
_REFUSALS = frozenset(
    f"status {status}" for status in range(400, 500) if status not in {401, 408, 425, 429}
)
_NAME = re.compile(r"[0-9A-Za-z_.-]{1,200}")
"""What a report may be called: it becomes a part of a path."""


def collector_of(url: str) -> str:
    """A collector's URL, to which paths are added; raises UsageError for what is none."""
    page = page_of(url)
    if page is None:
        raise UsageError(f"{url}: a collector is an http:// or https:// URL, without a login")
    return page.rstrip("/") + "/"


class _Reply(msgspec.Struct):
    """What a collector answers; of a report that was opened, its name."""

    report_id: str = ""


class RefusedSubmissionError(SourceError):
    """A collector will not have what it was sent, however often."""


class CollectorClient:
    """One collector. A report holds the measurements of one test; it is opened when needed."""

    def __init__(self, url: str, limits: ProbeLimits) -> None:
        self._url, self._limits = collector_of(url), limits
        self._reports: dict[str, str] = {}
        self._turn = asyncio.Lock()

    async def add(self, line: bytes) -> None:
        """Submit a measurement; raises RefusedSubmissionError where the collector will not have it,
        and SourceError where it takes nothing now."""
        content = msgspec.json.decode(line)
        try:
            await self._add(content)
        except RefusedSubmissionError:  # a report that it closed in the meantime?
            self._reports.pop(str(content["test_name"]), None)
            await self._add(content)

    async def _add(self, content: Row) -> None:
        test = str(content["test_name"])
        async with self._turn:
            if test not in self._reports:
                head = {name: content[name] for name in _HEAD}
                try:
                    told = await self._post("report", {**head, "format": "json"})
                except RefusedSubmissionError as fault:  # that says nothing of the measurement
                    raise SourceError(str(fault)) from None
                if not _NAME.fullmatch(told.report_id):
                    raise SourceError(f"{self._url}: what it answers is no collector's")
                self._reports[test] = told.report_id
        report = self._reports[test]
        content["report_id"] = report
        await self._post(f"report/{report}", {"content": content, "format": "json"})

    async def close(self) -> None:
        """Close all reports."""
        for report in self._reports.values():
            await self._post(f"report/{report}/close", {})
        self._reports.clear()

    async def _post(self, path: str, body: Row) -> "_Reply":
        """What is posted again after a lost reply is taken once: the collector knows it by its
        bytes."""
        told: str | None = ""
        for _ in range(_TRIES):
            found, told = await self._once(urljoin(self._url, path), msgspec.json.encode(body))
            if found is not None:
                return found
            if told in _REFUSALS:
                raise RefusedSubmissionError(f"{self._url}: the collector refuses it: {told}")
        raise SourceError(f"{self._url}: the collector did not take it: {told}")

    async def _once(self, url: str, body: bytes) -> "tuple[_Reply | None, str | None]":
        parts, trace = urlsplit(url), Trace()
        port = parts.port or _PORTS[parts.scheme]
        loop, failure = asyncio.get_running_loop(), None
        try:
            found = await loop.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as fault:
            return None, str(getattr(fault, "strerror", None) or fault)
        for address in dict.fromkeys(str(one[4][0]) for one in found):
            stream, failure = await dial(
                trace, Peer(address, port), (), seconds=self._limits.connect
            )
            if stream is None:
                continue
            try:
                if parts.scheme == "https":
                    failure = await stream.shake(
                        parts.hostname or "",
                        alpn=("http/1.1",),
                        verify=True,
                        seconds=self._limits.handshake,
                    )
                    if failure is not None:
                        continue
                got = await http.exchange(
                    stream,
                    url,
                    limits=self._limits,
                    method="POST",
                    headers=[("Content-Type", "application/json")],
                    body=body,
                )
            finally:
                stream.close()
            if got.failure is None and got.status == 200:
                try:
                    return msgspec.json.decode(got.body, type=_Reply), None
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    failure = "what it answers is no collector's"
            else:
                failure = got.failure or f"status {got.status}"
        return None, failure


class Outbox:
    """What a collector has yet to take, beside a file of measurements: `FILE.unsent` tells the
    lines of it, so that no outage and no end of a run loses one. It is gone once all are taken."""

    def __init__(self, client: CollectorClient, measurements: Path) -> None:
        self._client, self._measurements = client, measurements
        self.journal = measurements.with_name(f"{measurements.name}.unsent")
        self.waiting: dict[str, None] = {}
        self.taken = self.refused = 0
        self.fault = ""
        """Why the collector takes nothing now; while there is a reason, it is not asked."""
        self.refusal = ""

    async def begin(self) -> None:
        """Submit what an earlier run could not. Raises SourceError where it cannot be read."""
        try:
            for mark, name in (
                (line[:1], line[1:])
                for line in self.journal.read_text(encoding="ascii", errors="replace").splitlines()
            ):
                if mark == "+":
                    self.waiting[name] = None
                else:
                    self.waiting.pop(name, None)
        except FileNotFoundError:
            return
        except OSError as fault:
            raise SourceError(f"{self.journal}: {fault.strerror}") from None
        await self._send_waiting()

    def expect(self, line: bytes) -> None:
        """Note that a measurement is to be submitted, before it is written to the file."""
        name = _name(line)
        self._write(f"+{name}")
        self.waiting[name] = None

    async def send(self, line: bytes) -> None:
        """Submit a measurement; where the collector takes nothing now, it waits."""
        if self.fault:
            return
        try:
            await self._client.add(line)
            self.taken += 1
        except RefusedSubmissionError as fault:
            self.refused, self.refusal = self.refused + 1, str(fault)
        except SourceError as fault:
            self.fault = str(fault)
            return
        name = _name(line)
        self._write(f"-{name}")
        self.waiting.pop(name, None)

    async def end(self) -> None:
        """Try once more what waits, and close the reports."""
        if self.waiting:
            self.fault = ""
            await self._send_waiting()
        with suppress(SourceError):  # a report that is not closed is closed by its collector
            await self._client.close()
        if not self.waiting:
            self.journal.unlink(missing_ok=True)

    async def _send_waiting(self) -> None:
        found: set[str] = set()
        with self._measurements.open("rb") as file:
            for line in file:
                if (name := _name(line.rstrip(b"\n"))) in self.waiting:
                    found.add(name)
                    await self.send(line.rstrip(b"\n"))
        for name in [one for one in self.waiting if one not in found]:
            del self.waiting[name]  # the machine died before it was written

    def _write(self, text: str) -> None:
        try:
            with self.journal.open("a", encoding="ascii") as file:
                file.write(f"{text}\n")
        except OSError as fault:
            raise SourceError(f"{self.journal}: {fault.strerror}") from None


def _name(line: bytes) -> str:
    return blake2b(line, digest_size=16).hexdigest()
