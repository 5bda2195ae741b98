"""A copy of a ledger that is whole although a writer goes on, and the way back from it.

A writer appends facts first and last the rows that vouch for them. So the copy fixes the tables the
other way round: what vouches first, then what it vouches for. Whatever comes in between counts for
nothing, as it does for a reader. Files of a Delta table never change once a commit names them, and
none is taken away while a copy is made.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import msgspec
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from gatewatch import disk
from gatewatch.errors import LedgerError
from gatewatch.ledger import checksums, schema
from gatewatch.ledger.compaction import uncompacted
from gatewatch.ledger.journal import Journal
from gatewatch.ledger.plain import refuse_odd
from gatewatch.ledger.store import Store

LIST = "backup.json"
"""The list of a copy's files; written last, so that a copy without it was cut short."""
_VOUCHING = ("inputs", "measurements", "snapshots")
"""In the order in which they are fixed: the reverse of the order in which a writer adds to them."""
_CHUNK = 1 << 20

Progress = Callable[[int, int], None]
"""Told after each file: files done, files in all."""


class CopiedFile(msgspec.Struct, frozen=True):
    """One file of a copy: its path below the folder, bytes, and SHA-256 in hexadecimal."""

    path: str
    size: int
    sha256: str


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy holds: each table as of one version, and every file with its digest."""

    form: str
    made_at: datetime
    tables: dict[str, int]
    files: tuple[CopiedFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def backup(location: str, target: Path, progress: Progress | None = None) -> Backup:
    """Copy a ledger on this machine into a new folder while others read and write it.

    Raises LedgerError if there is no ledger, if the folder is not empty, or if a file is lost.
    """
    source = _folder(location)
    refuse_odd(location)
    _new(target)
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    with uncompacted(Store(location)):
        copied = _log(location, partial)  # first: what it does not hold yet is added by a writer
        fixed = {name: _open(source / name) for name in _order(source)}
        wanted = [part for name, table in fixed.items() for part in _parts(source, name, table)]
        for done, part in enumerate(wanted, 1):
            copied.append(_copied(source, part, partial))
            if progress:
                progress(done, len(wanted))
        copied += _checksums(source, fixed, partial)
    made = Backup(
        form=schema.FORMAT_VERSION,
        made_at=datetime.now(UTC),
        tables={name: table.version() for name, table in fixed.items()},
        files=tuple(copied),
    )
    _write(partial / LIST, msgspec.json.format(msgspec.json.encode(made)))
    _moved(partial, target)
    return made


def restore(copy: Path, location: str, progress: Progress | None = None) -> Backup:
    """Make a ledger from a copy, in a new folder, after every file has its digest again.

    Raises LedgerError naming what is missing or has changed; nothing is made then.
    """
    refuse_odd(copy)
    made = read(copy)
    if made.form != schema.FORMAT_VERSION:
        raise LedgerError(
            f"{copy} is of form {made.form}, this program reads form {schema.FORMAT_VERSION}: "
            "restore it with the version of Gatewatch that made it, then upgrade"
        )
    target = _folder(location, there=False)
    _new(target)
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for done, file in enumerate(made.files, 1):
        if not (copy / file.path).is_file():
            shutil.rmtree(partial, ignore_errors=True)
            raise LedgerError(f"{copy} lacks {file.path}: nothing was restored")
        if _copied(copy, file.path, partial) != file:
            shutil.rmtree(partial, ignore_errors=True)
            raise LedgerError(f"{copy / file.path} is not what was copied: nothing was restored")
        if progress:
            progress(done, len(made.files))
    _moved(partial, target)
    _put_back(location, made)
    return made


def _log(location: str, partial: Path) -> list[CopiedFile]:
    """Copy the log of commits, which nobody may add to meanwhile. Keys stay where they are."""
    journal = Journal(Store(location))
    if not journal.log.exists():
        return []
    with journal.locked():
        files = (f for f in journal.log.folder.rglob("*") if f.is_file() and f.name[0] != ".")
        root = Path(location)
        parts = sorted(file.relative_to(root).as_posix() for file in files)
        return [_copied(root, part, partial) for part in parts]


def _put_back(location: str, made: Backup) -> None:
    """Where more was signed at this place than the copy holds, its log goes on under another name:
    two histories are never signed by one."""
    journal = Journal(Store(location))
    seen = journal.seen()
    if seen and (not journal.log.exists() or seen[1].size > journal.log.checkpoint().size):
        journal.restart(f"a copy of {made.made_at:%Y-%m-%d %H:%M} UTC was put back")


def read(copy: Path) -> Backup:
    """The list of a copy's files."""
    try:
        return msgspec.json.decode((copy / LIST).read_bytes(), type=Backup)
    except FileNotFoundError:
        raise LedgerError(
            f"{copy} holds no {LIST}: it is no copy of a ledger, or one that was cut short"
        ) from None
    except (OSError, msgspec.MsgspecError) as fault:
        raise LedgerError(f"{copy / LIST} cannot be read: {fault}") from fault


