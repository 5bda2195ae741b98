"""What a test did as a whole, from the results that it keeps in a form of its own.

Each function reads one test's results as its specification has them (github.com/ooni/spec,
nettests/) and gives rows for measurement.Task.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

Keys = dict[str, Any]
Rows = Iterator[Keys]

_DONE = 100
_CLOCK = re.compile(r"\b[Oo]ur clock is (?:behind|ahead)|\bCLOCK_SKEW\b|\bclock skew\b")
_NO_LINE = re.compile(r"\bNetwork is (?:unreachable|down)\b")


def of(test: str, asked: str | None, keys: Keys) -> list[Keys]:
    """The tasks of a test; none where nothing is known of a test's own results."""
    reader = _READERS.get(test)
    return list(reader(asked, keys)) if reader else []


def _bootstrap(protocol: str) -> Callable[[str | None, Keys], Rows]:
    """vanilla_tor (ts-016), torsf (ts-030): a time above zero and no failure is a tunnel that
    stands, also in versions before `success` and `tor_progress`."""

    def rows(_: str | None, keys: Keys) -> Rows:
        failure = _text(keys.get("failure")) or _text(keys.get("error"))
        success, progress = keys.get("success"), keys.get("tor_progress")
        if failure is None and not isinstance(success, bool) and not keys.get("bootstrap_time"):
            return
        stands = failure is None and success is not False
        if not stands and (why := _own_fault(keys.get("tor_logs"))):
            failure = f"{failure or 'unknown_error'}: {why}"
        yield {
            "protocol": protocol,
            "operation": "bootstrap",
            "failure": None if stands else failure or "unknown_error",
            "progress": _DONE if stands else progress if isinstance(progress, int) else None,
        }

    return rows


def _own_fault(logs: Any) -> str:
    """Tor's own word, in the log that tests keep of it, that the machine has no line or no clock to
    go by; empty where it has none. Of no line its last word counts: single addresses, of IPv6 above
    all, are out of reach on lines that work."""
    lines = [line for line in logs if isinstance(line, str)] if isinstance(logs, list) else []
    stuck = next((line for line in reversed(lines) if "Problem bootstrapping" in line), "")
    for line in (*lines, stuck):
        found = _CLOCK.search(line) or (_NO_LINE.search(line) if line is stuck else None)
        if found:
            return found[0]
    return ""


def _psiphon(_: str | None, keys: Keys) -> Rows:
    """ts-015: a bootstrap time of zero with a failure is a tunnel that did not stand; with a time,
    the failure came after it."""
    if "failure" not in keys and "bootstrap_time" not in keys:
        return
    stands = bool(keys.get("bootstrap_time"))
    failure = _text(keys.get("failure"))
    if not stands and failure is None:
        return
    yield {
        "protocol": "psiphon",
        "operation": "bootstrap",
        "failure": None if stands else failure,
        "progress": _DONE if stands else 0,
    }
    if stands and failure is not None:
        yield {"protocol": "psiphon", "operation": "fetch", "failure": failure}


def _openvpn(_: str | None, keys: Keys) -> Rows:
    """ts-040: a row for each handshake, or for the connect below it that failed; before 0.1 only
    the outcome of one."""
    held = keys.get("openvpn_handshake") or None
    for row in held if isinstance(held, list) else []:
        if isinstance(row, dict):
            yield {
                "protocol": f"openvpn/{_text(row.get('transport')) or 'udp'}",
                "operation": "handshake",
                "failure": _text(row.get("failure")),
                **{name: row.get(name) for name in ("ip", "port", "t0", "t")},
            }
    if held is None and (unconnected := _connected(keys)):
        row = {"protocol": "openvpn/tcp", "operation": "handshake", "failure": unconnected}
        yield row | {name: _dicts(keys["tcp_connect"])[0].get(name) for name in ("ip", "port")}
    elif held is None and isinstance(keys.get("bootstrap_time"), int | float):
        failure = _text(keys.get("failure"))
        stands = keys["bootstrap_time"] > 0 and failure is None
        yield {
            "protocol": "openvpn",
            "operation": "handshake",
            "failure": None if stands else failure or "unknown_error",
            **_endpoint(_text(keys.get("remote"))),
        }


def _stun(asked: str | None, keys: Keys) -> Rows:
    """ts-025: `failure` is null after a valid response."""
    if "failure" in keys:
        named = _text(keys.get("endpoint")) or (asked or "").rpartition("/")[2]
        yield {
            "protocol": "stun",
            "operation": "binding",
            "failure": _text(keys["failure"]),
            **_endpoint(named),
        }


def _connection(asked: str | None, keys: Keys) -> Rows:
    """ts-008: `connection` is `success`, or what went wrong."""
    told = _text(keys.get("connection"))
    if told is not None:
        yield {
            "protocol": "tcp",
            "operation": "connect",
            "failure": None if told == "success" else told,
            **_endpoint(asked),
        }


