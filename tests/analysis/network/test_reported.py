"""Further situations after public reports, each with all states that an expert could sign: first of
sites, then of tests about services, resolvers and tunnels."""

from typing import Any

import pytest
from tests import situations as made
from tests.situations import (
    ELSEWHERE,
    FORGED,
    HOME,
    NOTICE,
    RIGHT,
    SIGNAL,
    asked,
    clear,
    connected,
    doh,
    endpoints,
    fetched,
    helper,
    line,
    messenger,
    secure,
    shaken,
    udp,
)

from gatewatch.analysis.network.tools import judge
from gatewatch.sources.measurements.ooni import decode

HOST = "news.example.com"
AT = f"{RIGHT}:443"
SECOND = "93.184.216.35"
SIX = "2606:2800:220:1:248:1893:25c8:1946"
BLOCKED = "blocked likely_blocked"
TIMEOUT, RESET = "generic_timeout_error", "connection_reset"


def lost(failure: str, **more: Any) -> bytes:
    """A site over TLS of which no page came."""
    return secure(requests=[fetched(f"https://{HOST}/", failure=failure)], **more)


def unnamed(failure: str, there: str | None = None, **more: Any) -> bytes:
    """A name that the network's resolver does not give; `there`: nor one elsewhere."""
    beside = doh(HOST, failure=there) if there else doh(HOST, RIGHT)
    keys = {"queries": [asked(HOST, failure=failure), beside], "tcp_connect": []} | more
    return lost(failure, tls_handshakes=[], **keys)


def sunk(failure: str, *, shakes: bool) -> bytes:
    """A name that the network's resolver gives as an address of its own."""
    end = f"{FORGED}:443"
    return lost(
        failure,
        queries=[asked(HOST, FORGED, asn=HOME), doh(HOST, RIGHT)],
        tcp_connect=[connected(FORGED, 443, None if shakes else failure)],
        tls_handshakes=[shaken(end, HOST, failure)] if shakes else [],
    )


def answered(code: int, title: str, *, alike: bool = False) -> bytes:
    """A page of another status than 200; `alike`: as the helper's."""
    page = fetched(f"https://{HOST}/", AT, code=code, body=f"<title>{title}</title>")
    known = helper(AT, code=code, title=title, length=20) if alike else helper(AT)
    return secure(requests=[page], control=known)


def refused(country: str, page: str, *, ip: str = RIGHT, **more: Any) -> bytes:
    """A page in the clear that says no."""
    said = fetched(f"http://{HOST}/", f"{ip}:80", code=403, body=page)
    return clear(
        requests=[said], tcp_connect=[connected(ip, 80)], head={"probe_cc": country}, **more
    )


