"""Names of jurisdictions by ISO 3166-1 code, in the languages of the pages, from the CLDR."""

from functools import cache
from importlib.resources import files

import msgspec

TABLE = "country_names.json"
"""Names by language and code, written by docs/generate.py, so that no install needs all of the
CLDR."""
_KNOWN = {
    "RU": "Russia",
    "CN": "China",
    "TR": "Türkiye",
    "UA": "Ukraine",
    "CZ": "Czechia",
    "FR": "France",
}
"""The commonest, so that a look-up need not load the table."""


_UNION = {"en": "European Union", "ru": "Европейский союз", "zh": "欧盟"}
"""Its law binds as a country's does; ISO 3166-1 keeps EU for it."""


def name(code: str, language: str = "en") -> str:
    """The name, or the code itself for one that has none."""
    if language == "en" and code in _KNOWN:
        return _KNOWN[code]
    if code == "EU":
        return _UNION[language]
    return _names()[language].get(code, code)


def is_code(code: str) -> bool:
    """Whether it is a code of two capital letters that some place has."""
    return code in _KNOWN or code == "EU" or code in _names()["en"]


@cache
def other_names() -> dict[str, tuple[str, ...]]:
    """What people and tables write beside the CLDR's name, by code: official, old and short ones,
    in any language."""
    held = files("gatewatch.catalogue") / "country_aliases.toml"
    return msgspec.toml.decode(held.read_bytes(), type=dict[str, tuple[str, ...]])


@cache
def codes_by_name() -> dict[str, str]:
    """Codes by English names in small letters, with "and" as well as "&", and by other names."""
    found = {name.casefold(): code for code, every in other_names().items() for name in every}
    found |= {name.casefold(): code for code, name in _names()["en"].items()}
    return found | {name.replace("&", "and"): code for name, code in found.items()}


@cache
def _names() -> dict[str, dict[str, str]]:
    held = files("gatewatch.catalogue") / TABLE
    return msgspec.json.decode(held.read_bytes(), type=dict[str, dict[str, str]])
