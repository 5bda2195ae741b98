"""A ledger cut into parts that know nothing of each other, for questions that can be asked of each
part alone: every row of a measurement, or of a probe, lies in one part.

A part is a store too: the same SQL and the same functions read it as read the whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from gatewatch.errors import needs
from gatewatch.ledger import paces, schema
from gatewatch.ledger.placed import filesystem
from gatewatch.ledger.store import Store
from gatewatch.ledger.views import JUDGED

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 32 << 20
"""Bytes of a file, as it lies packed, that one task reads."""
_PART = 16 << 20
"""The same of one part: some 60 MB of rows."""
_UNREAD = {
    "measurements": {
        "facts",
        "annotations",
        "problems",
        "valid",
        "control",
        "control_page",
        "input",
        "readable",
        "resolver_ip",
        "test_version",
        "origin",
    },
    "verdicts": {"why", "evidence", "interference", "hop", "target", "fingerprints", "ruleset"},
}
"""Columns that no count looks at."""
_PACES = ("uid", "batch", "kind", "read", "seconds")


class FilePart(msgspec.Struct, frozen=True):
    """Every `of`th row group of a file of a table, from the one numbered `share` on."""

    table: str
    file: str
    share: int
    of: int
    columns: tuple[str, ...] | None = None
    """None: all."""

    def read(self) -> "pa.Table":
        """Its rows, with the columns of this program's form: an older file lacks some."""
        with needs("network"):
            import pyarrow as pa
            import pyarrow.parquet as pq

        wanted = pa.schema(schema.arrow_schema(self.table))
        if self.columns is not None:
            wanted = pa.schema([wanted.field(name) for name in self.columns])
        files, path = filesystem(self.file)
        with files.open_input_file(path) as source:
            held = pq.ParquetFile(source)
            names = [name for name in wanted.names if name in held.schema_arrow.names]
            groups = range(self.share, held.num_row_groups, self.of)
            rows = held.read_row_groups(list(groups), columns=names, use_threads=False)
        columns = [
            rows[f.name].cast(f.type) if f.name in names else pa.nulls(rows.num_rows, f.type)
            for f in wanted
        ]
        return pa.Table.from_arrays(columns, schema=wanted)


class Cut(msgspec.Struct, frozen=True):
    """A ledger's tables of measurements as parts of files, all as of one moment."""

    files: tuple[FilePart, ...]
    parts: int
    """In how many parts they make sense."""
    judgements: tuple[tuple[Any, ...], ...]
    """Rows of `inputs` that are judgements: every part needs them."""


