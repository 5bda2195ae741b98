"""Lumen's notices: JSON with `notices`, each a demand with its sender, recipient and jurisdictions.

Courts and governments are told of; a private notice of copyright or defamation is none of a
state's.
"""

from collections.abc import Mapping
from typing import Any

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import SourceError
from gatewatch.model.claim import Citation
from gatewatch.model.states import Action
from gatewatch.sources.claims.cells import code_of, day_of, service_named
from gatewatch.sources.claims.gathered import (
    Gathered,
    Stated,
    Tray,
    listed,
    published,
    several,
    text_of,
)
from gatewatch.sources.claims.tables import json_of, numbered, rows_of

LICENCE = "as published by Lumen; for research, with its terms"
_ACTIONS = {
    "CourtOrder": Action.ORDERED,
    "GovernmentRequest": Action.DEMANDED,
    "LawEnforcementRequest": Action.DEMANDED,
    "LocalLaw": Action.DEMANDED,
}
_KINDS = frozenset([*_ACTIONS, "Dmca", "Defamation", "Trademark", "Other", "Counternotice"])
"""Types of notices by the names that stand over a single one."""
_FIELDS = frozenset(
    [
        "id",
        "type",
        "title",
        "body",
        "date_sent",
        "date_received",
        "created_at",
        "sender_name",
        "principal_name",
        "recipient_name",
        "attorney_name",
        "issuing_court_name",
        "jurisdictions",
        "jurisdiction_list",
        "works",
        "action_taken",
        "request_type",
        "laws_referenced",
        "topics",
        "tags",
        "language",
        "webform",
        "subject",
        "source",
        "regulations",
    ]
)


def read(data: bytes, catalogue: Catalogue) -> Gathered:
    """Claims of notices that courts and governments sent to known services."""
    tray, unread = Tray(), set()
    rows = rows_of(data, _FIELDS)
    if rows and not {"recipient_name", "type"} <= rows[0].keys():
        raise SourceError("these are no notices of Lumen: no columns type and recipient_name")
    for number, notice in numbered(_notices(json_of(data)) if rows is None else rows):
        if not isinstance(notice, Mapping):
            tray.put_aside(number, "it is no notice")
            continue
        unread |= set(notice) - _FIELDS
        why, made = _rows(notice, catalogue)
        tray.add(made)
        if why:
            tray.put_aside(number, why)
    return tray.gathered(unread)


def _notices(document: Any) -> list[Any]:
    """The notices of a search, or the one of a page, which stands under the name of its type."""
    if isinstance(document, Mapping):
        for name, notice in document.items():
            kind = "".join(part.capitalize() for part in name.split("_"))
            if kind in _KINDS and isinstance(notice, Mapping):
                return [{"type": kind, **notice}]
    return listed(document, "notices")


def _rows(notice: Mapping[str, Any], catalogue: Catalogue) -> tuple[str, list[Stated]]:
    kind = text_of(notice, "type").removesuffix("s").replace(" ", "")
    action = _ACTIONS.get(kind)
    if action is None:
        return f"{kind or 'a notice of no type'} is a private matter", []
    service = service_named(catalogue, text_of(notice, "recipient_name"))
    if not service:
        return f"{text_of(notice, 'recipient_name')!r} is no service that is known", []
    held = several(notice.get("jurisdictions")) or several(notice.get("jurisdiction_list"))
    codes = list(dict.fromkeys(map(code_of, held)))
    day = day_of(text_of(notice, "date_received") or text_of(notice, "date_sent"))
    if not any(codes) or not day:
        return "it names no country or no day", []
    return "", [_row(notice, action, service, code, day=day) for code in filter(None, codes)]


def _row(notice: Mapping[str, Any], action: Action, service: str, code: str, day: str) -> Stated:
    identifier = str(notice.get("id", ""))
    return Stated(
        data_set="lumen",
        key=identifier,
        service=service,
        jurisdiction=code,
        action=action,
        date=day,
        actor=text_of(notice, "issuing_court_name") or text_of(notice, "sender_name"),
        law="; ".join(several(notice.get("laws_referenced"))),
        says=f"A notice on content: {text_of(notice, 'title') or 'no title'}",
        source=Citation(
            publisher="Lumen",
            url=f"https://lumendatabase.org/notices/{identifier}" if identifier else "",
            title=text_of(notice, "title") or "A notice",
            published=published(text_of(notice, "created_at")),
            licence=LICENCE,
        ),
    )
