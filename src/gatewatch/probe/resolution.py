"""Names to addresses: the system's resolver, and any other over UDP, TCP, TLS and HTTPS.

Messages are dnspython's; sockets, times and failures are those of every other step. A question
over UDP goes on listening after its first answer: of two, the first was injected on the way.
"""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec

from gatewatch.errors import UsageError, needs
from gatewatch.model.ranges import parsed
from gatewatch.probe import failing, http
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.networks import NetworkTable
from gatewatch.probe.stream import HTTP_ALPN, Peer, Stream, dial
from gatewatch.probe.trace import Row, Trace

with needs("probe"):
    import dns.exception
    import dns.message
    import dns.rcode
    import dns.rdatatype

_PORTS = {"udp": 53, "tcp": 53, "tls": 853, "https": 443}
_ENGINES = {"udp": "udp", "tcp": "tcp", "tls": "dot", "https": "doh"}
TYPES = ("A", "AAAA")
_LARGEST = 4096
_MOST_AGAIN = 8
_MESSAGE = [("Accept", "application/dns-message"), ("Content-Type", "application/dns-message")]


class Resolver(msgspec.Struct, frozen=True):
    """A resolver that is asked beside the system's: `udp://1.1.1.1`, `https://1.1.1.1/dns-query`.

    It is named by its address: to look its own name up would ask the resolver in question.
    """

    scheme: str
    ip: str
    port: int
    path: str = ""

    @staticmethod
    def parse(text: str) -> "Resolver":
        """From a URL; raises UsageError for what cannot be asked."""
        try:
            parts = urlsplit(text)
            ip, port = parts.hostname or "", parts.port
        except ValueError:
            parts, ip, port = urlsplit(""), "", None
        if parts.scheme not in _PORTS or parsed(ip) is None or port == 0:
            raise UsageError(
                f"{text}: a resolver is udp://, tcp://, tls:// or https:// and its address"
            )
        path = parts.path or "/dns-query" if parts.scheme == "https" else ""
        return Resolver(parts.scheme, ip, port or _PORTS[parts.scheme], path)

    @property
    def engine(self) -> str:
        """The field's word for the way it is asked."""
        return _ENGINES[self.scheme]

    @property
    def peer(self) -> Peer:
        return Peer(self.ip, self.port)

    @property
    def name(self) -> str:
        """As measurements name it."""
        if self.scheme == "https":
            host = f"[{self.ip}]" if ":" in self.ip else self.ip
            port = "" if self.port == _PORTS["https"] else f":{self.port}"
            return f"https://{host}{port}{self.path}"
        return str(self.peer)


async def by_system(
    trace: Trace,
    host: str,
    tags: Sequence[str],
    *,
    limits: ProbeLimits,
    threads: Executor,
    networks: NetworkTable,
) -> list[str]:
    """The addresses that programs of this machine get, of both families."""
    began, transaction = trace.now(), trace.transaction()
    failure: str | None = None
    addresses: list[str] = []
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(3 * limits.lookup):
            found = await loop.run_in_executor(threads, _system, host)
        addresses = list(dict.fromkeys(found))
    except (OSError, UnicodeError) as fault:
        failure = failing.failure_of(fault)
    trace.query(
        "getaddrinfo",
        host,
        "ANY",
        _rows(addresses, networks) or None,
        failure=failure,
        resolver="",
        t0=began,
        transaction=transaction,
        tags=tags,
    )
    return addresses


def _system(host: str) -> list[str]:
    # Without AI_ADDRCONFIG: what the name has is asked, not what this machine can reach.
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=0)
    return [str(one[4][0]) for one in found if one[0] in {socket.AF_INET, socket.AF_INET6}]


