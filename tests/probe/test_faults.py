"""Faults of the world and of the machine: a bounded time, a valid measurement, a name for each."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from tests.probe.loopback import QUICK, Client, says, serving, tools

from gatewatch.probe import clock, resolution, runner
from gatewatch.probe import session as sessions
from gatewatch.probe.inputs import ProbeInput
from gatewatch.probe.jobs import of_urls
from gatewatch.probe.networks import NetworkTable
from gatewatch.probe.pacing import ProbePace
from gatewatch.probe.resolution import Resolver
from gatewatch.probe.runner import MeasurementFile
from gatewatch.probe.trace import Row, Trace
from gatewatch.probe.web import WebConnectivity
from gatewatch.sources.measurements.ooni import decode

SESSION = sessions.begun("1", country="RU", asn=64500, networks=NetworkTable())
FREE = ProbePace(at_once=4, a_second=0, apart=0)


def _answer(asked: bytes) -> bytes:
    made = dns.message.make_response(dns.message.from_wire(asked))
    name = made.question[0].name
    made.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "192.31.196.9"))
    return made.to_wire()


def _spoilt(seed: int) -> Callable[[bytes], bytes]:
    """An answer in which something is wrong: cut, changed, or nothing of DNS."""

    def spoil(asked: bytes) -> bytes:
        made, right = random.Random(seed), bytearray(_answer(asked))
        if seed % 4 == 0:
            return bytes(right[: made.randrange(len(right))])
        if seed % 4 == 1:
            return made.randbytes(made.randrange(1, 600))
        for _ in range(made.randrange(1, 6)):
            right[made.randrange(2 if seed % 4 == 2 else 0, len(right))] = made.randrange(256)
        return bytes(right)

    return spoil


async def _asked(
    scheme: str,
    told: Callable[[bytes], bytes] | None,
    *,
    trace: Trace | None = None,
    twice: float = 0,
) -> Trace:
    """Both questions put to a server that answers by `told`, and `twice` so many seconds later;
    None says nothing."""
    trace, loop = trace or Trace(), asyncio.get_running_loop()

    async def framed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
        if told is None:
            await reader.read()
            return
        answer = told(asked)
        writer.write(len(answer).to_bytes(2) + answer)
        await writer.drain()
        writer.close()

    class Datagrams(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            if told is not None:
                self.transport.sendto(told(data), addr)  # type: ignore[attr-defined] # a datagram's
                if twice:
                    loop.call_later(twice, self.transport.sendto, told(data), addr)  # type: ignore[attr-defined] # a datagram's

    transport, _ = await loop.create_datagram_endpoint(Datagrams, local_addr=("127.0.0.1", 0))
    async with serving(framed) as port:
        at = transport.get_extra_info("sockname")[1] if scheme == "udp" else port
        await resolution.by_resolver(
            trace,
            "a.example",
            Resolver(scheme, "127.0.0.1", at),
            (),
            limits=QUICK,
            networks=NetworkTable(),
        )
        await trace.heard()
    transport.close()
    return trace


@pytest.mark.parametrize("scheme", ["udp", "tcp"])
def test_a_silent_resolver_is_a_timeout(scheme: str) -> None:
    """Both questions end by themselves, and say that nothing came."""
    trace = asyncio.run(_asked(scheme, None))
    assert {q["failure"] for q in trace.queries} == {"generic_timeout_error"}
    assert len(trace.queries) == 2


@pytest.mark.parametrize("scheme", ["udp", "tcp"])
def test_malformed_dns_is_a_failure_and_no_fault(scheme: str) -> None:
    """Whatever a resolver says, both questions are recorded, with addresses or a failure."""

    async def main() -> list[Trace]:
        return await asyncio.gather(*(_asked(scheme, _spoilt(seed)) for seed in range(40)))

    for trace in asyncio.run(main()):
        assert {q["query_type"] for q in trace.queries} == {"A", "AAAA"}
        assert all(q["answers"] or q["failure"] for q in trace.queries)


def test_a_second_answer_is_waited_for_however_late_its_question_was_put() -> None:
    """From the first answer on, and not from the beginning of the measurement."""

    async def main() -> Trace:
        trace = Trace()
        await asyncio.sleep(QUICK.duplicates + 0.1)
        return await _asked("udp", _answer, trace=trace, twice=QUICK.duplicates / 3)

    trace = asyncio.run(main())
    assert len(trace.queries) == len(trace.duplicates) == 2


async def _measured(url: str) -> Row:
    test = WebConnectivity(url, tools())
    await test.run()
    return test.keys()


def test_a_half_open_connection_is_a_timeout_of_the_handshake() -> None:
    """A kernel that takes a connection which no program ever accepts."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen(8)
        keys = asyncio.run(_measured(f"https://127.0.0.1:{held.getsockname()[1]}/"))
    (connected,), (shaken,) = keys["tcp_connect"], keys["tls_handshakes"]
    assert connected["status"]["success"]
    assert shaken["failure"] == "generic_timeout_error"
    assert keys["requests"] == []


