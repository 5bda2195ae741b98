"""Every link of every kind of page leads somewhere: to a page, and where it names a place on it, to
that place."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import pytest
from lxml import html

from gatewatch.site.app import build
from gatewatch.site.inprocess import InProcess
from gatewatch.site.settings import SiteSettings

_SITE = "https://site.example"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_OF_A_KIND = 2
"""Pages of one kind that are read; all links of these are followed, to as many of each kind."""
_MOST = 90
_DEAR = re.compile(r"/(?:ru|zh)(?:/|$)|/cite/|/data/|.*\.(?:png|parquet|ndjson|atom)(?:\?|$)")
"""Not followed: they have tests of their own, and are the same pages in other languages."""


@pytest.fixture(scope="module")
def asked(filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    settings = SiteSettings(
        ledger=filled, state=tmp_path_factory.mktemp("state"), public_url=_SITE, rate=0
    )
    with InProcess(build(settings), _SITE) as found:
        yield found


def test_every_link_leads_somewhere(asked: InProcess) -> None:
    """From the front page on, within this process: no socket, no browser. A kind of page is its
    path's first word, how deep it is, and what is asked of it."""
    first = ("/", "/find?q=example&valid_at=2026-01-15")
    todo, met, kinds = deque((url, "nowhere") for url in first), {*first}, Counter[str]()
    places: dict[str, set[str]] = {}
    wanted: list[tuple[str, str, str]] = []
    dead: list[tuple[int, str, str]] = []
    while todo and sum(kinds.values()) < _MOST:
        url, whence = todo.popleft()
        kind = _kind(url)
        if kinds[kind] >= _OF_A_KIND:
            continue
        kinds[kind] += 1
        status, body, _ = asked(unquote(urlsplit(url).path), tuple(parse_qsl(urlsplit(url).query)))
        if status >= 400:
            dead.append((status, url, whence))
            continue
        if not body.lstrip().startswith(b"<!doctype html"):
            continue
        page = html.fromstring(body)
        places[url] = {one.get("id", "") for one in page.iter("*")}
        for target, place in _links(page, url):
            if place:
                wanted.append((url, target, place))
            if target.count("?") > 1:  # a question within a question: its end is nobody's
                dead.append((0, target, url))
            if target not in met and not _DEAR.match(target):
                met.add(target)
                todo.append((target, url))
    assert not dead, "\n".join(map(str, dead))
    assert len(places) > 30
    lost = {
        (target, place, whence)
        for whence, target, place in wanted
        if place not in places.get(target, {place})
    }
    assert lost == set()


def _links(page: html.HtmlElement, url: str) -> Iterator[tuple[str, str]]:
    """Addresses of this site that the page leads to, and places on them."""
    named = {one.get(name) for one in page.iter("{*}a") for name in ("href", _XLINK)}
    for href in filter(None, named):
        parts = urlsplit(urljoin(_SITE + url, href))
        if f"{parts.scheme}://{parts.netloc}" == _SITE:
            yield parts.path + (f"?{parts.query}" if parts.query else ""), parts.fragment


def _kind(url: str) -> str:
    parts = urlsplit(url)
    words = parts.path.strip("/").split("/")
    last = Path(words[-1]).suffix if words else ""
    inner = words[-1] if words and re.fullmatch(r"[a-z]+", words[-1]) and len(words) > 2 else ""
    head = "/".join(words[:3]) if words[:1] == ["api"] else "".join(words[:1])
    asked = ",".join(sorted({name for name, _ in parse_qsl(parts.query)}))
    if "recorded_by" in asked:
        return "what is linked for good"  # the same pages, with all three times
    return f"{head} {len(words)} {inner} {last} {asked}"
