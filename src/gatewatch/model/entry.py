"""One record of a register, as one snapshot showed it."""

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from gatewatch.model.selector import Kind, Selector

_PRESCRIBED = {
    "url": (Kind.URL,),
    "domain": (Kind.DOMAIN,),
    "domain-mask": (Kind.MASK,),
    "ip": (Kind.IP, Kind.CIDR),
    "app": (Kind.APP,),
}
_ADDRESSES = frozenset({Kind.IP, Kind.CIDR})
_TYPE_OF = {str(kind): name for name, kinds in _PRESCRIBED.items() for kind in kinds}
NO_SITE = "other"
"""The block type of a record that names no thing on the network, such as a payment account."""
UNREAD_ID = "unread~"
"""How the names of entries begin that stand for records which could not be read."""


class Decision(msgspec.Struct, frozen=True, gc=False, order=True):
    """The act behind an entry: the body that took it, its number, its day (ISO)."""

    body: str | None = None
    number: str | None = None
    date: str | None = None


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What one snapshot says of one record, in canonical form.

    `block_type` is what the register prescribes, not what networks do; several are joined by `+`.
    `included_at` and `removed_at` are the register's own statements: ISO, local time of the
    register, or a day; a removal that could not be read stands as published, for it is one.
    `unparsed` holds selectors as published that no canonical form exists for; none is lost.
    """

    id: str
    selectors: tuple[Selector, ...] = ()
    decision: Decision | None = None
    block_type: str = "url"
    ground: str | None = None
    included_at: str | None = None
    removed_at: str | None = None
    urgent: bool = False
    attributes: tuple[tuple[str, str], ...] = ()
    unparsed: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[Selector, ...]:
        """The selectors that the block type prescribes; all of them if it names no kind.

        Where the entry names nothing of the prescribed kind at all, what it does name counts,
        names before addresses, which others may share; but not where something could not be read:
        then what stands beside it is only named.
        """
        kinds = {k for name in self.block_type.split("+") for k in _PRESCRIBED.get(name, ())}
        found = tuple(s for s in self.selectors if s.kind in kinds)
        if found or (kinds and self.unparsed):
            return found
        names = tuple(s for s in self.selectors if s.kind not in _ADDRESSES)
        return names if kinds and names else self.selectors


def block_types(selectors: Iterable[Selector]) -> str:
    """The block type of an entry that prescribes each selector it names."""
    return "+".join(dict.fromkeys([_TYPE_OF[s.kind] for s in selectors])) or "url"


def stands_for_unread(entry_id: str) -> bool:
    """Whether an entry is a record that could not be read."""
    return entry_id.startswith(UNREAD_ID)


_encode = msgspec.msgpack.Encoder().encode


def version_of(entry: Entry) -> str:
    """The digest of an entry's meaning: equal digests, no change worth an event."""
    return blake2b(_encode(entry), digest_size=8).hexdigest()
