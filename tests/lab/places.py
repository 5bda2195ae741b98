"""Who lives where in the lab.

Addresses are of blocks that IANA gave to services no site uses (AS112, RFC 7534 and 7535; AMT, RFC
7450): they count as public, and behind them nobody is meant. They exist in namespaces alone, which
no cable leaves.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from gatewatch.catalogue import facts
from gatewatch.probe.services import TESTS

FOLDER = Path(__file__).parent
PROBE = ("192.175.48.2", "2620:4f:8000::2")
RESOLVER = "192.175.48.1"
"""The access network's own resolver: the middlebox answers in its place."""
ELSEWHERE = "192.31.196.250"
"""A resolver that tells the truth, by UDP, TCP, TLS and HTTPS."""
CONTROL = "192.31.196.251"
CONTROL_NAME = "control.example"
COLLECTOR = "192.31.196.252"
CENSOR = ("192.52.193.10", "2001:3::10")
"""The censor's own server: a notice over http and https."""
MITM = ("192.52.193.11", "2001:3::11")
OWN_CA = ("192.52.193.12", "2001:3::12")
PORTAL = ("192.52.193.13", "2001:3::13")
PROXY = ("192.52.193.14", "2001:3::14")
NOTICE = "notice.example"
BOGON = ("10.10.34.36", "fd00::34")
NETWORKS = (
    ("192.31.196.0/24", 64501),
    ("2001:4:112::/48", 64501),
    ("192.52.193.0/24", 64666),
    ("192.52.193.128/25", 32934),
    ("2001:3::/32", 64666),
    ("192.175.48.0/24", 64510),
    ("2620:4f:8000::/48", 64510),
)
ASN, COUNTRY = 64510, "RU"
LOCAL_TO_WORLD = (
    *("192.31.196.0/24", "192.52.193.0/24", "2001:4:112::/48", "2001:3::/32"),
    # Telegram's access points have no names: the lab has their addresses, which no cable leaves.
    *("149.154.160.0/20", "95.161.76.100/32"),
)


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a censor, a server or the probe does, and what the verdict must be."""

    name: str
    why: str
    server: str = "site"
    scheme: str = "https"
    path: str = "/"
    dns: str = ""
    """What the access network's resolver answers: nxdomain, bogon, notice, servfail, refused,
    silent, empty, malformed, home (an address of the access network)."""
    inject: str = ""
    """What is injected before the answer of resolvers elsewhere, over UDP: bogon, notice,
    nxdomain."""
    ip: str = ""
    """What is done to packets by address: drop, reset, unreachable, mitm, own_ca; proxy, which
    takes requests in the clear and makes them itself."""
    sni: str = ""
    """By the name in a ClientHello: reset, drop, alert, throttle, curtain, page."""
    ech: str = ""
    """The same where the ClientHello has the extension of Encrypted Client Hello."""
    http: str = ""
    """By the Host header: reset, drop, page, notice, redirect, secure, throttle, malformed, portal,
    private, legal, refuse."""
    quic: str = ""
    """drop"""
    route: str = ""
    """What the probe's own machine does: prohibit, throw."""
    hotspot: str = ""
    """The probe stands behind a hotspot that takes names, connections and the helper; the name is
    answered with its portal's address, public or private, or with the truth."""
    portal: str = ""
    """What that portal answers to a request: login, redirect or page, which is like no login."""
    state: str
    mechanism: str | None = None
    locus: str = "unknown"
    interference: tuple[str, ...] = ()
    """What was met on the way and did not keep the site from being reached."""
    rule: str = ""
    differential: str = ""
    """The state of the further measurement that the probe makes of itself: by SNI."""
    families: tuple[int, ...] = (4, 6)


class Host(msgspec.Struct, frozen=True):
    """A name of one scenario and one family of addresses."""

    name: str
    address: str
    scenario: Scenario

    @property
    def url(self) -> str:
        return f"{self.scenario.scheme}://{self.name}{self.scenario.path}"


