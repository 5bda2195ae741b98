"""What is known of the sources that a watch looks at. A site reads it too, so that nothing of what
looks and ingests is loaded here."""

from datetime import datetime
from pathlib import Path

import msgspec

from gatewatch.pipeline.fetch import Validators

FILE = "watch.json"


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a source. Times are in UTC."""

    register: str = ""
    """Its id, which its declaration tells."""
    mark: Validators = Validators()
    checked_at: datetime | None = None
    """When it was last looked at, and answered."""
    changed_at: datetime | None = None
    failures: int = 0
    """In a row, up to now."""
    error: str | None = None
    next_at: datetime | None = None


def checked(folder: Path) -> dict[str, datetime]:
    """When the sources of each register were last looked at, by a watch of that folder."""
    try:
        seen = msgspec.json.decode((folder / FILE).read_bytes(), type=dict[str, Visit])
    except (OSError, msgspec.MsgspecError):
        return {}
    found: dict[str, datetime] = {}
    for one in seen.values():
        if one.checked_at:
            found[one.register] = max(found.get(one.register, one.checked_at), one.checked_at)
    return found
