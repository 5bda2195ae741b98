"""Events folded to listings in SQL, for questions about a whole register: what
analysis/registers/listings.py does for an entry at a time. What an entry's own days mean and what
its block type prescribes is asked of Python once for each different text (`Meaning`), so that there
is one rule for both.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gatewatch.ledger.schema import micros

if TYPE_CHECKING:
    import pyarrow as pa

    from gatewatch.ledger.store import Store

FOLDED = """
    WITH numbered AS (
        SELECT e.register, e.entry, e.op, e.selectors, e.ground, e.included_at, e.removed_at,
            p.targets, epoch_us(e.base_at) AS came_after, epoch_us(e.published_at) AS came_by,
            row_number() OVER story AS n, lead(epoch_us(e.base_at)) OVER story AS went_after,
            lead(epoch_us(e.published_at)) OVER story AS went_by
        FROM events e JOIN {live} live
            ON e.register = live.register AND e.snapshot = live.id AND e.batch = live.batch
        LEFT JOIN asked_prescribed p
            ON p.block_type = e.block_type AND p.kinds = {kinds} AND p.unread = {unread}
        WHERE (e.register > $5 OR (e.register = $5 AND e.entry >= $6))
            AND ($7::VARCHAR IS NULL OR e.register < $7 OR (e.register = $7 AND e.entry < $8))
        WINDOW story AS (PARTITION BY e.register, e.entry
            ORDER BY e.published_at, e.base_at IS NOT NULL, e.base_at)),
    each AS (
        SELECT numbered.* REPLACE (unnest(list_distinct(selectors)) AS selectors), r.at AS removed
        FROM numbered LEFT JOIN asked_stated r
            ON r.register = numbered.register AND r.text = removed_at
        WHERE op <> 'removed'),
    unbroken AS (
        SELECT *, list_contains(targets, split_part(selectors, ':', 1)) AS meant,
            n - row_number() OVER (PARTITION BY register, entry, selectors ORDER BY n) AS span
        FROM each),
    told AS (
        SELECT register, entry, selectors AS selector, first(came_after ORDER BY n) AS came_after,
            min(came_by) AS came_by, last(went_after ORDER BY n) AS went_after,
            last(went_by ORDER BY n) AS went_by, last(ground ORDER BY n) AS ground,
            first(included_at ORDER BY n) AS included_at, last(removed_at ORDER BY n) AS removed_at,
            last(removed ORDER BY n) FILTER (removed IS NOT NULL) AS removed,
            coalesce(first(came_after ORDER BY n) FILTER (removed_at IS NOT NULL), -{far}) AS doubted,
            list(came_by ORDER BY n) AS shown_by, list(meant ORDER BY n) AS meant
        FROM unbroken GROUP BY register, entry, selectors, span)
    SELECT told.* EXCLUDE (included_at, removed_at) REPLACE (
            CASE WHEN removed_at IS NOT NULL AND (went_by IS NULL OR removed < went_by)
                THEN removed END AS removed,
            CASE WHEN removed_at IS NOT NULL AND removed IS NULL THEN doubted END AS doubted),
        CASE WHEN i.at <= came_by AND (came_after IS NULL OR i.at > came_after) THEN i.at END
            AS included,
        $4::BIGINT << 24 | row_number() OVER (ORDER BY told.register, entry, selector, came_by)
            AS place,
        CASE split_part(selector, ':', 1)
        WHEN 'domain' THEN 'd:' || substr(selector, 8)
        WHEN 'mask' THEN 'm:' || substr(selector, 8)
        WHEN 'url' THEN 'u:' || regexp_replace(substr(selector, 5), '^[^:]*://', '')
        WHEN 'ip' THEN 'i:' || substr(selector, 4)
        WHEN 'cidr' THEN 'c:' || substr(selector, 6)
        ELSE 'a:' || substr(selector, 5) END AS key,
        CASE split_part(selector, ':', 1)
        WHEN 'mask' THEN 'domain:' || substr(selector, 8)
        WHEN 'url' THEN 'domain:' || regexp_extract(selector, '^url:[^:]*://([^/:?#]+)', 1)
        ELSE selector END AS subject
    FROM told LEFT JOIN asked_stated i ON i.register = told.register AND i.text = included_at
"""
"""Every selector of every entry over each unbroken time it was listed. Its ends are microseconds
since 1970, `included` and `removed` the entry's own days where they can be true: of a removal that
cannot be read any more the day that it was read as before, and where it never could be read,
`doubted` since when it stands there; `meant` says for each of its
versions, which came by `shown_by`, whether the block type prescribes it; `subject` is the name by
which probes would measure it; `place` grows with the register, the entry and the selector. Of the
entries from $5, $6 to before $7, $8: the part of number $4."""
UNREAD = """
    WITH numbered AS (
        SELECT e.register, e.entry, e.op, e.unparsed, epoch_us(e.base_at) AS came_after,
            row_number() OVER story AS n, lead(epoch_us(e.published_at)) OVER story AS went_by
        FROM events e JOIN {live} live
            ON e.register = live.register AND e.snapshot = live.id AND e.batch = live.batch
        WHERE (e.register, e.entry) IN (
            SELECT register, entry FROM events WHERE len(unparsed) > 0)
        WINDOW story AS (PARTITION BY e.register, e.entry
            ORDER BY e.published_at, e.base_at IS NOT NULL, e.base_at)),
    each AS (
        SELECT * REPLACE (unnest(list_distinct(unparsed)) AS unparsed) FROM numbered
        WHERE op <> 'removed'),
    unbroken AS (
        SELECT *, n - row_number() OVER (PARTITION BY register, entry, unparsed ORDER BY n) AS span
        FROM each)
    SELECT register, 'x:' || h.name AS key, first(came_after ORDER BY n) AS came_after,
        last(went_by ORDER BY n) AS went_by
    FROM unbroken JOIN asked_hidden h ON h.text = unparsed
    GROUP BY register, entry, unparsed, span, h.name
