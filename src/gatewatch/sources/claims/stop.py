"""Access Now's STOP table of shutdowns: CSV, one row a shutdown, one column a platform.

A row tells of the platforms marked Yes, or of access as a whole where the extent says so. Columns
as in the table of 2016 to 2025.
"""

import csv
import io
from collections.abc import Iterator, Mapping

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import SourceError
from gatewatch.model.claim import Citation, Scope
from gatewatch.model.states import Action
from gatewatch.sources.claims.gathered import (
    EVERYTHING,
    LIMIT,
    Gathered,
    Stated,
    Tray,
    code_of,
    day_of,
    service_named,
)

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
    if len(data) > LIMIT:
        raise SourceError(f"the table is longer than {LIMIT >> 20} MB")
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace"), newline=""))
    names = [name.strip() for name in rows.fieldnames or ()]
    if not {"start_date", "country"} <= set(names):
        raise SourceError("this is no STOP table: it has no columns start_date and country")
    rows.fieldnames = names
    tray = Tray()
    for number, record in enumerate(rows, 1):
        row = {
            name: (value or "").strip()
            for name, value in record.items()
            if isinstance(name, str) and not isinstance(value, list)
        }
        if why := _unclear(row):
            tray.put_aside(number, why)
            continue
        made = list(_rows(row, catalogue))
        tray.add(made)
        if not made:
            tray.put_aside(number, "it names no platform that is known, and not access as a whole")
    return tray.gathered(set(names) - _USED - _IGNORED)


def _unclear(row: Mapping[str, str]) -> str:
    """Why a row cannot be read, or nothing."""
    start, end = day_of(row["start_date"]), day_of(row.get("end_date", ""))
    if not start:
        return f"the day {row['start_date']!r} cannot be told: write 2021-06-04"
    if not code_of(row["country"]):
        return f"{row['country']!r} is not one country"
    if end and end < start:
        return f"it ends on {end}, before it begins on {start}"
    return ""


def _rows(row: Mapping[str, str], catalogue: Catalogue) -> Iterator[Stated]:
    for service in _services(row, catalogue):
        for action, day in _events(row):
            yield Stated(
                data_set="stop",
                key="|".join((row["start_date"], row["country"], row.get("area_name", ""))),
                service=service,
                jurisdiction=code_of(row["country"]),
                action=action,
                date=day,
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
        if row.get(column, "").casefold() == "yes"
    ]
    others = row.get("other_affected", "").replace(";", ",").split(",")
    found += [service_named(catalogue, other) for other in others]
    if "full network" in row.get("shutdown_extent", "").casefold():
        found.append(EVERYTHING)
    return list(dict.fromkeys(one for one in found if one))


def _events(row: Mapping[str, str]) -> Iterator[tuple[Action, str]]:
    kind = row.get("shutdown_type", "").casefold()
    throttled = "throttle" in kind and "shutdown" not in kind
    yield Action.THROTTLED if throttled else Action.BLOCKED, day_of(row["start_date"])
    end = day_of(row.get("end_date", ""))
    if end and row.get("shutdown_status", "").casefold() != "ongoing":
        yield Action.RESTORED, end


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
