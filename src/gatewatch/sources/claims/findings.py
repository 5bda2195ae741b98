"""OONI's findings: JSON with `incidents` (or `incident`), each with countries, domains, tests,
days."""

from collections.abc import Iterator, Mapping
from typing import Any

from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.claim import Citation
from gatewatch.model.states import Action
from gatewatch.sources.claims.gathered import (
    Gathered,
    Stated,
    Tray,
    code_of,
    day_of,
    json_of,
    listed,
    published,
    text_of,
)

LICENCE = "CC BY-NC-SA 4.0"
_FIELDS = frozenset(
    [
        "id",
        "slug",
        "title",
        "short_description",
        "text",
        "start_time",
        "end_time",
        "create_time",
        "update_time",
        "reported_by",
        "creator_account_id",
        "email_address",
        "event_type",
        "published",
        "deleted",
        "CCs",
        "ASNs",
        "domains",
        "themes",
        "tags",
        "links",
        "test_names",
        "mine",
    ]
)


def read(data: bytes, catalogue: Catalogue) -> Gathered:
    """Claims of findings that are published and not deleted."""
    tray, unread = Tray(), set()
    for number, finding in enumerate(listed(json_of(data), "incidents"), 1):
        if not isinstance(finding, Mapping):
            tray.put_aside(number, "it is no finding")
            continue
        unread |= set(finding) - _FIELDS
        if finding.get("deleted") or finding.get("published") is False:
            tray.put_aside(number, "it is not published")
            continue
        made = list(_rows(finding, catalogue))
        tray.add(made)
        if not made:
            tray.put_aside(number, "it names no country, no day, or no service that is known")
    return tray.gathered(unread)


def _rows(finding: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Stated]:
    begun, ended = day_of(text_of(finding, "start_time")), day_of(text_of(finding, "end_time"))
    events = [(Action.BLOCKED, begun)] if begun else []
    events += [(Action.RESTORED, ended)] if ended else []
    identifier = str(finding.get("id") or finding.get("slug") or "")
    for code in _codes(finding):
        for service in _services(finding, catalogue):
            for action, day in events:
                yield Stated(
                    data_set="ooni-finding",
                    key=identifier,
                    service=service,
                    jurisdiction=code,
                    action=action,
                    date=day,
                    says=f"Measured: {text_of(finding, 'title') or 'a finding'}",
                    source=Citation(
                        publisher="OONI",
                        url=f"https://explorer.ooni.org/findings/{identifier}",
                        title=text_of(finding, "title"),
                        published=published(text_of(finding, "create_time")),
                        licence=LICENCE,
                    ),
                )


def _codes(finding: Mapping[str, Any]) -> list[str]:
    held = finding.get("CCs")
    return (
        [code_of(one) for one in held if isinstance(one, str) and code_of(one)]
        if isinstance(held, list)
        else []
    )


def _services(finding: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    """By their domains, and by tests that are about one service alone."""
    domains, tests = finding.get("domains"), finding.get("test_names")
    found = [
        one.id
        for host in (domains if isinstance(domains, list) else ())
        if isinstance(host, str) and (one := catalogue.service_of(host))
    ]
    wanted = {test for test in (tests if isinstance(tests, list) else ()) if isinstance(test, str)}
    found += [one.id for one in catalogue.services.values() if wanted & set(one.tests)]
    return list(dict.fromkeys(found))
