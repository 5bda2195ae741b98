"""Atom and JSON Feed of what happened: everything, or a jurisdiction, a service, a case, a
register."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from gatewatch.model.event import KINDS, Event
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, message
from gatewatch.query.ledger import Ledger
from gatewatch.site.caching import caching, etag, not_modified, repository_of, unchanged
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import lang_of
from gatewatch.site.repository import Repository
from gatewatch.site.subjects import every_case, service_named
from gatewatch.site.times import RequestTimes, Times
from gatewatch.site.writing import writing
from gatewatch.words import events, say
from gatewatch.words.happening import Happening, one_line
from gatewatch.words.languages import address_of

_MOST = 100
_ATOM = "http://www.w3.org/2005/Atom"
_KINDS = {"atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json"}
Chosen = Callable[[Happening], bool]


@get("/feeds/{name:str}", include_in_schema=False, sync_to_thread=True)
def everything(
    request: Request[Any, Any, Any], times: Times, name: FromPath[str]
) -> Response[bytes]:
    """All events."""
    stem, form = _form(name)
    if stem != "all":
        raise ProblemError(
            404,
            message(
                "there is /feeds/all.atom, and feeds of a jurisdiction, service, case and register"
            ),
        )
    return _feed(request, times, form, message("Gatewatch: what happened"), chosen=lambda _: True)


@get("/feeds/{kind:str}/{name:str}", include_in_schema=False, sync_to_thread=True)
def of_one(
    request: Request[Any, Any, Any], times: Times, kind: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """Events of a jurisdiction, a service or a register; or of one kind, as
    /feeds/kind/silence.atom."""
    repository, (stem, form) = repository_of(request), _form(name)
    if kind == "service":
        wanted = service_named(repository, stem, times).id
        return _feed(
            request,
            times,
            form,
            message(
                "Gatewatch: {what}",
                what=repository.facts(times.moment).catalogue.services[wanted].name,
            ),
            chosen=lambda e: e.service == wanted,
        )
    if kind == "jurisdiction" and len(stem) == 2:
        code = stem.upper()
        return _feed(
            request,
            times,
            form,
            message("Gatewatch: {what}", what=Jurisdiction(code)),
            chosen=lambda e: e.jurisdiction == code,
        )
    if kind == "register" and stem in repository.registers():
        return _feed(
            request,
            times,
            form,
            message("Gatewatch: {what}", what=stem),
            chosen=lambda e: e.register == stem,
        )
    if kind == "kind" and stem in KINDS:
        return _feed(
            request,
            times,
            form,
            message("Gatewatch: {what}", what=events.kind_word(stem)),
            chosen=lambda e: e.kind == stem,
        )
    raise ProblemError(404, message("no feed of {kind} '{name}'", kind=kind, name=stem))


@get("/feeds/case/{service:str}/{name:str}", include_in_schema=False, sync_to_thread=True)
def of_case(
    request: Request[Any, Any, Any], times: Times, service: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """Events of one service in one jurisdiction."""
    stem, form = _form(name)
    wanted, code = service_named(repository_of(request), service, times).id, stem.upper()
    return _feed(
        request,
        times,
        form,
        message(
            "Gatewatch: {service} in {place}",
            service=repository_of(request).facts(times.moment).catalogue.services[wanted].name,
            place=Jurisdiction(code),
        ),
        chosen=lambda e: (e.service, e.jurisdiction) == (wanted, code),
    )


@get("/feeds/follow/{subscription:str}/{name:str}", include_in_schema=False, sync_to_thread=True)
def of_subscription(
    request: Request[Any, Any, Any], subscription: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """What one subscription was told. Whoever has the address reads it, so no cache keeps it."""
    key, form = _form(name)
    found = writing(request).feed(subscription, key)
    if found is None:
        raise ProblemError(404, message("there is no such feed; its subscription may have ended"))
    one, told = found
    feed = Feed(
        title=say(message("Gatewatch: {what}", what=one.name or one.id), one.language),
        base=repository_of(request).base(request.url.netloc, request.url.scheme),
        path=address_of(lang_of(request), request.url.path),
        lang=one.language,
        events=told,
    )
    write = atom if form == "atom" else as_json
    return Response(
        write(feed), media_type=_KINDS[form], headers={"Cache-Control": "private, no-store"}
    )


def _form(name: str) -> tuple[str, str]:
    stem, _, form = name.rpartition(".")
    if form not in _KINDS or not stem:
        raise ProblemError(404, message("end the feed's name in .atom or .json"))
    return stem, form


def _feed(
    request: Request[Any, Any, Any], times: RequestTimes, form: str, title: Message, chosen: Chosen
) -> Response[bytes]:
    repository, lang = repository_of(request), lang_of(request)
    echo = times.echo(times.moment.recorded_by or repository.recorded_by())
    asked = {"day": str(times.day), **({} if _now(times) else echo)}
    tag = etag(repository, request, f"{form} {lang}", asked)
    if unchanged(request, tag):
        return not_modified(tag, times, repository)
    found = [one.said(lang) for one in all_events(repository, times) if chosen(one)][:_MOST]
    write = atom if form == "atom" else as_json
    feed = Feed(
        title=say(title, lang),
        base=repository.base(request.url.netloc, request.url.scheme),
        path=address_of(lang, request.url.path),
        lang=lang,
        events=found,
    )
    return Response(
        write(feed),
        media_type=_KINDS[form],
        headers={"ETag": tag, "Cache-Control": caching(times, repository)},
    )


def _now(times: RequestTimes) -> bool:
    return not (times.valid_at or times.as_of or times.recorded_by)


def all_events(repository: Repository, times: RequestTimes) -> list[Happening]:
    """Every event known at the times asked about, newest first. Registers tell of their last
    days."""

    def find(ledger: Ledger) -> list[Happening]:
        told = every_case(repository, ledger, times)
        return events.known(
            ledger,
            repository.facts(times.moment).catalogue,
            told,
            times.moment.as_of,
            recorded_by=times.recorded_by,
        )

    question = ("events", times.day, times.as_of, times.recorded_by)
    return repository.remember(question, find)  # type: ignore[no-any-return]


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed says, before it is written in either form."""

    title: str
    base: str
    path: str
    lang: str
    events: Sequence[Event]

    @property
    def reach(self) -> str:
        """What it can hold at most."""
        said = message(
            "The newest {n} items at most; of entries of registers, those of the last {days} days that each register published.",
            n=_MOST,
            days=events.DAYS_BACK,
        )
        return say(said, self.lang)

    def url(self, path: str) -> str:
        """A page that tells more, in the feed's language."""
        return self.base + address_of(self.lang, path)


