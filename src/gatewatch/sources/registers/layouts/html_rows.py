"""Rows of a table, or items of a list, on a web page."""

from typing import TYPE_CHECKING

from gatewatch.errors import SourceError, needs
from gatewatch.model.register import Declared
from gatewatch.sources.registers.encodings import page_encoding
from gatewatch.sources.registers.layouts import Rows
from gatewatch.sources.registers.layouts.grid import named, plain

if TYPE_CHECKING:
    from lxml import html

_ROWS = "table tr"
_BREAKS = ("br", "p", "li", "div")
_HEAD = 65536
_CLOSED = b"</html"


def rows(part: str, data: bytes, how: Declared) -> Rows:
    """`how.rows` is CSS for the rows; a row without cells of its own is one cell."""
    with needs("documents"):
        import cssselect  # noqa: F401 - lxml looks for it
        from lxml import etree, html
    encoding = page_encoding(data, how.encodings)
    parser = html.HTMLParser(encoding=encoding, no_network=True, huge_tree=False)
    try:
        page = html.document_fromstring(data, parser=parser)
        found = page.cssselect(how.rows or _ROWS)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as fault:
        raise SourceError(f"{part}: no web page: {fault}") from None
    except SyntaxError as fault:
        raise SourceError(f"declared.rows {how.rows!r} is no CSS selector: {fault}") from None
    if not found:
        raise SourceError(f"{part}: nothing on the page is like {how.rows or _ROWS!r}")
    low = data[-_HEAD:].lower()
    return Rows(
        named([_cells(row) for row in found], how),
        plain("".join(map(str, page.itertext())))[:_HEAD],
        complete=_CLOSED in low or b"<html" not in data[:_HEAD].lower(),
    )


def _cells(row: "html.HtmlElement") -> list[str]:
    inner = [child for child in row if child.tag in {"td", "th"}]
    return [_text(cell) for cell in inner or [row]]


def _text(cell: "html.HtmlElement") -> str:
    """What a cell says; a break within it parts values."""
    parts: list[str] = []
    for element in cell.iter():
        if element.tag in _BREAKS and element is not cell:
            parts.append("\n")
        if element.text and isinstance(element.tag, str):
            parts.append(element.text)
        if element.tail and element is not cell:
            parts.append(element.tail)
    lines = (plain(line) for line in "".join(parts).split("\n"))
    return "\n".join(filter(None, lines))
