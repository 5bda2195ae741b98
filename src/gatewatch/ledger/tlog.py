"""A transparency log as static files: C2SP tlog-tiles, with a checkpoint of C2SP tlog-checkpoint.

    checkpoint              origin, size and root, signed
    tile/0/x001/234         hashes of 256 leaves
    tile/1/000.p/4          hashes of full tiles of the level below, a part of a tile
    tile/entries/x001/234   the leaves, each after its length in two bytes

The files of a size are on the disk before the checkpoint that names it, which is put in place as
one act: a writer that dies in between leaves the log as it was.
"""

from pathlib import Path

import msgspec

from gatewatch import disk
from gatewatch.errors import LedgerError
from gatewatch.ledger import merkle, notes

WIDTH = 256
"""Hashes of a full tile."""
CHECKPOINT = "checkpoint"
MOST_BYTES = 0xFFFF
"""Of one leaf: its length has two bytes."""
_LEVELS = 8


class Checkpoint(msgspec.Struct, frozen=True):
    """What a log was at one size. `str()` is the text that is signed."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{notes._base64(self.root)}\n"  # noqa: SLF001

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """From the text of its note. LedgerError for what is none."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0] or not lines[1].isdecimal():
            raise LedgerError("the checkpoint is not three lines: origin, size, root")
        found = cls(lines[0], int(lines[1]), notes.decoded(lines[2]))
        if len(found.root) != merkle.SIZE or str(found) != text:
            raise LedgerError("the checkpoint is not written as tlog-checkpoint gives")
        return found


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Where a tile lies: `level` is a number, or "entries"."""
    steps = [f"{number % 1000:03d}"]
    while number := number // 1000:
        steps.insert(0, f"x{number % 1000:03d}")
    part = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(steps)}{part}"


def widths(size: int) -> list[tuple[int, int, int]]:
    """The last tile of each level of a tree: level, number, and how many hashes it has, if any."""
    found = []
    for level in range(_LEVELS):
        number, width = divmod(size >> 8 * level, WIDTH)
        if width:
            found.append((level, number, width))
    return found


def packed(entries: list[bytes]) -> bytes:
    """A bundle of leaves."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in entries)


def unpacked(data: bytes) -> list[bytes]:
    """The leaves of a bundle. LedgerError where it is cut."""
    found, place = [], 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 2], "big")
        found.append(data[place + 2 : place + 2 + size])
        place += 2 + size
    if place != len(data) or not all(found):
        raise LedgerError("a bundle of leaves is cut")
    return found


