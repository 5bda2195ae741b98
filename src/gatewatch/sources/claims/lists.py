"""Lists of what is tested: the CSV of the Citizen Lab's test lists, and OONI Run links.

To be on such a list is to be looked at, and no word on a restriction: they give no claim. What they
name is told, so that a service without a host in the catalogue shows itself.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import SourceError, UsageError
from gatewatch.model.selector import url_host
from gatewatch.sources.claims.gathered import Gathered, Tray, json_of, text_of

_COLUMNS = frozenset(
    ["url", "category_code", "category_description", "date_added", "source", "notes"]
)


def test_list(data: bytes, catalogue: Catalogue) -> Gathered:
    """The addresses of a test list, each with the service that it belongs to."""
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace"), newline=""))
    if "url" not in (rows.fieldnames or ()):
        raise SourceError("this is no test list: it has no column url")
    unread = set(rows.fieldnames or ()) - _COLUMNS
    return _looked_at((row.get("url") or "" for row in rows), catalogue, unread)


def ooni_run(data: bytes, catalogue: Catalogue) -> Gathered:
    """The addresses that an OONI Run link has probes visit."""
    document = json_of(data)
    if not isinstance(document, Mapping) or not isinstance(document.get("nettests"), list):
        raise SourceError("this is no OONI Run link: it has no nettests")
    return _looked_at(_inputs(document["nettests"]), catalogue, ())


def _inputs(tests: list[Any]) -> Iterator[str]:
    for test in tests:
        if isinstance(test, Mapping):
            held = test.get("inputs")
            yield from (
                (one for one in held if isinstance(one, str)) if isinstance(held, list) else ()
            )
            yield from filter(None, [text_of(test, "input")])


def _looked_at(addresses: Iterator[str], catalogue: Catalogue, unread: Any) -> Gathered:
    tray = Tray()
    for number, address in enumerate(addresses, 1):
        try:
            host = url_host(address)
        except UsageError as fault:
            tray.put_aside(number, str(fault))
            continue
        service = catalogue.service_of(host)
        whose = f"it is {service.name}'s" if service else "no service of the catalogue has it"
        tray.put_aside(number, f"looked at, which is no claim; {whose}")
    return tray.gathered(unread)
