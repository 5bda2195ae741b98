"""Records of an XML document, by ElementPath: a small part of XPath that cannot run away."""

from typing import TYPE_CHECKING

from gatewatch.errors import SourceError, needs
from gatewatch.model.register import Declared
from gatewatch.sources.registers.encodings import is_utf_8
from gatewatch.sources.registers.layouts import Rows

if TYPE_CHECKING:
    from lxml import etree

_HEAD = 65536


def rows(part: str, data: bytes, how: Declared) -> Rows:
    """`how.rows` is the path of a record; columns are paths in it, as `a/b`, `@id`, `a/@id`,
    `.`."""
    with needs("documents"):
        from lxml import etree
    parser = etree.XMLParser(
        # Bytes that are UTF-8 are so whatever their first line says, as in lists of text.
        encoding=None if data.isascii() or not is_utf_8(data) else "utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
    )
    try:
        root = etree.fromstring(data, parser)
        if next(root.iter(etree.Entity), None) is not None:
            raise SourceError(f"{part}: it has entities of its own, which are not read")
        records = list(root.iterfind(how.rows or "*", how.namespaces))
    except etree.XMLSyntaxError as fault:
        raise SourceError(f"{part}: not well-formed XML, or cut: {fault}") from None
    except SyntaxError as fault:
        raise SourceError(f"declared.rows {how.rows!r} is no path: {fault}") from None
    return Rows([_row(record, how) for record in records], data[:_HEAD].decode("utf-8", "replace"))


def _row(record: "etree._Element", how: Declared) -> dict[str, str]:
    named = {column: _value(record, column, how.namespaces) for column in how.columns}
    known = {column.partition("/")[0].partition("[")[0] for column in how.columns}
    strange = {
        str(child.tag): (child.text or "").strip()
        for child in record
        if isinstance(child.tag, str) and str(child.tag).rpartition("}")[2] not in _local(known)
    }
    return {**{name: value for name, value in strange.items() if value}, **named}


def _local(names: set[str]) -> set[str]:
    return {name.rpartition(":")[2].rpartition("}")[2] for name in names}


def _value(record: "etree._Element", path: str, namespaces: dict[str, str]) -> str:
    """Every value at a path, a line each."""
    where, _, attribute = path.rpartition("@")
    where = where.rstrip("/") if "@" in path else path
    places = record.iterfind(where, namespaces) if where not in {"", "."} else [record]
    if "@" in path:
        values = [place.get(attribute) or "" for place in places]
    else:
        values = ["".join(str(text) for text in place.itertext()) for place in places]
    return "\n".join(value.strip() for value in values if value.strip())
