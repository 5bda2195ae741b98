"""Several workers behind a real proxy, with the configuration that the documentation gives."""

import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from tests.needed import program
from tests.site.served import Served, ask, serve

from gatewatch.pipeline.inbox import Inbox
from gatewatch.pipeline.tokens import Tokens
from gatewatch.query import ledger as reading

DOCS = Path(__file__).parents[2] / "docs" / "site.md"
RATE = 40


def _documented(port: int, behind: int) -> str:
    """The block of the page, without TLS and at the ports of this test."""
    (block,) = re.findall(r"```nginx\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    block = block.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    return str(block.replace("127.0.0.1:8451", f"127.0.0.1:{behind}"))


@contextmanager
def proxied(site: Served, folder: Path) -> Iterator[str]:
    """nginx before a site, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    temps = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        # of this user, to whom alone the folder belongs
        f"user {getpass.getuser()}; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/log;\nevents {{}}\n"
        f"http {{ access_log off; {temps}\n{_documented(port, site.port)} }}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [
            program("nginx"),
            "-c",
            str(folder / "nginx.conf"),
            "-p",
            str(folder),
            "-e",
            str(folder / "log"),
        ]
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _children(pid: int) -> list[int]:
    """Workers of the server, without helpers of multiprocessing."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and b"spawn_main" in command:
            found.append(int(stat.parent.name))
    return found


def test_two_workers_behind_nginx_are_one_site(filled: str, tmp_path: Path) -> None:
    """Cursors, tokens and reports hold across workers; a killed worker comes back; links have the
    public name."""
    state, ledger = tmp_path / "state", str(shutil.copytree(filled, tmp_path / "ledger"))
    token = Tokens(state).add("partner", ("reports",))
    words = (
        "--workers",
        "2",
        "--behind-proxy",
        "--allow-host",
        "gatewatch.example",
        "--public-url",
        "https://gatewatch.example",
        "--rate",
        "0",
    )
    with serve(ledger, *words, state=state) as site, proxied(site, tmp_path) as url:
        headers = {"host": "gatewatch.example"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            assert client.get("/").status_code == 200
            assert client.get("/", headers={"host": "other.example"}).status_code == 400
            path, rows = "/api/v1/claims?limit=20", 0
            while path:
                with httpx.Client(base_url=url, headers=headers, timeout=60) as fresh:
                    page = fresh.get(path).json()
                rows += len(page["results"])
                following = page["metadata"]["next_url"]
                assert following is None or following.startswith("https://gatewatch.example/")
                path = following and f"{urlsplit(following).path}?{urlsplit(following).query}"
            assert rows == page["metadata"]["count"]
            first, *_ = workers = _children(site.process.pid)
            assert len(workers) == 2
            os.kill(first, signal.SIGKILL)
            sent = [_report(url, token, number) for number in range(40)]
            assert len(set(sent)) == 40
            for _ in range(100):
                if len(_children(site.process.pid)) == 2:
                    break
                time.sleep(0.1)
            assert len(_children(site.process.pid)) == 2
    assert reading.open(ledger).reports("viber", jurisdiction="RU") == {}, "the day is not over"
    Inbox(state).fold(ledger, datetime.now(UTC) + timedelta(days=1), finished=True)
    held = reading.open(ledger).reports("viber", jurisdiction="RU")
    assert [number for _, number in held["viber", "RU"].days] == [40]


def _report(url: str, token: str, number: int) -> str:
    """Sent until it is acknowledged, with the same key: once in all."""
    body = {"service": "viber", "jurisdiction": "RU", "what": "slow", "reporter": f"r{number}"}
    headers = {
        "host": "gatewatch.example",
        "authorization": f"Bearer {token}",
        "idempotency-key": f"key-{number:08d}",
    }
    for _ in range(50):
        try:
            reply = ask("POST", f"{url}/api/v1/reports", json=body, headers=headers, timeout=30)
        except httpx.HTTPError:
            time.sleep(0.1)
            continue
        if reply.status_code == 201:
            return str(reply.json()["id"])
        assert reply.status_code >= 500, reply.text
        time.sleep(0.1)
    raise AssertionError("never acknowledged")


def test_a_client_cannot_say_that_it_is_somebody_else(filled: str, tmp_path: Path) -> None:
    """The proxy names the client; what a client writes into the same header is replaced, so limits
    hold."""
    words = ("--behind-proxy", "--allow-host", "gatewatch.example", "--rate", str(RATE))
    with (
        serve(filled, *words, state=tmp_path / "state") as site,
        proxied(site, tmp_path) as url,
        httpx.Client(base_url=url, headers={"host": "gatewatch.example"}, timeout=60) as client,
    ):
        replies = [
            client.get("/version", headers={"x-forwarded-for": f"203.0.113.{n}"}).status_code
            for n in range(RATE + 5)
        ]
    assert replies[:RATE] == [200] * RATE
    assert 429 in replies[RATE:]


def test_a_large_measurement_passes_the_proxy(filled: str, tmp_path: Path) -> None:
    """What a site takes of probes its proxy takes too; of what is no submission both take less."""
    state, ledger = tmp_path / "state", str(shutil.copytree(filled, tmp_path / "ledger"))
    words = ("--behind-proxy", "--allow-host", "gatewatch.example", "--collect")
    head = {
        "data_format_version": "0.2.0",
        "format": "json",
        "probe_asn": "AS30722",
        "probe_cc": "IT",
        "software_name": "a probe",
        "software_version": "1.0",
        "test_name": "web_connectivity",
        "test_version": "0.4",
        "test_start_time": "2026-11-26 09:59:00",
    }
    with serve(ledger, *words, state=state) as site, proxied(site, tmp_path) as url:
        headers = {"host": "gatewatch.example"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            report = client.post("/report", json=head).json()["report_id"]
            body = {"response": {"code": 200, "body": "x" * (3 << 20)}}
            measured = {
                **head,
                "report_id": report,
                "annotations": {},
                "input": "https://site.example/",
                "measurement_start_time": "2026-11-26 09:59:00",
                "test_keys": {"queries": [], "requests": [body]},
            }
            taken = client.post(f"/report/{report}", json={"content": measured, "format": "json"})
            assert taken.status_code == 200, taken.text
            assert "measurement_uid" in taken.json()
            refused = client.post("/api/v1/check", content=b"x" * (3 << 20))
            assert refused.status_code == 413
