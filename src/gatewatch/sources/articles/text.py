"""From a file to the text of an article: title, paragraphs, language. Whatever it is, it is text."""

import re

import msgspec

from gatewatch.errors import SourceError, needs

LIMIT = 4 << 20
"""Bytes of the longest article."""
_HTML = re.compile(rb"<(?:!doctype html|html|head|body|article|div|p)\b", re.IGNORECASE)
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_TITLE_MOST = 160
_WRAPPED = 60
"""Columns from which on a line may have been broken by an editor; Han counts twice."""
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
    """An article from plain text. Its first line is the title if it looks like one."""
    clean = "".join(c if c.isprintable() or c == "\n" else " " for c in text.replace("\r", "\n"))
    paragraphs = _unwrapped([" ".join(line.split()) for line in clean.split("\n")])
    if not paragraphs:
        raise SourceError("there is no text in it")
    if not title and len(paragraphs) > 1 and _is_title(paragraphs[0]):
        title = paragraphs[0]
    return Article(title, tuple(paragraphs), language or language_of(" ".join(paragraphs)))


def language_of(text: str) -> str:
    """zh, ru or en, by the script that most letters are in; Han counts twice, for it is denser."""
    counts = {
        "zh": 2 * len(_HAN.findall(text)),
        "ru": len(_CYRILLIC.findall(text)),
        "en": len(_LATIN.findall(text)),
    }
    if counts["zh"] > 0.3 * counts["en"] and counts["zh"] > counts["ru"]:
        return "zh"
    return "ru" if counts["ru"] > 0.5 * counts["en"] else "en"


def _unwrapped(lines: list[str]) -> list[str]:
    """Paragraphs: a long line that ends within a sentence goes on in the next one."""
    made: list[str] = []
    wrapped = False
    for line in lines:
        if wrapped and line and (len(made) > 1 or line[0].islower()):
            made[-1] += line if _HAN.match(line[0]) else f" {line}"
        elif line:
            made.append(line)
        dense = len(line) + len(_HAN.findall(line))
        wrapped = dense >= _WRAPPED and line[-1] not in _ENDS
    return made


def _is_title(line: str) -> bool:
    return len(line) <= _TITLE_MOST and line[-1] not in ".!?。！？…:"


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
