"""The protocol every register format follows, and how one is found by name or by sniffing.

A format says where the records of a file are (`frame`), what one record says (`parse`), and what
the records of one entry say together (`fold`). It knows no store and no history.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from typing import Protocol

import msgspec

from gatewatch import config, heavy
from gatewatch.errors import CatalogueError, SourceError
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.register import Register


class Fragment(msgspec.Struct, frozen=True, gc=False):
    """What one record says of one entry.

    A record that only adds to an entry without putting it on the list (an order) is not `present`.
    `problems` are parts set aside with their reason; the rest of the record stands.
    """

    entry: Entry
    present: bool = True
    lifts: bool = False
    rank: int = 0
    """Later acts rank higher; the highest decides."""
    problems: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Unread(msgspec.Struct, frozen=True, gc=False):
    """A record that could not be read. `entry_id` if at least its identity could.

    A record that is not `vital` cannot put anything on the list or take it off.
    """

    reason: str
    raw: str
    entry_id: str | None = None
    vital: bool = True


class Frame(msgspec.Struct, frozen=True):
    """Where the records of one file are: [start, end) cut after each `separator`.

    `records` is given instead where a plain cut would be wrong (quoted line ends, odd XML).
    `context` is what a record needs beside its own bytes, such as the column names; records are
    compared only under one context. `complete` is False for a file that ends too early.
    """

    start: int = 0
    end: int = 0
    separator: bytes = b"\n"
    records: tuple[bytes, ...] | None = None
    context: str = ""
    complete: bool = True
    published_at: datetime | None = None
    published_text: str | None = None
    unknown: tuple[str, ...] = ()
    doubt: str | None = None
    """What is doubtful about the time of publication, as an hour that stands twice."""
    open_line: bytes = b""
    """The last line, if nothing closes it, of a file whose records are not cut from its own
    bytes, as one in UTF-16."""


class Format(Protocol):
    """One published layout. Instances hold the register's declaration and nothing else."""

    default_path: str
    """The file in a folder or repository that holds the list."""
    companions: str | None
    """A folder beside it whose files belong to the same snapshot."""
    # `walks = True` says that `frame` takes a file that is mapped and not in memory: it may be cut,
    # searched and measured, which is all that a format with an end mark for records needs.

    def __init__(self, register: Register) -> None: ...

    def frame(self, part: str, data: bytes) -> Frame:
        """Find the records of one file; raises SourceError if it is not this format at all."""
        ...

    def parse(self, context: str, records: Sequence[bytes]) -> list[list[Fragment | Unread]]:
        """Read records, one list of results for each record given, in order. Never raises."""
        ...

    def recut(self, part: str, data: bytes) -> tuple[bytes, ...] | None:
        """The records of a file found the slow and sure way; None if there is no other way."""
        ...

    def fold(self, fragments: Sequence[Fragment]) -> Entry | None:
        """Join what the records of one entry say; None if it is not on the list."""
        ...

    def removal(self, fragments: Sequence[Fragment]) -> Decision | None:
        """The act that took an entry off the list, where the source names one."""
        ...


_FORMATS = {
    "rkn-xml": "gatewatch.sources.registers.rkn_xml:RknXml",
    "zi-csv": "gatewatch.sources.registers.zi_csv:ZiCsv",
    "ua-ncu": "gatewatch.sources.registers.ua_ncu:UaNcu",
    "cz-mfcr": "gatewatch.sources.registers.cz_mfcr:CzMfcr",
    "fr-anj": "gatewatch.sources.registers.fr_anj:FrAnj",
    "declared": "gatewatch.sources.registers.declared:DeclaredList",
    "auto": "gatewatch.sources.registers.sniffed:Sniffed",
}


def names() -> list[str]:
    """The formats there are."""
    return sorted(_FORMATS)


def load(register: Register) -> Format:
    """The format that a register's declaration names."""
    return _class(register.format)(register)


def sniff(head: bytes) -> str | None:
    """The name of the format whose mark the first bytes bear; None if there is none."""
    first = head[:4096]
    for name, marks in _marks():
        recognises = getattr(_class(name), "recognises", None)
        if recognises(first) if recognises else any(mark in first for mark in marks):
            return name
    return None


@cache
def _marks() -> list[tuple[str, tuple[bytes, ...]]]:
    return [(name, getattr(_class(name), "marks", ())) for name in _FORMATS]


def check_mark(name: str, part: str, head: bytes) -> None:
    """Refuse a file that bears the mark of another format; says which one it looks like."""
    found = sniff(head)
    if found not in {None, name} and name != "auto":
        raise SourceError(f"{part} looks like {found}, and this register is declared as {name}")


def _class(name: str) -> type[Format]:
    if ".py:" in name:
        return _own(name)
    try:
        module, _, attribute = _FORMATS[name].partition(":")
    except KeyError:
        raise CatalogueError(
            f"unknown format {name!r}: one of {', '.join(names())}, or FILE.py:CLASS of your own"
        ) from None
    loaded: type[Format] = getattr(import_module(module), attribute)
    return loaded


@cache
def _own(name: str) -> type[Format]:
    """A format of the user's own, from a file in a folder of GATEWATCH_CATALOGUE."""
    file, _, attribute = name.rpartition(":")
    folders = config.catalogue_folders()
    path = next((folder / file for folder in folders if (folder / file).is_file()), None)
    if path is None or path.name != file:
        raise CatalogueError(f"format {name!r}: no {file} in a folder of GATEWATCH_CATALOGUE")
    spec = spec_from_file_location(f"gatewatch_own_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    heavy.allow()  # it may read its format by data frames
    try:
        spec.loader.exec_module(module)
        loaded: type[Format] = getattr(module, attribute)
    except Exception as fault:
        raise CatalogueError(f"format {name!r} in {path}: {fault}") from fault
    return loaded
