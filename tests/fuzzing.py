"""Lines of measurements damaged at random, each from a seed: the same seed gives the same line.

    python -m tests.fuzzing --minutes 30 --from 0     # CPU minutes; prints the seeds that failed

A seed names the situation that is damaged and every damage done to it. Seeds that once failed stand
in `fuzzed_seeds.toml`, with what they found; `test_fuzzed_lines.py` tries those and some hundreds
more at each run.
"""

import argparse
import gzip
import io
import json
import random
import sys
import tarfile
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

from tests import situations as s

from gatewatch.pipeline.measure import Converted, convert
from gatewatch.sources.measurements.lines import Input, Line

PROBE = "198.51.100.77"
"""The address of the probe in every line: nothing that comes out may hold it."""
_ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**53,
    2**63,
    -(2**64),
    1e308,
    "",
    "0",
    "\x00",
    "\ud800",
    "a\udfff.example",
    "xn--\u2603",
    "\u202e.example",
    "[::1",
    "http://[",
    "//:99999",
    "1.2.3.4.5",
    "::ffff:10.1.2.3",
    "64:ff9b:1::",
    PROBE,
    "AS",
    "AS99999999999",
    "2024-13-45 99:99:99",
    "0001-01-01 00:00:00",
    "9999-12-31T23:59:59+14:00",
    "generic_timeout_error",
    "unknown_failure: \ud83d",
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"data": "####", "format": "base64"},
    {"data": "AAAA", "format": "base64"},
    [["Location", None]],
    [["location", {"data": "//8=", "format": "base64"}]],
    "word " * 4_000,
]
_PIECES = [one for one in _ODD if isinstance(one, str) and one != PROBE]
"""Within another word the probe's address is no address."""
_BYTES = [b"\x00", b"\xff", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b"\\ud800", b"1e999", b"\n"]


def corpus() -> list[bytes]:
    """Lines of every kind that the project makes."""
    quic = [s.shaken(f"{s.RIGHT}:443", "news.example.com", "generic_timeout_error")]
    event = {"operation": "read", "num_bytes": 1400, "t": 1.0, "transaction_id": 1}
    echoed = {"request_headers": {"Host": "a"}, "tampering": {"total": False}}
    check: s.Keys = {"bootstrap_failure": None, "lookups": {"udp://8.8.8.8:53": {"queries": []}}}
    ech = [s.shaken("192.0.2.1:443", "ech.example", echconfig="GREASE")]
    keys: list[tuple[str, s.Keys]] = [
        ("echcheck", {"tls_handshakes": ech, "target": {}, "control": {}}),
        ("sni_blocking", {"target": {"tls_handshakes": ech}, "control": {"tls_handshakes": ech}}),
        ("dnscheck", check),
        ("openvpn", {"openvpn_handshake": [{"endpoint": "192.0.2.1:1194", "failure": "eof"}]}),
        ("http_header_field_manipulation", echoed),
        ("http_invalid_request_line", {"sent": ["GET /"], "received": ["x"], "tampering": True}),
        ("stunreachability", {"endpoint": "192.0.2.1:3478", "failure": None}),
        ("vanilla_tor", {"success": False, "tor_progress": 10, "failure": "timeout-reached"}),
        ("torsf", {"success": True, "bootstrap_time": 3.2}),
        ("psiphon", {"bootstrap_time": 0, "failure": "generic_timeout_error"}),
        ("signal", {"signal_backend_status": "blocked", "tls_handshakes": ech}),
        ("facebook_messenger", {"queries": [s.asked("stun.fbsbx.com", "157.240.1.1")]}),
        ("urlgetter", {"queries": [s.asked("a.example", s.RIGHT)], "tunnel": "tor"}),
        ("http_requests", {"requests": [s.fetched("http://a.example/")]}),
    ]
    return [
        s.clear(),
        s.secure(),
        s.secure("xn--bcher-kva.example", quic_handshakes=quic, network_events=[event] * 4),
        s.clear(**s.sent_on("https://other.example/", s.fetched("https://other.example/"))),
        s.telegram("*"),
        s.whatsapp(failure="dns_nxdomain_error"),
        s.tor(authorities=2, authorities_lost=1, bridges=2, bridges_lost=1),
        *(s.line(test, input="https://a.example/", test_keys=held) for test, held in keys),
    ]


_CORPUS = corpus()
_GOOD = Line(s.secure(head={"measurement_uid": "whole"}))


def damaged(seed: int) -> bytes:
    """The line of a seed."""
    dice = random.Random(seed)
    found = json.loads(dice.choice(_CORPUS)) | {"probe_ip": PROBE}
    found["annotations"] = {"platform": "android", "engine_version": "3.20.0"}
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        _damage(found, dice)
    line = json.dumps(found).encode()
    if dice.random() < 0.3:
        for _ in range(dice.choice((1, 1, 4, 16))):
            line = _cut(line, dice)
    return line