IFRAME = '<html><title>10.10.34.34</title><iframe src="http://10.10.34.34?type=Invalid"></iframe>'
SITES = [
    ("silence after the name", lost(TIMEOUT, tls_handshakes=[shaken(AT, HOST, TIMEOUT)]), BLOCKED, "tls"),
    ("reset after the name", lost(RESET, tls_handshakes=[shaken(AT, HOST, RESET)]), BLOCKED, "tls.reset"),
    ("reset before the page", secure(requests=[fetched(f"https://{HOST}/", AT, failure=RESET)]), BLOCKED, "tls"),
    ("a national resolver without the name", unnamed("dns_nxdomain_error"), BLOCKED, "dns.nxdomain"),
    ("a resolver that refuses", unnamed("dns_refused_error"), BLOCKED, "dns.refused"),
    (
        "gone for everybody",
        unnamed(
            "dns_nxdomain_error",
            "dns_nxdomain_error",
            control=helper(addresses=(), dns_failure="dns_nxdomain_error", failure="dns_lookup_error"),
        ),
        "down",
        "",
    ),
    (
        "a private address with its notice",
        refused("IR", IFRAME, ip="10.10.34.34", queries=[asked(HOST, "10.10.34.34", asn=None), doh(HOST, RIGHT)]),
        "blocked",
        "dns.injection",
    ),
    ("a shared address on a match day", lost(TIMEOUT, tcp_connect=[connected(RIGHT, 443, TIMEOUT)], tls_handshakes=[]), BLOCKED, "tcp.timeout"),
    (
        "fenced off for all abroad",
        lost(TIMEOUT, tcp_connect=[connected(RIGHT, 443, TIMEOUT)], tls_handshakes=[], control=helper(failure=TIMEOUT)),
        "down",
        "",
    ),
    ("a router's word", lost("host_unreachable", tcp_connect=[connected(RIGHT, 443, "host_unreachable")], tls_handshakes=[]), BLOCKED, "ip.unreachable"),
    ("451 over TLS", answered(451, "451"), "ok", "http.451"),
    ("a challenge for both", answered(403, "Just a moment...", alike=True), "ok insufficient", ""),
    ("429 for the probe alone", answered(429, "Sorry"), "ok insufficient down", ""),
    ("503 for all", answered(503, "Down", alike=True), "ok down", ""),
    (
        "no IPv6 here",
        secure(queries=[asked(HOST, RIGHT, SIX), doh(HOST, RIGHT)], tcp_connect=[connected(RIGHT, 443), connected(SIX, 443, "network_unreachable")]),
        "ok",
        "",
    ),
    (
        "one address of two",
        secure(
            queries=[asked(HOST, RIGHT, SECOND), doh(HOST, RIGHT, SECOND)],
            tcp_connect=[connected(RIGHT, 443, TIMEOUT), connected(SECOND, 443)],
            tls_handshakes=[shaken(f"{SECOND}:443", HOST)],
            requests=[fetched(f"https://{HOST}/", f"{SECOND}:443")],
        ),
        "ok",
        "",
    ),
    ("a refusal in the clear", refused("BY", "<title>Forbidden</title>by decision of the ministry"), "likely_blocked insufficient", ""),
    (
        "sent to a notice of another site",
        clear(
            requests=[
                fetched("http://lamanlabuh.example.net/", f"{NOTICE}:80", body="<title>Laman Labuh</title>", hop=1),
                fetched(f"http://{HOST}/", f"{RIGHT}:80", code=302, body="", headers={"Location": "http://lamanlabuh.example.net/"}),
            ]
        ),
        BLOCKED,
        "http",
    ),
    (
        "not on line",
        unnamed(TIMEOUT, TIMEOUT, control=None, control_failure=TIMEOUT, head={"probe_asn": "AS0", "resolver_asn": "AS0"}),
        "insufficient",
        "",
    ),
    ("the helper lost, the page proven", secure(control=None, control_failure="unknown_failure: httptrace"), "ok", ""),
    ("another's certificate", lost("ssl_unknown_authority", tls_handshakes=[shaken(AT, HOST, "ssl_unknown_authority")]), BLOCKED, "tls.mitm"),
    ("QUIC alone dies", secure(quic_handshakes=[shaken(AT, HOST, TIMEOUT)]), "ok", ""),
    (
        "a forged answer first, the real one second",
        secure(queries=[asked(HOST, RIGHT), doh(HOST, RIGHT), udp(HOST, FORGED, asn=ELSEWHERE)], x_dns_duplicate_responses=[udp(HOST, RIGHT)]),
        "ok",
        "",
    ),
    ("a sinkhole that shows its certificate", sunk("ssl_invalid_hostname", shakes=True), "blocked", "dns.injection"),
    ("a sinkhole that refuses", sunk("connection_refused", shakes=False), BLOCKED, "dns"),
    (
        "an edge of a delivery network, proven",
        secure(
            queries=[asked(HOST, FORGED, asn=ELSEWHERE), doh(HOST, RIGHT)],
            tcp_connect=[connected(FORGED, 443)],
            tls_handshakes=[shaken(f"{FORGED}:443", HOST)],
            requests=[fetched(f"https://{HOST}/", f"{FORGED}:443")],
        ),
        "ok",
        "",
    ),
]  # fmt: skip
DOH = "https://8.8.8.8/dns-query"
LOOKED_UP = {
    "failure": RESET,
    "tcp_connect": [connected("8.8.8.8", 443)],
    "tls_handshakes": [shaken("8.8.8.8:443", "8.8.8.8", RESET)],
    "queries": [asked("example.org", failure=RESET, engine="doh")],
}
VPN_AT = {"transport": "tcp", "ip": "51.159.1.1", "port": 1194}
VPN = {
    "tcp_connect": [connected("51.159.1.1", 1194)],
    "openvpn_handshake": [{**VPN_AT, "failure": TIMEOUT, "t0": 0.1, "t": 10.1}],
}
STUN = "stun.l.google.com:19302"
STUCK = {"failure": TIMEOUT, "success": False, "timeout": 200, "tor_progress": 50}
SERVICES = [
    ("signal works", endpoints("signal", SIGNAL), "ok", ""),
    ("signal, silence after each name", endpoints("signal", SIGNAL, every=TIMEOUT), BLOCKED, "tls"),
    ("signal, one server lost", endpoints("signal", SIGNAL, n4=TIMEOUT), "impaired ok", ""),
    ("signal, no name", endpoints("signal", SIGNAL, at="dns", every="dns_nxdomain_error"), BLOCKED, "dns.nxdomain"),
    ("signal, reset at connect", endpoints("signal", SIGNAL, at="tcp", every=RESET), BLOCKED, "tcp.reset"),
    ("messenger works", messenger(), "ok", ""),
    ("messenger, silence", messenger(TIMEOUT), BLOCKED, "tcp.timeout"),
    ("messenger, names in the provider's network", messenger(to="203.81.64.20"), BLOCKED, "dns"),
    ("messenger, no name", messenger(dns="dns_nxdomain_error"), BLOCKED, "dns"),
    ("telegram, its site alone", made.telegram(web="tls"), "impaired", ""),
    ("telegram, all", made.telegram("*", web="tcp"), BLOCKED, "tcp"),
    ("telegram, some centres", made.telegram("149.154.175.50:80", "149.154.175.50:443"), "ok impaired", ""),
    ("whatsapp, registration", made.whatsapp(lost=("v.whatsapp.net",)), "impaired", ""),
    ("whatsapp, all", made.whatsapp(lost=tuple(made.WHATSAPP)), BLOCKED, "tcp"),
    ("tor, authorities alone", made.tor(authorities=10, authorities_lost=10, bridges=5, bridges_lost=0), "impaired", ""),
    ("tor, all", made.tor(authorities=10, authorities_lost=10, bridges=5, bridges_lost=5), BLOCKED, "tcp.timeout"),
    ("tor, one authority", made.tor(authorities=10, authorities_lost=1, bridges=5, bridges_lost=0), "ok", ""),
    ("psiphon, no tunnel", line("psiphon", test_keys={"failure": TIMEOUT, "bootstrap_time": 0.0}), BLOCKED, "psiphon"),
    ("tor, stuck half way", line("vanilla_tor", test_keys=STUCK), BLOCKED, "tor.bootstrap"),
    ("openvpn, connected and silent", line("openvpn", input="openvpn://x.corp/?address=51.159.1.1:1194&transport=tcp", test_keys=VPN), BLOCKED, "openvpn"),
    ("dnscheck, cut in its handshake", line("dnscheck", input=DOH, test_keys={"domain": "example.org", "lookups": {DOH: LOOKED_UP}}), BLOCKED, "tls.reset"),
    ("stun, silence", line("stunreachability", input=f"stun://{STUN}", test_keys={"endpoint": STUN, "failure": TIMEOUT}), BLOCKED, "stun"),
    ("a test of long ago", line("bridge_reachability", input="obfs4 1.2.3.4:443", test_keys={"success": True}), "ok insufficient", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "states", "how"),
    [pytest.param(*row[1:], id=row[0]) for row in (*SITES, *SERVICES)],
)
def test_a_reported_situation_is_judged_as_an_expert_would(
    told: bytes, states: str, how: str
) -> None:
    """The state is one of those that can be signed, with the mechanism where one was at work."""
    verdict = judge(decode(told))
    assert verdict.state in states.split(), verdict
    assert (verdict.mechanism or "").startswith(how), verdict


