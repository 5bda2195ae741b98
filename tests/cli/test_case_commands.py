"""Commands on cases and the catalogue, as people and programs see them."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.probes import Probes
from typer.testing import Result

from gatewatch.cli.case_lines import LINE

Run = Callable[..., Result]


@pytest.fixture
def page(gatewatch: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """As a person sees it."""
    monkeypatch.setenv("GATEWATCH_PAGE", "1")
    monkeypatch.setenv("COLUMNS", "100")
    return gatewatch


def test_a_case_reads_like_a_page(page: Run) -> None:
    """Headline, lanes in their order, steps with numbers, what is disputed, sources."""
    told = page("case", "wechat", "RU", "--valid-at", "2017-05-08").stdout
    lines = told.splitlines()
    assert lines[0].startswith("WeChat in Russia")
    assert "微信" in lines[0]
    assert "■ listed, ● restricted by what was said" in lines[1]
    lanes = ["Obligations", "Claims", "Listings", "Network", "Reports"]
    places = [
        next(n for n, line in enumerate(lines) if line.startswith(f"  {lane}")) for lane in lanes
    ]
    assert places == sorted(places)
    assert "▲ valid at" in told
    assert "149-FZ art. 15.4 (by 97-FZ" in told
    assert "≠  TASS" in told or "≠  VPN Compare" in told
    cited = [line for line in lines if "hxxp" in line or "http" in line]
    assert cited
    assert "hxxp" not in told


def test_a_screen_reader_gets_no_picture(page: Run) -> None:
    assert "▲" not in page("case", "wechat", "RU", "--no-picture").stdout


def test_disagreements_name_who_says_what(page: Run) -> None:
    told = page("case", "wechat", "RU", "--disagree").stdout
    for name in ("Droid Report", "Rappler", "TechNode", "politics", "2015"):
        assert name in told


def test_each_long_case_fits_its_lanes_into_the_page(page: Run) -> None:
    for words in (("telegram", "RU"), ("twitter", "CN"), ("facebook", "NP"), ("snapchat", "CN")):
        told = page("case", *words, "--valid-at", "2026-03-01").stdout
        lanes = told[: told.index("\n   1  ")]
        assert all(len(line) <= 104 for line in lanes.splitlines()), lanes


def test_no_record_says_so_and_gives_exit_code_3(page: Run) -> None:
    done = page("case", "threema", "BR")
    assert done.exit_code == 3
    assert "no word on whether access is free" in done.stdout


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("case", "wechatt", "RU"), "close are wechat"),
        (("case", "wechat", "Russia"), "write its two letters"),
        (("case", "wechat", "RU", "--plot", "x.gif"), ".svg, .png or .html"),
        (("rule", "243-FZ"), "no rule"),
        (("case", "wechat", "RU", "--as-of", "May"), "not a time"),
    ],
)
def test_wrong_words_get_a_hint(words: tuple[str, ...], hint: str, gatewatch: Run) -> None:
    done = gatewatch(*words)
    assert done.exception is not None
    assert hint in str(done.exception)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (("--state", "lifted"), {"wechat RU", "steam ID", "wikipedia TR"}),
        (("--rule", "149-FZ art. 15.4"), {"wechat RU", "line RU", "imo RU"}),
        (("--authority", "kominfo"), {"steam ID", "yahoo ID"}),
        (("--year", "2009"), {"twitter CN", "facebook CN", "youtube CN"}),
        (("-j", "TR"), {"wikipedia TR", "instagram TR"}),
    ],
)
def test_cases_are_filtered(options: tuple[str, ...], wanted: set[str], gatewatch: Run) -> None:
    whole = json.loads(gatewatch("cases", "--format", "json").stdout)
    found = json.loads(gatewatch("cases", *options, "--format", "json").stdout)
    named = {f"{row['service']} {row['jurisdiction']}" for row in found}
    assert wanted <= named
    assert len(found) < len(whole)


@pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
@pytest.mark.parametrize(
    "words",
    [
        ("case", "wechat", "RU"),
        ("cases",),
        ("contradictions",),
        ("service",),
        ("service", "wechat"),
        ("rule",),
        ("rule", "242-FZ"),
        ("claims", "--service", "wechat"),
        ("obligations", "wechat"),
        ("catalogue", "check"),
        ("episodes",),
        ("episodes", "--silence"),
        ("reconcile", "-j", "RU"),
        ("compare", "RU", "CN"),
        ("compare",),
    ],
)
def test_every_answer_comes_in_every_form(
    words: tuple[str, ...], form: str, gatewatch: Run
) -> None:
    done = gatewatch(*words, "--format", form)
    assert done.exit_code == 0, done.output
    if form == "csv":
        rows = list(csv.reader(io.StringIO(done.stdout)))
        assert len({len(row) for row in rows}) <= 1
    else:
        for text in [done.stdout] if form == "json" else done.stdout.splitlines():
            json.loads(text)


@pytest.mark.parametrize(
    "words", [("cases",), ("contradictions",), ("service",), ("rule",), ("claims",)]
)
def test_a_page_and_a_pipe_of_each_list(
    words: tuple[str, ...], page: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page(*words).stdout.strip()
    monkeypatch.delenv("GATEWATCH_PAGE")
    assert "\t" in page(*words).stdout


@pytest.mark.parametrize(
    ("words", "rows_of"),
    [(("cases",), lambda told: told), (("service", "wechat"), lambda told: told[0]["cases"])],
)
def test_a_case_in_a_pipe_has_the_columns_that_are_named(
    words: tuple[str, ...], rows_of: Callable[..., Any], page: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their order, and every column of a row is among them."""
    rows = rows_of(json.loads(page(*words, "--format", "json").stdout))
    monkeypatch.delenv("GATEWATCH_PAGE")
    lines = page(*words).stdout.splitlines()
    assert set(LINE) == set(rows[0])
    places = {name: n for n, name in enumerate(LINE)}
    for line, row in zip(lines, rows, strict=True):
        cells = line.split("\t")
        assert len(cells) == len(LINE)
        for name in ("service", "jurisdiction", "state", "last_known", "paper", "agreement"):
            assert cells[places[name]] == (row[name] or "")
        assert cells[places["current"]] == str(row["current"])


