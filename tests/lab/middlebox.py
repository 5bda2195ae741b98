"""The lab's middlebox: the one way between the probe and the world, a packet at a time.

Usage: python -m tests.lab.middlebox PROBE-NAMESPACE WORLD-NAMESPACE RULES.json

It is the access network's resolver, and does what a scenario says: by address, by the name in a
ClientHello, by the Host header, to QUIC, to questions on their way. All else goes through.
"""

import heapq
import os
import select
import signal
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import msgspec
from tests.lab import netns, packets, places
from tests.lab.packets import ACK, FIN, PSH, RST, SYN, TCP, UDP, Packet

_SLOW = 8_000
"""Bytes a second of a flow that is throttled."""
_CURTAIN = 16_000
CENSOR_AT, SERVER_AT = 3, 6
"""How many hops away the censor looks, and the servers are, for packets that count them."""
NOTICE_PAGE = (
    "<html><head><title>Access restricted</title></head><body><h1>Access restricted</h1>"
    "<p>The decision is in the register at eais.rkn.gov.ru.</p></body></html>"
)
UNKNOWN_PAGE = (
    "<html><head><title>Unavailable here</title></head><body><h1>Unavailable here</h1>"
    "<p>Ask your provider.</p></body></html>"
)
PORTAL_PAGE = (
    "<html><head><title>Wi-Fi login</title></head><body>Welcome. Log in to the guest network."
    "<!-- WISPAccessGatewayParam --></body></html>"
)


def _page(status: str, body: str, *more: str) -> bytes:
    data = body.encode()
    head = [f"HTTP/1.1 {status}", "Content-Type: text/html", f"Content-Length: {len(data)}", *more]
    return ("\r\n".join([*head, "Connection: close", "", ""])).encode() + data


ANSWERS = {
    "page": _page("200 OK", UNKNOWN_PAGE),
    "notice": _page("200 OK", NOTICE_PAGE),
    "redirect": _page("302 Found", "", f"Location: http://{places.NOTICE}/"),
    "secure": _page("302 Found", "", f"Location: https://{places.NOTICE}/"),
    "private": _page("302 Found", "", "Location: http://10.10.34.36/"),
    "portal": _page("302 Found", "", "Location: http://wifi-login.example/captive-portal"),
    "malformed": b"\x00\x01 this is no HTTP\r\n\r\n",
    "legal": _page("451 Unavailable For Legal Reasons", UNKNOWN_PAGE),
    "refuse": _page("403 Forbidden", UNKNOWN_PAGE),
}


class _Flow:
    """One connection, as it is known from what went by."""

    __slots__ = ("dead", "left", "moved", "rate", "ready", "seen")

    def __init__(self) -> None:
        self.dead = False
        self.seen = False
        self.rate = 0
        self.ready = 0.0
        self.left: int | None = None
        self.moved: str | None = None


