"""Claims from data sets that others keep, on files of our own making in their formats."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.commands import invoked

from gatewatch.catalogue import facts
from gatewatch.errors import SourceError, UsageError
from gatewatch.sources.claims import cells, formats
from gatewatch.sources.claims.gathered import Gathered

STOP = """start_date,country,geo_scope,area_name,shutdown_type,shutdown_extent,decision_maker,actual_cause,\
info_source_link,shutdown_status,end_date,facebook_affected,whatsapp_affected,other_affected,an_link
2021-01-12,Uganda,National,,Shutdown,Service-based,Regulator,Elections,https://press.example/1,Ended,2021-02-10,Yes,Yes,,
2021-06-04,Nigeria,Level 3,,Shutdown,Service-based,Government,Protests,https://press.example/2,Ongoing,,No,No,"Twitter; Nosuch",
2021-03-10,Russia,National,,Throttle,Service-based,Regulator,,https://press.example/3,Ended,44270,No,No,Twitter,
2021-08-01,Myanmar,Level 1,Sagaing,Shutdown,Full network,Military,,https://press.example/4,Ongoing,,No,No,,
3/4/2021,Chad,National,,Shutdown,Full network,,,,,,No,No,,
2021-05-01,"Iran, Iraq",National,,Shutdown,Full network,,,,,,No,No,,
2021-05-02,Iraq,National,,Shutdown,Full network,,,,Ended,2021-04-01,No,No,,
2021-05-03,Cuba,National,,Shutdown,Service-based,,,,,,No,No,,
"""
FINDINGS = {
    "incidents": [
        {
            "id": "1001",
            "title": "Signal is blocked in two countries",
            "start_time": "2024-08-08T00:00:00Z",
            "end_time": None,
            "create_time": "2024-08-12T10:00:00Z",
            "CCs": ["VE", "RU"],
            "domains": ["chat.signal.org", "www.unknown.example"],
            "test_names": ["signal"],
            "published": True,
            "new_field": 1,
        },
        {"id": "1002", "published": False, "CCs": ["RU"], "domains": ["signal.org"]},
        {
            "id": "1003",
            "start_time": "2024-01-01T00:00:00Z",
            "CCs": ["RU"],
            "domains": ["no.example"],
        },
        "no finding",
    ]
}
RADAR = {
    "result": {
        "annotations": [
            {
                "id": "7",
                "locations": ["IQ"],
                "startDate": "2024-06-02T03:00:00Z",
                "endDate": "2024-06-02T05:00:00Z",
                "outage": {"outageCause": "GOVERNMENT_DIRECTED", "outageType": "NATIONWIDE"},
                "linkedUrl": "https://press.example/exams",
                "description": "Exams",
            },
            {
                "id": "8",
                "locations": ["KE"],
                "startDate": "2024-05-02T03:00:00Z",
                "outage": {"outageCause": "POWER_OUTAGE", "outageType": "NATIONWIDE"},
            },
        ]
    }
}
IODA = {
    "data": [
        [
            {"location": "country/SY", "start": 1718150400, "duration": 14400, "datasource": "bgp"},
            {"location": "asn/29256", "start": 1718150400, "duration": 100, "datasource": "bgp"},
            {"location": "country/SY", "start": "soon"},
        ]
    ]
}
LUMEN = {
    "notices": [
        {
            "id": 51,
            "type": "GovernmentRequest",
            "title": "A demand to remove posts",
            "sender_name": "An authority",
            "recipient_name": "Twitter",
            "jurisdictions": ["IN"],
            "date_received": "2021-02-01T00:00:00Z",
            "laws_referenced": ["IT Act 69A"],
        },
        {"id": 52, "type": "CourtOrder", "recipient_name": "Facebook", "jurisdictions": ["BR"],
         "date_received": "2021-02-02", "issuing_court_name": "A court"},
        {"id": 53, "type": "DMCA", "recipient_name": "Google", "jurisdictions": ["US"]},
        {"id": 54, "type": "CourtOrder", "recipient_name": "Nosuch", "jurisdictions": ["US"]},
    ]
}  # fmt: skip
LIST = "url,category_code,category_description,date_added,source,notes\nhttps://www.wechat.com/,COMT,,,,\nhttps://no.example/,NEWS,,,,\n"
RUN = {
    "name": "A link",
    "nettests": [{"test_name": "web_connectivity", "inputs": ["https://t.me/"]}],
}


def _read(name: str, document: Any) -> Gathered:
    data = document if isinstance(document, str) else json.dumps(document)
    return formats.read(name, data.encode(), facts.load())


def _told(found: Gathered) -> set[tuple[str, str, str, str]]:
    return {(c.service, c.jurisdiction, str(c.action), c.date) for c in found.claims}


def test_a_table_of_shutdowns_gives_a_claim_for_each_platform() -> None:
    """Platforms marked Yes, others by name, access as a whole; ends are lifts; days of
    spreadsheets."""
    found = _read("stop", STOP)
    assert _told(found) == {
        ("facebook", "UG", "blocked", "2021-01-12"),
        ("facebook", "UG", "restored", "2021-02-10"),
        ("whatsapp", "UG", "blocked", "2021-01-12"),
        ("whatsapp", "UG", "restored", "2021-02-10"),
        ("twitter", "NG", "blocked", "2021-06-04"),
        ("twitter", "RU", "throttled", "2021-03-10"),
        ("twitter", "RU", "restored", "2021-03-15"),
        ("internet", "MM", "blocked", "2021-08-01"),
        ("internet", "IR", "blocked", "2021-05-01"),
        ("internet", "IQ", "blocked", "2021-05-01"),
    }
    scopes = {(c.jurisdiction, str(c.scope)) for c in found.claims}
    assert ("MM", "part") in scopes
    assert ("NG", "whole") in scopes
    assert all(c.source.licence for c in found.claims)


def test_what_is_not_understood_is_set_aside_with_its_row() -> None:
    """A service without a name that is known, an ambiguous day, an end before the beginning, no
    platform."""
    aside = {one.row: one.why for one in _read("stop", STOP).aside}
    assert set(aside) == {2, 5, 7, 8}
    assert "Nosuch" in aside[2]
    assert "3/4/2021" in aside[5]
    assert "before it begins" in aside[7]


ODD = """country,start_date,end_date,shutdown_type,shutdown_extent,shutdown_status,twitter_affected,other_affected,geo_scope
Iran (Islamic Republic of),21/09/2022,Ongoing,Shutdown,Service-based,Ongoing,no,"WhatsApp, Instagram & LinkedIn",National
"Türkiye; Russian Federation",4/3/2022,unknown,Throttling,Service-based,,TRUE,N/A,National
Viet Nam,"June 4, 2021",8 June 2021,Shutdown,Service-based,Ended,,"Messenger
Zalo",National
DRC,2021-06,,Shutdown,Full network,Unknown,,,Level 3
Myanmar (Burma),44351.0,04.06.2021,Shutdown,Service-based,Ended,Yes,Unknown,National
Atlantis,2021-06-01,,Shutdown,Full network,,,,National
"""


def test_cells_of_a_table_are_read_as_people_write_them() -> None:
    """Official names of countries, several countries or services in one, days in words and with the
    order that the column shows, a month alone, an end that nobody knows."""
    found = _read("stop", ODD)
    assert _told(found) == {
        ("whatsapp", "IR", "blocked", "2022-09-21"),
        ("instagram", "IR", "blocked", "2022-09-21"),
        ("linkedin", "IR", "blocked", "2022-09-21"),
        ("twitter", "TR", "throttled", "2022-03-04"),
        ("twitter", "RU", "throttled", "2022-03-04"),
        ("facebook-messenger", "VN", "blocked", "2021-06-04"),
        ("facebook-messenger", "VN", "restored", "2021-06-08"),
        ("internet", "CD", "blocked", "2021-06"),
        ("twitter", "MM", "blocked", "2021-06-04"),
        ("twitter", "MM", "restored", "2021-06-04"),
    }
    aside = {one.row: one.why for one in found.aside}
    assert set(aside) == {3, 6}
    assert "Zalo" in aside[3]
    assert "Atlantis" in aside[6]


def _saved(table: str, *, mark: str = ",", encoding: str = "utf-8", head: str = "") -> bytes:
    """A table as a spreadsheet saves it."""
    rows = csv.reader(io.StringIO(table))
    made = io.StringIO()
    csv.writer(made, delimiter=mark, lineterminator="\r\n").writerows(rows)
    return f"{head}{made.getvalue()}".encode(encoding)


@pytest.mark.parametrize(
    "saved",
    [
        _saved(ODD, mark=";", encoding="utf-8-sig"),
        _saved(ODD, mark="\t", encoding="utf-16"),
        _saved(ODD, mark="|"),
        _saved(ODD, encoding="cp1252"),
        _saved(ODD, head="Shutdowns, as kept by us\r\n\r\n"),
        _saved(ODD.replace("start_date", "Start Date").replace("_affected", " Affected")),
        _saved(ODD.replace("Atlantis,", ",,,,,,,,\nAtlantis,")),
    ],
    ids=["semicolons", "unicode text", "bars", "windows", "title", "names in words", "blank row"],
)
def test_a_table_is_read_as_spreadsheets_save_it(saved: bytes) -> None:
    """With any separator and encoding, with lines over its head and empty ones in it, with its
    columns' names in words: the same claims, and a blank row is no fault."""
    plain, found = _read("stop", ODD), formats.read("stop", saved, facts.load())
    assert _told(found) == _told(plain)
    assert [one.why for one in found.aside] == [one.why for one in plain.aside]
    assert found.unread == plain.unread


