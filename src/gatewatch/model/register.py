"""A register as it is declared: one official list of one authority."""

import codecs
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.errors import UsageError
from gatewatch.model.expression import compiled
from gatewatch.model.selector import named

_WIDE = frozenset({"utf-16", "utf-16-le", "utf-16-be"})
_ASCII = b"\\u0041\t\n\r" + bytes(byte for byte in range(0x20, 0x7F) if byte != 0x5C)
LAYOUTS = ("hosts", "table", "lines", "html", "xml", "json", "sheet", "pdf")
FIXED = "fixed"
_SERIAL = "serial"
_SOME_DAY = datetime(2017, 5, 4, 23, 59, tzinfo=UTC)


class Expectations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sound snapshot looks like. A snapshot outside it is set aside, never believed."""

    minimum_entries: int = 1
    largest_drop: float = 0.5
    """The largest share of entries that may plausibly go between two snapshots."""
    largest_growth: float = 2.0
    """The most entries that may plausibly come, as a multiple of those that were there."""
    largest_change: float = 1.0
    """The largest share of entries that may plausibly change between two snapshots; 1: all may, as
    when a list gets another column."""
    largest_unreadable: float = 0.02
    """The largest share of records that may be unreadable."""


class Redaction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose paths are withheld: entries of these grounds, or all of them."""

    withhold_paths: bool = True
    shown_grounds: tuple[str, ...] = ()
    """Grounds whose URLs may be shown whole although paths are withheld otherwise."""


