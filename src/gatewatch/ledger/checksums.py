"""What was committed to the tables of a ledger on this machine, kept beside them: the number and
the digest of each commit, and of each file that it added.

A table that lost its newest commit, or came back from a copy that lacks it, is sound by itself.
These lines tell that more was there. They are added after a commit is on the disk, so they never
tell of more than was; a ledger of before has none until it is next written to.
"""

import json
import os
import re
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from urllib.parse import unquote

import msgspec

FOLDER = "checksums"
_BEGIN = b'{"version":'
_TAIL = 8 << 10
_CHUNK = 1 << 20


class FileSum(msgspec.Struct, frozen=True):
    """Bytes of a file, and their BLAKE2b of 16 bytes in hexadecimal."""

    size: int
    digest: str


class Committed(msgspec.Struct, frozen=True, omit_defaults=True):
    """One commit: its number, its log entry, and the files it added, by their path in the table.
    `digest` is that of the line without it, so that a line vouches for itself; those of before have
    none."""

    version: int
    log: FileSum
    files: dict[str, FileSum]
    digest: str = ""

    def signed(self) -> "Committed":
        """With the digest of the line."""
        bare = msgspec.structs.replace(self, digest="")
        return msgspec.structs.replace(bare, digest=_of(msgspec.json.encode(bare)))


def place(location: str | Path, table: str) -> Path:
    """Where the lines of a table are."""
    return Path(location) / FOLDER / f"{table}.jsonl"


def newest(location: str | Path, table: str) -> int:
    """The last commit that was told of; -1 if none was. Reads the end of the file alone."""
    try:
        with place(location, table).open("rb") as lines:
            lines.seek(max(lines.seek(0, os.SEEK_END) - _TAIL, 0))
            found = [one.version for one in _decoded(lines)]
    except OSError:
        return -1
    return max(found) if found else max((one.version for one in held(location, table)), default=-1)


def held(location: str | Path, table: str) -> list[Committed]:
    """All that was told of a table. A line that was cut short is passed over."""
    try:
        with place(location, table).open("rb") as lines:
            return list(_decoded(lines))
    except OSError:
        return []


def faults(location: str | Path, table: str) -> list[str]:
    """What in the lines of a table is not as it was written, each with its number. A line that a
    killed writer left short is no fault: the next writer told the same commit whole."""
    try:
        lines = place(location, table).read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    found = []
    for at, line in enumerate(lines):
        if line and not (_whole(line) or _cut_short(line, lines[at + 1 :])):
            found.append(f"{FOLDER}/{table}.jsonl, line {at + 1}, is not as it was written")
    return found


def _whole(line: bytes) -> bool:
    try:
        one = msgspec.json.decode(line, type=Committed)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return msgspec.json.encode(one) == line and (not one.digest or one == one.signed())


def _cut_short(line: bytes, after: list[bytes]) -> bool:
    """Whether a writer was killed within a line: its end is that of the file, or the next writer's
    line, which tells the same commit, follows at once."""
    if _whole(line[:-1]):
        return False
    number = re.match(rb'\{"version":(\d+),', line)
    if not after:
        return number is not None or _BEGIN.startswith(line[: len(_BEGIN)])
    return number is not None and bool(after[0]) and after[0].startswith(number[0])


def _decoded(lines: Iterator[bytes]) -> Iterator[Committed]:
    for line in lines:
        try:
            yield msgspec.json.decode(line, type=Committed)
        except (msgspec.MsgspecError, UnicodeDecodeError):  # a tail, or of one that was killed
            continue


def note(location: str | Path, table: str) -> list[Path]:
    """Tell of every commit of a table that was not told of; the files that they name, and their log
    entries. Two writers who do so at once tell the same twice."""
    root, known = Path(location) / table, newest(location, table)
    log = root / "_delta_log"
    named: list[Path] = []
    for entry in sorted(file for file in log.iterdir() if file.suffix == ".json"):
        if entry.stem.isdigit() and int(entry.stem) > known:
            added = [root / path for path in added_by(entry)]
            named += [*added, entry]
            _tell(place(location, table), _committed(root, entry, added))
    return named


def added_by(entry: Path) -> list[str]:
    """The files that a log entry adds, by their path in the table."""
    actions = map(json.loads, entry.read_bytes().splitlines())
    return [unquote(one["add"]["path"]) for one in actions if "add" in one]


def _committed(root: Path, entry: Path, added: list[Path]) -> Committed:
    # A file that was joined into another one and taken away since is no file to look for.
    sums = {path.relative_to(root).as_posix(): digest(path) for path in added if path.exists()}
    return Committed(int(entry.stem), digest(entry), sums).signed()


def _tell(lines: Path, one: Committed) -> None:
    lines.parent.mkdir(exist_ok=True)
    handle = os.open(lines, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:  # one write: lines of two writers do not mix; a line cut short by a kill ends here
        os.write(handle, b"\n" + msgspec.json.encode(one) + b"\n")
    finally:
        os.close(handle)


def _of(line: bytes) -> str:
    return blake2b(line, digest_size=16).hexdigest()


def digest(file: Path) -> FileSum:
    """Size and digest of a file."""
    found, size = blake2b(digest_size=16), 0
    with file.open("rb") as data:
        while chunk := data.read(_CHUNK):
            found.update(chunk)
            size += len(chunk)
    return FileSum(size, found.hexdigest())
