"""An export: a folder of data sets with a catalogue, `index.json`, that names every file with its
checksum.

Each data set has versions. A version is a folder that never changes; a new one is made only when a
row changed, with the delta from the version before. The catalogue is replaced last and at once, so
that whoever reads it finds every file that it names, also while an export runs or after one was cut
short.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from gatewatch import disk, locks
from gatewatch.errors import UsageError
from gatewatch.exports import files
from gatewatch.exports.delta import ADD, DEL, MOD, between
from gatewatch.exports.files import File, Seen
from gatewatch.exports.tables import DataSet, Table
from gatewatch.model.moment import iso

INDEX = "index.json"
LOCK = ".lock"
"""Held by whoever writes to a folder, and never taken away."""
UNDONE = ".undone"
"""Where what is being made lies. It stays until all is done: by it a folder that a first export was
killed in is known as ours."""
KEEPER = ".keeper"
"""The lock of whoever keeps the folder abreast: exports/keeping.py."""
KEPT = 5
_FORMATS = ("parquet", "csv", "ndjson")
_encode = msgspec.json.Encoder().encode
Stamp = Callable[[DataSet], datetime]
"""When a version of a data set was made."""


class TableFiles(msgspec.Struct, frozen=True):
    """A table in the catalogue."""

    name: str
    about: str
    rows: int
    key: tuple[str, ...]
    columns: dict[str, str]
    files: tuple[File, ...]


class Delta(msgspec.Struct, frozen=True):
    """What a version did to the one before."""

    since: str
    file: File
    added: int
    modified: int
    deleted: int


class DataSetVersion(msgspec.Struct, frozen=True):
    """One state of a data set. `digest` is of all rows: the same digest is the same data."""

    version: str
    made_at: str
    digest: str
    tables: tuple[TableFiles, ...]
    delta: Delta | None = None


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A data set in the catalogue: its newest version, and older ones that are still there, newest
    first."""

    name: str
    title: str
    publisher: str
    licence: str
    jurisdiction: str | None
    first_published: str | None
    last_published: str | None
    last_checked: str | None
    silent_since: str | None
    version: str
    rows: int
    invented: bool = False
    """Some of what its rows rest on was invented for show: nobody measured or sent it."""
    basis: str = ""
    """As the data set's: what the newest version was made from."""
    versions: tuple[DataSetVersion, ...]


class ExportIndex(msgspec.Struct, frozen=True, kw_only=True):
    """`index.json`."""

    name: str = "Gatewatch"
    updated_at: str | None
    as_of: str | None
    recorded_by: str | None
    datasets: tuple[Published, ...]


def read(folder: Path) -> ExportIndex | None:
    """The catalogue of a folder, if it has one."""
    try:
        return msgspec.json.decode((folder / INDEX).read_bytes(), type=ExportIndex)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as fault:
        raise UsageError(f"{folder / INDEX} is not a catalogue of exports: {fault}") from fault


def export(
    chosen: Sequence[DataSet],
    folder: Path,
    *,
    as_of: datetime | None,
    recorded_by: datetime | None,
    keep: int = KEPT,
    seen: Seen | None = None,
    stamped: Stamp | None = None,
) -> ExportIndex:
    """Publish data sets into a folder, and nothing else there: what is not chosen is removed from
    it. What was made from the same basis before is left as it is, and costs nothing. `stamped`: in
    place of the clock, where equal data has to give equal files."""
    with alone(folder):
        _our_own(folder)
        before = {one.name: one for one in (read(folder) or _NONE).datasets}
        emptied(folder / UNDONE)
        done = [
            _published(one, before.get(one.name), folder, keep, seen=seen, stamped=stamped)
            for one in chosen
        ]
        catalogue = ExportIndex(
            updated_at=iso(as_of if stamped else _now()),
            as_of=iso(as_of),
            recorded_by=iso(recorded_by),
            datasets=tuple(done),
        )
        disk.written(folder / INDEX, msgspec.json.format(_encode(catalogue), indent=2) + b"\n")
        _prune(folder, catalogue)
    return catalogue


