"""Counts of the verdicts in force by what they are about, jurisdiction, network and hour.

The counting is one Ibis expression (counting.py), whose SQL for DuckDB is kept beside it. Late data
and a new judgement change the counts on the next read.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from gatewatch.errors import needs
from gatewatch.ledger import paces, schema
from gatewatch.ledger.store import Store
from gatewatch.ledger.views import JUDGEMENTS, PERHAPS_OLDER
from gatewatch.model.episode import Episode
from gatewatch.model.verdict import Subject, VerdictState

if TYPE_CHECKING:
    import pyarrow as pa

COUNTING, COUNTING_ON_SPARK = "counting.sql", "counting.spark.sql"
"""What `counting.expression` is for DuckDB and for Spark, written by docs/generate.py: to make it
takes half a second."""
WEIGHTS: dict[str, float] = {
    VerdictState.BLOCKED: 1.0,
    VerdictState.LIKELY_BLOCKED: 0.75,
    VerdictState.IMPAIRED: 0.5,
    VerdictState.OK: 0.0,
}
"""How much of a block a verdict is worth. Others say nothing of one: they were measured, no
more."""


class TallyScope(msgspec.Struct, frozen=True, kw_only=True):
    """Which measurements are counted. `about` are names as verdicts bear them; none means all."""

    jurisdiction: str | None = None
    besides: str | None = None
    """One jurisdiction that is left out."""
    about: tuple[str, ...] = ()
    as_of: datetime | None = None
    """Published by then: when a collector had it, else when it was made."""
    recorded_by: datetime | None = None


def tallies(store: Store, scope: TallyScope) -> "pa.Table":
    """A row for what one network saw of one thing in one hour (since 1970); empty without
    measurements.

    `subject` and `about`: what it is, as verdicts say. `whole`: whether the verdicts are of whole
    measurements or of parts of one, such as one of the names that a messenger needs. `blocked`
    (weight) and `total` count the verdicts that say something of a block, `seen` all. `mechanisms`:
    a bit each (see `mechanisms`). `probe`: a number for the one probe whose all of `blocked` is,
    else 0.

    `network` is the one whose act it would be: of an answer that a resolver elsewhere forged that
    resolver's, else the probe's. Where that is not known it is 0, and what was seen says nothing:
    one probe that cannot tell its network would else bear witness as another one.
    """
    if not store.holds("measurements"):
        return arrow().empty_table()
    counted = store.arrow(_of(store, _sql(), scope), _asked(scope))
    known = counted["known"].drop_null().to_pylist()
    return counted.slice(1).drop_columns("known").cast(arrow(known[0] if known else ()))


def arrow(known: Sequence[str] = ()) -> "pa.Schema":
    """The columns of tallies."""
    with needs("network"):
        import pyarrow as pa

    return pa.schema(
        {
            "subject": pa.string(),
            "about": pa.string(),
            "probe_cc": pa.string(),
            "network": pa.int64(),
            "hour": pa.int64(),
            "whole": pa.bool_(),
            "blocked": pa.float64(),
            "total": pa.int64(),
            "seen": pa.int64(),
            "mechanisms": pa.int64(),
            "probe": pa.int64(),
            "sound": pa.int64(),
        },
        metadata={"mechanisms": " ".join(known)},
    )


def mechanisms(schema_: "pa.Schema", bits: int) -> tuple[str, ...]:
    """The mechanisms that a row's bits stand for."""
    known = (schema_.metadata or {}).get(b"mechanisms", b"").decode().split()
    return tuple(name for place, name in enumerate(known) if bits >> place & 1)


class Member(msgspec.Struct, frozen=True):
    """A verdict that an episode rests on."""

    uid: str
    about: str
    network: int
    at: datetime
    state: str
    mechanism: str | None


def members(store: Store, one: Episode, scope: TallyScope, *, whole: bool = False) -> list[Member]:
    """The verdicts that an episode rests on, by time. `whole`: without parts of measurements."""
    hours = {
        "first": int(one.first.timestamp()) // 3600,
        "last": int(one.last.timestamp()) // 3600,
        "whole": whole,
    }
    rows = store.query(_of(store, _MEMBERS, scope), _asked(scope) | hours)
    return [
        Member(
            uid=uid,
            about=about,
            network=network,
            at=schema.EPOCH + timedelta(microseconds=at),
            state=state,
            mechanism=how,
        )
        for uid, about, network, at, state, how in rows
    ]


