"""Pages in Russian and Chinese: no English but names and quotations, and those carry their
language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from lxml import html
from tests.site.served import Served

import gatewatch

RUN = re.compile(r"[A-Za-z][A-Za-z'’-]*(?: [A-Za-z][A-Za-z'’-]*)+")
"""Two Latin words or more, one after the other."""
SKIPPED = {"script", "style", "code", "svg"}
TERMS = {"Gatewatch", "Atom", "JSON", "Feed", "CSV", "SVG", "PNG", "Parquet", "API", "UTC"}
START = (
    "/",
    "/case/wechat/RU",
    "/find?q=wechat.com&valid_at=2017-05-08",
    "/find?q=nobody",
    "/report",
    "/data",
)
MOST = 70
"""Pages of one language that are looked at: one of each kind and a few more."""
LANGUAGES = {"ru": re.compile("[а-яА-Я]"), "zh": re.compile("[\u4e00-\u9fff]")}


def _found(tree: html.HtmlElement, path: str) -> list[Any]:
    return cast("list[Any]", tree.xpath(path))


def _texts(tree: html.HtmlElement, lang: str) -> Iterator[str]:
    """Words of a page that claim to be in its language."""
    for node in _found(tree, "//body//text()"):
        parent = node.getparent()
        owner = parent.getparent() if node.is_tail else parent
        around = [owner, *owner.iterancestors()] if owner is not None else []
        if any(one.tag in SKIPPED or "sel" in (one.get("class") or "").split() for one in around):
            continue
        told = next((one.get("lang") for one in around if one.get("lang")), lang)
        if told == lang and node.strip():
            yield " ".join(node.split())


def _english(text: str) -> list[str]:
    """Runs of Latin words in which one is no name: names begin with capitals."""
    return [
        run
        for run in RUN.findall(text)
        if any(word[0].islower() and len(word) > 1 for word in run.split())
        and not set(run.split()) <= TERMS
    ]


def _crawl(site: Served, lang: str) -> Iterator[tuple[str, html.HtmlElement]]:
    """Pages of one language, by kind: no more than three whose addresses differ in names alone."""
    waiting = [f"/{lang}{path if path != '/' else ''}" for path in START]
    seen: set[str] = set()
    kinds: dict[str, int] = {}
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        plain = urlsplit(path).path
        kind = "/".join(plain.split("/")[:3])
        if path in seen or kinds.get(kind, 0) >= 3:
            continue
        seen.add(path)
        kinds[kind] = kinds.get(kind, 0) + 1
        reply = site.get(path, headers={"accept": "text/html"})
        if "text/html" not in reply.headers["content-type"]:
            continue
        tree = html.fromstring(reply.text)
        yield path, tree
        waiting += [
            str(link)
            for link in _found(tree, "//main//a/@href|//nav//a/@href|//footer//a/@href")
            if str(link).startswith(f"/{lang}/") and not str(link).endswith((".svg", ".png"))
        ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_english_runs_through_pages_in_another_language(site: Served, lang: str) -> None:
    """All kinds of pages are walked by their links; what is English says so to screen readers."""
    found: dict[str, list[str]] = {}
    walked = 0
    for path, tree in _crawl(site, lang):
        walked += 1
        assert tree.get("lang") == lang
        wrong = [run for text in _texts(tree, lang) for run in _english(text)]
        if wrong:
            found[path] = wrong[:5]
        assert "<span" not in (tree.findtext(".//title") or "<span")
        assert "<span" not in tree.text_content(), path  # markup that was escaped a second time
    assert walked > 30
    assert found == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pictures_speak_the_language_of_their_page(site: Served, lang: str) -> None:
    """Words in a picture, and those for screen readers, hold no English sentence."""
    for path in ("/case/wechat/RU?valid_at=2017-05-08", "/compare", "/network"):
        tree = html.fromstring(site.get(f"/{lang}{path}").text)
        words = [t for t in _found(tree, "//*[local-name()='text']/text()") if t.strip()]
        assert sum(bool(LANGUAGES[lang].search(text)) for text in words) > 10
        told = [run for text in words for run in _english(text) if len(run.split()) > 2]
        assert told == []


@pytest.mark.parametrize("path", ["/cases", "/case/wechat/RU", "/compare", "/service/wechat"])
def test_the_day_asked_about_is_carried_by_every_link(site: Served, path: str) -> None:
    """Who asked about a day goes on asking about it, whatever is clicked."""
    tree = html.fromstring(site.get(f"{path}?valid_at=2017-05-08").text)
    links = [
        str(a) for a in _found(tree, "//main//a/@href") if str(a).startswith(("/c", "/j", "/s"))
    ]
    assert links
    assert [a for a in links if "valid_at=" not in a] == []


@pytest.mark.parametrize("path", ["/", "/static/site.css", "/api/v1/cases.csv", "/feeds/all.atom"])
def test_the_charset_is_told_once(site: Served, path: str) -> None:
    """In whatever form a reply comes."""
    told = site.get(path).headers["content-type"]
    assert told.count("charset") <= 1


def test_a_sentence_with_parts_stands_in_no_attribute() -> None:
    """Names within a sentence are marked up for their language, which ends an attribute early."""
    folder = Path(gatewatch.__file__ or "").parent / "site" / "templates"
    within = re.compile(r"""[a-z-]+="[^"<>]*\{\{ *_\('[^']*\{[^']*'""")
    told = [
        (f.name, found) for f in folder.rglob("*.html") for found in within.findall(f.read_text())
    ]
    assert told == []


MISTAKES = (
    "/service/nosuch", "/case/wechat/XX", "/cases?valid_at=2017-13-45", "/cases?year=20",
    "/cases?state=x", "/register/nosuch", "/measurements?verdict=x", "/order/ru-demo",
    "/reconcile?agreement=x", "/compare?jurisdiction=RU", "/rule/nosuch", "/authority/nosuch",
    "/obligations?kind=x", "/picture/case/wechat/RU.gif",
)  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_mistake_is_told_in_the_language_of_the_page(site: Served, lang: str) -> None:
    """What is wrong and what to write instead: no sentence of it is English, marked or not."""
    for path in MISTAKES:
        reply = site.get(f"/{lang}{path}", headers={"accept": "text/html"})
        assert reply.status_code in {400, 404}, path
        tree = html.fromstring(reply.text)
        assert [run for text in _texts(tree, lang) for run in _english(text)] == []
        told = [p.text_content() for p in _found(tree, "//main//p[not(a)]")]
        assert len(told) == 2, path
        assert all(LANGUAGES[lang].search(one) for one in told), told
    far = site.get(f"/{lang}/find?q={'a' * 17_000}", headers={"accept": "text/html"})
    assert far.status_code == 414
    words = html.fromstring(far.text).findtext(".//p") or ""
    assert LANGUAGES[lang].search(words)
    assert not _english(words)


def test_what_pages_refuse_is_a_message() -> None:
    """Text that is formatted before anybody knows the language can only be quoted as English."""
    folder = Path(gatewatch.__file__ or "").parent / "site"
    raw = [
        f"{file.name}:{node.lineno}"
        for file in [*folder.glob("*.py"), *folder.glob("pages/*.py")]
        if file.stem not in {"cursor", "replies"}  # of the API alone
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "ProblemError"
        and isinstance(node.args[1], ast.Constant | ast.JoinedStr)
    ]
    assert raw == []