_NONE = ExportIndex(updated_at=None, as_of=None, recorded_by=None, datasets=())


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One export into a folder at a time, of data sets or of a site. UsageError where another one
    runs, or the folder cannot be made or written."""
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            mine = held.enter_context(locks.alone(folder / LOCK))
        except OSError as fault:
            raise UsageError(
                f"{folder}: {fault.strerror}; name a folder that can be written"
            ) from fault
        if not mine:
            raise UsageError(f"another export into {folder} is running")
        yield


def emptied(folder: Path) -> None:
    """Make a folder, or take away what it holds; it is there at every moment."""
    folder.mkdir(exist_ok=True)
    for one in folder.iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()


def _our_own(folder: Path) -> None:
    """Files of others are never removed: a folder is empty or ours."""
    ours = (folder / INDEX).exists() or (folder / UNDONE).exists()
    if not ours and any(p.name not in {LOCK, KEEPER} for p in folder.iterdir()):
        raise UsageError(
            f"{folder} holds something else; name an empty folder or an earlier export"
        )


def _published(
    data: DataSet,
    before: Published | None,
    folder: Path,
    keep: int,
    seen: Seen | None,
    stamped: Stamp | None,
) -> Published:
    about = {name: getattr(data, name) for name in _TOLD}
    if before and data.basis and before.basis == data.basis and _whole(before.versions[0], folder):
        return msgspec.structs.replace(before, **about, versions=before.versions[:keep])
    undone = folder / UNDONE / data.name
    undone.mkdir(parents=True)
    counts = {table.name: files.write(table, undone, seen) for table in data.tables}
    digest = _digest(undone, data.tables)
    versions = tuple(one for one in (before.versions if before else ()) if _whole(one, folder))
    if not versions or versions[0].digest != digest:
        now = stamped(data) if stamped else _now()
        versions = (
            _version(data, counts, digest, versions, folder=folder, undone=undone, now=now),
            *versions,
        )
    return Published(
        **about,
        version=versions[0].version,
        rows=sum(counts.values()),
        basis=data.basis,
        versions=versions[:keep],
    )


def _whole(version: DataSetVersion, folder: Path) -> bool:
    """Whether its files are all there, as long as they were."""
    return all(_length(folder / file.url) == file.bytes for file in _files(version))


def _length(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


_TOLD = (
    "name",
    "title",
    "publisher",
    "licence",
    "jurisdiction",
    "first_published",
    "last_published",
    "last_checked",
    "silent_since",
    "invented",
)


def _version(
    data: DataSet,
    counts: dict[str, int],
    digest: str,
    earlier: Sequence[DataSetVersion],
    folder: Path,
    undone: Path,
    now: datetime,
) -> DataSetVersion:
    """Written beside, then moved to its place in one step."""
    name = f"{now:%Y%m%d%H%M%S}-{digest[7:13]}"
    delta = (
        _delta(data.tables, folder / data.name / earlier[0].version, earlier[0].version, undone)
        if earlier
        else None
    )
    where = f"{data.name}/{name}"
    for path in undone.iterdir():
        disk.synced(path)
    place = folder / data.name / name
    place.parent.mkdir(exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    undone.rename(place)
    told = tuple(
        TableFiles(
            name=t.name,
            about=t.about,
            rows=counts[t.name],
            key=t.key,
            columns=t.columns,
            files=tuple(
                files.described(place / f"{t.name}.{form}", f"{where}/{t.name}.{form}")
                for form in _FORMATS
            ),
        )
        for t in data.tables
    )
    if delta is not None:
        since, number = delta
        delta_file = files.described(place / "delta.ndjson", f"{where}/delta.ndjson")
        return DataSetVersion(
            version=name,
            made_at=str(iso(now)),
            digest=digest,
            tables=told,
            delta=Delta(
                since=since,
                file=delta_file,
                added=number[ADD],
                modified=number[MOD],
                deleted=number[DEL],
            ),
        )
    return DataSetVersion(name, str(iso(now)), digest, told)


def _delta(
    tables: Sequence[Table], before: Path, name: str, after: Path
) -> tuple[str, dict[str, int]] | None:
    """Write the delta from an earlier version; None if that is no longer there whole."""
    number = dict.fromkeys((ADD, MOD, DEL), 0)
    lines = [f"{table.name}.ndjson" for table in tables]
    if not all((before / line).exists() for line in lines):
        return None
    with (after / "delta.ndjson").open("wb") as out:
        for table, line in zip(tables, lines, strict=True):
            for step in between(table, files.read(before / line), files.read(after / line)):
                number[step.op] += 1
                out.write(_encode(step) + b"\n")
    return name, number


def _digest(folder: Path, tables: Sequence[Table]) -> str:
    """Of the rows and of the columns they have."""
    whole = hashlib.sha256()
    for table in tables:
        shape: Any = [table.name, table.columns, table.key]
        whole.update(_encode(shape))
        with (folder / f"{table.name}.ndjson").open("rb") as lines:
            whole.update(hashlib.file_digest(lines, "sha256").digest())
    return f"sha256:{whole.hexdigest()}"


def _prune(folder: Path, catalogue: ExportIndex) -> None:
    """Remove what the catalogue no longer names."""
    named = {one.name: {v.version for v in one.versions} for one in catalogue.datasets}
    shutil.rmtree(folder / UNDONE, ignore_errors=True)
    for place in folder.iterdir():
        if place.is_dir() and place.name not in named:
            shutil.rmtree(place)
        elif place.is_dir():
            for version in place.iterdir():
                if version.is_dir() and version.name not in named[place.name]:
                    shutil.rmtree(version)


def verify(folder: Path) -> list[str]:
    """Files that the catalogue names and that are missing or differ from their checksum."""
    catalogue = read(folder)
    if catalogue is None:
        raise UsageError(f"{folder} has no {INDEX}")
    return [
        file.url
        for data in catalogue.datasets
        for version in data.versions
        for file in _files(version)
        if not _sound(folder, file)
    ]


def _files(version: DataSetVersion) -> Iterator[File]:
    for table in version.tables:
        yield from table.files
    if version.delta:
        yield version.delta.file


def _sound(folder: Path, file: File) -> bool:
    try:
        return files.described(folder / file.url, file.url) == file
    except OSError:
        return False
