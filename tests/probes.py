"""Measurements made from two labelled scenarios: of any host, network and hour, blocked or not."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

_BLOCKED, _FREE = "tcpBlockingConnectTimeout", "successWithHTTPS"
_ADDRESS = "93.184.216.34"
"""Of the host in both scenarios."""


class Probes:
    """Lines in OONI's format."""

    def __init__(self, shared: Path) -> None:
        folder = shared / "ooni" / "qa"
        self._texts = {
            True: (folder / f"{_BLOCKED}.json").read_text(encoding="utf-8"),
            False: (folder / f"{_FREE}.json").read_text(encoding="utf-8"),
        }
        self._number = 0

    def line(
        self,
        host: str,
        network: int,
        hour: int,
        *,
        blocked: bool,
        code: str = "RU",
        address: str = _ADDRESS,
    ) -> bytes:
        """One measurement at an hour since 1970."""
        self._number += 1
        text = self._texts[blocked].replace("www.example.com", host).replace(_ADDRESS, address)
        whole = json.loads(text)
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        whole |= {
            "measurement_uid": f"{when:%Y%m%d%H%M%S}.{self._number:06}_{code}",
            "measurement_start_time": f"{when:%Y-%m-%d %H:%M:%S}",
            "probe_cc": code,
            "probe_asn": f"AS{network}",
            "input": f"https://{host}/",
        }
        return json.dumps(whole).encode()

    def write(self, file: Path, rows: Iterable[tuple[str, int, int, bool]]) -> Path:
        """Host, network, hour, blocked: a line each."""
        file.write_bytes(b"\n".join(self.line(h, n, t, blocked=b) for h, n, t, b in rows))
        return file
