"""What docs say of where verdicts on real measurements differ from OONI's is all there is."""

import csv
import json
import re
from pathlib import Path
from typing import Any

from gatewatch.analysis.network.tools import judge
from gatewatch.sources.measurements.ooni import decode

_PAGE = Path(__file__).parents[1] / "docs" / "measurements.md"
_BLOCKS = {"blocked", "likely_blocked", "impaired"}
_WORDS = {
    "blocking": (("dns", "tcp_ip", "http-failure", "http-diff"), (False, "false")),
    "telegram_web_status": (("blocked",), ("ok",)),
    "registration_server_status": (("blocked",), ("ok",)),
    "whatsapp_endpoints_status": (("blocked",), ("ok",)),
    "signal_backend_status": (("blocked",), ("ok",)),
    "facebook_dns_blocking": ((True,), (False,)),
    "facebook_tcp_blocking": ((True,), (False,)),
    "api_status": (("blocked",), ("ok",)),
    "success": ((False,), (True,)),
    "result": (("error",), ("ok",)),
    "tampering": ((True,), (False,)),
}
"""Short results of tests: what they hold for a restriction, and for none."""


def told(keys: Any) -> bool | None:
    """A test's own word: whether something was restricted; None where it has none."""
    if not isinstance(keys, dict):
        return None
    given = [
        value in bad
        for name, (bad, good) in _WORDS.items()
        if isinstance(value := keys.get(name), str | bool) and value in (*bad, *good)
    ]
    return any(given) if given else None


def differs(line: bytes) -> bool:
    """Whether a verdict says otherwise than the test that it judges."""
    word = told(json.loads(line).get("test_keys"))
    found = judge(decode(line))
    if word is None:
        return False
    block = found.state in _BLOCKS or bool(found.interference)
    return block is not word or (found.state not in _BLOCKS | {"ok"})


def test_every_difference_is_explained(shared: Path) -> None:
    """Each row of the page's two tables is a real measurement that is judged as it says, and no
    other differs from its test's own word or from OONI's flag."""
    page = _PAGE.read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (\w+), (\w\w), (?:[^|]*?)([\d-]{10}|of the specification) \| [^|]+ \| (\w+)",
        page,
        re.MULTILINE,
    )
    explained = {
        (test, cc, day if day[0].isdigit() else ""): state for test, cc, day, state in rows
    }
    found: dict[tuple[str, str, str], str] = {}
    ooni = shared / "ooni"
    with (ooni / "raw_manifest.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            line = (ooni / "raw" / row["file"]).read_bytes()
            state = judge(decode(line)).state
            flagged = row["ooni_anomaly"]
            against = flagged and (state in _BLOCKS) is not (flagged == "True")
            if row["test_name"] in {"ndt", "dash"} or not (against or differs(line)):
                continue
            day = row["measurement_start_time"][:10]
            found[row["test_name"], row["probe_cc"], day] = state
    assert found == explained
