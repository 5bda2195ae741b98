"""From where it is measured, and by what: what stands at the head of every measurement."""

import platform
import re
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex

import msgspec

from gatewatch.errors import UsageError
from gatewatch.model.ranges import parsed
from gatewatch.probe.networks import NetworkTable
from gatewatch.probe.trace import Row
from gatewatch.sources.measurements.ooni import scrub

NAME = "gatewatch"
_RESOLVERS = Path("/etc/resolv.conf")
_SERVER = re.compile(r"^\s*nameserver\s+(\S+)", re.MULTILINE)
NO_ADDRESS = "127.0.0.1"
"""What the format has in the place of the probe's own address."""


class ProbeSession(msgspec.Struct, frozen=True, kw_only=True):
    """The probe's country and network as its user named them, and the system's resolver."""

    version: str
    country: str = "ZZ"
    asn: int = 0
    resolver: str = ""
    resolver_asn: int = 0
    addresses: tuple[str, ...] = ()
    """This machine's own addresses, as far as they are known: they are taken out of everything."""


def begun(
    version: str, *, country: str, asn: int, networks: NetworkTable, addresses: tuple[str, ...] = ()
) -> ProbeSession:
    """A session of this machine, its resolver read from its own settings."""
    resolver = _resolver()
    return ProbeSession(
        version=version,
        country=country,
        asn=asn,
        resolver=resolver,
        resolver_asn=networks.asn(resolver) if resolver else 0,
        addresses=addresses,
    )


def own_addresses(given: Iterable[str]) -> tuple[str, ...]:
    """This machine's addresses as they were named: one that is mistyped would be taken out of
    nothing."""
    for text in given:
        if parsed(text) is None:
            raise UsageError(f"--own-address {text!r} is no address, as 192.0.2.7 or 2001:db8::7")
    return tuple(given)


def _resolver() -> str:
    """The address of the first resolver that the system is told of; empty where none is known."""
    try:
        found = _SERVER.findall(_RESOLVERS.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    return next((one for one in found if parsed(one) is not None), "")


def measured(
    session: ProbeSession,
    *,
    test: str,
    version: str,
    named: str | None,
    began: str,
    seconds: float,
    keys: Row,
    own: set[str],
    helper: str = "",
) -> bytes:
    """One measurement as a line of JSON in OONI's data format (df-000), in which nothing equals an
    address of this machine. `began` is UTC, `YYYY-MM-DD HH:MM:SS`; `named` the input."""
    row: Row = {
        "annotations": {
            "engine_name": NAME,
            "engine_version": session.version,
            "platform": platform.system().lower(),
        },
        "data_format_version": "0.2.0",
        "id": token_hex(16),
        "input": named,
        "input_hashes": [],
        "measurement_start_time": began,
        "options": [],
        "probe_asn": f"AS{session.asn}",
        "probe_cc": session.country,
        "probe_city": None,
        "probe_ip": NO_ADDRESS,
        "probe_network_name": "",
        "report_id": "",
        "resolver_asn": f"AS{session.resolver_asn}",
        "resolver_ip": session.resolver,
        "resolver_network_name": "",
        "software_name": NAME,
        "software_version": session.version,
        "test_helpers": {"backend": {"address": helper, "type": "https"}} if helper else {},
        "test_keys": keys,
        "test_name": test,
        "test_runtime": round(seconds, 6),
        "test_start_time": began,
        "test_version": version,
    }
    line = msgspec.json.encode(row)
    for address in sorted({*own, *session.addresses}):
        known = parsed(address)
        if known is not None and not known.is_loopback and not known.is_unspecified:
            line = scrub(line, address)
    return line