def test_every_service_rule_and_claim_has_a_page(page: Run) -> None:
    from gatewatch.catalogue import facts

    held = facts.load()
    for name, one in held.services.items():
        assert one.name in page("service", name).stdout
    for name, rule in held.instruments.items():
        assert rule.name in page("rule", name).stdout
    told = page("claims").stdout
    assert all(f"  {name}   " in told for name in held.claims)


def test_contradictions_of_the_two_articles_stand_side_by_side(gatewatch: Run) -> None:
    found = json.loads(gatewatch("contradictions", "wechat", "-j", "RU", "--format", "json").stdout)
    years = next(c for c in found if c["about"] == "law_year")
    assert {"2014", "2015"} <= {p["value"] for p in years["positions"]}
    reasons = next(c for c in found if c["about"] == "reason")
    assert {"contact_details", "data_localisation"} <= {p["value"] for p in reasons["positions"]}


def test_obligations_tell_what_shows_that_a_duty_was_met(gatewatch: Run) -> None:
    rows = json.loads(gatewatch("obligations", "wechat", "--format", "json").stdout)
    duty = next(r for r in rows if r["rule"] == "ru-149fz-10.1")
    assert duty["met"] is True
    assert "registered 2017-05-10" in duty["evidence"]
    assert next(r for r in rows if r["rule"] == "ru-242fz")["met"] is False


def test_a_case_shows_what_the_ledger_holds(gatewatch: Run) -> None:
    """A register's own entry bears out the step that claims tell of, with its bracket."""
    found = json.loads(gatewatch("case", "wechat", "RU", "--format", "json").stdout)
    assert not any(s["by"] for s in found["steps"])
    came, went = (s for s in found["steps"] if s["listings"])
    assert (came["action"], went["action"]) == ("listed", "delisted")
    (held,) = came["listings"]
    assert held["selector"] == "wechat[.]com"
    assert held["came"]["not_after"].startswith("2017-05-04")
    later = gatewatch("case", "wechat", "RU", "--as-of", "2017-05-03", "--format", "json")
    assert not any(s["listings"] for s in json.loads(later.stdout)["steps"])


def test_a_case_counts_what_probes_saw(
    gatewatch: Run, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verdicts by state and over how many networks; none of them makes a state by itself."""
    (tmp_path / "own" / "facts").mkdir(parents=True)
    (tmp_path / "own" / "facts" / "own.toml").write_text(
        '[[service]]\nid = "own"\nname = "Own"\nkind = "social"\ncategory = "GRP"\n'
        'domains = ["www.example.com"]\nsources = ["made"]\n'
    )
    monkeypatch.setenv("GATEWATCH_CATALOGUE", str(tmp_path / "own"))
    gatewatch("ingest", "ooni", str(shared / "ooni" / "qa"), "--quiet", "--processes", "1")
    found = json.loads(gatewatch("case", "own", "IT", "--format", "json").stdout)
    assert found["network"]["state"] == "insufficient"  # measured in 2024, and not now
    assert found["network"]["counts"]["blocked"] > 0
    assert found["network"]["networks"] == 1
    assert found["state"] == "unknown"


def test_a_case_tells_whether_the_network_agrees(
    gatewatch: Run, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeChat's host, blocked on three networks from the 5th to the 11th: the lane and the
    agreement."""
    start = int(datetime(2017, 4, 10, tzinfo=UTC).timestamp() // 3600)
    blocked = range(start + 25 * 24, start + 31 * 24)
    rows = [
        ("wechat.com", net, hour, hour in blocked)
        for hour in range(start, start + 45 * 24, 8)
        for net in (10, 20, 30)
    ]
    file = Probes(shared).write(tmp_path / "made.jsonl", rows)
    gatewatch("ingest", "ooni", str(file), "--quiet", "--processes", "1")
    on, after = (
        json.loads(gatewatch("case", "wechat", "RU", "--valid-at", day, "--format", "json").stdout)
        for day in ("2017-05-08", "2017-05-14")
    )
    assert (on["network"]["state"], on["agreement"]) == ("blocked", "listed_blocked")
    assert on["network"]["why"].startswith("3 of 3 networks since [2017-05-0")
    assert (after["network"]["state"], after["agreement"]) == ("reachable", "delisted_reachable")
    (episode,) = json.loads(gatewatch("episodes", "wechat", "--format", "json").stdout)
    assert episode["onset_earliest"] <= "2017-05-05T00:00:00Z" <= episode["onset_latest"]
    assert episode["mechanisms"] == ["tcp.timeout"]
    told = gatewatch(
        "reconcile", "wechat.com", "-j", "RU", "--valid-at", "2017-05-08", "--format", "json"
    )
    (row,) = json.loads(told.stdout)
    assert row["state"] == "listed_blocked"
    monkeypatch.setenv("GATEWATCH_PAGE", "1")
    assert "3 of 3 networks" in gatewatch("episodes").stdout
    assert (
        "listed and blocked"
        in gatewatch("reconcile", "-j", "RU", "--valid-at", "2017-05-08").stdout
    )
