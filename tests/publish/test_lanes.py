"""The picture of a case: five lanes in their order, every step in it, nothing live, nothing lost."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from typer.testing import CliRunner

from gatewatch.cases.case import Case
from gatewatch.cases.fold import fold
from gatewatch.catalogue import facts
from gatewatch.catalogue.facts import Catalogue
from gatewatch.cli.app import build
from gatewatch.model.claim import Action, Citation, Claim, Scope
from gatewatch.model.service import Names, Service
from gatewatch.publish import case_page, cases, lanes

LANES = ["Obligations", "Claims", "Listings", "Network", "Reports"]
HOSTILE = "<script>alert(1)</script>\"'&]]>\x1b[31m"
days = st.integers(0, 6000).map(lambda n: date(2009, 1, 1) + timedelta(days=n))


def _case(*claims: Claim, valid_at: date = date(2017, 5, 8), name: str = "S") -> Case:
    service = Service(id="s", name=name, names=Names(zh=("微信",)), kind="social", category="GRP", sources=("x",))  # fmt: skip
    held = Catalogue({"s": service}, {}, {}, {}, {}, {c.id: c for c in claims})
    return fold(held, service, "RU", valid_at=valid_at)


def _claim(
    action: Action, day: str, number: int = 0, actor: str = "", scope: Scope = Scope.WHOLE
) -> Claim:
    return Claim(id=f"c{number}", service="s", jurisdiction="RU", action=action, date=day, actor=actor,
                 scope=scope, says="said",
                 source=Citation(publisher=f"P{number}", url=f"https://{number}.example/"))  # fmt: skip


@pytest.fixture(scope="module")
def told() -> list[Case]:
    catalogue = facts.load()
    return list(cases.every(catalogue, valid_at=date(2026, 3, 1)))


def _texts(svg: str) -> list[str]:
    tree = etree.fromstring(svg.encode())
    return [t.text or "" for t in tree.iter("{http://www.w3.org/2000/svg}text")]


def _found(page: str, path: str) -> list[etree._Element]:
    return cast("list[etree._Element]", etree.HTML(page).xpath(path))


@pytest.mark.parametrize("narrow", [False, True])
def test_every_case_has_its_five_lanes_and_all_its_steps(told: list[Case], narrow: bool) -> None:
    """Well-formed, lanes in their order, each number there, a sign where sources differ."""
    for one in told:
        svg = lanes.svg(one, narrow=narrow)
        found = _texts(svg)
        places = [found.index(lane) for lane in LANES]
        assert places == sorted(places)
        assert {str(step.number) for step in one.steps} <= set(found)
        assert svg.count('class="differ"') >= (sum(s.dates.disputed for s in one.steps) > 0)
        assert "insufficient" in svg


def test_the_day_asked_about_is_the_heavy_line_or_named(told: list[Case]) -> None:
    for one in told:
        assert 'class="asked"' in lanes.svg(one) or "the day asked about" in lanes.svg(one)


def test_nothing_is_on_record_and_the_lanes_stay() -> None:
    assert [t for t in _texts(lanes.svg(_case())) if t in LANES] == LANES


def test_hostile_names_stay_text() -> None:
    """A claim is somebody's text: no script, no reference to outside, no control character."""
    one = _case(_claim(Action.ANNOUNCED, "2017-05-05", actor=HOSTILE), name=HOSTILE)
    for page in (lanes.svg(one), lanes.svg(one, narrow=True), case_page.html(one)):
        assert "<script" not in page
        assert "\x1b" not in page
        assert "javascript:" not in page
    etree.fromstring(lanes.svg(one).encode())


def test_a_tie_leaves_both_sides_hollow() -> None:
    one = _case(_claim(Action.BLOCKED, "2017-05-04", 1), _claim(Action.BLOCKED, "2017-05-05", 2))
    (step,) = one.steps
    assert step.dates.tie
    assert step.day.exact is None


def test_rows_keep_labels_apart(told: list[Case]) -> None:
    """No two items of a row overlap."""
    for one in told:
        drawing = lanes._Drawing(one)
        for lane in range(len(LANES)):
            for row in lanes.packed(drawing._items(lane)):
                pairs = pairwise(row)
                assert all(a.right < b.left for a, b in pairs)


def test_a_picture_as_png(told: list[Case]) -> None:
    """Rendered with text: more than a blank sheet's bytes, in both themes."""
    wechat = next(c for c in told if (c.service.id, c.jurisdiction) == ("wechat", "RU"))
    for theme in ("light", "dark"):
        svg = lanes.svg(wechat, theme=theme)
        assert "var(--" not in svg
        found = lanes.png(svg, 1)
        assert found.startswith(b"\x89PNG")
        assert len(found) > 20_000


def test_a_page_stands_alone(told: list[Case]) -> None:
    """No script and nothing fetched; every source is a link that tells nobody where one comes from."""
    wechat = next(c for c in told if (c.service.id, c.jurisdiction) == ("wechat", "RU"))
    page = case_page.html(wechat)
    assert not _found(page, "//script|//link|//img|//iframe")
    outside = [a for a in _found(page, "//a[@href]") if not a.get("href", "").startswith("#")]
    assert outside
    assert all(a.get("rel") == "noreferrer" for a in outside)
    ids = [one.get("id") for one in _found(page, "//*[@id]")]
    assert len(ids) == len(set(ids))
    assert len(_found(page, "//tr[starts-with(@id,'step-')]")) == len(wechat.steps)


@pytest.mark.parametrize("kind", ["svg", "png", "html"])
def test_the_command_draws(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWATCH_LEDGER", str(tmp_path / "none"))
    file = tmp_path / f"wechat.{kind}"
    done = CliRunner().invoke(build(), ["case", "wechat", "RU", "--plot", str(file)])
    assert done.exit_code == 0, done.output
    assert file.stat().st_size > 5_000


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Action)),
            st.one_of(days.map(str), days.map(lambda d: f"../{d}"), days.map(lambda d: f"{d}/.."),
                      st.sampled_from(["", "2017", "2012-02"])),
            st.text(max_size=30), st.sampled_from(list(Scope)),
        ),
        max_size=25,
    ),
    days,
)  # fmt: skip
def test_any_case_can_be_drawn(told: list[tuple[Action, str, str, Scope]], valid_at: date) -> None:
    claims = [
        _claim(action, day, n, actor, scope) for n, (action, day, actor, scope) in enumerate(told)
    ]
    one = _case(*claims, valid_at=valid_at)
    for narrow in (False, True):
        svg = lanes.svg(one, narrow=narrow)
        numbers = set(_texts(svg))
        assert {str(step.number) for step in one.steps} <= numbers
    etree.HTML(case_page.html(one))