def _forever(piece: bytes, pause: float) -> Client:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return client


@pytest.mark.parametrize(("piece", "pause"), [(b"x" * 4096, 0.0), (b"x", 0.02)])
def test_a_page_that_never_ends_is_left(piece: bytes, pause: float) -> None:
    """By its size where it is endless, by the time where it drips; neither is a failure."""

    async def main() -> Row:
        async with serving(_forever(piece, pause)) as port:
            return await _measured(f"http://127.0.0.1:{port}/")

    keys = asyncio.run(main())
    (row,) = keys["requests"]
    assert (row["failure"], row["response"]["code"]) == (None, 200)
    assert row["response"]["body_is_truncated"]
    assert 0 < len(row["response"]["body"]) <= QUICK.most_body


def test_a_clock_that_jumps_changes_no_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of day goes back a day at each look: durations and the order of steps stay."""
    days = count()
    monkeypatch.setattr(
        clock, "now", lambda: datetime(2026, 6, 1, tzinfo=UTC) - timedelta(days=next(days))
    )
    lines: list[bytes] = []

    async def sink(line: bytes) -> None:
        lines.append(line)

    async def main() -> None:
        async with serving(says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")) as port:
            urls = [ProbeInput(f"http://127.0.0.1:{port}/{n}") for n in range(3)]
            jobs = of_urls(urls, tools(), methods=frozenset())
            await runner.run(jobs, SESSION, FREE, sink)

    asyncio.run(main())
    read = [decode(line) for line in lines]
    assert [one.problems for one in read] == [()] * 3
    for one in read:
        steps = [*(one.steps.tcp_connect or ()), *(one.steps.requests or ())]
        assert all(0 <= (s.t0 or 0) <= (s.t or 0) < QUICK.whole for s in steps)


def test_killed_mid_run_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """SIGKILL in the middle: what had ended is whole, and a later run adds the rest, each once."""
    path, urls = tmp_path / "m.jsonl", tmp_path / "urls.txt"

    async def main() -> None:
        page = says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        async with serving(page) as good, serving(says(b"", then="stall")) as stalls:
            wanted = [f"http://127.0.0.1:{good}/{n}" for n in range(3)]
            urls.write_text("\n".join([*wanted, f"http://127.0.0.1:{stalls}/"]), encoding="utf-8")
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gatewatch", "probe", "--list", str(urls)),
                *("--i-understand", "--resolver", "none", "--rate", "0", "--apart", "0"),
                *("--at-once", "1", "--out", str(path), "--timeout", "60"),
                env={**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            until = time.monotonic() + 60
            while time.monotonic() < until:
                await asyncio.sleep(0.05)
                if path.exists() and path.read_bytes().count(b"\n") == 3:
                    break
            process.send_signal(signal.SIGKILL)
            await process.wait()
            with path.open("ab") as file:
                file.write(b'{"test_name":"web_conn')  # as if it had died in the middle of a line
            kept = MeasurementFile(path)
            more = [ProbeInput(url) for url in [*wanted, f"http://127.0.0.1:{good}/3"]]
            jobs = of_urls(more, tools(), methods=frozenset())
            done = await runner.run(jobs, SESSION, FREE, kept.add, before=kept.measured())
            kept.close()
            assert (done.done, done.skipped) == (1, 3)

    asyncio.run(main())
    read = [decode(line) for line in path.read_bytes().splitlines()]
    assert all(one.readable and one.problems == () for one in read)
    assert len({one.input for one in read}) == len(read) == 4


def test_nothing_is_begun_in_quiet_hours_even_mid_run() -> None:
    """Quiet that begins in the middle of a run holds what is left until it ends."""
    asked: list[float] = []
    quiet = iter([0.0, 0.05, 0.05, 0.0, 0.0])

    async def main() -> list[str | None]:
        seen: list[str | None] = []

        async def sink(line: bytes) -> None:
            seen.append(decode(line).input)
            asked.append(-1.0)

        def hold() -> float:
            asked.append(next(quiet))
            return asked[-1]

        async with serving(says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")) as port:
            urls = [ProbeInput(f"http://127.0.0.1:{port}/{n}") for n in range(2)]
            jobs = of_urls(urls, tools(threads=ThreadPoolExecutor(1)), methods=frozenset())
            pace = ProbePace(at_once=1, a_second=0, apart=0)
            await runner.run(jobs, SESSION, pace, sink, hold=hold)
        return seen

    assert len(asyncio.run(main())) == 2
    assert asked == [0.0, -1.0, 0.05, 0.05, 0.0, -1.0]