def test_each_format_is_read_as_a_table_and_as_lines() -> None:
    """Notices and events as tables with a moment and its zone, a record on each line, a byte order
    mark, a plain list of addresses, a link in the envelope of its interface."""
    lines = "\n".join(json.dumps(one) for one in FINDINGS["incidents"][:2])
    assert _told(_read("ooni-findings", lines)) == _told(_read("ooni-findings", FINDINGS))
    marked = json.dumps(LUMEN).encode("utf-8-sig")
    assert formats.read("lumen", marked, facts.load()) == _read("lumen", LUMEN)
    notices = "Type;Recipient name;Jurisdictions;Date received\nCourtOrder;Facebook;BR;2021-02-02\n"
    assert _told(_read("lumen", notices)) == {("facebook", "BR", "ordered", "2021-02-02")}
    events = (
        "datetime,entity_type,entity_code,datasource\n2024-06-12T01:00:00+03:00,country,SY,bgp\n"
    )
    assert _told(_read("ioda", events)) == {("internet", "SY", "announced", "2024-06-11")}
    table = "Location,Start,End,Cause,Type\nIraq,12.06.2023 05:00,,Government Directed,Nationwide\n"
    assert _told(_read("radar", table)) == {("internet", "IQ", "blocked", "2023-06-12")}
    for addresses in (
        "https://www.wechat.com/\nt.me\n",
        "URL;Category\nwww.wechat.com;COMT\nt.me;X\n",
    ):
        assert [one.why[-10:] for one in _read("test-list", addresses).aside] == [
            "s WeChat's",
            "Telegram's",
        ]
    assert _read("ooni-run", {"v": 2, "descriptor": RUN}) == _read("ooni-run", RUN)


