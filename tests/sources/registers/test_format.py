"""How a format is found: by name, by its marks, or in a file of one's own."""

from pathlib import Path

import msgspec
import pytest
from tests.sources.samples import HOSTS

from gatewatch.errors import CatalogueError
from gatewatch.sources.registers import format as formats

OWN = """
from gatewatch.sources.registers.declared import DeclaredList

class Shouted(DeclaredList):
    default_path = "LIST"
"""


def test_a_format_of_one_s_own_is_a_file_in_one_s_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named by file and class; nothing of the project has to be changed."""
    (tmp_path / "shouted.py").write_text(OWN)
    monkeypatch.setenv("GATEWATCH_CATALOGUE", str(tmp_path))
    made = formats.load(msgspec.structs.replace(HOSTS, format="shouted.py:Shouted"))
    assert type(made).__name__ == "Shouted"


@pytest.mark.parametrize(
    "name", ["none.py:Shouted", "../shouted.py:Shouted", "shout", "broken.py:No"]
)
def test_a_format_that_is_not_there_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With what there is to choose from; a path out of the folder is no name."""
    folder = tmp_path / "own"
    folder.mkdir()
    (tmp_path / "shouted.py").write_text(OWN)
    (folder / "broken.py").write_text("raise ValueError('broken')")
    monkeypatch.setenv("GATEWATCH_CATALOGUE", str(folder))
    with pytest.raises(CatalogueError, match="format"):
        formats.load(msgspec.structs.replace(HOSTS, format=name))
