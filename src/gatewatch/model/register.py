"""A register as it is declared: one official list of one authority."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

_ASCII = b"\\u0041\t\n\r" + bytes(byte for byte in range(0x20, 0x7F) if byte != 0x5C)
_SOME_DAY = datetime(2017, 5, 4, 23, 59, tzinfo=UTC)


class Expectations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sound snapshot looks like. A snapshot outside it is set aside, never believed."""

    minimum_entries: int = 1
    largest_drop: float = 0.5
    """The largest share of entries that may plausibly go between two snapshots."""
    largest_unreadable: float = 0.02
    """The largest share of records that may be unreadable."""


class Redaction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose paths are withheld: entries of these grounds, or all of them."""

    withhold_paths: bool = True
    shown_grounds: tuple[str, ...] = ()
    """Grounds whose URLs may be shown whole although paths are withheld otherwise."""


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to read a simple list without code: see docs/add-a-register.md."""

    layout: str = "hosts"
    """`hosts` (one a line) or `table` (rows with a header)."""
    encoding: str = "utf-8"
    delimiter: str = ","
    comment: str = "#"
    separator: str | None = None
    """What separates several values in one cell."""
    date_format: str = "%Y-%m-%d"
    published: str | None = None
    """A regular expression whose first group is the time of publication, sought in the first 4 KiB."""
    published_format: str | None = None
    block_type: str | None = None
    body: str | None = None
    columns: dict[str, str] = {}
    """Column name to field: id, selector, domain, url, ip, body, number, date, included, removed, ground, block_type, ignore, or attribute:NAME."""

    def __post_init__(self) -> None:
        """Refuse what would fail at the first record; the loader adds the file's name."""
        check_encoding(self.encoding)
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n\0':
            raise ValueError(f"delimiter is one character that parts cells, not {self.delimiter!r}")
        if not self.comment:
            raise ValueError("comment is empty, so every line would be one")
        if self.separator is not None and not self.separator:
            raise ValueError("separator is empty; leave it out if a cell holds one value")
        _check_expression(self.published)
        _check_order("date_format", self.date_format)
        _check_order("published_format", self.published_format)


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
    notes: str | None = None
    restated: bool = False
    """True for a list restated from other sources, not the authority's own text."""
    covers_subdomains: bool = False
    private: bool = False
    """True for a list kept by an agreement among companies, not by law."""
    grounds: dict[str, str] = {}
    bodies: dict[str, str] = {}
    """Spellings of a body to one name: `{"Genprokuratura" = "..."}`; the published one is kept out."""
    prescribes: dict[str, str] = {}
    expectations: Expectations = Expectations()
    redaction: Redaction = Redaction()
    declared: Declared | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def patience(self) -> timedelta:
        """`silence` as a duration."""
        return duration(self.silence)


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


def _check_expression(published: str | None) -> None:
    if published is None:
        return
    try:
        groups = re.compile(published).groups
    except (re.error, OverflowError, RecursionError) as fault:
        raise ValueError(f"published is no regular expression: {fault}") from None
    if not groups:
        raise ValueError("published has no group in brackets around the time")


def _check_order(key: str, order: str | None) -> None:
    if order is None:
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
