"""One way of writing for words that are written in several, with every letter at its place."""

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

_MARKS = str.maketrans({"\u00a0": " ", "\u2019": "'", "\u2018": "'", "\u2011": "-", "\u2010": "-"})
_CYRILLIC = str.maketrans({"ё": "е", "Ё": "Е"})
_WIDE = str.maketrans(",;:?!()", "，；：？！（）")
_NARROW = re.compile(r"(?<!\d)[,;:?!()]|[,;:?!()](?!\d)")
"""Marks that are not within a number or an hour."""


def folded(text: str, language: str) -> str:
    """The text as it is matched, as long as it was: straight apostrophes; in Russian without ё; in
    Chinese simplified, with wide marks."""
    plain = text.translate(_MARKS)
    if language == "ru":
        return plain.translate(_CYRILLIC)
    if language == "zh":
        wide = _NARROW.sub(lambda mark: mark[0].translate(_WIDE), plain)
        return wide.translate(_simplified())
    return plain


@lru_cache(maxsize=1)
def _simplified() -> dict[int, int]:
    file = files("gatewatch.catalogue") / "reading" / "han.toml"
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    return str.maketrans(found["traditional"], found["simplified"])