"""
"""Every text that could not be read, by each name that it may mean, over each unbroken time it
stood."""
_TEXTS = "SELECT DISTINCT unnest(unparsed) FROM events WHERE len(unparsed) > 0"
_FAR = 1 << 62
_PART = 18_750
"""Selectors of events that are folded at once where memory is bounded: some 13 MB."""
_MOST_PARTS, _SAMPLED = 64, 4_096
_DRAWN = f"""
    SELECT register, entry, greatest(len(selectors), 1) AS weight FROM events
    USING SAMPLE reservoir({_SAMPLED} ROWS) REPEATABLE (1)
"""
_KINDS = "list_sort(list_distinct(list_transform({e}selectors, lambda s: split_part(s, ':', 1))))"
_UNREAD = "len({e}unparsed) > 0"
_STATED = """
    SELECT DISTINCT register, text FROM (
        SELECT register, included_at AS text FROM events UNION SELECT register, removed_at FROM events)
    WHERE text IS NOT NULL
"""
_PRESCRIBED = f"""
    SELECT block_type, {_KINDS.format(e="")} AS kinds, coalesce({_UNREAD.format(e="")}, false),
        any_value(selectors), any_value(unparsed)
    FROM events WHERE op <> 'removed' GROUP BY 1, 2, 3
"""


class Meaning(msgspec.Struct, frozen=True):
    """The rules of Python that the set logic goes by."""

    stated: Callable[[str, str], datetime | None]
    """A register's word for a day or a time, in UTC."""
    prescribed: Callable[[str, list[str], list[str]], Iterable[str]]
    """The kinds of selectors that a block type prescribes, of an entry with these selectors and
    these that could not be read."""
    hidden: Callable[[str], Iterable[str]]
    """The names that a text which could not be read may mean."""


def folded(live: str) -> str:
    """The SQL over accepted snapshots."""
    return FOLDED.format(
        live=live,
        kinds=_KINDS.format(e="e."),
        unread=f"coalesce({_UNREAD.format(e='e.')}, false)",
        far=_FAR,
    )


def parts(store: "Store") -> list[tuple[object, ...]]:
    """The parameters $4 to $8 of `folded` for parts of about the same size, as many as memory
    wants: one where it is not bounded. Borders are guessed of a sample, and change no answer."""
    borders: list[tuple[str, str]] = []
    if store.memory:
        ((whole,),) = store.query("SELECT sum(greatest(len(selectors), 1)) FROM events")
        number = min(-(-(whole or 0) // _PART), _MOST_PARTS)
        drawn = sorted(store.query(_DRAWN)) if number > 1 else []
        share, reached = sum(weight for *_, weight in drawn) / max(number, 1), 0
        for register, entry, weight in drawn:
            if (reached + weight) // share > reached // share:
                borders.append((register, entry))
            reached += weight
        borders = sorted(set(borders[:-1]))
    ends = [*borders, (None, None)]
    spans = zip([("", ""), *borders], ends, strict=True)
    return [(n, *first, *end) for n, (first, end) in enumerate(spans)]


def unread(live: str) -> str:
    """The SQL over accepted snapshots for what could not be read."""
    return UNREAD.format(live=live)


@contextmanager
def meanings(store: "Store", meaning: Meaning) -> "Iterator[None]":
    """The tables that `folded` and `unread` join: what each text of the ledger means."""
    import pyarrow as pa

    stated = [
        (register, text, micros(at))
        for register, text in store.query(_STATED)
        if (at := meaning.stated(register, text)) is not None
    ]
    prescribed = [
        (block, kinds, unread, sorted(set(meaning.prescribed(block, selectors, unparsed or []))))
        for block, kinds, unread, selectors, unparsed in store.query(_PRESCRIBED)
    ]
    hidden = [(text, name) for (text,) in store.query(_TEXTS) for name in meaning.hidden(text)]
    texts = pa.list_(pa.string())
    with store.shown(
        asked_stated=_table(
            {"register": pa.string(), "text": pa.string(), "at": pa.int64()}, stated
        ),
        asked_hidden=_table({"text": pa.string(), "name": pa.string()}, hidden),
        asked_prescribed=_table(
            {"block_type": pa.string(), "kinds": texts, "unread": pa.bool_(), "targets": texts},
            prescribed,
        ),
    ):
        yield


def _table(columns: "dict[str, pa.DataType]", rows: Sequence[tuple[object, ...]]) -> "pa.Table":
    import pyarrow as pa

    found = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pa.table({n: pa.array(list(c), columns[n]) for n, c in zip(columns, found, strict=True)})
