"""Raw snapshots to entries: reads each one by its difference to the one read before."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import islice

import msgspec

from gatewatch import config
from gatewatch.errors import SourceError
from gatewatch.model.entry import (
    NO_SITE,
    UNREAD_ID,
    Decision,
    Entry,
    stands_for_unread,
    version_of,
)
from gatewatch.sources.containers.large import Data, plain
from gatewatch.sources.containers.raw import Raw
from gatewatch.sources.registers.difference import difference, in_groups, records
from gatewatch.sources.registers.format import Format, Fragment, Frame, Unread, check_mark
from gatewatch.sources.registers.shelf import MANY, Shelf

_AT_ONCE = 2000
"""Records that are read together."""
_SHOWN = 2000
_LONGEST = 1 << 20
"""Bytes of a record."""
_KEPT = 8192
"""Of an unread record, as far as names are sought in it."""


class SetAside(msgspec.Struct, frozen=True):
    """A record or a part of one that was not understood: why, and as it was published."""

    entry_id: str | None
    reason: str
    raw: str


class SnapshotReading(msgspec.Struct, frozen=True):
    """What one snapshot says, told as the difference to the reading before it.

    `touched` are the entries that may differ; they may all where `many_touched`. `entries` counts
    those on the list. `unreadable` are digests of the records whose entry could not be told.
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
    many_touched: bool = False
    """Whether these were too many to be named in `touched`."""
    fault: str | None = None
    """Why nothing in it could be read at all; the reading before it still stands in the reader."""


class _Part(msgspec.Struct, frozen=True):
    data: Data
    frame: Frame
    salt: bytes
    """Sets the records of one context apart from equal bytes in another."""


class _Told(msgspec.Struct, gc=False, array_like=True):
    """What one record says of one entry, and how often that record stands in the reading."""

    fragments: list[Fragment]
    count: int = 1


class _Slot(msgspec.Struct, gc=False, array_like=True):
    """An entry of the current reading: what its records say, by their keys, and its version as they
    say it together; None while they do not put it on the list."""

    told: dict[bytes, _Told]
    version: str | None = None
    unparsed: bool = False


class _Counted(msgspec.Struct, gc=False):
    """A record that could not be read, and how often it stands there."""

    unread: Unread
    count: int = 0


