"""The lab: a probe, a middlebox, a world and a control, each a process in a namespace of its own.

`with Lab(folder) as lab: lab.probe(...)`. docs/lab.md draws it. Nothing in it can leave it: no
namespace has a device to any other but the middlebox.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Self

import msgspec
from tests import warm
from tests.lab import netns, places
from tests.lab.places import Host

from gatewatch.analysis.network.places import url_parts
from gatewatch.analysis.network.tools import judge
from gatewatch.catalogue import facts, nettests
from gatewatch.model.verdict import Verdict, VerdictState
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

    def _rules(self, phase: str = "free") -> None:
        (self.folder / "rules.json").write_bytes(msgspec.json.encode(places.rules(phase)))

    def phase(self, name: str) -> None:
        """What of services is cut off from now on: nothing, a part of each, or all."""
        self._rules(name)
        self._box.send_signal(signal.SIGHUP)

    def _build(self) -> None:
        netns.make(self.inner, resolver=places.RESOLVER)
        netns.make(self.outer, resolver=places.ELSEWHERE, patience=3)  # nobody lies there
        netns.make(self.dark)
        netns.holds(self.outer, places.LOCAL_TO_WORLD)
        world = self._begun(*_run(self.outer, "tests.lab.world"), str(self.folder))
        self._box = self._begun(
            *(sys.executable, "-m", "tests.lab.middlebox", self.inner, self.outer),
            str(self.folder / "rules.json"),
        )
        control = self._begun(
            *_run(self.outer),
            *("control", "serve", "--lab", "--rate", "0", "--at-once", "400"),
            *("--host", places.CONTROL, "--port", "80", "--timeout", str(PATIENCE)),
            *("--networks", str(self.folder / "networks.csv")),
            said=True,
        )
        self._ready(world)
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

    def _begun(self, *command: str, said: bool = False) -> "subprocess.Popen[str]":
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
        self,
        out: str,
        words: Iterable[str],
        *,
        namespace: str = "",
        days: int = 0,
        patience: float = PATIENCE,
        timeout: float = 120.0,
    ) -> "subprocess.CompletedProcess[str]":
        """`gatewatch probe` in a namespace, the probe's own if none is named; its file is `out` in
        the lab's folder. `days` is how far its clock is off."""
        first = [*_run(namespace or self.inner, "tests.lab.wrong_clock"), str(days)] if days else []
        return subprocess.run(
            [
                *(first or _run(namespace or self.inner)),
                *self._words(self.folder / out, words, patience=patience),
            ],
            cwd=self.folder,
            env=self.env(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def pulled(self, out: str, urls: Sequence[str]) -> str:
        """Measure one after another, and take the probe's device down when the first has ended;
        what the command says."""
        file = self.folder / out
        words = [*urls, "--at-once", "1", "--resolver", "none", *CONTROL]
        process = subprocess.Popen(
            [*_run(self.inner), *self._words(file, words)],
            cwd=self.folder,
            env=self.env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        until = monotonic() + PATIENCE * 4
        while not (file.exists() and file.stat().st_size) and monotonic() < until:
            sleep(0.05)
        netns.ip("-n", self.inner, "link", "set", "tun-probe", "down")
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return said

    def ran(
        self,
        out: str,
        words: Iterable[str],
        *,
        namespace: str = "",
        days: int = 0,
        patience: float = PATIENCE,
        answered: Callable[[bytes], bool] = lambda _: True,
    ) -> None:
        """`probe`, which must come to its end. Where a measurement is not `answered`, once more:
        names are asked for a second, once, and a busy machine takes longer."""
        for _ in range(2):
            done = self.probe(out, words, namespace=namespace, days=days, patience=patience)
            assert done.returncode == 0, done.stderr
            if all(map(answered, lines(self.folder / out))):
                return

    def _words(self, out: Path, words: Iterable[str], *, patience: float = PATIENCE) -> list[str]:
        return [
            *("probe", "--i-understand", "--quiet"),
            *("--country", places.COUNTRY, "--asn", str(places.ASN)),
            *("--networks", str(self.folder / "networks.csv")),
            *("--timeout", str(patience), "--rate", "0", "--apart", "0"),
            *("--out", str(out), *words),
        ]

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


def _run(namespace: str, module: str = "gatewatch") -> list[str]:
    """What stands for `ip netns exec NAMESPACE python -m MODULE`: forked from a process that has
    loaded the program, since starting it a dozen times takes more than all that is measured."""
    whole = f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    program = f"import runpy; from tests.lab import netns; netns.become({namespace!r}); {whole}"
    return warm.kept().running(program)


ELSEWHERE = (
    *("--resolver", f"udp://{places.ELSEWHERE}"),
    *("--resolver", f"https://{places.ELSEWHERE}/dns-query"),
)
EVERY_WAY = tuple(
    word
    for way in ("udp", "tcp", "tls", "https")
    for word in ("--resolver", f"{way}://{places.ELSEWHERE}")
)
RESOLVED = ("plain-https", "dns-bogon", "dns-poison")
"""Scenarios that are measured with all ways to ask a resolver."""
LOOKED = ("sni-reset", "ech-reset", "http-reset", "sni-throttle")
"""Scenarios that are looked at again by every method."""
PULLED = ("plain-https", "server-drip", "large-page")
"""Scenarios of a run in whose middle the cable is pulled: while the second drips."""
SLOW = frozenset({"big", "drip", "junk", "silent"})
"""Servers whose scenarios take longest."""
SERVICES = ("telegram", "whatsapp", "signal", "facebook-messenger", "wechat")
CONTROL = ("--control", f"http://{places.CONTROL}/")


PHASES = ("free", "part", "cut")


def measured(folder: Path) -> None:
    """Build a lab, measure every scenario once, and leave what was measured in a folder.

    Nearly all of the time is waiting for what a censor drops: all that needs no other phase of the
    lab than the first goes on at once.
    """
    with Lab(folder) as lab, ThreadPoolExecutor() as beside:
        runs = [
            beside.submit(one, lab) for one in (_scenarios, _services, _resolvers, _methods, _own)
        ]
        for one in runs:
            one.result()
        _hotspot(lab)
        said = lab.pulled("pulled.jsonl", [f"https://{name}-4.example/" for name in PULLED])
        (folder / "pulled.txt").write_text(said, encoding="utf-8")


def _scenarios(lab: "Lab") -> None:
    """Every scenario but those of hotspots, those that take their time first."""
    mine = [one for one in places.hosts() if not one.scenario.hotspot]
    slow = sorted(mine, key=lambda one: one.scenario.server not in SLOW)
    urls = lab.folder / "urls.txt"
    urls.write_text("".join(f"{one.url}\n" for one in slow), encoding="utf-8")
    words = ["--list", str(urls), "--at-once", "100", *ELSEWHERE, *CONTROL]
    lab.ran("all.jsonl", words, patience=PATIENCE * 2 / 3)
    # A machine that is busy with other things may be too slow for one or the other: what came
    # out otherwise than it must is measured once more, with less beside it and more patience.
    told = judged(lab.folder / "all.jsonl")
    if again := [one.url for one in mine if not _is_right(one, told)]:
        lab.ran("all.jsonl", [*again, "--at-once", "8", *ELSEWHERE, *CONTROL])


def _services(lab: "Lab") -> None:
    """The tests of services, in each phase; then as at first."""
    services = [f"--service={facts.load().service(name).id}" for name in SERVICES]
    for phase in PHASES:
        lab.phase(phase)
        file, words = f"services-{phase}.jsonl", [*services, "--resolver", "none"]
        lab.ran(file, words, answered=_is_free if phase == "free" else lambda _: True)
    lab.phase("free")


def _is_free(line: bytes) -> bool:
    """Whether all that a test of a service looks at answered, as it does where nothing is cut."""
    one = decode(line)
    told, ignored = judge(one), nettests.tests()[one.test_name].ignored
    parts = [part for part in told.parts if (part.target or "").partition(":")[0] not in ignored]
    return all(part.state == VerdictState.OK for part in (told, *parts))


def _resolvers(lab: "Lab") -> None:
    named = [f"https://{name}-4.example/" for name in RESOLVED]
    lab.ran("resolvers.jsonl", [*named, *EVERY_WAY, *CONTROL], answered=_is_answered)


def _is_answered(line: bytes) -> bool:
    """Whether each resolver that was asked for an address gave one, as all of the lab's do."""
    queries = msgspec.json.decode(line)["test_keys"]["queries"] or ()
    told = {one["engine"]: one["failure"] for one in queries if one["query_type"] == "A"}
    return set(told) >= {"udp", "tcp", "dot", "doh"} and not any(told.values())


def _shook_hands(line: bytes) -> bool:
    """Whether the name was answered in time for a handshake to be tried."""
    return bool(msgspec.json.decode(line)["test_keys"]["tls_handshakes"])


def _methods(lab: "Lab") -> None:
    urls = [f"{'https' if one != 'http-reset' else 'http'}://{one}-4.example/" for one in LOOKED]
    lab.ran("methods.jsonl", [*urls, "--method", "all", *ELSEWHERE, *CONTROL])


def _own(lab: "Lab") -> None:
    """Probes that are broken themselves: by their clock, and by having no network."""
    one = ["https://plain-https-4.example/", *ELSEWHERE, *CONTROL]
    for days in (400, -400):
        lab.ran(f"clock{days}.jsonl", one, days=days, answered=_shook_hands)
    lab.ran("dark.jsonl", one, namespace=lab.dark)


def _hotspot(lab: "Lab") -> None:
    """Behind a hotspot, which stands in the place of a helper with TLS and of one without."""
    urls = [one.url for one in places.hosts() if one.scenario.hotspot]
    lab.phase(places.HOTSPOT)
    words = [*urls, "--at-once", "20", *ELSEWHERE, "--control"]
    with ThreadPoolExecutor() as beside:
        runs = [
            beside.submit(lab.ran, name, [*words, helper])
            for name, helper in (
                ("hotspot.jsonl", f"https://{places.CONTROL_NAME}/"),
                ("hotspot-plain.jsonl", f"http://{places.CONTROL}/"),
            )
        ]
        for one in runs:
            one.result()
    lab.phase("free")


def _is_right(host: Host, told: dict[tuple[str, str], Verdict]) -> bool:
    """Whether the verdict on a host is what its scenario says, the differential's too."""
    want = host.scenario
    verdict = told.get(("web_connectivity", host.name))
    further = told.get(("sni_blocking", host.name))
    if want.differential and (further is None or further.state != want.differential):
        return False
    if verdict is None or not set(want.interference) <= set(verdict.interference):
        return False
    return (verdict.state, verdict.mechanism, verdict.locus) == (
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
    verdicts = judged(place / "all.jsonl") | judged(place / "hotspot.jsonl")
    for one in places.hosts():
        told, want = verdicts.get(("web_connectivity", one.name)), one.scenario
        got = (told.state, told.mechanism, told.locus, told.rules[:1]) if told else ("nothing",)
        wanted = (want.state, want.mechanism, want.locus)
        if got[:3] != wanted:
            sys.stdout.write(f"{one.name}: {got}, not {wanted}\n")
