"""Situations of public reports on countries and on tests: what each report says was done, as one of
OONI's probes would have written it, with all states that an expert could sign. Most truths were
written before the rules were read; two were widened after it.

Rows: what it is; the measurement; the states; how the mechanism begins; and `unknown` where one
measurement cannot tell whether the network did it, `server` where the network did not."""

from typing import Any

import pytest
from tests import situations as made
from tests.situations import (
    ELSEWHERE,
    HOME,
    HOSTING,
    RIGHT,
    SIGNAL,
    TEXT,
    TITLE,
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
URL, PLAIN = f"https://{HOST}/", f"http://{HOST}/"
AT, PLAIN_AT = f"{RIGHT}:443", f"{RIGHT}:80"
SECOND, THIRD = "93.184.216.35", "93.184.216.36"
SIX = "2606:2800:220:1:248:1893:25c8:1946"
TIMEOUT, RESET, REFUSED = "generic_timeout_error", "connection_reset", "connection_refused"
GONE, EOF = "dns_nxdomain_error", "eof_error"
BLOCKED, FINE = "blocked likely_blocked", "ok insufficient down"
BOGON, META, GOOGLE = "10.10.34.36", 32934, 15169


def silent(*ips: str, failure: str = TIMEOUT, **more: Any) -> bytes:
    """A site over TLS whose handshakes fail at each of its addresses."""
    ends = [f"{ip}:443" for ip in ips]
    keys: dict[str, Any] = {
        "queries": [asked(HOST, *ips), doh(HOST, *ips)],
        "tcp_connect": [connected(ip, 443) for ip in ips],
        "tls_handshakes": [shaken(end, HOST, failure) for end in ends],
        "requests": [fetched(URL, failure=failure)],
        "control": helper(*ends, addresses=ips),
    }
    return secure(**keys | more)


def lied(ip: str, asn: int | None, how: str, *, shakes: bool = False, **more: Any) -> bytes:
    """A site over TLS whose name the network's resolver gives another address; encrypted resolvers
    are out of reach, as where a country cuts them off too."""
    end = f"{ip}:443"
    keys: dict[str, Any] = {
        "queries": [asked(HOST, ip, asn=asn), doh(HOST, failure=TIMEOUT)],
        "tcp_connect": [connected(ip, 443, None if shakes else how)],
        "tls_handshakes": [shaken(end, HOST, how)] if shakes else [],
        "requests": [fetched(URL, failure=how)],
    }
    return secure(**keys | more)


def beside(ip: str, asn: int | None, how: str = REFUSED, **more: Any) -> bytes:
    """The same, where the page came by the address that an encrypted resolver gave."""
    keys: dict[str, Any] = {
        "queries": [asked(HOST, ip, asn=asn), doh(HOST, RIGHT)],
        "tcp_connect": [connected(ip, 443, how), connected(RIGHT, 443)],
    }
    return secure(**keys | more)


def injected(body: str, *, code: int = 200, **more: Any) -> bytes:
    """A page in the clear from the site's own address that is not the site's."""
    return clear(requests=[fetched(PLAIN, PLAIN_AT, code=code, body=body)], **more)


def led(location: str, *landing: dict[str, Any], code: int = 302, **more: Any) -> bytes:
    """A redirect in the clear from the site's own address."""
    first = fetched(PLAIN, PLAIN_AT, body="", code=code, headers={"Location": location})
    return clear(requests=[*landing, first], **more)


def over_tls(code: int, body: str, **more: Any) -> bytes:
    """A page over verified TLS."""
    return secure(requests=[fetched(URL, AT, code=code, body=body)], **more)


def old(**keys: Any) -> bytes:
    """Web Connectivity of 2020: no tags, no address beside the page, one look-up."""
    url = PLAIN
    whole: dict[str, Any] = {
        "queries": [{**asked(HOST, RIGHT), "tags": None}],
        "tcp_connect": [{**connected(RIGHT, 80), "tags": None}],
        "tls_handshakes": None,
        "requests": [{**fetched(url), "tags": None, "address": None}],
        "control": helper(PLAIN_AT),
    }
    return line(test_version="0.1.0", input=url, test_keys=whole | keys)


def seen_at(ip: str, asn: int) -> dict[str, Any]:
    """Keys of a site over TLS that is reached at an address in a network of its own."""
    return {
        "queries": [asked(HOST, ip, asn=asn), doh(HOST, ip, asn=asn)],
        "tcp_connect": [connected(ip, 443)],
        "tls_handshakes": [shaken(f"{ip}:443", HOST)],
        "requests": [fetched(URL, f"{ip}:443")],
    }


def unhelped(failure: str, **more: Any) -> dict[str, Any]:
    """A control whose own page failed."""
    return helper(failure=failure, **more)


CURTAIN = secure(
    requests=[
        {
            **fetched(URL, AT, body=TEXT[:4000]),
            "response": {
                "code": 200,
                "body": f"<title>{TITLE}</title>" + "x" * 16_000,
                "headers_list": [],
                "body_is_truncated": True,
            },
        }
    ],
    network_events=[
        {"operation": "read", "num_bytes": 4000, "t0": 0.1, "t": 0.2 + n / 50, "transaction_id": 1}
        for n in range(4)
    ]
    + [
        {
            "operation": "read",
            "num_bytes": 0,
            "failure": TIMEOUT,
            "t0": 0.3,
            "t": 10.3,
            "transaction_id": 1,
        }
    ],
    control=helper(AT, length=180_000),
)
IFRAME_IN = '<meta name="viewport" content="width=device-width"/><iframe src="http://www.airtel.in/dot/" width="100%" height="100%"></iframe>'
FORTI = "<html><head><title>Web Filter Violation</title></head><body>FortiGuard Intrusion Prevention - Access Blocked. Web Page Blocked!</body></html>"
AKAMAI = '<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>You don\'t have permission to access "http&#58;&#47;&#47;news&#46;example&#46;com&#47;" on this server.<P>Reference&#32;&#35;18&#46;6d1d1602&#46;1709287200&#46;2a3b4c5d</BODY></HTML>'
CLOUDFRONT = "<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>403 ERROR</H1>The Amazon CloudFront distribution is configured to block access from your country.</BODY></HTML>"
CLOUDFLARE = "<html><head><title>Access denied | news.example.com used Cloudflare to restrict access</title></head><body>Error 1009 The owner of this website has banned the country or region your IP address is in</body></html>"
CNAME = {"answer_type": "CNAME", "hostname": "internetpositif.id", "ttl": None}
DONE = {"dns": {"failure": None, "addrs": [RIGHT]}}

WEB = [
    ("RU: three addresses, each silent after the name", silent(RIGHT, SECOND, THIRD), BLOCKED, "tls.timeout", ""),
    ("RU: the connection freezes after 16 kB", CURTAIN, "impaired likely_blocked", "", ""),
    ("CN: an address of Meta's for another's name, which is silent", lied("31.13.94.37", META, TIMEOUT), BLOCKED, "dns.injection", ""),
    ("CN: the same with Meta's certificate", lied("31.13.94.37", META, "ssl_invalid_hostname", shakes=True), BLOCKED, "dns.injection", ""),
    ("CN: a Teredo address beside", lied("2001::1", None, TIMEOUT), BLOCKED, "dns.injection", ""),
    ("CN: the name is forged to every resolver asked over UDP", lied("31.13.94.37", META, TIMEOUT, queries=[asked(HOST, "31.13.94.37", asn=META), udp(HOST, "108.160.166.42", asn=19679), doh(HOST, failure=RESET)]), BLOCKED, "dns.injection", ""),
    ("IR: a private address, and encrypted DNS is cut off", lied(BOGON, None, TIMEOUT), "blocked", "dns.injection.bogon", ""),
    ("IR: the notice in place of the page", injected('<html><head><title>M1-6</title></head><body><iframe src="http://10.10.34.35:80" style="width: 100%; height: 100%"></iframe></body></html>', code=403), BLOCKED, "http.blockpage", ""),
    ("TM: the machine itself", lied("127.0.0.1", None, REFUSED, queries=[asked(HOST, "127.0.0.1", asn=None), udp(HOST, "127.0.0.1", asn=None), doh(HOST, failure=TIMEOUT)]), "blocked", "dns.injection.bogon", ""),
    ("IN: a frame of the provider's", injected(IFRAME_IN), BLOCKED, "http.blockpage", ""),
    ("IN: an address of the provider's own, which refuses", lied("202.83.21.14", HOME, REFUSED), BLOCKED, "dns.injection", ""),
    ("ID: an alias of the notice's", beside("36.86.63.185", 7713, queries=[{**asked(HOST, "36.86.63.185", asn=7713), "answers": [CNAME, {"answer_type": "A", "ipv4": "36.86.63.185", "asn": 7713}]}, doh(HOST, RIGHT)]), "blocked", "dns.injection", ""),
    ("MY: questions to resolvers elsewhere are answered by the network", lied("175.139.142.25", 4788, REFUSED, queries=[asked(HOST, "175.139.142.25", asn=4788), udp(HOST, "175.139.142.25", asn=4788), doh(HOST, RIGHT)]), "blocked", "dns.injection", ""),
    ("IT: the machine itself, and the page by encrypted DNS", beside("127.0.0.1", None), "blocked", "dns.injection.bogon", ""),
    ("VN: an address of nobody's", beside("0.0.0.0", None), "blocked", "dns.injection.bogon", ""),
    ("DE: an alias of the clearing house's", beside("185.126.100.4", ELSEWHERE, queries=[{**asked(HOST), "answers": [{"answer_type": "CNAME", "hostname": "notice.cuii.info", "ttl": None}, {"answer_type": "A", "ipv4": "185.126.100.4", "asn": ELSEWHERE}]}, doh(HOST, RIGHT)]), "blocked", "dns.injection", ""),
    ("UK: sent to the courts' orders", led("http://www.ukispcourtorders.co.uk/"), BLOCKED, "http.blockpage", ""),
    ("KR: sent to the commission's warning", led("http://www.warning.or.kr/"), BLOCKED, "http.blockpage", ""),
    ("AE: a filter product's deny page", led("http://94.57.229.138:8080/webadmin/deny/index.php?dpid=20&dpruleid=7&cat=105"), BLOCKED, "http.blockpage", ""),
    ("a filter product's page, at no one knows whose", injected(FORTI, code=403), "likely_blocked", "http.blockpage", "unknown"),
    ("a family filter abroad", lied("146.112.61.106", 36692, "ssl_unknown_authority", shakes=True, head={"resolver_asn": "AS36692"}), "likely_blocked insufficient", "", "unknown"),
    ("MM: refused at connect", silent(RIGHT, tcp_connect=[connected(RIGHT, 443, REFUSED)], tls_handshakes=[], requests=[fetched(URL, failure=REFUSED)]), BLOCKED, "tcp.refused", ""),
    ("VE: reset at connect", silent(RIGHT, tcp_connect=[connected(RIGHT, 443, RESET)], tls_handshakes=[], requests=[fetched(URL, failure=RESET)]), BLOCKED, "tcp.reset", ""),
    ("UG 2016: an old probe whose connects are silent", old(tcp_connect=[{**connected(RIGHT, 80, TIMEOUT), "tags": None}], requests=[{**fetched(PLAIN, failure=TIMEOUT), "tags": None, "address": None}]), BLOCKED, "tcp.timeout", ""),
    ("EG 2018: an old probe whose request is reset", old(requests=[{**fetched(PLAIN, failure=RESET), "tags": None, "address": None}]), BLOCKED, "http.reset", ""),
    ("TR 2017: an old probe whose resolver lies", old(queries=[{**asked(HOST, "195.175.254.2", asn=9121), "tags": None}], tcp_connect=[{**connected("195.175.254.2", 80), "tags": None}], requests=[{**fetched(PLAIN, body="<html><title>Telekom</title>5651</html>"), "tags": None, "address": None}]), BLOCKED, "dns", ""),
    ("BR: the resolver refuses, and the rest works", secure(queries=[asked(HOST, failure="dns_refused_error"), doh(HOST, RIGHT)]), BLOCKED, "dns.refused", ""),
    ("FR: the resolver denies, and the rest works", secure(queries=[asked(HOST, failure=GONE), doh(HOST, RIGHT)]), BLOCKED, "dns.nxdomain", ""),
    ("KG: closed after the name", silent(RIGHT, failure=EOF), BLOCKED, "tls", ""),
    ("UZ: reset at one address, silent at the other", silent(RIGHT, SECOND, tls_handshakes=[shaken(AT, HOST, RESET), shaken(f"{SECOND}:443", HOST, TIMEOUT)]), BLOCKED, "tls", ""),
    ("TH: sent to the ministry, over TLS of its own", led("https://block.ministry.example/", fetched("https://block.ministry.example/", "203.150.1.1:443", hop=1, body="<title>Closed by order</title>"), tls_handshakes=[shaken("203.150.1.1:443", "block.ministry.example", hop=1)]), BLOCKED, "http", ""),
    ("CU: the request is met with silence", clear(requests=[fetched(PLAIN, PLAIN_AT, failure=TIMEOUT)]), BLOCKED, "http.timeout", ""),
    ("PK: the redirect to TLS comes, and the handshake is reset", clear(requests=[fetched(URL, AT, failure=RESET, hop=1), fetched(PLAIN, PLAIN_AT, body="", code=301, headers={"Location": URL})], tcp_connect=[connected(RIGHT, 80), connected(RIGHT, 443, hop=1)], tls_handshakes=[shaken(AT, HOST, RESET, hop=1)], control=helper(PLAIN_AT, AT)), BLOCKED, "tls.reset", ""),
    ("TZ: one handshake, silent, beside a name by encrypted DNS alone", silent(RIGHT, queries=[asked(HOST, RIGHT), doh(HOST, failure=TIMEOUT)]), BLOCKED, "tls.timeout", ""),
    ("GQ: all names denied to one resolver, silent by another", secure(queries=[asked(HOST, failure=TIMEOUT), doh(HOST, RIGHT)]), "blocked likely_blocked insufficient", "dns", ""),
    ("IPv6 alone is cut, IPv4 works", secure(queries=[asked(HOST, RIGHT, SIX), doh(HOST, RIGHT, SIX)], tcp_connect=[connected(RIGHT, 443), connected(SIX, 443, TIMEOUT)]), "ok", "", ""),
    ("IPv4 alone is cut, IPv6 works", secure(queries=[asked(HOST, RIGHT, SIX), doh(HOST, RIGHT, SIX)], tcp_connect=[connected(RIGHT, 443, TIMEOUT), connected(SIX, 443)], tls_handshakes=[shaken(f"[{SIX}]:443", HOST)], requests=[fetched(URL, f"[{SIX}]:443")]), "ok impaired", "", ""),
]  # fmt: skip

NOT_THE_NETWORK = [
    ("Akamai's refusal in the clear", injected(AKAMAI, code=403, control=helper(PLAIN_AT)), FINE, "", "unknown"),
    ("CloudFront's refusal of a country over TLS", over_tls(403, CLOUDFRONT), "ok", "", "unknown"),
    ("Cloudflare's refusal of a country over TLS", over_tls(403, CLOUDFLARE), "ok", "", "unknown"),
    ("a page in the reader's language over TLS", over_tls(200, "<title>Новости дня</title>" + "слово " * 3000), "ok", "", "unknown"),
    ("not found here, over TLS", over_tls(404, "<title>404</title>"), "ok", "", "unknown"),
    ("a cache at the provider", secure(**seen_at("41.190.1.5", HOME)), "ok", "", ""),
    ("expired for everybody", silent(RIGHT, failure="ssl_invalid_certificate", control={**unhelped("ssl_invalid_certificate"), "tcp_connect": {AT: {"status": True, "failure": None}}, "tls_handshake": {AT: {"status": False, "failure": "ssl_invalid_certificate"}}}), FINE, "", "unknown"),
    ("signed by itself for everybody", silent(RIGHT, failure="ssl_unknown_authority", control={**unhelped("ssl_unknown_authority"), "tcp_connect": {AT: {"status": True, "failure": None}}, "tls_handshake": {AT: {"status": False, "failure": "ssl_unknown_authority"}}}), FINE, "", "unknown"),
    ("another's name for everybody", silent(RIGHT, failure="ssl_invalid_hostname", control={**unhelped("ssl_invalid_hostname"), "tcp_connect": {AT: {"status": True, "failure": None}}, "tls_handshake": {AT: {"status": False, "failure": "ssl_invalid_hostname"}}}), FINE, "", "unknown"),
    ("an old server's alert for everybody", silent(RIGHT, failure="ssl_failed_handshake", control={**unhelped("ssl_failed_handshake"), "tcp_connect": {AT: {"status": True, "failure": None}}, "tls_handshake": {AT: {"status": False, "failure": "ssl_failed_handshake"}}}), FINE, "", "unknown"),
    ("refused to everybody", silent(RIGHT, tcp_connect=[connected(RIGHT, 443, REFUSED)], tls_handshakes=[], requests=[fetched(URL, failure=REFUSED)], control={**unhelped(REFUSED), "tcp_connect": {AT: {"status": False, "failure": REFUSED}}, "tls_handshake": {}}), "down", "", "unknown"),
    ("silent to everybody", silent(RIGHT, tcp_connect=[connected(RIGHT, 443, TIMEOUT)], tls_handshakes=[], requests=[fetched(URL, failure=TIMEOUT)], control={**unhelped(TIMEOUT), "tcp_connect": {AT: {"status": False, "failure": TIMEOUT}}, "tls_handshake": {}}), "down", "", "unknown"),
    ("the helper gets no page, the probe a proven one", secure(control=unhelped(TIMEOUT)), "ok", "", ""),
    ("no helper, and silence after the name", silent(RIGHT, control=None, control_failure=TIMEOUT), "insufficient likely_blocked", "", "unknown"),
    ("encrypted DNS alone is cut off", secure(queries=[asked(HOST, RIGHT), doh(HOST, failure=TIMEOUT)]), "ok", "", ""),
    ("a hotspot of MikroTik's", led("http://10.5.50.1/login?dst=http%3A%2F%2Fnews.example.com%2F", fetched("http://10.5.50.1/login", "10.5.50.1:80", hop=1, body="<title>internet hotspot &gt; login</title>mikrotik hotspot login")), "insufficient", "", "unknown"),
    ("nothing resolves and there is no network", silent(RIGHT, queries=[asked(HOST, failure="dns_temporary_failure"), doh(HOST, failure="network_unreachable")], tcp_connect=[], tls_handshakes=[], requests=[fetched(URL, failure="dns_temporary_failure")], control=None, control_failure="network_unreachable"), "insufficient", "", "unknown"),
    ("a name with addresses of IPv6 alone, for a machine without", secure(queries=[asked(HOST, failure="dns_no_answer"), asked(HOST, SIX, query_type="AAAA"), doh(HOST, SIX)], tcp_connect=[connected(SIX, 443, "network_unreachable")], tls_handshakes=[], requests=[fetched(URL, failure="network_unreachable")], control=helper(f"[{SIX}]:443", addresses=(SIX,))), "insufficient", "", "unknown"),
    ("reached through the network's own translation to IPv4", secure(queries=[asked(HOST, RIGHT, "64:ff9b::5db8:d822"), doh(HOST, RIGHT)], tcp_connect=[connected("64:ff9b::5db8:d822", 443)], tls_handshakes=[shaken("[64:ff9b::5db8:d822]:443", HOST)], requests=[fetched(URL, "[64:ff9b::5db8:d822]:443")]), "ok", "", ""),
    ("a longer page of the same title in the clear", injected(TEXT + "more " * 900), "ok", "", ""),
    ("to the country's own edition, by name, in the clear", led("http://www.news.example/xx/", fetched("http://www.news.example/xx/", "93.184.216.40:80", hop=1), control=helper(PLAIN_AT)), "ok insufficient likely_blocked", "", "unknown"),
    ("the challenge of a content network for a probe at a host's", over_tls(403, "<title>Just a moment...</title>", head={"probe_asn": f"AS{HOSTING}"}), "ok", "", "unknown"),
    ("503 over TLS for this reader alone", over_tls(503, "<title>Service Unavailable</title>"), FINE, "", "unknown"),
    ("the answers of a delivery network differ, and both are proven", secure(**seen_at("23.45.67.89", 20940), control=helper(AT)), "ok", "", ""),
]  # fmt: skip
LOST = {"success": False, "timeout": 200, "tor_progress": 10}
DOT = "dot://1.1.1.1:853"
DOH_AT = "https://dns.example/dns-query"
VPN = "openvpn://provider.corp/?address=51.159.1.1:1194&transport={}"


def relays(*, authority: str | None, bridge: str | None, at: str = "tcp") -> bytes:
    """Tor's test: ten authorities and ten bridges, each kind with one fate."""
    targets: dict[str, Any] = {}
    for n in range(20):
        kind, why = ("or_port_dirauth", authority) if n < 10 else ("obfs4", bridge)
        ip = f"46.{n}.7.9"
        targets[f"t{n}"] = {
            "failure": why,
            "target_address": f"{ip}:9001",
            "target_protocol": kind,
            "summary": {
                "connect": {"failure": why if at == "tcp" else None},
                **({"handshake": {"failure": why}} if at != "tcp" or not why else {}),
            },
            "tcp_connect": [connected(ip, 9001, why if at == "tcp" else None)],
        }
    return line("tor", test_version="0.4.0", test_keys={"targets": targets})


def looked_up(url: str, domain: str = "example.org", **ends: dict[str, Any]) -> bytes:
    """A DNS service at its addresses."""
    lookups = {
        url.replace("1.1.1.1", at.replace("_", ".").strip(".")): told for at, told in ends.items()
    }
    return line(
        "dnscheck",
        test_version="0.9.2",
        input=url,
        test_keys={"domain": domain, "bootstrap_failure": None, "lookups": lookups},
    )


def answered(
    ip: str,
    port: int = 853,
    *,
    tcp: str | None = None,
    tls: str | None = None,
    dns: str | None = None,
) -> dict[str, Any]:
    """A look-up at one address."""
    failure = tcp or tls or dns
    return {
        "failure": failure,
        "tcp_connect": [connected(ip, port, tcp)],
        "tls_handshakes": [] if tcp else [shaken(f"{ip}:{port}", "", tls)],
        "queries": [
            asked("example.org", *(() if failure else (RIGHT,)), failure=failure, engine="dot")
        ],
    }


def vpn(transport: str, failure: str | None, connect: str | None = None) -> bytes:
    """An OpenVPN handshake."""
    at = {"transport": transport, "ip": "51.159.1.1", "port": 1194}
    connects = [connected("51.159.1.1", 1194, connect)] if transport == "tcp" else []
    hands = (
        []
        if connect
        else [
            {
                **at,
                "failure": failure,
                "t0": 0.1,
                "t": 10.1,
                "bootstrap_time": 0.0 if failure else 1.2,
            }
        ]
    )
    keys = {
        "success": not (failure or connect),
        "failure": failure or connect,
        "tcp_connect": connects,
        "openvpn_handshake": hands,
    }
    return line("openvpn", test_version="0.1.4", input=VPN.format(transport), test_keys=keys)


def named(target: str | None, control: str | None) -> bytes:
    """A name said to a server that is not its own, and another name beside it."""
    told = [
        {
            "failure": why,
            "tls_handshakes": [shaken("93.184.216.34:443", name, why)],
            "tcp_connect": [connected(RIGHT, 443)],
            "queries": [],
            "network_events": [],
            "agent": "redirect",
        }
        for name, why in ((HOST, target), ("example.org", control))
    ]
    keys = {"result": "", "target": told[0], "control": told[1]}
    return line("sni_blocking", test_version="0.3.0", input=HOST, test_keys=keys)


def hello(plain: str | None, *extended: str | None) -> bytes:
    """Handshakes without and with Encrypted Client Hello."""
    at, name = "104.18.10.118:443", "cloudflare-ech.com"
    told = [shaken(at, name, plain)] + [
        shaken(at, name, why, echconfig=kind, outer_server_name=name)
        for kind, why in zip(("GREASE", "AEX+DQ=="), extended, strict=False)
    ]
    return line(
        "echcheck",
        test_version="0.3.0",
        input=f"https://{name}/cdn-cgi/trace",
        test_keys={
            "tls_handshakes": told,
            "tcp_connect": [connected("104.18.10.118", 443)],
            "queries": [doh(name, "104.18.10.118")],
        },
    )


def centres(
    *,
    tcp: str | None = None,
    post: str | None = None,
    web: dict[str, Any] | None = None,
    ports: tuple[int, ...] = (80, 443),
) -> bytes:
    """Telegram's test, where connects to some ports end so, or what is posted."""
    ips = [f"149.154.{n}" for n in ("175.50", "167.51", "175.100", "167.91", "171.5")]
    name = "web.telegram.org"
    connects = [
        connected(ip, port, tcp if port in ports else None) for ip in ips for port in (80, 443)
    ]
    posts = [
        fetched(
            f"http://{ip}{':443' if port == 443 else ''}/",
            f"{ip}:{port}",
            body="",
            code=501,
            failure=(tcp if port in ports else None) or post,
        )
        for ip in ips
        for port in (80, 443)
    ]
    at = {
        "queries": [asked(name, "149.154.167.99", asn=62041)],
        "tcp_connect": [connected("149.154.167.99", 443)],
        "tls_handshakes": [shaken("149.154.167.99:443", name)],
        "requests": [
            fetched(f"https://{name}/", "149.154.167.99:443", body="<title>Telegram Web</title>")
        ],
    } | (web or {})
    return line(
        "telegram",
        test_version="0.3.1",
        test_keys={
            **at,
            "tcp_connect": connects + at["tcp_connect"],
            "requests": posts + at["requests"],
        },
    )


def cut_web(failure: str) -> dict[str, Any]:
    return {
        "tls_handshakes": [shaken("149.154.167.99:443", "web.telegram.org", failure)],
        "requests": [fetched("https://web.telegram.org/", failure=failure)],
    }


def unresolved(failure: str, *ips: str, asn: int | None = None) -> dict[str, Any]:
    """Telegram's web version without an address, or with a forged one."""
    ended = failure if not ips else TIMEOUT
    return {
        "queries": [asked("web.telegram.org", *ips, failure=None if ips else failure, asn=asn)],
        "tcp_connect": [connected(ip, 443, TIMEOUT) for ip in ips],
        "tls_handshakes": [],
        "requests": [fetched("https://web.telegram.org/", failure=ended)],
    }


def whats(*, ends: str | None = None, rest: str | None = None, **head: Any) -> bytes:
    """WhatsApp's test of today: sixteen endpoints on two ports; handshakes with the others."""
    keys: dict[str, Any] = {"queries": [], "tcp_connect": [], "tls_handshakes": [], "requests": []}
    for n in range(1, 17):
        keys["queries"].append(asked(f"e{n}.whatsapp.net", f"57.144.1.{n}", asn=META))
        keys["tcp_connect"] += [connected(f"57.144.1.{n}", port, ends) for port in (443, 5222)]
    for n, name in enumerate(("v.whatsapp.net", "web.whatsapp.com"), 1):
        at = f"57.144.2.{n}"
        keys["queries"].append(asked(name, at, asn=META))
        keys["tcp_connect"].append(connected(at, 443))
        keys["tls_handshakes"].append(shaken(f"{at}:443", name, rest))
        keys["requests"].append(
            fetched(f"https://{name}/", f"{at}:443", failure=rest, code=400 if n == 1 else 200)
        )
    return line("whatsapp", test_version="0.12.0", test_keys=keys, **head)


def facebook(*lost: str, asn: int = META, failure: str = TIMEOUT, stun: str | None = None) -> bytes:
    """Messenger's test by its hosts."""
    keys: dict[str, Any] = {
        "queries": [
            asked("stun.fbsbx.com", *(() if stun else ("157.240.9.9",)), failure=stun, asn=asn)
        ],
        "tcp_connect": [],
    }
    for n, name in enumerate(
        (
            "b-api.facebook.com",
            "b-graph.facebook.com",
            "edge-mqtt.facebook.com",
            "external.xx.fbcdn.net",
            "scontent.xx.fbcdn.net",
            "star.c10r.facebook.com",
        ),
        1,
    ):
        keys["queries"].append(asked(name, f"157.240.9.{n}", asn=asn))
        keys["tcp_connect"].append(
            connected(f"157.240.9.{n}", 443, failure if "*" in lost or name in lost else None)
        )
    return line("facebook_messenger", test_version="0.4.1", test_keys=keys)


def forged_signal(ip: str, asn: int | None, how: str, *, shakes: bool = False) -> bytes:
    """Signal's test, each name with an address that is not Signal's."""
    keys: dict[str, Any] = {"queries": [], "tcp_connect": [], "tls_handshakes": [], "requests": []}
    for name in SIGNAL:
        keys["queries"].append(asked(name, ip, asn=asn))
        keys["tcp_connect"].append(connected(ip, 443, None if shakes else how))
        keys["tls_handshakes"] += [shaken(f"{ip}:443", name, how)] if shakes else []
        keys["requests"].append(fetched(f"https://{name}/", failure=how))
    return line("signal", test_version="0.2.5", test_keys=keys, software_version="3.20.0")


OFF: dict[str, Any] = {"probe_asn": "AS0", "resolver_asn": "AS0"}
SERVICES = [
    ("IR: telegram, all silent and its site at a private address", centres(tcp=TIMEOUT, web=unresolved("", "10.10.34.35")), BLOCKED, "", ""),
    ("IQ: telegram, refused everywhere and its site reset", centres(tcp=REFUSED, web=cut_web(RESET)), BLOCKED, "", ""),
    ("CN: telegram, all silent and its site denied", centres(tcp=TIMEOUT, web=unresolved(GONE)), BLOCKED, "", ""),
    ("KE: telegram's site denied alone", centres(web=unresolved(GONE)), "impaired", "dns", ""),
    ("ID: telegram's site at a foreign address alone", centres(web=unresolved("", "36.86.63.185", asn=7713)), "impaired", "", ""),
    ("telegram, whatever is posted is met with silence", centres(post=TIMEOUT), "likely_blocked blocked impaired", "http", ""),
    ("telegram, one port of two is cut", centres(tcp=TIMEOUT, ports=(443,)), "ok impaired", "", ""),
    ("telegram, no network", centres(tcp="network_unreachable", web=unresolved("network_unreachable")), "insufficient", "", "unknown"),
    ("telegram works", centres(), "ok", "", ""),
    ("telegram's site is stuck behind another's certificate", centres(web=cut_web("ssl_invalid_hostname")), "impaired", "tls", ""),
    ("TD: whatsapp's endpoints are silent, the rest works", whats(ends=TIMEOUT), "likely_blocked impaired", "tcp.timeout", ""),
    ("CU: whatsapp's names in handshakes are silent, endpoints work", whats(rest=TIMEOUT), "likely_blocked impaired", "tls.timeout", ""),
    ("whatsapp, everything refused", whats(ends=REFUSED, rest=RESET), BLOCKED, "", ""),
    ("whatsapp works", whats(), "ok", "", ""),
    ("IR: whatsapp, every name at a private address", made.whatsapp(answers=dict.fromkeys(made.WHATSAPP, BOGON)), BLOCKED, "dns.injection", ""),
    ("whatsapp, nothing resolves and the network is unknown", made.whatsapp(failure="dns_temporary_failure", **OFF), "insufficient", "", "unknown"),
    ("CN: signal, every name at an address of Meta's, silent", forged_signal("31.13.94.37", META, TIMEOUT), BLOCKED, "", ""),
    ("IR: signal, every name at a private address", forged_signal("10.10.34.35", None, TIMEOUT), BLOCKED, "dns.injection", ""),
    ("UZ: signal, one name reset", endpoints("signal", SIGNAL, n0=RESET), "impaired likely_blocked", "tls.reset", ""),
    ("signal, an interceptor at every name", endpoints("signal", SIGNAL, every="ssl_unknown_authority"), "likely_blocked blocked insufficient", "", "unknown"),
    ("signal, an old program beside new roots", endpoints("signal", SIGNAL, every="ssl_unknown_authority").replace(b'"test_version": "0.2.5"', b'"test_version": "0.2.0"').replace(b'"3.20.0"', b'"3.10.0"'), "insufficient", "", "unknown"),
    ("signal, encrypted DNS of the machine's own fails", endpoints("signal", SIGNAL, at="dns", every="network_unreachable"), "insufficient", "", "unknown"),
    ("MM: messenger, all silent", facebook("*"), BLOCKED, "tcp.timeout", ""),
    ("messenger, its STUN name alone is gone", facebook(stun=GONE), "ok", "", ""),
    ("messenger, messages alone are cut", facebook("edge-mqtt.facebook.com"), "impaired likely_blocked", "tcp.timeout", ""),
    ("CN: messenger, every name in another's network", facebook("*", asn=GOOGLE), BLOCKED, "", ""),
    ("messenger, answers in another's network that take connections", facebook(asn=HOME), BLOCKED, "dns", ""),
    ("messenger works, from a machine of the provider's caches", messenger(), "ok", "", ""),
    ("IR: tor, authorities are reset in the handshake, bridges silent", relays(authority=RESET, bridge=TIMEOUT, at="tls"), BLOCKED, "", ""),
    ("RU: tor, authorities silent, bridges work", relays(authority=TIMEOUT, bridge=None), "impaired", "tcp.timeout", ""),
    ("RU: tor, bridges silent, authorities work", relays(authority=None, bridge=TIMEOUT), "impaired", "tcp.timeout", ""),
    ("tor, no network", relays(authority="network_unreachable", bridge="network_unreachable"), "insufficient", "", "unknown"),
    ("tor works", relays(authority=None, bridge=None), "ok", "", ""),
    ("BY: tor stops at a tenth", line("vanilla_tor", test_version="0.3.0", test_keys={**LOST, "failure": "timeout-reached", "tor_progress_tag": "conn_done", "tor_logs": ["[notice] Bootstrapped 10% (conn_done): Connected to a relay"]}), BLOCKED, "tor", "unknown"),
    ("tor starts", line("vanilla_tor", test_version="0.3.0", test_keys={"success": True, "failure": None, "timeout": 200, "tor_progress": 100, "bootstrap_time": 7.1}), "ok", "", ""),
    ("TM: snowflake does not start", line("torsf", test_version="0.5.0", test_keys={"success": False, "failure": "timeout-reached", "error": "timeout-reached", "timeout": 600, "tor_progress": 2, "rendezvous_method": "domain_fronting", "transport_name": "snowflake", "tor_logs": ["[notice] Bootstrapped 2% (conn_pt): Connecting to pluggable transport"]}), BLOCKED, "", "unknown"),
    ("snowflake is stopped by the user", line("torsf", test_version="0.5.0", test_keys={"success": False, "failure": "interrupted", "error": "unknown-error", "timeout": 600, "tor_progress": 0}), "insufficient", "", "unknown"),
    ("psiphon starts", line("psiphon", test_version="0.5.1", test_keys={"failure": None, "bootstrap_time": 4.2, "max_runtime": 60, "requests": [fetched("https://www.google.com/humans.txt")]}), "ok", "", ""),
    ("CN: psiphon does not start in time", line("psiphon", test_version="0.5.1", test_keys={"failure": "psiphon: clientlib: tunnel establishment timeout", "bootstrap_time": 0.0, "max_runtime": 60, "requests": None}), BLOCKED, "psiphon", "unknown"),
    ("psiphon is stopped by the user", line("psiphon", test_version="0.5.1", test_keys={"failure": "interrupted", "bootstrap_time": 0.0, "max_runtime": 60}), "insufficient", "", "unknown"),
    ("a STUN server whose name is gone", line("stunreachability", input="stun://stun.gone.example:3478", test_keys={"endpoint": "stun.gone.example:3478", "failure": GONE, "queries": [asked("stun.gone.example", failure=GONE)]}), "insufficient likely_blocked down", "", "unknown"),
    ("a STUN server answers", line("stunreachability", input="stun://stun.there.example:3478", test_keys={"endpoint": "stun.there.example:3478", "failure": None, "queries": [asked("stun.there.example", RIGHT)]}), "ok", "", ""),
    ("RU: openvpn over TCP is reset at its first packet", vpn("tcp", RESET), "likely_blocked blocked", "openvpn", "unknown"),
    ("EG: openvpn over UDP is met with silence", vpn("udp", TIMEOUT), "likely_blocked", "openvpn", "unknown"),
    ("openvpn over TCP does not connect", vpn("tcp", None, TIMEOUT), "likely_blocked", "", "unknown"),
    ("openvpn works", vpn("udp", None), "ok", "", ""),
    ("IR: DNS over TLS does not connect at either address", looked_up(DOT, _1_1_1_1=answered("1.1.1.1", tcp=TIMEOUT), _1_0_0_1=answered("1.0.0.1", tcp=TIMEOUT)), "likely_blocked blocked", "tcp.timeout", ""),
    ("DNS over TLS, one address of two", looked_up(DOT, _1_1_1_1=answered("1.1.1.1", tcp=TIMEOUT), _1_0_0_1=answered("1.0.0.1")), "ok impaired", "", ""),
    ("CN: DNS over HTTPS, its own name denied", line("dnscheck", test_version="0.9.2", input=DOH_AT, test_keys={"domain": "example.org", "bootstrap_failure": GONE, "bootstrap": {"failure": GONE, "queries": [asked("dns.example", failure=GONE)]}, "lookups": {}}), "likely_blocked blocked insufficient", "", ""),
    ("IR: DNS over HTTPS, its own name at a private address", line("dnscheck", test_version="0.9.2", input=DOH_AT, test_keys={"domain": "example.org", "bootstrap_failure": None, "bootstrap": {"failure": None, "queries": [asked("dns.example", BOGON, asn=None)]}, "lookups": {f"https://{BOGON}/dns-query": answered(BOGON, 443, tcp=TIMEOUT)}}), BLOCKED, "", ""),
    ("DNS over TLS works", looked_up(DOT, _1_1_1_1=answered("1.1.1.1")), "ok", "", ""),
    ("RU: a name is met with silence at a stranger's server", named(TIMEOUT, None), BLOCKED, "tls.timeout.sni", ""),
    ("a name and another's are both met with silence", named(TIMEOUT, TIMEOUT), "insufficient likely_blocked", "", "unknown"),
    ("a name is answered with the stranger's own certificate", named("ssl_invalid_hostname", "ssl_invalid_hostname"), "ok", "", ""),
    ("the other name alone is reset", named(None, RESET), "ok insufficient", "", "unknown"),
    ("RU: both kinds of the extension are met with silence", hello(None, TIMEOUT, TIMEOUT), BLOCKED, "tls.timeout.ech", ""),
    ("the extension is minded by nobody", hello(None, None, None), "ok", "", ""),
    ("what lies behind the extension's test is off", hello(TIMEOUT, TIMEOUT, TIMEOUT), "insufficient likely_blocked", "", "unknown"),
    ("odd requests come back changed", line("http_invalid_request_line", test_version="0.2.0", test_keys={"sent": ["XKQW / HTTP/1.1\n\r", "GET / HTTP/8QF\n\r"], "received": ["HTTP/1.1 400 Bad Request\r\nServer: squid\r\n\r\n", "GET / HTTP/8QF\n\r"], "failure_list": [None, None], "tampering": True, "tampering_list": [True, False]}), "ok", "", ""),
    ("odd requests are met with silence", line("http_invalid_request_line", test_version="0.2.0", test_keys={"sent": ["XKQW / HTTP/1.1\n\r"], "received": [""], "failure_list": [TIMEOUT], "tampering": False, "tampering_list": [False]}), "insufficient ok", "", "unknown"),
    ("headers come back as they were sent", line("http_header_field_manipulation", test_version="0.2.0", test_keys={"agent": "agent", "failure": None, "tampering": {"header_field_name": False, "header_field_number": False, "header_field_value": False, "header_name_capitalization": False, "header_name_diff": [], "request_line_capitalization": False, "total": False}, "requests": [fetched("http://37.218.241.94")]}), "ok insufficient", "", ""),
    ("riseupvpn, some gateways", line("riseupvpn", test_version="0.2.0", test_keys={"api_failure": None, "api_status": "ok", "ca_cert_status": True, "failing_gateways": [{"ip": "51.15.9.205", "port": 443, "transport_type": "openvpn"}], "transport_status": {"openvpn": "blocked", "obfs4": "ok"}, "tcp_connect": [connected("51.15.9.205", 443, TIMEOUT), connected("212.83.165.160", 443)]}), "insufficient ok", "", "unknown"),
    ("riseupvpn, the provider's own certificate", line("riseupvpn", test_version="0.1.0", test_keys={"api_failure": "ssl_unknown_authority", "api_status": "blocked", "ca_cert_status": False, "failing_gateways": None}), "insufficient", "", "unknown"),
    ("a page fetched without a control is reset", line("urlgetter", input=URL, test_keys={"failure": RESET, "queries": [asked(HOST, RIGHT)], "tcp_connect": [connected(RIGHT, 443)], "tls_handshakes": [shaken(AT, HOST, RESET)], "requests": [fetched(URL, failure=RESET)]}), "insufficient likely_blocked", "", "unknown"),
    ("a page fetched without a control", line("urlgetter", input=URL, test_keys={"failure": None, "queries": [asked(HOST, RIGHT)], "tcp_connect": [connected(RIGHT, 443)], "tls_handshakes": [shaken(AT, HOST)], "requests": [fetched(URL, AT)]}), "ok", "", ""),
    ("packets over QUIC are met with silence", line("quicping", test_version="0.1.0", input="quicping://dns.example", test_keys={"domain": "dns.example", "pings": [{"hostname": "dns.example", "dst_ip": "8.8.8.8", "dst_port": 443, "failure": TIMEOUT} for _ in range(10)]}), "likely_blocked insufficient", "", "unknown"),
    ("a speed test says nothing of a service", line("ndt", test_version="0.10.0", test_keys={"failure": None, "summary": {"download": 5000.0, "upload": 900.0}}), "insufficient", "", "unknown"),
]  # fmt: skip


LITERAL = "http://93.184.216.34/"


def at_hop(first: dict[str, Any], *rest: dict[str, Any], **more: Any) -> bytes:
    """A site in the clear that sends readers on to TLS at its own name."""
    onward = fetched(PLAIN, PLAIN_AT, body="", code=301, headers={"Location": URL})
    keys: dict[str, Any] = {
        "tcp_connect": [connected(RIGHT, 80), connected(RIGHT, 443, hop=1)],
        "requests": [first, onward],
        "tls_handshakes": list(rest),
        "control": helper(PLAIN_AT, AT),
    }
    return clear(**keys | more)


def numbered(url: str, port: int, failure: str | None) -> bytes:
    """A site that is asked for by its address."""
    end = f"{RIGHT}:{port}"
    keys: dict[str, Any] = {
        "queries": [],
        "tcp_connect": [connected(RIGHT, port, failure)],
        "tls_handshakes": [],
        "requests": [fetched(url, end, failure=failure)],
        "control": helper(end),
    }
    return line(input=url, test_keys=keys)


def barred(*ips: str, handshake: str | None = TIMEOUT) -> bytes:
    """Tor's test whose bridges are connected to and do not answer."""
    targets: dict[str, Any] = {}
    for n in range(10):
        kind, why = ("or_port_dirauth", None) if n < 4 else ("obfs4", handshake)
        targets[f"t{n}"] = {
            "failure": why,
            "target_address": f"46.{n}.7.9:9001",
            "target_protocol": kind,
            "summary": {"connect": {"failure": None}, "handshake": {"failure": why}},
            "tcp_connect": [connected(f"46.{n}.7.9", 9001)],
        }
    return line("tor", test_version="0.4.0", test_keys={"targets": targets})


MOVED = "<html><head><script>window.location='http://warning.provider.example/?u=x'</script></head></html>"
ALIAS = {"answer_type": "CNAME", "hostname": "Notice.CUII.info.", "ttl": None}
UNHELPED: dict[str, Any] = {"control": None, "control_failure": TIMEOUT}
MORE = [
    ("DE: an alias of the clearing house's, whose page comes, without a helper", clear(queries=[{**asked(HOST, "185.126.100.4", asn=ELSEWHERE), "answers": [ALIAS, {"answer_type": "A", "ipv4": "185.126.100.4", "asn": ELSEWHERE}]}], tcp_connect=[connected("185.126.100.4", 80)], requests=[fetched(PLAIN, "185.126.100.4:80", body="<title>Hinweis</title>")], **UNHELPED, head={"probe_cc": "DE"}), "blocked", "dns.injection.blockpage", ""),
    ("KR: sent to the commission's warning, without a helper", led("http://www.warning.or.kr/", **UNHELPED, head={"probe_cc": "KR"}), "blocked", "http.blockpage", ""),
    ("GB: sent to the courts' orders, without a helper", led("http://www.ukispcourtorders.co.uk/", **UNHELPED, head={"probe_cc": "GB"}), "blocked", "http.blockpage", ""),
    ("YE: a filter product's deny page, without a helper", led("http://82.114.160.94:8080/webadmin/deny/index.php?dpid=20", **UNHELPED), "likely_blocked", "http.blockpage", "unknown"),
    ("QA: a filter product's block page, without a helper", injected(FORTI, code=403, **UNHELPED), "likely_blocked", "http.blockpage", "unknown"),
    ("CloudFront's refusal of a country in the clear", injected(CLOUDFRONT, code=403), FINE, "", "unknown"),
    ("packets over QUIC are answered", line("quicping", test_version="0.1.0", input="dns.example", test_keys={"domain": "dns.example", "pings": [{"failure": None, "responses": [{"failure": None}]}, {"failure": TIMEOUT}]}), "ok", "", ""),
    ("packets over QUIC are met with silence alone", line("quicping", test_version="0.1.0", input="dns.example", test_keys={"domain": "dns.example", "pings": [{"failure": TIMEOUT}] * 10}), "likely_blocked", "quic", "unknown"),
    ("a page of one script that leads to the provider's", injected(MOVED), BLOCKED, "http.blockpage", ""),
    ("an empty page where the helper has a long one", injected(""), "likely_blocked insufficient", "http", "unknown"),
    ("cut off in the middle of the page", clear(requests=[{**fetched(PLAIN, PLAIN_AT), "failure": RESET}]), "likely_blocked impaired insufficient", "http", "unknown"),
    ("not found here, in the clear", injected("<title>404 Not Found</title>", code=404), "likely_blocked insufficient", "http", "unknown"),
    ("the server is ill for the helper alone", clear(control=helper(PLAIN_AT, code=502, title="Bad gateway", length=150)), "ok insufficient", "", ""),
    ("an alias without an address", clear(queries=[{**asked(HOST), "answers": [{"answer_type": "CNAME", "hostname": "x.cdn.example", "ttl": None}]}, doh(HOST, RIGHT)], tcp_connect=[], requests=[fetched(PLAIN, failure="dns_no_answer")]), "likely_blocked insufficient blocked", "dns", ""),
    ("an address that is asked for, silent", numbered(LITERAL, 80, TIMEOUT), BLOCKED, "tcp.timeout", ""),
    ("an address that is asked for, works", numbered(LITERAL, 80, None), "ok", "", ""),
    ("a port of its own, refused", clear(requests=[fetched("http://news.example.com:8080/", f"{RIGHT}:8080", failure=REFUSED)], tcp_connect=[connected(RIGHT, 8080, REFUSED)], control=helper(f"{RIGHT}:8080"), head={"input": "http://news.example.com:8080/"}), BLOCKED, "tcp.refused", ""),
    ("sent on to TLS, which is silent", at_hop(fetched(URL, AT, failure=TIMEOUT, hop=1), shaken(AT, HOST, TIMEOUT, hop=1)), BLOCKED, "tls.timeout", ""),
    ("sent on to TLS, which is another's", at_hop(fetched(URL, AT, failure="ssl_invalid_hostname", hop=1), shaken(AT, HOST, "ssl_invalid_hostname", hop=1)), BLOCKED, "tls.mitm", ""),
    ("sent on to TLS, which is proven", at_hop(fetched(URL, AT, hop=1), shaken(AT, HOST, hop=1)), "ok", "", ""),
    ("sent on to TLS, and the port is refused", at_hop(fetched(URL, AT, failure=REFUSED, hop=1), tcp_connect=[connected(RIGHT, 80), connected(RIGHT, 443, REFUSED, hop=1)]), BLOCKED, "tcp.refused", ""),
    ("no answer but by IPv6, and the page is proven there", secure(queries=[asked(HOST, failure="dns_no_answer"), asked(HOST, SIX, query_type="AAAA"), doh(HOST, SIX)], tcp_connect=[connected(SIX, 443)], tls_handshakes=[shaken(f"[{SIX}]:443", HOST)], requests=[fetched(URL, f"[{SIX}]:443")], control=helper(f"[{SIX}]:443", addresses=(SIX,))), "ok", "", ""),
    ("IPv4 forged, IPv6 denied, encrypted DNS right", lied(BOGON, None, TIMEOUT, queries=[asked(HOST, BOGON, asn=None), asked(HOST, failure=GONE, query_type="AAAA"), doh(HOST, RIGHT)]), "blocked", "dns.injection.bogon", ""),
    ("a forged answer, and nothing was tried at it", secure(queries=[asked(HOST, BOGON, asn=None), doh(HOST, RIGHT)], tcp_connect=[], tls_handshakes=[], requests=[]), BLOCKED, "dns.injection.bogon", ""),
    ("another network's address that serves the site's page", clear(queries=[asked(HOST, "198.51.44.9", asn=ELSEWHERE), doh(HOST, RIGHT)], tcp_connect=[connected("198.51.44.9", 80)], requests=[fetched(PLAIN, "198.51.44.9:80")]), "ok", "", ""),
    ("another network's address that serves a parked page", clear(queries=[asked(HOST, "198.51.44.9", asn=ELSEWHERE), doh(HOST, RIGHT)], tcp_connect=[connected("198.51.44.9", 80)], requests=[fetched(PLAIN, "198.51.44.9:80", body="<title>news.example.com is for sale</title>buy this domain")], control=helper(PLAIN_AT, info={"198.51.44.9": ELSEWHERE})), "likely_blocked insufficient ok", "", ""),
    ("the helper knows names alone", clear(control={"dns": {"failure": None, "addrs": [RIGHT]}, "tcp_connect": {}, "http_request": {}}), "ok insufficient", "", ""),
    ("all silent, the helper's answer lost", silent(RIGHT, tcp_connect=[connected(RIGHT, 443, TIMEOUT)], tls_handshakes=[], requests=[fetched(URL, failure=TIMEOUT)], control={}, control_failure="connection_reset"), "insufficient", "", "unknown"),
    ("refused by everybody's router on a line without one", silent(RIGHT, tcp_connect=[connected(RIGHT, 443, "ENETUNREACH")], tls_handshakes=[], requests=[fetched(URL, failure="ENETUNREACH")]), "insufficient", "", "unknown"),
    ("reset after hello, over both addresses, beside a QUIC that works", silent(RIGHT, SECOND, failure=RESET, quic_handshakes=[shaken(AT, HOST)]), BLOCKED + " impaired", "tls.reset", ""),
    ("a redirect between two spellings of one site", led("http://www.example.com/", fetched("http://www.example.com/", PLAIN_AT, hop=1)), "ok", "", ""),
    ("a loop of redirects for the probe", clear(requests=[fetched(PLAIN, PLAIN_AT, code=302, body="", headers={"Location": PLAIN}, failure="unknown_failure: stopped after 10 redirects")]), "down ok insufficient likely_blocked", "", "unknown"),
    ("to a private gateway", led("http://192.168.22.1/UserCheck/PortalMain?IID=1"), BLOCKED, "http.blockpage", "unknown"),
    ("a router's own page for a name that it does not get", lied("192.168.1.1", None, REFUSED, control=None, control_failure=TIMEOUT, queries=[asked(HOST, "192.168.1.1", asn=None), doh(HOST, failure=TIMEOUT)]), "insufficient likely_blocked", "", "unknown"),
    ("tor's bridges take connects and say nothing", barred(), "impaired", "", ""),
    ("snowflake finds no broker", line("torsf", test_version="0.5.0", test_keys={"success": False, "failure": "timeout-reached", "timeout": 600, "tor_progress": 10, "rendezvous_method": "amp"}), BLOCKED, "snowflake", "unknown"),
    ("tor by obfs4 does not start", line("vanilla_tor", test_version="0.3.0", test_keys={**LOST, "failure": "timeout-reached", "transport_name": "obfs4"}), BLOCKED, "tor", "unknown"),
    ("telegram of 2018, all refused", line("telegram", test_version="0.0.3", test_keys={"telegram_tcp_blocking": True, "telegram_http_blocking": True, "telegram_web_status": "blocked", "telegram_web_failure": "connect_error", "queries": [{**asked("web.telegram.org", "149.154.167.99"), "tags": None}], "tcp_connect": [{"ip": f"149.154.{n}", "port": p, "status": {"success": False, "failure": "generic_timeout_error"}} for n in ("175.50", "167.51", "175.100") for p in (80, 443)], "requests": []}), BLOCKED, "tcp.timeout", ""),
    ("flags of a test, and no step", line("whatsapp", test_version="0.6.0", test_keys={"whatsapp_endpoints_status": "blocked", "whatsapp_web_status": "blocked", "registration_server_status": "blocked"}), "insufficient", "", "unknown"),
    ("signal, its uptime name alone is gone", endpoints("signal", [*SIGNAL, "uptime.signal.org"]), "ok", "", ""),
    ("whatsapp over a machine without IPv6", made.whatsapp(lost=()), "ok", "", ""),
    ("hello without the extension is reset, with it goes through", hello(RESET, None, None), "likely_blocked insufficient ok", "", "unknown"),
    ("one kind of the extension alone is minded", hello(None, None, RESET), "impaired likely_blocked blocked", "tls.reset.ech", ""),
    ("a name that is minded by silence, the other by an alert", named(TIMEOUT, "ssl_failed_handshake"), "likely_blocked insufficient blocked", "", ""),
    ("a name over UDP to a resolver is answered with a private address", line("dnscheck", test_version="0.9.2", input="udp://8.8.8.8:53", test_keys={"domain": "example.org", "bootstrap_failure": None, "lookups": {"udp://8.8.8.8:53": {"failure": None, "queries": [asked("example.org", "10.10.34.35", engine="udp", resolver_address="8.8.8.8:53", asn=None)]}}}), BLOCKED + " insufficient ok", "", ""),
    ("openvpn over UDP, refused by the port", vpn("udp", REFUSED), "likely_blocked insufficient", "", "unknown"),
    ("openvpn is stopped by the user", vpn("udp", "interrupted"), "insufficient", "", "unknown"),
    ("a resolver over HTTPS is reset in its handshake", line("dnscheck", test_version="0.9.2", input="https://1.1.1.1/dns-query", test_keys={"domain": "example.org", "bootstrap_failure": None, "lookups": {"https://1.1.1.1/dns-query": answered("1.1.1.1", 443, tls=RESET)}}), "likely_blocked blocked", "tls.reset", ""),
    ("a resolver that says no to the name", line("dnscheck", test_version="0.9.2", input=DOT, test_keys={"domain": "example.org", "bootstrap_failure": None, "lookups": {DOT: answered("1.1.1.1", dns=GONE)}}), "ok insufficient likely_blocked", "", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "states", "how", "whose"),
    [pytest.param(*row[1:], id=row[0]) for row in (*WEB, *NOT_THE_NETWORK, *SERVICES, *MORE)],
)
def test_what_a_report_tells_is_judged_so(told: bytes, states: str, how: str, whose: str) -> None:
    """The state is one that an expert could sign, by the mechanism that the report names; and
    nothing is laid at the network's door that one measurement cannot lay there."""
    verdict = judge(decode(told))
    assert verdict.state in states.split(), verdict
    if verdict.state in ("blocked", "likely_blocked", "impaired"):
        assert (verdict.mechanism or "").startswith(how), verdict
        assert not (whose == "unknown" and verdict.locus == "network"), verdict
