"""Reports of 2012 to 2016: YAML documents, a header and then an entry for each measurement.

Each entry becomes one JSON object of the later data format (0.2.0), as OONI's own pipeline made of
them: the header's fields on top, what the test found under `test_keys`, steps in the form that
tests have had since. The names of old tests are those of their successors.
"""

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import IO, Any

from gatewatch.errors import needs

Keys = dict[str, Any]

_MOST_VALUES = 2_000_000
"""Values in one document once its aliases are followed: a few lines can stand for billions."""
_HEAD = frozenset(
    [
        "annotations",
        "input",
        "measurement_start_time",
        "options",
        "probe_asn",
        "probe_cc",
        "probe_city",
        "probe_ip",
        "report_id",
        "software_name",
        "software_version",
        "start_time",
        "test_name",
        "test_runtime",
        "test_start_time",
        "test_version",
    ]
)
_NAMES = {
    "http_requests_test": "http_requests",
    "http_requests": "http_requests",
    "http_host": "http_host",
    "dns_tamper": "dns_consistency",
    "dnstamper": "dns_consistency",
    "http_invalid_request_line": "http_invalid_request_line",
    "http_header_field_manipulation": "http_header_field_manipulation",
    "multi_protocol_traceroute_test": "multi_protocol_traceroute",
    "traceroute": "multi_protocol_traceroute",
    "tcp_connect": "tcp_connect",
}
_QUERY = re.compile(r"Query\((?:b?'|\")([^'\",]+)")
_TYPE = re.compile(r"type=([A-Z]+)")
_ADDRESS = re.compile(r"address=([0-9.]+)")
_NAMED = re.compile(r"name=([A-Za-z0-9._-]+)")


def measurements(stream: IO[bytes], limit: int) -> Iterator[bytes | str]:
    """Each entry as JSON; a text in its place says why a document could not be read.

    `limit` bounds the bytes of one document.
    """
    header: Keys = {}
    for number, text in enumerate(_documents(stream, limit)):
        if isinstance(text, str):
            yield text
            continue
        try:
            found = _loaded(text)
        except (ValueError, RecursionError) as fault:
            yield f"document {number}: {fault}"
            continue
        if not isinstance(found, dict):
            continue
        if not header:
            header = found
            if "test_keys" not in found:
                continue
        yield json.dumps(_entry(header, found)).encode()


def _documents(stream: IO[bytes], limit: int) -> Iterator[bytes | str]:
    """The text between lines of three dashes or dots."""
    held: list[bytes] = []
    size = 0
    for line in iter(lambda: stream.readline(limit + 1), b""):
        if line.rstrip() in {b"---", b"..."}:
            if held:
                yield b"".join(held)
            held, size = [], 0
            continue
        size += len(line)
        if size > limit:
            yield f"a document longer than {limit:,} bytes; what follows it was not read"
            return
        held.append(line)
    if held:
        yield b"".join(held)


def _loaded(text: bytes) -> Any:
    with needs("network"):
        import yaml
    try:
        found = yaml.load(text, Loader=_loader())  # noqa: S506 - a safe loader, see there
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise ValueError(f"not YAML: {str(fault)[:100]}") from None
    return _plain(found, [_MOST_VALUES])


def _loader() -> Any:
    """PyYAML's safe loader, which also takes what Python 2 wrote of its own texts and tuples."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    loader = type("Loader", (base,), {})

    def own(made: Any, suffix: str, node: Any) -> Any:
        del suffix
        if isinstance(node, yaml.ScalarNode):
            return made.construct_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return made.construct_sequence(node, deep=True)
        return made.construct_mapping(node, deep=True)

    plain: Any = loader
    plain.add_multi_constructor("tag:yaml.org,2002:python/", own)
    return plain


def _plain(value: Any, left: list[int]) -> Any:
    """What JSON can say. Aliases are followed, to a bound."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError("its aliases stand for more than can be read")
    if isinstance(value, dict):
        return {str(k): _plain(v, left) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(one, left) for one in value]
    if isinstance(value, bytes):
        return {"format": "base64", "data": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else value


def _entry(header: Keys, found: Keys) -> Keys:
    """One entry with its header, in the later form."""
    inner = found.pop("report", None)
    found = {**found, **inner} if isinstance(inner, dict) else found
    head = {k: v for k, v in {**header, **found}.items() if k in _HEAD}
    keys = found.get("test_keys")
    if not isinstance(keys, dict):
        keys = {k: v for k, v in found.items() if k not in _HEAD}
    name = str(head.get("test_name", "")).strip().lower().replace(" ", "_")
    started = head.get("measurement_start_time") or head.get("test_start_time")
    head |= {
        "test_name": _NAMES.get(name, name),
        "measurement_start_time": _time(started or head.get("start_time")),
        "test_keys": _steps(keys),
    }
    return head


def _time(value: Any) -> str | None:
    """Seconds since 1970, or a time that is written already."""
    if isinstance(value, int | float) and 0 <= value < 1 << 33:
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return value if isinstance(value, str) else None


def _steps(keys: Keys) -> Keys:
    """Requests and questions as later tests write them."""
    for row in _dicts(keys.get("requests")):
        asked = row.get("request")
        if isinstance(asked, dict) and isinstance(asked.get("tor"), bool):
            asked["tor"] = {"is_tor": asked["tor"]}
        answered = row.get("response")
        if isinstance(answered, dict) and isinstance(answered.get("headers"), list):
            answered["headers"] = {
                str(pair[0]): pair[1]
                for pair in answered["headers"]
                if isinstance(pair, list) and len(pair) > 1
            }
    for row in _dicts(keys.get("queries")):
        if "query" in row:
            _question(row)
    return keys


def _question(row: Keys) -> None:
    """A question and its answers out of the texts that Twisted prints for them."""
    named = _QUERY.search(str(row.pop("query")))
    row["hostname"] = named[1] if named else None
    where = row.pop("resolver", None)
    if isinstance(where, list) and where:
        row["resolver_hostname"] = str(where[0])
    answers = []
    held = row.get("answers")
    for answer in held if isinstance(held, list) else []:
        text = " ".join(map(str, answer)) if isinstance(answer, list) else str(answer)
        kind, address, alias = _TYPE.search(text), _ADDRESS.search(text), _NAMED.search(text)
        if kind and kind[1] == "A" and address:
            answers.append({"answer_type": "A", "ipv4": address[1]})
        elif kind and kind[1] == "CNAME" and alias:
            answers.append({"answer_type": "CNAME", "hostname": alias[1]})
    row["answers"] = answers
    if not answers and not row.get("failure"):
        row["failure"] = "no_answer"


def _dicts(value: Any) -> list[Keys]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
