"""Runs: paced, gone on with, and valid whenever they stop."""

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
from datetime import time as time_of_day
from pathlib import Path
from typing import Any, cast

import pytest
from tests.probe.loopback import says, serving, tools

from gatewatch.errors import SourceError, UsageError
from gatewatch.probe import session as sessions
from gatewatch.probe.control import ControlAnswer
from gatewatch.probe.inputs import ProbeInput, chosen, of_file, url_of
from gatewatch.probe.jobs import METHODS, methods_of, of_urls
from gatewatch.probe.networks import NetworkTable, load
from gatewatch.probe.pacing import Pacer, ProbePace, until_loud
from gatewatch.probe.resolution import Resolver
from gatewatch.probe.runner import MeasurementFile, ProbeJob, run
from gatewatch.probe.trace import Row, Trace
from gatewatch.sources.measurements.ooni import decode

PAGE = says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
SESSION = sessions.begun("1", country="RU", asn=64500, networks=NetworkTable())


def _shape(line: bytes) -> object:
    """What a measurement says, without its times and its place in the run."""
    keys = json.loads(line)["test_keys"]
    return [
        (one["failure"], one["response"]["code"], one["response"]["body"])
        for one in keys["requests"]
    ]


def test_how_many_at_once_changes_no_result(tmp_path: Path) -> None:
    """One at a time and two hundred at once find the same."""

    async def main(at_once: int) -> list[bytes]:
        lines: list[bytes] = []

        async def sink(line: bytes) -> None:
            lines.append(line)

        async with serving(PAGE) as port:
            urls = [ProbeInput(f"http://127.0.0.1:{port}/{n}") for n in range(60)]
            jobs = of_urls(urls, tools(), methods=frozenset({"sni"}))
            pace = ProbePace(at_once=at_once, a_second=0, apart=0)
            done = await run(jobs, SESSION, pace, sink)
        assert done.done == len(lines) == 60
        return lines

    one, many = asyncio.run(main(1)), asyncio.run(main(200))
    assert [_shape(line) for line in one] == [_shape(line) for line in many]
    assert all(decode(line).problems == () for line in many)


def test_methods_are_named() -> None:
    """By their words, all or none; a word that is none of them is refused with those there are."""
    assert methods_of(["sni", "ttl"]) == {"sni", "ttl"}
    assert methods_of(["all"]) == set(METHODS)
    assert methods_of(["none"]) == frozenset()
    with pytest.raises(UsageError, match="there are sni, host"):
        methods_of(["sny"])
    with pytest.raises(UsageError, match="none stands alone"):
        methods_of(["none", "sni"])


def test_rates_hold_for_all_and_for_each_host() -> None:
    """No more than so many a second together, and a host is left in peace for a while."""
    pacer = Pacer(ProbePace(a_second=2, apart=10))
    begun = [pacer.begin(host, 0.0) for host in ("a", "b", "c", "a")]
    assert begun == [0.0, 0.5, 1.0, 10.0]
    free = Pacer(ProbePace(a_second=0, apart=0))
    assert [free.begin("a", 3.0) for _ in range(3)] == [3.0, 3.0, 3.0]


@pytest.mark.parametrize(
    ("at", "hours", "seconds"),
    [
        ((12, 0), (23, 6), 0),
        ((23, 30), (23, 6), 6.5 * 3600),
        ((5, 59), (23, 6), 60),
        ((6, 0), (23, 6), 0),
        ((9, 0), (9, 17), 8 * 3600),
        ((9, 0), None, 0),
    ],
)
def test_quiet_hours_end(
    at: tuple[int, int], hours: tuple[int, int] | None, seconds: float
) -> None:
    """Nothing is begun in them, beyond midnight too."""
    assert until_loud(time_of_day(*at), hours) == seconds


