"""The collector: measurements of probes, kept before they are acknowledged, in the ledger once."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.probe.loopback import QUICK
from tests.site.served import ask, serve

from gatewatch.analysis.network import observe as observing
from gatewatch.errors import LedgerError, UsageError
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.store import Store
from gatewatch.pipeline import collector as collectors
from gatewatch.pipeline import measure, measurements
from gatewatch.pipeline.collector import Collector
from gatewatch.probe.collecting import CollectorClient

HEAD = {
    "data_format_version": "0.2.0",
    "format": "json",
    "probe_asn": "AS30722",
    "probe_cc": "IT",
    "software_name": "mkcollector",
    "software_version": "0.0.1",
    "test_name": "web_connectivity",
    "test_version": "0.0.1",
}
NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
"""When it is submitted: the collector is told the time."""
ADDRESS = "198.51.100.23"


def _content(report: str, number: int = 0) -> dict[str, Any]:
    return {
        **HEAD,
        "annotations": {},
        "id": f"bdd20d7a-{number}",
        "input": f"https://site{number}.example/",
        "measurement_start_time": "2026-11-26 09:59:00",
        "probe_ip": "127.0.0.1",
        "report_id": report,
        "test_keys": {
            "queries": [],
            "requests": [{"response": {"code": 200, "body": f"you are {ADDRESS}"}}],
        },
        "test_start_time": "2026-11-26 09:59:00",
    }


def _body(report: str, number: int = 0) -> bytes:
    return json.dumps({"content": _content(report, number), "format": "json"}).encode()


def _ingest(location: str, file: str) -> None:
    measurements.ingest(location, file, processes=1)


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    location = str(tmp_path / "ledger")
    Store(location).create()
    return location


def _held(location: str) -> list[str]:
    try:
        batches = list(Measurements(Store(location)).all(100))
    except LedgerError:  # none has come yet
        return []
    return sorted(one.measurement.uid for _, observed in batches for one in observed)


def test_what_is_submitted_is_in_the_ledger_once(tmp_path: Path, ledger: str) -> None:
    """Sent again after a lost reply it has the name that it had; folded again, or by a worker that
    died before it could clear its inbox, it is taken once."""
    collector = Collector(tmp_path / "state")
    report = collector.open(json.dumps(HEAD).encode(), NOW)
    first = collector.add(report, _body(report), ADDRESS, NOW)
    assert collector.add(report, _body(report), ADDRESS, NOW + timedelta(minutes=1)) == first
    second = collector.add(report, _body(report, 1), ADDRESS, NOW)
    assert first.startswith("20261126100000.000000_IT_webconnectivity_")

    class DiedError(Exception):
        pass

    def dies(location: str, file: str) -> None:
        _ingest(location, file)
        raise DiedError

    with pytest.raises(DiedError):
        collector.fold(ledger, dies)
    assert collector.fold(ledger, _ingest) == 2
    assert collector.fold(ledger, _ingest) == 0
    assert collector.add(report, _body(report), ADDRESS, NOW) == first
    assert collector.fold(ledger, _ingest) == 0
    assert _held(ledger) == sorted([first, second])
    collector.close(report)
    with pytest.raises(UsageError):
        collector.add(report, _body(report, 2), ADDRESS, NOW)


def test_nobody_is_found_in_what_is_kept(tmp_path: Path, ledger: str) -> None:
    """The address from which it came is taken out before anything is written."""
    collector = Collector(tmp_path / "state")
    report = collector.open(json.dumps(HEAD).encode(), NOW)
    collector.add(report, _body(report), ADDRESS, NOW)
    assert not any(ADDRESS.encode() in file.read_bytes() for file in (tmp_path / "state").iterdir())


REFUSED: dict[str, dict[str, Any]] = {
    "another report": {"report_id": "other"},
    "no country": {"probe_cc": "Italy"},
    "no network": {"probe_asn": "30722"},
    "no test": {"test_name": None},
    "no time": {"measurement_start_time": 5},
    "no keys": {"test_keys": None},
    "no such place": {"probe_cc": ["IT"]},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_measurement_is_refused(name: str, tmp_path: Path) -> None:
    """What df-000 wants and is not there is said, and nothing is kept."""
    collector = Collector(tmp_path / "state")
    report = collector.open(json.dumps(HEAD).encode(), NOW)
    content = _content(report) | REFUSED[name]
    with pytest.raises(UsageError):
        collector.add(report, json.dumps({"content": content}).encode(), "", NOW)
    deep = b'{"content":' * 5_000
    for odd in (b"[]", b"", b'{"content":{"x":"\xff"}}', b'{"content":{"x":"\\ud800"}}', deep):
        with pytest.raises(UsageError):
            collector.add(report, odd, "", NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"probe_cc": "it"}, {"probe_asn": "1"}, {"format": "yaml"}, {"probe_cc": "IT\n"}),
        *({"probe_asn": "AS1\n"}, {"software_name": "x\n"}, {"test_name": "x\n"}),
    ],
)
def test_a_report_is_opened_by_its_form(wrong: dict[str, str], tmp_path: Path) -> None:
    """What bk-003 wants of a head is asked for."""
    with pytest.raises(UsageError):
        Collector(tmp_path / "state").open(json.dumps(HEAD | wrong).encode(), NOW)


TIMES = ("0001-01-01 00:00:00+23:59", "9999-12-31 23:59:59-23:59", "0001-01-01 00:00:00", "2" * 99)


def test_one_odd_row_holds_up_no_other(
    tmp_path: Path, ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time that there is not is unknown; a measurement that no row can be made of is told as
    unreadable; all that came beside it are in the ledger."""
    collector = Collector(tmp_path / "state")
    report = collector.open(json.dumps(HEAD).encode(), NOW)
    for number, told in enumerate((*TIMES, "2026-11-26 09:59:00", "2026-11-26 09:59:00")):
        content = _content(report, number) | {"measurement_start_time": told}
        collector.add(report, json.dumps({"content": content}).encode(), ADDRESS, NOW)
    real = observing.observe

    def observe(measurement: Any, matcher: Any) -> Any:
        if measurement.input == "https://site5.example/":
            raise KeyError("a fault of ours")
        return real(measurement, matcher)

    monkeypatch.setattr(measure, "observe", observe)
    assert collector.fold(ledger, _ingest) == 6
    held = [
        one.measurement for _, observed in Measurements(Store(ledger)).all(100) for one in observed
    ]
    assert len(held) == 6
    assert sorted(bool(one.started_at) for one in held) == [False] * 5 + [True]
    assert [one.readable for one in held].count(False) == 1
    with pytest.raises(UsageError, match="as JSON"):
        collector.add(report, _body(report).replace(b'"json"}', b'"yaml"}'), ADDRESS, NOW)


