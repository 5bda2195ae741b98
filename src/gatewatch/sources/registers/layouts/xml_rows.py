"""Records of an XML document, by ElementPath: a small part of XPath that cannot run away."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatewatch.errors import SourceError, needs
from gatewatch.model.register import Declared
from gatewatch.model.unread import may_name
from gatewatch.sources.registers.encodings import in_utf_8, is_utf_8
from gatewatch.sources.registers.layouts import UNREAD, Rows
from gatewatch.sources.registers.values import FIELDS as SELECTORS

if TYPE_CHECKING:
    from lxml import etree

_HEAD = 65536
_OF_SCHEMA = (
    "{http://www.w3.org/2001/XMLSchema-instance}",
    "{http://www.w3.org/XML/1998/namespace}",
)
"""Attributes that say how a document is written, and nothing of what it lists."""


def rows(part: str, data: bytes, how: Declared) -> Rows:
    """`how.rows` is the path of a record; columns are paths in it, as `a/b`, `@id`, `a/@id`,
    `.`."""
    with needs("documents"):
        from lxml import etree
    data = in_utf_8(part, data)
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
    found = [_row(record, how) for record in records]
    found += [{UNREAD: text} for text in _elsewhere(root, records, how)]
    return Rows(found, data[:_HEAD].decode("utf-8", "replace"))


def _elsewhere(
    root: "etree._Element", records: list["etree._Element"], how: Declared
) -> Iterator[str]:
    """Texts of elements that are called as records or their sites are, and that no record holds:
    in another namespace, deeper, with a capital letter."""
    sites = [_steps(column) for column, field in how.columns.items() if field in SELECTORS]
    called = {step.lower() for steps in sites for step in steps[-1:] if step[:1] not in {"@", "*"}}
    called |= {step.lower() for step in _steps(how.rows or "*")[-1:] if step != "*"}
    known = {*records}  # kept, and so lxml gives the same objects for the same elements
    above = {one for record in records for one in record.iterancestors()}
    left = [root]
    while left:
        element = left.pop()
        if element in known:
            continue
        left += element.iterchildren("*")
        if element not in above and _local(str(element.tag)).lower() in called:
            values = (str(v) for one in element.iter("*") for v in one.attrib.values())
            text = " ".join("\n".join((*map(str, element.itertext()), *values)).split())
            if may_name(text):
                yield text


def _row(record: "etree._Element", how: Declared) -> dict[str, str]:
    named = {column: _value(record, column, how.namespaces) for column in how.columns}
    strange: dict[str, str] = {}
    paths = [_steps(column) for column in how.columns]
    for name, value in _strange(record, paths, (), whole=[] in paths):
        strange[name] = "\n".join(filter(None, (strange.get(name), value)))
    return {**strange, **named}


def _steps(path: str) -> list[str]:
    """A path as steps of local names; `*` for one that is told in another way than by its name."""
    steps = [step for step in path.strip("/").split("/") if step not in {"", "."}]
    return ["*" if set(step) & set("[*") else _local(step) for step in steps]


def _local(name: str) -> str:
    mark = "@" if name.startswith("@") else ""
    return mark + name.removeprefix("@").rpartition(":")[2].rpartition("}")[2]


def _strange(
    element: "etree._Element", paths: list[list[str]], above: tuple[str, ...], *, whole: bool
) -> Iterator[tuple[str, str]]:
    """What no column names, by its path, at any depth: attributes, and text of elements. `whole`:
    a column takes all of the text in it."""
    at = len(above)
    taken = {path[at] for path in paths if len(path) == at + 1}
    for key, value in element.attrib.items():
        name, spoken = str(key), str(value).strip()
        if spoken and not name.startswith(_OF_SCHEMA) and f"@{_local(name)}" not in taken:
            yield "/".join((*above, f"@{name}")), spoken
    if not whole and (said := _own_text(element)):
        yield "/".join(above) or ".", said
    for child in element:
        if not isinstance(child.tag, str):
            continue
        tag = str(child.tag)
        here = [path for path in paths if path[at : at + 1] in ([_local(tag)], ["*"])]
        inside = whole or any(len(path) == at + 1 for path in here)
        if here or inside:
            yield from _strange(child, here, (*above, tag), whole=inside)
        elif said := " ".join("\n".join(map(str, child.itertext())).split()):
            yield "/".join((*above, tag)), said


def _own_text(element: "etree._Element") -> str:
    parts = (element.text, *(child.tail for child in element))
    return " ".join(word for part in parts for word in str(part or "").split())


def _text_of(element: "etree._Element") -> str:
    """The text of an element; what stands in elements of its own are several values, unless they
    only mark a part of it."""
    children = [child for child in element if isinstance(child.tag, str)]
    if len(children) > 1 and not _own_text(element):
        return "\n".join(map(_text_of, children))
    return "".join(str(text) for text in element.itertext())


def _value(record: "etree._Element", path: str, namespaces: dict[str, str]) -> str:
    """Every value at a path, a line each."""
    where, _, attribute = path.rpartition("@")
    where = where.rstrip("/") if "@" in path else path
    places = record.iterfind(where, namespaces) if where not in {"", "."} else [record]
    if "@" in path:
        prefix, _, name = attribute.rpartition(":")
        if prefix in namespaces:
            attribute = f"{{{namespaces[prefix]}}}{name}"
        values = [place.get(attribute) or "" for place in places]
    else:
        values = [_text_of(place) for place in places]
    return "\n".join(value.strip() for value in values if value.strip())
