"""The log of a ledger's commits, and whether the ledger is still what was logged.

After each commit the writer adds what the log does not hold yet, so what a writer that was killed
left out is added by the next one. What is in the log is never logged again with other digests: the
writer stops and says so.

The log of a ledger in a folder lies in it. That of a ledger in an object store, which has no lock
to sign under, lies on the machine that writes: each machine keeps one of its own, under its own
name, of all that it meets there, whoever wrote it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from gatewatch import config, disk, locks
from gatewatch.errors import LedgerError, MissingExtraError
from gatewatch.ledger import leaves, merkle, notes, schema
from gatewatch.ledger.leaves import LogLeaf
from gatewatch.ledger.placed import PlacedFiles, files_of
from gatewatch.ledger.tlog import Checkpoint, TileLog

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

_LOCK = ".logging"
_VOUCHING = ("inputs", "measurements", "snapshots")
"""In the order in which they are looked at: the reverse of the order in which they are written."""
_SHORT = 16
"""Digits of a digest that point at a leaf, which has them all."""
_RESTART = (
    "gatewatch doctor tells more; if you know why (a copy was put back), "
    "gatewatch log restart begins anew under another name, and says so in the log"
)


class LoggedStore(Protocol):
    """What of a store the log needs."""

    location: str
    local: bool

    def uri(self, table: str) -> str:
        """Where a table lies."""

    def holds(self, table: str) -> bool:
        """Whether a table can be read."""

    def opened(self, name: str) -> "DeltaTable":
        """A table as it is being read."""

    def connection(self) -> "duckdb.DuckDBPyConnection":
        """A session for queries over files."""


class Journal:
    """The log that this machine keeps of one ledger, in a folder."""

    def __init__(self, store: LoggedStore) -> None:
        self.store = store
        self.kept = config.keeps_log(store.location)
        """Whether this machine is to keep one."""
        self.log = TileLog(config.log_folder(store.location))
        self.keys = config.keys_folder(store.location)
        self.files = cache(self._files)

    def _files(self, table: str) -> PlacedFiles:
        """The files of a table of the ledger."""
        return files_of(self.store.uri(table))

    def exists(self) -> bool:
        """Whether a log was begun here."""
        return self.kept and self.log.exists()

    def catch_up(self) -> int:
        """Log what was committed since the last leaf; how many leaves that gave.

        Raises LedgerError where the log, or what it logged, is not what it was.
        """
        if not self.kept or not self.store.holds("snapshots"):
            return 0
        import duckdb

        try:
            with self.locked():
                if not self.log.exists():
                    self._begin()
                return self._catch_up()
        except duckdb.InterruptException as fault:
            raise KeyboardInterrupt from fault
        except duckdb.Error as fault:
            raise LedgerError(
                f"what was committed to {self.store.location} cannot be read back, and was not "
                f"logged: {fault}"
            ) from fault

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The right to change the log, waited for."""
        home = self.log.folder.parent
        if not self.store.local:
            self._make(home)
        with locks.in_turn(home / _LOCK):
            yield

    def _make(self, home: Path) -> None:
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise LedgerError(
                f"the log of {self.store.location} cannot be kept in {home}: {fault.strerror}; "
                f"{config.LOG} names another folder, or says {config.NO_LOG!r} to keep none"
            ) from fault

    def _catch_up(self) -> int:
        heads = self._last().heads
        # Of all leaves of a turn: what others wrote since the last one may be of any time between.
        at = leaves.now()
        # What vouches is looked at first and logged last: what it vouches for was written before.
        listed = {name: self.files(name).listed() for name in sorted(schema.TABLES, key=_place)}
        new = [
            leaf
            for name in reversed(listed)
            for leaf in self._since(name, listed[name], heads.get(name), at=at)
        ]
        if new:
            self._append(new, heads)
        return len(new)

    def files_hold(self, name: str, paths: Iterable[str] | None = None) -> bool:
        """Whether files of a table that are in the log still have their digests; all that it is
        made of, unless some are named."""
        if not self.exists():
            return True
        told = {
            one.path: one.sha256
            for leaf in self.leaves()
            if leaf.table == name
            for one in leaf.added
        }
        files = self.files(name)
        there = files.live(self.store.opened(name)) if paths is None else paths
        known = [path for path in there if told.get(path)]
        return files.digests(known) == [told[path] for path in known]

    def restart(self, why: str, name: str | None = None) -> Checkpoint:
        """Go on under another name and key: after a copy was put back, or a key was lost. A log
        that contradicts itself is set aside beside the new one."""
        with self.locked():
            if self.log.exists() and self.log.faults():
                folder = self.log.folder
                folder.rename(folder.with_name(f"{folder.name}-{uuid4().hex[:8]}"))
            if self.log.exists():
                self._renew(why, name, heads={})
            else:
                self._begin(again=True)
            self._catch_up()
            return self.log.checkpoint()

    def rotate(self) -> Checkpoint:
        """Go on under the same name with a new key, which the log and the old key vouch for."""
        with self.locked():
            if not self.log.exists():
                self._begin()
            self._seen_is_ours()
            old = self.signers()
            if not old:
                raise LedgerError(
                    f"the key of this log is not in {self.keys}: put it back, or go on under "
                    "another name with gatewatch log restart"
                )
            new = notes.Signer.new(self.log.checkpoint().origin)
            notes.keep(self.keys, new, self._numbered())
            leaf = self._key_leaf(new, f"the key {old[0].verifier.id.hex()} was changed")
            return self._append([leaf], self._last().heads, [old[0], new])

    def signers(self) -> list[notes.Signer]:
        """The keys of this log that are kept here, the newest first."""
        origin = self.log.checkpoint().origin if self.log.exists() else ""
        return [one for one in notes.keys_in(self.keys) if one.name == origin]

    def signer(self) -> notes.Signer | None:
        """The key that signs for this ledger, made at first use; None where none can be made or
        kept, and on a machine that never wrote to it in its object store."""
        if not self.exists() and not self.store.local:
            return None
        with self.locked():
            if not self.log.exists():
                self._begin()
            found = self._who_signs()[1]
        return found[0] if found else None

    def leaves(self) -> list[LogLeaf]:
        """Every leaf."""
        return [leaves.decode(one) for one in self.log.entries()]

    def verifiers(self) -> list[notes.Verifier]:
        """The keys that the log itself names, the newest first."""
        found = [leaf.key for leaf in self.leaves() if leaf.kind == "key" and leaf.key]
        return [notes.Verifier.parse(one) for one in dict.fromkeys(reversed(found))]

    def seen(self) -> tuple[bytes, Checkpoint] | None:
        """The last checkpoint of this ledger that was signed here."""
        try:
            data = self._seen_file.read_bytes()
        except OSError:
            return None
        return data, Checkpoint.parse(notes.read(data)[0])

    def ledger_id(self) -> str:
        """By which copies of one ledger are known, and no other."""
        return str(self.store.opened("snapshots").metadata().id)

    @property
    def _seen_file(self) -> Path:
        name = re.sub(r"[^0-9A-Za-z-]", "", self.ledger_id())
        return self.keys / f"{name}.seen"

    def _begin(self, *, again: bool = False) -> None:
        if (before := self.seen()) and not again:
            raise LedgerError(
                f"the log of this ledger is gone: {before[1].size:,} leaves were signed. {_RESTART}"
            )
        origin = config.log_name() or _random_name()
        self._start(origin, "the log was gone" if before else "", {})

    def _renew(self, why: str, name: str | None, heads: dict[str, str]) -> Checkpoint:
        was = self.log.checkpoint()
        told = f"{why}; before: {was.origin} {was.size} {was.root.hex()}"
        return self._start(name or _random_name(), told, heads)

    def _start(self, origin: str, after: str, heads: dict[str, str]) -> Checkpoint:
        """Begin, or go on, under a name with a key of its own."""
        kept = [one for one in notes.keys_in(self.keys) if one.name == origin]
        signer = kept[0] if kept else self._new_key(origin)
        return self._append(
            [self._key_leaf(signer, after)], heads, [signer] if signer else [], origin
        )

    def _new_key(self, origin: str) -> notes.Signer | None:
        """A key kept outside the ledger; None where none can be made or kept: the log goes on
        unsigned, and doctor says so."""
        try:
            signer = notes.Signer.new(origin)
            notes.keep(self.keys, signer, self._numbered())
        except (MissingExtraError, OSError):
            return None
        return signer

    def _numbered(self) -> int:
        numbers = [int(file.name[:4]) for file in self.keys.glob("[0-9]*.key")]
        return max(numbers, default=0) + 1

    def _key_leaf(self, signer: notes.Signer | None, after: str) -> LogLeaf:
        return LogLeaf(
            kind="key",
            logged_at=leaves.now(),
            origin=signer.name if signer else "",
            key=str(signer.verifier) if signer else "",
            ledger=self.ledger_id(),
            after=after,
        )

    def _last(self) -> LogLeaf:
        size = self.log.checkpoint().size
        if size == 0:
            raise LedgerError(f"the log in {self.log.folder} is empty. {_RESTART}")
        return leaves.decode(self.log.last_entry(size))

    def _append(
        self,
        new: Sequence[LogLeaf],
        heads: dict[str, str],
        signers: list[notes.Signer] | None = None,
        origin: str = "",
    ) -> Checkpoint:
        if signers is None:
            origin, signers = self._who_signs()
            heads = self._last().heads
        heads = dict(heads)
        entries = []
        for leaf in new:
            for piece in leaves.pieces(leaf):
                if piece.part[0] == piece.part[1] and piece.table:
                    heads[piece.table] = f"{piece.version} {piece.commit[:_SHORT]}"
                entries.append(leaves.with_heads(piece, heads).encoded())
        made = self.log.append(entries, origin or self.log.checkpoint().origin, signers)
        if signers:
            disk.written(self._seen_file, self.log.note(), durable=False)
        return made

    def _who_signs(self) -> tuple[str, list[notes.Signer]]:
        """The log's name and its newest key. A log that was copied here, without its key, goes on
        under another name."""
        self._seen_is_ours()
        origin = self.log.checkpoint().origin
        try:
            signers = self.signers()
        except MissingExtraError:  # what this program cannot sign the next that can will sign
            return origin, []
        if signers:
            return origin, signers[:1]
        signed = bool(notes.read(self.log.note())[1])
        if signed:
            self._renew("the log was copied here without its key", None, self._last().heads)
        elif (signer := self._new_key(origin)) is None:
            return origin, []
        else:
            leaf = self._key_leaf(signer, "the log was not signed before")
            self._append([leaf], self._last().heads, [signer], origin)
        return self.log.checkpoint().origin, self.signers()[:1]

    def _seen_is_ours(self) -> None:
        """That the log is what was signed last, or what that grew into: a log never signs two
        histories."""
        before = self.seen()
        if before is None or before[0] == self.log.note():
            return
        ((_, was), now) = before, self.log.checkpoint()
        if was.size > now.size or merkle.root(self.log.hashes(now.size)[: was.size]) != was.root:
            raise LedgerError(
                f"the log of this ledger is not what was signed: {was.size:,} leaves with another "
                f"history, {now.size:,} are there. Nothing was logged. {_RESTART}"
            )

    def _since(
        self, name: str, listed: list[str], head: str | None, *, at: str
    ) -> Iterable[LogLeaf]:
        """Leaves for the commits of a table that are not in the log yet."""
        held = leaves.commits(listed)
        if head is None:
            if held:
                yield leaves.found(self.store.connection(), name, self.files(name), listed, at=at)
            return
        version, told = _head(head)
        if max(held, default=-1) < version:
            raise LedgerError(
                f"the commit {version} of {name} was logged and is gone, and none came after it. "
                f"Nothing was logged. {_RESTART}"
            )
        files = self.files(name)
        if version in held and files.digests([held[version]])[0][:_SHORT] != told:
            raise LedgerError(
                f"the commit {version} of {name} is not what was logged: it was changed after "
                f"it was written. Nothing was logged. {_RESTART}"
            )
        newer = [number for number in held if number > version]
        if newer and self._joined(files, listed, version):
            yield leaves.found(self.store.connection(), name, files, listed, at=at, kind="met")
            return
        if newer and newer != [*range(version + 1, newer[-1] + 1)]:
            raise LedgerError(
                f"commits of {name} between {version} and {newer[-1]} are gone before they were "
                f"logged. Nothing was logged. {_RESTART}"
            )
        for number in newer:
            yield leaves.of_commit(
                self.store.connection(), name, files, (listed, number, held[number]), at=at
            )

    def _joined(self, files: PlacedFiles, listed: list[str], version: int) -> bool:
        """Whether commits after a version, or files that they added, were summed up or joined and
        taken away by another machine before this one met them."""
        if self.store.local:
            return False
        held = leaves.commits(listed)
        newest, first = max(held), min(number for number in held if number > version)
        if first > version + 1:
            return max(leaves.sums(listed), default=-1) >= first - 1
        newer = [path for number, path in held.items() if number > version]
        added = {path for one in newer for path in leaves.actions(files, one)[1]}
        sizes = zip(sorted(added), files.sizes(sorted(added)), strict=True)
        gone = {path for path, size in sizes if size is None}
        return bool(gone) and gone.isdisjoint(files.live(files.state(newest)))


def _place(name: str) -> int:
    return _VOUCHING.index(name) if name in _VOUCHING else len(_VOUCHING)


def _random_name() -> str:
    return f"gatewatch/{uuid4().hex[:16]}"


def _head(text: str) -> tuple[int, str]:
    version, _, told = text.partition(" ")
    return int(version), told
