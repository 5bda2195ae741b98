"""Commands on a real terminal, where a person meets them."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from tests.cli.terminal import COLD, Shown, gatewatch, run, typed
from tests.commands import invoked
from tests.conftest import DEMO
from tests.lab import netns
from tests.needed import lacking
from tests.prebuilt import Prebuilt, demo
from tests.probes import Probes
from tests.sources.claims.test_formats import STOP
from tests.warm import AFRESH, PROGRAM, Warm

from gatewatch.cli.app import examples, names
from gatewatch.cli.terminal import Page

ROOT = Path(__file__).parents[2]
WIDTHS = (60, 80, 120)


_RAW = re.compile(r"Message\(|params=|\b(?:un|de)?listed_[a-z_]+|partly_restricted|:\d\d\.\d{6}\b")
"""What only a program should see: a message that nobody said, codes of states, microseconds."""


def _make(recipe: str, folder: Path) -> list[str]:
    return [
        "make",
        "--no-print-directory",
        "-C",
        str(ROOT),
        "-o",
        ".venv/.ready",
        recipe,
        f"FOLDER={folder}",
    ]


def _env() -> dict[str, str]:
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(paths)}


@pytest.mark.parametrize("columns", [60, 120])
def test_the_demo_runs_on_a_terminal(columns: int, tmp_path: Path) -> None:
    """The first command of the README draws its bars, shows its pages and ends well."""
    shown = run(_make("demo", tmp_path / "demo"), columns, cwd=tmp_path, env=_env())
    assert shown.code == 0, shown.text
    assert "Traceback" not in shown.text
    assert shown.overflowing == []
    assert "The ledger is sound" in shown.text
    assert (tmp_path / "demo" / "wechat.svg").stat().st_size > 1000


@pytest.mark.parametrize("columns", WIDTHS)
def test_an_ingest_of_unknown_length_draws_its_bar(columns: int, tmp_path: Path) -> None:
    """Before the first snapshot is read nobody knows how many there are, and the bar is drawn."""
    words = ["ingest", str(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017"), "--ledger", "led"]
    shown = gatewatch(*words, columns=columns, cwd=tmp_path)
    assert shown.code == 0, shown.text
    assert shown.overflowing == []
    assert "━" in shown.text


@pytest.mark.parametrize("columns", WIDTHS)
def test_every_command_keeps_to_the_terminal(
    columns: int, tmp_path: Path, shared: Path, prebuilt: Prebuilt, warm: Warm
) -> None:
    """Every example of every command's help runs on a terminal, within its width; a command without
    an example fails. At 80 columns colour is off, which means no escape at all. The demo in colour
    has its own test, and here its first example. At 60 columns each third command imports all of
    Gatewatch that it needs, else it finds that loaded."""
    _room(tmp_path, shared)
    prebuilt.copied("demo", demo, tmp_path / "demo-ledger")
    plain = {"NO_COLOR": "1"} if columns == 80 else {}
    env = {**_env(), "GATEWATCH_LEDGER": "demo-ledger", "GATEWATCH_CATALOGUE": "", **plain}
    loaded, afresh = warm.running(PROGRAM), warm.running(AFRESH)
    faults: dict[str, str] = {}
    first = ["demo", "ingest"] if plain else ["ingest"]
    others = [name for name in names() if name not in {"demo", "ingest"}]
    alone = set(others[::3]) if columns == 60 else set[str]()
    for name in [*first, *others]:
        lines = examples(name)
        program = afresh if name in alone else loaded
        assert lines, f"{name} shows no example"
        every = name == "ingest" or (plain and name != "demo")
        for line in lines if every else lines[:1]:
            shown = _shown(name, line, columns, folder=tmp_path, env=env, program=program)
            if fault := _fault(line, shown, plain=bool(plain)):
                faults[line] = fault
    assert faults == {}


@pytest.mark.parametrize("line", ["case wechat RU", "case --help", "backup copy"])
def test_a_terminal_is_believed_rather_than_a_variable(
    line: str, tmp_path: Path, demo_ledger: str
) -> None:
    """COLUMNS as some shells and CI export it is of another terminal, or of this one before it was
    made narrower: pages, help and bars fit the terminal. A narrower COLUMNS is a wish that is
    met."""
    env = {**_env(), "GATEWATCH_LEDGER": demo_ledger}
    wide = typed(line, 60, cwd=tmp_path, env={**env, "COLUMNS": "200"})
    assert wide.code == 0, wide.text
    assert wide.overflowing == []
    shutil.rmtree(tmp_path / "copy", ignore_errors=True)
    narrow = typed(line, 120, cwd=tmp_path, env={**env, "COLUMNS": "60"})
    assert narrow.code == 0, narrow.text
    assert all(cell_len(one) <= 60 for one in narrow.lines)


@pytest.mark.parametrize("name", names())
def test_help_fits_a_narrow_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Help and its examples keep to 60 columns, without colour as asked, and name no parser."""
    monkeypatch.setenv("COLUMNS", "60")
    shown = invoked([name, "--help"])
    assert shown.exit_code == 0
    assert [line for line in shown.output.splitlines() if cell_len(line) > 60] == []
    assert "Examples:" in shown.output
    assert "<parse>" not in shown.output


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("rule 243-FZ-and-a-name-that-is-longer-than-any-law-is-called", 2),
        ("check wechat.com --ledger a-folder-with-a-very-long-name/and-another-one-in-it", 1),
        ("entry ru-demo there-never-was-such-an-entry-in-this-register", 3),
        ("service 这是一个不存在的服务名称这是一个不存在的服务名称这是一个不存在的服务名称", 2),
    ],
)
def test_what_is_said_of_a_mistake_fits(
    line: str, code: int, tmp_path: Path, demo_ledger: str
) -> None:
    """A message folds as a page does, wide letters included."""
    shown = typed(line, 60, cwd=tmp_path, env={**_env(), "GATEWATCH_LEDGER": demo_ledger})
    assert (shown.code, shown.overflowing) == (code, [])
    assert "gatewatch: " in shown.text


