"""Every module has its tests where they are looked for."""

import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE, TESTS = ROOT / "src" / "gatewatch", ROOT / "tests"
ELSEWHERE: dict[str, list[str]] = tomllib.loads((TESTS / "mirrors.toml").read_text())


@cache
def _apart() -> list[str]:
    """Modules without a test file of their own name."""
    modules = [file.relative_to(SOURCE) for file in sorted(SOURCE.rglob("[!_]*.py"))]
    return [m.as_posix() for m in modules if not (TESTS / m.parent / f"test_{m.name}").exists()]


def test_every_module_is_mirrored() -> None:
    """A module's tests lie where its file lies, or mirrors.toml says where."""
    told = [pattern for patterns in ELSEWHERE.values() for pattern in patterns]
    lost = [module for module in _apart() if not any(_fits(module, one) for one in told)]
    assert not lost, "write tests/ROOM/test_MODULE.py, or a line in tests/mirrors.toml"


def test_no_line_is_left_over() -> None:
    """Each line of mirrors.toml names a test that is there, and modules that want it."""
    assert [test for test in ELSEWHERE if not (ROOT / test).is_file()] == []
    told = [pattern for patterns in ELSEWHERE.values() for pattern in patterns]
    assert [one for one in told if not any(_fits(module, one) for module in _apart())] == []


def _fits(module: str, pattern: str) -> bool:
    """A star stands for a name, not for folders."""
    return module.count("/") == pattern.count("/") and fnmatch(module, pattern)
