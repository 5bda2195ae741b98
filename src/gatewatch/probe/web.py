"""Web Connectivity (ts-017, as its version 0.5 records it): a URL step by step, redirects followed.

Each hop: resolve by all resolvers, connect to every address, shake hands, ask once. At the first
hop a control elsewhere is asked to do the same. What is recorded is not judged here.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from urllib.parse import urljoin

import msgspec

from gatewatch.catalogue import nettests
from gatewatch.model.ranges import parsed
from gatewatch.probe import control, failing, http, quic, resolution
from gatewatch.probe.control import ControlAnswer, ControlRequest, Helper
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.networks import NetworkTable
from gatewatch.probe.resolution import Resolver
from gatewatch.probe.stream import HTTP_ALPN, Peer, Stream, dial
from gatewatch.probe.target import Target
from gatewatch.probe.trace import HttpExchange, Row, Trace
from gatewatch.probe.web_summary import summary

TEST, VERSION = "web_connectivity", "0.5.28"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class ProbeTools(msgspec.Struct, frozen=True, kw_only=True):
    """With what is measured, the same for every measurement of a run."""

    limits: ProbeLimits = ProbeLimits()
    resolvers: tuple[Resolver, ...] = ()
    helpers: tuple[Helper, ...] = ()
    networks: NetworkTable
    threads: Executor
    """Where the system's resolver is asked: it blocks whoever asks."""


class _Ready(msgspec.Struct, frozen=True):
    """A connection over which a page can be asked for."""

    stream: Stream
    rank: int
    """Its place among the addresses, those from the system's resolver first."""


