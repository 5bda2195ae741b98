"""A first declaration for a list nobody has declared: what is recognised, and what only a person
knows."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gatewatch.errors import SourceError, UsageError, needs
from gatewatch.model.register import FIXED, Declared
from gatewatch.sources.registers import cells, encodings
from gatewatch.sources.registers.dates import DateReader
from gatewatch.sources.registers.layouts import rows_of
from gatewatch.sources.registers.layouts.json_rows import KEY

if TYPE_CHECKING:
    from lxml import etree

_SHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_DELIMITERS = ",;\t|"
_FORMS = ("%d.%m.%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m/%d/%Y", "%d.%m.%y", "%d.%m.%Y %H:%M")
_ENCODINGS = ("utf-8", "windows-1250", "windows-1251", "windows-1252")
_MOST_ROWS = 400
_SHARE = 0.8
"""Of a column's cells that must be of a kind before the column is said to be."""
_DATED = re.compile(r"(?i)\bdat(?:e|um|a|en)\b|\bdays?\b|дата|день")
_DECIDED = re.compile(r"(?i)decision|decided|decree|order|judg|реш|rozhod")
_COLUMNS = re.compile(r"\S+(?: \S+)*")
_HOST = re.compile(r"(?P<site>(?:https?://)?(?:[\w-]+\.)+[^\W\d_][\w-]+(?:/\S*)?)")
_MOST_DEEP = 4
_HEAD = 20
_WORDS = {
    "removed": re.compile(r"(?i)remov|delet|unblock|lift|v[ýy]maz|исключ|снят|до$|until|term"),
    "included": re.compile(r"(?i)inclu|added|listed|block|z[áa]pis|внес|zve[řr]ej"),
    "body": re.compile(r"(?i)authority|body|court|org|суд|орган"),
    "number": re.compile(r"(?i)number|decision|order|case|номер|č[íi]slo"),
    "ground": re.compile(r"(?i)ground|reason|law|d[ůu]vod|основ"),
}


class Guess(msgspec.Struct, frozen=True):
    """How a file seems to be laid out, and its first rows."""

    how: dict[str, object]
    rows: Sequence[Mapping[str, str]]


def draft(path: Path) -> str:
    """TOML for a file: declared as far as its bytes tell, with questions where they do not."""
    data = path.read_bytes()
    if not data.strip():
        raise SourceError(f"{path} is empty: nothing can be told from it")
    guess = _guess(path.name, data)
    columns = _columns(guess.rows)
    return _written(path, guess.how, columns)


def _guess(name: str, data: bytes) -> Guess:
    if data.startswith(b"%PDF"):
        return _whole(name, data, {"layout": "pdf"})
    if data.startswith(_SHEETS):
        return _whole(name, data, {"layout": "sheet"})
    head = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:512].lower()
    if head.startswith((b"{", b"[")):
        return _whole(name, data, {"layout": "json", **_records_of(data)})
    if b"<html" in head or head.startswith(b"<!doctype html"):
        return _whole(name, data, {"layout": "html"})
    if head.startswith(b"<"):
        return _tree(name, data)
    return _lines(name, data)


def _whole(name: str, data: bytes, how: dict[str, object]) -> Guess:
    # Rows name their columns themselves; only a record's own name in JSON has to be asked for.
    declared = msgspec.convert({**how, "columns": {KEY: "ignore"}}, Declared)
    rows = rows_of(name, data, declared).rows[:_MOST_ROWS]
    if all(not row.get(KEY) or row[KEY].isdigit() for row in rows):
        rows = [{name: value for name, value in row.items() if name != KEY} for row in rows]
    return Guess(how, rows)


def _tree(name: str, data: bytes) -> Guess:
    """The elements that stand most often under one path and hold others or bear attributes."""
    with needs("documents"):
        from lxml import etree
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as fault:
        raise SourceError(f"{name}: not well-formed XML: {fault}") from None
    found: dict[str, list[etree._Element]] = {}
    for element in root.iter(etree.Element):
        if element is not root and (len(element) or element.attrib):
            within = [e for e in element.iterancestors() if e is not root][::-1]
            path = "/".join(_local(one) for one in (*within, element))
            found.setdefault(path, []).append(element)
    if not found:
        return _whole(name, data, {"layout": "xml"})
    path, records = max(found.items(), key=lambda held: len(held[1]))
    columns = dict.fromkeys(
        column
        for record in records[:_MOST_ROWS]
        for column in (*("@" + str(key) for key in record.attrib), *map(_local, record))
        if column != "*"
    )
    how: dict[str, object] = {"layout": "xml", "rows": path}
    declared = msgspec.convert({**how, "columns": dict.fromkeys(columns, "ignore")}, Declared)
    return Guess(how, rows_of(name, data, declared).rows[:_MOST_ROWS])


