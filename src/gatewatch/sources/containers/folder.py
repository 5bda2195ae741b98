"""Files, folders of dated files, archives and standard input as snapshots."""

import re
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gatewatch import config
from gatewatch.errors import SourceError
from gatewatch.sources.containers import expand, large
from gatewatch.sources.containers.large import Data
from gatewatch.sources.containers.parts import Wanted, is_piece
from gatewatch.sources.containers.raw import Part, Raw, Skipped, blob_id

_DATE = re.compile(
    r"(?<!\d)(20\d\d|19\d\d)[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?"
    r"(?:[T_ -]?([01]\d|2[0-3])[-_.:h]?([0-5]\d)(?:[-_.:m]?([0-5]\d))?)?(?!\d)"
)
_UNFINISHED = re.compile(
    r"^\.|^Thumbs\.db$|~$|\.(?:part|partial|tmp|temp|crdownload|download|swp)$"
)
"""Hidden files, and what programs leave beside a file that is still being written."""


class FolderSource:
    """A file, a folder of dated files or dated folders, a folder that is one snapshot, or a zip."""

    def __init__(self, path: Path, wanted: Wanted, zone: ZoneInfo) -> None:
        if not path.exists():
            raise SourceError(f"{path} does not exist")
        self.description = str(path)
        self._wanted = wanted
        self._main = wanted.path
        self._zone = zone
        self._units = self._find(path)
        self._dated = len(self._units) > 1 and any(self._day(unit.name) for unit in self._units)
        if not self._units:
            raise SourceError(f"{path}: no file to read in this folder")

    def origins(self) -> list[str]:
        return [_origin(unit) for unit in self._units]

    def snapshots(self, wanted: Callable[[str], bool]) -> Generator[Raw | Skipped, None, None]:
        for unit in self._units:
            origin = _origin(unit)
            if not wanted(origin):
                continue
            try:
                yield from self._unit(unit, origin)
            except (SourceError, OSError) as fault:
                yield Skipped(origin, str(fault))

    def close(self) -> None:
        """Every file is closed when it has been read."""

    def _find(self, path: Path) -> list[Path]:
        if path.is_file() or self._is_snapshot(path):
            return [path]
        inside = [
            p for p in path.iterdir() if not _UNFINISHED.search(p.name) and not p.is_symlink()
        ]
        dated = [p for p in inside if p.is_file() or self._is_snapshot(p)]
        return sorted(dated, key=lambda p: (str(self._day(p.name) or ""), p.name))

    def _is_snapshot(self, path: Path) -> bool:
        """Whether a folder is one snapshot of several files."""
        if not path.is_dir():
            return False
        if self._wanted.parts is not None:
            return self._wanted.named is None and any(
                self._wanted.takes(str(p.relative_to(path))) for p in path.rglob("*")
            )
        return any(
            (path / f"{self._main}{suffix}").is_file() for suffix in ("", *expand.SUFFIXES, ".00")
        ) or any(is_piece(self._main, p.name) for p in path.iterdir())

    def _day(self, name: str) -> datetime | None:
        """The day or time that a name gives, as the declaration finds it or by its look."""
        told = self._wanted.day(name)
        if told is not None:
            return told.replace(tzinfo=self._zone).astimezone(UTC)
        return None if self._wanted.named else named_time(name, self._zone)

    def _unit(self, unit: Path, origin: str) -> Iterator[Raw | Skipped]:
        limit = config.snapshot_limit()
        if unit.is_dir():
            yield self._joined(unit.name, origin, self._read_folder(unit, limit), limit)
            return
        if unit.stat().st_size > limit:
            raise SourceError(f"{unit} is larger than {limit:,} bytes; see GATEWATCH_MAX_SNAPSHOT")
        data = _read(unit)
        if expand.is_zip(data) and not expand.is_document(data):
            yield from self._archive(unit, origin, data, limit)
            return
        # Beside files with days in their names one without is dated by nothing, least by its copy.
        modified = datetime.fromtimestamp(unit.stat().st_mtime, UTC)
        taken = None if self._dated else modified
        yield self._single(unit.name, origin, expand.expand(unit.name, data, limit), taken)

    def _archive(self, unit: Path, origin: str, data: Data, limit: int) -> Iterator[Raw]:
        files: dict[str, Data] = {}
        for name, plain in expand.members(unit.name, data, limit):
            if files.setdefault(name, plain) != plain:
                raise SourceError(f"{unit}: two members are named {name!r} and differ")
        if self._wanted.parts is not None and self._wanted.named is None:
            yield self._joined(unit.name, origin, files, limit)
            return
        if any(expand.plain_name(name).rpartition("/")[2] == self._main for name in files):
            yield self._joined(unit.name, origin, _below(files, self._main), limit)
            return
        if not files:
            raise SourceError(f"{unit}: the archive is empty")
        left = expand.allowed(len(data), limit)
        for name in sorted(files, key=lambda n: (str(self._day(n) or ""), n)):
            plain = expand.expand(name, files[name], left)
            left -= len(plain) if plain is not files[name] else 0
            fallback = unit.name if len(files) == 1 else name
            yield self._single(name, f"{origin}!{name}", plain, None, dated=fallback)

    def _read_folder(self, unit: Path, limit: int) -> dict[str, Data]:
        """The files of a folder that is one snapshot; others beside them are left alone."""
        found = {str(p.relative_to(unit)): p for p in sorted(unit.rglob("*"))}
        wanted = {
            name: path
            for name, path in found.items()
            if self._wanted.takes(expand.plain_name(name))
            and path.is_file()
            and not path.is_symlink()
        }
        if sum(path.stat().st_size for path in wanted.values()) > limit:
            raise SourceError(f"{unit} is larger than {limit:,} bytes; see GATEWATCH_MAX_SNAPSHOT")
        return {name: _read(path) for name, path in wanted.items()}

    def _single(
        self, name: str, origin: str, data: Data, taken: datetime | None, dated: str | None = None
    ) -> Raw:
        named = self._day(name) or self._day(dated or name)
        part = Part(blob_id(data), data)
        return Raw(
            origin=origin,
            parts={self._main: part},
            main=self._main,
            committed_at=taken,
            named_at=named,
        )

    def _joined(self, name: str, origin: str, files: Mapping[str, Data], limit: int) -> Raw:
        plain: dict[str, Data] = {}
        for n, d in files.items():
            if self._wanted.takes(expand.plain_name(n)):
                left = limit - sum(map(len, plain.values()))
                plain[expand.plain_name(n)] = expand.expand(n, d, left)
        parts = {}
        for part, members in self._wanted.groups(plain).items():
            whole = plain[members[0]]
            if len(members) > 1:
                whole = large.gathered(b for member in members for b in large.blocks(plain[member]))
            parts[part] = Part(blob_id(whole), whole)
        main = self._wanted.main(parts)
        if main is None:
            raise SourceError(f"{name}: {self._wanted.parts or self._main} is not in it, or cut")
        # A folder of one file that is named after the list may bear its day in the file's name.
        day = self._day(name) or self._day(main)
        return Raw(
            origin=origin,
            parts=parts,
            main=main,
            committed_at=None,
            named_at=day,
            together=self._wanted.parts is not None,
        )


