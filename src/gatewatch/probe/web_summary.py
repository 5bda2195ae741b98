"""The short results of Web Connectivity (ts-017), for programs that know no others.

Gatewatch itself keeps and never believes them: its verdicts rest on the steps.
"""

import re
from typing import Any

from gatewatch.probe.trace import Row

_TITLE = re.compile(r"<title\b[^<>]{0,400}>(.{0,400}?)</title", re.IGNORECASE | re.DOTALL)
_ALIKE = 0.7
_COMMON = frozenset(
    {
        *("accept-ranges", "age", "alt-svc", "cache-control", "connection", "content-encoding"),
        *("content-language", "content-length", "content-type", "date", "etag", "expires"),
        *("keep-alive", "last-modified", "location", "server", "set-cookie"),
        *("strict-transport-security", "transfer-encoding", "vary", "via"),
    }
)


def summary(keys: Row) -> Row:
    """The short results, from the rows of a measurement."""
    control = keys.get("control")
    found = control if isinstance(control, dict) else {}
    page = keys["requests"][0] if keys["requests"] else None
    dns, addresses = _names(keys)
    compared = _compared(page, found.get("http_request"))
    consistent = _consistency(addresses, dns, found)
    failure = _failure(keys, page)
    return {
        "dns_experiment_failure": dns,
        "http_experiment_failure": failure,
        "dns_consistency": consistent,
        **compared,
        **_conclusion(keys, found, consistent=consistent, failure=failure, compared=compared),
    }


def _names(keys: Row) -> tuple[str | None, set[str]]:
    """How the system's resolver failed, and the addresses that it gave."""
    mine = [
        one
        for one in keys["queries"]
        if one["engine"] == "getaddrinfo" and "depth=0" in one["tags"]
    ]
    given = {a.get("ipv4") or a.get("ipv6") for one in mine for a in one["answers"] or ()}
    return (mine[0]["failure"] if mine else None), given - {None}


def _consistency(addresses: set[str], failure: str | None, control: Row) -> str | None:
    there = control.get("dns") or {}
    given = set(there.get("addrs") or ())
    if failure is not None:
        return "consistent" if control and not given else "inconsistent" if given else None
    if not addresses or not given:
        return None
    if addresses & given:
        return "consistent"
    info = control.get("ip_info") or {}
    known = {ip: (one or {}).get("asn") for ip, one in info.items()}
    here = {known.get(one) for one in addresses} - {None, 0}
    return "consistent" if here & {known.get(one) for one in given} else "inconsistent"


def _failure(keys: Row, page: Row | None) -> str | None:
    if page is not None:
        return str(page["failure"]) if page["failure"] is not None else None
    for row in reversed([*keys["tcp_connect"], *keys["tls_handshakes"]]):
        failure = row["failure"] if "failure" in row else row["status"]["failure"]
        if failure is not None and "fetch_body=true" in row["tags"]:
            return str(failure)
    return _names(keys)[0]


def _compared(page: Row | None, control: Any) -> Row:
    """The page beside the control's; nothing where there is none of either."""
    none: Row = dict.fromkeys(
        (
            "body_length_match",
            "body_proportion",
            "headers_match",
            "status_code_match",
            "title_match",
        )
    )
    if page is None or page["failure"] is not None or not isinstance(control, dict):
        return none
    if control.get("failure") is not None or (control.get("status_code") or 0) <= 0:
        return none
    response = page["response"]
    body = response["body"] if isinstance(response["body"], str) else ""
    size, there = len(body.encode()), control.get("body_length") or 0
    share = min(size, there) / max(size, there) if size and there > 0 else 0.0
    mine, theirs = _uncommon(response["headers"]), _uncommon(control.get("headers") or {})
    title = _TITLE.search(body)
    own, other = (title[1].strip() if title else ""), control.get("title") or ""
    return {
        "body_proportion": round(share, 4),
        "body_length_match": None if response["body_is_truncated"] else share > _ALIKE,
        "headers_match": mine == theirs or bool(mine & theirs),
        "status_code_match": response["code"] == control["status_code"],
        "title_match": own == other if own or other else None,
    }


def _uncommon(headers: Row) -> set[str]:
    return {name.lower() for name in headers} - _COMMON


def _conclusion(
    keys: Row, control: Row, *, consistent: str | None, failure: str | None, compared: Row
) -> Row:
    """What a program of the field would say of it."""
    unknown: Row = {"blocking": None, "accessible": None}
    if not control:
        return unknown
    there = control.get("http_request") or {}
    if failure is None:
        if compared["status_code_match"] is None:
            return unknown
        same = compared["status_code_match"] and (
            compared["body_length_match"] or compared["headers_match"] or compared["title_match"]
        )
        proven = any(
            one["failure"] is None and not one["no_tls_verify"] and "fetch_body=true" in one["tags"]
            for one in keys["tls_handshakes"]
        )
        if same or proven:
            return {"blocking": False, "accessible": True}
        return {
            "blocking": "dns" if consistent == "inconsistent" else "http-diff",
            "accessible": False,
        }
    if there.get("failure") is not None or not there:
        return {"blocking": False, "accessible": False}
    if consistent == "inconsistent":
        return {"blocking": "dns", "accessible": False}
    reached = any(one["status"]["success"] for one in keys["tcp_connect"])
    return {"blocking": "http-failure" if reached else "tcp_ip", "accessible": False}
