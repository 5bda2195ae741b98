"""Inputs to measurements: which test, against what, and what a result suggests to look at next."""

from collections.abc import Callable, Iterable, Sequence

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError
from gatewatch.probe import failing, services, sni, web
from gatewatch.probe import methods as looks
from gatewatch.probe.inputs import ProbeInput, url_of
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.methods import EchCheck, HttpHost, Throughput, TlsMiddlebox, TlsPing
from gatewatch.probe.runner import ProbeJob, ProbeTest
from gatewatch.probe.services import ServiceTest
from gatewatch.probe.sni import SniBlocking
from gatewatch.probe.stream import Peer
from gatewatch.probe.target import Target
from gatewatch.probe.trace import Row
from gatewatch.probe.web import ProbeTools, WebConnectivity

_BY_NAME = frozenset({"connection_reset", failing.TIMEOUT, failing.EOF})
"""Failures of a handshake that a name in it can bring about."""


_SLOW = 5.0
"""Seconds over a body after which it is worth a second look: half of what is waited for it."""
METHODS = ("sni", "host", "ping", "ttl", "rate", "ech")
USUAL = ("sni", "host")


def methods_of(given: Iterable[str]) -> frozenset[str]:
    """The methods that were named; `all` and `none` are words for it. Raises UsageError."""
    named = set(given)
    if named == {"none"}:
        return frozenset()
    if "none" in named:
        raise UsageError("--method none stands alone: name methods, or none")
    if "all" in named:
        return frozenset(METHODS)
    if wrong := sorted(named - set(METHODS)):
        raise UsageError(f"--method {wrong[0]}: there are {', '.join(METHODS)}, all and none")
    return frozenset(named)


def of_urls(
    inputs: Iterable[ProbeInput], tools: ProbeTools, *, methods: frozenset[str]
) -> list[ProbeJob]:
    """Web Connectivity of each URL."""
    return [_web(one.url, tools, methods=methods) for one in inputs]


def of_service(
    name: str, catalogue: Catalogue, tools: ProbeTools, *, methods: frozenset[str], domains: bool
) -> list[ProbeJob]:
    """A service's own test; Web Connectivity of each of its domains where it has none, and where
    they are asked for too.

    Raises UsageError for a name that no service bears.
    """
    service = catalogue.service(name)
    steps = services.of_service(service.id)
    found: list[ProbeJob] = []
    if steps is not None:
        found.append(
            ProbeJob(
                test=steps.test,
                version=steps.version,
                named=None,
                host=service.id,
                make=lambda: ServiceTest(steps, catalogue, tools),
            )
        )
    if steps is None or domains:
        pages = (ProbeInput(url_of(host)) for host in service.domains)
        found += of_urls(pages, tools, methods=methods)
    return found


def _web(url: str, tools: ProbeTools, *, methods: frozenset[str]) -> ProbeJob:
    target = Target.parse(url)

    def then(done: ProbeTest) -> Sequence[ProbeJob]:
        return _further(done, target, tools.limits, methods) if target is not None else ()

    return ProbeJob(
        test=web.TEST,
        version=web.VERSION,
        named=url,
        host=target.host if target else url,
        make=lambda: WebConnectivity(url, tools),
        then=then,
    )


def _further(
    done: ProbeTest, target: Target, limits: ProbeLimits, asked: frozenset[str]
) -> Sequence[ProbeJob]:
    """What a result suggests to look at next, of the methods that were asked for."""
    name = target.host
    found: list[tuple[str, tuple[str, str], Callable[[], ProbeTest]]] = []
    if (cut := by_name(done)) is not None:
        found += [
            ("sni", (sni.TEST, sni.VERSION), lambda: SniBlocking(name, cut, limits)),
            ("ping", looks.PING, lambda: TlsPing(name, cut, limits)),
            ("ttl", looks.TTL, lambda: TlsMiddlebox(name, cut, limits)),
        ]
    if (place := by_host(done)) is not None:
        found.append(("host", looks.HOST, lambda: HttpHost(name, place, limits)))
    if (slow := by_rate(done)) is not None:
        found.append(("rate", looks.RATE, lambda: Throughput(target.url, name, slow, limits)))
    if (shaken := by_handshake(done)) is not None:
        found.append(("ech", looks.ECH, lambda: EchCheck(name, shaken, limits)))
    return [
        ProbeJob(test=test, version=version, named=_named(test, name), host=name, make=make)
        for method, (test, version), make in found
        if method in asked
    ]


def _named(test: str, host: str) -> str:
    """The input as each specification writes it."""
    forms = {"tlsping": f"tlshandshake://{host}:443", "tlsmiddlebox": f"tlstrace://{host}"}
    forms["echcheck"] = f"https://{host}"
    return forms.get(test, host)


def by_name(done: ProbeTest) -> Peer | None:
    """Where a handshake failed as it would if the name in it were the trigger: the connection
    stood, and was cut or met with silence."""
    return next((_peer(r) for r in done.trace.handshakes if r["failure"] in _BY_NAME), None)


def by_host(done: ProbeTest) -> Peer | None:
    """Where a request in the clear was cut, or answered otherwise than the control was."""
    row = next((r for r in reversed(done.trace.requests) if "depth=0" in r["tags"]), None)
    if row is None or not row["request"]["url"].startswith("http:"):
        return None
    differs = done.keys().get("blocking") in {"http-diff", "http-failure"}
    return _peer(row) if differs or row["failure"] in _BY_NAME else None


def by_rate(done: ProbeTest) -> Peer | None:
    """Where a page was left because time ran out: it came slowly, or stopped."""
    row = next((r for r in done.trace.requests if r["network"] == "tcp"), None)
    if row is None or row["failure"] is not None or "depth=0" not in row["tags"]:
        return None
    body = row["response"]
    slow = body["body_is_truncated"] and row["t"] - row["t0"] >= _SLOW
    return _peer(row) if slow else None


def by_handshake(done: ProbeTest) -> Peer | None:
    """Where a handshake was completed."""
    return next((_peer(r) for r in done.trace.handshakes if r["failure"] is None), None)


def _peer(row: Row) -> Peer:
    ip, _, port = row["address"].rpartition(":")
    return Peer(ip.strip("[]"), int(port))