class StandardInput:
    """One snapshot from standard input."""

    description = "standard input"

    def __init__(self, main: str) -> None:
        self._main = main

    def origins(self) -> list[str]:
        return ["stdin"]

    def snapshots(self, wanted: Callable[[str], bool]) -> Generator[Raw | Skipped, None, None]:
        del wanted
        limit = config.snapshot_limit()
        data = large.read(sys.stdin.buffer, limit + 1)
        if len(data) > limit:
            raise SourceError(f"standard input is over {limit:,} bytes; see GATEWATCH_MAX_SNAPSHOT")
        plain = expand.expand("standard input", data, limit)
        content = blob_id(plain)
        yield Raw(
            f"stdin:{content}", {self._main: Part(content, plain)}, self._main, datetime.now(UTC)
        )

    def close(self) -> None:
        """Standard input is the caller's."""


def named_time(name: str, zone: ZoneInfo) -> datetime | None:
    """The day or time that a file's name gives, in the register's zone; None if it gives none."""
    found = _DATE.search(Path(name).name)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(g) if g else None for g in found.groups())
    assert year is not None
    try:
        local = datetime(
            year, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=zone
        )
    except ValueError:
        return None
    return local.astimezone(UTC)


def _read(file: Path) -> Data:
    """A file's bytes as they are now: one that is written to meanwhile changes nothing."""
    with file.open("rb") as stream:
        return large.read(stream, file.stat().st_size)


def _origin(unit: Path) -> str:
    """Names a file's state, so that an unchanged file is not read again."""
    if unit.is_dir():
        inner = sorted(p for p in unit.rglob("*") if p.is_file())
        return f"folder:{unit.name}:{_stamp(inner)}"
    return f"file:{unit.name}:{_stamp([unit])}"


def _stamp(files: Iterable[Path]) -> str:
    return ",".join(f"{s.st_size}-{s.st_mtime_ns}" for s in (p.stat() for p in files))[:200]


def _below(files: Mapping[str, Data], main: str) -> dict[str, Data]:
    """Files of an archive relative to the folder that holds the list."""
    holder = next(n for n in sorted(files) if expand.plain_name(n).rpartition("/")[2] == main)
    folder = holder.rpartition("/")[0]
    return {
        n.removeprefix(f"{folder}/"): d
        for n, d in files.items()
        if not folder or n.startswith(f"{folder}/")
    }
