"""Lists that only their declaration describes."""

from datetime import UTC, datetime

import msgspec
import pytest
from tests.sources.samples import HOSTS, TABLE, Parts, digests, raw

from gatewatch.errors import CatalogueError
from gatewatch.model.entry import Entry
from gatewatch.model.register import Declared
from gatewatch.sources.registers import format as formats
from gatewatch.sources.registers.reader import Reader, SnapshotReading


def read(data: bytes, **how: object) -> tuple[dict[str, Entry], SnapshotReading]:
    """Entries by id from a list declared so; a table if there are columns."""
    layout = "table" if "columns" in how else "hosts"
    declared = msgspec.convert({"layout": layout, **how}, Declared)
    register = msgspec.structs.replace(HOSTS, declared=declared)
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


def test_a_register_without_the_section_is_refused() -> None:
    """The format cannot be guessed."""
    with pytest.raises(CatalogueError, match=r"\[declared\]"):
        formats.load(msgspec.structs.replace(HOSTS, declared=None))
