"""Steps of tests that keep them in sets (tor's targets, dnscheck's lookups), as one list of each
kind, in which a step's `subset` says where it came from."""

from typing import Any

Keys = dict[str, Any]

_LISTS = {
    "queries": ("queries", "query"),
    "tcp_connect": ("tcp_connect", "tcp_connects"),
    "tls_handshakes": ("tls_handshakes", "tls_handshake"),
    "quic_handshakes": ("quic_handshakes", "quic_handshake"),
    "requests": ("requests",),
    "network_events": ("network_events",),
}
"""Fields of steps, with the names that some tests give them."""
_WITHIN = ("bootstrap", "iterative_trace", "lookups", "pings", "target", "targets")
"""Fields under which some tests keep whole sets."""
_DIFFERENTIAL = frozenset({"sni_blocking", "echcheck", "http_host", "throughput"})
"""Tests whose `control` is a set of steps of the probe's own and no helper's answer."""


def gathered(test: str, keys: Keys) -> Keys:
    """The test keys with all steps in the lists that most tests use."""
    within = (*_WITHIN, "control") if test in _DIFFERENTIAL else _WITHIN
    parts = [("", keys)]
    for name in within:
        if name in keys:
            parts += _sets(name, keys[name])
    if len(parts) == 1 and "tcp_connects" not in keys and not _single(keys):
        return keys
    joined = {k: v for k, v in keys.items() if k != "control" or test not in _DIFFERENTIAL}
    for name, aliases in _LISTS.items():
        joined[name] = [row for part in parts for row in _rows(part, aliases)]
    return joined


def _single(keys: Keys) -> bool:
    """Whether a step stands where a list of steps should."""
    return any(isinstance(keys.get(name), dict) for names in _LISTS.values() for name in names)


def _sets(name: str, value: Any) -> list[tuple[str, Keys]]:
    """The sets under one field, by the names that the test gives them."""
    if name == "iterative_trace" and isinstance(value, list):
        found = [pair for one in value for pair in _traces(one)]
    elif name in {"targets", "lookups"} and isinstance(value, dict):
        found = list(value.items())
    elif isinstance(value, list):
        found = [(_named(one, f"{name} {n}"), one) for n, one in enumerate(value)]
    else:
        found = [(name, value)]
    return [(key, _as_set(key, one)) for key, one in found if isinstance(one, dict)]


def _traces(one: Any) -> list[tuple[str, Any]]:
    """tlsmiddlebox's handshakes at one address (ts-037): of its two names the one that nobody minds
    is the `control`."""
    found: list[tuple[str, Any]] = []
    for name in ("control", "target"):
        trace = one.get(f"{name}_trace") if isinstance(one, dict) else None
        tried = trace.get("iterations") if isinstance(trace, dict) else None
        rows = [row.get("handshake") for row in tried or () if isinstance(row, dict)]
        rows = [row for row in rows if row is not None]  # as where there was no connection
        found.append((name, {"tls_handshakes": rows}))
    return found


def _named(one: Any, otherwise: str) -> str:
    address = one.get("target_address") if isinstance(one, dict) else None
    return address if isinstance(address, str) else otherwise


def _as_set(name: str, one: Keys) -> Keys:
    """Before 0.2 echcheck kept one handshake where others keep a set; `target` bore the
    extension."""
    if "server_name" not in one or "tls_handshakes" in one:
        return one
    ech = {"echconfig": "GREASE"} if name == "target" else {}
    return {"tls_handshakes": [{**ech, **one}]}


def _rows(part: tuple[str, Keys], aliases: tuple[str, ...]) -> list[Any]:
    """The steps of one kind in a set, told where they came from."""
    subset, keys = part
    value = next((keys[name] for name in aliases if keys.get(name)), None)
    rows = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    if not subset:
        return rows
    return [{**row, "subset": subset} if isinstance(row, dict) else row for row in rows]
