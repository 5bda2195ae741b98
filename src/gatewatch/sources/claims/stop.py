"""Access Now's STOP table of shutdowns: CSV, one row a shutdown, one column a platform.

A row tells of the platforms marked Yes, or of access as a whole where the extent says so. Columns
as in the table of 2016 to 2025.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import SourceError
from gatewatch.model import day
from gatewatch.model.claim import Citation, Scope
from gatewatch.model.states import Action
from gatewatch.sources.claims.cells import codes_of, day_of, order_of, service_named, services_of
from gatewatch.sources.claims.gathered import (
    EVERYTHING,
    Gathered,
    Stated,
    Tray,
)
from gatewatch.sources.claims.tables import numbered, rows_of

LICENCE = "as published by Access Now; ask before you publish the table again"
_PLATFORMS = {
    f"{name}_affected": name
    for name in ("facebook", "twitter", "whatsapp", "instagram", "telegram")
}
_USED = frozenset(
    [
        "start_date",
        "country",
        "geo_scope",
        "area_name",
        "shutdown_type",
        "shutdown_extent",
        "ordered_by",
        "decision_maker",
        "actual_cause",
        "gov_justification",
        "info_source",
        "info_source_link",
        "shutdown_status",
        "end_date",
        "an_link",
        "other_affected",
    ]
) | set(_PLATFORMS)
_IGNORED = frozenset(
    [
        "start_date_type",
        "affected_network",
        "actual_cause_details",
        "duration",
        "gov_ack",
        "sms_affected",
        "phonecall_affected",
        "telcos_involved",
        "election",
        "violence",
        "hr_abuse_reported",
        "users_targeted",
        "users_target_detail",
        "event",
        "region",
        "count_year",
    ]
)
_YES = frozenset(["yes", "y", "true", "1", "x"])
_NOTHING = frozenset(["", "no", "n", "none", "n/a", "na", "unknown", "false", "0", "-"])
"""What a cell says that names nothing."""
_MESSENGER = re.compile(r"(?<!Facebook )\b(?:FB )?Messenger\b", re.IGNORECASE)
"""Beside Facebook there is one of that name."""
_WHY = {
    "protest": "unrest",
    "unrest": "unrest",
    "communal violence": "unrest",
    "election": "politics",
    "political instability": "politics",
    "coup": "politics",
    "exam": "exams",
    "national security": "security",
    "terror": "extremism",
    "fake news": "false_news",
    "hate speech": "false_news",
    "rumor": "false_news",
    "illegal content": "content",
    "harmful content": "content",
}


def read(data: bytes, catalogue: Catalogue) -> Gathered:
    """Claims of a STOP table."""
    rows = rows_of(data, _USED | _IGNORED) or []
    names = {name for row in rows for name in row}
    if not {"start_date", "country"} <= names:
        raise SourceError("this is no STOP table: it has no columns start_date and country")
    order = order_of(row.get(name) or "" for row in rows for name in ("start_date", "end_date"))
    tray = Tray()
    for number, record in numbered(rows):
        row = {name: value.strip() for name, value in record.items()}
        row["start_date"], row["end_date"], told = _days(row, order)
        if why := _unclear(row, told):
            tray.put_aside(number, why)
            continue
        made = list(_rows(row, catalogue))
        tray.add(made)
        for name in _unknown(row, catalogue):
            tray.put_aside(number, f"{name!r} is no service or country that is known")
        if not made:
            tray.put_aside(number, "it names no platform that is known, and not access as a whole")
    return tray.gathered(names - _USED - _IGNORED)


def _days(row: Mapping[str, str], order: str) -> tuple[str, str, str]:
    """The first and the last day of a row, and the first one as it stands there."""
    told = row.get("start_date", "")
    return day_of(told, order), day_of(row.get("end_date", ""), order), told


def _unclear(row: Mapping[str, str], told: str) -> str:
    """Why a row cannot be read, or nothing. `told`: its first day as it stands there."""
    start, end = row["start_date"], row["end_date"]
    if not start:
        return f"the day {told!r} cannot be told: write 2021-06-04"
    if not codes_of(row["country"])[0]:
        return f"{row['country']!r} is no country that is known"
    begun, ended = day.parse(start).first, day.parse(end).last if end else None
    if begun and ended and ended < begun:
        return f"it ends on {end}, before it begins on {start}"
    return ""


def _unknown(row: Mapping[str, str], catalogue: Catalogue) -> list[str]:
    """What the cells of a row name beside what is known."""
    return [*codes_of(row["country"])[1], *services_of(_others(row), catalogue)[1]]


def _others(row: Mapping[str, str]) -> str:
    """The cell of platforms without a column, or nothing."""
    cell = row.get("other_affected", "")
    return "" if cell.casefold() in _NOTHING else _MESSENGER.sub("Facebook Messenger", cell)


def _rows(row: Mapping[str, str], catalogue: Catalogue) -> Iterator[Stated]:
    told = product(codes_of(row["country"])[0], _services(row, catalogue), _events(row))
    for code, service, (action, when) in told:
        yield Stated(
            data_set="stop",
            key="|".join((row["start_date"], row["country"], row.get("area_name", ""))),
            service=service,
            jurisdiction=code,
            action=action,
            date=when,
            actor=row.get("decision_maker") or row.get("ordered_by", ""),
            reasons=_reasons(row) if action != Action.RESTORED else (),
            scope=Scope.WHOLE if _is_national(row) else Scope.PART,
            says=_says(row),
            source=Citation(
                publisher="Access Now STOP",
                url=_address(row),
                title="Shutdown Tracker Optimization Project",
                origin=row.get("info_source", ""),
                licence=LICENCE,
            ),
        )


def _services(row: Mapping[str, str], catalogue: Catalogue) -> list[str]:
    found = [
        service_named(catalogue, name)
        for column, name in _PLATFORMS.items()
        if row.get(column, "").casefold() in _YES
    ]
    found += services_of(_others(row), catalogue)[0]
    if "full network" in row.get("shutdown_extent", "").casefold():
        found.append(EVERYTHING)
    return list(dict.fromkeys(one for one in found if one))


def _events(row: Mapping[str, str]) -> list[tuple[Action, str]]:
    kind = row.get("shutdown_type", "").casefold()
    throttled = "throttl" in kind and "shutdown" not in kind
    begun = (Action.THROTTLED if throttled else Action.BLOCKED, row["start_date"])
    ended = row["end_date"] and row.get("shutdown_status", "").casefold() != "ongoing"
    return [begun, *([(Action.RESTORED, row["end_date"])] if ended else [])]


def _is_national(row: Mapping[str, str]) -> bool:
    """Whether the whole country is meant; older sheets write levels."""
    return row.get("geo_scope", "").casefold() in {"", "national", "nationwide", "level 3"}


def _reasons(row: Mapping[str, str]) -> tuple[str, ...]:
    told = f"{row.get('gov_justification', '')} {row.get('actual_cause', '')}".casefold()
    return tuple(dict.fromkeys(why for word, why in _WHY.items() if word in told))


def _says(row: Mapping[str, str]) -> str:
    where = row.get("area_name") or row["country"]
    kind = row.get("shutdown_type") or "Shutdown"
    cause = row.get("actual_cause")
    return f"{kind} in {where}{f', on account of: {cause}' if cause else ''}."


def _address(row: Mapping[str, str]) -> str:
    links = (row.get("info_source_link", ""), row.get("an_link", ""))
    found = (word for link in links for word in link.split())
    return next((one for one in found if one.startswith(("http://", "https://"))), "")
