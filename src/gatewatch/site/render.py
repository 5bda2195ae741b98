"""Pages from templates: in three languages, with pictures that need no style of their own."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from babel import Locale
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from markupsafe import Markup

from gatewatch.draw import marks
from gatewatch.model.redaction import clean, defanged
from gatewatch.query.ledger import Ledger
from gatewatch.site.asked import Asked
from gatewatch.site.replies import caching, etag, held_of, not_modified, unchanged
from gatewatch.words.languages import LANGUAGES, said, translator
from gatewatch.words.phrases import phrase

_HERE = Path(__file__).parent
_TEXT = re.compile(r"(<(?:text|title|desc)\b[^>]*>)([^<]+)(</(?:text|title|desc)>)")
_HOST = re.compile(r"\w\.[a-zA-Z]")
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_SHAPES = {
    "unrestricted": '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2"/>',
    "obligated": '<rect x="2" y="2" width="12" height="12" fill="none" stroke="currentColor" stroke-width="2"/>',
    "demanded": '<rect x="2" y="2" width="12" height="12" fill="none" stroke="currentColor" stroke-width="2"/><rect x="2" y="2" width="6" height="12" fill="currentColor"/>',
    "listed": '<rect x="1" y="1" width="14" height="14" fill="currentColor"/>',
    "partly_restricted": '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2"/><path d="M8 2A6 6 0 0 0 8 14Z" fill="currentColor"/>',
    "restricted": '<circle cx="8" cy="8" r="7" fill="currentColor"/>',
    "lifted": '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2"/><circle cx="8" cy="8" r="2.5" fill="currentColor"/>',
    "unknown": '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.5"/>',
    "differ": '<circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M4 6.3h8M4 9.7h8M10.4 3.4l-4.8 9.2" stroke="currentColor" stroke-width="1.5"/>',
}
_SAME = {
    "not_listed": "unrestricted",
    "listed_in_part": "partly_restricted",
    "insufficient": "unknown",
    "blocked": "restricted",
    "likely_blocked": "partly_restricted",
    "impaired": "partly_restricted",
    "reachable": "unrestricted",
    "ok": "unrestricted",
    "down": "unknown",
}


@lru_cache(maxsize=1)
def stylesheet() -> bytes:
    """The site's own rules, after the colours and the rules of its pictures."""
    own = (_HERE / "static" / "site.css").read_text(encoding="utf-8")
    light, dark = (";".join(f"--{k}:{v}" for k, v in c.items()) for c in (marks.LIGHT, marks.DARK))
    root = f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}@media print{{:root{{{light}}}}}"
    return f"{root}\n{marks.style()}\n{own}".encode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {
        "icon": icon,
        "css": hashlib.blake2b(stylesheet(), digest_size=5).hexdigest(),
        "languages": list(LANGUAGES.items()),
        "robots": None,
    }
    found.filters["defanged"] = lambda text: defanged(str(text))
    found.filters["clean"] = lambda text: clean(str(text))
    found.filters["path"] = lambda text: quote(str(text), safe="")
    found.filters["utc"], found.filters["broken"], found.filters["coded"] = utc, broken, coded
    return found


def icon(state: str) -> Markup:
    """The mark of a state, hidden from screen readers: words stand beside it."""
    shape = _SHAPES[_SAME.get(str(state), str(state))]
    return Markup(f'<svg class="g" viewBox="0 0 16 16" aria-hidden="true">{shape}</svg>')  # noqa: S704 - our own shapes


def embedded(svg: str, prefix: str, lang: str = "en") -> Markup:
    """A picture within a page: its style is the page's, its names are its own, its words in that language."""
    plain = _STYLE.sub("", svg)
    if lang != "en":
        plain = _TEXT.sub(lambda m: f"{m[1]}{escape(phrase(lang, unescape(m[2])))}{m[3]}", plain)
    plain = re.sub(r'id="([a-z])"', rf'id="{prefix}\1"', plain)
    plain = re.sub(r'aria-labelledby="t d"', f'aria-labelledby="{prefix}t {prefix}d"', plain)
    return Markup(plain.replace("url(#h)", f"url(#{prefix}h)"))  # noqa: S704 - escaped where it was drawn


def lang_of(request: Request[Any, Any, Any]) -> str:
    """The language of the page's path."""
    return str(request.scope.get("lang", "en"))


def shown(
    request: Request[Any, Any, Any],
    times: Asked,
    template: str,
    context: Callable[[Ledger], Mapping[str, Any]],
    *,
    status: int = 200,
) -> Response[bytes]:
    """A page; made once for each version of the ledger, language and question."""
    held, lang = held_of(request), lang_of(request)
    echo = times.echo(times.moment.recorded_by or held.recorded_by())
    query = sorted(request.query_params.multi_items())
    tag = etag(held, request, f"html {lang} {template}", echo, *query)
    if status == 200 and unchanged(request, tag):
        return not_modified(tag, times)
    question = ("page", template, request.url.path, lang, tuple(query), tuple(echo.values()))
    body = held.remember(
        question, lambda ledger: html(request, template, times, echo, context(ledger))
    )
    headers = (
        {"ETag": tag, "Cache-Control": caching(times)}
        if status == 200
        else {"Cache-Control": "no-store"}
    )
    return Response(
        body, status_code=status, media_type="text/html; charset=utf-8", headers=headers
    )


def html(
    request: Request[Any, Any, Any],
    template: str,
    times: Asked,
    echo: Mapping[str, Any],
    context: Mapping[str, Any],
) -> bytes:
    """A template filled in."""
    lang, path = lang_of(request), request.url.path
    query = urlencode([(k, v) for k, v in request.query_params.multi_items()])
    words = translator(lang)
    own = {
        "lang": lang,
        "_": words,
        "said": lambda value: said(lang, value),
        "phrase": lambda text: phrase(lang, str(text)),
        "here": path,
        "asked": times,
        "echo": echo,
        "at": lambda to: at(lang, to),
        "day": lambda when: day(lang, when),
        "country": lambda code: country(lang, code),
        "other": lambda code: at(code, path) + (f"?{query}" if query else ""),
    }
    return _environment().get_template(template).render({**own, **context}).encode()


def at(lang: str, path: str) -> str:
    """A path of the site in a language."""
    return path if lang == "en" else f"/{lang}{path if path != '/' else ''}"


def day(lang: str, when: date | str | None) -> str:
    """A day as the language writes it; what is no single day stays as it is."""
    if isinstance(when, str):
        try:
            when = date.fromisoformat(when)
        except ValueError:
            return str(when)
    if when is None:
        return translator(lang)("day not known")
    return str(format_date(when, "long" if lang != "en" else "d MMMM y", locale=lang))


def utc(when: datetime | str | None, none: str = "-") -> str:
    """A time to the minute in UTC; a day as it is."""
    if not when:
        return none
    if isinstance(when, str) and len(when) <= 10:
        return when
    at = datetime.fromisoformat(when) if isinstance(when, str) else when
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def coded(text: str) -> Markup:
    """What stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S704 - escaped first


def broken(text: str) -> str:
    """Words in which hosts may stand: those are broken up, addresses of machines stay as they are."""
    return " ".join(
        defanged(word) if _HOST.search(word) else clean(word) for word in str(text).split(" ")
    )


def country(lang: str, code: str) -> str:
    """A jurisdiction's name."""
    return str(Locale.parse(lang).territories.get(code, code))