class Reader:
    """Holds what each entry's records say and moves from snapshot to snapshot by difference.

    A record itself is not held: one that is gone is read once more to learn whose it was. What the
    records of a large list say lies on a shelf outside the memory.
    """

    def __init__(self, form: Format, name: str) -> None:
        self._format = form
        self._name = name
        self._parts: dict[str, _Part] = {}
        self._slots: Shelf[_Slot] = Shelf(
            msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(_Slot).decode
        )
        self._unread: dict[bytes, _Counted] = {}
        self._unknown: Counter[str] = Counter()
        self._touched: set[str] = set()
        self._many_touched = False
        self._present = 0
        self._unparsed = 0
        self._records = 0
        self._most = config.records_limit()
        self._standing_in = 0
        self._unsettled: dict[str, Data] = {}

    def read(self, raw: Raw) -> SnapshotReading:
        """Move to `raw`. A file that is not this format at all leaves the reader where it was."""
        try:
            frames = self._frames(raw)
        except SourceError as fault:
            return self._unreadable_whole(raw, str(fault))
        self._many_touched = False
        aside = [SetAside(None, p.frame.doubt, "") for p in frames.values() if p.frame.doubt]
        for name in self._parts.keys() - raw.parts.keys():
            self._replace(name, None, aside)
        for name, part in frames.items():
            self._replace(name, part, aside)
        touched = frozenset(() if self._many_touched else self._touched)
        self._settle()
        main = self._parts[raw.main].frame
        unknown = {*self._unknown, *(u for p in self._parts.values() for u in p.frame.unknown)}
        hidden = sum(self.version(entry_id) is None for entry_id in self.withheld())
        return SnapshotReading(
            published_at=main.published_at or _container_time(raw),
            published_text=main.published_text,
            complete=all(part.frame.complete for part in self._parts.values()),
            touched=touched,
            many_touched=self._many_touched,
            entries=self._present + hidden - self._standing_in,
            records=self._records,
            unreadable=tuple(sorted(k.hex() for k, u in self._unread.items() if u.unread.vital)),
            unparsed=self._unparsed,
            set_aside=tuple(aside),
            unknown=tuple(sorted(unknown)),
            tail=self._tail(self._parts[raw.main]),
        )

    def entry(self, entry_id: str) -> Entry | None:
        """The entry as the current reading has it; None if it is not on the list."""
        return self._format.fold(self._fragments(entry_id))

    def version(self, entry_id: str) -> str | None:
        """The digest of what the current reading says of an entry; None if it is not on the
        list."""
        slot = self._slots.get(entry_id)
        return None if slot is None else slot.version

    def removal(self, entry_id: str) -> Decision | None:
        """The act that the current reading names for taking an entry off the list."""
        return self._format.removal(self._fragments(entry_id))

    def ids(self) -> Iterator[str]:
        """The entries on the list, in order."""
        return (name for name, slot in self._slots.items() if slot.version is not None)

    def withheld(self) -> set[str]:
        """Entries whose record is there but unreadable: nothing may be concluded of them."""
        return {u.unread.entry_id for u in self._unread.values() if u.unread.entry_id}

    def _fragments(self, entry_id: str) -> list[Fragment]:
        slot = self._slots.get(entry_id)
        return [] if slot is None else _together(slot)

    def _frames(self, raw: Raw) -> dict[str, _Part]:
        """Frame every file that is new or was refused before; raises SourceError if one is
        unfit."""
        for name, part in raw.parts.items():
            if part.data is not None:
                self._unsettled[name] = part.data
        gone = self._parts.keys() - raw.parts.keys()
        if raw.together and gone and len(gone) < len(self._parts):
            raise SourceError(f"{', '.join(sorted(gone))} is missing in this state")
        emptied = [name for name, data in self._unsettled.items() if self._is_emptied(name, data)]
        if raw.together and emptied:
            raise SourceError(f"{', '.join(sorted(emptied))} is empty in this state")
        frames: dict[str, _Part] = {}
        for name in filter(self._unsettled.__contains__, raw.parts):
            data = self._unsettled[name]
            if name == raw.main and not getattr(self._format, "names_elements", False):
                check_mark(self._name, name, data[:4096])
            if not getattr(self._format, "walks", False):
                data = plain(data)
            frames[name] = _part(data, self._format.frame(name, data))  # type: ignore[arg-type]
        if raw.main not in frames and raw.main not in self._parts:
            raise SourceError(f"{raw.main} is missing in {raw.origin}")
        self._unsettled.clear()
        return frames

    def _is_emptied(self, name: str, data: Data) -> bool:
        """Whether a file says nothing that did before: one part of several is missing then too."""
        held = self._parts.get(name)
        return held is not None and not bytes(data[:_KEPT]).strip() and len(held.data) > len(data)

    def _replace(self, name: str, new: _Part | None, aside: list[SetAside]) -> None:
        """Exchange one file, whole or by difference."""
        old = self._parts.pop(name, None)
        gone, come = _changed(old, new)
        if new is not None:
            stays = old is not None and self._stays_unread(old, gone)
            sure = self._learn_all(name, new, come, aside, doubtful=stays)
            if sure is not None:
                new = _part(new.data, msgspec.structs.replace(new.frame, records=sure))
                gone, come = _changed(old, new)
                self._learn_all(name, new, come, aside)
            self._parts[name] = new
        if old is not None:
            for group in gone:
                self._forget(old, group)

    def _stays_unread(self, old: _Part, gone: Iterable[list[bytes]]) -> bool:
        """Whether a record of before that stays could not be read; it may be by now."""
        if not self._unread:
            return False
        return bool(self._unread.keys() - {key for group in gone for key in _keys(old, group)})

    def _learn_all(
        self,
        name: str,
        part: _Part,
        come: Iterable[list[bytes]],
        aside: list[SetAside],
        *,
        doubtful: bool = False,
    ) -> tuple[bytes, ...] | None:
        """Learn what came. Where a record cannot be read and a surer way of cutting the file finds
        its records: take back what was learnt and give these."""
        before = len(aside)
        trusted = part.frame.records is not None
        for learnt, group in enumerate(come):
            parsed = self._parsed(part, group)
            if not trusted and (doubtful or _any_unread(parsed)):
                sure = self._format.recut(name, plain(part.data))
                if sure is not None:
                    for again in islice(come, learnt):
                        self._forget(part, again)
                    del aside[before:]
                    return sure
                trusted = True
            self._learn(part, group, parsed, aside)
        return None

    def _parsed(self, part: _Part, group: list[bytes]) -> list[list[Fragment | Unread]]:
        """What records say. One that is far longer than any record is not read: what it costs is
        many times its length."""
        long = {n: one for n, one in enumerate(group) if len(one) > _LONGEST}
        if not long:
            return self._format.parse(part.frame.context, group)
        short = [b"" if n in long else one for n, one in enumerate(group)]
        parsed = self._format.parse(part.frame.context, short)
        for n, one in long.items():
            digest = blake2b(one, digest_size=16).hexdigest()
            begin = one[:_SHOWN].decode("utf-8", "replace")
            reason = f"longer than {_LONGEST:,} bytes: {len(one):,}, BLAKE2b {digest}"
            parsed[n] = [Unread(reason, begin)]
        return parsed

    def _learn(
        self,
        part: _Part,
        group: list[bytes],
        parsed: list[list[Fragment | Unread]],
        aside: list[SetAside],
    ) -> None:
        for key, results in zip(_keys(part, group), parsed, strict=True):
            if not results:
                continue
            self._records += 1
            if self._records > self._most:
                raise SourceError(
                    f"more than {self._most:,} records; raise GATEWATCH_MAX_RECORDS if that is what it "
                    "should be"
                )
            told = _told(key, results)
            if told is not results:
                self._learn_unread(key, results, aside)
            for entry_id, fragments in _by_entry(told):
                self._add(entry_id, key, fragments, aside)

    def _learn_unread(
        self, key: bytes, results: list[Fragment | Unread], aside: list[SetAside]
    ) -> None:
        found = [result for result in results if isinstance(result, Unread)]
        if found and key not in self._unread:
            self._unread[key] = _Counted(found[-1])
            aside += [SetAside(u.entry_id, u.reason, u.raw[:_SHOWN]) for u in found]
        if found:
            self._unread[key].count += 1

    def _add(
        self, entry_id: str, key: bytes, fragments: list[Fragment], aside: list[SetAside]
    ) -> None:
        slot = self._slots.get(entry_id) or _Slot({})
        known = slot.told.get(key)
        if known is not None:
            known.count += 1
        else:
            slot.told[key] = _Told(fragments)
            for told in fragments:
                self._unknown.update(told.unknown)
                aside += [SetAside(entry_id, problem, "") for problem in told.problems]
        self._slots.put(entry_id, slot)
        if known is None:
            self._touch(entry_id)

    def _forget(self, part: _Part, group: list[bytes]) -> None:
        parsed = self._parsed(part, group)
        for key, results in zip(_keys(part, group), parsed, strict=True):
            if not results:
                continue
            self._records -= 1
            told = _told(key, results)
            if told is not results:
                self._forget_unread(key, results)
            for entry_id, _ in _by_entry(told):
                self._remove(entry_id, key)

    def _forget_unread(self, key: bytes, results: list[Fragment | Unread]) -> None:
        counted = self._unread.get(key)
        if counted is None:
            return
        counted.count -= 1
        if not counted.count:
            del self._unread[key]
            for result in results:
                if isinstance(result, Unread) and result.entry_id:
                    self._touch(result.entry_id)

    def _remove(self, entry_id: str, key: bytes) -> None:
        slot = self._slots.get(entry_id)
        assert slot is not None
        known = slot.told[key]
        known.count -= 1
        if not known.count:
            del slot.told[key]
            for told in known.fragments:
                self._unknown.subtract(told.unknown)
            self._unknown += Counter()
        self._slots.put(entry_id, slot)
        if not known.count:
            self._touch(entry_id)

    def _touch(self, entry_id: str) -> None:
        """Have an entry looked at once its records are learnt; many at once are not remembered."""
        self._touched.add(entry_id)
        if len(self._touched) > (_AT_ONCE if self._many_touched else MANY):
            self._many_touched = True
            self._settle()

    def _settle(self) -> None:
        """Fold each entry that was touched, and count it anew."""
        for entry_id in self._touched:
            slot = self._slots.get(entry_id)
            if slot is None:
                continue
            was, was_unparsed = slot.version is not None, slot.unparsed
            entry = self._format.fold(_together(slot))
            stands_in = stands_for_unread(entry_id)
            slot.version = None if entry is None else version_of(entry)
            slot.unparsed = not (
                entry is None or entry.selectors or stands_in or entry.block_type == NO_SITE
            )
            came = (entry is not None) - was
            self._present += came
            self._standing_in += came if stands_in else 0
            self._unparsed += slot.unparsed - was_unparsed
            if slot.told:
                self._slots.put(entry_id, slot)
            else:
                self._slots.take_out(entry_id)
        self._touched.clear()

    def _tail(self, part: _Part) -> str | None:
        """A list without an end mark that is cut within its last line can be told by this alone."""
        frame, data = part.frame, part.data
        last = frame.open_line
        if frame.separator == b"\n" and frame.end > frame.start and data[frame.end - 1] != 10:
            cut = max(frame.start, data.rfind(b"\n", frame.start, frame.end) + 1)
            last = data[cut : frame.end]
        if not last.strip():
            return None
        (results,) = self._format.parse(frame.context, [last])
        return next((r.entry.id for r in results if isinstance(r, Fragment)), "")

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


