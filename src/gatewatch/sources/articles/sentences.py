"""Sentences and clauses, with their places."""

import re
from itertools import pairwise

from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.errors import needs

_ABBREVIATED = re.compile(
    r"(?:^|\W)(?:ст|г|гг|пп?|им|ул|т\.\s?е|art|no|sec|cl)\.\s*$", re.IGNORECASE
)
_DAY_ALONE = re.compile(
    r"\W{0,3}(?:\d{1,2}\s)?[^\W\d]{3,10}\s\d{4}\s?(?:год|года|г)?\.|\W{0,3}\d{1,2}\.\d{1,2}\.\d{4}\.?"
    r"|[A-Z][a-z]{2,8}\s\d{1,2},?\s\d{4}\."
)
"""A day that heads what happened on it."""
_LAST = 16
"""Letters at the end of a sentence among which an abbreviation lies."""
_DATELINE = 40
"""Letters of a dateline, behind which the name of an agency stands between strokes."""
_LONGEST = 1200
_HAN = re.compile(r"[\u4e00-\u9fff]")
_STOP = re.compile(
    r"(?<=[。！？])(?=\d)|(?<=\bруб\.)\s(?=[А-ЯЁ])|(?<=\bдолл\.)\s(?=[А-ЯЁ])"
    r"|(?<=[ ]May\.)\s(?=[A-Z])"
)
"""Where the library sees no end: a full stop before a number that begins a sentence, that of a sum
of money, and that after the month of May."""


def sentences(paragraph: str, language: str) -> list[str]:
    """The sentences of a paragraph. What is too long to be one is cut, so that no text takes
    long."""
    found: list[str] = []
    for text in (one.strip() for part in _parts(paragraph, language) for one in _cut(part)):
        if found and (
            _ABBREVIATED.search(found[-1][-_LAST:])
            or _DAY_ALONE.fullmatch(found[-1])
            or (text[:1].islower() and text[:1].isalpha() and found[-1].endswith("."))
            or (text.startswith("/") and len(found[-1]) < _DATELINE)
            or (text[:1].isdigit() and found[-1].endswith(".") and len(found[-1]) < 6)
        ):
            found[-1] = f"{found[-1]} {text}"
        elif text:
            found.append(text)
    return [one[i : i + _LONGEST] for one in found for i in range(0, len(one), _LONGEST)]


def _cut(part: str) -> list[str]:
    return [part] if part.isascii() and " May. " not in part else _STOP.split(part)


def _parts(paragraph: str, language: str) -> list[str]:
    """Sentences as the library cuts them, but for a full stop within a name: "Mail.Ru"."""
    with needs("articles"):
        import sentencex

    found: list[str] = []
    for part in map(str, sentencex.segment(language, paragraph)):
        if found and found[-1][-1:] == "." and part[:1].isalpha() and not _HAN.match(part):
            found[-1] += part
        else:
            found.append(part)
    return found


def clauses(sentence: str, words: Vocabulary) -> list[tuple[int, int]]:
    """Start and end of each clause."""
    edges = [found.start() for found in words.clause.finditer(sentence)]
    bounds = [0, *edges, len(sentence)]
    return [(a, b) for a, b in pairwise(bounds) if b > a]
