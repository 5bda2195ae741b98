"""Sentences and clauses, with their places."""

import re
from itertools import pairwise

from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.errors import needs

_ABBREVIATED = re.compile(
    r"(?:^|\W)(?:ст|г|гг|пп?|им|ул|т\.\s?е|art|no|sec|cl)\.\s*$", re.IGNORECASE
)
_LONGEST = 1200


def sentences(paragraph: str, language: str) -> list[str]:
    """The sentences of a paragraph. What is too long to be one is cut, so that no text takes
    long."""
    with needs("articles"):
        import sentencex

    found: list[str] = []
    for part in sentencex.segment(language, paragraph):
        text = str(part).strip()
        if found and (
            _ABBREVIATED.search(found[-1])
            or (text[:1].isdigit() and found[-1].endswith(".") and len(found[-1]) < 6)
        ):
            found[-1] = f"{found[-1]} {text}"
        elif text:
            found.append(text)
    return [one[i : i + _LONGEST] for one in found for i in range(0, len(one), _LONGEST)]


def clauses(sentence: str, words: Vocabulary) -> list[tuple[int, int]]:
    """Start and end of each clause."""
    edges = [found.start() for found in words.clause.finditer(sentence)]
    bounds = [0, *edges, len(sentence)]
    return [(a, b) for a, b in pairwise(bounds) if b > a]