def _folder(location: str, *, there: bool = True) -> Path:
    if "://" in location:
        raise LedgerError(
            f"{location} lies in an object store: copy it with the store's own means "
            "(versioning, replication); a copy of the prefix is a ledger"
        )
    folder = Path(location)
    if there and not (folder / "snapshots" / "_delta_log").is_dir():
        raise LedgerError(f"no ledger at {location}: name another with --ledger")
    return folder


def _new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LedgerError(f"{folder} is there already: name a folder that is new or empty")


def _order(source: Path) -> Iterator[str]:
    """Tables that are there, what vouches first."""
    names = [*_VOUCHING, *(name for name in schema.TABLES if name not in _VOUCHING)]
    return (name for name in names if (source / name / "_delta_log").is_dir())


def _open(table: Path) -> DeltaTable:
    try:
        return DeltaTable(str(table.resolve()))
    except (DeltaError, OSError) as fault:
        raise LedgerError(
            f"{table} cannot be read: {fault}; gatewatch doctor tells more"
        ) from fault


def _parts(source: Path, name: str, table: DeltaTable) -> Iterator[str]:
    """The files of one table as of its version: its log up to there, then what the log names."""
    root = (source / name).resolve()
    last = table.version()
    for file in sorted((root / "_delta_log").iterdir()):
        number = file.name.split(".", 1)[0]
        if file.is_file() and number.isdigit() and int(number) <= last:
            yield f"{name}/_delta_log/{file.name}"
    for uri in table.file_uris():
        yield f"{name}/{Path(unquote(uri)).relative_to(root).as_posix()}"


def _checksums(source: Path, fixed: dict[str, DeltaTable], partial: Path) -> Iterator[CopiedFile]:
    """What is told of the commits that were copied, and of none that came after."""
    for name, table in fixed.items():
        last = table.version()
        told = [one for one in checksums.held(source, name) if one.version <= last]
        if told:
            file = checksums.place(partial, name)
            file.parent.mkdir(exist_ok=True)
            data = b"\n".join([*map(msgspec.json.encode, told), b""])
            _write(file, data)
            part = file.relative_to(partial).as_posix()
            yield CopiedFile(part, len(data), hashlib.sha256(data).hexdigest())


def _copied(source: Path, part: str, target: Path) -> CopiedFile:
    """Copy one file, on the disk when it returns; its digest is of what was read."""
    if not disk.inside(part):
        raise LedgerError(f"{source} names {part!r}, which lies outside of it")
    digest, size = hashlib.sha256(), 0
    to = target / part
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (source / part).open("rb") as old, to.open("wb") as new:
            while chunk := old.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                new.write(chunk)
            new.flush()
            os.fsync(new.fileno())
    except OSError as fault:
        raise LedgerError(f"{source / part} cannot be copied: {fault.strerror}") from fault
    return CopiedFile(part, size, digest.hexdigest())


def _write(file: Path, data: bytes) -> None:
    with file.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _moved(partial: Path, target: Path) -> None:
    """Give the copy its name once it is whole."""
    if target.exists():
        target.rmdir()
    partial.rename(target)
