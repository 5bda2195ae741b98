"""What a control does when it is asked: the same steps as a probe's, from where nothing is cut.

Only what is public is asked for: a helper that would connect into its own network for whoever asks
were a hole in it. In a lab, all of whose addresses are its own, it may be told otherwise.
"""

import asyncio
import re
from concurrent.futures import Executor
from html import unescape
from urllib.parse import urljoin

import msgspec

from gatewatch.catalogue import nettests
from gatewatch.errors import UsageError
from gatewatch.model.ranges import parsed
from gatewatch.probe import failing, http, quic, resolution
from gatewatch.probe.control import ControlRequest
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.networks import NetworkTable
from gatewatch.probe.stream import HTTP_ALPN, Peer, dial
from gatewatch.probe.target import Target
from gatewatch.probe.trace import HttpExchange, Row, Trace

_BY_PROBE, _BY_CONTROL, _SPECIAL, _VALID = 1, 2, 4, 8
"""Flags of an address, as the field has them."""
_MOST_ENDPOINTS = 32
_LONGEST_URL = 4096
_MOST_DIGITS = 5
_TITLE = re.compile(rb"<title\b[^<>]{0,400}>(.{0,400}?)</title", re.IGNORECASE | re.DOTALL)
_HEADERS = frozenset({"accept", "accept-language", "user-agent"})
"""Those of a probe's that a helper sends on: what else it is told is no reader's."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FORBIDDEN = "http_request_failed"


class HelperTools(msgspec.Struct, frozen=True, kw_only=True):
    """With what a helper measures."""

    limits: ProbeLimits = ProbeLimits(whole=60.0)
    networks: NetworkTable
    threads: Executor
    lab: bool = False
    """Private and loopback addresses may be asked for too."""


def parse(body: bytes) -> ControlRequest:
    """A request as sent; raises UsageError for what is none, or asks for too much."""
    try:
        asked = msgspec.json.decode(body, type=ControlRequest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise UsageError(f"no request of Web Connectivity: {fault}") from None
    if len(asked.http_request) > _LONGEST_URL or Target.parse(asked.http_request) is None:
        raise UsageError("http_request is no http or https URL")
    if len(asked.tcp_connect) > _MOST_ENDPOINTS:
        raise UsageError(f"tcp_connect has more than {_MOST_ENDPOINTS} endpoints")
    for text in asked.tcp_connect:
        endpoint(text)
    return asked


def endpoint(text: str) -> Peer:
    """`1.2.3.4:443` or `[2001:db8::1]:443`; raises UsageError for anything else."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    digits = port.isascii() and port.isdecimal() and len(port) <= _MOST_DIGITS
    if parsed(host) is None or "%" in host or not digits or not 0 < int(port) < 1 << 16:
        raise UsageError(f"tcp_connect: {text[:80]!r} is no address with a port")
    return Peer(host, int(port))


