"""Sentences in three languages: none without its translation, none that loses what fills it."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from gatewatch.model.message import message
from gatewatch.words import languages, say


def _tables() -> ModuleType:
    """The script behind `make words`."""
    file = Path(__file__).parents[2] / "docs" / "words.py"
    spec = importlib.util.spec_from_file_location("tables_of_words", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tables = _tables()
PLACES = re.compile(r"\{(\w*)")


def _catalogue(lang: str, domain: str = "") -> Catalog:
    with (languages.FOLDER / f"{domain}{lang}.po").open("rb") as lines:
        return read_po(lines, locale=lang)


def _said(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else [str(one) for one in text]


def test_every_sentence_of_the_source_is_translated() -> None:
    """And every generated table is as its source has it."""
    assert len(tables.sentences()) > 400
    assert list(tables.missing()) == []
    assert [path.name for path, held in tables.tables() if path.read_bytes() != held] == []


@pytest.mark.parametrize("lang", ["ru", "zh"])
@pytest.mark.parametrize("domain", ["", "names."])
def test_a_translation_keeps_what_is_filled_in(lang: str, domain: str) -> None:
    """Places may change their order and form, and none is lost or made up."""
    for one in _catalogue(lang, domain):
        if one.id and one.string:
            forms = [set(PLACES.findall(text)) for text in _said(one.id)]
            for told in filter(None, _said(one.string)):
                places = set(PLACES.findall(told))
                assert places <= set().union(*forms), told
                assert places >= set.intersection(*forms), told


@pytest.mark.parametrize("lang", ["ru", "zh"])
def test_a_translation_is_in_its_own_letters(lang: str) -> None:
    """No sentence stays English but for names, terms and codes."""
    own = {"ru": re.compile("[а-яА-Я]"), "zh": re.compile("[\u4e00-\u9fff]")}[lang]
    for one in _catalogue(lang):
        words = re.findall(r"[A-Za-z]{3,}", re.sub(r"\{[^}]*\}", "", _said(one.id)[0]))
        plain = [w for w in words if w not in {"API", "SVG", "Gatewatch", "was"}]
        for told in _said(one.string or ""):
            assert not plain or own.search(told), one.id


def test_chinese_is_parted_by_its_own_marks() -> None:
    """A comma, a colon or a bracket of half the width between Han is a typist's slip."""
    slip = re.compile("[\u4e00-\u9fff][,:;?!()][\u4e00-\u9fff\u201c\u300a]")
    told = [said for one in _catalogue("zh") for said in _said(one.string or "")]
    assert [said for said in told if slip.search(said)] == []


@pytest.mark.parametrize(
    ("n", "en", "ru", "zh"),
    [
        (0, "0 sources", "0 источников", "0个来源"),
        (1, "1 source", "1 источник", "1个来源"),
        (2, "2 sources", "2 источника", "2个来源"),
        (5, "5 sources", "5 источников", "5个来源"),
        (11, "11 sources", "11 источников", "11个来源"),
        (21, "21 sources", "21 источник", "21个来源"),
        (1234, "1,234 sources", "1\u00a0234 источника", "1,234个来源"),
    ],
)
def test_a_count_has_the_form_of_its_number(n: int, en: str, ru: str, zh: str) -> None:
    """Russian has three forms and Chinese one."""
    told = message("{n} source", "{n} sources", n=n)
    assert [say(told, lang) for lang in languages.LANGUAGES] == [en, ru, zh]


def test_a_name_without_a_translation_stays_and_can_be_marked() -> None:
    """A quotation is no fault: it is handed to whoever knows how to mark it."""
    told = message("{service} in {place}: {state}", service="Zello", place="x", state="y")
    assert say(told, "ru", lambda text: f"<{text}>") == "<Zello> <x>: <y>"


def test_braces_in_a_name_are_no_places() -> None:
    """What sources say is never read as a template."""
    assert say(message("{what}, {actor}", what="{n}", actor="}{"), "zh") == "{n}，}{"