class FinerGround(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finer ground than the one published: told by who decided, and by the number's form."""

    ground: str
    """As published."""
    code: str
    """What the finer one is called, as `15.1(5)(2)`."""
    text: str
    body: str | None = None
    """An expression for the body's name as published."""
    number: str | None = None
    """An expression for the decision's number."""

    def __post_init__(self) -> None:
        """Refuse what would fit nothing or all; the loader adds the file's name."""
        if self.body is None and self.number is None:
            raise ValueError(f"articles: {self.code} needs a body or a number")
        for key, expression in (("body", self.body), ("number", self.number)):
            if expression is not None:
                _compiles(f"articles.{key}", expression)

    def fits(self, ground: str | None, body: str | None, number: str | None) -> bool:
        """Whether an entry of that ground and decision rests on it."""
        return (
            ground == self.ground
            and (self.body is None or _found(self.body, body or ""))
            and (self.number is None or _found(self.number, number or ""))
        )


@lru_cache(maxsize=1 << 13)
def _found(expression: str, text: str) -> bool:
    """Whether it stands in a text. An entry is asked once for each of its listings, and many
    entries have one decision."""
    return compiled(expression).search(text) is not None


class PartOfList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That a list restates a part of another: what it leaves out may be on that one all the
    same."""

    what: str
    """For people: what the part holds, as "messengers, spring 2017"."""
    of: str | None = None
    """The register that holds the whole, by its id. Where a ledger has that one too, the part's
    silence weighs nothing."""
    names: tuple[str, ...] = ()
    """Whose absence it tells, each with all that lies beneath it, beside the names that it ever
    held."""

    def __post_init__(self) -> None:
        """Refuse what tells nobody anything; the loader adds the file's name."""
        if not self.what.strip():
            raise ValueError("part.what is empty: say what the part holds")
        for name in self.names:
            try:
                named(name)
            except UsageError as fault:
                raise ValueError(f"part.names: {fault}") from None


class Discovery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a watch finds the list on the page that it looks at. A way to a link is `css:` and a
    selector, `path:` and a path as of `declared.rows`, or `regex:` and an expression for the
    address."""

    newest: str | None = None
    """The way to the links of issues; without it the address itself is the list."""
    choose: str = "name"
    """Which of several: `first` or `last` on the page, or the last by `name`, numbers as
    numbers."""
    pages: str | None = None
    """The way to the next page of a list that is published on several; they make one state."""
    most_pages: int = 100
    hosts: tuple[str, ...] = ()
    """Hosts that a link may lead to beside that of the page."""

    def __post_init__(self) -> None:
        """Refuse what could not be followed; the loader adds the file's name."""
        for key, way in (("newest", self.newest), ("pages", self.pages)):
            kind, _, rest = (way or "css:a").partition(":")
            if kind not in {"css", "path", "regex"} or not rest:
                raise ValueError(f"watch.{key} begins with css:, path: or regex:, not {way!r}")
            if kind == "regex":
                _compiles(f"watch.{key}", rest)
        if self.choose not in {"first", "last", "name"}:
            raise ValueError(f"watch.choose is first, last or name, not {self.choose!r}")
        if not 1 <= self.most_pages <= 1000:
            raise ValueError("watch.most_pages lies between 1 and 1000")


CALENDARS = ("common", "buddhist", "minguo")


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to read a list without code: see docs/add-a-register.md."""

    layout: str = "hosts"
    """One of `LAYOUTS`."""
    encoding: str | tuple[str, ...] = "utf-8"
    """Tried in order; UTF-8 is tried first where there is a sign of it."""
    delimiter: str = ","
    """Of a table: one character, or `fixed` for columns cut where the header's words begin."""
    comment: str = "#"
    separator: str | tuple[str, ...] | None = None
    """What separates several values in one cell."""
    skip: int = 0
    """Rows to pass over before the header."""
    header: int = 1
    """Rows that make the header, joined by a blank; 0: columns are named 1, 2, 3..."""
    rows: str | None = None
    """Where the records are: CSS (html), a path (xml, json)."""
    sheet: str | None = None
    namespaces: dict[str, str] = {}
    line: str | None = None
    """For lines and pdf: an expression whose named groups are the columns."""
    date_format: str | tuple[str, ...] = "%Y-%m-%d"
    months: tuple[str, ...] = ()
    """Twelve names, for `%B`; several of one month parted by blanks."""
    century: int | None = None
    """The first year of the hundred that years of two digits mean."""
    calendar: str | None = None
    """In which years are counted, where that is not the common one: `buddhist`, `minguo`. Left out,
    the one of the register's country."""
    published: str | None = None
    """A regular expression whose first group is the time of publication, sought in the first 4
    KiB."""
    published_format: str | None = None
    named: str | None = None
    """A regular expression whose first group is the day in a file's name."""
    named_format: str | None = None
    parts: str | None = None
    """A regular expression for the names of the files that make one state together."""
    block_type: str | None = None
    body: str | None = None
    columns: dict[str, str] = {}
    """Column name to field: see `sources/registers/rows.py`."""
    where: dict[str, tuple[str, ...]] = {}
    """Column to the values with which a row is in force."""
    over: dict[str, tuple[str, ...]] = {}
    """Column of `where` to the values with which a row is not on the list any more; common words
    for it, where none are named. A row with another value could not be read."""
    rewrite: dict[str, tuple[tuple[str, str], ...]] = {}
    """Column to expressions and what they are replaced by, before all else."""
    corrections: dict[str, dict[str, str]] = {}
    """Column to cells as published and as they should be; empty: nothing."""
    struck: str | None = None
    """`removed`: a site that is struck out is not on the list any more. Left out, nobody knows what
    that means, and it could not be read."""
    filled: dict[str, float] = {}
    """Column to the share of rows in which it must not be empty."""

    def __post_init__(self) -> None:
        """Refuse what would fail at the first record; the loader adds the file's name."""
        for name in self.encodings:
            check_encoding(name)
        if self.delimiter != FIXED and (len(self.delimiter) != 1 or self.delimiter in '"\r\n\0'):
            raise ValueError(f"delimiter is one character that parts cells, not {self.delimiter!r}")
        if not self.comment:
            raise ValueError("comment is empty, so every line would be one")
        if not all(self.separators):
            raise ValueError("separator is empty; leave it out if a cell holds one value")
        if self.struck not in {None, "removed"}:
            raise ValueError(f'struck is "removed" or left out, not {self.struck!r}')
        if self.calendar not in {None, *CALENDARS}:
            raise ValueError(f"calendar is {', '.join(CALENDARS)}, not {self.calendar!r}")
        if self.months and len(self.months) != 12:
            raise ValueError("months are twelve names, from January on")
        _check_grouped("published", self.published)
        _check_grouped("named", self.named)
        _check_expressions(self)
        for form in self.date_forms:
            _check_order("date_format", form.replace("%B", "%m").replace("%b", "%m"))
        _check_order("published_format", self.published_format)
        _check_order("named_format", self.named_format)

    @property
    def encodings(self) -> tuple[str, ...]:
        """Those to try. UTF-16 is known by its look, and other bytes are never tried as it."""
        names = (self.encoding,) if isinstance(self.encoding, str) else self.encoding
        return tuple(name for name in names if not _is_wide(name)) or ("utf-8",)

    @property
    def separators(self) -> tuple[str, ...]:
        return (self.separator,) if isinstance(self.separator, str) else self.separator or ()

    @property
    def date_forms(self) -> tuple[str, ...]:
        return (self.date_format,) if isinstance(self.date_format, str) else self.date_format


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The declaration of a register; one TOML file each."""

    id: str
    jurisdiction: str
    authority: str
    title: str
    publisher: str
    licence: str
    format: str
    time_zone: str
    cadence: str
    silence: str
    """Longest time between snapshots over which the last one is taken to stand, as `3d` or `6h`."""
    default_path: str | None = None
    law: str | None = None
    """What the list rests on, and where a source for that is wanting, that it is not known."""
    page: str | None = None
    """Where it is published, or where the copy is that is read."""
    notes: str | None = None
    restated: bool = False
    """True for a list restated from other sources, not the authority's own text."""
    restates: str | None = None
    """The official list that it restates, by its id in the catalogue."""
    part: PartOfList | None = None
    """Declared where it restates a part alone."""
    covers_subdomains: bool | None = None
    """Whether a listed domain counts for the names beneath it; None: not known."""
    subdomains_source: str | None = None
    """Where that is told. Without a source "no" is only what nobody declared, and so not known."""
    private: bool = False
    """True for a list kept by an agreement among companies, not by law."""
    grounds: dict[str, str] = {}
    articles: tuple[FinerGround, ...] = ()
    """Grounds finer than those published; the first that fits an entry is its own."""
    bodies: dict[str, str] = {}
    """Spellings of a body to one name: `{"Genprokuratura" = "..."}`; the published one is kept
    out."""
    prescribes: dict[str, str] = {}
    https_whole_host: bool = False
    """True if by the register's own words an https address takes its whole host with it."""
    expectations: Expectations = Expectations()
    redaction: Redaction = Redaction()
    declared: Declared | None = None
    watch: Discovery | None = None

    def article(
        self, ground: str | None, body: str | None, number: str | None
    ) -> tuple[str | None, str | None]:
        """The ground of an entry as finely as it can be told, and its text."""
        for one in self.articles:
            if one.fits(ground, body, number):
                return one.code, one.text
        return ground, self.grounds.get(ground or "")

    def named_ground(self, code: str) -> str:
        """The text of a ground, published or finer; the code itself where none is declared."""
        finer = {one.code: one.text for one in self.articles}
        return finer.get(code) or self.grounds.get(code, code)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def leaves_subdomains(self) -> bool:
        """Whether it is known that a listed domain does not count for the names beneath it."""
        return self.covers_subdomains is False and self.subdomains_source is not None

    @property
    def patience(self) -> timedelta:
        """`silence` as a duration."""
        return duration(self.silence)


def _is_wide(name: str) -> bool:
    try:
        return codecs.lookup(name).name in _WIDE
    except (LookupError, ValueError):
        return False


def check_encoding(name: str) -> None:
    """Refuse an encoding that Python lacks, or in which line ends and marks are not ASCII bytes."""
    try:
        fits = _ASCII.decode(name, "backslashreplace").encode() == _ASCII
        b"\xff\xfe\x98".decode(name, "backslashreplace")
    except (LookupError, UnicodeError, ValueError):
        raise ValueError(f"encoding {name!r} is not one that Python reads text in") from None
    if not fits:
        raise ValueError(
            f"encoding {name!r} does not keep ASCII as it is, and lines are found as bytes; "
            "convert the file to utf-8"
        )


def _check_grouped(key: str, expression: str | None) -> None:
    if expression is None:
        return
    if not _compiles(key, expression):
        raise ValueError(f"{key} has no group in brackets around the time")


def _check_expressions(how: Declared) -> None:
    if how.parts is not None:
        _compiles("parts", how.parts)
    if how.line is not None and not compiled(how.line).groupindex:
        raise ValueError("line has no named group, as (?P<site>...)")
    for column, pairs in how.rewrite.items():
        for expression, _ in pairs:
            _compiles(f"rewrite.{column}", expression)


def _compiles(key: str, expression: str) -> int:
    try:
        return compiled(expression).groups
    except ValueError as fault:
        raise ValueError(f"{key}: {fault}") from None


def _check_order(key: str, order: str | None) -> None:
    if order is None or order == _SERIAL:
        return
    try:
        datetime.strptime(_SOME_DAY.strftime(order), order).astimezone(UTC)
    except (ValueError, re.error) as fault:
        raise ValueError(f"{key} {order!r} fits no time: {fault}") from None


def duration(text: str) -> timedelta:
    """`90m`, `6h`, `3d` or `2w` as a duration; ValueError for anything else."""
    units = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
    if len(text) < 2 or text[-1] not in units or not text[:-1].isdigit():
        raise ValueError(f"{text!r} is not a duration: write 90m, 6h, 3d or 2w")
    try:
        return timedelta(seconds=int(text[:-1]) * units[text[-1]])
    except (OverflowError, ValueError):
        raise ValueError(f"{text!r} is no duration that a calendar holds") from None