def test_a_file_is_gone_on_with(tmp_path: Path) -> None:
    """What a machine left half-written is cut off, and what is there is not measured again."""
    path = tmp_path / "m.jsonl"
    path.write_bytes(b'{"test_name":"web_connectivity","input":"https://a/"}\n{"test_na')
    file = MeasurementFile(path)
    assert file.measured() == {("web_connectivity", "https://a/")}
    asyncio.run(file.add(b'{"test_name":"x"}'))
    file.close()
    assert path.read_bytes().count(b"\n") == 2
    assert [json.loads(line)["test_name"] for line in path.read_bytes().splitlines()] == [
        "web_connectivity",
        "x",
    ]
    with pytest.raises(SourceError):
        MeasurementFile(tmp_path / "m.jsonl" / "x")


def test_a_disk_that_takes_nothing_ends_the_run() -> None:
    """What is measured and cannot be kept is no measurement: the run ends and says so."""

    async def main() -> None:
        async def sink(_: bytes) -> None:
            raise SourceError("full")

        async with serving(PAGE) as port:
            jobs = of_urls(
                [ProbeInput(f"http://127.0.0.1:{port}/")], tools(), methods=frozenset({"sni"})
            )
            await run(jobs, SESSION, ProbePace(a_second=0, apart=0), sink)

    with pytest.raises(SourceError, match="full"):
        asyncio.run(main())


