"""Tables of facts as TOML, with the line of every table and key, so that a fault can be found."""

import re
from pathlib import Path
from typing import Any

import msgspec

from gatewatch.errors import UsageError
from gatewatch.model.claim import Claim, Correction, Publishers
from gatewatch.model.service import Authority, Instrument, OfficialList, Reason, Service

KINDS: dict[str, type[msgspec.Struct]] = {
    "service": Service,
    "instrument": Instrument,
    "authority": Authority,
    "list": OfficialList,
    "reason": Reason,
    "claim": Claim,
    "correction": Correction,
    "publishers": Publishers,
}
"""In the order of the Catalogue's fields."""
_HEADER = re.compile(r"\s*\[\[?\s*([A-Za-z_]+)\s*\]\]?\s*(?:#.*)?$")
_AT_LINE = re.compile(r"\(at line (\d+)")
_PATH = re.compile(r" - at `\$\.?([A-Za-z_]*)")
_UNKNOWN = re.compile(r"unknown field `(\w+)`")
_LARGEST = 16 << 20


class Fault(msgspec.Struct, frozen=True):
    """Something wrong in a file, at a line counted from 1."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class Row(msgspec.Struct, frozen=True):
    """One table that could be read, and where it and its keys stand."""

    kind: str
    value: Any
    file: str
    line: int
    keys: dict[str, int]

    def fault(self, text: str, key: str = "") -> Fault:
        """A fault of this table, at the line of the key if it is known."""
        return Fault(self.file, self.keys.get(key, self.line), f"{self.kind} {self.name}: {text}")

    @property
    def name(self) -> str:
        return repr(self.value.id)


def read(path: Path) -> tuple[list[Row], list[Fault]]:
    """The tables of one file, and its faults. Never raises for what is in the file."""
    import tomllib  # what is kept checked is not parsed

    file = str(path)
    try:
        if path.stat().st_size > _LARGEST:
            return [], [Fault(file, 1, f"larger than {_LARGEST >> 20} MB: split it")]
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except (UnicodeDecodeError, OSError, RecursionError) as fault:
        return [], [Fault(file, 1, f"cannot be read: {fault}")]
    except tomllib.TOMLDecodeError as fault:
        at = _AT_LINE.search(str(fault))
        return [], [Fault(file, int(at[1]) if at else 1, f"not TOML: {fault}")]
    places = _places(text)
    rows: list[Row] = []
    faults: list[Fault] = []
    for kind, held in found.items():
        where = places.get(kind, [])
        if wrong := _misplaced(kind, held):
            faults.append(Fault(file, where[0][0] if where else 1, wrong))
            continue
        for number, table in enumerate(held):
            line, keys = where[number] if number < len(where) else (1, {})
            one = _row(kind, table, file, line, keys=keys)
            (rows if isinstance(one, Row) else faults).append(one)  # type: ignore[arg-type]
    return rows, faults


def _misplaced(kind: str, held: object) -> str:
    if kind not in KINDS:
        return f"{kind!r} is no kind of fact; write one of {', '.join(f'[[{k}]]' for k in KINDS)}"
    if not isinstance(held, list) or not all(isinstance(one, dict) for one in held):
        return f"write [[{kind}]] with two brackets on a line of its own before each {kind}"
    return ""


def _row(
    kind: str, table: dict[str, Any], file: str, line: int, keys: dict[str, int]
) -> Row | Fault:
    try:
        return Row(
            kind=kind, value=msgspec.convert(table, KINDS[kind]), file=file, line=line, keys=keys
        )
    except (msgspec.ValidationError, UsageError) as wrong:
        named = table.get("id")
        text, key = _explained(kind, str(wrong))
        name = f" {named!r}" if isinstance(named, str) else ""
        return Fault(file, keys.get(key, line), f"{kind}{name}: {text}")


def _explained(kind: str, text: str) -> tuple[str, str]:
    """A fault in words that say what to do, and the key that it is about."""
    known = KINDS[kind].__struct_fields__
    if found := _UNKNOWN.search(text):
        from difflib import get_close_matches

        close = get_close_matches(found[1], known, 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
        return f"there is no key {found[1]!r}; {hint}", found[1]
    key = path[1] if (path := _PATH.search(text)) else ""
    if "missing required field `source`" in text:
        return "a claim needs a citation: source = { publisher = ..., url = ... }", key
    if "Invalid enum value" in text and key:
        allowed = msgspec.json.schema(KINDS[kind])
        return f"{text.partition(' - at')[0]}; {_choices(allowed, key)}", key
    if not key and "is not a day" in text:
        key = "date"
    if not key and "citation" in text:
        key = "source"
    if not key and "seen" in text:
        key = "seen"
    return text.replace(" - at `$", " at `").replace("Object", kind.capitalize()), key


def _choices(schema: dict[str, Any], key: str) -> str:
    for one in schema["$defs"].values():
        if one.get("title", "").lower() == key:
            return f"write one of {', '.join(filter(None, one['enum']))}"
    return "it is not one of those known"


def _places(text: str) -> dict[str, list[tuple[int, dict[str, int]]]]:
    """For each kind, its tables' lines, each with the lines of its keys."""
    found: dict[str, list[tuple[int, dict[str, int]]]] = {}
    keys: dict[str, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            keys = {}
            found.setdefault(header[1], []).append((number, keys))
        elif (key := line.partition("=")[0].strip()).isidentifier():
            if keys is None:
                found.setdefault(key, []).append((number, {}))
            else:
                keys.setdefault(key, number)
    return found
