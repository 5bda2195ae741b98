"""Outages of access as a whole: annotations of Cloudflare Radar, events of IODA.

An outage is no restriction unless its keeper says that a government directed it: then it is a claim
of a block. A drop that nobody explains is told and changes no state.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import SourceError
from gatewatch.model.claim import Citation, Scope
from gatewatch.model.states import Action
from gatewatch.sources.claims.cells import code_of, day_of
from gatewatch.sources.claims.gathered import (
    EVERYTHING,
    Gathered,
    Stated,
    Tray,
    listed,
    published,
    several,
    text_of,
)
from gatewatch.sources.claims.tables import json_of, numbered, rows_of

RADAR_LICENCE = "CC BY-NC 4.0"
IODA_LICENCE = "as published by IODA; for research, ask before other use"
_RADAR = frozenset(
    [
        "id",
        "asns",
        "asnsDetails",
        "dataSource",
        "eventType",
        "locations",
        "locationsDetails",
        "outage",
        "startDate",
        "description",
        "endDate",
        "linkedUrl",
        "scope",
        "isInstantaneous",
        "outageCause",
        "outageType",
        "outage.outageCause",
        "outage.outageType",
    ]
)
_IODA = frozenset(
    [
        "location",
        "start",
        "duration",
        "uncertainty",
        "method",
        "datasource",
        "status",
        "fraction",
        "score",
        "location_name",
        "overlaps_window",
        "entity",
        "from",
        "until",
        "entity_type",
        "entity_code",
        "entity_name",
    ]
)
_RADAR_ALIASES = {
    "location": "locations",
    "country": "locations",
    "start": "startDate",
    "end": "endDate",
    "cause": "outageCause",
    "type": "outageType",
    "outage cause": "outageCause",
    "outage type": "outageType",
    "link": "linkedUrl",
}
_IODA_ALIASES = {"datetime": "from", "time": "from", "country": "entity_name"}
_DIRECTED = "GOVERNMENT_DIRECTED"


def radar(data: bytes, catalogue: Catalogue) -> Gathered:
    """Claims of Radar's outage annotations."""
    del catalogue
    tray, unread = Tray(), set()
    for number, one in numbered(_annotations(data)):
        if not isinstance(one, Mapping):
            tray.put_aside(number, "it is no annotation")
            continue
        unread |= set(one) - _RADAR
        outage = _outage(one)
        cause = text_of(outage, "outageCause").upper().replace(" ", "_").replace("-", "_")
        begun = day_of(text_of(one, "startDate"))
        codes = list(dict.fromkeys(filter(None, map(code_of, several(one.get("locations"))))))
        if cause != _DIRECTED:
            tray.put_aside(number, f"an outage and no measure: {cause or 'no cause is told'}")
        elif not begun or not codes:
            tray.put_aside(number, "it names no day or no country")
        else:
            for code in codes:
                tray.add(_directed(one, code, begun, text_of(outage, "outageType").upper()))
    return tray.gathered(unread)


def _annotations(data: bytes) -> Iterable[Any]:
    """The annotations of an answer of the API, or of a table that the page gives."""
    rows = rows_of(data, _RADAR, _RADAR_ALIASES)
    if rows and not any(row.keys() >= {"locations", "startDate"} for row in rows):
        raise SourceError("these are no annotations of Radar: no columns locations and startDate")
    return listed(json_of(data), "result", "annotations") if rows is None else rows


def _outage(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an annotation says of the outage: a record in JSON, columns in a table."""
    held = one.get("outage")
    if isinstance(held, Mapping):
        return held
    return {name.rpartition(".")[2]: value for name, value in one.items() if "outage" in name}


def _directed(one: Mapping[str, Any], code: str, begun: str, kind: str) -> list[Stated]:
    ended = day_of(text_of(one, "endDate"))
    events = [(Action.BLOCKED, begun), *([(Action.RESTORED, ended)] if ended else [])]
    where = text_of(one, "scope") or code
    return [
        Stated(
            data_set="radar",
            key=str(one.get("id") or begun),
            service=EVERYTHING,
            jurisdiction=code,
            action=action,
            date=day,
            scope=Scope.WHOLE if kind in {"NATIONWIDE", ""} else Scope.PART,
            says=f"Access as a whole, directed by the government, in {where}.",
            source=Citation(
                publisher="Cloudflare Radar",
                url=text_of(one, "linkedUrl"),
                title=text_of(one, "description")[:120] or "Outage annotation",
                published=published(begun),
                licence=RADAR_LICENCE,
            ),
        )
        for action, day in events
    ]


def ioda(data: bytes, catalogue: Catalogue) -> Gathered:
    """Drops of access by country that IODA saw: announced and no more, for no cause is told."""
    del catalogue
    tray, unread = Tray(), set()
    rows = rows_of(data, _IODA, _IODA_ALIASES)
    if rows and not any({"start", "from"} & row.keys() for row in rows):
        raise SourceError("these are no events of IODA: no column start or from")
    events = listed(json_of(data), "data") if rows is None else rows
    flat = [one for held in events for one in (held if isinstance(held, list) else [held])]
    for number, one in numbered(flat):
        if not isinstance(one, Mapping):
            tray.put_aside(number, "it is no event")
            continue
        unread |= set(one) - _IODA
        kind, name = _located(one)
        start, code = _moment(one.get("start") or one.get("from")), code_of(name)
        if kind != "country" or not code:
            tray.put_aside(number, f"it is about {kind or 'no place'} {name}, and not a country")
        elif start is None or start < 0 or start > _LAST:
            tray.put_aside(number, "it has no day")
        else:
            tray.add([_drop(one, code, start)])
    return tray.gathered(unread)


_LAST = 4_102_444_800
"""Seconds to the year 2100."""


def _located(one: Mapping[str, Any]) -> tuple[str, str]:
    """The kind of place that an event is about, and the place: "country/IQ", or both apart."""
    held = one.get("entity")
    if isinstance(held, Mapping):
        return text_of(held, "type"), text_of(held, "code")
    if told := text_of(one, "entity_code") or text_of(one, "entity_name"):
        return text_of(one, "entity_type") or "country", told
    kind, _, name = text_of(one, "location").partition("/")
    return kind, name


def _moment(value: Any) -> int | None:
    """Seconds, however a moment is written; without a zone it is UTC, as IODA's are."""
    if (seconds := _seconds(value)) is not None or not isinstance(value, str):
        return seconds
    try:
        told = datetime.fromisoformat(value.strip())
        return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _seconds(value: Any) -> int | None:
    """A number of seconds, however it is written."""
    try:
        return int(float(value)) if isinstance(value, int | float | str) and value else None
    except (ValueError, OverflowError):
        return None


def _drop(one: Mapping[str, Any], code: str, start: int) -> Stated:
    day = datetime.fromtimestamp(start, UTC).date()
    duration = _seconds(one.get("duration"))
    hours = f" for {max(1, round(duration / 3600))} hours" if duration else ""
    return Stated(
        data_set="ioda",
        key=f"{start}|{text_of(one, 'datasource')}",
        service=EVERYTHING,
        jurisdiction=code,
        action=Action.ANNOUNCED,
        date=day.isoformat(),
        says=f"A drop of access{hours}, seen by {text_of(one, 'datasource') or 'one source'}; no cause told.",
        source=Citation(
            publisher="IODA",
            url=f"https://ioda.inetintel.cc.gatech.edu/country/{code}?from={start}",
            published=day,
            licence=IODA_LICENCE,
        ),
    )
