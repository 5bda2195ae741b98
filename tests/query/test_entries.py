"""Entries are found by their decision, ground, measure, suffix, network and text."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.site.within import within

import gatewatch
from gatewatch import pipeline
from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import standing
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import UsageError
from gatewatch.model.moment import Moment
from gatewatch.model.register import Declared, Expectations, FinerGround
from gatewatch.query import standings
from gatewatch.query.entries import Sought, entries, whole_runs
from gatewatch.query.moments import of_registers
from gatewatch.query.search import search
from gatewatch.words.saying import say
from gatewatch.words.shown import entries_counted

STATES = {
    "2024-03-01": (
        "1;a.example.com;Court;7-A;2019-02-01;fraud;x\n2;192.0.2.7;Board;8;2020-05-06;minors;\n"
        "3;http://b.example.org/p;Court;9;2021-01-01;fraud;shop of B\n"
    ),
    "2024-03-05": "1;a.example.com;Court;7-A;2019-02-01;fraud;x\n2;192.0.2.7;Board;8;2020-05-06;minors;\n",
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> gatewatch.Ledger:
    place = tmp_path_factory.mktemp("entries")
    source = place / "states"
    source.mkdir()
    for day, rows in STATES.items():
        (source / f"{day}.csv").write_text(f"No;Site;Body;Number;Date;Ground;Note\n{rows}")
    how = {
        "layout": "table",
        "delimiter": ";",
        "columns": {
            "No": "id", "Site": "selector", "Body": "body", "Number": "number", "Date": "date",
            "Ground": "ground", "Note": "attribute:note",
        },
    }  # fmt: skip
    register = msgspec.structs.replace(
        catalogue.find("de-cuii"), id="xx-list", declared=msgspec.convert(how, Declared)
    )
    pipeline.ingest(str(place / "ledger"), register, str(source))
    return gatewatch.open(str(place / "ledger"))


@pytest.mark.parametrize(
    ("sought", "ids"),
    [
        ({}, ["1", "2", "3"]),
        ({"body": "court"}, ["1", "3"]),
        ({"body": "court", "number": "7"}, ["1"]),
        ({"decided": "2020"}, ["2"]),
        ({"decided": "2020-05-06"}, ["2"]),
        ({"ground": "fraud"}, ["1", "3"]),
        ({"block_type": "url"}, ["3"]),
        ({"suffix": "example.com"}, ["1"]),
        ({"suffix": "example"}, []),
        ({"network": "192.0.2.0/24"}, ["2"]),
        ({"network": "192.0.2.8/32"}, []),
        ({"text": "shop"}, ["3"]),
        ({"text": "B.example"}, ["3"]),
        ({"text": "org/p"}, []),  # a path may be withheld, and is sought by nobody
    ],
    ids=str,
)
def test_entries_are_found_by_what_they_say(
    ledger: gatewatch.Ledger, sought: dict[str, Any], ids: list[str]
) -> None:
    """All that is asked for must hold; case does not matter."""
    found = entries(ledger, "xx-list", Sought(**sought), Moment.parse("2024-03-02"))
    assert [one.id for one in found[:] if one.state != "not_listed"] == ids


def test_entries_are_those_of_the_day(ledger: gatewatch.Ledger) -> None:
    """One that had gone is not among them; counts are of what was found."""
    found = entries(ledger, "xx-list", Sought(), Moment.parse("2024-03-06"))
    assert [one.id for one in found[:]] == ["1", "2"]
    assert (found.by_body, found.by_year) == ({"Court": 1, "Board": 1}, {"2019": 1, "2020": 1})


def test_what_is_no_register_or_network_is_refused(ledger: gatewatch.Ledger) -> None:
    """With what to write."""
    with pytest.raises(UsageError, match="registers"):
        entries(ledger, "none", Sought(), Moment.parse())
    with pytest.raises(UsageError, match="network"):
        entries(ledger, "xx-list", Sought(network="a"), Moment.parse())


@pytest.mark.parametrize(("text", "entries_"), [("7-a", ["1"]), ("7-", []), ("999", [])])
def test_a_search_finds_entries_by_the_number_of_their_decision(
    ledger: gatewatch.Ledger, text: str, entries_: list[str]
) -> None:
    found = search(ledger, facts.load(), text, Moment.parse())
    assert [one.entry for one in found.decisions] == entries_


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> gatewatch.Ledger:
    """Forty entries over eight states with a gap: they come, go, come back, change their body, and
    bear days of inclusion and removal that can and cannot be true or read."""
    drawn = random.Random(7)
    place = tmp_path_factory.mktemp("odd")
    source = place / "states"
    source.mkdir()
    days = ("2024-01-02", "2023-12-30", "2024-01-10", "2024-03-20", "soon", "", "", "")
    for at in ("01-03", "01-04", "01-05", "01-06", "03-20", "03-21", "03-22", "03-23"):
        rows = [
            f"{n};h{n}.example.{drawn.choice(['com', 'org'])};{drawn.choice('AB')};{n % 3};"
            f"2019;{drawn.choice(days)};{drawn.choice(days)};7\n"
            for n in range(40)
            if drawn.random() < 0.85
        ]
        (source / f"2024-{at}.csv").write_text(
            "No;Site;Body;Number;Date;In;Out;Law\n" + "".join(rows)
        )
    how = {
        "layout": "table",
        "delimiter": ";",
        "date_format": ["%Y-%m-%d", "%Y"],
        "columns": {
            "No": "id", "Site": "selector", "Body": "body", "Number": "number", "Date": "date",
            "In": "included", "Out": "removed", "Law": "ground",
        },
    }  # fmt: skip
    register = msgspec.structs.replace(
        catalogue.find("de-cuii"),
        id="xx-odd",
        silence="10d",
        expectations=Expectations(largest_unreadable=1.0, largest_drop=1.0),
        articles=(FinerGround(ground="7", code="B1", text="x", body="B", number="1"),),
        declared=msgspec.convert(how, Declared),
    )
    pipeline.ingest(str(place / "ledger"), register, str(source))
    return gatewatch.open(str(place / "ledger"))


_MOMENTS = (
    *("2023-12-31", "2024-01-03", "2024-01-04", "2024-01-05T12:00Z", "2024-02-10"),
    *("2024-03-21", "2024-03-30", "2024-05-01"),
)


@pytest.mark.parametrize("when", _MOMENTS)
def test_the_ledger_judges_as_the_rules_do(odd: gatewatch.Ledger, when: str) -> None:
    """Of every entry, by the same rules as an answer about it: state, and the version counted."""
    moment = of_registers(odd, Moment.parse(when))
    (register,) = odd.history_of.registers().values()
    held = standings.around(odd, {register.id: register}, moment)[register.id]
    start, end = moment.span(held.zone)
    right = []
    for events in odd.history_of.by_entry(register.id, odd.history_of.bounds(moment)):
        entry_id = events[0].change.entry_id
        for whole in whole_runs(register.id, entry_id, fold.versions(events)):
            state, _ = standing.standing(whole, start, end, held)
            if state != "not_listed":
                right.append((entry_id, str(state), standing.version_at(whole, end)))
    found = entries(odd, register.id, Sought(), Moment.parse(when))
    assert [(one.id, one.state, one.version) for one in found[:]] == sorted(
        right, key=lambda r: r[0]
    )
    for body in "AB":
        shown = [r for r in right if (act := r[2].entry.decision) and act.body == body]
        part = entries(odd, register.id, Sought(body=body), Moment.parse(when))
        assert [one.id for one in part[:]] == sorted(r[0] for r in shown)
        assert found.by_body.get(body, 0) == len(shown)
    finer = entries(odd, register.id, Sought(ground="B1"), Moment.parse(when))
    assert (
        len(finer)
        == found.by_ground.get("B1", 0)
        == sum(
            act is not None and (act.body, act.number) == ("B", "1")
            for act in (r[2].entry.decision for r in right)
        )
    )


def test_a_suffix_is_that_of_a_host(odd: gatewatch.Ledger) -> None:
    """Labels count, not letters."""
    found = {
        suffix: len(entries(odd, "xx-odd", Sought(suffix=suffix), Moment.parse("2024-03-23")))
        for suffix in ("com", ".example.com", "ample.com", "h3.example.com", "EXAMPLE.ORG.")
    }
    assert found["com"] == found[".example.com"] > 0
    assert found["ample.com"] == 0
    assert found["com"] + found["EXAMPLE.ORG."] == len(
        entries(odd, "xx-odd", Sought(), Moment.parse("2024-03-23"))
    )


def test_entries_are_counted_as_what_they_are(place: Callable[[str], Path], tmp_path: Path) -> None:
    """Those that were read, and beside them those that could not be: of the register, of its list,
    of its picture and of a check the same numbers, in the same words."""
    location = str(place("ua-ncu"))
    ledger = gatewatch.open(location)
    (held,) = ledger.registers()
    found = entries(ledger, "ua-ncu", Sought(), Moment.parse())
    (answer,) = ledger.check("example.org", valid_at=held.last_published).registers
    assert held.unread == found.unread == answer.unread > 0
    assert len(found) == held.entries + held.unread
    said = say(entries_counted(held.entries, held.unread))
    assert said == f"{held.entries:,} entries read, {held.unread} that could not be read"
    with within(location, tmp_path) as site:
        for path in ("/registers", "/register/ua-ncu", "/register/ua-ncu/entries"):
            assert said in site.ask("GET", path).text, path
        assert said in site.ask("GET", "/jurisdiction/UA").text
        counts = site.ask("GET", "/api/v1/registers/ua-ncu/counts").json()["result"]
        # between two lists some are only perhaps there, and are told apart in each place
        day = {"valid_at": "2025-03-01"}
        row = site.ask("GET", "/api/v1/registers/ua-ncu", params=day).json()["result"]
        then = site.ask("GET", "/api/v1/registers/ua-ncu/counts", params=day).json()["result"]
        page = site.ask("GET", "/register/ua-ncu/entries", params=day).text
    assert (counts["count"], counts["unread_entries"]) == (len(found), found.unread)
    perhaps = then["perhaps_entries"]
    assert perhaps > 0 == counts["perhaps_entries"]
    assert then["count"] - perhaps - then["unread_entries"] == row["entries"]
    told = say(entries_counted(row["entries"], row["unread_entries"]))
    assert f"{told}; {perhaps} more perhaps" in page