class _Help:
    """One request being answered."""

    def __init__(self, asked: ControlRequest, tools: HelperTools) -> None:
        target = Target.parse(asked.http_request)
        assert target is not None
        self.asked, self.tools, self.target = asked, tools, target
        self._trace = Trace()
        self._tcp: Row = {}
        self._tls: Row = {}
        self._quic: Row = {}
        self._valid: set[str] = set()

    def _allowed(self, address: str) -> bool:
        return self.tools.lab or not nettests.is_special(address)

    async def answer(self) -> Row:
        """What the field's probes read as the control."""
        given = [endpoint(text) for text in self.asked.tcp_connect]
        probes = list(dict.fromkeys(one.ip for one in given))
        mine, failure = await self._resolve(self.target.host)
        wanted = dict.fromkeys([*given, *self._own_endpoints(mine)])
        page = asyncio.ensure_future(self._page())
        await asyncio.gather(
            page, *(self._endpoint(one) for one in list(wanted)[: 2 * _MOST_ENDPOINTS])
        )
        found = page.result()
        again: Row | None = None
        if self.asked.x_quic_enabled and found["discovered_h3_endpoint"]:
            again, *_ = await asyncio.gather(
                self._page_over_quic(mine),
                *(self._over_quic(one) for one in wanted if one.port == 443),
            )
        return {
            "tcp_connect": self._tcp,
            "tls_handshake": self._tls,
            "quic_handshake": self._quic,
            "http_request": found,
            "http3_request": again,
            "dns": {"failure": failure, "addrs": mine},
            "ip_info": {ip: self._info(ip, probes, mine) for ip in dict.fromkeys([*probes, *mine])},
        }

    async def _resolve(self, host: str) -> tuple[list[str], str | None]:
        if parsed(host) is not None:
            return [host], None
        tools, trace = self.tools, Trace()
        found = await resolution.by_system(
            trace, host, (), limits=tools.limits, threads=tools.threads, networks=tools.networks
        )
        failure = trace.queries[0]["failure"]
        return found, {
            # Helpers of the field say it in words of their own, which readers know.
            failing.NXDOMAIN: "dns_name_error",
            failing.NO_ANSWER: "dns_name_error",
        }.get(failure, failure)

    def _own_endpoints(self, addresses: list[str]) -> list[Peer]:
        target = self.target
        if target.explicit:
            return [Peer(one, target.port) for one in addresses]
        ports = (443, 80) if target.scheme == "http" else (443,)
        return [Peer(one, port) for one in addresses for port in ports]

    async def _endpoint(self, to: Peer) -> None:
        if not self._allowed(to.ip):
            return
        limits, name = self.tools.limits, str(to)
        stream, failure = await dial(self._trace, to, (), seconds=limits.connect)
        self._tcp[name] = {"status": failure is None, "failure": failure}
        if stream is None:
            return
        try:
            if to.port == 443 or (self.target.scheme == "https" and self.target.port == to.port):
                failure = await stream.shake(
                    self.target.host, alpn=HTTP_ALPN, verify=True, seconds=limits.handshake
                )
                self._tls[name] = {
                    "server_name": self.target.host,
                    "status": failure is None,
                    "failure": failure,
                }
                if failure is None:
                    self._valid.add(to.ip)
        finally:
            stream.close()

    async def _over_quic(self, to: Peer) -> None:
        if not self._allowed(to.ip):
            return
        failure = await quic.shake(
            self._trace, to, self.target.host, (), seconds=self.tools.limits.handshake
        )
        self._quic[str(to)] = {"status": failure is None, "failure": failure}

    async def _page_over_quic(self, mine: list[str]) -> Row | None:
        """The page over HTTP/3, from the first address that may be asked; None where there is no
        such address."""
        target = self.target
        to = next((one for one in mine if self._allowed(one)), None)
        if to is None or target.scheme != "https":
            return None
        page, failure = await quic.fetch(
            self._trace, Peer(to, target.port), target.url, (), limits=self.tools.limits
        )
        failure = page.failure if page is not None else failure
        return _told(page if failure is None else None, failure, "")

    def _info(self, ip: str, probes: list[str], mine: list[str]) -> Row:
        flags = (_BY_PROBE if ip in probes else 0) | (_BY_CONTROL if ip in mine else 0)
        flags |= _SPECIAL if nettests.is_special(ip) else 0
        flags |= _VALID if ip in self._valid else 0
        return {"asn": self.tools.networks.asn(ip), "flags": flags}

    async def _page(self) -> Row:
        """The page at the end of all redirects."""
        url, last, failure = self.asked.http_request, None, None
        headers = [
            (name, values[0].strip())
            for name, values in self.asked.http_request_headers.items()
            if name.lower() in _HEADERS and values and values[0].strip().isprintable()
        ] or http.BROWSER
        h3 = ""
        for _ in range(self.tools.limits.redirects + 1):
            target = Target.parse(url)
            if target is None:
                failure = failing.BAD_REDIRECT
                break
            last, failure = await self._fetch(target, headers)
            if last is None or failure is not None:
                break
            if "h3" in (last.header("alt-svc") or ""):
                h3 = f"{target.host}:{target.port}"
            location = last.location() if last.status in _REDIRECTS else None
            if location is None:
                break
            try:
                url = urljoin(last.url, location)
            except ValueError:
                url = location
        else:
            failure = failing.MANY_REDIRECTS
        return _told(last if failure is None else None, failure, h3)

    async def _fetch(
        self, target: Target, headers: list[tuple[str, str]]
    ) -> tuple[HttpExchange | None, str | None]:
        limits = self.tools.limits
        addresses, failure = await self._resolve(target.host)
        for ip in addresses[: limits.addresses]:
            if not self._allowed(ip):
                failure = _FORBIDDEN
                continue
            stream, failure = await dial(
                self._trace, Peer(ip, target.port), (), seconds=limits.connect
            )
            if stream is None:
                continue
            try:
                if target.scheme == "https":
                    failure = await stream.shake(
                        target.host, alpn=HTTP_ALPN, verify=True, seconds=limits.handshake
                    )
                    if failure is not None:
                        continue
                found = await http.exchange(stream, target.url, limits=limits, headers=headers)
            finally:
                stream.close()
            return found, found.failure
        return None, failure


async def help_with(asked: ControlRequest, tools: HelperTools) -> Row:
    """The steps that were asked for, as made from here. Ends within the limits' `whole`, with
    TimeoutError where it does not."""
    async with asyncio.timeout(tools.limits.whole):
        return await _Help(asked, tools).answer()


def _told(page: HttpExchange | None, failure: str | None, h3: str) -> Row:
    if page is None:
        return {
            "body_length": -1,
            "discovered_h3_endpoint": h3,
            "failure": failure,
            "title": "",
            "headers": {},
            "status_code": -1,
        }
    title = _TITLE.search(page.body)
    words = unescape(title[1].decode("utf-8", "replace")) if title else ""
    headers: dict[str, str] = {}
    for name, value in page.headers:
        headers.setdefault(name, value.decode("latin-1"))
    return {
        "body_length": len(page.body),
        "discovered_h3_endpoint": h3,
        "failure": None,
        "title": " ".join(words.split()),
        "headers": headers,
        "status_code": page.status,
    }