class TileLog:
    """The log in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def exists(self) -> bool:
        """Whether a log was begun here."""
        return (self.folder / CHECKPOINT).is_file()

    def note(self) -> bytes:
        """The newest checkpoint as it lies there, signed or not."""
        try:
            return (self.folder / CHECKPOINT).read_bytes()
        except OSError as fault:
            raise LedgerError(f"the log in {self.folder} cannot be read: {fault}") from fault

    def checkpoint(self) -> Checkpoint:
        """What the newest checkpoint says, whoever signed it."""
        return Checkpoint.parse(notes.read(self.note())[0])

    def entries(self, size: int | None = None) -> list[bytes]:
        """All leaves up to a size."""
        wanted = self.checkpoint().size if size is None else size
        found: list[bytes] = []
        for number in range(-(-wanted // WIDTH)):
            width = min(WIDTH, wanted - number * WIDTH)
            bundle = unpacked(self._read("entries", number, width))
            if len(bundle) < width:
                raise LedgerError(f"{tile_path('entries', number, width)} lacks leaves")
            found += bundle[:width]
        return found

    def last_entry(self, size: int) -> bytes:
        """The last of so many leaves."""
        number, place = divmod(size - 1, WIDTH)
        return unpacked(self._read("entries", number, place + 1))[place]

    def hashes(self, size: int, level: int = 0) -> list[bytes]:
        """The hashes of a level of the tree of a size."""
        wanted = size >> 8 * level
        found: list[bytes] = []
        for number in range(-(-wanted // WIDTH)):
            width = min(WIDTH, wanted - number * WIDTH)
            found += _cut(self._read(level, number, width), width)
        return found

    def append(self, new: list[bytes], origin: str, signers: list[notes.Signer]) -> Checkpoint:
        """Add leaves; the checkpoint that holds them, once all is on the disk. Only whoever holds
        the log's lock may call it."""
        if odd := [len(one) for one in new if not 0 < len(one) <= MOST_BYTES]:
            raise LedgerError(f"a leaf of {odd[0]:,} bytes does not fit into a log")
        old = self.checkpoint().size if self.exists() else 0
        begun = old - old % WIDTH
        held = unpacked(self._read("entries", old // WIDTH, old % WIDTH)) if old % WIDTH else []
        leaves, size = [*held, *new], old + len(new)
        for start in range(0, len(leaves), WIDTH):
            part = leaves[start : start + WIDTH]
            self._write("entries", (begun + start) // WIDTH, len(part), packed(part))
        row = [merkle.leaf(one) for one in new]
        tops: list[list[bytes]] = []
        for level in range(_LEVELS):
            row, edge = self._raise(level, old >> 8 * level, row)
            tops.append(edge)
            if not row and not size >> 8 * (level + 1):
                break
        parts = [top for edge in reversed(tops) for top in merkle.peaks(edge)]
        made = Checkpoint(origin, size, merkle.folded(parts) if parts else merkle.EMPTY)
        self.sign(made, signers)
        self._tidy(old, size)
        return made

    def _raise(self, level: int, old: int, new: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        """Add hashes to a level; the hashes of tiles that this made full, and the last part."""
        held = (
            _cut(self._read(level, old // WIDTH, old % WIDTH), old % WIDTH) if old % WIDTH else []
        )
        if not new:
            return [], held
        number, hashes, full = old // WIDTH, [*held, *new], []
        for start in range(0, len(hashes), WIDTH):
            part = hashes[start : start + WIDTH]
            self._write(level, number + start // WIDTH, len(part), b"".join(part))
            if len(part) == WIDTH:
                full.append(merkle.root(part))
        rest = len(hashes) % WIDTH
        return full, hashes[len(hashes) - rest :] if rest else []

    def sign(self, what: Checkpoint, signers: list[notes.Signer]) -> None:
        """Put a checkpoint in the place of the last."""
        disk.written(self.folder / CHECKPOINT, notes.note(str(what), signers).encode())

    def _tidy(self, old: int, size: int) -> None:
        """Take away parts of tiles that a wider one holds: whoever serves the log cuts them."""
        last = {tile_path(level, number, width) for level, number, width in widths(size)}
        last.add(tile_path("entries", size // WIDTH, size % WIDTH or WIDTH))
        before = [tile_path(*one) for one in widths(old)]
        before += [tile_path("entries", old // WIDTH, old % WIDTH)] if old % WIDTH else []
        for path in before:
            if path not in last:
                (self.folder / path).unlink(missing_ok=True)

    def _read(self, level: int | str, number: int, width: int) -> bytes:
        """A tile, or the wider one that holds it."""
        data = self.tile(level, number, width)
        if data is None:
            raise LedgerError(f"the log lacks {tile_path(level, number, width)}")
        return data

    def tile(self, level: int | str, number: int, width: int) -> bytes | None:
        """A tile of just that width, cut out of a wider one where need be; None if there is
        none."""
        whole = self.folder / tile_path(level, number)
        parts = whole.with_name(f"{whole.name}.p")
        there = (
            [int(p.name) for p in parts.iterdir() if p.name.isdecimal()] if parts.is_dir() else []
        )
        wide = min((w for w in there if w >= width), default=0)
        file = parts / str(wide) if wide else whole
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise LedgerError(f"the log's {file} cannot be read: {fault}") from fault
        if level == "entries":
            return packed(unpacked(data)[:width])
        return data[: width * merkle.SIZE]

    def _write(self, level: int | str, number: int, width: int, data: bytes) -> None:
        disk.written(self.folder / tile_path(level, number, width), data)

    def faults(self) -> list[str]:
        """What of the files does not agree: leaves with their hashes, hashes with those above, all
        with the root of the checkpoint."""
        try:
            said = self.checkpoint()
            entries = self.entries(said.size)
        except LedgerError as fault:
            return [str(fault)]
        found, row = [], [merkle.leaf(one) for one in entries]
        if merkle.root(row) != said.root:
            found.append("the leaves do not give the root of the checkpoint")
        expected = {CHECKPOINT}
        for level in range(_LEVELS):
            for start in range(0, len(row), WIDTH):
                part = row[start : start + WIDTH]
                path = tile_path(level, start // WIDTH, len(part))
                expected.add(path)
                if not _is(self.folder / path, b"".join(part)):
                    found.append(f"{path} is not what the leaves give")
                if level == 0:
                    path = tile_path("entries", start // WIDTH, len(part))
                    expected.add(path)
                    kept = packed(entries[start : start + WIDTH])
                    if not _is(self.folder / path, kept):
                        found.append(f"{path} is not what its hashes give")
            row = [
                merkle.root(row[i : i + WIDTH]) for i in range(0, len(row) // WIDTH * WIDTH, WIDTH)
            ]
        return found


def _is(file: Path, data: bytes) -> bool:
    try:
        return file.read_bytes() == data
    except OSError:
        return False


def _cut(data: bytes, width: int) -> list[bytes]:
    if len(data) < width * merkle.SIZE:
        raise LedgerError("a tile of the log is cut")
    return [data[i : i + merkle.SIZE] for i in range(0, width * merkle.SIZE, merkle.SIZE)]
