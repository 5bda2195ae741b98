"""What a search found, as one list of plain rows: each says its kind, and where the site tells
more."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from gatewatch.catalogue import jurisdictions
from gatewatch.catalogue.facts import Catalogue
from gatewatch.catalogue.names import NamedKind, NameMatch
from gatewatch.model.redaction import clean
from gatewatch.query.search import SearchResults

_MATCHES = ("same", "beginning", "words", "alike")
KINDS = (
    "selector",
    "case",
    "service",
    "operator",
    "jurisdiction",
    "law",
    "authority",
    "list",
    "register",
    "network",
    "decision",
    "host",
)
"""In the order in which they are told."""


def rows(found: SearchResults, catalogue: Catalogue) -> list[dict[str, Any]]:
    """One row a thing: `kind` is one of KINDS; `id` names it to commands and addresses; `match`
    says how its name meets the text (same, beginning, words, alike), None where it is part of it;
    `path` is its page on the site."""
    return sorted(_rows(found, catalogue), key=lambda row: KINDS.index(row["kind"]))


def _rows(found: SearchResults, catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    if found.selector:
        value = found.selector.value
        yield _row(
            "selector", value, value, None, path=f"/find?{urlencode({'q': value})}", match="same"
        )
    if found.case:
        id_, code = found.case
        named = f"{catalogue.services[id_].name}, {jurisdictions.name(code)}"
        yield _row(
            "case",
            f"{id_} {code}",
            name=named,
            jurisdiction=code,
            path=f"/case/{id_}/{code}",
            match="same",
        )
    if found.service:
        one = catalogue.services[found.service]
        yield _row(
            "service", one.id, one.name, one.home or None, path=f"/service/{one.id}", match=None
        )
    for match in found.names:
        if (match.kind, match.id) != (NamedKind.SERVICE, found.service):  # told above
            yield _named(match, catalogue)
    for register in found.registers:
        path = f"/register/{register.id}"
        yield _row(
            "register", register.id, register.title, register.jurisdiction, path=path, match="words"
        )
    for network in found.networks:
        id_ = f"AS{network.asn}"
        yield _row("network", id_, id_, network.jurisdiction, path=f"/network/{id_}", match="same")
    for entry in found.decisions:
        id_ = f"{entry.register} {entry.entry}"
        path = f"/entry/{quote(entry.register, safe='')}/{quote(entry.entry, safe='')}"
        said = (entry.body, entry.number, entry.date)
        yield _row(
            "decision", id_, clean(" ".join(filter(None, said))), None, path=path, match=None
        )
    for host in found.hosts:
        yield _row("host", host, host, None, path=f"/find?{urlencode({'q': host})}", match=None)


def _named(match: NameMatch, catalogue: Catalogue) -> dict[str, Any]:
    how = _MATCHES[match.closeness]
    id_, path = match.id, f"/{match.kind}/{match.id}"
    match match.kind:
        case NamedKind.SERVICE:
            one = catalogue.services[id_]
            return _row("service", id_, one.name, one.home or None, path=path, match=how)
        case NamedKind.OPERATOR:
            one = catalogue.services[id_]
            return _row(
                "operator", id_, one.name, one.home or None, path=f"/service/{id_}", match=how
            )
        case NamedKind.JURISDICTION:
            return _row("jurisdiction", id_, match.name, id_, path=path, match=how)
        case NamedKind.LAW:
            law = catalogue.instruments[id_]
            name = law.citation
            path, until = f"/rule/{id_}", law.until or None
            return _row("law", id_, name, law.jurisdiction, path=path, match=how, until=until)
        case NamedKind.AUTHORITY:
            body = catalogue.authorities[id_]
            return _row("authority", id_, body.name, body.jurisdiction, path=path, match=how)
        case NamedKind.LIST:
            known = catalogue.lists[id_]
            page = (
                f"/register/{known.held_as}"
                if known.held_as
                else f"/jurisdiction/{known.jurisdiction}"
            )
            return _row("list", id_, known.name, known.jurisdiction, path=page, match=how)


def _row(
    kind: str,
    id_: str,
    name: str,
    jurisdiction: str | None,
    *,
    path: str,
    match: str | None,
    until: str | None = None,
) -> dict[str, Any]:
    """`until`: of a law that ended, its last day in force."""
    return {
        "kind": kind,
        "id": id_,
        "name": name,
        "jurisdiction": jurisdiction,
        "match": match,
        "path": path,
        "until": until,
    }
