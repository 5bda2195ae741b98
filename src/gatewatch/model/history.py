"""Snapshots of a register, what changed between them, and the listings that follow."""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache

import msgspec

from gatewatch.model.entry import Entry
from gatewatch.model.moment import Bracket
from gatewatch.model.register import Register
from gatewatch.model.selector import Selector


class Status(StrEnum):
    """What became of a snapshot."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


class Op(StrEnum):
    """What a snapshot did to an entry."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class Snapshot(msgspec.Struct, frozen=True):
    """One published state of a register, and what became of it.

    `published_at` is the source's own time; `committed_at` is when a mirror or container took it.
    `base` names the snapshot that its events are relative to: the last accepted one before it, or
    for one that is not accepted simply the one before it (None: nothing earlier is held).
    """

    id: str
    register: str
    published_at: datetime
    content: str
    origin: str
    published_text: str | None = None
    committed_at: datetime | None = None
    status: str = Status.ACCEPTED
    reason: str | None = None
    decided: bool = False
    note: str | None = None
    base: str | None = None
    base_at: datetime | None = None
    complete: bool = True
    entries: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unreadable: tuple[str, ...] = ()
    """Digests of records whose identity could not be read, so that the next snapshot can be
    compared."""
    unparsed: int = 0
    """Entries of which no selector has a canonical form."""
    set_aside: int = 0
    unknown: tuple[str, ...] = ()
    """Fields met in it that its format neither uses nor names as ignored."""
    tail: str | None = None
    """The entry of the last record, where a list ends before its last line does; else None."""
    format: str = ""
    batch: str = ""
    recorded_at: datetime | None = None

    @property
    def unread(self) -> int:
        """How many of its entries could not be read."""
        return self.unparsed + len(self.unreadable)

    @property
    def read(self) -> int:
        """How many could."""
        return self.entries - self.unparsed

    @property
    def order(self) -> tuple[datetime, float, str]:
        """Sorts snapshots of one register: by their own time, then as they were taken."""
        taken = self.committed_at.timestamp() if self.committed_at else 0.0
        return (self.published_at, taken, self.content)


class Change(msgspec.Struct, frozen=True, gc=False):
    """An event: what one snapshot did to one entry. `decision`-bearing entry None when removed
    and the source named no act that removed it."""

    op: str
    entry_id: str
    version: str
    entry: Entry | None


class RegisterEvent(msgspec.Struct, frozen=True, gc=False):
    """A change with the bracket in which it happened."""

    register: str
    snapshot: str
    at: datetime
    after: datetime | None
    change: Change

    @property
    def bracket(self) -> Bracket:
        return _bracket(self.after, self.at)


@lru_cache(maxsize=4_096)
def _bracket(after: datetime | None, at: datetime) -> Bracket:
    """One object for all that changed between two snapshots: whoever keeps a register keeps it
    once."""
    return Bracket(after, at)


class Version(msgspec.Struct, frozen=True, gc=False):
    """An entry as it stood from one change to the next.

    `until` is None while it stands; `gone` tells a removal from a later version. `removal` is what
    the source says of the removal (an order that lifts), where it says anything. `snapshots` name
    the one that first showed the version and the one that first did not.
    """

    entry: Entry
    since: Bracket
    until: Bracket | None = None
    gone: bool = False
    removal: Entry | None = None
    snapshots: tuple[str, ...] = ()


class Listing(msgspec.Struct, frozen=True, gc=False):
    """One selector of one entry over the time it was listed.

    `came` and `went` are brackets: [last snapshot without, first with], [last with, first
    without]; `went` is None while the last held snapshot still shows it. `versions` are the
    entry's versions in that time, oldest first, and name the snapshots that are the evidence.
    """

    register: str
    entry_id: str
    selector: Selector
    came: Bracket
    went: Bracket | None
    versions: tuple[Version, ...]

    @property
    def entry(self) -> Entry:
        """The latest version known."""
        return self.versions[-1].entry

    @property
    def removal(self) -> Entry | None:
        """What the source says of the end, where it says anything."""
        return self.versions[-1].removal if self.went else None

    @property
    def prescribed(self) -> bool:
        """Whether the block type prescribes this selector, or the entry only names it."""
        return self.selector in self.entry.targets


def entered_under(listing: Listing, entry: Entry, register: Register) -> str | None:
    """The decision that a listing came under, by body and number, where another one stands behind
    `entry`, which is its version of a day."""
    first, act = listing.versions[0].entry.decision, entry.decision
    if first is None or act is None or (first.body, first.number) == (act.body, act.number):
        return None
    body = register.bodies.get(first.body or "", first.body)
    return ", ".join(filter(None, (body, first.number))) or None


class SnapshotCoverage(msgspec.Struct, frozen=True):
    """Which accepted snapshots of a register are held around a span of time, by their own time: the
    first and last of all, and those beside both ends of the span."""

    first: datetime | None
    last: datetime | None
    before: datetime | None
    """The last snapshot not later than the span's end."""
    after: datetime | None
    """The first snapshot later than the span's start."""
    since: datetime | None
    """The last snapshot not later than the span's start."""
    until: datetime | None
    """The first snapshot later than the span's end."""
    unread: int
    """How many entries of the snapshot `before` could not be read."""
    before_anew: datetime | None
    """When what `before` shows was published: who holds the same bytes again has looked, and
    published nothing."""
    since_anew: datetime | None
    """The same of `since`."""