def test_it_bears_so_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report goes stale after two hours of silence, is full at some number, and of the ledger's
    backlog there is an end."""
    collector = Collector(tmp_path / "state")
    head = json.dumps(HEAD).encode()
    report = collector.open(head, NOW)
    collector.add(report, _body(report), "", NOW + timedelta(minutes=119))
    collector.add(report, _body(report, 1), "", NOW + timedelta(minutes=230))
    with pytest.raises(UsageError, match="open another"):
        collector.add(report, _body(report, 2), "", NOW + timedelta(hours=7))
    monkeypatch.setattr(collectors, "MOST_IN_A_REPORT", 2)
    with pytest.raises(UsageError, match="full"):
        collector.add(report, _body(report, 2), "", NOW + timedelta(minutes=240))
    monkeypatch.setattr(collectors, "MOST_WAITING", 10)
    again = collector.open(head, NOW)
    with pytest.raises(UsageError, match="waiting"):
        collector.add(again, _body(again), "", NOW)
    monkeypatch.setattr(collectors, "MOST_WAITING", 1 << 20)
    monkeypatch.setattr(collectors, "MOST_OPEN", 2)
    newest = collector.open(head, NOW)  # in the place of the one for which nothing came
    with pytest.raises(UsageError, match="no report"):
        collector.close(again)
    collector.add(newest, _body(newest), "", NOW)
    with pytest.raises(UsageError, match="too many reports are open"):
        collector.open(head, NOW)


def test_much_is_handed_on_in_parts(
    tmp_path: Path, ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many bytes at a time, all of them in one go, in their order."""
    collector, parts = Collector(tmp_path / "state"), list[int]()
    report = collector.open(json.dumps(HEAD).encode(), NOW)
    for number in range(5):
        collector.add(report, _body(report, number), "", NOW)
    monkeypatch.setattr(collectors, "_BYTES_AT_ONCE", 1_000)

    def ingest(_: str, file: str) -> None:
        parts.append(Path(file).read_bytes().count(b"\n"))

    assert collector.fold(ledger, ingest) == sum(parts) == 5
    assert len(parts) == 3
    assert collector.fold(ledger, ingest) == 0


