"""The public face: what `import gatewatch` offers, and nothing else."""

import inspect
import subprocess
import sys

import pytest

import gatewatch


def test_every_public_name_is_listed_sorted_and_offered() -> None:
    """`__all__` is what completion shows, in the order in which a reader looks for it."""
    assert gatewatch.__all__ == sorted(gatewatch.__all__)
    assert set(gatewatch.__all__) == set(dir(gatewatch)) - {"__version__"}
    assert len(gatewatch.__all__) <= 15


@pytest.mark.parametrize("name", gatewatch.__all__)
def test_a_public_name_is_what_it_says(name: str) -> None:
    """Each has its own name and a docstring that says more than the name does."""
    member = getattr(gatewatch, name)
    assert member.__name__ == name
    assert len((inspect.getdoc(member) or "").split()) >= 8


def test_what_is_not_public_is_not_there() -> None:
    """A misspelt name is an AttributeError that names the module."""
    with pytest.raises(AttributeError, match="'gatewatch' has no attribute 'answer'"):
        _ = gatewatch.answer  # type: ignore[attr-defined]


def test_importing_gatewatch_loads_no_library() -> None:
    """A program that only wants the version, or an error's class, pays for nothing else."""
    heavy = ("duckdb", "deltalake", "pyarrow", "numpy", "rich", "typer", "msgspec")
    code = f"import sys, gatewatch; print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
