"""Small documents of our own making: a PDF of lines or of a ruled table, a workbook."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP = 170, 20, 40, 780


def pdf(content: str) -> bytes:
    """A PDF of one page that draws `content`."""
    stream = content.encode("latin-1")
    resources = b"/Resources<</Font<</F 5 0 R>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1100 842]/Contents 4 0 R%s>>" % resources,
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, len(out))
    )


def _text(x: float, y: float, said: str) -> str:
    return f"BT /F 9 Tf {x} {y} Td ({said}) Tj ET\n"


def lines(said: Sequence[str]) -> bytes:
    """One line of text each."""
    return pdf("".join(_text(_LEFT, _TOP - _HEIGHT * n, line) for n, line in enumerate(said)))


def table(rows: Sequence[Sequence[str]], *, beside: Sequence[str] = ()) -> bytes:
    """A table with a rule around each cell; `beside`: lines below it."""
    drawn = ""
    for n, row in enumerate(rows):
        for m, cell in enumerate(row):
            x, y = _LEFT + m * _WIDTH, _TOP - n * _HEIGHT
            drawn += f"{x} {y} {_WIDTH} {_HEIGHT} re S\n{_text(x + 4, y + 6, cell)}"
    for n, line in enumerate(beside, len(rows) + 2):
        drawn += _text(_LEFT, _TOP - n * _HEIGHT, line)
    return pdf(drawn)


_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OUTSIDE = ' TargetMode="External"'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _cell(place: str, said: str, *, struck: bool) -> str:
    """A cell by its text: `=formula` was never computed, `=formula|value` was."""
    style = ' s="1"' if struck else ""
    if said.startswith("="):
        formula, mark, value = said[1:].partition("|")
        held = f"<v>{escape(value)}</v>" if mark else ""
        return f'<c r="{place}"{style} t="str"><f>{escape(formula)}</f>{held}</c>'
    return f'<c r="{place}"{style} t="inlineStr"><is><t>{escape(said)}</t></is></c>'


def workbook(
    rows: Sequence[Sequence[str]],
    *,
    struck: Sequence[str] = (),
    links: Mapping[str, str] | None = None,
    merged: Sequence[str] = (),
) -> bytes:
    """The smallest workbook that is one, its sheet called List. `struck`: cells whose font is;
    `links`: by cell; `merged`: ranges."""
    grid = "".join(
        f'<row r="{n}">'
        + "".join(
            _cell(f"{chr(65 + m)}{n}", said, struck=f"{chr(65 + m)}{n}" in struck)
            for m, said in enumerate(row)
        )
        + "</row>"
        for n, row in enumerate(rows, 1)
    )
    led = list((links or {}).items())
    joined = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    joined = f"<mergeCells>{joined}</mergeCells>" if joined else ""
    pointed = "".join(f'<hyperlink ref="{at}" r:id="h{n}"/>' for n, (at, _) in enumerate(led))
    files = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KINDS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KINDS}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KINDS}.worksheet+xml"/></Types>',
        "_rels/.rels": _relations({"r1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>'
        '<sheet name="List" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            {"r1": ("worksheet", "worksheets/sheet1.xml"), "r2": ("styles", "styles.xml")}
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts><font/><font><strike/></font></fonts>'
        '<cellXfs><xf fontId="0"/><xf fontId="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheetData>{grid}'
        f"</sheetData>{joined}{f'<hyperlinks>{pointed}</hyperlinks>' if pointed else ''}</worksheet>",
        "xl/worksheets/_rels/sheet1.xml.rels": _relations(
            {f"h{n}": ("hyperlink", address) for n, (_, address) in enumerate(led)}
        ),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as book:
        for name, text in files.items():
            book.writestr(name, text)
    return held.getvalue()


def _relations(named: Mapping[str, tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{name}" Type="{_LINKS}/{kind}" Target="{escape(target)}"'
        f"{_OUTSIDE if kind == 'hyperlink' else ''}/>"
        for name, (kind, target) in named.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


_SPACES = (
    *("office", "table", "text", "style"),
    *("xlink=http://www.w3.org/1999/xlink", "of=urn:oasis:names:tc:opendocument:xmlns:of:1.2"),
)


def opened(
    rows: Sequence[Sequence[str]],
    *,
    struck: Sequence[str] = (),
    links: Mapping[str, str] | None = None,
) -> bytes:
    """As `workbook`, an OpenDocument spreadsheet."""
    names = " ".join(
        f'xmlns:{one.partition("=")[0]}="'
        f'{one.partition("=")[2] or f"urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"}"'
        for one in _SPACES
    )
    grid = ""
    for n, row in enumerate(rows, 1):
        grid += "<table:table-row>"
        for m, said in enumerate(row):
            place = f"{chr(65 + m)}{n}"
            style = ' table:style-name="x"' if place in struck else ""
            formula, mark, value = said[1:].partition("|") if said[:1] == "=" else ("", "|", said)
            held = f' table:formula="of:={escape(formula)}"' if formula else ""
            kind = ' office:value-type="string"' if mark else ""
            text = escape(value)
            if address := (links or {}).get(place):
                text = f'<text:a xlink:href="{escape(address)}">{text}</text:a>'
            shown = f"<text:p>{text}</text:p>" if mark else ""
            grid += f"<table:table-cell{style}{held}{kind}>{shown}</table:table-cell>"
        grid += "</table:table-row>"
    content = (
        f'<office:document-content {names} office:version="1.2"><office:automatic-styles>'
        '<style:style style:name="x" style:family="table-cell"><style:text-properties '
        'style:text-line-through-style="solid"/></style:style></office:automatic-styles>'
        '<office:body><office:spreadsheet><table:table table:name="List">'
        f"{grid}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    held_in = io.BytesIO()
    with zipfile.ZipFile(held_in, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", content)
        book.writestr("META-INF/manifest.xml", "<manifest/>")
    return held_in.getvalue()


def _biff(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _shared_texts(said: Sequence[str], at: int) -> bytes:
    """Texts of which the part before `~` is struck, in two records of which one ends at `at`."""
    body = struct.pack("<II", len(said), len(said))
    for text in said:
        part, mark, rest = text.partition("~")
        body += struct.pack("<HBH", len(part + rest), 8, 2) + (part + rest).encode("latin-1")
        body += struct.pack("<HHHH", 0, 6 if mark else 0, len(part), 0)
    return _biff(0xFC, body[:at]) + _biff(0x3C, b"\0" + body[at:])


def old_workbook(
    column: Sequence[str], struck: Sequence[int] = (), *, cut_at: int | None = None
) -> bytes:
    """As Excel 97 wrote them (xls): one column in a sheet called List; `struck`: rows. `cut_at`:
    the texts are shared, struck before a `~`, and their record goes on from there, within letters.
    """
    opened = struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)
    fonts = [_biff(0x31, struct.pack("<HHHHHBBBBBB", 200, 8 * (n == 5), 0, 400, 0, 0, 0, 0, 0, 1, 0) + b"A")
             for n in range(6)]  # fmt: skip
    formats = [_biff(0xE0, struct.pack("<HHH14x", font, 0, 0)) for font in (0, 6)]
    cells = [
        _biff(0xFD, struct.pack("<HHHI", n, 0, 0, n))
        if cut_at is not None
        else _biff(
            0x204, struct.pack("<HHHHB", n, 0, n in struck, len(said), 0) + said.encode("latin-1")
        )
        for n, said in enumerate(column)
    ]
    end = _biff(0x0A, b"")
    first = _biff(0x809, opened[:2] + b"\x05\x00" + opened[4:]) + b"".join(fonts + formats)
    named = len(first) + 4 + 12 + len(end)
    texts = b"" if cut_at is None else _shared_texts(column, cut_at)
    first += _biff(0x85, struct.pack("<IHBB", named + len(texts), 0, 4, 0) + b"List") + texts + end
    stream = first + _biff(0x809, opened) + b"".join(cells) + end
    stream += bytes(max(4096, -(-len(stream) // 512) * 512) - len(stream))
    sectors = len(stream) // 512
    end_of_chain, free, table = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    following = [*range(1, sectors), end_of_chain, end_of_chain, table]
    following += [free] * (128 - len(following))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack(
        "<16xHHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, sectors, 0, 4096, end_of_chain, 0,
        end_of_chain, 0, sectors + 1,
    ) + struct.pack("<108I", *[free] * 108)  # fmt: skip

    def place(name: str, kind: int, first: int, size: int, child: int) -> bytes:
        spelt = (name + "\0").encode("utf-16-le")
        links = struct.pack("<HBBIII", len(spelt), kind, 1, free, free, child)
        return spelt.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", first, size)

    folder = place("Root Entry", 5, end_of_chain, 0, 1) + place("Workbook", 2, 0, len(stream), free)
    return head + stream + folder.ljust(512, b"\0") + struct.pack("<128I", *following)


def _xlsb(kind: int, body: bytes = b"") -> bytes:
    spelt = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(body)
    told = bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])
    return spelt + told + body


def _wide(said: str) -> bytes:
    return struct.pack("<I", len(said)) + said.encode("utf-16-le")


def binary_workbook(
    column: Sequence[str], struck: Sequence[int] = (), *, counted: bool = True
) -> bytes:
    """The same as a binary workbook (xlsb). `counted`: it says how many formats it has."""
    fonts = [_xlsb(43, struct.pack("<HH21x", 200, 8 * n) + _wide("A")) for n in range(2)]
    formats = [_xlsb(47, struct.pack("<HHH10x", 0, 0, font)) for font in range(2)]
    styles = [
        _xlsb(278),
        *fonts,
        _xlsb(626),
        formats[1],
        _xlsb(627),
        _xlsb(617, struct.pack("<I", 2) if counted else b""),
        *formats,
        _xlsb(618),
    ]
    cells = [
        _xlsb(0, struct.pack("<I13x", n))
        + _xlsb(6, struct.pack("<II", 0, n in struck) + _wide(said))
        for n, said in enumerate(column)
    ]
    size = struct.pack("<IIII", 0, max(len(column) - 1, 0), 0, 0)
    sheet = [_xlsb(129), _xlsb(148, size), _xlsb(145), *cells, _xlsb(146), _xlsb(130)]
    named = _xlsb(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("List"))
    links = f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_LINKS}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("xl/workbook.bin", _xlsb(131) + _xlsb(143) + named + _xlsb(144) + _xlsb(132))
        book.writestr("xl/_rels/workbook.bin.rels", links)
        book.writestr("xl/styles.bin", b"".join(styles) + _xlsb(279))
        book.writestr("xl/worksheets/sheet1.bin", b"".join(sheet))
    return out.getvalue()
