"""Pages from templates: in three languages, with pictures that need no style of their own."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from markupsafe import Markup

from gatewatch.cases.headline import acts_alone
from gatewatch.draw import palette
from gatewatch.draw.marks import icon
from gatewatch.model.documentation import DEMO, INVENTED, all_invented
from gatewatch.model.message import message
from gatewatch.model.redaction import clean, defanged
from gatewatch.model.selector import Kind
from gatewatch.query.invented import invented as holds_invented
from gatewatch.query.ledger import Ledger
from gatewatch.records.citations import PageCitation
from gatewatch.site import inks
from gatewatch.site.caching import caching, etag, not_modified, repository_of, unchanged
from gatewatch.site.compiled import KeptBeside
from gatewatch.site.paging import WHOLE
from gatewatch.site.parameters import asked_of, left_out
from gatewatch.site.speech import Speech, broken
from gatewatch.site.times import RequestTimes
from gatewatch.words import LANGUAGES
from gatewatch.words.cases import told_by
from gatewatch.words.lanes import NAMES
from gatewatch.words.languages import address_of
from gatewatch.words.shown import entries_counted

_HERE = Path(__file__).parent
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_ID = re.compile(r'id="([a-z])"')
_MAIN = '<main id="main" class="wrap">'
HTML = "text/html"


class Picture(msgspec.Struct, frozen=True):
    """A picture in two drawings, for wide screens and for narrow ones."""

    wide: Markup
    narrow: Markup | None = None


@lru_cache(maxsize=1)
def stylesheet() -> bytes:
    """The site's own rules, after the colours, the rules of its pictures, and the inks of states
    and lanes."""
    own = (_HERE / "static" / "site.css").read_text(encoding="utf-8")
    light, dark = palette.values(palette.LIGHT), palette.values(palette.DARK)
    root = (
        f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"@media print{{:root{{{light}}}}}"
    )
    return f"{root}\n{palette.text_style()}\n{inks.rules()}\n{own}".encode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=KeptBeside(
            _HERE / "templates" / "__pycache__", made_by=Path(__file__).read_bytes()
        ),
    )
    found.globals |= {
        "icon": lambda state, **how: Markup(icon(state, **how)),  # noqa: S704 - our own shapes
        "css": hashlib.blake2b(stylesheet(), digest_size=5).hexdigest(),
        "languages": list(LANGUAGES.items()),
        "INVENTED": INVENTED,
        "entries_counted": entries_counted,
        "DEMO": DEMO,
    }
    found.filters |= {
        "defanged": lambda text: defanged(str(text)),
        "named_address": named_address,
        "clean": lambda text: clean(str(text)),
        "path": lambda text: quote(str(text), safe=""),
        "broken": broken,
        "coded": coded,
        "state_class": inks.state_class,
        "all_invented": all_invented,
    }
    return found


def compile_templates() -> None:
    """All of them at once, to be kept beside them by who may write there."""
    for name in _environment().list_templates(extensions=["html"]):
        _environment().get_template(name)


def embedded(svg: str, prefix: str) -> Markup:
    """A picture within a page: its style is the page's, its names are its own."""
    plain = _ID.sub(rf'id="{prefix}\1"', _STYLE.sub("", svg))
    plain = plain.replace('aria-labelledby="t d"', f'aria-labelledby="{prefix}t {prefix}d"')
    return Markup(plain.replace("url(#h)", f"url(#{prefix}h)"))  # noqa: S704 - escaped when drawn


def both_widths(draw: Callable[..., str], prefix: str, language: str) -> Picture:
    """Both drawings of a picture in a language; `draw` takes `narrow` and `language`."""
    wide, narrow = (draw(narrow=one, language=language) for one in (False, True))
    return Picture(embedded(wide, f"{prefix}w"), embedded(narrow, f"{prefix}n"))


def lang_of(request: Request[Any, Any, Any]) -> str:
    """The language of the page's path."""
    return str(request.scope.get("lang", "en"))


