"""The lab: a probe, a middlebox, a world and a control, each a process in a namespace of its own.

`with Lab(folder) as lab: lab.probe(...)`. docs/lab.md draws it. Nothing in it can leave it: no
namespace has a device to any other but the middlebox.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec
from tests.lab import netns, places
from tests.lab.places import Host

from gatewatch.analysis.network.observe import url_parts
from gatewatch.analysis.network.tools import judge
from gatewatch.model.verdict import Verdict
from gatewatch.sources.measurements.ooni import decode

ROOT = Path(__file__).parents[2]
PATIENCE = 9.0
"""Seconds for a connect in the lab, where everything that answers at all answers at once."""


class Lab:
    """Everything that runs, from the first namespace to the last process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tag = f"gw{os.getpid()}"
        self.inner, self.outer, self.dark = f"{tag}-probe", f"{tag}-world", f"{tag}-dark"
        self._started: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        folder = self.folder
        folder.mkdir(parents=True, exist_ok=True)
        self._rules()
        rows = "".join(f"{network},{asn}\n" for network, asn in places.NETWORKS)
        (folder / "networks.csv").write_text(f"network,asn\n{rows}", encoding="utf-8")
        try:
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _rules(self, cut: Iterable[str] = ()) -> None:
        (self.folder / "rules.json").write_bytes(msgspec.json.encode(places.rules(cut)))

    def cut(self, hosts: Iterable[str]) -> None:
        """Cut hosts of WeChat's off, and let all others be."""
        self._rules(hosts)
        self._box.send_signal(signal.SIGHUP)

    def _build(self) -> None:
        netns.make(self.inner, resolver=places.RESOLVER)
        netns.make(self.outer, resolver=places.ELSEWHERE)
        netns.make(self.dark)
        netns.holds(self.outer, places.LOCAL_TO_WORLD)
        world = self._start(self.outer, "-m", "tests.lab.world", str(self.folder))
        self._box = self._start(
            "",
            *("-m", "tests.lab.middlebox", self.inner, self.outer),
            str(self.folder / "rules.json"),
        )
        self._ready(world)
        control = self._start(
            self.outer,
            *("-m", "gatewatch", "control", "serve", "--lab", "--rate", "0", "--at-once", "400"),
            *("--host", places.CONTROL, "--port", "80", "--timeout", str(PATIENCE)),
            *("--networks", str(self.folder / "networks.csv")),
            said=True,
        )
        self._ready(self._box)
        self._ready(control, said=True)
        for one in places.hosts():
            if one.scenario.route:
                six = ["-6"] if ":" in one.address else []
                netns.ip("-n", self.inner, *six, "route", "add", one.scenario.route, one.address)

    def env(self) -> dict[str, str]:
        """What programs in the lab are told: whom to trust, and where their own things lie."""
        paths = os.pathsep.join((str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")))
        home = self.folder / "home"
        return {
            **os.environ,
            "PYTHONPATH": paths,
            "SSL_CERT_FILE": str(self.folder / "ca.pem"),
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CACHE_HOME": str(home / "cache"),
        }

    def _start(self, namespace: str, *words: str, said: bool = False) -> "subprocess.Popen[str]":
        command: Sequence[str] = [sys.executable, *words]
        if namespace:
            command = netns.inside(namespace, command)
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.env(),
            stdout=subprocess.DEVNULL if said else subprocess.PIPE,
            stderr=subprocess.PIPE if said else None,
            text=True,
        )
        self._started.append(process)
        return process

    def _ready(self, process: "subprocess.Popen[str]", *, said: bool = False) -> None:
        stream = process.stderr if said else process.stdout
        assert stream is not None
        line = stream.readline()
        assert line, "a process of the lab ended before it was ready"

    def probe(
        self, out: str, words: Iterable[str], *, namespace: str = "", timeout: float = 120.0
    ) -> "subprocess.CompletedProcess[str]":
        """`gatewatch probe` in a namespace, the probe's own if none is named; its file is `out` in
        the lab's folder."""
        command = [
            *(sys.executable, "-m", "gatewatch", "probe", "--i-understand", "--quiet"),
            *("--country", places.COUNTRY, "--asn", str(places.ASN)),
            *("--networks", str(self.folder / "networks.csv")),
            *("--timeout", str(PATIENCE), "--rate", "0", "--apart", "0"),
            *("--out", str(self.folder / out), *words),
        ]
        return subprocess.run(
            netns.inside(namespace or self.inner, command),
            cwd=self.folder,
            env=self.env(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._started):
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        for name in (self.inner, self.outer, self.dark):
            netns.remove(name)


ELSEWHERE = (
    *("--resolver", f"udp://{places.ELSEWHERE}"),
    *("--resolver", f"https://{places.ELSEWHERE}/dns-query"),
)
CONTROL = ("--control", f"http://{places.CONTROL}/")


WECHAT = {
    "free": (),
    "part": tuple(name for name in places.WECHAT if "long" not in name),
    "cut": places.WECHAT,
}
"""Which of WeChat's hosts are cut off in each run of its test."""


def measured(folder: Path) -> None:
    """Build a lab, measure every scenario once, and leave what was measured in a folder."""
    with Lab(folder) as lab:
        urls = folder / "urls.txt"
        # What takes its time begins first.
        slow = sorted(places.hosts(), key=lambda one: one.scenario.server not in {"big", "drip"})
        urls.write_text("".join(f"{one.url}\n" for one in slow), encoding="utf-8")
        done = lab.probe(
            "all.jsonl", ["--list", str(urls), "--at-once", "40", *ELSEWHERE, *CONTROL]
        )
        assert done.returncode == 0, done.stderr
        # A machine that is busy with other things may be too slow for one or the other: what came
        # out otherwise than it must is measured once more, with nothing beside it.
        told = judged(folder / "all.jsonl")
        if again := [one.url for one in places.hosts() if not _is_right(one, told)]:
            done = lab.probe("all.jsonl", [*again, "--at-once", "8", *ELSEWHERE, *CONTROL])
            assert done.returncode == 0, done.stderr
        wechat = ("--service", "wechat", "--resolver", "none")
        for name, hosts in WECHAT.items():
            lab.cut(hosts)
            done = lab.probe(f"wechat-{name}.jsonl", wechat)
            assert done.returncode == 0, done.stderr
        one = ["https://plain-https-4.example/", *ELSEWHERE, *CONTROL]
        done = lab.probe("dark.jsonl", one, namespace=lab.dark)
        assert done.returncode == 0, done.stderr


def _is_right(host: Host, told: dict[tuple[str, str], Verdict]) -> bool:
    """Whether the verdict on a host is what its scenario says, the differential's too."""
    want = host.scenario
    verdict = told.get(("web_connectivity", host.name))
    further = told.get(("sni_blocking", host.name))
    if want.differential and (further is None or further.state != want.differential):
        return False
    return verdict is not None and (verdict.state, verdict.mechanism, verdict.locus) == (
        *(want.state, want.mechanism),
        want.locus,
    )


def lines(file: Path) -> list[bytes]:
    """The measurements of a file."""
    return file.read_bytes().splitlines()


def judged(file: Path) -> dict[tuple[str, str], Verdict]:
    """The verdict on each measurement of a file, by test and host."""
    found: dict[tuple[str, str], Verdict] = {}
    for line in lines(file):
        one = decode(line)
        _, host, _ = url_parts(one.input)
        found[one.test_name, host or one.input or ""] = judge(one)
    return found


if __name__ == "__main__":
    # What differs from what scenarios.toml has, for whoever adds one.
    place = Path(sys.argv[1])
    if not (place / "all.jsonl").exists():
        measured(place)
    verdicts = judged(place / "all.jsonl")
    for one in places.hosts():
        told, want = verdicts.get(("web_connectivity", one.name)), one.scenario
        got = (told.state, told.mechanism, told.locus, told.rules[:1]) if told else ("nothing",)
        wanted = (want.state, want.mechanism, want.locus)
        if got[:3] != wanted:
            sys.stdout.write(f"{one.name}: {got}, not {wanted}\n")
