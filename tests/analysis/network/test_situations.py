"""Situations that people reported, each made anew: what an expert would sign of them.

A row names the report or the measurement that taught it where there is one. `how` is the beginning
of the mechanism of a block, or an interference that must be named.
"""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests import situations as made
from tests.situations import (
    ELSEWHERE,
    FORGED,
    HOME,
    NOTICE,
    RIGHT,
    TEXT,
    TITLE,
    asked,
    clear,
    connected,
    cut_short,
    doh,
    fetched,
    helper,
    line,
    secure,
    sent_on,
    shaken,
    udp,
    unshaken,
)

from gatewatch.analysis.network.failures import failure_class
from gatewatch.analysis.network.tools import judge
from gatewatch.catalogue import nettests
from gatewatch.model.verdict import Verdict
from gatewatch.sources.measurements.ooni import decode

BLOCKS = {"blocked", "likely_blocked", "impaired"}
HOST = "news.example.com"
OTHER = "<html><head><title>Access is restricted</title></head><body>by order</body></html>"
BARE = "<p>" + "x" * 4900
NOTICE_PAGE = "<title>Blocked</title>"
LOOPBACK_PORT = "127.0.0.1:9050"


def certificate(names: list[str], issuer: str, starts: datetime, days: int = 90) -> dict[str, str]:
    """A certificate as probes keep one. `issuer` is an organisation."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(starts)
        .not_valid_after(starts + timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    from cryptography.hazmat.primitives.serialization import Encoding

    return {"format": "base64", "data": b64encode(signed.public_bytes(Encoding.DER)).decode()}


THEN = datetime(2024, 2, 1, tzinfo=UTC)
"""A month before the made measurements by their clock."""


def shown(failure: str, names: list[str], issuer: str, starts: datetime = THEN) -> dict[str, Any]:
    """Keys of a handshake whose certificate the probe did not accept."""
    return unshaken(failure, peer_certificates=[certificate(names, issuer, starts)])


def forged_to(ip: str, page: str = OTHER, **more: Any) -> dict[str, Any]:
    """Keys of a site in the clear whose name is forged to an address of another network."""
    return {
        "queries": [asked(HOST, ip, asn=ELSEWHERE), doh(HOST, RIGHT)],
        "tcp_connect": [connected(ip, 80)],
        "requests": [fetched(f"http://{HOST}/", f"{ip}:80", body=page)],
        "control": helper(f"{RIGHT}:80", info={ip: ELSEWHERE}),
    } | more


def gone(*queries: dict[str, Any], body: str = OTHER) -> bytes:
    """A name that exists nowhere and that this network's resolver answers all the same."""
    return clear(
        queries=[asked(HOST, FORGED, asn=HOME), *queries],
        tcp_connect=[connected(FORGED, 80)],
        requests=[fetched(f"http://{HOST}/", f"{FORGED}:80", body=body)],
        control=helper(addresses=(), dns_failure="dns_name_error", failure="dns_lookup_error"),
    )


def throttled(rate: int, seconds: float, there: int, *, tls: bool) -> bytes:
    return made.paced(HOST, rate, seconds, there, tls=tls)


def echo(**tampering: Any) -> bytes:
    reply = fetched("http://192.0.2.7:80/", body='{"headers_dict": {}}')
    return line(
        "http_header_field_manipulation", test_keys={"requests": [reply], "tampering": tampering}
    )


def sni(target: str | None, control: str | None) -> bytes:
    def half(name: str, why: str | None) -> dict[str, Any]:
        return {
            "failure": why,
            "sni": name,
            "tcp_connect": [connected("192.88.99.9", 443)],
            "tls_handshakes": [shaken("192.88.99.9:443", name, why)],
        }

    keys = {"target": half("blocked.example", target), "control": half("helper.example", control)}
    return line("sni_blocking", input="blocked.example", test_keys=keys)


def ech(*with_it: str | None, plain: str | None = None, **more: Any) -> bytes:
    at = "104.18.10.118:443"
    shakes = [shaken(at, "ech.example", plain)]
    shakes += [
        shaken(at, "ech.example", why, echconfig="GREASE", outer_server_name="o.example")
        for why in with_it
    ]
    return line(
        "echcheck", input="https://ech.example/", test_keys={"tls_handshakes": shakes} | more
    )


def lookups(*failures: str | None) -> bytes:
    """A DNS service with as many addresses as there are outcomes."""
    keys: dict[str, Any] = {
        "bootstrap": {"queries": [asked("dns.example", "9.9.9.9")]},
        "lookups": {},
    }
    for n, why in enumerate(failures):
        ip = f"9.9.9.{n + 9}"
        keys["lookups"][f"https://{ip}/dns-query"] = {
            "failure": why,
            "failed_operation": "resolve" if why else None,
            "queries": [doh("example.org", *([] if why else [RIGHT]), failure=why)],
            "tcp_connect": [connected(ip, 443)],
            "tls_handshakes": [shaken(f"{ip}:443", "dns.example", why)],
        }
    return line("dnscheck", input="https://dns.example/dns-query", test_keys=keys)


SIGNAL = (
    "storage.signal.org",
    "cdn.signal.org",
    "cdn2.signal.org",
    "sfu.voip.signal.org",
    "chat.signal.org",
    "cdsi.signal.org",
)


def signal(*lost: str, failure: str = "connection_reset", **head: Any) -> bytes:
    """Signal's test with hosts that fail in the handshake."""
    at = {name: f"76.223.92.{n}" for n, name in enumerate(SIGNAL, 1)}
    ended = {name: failure if name in lost or "*" in lost else None for name in SIGNAL}
    keys = {
        "queries": [
            *(asked(n, ip) for n, ip in at.items()),
            asked("uptime.signal.org", "127.0.0.1"),
        ],
        "tcp_connect": [connected(ip, 443) for ip in at.values()],
        "tls_handshakes": [shaken(f"{at[n]}:443", n, why) for n, why in ended.items()],
        "requests": [fetched(f"https://{n}/", code=404, failure=why) for n, why in ended.items()],
    }
    return line("signal", test_keys=keys, **{"test_version": "0.2.5"} | head)


MESSENGER = (
    "edge-mqtt.facebook.com",
    "b-api.facebook.com",
    "b-graph.facebook.com",
    "external.xx.fbcdn.net",
    "scontent.xx.fbcdn.net",
    "star.c10r.facebook.com",
)


def messenger(asn: int, *lost: str) -> bytes:
    """Facebook Messenger's test, with names in a network and hosts that are dropped."""
    held = {name: f"157.240.7.{n}" for n, name in enumerate(MESSENGER, 1)}
    keys = {
        "queries": [asked(name, ip, asn=asn) for name, ip in held.items()],
        "tcp_connect": [
            connected(ip, 443, "generic_timeout_error" if name in lost or "*" in lost else None)
            for name, ip in held.items()
        ],
    }
    return line("facebook_messenger", test_keys=keys)


def at(address: str, port: int = 80) -> dict[str, Any]:
    """Keys of a site in the clear that is reached at an address of its own kind."""
    return {
        "queries": [asked(HOST, address, asn=HOSTING_OR_NONE)],
        "tcp_connect": [connected(address, port)],
        "requests": [fetched(f"http://{HOST}/", f"[{address}]:{port}")],
    }


HOSTING_OR_NONE = None
CUSTOM = {"X-News-Backend": "a", "X-News-Shard": "1", "X-Edge-Node": "k", "X-Trace": "q"}
OWN = "insufficient", "", "unknown"
WIFI = "<html><head><title>Welcome to Grand Hotel Wi-Fi</title></head>room number</html>"
PORTAL = "<html><!-- <WISPAccessGatewayParam> --></html>"

