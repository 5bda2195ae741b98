"""The probe against the lab's servers, beside plain httpx fetching the same pages from there.

The lab (docs/lab.md) takes root; without it nothing is measured, and that is said.
"""

import asyncio
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from tests.lab import lab, netns, places

from benchmarks.measure import Result
from gatewatch.analysis.network.tools import judge
from gatewatch.probe import runner
from gatewatch.probe import session as sessions
from gatewatch.probe.control import Helper
from gatewatch.probe.inputs import ProbeInput
from gatewatch.probe.jobs import of_urls
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.networks import load
from gatewatch.probe.pacing import ProbePace
from gatewatch.probe.resolution import Resolver
from gatewatch.probe.web import ProbeTools
from gatewatch.sources.measurements.ooni import decode

AT_ONCE = 40
_SAME = (
    *("plain-https", "plain-http", "upgrade", "dns-nxdomain", "dns-notice", "dns-refused"),
    *("ip-reset", "sni-reset", "sni-alert", "tls-mitm", "http-reset", "http-page", "http-redirect"),
    *("server-down", "server-expired", "server-loop", "server-cut", "server-captcha"),
)
"""Scenarios that end at once, so that one at a time takes no minutes."""


def run(shared: Path, *, tiny: bool) -> list[Result]:  # noqa: ARG001 - as all are called
    """Rate, memory and sameness."""
    if why := netns.allowed():
        print(f"probe: not measured, the lab needs {why}\n")
        return []
    targets = 500 if tiny else 10_000
    with tempfile.TemporaryDirectory() as folder, lab.Lab(Path(folder)) as held:
        words = [sys.executable, "-m", "benchmarks.probing", folder, str(targets)]
        done = subprocess.run(
            netns.inside(held.inner, words),
            cwd=lab.ROOT,
            env=held.env(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    sys.stderr.write(done.stderr)  # what differs
    told = json.loads(done.stdout)
    return [
        Result(
            f"Web Connectivity of the lab's pages, {AT_ONCE} at once",
            f"{told['probe']:,.1f} a second",
            f"httpx fetching the same pages: {told['httpx']:,.1f} a second",
            told["probe"] / told["httpx"],
            "at least a quarter",
            told["probe"] >= told["httpx"] / 4,
        ),
        Result(
            f"memory after {targets:,} targets, over https and with a control",
            f"{told['last'] / 1024:,.0f} MB at most",
            f"after the first tenth: {told['first'] / 1024:,.0f} MB",
            told["last"] / told["first"],
            "at most 1.1",
            told["last"] <= 1.1 * told["first"],
        ),
        Result(
            "verdicts of 200 at once",
            f"{told['same']} as one at a time",
            f"{told['all']} measurements",
            told["same"] / told["all"],
            "all",
            told["same"] == told["all"],
        ),
    ]


def _tools(folder: Path, at_once: int) -> ProbeTools:
    return ProbeTools(
        limits=ProbeLimits().scaled(lab.PATIENCE),
        resolvers=(Resolver.parse(f"udp://{places.ELSEWHERE}"),),
        helpers=(Helper.parse(f"http://{places.CONTROL}/"),),
        networks=load(folder / "networks.csv"),
        threads=ThreadPoolExecutor(max(at_once, 32)),
    )


async def _fetched(urls: list[str], folder: Path) -> float:
    """Pages a second, by httpx."""
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    waiting, began = iter(urls), time.perf_counter()
    async with httpx.AsyncClient(verify=context) as client:

        async def worker() -> None:
            for url in waiting:
                assert (await client.get(url)).status_code == 200

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return len(urls) / (time.perf_counter() - began)


async def _measured(
    urls: list[str], folder: Path, at_once: int, *, kept: bool = True
) -> tuple[float, list[bytes], int]:
    """Measurements a second, their lines if they are kept, and the peak of memory (kB) after the
    first tenth. Each must have had its control."""
    lines: list[bytes] = []
    first, number, began = 0, 0, time.perf_counter()

    async def sink(line: bytes) -> None:
        nonlocal first, number
        number += 1
        if kept:
            lines.append(line)
        assert b'"control_failure":null' in line
        if number == max(1, len(urls) // 10):
            first = _peak()

    jobs = of_urls([ProbeInput(url) for url in urls], _tools(folder, at_once), methods=frozenset())
    session = sessions.begun(
        "1", country="RU", asn=places.ASN, networks=load(folder / "networks.csv")
    )
    pace = ProbePace(at_once=at_once, a_second=0, apart=0)
    await runner.run(jobs, session, pace, sink)
    return len(urls) / (time.perf_counter() - began), lines, first


def _peak() -> int:
    """The most memory that this program held (kB). What getrusage tells begins with that of the
    process from which it was forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def _states(lines: list[bytes]) -> dict[str | None, tuple[object, ...]]:
    read = [decode(line) for line in lines]
    told = {one.input: judge(one) for one in read}
    return {url: (one.state, one.mechanism, one.locus, one.rules) for url, one in told.items()}


async def _inside(folder: Path, targets: int) -> dict[str, float]:
    pages = [f"https://plain-https-4.example/{n}" for n in range(targets)]
    some = [one.url for one in places.hosts() if one.scenario.name in _SAME and "-4." in one.url]
    _, one, _ = await _measured(some, folder, 1)
    fetched = await _fetched(pages[:1_000], folder)
    rate, _, first = await _measured(pages, folder, AT_ONCE, kept=False)
    last = _peak()
    _, many, _ = await _measured(some * (200 // len(some)), folder, 200)
    alone, together = _states(one), [_states([line]) for line in many]
    told = [(url, states) for each in together for url, states in each.items()]
    for url, states in told:
        if states != alone[url]:
            print(f"{url}: {states}, not {alone[url]}", file=sys.stderr)
    same = sum(states == alone[url] for url, states in told)
    return {
        "probe": rate,
        "httpx": fetched,
        "first": first,
        "last": last,
        "same": same,
        "all": len(together),
    }


if __name__ == "__main__":
    os.environ.setdefault("SSL_CERT_FILE", str(Path(sys.argv[1]) / "ca.pem"))
    print(json.dumps(asyncio.run(_inside(Path(sys.argv[1]), int(sys.argv[2])))))
