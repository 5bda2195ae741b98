"""Every command line that a message of the program hints at can be pasted: it parses as it stands,
with nothing left out but what stands in capitals, to be filled in."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.commands import invoked

import gatewatch
from gatewatch.cli import app
from gatewatch.cli.terminal import PAGE_ALWAYS

SOURCE = Path(gatewatch.__file__).parent
_HINT = re.compile(r"gatewatch ([a-z]+\b[^\n,;:()`]*)")
_FILLED = "filled-in"
_PART = re.compile(
    rf"--?[a-z-]+|[A-Z][A-Z0-9+=.]*|[A-Z]*{_FILLED}(=[A-Z]+)?|{_FILLED}\S*|\S+\.(csv|zip)"
)
_NAMED = {"options": "", "action": "add"}
_TELLS_OF = {"made", "filled", "kept", "does", "seal", "bundle", "ledger"}
"""A word after which it is told what a command or the program does or did: no line to type."""


def _texts(file: Path) -> Iterator[str]:
    """What a module may say: its strings without its docstrings, with something filled in."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    passed = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    passed |= {id(one) for node in nodes if isinstance(node, ast.JoinedStr) for one in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(map(_part, node.values))
        elif isinstance(node, ast.Constant) and id(node) not in passed:
            yield re.sub(r"\{[a-z_]+\}", _FILLED, str(node.value))


def _part(one: ast.expr) -> str:
    """A part of a text; what is filled in by its name, if that tells what it can be."""
    if isinstance(one, ast.Constant):
        return str(one.value)
    return _NAMED.get(ast.unparse(one).strip("{}f'\""), _FILLED)


def hints() -> list[tuple[str, tuple[str, ...]]]:
    """Where each stands, and its words after `gatewatch`, as far as they are to be typed."""
    found = []
    for file in [*SOURCE.rglob("*.py"), *SOURCE.rglob("templates/**/*.html")]:
        texts = _texts(file) if file.suffix == ".py" else [file.read_text(encoding="utf-8")]
        for text in texts:
            for (line,) in (match.groups() for match in _HINT.finditer(text)):
                name, *others = re.sub("<.*", "", line).split()
                if name in app.names() and not (
                    others and {one.rstrip(".") for one in others[:2]} & _TELLS_OF
                ):
                    found.append((str(file.relative_to(SOURCE)), (name, *_typed(name, others))))
    return sorted(set(found))


def _typed(name: str, words: list[str]) -> Iterator[str]:
    """Words up to the one with which the sentence goes on."""
    for word in words:
        if word.rstrip(".") in _TELLS_OF or not (
            _PART.fullmatch(word.rstrip(".")) or word in _ACTIONS.get(name, ())
        ):
            return
        yield word.rstrip(".") if not word.endswith((".csv", ".zip")) else word


_ACTIONS = {
    "catalogue": {"check", "log", "weak", "draft"},
    "cite": {"case"},
    "follow": {"list", "test", "resume"},
    "ingest": {"ooni", "claims", "stop"},
    "log": {"key", "restart", "verify"},
    "token": {"add", "list"},
}


@pytest.mark.parametrize(("place", "words"), hints())
def test_a_hint_parses_as_it_stands(place: str, words: tuple[str, ...]) -> None:
    """Its command takes what it names, and lacks nothing."""
    command: Any = typer.main.get_command(app.build(words[0]))
    one = command.commands[words[0]]
    if "--help" in words:
        return
    one.make_context(words[0], list(words[1:]))


def test_hints_are_found() -> None:
    """The search above does meet them."""
    assert len(hints()) > 40
    assert ("query/orders.py", ("orders", _FILLED)) in hints()


DECLARED = """id = "many"
jurisdiction = "RU"
authority = "A"
title = "T"
publisher = "P"
licence = "L"
format = "declared"
time_zone = "UTC"
cadence = "1d"
silence = "10d"
[declared]
layout = "table"
[declared.columns]
host = "domain"
id = "id"
"""


def test_a_page_names_the_rest_of_a_history_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more listings met a name than are told, the way to all of them is a line to paste."""
    (tmp_path / "many.toml").write_text(DECLARED)
    (tmp_path / "2020-01-01.csv").write_text(
        "id,host\n" + "".join(f"{n},many.example.com\n" for n in range(9))
    )
    monkeypatch.setenv("GATEWATCH_LEDGER", str(tmp_path / "ledger"))
    told = invoked(["ingest", str(tmp_path / "many.toml"), str(tmp_path / "2020-01-01.csv")])
    assert told.exit_code == 0, told.output
    monkeypatch.setenv(PAGE_ALWAYS, "1")
    monkeypatch.setenv("COLUMNS", "200")
    page = invoked(["check", "many.example.com", "--valid-at", "2020-01-01"]).stdout
    (line,) = re.findall(r"--all, or gatewatch (history .*)", page)
    assert shlex.split(line) == ["history", "many.example.com", "--valid-at", "2020-01-01"]
    assert "many[.]example[.]com" in invoked(shlex.split(line)).stdout
