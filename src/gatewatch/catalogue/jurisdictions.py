"""Names of jurisdictions by ISO 3166-1 code, in the languages of the pages, from the CLDR."""

from functools import lru_cache

_KNOWN = {
    "RU": "Russia",
    "CN": "China",
    "TR": "Türkiye",
    "UA": "Ukraine",
    "CZ": "Czechia",
    "FR": "France",
}
"""The commonest, so that a look-up need not load the tables of all."""
_NO_PLACES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def name(code: str, language: str = "en") -> str:
    """The name, or the code itself for one that has none."""
    if language == "en" and code in _KNOWN:
        return _KNOWN[code]
    found = _territories(language).get(code, code)
    return found.partition(" (")[0].removesuffix(" SAR China") if language == "en" else found


def is_code(code: str) -> bool:
    """Whether it is a code of two capital letters that some place has."""
    if code in _KNOWN:
        return True
    return len(code) == 2 and code in _territories("en") and code not in _NO_PLACES


@lru_cache(maxsize=4)
def _territories(language: str) -> dict[str, str]:
    from babel import Locale

    return dict(Locale(language).territories)