def cut(store: Store, columns: Mapping[str, Sequence[str] | None], part: int = _PART) -> Cut:
    """The tables to be read, with their columns (None: all), in the order in which what they vouch
    for is there already."""
    judgements = store.query(
        f"SELECT {schema.select_list('inputs')} FROM inputs WHERE starts_with(origin, ?)", [JUDGED]
    )
    files, size = [], 0
    for name in sorted(columns, key=lambda n: n != "measurements"):
        chosen = columns[name]
        for file, held in store.sizes(name):
            size += held
            number = max(1, -(-held // _AT_ONCE))
            wanted = None if chosen is None else tuple(chosen)
            files += [
                FilePart(name, file, share=n, of=number, columns=wanted) for n in range(number)
            ]
    return Cut(tuple(files), max(1, -(-size // part)), tuple(judgements))


def whole() -> dict[str, Sequence[str] | None]:
    """What a judgement reads: all."""
    return dict.fromkeys(("measurements", "verdicts", "observations"))


def counted(*, pace: bool) -> dict[str, Sequence[str] | None]:
    """What a count reads. `pace`: also how fast pages came."""
    read: dict[str, Sequence[str] | None] = {
        name: [c for c in schema.TABLES[name] if c not in unread]
        for name, unread in _UNREAD.items()
    }
    return read | {"observations": _PACES} if pace else read


def keyed_schema() -> "pa.Schema":
    """Rows of any table on their way to a part, packed."""
    import pyarrow as pa

    return pa.schema({"key": pa.int64(), "name": pa.string(), "rows": pa.binary()})


def by_measurement(given: FilePart, parts: int) -> "Iterator[pa.Table]":
    """The rows of a file, each with its measurement."""
    yield from _keyed(given.table, given.read(), f"(hash(uid) % {parts})::BIGINT", parts)


def by_probe(rows: "pa.Table", parts: int) -> "pa.Table":
    """Rows that lie by measurement, each with its probe."""
    import pyarrow as pa

    held, made = unpacked(rows), []
    part = PartStore(held)
    keys = part.arrow(
        f"SELECT uid, batch, (hash({paces.PROBER}) % {parts})::BIGINT AS key FROM measurements"
    )
    for name in held:
        with part.shown(keys=keys):
            found = part.arrow(f"SELECT t.*, k.key FROM {name} t JOIN keys k USING (uid)")
        made += list(_parted(name, found))
    return pa.concat_tables(made) if made else keyed_schema().empty_table()


def _keyed(name: str, rows: "pa.Table", key: str, parts: int) -> "Iterator[pa.Table]":
    if parts == 1:
        import pyarrow as pa

        yield from _parted(
            name, rows.append_column("key", pa.array([0] * rows.num_rows, pa.int64()))
        )
        return
    with _session().shown(unkeyed=rows):
        found = _session().arrow(f"SELECT *, {key} AS key FROM unkeyed")
    yield from _parted(name, found)


def _parted(name: str, rows: "pa.Table") -> "Iterator[pa.Table]":
    """A row for each key, which holds all rows of that key."""
    import numpy as np
    import pyarrow as pa

    if not rows.num_rows:
        return
    keys = rows["key"].to_numpy()
    order = np.argsort(keys, kind="stable")
    rows = rows.drop_columns("key").take(pa.array(order)).combine_chunks()
    found, starts = np.unique(keys[order], return_index=True)
    ends = [*starts[1:].tolist(), len(keys)]
    for key, start, end in zip(found.tolist(), starts.tolist(), ends, strict=True):
        piece = packed(rows.slice(start, end - start))
        yield pa.table([[key], [name], pa.array([piece], pa.binary())], schema=keyed_schema())


def packed(rows: "pa.Table") -> bytes:
    """Rows as one run of bytes."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(
        sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")
    ) as to:
        to.write_table(rows)
    return bytes(sink.getvalue())


def unpacked(rows: "pa.Table") -> "dict[str, pa.Table]":
    """The tables of a part, from the rows that came to it."""
    import pyarrow as pa

    held: dict[str, list[pa.Table]] = {}
    # By name and content: in whichever order rows came, a part is the same.
    for name, data in sorted(zip(rows["name"].to_pylist(), rows["rows"].to_pylist(), strict=True)):
        held.setdefault(name, []).append(pa.ipc.open_stream(data).read_all())
    return {name: pa.concat_tables(tables) for name, tables in held.items()}


def part_of(
    rows: "pa.Table",
    columns: Mapping[str, Sequence[str] | None],
    judgements: Iterable[tuple[Any, ...]],
) -> "PartStore":
    """A part as a store, from the rows that came to it."""
    import pyarrow as pa

    held = unpacked(rows)
    for name, chosen in columns.items():
        if name not in held:
            names = chosen or list(schema.TABLES[name])
            wanted = pa.schema(schema.arrow_schema(name))
            held[name] = pa.schema([wanted.field(one) for one in names]).empty_table()
    made = [
        tuple(
            schema.moment_of(value) if kind == schema.TIME else value
            for value, kind in zip(row, schema.TABLES["inputs"].values(), strict=True)
        )
        for row in judgements
    ]
    held["inputs"] = pa.table(schema.arrow_table("inputs", made))
    return PartStore(held)


class PartStore(Store):
    """A store of rows in memory, which are all that there is."""

    def __init__(self, tables: "Mapping[str, pa.Table]") -> None:
        super().__init__("a part of a ledger")
        self._given = dict(tables)

    def holds(self, table: str) -> bool:
        """Whether the part has rows of a table, be it none."""
        return table in self._given

    def _show_tables(self, wanted: Iterable[str]) -> None:
        for name in wanted:
            if name in self._given and name not in self._shown:
                self.connection().register(name, self._given[name])
                self._shown.add(name)


@lru_cache(maxsize=1)
def _session() -> PartStore:
    """DuckDB in a worker, for what needs no table of a ledger."""
    return PartStore({})
