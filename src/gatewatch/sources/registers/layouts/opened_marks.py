"""The same marks of an OpenDocument spreadsheet (ods) as `sheet_marks` reads of a workbook."""

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatewatch.sources.registers.layouts.sheet_marks import Marks, computed_link

if TYPE_CHECKING:
    from lxml import etree

_OASIS = "{urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _STYLE = f"{_OASIS}table:1.0}}", f"{_OASIS}style:1.0}}"
_TEXT, _OFFICE = f"{_OASIS}text:1.0}}", f"{_OASIS}office:1.0}}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_CONTENT, _STYLES = "content.xml", "styles.xml"
_MOST_REPEATED = 1_000
"""Cells that repeat more often are the empty ones at the edges of a sheet."""


def is_opened(data: bytes) -> bool:
    """Whether a file is a package of this kind."""
    if not data.startswith(b"PK"):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return _CONTENT in book.namelist()


def marks(data: bytes, sheet: str) -> Marks:
    """The marks of one sheet. Raises KeyError, ValueError or lxml's XMLSyntaxError for a damaged
    one."""
    found = Marks()
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        tree = _tree(book.read(_CONTENT))
        others = [_tree(book.read(_STYLES))] if _STYLES in book.namelist() else []
    struck = _struck([tree, *others])
    table = next(one for one in tree.iter(f"{_TABLE}table") if one.get(f"{_TABLE}name") == sheet)
    row = 0
    for line in table.iter(f"{_TABLE}table-row"):
        column = 0
        for cell in line.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            wide = _number(cell, "number-columns-repeated")
            for beside in range(wide if wide <= _MOST_REPEATED else 0):
                _look(cell, (row, column + beside), struck, found)
            column += wide
        row += _number(line, "number-rows-repeated")
    return found


def _look(cell: "etree._Element", place: tuple[int, int], struck: set[str], found: Marks) -> None:
    if cell.get(f"{_TABLE}style-name") in struck:
        found.struck.add(place)
    links = [str(link.get(_HREF)) for link in cell.iter(f"{_TEXT}a") if link.get(_HREF)]
    if links:
        found.links[place] = "\n".join(links)
    formula = cell.get(f"{_TABLE}formula")
    if formula is not None:
        _, _, text = str(formula).rpartition(":=") if ":=" in formula[:8] else ("", "", formula)
        if link := computed_link(text.removeprefix("=")):
            found.links[place], found.shown[place] = link
        elif cell.get(f"{_OFFICE}value-type") is None:
            found.formulas[place] = text
    if parts := [
        one for one in cell.iter(f"{_TEXT}span") if one.get(f"{_TEXT}style-name") in struck
    ]:
        found.shown[place] = "\n".join(
            "".join(_shown(paragraph, {*parts})) for paragraph in cell.iter(f"{_TEXT}p")
        )


def _shown(element: "etree._Element", struck: "set[etree._Element]") -> Iterator[str]:
    said = "".join(map(str, element.itertext()))
    if element in struck:
        yield f"~~{said.strip()}~~" if said.strip() else said
        return
    yield element.text or ""
    for child in element.iterchildren("*"):
        yield from _shown(child, struck)
        yield child.tail or ""


def _struck(trees: "list[etree._Element]") -> set[str]:
    """Names of styles whose text is struck."""
    lined = f"{_STYLE}text-line-through-style"
    kind = f"{_STYLE}text-line-through-type"
    return {
        str(style.get(f"{_STYLE}name"))
        for tree in trees
        for style in tree.iter(f"{_STYLE}style")
        for text in style.iterchildren(f"{_STYLE}text-properties")
        if {text.get(lined), text.get(kind)} - {None, "none"}
    }


def _number(element: "etree._Element", name: str) -> int:
    said = element.get(f"{_TABLE}{name}") or "1"
    return max(1, int(said)) if said.isascii() and said.isdigit() else 1


def _tree(data: bytes) -> "etree._Element":
    from lxml import etree

    safe = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(data, safe)
