"""The picture of a case: five lanes in their order, every step in it, nothing live, nothing
lost."""

import struct
import zlib
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.commands import invoked

from gatewatch.cases.case import Case, Duty, Listed, Network, OnRegister, Stay, Step
from gatewatch.cases.fold import fold
from gatewatch.cases.lanes import lanes as lanes_of
from gatewatch.cases.positions import Position, Question, Source
from gatewatch.catalogue import facts
from gatewatch.catalogue.facts import Catalogue
from gatewatch.draw import axis, marks, text
from gatewatch.draw import case as lanes
from gatewatch.draw.case import day_rows
from gatewatch.draw.case import document as case_page
from gatewatch.draw.case.lanes import held
from gatewatch.draw.scale import Scale
from gatewatch.draw.text import width
from gatewatch.model import day
from gatewatch.model.claim import Citation, Claim, Scope
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Bracket, Moment
from gatewatch.model.service import Instrument, Names, Service
from gatewatch.model.states import Action, State
from gatewatch.query import case as cases
from gatewatch.words import say

SVG = "{http://www.w3.org/2000/svg}"
WIDE = ["Obligations", "Claims", "Listings", "Network", "Reports"]
TURNED = ["Duties", "Said", "Lists", "Probes", "Users"]
HOSTILE = "<script>alert(1)</script>\"'&]]>\x1b[31m https://evil.example/x onload=y"
some_days = st.integers(0, 6000).map(lambda n: date(2009, 1, 1) + timedelta(days=n))


def _question(*told: str, tie: bool = False) -> Question:
    positions = tuple(Position(one, one, 1, (n,), (f"c{n}",)) for n, one in enumerate(told, 1))
    return Question(positions, tie, len(told) > 1)


def _step(
    number: int,
    action: str,
    when: str,
    *others: str,
    tie: bool = False,
    actor: str = "Body",
    duty: bool = False,
    scope: str = "whole",
    inferred: Message | None = None,
    disputed_by: tuple[int, ...] = (),
) -> Step:
    dates = _question(*others, tie=tie) if tie else _question(when, *others)
    return Step(
        number=number,
        action=action,
        day=day.parse(when),
        actor=actor,
        scope=scope,
        effect="",
        register="duties" if duty else "list" if action in {"listed", "delisted"} else "",
        duty=duty,
        dates=dates,
        loose=(),
        disputed=dates.disputed or bool(disputed_by),
        disputed_by=disputed_by,
        inferred=inferred,
        says=("said",),
        sources=(1,),
        claims=(f"c{number}",),
    )


def _case(
    *steps: Step,
    valid_at: date = date(2017, 5, 8),
    stays: tuple[Stay, ...] = (),
    name: str = "WeChat",
    last: date | None = date(2017, 5, 31),
    listings: tuple[Listed, ...] = (),
    network: Network | None = None,
    duties: tuple[Duty, ...] = (),
) -> Case:
    service = Service(
        id="s", name=name, names=Names(zh=("微信",)), kind="social", category="GRP", sources=("x",)
    )
    none = Question()
    sources = tuple(
        Source(
            n, Citation(publisher=f"Paper {n}", url=f"https://{n}.example/"), last, inferred=False
        )
        for n in range(1, 5)
    )
    made = Case(
        service=service,
        jurisdiction="RU",
        valid_at=valid_at,
        as_of=None,
        state=State.LISTED,
        since=None,
        stays=stays,
        days=None,
        steps=steps,
        ground=none,
        reason=none,
        law_year=none,
        duties=duties,
        would_lift=None,
        listings=listings,
        registers=(_register(listings),) if listings else (),
        last_source=last,
        said=State.LISTED,
        said_last=last,
        sources=sources,
        network=network or Network("insufficient", message("no measurement is held"), {}, 0),
    )
    return msgspec.structs.replace(made, lanes=lanes_of(made))


def _register(listings: tuple[Listed, ...]) -> OnRegister:
    return OnRegister(
        register="zi",
        title="A list",
        authority="An office",
        zone="UTC",
        state="listed",
        known_state="listed",
        known=date(2017, 5, 8),
        overdue=False,
        listings=listings,
    )


