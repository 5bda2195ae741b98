"""A git repository as a history of snapshots of one path.

Only plumbing runs (`rev-list`, `cat-file`), with every door by which a repository's own config or
hooks could run a program shut. Objects are read through one `cat-file --batch` in the order of
history, so git unpacks the next blob while the last one is compared.
"""

import ctypes
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import msgspec

from gatewatch import config
from gatewatch.errors import SourceError
from gatewatch.model.moment import tellable
from gatewatch.sources.containers import large
from gatewatch.sources.containers.large import Data
from gatewatch.sources.containers.parts import Wanted, is_piece
from gatewatch.sources.containers.raw import Part, Raw, Skipped, blob_id

SILENCE = 120.0
"""Seconds after which a server that tells of no progress is given up."""
_LOOK, _LAST_WORDS = 0.5, 4096
_PIPE = 1 << 20
_AHEAD = 4
_LARGE_BLOCK = 32 << 20  # the largest that mallopt takes
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_SAFE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    # A server that falls silent is given up after a minute.
    "GIT_HTTP_LOW_SPEED_LIMIT": "1",
    "GIT_HTTP_LOW_SPEED_TIME": "60",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
_SAFE_OPTIONS = (
    "-c",
    "safe.directory=*",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.sshCommand=false",
    "-c",
    "core.alternateRefsCommand=",
    "-c",
    "core.askPass=",
    "-c",
    "core.commitGraph=false",
)
_TRANSPORTS = "https:http:ssh:git:file"
_URL = ("https://", "http://", "ssh://", "git://", "file://")


class _Commit(msgspec.Struct, frozen=True):
    oid: str
    taken_at: datetime | None


