"""Laws are found by what people call the duties in them, in three languages."""

import pytest

from gatewatch.catalogue import facts
from gatewatch.catalogue.duties import duty_words
from gatewatch.catalogue.names import NamedKind

TOLD_OF_NOTHING = {"frame"}
"""A law that is the frame of others asks nothing by itself."""


def test_every_duty_and_kind_of_the_laws_has_words_in_each_language() -> None:
    """Else what a new law asks cannot be found, and nobody would see it."""
    laws = facts.load().instruments.values()
    known = duty_words()
    assert {d for law in laws for d in law.demands} - TOLD_OF_NOTHING == known.duty.keys()
    assert {k for law in laws for k in law.kinds} == known.kind.keys()
    for id_, phrases in (known.duty | known.kind).items():
        letters = "".join(phrases)
        assert all(phrase == phrase.casefold().strip() for phrase in phrases), id_
        for first, last in (("a", "z"), ("а", "я"), ("一", "鿿")):
            assert any(first <= letter <= last for letter in letters), (id_, first)


@pytest.mark.parametrize(
    ("asked", "law"),
    [
        ("must keep data in the country", "ru-242fz"),
        ("data localization", "ru-242fz"),
        ("локализация данных", "ru-242fz"),
        ("хранить данные в стране", "ru-242fz"),
        ("数据本地化", "cn-csl"),
        ("registration of messengers", "ru-149fz-10.1"),
        ("регистрация мессенджеров", "ru-149fz-10.1"),
        ("keep messages for six months", "ru-149fz-10.1"),
        ("实名制", "cn-csl"),
        ("local representative", "ru-236fz"),
    ],
)
def test_a_law_is_found_by_what_it_asks(asked: str, law: str) -> None:
    found = facts.load().names.find(asked)
    assert law in {one.id for one in found if one.kind == NamedKind.LAW}


def test_a_place_or_a_kind_beside_the_duty_narrows_it() -> None:
    find = facts.load().names.find
    assert {one.id for one in find("регистрация мессенджеров в Китае")} == {"cn-2000"}
    assert {one.id[:3] for one in find("俄罗斯数据本地化")} == {"ru-"}


def test_a_name_is_not_taken_for_a_duty() -> None:
    """What is called so is what was meant."""
    assert all(one.kind != NamedKind.LAW for one in facts.load().names.find("line"))
