"""OONI's findings: JSON with `incidents` (or `incident`), each with countries, domains, tests,
days."""

from collections.abc import Iterator, Mapping
from typing import Any

from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.claim import Citation
from gatewatch.model.selector import url_host
from gatewatch.model.states import Action
from gatewatch.sources.claims.cells import code_of, day_of
from gatewatch.sources.claims.gathered import (
    Gathered,
    Stated,
    Tray,
    listed,
    published,
    several,
    text_of,
)
from gatewatch.sources.claims.tables import json_of

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


_NO = (False, 0, "0", "false")


def read(data: bytes, catalogue: Catalogue) -> Gathered:
    """Claims of findings that are published and not deleted."""
    tray, unread = Tray(), set()
    for number, finding in enumerate(listed(json_of(data), "incidents", single=["incident"]), 1):
        if not isinstance(finding, Mapping):
            tray.put_aside(number, "it is no finding")
            continue
        unread |= set(finding) - _FIELDS
        if finding.get("deleted") or finding.get("published") in _NO:
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


def _host(text: str) -> str:
    """The host of a domain or an address."""
    address = text if "://" in text else f"https://{text}"
    return url_host(address).casefold()


def _codes(finding: Mapping[str, Any]) -> list[str]:
    codes = (code_of(one) for one in several(finding.get("CCs")))
    return list(dict.fromkeys(filter(None, codes)))


def _services(finding: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    """By their domains, and by tests that are about one service alone."""
    hosts = (_host(one) for one in several(finding.get("domains")))
    found = [one.id for host in hosts if host and (one := catalogue.service_of(host))]
    wanted = set(several(finding.get("test_names")))
    found += [one.id for one in catalogue.services.values() if wanted & set(one.tests)]
    return list(dict.fromkeys(found))