class Volume(msgspec.Struct, frozen=True):
    """How much was measured by day: all of a jurisdiction, the names asked for told apart."""

    rows: "pa.Table"
    """`subject`, `about` (empty: of anything else), `probe_cc`, `network`, `day` since 1970,
    `whole`, `seen`, and a column a state."""
    until: int | None
    """The hour up to which measurements were looked for: of the last one that had been published
    anywhere, or of the last ingest, if that came soon after; None: there is none."""


def volumes(store: Store, scope: TallyScope, *, alone: bool = False) -> Volume:
    """Every measurement by day, whatever its verdict; `about` of the scope tells names apart and
    leaves none out, since a country's volume is of all that is measured there. `alone`: these names
    and no others."""
    if not store.holds("measurements"):
        return Volume(_EMPTY_VOLUMES().empty_table(), None)
    sql = _of(store, _VOLUMES, scope if alone else None)
    rows = store.arrow(sql, _asked(scope) | _all_of(store, scope))
    last = rows["until"][0].as_py()
    return Volume(rows.slice(1).drop_columns("until").cast(_EMPTY_VOLUMES()), last)


def narrowed(counts: "pa.Table", scope: TallyScope) -> "pa.Table":
    """Of the tallies of every name everywhere those of a scope, without asking the ledger."""
    import pyarrow.compute as pc

    if scope.jurisdiction is not None:
        counts = counts.filter(pc.equal(counts["probe_cc"], scope.jurisdiction))
    if scope.besides is not None:
        counts = counts.filter(pc.not_equal(counts["probe_cc"], scope.besides))
    if scope.about:
        counts = counts.filter(_among(counts["about"], scope.about))
    return counts


def apart(held: Volume, scope: TallyScope) -> Volume:
    """Of the volumes that tell every name everywhere apart those of a scope."""
    import pyarrow.compute as pc

    rows = narrowed(held.rows, msgspec.structs.replace(scope, about=()))
    if not scope.about:
        return Volume(rows, held.until)
    named = pc.if_else(_among(rows["about"], scope.about), rows["about"], "")
    rows = rows.set_column(rows.column_names.index("about"), "about", named)
    numbers = ("seen", *map(str, VerdictState))
    by = [name for name in rows.column_names if name not in numbers]
    summed = rows.group_by(by).aggregate([(name, "sum") for name in numbers])
    told = summed.rename_columns([name.removesuffix("_sum") for name in summed.column_names])
    return Volume(told.select(rows.column_names).cast(rows.schema), held.until)


def _among(column: "pa.ChunkedArray", names_: Sequence[str]) -> "pa.ChunkedArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.is_in(column, value_set=pa.array(names_, pa.string()))


def _all_of(store: Store, scope: TallyScope) -> dict[str, object]:
    """The times of a scope by which some measurement was not published or not recorded. Without
    any, what Parquet tells of its files answers which was the last one."""
    (known,) = store.query(
        "SELECT epoch_us(max(coalesce(collected_at, started_at))), epoch_us(max(recorded_at)) "
        "FROM measurements"
    )
    asked = {"unpublished": scope.as_of, "unrecorded": scope.recorded_by}
    return {
        name: until if until and last is not None and schema.micros(until) < last else None
        for (name, until), last in zip(asked.items(), known, strict=True)
    }


def names(store: Store) -> list[str]:
    """Everything that any verdict is about, in force or not."""
    if not store.holds("measurements"):
        return []
    older = f"UNION {_HOSTS}" if store.query(PERHAPS_OLDER) else ""
    return [name for (name,) in store.query(f"{_NAMES} {older} ORDER BY 1")]


def weights(store: Store) -> "dict[str, int]":
    """How many verdicts are about each name, in force or not."""
    if not store.holds("measurements"):
        return {}
    return dict(store.query(_WEIGHTS))


