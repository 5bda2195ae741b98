"""Counts and episodes worked out on a cluster, by what works them out on one machine."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from gatewatch.errors import needs
from gatewatch.ledger import parts
from gatewatch.ledger.tallies import (
    COUNTED_OF,
    TallyScope,
    arrow,
    counted_rows,
    counted_schema,
    counting_on_spark,
    slow,
    told_apart,
)
from gatewatch.model.episode import Episode
from gatewatch.query.targets import Targets, cells_of

if TYPE_CHECKING:
    import pyarrow as pa

    from gatewatch.engines.spark import Cluster
    from gatewatch.ledger.store import Store

_SERIES_A_GROUP = 200
"""Enough that numpy has something to do at once."""


def tallies(cluster: "Cluster", store: "Store", scope: TallyScope) -> "pa.Table":
    """As ledger/tallies.py, which tells the columns. Rows of one measurement come together, and
    where some page was slow those of one probe; each part is asked for its verdicts in force, and
    the cluster counts them."""
    if not store.holds("measurements"):
        return arrow().empty_table()
    with needs("network"):
        import pyarrow as pa

    named = parts.cut(store, {"verdicts": ("mechanism",)})
    told = cluster.spread(named.files, _mechanisms, pa.schema({"name": pa.string()})).arrow()
    known = told_apart(told["name"].to_pylist())
    pace = slow(known)
    columns = parts.counted(pace=pace)
    cut = parts.cut(store, columns)
    keyed, wanted = partial(parts.by_measurement, parts=cut.parts), parts.keyed_schema()
    rows = cluster.spread(cut.files, keyed, wanted)
    if pace:
        rows = rows.grouped("key", partial(parts.by_probe, parts=cut.parts), wanted)
    count = partial(
        _counted, columns=columns, judgements=cut.judgements, scope=scope, known=known, pace=pace
    )
    counted = rows.grouped("key", count, counted_schema()).asked(counting_on_spark(), COUNTED_OF)
    return counted.arrow().select(arrow().names).cast(arrow(known))


def _mechanisms(given: parts.FilePart) -> "Iterator[pa.Table]":
    import pyarrow as pa

    yield pa.table({"name": given.read()["mechanism"].unique().drop_null()})


def _counted(
    rows: "pa.Table",
    columns: dict[str, Sequence[str] | None],
    judgements: tuple[tuple[Any, ...], ...],
    scope: TallyScope,
    known: Sequence[str],
    *,
    pace: bool,
) -> "pa.Table":
    return counted_rows(parts.part_of(rows, columns, judgements), scope, known, pace=pace)


def episodes(
    cluster: "Cluster", counts: "pa.Table", names: Sequence[tuple[str, str]], targets: "Targets"
) -> list[Episode]:
    """As analysis/network/episodes.py of these counts, in the same order; no series is cut.
    `names`: target and jurisdiction of each series, in its order."""
    import pyarrow as pa

    if not names:
        return []
    groups = max(1, len(names) // _SERIES_A_GROUP)
    place = {pair: n % groups for n, pair in enumerate(names)}
    series = [targets.series_of(name) for name in counts["about"].to_pylist()]
    keys = [
        place.get((target or "", code), 0)
        for target, code in zip(series, counts["probe_cc"].to_pylist(), strict=True)
    ]
    found = cluster.rows(counts.append_column("key", pa.array(keys, pa.int64()))).grouped(
        "key", partial(_episodes, targets=targets), pa.schema({"episode": pa.binary()})
    )
    order = {pair: n for n, pair in enumerate(names)}
    decode = msgspec.msgpack.Decoder(Episode).decode
    held = [decode(one) for one in found.arrow()["episode"].to_pylist()]
    return sorted(held, key=lambda one: (order[one.target, one.probe_cc], one.onset_earliest))


def _episodes(rows: "pa.Table", targets: "Targets") -> "pa.Table":
    import pyarrow as pa

    from gatewatch.analysis.network.episodes import episodes as find

    cells = cells_of(rows.drop_columns("key"), targets)
    found = [msgspec.msgpack.encode(one) for one in find(cells)]
    return pa.table({"episode": pa.array(found, pa.binary())})
