"""Delimited text: headers, quotes, and quotes that are none."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.samples import LAYOUTS, TABLE, Layout, digests, raw

from gatewatch.errors import SourceError
from gatewatch.model.entry import stands_for_unread
from gatewatch.sources.registers import format as formats
from gatewatch.sources.registers import table

BY_NAME = {layout.name: layout for layout in LAYOUTS}
HEAD = "No;Site;Day\n"


def read(text: str) -> tuple[dict[str, list[str]], list[str]]:
    """Hosts by entry, and what was reported."""
    reader, reading = BY_NAME["declared-table"].read({"list.txt": text.encode()})
    held = {i: [s.value for s in e.selectors] for i in reader.ids() if (e := reader.entry(i))}
    return held, [*reading.unknown, *(aside.reason for aside in reading.set_aside)]


def test_a_quoted_cell_may_hold_delimiters_and_line_ends() -> None:
    """A row goes on behind the line end within a quoted cell."""
    text = '# x\nNo;Site;Day;"Why; and\thow"\n1;a.example;2020-01-01;"one;\ntwo"\n2;b.example;2020-01-01;-\n'
    assert read(text) == ({"1": ["a.example"], "2": ["b.example"]}, ["column Why; and how"])


@pytest.mark.parametrize(
    ("row", "held"),
    [
        ('2;b.example;2020-01-01 5"', "2"),
        ('2";b.example;2020-01-01', '2"'),
    ],
)
def test_a_lone_quote_swallows_no_rows(row: str, held: str) -> None:
    """An inch sign, or one at each of two far ends, leaves every other row as it was."""
    rows = [f"{n};{name}.example;2020-01-01" for n, name in ((1, "a"), (3, "c"), (5, "e"))]
    found, _ = read(
        HEAD + "\n".join([rows[0], row, rows[1], row.replace("2", "4"), rows[2]]) + "\n"
    )
    assert {"1", "3", "5", held} <= set(found)


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    """The rest of the file is not one cell."""
    found, reported = read(HEAD + '1;"a.example;2020-01-01\n2;b.example;2020-01-01\n')
    assert {i for i in found if not stands_for_unread(i)} == {"2"}
    assert reported == ["2 cells where 3 are expected"]


@settings(max_examples=150)
@given(rows=st.lists(st.tuples(*[st.text('ab;"\n ', max_size=5)] * 3), max_size=6))
def test_rows_written_by_the_library_are_read_back_whole(rows: list[tuple[str, str, str]]) -> None:
    """Every row that a writer of CSV quotes properly is one record with its cells."""
    held = io.StringIO()
    csv.writer(held, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    data = held.getvalue().encode()
    cut = table.quoted_rows(data, table.Context("utf-8", ";", ("a", "b", "c")))
    found = cut if cut is not None else tuple(data.splitlines(keepends=True))
    expected = [[" ".join(cell.split()) for cell in row] for row in rows]
    assert [table.cells(record, table.Context("utf-8", ";", ())) for record in found] == expected


@settings(max_examples=150)
@given(lines=st.lists(st.text('ab;" ', max_size=9), max_size=8))
def test_no_line_is_lost_to_quotes(lines: list[str]) -> None:
    """However quotes fall, the records are the lines, some of them joined."""
    data = "".join(f"{line}\n" for line in lines).encode()
    cut = table.quoted_rows(data, table.Context("utf-8", ";", ("a", "b")))
    assert b"".join(cut if cut is not None else [data]) == data


@pytest.mark.parametrize(
    ("header", "report"),
    [
        ("No;Site;Day;Note", "column Note"),
        ("No;Site", "column Day is missing"),
        ("No;Site;Day;Site", "column Site is there twice"),
    ],
)
def test_a_header_that_is_not_as_declared_is_reported(header: str, report: str) -> None:
    """A column more, one fewer, one twice."""
    cells = ["1", "a.example", "2020-01-01", "b.example"][: header.count(";") + 1]
    _, reported = read(f"{header}\n{';'.join(cells)}\n")
    assert report in reported


def test_a_header_without_any_declared_column_is_a_fault() -> None:
    """Then nothing can be read, and the columns looked for are named."""
    with pytest.raises(SourceError, match="none of the columns No, Site, Day"):
        formats.load(TABLE).frame("list.txt", b"a,b\n1,2\n")


@pytest.mark.parametrize("name", ["cz-mfcr", "fr-anj", "zi-csv"])
def test_a_day_that_is_none_is_reported_and_the_entry_stands(name: str) -> None:
    """No date is dropped in silence."""
    layout = BY_NAME[name]
    data = layout.write(())[layout.main]
    row = {
        "cz-mfcr": "a.example;soon;;;;",
        "fr-anj": "A;a.example;soon",
        "zi-csv": "192.0.2.1;a.example;;X;1;soon",
    }[name]
    reader, reading = layout.read({layout.main: data + f"{row}\n".encode()})
    assert len(set(reader.ids())) == 1
    (aside,) = reading.set_aside
    assert "'soon' is not" in aside.reason


def test_cz_keeps_a_removed_row_with_its_day_and_its_account() -> None:
    """Absence is told in the row; the account's days are kept beside the site's."""
    layout = BY_NAME["cz-mfcr"]
    data = layout.write(())["mfcr.csv"]
    row = "http://a.example/b/;01.02.2020;03.04.2021;123/0800;01.02.2020;"
    reader, _ = layout.read({"mfcr.csv": data + f"{row}\na.example;05.02.2020;;;;\n".encode()})
    entry = reader.entry("http://a.example/b/")
    assert entry is not None
    assert (entry.included_at, entry.removed_at, entry.block_type) == (
        "2020-02-01",
        "2021-04-03",
        "url",
    )
    assert entry.attributes == (("account", "123/0800"), ("account published", "01.02.2020"))
    assert set(reader.ids()) == {"http://a.example/b/", "a.example"}


def zi(*rows: str) -> tuple[Layout, dict[str, str]]:
    layout = BY_NAME["zi-csv"]
    text = "Updated: 2020-05-04 07:00:00 +0000\n" + "".join(f"{row}\n" for row in rows)
    return layout, layout.digests({"dump.csv": text.encode("cp1251")})


def test_zi_addresses_come_and_go_under_one_entry() -> None:
    """Host, URLs, body and number name an entry; its addresses and its day are what it says."""
    _, first = zi("192.0.2.1;a.example;http://a.example/x;Суд;7;2020-01-01")
    _, second = zi("192.0.2.1 | 192.0.2.2;A.example;http://a.example/x ;Суд;7;2020-01-01")
    _, other = zi("192.0.2.1;a.example;http://a.example/x;Суд;8;2020-01-01")
    assert first.keys() == second.keys() != other.keys()
    assert first != second


def test_zi_rows_with_oddities_are_kept() -> None:
    """Several URLs, one without a scheme, an empty host, a pointer where a text should be."""
    layout = BY_NAME["zi-csv"]
    rows = (
        "192.0.2.1;;http://a.example/ | b.example/c;Суд;7;2020-01-01\n"
        "192.0.2.1;ARRAY(0x1a2b);;Суд;8;2020-01-01\n192.0.2.3;;;Суд;9;\n"
    )
    text = f"Updated: 2020-05-04 07:00:00 +0000\n{rows}"
    reader, reading = layout.read({"dump.csv": text.encode("cp1251")})
    entries = sorted(
        (e.block_type, len(e.selectors), e.unparsed) for i in reader.ids() if (e := reader.entry(i))
    )
    assert entries == [("domain", 1, ("ARRAY(0x)",)), ("ip", 1, ()), ("url", 3, ())]
    assert len(reading.set_aside) == 1


def test_zi_the_header_s_time_counts_and_a_lost_one_does_not_stop_it() -> None:
    """`Updated:` dates the snapshot; without a time in it the container does."""
    layout = BY_NAME["zi-csv"]
    _, reading = layout.read({"dump.csv": b"Updated: 2020-05-04 07:00:00 +0000\n"})
    assert reading.published_at.isoformat() == "2020-05-04T07:00:00+00:00"
    _, reading = layout.read({"dump.csv": b"Updated: today\n"})
    assert reading.published_at == raw("", {}).committed_at
    assert reading.published_text == "today"


def test_fr_a_site_on_two_days_is_one_entry_of_the_later_one() -> None:
    """The same address decided twice keeps the latest decision, wherever its rows stand."""
    layout = BY_NAME["fr-anj"]
    rows = [b"A;a.example;01/02/2020\n", b"B;A.EXAMPLE;03/04/2021\n"]
    head = layout.write(())[layout.main]
    for order in (rows, rows[::-1]):
        reader, _ = layout.read({layout.main: head + b"".join(order)})
        entry = reader.entry("a.example")
        assert entry is not None
        assert entry.decision is not None
        assert entry.decision.date == "2021-04-03"
        assert len(digests(reader)) == 1
