"""What is raised where an extra is missing, and what is caught where bytes are no JSON."""

import ast
from pathlib import Path

import pytest

from gatewatch.errors import MissingExtraError, needs


def test_the_line_to_type() -> None:
    """A library that is not installed is named with the line that brings it."""
    line = r"pip install 'gatewatch\[network\]'"
    with pytest.raises(MissingExtraError, match=line) as met, needs("network"):
        __import__("no_such_library.inner")
    assert met.value.name == "no_such_library"
    assert isinstance(met.value, ModuleNotFoundError)


def test_a_module_of_our_own() -> None:
    """A missing module of Gatewatch is a fault of its own, not something to install."""
    with pytest.raises(ModuleNotFoundError) as met, needs("network"):
        __import__("gatewatch.no_such_room")
    assert not isinstance(met.value, MissingExtraError)


SOURCE = Path(__file__).parents[1] / "src" / "gatewatch"
WIDER = {"ValueError", "UnicodeError", "UnicodeDecodeError", "Exception"}


def test_bytes_that_are_no_utf8_are_no_json() -> None:
    """msgspec tells them by UnicodeDecodeError, which is no DecodeError of its own: whoever catches
    one catches the other, or strangers' bytes end a command with a traceback."""
    found = []
    for file in SOURCE.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if "DecodeError" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ExceptHandler) and node.type is not None:
                caught = {ast.unparse(one).rpartition(".")[2] for one in ast.walk(node.type)}
                if "DecodeError" in caught and not caught & WIDER:
                    found.append(f"{file.relative_to(SOURCE)}:{node.lineno}")
    assert found == []
