"""Small documents of our own making: a PDF of lines or of a ruled table."""

from collections.abc import Sequence

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


def table(rows: Sequence[Sequence[str]]) -> bytes:
    """A table with a rule around each cell."""
    drawn = ""
    for n, row in enumerate(rows):
        for m, cell in enumerate(row):
            x, y = _LEFT + m * _WIDTH, _TOP - n * _HEIGHT
            drawn += f"{x} {y} {_WIDTH} {_HEIGHT} re S\n{_text(x + 4, y + 6, cell)}"
    return pdf(drawn)
