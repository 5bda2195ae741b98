"""The site's words in three languages: gettext catalogues, read as they are."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "ru": "Русский", "zh": "中文"}
STATES = {
    "unknown": "nothing on record", "unrestricted": "unrestricted", "obligated": "under a duty",
    "demanded": "under a demand", "listed": "listed", "partly_restricted": "partly restricted",
    "restricted": "restricted", "lifted": "no longer restricted", "not_listed": "not listed",
    "listed_in_part": "listed in part", "insufficient": "insufficient", "blocked": "blocked",
    "likely_blocked": "likely blocked", "impaired": "impaired", "down": "down", "ok": "reachable",
    "reachable": "reachable", "listed_blocked": "listed, blocked", "listed_reachable": "listed, reachable",
    "listed_insufficient": "listed, not measured", "unlisted_blocked": "not listed, blocked",
    "unlisted_reachable": "not listed, reachable", "unlisted_insufficient": "not listed, not measured",
    "delisted_still_blocked": "delisted, still blocked", "delisted_reachable": "delisted, reachable",
    "added": "came", "changed": "changed", "removed": "went",
    "cannot_open": "it does not open", "slow": "it is slow", "app_fails": "the app fails",
    "login_fails": "logging in fails", "other": "something else",
}  # fmt: skip
_FOLDER = Path(__file__).parent


@lru_cache(maxsize=4)
def catalogue(lang: str) -> Catalog:
    """The words of a language; of English none, for it is the source."""
    file = _FOLDER / f"{lang}.po"
    if lang == "en" or not file.exists():
        return Catalog(locale=lang)
    with file.open("rb") as held:
        return read_po(held, locale=lang)


@lru_cache(maxsize=4)
def translator(lang: str) -> Callable[[str], str]:
    """English in, that language out; what is not translated stays English."""
    known = {str(m.id): str(m.string) for m in catalogue(lang) if m.id and m.string}

    def translated(text: str) -> str:
        return known.get(text, text)

    return translated


def said(lang: str, value: str) -> str:
    """A state or an action in words."""
    return translator(lang)(STATES.get(str(value), str(value).replace("_", " ")))