class WebConnectivity:
    """One measurement of one URL. `keys` are its test keys, at any time: what was recorded until a
    deadline is kept."""

    def __init__(self, url: str, tools: ProbeTools) -> None:
        self._url, self._tools = url, tools
        self.trace = Trace()
        self.answer: ControlAnswer | None = None
        self._asked: ControlRequest | None = None
        self._cookies: dict[str, dict[str, str]] = {}
        self._quic_pages: dict[int, HttpExchange] = {}
        """By depth: recorded after the page that came over TCP, which is the one compared."""
        self.interrupted = False

    async def run(self) -> None:
        """Measure. Ends within the limits' `whole`, and never raises for what a network does."""
        try:
            async with asyncio.timeout(self._tools.limits.whole):
                await self._chain()
        except TimeoutError:
            self.interrupted = True
        finally:
            await self.trace.heard()

    def keys(self) -> Row:
        """What was recorded, with the short results that the field's programs show."""
        answer = self.answer
        made = {
            **self.trace.keys(),
            "agent": "redirect",
            "retries": None,
            "socksproxy": None,
            "client_resolver": "",
            "x_control_request": msgspec.to_builtins(self._asked) if self._asked else None,
            "control": answer.control if answer else None,
            "control_failure": answer.failure if answer else None,
            "x_control_asked": answer is not None,
            "x_interrupted": self.interrupted,
        }
        if answer is None:
            # A missing control and one that failed are two things: only the latter has a name.
            del made["control"], made["control_failure"]
        return {**made, **summary(made)}

    async def _chain(self) -> None:
        url: str | None = self._url
        for depth in range(self._tools.limits.redirects + 1):
            target = Target.parse(url or "")
            if target is None:
                return
            page = await self._hop(target, depth)
            tags = _tags(depth, "classic", "fetch_body=true")
            if page is None:
                return
            url = _next(page)
            if url is not None and Target.parse(url) is None:
                page.failure = failing.BAD_REDIRECT
            elif url is not None and depth == self._tools.limits.redirects:
                page.failure = failing.MANY_REDIRECTS
            if (again := self._quic_pages.get(depth)) is not None:
                self.trace.exchange(again, _tags(depth), quic=True)
            self.trace.exchange(page, tags)
            if url is None or page.failure is not None:
                return

    async def _hop(self, target: Target, depth: int) -> HttpExchange | None:
        """All steps towards one URL; the page, or None where no connection led there."""
        own, others = await self._resolve(target, depth)
        limits = self._tools.limits
        addresses = [*own, *(one for one in others if one not in own)][: limits.addresses]
        asked = None
        if depth == 0 and self._tools.helpers:
            asked = asyncio.ensure_future(self._ask(target, addresses))
        try:
            found = await asyncio.gather(
                *(
                    self._endpoint(target, address, depth, rank, classic=address in own)
                    for rank, address in enumerate(addresses)
                )
            )
            if asked is not None:
                await asked
                given = _given(self.answer)
                more = [one for one in given if one not in addresses][: limits.addresses]
                found += await asyncio.gather(
                    *(
                        self._endpoint(target, one, depth, len(addresses) + rank, classic=False)
                        for rank, one in enumerate(more)
                    )
                )
        finally:
            if asked is not None:
                asked.cancel()
        ready = sorted((one for one in found if one is not None), key=lambda one: one.rank)
        for spare in ready[1:]:
            spare.stream.close()
        if not ready:
            await self._over_quic(target, addresses[:1], depth)
            return None
        stream = ready[0].stream
        try:
            page = await http.exchange(
                stream, target.url, limits=limits, headers=[*http.BROWSER, *self._crumbs(target)]
            )
        finally:
            stream.close()
        self._keep_cookies(target, page)
        if target.scheme == "https" and self._offers_quic(page):
            again, _ = await quic.fetch(
                self.trace,
                Peer(stream.to.ip, target.port),
                target.url,
                _tags(depth),
                limits=limits,
            )
            if again is not None:
                self._quic_pages[depth] = again
        return page

    async def _over_quic(self, target: Target, addresses: Sequence[str], depth: int) -> None:
        """Where nothing over TCP led to a page and the control found one over QUIC: whether QUIC
        goes through, for which a handshake is enough."""
        if target.scheme == "https" and self._offers_quic(None):
            for one in addresses:
                await quic.shake(
                    self.trace,
                    Peer(one, target.port),
                    target.host,
                    _tags(depth),
                    seconds=self._tools.limits.handshake,
                )

    async def _resolve(self, target: Target, depth: int) -> tuple[list[str], list[str]]:
        """Addresses by the system's resolver, and by all others."""
        if parsed(target.host) is not None:
            return [target.host], []
        tools, tags = self._tools, _tags(depth)
        own, *others = await asyncio.gather(
            resolution.by_system(
                self.trace,
                target.host,
                _tags(depth, "classic"),
                limits=tools.limits,
                threads=tools.threads,
                networks=tools.networks,
            ),
            *(
                resolution.by_resolver(
                    self.trace,
                    target.host,
                    resolver,
                    tags,
                    limits=tools.limits,
                    networks=tools.networks,
                )
                for resolver in tools.resolvers
            ),
        )
        return own, list(dict.fromkeys(address for one in others for address in one))

    async def _endpoint(
        self, target: Target, address: str, depth: int, rank: int, *, classic: bool
    ) -> _Ready | None:
        """Connect and shake hands; with plain http one handshake more shows whose address it is."""
        tags = _tags(
            depth, *(["classic"] if classic else []), "tcptls_experiment", "fetch_body=true"
        )
        if target.scheme == "http" and not target.explicit:
            stream, _ = await asyncio.gather(
                self._dial(target, address, target.port, tags),
                self._extra(target, address, _tags(depth, "fetch_body=false")),
            )
        else:
            stream = await self._dial(target, address, target.port, tags)
        return _Ready(stream, rank) if stream is not None else None

    async def _extra(self, target: Target, address: str, tags: Sequence[str]) -> None:
        limits = self._tools.limits
        stream, _ = await dial(self.trace, Peer(address, 443), tags, seconds=limits.connect)
        if stream is not None:
            await stream.shake(target.host, alpn=HTTP_ALPN, verify=True, seconds=limits.handshake)
            stream.close()

    async def _dial(
        self, target: Target, address: str, port: int, tags: Sequence[str]
    ) -> Stream | None:
        limits = self._tools.limits
        stream, _ = await dial(self.trace, Peer(address, port), tags, seconds=limits.connect)
        if stream is None or target.scheme == "http":
            return stream
        failure = await stream.shake(
            target.host, alpn=HTTP_ALPN, verify=True, seconds=limits.handshake
        )
        if failure is None:
            return stream
        stream.close()
        return None

    async def _ask(self, target: Target, addresses: Sequence[str]) -> None:
        ports = (
            [target.port] if target.explicit else [443, *([80] if target.scheme == "http" else [])]
        )
        self._asked = ControlRequest(
            http_request=target.url,
            http_request_headers={name: [value] for name, value in http.BROWSER},
            tcp_connect=[str(Peer(one, port)) for one in addresses for port in ports],
            x_quic_enabled=target.scheme == "https",
        )
        tools = self._tools
        # Until the answer is here a deadline finds a control that was asked and did not come.
        self.answer = ControlAnswer(tools.helpers[0].url, None, failing.TIMEOUT)
        self.answer = await control.ask(tools.helpers, self._asked, tools.limits)

    def _offers_quic(self, page: HttpExchange | None) -> bool:
        """Whether the site says, here or to the control, that it speaks HTTP/3 (RFC 7838)."""
        there = (self.answer.control or {}).get("http_request") if self.answer else None
        told = there.get("discovered_h3_endpoint") if there else None
        here = page.header("alt-svc") if page is not None else None
        return "h3" in (here or "") or bool(told)

    def _crumbs(self, target: Target) -> list[tuple[str, str]]:
        """Cookies that the site set at an earlier hop of this chain."""
        held = self._cookies.get(target.host)
        return [("Cookie", "; ".join(f"{k}={v}" for k, v in held.items()))] if held else []

    def _keep_cookies(self, target: Target, page: HttpExchange) -> None:
        for name, value in page.headers:
            if name.lower() == "set-cookie":
                key, is_set, rest = value.decode("latin-1").partition(";")[0].partition("=")
                if is_set and (key + rest).isprintable():
                    self._cookies.setdefault(target.host, {})[key.strip()] = rest.strip()


def _next(page: HttpExchange) -> str | None:
    """Where a page sends its reader."""
    if page.failure is not None or page.status not in _REDIRECTS:
        return None
    location = page.location()
    if location is None:
        return None
    try:
        return urljoin(page.url, location)
    except ValueError:
        return location


def _given(answer: ControlAnswer | None) -> list[str]:
    """The addresses that the control resolved, but those of nobody on the internet: a helper does
    not lead a probe into the network that it stands in."""
    held = (answer.control or {}).get("dns") if answer else None
    listed = held.get("addrs") if held else None
    return [one for one in listed or [] if parsed(one) is not None and not nettests.is_special(one)]


def _tags(depth: int, *more: str) -> list[str]:
    return [*more, f"depth={depth}"]