def weight(store: Store) -> int:
    """How many verdicts are held, by what the ends of files tell."""
    if not store.holds("measurements"):
        return 0
    ((number,),) = store.query("SELECT count(*) FROM verdicts")
    return int(number)


def jurisdictions(store: Store) -> list[str]:
    """Everywhere anything was measured."""
    if not store.holds("measurements"):
        return []
    return [code for (code,) in store.query(_PLACES)]


def _asked(scope: TallyScope) -> dict[str, object]:
    return {
        "code": scope.jurisdiction,
        "besides": scope.besides,
        "names": list(scope.about) or None,
        "as_of": scope.as_of,
        "recorded_by": scope.recorded_by,
    }


def _of(store: Store, sql: str, scope: TallyScope | None = None) -> str:
    """A question as this ledger needs it: the look at other pages is left out where nothing was
    slow, since it costs a walk through all measurements. `scope`: of its names alone."""
    narrowed = sql.replace(_EVERY, _named(store, scope)) if scope and scope.about else sql
    narrowed = narrowed.replace(_MECHANISMS, f"FROM {store.prepared(_MECHANISMS, ())}")
    return narrowed.replace(_STATE, _WEAK) if slow(known_mechanisms(store)) else narrowed


def _named(store: Store, scope: TallyScope) -> str:
    """The verdicts in force about some names, so that files and groups of rows are passed over that
    hold none of them.

    Few names are looked up before anything else is asked of their rows: the planner would else
    begin with the measurements. Where no country narrows those their host does: of a website the
    verdict is about its host. After a judgement each look costs a walk through all verdicts.
    """
    named = f"SELECT * FROM {_EVERY} WHERE about IN (SELECT unnest($names))"
    if len(scope.about) > _FEW_NAMES:
        return f"({named})"
    if not scope.jurisdiction and not store.query(f"{JUDGEMENTS} LIMIT 1"):
        met = store.query(_WHERE_NAMED, {"names": list(scope.about)})
        if all(code is not None and f"x{code}".isalnum() for code, _ in met):
            codes = sorted({code for code, _ in met})
            named = named.replace("code := $code", f"codes := {codes}::VARCHAR[]")
        of_host = f"{named} AND {_OF_HOST} AND host IN (SELECT unnest($names))"
        beyond = f"UNION ALL {named} AND ({_OF_HOST}) IS NOT TRUE"
        named = f"{of_host} {beyond if any(other for _, other in met) else ''}"
    return f"(WITH named AS MATERIALIZED ({named}) FROM named)"


SAW_ACCESS = "(t.blocked * 2 < t.total)"
"""Whether most results of an hour (a row `t` of tallies) saw the target reached: only such hours
tell that access was free. analysis/network/agreement.py has the same of arrays."""
_BITS = 62
_LIVE = 14 * 24
"""Hours after the last measurement for which an ingest that brought nothing says that there was
none: a ledger that was looked into later than that holds history, and nobody looked for more."""
_WEIGHED = ", ".join(f"'{state}'" for state in WEIGHTS)
_AT = "CASE WHEN starts_with(rules[1], 'instrument.clock') THEN collected_at ELSE started_at END"
"""When it was, by the collector where the probe's own clock was found to be wrong."""
_FOREIGN = """starts_with(mechanism, 'dns.') AND locus IS DISTINCT FROM 'network'
    AND resolver_asn > 0 AND resolver_asn <> probe_asn"""
_MAKE = """CASE WHEN platform IS NOT NULL OR software IS NOT NULL
    THEN -(hash(platform, engine, software) >> 1)::BIGINT - 1 END"""
"""A number below zero for what a probe is: its platform, engine and program."""
FEW_VERDICTS = 20_000
"""Of so few a ledger is counted as a whole in the time that one name takes, which is nearly all
planning: 36 ms of a core for each new question, and 0.3 ms to take a part of what was counted."""
_FEW_NAMES = 500
"""A service has some dozens. What is known of few fits the memory that a question may take."""
_STATE = "/*state*/ state"
_EVERY = "verdicts_in_force($recorded_by, code := $code)"
_OF_HOST = f"subject = '{Subject.HOST}' AND part = 0"
_WHERE_NAMED = f"""
    SELECT DISTINCT probe_cc, about IS NOT NULL AND ({_OF_HOST}) IS NOT TRUE FROM verdicts
    WHERE about IN (SELECT unnest($names)) OR (subject IS NULL AND part = 0)"""
