"""Ordinary mistakes: each gets a message that says what to do and an exit code, never a
traceback."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from gatewatch.errors import GatewatchError

Run = Callable[..., Result]

MISTAKES: tuple[tuple[str, int, str], ...] = (
    ("check 'not a domain'", 2, "not a domain"),
    ("check http://", 2, ""),
    ("check a.com --valid-at yesterday", 2, "write 2017-05-08"),
    ("check a.com --valid-at 2017-13-45", 2, "write 2017-05-08"),
    ("check a.com --as-of 31.12.2017", 2, "write 2017-05-08"),
    ("check a.com --recorded-by now", 2, "write 2017-05-08"),
    ("check a.com -j Russia", 2, "two letters"),
    ("check a.com -j UK", 2, "perhaps GB"),
    ("history a.com -j de", 2, "held are RU"),
    ("check a.com --ledger nowhere", 1, "no ledger at nowhere"),
    ("check a.com --format yaml", 2, "yaml"),
    ("check a.com --valid_at 2017-05-08", 2, "--valid-at"),
    ("history ''", 2, ""),
    ("history a.com --plot x.gif", 2, ".svg or .png"),
    ("history wechat.com --plot /nonexistent/x.svg", 2, "cannot be written"),
    ("entry ru-none 1", 2, "gatewatch registers"),
    ("entry ru-demo", 2, "ID"),
    ("changes ru-none", 2, "gatewatch registers"),
    ("changes --since May", 2, "write 2017-05-08"),
    ("changes --limit 0", 2, "0"),
    ("case wechatt RU", 2, "close are wechat"),
    ("case wechat", 2, "CC"),
    ("case wechat XX", 2, "two letters"),
    ("case wechat RU --plot x.gif", 2, ".html"),
    ("case wechat RU --plot /nonexistent/x.png", 2, "cannot be written"),
    ("cases --state banned", 2, "banned"),
    ("cases --rule 243-FZ", 2, "no rule"),
    ("cases --year 17", 2, "17"),
    ("cases --kind messanger", 2, "messenger"),
    ("cases --service wecaht", 2, "close are wechat"),
    ("cases --sort name", 2, "name"),
    ("contradictions wecaht", 2, "close are"),
    ("compare RU RU", 2, "twice"),
    ("compare RU Chinaland", 2, "two letters"),
    ("service nobody-knows-it", 2, ""),
    ("rule 243-FZ", 2, "no rule"),
    ("claims --action forbade", 2, "forbade"),
    ("obligations wecaht", 2, "close are"),
    ("read nothing.html", 1, "nothing.html"),
    ("read DEMO/thesis.txt --published Thursday", 2, "write 2017-05-09"),
    ("verdict nobody", 1, ""),
    ("judge --rules nowhere.toml", 1, ""),
    ("episodes 'not a host'", 2, ""),
    ("episodes --changed-since later", 2, ""),
    ("reconcile", 2, "jurisdiction"),
    ("reconcile -j RU --network Rostelecom", 2, "AS12389"),
    ("ingest ooni DEMO/thesis.txt", 1, "is a measurement in OONI's format"),
    ("serve --port 0", 2, "0"),
    ("serve --ledger nowhere", 1, "no ledger at nowhere"),
    ("serve --public-url gatewatch.example", 2, "https://"),
    ("watch nowhere.toml", 2, "nowhere.toml"),
    ("follow add", 2, "https://"),
    ("follow add nobody", 2, ""),
    ("follow remove sub_1", 2, "no subscription"),
    ("follow add mailto:a@example.com --kind fun", 2, "delisting"),
    ("follow add feed: --thing nosuchservice", 2, "no service"),
    ("follow add notify:pager", 2, "GATEWATCH_NOTIFY"),
    ("follow nowhere", 2, "inventory"),
    ("follow nowhere.toml", 2, "nowhere.toml"),
    ("token add", 2, "whose token"),
    ("token revoke nobody", 2, "no token"),
    ("export DEMO", 2, ""),
    ("export data --dataset nothing", 2, "no data set"),
    ("export data --licence nothing", 2, "no data set"),
    ("ingest ru-none .", 2, "known are"),
    ("ingest ru-rkn nowhere", 1, "nowhere"),
    ("ingest nowhere.toml .", 1, "nowhere.toml"),
    ("quarantine nothing --accept", 2, "gatewatch quarantine lists"),
    ("quarantine --accept", 2, "name the snapshot"),
    ("quarantine c4d977 --accept --reject", 2, "exclude"),
    ("catalogue check nowhere", 1, "nowhere"),
    ("catalogue mend", 2, "mend"),
    ("doctor --ledger nowhere", 1, "no ledger at nowhere"),
    ("backup DEMO", 1, "there already"),
    ("restore nowhere --ledger fresh", 1, "nowhere"),
    ("demo --folder /proc/x", 2, "--folder"),
    ("chekc a.com", 2, "check"),
)


@pytest.mark.parametrize(("line", "code", "says"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_answered_in_words(
    line: str, code: int, says: str, gatewatch: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code tells a program, the message a person, and nobody reads a traceback."""
    import shlex

    monkeypatch.chdir(tmp_path)
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("mine")
    done = gatewatch(*[word.replace("DEMO", str(full)) for word in shlex.split(line)])
    fault = done.exception
    assert isinstance(fault, GatewatchError | SystemExit), repr(fault)
    assert (fault.exit_code if isinstance(fault, GatewatchError) else fault.code) == code
    said = f"{done.output} {fault}" if isinstance(fault, GatewatchError) else done.output
    assert says in said
    assert len(said.strip()) > 10


def test_parquet_is_not_poured_into_a_terminal(demo_ledger: str, tmp_path: Path) -> None:
    """Binary goes into a file; a person is told how."""
    from tests.cli.terminal import gatewatch as typed

    words = ["registers", "--ledger", demo_ledger, "--format", "parquet"]
    shown = typed(*words, columns=80, cwd=tmp_path)
    assert shown.code == 2
    assert "send it to a file" in shown.text
    piped = subprocess.run(
        [sys.executable, "-m", "gatewatch", *words], capture_output=True, check=True
    )
    assert piped.stdout.startswith(b"PAR1")
