"""The lab's world: web servers of every kind, and resolvers that tell the truth.

Usage: python -m tests.lab.world FOLDER, in the world's namespace. `FOLDER` gets the authority's
certificate, `ca.pem`. It says `ready` when all of it listens.
"""

import asyncio
import itertools
import logging
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import cast

import dns.message
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.lab import places
from tests.lab.middlebox import NOTICE_PAGE, PORTAL_PAGE, UNKNOWN_PAGE, answer
from tests.lab.packets import host_header
from tests.lab.places import Host

_KEY = ec.generate_private_key(ec.SECP256R1())
_BIG = 400_000
_numbers = itertools.count(1)


class Authority:
    """Issues certificates, each a file with the key that all servers here share."""

    def __init__(self, name: str, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, name),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            ]
        )
        self._own = self._built(self._name, self._key, days=(-900, 900), issuer=True)
        self.file = folder / f"{name.replace(' ', '-').lower()}.pem"
        self.file.write_bytes(self._own.public_bytes(Encoding.PEM))

    def _built(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        days: tuple[int, int],
        issuer: bool = False,
        names: tuple[str, ...] = (),
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(next(_numbers))
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=issuer, path_length=None), critical=True)
        )
        if names:
            made = made.add_extension(
                x509.SubjectAlternativeName([_general(one) for one in names]), critical=False
            )
        return made.sign(self._key, hashes.SHA256())

    def issued(self, *names: str, days: tuple[int, int] = (-30, 60)) -> Path:
        """A certificate for names, with its key behind it."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        leaf = self._built(subject, _KEY, days=days, names=names)
        file = self._folder / f"leaf-{next(_numbers)}.pem"
        key = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(
            leaf.public_bytes(Encoding.PEM) + self._own.public_bytes(Encoding.PEM) + key
        )
        return file


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _context(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.set_alpn_protocols(["http/1.1"])
    return context


def page(name: str, size: int = 1500) -> str:
    """The page of a site, which no other has."""
    words = f"<p>{name} tells of gardens, weather and trains.</p>"
    body = words * (1 + size // len(words))
    return f"<html><head><title>The site of {name}</title></head><body>{body}</body></html>"


def _told(status: str, body: str, *headers: str) -> bytes:
    data = body.encode()
    head = [
        f"HTTP/1.1 {status}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(data)}",
        *headers,
        "Connection: close",
    ]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + data


_STATIC: dict[str, Callable[[Host], bytes]] = {
    "site": lambda h: _told("200 OK", page(h.name)),
    "big": lambda h: _told("200 OK", page(h.name, _BIG)),
    "quic": lambda h: _told("200 OK", page(h.name), 'Alt-Svc: h3=":443"'),
    "captcha": lambda _: _told(
        "403 Forbidden",
        "<html><head><title>Just a moment...</title></head><body>Wait</body></html>",
    ),
    "geo": lambda h: _told(
        "403 Forbidden",
        f"<title>{h.name}</title><p>Our pages are not available in your region.</p>",
    ),
    "legal": lambda h: _told("451 Unavailable For Legal Reasons", page(h.name)),
    "parked": lambda h: _told(
        "200 OK", f"<title>{h.name}</title><p>This domain is for sale, {next(_numbers)}.</p>"
    ),
    "loop": lambda h: _told("302 Found", "", f"Location: /{next(_numbers)}"),
    "broken_redirect": lambda _: _told("302 Found", "", "Location: https://"),
    "error": lambda _: _told("500 Internal Server Error", "<title>Broken</title>"),
    "empty": lambda _: _told("200 OK", ""),
    "malformed": lambda _: b"\x16\x03 no protocol at all\r\n\r\n",
    "cut": lambda h: _told("200 OK", page(h.name))[:300],
}


class World:
    """Everything that listens."""

    def __init__(self, folder: Path) -> None:
        self._ca = Authority("Lab Authority", folder)
        self._stranger = Authority("Filter Appliance", folder)
        (folder / "ca.pem").write_bytes(self._ca.file.read_bytes())
        self._zone = places.zone()
        self._servers: list[object] = []

    async def start(self) -> None:
        """Listen for every host, resolver and censor."""
        for one in places.hosts():
            await self._host(one)
        await self._services()
        harmless = Host("example.org", self._zone["example.org"][0], places.scenarios()[0])
        await self._listen(
            harmless.address, 443, harmless, "site", _context(self._ca.issued("example.org"))
        )
        await self._censors()
        await self._resolvers()

    async def _services(self) -> None:
        """What people's programs speak to: pages over TLS at names, and at addresses in the
        clear on every port."""
        names = [name for name, address in places.served().items() if name != address]
        own = _context(self._ca.issued(*names))
        for listed in places.services().values():
            for name, ports in listed.items():
                address = places.served()[name]
                named = Host(name, address, places.scenarios()[0])
                for port in ports:
                    secure = own if port == 443 and name != address else None
                    await self._listen(address, port, named, "site", secure)

    async def _host(self, one: Host) -> None:
        kind = one.scenario.server
        if kind == "down":
            return
        issued = {
            "expired": lambda: self._ca.issued(one.name, days=(-100, -10)),
            "other_name": lambda: self._ca.issued("another.example"),
            "stranger": lambda: self._stranger.issued(one.name),
        }.get(kind, lambda: self._ca.issued(one.name))()
        plain = "upgrade" if kind == "upgrade" else kind
        await self._listen(one.address, 80, one, plain, None)
        if kind == "no_tls":
            return
        if kind == "junk":
            await self._listen(one.address, 443, one, "malformed", None)
            return
        if kind in {"silent", "closes"}:
            await self._listen(one.address, 443, one, kind, None)
            return
        await self._listen(one.address, 443, one, kind, _context(issued))
        if kind == "quic":
            settings = QuicConfiguration(is_client=False, alpn_protocols=["h3"])
            settings.load_cert_chain(issued)
            self._servers.append(
                await serve(one.address, 443, configuration=settings, create_protocol=_Http3)
            )

    async def _listen(
        self, address: str, port: int, host: Host, kind: str, context: ssl.SSLContext | None
    ) -> None:
        served = _Served(host, kind, secure=context is not None)
        self._servers.append(
            await asyncio.start_server(served.client, address, port, ssl=context, backlog=1024)
        )

    async def _censors(self) -> None:
        none = places.scenarios()[0]
        for family in (0, 1):
            notice = Host(places.NOTICE, places.CENSOR[family], none)
            await self._listen(notice.address, 80, notice, "notice", None)
            own = _context(self._ca.issued(places.NOTICE))
            await self._listen(notice.address, 443, notice, "notice", own)
            for pair, issuer in ((places.MITM, None), (places.OWN_CA, self._stranger)):
                names = [one.name for one in places.hosts()]
                file = issuer.issued(*names) if issuer else self._stranger.issued("filter.example")
                fake = Host("filter.example", pair[family], none)
                await self._listen(fake.address, 443, fake, "notice", _context(file))
                await self._listen(fake.address, 80, fake, "notice", None)
            self._servers.append(
                await asyncio.start_server(self._proxied, places.PROXY[family], 80)
            )
            portal = Host("portal.example", places.PORTAL[family], none)
            await self._listen(portal.address, 80, portal, "portal", None)
            strange = _context(self._stranger.issued(portal.name))
            await self._listen(portal.address, 443, portal, "portal", strange)

    async def _proxied(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A transparent proxy: the request is made anew, and what comes is passed on, marked."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            name = host_header(head) or ""
            there, to = await asyncio.open_connection(self._zone[name][0], 80)
            to.write(head.replace(b"\r\n\r\n", b"\r\nVia: 1.1 lab\r\n\r\n"))
            told = await there.read()
            writer.write(told.replace(b"\r\n\r\n", b"\r\nVia: 1.1 lab\r\n\r\n", 1))
            await writer.drain()
            to.close()
        writer.close()

    async def _resolvers(self) -> None:
        loop, place = asyncio.get_running_loop(), places.ELSEWHERE
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Truth(self._zone), local_addr=(place, 53)
        )
        self._servers.append(transport)
        own = _context(self._ca.issued(place))
        for port, context, client in (
            (53, None, self._framed),
            (853, own, self._framed),
            (443, own, self._posted),
        ):
            self._servers.append(await asyncio.start_server(client, place, port, ssl=context))

    def _answered(self, wire: bytes) -> bytes:
        asked = dns.message.from_wire(wire)
        name = asked.question[0].name.to_text().rstrip(".").lower()
        return answer(asked, name, "", self._zone).to_wire()

    async def _framed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            size = int.from_bytes(await reader.readexactly(2))
            told = self._answered(await reader.readexactly(size))
            writer.write(len(told).to_bytes(2) + told)
            await writer.drain()
        writer.close()

    async def _posted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            size = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            told = self._answered(await reader.readexactly(size))
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\n"
                + f"Content-Length: {len(told)}\r\nConnection: close\r\n\r\n".encode()
                + told
            )
            await writer.drain()
        writer.close()


_PORTALS = {one.name: one.scenario.portal for one in places.hosts()}


def _login(head: bytes) -> bytes:
    """What a hotspot's portal answers, by whom it was asked for."""
    kind = _PORTALS.get(host_header(head) or "", "")
    if kind == "redirect":
        return _told("302 Found", "", "Location: http://wifi-login.example/captive-portal")
    if kind == "page":
        return _told("200 OK", UNKNOWN_PAGE)
    if kind == "login":
        return _told("200 OK", PORTAL_PAGE)
    return _told("511 Network Authentication Required", PORTAL_PAGE)


