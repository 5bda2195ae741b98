"""A first declaration of a list that nobody has declared."""

import tomllib
from pathlib import Path

import msgspec
import pytest

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
