"""Pictures as a browser draws them: in three languages, wide and narrow, light and dark, no word is
clipped and none is printed over another."""

from datetime import UTC, date, datetime
from itertools import combinations
from typing import TYPE_CHECKING

import msgspec
import pytest
from playwright.sync_api import Browser

from gatewatch.cases.case import Case, Listed, Network, OnRegister
from gatewatch.cases.compare import compare
from gatewatch.cases.lanes import lanes
from gatewatch.catalogue import facts
from gatewatch.draw import case as cases
from gatewatch.draw import comparison, standing, tracks
from gatewatch.draw.signed import signed
from gatewatch.draw.text import width
from gatewatch.draw.tracks import Track
from gatewatch.model.episode import Episode, Silence
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Bracket, Moment
from gatewatch.model.report import Reported, Surge
from gatewatch.query import case as query
from gatewatch.words import LANGUAGES, say

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = date(2017, 5, 8)
MEASURE = """() => [...document.querySelectorAll('svg text')].map(t => {
  const b = t.getBoundingClientRect();
  return [b.left, b.top, b.right, b.bottom, t.textContent, t.closest('.step') !== null,
          t.getAttribute('class') || ''];
})"""
_SLACK = 1.0
"""Pixels by which a browser may round."""


def _at(day: int, hour: int = 0) -> datetime:
    return datetime(2017, 5, day, hour, tzinfo=UTC)


def _episode() -> Episode:
    return Episode(
        target="wechat",
        probe_cc="RU",
        onset_earliest=_at(4, 20),
        onset_latest=_at(5, 4),
        resolution_earliest=_at(11, 8),
        resolution_latest=_at(12),
        confidence=0.99,
        networks=(64500, 64501, 64502),
        measured=4,
        mechanisms=("tcp.timeout",),
        first=_at(5),
        last=_at(11),
        members=174,
    )


@pytest.fixture(scope="module")
def rich() -> Case:
    """WeChat in Russia with something in each of the five lanes."""
    catalogue = facts.load()
    told = query.case(catalogue, catalogue.service("wechat"), Jurisdiction("RU"), Moment.parse(DAY))
    block = _episode()
    silence = Silence(
        target="wechat",
        probe_cc="RU",
        first=date(2017, 5, 13),
        last=date(2017, 5, 14),
        expected=12.0,
        seen=0,
        ongoing=False,
    )
    network = Network(
        "blocked",
        message(""),
        {"blocked": 174, "ok": 560},
        4,
        date(2017, 5, 1),
        date(2017, 5, 12),
        blocks=(block,),
        silences=(silence,),
        days=tuple((date(2017, 5, n), 1 + n % 4) for n in range(1, 13)),
        known_state="blocked",
        known=DAY,
        episode=block,
    )
    listed = Listed("ru-rkn", "105790", "wechat.com", Bracket(_at(3, 21), _at(4, 9)), None)
    register = OnRegister(
        register="ru-rkn",
        title="Register of prohibited sites",
        authority="Roskomnadzor",
        zone="Europe/Moscow",
        state="listed",
        known_state="listed",
        known=DAY,
        overdue=False,
        listings=(listed,),
    )
    surge = Surge(
        service="wechat",
        jurisdiction="RU",
        first=_at(5),
        last=_at(6, 18),
        reporters=31,
        expected=1.0,
        seen=29.0,
    )
    reports = Reported(days=((date(2017, 5, 5), 12), (date(2017, 5, 6), 31)), surges=(surge,))
    whole = msgspec.structs.replace(told, network=network, registers=(register,), reports=reports)
    return msgspec.structs.replace(whole, lanes=lanes(whole))


Box = tuple[float, float, float, float, str, bool, str]


