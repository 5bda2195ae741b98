"""Where measurements come from: files, archives, folders, standard input, object stores.

Everything is read as a stream, so that memory stays flat however large an input is. Each file is
an input with an origin that changes when its content does; what cannot be read is named and the
rest goes on.
"""

import bz2
import gzip
import io
import json
import lzma
import re
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from gatewatch import config
from gatewatch.errors import SourceError, needs
from gatewatch.sources.containers import zst
from gatewatch.sources.measurements import yaml_reports
from gatewatch.sources.measurements.ooni import LIMIT, sound

_PACKED = (".gz", ".zst", ".xz", ".bz2", ".lz4")
_TARS = (".tar", ".tgz")
_YAML = (".yaml", ".yml")
_TAKEN = (".json", ".jsonl", ".ndjson", ".post", *_YAML, *_TARS)
_KINDS = "no .json, .jsonl, .yaml, .tar, or one of these compressed (.gz .zst .xz .bz2 .lz4)"
_LINES = (".json", ".jsonl", ".ndjson")
_READ_BYTES = 1 << 18
"""Read at once of a file. By 8 kB, of which each line of a real measurement needs a few, a line
takes 6 microseconds of the one process that reads for all, and so 1."""
_DESCRIBING = frozenset(
    {
        *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
        *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    }
)
_MOST_TIMES, _ALWAYS = 1_000, 64 << 20
"""How many times its packed size an input may expand to, and to how many bytes in any case. More
than of a list, for lines pass one at a time: measurements expand to 12 times their size as a rule,
and to hundreds where one is much like the next."""
_LONGEST_DESCRIPTION = 64 << 10
"""Bytes of what a tar says of a member in a block of its own."""
TOO_LONG = "what follows it was not read"
"""How the reason of a fault ends after which nothing of its file is read."""
_SPACE = re.compile(r"\s*")
# RuntimeError is what LZ4's library raises on damage.
_BROKEN = (
    OSError,
    EOFError,
    lzma.LZMAError,
    zst.Damage,
    tarfile.TarError,
    ValueError,
    RuntimeError,
    zlib.error,
)


class Line(msgspec.Struct, frozen=True, gc=False):
    """One measurement, unread. `uid` is what a tar of posts calls it."""

    data: bytes
    uid: str | None = None


class LineFault(msgspec.Struct, frozen=True):
    """Something that could not be read, with the reason."""

    where: str
    reason: str


class Input(msgspec.Struct, frozen=True):
    """One file. `origin` names its present content without reading it; None: cannot be known."""

    name: str
    origin: str | None
    size: int | None
    open: Callable[[], IO[bytes]]
    passed_over: str = ""
    """Why it is not read, of a file in a folder that is no kind of measurements."""

    def lines(self) -> Iterator[Line | LineFault]:
        """Its measurements, and what of it could not be read."""
        if self.passed_over:
            yield LineFault(self.name, self.passed_over)
            return
        try:
            with closing(self.open()) as opened:
                raw, budget = opened, _Budget(self.size)
                if self.size is None:
                    raw = _buffered(cast("IO[bytes]", _Counted(opened, budget.came)))
                with closing(_unpacked(self.name, raw, budget)) as plain:
                    yield from _members(_plain_name(self.name), plain, budget)
        except _BROKEN as fault:
            yield LineFault(self.name, str(fault) or type(fault).__name__)

    def cuttable(self) -> bool:
        """Whether it is plain lines, any run of which can be read by itself."""
        if self.passed_over or not self.name.lower().endswith(_LINES):
            return False
        try:
            with closing(self.open()) as raw:
                first = _buffered(raw).readline(LIMIT + 1)
        except _BROKEN:
            return False
        return len(first) <= LIMIT and _is_whole(first)

    def lines_within(self, start: int, end: int) -> Iterator[Line | LineFault]:
        """The lines that begin at the bytes from `start` up to `end`, of one that is `cuttable`."""
        try:
            with closing(self.open()) as raw:
                yield from _within(self.name, _buffered(raw), start, end)
        except _BROKEN as fault:
            yield LineFault(self.name, str(fault) or type(fault).__name__)


class _BombError(ValueError):
    """What expands to far more than it is."""


class _Budget:
    """Bytes to which one input may expand, all that is packed within it together."""

    def __init__(self, packed: int | None) -> None:
        """`packed`: its size, or None where that shows as it comes."""
        self._packed, self._plain = packed or 0, 0

    def came(self, size: int) -> None:
        """So many bytes more of the input, as it is."""
        self._packed += size

    def spend(self, size: int) -> None:
        """So many bytes more of what was packed in it. Raises _BombError."""
        self._plain += size
        most = max(self._packed * _MOST_TIMES, _ALWAYS)
        if self._plain > most:
            raise _BombError(f"expands to more than {most:,} bytes: {TOO_LONG}")