@pytest.mark.parametrize(
    ("typed_so_far", "proposed"),
    [
        ("case wec", "wechat"),
        ("case wechat R", "RU"),
        ("cases -j c", "cn"),
        ("entries ru-d", "ru-demo"),  # held by the ledger, and not declared
        ("ingest ru-r", "ru-rkn"),
        ("rule 242", "242-FZ"),
        ("rule ru-2", "ru-242fz"),
    ],
)
def test_a_tab_proposes_names(
    typed_so_far: str, proposed: str, demo_ledger: str, tmp_path: Path
) -> None:
    """Services, registers, countries and laws are completed as a shell asks for it."""
    words = f"gatewatch {typed_so_far}"
    env = {
        **os.environ,
        **_env(),
        "GATEWATCH_LEDGER": demo_ledger,
        "_GATEWATCH_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    code = "import sys; sys.argv = ['gatewatch']; from gatewatch.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert proposed in done.stdout.split(), done.stderr


def test_a_table_breaks_no_word(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Where columns cannot hold their words side by side, each row is a card that can."""
    monkeypatch.setenv("COLUMNS", "60")
    rows = [
        [
            "2017-05-04 23:59 +03:00",
            "added",
            "ru-demo wechat",
            "wechat.com",
            "Roskomnadzor, of May",
        ],
        ["2017-05-11 23:59 +03:00", "removed", "ru-demo wechat", "", ""],
    ]
    Page().table(rows)
    cards = capsys.readouterr().out
    assert all(cell_len(line) <= 60 for line in cards.splitlines())
    assert all(word in cards.split() for row in rows for cell in row for word in cell.split())
    assert len(cards.splitlines()) == 3
    Page().table([row[:3] for row in rows])
    columns = capsys.readouterr().out.splitlines()
    assert len({line.index("ru-demo") for line in columns}) == 1


def test_a_name_never_runs_into_its_value(capsys: Any) -> None:
    """A field whose name is wider than its column keeps a gap."""
    Page().field("A name of twenty letters", "value")
    assert "letters value" in capsys.readouterr().out


def _shown(
    name: str,
    line: str,
    columns: int,
    *,
    folder: Path,
    env: dict[str, str],
    program: Sequence[str],
) -> Shown:
    """What an example shows; commands that go on for ever are interrupted once they are at work."""
    until: Callable[[bytes], bool] | None = None
    if name == "serve":
        port = _free()
        line = f"{line} --port {port}"

        def until(written: bytes) -> bool:
            return _serves(written, port)
    elif name == "watch":
        until = _told_of_next
    elif name == "mcp":
        line = (
            f"{line} < /dev/null"  # an assistant that has gone; one that asks is tests/assistants
        )
    elif name == "control":
        line, until = f"{line} --port 0", _says_how_to_end
    elif name == "probe":
        # It connects to what it is told to: here in a namespace with nothing but itself, whence
        # nothing goes out and all fails by the machine's own words.
        if why := netns.allowed():
            lacking(why, "a probe's examples run in a namespace of their own")
        program = ["unshare", "--net", *COLD]
        env = {**env, "XDG_STATE_HOME": str(folder / "state")}
    return typed(line, columns, cwd=folder, env=env, until=until, program=program)


def _says_how_to_end(written: bytes) -> bool:
    return b"Ctrl-C ends it" in written


def _told_of_next(written: bytes) -> bool:
    """Whether a watch has said, to the end of the line, when it looks again."""
    return b" next " in written and written.endswith(b"\n")


def _serves(written: bytes, port: int) -> bool:
    return b"Ctrl-C ends it" in written and _ready(port) == 200


def _fault(line: str, shown: Shown, *, plain: bool) -> str:
    """What is wrong with what a command showed; nothing if all is well."""
    if "Traceback" in shown.text:
        return shown.text
    if shown.code not in {0, 3} and not (
        line.startswith(("serve", "watch", "control")) and shown.code in {1, 130}
    ):
        return f"exit code {shown.code}: {shown.text}"
    if shown.overflowing and "--format" not in line:  # what programs read is not folded
        return f"wider than {shown.columns}: {shown.overflowing[0]}"
    if "--format" not in line and (raw := _RAW.search(shown.text)):
        return f"shows how it is made, {raw[0]!r}: {shown.text}"
    return "an escape without colour" if plain and b"\x1b" in shown.written else ""


def _room(folder: Path, shared: Path) -> None:
    """A folder with what the examples name."""
    for name in ("ru-demo.toml", "prohibited-2017"):
        source = DEMO / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    start = int(datetime(2017, 4, 10, tzinfo=UTC).timestamp() // 3600)
    rows = [
        ("wechat.com", net, hour, 25 * 24 <= hour - start < 31 * 24)
        for hour in range(start, start + 45 * 24, 24)
        for net in (10, 20, 30)
    ]
    probes = Probes(shared)
    probes.write(folder / "measurements.jsonl", rows)
    probes.write(folder / "measurement.json", rows[-1:])
    (folder / "names.txt").write_text("wechat.com\n\u5fae\u4fe1.example\n")
    story = "On Thursday Russia blocked WeChat, Roskomnadzor said. Tencent has not filed its data."
    (folder / "article.html").write_text(f"<html><body><p>{story}</p></body></html>")
    (folder / "article.txt").write_text(story)
    (folder / "networks.csv").write_text("network,asn\n192.0.2.0/24,64500\n")
    (folder / "test-list.csv").write_text(
        "url,category_code\nhttps://wechat.com/,COMT\nhttps://line.me/,COMT\n"
    )
    (folder / "plan.toml").write_text(
        '[[source]]\nregister = "ru-demo.toml"\nfrom = "prohibited-2017"\nevery = "1h"\n'
    )
    (folder / "inventory.toml").write_text('[[follow]]\nto = "feed:"\ndomains = ["example.com"]\n')
    shutil.copy(DEMO.parent / "rules.toml", folder / "my-rules.toml")
    (folder / "my-facts").mkdir()
    (folder / "shutdowns.csv").write_bytes(STOP if isinstance(STOP, bytes) else STOP.encode())


def test_the_site_is_not_served_without_a_sound_ledger(tmp_path: Path) -> None:
    """A name that leads to no ledger is refused in words, and nothing is made there."""
    shown = gatewatch("serve", "--ledger", "typo", columns=80, cwd=tmp_path)
    assert shown.code == 1
    assert "no ledger at typo" in shown.text
    assert not (tmp_path / "typo").exists()


def test_a_demo_that_broke_off_is_built_again_before_it_is_served(tmp_path: Path) -> None:
    """`make serve` asks whether the demo's ledger is sound, not whether there is a folder."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / ".gatewatch-demo").touch()
    port = _free()
    served = subprocess.Popen(
        [*_make("serve", tmp_path / "demo"), f"PORT={port}"],
        stdout=subprocess.PIPE,
        env={**os.environ, **_env()},
        start_new_session=True,
    )
    try:
        assert served.stdout is not None
        assert b"Gatewatch serves" in served.stdout.readline()
        assert _ready(port) == 200
    finally:
        os.killpg(served.pid, signal.SIGTERM)
        served.communicate(timeout=30)


def _free() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ready(port: int) -> int:
    """What the site says of itself, once it answers."""
    for _ in range(600):
        with (
            contextlib.suppress(OSError),
            closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection,
        ):
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        time.sleep(0.1)
    return 0


def test_many_names_are_told_as_each_alone_is(demo_filled: str, tmp_path: Path) -> None:
    """By what was last known, where a list does not reach the day: "insufficient" alone hid that
    one stood on it and another never did."""
    names = ("line.me", "zello.com", "imo.im", "open.example")
    shown = gatewatch("check", *names, "--ledger", demo_filled, columns=100, cwd=tmp_path)
    rows = [line.split("  ") for line in shown.lines if line.strip()]
    assert len(rows) == len(names)
    assert all("insufficient" not in line for line in shown.lines)
    for name, line in zip(names, shown.lines, strict=False):
        alone = gatewatch("check", name, "--ledger", demo_filled, columns=200, cwd=tmp_path)
        (head,) = [one for one in alone.lines if one.startswith("On ")]
        state = head.partition("   ")[2].split(" when last published")[0].strip()
        assert f"{state} " in line, (name, line, head)
        assert "when last published, 2017-05-15" in line
