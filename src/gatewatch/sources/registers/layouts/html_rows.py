"""Rows of a table, or items of a list, on a web page."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gatewatch.errors import SourceError, needs
from gatewatch.model.register import Declared
from gatewatch.sources.registers.encodings import page_encoding
from gatewatch.sources.registers.layouts import Rows
from gatewatch.sources.registers.layouts.grid import header, named, plain

if TYPE_CHECKING:
    from lxml import html

_ROWS = "table tr"
_SILENT = ("script", "style", "noscript", "template")
_WIDEST = 100
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
        found = page.cssselect(how.rows) if how.rows else _told(page, how)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as fault:
        raise SourceError(f"{part}: no web page: {fault}") from None
    except SyntaxError as fault:
        raise SourceError(f"declared.rows {how.rows!r} is no CSS selector: {fault}") from None
    if not found:
        raise SourceError(f"{part}: nothing on the page is like {how.rows or _ROWS!r}")
    low = data[-_HEAD:].lower()
    return Rows(
        named(list(_grid(found)), how),
        plain("".join(map(str, page.itertext())))[:_HEAD],
        complete=_CLOSED in low or b"<html" not in data[:_HEAD].lower(),
    )


def _told(page: "html.HtmlElement", how: Declared) -> list["html.HtmlElement"]:
    """The rows of the tables that have a column of the declaration; of the longest, if none has."""
    tables = [table.cssselect(_ROWS.partition(" ")[2]) for table in page.cssselect("table")]
    fitting = [
        rows
        for rows in tables
        if {*header(list(_grid(rows[how.skip : how.skip + how.header])))} & {*how.columns}
    ]
    return [row for rows in fitting or [max(tables, key=len, default=[])] for row in rows]


def _grid(rows: Iterable["html.HtmlElement"]) -> Iterator[list[str]]:
    """Cells by row and column; one that stands over several rows says the same in each of them."""
    standing: dict[int, tuple[int, str]] = {}
    section = None
    for row in rows:
        if row.getparent() is not section:
            section, standing = row.getparent(), {}
        yield _cells(row, standing)


def _cells(row: "html.HtmlElement", standing: dict[int, tuple[int, str]]) -> list[str]:
    """The cells of a row. `standing`: by column, for how many rows more a cell from above stands,
    and what it says."""
    inner = [child for child in row if child.tag in {"td", "th"}]
    if not inner:
        return [_text(row)]
    cells: list[str] = []
    for cell in inner:
        _fill(cells, standing)
        text, deep = _text(cell), _number(cell, "rowspan")
        for beside in range(_number(cell, "colspan")):
            # A heading over several columns names each; a value over several stands in the first.
            cells.append(text if not beside or cell.tag == "th" else "")
            if deep > 1:
                standing[len(cells) - 1] = deep - 1, cells[-1]
    _fill(cells, standing)
    return cells


def _fill(cells: list[str], standing: dict[int, tuple[int, str]]) -> None:
    while (held := standing.pop(len(cells), None)) is not None:
        more, text = held
        if more > 1:
            standing[len(cells)] = more - 1, text
        cells.append(text)


def _number(cell: "html.HtmlElement", name: str) -> int:
    said = (cell.get(name) or "").strip()
    return max(1, min(int(said), _WIDEST)) if said.isascii() and said.isdigit() else 1


def _text(cell: "html.HtmlElement") -> str:
    """What a cell shows; a break within it parts values."""
    lines = (plain(line) for line in "".join(_shown(cell)).split("\n"))
    return "\n".join(filter(None, lines))


def _shown(element: "html.HtmlElement") -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and not _is_hidden(child):
            yield "\n" if child.tag in _BREAKS else ""
            yield from _shown(child)
            yield "\n" if child.tag in _BREAKS else ""
        yield child.tail or ""


def _is_hidden(element: "html.HtmlElement") -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.tag in _SILENT or element.get("hidden") is not None or "display:none" in style