class Middlebox:
    """What is decided on each packet; `to_probe` and `to_world` send."""

    def __init__(self, rules: Path, probe: int, world: int) -> None:
        self._file = rules
        self.read()
        self._probe, self._world = probe, world
        self._flows: dict[tuple[str, int, str, int], _Flow] = {}
        self._moved: dict[tuple[str, int, str, int], str] = {}
        self._later: list[tuple[float, int, bytes]] = []
        self._number = 0

    def read(self, *_: object) -> None:
        """Read the rules, at the start and again on SIGHUP."""
        rules: dict[str, Any] = msgspec.json.decode(self._file.read_bytes())
        self._names, self._addresses = rules["names"], rules["addresses"]
        self._zone, self._hotspot = rules["zone"], rules["hotspot"]

    def run(self) -> None:
        """Until the process is ended."""
        poll = select.poll()
        for handle in (self._probe, self._world):
            poll.register(handle, select.POLLIN)
        while True:
            wait = max(0.0, self._later[0][0] - monotonic()) * 1000 if self._later else 1000
            for handle, _ in poll.poll(wait):
                self._drain(handle)
            now = monotonic()
            while self._later and self._later[0][0] <= now:
                self._send(self._probe, heapq.heappop(self._later)[2])

    def _drain(self, handle: int) -> None:
        while True:
            try:
                raw = os.read(handle, 65_536)
            except BlockingIOError:
                return
            packet = packets.read(raw)
            if packet is None:
                self._send(self._world if handle == self._probe else self._probe, raw)
            elif handle == self._probe:
                self._outward(packet)
            else:
                self._inward(packet)

    def _send(self, handle: int, raw: bytes) -> None:
        try:
            os.write(handle, raw)
        except OSError:  # a namespace that is going away
            return

    def _outward(self, p: Packet) -> None:
        if p.protocol == UDP:
            self._datagram(p)
            return
        if self._hotspot:
            self._take(p)
            return
        rule = self._addresses.get(p.dst, {})
        act = rule.get("ip", "")
        key = (p.src, p.sport, p.dst, p.dport)
        if p.flags & SYN and not p.flags & ACK:
            self._flows[key] = _Flow()
        flow = self._flows.setdefault(key, _Flow())
        if act == "drop" or flow.dead:
            return
        if act == "reset":
            self._reset(p, syn=True)
            return
        if act == "unreachable":
            by = "2620:4f:8000::1" if ":" in p.src else places.RESOLVER
            self._send(self._probe, packets.unreachable(by, p))
            return
        if act in {"mitm", "own_ca"} and p.dport == 443:
            pair = places.MITM if act == "mitm" else places.OWN_CA
            to = pair[":" in p.dst]
            self._moved[p.src, p.sport, to, p.dport] = p.dst
            self._send(self._world, packets.moved(p, dst=to))
            return
        if act == "proxy" and p.dport == 80:
            to = places.PROXY[":" in p.dst]
            self._moved[p.src, p.sport, to, p.dport] = p.dst
            self._send(self._world, packets.moved(p, dst=to))
            return
        if (hops := packets.hops(p)) < CENSOR_AT:
            return
        if p.payload and not flow.seen:
            flow.seen = True
            if self._triggered(p, flow):
                return
        if hops >= SERVER_AT:
            self._send(self._world, p.raw)

    def _take(self, p: Packet) -> None:
        """Lead a connection to the hotspot's portal, whoever it was meant for; what no page can
        come over is refused."""
        if p.dport not in {80, 443}:
            self._reset(p, syn=bool(p.flags & SYN))
            return
        to = places.PORTAL[":" in p.dst]
        self._moved[p.src, p.sport, to, p.dport] = p.dst
        self._send(self._world, packets.moved(p, dst=to))

    def _triggered(self, p: Packet, flow: _Flow) -> bool:
        """What the first words of a connection bring about; whether the packet is taken."""
        if (name := packets.server_name(p.payload)) is not None:
            rule = self._names.get(name, {})
            act = rule.get("sni", "") or (packets.has_ech(p.payload) and rule.get("ech", ""))
        else:
            act = self._names.get(packets.host_header(p.payload) or "", {}).get("http", "")
        if not act:
            return False
        if act == "throttle":
            flow.rate = _SLOW
            return False
        if act == "curtain":
            flow.left = _CURTAIN
            return False
        flow.dead = True
        if act == "drop":
            return True
        if act == "alert":
            self._inject(p, b"\x15\x03\x03\x00\x02\x02\x28")
        elif act in ANSWERS:
            self._inject(p, ANSWERS[act])
        else:
            self._reset(p)
        # The server is told that its client is gone.
        self._send(self._world, packets.tcp(p.src, p.dst, (p.sport, p.dport), flags=RST, seq=p.seq))
        return True

    def _reset(self, p: Packet, *, syn: bool = False) -> None:
        self._send(
            self._probe,
            packets.tcp(
                p.dst,
                p.src,
                (p.dport, p.sport),
                flags=RST | ACK,
                seq=0 if syn else p.ack,
                ack=p.seq + len(p.payload) + bool(p.flags & SYN),
            ),
        )

    def _inject(self, p: Packet, data: bytes) -> None:
        """Say something in the server's place, and hang up."""
        ports, ack = (p.dport, p.sport), p.seq + len(p.payload)
        self._send(
            self._probe,
            packets.tcp(p.dst, p.src, ports, flags=PSH | ACK, seq=p.ack, ack=ack, payload=data),
        )
        self._send(
            self._probe,
            packets.tcp(p.dst, p.src, ports, flags=FIN | ACK, seq=p.ack + len(data), ack=ack),
        )

    def _inward(self, p: Packet) -> None:
        if p.protocol == UDP:
            self._send(self._probe, p.raw)
            return
        back = (p.dst, p.dport, p.src, p.sport)
        if (was := self._moved.get(back)) is not None:
            self._send(self._probe, packets.moved(p, src=was))
            return
        flow = self._flows.get(back)
        if flow is None or flow.dead:
            return
        if flow.left is not None:
            flow.left -= len(p.payload)
            if flow.left < 0 and p.payload:
                return
        if flow.rate and p.payload:
            flow.ready = max(flow.ready, monotonic()) + len(p.payload) / flow.rate
            self._number += 1
            heapq.heappush(self._later, (flow.ready, self._number, p.raw))
            return
        self._send(self._probe, p.raw)

    def _datagram(self, p: Packet) -> None:
        if p.dport == 53:
            self._question(p)
        elif self._hotspot or (
            p.dport == 443 and self._addresses.get(p.dst, {}).get("quic") == "drop"
        ):
            return
        else:
            self._send(self._world, p.raw)

    def _question(self, p: Packet) -> None:
        try:
            asked = dns.message.from_wire(p.payload)
            question = asked.question[0]
        except (dns.exception.DNSException, IndexError):
            return
        name = question.name.to_text().rstrip(".").lower()
        rule = self._names.get(name, {})
        if self._hotspot:
            self._reply(p, asked, name, rule.get("hotspot", "public"))
            return
        if p.dst == places.RESOLVER:
            lie = rule.get("dns", "")
            if lie != "silent":
                self._reply(p, asked, name, lie)
            return
        if lie := rule.get("inject", ""):
            self._reply(p, asked, name, lie)
        self._send(self._world, p.raw)

    def _reply(self, p: Packet, asked: dns.message.Message, name: str, lie: str) -> None:
        wire = (
            b"\xff" * 40 if lie == "malformed" else answer(asked, name, lie, self._zone).to_wire()
        )
        self._send(self._probe, packets.udp(p.dst, p.src, (p.dport, p.sport), wire))


