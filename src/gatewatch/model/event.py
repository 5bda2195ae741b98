"""Something that happened, as it is told in feeds and alerts."""

from datetime import datetime

import msgspec

KINDS = ("state", "onset", "end", "register", "silence", "surge")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a feed, one alert. `id` is the same whenever it is told again."""

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
