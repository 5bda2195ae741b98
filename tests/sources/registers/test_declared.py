"""Lists that only their declaration describes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.sources import documents
from tests.sources.samples import HOSTS, TABLE, Parts, digests, raw

from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import SourceError
from gatewatch.model.entry import Entry
from gatewatch.model.register import Declared
from gatewatch.model.unread import may_name
from gatewatch.sources.registers import format as formats
from gatewatch.sources.registers.layouts import rows_of
from gatewatch.sources.registers.reader import Reader, SnapshotReading


def read(
    data: bytes, zone: str = "Europe/Prague", country: str = "XX", **how: object
) -> tuple[dict[str, Entry], SnapshotReading]:
    """Entries by id from a list declared so; a table if there are columns."""
    layout = "table" if "columns" in how else "hosts"
    declared = msgspec.convert({"layout": layout, **how}, Declared)
    register = msgspec.structs.replace(
        HOSTS, declared=declared, time_zone=zone, jurisdiction=country
    )
    reader = Reader(formats.load(register), "declared")
    parts: Parts = {"list.txt": data}
    reading = reader.read(raw("list.txt", parts))
    return {i: entry for i in reader.ids() if (entry := reader.entry(i))}, reading


def test_hosts_of_every_kind_stand_one_a_line() -> None:
    """Names, masks, URLs, addresses and networks, each with what is prescribed for it."""
    lines = b"a.example\n*.b.example\nhttp://c.example/x\n192.0.2.1\n2001:db8::/32\napp:d\n\n# no\n"
    entries, reading = read(lines)
    assert sorted(entry.block_type for entry in entries.values()) == [
        "app",
        "domain",
        "domain-mask",
        "ip",
        "ip",
        "url",
    ]
    assert reading.set_aside == ()


def test_a_hosts_file_is_read_as_names() -> None:
    """The address that names are pointed at is not an entry; comments behind names are none."""
    entries, _ = read(
        b"\xef\xbb\xbf0.0.0.0 a.example # why\r\n127.0.0.1\tb.example\r\n::1 c.example\r\n"
    )
    assert set(entries) == {"a.example", "b.example", "c.example"}


def test_names_on_one_line_of_a_hosts_file_are_entries_each() -> None:
    """One that leaves the line takes nobody with it."""
    entries, _ = read(b"127.0.0.1 a.example www.a.example\n0.0.0.0 b.example 0.0.0.0\n")
    assert {"a.example", "www.a.example", "b.example"} <= set(entries)


def test_titles_and_totals_among_rows_are_no_unreadable_rows() -> None:
    """Words in one cell hide nothing. A name does, and so does the begin of a row."""
    columns = {"No": "id", "Site": "host", "State": "ignore"}
    rows = "1;a.example;AKT\u0130F\n* in part\nb.example\n2\n3;c.example;pas\u0131f\n"
    entries, reading = read(
        f"No;Site;State\n{rows}".encode(),
        columns=columns,
        delimiter=";",
        where={"State": ["aktif"]},
        over={"State": ["Pasif"]},
    )
    assert entries["1"].selectors
    assert "3" not in entries
    assert len(reading.unreadable) == 2


def test_a_line_that_may_name_something_is_an_entry_as_published() -> None:
    """It is on the list, though nobody can tell what it is; the reason is kept."""
    entries, reading = read(b"a,example.com\n")
    assert entries["a,example.com"].unparsed == ("a,example.com",)
    assert (len(reading.set_aside), reading.unparsed) == (1, 1)


def test_a_line_of_words_is_no_entry() -> None:
    """A heading or a name of a company lists nothing and hides nothing; it is told all the same."""
    entries, reading = read(b"List of sites\nAcme Gaming N.V.\na.example\n")
    assert set(entries) == {"a.example"}
    assert [aside.raw for aside in reading.set_aside] == ["List of sites", "Acme Gaming N.V."]
    assert (reading.unparsed, reading.unreadable) == (0, ())


def test_every_field_of_a_table_finds_its_place() -> None:
    """Each kind of column, several selectors in a cell, and a body for all rows."""
    columns = {
        "n": "id",
        "s": "selector",
        "m": "mask",
        "u": "url",
        "i": "ip",
        "a": "app",
        "d": "date",
        "no": "number",
        "in": "included",
        "out": "removed",
        "g": "ground",
        "b": "block_type",
        "w": "attribute:why",
        "x": "ignore",
    }
    row = (
        "1|a.example, b.example|c.example|d.example/x|192.0.2.0/24|Com.App|1. 2. 2020|7|2. 2. 2020|"
        "3. 2. 2020|fraud|domain|because|whatever"
    )
    entries, reading = read(
        f"{'|'.join(columns)}\n{row}\n".encode(),
        columns=columns,
        delimiter="|",
        separator=",",
        date_format="%d. %m. %Y",
        body="Board",
    )
    entry = entries["1"]
    assert [str(s) for s in entry.selectors] == [
        "app:com.app",
        "cidr:192.0.2.0/24",
        "domain:a.example",
        "domain:b.example",
        "mask:*.c.example",
        "url:http://d.example/x",
    ]
    assert entry.decision is not None
    assert (entry.decision.body, entry.decision.number, entry.decision.date) == (
        "Board",
        "7",
        "2020-02-01",
    )
    assert (entry.included_at, entry.removed_at, entry.ground, entry.block_type) == (
        "2020-02-02",
        "2020-02-03",
        "fraud",
        "domain",
    )
    assert entry.attributes == (("why", "because"),)
    assert (reading.set_aside, reading.unknown) == ((), ())


def test_a_row_without_an_id_is_named_by_its_selectors_and_never_by_a_path() -> None:
    """An entry's name is always shown, so a path stands in it as a digest."""
    entries, _ = read(b"Site\nhttps://a.example/secret\n\n", columns={"Site": "selector"})
    (name,) = entries
    assert name.startswith("a.example/~")
    assert "secret" not in name


