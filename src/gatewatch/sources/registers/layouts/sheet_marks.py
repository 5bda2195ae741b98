"""What a workbook (xlsx, xlsm) says of cells beside their values: struck fonts, links, formulas.

Readers of values pass it over, and it decides what a row says: a site that is struck out, one that
stands in a link alone, one that a formula would name if somebody had computed it (ECMA-376 part 1,
chapter 18).
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from lxml import etree

Place = tuple[int, int]
"""Row and column, from 0."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_ID = re.compile(r"\{http://(?:schemas|purl)\.[^}]*/relationships\}id")
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_LINK = re.compile(r'(?i)^\s*HYPERLINK\(\s*"([^"]*)"\s*(?:[,;]\s*"([^"]*)"\s*)?\)\s*$')
_SIGNS = (b"<f", b":f>", b":f ", b"hyperlink")
_OFF = frozenset({"0", "false"})
_MOST_LINKED = 1_000_000
"""Cells of a sheet that links stand on."""


class Marks(msgspec.Struct):
    """By place. `shown` are texts that stand for the value: a computed link's, a struck part's."""

    struck: set[Place] = set()
    links: dict[Place, str] = {}
    shown: dict[Place, str] = {}
    formulas: dict[Place, str] = {}
    """Of cells whose value nobody computed."""


def computed_link(formula: str) -> tuple[str, str] | None:
    """Where the link of a formula leads, and what it shows; None if it is none of plain texts."""
    found = _LINK.match(formula)
    return (found[1], found[2] or found[1]) if found else None


def marks(data: bytes, sheet: str) -> Marks:
    """The marks of one sheet; none of a file of another kind. Raises KeyError, ValueError or
    lxml's XMLSyntaxError for a damaged one."""
    found = Marks()
    if not data.startswith(b"PK"):
        return found
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        if "xl/workbook.xml" not in book.namelist():
            return found
        _Book(book, found).read(sheet)
    return found


class _Book:
    def __init__(self, book: zipfile.ZipFile, found: Marks) -> None:
        self._book, self._found = book, found
        self._names = set(book.namelist())

    def read(self, sheet: str) -> None:
        whole = self._tree("xl/workbook.xml")
        path = next(
            target
            for one in _all(whole, "sheet")
            for target in [self._targets("xl/workbook.xml").get(_link_id(one), "")]
            if one.get("name") == sheet
        )
        never = any(one.get("fullCalcOnLoad") not in {None, *_OFF} for one in _all(whole, "calcPr"))
        struck = self._struck_styles()
        parts = self._struck_strings()
        raw = self._book.read(path)
        if not struck and not parts and not any(sign in raw for sign in _SIGNS):
            return
        tree = self._tree(path)
        for cell in _all(tree, "c"):
            place = _place(cell.get("r") or "")
            if place is None:
                continue
            if cell.get("s") in struck:
                self._found.struck.add(place)
            self._look(cell, place, parts, never=never)
        targets = self._targets(path)
        left = _MOST_LINKED
        for link in _all(tree, "hyperlink"):
            if target := targets.get(_link_id(link)):
                for place in islice(_places(link.get("ref") or ""), left):
                    self._found.links[place] = target
                    left -= 1

    def _look(
        self, cell: "etree._Element", place: Place, parts: dict[str, str], *, never: bool
    ) -> None:
        value = next((one.text or "" for one in _own(cell, "v")), None)
        if cell.get("t") == "s" and value in parts:
            self._found.shown[place] = parts[value]
        formula = next((one for one in _own(cell, "f")), None)
        if formula is None:
            return
        text = formula.text or ""
        if link := computed_link(text):
            self._found.links[place], self._found.shown[place] = link
        elif value is None or (never and value == "0"):
            self._found.formulas[place] = text

    def _struck_styles(self) -> set[str]:
        """Numbers of the formats of cells whose font is struck."""
        if "xl/styles.xml" not in self._names or b"strike" not in self._book.read("xl/styles.xml"):
            return set()
        tree = self._tree("xl/styles.xml")
        fonts = [font for held in _all(tree, "fonts") for font in held if isinstance(font.tag, str)]
        struck = {str(n) for n, font in enumerate(fonts) if _strikes(font)}
        formats = [one for held in _all(tree, "cellXfs") for one in _own(held, "xf")]
        return {str(n) for n, one in enumerate(formats) if one.get("fontId") in struck}

    def _struck_strings(self) -> dict[str, str]:
        """Shared texts of which a part is struck, by number, with that part marked."""
        name = "xl/sharedStrings.xml"
        if name not in self._names or b"strike" not in self._book.read(name):
            return {}
        found = {}
        for n, text in enumerate(_own(self._tree(name), "si")):
            runs = [
                (
                    "".join(str(t.text or "") for t in _own(run, "t")),
                    any(map(_strikes, _own(run, "rPr"))),
                )
                for run in _own(text, "r")
            ]
            if any(strikes for _, strikes in runs):
                found[str(n)] = "".join(
                    f"~~{said.strip()}~~" if strikes and said.strip() else said
                    for said, strikes in runs
                )
        return found

    def _targets(self, part: str) -> dict[str, str]:
        """What a part of the package points at, by the link's id."""
        folder, name = posixpath.split(part)
        path = f"{folder}/_rels/{name}.rels"
        if path not in self._names:
            return {}
        found = {}
        for one in self._tree(path):
            target = str(one.get("Target") or "")
            if one.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[str(one.get("Id"))] = target
        return found

    def _tree(self, path: str) -> "etree._Element":
        from lxml import etree

        safe = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        return etree.fromstring(self._book.read(path), safe)


def _all(tree: "etree._Element", name: str) -> "Iterator[etree._Element]":
    yield from tree.iter(f"{_MAIN}{name}", f"{_STRICT}{name}")


def _own(element: "etree._Element", name: str) -> "Iterator[etree._Element]":
    yield from element.iterchildren(f"{_MAIN}{name}", f"{_STRICT}{name}")


def _strikes(font: "etree._Element") -> bool:
    return any(
        one.get("val") not in _OFF for one in (*_own(font, "strike"), *_own(font, "dstrike"))
    )


def _link_id(element: "etree._Element") -> str:
    return next((str(value) for key, value in element.attrib.items() if _ID.match(str(key))), "")


def _place(name: str) -> Place | None:
    found = _CELL.fullmatch(name)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def _places(ref: str) -> Iterator[Place]:
    """The cells of `B2` or `B2:C9`."""
    first, _, last = ref.partition(":")
    low, high = _place(first), _place(last or first)
    if low is None or high is None:
        return
    for n in range(max(0, high[0] - low[0] + 1) * max(0, high[1] - low[1] + 1)):
        down, across = divmod(n, high[1] - low[1] + 1)
        yield low[0] + down, low[1] + across