def _wechat(**changes) -> Case:
    """Days, a contradiction, open brackets and a step that nobody tells of."""
    return _case(
        _step(1, "notified", "../2017-05-04", inferred=message("the law sets a notice")),
        _step(2, "listed", "2017-05-04", "2017-05-05"),
        _step(3, "blocked", "2017-05-05", "2017-05-04"),
        _step(4, "announced", "2017-05-05", "2017-05-06", "2017-05-08"),
        _step(5, "complied", "../2017-05-10"),
        _step(6, "registered", "2017-05-10", duty=True),
        _step(7, "delisted", "2017-05-11"),
        _step(8, "restored", "2017-05-11"),
        stays=(
            Stay(State.RESTRICTED, day.parse("2017-05-05"), day.parse("2017-05-11"), (3,)),
            Stay(State.LIFTED, day.parse("2017-05-11"), None, (7,)),
        ),
        **changes,
    )


def _years(count: int = 15) -> Case:
    """Fifteen years with two steps in each."""
    steps = [
        _step(
            2 * n + k + 1,
            ("demanded", "blocked", "announced", "listed")[(n + k) % 4],
            f"{2009 + n}-0{3 + 4 * k}-1{n % 9}",
            actor="Federal Service for Supervision of Communications",
        )
        for n in range(count)
        for k in range(2)
    ]
    return _case(*steps, valid_at=date(2024, 1, 1), last=date(2023, 12, 31))


def _at(number: int, hour: int = 0) -> datetime:
    return datetime(2017, 5, number, hour, tzinfo=UTC)


def _made() -> dict[str, Case]:
    held = Listed("zi", "7", "wechat.com", Bracket(None, _at(4, 12)), None)
    gone = Listed("zi", "8", "web.wechat.com", Bracket(_at(4), _at(4, 12)), Bracket(_at(10), None))
    law = Instrument(
        id="l",
        name="Law 97",
        jurisdiction="RU",
        number="97-FZ",
        in_force="2014-08-01",
        sources=("x",),
    )
    new = Instrument(id="m", name="A law", jurisdiction="RU", in_force="2017-05-06", sources=("x",))
    duties = (Duty(law, law.since, ()), Duty(new, new.since, ()))
    seen = Network(
        "measured",
        message("9 measurements on 3 networks"),
        {"blocked": 7, "ok": 2},
        3,
        date(2017, 5, 3),
        date(2017, 5, 7),
    )
    ordered = Stay(State.RESTRICTED, day.parse("2017-05-05"), None, (1,))
    return {
        "wechat": _wechat(),
        "nothing": _case(last=None),
        "years": _years(),
        "tie": _case(
            _step(1, "blocked", "2017-05-04/2017-05-09", "2017-05-04", "2017-05-09", tie=True)
        ),
        "open": _case(
            _step(1, "listed", "../2017-05-04"),
            _step(2, "blocked", "2017-05-06/.."),
            _step(3, "delisted", ""),
            _step(4, "ordered", ""),
        ),
        "month": _case(
            _step(1, "demanded", "2017-05"),
            _step(2, "fined", "2016"),
            _step(3, "throttled", "2017-06-01", "2017-07"),
        ),
        "hostile": _case(
            _step(1, "announced", "2017-05-05", actor=HOSTILE),
            _step(2, "ordered", "2017-05-05", actor="微" * 200),
            _step(3, "listed", "2017-05-05", actor="W" * 300),
            name=HOSTILE * 4,
        ),
        "held": _wechat(listings=(held, gone) * 5, duties=duties),
        "measured": _wechat(network=seen),
        "ordered": _case(
            _step(1, "ordered", "2017-05-05"), last=date(2017, 5, 9), stays=(ordered,)
        ),
        "crowd": _case(*(_step(n, "announced", "2017-05-05") for n in range(1, 120))),
        "edges": _case(_step(1, "listed", "0001-01-01"), _step(2, "delisted", "9999-12-31")),
        "same day": _case(
            _step(1, "listed", "2017-05-05"),
            _step(2, "delisted", "2017-05-05"),
            _step(3, "listed", "2017-05-05"),
        ),
        "disputed": _case(_step(1, "blocked", "2017-05-05", disputed_by=(2, 9))),
        "far": _case(_step(1, "blocked", "2009-06-03"), last=date(2017, 5, 12)),
    }