_FILES: dict[str, Any] = {
    "stop": STOP,
    "ooni-findings": FINDINGS,
    "radar": RADAR,
    "ioda": {"data": [{"location": "country/SY", "start": 1, "datasource": "bgp", "score": 1}]},
    "lumen": LUMEN,
    "test-list": LIST,
    "ooni-run": RUN,
}


@pytest.mark.parametrize("name", formats.READERS)
def test_a_file_in_another_format_is_told_by_its_name(name: str) -> None:
    """What is no data at all is named too."""
    for other, document in _FILES.items():
        if other != name:
            with pytest.raises(SourceError, match=f"it looks like {other}"):
                _read(name, document)
    for data, why in (
        (b" \n", "is empty"),
        (b"<!DOCTYPE html><html></html>", "is a page"),
        (b"PK\x03\x04xl/", "is a spreadsheet"),
    ):
        with pytest.raises(SourceError, match=why):
            formats.read(name, data, facts.load())


@pytest.mark.parametrize(
    ("cell", "order", "day"),
    [
        ("13/04/2021", "", "2021-04-13"),
        ("04/13/2021", "", "2021-04-13"),
        ("05/05/2021", "", "2021-05-05"),
        ("3/4/2021", "", ""),
        ("3/4/2021", cells.DAY_FIRST, "2021-04-03"),
        ("3/4/2021", cells.MONTH_FIRST, "2021-03-04"),
        ("4-Jun-21", "", "2021-06-04"),
        ("June 2021", "", "2021-06"),
        ("2021/6/4", "", "2021-06-04"),
        ("31 February 2021", "", ""),
        ("Ongoing", "", ""),
    ],
)
def test_a_day_is_told_where_it_can_only_be_one(cell: str, order: str, day: str) -> None:
    assert cells.day_of(cell, order) == day


