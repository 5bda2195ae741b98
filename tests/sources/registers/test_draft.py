"""A first declaration of a list that nobody has declared."""

import tomllib
from pathlib import Path

import msgspec
import pytest
from tests.sources import documents

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import SourceError
from gatewatch.sources.registers.draft import draft

ROWS = [(n, f"h{n}.example.com", f"{n:02}.03.2020", "because") for n in range(1, 9)]
TABLE = "No;Site;Listed;Note\n" + "".join(";".join(map(str, row)) + "\n" for row in ROWS)
PAGE = (
    "<html><body><table><tr><th>No</th><th>Site</th><th>Listed</th></tr>"
    + "".join(f"<tr><td>{n}</td><td>{s}</td><td>{d}</td></tr>" for n, s, d, _ in ROWS)
    + "</table></body></html>"
)
FILES = {
    "table.csv": TABLE.encode(),
    "table-1250.csv": TABLE.replace("because", "nelegální hra").encode("windows-1250"),
    "tabs.tsv": TABLE.replace(";", "\t").encode(),
    "hosts.txt": "".join(f"0.0.0.0 {s}\n" for _, s, _, _ in ROWS).encode(),
    "keyed.json": msgspec.json.encode({s: {"Listed": d} for _, s, d, _ in ROWS}),
    "listed.json": msgspec.json.encode([{"Site": s, "Listed": d} for _, s, d, _ in ROWS]),
    "page.html": PAGE.encode(),
    "menu.html": PAGE.replace("<body>", "<body><table><tr><td>Menu</td></tr></table>").encode(),
    "nested.xml": (
        "<l:register xmlns:l='http://l.example/'><l:part>"
        + "".join(f"<l:site no='{n}'><l:name>{s}</l:name></l:site>" for n, s, _, _ in ROWS)
        + "</l:part></l:register>"
    ).encode(),
    "titled.csv": f"# made anew\nThe register;;;\n;;;\n{TABLE}".encode(),
    "titled.html": PAGE.replace("<tr>", "<tr><td colspan=3>The register</td></tr><tr>", 1).encode(),
    "deep.json": msgspec.json.encode(
        {"results": [{"no": n, "web": {"Site": [s]}, "Listed": d} for n, s, d, _ in ROWS]}
    ),
    "deep.xml": (
        "<r><list>"
        + "".join(f"<e no='{n}'><web><site>{s}</site></web><at>{d}</at></e>" for n, s, d, _ in ROWS)
        + "</list></r>"
    ).encode(),
    "titled.txt": (
        "LIST OF DOMAINS\n\nNo    Site                 Note\n"
        + "".join(f"{n:<6}{s:<21}{w}\n" for n, s, _, w in ROWS)
    ).encode(),
    "lines.pdf": documents.lines(["A list", *(f"{n} {s} {d}" for n, s, d, _ in ROWS)]),
    "numbered.txt": "".join(f"{n}. {s} since {d}\n" for n, s, d, _ in ROWS).encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_a_draft_reads_the_list_it_was_drafted_from(tmp_path: Path, name: str) -> None:
    """Its TOML can be loaded as it is, and lists every host; what it cannot know it asks."""
    states = tmp_path / "states"
    states.mkdir()
    file = states / f"2020-04-01-{name}"
    file.write_bytes(FILES[name])
    text = draft(file)
    assert "?" in text
    declaration = tmp_path / "drafted.toml"
    declaration.write_text(text.replace('silence = "30d"', 'silence = "3650d"'))
    register = catalogue.read(declaration)
    register = msgspec.structs.replace(register, default_path=None)
    done = pipeline.ingest(str(tmp_path / "ledger"), register, str(states))
    assert (done.accepted, done.entries, done.unknown) == (1, len(ROWS), set())
    held = gatewatch.open(str(tmp_path / "ledger"))
    assert {str(held.check(s, valid_at="2020-04-02").state) for _, s, _, _ in ROWS} == {"listed"}


def test_a_draft_says_why_it_takes_a_column_for_what_it_is(tmp_path: Path) -> None:
    """By its cells first, then by its name; the rest is kept as attributes."""
    file = tmp_path / "table.csv"
    file.write_bytes(FILES["table.csv"])
    drafted = tomllib.loads(draft(file))["declared"]
    assert drafted["columns"] == {
        "No": "id",
        "Site": "selector",
        "Listed": "included",
        "Note": "attribute:note",
    }
    assert drafted["date_format"] == "%d.%m.%Y"
    assert "8 of 8 cells name a host" in draft(file)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """Nothing can be told from it."""
    (tmp_path / "none.csv").write_bytes(b" ")
    with pytest.raises(SourceError, match="empty"):
        draft(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        (
            "list.txt",
            (
                "No   Site                 Decided\n1    a.example            01/02/2024\n"
                "2    b.example            02/02/2024\n"
            ),
            ('delimiter = "fixed"', '"Site" = "selector"', '"Decided" = "date"'),
        ),
        (
            "list.json",
            (
                '{"meta": {"n": 2}, "items": [{"id": 7, "domain": "a.example"}, '
                '{"id": 8, "domain": "b.example"}]}'
            ),
            ('rows = "items.*"', '"domain" = "selector"', '"id" = "id"'),
        ),
        (
            "list.html",
            (
                "<html><table><tr><th>Nr</th><th>Site</th><th>Date of decision</th></tr>"
                "<tr><td>1</td><td>a.example</td><td>3 mars 2024</td></tr>"
                "<tr><td>2</td><td>b.example</td><td>4 avril 2024</td></tr></table></html>"
            ),
            ('"Date of decision" = "date"', '"Site" = "selector"'),
        ),
    ],
)
def test_columns_of_a_width_records_within_and_days_in_words_are_recognised(
    tmp_path: Path, name: str, text: str, wanted: tuple[str, ...]
) -> None:
    """What a stranger would have to find out by trying."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    told = draft(tmp_path / name)
    assert [line for line in wanted if line not in told.splitlines()] == []


def test_marks_within_sentences_part_no_cells(tmp_path: Path) -> None:
    """Each line has two commas, and no column of what they part names sites."""
    lines = "".join(f"{n}) a{n}.example.com [order {n}, of 1 May, final]\n" for n in range(1, 9))
    file = tmp_path / "list.txt"
    file.write_text(f"A list\n\n{lines}")
    said = draft(file)
    assert 'layout = "lines"' in said
    assert '"site" = "selector"' in said


def test_attributes_of_what_lies_in_a_record_are_drafted(tmp_path: Path) -> None:
    """By their paths; an element that bears nothing else is no column."""
    file = tmp_path / "list.xml"
    one = '<e><s href="http://{0}.example.com/">x</s><d on="2024-01-0{1}"/></e>'
    file.write_text(
        f"<l>{''.join(one.format(*pair) for pair in zip('abc', '123', strict=True))}</l>"
    )
    said = draft(file)
    assert '"s/@href" = "selector"' in said
    assert '"d/@on" = ' in said
    assert '"d" = ' not in said


@pytest.mark.parametrize("name", ["list.html", "list.xlsx", "list.ods"])
def test_a_list_of_links_is_drafted_by_where_they_lead(tmp_path: Path, name: str) -> None:
    """Behind labels: whether they lead to sites or to orders is asked."""
    shown = [("No", "Site"), *((str(n), f"Casino {n}") for n in range(1, 9))]
    links = {f"B{n + 1}": f"https://h{n}.example.com/" for n in range(1, 9)}
    page = "".join(
        f"<tr><td>{n}</td><td><a href='{links.get(f'B{m}', '#')}'>{site}</a></td></tr>"
        for m, (n, site) in enumerate(shown, 1)
    )
    written = {
        "list.html": f"<html><table>{page}</table></html>".encode(),
        "list.xlsx": documents.workbook(shown, links=links),
        "list.ods": documents.opened(shown, links=links),
    }
    file = tmp_path / name
    file.write_bytes(written[name])
    said = draft(file)
    assert '"Site@href" = "selector"' in said
    assert "# links: do they lead to the sites" in said