def test_comments_stand_before_the_column_names_in_the_list_s_own_encoding() -> None:
    """A word as comment mark, behind a byte order mark or not."""
    for encoding, comment in (("windows-1250", "Činnost"), ("utf-8", "#"), ("utf-8-sig", "#")):
        text = f"{comment} of today\n{comment} more\nSite\na.example\n"
        entries, _ = read(
            text.encode(encoding), encoding=encoding, comment=comment, columns={"Site": "selector"}
        )
        assert set(entries) == {"a.example"}


@pytest.mark.parametrize(
    ("said", "order", "when"),
    [
        ("2020-05-04T10:00:00+03:00", None, datetime(2020, 5, 4, 7, tzinfo=UTC)),
        ("2020-05-04", None, datetime(2020, 5, 3, 22, tzinfo=UTC)),
        ("04.05.2020 18:30", "%d.%m.%Y %H:%M", datetime(2020, 5, 4, 16, 30, tzinfo=UTC)),
    ],
)
def test_the_time_of_publication_is_found_in_the_file(
    said: str, order: str | None, when: datetime
) -> None:
    """In the register's zone unless it bears an offset."""
    data = f"# State of {said}.\na.example\n".encode()
    _, reading = read(data, published=r"State of (.*)\.", published_format=order)
    assert reading.published_at == when
    assert reading.published_text == said


@pytest.mark.parametrize("said", ["yesterday", "0001-01-01", "04.05.2020"])
def test_a_stated_time_that_does_not_fit_sets_the_state_aside(said: str) -> None:
    """A state is not dated by its copy where its declaration says that it dates itself."""
    _, reading = read(f"# State of {said}.\na.example\n".encode(), published=r"State of (.*)\.")
    assert reading.fault == f"list.txt: the time of publication {said!r} does not fit its format"


def test_a_group_that_took_no_part_is_no_time() -> None:
    """An expression may match without its group."""
    _, reading = read(b"# State unknown\na.example\n", published=r"State (?:of (\S+)|unknown)")
    assert "no time of publication" in str(reading.fault)


@pytest.mark.parametrize("text", ["1. 1. 20", "0001-01-01", "soon", "2020-02-30"])
def test_a_date_that_is_none_is_reported_and_the_row_stands(text: str) -> None:
    """The entry has no date and the reason names the field and what was expected."""
    entries, reading = read(
        f"Site,In\na.example,{text}\n".encode(), columns={"Site": "selector", "In": "included"}
    )
    assert entries["a.example"].included_at is None
    assert [aside.reason for aside in reading.set_aside] == [
        f"included {text!r} is not like %Y-%m-%d"
    ]


def test_a_change_of_an_attribute_is_a_change_and_of_an_ignored_column_is_none() -> None:
    """What is worth keeping is part of the entry's meaning."""
    columns = {"Site": "selector", "Why": "attribute:why", "Seen": "ignore"}

    def version(why: str, seen: str) -> dict[str, str]:
        declared = Declared(layout="table", columns=columns)
        reader = Reader(formats.load(msgspec.structs.replace(TABLE, declared=declared)), "declared")
        data = f"Site,Why,Seen\na.example,{why},{seen}\n".encode()
        reader.read(raw("list.txt", {"list.txt": data}))
        return digests(reader)

    assert version("a", "1") == version("a", "2") != version("b", "1")


def test_a_list_of_hosts_needs_no_section(tmp_path: Path) -> None:
    """What is all left at its defaults need not be declared, in a file or without one."""
    reader = Reader(formats.load(msgspec.structs.replace(HOSTS, declared=None)), "declared")
    reader.read(raw("list.txt", {"list.txt": b"a.example\n"}))
    assert list(reader.ids()) == ["a.example"]
    file = tmp_path / "xx.toml"
    keys = ("id", "authority", "title", "publisher", "licence")
    plain = "".join(f'{key} = "xx"\n' for key in keys)
    file.write_text(
        f'{plain}jurisdiction = "XX"\nformat = "declared"\ntime_zone = "UTC"\ncadence = "1d"\n'
        'silence = "3d"\n'
    )
    assert catalogue.read(file).declared == Declared()


def read_whole(data: bytes, layout: str, **how: object) -> tuple[dict[str, Entry], SnapshotReading]:
    """Entries by id of a list in any layout, and what else is told of the state."""
    declared = msgspec.convert({"layout": layout, **how}, Declared)
    register = msgspec.structs.replace(HOSTS, declared=declared)
    reader = Reader(formats.load(register), "declared")
    reading = reader.read(raw("list.txt", {"list.txt": data}))
    return {i: entry for i in reader.ids() if (entry := reader.entry(i))}, reading


def layout(data: bytes, layout: str, **how: object) -> dict[str, Entry]:
    """Entries by id of a list in any layout that is read."""
    entries, reading = read_whole(data, layout, **how)
    assert reading.fault is None, reading.fault
    return entries


ROWS = [("7", "a.example", "03.02.2020"), ("8", "b.example, c.example", "04.02.2020")]
NAMES = {"No": "id", "Site": "site", "Day": "included"}