MADE = _made()


@pytest.fixture(scope="module")
def told() -> list[Case]:
    catalogue = facts.load()
    return list(cases.every(catalogue, Moment.parse(date(2026, 3, 1))))


def _tree(svg: str) -> etree._Element:
    return etree.fromstring(svg.encode())


def _texts(svg: str) -> list[str]:
    return [t.text or "" for t in _tree(svg).iter(f"{SVG}text")]


def _shapes(svg: str, path: str) -> list[etree._Element]:
    return cast("list[etree._Element]", _tree(svg).xpath(path, namespaces={"s": SVG[1:-1]}))


def _found(page: str, path: str) -> list[etree._Element]:
    return cast("list[etree._Element]", etree.HTML(page).xpath(path))


def _numbers(svg: str) -> set[str]:
    return {t.text or "" for t in _shapes(svg, '//s:g[@class="step"]//s:text')}


def _boxes(svg: str) -> list[tuple[float, float, float, float, str]]:
    """Where words and numbers stand: left, top, right, bottom. Turned words are left out."""
    found = []
    for one in _tree(svg).iter(f"{SVG}text", f"{SVG}rect"):
        dx = dy = 0.0
        moves = [up.get("transform", "") for up in one.iterancestors()]
        if any("rotate" in move for move in moves):
            continue
        for move in filter(None, moves):
            dx, dy = map(float, move.removeprefix("translate(").removesuffix(")").split())
        x, y = float(one.get("x", 0)) + dx, float(one.get("y", 0)) + dy
        if one.tag == f"{SVG}rect":
            if one.get("rx") == "10":
                found.append((x, y, x + float(one.get("width", 0)), y + 20, "number"))
        elif one.text and not any(up.get("class") == "step" for up in one.iterancestors()):
            kind = (one.get("class") or "").split()
            wide = width(one.text, bold="b" in kind, size=21 if "t" in kind else 13)
            left = (
                x - {"start": 0, "middle": wide / 2, "end": wide}[one.get("text-anchor", "start")]
            )
            found.append((left, y - 11, left + wide, y + 2, one.text))
    return found


