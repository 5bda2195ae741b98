"""Measurements to a collector, by the protocol of the field's probes (bk-003): a report is opened,
each measurement added to it, the report closed."""

import asyncio
import socket
from urllib.parse import urljoin, urlsplit

import msgspec

from gatewatch.errors import SourceError
from gatewatch.probe import http
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.stream import Peer, dial
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


class CollectorClient:
    """One collector. A report holds the measurements of one test; it is opened when needed."""

    def __init__(self, url: str, limits: ProbeLimits) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise SourceError(f"{url}: a collector is an http:// or https:// URL")
        self._url, self._limits = url.rstrip("/") + "/", limits
        self._reports: dict[str, str] = {}
        self._turn = asyncio.Lock()

    async def add(self, line: bytes) -> None:
        """Submit a measurement; raises SourceError where the collector does not take it."""
        content = msgspec.json.decode(line)
        test = str(content["test_name"])
        async with self._turn:
            if test not in self._reports:
                head = {name: content[name] for name in _HEAD}
                told = await self._post("report", {**head, "format": "json"})
                self._reports[test] = str(told.get("report_id", ""))
        report = self._reports[test]
        content["report_id"] = report
        await self._post(f"report/{report}", {"content": content, "format": "json"})

    async def close(self) -> None:
        """Close all reports."""
        for report in self._reports.values():
            await self._post(f"report/{report}/close", {})
        self._reports.clear()

    async def _post(self, path: str, body: Row) -> Row:
        """What is posted again after a lost reply is taken once: the collector knows it by its
        bytes."""
        told: str | None = ""
        for _ in range(_TRIES):
            found, told = await self._once(urljoin(self._url, path), msgspec.json.encode(body))
            if found is not None:
                return found
        raise SourceError(f"{self._url}: the collector did not take it: {told}")

    async def _once(self, url: str, body: bytes) -> tuple[Row | None, str | None]:
        parts, trace = urlsplit(url), Trace()
        port = parts.port or _PORTS[parts.scheme]
        loop, failure = asyncio.get_running_loop(), None
        try:
            found = await loop.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except OSError as fault:
            return None, str(fault.strerror)
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
                told = msgspec.json.decode(got.body)
                return (told if isinstance(told, dict) else {}), None
            failure = got.failure or f"status {got.status}"
        return None, failure
