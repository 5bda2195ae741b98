"""What is raised where an extra is missing."""

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
