"""What the log of a ledger says of one commit: a leaf, in canonical JSON.

A leaf names a commit of one table by the digests of the commit's own file and of every file that it
added, and, for tables whose rows can be cited, by a Merkle root over the rows of each batch: so the
commit can be compared as long as its files are there, and its rows after they were joined into
others.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec

from gatewatch.errors import LedgerError
from gatewatch.ledger import merkle, schema
from gatewatch.ledger.placed import LOG, PlacedFiles, Readable

if TYPE_CHECKING:
    import duckdb

FORM = 1
"""Of leaves: a later form that this program does not know is not half read."""
CITED = ("snapshots", "events", "registers", "facts", "measurements", "reports", "inputs")
"""Tables whose rows are hashed one by one. Keys of look-ups follow from events, verdicts from
observations; of observations, which are most of a ledger, the digests of files are kept."""
MOST_ROWS = 50_000
"""Of a commit, to be hashed one by one: what is read in one piece by the million has digests of
files alone."""
_NO_TIMES = ("selectors", "set_aside")
_PIECE = 150
"""Files or batches of one leaf, which has at most 65,535 bytes."""


class AddedFile(msgspec.Struct, frozen=True):
    """A file that a commit added, by its path below the table. No digest: it was gone already."""

    path: str
    bytes: int
    sha256: str


class BatchRows(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows of one writer's batch within a commit: how many, when recorded (ISO 8601, UTC), and the
    root over their hashes in hexadecimal, in the order of the hashes."""

    batch: str
    rows: int
    first: str = ""
    last: str = ""
    root: str = ""


