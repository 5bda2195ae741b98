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
from gatewatch.sources.registers.rows import HREF

if TYPE_CHECKING:
    from lxml import etree

_SHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_DELIMITERS = ",;\t|"
_FORMS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m/%d/%Y", "%d.%m.%y", "%d.%m.%Y %H:%M"),
    *("%d %b %Y", "%d %B %Y", "%B %d, %Y", "%Y%m%d", "serial"),
)
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
_MOST_TITLES = 6
_STATUS = re.compile(
    r"(?i)^sta(tus|te|tut|v|nje)\b|^(статус|состояние|état|estado|stato|durum|situa[çc][ãa]o)|状态"
)
_DAY = re.compile(r"(?<!\d)(19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d(?!\d)")
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
        return _document(name, data)
    if data.startswith(_SHEETS):
        return _titled(name, data, {"layout": "sheet"})
    head = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:512].lower()
    if head.startswith((b"{", b"[")):
        return _records(name, data, {"layout": "json", **_records_of(data)})
    if b"<html" in head or head.startswith(b"<!doctype html"):
        return _titled(name, data, {"layout": "html"})
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


def _titled(name: str, data: bytes, how: dict[str, object]) -> Guess:
    """Rows below the names of their columns: titles above these are skipped, as few as leave a
    column that names sites."""
    whole = _whole(name, data, how)
    for skip in range(1, _MOST_TITLES):
        if _names_sites(_headed(whole.rows)):
            return whole
        try:
            guess = _whole(name, data, {**how, "skip": skip})
        except SourceError:
            break
        if _names_sites(_headed(guess.rows)):
            return guess
    return _by_links(name, data, how, whole)


def _by_links(name: str, data: bytes, how: dict[str, object], whole: Guess) -> Guess:
    """A list whose sites stand in its links alone; without any, as it was guessed."""
    columns = {f"{column}{HREF}": "ignore" for row in whole.rows for column in row}
    if not columns:
        return whole
    declared = msgspec.convert({**how, "columns": columns}, Declared)
    linked = rows_of(name, data, declared).rows[:_MOST_ROWS]
    empty = {one for one in columns if not any(row.get(one) for row in linked)}
    rows = [{one: cell for one, cell in row.items() if one not in empty} for row in linked]
    return Guess(how, rows) if _names_sites(rows) else whole


def _headed(rows: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Rows without the columns that have no name of their own, as those beside a title have."""
    return [{name: cell for name, cell in row.items() if not name.isdigit()} for row in rows]


def _names_sites(rows: Sequence[Mapping[str, str]]) -> bool:
    return any(field == "selector" for field, _ in _columns(rows).values())


def _document(name: str, data: bytes) -> Guess:
    """A PDF by its tables, else by the lines that hold a host."""
    tables = _titled(name, data, {"layout": "pdf"})
    if _names_sites(tables.rows):
        return tables
    lines = _whole(name, data, {"layout": "pdf", "line": _HOST.pattern})
    return lines if lines.rows else tables


def _records(name: str, data: bytes, how: dict[str, object]) -> Guess:
    """Records of JSON; what lies deeper in them is named by its path."""
    whole = _whole(name, data, how)
    nested = {
        column: [msgspec.json.decode(text) for row in whole.rows if _is_object(text := row[column])]
        for column in dict.fromkeys(one for row in whole.rows for one in row)
        if all(not row.get(column) or _is_object(row[column]) for row in whole.rows)
    }
    paths = {
        column: dict.fromkeys(path for one in objects for path in _leaves(one, (column,)))
        for column, objects in nested.items()
        if objects
    }
    if not paths:
        return whole
    flat = [one for row in whole.rows for one in row if one not in paths]
    columns = dict.fromkeys([*flat, *(path for deep in paths.values() for path in deep)])
    declared = msgspec.convert({**how, "columns": dict.fromkeys(columns, "ignore")}, Declared)
    return Guess(how, rows_of(name, data, declared).rows[:_MOST_ROWS])


def _is_object(text: str) -> bool:
    return text.startswith("{") and text.endswith("}")


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[str]:
    """The paths of what is no object within one."""
    if isinstance(value, dict) and len(path) <= _MOST_DEEP:
        for name, inner in value.items():
            if "." not in name:
                yield from _leaves(inner, (*path, name))
    else:
        yield ".".join(path)


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
        for column in (*("@" + str(key) for key in record.attrib), *_paths(record))
    )
    how: dict[str, object] = {"layout": "xml", "rows": path}
    declared = msgspec.convert({**how, "columns": dict.fromkeys(columns, "ignore")}, Declared)
    return Guess(how, rows_of(name, data, declared).rows[:_MOST_ROWS])


def _paths(record: "etree._Element", above: str = "") -> Iterator[str]:
    """The paths of what lies in a record and holds nothing else."""
    for child in record:
        path = f"{above}{_local(child)}"
        if isinstance(child.tag, str):
            yield from (f"{path}/@{key}" for key in map(str, child.attrib) if "{" not in key)
            if len(child) and path.count("/") < _MOST_DEEP:
                yield from _paths(child, f"{path}/")
            elif not child.attrib or (child.text or "").strip():
                yield path


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
    for titles in range(_MOST_TITLES if not fits else 0):
        if _is_fixed(below := lines[titles:_MOST_ROWS]):
            skip = {"skip": plain.splitlines().index(below[0]) - _comments(plain)} if titles else {}
            return Guess({"layout": "table", "delimiter": FIXED, **skip, **how}, _cut(below))
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
    if not _names_sites(named) and any(map(_HOST.search, lines)):
        # Marks within sentences part no cells.
        plain_how = {name: value for name, value in how.items() if name == "encoding"}
        return _sentences(lines[:_MOST_ROWS], plain_how)
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
        told = f"{sites:,} of {len(values):,} cells name a host or an address"
        asked = "links: do they lead to the sites, and not to orders or pages on them?"
        return "selector", asked if column.endswith(HREF) else told
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
    if _STATUS.search(column):
        in_force = " or ".join(_text(value) for value in list(dict.fromkeys(values))[:4])
        return (
            f"attribute:{_plain(column)}",
            f"which of {in_force} are in force? Those go under [declared.where], the others under [declared.over]",
        )
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
    dated = _DAY.search(path.stem)
    stem = _DAY.sub("", path.stem) if _DAY.sub("", path.stem).strip("-_. ") else "list"
    lines = [
        "# Drafted from one file: each ? wants an answer. See docs/add-a-register.md",
        f"id = {_text(_plain(stem).replace(' ', '-'))}  # ? country and body",
        'jurisdiction = "XX"  # ? ISO 3166-1',
        'authority = "?"',
        'title = "?"',
        'publisher = "?"',
        'licence = "?"  # under which this text may be used',
        'format = "declared"',
        # A folder with a file of just this name is one state: no name that has a day in it.
        *([] if dated else [f"default_path = {_text(path.name)}"]),
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
