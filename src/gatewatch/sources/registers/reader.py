"""Raw snapshots to entries: reads each one by its difference to the one read before."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec

from gatewatch.errors import SourceError
from gatewatch.model.entry import NO_SITE, UNREAD_ID, Decision, Entry, stands_for_unread
from gatewatch.sources.containers.raw import Raw
from gatewatch.sources.registers.difference import difference, records
from gatewatch.sources.registers.format import Format, Fragment, Frame, Unread, check_mark

_SHOWN = 2000
_KEPT = 8192
"""Of an unread record, as far as names are sought in it."""


class SetAside(msgspec.Struct, frozen=True):
    """A record or a part of one that was not understood: why, and as it was published."""

    entry_id: str | None
    reason: str
    raw: str


class SnapshotReading(msgspec.Struct, frozen=True):
    """What one snapshot says, told as the difference to the reading before it.

    `touched` are the entries that may differ; `entries` counts those on the list. `unreadable`
    are digests of the records whose entry could not be told.
    """

    published_at: datetime
    published_text: str | None
    complete: bool
    touched: frozenset[str]
    entries: int
    """Those on the list, without the ones that stand for unread records."""
    records: int
    unreadable: tuple[str, ...]
    unparsed: int
    set_aside: tuple[SetAside, ...]
    unknown: tuple[str, ...]
    tail: str | None = None
    """The entry of the last record, if the file ends before its line does; None if it is closed."""
    fault: str | None = None
    """Why nothing in it could be read at all; the reading before it still stands in the reader."""


class _Part(msgspec.Struct, frozen=True):
    data: bytes
    frame: Frame
    salt: bytes
    """Sets the records of one context apart from equal bytes in another."""


class _Live(msgspec.Struct, gc=False):
    """A record of the current reading: how often it stands there, and what it says."""

    count: int
    results: tuple[Fragment | Unread, ...]


class Reader:
    """Holds one snapshot's records and moves from snapshot to snapshot by difference."""

    def __init__(self, form: Format, name: str) -> None:
        self._format = form
        self._name = name
        self._parts: dict[str, _Part] = {}
        self._live: dict[bytes, _Live] = {}
        self._by_id: dict[str, list[bytes]] = {}
        self._unread: dict[bytes, Unread] = {}
        self._unknown: Counter[str] = Counter()
        self._present: set[str] = set()
        self._unparsed: set[str] = set()
        self._records = 0
        self._standing_in = 0
        self._unsettled: dict[str, bytes] = {}

    def read(self, raw: Raw) -> SnapshotReading:
        """Move to `raw`. A file that is not this format at all leaves the reader where it was."""
        try:
            frames = self._frames(raw)
        except SourceError as fault:
            return self._unreadable_whole(raw, str(fault))
        touched: set[str] = set()
        aside: list[SetAside] = []
        for name in self._parts.keys() - raw.parts.keys():
            self._replace(name, None, touched, aside)
        for name, part in frames.items():
            self._replace(name, part, touched, aside)
        for entry_id in touched:
            self._settle(entry_id)
        main = self._parts[raw.main].frame
        unknown = {*self._unknown, *(u for p in self._parts.values() for u in p.frame.unknown)}
        return SnapshotReading(
            published_at=main.published_at or _container_time(raw),
            published_text=main.published_text,
            complete=all(part.frame.complete for part in self._parts.values()),
            touched=frozenset(touched),
            entries=len(self._present) + len(self.withheld() - self._present) - self._standing_in,
            records=self._records,
            unreadable=tuple(sorted(k.hex() for k, u in self._unread.items() if u.vital)),
            unparsed=len(self._unparsed),
            set_aside=tuple(aside),
            unknown=tuple(sorted(unknown)),
            tail=self._tail(self._parts[raw.main]),
        )

    def entry(self, entry_id: str) -> Entry | None:
        """The entry as the current reading has it; None if it is not on the list."""
        return self._format.fold(self._fragments(entry_id))

    def removal(self, entry_id: str) -> Decision | None:
        """The act that the current reading names for taking an entry off the list."""
        return self._format.removal(self._fragments(entry_id))

    def ids(self) -> Iterable[str]:
        """The entries on the list."""
        return self._present

    def withheld(self) -> set[str]:
        """Entries whose record is there but unreadable: nothing may be concluded of them."""
        return {unread.entry_id for unread in self._unread.values() if unread.entry_id}

    def _fragments(self, entry_id: str) -> list[Fragment]:
        return [
            told
            for key in self._by_id.get(entry_id, ())
            for told in _told(key, self._live[key])
            if told.entry.id == entry_id
        ]

    def _frames(self, raw: Raw) -> dict[str, _Part]:
        """Frame every file that is new or was refused before; raises SourceError if one is unfit."""
        for name, part in raw.parts.items():
            if part.data is not None:
                self._unsettled[name] = part.data
        gone = self._parts.keys() - raw.parts.keys()
        if raw.together and gone and len(gone) < len(self._parts):
            raise SourceError(f"{', '.join(sorted(gone))} is missing in this state")
        frames: dict[str, _Part] = {}
        for name in filter(self._unsettled.__contains__, raw.parts):
            data = self._unsettled[name]
            if name == raw.main:
                check_mark(self._name, name, data[:4096])
            frames[name] = _part(data, self._format.frame(name, data))
        if raw.main not in frames and raw.main not in self._parts:
            raise SourceError(f"{raw.main} is missing in {raw.origin}")
        self._unsettled.clear()
        return frames

    def _replace(
        self, name: str, new: _Part | None, touched: set[str], aside: list[SetAside]
    ) -> None:
        """Exchange one file, whole or by difference."""
        old = self._parts.pop(name, None)
        gone, come = _changed(old, new)
        if new is not None:
            keys = _keys(new, come)
            fresh = self._parse(new, keys, come)
            unread = _any_unread(fresh) or self._still_unread(old, gone)
            if unread and new.frame.records is None:
                sure = self._format.recut(name, new.data)
                if sure is not None:
                    new = _part(new.data, msgspec.structs.replace(new.frame, records=sure))
                    gone, come = _changed(old, new)
                    keys = _keys(new, come)
                    fresh = self._parse(new, keys, come)
            self._parts[name] = new
            self._learn(keys, fresh, touched, aside)
        if old is not None:
            for key in _keys(old, gone):
                self._forget(key, touched)

    def _still_unread(self, old: _Part | None, gone: list[bytes]) -> bool:
        """Whether a record of before that stays could not be read; it may be by now."""
        if old is None or not self._unread:
            return False
        return bool(self._unread.keys() - set(_keys(old, gone)))

    def _parse(self, part: _Part, keys: list[bytes], come: list[bytes]) -> dict[bytes, _Live]:
        """What those records say that are not in the reading yet."""
        held = self._live
        unseen = {key: record for key, record in zip(keys, come, strict=True) if key not in held}
        parsed = self._format.parse(part.frame.context, list(unseen.values()))
        return {key: _Live(0, tuple(results)) for key, results in zip(unseen, parsed, strict=True)}

    def _learn(
        self,
        keys: list[bytes],
        fresh: dict[bytes, _Live],
        touched: set[str],
        aside: list[SetAside],
    ) -> None:
        for key, live in fresh.items():
            self._remember(key, live, touched, aside)
        for key in keys:
            live = self._live[key]
            live.count += 1
            self._records += bool(live.results)

    def _remember(self, key: bytes, live: _Live, touched: set[str], aside: list[SetAside]) -> None:
        self._live[key] = live
        for result in live.results:
            if isinstance(result, Unread):
                aside.append(SetAside(result.entry_id, result.reason, result.raw[:_SHOWN]))
                self._unread[key] = result
        for told in _told(key, live):
            entry_id = told.entry.id
            self._by_id.setdefault(entry_id, []).append(key)
            touched.add(entry_id)
            if told.unknown:
                self._unknown.update(told.unknown)
            aside += [SetAside(entry_id, problem, "") for problem in told.problems]

    def _forget(self, key: bytes, touched: set[str]) -> None:
        live = self._live[key]
        live.count -= 1
        self._records -= bool(live.results)
        if live.count:
            return
        del self._live[key]
        self._unread.pop(key, None)
        touched.update(r.entry_id for r in live.results if isinstance(r, Unread) and r.entry_id)
        for told in _told(key, live):
            keys = self._by_id[told.entry.id]
            keys.remove(key)
            if not keys:
                del self._by_id[told.entry.id]
            touched.add(told.entry.id)
            if told.unknown:
                self._unknown.subtract(told.unknown)
                self._unknown += Counter()

    def _settle(self, entry_id: str) -> None:
        entry = self.entry(entry_id)
        stands_in = stands_for_unread(entry_id)
        if stands_in:
            self._standing_in += (entry is not None) - (entry_id in self._present)
        if entry is None:
            self._present.discard(entry_id)
        else:
            self._present.add(entry_id)
        if entry is None or entry.selectors or stands_in or entry.block_type == NO_SITE:
            self._unparsed.discard(entry_id)
        else:
            self._unparsed.add(entry_id)

    def _tail(self, part: _Part) -> str | None:
        """A list without an end mark that is cut within its last line can be told by this alone."""
        frame = part.frame
        body = part.data[frame.start : frame.end]
        if frame.separator != b"\n" or not body.strip() or body.endswith(b"\n"):
            return None
        last = body[body.rfind(b"\n") + 1 :]
        if not last.strip():
            return None
        live = self._live.get(_keys(part, [last])[0])
        told = [r.entry.id for r in live.results if isinstance(r, Fragment)] if live else []
        return told[0] if told else ""

    def _unreadable_whole(self, raw: Raw, fault: str) -> SnapshotReading:
        return SnapshotReading(
            published_at=_container_time(raw),
            published_text=None,
            complete=False,
            touched=frozenset(),
            entries=0,
            records=0,
            unreadable=(),
            unparsed=0,
            set_aside=(SetAside(None, fault, ""),),
            unknown=(),
            fault=fault,
        )