_CODES = {
    "nxdomain": dns.rcode.NXDOMAIN,
    "servfail": dns.rcode.SERVFAIL,
    "refused": dns.rcode.REFUSED,
}
_FORGED = {
    "bogon": places.BOGON,
    "private": places.BOGON,
    "public": places.PORTAL,
    "notice": places.CENSOR,
    "mitm": places.MITM,
    "home": ("192.175.48.77", "2620:4f:8000::77"),
}


def answer(
    asked: dns.message.Message, name: str, lie: str, zone: dict[str, list[str]]
) -> dns.message.Message:
    """The answer to a question: the zone's, or the lie that a scenario has."""
    made = dns.message.make_response(asked, recursion_available=True)
    if lie in _CODES:
        made.set_rcode(_CODES[lie])
        return made
    held = zone.get(name)
    if held is None:
        made.set_rcode(dns.rcode.NXDOMAIN)
        return made
    question = asked.question[0]
    six = question.rdtype == dns.rdatatype.AAAA
    family = 6 if ":" in held[0] and len(held) == 1 else 4
    given = [] if lie == "empty" else held
    if lie in _FORGED:
        given = [_FORGED[lie][family == 6]]
    mine = [one for one in given if (":" in one) == six]
    if question.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA} and mine:
        made.answer.append(dns.rrset.from_text(question.name, 60, "IN", question.rdtype, *mine))
    return made


def main() -> None:
    """Take the way between two namespaces."""
    probe, world, rules = sys.argv[1:]
    inner = netns.tun(probe, "tun-probe", [f"{places.PROBE[0]}/32", f"{places.PROBE[1]}/128"])
    outer = netns.tun(world, "tun-world", [])
    box = Middlebox(Path(rules), inner, outer)
    signal.signal(signal.SIGHUP, box.read)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    box.run()


if __name__ == "__main__":
    assert TCP  # the protocol that everything else here is about
    main()
