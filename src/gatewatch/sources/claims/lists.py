"""Lists of what is tested: the CSV of the Citizen Lab's test lists, and OONI Run links.

To be on such a list is to be looked at, and no word on a restriction: they give no claim. What they
name is told, so that a service without a host in the catalogue shows itself.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import SourceError, UsageError
from gatewatch.model.selector import url_host
from gatewatch.sources.claims.gathered import Gathered, Tray, text_of
from gatewatch.sources.claims.tables import json_of, rows_of, text_in

_ADDRESS = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]\S*)?")
_ALIASES = {"address": "url", "category": "category_code", "description": "category_description"}
_AROUND = ("oonirun_link", "descriptor", "v2")
"""Names under which a link may stand."""
_COLUMNS = frozenset(
    ["url", "category_code", "category_description", "date_added", "source", "notes"]
)


def test_list(data: bytes, catalogue: Catalogue) -> Gathered:
    """The addresses of a test list, each with the service that it belongs to; or of a plain list,
    one a line."""
    rows = rows_of(data, _COLUMNS, _ALIASES) or []
    names = {name for row in rows for name in row}
    if "url" in names:
        return _looked_at((row.get("url") or "" for row in rows), catalogue, names - _COLUMNS)
    lines = text_in(data).split()
    if not lines or not all(map(_ADDRESS.fullmatch, lines)):
        raise SourceError("this is no test list: it has no column url")
    return _looked_at(iter(lines), catalogue, ())


def ooni_run(data: bytes, catalogue: Catalogue) -> Gathered:
    """The addresses that an OONI Run link has probes visit."""
    document = json_of(data)
    for name in _AROUND:
        if isinstance(document, Mapping) and isinstance(document.get(name), Mapping):
            document = document[name]
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
        if not address.strip():
            continue
        try:
            host = url_host(address if "://" in address else f"https://{address}")
        except UsageError as fault:
            tray.put_aside(number, str(fault))
            continue
        service = catalogue.service_of(host)
        whose = f"it is {service.name}'s" if service else "no service of the catalogue has it"
        tray.put_aside(number, f"looked at, which is no claim; {whose}")
    return tray.gathered(unread)