def _told(key: bytes, live: _Live) -> Sequence[Fragment]:
    """What a record says of entries; one that could not be read says it of an entry of its own."""
    results = live.results
    if len(results) == 1 and isinstance(results[0], Fragment):
        return results  # type: ignore[return-value]
    told = [r for r in results if isinstance(r, Fragment)]
    if len(told) < len(results):
        told += [_stand_in(key, r) for r in results if isinstance(r, Unread) and r.vital]
    return told


def _stand_in(key: bytes, unread: Unread) -> Fragment:
    """An entry for a record that could not be read, so that it is not lost and weighs on answers."""
    entry = Entry(f"{UNREAD_ID}{key.hex()}", block_type=NO_SITE, unparsed=(unread.raw[:_KEPT],))
    return Fragment(entry)


def _changed(old: _Part | None, new: _Part | None) -> tuple[list[bytes], list[bytes]]:
    """Records gone from the old file and come with the new one."""
    if old is None or new is None or old.frame.context != new.frame.context:
        return (_all(old) if old else []), (_all(new) if new else [])
    if (
        old.frame.records is None
        and new.frame.records is None
        and old.frame.separator == new.frame.separator
    ):
        return difference(
            old.data,
            (old.frame.start, old.frame.end),
            new.data,
            (new.frame.start, new.frame.end),
            new.frame.separator,
        )
    before, after = Counter(_all(old)), Counter(_all(new))
    return list((before - after).elements()), list((after - before).elements())


def _all(part: _Part) -> list[bytes]:
    if part.frame.records is not None:
        return list(part.frame.records)
    return records(part.data, (part.frame.start, part.frame.end), part.frame.separator)


def _part(data: bytes, frame: Frame) -> _Part:
    return _Part(data, frame, blake2b(frame.context.encode(), digest_size=16).digest())


def _keys(part: _Part, found: Iterable[bytes]) -> list[bytes]:
    """What names each record in the reading: a digest of its context and its bytes."""
    salted = blake2b(digest_size=12, key=part.salt)
    keys = []
    for record in found:
        digest = salted.copy()
        digest.update(record.strip())
        keys.append(digest.digest())
    return keys


def _any_unread(fresh: dict[bytes, _Live]) -> bool:
    return any(isinstance(result, Unread) for live in fresh.values() for result in live.results)


def _container_time(raw: Raw) -> datetime:
    """What a file without a time of its own is dated by: its name, else its container."""
    when = raw.named_at or raw.committed_at
    if when is None:
        raise SourceError(
            f"{raw.origin}: neither the file nor its container says when it was published; "
            "give the file a dated name such as 2024-03-01.csv"
        )
    return when
