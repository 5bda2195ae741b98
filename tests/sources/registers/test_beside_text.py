"""What stands beside the text of a cell: links, strokes, formulas; and text in odd encodings."""

import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources import documents
from tests.sources.registers.test_declared import layout, read_whole

from gatewatch.errors import SourceError
from gatewatch.model.entry import Entry
from gatewatch.model.register import Declared
from gatewatch.model.unread import may_name
from gatewatch.sources.registers.layouts import binary_marks, rows_of

HEAD = ("No", "Site")
COLUMNS = {"No": "id", "Site": "host"}


def page(*cells: str) -> bytes:
    rows = "".join(f"<tr><td>{n}</td><td>{cell}</td></tr>" for n, cell in enumerate(cells, 1))
    return f"<html><table><tr><th>No</th><th>Site</th></tr>{rows}</table></html>".encode()


def sheet(
    *cells: str,
    struck: tuple[int, ...] = (),
    written: Callable[..., bytes] = documents.workbook,
    **links: str,
) -> bytes:
    """Cells from B2 on; `struck` by their numbers."""
    rows = [HEAD, *((str(n), cell) for n, cell in enumerate(cells, 1))]
    return written(rows, struck=[f"B{n + 1}" for n in struck], links=links)


def told(found: Mapping[str, Entry]) -> tuple[set[str], set[str]]:
    """The names that are listed, and those that an unread text may mean."""
    return (
        {s.value for entry in found.values() for s in entry.selectors},
        {name for entry in found.values() for text in entry.unparsed for name in may_name(text)},
    )


LABELLED = {
    "html": page("a.example.com", '<a href="https://b.example.com/x">Lucky Casino</a>'),
    "sheet": sheet("a.example.com", "Lucky Casino", B3="https://b.example.com/x"),
    "sheet, of another office": sheet(
        "a.example.com", "Lucky Casino", written=documents.opened, B3="https://b.example.com/x"
    ),
    "sheet, of another office, by a formula": sheet(
        "a.example.com",
        '=HYPERLINK("https://b.example.com/x";"Lucky Casino")|Lucky Casino',
        written=documents.opened,
    ),
    "sheet, by a formula": sheet(
        "a.example.com", '=HYPERLINK("https://b.example.com/x","Lucky Casino")|Lucky Casino'
    ),
    "sheet, by a formula without a value": sheet(
        "a.example.com", '=HYPERLINK("https://b.example.com/x", "Lucky Casino")'
    ),
}


@pytest.mark.parametrize("name", LABELLED)
def test_a_name_that_stands_in_a_link_alone_is_unread_until_it_is_declared(name: str) -> None:
    """A link may as well lead to the order; whoever declares it says that it is the site."""
    form = name.partition(",")[0]
    assert told(layout(LABELLED[name], form, columns=COLUMNS)) == (
        {"a.example.com"},
        {"b.example.com"},
    )
    linked = {"No": "id", "Site": "attribute:name", "Site@href": "host"}
    found = layout(LABELLED[name], form, columns=linked)
    assert (found["2"].attributes, told(found)[0]) == (
        (("name", "Lucky Casino"),),
        {"b.example.com"},
    )


@pytest.mark.parametrize(
    "cell",
    [
        '<a href="/orders/7.pdf">a.example.com</a>',
        '<a href="https://board.example.org/7">a.example.com</a>',
        'a.example.com <a href="https://board.example.org/7"><img src="pdf.png"></a>',
    ],
)
def test_a_link_beside_a_name_names_nothing(cell: str) -> None:
    """It leads to the order, or to a page of the authority's own."""
    assert told(layout(page(cell), "html", columns=COLUMNS)) == ({"a.example.com"}, set())


STRUCK = {
    "html": page(
        "a.example.com", "<s>b.example.com</s>", "c.example.com<br><del>d.example.com</del>"
    ),
    "sheet": sheet("a.example.com", "b.example.com", "c.example.com", struck=(2,)),
    "sheet, of another office": sheet(
        *("a.example.com", "b.example.com", "c.example.com"), struck=(2,), written=documents.opened
    ),
}


@pytest.mark.parametrize("name", STRUCK)
def test_what_is_struck_is_off_the_list_where_the_declaration_says_so(name: str) -> None:
    """Else nobody knows what a stroke means, and it could not be read."""
    form = name.partition(",")[0]
    named, unread = told(layout(STRUCK[name], form, columns=COLUMNS))
    assert (named, unread >= {"b.example.com"}) == ({"a.example.com", "c.example.com"}, True)
    over = layout(STRUCK[name], form, columns=COLUMNS, struck="removed")
    assert (*told(over), "2" in over) == ({"a.example.com", "c.example.com"}, set(), False)


