"""How a format is found: by name, by its marks, or in a file of one's own."""

from pathlib import Path

import msgspec
import pytest
from tests.sources.samples import HOSTS

from gatewatch.errors import CatalogueError
from gatewatch.model import selector
from gatewatch.model.entry import Entry, block_types
from gatewatch.sources.registers import folding
from gatewatch.sources.registers import format as formats
from gatewatch.sources.registers.format import Fragment

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


@pytest.mark.parametrize(
    "names",
    [
        ("198.51.100.7", "m1.example.com"),
        ("m1.example.com", "198.51.100.7"),
        ("http://a.example/x", "a.example"),
        ("*.a.example", "a.example", "198.51.100.0/24"),
    ],
)
def test_an_entry_over_several_rows_prescribes_what_each_names(names: tuple[str, ...]) -> None:
    """Whatever their kinds and their order."""
    rows = [selector.named(name) for name in names]
    folded = folding.fold(
        [Fragment(Entry("3", (one,), block_type=block_types([one]))) for one in rows]
    )
    assert folded is not None
    assert set(folded.targets) == set(rows)


def test_a_row_that_says_what_it_prescribes_keeps_its_word() -> None:
    """A later row of a declared kind is not widened by what an earlier one named."""
    named = selector.named("198.51.100.7"), selector.named("a.example")
    rows = [Entry("3", named, block_type="domain"), Entry("3", named, block_type="domain")]
    folded = folding.fold([Fragment(one) for one in rows])
    assert folded is not None
    assert folded.block_type == "domain"
