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

_HELD_OFF = "pandas"


class _Refused:
    """Among the finders of modules, before all others."""

    @staticmethod
    def find_spec(name: str, *_: object) -> ModuleSpec | None:
        if name == _HELD_OFF:
            raise ModuleNotFoundError(
                f"No module named {name!r}, unless it is asked for", name=name
            )
        return None


def hold_off() -> None:
    """In a process of Gatewatch's own: import no pandas until `allow`."""
    if _Refused not in sys.meta_path:
        sys.meta_path.insert(0, _Refused)


def allow() -> None:
    """Whoever asks for it now gets it: code of a user's own, Spark, data frames."""
    if _Refused in sys.meta_path:
        sys.meta_path.remove(_Refused)


@contextmanager
def without(name: str) -> Iterator[None]:
    """Import no library of that name within, unless it is there already."""

    class Absent:
        @staticmethod
        def find_spec(wanted: str, *_: object) -> ModuleSpec | None:
            if wanted == name:
                raise ModuleNotFoundError(f"No module named {name!r}, for now", name=name)
            return None

    sys.meta_path.insert(0, Absent)
    try:
        yield
    finally:
        sys.meta_path.remove(Absent)