def _told(key: bytes, results: list[Fragment | Unread]) -> Sequence[Fragment]:
    """What a record says of entries; one that could not be read says it of an entry of its own."""
    told = [r for r in results if isinstance(r, Fragment)]
    if len(told) == len(results):
        return results  # type: ignore[return-value]
    return told + [_stand_in(key, r) for r in results if isinstance(r, Unread) and r.vital]


def _by_entry(told: Sequence[Fragment]) -> Iterable[tuple[str, list[Fragment]]]:
    if len(told) == 1:
        return ((told[0].entry.id, [told[0]]),)
    found: dict[str, list[Fragment]] = {}
    for fragment in told:
        found.setdefault(fragment.entry.id, []).append(fragment)
    return found.items()


def _together(slot: _Slot) -> list[Fragment]:
    return [fragment for told in slot.told.values() for fragment in told.fragments]


def _stand_in(key: bytes, unread: Unread) -> Fragment:
    """An entry for a record that could not be read, so that it is not lost and weighs on
    answers."""
    entry = Entry(f"{UNREAD_ID}{key.hex()}", block_type=NO_SITE, unparsed=(unread.raw[:_KEPT],))
    return Fragment(entry)


class _Whole:
    """All records of a file, some at a time, as often as they are asked for."""

    def __init__(self, part: _Part | None) -> None:
        self._part = part

    def __iter__(self) -> Iterator[list[bytes]]:
        if self._part is None:
            return
        data, frame = self._part.data, self._part.frame
        if frame.records is None and not isinstance(data, bytes):
            yield from in_groups(data, (frame.start, frame.end), frame.separator, _AT_ONCE)
            return
        found = _all(self._part)
        for start in range(0, len(found), _AT_ONCE):
            yield found[start : start + _AT_ONCE]