def _local(element: "etree._Element") -> str:
    """An element's name in a path, whatever its namespace."""
    _, apart, local = str(element.tag).rpartition("}")
    return "*" if not isinstance(element.tag, str) else f"{{*}}{local}" if apart else local


def _title(lines: Sequence[str], delimiter: str) -> int:
    """How many lines stand before the one that names the columns: titles fill fewer cells."""
    filled = [sum(bool(cell.strip()) for cell in line.split(delimiter)) for line in lines[:_HEAD]]
    full = max(filled, default=0)
    return next((n for n, cells_of in enumerate(filled) if cells_of == full), 0)


def _lines(name: str, data: bytes) -> Guess:
    text = encodings.detect(name, data, _ENCODINGS)
    plain = text.data[text.start :].decode(text.encoding, "replace")
    how: dict[str, object] = {} if text.encoding == "utf-8" else {"encoding": text.encoding}
    lines = [line for line in plain.splitlines() if line.strip() and not line.startswith("#")]
    counts = {
        mark: Counter(line.count(mark) for line in lines[:_MOST_ROWS]) for mark in _DELIMITERS
    }
    usual = {mark: known.most_common(1)[0] for mark, known in counts.items() if known}
    fits = [m for m, (n, lines_of) in usual.items() if n and lines_of > len(lines[:_MOST_ROWS]) / 2]
    if not fits and _is_fixed(lines[:_MOST_ROWS]):
        return Guess({"layout": "table", "delimiter": FIXED, **how}, _cut(lines[:_MOST_ROWS]))
    if not fits:
        return _sentences(lines[:_MOST_ROWS], how)
    delimiter = max(fits, key=lambda mark: usual[mark][0])
    if title := _title(lines, delimiter):
        how["skip"] = plain.splitlines().index(lines[title]) - _comments(plain)
        lines = lines[title:]
    rows = list(csv.reader(lines[:_MOST_ROWS], delimiter=delimiter, skipinitialspace=True))
    header = [" ".join(cell.split()) for cell in rows[0]]
    if any(_names(cell) for cell in header):
        header = [str(n) for n in range(1, len(header) + 1)]
        how["header"] = 0
    else:
        rows = rows[1:]
    named = [dict(zip(header, row, strict=False)) for row in rows]
    return Guess({"layout": "table", "delimiter": delimiter, **how}, named)


def _sentences(lines: Sequence[str], how: dict[str, object]) -> Guess:
    """A host a line, or hosts within lines of words."""
    bare = sum(_names(line) for line in lines)
    if bare >= _SHARE * len(lines) or not any(map(_HOST.search, lines)):
        return Guess({"layout": "hosts", **how}, ())
    rows = [{"site": found["site"]} for line in lines if (found := _HOST.search(line))]
    return Guess({"layout": "lines", "line": _HOST.pattern, **how}, rows)


def _comments(plain: str) -> int:
    """Lines of comments at the very beginning, which are passed over before rows are skipped."""
    return len(list(takewhile(lambda line: line.startswith("#"), plain.splitlines())))


def _records_of(data: bytes) -> dict[str, object]:
    """The path of the longest list of objects in a JSON document, where it is not the whole."""
    try:
        whole = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    lists = sorted(_lists(whole, ()), key=lambda found: -found[0])
    path = lists[0][1] if lists else ()
    return {"rows": ".".join((*path, "*"))} if path else {}


