"""A snapshot as a container hands it over: named bytes and where they came from."""

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from hashlib import sha1
from typing import Protocol

import msgspec

from gatewatch.sources.containers.large import Data, blocks


class Part(msgspec.Struct, frozen=True):
    """One file of a snapshot. `content` is git's blob id, whatever the container.

    `data` is None where the bytes are the same as in the snapshot handed over before.
    """

    content: str
    data: Data | None


class Raw(msgspec.Struct, frozen=True):
    """One snapshot, unread: the list itself first, then the files that belong to it."""

    origin: str
    parts: Mapping[str, Part]
    main: str
    committed_at: datetime | None = None
    """When a repository, archive or file system says that this state was taken."""
    named_at: datetime | None = None
    """The day that the file's or folder's name gives, if it gives one."""
    together: bool = False
    """Whether the parts make the state only together, so that none may be missing."""

    @property
    def content(self) -> str:
        """Names the bytes of the whole snapshot, in any container alike."""
        if len(self.parts) == 1:
            return self.parts[self.main].content
        listing = "".join(f"{name}\0{self.parts[name].content}\n" for name in sorted(self.parts))
        return sha1(listing.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


class Skipped(msgspec.Struct, frozen=True):
    """A snapshot that could not be handed over, with the reason; the others go on."""

    origin: str
    reason: str
    taken_at: datetime | None = None


class RawSource(Protocol):
    """Something that holds snapshots. `origins` is cheap; `snapshots` reads bytes."""

    description: str

    def origins(self) -> list[str]:
        """The origins of all snapshots held, oldest first, without reading them."""
        ...

    def snapshots(self, wanted: Callable[[str], bool]) -> Generator[Raw | Skipped, None, None]:
        """The snapshots whose origin is wanted, oldest first."""
        ...

    def close(self) -> None:
        """Give back processes and files."""
        ...


def blob_id(data: Data) -> str:
    """Git's name for these bytes (SHA-1 of a header and the bytes)."""
    digest = sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    for block in blocks(data):
        digest.update(block)
    return digest.hexdigest()