def atom(feed: Feed) -> bytes:
    """As Atom."""
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": feed.lang})
    first = max((one.at for one in feed.events), default=datetime(1970, 1, 1, tzinfo=UTC))
    _text(root, "title", feed.title)
    _text(root, "subtitle", feed.reach)
    _text(root, "id", f"urn:gatewatch:feed:{feed.path}")
    _text(root, "updated", _time(first))
    ET.SubElement(root, "link", rel="self", href=feed.base + feed.path)
    _text(ET.SubElement(root, "author"), "name", "Gatewatch")
    for one in feed.events:
        entry = ET.SubElement(root, "entry")
        _text(entry, "title", one.title)
        _text(entry, "id", one.id)
        _text(entry, "updated", _time(one.at))
        ET.SubElement(entry, "link", rel="alternate", href=feed.url(one.path))
        for more in one.links:
            ET.SubElement(entry, "link", rel="related", href=feed.url(more))
        ET.SubElement(entry, "category", term=one.kind)
        _text(entry, "summary", one.text)
    return bytes(ET.tostring(root, xml_declaration=True, encoding="utf-8"))


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = "\n".join(one_line(line) for line in text.split("\n"))


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def as_json(feed: Feed) -> bytes:
    """As JSON Feed."""
    return msgspec.json.encode(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "description": feed.reach,
            "language": feed.lang,
            "home_page_url": f"{feed.base}{address_of(feed.lang, '/')}",
            "feed_url": feed.base + feed.path,
            "items": [
                {
                    "id": e.id,
                    "url": feed.url(e.path),
                    "title": e.title,
                    "content_text": e.text,
                    "date_published": _time(e.at),
                    "tags": [t for t in (e.kind, e.service, e.jurisdiction, e.register) if t],
                    "_gatewatch": {
                        "links": [feed.url(one) for one in e.links],
                        "amends": e.amends,
                        "withdrawn": e.withdrawn,
                    },
                }
                for e in feed.events
            ],
        }
    )


ROUTES = (everything, of_one, of_case, of_subscription)