def _boxes(browser: Browser, svg: str, scheme: str = "light") -> list[Box]:
    page = browser.new_page(
        viewport={"width": 1280, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.set_content(f"<body style='margin:0'>{svg}")
    found: list[Box] = [tuple(box) for box in page.evaluate(MEASURE)]
    page.close()
    return found


def _sound(boxes: list[Box], wide: float) -> None:
    """Nothing beyond the sheet, nothing over anything else. Halves of a line's height may touch:
    a box holds the room of accents that the words have not."""
    assert boxes
    for left, _, right, _, words, *_ in boxes:
        assert left >= 0, words
        assert right <= wide + _SLACK, words
    for a, b in combinations(boxes, 2):
        across = min(a[2], b[2]) - max(a[0], b[0])
        down = min(a[3], b[3]) - max(a[1], b[1])
        assert across <= _SLACK or down <= 4, (a[4], b[4])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_word_of_a_rich_case_is_clipped_or_overprinted(
    browser: Browser, rich: Case, lang: str, narrow: bool, scheme: str
) -> None:
    """All five lanes filled, drawn alone and for a page with its table of steps."""
    for linked in (False, True):
        svg = cases.svg(rich, language=lang, narrow=narrow, linked=linked)
        _sound(_boxes(browser, svg, scheme), 390 if narrow else 1000)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_heads_and_keys_are_never_cut(browser: Browser, rich: Case, lang: str) -> None:
    """What names a column, a lane or a mark is said whole; only notes may end in dots."""
    for narrow in (False, True):
        boxes = _boxes(browser, cases.svg(rich, language=lang, narrow=narrow))
        cut = [box[4] for box in boxes if box[4].endswith("…")]
        assert [words for words in cut if width(words) < 120] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_word_is_wider_than_it_was_measured(browser: Browser, rich: Case, lang: str) -> None:
    """The table of widths is of the widest of the common faces: what fits by it fits in a
    browser."""
    for left, _, right, _, words, number, kind in _boxes(browser, cases.svg(rich, language=lang)):
        size = 21.0 if "t" in kind.split() else 13.0
        told = width(words, bold="b" in kind.split() or number, size=size)
        # the halo of a word is part of its box in some versions of Chromium
        assert right - left <= told + 4 + _SLACK, words


def _track(n: int) -> Track:
    return Track(
        target=f"a-rather-long-name-of-a-host-{n}.example.com",
        note=Message("blocked", {}),
        measured={date(2017, 5, d): 3 for d in range(1, 20)},
        blocks=(_episode(),),
        listings=((Bracket(_at(3), _at(4)), Bracket(_at(10), _at(11))),) if n % 2 else None,
    )


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_other_pictures_keep_their_words_apart(browser: Browser, lang: str, narrow: bool) -> None:
    """Countries side by side, and targets over time."""
    told_all = list(query.every(facts.load(), Moment.parse(date(2026, 3, 1))))
    beside = compare(told_all, ("RU", "CN"))
    title = Message("Lists and network in Russia", {})
    drawn: dict[str, Callable[[], str]] = {
        "comparison": lambda: comparison.picture(
            beside, date(2026, 3, 1), language=lang, narrow=narrow
        ),
        "standing": lambda: standing.picture(
            message("{place}", place=Jurisdiction("RU")),
            [one for one in told_all if str(one.jurisdiction) == "RU"],
            date(2026, 3, 1),
            by_country=False,
            language=lang,
            narrow=narrow,
        ),
        "signed": lambda: signed(
            tracks.picture(title, [_track(1)], _at(8), language=lang, narrow=narrow),
            address=f"https://gatewatch.example/reconcile?jurisdiction=RU&{'as_of=2026-11-26T10:00Z&' * 4}",
            notes=(say(title, lang), "Licences: facts MIT, measurements CC BY-NC-SA 4.0"),
            rights="MIT",
        ),
        "tracks": lambda: tracks.picture(
            title, [_track(n) for n in range(4)], _at(8), language=lang, narrow=narrow
        ),
    }
    wide = {
        "standing": 390 if narrow else 1000,
        "signed": 390 if narrow else 1000,
        "comparison": 390 if narrow else 960,
        "tracks": 390 if narrow else 1000,
    }
    for name, draw in drawn.items():
        _sound(_boxes(browser, draw()), wide[name])
