"""A register as it is declared: one official list of one authority."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec


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


def duration(text: str) -> timedelta:
    """`90m`, `6h`, `3d` or `2w` as a duration; ValueError for anything else."""
    units = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
    if len(text) < 2 or text[-1] not in units or not text[:-1].isdigit():
        raise ValueError(f"{text!r} is not a duration: write 90m, 6h, 3d or 2w")
    return timedelta(seconds=int(text[:-1]) * units[text[-1]])