def as_html() -> bytes:
    rows = "".join(
        f"<tr><td>{n}</td><td><a href='#'>{s.replace(', ', '<br>')}</a></td><td>{d}</td></tr>"
        for n, s, d in ROWS
    )
    head = "<tr><th>No</th><th>Site</th><th>Day</th></tr>"
    return f"<!doctype html><html><body><p>x</p><table>{head}{rows}</table></body></html>".encode()


def as_xml() -> bytes:
    rows = "".join(
        f'<e:item no="{n}">{"".join(f"<site>{one}</site>" for one in s.split(", "))}'
        f"<day>{d}</day></e:item>"
        for n, s, d in ROWS
    )
    return f'<list xmlns:e="http://e.example/">{rows}</list>'.encode()


def as_json() -> bytes:
    held = {n: {"site": {"names": s.split(", ")}, "day": d} for n, s, d in ROWS}
    return msgspec.json.encode({"data": held})


def as_lines() -> bytes:
    return "".join(f"{n}. {s} since {d}\n" for n, s, d in ROWS).encode()


def as_fixed() -> bytes:
    return ("No  Site                  Day\n" + "".join(f"{n:<4}{s:<22}{d}\n" for n, s, d in ROWS)).encode()  # fmt: skip


def as_sheet() -> bytes:
    """The header in the third row."""
    return documents.workbook([("Report",), (), tuple(NAMES), *ROWS])


@pytest.mark.parametrize(
    ("name", "data", "how"),
    [
        ("sheet", as_sheet(), {"sheet": "List", "skip": 2, "columns": NAMES}),
        ("html", as_html(), {"columns": NAMES}),
        (
            "xml",
            as_xml(),
            {
                "rows": "e:item",
                "namespaces": {"e": "http://e.example/"},
                "columns": {"@no": "id", "site": "site", "day": "included"},
            },
        ),
        (
            "json",
            as_json(),
            {
                "rows": "data.*",
                "columns": {"@key": "id", "site.names": "site", "day": "included"},
            },
        ),
        (
            "lines",
            as_lines(),
            {
                "line": r"^(?P<n>\d+)\. (?P<s>.*) since (?P<d>\S+)$",
                "columns": {"n": "id", "s": "site", "d": "included"},
            },
        ),
        ("table", as_fixed(), {"delimiter": "fixed", "columns": NAMES}),
    ],
    ids=["sheet", "html", "xml", "json", "lines", "fixed"],
)
def test_a_list_says_the_same_in_every_layout(
    name: str, data: bytes, how: dict[str, object]
) -> None:
    """Ids, several hosts of one record, and days."""
    entries = layout(data, name, date_format="%d.%m.%Y", **how)
    assert {i: [s.value for s in e.selectors] for i, e in entries.items()} == {
        "7": ["a.example"],
        "8": ["b.example", "c.example"],
    }
    assert [entries[i].included_at for i in ("7", "8")] == ["2020-02-03", "2020-02-04"]


def test_values_under_one_name_are_all_read() -> None:
    """Of an object that says a thing twice, at any depth, nobody can tell which counts."""
    data = (
        b'{"data": [{"id": 1, "site": "a.example", "site": "b.example"}, {"id": 2, "site": "c.example"}],'
        b' "data": [{"id": 3, "site": "d.example"}], "noted": [], "noted": []}'
    )
    found = layout(data, "json", rows="data.*", columns={"id": "id", "site": "host"})
    assert named(found) == {"1": ["a.example", "b.example"], "2": ["c.example"], "3": ["d.example"]}


def test_an_attribute_in_a_namespace_is_found_by_its_prefix() -> None:
    """As elements are."""
    data = b'<l xmlns:e="http://e.example/"><e:i e:no="7"><e:s>a.example</e:s></e:i></l>'
    how = {"rows": "e:i", "namespaces": {"e": "http://e.example/"}}
    found = layout(data, "xml", columns={"@e:no": "id", "e:s": "host"}, **how)
    assert named(found) == {"7": ["a.example"]}


def named(entries: dict[str, Entry]) -> dict[str, list[str]]:
    """Hosts by the id of the entry that names them."""
    return {i: [s.value for s in entry.selectors] for i, entry in entries.items()}


PAGE = {"columns": {"No": "id", "Site": "site", "Day": "ignore"}}
TABLES = {
    "cells over several rows and columns": (
        "<tr><th>No</th><th colspan=2>Site</th><th>Day</th></tr>"
        "<tr><td rowspan=2>7</td><td>a.example</td><td>b.example</td><td rowspan='2'>x</td></tr>"
        "<tr><td colspan=2>c.example</td></tr>"
    ),
    "what a page does not show": (
        "<tr><th>No</th><th>Site</th><th>Day</th></tr>"
        "<tr><td>7</td><td>a.<wbr>example<script>var x='x.example'</script><style>y</style>"
        "<!-- z.example --><span style='display: none'>z.example</span><p>b.example</p>"
        "<ul><li>c.example</li></ul></td><td></td></tr>"
    ),
    "two tables beside others": (
        "<tr><td>Menu</td></tr></table><table><tr><th>No</th><th>Site</th><th>Day</th></tr>"
        "<tr><td>7</td><td>a.example<br>b.example</td><td></td></tr></table><table>"
        "<tr><th>No</th><th>Site</th><th>Day</th></tr><tr><td>7</td><td>c.example</td><td></td></tr>"
        "</table><table><tr><td>x.example</td></tr>"
    ),
}


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES)
def test_a_page_s_table_is_read_as_it_is_shown(rows: str) -> None:
    """Cells that span, scripts and hidden parts within them, other tables beside it."""
    data = f"<!doctype html><html><body><table>{rows}</table></body></html>".encode()
    assert named(layout(data, "html", **PAGE)) == {"7": ["a.example", "b.example", "c.example"]}


