"""Readers of claims by the name of their format."""

import re
from collections.abc import Callable

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import SourceError, UsageError
from gatewatch.sources.claims import findings, lists, lumen, outages, stop
from gatewatch.sources.claims.gathered import Gathered
from gatewatch.sources.claims.tables import text_in

READERS: dict[str, Callable[[bytes, Catalogue], Gathered]] = {
    "stop": stop.read,
    "ooni-findings": findings.read,
    "radar": outages.radar,
    "ioda": outages.ioda,
    "lumen": lumen.read,
    "test-list": lists.test_list,
    "ooni-run": lists.ooni_run,
}


_MARKS: dict[str, tuple[frozenset[str], ...]] = {
    "stop": (frozenset(["startdate", "country", "shutdowntype"]),),
    "ooni-findings": (frozenset(["incidents"]), frozenset(["ccs", "starttime", "domains"])),
    "radar": (frozenset(["annotations"]), frozenset(["outage", "locations"])),
    "ioda": (frozenset(["datasource", "score"]), frozenset(["datasource", "duration"])),
    "lumen": (frozenset(["notices"]), frozenset(["recipientname", "type"])),
    "test-list": (frozenset(["url", "categorycode"]),),
    "ooni-run": (frozenset(["nettests"]),),
}
"""Names of fields and columns that show a format."""
_BEGINNING = 65_536
_NAME = re.compile(r'"(\w+)"\s*:')
_COLUMN = re.compile(r"[,;\t|\r\n]")
_NO_LETTER = re.compile(r"[^a-z0-9]+")


def read(name: str, data: bytes, catalogue: Catalogue) -> Gathered:
    """The claims of a file in a format; UsageError if there is no such format. Of a file that is in
    another one SourceError says which."""
    if name not in READERS:
        raise UsageError(f"there is no format {name!r}: write one of {', '.join(READERS)}")
    try:
        found, fault = READERS[name](data, catalogue), "it gives no claim"
        if found.claims:
            return found
    except SourceError as wrong:
        found, fault = None, str(wrong)
    other = _looks_like(data)
    if other not in {"", name}:
        raise SourceError(f"{fault}; it looks like {other}")
    if found is None:
        raise SourceError(fault)
    return found


def _looks_like(data: bytes) -> str:
    """The format that the names in a file show, or nothing."""
    try:
        text = text_in(data)[:_BEGINNING]
    except SourceError:
        return ""
    is_json = text.lstrip()[:1] in {"{", "["}
    found = _NAME.findall(text) if is_json else _COLUMN.split(text.partition("\n")[0])
    names = {_NO_LETTER.sub("", one.casefold()) for one in found}
    return next((name for name, marks in _MARKS.items() if any(one <= names for one in marks)), "")
