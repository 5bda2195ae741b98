"""Roskomnadzor's dump.xml, format versions 2.0 to 2.4.

windows-1251, one line or pretty-printed; every entry is one `<content>` element, which makes its
end tag a safe place to cut: a piece that is not exactly one well-formed `<content>` element sends
the whole file through a full parse instead, so odd input costs time and never truth.
"""

import codecs
import re
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from xml.etree import ElementTree as ET

from gatewatch.errors import SourceError
from gatewatch.model import selector
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.moment import tellable
from gatewatch.model.register import Register, check_encoding
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.unread import may_name
from gatewatch.sources.containers.large import Data, blocks, plain
from gatewatch.sources.registers import cells, folding
from gatewatch.sources.registers.dates import in_zone
from gatewatch.sources.registers.format import Fragment, Frame, Unread

_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*:)?register\b[^<>]*>")
_CONTENT = re.compile(rb"<content[\s>/]")
_CLOSED = re.compile(
    rb"</([A-Za-z_][\w.-]*:)?register\s*>(?:[\s\0]|<!--.{0,4096}?-->)*\Z", re.DOTALL
)
_ID = re.compile(rb"""<content\b[^<>]*?\sid\s*=\s*["']([^"'<>]{1,64})["']""")
_ENCODING = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml\b[^<>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']"""
)
_INCLUDED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_ELEMENT = re.compile(rb"<([A-Za-z_][\w.:-]*)[^<>]*?(?:/>\Z|>.*</\1\s*>\Z)", re.DOTALL)
_END = b"</content>"
_HEAD = 8192
_GROUP = 2000
_BLOCK_TYPES = {"default": "url", "domain": "domain", "domain-mask": "domain-mask", "ip": "ip"}
_CHILDREN = {
    "url": "url",
    "domain": "domain",
    "ip": "ip",
    "ipv6": "ip",
    "ipSubnet": "ip",
    "ipv6Subnet": "ip",
}
_NUMBERS = "ip"
"""How the names of the elements begin that hold addresses and networks."""
_IGNORED = frozenset({"hash", "ts"})
"""`hash` does not identify content and `ts` is the time of a change: neither is meaning."""
_NO_DECISION = Decision()
_ROOT_KNOWN = frozenset({"updateTime", "updateTimeUrgently", "formatVersion"})


