"""Days as registers write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.sources.registers.dates import (
    SERIAL,
    DateReader,
    in_zone,
    months,
    says_no_end,
    says_nothing,
)

PRAGUE = ZoneInfo("Europe/Prague")
WALL = datetime.fromisoformat
CZECH = months(
    [
        "leden ledna",
        "únor února",
        "březen března",
        "duben dubna",
        "květen května",
        "červen června",
        "červenec července",
        "srpen srpna",
        "září",
        "říjen října",
        "listopad listopadu",
        "prosinec prosince",
    ]
)
days = st.dates(date(1950, 1, 1), date(2025, 12, 31))


@given(day=days)
def test_a_day_is_read_in_every_form_declared_and_in_iso(day: date) -> None:
    """With blanks behind its dots or without."""
    reader = DateReader(("%d.%m.%Y", "%d %B %Y", SERIAL), CZECH)
    name = [word for word, number in CZECH.items() if number == day.month][-1]
    for text in (
        f"{day:%d.%m.%Y}",
        f"{day.day}. {day.month}. {day.year}",
        f"{day.day} {name} {day.year}",
        day.isoformat(),
        str((day - date(1899, 12, 30)).days),
    ):
        assert reader.day(text, past=True) == day.isoformat()


@given(day=st.dates(date(1970, 1, 1), date(2025, 12, 31)))
def test_years_of_two_digits_lie_in_the_declared_hundred(day: date) -> None:
    """Without one a day that would lie in the future is refused, not moved."""
    text = f"{day:%d.%m.%y}"
    assert DateReader(("%d.%m.%y",), century=1950).day(text, past=True) == day.isoformat()
    assert DateReader(("%d.%m.%y",)).day(text) == day.isoformat()


@pytest.mark.parametrize("text", ["16.07.68", "31.12.2999", "1.1.1066"])
def test_an_act_cannot_lie_in_the_future_nor_before_there_were_sites(text: str) -> None:
    """It is refused with the day it reads as."""
    with pytest.raises(ValueError, match="cannot be"):
        DateReader(("%d.%m.%Y", "%d.%m.%y")).day(text, past=True)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("1er févr. 2024", "%d %b %Y"),
        ("1er février 2024", "%d %B %Y"),
        ("1.FÉVRIER.2024", "%d.%B.%Y"),
        ("1º de février de 2024", "%d de %B de %Y"),
        ("٠١.٠٢.٢٠٢٤", "%d.%m.%Y"),
    ],
)
def test_months_and_digits_are_read_as_languages_write_them(text: str, form: str) -> None:
    """Short with a dot, behind an ordinal, in capitals, in digits of another script."""
    french = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
    short = ["févr" if name == "février" else "" for name in french.split()]
    names = [f"{name} {more}" for name, more in zip(french.split(), short, strict=True)]
    assert DateReader((form,), months(names)).day(text) == "2024-02-01"


def test_a_sign_for_no_day_is_told_from_a_day_that_cannot_be_read() -> None:
    """A stroke or a day of zeros says that there is none; a word says something."""
    empty = ["-", "—", "0000-00-00", "00.00.0000", "NULL", "n/a", "NaT", "&nbsp;", "..."]
    assert all(map(says_nothing, empty))
    words = ["néant", "No procede", "keine", "нет", "немає", "無", "なし", "없음", "(brak)", "Yo‘q"]
    assert all(map(says_nothing, words))
    endless = ["bis auf weiteres", "Бессрочно", "visszavonásig", "无限期", "jusqu’à nouvel ordre"]
    assert all(map(says_no_end, endless))
    assert not any(map(says_no_end, ["soon", "lifted", "снято", "10.10.2000", ""]))
    assert not any(map(says_nothing, ["ano", "?", "x", "4.1.", "0", "soon", "2024", "10.10.2000"]))


@pytest.mark.parametrize("text", ["", "ano", "31.02.2020", "28/02/2020", "2020"])
def test_what_is_no_day_is_refused_with_the_forms_there_are(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="is not like"):
        DateReader(("%d.%m.%Y",)).day(text)


@given(when=st.datetimes(WALL("1980-01-01"), WALL("2030-01-01")))
def test_a_stamp_is_put_into_utc_at_the_door(when: datetime) -> None:
    """Two stamps are in the order of their time in UTC, whatever daylight saving does."""
    known, doubt = in_zone(when, PRAGUE)
    assert known.tzinfo is UTC
    assert doubt or known.astimezone(PRAGUE).replace(tzinfo=None) == when


def test_hours_that_are_skipped_or_repeated_are_doubtful() -> None:
    """One does not exist, the other stands twice; both are told."""
    assert "does not exist" in str(in_zone(WALL("2024-03-31T02:30"), PRAGUE)[1])
    assert "stands twice" in str(in_zone(WALL("2024-10-27T02:30"), PRAGUE)[1])
    assert in_zone(WALL("2024-07-01T02:30"), PRAGUE)[1] is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("5 \u043c\u0430\u0440\u0442\u0430 2024 \u0433.", "2024-03-05"),
        (
            "\u00ab5\u00bb \u043c\u0430\u0440\u0442\u0430 2024 \u0433\u043e\u0434\u0430",
            "2024-03-05",
        ),
        ("05.03.2024.", "2024-03-05"),
        ("2024-03-05T22:30:00Z", "2024-03-06T01:30:00"),
        ("2024-03-05 10:20:00.123+03:00", "2024-03-05T10:20:00"),
    ],
)
def test_words_behind_a_year_and_offsets_are_understood(text: str, day: str) -> None:
    """A time with an offset is told in the register's own zone."""
    names = {"\u043c\u0430\u0440\u0442\u0430": 3}
    reader = DateReader(("%d %B %Y", "%d.%m.%Y"), names, zone=ZoneInfo("Europe/Moscow"))
    assert reader.day(text) == day


