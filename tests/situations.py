"""Measurements of situations that people reported, made from scratch: hosts under example names,
addresses that are nobody's in particular. Each function changes one thing of a network that
works."""

import json
from typing import Any

Keys = dict[str, Any]

RIGHT, FORGED, NOTICE = "93.184.216.34", "185.41.128.10", "36.86.63.185"
HOME, HOSTING, ELSEWHERE = 64500, 64510, 64777
TITLE = "News of the day"
TEXT = f"<html><head><title>{TITLE}</title></head><body>{'word ' * 1000}</body></html>"


def line(test: str = "web_connectivity", **head: Any) -> bytes:
    """A measurement of a test; `test_keys` and fields of the head are given by name."""
    versions = {"web_connectivity": "0.5.28"}
    whole: Keys = {
        "test_name": test,
        "test_version": versions.get(test, "0.3.0"),
        "measurement_start_time": "2024-03-01 10:00:00",
        "probe_cc": "XX",
        "probe_asn": f"AS{HOME}",
        "resolver_asn": f"AS{HOME}",
        "probe_ip": "127.0.0.1",
        "software_name": "made",
        "software_version": "1",
        "input": None,
    }
    return json.dumps(whole | head).encode()


def asked(
    host: str, *addresses: str, failure: str | None = None, asn: int | None = HOSTING, **more: Any
) -> Keys:
    """A question; by default to the network's own resolver."""
    answers = [
        {"answer_type": "AAAA", "ipv6": a, "asn": asn}
        if ":" in a
        else {"answer_type": "A", "ipv4": a, "asn": asn}
        for a in addresses
    ]
    row = {"engine": "getaddrinfo", "hostname": host, "query_type": "A", "tags": ["depth=0"]}
    return row | {"failure": failure, "answers": answers or None} | more


def doh(host: str, *addresses: str, **more: Any) -> Keys:
    return asked(host, *addresses, engine="doh", resolver_address="https://dns.example/q", **more)


def udp(host: str, *addresses: str, **more: Any) -> Keys:
    return asked(host, *addresses, engine="udp", resolver_address="9.9.9.9:53", **more)


def connected(ip: str, port: int, failure: str | None = None, hop: int = 0, **more: Any) -> Keys:
    status = {"success": failure is None, "failure": failure}
    return {"ip": ip, "port": port, "status": status, "tags": [f"depth={hop}"]} | more


def shaken(address: str, host: str, failure: str | None = None, hop: int = 0, **more: Any) -> Keys:
    row = {"address": address, "server_name": host, "failure": failure, "no_tls_verify": False}
    return (
        row | {"tls_version": "TLSv1.3" if failure is None else "", "tags": [f"depth={hop}"]} | more
    )