class _Http3(QuicConnectionProtocol):
    """The page of a site over HTTP/3."""

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self._http = H3Connection(self._quic)
        for one in self._http.handle_event(event) if hasattr(self, "_http") else ():
            if isinstance(one, HeadersReceived):
                name = dict(one.headers)[b":authority"].decode()
                self._http.send_headers(one.stream_id, [(b":status", b"200")])
                self._http.send_data(one.stream_id, page(name).encode(), end_stream=True)
                self.transmit()


class _Truth(asyncio.DatagramProtocol):
    """Answers questions over UDP from the zone, a moment later than a censor would."""

    def __init__(self, zone: dict[str, list[str]]) -> None:
        self._zone = zone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        asked = dns.message.from_wire(data)
        name = asked.question[0].name.to_text().rstrip(".").lower()
        self._transport.sendto(answer(asked, name, "", self._zone).to_wire(), addr)


class _Served:
    """One listener and what it does to its clients."""

    def __init__(self, host: Host, kind: str, *, secure: bool) -> None:
        self._host, self._kind, self._secure = host, kind, secure

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            if self._kind == "closes":
                writer.close()
                return
            if self._kind == "silent":
                await reader.read()
                writer.close()
                return
            head = await reader.readuntil(b"\r\n\r\n")
            await self._respond(writer, head)
            await writer.drain()
        writer.close()

    async def _respond(self, writer: asyncio.StreamWriter, head: bytes) -> None:
        kind = self._kind
        if kind == "upgrade" and not self._secure:
            writer.write(_told("301 Moved", "", f"Location: https://{self._host.name}/"))
        elif kind == "notice":
            writer.write(_told("200 OK", NOTICE_PAGE))
        elif kind == "portal":
            writer.write(_login(head))
        elif kind == "mute":
            await asyncio.sleep(30)
        elif kind in {"endless", "drip"}:
            await self._forever(writer)
        elif kind == "elsewhere" and head.startswith(b"GET / "):
            writer.write(_told("302 Found", "", f"Location: https://{self._host.name}/there"))
        else:
            made: Callable[[Host], bytes] = _STATIC.get(kind, _STATIC["site"])
            writer.write(made(self._host))

    async def _forever(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
        if self._kind == "endless":
            for _ in range(2_000):
                writer.write(b"x" * 16_384)
                await writer.drain()
            return
        for _ in range(60):
            writer.write(b"<p>")
            await asyncio.sleep(0.5)


async def _main() -> None:
    # Clients that hang up are what this is about: asyncio need not log each.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    world = World(Path(sys.argv[1]))
    await world.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
