"""Measurements in the OONI data format: one JSON object, as published or as sent.

Two ways lead to the same result. Nearly every line fits the types of model.measurement and is
decoded by them at once; one that does not is taken apart field by field, and what does not fit
is named in `problems` while the rest is kept. No bytes make `decode` raise.
"""

import json
import math
import re
import types
import typing
from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import blake2b
from ipaddress import ip_address
from operator import attrgetter
from typing import Any

import msgspec

from gatewatch.model.measurement import UNREAD, DnsAnswer, Measurement, Steps, Task
from gatewatch.model.memo import memo
from gatewatch.model.ranges import embedded
from gatewatch.sources.measurements import sets, tasks

LIMIT = 64 * 1024 * 1024
"""Bytes of the longest line that is looked at."""
SCRUBBED = "[scrubbed]"
_NO_ADDRESS = frozenset({None, "", "127.0.0.1", "::1", "0.0.0.0", "::", SCRUBBED})  # noqa: S104 - what probes write for none
_AROUND = ("::ffff:", "0:0:0:0:0:ffff:", "64:ff9b::")
"""What is written before an IPv4 address where IPv6 is spoken (RFC 4291, 6052)."""
_LONGEST_FACT = 200
_MOST_PROBLEMS = 50
_MOST_NOTES = 30
_UID = re.compile(r"(?P<time>20[0-9]{12}\.[0-9]{6})_|01(?P<day>20[0-9]{6})[0-9a-f]")

Scalar = str | int | float | bool | None

_FACTS: dict[str, tuple[str, ...]] = {
    "web_connectivity": (
        "accessible",
        "blocking",
        "dns_consistency",
        "dns_experiment_failure",
        "http_experiment_failure",
        "control_failure",
        "x_blocking_flags",
        "x_null_null_flags",
    ),
    "telegram": (
        "telegram_http_blocking",
        "telegram_tcp_blocking",
        "telegram_web_failure",
        "telegram_web_status",
    ),
    "whatsapp": (
        "registration_server_failure",
        "registration_server_status",
        "whatsapp_endpoints_status",
        "whatsapp_web_failure",
        "whatsapp_web_status",
    ),
    "signal": ("signal_backend_failure", "signal_backend_status"),
    "facebook_messenger": ("facebook_dns_blocking", "facebook_tcp_blocking"),
}


class _Keys(Steps, gc=False):
    """The shared steps, the short results of the commonest tests, and steps within steps."""

    accessible: Scalar = None
    blocking: Scalar = None
    dns_consistency: Scalar = None
    dns_experiment_failure: Scalar = None
    http_experiment_failure: Scalar = None
    x_blocking_flags: Scalar = None
    x_null_null_flags: Scalar = None
    telegram_http_blocking: Scalar = None
    telegram_tcp_blocking: Scalar = None
    telegram_web_failure: Scalar = None
    telegram_web_status: Scalar = None
    registration_server_failure: Scalar = None
    registration_server_status: Scalar = None
    whatsapp_endpoints_status: Scalar = None
    whatsapp_web_failure: Scalar = None
    whatsapp_web_status: Scalar = None
    signal_backend_failure: Scalar = None
    signal_backend_status: Scalar = None
    facebook_dns_blocking: Scalar = None
    facebook_tcp_blocking: Scalar = None


class _Wire(msgspec.Struct, gc=False):
    """A line as sent."""

    test_name: str
    test_keys: _Keys
    measurement_uid: str | None = None
    report_id: str | None = None
    test_version: str | None = None
    measurement_start_time: str | None = None
    input: str | None = None
    probe_cc: str | None = None
    probe_asn: str | None = None
    probe_ip: str | None = None
    probe_id: str | None = None
    resolver_asn: str | None = None
    resolver_ip: str | None = None
    software_name: str | None = None
    software_version: str | None = None
    annotations: dict[str, Scalar] | None = None


_decode = msgspec.json.Decoder(_Wire).decode
_facts = {name: (fields, attrgetter(*fields)) for name, fields in _FACTS.items()}


def decode(line: bytes, uid: str | None = None) -> Measurement:
    """A measurement from its JSON, scrubbed of its probe's address.

    `uid` is what the container calls it, used where the line itself bears no name; without either
    a digest of the line is. Never raises: what is no measurement comes back with `readable` false.
    """
    uid = sound(uid) if uid else uid
    if len(line) > LIMIT:
        return unreadable(line, uid, f"longer than {LIMIT:,} bytes")
    try:
        wire = _decode(line)
        if wire.test_name not in _facts:
            return _apart(line, uid)
        if wire.probe_ip not in _NO_ADDRESS:
            line = scrub(line, str(wire.probe_ip))
            wire = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _apart(line, uid)
    names, get = _facts[wire.test_name]
    return _measurement(
        wire, line, uid, dict(zip(names, get(wire.test_keys), strict=True)), problems=()
    )


