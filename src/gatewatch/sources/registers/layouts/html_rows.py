"""Rows of a table, or items of a list, on a web page."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from gatewatch.errors import SourceError, needs
from gatewatch.model.register import Declared
from gatewatch.model.unread import may_name
from gatewatch.sources.registers.encodings import in_utf_8, page_encoding
from gatewatch.sources.registers.layouts import Rows
from gatewatch.sources.registers.layouts.grid import header, named, plain

if TYPE_CHECKING:
    from lxml import html

_ROWS = "table tr"
_SILENT = ("script", "style", "noscript", "template")
_STRUCK = ("s", "del", "strike")
_WIDEST = 100
_BREAKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div"),
        *("dl", "dt", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("header", "hr", "li", "main", "nav", "ol", "option", "p", "pre", "section", "select"),
        *("summary", "table", "td", "textarea", "th", "tr", "ul"),
    }
)
"""Elements that browsers show in lines or boxes of their own."""
_SAID = frozenset({"alt", "onclick", "title", "value"})
"""Attributes that may hold a name which the page does not show as text."""
_BREAK_HERE = re.compile(rb"</?wbr\s*/?>", re.IGNORECASE)
"""Where a long name may be broken: libxml2 takes it for an element that holds what follows."""
_FOOTNOTE = re.compile(r"[\s\[(]*(?:\d{1,3}|[a-z]|[*\u2020\u2021]+)[\s\])]*")
_CSS_COMMENT = re.compile(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/")
_LINED = "line-through"
_MOST_SHEETS, _MOST_RULES, _LONGEST_RULE = 20, 200, 200
"""Style sheets of a page that are looked at, rules that strike out, and letters of what one is
for."""
_BESIDE = re.compile("[~+]|nth|last|first|only")
"""What in a rule has each element compared with all beside it."""
_MOST_CELLS = 1_000_000
"""Cells of a page that is small; of another no more than it has bytes."""
_HEAD = 65536
_CLOSED = b"</html"


def rows(part: str, data: bytes, how: Declared) -> Rows:
    """`how.rows` is CSS for the rows; a row without cells of its own is one cell."""
    with needs("documents"):
        import cssselect  # noqa: F401 - lxml looks for it
        from lxml import etree, html
    data = in_utf_8(part, data)
    encoding = page_encoding(data, how.encodings)
    parser = html.HTMLParser(encoding=encoding, no_network=True, huge_tree=False)
    try:
        page = html.document_fromstring(_BREAK_HERE.sub(b"", data), parser=parser)
        _style(page)
        found = page.cssselect(how.rows) if how.rows else _told(page, how)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as fault:
        raise SourceError(f"{part}: no web page: {fault}") from None
    except SyntaxError as fault:
        raise SourceError(f"declared.rows {how.rows!r} is no CSS selector: {fault}") from None
    found = [row for row in found if not _is_hidden(row) and not _is_silent(row)]
    if not found:
        raise SourceError(f"{part}: nothing on the page is like {how.rows or _ROWS!r}")
    low = data[-_HEAD:].lower()
    most = max(_MOST_CELLS, len(data))
    try:
        grids = [list(_grid(found, most, told)) for told in (_text, _addresses, _said)]
    except ValueError as fault:
        raise SourceError(f"{part}: {fault}") from None
    return Rows(
        named(grids[0], how, grids[1], grids[2]),
        plain("".join(map(str, page.itertext())))[:_HEAD],
        complete=_CLOSED in low or b"<html" not in data[:_HEAD].lower(),
    )


def _style(page: "html.HtmlElement") -> None:
    """Give elements what the page's own style sheets strike out. What these hide is read: a script
    may show it, as the next rows of a long table."""
    from cssselect import SelectorError

    rules: dict[str, None] = {}
    for sheet in list(page.iter("style"))[:_MOST_SHEETS]:
        for rule in _CSS_COMMENT.sub("", (sheet.text or "")[:_HEAD]).split("}"):
            before, _, said = rule.rpartition("{")
            which = before.rpartition("{")[2].rpartition(";")[2].strip()
            if which and _LINED in said.lower():
                rules[which] = None
    for which in list(rules)[:_MOST_RULES]:
        if len(which) > _LONGEST_RULE or _BESIDE.search(which):
            continue
        try:
            styled = page.cssselect(which)
        except (SelectorError, ValueError):
            continue
        for element in styled:
            element.set("style", f"{element.get('style') or ''};text-decoration:{_LINED}")


def _told(page: "html.HtmlElement", how: Declared) -> list["html.HtmlElement"]:
    """The rows of the tables that have a column of the declaration; of the longest, if none has."""
    tables = [
        [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
        for table in page.cssselect("table")
    ]
    fitting = [
        rows
        for rows in tables
        if {*header(list(_grid(rows[how.skip : how.skip + how.header], _MOST_CELLS)))}
        & {*how.columns}
    ]
    return [row for rows in fitting or [max(tables, key=len, default=[])] for row in rows]


def _grid(
    rows: Iterable["html.HtmlElement"],
    most: int,
    told: Callable[["html.HtmlElement"], str] | None = None,
) -> Iterator[list[str]]:
    """Cells by row and column; one that stands over several rows says the same in each of them.
    `told`: what is told of a cell, if not what it shows. ValueError where there are more than
    `most`: one cell may say that it is ten thousand."""
    standing: dict[int, tuple[int, str]] = {}
    section = None
    for row in rows:
        if row.getparent() is not section:
            section, standing = row.getparent(), {}
        cells = _cells(row, standing, told or _text)
        most -= len(cells)
        if most < 0:
            raise ValueError("its cells stand over far more rows and columns than a page has")
        yield cells


def _cells(
    row: "html.HtmlElement",
    standing: dict[int, tuple[int, str]],
    told: Callable[["html.HtmlElement"], str],
) -> list[str]:
    """The cells of a row. `standing`: by column, for how many rows more a cell from above stands,
    and what it says."""
    inner = [child for child in row if child.tag in {"td", "th"}]
    if not inner:
        return [told(row)]
    cells: list[str] = []
    for cell in inner:
        _fill(cells, standing)
        text, deep = told(cell), _number(cell, "rowspan")
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
    shown = "".join(_shown(cell))
    if (_is_struck(cell) or _is_struck(cell.getparent())) and may_name(shown):
        shown = f"~~{plain(shown)}~~"
    lines = (plain(line) for line in shown.split("\n"))
    return "\n".join(filter(None, lines))


def _addresses(cell: "html.HtmlElement") -> str:
    """Where the links of a cell lead, a line each; those within the page's own site have no host
    and name nothing."""
    links = [cell, *cell.iterdescendants("a")] if cell.tag == "a" else cell.iterdescendants("a")
    found = [plain(link.get("href") or "") for link in links if not _is_hidden(link)]
    told = [f"http:{one}" if one.startswith("//") else one for one in found if "//" in one]
    return "\n".join(told)


def _said(cell: "html.HtmlElement") -> str:
    """As `_addresses`, with what other attributes say where they name something."""
    values = (
        plain(str(value)).replace("<", " ").replace(">", " ")
        for element in cell.iter()
        for name, value in element.attrib.items()
        if (str(name) in _SAID or str(name).startswith("data-")) and may_name(str(value))
    )
    return "\n".join(filter(None, (_addresses(cell), *values)))


def _shown(element: "html.HtmlElement") -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and not _is_hidden(child):
            yield "\n" if child.tag in _BREAKS else ""
            if _is_struck(child) and may_name(child.text_content()):
                # What a court annulled is struck out; it is told apart and stays unread.
                yield f"~~{child.text_content().strip()}~~"
            else:
                yield from _shown(child)
            yield "\n" if child.tag in _BREAKS else ""
        yield child.tail or ""


def _is_struck(element: "html.HtmlElement | None") -> bool:
    if element is None:
        return False
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.tag in _STRUCK or _LINED in style


def _is_silent(row: "html.HtmlElement") -> bool:
    """Whether a row is part of a template, which scripts fill in, or of another silent element."""
    return next(row.iterancestors(*_SILENT), None) is not None


def _is_hidden(element: "html.HtmlElement") -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return (
        element.tag in _SILENT
        or element.get("hidden") is not None
        or "display:none" in style
        or "visibility:hidden" in style
        or (element.tag == "sup" and _FOOTNOTE.fullmatch(element.text_content()) is not None)
    )