class GitSource:
    """Snapshots of `path` (and a companion folder) along the first parents of HEAD."""

    def __init__(self, location: str, wanted: Wanted, zone: ZoneInfo) -> None:
        self._dir = _clone(location) if location.startswith(_URL) else _git_dir(location)
        self._wanted = wanted
        self._zone = zone
        self._path = wanted.path
        self._companions = wanted.companions
        self.description = f"git {location}"
        self._commits = self._history()

    def origins(self) -> list[str]:
        return [self._origin(commit) for commit in self._commits]

    def snapshots(self, wanted: Callable[[str], bool]) -> Generator[Raw | Skipped, None, None]:
        commits = [commit for commit in self._commits if wanted(self._origin(commit))]
        plan = [(commit, *self._tree(found)) for commit, found in self._trees(commits)]
        needed: list[str] = []
        held: dict[str, str] = {}
        for commit, blobs, _ in plan:
            if commit.taken_at is None:
                continue
            needed += [oid for name, oid in blobs.items() if held.get(name) != oid]
            held = blobs or held
        with self._batch(needed) as objects:
            yield from self._handed(plan, objects)

    def close(self) -> None:
        """Processes end with their iteration; nothing stays open between."""

    def _handed(
        self,
        plan: list[tuple[_Commit, dict[str, str], str | None]],
        objects: Iterator[Data | None],
    ) -> Iterator[Raw | Skipped]:
        asked: dict[str, str] = {}
        told: dict[str, str] = {}
        read: dict[str, tuple[str, Data | None]] = {}
        for commit, blobs, fault in plan:
            if commit.taken_at is None:
                yield Skipped(self._origin(commit), "its time is one that no calendar holds")
                continue
            if not blobs:
                yield Skipped(self._origin(commit), fault or "nothing to read", commit.taken_at)
                continue
            read = {name: held for name, held in read.items() if blobs.get(name) == held[0]}
            room = config.snapshot_limit() - sum(len(data or b"") for _, data in read.values())
            for name, oid in blobs.items():
                if asked.get(name) != oid:
                    data = next(objects)
                    room -= len(data or b"")
                    read[name] = (oid, data if room >= 0 else None)
            asked = blobs
            changed = {name for name, oid in blobs.items() if told.get(name) != oid}
            lost = [name for name in changed if read.get(name, ("", None)) == (blobs[name], None)]
            if lost:
                reason = (
                    f"object {blobs[lost[0]]} of {lost[0]} is missing or damaged, or more than "
                    f"{config.snapshot_limit():,} bytes were read (GATEWATCH_MAX_SNAPSHOT)"
                )
                yield Skipped(self._origin(commit), reason, commit.taken_at)
                continue
            yield self._raw(commit, blobs, changed, read)
            told = blobs
            read = {name: kept for name, kept in read.items() if is_piece(self._path, name)}

    def _raw(
        self,
        commit: _Commit,
        blobs: dict[str, str],
        changed: set[str],
        read: dict[str, tuple[str, Data | None]],
    ) -> Raw:
        parts = {}
        for name, members in self._wanted.groups(blobs).items():
            content = blobs[members[0]]
            whole = read[name][1] if members == [name] and name in changed else None
            if len(members) > 1:
                whole = large.gathered(
                    block for member in members for block in large.blocks(read[member][1] or b"")
                )
                content = blob_id(whole)
            parts[name] = Part(content, whole)
        main = self._wanted.main(parts) or self._path
        day = self._wanted.day(main)
        return Raw(
            self._origin(commit),
            parts,
            main,
            committed_at=commit.taken_at,
            named_at=day.replace(tzinfo=self._zone).astimezone(UTC) if day else None,
            together=self._wanted.parts is not None,
        )

    def _origin(self, commit: _Commit) -> str:
        return f"git:{commit.oid}"

    def _history(self) -> list[_Commit]:
        done = _git(
            self._dir,
            "rev-list",
            "--first-parent",
            "--reverse",
            "--no-commit-header",
            "--format=%H %ct",
            "HEAD",
        )
        commits = []
        for line in done.splitlines():
            oid, _, seconds = line.partition(" ")
            commits.append(_Commit(oid, _taken(seconds)))
        return commits

    def _trees(self, commits: list[_Commit]) -> Iterator[tuple[_Commit, dict[str, bytes] | None]]:
        """Root tree and, where there is one, the companions' tree of each commit."""
        folder = self._path.rpartition("/")[0]
        specs = []
        for commit in commits:
            specs.append(f"{commit.oid}:{folder}")
            if self._companions:
                specs.append(f"{commit.oid}:{self._companions}")
        with self._batch(specs, kind="tree") as objects:
            for commit in commits:
                root = next(objects)
                trees = None if root is None else {folder: large.plain(root)}
                if self._companions:
                    beside = next(objects)
                    if trees is not None and beside is not None:
                        trees[self._companions] = large.plain(beside)
                yield commit, trees

    def _tree(self, trees: dict[str, bytes] | None) -> tuple[dict[str, str], str | None]:
        """Name to blob id of the files that make the snapshot; or why there are none."""
        if trees is None:
            return {}, "the commit's tree is missing or damaged"
        width = self._oid_bytes
        blobs: dict[str, str] = {}
        for folder, tree in trees.items():
            files = _entries(tree, width)
            if files is None:
                return {}, "the commit's tree is missing or damaged"
            for name, oid in files:
                path = f"{folder}/{name}" if folder else name
                if self._wanted.takes(path):
                    blobs[path] = oid
        groups = self._wanted.groups(blobs)
        kept = {member: blobs[member] for members in groups.values() for member in members}
        if self._wanted.main(groups) is None:
            return {}, f"{self._wanted.parts or self._path} is not in this commit"
        return kept, None

    @property
    def _oid_bytes(self) -> int:
        return len(self._commits[0].oid) // 2 if self._commits else 20

    def _batch(self, specs: list[str], kind: str = "blob") -> "_Batch":
        return _Batch(self._dir, specs, kind)