def test_a_heading_of_two_rows_names_its_columns_once() -> None:
    """One that stands over both rows, and one over two columns."""
    rows = (
        "<tr><th rowspan=2>No</th><th colspan=2>Listed<br></th></tr><tr><th>Site</th><th><p>D</p><p>ay</p></th></tr>"
        "<tr><td>7</td><td>a.example</td><td>03.02.2020</td></tr>"
    )
    columns = {"No": "id", "Listed Site": "site", "Listed D ay": "included"}
    data = f"<html><body><table>{rows}</table></body></html>".encode()
    entries = layout(data, "html", header=2, columns=columns, date_format="%d.%m.%Y")
    assert entries["7"].included_at == "2020-02-03"


CYRILLIC = {"columns": {"No": "id", "site": "site"}}
ENCODED = {
    "a page's own word": (
        "html",
        "<html><meta charset='windows-1251'><table><tr><th>No</th><th>site</th></tr><tr>"
        "<td>7</td><td>дом.example</td></tr></table></html>".encode("cp1251"),
        {},
    ),
    "XML that is UTF-8 and says otherwise": (
        "xml",
        "<?xml version='1.0' encoding='windows-1251'?><l><i No='7'><site>дом.example</site></i></l>"
        "".encode(),
        {"rows": "i", "columns": {"@No": "id", "site": "site"}},
    ),
    "JSON in UTF-16": ("json", '[{"No": "7", "site": "дом.example"}]'.encode("utf-16"), {}),
    "JSON in an old encoding": (
        "json",
        '[{"No": "7", "site": "дом.example"}]'.encode("cp1251"),
        {"encoding": ["utf-8", "windows-1251"]},
    ),
    "JSON, a record a line": (
        "json",
        '{"No": "6", "site": null}\n{"No": "7", "site": "дом.example"}\n'.encode(),
        {},
    ),
    "a table declared to be in it": (
        "table",
        "No;site\r\n7;дом.example".encode("utf-16-le"),
        {"delimiter": ";", "encoding": "utf-16"},
    ),
    "a table in UTF-16": ("table", "No;site\r\n7;дом.example".encode("utf-16"), {"delimiter": ";"}),
    "a table with the line ends of old machines": (
        "table",
        "No;site\r6;\r7;дом.example\r".encode(),
        {"delimiter": ";"},
    ),
    "separators behind the last column": (
        "table",
        "No;site\n7;дом.example;;\n".encode(),
        {"delimiter": ";"},
    ),
}


@pytest.mark.parametrize(("name", "data", "how"), ENCODED.values(), ids=ENCODED)
def test_a_list_is_read_in_the_encoding_that_it_is_in(
    name: str, data: bytes, how: dict[str, object]
) -> None:
    """By its bytes, by the declaration, by its own word, in this order."""
    entries = named(layout(data, name, **{**CYRILLIC, **how}))
    assert entries["7"] == ["xn--d1aqf.example"]


def test_a_list_in_an_encoding_that_nobody_declared_is_a_fault() -> None:
    """Its letters would be read as others; a few such bytes are damage, and only they are."""
    rows = [f"{n};h{n}.example;nelegální".encode("cp1250") for n in range(9)]
    columns = {"No": "id", "Site": "site", "Why": "attribute:why"}
    _, reading = read(b"No;Site;Why\n" + b"\n".join(rows), delimiter=";", columns=columns)
    assert "no text in utf-8: another encoding?" in str(reading.fault)
    sound = [f"{n};h{n}.example;nelegální".encode() for n in range(9)]
    entries, reading = read(
        b"No;Site;Why\n" + b"\n".join([*sound, rows[0]]), delimiter=";", columns=columns
    )
    assert (reading.fault, len(entries)) == (None, 9)


def test_a_part_that_is_empty_is_missing_where_it_was_not_before() -> None:
    """An empty file among several would take off all that it listed."""
    declared = msgspec.convert({"layout": "hosts", "parts": "a|b"}, Declared)
    reader = Reader(
        formats.load(msgspec.structs.replace(HOSTS, declared=declared, default_path="a")),
        "declared",
    )
    both = {"a": b"a.example\n", "b": b"b.example\n"}
    assert reader.read(msgspec.structs.replace(raw("a", both), together=True)).fault is None
    emptied = msgspec.structs.replace(raw("a", {**both, "b": b"\n"}), together=True)
    assert reader.read(emptied).fault == "b is empty in this state"
    assert set(reader.ids()) == {"a.example", "b.example"}


def test_rows_of_one_name_of_which_one_ended_before_the_other_began_are_not_one_time() -> None:
    """The name is on the list; since when is not told by the days of a listing that is over."""
    text = b"Site,In,Out\na.example,2023-01-01,2023-03-01\na.example,2024-01-01,\n"
    columns = {"Site": "site", "In": "included", "Out": "removed"}
    for data in (text, b"\n".join([text.split()[0], *text.split()[:0:-1]])):
        entries, _ = read(data, columns=columns)
        assert (entries["a.example"].included_at, entries["a.example"].removed_at) == (None, None)
    entries, _ = read(text.replace(b"2024-01-01", b"2023-02-01"), columns=columns)
    assert entries["a.example"].included_at == "2023-01-01"


def test_rows_no_longer_in_force_are_not_on_the_list() -> None:
    """By a status column; with a day of removal the row stays as a removal."""
    text = (
        b"Site,Status,Gone\na.example,In force,\nb.example,lifted,2020-03-01\nc.example,lifted,\n"
    )
    entries, _ = read(
        text,
        columns={"Site": "site", "Status": "ignore", "Gone": "removed"},
        where={"Status": ["in force"]},
    )
    assert {i: e.removed_at for i, e in entries.items()} == {
        "a.example": None,
        "b.example": "2020-03-01",
    }