@pytest.mark.parametrize("written", [documents.old_workbook, documents.binary_workbook])
def test_what_is_struck_in_a_binary_workbook_is_told_apart(written: Callable[..., bytes]) -> None:
    """As in one of XML; and bytes that lack their end, at any place, set the state aside."""
    told_of = ["Site", "a.example.com", "b.example.com", "c.example.com"]
    data = written(told_of, struck=[2])
    found = layout(data, "sheet", columns={"Site": "host"})
    assert told(found) == ({"a.example.com", "c.example.com"}, {"b.example.com"})
    for cut in range(600, len(data), len(data) // 7):
        with pytest.raises(SourceError):
            rows_of("list", data[:cut], Declared(layout="sheet", columns={"Site": "host"}))


def test_a_struck_part_of_a_shared_text_is_told_apart() -> None:
    """Of an old workbook, wherever the record of its texts ends and goes on in the next."""
    said = ["Site", "a.example.com", "b.example.com~, c.example.com", "d.example.com"]
    listed = {"a.example.com", "c.example.com", "d.example.com"}
    for cut in range(31, 40, 4):  # within a.example.com
        data = documents.old_workbook(said, cut_at=cut)
        found = layout(data, "sheet", columns={"Site": "host"})
        assert told(found) == (listed, {"b.example.com"})
        over = layout(data, "sheet", columns={"Site": "host"}, struck="removed")
        assert told(over) == (listed, set())


def test_a_cell_over_several_rows_of_a_sheet_says_the_same_in_each() -> None:
    """As on a page: its status holds for the rows beside it."""
    rows = [
        ["Site", "Status"],
        ["a.example.com", "in force"],
        ["b.example.com", ""],
        ["c.example.com", ""],
    ]
    found = layout(
        documents.workbook(rows, merged=["B2:B3"]),
        "sheet",
        columns={"Site": "host", "Status": "ignore"},
        where={"Status": ["in force"]},
    )
    assert told(found) == ({"a.example.com", "b.example.com"}, {"c.example.com"})


def test_a_column_of_links_may_hold_none() -> None:
    """Where the sites are written out, no link leads to them; without the column it is a fault."""
    columns = {"No": "id", "Site": "host", "Site@href": "host"}
    assert told(layout(page("a.example.com"), "html", columns=columns))[0] == {"a.example.com"}
    for less in ({**columns, "Web@href": "host"}, {**columns, "Site": "ignore"}):
        with pytest.raises(AssertionError, match="@href is missing"):
            layout(page("a.example.com"), "html", columns=less)


def test_a_panic_of_a_library_is_a_fault_of_the_file() -> None:
    """A workbook whose formats bear no number, of which the reader of values panics."""
    data = documents.binary_workbook(["Site"], counted=False)
    with pytest.raises(SourceError, match="damaged"):
        rows_of("list", data, Declared(layout="sheet", columns={"Site": "host"}))


@pytest.mark.parametrize("field", ["host", "site", "url", "selector"])
def test_a_struck_name_is_no_name_in_any_field(field: str) -> None:
    """The strokes are no letters of it, and do not hide what stands beside them."""
    for text in ("~~a.example.com~~", "~~http://a.example.com/x~~", "~~a.example.com/x~~"):
        columns = {"No": "id", "Site": field}
        found = layout(f"No,Site\n1,{text}\n".encode(), "table", columns=columns)
        assert told(found) == (set(), {"a.example.com"})


@pytest.mark.parametrize("written", [documents.workbook, documents.opened])
def test_a_formula_without_its_value_sets_the_state_aside(written: Callable[..., bytes]) -> None:
    """A program wrote the list and nobody computed it: it names nobody, and says so."""
    assert told(layout(sheet('=A2&".example.com"|a.example.com'), "sheet", columns=COLUMNS))[0] == {
        "a.example.com"
    }
    _, reading = read_whole(
        sheet("a.example.com", '=A3&".example.com"', written=written), "sheet", columns=COLUMNS
    )
    assert "1 of 2 rows hold formulas without their values" in str(reading.fault)
    columns = {**COLUMNS, "Row": "ignore"}
    rows = [(*HEAD, "Row"), ("1", "a.example.com", "=ROW()")]
    found = layout(written(rows), "sheet", columns=columns)
    assert told(found)[0] == {"a.example.com"}


WIDE = {
    "hosts": "a.example.com\nдом.example.com\n",
    "table": "No,Site\n1,a.example.com\n2,дом.example.com\n",
    "json": json.dumps(
        [{"No": "1", "Site": "a.example.com"}, {"No": "2", "Site": "дом.example.com"}]
    ),
    "html": page("a.example.com", "дом.example.com").decode(),
    "xml": "<l><i><No>1</No><Site>a.example.com</Site></i><i><No>2</No>"
    "<Site>дом.example.com</Site></i></l>",
}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
@pytest.mark.parametrize("form", WIDE)
def test_wide_text_is_read_with_and_without_its_mark(form: str, encoding: str) -> None:
    """RFC 2781 leaves the mark out; names of hosts show which way round it is."""
    how: dict[str, object] = {} if form == "hosts" else {"columns": COLUMNS}
    named, unread = told(layout(WIDE[form].encode(encoding), form, **how))
    assert (named, unread) == ({"a.example.com", "xn--d1aqf.example.com"}, set())


def test_half_of_a_pair_of_surrogates_hides_its_own_record_alone() -> None:
    """RFC 8259 lets it stand; it is no letter of any name."""
    for data in (
        rb'[{"No": 1, "Site": "a.example.com", "Why": "\udfff"}, {"No": 2, "Site": "b\ud800.example.com"}]',
        b'{"No": 1, "Site": "a.example.com"}\n{"No": 2, "Site": "b\\ud800.example.com"}\n',
    ):
        columns = {**COLUMNS, "Why": "ignore"}
        named, unread = told(layout(data, "json", columns=columns))
        assert named == {"a.example.com"}
        assert unread


NESTED = {
    "xml": b"<l><i no='1' was='w.example.com'><a>a.example.com<b why='x'>y</b></a><t><u>1</u>z</t></i></l>",
    "json": b'[{"no": "1", "a": {"n": ["a.example.com"], "b": "y"}, "t": [{"u": 1, "v": "z"}]}]',
}


@pytest.mark.parametrize(
    ("form", "columns", "strange"),
    [
        (
            "xml",
            {"@no": "id", "a": "host", "t/u": "ignore"},
            ["column @was", "column a/b/@why", "column t"],
        ),
        (
            "json",
            {"no": "id", "a.n": "host", "t.*.u": "ignore"},
            ["column a.b", "column t.0.v"],
        ),
    ],
)
def test_what_no_column_names_is_told_at_any_depth(
    form: str, columns: dict[str, str], strange: list[str]
) -> None:
    """Every field of a source is used or named as ignored."""
    _, reading = read_whole(NESTED[form], form, columns=columns)
    assert list(reading.unknown) == strange


TWO = {"a.example.com", "b.example.com"}
BLOCKS = {
    "a table within a cell": "<table><tr><td>a.example.com</td></tr><tr><td>b.example.com</td></tr></table>",
    "a list of words and meanings": "<dl><dt>a.example.com<dd>b.example.com</dl>",
    "a text that opens": "<details><summary>a.example.com</summary>b.example.com</details>",
    "headings": "<h4>a.example.com</h4><section>b.example.com</section>",
    "choices": "<select><option>a.example.com<option>b.example.com</select>",
    "a cell that nobody sees a part of": (
        "a.example.com<span style='visibility: hidden'>x</span><pre>b.example.com</pre>"
    ),
}


@pytest.mark.parametrize("cell", BLOCKS.values(), ids=BLOCKS)
def test_what_a_page_shows_in_boxes_of_their_own_are_values_of_their_own(cell: str) -> None:
    """Put together they would be a host that nobody has."""
    assert told(layout(page(cell), "html", columns=COLUMNS)) == (TWO, set())


@pytest.mark.parametrize("said", ["title", "alt", "data-site", "value", "onclick"])
def test_a_name_in_an_attribute_alone_is_unread(said: str) -> None:
    """A page may show it when somebody points at it, and we do not know."""
    cell = f'<span {said}="b.example.com">Lucky Casino</span>'
    found = layout(page("a.example.com", cell), "html", columns=COLUMNS)
    assert told(found) == ({"a.example.com"}, {"b.example.com"})


UNDECLARED = {
    "table": b"No,Site,Alias\n1,a.example.com,b.example.com\n",
    "table, without a name": b"No,Site,\n1,a.example.com,b.example.com\n",
    "html, behind the last": (
        b"<table><tr><th>No</th><th>Site</th></tr><tr><td>1</td><td>a.example.com</td>"
        b"<td>b.example.com</td></tr></table>"
    ),
    "json": b'[{"No": 1, "Site": "a.example.com", "more": {"x": ["b.example.com"]}}]',
    "json, another list": b'{"l": [{"No": 1, "Site": "a.example.com"}], "m": [{"Site": "b.example.com"}]}',
    "xml": b"<l><i><No>1</No><Site>a.example.com</Site><x>b.example.com</x></i></l>",
    "xml, an attribute": b"<l><i><No>1</No><Site x='//b.example.com'>a.example.com</Site></i></l>",
    "xml, mixed": b"<l><i>b.example.com<No>1</No><Site>a.example.com</Site></i></l>",
    "xml, deeper": b"<l><i><No>1</No><Site>a.example.com</Site></i><g><i><Site>b.example.com</Site></i></g></l>",
    "xml, another letter": b"<l><i><No>1</No><Site>a.example.com</Site></i><I><Site>b.example.com</Site></I></l>",
    "sheet": documents.workbook([(*HEAD, "Alias"), ("1", "a.example.com", "b.example.com")]),
    "lines": b"1. a.example.com, b.example.com\n",
}


@pytest.mark.parametrize("name", UNDECLARED)
def test_a_name_that_no_column_reads_is_weighed(name: str) -> None:
    """Nobody said that it lists nothing: an answer about it is not "not listed"."""
    form = name.partition(",")[0]
    how: dict[str, object] = {"columns": COLUMNS}
    if form == "lines":
        how = {"line": r"^(?P<No>\d+)\. (?P<Site>[\w.]+)", "columns": COLUMNS}
    if form in {"xml", "json"}:
        how["rows"] = "i" if form == "xml" else "l.*" if "another" in name else "*"
    assert told(layout(UNDECLARED[name], form, **how)) == ({"a.example.com"}, {"b.example.com"})


def test_what_stands_beside_the_tables_of_a_document_is_weighed() -> None:
    """A list of which a part is no table, as its last page."""
    drawn = documents.table([HEAD, ("1", "a.example.com")], beside=["Also b.example.com", "Page 1"])
    found = layout(drawn, "pdf", columns=COLUMNS)
    assert told(found) == ({"a.example.com"}, {"b.example.com"})


def test_columns_of_one_name_are_several_values() -> None:
    data = b"No,Site,Site\n1,a.example.com,b.example.com\n"
    assert told(layout(data, "table", columns=COLUMNS)) == (TWO, set())


def test_elements_within_a_site_are_values_unless_they_mark_a_part_of_it() -> None:
    rows = "<i><No>1</No><Site><d>a.example.com</d><d>b.example.com</d></Site></i>"
    marked = "<i><No>2</No><Site>c.exam<b>ple</b>.com</Site></i>"
    found = layout(
        f"<l>{rows}{marked}</l>".encode(), "xml", columns={**COLUMNS, "Site/d": "ignore"}
    )
    assert told(found) == ({*TWO, "c.example.com"}, set())


@given(st.sampled_from([8, 16, 30, 44, 48, 56, 60, 68, 72, 76, 512, 1024]), st.binary(max_size=4))
def test_a_damaged_head_of_a_workbook_is_a_fault_of_the_file(at: int, written: bytes) -> None:
    whole = documents.old_workbook([f"{n}.example.com" for n in range(9)], struck=[2])
    data = whole[:at] + written + whole[at + len(written) :]
    try:
        found = binary_marks.marks(data, "List")
    except (ValueError, KeyError):
        return
    assert found.struck <= {(row, 0) for row in range(9)}


@pytest.mark.parametrize("shift", [0, 8, 16, 65535])
def test_a_workbook_has_sectors_of_two_sizes(shift: int) -> None:
    """With larger ones tables of tables would grow with the square of the file."""
    whole = documents.old_workbook(["a.example"], struck=[0])
    with pytest.raises(ValueError, match="sectors"):
        binary_marks.marks(whole[:30] + shift.to_bytes(2, "little") + whole[32:], "List")


def test_a_sheet_that_a_binary_workbook_lacks_is_a_fault_of_the_file() -> None:
    with pytest.raises(KeyError):
        binary_marks.marks(documents.binary_workbook(["a.example"], struck=[0]), "Another")
