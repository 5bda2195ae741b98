"""Which of the names that were measured a question is about, told in one place.

A name is a host, the id of a service that a test is about, or an endpoint as a URL. A service's are
the names that it has in the catalogue, what lies beneath them (`www.`), its own tests and the
endpoints that its programs connect to.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError
from gatewatch.ledger import tallies
from gatewatch.model import selector as selectors
from gatewatch.model.verdict import Subject

if TYPE_CHECKING:
    import pyarrow as pa

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
    if host in catalogue.addresses:
        return catalogue.addresses[host]
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
    parsed = selectors.parse(asked)
    host = parsed.host or parsed.value
    bare, known = host.removeprefix("www."), set(measured(ledger))
    return (host, *sorted(({bare, f"www.{bare}", asked} - {host}) & known))