def test_cells_are_rewritten_and_corrected_as_data_says() -> None:
    """Numbers of rows before hosts, one misspelt cell, one that is nothing."""
    entries, _ = read(
        b"10  a.example\n11 betwinner3com\n12 none.example\n",
        rewrite={"line": [[r"^\d+\s+", ""]]},
        corrections={"line": {"betwinner3com": "b.example", "none.example": ""}},
    )
    assert set(entries) == {"a.example", "b.example"}


def test_a_column_that_is_mostly_empty_sets_the_state_aside() -> None:
    """To the share that the declaration asks for."""
    columns = {"No": "id", "Site": "site"}
    rows = "".join(f"{n},{'h.example' if n < 5 else ''}\n" for n in range(10))
    _, reading = read(f"No,Site\n{rows}".encode(), columns=columns, filled={"Site": 0.9})
    assert reading.fault == "list.txt: the column Site is filled in 5 of 10 rows"
    _, reading = read(f"No,Site\n{rows}".encode(), columns=columns, filled={"Site": 0.5})
    assert reading.fault is None


@pytest.mark.parametrize(
    ("data", "layout_name"),
    [
        (b"<list><item>", "xml"),
        (b'{"data": [', "json"),
        (b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><l><i><s>&a;</s></i></l>", "xml"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><l><i><s>&a;.example</s></i></l>", "xml"),
        (b"\x00\x01", "sheet"),
        (b"%PDF-1.4 cut", "pdf"),
        (b"<html><body><p>no table</p></body></html>", "html"),
    ],
)
def test_a_broken_tree_page_or_document_is_a_fault_with_a_reason(
    data: bytes, layout_name: str
) -> None:
    """Nothing is fetched, nothing raises, and no file of the machine is read."""
    declared = msgspec.convert({"layout": layout_name, "columns": {"s": "site"}}, Declared)
    register = msgspec.structs.replace(HOSTS, declared=declared)
    reader = Reader(formats.load(register), "declared")
    reading = reader.read(raw("list.txt", {"list.txt": data}))
    assert reading.fault or not list(reader.ids())


@pytest.mark.parametrize(
    ("hour", "doubt"),
    [
        ("31.03.2024 02:30", "does not exist in Europe/Prague"),
        ("27.10.2024 02:20", "stands twice in Europe/Prague"),
        ("27.10.2024 04:20", None),
    ],
)
def test_an_hour_that_daylight_saving_skips_or_repeats_is_told(
    hour: str, doubt: str | None
) -> None:
    """The state is dated as well as it can be, and whoever brings it in hears of it."""
    _, reading = read(
        f"# State of {hour}\na.example\n".encode(),
        published=r"State of (\d\d\.\d\d\.\d{4} \d\d:\d\d)",
        published_format="%d.%m.%Y %H:%M",
    )
    told = [aside.reason for aside in reading.set_aside]
    assert len(told) == (doubt is not None)
    assert all(doubt is not None and doubt in reason for reason in told)


def test_a_page_shows_neither_hidden_rows_nor_footnotes() -> None:
    """A name that may be broken anywhere is one name; the number of a footnote is no part of it."""
    page = (
        b"<html><body><table><tr><th>Site</th></tr><tr style='display: none'><td>no.example</td></tr>"
        b"<tr hidden><td>neither.example</td></tr><tr><td>long<wbr>name.example<sup>1</sup></td></tr>"
        b"<tr><td>b.example<sup>(a)</sup></td></tr></table></body></html>"
    )
    assert list(layout(page, "html", columns={"Site": "host"})) == ["b.example", "longname.example"]


def test_a_line_that_names_the_delimiter_to_a_spreadsheet_is_no_heading() -> None:
    data = b"\xef\xbb\xbfsep=;\r\nNo;Site\r\n1;a.example\r\n"
    found = layout(data, "table", delimiter=";", columns={"No": "id", "Site": "host"})
    assert list(found) == ["1"]


def test_a_list_that_says_when_it_was_updated_is_no_other_format() -> None:
    """The first line of a mirror of Roskomnadzor's register is a line that anybody writes."""
    said = {"published": r"Updated: (\S+)"}
    for first in (b"# Updated: 2024-03-01\n", b"Updated: 2024-03-01T10:00:00+0000\n"):
        assert "a.example" in layout(first + b"a.example\n", "hosts", **said)


KINDS = ["a.example", "*.m.example", "http://u.example/p", "192.0.2.7", "198.51.100.0/24"]


@pytest.mark.parametrize("other", KINDS)
@pytest.mark.parametrize("one", KINDS)
def test_rows_of_one_entry_prescribe_all_that_they_name(one: str, other: str) -> None:
    """Whatever the kinds and the order of the rows."""
    columns = {"No": "id", "Site": "selector"}
    entries, _ = read(f"No,Site\n1,{one}\n1,{other}\n".encode(), columns=columns)
    assert {str(s.value) for s in entries["1"].targets} == {one, other}


def test_what_an_ended_row_of_an_entry_names_does_not_stand_with_the_others() -> None:
    """In either order. What a row that stands names too stays."""
    columns = {"No": "id", "Site": "selector", "Out": "removed"}
    told = ["1,a.example,2024-02-01", "1,b.example,", "1,c.example,"]
    for order in (told, told[::-1], [*told, "1,c.example,2024-01-01"]):
        entries, _ = read("\n".join(["No,Site,Out", *order, ""]).encode(), columns=columns)
        entry = entries["1"]
        assert {s.value for s in entry.selectors} == {"b.example", "c.example"}
        assert (entry.removed_at, entry.unparsed) == (None, ("a.example (removed 2024-02-01)",))


