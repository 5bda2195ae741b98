"""Who lives where in the lab.

Addresses are of blocks that IANA gave to services no site uses (AS112, RFC 7534 and 7535; AMT, RFC
7450): they count as public, and behind them nobody is meant. They exist in namespaces alone, which
no cable leaves.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent
PROBE = ("192.175.48.2", "2620:4f:8000::2")
RESOLVER = "192.175.48.1"
"""The access network's own resolver: the middlebox answers in its place."""
ELSEWHERE = "192.31.196.250"
"""A resolver that tells the truth, by UDP, TCP, TLS and HTTPS."""
CONTROL = "192.31.196.251"
COLLECTOR = "192.31.196.252"
CENSOR = ("192.52.193.10", "2001:3::10")
"""The censor's own server: a notice over http and https."""
MITM = ("192.52.193.11", "2001:3::11")
OWN_CA = ("192.52.193.12", "2001:3::12")
PORTAL = ("192.52.193.13", "2001:3::13")
NOTICE = "notice.example"
BOGON = ("10.10.34.36", "fd00::34")
NETWORKS = (
    ("192.31.196.0/24", 64501),
    ("2001:4:112::/48", 64501),
    ("192.52.193.0/24", 64666),
    ("2001:3::/32", 64666),
    ("192.175.48.0/24", 64510),
    ("2620:4f:8000::/48", 64510),
)
ASN, COUNTRY = 64510, "RU"
LOCAL_TO_WORLD = ("192.31.196.0/24", "192.52.193.0/24", "2001:4:112::/48", "2001:3::/32")


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
    """What is done to packets by address: drop, reset, unreachable, mitm, own_ca."""
    sni: str = ""
    """By the name in a ClientHello: reset, drop, alert, throttle, curtain, page."""
    http: str = ""
    """By the Host header: reset, drop, page, notice, redirect, secure, throttle, malformed, portal,
    private, legal, refuse."""
    quic: str = ""
    """drop"""
    route: str = ""
    """What the probe's own machine does: prohibit, throw."""
    state: str
    mechanism: str | None = None
    locus: str = "unknown"
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
    """A host for each scenario and family: `name-4.example` has an address of IPv4 alone."""
    found: list[Host] = []
    for place, one in enumerate(scenarios(), 10):
        if 4 in one.families:
            found.append(Host(f"{one.name}-4.example", f"192.31.196.{place}", one))
        if 6 in one.families:
            found.append(Host(f"{one.name}-6.example", f"2001:4:112::{place:x}", one))
    return tuple(found)


WECHAT = (
    *("sglong.weixin.qq.com", "frlong.weixin.qq.com"),
    *("routerlong.weixin.qq.com", "notifylong.weixin.qq.com"),
    *("web.wechat.com", "wx.qq.com", "login.wechat.com", "login.weixin.qq.com"),
    *("wechat.com", "weixin.qq.com", "mp.weixin.qq.com", "api.weixin.qq.com"),
)


def wechat() -> dict[str, str]:
    """WeChat's hosts, at addresses of the lab."""
    return {name: f"192.31.196.{200 + place}" for place, name in enumerate(WECHAT)}


def zone() -> dict[str, list[str]]:
    """The truth about names."""
    return {
        **{one.name: [one.address] for one in hosts()},
        **{name: [address] for name, address in wechat().items()},
        NOTICE: list(CENSOR),
        "example.org": ["192.31.196.9"],
    }


def rules(cut: Iterable[str] = ()) -> dict[str, Any]:
    """What the middlebox does, by name and by address; `cut` are hosts of WeChat's that are cut
    off: their names in a handshake reset, packets to their addresses dropped."""
    by_name = {one.name: msgspec.to_builtins(one.scenario) for one in hosts()}
    by_address = {one.address: msgspec.to_builtins(one.scenario) for one in hosts()}
    by_name |= {name: {"sni": "reset"} for name in cut if "long" not in name}
    by_address |= {wechat()[name]: {"ip": "drop"} for name in cut if "long" in name}
    return {"names": by_name, "addresses": by_address, "zone": zone()}