@cache
def scenarios() -> tuple[Scenario, ...]:
    """All, as scenarios.toml has them."""
    text = (FOLDER / "scenarios.toml").read_text(encoding="utf-8")
    return tuple(msgspec.convert(tomllib.loads(text)["scenario"], list[Scenario]))


@cache
def hosts() -> tuple[Host, ...]:
    """A host for each scenario and family: `name-4.example` has an address of IPv4 alone. Those of
    hotspots are measured behind one, all others are not."""
    found: list[Host] = []
    for place, one in enumerate(scenarios(), 10):
        if 4 in one.families:
            found.append(Host(f"{one.name}-4.example", f"192.31.196.{place}", one))
        if 6 in one.families:
            found.append(Host(f"{one.name}-6.example", f"2001:4:112::{place:x}", one))
    return tuple(found)


@cache
def services() -> dict[str, dict[str, tuple[int, ...]]]:
    """What the catalogue gives each test of a service: hosts or addresses, with their ports."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for service in facts.load().services.values():
        for one in service.endpoints:
            if one.test in TESTS:
                found.setdefault(one.test, {})[one.host] = tuple(one.ports)
    return found


@cache
def served() -> dict[str, str]:
    """The address in the lab of every host of those services; an address is its own."""
    names = [host for listed in services().values() for host in listed]
    named = [host for host in dict.fromkeys(names) if not _is_address(host)]
    lab = {name: f"192.52.193.{130 + place}" for place, name in enumerate(named)}
    return {name: lab.get(name, name) for name in names}


def _is_address(host: str) -> bool:
    return host.replace(".", "").isdigit()


def connected_only(host: str) -> bool:
    """Whether a test does nothing with a host but connect to it."""
    return _is_address(host) or (
        any(
            part in host
            for part in ("long.weixin", ".facebook.com", ".fbcdn.net", "fbsbx", "whatsapp.net")
        )
        and not host.startswith("v.")
    )


CUT: dict[str, dict[str, tuple[str, ...]]] = {
    "telegram": {"part": ("web.telegram.org",)},
    "whatsapp": {"part": ("v.whatsapp.net", "web.whatsapp.com")},
    "signal": {"part": ("cdn2.signal.org",)},
    "facebook_messenger": {"part": ("b-api.facebook.com", "b-graph.facebook.com")},
    "wechat": {"part": tuple(n for n in services()["wechat"] if "long" not in n)},
}
"""Which hosts of a service are cut off where a part of it is; `free` has none, `cut` has all."""


def cut(test: str, phase: str) -> tuple[str, ...]:
    """The hosts of a service that are cut off in a phase: free, part or cut."""
    if phase == "free":
        return ()
    return CUT[test]["part"] if phase == "part" else tuple(services()[test])


def zone() -> dict[str, list[str]]:
    """The truth about names."""
    return {
        **{one.name: [one.address] for one in hosts()},
        **{name: [address] for name, address in served().items() if name != address},
        NOTICE: list(CENSOR),
        CONTROL_NAME: [CONTROL],
        "wifi-login.example": list(PORTAL),
        "example.org": ["192.31.196.9"],
    }


HOTSPOT = "hotspot"
"""The phase in which the probe stands behind a hotspot and is not logged in."""


def rules(phase: str = "free") -> dict[str, Any]:
    """What the middlebox does, by name and by address, and what of services is cut off in a phase:
    names in a handshake are reset, packets to what is only connected to dropped."""
    if phase == HOTSPOT:
        taken = {one.name: {"hotspot": one.scenario.hotspot} for one in hosts()}
        return {"names": taken, "addresses": {}, "zone": zone(), "hotspot": True}
    by_name = {one.name: msgspec.to_builtins(one.scenario) for one in hosts()}
    by_address = {one.address: msgspec.to_builtins(one.scenario) for one in hosts()}
    gone = [name for test in services() for name in cut(test, phase)]
    by_name |= {name: {"sni": "reset"} for name in gone if not connected_only(name)}
    by_address |= {served()[name]: {"ip": "drop"} for name in gone if connected_only(name)}
    return {"names": by_name, "addresses": by_address, "zone": zone(), "hotspot": False}