def test_a_record_that_names_something_elsewhere_is_unread() -> None:
    """In a part of it that no column declares; words hide nothing."""
    records = [
        {"id": 1, "domain": "a.example"},
        {"id": 2, "domains": ["b.example.com"]},
        {"id": 3, "why": "a bank account"},
        {"Domain": "c.example.com"},
    ]
    how = {"rows": "*", "columns": {"id": "id", "domain": "host"}}
    found = layout(msgspec.json.encode(records), "json", **how)
    assert [bool(entry.unparsed) for _, entry in sorted(found.items())] == [
        False,
        True,
        False,
        True,
    ]
    tree = b"<l><e id='1'><d>a.example</d></e><e id='2'><x><d>b.example.com</d></x></e></l>"
    found = layout(tree, "xml", rows="e", columns={"@id": "id", "d": "host"})
    assert (found["1"].unparsed, "b.example.com" in found["2"].unparsed[0]) == ((), True)


@pytest.mark.parametrize("host", ["longer-bank.example.co.za", "shop.bank.example.com.au"])
def test_a_row_over_the_border_of_a_column_is_unread(host: str) -> None:
    """No part of a host that a border cuts is one."""
    rows = (
        f"No  Site                Day\n1   a.example           2024-02-01\n2   {host} 2024-02-02\n"
    )
    found = layout(
        rows.encode(),
        "table",
        delimiter="fixed",
        columns={"No": "id", "Site": "host", "Day": "date"},
    )
    assert [entry.selectors != () for entry in found.values()] == [True, False]
    assert any(host in text for entry in found.values() for text in entry.unparsed)


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("active", "listed"),
        ("removed", None),
        ("closed by us", None),
        ("", "unread"),
        ("active (appeal pending)", "unread"),
        ("inactive", None),
    ],
)
def test_a_word_of_status_that_nobody_knows_is_unread(word: str, right: str | None) -> None:
    """It says neither that a row is in force nor that it is over."""
    over = {"Status": ["closed by us"]} if word.startswith("closed") else {}
    entries, reading = read(
        f"No,Site,Status\n1,a.example,{word}\n".encode(),
        columns={"No": "id", "Site": "host", "Status": "ignore"},
        where={"Status": ["active"]},
        over=over,
    )
    said = {i: "listed" if entry.selectors else "unread" for i, entry in entries.items()}
    assert (said.get("1"), bool(reading.set_aside)) == (right, right == "unread")


@pytest.mark.parametrize(
    ("gone", "right"),
    [
        *(
            (zero, None)
            for zero in ("1970-01-01", "1900-01-01", "1899-12-30", "1970-01-01 00:00:00")
        ),
        ("2023-12-31", "2023-12-31 (included 2024-01-01)"),
        ("2024-01-01", "2024-01-01"),
        ("2567-02-20", "2567-02-20 (of another calendar?)"),
    ],
)
def test_a_removal_before_the_inclusion_is_not_believed(gone: str, right: str | None) -> None:
    """A program's word for nothing is no day; another one contradicts the row."""
    columns = {"Site": "host", "In": "included", "Out": "removed"}
    entries, _ = read(f"Site,In,Out\na.example,2024-01-01,{gone}\n".encode(), columns=columns)
    assert entries["a.example"].removed_at == right


def test_a_line_of_a_document_that_is_not_as_declared_is_unread() -> None:
    """Where it names something; headings and numbers of pages list nothing and hide nothing."""
    told = ["A list", "1. a.example 2024-02-01", "2. b.example.com", "3. c. example.com 2024-02-01"]
    found = layout(
        documents.lines([*told, "4. very-long-", "name.example.com 2024-02-01", "Page 1"]),
        "pdf",
        line=r"^(?P<no>\d+)\. (?P<site>\S+) (?P<day>\d\S+)$",
        columns={"no": "id", "site": "host", "day": "date"},
    )
    unread = {name for e in found.values() for text in e.unparsed for name in may_name(text)}
    assert {"b.example.com", "c.example.com", "very-long-name.example.com"} <= unread
    assert [name for name, entry in found.items() if entry.selectors] == ["1"]


@pytest.mark.parametrize(
    "mark", ["s", "del", "span style='text-decoration: line-through'", "span class='new off'"]
)
def test_what_a_page_strikes_out_is_neither_listed_nor_absent(mark: str) -> None:
    """An authority strikes what a court annulled."""
    struck = f"<{mark}>b.example</{mark.split(maxsplit=1)[0]}>"
    style = (
        "<style>/* {} */ p::before{color:red} @media print{.off{text-decoration : line-through}}"
        ".hidden{display:none}</style>"
    )
    page = (
        f"{style}<table><tr><th>Site</th></tr><tr class=hidden><td>a.example</td></tr>"
        f"<tr><td>{struck}</td></tr></table>"
    )
    found = layout(page.encode(), "html", columns={"Site": "host"})
    named = {s.value for entry in found.values() for s in entry.selectors}
    unread = {name for e in found.values() for text in e.unparsed for name in may_name(text)}
    assert (named, unread) == ({"a.example"}, {"b.example"})


