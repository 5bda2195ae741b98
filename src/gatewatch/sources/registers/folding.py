"""What several records of one entry say together, for the formats that have nothing special."""

from collections.abc import Sequence
from functools import reduce

import msgspec

from gatewatch.model.entry import NO_SITE, Decision, Entry, block_types
from gatewatch.model.selector import Selector
from gatewatch.sources.registers.format import Fragment


def fold(fragments: Sequence[Fragment]) -> Entry | None:
    """One record: as it is. Several under one key: selectors joined, the latest decision kept."""
    if len(fragments) == 1:
        return fragments[0].entry
    if not fragments:
        return None
    return reduce(_join, sorted(_apart([f.entry for f in fragments]), key=_age))


def removal(fragments: Sequence[Fragment]) -> Decision | None:
    """Most sources remove without a word."""
    del fragments
    return None


def _apart(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Records of which some are over and others stand: what an ended one alone names does not stand
    with the others. One entry has one end, so when that was stays text."""
    standing = {one for entry in entries if entry.removed_at is None for one in entry.selectors}
    if not standing:
        return entries
    return [entry if entry.removed_at is None else _without(entry, standing) for entry in entries]


def _without(entry: Entry, standing: set[Selector]) -> Entry:
    over = {f"{s.value} (removed {entry.removed_at})" for s in {*entry.selectors} - standing}
    return msgspec.structs.replace(
        entry,
        selectors=tuple(s for s in entry.selectors if s in standing),
        unparsed=tuple(sorted({*entry.unparsed, *over})),
    )


def _age(entry: Entry) -> tuple[str, str, str]:
    act = entry.decision or Decision()
    return (act.date or "", entry.included_at or "", act.number or "")


def _join(older: Entry, newer: Entry) -> Entry:
    return msgspec.structs.replace(
        newer,
        block_type=_prescribed(older, newer),
        selectors=tuple(sorted({*older.selectors, *newer.selectors})),
        unparsed=tuple(sorted({*older.unparsed, *newer.unparsed})),
        attributes=tuple(sorted({*older.attributes, *newer.attributes})),
        included_at=_first_inclusion(older, newer),
        removed_at=_last_removal(older, newer),
        urgent=older.urgent or newer.urgent,
    )


def _prescribed(older: Entry, newer: Entry) -> str:
    """What both records prescribe: each was told of its own selectors alone."""
    if newer.block_type == NO_SITE:
        return older.block_type
    if not older.selectors or older.block_type == newer.block_type:
        return newer.block_type
    if not newer.selectors:
        return older.block_type
    if all(one.block_type == block_types(one.selectors) for one in (older, newer)):
        return block_types(sorted({*older.selectors, *newer.selectors}))
    named = {name for one in (older, newer) for name in one.block_type.split("+")}
    return "+".join(sorted(named))


def _first_inclusion(older: Entry, newer: Entry) -> str | None:
    """The first day; none where one record ended before the other began: by that day alone the
    entry would have stood all the time."""
    first, last = sorted((older, newer), key=lambda entry: entry.included_at or "")
    if first.removed_at and last.included_at and first.removed_at < last.included_at:
        return None
    return first.included_at or last.included_at


def _last_removal(older: Entry, newer: Entry) -> str | None:
    """An entry stays while one of its records does."""
    if older.removed_at is None or newer.removed_at is None:
        return None
    return max(older.removed_at, newer.removed_at)