def _changed(
    old: _Part | None, new: _Part | None
) -> tuple[Iterable[list[bytes]], Iterable[list[bytes]]]:
    """Records gone from the old file and come with the new one, in groups."""
    if old is None or new is None or old.frame.context != new.frame.context:
        return _Whole(old), _Whole(new)
    if (
        old.frame.records is None
        and new.frame.records is None
        and old.frame.separator == new.frame.separator
    ):
        gone, come = difference(
            old.data,
            (old.frame.start, old.frame.end),
            new.data,
            (new.frame.start, new.frame.end),
            separator=new.frame.separator,
        )
        return [gone], [come]
    before, after = Counter(_all(old)), Counter(_all(new))
    return [list((before - after).elements())], [list((after - before).elements())]


def _all(part: _Part) -> list[bytes]:
    if part.frame.records is not None:
        return list(part.frame.records)
    return records(part.data, (part.frame.start, part.frame.end), part.frame.separator)


def _part(data: Data, frame: Frame) -> _Part:
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


def _any_unread(parsed: list[list[Fragment | Unread]]) -> bool:
    return any(isinstance(result, Unread) for results in parsed for result in results)


def _container_time(raw: Raw) -> datetime:
    """What a file without a time of its own is dated by: its name, else its container."""
    when = raw.named_at or raw.committed_at
    if when is None:
        raise SourceError(
            f"{raw.origin}: neither the file nor its container says when it was published; "
            "give the file a dated name such as 2024-03-01.csv"
        )
    return when