def scrub(line: bytes, address: str) -> bytes:
    """A line in which nothing equals the probe's address, in whatever spelling, encoded or not."""
    spellings = _spellings(address)
    if not spellings:
        return line
    any_of = "|".join(re.escape(text) for text in sorted(spellings, key=len, reverse=True))
    alone = re.compile(
        rf"(?<![0-9A-Fa-f.:])(?:{any_of})(?![0-9A-Fa-f:]|\.\d)".encode(), re.IGNORECASE
    )

    def within(found: re.Match[bytes]) -> bytes:
        try:
            inner = b64decode(found[1], validate=True)
        except ValueError:
            return found[0]
        clean = alone.sub(SCRUBBED.encode(), inner)
        return found[0] if clean == inner else b'"' + b64encode(clean) + b'"'

    line = alone.sub(SCRUBBED.encode(), line)
    return re.sub(rb'"((?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2,3}={1,2})?)"', within, line)


def _spellings(address: str) -> set[str]:
    """The ways to write the addresses in what a probe gave as its own, which may name a port too.

    A text without one is no address: to take "0" out of a line would take it apart.
    """
    found: set[str] = set()
    host, _, port = address.strip().rpartition(":")
    bare = host.strip("[]") if port.isdecimal() else ""
    for text in (*re.split(r"[\s,;/]+", address), address.strip().strip("[]"), bare):
        try:
            known = ip_address(text)
        except ValueError:
            continue
        found.add(text)
        inner = embedded(known) if known.version == 6 else known
        for one in {known, inner or known}:
            found |= {str(one), one.exploded}
        if inner is not None:
            high, low = divmod(int(inner), 1 << 16)
            for head in _AROUND:
                within = ip_address(f"{head}{inner}")
                found |= {str(within), within.exploded, f"{head}{inner}", f"{head}{high:x}:{low:x}"}
    return {sound(text) for text in found}


def _measurement(
    wire: _Wire,
    line: bytes,
    uid: str | None,
    facts: dict[str, Any],
    problems: tuple[str, ...],
    tasks: tuple[Task, ...] = (),
) -> Measurement:
    name, version = wire.software_name, wire.software_version
    named = wire.measurement_uid or uid
    notes = _notes(wire.annotations) if wire.annotations else {}
    return Measurement(
        uid=named or _digest(line),
        report_id=wire.report_id or None,
        test_name=wire.test_name,
        test_version=wire.test_version,
        started_at=wire.measurement_start_time,
        input=wire.input,
        probe_cc=wire.probe_cc,
        probe_asn=_asn(wire.probe_asn),
        resolver_asn=_asn(wire.resolver_asn),
        resolver_ip=wire.resolver_ip or None,
        software=f"{name} {version}" if name else None,
        collected_at=collected_at(named),
        platform=notes.get("platform"),
        engine=_engine(notes),
        network_type=notes.get("network_type"),
        probe_id=wire.probe_id or notes.get("probe_id"),
        annotations=notes,
        tunnel=wire.test_keys.tunnel or ("proxy" if wire.test_keys.socksproxy else None),
        steps=wire.test_keys,
        tasks=tasks,
        facts=facts,
        problems=problems,
    )


def _engine(notes: dict[str, str]) -> str | None:
    """The version of OONI's engine: another program's number says nothing of its faults."""
    named = notes.get("engine_name")
    return notes.get("engine_version") if named is None or "ooni" in named else None


def _notes(annotations: dict[str, Scalar]) -> dict[str, str]:
    """What a program says of itself and its machine, as texts, and not without end."""
    held = {
        key: value if type(value) is str else str(value)
        for key, value in annotations.items()
        if value is not None
    }
    return held if len(held) <= _MOST_NOTES else dict(list(held.items())[:_MOST_NOTES])


def collected_at(uid: str | None) -> str | None:
    """When OONI's collector took a measurement, by the uid that it gave; ISO 8601, UTC.

    Since 2020 a uid begins with the time to the microsecond; older ones with 01 and the day, of
    which the end is given: it was taken by then.
    """
    found = _UID.match(uid or "")
    if not found:
        return None
    day, time = found["day"], found["time"]
    try:
        if day:
            return f"{datetime.fromisoformat(day).date()}T23:59:59+00:00"
        return datetime.fromisoformat(f"{time[:8]}T{time[8:]}+00:00").isoformat()
    except ValueError:
        return None


def _digest(line: bytes) -> str:
    return blake2b(line, digest_size=16).hexdigest()


@memo
def _asn(text: str | None) -> int | None:
    """137 from AS137; None for AS0, which means that the probe did not know."""
    digits = text[2:] if text and text[:2] == "AS" else ""
    return int(digits) or None if digits.isdecimal() and len(digits) < 11 else None