"""Countries, and whether of a name as no website's; also those of verdicts that may count for the
host of their measurement."""
_MECHANISMS = "SELECT DISTINCT mechanism AS name FROM verdicts WHERE mechanism IS NOT NULL"
"""Walked through once for each state of a ledger."""
_WEAK = f"""CASE WHEN contains(mechanism, '{paces.THROTTLED}') AND uid IN ({paces.weak_lines(_AT)})
    THEN '{VerdictState.INSUFFICIENT}' ELSE state END"""
"""A page that was slow as all of the probe's were says nothing of its host."""
_ASKED = f"""
    SELECT uid, subject, about, probe_cc, part = 0 AS whole, {_STATE} AS state, mechanism, {_AT} AS made_at,
        epoch_us({_AT}) // 3600000000 AS hour,
        CASE WHEN {_FOREIGN} THEN resolver_asn ELSE coalesce(probe_asn, 0) END AS network,
        CASE WHEN probe_id IS NOT NULL THEN (hash(probe_id) >> 1)::BIGINT ELSE {_MAKE} END AS probe,
        {_MAKE} AS make
    FROM {_EVERY}
    WHERE about IS NOT NULL AND subject IS NOT NULL AND probe_cc IS NOT NULL
        AND ($besides IS NULL OR probe_cc <> $besides)
        AND {_AT} IS NOT NULL
        AND ($as_of IS NULL OR coalesce(collected_at, started_at) <= $as_of)
"""
_ONLY = "($names IS NULL OR about IN (SELECT unnest($names)))"
_MEMBERS = f"""
    SELECT uid, about, network, epoch_us(made_at), state, mechanism FROM ({_ASKED})
    WHERE network > 0 AND state IN ({_WEIGHED}) AND (whole OR NOT $whole)
        AND hour BETWEEN $first AND $last
    ORDER BY made_at, uid, about
"""
_UNTIL = f"""(
    SELECT CASE WHEN looked - newest BETWEEN 0 AND {_LIVE} THEN looked ELSE newest END
    FROM (SELECT epoch_us(max(coalesce(collected_at, started_at))) // 3600000000 AS newest
        FROM measurements WHERE ($unpublished IS NULL OR coalesce(collected_at, started_at) <= $unpublished)
            AND ($unrecorded IS NULL OR recorded_at <= $unrecorded)),
        (SELECT epoch_us(least(max(recorded_at), $as_of)) // 3600000000 - 1 AS looked FROM inputs
        WHERE $recorded_by IS NULL OR recorded_at <= $recorded_by))"""
_VOLUMES = f"""
    SELECT NULL AS subject, NULL AS about, NULL AS probe_cc, NULL AS network, NULL AS day,
        NULL AS whole, NULL AS seen,
        {", ".join(f"NULL AS {state}" for state in VerdictState)},
        {_UNTIL} AS until
    UNION ALL
    SELECT subject, CASE WHEN {_ONLY} THEN about ELSE '' END, probe_cc, network,
        hour // 24 AS day, whole, count(*),
        {", ".join(f"count(*) FILTER (state = '{state}')" for state in VerdictState)}, NULL
    FROM ({_ASKED}) GROUP BY 1, 2, 3, 4, 5, 6
"""
_NAMES = "SELECT DISTINCT about FROM verdicts WHERE about IS NOT NULL"
_WEIGHTS = "SELECT about, count(*) FROM verdicts WHERE about IS NOT NULL GROUP BY about"
_HOSTS = """SELECT DISTINCT host FROM measurements
    WHERE host IS NOT NULL AND test_name IN ('web_connectivity', 'http_requests')"""


_PLACES = "SELECT DISTINCT probe_cc FROM measurements WHERE probe_cc IS NOT NULL ORDER BY 1"


