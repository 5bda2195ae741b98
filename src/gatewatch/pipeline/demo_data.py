"""Measurements and reports made for the demo, so that each lane of spring 2017 holds something.

Nobody measured these. They say so: the networks are those that RFC 5398 keeps for documentation
(AS64496 to AS64511), and the software calls itself `gatewatch-demo`. Every face marks what rests on
them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from gatewatch.ledger import reports as ledger_reports
from gatewatch.ledger.store import Store
from gatewatch.model.report import Report, What

_NETWORKS = (64496, 64497, 64498, 64499)
_FIRST, _LAST = datetime(2017, 4, 10, tzinfo=UTC), datetime(2017, 5, 14, tzinfo=UTC)
_EVERY = timedelta(hours=8)
_ADDRESS = "93.184.216.34"
_PAGE = "<html><head><title>A page of the demo</title></head><body>It opens.</body></html>"


class Course(msgspec.Struct, frozen=True):
    """What the made probes meet at one host: a block from one hour to another, or none."""

    host: str
    begins: datetime | None = None
    ends: datetime | None = None

    def blocked(self, when: datetime) -> bool:
        """Whether the handshake is reset at that time."""
        return (
            self.begins is not None
            and self.begins <= when
            and (self.ends is None or when < self.ends)
        )


COURSES = (
    # Blocked hours after it was listed, and still for two days after it was taken off.
    Course("wechat.com", datetime(2017, 5, 5, 2, tzinfo=UTC), datetime(2017, 5, 13, tzinfo=UTC)),
    Course("line.me", datetime(2017, 5, 2, 20, tzinfo=UTC)),
    Course("imo.im"),  # listed, and reachable all the same
    Course("unlisted.example", datetime(2017, 5, 1, tzinfo=UTC)),  # blocked, and on no list
    Course("open.example"),
)
_REPORTED = {-4: 1, -3: 1, -2: 2, 0: 9, 1: 31, 2: 14, 5: 6, 7: 1}
"""Distinct reporters of WeChat by day, counted from 5 May 2017."""
_REPORTS_FROM = datetime(2017, 5, 5, 9, tzinfo=UTC)


def measurements() -> Iterator[bytes]:
    """A line of OONI's format for each host, network and turn."""
    turns = int((_LAST - _FIRST) / _EVERY)
    number = 0
    for turn in range(turns):
        for place, network in enumerate(_NETWORKS):
            when = _FIRST + turn * _EVERY + timedelta(minutes=7 * place)
            for course in COURSES:
                number += 1
                yield _line(course, network, when, number)


def write(file: Path) -> Path:
    """All of them into a file, as `gatewatch ingest ooni` reads it."""
    file.write_bytes(b"\n".join(measurements()))
    return file


def _line(course: Course, network: int, when: datetime, number: int) -> bytes:
    blocked, host = course.blocked(when), course.host
    at = f"{_ADDRESS}:443"
    return json.dumps(
        {
            "data_format_version": "0.2.0",
            "measurement_uid": f"{when:%Y%m%d%H%M%S}.{number:06}_RU_webconnectivity_demo",
            "report_id": "made-for-the-gatewatch-demo",
            "test_name": "web_connectivity",
            "test_version": "0.5.28",
            "software_name": "gatewatch-demo",
            "software_version": "1",
            "annotations": {"made": "nobody measured this"},
            "input": f"https://{host}/",
            "probe_cc": "RU",
            "probe_asn": f"AS{network}",
            "probe_ip": "127.0.0.1",
            "measurement_start_time": f"{when:%Y-%m-%d %H:%M:%S}",
            "test_start_time": f"{when:%Y-%m-%d %H:%M:%S}",
            "test_keys": {
                "queries": [_query(host)],
                "tcp_connect": [
                    {
                        "ip": _ADDRESS,
                        "port": 443,
                        "status": {"failure": None, "success": True},
                        "t": 0.1,
                        "transaction_id": 1,
                    }
                ],
                "tls_handshakes": [_handshake(host, at, blocked=blocked)],
                "requests": [] if blocked else [_request(host, at)],
                "control": _control(host, at),
                "control_failure": None,
            },
        }
    ).encode()


def _query(host: str) -> dict[str, Any]:
    return {
        "engine": "getaddrinfo",
        "failure": None,
        "hostname": host,
        "query_type": "A",
        "answers": [{"answer_type": "A", "ipv4": _ADDRESS}],
        "t": 0.05,
        "transaction_id": 1,
    }


def _handshake(host: str, at: str, *, blocked: bool) -> dict[str, Any]:
    return {
        "network": "tcp",
        "address": at,
        "server_name": host,
        "failure": "connection_reset" if blocked else None,
        "no_tls_verify": False,
        "tls_version": "" if blocked else "TLSv1.3",
        "t": 0.2,
        "transaction_id": 1,
    }


def _request(host: str, at: str) -> dict[str, Any]:
    return {
        "network": "tcp",
        "address": at,
        "failure": None,
        "request": {"method": "GET", "url": f"https://{host}/", "headers": {"Host": host}},
        "response": {
            "code": 200,
            "body": _PAGE,
            "body_is_truncated": False,
            "headers": {"Content-Type": "text/html"},
        },
        "t": 0.4,
        "transaction_id": 1,
    }


def _control(host: str, at: str) -> dict[str, Any]:
    return {
        "dns": {"failure": None, "addrs": [_ADDRESS]},
        "tcp_connect": {at: {"status": True, "failure": None}},
        "tls_handshake": {at: {"server_name": host, "status": True, "failure": None}},
        "http_request": {
            "failure": None,
            "status_code": 200,
            "body_length": len(_PAGE),
            "title": "A page of the demo",
            "headers": {"Content-Type": "text/html"},
        },
    }


def reports() -> list[Report]:
    """Reports of WeChat in Russia, as many people as `_REPORTED` says each day."""
    return [
        Report(
            id=f"made-{day:+d}-{one}",
            service="wechat",
            jurisdiction="RU",
            network=_NETWORKS[one % len(_NETWORKS)],
            what=What.CANNOT_OPEN,
            received_at=_REPORTS_FROM + timedelta(days=day, hours=one % 3),
            reporter=f"made-{day:+d}-{one}",
        )
        for day, number in _REPORTED.items()
        for one in range(number)
    ]


def report(location: str) -> int:
    """Bring the made reports into a ledger; how many it did not hold before."""
    return ledger_reports.add(Store(location), "made", list(enumerate(reports(), 1)))