def _overlaps(svg: str) -> list[tuple[str, str]]:
    return [
        (a[4], b[4])
        for a, b in combinations(_boxes(svg), 2)
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


def _holds(one: Case, *, narrow: bool) -> None:
    """What is true of every picture."""
    svg = lanes.svg(one, narrow=narrow)
    found = _texts(svg)
    places = [found.index(lane) for lane in (TURNED if narrow else WIDE)]
    assert places == sorted(places)
    assert {str(step.number) for step in one.steps} <= _numbers(svg)
    assert svg.count('class="asked"') == 1
    in_key = 0 if narrow else 1
    assert svg.count('class="differ"') == sum(step.disputed for step in one.steps) + in_key
    tree = _tree(svg)
    assert tree.get("role") == "img"
    assert tree.findtext(f"{SVG}title")
    assert tree.findtext(f"{SVG}desc")


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", MADE)
def test_five_lanes_and_every_step(name: str, narrow: bool) -> None:
    """Well-formed, lanes in order, each number, one day asked about, a sign where sources
    differ."""
    _holds(MADE[name], narrow=narrow)


@pytest.mark.parametrize("narrow", [False, True])
def test_every_case_of_the_catalogue(told: list[Case], narrow: bool) -> None:
    """What holds of made cases holds of real ones, and their words keep apart."""
    for one in told:
        _holds(one, narrow=narrow)
        assert _overlaps(lanes.svg(one, narrow=narrow)) == [], one.service.id


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", MADE)
def test_labels_keep_apart(name: str, narrow: bool) -> None:
    """No words cover words or numbers, and none leave the sheet."""
    svg = lanes.svg(MADE[name], narrow=narrow)
    assert _overlaps(svg) == []
    assert all(box[0] >= 0 and box[2] <= (390 if narrow else 1000) for box in _boxes(svg))


def test_lanes_with_nothing_in_them_say_so() -> None:
    """Hatching and words, at full height."""
    found = _texts(lanes.svg(MADE["nothing"]))
    told = [say(lane.summary) for lane in held(MADE["nothing"])]
    assert len(told) == 5
    assert set(told) <= set(found)


def test_a_day_beyond_the_picture_has_an_arrow() -> None:
    """The day asked about is never left out, and never drawn where it does not lie."""
    svg = lanes.svg(MADE["far"])
    assert "the day asked about: 8 May 2017" in _texts(svg)
    assert not _shapes(svg, '//s:path[@class="asked"][@stroke-width="3"]')


def test_a_tie_leaves_both_sides_hollow() -> None:
    """Two rings, and no solid mark but the one of the key."""
    svg = lanes.svg(MADE["tie"])
    hollow = '//s:circle[@r="6"][@fill="var(--paper)"][@stroke="var(--access)"]'
    assert len(_shapes(svg, hollow)) == 2
    assert len(_shapes(svg, '//s:circle[@r="6"][@fill="var(--access)"]')) == 1
    assert any("no side is ahead" in text for text in _texts(svg))


def test_other_days_are_named_with_who_tells_them() -> None:
    found = _texts(lanes.svg(MADE["wechat"]))
    assert "told too: 6 May 2017 (Paper 2); 8 May 2017 (Paper 3)" in found


def test_an_open_side_has_no_cap() -> None:
    """Nothing known: dots alone; not after: one cap; between: two."""
    drawn = [
        lanes.svg(_case(_step(1, "demanded", when))).count('fill="none" stroke="var(--duty)"')
        for when in ("", "../2017-05-06", "2017-05-06/2017-05-08")
    ]
    assert [count - drawn[0] for count in drawn] == [0, 1, 2]


@pytest.mark.parametrize(
    ("adopted", "in_force", "told"),
    [
        ("2020-12-30", "", ""),
        ("", "2020-12-30", ""),
        ("2014-05-05", "", "in force before these days: 9-FZ"),
        ("", "2014-05-05", "in force before these days: 9-FZ"),
        ("", "", "in force before these days: 9-FZ"),
    ],
)
def test_a_law_of_a_later_day_has_no_place_in_the_picture(
    adopted: str, in_force: str, told: str
) -> None:
    """Also where only the day of its adoption is on record."""
    law = Instrument(id="l", name="A law", jurisdiction="RU", number="9-FZ", sources=("x",))
    one = msgspec.structs.replace(law, adopted=adopted, in_force=in_force)
    found = _texts(lanes.svg(_wechat(duties=(Duty(one, one.since, ()),))))
    assert [said for said in found if "9-FZ" in said] == [told] * bool(told)


def test_after_the_last_source_a_line_grows_thin() -> None:
    """Thick up to the last source, thin from there: it may have ended unseen."""
    one = _case(
        _step(1, "blocked", "2017-05-04"),
        last=date(2017, 5, 6),
        stays=(Stay(State.RESTRICTED, day.parse("2017-05-04"), None, (1,)),),
    )
    svg = lanes.svg(one)
    (thick,) = _shapes(svg, '//s:path[@stroke="var(--access)"][@stroke-width="5"]')
    (thin,) = _shapes(svg, '//s:path[@stroke="var(--access)"][@stroke-width="1"]')
    sure = float(thick.get("d", "").split("H")[1])
    assert sure == float(thin.get("d", "").split()[0][1:]) < 976


def test_nothing_runs_past_today() -> None:
    one = _case(_step(1, "listed", "2017-05-04"), valid_at=date(2017, 5, 5))
    bars = '//s:rect[@height="18.0"][@fill="var(--listed)"]'
    (whole,) = _shapes(lanes.svg(one), bars)
    (short,) = _shapes(lanes.svg(one, today=date(2017, 5, 6)), bars)
    assert float(short.get("width", 0)) < float(whole.get("width", 0))


def test_a_duty_register_is_an_outline() -> None:
    """Never a bar of the prohibited list."""
    svg = lanes.svg(_case(_step(1, "registered", "2017-05-04", duty=True)))
    assert not _shapes(svg, '//s:rect[@height="18.0"][@fill="var(--listed)"]')
    assert _shapes(svg, '//s:rect[@height="16"][@stroke="var(--duty)"]')


def test_a_step_that_nobody_tells_is_dotted() -> None:
    svg = lanes.svg(_case(_step(1, "ordered", "2017-05-04", inferred=message("by law"))))
    assert _shapes(svg, '//s:g[@stroke-dasharray="2 2.5"]')
    assert len(_shapes(svg, '//s:g[@class="step"]/s:rect[@stroke-dasharray]')) == 2  # and the key


def test_a_number_stands_on_a_bar_only_where_its_day_is_known() -> None:
    """The middle of a bracket is never drawn as if it were the date."""
    one = _case(_step(1, "listed", "2017-05-02/2017-05-06"), _step(2, "delisted", "2017-05-09"))
    numbers = _shapes(lanes.svg(one), '//s:g[@class="step"]/s:rect')
    assert len({number.get("y") for number in numbers[:2]}) == 1


def test_a_listing_held_without_an_end_is_thin() -> None:
    """How far its last snapshot reaches is not told, so it is not drawn as sure."""
    held = Listed("zi", "7", "a.example", Bracket(_at(3), _at(4)), None)
    svg = lanes.svg(_case(listings=(held,)))
    assert not _shapes(svg, '//s:rect[@height="18.0"][@fill="var(--listed)"]')


def test_the_day_is_told_even_of_a_long_name() -> None:
    """Names are cut before days are."""
    found = [t for t in _texts(lanes.svg(MADE["years"])) if t.startswith("demand")]
    assert found
    assert all(text[-4:].isdigit() for text in found)


@pytest.mark.parametrize("narrow", [False, True])
def test_hostile_names_stay_text(narrow: bool) -> None:
    """A claim is somebody's text: no script, no reference to outside, no address that is alive."""
    svg = lanes.svg(MADE["hostile"], narrow=narrow)
    for page in (svg, case_page.html(MADE["hostile"])):
        assert "<script" not in page
        assert "\x1b" not in page
    assert "evil.example" not in svg
    assert not _shapes(svg, "//s:script|//s:a|//s:image|//s:use|//s:foreignObject")
    assert not _shapes(svg, "//*[@*[starts-with(name(), 'on') or contains(name(), 'href')]]")
    assert "url(" not in svg.replace("url(#h)", "")


def test_an_address_held_is_broken_up() -> None:
    """Of many that a register holds a few are drawn and the rest is counted."""
    svg = lanes.svg(MADE["held"])
    assert "wechat[.]com" in svg
    assert "wechat.com" not in svg
    assert "and 5 more listings held" in _texts(svg)


def test_an_address_is_broken_up_once() -> None:
    for one in ("see https://a.example/x now", "www.a.example"):
        assert text.safe(text.safe(one)) == text.safe(one) != one


def _lines(png: bytes) -> set[bytes]:
    """The lines of a picture that differ."""
    data, at, tall = b"", 8, 0
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            _, tall = struct.unpack(">II", body[:8])
        data += body if kind == b"IDAT" else b""
        at += 12 + size
    raw = zlib.decompress(data)
    line = len(raw) // tall
    return {raw[n * line : (n + 1) * line] for n in range(tall)}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True])
