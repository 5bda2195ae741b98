"""Which of the names that were measured a question is about, told in one place.

A name is a host, the id of a service that a test is about, or an endpoint as a URL. A service's are
the names that it has in the catalogue, what lies beneath them (`www.`), its own tests and the
endpoints that its programs connect to.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError, needs
from gatewatch.ledger import tallies
from gatewatch.model import selector as selectors
from gatewatch.model.verdict import Subject

if TYPE_CHECKING:
    import pyarrow as pa

    from gatewatch.analysis.network.episodes import Cells
    from gatewatch.query.opened import OpenedLedger


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """Measured names, and how they are put together. The plain one is about everything, each name
    by itself."""

    names: tuple[str, ...] | None = None
    """None: all that was measured."""
    series: Mapping[str, str] | None = None
    """The series of each name; names without one are left out. None: each name is one."""
    endpoints: bool = False
    """Also the endpoints of tests that try several, beside the service that these fold into."""
    folded: bool = False
    """Whole measurements alone: a service's test counts as the test folds it, never by its
    parts."""

    @property
    def key(self) -> tuple[object, ...]:
        """What two questions share whose series are the same."""
        series = None if self.series is None else tuple(self.series.items())
        return (self.names, series, self.endpoints, self.folded)

    def mask(self, counts: "pa.Table") -> "pa.ChunkedArray":
        """Which rows of tallies or volumes belong here, whatever their names."""
        import pyarrow.compute as pc

        beyond = pc.not_equal(counts["subject"], str(Subject.ENDPOINT))
        if self.folded:
            return pc.and_(counts["whole"], beyond)
        return pc.or_(counts["whole"], pc.or_(beyond, self.endpoints))

    def rows(self, counts: "pa.Table") -> "pa.Table":
        """Those rows of tallies."""
        import pyarrow.compute as pc

        kept = self.mask(counts)
        return counts if pc.all(kept).as_py() else counts.filter(kept)

    def series_of(self, name: str) -> str | None:
        """The series that a measured name belongs to."""
        return name if self.series is None else self.series.get(name)


EVERYTHING = Targets()


def of(
    ledger: "OpenedLedger",
    catalogue: Catalogue,
    asked: str | None = None,
    *,
    by_service: bool = False,
) -> Targets:
    """What a person asks for: nothing named is everything, a service by any of its names, or a
    host, address or endpoint. `by_service`: what belongs to one service is one series."""
    if asked is None:
        return of_services(ledger, catalogue) if by_service else EVERYTHING
    try:
        service = catalogue.service(asked)
    except UsageError:
        return Targets(names=alike(ledger, asked), endpoints=True)
    told = of_services(ledger, catalogue, [service.id])
    return told if by_service else Targets(names=told.names, endpoints=True)


def of_services(
    ledger: "OpenedLedger", catalogue: Catalogue, ids: Iterable[str] | None = None
) -> Targets:
    """The names of services, put together by service: of some, or of all. Those that the catalogue
    declares are among them whether they were measured or not."""
    wanted = set(catalogue.services if ids is None else ids)
    declared = (n for id_ in wanted for n in _declared(catalogue, id_))
    known = dict.fromkeys((*sorted(declared), *measured(ledger)))
    series = {n: id_ for n in known if (id_ := service_of(catalogue, n)) in wanted and id_}
    return Targets(names=tuple(series), series=series, folded=True)


def _declared(catalogue: Catalogue, id_: str) -> tuple[str, ...]:
    service = catalogue.services[id_]
    return (*service.hosts, *service.addresses)


def service_of(catalogue: Catalogue, name: str) -> str | None:
    """The service that a measured name belongs to."""
    if name in catalogue.services:
        return name
    host = urlsplit(name).hostname if "://" in name else name
    if not host:
        return None
    found = catalogue.service_of(host)
    return found.id if found else None


def measured(ledger: "OpenedLedger") -> list[str]:
    """Every name that any verdict is about, asked for once for each state of the ledger."""
    return ledger.once("measured names", lambda: tallies.names(ledger.store))


def alike(ledger: "OpenedLedger", asked: str) -> tuple[str, ...]:
    """The names under which a thing is measured: a host, and what was measured with or without
    `www.`."""
    if "://" in asked and not asked.startswith(("http://", "https://")):
        return (asked,)
    parsed = selectors.named(asked)
    host = parsed.host or parsed.value
    bare = host.removeprefix("www.")
    known = ledger.once("measured names, to look up", lambda: frozenset(measured(ledger)))
    return (host, *sorted(({bare, f"www.{bare}", asked} - {host}) & known))


def cells_of(counts: "pa.Table", targets: Targets = EVERYTHING) -> "Cells":
    """Tallies as series of a target in a jurisdiction, in the order of tallies."""
    with needs("network"):
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        from gatewatch.analysis.network.episodes import Cells

    kept = targets.rows(counts)
    weighed = pc.greater(kept["total"], 0)
    kept = kept if pc.all(weighed).as_py() else kept.filter(weighed)
    names, pairs_of = series_of(kept, targets)
    if len(pairs_of) and pairs_of.min() < 0:
        kept, pairs_of = kept.filter(pa.array(pairs_of >= 0)), pairs_of[pairs_of >= 0]
    columns = ("network", "hour", "blocked", "total", "probe", "sound")
    network, hour, blocked, total, probe, sound = (kept[name].to_numpy() for name in columns)
    return Cells(
        names=names,
        series=pairs_of,
        network=network,
        hour=hour,
        blocked=blocked,
        total=total.astype(np.float64),
        probe=probe if probe.any() else None,
        sound=sound if probe.any() else None,
    )


def series_of(rows: "pa.Table", targets: Targets) -> "tuple[tuple[tuple[str, str], ...], Any]":
    """The series of each row among those there are, by target and jurisdiction; -1: of none."""
    import numpy as np

    about, codes = (rows[n].combine_chunks().dictionary_encode() for n in ("about", "probe_cc"))
    series = [targets.series_of(name) for name in about.dictionary.to_pylist()]
    places = {
        name: n for n, name in enumerate(sorted({name for name in series if name is not None}))
    }
    place = np.array([-1 if name is None else places[name] for name in series], dtype=np.int64)
    target, wide = place[about.indices], len(codes.dictionary) or 1
    # By name, whatever comes first: the order of series is no matter of how rows were counted.
    countries = sorted(codes.dictionary.to_pylist())
    rank = np.array([countries.index(code) for code in codes.dictionary.to_pylist()], np.int64)
    pairs = np.where(target < 0, -1, target * wide + rank[codes.indices.to_numpy()])
    there = np.bincount(pairs[pairs >= 0], minlength=len(places) * wide) > 0
    number = np.append(np.cumsum(there) - 1, -1)
    named = list(places)
    found = tuple((named[p // wide], countries[p % wide]) for p in np.flatnonzero(there).tolist())
    return found, number[pairs]
