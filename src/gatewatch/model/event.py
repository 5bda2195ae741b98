"""Something that happened, as it is told in feeds and to those who follow it."""

from datetime import datetime

import msgspec

from gatewatch.model.entry import Decision
from gatewatch.model.moment import Bracket

KINDS = (
    "listing",
    "change",
    "delisting",
    "onset",
    "end",
    "silence",
    "claim",
    "disagreement",
    "surge",
    "state",
)
"""`state`: where a service stands changed, by the calendar or by several things at once."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a feed, one message. `id` is the same whenever it is told again."""

    id: str
    kind: str
    """One of `KINDS`."""
    at: datetime
    """When it became true, as near as is known: the end of its bracket."""
    title: str
    text: str
    path: str
    """Of the page that tells more."""
    service: str | None = None
    jurisdiction: str | None = None
    register: str | None = None
    what: str = ""
    """What it is about, as it may be shown."""
    since: Bracket | None = None
    """Between when and when it happened, in UTC."""
    decision: Decision | None = None
    ground: str | None = None
    known_by: str = ""
    """How it is known."""
    lifts: str = ""
    """What would lift it, by the law."""
    links: tuple[str, ...] = ()
    """Paths of further pages: the entry, the order, the case."""
    about: tuple[str, ...] = ()
    """Services, names, addresses and networks that it is about, as keys: `service:wechat`,
    `domain:example.com`, `ip:192.0.2.1`, `as:64500`."""
    authorities: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    amends: str | None = None
    """The id of the event that this one corrects: data that came late tells it otherwise."""
    withdrawn: bool = False
    """By what is known now, what it amends did not happen."""
    one_of_many: bool = False
    """One of so many at once that who follows the whole is told their number alone."""