def _header_echo(_: str | None, keys: Keys) -> Rows:
    """ts-006: what the helper got of a request, against what was sent."""
    found = keys.get("tampering")
    if not isinstance(found, dict):
        return
    failure = _text(keys.get("failure"))
    for row in _dicts(keys.get("requests"))[:1]:
        failure = failure or _text(row.get("failure"))
    changed = [name for name, value in sorted(found.items()) if value]
    # `total` with a failure of the request is a helper that was not reached, not a change.
    if failure and changed == ["total"] and failure != "json_parse_error":
        changed = []
    yield {
        "protocol": "http",
        "operation": "echo",
        "failure": None if changed else failure,
        "changed": tuple(changed),
    }


def _line_echo(_: str | None, keys: Keys) -> Rows:
    """ts-007: each odd request beside what came back; nothing at all is no change."""
    sent, received = keys.get("sent"), keys.get("received")
    if not (isinstance(sent, list) and isinstance(received, list)) or not sent:
        return
    pairs = [(a, b) for a, b in zip(sent, received, strict=False) if isinstance(b, str) and b]
    failures = keys.get("failure_list")
    failed = [f for f in failures if f] if isinstance(failures, list) else []
    changed = tuple(f"request {n}" for n, (a, b) in enumerate(pairs, 1) if a != b)
    yield {
        "protocol": "tcp",
        "operation": "echo",
        "failure": None if pairs else _text(failed[0]) if failed else "generic_timeout_error",
        "changed": changed,
    }


def _tor(_: str | None, keys: Keys) -> Rows:
    """ts-023: each target with its protocol and how it ended; `summary` names the operation."""
    targets = keys.get("targets")
    named = targets.items() if isinstance(targets, dict) else enumerate(_dicts(targets))
    for key, target in named:
        if not isinstance(target, dict):
            continue
        address = _text(target.get("target_address"))
        summary = target.get("summary")
        ended = summary.items() if isinstance(summary, dict) else ()
        broken = next((name for name, why in ended if why), "")
        failure = target["failure"] if "failure" in target else _connected(target)
        yield {
            "protocol": _text(target.get("target_protocol")) or "tor",
            "operation": broken or "handshake",
            "failure": _text(failure),
            "subset": key if isinstance(key, str) else address,
            **_endpoint(address),
        }


def _connected(target: Keys) -> str | None:
    """The failure of a target's connects, of versions that did not write one of the whole."""
    rows = _dicts(target.get("tcp_connect"))
    failures = [row["status"].get("failure") for row in rows if isinstance(row.get("status"), dict)]
    return next((f for f in failures if f), None)


def _dnscheck(_: str | None, keys: Keys) -> Rows:
    """ts-028: a look-up at each address of the resolver."""
    lookups = keys.get("lookups")
    for url, found in lookups.items() if isinstance(lookups, dict) else ():
        if isinstance(found, dict):
            yield {
                "protocol": url.partition(":")[0],
                "operation": _text(found.get("failed_operation")) or "resolve",
                "failure": _text(found.get("failure")),
                "subset": url,
                **_resolver(url),
            }


def _quicping(_: str | None, keys: Keys) -> Rows:
    """ts-031: packets that a server must answer with the versions it speaks; one answer is enough.
    The test goes to port 443 of a name, of which it keeps no address."""
    pings = _dicts(keys.get("pings"))
    if not pings:
        return
    failures = [_text(one.get("failure")) for one in pings]
    yield {
        "protocol": "quic",
        "operation": "ping",
        "failure": None if None in failures else failures[0],
    }


def _browser(_: str | None, keys: Keys) -> Rows:
    """ts-036: the browser's own word."""
    told = _text(keys.get("result"))
    if told in {"ok", "error"}:
        failure = None if told == "ok" else "browser_error"
        yield {"protocol": "browser", "operation": "load", "failure": failure}


_READERS: dict[str, Callable[[str | None, Keys], Rows]] = {
    "vanilla_tor": _bootstrap("tor"),
    "torsf": _bootstrap("snowflake"),
    "psiphon": _psiphon,
    "openvpn": _openvpn,
    "tcp_connect": _connection,
    "stunreachability": _stun,
    "stun_reachability": _stun,
    "http_header_field_manipulation": _header_echo,
    "http_invalid_request_line": _line_echo,
    "quicping": _quicping,
    "tor": _tor,
    "dnscheck": _dnscheck,
    "browser_web": _browser,
}


def _resolver(url: str) -> Keys:
    """The address of a DNS service by its URL, with the port of its protocol where it names
    none."""
    scheme, _, rest = url.partition("://")
    named = rest.partition("/")[0]
    port = {"https": 443, "dot": 853}.get(scheme, 53)
    return _endpoint(named) or _endpoint(f"{named}:{port}")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _dicts(value: Any) -> list[Keys]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _endpoint(text: str | None) -> Keys:
    """Host and port of `192.0.2.1:443` or `[2001:db8::1]:443`; nothing of what is neither."""
    host, _, port = (text or "").rpartition(":")
    if not host or not port.isdecimal() or len(port) > 5:
        return {}
    return {"ip": host.strip("[]"), "port": int(port)}
