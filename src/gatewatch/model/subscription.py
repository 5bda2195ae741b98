"""Who wants to be told of what, and where."""

from datetime import datetime

import msgspec

from gatewatch.model.event import Event


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events are wanted; what is empty is not asked about."""

    services: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    registers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def takes(self, event: Event) -> bool:
        """Whether an event is one of those."""
        asked = (
            (self.services, event.service),
            (self.jurisdictions, event.jurisdiction),
            (self.registers, event.register),
            (self.kinds, event.kind),
        )
        return all(not wanted or value in wanted for wanted, value in asked)


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """`target` is an https address, or `mailto:` and a mail address. `secret` signs what a
    webhook gets."""

    id: str
    owner: str
    target: str
    wish: Wish
    secret: str
    made_at: datetime
    paused: str | None = None
    """Why nothing is sent any more; None while it is."""

    @property
    def by_mail(self) -> bool:
        return self.target.startswith("mailto:")
