"""Names that a search finds: each class of the house has one owner."""

import ast
from collections import defaultdict
from pathlib import Path

SRC = Path(__file__).parents[1] / "src"


def test_no_class_name_stands_twice() -> None:
    """Whoever looks for a class by its name finds the one that was meant."""
    owners: dict[str, list[str]] = defaultdict(list)
    for file in SRC.rglob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                owners[node.name].append(str(file.relative_to(SRC)))
    assert len(owners) > 100
    assert {name: files for name, files in owners.items() if len(files) > 1} == {}


_ANY_NUMBER = {"line", "datetime", "_parts", "sync_to_thread", "etag", "_git", "add_row"}
"""Called with as many values as there are, or made by others."""


def test_more_than_four_values_go_by_name() -> None:
    """A swapped pair among many values is silent: no call hands over more than four by place."""
    found = [
        f"{file.relative_to(SRC)}:{node.lineno} {ast.unparse(node.func)}"
        for file in sorted(SRC.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and len(node.args) > 4
        and not any(isinstance(one, ast.Starred) for one in node.args)
        and ast.unparse(node.func).rpartition(".")[2] not in _ANY_NUMBER
    ]
    assert found == []