class RknXml:
    """One entry a `<content>`; identity is its id."""

    default_path = "dump.xml"
    companions: str | None = None
    marks: ClassVar[tuple[bytes, ...]] = (b":register ", b"<register ")
    walks = True

    def __init__(self, register: Register) -> None:
        self._register = register

    def frame(self, part: str, data: Data) -> Frame:
        head = data[:_HEAD]
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise SourceError(f"{part}: a document type is declared; such a file is not read")
        root = _ROOT.search(head)
        if not root:
            raise SourceError(f"{part}: no register element in the first {_HEAD} bytes")
        attributes, unknown = _root_attributes(root.group())
        context = _encoding_of(data)
        published, doubt = self._published(part, attributes.get("updateTime", ""))
        first = _CONTENT.search(data, root.end())
        start = first.start() if first else root.end()
        closing = _CLOSED.match(data, max(start, data.rfind(b"</", start)))
        end = closing.start() if closing else len(data)
        last = data.rfind(_END, start, end)
        outside = data[root.end() : start] + data[last + len(_END) if last >= 0 else start : end]
        empty = root.group().endswith(b"/>")
        return Frame(
            start=start,
            end=max(start, last + len(_END) if last >= 0 else start),
            separator=_END,
            records=_whole(plain(data), context) if outside.strip() else None,
            context=context,
            complete=closing is not None or empty,
            published_at=published,
            doubt=doubt,
            published_text=attributes.get("updateTime"),
            unknown=unknown,
        )

    def _published(self, part: str, said: str) -> tuple[datetime, str | None]:
        """The time that the file states, in the register's zone if it bears no offset. A copy's
        time of modification is not the register's time."""
        when = _clock(said.strip())
        if when is None:
            raise SourceError(f"{part}: updateTime {said!r} is no time")
        return in_zone(when, self._register.zone)

    def recut(self, part: str, data: bytes) -> tuple[bytes, ...] | None:
        """Records by a full parse, for a file whose plain cut gave unreadable pieces."""
        del part
        return _whole(data, _encoding_of(data))

    def parse(self, context: str, records: Sequence[bytes]) -> list[list[Fragment | Unread]]:
        results: list[list[Fragment | Unread]] = []
        for start in range(0, len(records), _GROUP):
            group = records[start : start + _GROUP]
            elements = _elements(context, group)
            if elements is not None:
                results += [[self._entry(element)] for element in elements]
            else:
                results += [self._alone(context, record) for record in group]
        return results

    fold = staticmethod(folding.fold)
    removal = staticmethod(folding.removal)

    def _alone(self, context: str, record: bytes) -> list[Fragment | Unread]:
        elements = _elements(context, [record])
        if elements is not None:
            return [self._entry(elements[0])]
        if stranger := _stranger(record):
            reason = f"register/{stranger} is no content element"
            return [Unread(reason, record.decode(context, "backslashreplace"), vital=False)]
        known = _ID.search(record)
        return [
            Unread(
                reason="not a well-formed content element",
                raw=record.decode(context, "backslashreplace"),
                entry_id=known.group(1).decode(context, "replace") if known else None,
            )
        ]

    def _entry(self, element: ET.Element) -> Fragment | Unread:
        attributes = dict(element.attrib)
        entry_id = attributes.pop("id", "").strip()
        if not entry_id:
            return Unread("content element without an id", _text(element))
        problems: list[str] = []
        found, decision, unparsed, unknown = _children(element, problems)
        included = attributes.pop("includeTime", "").strip() or None
        if included and not (_INCLUDED.fullmatch(included) and _clock(included)):
            problems.append(f"includeTime {included!r} is not a time")
            included = None
        block = attributes.pop("blockType", "default").strip()
        block = _BLOCK_TYPES.get(block, block)
        if block == "domain-mask" and not any(s.kind == Kind.MASK for s in found):
            block, found = _starred(block, found)
        entry = Entry(
            id=entry_id,
            selectors=tuple(sorted(found)),
            decision=decision,
            block_type=block,
            ground=attributes.pop("entryType", None),
            included_at=included,
            urgent=attributes.pop("urgencyType", "0") == "1",
            unparsed=tuple(sorted(_with_hosts(unparsed, found))),
        )
        unknown += [f"content@{name}" for name in attributes if name not in _IGNORED]
        return Fragment(entry, problems=tuple(problems), unknown=tuple(unknown))


def _starred(block: str, found: set[Selector]) -> tuple[str, set[Selector]]:
    """A mask that was written without its star: the name and all below it."""
    masks = {selector.mask(s.value) for s in found if s.kind == Kind.DOMAIN}
    return (f"domain+{block}", found | masks) if masks else (block, found)


def _with_hosts(unparsed: set[str], found: set[Selector]) -> set[str]:
    """Texts that could not be read; an address that names no host bears that of its domain, which
    is where it most likely lies."""
    hosts = sorted({s.host for s in found if s.host})
    return {
        f"{text} ({', '.join(hosts)})"
        if hosts and not set(hosts) & set(may_name(text)) and not text.startswith(_NUMBERS)
        else text
        for text in unparsed
    }


def _children(
    element: ET.Element, problems: list[str]
) -> tuple[set[Selector], Decision | None, set[str], list[str]]:
    found: set[Selector] = set()
    unparsed: set[str] = set()
    unknown: list[str] = []
    decision: Decision | None = None
    for child in element:
        tag = child.tag
        if tag == "decision":
            decision = _decision(dict(child.attrib), unknown)
            continue
        field = _CHILDREN.get(tag)
        if field is None:
            unknown.append(f"content/{tag}")
            continue
        # Asked by `keys`: `attrib` would make a dictionary for each element that has none.
        unknown += [f"{tag}@{name}" for name in child.keys() if name not in _IGNORED]  # noqa: SIM118
        text = (child.text or "").strip()
        if not text:
            continue
        cell = cells.read(text, field)
        found.update(cell.found)
        if cell.problems:
            unparsed.update(f"{tag}:{unread}" for unread in cell.unread)
            problems += cell.problems
    return found, decision, unparsed, unknown