def test_a_picture_as_png(theme: str, narrow: bool) -> None:
    """Rendered with what is in it, in both themes."""
    svg = lanes.svg(MADE["wechat"], theme=theme, narrow=narrow)
    assert "var(--" not in svg
    found = lanes.png(svg, 1)
    assert found.startswith(b"\x89PNG")
    assert len(_lines(found)) > 100


def test_other_scripts_are_measured_wide_enough() -> None:
    assert width("微信") >= 26
    assert width("Роскомнадзор") > width("Roskomnadzor") * 0.95


SPANS = [1, 10, 21, 22, 45, 60, 65, 90, 100, 119, 120, 250, 400, 900, 2000, 6000, 40_000]


@pytest.mark.parametrize("count", SPANS)
def test_ticks_keep_apart_in_any_span(count: int) -> None:
    first = date(1950, 3, 3)
    scale = Scale(first, first + timedelta(days=count - 1), 176, 976)
    under, names = axis.drawn(scale, 100, 200)
    assert under
    assert names
    assert _overlaps(marks.frame(1000, 300, "t", "d", names)) == []


def test_days_that_run_down_leave_none_out() -> None:
    """Rows follow one another without a hole, and gaps say how long they are."""
    scale = Scale(date(2017, 1, 1), date(2019, 12, 31), 0, 100)
    run = day_rows.day_rows(scale, [date(2017, 5, 4), date(2017, 5, 5), date(2019, 1, 1)], {}, 0)
    for a, b in pairwise(run.rows):
        assert b.first - a.last == timedelta(days=1)
        assert b.top == a.bottom
    gaps = [say(day_rows.length(row)) for row in run.rows if row.gap]
    assert gaps == ["4 months", "20 months", "12 months"]
    assert (run.rows[0].first, run.rows[-1].last) == (scale.first, scale.last)


