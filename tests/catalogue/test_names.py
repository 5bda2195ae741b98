"""A thing is found by any of its names, by the beginning of one, by its words, and with a slip."""

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.catalogue import facts
from gatewatch.catalogue.names import Closeness, NamedKind, folded

CATALOGUE = facts.load()


@pytest.mark.parametrize(
    ("text", "kind", "id_", "closeness"),
    [
        ("WeChat", NamedKind.SERVICE, "wechat", Closeness.SAME),
        ("微信", NamedKind.SERVICE, "wechat", Closeness.SAME),
        ("wecaht", NamedKind.SERVICE, "wechat", Closeness.ALIKE),
        ("тг", NamedKind.SERVICE, "telegram", Closeness.SAME),
        ("fb", NamedKind.SERVICE, "facebook", Closeness.SAME),
        ("电报", NamedKind.SERVICE, "telegram", Closeness.SAME),
        ("telgram", NamedKind.SERVICE, "telegram", Closeness.ALIKE),
        ("tencent", NamedKind.OPERATOR, "wechat", Closeness.BEGINNING),
        ("Russia", NamedKind.JURISDICTION, "RU", Closeness.SAME),
        ("россия", NamedKind.JURISDICTION, "RU", Closeness.SAME),
        ("俄罗斯", NamedKind.JURISDICTION, "RU", Closeness.SAME),
        ("ru", NamedKind.JURISDICTION, "RU", Closeness.SAME),
        ("Kazakstan", NamedKind.JURISDICTION, "KZ", Closeness.ALIKE),
        ("149-FZ", NamedKind.LAW, "ru-149fz", Closeness.SAME),
        ("149-ФЗ", NamedKind.LAW, "ru-149fz", Closeness.SAME),
        ("IT Act 69A", NamedKind.LAW, "in-69a", Closeness.SAME),
        ("Роскомнадзор", NamedKind.AUTHORITY, "rkn", Closeness.SAME),
    ],
)
def test_the_closest_is_what_was_meant(
    text: str, kind: NamedKind, id_: str, closeness: Closeness
) -> None:
    found = CATALOGUE.names.find(text)[0]
    assert (found.kind, found.id, found.closeness) == (kind, id_, closeness)


def test_every_name_of_every_service_and_law_leads_to_it() -> None:
    for service in CATALOGUE.services.values():
        for name in (*service.called(), *service.typed):
            found = CATALOGUE.names.find(name)
            same = [one.id for one in found if one.closeness == Closeness.SAME]
            assert service.id in same, name
    for law in CATALOGUE.instruments.values():
        for name in filter(None, (law.number, *law.aliases)):
            assert law.id in {one.id for one in CATALOGUE.names.find(name)}, name


@pytest.mark.parametrize("text", ["facebook.com", "телеграмм", "roskomnadzr", "aaaa", "线线线线"])
def test_no_likeness_is_ruled_out_by_letters(text: str) -> None:
    """What is looked at before difflib is asked rules out what difflib would."""
    asked = folded(text)
    every = CATALOGUE.names.every
    alike = [n for n in every if SequenceMatcher(None, n.folded, asked).ratio() >= 0.75]
    found = CATALOGUE.names._alike(asked)
    assert {(n.kind, n.id, n.folded) for n in found} == {(n.kind, n.id, n.folded) for n in alike}


def test_what_names_nobody_is_nobody() -> None:
    """Some authorities have no name in their own language; a text without one is not theirs."""
    assert CATALOGUE.authorities_in("") == CATALOGUE.authorities_in(" ; ") == ()
    assert [one.id for one in CATALOGUE.authorities_in("Роскомнадзор; ")] == ["rkn"]


def test_a_code_is_typed_whole() -> None:
    assert not [n for n in CATALOGUE.names.find("x") if n.kind == NamedKind.JURISDICTION]


@given(st.text(max_size=200))
def test_no_text_raises_and_each_thing_is_told_once(text: str) -> None:
    found = CATALOGUE.names.find(text)
    assert len({(one.kind, one.id) for one in found}) == len(found)
    if not folded(text):
        assert found == []
