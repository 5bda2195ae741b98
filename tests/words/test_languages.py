"""The site's words: every one that a page uses has its Russian and its Chinese."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.words import languages as words
from gatewatch.words import phrases
from gatewatch.words.cases import ACTIONS

SITE = Path(words.__file__).parents[1] / "site"
PLACES = re.compile(r"\{\w*\}")
USED = re.compile(r"_\((?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")\)")


def _used() -> set[str]:
    found = set()
    for file in (SITE / "templates").glob("*.html"):
        for single, double in USED.findall(file.read_text(encoding="utf-8")):
            found.add((single or double).replace("\\'", "'").replace('\\"', '"'))
    return found | set(words.STATES.values()) | set(phrases.TEMPLATES) | set(ACTIONS.values())


@pytest.mark.parametrize("lang", ["ru", "zh"])
def test_every_word_is_translated(lang: str) -> None:
    """What a template says, what a state or a step is called, and the sentences of the core."""
    known = {str(m.id): str(m.string) for m in words.catalogue(lang) if m.id}
    used = _used()
    assert len(used) > 150
    assert used - set(known) == set()
    assert [word for word in used if not known[word]] == []


@pytest.mark.parametrize("lang", ["ru", "zh"])
def test_a_translation_keeps_what_is_filled_in(lang: str) -> None:
    for message in words.catalogue(lang):
        assert sorted(PLACES.findall(str(message.id))) == sorted(
            PLACES.findall(str(message.string))
        )


@pytest.mark.parametrize(
    ("text", "ru", "zh"),
    [
        (
            "On 2017-05-08 WeChat was listed and, by what was said, restricted in Russia since 2017-05-05.",
            "2017-05-08: WeChat, Россия: ограничен, внесён в список, по сообщениям, с 2017-05-05.",
            "2017-05-08：WeChat，俄罗斯：受限制，已列入，据报道，自2017-05-05。",
        ),
        ("statement, Roskomnadzor", "заявление, Roskomnadzor", "声明，Roskomnadzor"),
        (
            "access goes in part, ISPs (unconfirmed)",
            "доступ частично пропадает, ISPs (не подтверждено)",
            "部分无法访问，ISPs (未证实)",
        ),
        (
            "told too: 6 May 2017, Tsarizm; 8 May 2017, SCMP",
            "также названо: 6 мая 2017, Tsarizm; 8 мая 2017, SCMP",
            "另有说法：2017年5月6日，Tsarizm；2017年5月8日，SCMP",
        ),
        (
            "3 of 3 networks since [2017-05-05 12:00, 2017-05-06 01:00] UTC, tcp.timeout",
            "сетей: 3 из 3, начало [2017-05-05 12:00, 2017-05-06 01:00] UTC, tcp.timeout",
            "3个网络中的3个，始于[2017-05-05 12:00, 2017-05-06 01:00] UTC，tcp.timeout",
        ),
        ("WeChat in Russia", "WeChat, Россия", "WeChat，俄罗斯"),
        ("May 2017", "май 2017", "2017年五月"),
        ("8 Wed", "8 ср", "8 周三"),
        (
            "filing, Tencent: day not known, not after 10 May 2017",
            "сведения поданы, Tencent: день неизвестен, не позже 10 мая 2017",
            "提交材料，Tencent：日期不明，不晚于2017年5月10日",
        ),
        (
            "Tagansky District Court, Moscow",
            "Tagansky District Court, Moscow",
            "Tagansky District Court，Moscow",
        ),
    ],
)
def test_a_phrase_is_said_and_its_names_stay(text: str, ru: str, zh: str) -> None:
    assert phrases.phrase("en", text) == text
    assert phrases.phrase("ru", text) == ru
    assert phrases.phrase("zh", text) == zh


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from([*phrases.TEMPLATES, "; ", ", ", "x", "Russia", "8 May 2017"]), max_size=6
    ).map("".join)
)
def test_any_text_can_be_said(text: str) -> None:
    """And said again it is the same: nothing but words is kept between."""
    for lang in ("en", "ru", "zh"):
        assert phrases.phrase(lang, text) == phrases.phrase(lang, text)
        assert phrases.phrase(lang, text) or not text
