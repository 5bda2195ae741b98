"""Submission to a collector of the field's protocol (bk-003)."""

import asyncio
import json

import pytest
from tests.probe.loopback import QUICK, serving

from gatewatch.errors import SourceError
from gatewatch.probe.collecting import CollectorClient

LINE = json.dumps(
    {
        "probe_asn": "AS64510",
        "probe_cc": "RU",
        "software_name": "gatewatch",
        "software_version": "1",
        "test_name": "wechat",
        "test_start_time": "2026-01-01 00:00:00",
        "test_version": "0.1.0",
        "data_format_version": "0.2.0",
        "report_id": "",
        "test_keys": {},
    }
).encode()


class _Collector:
    """Takes what it is sent, after losing its first replies."""

    def __init__(self, losing: int = 0) -> None:
        self.taken: list[tuple[str, dict[str, object]]] = []
        self._losing = losing

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = next(
            int(line.partition(":")[2])
            for line in head.splitlines()
            if line.lower().startswith("content-length:")
        )
        body = json.loads(await reader.readexactly(size))
        self.taken.append((head.split()[1], body))
        if self._losing:
            self._losing -= 1
            writer.close()
            return
        told = json.dumps({"report_id": "R1", "measurement_uid": "M1", "status": "success"})
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(told)}\r\n\r\n{told}".encode())
        await writer.drain()
        writer.close()


def _submitted(collector: _Collector, number: int) -> list[str]:
    async def main() -> None:
        async with serving(collector.client) as port:
            client = CollectorClient(f"http://127.0.0.1:{port}", QUICK)
            for _ in range(number):
                await client.add(LINE)
            await client.close()

    asyncio.run(main())
    return [path for path, _ in collector.taken]


def test_a_report_is_opened_filled_and_closed() -> None:
    """In the documented order; each measurement bears the name of its report."""
    collector = _Collector()
    assert _submitted(collector, 2) == ["/report", "/report/R1", "/report/R1", "/report/R1/close"]
    content = collector.taken[1][1]["content"]
    assert isinstance(content, dict)
    assert content["report_id"] == "R1"
    assert collector.taken[0][1]["test_name"] == "wechat"


def test_what_was_lost_is_sent_again() -> None:
    """A reply that did not come is asked for again, with the same bytes."""
    collector = _Collector(losing=2)
    assert _submitted(collector, 1)[:3] == ["/report"] * 3
    assert collector.taken[0] == collector.taken[1]


def test_a_collector_that_takes_nothing_is_said() -> None:
    """After some tries the run ends, in words."""
    with pytest.raises(SourceError, match="did not take it"):
        _submitted(_Collector(losing=9), 1)