def _decision(attributes: dict[str, str], unknown: list[str]) -> Decision | None:
    decision = Decision(
        body=" ".join(attributes.pop("org", "").split()) or None,
        number=" ".join(attributes.pop("number", "").split()) or None,
        date=attributes.pop("date", "").strip() or None,
    )
    unknown += [f"decision@{name}" for name in attributes if name not in _IGNORED]
    return None if decision == _NO_DECISION else decision


def _elements(encoding: str, records: Sequence[bytes]) -> list[ET.Element] | None:
    """The `<content>` elements of records read in one go; None if they are not one each."""
    document = b"<?xml version='1.0' encoding='%s'?><r>%s</r>" % (
        encoding.encode(),
        b"".join(records),
    )
    try:
        children = list(_parsed(document))
    except _UNPARSED:
        return None
    if len(children) != len(records) or any(child.tag != "content" for child in children):
        return None
    return children


_UNPARSED = (ET.ParseError, ValueError, LookupError, RecursionError)
"""Not well formed, an encoding that expat cannot read, elements nested too deep to write again."""


def _parsed(document: bytes, encoding: str | None = None) -> ET.Element:
    """`encoding`: what the bytes are, whatever their declaration says."""
    # A document type, and so every entity of its own, is refused in `frame`; nothing is fetched.
    parser = ET.XMLParser(encoding=encoding)  # noqa: S314
    return ET.fromstring(document, parser)  # noqa: S314


def _whole(data: bytes, encoding: str) -> tuple[bytes, ...] | None:
    """Records by a strict parse of the whole file; None if it is not well formed."""
    try:
        return tuple(_serialised(child, encoding) for child in _parsed(data, encoding))
    except _UNPARSED:
        return None


def _stranger(record: bytes) -> str | None:
    """The name of a whole element that is not `content`; it can put nothing on the list."""
    named = _ELEMENT.match(record.strip())
    name = named[1].decode() if named else "content"
    return None if name.rpartition(":")[2] == "content" or b"<content" in record else name


def _serialised(element: ET.Element, encoding: str) -> bytes:
    element.tail = None
    return bytes(ET.tostring(element, encoding=encoding, xml_declaration=False))


def _text(element: ET.Element) -> str:
    try:
        return str(ET.tostring(element, encoding="unicode"))
    except RecursionError:
        return "elements nested too deep to be written again"


def _root_attributes(tag: bytes) -> tuple[dict[str, str], tuple[str, ...]]:
    pairs = re.findall(r"""([\w:.-]+)\s*=\s*["']([^"']*)["']""", tag.decode("ascii", "replace"))
    attributes = {name: value for name, value in pairs if not name.startswith("xmlns")}
    unknown = tuple(f"register@{name}" for name in attributes if name not in _ROOT_KNOWN)
    return attributes, unknown


def _encoding(head: bytes) -> str:
    named = _ENCODING.search(head)
    name = named.group(1).decode() if named else "utf-8"
    try:
        check_encoding(name)
    except ValueError as fault:
        raise SourceError(f"in the XML declaration: {fault}") from None
    return name


def _encoding_of(data: Data) -> str:
    """The declared encoding; UTF-8 where all bytes are that, as tools write a list anew and keep
    the declaration. Of another encoding the first letters beyond ASCII are no UTF-8."""
    declared = _encoding(data[:_HEAD])
    decoder = codecs.getincrementaldecoder("utf-8")()
    beyond = False
    try:
        for block in blocks(data):
            beyond = beyond or not block.isascii()
            if beyond:
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return declared
    return "utf-8" if beyond else declared


def _clock(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if tellable(when) else None
