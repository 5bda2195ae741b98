"""Tests of one service each, as their specifications have them: telegram (ts-020), whatsapp
(ts-018), signal (ts-029), facebook_messenger (ts-019), and our own wechat (docs/wechat-test.md).

What is tried comes from the catalogue of services; what of it the service needs, from the tests of
the catalogue, by which verdicts are folded too. No control is asked.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gatewatch.catalogue import nettests
from gatewatch.catalogue.facts import Catalogue
from gatewatch.model import service as services
from gatewatch.probe import http, resolution
from gatewatch.probe.stream import HTTP_ALPN, Peer, Stream, dial
from gatewatch.probe.target import Target
from gatewatch.probe.trace import Row, Trace
from gatewatch.probe.web import ProbeTools

_HTTPS = 443


class ServiceSteps(msgspec.Struct, frozen=True, kw_only=True):
    """What a test does with the endpoints of its service."""

    test: str
    version: str
    pages: tuple[str, ...] = ()
    """URLs that are fetched."""
    post: bool = False
    """Each endpoint that is an address is sent a request (telegram's access points speak HTTP)."""
    every: str = ""
    """A path that every host but those of `pages` is asked for over https."""
    shake: bool = False
    """A handshake on port 443 of each host that is not asked for a page."""
    resolve: tuple[str, ...] = ()
    """Hosts that are only resolved."""
    verify: bool = True
    """False: the service has an authority of its own, whose root this program does not carry."""


TESTS: dict[str, ServiceSteps] = {
    one.test: one
    for one in (
        ServiceSteps(
            test="telegram", version="0.3.1", post=True, pages=("https://web.telegram.org/",)
        ),
        ServiceSteps(
            test="whatsapp",
            version="0.12.0",
            pages=("https://v.whatsapp.net/v2/register", "https://web.whatsapp.com/"),
        ),
        ServiceSteps(test="signal", version="0.2.5", every="/", verify=False),
        ServiceSteps(test="facebook_messenger", version="0.2.1", resolve=("stun.fbsbx.com",)),
        ServiceSteps(
            test="wechat",
            version="0.1.0",
            pages=(
                "https://web.wechat.com/",
                "https://wx.qq.com/",
                "https://login.wechat.com/",
                "https://login.weixin.qq.com/",
                "https://wechat.com/",
                "https://weixin.qq.com/",
                "https://mp.weixin.qq.com/",
                "https://api.weixin.qq.com/",
            ),
        ),
    )
}


def of_service(service: str) -> ServiceSteps | None:
    """The test of a service, by the service's id; None where it has none."""
    return next((one for one in TESTS.values() if _service(one) == service), None)


def _service(steps: ServiceSteps) -> str:
    return nettests.tests()[steps.test].service


class ServiceTest:
    """One run of one test. `keys` are its test keys, at any time."""

    def __init__(self, steps: ServiceSteps, catalogue: Catalogue, tools: ProbeTools) -> None:
        self._steps, self._tools = steps, tools
        service = catalogue.service(_service(steps))
        self._endpoints = [one for one in service.endpoints if one.test == steps.test]
        self.trace = Trace()
        self.interrupted = False

    async def run(self) -> None:
        """Try everything at once, within the limits' `whole`."""
        try:
            async with asyncio.timeout(self._tools.limits.whole):
                await asyncio.gather(*(self._endpoint(one) for one in self._endpoints))
        except TimeoutError:
            self.interrupted = True
        finally:
            await self.trace.heard()

    def keys(self) -> Row:
        """What was recorded, with the results that the test's specification names."""
        trace = self.trace.keys()
        made = {"agent": "redirect", **trace, "x_interrupted": self.interrupted}
        return {**made, **_results(self._steps, trace)}

    async def _endpoint(self, one: services.Endpoint) -> None:
        """All that is tried of one endpoint."""
        steps = self._steps
        addresses = [one.host] if one.is_address else await self._resolve(one.host)
        if one.host in steps.resolve:
            return
        pages = [url for url in steps.pages if _host(url) == one.host]
        if steps.every and not pages and not one.is_address:
            pages = [f"https://{one.host}{steps.every}"]
        if one.is_address and steps.post:
            pages = [f"http://{one.host}:{port}/" for port in one.ports]
        asked = {target.port for url in pages if (target := Target.parse(url)) is not None}
        places = [
            Peer(address, port)
            for address in addresses[: self._tools.limits.addresses]
            for port in one.ports
            if port not in asked
        ]
        await asyncio.gather(
            *(self._connect(place, one.host) for place in places),
            *(self._page(url, addresses, post=one.is_address) for url in pages),
        )

    async def _resolve(self, host: str) -> list[str]:
        tools = self._tools
        own, *_ = await asyncio.gather(
            resolution.by_system(
                self.trace,
                host,
                ("classic",),
                limits=tools.limits,
                threads=tools.threads,
                networks=tools.networks,
            ),
            *(
                resolution.by_resolver(
                    self.trace, host, resolver, (), limits=tools.limits, networks=tools.networks
                )
                for resolver in tools.resolvers
            ),
        )
        return own

    async def _connect(self, place: Peer, host: str) -> None:
        limits = self._tools.limits
        stream, _ = await dial(self.trace, place, (), seconds=limits.connect)
        if stream is None:
            return
        if self._steps.shake and place.port == _HTTPS:
            await stream.shake(
                host, alpn=HTTP_ALPN, verify=self._steps.verify, seconds=limits.handshake
            )
        stream.close()

    async def _page(self, url: str, addresses: Sequence[str], *, post: bool) -> None:
        """Ask the first address for a page that can be reached; all are connected to."""
        target = Target.parse(url)
        assert target is not None
        limits = self._tools.limits
        streams: list[Stream] = []
        for address in addresses[: limits.addresses]:
            place = Peer(address, target.port)
            stream, _ = await dial(self.trace, place, (), seconds=limits.connect)
            if stream is not None and target.scheme == "https":
                failure = await stream.shake(
                    target.host,
                    alpn=HTTP_ALPN,
                    verify=self._steps.verify,
                    seconds=limits.handshake,
                )
                if failure is not None:
                    stream.close()
                    stream = None
            if stream is not None:
                streams.append(stream)
        for spare in streams[1:]:
            spare.close()
        if streams:
            found = await http.exchange(
                streams[0], target.url, limits=limits, method="POST" if post else "GET"
            )
            streams[0].close()
            self.trace.exchange(found, ())


def _host(url: str) -> str:
    target = Target.parse(url)
    return target.host if target else ""


def _results(steps: ServiceSteps, keys: Row) -> Row:
    """Each need of the service with its state and the first failure met, and what the test's own
    specification calls them."""
    told: dict[str, tuple[str, str | None]] = {}
    for need in nettests.tests()[steps.test].needs:
        worked, failure = _need(need.hosts, keys, addresses=need.addresses)
        told[need.id] = ("ok" if worked else "blocked", None if worked else failure)
    named = _NAMED.get(steps.test)
    if named is not None:
        return dict(named(told, keys))
    return {
        f"{steps.test}_{name.replace(' ', '_')}_{what}": value
        for name, (status, failure) in told.items()
        for what, value in (("status", status), ("failure", failure))
    }


def _need(hosts: Sequence[str], keys: Row, *, addresses: bool) -> tuple[bool, str | None]:
    """Whether any host (or any address without a name) worked to its end, and the first failure.

    Hosts may share an address: a request and a handshake are of the name that was said in them,
    and a connect alone is of every host that has its address.
    """
    given: dict[str, set[str]] = {}
    for query in keys["queries"]:
        if query["engine"] == "getaddrinfo":
            for answer in query["answers"] or ():
                given.setdefault(answer.get("ipv4") or answer.get("ipv6"), set()).add(
                    query["hostname"]
                )

    def is_mine(ip: str) -> bool:
        return bool(given[ip] & set(hosts)) if ip in given else addresses

    asked = [
        one
        for one in keys["requests"]
        if (host := _host(one["request"]["url"])) in hosts
        or (host not in _all(given) and is_mine(host))
    ]
    shaken = [one for one in keys["tls_handshakes"] if one["server_name"] in hosts]
    connected = [one for one in keys["tcp_connect"] if is_mine(one["ip"])]
    failures = [
        *(one["failure"] for one in keys["queries"] if one["hostname"] in hosts),
        *(one["status"]["failure"] for one in connected),
        *(one["failure"] for one in [*shaken, *asked]),
    ]
    first = next((one for one in failures if one is not None), None)
    last = asked or ([] if shaken else connected)
    worked = any(
        (one["failure"] if "failure" in one else one["status"]["failure"]) is None for one in last
    )
    return worked, first


def _all(given: Mapping[str, set[str]]) -> set[str]:
    return {name for names in given.values() for name in names}


_Told = dict[str, tuple[str, str | None]]


def _telegram(told: _Told, keys: Row) -> Row:
    points, web = told["access points"], told["web"]
    asked = [one for one in keys["requests"] if one["request"]["method"] == "POST"]
    named = {
        answer.get("ipv4") or answer.get("ipv6")
        for query in keys["queries"]
        for answer in query["answers"] or ()
    }
    points_alone = [one for one in keys["tcp_connect"] if one["ip"] not in named]
    return {
        "telegram_tcp_blocking": not any(one["status"]["success"] for one in points_alone),
        "telegram_http_blocking": points[0] != "ok" or not asked,
        "telegram_web_status": web[0],
        "telegram_web_failure": web[1],
    }


def _whatsapp(told: _Told, _: Row) -> Row:
    return {
        "whatsapp_endpoints_status": told["endpoints"][0],
        "whatsapp_endpoints_blocked": [],
        "whatsapp_endpoints_dns_inconsistent": [],
        "registration_server_status": told["registration"][0],
        "registration_server_failure": told["registration"][1],
        "whatsapp_web_status": told["web"][0],
        "whatsapp_web_failure": told["web"][1],
    }


def _signal(told: _Told, _: Row) -> Row:
    lost = [failure for status, failure in told.values() if status != "ok"]
    return {
        "signal_backend_status": "blocked" if lost else "ok",
        "signal_backend_failure": next(iter(lost), None),
    }


def _messenger(told: _Told, keys: Row) -> Row:
    return {
        "facebook_tcp_blocking": any(status != "ok" for status, _ in told.values()),
        "facebook_dns_blocking": any(one["failure"] is not None for one in keys["queries"]),
    }


_NAMED: dict[str, Any] = {
    "telegram": _telegram,
    "whatsapp": _whatsapp,
    "signal": _signal,
    "facebook_messenger": _messenger,
}
