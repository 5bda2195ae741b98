"""The three languages, and their catalogues as gettext compiled them.

Two catalogues a language: `ru.mo` holds sentences of the product, `names.ru.mo` the names of laws,
offices, registers and reasons, which the catalogue of facts holds in English. Of English there is
none: it is the source. `make words` compiles both from the `.po` files beside them.
"""

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

LANGUAGES = {"en": "English", "ru": "Русский", "zh": "中文"}
FOLDER = Path(__file__).parent


def address_of(lang: str, path: str) -> str:
    """A path of the site in a language."""
    return path if lang == "en" else f"/{lang}{path if path != '/' else ''}"


@lru_cache(maxsize=2 * len(LANGUAGES))
def catalogue(language: str, domain: str = "") -> NullTranslations:
    """The sentences of a language, or with `names` its names of laws, offices and registers."""
    if language not in LANGUAGES or language == "en":
        return NullTranslations()
    with (FOLDER / f"{domain}{'.' if domain else ''}{language}.mo").open("rb") as file:
        return GNUTranslations(file)


def name(text: str, language: str) -> str:
    """A name of the catalogue in a language; one that has no other is given as it is."""
    held = catalogue(language, "names")
    known = held.gettext(text) if text else ""
    if known != text or not text:
        return known
    # What a law asks is a sentence in the catalogue, and may stand within another one.
    whole = held.gettext(f"{text}.")
    return whole.rstrip(".。") if whole != f"{text}." else text
