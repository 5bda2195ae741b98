"""Submission to a collector of the field's protocol (bk-003)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.probe.loopback import QUICK, says, serving

from gatewatch.errors import SourceError
from gatewatch.probe.collecting import CollectorClient, Outbox

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


@pytest.mark.parametrize(
    "told", [b"<html>", b"[]", b"{}", b'{"report_id":7}', b'{"report_id":"../x"}', b'"\xff"']
)
def test_who_answers_otherwise_than_a_collector_is_none(told: bytes) -> None:
    """The run ends in words; no name of its making becomes a path."""
    page = says(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told) + told)

    async def main() -> None:
        async with serving(page) as port:
            await CollectorClient(f"http://127.0.0.1:{port}", QUICK).add(LINE)

    with pytest.raises(SourceError, match="no collector's"):
        asyncio.run(main())


class _Moody(_Collector):
    """Takes nothing while it is down, and never what bears a certain word."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.close()
            return
        before = len(self.taken)
        copied = asyncio.StreamReader()
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].split()[0])
        body = await reader.readexactly(size)
        if b"unwanted" in body:
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()
            writer.close()
            return
        copied.feed_data(head + body)
        copied.feed_eof()
        await super().client(copied, writer)
        assert len(self.taken) == before + 1


def _line(name: str) -> bytes:
    return json.dumps(json.loads(LINE) | {"input": name}).encode()


def test_what_a_collector_did_not_take_waits_for_the_next_run(tmp_path: Path) -> None:
    """An outage loses none, nor does the end of the run: each is submitted once, after the outage,
    and what is refused holds up nothing behind it."""
    path, collector = tmp_path / "m.jsonl", _Moody()

    async def round_of(port: int, *names: str) -> Outbox:
        outbox = Outbox(CollectorClient(f"http://127.0.0.1:{port}", QUICK), path)
        await outbox.begin()
        for name in names:
            outbox.expect(_line(name))
            with path.open("ab") as file:
                file.write(_line(name) + b"\n")
            await outbox.send(_line(name))
        return outbox

    async def main() -> None:
        async with serving(collector.client) as port:
            first = await round_of(port, "a", "unwanted")
            assert (first.taken, first.refused, list(first.waiting)) == (1, 1, [])
            collector.down = True
            second = await round_of(port, "b", "c")
            await second.end()
            assert (second.taken, len(second.waiting)) == (0, 2)
            assert "did not take it" in second.fault
            third = await round_of(port)  # another run, in the outage still
            third.expect(_line("killed before it was written"))
            collector.down = False
            fourth = await round_of(port, "d")
            await fourth.end()
            assert (fourth.taken, fourth.fault, list(fourth.waiting)) == (3, "", [])

    asyncio.run(main())
    told = [body.get("content") for _, body in collector.taken]
    assert [one["input"] for one in told if isinstance(one, dict)] == ["a", "b", "c", "d"]
    assert not (tmp_path / "m.jsonl.unsent").exists()


def test_a_report_that_was_closed_meanwhile_is_opened_anew() -> None:
    """A collector closes what nothing comes for; the measurement goes into another report."""
    collector = _Collector()

    async def main() -> None:
        async with serving(collector.client) as port:
            client = CollectorClient(f"http://127.0.0.1:{port}", QUICK)
            await client.add(LINE)
            once, told = client._once, iter([(None, "status 400")])

            async def refuses(url: str, body: bytes) -> Any:
                return next(told, None) or await once(url, body)

            client._once = refuses  # type: ignore[method-assign]
            await client.add(LINE)

    asyncio.run(main())
    assert [path for path, _ in collector.taken] == ["/report", "/report/R1"] * 2
