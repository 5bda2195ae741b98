"""A template is compiled once, and what was compiled is read only for what it was made of."""

import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from gatewatch.site.compiled import KeptBeside


def _says(folder: Path, source: str, made_by: bytes = b"1") -> tuple[str, bool]:
    """What a template gives, and whether it was compiled for that."""
    compiled = []

    class Watched(Environment):
        def _generate(self, *given: object, **more: object) -> str:
            compiled.append(True)
            return super()._generate(*given, **more)  # type: ignore[arg-type]

    kept = KeptBeside(folder, made_by)
    made = Watched(loader=DictLoader({"one": source}), bytecode_cache=kept, autoescape=True)
    return made.get_template("one").render(), bool(compiled)


def test_what_was_compiled_is_read_until_its_source_or_its_maker_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder = tmp_path / "kept"
    assert _says(folder, "a {{ 1 }}") == ("a 1", True)
    assert _says(folder, "a {{ 1 }}") == ("a 1", False)
    assert _says(folder, "b {{ 1 }}") == ("b 1", True)
    assert _says(folder, "b {{ 1 }}", b"2") == ("b 1", True)
    (file,) = folder.iterdir()  # what nobody reads any more is not kept
    file.write_bytes(b"torn")
    assert _says(folder, "b {{ 1 }}", b"2") == ("b 1", True)


def test_where_nothing_may_be_written_pages_are_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "file").touch()
    assert _says(tmp_path / "file" / "beneath", "a") == ("a", True)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert _says(tmp_path / "asked-not-to", "a") == ("a", True)
    assert not (tmp_path / "asked-not-to").exists()