@pytest.mark.parametrize(
    ("row", "host"),
    [
        ("2   longer-bank.example.com2024-02-02\n", "longer-bank.example.com"),
        ("2   longer-bank.example.comcasino 2024-02-02\n", "longer-bank.example.com"),
    ],
)
def test_what_is_glued_to_a_name_over_a_border_does_not_hide_it(row: str, host: str) -> None:
    """The name without what hangs on it may be meant."""
    rows = f"No  Site               Day\n1   a.example          2024-02-01\n{row}"
    found = layout(
        rows.encode(),
        "table",
        delimiter="fixed",
        columns={"No": "id", "Site": "host", "Day": "date"},
    )
    assert {s.value for entry in found.values() for s in entry.selectors} == {"a.example"}
    assert host in {n for e in found.values() for text in e.unparsed for n in may_name(text)}


def test_a_name_broken_over_two_lines_of_a_document_is_not_its_end() -> None:
    """Where a line may be any word; a row that says more than its site is a record of its own."""
    lines = ["a.example", "very-long-", "name.example.com", "b.example"]
    found = layout(documents.lines(lines), "pdf", line=r"^(?P<site>\S+)$", columns={"site": "host"})
    assert {s.value for e in found.values() for s in e.selectors} == {"a.example", "b.example"}
    unread = {n for e in found.values() for text in e.unparsed for n in may_name(text)}
    assert {"very-long-name.example.com", "very-longname.example.com", "name.example.com"} <= unread
    numbered = layout(
        documents.lines(["1 very-long-", "name.example.com", "2 b.example"]),
        "pdf",
        line=r"^(?P<no>\d+) (?P<site>\S+)$",
        columns={"no": "id", "site": "host"},
    )
    assert {s.value for e in numbered.values() for s in e.selectors} == {"b.example"}
    unread = {n for e in numbered.values() for text in e.unparsed for n in may_name(text)}
    assert {"very-long-name.example.com", "name.example.com"} <= unread


@pytest.mark.parametrize(
    ("word", "spelt"),
    [
        ("\u03b5\u03bd\u03b5\u03c1\u03b3\u03cc", "\u0395\u039d\u0395\u03a1\u0393\u039f"),
        ("\u0645\u062d\u062c\u0648\u0628", "\u0645\u064e\u062d\u062c\u0648\u0628"),
        ("bloqu\u00e9", "BLOQUE"),
    ],
)
def test_a_word_of_a_status_is_known_whatever_its_accents(word: str, spelt: str) -> None:
    """Greek capitals bear none, Arabic vowels are written at will; signs of Thai part words."""
    rows = f"No;Site;Status\n1;a.example;{word}\n2;b.example;{spelt}\n3;c.example;lev\u00e9e\n"
    how: dict[str, Any] = {
        "columns": {"No": "id", "Site": "host", "Status": "ignore"},
        "delimiter": ";",
    }
    entries, reading = read(rows.encode(), where={"Status": [word]}, **how)
    assert (set(entries), reading.unparsed) == ({"1", "2"}, 0)
    thai = "\u0e1b\u0e34\u0e14", "\u0e1b\u0e14"
    table = f"No;Site;Status\n1;a.example;{thai[0]}\n2;b.example;{thai[1]}\n"
    _, reading = read(table.encode(), where={"Status": [thai[0]]}, **how)
    assert reading.unparsed == 1


@pytest.mark.parametrize("nothing", ["", "-", "N/A", "none", "\u7121"])
def test_a_row_without_a_site_lists_nothing_and_is_no_fault(nothing: str) -> None:
    """As of a firm without a site in a list of warnings, with an id and without one."""
    rows = "".join(f"{n};Firm {n};{nothing}\n" for n in range(4))
    table = f"No;Firm;Site\n7;Firm;a.example\n{rows}".encode()
    for columns in ({"No": "id"}, {"No": "ignore"}):
        entries, reading = read(
            table,
            columns={**columns, "Firm": "attribute:firm", "Site": "host"},
            delimiter=";",
        )
        assert (reading.unparsed, reading.unreadable) == (0, ())
        assert sum(bool(entry.selectors) for entry in entries.values()) == 1
    _, reading = read(
        f"No;Firm;Site\n{rows}".encode(),
        columns={"No": "id", "Firm": "attribute:firm", "Site": "host"},
        delimiter=";",
    )
    assert "no row says anything under Site" in str(reading.fault)


@pytest.mark.parametrize(("page", "is_read"), [({"sites": []}, True), ({"error": "busy"}, False)])
def test_a_list_of_records_that_is_there_and_empty_is_a_page(
    page: dict[str, object], is_read: bool
) -> None:
    """The last of several may have none; an answer that is something else is a fault."""
    how = Declared(layout="json", rows="sites.*", columns={"site": "host"})
    if is_read:
        assert rows_of("list.txt", json.dumps(page).encode(), how).rows == []
    else:
        with pytest.raises(SourceError, match="nothing stands at"):
            rows_of("list.txt", json.dumps(page).encode(), how)


def test_a_name_behind_a_dot_is_meant_with_all_below_it() -> None:
    """In lists of hosts, as proxies and resolvers read them."""
    entries, _ = read(b".a.example.com\n")
    (entry,) = entries.values()
    assert [str(s) for s in entry.targets] == ["domain:a.example.com", "mask:*.a.example.com"]


@pytest.mark.parametrize(
    "text", ["abuse@mail.example.com", "https://web.archive.org/web/2020/http://a.example/"]
)
def test_a_host_is_neither_a_mailbox_s_nor_an_archive_s(text: str) -> None:
    entries, _ = read(f"No,Site\n1,{text}\n".encode(), columns={"No": "id", "Site": "host"})
    assert (entries["1"].selectors, entries["1"].unparsed) == ((), (text,))


