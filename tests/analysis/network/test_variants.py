"""Networks that the labelled scenarios do not show: each made from one of them by a change or
two."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatewatch.analysis.network.tools import judge
from gatewatch.model.verdict import Verdict
from gatewatch.sources.measurements.ooni import decode

Keys = dict[str, Any]
FORGED_ASN = 64999
BLOCK_PAGE = "<html><head><title>Stop</title></head><body>not here</body></html>"


@pytest.fixture
def made(shared: Path) -> Callable[..., Verdict]:
    """The verdict on a scenario after its test keys were changed."""

    def make(name: str, change: Callable[[Keys], None], **head: Any) -> Verdict:
        whole = json.loads((shared / "ooni" / "qa" / f"{name}.json").read_bytes())
        change(whole["test_keys"])
        return judge(decode(json.dumps(whole | head).encode()))

    return make


def system(keys: Keys, hop: int = 0) -> Keys:
    """The question that the network's own resolver was asked at a hop."""
    found = [
        q for q in keys["queries"] if q["engine"] == "getaddrinfo" and f"depth={hop}" in q["tags"]
    ]
    return dict_at(found)


def dict_at(rows: list[Keys]) -> Keys:
    (row,) = rows
    return row


def forge(keys: Keys, ip: str = "203.2.218.9", asn: int = FORGED_ASN) -> None:
    """The network's resolvers answer with an address of another network, and the probe goes
    there."""
    right = system(keys)["answers"][0]["ipv4"]
    for query in keys["queries"]:
        if query["engine"] != "doh" and query["answers"]:
            query["answers"] = [{"answer_type": "A", "ipv4": ip, "asn": asn}]
    for connect in keys["tcp_connect"]:
        connect["ip"] = ip
    for row in [*keys["tls_handshakes"], *keys["requests"]]:
        row["address"] = row["address"].replace(right, ip)


def no_such_name(keys: Keys) -> None:
    for query in keys["queries"]:
        query |= {"answers": None, "failure": "dns_nxdomain_error"}
    keys |= {"tcp_connect": [], "tls_handshakes": [], "requests": []}


def nothing_after_names(keys: Keys) -> None:
    keys |= {"tcp_connect": [], "tls_handshakes": [], "requests": []}


def denied(keys: Keys) -> None:
    system(keys).update(answers=None, failure="dns_nxdomain_error")


def gone_everywhere(keys: Keys) -> None:
    no_such_name(keys)
    keys["control"]["dns"] = {"failure": "dns_name_error", "addrs": []}
    keys["control"]["http_request"] = {
        "failure": "dns_lookup_error",
        "status_code": -1,
        "body_length": -1,
        "title": "",
        "headers": {},
    }


def silent_everywhere(keys: Keys) -> None:
    keys["control"]["tcp_connect"] = {
        name: {"status": False, "failure": "generic_timeout_error"}
        for name in keys["control"]["tcp_connect"]
    }
    keys["control"]["http_request"] = {
        "failure": "connection_refused",
        "status_code": -1,
        "body_length": -1,
        "title": "",
        "headers": {},
    }


def page(keys: Keys, status: int, body: str, **headers: str) -> None:
    """What the last request brought."""
    keys["requests"][0]["response"] = {
        "code": status,
        "body": body,
        "body_is_truncated": False,
        "headers": headers,
        "headers_list": [[n, v] for n, v in headers.items()],
    }


def blocked_page_from_forged(keys: Keys) -> None:
    forge(keys)
    page(keys, 200, BLOCK_PAGE)


def captcha(keys: Keys) -> None:
    page(keys, 503, "<html><head><title>Attention Required! | Cloudflare</title></head></html>")


def any_captcha(keys: Keys) -> None:
    page(keys, 403, '<html><body>Solve this <div class="x-captcha-box"></div></body></html>')


def tls_fails(keys: Keys, failure: str, hop: int = 0) -> None:
    for row in keys["tls_handshakes"]:
        if f"depth={hop}" in row["tags"]:
            row["failure"] = failure
    keys["requests"] = [r for r in keys["requests"] if f"depth={hop}" not in r["tags"]]


def tls_reset_at_forged(keys: Keys) -> None:
    forge(keys)
    tls_fails(keys, "connection_reset")


