"""The z-i mirror's dump.csv: Roskomnadzor's register as semicolon-separated rows, without ids.

cp1251; line 1 `Updated: TIME`; then `address | address;domain;url | url;body;number;date`. An
entry is known by domain, URLs, body and number, because the source gives it no name. Rows that
agree in these are one entry, as when one row was published twice.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import ClassVar

from gatewatch.errors import SourceError
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.register import Register
from gatewatch.sources.registers import cells, folding, table
from gatewatch.sources.registers.format import Fragment, Frame, Unread

_ENCODING = "cp1251"
_CONTEXT, _UTF8 = (table.Context(name, ";", ("",) * 6) for name in (_ENCODING, "utf-8"))
_SEMICOLON_ENTITY = re.compile(rb"&nbsp;")
"""Its semicolon would part cells."""
_POINTER = re.compile(r"\(0x[0-9a-f]+\)")
_COLUMNS = 6


class ZiCsv:
    """One entry a key; addresses may change under it."""

    default_path = "dump.csv"
    companions: str | None = None
    marks: ClassVar[tuple[bytes, ...]] = ()

    @staticmethod
    def recognises(head: bytes) -> bool:
        """By its first line and the cells of the next: many a list says when it was updated."""
        line, _, rest = head.partition(b"\n")
        said = line.removeprefix(b"Updated:").strip().decode("ascii", "replace")
        row = rest.partition(b"\n")[0]
        return (
            line.startswith(b"Updated: ")
            and _time(said) is not None
            and (not row.strip() or row.count(b";") >= _COLUMNS - 1)
        )

    def __init__(self, register: Register) -> None:
        self._register = register

    def frame(self, part: str, data: bytes) -> Frame:
        line, _, _ = data[:512].partition(b"\n")
        if data.strip() and not line.startswith(b"Updated:"):
            raise SourceError(f"{part}: the first line is not 'Updated: TIME'")
        said = line.removeprefix(b"Updated:").strip().decode("ascii", "replace")
        return Frame(
            start=min(len(line) + 1, len(data)),
            end=len(data),
            records=table.quoted_rows(data[len(line) + 1 :], _CONTEXT),
            complete=data.endswith(b"\n") or not data,
            published_at=_time(said),
            published_text=said or None,
        )

    def parse(self, context: str, records: Sequence[bytes]) -> list[list[Fragment | Unread]]:
        del context
        return [
            [self._row(record)] if record.strip() and not record.startswith(b"Updated:") else []
            for record in records
        ]

    def recut(self, part: str, data: bytes) -> tuple[bytes, ...] | None:
        """Quotes are looked at when the file is framed; there is no surer way."""
        del part, data
        return None

    fold = staticmethod(folding.fold)
    removal = staticmethod(folding.removal)

    def _row(self, record: bytes) -> Fragment | Unread:
        context = _UTF8 if _is_utf8(record) else _CONTEXT
        found = table.cells(_SEMICOLON_ENTITY.sub(b" ", record), context)
        if len(found) != _COLUMNS:
            text = record.decode(context.encoding, "backslashreplace").strip()
            return Unread(f"{len(found)} cells where {_COLUMNS} are expected", text)
        addresses, host, urls, body, number, day = found
        named = [
            *(cells.read(text, "ip") for text in _split(addresses)),
            *(cells.read(text, "domain") for text in _split(host)),
            *(cells.read(text, "url") for text in _split(urls)),
        ]
        problems = [problem for cell in named for problem in cell.problems]
        taken = table.day(day, "%Y-%m-%d")
        if day and taken is None:
            problems.append(f"decision date {day!r} is not a day")
        decision = Decision(body or None, number or None, taken)
        entry = Entry(
            id=_identity(host, urls, body, number),
            selectors=tuple(sorted({s for cell in named for s in cell.found})),
            decision=None if decision == Decision() else decision,
            block_type="url" if urls else "domain" if host else "ip",
            unparsed=tuple(
                sorted({_POINTER.sub("(0x)", t) for cell in named for t in cell.unread})
            ),
        )
        return Fragment(entry, problems=tuple(problems))


def _split(cell: str) -> list[str]:
    return [text for part in cell.split(" | ") if (text := part.strip(" |"))]


def _identity(host: str, urls: str, body: str, number: str) -> str:
    named = "\n".join((host.lower(), " ".join(sorted(_split(urls))), body, number))
    return f"zi-{blake2b(named.encode(), digest_size=6).hexdigest()}"


def _is_utf8(record: bytes) -> bool:
    """No word of the register is UTF-8 by chance: in its own encoding letters follow letters, and
    never the marks that UTF-8 needs behind one."""
    try:
        record.decode()
    except UnicodeDecodeError:
        return False
    return not record.isascii()


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None
