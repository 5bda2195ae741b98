"""A list that its declaration describes: hosts one a line, or a table with named columns.

No code is needed for a simple register: docs/add-a-register.md shows the TOML.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import ClassVar

from gatewatch.errors import CatalogueError, SourceError, UsageError
from gatewatch.model import selector
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.moment import tellable
from gatewatch.model.register import Declared, Register
from gatewatch.model.selector import Kind, Selector
from gatewatch.sources.registers import folding, table
from gatewatch.sources.registers.format import Fragment, Frame, Unread

_SELECTORS: Mapping[str, Callable[[str], Selector]] = {
    "selector": selector.parse,
    "domain": selector.domain,
    "mask": selector.mask,
    "url": selector.url,
    "ip": selector.address,
    "app": selector.app,
}
_FIELDS = frozenset(
    {
        *_SELECTORS,
        "id",
        "body",
        "number",
        "date",
        "included",
        "removed",
        "ground",
        "block_type",
        "ignore",
    }
)
_HOSTS_FILE = re.compile(r"^(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+")
_BLOCK_TYPES = {
    Kind.URL: "url",
    Kind.DOMAIN: "domain",
    Kind.MASK: "domain-mask",
    Kind.IP: "ip",
    Kind.CIDR: "ip",
    Kind.APP: "app",
}


class DeclaredList:
    """Entries as the declaration's columns give them; identity is `id`, else the selectors."""

    companions: str | None = None
    marks: ClassVar[tuple[bytes, ...]] = ()

    def __init__(self, register: Register) -> None:
        if register.declared is None:
            raise CatalogueError(f"{register.id}: format 'declared' needs a [declared] section")
        self._how = register.declared
        self._zone = register.zone
        self.default_path = register.default_path or "list.txt"
        _check(register.id, self._how)

    def frame(self, part: str, data: bytes) -> Frame:
        published, said = self._published(part, data)
        if self._how.layout == "hosts":
            return Frame(
                start=0, end=len(data), published_at=published, published_text=said, context="hosts"
            )
        comments = _leading_comments(data, self._how.comment, self._how.encoding)
        framed = table.frame(
            part, data[comments:], self._how.encoding, self._how.delimiter, list(self._how.columns)
        )
        return Frame(
            start=framed.start + comments,
            end=framed.end + comments,
            records=framed.records,
            context=framed.context,
            complete=framed.complete,
            published_at=published,
            published_text=said,
            unknown=framed.unknown,
        )

    def parse(self, context: str, records: Sequence[bytes]) -> list[list[Fragment | Unread]]:
        if self._how.layout == "hosts":
            return [self._host(record) for record in records]
        header = context.split(table.JOIN)
        return [self._row(header, record) for record in records]

    def recut(self, part: str, data: bytes) -> tuple[bytes, ...] | None:
        """Quotes are looked at when the file is framed; there is no surer way."""
        del part, data
        return None

    fold = staticmethod(folding.fold)
    removal = staticmethod(folding.removal)

    def _host(self, record: bytes) -> list[Fragment | Unread]:
        text = record.decode(self._how.encoding, "backslashreplace").strip().lstrip("\ufeff")
        bare = _HOSTS_FILE.sub("", text.partition(self._how.comment)[0].strip())
        if not bare:
            return []
        try:
            named = selector.parse(bare)
        except UsageError as problem:
            return [Fragment(Entry(_named(bare), unparsed=(bare,)), problems=(str(problem),))]
        decision = Decision(body=self._how.body) if self._how.body else None
        block = self._how.block_type or _BLOCK_TYPES[Kind(named.kind)]
        return [Fragment(Entry(_named(named.value), (named,), decision, block_type=block))]

    def _row(self, header: Sequence[str], record: bytes) -> list[Fragment | Unread]:
        cells = table.cells(record, self._how.encoding, self._how.delimiter)
        text = record.decode(self._how.encoding, "backslashreplace").strip()
        if not any(cells) or text.startswith(self._how.comment):
            return []
        row = table.named(header, cells)
        if row is None:
            return [Unread(f"{len(cells)} cells where {len(header)} are expected", text)]
        problems: list[str] = []
        found, unparsed = self._selectors(row, problems)
        entry_id = self._one(row, "id") or " ".join(
            map(_named, [s.value for s in found] or unparsed)
        )
        if not entry_id:
            return [Unread("neither an id nor a selector in this row", text)]
        block = self._one(row, "block_type") or self._how.block_type
        entry = Entry(
            id=entry_id,
            selectors=found,
            decision=self._decision(row, problems),
            block_type=block or (_BLOCK_TYPES[Kind(found[0].kind)] if found else "url"),
            ground=self._one(row, "ground"),
            included_at=self._day(row, "included", problems),
            removed_at=self._day(row, "removed", problems),
            attributes=self._attributes(row),
            unparsed=unparsed,
        )
        return [Fragment(entry, problems=tuple(problems))]

    def _selectors(
        self, row: Mapping[str, str], problems: list[str]
    ) -> tuple[tuple[Selector, ...], tuple[str, ...]]:
        found: set[Selector] = set()
        unparsed: set[str] = set()
        for column, field in self._how.columns.items():
            make = _SELECTORS.get(field)
            if make is None or not row.get(column):
                continue
            for text in self._split(row[column]):
                try:
                    found.add(make(text))
                except UsageError as problem:
                    unparsed.add(text)
                    problems.append(str(problem))
        return tuple(sorted(found)), tuple(sorted(unparsed))

    def _split(self, cell: str) -> list[str]:
        parts = cell.split(self._how.separator) if self._how.separator else [cell]
        return [text for part in parts if (text := part.strip())]

    def _one(self, row: Mapping[str, str], field: str) -> str | None:
        for column, meant in self._how.columns.items():
            if meant == field and row.get(column):
                return row[column]
        return None

    def _day(self, row: Mapping[str, str], field: str, problems: list[str]) -> str | None:
        text = self._one(row, field)
        if text is None:
            return None
        try:
            when: datetime | None = datetime.strptime(text, self._how.date_format)  # noqa: DTZ007
        except ValueError:
            when = None
        if when is None or not tellable(when):
            problems.append(f"{field} {text!r} is not like {self._how.date_format}")
            return None
        timed = any(mark in self._how.date_format for mark in ("%H", "%I", "%T"))
        return when.isoformat() if timed else when.date().isoformat()

    def _decision(self, row: Mapping[str, str], problems: list[str]) -> Decision | None:
        body = self._one(row, "body") or self._how.body
        decision = Decision(body, self._one(row, "number"), self._day(row, "date", problems))
        return None if decision == Decision() else decision

    def _attributes(self, row: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        named = [
            (field.removeprefix("attribute:"), row[column])
            for column, field in self._how.columns.items()
            if field.startswith("attribute:") and row.get(column)
        ]
        return tuple(sorted(named))

    def _published(self, part: str, data: bytes) -> tuple[datetime | None, str | None]:
        """The time that the file states. A declaration that says where it stands is held to it: a
        state dated by the day it was copied would be worse than one set aside."""
        if not self._how.published or not data.strip():
            return None, None
        head = data[:4096].decode(self._how.encoding, "replace")
        found = re.search(self._how.published, head)
        said = found.group(1) if found else None
        if said is None:
            raise SourceError(f"{part}: no time of publication where 'published' looks for it")
        try:
            if self._how.published_format:
                when = datetime.strptime(said, self._how.published_format)  # noqa: DTZ007
            else:
                when = datetime.fromisoformat(said)
        except ValueError:
            when = None
        if when is None or not tellable(when):
            raise SourceError(f"{part}: the time of publication {said!r} does not fit its format")
        return (when if when.tzinfo else when.replace(tzinfo=self._zone)), said


def _check(register: str, how: Declared) -> None:
    if how.layout not in {"hosts", "table"}:
        raise CatalogueError(
            f"{register}: declared.layout is 'hosts' or 'table', not {how.layout!r}"
        )
    if how.layout == "hosts":
        return
    for column, field in how.columns.items():
        if field not in _FIELDS and not field.startswith("attribute:"):
            raise CatalogueError(
                f"{register}: declared.columns.{column} is {field!r}; one of "
                f"{', '.join(sorted(_FIELDS))} or attribute:NAME"
            )
    if not any(field in _SELECTORS for field in how.columns.values()):
        raise CatalogueError(
            f"{register}: declared.columns names no column as {', '.join(sorted(_SELECTORS))}"
        )


def _leading_comments(data: bytes, comment: str, encoding: str) -> int:
    """Where the header line of a table starts."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end + 1
        if not data[at:end].decode(encoding, "replace").lstrip("\ufeff").startswith(comment):
            break
        at = end
    return at


def _named(selector: str) -> str:
    """A selector as a part of an entry's name, which is always shown: a path only as its digest."""
    _, _, rest = selector.partition("://")
    host, _, path = rest.partition("/")
    if not path:
        return selector
    return f"{host}/~{blake2b(selector.encode(), digest_size=6).hexdigest()}"