def hop_denied(keys: Keys) -> None:
    for query in keys["queries"]:
        if "depth=1" in query["tags"]:
            query |= {"answers": None, "failure": "dns_nxdomain_error"}
    for name in ("tcp_connect", "tls_handshakes", "requests"):
        keys[name] = [row for row in keys[name] if "depth=1" not in row["tags"]]


def hop_silent(keys: Keys) -> None:
    keys["requests"][0]["failure"] = "generic_timeout_error"


def detour(keys: Keys) -> None:
    """A proxy in the probe's own network, which gives the real page in the clear."""
    forge(keys, "130.192.182.18", 137)


def no_control(keys: Keys) -> None:
    keys |= {"control": None, "control_failure": "connection_reset"}


def no_control_and_reset(keys: Keys) -> None:
    no_control(keys)
    keys["requests"][0]["failure"] = "connection_reset"
    page(keys, 0, "")


def slow(keys: Keys) -> None:
    keys["network_events"] = [
        {
            "operation": "read",
            "num_bytes": 700,
            "t": float(t),
            "transaction_id": keys["requests"][0]["transaction_id"],
        }
        for t in range(30)
    ]


HTTPS, HTTP = "successWithHTTPS", "successWithHTTP"
TO_HTTP = "redirectWithConsistentDNSAndThenConnectionResetForHTTP"
TO_HTTPS = "redirectWithConsistentDNSAndThenEOFForHTTPS"


@pytest.mark.parametrize(
    ("name", "change", "state", "mechanism"),
    [
        ("dnsBlockingAndroidDNSCacheNoData", denied, "blocked", "dns.nxdomain"),
        (HTTP, gone_everywhere, "down", None),
        ("tcpBlockingConnectTimeout", silent_everywhere, "down", None),
        (HTTP, blocked_page_from_forged, "blocked", "dns.injection.blockpage"),
        (HTTPS, tls_reset_at_forged, "blocked", "dns.injection.other"),
        (HTTPS, lambda k: tls_fails(k, "generic_timeout_error"), "likely_blocked", "tls.timeout"),
        (HTTPS, lambda k: tls_fails(k, "eof_error"), "blocked", "tls.reset"),
        (HTTPS, lambda k: tls_fails(k, "ssl_unknown_authority"), "likely_blocked", "tls.mitm"),
        (TO_HTTP, hop_denied, "blocked", "dns.nxdomain"),
        (TO_HTTP, hop_silent, "likely_blocked", "http.timeout"),
        (
            TO_HTTPS,
            lambda k: tls_fails(k, "generic_timeout_error", 1),
            "likely_blocked",
            "tls.timeout",
        ),
        (HTTP, captcha, "ok", None),
        (HTTPS, captcha, "ok", None),
        (HTTP, any_captcha, "ok", None),
        (HTTP, lambda k: page(k, 429, "slow down"), "insufficient", None),
        (HTTP, detour, "ok", None),
        (HTTP, no_control, "ok", None),
        (HTTPS, no_control, "ok", None),
        (HTTP, no_control_and_reset, "insufficient", None),
        (HTTP, slow, "impaired", "http.throttle.host"),
    ],
)
def test_a_network_that_does_this_is_judged_so(
    made: Callable[..., Verdict],
    name: str,
    change: Callable[[Keys], None],
    state: str,
    mechanism: str | None,
) -> None:
    """Each change makes the network that it says, and the verdict follows it."""
    found = made(name, change)
    assert (found.state, found.mechanism) == (state, mechanism), found.rules


def test_a_server_that_refuses_is_named_as_the_cause(made: Callable[..., Verdict]) -> None:
    """A CAPTCHA is the server's doing."""
    assert made(HTTP, captcha).locus == "server_side"


def test_a_detour_that_leads_to_the_page_is_named(made: Callable[..., Verdict]) -> None:
    """In the clear as over TLS, interference is said although the site was reached."""
    assert made(HTTP, detour).interference == ("dns.injection.other",)


def test_the_same_redirects_in_an_older_probe_s_words(made: Callable[..., Verdict]) -> None:
    """Without tags and transactions, hops follow from the order of requests."""

    def untagged(keys: Keys) -> None:
        for name in ("queries", "tcp_connect", "tls_handshakes", "requests"):
            for row in keys[name]:
                row.pop("tags", None)
                row.pop("transaction_id", None)

    found = made(TO_HTTP, untagged)
    assert (found.state, found.mechanism, found.hop) == ("blocked", "http.reset.host", 1)