def fetched(
    url: str,
    address: str | None = None,
    *,
    body: str = TEXT,
    code: int = 200,
    failure: str | None = None,
    hop: int = 0,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Keys:
    sent = headers or {}
    response = {"code": code, "body": body, "headers_list": [list(h) for h in sent.items()]}
    if failure:
        response = {"code": 0, "body": ""}
    row = {"request": {"url": url, "method": "GET"}, "response": response, "failure": failure}
    return row | {"address": address, "tags": [f"depth={hop}"], "transaction_id": hop + 1} | more


def helper(
    *ends: str,
    addresses: tuple[str, ...] = (RIGHT,),
    dns_failure: str | None = None,
    code: int = 200,
    length: int = len(TEXT),
    title: str | None = TITLE,
    headers: dict[str, str] | None = None,
    failure: str | None = None,
    info: dict[str, int] | None = None,
) -> Keys:
    """What the test helper met: endpoints that took its connection, names, a page."""
    held = dict.fromkeys(addresses, HOSTING) | (info or {})
    page: Keys = {"failure": failure, "status_code": code, "body_length": length, "title": title}
    if failure:
        page = {"failure": failure, "status_code": -1, "body_length": -1, "title": ""}
    worked = {end: {"status": True, "failure": None} for end in ends}
    return {
        "dns": {"failure": dns_failure, "addrs": list(addresses)},
        "tcp_connect": worked,
        "tls_handshake": {end: known for end, known in worked.items() if end.endswith(":443")},
        "http_request": page | {"headers": headers or {}},
        "ip_info": {ip: {"asn": asn, "flags": 2} for ip, asn in held.items()},
    }


def clear(host: str = "news.example.com", **change: Any) -> bytes:
    """A site in the clear that works, with keys changed."""
    keys: Keys = {
        "queries": [asked(host, RIGHT), doh(host, RIGHT)],
        "tcp_connect": [connected(RIGHT, 80)],
        "tls_handshakes": [],
        "requests": [fetched(f"http://{host}/", f"{RIGHT}:80")],
        "control": helper(f"{RIGHT}:80"),
    }
    head = change.pop("head", {})
    return line(**{"input": f"http://{host}/", "test_keys": keys | change} | head)


def secure(host: str = "news.example.com", **change: Any) -> bytes:
    """A site over TLS that works, with keys changed."""
    keys: Keys = {
        "queries": [asked(host, RIGHT), doh(host, RIGHT)],
        "tcp_connect": [connected(RIGHT, 443)],
        "tls_handshakes": [shaken(f"{RIGHT}:443", host)],
        "requests": [fetched(f"https://{host}/", f"{RIGHT}:443")],
        "control": helper(f"{RIGHT}:443"),
    }
    head = change.pop("head", {})
    return line(**{"input": f"https://{host}/", "test_keys": keys | change} | head)


def paced(
    host: str, rate: int, seconds: float, there: int, *, tls: bool = True, **head: Any
) -> bytes:
    """A page read at so many bytes a second for so long, of so many that there are."""
    got = int(rate * seconds)
    events = [
        {
            "operation": "read",
            "num_bytes": got // 20,
            "t0": 0.0,
            "t": n * seconds / 19,
            "transaction_id": 1,
        }
        for n in range(20)
    ]
    body = f"<title>{TITLE}</title>" + "x" * (got // 4)
    scheme, port, make = ("https", 443, secure) if tls else ("http", 80, clear)
    page = fetched(f"{scheme}://{host}/", f"{RIGHT}:{port}", body=body)
    page["response"]["body_is_truncated"] = got < there
    return make(
        host,
        requests=[page],
        network_events=events,
        control=helper(f"{RIGHT}:{port}", length=there),
        head=head,
    )


def cut_short(failure: str, host: str = "news.example.com") -> Keys:
    """Keys of a site over TLS whose connects fail so."""
    url = f"https://{host}/"
    return {
        "tcp_connect": [connected(RIGHT, 443, failure)],
        "tls_handshakes": [],
        "requests": [fetched(url, f"{RIGHT}:443", failure=failure)],
    }


def unshaken(failure: str, host: str = "news.example.com", **more: Any) -> Keys:
    """Keys of a site over TLS whose handshakes fail so."""
    url = f"https://{host}/"
    return {
        "tls_handshakes": [shaken(f"{RIGHT}:443", host, failure, **more)],
        "requests": [fetched(url, f"{RIGHT}:443", failure=failure)],
    }


def sent_on(location: str, landing: Keys | None, *more: Keys, code: int = 302) -> Keys:
    """Keys of a site in the clear that is answered with a redirect, and of where it leads."""
    first = fetched(
        "http://news.example.com/",
        f"{RIGHT}:80",
        body="",
        code=code,
        headers={"Location": location},
    )
    steps = [landing] if landing else []
    return {"requests": [*steps, first], "tls_handshakes": list(more)}


def telegram(*lost: str, failure: str = "generic_timeout_error", web: str | None = None) -> bytes:
    """Telegram's test, with endpoints that fail ("*" for all)."""
    ends = [
        (f"149.154.{n}", port)
        for n in ("175.50", "167.51", "175.100", "167.91", "171.5")
        for port in (80, 443)
    ]
    name = "web.telegram.org"

    def ended(ip: str, port: int) -> str | None:
        return failure if "*" in lost or f"{ip}:{port}" in lost else None

    posts = [
        fetched(f"http://{ip}/", body="", code=501, failure=ended(ip, port))
        for ip, port in ends
        if port == 80
    ]
    site = (
        []
        if web == "tcp"
        else [shaken("149.154.167.99:443", name, failure if web == "tls" else None)]
    )
    keys = {
        "queries": [asked(name, "149.154.167.99", asn=62041)],
        "tcp_connect": [
            *(connected(ip, port, ended(ip, port)) for ip, port in ends),
            connected("149.154.167.99", 443, failure if web == "tcp" else None),
        ],
        "tls_handshakes": site,
        "requests": [*posts, fetched(f"https://{name}/", failure=failure if web else None)],
    }
    return line("telegram", test_keys=keys)


WHATSAPP = [*(f"e{n}.whatsapp.net" for n in (1, 2, 9, 16)), "v.whatsapp.net", "web.whatsapp.com"]


def whatsapp(
    *,
    answers: dict[str, str] | None = None,
    failure: str | None = None,
    lost: tuple[str, ...] = (),
    **head: Any,
) -> bytes:
    """WhatsApp's test: names answered with addresses or a failure, some endpoints lost."""
    given = answers or {name: f"57.144.0.{n}" for n, name in enumerate(WHATSAPP, 1)}
    queries = [
        asked(name, *([] if failure else [given[name]]), failure=failure) for name in WHATSAPP
    ]
    keys: Keys = {"queries": queries, "tcp_connect": [], "tls_handshakes": [], "requests": []}
    for name in () if failure else WHATSAPP:
        ended = (
            "connection_refused" if answers else "generic_timeout_error" if name in lost else None
        )
        keys["tcp_connect"].append(connected(given[name], 443, ended))
        if not name.startswith("e"):
            if ended is None:
                keys["tls_handshakes"].append(shaken(f"{given[name]}:443", name))
            keys["requests"].append(fetched(f"https://{name}/", failure=ended))
    return line("whatsapp", test_keys=keys, **head)


def tor(
    *,
    authorities: int,
    authorities_lost: int,
    bridges: int,
    bridges_lost: int,
    failure: str = "generic_timeout_error",
) -> bytes:
    """Tor's test: so many authorities and bridges, so many of them lost."""
    targets: Keys = {}
    for kind, count, gone, port in (
        ("or_port_dirauth", authorities, authorities_lost, 9001),
        ("obfs4", bridges, bridges_lost, 443),
    ):
        for n in range(count):
            why = failure if n < gone else None
            ip = f"46.{len(targets)}.7.9"
            targets[f"{kind}-{n}" if kind == "obfs4" else f"{ip}:{port}"] = {
                "failure": why,
                "target_address": f"{ip}:{port}" if kind != "obfs4" else "[scrubbed]",
                "target_protocol": kind,
                "tcp_connect": [
                    {"ip": ip, "port": port, "status": {"success": why is None, "failure": why}}
                ],
            }
    return line("tor", test_keys={"targets": targets})


SIGNAL = ["textsecure-service.whispersystems.org"] + [
    f"{name}.signal.org" for name in ("storage", "cdn", "cdn2", "sfu.voip", "updates2")
]
MESSENGER = ["stun", "b-api", "b-graph", "edge", "external-cdn", "scontent-cdn", "star"]


def endpoints(test: str, names: list[str], *, at: str = "tls", **lost: str) -> bytes:
    """A messenger's test over names; `lost`: failures by the place of a name, or of `every`."""
    keys: Keys = {"queries": [], "tcp_connect": [], "tls_handshakes": [], "requests": []}
    for place, name in enumerate(names):
        failure = lost.get(f"n{place}") or lost.get("every")
        ip = f"76.223.92.{place + 1}"
        if failure and at == "dns":
            keys["queries"].append(asked(name, failure=failure))
        else:
            keys["queries"].append(asked(name, ip))
            keys["tcp_connect"].append(connected(ip, 443, failure if at == "tcp" else None))
            if at != "tcp" or not failure:
                keys["tls_handshakes"].append(shaken(f"{ip}:443", name, failure))
        keys["requests"].append(fetched(f"https://{name}/", failure=failure))
    return line(test, test_version="0.2.5", test_keys=keys, software_version="3.20.0")


def messenger(failure: str | None = None, *, dns: str | None = None, to: str = "") -> bytes:
    """Facebook Messenger's test: its names, all with one fate."""
    keys: Keys = {"queries": [], "tcp_connect": []}
    for place, name in enumerate(f"{one}.facebook.com" for one in MESSENGER):
        ip = to or f"157.240.1.{place + 1}"
        given = [] if dns else [ip]
        keys["queries"].append(asked(name, *given, failure=dns, asn=HOME if to else 32934))
        if given and place:
            keys["tcp_connect"].append(connected(ip, 443, failure))
    return line("facebook_messenger", test_keys=keys)