def test_a_name_broken_over_two_rows_of_a_document_is_not_its_end() -> None:
    """A row that says nothing but the rest of a name belongs to the row above it."""
    rows = [
        ["No", "Site"],
        ["1", "very-long-casino-"],
        ["", "name.example.com"],
        ["2", "b.example"],
    ]
    found = layout(documents.table(rows), "pdf", columns={"No": "id", "Site": "host"})
    assert {s.value for entry in found.values() for s in entry.selectors} == {"b.example"}
    unread = {name for text in found["1"].unparsed for name in may_name(text)}
    assert {"very-long-casino-name.example.com", "name.example.com"} <= unread


def test_a_row_that_repeats_the_names_of_columns_says_nothing() -> None:
    """As in a list put together from pages."""
    table = b"No;Site\n1;a.example\nNo;Site\n2;b.example\n"
    entries, reading = read(table, columns={"No": "id", "Site": "host"}, delimiter=";")
    assert (set(entries), reading.set_aside) == ({"1", "2"}, ())


def test_a_note_in_the_column_of_ids_is_no_entry() -> None:
    """Words alone, as a day of the last change below a list; an id without a site stays one."""
    table = b"No;Site\n1;a.example\n2;\nUpdated 1 March 2024;\n"
    entries, reading = read(table, columns={"No": "id", "Site": "host"}, delimiter=";")
    assert (set(entries), reading.unparsed, reading.unreadable) == ({"1", "2"}, 0, ())


def test_a_template_of_a_page_lists_nothing() -> None:
    """Browsers show no part of it."""
    page = (
        b"<table><tr><th>Site</th></tr><tr><td>a.example</td></tr>"
        b"<template><tr><td>b.example</td></tr></template></table>"
    )
    assert set(layout(page, "html", columns={"Site": "host"})) == {"a.example"}


def test_rules_for_servers_of_names_name_what_these_do_not_answer_for() -> None:
    """As dnsmasq, Unbound and zones of response policies have them; what every hosts file begins
    with is none."""
    rules = (
        b"127.0.0.1 localhost\n::1 ip6-loopback\naddress=/a.example/0.0.0.0\nserver=/b.example/\n"
        b'local-zone: "c.example" always_nxdomain\nd.example CNAME .\n*.e.example 300 IN CNAME .\n'
    )
    entries, reading = read(rules)
    named = {s.value for entry in entries.values() for s in entry.selectors}
    whole = {name for one in "abc" for name in (f"{one}.example", f"*.{one}.example")}
    assert (named, reading.set_aside) == ({*whole, "d.example", "*.e.example"}, ())


@pytest.mark.parametrize(
    "word",
    [
        *("Removed from list", "removed on 5.2.2024", "Lifted (05/02/2024)", "lifted 5 May 2024"),
        *("Revoked by court order of 2024-02-05", "Wykreślony 2024-02-05", "снят с 05.02.2024"),
        *(
            "KALDIRILDI",
            "törölve",
            "Ingetrokken",
            "解除",
            "해제",
            "ยกเลิกแล้ว",
            "dicabut",
            "בוטל",
            "ΗΡΘΗ",
        ),
    ],
)
def test_a_status_may_say_when_and_by_whom(word: str) -> None:
    """It is over in every language; words that may say more leave the row unread."""
    columns = {"Site": "host", "Status": "ignore"}
    entries, reading = read(
        f"Site,Status\na.example,{word}\nb.example,Active since 1.1.2024\n".encode(),
        columns=columns,
        where={"Status": ["active"]},
    )
    assert ([*entries], len(reading.set_aside)) == (["b.example"], 0)
    for other in ("removed in part", "removed 2 of 3 pages", "lifted, then blocked again"):
        cut = f'Site,Status\na.example,"{other}"\n'.encode()
        entries, reading = read(cut, columns=columns, where={"Status": ["active"]})
        assert (entries["a.example"].selectors, len(reading.set_aside)) == ((), 1)


def test_a_row_whose_site_nobody_knows_is_no_fault() -> None:
    """A list of which most rows say so, or only how to reach somebody, is believed."""
    unknown = ["unknown", "No consta", "неизвестно", "info@example.net", "+34 600 000 000", "不明"]
    rows = [f"{n},{word}" for n, word in enumerate(unknown, 1)]
    entries, reading = read(
        "\n".join(["No,Site", *rows, "9,a.example", ""]).encode(),
        columns={"No": "id", "Site": "host"},
    )
    assert len(entries) == 7
    assert reading.unparsed == 0
    assert [e.block_type for e in entries.values()].count("other") == len(unknown)
    assert len(reading.set_aside) == len(unknown)


@pytest.mark.parametrize(
    ("country", "calendar", "form", "day"),
    [
        ("TH", None, "%d/%m/%Y", "20/02/2567"),
        ("TW", None, "%Y/%m/%d", "113/02/20"),
        ("XX", "buddhist", "%d/%m/%Y", "20/02/2567"),
        ("TH", "common", "%d/%m/%Y", "20/02/2024"),
        ("TH", None, "%d/%m/%Y", "20/02/2024"),
    ],
)
def test_removals_are_read_in_the_calendar_of_a_country(
    country: str, calendar: str | None, form: str, day: str
) -> None:
    """Unless the declaration names another; a list in common years is read as ever."""
    data = f"Site,Out\na.example,{day}\n".encode()
    columns = {"Site": "host", "Out": "removed"}
    entries, _ = read(data, country=country, columns=columns, date_format=form, calendar=calendar)
    assert entries["a.example"].removed_at == "2024-02-20"