def test_lists_are_read(tmp_path: Path) -> None:
    """Lines with remarks, and the Citizen Lab's form with categories to leave out."""
    plain, table = tmp_path / "plain.txt", tmp_path / "ru.csv"
    plain.write_text("# ours\nwechat.com\nhttps://line.me/x # a remark\n\n", encoding="utf-8")
    table.write_text(
        "url,category_code,notes\nhttps://a.example/,NEWS,\nhttps://b.example/#top,PORN,\n",
        encoding="utf-8",
    )
    assert [one.url for one in of_file(plain)] == ["https://wechat.com/", "https://line.me/x"]
    assert [one.url for one in chosen(of_file(table), ["porn"])] == ["https://a.example/"]
    plain.write_text("wechat.com\nnot a host\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"plain\.txt:2"):
        of_file(plain)
    with pytest.raises(UsageError):
        url_of("ftp://a.example/")


def test_networks_are_by_the_longest_prefix(tmp_path: Path) -> None:
    """Of prefixes that hold an address the longest counts; no table knows nothing."""
    file = tmp_path / "n.csv"
    file.write_text("network,asn\n10.0.0.0/8,1\n10.1.0.0/16,AS2\n2001:4:112::/48,3\n")
    table = load(file)
    found = [table.asn(ip) for ip in ("10.1.2.3", "10.2.0.1", "11.0.0.1", "2001:4:112::9", "x")]
    assert found == [2, 1, 0, 3, 0]
    assert NetworkTable().asn("10.1.2.3") == 0
    file.write_text("network,asn\n10.0.0.0/99,1\n")
    with pytest.raises(SourceError, match=r"n\.csv:2"):
        load(file)


@pytest.mark.parametrize(
    "text", ["udp://dns.example", "1.1.1.1", "ftp://1.1.1.1", "udp://1.1.1.1:x"]
)
def test_a_resolver_is_named_by_its_address(text: str) -> None:
    """A name would be looked up by the resolver in question."""
    with pytest.raises(UsageError):
        Resolver.parse(text)


def test_ctrl_c_leaves_a_valid_file(tmp_path: Path) -> None:
    """Stopped in the middle, what had ended is kept whole and shown; what was under way is not."""

    async def main() -> tuple[int, str, str]:
        async with serving(PAGE) as good, serving(says(b"", then="stall")) as stalls:
            urls = [f"http://127.0.0.1:{good}/", f"http://127.0.0.1:{stalls}/"]
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gatewatch", "probe", *urls),
                *("--i-understand", "--resolver", "none", "--rate", "0", "--apart", "0"),
                *("--out", str(tmp_path / "m.jsonl"), "--timeout", "60"),
                env={**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for _ in range(200):
                await asyncio.sleep(0.1)
                if (tmp_path / "m.jsonl").exists() and (tmp_path / "m.jsonl").stat().st_size:
                    break
            process.send_signal(signal.SIGINT)
            out, err = await process.communicate()
            return process.returncode or 0, out.decode(), err.decode()

    code, out, err = asyncio.run(main())
    assert code == 130, err
    (line,) = (tmp_path / "m.jsonl").read_bytes().splitlines()
    assert decode(line).problems == ()
    assert len(out.splitlines()) == 1
    assert "Traceback" not in err


def _job(test: object) -> ProbeJob:
    return ProbeJob(test="t", version="1", named="n", host="h", make=lambda: cast("Any", test))


class _Faulty:
    """A test that is wrong in itself."""

    answer: ControlAnswer | None = None

    def __init__(self) -> None:
        self.trace = Trace()

    async def run(self) -> None:
        raise KeyError("ours")

    def keys(self) -> Row:
        return self.trace.keys()


class _Led(_Faulty):
    """One whose helper tells it which address to take out of its record."""

    def __init__(self, client: str) -> None:
        super().__init__()
        self.answer = ControlAnswer("http://h/", {}, None, client)

    async def run(self) -> None:
        self.trace.connect("192.0.2.7", 443, failure=None, t0=0.0, transaction=1, tags=())
        rows = [{"ipv4": "192.0.2.8"}, {"answer_type": "CNAME", "hostname": "h"}]
        told: dict[str, Any] = {"failure": None, "resolver": "192.0.2.9:53", "t0": 0.0}
        self.trace.query("udp", "h", "A", rows, transaction=2, tags=(), **told)


def _lines(*tests: object) -> list[bytes]:
    lines: list[bytes] = []

    async def sink(line: bytes) -> None:
        lines.append(line)

    asyncio.run(run([_job(one) for one in tests], SESSION, ProbePace(a_second=0, apart=0), sink))
    return lines


def test_a_fault_of_ours_ends_its_own_measurement_alone() -> None:
    """It is told in it, what was recorded until then is kept, and the others are made."""
    told = [json.loads(line)["test_keys"] for line in _lines(_Faulty(), _Led(""), _Faulty())]
    fault = "KeyError: 'ours'"
    assert sorted(one.get("x_fault", "") for one in told) == ["", fault, fault]


@pytest.mark.parametrize(
    ("client", "is_taken_out"),
    [
        *(("192.0.2.7", False), ("192.0.2.8", False), ("192.0.2.9", False)),
        *(("::ffff:192.0.2.7", False), ("192.0.2.10", True)),
    ],
)
def test_a_helper_takes_nothing_out_of_a_record_that_was_met(
    client: str, is_taken_out: bool
) -> None:
    """Neither what was connected to, nor an answer, nor a resolver."""
    test = _Led(client)
    test.trace.own.add("203.0.113.5")
    (line,) = _lines(test)
    assert all(f"192.0.2.{n}".encode() in line for n in (7, 8, 9))
    trace = Trace()
    trace.connect("192.0.2.10", 1, failure=None, t0=0.0, transaction=1, tags=())
    assert (client not in trace.met()) != is_taken_out


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    """The second is told so; once the first let go, it may."""
    first = MeasurementFile(tmp_path / "m.jsonl")
    with pytest.raises(UsageError, match="another run"):
        MeasurementFile(tmp_path / "m.jsonl")
    first.close()
    MeasurementFile(tmp_path / "m.jsonl").close()


@pytest.mark.parametrize("takes", [3, 0])
def test_a_disk_that_is_full_keeps_no_part_of_a_line(tmp_path: Path, takes: int) -> None:
    """A write that takes a part is gone on with; where nothing more is taken, the part is cut off
    and it is said."""
    path = tmp_path / "m.jsonl"
    file = MeasurementFile(path)
    asyncio.run(file.add(b'{"a":1}'))
    real, size = file._file, path.stat().st_size

    class Full:
        left = 2

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def write(self, data: bytes) -> int:
            if not takes and not self.left:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.left -= 1
            return real.write(bytes(data)[: takes or 3]) or 0

    file._file = cast("Any", Full())
    if takes:
        asyncio.run(file.add(b'{"b":2}'))
    else:
        with pytest.raises(SourceError, match="No space"):
            asyncio.run(file.add(b'{"b":2}'))
        assert path.stat().st_size == size
    file._file = real
    file.close()
    assert [json.loads(line) for line in path.read_bytes().splitlines()] == [
        {"a": 1},
        *([{"b": 2}] if takes else []),
    ]
