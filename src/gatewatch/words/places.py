"""In a country: where a language needs another form of its name than a list gives."""

import json
from functools import lru_cache

from gatewatch.catalogue import jurisdictions
from gatewatch.words.languages import FOLDER


def located(code: str, language: str) -> str:
    """`Russia` in English, whose messages hold the preposition; `в России`; `俄罗斯`. A Russian
    name that `located.json` has no form of stands in brackets, in the nominative."""
    plain = jurisdictions.name(code, language)
    return _forms()["ru"].get(code, f"({plain})") if language == "ru" else plain


@lru_cache(maxsize=1)
def _forms() -> dict[str, dict[str, str]]:
    return json.loads((FOLDER / "located.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]
