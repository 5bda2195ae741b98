"""A library that another one brings in unasked.

With the first value of Python's own that pyarrow is given it imports pandas, wherever that is
installed, to know its types: some 0.35 s and 32 MB, up to half of what a short command takes. In
processes that are Gatewatch's own nobody else decides what is imported; a program that uses
Gatewatch as a library is left as it is.
"""

import sys
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
