"""Many registers at once: the history of each is read in order, by one process or executor each.

Writers of different registers do not meet, and each commit bears its register's turn: a task that
is run again goes on where the ledger stands, and of twins one finds that the other was faster.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gatewatch.catalogue import registers as catalogue
from gatewatch.engines.local import map_batches, workers
from gatewatch.errors import GatewatchError, SourceError
from gatewatch.ledger.store import Store
from gatewatch.pipeline.registers import RegisterOutcome
from gatewatch.pipeline.registers import ingest as bring

if TYPE_CHECKING:
    import pyarrow as pa

    from gatewatch.engines.spark import Cluster


class RegisterBrought(msgspec.Struct):
    """What became of one register of many."""

    register: str
    outcome: RegisterOutcome | None = None
    fault: str | None = None
    """Why it could not be read; the others were."""


def sources(folder: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Registers and their sources in a folder, where each is called by its register's id with any
    ending; and the names that no register bears."""
    place = Path(folder)
    if not place.is_dir():
        raise SourceError(f"{folder} is no folder: registers are read from one, each by its id")
    known = catalogue.declared()
    found, others = [], []
    for path in sorted(place.iterdir()):
        name = path.name.partition(".")[0]
        if name in known:
            found.append((name, str(path.resolve())))
        elif not path.name.startswith("."):
            others.append(path.name)
    if not found:
        raise SourceError(f"{folder}: nothing in it is called by a register's id, as ru-rkn.git is")
    return found, others


def ingest(
    location: str,
    found: Sequence[tuple[str, str]],
    processes: int | None = None,
    cluster: "Cluster | None" = None,
) -> Iterator[RegisterBrought]:
    """Bring registers with their sources in, here in processes or by a cluster's executors; what
    became of each, in their order."""
    Store(location).create()
    one = partial(_one, location=location)
    if cluster is None:
        yield from map_batches(one, found, min(workers(processes), len(found)), _ready)
        return
    import pyarrow as pa

    schema = pa.schema({"register": pa.string(), "brought": pa.binary()})
    told = cluster.spread(found, partial(_row, location=location), schema).arrow().to_pylist()
    held = {row["register"]: row["brought"] for row in told}
    for name, _ in found:
        yield msgspec.msgpack.decode(held[name], type=RegisterBrought)


def _ready() -> None:
    """Nothing is needed before the first register."""


def _one(given: tuple[str, str], location: str) -> RegisterBrought:
    name, source = given
    try:
        return RegisterBrought(name, bring(location, name, source))
    except GatewatchError as fault:
        return RegisterBrought(name, fault=str(fault))


def _row(given: tuple[str, str], location: str) -> "Iterator[pa.Table]":
    import pyarrow as pa

    brought = msgspec.msgpack.encode(_one(given, location))
    yield pa.table({"register": [given[0]], "brought": pa.array([brought], pa.binary())})
