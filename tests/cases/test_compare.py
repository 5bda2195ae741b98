"""Two countries side by side: what the articles compare, from the shipped catalogue."""

import json
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from lxml import etree
from tests.cli.terminal import gatewatch
from tests.commands import invoked
from typer.testing import Result

from gatewatch.cases.compare import alike, compare
from gatewatch.cases.state import RESTRICTED
from gatewatch.catalogue import facts
from gatewatch.draw.comparison import picture
from gatewatch.model.moment import Moment
from gatewatch.query import case as cases
from gatewatch.records.comparison import records
from gatewatch.words import LANGUAGES, say
from gatewatch.words.cases import last_known
from gatewatch.words.comparison import summary

DAY = date(2017, 5, 9)
RUSSIA = {"linkedin", "bbm", "line", "imo", "vchat", "zello", "wechat"}
CHINA = {
    "facebook",
    "google",
    "youtube",
    "twitter",
    "instagram",
    "snapchat",
    "pinterest",
    "nytimes",
}


def _run(*words: str) -> Result:
    return invoked(["compare", *words], catch_exceptions=False)


def test_the_articles_comparison_is_reproduced() -> None:
    """On the day of the first article: what either restricts, since when, on what ground."""
    rows = json.loads(_run("RU", "CN", "--valid-at", str(DAY), "--format", "json").stdout)
    by = {(r["service"], r["jurisdiction"]): r for r in rows}
    restricting = {"listed", "restricted", "partly_restricted"}
    for name in RUSSIA:
        assert by[name, "RU"]["state"] in restricting, name
    for name in CHINA:
        assert by[name, "CN"]["state"] in restricting, name
        assert by.get((name, "RU"), {"state": None})["state"] not in restricting, name
    assert by["linkedin", "RU"]["ground"] == "242-FZ"
    assert by["wechat", "RU"]["ground"] == "149-FZ art. 15.4"
    assert by["facebook", "CN"]["since"] == "2009-07-07"
    assert by["snapchat", "CN"]["since"] == "by 2017-05-09"


def test_a_blank_never_reads_as_free() -> None:
    rows = json.loads(_run("RU", "CN", "--valid-at", str(DAY), "--format", "json").stdout)
    blank = [r for r in rows if r["service"] == "zello" and r["jurisdiction"] == "CN"]
    assert [r["state"] for r in blank] == [None]
    assert all(r["network"] == "insufficient" for r in rows)


def test_the_groups_are_those_of_both_and_of_one() -> None:
    told = cases.every(facts.load(), Moment.parse(date(2026, 3, 1)))
    found = compare(told, ("RU", "CN"))
    both = {row.service for row in found.both}
    assert {"facebook", "twitter", "instagram", "line", "signal", "whatsapp", "youtube"} <= both
    assert "zello" in {row.service for row in found.alone(0)}
    assert "nytimes" in {row.service for row in found.alone(1)}
    assert not both & {row.service for n in (0, 1) for row in found.alone(n)}


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_picture_holds_every_row(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"compare.{kind}"
    assert _run("RU", "CN", "--valid-at", "2026-03-01", "--plot", str(file)).exit_code == 0
    if kind == "svg":
        texts = [t.text for t in etree.parse(str(file)).iter("{http://www.w3.org/2000/svg}text")]
        assert {"WeChat", "LinkedIn", "The New York Times", "no record"} <= set(texts)
    else:
        assert file.read_bytes().startswith(b"\x89PNG")


def test_who_restricts_like_whom_tells_its_counts() -> None:
    pairs = alike(cases.every(facts.load(), Moment.parse(date(2026, 3, 1))))
    both = next(row for row in pairs if row[:2] == ("CN", "RU"))
    assert 0 < both[2] < both[3]
    assert both[4] == both[2] / both[3]


def test_a_table_and_a_wrong_country() -> None:
    assert _run("RU", "CN", "TR", "--valid-at", "2026-03-01").exit_code == 0
    assert invoked(["compare", "RU", "RU"]).exit_code != 0
    assert invoked(["compare", "RU", "Rome"]).exit_code != 0


def test_a_summary_counts_in_words() -> None:
    told = cases.every(facts.load(), Moment.parse(date(2026, 3, 1)))
    first, *_ = summary(compare(told, ("RU", "CN")))
    assert say(first).endswith("restricted or listed in both")


def test_old_states_are_told_apart_from_current_ones() -> None:
    """A state whose newest evidence is over two years old: in records, words, and the picture; in
    each language."""
    told = list(cases.every(facts.load(), Moment.parse(date(2026, 3, 1))))
    found = compare(told, ("RU", "CN"))
    cells = [c.case for row in found.rows for c in row.cells if c.case]
    old = [one for one in cells if not one.current]
    assert 0 < len(old) < len(cells)
    for one in old:
        known = last_known(one)
        assert known is not None
        assert one.last_known is not None
        assert one.last_known < date(2024, 3, 1)
        assert say(known).startswith("last known ")
        assert str(one.last_known.year) in say(known)
    assert all(last_known(one) is None for one in cells if one.current)
    by = {(r["service"], r["jurisdiction"]): r for r in records(found)}
    line, facebook = by["line", "RU"], by["facebook", "RU"]
    assert (line["current"], str(line["last_source"])) == (False, "2017-12-31")
    assert facebook["current"] is True
    assert by["zello", "CN"]["current"] is None
    older = sum(one.state in RESTRICTED for one in old)
    assert say(summary(found)[-1]).startswith(f"{older} of these states as last known")
    for language, narrow in product(LANGUAGES, (False, True)):
        drawn = etree.fromstring(
            picture(found, date(2026, 3, 1), language=language, narrow=narrow).encode()
        )
        assert len(drawn.findall(".//{*}g[@class='aged']")) == len(old)
        texts = [t.text for t in drawn.iter("{*}text")]
        known = last_known(old[0])
        assert known is not None
        assert say(known, language) in texts


def test_nothing_is_old_on_its_own_day() -> None:
    """What sources said in May 2017 is of that day: no mark is lighter, no count is split."""
    found = compare(cases.every(facts.load(), Moment.parse(DAY)), ("RU",))
    assert found.rows
    assert found.older == 0
    assert len(summary(found)) == 1 + len(found.jurisdictions)
    assert "aged" not in picture(found, DAY)


def test_the_table_says_of_which_day_an_old_state_is(tmp_path: Path) -> None:
    words = ("compare", "RU", "--service", "line", "--valid-at", "2026-03-01")
    shown = gatewatch(*words, columns=80, cwd=tmp_path)
    assert shown.code == 0
    assert "last known 12 May 2017" in " ".join(shown.text.split())
    assert not shown.overflowing