class _Counted(io.RawIOBase):
    """A stream of which every byte is told to somebody as it is read."""

    def __init__(self, inner: IO[bytes], tell: Callable[[int], None]) -> None:
        self._inner, self._tell = inner, tell

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        # As much as comes at once: a whole room is lost where what follows is damaged.
        read = getattr(self._inner, "read1", self._inner.read)
        part = read(len(room))
        self._tell(len(part))
        room[: len(part)] = part
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


class _Member(tarfile.TarInfo):
    """A member of a tar whose own description is bounded: names and attributes are read into
    memory whole, however long the archive says that they are, and of a sparse file a few bytes
    stand for as many as it likes."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _DESCRIBING and self.size > _LONGEST_DESCRIPTION:
            raise tarfile.ReadError(f"a name or description of {self.size:,} bytes: {TOO_LONG}")
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError(f"a sparse file: {TOO_LONG}")
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return found

    def _refuse_sparse(self, *_: object) -> None:
        raise tarfile.ReadError(f"a sparse file: {TOO_LONG}")

    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse_sparse


def inputs(source: str) -> list[Input]:
    """The files of a source, in order: a path, a folder, `-`, or s3://BUCKET/PREFIX."""
    if source == "-":
        return [Input("standard input", None, None, lambda: sys.stdin.buffer)]
    if "://" in source:
        return _stored(source)
    path = Path(source)
    if not path.exists():
        raise SourceError(f"{source} does not exist")
    if path.is_file():
        return [_file(path)]
    files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
    if not any(_is_taken(file) for file in files):
        raise SourceError(f"{source}: {_KINDS} in it")
    return [_file(file) if _is_taken(file) else _passed_over(file) for file in files]


def _is_taken(path: Path) -> bool:
    return not path.is_symlink() and _plain_name(path.name).endswith(_TAKEN)


def _passed_over(path: Path) -> Input:
    """A file that no measurements can be in. It is named, so that nobody thinks it was read."""
    reason = "a symbolic link: not followed" if path.is_symlink() else f"passed over: {_KINDS}"
    return Input(
        name=sound(str(path)), origin=None, size=0, open=lambda: path.open("rb"), passed_over=reason
    )


def _plain_name(name: str) -> str:
    """A name without the ending of its compression."""
    lower = name.lower()
    return lower.rpartition(".")[0] if lower.endswith(_PACKED) else lower


def _file(path: Path) -> Input:
    known = path.stat()
    origin = sound(f"file:{path.name}:{known.st_size}-{known.st_mtime_ns}")
    return Input(sound(str(path)), origin, known.st_size, lambda: path.open("rb", _READ_BYTES))


def _stored(source: str) -> list[Input]:
    """Files under an object-store prefix, with credentials from the environment or without."""
    with needs("s3"):
        import pyarrow as pa
        from pyarrow import fs

    scheme, _, rest = source.partition("://")
    if scheme != "s3":
        raise SourceError(f"{source}: measurements are read from files, folders, - or s3://")
    store = fs.S3FileSystem(**config.object_store())
    try:
        known = store.get_file_info(fs.FileSelector(rest.rstrip("/"), recursive=True))
        if not known:
            known = [store.get_file_info(rest)]
    except (OSError, pa.ArrowException) as fault:
        raise SourceError(f"{source} cannot be listed: {fault}") from None
    taken = [i for i in known if i.is_file and _plain_name(i.path).endswith(_TAKEN)]
    if not taken:
        raise SourceError(f"{source}: nothing there that holds measurements")
    return [
        Input(
            f"s3://{i.path}",
            f"s3:{i.path}:{i.size}-{i.mtime_ns}",
            i.size,
            lambda path=i.path: store.open_input_file(path),  # type: ignore[misc]
        )
        for i in sorted(taken, key=lambda i: i.path)
    ]


_BY_FIRST_BYTES = {
    b"\x1f\x8b": ".gz",
    b"\x28\xb5": ".zst",
    b"\xfd7": ".xz",
    b"BZ": ".bz2",
    b"\x04\x22": ".lz4",
}


def _unpacked(name: str, raw: IO[bytes], budget: _Budget) -> IO[bytes]:
    """A stream of the plain bytes, within a budget."""
    plain = _opened(name, raw)
    if plain is raw:
        return raw
    counted = io.BufferedReader(_Counted(plain, budget.spend), _READ_BYTES)
    return cast("IO[bytes]", counted)


