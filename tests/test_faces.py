"""One case with all five lanes filled, fed to every face: each lane's words are found in each.

Faces loop over the lanes of a case; none fills one in by hand, so none can forget one.
"""

import html
import re
from collections.abc import Callable, Iterator

import msgspec
import pytest
from tests.commands import invoked
from tests.site.served import Served, ask, serve

from gatewatch.cases.case import Case
from gatewatch.cli.timeline import HATCH, Timeline
from gatewatch.draw import case as pictures
from gatewatch.draw.case import document
from gatewatch.model.lane import LaneName
from gatewatch.query import ledger as reading
from gatewatch.records import cases as records
from gatewatch.words.saying import say

_DAY = "2017-05-08"
WORDS = {
    LaneName.OBLIGATIONS: ("149-FZ art. 15.4",),
    LaneName.CLAIMS: ("restricted",),
    LaneName.LISTINGS: ("register of prohibited sites", "ru-prohibited", "ru-demo"),
    LaneName.NETWORK: ("4 of 4", "4 networks", "of 4 measured"),
    LaneName.REPORTS: ("14 people", "14 reporters", "31 people", '"reporters": 14', "31"),
}
"""A lane is there where any of its words is."""
_DENIALS = ("none sent", "none is held", "no measurement is held", "nothing is measured")


@pytest.fixture(scope="module")
def case(demo_filled: str) -> Case:
    return reading.open(demo_filled).case("wechat", "RU", valid_at=_DAY)


@pytest.fixture(scope="module")
def site(demo_filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server over the same ledger."""
    with serve(demo_filled, state=tmp_path_factory.mktemp("state")) as served:
        yield served


def test_every_lane_of_it_is_filled(case: Case) -> None:
    """Else the faces below would prove nothing."""
    assert [one.name for one in case.lanes] == list(LaneName)
    assert all(one.items for one in case.lanes)


FACES: dict[str, Callable[[Case], str]] = {
    "wide picture": pictures.svg,
    "narrow picture": lambda case: pictures.svg(case, narrow=True),
    "document": document.html,
    "JSON": lambda case: msgspec.json.format(
        msgspec.json.encode(records.document(case)), indent=1
    ).decode(),
}


@pytest.mark.parametrize("face", FACES)
def test_a_face_tells_every_lane(case: Case, face: str) -> None:
    """Pictures, their text for screen readers, the page to keep, and the record."""
    _holds(_plain(FACES[face](case)))


@pytest.mark.parametrize("width", [80, 120, 160])
def test_the_timeline_draws_every_lane(case: Case, width: int) -> None:
    """Each lane has its row under its name, with a mark for what it holds; none is hatched as
    unknown while it holds something."""
    rows = Timeline(case, width).lines()
    for name in LaneName:
        (row,) = (row for row in rows if row.strip().casefold().startswith(str(name)))
        drawn = row.strip()[len(str(name)) :].strip()
        assert drawn, name
        assert not drawn.startswith(HATCH.strip()), name
    assert max(map(len, rows)) <= width


@pytest.mark.parametrize("language", ["", "ru", "zh"])
def test_the_page_of_the_site_tells_every_lane(case: Case, site: Served, language: str) -> None:
    """Its list of lanes says what each lane's summary says, in the reader's language; and the words
    that every face has stand in the English page."""
    way = f"/{language}/case/wechat/RU" if language else "/case/wechat/RU"
    answer = ask("GET", f"{site.url}{way}", params={"valid_at": _DAY})
    assert answer.status_code == 200
    told = _plain(answer.text)
    for one in case.lanes:
        assert _plain(say(one.summary, language or "en")) in told, one.name
    if not language:
        _holds(told)


@pytest.mark.parametrize("words", ["case wechat RU", "check wechat.com"])
@pytest.mark.parametrize("width", ["80", "120"])
def test_the_terminal_tells_every_lane(
    demo_filled: str, words: str, width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a person sees it, narrow and wide."""
    monkeypatch.setenv("GATEWATCH_PAGE", "1")
    monkeypatch.setenv("COLUMNS", width)
    asked = [*words.split(), "--valid-at", _DAY, "--ledger", demo_filled, "--no-color"]
    _holds(_plain(invoked(asked).stdout))


def _plain(text: str) -> str:
    """What is read, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def _holds(told: str) -> None:
    for lane, words in WORDS.items():
        assert any(word.casefold() in told.casefold() for word in words), lane
    for denial in _DENIALS:
        assert denial not in told


def test_a_check_is_a_page_that_a_newspaper_could_quote(
    demo_filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All five lanes and what the entry says, in at most 30 lines of 80 columns."""
    monkeypatch.setenv("GATEWATCH_PAGE", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("GATEWATCH_LEDGER", demo_filled)  # whose name would be as long as it is here
    asked = ["check", "wechat.com", "--valid-at", _DAY, "--no-color"]
    lines = invoked(asked).stdout.splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 80
    told = " ".join(" ".join(lines).split())
    assert "Restricted since 5 May 2017, by 8 sources" in told
    assert "Blocked on 4 of 4 networks" in told
    assert "invented for show" in told
