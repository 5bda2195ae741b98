"""Readers of claims by the name of their format."""

from collections.abc import Callable

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError
from gatewatch.sources.claims import findings, lists, lumen, outages, stop
from gatewatch.sources.claims.gathered import Gathered

READERS: dict[str, Callable[[bytes, Catalogue], Gathered]] = {
    "stop": stop.read,
    "ooni-findings": findings.read,
    "radar": outages.radar,
    "ioda": outages.ioda,
    "lumen": lumen.read,
    "test-list": lists.test_list,
    "ooni-run": lists.ooni_run,
}


def read(name: str, data: bytes, catalogue: Catalogue) -> Gathered:
    """The claims of a file in a format; UsageError if there is no such format."""
    if name not in READERS:
        raise UsageError(f"there is no format {name!r}: write one of {', '.join(READERS)}")
    return READERS[name](data, catalogue)
