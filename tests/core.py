"""An environment that holds what `pip install gatewatch` holds, made without the network."""

import compileall
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


class Core(NamedTuple):
    """A fresh environment: its interpreter, where its packages lie, what they are called."""

    python: Path
    packages: Path
    names: frozenset[str]

    def run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
        """A command of Gatewatch in it."""
        apart = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GATEWATCH"))}
        return subprocess.run(
            [self.python, "-m", "gatewatch", *words],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=apart | {"HOME": str(self.packages.parent)},
            cwd=cwd,
            check=False,
            timeout=120,
        )

    @property
    def size(self) -> int:
        """Bytes of all that was installed."""
        return sum(f.lstat().st_size for f in self.packages.rglob("*") if not f.is_dir())


def make(folder: Path) -> Core:
    """The environment in a folder, from the files of the one that the tests run in."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next(folder.glob("[Ll]ib/**/site-packages"))
    names = closure(PROJECT["dependencies"])
    for name in names:
        for file in distribution(name).files or ():
            if ".." not in file.parts:
                _link(Path(str(file.locate())), packages / file)
    shutil.copytree(
        ROOT / "src/gatewatch", packages / "gatewatch", ignore=shutil.ignore_patterns("__pycache__")
    )
    compileall.compile_dir(packages / "gatewatch", quiet=1)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return Core(python, packages, names)


def closure(wanted: Iterable[str]) -> frozenset[str]:
    """Names of what must be installed for some requirements on this machine, by their metadata."""
    found: set[str] = set()
    waiting = [(one, "") for one in map(Requirement, wanted)]
    while waiting:
        one, extra = waiting.pop()
        name = canonicalize_name(one.name)
        if name in found or (one.marker and not one.marker.evaluate({"extra": extra})):
            continue
        found.add(name)
        needed = [Requirement(text) for text in distribution(name).requires or ()]
        waiting += [(other, extra) for other in needed for extra in ("", *one.extras)]
    return frozenset(found)


def _link(file: Path, to: Path) -> None:
    """The same file at another place; a copy where the disk is another."""
    if not file.exists():
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, to)
    except OSError:
        shutil.copy2(file, to)
