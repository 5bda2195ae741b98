"""The site's words: every one that a page uses has its Russian and its Chinese."""

import re
from pathlib import Path

import pytest

from gatewatch.publish.site import words

SITE = Path(words.__file__).parent
USED = re.compile(r"_\((?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")\)")


def _used() -> set[str]:
    found = set()
    for file in (SITE / "templates").glob("*.html"):
        for single, double in USED.findall(file.read_text(encoding="utf-8")):
            found.add((single or double).replace("\\'", "'").replace('\\"', '"'))
    return found | set(words.STATES.values())


@pytest.mark.parametrize("lang", ["ru", "zh"])
def test_every_word_is_translated(lang: str) -> None:
    """What a template says and what a state is called."""
    known = {str(m.id): str(m.string) for m in words.catalogue(lang) if m.id}
    used = _used()
    assert len(used) > 150
    assert used - set(known) == set()
    assert [word for word in used if not known[word]] == []


@pytest.mark.parametrize("lang", ["ru", "zh"])
def test_a_translation_keeps_what_is_filled_in(lang: str) -> None:
    for message in words.catalogue(lang):
        assert re.findall(r"%\(?\w*\)?s|\{\w*\}", str(message.id)) == re.findall(r"%\(?\w*\)?s|\{\w*\}", str(message.string))  # fmt: skip