def unreadable(line: bytes, uid: str | None, reason: str) -> Measurement:
    """What stands for a line that is no measurement, with the reason."""
    return Measurement(
        uid=uid or _digest(line), readable=False, test_name="", steps=Steps(), problems=(reason,)
    )


def _apart(line: bytes, uid: str | None) -> Measurement:
    """The slow and tolerant way."""
    try:
        found = json.loads(line.decode("utf-8", "replace").encode("utf-8", "replace"))
        found = found.get("content", found) if isinstance(found, dict) else found
        inner = found.get("raw_measurement") if isinstance(found, dict) else None
        found = json.loads(inner) if isinstance(inner, str) else inner or found
    except (ValueError, RecursionError, AttributeError) as fault:
        return unreadable(line, uid, f"not JSON: {str(fault)[:100]}")
    if not isinstance(found, dict) or not isinstance(found.get("test_name"), str):
        return unreadable(line, uid, "no measurement: no object with a test_name")
    try:
        return _fitted(found, line, uid)
    except RecursionError:
        return unreadable(line, uid, "nested too deeply")


def _fitted(found: dict[str, Any], line: bytes, uid: str | None) -> Measurement:
    found = _plain(found)
    address = found.get("probe_ip")
    if isinstance(address, str) and address not in _NO_ADDRESS:
        found = json.loads(scrub(json.dumps(found, ensure_ascii=False).encode(), address))
    problems: list[str] = []
    inputs = found.get("input")
    if isinstance(inputs, list):
        found["input"] = " ".join(str(one) for one in inputs)
    keys = found.get("test_keys")
    if not isinstance(keys, dict):
        problems.append(f"test_keys is {'null' if keys is None else type(keys).__name__}")
        keys = {}
    head = {k: v for k, v in found.items() if k != "test_keys"}
    wire: _Wire = _fit({**head, "test_keys": {}}, _Wire, "", problems)
    wire.test_keys = _fit(sets.gathered(wire.test_name, keys), _Keys, "test_keys", problems)
    done = tasks.of(wire.test_name, wire.input, keys)
    tried = tuple(_fit(row, Task, "test_keys", problems) for row in done)
    wanted = _FACTS.get(wire.test_name)
    facts = {
        name: value
        for name, value in ({n: keys.get(n) for n in wanted} if wanted else keys).items()
        if isinstance(value, str | int | float | bool | None) and len(str(value)) <= _LONGEST_FACT
    }
    return _measurement(
        wire, line, uid, facts, problems=tuple(problems[:_MOST_PROBLEMS]), tasks=tried
    )


def _fit(value: Any, kind: Any, path: str, problems: list[str]) -> Any:
    """A value as a type wants it, with what does not fit left out and named."""
    if kind is msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(value))
    kinds = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if value is None and type(None) in kinds:
        return None
    try:
        return msgspec.convert(value, kind, strict=False)
    except (msgspec.ValidationError, OverflowError, UnicodeEncodeError):
        pass
    for one in kinds:
        if isinstance(one, type) and issubclass(one, msgspec.Struct) and isinstance(value, dict):
            fitted = {
                f.name: _fit(value[f.name], f.type, f"{path}.{f.name}", problems)
                for f in msgspec.structs.fields(one)
                if f.name in value
            }
            _weigh_unread(value, fitted)
            return one(**fitted)
        if typing.get_origin(one) is list and isinstance(value, list):
            (item,) = typing.get_args(one)
            rows = (_fit(row, item, f"{path}[]", problems) for row in value)
            return [row for row in rows if row is not None]
        if typing.get_origin(one) is dict and isinstance(value, dict):
            _, item = typing.get_args(one)
            named = {str(k): _fit(v, item, f"{path}.*", problems) for k, v in value.items()}
            return {k: v for k, v in named.items() if v is not None}
    if len(problems) < _MOST_PROBLEMS:
        problems.append(f"{path.lstrip('.')}: a {type(value).__name__} where it cannot be one")
    return "" if kind is str else Steps() if kind is _Keys else None


def _weigh_unread(told: dict[str, Any], fitted: dict[str, Any]) -> None:
    """Let a failure and answers that were there and do not fit count as not readable: left out, one
    would be a success and the others an answer without an address."""
    if told.get("failure") and fitted.get("failure", "") is None:
        fitted["failure"] = UNREAD
    if told.get("answers") and fitted.get("answers", [None]) in (None, []):
        fitted["answers"] = [DnsAnswer()]


def _plain(value: Any) -> Any:
    """JSON values without lone surrogates, NaN and infinities, which nothing downstream takes."""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 1 << 53 else None
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {_plain(k): _plain(v) for k, v in value.items()}
    return value


def sound(text: str) -> str:
    """A text without lone surrogates, which no column, page or file takes."""
    return text.encode("utf-8", "replace").decode()