def _damage(whole: Any, dice: random.Random) -> None:
    """Change one place of a tree."""
    places = list(_places(whole))
    held, key = dice.choice(places)
    value = held[key]
    kind = dice.randrange(8)
    if kind == 0 and isinstance(held, dict):
        del held[key]
    elif kind == 1 and isinstance(held, list):
        held.insert(key, deepcopy(value))
    elif kind == 2:
        other, place = dice.choice(places)
        held[key] = deepcopy(other[place])
    elif kind == 3:
        held[key] = [value]
    elif kind == 4 and isinstance(value, str):
        held[key] = value.replace(dice.choice([*value, "."]), dice.choice(_PIECES), 2)
    elif kind == 5 and isinstance(held, dict):
        held[str(dice.choice(_ODD))[:60]] = held.pop(key)
    else:
        held[key] = deepcopy(dice.choice(_ODD))


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a tree as its holder and its key."""
    todo = [node]
    while todo:
        held = todo.pop()
        keys = list(held) if isinstance(held, dict) else range(len(held))
        for key in keys:
            yield held, key
            if isinstance(held[key], dict | list) and held[key]:
                todo.append(held[key])


def _cut(line: bytes, dice: random.Random) -> bytes:
    """Damage bytes, where a line may not even stay JSON."""
    at, size = dice.randrange(max(1, len(line))), dice.randrange(1, 40)
    kind = dice.randrange(4)
    if kind == 0:
        return line[:at] + line[at + size :]
    if kind == 1:
        return line[:at] + line[at : at + size] + line[at:]
    if kind == 2:
        return line[:at] + dice.choice(_BYTES) + line[at + 1 :]
    return line[:at] or b"{"


def fault(seed: int) -> str | None:
    """What is wrong with how a seed's line is read and judged; None if nothing is."""
    line = damaged(seed)
    try:
        found = convert([_GOOD, Line(line), _GOOD])
        return _wrong(found, line) or _packed(line, random.Random(seed))
    except Exception:  # noqa: BLE001 - that any is raised is the finding
        return traceback.format_exc(limit=-4)


def _wrong(found: Converted, line: bytes) -> str | None:
    whole = [table.to_pylist() for table in (found.measurements, found.observations)]
    uids = [row["uid"] for row in whole[0]]
    states = [row["state"] for row in found.verdicts.to_pylist() if row["uid"] == "whole"]
    if uids[0] != "whole" or uids[2] != "whole" or len(uids) != 3 or states != ["ok", "ok"]:
        return f"lines beside it: {uids} {states}"
    if len({row["uid"] for row in found.verdicts.to_pylist()} - {"whole"}) != 1:
        return "no verdict, or more than one"
    mine = repr([row for rows in whole for row in rows if row["uid"] != "whole"])
    # An address may be the probe's and yet stand where the damage put it in pieces.
    if PROBE in mine and f'"probe_ip": "{PROBE}"'.encode() in line and _is_json(line):
        return "the probe's address came through"
    return None


def _is_json(line: bytes) -> bool:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("probe_ip") == PROBE


def _packed(line: bytes, dice: random.Random) -> str | None:
    """Now and then the line comes packed, and the pack is damaged too: nothing may be raised."""
    if dice.random() > 0.05:
        return None
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name in ("a.post", "b.json", "c.yaml"):
            member = tarfile.TarInfo(name)
            member.size = len(line)
            archive.addfile(member, io.BytesIO(line))
    data = gzip.compress(held.getvalue(), 1)
    if dice.random() < 0.7:
        data = _cut(data, dice)
    for name in ("x.tar.gz", "x.jsonl", "x.yaml", "x.json.gz", "x.tar.lz4"):
        for one in Input(name, None, None, lambda: io.BytesIO(data)).lines():
            if isinstance(one, Line):
                convert([one])
    return None


def main() -> int:
    """Try seeds for so many minutes of CPU."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=1.0)
    options.add_argument("--from", dest="first", type=int, default=0)
    asked = options.parse_args()
    seed, failed, started = asked.first, 0, time.process_time()
    with suppress(KeyboardInterrupt):
        while time.process_time() - started < asked.minutes * 60:
            if wrong := fault(seed):
                failed += 1
                print(f"seed {seed}: {wrong}", flush=True)
            seed += 1
    spent = time.process_time() - started
    print(f"seeds {asked.first} to {seed - 1}: {failed} failed, {spent / 60:.1f} CPU minutes")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
