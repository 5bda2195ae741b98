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