CLOUDFRONT, CLOUDFLARE, FACEBOOK, ELSEWHERE = 16509, 13335, 32934, 3320
FAR = "54.230.1.1"
GONE = "dns_nxdomain_error"
DIED = [connected(FAR, 443, TIMEOUT)]
CUT = [shaken(f"{FAR}:443", HOST, RESET)]
SKEWED = "[warn] It seems that our clock is behind by 3 days, 2 hours, or that theirs is ahead."
NO_LINE = "[warn] Problem bootstrapping. Stuck at 5%: Connecting (Network is unreachable; NOROUTE)"
LAST = "[warn] Problem bootstrapping. Stuck at 14%: Handshaking (DONE; count 2)"


def apart(asn: int, how: str = TIMEOUT, **more: Any) -> bytes:
    """A site whose name has an address here in another network than for the helper; it fails."""
    keys: dict[str, Any] = {"queries": [asked(HOST, FAR, asn=asn)], "tls_handshakes": []}
    keys |= {"tcp_connect": [connected(FAR, 443, how)]} | more
    return secure(requests=[fetched(f"https://{HOST}/", f"{FAR}:443", failure=how)], **keys)


def stuck(failure: str = "timeout-reached", *logs: str) -> bytes:
    """Tor that does not start."""
    return line("vanilla_tor", test_keys={**STUCK, "failure": failure, "tor_logs": list(logs)})


def extended(plain: str | None, *with_it: str | None) -> bytes:
    """Handshakes without and with Encrypted Client Hello at a name that was resolved."""
    at = "104.18.10.118:443"
    told = [shaken(at, "ech.example", plain)]
    told += [shaken(at, "ech.example", why, echconfig="AEX+DQ==") for why in with_it]
    keys = {"queries": [doh("ech.example", "104.18.10.118")], "tls_handshakes": told}
    return line("echcheck", input="https://ech.example/", test_keys=keys)


def plainly(failure: str, **there: Any) -> bytes:
    """A site in the clear whose request ends so."""
    page = fetched(f"http://{HOST}/", f"{RIGHT}:80", failure=failure)
    return clear(requests=[page], control=helper(f"{RIGHT}:80", **there))


