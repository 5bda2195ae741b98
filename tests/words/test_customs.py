"""Days, numbers and places as three languages write them."""

from datetime import UTC, date, datetime

import pytest
from babel import Locale
from babel.numbers import format_decimal

from gatewatch.model import day as days
from gatewatch.model.jurisdiction import CODES, Jurisdiction
from gatewatch.model.message import message
from gatewatch.model.moment import Bracket
from gatewatch.words import bracket, country, customs, day, say

LOCALES = {"en": "en_GB", "ru": "ru", "zh": "zh"}
DAY = date(2017, 9, 4)


@pytest.mark.parametrize(
    ("told", "en", "ru", "zh"),
    [
        ("2017-05-04", "4 May 2017", "4 мая 2017", "2017年5月4日"),
        ("2017-05", "May 2017", "май 2017", "2017年5月"),
        ("2017", "2017", "2017", "2017年"),
        ("", "day not known", "день неизвестен", "日期不详"),
        ("../2017-05-04", "not after 4 May 2017", "не позже 4 мая 2017", "不晚于2017年5月4日"),
        ("2017-05-04/..", "not before 4 May 2017", "не раньше 4 мая 2017", "不早于2017年5月4日"),
    ],
)
def test_a_day_is_written_as_the_language_does(told: str, en: str, ru: str, zh: str) -> None:
    """To the precision that is known, and a phrase where nothing is."""
    assert [day(days.parse(told), lang) for lang in LOCALES] == [en, ru, zh]


def test_a_month_takes_the_form_that_a_preposition_asks_for() -> None:
    """From May: not the name that stands alone in a table."""
    assert say(message("{state} since {day}", state="x", day=days.parse("2017-05")), "ru").endswith(
        "с мая 2017"
    )


@pytest.mark.parametrize("lang", LOCALES)
def test_the_tables_are_those_of_the_cldr(lang: str) -> None:
    """Months, weekdays and separators of numbers equal Babel's for every month and weekday."""
    locale = Locale.parse(LOCALES[lang])
    held = customs.customs(lang)
    for form, context in (("alone", "stand-alone"), ("format", "format")):
        for width, name in (("wide", "wide"), ("short", "abbreviated")):
            wanted = [locale.months[context][name][n] for n in range(1, 13)]
            assert held["months"][form][width] == wanted
    assert held["weekdays"] == [locale.days["stand-alone"]["abbreviated"][n] for n in range(7)]
    for number in (0, 7, 1234, 1234567, 12.5, 0.75):
        assert customs.number(number, lang) == format_decimal(number, locale=LOCALES[lang])


def test_a_bracket_tells_a_shared_day_once() -> None:
    """And an open side is dots."""
    first, last = datetime(2017, 5, 4, 7, tzinfo=UTC), datetime(2017, 5, 4, 9, tzinfo=UTC)
    assert customs.bracket(Bracket(first, last), "en") == "[4 May 2017 07:00, 09:00] UTC"
    assert customs.bracket(Bracket(None, last), "ru") == "[····, 4 мая 2017 09:00] UTC"


@pytest.mark.parametrize("lang", LOCALES)
def test_every_jurisdiction_has_a_name(lang: str) -> None:
    """In each language, and in Russian in the form that follows «in»."""
    for code in CODES:
        assert country(code, lang) != code
        told = say(message("{service} in {place}", service="X", place=Jurisdiction(code)), lang)
        assert code not in told.split()
    ru = message("{service} in {place}", service="WeChat", place=Jurisdiction("RU"))
    assert say(ru, "ru") == "WeChat в России"


def test_days_in_short_and_weekdays() -> None:
    """What stands on an axis."""
    assert [customs.short_day(DAY, lang) for lang in LOCALES] == ["4 Sept", "4 сент.", "9月4日"]
    assert [customs.weekday(DAY, lang) for lang in LOCALES] == ["Mon", "пн", "周一"]
    assert customs.month(DAY, "ru", short=True) == "сент. 2017"


def test_an_open_side_of_a_bracket_is_a_phrase() -> None:
    """In sentences and on pages nobody reads dots."""
    when = datetime(2017, 5, 4, 9, tzinfo=UTC)
    assert bracket(Bracket(None, when)) == "not after 4 May 2017 09:00 UTC"
    assert bracket(Bracket(None, when), "ru") == "не позже 4 мая 2017 09:00 UTC"
    assert bracket(Bracket(when, None), "zh").startswith("不早于2017年5月4日")
    told = say(message("added {bracket}", bracket=Bracket(None, when)), "ru")
    assert told == "внесено не позже 4 мая 2017 09:00 UTC"
