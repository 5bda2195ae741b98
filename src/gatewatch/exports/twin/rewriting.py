"""What the site wrote, turned into what files can hold: links lead to files or to the page that
says why they lead nowhere, forms give way to a sentence. Every other byte stays as it was written.

Tags are found by the standard library's HTML parser; only those that change are written anew.
"""

import re
from html import escape, unescape
from html.parser import HTMLParser

import msgspec

from gatewatch.exports.twin.places import Address, Held, leading, parsed
from gatewatch.model.message import message
from gatewatch.words import say

BASE = "https://copy.invalid"
"""What the site believes to be called while it is copied (RFC 6761): in what it wrote these are the
addresses of its own pages."""
ABOUT = Address("/copy")
_FIND = "/find"
_OWN = re.compile(re.escape(BASE) + r"[^\s\"'<>\\)]*")
_LINKS = {"href", "src", "action", "poster", "data"}

Attributes = list[tuple[str, str | None]]


class CopyTarget(msgspec.Struct, frozen=True, kw_only=True):
    """How a copy is addressed. `public_url`: where it will lie; empty: anywhere, so that no address
    can be told. `asked_at`: a site that answers what the copy cannot, or nothing."""

    public_url: str = ""
    asked_at: str = ""


class Linker:
    """Says where what a page of a copy leads to lies."""

    def __init__(self, held: Held, target: CopyTarget) -> None:
        self._held, self.target = held, target
        self._links: dict[tuple[str, str], str | None] = {}

    def to(self, source: str, url: str) -> str | None:
        """The relative link of an address of the site, from a file; None for what is not held."""
        key = source.rpartition("/")[0], url  # files of one folder share most of their links
        if key not in self._links:
            self._links[key] = self._to(source, url)
        return self._links[key]

    def _to(self, source: str, url: str) -> str | None:
        lang, address, fragment = parsed(url)
        file = self._held.get(lang, address)
        query = ""
        if file is None and address.path == _FIND:
            file, query = self._held.get(lang, Address(_FIND)), "?" + url.partition("?")[2]
        if file is None:
            return None
        link = leading(source, file) + query
        return f"{link}#{fragment}" if fragment else link

    def about(self, source: str, lang: str) -> str:
        """The place that says what a copy cannot."""
        file = self._held.get(lang, ABOUT)
        return f"{leading(source, file)}#not-here" if file else "#"

    def told(self, url: str) -> str:
        """The whole address of a page as text tells it: where the copy lies or, where nobody said
        so, its file; what it does not hold is told of the site that answers."""
        lang, address, fragment = parsed(url)
        file = self._held.get(lang, address)
        tail = f"#{fragment}" if fragment else ""
        if file is None:
            return f"{self.target.asked_at}{url}" if self.target.asked_at else url
        return f"{self.target.public_url.rstrip('/')}/{file}{tail}".removeprefix("/")


def page(text: str, source: str, lang: str, linker: Linker, day: str) -> str:
    """A page as its file holds it."""
    rewriter = _Rewriter(text, source, lang, linker, day=day)
    rewriter.feed(text)
    rewriter.close()
    return rewriter.whole()


def plain(text: str, linker: Linker, source: str = "", *, markup: bool = True) -> str:
    """A feed, a picture or a map of pages: only whole addresses change. Given its file, they lead
    from there, where nobody said where the copy will lie."""

    def changed(found: re.Match[str]) -> str:
        url = (unescape(found[0]) if markup else found[0]).removeprefix(BASE)
        relative = linker.to(source, url) if source and not linker.target.public_url else None
        told = relative or linker.told(url or "/")
        return escape(told) if markup else told

    return _OWN.sub(changed, text)


def links(text: str) -> list[str]:
    """Every address of the site that a page leads to, in order, each once."""
    found = _Links()
    found.feed(text)
    found.close()
    return list(dict.fromkeys(found.urls))


def _own(url: str | None) -> str | None:
    """An address of the site as a path; None for any other, and for a place of the page itself."""
    if not url:
        return None
    path = url.removeprefix(BASE) if url.startswith(BASE) else url
    return path if path.startswith("/") and not path.startswith("//") else None


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag in {"a", "link", "script", "img"}:
            for name, value in attrs:
                if name in _LINKS and (url := _own(value)):
                    self.urls.append(url)


class _Rewriter(HTMLParser):
    """Copies the text, and puts other tags in place of those that lead into the site."""

    def __init__(self, text: str, source: str, lang: str, linker: Linker, day: str) -> None:
        super().__init__(convert_charrefs=False)
        self._text, self._source, self._lang, self._linker = text, source, lang, linker
        self._day = day
        self._lines = _line_starts(text)
        self._done, self._parts = 0, list[str]()
        self._form: str | None = None
        """What stands in place of the form that is being read."""

    def whole(self) -> str:
        self._keep(len(self._text))
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        start = self._at()
        raw = self.get_starttag_text() or ""
        if tag == "form" and (said := self._no_form(dict(attrs))):
            self._keep(start)
            self._form = said
            self._done = start
        elif self._form is None and (new := self._changed(tag, attrs)) is not None:
            self._keep(start)
            self._parts.append(new)
            self._done = start + len(raw)

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form is not None:
            self._parts.append(self._form)
            self._form = None
            self._done = self._text.index(">", self._at()) + 1

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _keep(self, until: int) -> None:
        """What lies between two changed tags: only whole addresses change in it."""
        self._parts.append(plain(self._text[self._done : until], self._linker))
        self._done = until

    def _no_form(self, given: dict[str, str | None]) -> str:
        """What is said in place of a form; nothing of what works in a copy: the search,
        and what asks no server."""
        action = _own(given.get("action"))
        if action is None or parsed(action)[1].path == _FIND:
            return ""
        told = say(
            message("A copy cannot be asked: this is what was known on {day}.", day=self._day),
            self._lang,
        )
        site = self._linker.target.asked_at
        where = f"{site}{action}" if site else self._linker.about(self._source, self._lang)
        why = message("Ask a site that is served") if site else message("What a copy cannot do")
        return (
            f'<p class="note noprint">{escape(told)} '
            f'<a href="{escape(where)}">{escape(say(why, self._lang))}</a></p>'
        )

    def _changed(self, tag: str, attrs: Attributes) -> str | None:
        """Another tag in place of this one; None where it stays."""
        if tag == "meta":
            return self._meta(dict(attrs))
        led = [(name, url) for name, value in attrs if name in _LINKS and (url := _own(value))]
        if not led:
            return None
        name, url = led[0]
        link = self._linker.to(self._source, url)
        if link is None and tag != "a":
            return ""
        if link is not None:
            return _tag(tag, [(n, link if n == name else v) for n, v in attrs])
        site = self._linker.target.asked_at
        kept = [(n, v) for n, v in attrs if n not in {name, "download", "title"}]
        about = self._linker.about(self._source, self._lang)
        where = f"{site}{url}" if site else about
        return _tag(tag, [("href", where), *kept])

    def _meta(self, given: dict[str, str | None]) -> str | None:
        """Previews of links need whole addresses: where none can be told there is none."""
        content = given.get("content") or ""
        if not content.startswith(BASE):
            return None
        held = self._linker.to(self._source, content.removeprefix(BASE))
        return None if held and self._linker.target.public_url else ""


def _tag(tag: str, attrs: Attributes) -> str:
    told = "".join(f" {n}" if v is None else f' {n}="{escape(v)}"' for n, v in attrs)
    return f"<{tag}{told}>"


def _line_starts(text: str) -> list[int]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts
