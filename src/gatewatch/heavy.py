"""Libraries that another one brings in unasked.

With the first value of Python's own that pyarrow is given it imports pandas, wherever that is
installed, to know its types: some 0.35 s and 32 MB, up to half of what a short command takes. In
processes that are Gatewatch's own nobody else decides what is imported; a program that uses
Gatewatch as a library is left as it is.

Litestar imports pydantic, wherever that is installed, for types that no handler of ours has: a
quarter of what it takes to put the site together.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec


class _Absent:
    """Among the finders of modules, before all others: a library of one name is not there."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name == self._name:
            raise ModuleNotFoundError(
                f"No module named {name!r}, unless it is asked for", name=name
            )
        return None


_NO_PANDAS = _Absent("pandas")


def hold_off() -> None:
    """In a process of Gatewatch's own: import no pandas until `allow`."""
    if _NO_PANDAS not in sys.meta_path:
        sys.meta_path.insert(0, _NO_PANDAS)


def allow() -> None:
    """Whoever asks for it now gets it: code of a user's own, Spark, data frames."""
    if _NO_PANDAS in sys.meta_path:
        sys.meta_path.remove(_NO_PANDAS)


@contextmanager
def without(name: str) -> Iterator[None]:
    """Import no library of that name within, unless it is there already."""
    absent = _Absent(name)
    sys.meta_path.insert(0, absent)
    try:
        yield
    finally:
        sys.meta_path.remove(absent)
