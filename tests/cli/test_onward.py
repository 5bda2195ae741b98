"""What an answer names to be typed next asks the same ledger, at the times that it was asked of."""

import inspect
import re
import shlex
from collections.abc import Sequence
from typing import Any

import pytest
import typer
from tests.commands import invoked

from gatewatch.cli import app
from gatewatch.cli.terminal import PAGE_ALWAYS

_TIMES = {
    "valid_at": "2017-05-08T12:00+03:00",
    "as_of": "2017-05-20",
    "recorded_by": "2099-01-01",
}
_ASKED: dict[str, list[Sequence[str]]] = {
    "check": [["wechat.com"], ["wechat.com", "web.wechat.com"], ["wechat"]],
    "case": [["wechat", "RU"], ["line", "RU"]],
    "cases": [[], ["-j", "RU"]],
    "find": [["wechat"], ["WeChat", "Russia"], ["149-FZ"], ["AS10"], ["web.wechat.com/a"]],
    "service": [[], ["wechat"]],
    "rule": [[], ["149-FZ art. 15.4"]],
    "reconcile": [["-j", "RU"], ["wechat", "-j", "RU"]],
    "registers": [[]],
    "facts": [[]],
    "log": [[]],
}
_TYPED = re.compile(
    r"gatewatch ([a-z]+\b.*?)(?=\s\s| shows | tells | keeps | compares |$)", re.MULTILINE
)


def _options(command: str) -> set[str]:
    """Those of the times, and the ledger, that a command takes."""
    ((_, _, runs),) = app.commands(command)
    return {*_TIMES, "ledger"} & set(inspect.signature(runs).parameters)


@pytest.mark.parametrize("command", _ASKED)
def test_what_to_type_next_keeps_the_times_and_the_ledger(
    command: str, demo_filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what was given, and without what was not."""
    monkeypatch.setenv(PAGE_ALWAYS, "1")
    monkeypatch.setenv("COLUMNS", "400")
    given = {**_TIMES, "ledger": demo_filled}
    options = {f"--{n.replace('_', '-')}": given[n] for n in _options(command)}
    for words in _ASKED[command]:
        told = invoked([command, *words, *(w for pair in options.items() for w in pair)])
        assert told.exit_code in {0, 3}, told.output
        for line in _TYPED.findall(told.output):
            following, *others = shlex.split(line)
            if following not in app.names():
                continue
            parser: Any = typer.main.get_command(app.build(following))
            filled = ["RU" if one == "JURISDICTION" else one for one in others]
            parser.commands[following].make_context(following, filled)  # lacks nothing
            wanted = {
                n: v for n, v in options.items() if n[2:].replace("-", "_") in _options(following)
            }
            assert {n: others[others.index(n) + 1] for n in wanted if n in others} == wanted, line
        plain = invoked([command, *words], env={"GATEWATCH_LEDGER": demo_filled})
        assert [n for n in options if n in plain.output] == []


def test_each_page_that_names_a_command_is_asked(
    demo_filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table of questions above meets a command to go on with where there is one."""
    monkeypatch.setenv(PAGE_ALWAYS, "1")
    monkeypatch.setenv("GATEWATCH_LEDGER", demo_filled)
    monkeypatch.setenv("COLUMNS", "200")
    for command in ("check", "cases", "find", "service", "rule"):
        assert _TYPED.search(invoked([command, *_ASKED[command][0]]).output), command