def test_a_site_takes_the_documented_sequence(tmp_path: Path, ledger: str) -> None:
    """Open, submit, close over HTTP, as probes know the paths; our own probe's way in too. The page
    on which people report stays where it was."""
    with serve(ledger, "--collect", "--rate", "0", state=tmp_path / "state") as site:
        opened = ask("POST", f"{site.url}/report", json=HEAD)
        assert opened.status_code == 200, opened.text
        told = opened.json()
        assert set(told) == {"backend_version", "report_id", "supported_formats"}
        report = told["report_id"]
        where = f"{site.url}/report/{report}"
        content = {"content": _content(report), "format": "json"}
        added = ask("POST", where, json=content)
        assert added.status_code == 200, added.text
        uid = added.json()["measurement_uid"]
        assert ask("POST", where, json=content).json()["measurement_uid"] == uid
        packed = ask("POST", where, content=b"x", headers={"Content-Encoding": "gzip"})
        assert packed.status_code == 415
        assert ask("POST", f"{where}/close").json() == {"status": "success"}
        late = {"content": _content(report, 5), "format": "json"}
        assert ask("POST", where, json=late).status_code == 400
        assert ask("POST", f"{where}/close").status_code == 400
        assert ask("POST", f"{site.url}/report", json={"probe_cc": "IT"}).status_code == 400
        assert ask("GET", f"{site.url}/report").status_code == 200

        async def submits() -> None:
            client = CollectorClient(site.url, QUICK)
            await client.add(json.dumps(_content("", 9)).encode())
            await client.close()

        asyncio.run(submits())
        until = time.monotonic() + 60
        while len(_held(ledger)) < 2 and time.monotonic() < until:
            time.sleep(0.2)
        assert uid in _held(ledger)
        assert len(_held(ledger)) == 2


def test_many_large_measurements_at_once_take_the_memory_of_one(
    tmp_path: Path, ledger: str
) -> None:
    """Eight of 15 MB each of empty lists, of which each takes half a gigabyte once it is read as
    values, sent at once: a worker takes a few times the size of one."""
    json_sent = {"content-type": "application/json"}
    with serve(ledger, "--collect", "--rate", "0", state=tmp_path / "state") as site:
        report = ask("POST", f"{site.url}/report", json=HEAD).json()["report_id"]

        def took() -> int:
            told = Path(f"/proc/{site.process.pid}/status").read_text(encoding="utf-8")
            return int(next(x for x in told.splitlines() if x.startswith("VmHWM")).split()[1])

        def send(number: int) -> int:
            content = _content(report, number)
            body = json.dumps({"content": content, "format": "json"}).encode()
            empty = b'"test_keys": {"x": [' + b"[]," * (5 << 20) + b"[]], "
            body = body.replace(b'"test_keys": {', empty, 1)
            return ask(
                "POST", f"{site.url}/report/{report}", content=body, headers=json_sent
            ).status_code

        before = took()
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(send, range(8))) == {200}
        assert took() - before < 250_000  # kB


def test_a_site_that_does_not_collect_says_so(tmp_path: Path, ledger: str) -> None:
    """Without --collect nothing is taken."""
    with serve(ledger, state=tmp_path / "state") as site:
        assert ask("POST", f"{site.url}/report", json=HEAD).status_code == 403
