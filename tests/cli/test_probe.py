"""The probe's command: what it measures, in one round and the next."""

import json
from pathlib import Path

import pytest
from tests.commands import invoked

from gatewatch.cli.commands import probe
from gatewatch.errors import GatewatchError, SourceError, UsageError
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.store import Store
from gatewatch.pipeline.probing import Probing
from gatewatch.probe.inputs import ProbeInput, of_file

REGISTER = """
id = "xx-drawn"
jurisdiction = "XX"
authority = "A board"
title = "A list"
publisher = "A board"
licence = "MIT"
format = "declared"
time_zone = "UTC"
cadence = "1d"
silence = "9d"
[expectations]
minimum_entries = 0
largest_drop = 1.0
[declared]
layout = "table"
delimiter = ","
[declared.columns]
ip = "ip"
site = "host"
why = "ground"
"""
WORDS = ("--i-understand", "--quiet", "--resolver", "none", "--rate", "0", "--apart", "0")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def test_a_sample_is_drawn_by_chance_of_all_hosts_that_are_listed(place: Path) -> None:
    """Names, masks without their star, and addresses as URLs have them; another sample each time,
    and none of a ground that is left out. A register that lists no other says so."""
    hosts = ["[2001:3::9]", "192.31.196.9", "masked.example", *(f"h{n}.example" for n in range(40))]
    rows = [
        "192.31.196.9,,fraud",
        "2001:3::9,,fraud",
        ",*.masked.example,fraud",
        ",kids.example,abuse",
    ]
    rows += [f",{one},fraud" for one in hosts[3:]]
    (place / "xx-drawn.toml").write_text(REGISTER, encoding="utf-8")
    (place / "2026-01-01.csv").write_text("\n".join(["ip,site,why", *rows]), encoding="utf-8")
    done = invoked(["ingest", "xx-drawn.toml", "2026-01-01.csv", "--ledger", "ledger", "--quiet"])
    assert done.exit_code == 0, done.output
    assert sorted(probe._sampled("xx-drawn", 100, "ledger", ["ABUSE"])) == sorted(hosts)
    drawn = [frozenset(probe._sampled("xx-drawn", 5, "ledger", ["abuse"])) for _ in range(4)]
    with pytest.raises(UsageError, match="lists no host now"):
        probe._sampled("xx-drawn", 5, "ledger", ["abuse", "Fraud"])
    assert [len(one) for one in drawn] == [5] * 4
    assert len(set(drawn)) > 1  # all alike: once in 962,598 to the third


def test_each_round_reads_and_draws_anew(place: Path) -> None:
    """A schedule measures what its lists hold by then, not what they held in the first round. Where
    one cannot be read any more the round measures what the last one did, and says so."""
    listed, out = place / "urls.txt", place / "out.jsonl"
    words = ["probe", "--list", "urls.txt", *WORDS, "--every", "1h", "--out", "out.jsonl"]
    assert isinstance(invoked([*words, "--rounds", "1"]).exception, SourceError)
    listed.write_text("127.0.0.1\n", encoding="utf-8")
    turns = iter(["127.0.0.2\n", "no host\n"])
    wait = lambda *_: listed.write_text(next(turns), encoding="utf-8")  # noqa: E731
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Probing, "wait", wait)
        done = invoked([*words, "--rounds", "3"])
    assert done.exit_code == 0, done.output
    # Nobody listens there on the port of https: each is refused at once.
    inputs = [json.loads(line)["input"] for line in out.read_bytes().splitlines()]
    assert inputs == [f"https://127.0.0.{n}/" for n in (1, 2, 2)]
    assert "This round measures what the last one did" in done.output


WRONG = (
    *("--every 0m", "--every -1h", "--every 99999999999h", "--quiet-hours 5-5"),
    *("--quiet-hours 25-3", "--timeout nan", "--rate nan", "--apart inf", "--own-address 192.0.2"),
    *("--language fr", "--collector ftp://x", "--collector http://x:99999", "--collector http://["),
    *("--control x", "--control http://[", "--control http://x:0", "--resolver udp://["),
    *("--control http://a..b/", "--control http://u:p@h.example/", "--control http://[::1/"),
    *("--collector http://a..b/", "--collector http://u@h.example/", "--own-address 10.0.0.2/32"),
    *("--method none --method sni", "--resolver udp://[::1", "--resolver udp://1.1.1.1:99999"),
    *("--resolver udp://1.1.1.1:0", "--networks binary", "--list binary", "--list long.csv"),
)


@pytest.mark.parametrize("words", WRONG)
def test_what_cannot_be_meant_is_refused_before_anything_is_measured(
    words: str, place: Path
) -> None:
    """Each mistake is told in a sentence, and no consent is taken for it."""
    (place / "binary").write_bytes(b"network,asn\n\xff\xfe\x00,1\n")
    (place / "long.csv").write_text(f"url\n{'x' * (1 << 18)}\n", encoding="utf-8")
    done = invoked(["probe", "127.0.0.1", "--i-understand", *words.split()])
    told = isinstance(done.exception, GatewatchError) or "Invalid value" in done.output
    assert told, (done.output, done.exception)
    assert not list(place.rglob("probe-consent"))


def test_a_test_list_is_read_whatever_its_columns_are_called(place: Path) -> None:
    """As spreadsheets write them: with capitals, blanks and a mark at the beginning."""
    (place / "l.csv").write_text("\ufeffURL, Category_Code\nhttps://a.example/, NEWS\n", "utf-8")
    assert of_file(place / "l.csv") == [ProbeInput("https://a.example/", "NEWS")]


@pytest.mark.parametrize("words", [["--record"], ["--out", "m.jsonl"], []])
def test_an_outage_of_a_collector_loses_no_measurement(words: list[str], place: Path) -> None:
    """It is recorded, kept and told; a schedule goes on; the next run submits it."""
    given = ["--collector", "http://127.0.0.1:1", "--every", "1h", "--rounds", "2"]
    Store(str(place / "ledger")).create()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Probing, "wait", lambda *_: None)
        done = invoked(
            ["probe", "http://127.0.0.2:1/", *WORDS, *given, "--ledger", "ledger", *words]
        )
    assert isinstance(done.exception, SourceError)
    assert "Not submitted: 2 measurements" in str(done.exception)
    assert "waiting for the collector" in done.output
    (file,) = place.glob("*.jsonl")
    assert len(file.read_bytes().splitlines()) == 2
    assert file.with_name(f"{file.name}.unsent").read_bytes().count(b"+") == 2
    assert "Nothing was kept" not in done.output
    if words == ["--record"]:
        held = [len(observed) for _, observed in Measurements(Store(str(place / "ledger"))).all(9)]
        assert sum(held) == 2