def _opened(name: str, raw: IO[bytes]) -> IO[bytes]:
    """A stream of the plain bytes, by the ending of the name; standard input by its first bytes."""
    stream: IO[bytes] = raw
    lower = name.lower()
    if name == "standard input":
        head = _buffered(raw)
        lower = _BY_FIRST_BYTES.get(head.peek(2)[:2], "")  # type: ignore[attr-defined]
        stream = head
    if lower.endswith((".gz", ".tgz")):
        return cast("IO[bytes]", gzip.open(stream))
    if lower.endswith(".zst"):
        return zst.opened(stream)
    if lower.endswith(".xz"):
        return lzma.open(stream)
    if lower.endswith(".bz2"):
        return bz2.open(stream)
    if lower.endswith(".lz4"):
        with needs("network"):
            import lz4.frame
        return cast("IO[bytes]", lz4.frame.open(stream))
    return stream


def _members(name: str, plain: IO[bytes], budget: _Budget) -> Iterator[Line | LineFault]:
    if not name.endswith(_TARS):
        yield from _records(name, plain, None)
        return
    with tarfile.open(fileobj=plain, mode="r|", tarinfo=_Member) as archive:
        while (member := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined] # it would remember every one of them
            inner = archive.extractfile(member) if member.isfile() else None
            if inner is None:
                continue
            stem, _, ending = member.name.rpartition("/")[2].rpartition(".")
            uid = stem if ending == "post" else None
            with closing(inner), closing(_unpacked(member.name, inner, budget)) as stream:
                yield from _records(member.name, stream, uid)


def _records(name: str, stream: IO[bytes], uid: str | None) -> Iterator[Line | LineFault]:
    """The measurements of one file, by its ending."""
    if not _plain_name(name).endswith(_YAML):
        yield from _lines(name, stream, uid)
        return
    for found in yaml_reports.measurements(stream, LIMIT):
        yield Line(found) if isinstance(found, bytes) else LineFault(sound(name), found)


def _lines(name: str, stream: IO[bytes], uid: str | None) -> Iterator[Line | LineFault]:
    """Lines of a stream; a file that is one object over many lines is one measurement."""
    first = stream.readline(LIMIT + 1)
    if uid is not None or not _is_whole(first):
        rest = stream.read(LIMIT + 1 - len(first)) if len(first) <= LIMIT else b""
        whole = first + rest
        if len(whole) > LIMIT:
            yield LineFault(name, f"not lines, and longer than {LIMIT:,} bytes")
        elif whole.strip() and _is_whole(whole):
            yield Line(whole, uid)
        else:
            yield from (Line(value) for value in _values(whole))
        return
    line = first
    while line:
        if len(line) > LIMIT:
            yield LineFault(name, f"a line longer than {LIMIT:,} bytes; {TOO_LONG}")
            return
        if not line.isspace():
            yield Line(line)
        line = stream.readline(LIMIT + 1)


def _within(name: str, stream: IO[bytes], start: int, end: int) -> Iterator[Line | LineFault]:
    at = start
    if start:  # a line that began before belongs to the run before
        stream.seek(start - 1)
        at -= 1
        while rest := stream.readline(LIMIT + 1):
            at += len(rest)
            if rest.endswith(b"\n") or at >= end:
                break
    while at < end and (line := stream.readline(LIMIT + 1)):
        at += len(line)
        if len(line) > LIMIT:
            yield LineFault(name, f"a line longer than {LIMIT:,} bytes; {TOO_LONG}")
            return
        if not line.isspace():
            yield Line(line)


def _buffered(raw: IO[bytes]) -> IO[bytes]:
    """A stream with lines: those of an object store have none."""
    return raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw)  # type: ignore[type-var]


def _values(text: bytes) -> Iterator[bytes]:
    """JSON values one after another, each over as many lines as it likes; from the first place on
    that is no value, line by line, so that nothing is lost."""
    decoder, plain, at = json.JSONDecoder(), text.decode("utf-8", "surrogateescape"), 0
    while space := _SPACE.match(plain, at):
        at = space.end()
        try:
            _, end = decoder.raw_decode(plain, at)
        except (ValueError, RecursionError):
            break
        yield plain[at:end].encode("utf-8", "surrogateescape")
        at = end
    rest = plain[at:].encode("utf-8", "surrogateescape")
    yield from (line for line in rest.splitlines() if line.strip())


def _is_whole(text: bytes) -> bool:
    """Whether bytes are one JSON value."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
