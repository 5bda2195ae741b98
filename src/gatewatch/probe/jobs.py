"""Inputs to measurements: which test, against what, and what a result suggests to look at next."""

from collections.abc import Iterable

from gatewatch.catalogue.facts import Catalogue
from gatewatch.probe import failing, services, sni, web
from gatewatch.probe.inputs import ProbeInput, url_of
from gatewatch.probe.runner import ProbeJob, ProbeTest
from gatewatch.probe.services import ServiceTest
from gatewatch.probe.sni import SniBlocking
from gatewatch.probe.stream import Peer
from gatewatch.probe.web import ProbeTools, Target, WebConnectivity

_BY_NAME = frozenset({"connection_reset", failing.TIMEOUT, failing.EOF})
"""Failures of a handshake that a name in it can bring about."""


def of_urls(inputs: Iterable[ProbeInput], tools: ProbeTools, *, methods: bool) -> list[ProbeJob]:
    """Web Connectivity of each URL."""
    return [_web(one.url, tools, methods=methods) for one in inputs]


def of_service(
    name: str, catalogue: Catalogue, tools: ProbeTools, *, methods: bool, domains: bool
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


def _web(url: str, tools: ProbeTools, *, methods: bool) -> ProbeJob:
    target = Target.parse(url)

    def then(done: ProbeTest) -> ProbeJob | None:
        place = by_name(done) if methods and target is not None else None
        if place is None or target is None:
            return None
        return ProbeJob(
            test=sni.TEST,
            version=sni.VERSION,
            named=target.host,
            host=target.host,
            make=lambda: SniBlocking(target.host, place, tools.limits),
        )

    return ProbeJob(
        test=web.TEST,
        version=web.VERSION,
        named=url,
        host=target.host if target else url,
        make=lambda: WebConnectivity(url, tools),
        then=then,
    )


def by_name(done: ProbeTest) -> Peer | None:
    """Where a handshake failed as it would if the name in it were the trigger: the connection
    stood, and was cut or met with silence."""
    for row in done.trace.handshakes:
        if row["failure"] in _BY_NAME:
            ip, _, port = row["address"].rpartition(":")
            return Peer(ip.strip("[]"), int(port))
    return None
