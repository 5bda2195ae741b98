"""A register's entries are sought and counted over HTTP and on a page, and an entry leads to its
states."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.pipeline.test_looking import FIRST, Place
from tests.site.served import Served

from gatewatch.site.app import build
from gatewatch.site.inprocess import InProcess
from gatewatch.site.settings import SiteSettings

DAY = "valid_at=2017-05-08"


def test_entries_are_sought_as_by_the_command(site: Served) -> None:
    """By body, ground, suffix and part of a number; each with its decision and what it names."""
    base = "/api/v1/registers/ru-demo/entries"
    every = site.get(f"{base}?{DAY}").json()
    assert every["metadata"]["count"] == len(every["results"]) > 3
    found = site.get(f"{base}?{DAY}&suffix=wechat.com").json()["results"]
    assert [row["entry"] for row in found] == ["wechat"]
    assert found[0]["state"] == "listed"
    assert any("wechat.com" in name for name in found[0]["selectors"])
    ground = found[0]["ground"]
    of_ground = site.get(f"{base}?{DAY}&ground={ground}").json()["results"]
    assert {row["ground"] for row in of_ground} == {ground}
    assert site.get(f"{base}?{DAY}&suffix=nothing.example").json()["results"] == []
    assert site.get(f"{base}?{DAY}&network=nonsense").status_code == 400
    assert site.get("/api/v1/registers/none/entries").status_code == 404


def test_counts_are_those_of_the_entries(site: Served) -> None:
    """Each count is as many as are found when it is asked for."""
    base = "/api/v1/registers/ru-demo"
    counted = site.get(f"{base}/counts?{DAY}").json()["result"]
    assert sum(counted["by_body"].values()) == counted["count"]
    kinds = {"by_body": "body", "by_ground": "ground", "by_year": "decided", "by_suffix": "suffix"}
    assert counted["by_suffix"]
    for kind, field in kinds.items():
        for value, number in counted[kind].items():
            if value:
                found = site.get(f"{base}/entries", params={field: value, "valid_at": "2017-05-08"})
                assert found.json()["metadata"]["count"] == number, (field, value)


def test_an_entry_leads_to_the_states_that_show_it(site: Served) -> None:
    """Where each came from, when it was published, and the digest of its bytes, over HTTP and on
    its page."""
    (version, *_) = site.get("/api/v1/entries/ru-demo/wechat").json()["results"]
    assert [state["snapshot"] for state in version["shown_by"]] == version["evidence"]
    first = version["shown_by"][0]
    assert first["origin"].startswith("file:")
    assert len(first["content"]) == 40
    assert first["published_at"] == version["since"]["not_after"]
    page = site.get("/entry/ru-demo/wechat").text
    assert first["content"] in page


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("", ("By deciding body", "By ground", "By year")),
        ("/ru", ("По органу, принявшему решение", "По основанию", "По году")),
        ("/zh", ("按作出决定的机关", "按依据", "按年份")),
    ],
)
def test_a_page_counts_and_leads_on(site: Served, lang: str, words: tuple[str, ...]) -> None:
    """In three languages: counts are links, what was asked stands in the form, entries lead to
    theirs."""
    page = site.get(f"{lang}/register/ru-demo/entries?{DAY}")
    assert page.status_code == 200
    assert all(word in page.text for word in words)
    assert f"{lang}/entry/ru-demo/wechat" in page.text
    narrowed = site.get(f"{lang}/register/ru-demo/entries?{DAY}&suffix=wechat.com").text
    assert 'value="wechat.com"' in narrowed
    assert "/entry/ru-demo/wechat" in narrowed
    assert "/entry/ru-demo/line" not in narrowed
    none = site.get(f"{lang}/register/ru-demo/entries?{DAY}&offset=100000")
    assert none.status_code == 200


def test_a_page_of_a_register_that_is_not_here_is_told_so(site: Served) -> None:
    """Not an empty list, which would say that nothing is listed."""
    assert site.get("/register/none/entries").status_code == 404


def test_an_entry_is_reached_whatever_its_id_holds(tmp_path: Path) -> None:
    """Numbers of decisions have slashes, and authorities write what they like."""
    place, base = Place(tmp_path), "http://127.0.0.1:1"
    ids = ("67/850", "a?b#c", "%2F", "ö ä")
    rows = [f"{one};n{n}.example;NCU;7;2024-02-01" for n, one in enumerate(ids)]
    place.list(FIRST, rows)
    settings = SiteSettings(ledger=place.ledger, state=place.state, public_url=base, rate=0)
    with InProcess(build(settings), base) as ask:
        _, page, _ = ask("/register/xx-own/entries")
        for number, one in enumerate(ids):
            link = f'href="/entry/xx-own/{quote(one, safe="")}"'
            assert link in page.decode(), link
            for path in (f"/entry/xx-own/{one}", f"/api/v1/entries/xx-own/{one}"):
                status, body, _ = ask(path)
                assert status == 200, path
                assert f"n{number}" in body.decode()
        assert ask("/entry/xx-own/67/851")[0] == 404


def test_pages_say_by_which_decision_an_entry_stands_or_that_the_list_names_none(
    tmp_path: Path,
) -> None:
    """A row is not dropped; of one that came under another decision both decisions tell it."""
    place, base = Place(tmp_path), "http://127.0.0.1:1"
    kept = ["1;one.example;NCU;7;2024-02-01", "3;bare.example;;;"]
    place.list(FIRST, [*kept, "2;two.example;NCU;7;2024-02-01"])
    place.list(FIRST + timedelta(days=1), [*kept, "2;two.example;NCU;8;2024-02-02"])
    settings = SiteSettings(ledger=place.ledger, state=place.state, public_url=base, rate=0)
    with InProcess(build(settings), base) as ask:
        bare, one = (ask(f"/entry/xx-own/{n}")[1].decode() for n in (3, 1))
        assert "the list names no decision" in bare
        assert "the list names no decision" not in one
        seven, eight = (ask("/order/xx-own", (("number", n),))[1].decode() for n in ("7", "8"))
        assert "1 of 2 on" in seven
        assert "on the list, now under decision 8" in seven
        assert "What was listed before, and came under it later" in eight
        assert "What it put on the list" not in eight
        # it did not enter under the decision that stands now
        now, before = (
            ask(
                "/find", (("q", f"{name}.example"), ("valid_at", f"{FIRST + timedelta(days=1):%F}"))
            )
            for name in ("two", "one")
        )
        assert "under NCU, 7 then, under NCU, 8 since" in now[1].decode()
        day = f"{FIRST + timedelta(days=1):%F}"
        asked = (("selector", "two.example"), ("valid_at", day))
        match = json.loads(ask("/api/v1/check", asked)[1])["match"]
        assert match["entered_under"] == "NCU, 7"
        assert "since" not in before[1].decode().partition("NCU, 7")[2][:40]


def test_an_entry_ends_when_it_goes_and_not_when_it_changes(site: Served) -> None:
    """An entry that was changed later stood on without an end; that of its version is told as such,
    in each form."""
    asked = "/api/v1/registers/xx-hostile/entries{}?valid_at=2026-01-15"
    (one,) = site.get(asked.format("")).json()["results"]
    assert one["version_until"]["not_after"] == "2026-02-01T00:00:00Z"
    assert one["until"] is None
    assert one["gone"] is False
    (row,) = csv.DictReader(io.StringIO(site.get(asked.format(".csv")).text))
    assert row["until"] == ""
    (later,) = site.get(asked.format("").replace("01-15", "02-15")).json()["results"]
    assert later["since"] == one["since"] != later["version_since"]
