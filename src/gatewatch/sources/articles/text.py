"""From a file to the text of an article: title, paragraphs, language. Whatever it is, it is
text."""

import re

import msgspec

from gatewatch.errors import SourceError, needs
from gatewatch.sources.articles.furniture import without

LIMIT = 4 << 20
"""Bytes of the longest article."""
_HTML = re.compile(rb"<(?:!doctype html|html|head|body|article|div|p)\b", re.IGNORECASE)
_CYRILLIC = re.compile(r"[\u0400-\u04ff]+")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[A-Za-z]+")
_SITE = re.compile(r"\s+[|–—·]\s+[^|–—·]{2,40}$")
"""The name of a site at the end of a page's title."""
_BULLET = re.compile(r"^\s*[-–—•·*]\s*")
_GOES_ON = ":：,"
_ENDED = re.compile(r"\w{2}[.!?]\s+\W?\w|[。！？].")
"""The end of a sentence within a line."""
_TITLE_LEAST, _TITLE_MOST = 10, 160
_BEGINNING = 4
_WRAPPED = 40
"""Columns below which no line was broken by an editor; Han counts twice."""
_FULL, _BROKEN, _WIDEST = 0.75, 2, 140
"""A text is broken into lines if two and a third of all end at three quarters of the longest, which
is no longer than this."""
_ENDS = '.!?。！？…:："”»)'


class Article(msgspec.Struct, frozen=True):
    """A text ready to be read. `title` is empty where none stands out."""

    title: str
    paragraphs: tuple[str, ...]
    language: str


def article(data: bytes, language: str | None = None) -> Article:
    """The article in a file of plain text or HTML; SourceError if there is none."""
    if len(data) > LIMIT:
        raise SourceError(f"the text is longer than {LIMIT >> 20} MB: is it an article?")
    title, text = "", data.decode("utf-8-sig", "replace")
    if _HTML.search(data[:4096]):
        title, text = _extracted(data)
    return of_text(text, title, language)


def of_text(text: str, title: str = "", language: str | None = None) -> Article:
    """An article from plain text. Its first line that looks like a title is one."""
    lines = [" ".join(_clean(line).split()) for line in text.replace("\r", "\n").split("\n")]
    paragraphs = _unwrapped(without(lines)) or _unwrapped(lines)
    title = _SITE.sub("", title)
    if title and not any(title in one or one in title for one in paragraphs[:_BEGINNING]):
        paragraphs.insert(0, title)
    if not paragraphs:
        raise SourceError("there is no text in it")
    if not title and len(paragraphs) > 1:
        title = next((line for line in paragraphs[:_BEGINNING] if _is_title(line)), "")
    return Article(title, tuple(paragraphs), language or language_of(" ".join(paragraphs)))


def _clean(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(letter if letter.isprintable() else " " for letter in line)


def language_of(text: str) -> str:
    """zh, ru or en, by the script that most letters are in; Han counts twice, for it is denser."""
    counts = {
        "zh": 2 * _letters(_HAN, text),
        "ru": _letters(_CYRILLIC, text),
        "en": _letters(_LATIN, text),
    }
    if counts["zh"] > 0.3 * counts["en"] and counts["zh"] > counts["ru"]:
        return "zh"
    return "ru" if counts["ru"] > 0.5 * counts["en"] else "en"


def _unwrapped(lines: list[str]) -> list[str]:
    """Paragraphs: what an editor broke into lines is put together again. A line goes on in one that
    begins with a small letter, and in any other if it is as long as lines of this text are."""
    width = _width(lines)
    made: list[str] = []
    last = ""
    for line in lines:
        open_ended = last and last[-1] not in _ENDS
        if line and last and last[-1] in _GOES_ON and _BULLET.match(line):
            made[-1] += f" {_BULLET.sub('', line)},"
            last = f"{made[-1]}"
            continue
        if line and open_ended and (line[0].islower() or _dense(last) >= width):
            made[-1] += line if _HAN.match(line[0]) else f" {line}"
        elif line:
            made.append(line)
        last = line
    return made


def _dense(line: str) -> int:
    return len(line) if line.isascii() else len(line) + _letters(_HAN, line)


def _letters(script: re.Pattern[str], text: str) -> int:
    return sum(map(len, script.findall(text)))


def _width(lines: list[str]) -> float:
    """Columns from which on a line is one of a text that was broken at a margin; without one, more
    than any line has."""
    sizes = sorted((_dense(one) for one in lines if one), reverse=True)
    open_ended = [size for one in lines if one and one[-1] not in _ENDS and (size := _dense(one))]
    margin = sizes[0] if sizes else 0
    near = sum(size >= _FULL * margin for size in open_ended)
    broken = near >= _BROKEN and near >= len(sizes) / 3 and margin <= _WIDEST and _flows(lines)
    return max(_FULL * margin, _WRAPPED) if broken else float("inf")


def _flows(lines: list[str]) -> bool:
    """Whether sentences run over the ends of lines: one ends within a line, or a line begins with a
    small letter. Else each line is a headline by itself."""
    return any(_ENDED.search(one) or one[:1].islower() for one in lines)


def _is_title(line: str) -> bool:
    return _TITLE_LEAST <= _dense(line) <= 2 * _TITLE_MOST and line[-1] not in ".。！？…:：，,"


def _extracted(data: bytes) -> tuple[str, str]:
    """Title and text of a page, without menus and comments."""
    with needs("articles"):
        import trafilatura

    try:
        found = trafilatura.bare_extraction(data, include_comments=False, favor_recall=True)
    except Exception as fault:  # noqa: BLE001 - whatever a hostile page does to a parser
        raise SourceError(f"the page cannot be read: {type(fault).__name__}") from None
    text = getattr(found, "text", None)
    if not text:
        raise SourceError("no article is found in the page; save its text and read that")
    return str(getattr(found, "title", "") or ""), str(text)