async def by_resolver(
    trace: Trace,
    host: str,
    resolver: Resolver,
    tags: Sequence[str],
    *,
    limits: ProbeLimits,
    networks: NetworkTable,
) -> list[str]:
    """The addresses that another resolver gives."""
    asking = _Asking(trace, host, resolver, tags=tags, limits=limits, networks=networks)
    if resolver.scheme == "udp":
        found = await asyncio.gather(*(asking.over_udp(kind) for kind in TYPES))
    else:
        found = await asking.over_stream()
    return [address for one in found for address in one]


class _Asking:
    """Both questions about one name to one resolver."""

    def __init__(
        self,
        trace: Trace,
        host: str,
        resolver: Resolver,
        *,
        tags: Sequence[str],
        limits: ProbeLimits,
        networks: NetworkTable,
    ) -> None:
        self._trace, self._host, self._resolver, self._tags = trace, host, resolver, tags
        self._limits, self._networks = limits, networks

    async def over_udp(self, kind: str) -> list[str]:
        trace, began, transaction = self._trace, self._trace.now(), self._trace.transaction()
        asked, to = _question(self._host, kind), self._resolver.peer
        sock: socket.socket | None = None
        try:
            sock = socket.socket(
                socket.AF_INET6 if ":" in to.ip else socket.AF_INET, socket.SOCK_DGRAM
            )
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, (to.ip, to.port))
            trace.own.add(sock.getsockname()[0])
            await asyncio.get_running_loop().sock_sendall(sock, asked.to_wire())
            async with asyncio.timeout(self._limits.lookup):
                found = await self._heard(
                    sock, asked, kind, began=began, transaction=transaction, again=False
                )
        except (OSError, OverflowError) as fault:
            if sock is not None:
                sock.close()
            self._failed(kind, failing.failure_of(fault), began, transaction)
            return []
        except asyncio.CancelledError:
            if sock is not None:
                sock.close()
            raise
        trace.listen(
            self._on(sock, asked, kind, began=began, transaction=transaction),
            self._limits.duplicates,
        )
        return found

    async def _heard(
        self,
        sock: socket.socket,
        asked: dns.message.Message,
        kind: str,
        *,
        began: float,
        transaction: int,
        again: bool,
    ) -> list[str]:
        """The next answer; what answers something else is passed over: anybody may send that."""
        loop = asyncio.get_running_loop()
        while True:
            data = await loop.sock_recv(sock, _LARGEST)
            found = self._note(asked, kind, data, began=began, transaction=transaction, again=again)
            if found is not None:
                return found

    async def _on(
        self,
        sock: socket.socket,
        asked: dns.message.Message,
        kind: str,
        *,
        began: float,
        transaction: int,
    ) -> None:
        """Further answers, for as long as the measurement goes on."""
        with sock, suppress(OSError):
            for _ in range(_MOST_AGAIN):
                await self._heard(
                    sock, asked, kind, began=began, transaction=transaction, again=True
                )

    async def over_stream(self) -> list[list[str]]:
        """Over TCP, TLS or HTTPS, each question on a connection of its own."""
        return list(await asyncio.gather(*(self._on_stream(kind) for kind in TYPES)))

    async def _on_stream(self, kind: str) -> list[str]:
        resolver, seconds = self._resolver, self._limits.lookup
        began, transaction = self._trace.now(), self._trace.transaction()
        # The connection to a resolver is no step towards the site: it is kept out of the record,
        # and what fails on it is told as the failure of the question.
        apart = Trace()
        stream, failure = await dial(apart, resolver.peer, (), seconds=seconds)
        self._trace.own |= apart.own
        asked = _question(self._host, kind, number=0 if resolver.scheme == "https" else None)
        data = b""
        try:
            if stream is not None and resolver.scheme != "tcp":
                alpn = HTTP_ALPN if resolver.scheme == "https" else ()
                failure = await stream.shake(resolver.ip, alpn=alpn, verify=True, seconds=seconds)
            if stream is not None and failure is None:
                ask = self._requested if resolver.scheme == "https" else self._framed
                async with asyncio.timeout(seconds):
                    data = await ask(stream, asked.to_wire())
        except (OSError, EOFError) as fault:
            failure = failing.failure_of(fault)
        finally:
            if stream is not None:
                stream.close()
        if failure is None:
            found = self._note(asked, kind, data, began=began, transaction=transaction)
            if found is not None:
                return found
            failure = failing.NOT_DNS if data else failing.SERVFAIL
        self._failed(kind, failure, began, transaction)
        return []

    async def _framed(self, stream: Stream, wire: bytes) -> bytes:
        """A message with its length before it (RFC 1035, 4.2.2; RFC 7858)."""
        await stream.write(len(wire).to_bytes(2) + wire)
        held = b""
        while len(held) < 2 or len(held) < 2 + int.from_bytes(held[:2]):
            data = await stream.read()
            if not data:
                raise EOFError
            held += data
        return held[2:]

    async def _requested(self, stream: Stream, wire: bytes) -> bytes:
        """A message as the body of a request (RFC 8484); nothing where the server refuses."""
        got = await http.exchange(
            stream,
            self._resolver.name,
            limits=self._limits,
            method="POST",
            headers=_MESSAGE,
            body=wire,
        )
        if got.failure is not None:
            raise EOFError
        return got.body if got.status == 200 else b""

    def _note(
        self,
        asked: dns.message.Message,
        kind: str,
        data: bytes,
        *,
        began: float,
        transaction: int,
        again: bool = False,
    ) -> list[str] | None:
        """Record an answer; its addresses, or None for what is no answer to this question."""
        try:
            answer = dns.message.from_wire(data, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError, IndexError):
            return None
        if not asked.is_response(answer):
            return None
        addresses, names = _answers(answer)
        rcode = answer.rcode()
        self._trace.query(
            self._resolver.engine,
            self._host,
            kind,
            [*_rows(addresses, self._networks), *names] or None,
            failure=_failure(rcode, addresses),
            resolver=self._resolver.name,
            t0=began,
            transaction=transaction,
            tags=self._tags,
            raw=data,
            rcode=int(rcode),
            duplicate=again,
        )
        return addresses

    def _failed(self, kind: str, failure: str, began: float, transaction: int) -> None:
        self._trace.query(
            self._resolver.engine,
            self._host,
            kind,
            None,
            failure=failure,
            resolver=self._resolver.name,
            t0=began,
            transaction=transaction,
            tags=self._tags,
        )


