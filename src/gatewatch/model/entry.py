"""One record of a register, as one snapshot showed it."""

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


class Decision(msgspec.Struct, frozen=True, gc=False, order=True):
    """The act behind an entry: the body that took it, its number, its day (ISO)."""

    body: str | None = None
    number: str | None = None
    date: str | None = None


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What one snapshot says of one record, in canonical form.

    `block_type` is what the register prescribes, not what networks do. `included_at` and
    `removed_at` are the register's own statements: ISO, local time of the register, or a day.
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
        """The selectors that the block type prescribes; all of them if it names none."""
        kinds = _PRESCRIBED.get(self.block_type, ())
        return tuple(s for s in self.selectors if s.kind in kinds) or self.selectors


_encode = msgspec.msgpack.Encoder().encode


def version_of(entry: Entry) -> str:
    """The digest of an entry's meaning: equal digests, no change worth an event."""
    return blake2b(_encode(entry), digest_size=8).hexdigest()
