"""From the page that a watch looks at to the list: the newest issue, or all pages of one state."""

import hashlib
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import msgspec

from gatewatch.errors import needs
from gatewatch.model.expression import compiled
from gatewatch.model.register import Discovery
from gatewatch.pipeline.fetch import Fetched, FetchError, Validators, fetch, page

_MOST_LINKS = 10_000


def bring(
    url: str,
    how: Discovery,
    mark: Validators,
    folder: Path,
    name: str,
    zone: tzinfo = UTC,
    *,
    inward: bool = False,
) -> Fetched:
    """What a page leads to, into `folder`: a file, or for a list of several pages a folder of them.
    `inward`: as `fetch`.

    Raises FetchError where the page leads nowhere, or to a host that is not declared.
    """
    declared = url
    if how.newest is not None:
        came_from, text = page(url, inward=inward)
        url = _chosen(links(text, came_from, how.newest, how), how, url)
    if how.pages is not None:
        read = partial(page, declared=declared, inward=inward)
        return _pages(url, how, mark, folder, name=name, zone=zone, read=read)
    same = mark if mark.url == url else Validators(digest=mark.digest)
    known = msgspec.structs.replace(same, url=url)
    return fetch(url, known, folder, name, zone=zone, declared=declared, inward=inward)


def links(text: bytes, came_from: str, way: str, how: Discovery) -> list[str]:
    """Addresses on a page that a way leads to, absolute, each once, in the order of the page."""
    kind, _, rest = way.partition(":")
    with needs("documents"):
        import cssselect  # noqa: F401 - lxml looks for it
        from lxml import etree, html
    try:
        document = html.document_fromstring(
            text, parser=html.HTMLParser(no_network=True, huge_tree=False)
        )
        if kind == "regex":
            expression = compiled(rest)
            every = document.iterfind(".//a[@href]")
            found = [a for a in every if expression.search(str(a.get("href")))]
        else:
            found = document.cssselect(rest) if kind == "css" else list(document.iterfind(rest))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as fault:
        raise FetchError(f"{came_from}: no web page: {fault}") from fault
    except SyntaxError as fault:
        raise FetchError(f"watch: {way!r} is no way to a link: {fault}") from fault
    addresses = [
        urljoin(came_from, str(a.get("href"))).partition("#")[0]
        for a in found[:_MOST_LINKS]
        if a.get("href")
    ]
    return [_allowed(link, came_from, how) for link in dict.fromkeys(addresses)]


def _allowed(link: str, came_from: str, how: Discovery) -> str:
    """A declaration may be a stranger's, and a page anybody's: neither sends us where it likes."""
    to, at = urlsplit(link), urlsplit(came_from)
    if to.scheme not in {"http", "https"} or (at.scheme == "https" and to.scheme != "https"):
        raise FetchError(f"{came_from} leads to {link}, which is not encrypted or no web address")
    if to.netloc != at.netloc and to.hostname not in how.hosts:
        raise FetchError(
            f"{came_from} leads to {to.hostname}: name it in watch.hosts if that is right"
        )
    return link


def _chosen(found: list[str], how: Discovery, url: str) -> str:
    if not found:
        raise FetchError(f"{url}: no link is like watch.newest {how.newest!r}")
    if how.choose == "name":
        return max(found, key=_in_numbers)
    return found[0 if how.choose == "first" else -1]


def _in_numbers(link: str) -> list[tuple[int, str]]:
    """Sorts names with numbers in them as a person does: v9 before v178."""
    words = re.split(r"(\d+)", link)
    return [(int(word), "") if word.isdigit() else (-1, word) for word in words]


def _pages(
    url: str,
    how: Discovery,
    mark: Validators,
    folder: Path,
    *,
    name: str,
    zone: tzinfo,
    read: Callable[[str], tuple[str, bytes]],
) -> Fetched:
    assert how.pages is not None
    seen: dict[str, bytes] = {}
    following: str | None = url
    while following is not None:
        if len(seen) == how.most_pages:
            raise FetchError(f"{url}: more than {how.most_pages} pages; see watch.most_pages")
        came_from, text = read(following)
        seen[following] = text
        after = [one for one in links(text, came_from, how.pages, how) if one not in seen]
        following = after[0] if after else None
    digest = hashlib.sha256()
    for text in seen.values():
        digest.update(hashlib.sha256(text).digest())
    fresh = Validators(digest=digest.hexdigest(), url=url)
    if fresh.digest == mark.digest:
        return Fetched(None, fresh)
    place = folder / f"{name}-{datetime.now(UTC).astimezone(zone):%Y-%m-%dT%H-%M-%S}"
    undone = folder / f".{name}.part"
    shutil.rmtree(undone, ignore_errors=True)
    undone.mkdir(parents=True)
    for number, text in enumerate(seen.values(), 1):
        (undone / f"page-{number:04}").write_bytes(text)
    shutil.rmtree(place, ignore_errors=True)
    undone.rename(place)
    return Fetched(place, fresh)