def _lists(value: object, path: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        yield len(value), path
    elif isinstance(value, dict) and len(path) < _MOST_DEEP:
        for name, inner in value.items():
            if "." not in name:
                yield from _lists(inner, (*path, name))


def _is_fixed(lines: Sequence[str]) -> bool:
    """Whether the cells of nearly every line begin where those of the first do."""
    if len(lines) < 2:
        return False
    starts = [found.start() for found in _COLUMNS.finditer(lines[0])]
    fitting = [
        {found.start() for found in _COLUMNS.finditer(line)} <= set(starts) for line in lines[1:]
    ]
    return len(starts) > 1 and sum(fitting) >= _SHARE * len(fitting)


def _cut(lines: Sequence[str]) -> list[dict[str, str]]:
    starts = [found.start() for found in _COLUMNS.finditer(lines[0])]
    spans = list(zip(starts, [*starts[1:], None], strict=True))
    header, *rows = [[line[a:b].strip() for a, b in spans] for line in lines]
    return [dict(zip(header, row, strict=True)) for row in rows]


def _columns(rows: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, str]]:
    """Each column with the field it seems to be, and why."""
    found: dict[str, tuple[str, str]] = {}
    for column in dict.fromkeys(name for row in rows for name in row):
        values = [text for row in rows if (text := row.get(column, ""))]
        field, why = _field(column, values, len(rows))
        if field == "id" and any(known == "id" for known, _ in found.values()):
            field, why = f"attribute:{_plain(column)}", "different in every row, as the id is"
        found[column] = (field, why)
    return found


def _field(column: str, values: Sequence[str], rows: int) -> tuple[str, str]:
    if not values:
        return "ignore", "empty in every row"
    sites = sum(_names(value) for value in values)
    if sites >= _SHARE * len(values):
        return "selector", f"{sites:,} of {len(values):,} cells name a host or an address"
    if _form(values):
        field = "removed" if _WORDS["removed"].search(column) else "included"
        if field == "included" and _DECIDED.search(column):
            field = "date"
        return field, f"days like {_form(values)}: of what?"
    if _DATED.search(column):
        field = "date" if _DECIDED.search(column) else "included"
        return field, "a day by its name, in a form that is not known: date_format, months"
    for field in ("body", "number", "ground"):
        if _WORDS[field].search(column):
            return field, "by its name"
    if len(values) == len(set(values)) == rows and all(len(v) <= 32 for v in values):
        return "id", "different in every row: does it stay the same from state to state?"
    return f"attribute:{_plain(column)}", "worth keeping? else 'ignore'"


def _names(text: str) -> bool:
    try:
        return bool(cells.read(text, "selector").found)
    except UsageError:
        return False


def _form(values: Sequence[str]) -> str | None:
    for form in ("%Y-%m-%d", *_FORMS):
        reader = DateReader((form,))
        if sum(_reads(reader, value) for value in values) >= _SHARE * len(values):
            return form
    return None


def _reads(reader: DateReader, text: str) -> bool:
    try:
        reader.day(text)
    except ValueError:
        return False
    return True


def _plain(column: str) -> str:
    return re.sub(r"\W+", " ", column).strip().lower() or "column"


def _written(path: Path, how: dict[str, object], columns: Mapping[str, tuple[str, str]]) -> str:
    form = next((why for _, why in columns.values() if why.startswith("days like ")), None)
    lines = [
        "# Drafted from one file: each ? wants an answer. See docs/add-a-register.md",
        f"id = {_text(_plain(path.stem).replace(' ', '-'))}  # ? country and body",
        'jurisdiction = "XX"  # ? ISO 3166-1',
        'authority = "?"',
        'title = "?"',
        'publisher = "?"',
        'licence = "?"  # under which this text may be used',
        'format = "declared"',
        f"default_path = {_text(path.name)}",
        'time_zone = "UTC"  # ? of its days, as Europe/Prague',
        'cadence = "1w"  # ? how often it is published',
        'silence = "30d"  # ? how long the last state is taken to stand',
        "",
        "[expectations]",
        "minimum_entries = 1  # ? it will surely never have fewer",
        "",
        "[redaction]",
        "withhold_paths = true  # ? false if every ground is harmless",
        "",
        "[declared]",
        *(f"{key} = {_text(value)}" for key, value in how.items()),
    ]
    if form:
        lines.append(f"date_format = {_text(form.removeprefix('days like ').partition(':')[0])}")
    lines.append("# published = 'State of (\\S+)'  # ? where it says when it was published")
    if columns:
        lines += ["", "[declared.columns]"]
    for name, (field, why) in columns.items():
        lines += [f"# {why}", f"{_text(name)} = {_text(field)}"]
    return "\n".join([*lines, ""])


def _text(value: object) -> str:
    """A TOML value: JSON's strings and numbers are TOML's too."""
    return msgspec.json.encode(value).decode()
