"""Logs: a JSON line for each request, which names nobody unless the operator wants it."""

import json
import logging
import math
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.site.served import ask, serve

from gatewatch.site import logs
from gatewatch.site.logs import JsonLines


def lines(file: Path) -> list[dict[str, object]]:
    """Every line of a log."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_each_request_has_its_line_and_names_nobody(demo_ledger: str, tmp_path: Path) -> None:
    """Method, path, status, bytes and time; neither the query nor the client. And two workers
    answer: who asks both, each time on another connection, has the stated allowance once."""
    log = tmp_path / "access.jsonl"
    words = ("--access-log", str(log), "--workers", "2", "--rate", "30")
    with serve(demo_ledger, *words, state=tmp_path / "state") as site:
        body = site.get("/api/v1/check?selector=secret.example").content
        site.get("/nothing")
        ask("GET", site.url + "/healthz", headers={"x-forwarded-for": "203.0.113.7"})
        began = time.monotonic()
        statuses = Counter(ask("GET", f"{site.url}/version").status_code for _ in range(60))
        earned = math.ceil((time.monotonic() - began) * 30 / 60) + 1
    assert 28 <= statuses[200] <= 28 + earned
    assert statuses[429] == 60 - statuses[200]
    found = {str(line["path"]): line for line in lines(log)}
    assert found["/api/v1/check"]["status"] == 200
    assert found["/api/v1/check"]["bytes"] == len(body)
    assert found["/nothing"]["status"] == 404
    text = log.read_text(encoding="utf-8")
    assert "secret.example" not in text
    assert "127.0.0.1" not in text
    assert "client" not in text


def test_addresses_are_logged_when_they_are_asked_for(demo_ledger: str, tmp_path: Path) -> None:
    """Behind a proxy it is the client that the proxy names."""
    log = tmp_path / "access.jsonl"
    words = ("--access-log", str(log), "--log-addresses", "--behind-proxy")
    with serve(demo_ledger, *words) as site:
        site.get("/healthz", headers={"x-forwarded-for": "198.51.100.1, 203.0.113.7"})
    assert [line.get("client") for line in lines(log) if line["path"] == "/healthz"][
        -1
    ] == "203.0.113.7"


def test_a_fault_is_one_line_with_its_traceback() -> None:
    """What a log collector reads is a line, however many the traceback has."""
    fault = ValueError("odd")
    seen = (ValueError, fault, fault.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "it failed", None, seen)
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["level"], told["message"]) == ("error", "it failed")
    assert "ValueError: odd" in told["traceback"]


def test_without_a_log_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """No line is made that nobody asked for."""
    logs.access(method="GET", path="/", status=200, sent=1, seconds=0.1, client=None)
    assert capsys.readouterr() == ("", "")
