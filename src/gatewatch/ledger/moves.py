"""What registers did over a time, and what is known of them by a later time of recording that was
not known by an earlier one."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import msgspec

from gatewatch.ledger.bounds import Bounds
from gatewatch.ledger.event_rows import events_of, in_order
from gatewatch.ledger.history import History
from gatewatch.ledger.schema import select_list
from gatewatch.model.history import RegisterEvent


class Windows(msgspec.Struct, frozen=True):
    """Which events of each register are asked for: [since, until) by their snapshot's time, and no
    later than `ends` by the snapshot before it; in microseconds. Registers that are not named are
    not asked about."""

    registers: tuple[str, ...]
    since: tuple[int, ...]
    until: tuple[int, ...]
    ends: tuple[int, ...]

    def parameters(self, **more: object) -> dict[str, object]:
        """As the SQL here takes them."""
        return {name: list(value) for name, value in msgspec.structs.asdict(self).items()} | more


_OF_EVENT = "list_extract({}, list_position($registers, e.register))"
_IN_WINDOW = f"""list_contains($registers, e.register)
    AND epoch_us(e.published_at) >= {_OF_EVENT.format("$since")}
    AND epoch_us(e.published_at) < {_OF_EVENT.format("$until")}
    AND (e.base_at IS NULL OR epoch_us(e.base_at) <= {_OF_EVENT.format("$ends")})"""
_NEWEST_FIRST = """e.published_at DESC, e.register DESC, e.entry DESC, e.base_at IS NOT NULL DESC,
    coalesce(e.base_at, e.published_at) DESC, e.snapshot DESC"""
"""As `in_order`, backwards."""


def newest(
    history: History, by: Bounds, within: Windows, *, offset: int, limit: int
) -> list[RegisterEvent]:
    """Some events of accepted snapshots, newest first: a page of them is read, not all."""
    # First which events, by the few columns that order them, then these whole: a page of the
    # 98,671 events of five registers takes a third of the time and memory so.
    rows = history.store.query(
        f"""WITH page AS MATERIALIZED (
            SELECT e.register, e.entry, e.snapshot, e.batch FROM {history.accepted(by)}
            WHERE {_IN_WINDOW} ORDER BY {_NEWEST_FIRST} LIMIT $limit OFFSET $offset)
        SELECT {select_list("events", prefix="e.")} FROM events e
        WHERE e.entry IN (SELECT entry FROM page)
            AND (e.register, e.entry, e.snapshot, e.batch) IN (FROM page)""",
        within.parameters(offset=offset, limit=limit),
    )
    return sorted(events_of(rows), key=in_order, reverse=True)


def move_counts(history: History, by: Bounds, within: Windows) -> list[tuple[str, int, str, int]]:
    """How many events of accepted snapshots there are: register, time of the snapshot in
    microseconds, operation, number."""
    rows = history.store.query(
        f"""SELECT e.register, epoch_us(e.published_at), e.op, count(*) FROM {history.accepted(by)}
        WHERE {_IN_WINDOW} GROUP BY ALL ORDER BY ALL""",
        within.parameters(),
    )
    return [(str(register), int(at), str(op), int(n)) for register, at, op, n in rows]


def dated_changes(history: History, by: Bounds, within: Windows) -> list[RegisterEvent]:
    """Changes of entries that tell the day of their own removal, oldest first."""
    rows = history.store.query(
        f"""SELECT {select_list("events", prefix="e.")} FROM {history.accepted(by)}
        WHERE {_IN_WINDOW} AND e.op = 'changed' AND e.removed_at IS NOT NULL""",
        within.parameters(),
    )
    return sorted(events_of(rows), key=in_order)


def moved_counts(history: History, before: Bounds, after: Bounds) -> dict[str, int]:
    """How many entries of each register the snapshots concern that count by one time of
    recording and not by another, or in another batch."""
    rows = history.store.query(
        f"""SELECT e.register, count(DISTINCT e.entry) FROM {_between(history, before, after)}
        GROUP BY e.register"""
    )
    return {str(register): int(number) for register, number in rows}


def moved_entries(history: History, register: str, before: Bounds, after: Bounds) -> list[str]:
    """Those entries of a register, in the order of their ids."""
    rows = history.store.query(
        f"""SELECT DISTINCT e.entry FROM {_between(history, before, after)}
        WHERE e.register = $register ORDER BY ALL""",
        {"register": register},
    )
    return [str(entry) for (entry,) in rows]


def came(
    history: History, register: str, before: Bounds, after: Bounds
) -> list[tuple[int, int | None, str, int]]:
    """What snapshots did that count by a later time of recording and did not by an earlier one:
    time of the snapshot and of the one before it, in microseconds, operation, number."""
    rows = history.store.query(
        f"""SELECT epoch_us(e.published_at), epoch_us(e.base_at), e.op, count(*)
        FROM {history.accepted(after)} WHERE e.register = $register
            AND e.snapshot NOT IN (SELECT id FROM {history.live(before)} WHERE register = $register)
        GROUP BY ALL ORDER BY ALL""",
        {"register": register},
    )
    return [(int(at), after_, str(op), int(n)) for at, after_, op, n in rows]


def registers_that_count(history: History, by: Bounds) -> set[str]:
    """Registers of which any snapshot counts."""
    return {
        name for (name,) in history.store.query(f"SELECT DISTINCT register FROM {history.live(by)}")
    }


def removals_told(history: History, by: Bounds) -> dict[str, list[str]]:
    """The registers' own words for days of removal, by register."""
    rows = history.store.query(
        f"""SELECT DISTINCT e.register, e.removed_at FROM {history.accepted(by)}
        WHERE e.removed_at IS NOT NULL ORDER BY ALL"""
    )
    return {
        str(register): [str(text) for _, text in group]
        for register, group in groupby(rows, key=itemgetter(0))
    }


def entries_removed(history: History, register: str, told: Sequence[str], by: Bounds) -> list[str]:
    """Entries of a register that ever bore one of its words for a day of removal."""
    rows = history.store.query(
        f"""SELECT DISTINCT e.entry FROM {history.accepted(by)}
        WHERE e.register = $register AND list_contains($told, e.removed_at) ORDER BY ALL""",
        {"register": register, "told": list(told)},
    )
    return [str(entry) for (entry,) in rows]


def _between(history: History, before: Bounds, after: Bounds) -> str:
    """Events `e` of what counts by one of two times of recording alone, for FROM."""
    one, other = (f"SELECT register, id, batch FROM {history.live(by)}" for by in (before, after))
    return f"""events e JOIN (({one} EXCEPT {other}) UNION ALL ({other} EXCEPT {one})) moved
        ON e.register = moved.register AND e.snapshot = moved.id AND e.batch = moved.batch"""