class _Batch:
    """Objects in the order asked for, through `cat-file --batch`; None for one that is not there.

    A damaged object ends git's process; it is passed over and the rest is read by another one.
    """

    def __init__(self, git_dir: str, specs: list[str], kind: str) -> None:
        self._dir = git_dir
        self._specs = specs
        self._kind = kind
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._queue: queue.Queue[Data | Exception | None] = queue.Queue(_AHEAD)
        self._thread = threading.Thread(target=self._read_ahead, name="git-objects", daemon=True)

    def __enter__(self) -> Iterator[Data | None]:
        _keep_large_blocks()
        self._thread.start()
        return self._arrived()

    def __exit__(self, *_: object) -> None:
        self._ended = True
        if self._process is not None:
            self._process.kill()
        while self._thread.is_alive():
            with suppress(queue.Empty):
                self._queue.get(timeout=0.05)

    def _arrived(self) -> Iterator[Data | None]:
        for _ in self._specs:
            item = self._queue.get()
            if isinstance(item, Exception):
                raise item
            yield item

    def _read_ahead(self) -> None:
        """Runs beside the comparing: while one blob is compared the next is copied."""
        try:
            with closing(self._objects()) as objects:
                for data in objects:
                    if self._ended:
                        return
                    self._queue.put(data)
        except (SourceError, OSError, ValueError) as fault:
            self._queue.put(fault)

    def _objects(self) -> Generator[Data | None, None, None]:
        position = 0
        while position < len(self._specs):
            stream = self._start(self._specs[position:])
            try:
                alive = True
                while alive and position < len(self._specs):
                    position += 1
                    data, alive = self._object(stream, stream.readline())
                    yield data
            finally:
                self._stop()

    def _object(self, stream: IO[bytes], answer: bytes) -> tuple[Data | None, bool]:
        """One object; and whether git lives on, which it does not behind a damaged one."""
        words = answer.rsplit(b" ", 2)
        if len(words) != 3 or not words[2].strip().isdigit():
            return None, bool(answer)
        size = int(words[2])
        if size > config.snapshot_limit():
            return None, _pass_over(stream, size + 1)
        data = large.read(stream, size)
        if len(data) < size or not stream.read(1):
            return None, False
        return (data if words[1] == self._kind.encode() else None), True

    def _start(self, specs: list[str]) -> IO[bytes]:
        """Specs go in through a file: git reads ahead of us and nothing can wait for us."""
        asked = tempfile.TemporaryFile()  # noqa: SIM115 - closed below, once git has it
        asked.write("\n".join(specs).encode("utf-8", "surrogateescape") + b"\n")
        asked.seek(0)
        with asked:
            if self._ended:
                raise SourceError("reading was stopped")
            self._process = subprocess.Popen(
                ["git", *_SAFE_OPTIONS, f"--git-dir={self._dir}", "cat-file", "--batch"],
                stdin=asked,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        assert self._process.stdout is not None
        _widen(self._process.stdout)
        return self._process.stdout

    def _stop(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.kill()
        self._process.stdout.close()
        self._process.wait()


def _pass_over(stream: IO[bytes], size: int) -> bool:
    """Read what is not kept; False if it ends too early."""
    while size > 0 and (block := stream.read(min(size, _PIPE))):
        size -= len(block)
    return size == 0


def _widen(pipe: IO[bytes]) -> None:
    """A pipe of a megabyte instead of 64 kB, where the system has a way to ask for one."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _keep_large_blocks() -> None:
    """Let malloc keep blocks of a snapshot's size instead of mapping fresh pages for each one.

    Blobs grow by a few bytes each, just past glibc's moving threshold, which made page faults a
    quarter of an ingest's time. Elsewhere than on glibc this does nothing.
    """
    with suppress(OSError, AttributeError, TypeError):  # TypeError: Windows wants a name
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
        mallopt(_M_TRIM_THRESHOLD, 4 * _LARGE_BLOCK)


def is_repository(location: str) -> bool:
    """Whether a location can only be, or is, a git repository."""
    if location.startswith(_URL):
        return True
    folder = Path(location)
    return (folder / ".git").exists() or _is_bare(folder)


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def _git_dir(location: str) -> str:
    folder = Path(location)
    if _is_bare(folder):
        return str(folder)
    inner = folder / ".git"
    if inner.is_file():
        target = inner.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        return str((folder / target).resolve())
    return str(inner)


def _clone(url: str) -> str:
    """A mirror of a remote repository, kept between runs and brought up to date."""
    target = config.clone_cache() / f"{blake2b(url.encode(), digest_size=10).hexdigest()}.git"
    if target.exists():
        _git(
            str(target),
            "fetch",
            "--progress",
            "--prune",
            "--force",
            url,
            "HEAD:refs/heads/snapshots",
            transports=_TRANSPORTS,
        )
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            fresh = Path(scratch) / "clone.git"
            _git(None, "init", "--quiet", "--bare", "--template=", str(fresh))
            _git(
                str(fresh),
                "fetch",
                "--progress",
                url,
                "HEAD:refs/heads/snapshots",
                transports=_TRANSPORTS,
            )
            _git(str(fresh), "symbolic-ref", "HEAD", "refs/heads/snapshots")
            fresh.rename(target)
    return str(target)


def _git(git_dir: str | None, *arguments: str, transports: str = "none") -> str:
    """Run git and give what it prints; with a transport named, the repository is our own clone."""
    where = [f"--git-dir={git_dir}"] if git_dir else []
    options = _SAFE_OPTIONS if transports == "none" else ()
    command = ["git", *options, *where, *arguments]
    environment = {**_environment(), "GIT_ALLOW_PROTOCOL": transports}
    try:
        if transports != "none":
            return _from_afar(command, environment)
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
    except FileNotFoundError:
        raise SourceError("git is not installed; it is needed to read a repository") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise SourceError(f"git {arguments[0]} failed in {git_dir or 'a new folder'}: {said}")
    return done.stdout.decode("utf-8", "surrogateescape")


def _from_afar(command: list[str], environment: dict[str, str]) -> str:
    """Run git against a server, for as long as it tells of progress: one that accepts and says
    nothing would keep it for ever, whatever the transport."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
    )
    said, heard = bytearray(), [time.monotonic()]

    def listen() -> None:
        assert process.stderr is not None
        while part := os.read(process.stderr.fileno(), _LAST_WORDS):
            said.extend(part)
            del said[:-_LAST_WORDS]
            heard[0] = time.monotonic()

    listener = threading.Thread(target=listen, name="git-progress", daemon=True)
    with process:
        listener.start()
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)
                break
            if time.monotonic() - heard[0] > SILENCE:
                process.kill()
                process.wait()
                listener.join()
                raise SourceError(
                    f"git fetch failed: the server said nothing for {SILENCE:g} seconds"
                )
        listener.join()
    if process.returncode:
        words = bytes(said).decode("utf-8", "replace").strip()
        raise SourceError(f"git fetch failed: {words or f'it ended with {process.returncode}'}")
    return ""


def _environment() -> dict[str, str]:
    """The caller's environment without git's own switches; no transport unless one is named."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, **_SAFE, "GIT_ALLOW_PROTOCOL": "none"}


def _entries(tree: bytes, width: int) -> list[tuple[str, str]] | None:
    """Name and id of the files in a tree object: `mode SP name NUL id`, again and again."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(tree):
        space = tree.find(b" ", at)
        end = tree.find(b"\0", space)
        if space < 0 or end < 0 or end + 1 + width > len(tree):
            return None
        if tree[at:space] in {b"100644", b"100755"}:
            name = tree[space + 1 : end].decode("utf-8", "surrogateescape")
            found.append((name, tree[end + 1 : end + 1 + width].hex()))
        at = end + 1 + width
    return found


def _taken(seconds: str) -> datetime | None:
    """A committer's clock; None for one that no calendar holds."""
    try:
        when = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return when if tellable(when) else None
