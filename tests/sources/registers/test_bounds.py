"""Lists of a few kilobytes that stand for as many cells, pages or steps as they like: each is told
as one that cannot be read, within its bounds, and the next list is read."""

import io
import time
import zipfile
import zlib

import pytest

from gatewatch.errors import SourceError
from gatewatch.model.register import Declared
from gatewatch.sources.registers.layouts import apart, rows_of

_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_P = "http://schemas.openxmlformats.org/package/2006"
_O = "urn:oasis:names:tc:opendocument:xmlns"
COLUMNS = {"no": "id", "site": "selector"}
FOUND = [{"no": "1", "site": "a.example"}]
MANY = 100_000


def zipped(files: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in files.items():
            out.writestr(name, text)
    return held.getvalue()


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


ROWS = (
    f'<row r="1">{cell("A1", "no")}{cell("B1", "site")}</row>'
    f'<row r="2">{cell("A2", "1")}{cell("B2", "a.example")}</row>'
)


def workbook(rows: str = ROWS, behind: str = "") -> bytes:
    """A workbook of one sheet. `behind`: what stands behind its cells."""

    def related(target: str, kind: str, mode: str = "") -> str:
        return (
            f'<Relationships xmlns="{_P}/relationships"><Relationship Id="rId1" '
            f'Type="{_R}/{kind}" Target="{target}"{mode}/></Relationships>'
        )

    sheet = f'<worksheet xmlns="{_S}" xmlns:r="{_R}"><sheetData>{rows}</sheetData>{behind}'
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_P}/content-types"/>',
            "_rels/.rels": related("xl/workbook.xml", "officeDocument"),
            "xl/workbook.xml": f'<workbook xmlns="{_S}" xmlns:r="{_R}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": related("worksheets/sheet1.xml", "worksheet"),
            "xl/worksheets/_rels/sheet1.xml.rels": related(
                "http://a.example/", "hyperlink", ' TargetMode="External"'
            ),
            "xl/worksheets/sheet1.xml": f"{sheet}</worksheet>",
        }
    )


def opened(last: str = "") -> bytes:
    """An OpenDocument sheet, with a last row."""

    def said(*texts: str) -> str:
        cells = (
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
            for text in texts
        )
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    names = " ".join(f'xmlns:{n}="{_O}:{n}:1.0"' for n in ("office", "table", "text"))
    content = (
        f"<office:document-content {names}><office:body><office:spreadsheet>"
        f'<table:table table:name="S">{said("no", "site")}{said("1", "a.example")}{last}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="{_O}:manifest:1.0"/>'
    return zipped({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def repeated(times: int) -> str:
    return (
        f'<table:table-row><table:table-cell table:number-columns-repeated="{times}" '
        'office:value-type="string"><text:p>x.example</text:p></table:table-cell></table:table-row>'
    )


def page(rows: str, head: str = "") -> bytes:
    good = "<tr><td>no<td>site<tr><td>1<td>a.example"
    return f"<html><head>{head}</head><body><table>{good}{rows}</table></body></html>".encode()


def document(stream: bytes, filters: bytes) -> bytes:
    """A PDF of one page."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>",
        b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(stream), filters, stream),
    ]
    out = b"%PDF-1.4\n" + b"".join(
        b"%d 0 obj\n%s\nendobj\n" % (n, p) for n, p in enumerate(parts, 1)
    )
    return out + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"


def flated_twice(mebibytes: int) -> bytes:
    """A page that is so many megabytes of zeros, packed and packed again."""
    packer = zlib.compressobj(9)
    head = packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    check = (((mebibytes << 20) % 65521) << 16) + 1  # Adler-32 of zeros
    once = head + block * mebibytes + b"\x03\x00" + check.to_bytes(4, "big")
    return document(zlib.compress(once, 9), b"/FlateDecode/FlateDecode")


def deep(depth: int) -> bytes:
    return b'[{"no":"1","site":"a.example","x":' + b"[" * depth + b"1" + b"]" * depth + b"}]"


REFUSED = {
    "a cell in the last corner": (
        "sheet",
        workbook(ROWS + f'<row r="1048576">{cell("XFD1048576", "x.example")}</row>'),
    ),
    "cells merged with all others": (
        "sheet",
        workbook(
            ROWS + "".join(f'<row r="{n}">{cell(f"A{n}", str(n))}</row>' for n in range(3, 1000)),
            "<mergeCells>" + '<mergeCell ref="A1:B1000"/>' * MANY + "</mergeCells>",
        ),
    ),
    "a document packed twice": ("pdf", flated_twice(1536)),
    "headings over all rows and columns": (
        "html",
        page(("<tr>" + "<th colspan=100 rowspan=100>x" * 5) * 2000),
    ),
    "values deep in values": ("json", deep(700)),
    "values deeper in values": ("json", deep(100_000)),
    "elements deep in elements": ("xml", b"<l>" + b"<a>" * MANY),
}
READ = {
    "cells linked again and again": (
        "sheet",
        workbook(
            behind="<hyperlinks>"
            + '<hyperlink ref="A1:XFD1048576" r:id="rId1"/>' * MANY
            + "</hyperlinks>"
        ),
    ),
    "a row repeated for ever": ("sheet", opened(repeated(2_000_000_000))),
    "each element beside all others": (
        "html",
        page(
            "<tr><td><td>" * 3000,
            "<style>" + "* ~ * ~ * ~ *{text-decoration:line-through}</style>",
        ),
    ),
    "the same rule again and again": (
        "html",
        page(
            "<tr><td><td>" * 3000,
            ("<style>" + "i{text-decoration:line-through}" * 1900 + "</style>") * 20,
        ),
    ),
    "lines struck within lines struck": ("html", page("<tr><td>" + "<s>" * MANY)),
    "an honest sheet": ("sheet", workbook()),
    "an honest sheet of another kind": ("sheet", opened()),
    "an honest page": ("html", page("")),
}


def read(layout: str, data: bytes) -> list[dict[str, str]]:
    how = Declared(layout=layout, columns=COLUMNS, rows={"json": "*", "xml": ".//r"}.get(layout))
    return rows_of("list", data, how).rows


@pytest.mark.parametrize("name", REFUSED)
def test_what_stands_for_too_much_is_told(name: str) -> None:
    """As a fault of the list; the program goes on and reads the next."""
    layout, data = REFUSED[name]
    assert len(data) < 1 << 20
    began = time.process_time()
    with pytest.raises(SourceError, match="list"):
        read(layout, data)
    assert time.process_time() - began < 5
    assert read("sheet", workbook()) == FOUND


@pytest.mark.parametrize("name", READ)
def test_what_only_looks_dear_is_read(name: str) -> None:
    layout, data = READ[name]
    found = read(layout, data)
    assert found[0]["no"].strip("~") == "1"
    assert "a.example" in found[0]["site"]


def test_who_is_interrupted_gets_no_others_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between a question and its answer: the next question is asked anew."""
    assert read("sheet", workbook()) == FOUND

    def interrupted(_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(apart, "_got", interrupted)
        with pytest.raises(KeyboardInterrupt):
            read("html", page(""))
    assert read("sheet", opened()) == FOUND


def test_a_process_that_ended_is_begun_anew() -> None:
    """Whoever ended it, as a machine that has no memory left."""
    assert read("sheet", workbook()) == FOUND
    process = apart.READER._process
    assert process is not None
    process.kill()
    process.wait()
    assert read("sheet", workbook()) == FOUND