def page_reply(
    request: Request[Any, Any, Any],
    times: RequestTimes,
    template: str,
    context: Callable[[Ledger], msgspec.Struct],
) -> Response[bytes]:
    """A page; made once for each version of the ledger, language and question. Its template finds
    the context as `page`."""
    repository, lang = repository_of(request), lang_of(request)
    echo = times.echo(times.moment.recorded_by or repository.recorded_by())
    query, unheard = asked_of(request), _unheard(request, times)
    tag = etag(repository, request, f"html {lang} {template}", echo, *query, unheard)
    if unchanged(request, tag):
        return not_modified(tag, times, repository)
    base = repository.base(request.url.netloc, request.url.scheme)
    question = ("page", template, base, request.url.path, lang, *query, *echo.values())

    def write(ledger: Ledger) -> bytes:
        shows = holds_invented(ledger)
        return html(request, template, times, echo, context=context(ledger), invented=shows)

    body = repository.remember(question, write)
    headers = {"ETag": tag, "Cache-Control": caching(times, repository)}
    # Not within what is kept: whoever makes parameters up fills no memory.
    return Response(_with(unheard, body), media_type=HTML, headers=headers)


def noticed(request: Request[Any, Any, Any], times: RequestTimes, body: bytes) -> bytes:
    """A page that names on top what of its address was left out."""
    return _with(_unheard(request, times), body)


def _unheard(request: Request[Any, Any, Any], times: RequestTimes) -> str:
    speech = Speech(lang_of(request), times)
    return " ".join(speech.say(one) for one in left_out(request))


def _with(unheard: str, body: bytes) -> bytes:
    if not unheard:
        return body
    note = f'{_MAIN}\n<p class="warn unheard">{unheard}</p>'
    return body.replace(_MAIN.encode(), note.encode(), 1)


def html(
    request: Request[Any, Any, Any],
    template: str,
    times: RequestTimes,
    echo: Mapping[str, str | None],
    context: msgspec.Struct,
    *,
    robots: str = "index",
    invented: bool = False,
) -> bytes:
    """A template filled in. `invented`: the ledger shows what nobody measured or sent."""
    lang, path = lang_of(request), request.url.path
    query = urlencode(asked_of(request))
    speech = Speech(lang, times)
    repository = repository_of(request)
    base = repository.base(request.url.netloc, request.url.scheme)
    copied = repository.settings.copied
    permalink = permanent(lang, path, asked_of(request), {} if copied else echo)
    given = {
        "page": context,
        "names": NAMES,
        "lang": lang,
        "_": speech.message,
        "speech": speech,
        "say": speech.say,
        "at": speech.at,
        "day": speech.day,
        "country": speech.country,
        "number": speech.number,
        "state": speech.state,
        "acts": acts_alone,
        "told_by": told_by,
        "here": path,
        "copied": copied,
        "addressed": not copied or bool(copied.public_url),
        "asked": times,
        "echo": echo,
        "robots": robots,
        "invented": invented,
        "base": base,
        "whole": WHOLE,
        "colon": speech.say(message(": ")).rstrip(),
        "comma": speech.say(message(", ")),
        "bracketed": speech.bracketed,
        "permalink": permalink,
        "cited": lambda title: PageCitation(
            title=str(title),
            url=base + permalink,
            day=times.day,
            read=times.moment.as_of.date(),
            note=str(speech.say(message("State of {day}", day=times.day))),
            language=lang,
        ),
        "other": lambda code: address_of(code, path) + (f"?{query}" if query else ""),
    }
    return _environment().get_template(template).render(given).encode()


def permanent(
    lang: str, path: str, asked: Iterable[tuple[str, str]], echo: Mapping[str, str | None]
) -> str:
    """The page with all three times in its address: it gives the same answer whenever it is
    asked."""
    kept = [(k, v) for k, v in asked if k not in echo]
    times = [(k, v) for k, v in echo.items() if v]
    query = urlencode([*kept, *times], safe=":")
    return address_of(lang, path) + (f"?{query}" if query else "")


def coded(text: str) -> Markup:
    """What stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S704 - escaped first


def named_address(text: str) -> str:
    """An address as records write it, broken up and without the word for its kind, which a reader
    sees."""
    kind, parted, value = str(text).partition(":")
    return defanged(value if parted and kind in set(Kind) else str(text))
