"""The files of a table where they lie, in a folder or in an object store: listed, read, digested,
and the rows in them. Commits and checkpoints of Delta are files of `_delta_log` below the table."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import unquote

from gatewatch import config, disk
from gatewatch.errors import LedgerError, needs
from gatewatch.ledger import schema

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

LOG = "_delta_log"
_MOST_READ = 64 << 20
"""Bytes of a file that is read in one piece: a commit has some hundred a file."""
_CHUNK = 1 << 20
_AT_ONCE = 8
"""Files of an object store that are digested beside one another, a chunk of each in memory."""


class Readable(NamedTuple):
    """A session and what its queries read from."""

    session: "duckdb.DuckDBPyConnection"
    read: str

    @property
    def columns(self) -> list[str]:
        """The columns there."""
        found = self.session.execute(f"FROM {self.read} LIMIT 0")
        return [one[0] for one in found.description or ()]


class PlacedFiles(Protocol):
    """The files of one table, by their paths below it."""

    def listed(self) -> list[str]:
        """The names of the files of its log, in order; none where it has no log."""

    def read(self, path: str) -> bytes:
        """A small file. FileNotFoundError, or LedgerError for one that is too large."""

    def digests(self, paths: Sequence[str]) -> list[str]:
        """SHA-256 in hexadecimal; empty for what is not there."""

    def sizes(self, paths: Sequence[str]) -> list[int | None]:
        """Bytes; None for what is not there."""

    def state(self, version: int) -> "DeltaTable":
        """The table as of a version."""

    def live(self, state: "DeltaTable") -> list[str]:
        """The files that a state is made of, in order. ValueError for one that lies elsewhere."""

    @contextmanager
    def rows(
        self, connection: "duckdb.DuckDBPyConnection", paths: Sequence[str]
    ) -> Iterator[Readable]:
        """What gives the rows of at least one file."""


class FolderFiles:
    """The files of a table in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def listed(self) -> list[str]:
        """As PlacedFiles."""
        try:
            with os.scandir(self.root / LOG) as found:
                return sorted(one.name for one in found)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def read(self, path: str) -> bytes:
        """As PlacedFiles."""
        return (self.root / path).read_bytes()

    def digests(self, paths: Sequence[str]) -> list[str]:
        """As PlacedFiles."""
        return [disk.sha256(self.root / path) for path in paths]

    def sizes(self, paths: Sequence[str]) -> list[int | None]:
        """As PlacedFiles."""
        files = [self.root / path for path in paths]
        return [file.stat().st_size if file.exists() else None for file in files]

    def state(self, version: int) -> "DeltaTable":
        """As PlacedFiles."""
        from deltalake import DeltaTable

        return DeltaTable(str(self.root), version=version)

    def live(self, state: "DeltaTable") -> list[str]:
        """As PlacedFiles."""
        uris = state.file_uris()
        return sorted(Path(unquote(uri)).relative_to(self.root).as_posix() for uri in uris)

    @contextmanager
    def rows(
        self,
        connection: "duckdb.DuckDBPyConnection",
        paths: Sequence[str],
    ) -> Iterator[Readable]:
        """As PlacedFiles."""
        quoted = (str(self.root / path).replace("'", "''") for path in paths)
        listed = ", ".join(f"'{one}'" for one in quoted)
        yield Readable(connection, f"read_parquet([{listed}], union_by_name = true)")


class StoreFiles:
    """The files of a table under a prefix of an object store."""

    def __init__(self, uri: str) -> None:
        self.uri = uri.rstrip("/")
        self.name = self.uri.rpartition("/")[2]

    @cached_property
    def _place(self) -> tuple[Any, str]:
        return filesystem(self.uri)

    @contextmanager
    def _told(self) -> Iterator[tuple[Any, str]]:
        """The file system and the prefix; what goes wrong there is told as a fault of the
        ledger."""
        try:
            yield self._place
        except FileNotFoundError:
            raise
        except OSError as fault:
            raise LedgerError(f"{self.uri} cannot be read: {fault}") from fault

    def listed(self) -> list[str]:
        """As PlacedFiles."""
        from pyarrow import fs

        with self._told() as (files, root):
            wanted = fs.FileSelector(f"{root}/{LOG}", allow_not_found=True)
            return sorted(one.base_name for one in files.get_file_info(wanted) if one.is_file)

    def read(self, path: str) -> bytes:
        """As PlacedFiles."""
        with self._told() as (files, root), files.open_input_stream(f"{root}/{path}") as content:
            data = bytes(content.read(_MOST_READ + 1))
        if len(data) > _MOST_READ:
            raise LedgerError(f"{self.uri}/{path} has more than {_MOST_READ >> 20} MiB")
        return data

    def digests(self, paths: Sequence[str]) -> list[str]:
        """As PlacedFiles."""
        if len(paths) < 2:
            return [self._digest(path) for path in paths]
        with ThreadPoolExecutor(_AT_ONCE) as some:
            return list(some.map(self._digest, paths))

    def _digest(self, path: str) -> str:
        found = hashlib.sha256()
        try:
            with (
                self._told() as (files, root),
                files.open_input_stream(f"{root}/{path}") as content,
            ):
                while chunk := content.read(_CHUNK):
                    found.update(chunk)
        except FileNotFoundError:
            return ""
        return found.hexdigest()

    def sizes(self, paths: Sequence[str]) -> list[int | None]:
        """As PlacedFiles."""
        with self._told() as (files, root):
            told = files.get_file_info([f"{root}/{path}" for path in paths])
        return [one.size if one.is_file else None for one in told]

    def state(self, version: int) -> "DeltaTable":
        """As PlacedFiles."""
        from deltalake import DeltaTable

        return DeltaTable(self.uri, version=version)

    def live(self, state: "DeltaTable") -> list[str]:
        """As PlacedFiles."""
        root, found = f"{unquote(state.table_uri).rstrip('/')}/", []
        for uri in map(unquote, state.file_uris()):
            path = uri.removeprefix(root)
            if path == uri or not disk.inside(path):
                raise ValueError(f"{uri} lies outside of {root}")
            found.append(path)
        return sorted(found)

    @contextmanager
    def rows(
        self, connection: "duckdb.DuckDBPyConnection", paths: Sequence[str]
    ) -> Iterator[Readable]:
        """As PlacedFiles."""
        import pyarrow as pa
        import pyarrow.dataset as ds

        known = pa.schema(schema.arrow_schema(self.name))
        with self._told() as (files, root), connection.cursor() as session:
            held = ds.dataset([f"{root}/{one}" for one in paths], schema=known, filesystem=files)
            session.register("placed", held)
            yield Readable(session, "placed")


def files_of(uri: str) -> PlacedFiles:
    """The files of the table at a path or address."""
    return StoreFiles(uri) if "://" in uri else FolderFiles(Path(uri))


def filesystem(place: str) -> "tuple[Any, str]":
    """The file system of a path or s3:// address, and the path in it."""
    with needs("s3"):
        from pyarrow import fs

    if "://" not in place:
        return fs.LocalFileSystem(), place
    scheme, _, path = place.partition("://")
    if scheme in {"s3", "s3a"}:
        return fs.S3FileSystem(**config.object_store()), path
    files, path = fs.FileSystem.from_uri(place)
    return files, str(path)