class LogLeaf(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One entry of the log."""

    form: int = FORM
    kind: str
    """`commit`; `found`: a table as it was when it was first logged; `met`: as it was after commits
    whose files others had joined and taken away; `key`: who signs from here on."""
    logged_at: str
    table: str = ""
    version: int = -1
    """Of the Delta table."""
    operation: str = ""
    commit: str = ""
    """SHA-256 of the commit's file."""
    state: dict[str, str] = {}
    """Digests of what sums up commits up to here (checkpoints of Delta); where a table is first
    logged, of the commits before."""
    added: tuple[AddedFile, ...] = ()
    removed: tuple[str, ...] = ()
    rows_kept: bool | None = None
    """Where files were taken out: whether those put in hold the same rows; None: not known."""
    batches: tuple[BatchRows, ...] = ()
    part: tuple[int, int] = (1, 1)
    heads: dict[str, str] = {}
    """The newest commit of each table that is in the log with this leaf: version and digest."""
    origin: str = ""
    key: str = ""
    ledger: str = ""
    """The id of the table of snapshots, which no two ledgers share unless one is a copy."""
    after: str = ""
    """Why the log goes on under another name or key."""

    def encoded(self) -> bytes:
        """Canonical JSON: keys in order, no blanks."""
        return msgspec.json.encode(self, order="sorted")


def decode(data: bytes) -> LogLeaf:
    """A leaf from the log. LedgerError for one that this program does not know."""
    try:
        found = msgspec.json.decode(data, type=LogLeaf)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise LedgerError(f"a leaf of the log cannot be read: {fault}") from fault
    if found.form != FORM:
        raise LedgerError(f"a leaf of the log is of form {found.form}: upgrade gatewatch")
    return found


def now() -> str:
    """As leaves tell times."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def commits(listed: Iterable[str]) -> dict[int, str]:
    """The commits among the files of a table's log, by version: their paths below the table."""
    told = (name.partition(".") for name in listed)
    return {
        int(stem): f"{LOG}/{stem}.{rest}"
        for stem, _, rest in told
        if rest == "json" and stem.isdecimal()
    }


def summed_up(table: PlacedFiles, listed: Iterable[str], version: int) -> dict[str, str]:
    """Digests of Delta's own checkpoint of a version, if it is among the files of its log."""
    begins = f"{version:020d}.checkpoint"
    names = [name for name in listed if name.startswith(begins) and name.endswith(".parquet")]
    names += ["_last_checkpoint"] if names else []
    return dict(zip(names, table.digests([f"{LOG}/{name}" for name in names]), strict=True))


def sums(listed: Iterable[str]) -> list[int]:
    """The versions of which Delta's own checkpoints are among the files of a table's log."""
    there = [n for n in listed if ".checkpoint" in n and n.endswith(".parquet")]
    return [int(name[:20]) for name in there if name[:20].isdecimal()]


def earlier(table: PlacedFiles, held: Mapping[int, str], version: int) -> dict[str, str]:
    """Digests of the last commits before a version."""
    before = [held[number] for number in held if number < version][-2 * _PIECE :]
    names = [path.removeprefix(f"{LOG}/") for path in before]
    return dict(zip(names, table.digests(before), strict=True))


def actions(table: PlacedFiles, path: str) -> tuple[str, list[str], list[str]]:
    """What a commit did: its name, and the paths that it added and took out."""
    added, removed, operation = [], [], ""
    try:
        for line in table.read(path).splitlines():
            one = json.loads(line)
            operation = one.get("commitInfo", {}).get("operation", operation)
            added += [unquote(one["add"]["path"])] if "add" in one else []
            removed += [unquote(one["remove"]["path"])] if "remove" in one else []
    except (ValueError, KeyError, AttributeError, TypeError) as fault:
        raise LedgerError(f"the commit {path} cannot be read: {fault}") from fault
    return operation, added, removed


def of_files(table: PlacedFiles, paths: Sequence[str]) -> list[AddedFile]:
    """Files with their digests."""
    told = zip(paths, table.sizes(paths), table.digests(paths), strict=True)
    return [AddedFile(path, size or 0, digest) for path, size, digest in told]


def of_commit(
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    files: PlacedFiles,
    which: tuple[Sequence[str], int, str],
    *,
    at: str,
) -> LogLeaf:
    """The leaf of a commit. `which`: the files of the table's log, the commit's version and path;
    `at`: when it was met."""
    listed, version, path = which
    operation, added, removed = actions(files, path)
    kept = same_rows(connection, files, removed, added) if removed else None
    rows = [] if removed else batches_of(connection, name, files, added)
    return LogLeaf(
        kind="commit",
        logged_at=at,
        table=name,
        version=version,
        operation=operation,
        commit=files.digests([path])[0],
        state=summed_up(files, listed, version),
        added=tuple(of_files(files, added)),
        removed=tuple(removed),
        rows_kept=kept,
        batches=tuple(rows),
    )


def found(
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    files: PlacedFiles,
    listed: Sequence[str],
    *,
    at: str,
    kind: str = "found",
) -> LogLeaf:
    """The leaf of a table as it is when it is first logged, or again (`met`), as of the newest
    commit that was met: another writer may have added one since."""
    held = commits(listed)
    version = max(held)
    paths = files.live(files.state(version))
    rows = batches_of(connection, name, files, paths)
    return LogLeaf(
        kind=kind,
        logged_at=at,
        table=name,
        version=version,
        commit=files.digests([held[version]])[0],
        state=summed_up(files, listed, version) | earlier(files, held, version),
        added=tuple(of_files(files, paths)),
        batches=tuple(rows),
    )


def pieces(leaf: LogLeaf) -> Iterator[LogLeaf]:
    """A leaf, or several where its lists are too long for one."""
    longest = max(len(leaf.added), len(leaf.removed), len(leaf.batches))
    count = max(1, -(-longest // _PIECE))
    for number in range(count):
        cut = slice(number * _PIECE, (number + 1) * _PIECE)
        yield msgspec.structs.replace(
            leaf,
            added=leaf.added[cut],
            removed=leaf.removed[cut],
            batches=leaf.batches[cut],
            part=(number + 1, count),
        )


def with_heads(leaf: LogLeaf, heads: dict[str, str]) -> LogLeaf:
    """A leaf that says what is in the log with it."""
    return msgspec.structs.replace(leaf, heads=dict(heads))


def row_text(table: str, columns: Sequence[str]) -> str:
    """The SQL of a row as the text that is hashed: JSON, columns by name, times as microseconds
    since 1970, numbers
    with 17 digits as text; columns without a value are left out, so that a row stays as it is when
    its table gets more columns."""
    kinds = schema.TABLES[table]

    def told(name: str) -> str:
        if kinds[name] == schema.TIME:
            return f'epoch_us("{name}")'
        return f"format('{{:.17g}}', \"{name}\")" if kinds[name] == schema.NUMBER else f'"{name}"'

    fields = ", ".join(f'"{name}" := {told(name)}' for name in sorted(columns) if name in kinds)
    return f"json_merge_patch('{{}}', to_json(struct_pack({fields})))::VARCHAR"


def batches_of(
    connection: "duckdb.DuckDBPyConnection", name: str, table: PlacedFiles, paths: Sequence[str]
) -> list[BatchRows]:
    """The batches within files of a table, with the roots of those that are to have one."""
    there = _there(table, paths)
    if not there or name in _NO_TIMES:
        return []
    with table.rows(connection, there) as held:
        known = "recorded_at" in (columns := held.columns)
        times = "min(epoch_us(recorded_at)), max(epoch_us(recorded_at))" if known else "NULL, NULL"
        told = held.session.execute(
            f"SELECT batch, count(*), {times} FROM {held.read} GROUP BY batch ORDER BY batch"
        ).fetchall()
        hashed: dict[str, list[bytes]] = {}
        if name in CITED and sum(rows for _, rows, *_ in told) <= MOST_ROWS:
            hashed = hashes_of(name, held, columns)
    return [
        BatchRows(
            batch=batch or "",
            rows=rows,
            first=_iso(first),
            last=_iso(last),
            root=merkle.root(hashed[batch]).hex() if batch in hashed else "",
        )
        for batch, rows, first, last in told
    ]


def _there(table: PlacedFiles, paths: Sequence[str]) -> list[str]:
    sizes = table.sizes(paths)
    return [path for path, size in zip(paths, sizes, strict=True) if size is not None]


def hashes_of(
    table: str, held: Readable, columns: Sequence[str], batches: Sequence[str] | None = None
) -> dict[str, list[bytes]]:
    """Hashes of rows as leaves of a tree, by batch, in order; of some batches or of all."""
    some = "" if batches is None else "WHERE list_contains(?, batch)"
    found = held.session.execute(
        f"SELECT batch, {row_text(table, columns)} FROM {held.read} {some}",
        [list(batches)] if batches is not None else [],
    )
    hashed: dict[str, list[bytes]] = {}
    while group := found.fetchmany(2_048):
        for batch, text in group:
            hashed.setdefault(batch, []).append(merkle.leaf(text.encode()))
    return {batch: sorted(rows) for batch, rows in hashed.items()}


def same_rows(
    connection: "duckdb.DuckDBPyConnection",
    table: PlacedFiles,
    old: Sequence[str],
    new: Sequence[str],
) -> bool | None:
    """Whether files that were taken out held the rows that those put in hold; None where one of
    them is gone already."""
    if any(size is None for size in table.sizes([*old, *new])):
        return None
    return _summed(connection, table, old) == _summed(connection, table, new)


def _summed(
    connection: "duckdb.DuckDBPyConnection", table: PlacedFiles, paths: Sequence[str]
) -> tuple[Any, ...]:
    if not paths:
        return (0, None)
    with table.rows(connection, paths) as held:
        told = held.session.execute(
            "SELECT count(*), sum(hash(json_merge_patch('{}', to_json(t))::VARCHAR)::HUGEINT) "
            f"FROM {held.read} t"
        ).fetchone()
    return told or (0, None)


def _iso(micros: int | None) -> str:
    when = schema.moment_of(micros)
    return when.isoformat(timespec="microseconds") if when else ""
