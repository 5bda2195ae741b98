"""Entries are found by their decision, ground, measure, suffix, network and text."""

from typing import Any

import msgspec
import pytest

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import UsageError
from gatewatch.model.moment import Moment
from gatewatch.model.register import Declared
from gatewatch.query.entries import Sought, entries
from gatewatch.query.search import search

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
    ],
    ids=str,
)
def test_entries_are_found_by_what_they_say(
    ledger: gatewatch.Ledger, sought: dict[str, Any], ids: list[str]
) -> None:
    """All that is asked for must hold; case does not matter."""
    found = entries(ledger, "xx-list", Sought(**sought), Moment.parse("2024-03-02"))
    assert [one.id for one in found.found if one.state != "not_listed"] == ids


def test_entries_are_those_of_the_day(ledger: gatewatch.Ledger) -> None:
    """One that had gone is not among them; counts are of what was found."""
    found = entries(ledger, "xx-list", Sought(), Moment.parse("2024-03-06"))
    assert [one.id for one in found.found] == ["1", "2"]
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
