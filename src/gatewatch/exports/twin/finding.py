"""The index that the search of a copy looks in: names in all languages, and where they lead."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from gatewatch.catalogue.duties import duty_words
from gatewatch.catalogue.facts import Catalogue
from gatewatch.catalogue.names import NamedKind, folded
from gatewatch.exports.twin.places import Address, Held
from gatewatch.words import country, say
from gatewatch.words.languages import LANGUAGES

FILE = "static/names.js"
ADDRESS = Address("/static/names.js")
_NETWORK = re.compile(r"/network/AS([0-9]{1,10})")
Row = tuple[str, str | list[str], str, list[str]]
"""Kind, what is shown (by language where that differs), the file from the top of a language, and
all names as they are compared."""


def index(catalogue: Catalogue, held: Held, listed: Iterable[tuple[Address, str]]) -> bytes:
    """A script that says the index, for pages opened from a folder may not load anything else.
    `listed`: pages of entries with what these list."""
    rows = [*_of_catalogue(catalogue, held), *_of_networks(held), *_of_entries(held, listed)]
    names, duties = (msgspec.json.encode(one) for one in (rows, _of_duties(catalogue, held)))
    return b"window.GATEWATCH_NAMES=" + names + b";\nwindow.GATEWATCH_DUTIES=" + duties + b";\n"


class Duties(msgspec.Struct, frozen=True):
    """What laws are found by beside their names: as catalogue/duties.py looks for them."""

    duties: dict[str, tuple[str, ...]]
    """Phrases that people call a duty by."""
    kinds: dict[str, tuple[str, ...]]
    laws: dict[str, tuple[tuple[str, ...], tuple[str, ...], str, str]]
    """By the file of a law's page: its duties, kinds of services, the file of its country's page,
    and what it asks."""


def _of_duties(catalogue: Catalogue, held: Held) -> Duties:
    words, laws = duty_words(), {}
    for law in catalogue.instruments.values():
        if file := held.get("en", Address(f"/rule/{law.id}")):
            place = held.get("en", Address(f"/jurisdiction/{law.jurisdiction}")) or ""
            laws[file] = (tuple(law.demands), tuple(law.kinds), place, folded(law.obligation))
    return Duties(words.duty, words.kind, dict(sorted(laws.items())))


def _of_catalogue(catalogue: Catalogue, held: Held) -> Iterator[Row]:
    names: dict[tuple[NamedKind, str], list[str]] = {}
    for one in catalogue.names.every:
        names.setdefault((one.kind, one.id), []).append(one.folded)
    for (kind, id_), known in sorted(names.items()):
        if kind == NamedKind.OPERATOR:
            continue
        file = held.get("en", _page(catalogue, kind, id_))
        if file is None:
            continue
        hosts: Iterable[str] = ()
        if kind == NamedKind.SERVICE:
            service = catalogue.services[id_]
            hosts = (*service.domains, *names.get((NamedKind.OPERATOR, id_), ()))
        yield kind, _shown(catalogue, kind, id_), file, [*known, *sorted(hosts)]


def _page(catalogue: Catalogue, kind: NamedKind, id_: str) -> Address:
    if kind == NamedKind.LAW:
        return Address(f"/rule/{id_}")
    if kind == NamedKind.LIST:
        known = catalogue.lists[id_]
        return Address(
            f"/register/{known.held_as}" if known.held_as else f"/jurisdiction/{known.jurisdiction}"
        )
    return Address(f"/{kind}/{id_}")


def _shown(catalogue: Catalogue, kind: NamedKind, id_: str) -> str | list[str]:
    match kind:
        case NamedKind.JURISDICTION:
            shown = [country(id_, lang) for lang in LANGUAGES]
        case NamedKind.LAW:
            shown = [say(catalogue.instruments[id_].citation, lang) for lang in LANGUAGES]
        case NamedKind.AUTHORITY:
            shown = [say(catalogue.authorities[id_].name, lang) for lang in LANGUAGES]
        case NamedKind.LIST:
            shown = [say(catalogue.lists[id_].name, lang) for lang in LANGUAGES]
        case _:
            shown = [catalogue.services[id_].name]
    return shown[0] if len(set(shown)) == 1 else shown


def _of_networks(held: Held) -> Iterator[Row]:
    """Networks whose pages are held, by their numbers as people write them."""
    known = sorted(
        int(found[1])
        for lang, address in held
        if lang == "en" and not address.query and (found := _NETWORK.fullmatch(address.path))
    )
    for number in known:
        file = held.get("en", Address(f"/network/AS{number}"))
        if file is not None:
            yield "network", f"AS{number}", file, [f"as{number}", f"as {number}", str(number)]


def _of_entries(held: Held, listed: Iterable[tuple[Address, str]]) -> Iterator[Row]:
    """Entries whose pages are held, by what they list, as the public may see it."""
    by_file: dict[tuple[str, str], list[str]] = {}
    for address, value in listed:
        if file := held.get("en", address):
            name = address.path.removeprefix("/entry/").replace("/", " ", 1)
            by_file.setdefault((file, name), []).append(value)
    for (file, name), values in sorted(by_file.items()):
        yield "entry", name, file, sorted({v for one in values for v in (one, folded(one))})


def rows_of(data: bytes) -> Any:
    """What `index` wrote of names, as data."""
    return msgspec.json.decode(data.partition(b"=")[2].partition(b";\n")[0])