def _EMPTY_VOLUMES() -> "pa.Schema":  # noqa: N802 - a constant that needs a library
    with needs("network"):
        import pyarrow as pa

    numbers = dict.fromkeys(("seen", *map(str, VerdictState)), pa.int64())
    return pa.schema(
        {
            "subject": pa.string(),
            "about": pa.string(),
            "probe_cc": pa.string(),
            "network": pa.int64(),
            "day": pa.int64(),
            "whole": pa.bool_(),
            **numbers,
        }
    )


_ROWS = f"""
    SELECT * EXCLUDE (uid, mechanism, made_at),
        1::BIGINT << (list_position((SELECT known FROM mechanisms), mechanism) - 1) AS bit
    FROM ({_ASKED})"""
"""What is counted, a row a verdict."""
_FOLDED = """
    SELECT subject, about, probe_cc, network, hour, whole, CAST(blocked AS DOUBLE) AS blocked,
        total, seen, coalesce(mechanisms, 0) AS mechanisms,
        CASE WHEN least_probe = most_probe THEN least_probe ELSE 0 END AS probe,
        CASE WHEN least_sound IS NULL THEN 0 WHEN least_sound = most_sound THEN least_sound
            ELSE 1 END AS sound
    FROM ({counted})"""
"""Counts as they are told, in words that DuckDB and Spark share."""


@lru_cache(maxsize=1)
def _sql() -> str:
    """The expression for DuckDB, with the names of all mechanisms in a first row of its own: one
    question, and no list is copied to a million rows."""
    return f"""
        WITH mechanisms AS MATERIALIZED (
            SELECT list(name ORDER BY name)[1:{_BITS}] AS known FROM (
                {_MECHANISMS})),
        asked AS ({_ROWS})
        SELECT NULL AS subject, NULL AS about, NULL AS probe_cc, NULL AS network, NULL AS hour,
            NULL AS whole, NULL AS blocked, NULL AS total, NULL AS seen, NULL AS mechanisms,
            NULL AS probe, NULL AS sound, known FROM mechanisms
        UNION ALL BY NAME
        {_FOLDED.format(counted=_counting(COUNTING))}"""


def _counting(file: str) -> str:
    return (files("gatewatch.ledger") / file).read_text(encoding="utf-8")


COUNTED_OF = "asked"
"""The name by which the counting takes its rows."""


def counting_on_spark() -> str:
    """The same counting of rows as `counted_rows` gives, as Spark reads it."""
    return _FOLDED.format(counted=_counting(COUNTING_ON_SPARK))


def known_mechanisms(store: Store) -> list[str]:
    """The mechanisms that any verdict names."""
    return [name for (name,) in store.query(f"FROM {store.prepared(_MECHANISMS, ())}")]


def told_apart(names_: Iterable[str]) -> list[str]:
    """Those that have a bit, in its order."""
    return sorted(set(names_), key=str.encode)[:_BITS]


def counted_rows(
    store: Store, scope: TallyScope, known: Sequence[str], *, pace: bool
) -> "pa.Table":
    """What is counted, of a part of a ledger that holds all of each probe (`pace`) or of each
    measurement. `known`: the mechanisms of the whole ledger, in the order of their bits."""
    import pyarrow as pa

    named = _ROWS.replace(_EVERY, _named(store, scope)) if scope.about else _ROWS
    sql = named.replace(_STATE, _WEAK) if pace else named
    with store.shown(
        mechanisms=pa.table({"known": pa.array([list(known)], pa.list_(pa.string()))})
    ):
        return store.arrow(sql, _asked(scope)).cast(counted_schema())


def counted_schema() -> "pa.Schema":
    """The columns of `counted_rows`."""
    import pyarrow as pa

    return pa.schema(
        {
            "subject": pa.string(),
            "about": pa.string(),
            "probe_cc": pa.string(),
            "whole": pa.bool_(),
            "state": pa.string(),
            "hour": pa.int64(),
            "network": pa.int64(),
            "probe": pa.int64(),
            "make": pa.int64(),
            "bit": pa.int64(),
        }
    )


def slow(known: Iterable[str]) -> bool:
    """Whether any page was slow: then it matters what else its probe fetched."""
    return any(paces.THROTTLED in name for name in known)