def test_a_year_alone_is_no_day_that_a_spreadsheet_counts() -> None:
    """2024 is not 16 July 1905."""
    with pytest.raises(ValueError, match="2024"):
        DateReader((SERIAL,)).day("2024")


@given(day=st.dates(date(1990, 1, 1), date(2026, 1, 1)))
def test_years_of_another_calendar_are_read(day: date) -> None:
    """Thai years are 543 ahead, those of Taiwan 1911 behind; a leap day is one in each."""
    thai = DateReader(("%d/%m/%Y", "%d/%m/%y"), calendar="buddhist", century=2500)
    assert thai.day(f"{day.day}/{day.month}/{day.year + 543}") == day.isoformat()
    if day.year >= 1957:
        assert thai.day(f"{day:%d/%m}/{(day.year + 543) % 100:02}") == day.isoformat()
    taiwanese = DateReader(("%Y/%m/%d", "%d.%m.%Y"), calendar="minguo")
    assert taiwanese.day(f"{day.year - 1911}/{day.month}/{day.day}") == day.isoformat()
    assert taiwanese.day(f"{day.year - 1911:03}{day:%m%d}") == day.isoformat()
    assert taiwanese.day(f"{day:%d.%m.%Y}") == day.isoformat()
    assert taiwanese.day(f"{day:%Y/%m/%d}") == day.isoformat()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "令和6年3月5日",
            "平成36年3月5日",
            "民國113年3月5日",
            "中華民國 113 年 3 月 5 日",
            "2024年3月5日",
        ),
        *("2024년 3월 5일", "令和6/3/5", "民國113/3/5", "5/3/พ.ศ. 2567"),
    ],
)
def test_an_era_that_is_named_needs_no_declaration(text: str) -> None:
    """It has one reading, as the order of year, month and day in Chinese has."""
    assert DateReader(("%d/%m/%Y", "%Y/%m/%d")).day(text) == "2024-03-05"
    assert DateReader(("%d.%m.%Y",)).day("令和元年5月1日") == "2019-05-01"


def test_strokes_of_every_alphabet_say_nothing() -> None:
    """Minus, long vowel, lines of tables; a word for *no* where a removal would stand."""
    assert all(map(says_nothing, ["\u2212", "\u30fc", "\u2500\u2500", "/", "***", "\u2026"]))
    assert all(
        map(says_no_end, ["No", "nein", "ยังไม่ยกเลิก", "未解除", "do odwołania", "belum dicabut"])
    )
