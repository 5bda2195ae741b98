"""Packets of IP, TCP and UDP, read and written. No socket, no decision."""

import socket
import struct
from typing import NamedTuple

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58


class Packet(NamedTuple):
    """The parts that the middlebox looks at; `flags`, `seq` and `ack` are TCP's."""

    src: str
    dst: str
    protocol: int
    sport: int
    dport: int
    flags: int
    seq: int
    ack: int
    payload: bytes
    raw: bytes


def read(raw: bytes) -> Packet | None:
    """A packet taken apart; None for what carries neither TCP nor UDP."""
    if len(raw) < 28:
        return None
    if raw[0] >> 4 == 4:
        start, protocol = (raw[0] & 15) * 4, raw[9]
        src, dst = (socket.inet_ntop(socket.AF_INET, raw[n : n + 4]) for n in (12, 16))
    else:
        start, protocol = 40, raw[6]
        src, dst = (socket.inet_ntop(socket.AF_INET6, raw[n : n + 16]) for n in (8, 24))
    inner = raw[start:]
    if protocol == UDP:
        sport, dport = struct.unpack_from("!HH", inner)
        return Packet(src, dst, protocol, sport, dport, 0, 0, 0, inner[8:], raw)
    if protocol != TCP:
        return None
    sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", inner)
    body = inner[(offset >> 4) * 4 :]
    return Packet(src, dst, protocol, sport, dport, flags, seq, ack, body, raw)


def _sum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def _binary(address: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def ip(src: str, dst: str, protocol: int, inner: bytes, place: int) -> bytes:
    """A packet around `inner`, whose checksum at `place` is filled in."""
    source, to = _binary(src), _binary(dst)
    pseudo = source + to + struct.pack("!II", len(inner), protocol)
    total = _sum(inner if protocol == ICMP else pseudo + inner)
    inner = inner[:place] + struct.pack("!H", total or 0xFFFF) + inner[place + 2 :]
    if ":" in src:
        head = struct.pack("!IHBB", 6 << 28, len(inner), protocol, 64) + source + to
        return head + inner
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(inner), 0, 0x4000, 64, protocol, 0)
    head += source + to
    return head[:10] + struct.pack("!H", _sum(head)) + head[12:] + inner


def tcp(
    src: str,
    dst: str,
    ports: tuple[int, int],
    *,
    flags: int,
    seq: int,
    ack: int = 0,
    payload: bytes = b"",
) -> bytes:
    """A segment of TCP in its packet."""
    head = struct.pack("!HHIIBBHHH", *ports, seq % 2**32, ack % 2**32, 5 << 4, flags, 64240, 0, 0)
    return ip(src, dst, TCP, head + payload, 16)


def udp(src: str, dst: str, ports: tuple[int, int], payload: bytes) -> bytes:
    """A datagram in its packet."""
    return ip(src, dst, UDP, struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload, 6)


def unreachable(by: str, packet: Packet) -> bytes:
    """The word of a router that it knows no way to a host (ICMP 3/1, ICMPv6 1/0)."""
    six = ":" in packet.src
    kind, code = (1, 0) if six else (3, 1)
    inner = struct.pack("!BBHI", kind, code, 0, 0) + packet.raw[: 88 if six else 48]
    return ip(by, packet.src, ICMP6 if six else ICMP, inner, 2)


def moved(packet: Packet, *, src: str | None = None, dst: str | None = None) -> bytes:
    """The same packet from or to another address."""
    start = 40 if ":" in packet.src else (packet.raw[0] & 15) * 4
    place = 16 if packet.protocol == TCP else 6
    inner = packet.raw[start:]
    inner = inner[:place] + b"\0\0" + inner[place + 2 :]
    return ip(src or packet.src, dst or packet.dst, packet.protocol, inner, place)


def hops(packet: Packet) -> int:
    """How many routers a packet may still pass."""
    return packet.raw[7 if ":" in packet.src else 8]


def server_name(payload: bytes) -> str | None:
    """The name in a ClientHello (RFC 6066, 3); None where there is none."""
    found = _extensions(payload).get(0)
    try:
        return found[5:].decode("ascii") if found else None
    except UnicodeDecodeError:
        return None


def has_ech(payload: bytes) -> bool:
    """Whether a ClientHello has the extension of Encrypted Client Hello."""
    return 0xFE0D in _extensions(payload)


def _extensions(payload: bytes) -> dict[int, bytes]:
    """The extensions of a ClientHello (RFC 8446, 4.1.2); none where it is something else."""
    found: dict[int, bytes] = {}
    try:
        if payload[0] != 0x16 or payload[5] != 1:
            return found
        at = 43
        at += 1 + payload[at]  # session
        at += 2 + int.from_bytes(payload[at : at + 2])  # ciphers
        at += 1 + payload[at]  # compression
        end = at + 2 + int.from_bytes(payload[at : at + 2])
        at += 2
        while at + 4 <= end:
            kind, size = struct.unpack_from("!HH", payload, at)
            found[kind] = payload[at + 4 : at + 4 + size]
            at += 4 + size
    except (IndexError, struct.error):
        return {}
    return found


def host_header(payload: bytes) -> str | None:
    """The host of a request in the clear."""
    if not payload[:4].isalpha() and not payload.startswith((b"GET ", b"POST")):
        return None
    for line in payload.split(b"\r\n"):
        if line.lower().startswith(b"host:"):
            return line[5:].strip().decode("latin-1").partition(":")[0]
    return None