def test_a_column_shows_its_order_and_one_against_itself_shows_none() -> None:
    assert cells.order_of(["3/4/2021", "13/4/2021", "x"]) == cells.DAY_FIRST
    assert cells.order_of(["3/4/2021", "4/13/2021"]) == cells.MONTH_FIRST
    assert cells.order_of(["13/4/2021", "4/13/2021"]) == ""


def test_countries_are_known_by_official_names_and_codes() -> None:
    wanted = {
        "Korea, Republic of": "KR",
        "Tanzania, United Republic of": "TZ",
        "Venezuela (Bolivarian Republic of)": "VE",
        "The Gambia": "GM",
        "Bosnia and Herzegovina": "BA",
        "ru": "RU",
        "Republic of the Congo": "CG",
        "Democratic Republic of the Congo": "CD",
        "Atlantis": "",
    }
    assert {name: cells.code_of(name) for name in wanted} == wanted


def test_a_finding_tells_of_its_services_and_countries() -> None:
    found = _read("ooni-findings", FINDINGS)
    assert _told(found) == {
        ("signal", "VE", "blocked", "2024-08-08"),
        ("signal", "RU", "blocked", "2024-08-08"),
    }
    assert [one.row for one in found.aside] == [2, 3, 4]
    assert found.unread == ("new_field",)
    assert {c.source.licence for c in found.claims} == {"CC BY-NC-SA 4.0"}


def test_only_an_outage_that_a_government_directed_is_a_block() -> None:
    found = _read("radar", RADAR)
    assert _told(found) == {
        ("internet", "IQ", "blocked", "2024-06-02"),
        ("internet", "IQ", "restored", "2024-06-02"),
    }
    assert "POWER_OUTAGE" in found.aside[0].why


def test_annotations_are_read_from_a_table_too() -> None:
    """The page gives CSV: columns of the record, several countries in a cell, a cause in words."""
    table = (
        "id,startDate,endDate,locations,outage.outageCause,outage.outageType,scope,linkedUrl\n"
        '9,2023-06-12T05:00:00Z,,"IQ,SY",Government directed,NATIONWIDE,,https://press.example/9\n'
        "10,2023-06-13T05:00:00Z,2023-06-14T05:00:00Z,KE,CABLE_CUT,REGIONAL,,\n"
    )
    found = _read("radar", table)
    assert {(code, action) for _, code, action, _ in _told(found)} == {
        ("IQ", "blocked"),
        ("SY", "blocked"),
    }
    assert "CABLE_CUT" in found.aside[0].why
    assert found.unread == ()


def test_a_drop_without_a_cause_changes_no_state() -> None:
    """It is announced, by country alone."""
    found = _read("ioda", IODA)
    assert _told(found) == {("internet", "SY", "announced", "2024-06-12")}
    assert [one.row for one in found.aside] == [2, 3]


def test_an_event_names_its_place_in_either_form_of_the_interface() -> None:
    entity = {"type": "country", "code": "IQ", "name": "Iraq"}
    events = [
        {"entity": entity, "from": "1692082800.0", "duration": 5400.0, "datasource": "ping-slash24"}
    ]
    found = _read("ioda", {"data": events})
    assert _told(found) == {("internet", "IQ", "announced", "2023-08-15")}
    assert found.unread == ()