def _question(host: str, kind: str, number: int | None = None) -> dns.message.Message:
    return dns.message.make_query(host, kind, id=number, use_edns=False)


def _answers(answer: dns.message.Message) -> tuple[list[str], list[Row]]:
    """Addresses and aliases in an answer."""
    addresses: list[str] = []
    names: list[Row] = []
    for held in answer.answer:
        for record in held:
            if held.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA}:
                addresses.append(record.to_text())
            elif held.rdtype == dns.rdatatype.CNAME:
                target = record.to_text().rstrip(".")
                names.append({"answer_type": "CNAME", "hostname": target, "ttl": held.ttl})
    return addresses, names


def _failure(rcode: int, addresses: list[str]) -> str | None:
    if rcode == dns.rcode.NXDOMAIN:
        return failing.NXDOMAIN
    if rcode == dns.rcode.REFUSED:
        return failing.REFUSED_BY_RESOLVER
    if rcode != dns.rcode.NOERROR:
        return failing.SERVFAIL
    return None if addresses else failing.NO_ANSWER


def _rows(addresses: Sequence[str], networks: NetworkTable) -> list[Row]:
    """Addresses as the format has them, each with its network where that is known."""
    return [
        {
            "answer_type": "AAAA" if ":" in one else "A",
            "ipv6" if ":" in one else "ipv4": one,
            "ttl": None,
            **({"asn": asn, "as_org_name": ""} if (asn := networks.asn(one)) else {}),
        }
        for one in addresses
    ]
