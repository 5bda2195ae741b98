"""Proofs out of a log that hold without it: that a leaf is in it, that it grew out of an earlier
one."""

from typing import TYPE_CHECKING

import msgspec

from gatewatch.errors import LedgerError
from gatewatch.ledger import merkle, notes
from gatewatch.ledger.tlog import Checkpoint, TileLog

if TYPE_CHECKING:
    from gatewatch.ledger.journal import Journal

_MOST_PATH = 64


class InclusionProof(msgspec.Struct, frozen=True, kw_only=True):
    """That a leaf is in the tree of a checkpoint. Hashes are in hexadecimal; `leaf` is the leaf's
    text, `checkpoint` the signed note."""

    leaf: str
    index: int
    size: int
    path: tuple[str, ...]
    root: str
    checkpoint: str

    def encoded(self) -> bytes:
        """As JSON, keys in order."""
        return msgspec.json.encode(self, order="sorted")

    def holds(self) -> bool:
        """Whether the path leads from the leaf to the root of the checkpoint."""
        try:
            said = Checkpoint.parse(notes.read(self.checkpoint.encode())[0])
            path = [bytes.fromhex(one) for one in self.path[:_MOST_PATH]]
        except (LedgerError, ValueError):
            return False
        top = merkle.root_by_inclusion(merkle.leaf(self.leaf.encode()), self.index, self.size, path)
        return (said.size, said.root, said.root.hex()) == (self.size, top, self.root)


def prove(log: TileLog, index: int) -> InclusionProof:
    """The proof of a leaf in the newest tree. LedgerError where it has no such leaf."""
    return proved(log, [index])[0]


def proved(log: TileLog, indices: list[int]) -> list[InclusionProof]:
    """As `prove`, of several leaves in one tree."""
    note = log.note()
    said = Checkpoint.parse(notes.read(note)[0])
    hashes, entries = log.hashes(said.size), log.entries(said.size)
    if wrong := [one for one in indices if not 0 <= one < said.size]:
        raise LedgerError(f"the log has {said.size:,} leaves and no leaf {wrong[0]}")
    return [
        InclusionProof(
            leaf=entries[index].decode(),
            index=index,
            size=said.size,
            path=tuple(one.hex() for one in merkle.inclusion(hashes, index)),
            root=said.root.hex(),
            checkpoint=note.decode(),
        )
        for index in indices
    ]


def grew(journal: "Journal", earlier: bytes, pinned: notes.Verifier | None) -> str:
    """That a log grew out of an earlier checkpoint of it; what was compared. LedgerError where it
    did not, or where that checkpoint is not signed by a key of the log."""
    text, by = notes.signed_by(earlier, [pinned] if pinned else journal.verifiers())
    was, now = Checkpoint.parse(text), journal.log.checkpoint()
    if not by:
        raise LedgerError("it is not signed by a key of this log")
    if was.size > now.size:
        raise LedgerError(
            f"it has {was.size:,} leaves and the log {now.size:,}: some were taken out"
        )
    hashes = journal.log.hashes(now.size)
    proof = merkle.consistency(hashes, was.size) if was.size else []
    if was.size and not merkle.is_grown((was.size, now.size), (was.root, now.root), proof):
        raise LedgerError(f"its {was.size:,} leaves are not those that the log begins with")
    return f"the log of {now.size:,} leaves grew out of that of {was.size:,}"