def test_text_that_is_cut_fits_and_says_so() -> None:
    for one in ("x" * 500, "微" * 90, "a.example " * 60):
        short = text.cut(one, 200)
        assert short.endswith("…")
        assert width(short) <= 200


def test_a_page_stands_alone() -> None:
    """No script and nothing fetched; every source is a link that tells nobody where one comes
    from."""
    page = lanes.html(MADE["wechat"])
    assert not _found(page, "//script|//link|//img|//iframe")
    outside = [a for a in _found(page, "//a[@href]") if not a.get("href", "").startswith("#")]
    assert outside
    assert all(a.get("rel") == "noreferrer" for a in outside)
    ids = [one.get("id") for one in _found(page, "//*[@id]")]
    assert len(ids) == len(set(ids))
    assert len(_found(page, "//tr[starts-with(@id,'step-')]")) == len(MADE["wechat"].steps)


@pytest.mark.parametrize("kind", ["svg", "png", "html"])
def test_the_command_draws(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWATCH_LEDGER", str(tmp_path / "none"))
    file = tmp_path / f"wechat.{kind}"
    done = invoked(["case", "wechat", "RU", "--plot", str(file)])
    assert done.exit_code == 0, done.output
    assert file.stat().st_size > 5_000


def _claim(action: Action, when: str, number: int, actor: str, scope: Scope) -> Claim:
    return Claim(
        id=f"c{number}",
        service="s",
        jurisdiction="RU",
        action=action,
        date=when,
        actor=actor,
        scope=scope,
        says="said",
        source=Citation(publisher=f"P{number}", url=f"https://{number}.example/"),
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Action)),
            st.one_of(
                some_days.map(str),
                some_days.map(lambda d: f"../{d}"),
                some_days.map(lambda d: f"{d}/.."),
                st.sampled_from(["", "2017", "2012-02"]),
            ),
            st.text(max_size=30),
            st.sampled_from(list(Scope)),
        ),
        max_size=25,
    ),
    some_days,
)
def test_any_case_can_be_drawn(told: list[tuple[Action, str, str, Scope]], valid_at: date) -> None:
    """Whatever is claimed, the picture is well-formed, whole, and its words keep apart."""
    claims = {
        f"c{n}": _claim(action, when, n, actor, scope)
        for n, (action, when, actor, scope) in enumerate(told)
    }
    service = Service(id="s", name="S", kind="social", category="GRP", sources=("x",))
    one = fold(
        Catalogue({"s": service}, {}, {}, {}, {}, claims), service, "RU", Moment.parse(valid_at)
    )
    for narrow in (False, True):
        _holds(one, narrow=narrow)
        assert _overlaps(lanes.svg(one, narrow=narrow)) == []
    etree.HTML(lanes.html(one))