SITUATIONS: list[tuple[str, bytes, str, str, str]] = [
    # name, measurement, states, how, locus
    ("works in the clear", clear(), "ok", "", "unknown"),
    ("works over TLS", secure(), "ok", "", "unknown"),
    # Proof of the asked name
    (
        "clear redirect to a notice with its own certificate",
        clear(
            **sent_on(
                "https://notice.example/",
                fetched("https://notice.example/", f"{NOTICE}:443", body=NOTICE_PAGE, hop=1),
                shaken(f"{NOTICE}:443", "notice.example", hop=1),
            )
        ),
        "likely_blocked blocked",
        "http.blockpage",
        "unknown",
    ),
    (
        "forged name, redirect to the provider's notice over TLS",
        clear(
            **forged_to(FORGED)
            | sent_on(
                "https://notice.example/",
                fetched("https://notice.example/", f"{FORGED}:443", body=NOTICE_PAGE, hop=1),
                shaken(f"{FORGED}:443", "notice.example", hop=1),
            )
            | {"tcp_connect": [connected(FORGED, 80), connected(FORGED, 443, hop=1)]}
            | {
                "requests": [
                    fetched("https://notice.example/", f"{FORGED}:443", body=NOTICE_PAGE, hop=1),
                    fetched(
                        f"http://{HOST}/",
                        f"{FORGED}:80",
                        body="",
                        code=302,
                        headers={"Location": "https://notice.example/"},
                    ),
                ]
            }
        ),
        "blocked likely_blocked",
        "dns.injection.blockpage",
        "network",
    ),
    (
        "redirect that a table knows, landing over TLS",
        clear(
            **sent_on(
                "http://warning.rt.ru/?id=1",
                fetched("https://warning.rt.ru/", f"{NOTICE}:443", body=NOTICE_PAGE, hop=1),
                shaken(f"{NOTICE}:443", "warning.rt.ru", hop=1),
            ),
            head={"probe_cc": "RU"},
        ),
        "blocked",
        "http.blockpage",
        "network",
    ),
    (
        "clear redirect to the same site over TLS",
        clear(
            **sent_on(
                f"https://www.{HOST}/",
                fetched(f"https://www.{HOST}/", f"{RIGHT}:443", hop=1),
                shaken(f"{RIGHT}:443", f"www.{HOST}", hop=1),
            )
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "clear redirect to another name, where the control ended too",
        clear(
            **sent_on(
                "https://paper.example/",
                fetched("https://paper.example/", f"{NOTICE}:443", hop=1),
                shaken(f"{NOTICE}:443", "paper.example", hop=1),
            )
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "redirect over verified TLS to another name",
        secure(
            requests=[
                fetched("https://paper.example/", f"{NOTICE}:443", body=OTHER, hop=1),
                fetched(
                    f"https://{HOST}/",
                    f"{RIGHT}:443",
                    body="",
                    code=301,
                    headers={"Location": "https://paper.example/"},
                ),
            ],
            tls_handshakes=[
                shaken(f"{RIGHT}:443", HOST),
                shaken(f"{NOTICE}:443", "paper.example", hop=1),
            ],
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "clear redirect to a private gateway (2017)",
        clear(
            **sent_on(
                "http://192.168.22.1/UserCheck/PortalMain",
                fetched(
                    "http://192.168.22.1/UserCheck/PortalMain",
                    "192.168.22.1:80",
                    failure="generic_timeout_error",
                    hop=1,
                ),
                code=307,
            )
        ),
        "likely_blocked",
        "http.blockpage",
        "unknown",
    ),
    # Pages that differ
    (
        "another page from the right address",
        clear(requests=[fetched(f"http://{HOST}/", f"{RIGHT}:80", body=OTHER)]),
        "likely_blocked insufficient",
        "http.blockpage",
        "unknown",
    ),
    (
        "helper refused by a CDN, 403",
        clear(
            control=helper(
                f"{RIGHT}:80", code=403, length=4200, title="Attention Required! | Cloudflare"
            )
        ),
        "ok insufficient",
        "",
        "unknown",
    ),
    (
        "helper refused, 429",
        clear(control=helper(f"{RIGHT}:80", code=429, length=90, title="Too many requests")),
        "ok insufficient",
        "",
        "unknown",
    ),
    (
        "helper challenged with 200",
        clear(control=helper(f"{RIGHT}:80", length=900, title="Just a moment...")),
        "ok insufficient",
        "",
        "unknown",
    ),
    (
        "helper refused, site over TLS",
        secure(control=helper(f"{RIGHT}:443", code=403, length=10, title="Denied")),
        "ok",
        "",
        "unknown",
    ),
    (
        "parked page in another rendering",
        clear(
            requests=[
                fetched(
                    f"http://{HOST}/",
                    f"{RIGHT}:80",
                    body="<title>news.example.com</title>this domain is for sale, see sedoparking.com",
                )
            ]
        ),
        "ok insufficient",
        "",
        "server_side",
    ),
    (
        "page in the reader's language",
        clear(
            requests=[
                fetched(
                    f"http://{HOST}/",
                    f"{RIGHT}:80",
                    body=TEXT.replace(TITLE, "Новости дня"),
                    headers=CUSTOM,
                )
            ],
            control=helper(f"{RIGHT}:80", headers=CUSTOM),
        ),
        "ok insufficient",
        "",
        "server_side",
    ),
    (
        "one shared header makes no page the same",
        clear(
            requests=[
                fetched(
                    f"http://{HOST}/",
                    f"{RIGHT}:80",
                    body="blocked by order of the court",
                    headers={"X-Request-Id": "1"},
                )
            ],
            control=helper(f"{RIGHT}:80", headers={"X-Request-Id": "2"}),
        ),
        "likely_blocked",
        "http.blockpage",
        "unknown",
    ),
    (
        "a notice of the page's length",
        clear(
            requests=[
                fetched(
                    f"http://{HOST}/", f"{RIGHT}:80", body=OTHER + "z" * (len(TEXT) - len(OTHER))
                )
            ]
        ),
        "likely_blocked",
        "http.blockpage",
        "unknown",
    ),
    (
        "a notice without a title, of nearly the length",
        clear(requests=[fetched(f"http://{HOST}/", f"{RIGHT}:80", body=BARE)]),
        "likely_blocked",
        "http.blockpage",
        "unknown",
    ),
    (
        "a title with a clock in it",
        clear(
            requests=[
                fetched(
                    f"http://{HOST}/",
                    f"{RIGHT}:80",
                    body=TEXT.replace(TITLE, "News of the day 12:03"),
                )
            ],
            control=helper(f"{RIGHT}:80", title="News of the day 12:07"),
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "words of a notice on the control's page",
        clear(
            requests=[
                fetched(
                    f"http://{HOST}/", f"{RIGHT}:80", body=TEXT.replace("word", "koruma tedbiri")
                )
            ],
            control=helper(f"{RIGHT}:80", length=len(TEXT) * 2),
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "words of a notice on a page of its own",
        clear(
            requests=[
                fetched(f"http://{HOST}/", f"{RIGHT}:80", body="<title>x</title>koruma tedbiri")
            ],
            head={"probe_cc": "TR"},
        ),
        "blocked",
        "http.blockpage",
        "network",
    ),
    (
        "a hotel's login",
        clear(requests=[fetched(f"http://{HOST}/", f"{RIGHT}:80", body=WIFI)]),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "a portal that stands in the helper's place and answers to every name",
        clear(
            queries=[asked(HOST, "10.0.0.1", asn=None)],
            tcp_connect=[connected("10.0.0.1", 80)],
            requests=[fetched(f"http://{HOST}/", "10.0.0.1:80", body=PORTAL)],
            control=None,
            control_failure="ssl_invalid_hostname",
        ),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "a name forged to nobody's address while the helper is cut off",
        clear(
            queries=[asked(HOST, "10.0.0.1", asn=None)],
            tcp_connect=[connected("10.0.0.1", 80, "generic_timeout_error")],
            requests=[],
            control=None,
            control_failure="connection_reset",
        ),
        "likely_blocked",
        "dns.injection.bogon",
        "unknown",
    ),
    (
        "a hotspot by WISPr, redirected",
        clear(
            **sent_on(
                "http://10.0.0.1/login?res=notyet",
                fetched("http://10.0.0.1/login", "10.0.0.1:80", body=PORTAL, hop=1),
            )
        ),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "status 511",
        clear(requests=[fetched(f"http://{HOST}/", f"{RIGHT}:80", body="log in", code=511)]),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "451 over TLS",
        secure(requests=[fetched(f"https://{HOST}/", f"{RIGHT}:443", body="gone", code=451)]),
        "ok",
        "",
        "server_side",
    ),
    (
        "451 in the clear",
        clear(requests=[fetched(f"http://{HOST}/", f"{RIGHT}:80", body="gone", code=451)]),
        "likely_blocked",
        "http.451",
        "unknown",
    ),
    (
        "451 for the control as well",
        clear(
            requests=[fetched(f"http://{HOST}/", f"{RIGHT}:80", body=TEXT, code=451)],
            control=helper(f"{RIGHT}:80", code=451),
        ),
        "ok",
        "",
        "server_side",
    ),
    (
        "403 in the clear",
        clear(requests=[fetched(f"http://{HOST}/", f"{RIGHT}:80", body="no", code=403)]),
        "likely_blocked",
        "http.blockpage",
        "unknown",
    ),
    (
        "a CAPTCHA for the reader",
        clear(
            requests=[
                fetched(
                    f"http://{HOST}/",
                    f"{RIGHT}:80",
                    body="<title>Just a moment...</title>",
                    code=503,
                )
            ]
        ),
        "ok",
        "",
        "server_side",
    ),
    # The instrument
    *[
        (f"own: {why}", secure(**cut_short(why)), *OWN)
        for why in (
            "network_down",
            "network_unreachable",
            "network_reset",
            "permission_denied",
            "interrupted",
            "operation_canceled",
            "connection_already_closed",
            "address_not_available",
            "unknown_failure: dial tcp [scrubbed]: connectex: An attempt was made to access a socket in a way forbidden by its access permissions.",
            "unknown_failure: dial tcp: socket: too many open files",
            "unknown_failure: dial tcp [scrubbed]: connect: operation not permitted",
            "unknown_failure: A socket operation was attempted to an unreachable network.",
        )
    ],
    (
        "no IPv6 of its own",
        secure(
            queries=[asked(HOST, "2600:1901::7", query_type="AAAA")],
            tcp_connect=[connected("2600:1901::7", 443, "host_unreachable")],
            tls_handshakes=[],
            requests=[
                fetched(
                    f"https://{HOST}/", failure="host_unreachable", address="[2600:1901::7]:443"
                )
            ],
            control=helper("[2600:1901::7]:443", addresses=("2600:1901::7",)),
        ),
        *OWN,
    ),
    (
        "no IPv6, and IPv4 is dropped",
        secure(
            queries=[asked(HOST, RIGHT, "2600:1901::7")],
            tcp_connect=[
                connected("2600:1901::7", 443, "network_unreachable"),
                connected(RIGHT, 443, "generic_timeout_error"),
            ],
            tls_handshakes=[],
            requests=[fetched(f"https://{HOST}/", failure="generic_timeout_error")],
        ),
        "likely_blocked",
        "tcp.timeout",
        "network",
    ),
    (
        "ICMP unreachable",
        secure(**cut_short("host_unreachable")),
        "likely_blocked blocked",
        "ip.unreachable",
        "network",
    ),
    (
        "reset at connect",
        secure(**cut_short("connection_reset")),
        "blocked",
        "tcp.reset",
        "network",
    ),
    (
        "refused at connect",
        secure(**cut_short("connection_refused")),
        "blocked",
        "tcp.refused",
        "network",
    ),
    (
        "an alert",
        secure(**unshaken("ssl_failed_handshake")),
        "likely_blocked",
        "tls.alert",
        "unknown",
    ),
    (
        "plain text in a handshake",
        secure(**unshaken("unknown_failure: tls: first record does not look like a TLS handshake")),
        "likely_blocked",
        "tls",
        "unknown",
    ),
    (
        "GOAWAY in verified TLS (ooni/probe#2306)",
        secure(
            requests=[
                fetched(
                    f"https://{HOST}/",
                    f"{RIGHT}:443",
                    failure="unknown_failure: http2: server sent GOAWAY and closed the connection; ErrCode=NO_ERROR",
                )
            ]
        ),
        "ok",
        "",
        "server_side",
    ),
    (
        "a stream error in verified TLS",
        secure(
            requests=[
                fetched(
                    f"https://{HOST}/",
                    f"{RIGHT}:443",
                    failure="unknown_failure: stream error: stream ID 1; INTERNAL_ERROR; received from peer",
                )
            ]
        ),
        "ok",
        "",
        "server_side",
    ),
    (
        "a malformed status line (ooni/probe#2411)",
        clear(
            requests=[
                fetched(
                    f"http://{HOST}/",
                    f"{RIGHT}:80",
                    failure='unknown_failure: net/http: HTTP/1.x transport connection broken: malformed HTTP status code "<html>"',
                )
            ]
        ),
        "likely_blocked",
        "http.blockpage",
        "network",
    ),
    (
        "a slow clock",
        secure(**shown("ssl_invalid_certificate", [HOST], "Any CA", THEN + timedelta(days=300))),
        *OWN,
    ),
    (
        "a fast clock",
        secure(
            **shown(
                "ssl_invalid_certificate", ["*.example.com"], "Any CA", THEN - timedelta(days=900)
            )
        ),
        *OWN,
    ),
    ("an old trust store", secure(**shown("ssl_unknown_authority", [HOST], "Let's Encrypt")), *OWN),
    (
        "an interceptor's certificate",
        secure(**shown("ssl_unknown_authority", [HOST], "National Security Certificate")),
        "likely_blocked",
        "tls.mitm",
        "unknown",
    ),
    (
        "the certificate of an authority by which a state reads",
        secure(**shown("ssl_unknown_authority", [HOST], "Qaznet Trust Network")),
        "blocked",
        "tls.mitm",
        "network",
    ),
    (
        "a certificate that a site signed itself",
        secure(
            **shown("ssl_unknown_authority", [HOST], HOST),
            control=helper(f"{RIGHT}:443", failure="ssl_unknown_authority")
            | {"tls_handshake": {f"{RIGHT}:443": {"failure": "ssl_unknown_authority"}}},
        ),
        "down",
        "",
        "server_side",
    ),
    (
        "a content network without the site",
        secure(**shown("ssl_invalid_hostname", ["a248.e.akamai.net"], "DigiCert Inc")),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "a certificate for another name",
        secure(**shown("ssl_invalid_hostname", ["notice.example"], "Let's Encrypt")),
        "blocked",
        "tls.mitm",
        "network",
    ),
    (
        "clock years behind the collector",
        secure(
            **cut_short("connection_reset"),
            head={
                "measurement_uid": "20240301100000.000000_XX_webconnectivity_0123456789abcdef",
                "measurement_start_time": "2017-05-01 10:00:00",
            },
        ),
        *OWN,
    ),
    (
        "clock ahead of the collector",
        secure(
            **cut_short("connection_reset"),
            head={
                "measurement_uid": "20240301100000.000000_XX_webconnectivity_0123456789abcdef",
                "measurement_start_time": "2024-03-09 10:00:00",
            },
        ),
        *OWN,
    ),
    (
        "sent in a month later",
        secure(
            **cut_short("connection_reset"),
            head={"measurement_uid": "20240401100000.000000_XX_webconnectivity_0123456789abcdef"},
        ),
        "blocked",
        "tcp.reset",
        "network",
    ),
    # A helper's failure is no knowledge
    *[
        (
            f"helper: {why}",
            clear(
                tcp_connect=[connected(RIGHT, 80, "generic_timeout_error")],
                requests=[fetched(f"http://{HOST}/", failure="generic_timeout_error")],
                queries=[asked(HOST, RIGHT)],
                control=helper(addresses=(), dns_failure=why, failure=why),
            ),
            "insufficient",
            "",
            "unknown",
        )
        for why in (
            "dns_server_misbehaving",
            "dns_servfail_error",
            "generic_timeout_error",
            "dns_temporary_failure",
        )
    ],
    (
        "helper's resolver failed, name denied here",
        clear(
            queries=[asked(HOST, failure="dns_nxdomain_error")],
            tcp_connect=[],
            requests=[],
            control=helper(
                addresses=(), dns_failure="dns_server_misbehaving", failure="dns_server_misbehaving"
            ),
        ),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "a ghost with a page (ooni/probe#2308)",
        gone(udp(HOST, FORGED, asn=HOME), doh(HOST, failure="dns_nxdomain_error")),
        "likely_blocked blocked",
        "dns.injection.other",
        "network",
    ),
    (
        "a search page for a name that is gone",
        gone(udp(HOST, failure="dns_nxdomain_error")),
        "down insufficient",
        "",
        "server_side",
    ),
    (
        "a bogon for a name that is gone",
        clear(
            queries=[asked(HOST, "10.9.9.9")],
            tcp_connect=[],
            requests=[],
            control=helper(addresses=(), dns_failure="dns_name_error", failure="dns_lookup_error"),
        ),
        "likely_blocked blocked",
        "dns.injection.bogon",
        "unknown",
    ),
    (
        "the probe's word for a bogon",
        clear(queries=[asked(HOST, failure="dns_bogon_error")], tcp_connect=[], requests=[]),
        "likely_blocked blocked",
        "dns.injection.bogon",
        "network",
    ),
    (
        "two answers to one question",
        clear(
            queries=[asked(HOST, RIGHT), udp(HOST, "31.13.94.37", asn=32934)],
            x_dns_duplicate_responses=[udp(HOST, RIGHT)],
        ),
        "ok",
        "dns.injection.other",
        "",
    ),
    (
        "two equal answers to one question",
        clear(
            queries=[asked(HOST, RIGHT), udp(HOST, RIGHT)],
            x_dns_duplicate_responses=[udp(HOST, RIGHT)],
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "a family filter abroad",
        clear(**forged_to(FORGED), head={"resolver_asn": "AS36692"}),
        "likely_blocked",
        "dns.injection.blockpage",
        "unknown",
    ),
    (
        "injected on the way to a resolver abroad",
        clear(
            **forged_to(FORGED)
            | {
                "queries": [
                    asked(HOST, FORGED, asn=ELSEWHERE),
                    udp(HOST, FORGED, asn=ELSEWHERE),
                    doh(HOST, RIGHT),
                ]
            },
            head={"resolver_asn": "AS15169"},
        ),
        "blocked",
        "dns.injection.blockpage",
        "network",
    ),
    (
        "forged by the network's own resolver",
        clear(**forged_to(FORGED)),
        "blocked",
        "dns.injection.blockpage",
        "network",
    ),
    # Fingerprints
    (
        "a notice of another country",
        clear(
            requests=[
                fetched(f"http://{HOST}/", f"{RIGHT}:80", body="<title>x</title>GdF Stop Page")
            ],
            head={"probe_cc": "JP"},
        ),
        "likely_blocked",
        "http.blockpage",
        "unknown",
    ),
    (
        "the same notice at home",
        clear(
            requests=[
                fetched(f"http://{HOST}/", f"{RIGHT}:80", body="<title>x</title>GdF Stop Page")
            ],
            head={"probe_cc": "IT"},
        ),
        "blocked",
        "http.blockpage",
        "network",
    ),
    # Addresses
    (
        "forged to a bogon, seen through NAT64",
        clear(
            queries=[asked(HOST, "64:ff9b::a09:909")],
            tcp_connect=[connected("64:ff9b::a09:909", 80, "generic_timeout_error")],
            requests=[fetched(f"http://{HOST}/", failure="generic_timeout_error")],
        ),
        "blocked",
        "dns.injection.bogon",
        "network",
    ),
    ("reached through NAT64", clear(**at("64:ff9b::5db8:d822")), "ok", "", "unknown"),
    (
        "reached through a local translation (ooni/data#107)",
        clear(**at("64:ff9b:1::5db8:d822")),
        "ok",
        "",
        "unknown",
    ),
    (
        "reached through a provider's own prefix",
        clear(**at("2001:67c:2b0:db32::5db8:d822")),
        "ok",
        "",
        "unknown",
    ),
    (
        "dropped behind NAT64",
        clear(
            queries=[asked(HOST, "64:ff9b::5db8:d822", asn=None)],
            tcp_connect=[connected("64:ff9b::5db8:d822", 80, "connection_reset")],
            requests=[fetched(f"http://{HOST}/", failure="connection_reset")],
        ),
        "blocked",
        "tcp.reset",
        "network",
    ),
    # Throttling
    (
        "128 kbit/s over TLS",
        throttled(16_000, 10, 900_000, tls=True),
        "impaired",
        "tls.throttle.sni",
        "unknown",
    ),
    (
        "128 kbit/s in the clear",
        throttled(16_000, 10, 900_000, tls=False),
        "impaired",
        "http.throttle.host",
        "unknown",
    ),
    (
        "7 kB/s over TLS",
        throttled(7_000, 10, 900_000, tls=True),
        "impaired",
        "tls.throttle.sni",
        "unknown",
    ),
    (
        "a slow line that got most of a page",
        throttled(16_000, 10, 200_000, tls=True),
        "ok",
        "",
        "unknown",
    ),
    (
        "a large page at a good rate",
        throttled(400_000, 10, 90_000_000, tls=True),
        "ok",
        "",
        "unknown",
    ),
    # Services
    (
        "Telegram cut off altogether",
        made.telegram("*", web="tcp"),
        "likely_blocked",
        "tcp.timeout",
        "unknown",
    ),
    (
        "Telegram reset altogether",
        made.telegram("*", web="tls", failure="connection_reset"),
        "likely_blocked",
        "tcp.reset",
        "unknown",
    ),
    (
        "Telegram, one connect of eleven lost",
        made.telegram("149.154.175.50:80"),
        "ok",
        "",
        "unknown",
    ),
    (
        "Telegram, one centre lost",
        made.telegram("149.154.175.50:80", "149.154.175.50:443"),
        "ok",
        "",
        "unknown",
    ),
    (
        "Telegram's program cut off, the web works",
        made.telegram("*"),
        "impaired",
        "tcp.timeout",
        "unknown",
    ),
    (
        "Telegram's web cut off, the program works",
        made.telegram(web="tls"),
        "impaired",
        "tls.timeout",
        "unknown",
    ),
    ("WhatsApp works", made.whatsapp(), "ok", "", "unknown"),
    (
        "WhatsApp's names refused",
        made.whatsapp(failure="dns_server_misbehaving"),
        "likely_blocked",
        "dns.refused",
        "unknown",
    ),
    (
        "WhatsApp's names denied",
        made.whatsapp(failure="dns_nxdomain_error"),
        "likely_blocked",
        "dns.nxdomain",
        "unknown",
    ),
    (
        "WhatsApp's names unanswered, nothing else seen",
        made.whatsapp(failure="generic_timeout_error"),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "WhatsApp's names refused by a probe that knows no network",
        made.whatsapp(failure="dns_server_misbehaving", probe_asn="AS0", resolver_asn="AS0"),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "WhatsApp's names forged to nothing",
        made.whatsapp(answers=dict.fromkeys(made.WHATSAPP, "0.0.0.0")),
        "likely_blocked",
        "dns.injection.bogon",
        "unknown",
    ),
    (
        "WhatsApp, one endpoint of many lost",
        made.whatsapp(lost=("e2.whatsapp.net",)),
        "ok",
        "",
        "unknown",
    ),
    (
        "WhatsApp's registration lost",
        made.whatsapp(lost=("v.whatsapp.net",)),
        "impaired",
        "tcp.timeout",
        "unknown",
    ),
    ("Signal works", signal(), "ok", "", "unknown"),
    ("Signal cut off", signal("*"), "likely_blocked", "tls.reset", "unknown"),
    ("Signal's attachments cut off", signal("cdn2.signal.org"), "impaired", "tls.reset", "unknown"),
    (
        "Signal by a test that outlived its roots",
        signal(
            "*",
            failure="ssl_unknown_authority",
            test_version="0.2.0",
            measurement_start_time="2022-11-20 08:00:00",
        ),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "Signal by the same test before",
        signal("*", test_version="0.2.0", measurement_start_time="2022-10-01 08:00:00"),
        "likely_blocked",
        "tls.reset",
        "unknown",
    ),
    (
        "Tor, three bridges dead beside ten authorities",
        made.tor(authorities=10, authorities_lost=0, bridges=3, bridges_lost=3),
        "ok",
        "",
        "unknown",
    ),
    (
        "Tor, all authorities and bridges dead, one lost bridge answers",
        made.tor(authorities=10, authorities_lost=10, bridges=10, bridges_lost=9),
        "impaired",
        "",
        "unknown",
    ),
    (
        "Tor reset altogether",
        made.tor(
            authorities=10,
            authorities_lost=10,
            bridges=10,
            bridges_lost=10,
            failure="connection_reset",
        ),
        "likely_blocked",
        "tcp.reset",
        "unknown",
    ),
    (
        "Tor, two authorities off",
        made.tor(authorities=10, authorities_lost=2, bridges=10, bridges_lost=4),
        "ok",
        "",
        "unknown",
    ),
    (
        "Tor started",
        line(
            "vanilla_tor",
            test_keys={
                "success": True,
                "failure": None,
                "bootstrap_time": 9.1,
                "tor_progress": 100,
            },
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "Tor did not start",
        line(
            "vanilla_tor",
            test_keys={"success": False, "failure": "generic_timeout_error", "tor_progress": 10},
        ),
        "likely_blocked",
        "tor.bootstrap",
        "unknown",
    ),
    (
        "Tor is not installed",
        line(
            "vanilla_tor",
            test_keys={
                "success": False,
                "failure": 'unknown_failure: exec: "tor": executable file not found in $PATH',
            },
        ),
        *OWN,
    ),
    (
        "Snowflake started",
        line("torsf", test_keys={"failure": None, "bootstrap_time": 79.0}),
        "ok",
        "",
        "unknown",
    ),
    (
        "Psiphon did not start",
        line("psiphon", test_keys={"bootstrap_time": 0, "failure": "generic_timeout_error"}),
        "likely_blocked",
        "psiphon.bootstrap",
        "unknown",
    ),
    (
        "Psiphon started",
        line(
            "psiphon",
            test_keys={
                "bootstrap_time": 5.0,
                "failure": None,
                "tunnel": "psiphon",
                "tcp_connect": [connected("127.0.0.1", 46511)],
                "requests": [fetched("https://www.example.com/")],
            },
        ),
        "ok",
        "",
        "unknown",
    ),
    ("Messenger works", messenger(32934), "ok", "", "unknown"),
    (
        "Messenger forged to a server that takes connections",
        messenger(64999),
        "likely_blocked",
        "dns.injection.other",
        "unknown",
    ),
    (
        "Messenger, one host dropped",
        messenger(32934, "star.c10r.facebook.com"),
        "impaired",
        "tcp.timeout",
        "unknown",
    ),
    (
        "Messenger dropped altogether",
        messenger(32934, "*"),
        "likely_blocked",
        "tcp.timeout",
        "unknown",
    ),
    (
        "a resolver's own name denied",
        line(
            "dnscheck",
            input="https://dns.example/dns-query",
            test_keys={
                "bootstrap": {"queries": [asked("dns.example", failure="dns_nxdomain_error")]},
                "lookups": {},
            },
        ),
        "likely_blocked",
        "dns.nxdomain",
        "unknown",
    ),
    (
        "the origin in trouble behind its CDN",
        clear(requests=[fetched(f"http://{HOST}/", f"{RIGHT}:80", body="bad gateway", code=502)]),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "a filter's redirect to its notice, page refused",
        clear(
            **sent_on(
                "http://notice.example/",
                fetched(
                    "http://notice.example/", f"{NOTICE}:80", failure="connection_refused", hop=1
                ),
            )
            | {
                "tcp_connect": [
                    connected(RIGHT, 80),
                    connected(NOTICE, 80, "connection_refused", hop=1),
                ]
            }
        ),
        "likely_blocked blocked",
        "",
        "network",
    ),
    (
        "advertisements put into the page",
        clear(
            requests=[
                fetched(f"http://{HOST}/", f"{RIGHT}:80", body=TEXT + "<script>ad</script>" * 90)
            ]
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "other addresses of one content network",
        secure(
            queries=[asked(HOST, "93.184.9.9"), doh(HOST, RIGHT)],
            tcp_connect=[connected("93.184.9.9", 443)],
            tls_handshakes=[shaken("93.184.9.9:443", HOST)],
            requests=[fetched(f"https://{HOST}/", "93.184.9.9:443")],
        ),
        "ok",
        "",
        "unknown",
    ),
    # Tests that ended insufficient always
    (
        "headers changed",
        echo(total=False, header_name_capitalization=True),
        "ok",
        "http.header",
        "network",
    ),
    (
        "headers as they were",
        echo(total=False, header_name_capitalization=False),
        "ok",
        "",
        "unknown",
    ),
    (
        "odd request lines answered by a proxy",
        line(
            "http_invalid_request_line",
            test_keys={
                "sent": ["A / B", "C"],
                "received": ["HTTP/1.1 400 Bad", "C"],
                "tampering": True,
            },
        ),
        "ok",
        "http.request_line",
        "network",
    ),
    (
        "odd request lines echoed",
        line(
            "http_invalid_request_line",
            test_keys={"sent": ["A / B", "C"], "received": ["A / B", ""], "tampering": True},
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "the name in the handshake is the trigger",
        sni("connection_reset", None),
        "blocked",
        "tls.reset.sni",
        "network",
    ),
    (
        "silence for the name",
        sni("generic_timeout_error", None),
        "likely_blocked",
        "tls.timeout.sni",
        "network",
    ),
    (
        "a server that lacks the name's certificate",
        sni("ssl_invalid_hostname", None),
        "ok",
        "",
        "unknown",
    ),
    ("both names fail", sni("connection_reset", "connection_reset"), "insufficient", "", "unknown"),
    (
        "ECH dropped (net4people/bbs#417)",
        ech("generic_timeout_error", "generic_timeout_error"),
        "likely_blocked",
        "tls.timeout.ech",
        "network",
    ),
    ("ECH reset", ech("connection_reset"), "likely_blocked", "tls.reset.ech", "network"),
    ("ECH works", ech(None, None), "ok", "", "unknown"),
    (
        "ECH and plain both fail",
        ech("connection_reset", plain="connection_reset"),
        "insufficient",
        "",
        "unknown",
    ),
    (
        "a resolver reset at each address",
        lookups("connection_reset", "connection_reset"),
        "likely_blocked",
        "tls.reset",
        "unknown",
    ),
    (
        "a resolver off at one address of three",
        lookups("connection_reset", None, None),
        "ok",
        "",
        "unknown",
    ),
    (
        "OpenVPN answers over UDP",
        line(
            "openvpn",
            input="openvpn://p.corp/?address=46.1.1.1:1194&transport=udp",
            test_keys={
                "success": True,
                "failure": None,
                "tunnel": "openvpn",
                "openvpn_handshake": [
                    {"failure": None, "ip": "46.1.1.1", "port": 1194, "transport": "udp"}
                ],
            },
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "OpenVPN is reset after the connect",
        line(
            "openvpn",
            input="openvpn://p.corp/?address=46.1.1.1:1194&transport=tcp",
            test_keys={
                "success": False,
                "failure": "connection_reset",
                "tcp_connect": [connected("46.1.1.1", 1194)],
                "openvpn_handshake": [
                    {
                        "failure": "connection_reset",
                        "ip": "46.1.1.1",
                        "port": 1194,
                        "transport": "tcp",
                    }
                ],
            },
        ),
        "likely_blocked",
        "openvpn.reset",
        "unknown",
    ),
    (
        "STUN answers",
        line(
            "stunreachability",
            input="stun://stun.example:3478",
            test_keys={"endpoint": "stun.example:3478", "failure": None},
        ),
        "ok",
        "",
        "unknown",
    ),
    (
        "STUN is silent",
        line(
            "stunreachability",
            input="stun://stun.example:3478",
            test_keys={
                "endpoint": "stun.example:3478",
                "failure": "generic_timeout_error",
                "queries": [asked("stun.example", RIGHT)],
            },
        ),
        "likely_blocked",
        "stun.timeout",
        "unknown",
    ),
    (
        "a page through Tor",
        line(
            "urlgetter",
            input=f"https://{HOST}/",
            test_keys={
                "tunnel": "tor",
                "socksproxy": LOOPBACK_PORT,
                "failure": None,
                "tls_handshakes": [shaken(LOOPBACK_PORT, HOST)],
                "requests": [fetched(f"https://{HOST}/")],
            },
        ),
        *OWN,
    ),
]


@pytest.mark.parametrize(
    ("measurement", "states", "how", "locus"),
    [row[1:] for row in SITUATIONS],
    ids=[row[0] for row in SITUATIONS],
)
def test_an_expert_would_sign_it(measurement: bytes, states: str, how: str, locus: str) -> None:
    """State, mechanism and locus are those that the evidence bears, and no more."""
    found = judge(decode(measurement))
    told = (found.state, found.mechanism, found.locus, found.rules)
    assert found.state in states.split(), told
    if found.state in BLOCKS:
        assert (found.mechanism or "").startswith(how), told
        assert (locus == "network") >= (found.locus == "network"), told
    elif how:
        assert found.interference == (how,), told
    else:
        assert found.interference == (), told
    if locus == "server_side" and found.state == "ok":
        assert found.locus == "server_side", told


@pytest.mark.parametrize(
    ("measurement", "subject", "about"),
    [
        (secure(), "host", HOST),
        (made.telegram("*"), "service", "telegram"),
        (made.whatsapp(), "service", "whatsapp"),
        (signal(), "service", "signal"),
        (line("vanilla_tor", test_keys={"success": True}), "service", "tor"),
        (line("torsf", test_keys={"bootstrap_time": 1.0}), "service", "snowflake"),
        (line("psiphon", test_keys={"bootstrap_time": 1.0}), "service", "psiphon"),
        (lookups(None), "endpoint", "https://dns.example/dns-query"),
        (ech(None), "endpoint", "ech://ech.example"),
        (sni(None, None), "host", "blocked.example"),
        (
            line("openvpn", input="openvpn://p.corp/?address=46.1.1.1:1194&transport=udp"),
            "endpoint",
            "openvpn://46.1.1.1:1194/udp",
        ),
        (line("urlgetter", input=f"https://{HOST}/", test_keys={"tunnel": "tor"}), None, None),
        (echo(total=True), None, None),
        (line("a_test_that_nobody_knows", input=f"https://{HOST}/"), None, None),
    ],
)
def test_a_verdict_counts_for_what_its_test_is_about(
    measurement: bytes, subject: str | None, about: str | None
) -> None:
    """A resolver is no website, a label no host, and what came through a tunnel nothing here."""
    found = judge(decode(measurement))
    assert (found.subject, found.about) == (subject, about)


def test_parts_count_for_themselves_and_never_for_the_service() -> None:
    """The endpoints of a messenger bear their own names, with the service told once."""
    found = judge(decode(made.telegram("*")))
    told = {(part.subject, part.about) for part in found.parts}
    assert ("host", "web.telegram.org") in told
    assert ("endpoint", "tcp://149.154.175.50:443") in told
    assert all(part.about != "telegram" for part in found.parts)
    assert len(told) == len(found.parts)


def test_evidence_of_a_service_is_that_of_the_parts_it_rests_on() -> None:
    """What was lost is the evidence; what worked beside it is not."""
    found = judge(decode(made.telegram(web="tls")))
    (lost,) = [part for part in found.parts if part.state in BLOCKS]
    assert found.evidence == lost.evidence
    assert found.mechanism == lost.mechanism


def of(name: str) -> Verdict:
    (row,) = [row for row in SITUATIONS if row[0] == name]
    return judge(decode(row[1]))


def test_a_caveat_is_named_with_the_rule() -> None:
    """What took certainty from a verdict stands beside what made it."""
    found = of("a family filter abroad")
    assert found.rules[0].startswith("dns.forged.page@")
    assert any(name.startswith("caveat.resolver@") for name in found.rules)


def by_quic(failure: str | None, place: str = f"{RIGHT}:443", **more: Any) -> dict[str, Any]:
    """A handshake over QUIC."""
    return shaken(place, HOST, failure, **more)


OFFERS = fetched(f"https://{HOST}/", f"{RIGHT}:443", headers={"Alt-Svc": 'h3=":443"'})
SIX = "2606:2800:220:1::1"


@pytest.mark.parametrize(
    ("quic", "control", "change", "state", "how", "locus"),
    [
        ("generic_timeout_error", "met", {}, "impaired", "quic.drop", "network"),
        ("connection_refused", "met", {}, "impaired", "quic.refused", "network"),
        ("generic_timeout_error", "failed", {}, "ok", None, "unknown"),
        (
            "generic_timeout_error",
            "none",
            {"requests": [OFFERS]},
            "impaired",
            "quic.drop",
            "unknown",
        ),
        ("generic_timeout_error", "none", {}, "ok", "(quic.drop)", "unknown"),
        ("network_unreachable", "met", {}, "ok", None, "unknown"),
        (None, "met", {}, "ok", None, "unknown"),
        # Where TCP fails as well it is the address or the name that is cut, and not QUIC.
        (
            "generic_timeout_error",
            "met",
            unshaken("generic_timeout_error"),
            "likely_blocked",
            "tls.timeout",
            "network",
        ),
    ],
)
def test_quic_that_is_cut_where_tcp_is_not(
    quic: str | None,
    control: str,
    change: dict[str, Any],
    state: str,
    how: str | None,
    locus: str,
) -> None:
    """The site works over TCP and its QUIC does not: impaired where somebody shows that it
    could."""
    said = helper(f"{RIGHT}:443")
    if control != "none":
        failed = control == "failed"
        ended = {"status": not failed, "failure": "generic_timeout_error" if failed else None}
        said["quic_handshake"] = {f"{RIGHT}:443": ended}
    found = judge(decode(secure(quic_handshakes=[by_quic(quic)], control=said, **change)))
    named = how and how.strip("()")
    assert (found.state, found.locus) == (state, locus), found.rules
    assert (found.mechanism or None) == (None if state == "ok" else named)
    assert found.interference == ((named,) if state == "ok" and named else ())


def test_quic_of_another_address_says_nothing() -> None:
    """What failed at an address that TCP never reached may be that address; an own lack of IPv6
    is the probe's."""
    for place in ("192.0.66.9:443", f"[{SIX}]:443"):
        row = by_quic("generic_timeout_error", place)
        found = judge(decode(secure(quic_handshakes=[row], requests=[OFFERS])))
        assert (found.state, found.interference) == ("ok", ())


OWN_WORDS = [
    "connection_aborted",
    "unknown_failure: read tcp: software caused connection abort",
    "unknown_failure: wsarecv: An established connection was aborted by the software in your host",
    "unknown_failure: ENETDOWN",
    "connection_already_in_progress",
]
NO_WORDS = [
    "unknown_failure: Das Netzwerk ist nicht erreichbar",
    "unknown_failure: \u043f\u043e\u0434\u043a\u043b\u044e\u0447\u0435\u043d\u0438\u0435",
    "unknown_failure: connect: protocol not available",
    "message_size",
    "unknown_error",
]


@pytest.mark.parametrize("failure", OWN_WORDS + NO_WORDS)
@pytest.mark.parametrize("step", ["dns", "tcp", "tls", "http"])
def test_a_failure_that_nobody_knows_is_no_silence(failure: str, step: str) -> None:
    """What has no word, in whatever language, and what the machine did to itself is insufficient at
    every step: it was told as a time-out by the network."""
    page = fetched(f"http://{HOST}/", f"{RIGHT}:80", failure=failure)
    lines = {
        "dns": clear(
            queries=[asked(HOST, failure=failure), doh(HOST, RIGHT)],
            tcp_connect=[],
            requests=[page],
        ),
        "tcp": clear(tcp_connect=[connected(RIGHT, 80, failure)], requests=[page]),
        "tls": secure(**unshaken(failure)),
        "http": clear(requests=[page]),
    }
    found = judge(decode(lines[step]))
    assert (found.state, found.locus) == ("insufficient", "unknown"), found.rules


@pytest.mark.parametrize(
    ("failure", "state", "how"),
    [
        ("dns_refused_error", "likely_blocked", "dns.refused"),
        ("connection_refused", "likely_blocked", "dns.refused"),
        ("connection_reset", "insufficient", ""),
        ("unknown_failure: lookup a: no such host", "blocked", "dns.nxdomain"),
        ("android_dns_cache_no_data", "likely_blocked", "dns.nxdomain"),
        (
            "unknown_failure: getaddrinfow: usually a temporary error",
            "likely_blocked",
            "dns.timeout",
        ),
    ],
)
def test_what_the_resolver_said_is_no_word_on_the_page(failure: str, state: str, how: str) -> None:
    """The page's failure repeats the resolver's: nobody was asked for it. A refusal by the resolver
    was told as a reset of the request."""
    page = fetched(f"http://{HOST}/", None, failure=failure)
    questions = [asked(HOST, failure=failure), doh(HOST, RIGHT)]
    found = judge(decode(clear(queries=questions, tcp_connect=[], requests=[page])))
    assert (found.state, found.mechanism or "") == (state, how), found.rules


def test_a_messenger_that_connects_and_is_dropped_is_restricted() -> None:
    """Ports that take connections do not make up for requests that all fail (ts-020)."""
    whole = msgspec.json.decode(made.telegram())
    for row in whole["test_keys"]["requests"][:-1]:
        row.update(failure="generic_timeout_error", response={"code": 0})
    found = judge(decode(msgspec.json.encode(whole)))
    assert (found.state, found.mechanism) == ("impaired", "http.timeout")
    whole["test_keys"]["requests"][0] |= {"failure": None, "response": {"code": 501, "body": ""}}
    assert judge(decode(msgspec.json.encode(whole))).state == "ok"


def test_an_empty_page_of_the_helper_s_is_nothing_to_compare_with() -> None:
    """A status without a body or a title says nothing of the page that the probe got."""
    said = helper(f"{RIGHT}:80", title="", length=0)
    assert judge(decode(clear(control=said))).state in {"ok", "insufficient"}


@pytest.mark.parametrize(
    "answer",
    ["2002:a0a:2223::1", "2002:7f00:1::1", "2002:c0a8:101::", "2001::1", "2001::c73b:95b6"],
)
def test_a_tunnelled_address_of_nobody_is_nobody_s(answer: str) -> None:
    """Whoever would carry a 6to4 or a Teredo address has an address that nobody has."""
    right = "2606:2800:220:1::1"
    questions = [asked(HOST, answer, asn=None), doh(HOST, right)]
    found = judge(decode(clear(queries=questions, control=helper(addresses=(right,)))))
    assert found.mechanism == "dns.injection.bogon"


def entitled(element: str, told: str) -> Verdict:
    """The verdict on a page in the clear with a title's element, as a helper told its title."""
    body = f"<html><head>{element}</head><body>{'word ' * 1000}</body></html>"
    page = fetched(f"http://{HOST}/", f"{RIGHT}:80", body=body)
    said = helper(f"{RIGHT}:80", title=told, length=len(body.encode()))
    return judge(decode(clear(requests=[page], control=said)))


@pytest.mark.parametrize(
    ("element", "told"),
    [
        (
            "<title>&#1053;&#1086;&#1074;&#1086; &amp; &#1077;</title>",
            "&#1053;&#1086;&#1074;&#1086; &amp; &#1077;",
        ),
        ("<title>\n  Newspaper\n</title>", "\n  Newspaper\n"),
        ("<title>(2) Newspaper</title>", "(14) Newspaper"),
        (f"{'<link>' * 99}<TITLE>Newspaper</TITLE>", "Newspaper"),
        ("<template><Title>Newspaper</Title>", "Newspaper"),
        ('<title data-react-helmet="true">News of the day</title>', ""),
        ("<title>News <b>of</b> the day</title>", ""),
        (f"<title>{'long news ' * 50}</title>", ""),
        (f"<title>{'long news ' * 50}</title>", "long news " * 50),
    ],
)
def test_a_title_that_the_helper_reads_otherwise_makes_no_other_page(
    element: str, told: str
) -> None:
    """Helpers tell a title as it stands in the page, and of one with an attribute, an element or
    too many characters none: each was "another page", and so a notice."""
    assert entitled(element, told).state == "ok"


def test_titles_of_one_word_that_differ_are_two_pages() -> None:
    assert entitled("<title>Stop</title>", "Newspaper").mechanism == "http.blockpage"


@pytest.mark.parametrize("code", [404, 500, 502, 504, 520])
def test_an_error_that_the_helper_alone_met_is_nothing_to_compare_with(code: int) -> None:
    """The site's gateway failed for the helper, and the page that the probe got was "another
    one"."""
    said = helper(f"{RIGHT}:80", code=code, title="Bad gateway", length=70)
    assert judge(decode(clear(control=said))).state in {"ok", "insufficient"}


@pytest.mark.parametrize(("body", "state"), [("", "insufficient"), (None, "ok")])
def test_an_empty_page_is_not_one_that_was_not_kept(body: str | None, state: str) -> None:
    """A page with nothing in it, where the control's has something, is not the page."""
    page = fetched(f"http://{HOST}/", f"{RIGHT}:80")
    page["response"]["body"] = body
    assert judge(decode(clear(requests=[page]))).state == state


def test_a_connect_to_another_port_does_not_reach_the_page() -> None:
    keys: dict[str, Any] = cut_short("connection_reset")
    keys["tcp_connect"].append(connected(RIGHT, 80))
    found = judge(decode(secure(**keys)))
    assert (found.state, found.mechanism) == ("blocked", "tcp.reset")


@pytest.mark.parametrize(
    ("failure", "state", "how"),
    [
        ("connection_reset", "blocked", "tls.reset"),
        ("response_never_received", "blocked", "tls.reset"),
        ("generic_timeout_error", "likely_blocked", "tls.timeout"),
        ("ssl_unknown_authority", "insufficient", ""),
        ("network_unreachable", "insufficient", ""),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_a_handshake_that_was_not_kept(failure: str, state: str, how: str, *, there: bool) -> None:
    """Before 2020 only the connect and the page were written down: a page over TLS that was cut
    after a connect was cut within TLS. It was insufficient, for all of those years."""
    page = fetched(f"https://{HOST}/", failure=failure)
    said = helper(f"{RIGHT}:443", failure=None if there else failure) | {"tls_handshake": None}
    head = {"test_version": "0.0.1"}
    kept: dict[str, Any] = {"tls_handshakes": None, "requests": [page], "control": said}
    found = judge(decode(secure(**kept, head=head)))
    if there:
        assert (found.state, found.mechanism or "") == (state, how), found.rules
    else:
        assert found.state in {"down", "insufficient"}, found.rules


@pytest.mark.parametrize(
    ("failure", "state"),
    [("connection_reset", "blocked"), ("generic_timeout_error", "insufficient")],
)
def test_neither_connect_nor_handshake_was_kept(failure: str, state: str) -> None:
    """What was reset had stood; what was silent may never have."""
    page = fetched(f"https://{HOST}/", failure=failure)
    kept: dict[str, Any] = {"tcp_connect": None, "tls_handshakes": None, "requests": [page]}
    assert judge(decode(secure(**kept))).state == state


def test_a_resolver_to_which_the_machine_forbade_the_handshake() -> None:
    assert judge(decode(lookups("permission_denied"))).state == "insufficient"


@pytest.mark.parametrize(
    ("told", "state", "how"),
    [
        ("success", "ok", ""),
        ("connection_refused_error", "likely_blocked", "tcp.refused"),
        ("tcp_timed_out_error", "likely_blocked", "tcp.timeout"),
        (None, "insufficient", ""),
    ],
)
def test_a_connect_of_the_first_years(told: str | None, state: str, how: str) -> None:
    """The test of ts-008 counts for the endpoint that it asked."""
    made_of = line("tcp_connect", input="149.154.167.50:443", test_keys={"connection": told})
    found = judge(decode(made_of))
    assert (found.state, found.mechanism or "") == (state, how), found.rules
    assert (found.subject, found.about) == ("endpoint", "tcp://149.154.167.50:443")


@pytest.mark.parametrize("failure", ["ntor AUTH mismatch", "unknown_failure: something new"])
def test_bridges_that_answer_otherwise_are_not_cut_off(failure: str) -> None:
    """A bridge whose key changed was reached; a failure without a word says nothing."""
    lost = made.tor(authorities=10, authorities_lost=0, bridges=4, bridges_lost=4, failure=failure)
    assert judge(decode(lost)).state == "ok"


@pytest.mark.parametrize("kind", [0, 1])
def test_a_filter_that_is_known_by_its_make_is_not_the_network_s(kind: int) -> None:
    """A virus scanner's certificate was told as an interception by the network, and an office's
    filter as the access network's act."""
    for make in nettests.interceptors()[kind]:
        issuer = make.removeprefix("o=").title()
        for names in ([HOST], ["filter.example"]):
            found = judge(
                decode(secure(**shown("ssl_unknown_authority", names, f"{issuer} Root CA")))
            )
            told = (found.state, found.locus)
            assert told == (("insufficient", "likely_blocked")[kind], "unknown"), (make, names)


@pytest.mark.parametrize("issuer", ["Preset Security CA", "Big Data Trust", "Ministry of Avia"])
def test_a_name_that_holds_a_make_s_letters_is_a_stranger_s(issuer: str) -> None:
    found = judge(decode(secure(**shown("ssl_unknown_authority", [HOST], issuer))))
    assert found.rules[0].startswith("tls.mitm.stranger@"), found


@pytest.mark.parametrize("word", ["dns_lookup_error", "EAI_FAIL", "dns_server_failure"])
def test_a_look_up_that_failed_without_saying_how(word: str) -> None:
    """Programs of 2012 to 2019 wrote `dns_lookup_error` of whatever came of a name: every forged
    NXDOMAIN of those years was insufficient. A helper's is no knowledge."""
    here: dict[str, Any] = {
        "queries": [asked(HOST, failure=word)],
        "tcp_connect": [],
        "tls_handshakes": [],
    }
    unsent = [fetched(f"https://{HOST}/", failure=word)]
    found = judge(decode(secure(**here, requests=unsent)))
    assert (found.state, found.mechanism, found.locus) == (
        "likely_blocked",
        "dns.refused",
        "unknown",
    )
    blind = helper(addresses=(), dns_failure=word, failure=word)
    assert judge(decode(secure(**here, requests=unsent, control=blind))).state == "insufficient"


def test_an_empty_reply_over_tls_is_the_network_s_or_the_server_s() -> None:
    for failure, locus in (("eof_error", "unknown"), ("connection_reset", "network")):
        page = fetched(f"https://{HOST}/", f"{RIGHT}:443", failure=failure)
        found = judge(decode(secure(requests=[page])))
        assert (found.state, found.locus) == ("likely_blocked", locus)


@pytest.mark.parametrize("at", ["192.168.88.1", "10.5.50.1", "login.inn.example"])
def test_a_hotspot_that_takes_along_where_the_reader_was_going(at: str) -> None:
    there = f"http://{at}/login?dst=http%3A%2F%2F{HOST}%2F"
    found = judge(decode(clear(**sent_on(there, fetched(there, body=OTHER, hop=1)))))
    assert found.state == "insufficient"


def test_what_was_not_connected_is_no_failure_of_what_was_to_come_after() -> None:
    """Tor cut off by address was told as cut off by its protocol."""
    dead = made.tor(authorities=10, authorities_lost=10, bridges=14, bridges_lost=14)
    assert judge(decode(dead)).mechanism == "tcp.timeout"
    strange = lookups("ssl_invalid_hostname", "ssl_unknown_authority")
    assert judge(decode(strange)).mechanism == "tls.mitm"


@pytest.mark.parametrize("told", ["203.0.114.77", "203.0.114.99", None])
def test_a_redirect_to_a_notice_hangs_on_no_resolver(told: str | None) -> None:
    """Where the page at the end was not at an address that this network's resolver gave, the
    redirect in the clear was nobody's doing."""
    there = "http://stop.operator.example/"
    asked_for = [asked("stop.operator.example", told, tags=["depth=1"])] if told else []
    keys = sent_on(there, fetched(there, "203.0.114.77:80", body=OTHER, hop=1))
    found = judge(decode(clear(queries=[asked(HOST, RIGHT), *asked_for], **keys)))
    assert (found.state, found.mechanism, found.hop) == ("likely_blocked", "http.blockpage", 0)


WORDS = {
    "nxdomain": ["dns_host_or_service_not_provided_or_not_known", "no_such_host"],
    "no_answer": [
        "unknown_failure: getaddrinfow: The requested name is valid, but no data of the requested type",
    ],
    "servfail": [
        "unknown_failure: getaddrinfow: A non-recoverable error occurred during a database lookup."
    ],
    "eof": [
        "unknown_failure [Failure instance: <class 'twisted.internet.error.ConnectionLost'>]",
    ],
    "alert": [
        "ssl_error",
        "ssl_dirty_shutdown",
        "ssl_no_certificate",
        "unknown_failure [('SSL routines', 'SSL23_GET_SERVER_HELLO', 'unknown protocol')]",
        "unknown_failure: tls: server selected TLS 1.0",
        "unknown_failure: tls: received unexpected handshake message of type *tls.serverHelloMsg",
    ],
    "own": [
        "ssl_ctx_load_verify_locations_error",
        "ssl_new_error",
        "ssl_missing_hostname",
        "missing_ca_bundle_path",
        "dns_cancel",
    ],
}


@pytest.mark.parametrize(("word", "text"), [(w, t) for w, texts in WORDS.items() for t in texts])
def test_the_words_of_older_programs(word: str, text: str) -> None:
    """MeasurementKit's and Twisted's words, and those of Windows, are in the class of OONI's words
    of today: a name denied in the phones' years was insufficient, and TLS that ended without a
    farewell a certificate that is not valid."""
    assert failure_class(text) == word


def pinged(*failures: str | None, **more: Any) -> bytes:
    """TLS pings of one server with a name that is not its own."""
    pings = [
        {
            "tcp_connect": connected(RIGHT, 443),
            "tls_handshake": shaken(f"{RIGHT}:443", HOST, f, **more),
        }
        for f in failures
    ]
    return line("tlsping", input=f"tlshandshake://{RIGHT}:443", test_keys={"pings": pings})


def traced(*here: str | None, beside: tuple[str | None, ...] | None = None) -> bytes:
    """Handshakes with more and more hops, with a harmless name and with the one in question."""

    def trace(name: str, failures: tuple[str | None, ...]) -> dict[str, Any]:
        rows = [
            {"ttl": n, "handshake": shaken(f"{RIGHT}:443", name, f)}
            for n, f in enumerate(failures, 1)
        ]
        return {"server_name": name, "iterations": rows}

    late, lost = "generic_timeout_error", "generic_timeout_error"
    one = {
        "address": f"{RIGHT}:443",
        "control_trace": trace("example.org", beside or (late, lost, None)),
        "target_trace": trace(HOST, here) if here else None,
    }
    keys = {"tcp_connect": [connected(RIGHT, 443)], "iterative_trace": [one]}
    return line("tlsmiddlebox", input=f"tlstrace://{HOST}", test_keys=keys)


SILENT = "generic_timeout_error"


@pytest.mark.parametrize(
    ("measurement", "state", "how"),
    [
        (pinged(*["connection_reset"] * 10), "likely_blocked", "tls.reset"),
        (pinged(*["connection_reset"] * 8, None, None), "impaired", "tls.reset"),
        (pinged(*["connection_reset"] * 2, *[None] * 8), "ok", ""),
        # A server that does not have the name shows what it has: it answered.
        (pinged(*["ssl_invalid_hostname"] * 10), "ok", ""),
        (traced(SILENT, "connection_reset", "connection_reset"), "blocked", "tls.reset.sni"),
        (traced(SILENT, SILENT, SILENT), "likely_blocked", "tls.timeout.sni"),
        (traced(SILENT, SILENT, None), "ok", ""),
        (traced(SILENT, SILENT, SILENT, beside=(SILENT, SILENT)), "insufficient", ""),
        (traced(), "insufficient", ""),
    ],
)
def test_handshakes_again_and_again(measurement: bytes, state: str, how: str) -> None:
    """Ten handshakes cut off were ok, for the port takes connections; and so was a trace, of which
    nothing was read but its connect."""
    found = judge(decode(measurement))
    assert (found.state, found.mechanism or "") == (state, how), found.rules


def test_what_suffices_is_not_what_is_left() -> None:
    """Where most of what a messenger needs told nothing, one host that answers is no messenger
    that works."""
    whole = msgspec.json.decode(signal())
    for row in whole["test_keys"]["tls_handshakes"][1:]:
        row.update(failure="unknown_failure: something new", tls_version="")
    for row in whole["test_keys"].get("requests", ())[1:]:
        row.update(failure="unknown_failure: something new", response={"code": 0})
    assert judge(decode(msgspec.json.encode(whole))).state == "insufficient"
    assert judge(decode(signal())).state == "ok"


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        ({"failure": "dns_nxdomain_error"}, RIGHT, True),
        ({"failure": "dns_no_answer"}, RIGHT, False),
    ],
)
def test_a_denial_beside_an_answer_is_injected(
    first: dict[str, Any], second: str, *, named: bool
) -> None:
    """An injector denies the name before the resolver gives its address, to one question."""
    told = [asked(HOST, RIGHT), udp(HOST, **first), doh(HOST, RIGHT)]
    found = judge(decode(secure(queries=told, x_dns_duplicate_responses=[udp(HOST, second)])))
    assert found.state == "ok"
    assert found.interference == (("dns.injection.other",) if named else ())


@pytest.mark.parametrize(("asn", "state"), [(HOME, "likely_blocked"), (ELSEWHERE, "insufficient")])
def test_a_page_by_another_resolver_s_address(asn: int, state: str) -> None:
    """Readers are given the provider's own address; the probe went on from what an encrypted
    resolver told."""
    told = [asked(HOST, FORGED, asn=asn), udp(HOST, RIGHT), doh(HOST, RIGHT)]
    both = [connected(FORGED, 80), connected(RIGHT, 80)]
    found = judge(decode(clear(queries=told, tcp_connect=both)))
    assert (found.state, found.locus) == (state, "unknown"), found.rules


def test_a_portal_is_no_page_that_the_control_got_too() -> None:
    """A provider's page for those who have to pay first answers for every site; a site whose own
    page has such a title is not a portal."""
    for body in (WIFI, "<title>Your data bundle has run out</title><p>top up</p>"):
        title = body.partition("<title>")[2].partition("<")[0]
        page = fetched(f"http://{HOST}/", f"{RIGHT}:80", body=body)
        assert judge(decode(clear(requests=[page]))).state == "insufficient"
        same = helper(f"{RIGHT}:80", title=title, length=len(body))
        assert judge(decode(clear(requests=[page], control=same))).state == "ok"


@pytest.mark.parametrize(
    ("to", "state"),
    [(HOST, "ok"), ("balance.operator.example", "insufficient"), ("10.1.1.1", "insufficient")],
)
def test_a_site_that_sells_credit_is_no_portal(to: str, state: str) -> None:
    """A redirect within the site is the site's own, whatever its path is called."""
    there = f"http://{to}/account/top-up"
    keys = sent_on(there, fetched(there, f"{RIGHT}:80", hop=1))
    assert judge(decode(clear(**keys))).state == state


def test_a_resolver_over_http_3_is_cut_off_below_its_requests() -> None:
    """No handshake over QUIC was answered: the request was never sent."""
    lost = {
        "failure": SILENT,
        "queries": [asked("example.org", engine="doh3", failure=SILENT)],
        "requests": [fetched("https://9.9.9.9/dns-query", failure=SILENT)],
        "quic_handshakes": [shaken("9.9.9.9:443", "dns.example", SILENT)],
    }
    keys = {"bootstrap_failure": None, "lookups": {"h3://9.9.9.9/dns-query": lost}}
    found = judge(decode(line("dnscheck", input="h3://dns.example/dns-query", test_keys=keys)))
    assert (found.state, found.mechanism) == ("likely_blocked", "quic.drop")