def shared_address() -> bytes:
    """Two names of a messenger at one address, that only the first one's answer tells; a handshake
    with the second is reset there."""
    at = "157.240.1.2:443"
    names = ["v.whatsapp.net", "web.whatsapp.com"]
    keys = {
        "queries": [asked(names[0], "157.240.1.2"), asked(names[1], "157.240.1.1")],
        "tcp_connect": [connected("157.240.1.2", 443), connected("157.240.1.1", 443)],
        "tls_handshakes": [shaken(at, names[0]), shaken(at, names[1], RESET)],
        "requests": [
            fetched(f"https://{names[0]}/", at),
            fetched(f"https://{names[1]}/", at, failure=RESET),
        ],
    }
    return line("whatsapp", test_keys=keys)


BELOW = "insufficient"
PSIPHON = {"bootstrap_time": 5.1, "failure": TIMEOUT, "requests": [fetched("https://page.example/", failure=TIMEOUT)]}  # fmt: skip
DENIED = [asked(HOST, failure=GONE), doh(HOST, failure=GONE)]
TWICE_DENIED = [*DENIED, udp(HOST, failure=GONE)]
UNSURE = [
    ("another content network is silent", apart(CLOUDFRONT), "likely_blocked", "tcp.timeout", "unknown"),
    ("another content network refuses", apart(CLOUDFLARE, "connection_refused"), "likely_blocked", "tcp.refused", "unknown"),
    ("the name is reset at another content network", apart(CLOUDFRONT, RESET, tcp_connect=[connected(FAR, 443)], tls_handshakes=CUT), "likely_blocked", "tls.reset", "unknown"),
    ("no content network, silent", apart(ELSEWHERE), "likely_blocked", "dns.injection.other", "unknown"),
    ("where only its owner's sites lie, silent", apart(FACEBOOK), "blocked", "dns.injection.other", "network"),
    ("the same beside encrypted DNS", apart(ELSEWHERE, queries=[asked(HOST, FAR, asn=ELSEWHERE), doh(HOST, RIGHT)]), "blocked", "dns.injection.other", "network"),
    ("in the probe's own network, silent", apart(HOME), "blocked", "dns.injection.other", "network"),
    ("denied by encrypted DNS as well", unnamed(GONE, GONE), BELOW, "", "unknown"),
    ("denied by everybody asked", unnamed(GONE, queries=TWICE_DENIED), BELOW, "", "unknown"),
    ("denied by the network's resolver", unnamed(GONE), "blocked", "dns.nxdomain", "network"),
    ("a signature of the zone's, perhaps", unnamed("dns_servfail_error"), "likely_blocked", "dns.refused", "unknown"),
    ("tor: the clock", stuck("timeout-reached", SKEWED), BELOW, "", "unknown"),
    ("tor: no line", stuck("timeout-reached", NO_LINE), BELOW, "", "unknown"),
    ("tor: one address out of reach, then stuck", stuck("timeout-reached", NO_LINE, LAST), "likely_blocked", "tor.bootstrap", "unknown"),
    ("tor: no program", stuck("tor-binary-not-found"), BELOW, "", "unknown"),
    ("tor: no program, in other words", stuck("unknown_failure: tor executable missing"), BELOW, "", "unknown"),
    ("tor: a word that nobody knows", stuck("unknown_failure: something new"), BELOW, "", "unknown"),
    ("psiphon: a tunnel that carries nothing", line("psiphon", test_keys=PSIPHON), BELOW, "", "unknown"),
    ("ech: rejected by the server", extended(None, None, "unknown_failure: tls: server rejected ECH"), "ok", "", "unknown"),
    ("ech: an alert to an old key", extended(None, None, "ssl_failed_handshake"), BELOW, "", "unknown"),
    ("ech: everything is reset", extended(RESET, RESET, RESET), "likely_blocked", "tls.reset", "unknown"),
    ("an empty reply", plainly("eof_error"), "likely_blocked", "http.reset", "unknown"),
    ("a reset by a server in trouble", plainly(RESET, code=503), "likely_blocked", "http.reset", "unknown"),
    ("a reset", plainly(RESET), "blocked", "http.reset.host", "network"),
    ("a certificate that was not kept", SITES[20][1], "likely_blocked", "tls.mitm", "unknown"),
    ("two names at one address", shared_address(), "impaired", "tls.reset", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "state", "how", "locus"), [pytest.param(*row[1:], id=row[0]) for row in UNSURE]
)
def test_no_more_is_said_than_was_seen(told: bytes, state: str, how: str, locus: str) -> None:
    """Servers, content networks and the probe's own machine do what networks do as well."""
    verdict = judge(decode(told))
    assert (verdict.state, verdict.locus) == (state, locus), verdict
    assert (verdict.mechanism or "").startswith(how), verdict
