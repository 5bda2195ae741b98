"""The commands as people and programs meet them."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.conftest import DEMO

from gatewatch.errors import LedgerError, UsageError

ESCAPE = "\x1b"


def test_check_in_a_pipe_is_one_plain_line_a_fact(gatewatch) -> None:
    """A pipe gets no header, no colour and the facts in columns."""
    done = gatewatch("check", "wechat.com", "--valid-at", "2017-05-08")
    (line,) = done.stdout.splitlines()
    assert line.split("\t")[:6] == ["listed", "wechat[.]com", "RU", "ru-demo", "wechat", "host"]
    assert ESCAPE not in done.stdout
    assert done.exit_code == 0


def test_check_in_json_names_the_evidence(gatewatch) -> None:
    """JSON holds the three times, the bracket and the snapshots behind it."""
    (answer,) = json.loads(
        gatewatch("check", "wechat.com", "--valid-at", "2017-05-08", "-f", "json").stdout
    )
    assert answer["state"] == "listed"
    assert answer["valid_at"] == "2017-05-08"
    assert answer["recorded_by"] is not None
    (match,) = answer["registers"][0]["matches"]
    assert match["came"] == {
        "not_before": "2017-05-03T20:59:00Z",
        "not_after": "2017-05-04T20:59:00Z",
    }
    assert match["went"] == {
        "not_before": "2017-05-10T20:59:00Z",
        "not_after": "2017-05-11T20:59:00Z",
    }
    assert match["ground_text"] == "149-FZ art. 15.4, organisers of information dissemination"
    assert len(match["evidence"]) == 2


def test_as_of_answers_with_what_had_been_published(gatewatch) -> None:
    """As of the 3rd WeChat was not on the list, whatever came later."""
    done = gatewatch("check", "wechat.com", "--valid-at", "2017-05-08", "--as-of", "2017-05-03")
    assert done.stdout.startswith("not_listed\t")
    assert "as last published" in done.stdout


@pytest.mark.parametrize("day", ["2016-01-01", "2019-01-01"])
def test_beyond_the_history_held_there_is_not_enough_to_say(gatewatch, day: str) -> None:
    """Exit code 3 tells a program that nothing is known of the day."""
    done = gatewatch("check", "wechat.com", "--valid-at", day)
    assert done.stdout.startswith("insufficient\t")
    assert done.exit_code == 3


def test_thousands_on_standard_input_are_answered_in_order(gatewatch) -> None:
    """Bulk check reads one selector a line and leaves out comments and blank lines."""
    hosts = [f"host{n}.example" for n in range(1500)]
    given = "# mine\n\n" + "\n".join([*hosts, "wechat.com"]) + "\n"
    done = gatewatch("check", "--valid-at", "2017-05-08", stdin=given)
    states = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert states == ["not_listed"] * 1500 + ["listed"]


def test_every_shape_tells_the_same(gatewatch, tmp_path: Path) -> None:
    """CSV, NDJSON and Parquet hold the same rows."""
    words = ["check", "wechat.com", "line.me", "--valid-at", "2017-05-08", "-f"]
    rows = list(csv.DictReader(io.StringIO(gatewatch(*words, "csv").stdout)))
    lines = [json.loads(line) for line in gatewatch(*words, "ndjson").stdout.splitlines()]
    table = pq.read_table(io.BytesIO(gatewatch(*words, "parquet").stdout_bytes)).to_pylist()
    told = [("wechat", "2017-05-04T20:59:00Z"), ("line", "2017-05-02T20:59:00Z")]
    for shape in (rows, lines, table):
        assert [(row["entry"], row["came_not_after"]) for row in shape] == told


def test_history_shows_both_ends_and_draws_them(gatewatch, tmp_path: Path) -> None:
    """The picture is an accessible SVG with no outside reference."""
    drawn = tmp_path / "listing.svg"
    done = gatewatch("history", "wechat.com", "--plot", str(drawn))
    assert "2017-05-10T20:59:00Z\t2017-05-11T20:59:00Z" in done.stdout
    svg = drawn.read_text(encoding="utf-8")
    assert 'role="img"' in svg
    assert "came [3 May 2017 20:59, 4 May 2017 20:59]" in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_changes_in_a_period_are_half_open(gatewatch) -> None:
    """A change at `since` is in, one at `until` is out."""
    inside = ["changes", "--since", "2017-05-04T20:59Z", "--until", "2017-05-11T20:59Z"]
    assert [line.split("\t")[2:5] for line in gatewatch(*inside).stdout.splitlines()] == [
        ["added", "ru-demo", "wechat"]
    ]


def test_entry_that_was_never_held_says_so(gatewatch) -> None:
    """An unknown entry is not an error of usage: nothing is known of it."""
    done = gatewatch("entry", "ru-demo", "telegram")
    assert done.exit_code == 3
    assert gatewatch("entry", "ru-demo", "wechat").stdout.count("\n") == 1


def test_usage_errors_say_what_to_do(gatewatch) -> None:
    """Faulty selectors, times and names are refused with the remedy."""
    for words, remedy in (
        (["check", "not a domain"], "not a domain"),
        (["check", "a.com", "--valid-at", "yesterday"], "write 2017-05-08"),
        (["check", "a.com", "--jurisdiction", "XX"], "not the code of a jurisdiction"),
        (["history", "a.com", "--jurisdiction", "de"], "held are RU"),
        (["entry", "ru-none", "1"], "gatewatch registers"),
        (["quarantine", "nothing", "--accept"], "gatewatch quarantine lists"),
        (["ingest", "ru-none", "."], "known are"),
    ):
        done = gatewatch(*words)
        assert isinstance(done.exception, UsageError), (words, done.exception)
        assert remedy in str(done.exception)


def test_without_a_ledger_the_error_names_the_way_out(gatewatch, tmp_path: Path) -> None:
    """Reading makes no ledger; it says how to get one."""
    done = gatewatch("check", "a.com", "--ledger", str(tmp_path / "none"))
    assert isinstance(done.exception, LedgerError)
    assert "gatewatch ingest REGISTER SOURCE makes one" in str(done.exception)
    assert not (tmp_path / "none").exists()


def test_a_person_decides_on_what_was_set_aside(gatewatch) -> None:
    """Accepting the empty state takes all off the list for its time; recorded_by shows the old
    answer."""
    (before,) = json.loads(
        gatewatch("check", "wechat.com", "--valid-at", "2017-05-08T20:59Z", "-f", "json").stdout
    )
    assert before["state"] == "listed"
    name = gatewatch("quarantine").stdout.split("\t")[0]
    decided = gatewatch("quarantine", name[:6], "--accept", "--note", "confirmed by telephone")
    assert decided.exit_code == 0, decided.exception
    after = gatewatch("check", "wechat.com", "--valid-at", "2017-05-08T20:59Z").stdout
    assert after.startswith("not_listed\t")
    again = gatewatch(
        "check",
        "wechat.com",
        "--valid-at",
        "2017-05-08T20:59Z",
        "--recorded-by",
        before["recorded_by"],
    )
    assert again.stdout.startswith("listed\t")


def test_errors_reach_the_shell_as_one_line_and_an_exit_code(demo_ledger: str) -> None:
    """The program itself prints no traceback: a usage error is one line and code 2."""
    done = subprocess.run(
        [sys.executable, "-m", "gatewatch", "check", "a b", "--ledger", demo_ledger],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("gatewatch: not a domain name")
    assert done.stderr.count("\n") == 1


def test_text_from_a_register_cannot_drive_a_terminal(
    tmp_path: Path, gatewatch, monkeypatch
) -> None:
    """Escape codes in a decision are spelt out in every view for people."""
    (tmp_path / "evil.toml").write_text(
        'id="evil"\njurisdiction="RU"\nauthority="A"\ntitle="T"\npublisher="P"\nlicence="L"\n'
        'format="declared"\ntime_zone="UTC"\ncadence="1d"\nsilence="10d"\n[declared]\nlayout="table"\n'
        '[declared.columns]\nhost="domain"\nbody="body"\nid="id"\n'
    )
    (tmp_path / "2020-01-01.csv").write_text(
        f"id,host,body\n{ESCAPE}]0;owned\x07,a.example.com,{ESCAPE}[31mCourt{ESCAPE}[0m\n"
    )
    gatewatch("ingest", str(tmp_path / "evil.toml"), str(tmp_path / "2020-01-01.csv"))
    monkeypatch.setenv("GATEWATCH_PAGE", "1")
    for words in (
        ["check", "a.example.com", "--valid-at", "2020-01-02", "--no-color"],
        ["history", "a.example.com", "--no-color"],
        ["changes", "evil", "--no-color"],
    ):
        shown = gatewatch(*words).stdout
        assert ESCAPE not in shown
        assert "\\x1b[31mCourt" in shown


def test_paths_are_withheld_by_ground_unless_asked_for_locally(tmp_path: Path, gatewatch) -> None:
    """A URL's path is shown only where the entry's ground allows it, in every shape."""
    dump = (
        '<?xml version="1.0" encoding="windows-1251"?><reg:register updateTime="2020-01-01T10:00:00+03:00" '
        'formatVersion="2.4" xmlns:reg="http://rsoc.ru">{}</reg:register>'
    )
    entry = (
        '<content id="{0}" includeTime="2020-01-01T09:00:00" entryType="{1}"><decision date="2019-12-31" '
        'number="1" org="X"/><url><![CDATA[http://{2}.example.com/secret/page]]></url>'
        "<domain><![CDATA[{2}.example.com]]></domain><ip>192.0.2.1</ip></content>"
    )
    body = "".join(entry.format(n, 1, f"h{n}") for n in range(1200)) + entry.format(
        9999, 2, "shown"
    )
    (tmp_path / "dump.xml").write_bytes(dump.format(body).encode("cp1251"))
    assert gatewatch("ingest", "ru-rkn", str(tmp_path / "dump.xml")).exit_code == 0
    asked = ["check", "http://h5.example.com/secret/page", "--valid-at", "2020-01-01", "-f"]
    for shape in ("table", "json", "csv", "ndjson"):
        facts = gatewatch(*asked, shape).stdout.replace("http://h5.example.com/secret/page", "", 1)
        assert "withheld by ground" in facts
        assert shape != "table" or "secret" not in facts
    (full,) = json.loads(gatewatch(*asked, "json", "--full").stdout)
    assert full["registers"][-1]["matches"][0]["value"] == "http://h5.example.com/secret/page"
    shown = gatewatch("check", "http://shown.example.com/secret/page", "--valid-at", "2020-01-01")
    assert "hxxp://shown[.]example[.]com/secret/page" in shown.stdout


def test_records_that_were_not_understood_are_shown_without_their_paths(
    gatewatch, tmp_path: Path
) -> None:
    """What a snapshot held and nobody could read is listed with its reason; paths stay withheld."""
    rows = "domain,decided\nsound.example,2017-05-04\n"
    (tmp_path / "2017-05-16.csv").write_text(
        rows + "http://ba^d.example/secret/path,2017-05-04\nlate.example,soon\n"
    )
    toml = (DEMO / "ru-demo.toml").read_text()
    (tmp_path / "other.toml").write_text(
        toml.partition("[redaction]")[0].replace('"ru-demo"', '"other"')
        + '[declared]\nlayout = "table"\n'
        + '[declared.columns]\ndomain = "selector"\ndecided = "date"\n'
    )
    done = gatewatch("ingest", str(tmp_path / "other.toml"), str(tmp_path / "2017-05-16.csv"))
    assert done.exit_code == 0, done.output
    told = gatewatch("quarantine", "--records").output
    assert "'soon' is not" in told
    assert "ba^d.example/[path withheld" in told
    assert "secret" not in told


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (("changes", "--valid-at", "2017-05-11"), 1),
        (("changes", "--valid-at", "2017-05-12T12:00"), 0),
        (("registers", "--valid-at", "2017-04-20"), 1),
        (("registers", "--valid-at", "2016-01-01"), 0),
        (("quarantine", "--valid-at", "2017-05-07"), 0),
        (("quarantine", "--valid-at", "2017-05-08"), 1),
        (("quarantine", "--jurisdiction", "UA"), 0),
        (("history", "wechat.com", "--valid-at", "2017-05-12"), 0),
        (("entry", "ru-demo", "wechat", "--valid-at", "2017-05-05"), 1),
    ],
)
def test_every_read_takes_the_time_it_was_true(
    gatewatch, words: tuple[str, ...], lines: int
) -> None:
    """Changes, registers and snapshots set aside too can be asked for at a time."""
    assert len(gatewatch(*words).stdout.splitlines()) == lines