def test_a_single_record_is_read_as_a_list_of_one() -> None:
    """A page of a finding or a notice, and a company's full name."""
    finding = {**FINDINGS["incidents"][0], "domains": "https://signal.org/, x.com"}  # type: ignore[dict-item]
    assert ("twitter", "RU", "blocked", "2024-08-08") in _told(
        _read("ooni-findings", {"incident": finding})
    )
    notice = {
        "id": 1,
        "recipient_name": "Google LLC [YouTube]",
        "jurisdictions": "RU, BY",
        "date_received": "2022-03-01",
    }
    found = _read("lumen", {"government_request": notice})
    assert {(s, c) for s, c, _, _ in _told(found)} == {("youtube", "RU"), ("youtube", "BY")}


def test_a_notice_of_a_state_is_told_and_a_private_one_is_not() -> None:
    found = _read("lumen", LUMEN)
    assert _told(found) == {
        ("twitter", "IN", "demanded", "2021-02-01"),
        ("facebook", "BR", "ordered", "2021-02-02"),
    }
    assert [one.row for one in found.aside] == [3, 4]
    assert {c.actor for c in found.claims} == {"An authority", "A court"}


def test_to_be_looked_at_is_no_claim() -> None:
    """Test lists and links for probes: whose each address is, and nothing else."""
    found = _read("test-list", LIST)
    assert found.claims == ()
    assert "WeChat" in found.aside[0].why
    assert "no service" in found.aside[1].why
    assert "Telegram" in _read("ooni-run", RUN).aside[0].why


def test_a_format_that_is_none_names_those_that_are() -> None:
    with pytest.raises(UsageError, match="ooni-findings"):
        formats.read("nosuch", b"", facts.load())


@pytest.mark.parametrize("name", formats.READERS)
@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_a_reader_raise(name: str, data: bytes) -> None:
    """A file is read, or a SourceError says what is wrong with it."""
    try:
        formats.read(name, data, facts.load())
    except SourceError:
        return


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["RU", "2024-01-01"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["incidents", "notices", "result", "annotations", "data", "CCs", "domains",
                         "start", "location", "outage", "locations", "startDate", "nettests", "inputs",
                         "type", "jurisdictions", "start_time", "id"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize(
    "name", [one for one in formats.READERS if one not in {"stop", "test-list"}]
)
@settings(max_examples=40, deadline=None)
@given(document=_JSON)
def test_no_document_makes_a_reader_raise(name: str, document: Any) -> None:
    """Whatever stands in a field."""
    try:
        _read(name, document)
    except SourceError:
        return


def test_taken_in_they_stand_in_the_catalogue_and_twice_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of facts of one's own, sound by the catalogue's own check."""
    monkeypatch.setenv("GATEWATCH_CATALOGUE", str(tmp_path / "own"))
    table = tmp_path / "stop.csv"
    table.write_text(STOP, "utf-8")
    words = ["ingest", "claims", "stop", str(table), "--format", "json"]
    first = json.loads(invoked(words, catch_exceptions=False).stdout)
    assert (first["claims"], first["new"], len(first["set_aside"])) == (10, 10, 4)
    written = (tmp_path / "own" / "facts" / "stop.toml").read_bytes()
    second = json.loads(invoked(words, catch_exceptions=False).stdout)
    assert second["new"] == 0
    assert (tmp_path / "own" / "facts" / "stop.toml").read_bytes() == written
    assert invoked(["catalogue", "check"]).exit_code == 0
    told = json.loads(invoked(["case", "internet", "MM", "--format", "json"]).stdout)
    assert told


def test_without_a_place_for_them_the_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEWATCH_CATALOGUE", raising=False)
    table = tmp_path / "stop.csv"
    table.write_text(STOP, "utf-8")
    done = invoked(["ingest", "claims", "stop", str(table)])
    assert isinstance(done.exception, UsageError)
    assert "--out" in str(done.exception)
