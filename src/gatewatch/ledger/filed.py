"""Entries by the keys of what they list: exact names, names that end so, parts of names."""

from collections.abc import Iterable, Sequence
from heapq import nsmallest

from gatewatch.ledger import filing
from gatewatch.ledger.bounds import Bounds
from gatewatch.ledger.event_rows import events_of
from gatewatch.ledger.history import Filed, History
from gatewatch.ledger.schema import select_list
from gatewatch.model.history import RegisterEvent

_MOST_NEAR = 4096
"""Rows of keys of which those that count are told apart here; of more it is done in SQL."""
_MOST_KEPT = 1024
"""Events that a history keeps of its last look."""
MOST_BENEATH = 12
"""Keys of names beneath a domain that are shown beside it; more would be a list, not an answer."""


def filed_under(
    history: History,
    keys: Iterable[str],
    by: Bounds,
    *,
    within: Sequence[str] = (),
    beneath: Sequence[str] = (),
) -> list[RegisterEvent]:
    """Events of entries that ever bore a selector with one of the keys, and of some others.

    `within`: also all keys of names that end with one of these; `beneath`: the first of
    them."""
    wanted = filing.either(keys)
    ended = list(dict.fromkeys((*within, *beneath)))
    filed = (
        _filed_of_few(history, wanted, within, beneath) if filing.is_few(wanted, ended) else None
    )
    if filed is None:
        filed = _filed_of_many(history, wanted, within=within, beneath=beneath, ended=ended)
    return _events(history, by, filed)


def filed_at_least(
    history: History,
    keys: Iterable[str],
    by: Bounds,
    *,
    within: Sequence[str] = (),
    beneath: Sequence[str] = (),
) -> list[RegisterEvent]:
    """What `filed_under` finds, and perhaps more. A page asks of one name and of its service what
    stands, what ever stood and what cases tell: the first look for all of that answers the next
    ones, each of which costs some 10 ms of CPU in a large register."""
    wanted = frozenset(keys)
    last = history.last_filed
    if last is None or not last.answers(by, wanted, within, beneath):
        last = Filed(
            by=by,
            keys=wanted,
            within=frozenset(within),
            beneath=frozenset(beneath),
            events=filed_under(history, wanted, by, within=within, beneath=beneath),
        )
        if len(last.events) <= _MOST_KEPT:
            history.last_filed = last
    return last.events


def _events(history: History, by: Bounds, filed: set[tuple[str, str]]) -> list[RegisterEvent]:
    """Every event of some entries, by register and id."""
    if not filed:
        return []
    # Of events the columns of those entries alone are read: DuckDB hands the entries down to
    # the scan only where they are asked for by IN (40 -> 18 ms of CPU).
    rows = history.store.query(
        f"""WITH their AS MATERIALIZED (
            SELECT * FROM events WHERE entry IN (SELECT unnest($entries)))
        SELECT {select_list("events", prefix="e.")}
        FROM their e JOIN {history.live(by)} live ON e.register = live.register
            AND e.snapshot = live.id AND e.batch = live.batch""",
        {"entries": list(dict.fromkeys(entry for _, entry in filed))},
    )
    events = events_of(rows)
    return [one for one in events if (one.register, one.change.entry_id) in filed]


def _filed_of_few(
    history: History, wanted: list[str], within: Sequence[str], beneath: Sequence[str]
) -> set[tuple[str, str]] | None:
    """Registers and entries by one scan; None where it finds more than is told apart here.

    Each scan looks at the bounds of every row group there is, so a join of five of them was
    most of what a look-up in a large register cost."""
    ended = list(dict.fromkeys((*within, *beneath)))
    sql, values = filing.scan(wanted, ended)
    rows = history.store.query(f"{sql} LIMIT {_MOST_NEAR + 1}", values)
    if len(rows) > _MOST_NEAR:
        return None
    keys = {*wanted}
    filed = {(register, entry) for lookup, register, entry in rows if lookup in keys}
    named = [(filing.key_of(lookup), (register, entry)) for lookup, register, entry in rows]
    hosts = [(key, owner) for key, owner in named if key.startswith(filing.HOSTS)]
    filed |= {owner for key, owner in hosts if key.endswith(tuple(within))}
    for suffix in beneath:
        ending = [(key, owner) for key, owner in hosts if key.endswith(suffix)]
        first = {*nsmallest(MOST_BENEATH, {key for key, _ in ending})}
        filed |= {owner for key, owner in ending if key in first}
    return filed


def _filed_of_many(
    history: History,
    wanted: list[str],
    *,
    within: Sequence[str],
    beneath: Sequence[str],
    ended: Sequence[str],
) -> set[tuple[str, str]]:
    """The same, of as many keys as one likes."""
    spanned, values = filing.spans(ended, older=bool(ended) and history.holds_older_keys())
    rows = history.store.query(
        f"""WITH spanned AS MATERIALIZED ({spanned}),
        near AS MATERIALIZED (
            SELECT lookup, register, entry FROM selectors
            WHERE lookup IN (SELECT unnest($keys))
            UNION ALL SELECT lookup, register, entry FROM spanned)
        SELECT DISTINCT register, entry FROM near
        WHERE lookup IN (SELECT unnest($keys)
            UNION SELECT lookup FROM spanned WHERE list_contains($within, e)
            UNION SELECT lookup FROM (SELECT lookup FROM spanned
                WHERE list_contains($beneath, e) QUALIFY dense_rank() OVER (
                    PARTITION BY e ORDER BY {filing.KEY}) <= {MOST_BENEATH}))""",
        {
            "keys": wanted,
            "within": list(within),
            "beneath": list(beneath),
            "suffixes": list(ended),
            **values,
        },
    )
    return {(register, entry) for register, entry in rows}


def hosts_with(history: History, part: str, by: Bounds, most: int) -> list[str]:
    """Hosts that were ever listed and hold a text in their names, the shortest first."""
    labels = " ".join(f"AND contains(lookup, $label{n})" for n, _ in enumerate(part.split(".")))
    rows = history.store.query(
        f"""SELECT DISTINCT ({filing.KEY})[3:] AS host, length(host) FROM selectors s
        WHERE lower(lookup[:2]) IN ('d:', 'm:', 'h:') {labels} AND contains(host, $part)
            AND (s.register, s.batch) IN (SELECT register, batch FROM {history.live(by)})
        ORDER BY length(host), host LIMIT $most""",
        {
            "part": part,
            "most": most,
            **{f"label{n}": label for n, label in enumerate(part.split("."))},
        },
    )
    return [host for host, _ in rows]


def addresses(history: History) -> list[str]:
    """Every key of an address or a network."""
    rows = history.store.query(
        "SELECT DISTINCT lookup FROM selectors WHERE lookup[:2] IN ('i:', 'c:')"
    )
    return [key for (key,) in rows]
